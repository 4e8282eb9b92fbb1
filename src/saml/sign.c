/* SPDX-License-Identifier: Apache-2.0 */
/* XML signatures of our own. */
#include <string.h>

#include <apr_strings.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/valid.h>
#include <openssl/evp.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>

#include "dsig.h"
#include "message.h"

const char *braze_signature_template(const char *id, const braze_saml_pair_t *pair,
                                     apr_pool_t *pool)
{
    return apr_pstrcat(
        pool,
        "<ds:Signature xmlns:ds=\"" BRAZE_NS_DS "\"><ds:SignedInfo>"
        "<ds:CanonicalizationMethod Algorithm=\"" BRAZE_NS_EXC_C14N "\"/>"
        "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>"
        "<ds:Reference URI=\"#",
        id,
        "\"><ds:Transforms><ds:Transform Algorithm=\"" BRAZE_NS_DS "enveloped-signature\"/>"
        "<ds:Transform Algorithm=\"" BRAZE_NS_EXC_C14N "\"/></ds:Transforms>"
        "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>"
        "<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/>"
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>",
        pair->cert_base64, "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>", NULL);
}

/* The context owns it. */
static xmlSecKeyPtr private_key(const braze_saml_pair_t *pair)
{
    xmlSecKeyDataPtr data;
    xmlSecKeyPtr key;

    if (EVP_PKEY_up_ref(pair->pkey) != 1) {
        return NULL;
    }
    data = xmlSecOpenSSLEvpKeyAdopt(pair->pkey);
    if (!data) {
        EVP_PKEY_free(pair->pkey);
        return NULL;
    }
    key = xmlSecKeyCreate();
    if (!key || xmlSecKeySetValue(key, data) < 0) {
        xmlSecKeyDataDestroy(data);
        if (key) {
            xmlSecKeyDestroy(key);
        }
        return NULL;
    }
    return key;
}

static int sign(xmlDocPtr document, const braze_saml_pair_t *pair)
{
    xmlNodePtr root = xmlDocGetRootElement(document);
    xmlNodePtr node = root ? xmlSecFindNode(root, xmlSecNodeSignature, xmlSecDSigNs) : NULL;
    xmlAttrPtr id = root ? xmlHasProp(root, (const xmlChar *)"ID") : NULL;
    xmlSecDSigCtxPtr context;
    int done = 0;

    if (!node || !id || !xmlAddID(NULL, document, id->children->content, id)) {
        return 0;
    }
    context = xmlSecDSigCtxCreate(NULL);
    if (context) {
        context->signKey = private_key(pair);
        done = context->signKey && xmlSecDSigCtxSign(context, node) == 0;
        xmlSecDSigCtxDestroy(context);
    }
    return done;
}

const char *braze_xml_sign(const char *xml, const braze_saml_pair_t *pair, apr_pool_t *pool)
{
    const char *signed_xml = NULL;
    xmlDocPtr document;
    braze_quiet_t quiet;
    xmlChar *text = NULL;
    int len = 0;

    braze_quiet_begin(&quiet);
    document = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, XML_PARSE_NONET);
    if (document && sign(document, pair)) {
        xmlDocDumpMemoryEnc(document, &text, &len, "UTF-8");
        signed_xml = text ? apr_pstrmemdup(pool, (const char *)text, (apr_size_t)len) : NULL;
        xmlFree(text);
    }
    xmlFreeDoc(document);
    braze_quiet_end(&quiet);
    return signed_xml;
}
