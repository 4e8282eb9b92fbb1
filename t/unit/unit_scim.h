/* SPDX-License-Identifier: Apache-2.0 */
/* A company that is asked over SCIM, for the tests of what is read: answers are written as
 * "total: name name ...", refusals as "!status scimType". */
#ifndef UNIT_SCIM_H
#define UNIT_SCIM_H

#include "src/scim/scim_int.h"
#include "unit_store.h"

typedef struct {
    const unit_store_t *store;
    apr_pool_t *pool;
    braze_token_t token;
    braze_catalog_t catalog;
    apr_time_t now;
    int max;
    const char *if_match, *if_none_match; /* of the next requests */
    const braze_scim_response_t *response;
} unit_world_t;

unit_world_t *unit_world(void **state);

/* path: with its query. The answer is kept in world->response. */
const braze_scim_response_t *unit_ask(unit_world_t *world, const char *method, const char *path,
                                      const char *body);
braze_json_t *unit_body(const unit_world_t *world);
const char *unit_outcome(const unit_world_t *world);
/* The outcome of a GET; path may hold a filter as people write it. */
const char *unit_list(unit_world_t *world, const char *path);
/* "nextCursor" or "previousCursor" of the last answer, or NULL. */
const char *unit_cursor(const unit_world_t *world, const char *name);

/* Adds, a second later, and gives the id. members: of a User, with ' in place of ". */
const char *unit_add_user(unit_world_t *world, const char *members);
const char *unit_add_group(unit_world_t *world, const char *name, const char *member,
                           const char *second);

typedef struct {
    const char *ann, *bob, *eve, *staff, *all;
} unit_people_t;

/* Six people, two groups: Everybody has staff and eve, staff has ann and bob. */
unit_people_t unit_populate(unit_world_t *world);

#endif
