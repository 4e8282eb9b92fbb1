/* SPDX-License-Identifier: Apache-2.0 */
/* migrate, schema, check. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_file_info.h>
#include <apr_strings.h>

#include "admin.h"

#define UMASK 027 /* accounts are nobody's business but httpd's and its group's */

/* SQLite says "unable to open" for everything; the usual reason is worth its own words. */
static braze_err_t *check_folder(const char *file, apr_pool_t *pool)
{
    const char *folder = admin_folder_of(file, pool);
    apr_finfo_t info;

    if (apr_stat(&info, folder, APR_FINFO_TYPE, pool) == APR_SUCCESS && info.filetype == APR_DIR) {
        return NULL;
    }
    return admin_fail(pool, ADMIN_DATABASE,
                      "%s: the folder %s is not there: make it, and give it to the user that httpd "
                      "runs as",
                      file, folder);
}

static int is_there(const char *file, apr_pool_t *pool)
{
    apr_finfo_t info;

    return apr_stat(&info, file, APR_FINFO_TYPE, pool) == APR_SUCCESS;
}

/* SQLite writes files of its own beside the database: httpd's user needs the folder as well. */
static void remind(const admin_t *admin, const char *file)
{
    if (geteuid() == 0) {
        admin_note(admin,
                   "%s is root's now: give it to the user that httpd runs as (Debian: chown "
                   "www-data: %s), who must be able to write in its folder too",
                   file, file);
    }
}

static void migrate_done(const admin_t *admin, int from, int to)
{
    braze_json_t *object = braze_json_object(admin->pool);
    const char *engine = admin_engine_name(braze_db_engine(admin->db));

    admin_put_text(object, "engine", engine, admin->pool);
    braze_json_set(object, "from", braze_json_int(from, admin->pool));
    braze_json_set(object, "to", braze_json_int(to, admin->pool));
    if (from == to) {
        admin_done(admin, object, "schema version %d: nothing to do", to);
    } else if (from == 0) {
        admin_done(admin, object, "schema version %d: made", to);
    } else {
        admin_done(admin, object, "schema version %d: brought up from %d", to, from);
    }
}

static braze_err_t *migrate(admin_t *admin)
{
    const char *driver, *params;
    int from = 0, to = 0, sqlite, made;
    braze_err_t *err = admin_db_where(&driver, &params, admin);

    if (err) {
        return err;
    }
    sqlite = strcmp(driver, "sqlite3") == 0;
    made = sqlite && !is_there(params, admin->pool);
    err = made ? check_folder(params, admin->pool) : NULL;
    umask(umask(UMASK) | UMASK);
    if (!err) {
        err = admin_db_open(admin, 1);
    }
    if (!err) {
        err = admin_database_err(braze_store_migrate(&from, &to, admin->db, admin->pool), admin,
                                 "schema");
    }
    if (!err) {
        migrate_done(admin, from, to);
        if (made) {
            remind(admin, params);
        }
    }
    return err;
}

static braze_err_t *schema(admin_t *admin)
{
    const char *name = admin_word(admin, 0);
    braze_json_t *object = braze_json_object(admin->pool);
    braze_engine_t engine = BRAZE_ENGINE_SQLITE;
    const char *ddl;

    name = name ? name : "sqlite";
    if (strcmp(name, "pgsql") == 0) {
        engine = BRAZE_ENGINE_PGSQL;
    } else if (strcmp(name, "sqlite") != 0) {
        return admin_fail(admin->pool, ADMIN_USAGE, "schema %s: say sqlite or pgsql", name);
    }
    ddl = braze_store_schema(engine, admin->pool);
    if (!admin->json) {
        fputs(ddl, stdout); /* ours, line breaks and all */
        return NULL;
    }
    admin_put_text(object, "engine", admin_engine_name(engine), admin->pool);
    braze_json_set(object, "version", braze_json_int(BRAZE_SCHEMA_VERSION, admin->pool));
    admin_put_text(object, "ddl", ddl, admin->pool);
    puts(braze_json_text(object, admin->pool));
    return NULL;
}

/* By now the schema has been checked: a company read proves that its rows can be, too. */
static braze_err_t *check(admin_t *admin)
{
    static const admin_column_t columns[] = {{"Database", "engine"},
                                             {"Schema version", "version"},
                                             {"Companies", "companies"},
                                             {NULL, NULL}};
    braze_json_t *object = braze_json_object(admin->pool);
    apr_array_header_t *companies;
    braze_err_t *err = braze_store_check_whole(admin->db, admin->pool);

    if (err) {
        return admin_database_err(err, admin, "schema");
    }
    err = braze_store_company_list(&companies, admin->db, admin->pool);
    if (err) {
        return admin_about(err, admin->pool, "companies");
    }
    admin_put_text(object, "engine", admin_engine_name(braze_db_engine(admin->db)), admin->pool);
    braze_json_set(object, "version", braze_json_int(BRAZE_SCHEMA_VERSION, admin->pool));
    braze_json_set(object, "companies", braze_json_int(companies->nelts, admin->pool));
    admin_print_record(admin, columns, object);
    return NULL;
}

const admin_command_t admin_schema_commands[] = {
    {"migrate", NULL, "", 0, 0, 0, NEEDS_NOTHING, migrate,
     "make the tables, or bring them up to this version", 0},
    {"schema", NULL, "[sqlite|pgsql]", 0, 1, 0, NEEDS_NOTHING, schema,
     "print the tables' definition in SQL", 0},
    {"check", NULL, "", 0, 0, 0, NEEDS_SCHEMA, check,
     "is the database there, and is its schema right?", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
