/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of searching share: a few people and groups who differ in whatever a filter or an
 * order can ask for, and the same as a client sees them.
 */
#ifndef UNIT_SEARCH_H
#define UNIT_SEARCH_H

#include "braze_filter.h"
#include "unit_store.h"

typedef struct {
    const unit_store_t *store;
    const char *company_id;
    int added; /* ids are made of this */
} unit_people_t;

/* A company of its own name with nobody in it. */
unit_people_t *unit_people(const unit_store_t *store, const char *company);
/* A person with this resource (JSON), made ms milliseconds after UNIT_NOW. */
const char *unit_search_user(unit_people_t *people, const char *resource, int active, int ms);
/* A group; members: ids, NULL-ended. */
const char *unit_search_group(unit_people_t *people, const char *resource, int ms,
                              const char *const *members);

/*
 * The people a to i and the groups A to F of the tables in the tests:
 * groups A = a, b, B; B = c, C; C = d, A (a circle); D = nobody; E = e; F = E, e.
 */
unit_people_t *unit_people_all(const unit_store_t *store);
/* The letter of somebody of unit_people_all. */
char unit_letter(const char *id, int is_group);
/* The id of a letter. */
const char *unit_id(char letter, apr_pool_t *pool);

/* As they are shown in an answer. */
braze_json_t *unit_shown_user(const unit_people_t *people, const braze_user_t *user);
braze_json_t *unit_shown_group(const unit_people_t *people, const braze_group_t *group);

/* NULL for NULL; fails the test when it is no filter. */
const braze_filter_t *unit_filter(const char *text, int is_group, apr_pool_t *pool);
/* An attribute to sort by. */
const braze_attr_path_t *unit_sort(const char *name, int is_group, apr_pool_t *pool);

/* A search; fails the test on an error. */
void unit_search(braze_found_t *found, const unit_people_t *people, int is_group,
                 const braze_search_t *search, apr_pool_t *pool);
/* Ids of the rows found. */
const char *unit_row_id(const braze_found_t *found, int index, int is_group);
/* Letters of the rows, in their order. */
const char *unit_letters(const braze_found_t *found, int is_group, apr_pool_t *pool);

#endif
