/* SPDX-License-Identifier: Apache-2.0 */
#include "saml_int.h"

/* clang-format off */

/* Value of a character of the alphabet and KNOWN; 0 = not in it. */
#define KNOWN 64

static const unsigned char sextets[256] = {
    ['A'] = 64,  65,  66,  67,  68,  69,  70,  71,  72,  73,  74,  75,  76,  77,  78,  79,  80,  81,  82,  83,  84,  85,  86,  87,  88,  89,
    ['a'] = 90,  91,  92,  93,  94,  95,  96,  97,  98,  99,  100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115,
    ['0'] = 116, 117, 118, 119, 120, 121, 122, 123, 124, 125,
    ['+'] = 126,
    ['/'] = 127};

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
    decode->bits = decode->bits << 6 | (sextets[c] & (KNOWN - 1U));
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
    unsigned char *out = decode->out;

    for (; decode->count == 0 && end - in >= 4; in += 4, out += 3) {
        unsigned a = sextets[in[0]], b = sextets[in[1]], c = sextets[in[2]], d = sextets[in[3]];

        if (!(a & b & c & d & KNOWN)) {
            break;
        }
        a = (a << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63));
        out[0] = (unsigned char)(a >> 16);
        out[1] = (unsigned char)(a >> 8);
        out[2] = (unsigned char)a;
    }
    decode->out = out;
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
