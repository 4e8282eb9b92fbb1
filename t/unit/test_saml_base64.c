/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 of messages, held against OpenSSL's encoder. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <openssl/evp.h>

#include "src/saml/saml_int.h"

#define LEN_MAX 100

static apr_pool_t *pool;

static int set_up(void **state)
{
    (void)state;
    return apr_initialize() != APR_SUCCESS || apr_pool_create(&pool, NULL) != APR_SUCCESS;
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

/* A sequence that reaches every byte. */
static void fill(unsigned char *bytes, int len)
{
    unsigned next = (unsigned)len * 2654435761U + 1;
    int i;

    for (i = 0; i < len; i++) {
        next = next * 1103515245U + 12345U;
        bytes[i] = (unsigned char)(next >> 16);
    }
}

static int decodes_to(const char *text, apr_size_t text_len, const unsigned char *bytes, int len)
{
    const unsigned char *data = NULL;
    apr_size_t data_len = 0;

    return braze_base64_decode(&data, &data_len, text, text_len, pool) &&
           data_len == (apr_size_t)len && memcmp(data, bytes, data_len) == 0;
}

static const char *in_lines(const char *text, int width, const char *end)
{
    const char *lines = "";

    for (; *text; text += strlen(text) < (size_t)width ? strlen(text) : (size_t)width) {
        lines = apr_pstrcat(pool, lines, apr_pstrndup(pool, text, (apr_size_t)width), end, NULL);
    }
    return lines;
}

static void what_was_encoded_is_decoded(void **state)
{
    static const int widths[] = {1, 3, 4, 5, 64, 76};
    unsigned char bytes[LEN_MAX], text[LEN_MAX * 2];
    int len;
    size_t i;

    (void)state;
    for (len = 1; len < LEN_MAX; len++) {
        int text_len;

        fill(bytes, len);
        text_len = EVP_EncodeBlock(text, bytes, len);
        assert_true(decodes_to((char *)text, (apr_size_t)text_len, bytes, len));
        for (i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
            const char *lines = in_lines((char *)text, widths[i], i % 2 ? "\r\n" : "\n");

            assert_true(decodes_to(lines, strlen(lines), bytes, len));
        }
    }
}

/* Each byte at each place of a group that is taken at once, and of the last one. */
static void only_the_alphabet_is_taken(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\r\n";
    const unsigned char *data;
    apr_size_t len;
    int place, byte;

    (void)state;
    for (place = 0; place < 16; place++) {
        for (byte = 0; byte < 256; byte++) {
            char text[] = "AAAABBBBCCCCDDDD";
            int is_break = byte == '\r' || byte == '\n';
            int is_known = byte && strchr(alphabet, byte) != NULL;
            /* "=" is no exception at the end: it would leave two bits of D (000011) over. */
            int good = is_known && !is_break;

            text[place] = (char)byte;
            assert_int_equal(braze_base64_decode(&data, &len, text, 16, pool), good);
        }
    }
}

static void padding_is_exact(void **state)
{
    static const struct {
        const char *text;
        int good;
    } cases[] = {{"QQ==", 1}, {"QUI=", 1},     {"QUJD", 1},     {"QQ=", 0},   {"QQ", 0},
                 {"Q===", 0}, {"QUI", 0},      {"QR==", 0},     {"QUJ=", 0},  {"QQ==QQ==", 0},
                 {"=QQ=", 0}, {"QQ==\r\n", 1}, {"Q\nQ=\n=", 1}, {"QQ===", 0}, {"QUJD=", 0},
                 {"", 0},     {"\r\n", 0},     {"====", 0}};
    const unsigned char *data;
    apr_size_t len;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(
            braze_base64_decode(&data, &len, cases[i].text, strlen(cases[i].text), pool),
            cases[i].good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_encoded_is_decoded),
        cmocka_unit_test(only_the_alphabet_is_taken),
        cmocka_unit_test(padding_is_exact),
    };

    return cmocka_run_group_tests_name("saml base64", tests, set_up, tear_down);
}
