/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders. Absent values come last ascending and first descending (RFC 7644 section 3.4.2.3); the
 * id, in the same direction, tells equal ones apart, so that an index is read forwards or
 * backwards.
 */
#include <string.h>

#include <apr_strings.h>

#include "search_int.h"

int braze_store_sort_known(const braze_attr_path_t *path, int is_group)
{
    const column_t *column =
        path->schema || !path->attr ? NULL : store_column_find(path->attr, path->sub, is_group);

    return column && column->sorts;
}

static int is_absent(const order_t *order)
{
    return !order->after_key || !*order->after_key;
}

void store_order_spans(span_t spans[2], int *after, const order_t *order, int whole)
{
    span_t last = order->descending ? SPAN_PRESENT : SPAN_ABSENT;

    spans[0] = spans[1] = SPAN_ALL;
    *after = order->after_id != NULL;
    if (!order->column || !order->column->present || whole) {
        return;
    }
    spans[0] = order->descending ? SPAN_ABSENT : SPAN_PRESENT;
    if (*after && (last == SPAN_ABSENT) == is_absent(order)) {
        spans[0] = last;
    } else {
        spans[1] = last;
    }
}

static void put_key(sql_t *sql, const order_t *order)
{
    if (order->column->kind == COLUMN_BOOLEAN || order->column->kind == COLUMN_TIME) {
        store_sql_int(sql, apr_strtoi64(order->after_key ? order->after_key : "", NULL, 10));
    } else {
        store_sql_text(sql, order->after_key ? order->after_key : "");
    }
}

void store_sql_span(sql_t *sql, const order_t *order, span_t span, int after)
{
    const char *name = order->column ? order->column->name : NULL;
    const char *sign = order->descending ? " < " : " > ";

    if (span != SPAN_ALL) {
        PUTS(sql, " AND u.", name, span == SPAN_ABSENT ? " IS NULL" : " IS NOT NULL");
    }
    if (!after) {
        return;
    }
    if (!name || span == SPAN_ABSENT) {
        PUTS(sql, " AND u.id", sign);
        store_sql_text(sql, order->after_id);
        return;
    }
    PUTS(sql, " AND (u.", name, ", u.id)", sign, "(");
    put_key(sql, order);
    PUTS(sql, ", ");
    store_sql_text(sql, order->after_id);
    PUTS(sql, ")");
}

void store_sql_order(sql_t *sql, const order_t *order, span_t span, const char *key, const char *id)
{
    const char *way = order->descending ? " DESC" : "";

    PUTS(sql, " ORDER BY ");
    if (order->column && span != SPAN_ABSENT) {
        PUTS(sql, key, way);
        if (span == SPAN_ALL && order->column->present) {
            /* PostgreSQL's own way, which is not SQLite's. */
            PUTS(sql, order->descending ? " NULLS FIRST" : " NULLS LAST");
        }
        PUTS(sql, ", ");
    }
    PUTS(sql, id, way);
}
