/* SPDX-License-Identifier: Apache-2.0 */
/* Orders that SQL does not make: keys and ids of all that matches are sorted in memory. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "search_int.h"

/* Absent values are the last (RFC 7644 section 3.4.2.3); descending is the whole order reversed. */
static int compare_place(const char *key_a, int source_a, const char *id_a, const char *key_b,
                         int source_b, const char *id_b)
{
    int order = !key_a - !key_b;

    if (!order && key_a) {
        order = strcmp(key_a, key_b);
    }
    if (!order) {
        order = source_a - source_b;
    }
    return order ? order : strcmp(id_a, id_b);
}

static int compare(const void *a, const void *b)
{
    const hit_t *x = a, *y = b;

    return compare_place(x->key, x->target->index, x->id, y->key, y->target->index, y->id);
}

static braze_err_t *take_all(int *more, search_t *search, const target_t *target, void *row,
                             const char *key, const braze_json_t *resource)
{
    apr_pool_t *pool = search->call->pool;
    hit_t *hit;

    (void)more;
    (void)key;
    if (search->hits->nelts >= SEARCH_SORT_MAX) {
        return braze_err_newf(pool, 400, "tooMany", "BRAZE-S0741",
                              "More than %d resources match: too many to sort by this attribute.",
                              SEARCH_SORT_MAX);
    }
    hit = apr_array_push(search->hits);
    memset(hit, 0, sizeof(*hit));
    hit->target = target;
    hit->id = apr_pstrdup(pool, target->source->id_of(row));
    hit->key = target->has_sort && resource ? braze_sort_key(resource, &target->sort, pool) : NULL;
    return NULL;
}

/* How many hits stand before the cursor's place in ascending order; its own row does not. */
static int before_place(const search_t *search)
{
    const scim_cursor_t *cursor = &search->cursor;
    int i = 0;

    for (; i < search->hits->nelts; i++) {
        const hit_t *hit = &APR_ARRAY_IDX(search->hits, i, hit_t);

        if (compare_place(hit->key, hit->target->index, hit->id, cursor->key, cursor->source,
                          cursor->id) >= 0) {
            break;
        }
    }
    return i;
}

/* 1 when the cursor's own row is (still) there. */
static int is_place(const search_t *search, int i)
{
    const scim_cursor_t *cursor = &search->cursor;
    const hit_t *hit;

    if (i >= search->hits->nelts) {
        return 0;
    }
    hit = &APR_ARRAY_IDX(search->hits, i, hit_t);
    return compare_place(hit->key, hit->target->index, hit->id, cursor->key, cursor->source,
                         cursor->id) == 0;
}

/* Copies the page from first (an index into the ascending order) by step. */
static void cut(search_t *search, int first, int step)
{
    apr_array_header_t *page = apr_array_make(search->call->pool, search->limit + 1, sizeof(hit_t));
    int i;

    for (i = first; i >= 0 && i < search->hits->nelts && page->nelts < search->limit; i += step) {
        APR_ARRAY_PUSH(page, hit_t) = APR_ARRAY_IDX(search->hits, i, hit_t);
    }
    search->hits = page;
}

braze_err_t *braze_search_in_memory(search_t *search)
{
    int step = search->query->descending ? -1 : 1, first, i, count;
    braze_err_t *err = NULL;

    for (i = 0; !err && i < search->count; i++) {
        if (!search->targets[i].nobody) {
            err = braze_search_walk(search, &search->targets[i], NULL, take_all);
        }
    }
    if (err) {
        return err;
    }
    count = search->hits->nelts;
    search->total = count;
    qsort(search->hits->elts, (apr_size_t)count, sizeof(hit_t), compare);
    if (*search->cursor.id) {
        step = search->cursor.backward ? -step : step;
        first = before_place(search);
        first = step < 0 ? first - 1 : first + is_place(search, first);
    } else if (search->skip >= count) {
        first = count; /* behind the last, either way */
    } else {
        first = step < 0 ? count - 1 - (int)search->skip : (int)search->skip;
    }
    cut(search, first, step);
    return NULL;
}
