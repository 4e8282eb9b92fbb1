/* SPDX-License-Identifier: Apache-2.0 */
/* Rows looked at one by one, and pages in an order that SQL makes. */
#include <string.h>

#include <apr_strings.h>

#include "search_int.h"

/* The statement's description, but for where it begins and how far it goes. */
static braze_search_t statement_of(const search_t *search, const target_t *target)
{
    braze_search_t statement = {.filter = target->filter};

    if (target->has_sort && !search->in_memory) {
        statement.sort = &target->sort;
        statement.descending = search->query->descending;
    }
    if (search->cursor.backward && !search->in_memory) {
        statement.descending = !statement.descending;
    }
    return statement;
}

/* With a local for the result: cppcheck takes what a pointer's call gives back for its arguments.
 */
static braze_err_t *find(braze_found_t *found, const search_t *search, const target_t *target,
                         const braze_search_t *statement, apr_pool_t *pool)
{
    braze_err_t *err = (*target->source->find)(found, search->call, statement, pool);

    return err;
}

/* NULL where the order is by id alone. */
static const char *key_at(const search_t *search, const target_t *target,
                          const braze_found_t *found, int i)
{
    return target->has_sort && !search->in_memory && found->keys && i < found->keys->nelts
               ? APR_ARRAY_IDX(found->keys, i, const char *)
               : NULL;
}

/* ---- one by one ---- */

/* Looks at a batch; call's pool is the batch's. */
static braze_err_t *look_at(int *more, search_t *search, const target_t *target,
                            const braze_found_t *found, take_t *take, scim_call_t *call)
{
    const apr_array_header_t *rows = found->rows, **apart;
    int match = target->filter && !(target->exact && found->exact), i;
    int need = match || (search->in_memory && target->has_sort);
    braze_err_t *err = NULL;

    apart = apr_pcalloc(call->pool, sizeof(*apart) * ((apr_size_t)rows->nelts + 1));
    if (target->apart) {
        err = target->source->load(apart, call, rows, NULL);
    }
    for (i = 0; !err && *more && i < rows->nelts; i++) {
        void *row = APR_ARRAY_IDX(rows, i, void *);
        braze_json_t *resource = need ? braze_search_shown(row, apart[i], target, call) : NULL;

        if (!match || (resource && braze_filter_match(target->filter, resource, call->pool))) {
            err = take(more, search, target, row, key_at(search, target, found, i), resource);
        }
    }
    return err;
}

/* The place of the last row, kept beyond its batch. */
static void move_on(braze_search_t *statement, const search_t *search, const target_t *target,
                    const braze_found_t *found)
{
    int last = found->rows->nelts - 1;
    const char *key = key_at(search, target, found, last);
    apr_pool_t *pool = search->call->pool;

    statement->after_id =
        apr_pstrdup(pool, target->source->id_of(APR_ARRAY_IDX(found->rows, last, void *)));
    statement->after_key = key ? apr_pstrdup(pool, key) : NULL;
}

braze_err_t *braze_search_walk(search_t *search, const target_t *target, const scim_cursor_t *after,
                               take_t *take)
{
    braze_search_t statement = statement_of(search, target);
    scim_call_t batch = *search->call;
    braze_found_t found = {NULL, NULL, -1, 0};
    braze_err_t *err = NULL;
    int more = 1;

    if (after) {
        statement.after_id = after->id;
        statement.after_key = after->key;
    }
    statement.limit = SEARCH_BATCH;
    while (!err && more) {
        apr_pool_create(&batch.pool, search->call->pool);
        err = find(&found, search, target, &statement, batch.pool);
        if (!err) {
            err = look_at(&more, search, target, &found, take, &batch);
        }
        if (!err && found.rows->nelts == SEARCH_BATCH) {
            move_on(&statement, search, target, &found);
        } else {
            more = 0;
        }
        if (!err) { /* an error lives in the batch's pool */
            apr_pool_destroy(batch.pool);
        }
    }
    return err;
}

/* ---- pages in SQL's order ---- */

static void add_hit(search_t *search, const target_t *target, void *row, const char *id,
                    const char *key)
{
    hit_t *hit = apr_array_push(search->hits);

    memset(hit, 0, sizeof(*hit));
    hit->target = target;
    hit->row = row;
    hit->id = id;
    hit->key = key;
}

static void keep(search_t *search, const target_t *target, const void *row, const char *key)
{
    apr_pool_t *pool = search->call->pool;

    add_hit(search, target, NULL, apr_pstrdup(pool, target->source->id_of(row)),
            key ? apr_pstrdup(pool, key) : NULL);
}

/* From the beginning: counts all, keeps the page. */
static braze_err_t *take_page(int *more, search_t *search, const target_t *target, void *row,
                              const char *key, const braze_json_t *resource)
{
    (void)more;
    (void)resource;
    search->total++;
    if (search->skip > 0) {
        search->skip--;
    } else if (search->hits->nelts < search->limit) {
        keep(search, target, row, key);
    }
    return NULL;
}

static braze_err_t *take_until_full(int *more, search_t *search, const target_t *target, void *row,
                                    const char *key, const braze_json_t *resource)
{
    (void)resource;
    keep(search, target, row, key);
    *more = search->hits->nelts < search->limit;
    return NULL;
}

static braze_err_t *take_count(int *more, search_t *search, const target_t *target, void *row,
                               const char *key, const braze_json_t *resource)
{
    (void)more;
    (void)target;
    (void)row;
    (void)key;
    (void)resource;
    search->total++;
    return NULL;
}

/* SQL's answer is the answer; 0 in *exact when it had to leave the filter out after all. */
static braze_err_t *ask(int *exact, search_t *search, const target_t *target,
                        const scim_cursor_t *after, int limit)
{
    braze_search_t statement = statement_of(search, target);
    braze_found_t found = {NULL, NULL, -1, 0};
    braze_err_t *err;
    int i;

    statement.offset = search->skip;
    statement.limit = limit;
    statement.with_total = 1;
    if (after) {
        statement.after_id = after->id;
        statement.after_key = after->key;
    }
    err = find(&found, search, target, &statement, search->call->pool);
    *exact = found.exact;
    if (err || !found.exact) {
        return err;
    }
    for (i = 0; found.rows && i < found.rows->nelts; i++) {
        void *row = APR_ARRAY_IDX(found.rows, i, void *);

        add_hit(search, target, row, target->source->id_of(row), key_at(search, target, &found, i));
    }
    search->total += found.total;
    search->skip = search->skip > found.total ? search->skip - found.total : 0;
    return NULL;
}

/* One target's part. wanted: rows of it can be on the page. */
static braze_err_t *gather(search_t *search, const target_t *target, const scim_cursor_t *after,
                           int wanted)
{
    int room = wanted ? search->limit - search->hits->nelts : 0;
    int exact = target->exact;
    take_t *count = after || !room ? take_count : take_page;
    braze_err_t *err = exact ? ask(&exact, search, target, after, room) : NULL;

    if (err || exact) {
        return err;
    }
    if (after && room > 0) {
        err = braze_search_walk(search, target, after, take_until_full);
    }
    return err ? err : braze_search_walk(search, target, NULL, count);
}

braze_err_t *braze_search_in_sql(search_t *search)
{
    const scim_cursor_t *cursor = &search->cursor;
    int backward = cursor->backward, i;
    braze_err_t *err = NULL;

    for (i = 0; !err && i < search->count; i++) {
        int index = backward ? search->count - 1 - i : i;
        int here = *cursor->id && index == cursor->source;
        int passed = *cursor->id && (backward ? index > cursor->source : index < cursor->source);

        if (search->targets[index].nobody) {
            continue;
        }
        err = gather(search, &search->targets[index], here ? cursor : NULL, !passed);
    }
    return err;
}
