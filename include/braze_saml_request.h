/* SPDX-License-Identifier: Apache-2.0 */
/* Asking an identity provider to sign somebody in (saml-profiles 4.1.4.1, HTTP-Redirect binding).
 */
#ifndef BRAZE_SAML_REQUEST_H
#define BRAZE_SAML_REQUEST_H

#include <apr_pools.h>
#include <apr_time.h>

#include "braze_err.h"
#include "braze_saml.h"

#define BRAZE_SAML_MAX_RELAY_STATE 80 /* bytes: saml-bindings 3.4.3 */

typedef struct {
    const braze_saml_idp_t *idp; /* with an HTTP-Redirect endpoint, or the error is BRAZE-J0204 */
    const char *sp_entity_id;
    const char *acs_url;     /* where the response is to be posted */
    const char *relay_state; /* or NULL */
    apr_time_t now;
} braze_saml_ask_t;

/*
 * An unsigned AuthnRequest as the URL to send the browser to. id is what the response's
 * InResponseTo must be: random, to be kept with this browser and the IdP's entity ID. Needs
 * braze_saml_init.
 */
braze_err_t *braze_saml_authn_request_make(const char **url, const char **id,
                                           const braze_saml_ask_t *ask,
                                           apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
