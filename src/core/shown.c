/* SPDX-License-Identifier: Apache-2.0 */
/* What an application behind httpd is told. */
#include <string.h>

#include <apr_strings.h>

#include "braze_shown.h"

/* Of ASCII, whatever the locale. */
static int is_control(char c)
{
    return (unsigned char)c < ' ' || c == '\x7f';
}

#define EACH_BYTE(c) (0x0101010101010101ULL * (c))

/* A byte below n borrows from its highest bit, when n is taken from it. */
static int has_control_in(apr_uint64_t bytes)
{
    apr_uint64_t deletes = bytes ^ EACH_BYTE(0x7f);

    return ((((bytes - EACH_BYTE(' ')) & ~bytes) | ((deletes - EACH_BYTE(1)) & ~deletes)) &
            EACH_BYTE(0x80)) != 0;
}

/* Eight bytes at a time: pages may be asked this of all that they are told of their visitor. */
int braze_shown_is(const char *text)
{
    apr_size_t len = strlen(text), at = 0;
    apr_uint64_t bytes;

    if (len < sizeof(bytes)) {
        while (at < len && !is_control(text[at])) {
            at++;
        }
        return at == len;
    }
    while (at < len) {
        /* The last eight may have been looked at in part. */
        memcpy(&bytes, text + (at + sizeof(bytes) > len ? len - sizeof(bytes) : at), sizeof(bytes));
        if (has_control_in(bytes)) {
            return 0;
        }
        at += sizeof(bytes);
    }
    return 1;
}

const char *braze_shown_text(const char *text, apr_pool_t *pool)
{
    static const char hex[] = "0123456789ABCDEF";
    const char *c;
    char *out, *to;

    if (braze_shown_is(text)) {
        return text;
    }
    to = out = apr_palloc(pool, 3 * strlen(text) + 1);
    for (c = text; *c; c++) {
        if (is_control(*c)) {
            *to++ = '%';
            *to++ = hex[(unsigned char)*c >> 4];
            *to++ = hex[(unsigned char)*c & 15];
        } else {
            *to++ = *c;
        }
    }
    *to = '\0';
    return out;
}

const char *braze_shown_list(const apr_array_header_t *names, apr_pool_t *pool)
{
    apr_size_t size = 1;
    char *out, *to;
    int i;

    if (names->nelts == 0) {
        return "";
    }
    for (i = 0; i < names->nelts; i++) {
        size += 2 * strlen(APR_ARRAY_IDX(names, i, const char *)) + 1;
    }
    to = out = apr_palloc(pool, size);
    for (i = 0; i < names->nelts; i++) {
        const char *c;

        if (i) {
            *to++ = ';';
        }
        for (c = APR_ARRAY_IDX(names, i, const char *); *c; c++) {
            if (*c == ';' || *c == '\\') {
                *to++ = '\\';
            }
            *to++ = *c;
        }
    }
    *to = '\0';
    return braze_shown_text(out, pool);
}
