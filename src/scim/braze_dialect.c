/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Braze's documented contract: five calls on the same accounts. Whatever is wrong with a body or a
 * filter is one and the same 400; the errors made here say in their log text what it was.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_key.h"
#include "scim_int.h"

#define JSON_TYPE "application/json"

static braze_err_t *bad(scim_call_t *call, const char *what)
{
    return braze_err_newf(call->pool, 400, "invalidValue", "BRAZE-S0401", "%s.", what);
}

static braze_err_t *respond(braze_scim_response_t **response, scim_call_t *call, int status,
                            const braze_user_t *user)
{
    braze_buf_t *buf = braze_buf_new(1024, call->pool);

    braze_user_put_braze(buf, user, call->request->catalog);
    *response = braze_response_body(status, JSON_TYPE, buf, call->pool);
    return NULL;
}

/* What a body says; permissions NULL = nothing. */
typedef struct {
    const char *user_name; /* POST only */
    const char *given_name, *family_name, *department;
    braze_json_t *permissions; /* canonical */
} wish_t;

static int names_schema(const braze_json_t *body)
{
    const braze_json_t *schemas = braze_json_get(body, "schemas");
    int i;

    for (i = 0; i < braze_json_size(schemas); i++) {
        const braze_json_t *item = braze_json_item(schemas, i);

        if (item && item->type == BRAZE_JSON_STRING &&
            strcmp(item->u.string, BRAZE_SCHEMA_USER) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_department(const char *text)
{
    const braze_attr_t *department =
        braze_attr_find(braze_schema_enterprise.attrs, "department", 10);
    const char *const *value;

    for (value = department->canonical; text && *value; value++) {
        if (strcmp(*value, text) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_name(const char *text)
{
    return text && *text && strlen(text) <= BRAZE_NAME_MAX;
}

/* What POST and PUT have in common; every member but permissions is required. */
static braze_err_t *read_wish(wish_t *wish, scim_call_t *call)
{
    const braze_json_t *name, *permissions;
    braze_json_t *body;
    braze_err_t *err = braze_body_read(&body, call);

    memset(wish, 0, sizeof(*wish));
    if (err && err->status == 415) {
        err->status = 400; /* Braze knows no 415 */
    }
    if (err) {
        return err;
    }
    if (body->type != BRAZE_JSON_OBJECT || !names_schema(body)) {
        return bad(call, "schemas must name the core User");
    }
    name = braze_json_get(body, "name");
    wish->user_name = braze_json_get_string(body, "userName");
    wish->given_name = braze_json_get_string(name, "givenName");
    wish->family_name = braze_json_get_string(name, "familyName");
    wish->department = braze_json_get_string(body, "department");
    if (!is_name(wish->given_name) || !is_name(wish->family_name)) {
        return bad(call, "name must have givenName and familyName");
    }
    if (!is_department(wish->department)) {
        return bad(call, "department must be one of Braze's");
    }
    permissions = braze_json_get(body, "permissions");
    if (!permissions || permissions->type == BRAZE_JSON_NULL) {
        return NULL;
    }
    return braze_permissions_read(&wish->permissions, permissions, call->request->catalog,
                                  call->pool);
}

braze_err_t *braze_dialect_create(braze_scim_response_t **response, scim_call_t *call,
                                  const char *id)
{
    braze_user_t user = {.active = 1};
    braze_json_t *resource;
    wish_t wish;
    braze_err_t *err = read_wish(&wish, call);

    (void)id;
    if (err) {
        return err;
    }
    if (!wish.user_name || !braze_key_is_email(wish.user_name, call->pool)) {
        return bad(call, "userName must be an e-mail address");
    }
    if (braze_json_size(wish.permissions) == 0) {
        wish.permissions = braze_permissions_default(call);
    }
    resource = braze_user_resource_new(wish.user_name, wish.given_name, wish.family_name,
                                       wish.department, call->pool);
    err = braze_user_derive_json(&user, resource, wish.permissions, call->pool);
    if (!err) {
        err = braze_user_insert(call, &user);
    }
    return err ? err : respond(response, call, 201, &user);
}

braze_err_t *braze_dialect_get(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    braze_user_t *user;
    braze_err_t *err = braze_user_fetch(&user, call, id, 1);

    return err ? err : respond(response, call, 200, user);
}

/* Sets what Braze's PUT sets; userName and what only the other dialect knows stay. */
static braze_err_t *apply_replace(braze_user_t *user, scim_call_t *call, const void *data)
{
    const wish_t *wish = data;
    braze_json_t *resource, *name = braze_json_object(call->pool), *enterprise;
    braze_json_t *permissions = wish->permissions;
    braze_err_t *err = braze_user_stored(&resource, user->resource, call);

    if (!err && !permissions) {
        err = braze_user_stored(&permissions, user->permissions, call);
    }
    if (err) {
        return err;
    }
    braze_json_set_string(name, "givenName", wish->given_name);
    braze_json_set_string(name, "familyName", wish->family_name);
    braze_json_set(resource, "name", name);
    enterprise = braze_json_get(resource, BRAZE_SCHEMA_ENTERPRISE);
    if (!enterprise) {
        enterprise = braze_json_object(call->pool);
        braze_json_set(resource, BRAZE_SCHEMA_ENTERPRISE, enterprise);
    }
    braze_json_set_string(enterprise, "department", wish->department);
    return braze_user_derive_json(user, resource, permissions, call->pool);
}

/* Braze has no status for what the company cannot spare. */
static braze_err_t *as_failure(braze_err_t *err, const char *detail, scim_call_t *call)
{
    braze_err_t *failure;

    if (!err || err->status != 409) {
        return err;
    }
    failure = braze_err_new(500, err->code, "BRAZE-S0402", detail, call->pool);
    failure->cause = err;
    return failure;
}

braze_err_t *braze_dialect_replace(braze_scim_response_t **response, scim_call_t *call,
                                   const char *id)
{
    braze_user_t *user;
    wish_t wish;
    braze_err_t *err = read_wish(&wish, call);

    if (!err) {
        err = as_failure(braze_user_change(&user, call, id, apply_replace, &wish),
                         "Failed to update user", call);
    }
    return err ? err : respond(response, call, 200, user);
}

braze_err_t *braze_dialect_delete(braze_scim_response_t **response, scim_call_t *call,
                                  const char *id)
{
    braze_err_t *err = as_failure(braze_user_remove(call, id, 1), "Failed to delete user", call);

    if (!err) {
        *response = braze_response_new(204, call->pool);
    }
    return err;
}

/* Only userName eq "...", in double quotes; no paging. */
braze_err_t *braze_dialect_list(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    const char *text, *key = NULL;
    const braze_filter_t *filter;
    braze_user_t *user = NULL;
    braze_buf_t *buf;
    braze_err_t *err = braze_query_get(&text, call->request->query, "filter", call->pool);

    (void)id;
    if (!err && !text) {
        err = bad(call, "filter is required");
    }
    if (!err) {
        err = braze_filter_parse(&filter, text, strlen(text), braze_resource_type_at("/Users"),
                                 call->pool);
    }
    if (!err && !braze_filter_is_user_name(&key, filter, call->pool)) {
        err = bad(call, "only userName eq is a filter");
    }
    if (!err && key) {
        err = braze_store_user_by_name(&user, call->db, call->request->token->company_id, key,
                                       call->pool);
    }
    if (err) {
        return err;
    }
    buf = braze_buf_new(1280, call->pool);
    braze_buf_puts(buf, "{\"schemas\":[\"" URN_LIST "\"],\"totalResults\":");
    braze_buf_puts(buf, user ? "1,\"Resources\":[" : "0,\"Resources\":[");
    if (user) {
        braze_user_put_braze(buf, user, call->request->catalog);
    }
    braze_buf_puts(buf, "]}");
    *response = braze_response_body(200, JSON_TYPE, buf, call->pool);
    return NULL;
}
