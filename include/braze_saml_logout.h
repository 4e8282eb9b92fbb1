/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single logout (saml-profiles 4.4): reading what identity providers send, by HTTP-Redirect,
 * HTTP-POST or SOAP, and making what we send. As the judge of responses, reading is pure and fails
 * closed: a message without a signature by its issuer's key is refused.
 */
#ifndef BRAZE_SAML_LOGOUT_H
#define BRAZE_SAML_LOGOUT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "braze_err.h"
#include "braze_saml.h"
#include "braze_saml_request.h"

#define BRAZE_LOGOUT_MAX_XML (64 * 1024)   /* bytes of a message, inflated */
#define BRAZE_LOGOUT_MAX_QUERY (32 * 1024) /* bytes of a query string */
#define BRAZE_LOGOUT_MAX_RELAY_STATE 1024  /* bytes: others do not keep to 80 */
#define BRAZE_LOGOUT_MAX_INDEXES 32        /* SessionIndex elements */
#define BRAZE_LOGOUT_MAX_AGE 600           /* seconds since IssueInstant */

/* What a message is held against. */
typedef struct {
    const braze_saml_idps_t *idps; /* the only issuers there are */
    const char *url;               /* Destination */
    int skew;                      /* seconds */
    int allow_sha1;
    const apr_array_header_t
        *pairs; /* of braze_saml_pair_t *: our keys, each may decrypt; or NULL */
    apr_time_t now;
} braze_logout_expect_t;

typedef struct {
    const braze_saml_idp_t *idp; /* who has signed it */
    const char *id;
    int is_response;
    const char *relay_state; /* to be given back with an answer; or NULL */

    /* of a request */
    const char *name_id;
    const char *name_qualifier, *sp_name_qualifier; /* or NULL */
    const apr_array_header_t *session_indexes;      /* of const char *; empty: all of that name */
    const char *replay_key;  /* BRAZE_SHA256_HEX characters over issuer and ID */
    apr_time_t replay_until; /* from then on it is refused as expired anyway, skew included */

    /* of a response */
    const char *in_response_to; /* or NULL */
    int success;
} braze_logout_t;

/*
 * Errors are 400 for what is no message, 403 for one that is not believed, with the codes
 * logout_malformed, logout_parameters (of a query string: a name that stands twice, is
 * percent-encoded, or does not go with the others), logout_unsigned, logout_signature,
 * logout_issuer, logout_destination, logout_expired, logout_encrypted.
 */
/* The query string as the browser sent it. */
braze_err_t *braze_logout_read_query(braze_logout_t **logout, const char *query,
                                     const braze_logout_expect_t *expect,
                                     apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The value of the form field SAMLRequest or SAMLResponse. */
braze_err_t *braze_logout_read_post(braze_logout_t **logout, const char *base64, apr_size_t len,
                                    int is_response, const braze_logout_expect_t *expect,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;
/* A SOAP 1.1 envelope around a request, or around the answer to one of ours, which need not name
 * its Destination (saml-bindings 3.2). */
braze_err_t *braze_logout_read_soap(braze_logout_t **logout, const char *xml, apr_size_t len,
                                    int is_response, const braze_logout_expect_t *expect,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Whether this IdP can be asked to sign somebody out. */
int braze_saml_idp_can_sign_out(const braze_saml_idp_t *idp);
/* Where to ask it directly, if it takes nothing that a browser could bring; else NULL. */
const char *braze_saml_idp_sign_out_soap(const braze_saml_idp_t *idp);

typedef struct {
    const braze_saml_idp_t *idp;
    const char *sp_entity_id;
    const char *id;                /* its own; random */
    const braze_saml_pair_t *pair; /* NULL: unsigned, which few will take */
    const char *relay_state;       /* or NULL */
    apr_time_t now;

    /* of a request */
    const char *name_id;
    /* As its assertion had them (saml-core 3.7.1: the same identifier); each may be NULL. */
    const char *name_id_format, *name_qualifier, *sp_name_qualifier;
    const char *session_index; /* or NULL */

    /* of a response */
    const char *in_response_to;
    int success;
} braze_logout_make_t;

/* By HTTP-Redirect, or HTTP-POST where the IdP has only that. */
braze_err_t *braze_logout_request_make(braze_saml_message_t *message,
                                       const braze_logout_make_t *make,
                                       apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The envelope to ask it with at braze_saml_idp_sign_out_soap. */
braze_err_t *braze_logout_request_soap(const char **xml, const braze_logout_make_t *make,
                                       apr_pool_t *pool) BRAZE_MUST_CHECK;
/* As a request by way of the browser; 500 (logout_no_address) where it has neither. */
braze_err_t *braze_logout_response_make(braze_saml_message_t *message,
                                        const braze_logout_make_t *make,
                                        apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The envelope to answer a SOAP request with. */
braze_err_t *braze_logout_response_soap(const char **xml, const braze_logout_make_t *make,
                                        apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
