/* SPDX-License-Identifier: Apache-2.0 */
/* Our own key pair, checked when it is configured so that it works when it is needed. */
#include <string.h>

#include <apr_base64.h>
#include <apr_strings.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "dsig.h"
#include "message.h"

#define RSA_BITS_MIN 2048

static apr_status_t free_key(void *pkey)
{
    EVP_PKEY_free(pkey);
    return APR_SUCCESS;
}

/* No passphrase is asked for: httpd may start without a terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *baton)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)baton;
    return -1;
}

static EVP_PKEY *read_key(const char *pem, apr_size_t len)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    return pkey;
}

static X509 *read_certificate(const char *pem, apr_size_t len)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    return certificate;
}

/* NULL = it can be used. */
static const char *key_fault(const EVP_PKEY *pkey, apr_pool_t *pool)
{
    if (!pkey) {
        return "the key is no unencrypted private key in PEM";
    }
    if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA) {
        return "the key is not an RSA key";
    }
    if (EVP_PKEY_get_bits(pkey) < RSA_BITS_MIN) {
        return apr_psprintf(pool, "the RSA key has %d bits, at least %d are needed",
                            EVP_PKEY_get_bits(pkey), RSA_BITS_MIN);
    }
    return NULL;
}

static const char *keep_certificate(braze_saml_pair_t *pair, X509 *certificate, apr_pool_t *pool)
{
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    char *text;

    if (len <= 0) {
        return "the certificate cannot be read";
    }
    text = apr_palloc(pool, (apr_size_t)apr_base64_encode_len(len));
    apr_base64_encode_binary(text, der, len);
    OPENSSL_free(der);
    pair->cert_base64 = text;
    return NULL;
}

static const char *fill_pair(braze_saml_pair_t *pair, X509 *certificate, apr_pool_t *pool)
{
    const char *why = key_fault(pair->pkey, pool);

    if (!why && !certificate) {
        why = "there is no PEM certificate";
    }
    if (!why && X509_check_private_key(certificate, pair->pkey) != 1) {
        why = "the certificate is not this key's";
    }
    return why ? why : keep_certificate(pair, certificate, pool);
}

braze_err_t *braze_saml_pair_make(braze_saml_pair_t **pair, const char *key_pem, apr_size_t key_len,
                                  const char *cert_pem, apr_size_t cert_len, apr_pool_t *pool)
{
    braze_saml_pair_t *made = apr_pcalloc(pool, sizeof(*made));
    X509 *certificate = NULL;
    const char *why = "a file is too large";
    braze_quiet_t quiet;

    if (key_len <= BRAZE_SAML_MAX_PEM && cert_len <= BRAZE_SAML_MAX_PEM) {
        braze_quiet_begin(&quiet);
        made->pkey = read_key(key_pem, key_len);
        certificate = read_certificate(cert_pem, cert_len);
        apr_pool_cleanup_register(pool, made->pkey, free_key, apr_pool_cleanup_null);
        why = fill_pair(made, certificate, pool);
        X509_free(certificate);
        braze_quiet_end(&quiet);
    }
    if (why) {
        return braze_err_newf(pool, 500, NULL, "BRAZE-J0207", "The key pair cannot be used: %s",
                              why);
    }
    made->key_pem = apr_pstrmemdup(pool, key_pem, key_len);
    made->cert_pem = apr_pstrmemdup(pool, cert_pem, cert_len);
    *pair = made;
    return NULL;
}
