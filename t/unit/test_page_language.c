/* SPDX-License-Identifier: Apache-2.0 */
/* Accept-Language to one of the four languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_page.h"

static const struct {
    const char *header, *language;
} cases[] = {
    /* nothing that fits */
    {"", "en"},
    {"it", "en"},
    {"it, pt-BR;q=0.9, ja;q=0.1", "en"},
    {"english", "en"},
    {"e", "en"},
    {"dee, fra, esp", "en"},

    /* one that fits */
    {"en", "en"},
    {"es", "es"},
    {"fr", "fr"},
    {"de", "de"},
    {"DE", "de"},
    {"es-MX", "es"},
    {"ES-mx", "es"},
    {"fr-CA-x-joual", "fr"},
    {"de-Latn-DE-1996", "de"},
    {"it, de", "de"},

    /* order and weight */
    {"fr, de", "fr"},
    {"de, fr", "de"},
    {"fr;q=0.5, de", "de"},
    {"fr;q=0.8, de;q=0.9", "de"},
    {"fr;q=0.900, de;q=0.9", "fr"},
    {"fr;q=0.001, de;q=0.002", "de"},
    {"fr;q=0.5,es;q=0.500,de;q=0.499", "fr"},
    {"fr;q=1.000, de;q=1", "fr"},
    {"it, es-MX;q=0.8, es;q=0.6, en;q=0.4", "es"},
    {"es;q=0.1, es-MX;q=0.9, de;q=0.5", "es"},
    {"  fr ; q=0.3 ,\tde ;\tQ=0.4 ", "de"},
    {"fr;q=0.3,,de;q=0.4,", "de"},
    {",,fr", "fr"},

    /* what is not wanted */
    {"fr;q=0, de;q=0.1", "de"},
    {"de;q=0", "en"},
    {"fr;q=0.0, es;q=0.00, de;q=0.000", "en"},
    {"de-AT;q=0, de;q=0.5", "de"},
    {"de, de;q=0", "de"},

    /* anything */
    {"*", "en"},
    {"*;q=0.1", "en"},
    {"it, *;q=0.5", "en"},
    {"fr;q=0.4, *;q=0.5", "en"},
    {"fr;q=0.6, *;q=0.5", "fr"},
    {"en;q=0, *", "es"},
    {"en;q=0, es;q=0, *;q=0.3", "fr"},
    {"en;q=0.1, *;q=0.3", "es"},
    {"en;q=0, es;q=0, fr;q=0, de-AT;q=0, *", "de"},
    {"*;q=0, de;q=0.5", "de"},
    {"*, de", "en"},
    {"de, *", "de"},

    /* what cannot be read is passed over, the rest counts */
    {"fr;q=2, de;q=0.1", "de"},
    {"fr;q=1.001, de;q=0.1", "de"},
    {"fr;q=-1, de;q=0.1", "de"},
    {"fr;q=, de;q=0.1", "de"},
    {"fr;q, de;q=0.1", "de"},
    {"fr;, de;q=0.1", "de"},
    {"fr;q=0.1234, de;q=0.1", "de"},
    {"fr;q=.9, de;q=0.1", "de"},
    {"fr;q=0,9, de;q=0.1", "de"},
    {"fr;q=1e0, de;q=0.1", "de"},
    {"fr;q=0.9;q=0.9, de;q=0.1", "de"},
    {"fr;level=1, de;q=0.1", "de"},
    {"fr de;q=0.5, es;q=0.1", "es"},
    {"fr_FR, de;q=0.1", "de"},
    {"fr-, de;q=0.1", "de"},
    {"-fr, de;q=0.1", "de"},
    {"fr--FR, de;q=0.1", "de"},
    {"fr-abcdefgh, de;q=0.1", "fr"},
    {"fr-abcdefghi, de;q=0.1", "de"},
    {"*-FR, de;q=0.1", "de"},
    {"fr\xc3\xa9, de;q=0.1", "de"},
    {"<script>alert(1)</script>, de;q=0.1", "de"},
    {"\x01\x02, de", "de"},
    {";;;===", "en"},
    {"q=1", "en"},
};

static void each_header_gives_its_language(void **state)
{
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *got = braze_page_language(cases[i].header);

        if (strcmp(got, cases[i].language) != 0) {
            fail_msg("\"%s\" gives %s, not %s", cases[i].header, got, cases[i].language);
        }
    }
}

static void no_header_gives_english(void **state)
{
    (void)state;
    assert_string_equal(braze_page_language(NULL), "en");
}

/* count members "it;q=0.1," and then another. */
static const char *after(int count, const char *last, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, (apr_size_t)count * 9 + strlen(last) + 1), *p = text;
    int i;

    for (i = 0; i < count; i++, p += 9) {
        memcpy(p, "it;q=0.1,", 9);
    }
    memcpy(p, last, strlen(last) + 1);
    return text;
}

static void length_and_number_are_capped(void **state)
{
    apr_pool_t *pool;
    char *text;

    (void)state;
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    assert_string_equal(braze_page_language(after(31, "de", pool)), "de");
    assert_string_equal(braze_page_language(after(32, "de", pool)), "en");
    assert_string_equal(braze_page_language(after(100000, "de", pool)), "en");

    /* 1024 bytes are looked at; of a longer header only whole members in them */
    text = apr_palloc(pool, 4096);
    memset(text, ' ', 4095);
    text[4095] = '\0';
    memcpy(text, "fr;q=0.1,", 9);
    memcpy(text + 1022, "de", 3);
    assert_string_equal(braze_page_language(text), "de");
    memcpy(text + 1022, "de ", 4); /* 1025 bytes */
    assert_string_equal(braze_page_language(text), "fr");
    memset(text, 'x', 4095);
    assert_string_equal(braze_page_language(text), "en");
    apr_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_header_gives_its_language),
        cmocka_unit_test(no_header_gives_english),
        cmocka_unit_test(length_and_number_are_capped),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
