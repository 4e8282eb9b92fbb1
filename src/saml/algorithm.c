/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithms that signatures are taken of (RFC 6931), and OpenSSL's word on one. */
#include <string.h>

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "dsig.h"

#define DSIG_MORE "http://www.w3.org/2001/04/xmldsig-more#"

static const braze_algorithm_t signature_methods[] = {{DSIG_MORE "rsa-sha256", "SHA256", 0, 0},
                                                      {DSIG_MORE "rsa-sha384", "SHA384", 0, 0},
                                                      {DSIG_MORE "rsa-sha512", "SHA512", 0, 0},
                                                      {DSIG_MORE "ecdsa-sha256", "SHA256", 1, 0},
                                                      {DSIG_MORE "ecdsa-sha384", "SHA384", 1, 0},
                                                      {DSIG_MORE "ecdsa-sha512", "SHA512", 1, 0},
                                                      {BRAZE_NS_DS "rsa-sha1", "SHA1", 0, 1},
                                                      {DSIG_MORE "ecdsa-sha1", "SHA1", 1, 1},
                                                      {NULL, NULL, 0, 0}};

static const braze_algorithm_t digest_methods[] = {{BRAZE_NS_XENC "sha256", "SHA256", 0, 0},
                                                   {DSIG_MORE "sha384", "SHA384", 0, 0},
                                                   {BRAZE_NS_XENC "sha512", "SHA512", 0, 0},
                                                   {BRAZE_NS_DS "sha1", "SHA1", 0, 1},
                                                   {NULL, NULL, 0, 0}};

static const braze_algorithm_t *find(const braze_algorithm_t *list, const char *uri)
{
    while (list->uri && strcmp(list->uri, uri) != 0) {
        list++;
    }
    return list->uri ? list : NULL;
}

const char *braze_algorithm_of(const braze_node_t *node, apr_pool_t *pool)
{
    const char *algorithm = node ? braze_node_attr(node, "Algorithm", pool) : NULL;

    return algorithm ? algorithm : "";
}

const char *braze_prefix_list(const braze_node_t *node, apr_pool_t *pool)
{
    const braze_node_t *child = braze_node_child(node, BRAZE_NS_EXC_C14N, "InclusiveNamespaces");

    return child ? braze_node_attr(child, "PrefixList", pool) : NULL;
}

const braze_algorithm_t *braze_signature_method(const char *uri)
{
    return find(signature_methods, uri);
}

const braze_algorithm_t *braze_digest_method(const char *uri)
{
    return find(digest_methods, uri);
}

int braze_digest_is(const braze_algorithm_t *method, const unsigned char *digest, apr_size_t len,
                    const char *bytes, apr_size_t bytes_len)
{
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned made_len = 0;

    return EVP_Digest(bytes, bytes_len, made, &made_len, EVP_get_digestbyname(method->digest),
                      NULL) == 1 &&
           made_len == len && CRYPTO_memcmp(made, digest, len) == 0;
}

/* XML signatures (RFC 6931) write r and s of ECDSA one behind the other; OpenSSL wants them in DER.
 */
static const unsigned char *ecdsa_der(apr_size_t *len, const unsigned char *raw, apr_pool_t *pool)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    int half = (int)*len / 2, size = 0;
    unsigned char *der = NULL, *kept;
    BIGNUM *r = BN_bin2bn(raw, half, NULL), *s = BN_bin2bn(raw + half, half, NULL);

    if (pair && r && s && *len % 2 == 0 && ECDSA_SIG_set0(pair, r, s)) {
        r = s = NULL;
        size = i2d_ECDSA_SIG(pair, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    if (size <= 0) {
        return NULL;
    }
    kept = apr_pmemdup(pool, der, (apr_size_t)size);
    OPENSSL_free(der);
    *len = (apr_size_t)size;
    return kept;
}

/* Of r and s together. Some signers leave leading zeros out, none may add any. */
static apr_size_t ecdsa_len(const EVP_PKEY *pkey)
{
    return 2 * (((apr_size_t)EVP_PKEY_get_bits(pkey) + 7) / 8);
}

static int holds(EVP_PKEY *pkey, const char *digest, const unsigned char *signature, apr_size_t len,
                 const char *text, apr_size_t text_len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *md = EVP_get_digestbyname(digest); /* without one OpenSSL would take another */
    int good =
        context && md && EVP_DigestVerifyInit(context, NULL, md, NULL, pkey) == 1 &&
        EVP_DigestVerify(context, signature, len, (const unsigned char *)text, text_len) == 1;

    EVP_MD_CTX_free(context);
    return good;
}

int braze_signature_holds(const apr_array_header_t *keys, const braze_algorithm_t *method,
                          const unsigned char *signature, apr_size_t len, const char *text,
                          apr_size_t text_len, apr_pool_t *pool)
{
    apr_size_t raw_len;
    int i;

    raw_len = len;
    if (method->is_ec) {
        signature = ecdsa_der(&len, signature, pool);
    }
    for (i = 0; signature && i < keys->nelts; i++) {
        const braze_saml_key_t *key = APR_ARRAY_IDX(keys, i, const braze_saml_key_t *);

        if (key->is_ec == method->is_ec && (!key->is_ec || raw_len <= ecdsa_len(key->pkey)) &&
            holds(key->pkey, method->digest, signature, len, text, text_len)) {
            return i + 1;
        }
    }
    return 0;
}
