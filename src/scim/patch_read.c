/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PatchOp message (RFC 7644 section 3.5.2) to operations that each name one attribute of the
 * table. Names of operations are taken in any case: RFC 7643 leaves "op" a string of which it does
 * not say that case counts.
 */
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "scim_int.h"

#define URN_PATCH "urn:ietf:params:scim:api:messages:2.0:PatchOp"

typedef struct {
    const braze_resource_type_t *type;
    scim_call_t *call;
    apr_array_header_t *operations;
    patch_op_t op; /* of the operation that is being read */
    int index;
} reading_t;

braze_err_t *braze_patch_fail(scim_call_t *call, int index, const char *code, const char *what)
{
    braze_err_t *err =
        braze_err_newf(call->pool, 400, code, "BRAZE-S0740", "Operations[%d]: %s.", index, what);

    err->where = apr_psprintf(call->pool, "Operations[%d]", index);
    return err;
}

static braze_err_t *fail(const reading_t *reading, const char *code, const char *what)
{
    return braze_patch_fail(reading->call, reading->index, code, what);
}

static braze_err_t *fail_name(const reading_t *reading, const char *code, const char *fmt,
                              const char *name)
{
    return fail(reading, code, apr_psprintf(reading->call->pool, fmt, name));
}

/* ---- one target ---- */

static void find_rows(patch_operation_t *operation, const reading_t *reading)
{
    const braze_attr_path_t *path = &operation->path.attr;
    const char *sub = operation->path.sub ? operation->path.sub : path->sub;
    const scim_schema_t *schema = reading->type->core;

    if (path->schema) {
        schema = braze_schema_find(reading->type, path->schema, strlen(path->schema));
    }
    operation->attr = operation->sub = NULL;
    if (!path->attr) {
        return;
    }
    operation->attr = braze_attr_find(schema->attrs, path->attr, strlen(path->attr));
    if (!operation->attr) {
        operation->attr = braze_attr_find(braze_attrs_common, path->attr, strlen(path->attr));
    }
    if (sub) {
        operation->sub = braze_attr_find(operation->attr->subs, sub, strlen(sub));
    }
}

static braze_err_t *read_only(const reading_t *reading, const char *name)
{
    return fail_name(reading, "mutability", "%s is read-only", name);
}

/*
 * A remove has no value (RFC 7644 section 3.5.2.2). Entra ID sends one, and means that and no other
 * value; to pass over it would remove them all.
 */
static braze_err_t *read_removed(patch_operation_t *operation, const reading_t *reading)
{
    const braze_attr_t *target = operation->sub ? operation->sub : operation->attr;
    const braze_json_t *value = operation->value;

    operation->value = NULL;
    if (braze_value_is_null(value) || !target || !(target->flags & ATTR_MULTI) ||
        operation->path.filter) {
        return NULL;
    }
    if (!braze_profile_bends(reading->call, "a remove with a value")) {
        return fail(reading, "invalidSyntax",
                    "a remove has no value; a filter in the path says what to remove");
    }
    operation->value = value;
    return NULL;
}

/* index, op and path are filled in. */
static braze_err_t *push(const reading_t *reading, patch_operation_t *operation)
{
    braze_err_t *err = NULL;

    operation->op = reading->op;
    operation->index = reading->index;
    find_rows(operation, reading);
    if (operation->attr && operation->attr->mutability == READ_ONLY) {
        return read_only(reading, operation->attr->name);
    }
    if (operation->sub && operation->sub->mutability == READ_ONLY) {
        return read_only(reading, apr_pstrcat(reading->call->pool, operation->attr->name, ".",
                                              operation->sub->name, NULL));
    }
    if (reading->op == PATCH_REMOVE) {
        err = read_removed(operation, reading);
    }
    if (!err) {
        APR_ARRAY_PUSH(reading->operations, patch_operation_t) = *operation;
    }
    return err;
}

/* ---- without a path: each member of the value is a target ---- */

static braze_err_t *spread(const reading_t *reading, const scim_schema_t *schema,
                           const braze_json_t *object);

static braze_err_t *push_attr(const reading_t *reading, const scim_schema_t *schema,
                              const braze_attr_t *attr, const braze_json_t *value)
{
    patch_operation_t operation = {.value = value};

    operation.path.attr.schema = schema == reading->type->core ? NULL : schema->urn;
    operation.path.attr.attr = attr->name;
    operation.path.attr.def = attr;
    return push(reading, &operation);
}

/* The value of an extension's URN: an object of its attributes; null unassigns all of them. */
static braze_err_t *spread_extension(const reading_t *reading, const scim_schema_t *schema,
                                     const braze_json_t *value)
{
    if (value->type == BRAZE_JSON_NULL) {
        patch_operation_t operation = {.value = NULL};
        reading_t removing = *reading;

        removing.op = PATCH_REMOVE;
        operation.path.attr.schema = schema->urn;
        return reading->op == PATCH_ADD || schema == reading->type->core
                   ? NULL
                   : push(&removing, &operation);
    }
    if (value->type != BRAZE_JSON_OBJECT) {
        return fail_name(reading, "invalidValue", "%s must be an object", schema->urn);
    }
    return spread(reading, schema, value);
}

/* Clients send back what they have read. */
static int passes_over(const reading_t *reading, const braze_attr_t *attr)
{
    return attr && attr->mutability == READ_ONLY &&
           braze_profile_bends(reading->call, "a read-only attribute, and passes over it");
}

/* "name.givenName", "emails[type eq \"work\"].value", "urn:…:User:department": Entra ID's paths as
 * members. *taken is 0 when the name is none. */
static braze_err_t *spread_path(int *taken, const reading_t *reading, const scim_schema_t *schema,
                                const braze_json_member_t *member)
{
    patch_operation_t operation = {.value = member->value};
    const char *text = member->name;

    *taken = 0;
    if (schema != reading->type->core) {
        text = apr_pstrcat(reading->call->pool, schema->urn, ":", text, NULL);
    }
    if (!strpbrk(text, ".:[") ||
        braze_path_parse_for(&operation.path, text, strlen(text), reading->type, reading->call) ||
        !operation.path.attr.attr) {
        return NULL;
    }
    *taken = braze_profile_bends(reading->call, "a path as the name of a member");
    find_rows(&operation, reading);
    if (!*taken || passes_over(reading, operation.attr) || passes_over(reading, operation.sub)) {
        return NULL;
    }
    return push(reading, &operation);
}

static braze_err_t *spread_unknown(const reading_t *reading, const scim_schema_t *schema,
                                   const braze_json_member_t *member)
{
    int taken;
    braze_err_t *err = spread_path(&taken, reading, schema, member);

    if (err || taken || braze_profile_bends(reading->call, "an attribute that it does not have")) {
        return err;
    }
    return fail_name(reading, "invalidPath", "value names \"%.200s\", which is no attribute",
                     member->name);
}

static braze_err_t *spread_member(const reading_t *reading, const scim_schema_t *schema,
                                  const braze_json_member_t *member)
{
    int is_core = schema == reading->type->core;
    apr_size_t len = strlen(member->name);
    const braze_attr_t *attr = braze_attr_find(schema->attrs, member->name, len);
    const scim_schema_t *extension =
        is_core ? braze_schema_find(reading->type, member->name, len) : NULL;

    /* Client libraries write "schemas" into an extension's object too. */
    if (!attr && (is_core || apr_cstr_casecmp(member->name, "schemas") == 0)) {
        attr = braze_attr_find(braze_attrs_common, member->name, len);
    }
    if (extension && (extension != schema ||
                      braze_profile_bends(reading->call, "the core schema as a member"))) {
        return spread_extension(reading, extension, member->value);
    }
    if (!attr) {
        return spread_unknown(reading, schema, member);
    }
    /* What the JSON of a resource says of itself (RFC 7643 section 3): the server computes it. */
    if (strcmp(attr->name, "schemas") == 0) {
        return NULL;
    }
    return passes_over(reading, attr) ? NULL : push_attr(reading, schema, attr, member->value);
}

static braze_err_t *spread(const reading_t *reading, const scim_schema_t *schema,
                           const braze_json_t *object)
{
    braze_err_t *err = NULL;
    int i;

    for (i = 0; !err && i < braze_json_size(object); i++) {
        err = spread_member(reading, schema, braze_json_member(object, i));
    }
    return err;
}

static braze_err_t *read_pathless(const reading_t *reading, const braze_json_t *value)
{
    if (reading->op == PATCH_REMOVE) {
        return fail(reading, "noTarget", "a remove must have a path");
    }
    if (braze_value_is_null(value) || value->type != BRAZE_JSON_OBJECT) {
        return fail(reading, "invalidValue", "without a path the value must be an object");
    }
    return spread(reading, reading->type->core, value);
}

/* ---- with a path ---- */

static braze_err_t *read_path(const reading_t *reading, const char *path, const braze_json_t *value)
{
    patch_operation_t operation = {.value = value};
    braze_err_t *err, *cause = braze_path_parse_for(&operation.path, path, strlen(path),
                                                    reading->type, reading->call);

    if (cause) {
        err = braze_err_newf(reading->call->pool, 400, cause->code, "BRAZE-S0743",
                             "Operations[%d]: %s", reading->index, cause->detail);
        err->where = apr_psprintf(reading->call->pool, "Operations[%d].path", reading->index);
        err->cause = cause;
        return err;
    }
    if (!value && reading->op != PATCH_REMOVE) {
        return fail(reading, "invalidValue", "an add or a replace must have a value");
    }
    if (!operation.path.attr.attr && reading->op != PATCH_REMOVE) {
        const char *urn = operation.path.attr.schema;

        return spread_extension(reading, braze_schema_find(reading->type, urn, strlen(urn)), value);
    }
    return push(reading, &operation);
}

/* ---- the message ---- */

static braze_err_t *read_op(reading_t *reading, const braze_json_t *operation)
{
    static const char *const names[] = {"add", "replace", "remove"};
    const char *op = braze_json_get_string(operation, "op");
    int i;

    for (i = 0; op && i < 3; i++) {
        if (apr_cstr_casecmp(op, names[i]) == 0) {
            reading->op = (patch_op_t)i;
            return NULL;
        }
    }
    return fail(reading, "invalidSyntax", "op must be \"add\", \"replace\" or \"remove\"");
}

static braze_err_t *read_operation(reading_t *reading, const braze_json_t *operation)
{
    const braze_json_t *path = braze_json_get(operation, "path");
    const braze_json_t *value = braze_json_get(operation, "value");
    braze_err_t *err;

    if (operation->type != BRAZE_JSON_OBJECT) {
        return fail(reading, "invalidSyntax", "must be an object");
    }
    err = read_op(reading, operation);
    if (err) {
        return err;
    }
    if (braze_value_is_null(path)) {
        return read_pathless(reading, value);
    }
    if (path->type != BRAZE_JSON_STRING) {
        return fail(reading, "invalidPath", "path must be a string");
    }
    if (!*path->u.string && braze_profile_bends(reading->call, "an empty path as none")) {
        return read_pathless(reading, value);
    }
    return read_path(reading, path->u.string, value);
}

static braze_err_t *bad_message(const reading_t *reading, const char *what)
{
    return braze_err_new(400, "invalidSyntax", "BRAZE-S0742", what, reading->call->pool);
}

static braze_err_t *check_message(const reading_t *reading, const braze_json_t *body)
{
    const braze_json_t *schemas = braze_json_get(body, "schemas"), *item;
    const braze_json_t *operations = braze_json_get(body, "Operations");
    int i, named = 0;

    if (body->type != BRAZE_JSON_OBJECT) {
        return bad_message(reading, "The body must be a JSON object.");
    }
    for (i = 0; i < braze_json_size(schemas); i++) {
        item = braze_json_item(schemas, i); /* NULL of an object */
        named = named || (item && item->type == BRAZE_JSON_STRING &&
                          apr_cstr_casecmp(item->u.string, URN_PATCH) == 0);
    }
    if (!named && !braze_profile_bends(reading->call, "a PATCH without its schema")) {
        return bad_message(reading, "schemas must name " URN_PATCH ".");
    }
    if (!operations || operations->type != BRAZE_JSON_ARRAY || braze_json_size(operations) == 0) {
        return bad_message(reading, "Operations must be an array of one or more operations.");
    }
    if (braze_json_size(operations) > PATCH_OPERATIONS_MAX) {
        return bad_message(reading,
                           apr_psprintf(reading->call->pool, "Operations must not be more than %d.",
                                        PATCH_OPERATIONS_MAX));
    }
    return NULL;
}

braze_err_t *braze_patch_read(apr_array_header_t **operations, const braze_json_t *body,
                              const braze_resource_type_t *type, scim_call_t *call)
{
    reading_t reading = {.type = type, .call = call};
    const braze_json_t *array = braze_json_get(body, "Operations");
    braze_err_t *err = check_message(&reading, body);

    reading.operations = apr_array_make(call->pool, 8, sizeof(patch_operation_t));
    for (; !err && reading.index < braze_json_size(array); reading.index++) {
        err = read_operation(&reading, braze_json_item(array, reading.index));
    }
    *operations = err ? NULL : reading.operations;
    return err;
}
