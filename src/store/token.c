/* SPDX-License-Identifier: Apache-2.0 */
/* SCIM tokens. Rows hold the SHA-256 of a secret of 256 random bits; the secret is given out once.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "store_int.h"

#define TOKEN_COLUMNS 13

static const char *const profiles[] = {"strict", "entra", "okta"};

static const char *profile_text(braze_profile_t profile)
{
    return profile == BRAZE_PROFILE_ENTRA || profile == BRAZE_PROFILE_OKTA ? profiles[profile]
                                                                           : profiles[0];
}

static braze_profile_t profile_of(const char *text)
{
    if (text && strcmp(text, profiles[BRAZE_PROFILE_ENTRA]) == 0) {
        return BRAZE_PROFILE_ENTRA;
    }
    return text && strcmp(text, profiles[BRAZE_PROFILE_OKTA]) == 0 ? BRAZE_PROFILE_OKTA
                                                                   : BRAZE_PROFILE_STRICT;
}

static braze_token_t *read_token(const store_rows_t *rows, apr_pool_t *pool)
{
    braze_token_t *token = apr_pcalloc(pool, sizeof(*token));
    int column = 0;

    token->id = store_text(rows, column++);
    token->company_id = store_text(rows, column++);
    token->company_name = store_text(rows, column++);
    token->company_version = store_int(rows, column++);
    token->workspace_id = store_text(rows, column++);
    token->origin = store_text(rows, column++);
    token->allowlist = store_text(rows, column++);
    token->profile = profile_of(store_text(rows, column++));
    token->created_at = store_time(rows, column++);
    token->expires_at = store_time(rows, column++);
    token->last_used_at = store_time(rows, column++);
    token->last_used_from = store_text(rows, column++);
    token->user_id = store_text(rows, column);
    return token;
}

braze_err_t *braze_store_token_add(const char **secret, braze_db_t *db, braze_token_t *token,
                                   apr_time_t now, apr_pool_t *pool)
{
    const char *hash;
    braze_err_t *err;

    *secret = braze_secret_new(pool);
    hash = braze_sha256_hex(*secret, strlen(*secret), pool);
    token->id = braze_id_new(now, pool);
    token->created_at = now;
    err = store_write(NULL, db, ST_TOKEN_ADD,
                      ARGS(token->id, token->company_id, hash, token->workspace_id, token->origin,
                           token->allowlist, profile_text(token->profile), MS(now),
                           MS_OR_NULL(token->expires_at), token->user_id),
                      pool);
    if (err) {
        *secret = NULL;
    }
    return err && db->fault == FAULT_FOREIGN ? store_dangling("The token", pool) : err;
}

/* A token that belongs to a user is as good as its user. Few do, so it is a statement of its own:
 * within the other it would cost every request. */
static braze_err_t *check_owner(int *good, const braze_token_t *token, braze_db_t *db,
                                apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err;

    *good = 1;
    if (!token->user_id) {
        return NULL;
    }
    err = store_select(&rows, db, ST_TOKEN_USER, ARGS(token->user_id, token->company_id), pool);
    *good = !err && store_next(&rows);
    return err;
}

/* *found: of a token that was kept; otherwise it has to be read. */
static braze_err_t *find_by_kept(int *found, braze_token_t **token, braze_user_t **user,
                                 braze_db_t *db, const braze_token_query_t *query, const char *who,
                                 apr_pool_t *pool)
{
    store_tokens_t *tokens = store_watch_tokens(db);
    apr_uint64_t moment = 0;
    braze_token_t *kept = tokens ? store_token_kept(&moment, tokens, query, pool) : NULL;
    store_rows_t rows;
    braze_err_t *err;

    *found = 0;
    if (!kept || !store_watch_hopes(db, moment)) {
        return NULL;
    }
    err = store_select(&rows, db, query->user_name_key ? ST_TOKEN_SEEN_NAME : ST_TOKEN_SEEN_ID,
                       ARGS(who, query->company_id), pool);
    if (err || !store_next(&rows) || !store_watch_holds(db, moment, store_text(&rows, 0))) {
        return err;
    }
    *found = 1;
    *token = kept;
    if (store_text(&rows, 1)) {
        *user = store_user_read_whole(&rows, 1, kept->company_id, pool);
    }
    return NULL;
}

static void keep(braze_db_t *db, const braze_token_query_t *query, const braze_token_t *token,
                 const char *snapshot)
{
    store_tokens_t *tokens = store_watch_tokens(db);

    if (tokens) {
        store_watch_read(db, snapshot);
        store_token_keep(tokens, query->token_hash, token, braze_db_moment(db));
    }
}

braze_err_t *braze_store_token_find(braze_token_t **token, braze_user_t **user, braze_db_t *db,
                                    const braze_token_query_t *query, apr_pool_t *pool)
{
    const char *who = query->user_name_key ? query->user_name_key : query->user_id;
    store_rows_t rows;
    braze_token_t *found;
    braze_err_t *err = NULL;
    int good = 0;

    *token = NULL;
    *user = NULL;
    if (who) {
        err = find_by_kept(&good, token, user, db, query, who, pool);
    }
    if (err || good) {
        return err;
    }
    if (who) {
        err = store_select(&rows, db, query->user_name_key ? ST_TOKEN_FIND_NAME : ST_TOKEN_FIND_ID,
                           ARGS(who, query->token_hash, query->company_id, MS(query->now)), pool);
    } else {
        err = store_select(&rows, db, ST_TOKEN_FIND,
                           ARGS(query->token_hash, query->company_id, MS(query->now)), pool);
    }
    if (err || !store_next(&rows)) {
        return err;
    }
    found = read_token(&rows, pool);
    err = check_owner(&good, found, db, pool);
    if (err || !good) {
        return err;
    }
    *token = found;
    if (who) {
        keep(db, query, found, store_text(&rows, TOKEN_COLUMNS + STORE_USER_COLUMNS + 1));
    }
    if (who && store_text(&rows, TOKEN_COLUMNS)) {
        *user = store_user_read_whole(&rows, TOKEN_COLUMNS, found->company_id, pool);
    }
    return NULL;
}

braze_err_t *braze_store_token_touch(braze_db_t *db, const char *company_id, const char *id,
                                     apr_time_t now, const char *ip, apr_pool_t *pool)
{
    return store_write(NULL, db, ST_TOKEN_TOUCH, ARGS(MS(now), ip, company_id, id), pool);
}

braze_err_t *braze_store_token_list(apr_array_header_t **tokens, braze_db_t *db,
                                    const char *company_id, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_TOKEN_LIST, ARGS(company_id), pool);

    *tokens = apr_array_make(pool, 4, sizeof(braze_token_t *));
    while (!err && store_next(&rows)) {
        APR_ARRAY_PUSH(*tokens, braze_token_t *) = read_token(&rows, pool);
    }
    return err;
}

braze_err_t *braze_store_token_delete(braze_db_t *db, const char *company_id, const char *id,
                                      apr_pool_t *pool)
{
    int changed = 0;
    braze_err_t *err = store_write(&changed, db, ST_TOKEN_DELETE, ARGS(company_id, id), pool);

    return err || changed ? err : store_missing("Token", pool);
}
