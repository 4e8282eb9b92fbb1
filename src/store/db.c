/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: taken over from mod_dbd or opened, and set up once. */
#include <string.h>

#include <apr_file_info.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "store_int.h"

#define SQLITE_SYNCHRONOUS_EXTRA 3

#define RECORD_KEY "braze-"

static const braze_db_env_t no_env = {.lock = NULL};

braze_err_t *braze_db_engine_named(braze_engine_t *engine, const char *name, apr_pool_t *pool)
{
    braze_err_t *err;

    if (name && strcmp(name, "sqlite3") == 0) {
        *engine = BRAZE_ENGINE_SQLITE;
        return NULL;
    }
    if (name && strcmp(name, "pgsql") == 0) {
        *engine = BRAZE_ENGINE_PGSQL;
        return NULL;
    }
    err = braze_err_new(500, NULL, "BRAZE-0104", "The account database is not set up.", pool);
    return braze_err_log(err, pool,
                         "DBDriver %s is not supported: use sqlite3 (SQLite) or pgsql (PostgreSQL)",
                         name ? name : "(none)");
}

/* The first value of a pragma's first row; the statement is run whatever it gives. */
static apr_int64_t pragma(braze_db_t *db, const char *words, apr_pool_t *pool)
{
    store_rows_t rows = {.driver = db->driver, .pool = pool};

    if (apr_dbd_select(db->driver, pool, db->handle, &rows.results, words, 1) != 0) {
        return 0;
    }
    rows.count = apr_dbd_num_tuples(db->driver, rows.results);
    return store_next(&rows) ? store_int(&rows, 0) : 0;
}

/*
 * Before anything of ours is prepared, since SQLite's driver never prepares again what a pragma has
 * outdated; for the same reason foreign keys are not switched on a second time by the other module
 * of a server.
 */
static void set_up_sqlite(braze_db_t *db, apr_pool_t *pool)
{
    pragma(db, "PRAGMA journal_mode=WAL", pool);
    /* In WAL mode EXTRA is FULL, the default, which cannot be told from an operator's wish: EXTRA
     * is that wish. */
    if (pragma(db, "PRAGMA synchronous", pool) != SQLITE_SYNCHRONOUS_EXTRA) {
        pragma(db, "PRAGMA synchronous=NORMAL", pool);
    }
    /* Pages that many logins touch are written back once in 8 MB of log, not once in 4. All who
     * write wait for that: with 16 MB the slowest of a hundred took half as long again. */
    pragma(db, "PRAGMA wal_autocheckpoint=2000", pool);
    /* Few connections write, each several transactions in a row: what it has read stays good so
     * long. 1 MB a connection is what a child's memory grows by until all are full. */
    pragma(db, "PRAGMA cache_size=-1000", pool);
    /* Not mapped: after each write of another connection SQLite would take the mapping down and
     * build it again, which costs a login more than it ever saves. */
    pragma(db, "PRAGMA mmap_size=0", pool);
    if (pragma(db, "PRAGMA foreign_keys", pool) != 1) {
        pragma(db, "PRAGMA foreign_keys=ON", pool);
    }
}

/*
 * A client has long given up when a lock is had after a minute. And statements here take less time
 * than it takes to start a parallel worker, whatever the planner thinks of a range that begins at a
 * value it does not know. An operator's own settings (of the role, or by DBDInitSQL) stand.
 */
void store_session_set_up(braze_db_t *db)
{
    int changed;

    if (db->engine == BRAZE_ENGINE_PGSQL) {
        /* If it fails, so does what follows, and that is reported. */
        (void)apr_dbd_query(db->driver, db->handle, &changed,
                            "DO $$ BEGIN IF current_setting('lock_timeout') = '0' THEN "
                            "PERFORM set_config('lock_timeout', '5s', false); END IF; "
                            "IF current_setting('max_parallel_workers_per_gather') = '2' THEN "
                            "PERFORM set_config('max_parallel_workers_per_gather', '0', false); "
                            "END IF; END $$");
    }
    db->conn->lost = 0;
}

/* Each copy of this code (a module has its own) keeps a record of its own, since another's may be
 * of another build. */
static const char *record_key(char *buffer)
{
    memcpy(buffer, RECORD_KEY, sizeof(RECORD_KEY));
    braze_address_put(buffer + sizeof(RECORD_KEY) - 1, &no_env);
    return buffer;
}

static void set_up(braze_db_t *db, const char *key, apr_pool_t *conn_pool, apr_pool_t *pool)
{
    store_conn_t *conn = apr_pcalloc(conn_pool, sizeof(*conn));

    conn->pool = conn_pool;
    db->conn = conn;
    if (db->engine == BRAZE_ENGINE_SQLITE) {
        set_up_sqlite(db, pool);
    } else {
        store_fault_set_up(db);
    }
    store_session_set_up(db);
    apr_pool_userdata_set(conn, key, NULL, conn_pool);
}

/* Finds the record that this connection has from before, or makes it. */
static void attach(braze_db_t *db, apr_pool_t *conn_pool, apr_pool_t *pool)
{
    char buffer[sizeof(RECORD_KEY) + BRAZE_ADDRESS_MAX];
    const char *key = record_key(buffer);
    void *found = NULL;

    apr_pool_userdata_get(&found, key, conn_pool);
    if (found) {
        db->conn = found;
        if (db->conn->lost) {
            /* Given back broken, and made again by who lends it, who knows nothing of ours. */
            store_forget_statements(db);
            store_session_set_up(db);
        }
    } else {
        set_up(db, key, conn_pool, pool);
    }
}

braze_err_t *braze_db_attach(braze_db_t **db, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                             apr_pool_t *conn_pool, const braze_db_env_t *env, apr_pool_t *pool)
{
    braze_engine_t engine;
    braze_err_t *err = braze_db_engine_named(&engine, apr_dbd_name(driver), pool);

    if (err) {
        return err;
    }
    *db = braze_db_on_demand(engine, NULL, env, pool);
    (*db)->driver = driver;
    (*db)->handle = handle;
    attach(*db, conn_pool, pool);
    return NULL;
}

braze_db_t *braze_db_on_demand(braze_engine_t engine, const braze_db_source_t *source,
                               const braze_db_env_t *env, apr_pool_t *pool)
{
    braze_db_t *db = apr_pcalloc(pool, sizeof(*db));

    db->engine = engine;
    db->source = source;
    db->env = env ? env : &no_env;
    db->pool = pool;
    return db;
}

braze_err_t *store_ready(braze_db_t *db, apr_pool_t *pool)
{
    apr_pool_t *conn_pool = NULL;
    braze_err_t *err;

    if (db->handle || !db->source) {
        return NULL;
    }
    err = db->source->borrow(&db->driver, &db->handle, &conn_pool, db->source->baton);
    if (err) {
        db->handle = NULL;
        db->fault = FAULT_OTHER; /* whoever lends has tried already */
        /* It takes the error for something that keeps what it was shown. */
        /* cppcheck-suppress returnDanglingLifetime */
        return err;
    }
    db->reconnects = 0;
    attach(db, conn_pool, pool);
    return NULL;
}

void braze_db_release(braze_db_t *db)
{
    if (db->handle && db->source && !db->in_transaction) {
        db->handle = NULL;
        db->conn = NULL;
        db->source->give_back(db->source->baton);
    }
}

/* SQLite makes a file that is not there: a mistyped path would be an empty database. */
static braze_err_t *look_for_file(const char *path, apr_pool_t *pool)
{
    apr_finfo_t info;

    if (strcmp(path, ":memory:") == 0 ||
        apr_stat(&info, path, APR_FINFO_TYPE, pool) == APR_SUCCESS) {
        return NULL;
    }
    return store_no_schema(apr_psprintf(pool, "there is no database %s", path), pool);
}

typedef struct {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
} opened_t;

static apr_status_t close_opened(void *data)
{
    const opened_t *opened = data;

    return apr_dbd_close(opened->driver, opened->handle);
}

static braze_err_t *open_handle(opened_t *opened, const char *driver, const char *params,
                                apr_pool_t *pool)
{
    const char *why = NULL;

    if (apr_dbd_init(pool) != APR_SUCCESS ||
        apr_dbd_get_driver(pool, driver, &opened->driver) != APR_SUCCESS) {
        why = apr_psprintf(pool,
                           "apr-util's driver %s cannot be loaded: is its package "
                           "(libaprutil1-dbd-%s) installed?",
                           driver, driver);
        return store_unreachable(why, pool);
    }
    if (apr_dbd_open_ex(opened->driver, pool, params, &opened->handle, &why) != APR_SUCCESS) {
        return store_unreachable(why ? why : "no reason given", pool);
    }
    apr_pool_cleanup_register(pool, opened, close_opened, apr_pool_cleanup_null);
    return NULL;
}

braze_err_t *braze_db_open(braze_db_t **db, const char *driver, const char *params, int create,
                           const braze_db_env_t *env, apr_pool_t *pool)
{
    opened_t *opened = apr_pcalloc(pool, sizeof(*opened));
    braze_engine_t engine;
    braze_err_t *err = braze_db_engine_named(&engine, driver, pool);

    if (!err && engine == BRAZE_ENGINE_SQLITE && !create) {
        err = look_for_file(params, pool);
    }
    if (!err) {
        err = open_handle(opened, driver, params, pool);
    }
    return err ? err : braze_db_attach(db, opened->driver, opened->handle, pool, env, pool);
}

braze_engine_t braze_db_engine(const braze_db_t *db)
{
    return db->engine;
}
