/* SPDX-License-Identifier: Apache-2.0 */
/* Users: reading and adding. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "store_int.h"

braze_user_t *store_user_read(const store_rows_t *rows, int first, const char *company_id,
                              apr_pool_t *pool)
{
    braze_user_t *user = apr_pcalloc(pool, sizeof(*user));
    int column = first;
    apr_int64_t flags;

    user->company_id = company_id;
    user->id = store_text(rows, column++);
    user->user_name = store_text(rows, column++);
    user->user_name_key = store_text(rows, column++);
    user->external_id = store_text(rows, column++);
    user->email = store_text(rows, column++);
    user->email_key = store_text(rows, column++);
    user->email_domain = store_text(rows, column++);
    user->display_name = store_text(rows, column++);
    user->given_name = store_text(rows, column++);
    user->family_name = store_text(rows, column++);
    user->department = store_text(rows, column++);
    user->source = store_text(rows, column++);
    user->permissions = store_text(rows, column++);
    user->resource = store_text(rows, column++);
    flags = store_int(rows, column++);
    user->active = (flags & 1) != 0;
    user->confirmed = (flags & 2) != 0;
    user->impersonation = (flags & 4) != 0;
    user->admin = (flags & 8) != 0;
    user->created_at = store_time(rows, column++);
    user->modified_at = store_time(rows, column++);
    user->last_sign_in_at = store_time(rows, column++);
    user->version = store_int(rows, column);
    return user;
}

braze_user_t *store_user_read_whole(const store_rows_t *rows, int first, const char *company_id,
                                    apr_pool_t *pool)
{
    braze_user_t *user = store_user_read(rows, first, company_id, pool);

    user->in_groups = store_int(rows, first + STORE_USER_COLUMNS) != 0;
    return user;
}

static braze_err_t *find_one(braze_user_t **user, braze_db_t *db, store_statement_t id,
                             const char *company_id, const char *key, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, id, ARGS(company_id, key), pool);

    *user = NULL;
    if (!err && store_next(&rows)) {
        *user = store_user_read_whole(&rows, 0, apr_pstrdup(pool, company_id), pool);
    }
    return err;
}

braze_err_t *braze_store_user_get(braze_user_t **user, braze_db_t *db, const char *company_id,
                                  const char *id, apr_pool_t *pool)
{
    return find_one(user, db, ST_USER_GET, company_id, id, pool);
}

braze_err_t *braze_store_user_by_name(braze_user_t **user, braze_db_t *db, const char *company_id,
                                      const char *user_name_key, apr_pool_t *pool)
{
    return find_one(user, db, ST_USER_BY_NAME, company_id, user_name_key, pool);
}

braze_err_t *braze_store_user_by_email(apr_array_header_t **users, braze_db_t *db,
                                       const char *company_id, const char *email_key,
                                       apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_USER_BY_EMAIL, ARGS(company_id, email_key), pool);

    *users = apr_array_make(pool, 2, sizeof(braze_user_t *));
    company_id = apr_pstrdup(pool, company_id);
    while (!err && store_next(&rows)) {
        APR_ARRAY_PUSH(*users, braze_user_t *) = store_user_read(&rows, 0, company_id, pool);
    }
    return err;
}

braze_err_t *braze_store_user_list(apr_array_header_t **users, apr_int64_t *total, braze_db_t *db,
                                   const char *company_id, apr_int64_t start, int count,
                                   apr_pool_t *pool)
{
    store_rows_t rows;
    store_place_t place;
    braze_err_t *err = store_users_place(&place, db, company_id, start < 0 ? 0 : start, pool);

    *users = apr_array_make(pool, count > 0 && count < 1000 ? count : 1, sizeof(braze_user_t *));
    *total = place.total;
    if (err || count <= 0 || start >= *total) {
        return err;
    }
    err = store_select(&rows, db, ST_USER_LIST,
                       ARGS(company_id, place.from_id, INT(place.skip), INT(count)), pool);
    company_id = apr_pstrdup(pool, company_id);
    while (!err && store_next(&rows)) {
        APR_ARRAY_PUSH(*users, braze_user_t *) = store_user_read_whole(&rows, 0, company_id, pool);
    }
    return err;
}

/* ---- adding ---- */

/* The arguments of every statement that inserts a user, and of the event that may follow in the
 * same one. */
#define INSERT_ARGS(u)                                                                             \
    (u)->id, (u)->company_id, (u)->user_name, (u)->user_name_key, (u)->external_id, (u)->email,    \
        (u)->email_key, (u)->email_domain, (u)->display_name, (u)->given_name, (u)->family_name,   \
        (u)->department, INT((u)->active != 0), INT((u)->confirmed != 0),                          \
        INT((u)->impersonation != 0), INT((u)->admin != 0), (u)->source, (u)->permissions,         \
        (u)->resource, MS((u)->created_at), MS((u)->modified_at),                                  \
        MS_OR_NULL((u)->last_sign_in_at), INT((u)->version),                                       \
        braze_name_key((u)->display_name, pool), braze_name_key((u)->given_name, pool),            \
        braze_name_key((u)->family_name, pool)
#define EVENT_ARGS(e)                                                                              \
    (e)->id, MS((e)->at), (e)->name, (e)->user_id, (e)->user_name, (e)->code, (e)->actor, (e)->ip, \
        (e)->correlation, (e)->detail

braze_err_t *store_user_emails(braze_db_t *db, const braze_user_t *user, int replace,
                               apr_pool_t *pool)
{
    braze_err_t *err =
        replace ? store_write(NULL, db, ST_USER_EMAILS_DROP, ARGS(user->id), pool) : NULL;

    if (err || !user->more_email_keys) {
        return err;
    }
    return store_write(
        NULL, db, ST_USER_EMAILS_ADD,
        ARGS(user->id, user->company_id, store_names_text(user->more_email_keys, pool)), pool);
}

/* The text up to the next quotation mark, which must follow; NULL where it is none as it stands. */
static const char *quoted(const char **at, apr_pool_t *pool)
{
    apr_size_t len = strcspn(*at, "\"\\");
    const char *text = *at;

    *at += len;
    return **at == '"' ? apr_pstrmemdup(pool, text, len) : NULL;
}

static int skip(const char **at, const char *text)
{
    apr_size_t len = strlen(text);

    if (strncmp(*at, text, len) != 0) {
        return 0;
    }
    *at += len;
    return 1;
}

/* Whether these canonical permissions are what nearly everybody has who is new: one workspace and,
 * else *set is NULL, one permission set there. */
static int is_one_grant(const char **workspace, const char **set, const char *permissions,
                        apr_pool_t *pool)
{
    const char *at = permissions;

    *set = NULL;
    if (!skip(&at, "{\"appGroup\":[{\"appGroupId\":\"")) {
        return 0;
    }
    *workspace = quoted(&at, pool);
    if (*workspace && skip(&at, "\",\"appGroupPermissionSets\":[\"")) {
        *set = quoted(&at, pool);
        return *set && strcmp(at, "\"]}]}") == 0;
    }
    return *workspace && strcmp(at, "\"}]}") == 0;
}

/* What on PostgreSQL triggers do: here they would make each INSERT keep a journal of its own, of
 * every page that it writes. */
static braze_err_t *insert_followed(int *added, braze_db_t *db, const braze_user_t *user,
                                    apr_pool_t *pool)
{
    braze_user_t row = *user;
    const char *workspace, *set;
    int none = strcmp(user->permissions, "{}") == 0;
    int one = !none && is_one_grant(&workspace, &set, user->permissions, pool);
    braze_err_t *err;

    row.permissions = none || one ? user->permissions : "{}";
    err = store_write(added, db, ST_USER_ADD, ARGS(INSERT_ARGS(&row)), pool);
    if (err || !*added) {
        return err;
    }
    if (one) {
        err = store_write(NULL, db, ST_USER_GRANT_ONE,
                          ARGS(user->id, user->company_id, workspace, set), pool);
    } else if (!none) {
        err = store_write(NULL, db, ST_USER_GRANT,
                          ARGS(user->permissions, user->company_id, user->id), pool);
    }
    return err ? err
               : store_write(NULL, db, ST_USER_SPAN_COUNT, ARGS(user->company_id, user->id), pool);
}

braze_err_t *store_user_insert(int *added, braze_db_t *db, const braze_user_t *user,
                               apr_pool_t *pool)
{
    braze_err_t *err = db->engine == BRAZE_ENGINE_SQLITE
                           ? insert_followed(added, db, user, pool)
                           : store_write(added, db, ST_USER_ADD, ARGS(INSERT_ARGS(user)), pool);

    if (err) {
        return db->fault == FAULT_FOREIGN ? store_dangling("permissions", pool) : err;
    }
    return *added && user->more_email_keys ? store_user_emails(db, user, 0, pool) : NULL;
}

typedef struct {
    const braze_user_t *user;
    const braze_event_t *event;
    int added;
} add_t;

static braze_err_t *add_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    add_t *add = baton;
    braze_err_t *err = store_user_insert(&add->added, db, add->user, pool);

    *commit = add->added;
    if (!err && add->added && add->event) {
        err = braze_store_event_add(db, add->event, pool);
    }
    return err;
}

static braze_err_t *add_in_one(add_t *add, braze_db_t *db, apr_pool_t *pool)
{
    const braze_user_t *user = add->user;
    const braze_event_t *event = add->event;
    store_user_change_t change = {user, event, NULL, 0};
    store_rows_t rows;
    braze_err_t *err;

    store_user_add_together(db, &change, pool);
    if (change.done) {
        add->added = 1;
        return NULL;
    }
    err = store_write_select(&rows, db, ST_USER_ADD_EVENT,
                             ARGS(INSERT_ARGS(user), EVENT_ARGS(event)), pool);
    if (err) {
        return db->fault == FAULT_FOREIGN ? store_dangling("permissions", pool) : err;
    }
    add->added = store_next(&rows) && store_int(&rows, 0) == 1;
    return NULL;
}

/*
 * A connection that broke after the row was written and before the answer came, ours or that of the
 * thread that has written for us, makes the repetition meet its own row: an id is made for one user
 * only, so that a row which has it, and the name, is ours.
 */
static braze_err_t *settle(const add_t *add, braze_db_t *db, apr_pool_t *pool)
{
    braze_user_t *there;
    braze_err_t *err;

    if (add->added) {
        return NULL;
    }
    err = braze_store_user_get(&there, db, add->user->company_id, add->user->id, pool);
    if (err) {
        return err;
    }
    return there && strcmp(there->user_name_key, add->user->user_name_key) == 0
               ? NULL
               : store_taken("userName", pool);
}

braze_err_t *braze_store_user_add(braze_db_t *db, braze_user_t *user, apr_time_t now,
                                  const braze_event_t *event, apr_pool_t *pool)
{
    add_t add = {user, NULL, 0};
    braze_event_t noted;
    braze_err_t *err;

    if (!user->id) {
        user->id = braze_id_new(now, pool);
    }
    user->created_at = user->modified_at = now;
    user->version = 1;
    if (event) {
        noted = *event;
        noted.id = noted.id ? noted.id : braze_id_new(now, pool);
        noted.user_id = user->id;
        add.event = &noted;
    }
    /* One statement is a transaction by itself. */
    if (db->engine == BRAZE_ENGINE_PGSQL && !event && !user->more_email_keys) {
        err = store_user_insert(&add.added, db, user, pool);
    } else if (db->engine == BRAZE_ENGINE_PGSQL && !user->more_email_keys) {
        err = add_in_one(&add, db, pool);
    } else {
        err = store_transact(db, add_body, &add, pool);
    }
    return err ? err : settle(&add, db, pool);
}
