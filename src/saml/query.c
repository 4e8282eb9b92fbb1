/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Query strings of HTTP-Redirect (saml-bindings 3.4.4.1). What is signed is the parameters as they
 * stand, so what is read must be the very same: a name that stands twice, or percent-encoded so
 * that one reader sees it and another does not, is refused.
 */
#include <string.h>

#include <apr_base64.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/evp.h>

#include "dsig.h"
#include "message.h"

#define DSIG_MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define PARAMETERS_MAX 32

/* ---- taking apart ---- */

static int hex_value(char c)
{
    return apr_isdigit(c) ? c - '0' : apr_isxdigit(c) ? (c | 0x20) - 'a' + 10 : -1;
}

const char *braze_query_decode(const char *value, apr_pool_t *pool)
{
    char *decoded = apr_palloc(pool, strlen(value) + 1), *out = decoded;

    for (; *value; value++) {
        int high, low;

        if (*value != '%') {
            *out++ = (char)(*value == '+' ? ' ' : *value);
            continue;
        }
        high = hex_value(value[1]);
        low = high < 0 ? -1 : hex_value(value[2]);
        if (low < 0 || high + low == 0) {
            return NULL;
        }
        *out++ = (char)(high << 4 | low);
        value += 2;
    }
    *out = '\0';
    return decoded;
}

/* Where the parameter of that name goes; NULL when it is none of ours. */
static const char **place(braze_query_t *query, const char *name)
{
    struct {
        const char *name;
        const char **place;
    } known[] = {{"SAMLRequest", &query->request},    {"SAMLResponse", &query->response},
                 {"RelayState", &query->relay_state}, {"SigAlg", &query->sig_alg},
                 {"Signature", &query->signature},    {"SAMLEncoding", &query->encoding}};
    apr_size_t i;

    for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(known[i].name, name) == 0) {
            return known[i].place;
        }
    }
    return NULL;
}

static const char *take(braze_query_t *query, const char *at, apr_size_t len, apr_pool_t *pool)
{
    const char *equals = memchr(at, '=', len);
    apr_size_t name_len = equals ? (apr_size_t)(equals - at) : len;
    const char *raw = apr_pstrmemdup(pool, at, name_len), *name = braze_query_decode(raw, pool);
    const char **value = name ? place(query, name) : NULL;

    if (!value) {
        return name ? NULL : "a parameter's name is badly encoded";
    }
    if (strcmp(raw, name) != 0) {
        return apr_pstrcat(pool, "the name ", name, " is percent-encoded", NULL);
    }
    if (*value) {
        return apr_pstrcat(pool, name, " stands twice", NULL);
    }
    *value = equals ? apr_pstrmemdup(pool, equals + 1, len - name_len - 1) : "";
    return NULL;
}

const char *braze_query_parse(braze_query_t *query, const char *text, apr_pool_t *pool)
{
    const char *why = NULL;
    int count = 0;

    memset(query, 0, sizeof(*query));
    while (!why && *text) {
        apr_size_t len = strcspn(text, "&");

        why = ++count > PARAMETERS_MAX ? "there are too many parameters"
                                       : take(query, text, len, pool);
        text += len + (text[len] == '&');
    }
    return why;
}

/* ---- signatures ---- */

/* In this order, whatever the order in the query. */
static const char *signed_text(const char *field, const char *value, const char *relay_state,
                               const char *sig_alg, apr_pool_t *pool)
{
    return apr_pstrcat(pool, field, "=", value, relay_state ? "&RelayState=" : "",
                       relay_state ? relay_state : "", "&SigAlg=", sig_alg, NULL);
}

/* NULL: none that is taken. */
static const braze_algorithm_t *find_algorithm(const char *encoded, int allow_sha1,
                                               apr_pool_t *pool)
{
    const char *name = braze_query_decode(encoded, pool);
    const braze_algorithm_t *found = name ? braze_signature_method(name) : NULL;

    return found && (allow_sha1 || !found->is_weak) ? found : NULL;
}

braze_query_verdict_t braze_query_verify(const braze_query_t *query, const apr_array_header_t *keys,
                                         int allow_sha1, apr_pool_t *pool)
{
    const char *field = query->request ? "SAMLRequest" : "SAMLResponse", *base64, *text;
    const braze_algorithm_t *algorithm;
    const unsigned char *signature;
    apr_size_t len;
    braze_quiet_t quiet;
    int key;

    if (!query->sig_alg || !query->signature) {
        return BRAZE_QUERY_UNSIGNED;
    }
    algorithm = find_algorithm(query->sig_alg, allow_sha1, pool);
    if (!algorithm) {
        return BRAZE_QUERY_ALGORITHM;
    }
    base64 = braze_query_decode(query->signature, pool);
    if (!base64 || !braze_base64_decode(&signature, &len, base64, strlen(base64), pool)) {
        return BRAZE_QUERY_FORGED;
    }
    text = signed_text(field, query->request ? query->request : query->response, query->relay_state,
                       query->sig_alg, pool);
    braze_quiet_begin(&quiet);
    key = braze_signature_holds(keys, algorithm, signature, len, text, strlen(text), pool);
    braze_quiet_end(&quiet);
    return key ? BRAZE_QUERY_HOLDS : BRAZE_QUERY_FORGED;
}

/* ---- making ---- */

/* RFC 3986 section 2.3: everything but the unreserved is encoded. */
static const char *encode(const char *text, apr_pool_t *pool)
{
    static const char digits[] = "0123456789ABCDEF";
    char *encoded = apr_palloc(pool, 3 * strlen(text) + 1), *out = encoded;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (apr_isalnum(c) || strchr("-._~", c)) {
            *out++ = (char)c;
        } else {
            *out++ = '%';
            *out++ = digits[c >> 4];
            *out++ = digits[c & 15];
        }
    }
    *out = '\0';
    return encoded;
}

static const char *base64_of(const unsigned char *data, apr_size_t len, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, (apr_size_t)apr_base64_encode_len((int)len));

    apr_base64_encode_binary(text, data, (int)len);
    return text;
}

static const char *signature_of(const char *text, const braze_saml_pair_t *pair, apr_pool_t *pool)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[1024]; /* RSA of up to 8192 bits */
    size_t len = sizeof(signature);
    int done =
        context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pair->pkey) == 1 &&
        EVP_DigestSign(context, signature, &len, (const unsigned char *)text, strlen(text)) == 1;

    EVP_MD_CTX_free(context);
    return done ? base64_of(signature, len, pool) : NULL;
}

const char *braze_query_make(const char *field, const char *xml, const char *relay_state,
                             const braze_saml_pair_t *pair, apr_pool_t *pool)
{
    apr_size_t len;
    const unsigned char *deflated = braze_deflate(&len, xml, pool);
    const char *value, *text, *signature;
    braze_quiet_t quiet;

    if (!deflated) {
        return NULL;
    }
    value = encode(base64_of(deflated, len, pool), pool);
    relay_state = relay_state ? encode(relay_state, pool) : NULL;
    if (!pair) {
        return apr_pstrcat(pool, field, "=", value, relay_state ? "&RelayState=" : "", relay_state,
                           NULL);
    }
    text = signed_text(field, value, relay_state, encode(DSIG_MORE "rsa-sha256", pool), pool);
    braze_quiet_begin(&quiet);
    signature = signature_of(text, pair, pool);
    braze_quiet_end(&quiet);
    return signature ? apr_pstrcat(pool, text, "&Signature=", encode(signature, pool), NULL) : NULL;
}
