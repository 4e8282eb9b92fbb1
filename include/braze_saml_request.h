/* SPDX-License-Identifier: Apache-2.0 */
/* Asking an identity provider to sign somebody in (saml-profiles 4.1.4.1), and our own key pair.
 */
#ifndef BRAZE_SAML_REQUEST_H
#define BRAZE_SAML_REQUEST_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "braze_err.h"
#include "braze_saml.h"

#define BRAZE_SAML_MAX_RELAY_STATE 80   /* bytes: saml-bindings 3.4.3 */
#define BRAZE_SAML_MAX_PEM (256 * 1024) /* bytes of a key or certificate file */

/* Our own key and its certificate, in PEM. Immutable; the pool that it was made in owns it. */
typedef struct braze_saml_pair_t braze_saml_pair_t;

/*
 * An unencrypted RSA key of 2048 bits or more, and the first certificate of the other text, which
 * must be that key's: errors (BRAZE-J0207) say what is wrong. RSA, for it also is to decrypt.
 */
braze_err_t *braze_saml_pair_make(braze_saml_pair_t **pair, const char *key_pem, apr_size_t key_len,
                                  const char *cert_pem, apr_size_t cert_len,
                                  apr_pool_t *pool) BRAZE_MUST_CHECK;

typedef struct {
    const braze_saml_idp_t *idp; /* with a sign-in endpoint, or the error is BRAZE-J0204 */
    const char *sp_entity_id;
    const char *acs_url;           /* where the response is to be posted */
    const char *id;                /* what the response's InResponseTo must be; random */
    const char *relay_state;       /* or NULL */
    const braze_saml_pair_t *pair; /* signs it (RSA-SHA256), or NULL */
    int force_authn;               /* 1: the identity provider is to ask the person again */
    const char *name_id_format;    /* or NULL: any */
    const apr_array_header_t *authn_contexts; /* of const char *: class references, one of which
                                                 must be fulfilled; or NULL */
    apr_time_t now;
} braze_saml_ask_t;

/* A message as a browser carries it. */
typedef struct {
    const char *url;         /* where to: whole with HTTP-Redirect, of the form's action else */
    const char *field;       /* "SAMLRequest" or "SAMLResponse" of the form; NULL = HTTP-Redirect */
    const char *value;       /* of that field: base64 */
    const char *relay_state; /* of the form, or NULL */
} braze_saml_message_t;

/* An AuthnRequest, by HTTP-Redirect, or by HTTP-POST where the identity provider offers only that.
 * Needs braze_saml_init. */
braze_err_t *braze_saml_authn_request_make(braze_saml_message_t *message,
                                           const braze_saml_ask_t *ask,
                                           apr_pool_t *pool) BRAZE_MUST_CHECK;

/* 1 when it can be asked at all. */
int braze_saml_idp_can_sign_in(const braze_saml_idp_t *idp);

/* Our metadata: saml-metadata-2.0-os 2.4.4. */
typedef struct {
    const char *entity_id;
    const apr_array_header_t *acs_urls; /* of const char *; the first is the default */
    const char *artifact_url;           /* takes artifacts, or NULL */
    const char *slo_url;                /* single logout, or NULL */
    const char *name_id_format;         /* what is asked for; NULL: an e-mail address */
    const apr_array_header_t *pairs; /* of braze_saml_pair_t *: keys; the first signs. NULL: none */
} braze_saml_sp_t;

/* XML text, signed when there is a key. */
braze_err_t *braze_saml_sp_metadata_make(const char **xml, const braze_saml_sp_t *sp,
                                         apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
