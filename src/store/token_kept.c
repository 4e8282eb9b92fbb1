/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that a process keeps on PostgreSQL. Who asks for a user reads the user alone: the row
 * brings its snapshot, and if that is the one that the token was read with, the token is as it
 * would be read. So the statement has no join in it, and nobody is asked a second time.
 */
#include <string.h>

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "store_int.h"

#define PLACES 16      /* a company has two tokens at most times */
#define TEXTS_MAX 8192 /* bytes of a token's texts; one with more is not kept */

typedef struct {
    apr_pool_t *pool; /* of what follows; NULL = nothing was ever here */
    const char *hash;
    const braze_token_t *token; /* NULL = nothing here */
    apr_uint64_t moment;
} place_t;

struct store_tokens_t {
    apr_thread_mutex_t *mutex; /* of the places */
    place_t places[PLACES];
};

static apr_status_t forget_all(void *data)
{
    store_tokens_t *tokens = data;
    int i;

    for (i = 0; i < PLACES; i++) {
        if (tokens->places[i].pool) {
            apr_pool_destroy(tokens->places[i].pool);
        }
    }
    return APR_SUCCESS;
}

store_tokens_t *store_tokens_make(apr_pool_t *pool)
{
    store_tokens_t *tokens = apr_pcalloc(pool, sizeof(*tokens));
    apr_status_t rv = apr_thread_mutex_create(&tokens->mutex, APR_THREAD_MUTEX_DEFAULT, pool);

    apr_pool_cleanup_register(pool, tokens, forget_all, apr_pool_cleanup_null);
    return rv == APR_SUCCESS ? tokens : NULL;
}

/* By the digest of 256 random bits: any of its characters will do. */
static place_t *place_of(store_tokens_t *tokens, const char *hash)
{
    unsigned number = 0;
    int i;

    for (i = 0; i < 8 && hash[i]; i++) {
        number = number * 31 + (unsigned char)hash[i];
    }
    return &tokens->places[number % PLACES];
}

/* Every text and number of it. */
static braze_token_t *copy(const braze_token_t *token, apr_pool_t *pool)
{
    braze_token_t *made = apr_pmemdup(pool, token, sizeof(*made));

    made->id = apr_pstrdup(pool, token->id);
    made->company_id = apr_pstrdup(pool, token->company_id);
    made->company_name = apr_pstrdup(pool, token->company_name);
    made->workspace_id = apr_pstrdup(pool, token->workspace_id);
    made->origin = apr_pstrdup(pool, token->origin);
    made->allowlist = apr_pstrdup(pool, token->allowlist);
    made->user_id = apr_pstrdup(pool, token->user_id);
    made->last_used_from = apr_pstrdup(pool, token->last_used_from);
    return made;
}

braze_token_t *store_token_kept(apr_uint64_t *moment, store_tokens_t *tokens,
                                const braze_token_query_t *query, apr_pool_t *pool)
{
    const place_t *place = place_of(tokens, query->token_hash);
    braze_token_t *token = NULL;

    apr_thread_mutex_lock(tokens->mutex);
    if (place->token && strcmp(place->hash, query->token_hash) == 0 &&
        strcmp(place->token->company_id, query->company_id) == 0) {
        token = copy(place->token, pool);
        *moment = place->moment;
    }
    apr_thread_mutex_unlock(tokens->mutex);
    return token && (!token->expires_at ||
                     braze_time_to_ms(token->expires_at) > braze_time_to_ms(query->now))
               ? token
               : NULL;
}

static apr_size_t texts(const braze_token_t *token)
{
    const char *all[] = {token->company_name, token->origin, token->allowlist};
    apr_size_t size = 0, i;

    for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
        size += all[i] ? strlen(all[i]) : 0;
    }
    return size;
}

void store_token_keep(store_tokens_t *tokens, const char *hash, const braze_token_t *token,
                      apr_uint64_t moment)
{
    place_t *place = place_of(tokens, hash);

    if (texts(token) > TEXTS_MAX) {
        return;
    }
    apr_thread_mutex_lock(tokens->mutex);
    /* Nobody's child: any thread may be the first. */
    if (place->pool) {
        apr_pool_clear(place->pool);
    } else if (apr_pool_create_unmanaged(&place->pool) != APR_SUCCESS) {
        place->pool = NULL;
    }
    place->token = NULL;
    if (place->pool) {
        place->hash = apr_pstrdup(place->pool, hash);
        place->token = copy(token, place->pool);
        place->moment = moment;
    }
    apr_thread_mutex_unlock(tokens->mutex);
}
