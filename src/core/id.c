/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "braze_id.h"

#define ID_BYTES 16
#define ID_TIME_BYTES 7
#define SECRET_BYTES 32
#define SHA256_BYTES 32

static const char hex_digits[] = "0123456789abcdef";

/* Set and given back while httpd has one thread, between them only read. NULL: EVP_sha256(), for
 * which the library looks each time, under a lock and for longer than the digest of a secret takes.
 */
static EVP_MD *sha256;

static apr_status_t sha256_end(void *data)
{
    (void)data;
    EVP_MD_free(sha256);
    sha256 = NULL;
    return APR_SUCCESS;
}

void braze_id_begin(apr_pool_t *pool)
{
    if (!sha256) {
        sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
        apr_pool_cleanup_register(pool, NULL, sha256_end, apr_pool_cleanup_null);
    }
}

/* An id or a secret that can be guessed is worse than no service. */
static void random_bytes(unsigned char *bytes, apr_size_t len)
{
    if (getentropy(bytes, len) != 0) {
        abort();
    }
}

static char *put_hex(char *out, const unsigned char *bytes, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len; i++) {
        *out++ = hex_digits[bytes[i] >> 4];
        *out++ = hex_digits[bytes[i] & 15];
    }
    return out;
}

const char *braze_id_new(apr_time_t now, apr_pool_t *pool)
{
    apr_uint64_t time = now > 0 ? (apr_uint64_t)now : 0;
    unsigned char bytes[ID_BYTES];
    char *id = apr_palloc(pool, BRAZE_ID_LEN + 1), *out = id;
    int i;

    random_bytes(bytes + ID_TIME_BYTES, ID_BYTES - ID_TIME_BYTES);
    for (i = ID_TIME_BYTES - 1; i >= 0; i--, time >>= 8) {
        bytes[i] = (unsigned char)(time & 0xff);
    }
    for (i = 0; i < ID_BYTES; i += 4) {
        if (i) {
            *out++ = '-';
        }
        out = put_hex(out, bytes + i, 4);
    }
    *out = '\0';
    return id;
}

int braze_id_is(const char *text)
{
    int i;

    if (!text) {
        return 0;
    }
    for (i = 0; i < BRAZE_ID_LEN; i++) {
        char c = text[i];
        int fits = i % 9 == 8 ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');

        if (!fits) {
            return 0; /* the end of a shorter text included */
        }
    }
    return text[BRAZE_ID_LEN] == '\0';
}

const char *braze_secret_new(apr_pool_t *pool)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char bytes[SECRET_BYTES + 1];
    char *secret = apr_palloc(pool, BRAZE_SECRET_LEN + 1);
    unsigned int bits = 0, have = 0;
    int i, next = 0;

    random_bytes(bytes, SECRET_BYTES);
    bytes[SECRET_BYTES] = 0; /* fills up the last digit */
    for (i = 0; i < BRAZE_SECRET_LEN; i++) {
        if (have < 6) {
            bits = (bits << 8 | bytes[next++]) & 0xffff;
            have += 8;
        }
        have -= 6;
        secret[i] = digits[bits >> have & 63];
    }
    secret[BRAZE_SECRET_LEN] = '\0';
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return secret;
}

const char *braze_sha256_hex(const void *data, apr_size_t len, apr_pool_t *pool)
{
    unsigned char digest[SHA256_BYTES];
    char *hex = apr_palloc(pool, BRAZE_SHA256_HEX + 1);

    if (EVP_Digest(data, len, digest, NULL, sha256 ? sha256 : EVP_sha256(), NULL) != 1) {
        abort(); /* a hash that is not one would match what it must not */
    }
    *put_hex(hex, digest, SHA256_BYTES) = '\0';
    return hex;
}

/* As many digits always, so that texts sort by time; what is outside of them counts as the nearest
 * that is not. */
static void put_time(char *out, apr_time_t at)
{
    apr_int64_t ms = at > 0 ? at / 1000 : 0, most = ((apr_int64_t)1 << 4 * BRAZE_TIME_HEX) - 1;
    int i;

    ms = ms > most ? most : ms;
    for (i = BRAZE_TIME_HEX - 1; i >= 0; i--, ms >>= 4) {
        out[i] = hex_digits[ms & 15];
    }
}

const char *braze_timed_secret_new(apr_time_t now, apr_pool_t *pool)
{
    char *secret = apr_pstrdup(pool, braze_secret_new(pool));

    put_time(secret, now);
    return secret;
}

/* The time goes before the digest, which loses its end. */
static const char *put_before(const char *time, const char *digest, apr_pool_t *pool)
{
    char *hash = apr_palloc(pool, BRAZE_SHA256_HEX + 1);

    memcpy(hash, time, BRAZE_TIME_HEX);
    memcpy(hash + BRAZE_TIME_HEX, digest, BRAZE_SHA256_HEX - BRAZE_TIME_HEX);
    hash[BRAZE_SHA256_HEX] = '\0';
    return hash;
}

const char *braze_timed_secret_hash(const char *secret, apr_pool_t *pool)
{
    const char *digest = braze_sha256_hex(secret, strlen(secret), pool);

    return strspn(secret, hex_digits) >= BRAZE_TIME_HEX ? put_before(secret, digest, pool) : digest;
}

const char *braze_timed_hash(apr_time_t at, const void *data, apr_size_t len, apr_pool_t *pool)
{
    char time[BRAZE_TIME_HEX];

    put_time(time, at);
    return put_before(time, braze_sha256_hex(data, len, pool), pool);
}

const char *braze_hmac_hex(const char *key, const char *text, apr_pool_t *pool)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    char *hex = apr_palloc(pool, BRAZE_SHA256_HEX + 1);

    if (!HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)text, strlen(text),
              digest, &len) ||
        len != SHA256_BYTES) {
        abort(); /* as above */
    }
    *put_hex(hex, digest, SHA256_BYTES) = '\0';
    return hex;
}

int braze_secret_equal(const char *a, const char *b)
{
    return a && b && braze_secret_is(a, b, strlen(b));
}

int braze_secret_is(const char *secret, const char *bytes, apr_size_t len)
{
    return strlen(secret) == len && CRYPTO_memcmp(secret, bytes, len) == 0;
}

char *braze_address_put(char *to, const void *address)
{
    apr_uintptr_t left = (apr_uintptr_t)address;

    for (; left; left >>= 6) {
        *to++ = (char)('0' + (left & 63)); /* up to 'o' */
    }
    *to = '\0';
    return to;
}
