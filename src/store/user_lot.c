/* SPDX-License-Identifier: Apache-2.0 */
/* Several users added or changed in one statement, on PostgreSQL. */
#include <string.h>

#include "store_int.h"

#define CHANGE_ARGS 35 /* of one of them */
#define ADD_ARGS 36

typedef struct {
    apr_int64_t version, was, active, confirmed, impersonation, admin, created, modified, seen, at;
} numbers_t;

/* Of both, in the order of statements_user.h. */
#define NAMES(user)                                                                                \
    (user)->user_name, (user)->user_name_key, (user)->external_id, (user)->email,                  \
        (user)->email_key, (user)->email_domain, (user)->display_name, (user)->given_name,         \
        (user)->family_name, (user)->department
#define FLAGS(numbers)                                                                             \
    &(numbers)->active, &(numbers)->confirmed, &(numbers)->impersonation, &(numbers)->admin
#define KEYS(user, pool)                                                                           \
    braze_name_key((user)->display_name, pool), braze_name_key((user)->given_name, pool),          \
        braze_name_key((user)->family_name, pool)
#define EVENT(event_id, numbers, event)                                                            \
    (event_id), &(numbers)->at, (event)->name, (event)->user_id, (event)->user_name,               \
        (event)->code, (event)->actor, (event)->ip, (event)->correlation, (event)->detail

static void put_numbers(numbers_t *numbers, const store_user_change_t *change)
{
    const braze_user_t *user = change->user;

    numbers->version = user->version;
    numbers->was = user->version - 1;
    numbers->active = user->active != 0;
    numbers->confirmed = user->confirmed != 0;
    numbers->impersonation = user->impersonation != 0;
    numbers->admin = user->admin != 0;
    numbers->created = braze_time_to_ms(user->created_at);
    numbers->modified = braze_time_to_ms(user->modified_at);
    numbers->seen = braze_time_to_ms(user->last_sign_in_at);
    numbers->at = braze_time_to_ms(change->event->at);
}

/* The columns of w but its first. */
static void put_change(const void **args, numbers_t *n, const store_user_change_t *change,
                       apr_pool_t *pool)
{
    const braze_user_t *user = change->user;
    const void *const list[CHANGE_ARGS] = {
        user->company_id,  user->id,
        &n->was,           NAMES(user),
        FLAGS(n),          user->source,
        user->permissions, user->resource,
        &n->modified,      user->last_sign_in_at ? &n->seen : NULL,
        KEYS(user, pool),  EVENT(change->event_id, n, change->event)};

    put_numbers(n, change);
    memcpy(args, list, sizeof(list));
}

static void put_added(const void **args, numbers_t *n, const store_user_change_t *change,
                      apr_pool_t *pool)
{
    const braze_user_t *user = change->user;
    const void *const list[ADD_ARGS] = {user->id,
                                        user->company_id,
                                        NAMES(user),
                                        FLAGS(n),
                                        user->source,
                                        user->permissions,
                                        user->resource,
                                        &n->created,
                                        &n->modified,
                                        user->last_sign_in_at ? &n->seen : NULL,
                                        &n->version,
                                        KEYS(user, pool),
                                        EVENT(change->event->id, n, change->event)};

    put_numbers(n, change);
    memcpy(args, list, sizeof(list));
}

/* Whom the rows name by their place is done. */
static braze_err_t *run(store_user_change_t *const *changes, int count, braze_db_t *db,
                        store_statement_t of_one, const void **args, int each, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_lot_select(&rows, db, of_one, args, each, count, pool);

    while (!err && store_next(&rows)) {
        apr_int64_t place = store_int(&rows, 0);

        if (place >= 0 && place < count) {
            changes[place]->done = 1;
        }
    }
    return err;
}

braze_err_t *store_user_change_lot(store_user_change_t *const *changes, int count, braze_db_t *db,
                                   apr_pool_t *pool)
{
    const void *args[STORE_LOT_MAX * CHANGE_ARGS] = {NULL};
    numbers_t numbers[STORE_LOT_MAX];
    int i;

    for (i = 0; i < count; i++) {
        put_change(&args[(apr_size_t)i * CHANGE_ARGS], &numbers[i], changes[i], pool);
    }
    return run(changes, count, db, ST_USER_UPDATE_LOT_1, args, CHANGE_ARGS, pool);
}

braze_err_t *store_user_add_lot(store_user_change_t *const *changes, int count, braze_db_t *db,
                                apr_pool_t *pool)
{
    const void *args[STORE_LOT_MAX * ADD_ARGS] = {NULL};
    numbers_t numbers[STORE_LOT_MAX];
    int i;

    for (i = 0; i < count; i++) {
        put_added(&args[(apr_size_t)i * ADD_ARGS], &numbers[i], changes[i], pool);
    }
    return run(changes, count, db, ST_USER_ADD_LOT_1, args, ADD_ARGS, pool);
}

/* ---- with those of other threads ---- */

static void list_of(store_user_change_t **changes, void *const *items, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        changes[i] = items[i];
    }
}

static braze_err_t *run_changes(void *const *items, int count, braze_db_t *db, apr_pool_t *pool)
{
    store_user_change_t *changes[STORE_LOT_MAX];

    list_of(changes, items, count);
    return store_user_change_lot(changes, count, db, pool);
}

static braze_err_t *run_added(void *const *items, int count, braze_db_t *db, apr_pool_t *pool)
{
    store_user_change_t *changes[STORE_LOT_MAX];

    list_of(changes, items, count);
    return store_user_add_lot(changes, count, db, pool);
}

void store_user_change_together(braze_db_t *db, store_user_change_t *change, apr_pool_t *pool)
{
    static const store_lot_t lot = {NULL, run_changes};

    if (!store_lot_together(db, &lot, change, pool)) {
        change->done = 0;
    }
}

void store_user_add_together(braze_db_t *db, store_user_change_t *change, apr_pool_t *pool)
{
    static const store_lot_t lot = {NULL, run_added};

    if (!store_lot_together(db, &lot, change, pool)) {
        change->done = 0;
    }
}
