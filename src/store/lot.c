/* SPDX-License-Identifier: Apache-2.0 */
/* Several of a kind in one statement, on PostgreSQL (combine.c brings them together). */
#include "store_int.h"

/* Once. A statement that the server has forgotten is prepared again for the next lot. */
static braze_err_t *run_once(store_rows_t *rows, braze_db_t *db, store_statement_t id,
                             const void **args, int count, apr_pool_t *pool)
{
    braze_err_t *err;

    db->in_transaction = 1;
    err = store_write_select(rows, db, id, args, count, pool);
    db->in_transaction = 0;
    if (err && db->fault == FAULT_STALE) {
        store_forget_statements(db);
    }
    return err;
}

/* Rows that are not needed are NULL: so there are four statements, not eight. */
braze_err_t *store_lot_select(store_rows_t *rows, braze_db_t *db, store_statement_t of_one,
                              const void **args, int each, int count, apr_pool_t *pool)
{
    int which = 0, size;

    for (size = 1; size < count; size *= 2) {
        which++;
    }
    return run_once(rows, db, of_one + which, args, size * each, pool);
}
