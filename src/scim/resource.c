/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client sends, held against the attribute table. What comes out has the table's names in
 * the table's order, and nothing that is absent, read-only or unknown.
 *
 * Unknown attributes and unknown extensions are ignored: RFC 7643 has no rule for them, and clients
 * send attributes of other servers. Wrong types are refused: to guess would store what nobody
 * meant.
 */
#include <string.h>

#include <apr_base64.h>
#include <apr_cstr.h>
#include <apr_strings.h>

#include "braze_time.h"
#include "scim_int.h"

typedef struct {
    scim_call_t *call; /* NULL: strict */
    apr_pool_t *pool;
} reading_t;

static int bends(const reading_t *reading, const char *where, const char *what)
{
    return braze_profile_bends(reading->call, apr_pstrcat(reading->pool, where, what, NULL));
}

static braze_err_t *refuse(const reading_t *reading, const char *where, const char *what)
{
    braze_err_t *err =
        braze_err_newf(reading->pool, 400, "invalidValue", "BRAZE-S0711", "%s %s.", where, what);

    err->where = where;
    return err;
}

int braze_value_is_null(const braze_json_t *value)
{
    return !value || value->type == BRAZE_JSON_NULL;
}

int braze_value_is_absent(const braze_json_t *value)
{
    return braze_value_is_null(value) ||
           (value->type == BRAZE_JSON_ARRAY && braze_json_size(value) == 0);
}

/* Base64 of RFC 4648 section 4, in whole groups (RFC 7643 section 2.3.6). */
static int is_base64(const char *text)
{
    apr_size_t len = strlen(text);
    apr_size_t body =
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    return len % 4 == 0 && len - body <= 2 && strspn(text + body, "=") == len - body;
}

static braze_err_t *read_text(braze_json_t **out, const reading_t *reading,
                              const braze_attr_t *attr, const char *where, braze_json_t *value)
{
    int max = attr->max ? attr->max : attr->type == ATTR_STRING ? TEXT_MAX : REFERENCE_MAX;
    apr_time_t time;

    if (value->type != BRAZE_JSON_STRING) {
        return refuse(reading, where, "must be a string");
    }
    if (strlen(value->u.string) > (apr_size_t)max) {
        return refuse(reading, where,
                      apr_psprintf(reading->pool, "must not be longer than %d bytes", max));
    }
    if (attr->type == ATTR_DATETIME && !braze_time_parse(&time, value->u.string)) {
        return refuse(reading, where, "must be a date and time like \"2026-11-22T07:45:29Z\"");
    }
    if (attr->type == ATTR_BINARY && !is_base64(value->u.string)) {
        return refuse(reading, where, "must be base64");
    }
    *out = value;
    return NULL;
}

/* Entra ID sends "True" and "False" unless it is told not to. */
static braze_err_t *read_boolean(braze_json_t **out, const reading_t *reading, const char *where,
                                 braze_json_t *value)
{
    if (value->type == BRAZE_JSON_STRING && (apr_cstr_casecmp(value->u.string, "true") == 0 ||
                                             apr_cstr_casecmp(value->u.string, "false") == 0)) {
        if (bends(reading, where, ": a boolean as text")) {
            *out = braze_json_bool((value->u.string[0] | 0x20) == 't', reading->pool);
            return NULL;
        }
    }
    if (value->type != BRAZE_JSON_TRUE && value->type != BRAZE_JSON_FALSE) {
        return refuse(reading, where, "must be true or false");
    }
    *out = value;
    return NULL;
}

static braze_err_t *read_members(braze_json_t **out, const reading_t *reading,
                                 const braze_attr_t *attrs, const char *prefix,
                                 const braze_json_t *object);

static braze_err_t *read_complex(braze_json_t **out, const reading_t *reading,
                                 const braze_attr_t *attr, const char *where, braze_json_t *value)
{
    if (value->type == BRAZE_JSON_STRING && strcmp(attr->name, "manager") == 0 &&
        bends(reading, where, " as text")) {
        if (!*value->u.string) {
            return NULL; /* how Entra ID takes a manager away */
        }
        *out = braze_json_object(reading->pool);
        braze_json_set(*out, "value", value);
        return NULL;
    }
    if (value->type != BRAZE_JSON_OBJECT) {
        return refuse(reading, where, "must be an object");
    }
    return read_members(out, reading, attr->subs, apr_pstrcat(reading->pool, where, ".", NULL),
                        value);
}

/* NULL in *out: nothing is left of the value. */
static braze_err_t *read_one(braze_json_t **out, const reading_t *reading, const braze_attr_t *attr,
                             const char *where, braze_json_t *value)
{
    *out = NULL;
    switch (attr->type) {
    case ATTR_BOOLEAN:
        return read_boolean(out, reading, where, value);
    case ATTR_COMPLEX:
        return read_complex(out, reading, attr, where, value);
    case ATTR_INTEGER:
    case ATTR_DECIMAL:
        if (value->type != BRAZE_JSON_INT &&
            (attr->type == ATTR_INTEGER || value->type != BRAZE_JSON_REAL)) {
            return refuse(reading, where, "must be a number");
        }
        *out = value;
        return NULL;
    default:
        return read_text(out, reading, attr, where, value);
    }
}

/* RFC 7643 section 2.4: no value twice, at most one primary. */
static int is_there(const braze_json_t *array, const braze_json_t *value)
{
    int i;

    for (i = 0; i < braze_json_size(array); i++) {
        if (braze_json_equal(braze_json_item(array, i), value)) {
            return 1;
        }
    }
    return 0;
}

static braze_err_t *read_array(braze_json_t **out, const reading_t *reading,
                               const braze_attr_t *attr, const char *where, braze_json_t *value)
{
    braze_json_t *array = braze_json_array(reading->pool), *item;
    int i, primaries = 0, count = braze_json_size(value);
    braze_err_t *err;

    if (value->type != BRAZE_JSON_ARRAY) {
        return refuse(reading, where, "must be an array");
    }
    if (count > VALUES_MAX) {
        return refuse(reading, where,
                      apr_psprintf(reading->pool, "must not have more than %d values", VALUES_MAX));
    }
    for (i = 0; i < count; i++) {
        const braze_json_t *primary;

        err = read_one(&item, reading, attr, apr_psprintf(reading->pool, "%s[%d]", where, i),
                       braze_json_item(value, i));
        if (err) {
            return err;
        }
        primary = braze_json_get(item, "primary");
        primaries += primary && primary->type == BRAZE_JSON_TRUE;
        if (item && !is_there(array, item)) {
            braze_json_append(array, item);
        }
    }
    if (primaries > 1) {
        return refuse(reading, where, "has more than one primary value");
    }
    *out = braze_json_size(array) ? array : NULL;
    return NULL;
}

static braze_err_t *read_attr(braze_json_t **out, const reading_t *reading,
                              const braze_attr_t *attr, const char *where, braze_json_t *value)
{
    *out = NULL;
    if (attr->mutability == READ_ONLY) {
        return NULL;
    }
    if (braze_value_is_absent(value)) {
        return (attr->flags & ATTR_REQUIRED) && !(attr->flags & ATTR_DEFAULTED)
                   ? refuse(reading, where, "is required")
                   : NULL;
    }
    return attr->flags & ATTR_MULTI ? read_array(out, reading, attr, where, value)
                                    : read_one(out, reading, attr, where, value);
}

/* The members of an object that the list knows; NULL in *out when none is left. */
static braze_err_t *read_members(braze_json_t **out, const reading_t *reading,
                                 const braze_attr_t *attrs, const char *prefix,
                                 const braze_json_t *object)
{
    braze_json_t *to = braze_json_object(reading->pool), *value;
    braze_err_t *err;

    for (; attrs->name; attrs++) {
        err =
            read_attr(&value, reading, attrs, apr_pstrcat(reading->pool, prefix, attrs->name, NULL),
                      braze_json_get(object, attrs->name));
        if (err) {
            return err;
        }
        if (value) {
            braze_json_set(to, attrs->name, value);
        }
    }
    *out = braze_json_size(to) ? to : NULL;
    return NULL;
}

/* ---- a whole user ---- */

braze_err_t *braze_schemas_check(const braze_json_t *body, const braze_resource_type_t *type,
                                 scim_call_t *call, apr_pool_t *pool)
{
    const reading_t reads = {call, pool}, *reading = &reads;
    const braze_json_t *schemas = braze_json_get(body, "schemas");
    int i, core = 0;

    if (braze_value_is_absent(schemas) && bends(reading, "schemas", " left out")) {
        return NULL;
    }
    if (braze_value_is_absent(schemas) || schemas->type != BRAZE_JSON_ARRAY) {
        return refuse(reading, "schemas", "must be an array of URNs");
    }
    for (i = 0; i < braze_json_size(schemas); i++) {
        const braze_json_t *item = braze_json_item(schemas, i);
        const scim_schema_t *schema;

        if (item->type != BRAZE_JSON_STRING) {
            return refuse(reading, "schemas", "must be an array of URNs");
        }
        schema = braze_schema_find(type, item->u.string, strlen(item->u.string));
        core = core || schema == type->core;
        if (!schema && !bends(reading, "schemas", " with one that it does not have")) {
            return refuse(reading, "schemas",
                          apr_psprintf(reading->pool, "names \"%.200s\", which a %s does not have",
                                       item->u.string, type->name));
        }
    }
    return core ? NULL
                : refuse(reading, "schemas",
                         apr_psprintf(reading->pool, "must name %s", type->core->urn));
}

static braze_err_t *read_extension(braze_json_t *resource, const reading_t *reading,
                                   const scim_schema_t *schema, const braze_json_t *body)
{
    braze_json_t *value = braze_json_get(body, schema->urn), *read = NULL;
    braze_err_t *err;

    if (braze_value_is_absent(value)) {
        return NULL;
    }
    if (value->type != BRAZE_JSON_OBJECT) {
        return refuse(reading, schema->urn, "must be an object");
    }
    err = read_members(&read, reading, schema->attrs,
                       apr_pstrcat(reading->pool, schema->urn, ":", NULL), value);
    if (!err && read) {
        braze_json_set(resource, schema->urn, read);
    }
    return err;
}

/* What is kept beside the resource's text, or not at all. */
static void split(scim_user_input_t *input)
{
    const braze_json_t *active = braze_json_get(input->resource, "active");

    input->active = active ? active->type == BRAZE_JSON_TRUE : -1;
    braze_json_remove(input->resource, "active");
    braze_json_remove(input->resource, "password");
}

/* RFC 7644 section 3.5.1: who says null or [] wants to have none; who leaves them out says nothing.
 */
static braze_err_t *read_permissions(scim_user_input_t *input, const reading_t *reading,
                                     const braze_json_t *body)
{
    const braze_json_t *dashboard = braze_json_get(body, BRAZE_SCHEMA_DASHBOARD);

    if (!braze_value_is_absent(dashboard) && dashboard->type != BRAZE_JSON_OBJECT) {
        return refuse(reading, BRAZE_SCHEMA_DASHBOARD, "must be an object");
    }
    input->permissions = braze_json_get(dashboard, "permissions");
    if (input->permissions && braze_value_is_absent(input->permissions)) {
        input->permissions = braze_json_array(reading->pool);
    }
    return NULL;
}

braze_err_t *braze_user_input_read(scim_user_input_t *input, const braze_json_t *body,
                                   scim_call_t *call, apr_pool_t *pool)
{
    reading_t reading = {call, pool};
    const braze_resource_type_t *type = braze_resource_type_at("/Users");
    braze_json_t *common = NULL;
    braze_err_t *err = NULL;

    memset(input, 0, sizeof(*input));
    if (body->type != BRAZE_JSON_OBJECT) {
        return braze_err_new(400, "invalidSyntax", "BRAZE-S0710", "The body must be a JSON object.",
                             pool);
    }
    err = braze_schemas_check(body, type, call, pool);
    if (!err) {
        err = read_members(&input->resource, &reading, type->core->attrs, "", body);
    }
    if (!err) {
        err = read_members(&common, &reading, braze_attrs_common, "", body);
    }
    if (!err && common) {
        braze_json_set(input->resource, "externalId", braze_json_get(common, "externalId"));
    }
    if (!err) {
        err = read_extension(input->resource, &reading, &braze_schema_enterprise, body);
    }
    if (!err) {
        err = read_permissions(input, &reading, body);
    }
    if (!err) {
        split(input);
    }
    return err;
}
