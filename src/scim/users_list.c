/* SPDX-License-Identifier: Apache-2.0 */
/* Users as searching sees them: GET /Users and POST /Users/.search. */
#include <string.h>

#include <apr_hash.h>

#include "braze_key.h"
#include "scim_int.h"

int braze_filter_is_user_name(const char **key, const braze_filter_t *filter, apr_pool_t *pool)
{
    const char *value;

    if (filter->op != BRAZE_FILTER_EQ || filter->path.schema ||
        strcmp(filter->path.attr, "userName") != 0 || filter->value->type != BRAZE_JSON_STRING) {
        return 0;
    }
    value = filter->value->u.string;
    if (braze_key_fold(key, value, strlen(value), pool)) {
        *key = NULL; /* no name that anybody could have */
    }
    return 1;
}

static braze_err_t *get_user(void **row, scim_call_t *call, const char *id)
{
    braze_user_t *user;
    braze_err_t *err =
        braze_store_user_get(&user, call->db, call->request->token->company_id, id, call->pool);

    *row = err ? NULL : user;
    return err;
}

static const char *id_of(const void *row)
{
    const braze_user_t *user = row;

    return user->id;
}

/* Hands out memberships, which come user by user in the order of ids asked for or another. */
static void spread(const apr_array_header_t **apart, const apr_array_header_t *rows,
                   const apr_array_header_t *memberships, apr_pool_t *pool)
{
    apr_hash_t *by_id = apr_hash_make(pool);
    int i;

    for (i = 0; i < memberships->nelts; i++) {
        const braze_membership_t *in = APR_ARRAY_IDX(memberships, i, const braze_membership_t *);
        apr_array_header_t *list = apr_hash_get(by_id, in->user_id, APR_HASH_KEY_STRING);

        if (!list) {
            list = apr_array_make(pool, 4, sizeof(in));
            apr_hash_set(by_id, in->user_id, APR_HASH_KEY_STRING, list);
        }
        APR_ARRAY_PUSH(list, const braze_membership_t *) = in;
    }
    for (i = 0; i < rows->nelts; i++) {
        apart[i] = apr_hash_get(by_id, id_of(APR_ARRAY_IDX(rows, i, const braze_user_t *)),
                                APR_HASH_KEY_STRING);
    }
}

/* One statement for all who are in groups; for a projection without groups too, since they are part
 * of meta.version. */
static braze_err_t *load_groups(const apr_array_header_t **apart, scim_call_t *call,
                                const apr_array_header_t *rows, const projection_t *projection)
{
    apr_array_header_t *ids = apr_array_make(call->pool, rows->nelts, sizeof(const char *));
    apr_array_header_t *memberships;
    braze_err_t *err;
    int i;

    (void)projection;
    for (i = 0; i < rows->nelts; i++) {
        const braze_user_t *user = APR_ARRAY_IDX(rows, i, const braze_user_t *);

        if (user->in_groups) {
            APR_ARRAY_PUSH(ids, const char *) = user->id;
        }
    }
    if (ids->nelts == 0) {
        return NULL;
    }
    err = braze_store_user_groups(&memberships, call->db, call->request->token->company_id, ids,
                                  call->pool);
    if (!err) {
        spread(apart, rows, memberships, call->pool);
    }
    return err;
}

static void put_user(braze_buf_t *buf, const void *row, const apr_array_header_t *apart,
                     scim_call_t *call, const projection_t *projection)
{
    braze_user_put(buf, row, apart, call->request, projection);
}

static const char *const apart_attrs[] = {"groups", "meta", NULL};

/* The one whom the filter names came with the token, or is nobody. */
static int find_prefetched(braze_found_t *found, scim_call_t *call, const braze_search_t *search,
                           apr_pool_t *pool)
{
    const braze_scim_request_t *request = call->request;
    const char *key = NULL;

    if (!request->prefetched_name || !search->filter || search->sort || search->after_id ||
        !braze_filter_is_user_name(&key, search->filter, pool) || !key ||
        strcmp(key, request->prefetched_name) != 0) {
        return 0;
    }
    memset(found, 0, sizeof(*found));
    found->rows = apr_array_make(pool, 1, sizeof(const braze_user_t *));
    if (request->prefetched && search->offset == 0 && search->limit > 0) {
        APR_ARRAY_PUSH(found->rows, const braze_user_t *) = request->prefetched;
    }
    found->total = search->with_total ? request->prefetched != NULL : -1;
    found->exact = 1;
    return 1;
}

static braze_err_t *find_users(braze_found_t *found, scim_call_t *call,
                               const braze_search_t *search, apr_pool_t *pool)
{
    if (find_prefetched(found, call, search, pool)) {
        return NULL;
    }
    return braze_store_user_search(found, call->db, call->request->token->company_id, search, pool);
}

const scim_source_t braze_source_users = {"/Users", 0,           find_users, get_user,
                                          id_of,    load_groups, put_user,   apart_attrs};

static const scim_source_t *const sources[] = {&braze_source_users, NULL};

braze_err_t *braze_users_list(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    (void)id;
    return braze_search_handle(response, call, sources, 0);
}

braze_err_t *braze_users_search(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    (void)id;
    return braze_search_handle(response, call, sources, 1);
}
