/* SPDX-License-Identifier: Apache-2.0 */
/* The audit trail, and counters of requests. */
#include <apr_strings.h>

#include "braze_id.h"
#include "store_int.h"

braze_err_t *braze_store_event_add(braze_db_t *db, const braze_event_t *event, apr_pool_t *pool)
{
    const char *id = event->id ? event->id : braze_id_new(event->at, pool);

    return store_write(NULL, db, ST_EVENT_ADD,
                       ARGS(event->company_id, id, MS(event->at), event->name, event->user_id,
                            event->user_name, event->code, event->actor, event->ip,
                            event->correlation, event->detail),
                       pool);
}

braze_event_t *store_event_read(const store_rows_t *rows, apr_pool_t *pool)
{
    braze_event_t *event = apr_pcalloc(pool, sizeof(*event));

    event->company_id = store_text(rows, 0);
    event->id = store_text(rows, 1);
    event->at = store_time(rows, 2);
    event->name = store_text(rows, 3);
    event->user_id = store_text(rows, 4);
    event->user_name = store_text(rows, 5);
    event->code = store_text(rows, 6);
    event->actor = store_text(rows, 7);
    event->ip = store_text(rows, 8);
    event->correlation = store_text(rows, 9);
    event->detail = store_text(rows, 10);
    return event;
}

braze_err_t *braze_store_event_list(apr_array_header_t **events, braze_db_t *db,
                                    const char *company_id, int count, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err =
        store_select(&rows, db, ST_EVENT_LIST, ARGS(company_id, INT(count < 0 ? 0 : count)), pool);

    *events = apr_array_make(pool, 16, sizeof(braze_event_t *));
    while (!err && store_next(&rows)) {
        APR_ARRAY_PUSH(*events, braze_event_t *) = store_event_read(&rows, pool);
    }
    return err;
}

braze_err_t *braze_store_rate_hit(apr_int64_t *used, braze_db_t *db, const char *company_id,
                                  apr_time_t window, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err =
        store_write_select(&rows, db, ST_RATE_HIT, ARGS(company_id, MS(window)), pool);

    *used = !err && store_next(&rows) ? store_int(&rows, 0) : 0;
    return err;
}
