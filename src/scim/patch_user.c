/* SPDX-License-Identifier: Apache-2.0 */
/* PATCH /Users/{id} (RFC 7644 section 3.5.2): the operations on the user as a client sees it, then
 * the reader that a PUT goes through. */
#include <string.h>

#include "scim_int.h"

typedef struct {
    const apr_array_header_t *operations;
    int permissions; /* some operation is about Braze's extension */
    int bent;        /* by reading the message: a repetition counts its own from here */
    braze_scim_bends_t bends;
} wish_t;

static int is_about_permissions(const apr_array_header_t *operations)
{
    int i;

    for (i = 0; i < operations->nelts; i++) {
        const char *schema = APR_ARRAY_IDX(operations, i, patch_operation_t).path.attr.schema;

        if (schema && strcmp(schema, BRAZE_SCHEMA_DASHBOARD) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Permissions under the URN, with all that a path may speak of. */
static braze_err_t *show_permissions(braze_json_t *shown, const braze_user_t *user,
                                     scim_call_t *call)
{
    braze_json_t *permissions, *dashboard = braze_json_object(call->pool);
    braze_buf_t *buf = braze_buf_new(512, call->pool);
    braze_err_t *err;

    if (!braze_permission_values_put(buf, user->permissions, call->request->catalog, 1)) {
        return NULL;
    }
    err = braze_json_parse(&permissions, buf->data, buf->len, call->pool);
    if (!err) {
        braze_json_set(dashboard, "permissions", permissions);
        braze_json_set(shown, BRAZE_SCHEMA_DASHBOARD, dashboard);
    }
    return err;
}

/* What can be written of a user, as it is shown. */
static braze_err_t *show(braze_json_t **shown, const braze_user_t *user, scim_call_t *call,
                         int permissions)
{
    braze_json_t *schemas = braze_json_array(call->pool);
    braze_err_t *err = braze_user_stored(shown, user->resource, call);

    if (err) {
        return err;
    }
    braze_json_append(schemas, braze_json_string(BRAZE_SCHEMA_USER, call->pool));
    braze_json_set(*shown, "schemas", schemas);
    braze_json_set(*shown, "active", braze_json_bool(user->active, call->pool));
    return permissions ? show_permissions(*shown, user, call) : NULL;
}

static braze_err_t *read_permissions(braze_json_t **canonical, const scim_user_input_t *input,
                                     scim_call_t *call)
{
    if (!input->permissions) {
        *canonical = braze_json_object(call->pool); /* removed: none are left */
        return NULL;
    }
    return braze_permission_values_read(canonical, input->permissions, call->request->catalog,
                                        call->pool);
}

static braze_err_t *apply(braze_user_t *user, scim_call_t *call, const void *data)
{
    const wish_t *wish = data;
    braze_json_t *shown, *permissions;
    scim_user_input_t input;
    braze_err_t *err;

    call->bent = wish->bent;
    call->bends = wish->bends;
    err = show(&shown, user, call, wish->permissions);
    if (!err) {
        err = braze_patch_apply(shown, wish->operations, NULL, NULL, NULL, call);
    }
    if (!err) {
        err = braze_user_input_read(&input, shown, call, call->pool);
    }
    if (!err) {
        err = wish->permissions ? read_permissions(&permissions, &input, call)
                                : braze_user_stored(&permissions, user->permissions, call);
    }
    if (err) {
        return err;
    }
    if (input.active >= 0) {
        user->active = input.active;
    }
    return braze_user_derive_json(user, input.resource, permissions, call->pool);
}

/* 204, but the resource for who asks for attributes, and for Okta, which reads it back. */
static braze_err_t *answer(braze_scim_response_t **response, scim_call_t *call,
                           const braze_user_t *user, const scim_query_t *query)
{
    const apr_array_header_t *memberships;
    braze_err_t *err;

    if (query->attributes || query->excluded ||
        call->request->token->profile == BRAZE_PROFILE_OKTA) {
        return braze_user_respond(response, call, 200, user, &query->projection);
    }
    err = braze_user_memberships(&memberships, call, user);
    if (!err) {
        *response = braze_response_new(204, call->pool);
        (*response)->etag = braze_user_etag(user, memberships, call->pool);
        (*response)->location = braze_user_location(user, call->request, call->pool);
    }
    return err;
}

braze_err_t *braze_users_patch(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    const braze_resource_type_t *type = braze_resource_type_at("/Users");
    apr_array_header_t *operations;
    scim_query_t query;
    braze_json_t *body;
    braze_user_t *user;
    wish_t wish;
    braze_err_t *err = braze_query_read(&query, call->request, type, call->pool);

    if (!err) {
        err = braze_body_read(&body, call);
    }
    if (!err) {
        err = braze_patch_read(&operations, body, type, call);
    }
    if (err) {
        return err;
    }
    wish.operations = operations;
    wish.permissions = is_about_permissions(operations);
    wish.bent = call->bent;
    wish.bends = call->bends;
    err = braze_user_change(&user, call, id, apply, &wish);
    return err ? err : answer(response, call, user, &query);
}
