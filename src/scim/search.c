/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries from their parameters to their answer. Where SQL decides the filter and knows the order,
 * one statement gives the page and the total. Where it does not decide the filter, its rows are
 * walked in its order and looked at one by one (search_walk.c); where it does not know the order,
 * or several types are to be mixed by a sorted value, what matches is sorted here (search_sort.c).
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "search_int.h"

#define HITS_FIRST 32 /* room at first: most searches look for one */

/* ---- what the query means for each source ---- */

static int is_among(const char *name, const char *const *names)
{
    for (; *names; names++) {
        if (strcmp(*names, name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Is the attribute one of these core attributes, or (own) of the extension that is computed? */
static int is_of(const braze_attr_path_t *path, const char *const *names, int own)
{
    if (path->schema) {
        return own && strcmp(path->schema, BRAZE_SCHEMA_DASHBOARD) == 0;
    }
    return path->attr && is_among(path->attr, names);
}

/* Does the filter look at one of them? */
static int looks_at(const braze_filter_t *filter, const char *const *names, int own)
{
    switch (filter->op) {
    case BRAZE_FILTER_AND:
    case BRAZE_FILTER_OR:
        return looks_at(filter->left, names, own) || looks_at(filter->right, names, own);
    case BRAZE_FILTER_NOT:
        return looks_at(filter->left, names, own);
    default:
        return is_of(&filter->path, names, own);
    }
}

static void note_needs(target_t *target)
{
    static const char *const computed[] = {"schemas", "id",      "meta", "active",
                                           "groups",  "members", NULL};
    const char *const *loaded = target->source->apart_attrs;
    const braze_filter_t *filter = target->filter;
    const braze_attr_path_t *sort = target->has_sort ? &target->sort : NULL;

    target->apart = (filter && looks_at(filter, loaded, 0)) || (sort && is_of(sort, loaded, 0));
    target->plain =
        !(filter && looks_at(filter, computed, 1)) && !(sort && is_of(sort, computed, 1));
}

static braze_err_t *read_filter(search_t *search, target_t *target)
{
    scim_call_t aside = *search->call; /* what a profile bends is counted once */
    scim_call_t *call = target->index ? &aside : search->call;
    const char *text = search->query->filter;
    braze_err_t *err;

    if (!text) {
        target->exact = 1;
        return NULL;
    }
    err = search->count > 1
              ? braze_filter_parse_root(&target->filter, text, strlen(text), target->type, call)
              : braze_filter_parse_for(&target->filter, text, strlen(text), target->type, call);
    if (err) {
        return err;
    }
    switch (braze_search_reduce(&target->filter, target->filter, target->type, call->pool)) {
    case REDUCED_FALSE:
        target->nobody = 1;
        break;
    case REDUCED_TRUE:
        target->filter = NULL;
        break;
    default:
        break;
    }
    target->exact = braze_store_filter_exact(target->filter, target->source->is_group);
    return NULL;
}

static braze_err_t *read_order(search_t *search)
{
    const scim_query_t *query = search->query;
    int i, known = 0;

    for (i = 0; query->sort_by && i < search->count; i++) {
        target_t *target = &search->targets[i];

        target->has_sort = braze_sort_resolve(&target->sort, query->sort_by, target->type);
        known += target->has_sort;
    }
    if (query->sort_by && !known) {
        braze_err_t *err = braze_err_newf(search->call->pool, 400, "invalidValue", "BRAZE-S0734",
                                          "sortBy: \"%.100s\" is no attribute with a value to "
                                          "sort by.",
                                          query->sort_by);

        err->where = "sortBy";
        return err;
    }
    search->in_memory =
        query->sort_by &&
        (search->count > 1 ||
         !braze_store_sort_known(&search->targets[0].sort, search->targets[0].source->is_group));
    return NULL;
}

static braze_err_t *read_targets(search_t *search, const scim_source_t *const *sources)
{
    const scim_query_t *query = search->query;
    apr_pool_t *pool = search->call->pool;
    braze_err_t *err = NULL;
    int i;

    while (sources[search->count]) {
        search->count++;
    }
    search->targets = apr_pcalloc(pool, sizeof(target_t) * (apr_size_t)search->count);
    for (i = 0; !err && i < search->count; i++) {
        target_t *target = &search->targets[i];

        target->source = sources[i];
        target->index = i;
        target->type = braze_resource_type_at(sources[i]->endpoint);
        braze_query_project(&target->projection, query, target->type, pool);
        err = read_filter(search, target);
    }
    if (!err) {
        err = read_order(search);
    }
    for (i = 0; !err && i < search->count; i++) {
        note_needs(&search->targets[i]);
    }
    return err;
}

/* ---- the page ---- */

/* What a cursor is good for: the same company, types, filter and order. */
static const char *context_of(const search_t *search)
{
    const scim_query_t *query = search->query;
    apr_pool_t *pool = search->call->pool;
    braze_buf_t *buf = braze_buf_new(512, pool);
    int i;

    braze_buf_puts(buf, search->call->request->token->company_id);
    for (i = 0; i < search->count; i++) {
        braze_buf_puts(buf, search->targets[i].source->endpoint);
    }
    braze_buf_put_json_string(buf, query->filter);
    braze_buf_put_json_string(buf, query->sort_by);
    braze_buf_puts(buf, query->descending ? "d" : "a");
    return braze_sha256_hex(buf->data, buf->len, pool);
}

static braze_err_t *read_place(search_t *search)
{
    const scim_query_t *query = search->query;
    apr_pool_t *pool = search->call->pool;
    braze_err_t *err = NULL;

    search->cursor.id = "";
    search->limit = query->count;
    if (!query->cursor) {
        search->skip = query->start - 1;
        return NULL;
    }
    search->limit++;
    search->context = context_of(search);
    if (*query->cursor) {
        err = braze_cursor_read(&search->cursor, query->cursor, search->context,
                                search->call->request->now, pool);
    }
    return err;
}

/* By cursor: takes the one hit more off again, and turns what was gathered backward. */
static int settle(search_t *search)
{
    apr_array_header_t *hits = search->hits;
    int more = search->query->cursor && hits->nelts > search->query->count, i, j;

    if (more) {
        hits->nelts = search->query->count;
    }
    for (i = 0, j = hits->nelts - 1; search->cursor.backward && i < j; i++, j--) {
        hit_t hit = APR_ARRAY_IDX(hits, i, hit_t);

        APR_ARRAY_IDX(hits, i, hit_t) = APR_ARRAY_IDX(hits, j, hit_t);
        APR_ARRAY_IDX(hits, j, hit_t) = hit;
    }
    return more;
}

braze_err_t *braze_search_run(braze_scim_response_t **response, scim_call_t *call,
                              const scim_query_t *query, const scim_source_t *const *sources)
{
    search_t search = {.call = call, .query = query};
    braze_err_t *err = read_targets(&search, sources);

    if (!err) {
        err = read_place(&search);
    }
    if (err) {
        return err;
    }
    search.hits = apr_array_make(
        call->pool, search.limit < HITS_FIRST ? search.limit + 1 : HITS_FIRST, sizeof(hit_t));
    err = search.in_memory ? braze_search_in_memory(&search) : braze_search_in_sql(&search);
    return err ? err : braze_search_answer(response, &search, settle(&search));
}

braze_err_t *braze_search_handle(braze_scim_response_t **response, scim_call_t *call,
                                 const scim_source_t *const *sources, int from_body)
{
    scim_query_t query;
    braze_err_t *err = from_body ? braze_query_read_body(&query, call, NULL)
                                 : braze_query_read(&query, call->request, NULL, call->pool);

    return err ? err : braze_search_run(response, call, &query, sources);
}
