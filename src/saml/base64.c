/* SPDX-License-Identifier: Apache-2.0 */
#include "saml_int.h"

/* Value of an alphabet character, or -1. */
static int sextet(unsigned char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int braze_base64_decode(const unsigned char **data, apr_size_t *len, const char *text,
                        apr_size_t text_len, apr_pool_t *pool)
{
    unsigned char *start = apr_palloc(pool, text_len / 4 * 3 + 3), *out = start;
    unsigned bits = 0;
    int count = 0, padding = 0, value;
    apr_size_t i;

    for (i = 0; i < text_len; i++) {
        if (text[i] == '\r' || text[i] == '\n') {
            continue;
        }
        if (text[i] == '=') {
            padding++;
            continue;
        }
        value = sextet((unsigned char)text[i]);
        if (value < 0 || padding) {
            return 0;
        }
        bits = (bits << 6 | (unsigned)value) & 0xFFFFFF;
        if (++count % 4 == 0) {
            *out++ = (unsigned char)(bits >> 16);
            *out++ = (unsigned char)(bits >> 8);
            *out++ = (unsigned char)bits;
        }
    }
    if ((count + padding) % 4 != 0 || padding > 2 || count == 0) {
        return 0;
    }
    if (padding == 1) {
        *out++ = (unsigned char)(bits >> 10);
        *out++ = (unsigned char)(bits >> 2);
    } else if (padding == 2) {
        *out++ = (unsigned char)(bits >> 4);
    }
    *data = start;
    *len = (apr_size_t)(out - start);
    /* The bits that padding leaves over are zero, so that a message has one spelling. */
    return (bits & (padding == 1 ? 0x03U : padding == 2 ? 0x0FU : 0U)) == 0;
}
