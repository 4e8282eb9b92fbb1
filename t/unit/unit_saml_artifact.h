/* SPDX-License-Identifier: Apache-2.0 */
/* What the two suites about artifacts share. */
#ifndef BRAZE_UNIT_SAML_ARTIFACT_H
#define BRAZE_UNIT_SAML_ARTIFACT_H

#include "src/saml/artifact.h"
#include "unit_saml.h"

#define UNIT_ARTIFACT_ID "_0123456789abcdef0123456789abcdef" /* of our request */
#define UNIT_ARTIFACT_NOW "2027-01-15T08:00:00.000Z"         /* UNIT_SAML_NOW */
#define UNIT_ARTIFACT_ARS UNIT_SAML_IDP "/ars"

/* Metadata of an identity provider with the pair's key, these lines of endpoints, and more
 * attributes at its root. */
braze_saml_idps_t *unit_artifact_idps_with(const char *entity_id, const braze_saml_pair_t *pair,
                                           const char *endpoints, const char *more,
                                           apr_pool_t *pool);
/* An ArtifactResolutionService; index NULL: without one. */
const char *unit_artifact_endpoint(const char *binding, const char *url, const char *index,
                                   apr_pool_t *pool);
/* UNIT_SAML_IDP with UNIT_ARTIFACT_ARS?a=1&b=2 as index 1. */
braze_saml_idps_t *unit_artifact_idps(const braze_saml_pair_t *pair, apr_pool_t *pool);

#endif
