/* SPDX-License-Identifier: Apache-2.0 */
/* /Users of the rfc dialect (RFC 7644 section 3). */
#include <string.h>

#include "braze_key.h"
#include "scim_int.h"

static const braze_resource_type_t *user_type(void)
{
    return braze_resource_type_at("/Users");
}

/* What a client wants a user to be. */
typedef struct {
    scim_user_input_t input;
    braze_json_t *permissions; /* canonical; NULL = not said */
} wish_t;

static braze_err_t *read_wish(wish_t *wish, scim_call_t *call)
{
    braze_json_t *body;
    braze_err_t *err = braze_body_read(&body, call);

    wish->permissions = NULL;
    if (!err) {
        err = braze_user_input_read(&wish->input, body, call, call->pool);
    }
    if (!err && wish->input.permissions) {
        err = braze_permission_values_read(&wish->permissions, wish->input.permissions,
                                           call->request->catalog, call->pool);
    }
    return err;
}

/*
 * RFC 7644 section 3.5.1: what a PUT leaves out is cleared. Two things are not: active, since a
 * forgotten member must not let a suspended person back in, and permissions, which are no attribute
 * of the core User.
 */
static braze_err_t *apply_replace(braze_user_t *user, scim_call_t *call, const void *data)
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

/* Okta assigns a person anew by a POST. */
static braze_err_t *apply_return(braze_user_t *user, scim_call_t *call, const void *data)
{
    if (user->active) {
        return braze_err_new(409, "uniqueness", "BRAZE-S0304", "userName is already in use.",
                             call->pool);
    }
    user->active = 1;
    return apply_replace(user, call, data);
}

/*
 * Okta never deletes whom it takes a company away from, it deactivates; and it adds the same person
 * again later. For its profile that brings the account back, with its id and permissions, instead
 * of locking the person out by a 409. Nobody is brought back by a request that says active is
 * false.
 */
static braze_err_t *bring_back(int *back, braze_user_t *user, scim_call_t *call, const wish_t *wish)
{
    braze_user_t *there;
    braze_err_t *err;

    *back = 0;
    if (call->request->token->profile != BRAZE_PROFILE_OKTA || wish->input.active == 0) {
        return NULL;
    }
    err = braze_store_user_by_name(&there, call->db, user->company_id, user->user_name_key,
                                   call->pool);
    if (err || !there || there->active) {
        return err;
    }
    err = braze_user_change(&there, call, there->id, apply_return, wish);
    if (err && err->status == 404) {
        return NULL; /* deleted meanwhile: the name was taken all the same */
    }
    if (!err) {
        *back = braze_profile_bends(call, "a POST of a person who is there, and brings them back");
        *user = *there;
    }
    return err;
}

static braze_err_t *insert(int *back, braze_user_t *user, scim_call_t *call, const wish_t *wish)
{
    braze_err_t *err = braze_user_insert(call, user), *other;

    *back = 0;
    if (!err || err->status != 409) {
        return err;
    }
    other = bring_back(back, user, call, wish);
    return other ? other : *back ? NULL : err;
}

braze_err_t *braze_users_create(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    braze_user_t user = {0};
    scim_query_t query;
    wish_t wish;
    int back = 0;
    braze_err_t *err = braze_query_read(&query, call->request, user_type(), call->pool);

    (void)id;
    if (!err) {
        err = read_wish(&wish, call);
    }
    if (err) {
        return err;
    }
    user.active = wish.input.active != 0;
    err = braze_user_derive_json(
        &user, wish.input.resource,
        braze_json_size(wish.permissions) ? wish.permissions : braze_permissions_default(call),
        call->pool);
    if (!err) {
        err = insert(&back, &user, call, &wish);
    }
    if (!err) {
        err = braze_user_respond(response, call, 201, &user, &query.projection);
    }
    if (!err) {
        (*response)->brought_back = back;
    }
    return err;
}

/* RFC 7644 section 3.14; reading looks at the whole tag, memberships included. */
static braze_err_t *check_read(int *unchanged, scim_call_t *call, const char *etag)
{
    const braze_scim_request_t *request = call->request;

    *unchanged = request->if_none_match && braze_etag_matches(request->if_none_match, etag);
    if (request->if_match && !braze_etag_matches(request->if_match, etag)) {
        return braze_err_newf(call->pool, 412, NULL, "BRAZE-S0206",
                              "The resource has changed: its version is %s.", etag);
    }
    return NULL;
}

braze_err_t *braze_users_get(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    const braze_scim_request_t *request = call->request;
    int unchanged = 0;
    scim_query_t query;
    braze_user_t *user;
    braze_err_t *err = braze_query_read(&query, request, user_type(), call->pool);

    if (!err) {
        err = braze_user_fetch(&user, call, id, 1);
    }
    if (!err) {
        err = braze_user_respond(response, call, 200, user, &query.projection);
    }
    if (!err && (request->if_match || request->if_none_match)) {
        err = check_read(&unchanged, call, (*response)->etag);
    }
    if (!err && unchanged) {
        const char *etag = (*response)->etag;

        *response = braze_response_new(304, call->pool);
        (*response)->etag = etag;
    }
    return err;
}

braze_err_t *braze_users_replace(braze_scim_response_t **response, scim_call_t *call,
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
    return err ? err : braze_user_respond(response, call, 200, user, &query.projection);
}

braze_err_t *braze_users_delete(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    braze_err_t *err = braze_user_remove(call, id, 0);

    if (!err) {
        *response = braze_response_new(204, call->pool);
    }
    return err;
}
