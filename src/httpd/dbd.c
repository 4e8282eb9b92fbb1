/* SPDX-License-Identifier: Apache-2.0 */
/* The one file that sees mod_dbd: connections, the write mutex of SQLite, the look at the schema
 * before serving. */
#include "httpd_int.h"

#include <apr_global_mutex.h>
#include <apr_lib.h>
#include <apr_optional.h>
#include <apr_strings.h>
#include <ap_mpm.h>
#include <http_core.h>
#include <mod_dbd.h>
#include <util_cfgtree.h>
#include <util_mutex.h>

#define DBD_MUTEX "braze-dbd"
#define DBD_MUTEX_KEY "braze-dbd-mutex"
#define DBD_REQUEST_KEY "braze-dbd-request"
#define DBD_KEY_MAX 64

struct httpd_db_t {
    ap_dbd_t *rec;
    braze_db_t *db;
    braze_db_env_t env;
    server_rec *server;
};

/*
 * Both modules look for it under the process's pool, so that there is one mutex and not one a
 * module. It outlives restarts: what the children of before a graceful restart still write must
 * exclude, and be excluded by, what the new ones write, and pconf would take the mutex away from
 * under them.
 */
typedef struct {
    apr_global_mutex_t *mutex;
} dbd_shared_t;

static dbd_shared_t *dbd_shared(const server_rec *s)
{
    void *data = NULL;

    apr_pool_userdata_get(&data, DBD_MUTEX_KEY, s->process->pool);
    return data;
}

apr_status_t httpd_dbd_register(apr_pool_t *pconf)
{
    return ap_mutex_register(pconf, DBD_MUTEX, NULL, APR_LOCK_DEFAULT, 0);
}

apr_status_t httpd_dbd_post_config(server_rec *s)
{
    apr_pool_t *pool = s->process->pool;
    dbd_shared_t *shared = dbd_shared(s);
    apr_status_t rv;

    if (shared) {
        return APR_SUCCESS;
    }
    shared = apr_pcalloc(pool, sizeof(*shared));
    rv = ap_global_mutex_create(&shared->mutex, NULL, DBD_MUTEX, NULL, s, pool, 0);
    if (rv == APR_SUCCESS) {
        /* Copies the key: the literal goes when httpd unloads the module to restart. */
        apr_pool_userdata_set(shared, DBD_MUTEX_KEY, NULL, pool);
    }
    return rv;
}

/* Of this server and this copy of the code: each server may have a database of its own, and what
 * one module queues is not for the other to run. */
static const char *dbd_combiner_key(char *buffer, const server_rec *s)
{
    static const char here;

    apr_snprintf(buffer, DBD_KEY_MAX, "braze-dbd-%pp-%pp", (const void *)&here, (const void *)s);
    return buffer;
}

/* Threads share their writes. In the child only: the process's pool is its own then. */
static void dbd_combine(const server_rec *s, apr_pool_t *pchild)
{
    char key[DBD_KEY_MAX];
    int threaded = 0;

    if (ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded) != APR_SUCCESS || !threaded) {
        return;
    }
    for (; s; s = s->next) {
        apr_pool_userdata_set(braze_combiner_make(pchild), dbd_combiner_key(key, s), NULL,
                              s->process->pool);
    }
}

apr_status_t httpd_dbd_child_init(apr_pool_t *pchild, server_rec *s)
{
    dbd_shared_t *shared = dbd_shared(s);
    const char *lockfile;

    dbd_combine(s, pchild);
    if (!shared) {
        return APR_SUCCESS;
    }
    lockfile = apr_global_mutex_lockfile(shared->mutex);
    return apr_global_mutex_child_init(&shared->mutex, lockfile, pchild);
}

static apr_status_t dbd_lock(void *baton)
{
    return apr_global_mutex_lock(baton);
}

static apr_status_t dbd_unlock(void *baton)
{
    return apr_global_mutex_unlock(baton);
}

/* ---- the request's connection ---- */

static apr_status_t dbd_give_back(void *data)
{
    httpd_db_t *lent = data;
    APR_OPTIONAL_FN_TYPE(ap_dbd_close) *close_fn = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);

    if (lent->rec && close_fn) {
        close_fn(lent->server, lent->rec);
    }
    lent->rec = NULL;
    lent->db = NULL;
    return APR_SUCCESS;
}

static httpd_db_t *dbd_lent(request_rec *r)
{
    void *data = NULL;

    apr_pool_userdata_get(&data, DBD_REQUEST_KEY, r->pool);
    return data;
}

static braze_err_t *dbd_unreachable(request_rec *r, const char *why)
{
    braze_err_t *err =
        braze_err_new(HTTP_SERVICE_UNAVAILABLE, NULL, "BRAZE-0151",
                      "The account database cannot be reached. Try again soon.", r->pool);

    err->retry_after = 5;
    return braze_err_log(err, r->pool, "%s", why);
}

static braze_combiner_t *dbd_combiner(const server_rec *s)
{
    char key[DBD_KEY_MAX];
    void *data = NULL;

    apr_pool_userdata_get(&data, dbd_combiner_key(key, s), s->process->pool);
    return data;
}

static httpd_db_t *dbd_lent_make(request_rec *r)
{
    dbd_shared_t *shared = dbd_shared(r->server);
    httpd_db_t *lent = apr_pcalloc(r->pool, sizeof(*lent));

    lent->server = r->server;
    lent->env.log = httpd_log(r);
    if (shared) {
        lent->env.lock = dbd_lock;
        lent->env.unlock = dbd_unlock;
        lent->env.lock_baton = shared->mutex;
    }
    apr_pool_userdata_setn(lent, DBD_REQUEST_KEY, NULL, r->pool);
    apr_pool_cleanup_register(r->pool, lent, dbd_give_back, apr_pool_cleanup_null);
    return lent;
}

braze_err_t *httpd_db_open(braze_db_t **db, request_rec *r)
{
    APR_OPTIONAL_FN_TYPE(ap_dbd_open) *open_fn = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    httpd_db_t *lent = dbd_lent(r);
    braze_err_t *err;

    if (!lent) {
        lent = dbd_lent_make(r);
    }
    if (!lent->rec) {
        if (!open_fn) {
            return dbd_unreachable(
                r, "mod_dbd is not loaded: add LoadModule dbd_module, DBDriver and DBDParams");
        }
        lent->rec = open_fn(r->pool, r->server);
        if (!lent->rec) {
            return dbd_unreachable(r, "no connection by DBDriver and DBDParams of this server; the "
                                      "error log has mod_dbd's reason");
        }
        err = braze_db_attach(&lent->db, lent->rec->driver, lent->rec->handle, lent->rec->pool,
                              &lent->env, r->pool);
        if (err) {
            dbd_give_back(lent);
            return err;
        }
        braze_db_combine(lent->db, dbd_combiner(r->server));
    }
    *db = lent->db;
    return NULL;
}

void httpd_db_release(request_rec *r)
{
    httpd_db_t *lent = dbd_lent(r);

    if (lent) {
        dbd_give_back(lent);
    }
}

/* ---- the look at the schema ---- */

typedef struct {
    const char *driver, *params;
} dbd_words_t;

/* mod_dbd keeps its configuration to itself; the words stand in the configuration tree, which httpd
 * has already flattened (Include, IfModule, IfDefine). */
static void dbd_words_in(dbd_words_t *words, const ap_directive_t *node, apr_pool_t *pool)
{
    for (; node; node = node->next) {
        const char *args = node->args;

        if (!ap_cstr_casecmp(node->directive, "DBDriver")) {
            words->driver = ap_getword_conf(pool, &args);
        } else if (!ap_cstr_casecmp(node->directive, "DBDParams")) {
            words->params = ap_getword_conf(pool, &args);
        }
    }
}

static void dbd_words_of(dbd_words_t *words, server_rec *s, apr_pool_t *pool)
{
    const ap_directive_t *node;

    dbd_words_in(words, ap_conftree, pool);
    if (!s->is_virtual) {
        return;
    }
    for (node = ap_conftree; node; node = node->next) {
        if (!ap_cstr_casecmp(node->directive, "<VirtualHost") && s->defn_name &&
            !strcmp(node->filename, s->defn_name) && node->line_num == (int)s->defn_line_number) {
            dbd_words_in(words, node->first_child, pool);
        }
    }
}

static int dbd_check_one(const dbd_words_t *words, server_rec *s, httpd_dbd_look_fn *look,
                         apr_pool_t *pool)
{
    braze_db_env_t env = {0};
    braze_db_t *db = NULL;
    braze_err_t *err = braze_db_open(&db, words->driver, words->params, 0, &env, pool);

    if (!err) {
        err = braze_store_check(db, pool);
    }
    if (!err && look) {
        err = look(db, pool);
    }
    if (!err) {
        return OK;
    }
    if (err->status == HTTP_SERVICE_UNAVAILABLE) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, "%s (serving 503 until it can be reached)",
                     braze_err_line(err, pool));
        return OK;
    }
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, s, "%s", braze_err_line(err, pool));
    return HTTP_INTERNAL_SERVER_ERROR;
}

int httpd_dbd_check_schema(apr_pool_t *ptemp, server_rec *s, int (*uses)(server_rec *s),
                           httpd_dbd_look_fn *look)
{
    for (; s; s = s->next) {
        dbd_words_t words = {NULL, NULL};
        apr_pool_t *pool;
        int status;

        if (!uses(s)) {
            continue;
        }
        dbd_words_of(&words, s, ptemp);
        if (!words.driver || !words.params) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, s,
                         "BRAZE-0103: no database: load mod_dbd and set DBDriver (sqlite3 or "
                         "pgsql) and DBDParams for this server");
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        apr_pool_create(&pool, ptemp);
        status = dbd_check_one(&words, s, look, pool);
        apr_pool_destroy(pool);
        if (status != OK) {
            return status;
        }
    }
    return OK;
}
