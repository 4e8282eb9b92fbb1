/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing in: replay record, account, session and audit rows are one transaction. On SQLite that is
 * one transaction of short statements under the write lock; on PostgreSQL a known person is one
 * statement and one round trip, and only what that statement does not settle (a new person, changed
 * names) goes the long way.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "store_int.h"

typedef struct {
    const braze_sign_in_t *in;
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;
    const char *event_id, *added_id; /* made once, so that a repetition writes the same rows */
} sign_in_t;

/* ---- the short way ---- */

enum { QUICK_FRESH, QUICK_USER };

/* *settled is 0 when the long way has to be gone. */
static braze_err_t *sign_in_quick(int *settled, sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    const braze_session_t *session = in->session;
    const braze_event_t *event = in->event;
    store_rows_t rows;
    braze_err_t *err = store_write_select(
        &rows, db, ST_SIGN_IN_QUICK,
        ARGS(MS(in->now), in->company_id, in->email_key, in->given_name, in->family_name,
             in->replay_key, MS(in->replay_until), in->session_hash, MS(session->created_at),
             MS(session->expires_at), MS(session->last_seen_at), session->idp, session->name_id,
             session->name_id_format, session->session_index, in->replay_key, run->event_id,
             MS(event->at), event->actor, event->ip, event->correlation, event->detail),
        pool);

    *settled = !err && store_next(&rows);
    if (!*settled) {
        return err;
    }
    /* The user's row but no record of ours: another copy of the assertion came in between. */
    run->outcome = BRAZE_REPLAYED;
    if (store_int(&rows, QUICK_FRESH)) {
        run->outcome = BRAZE_SIGNED_IN;
        run->user = store_user_read(&rows, QUICK_USER, in->company_id, pool);
    }
    return NULL;
}

/* ---- the long way ---- */

static braze_err_t *note(braze_db_t *db, const sign_in_t *run, const char *id, const char *name,
                         apr_pool_t *pool)
{
    braze_event_t event = *run->in->event;

    event.id = id;
    event.company_id = run->in->company_id;
    event.name = name;
    event.user_id = run->user->id;
    event.user_name = run->user->user_name;
    return braze_store_event_add(db, &event, pool);
}

/* Who it is: the owner of the userName, else the only one with the e-mail. */
static braze_err_t *find_who(sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    store_rows_t rows;
    braze_err_t *err =
        store_select(&rows, db, ST_SIGN_IN_BY_NAME, ARGS(in->company_id, in->email_key), pool);

    if (!err && rows.count == 0) {
        err =
            store_select(&rows, db, ST_SIGN_IN_BY_EMAIL, ARGS(in->company_id, in->email_key), pool);
    }
    run->user = NULL;
    run->outcome = BRAZE_NO_USER;
    if (err || !store_next(&rows)) {
        return err;
    }
    if (rows.count > 1) {
        run->outcome = BRAZE_USER_AMBIGUOUS;
        return NULL;
    }
    run->user = store_user_read(&rows, 0, in->company_id, pool);
    run->outcome = run->user->active ? BRAZE_SIGNED_IN : BRAZE_USER_INACTIVE;
    return NULL;
}

static braze_err_t *create(sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    braze_user_t *user = in->new_user;
    int added = 0;
    braze_err_t *err;

    if (!user->id) {
        user->id = braze_id_new(in->now, pool);
    }
    user->company_id = in->company_id;
    user->created_at = user->modified_at = user->last_sign_in_at = in->now;
    user->version = 1;
    err = store_user_insert(&added, db, user, pool);
    if (err) {
        return err;
    }
    if (!added) {
        /* Somebody else's login has just made the account, or its userName is not the e-mail. */
        return find_who(run, db, pool);
    }
    run->user = user;
    run->outcome = BRAZE_CREATED;
    return note(db, run, run->added_id, "Added Account", pool);
}

static int differs(const char *wanted, const char *there)
{
    return wanted && (!there || strcmp(wanted, there) != 0);
}

static void set_name(braze_json_t *resource, const braze_sign_in_t *in, apr_pool_t *pool)
{
    braze_json_t *name = braze_json_get(resource, "name");

    if (!name || name->type != BRAZE_JSON_OBJECT) {
        name = braze_json_object(pool);
        braze_json_set(resource, "name", name);
    }
    braze_json_set_string(name, "givenName", in->given_name);
    braze_json_set_string(name, "familyName", in->family_name);
    /* It was put together from the old ones. */
    braze_json_remove(name, "formatted");
}

/* Names as the identity provider has them now; a user whom SCIM keeps is left alone. */
static braze_err_t *refresh_names(sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    braze_user_t *user = run->user;
    braze_json_t *resource;
    int written = 0;
    braze_err_t *err;

    if (strcmp(user->source, "scim") == 0 || (!differs(in->given_name, user->given_name) &&
                                              !differs(in->family_name, user->family_name))) {
        return NULL;
    }
    err = braze_json_parse(&resource, user->resource, strlen(user->resource), pool);
    if (err) {
        return err;
    }
    set_name(resource, in, pool);
    user->resource = braze_json_text(resource, pool);
    err = braze_user_derive(user, pool);
    if (err) {
        return err;
    }
    user->version++;
    user->modified_at = in->now;
    return store_user_write(&written, db, user, pool);
}

static braze_err_t *confirm(sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    braze_user_t *user = run->user;

    if (user->confirmed) {
        return NULL;
    }
    user->confirmed = 1;
    user->modified_at = in->now;
    user->version++;
    return store_write(NULL, db, ST_SIGN_IN_CONFIRM, ARGS(MS(in->now), in->company_id, user->id),
                       pool);
}

static braze_err_t *mark(sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    braze_err_t *err = refresh_names(run, db, pool);

    if (!err) {
        err = confirm(run, db, pool);
    }
    run->user->last_sign_in_at = in->now;
    return err ? err
               : store_write(NULL, db, ST_SIGN_IN_MARK,
                             ARGS(MS(in->now), in->company_id, run->user->id), pool);
}

static braze_err_t *begin_session(sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    const braze_session_t *session = in->session;
    braze_err_t *err = store_write(
        NULL, db, ST_SESSION_ADD,
        ARGS(in->session_hash, in->company_id, run->user->id, MS(session->created_at),
             MS(session->expires_at), MS(session->last_seen_at), session->idp, session->name_id,
             session->name_id_format, session->session_index, in->replay_key),
        pool);

    return err ? err : note(db, run, run->event_id, "Signed In", pool);
}

/* A request is answered once: whoever comes second finds it used. A login that comes to nothing
 * leaves it as it was, since it could not be told from one that never came. */
static braze_err_t *use_request(int *used, const sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_saml_request_t *request = run->in->request;

    *used = 1;
    if (!request) {
        return NULL;
    }
    return store_write(
        used, db, ST_SAML_REQUEST_USE,
        ARGS(MS(run->in->now), run->in->company_id, request->request_hash, request->browser_hash),
        pool);
}

static braze_err_t *sign_in_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    sign_in_t *run = baton;
    const braze_sign_in_t *in = run->in;
    int fresh = 0, used = 0;
    braze_err_t *err =
        store_write(&fresh, db, ST_REPLAY_ADD,
                    ARGS(in->company_id, in->replay_key, MS(in->replay_until)), pool);

    *commit = 0;
    run->user = NULL;
    run->outcome = BRAZE_REPLAYED;
    if (err || !fresh) {
        return err;
    }
    err = use_request(&used, run, db, pool);
    if (err || !used) {
        run->outcome = BRAZE_REQUEST_GONE;
        return err;
    }
    err = find_who(run, db, pool);
    if (!err && run->outcome == BRAZE_NO_USER && in->new_user) {
        err = create(run, db, pool);
    }
    if (!err && run->outcome == BRAZE_SIGNED_IN) {
        err = mark(run, db, pool);
    }
    if (err || (run->outcome != BRAZE_SIGNED_IN && run->outcome != BRAZE_CREATED)) {
        return err;
    }
    *commit = 1;
    return begin_session(run, db, pool);
}

braze_err_t *braze_store_sign_in(braze_sign_in_outcome_t *outcome, braze_user_t **user,
                                 braze_db_t *db, const braze_sign_in_t *in, apr_pool_t *pool)
{
    sign_in_t run = {in, BRAZE_NO_USER, NULL, braze_id_new(in->now, pool), NULL};
    int settled = 0;
    braze_err_t *err = NULL;

    /* "Added Account" comes before "Signed In" in the report: its id is the older one. */
    run.added_id = in->new_user ? braze_id_new(in->now - 1, pool) : NULL;
    if (db->engine == BRAZE_ENGINE_PGSQL && !in->request) {
        err = sign_in_quick(&settled, &run, db, pool);
    }
    if (!err && !settled) {
        err = store_transact(db, sign_in_body, &run, pool);
    }
    *outcome = run.outcome;
    *user = run.user;
    return err;
}
