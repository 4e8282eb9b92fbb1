/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SCIM service (RFC 7643, RFC 7644) and Braze's documented dialect of it, over the store. A
 * request in, a response out; authentication, addresses and body reading are the caller's.
 */
#ifndef BRAZE_SCIM_H
#define BRAZE_SCIM_H

#include <apr_pools.h>
#include <apr_time.h>

#include "braze_err.h"
#include "braze_model.h"
#include "braze_store.h"

typedef enum { BRAZE_SCIM_RFC, BRAZE_SCIM_BRAZE } braze_scim_dialect_t;

#define BRAZE_SCIM_MAX_FILTER 8192 /* bytes */
#define BRAZE_SCIM_MAX_QUERY 16384 /* bytes of the query string */

/* Limits as configured (BrazeScimMaxBody, BrazeScimMaxResults, BrazeScimMaxOperations). */
typedef struct {
    apr_size_t max_body;
    int max_results, max_operations;
} braze_scim_limits_t;

typedef struct {
    const char *method;       /* "GET", "POST" … */
    const char *path;         /* below the service's base, decoded once, begins with "/" or is "" :
                                 "/Users/dfa2…" */
    const char *query;        /* raw query string, or NULL */
    const char *content_type; /* raw header, or NULL */
    const char *content_encoding; /* raw, of what body still has; or NULL */
    const char *if_match, *if_none_match;
    const char *body; /* or NULL; already within max_body */
    apr_size_t body_len;
    braze_scim_dialect_t dialect;
    const char *base_url; /* what meta.location begins with, no trailing slash */
    const braze_token_t *token;
    const braze_catalog_t *catalog;
    const char *default_workspace_id; /* after directive and token */
    const char *client_ip;            /* for the audit */
    const braze_user_t
        *prefetched;   /* the row that braze_store_token_find brought along for path, or NULL */
    int prefetch_done; /* 1: prefetched is the answer, NULL included; 0: not asked */
    const char *prefetched_name; /* what prefetched was sought by, if it was the userName's key and
                                    not the path's id; NULL = by id */
    braze_scim_limits_t limits;
    apr_interval_time_t bulk_time; /* in which operations of a bulk job begin; 0 = a minute */
    apr_time_t now;
    const braze_log_t *log;
} braze_scim_request_t;

/* What profiles bend, by kind: how often. */
#define BRAZE_SCIM_BENDS 15
typedef struct {
    unsigned short of[BRAZE_SCIM_BENDS];
} braze_scim_bends_t;
/* The names of the kinds, NULL-ended; the last is what has no name of its own. */
extern const char *const braze_scim_bend_names[];

typedef struct {
    int status;
    const char *content_type;            /* NULL with an empty body */
    const char *etag, *location, *allow; /* headers, or NULL */
    const char *accept_encoding;         /* likewise */
    int retry_after;                     /* seconds, 0 = none */
    int bent; /* how often the token's profile took what "strict" refuses, each logged */
    braze_scim_bends_t bends; /* the same by kind */
    int brought_back;         /* 1: a 201 that made nobody: who was there is active again */
    const char *body;         /* NULL = none */
    apr_size_t body_len;
} braze_scim_response_t;

/* Answers every request: an error is rendered into the response too, and given back in *err for the
 * log (NULL = fine). */
braze_scim_response_t *braze_scim_handle(const braze_err_t **err, braze_db_t *db,
                                         const braze_scim_request_t *request, apr_pool_t *pool);

/* Renders an error body of the dialect (also for errors of httpd's own: 401, 403, 405, 413 …). */
braze_scim_response_t *braze_scim_error(const braze_err_t *err, braze_scim_dialect_t dialect,
                                        apr_pool_t *pool);

/*
 * The {id} when a call begins by reading exactly one user (GET, HEAD, PUT, PATCH and DELETE
 * of "/Users/{id}"), else NULL: what to prefetch. A row that has grown old meanwhile does a change
 * no harm.
 */
const char *braze_scim_prefetch_id(const char *method, const char *path, apr_pool_t *pool);

/* The key (braze_key_fold) of the only userName that a GET of "/Users" can find, when its filter is
 * userName eq "…" alone; else NULL. As prefetch_id, for the question that clients ask most. */
const char *braze_scim_prefetch_name(const char *method, const char *path, const char *query,
                                     apr_pool_t *pool);

#endif
