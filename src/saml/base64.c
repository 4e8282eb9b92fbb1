/* SPDX-License-Identifier: Apache-2.0 */
#include "saml_int.h"

/* clang-format off */

/* Value of a character of the alphabet plus one; 0 = not in it. */
static const unsigned char sextets[256] = {
    ['A'] = 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    ['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
    ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
    ['+'] = 63,
    ['/'] = 64};

/* clang-format on */

typedef struct {
    unsigned char *out;
    unsigned bits;
    int count, padding;
} decode_t;

/* One character; 0 = it may not stand here. */
static int take(decode_t *decode, unsigned char c)
{
    if (c == '\r' || c == '\n') {
        return 1;
    }
    if (c == '=') {
        return ++decode->padding <= 2;
    }
    if (!sextets[c] || decode->padding) {
        return 0;
    }
    decode->bits = decode->bits << 6 | (sextets[c] - 1U);
    if (++decode->count == 4) {
        *decode->out++ = (unsigned char)(decode->bits >> 16);
        *decode->out++ = (unsigned char)(decode->bits >> 8);
        *decode->out++ = (unsigned char)decode->bits;
        decode->count = 0;
    }
    return 1;
}

/* As many whole groups of four as there are: nearly everything. */
static const unsigned char *take_groups(decode_t *decode, const unsigned char *in,
                                        const unsigned char *end)
{
    for (; decode->count == 0 && end - in >= 4; in += 4) {
        unsigned a = sextets[in[0]], b = sextets[in[1]], c = sextets[in[2]], d = sextets[in[3]];

        if (!a || !b || !c || !d) {
            break;
        }
        a = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
        *decode->out++ = (unsigned char)(a >> 16);
        *decode->out++ = (unsigned char)(a >> 8);
        *decode->out++ = (unsigned char)a;
    }
    return in;
}

/* The last group, and whether the bits that padding leaves over are zero: a message has one
 * spelling. */
static int finish(decode_t *decode)
{
    if (decode->padding == 1) {
        *decode->out++ = (unsigned char)(decode->bits >> 10);
        *decode->out++ = (unsigned char)(decode->bits >> 2);
        return decode->count == 3 && (decode->bits & 0x03) == 0;
    }
    if (decode->padding == 2) {
        *decode->out++ = (unsigned char)(decode->bits >> 4);
        return decode->count == 2 && (decode->bits & 0x0F) == 0;
    }
    return decode->count == 0;
}

int braze_base64_decode(const unsigned char **data, apr_size_t *len, const char *text,
                        apr_size_t text_len, apr_pool_t *pool)
{
    const unsigned char *in = (const unsigned char *)text, *end = in + text_len;
    unsigned char *start = apr_palloc(pool, text_len / 4 * 3 + 4);
    decode_t decode = {.out = start};

    while (in < end) {
        if (!decode.padding) {
            in = take_groups(&decode, in, end);
        }
        if (in < end && !take(&decode, *in++)) {
            return 0;
        }
    }
    if (!finish(&decode) || decode.out == start) {
        return 0;
    }
    *data = start;
    *len = (apr_size_t)(decode.out - start);
    return 1;
}
