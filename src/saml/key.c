/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "dsig.h"

#define RSA_BITS_MIN 2048
#define KEYS_MAX 16 /* of one identity provider: each costs a verification */

static apr_status_t free_key(void *pkey)
{
    EVP_PKEY_free(pkey);
    return APR_SUCCESS;
}

/* The three curves of RFC 6090's companions that XML signatures are made with. */
static int curve_is_known(const EVP_PKEY *pkey)
{
    char name[64];

    return EVP_PKEY_get_group_name((EVP_PKEY *)pkey, name, sizeof(name), NULL) &&
           (strcmp(name, "prime256v1") == 0 || strcmp(name, "secp384r1") == 0 ||
            strcmp(name, "secp521r1") == 0);
}

/* NULL = a key to trust a signature of. */
static const char *weakness(const EVP_PKEY *pkey, apr_pool_t *pool)
{
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
        if (EVP_PKEY_get_bits(pkey) < RSA_BITS_MIN) {
            return apr_psprintf(pool, "the RSA key has %d bits, at least %d are needed",
                                EVP_PKEY_get_bits(pkey), RSA_BITS_MIN);
        }
        return NULL;
    case EVP_PKEY_EC:
        return curve_is_known(pkey) ? NULL : "the curve is none of P-256, P-384, P-521";
    default:
        return "the key is neither RSA nor EC";
    }
}

/* Takes pkey over, whatever comes of it. */
static const char *adopt(apr_array_header_t *keys, EVP_PKEY *pkey, apr_pool_t *pool)
{
    const char *why = weakness(pkey, pool);
    braze_saml_key_t *key = apr_palloc(pool, sizeof(*key));

    if (!why && keys->nelts >= KEYS_MAX) {
        why = "there are too many keys";
    }
    if (why) {
        EVP_PKEY_free(pkey);
        return why;
    }
    key->pkey = pkey;
    key->is_ec = EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC;
    apr_pool_cleanup_register(pool, pkey, free_key, apr_pool_cleanup_null);
    APR_ARRAY_PUSH(keys, braze_saml_key_t *) = key;
    return NULL;
}

/* The certificate is only the wrapping of a key here (saml-metadata-iop 2.0): neither its dates nor
 * its issuer count. */
static const char *adopt_certificate(apr_array_header_t *keys, X509 *certificate, apr_pool_t *pool)
{
    EVP_PKEY *pkey = certificate ? X509_get_pubkey(certificate) : NULL;

    X509_free(certificate);
    return pkey ? adopt(keys, pkey, pool) : "it is not an X.509 certificate";
}

int braze_key_add_der(apr_array_header_t *keys, const char **why, const unsigned char *der,
                      apr_size_t len, apr_pool_t *pool)
{
    braze_quiet_t quiet;

    braze_quiet_begin(&quiet);
    *why = adopt_certificate(keys, d2i_X509(NULL, &der, (long)len), pool);
    braze_quiet_end(&quiet);
    return !*why;
}

static int add_pem(apr_array_header_t *keys, const char **why, BIO *bio, apr_pool_t *pool)
{
    int count = 0;
    X509 *certificate;

    *why = "there is no PEM certificate in it";
    while ((certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        count++;
        *why = adopt_certificate(keys, certificate, pool);
        if (*why) {
            return 0;
        }
    }
    return count > 0;
}

int braze_key_add_pem(apr_array_header_t *keys, const char **why, const char *pem, apr_size_t len,
                      apr_pool_t *pool)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    braze_quiet_t quiet;
    int added = 0;

    *why = "no memory";
    if (bio) {
        braze_quiet_begin(&quiet);
        added = add_pem(keys, why, bio, pool);
        braze_quiet_end(&quiet);
        BIO_free(bio);
    }
    return added;
}

static int add_pem_public(apr_array_header_t *keys, const char **why, BIO *bio, apr_pool_t *pool)
{
    int count = 0;
    EVP_PKEY *pkey;

    *why = "there is neither a PEM certificate nor a PEM public key in it";
    while ((pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL))) {
        count++;
        *why = adopt(keys, pkey, pool);
        if (*why) {
            return 0;
        }
    }
    return count > 0;
}

int braze_key_add_pem_public(apr_array_header_t *keys, const char **why, const char *pem,
                             apr_size_t len, apr_pool_t *pool)
{
    BIO *bio;
    braze_quiet_t quiet;
    int added;

    if (strstr(pem, "-----BEGIN CERTIFICATE-----")) {
        return braze_key_add_pem(keys, why, pem, len, pool);
    }
    bio = BIO_new_mem_buf(pem, (int)len);
    *why = "no memory";
    braze_quiet_begin(&quiet);
    added = bio ? add_pem_public(keys, why, bio, pool) : 0;
    braze_quiet_end(&quiet);
    BIO_free(bio);
    return added;
}
