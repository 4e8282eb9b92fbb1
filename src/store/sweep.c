/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clearing away what has expired, in batches that are a transaction each, so that nobody waits for
 * long; and the turns that nodes take at such work. A row says whose turn it is and until when: a
 * node that dies in its turn lets it run out.
 */
#include <apr_strings.h>

#include "store_int.h"

/* After its until_at: the largest skew that a directive can name, twice. Another node's clock may
 * be behind, another location's tolerated skew larger: a replay record outlives both. */
#define REPLAY_KEPT apr_time_from_sec(1200)
/* No window of a rate limit is longer than a day, so one that began before this is over. */
#define RATE_KEPT (2 * 24 * 3600 * APR_USEC_PER_SEC)

#define LEASE apr_time_from_sec(60) /* of a turn; kept up between batches */
#define TURN_MAX apr_time_from_sec(10)
#define PAUSE apr_time_from_msec(20) /* in which others write */
/* A turn that ends later than this was taken under a clock that has been set right since. */
#define TURN_ABSURD apr_time_from_sec(24 * 3600)

/* ---- turns ---- */

braze_err_t *braze_store_task_take(int *taken, braze_db_t *db, const braze_task_t *task,
                                   apr_time_t now, apr_time_t until, apr_pool_t *pool)
{
    return store_write(taken, db, ST_TASK_TAKE,
                       ARGS(task->name, task->node, MS(until), MS(now), MS(now + TURN_ABSURD)),
                       pool);
}

braze_err_t *braze_store_task_keep(int *kept, braze_db_t *db, const braze_task_t *task,
                                   apr_time_t until, apr_pool_t *pool)
{
    return store_write(kept, db, ST_TASK_KEEP, ARGS(MS(until), task->name, task->node), pool);
}

/* ---- rows ---- */

/* No id that was made at this time or later is less (braze_id_new). */
static const char *lowest_id(apr_time_t at, apr_pool_t *pool)
{
    apr_uint64_t time = at > 0 ? (apr_uint64_t)at : 0;

    return apr_psprintf(pool, "%08x-%06x00-00000000-00000000", (unsigned)(time >> 24),
                        (unsigned)(time & 0xffffff));
}

static braze_err_t *sweep_events(int *changed, braze_db_t *db, const braze_sweep_t *sweep,
                                 apr_pool_t *pool)
{
    apr_time_t before = sweep->now - sweep->keep_events;

    if (!sweep->keep_events) {
        return NULL;
    }
    return store_write(changed, db, ST_SWEEP_EVENTS,
                       ARGS(lowest_id(before, pool), MS(before), INT(sweep->batch)), pool);
}

static braze_err_t *sweep_table(int *changed, braze_db_t *db, braze_swept_table_t table,
                                const braze_sweep_t *sweep, apr_pool_t *pool)
{
    static const struct {
        store_statement_t statement;
        apr_interval_time_t kept;
    } tables[] = {{ST_SWEEP_SESSIONS, 0},
                  {ST_SWEEP_REPLAYS, REPLAY_KEPT},
                  {ST_SWEEP_RATES, RATE_KEPT},
                  {ST_SWEEP_SAML_REQUESTS, 0}};

    *changed = 0;
    if (table == BRAZE_SWEPT_EVENTS) {
        return sweep_events(changed, db, sweep, pool);
    }
    return store_write(changed, db, tables[table].statement,
                       ARGS(MS(sweep->now - tables[table].kept), INT(sweep->batch)), pool);
}

braze_err_t *braze_store_sweep(braze_swept_t *swept, braze_db_t *db, const braze_sweep_t *sweep,
                               apr_pool_t *pool)
{
    int table, changed;

    swept->more = 0;
    for (table = 0; table < BRAZE_SWEPT_TABLES; table++) {
        braze_err_t *err = sweep_table(&changed, db, (braze_swept_table_t)table, sweep, pool);

        if (err) {
            return err;
        }
        swept->rows[table] += changed;
        swept->more = swept->more || changed >= sweep->batch;
    }
    return NULL;
}

/* Batches until nothing is left, the time is over, or the turn has gone to another. */
static braze_err_t *sweep_on(int *kept, braze_swept_t *swept, braze_db_t *db,
                             const braze_task_t *task, const braze_sweep_t *sweep, apr_pool_t *pool)
{
    apr_time_t end = apr_time_now() + TURN_MAX;
    apr_pool_t *scratch;
    braze_err_t *err;

    apr_pool_create(&scratch, pool);
    for (;;) {
        err = braze_store_sweep(swept, db, sweep, scratch);
        if (err || !swept->more || apr_time_now() > end) {
            break;
        }
        apr_sleep(PAUSE);
        err = braze_store_task_keep(kept, db, task, apr_time_now() + LEASE, scratch);
        if (err || !*kept) {
            break;
        }
        apr_pool_clear(scratch);
    }
    return err;
}

braze_err_t *braze_store_sweep_turn(int *taken, braze_swept_t *swept, braze_db_t *db,
                                    const char *node, const braze_sweep_t *sweep,
                                    apr_interval_time_t every, apr_pool_t *pool)
{
    braze_task_t task = {"sweep", node};
    apr_time_t now = apr_time_now();
    int kept = 1;
    braze_err_t *err = braze_store_task_take(taken, db, &task, now, now + LEASE, pool), *ended;

    memset(swept, 0, sizeof(*swept));
    if (err || !*taken) {
        return err;
    }
    err = sweep_on(&kept, swept, db, &task, sweep, pool);
    if (!kept) {
        return err;
    }
    /* What is left over is for whoever comes next; otherwise there is time. */
    ended = braze_store_task_keep(
        &kept, db, &task, err || swept->more ? apr_time_now() : apr_time_now() + every, pool);
    return err ? err : ended;
}
