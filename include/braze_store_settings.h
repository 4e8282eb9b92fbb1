/* SPDX-License-Identifier: Apache-2.0 */
/* What the settings pages ask of the store: each change one transaction with its audit row. Errors
 * as in braze_store.h. */
#ifndef BRAZE_STORE_SETTINGS_H
#define BRAZE_STORE_SETTINGS_H

#include "braze_store.h"

/* As braze_store_company_update, with an event. */
braze_err_t *braze_store_company_change(braze_db_t *db, braze_company_t *company,
                                        const braze_event_t *event,
                                        apr_pool_t *pool) BRAZE_MUST_CHECK;

typedef struct {
    braze_item_t *item;      /* to be added (id NULL) or written; with remove only kind and id */
    const braze_item_t *was; /* as it was when somebody decided; NULL = to be added */
    int remove;
    const braze_event_t *event;
} braze_item_change_t;

/* *done is 0, and nothing is written, when the item is no longer as it was: name or permissions.
 * Errors of braze_store_item_add, _update and _delete. */
braze_err_t *braze_store_item_change(int *done, braze_db_t *db, const char *company_id,
                                     const braze_item_change_t *change,
                                     apr_pool_t *pool) BRAZE_MUST_CHECK;

typedef struct {
    braze_token_t *token;
    const char *replaces;       /* id of a token that ends with this; or NULL */
    const char *form_key;       /* BRAZE_SHA256_HEX characters: a form makes one token */
    apr_time_t form_until;      /* when the form is no longer good anyway */
    const braze_event_t *event; /* its detail is put behind "token <id> " */
    apr_time_t now;
} braze_token_make_t;

/* *done is 0, and nothing is written, when the form has made a token before. 404 when the token
 * that it replaces is gone; 400 as braze_store_token_add. */
braze_err_t *braze_store_token_make(int *done, const char **secret, braze_db_t *db,
                                    const braze_token_make_t *make,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Ends a token, with an event. 404. */
braze_err_t *braze_store_token_end(braze_db_t *db, const char *company_id, const char *id,
                                   const braze_event_t *event, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* The first domains with a confirmed user, by name, at a cost that depends on limit alone. of const
 * char * */
braze_err_t *braze_store_domain_some(apr_array_header_t **confirmed, braze_db_t *db,
                                     const char *company_id, int limit,
                                     apr_pool_t *pool) BRAZE_MUST_CHECK;

/* The first excepted ones. of const char * */
braze_err_t *braze_store_domain_excepted(apr_array_header_t **excepted, braze_db_t *db,
                                         const char *company_id, int limit,
                                         apr_pool_t *pool) BRAZE_MUST_CHECK;

typedef enum {
    BRAZE_PEOPLE_ID,
    BRAZE_PEOPLE_NAME,
    BRAZE_PEOPLE_EMAIL,
    BRAZE_PEOPLE_DISPLAY,
    BRAZE_PEOPLE_GIVEN,
    BRAZE_PEOPLE_FAMILY
} braze_people_order_t;
typedef enum {
    BRAZE_PEOPLE_ALL,
    BRAZE_PEOPLE_ACTIVE,
    BRAZE_PEOPLE_UNCONFIRMED,
    BRAZE_PEOPLE_SUSPENDED
} braze_people_state_t;

/*
 * A page of users. By id the newest come first; by a name they are in its order, and only those
 * whose key begins with prefix. A page begins behind the row with from_key and from_id (NULL: at
 * the beginning), or with backwards ends before it: whatever is written meanwhile, no page has
 * another row twice.
 */
typedef struct {
    const char *company_id;
    braze_people_order_t order;
    const char *prefix; /* a key; not with BRAZE_PEOPLE_ID */
    const char *source; /* "jit", "scim", "operator"; NULL = any */
    braze_people_state_t state;
    const char *from_key, *from_id;
    int backwards;
    int count;
} braze_people_query_t;

typedef struct {
    braze_user_t *user;
    const char *key; /* what it was ordered by; "" by id */
} braze_person_t;

/* of braze_person_t, in the page's order */
braze_err_t *braze_store_people(apr_array_header_t **people, braze_db_t *db,
                                const braze_people_query_t *query,
                                apr_pool_t *pool) BRAZE_MUST_CHECK;
/* How many users the company has. */
braze_err_t *braze_store_people_total(apr_int64_t *total, braze_db_t *db, const char *company_id,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
