/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way of signing in, on PostgreSQL: a known person, or several who come at once, in one
 * statement. A lot costs the server little more than one of them: most of what a statement takes is
 * the same whatever the number of its rows.
 */
#include <string.h>

#include "store_int.h"

#define LOT_ARGS 28 /* of one login */

enum { ROW_PLACE, ROW_FRESH, ROW_USER };

typedef struct {
    apr_int64_t now, until, created, expires, seen, at;
} times_t;

/* The columns of w but its first, in the order of statements_sign_in.h. */
static void put(const void **args, times_t *times, const store_sign_in_t *run)
{
    const braze_sign_in_t *in = run->in;
    const braze_session_t *session = in->session;
    const braze_event_t *event = in->event;
    const void *const list[LOT_ARGS] = {in->company_id,
                                        in->link->link_key,
                                        in->email_key,
                                        &times->now,
                                        in->given_name,
                                        in->family_name,
                                        in->email,
                                        in->wanted && in->map_on_login ? in->wanted->want_hash
                                                                       : NULL,
                                        in->replay_key,
                                        in->replay_digest,
                                        &times->until,
                                        in->session_hash,
                                        &times->created,
                                        &times->expires,
                                        &times->seen,
                                        session->idp,
                                        session->name_id,
                                        session->name_id_format,
                                        session->name_qualifier,
                                        session->sp_name_qualifier,
                                        session->session_index,
                                        in->replay_key,
                                        run->event_id,
                                        &times->at,
                                        event->actor,
                                        event->ip,
                                        event->correlation,
                                        event->detail};

    times->now = braze_time_to_ms(in->now);
    times->until = braze_time_to_ms(in->replay_until);
    times->created = braze_time_to_ms(session->created_at);
    times->expires = braze_time_to_ms(session->expires_at);
    times->seen = braze_time_to_ms(session->last_seen_at);
    times->at = braze_time_to_ms(event->at);
    memcpy(args, list, sizeof(list));
}

/* The user's row but no record of ours: another copy of the assertion came in between. */
static void settle(store_sign_in_t *run, const store_rows_t *rows)
{
    run->settled = 1;
    run->outcome = BRAZE_REPLAYED;
    if (store_int(rows, ROW_FRESH)) {
        run->outcome = BRAZE_SIGNED_IN;
        run->user = store_user_read(rows, ROW_USER, run->in->company_id, run->pool);
    }
}

braze_err_t *store_sign_in_quick(store_sign_in_t *run, braze_db_t *db)
{
    const void *args[LOT_ARGS];
    times_t times;
    store_rows_t rows;
    braze_err_t *err;

    put(args, &times, run);
    err = store_write_select(&rows, db,
                             run->in->link->name_id ? ST_SIGN_IN_QUICK_NAMED : ST_SIGN_IN_QUICK,
                             args, LOT_ARGS, run->pool);
    if (!err && store_next(&rows)) {
        settle(run, &rows);
    }
    return err;
}

/* One person is signed in once by a statement, and a record of a replay is written by one row: who
 * comes second has to come after. */
static int comes_after(store_sign_in_t *const *runs, int which)
{
    const braze_sign_in_t *in = runs[which]->in, *before;
    int i;

    for (i = 0; i < which; i++) {
        before = runs[i]->in;
        if (strcmp(in->company_id, before->company_id) == 0 &&
            (strcmp(in->replay_key, before->replay_key) == 0 ||
             strcmp(in->email_key, before->email_key) == 0)) {
            return 1;
        }
    }
    return 0;
}

braze_err_t *store_sign_in_lot(store_sign_in_t *const *runs, int count, braze_db_t *db,
                               apr_pool_t *pool)
{
    const void *args[STORE_LOT_MAX * LOT_ARGS] = {NULL};
    times_t times[STORE_LOT_MAX];
    store_statement_t id = ST_SIGN_IN_LOT_1;
    store_rows_t rows;
    int i;
    braze_err_t *err;

    for (i = 0; i < count; i++) {
        runs[i]->left_out = comes_after(runs, i);
        if (!runs[i]->left_out) {
            put(&args[(apr_size_t)i * LOT_ARGS], &times[i], runs[i]);
        }
    }
    if (runs[0]->in->link->name_id) {
        id += ST_SIGN_IN_LOT_1_NAMED - ST_SIGN_IN_LOT_1;
    }
    err = store_lot_select(&rows, db, id, args, LOT_ARGS, count, pool);
    while (!err && store_next(&rows)) {
        apr_int64_t place = store_int(&rows, ROW_PLACE);

        if (place >= 0 && place < count) {
            rows.keep = runs[place]->pool;
            settle(runs[place], &rows);
        }
    }
    return err;
}

/* ---- with those of other threads ---- */

static int by_name(const void *item)
{
    const store_sign_in_t *run = item;

    return run->in->link->name_id != NULL;
}

static braze_err_t *run_lot(void *const *items, int count, braze_db_t *db, apr_pool_t *pool)
{
    store_sign_in_t *runs[STORE_LOT_MAX];
    int i;

    for (i = 0; i < count; i++) {
        runs[i] = items[i];
    }
    return store_sign_in_lot(runs, count, db, pool);
}

int store_sign_in_together(braze_db_t *db, store_sign_in_t *run)
{
    static const store_lot_t lot = {by_name, run_lot};

    return store_lot_together(db, &lot, run, run->pool) && !run->left_out;
}
