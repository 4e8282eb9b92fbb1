/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "braze_certificate.h"

#define RSA_BITS_MIN 2048

/* What was written to bio; bio is freed. */
static const char *bio_text(BIO *bio, apr_pool_t *pool)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    const char *text = apr_pstrmemdup(pool, data, len > 0 ? (apr_size_t)len : 0);

    BIO_free(bio);
    return text;
}

static const char *name_text(const X509_NAME *name, apr_pool_t *pool)
{
    BIO *bio = BIO_new(BIO_s_mem());

    if (!bio) {
        return "";
    }
    /* UTF-8 as it is; control characters are escaped. */
    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
    return bio_text(bio, pool);
}

static apr_time_t time_of(const ASN1_TIME *time)
{
    struct tm tm;
    apr_time_exp_t exploded = {0};
    apr_time_t result = 0;

    if (ASN1_TIME_to_tm(time, &tm) != 1) {
        return 0;
    }
    exploded.tm_year = tm.tm_year;
    exploded.tm_mon = tm.tm_mon;
    exploded.tm_mday = tm.tm_mday;
    exploded.tm_hour = tm.tm_hour;
    exploded.tm_min = tm.tm_min;
    exploded.tm_sec = tm.tm_sec;
    return apr_time_exp_gmt_get(&result, &exploded) == APR_SUCCESS ? result : 0;
}

static const char *fingerprint(const X509 *x509, apr_pool_t *pool)
{
    static const char hex[] = "0123456789ABCDEF";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0, i;
    char *text, *out;

    if (X509_digest(x509, EVP_sha256(), digest, &len) != 1) {
        return "";
    }
    text = out = apr_palloc(pool, 3 * (apr_size_t)len + 1);
    for (i = 0; i < len; i++) {
        *out++ = hex[digest[i] >> 4];
        *out++ = hex[digest[i] & 15];
        *out++ = i + 1 < len ? ':' : '\0';
    }
    return text;
}

/* The curves that XML signatures are made with, by their usual names. */
static const char *curve_name(const EVP_PKEY *key)
{
    char name[64];

    if (!EVP_PKEY_get_group_name((EVP_PKEY *)key, name, sizeof(name), NULL)) {
        return NULL;
    }
    return !strcmp(name, "prime256v1")  ? "EC P-256"
           : !strcmp(name, "secp384r1") ? "EC P-384"
           : !strcmp(name, "secp521r1") ? "EC P-521"
                                        : NULL;
}

static const char *describe_key(const char **text, const X509 *x509, apr_pool_t *pool)
{
    const EVP_PKEY *key = X509_get0_pubkey(x509);

    if (!key) {
        return "certificate_key_kind";
    }
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
        *text = apr_psprintf(pool, "RSA %d", EVP_PKEY_get_bits(key));
        return EVP_PKEY_get_bits(key) < RSA_BITS_MIN ? "certificate_weak_key" : NULL;
    }
    *text = EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ? curve_name(key) : NULL;
    return *text ? NULL : "certificate_key_kind";
}

static const char *describe(apr_array_header_t *found, const X509 *x509, apr_pool_t *pool)
{
    braze_certificate_t *certificate = apr_pcalloc(pool, sizeof(*certificate));

    certificate->subject = name_text(X509_get_subject_name(x509), pool);
    certificate->issuer = name_text(X509_get_issuer_name(x509), pool);
    certificate->fingerprint = fingerprint(x509, pool);
    certificate->not_before = time_of(X509_get0_notBefore(x509));
    certificate->not_after = time_of(X509_get0_notAfter(x509));
    APR_ARRAY_PUSH(found, braze_certificate_t *) = certificate;
    return describe_key(&certificate->key, x509, pool);
}

static const char *read_all(apr_array_header_t *found, BIO *bio, apr_pool_t *pool)
{
    const char *why = NULL;
    X509 *x509;

    while (!why && (x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        why = found->nelts == BRAZE_CERTIFICATES_MAX ? "certificate_too_many"
                                                     : describe(found, x509, pool);
        X509_free(x509);
    }
    if (!why && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        why = "certificate_damaged"; /* it ended at something else than the end of the text */
    }
    return why;
}

const char *braze_certificate_read(apr_array_header_t **found, const char *pem, apr_pool_t *pool)
{
    apr_size_t len = strlen(pem);
    const char *why;
    BIO *bio;

    *found = apr_array_make(pool, 1, sizeof(braze_certificate_t *));
    if (len > BRAZE_CERTIFICATE_TEXT_MAX) {
        return "certificate_too_large";
    }
    if (strstr(pem, "PRIVATE KEY-----")) {
        return "certificate_private_key";
    }
    if (!strstr(pem, "-----BEGIN ")) {
        return "certificate_missing";
    }
    bio = BIO_new_mem_buf(pem, (int)len);
    if (!bio) {
        return "certificate_damaged";
    }
    ERR_set_mark();
    why = read_all(*found, bio, pool);
    ERR_pop_to_mark();
    BIO_free(bio);
    return why ? why : (*found)->nelts ? NULL : "certificate_missing";
}
