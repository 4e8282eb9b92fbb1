/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PATCH operations on a resource in its shown form (RFC 7644 section 3.5.2). Types are not looked
 * at beyond what is needed to find a place: the result goes to the same reader as a PUT.
 */
#include <string.h>

#include "patch_int.h"

braze_err_t *braze_patch_refuse(const patching_t *patching, const char *code, const char *fmt,
                                const char *name)
{
    return braze_patch_fail(patching->call, patching->operation->index, code,
                            apr_psprintf(patching->call->pool, fmt, name));
}

braze_err_t *braze_patch_work(const patching_t *patching, apr_int64_t comparisons)
{
    *patching->work += comparisons;
    return *patching->work <= PATCH_WORK_MAX
               ? NULL
               : braze_patch_fail(patching->call, patching->operation->index, "tooMany",
                                  "the operations compare too many values");
}

int braze_patch_is_absent(const braze_json_t *value)
{
    return !value || value->type == BRAZE_JSON_NULL ||
           (value->type == BRAZE_JSON_ARRAY && braze_json_size(value) == 0);
}

braze_err_t *braze_patch_check(const patching_t *patching, const braze_attr_t *attr,
                               const braze_json_t *from, const braze_json_t *to)
{
    if (attr->mutability == IMMUTABLE && !braze_patch_is_absent(from) &&
        !braze_json_equal(from, to)) {
        return braze_patch_refuse(patching, "mutability", "%s cannot be changed", attr->name);
    }
    /* RFC 7644 section 3.5.2.2 gives this code to what is removed or becomes unassigned. */
    if ((attr->flags & ATTR_REQUIRED) && braze_patch_is_absent(to)) {
        return braze_patch_refuse(patching, "mutability", "%s is required", attr->name);
    }
    return NULL;
}

/* ---- what profiles write in place of a single value ---- */

static const braze_json_t *manager_of(const patching_t *patching, const braze_json_t *text)
{
    braze_json_t *manager = braze_json_object(patching->call->pool);

    if (!*text->u.string) {
        return NULL; /* how Entra ID takes a manager away */
    }
    braze_json_set_string(manager, "value", text->u.string);
    return manager;
}

/* The value that is meant: out of an array of one, out of {"value": …}, a manager's bare id. */
static const braze_json_t *unwrap(const patching_t *patching, const braze_attr_t *attr,
                                  const braze_json_t *value)
{
    const braze_json_t *inner;

    if (value->type == BRAZE_JSON_ARRAY && braze_json_size(value) == 1 &&
        braze_profile_bends(patching->call, "a single value in an array")) {
        value = braze_json_item(value, 0);
    }
    inner = braze_json_get(value, "value");
    if (attr->type != ATTR_COMPLEX && inner &&
        braze_profile_bends(patching->call, "a simple value in an object")) {
        value = inner;
    }
    if (attr->type == ATTR_COMPLEX && value->type == BRAZE_JSON_STRING &&
        strcmp(attr->name, "manager") == 0 &&
        braze_profile_bends(patching->call, "a manager as text")) {
        return manager_of(patching, value);
    }
    return value;
}

/* ---- a place ---- */

/* Names that the table does not have go along: the reader decides about them. */
braze_err_t *braze_patch_merge(const patching_t *patching, braze_json_t *to,
                               const braze_attr_t *attr, const braze_json_t *value)
{
    braze_err_t *err = NULL;
    int i;

    if (value->type != BRAZE_JSON_OBJECT) {
        return braze_patch_refuse(patching, "invalidValue",
                                  attr->flags & ATTR_MULTI ? "a value of %s must be an object"
                                                           : "%s must be an object",
                                  attr->name);
    }
    for (i = 0; !err && i < braze_json_size(value); i++) {
        const braze_json_member_t *member = braze_json_member(value, i);
        const braze_attr_t *sub = braze_attr_find(attr->subs, member->name, strlen(member->name));

        if (!sub) {
            braze_json_set(to, member->name, braze_json_copy(member->value, patching->call->pool));
        } else if (sub->mutability != READ_ONLY) {
            err = braze_patch_set(patching, to, sub, member->value);
        }
    }
    return err;
}

/* A member that is an object; made when something is to be put there. NULL: there is none. */
static braze_json_t *inside(const patching_t *patching, braze_json_t *object, const char *name)
{
    braze_json_t *inner = braze_json_get(object, name);

    if (inner && inner->type == BRAZE_JSON_OBJECT) {
        return inner;
    }
    if (patching->operation->op == PATCH_REMOVE) {
        return NULL;
    }
    inner = braze_json_object(patching->call->pool);
    braze_json_set(object, name, inner);
    return inner;
}

braze_err_t *braze_patch_set(const patching_t *patching, braze_json_t *object,
                             const braze_attr_t *attr, const braze_json_t *value)
{
    const braze_json_t *from = braze_json_get(object, attr->name);
    braze_err_t *err;

    if (attr->flags & ATTR_MULTI) {
        return braze_patch_set_values(patching, object, attr, value);
    }
    if (patching->operation->op == PATCH_REMOVE) {
        value = NULL;
    } else if (!braze_patch_is_absent(value)) {
        value = unwrap(patching, attr, value);
    }
    if (!braze_patch_is_absent(value) && attr->type == ATTR_COMPLEX) {
        return braze_patch_merge(patching, inside(patching, object, attr->name), attr, value);
    }
    err = braze_patch_check(patching, attr, from, value);
    if (err) {
        return err;
    }
    if (braze_patch_is_absent(value)) {
        braze_json_remove(object, attr->name);
    } else {
        braze_json_set(object, attr->name, braze_json_copy(value, patching->call->pool));
    }
    return NULL;
}

static void drop_empty(braze_json_t *object, const char *name)
{
    const braze_json_t *inner = braze_json_get(object, name);

    if (inner && inner->type == BRAZE_JSON_OBJECT && braze_json_size(inner) == 0) {
        braze_json_remove(object, name);
    }
}

/* In the object that holds the attributes of the operation's schema. */
static braze_err_t *apply_in(const patching_t *patching, braze_json_t *object)
{
    const patch_operation_t *operation = patching->operation;
    const braze_attr_t *attr = operation->attr;
    braze_json_t *parent;
    braze_err_t *err;

    if (operation->path.filter || (operation->sub && (attr->flags & ATTR_MULTI))) {
        return braze_patch_selected(patching, object);
    }
    if (!operation->sub) {
        err = braze_patch_set(patching, object, attr, operation->value);
    } else {
        parent = inside(patching, object, attr->name);
        err = parent ? braze_patch_set(patching, parent, operation->sub, operation->value) : NULL;
    }
    drop_empty(object, attr->name);
    return err;
}

static braze_err_t *apply(const patching_t *patching, braze_json_t *resource)
{
    const braze_path_t *path = &patching->operation->path;
    braze_json_t *object = resource;
    braze_err_t *err;

    if (!patching->operation->attr) {
        braze_json_remove(resource, path->attr.schema);
        return NULL;
    }
    if (path->attr.schema) {
        object = inside(patching, resource, path->attr.schema);
    }
    err = object ? apply_in(patching, object) : NULL;
    if (path->attr.schema) {
        drop_empty(resource, path->attr.schema);
    }
    return err;
}

braze_err_t *braze_patch_apply(braze_json_t *resource, const apr_array_header_t *operations,
                               const char *apart_attr, patch_apart_t *apart, void *baton,
                               scim_call_t *call)
{
    apr_int64_t work = 0;
    patching_t patching = {NULL, call, NULL, &work};
    braze_err_t *err = NULL;
    int i;

    apr_pool_create(&patching.scratch, call->pool);
    for (i = 0; !err && i < operations->nelts; i++) {
        const patch_operation_t *operation = &APR_ARRAY_IDX(operations, i, patch_operation_t);

        patching.operation = operation;
        if (apart && operation->attr && !operation->path.attr.schema &&
            strcmp(operation->attr->name, apart_attr) == 0) {
            err = apart(operation, baton);
        } else {
            err = apply(&patching, resource);
        }
    }
    apr_pool_destroy(patching.scratch);
    return err;
}
