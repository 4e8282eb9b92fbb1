/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about artifacts and the judge share. */
#ifndef BRAZE_SAML_ARTIFACT_INT_H
#define BRAZE_SAML_ARTIFACT_INT_H

#include "braze_saml_artifact.h"
#include "message.h"

#define BRAZE_NS_SOAP "http://schemas.xmlsoap.org/soap/envelope/"

struct braze_saml_received_t {
    braze_node_t *response; /* its shape is checked */
    const char *issuer;     /* who was asked */
    int vouched;            /* a signature around it holds, and response is of what was digested */
};

/* The first with that source that has an ArtifactResolutionService; NULL = none. */
const braze_saml_idp_t *braze_saml_idps_sourced(const braze_saml_idps_t *idps,
                                                const unsigned char *source);

#endif
