/* SPDX-License-Identifier: Apache-2.0 */
/* The one file that sees mod_dbd: connections, the write mutex of SQLite, the look at the schema
 * before serving. */
#include "status_int.h"

#include <apr_atomic.h>
#include <apr_global_mutex.h>
#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_optional.h>
#include <apr_strings.h>
#include <ap_mpm.h>
#include <http_core.h>
#include <mod_dbd.h>
#include <signal.h>
#include <util_cfgtree.h>
#include <util_mutex.h>

#include "braze_id.h"

#define DBD_MUTEX "braze-dbd"
#define DBD_MUTEX_KEY "braze-dbd-mutex"
#define DBD_KEY_MAX (2 * BRAZE_ADDRESS_MAX + 3)

/*
 * Both modules look for it under the process's pool, so that there is one mutex and not one a
 * module. It outlives restarts: what the children of before a graceful restart still write must
 * exclude, and be excluded by, what the new ones write, and pconf would take the mutex away from
 * under them.
 */
typedef struct {
    apr_global_mutex_t *mutex;
} dbd_shared_t;

typedef struct dbd_server_t dbd_server_t;

/* What a request borrows, and whether it has it. */
typedef struct {
    request_rec *r;
    dbd_server_t *server;
    ap_dbd_t *rec;          /* NULL = not at the moment */
    dbd_server_t *held_off; /* where this loan counts; NULL = nowhere */
    braze_db_t *db;
    braze_db_env_t env;
    braze_db_source_t source;
} dbd_loan_t;

/* Of a server and a child: what each request would have to look for. */
struct dbd_server_t {
    dbd_shared_t *shared;                     /* or NULL */
    httpd_status_t *status;                   /* or NULL */
    httpd_process_t *process;                 /* or NULL */
    APR_OPTIONAL_FN_TYPE(ap_dbd_open) * open; /* NULL without mod_dbd, as close */
    APR_OPTIONAL_FN_TYPE(ap_dbd_close) * close;
    braze_combiner_t *combiner;   /* or NULL */
    braze_watch_t *watch;         /* or NULL */
    volatile apr_uint32_t engine; /* 1 + braze_engine_t; 0 until a connection has told */
    int one_thread;               /* the child is one, as under prefork */
    int held_off;                 /* loans that hold the end of the child off, if it is */
    sigset_t before;              /* the mask of before the first of them */
};

static dbd_shared_t *dbd_shared(const server_rec *s)
{
    void *data = NULL;

    apr_pool_userdata_get(&data, DBD_MUTEX_KEY, s->process->pool);
    return data;
}

/* A System V semaphore is given back when its holder dies, and handed over for less than APR's own
 * choice on Linux, a mutex of pthreads with priority inheritance. */
#if APR_HAS_SYSVSEM_SERIALIZE
#define DBD_MUTEX_KIND APR_LOCK_SYSVSEM
#else
#define DBD_MUTEX_KIND APR_LOCK_DEFAULT
#endif

apr_status_t httpd_dbd_register(apr_pool_t *pconf)
{
    return ap_mutex_register(pconf, DBD_MUTEX, NULL, DBD_MUTEX_KIND, 0);
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

/* Its address tells this copy of the code from the other module's. */
static const char here;

/* Of this server and this copy of the code: each server may have a database of its own, and what
 * one module queues is not for the other to run. */
static const char *dbd_server_key(char *buffer, const server_rec *s)
{
    char *at = buffer;

    *at++ = 's';
    at = braze_address_put(at, &here);
    *at++ = '-';
    braze_address_put(at, s);
    return buffer;
}

static void dbd_server_find(dbd_server_t *server, const server_rec *s)
{
    server->shared = dbd_shared(s);
    server->status = httpd_status(s);
    server->process = httpd_process(s);
    server->open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    server->close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
}

/* Threads share their writes. In the child only: the process's pool is its own then. */
static void dbd_servers_make(const server_rec *s, apr_pool_t *pchild)
{
    volatile apr_uint64_t *clock = apr_pcalloc(pchild, sizeof(*clock));
    char key[DBD_KEY_MAX];
    int threaded = 0;

    if (ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded) != APR_SUCCESS) {
        threaded = 0;
    }
    for (; s; s = s->next) {
        dbd_server_t *server = apr_pcalloc(pchild, sizeof(*server));

        dbd_server_find(server, s);
        server->combiner = threaded ? braze_combiner_make(pchild) : NULL;
        server->watch = braze_watch_make(clock, pchild);
        server->one_thread = !threaded;
        apr_pool_userdata_set(server, dbd_server_key(key, s), NULL, s->process->pool);
    }
}

apr_status_t httpd_dbd_child_init(apr_pool_t *pchild, server_rec *s)
{
    dbd_shared_t *shared = dbd_shared(s);
    const char *lockfile;

    dbd_servers_make(s, pchild);
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

static dbd_server_t *dbd_server(const server_rec *s)
{
    char key[DBD_KEY_MAX];
    void *data = NULL;

    apr_pool_userdata_get(&data, dbd_server_key(key, s), s->process->pool);
    return data;
}

/*
 * Under prefork a child ends inside its handler of SIGTERM, in the middle of whatever the request
 * does. With a connection borrowed that is the middle of a statement, and the pool of connections
 * aborts the child ("Assertion `rl->ntotal == 0' failed"): every stop of a busy server would look
 * like a crash. So the signal waits until the connection is back; httpd's own SIGKILL does not.
 */
static void dbd_hold_off(dbd_loan_t *loan)
{
    dbd_server_t *server = loan->server;
    sigset_t ends;

    if (loan->held_off || !server->one_thread) {
        return;
    }
    loan->held_off = server;
    if (!server->held_off++) {
        sigemptyset(&ends);
        sigaddset(&ends, SIGTERM);
        sigaddset(&ends, SIGHUP);
        pthread_sigmask(SIG_BLOCK, &ends, &server->before);
    }
}

static void dbd_let_end(dbd_loan_t *loan)
{
    dbd_server_t *server = loan->held_off; /* of the module that borrowed */

    loan->held_off = NULL;
    if (server && !--server->held_off) {
        pthread_sigmask(SIG_SETMASK, &server->before, NULL);
    }
}

static void dbd_give_back(void *baton)
{
    dbd_loan_t *loan = baton;

    if (loan->rec) {
        loan->server->close(loan->r->server, loan->rec);
        httpd_process_connections(loan->server->process, -1);
    }
    loan->rec = NULL;
    dbd_let_end(loan);
}

static apr_status_t dbd_end(void *data)
{
    dbd_give_back(data);
    return APR_SUCCESS;
}

static braze_err_t *dbd_unreachable(request_rec *r, const char *why)
{
    braze_err_t *err =
        braze_err_new(HTTP_SERVICE_UNAVAILABLE, NULL, "BRAZE-0151",
                      "The account database cannot be reached. Try again soon.", r->pool);

    err->retry_after = 5;
    return braze_err_log(err, r->pool, "%s", why);
}

static braze_err_t *dbd_take(dbd_loan_t *loan)
{
    const dbd_server_t *server = loan->server;
    request_rec *r = loan->r;
    apr_time_t begin;

    if (loan->rec) {
        return NULL;
    }
    if (!server->open || !server->close) {
        return dbd_unreachable(
            r, "mod_dbd is not loaded: add LoadModule dbd_module, DBDriver and DBDParams");
    }
    begin = apr_time_now();
    dbd_hold_off(loan); /* a connection that is being made is one that is out, too */
    loan->rec = server->open(r->pool, r->server);
    if (!loan->rec) {
        dbd_let_end(loan);
        httpd_status_add(server->status, STATUS_DB_REFUSED, 0, 1);
        return dbd_unreachable(r, "no connection by DBDriver and DBDParams of this server; the "
                                  "error log has mod_dbd's reason");
    }
    httpd_status_time(server->status, STATUS_DB_WAIT, 0, apr_time_now() - begin);
    httpd_process_connections(server->process, 1);
    return NULL;
}

static braze_err_t *dbd_borrow(const apr_dbd_driver_t **driver, apr_dbd_t **handle,
                               apr_pool_t **conn_pool, void *baton)
{
    dbd_loan_t *loan = baton;
    braze_err_t *err = dbd_take(loan);

    if (!err) {
        *driver = loan->rec->driver;
        *handle = loan->rec->handle;
        *conn_pool = loan->rec->pool;
    }
    return err;
}

/* The other module may have worked on the request before an internal redirect, which keeps its
 * pool. What it has borrowed knows its moments and its queue, not ours. */
static const char *dbd_request_key(char *buffer)
{
    *buffer = 'r';
    braze_address_put(buffer + 1, &here);
    return buffer;
}

static dbd_loan_t *dbd_loan(request_rec *r)
{
    char key[DBD_KEY_MAX];
    void *data = NULL;

    apr_pool_userdata_get(&data, dbd_request_key(key), r->pool);
    return data;
}

static dbd_loan_t *dbd_loan_make(request_rec *r)
{
    dbd_server_t *server = dbd_server(r->server);
    dbd_loan_t *loan = apr_pcalloc(r->pool, sizeof(*loan));
    char key[DBD_KEY_MAX];

    if (!server) {
        /* Another module's copy of a server, for this request alone (mass virtual hosting): whose
         * database it is only mod_dbd knows, so it shares no queue and no moments with anybody. */
        server = apr_pcalloc(r->pool, sizeof(*server));
        dbd_server_find(server, r->server);
    }
    loan->r = r;
    loan->server = server;
    loan->source.borrow = dbd_borrow;
    loan->source.give_back = dbd_give_back;
    loan->source.baton = loan;
    loan->env.log = httpd_log(r);
    loan->env.note = httpd_status_note;
    loan->env.note_baton = server->status;
    if (server->shared) {
        loan->env.lock = dbd_lock;
        loan->env.unlock = dbd_unlock;
        loan->env.lock_baton = server->shared->mutex;
    }
    apr_pool_userdata_setn(loan, apr_pstrdup(r->pool, dbd_request_key(key)), NULL, r->pool);
    apr_pool_cleanup_register(r->pool, loan, dbd_end, apr_pool_cleanup_null);
    return loan;
}

/* Which engine it is only a first connection tells; those after it need not be there to know. */
static braze_err_t *dbd_engine(braze_engine_t *engine, dbd_loan_t *loan)
{
    dbd_server_t *server = loan->server;
    apr_uint32_t known = apr_atomic_read32(&server->engine);
    braze_err_t *err;

    if (known) {
        *engine = (braze_engine_t)(known - 1);
        return NULL;
    }
    err = dbd_take(loan);
    if (!err) {
        err = braze_db_engine_named(engine, apr_dbd_name(loan->rec->driver), loan->r->pool);
    }
    /* Given back at once: this thread may wait for one who writes, and that one for a connection.
     */
    dbd_give_back(loan);
    if (!err) {
        apr_atomic_set32(&server->engine, (apr_uint32_t)*engine + 1);
    }
    return err;
}

braze_err_t *httpd_db_open(braze_db_t **db, request_rec *r)
{
    dbd_loan_t *loan = dbd_loan(r);
    braze_engine_t engine;
    braze_err_t *err = NULL;

    if (!loan) {
        loan = dbd_loan_make(r);
    }
    if (!loan->db) {
        const dbd_server_t *server = loan->server;

        err = dbd_engine(&engine, loan);
        if (!err) {
            loan->db = braze_db_on_demand(engine, &loan->source, &loan->env, r->pool);
            braze_db_combine(loan->db, server->combiner);
            braze_db_watch(loan->db, server->watch);
        }
    }
    *db = loan->db;
    return err;
}

void httpd_db_release(request_rec *r)
{
    dbd_loan_t *loan = dbd_loan(r);

    if (loan && loan->db) {
        braze_db_release(loan->db);
    }
    if (loan) {
        dbd_give_back(loan);
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

/* ---- a connection of its own ---- */

static void dbd_log_server(void *baton, braze_log_level_t level, const char *line)
{
    static const int levels[] = {APLOG_ERR, APLOG_WARNING, APLOG_INFO, APLOG_DEBUG};

    ap_log_error(APLOG_MARK, levels[level], 0, (server_rec *)baton, "%s", line);
}

braze_err_t *httpd_db_open_own(braze_db_t **db, server_rec *s, apr_pool_t *pool)
{
    dbd_shared_t *shared = dbd_shared(s);
    braze_db_env_t *env = apr_pcalloc(pool, sizeof(*env));
    dbd_words_t words = {NULL, NULL};

    env->log.write = dbd_log_server;
    env->log.baton = s;
    env->note = httpd_status_note;
    env->note_baton = httpd_status(s);
    if (shared) {
        env->lock = dbd_lock;
        env->unlock = dbd_unlock;
        env->lock_baton = shared->mutex;
    }
    dbd_words_of(&words, s, pool);
    return braze_db_open(db, words.driver, words.params, 0, env, pool);
}

apr_array_header_t *httpd_db_servers(server_rec *s, int (*uses)(server_rec *s), apr_pool_t *pool)
{
    apr_array_header_t *servers = apr_array_make(pool, 1, sizeof(server_rec *));
    apr_hash_t *seen = apr_hash_make(pool);

    for (; s; s = s->next) {
        dbd_words_t words = {NULL, NULL};
        const char *both;

        if (!uses(s)) {
            continue;
        }
        dbd_words_of(&words, s, pool);
        both = apr_pstrcat(pool, words.driver ? words.driver : "", " ",
                           words.params ? words.params : "", NULL);
        if (!apr_hash_get(seen, both, APR_HASH_KEY_STRING)) {
            apr_hash_set(seen, both, APR_HASH_KEY_STRING, s);
            APR_ARRAY_PUSH(servers, server_rec *) = s;
        }
    }
    return servers;
}
