/* SPDX-License-Identifier: Apache-2.0 */
/* Our own metadata (saml-metadata-2.0-os 2.4.4). */
#include <string.h>

#include <apr_strings.h>

#include "saml_int.h"

const char *braze_xml_escape(const char *text, apr_pool_t *pool)
{
    char *escaped = apr_palloc(pool, strlen(text) * 6 + 1), *out = escaped;

    for (; *text; text++) {
        const char *entity = *text == '&'   ? "&amp;"
                             : *text == '<' ? "&lt;"
                             : *text == '>' ? "&gt;"
                             : *text == '"' ? "&quot;"
                                            : NULL;

        if (entity) {
            out = apr_cpystrn(out, entity, 7);
        } else {
            *out++ = *text;
        }
    }
    *out = '\0';
    return escaped;
}

const char *braze_saml_sp_metadata(const char *entity_id, const apr_array_header_t *acs_urls,
                                   apr_pool_t *pool)
{
    const char *services = "";
    int i;

    for (i = 0; i < acs_urls->nelts; i++) {
        services =
            apr_psprintf(pool,
                         "%s    <md:AssertionConsumerService "
                         "Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\""
                         " Location=\"%s\" index=\"%d\" isDefault=\"%s\"/>\n",
                         services, braze_xml_escape(APR_ARRAY_IDX(acs_urls, i, const char *), pool),
                         i, i ? "false" : "true");
    }
    return apr_psprintf(
        pool,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<md:EntityDescriptor xmlns:md=\"" BRAZE_NS_MD "\" entityID=\"%s\">\n"
        "  <md:SPSSODescriptor AuthnRequestsSigned=\"false\" WantAssertionsSigned=\"true\""
        " protocolSupportEnumeration=\"" BRAZE_NS_SAMLP "\">\n"
        "    "
        "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</"
        "md:NameIDFormat>\n"
        "%s"
        "  </md:SPSSODescriptor>\n"
        "</md:EntityDescriptor>\n",
        braze_xml_escape(entity_id, pool), services);
}
