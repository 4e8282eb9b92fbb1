/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of several users in one statement, on PostgreSQL. */
#include <string.h>

#include "store_int.h"

#define LOT_ARGS 35 /* of one change */

typedef struct {
    apr_int64_t was, active, confirmed, impersonation, admin, modified, seen, at;
} numbers_t;

/* The columns of w but its first, in the order of statements_user.h. */
static void put(const void **args, numbers_t *numbers, const store_user_change_t *change,
                apr_pool_t *pool)
{
    const braze_user_t *user = change->user;
    const braze_event_t *event = change->event;
    const void *const list[LOT_ARGS] = {user->company_id,
                                        user->id,
                                        &numbers->was,
                                        user->user_name,
                                        user->user_name_key,
                                        user->external_id,
                                        user->email,
                                        user->email_key,
                                        user->email_domain,
                                        user->display_name,
                                        user->given_name,
                                        user->family_name,
                                        user->department,
                                        &numbers->active,
                                        &numbers->confirmed,
                                        &numbers->impersonation,
                                        &numbers->admin,
                                        user->source,
                                        user->permissions,
                                        user->resource,
                                        &numbers->modified,
                                        user->last_sign_in_at ? &numbers->seen : NULL,
                                        braze_name_key(user->display_name, pool),
                                        braze_name_key(user->given_name, pool),
                                        braze_name_key(user->family_name, pool),
                                        change->event_id,
                                        &numbers->at,
                                        event->name,
                                        event->user_id,
                                        event->user_name,
                                        event->code,
                                        event->actor,
                                        event->ip,
                                        event->correlation,
                                        event->detail};

    numbers->was = user->version - 1;
    numbers->active = user->active != 0;
    numbers->confirmed = user->confirmed != 0;
    numbers->impersonation = user->impersonation != 0;
    numbers->admin = user->admin != 0;
    numbers->modified = braze_time_to_ms(user->modified_at);
    numbers->seen = braze_time_to_ms(user->last_sign_in_at);
    numbers->at = braze_time_to_ms(event->at);
    memcpy(args, list, sizeof(list));
}

braze_err_t *store_user_change_lot(store_user_change_t *const *changes, int count, braze_db_t *db,
                                   apr_pool_t *pool)
{
    const void *args[STORE_LOT_MAX * LOT_ARGS] = {NULL};
    numbers_t numbers[STORE_LOT_MAX];
    store_rows_t rows;
    braze_err_t *err;
    int i;

    for (i = 0; i < count; i++) {
        put(&args[(apr_size_t)i * LOT_ARGS], &numbers[i], changes[i], pool);
    }
    err = store_lot_select(&rows, db, ST_USER_UPDATE_LOT_1, args, LOT_ARGS, count, pool);
    while (!err && store_next(&rows)) {
        apr_int64_t place = store_int(&rows, 0);

        if (place >= 0 && place < count) {
            changes[place]->done = 1;
        }
    }
    return err;
}

static braze_err_t *run_lot(void *const *items, int count, braze_db_t *db, apr_pool_t *pool)
{
    store_user_change_t *changes[STORE_LOT_MAX];
    int i;

    for (i = 0; i < count; i++) {
        changes[i] = items[i];
    }
    return store_user_change_lot(changes, count, db, pool);
}

void store_user_change_together(braze_db_t *db, store_user_change_t *change, apr_pool_t *pool)
{
    static const store_lot_t lot = {NULL, run_lot};

    if (!store_lot_together(db, &lot, change, pool)) {
        change->done = 0;
    }
}
