/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was encrypted, three ways: the input as the plaintext of an EncryptedAssertion for our key
 * (nobody can have signed it, so acceptance is a fault); as a ciphertext of every cipher; and as an
 * identity provider's answer about an artifact.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "src/saml/artifact.h"
#include "src/saml/decrypt.h"

#define NOW APR_INT64_C(1800000000)
#define IDP "https://idp.example.com/metadata"
#define HEAD                                                                                       \
    "<samlp:Response xmlns:samlp=\"" BRAZE_NS_SAMLP "\" xmlns:saml=\"" BRAZE_NS_SAML               \
    "\" ID=\"_response\" Version=\"2.0\" IssueInstant=\"2027-01-15T08:00:00Z\">"                   \
    "<saml:Issuer>" IDP "</saml:Issuer><samlp:Status><samlp:StatusCode "                           \
    "Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>"                        \
    "<saml:EncryptedAssertion xmlns:xenc=\"" BRAZE_NS_XENC "\" xmlns:ds=\"" BRAZE_NS_DS            \
    "\"><xenc:EncryptedData><xenc:EncryptionMethod Algorithm=\"" BRAZE_NS_XENC11                   \
    "aes128-gcm\"/><ds:KeyInfo><xenc:EncryptedKey><xenc:EncryptionMethod "                         \
    "Algorithm=\"" BRAZE_NS_XENC "rsa-oaep-mgf1p\"/><xenc:CipherData><xenc:CipherValue>"
#define MIDDLE                                                                                     \
    "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData>"      \
    "<xenc:CipherValue>"
#define TAIL                                                                                       \
    "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>"         \
    "</samlp:Response>"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static apr_pool_t *program;
static braze_saml_pair_t pair;
static braze_saml_expect_t expect;
static braze_saml_idp_t idp = {.entity_id = IDP};
static const unsigned char session[32];
static const char *session_base64; /* the key above, for our key */

static const char *encode(const unsigned char *data, size_t len, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, len * 2 + 8);

    EVP_EncodeBlock((unsigned char *)text, data, (int)len);
    return text;
}

static void lock_session(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pair.pkey, NULL);
    unsigned char locked[512];
    size_t len = sizeof(locked);

    if (!context || EVP_PKEY_encrypt_init(context) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) != 1 ||
        EVP_PKEY_encrypt(context, locked, &len, session, 16) != 1) {
        abort();
    }
    EVP_PKEY_CTX_free(context);
    session_base64 = encode(locked, len, program);
}

static void start(void)
{
    apr_array_header_t *pairs, *urls;
    braze_saml_idps_t *idps;

    apr_initialize();
    apr_pool_create(&program, NULL);
    if (braze_saml_init(program)) {
        abort();
    }
    pair.pkey = EVP_RSA_gen(2048);
    lock_session();
    pairs = apr_array_make(program, 1, sizeof(braze_saml_pair_t *));
    APR_ARRAY_PUSH(pairs, braze_saml_pair_t *) = &pair;
    urls = apr_array_make(program, 1, sizeof(const char *));
    APR_ARRAY_PUSH(urls, const char *) = "https://sp.example.com/auth/saml/callback";
    idp.keys = apr_array_make(program, 1, sizeof(braze_saml_key_t *));
    idps = braze_saml_idps_make(program);
    if (!braze_saml_idps_add(idps, &idp)) {
        abort();
    }
    expect = (braze_saml_expect_t){.idps = idps,
                                   .pairs = pairs,
                                   .acs_urls = urls,
                                   .sp_entity_id = "braze_dashboard",
                                   .skew = 60,
                                   .now = apr_time_from_sec(NOW)};
}

/* Vector, ciphertext, tag: with a vector of zeroes. */
static const char *lock(const unsigned char *data, size_t size, apr_pool_t *pool)
{
    unsigned char *out = apr_pcalloc(pool, size + 28);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0, rest = 0;

    if (EVP_EncryptInit_ex2(context, EVP_aes_128_gcm(), session, out, NULL) != 1 ||
        EVP_EncryptUpdate(context, out + 12, &len, data, (int)size) != 1 ||
        EVP_EncryptFinal_ex(context, out + 12 + len, &rest) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, out + 12 + size) != 1) {
        abort();
    }
    EVP_CIPHER_CTX_free(context);
    return encode(out, size + 28, pool);
}

static void judge(const unsigned char *data, size_t size, apr_pool_t *pool)
{
    const char *xml =
        apr_pstrcat(pool, HEAD, session_base64, MIDDLE, lock(data, size, pool), TAIL, NULL);
    const char *base64 = encode((const unsigned char *)xml, strlen(xml), pool);
    braze_saml_identity_t *identity;
    braze_err_t *err = braze_saml_judge(&identity, base64, strlen(base64), &expect, pool);

    /* decryption_failed would mean that this target tests nothing. */
    if (!err || err->status == 500 || (size && strcmp(err->code, "decryption_failed") == 0)) {
        abort();
    }
}

static void open_all(const unsigned char *data, size_t size, apr_pool_t *pool)
{
    static const char *const names[] = {BRAZE_NS_XENC11 "aes128-gcm", BRAZE_NS_XENC11 "aes256-gcm",
                                        BRAZE_NS_XENC "aes128-cbc", BRAZE_NS_XENC "aes256-cbc"};
    apr_size_t i, len;

    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *text =
            braze_cipher_open(&len, braze_cipher_find(names[i]), session, data, size, pool);

        if (text && (len >= size || text[len])) {
            abort();
        }
    }
}

static void resolve(const unsigned char *data, size_t size, apr_pool_t *pool)
{
    const braze_artifact_expect_t asked = {
        .idps = expect.idps, .idp = &idp, .id = "_resolve", .skew = 60, .now = expect.now};
    braze_saml_received_t *received;
    braze_saml_identity_t *identity;
    braze_err_t *err =
        braze_artifact_answer_read(&received, (const char *)data, size, &asked, pool);

    if (!err) {
        err = braze_saml_judge_received(&identity, received, &expect, pool);
    }
    if (!err || err->status == 500) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    apr_pool_t *pool;

    if (!program) {
        start();
    }
    if (size > 64 * 1024) {
        return 0;
    }
    apr_pool_create(&pool, program);
    judge(data, size, pool);
    open_all(data, size, pool);
    resolve(data, size, pool);
    apr_pool_destroy(pool);
    return 0;
}
