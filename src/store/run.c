/* SPDX-License-Identifier: Apache-2.0 */
/* Running one statement: bind, run, read; alone it is repeated after what is transient, inside a
 * transaction the whole of that is. */
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "store_int.h"

#define PAUSE_FIRST_MS 5
#define BUSY_RETRIES 1 /* the first attempt may have been one together with others */
#define PAUSE_LAST_MS 200
#define TOLD 40      /* characters of a statement in an error's text */
#define RECONNECTS 2 /* of one loan of a connection */

typedef struct {
    store_statement_t id;
    const char *text; /* put together at run time, without an id; or NULL */
    const void **args;
    int count;
    store_rows_t *rows; /* NULL: the statement gives none */
    int *changed;
    int writes;
} run_t;

void store_note(const braze_db_t *db, braze_db_note_t note, int count)
{
    if (db->env->note) {
        db->env->note(db->env->note_baton, note, count);
    }
}

void store_note_fault(const braze_db_t *db)
{
    static const braze_db_note_t notes[] = {
        [FAULT_TRANSIENT] = BRAZE_DB_FAULT_TRANSIENT, [FAULT_STALE] = BRAZE_DB_FAULT_STALE,
        [FAULT_LOST] = BRAZE_DB_FAULT_LOST,           [FAULT_LOCKED] = BRAZE_DB_FAULT_LOCKED,
        [FAULT_FOREIGN] = BRAZE_DB_FAULT_FOREIGN,     [FAULT_OTHER] = BRAZE_DB_FAULT_OTHER};

    if (db->fault != FAULT_NONE) {
        store_note(db, notes[db->fault], 1);
    }
}

static braze_err_t *failed(braze_db_t *db, const run_t *run, int rv, apr_pool_t *pool)
{
    const char *text = run->text ? run->text : store_statement_text(run->id, db->engine), *why;
    const char *name = run->text ? "search" : apr_psprintf(pool, "statement %d", (int)run->id);

    if (rv == STORE_MISUSE) {
        db->fault = FAULT_OTHER;
        why = "no statement of this engine, or not its number of arguments";
    } else {
        db->fault = store_fault_read(&why, db, rv, pool);
    }
    store_note_fault(db);
    return store_fault_error(db, apr_psprintf(pool, "%s (%.*s...)", name, TOLD, text ? text : ""),
                             why, pool);
}

static int run_prepared(const run_t *run, braze_db_t *db, apr_dbd_prepared_t *prepared,
                        apr_pool_t *pool)
{
    int changed = 0, rv;

    if (!run->rows) {
        rv = apr_dbd_pbquery(db->driver, pool, db->handle, &changed, prepared, run->args);
        if (run->changed) {
            *run->changed = changed;
        }
        db->wrote |= changed > 0;
        return rv;
    }
    db->wrote |= run->writes;
    run->rows->driver = db->driver;
    run->rows->results = NULL;
    run->rows->row = NULL;
    run->rows->pool = pool;
    run->rows->keep = NULL;
    run->rows->read = 0;
    /* Random access: without it PostgreSQL's driver sleeps 100 ms on an empty result. */
    rv =
        apr_dbd_pbselect(db->driver, pool, db->handle, &run->rows->results, prepared, 1, run->args);
    run->rows->count = rv == 0 ? apr_dbd_num_tuples(db->driver, run->rows->results) : 0;
    return rv;
}

static braze_err_t *run_once(const run_t *run, braze_db_t *db, apr_pool_t *pool)
{
    apr_dbd_prepared_t *prepared = NULL;
    int rv;

    db->fault = FAULT_NONE;
    rv = run->text ? store_prepare_shape(&prepared, db, run->text, run->count, pool)
                   : store_prepare(&prepared, db, run->id, run->count, pool);
    if (rv == 0) {
        rv = run_prepared(run, db, prepared, pool);
    }
    return rv == 0 ? NULL : failed(db, run, rv, pool);
}

/* Up to a random share of a span that grows from 5 to 200 ms, so that those who met do not meet
 * again. */
static void pause_before(int attempt)
{
    apr_uint32_t random = 0;
    int span = PAUSE_FIRST_MS << (attempt < 6 ? attempt : 6);

    if (span > PAUSE_LAST_MS) {
        span = PAUSE_LAST_MS;
    }
    /* Without randomness the pause is the whole span. */
    if (apr_generate_random_bytes((unsigned char *)&random, sizeof(random)) != APR_SUCCESS) {
        random = 0;
    }
    apr_sleep(apr_time_from_msec(span) - random % (apr_time_from_msec(span) / 2 + 1));
}

static int reconnect(braze_db_t *db, apr_pool_t *pool)
{
    store_forget_statements(db);
    if (db->reconnects++ >= RECONNECTS ||
        apr_dbd_check_conn(db->driver, pool, db->handle) != APR_SUCCESS) {
        return 0;
    }
    store_session_set_up(db);
    store_note(db, BRAZE_DB_RETRY_LOST, 1);
    return 1;
}

/* SQLite's driver has waited for 1.6 s itself each time that another program holds the database.
 * A server gives up after about five, as PostgreSQL's lock_timeout has it: its threads are waited
 * for. A command, which has no lock of its own, may wait longer. */
static int retries(const braze_db_t *db)
{
    return db->engine == BRAZE_ENGINE_SQLITE && db->env->lock && db->fault == FAULT_TRANSIENT
               ? BUSY_RETRIES
               : BRAZE_TX_RETRIES;
}

int store_again(braze_db_t *db, int attempt, apr_pool_t *pool)
{
    if (attempt >= retries(db)) {
        return 0;
    }
    switch (db->fault) {
    case FAULT_STALE:
        store_note(db, BRAZE_DB_RETRY_STALE, 1);
        store_forget_statements(db);
        return 1;
    case FAULT_LOST:
        return reconnect(db, pool);
    case FAULT_TRANSIENT:
        store_note(db, BRAZE_DB_RETRY_TRANSIENT, 1);
        pause_before(attempt);
        return 1;
    default:
        return 0;
    }
}

braze_err_t *store_lock(braze_db_t *db, apr_pool_t *pool)
{
    braze_err_t *err;
    apr_status_t rv;
    char reason[128];

    if (db->engine != BRAZE_ENGINE_SQLITE || !db->env->lock) {
        return NULL;
    }
    rv = db->env->lock(db->env->lock_baton);
    if (rv == APR_SUCCESS) {
        return NULL;
    }
    db->fault = FAULT_TRANSIENT;
    err = store_fault_error(db, "write lock", apr_strerror(rv, reason, sizeof(reason)), pool);
    db->fault = FAULT_OTHER;
    return err;
}

void store_unlock(braze_db_t *db)
{
    if (db->engine == BRAZE_ENGINE_SQLITE && db->env->lock) {
        /* What failed to be given back shows at the next lock. */
        (void)db->env->unlock(db->env->lock_baton);
    }
}

static braze_err_t *run_locked(const run_t *run, braze_db_t *db, apr_pool_t *pool)
{
    braze_err_t *err;

    if (!run->writes) {
        return run_once(run, db, pool);
    }
    err = store_lock(db, pool);
    if (!err) {
        err = run_once(run, db, pool);
        store_unlock(db);
    }
    return err;
}

static braze_err_t *run_statement(const run_t *run, braze_db_t *db, apr_pool_t *pool)
{
    braze_err_t *err;
    int attempt = 0;

    if (db->in_transaction) {
        return run_once(run, db, pool);
    }
    do {
        err = store_ready(db, pool);
        if (!err) {
            err = run_locked(run, db, pool);
        }
    } while (err && store_again(db, attempt++, pool));
    return err;
}

braze_err_t *store_select(store_rows_t *rows, braze_db_t *db, store_statement_t id,
                          const void **args, int count, apr_pool_t *pool)
{
    run_t run = {id, NULL, args, count, rows, NULL, 0};

    return run_statement(&run, db, pool);
}

braze_err_t *store_select_text(store_rows_t *rows, braze_db_t *db, const char *text,
                               const void **args, int count, apr_pool_t *pool)
{
    run_t run = {ST_COUNT, text, args, count, rows, NULL, 0};

    return run_statement(&run, db, pool);
}

braze_err_t *store_write_select(store_rows_t *rows, braze_db_t *db, store_statement_t id,
                                const void **args, int count, apr_pool_t *pool)
{
    run_t run = {id, NULL, args, count, rows, NULL, 1};

    return run_statement(&run, db, pool);
}

braze_err_t *store_write(int *changed, braze_db_t *db, store_statement_t id, const void **args,
                         int count, apr_pool_t *pool)
{
    run_t run = {id, NULL, args, count, NULL, changed, 1};

    return run_statement(&run, db, pool);
}
