/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP-Artifact (saml-bindings 3.6): the browser brings a reference, and the Response is fetched
 * from the identity provider by SOAP. Pure: the fetching is the caller's.
 */
#ifndef BRAZE_SAML_ARTIFACT_H
#define BRAZE_SAML_ARTIFACT_H

#include <apr_pools.h>
#include <apr_time.h>

#include "braze_err.h"
#include "braze_saml.h"
#include "braze_saml_request.h"

#define BRAZE_ARTIFACT_SOURCE 20                     /* bytes: SHA-1 of the issuer's entity ID */
#define BRAZE_ARTIFACT_MAX_ANSWER BRAZE_SAML_MAX_XML /* bytes of the envelope */

/* saml-bindings 3.6.4.2 */
typedef struct {
    const char *text; /* as it came */
    int index;        /* of the endpoint that knows it */
    unsigned char source[BRAZE_ARTIFACT_SOURCE];
} braze_artifact_t;

/* 400 artifact_malformed (BRAZE-J0250) for what is none of type 4. */
braze_err_t *braze_artifact_read(braze_artifact_t *artifact, const char *text,
                                 apr_pool_t *pool) BRAZE_MUST_CHECK;

typedef struct {
    const braze_artifact_t *artifact;
    const braze_saml_idps_t *idps;
    const char *sp_entity_id;
    const char *id;                /* of the request; random */
    const braze_saml_pair_t *pair; /* signs it; NULL: unsigned */
    apr_time_t now;
} braze_artifact_ask_t;

/* An ArtifactResolve on its way. */
typedef struct {
    const braze_saml_idp_t *idp; /* whose artifact it is */
    const char *url, *xml;       /* where to post which envelope */
} braze_artifact_resolve_t;

/* 403 artifact_source (BRAZE-J0251) when no configured identity provider that is in force has made
 * it, or has no such endpoint. */
braze_err_t *braze_artifact_resolve_make(braze_artifact_resolve_t *resolve,
                                         const braze_artifact_ask_t *ask,
                                         apr_pool_t *pool) BRAZE_MUST_CHECK;

/* A Response that came by itself instead of in a form; lives in the pool it was read into. */
typedef struct braze_saml_received_t braze_saml_received_t;

/* What an answer is held against. */
typedef struct {
    const braze_saml_idps_t *idps;
    const braze_saml_idp_t *idp; /* who was asked */
    const char *id;              /* by which ID */
    int skew;                    /* seconds */
    int allow_sha1;
    apr_time_t now;
} braze_artifact_expect_t;

/*
 * The Response in an ArtifactResponse (saml-profiles 5.4): 403 artifact_answer (BRAZE-J0253) for
 * what is none, is not from whom was asked, or not to what; 403 artifact_unknown (BRAZE-J0254) when
 * it holds nothing, for the artifact was used or is too old. A signature of its own must hold, and
 * then vouches for the Response.
 */
braze_err_t *braze_artifact_answer_read(braze_saml_received_t **received, const char *xml,
                                        apr_size_t len, const braze_artifact_expect_t *expect,
                                        apr_pool_t *pool) BRAZE_MUST_CHECK;

/* braze_saml_judge and braze_saml_peek for it. Only who was asked may have issued it. */
braze_err_t *braze_saml_judge_received(braze_saml_identity_t **identity,
                                       const braze_saml_received_t *received,
                                       const braze_saml_expect_t *expect,
                                       apr_pool_t *pool) BRAZE_MUST_CHECK;
void braze_saml_peek_received(const char **issuer, const char **in_response_to,
                              const braze_saml_received_t *received, apr_pool_t *pool);

#endif
