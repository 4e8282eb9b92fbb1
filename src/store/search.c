/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searches. The ids of a page are found first, in an index where there is one, and the rows looked
 * up then: an OFFSET over whole rows would read them all.
 */
#include <apr_strings.h>

#include "search_int.h"

/* A statement that was put together. */
typedef struct {
    const char *text;
    apr_array_header_t *args;
} made_t;

typedef struct {
    braze_db_t *db;
    const char *company_id;
    const braze_search_t *wanted;
    const braze_filter_t *filter; /* wanted's, or NULL for want of room */
    int is_group;
    const cond_t *cond;
    order_t order;
    span_t spans[2];
    int after;
    int placed; /* the page begins at place */
    store_place_t place;
    made_t page[2], count; /* without a text: not there */
    apr_pool_t *pool;
} search_t;

/* ---- texts ---- */

static void begin(sql_t *sql, const search_t *search)
{
    sql->buf = braze_buf_new(2048, search->pool);
    sql->args = apr_array_make(search->pool, 8, sizeof(const void *));
    sql->engine = search->db->engine;
    sql->is_group = search->is_group;
    sql->pool = search->pool;
    APR_ARRAY_PUSH(sql->args, const void *) = search->company_id;
}

static made_t made(const sql_t *sql)
{
    made_t statement = {sql->buf->data, sql->args};

    return statement;
}

/* The ids that indexes give are a set of their own, which no planner may take apart. */
static const cond_t *put_seek(sql_t *sql, const cond_t **rest, const cond_t *cond)
{
    const cond_t *seek = store_seek_pick(rest, cond, sql->pool);

    if (seek) {
        PUTS(sql, "WITH d(id) AS MATERIALIZED (");
        store_sql_seek(sql, seek);
        PUTS(sql, ") ");
    }
    return seek;
}

/*
 * The rows u. ids: nothing but u.id is needed, which a seek's ids are when nothing remains to be
 * looked at. SQLite takes the tables of a CROSS JOIN in the order in which they stand.
 */
static void put_from(sql_t *sql, const cond_t *seek, const cond_t *rest, int ids)
{
    const char *table = sql->is_group ? "braze_group" : "braze_user";

    if (ids && seek && !rest) {
        PUTS(sql, " FROM d u WHERE u.id IS NOT NULL");
        return;
    }

    PUTS(sql, " FROM ", seek ? "d CROSS JOIN " : "", table, " u WHERE ",
         seek ? "u.id = d.id AND " : "", "u.company_id = " SQL_COMPANY);
    if (rest && rest->kind != COND_TRUE) {
        PUTS(sql, " AND ");
        store_sql_condition(sql, rest);
    }
}

static made_t make_count(const search_t *search)
{
    const cond_t *seek, *rest;
    sql_t sql;

    begin(&sql, search);
    seek = put_seek(&sql, &rest, search->cond);
    PUTS(&sql, "SELECT count(*)");
    put_from(&sql, seek, rest, 1);
    return made(&sql);
}

static made_t make_page(const search_t *search, span_t span, int after)
{
    const order_t *order = &search->order;
    const char *key =
        order->column ? apr_pstrcat(search->pool, "u.", order->column->name, NULL) : "u.id";
    const char *row = search->is_group ? "g" : "u";
    const cond_t *seek, *rest;
    sql_t sql;

    begin(&sql, search);
    seek = put_seek(&sql, &rest, search->cond);
    PUTS(&sql, "SELECT p.key, ",
         search->is_group ? STORE_GROUP_FIELDS : STORE_USER_FIELDS ", " STORE_USER_IN_GROUPS,
         " FROM (SELECT u.id AS id, ", key, " AS key");
    put_from(&sql, seek, rest, !order->column);
    store_sql_span(&sql, order, span, after);
    if (search->placed) {
        PUTS(&sql, " AND u.id >= ");
        store_sql_text(&sql, search->place.from_id);
    }
    store_sql_order(&sql, order, span, key, "u.id");
    PUTS(&sql, " LIMIT ");
    store_sql_int(&sql, search->wanted->limit);
    if (search->wanted->offset > 0 && !search->after) {
        PUTS(&sql, " OFFSET ");
        store_sql_int(&sql, search->placed ? search->place.skip : search->wanted->offset);
    }
    PUTS(&sql, ") p CROSS JOIN ", search->is_group ? "braze_group " : "braze_user ", row, " WHERE ",
         row, ".id = p.id");
    store_sql_order(&sql, order, span, "p.key", "p.id");
    return made(&sql);
}

static void make_all(search_t *search)
{
    const braze_search_t *wanted = search->wanted;

    if (wanted->limit > 0) {
        search->page[0] = make_page(search, search->spans[0], search->after);
        if (search->spans[1] != SPAN_ALL) {
            search->page[1] = make_page(search, search->spans[1], 0);
        }
    }
    if (wanted->with_total && (search->cond->kind != COND_TRUE || search->is_group)) {
        search->count = make_count(search);
    }
}

/* 0: the connection has no room for another of a filter's statements. What there is without a
 * filter is not a client's to multiply. */
static int fits(const search_t *search, const made_t *first, const made_t *second)
{
    const char *texts[3] = {first->text, second ? second->text : NULL, NULL};

    return !search->filter || store_shapes_fit(search->db, texts);
}

/* ---- running ---- */

static braze_err_t *run(store_rows_t *rows, const search_t *search, const made_t *statement)
{
    return store_select_text(rows, search->db, statement->text,
                             (const void **)statement->args->elts, statement->args->nelts,
                             search->pool);
}

static void read_row(braze_found_t *found, const search_t *search, const store_rows_t *rows,
                     const char *company_id)
{
    const char *key = store_text(rows, 0);

    if (search->is_group) {
        APR_ARRAY_PUSH(found->rows, braze_group_t *) =
            store_group_read(rows, 1, company_id, search->pool);
    } else {
        APR_ARRAY_PUSH(found->rows, braze_user_t *) =
            store_user_read_whole(rows, 1, company_id, search->pool);
    }
    APR_ARRAY_PUSH(found->keys, const char *) = key ? key : "";
}

static braze_err_t *run_page(braze_found_t *found, const search_t *search, int number)
{
    const char *company_id = apr_pstrdup(search->pool, search->company_id);
    store_rows_t rows = {.count = 0};
    braze_err_t *err;

    if (!search->page[number].text || found->rows->nelts >= search->wanted->limit) {
        return NULL;
    }
    err = run(&rows, search, &search->page[number]);
    while (!err && store_next(&rows) && found->rows->nelts < search->wanted->limit) {
        read_row(found, search, &rows, company_id);
    }
    return err;
}

static braze_err_t *run_count(braze_found_t *found, const search_t *search)
{
    store_rows_t rows = {.count = 0};
    braze_err_t *err;

    if (search->placed) {
        found->total = search->place.total;
        return NULL;
    }
    if (!search->count.text) {
        return store_users_total(&found->total, search->db, search->company_id, search->pool);
    }
    err = run(&rows, search, &search->count);
    found->total = !err && store_next(&rows) ? store_int(&rows, 0) : 0;
    return err;
}

/* *room is 0 when the total would take a statement more than there is room for. */
static braze_err_t *run_total(int *room, braze_found_t *found, const search_t *search)
{
    apr_int64_t offset = search->wanted->offset > 0 ? search->wanted->offset : 0;
    int rows = found->rows->nelts;

    if (!search->wanted->with_total) {
        return NULL;
    }
    /* A page that is not full, though not empty, ends the list. */
    if (!search->after && rows < search->wanted->limit && (rows > 0 || offset == 0)) {
        found->total = offset + rows;
        return NULL;
    }
    *room = !search->count.text || fits(search, &search->count, NULL);
    return *room ? run_count(found, search) : NULL;
}

static void prepare(search_t *search)
{
    const braze_search_t *wanted = search->wanted;
    const braze_attr_path_t *sort = wanted->sort;
    const column_t *column =
        sort ? store_column_find(sort->attr, sort->sub, search->is_group) : NULL;

    search->cond = store_cond_of(search->filter, search->is_group, search->pool);
    /* The id itself needs no second key. */
    search->order.column =
        column && column->seek == SEEK_ONE && column->kind == COLUMN_TEXT ? NULL : column;
    search->order.descending = wanted->descending;
    search->order.after_key = wanted->after_key;
    search->order.after_id = wanted->after_id;
    store_order_spans(search->spans, &search->after, &search->order, wanted->offset > 0);
}

/* Where a page of all users begins need not be counted from the first of them. */
static braze_err_t *find_place(search_t *search)
{
    const braze_search_t *wanted = search->wanted;

    if (search->is_group || search->cond->kind != COND_TRUE || search->order.column ||
        search->order.descending || search->after || wanted->offset <= 0 || wanted->limit <= 0) {
        return NULL;
    }
    search->placed = 1;
    return store_users_place(&search->place, search->db, search->company_id, wanted->offset,
                             search->pool);
}

static braze_err_t *attempt(int *room, braze_found_t *found, search_t *search)
{
    braze_err_t *err;

    prepare(search);
    err = find_place(search);
    if (err) {
        return err;
    }
    make_all(search);
    found->rows = apr_array_make(search->pool, 16, sizeof(void *));
    found->keys = apr_array_make(search->pool, 16, sizeof(const char *));
    found->total = search->wanted->with_total ? 0 : -1;
    found->exact = search->cond->exact;
    *room = 1;
    if (search->cond->kind == COND_FALSE) {
        return NULL;
    }
    if (search->page[0].text) {
        *room = fits(search, &search->page[0], &search->page[1]);
    }
    if (!*room) {
        return NULL;
    }
    err = run_page(found, search, 0);
    if (!err) {
        err = run_page(found, search, 1);
    }
    return err ? err : run_total(room, found, search);
}

static braze_err_t *find(braze_found_t *found, search_t *search)
{
    search_t all = *search;
    int room;
    braze_err_t *err;

    search->filter = search->wanted->filter;
    err = attempt(&room, found, search);
    if (!err && !room) {
        err = attempt(&room, found, &all);
        found->exact = 0;
    }
    return err;
}

braze_err_t *braze_store_user_search(braze_found_t *found, braze_db_t *db, const char *company_id,
                                     const braze_search_t *search, apr_pool_t *pool)
{
    search_t all = {.db = db, .company_id = company_id, .wanted = search, .pool = pool};

    return find(found, &all);
}

braze_err_t *braze_store_group_search(braze_found_t *found, braze_db_t *db, const char *company_id,
                                      const braze_search_t *search, apr_pool_t *pool)
{
    search_t all = {
        .db = db, .company_id = company_id, .wanted = search, .is_group = 1, .pool = pool};

    return find(found, &all);
}
