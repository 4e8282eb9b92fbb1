/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is true or false of a whole resource type is decided once: meta.resourceType, and at the
 * root the attributes that only another type has. What remains is often something that SQL decides.
 */
#include <string.h>

#include <apr_strings.h>

#include "search_int.h"

static int is_constant(const braze_attr_path_t *path, const braze_resource_type_t *type)
{
    if (path->schema) {
        return !braze_schema_find(type, path->schema, strlen(path->schema));
    }
    return path->attr && path->sub && strcmp(path->attr, "meta") == 0 &&
           strcmp(path->sub, "resourceType") == 0;
}

static int leaf(const braze_filter_t *filter, const braze_resource_type_t *type, apr_pool_t *pool)
{
    braze_json_t *resource, *meta;

    if (!is_constant(&filter->path, type)) {
        return REDUCED_DEPENDS;
    }
    resource = braze_json_object(pool);
    meta = braze_json_object(pool);
    braze_json_set_string(meta, "resourceType", type->name);
    braze_json_set(resource, "meta", meta);
    return braze_filter_match(filter, resource, pool) ? REDUCED_TRUE : REDUCED_FALSE;
}

/* absorbing: the side that decides alone, false of "and", true of "or". */
static int join(const braze_filter_t **reduced, const braze_filter_t *filter, int absorbing,
                const braze_resource_type_t *type, apr_pool_t *pool)
{
    const braze_filter_t *left, *right;
    int on_left = braze_search_reduce(&left, filter->left, type, pool);
    int on_right = braze_search_reduce(&right, filter->right, type, pool);
    braze_filter_t *both;

    if (on_left == absorbing || on_right == absorbing) {
        return absorbing;
    }
    if (on_left != REDUCED_DEPENDS) {
        *reduced = right;
        return on_right;
    }
    if (on_right != REDUCED_DEPENDS) {
        *reduced = left;
        return on_left;
    }
    both = apr_pmemdup(pool, filter, sizeof(*both));
    both->left = left;
    both->right = right;
    *reduced = both;
    return REDUCED_DEPENDS;
}

static int negate(const braze_filter_t **reduced, const braze_filter_t *filter,
                  const braze_resource_type_t *type, apr_pool_t *pool)
{
    const braze_filter_t *inner;
    int truth = braze_search_reduce(&inner, filter->left, type, pool);
    braze_filter_t *outer;

    if (truth != REDUCED_DEPENDS) {
        return truth == REDUCED_TRUE ? REDUCED_FALSE : REDUCED_TRUE;
    }
    outer = apr_pmemdup(pool, filter, sizeof(*outer));
    outer->left = inner;
    *reduced = outer;
    return REDUCED_DEPENDS;
}

int braze_search_reduce(const braze_filter_t **reduced, const braze_filter_t *filter,
                        const braze_resource_type_t *type, apr_pool_t *pool)
{
    *reduced = filter;
    switch (filter->op) {
    case BRAZE_FILTER_AND:
        return join(reduced, filter, REDUCED_FALSE, type, pool);
    case BRAZE_FILTER_OR:
        return join(reduced, filter, REDUCED_TRUE, type, pool);
    case BRAZE_FILTER_NOT:
        return negate(reduced, filter, type, pool);
    default:
        return leaf(filter, type, pool);
    }
}
