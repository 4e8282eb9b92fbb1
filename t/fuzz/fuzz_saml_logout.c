/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as a logout message: the first one says how it comes (q a query string, p the XML of a
 * form, s a SOAP envelope), the rest is what comes. Nothing here is signed, so nothing may be
 * believed. With Q, P and S the XML is signed by the identity provider first (in its empty
 * Signature, if it comes in a form or an envelope), so that what is behind the signature is reached
 * too.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_base64.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "src/saml/message.h"

#include "braze_saml_logout.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static apr_pool_t *program;
static braze_saml_idps_t *idps;
static braze_saml_pair_t *pair;

/* The identity provider's side: what signs as it does. */
static void make_pair(EVP_PKEY *pkey, const char *pem, long pem_len)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *key;
    long len;

    if (!bio || !PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL)) {
        abort();
    }
    len = BIO_get_mem_data(bio, &key);
    if (braze_saml_pair_make(&pair, key, (apr_size_t)len, pem, (apr_size_t)pem_len, program)) {
        abort();
    }
    BIO_free(bio);
}

static void make_idp(void)
{
    EVP_PKEY *pkey = EVP_RSA_gen(2048);
    X509 *certificate = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    braze_saml_idp_t *idp;
    char *pem;
    long len;

    if (!pkey || !certificate || !bio || !X509_gmtime_adj(X509_getm_notBefore(certificate), 0) ||
        !X509_gmtime_adj(X509_getm_notAfter(certificate), 3600) ||
        !X509_set_pubkey(certificate, pkey) || !X509_sign(certificate, pkey, EVP_sha256()) ||
        !PEM_write_bio_X509(bio, certificate)) {
        abort();
    }
    len = BIO_get_mem_data(bio, &pem);
    if (braze_saml_idp_make(&idp, "https://a", NULL, pem, (apr_size_t)len, program)) {
        abort();
    }
    idps = braze_saml_idps_make(program);
    (void)braze_saml_idps_add(idps, idp);
    make_pair(pkey, pem, len);
    BIO_free(bio);
    X509_free(certificate);
    EVP_PKEY_free(pkey);
}

static const braze_logout_expect_t *expected(void)
{
    static braze_logout_expect_t expect;

    expect.idps = idps;
    expect.url = "https://sp/logout";
    expect.skew = 60;
    expect.allow_sha1 = 1;
    expect.now = APR_INT64_C(1800000000000000);
    return &expect;
}

static const char *base64_of(const char *text, apr_size_t len, apr_pool_t *pool)
{
    char *base64 = apr_palloc(pool, (apr_size_t)apr_base64_encode_len((int)len));

    apr_base64_encode_binary(base64, (const unsigned char *)text, (int)len);
    return base64;
}

static braze_err_t *read_as(braze_logout_t **logout, unsigned char how, const char *text,
                            apr_size_t len, apr_pool_t *pool)
{
    const char *base64;
    int is_response;

    switch (how) {
    case 'q':
        return braze_logout_read_query(logout, apr_pstrmemdup(pool, text, len), expected(), pool);
    case 'p':
        base64 = base64_of(text, len, pool);
        return braze_logout_read_post(logout, base64, strlen(base64), len % 2 == 1, expected(),
                                      pool);
    default:
        is_response = strstr(apr_pstrmemdup(pool, text, len), "LogoutResponse") != NULL;
        return braze_logout_read_soap(logout, text, len, is_response, expected(), pool);
    }
}

/* *text and *len become what the identity provider would send; 0 = it would not. */
static int sign(unsigned char how, const char **text, apr_size_t *len, apr_pool_t *pool)
{
    const char *xml = apr_pstrmemdup(pool, *text, *len), *made;

    if (strlen(xml) != *len || *len > 16 * 1024) {
        return 0;
    }
    if (how == 'q') {
        made = braze_query_make(strstr(xml, "LogoutResponse") ? "SAMLResponse" : "SAMLRequest", xml,
                                *len % 2 ? "state" : NULL, pair, pool);
    } else {
        made = strstr(xml, "ID=\"_a\"") ? braze_xml_sign(xml, pair, pool) : NULL;
    }
    if (made && how == 's') {
        made = apr_pstrcat(pool,
                           "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
                           "<s:Body>",
                           strstr(made, "<samlp:") ? strstr(made, "<samlp:") : made,
                           "</s:Body></s:Envelope>", NULL);
    }
    *text = made;
    *len = made ? strlen(made) : 0;
    return made != NULL;
}

static int is_plain(const char *text)
{
    return text && *text && !strpbrk(text, "\r\n\t\x7f\x1b");
}

static void check_refused(const braze_err_t *err)
{
    if (!err || !err->code || strncmp(err->code, "logout_", 7) != 0 ||
        (err->status != 400 && err->status != 403)) {
        abort();
    }
}

static void check_believed(const braze_logout_t *logout)
{
    int i;

    if (strcmp(braze_saml_idp_entity_id(logout->idp), "https://a") != 0 || !is_plain(logout->id)) {
        abort();
    }
    if (logout->is_response) {
        return;
    }
    if (!is_plain(logout->name_id) || strlen(logout->replay_key) != 64 ||
        logout->replay_until <= expected()->now ||
        logout->session_indexes->nelts > BRAZE_LOGOUT_MAX_INDEXES) {
        abort();
    }
    for (i = 0; i < logout->session_indexes->nelts; i++) {
        if (!is_plain(APR_ARRAY_IDX(logout->session_indexes, i, const char *))) {
            abort();
        }
    }
}

/* Keys are released with the pool: what looks for leaks at the end does not see into it. */
static void stop(void)
{
    apr_pool_destroy(program);
}

static void start(void)
{
    apr_initialize();
    apr_pool_create(&program, NULL);
    if (braze_saml_init(program)) {
        abort();
    }
    atexit(stop); /* before OpenSSL's own */
    make_idp();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const char *text = (const char *)data + 1;
    apr_size_t len = size - 1;
    braze_logout_t *logout;
    unsigned char how;
    apr_pool_t *pool;
    braze_err_t *err;

    if (size == 0) {
        return 0;
    }
    if (!program) {
        start();
    }
    apr_pool_create(&pool, program);
    how = data[0] | 0x20;
    if (data[0] == how) {
        check_refused(read_as(&logout, how, text, len, pool));
    } else if (sign(how, &text, &len, pool)) {
        err = read_as(&logout, how, text, len, pool);
        if (err) {
            check_refused(err);
        } else {
            check_believed(logout);
        }
    }
    apr_pool_destroy(pool);
    return 0;
}
