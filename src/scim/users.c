/* SPDX-License-Identifier: Apache-2.0 */
/* /Users of the rfc dialect (RFC 7644 section 3). */
#include <string.h>

#include "braze_key.h"
#include "scim_int.h"

static const braze_resource_type_t *user_type(void)
{
    return braze_resource_type_at("/Users");
}

static int is_lenient(const scim_call_t *call)
{
    return call->request->token->profile != BRAZE_PROFILE_STRICT;
}

static braze_err_t *respond(braze_scim_response_t **response, const scim_call_t *call, int status,
                            const braze_user_t *user, const projection_t *projection)
{
    braze_buf_t *buf = braze_buf_new(2048, call->pool);

    braze_user_put(buf, user, call->request, projection);
    *response = braze_response_body(status, SCIM_TYPE, buf, call->pool);
    (*response)->etag = braze_user_etag(user, call->pool);
    (*response)->location = braze_user_location(user, call->request, call->pool);
    return NULL;
}

/* What a client wants a user to be. */
typedef struct {
    scim_user_input_t input;
    braze_json_t *permissions; /* canonical; NULL = not said */
} wish_t;

static braze_err_t *read_wish(wish_t *wish, const scim_call_t *call)
{
    braze_json_t *body;
    braze_err_t *err = braze_body_read(&body, call);

    wish->permissions = NULL;
    if (!err) {
        err = braze_user_input_read(&wish->input, body, is_lenient(call), call->request->log,
                                    call->pool);
    }
    if (!err && wish->input.permissions) {
        err = braze_permissions_read(&wish->permissions, wish->input.permissions,
                                     call->request->catalog, call->pool);
    }
    return err;
}

braze_err_t *braze_users_create(braze_scim_response_t **response, const scim_call_t *call,
                                const char *id)
{
    braze_user_t user = {0};
    scim_query_t query;
    wish_t wish;
    braze_err_t *err = braze_query_read(&query, call->request, user_type(), call->pool);

    (void)id;
    if (!err) {
        err = read_wish(&wish, call);
    }
    if (err) {
        return err;
    }
    user.active = wish.input.active != 0;
    if (braze_json_size(wish.permissions) == 0) {
        wish.permissions = braze_permissions_default(call);
    }
    err = braze_user_derive_json(&user, wish.input.resource, wish.permissions, call->pool);
    if (!err) {
        err = braze_user_insert(call, &user);
    }
    return err ? err : respond(response, call, 201, &user, &query.projection);
}

braze_err_t *braze_users_get(braze_scim_response_t **response, const scim_call_t *call,
                             const char *id)
{
    scim_query_t query;
    braze_user_t *user;
    braze_err_t *err = braze_query_read(&query, call->request, user_type(), call->pool);

    if (!err) {
        err = braze_user_fetch(&user, call, id, 1);
    }
    if (err) {
        return err;
    }
    if (call->request->if_match) {
        const braze_scim_request_t only = {.if_match = call->request->if_match};

        err = braze_etag_check(&only, braze_user_etag(user, call->pool), call->pool);
        if (err) {
            return err;
        }
    }
    if (call->request->if_none_match &&
        braze_etag_matches(call->request->if_none_match, braze_user_etag(user, call->pool))) {
        *response = braze_response_new(304, call->pool);
        (*response)->etag = braze_user_etag(user, call->pool);
        return NULL;
    }
    return respond(response, call, 200, user, &query.projection);
}

/*
 * RFC 7644 section 3.5.1: what a PUT leaves out is cleared. Two things are not: active, since a
 * forgotten member must not let a suspended person back in, and permissions, which are no attribute
 * of the core User.
 */
static braze_err_t *apply_replace(braze_user_t *user, const scim_call_t *call, const void *data)
{
    const wish_t *wish = data;
    braze_json_t *permissions = wish->permissions;
    braze_err_t *err = NULL;

    if (!permissions) {
        err = braze_user_stored(&permissions, user->permissions, call);
    }
    if (wish->input.active >= 0) {
        user->active = wish->input.active;
    }
    return err ? err : braze_user_derive_json(user, wish->input.resource, permissions, call->pool);
}

braze_err_t *braze_users_replace(braze_scim_response_t **response, const scim_call_t *call,
                                 const char *id)
{
    scim_query_t query;
    braze_user_t *user;
    wish_t wish;
    braze_err_t *err = braze_query_read(&query, call->request, user_type(), call->pool);

    if (!err) {
        err = read_wish(&wish, call);
    }
    if (!err) {
        err = braze_user_change(&user, call, id, apply_replace, &wish);
    }
    return err ? err : respond(response, call, 200, user, &query.projection);
}

braze_err_t *braze_users_delete(braze_scim_response_t **response, const scim_call_t *call,
                                const char *id)
{
    braze_err_t *err = braze_user_remove(call, id, 0);

    if (!err) {
        *response = braze_response_new(204, call->pool);
    }
    return err;
}

/* ---- lists ---- */

static braze_err_t *respond_list(braze_scim_response_t **response, const scim_call_t *call,
                                 const scim_query_t *query, const apr_array_header_t *users,
                                 apr_int64_t total)
{
    braze_buf_t *buf = braze_buf_new(256 + 1536 * (apr_size_t)users->nelts, call->pool);
    int i;

    braze_buf_puts(buf, "{\"schemas\":[\"" URN_LIST "\"],\"totalResults\":");
    braze_buf_put_int(buf, total);
    braze_buf_puts(buf, ",\"startIndex\":");
    braze_buf_put_int(buf, query->start);
    braze_buf_puts(buf, ",\"itemsPerPage\":");
    braze_buf_put_int(buf, users->nelts);
    braze_buf_puts(buf, ",\"Resources\":[");
    for (i = 0; i < users->nelts; i++) {
        if (i) {
            braze_buf_puts(buf, ",");
        }
        braze_user_put(buf, APR_ARRAY_IDX(users, i, braze_user_t *), call->request,
                       &query->projection);
    }
    braze_buf_puts(buf, "]}");
    *response = braze_response_body(200, SCIM_TYPE, buf, call->pool);
    return NULL;
}

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

static braze_err_t *list_by_filter(braze_scim_response_t **response, const scim_call_t *call,
                                   const scim_query_t *query)
{
    apr_array_header_t *users = apr_array_make(call->pool, 1, sizeof(braze_user_t *));
    braze_user_t *user = NULL;
    const braze_filter_t *filter;
    const char *key;
    braze_err_t *err =
        braze_filter_parse(&filter, query->filter, strlen(query->filter), user_type(), call->pool);

    if (err) {
        return err;
    }
    if (!braze_filter_is_user_name(&key, filter, call->pool)) {
        return braze_err_new(400, "invalidFilter", "BRAZE-S0706",
                             "Of all filters this version evaluates userName eq \"...\" only.",
                             call->pool);
    }
    if (key) {
        err = braze_store_user_by_name(&user, call->db, call->request->token->company_id, key,
                                       call->pool);
    }
    if (err) {
        return err;
    }
    if (user && query->start == 1 && query->count > 0) {
        APR_ARRAY_PUSH(users, braze_user_t *) = user;
    }
    return respond_list(response, call, query, users, user != NULL);
}

braze_err_t *braze_users_list(braze_scim_response_t **response, const scim_call_t *call,
                              const char *id)
{
    apr_array_header_t *users;
    apr_int64_t total;
    scim_query_t query;
    braze_err_t *err = braze_query_read(&query, call->request, user_type(), call->pool);

    (void)id;
    if (err) {
        return err;
    }
    if (query.filter) {
        return list_by_filter(response, call, &query);
    }
    err = braze_store_user_list(&users, &total, call->db, call->request->token->company_id,
                                query.start - 1, query.count, call->pool);
    return err ? err : respond_list(response, call, &query, users, total);
}
