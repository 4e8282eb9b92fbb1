/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter as a condition on columns. "not" is pushed down to the attributes (want 0: the contrary
 * is sought), so that each is asked either for being true or for not being true: an absent
 * attribute, a NULL, satisfies only the latter. What no column can tell is taken for true.
 */
#include <apr_strings.h>

#include "search_int.h"

static const cond_t *unknown(apr_pool_t *pool)
{
    return store_cond_truth(1, 0, pool);
}

/*
 * Some element satisfies the filter. "or" may be asked of the elements one by one; of an "and" each
 * part is necessary, though not by the same element, which is not enough.
 */
static const cond_t *of_element(const braze_filter_t *filter, const column_t *column,
                                apr_pool_t *pool)
{
    const cond_t *both;
    cond_t *loose;

    switch (filter->op) {
    case BRAZE_FILTER_OR:
        return store_cond_join(COND_OR, of_element(filter->left, column, pool),
                               of_element(filter->right, column, pool), pool);
    case BRAZE_FILTER_AND:
        both = store_cond_join(COND_AND, of_element(filter->left, column, pool),
                               of_element(filter->right, column, pool), pool);
        if (both->kind == COND_FALSE) {
            return both;
        }
        loose = apr_pmemdup(pool, both, sizeof(*loose));
        loose->exact = 0;
        return loose;
    case BRAZE_FILTER_NOT:
    case BRAZE_FILTER_ITEM:
        return unknown(pool);
    default:
        return store_cond_element(filter, column, pool);
    }
}

static const cond_t *of_item(const braze_filter_t *filter, int want, int is_group, apr_pool_t *pool)
{
    const column_t *column =
        filter->path.schema ? NULL : store_column_find(filter->path.attr, "value", is_group);
    const cond_t *cond;

    if (!column) {
        return unknown(pool);
    }
    cond = of_element(filter->left, column, pool);
    if (want) {
        return cond;
    }
    return cond->exact ? store_cond_negate(cond, pool) : unknown(pool);
}

static const cond_t *of_filter(const braze_filter_t *filter, int want, int is_group,
                               apr_pool_t *pool)
{
    switch (filter->op) {
    case BRAZE_FILTER_AND:
    case BRAZE_FILTER_OR:
        return store_cond_join((filter->op == BRAZE_FILTER_AND) == want ? COND_AND : COND_OR,
                               of_filter(filter->left, want, is_group, pool),
                               of_filter(filter->right, want, is_group, pool), pool);
    case BRAZE_FILTER_NOT:
        return of_filter(filter->left, !want, is_group, pool);
    case BRAZE_FILTER_ITEM:
        return of_item(filter, want, is_group, pool);
    default:
        return store_cond_leaf(filter, want, is_group, pool);
    }
}

const cond_t *store_cond_of(const braze_filter_t *filter, int is_group, apr_pool_t *pool)
{
    return filter ? store_cond_merge(of_filter(filter, 1, is_group, pool), pool)
                  : store_cond_truth(1, 1, pool);
}

int braze_store_filter_exact(const braze_filter_t *filter, int is_group)
{
    apr_pool_t *pool;
    int exact;

    if (!filter) {
        return 1;
    }
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return 0; /* to look at each row is right in any case */
    }
    exact = store_cond_of(filter, is_group, pool)->exact;
    apr_pool_destroy(pool);
    return exact;
}
