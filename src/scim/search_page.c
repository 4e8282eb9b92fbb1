/* SPDX-License-Identifier: Apache-2.0 */
/* A page of what was found, as a ListResponse. */
#include "search_int.h"

/* ---- what the hits still lack ---- */

/* Rows of which only the id was kept; one that has gone meanwhile is left out. */
static braze_err_t *fetch_rows(search_t *search)
{
    apr_array_header_t *hits = search->hits;
    int i, kept = 0;

    for (i = 0; i < hits->nelts; i++) {
        hit_t *hit = &APR_ARRAY_IDX(hits, i, hit_t);
        braze_err_t *err = NULL;

        if (!hit->row) {
            err = hit->target->source->get(&hit->row, search->call, hit->id);
        }
        if (err) {
            return err;
        }
        if (hit->row) {
            APR_ARRAY_IDX(hits, kept++, hit_t) = *hit;
        }
    }
    hits->nelts = kept;
    return NULL;
}

/* What load brings for the rows of one target. */
static braze_err_t *load_target(search_t *search, const target_t *target)
{
    apr_array_header_t *rows =
        apr_array_make(search->call->pool, search->hits->nelts + 1, sizeof(void *));
    const apr_array_header_t **apart;
    braze_err_t *err;
    int i, next = 0;

    for (i = 0; i < search->hits->nelts; i++) {
        const hit_t *hit = &APR_ARRAY_IDX(search->hits, i, hit_t);

        if (hit->target == target) {
            APR_ARRAY_PUSH(rows, void *) = hit->row;
        }
    }
    if (rows->nelts == 0) {
        return NULL;
    }
    apart = apr_pcalloc(search->call->pool, sizeof(*apart) * (apr_size_t)rows->nelts);
    err = target->source->load(apart, search->call, rows, &target->projection);
    for (i = 0; !err && i < search->hits->nelts; i++) {
        hit_t *hit = &APR_ARRAY_IDX(search->hits, i, hit_t);

        if (hit->target == target) {
            hit->apart = apart[next++];
        }
    }
    return err;
}

static braze_err_t *load_rows(search_t *search)
{
    braze_err_t *err = fetch_rows(search);
    int i;

    for (i = 0; !err && i < search->count; i++) {
        err = load_target(search, &search->targets[i]);
    }
    return err;
}

/* ---- cursors (RFC 9865 section 2) ---- */

static void put_cursor(braze_buf_t *buf, const char *name, const search_t *search, const hit_t *hit,
                       int backward)
{
    scim_cursor_t cursor = {backward, 0, NULL, "", search->call->request->now};
    const char *text;

    if (hit) {
        cursor.source = hit->target->index;
        cursor.key = hit->key;
        cursor.id = hit->id;
    }
    text = braze_cursor_write(&cursor, search->context, buf->pool);
    if (text) {
        braze_buf_puts(buf, ",\"");
        braze_buf_puts(buf, name);
        braze_buf_puts(buf, "\":");
        braze_buf_put_json_string(buf, text);
    }
}

/*
 * nextCursor is missing on the last page and nowhere else. Behind a page that was reached backward
 * there is the one that it was reached from; one that has become empty leads to the beginning.
 */
static void put_cursors(braze_buf_t *buf, const search_t *search, int more)
{
    const apr_array_header_t *hits = search->hits;
    const hit_t *first = hits->nelts ? &APR_ARRAY_IDX(hits, 0, hit_t) : NULL;
    const hit_t *last = hits->nelts ? &APR_ARRAY_IDX(hits, hits->nelts - 1, hit_t) : NULL;

    if (search->cursor.backward || more) {
        put_cursor(buf, "nextCursor", search, last, 0);
    }
    if (first && (search->cursor.backward ? more : *search->cursor.id)) {
        put_cursor(buf, "previousCursor", search, first, 1);
    }
}

/* ---- the message (RFC 7644 section 3.4.2) ---- */

static void put_hits(braze_buf_t *buf, const search_t *search)
{
    int i;

    for (i = 0; i < search->hits->nelts; i++) {
        const hit_t *hit = &APR_ARRAY_IDX(search->hits, i, hit_t);

        if (i) {
            braze_buf_puts(buf, ",");
        }
        hit->target->source->put(buf, hit->row, hit->apart, search->call, &hit->target->projection);
    }
}

braze_err_t *braze_search_answer(braze_scim_response_t **response, search_t *search, int more)
{
    apr_pool_t *pool = search->call->pool;
    braze_buf_t *buf = braze_buf_new(512 + 1536 * (apr_size_t)search->hits->nelts, pool);
    braze_buf_t *cursors = braze_buf_new(256, pool);
    braze_err_t *err;

    if (search->query->cursor) {
        put_cursors(cursors, search, more); /* before a row that has gone is left out */
    }
    err = load_rows(search);
    if (err) {
        return err;
    }
    braze_buf_puts(buf, "{\"schemas\":[\"" URN_LIST "\"],\"totalResults\":");
    braze_buf_put_int(buf, search->total);
    if (!search->query->cursor) {
        braze_buf_puts(buf, ",\"startIndex\":");
        braze_buf_put_int(buf, search->query->start);
    }
    braze_buf_puts(buf, ",\"itemsPerPage\":");
    braze_buf_put_int(buf, search->hits->nelts);
    braze_buf_add(buf, cursors->data, cursors->len);
    braze_buf_puts(buf, ",\"Resources\":[");
    put_hits(buf, search);
    braze_buf_puts(buf, "]}");
    *response = braze_response_body(200, SCIM_TYPE, buf, pool);
    return NULL;
}
