/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_strings.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "unit_saml.h"

static const char *pem_of(BIO *bio, apr_pool_t *pool)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    const char *text = apr_pstrmemdup(pool, data, (apr_size_t)len);

    BIO_free(bio);
    return text;
}

static apr_status_t free_key(void *pkey)
{
    EVP_PKEY_free(pkey);
    return APR_SUCCESS;
}

EVP_PKEY *unit_saml_pem(const char **key, const char **cert, int bits, apr_pool_t *pool)
{
    EVP_PKEY *pkey = EVP_RSA_gen((unsigned)bits);
    X509 *certificate = X509_new();
    BIO *key_bio = BIO_new(BIO_s_mem()), *cert_bio = BIO_new(BIO_s_mem());

    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, pkey);
    assert_true(X509_sign(certificate, pkey, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_PrivateKey(key_bio, pkey, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(PEM_write_bio_X509(cert_bio, certificate), 1);
    X509_free(certificate);
    *key = pem_of(key_bio, pool);
    *cert = pem_of(cert_bio, pool);
    apr_pool_cleanup_register(pool, pkey, free_key, apr_pool_cleanup_null);
    return pkey;
}

braze_saml_pair_t *unit_saml_pair(EVP_PKEY **pkey, apr_pool_t *pool)
{
    const char *key, *cert;
    braze_saml_pair_t *pair = NULL;

    *pkey = unit_saml_pem(&key, &cert, 2048, pool);
    assert_null(braze_saml_pair_make(&pair, key, strlen(key), cert, strlen(cert), pool));
    return pair;
}
