/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "store_int.h"

/* What a page needs of its visitor; the columns are those of SESSION_FIND. */
static braze_user_t *read_visitor(const store_rows_t *rows, const char *company_id,
                                  apr_pool_t *pool)
{
    braze_user_t *user = apr_pcalloc(pool, sizeof(*user));

    user->id = store_text(rows, 0);
    user->company_id = company_id;
    user->user_name = store_text(rows, 5);
    user->email = store_text(rows, 6);
    user->given_name = store_text(rows, 7);
    user->family_name = store_text(rows, 8);
    user->active = 1;
    user->permissions = store_text(rows, 9);
    return user;
}

/* Two groups may have one name. */
static const apr_array_header_t *distinct(const apr_array_header_t *names, apr_pool_t *pool)
{
    apr_array_header_t *once;
    apr_hash_t *seen;
    int i;

    if (names->nelts < 2) {
        return names;
    }
    once = apr_array_make(pool, names->nelts, sizeof(const char *));
    seen = apr_hash_make(pool);
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (!apr_hash_get(seen, name, APR_HASH_KEY_STRING)) {
            apr_hash_set(seen, name, APR_HASH_KEY_STRING, name);
            APR_ARRAY_PUSH(once, const char *) = name;
        }
    }
    return once;
}

/* Names of all groups of the user, those too that lead to another by being in it. */
static braze_err_t *read_groups(const apr_array_header_t **groups, braze_db_t *db,
                                const char *user_id, apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 8, sizeof(const char *));
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_SESSION_GROUPS, ARGS(user_id), pool);

    while (!err && store_next(&rows)) {
        const char *name = store_text(&rows, 0);

        if (name) {
            APR_ARRAY_PUSH(names, const char *) = name;
        }
    }
    *groups = names;
    return err;
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
    made->company_version = store_int(rows, 4);
    made->user = read_visitor(rows, made->company_id, pool);
    *session = made;
    return store_names_read(&made->groups, store_text(rows, 10), pool);
}

braze_err_t *braze_store_session_find(braze_session_t **session, braze_db_t *db,
                                      const char *company_id, const char *session_hash,
                                      apr_time_t now, apr_interval_time_t idle, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_session_t *found = NULL;
    apr_int64_t seen_after = idle > 0 ? braze_time_to_ms(now - idle) : -1;
    braze_err_t *err = store_select(&rows, db, ST_SESSION_FIND,
                                    ARGS(session_hash, company_id, MS(now), &seen_after), pool);

    *session = NULL;
    if (err || !store_next(&rows)) {
        return err;
    }
    store_watch_read(db, store_text(&rows, 12));
    err = read_session(&found, &rows, company_id, pool);
    if (!err && store_int(&rows, 11)) {
        err = read_groups(&found->groups, db, found->user_id, pool);
    }
    if (err) {
        return err;
    }
    found->groups = distinct(found->groups, pool);
    *session = found;
    return NULL;
}

braze_err_t *braze_store_session_named(braze_session_t *session, braze_db_t *db,
                                       const char *session_hash, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err =
        store_select(&rows, db, ST_SESSION_NAMED, ARGS(session_hash, session->company_id), pool);

    if (err || !store_next(&rows)) {
        return err;
    }
    session->idp = store_text(&rows, 0);
    session->name_id = store_text(&rows, 1);
    session->name_id_format = store_text(&rows, 2);
    session->name_qualifier = store_text(&rows, 3);
    session->sp_name_qualifier = store_text(&rows, 4);
    session->session_index = store_text(&rows, 5);
    session->assertion_key = store_text(&rows, 6);
    return NULL;
}

braze_err_t *braze_store_session_touch(int *noted, braze_db_t *db, const char *company_id,
                                       const char *session_hash, apr_time_t now, apr_pool_t *pool)
{
    return store_write(noted, db, ST_SESSION_TOUCH, ARGS(MS(now), session_hash, company_id), pool);
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

typedef struct {
    const braze_session_name_t *name;
    const braze_event_t *event;
    apr_array_header_t *hashes;
    const char *user_id;
} end_named_t;

static braze_err_t *end_index(end_named_t *end, const char *index, braze_db_t *db, apr_pool_t *pool)
{
    const braze_session_name_t *name = end->name;
    store_rows_t rows;
    braze_err_t *err = store_write_select(&rows, db, ST_SESSION_END_NAMED,
                                          ARGS(name->company_id, name->name_id, name->idp, index,
                                               name->name_qualifier, name->sp_name_qualifier),
                                          pool);

    while (!err && store_next(&rows)) {
        APR_ARRAY_PUSH(end->hashes, const char *) = store_text(&rows, 0);
        end->user_id = store_text(&rows, 1);
    }
    return err;
}

static braze_err_t *note_message(int *fresh, const braze_session_name_t *name, braze_db_t *db,
                                 apr_pool_t *pool)
{
    if (!name->replay_key) {
        return NULL;
    }
    return store_write(
        fresh, db, ST_REPLAY_ADD,
        ARGS(name->company_id, name->replay_key, MS(name->replay_until), name->replay_key), pool);
}

static braze_err_t *end_named_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    end_named_t *end = baton;
    const apr_array_header_t *indexes = end->name->session_indexes;
    braze_event_t event = *end->event;
    int i, fresh = 1;
    braze_err_t *err = note_message(&fresh, end->name, db, pool);

    *commit = 0;
    end->hashes = NULL;
    if (err || !fresh) {
        return err;
    }
    end->hashes = apr_array_make(pool, 4, sizeof(const char *));
    if (!indexes || indexes->nelts == 0) {
        err = end_index(end, NULL, db, pool);
    }
    for (i = 0; !err && indexes && i < indexes->nelts; i++) {
        err = end_index(end, APR_ARRAY_IDX(indexes, i, const char *), db, pool);
    }
    *commit = end->hashes->nelts > 0 || end->name->replay_key;
    if (err || end->hashes->nelts == 0) {
        return err;
    }
    event.user_id = end->user_id;
    return braze_store_event_add(db, &event, pool);
}

braze_err_t *braze_store_session_end_named(apr_array_header_t **hashes, braze_db_t *db,
                                           const braze_session_name_t *name,
                                           const braze_event_t *event, apr_pool_t *pool)
{
    end_named_t end = {name, event, NULL, NULL};
    braze_err_t *err = store_transact(db, end_named_body, &end, pool);

    *hashes = end.hashes;
    return err;
}

braze_err_t *braze_store_session_came_of(int *did, braze_db_t *db, const char *company_id,
                                         const char *session_hash, const char *replay_key,
                                         apr_time_t now, apr_pool_t *pool)
{
    store_rows_t rows;
    /* A key ends in the digest that sessions of version 3 of the schema have whole. */
    const char *digest =
        strlen(replay_key) == BRAZE_SHA256_HEX ? replay_key + BRAZE_TIME_HEX : NULL;
    braze_err_t *err =
        store_select(&rows, db, ST_SESSION_CAME_OF,
                     ARGS(session_hash, company_id, replay_key, digest, MS(now)), pool);

    *did = !err && store_next(&rows);
    return err;
}
