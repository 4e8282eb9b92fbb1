/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as a logout message: the first one says how it comes (q a query string, p the XML of a
 * form, s a SOAP envelope), the rest is what comes. Nothing here is signed, so nothing may be
 * believed. */
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

#include "braze_saml_logout.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static apr_pool_t *program;
static apr_array_header_t *idps;

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
    idps = apr_array_make(program, 1, sizeof(braze_saml_idp_t *));
    APR_ARRAY_PUSH(idps, braze_saml_idp_t *) = idp;
    BIO_free(bio);
    X509_free(certificate);
    EVP_PKEY_free(pkey);
}

static braze_err_t *read_as(unsigned char how, const char *text, apr_size_t len, apr_pool_t *pool)
{
    braze_logout_expect_t expect = {idps, "https://sp/logout", 60, 1,
                                    APR_INT64_C(1800000000000000)};
    braze_logout_t *logout;
    char *base64;

    switch (how) {
    case 'q':
        return braze_logout_read_query(&logout, apr_pstrmemdup(pool, text, len), &expect, pool);
    case 'p':
        base64 = apr_palloc(pool, (apr_size_t)apr_base64_encode_len((int)len));
        apr_base64_encode_binary(base64, (const unsigned char *)text, (int)len);
        return braze_logout_read_post(&logout, base64, strlen(base64), len % 2 == 1, &expect, pool);
    default:
        return braze_logout_read_soap(&logout, text, len, &expect, pool);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    apr_pool_t *pool;
    braze_err_t *err;

    if (size == 0) {
        return 0;
    }
    if (!program) {
        apr_initialize();
        apr_pool_create(&program, NULL);
        if (braze_saml_init(program)) {
            abort();
        }
        make_idp();
    }
    apr_pool_create(&pool, program);
    err = read_as(data[0], (const char *)data + 1, size - 1, pool);
    if (!err || !err->code || strncmp(err->code, "logout_", 7) != 0 ||
        (err->status != 400 && err->status != 403)) {
        abort();
    }
    apr_pool_destroy(pool);
    return 0;
}
