/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions, run again as a whole after what is transient. apr_dbd's own transaction object is
 * not used: after an error it reports success while rolling back, and starting one on a dead
 * PostgreSQL connection crashes.
 */
#include "store_int.h"

static braze_err_t *word(braze_db_t *db, store_statement_t id, const char *text, apr_pool_t *pool)
{
    const char *why;
    int changed, rv;

    if (db->engine == BRAZE_ENGINE_SQLITE) {
        return store_write(NULL, db, id, NO_ARGS, pool);
    }
    db->fault = FAULT_NONE;
    rv = apr_dbd_query(db->driver, db->handle, &changed, text);
    if (rv == 0) {
        return NULL;
    }
    db->fault = store_fault_read(&why, db, rv, pool);
    if (id != ST_ROLLBACK) { /* after what has been noted already */
        store_note_fault(db);
    }
    return store_fault_error(db, text, why, pool);
}

static void roll_back(braze_db_t *db, apr_pool_t *pool)
{
    store_fault_t fault = db->fault;
    braze_err_t *err = word(db, ST_ROLLBACK, "ROLLBACK", pool);

    /* It fails only where there is nothing left to roll back; what matters is why we came here. */
    if (err && fault == FAULT_NONE) {
        braze_log_write(&db->env->log, BRAZE_LOG_DEBUG, "BRAZE-0118", pool, "%s",
                        braze_err_line(err, pool));
    }
    db->fault = fault;
}

static braze_err_t *attempt_once(braze_db_t *db, store_body_fn *body, void *baton, apr_pool_t *pool)
{
    int commit = 1;
    braze_err_t *err = word(db, ST_BEGIN, "BEGIN ISOLATION LEVEL READ COMMITTED", pool);

    if (err) {
        return err;
    }
    err = body(&commit, db, baton, pool);
    if (!err && commit) {
        err = word(db, ST_COMMIT, "COMMIT", pool);
        /* Nobody knows whether a COMMIT arrived when the connection broke under it: not to be
         * repeated. */
        if (db->fault == FAULT_LOST) {
            db->reconnects = BRAZE_TX_RETRIES;
        }
        commit = err == NULL;
    } else {
        commit = 0;
    }
    if (!commit) {
        roll_back(db, pool);
    }
    return err;
}

static braze_err_t *attempt_locked(braze_db_t *db, store_body_fn *body, void *baton,
                                   apr_pool_t *pool)
{
    braze_err_t *err = store_ready(db, pool);

    if (!err) {
        err = store_lock(db, pool);
    }
    if (err) {
        return err;
    }
    db->in_transaction = 1;
    db->fault = FAULT_NONE;
    err = attempt_once(db, body, baton, pool);
    db->in_transaction = 0;
    store_unlock(db);
    return err;
}

braze_err_t *store_transact(braze_db_t *db, store_body_fn *body, void *baton, apr_pool_t *pool)
{
    braze_err_t *err;
    int attempt = 0;

    if (store_transact_together(&err, db, body, baton, pool)) {
        return err;
    }
    do {
        err = attempt_locked(db, body, baton, pool);
    } while (err && store_again(db, attempt++, pool));
    return err;
}
