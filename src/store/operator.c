/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator asks of the store and no request does: audit rows by filter, sessions by user,
 * many users at once. */
#include <apr_strings.h>

#include "braze_id.h"
#include "braze_operator.h"
#include "store_int.h"

#define PAST_EVERY_ID "g" /* ids and hashes are lower-case hex digits */

/* ---- events ---- */

braze_err_t *braze_store_event_search(apr_array_header_t **events, braze_db_t *db,
                                      const braze_event_query_t *query, apr_pool_t *pool)
{
    apr_int64_t since = query->since ? braze_time_to_ms(query->since) : 0;
    apr_int64_t until = query->until ? braze_time_to_ms(query->until) : APR_INT64_MAX;
    store_rows_t rows;
    braze_err_t *err = store_select(
        &rows, db, ST_EVENT_SEARCH,
        ARGS(query->company_id, query->before_id ? query->before_id : PAST_EVERY_ID, &since, &until,
             query->name, query->code, query->user_name, query->user_id, INT(query->count)),
        pool);

    *events = apr_array_make(pool, 16, sizeof(braze_event_t *));
    while (!err && store_next(&rows)) {
        APR_ARRAY_PUSH(*events, braze_event_t *) = store_event_read(&rows, pool);
    }
    return err;
}

/* ---- sessions ---- */

static braze_session_listed_t *read_listed(const store_rows_t *rows, apr_pool_t *pool)
{
    braze_session_listed_t *listed = apr_pcalloc(pool, sizeof(*listed));

    listed->session_hash = store_text(rows, 0);
    listed->session.user_id = store_text(rows, 1);
    listed->session.created_at = store_time(rows, 2);
    listed->session.expires_at = store_time(rows, 3);
    listed->session.last_seen_at = store_time(rows, 4);
    listed->session.idp = store_text(rows, 5);
    listed->session.name_id = store_text(rows, 6);
    listed->session.session_index = store_text(rows, 7);
    listed->user_name = store_text(rows, 8);
    return listed;
}

braze_err_t *braze_store_session_list(apr_array_header_t **sessions, braze_db_t *db,
                                      const braze_session_query_t *query, apr_pool_t *pool)
{
    const char *from = query->hash_prefix ? query->hash_prefix : "";
    store_rows_t rows;
    braze_err_t *err =
        store_select(&rows, db, ST_SESSION_LIST,
                     ARGS(query->company_id, MS(query->now), query->user_id, from,
                          apr_pstrcat(pool, from, PAST_EVERY_ID, NULL), INT(query->count)),
                     pool);

    *sessions = apr_array_make(pool, 16, sizeof(braze_session_listed_t *));
    while (!err && store_next(&rows)) {
        braze_session_listed_t *listed = read_listed(&rows, pool);

        listed->session.company_id = query->company_id;
        APR_ARRAY_PUSH(*sessions, braze_session_listed_t *) = listed;
    }
    return err;
}

typedef struct {
    const char *company_id, *user_id;
    const braze_event_t *event;
    int ended;
} end_t;

static braze_err_t *end_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    end_t *end = baton;
    braze_event_t event = *end->event;
    braze_err_t *err =
        store_write(&end->ended, db, ST_SESSION_END_ALL, ARGS(end->company_id, end->user_id), pool);

    *commit = end->ended;
    if (err || !end->ended) {
        return err;
    }
    event.detail = apr_psprintf(pool, "%d session%s ended", end->ended, end->ended == 1 ? "" : "s");
    return braze_store_event_add(db, &event, pool);
}

braze_err_t *braze_store_session_end_all(int *ended, braze_db_t *db, const char *company_id,
                                         const char *user_id, const braze_event_t *event,
                                         apr_pool_t *pool)
{
    end_t end = {company_id, user_id, event, 0};
    braze_err_t *err = store_transact(db, end_body, &end, pool);

    *ended = err ? 0 : end.ended;
    return err;
}

/* ---- users ---- */

typedef struct {
    char *added;
    const apr_array_header_t *users;
    const braze_event_t *event;
} add_t;

static braze_err_t *add_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    add_t *add = baton;
    braze_err_t *err = NULL;
    int i;

    *commit = 0;
    for (i = 0; !err && i < add->users->nelts; i++) {
        const braze_user_t *user = APR_ARRAY_IDX(add->users, i, const braze_user_t *);
        braze_event_t event = *add->event;
        int added = 0;

        event.user_id = user->id;
        event.user_name = user->user_name;
        err = store_user_insert(&added, db, user, pool);
        if (!err && added) {
            err = braze_store_event_add(db, &event, pool);
        }
        add->added[i] = added != 0;
        *commit |= added;
    }
    return err;
}

braze_err_t *braze_store_user_add_all(char *added, braze_db_t *db, const apr_array_header_t *users,
                                      apr_time_t now, const braze_event_t *event, apr_pool_t *pool)
{
    add_t add = {added, users, event};
    int i;

    for (i = 0; i < users->nelts; i++) {
        braze_user_t *user = APR_ARRAY_IDX(users, i, braze_user_t *);

        user->id = user->id ? user->id : braze_id_new(now, pool);
        user->created_at = user->modified_at = now;
        user->version = 1;
    }
    return store_transact(db, add_body, &add, pool);
}
