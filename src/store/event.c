/* SPDX-License-Identifier: Apache-2.0 */
/* The audit trail, counters of requests, and the sweeping of what has expired. */
#include <apr_strings.h>

#include "braze_id.h"
#include "store_int.h"

/* After its until_at: the largest skew that a directive can name, twice. */
#define REPLAY_KEPT apr_time_from_sec(1200)
/* No window of a rate limit is longer than a day, so one that began before this is over. */
#define RATE_KEPT (2 * 24 * 3600 * APR_USEC_PER_SEC)

braze_err_t *braze_store_event_add(braze_db_t *db, const braze_event_t *event, apr_pool_t *pool)
{
    const char *id = event->id ? event->id : braze_id_new(event->at, pool);

    return store_write(NULL, db, ST_EVENT_ADD,
                       ARGS(event->company_id, id, MS(event->at), event->name, event->user_id,
                            event->user_name, event->code, event->actor, event->ip,
                            event->correlation, event->detail),
                       pool);
}

static braze_event_t *read_event(const store_rows_t *rows, apr_pool_t *pool)
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
        APR_ARRAY_PUSH(*events, braze_event_t *) = read_event(&rows, pool);
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

braze_err_t *braze_store_sweep(int *swept, braze_db_t *db, apr_time_t now, int limit,
                               apr_pool_t *pool)
{
    static const store_statement_t sweeps[] = {ST_SWEEP_SESSIONS, ST_SWEEP_REPLAYS, ST_SWEEP_RATES,
                                               ST_SWEEP_SAML_REQUESTS};
    /* Another node's clock may be behind, another location's tolerated skew larger: a replay record
     * outlives both. */
    static const apr_interval_time_t kept[] = {0, REPLAY_KEPT, RATE_KEPT, 0};
    apr_size_t i;

    *swept = 0;
    for (i = 0; i < sizeof(sweeps) / sizeof(*sweeps); i++) {
        apr_time_t before = now - kept[i];
        int changed = 0;
        braze_err_t *err = store_write(&changed, db, sweeps[i], ARGS(MS(before), INT(limit)), pool);

        if (err) {
            return err;
        }
        *swept += changed;
    }
    return NULL;
}
