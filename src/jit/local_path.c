/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where to go after signing in: a path on our own host, whoever reads it and however often it is
 * decoded. A link that is refused costs the person a click; one that is wrongly taken sends them,
 * freshly signed in, to somebody else's page.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_jit.h"
#include "braze_key.h"

#define LOCAL_PATH_MAX 2048 /* bytes */
#define DECODE_ROUNDS 4     /* of %-encoding inside %-encoding; deeper nesting is nobody's link */

typedef struct {
    char text[LOCAL_PATH_MAX + 1]; /* NUL-terminated, but a decoded NUL may stand inside */
    apr_size_t len;
} span_t;

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that the %XX at index stands for, or -1. The NUL at the end is no digit. */
static int encoded_byte(const span_t *span, apr_size_t index)
{
    int high = hex_value(span->text[index + 1]);
    int low = high < 0 ? -1 : hex_value(span->text[index + 2]);

    return low < 0 ? -1 : high << 4 | low;
}

/*
 * Decodes in place every %XX, once, and says how many there were. A "%" without two digits is
 * counted in *stray and stays, as lenient readers have it.
 */
static int decode(span_t *span, int *stray)
{
    apr_size_t from, to = 0;
    int count = 0;

    *stray = 0;
    for (from = 0; from < span->len; from++) {
        int byte = span->text[from] == '%' ? encoded_byte(span, from) : -1;

        if (byte < 0) {
            *stray += span->text[from] == '%';
            span->text[to++] = span->text[from];
            continue;
        }
        span->text[to++] = (char)byte;
        from += 2;
        count++;
    }
    span->text[to] = '\0';
    span->len = to;
    return count;
}

static int has_control(const span_t *span)
{
    apr_size_t i;

    for (i = 0; i < span->len; i++) {
        if ((unsigned char)span->text[i] < 0x20 || span->text[i] == 0x7f) {
            return 1;
        }
    }
    return 0;
}

/* A segment "." or "..": what is left when somebody resolves it may begin with two slashes. */
static int has_dots(const char *path)
{
    while (*path == '/') {
        apr_size_t len = strcspn(++path, "/");

        if ((len == 1 && path[0] == '.') || (len == 2 && path[0] == '.' && path[1] == '.')) {
            return 1;
        }
        path += len;
    }
    return 0;
}

/* Browsers read a backslash as a slash. */
static int is_ours(const span_t *path)
{
    const char *text = path->text;

    return text[0] == '/' && text[1] != '/' && !has_control(path) && !strchr(text, '\\') &&
           !has_dots(text) && braze_key_is_utf8(text, path->len);
}

/* Is it ours as it stands, and after each decoding that a proxy or an application may add? */
static int stays_ours(span_t *path)
{
    int round, stray;

    for (round = 0; round < DECODE_ROUNDS; round++) {
        if (!is_ours(path)) {
            return 0;
        }
        if (decode(path, &stray) == 0) {
            return stray == 0 || round > 0; /* "/100%25" means "/100%" and is fine */
        }
        if (stray && round == 0) {
            return 0;
        }
    }
    return 0;
}

/* Query and fragment: for the application to read; only nothing that could end a header line. */
static int is_quiet(span_t *rest)
{
    apr_size_t i;

    if (has_control(rest) || strchr(rest->text, '\\') ||
        !braze_key_is_utf8(rest->text, rest->len)) {
        return 0;
    }
    for (i = 0; i < rest->len; i++) {
        int byte = rest->text[i] == '%' ? encoded_byte(rest, i) : ' ';

        if ((byte >= 0 && byte < 0x20) || byte == 0x7f) {
            return 0;
        }
    }
    return 1;
}

/* What may not stand in a URI reference (RFC 3986) is %-encoded. */
static const char *encode(const char *text, apr_pool_t *pool)
{
    static const char digits[] = "0123456789ABCDEF";
    char *encoded = apr_palloc(pool, 3 * strlen(text) + 1), *out = encoded;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c > 0x20 && c < 0x7f && !strchr("\"<>^`{|}", c)) {
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

static void take(span_t *span, const char *text, apr_size_t len)
{
    memcpy(span->text, text, len);
    span->text[len] = '\0';
    span->len = len;
}

const char *braze_jit_local_path(const char *relay_state, apr_pool_t *pool)
{
    apr_size_t len = relay_state ? strlen(relay_state) : 0, path_len;
    span_t path, rest;

    if (len == 0 || len > LOCAL_PATH_MAX) {
        return NULL;
    }
    path_len = strcspn(relay_state, "?#");
    take(&path, relay_state, path_len);
    take(&rest, relay_state + path_len, len - path_len);
    return stays_ours(&path) && is_quiet(&rest) ? encode(relay_state, pool) : NULL;
}
