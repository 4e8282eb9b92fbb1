/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The algorithms of XML Encryption that are taken, on OpenSSL itself: the XML library knows more of
 * them than anybody should be able to choose from here, and not all that are needed. RSA 1.5 is
 * none of them: whoever may ask whether something decrypts can use it to decrypt.
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "decrypt.h"

#define XENC BRAZE_NS_XENC
#define XENC11 BRAZE_NS_XENC11
#define DSIG_MORE "http://www.w3.org/2001/04/xmldsig-more#"

#define GCM_IV 12 /* bytes: XML Encryption 1.1, 5.2.4 */
#define GCM_TAG 16
#define CBC_BLOCK 16
#define RSA_MAX 2048 /* bytes of a modulus */

static const braze_cipher_t ciphers[] = {
    {XENC11 "aes256-gcm", "AES-256-GCM", 32, 1}, {XENC11 "aes192-gcm", "AES-192-GCM", 24, 1},
    {XENC11 "aes128-gcm", "AES-128-GCM", 16, 1}, {XENC "aes256-cbc", "AES-256-CBC", 32, 0},
    {XENC "aes192-cbc", "AES-192-CBC", 24, 0},   {XENC "aes128-cbc", "AES-128-CBC", 16, 0}};

const braze_cipher_t *braze_cipher_find(const char *algorithm)
{
    apr_size_t i;

    for (i = 0; i < sizeof(ciphers) / sizeof(*ciphers); i++) {
        if (strcmp(ciphers[i].algorithm, algorithm) == 0) {
            return &ciphers[i];
        }
    }
    return NULL;
}

/* Initialisation vector, ciphertext, and of GCM its tag: how many bytes each. */
typedef struct {
    int iv, body, tag;
} layout_t;

static int measure(layout_t *layout, const braze_cipher_t *cipher, apr_size_t len)
{
    layout->iv = cipher->is_gcm ? GCM_IV : CBC_BLOCK;
    layout->tag = cipher->is_gcm ? GCM_TAG : 0;
    if (len <= (apr_size_t)(layout->iv + layout->tag) || len > BRAZE_SAML_MAX_XML) {
        return 0;
    }
    layout->body = (int)len - layout->iv - layout->tag;
    return cipher->is_gcm || layout->body % CBC_BLOCK == 0;
}

/* Padding is XML Encryption's own (5.2): only the last byte counts, and says how many. */
static int run(EVP_CIPHER_CTX *context, unsigned char *text, const layout_t *layout,
               const unsigned char *data)
{
    int len = 0, rest = 0;

    EVP_CIPHER_CTX_set_padding(context, 0);
    if (layout->tag && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, layout->tag,
                                           (void *)(data + layout->iv + layout->body)) != 1) {
        return -1;
    }
    if (EVP_DecryptUpdate(context, text, &len, data + layout->iv, layout->body) != 1 ||
        EVP_DecryptFinal_ex(context, text + len, &rest) != 1) {
        return -1;
    }
    len += rest;
    if (!layout->tag) {
        int pad = len > 0 ? text[len - 1] : 0;

        len = pad >= 1 && pad <= CBC_BLOCK ? len - pad : -1;
    }
    return len;
}

const char *braze_cipher_open(apr_size_t *len, const braze_cipher_t *cipher,
                              const unsigned char *key, const unsigned char *data,
                              apr_size_t data_len, apr_pool_t *pool)
{
    EVP_CIPHER *method;
    EVP_CIPHER_CTX *context;
    unsigned char *text;
    layout_t layout;
    int done = -1;

    if (!measure(&layout, cipher, data_len)) {
        return NULL;
    }
    text = apr_palloc(pool, (apr_size_t)layout.body + CBC_BLOCK);
    method = EVP_CIPHER_fetch(NULL, cipher->name, NULL);
    context = EVP_CIPHER_CTX_new();
    if (method && context && EVP_DecryptInit_ex2(context, method, key, data, NULL) == 1) {
        done = run(context, text, &layout, data);
    }
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(method);
    if (done < 0) {
        return NULL;
    }
    text[done] = '\0';
    *len = (apr_size_t)done;
    return (const char *)text;
}

/* SHA-1 too: OAEP asks nothing of its digest that SHA-1 has lost, and it is what the older name of
 * it means. */
static const char *digest_name(const char *uri)
{
    static const char *const known[][2] = {
        {BRAZE_NS_DS "sha1", "SHA1"},    {XENC "sha256", "SHA256"},
        {DSIG_MORE "sha384", "SHA384"},  {XENC "sha512", "SHA512"},
        {XENC11 "mgf1sha1", "SHA1"},     {XENC11 "mgf1sha256", "SHA256"},
        {XENC11 "mgf1sha384", "SHA384"}, {XENC11 "mgf1sha512", "SHA512"}};
    apr_size_t i;

    for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(known[i][0], uri) == 0) {
            return known[i][1];
        }
    }
    return NULL;
}

int braze_transport_find(braze_transport_t *transport, const char *algorithm, const char *digest,
                         const char *mgf)
{
    int has_mgf = strcmp(algorithm, XENC11 "rsa-oaep") == 0;

    if (!has_mgf && (strcmp(algorithm, XENC "rsa-oaep-mgf1p") != 0 || mgf)) {
        return 0;
    }
    transport->digest = digest_name(digest ? digest : BRAZE_NS_DS "sha1");
    transport->mgf_digest = digest_name(mgf ? mgf : XENC11 "mgf1sha1");
    return transport->digest && transport->mgf_digest;
}

static int set_oaep(EVP_PKEY_CTX *context, const braze_transport_t *transport)
{
    return EVP_PKEY_decrypt_init(context) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md_name(context, transport->digest, NULL) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, transport->mgf_digest, NULL) == 1;
}

int braze_transport_open(unsigned char *key, apr_size_t key_len, const braze_transport_t *transport,
                         const braze_saml_pair_t *pair, const unsigned char *data,
                         apr_size_t data_len)
{
    EVP_PKEY *pkey = pair->pkey;
    unsigned char opened[RSA_MAX];
    size_t len = sizeof(opened);
    EVP_PKEY_CTX *context;
    int fits = 0;

    if (data_len != (apr_size_t)EVP_PKEY_get_size(pkey) || data_len > sizeof(opened)) {
        return 0; /* another key's, and costs nothing */
    }
    context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    if (context && set_oaep(context, transport) &&
        EVP_PKEY_decrypt(context, opened, &len, data, data_len) == 1 && len == key_len) {
        memcpy(key, opened, key_len);
        fits = 1;
    }
    EVP_PKEY_CTX_free(context);
    OPENSSL_cleanse(opened, sizeof(opened));
    return fits;
}
