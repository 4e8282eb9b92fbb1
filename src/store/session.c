/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions. */
#include <apr_strings.h>

#include "store_int.h"

/* What a page needs of its visitor; the columns are those of SESSION_FIND. */
static braze_user_t *read_visitor(const store_rows_t *rows, const char *company_id,
                                  apr_pool_t *pool)
{
    braze_user_t *user = apr_pcalloc(pool, sizeof(*user));

    user->id = store_text(rows, 0);
    user->company_id = company_id;
    user->user_name = store_text(rows, 10);
    user->email = store_text(rows, 11);
    user->given_name = store_text(rows, 12);
    user->family_name = store_text(rows, 13);
    user->department = store_text(rows, 14);
    user->active = 1;
    user->admin = store_int(rows, 15) != 0;
    user->permissions = store_text(rows, 16);
    user->version = store_int(rows, 17);
    return user;
}

static braze_err_t *read_session(braze_session_t **session, const store_rows_t *rows,
                                 const char *company_id, apr_pool_t *pool)
{
    braze_session_t *made = apr_pcalloc(pool, sizeof(*made));

    made->company_id = apr_pstrdup(pool, company_id);
    made->user_id = store_text(rows, 0);
    made->created_at = store_time(rows, 1);
    made->expires_at = store_time(rows, 2);
    made->last_seen_at = store_time(rows, 3);
    made->idp = store_text(rows, 4);
    made->name_id = store_text(rows, 5);
    made->name_id_format = store_text(rows, 6);
    made->session_index = store_text(rows, 7);
    made->assertion_key = store_text(rows, 8);
    made->company_version = store_int(rows, 9);
    made->user = read_visitor(rows, made->company_id, pool);
    *session = made;
    return store_names_read(&made->groups, store_text(rows, 18), pool);
}

braze_err_t *braze_store_session_find(braze_session_t **session, braze_db_t *db,
                                      const char *company_id, const char *session_hash,
                                      apr_time_t now, apr_interval_time_t idle, apr_pool_t *pool)
{
    store_rows_t rows;
    apr_int64_t seen_after = idle > 0 ? braze_time_to_ms(now - idle) : -1;
    braze_err_t *err = store_select(&rows, db, ST_SESSION_FIND,
                                    ARGS(session_hash, company_id, MS(now), &seen_after), pool);

    *session = NULL;
    if (err || !store_next(&rows)) {
        return err;
    }
    return read_session(session, &rows, company_id, pool);
}

braze_err_t *braze_store_session_touch(braze_db_t *db, const char *company_id,
                                       const char *session_hash, apr_time_t now, apr_pool_t *pool)
{
    return store_write(NULL, db, ST_SESSION_TOUCH, ARGS(MS(now), session_hash, company_id), pool);
}

typedef struct {
    const char *company_id, *session_hash;
    const braze_event_t *event;
    int ended;
} end_t;

static braze_err_t *end_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    end_t *end = baton;
    braze_err_t *err = store_write(&end->ended, db, ST_SESSION_END,
                                   ARGS(end->session_hash, end->company_id), pool);

    *commit = end->ended;
    if (!err && end->ended && end->event) {
        err = braze_store_event_add(db, end->event, pool);
    }
    return err;
}

braze_err_t *braze_store_session_end(int *ended, braze_db_t *db, const char *company_id,
                                     const char *session_hash, const braze_event_t *event,
                                     apr_pool_t *pool)
{
    end_t end = {company_id, session_hash, event, 0};
    braze_err_t *err = store_transact(db, end_body, &end, pool);

    *ended = !err && end.ended > 0;
    return err;
}

braze_err_t *braze_store_session_came_of(int *did, braze_db_t *db, const char *company_id,
                                         const char *session_hash, const char *replay_key,
                                         apr_time_t now, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_SESSION_CAME_OF,
                                    ARGS(session_hash, company_id, replay_key, MS(now)), pool);

    *did = !err && store_next(&rows);
    return err;
}
