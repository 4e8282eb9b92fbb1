/* SPDX-License-Identifier: Apache-2.0 */
/* Private to src/jit. */
#ifndef BRAZE_JIT_INT_H
#define BRAZE_JIT_INT_H

#include "braze_jit.h"

/* One login on its way: what it was called with, and what was read out of the identity. */
typedef struct {
    braze_db_t *db;
    const braze_saml_identity_t *identity;
    const braze_jit_policy_t *policy;
    const braze_jit_client_t *client;
    apr_time_t now;
    apr_pool_t *pool;

    const char *email, *email_key, *domain;
    const char *given_name, *family_name, *department; /* or NULL */
    braze_wanted_t *wanted; /* what the table of groups gives; NULL = there is no table */
    int maps_permissions;   /* a row of it that gives permissions speaks of this person */
    int groups_unknown;     /* the identity provider has left the groups out */
} braze_jit_attempt_t;

/* Why nobody is signed in. */
typedef enum {
    BRAZE_JIT_NO_INACTIVE,
    BRAZE_JIT_NO_PROVISIONING,
    BRAZE_JIT_NO_IDP_INITIATED,
    BRAZE_JIT_NO_DOMAIN,
    BRAZE_JIT_NO_GOOGLE,
    BRAZE_JIT_NO_REPLAY,
    BRAZE_JIT_NO_REQUEST,
    BRAZE_JIT_NO_AMBIGUOUS,
    BRAZE_JIT_NO_EMAIL,
    BRAZE_JIT_NO_VALID_EMAIL,
    BRAZE_JIT_NO_DEFAULT,
    BRAZE_JIT_NO_TIME_LEFT,
    BRAZE_JIT_NO_LINK,
    BRAZE_JIT_NO_NEW_EMAIL
} braze_jit_no_t;

/* The refusal as an error: 403, code, tag, what the person and what the operator can do. about: the
 * default that is missing (BRAZE_JIT_NO_DEFAULT), else NULL. */
braze_err_t *braze_jit_refuse(const braze_jit_attempt_t *attempt, braze_jit_no_t why,
                              const char *about);

/* Writes the refusal's audit row; a fault of that is logged and nothing more. */
void braze_jit_note(const braze_jit_attempt_t *attempt, const braze_err_t *refusal);

/* "saml:<entity id>": the actor of the audit rows. */
const char *braze_jit_actor(const braze_jit_attempt_t *attempt);

/* Fills e-mail, its key and domain, names and department from the identity; refuses without a
 * usable e-mail. */
braze_err_t *braze_jit_read_fields(braze_jit_attempt_t *attempt) BRAZE_MUST_CHECK;

/* Reads the groups that the identity provider names and looks them up in the table, and its names
 * in the policy's catalogue. fresh: that is the company's as it is now. */
void braze_jit_map_read(braze_jit_attempt_t *attempt, int fresh);

/* The account that a first login makes: columns derived, workspace and permission set as policy or
 * identity name them. */
braze_err_t *braze_jit_new_user(braze_user_t **user,
                                const braze_jit_attempt_t *attempt) BRAZE_MUST_CHECK;

#endif
