/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as an artifact (a first byte of a) or as what an identity provider answers when it is asked
 * for one (x, unsigned; with X the envelope's ArtifactResponse is first signed by it, in its empty
 * Signature, so that what is behind the signature is reached too).
 */
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "src/saml/artifact.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define NOW apr_time_from_sec(1800000000)

static apr_pool_t *program;
static braze_saml_idps_t *idps;
static braze_saml_pair_t *pair;

static const char *text_of(BIO *bio)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    const char *text = apr_pstrmemdup(program, data, (apr_size_t)len);

    BIO_free(bio);
    return text;
}

/* The identity provider's key pair: what signs as it does. */
static void make_pair(void)
{
    EVP_PKEY *pkey = EVP_RSA_gen(2048);
    X509 *certificate = X509_new();
    BIO *key = BIO_new(BIO_s_mem()), *cert = BIO_new(BIO_s_mem());
    const char *key_pem, *cert_pem;

    if (!pkey || !certificate || !key || !cert ||
        !X509_gmtime_adj(X509_getm_notBefore(certificate), 0) ||
        !X509_gmtime_adj(X509_getm_notAfter(certificate), 3600) ||
        !X509_set_pubkey(certificate, pkey) || !X509_sign(certificate, pkey, EVP_sha256()) ||
        !PEM_write_bio_PrivateKey(key, pkey, NULL, NULL, 0, NULL, NULL) ||
        !PEM_write_bio_X509(cert, certificate)) {
        abort();
    }
    key_pem = text_of(key);
    cert_pem = text_of(cert);
    if (braze_saml_pair_make(&pair, key_pem, strlen(key_pem), cert_pem, strlen(cert_pem),
                             program)) {
        abort();
    }
    X509_free(certificate);
    EVP_PKEY_free(pkey);
}

/* Keys are released with the pool: what looks for leaks at the end does not see into it. */
static void stop(void)
{
    apr_pool_destroy(program);
}

static void start(void)
{
    const char *xml;

    apr_initialize();
    apr_pool_create(&program, NULL);
    if (braze_saml_init(program)) {
        abort();
    }
    atexit(stop); /* before OpenSSL's own */
    make_pair();
    xml = apr_pstrcat(
        program, "<md:EntityDescriptor xmlns:md=\"" BRAZE_NS_MD "\" entityID=\"https://a\">",
        "<md:IDPSSODescriptor protocolSupportEnumeration=\"" BRAZE_NS_SAMLP "\">",
        "<md:KeyDescriptor><ds:KeyInfo xmlns:ds=\"" BRAZE_NS_DS "\"><ds:X509Data>",
        "<ds:X509Certificate>", pair->cert_base64,
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
        "<md:ArtifactResolutionService Binding=\"" BRAZE_SOAP
        "\" Location=\"https://a/ars\" index=\"1\"/>",
        "<md:SingleSignOnService Binding=\"" BRAZE_HTTP_REDIRECT "\" Location=\"https://a/sso\"/>",
        "</md:IDPSSODescriptor></md:EntityDescriptor>", NULL);
    if (braze_saml_idp_load(&idps, xml, strlen(xml), NOW, program)) {
        abort();
    }
}

/* Who is asked for it was configured, at an address that was. */
static void read_artifact(const char *text, apr_pool_t *pool)
{
    braze_artifact_t artifact;
    braze_artifact_ask_t ask = {
        .artifact = &artifact, .idps = idps, .sp_entity_id = "sp", .id = "_1", .now = NOW};
    braze_artifact_resolve_t resolve;

    if (!braze_artifact_read(&artifact, text, pool) &&
        !braze_artifact_resolve_make(&resolve, &ask, pool) &&
        strcmp(resolve.url, "https://a/ars") != 0) {
        abort();
    }
}

/* The same with the ArtifactResponse signed, if it has a place for a signature. */
static const char *sign(const char *envelope, apr_pool_t *pool)
{
    const char *start = strstr(envelope, "<samlp:ArtifactResponse "), *xml;
    const char *stop = start ? strstr(start, "</samlp:ArtifactResponse>") : NULL;

    if (!stop) {
        return envelope;
    }
    stop += strlen("</samlp:ArtifactResponse>");
    xml = braze_xml_sign(apr_pstrmemdup(pool, start, (apr_size_t)(stop - start)), pair, pool);
    xml = xml ? strstr(xml, "<samlp:ArtifactResponse ") : NULL;
    return xml ? apr_pstrcat(pool, apr_pstrmemdup(pool, envelope, (apr_size_t)(start - envelope)),
                             xml, stop, NULL)
               : envelope;
}

/* What was not signed vouches for nothing; and the judge takes what is believed. */
static void read_answer(const char *xml, int is_signed, apr_pool_t *pool)
{
    apr_array_header_t *urls = apr_array_make(pool, 1, sizeof(const char *));
    braze_artifact_expect_t expect = {
        .idps = idps, .idp = braze_saml_idps_nth(idps, 0), .id = "_1", .skew = 60, .now = NOW};
    braze_saml_expect_t judge = {
        .idps = idps, .sp_entity_id = "sp", .acs_urls = urls, .skew = 60, .now = NOW};
    braze_saml_received_t *received;
    braze_saml_identity_t *identity;

    APR_ARRAY_PUSH(urls, const char *) = "https://sp/acs";
    if (braze_artifact_answer_read(&received, xml, strlen(xml), &expect, pool)) {
        return;
    }
    if (received->vouched && !is_signed) {
        abort();
    }
    if (!braze_saml_judge_received(&identity, received, &judge, pool) && !is_signed) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    apr_pool_t *pool;
    const char *text;

    if (!program) {
        start();
    }
    if (size == 0) {
        return 0;
    }
    apr_pool_create(&pool, program);
    text = apr_pstrmemdup(pool, (const char *)data + 1, size - 1);
    if (data[0] == 'a') {
        read_artifact(text, pool);
    } else {
        read_answer(data[0] == 'X' ? sign(text, pool) : text, data[0] == 'X', pool);
    }
    apr_pool_destroy(pool);
    return 0;
}
