/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user as SCIM text. Without a projection the stored attributes are spliced in as they are:
 * reading one user parses nothing but the permissions.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_time.h"
#include "scim_int.h"

#define PUT(buf, text) braze_buf_add(buf, text, sizeof(text) - 1)

const char *braze_user_etag(const braze_user_t *user, apr_pool_t *pool)
{
    return apr_psprintf(pool, "W/\"%" APR_INT64_T_FMT "\"", user->version);
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

static void put_dashboard(braze_buf_t *buf, const braze_user_t *user,
                          const braze_scim_request_t *request)
{
    PUT(buf, ",\"" BRAZE_SCHEMA_DASHBOARD "\":{\"permissions\":");
    braze_permissions_put(buf, user->permissions, request->catalog, buf->pool);
    if (user->last_sign_in_at) {
        PUT(buf, ",\"lastSignInAt\":\"");
        braze_buf_puts(buf, braze_time_rfc3339(user->last_sign_in_at, buf->pool));
        PUT(buf, "\"");
    }
    braze_buf_puts(buf, user->confirmed ? ",\"confirmed\":true" : ",\"confirmed\":false");
    PUT(buf, ",\"source\":");
    braze_buf_put_json_string(buf, user->source);
    PUT(buf, "}");
}

static void put_meta(braze_buf_t *buf, const braze_user_t *user,
                     const braze_scim_request_t *request)
{
    PUT(buf, ",\"meta\":{\"resourceType\":\"User\",\"created\":\"");
    braze_buf_puts(buf, braze_time_rfc3339(user->created_at, buf->pool));
    PUT(buf, "\",\"lastModified\":\"");
    braze_buf_puts(buf, braze_time_rfc3339(user->modified_at, buf->pool));
    PUT(buf, "\",\"location\":");
    braze_buf_put_json_string(buf, braze_user_location(user, request, buf->pool));
    PUT(buf, ",\"version\":\"W/\\\"");
    braze_buf_put_int(buf, user->version);
    PUT(buf, "\\\"\"}");
}

static void put_whole(braze_buf_t *buf, const braze_user_t *user,
                      const braze_scim_request_t *request)
{
    const char *members;
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
    put_dashboard(buf, user, request);
    put_meta(buf, user, request);
    PUT(buf, "}");
}

void braze_user_put(braze_buf_t *buf, const braze_user_t *user, const braze_scim_request_t *request,
                    const projection_t *projection)
{
    braze_buf_t *whole;
    braze_json_t *json;

    if (!projection || (!projection->only && !projection->without)) {
        put_whole(buf, user, request);
        return;
    }
    whole = braze_buf_new(2048, buf->pool);
    put_whole(whole, user, request);
    if (braze_json_parse(&json, whole->data, whole->len, buf->pool)) {
        braze_buf_add(buf, whole->data,
                      whole->len); /* a row written by hand: better too much than a lie */
        return;
    }
    json = braze_project(json, projection, braze_resource_type_at("/Users"), buf->pool);
    braze_buf_put_json(buf, json);
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
