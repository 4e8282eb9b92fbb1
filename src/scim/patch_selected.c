/* SPDX-License-Identifier: Apache-2.0 */
/* PATCH on those values of an attribute that the filter in a path selects. */
#include "patch_int.h"

/* One selected value. *to is what stands there afterwards; NULL = nothing. */
static braze_err_t *change_one(braze_json_t **to, const patching_t *patching, braze_json_t *value)
{
    const patch_operation_t *operation = patching->operation;

    *to = value;
    if (operation->sub) {
        return braze_patch_set(patching, value, operation->sub, operation->value);
    }
    if (operation->op == PATCH_REMOVE || braze_patch_is_absent(operation->value)) {
        *to = operation->op == PATCH_ADD ? value : NULL;
        return NULL;
    }
    /* RFC 7644 section 3.5.2.3: "all matching record values SHALL be replaced"; an add leaves what
     * it does not name. */
    if (operation->op == PATCH_REPLACE) {
        *to = braze_json_object(patching->call->pool);
    }
    return braze_patch_merge(patching, *to, operation->attr, operation->value);
}

/* The value that a filter of eq and "and" describes; 0 when it is of another kind. */
static int describe(braze_json_t *value, const braze_filter_t *filter, apr_pool_t *pool)
{
    if (!filter) {
        return 1; /* emails.type, of no e-mail */
    }
    if (filter->op == BRAZE_FILTER_AND) {
        return describe(value, filter->left, pool) && describe(value, filter->right, pool);
    }
    if (filter->op != BRAZE_FILTER_EQ || filter->path.sub) {
        return 0;
    }
    if (filter->value->type != BRAZE_JSON_NULL) {
        braze_json_set(value, filter->path.attr, braze_json_copy(filter->value, pool));
    }
    return 1;
}

static braze_err_t *make_one(const patching_t *patching, braze_json_t *object)
{
    const patch_operation_t *operation = patching->operation;
    braze_json_t *value = braze_json_object(patching->call->pool), *array;
    apr_array_header_t *touched;
    braze_err_t *err;

    if (!describe(value, operation->path.filter, patching->call->pool)) {
        return braze_patch_refuse(patching, "noTarget", "no value of %s is as the filter says",
                                  operation->attr->name);
    }
    if (operation->sub) {
        err = braze_patch_set(patching, value, operation->sub, operation->value);
    } else {
        err = braze_patch_merge(patching, value, operation->attr, operation->value);
    }
    if (err || !(operation->attr->flags & ATTR_MULTI)) {
        braze_json_set(object, operation->attr->name, value);
        return err;
    }
    array = braze_patch_array(patching, object, operation->attr);
    braze_json_append(array, value);
    touched = apr_array_make(patching->call->pool, 4, sizeof(const braze_json_t *));
    APR_ARRAY_PUSH(touched, const braze_json_t *) = value;
    braze_patch_one_primary(patching, array, touched);
    return braze_patch_check_count(patching, operation->attr, braze_json_size(array));
}

/*
 * Nothing is selected. RFC 7644: a replace is 400 noTarget (section 3.5.2.3), an add makes what
 * does not exist (section 3.5.2.1); of a remove section 3.5.2.2 says nothing, table 9 gives
 * noTarget to every filter that yields no match.
 */
static braze_err_t *select_none(const patching_t *patching, braze_json_t *object)
{
    const patch_operation_t *operation = patching->operation;
    int filtered = operation->path.filter != NULL;

    if (operation->op == PATCH_REMOVE) {
        if (!filtered || braze_profile_bends(patching->call, "a remove of what is not there")) {
            return NULL;
        }
    } else if (operation->op == PATCH_ADD || !filtered ||
               braze_profile_bends(patching->call, "a replace of what is not there")) {
        return braze_patch_is_absent(operation->value) ? NULL : make_one(patching, object);
    }
    return braze_patch_refuse(patching, "noTarget", "no value of %s is as the filter says",
                              operation->attr->name);
}

static int comparisons(const braze_filter_t *filter)
{
    return filter ? 1 + comparisons(filter->left) + comparisons(filter->right) : 0;
}

static int is_selected(const patching_t *patching, const braze_json_t *value)
{
    const braze_filter_t *filter = patching->operation->path.filter;
    int selected;

    if (!value || value->type != BRAZE_JSON_OBJECT) {
        return 0;
    }
    selected = !filter || braze_filter_match(filter, value, patching->scratch);
    apr_pool_clear(patching->scratch);
    return selected;
}

/* Of a single complex attribute. */
static braze_err_t *selected_object(const patching_t *patching, braze_json_t *object)
{
    const char *name = patching->operation->attr->name;
    braze_json_t *value = braze_json_get(object, name);
    braze_err_t *err;

    if (!is_selected(patching, value)) {
        return select_none(patching, object);
    }
    err = change_one(&value, patching, value);
    if (!err && value && braze_json_size(value)) {
        braze_json_set(object, name, value);
    } else if (!err) {
        braze_json_remove(object, name);
    }
    return err;
}

braze_err_t *braze_patch_selected(const patching_t *patching, braze_json_t *object)
{
    const braze_attr_t *attr = patching->operation->attr;
    braze_json_t *array = braze_json_get(object, attr->name), *after, *value;
    apr_array_header_t *touched =
        apr_array_make(patching->call->pool, 4, sizeof(const braze_json_t *));
    int i, selected = 0;
    braze_err_t *err;

    if (!(attr->flags & ATTR_MULTI)) {
        return selected_object(patching, object);
    }
    err = braze_patch_work(patching, (apr_int64_t)braze_json_size(array) *
                                         (1 + comparisons(patching->operation->path.filter)));
    if (err) {
        return err;
    }
    after = braze_json_array(patching->call->pool);
    for (i = 0; i < braze_json_size(array); i++) {
        value = braze_json_item(array, i);
        if (is_selected(patching, value)) {
            err = change_one(&value, patching, value);
            if (err) {
                return err;
            }
            selected++;
            APR_ARRAY_PUSH(touched, const braze_json_t *) = value;
        }
        if (value && (value->type != BRAZE_JSON_OBJECT || braze_json_size(value))) {
            braze_json_append(after, value);
        }
    }
    if (!selected) {
        return select_none(patching, object);
    }
    braze_patch_one_primary(patching, after, touched);
    return braze_patch_put_array(patching, object, attr, after);
}
