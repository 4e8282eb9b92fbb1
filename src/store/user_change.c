/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing and deleting users: compare-and-set on the version, the last administrator kept,
 * sessions ended with the account. Every path locks the user's row before the company's.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "store_int.h"

/* What is locked: the row as it is now. */
typedef struct {
    apr_int64_t version;
    int active, admin, more_emails, confirmed, impersonation;
    const char *keys[7]; /* what indexes are of; in the order of is_narrow */
    const char *permissions;
} locked_t;

typedef struct {
    braze_user_t *user; /* with its new version */
    const apr_array_header_t *events;
    int done, ended; /* sessions */
} update_t;

typedef struct {
    const char *company_id, *id;
    apr_int64_t expect_version;
    int last_user_too;
    const braze_event_t *event;
    int done, ended; /* sessions */
} delete_t;

#define SET_ARGS(u)                                                                                \
    (u)->user_name, (u)->user_name_key, (u)->external_id, (u)->email, (u)->email_key,              \
        (u)->email_domain, (u)->display_name, (u)->given_name, (u)->family_name, (u)->department,  \
        INT((u)->active != 0), INT((u)->confirmed != 0), INT((u)->impersonation != 0),             \
        INT((u)->admin != 0), (u)->source, (u)->permissions, (u)->resource, MS((u)->modified_at),  \
        MS_OR_NULL((u)->last_sign_in_at), INT((u)->version),                                       \
        braze_name_key((u)->display_name, pool), braze_name_key((u)->given_name, pool),            \
        braze_name_key((u)->family_name, pool), (u)->company_id, (u)->id, INT((u)->version - 1)

#define NARROW_ARGS(u)                                                                             \
    (u)->user_name, (u)->email, (u)->display_name, (u)->given_name, (u)->family_name,              \
        (u)->department, (u)->source, (u)->resource, MS((u)->modified_at),                         \
        MS_OR_NULL((u)->last_sign_in_at), INT((u)->version), (u)->company_id, (u)->id,             \
        INT((u)->version - 1)

static int same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Would the user's row stand where it stands in every index? */
static int is_narrow(const braze_user_t *user, const locked_t *locked, apr_pool_t *pool)
{
    const char *keys[] = {user->user_name_key,
                          user->external_id,
                          user->email_key,
                          user->email_domain,
                          braze_name_key(user->display_name, pool),
                          braze_name_key(user->given_name, pool),
                          braze_name_key(user->family_name, pool)};
    size_t i;

    for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        if (!same_text(keys[i], locked->keys[i])) {
            return 0;
        }
    }
    return !user->active == !locked->active && !user->admin == !locked->admin &&
           !user->confirmed == !locked->confirmed && !user->impersonation == !locked->impersonation;
}

braze_err_t *store_user_write(int *written, braze_db_t *db, const braze_user_t *user,
                              apr_pool_t *pool)
{
    braze_err_t *err = store_write(written, db, ST_USER_UPDATE, ARGS(SET_ARGS(user)), pool);

    return err && db->fault == FAULT_FOREIGN ? store_dangling("permissions", pool) : err;
}

static braze_err_t *write_locked(int *written, braze_db_t *db, const braze_user_t *user,
                                 const locked_t *locked, apr_pool_t *pool)
{
    braze_err_t *err;

    if (!is_narrow(user, locked, pool)) {
        return store_user_write(written, db, user, pool);
    }
    err = store_write(written, db, ST_USER_UPDATE_NARROW, ARGS(NARROW_ARGS(user)), pool);
    if (!err && *written && !same_text(user->permissions, locked->permissions)) {
        err = store_write(NULL, db, ST_USER_GRANT,
                          ARGS(user->permissions, user->company_id, user->id), pool);
    }
    return err && db->fault == FAULT_FOREIGN ? store_dangling("permissions", pool) : err;
}

/* Locks and reads the row; 404 when it is not there. */
static braze_err_t *lock_user(locked_t *locked, braze_db_t *db, const char *company_id,
                              const char *id, apr_pool_t *pool)
{
    store_rows_t rows;
    size_t i;
    braze_err_t *err = store_select(&rows, db, ST_USER_LOCK, ARGS(company_id, id), pool);

    if (err) {
        return err;
    }
    if (!store_next(&rows)) {
        return store_missing("User", pool);
    }
    locked->version = store_int(&rows, 0);
    locked->active = store_int(&rows, 1) != 0;
    locked->admin = store_int(&rows, 2) != 0;
    locked->more_emails = store_int(&rows, 3) != 0;
    locked->confirmed = store_int(&rows, 4) != 0;
    locked->impersonation = store_int(&rows, 5) != 0;
    for (i = 0; i < sizeof(locked->keys) / sizeof(*locked->keys); i++) {
        locked->keys[i] = store_text(&rows, 6 + (int)i);
    }
    locked->permissions = store_text(&rows, 6 + (int)i);
    return NULL;
}

/* Two who each take away one of the last two administrators meet at the company's row. SQLite has
 * one writer anyway. */
static braze_err_t *lock_company(braze_db_t *db, const char *company_id, apr_pool_t *pool)
{
    store_rows_t rows;

    if (db->engine != BRAZE_ENGINE_PGSQL) {
        return NULL;
    }
    return store_select(&rows, db, ST_COMPANY_LOCK, ARGS(company_id), pool);
}

static braze_err_t *last_of(const char *code, const char *what, apr_pool_t *pool)
{
    return braze_err_newf(pool, 409, code, "BRAZE-0115", "The company's last %s cannot be removed.",
                          what);
}

static braze_err_t *keep_administrator(braze_db_t *db, const char *company_id, const char *id,
                                       apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = lock_company(db, company_id, pool);

    if (!err) {
        err = store_select(&rows, db, ST_USER_OTHER_ADMINS, ARGS(company_id, id), pool);
    }
    if (err || (store_next(&rows) && store_int(&rows, 0) > 0)) {
        return err;
    }
    return last_of("last_administrator", "active administrator", pool);
}

static braze_err_t *keep_user(braze_db_t *db, const char *company_id, const char *id,
                              apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = lock_company(db, company_id, pool);

    if (!err) {
        err = store_select(&rows, db, ST_USER_OTHERS, ARGS(company_id, id), pool);
    }
    if (err || store_next(&rows)) {
        return err;
    }
    return last_of("last_user", "user", pool);
}

static braze_err_t *note_all(braze_db_t *db, const apr_array_header_t *events, apr_pool_t *pool)
{
    braze_err_t *err = NULL;
    int i;

    for (i = 0; !err && events && i < events->nelts; i++) {
        err = braze_store_event_add(db, APR_ARRAY_IDX(events, i, const braze_event_t *), pool);
    }
    return err;
}

static braze_err_t *end_sessions(int *ended, braze_db_t *db, const char *id, apr_pool_t *pool)
{
    return store_write(ended, db, ST_USER_END_SESSIONS, ARGS(id), pool);
}

/* ---- update ---- */

/* Further e-mails, where there were some or are some now. A user that was read and not derived
 * again has none in hand, whatever its resource says. */
static braze_err_t *write_emails(braze_db_t *db, const braze_user_t *user, const locked_t *locked,
                                 apr_pool_t *pool)
{
    braze_user_t derived = *user;
    braze_err_t *err = NULL;

    if (!locked->more_emails && !user->more_email_keys) {
        return NULL;
    }
    if (!user->more_email_keys) {
        err = braze_user_derive(&derived, pool);
    }
    return err ? err : store_user_emails(db, &derived, locked->more_emails, pool);
}

static braze_err_t *write_user(update_t *update, braze_db_t *db, const locked_t *locked,
                               apr_pool_t *pool)
{
    const braze_user_t *user = update->user;
    int written = 0;
    braze_err_t *err = NULL;

    if (locked->active && locked->admin && !(user->active && user->admin)) {
        err = keep_administrator(db, user->company_id, user->id, pool);
    }
    if (!err) {
        err = write_locked(&written, db, user, locked, pool);
    }
    if (!err && !written) {
        /* The row is locked and of the right version: only the name can be in the way. */
        err = store_taken("userName", pool);
    }
    if (!err) {
        err = write_emails(db, user, locked, pool);
    }
    if (!err && locked->active && !user->active) {
        err = end_sessions(&update->ended, db, user->id, pool);
    }
    return err ? err : note_all(db, update->events, pool);
}

static void note_ended(const braze_db_t *db, int ended)
{
    if (ended > 0) {
        store_note(db, BRAZE_DB_SESSIONS_ENDED, ended);
    }
}

static braze_err_t *update_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    update_t *update = baton;
    locked_t locked;
    braze_err_t *err = lock_user(&locked, db, update->user->company_id, update->user->id, pool);

    update->done = update->ended = 0;
    if (err) {
        return err;
    }
    if (locked.version != update->user->version - 1) {
        *commit = 0;
        return NULL;
    }
    err = write_user(update, db, &locked, pool);
    update->done = err == NULL;
    return err;
}

/* PostgreSQL: one statement where nothing has to follow; *done stays 0 where the long way must say
 * or do more. */
static braze_err_t *update_quick(update_t *update, braze_db_t *db, apr_pool_t *pool)
{
    static const braze_event_t none;
    const braze_user_t *user = update->user;
    const apr_array_header_t *events = update->events;
    const braze_event_t *event = &none;
    store_user_change_t change = {user, &none, NULL, 0};
    const char *event_id = NULL;
    store_rows_t rows;
    braze_err_t *err;

    if (events && events->nelts == 1) {
        change.event = event = APR_ARRAY_IDX(events, 0, const braze_event_t *);
        change.event_id = event_id = event->id ? event->id : braze_id_new(event->at, pool);
    }
    store_user_change_together(db, &change, pool);
    if (change.done) {
        update->done = 1;
        return NULL;
    }
    err = store_write_select(&rows, db, ST_USER_UPDATE_QUICK,
                             ARGS(SET_ARGS(user), event_id, MS(event->at), event->name,
                                  event->user_id, event->user_name, event->code, event->actor,
                                  event->ip, event->correlation, event->detail),
                             pool);
    if (err) {
        return db->fault == FAULT_FOREIGN ? store_dangling("permissions", pool) : err;
    }
    update->done = store_next(&rows) && store_int(&rows, 0) == 1;
    return NULL;
}

braze_err_t *braze_store_user_update(int *done, braze_db_t *db, braze_user_t *user, apr_time_t now,
                                     const apr_array_header_t *events, apr_pool_t *pool)
{
    braze_user_t changed = *user;
    update_t update = {&changed, events, 0, 0};
    braze_err_t *err = NULL;

    changed.version++;
    changed.modified_at = now;
    if (db->engine == BRAZE_ENGINE_PGSQL && !user->more_email_keys &&
        (!events || events->nelts <= 1)) {
        err = update_quick(&update, db, pool);
    }
    if (!err && !update.done) {
        err = store_transact(db, update_body, &update, pool);
    }
    *done = !err && update.done;
    if (*done) {
        user->version = changed.version;
        user->modified_at = now;
        note_ended(db, update.ended);
    }
    return err;
}

/* ---- delete ---- */

static braze_err_t *delete_user(delete_t *gone, braze_db_t *db, const locked_t *locked,
                                apr_pool_t *pool)
{
    braze_err_t *err = NULL;

    if (gone->last_user_too) {
        err = keep_user(db, gone->company_id, gone->id, pool);
    }
    if (!err && locked->active && locked->admin) {
        err = keep_administrator(db, gone->company_id, gone->id, pool);
    }
    if (!err) {
        /* The groups before the user: that is the order of those who change groups, too. */
        err = store_groups_bump(db, ST_GROUP_BUMP_OF_USER, gone->company_id, gone->id,
                                gone->event ? gone->event->at : apr_time_now(), pool);
    }
    if (!err) {
        err = end_sessions(&gone->ended, db, gone->id, pool);
    }
    if (!err) {
        err = store_write(NULL, db, ST_USER_DELETE, ARGS(gone->company_id, gone->id), pool);
    }
    return err || !gone->event ? err : braze_store_event_add(db, gone->event, pool);
}

static braze_err_t *delete_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    delete_t *gone = baton;
    locked_t locked;
    braze_err_t *err = lock_user(&locked, db, gone->company_id, gone->id, pool);

    gone->done = gone->ended = 0;
    if (err) {
        return err;
    }
    if (gone->expect_version && locked.version != gone->expect_version) {
        *commit = 0;
        return NULL;
    }
    err = delete_user(gone, db, &locked, pool);
    gone->done = err == NULL;
    return err;
}

braze_err_t *braze_store_user_delete(int *done, braze_db_t *db, const char *company_id,
                                     const char *id, apr_int64_t expect_version, int last_user_too,
                                     const braze_event_t *event, apr_pool_t *pool)
{
    delete_t gone = {company_id, id, expect_version, last_user_too, event, 0, 0};
    braze_err_t *err = store_transact(db, delete_body, &gone, pool);

    *done = !err && gone.done;
    if (*done) {
        note_ended(db, gone.ended);
    }
    return err;
}
