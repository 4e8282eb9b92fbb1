/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group as SCIM text. Members are written from their rows one by one, never as a tree: a group
 * may have a hundred thousand.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_time.h"
#include "scim_int.h"

#define PUT(buf, text) braze_buf_add(buf, text, sizeof(text) - 1)

const char *braze_group_etag(const braze_group_t *group, apr_pool_t *pool)
{
    return apr_psprintf(pool, "W/\"%" APR_INT64_T_FMT "\"", group->version);
}

const char *braze_group_location(const braze_group_t *group, const braze_scim_request_t *request,
                                 apr_pool_t *pool)
{
    return apr_pstrcat(pool, request->base_url ? request->base_url : "", "/Groups/", group->id,
                       NULL);
}

/* ---- members ---- */

/* The sub-attributes of members, as bits. */
enum { VALUE = 1, REF = 2, TYPE = 4, DISPLAY = 8, EVERY = 15 };

static int bit_of(const char *sub)
{
    static const char *const names[] = {"value", "$ref", "type", "display"};
    int i;

    for (i = 0; i < 4; i++) {
        if (strcmp(names[i], sub) == 0) {
            return 1 << i;
        }
    }
    return 0;
}

/* Which of them a list of names covers. */
static int covered(const apr_array_header_t *paths)
{
    int i, bits = 0;

    for (i = 0; paths && i < paths->nelts; i++) {
        const braze_attr_path_t *path = &APR_ARRAY_IDX(paths, i, braze_attr_path_t);

        if (!path->schema && path->attr && strcmp(path->attr, "members") == 0) {
            bits |= path->sub ? bit_of(path->sub) : EVERY;
        }
    }
    return bits;
}

static int shown_subs(const projection_t *projection)
{
    if (!projection) {
        return EVERY;
    }
    return projection->only ? covered(projection->only)
                            : EVERY & ~DISPLAY & ~covered(projection->without);
}

/* "name": behind the brace of the member, or behind a comma. */
static void begin_sub(braze_buf_t *buf, const char *name)
{
    braze_buf_puts(buf, buf->data[buf->len - 1] == '{' ? "\"" : ",\"");
    braze_buf_puts(buf, name);
    PUT(buf, "\":");
}

static void put_member(braze_buf_t *buf, const braze_member_t *member, const char *base, int subs)
{
    PUT(buf, "{");
    if (subs & VALUE) {
        begin_sub(buf, "value");
        braze_buf_put_json_string(buf, member->id);
    }
    if (subs & REF) {
        begin_sub(buf, "$ref");
        PUT(buf, "\"");
        braze_buf_puts(buf, base);
        braze_buf_puts(buf, member->is_group ? "/Groups/" : "/Users/");
        braze_buf_puts(buf, member->id);
        PUT(buf, "\"");
    }
    if (subs & TYPE) {
        begin_sub(buf, "type");
        braze_buf_puts(buf, member->is_group ? "\"Group\"" : "\"User\"");
    }
    if ((subs & DISPLAY) && member->display) {
        begin_sub(buf, "display");
        braze_buf_put_json_string(buf, member->display);
    }
    PUT(buf, "}");
}

/* The base URL as the inside of a JSON string: escaped once, not once a member. */
static const char *escaped_base(const braze_scim_request_t *request, apr_pool_t *pool)
{
    braze_buf_t *buf = braze_buf_new(128, pool);

    braze_buf_put_json_string(buf, request->base_url ? request->base_url : "");
    return apr_pstrmemdup(pool, buf->data + 1, buf->len - 2);
}

static void put_members(braze_buf_t *buf, const apr_array_header_t *members,
                        const braze_scim_request_t *request, int subs)
{
    const char *base = escaped_base(request, buf->pool);
    int i;

    PUT(buf, ",\"members\":[");
    for (i = 0; i < members->nelts; i++) {
        if (i) {
            PUT(buf, ",");
        }
        put_member(buf, APR_ARRAY_IDX(members, i, const braze_member_t *), base, subs);
    }
    PUT(buf, "]");
}

braze_json_t *braze_group_member(const braze_member_t *member, const braze_scim_request_t *request,
                                 apr_pool_t *pool)
{
    braze_json_t *json = braze_json_object(pool);

    braze_json_set_string(json, "value", member->id);
    braze_json_set_string(json, "$ref",
                          apr_pstrcat(pool, request->base_url ? request->base_url : "",
                                      member->is_group ? "/Groups/" : "/Users/", member->id, NULL));
    braze_json_set_string(json, "type", member->is_group ? "Group" : "User");
    braze_json_set_string(json, "display", member->display);
    return json;
}

/* ---- the group ---- */

static void put_meta(braze_buf_t *buf, const braze_group_t *group,
                     const braze_scim_request_t *request)
{
    PUT(buf, ",\"meta\":{\"resourceType\":\"Group\",\"created\":\"");
    braze_buf_puts(buf, braze_time_rfc3339(group->created_at, buf->pool));
    PUT(buf, "\",\"lastModified\":\"");
    braze_buf_puts(buf, braze_time_rfc3339(group->modified_at, buf->pool));
    PUT(buf, "\",\"location\":");
    braze_buf_put_json_string(buf, braze_group_location(group, request, buf->pool));
    PUT(buf, ",\"version\":\"W/\\\"");
    braze_buf_put_int(buf, group->version);
    PUT(buf, "\\\"\"}");
}

/* All but the members, and without the closing brace. */
static void put_head(braze_buf_t *buf, const braze_group_t *group,
                     const braze_scim_request_t *request)
{
    apr_size_t len = group->resource ? strlen(group->resource) : 0;

    PUT(buf, "{\"schemas\":[\"" BRAZE_SCHEMA_GROUP "\"],\"id\":\"");
    braze_buf_puts(buf, group->id);
    PUT(buf, "\"");
    if (len > 2 && group->resource[0] == '{' && group->resource[len - 1] == '}') {
        PUT(buf, ",");
        braze_buf_add(buf, group->resource + 1, len - 2);
    }
    put_meta(buf, group, request);
}

static void put_projected_head(braze_buf_t *buf, const braze_group_t *group,
                               const braze_scim_request_t *request, const projection_t *projection)
{
    braze_buf_t *whole = braze_buf_new(512, buf->pool);
    braze_json_t *json;
    const char *text;

    put_head(whole, group, request);
    PUT(whole, "}");
    if (braze_json_parse(&json, whole->data, whole->len, buf->pool)) {
        text = whole->data; /* a row written by hand: better too much than a lie */
    } else {
        text = braze_json_text(
            braze_project(json, projection, braze_resource_type_at("/Groups"), buf->pool),
            buf->pool);
    }
    braze_buf_add(buf, text, strlen(text) - 1);
}

void braze_group_put(braze_buf_t *buf, const braze_group_t *group,
                     const apr_array_header_t *members, const braze_scim_request_t *request,
                     const projection_t *projection)
{
    int subs = shown_subs(projection);

    if (projection && (projection->only || projection->without)) {
        put_projected_head(buf, group, request, projection);
    } else {
        put_head(buf, group, request);
    }
    if (members && members->nelts && subs) {
        put_members(buf, members, request, subs);
    }
    PUT(buf, "}");
}
