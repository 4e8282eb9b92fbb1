/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator asks of the store and no request does (src/store/operator.c). Errors as in
 * braze_store.h.
 */
#ifndef BRAZE_OPERATOR_H
#define BRAZE_OPERATOR_H

#include "braze_store.h"

/* Which audit rows an operator asks for; what is NULL or 0 does not matter. */
typedef struct {
    const char *company_id;
    apr_time_t since, until; /* from since on, before until */
    const char *name, *code; /* exactly */
    const char *user_name;   /* exactly; or else user_id's, where that is given too */
    const char *user_id;
    const char *before_id; /* only older ones than the event with this id */
    int count;             /* at most; must be given */
} braze_event_query_t;

/* The newest first. of braze_event_t * */
braze_err_t *braze_store_event_search(apr_array_header_t **events, braze_db_t *db,
                                      const braze_event_query_t *query,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Which live sessions an operator asks for. */
typedef struct {
    const char *company_id;
    const char *user_id;     /* NULL = anybody's */
    const char *hash_prefix; /* of lower-case hex digits; NULL = any */
    apr_time_t now;
    int count; /* at most */
} braze_session_query_t;

typedef struct {
    const char *session_hash, *user_name;
    braze_session_t session; /* without name_id_format, assertion_key, user and groups */
} braze_session_listed_t;

/* The newest first. of braze_session_listed_t * */
braze_err_t *braze_store_session_list(apr_array_header_t **sessions, braze_db_t *db,
                                      const braze_session_query_t *query,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Ends all of a user, or with user_id NULL of the company, in one transaction with the event, whose
 * detail is set here; the event is written only when any was ended. */
braze_err_t *braze_store_session_end_all(int *ended, braze_db_t *db, const char *company_id,
                                         const char *user_id, const braze_event_t *event,
                                         apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * Adds many as braze_store_user_add does, in one transaction, each with an event of its own (a copy
 * of event, whose user is set here). added[i] is 1 for who was added, 0 for who was there: a taken
 * userName is no error. 400 (BRAZE-0117) as there, and then nobody is added.
 */
braze_err_t *braze_store_user_add_all(char *added, braze_db_t *db,
                                      const apr_array_header_t *users /* of braze_user_t * */,
                                      apr_time_t now, const braze_event_t *event,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
