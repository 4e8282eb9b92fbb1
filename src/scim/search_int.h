/* SPDX-License-Identifier: Apache-2.0 */
/* Private to searching: search.c, search_sql.c, search_walk.c, search_sort.c, search_page.c,
 * sort.c, cursor.c. */
#ifndef BRAZE_SEARCH_INT_H
#define BRAZE_SEARCH_INT_H

#include "scim_int.h"

#define SEARCH_BATCH 500 /* rows that a walk looks at before it gives their memory back */

/* ---- cursors (cursor.c) ---- */

#define CURSOR_MAX 8192     /* characters */
#define CURSOR_CONTEXT 64   /* characters of a digest over what a cursor is good for */
#define CURSOR_KEY_MAX 4096 /* bytes of the sorted value in a cursor */

/* A place between two rows of an order. */
typedef struct {
    int backward;    /* the page before it, not behind it */
    int source;      /* which of the sources the row is of */
    const char *key; /* what the row is sorted by; NULL = nothing */
    const char *id;  /* "" = the beginning */
    apr_time_t made;
} scim_cursor_t;

/* NULL for a key that is too long to carry. */
const char *braze_cursor_write(const scim_cursor_t *cursor, const char *context, apr_pool_t *pool);
/* 400 invalidCursor (BRAZE-S0731): none of ours, changed, or of another query; expiredCursor
 * (BRAZE-S0735). */
braze_err_t *braze_cursor_read(scim_cursor_t *cursor, const char *text, const char *context,
                               apr_time_t now, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- sorting (sort.c) ---- */

/* Resolves sortBy; 0 = the type has no such attribute, or none that has one value to sort by. */
int braze_sort_resolve(braze_attr_path_t *path, const char *name,
                       const braze_resource_type_t *type);
/* What a resource is sorted by, such that order is that of bytes; NULL = nothing. */
const char *braze_sort_key(const braze_json_t *resource, const braze_attr_path_t *path,
                           apr_pool_t *pool);

/* ---- filters that a type decides (search_reduce.c) ---- */

enum { REDUCED_FALSE, REDUCED_TRUE, REDUCED_DEPENDS };

/* Which of the three the filter is for every resource of the type; *reduced: what is left of it
 * when it depends on the resource. */
int braze_search_reduce(const braze_filter_t **reduced, const braze_filter_t *filter,
                        const braze_resource_type_t *type, apr_pool_t *pool);

/* ---- one query on its way ---- */

/* A source with what the query means there. */
typedef struct {
    const scim_source_t *source;
    int index;
    const braze_resource_type_t *type;
    int nobody;                   /* no resource of the type can match */
    const braze_filter_t *filter; /* NULL = all */
    int exact;                    /* SQL decides the filter */
    int apart;                    /* filter or order look at what only load brings */
    int plain;                    /* they look at nothing but what the row's JSON has */
    int has_sort;                 /* 0 with sortBy: the type lacks it */
    braze_attr_path_t sort;
    projection_t projection;
} target_t;

/* A row that matches and is wanted. */
typedef struct {
    const target_t *target;
    const char *id, *key; /* key: see scim_cursor_t */
    void *row;            /* NULL: known by its id only */
    const apr_array_header_t *apart;
} hit_t;

typedef struct {
    scim_call_t *call;
    const scim_query_t *query;
    target_t *targets;
    int count;
    int in_memory;        /* the order is made here, not by SQL */
    scim_cursor_t cursor; /* read from the query; id "" = at the beginning */
    const char *context;
    apr_int64_t skip; /* matching rows before the page */
    int limit;        /* rows of the page, one more by cursor: is there another page? */
    apr_int64_t total;
    apr_array_header_t *hits; /* of hit_t */
} search_t;

/* Takes note of a matching row; the search's pool, not the batch's. 0 in *more = enough. */
typedef braze_err_t *take_t(int *more, search_t *search, const target_t *target, void *row,
                            const char *key, const braze_json_t *resource);

/* Every row of a target that matches, in SQL's order, behind after (NULL = from the beginning). A
 * row is the batch's: what is kept of it is copied. */
braze_err_t *braze_search_walk(search_t *search, const target_t *target, const scim_cursor_t *after,
                               take_t *take) BRAZE_MUST_CHECK;

/* The resource as it is shown, parsed (search_shown.c); NULL for a row that somebody wrote by hand
 * and wrong: it matches nothing. */
braze_json_t *braze_search_shown(void *row, const apr_array_header_t *apart, const target_t *target,
                                 scim_call_t *call);

/* What is to be found where SQL knows the order: total and hits, backward ones backward. */
braze_err_t *braze_search_in_sql(search_t *search) BRAZE_MUST_CHECK;
/* The same where it does not: 400 tooMany (BRAZE-S0741) beyond SEARCH_SORT_MAX. */
braze_err_t *braze_search_in_memory(search_t *search) BRAZE_MUST_CHECK;

/* Reads what the hits still lack and renders the answer. more: there is another page that way. */
braze_err_t *braze_search_answer(braze_scim_response_t **response, search_t *search,
                                 int more) BRAZE_MUST_CHECK;

#endif
