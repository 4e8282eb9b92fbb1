/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client sends as a group. Its members are ids and nothing else: type, $ref and display of a
 * member are computed (schema_group.c), so that what a client says there is not looked at.
 */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "scim_int.h"

static braze_err_t *refuse(const char *where, const char *what, apr_pool_t *pool)
{
    braze_err_t *err =
        braze_err_newf(pool, 400, "invalidValue", "BRAZE-S0750", "%s %s.", where, what);

    err->where = apr_pstrdup(pool, where);
    return err;
}

/* ---- members ---- */

static braze_err_t *member_id(const char **id, const braze_json_t *member, const char *where,
                              apr_pool_t *pool)
{
    const braze_json_t *value = braze_json_get(member, "value");

    if (!member || member->type != BRAZE_JSON_OBJECT) {
        return refuse(where, "must be an object with the member's id as its \"value\"", pool);
    }
    if (!value || value->type == BRAZE_JSON_NULL) {
        return refuse(apr_pstrcat(pool, where, ".value", NULL), "is required", pool);
    }
    if (value->type != BRAZE_JSON_STRING || strlen(value->u.string) > TEXT_MAX) {
        return refuse(apr_pstrcat(pool, where, ".value", NULL), "must be an id", pool);
    }
    *id = value->u.string;
    return NULL;
}

/* What has not the form of an id is nobody's: said here, where its place is known. */
static braze_err_t *take_member(apr_array_header_t *ids, apr_hash_t *seen,
                                const braze_json_t *member, const char *where, apr_pool_t *pool)
{
    const char *id;
    braze_err_t *err = member_id(&id, member, where, pool);

    if (err) {
        return err;
    }
    if (!braze_id_is(id)) {
        return refuse(apr_pstrcat(pool, where, ".value", NULL),
                      apr_psprintf(pool, "is \"%.100s\", which is no user's and no group's id", id),
                      pool);
    }
    if (!apr_hash_get(seen, id, APR_HASH_KEY_STRING)) {
        apr_hash_set(seen, id, APR_HASH_KEY_STRING, id);
        APR_ARRAY_PUSH(ids, const char *) = id;
    }
    return NULL;
}

braze_err_t *braze_group_ids_read(apr_array_header_t *ids, const braze_json_t *members,
                                  const char *where, apr_pool_t *pool)
{
    apr_hash_t *seen = apr_hash_make(pool);
    int i;

    if (braze_value_is_absent(members)) {
        return NULL;
    }
    if (members->type != BRAZE_JSON_ARRAY) {
        return take_member(ids, seen, members, where, pool);
    }
    for (i = 0; i < braze_json_size(members); i++) {
        braze_err_t *err = take_member(ids, seen, braze_json_item(members, i),
                                       apr_psprintf(pool, "%s[%d]", where, i), pool);

        if (err) {
            return err;
        }
    }
    return NULL;
}

/* What an id is called in an error, "members[3].value"; NULL when it is not there. */
static const char *place_of(const braze_json_t *members, const char *id, const char *where,
                            apr_pool_t *pool)
{
    const char *value;
    int i;

    for (i = 0; members && members->type == BRAZE_JSON_ARRAY && i < braze_json_size(members); i++) {
        value = braze_json_get_string(braze_json_item(members, i), "value");
        if (value && strcmp(value, id) == 0) {
            return apr_psprintf(pool, "%s[%d].value", where, i);
        }
    }
    value = braze_json_get_string(members, "value");
    return value && strcmp(value, id) == 0 ? apr_pstrcat(pool, where, ".value", NULL) : NULL;
}

braze_err_t *braze_group_blame(braze_err_t *err, const braze_json_t *members, const char *where,
                               apr_pool_t *pool)
{
    const char *place = NULL;

    if (err && err->where && braze_id_is(err->where)) {
        place = place_of(members, err->where, where, pool);
    }
    if (place) {
        err->detail = apr_pstrcat(pool, place, ": ", err->detail, NULL);
    }
    return err;
}

/* ---- attributes ---- */

static braze_err_t *take_text(braze_json_t *to, const braze_json_t *from, const braze_attr_t *attr,
                              apr_pool_t *pool)
{
    braze_json_t *value = braze_json_get(from, attr->name);

    if (braze_value_is_absent(value)) {
        return attr->flags & ATTR_REQUIRED ? refuse(attr->name, "is required", pool) : NULL;
    }
    if (value->type != BRAZE_JSON_STRING) {
        return refuse(attr->name, "must be a string", pool);
    }
    if (strlen(value->u.string) > (apr_size_t)attr->max) {
        return refuse(attr->name, apr_psprintf(pool, "must not be longer than %d bytes", attr->max),
                      pool);
    }
    braze_json_set(to, attr->name, value);
    return NULL;
}

braze_err_t *braze_group_attrs_read(braze_json_t **resource, const braze_json_t *shown,
                                    scim_call_t *call)
{
    braze_err_t *err;

    *resource = braze_json_object(call->pool);
    err = take_text(*resource, shown,
                    braze_attr_find(braze_schema_group.attrs, "displayName", strlen("displayName")),
                    call->pool);
    if (!err) {
        err = take_text(*resource, shown,
                        braze_attr_find(braze_attrs_common, "externalId", strlen("externalId")),
                        call->pool);
    }
    return err;
}

braze_err_t *braze_group_input_read(scim_group_input_t *input, const braze_json_t *body,
                                    scim_call_t *call)
{
    const braze_json_t *members = braze_json_get(body, "members");
    apr_array_header_t *ids;
    braze_err_t *err;

    if (body->type != BRAZE_JSON_OBJECT) {
        return braze_err_new(400, "invalidSyntax", "BRAZE-S0751", "The body must be a JSON object.",
                             call->pool);
    }
    err = braze_schemas_check(body, braze_resource_type_at("/Groups"), call, call->pool);
    if (!err) {
        err = braze_group_attrs_read(&input->resource, body, call);
    }
    if (!err && !braze_value_is_absent(members) && members->type != BRAZE_JSON_ARRAY) {
        err = refuse("members", "must be an array", call->pool);
    }
    input->said = members;
    ids = apr_array_make(call->pool, braze_json_size(members) + 1, sizeof(const char *));
    input->members = ids;
    return err ? err : braze_group_ids_read(ids, members, "members", call->pool);
}
