/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user as SCIM text. Without a projection the stored attributes are spliced in as they are:
 * reading one user parses nothing but the permissions.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "braze_time.h"
#include "scim_int.h"

#define PUT(buf, text) braze_buf_add(buf, text, sizeof(text) - 1)

/* The digits behind the dot: what of the memberships is shown. */
static void put_digest(char *digits, const apr_array_header_t *memberships, apr_pool_t *pool)
{
    braze_buf_t *buf = braze_buf_new(128 * (apr_size_t)memberships->nelts, pool);
    int i;

    for (i = 0; i < memberships->nelts; i++) {
        const braze_membership_t *in = APR_ARRAY_IDX(memberships, i, const braze_membership_t *);

        braze_buf_puts(buf, in->id);
        braze_buf_puts(buf, in->direct ? "d" : "i");
        braze_buf_put_json_string(buf, in->display);
    }
    apr_cpystrn(digits, braze_sha256_hex(buf->data, buf->len, pool), 9);
}

/* The version without W/ and quotes. */
static const char *version_of(const braze_user_t *user, const apr_array_header_t *memberships,
                              apr_pool_t *pool)
{
    char digits[9];

    if (!memberships || memberships->nelts == 0) {
        return apr_psprintf(pool, "%" APR_INT64_T_FMT, user->version);
    }
    put_digest(digits, memberships, pool);
    return apr_psprintf(pool, "%" APR_INT64_T_FMT ".%s", user->version, digits);
}

const char *braze_user_etag(const braze_user_t *user, const apr_array_header_t *memberships,
                            apr_pool_t *pool)
{
    return apr_pstrcat(pool, "W/\"", version_of(user, memberships, pool), "\"", NULL);
}

const char *braze_user_location(const braze_user_t *user, const braze_scim_request_t *request,
                                apr_pool_t *pool)
{
    return apr_pstrcat(pool, request->base_url ? request->base_url : "", "/Users/", user->id, NULL);
}

/* A quote inside a string is escaped, so the URN between bare quotes can only be the extension's
 * name. */
static int has_enterprise(const char *resource)
{
    return strstr(resource, "\"" BRAZE_SCHEMA_ENTERPRISE "\":") != NULL;
}

/* The members of an object's text, without its braces; 0 = there are none. */
static apr_size_t members_of(const char **members, const char *object)
{
    apr_size_t len = object ? strlen(object) : 0;

    *members = object + 1;
    return len > 2 && object[0] == '{' && object[len - 1] == '}' ? len - 2 : 0;
}

/* Permissions as a list; "" when there are none. Most people may do the same as others. */
static const char *permissions_of(const char *canonical, const braze_catalog_t *catalog, int whole,
                                  apr_pool_t *pool)
{
    braze_memo_t *memo = catalog ? catalog->shown[whole != 0] : NULL;
    const char *shown = braze_memo_get(memo, canonical);
    braze_buf_t *buf;

    if (shown) {
        return shown;
    }
    buf = braze_buf_new(128, pool);
    braze_permission_values_put(buf, canonical, catalog, whole);
    braze_memo_keep(memo, canonical, buf->data);
    return buf->data;
}

/* What is returned on request, behind the permissions. */
static void put_account(braze_buf_t *buf, const braze_user_t *user, int first)
{
    if (user->last_sign_in_at) {
        braze_buf_puts(buf, first ? "\"lastSignInAt\":\"" : ",\"lastSignInAt\":\"");
        braze_buf_puts(buf, braze_time_rfc3339(user->last_sign_in_at, buf->pool));
        PUT(buf, "\"");
        first = 0;
    }
    braze_buf_puts(buf, first ? "\"confirmed\":" : ",\"confirmed\":");
    braze_buf_puts(buf, user->confirmed ? "true" : "false");
    PUT(buf, ",\"source\":");
    braze_buf_put_json_string(buf, user->source);
}

static void put_dashboard(braze_buf_t *buf, const braze_user_t *user, const char *permissions,
                          int whole)
{
    PUT(buf, ",\"" BRAZE_SCHEMA_DASHBOARD "\":{");
    if (*permissions) {
        PUT(buf, "\"permissions\":");
        braze_buf_puts(buf, permissions);
    }
    if (whole) {
        put_account(buf, user, !*permissions);
    }
    PUT(buf, "}");
}

static void put_groups(braze_buf_t *buf, const apr_array_header_t *memberships,
                       const braze_scim_request_t *request)
{
    int i;

    for (i = 0; i < memberships->nelts; i++) {
        const braze_membership_t *in = APR_ARRAY_IDX(memberships, i, const braze_membership_t *);

        braze_buf_puts(buf, i ? ",{\"value\":\"" : ",\"groups\":[{\"value\":\"");
        braze_buf_puts(buf, in->id);
        PUT(buf, "\",\"$ref\":");
        braze_buf_put_json_string(buf,
                                  apr_pstrcat(buf->pool, request->base_url ? request->base_url : "",
                                              "/Groups/", in->id, NULL));
        PUT(buf, ",\"display\":");
        braze_buf_put_json_string(buf, in->display);
        braze_buf_puts(buf, in->direct ? ",\"type\":\"direct\"}" : ",\"type\":\"indirect\"}");
    }
    if (i) {
        PUT(buf, "]");
    }
}

static void put_meta(braze_buf_t *buf, const braze_user_t *user,
                     const apr_array_header_t *memberships, const braze_scim_request_t *request)
{
    PUT(buf, ",\"meta\":{\"resourceType\":\"User\",\"created\":\"");
    braze_buf_puts(buf, braze_time_rfc3339(user->created_at, buf->pool));
    PUT(buf, "\",\"lastModified\":\"");
    braze_buf_puts(buf, braze_time_rfc3339(user->modified_at, buf->pool));
    PUT(buf, "\",\"location\":");
    braze_buf_put_json_string(buf, braze_user_location(user, request, buf->pool));
    PUT(buf, ",\"version\":\"W/\\\"");
    braze_buf_puts(buf, version_of(user, memberships, buf->pool));
    PUT(buf, "\\\"\"}");
}

/* whole: with what is returned on request. */
static void put_user(braze_buf_t *buf, const braze_user_t *user,
                     const apr_array_header_t *memberships, const braze_scim_request_t *request,
                     int whole)
{
    const char *members;
    const char *permissions = permissions_of(user->permissions, request->catalog, whole, buf->pool);
    apr_size_t len = members_of(&members, user->resource);

    PUT(buf, "{\"schemas\":[\"" BRAZE_SCHEMA_USER "\"");
    if (len && has_enterprise(user->resource)) {
        PUT(buf, ",\"" BRAZE_SCHEMA_ENTERPRISE "\"");
    }
    PUT(buf, ",\"" BRAZE_SCHEMA_DASHBOARD "\"],\"id\":\"");
    braze_buf_puts(buf, user->id);
    PUT(buf, "\",");
    if (len) {
        braze_buf_add(buf, members, len);
        PUT(buf, ",");
    }
    braze_buf_puts(buf, user->active ? "\"active\":true" : "\"active\":false");
    if (memberships) {
        put_groups(buf, memberships, request);
    }
    if (whole || *permissions) {
        put_dashboard(buf, user, permissions, whole);
    }
    put_meta(buf, user, memberships, request);
    PUT(buf, "}");
}

void braze_user_put(braze_buf_t *buf, const braze_user_t *user,
                    const apr_array_header_t *memberships, const braze_scim_request_t *request,
                    const projection_t *projection)
{
    braze_buf_t *whole;
    braze_json_t *json;

    if (!projection || (!projection->only && !projection->without)) {
        put_user(buf, user, memberships, request, !projection);
        return;
    }
    whole = braze_buf_new(2048, buf->pool);
    put_user(whole, user, memberships, request, 1);
    if (braze_json_parse(&json, whole->data, whole->len, buf->pool)) {
        braze_buf_add(buf, whole->data,
                      whole->len); /* a row written by hand: better too much than a lie */
        return;
    }
    json = braze_project(json, projection, braze_resource_type_at("/Users"), buf->pool);
    braze_buf_put_json(buf, json);
}

braze_err_t *braze_user_memberships(const apr_array_header_t **memberships, scim_call_t *call,
                                    const braze_user_t *user)
{
    apr_array_header_t *ids, *found = NULL;
    braze_err_t *err;

    *memberships = NULL;
    if (!user->in_groups) {
        return NULL;
    }
    ids = apr_array_make(call->pool, 1, sizeof(const char *));
    APR_ARRAY_PUSH(ids, const char *) = user->id;
    err = braze_store_user_groups(&found, call->db, call->request->token->company_id, ids,
                                  call->pool);
    *memberships = found;
    return err;
}

braze_err_t *braze_user_respond(braze_scim_response_t **response, scim_call_t *call, int status,
                                const braze_user_t *user, const projection_t *projection)
{
    braze_buf_t *buf = braze_buf_new(2048, call->pool);
    const apr_array_header_t *memberships;
    braze_err_t *err = braze_user_memberships(&memberships, call, user);

    if (err) {
        return err;
    }
    braze_user_put(buf, user, memberships, call->request, projection);
    *response = braze_response_body(status, SCIM_TYPE, buf, call->pool);
    (*response)->etag = braze_user_etag(user, memberships, call->pool);
    (*response)->location = braze_user_location(user, call->request, call->pool);
    return NULL;
}

/* ---- Braze's user object ---- */

static void put_name(braze_buf_t *buf, const braze_user_t *user)
{
    PUT(buf, ",\"name\":{");
    if (user->given_name) {
        PUT(buf, "\"givenName\":");
        braze_buf_put_json_string(buf, user->given_name);
    }
    if (user->family_name) {
        braze_buf_puts(buf, user->given_name ? ",\"familyName\":" : "\"familyName\":");
        braze_buf_put_json_string(buf, user->family_name);
    }
    PUT(buf, "}");
}

void braze_user_put_braze(braze_buf_t *buf, const braze_user_t *user,
                          const braze_catalog_t *catalog)
{
    PUT(buf, "{\"schemas\":[\"" BRAZE_SCHEMA_USER "\"],\"id\":\"");
    braze_buf_puts(buf, user->id);
    PUT(buf, "\",\"userName\":");
    braze_buf_put_json_string(buf, user->user_name);
    put_name(buf, user);
    if (user->department) {
        PUT(buf, ",\"department\":");
        braze_buf_put_json_string(buf, user->department);
    }
    PUT(buf, ",\"lastSignInAt\":\"");
    braze_buf_puts(buf, braze_time_braze(user->last_sign_in_at, buf->pool));
    PUT(buf, "\",\"createdAt\":\"");
    braze_buf_puts(buf, braze_time_braze(user->created_at, buf->pool));
    PUT(buf, "\",\"permissions\":");
    braze_permissions_put(buf, user->permissions, catalog, buf->pool);
    PUT(buf, "}");
}
