/* SPDX-License-Identifier: Apache-2.0 */
/* Our own metadata (saml-metadata-2.0-os 2.4.4). */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "message.h"

#define EMAIL_ADDRESS "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"

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

/* In the order of our liking (saml-metadata 2.4.1.1). CBC is taken where a signature covers it, but
 * nobody is told to use it. */
static const char encryption_methods[] =
    "<md:EncryptionMethod Algorithm=\"" BRAZE_NS_XENC11 "aes256-gcm\"/>"
    "<md:EncryptionMethod Algorithm=\"" BRAZE_NS_XENC11 "aes128-gcm\"/>"
    "<md:EncryptionMethod Algorithm=\"" BRAZE_NS_XENC11 "rsa-oaep\">"
    "<ds:DigestMethod xmlns:ds=\"" BRAZE_NS_DS "\" Algorithm=\"" BRAZE_NS_XENC "sha256\"/>"
    "<xenc11:MGF xmlns:xenc11=\"" BRAZE_NS_XENC11 "\" Algorithm=\"" BRAZE_NS_XENC11
    "mgf1sha256\"/></md:EncryptionMethod>"
    "<md:EncryptionMethod Algorithm=\"" BRAZE_NS_XENC "rsa-oaep-mgf1p\"/>";

static const char *key_descriptor(const char *use, const braze_saml_pair_t *pair,
                                  const char *methods, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "    <md:KeyDescriptor use=\"", use,
                       "\"><ds:KeyInfo xmlns:ds=\"" BRAZE_NS_DS "\"><ds:X509Data>"
                       "<ds:X509Certificate>",
                       pair->cert_base64, "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
                       methods, "</md:KeyDescriptor>\n", NULL);
}

/* Each pair for both uses: what is about to sign, or has signed until lately, decrypts too. */
static const char *key_descriptors(const apr_array_header_t *pairs, apr_pool_t *pool)
{
    const char *text = "";
    int i;

    for (i = 0; pairs && i < pairs->nelts; i++) {
        const braze_saml_pair_t *pair = APR_ARRAY_IDX(pairs, i, const braze_saml_pair_t *);

        text = apr_pstrcat(pool, text, key_descriptor("signing", pair, "", pool),
                           key_descriptor("encryption", pair, encryption_methods, pool), NULL);
    }
    return text;
}

static const char *logout_services(const char *url, apr_pool_t *pool)
{
    const char *where = url ? braze_xml_escape(url, pool) : NULL;

    return url ? apr_pstrcat(
                     pool,
                     "    <md:SingleLogoutService Binding=\"" BRAZE_HTTP_REDIRECT "\" Location=\"",
                     where,
                     "\"/>\n    <md:SingleLogoutService Binding=\"" BRAZE_HTTP_POST
                     "\" Location=\"",
                     where,
                     "\"/>\n    <md:SingleLogoutService Binding=\"" BRAZE_SOAP "\" Location=\"",
                     where, "\"/>\n", NULL)
               : "";
}

static const char *acs_service(const char *binding, const char *url, int index, apr_pool_t *pool)
{
    return apr_psprintf(pool,
                        "    <md:AssertionConsumerService Binding=\"%s\" Location=\"%s\" "
                        "index=\"%d\" isDefault=\"%s\"/>\n",
                        binding, braze_xml_escape(url, pool), index, index ? "false" : "true");
}

/* Those of HTTP-POST first: an index is for good, people may have written it down. */
static const char *acs_services(const braze_saml_sp_t *sp, apr_pool_t *pool)
{
    const apr_array_header_t *urls = sp->acs_urls;
    const char *text = "";
    int i;

    for (i = 0; i < urls->nelts; i++) {
        text = apr_pstrcat(
            pool, text, acs_service(BRAZE_HTTP_POST, APR_ARRAY_IDX(urls, i, const char *), i, pool),
            NULL);
    }
    if (sp->artifact_url) {
        text = apr_pstrcat(pool, text,
                           acs_service(BRAZE_HTTP_ARTIFACT, sp->artifact_url, urls->nelts, pool),
                           NULL);
    }
    return text;
}

/* The order of the elements is the schema's. id and signature belong together. */
static const char *descriptor(const braze_saml_sp_t *sp, const char *id, const char *signature,
                              apr_pool_t *pool)
{
    int has_keys = sp->pairs && sp->pairs->nelts > 0;

    return apr_pstrcat(
        pool,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<md:EntityDescriptor xmlns:md=\"" BRAZE_NS_MD "\"",
        id ? apr_pstrcat(pool, " ID=\"", id, "\"", NULL) : "", " entityID=\"",
        braze_xml_escape(sp->entity_id, pool), "\">", signature,
        "\n  <md:SPSSODescriptor AuthnRequestsSigned=\"", has_keys ? "true" : "false",
        "\" WantAssertionsSigned=\"true\" protocolSupportEnumeration=\"" BRAZE_NS_SAMLP "\">\n",
        key_descriptors(sp->pairs, pool), logout_services(sp->slo_url, pool),
        "    <md:NameIDFormat>",
        braze_xml_escape(sp->name_id_format ? sp->name_id_format : EMAIL_ADDRESS, pool),
        "</md:NameIDFormat>\n", acs_services(sp, pool),
        "  </md:SPSSODescriptor>\n</md:EntityDescriptor>\n", NULL);
}

const char *braze_saml_sp_metadata(const char *entity_id, const apr_array_header_t *acs_urls,
                                   apr_pool_t *pool)
{
    const braze_saml_sp_t sp = {.entity_id = entity_id, .acs_urls = acs_urls};

    return descriptor(&sp, NULL, "", pool);
}

/* The same text each time, so that whoever compares it sees a change only where there is one. */
static const char *stable_id(const braze_saml_sp_t *sp, apr_pool_t *pool)
{
    const char *text = descriptor(sp, NULL, "", pool);

    return apr_pstrcat(pool, "_", braze_sha256_hex(text, strlen(text), pool), NULL);
}

braze_err_t *braze_saml_sp_metadata_make(const char **xml, const braze_saml_sp_t *sp,
                                         apr_pool_t *pool)
{
    const braze_saml_pair_t *pair;
    const char *id;

    if (!sp->pairs || sp->pairs->nelts == 0) {
        *xml = descriptor(sp, NULL, "", pool);
        return NULL;
    }
    pair = APR_ARRAY_IDX(sp->pairs, 0, const braze_saml_pair_t *);
    id = stable_id(sp, pool);
    *xml = braze_xml_sign(descriptor(sp, id, braze_signature_template(id, pair, pool), pool), pair,
                          pool);
    if (!*xml) {
        return braze_err_new(500, NULL, "BRAZE-J0208", "The metadata could not be signed", pool);
    }
    return NULL;
}
