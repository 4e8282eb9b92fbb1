/* SPDX-License-Identifier: Apache-2.0 */
/* The decision: an identity that a response has proven, and what the store knows, become one row of
 * a table. */
#ifndef BRAZE_JIT_H
#define BRAZE_JIT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "braze_err.h"
#include "braze_log.h"
#include "braze_model.h"
#include "braze_saml.h"
#include "braze_store.h"

typedef enum {
    BRAZE_JIT_SIGN_IN,
    BRAZE_JIT_CREATE,
    BRAZE_JIT_REFUSE_INACTIVE,
    BRAZE_JIT_REFUSE_PROVISIONING_OFF,
    BRAZE_JIT_REFUSE_IDP_INITIATED_ONLY,
    BRAZE_JIT_REFUSE_DOMAIN,
    BRAZE_JIT_REFUSE_GOOGLE
} braze_jit_verdict_t;

/* Everything the decision depends on. */
typedef struct {
    int exists, active; /* the user */
    int provisioning;   /* the switch, after directive and company */
    int google;         /* the company uses Google sign-in: nobody is provisioned */
    int idp_initiated;  /* the response was unsolicited */
    int domain_known;   /* a confirmed, non-impersonation user of the company has it, or it is
                           excepted */
} braze_jit_facts_t;

/* Pure and total. */
braze_jit_verdict_t braze_jit_decide(const braze_jit_facts_t *facts);

#define BRAZE_JIT_MAP_NAMES 16 /* of one kind in one row of the table of groups */

/* One row of the table of groups (BrazeJitMap). Names are the company's; arrays are of const char *
 * and may be NULL. */
typedef struct {
    const char *idp_group; /* to the byte, as the identity provider sends it */
    const char *workspace; /* of permission_sets and teams; NULL = none */
    const apr_array_header_t *permission_sets, *teams, *roles;
    const apr_array_header_t *groups;
    const char *where; /* "file:line", for messages */
} braze_jit_map_row_t;

/* What the location's configuration says; the company's own settings fill what it leaves open. */
typedef struct braze_jit_policy_t {
    const braze_company_t *company;
    /*
     * Brings company and catalog of the policy up to date before anything is decided about somebody
     * without an account; NULL = they are. A known person's login needs only the company's id,
     * which never changes, and is spared the reading.
     */
    braze_err_t *(*refresh)(struct braze_jit_policy_t *policy, void *baton);
    void *refresh_baton;
    const braze_catalog_t *catalog;
    int provisioning;              /* 1, 0, or -1 = the company's */
    const char *default_workspace; /* names; NULL = the company's */
    const char *default_permission_set;
    const apr_array_header_t *allow_domains; /* of const char *, A-labels, folded; may be NULL */
    int update_on_login;
    const braze_attribute_map_t *attributes;
    const apr_array_header_t *map; /* of braze_jit_map_row_t; NULL = there is none */
    int map_on_login;
    const char *sp_entity_id;            /* ours; may be NULL */
    apr_interval_time_t session_max_age; /* > 0 */
    const braze_log_t *log; /* what does not stop a login but should be known; or NULL */
} braze_jit_policy_t;

/* Who is asking, for the audit rows. */
typedef struct {
    const char *ip;
    const char *correlation; /* id shown on a refusal page and logged */
    /* This browser's request that the identity answers; NULL = unsolicited. */
    const braze_saml_request_t *request;
} braze_jit_client_t;

typedef struct {
    int created;
    const braze_user_t *user;
    const char *session_secret; /* for the cookie; nowhere else */
    apr_time_t session_expires;
} braze_jit_result_t;

/*
 * Reads the fields out of the identity, decides, and writes everything in one transaction
 * (braze_store_sign_in). Refusals are errors with status 403 and a code: user_inactive,
 * provisioning_off, idp_initiated_only, domain_not_allowed, google_sign_in, replayed,
 * in_response_to_used, user_ambiguous, linked_elsewhere, email_taken,
 * ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING, ERROR_CODE_SSO_INVALID_EMAIL, session_expired
 * (SessionNotOnOrAfter leaves no time, which the judge's skew may let pass), default_missing
 * (provisioning is on but no default workspace or permission set can be found: the operator's log
 * says which). A refusal writes one "Failed Login" audit row by itself (best effort; its failure is
 * logged, the refusal stands).
 */
braze_err_t *braze_jit_login(braze_jit_result_t **result, braze_db_t *db,
                             const braze_saml_identity_t *identity,
                             const braze_jit_policy_t *policy, const braze_jit_client_t *client,
                             apr_time_t now, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* A message that was refused before anybody was proven. */
typedef struct {
    const char *company_id;
    const char *event; /* "Failed Login" or "Failed Logout" */
    const char *actor;
    const braze_jit_client_t *client;
    const braze_err_t *err; /* its code and detail are the row's */
    apr_time_t now;
} braze_jit_refused_t;

/* Its audit row. */
braze_err_t *braze_jit_note_refusal(braze_db_t *db, const braze_jit_refused_t *refused,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;

/* RelayState as a place to go: a local path ("/x?y#z"), or NULL when it is anything else (//host,
 * /\host, a scheme, control characters, %-encoded tricks, over 2048 bytes). The text given back is
 * safe as a Location on our own host. */
const char *braze_jit_local_path(const char *relay_state, apr_pool_t *pool);

/* Did provisioning come to be configured beside Google sign-in? 500 (BRAZE-J0301) with the reason.
 * For start-up and settings pages. */
braze_err_t *braze_jit_check_google(const char *company_name, int provisioning, int google_company,
                                    const char *auth_type, const char *oidc_issuer,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
