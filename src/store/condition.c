/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: putting together, turning around, and making fewer of them. */
#include <string.h>

#include <apr_strings.h>

#include "search_int.h"

static cond_t *new_cond(cond_kind_t kind, apr_pool_t *pool)
{
    cond_t *cond = apr_pcalloc(pool, sizeof(*cond));

    cond->kind = kind;
    cond->exact = 1;
    return cond;
}

const cond_t *store_cond_truth(int truth, int exact, apr_pool_t *pool)
{
    cond_t *cond = new_cond(truth ? COND_TRUE : COND_FALSE, pool);

    cond->exact = exact;
    return cond;
}

static void add_part(cond_t *list, const cond_t *part)
{
    if (part->kind == list->kind) {
        apr_array_cat(list->parts, part->parts);
    } else {
        APR_ARRAY_PUSH(list->parts, const cond_t *) = part;
    }
}

/* One of the two is a truth value; other is the rest. */
static const cond_t *join_truth(cond_kind_t kind, const cond_t *truth, const cond_t *other,
                                apr_pool_t *pool)
{
    cond_t *copy;
    int decides = (kind == COND_AND) == (truth->kind == COND_FALSE);

    if (decides) {
        /* What is "true" for want of knowledge is no more so beside what is true indeed. */
        return other->kind == truth->kind && other->exact ? other : truth;
    }
    if (truth->exact || !other->exact || other->kind == COND_FALSE) {
        return other;
    }
    copy = apr_pmemdup(pool, other, sizeof(*copy));
    copy->exact = 0;
    return copy;
}

static int is_truth(const cond_t *cond)
{
    return cond->kind == COND_TRUE || cond->kind == COND_FALSE;
}

const cond_t *store_cond_join(cond_kind_t kind, const cond_t *left, const cond_t *right,
                              apr_pool_t *pool)
{
    cond_t *list;

    if (is_truth(left)) {
        return join_truth(kind, left, right, pool);
    }
    if (is_truth(right)) {
        return join_truth(kind, right, left, pool);
    }
    list = new_cond(kind, pool);
    list->exact = left->exact && right->exact;
    list->parts = apr_array_make(pool, 4, sizeof(const cond_t *));
    add_part(list, left);
    add_part(list, right);
    return list;
}

const cond_t *store_cond_negate(const cond_t *cond, apr_pool_t *pool)
{
    const cond_t *sum;
    cond_t *atom;
    int i;

    if (is_truth(cond)) {
        return store_cond_truth(cond->kind == COND_FALSE, 1, pool);
    }
    if (cond->kind == COND_ATOM) {
        atom = apr_pmemdup(pool, cond, sizeof(*atom));
        atom->negated = !cond->negated;
        return atom;
    }
    sum = store_cond_negate(APR_ARRAY_IDX(cond->parts, 0, const cond_t *), pool);
    for (i = 1; i < cond->parts->nelts; i++) {
        sum = store_cond_join(
            cond->kind == COND_AND ? COND_OR : COND_AND, sum,
            store_cond_negate(APR_ARRAY_IDX(cond->parts, i, const cond_t *), pool), pool);
    }
    return sum;
}

/* ---- several values of one column ---- */

/* "This or that" of one column, and "neither this nor that". */
static int is_one_of(const cond_t *part, cond_kind_t within)
{
    return part->kind == COND_ATOM && part->op == BRAZE_FILTER_EQ && part->text &&
           part->negated == (within == COND_AND);
}

static void add_value(apr_array_header_t *list, const char *text)
{
    int i;

    for (i = 0; i < list->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(list, i, const char *), text) == 0) {
            return;
        }
    }
    APR_ARRAY_PUSH(list, const char *) = text;
}

/* The atom at index with the values of all that are like it, which taken marks. */
static const cond_t *gather(const cond_t *cond, int index, char *taken, apr_pool_t *pool)
{
    const cond_t *first = APR_ARRAY_IDX(cond->parts, index, const cond_t *);
    apr_array_header_t *list = apr_array_make(pool, 4, sizeof(const char *));
    cond_t *one;
    int i;

    for (i = index; i < cond->parts->nelts; i++) {
        const cond_t *part = APR_ARRAY_IDX(cond->parts, i, const cond_t *);

        if (!taken[i] && is_one_of(part, cond->kind) && part->column == first->column) {
            add_value(list, part->text);
            taken[i] = 1;
        }
    }
    if (list->nelts == 1) {
        return first;
    }
    one = apr_pmemdup(pool, first, sizeof(*one));
    one->list = list;
    return one;
}

const cond_t *store_cond_merge(const cond_t *cond, apr_pool_t *pool)
{
    cond_t *list;
    char *taken;
    int i;

    if (cond->kind != COND_AND && cond->kind != COND_OR) {
        return cond;
    }
    list = apr_pmemdup(pool, cond, sizeof(*list));
    list->parts = apr_array_make(pool, cond->parts->nelts, sizeof(const cond_t *));
    taken = apr_pcalloc(pool, (apr_size_t)cond->parts->nelts);
    for (i = 0; i < cond->parts->nelts; i++) {
        const cond_t *part = APR_ARRAY_IDX(cond->parts, i, const cond_t *);

        if (!taken[i]) {
            APR_ARRAY_PUSH(list->parts, const cond_t *) = is_one_of(part, cond->kind)
                                                              ? gather(cond, i, taken, pool)
                                                              : store_cond_merge(part, pool);
        }
    }
    if (list->parts->nelts > 1) {
        return list;
    }
    list = apr_pmemdup(pool, APR_ARRAY_IDX(list->parts, 0, const cond_t *), sizeof(*list));
    list->exact = cond->exact;
    return list;
}
