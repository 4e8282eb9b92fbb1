/* SPDX-License-Identifier: Apache-2.0 */
/* Which database, and opening it. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "admin.h"

#define ENV_DRIVER "BRAZE_DB_DRIVER"
#define ENV_PARAMS "BRAZE_DB_PARAMS"
#define PAUSE_MS 5 /* the first pause at most; the later ones grow by it */

static braze_err_t *complete(const char *driver, const char *params, const char *driver_is,
                             const char *params_is, apr_pool_t *pool)
{
    if (driver && *driver && params && *params) {
        return NULL;
    }
    return admin_fail(pool, ADMIN_USAGE, "%s is missing: the database needs both %s and %s",
                      driver && *driver ? params_is : driver_is, driver_is, params_is);
}

static braze_err_t *from_file(const char **driver, const char **params, const char *file,
                              apr_pool_t *pool)
{
    braze_err_t *err = admin_conf_read(driver, params, file, pool);

    if (!err && (!*driver || !*params)) {
        err = admin_fail(pool, ADMIN_USAGE,
                         "%s: there is no %s in it: add it, or use --driver and --params", file,
                         *driver ? "DBDParams" : "DBDriver");
    }
    return err;
}

braze_err_t *admin_db_where(const char **driver, const char **params, const admin_t *admin)
{
    *driver = admin_arg(admin, OPT_DRIVER);
    *params = admin_arg(admin, OPT_PARAMS);
    if (*driver || *params) {
        return complete(*driver, *params, "--driver", "--params", admin->pool);
    }
    if (admin_arg_has(admin, OPT_FILE)) {
        return from_file(driver, params, admin_arg(admin, OPT_FILE), admin->pool);
    }
    *driver = getenv(ENV_DRIVER);
    *params = getenv(ENV_PARAMS);
    if (*driver || *params) {
        return complete(*driver, *params, ENV_DRIVER, ENV_PARAMS, admin->pool);
    }
    return admin_fail(
        admin->pool, ADMIN_USAGE,
        "which database? Give -f httpd.conf, or --driver and --params, or set " ENV_DRIVER
        " and " ENV_PARAMS);
}

/* libpq writes several lines, with tabs; here a message is one. */
static const char *one_line(const char *text, apr_pool_t *pool)
{
    char *line = apr_pstrdup(pool, text), *to = line;
    const char *from;

    for (from = text; *from; from++) {
        if (!apr_isspace(*from)) {
            *to++ = *from;
        } else if (to > line && to[-1] != ' ') {
            *to++ = ' ';
        }
    }
    while (to > line && to[-1] == ' ') {
        to--;
    }
    *to = '\0';
    return line;
}

braze_err_t *admin_db_open(admin_t *admin, int create)
{
    static const braze_db_env_t env = {
        0}; /* no lock: another process's SQLite lock is waited for by the store */
    const char *driver, *params;
    braze_err_t *err = admin_db_where(&driver, &params, admin);

    if (err) {
        return err;
    }
    /* Parameters may hold a password: messages name the driver only. */
    err = braze_db_open(&admin->db, driver, params, create, &env, admin->pool);
    if (err && err->log) {
        err->log = one_line(err->log, admin->pool);
    }
    return admin_database_err(err, admin, apr_psprintf(admin->pool, "database (%s)", driver));
}

const char *admin_folder_of(const char *file, apr_pool_t *pool)
{
    const char *slash = strrchr(file, '/');

    return slash ? apr_pstrndup(pool, file, slash == file ? 1 : slash - file) : ".";
}

const char *admin_db_forbidden(const admin_t *admin)
{
    const char *driver, *file, *folder, *path = NULL;
    const struct passwd *who = getpwuid(geteuid());

    if (admin_db_where(&driver, &file, admin) || strcmp(driver, "sqlite3") != 0) {
        return NULL;
    }
    folder = admin_folder_of(file, admin->pool);
    if (access(file, R_OK | W_OK) != 0 && errno != ENOENT) {
        path = file;
    } else if (access(folder, W_OK | X_OK) != 0 && errno != ENOENT) {
        path = folder; /* SQLite writes files of its own beside the database */
    }
    return path
               ? apr_psprintf(admin->pool,
                              "%s cannot be read and written by %s (%s): run this as the user that "
                              "httpd runs as, or as root",
                              path, who ? who->pw_name : "this user", strerror(errno))
               : NULL;
}

const char *admin_engine_name(braze_engine_t engine)
{
    switch (engine) {
    case BRAZE_ENGINE_SQLITE:
        return "sqlite";
    case BRAZE_ENGINE_PGSQL:
        return "pgsql";
    default:
        return "mysql";
    }
}

void admin_pause(int attempt)
{
    unsigned char random = 0;

    if (apr_generate_random_bytes(&random, sizeof(random)) != APR_SUCCESS) {
        random = 128;
    }
    apr_sleep(apr_time_from_msec(1) * (1 + (apr_interval_time_t)random * attempt * PAUSE_MS / 256));
}
