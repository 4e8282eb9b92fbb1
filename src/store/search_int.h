/* SPDX-License-Identifier: Apache-2.0 */
/* Private to searching: filters as conditions, conditions and orders as SQL. */
#ifndef BRAZE_SEARCH_INT_H
#define BRAZE_SEARCH_INT_H

#include "store_int.h"

/* ---- columns (columns.c) ---- */

typedef enum {
    COLUMN_KEY,     /* braze_key_fold of the attribute */
    COLUMN_TEXT,    /* the attribute's bytes */
    COLUMN_BOOLEAN, /* 0 or 1 */
    COLUMN_TIME,    /* milliseconds */
    COLUMN_EMAILS,  /* the values of a user's e-mails, and where they come from */
    COLUMN_GROUPS,  /* the groups of a user, nested ones followed */
    COLUMN_MEMBERS  /* the direct members of a group */
} column_kind_t;

/* How well an index finds the rows of one value. */
typedef enum { SEEK_NONE, SEEK_SOME, SEEK_ONE } seek_t;

typedef struct {
    const char *attr, *sub; /* names of the attribute */
    column_kind_t kind;
    const char *name;    /* what is compared and sorted by */
    const char *given;   /* KEY: the text as given */
    const char *present; /* the column that is NULL where the attribute is absent; NULL: never is */
    seek_t seek;
    int sorts;
} column_t;

/* The column of an attribute; NULL when there is none. */
const column_t *store_column_find(const char *attr, const char *sub, int is_group);

/* ---- conditions (condition.c, filter_sql.c) ---- */

/*
 * What SQL can say of a filter. Negations stand at the atoms only, each of which has two truth
 * values: a NULL of SQL never decides. exact 0: true of more rows than the filter is.
 */
typedef enum { COND_TRUE, COND_FALSE, COND_AND, COND_OR, COND_ATOM } cond_kind_t;

typedef struct {
    cond_kind_t kind;
    int exact;
    apr_array_header_t *parts; /* AND, OR: of const cond_t *, two or more, of another kind */
    const column_t *column;    /* ATOM */
    braze_filter_op_t op;      /* PR, EQ, CO, SW, EW, GT, GE, LT, LE */
    int negated;
    const char *text;    /* KEY, TEXT, and what holds ids and e-mails; of SW the lower bound */
    const char *upper;   /* SW: NULL = none */
    const char *trimmed; /* SW, EW: a column that must have no white space there; or NULL */
    apr_int64_t integer; /* BOOLEAN, TIME */
    const apr_array_header_t *list; /* EQ with one of several texts, of const char *; or NULL */
} cond_t;

const cond_t *store_cond_truth(int truth, int exact, apr_pool_t *pool);
/* AND or OR of two, simplified. */
const cond_t *store_cond_join(cond_kind_t kind, const cond_t *left, const cond_t *right,
                              apr_pool_t *pool);
/* The contrary of an exact condition. */
const cond_t *store_cond_negate(const cond_t *cond, apr_pool_t *pool);
/* Comparisons of one column with several texts, become one. */
const cond_t *store_cond_merge(const cond_t *cond, apr_pool_t *pool);

/* An attribute's test, true (want 1) or not true (want 0). */
const cond_t *store_cond_leaf(const braze_filter_t *leaf, int want, int is_group, apr_pool_t *pool);
/* The same inside the brackets of a column of several values; always true, not its contrary. */
const cond_t *store_cond_element(const braze_filter_t *leaf, const column_t *column,
                                 apr_pool_t *pool);
/* A whole filter; NULL = all. */
const cond_t *store_cond_of(const braze_filter_t *filter, int is_group, apr_pool_t *pool);

/* ---- texts (condition_put.c, seek.c, search.c) ---- */

/* A statement that grows, with its arguments. */
typedef struct {
    braze_buf_t *buf;
    apr_array_header_t *args; /* of const void * */
    braze_engine_t engine;
    int is_group;
    apr_pool_t *pool;
} sql_t;

#define SQL_COMPANY "$1" /* the first argument of each */

/* Texts, never a value. */
#define PUTS(sql, ...) store_sql_puts(sql, (const char *const[]){__VA_ARGS__, NULL})
void store_sql_puts(sql_t *sql, const char *const *texts); /* NULL-ended */
/* The next parameter is put and bound; its number. */
int store_sql_text(sql_t *sql, const char *value);
int store_sql_int(sql_t *sql, apr_int64_t value);
/* A parameter once more. */
void store_sql_again(sql_t *sql, int number);
/* name = the atom's value, or one of its values. *number (0 at first): the parameter. */
void store_sql_equals(sql_t *sql, const char *name, const cond_t *atom, int *number);

/* The condition on the row u. */
void store_sql_condition(sql_t *sql, const cond_t *cond);
/* Ids of the groups that the atom (of GROUPS) names and of those nested in them; their users. */
void store_sql_group_users(sql_t *sql, const cond_t *atom);

/*
 * How a condition's rows are found: by plain conditions on the table (NULL), or by joining ids that
 * indexes give; then *rest (NULL = nothing) is what remains to be looked at. Without this an engine
 * reads a whole table for "this column or that other table".
 */
const cond_t *store_seek_pick(const cond_t **rest, const cond_t *cond, apr_pool_t *pool);
/* A select of ids of the rows of a condition that store_seek_pick has picked. */
void store_sql_seek(sql_t *sql, const cond_t *cond);

/* ---- orders (sort_sql.c) ---- */

/* Absent values stand at one end of an order: each end is read by a statement of its own, so that
 * an index serves it and a page continues where the last one ended. */
typedef enum { SPAN_ALL, SPAN_PRESENT, SPAN_ABSENT } span_t;

typedef struct {
    const column_t *column; /* NULL: by id */
    int descending;
    const char *after_key, *after_id; /* as in braze_search_t */
} order_t;

/* What the order's first and second statement read; the second SPAN_ALL: there is none. *after: the
 * first begins behind a row. */
void store_order_spans(span_t spans[2], int *after, const order_t *order, int whole);
/* " AND …": the rows of the span, behind the row of order if after. */
void store_sql_span(sql_t *sql, const order_t *order, span_t span, int after);
/* " ORDER BY …" of a table or subselect whose columns are key and id. */
void store_sql_order(sql_t *sql, const order_t *order, span_t span, const char *key,
                     const char *id);

#endif
