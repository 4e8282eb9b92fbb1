/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_strings.h>

#include "unit_saml_artifact.h"

braze_saml_idps_t *unit_artifact_idps_with(const char *entity_id, const braze_saml_pair_t *pair,
                                           const char *endpoints, const char *more,
                                           apr_pool_t *pool)
{
    const char *xml = apr_pstrcat(
        pool, "<md:EntityDescriptor xmlns:md=\"" BRAZE_NS_MD "\" entityID=\"", entity_id, "\"",
        more, "><md:IDPSSODescriptor protocolSupportEnumeration=\"" BRAZE_NS_SAMLP "\">",
        "<md:KeyDescriptor><ds:KeyInfo xmlns:ds=\"" BRAZE_NS_DS "\"><ds:X509Data>",
        "<ds:X509Certificate>", pair->cert_base64,
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>", endpoints,
        "<md:SingleSignOnService Binding=\"" BRAZE_HTTP_REDIRECT "\" Location=\"https://a/\"/>",
        "</md:IDPSSODescriptor></md:EntityDescriptor>", NULL);
    braze_saml_idps_t *idps = NULL;
    braze_err_t *err =
        braze_saml_idp_load(&idps, xml, strlen(xml), apr_time_from_sec(UNIT_SAML_NOW - 10), pool);

    if (err) {
        fail_msg("%s", braze_err_line(err, pool));
    }
    return idps;
}

const char *unit_artifact_endpoint(const char *binding, const char *url, const char *index,
                                   apr_pool_t *pool)
{
    return apr_pstrcat(pool, "<md:ArtifactResolutionService Binding=\"", binding, "\" Location=\"",
                       url, "\"", index ? " index=\"" : "", index ? index : "", index ? "\"" : "",
                       "/>", NULL);
}

braze_saml_idps_t *unit_artifact_idps(const braze_saml_pair_t *pair, apr_pool_t *pool)
{
    return unit_artifact_idps_with(
        UNIT_SAML_IDP, pair,
        unit_artifact_endpoint(BRAZE_SOAP, UNIT_ARTIFACT_ARS "?a=1&amp;b=2", "1", pool), "", pool);
}
