/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing in: replay record, account, session and audit rows are one transaction. On SQLite that is
 * one transaction of short statements under the write lock; on PostgreSQL known people are one
 * statement and one round trip (sign_in_quick.c), and only what that statement does not settle (a
 * new person, changed names) goes the long way, which is here.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "store_int.h"

static braze_err_t *note(braze_db_t *db, const store_sign_in_t *run, const char *id,
                         const char *name, apr_pool_t *pool)
{
    braze_event_t event = *run->in->event;

    event.id = id;
    event.company_id = run->in->company_id;
    event.name = name;
    event.user_id = run->user->id;
    event.user_name = run->user->user_name;
    if (run->linked_now && !event.detail) {
        event.detail = "linked to this identity provider";
    }
    return braze_store_event_add(db, &event, pool);
}

braze_err_t *store_sign_in_note(braze_db_t *db, const store_sign_in_t *run, const char *name,
                                const char *detail, apr_pool_t *pool)
{
    braze_event_t event = *run->in->event;

    event.id = braze_id_new(run->in->now - 1, pool);
    event.company_id = run->in->company_id;
    event.name = name;
    event.user_id = run->user->id;
    event.user_name = run->user->user_name;
    event.detail = detail;
    return braze_store_event_add(db, &event, pool);
}

static void take_user(store_sign_in_t *run, const store_rows_t *rows, apr_pool_t *pool)
{
    run->linked = store_text(rows, 0) != NULL;
    run->linked_at = store_time(rows, 0);
    run->user = store_user_read(rows, 1, run->in->company_id, pool);
}

/* The owner of the userName, else whoever has the e-mail: *count of them, run->user one of them. */
static braze_err_t *find_by_email(int *count, store_sign_in_t *run, braze_db_t *db,
                                  apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    const char *link = in->link ? in->link->link_key : NULL;
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_SIGN_IN_BY_NAME,
                                    ARGS(link, in->company_id, in->email_key), pool);

    if (!err && rows.count == 0) {
        err = store_select(&rows, db, ST_SIGN_IN_BY_EMAIL,
                           ARGS(link, in->company_id, in->email_key), pool);
    }
    *count = err ? 0 : rows.count;
    if (!err && store_next(&rows)) {
        take_user(run, &rows, pool);
    }
    return err;
}

/* A NameID that is linked goes before every e-mail. */
static braze_err_t *find_by_link(store_sign_in_t *run, braze_db_t *db, int count, apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    store_rows_t rows;
    braze_err_t *err =
        store_select(&rows, db, ST_SIGN_IN_BY_LINK, ARGS(in->link->link_key, in->company_id), pool);

    if (err || !store_next(&rows)) {
        return err;
    }
    take_user(run, &rows, pool);
    run->by_link = 1;
    run->email_of_another = count > 0;
    return NULL;
}

/* Who it is, and whether they may come in. */
static braze_err_t *find_who(store_sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_link_t *link = run->in->link;
    int count;
    braze_err_t *err;

    run->user = NULL;
    run->linked = run->linked_now = run->by_link = run->email_of_another = 0;
    run->outcome = BRAZE_NO_USER;
    err = find_by_email(&count, run, db, pool);
    if (!err && link && link->name_id && !(count == 1 && run->linked)) {
        err = find_by_link(run, db, count, pool);
    }
    if (err || !run->user) {
        return err;
    }
    if (count > 1 && !run->by_link) {
        run->user = NULL;
        run->outcome = BRAZE_USER_AMBIGUOUS;
        return NULL;
    }
    run->outcome = run->user->active ? BRAZE_SIGNED_IN : BRAZE_USER_INACTIVE;
    return link && !run->linked ? store_link_check(run, db, pool) : NULL;
}

static braze_err_t *create(store_sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
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
    err = note(db, run, run->added_id, "Added Account", pool);
    if (!err) {
        err = store_link_note(run, db, pool);
    }
    return err ? err : store_mapped_apply(run, db, 1, pool);
}

static braze_err_t *confirm(store_sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
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

/* Everything about an account that was there; an outcome other than BRAZE_SIGNED_IN ends it. */
static braze_err_t *mark(store_sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    braze_err_t *err = store_sign_in_update(run, db, pool);

    if (!err && run->outcome == BRAZE_SIGNED_IN) {
        err = confirm(run, db, pool);
    }
    if (!err && run->outcome == BRAZE_SIGNED_IN) {
        err = store_link_note(run, db, pool);
    }
    if (!err && run->outcome == BRAZE_SIGNED_IN) {
        err = store_mapped_apply(run, db, 0, pool);
    }
    run->user->last_sign_in_at = in->now;
    return err ? err
               : store_write(NULL, db, ST_SIGN_IN_MARK,
                             ARGS(MS(in->now), in->company_id, run->user->id), pool);
}

static braze_err_t *begin_session(store_sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    const braze_session_t *session = in->session;
    braze_err_t *err =
        store_write(NULL, db, ST_SESSION_ADD,
                    ARGS(in->session_hash, in->company_id, run->user->id, MS(session->created_at),
                         MS(session->expires_at), MS(session->last_seen_at), session->idp,
                         session->name_id, session->name_id_format, session->name_qualifier,
                         session->sp_name_qualifier, session->session_index, in->replay_key),
                    pool);

    return err ? err : note(db, run, run->event_id, "Signed In", pool);
}

/* A request is answered once: whoever comes second finds it used. A login that comes to nothing
 * leaves it as it was, since it could not be told from one that never came. */
static braze_err_t *use_request(int *used, const store_sign_in_t *run, braze_db_t *db,
                                apr_pool_t *pool)
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
    store_sign_in_t *run = baton;
    const braze_sign_in_t *in = run->in;
    int fresh = 0, used = 0;
    braze_err_t *err = store_write(
        &fresh, db, ST_REPLAY_ADD,
        ARGS(in->company_id, in->replay_key, MS(in->replay_until), in->replay_digest), pool);

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
    store_sign_in_t run = {
        .in = in, .outcome = BRAZE_NO_USER, .event_id = braze_id_new(in->now, pool), .pool = pool};
    braze_err_t *err = NULL;

    /* "Added Account" comes before "Signed In" in the report: its id is the older one. */
    run.added_id = in->new_user ? braze_id_new(in->now - 1, pool) : NULL;
    if (db->engine == BRAZE_ENGINE_PGSQL && !in->request && in->link &&
        !store_sign_in_together(db, &run)) {
        err = store_sign_in_quick(&run, db);
    }
    if (!err && !run.settled) {
        err = store_transact(db, sign_in_body, &run, pool);
    }
    *outcome = run.outcome;
    *user = run.user;
    return err;
}
