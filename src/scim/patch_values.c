/* SPDX-License-Identifier: Apache-2.0 */
/* PATCH on multi-valued attributes: adding once, removing by value, value paths, one primary. */
#include <string.h>

#include <apr_cstr.h>

#include "patch_int.h"

/* ---- values ---- */

static int is_true(const braze_json_t *value)
{
    return value && (value->type == BRAZE_JSON_TRUE ||
                     (value->type == BRAZE_JSON_STRING && /* as some profiles write it */
                      apr_cstr_casecmp(value->u.string, "true") == 0));
}

/* An object's member, equal in both or absent from both. */
static int same_member(const braze_json_t *a, const braze_json_t *b, const char *name)
{
    return braze_json_equal(braze_json_get(a, name), braze_json_get(b, name));
}

/* RFC 7643 section 2.4: one type and value stand once in an attribute. */
static int is_same(const braze_json_t *a, const braze_json_t *b)
{
    if (braze_json_get(a, "value") && same_member(a, b, "value") && same_member(a, b, "type")) {
        return 1;
    }
    return braze_json_equal(a, b);
}

static braze_json_t *find_same(const braze_json_t *array, const braze_json_t *value)
{
    int i;

    for (i = 0; i < braze_json_size(array); i++) {
        if (is_same(braze_json_item(array, i), value)) {
            return braze_json_item(array, i);
        }
    }
    return NULL;
}

/* Has the value every member of the wanted one? */
static int fits(const braze_json_t *value, const braze_json_t *wanted)
{
    int i;

    if (value->type != BRAZE_JSON_OBJECT) {
        return braze_json_equal(value, wanted);
    }
    if (wanted->type != BRAZE_JSON_OBJECT) {
        return braze_json_equal(braze_json_get(value, "value"), wanted);
    }
    for (i = 0; i < braze_json_size(wanted); i++) {
        const braze_json_member_t *member = braze_json_member(wanted, i);

        if (!braze_json_equal(braze_json_get(value, member->name), member->value)) {
            return 0;
        }
    }
    return i > 0;
}

static int is_in(const apr_array_header_t *values, const braze_json_t *value)
{
    int i;

    for (i = 0; i < values->nelts; i++) {
        if (APR_ARRAY_IDX(values, i, const braze_json_t *) == value) {
            return 1;
        }
    }
    return 0;
}

/* RFC 7644 section 3.5.2: who becomes primary takes it from the one that was. */
void braze_patch_one_primary(const patching_t *patching, const braze_json_t *array,
                             const apr_array_header_t *touched)
{
    int i, next = 0, taken = 0;

    for (i = 0; i < touched->nelts && !taken; i++) {
        taken = is_true(braze_json_get(APR_ARRAY_IDX(touched, i, const braze_json_t *), "primary"));
    }
    for (i = 0; taken && i < braze_json_size(array); i++) {
        braze_json_t *value = braze_json_item(array, i);

        /* Mostly they are in the array's order. */
        if (next < touched->nelts && APR_ARRAY_IDX(touched, next, const braze_json_t *) == value) {
            next++;
        } else if (is_true(braze_json_get(value, "primary")) && !is_in(touched, value)) {
            braze_json_set(value, "primary", braze_json_bool(0, patching->call->pool));
        }
    }
}

braze_err_t *braze_patch_check_count(const patching_t *patching, const braze_attr_t *attr,
                                     int count)
{
    return count <= VALUES_MAX
               ? NULL
               : braze_patch_refuse(patching, "invalidValue", "%s has too many values", attr->name);
}

/* ---- the attribute as a whole ---- */

/* The array of an attribute; made when there is none. */
braze_json_t *braze_patch_array(const patching_t *patching, braze_json_t *object,
                                const braze_attr_t *attr)
{
    braze_json_t *array = braze_json_get(object, attr->name);

    if (!array || array->type != BRAZE_JSON_ARRAY) {
        array = braze_json_array(patching->call->pool);
        braze_json_set(object, attr->name, array);
    }
    return array;
}

static braze_err_t *append(const patching_t *patching, braze_json_t *object,
                           const braze_attr_t *attr, const braze_json_t *values)
{
    apr_array_header_t *touched =
        apr_array_make(patching->call->pool, 4, sizeof(const braze_json_t *));
    braze_json_t *array = braze_patch_array(patching, object, attr), *there;
    braze_err_t *err = braze_patch_check_count(patching, attr, braze_json_size(values));
    int i;

    for (i = 0; !err && i < braze_json_size(values); i++) {
        const braze_json_t *value = braze_json_item(values, i);

        err = braze_patch_work(patching, braze_json_size(array));
        if (err) {
            return err;
        }
        there = find_same(array, value);
        if (!there) {
            there = braze_json_copy(value, patching->call->pool);
            braze_json_append(array, there);
            err = braze_patch_check_count(patching, attr, braze_json_size(array));
        } else if (there->type == BRAZE_JSON_OBJECT) {
            err = braze_patch_merge(patching, there, attr, value);
        }
        APR_ARRAY_PUSH(touched, const braze_json_t *) = there;
    }
    braze_patch_one_primary(patching, array, touched);
    return err;
}

static int is_wanted(const braze_json_t *values, const braze_json_t *value)
{
    int i;

    for (i = 0; i < braze_json_size(values); i++) {
        if (fits(value, braze_json_item(values, i))) {
            return 1;
        }
    }
    return 0;
}

/* Leaves out those that are in values. */
static braze_json_t *without(const patching_t *patching, const braze_json_t *array,
                             const braze_json_t *values)
{
    braze_json_t *rest = braze_json_array(patching->call->pool);
    int i;

    for (i = 0; i < braze_json_size(array); i++) {
        if (!is_wanted(values, braze_json_item(array, i))) {
            braze_json_append(rest, braze_json_item(array, i));
        }
    }
    return rest;
}

/* Puts an array in place, or takes the attribute away. */
braze_err_t *braze_patch_put_array(const patching_t *patching, braze_json_t *object,
                                   const braze_attr_t *attr, braze_json_t *array)
{
    braze_err_t *err = braze_patch_check(patching, attr, braze_json_get(object, attr->name), array);

    if (!err && braze_patch_is_absent(array)) {
        braze_json_remove(object, attr->name);
    } else if (!err) {
        braze_json_set(object, attr->name, array);
    }
    return err;
}

static braze_err_t *remove_values(const patching_t *patching, braze_json_t *object,
                                  const braze_attr_t *attr, const braze_json_t *values)
{
    const braze_json_t *array = braze_json_get(object, attr->name);
    braze_err_t *err =
        braze_patch_work(patching, (apr_int64_t)braze_json_size(values) * braze_json_size(array));

    return err ? err
               : braze_patch_put_array(patching, object, attr, without(patching, array, values));
}

static const braze_json_t *as_array(const patching_t *patching, const braze_json_t *value)
{
    braze_json_t *array;

    if (braze_patch_is_absent(value) || value->type == BRAZE_JSON_ARRAY) {
        return value;
    }
    array = braze_json_array(patching->call->pool);
    braze_json_append(array, braze_json_copy(value, patching->call->pool));
    return array;
}

braze_err_t *braze_patch_set_values(const patching_t *patching, braze_json_t *object,
                                    const braze_attr_t *attr, const braze_json_t *value)
{
    const braze_json_t *values = as_array(patching, value);
    braze_err_t *err = braze_patch_check_count(patching, attr, braze_json_size(values));

    if (err) {
        return err;
    }
    switch (patching->operation->op) {
    case PATCH_ADD: /* one value may stand without an array */
        return braze_patch_is_absent(values) ? NULL : append(patching, object, attr, values);
    case PATCH_REMOVE:
        return values ? remove_values(patching, object, attr, values)
                      : braze_patch_put_array(patching, object, attr, NULL);
    default:
        if (values != value && !braze_profile_bends(patching->call, "values without an array")) {
            return braze_patch_refuse(patching, "invalidValue", "%s must be an array", attr->name);
        }
        return braze_patch_put_array(patching, object, attr,
                                     braze_json_copy(values, patching->call->pool));
    }
}
