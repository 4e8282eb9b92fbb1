/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML as a SAML response, twice: as it is, when nobody can have signed it and acceptance is a
 * fault; and, where it has an empty Signature under the assertion or the response, signed with a
 * key made at start, so that the rules behind the signature are reached too.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <libxml/parser.h>
#include <openssl/evp.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>
#include <xmlsec/openssl/evp.h>

#include "src/saml/dsig.h"

#define NOW APR_INT64_C(1800000000)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static apr_pool_t *program;
static braze_saml_key_t key;
static xmlSecKeyPtr signing_key;
static braze_saml_expect_t expect;

static void start(void)
{
    apr_array_header_t *urls;
    braze_saml_idps_t *idps;
    braze_saml_idp_t *idp;
    xmlSecKeyDataPtr value;

    apr_initialize();
    apr_pool_create(&program, NULL);
    if (braze_saml_init(program)) {
        abort();
    }
    value = xmlSecOpenSSLEvpKeyAdopt(EVP_EC_gen("P-256"));
    signing_key = xmlSecKeyCreate();
    if (!value || xmlSecKeySetValue(signing_key, value) < 0) {
        abort();
    }
    key.pkey = xmlSecOpenSSLEvpKeyDataGetEvp(value);
    key.is_ec = 1;
    idp = apr_pcalloc(program, sizeof(*idp));
    idp->entity_id = "https://idp.example.com/metadata";
    idp->keys = apr_array_make(program, 1, sizeof(braze_saml_key_t *));
    APR_ARRAY_PUSH(idp->keys, braze_saml_key_t *) = &key;
    idps = braze_saml_idps_make(program);
    (void)braze_saml_idps_add(idps, idp);
    urls = apr_array_make(program, 1, sizeof(const char *));
    APR_ARRAY_PUSH(urls, const char *) = "https://sp.example.com/auth/saml/callback";
    expect = (braze_saml_expect_t){.idps = idps,
                                   .acs_urls = urls,
                                   .sp_entity_id = "braze_dashboard",
                                   .skew = 60,
                                   .in_response_to = "_request",
                                   .now = apr_time_from_sec(NOW)};
}

static int known_reason(const char *code)
{
    const char *const *reason = braze_saml_reasons;

    while (*reason && strcmp(*reason, code) != 0) {
        reason++;
    }
    return *reason != NULL;
}

/* 1 = accepted. */
static int judge(const void *xml, size_t size, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, size * 2 + 8);
    braze_saml_identity_t *identity;
    const char *issuer, *request;
    braze_err_t *err, *peeked;
    int len = EVP_EncodeBlock((unsigned char *)text, xml, (int)size);

    peeked = braze_saml_peek(&issuer, &request, text, (apr_size_t)len, pool);
    err = braze_saml_judge(&identity, text, (apr_size_t)len, &expect, pool);
    if (err && (!known_reason(err->code) || identity || !err->log || err->status == 500)) {
        abort();
    }
    if (!err && (peeked || !identity->name_id || !*identity->name_id ||
                 strpbrk(identity->name_id, "\r\n\t\x7f") ||
                 strcmp(identity->issuer, "https://idp.example.com/metadata") != 0 ||
                 identity->replay_until <= expect.now)) {
        abort();
    }
    return !err;
}

static int sign(xmlDocPtr document)
{
    static const xmlChar *const ids[] = {BAD_CAST "ID", NULL};
    xmlNodePtr root = xmlDocGetRootElement(document);
    xmlNodePtr node = root ? xmlSecFindNode(root, xmlSecNodeSignature, xmlSecDSigNs) : NULL;
    xmlSecDSigCtxPtr context;
    braze_quiet_t quiet;
    int signed_now;

    if (!node) {
        return 0;
    }
    braze_quiet_begin(&quiet);
    xmlSecAddIDs(document, root, (const xmlChar **)ids);
    context = xmlSecDSigCtxCreate(NULL);
    context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
    context->signKey = signing_key;
    signed_now = xmlSecDSigCtxSign(context, node) == 0;
    context->signKey = NULL;
    xmlSecDSigCtxDestroy(context);
    braze_quiet_end(&quiet);
    return signed_now;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    apr_pool_t *pool;
    xmlDocPtr document;
    xmlChar *text = NULL;
    int len = 0;

    if (!program) {
        start();
    }
    if (size > 64 * 1024) {
        return 0;
    }
    apr_pool_create(&pool, program);
    if (judge(data, size, pool)) {
        abort();
    }
    document = xmlReadMemory((const char *)data, (int)size, NULL, NULL,
                             XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (document && sign(document)) {
        xmlDocDumpMemory(document, &text, &len);
        judge(text, (size_t)len, pool);
        xmlFree(text);
    }
    xmlFreeDoc(document);
    apr_pool_destroy(pool);
    return 0;
}
