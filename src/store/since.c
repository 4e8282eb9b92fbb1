/* SPDX-License-Identifier: Apache-2.0 */
/* Since when nothing was written, for whoever keeps what it has read. */
#include <apr_atomic.h>

#include "store_int.h"

static braze_err_t *number(apr_int64_t *value, braze_db_t *db, store_statement_t id,
                           apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, id, NO_ARGS, pool);

    *value = !err && store_next(&rows) ? store_int(&rows, 0) : -1;
    return err;
}

/*
 * data_version is another number after each commit of any other connection, of this process or
 * not; total_changes() grows with each row that this one writes, whoever of the server's modules
 * uses it. Both say it of this connection alone: the moment at which it found either changed is
 * what can be held against another connection's moments.
 */
braze_err_t *braze_db_since(apr_uint64_t *since, apr_uint64_t *now, braze_db_t *db,
                            volatile apr_uint64_t *clock, apr_pool_t *pool)
{
    store_conn_t *conn;
    apr_int64_t version, changes = 0;
    braze_err_t *err;

    *since = *now = 0;
    if (db->engine != BRAZE_ENGINE_SQLITE) {
        return NULL;
    }
    err = number(&version, db, ST_DATA_VERSION, pool);
    if (!err) {
        err = number(&changes, db, ST_TOTAL_CHANGES, pool);
    }
    if (err || version < 0 || changes < 0) {
        return err;
    }
    conn = db->conn;
    if (conn->clock != clock || conn->version != version || conn->changes != changes) {
        conn->clock = clock;
        conn->version = version;
        conn->changes = changes;
        conn->since = apr_atomic_inc64(clock) + 1;
    }
    *since = conn->since;
    *now = apr_atomic_read64(clock);
    return NULL;
}
