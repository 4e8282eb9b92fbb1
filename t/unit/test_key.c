/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of names and domains of e-mail addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_key.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static apr_pool_t *pool;

static int set_up(void **state)
{
    (void)state;
    return apr_pool_create(&pool, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static const char *key_n(const char *text, size_t len)
{
    const char *key;
    braze_err_t *err = braze_key_fold(&key, text, len, pool);

    if (err) {
        print_error("%s: %s\n", text, err->detail);
    }
    assert_null(err);
    return key;
}

static const char *key(const char *text)
{
    return key_n(text, strlen(text));
}

static const char *key_refusal(const char *text, size_t len)
{
    const char *folded = "untouched";
    braze_err_t *err = braze_key_fold(&folded, text, len, pool);

    if (!err) {
        print_error("taken: %s\n", text);
    }
    assert_non_null(err);
    assert_null(folded);
    assert_int_equal(err->status, 400);
    assert_string_equal(err->code, "invalidValue");
    assert_string_equal(err->tag, "BRAZE-0020");
    return err->detail;
}

static void folds_case(void **state)
{
    static const struct {
        const char *text, *folded;
    } cases[] = {
        {"Bjensen@Example.COM", "bjensen@example.com"},
        {"AZaz09@[`{", "azaz09@[`{"}, /* neighbours of the letters stay */
        {"Stra\303\237e", "strasse"}, /* ß */
        {"STRASSE", "strasse"},
        {"STRA\341\272\236E", "strasse"},                         /* capital ß */
        {"\xc3\x84", "\xc3\xa4"},                                 /* Ä, ä */
        {"\xce\xa3\xcf\x83\xcf\x82", "\xcf\x83\xcf\x83\xcf\x83"}, /* the three sigmas */
        {"I", "i"},
        {"\xc4\xb1", "\xc4\xb1"},  /* dotless i is a letter of its own */
        {"\xc4\xb0", "i\xcc\x87"}, /* I with dot: i and the dot, whatever the language */
        {"I\xcc\x87", "i\xcc\x87"},
        {"\xef\xac\x81", "fi"},           /* the ligature fi folds */
        {"\xe2\x84\xaa", "k"},            /* Kelvin sign */
        {"\xc5\xbf", "s"},                /* long s */
        {"\xef\xbc\xa1", "\xef\xbd\x81"}, /* full-width A: folded, but not compatibility-mapped */
        {"\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", "\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd"}, /* Иван */
        {"\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac"}, /* no case: 日本 */
        {"\xf0\x90\x90\x80", "\xf0\x90\x90\xa8"},                 /* Deseret, beyond the BMP */
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        assert_string_equal(key(cases[i].text), cases[i].folded);
    }
}

static void normalises(void **state)
{
    const char *composed = "Ren\xc3\xa9", *decomposed = "Rene\xcc\x81";

    (void)state;
    assert_string_equal(key(composed), "ren\xc3\xa9");
    assert_string_equal(key(decomposed), "ren\xc3\xa9");
    assert_string_equal(key("REN\xc3\x89"), "ren\xc3\xa9");
    assert_string_not_equal(key("Rene"), key(composed));
    /* Two marks in either order: dot below (220) comes before acute (230). */
    assert_string_equal(key("a\xcc\x81\xcc\xa3"), key("a\xcc\xa3\xcc\x81"));
    /* Angstrom sign, A with ring, A and ring. */
    assert_string_equal(key("\xe2\x84\xab"), "\xc3\xa5");
    assert_string_equal(key("A\xcc\x8a"), "\xc3\xa5");
    /* A Hangul syllable and its jamo. */
    assert_string_equal(key("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), "\xed\x95\x9c");
}

/*
 * Alpha with iota subscript and acute, composed and not: the subscript folds to a letter, behind
 * which the acute would stay were the text not decomposed before it is folded.
 */
static void decomposes_before_it_folds(void **state)
{
    const char *folded = "\xce\xac\xce\xb9";                 /* ά ι */
    const char *with_diaeresis = "\xce\xb1\xcc\x88\xce\xb9"; /* no composed letter has it */

    (void)state;
    assert_string_equal(key("\xe1\xbe\xb4"), folded);             /* U+1FB4 */
    assert_string_equal(key("\xce\xb1\xcc\x81\xcd\x85"), folded); /* alpha acute subscript */
    assert_string_equal(key("\xe1\xbe\xb3\xcc\x81"), folded);     /* U+1FB3 acute */
    assert_string_equal(key("\xce\x91\xcd\x85\xcc\x81"), folded); /* Alpha subscript acute */
    assert_string_equal(key("\xce\xb1\xcd\x85\xcc\x88"), with_diaeresis);
    assert_string_equal(key("\xce\xb1\xcc\x88\xcd\x85"), with_diaeresis);
    assert_string_equal(key("\xe1\xbe\xb3\xcc\x88"), with_diaeresis);
}

static void trims_white_space(void **state)
{
    (void)state;
    assert_string_equal(key("  a b  "), "a b");
    assert_string_equal(key("\302\240\343\200\200A\xe2\x80\x83"),
                        "a"); /* NBSP, ideographic, em space */
    assert_string_equal(key("\xe2\x80\xa8"
                            "\xc3\x89\xe2\x80\xa9"),
                        "\xc3\xa9");
    assert_string_equal(key_n("Ab cd", 3), "ab");
    assert_string_equal(key_n("\xc3\x89x", 2), "\xc3\xa9");
}

static void refuses_empty_names(void **state)
{
    (void)state;
    assert_string_equal(key_refusal("", 0), "The name is empty.");
    assert_string_equal(key_refusal("   ", 3), "The name is empty.");
    assert_string_equal(key_refusal("\xc2\xa0\xe3\x80\x80", 5), "The name is empty.");
}

static void refuses_control_characters(void **state)
{
    static const char *const bad[] = {"a\nb",  "a\tb", "\ta",      "a\r",       "\x1b[0m",
                                      "a\x7f", "\x01", "\xc2\x80", "a\xc2\x9f", "a\xc2\x85"};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++) {
        assert_string_equal(key_refusal(bad[i], strlen(bad[i])),
                            "The name has a control character.");
    }
    assert_string_equal(key_refusal("a\0b", 3), "The name has a control character.");
    assert_string_equal(key_refusal("a\0", 2), "The name has a control character.");
    assert_string_equal(key("a\302\241b"),
                        "a\302\241b"); /* the first after the C1 range and NBSP */
}

static void refuses_bad_utf8(void **state)
{
    static const char *const bad[] = {"\xff",     "a\x80",        "\xc3",
                                      "\xc1\x81", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\xe2\x82", "\xf0\x9f\x98"};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++) {
        assert_string_equal(key_refusal(bad[i], strlen(bad[i])), "The name is not UTF-8.");
        assert_false(braze_key_is_utf8(bad[i], strlen(bad[i])));
    }
    assert_string_equal(key_refusal("\xc3\xa9", 1),
                        "The name is not UTF-8."); /* cut by the length */
    assert_true(braze_key_is_utf8("", 0));
    assert_true(braze_key_is_utf8("a\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 11));
    assert_true(braze_key_is_utf8("\xf4\x8f\xbf\xbf", 4));
    assert_false(braze_key_is_utf8("a\0b", 3));
    assert_true(braze_key_is_utf8("a\0b", 1));
}

static char *letters(char letter, size_t count)
{
    char *text = apr_palloc(pool, count + 1);

    memset(text, letter, count);
    text[count] = '\0';
    return text;
}

static void holds_the_name_cap(void **state)
{
    (void)state;
    assert_int_equal(strlen(key(letters('A', BRAZE_NAME_MAX))), BRAZE_NAME_MAX);
    assert_string_equal(key_refusal(letters('A', BRAZE_NAME_MAX + 1), BRAZE_NAME_MAX + 1),
                        "The name is too long.");
    /* As given: white space counts. */
    assert_non_null(key_refusal(letters(' ', BRAZE_NAME_MAX + 1), BRAZE_NAME_MAX + 1));
}

static void domain_is(const char *email, const char *expected)
{
    const char *domain;
    braze_err_t *err = braze_key_domain(&domain, email, pool);

    if (err) {
        print_error("%s: %s\n", email, err->detail);
    }
    assert_null(err);
    assert_string_equal(domain, expected);
}

static void domain_refused(const char *email)
{
    const char *domain = "untouched";
    braze_err_t *err = braze_key_domain(&domain, email, pool);

    if (!err) {
        print_error("taken: %s gives %s\n", email, domain);
    }
    assert_non_null(err);
    assert_null(domain);
    assert_int_equal(err->status, 400);
    assert_string_equal(err->code, "invalidValue");
    assert_string_equal(err->tag, "BRAZE-0021");
}

static void finds_the_domain(void **state)
{
    (void)state;
    domain_is("ana@decorumsoft.com", "decorumsoft.com");
    domain_is("Ana@DecorumSoft.COM", "decorumsoft.com");
    domain_is("ana@x.decorumsoft.com", "x.decorumsoft.com");
    domain_is("ana@decorumsoft.com.", "decorumsoft.com");
    domain_is("ana@localhost", "localhost");
    domain_is("a@1and1.com", "1and1.com");
    domain_is("a@1.2.3.4.com", "1.2.3.4.com");
    domain_is("a@a--b.com", "a--b.com");
}

static void the_last_at_counts(void **state)
{
    (void)state;
    domain_is("ana@decorumsoft.com@evil.example", "evil.example");
    domain_is("\"ana@decorumsoft.com\"@evil.example", "evil.example");
    domain_is("@@evil.example", "evil.example");
}

static void idn_becomes_a_labels(void **state)
{
    (void)state;
    domain_is("a@b\303\274cher.de", "xn--bcher-kva.de");
    domain_is("a@B\303\234CHER.de", "xn--bcher-kva.de");
    domain_is("a@bu\314\210cher.de", "xn--bcher-kva.de"); /* decomposed */
    domain_is("a@xn--bcher-kva.de", "xn--bcher-kva.de");
    domain_is("a@XN--BCHER-KVA.de.", "xn--bcher-kva.de");
    domain_is("a@mail.XN--BCHER-KVA.de", "mail.xn--bcher-kva.de");
    /* IDNA2008: these two are other names than strasse.de and one with the other sigma. */
    domain_is("a@stra\303\237e.de", "xn--strae-oqa.de");
    domain_is("a@\xce\xb2\xcf\x8c\xce\xbb\xce\xbf\xcf\x82.com", "xn--nxasmm1c.com");
    domain_is("a@\xce\xb2\xcf\x8c\xce\xbb\xce\xbf\xcf\x83.com", "xn--nxasmq6b.com");
    /* What UTS 46 maps: full-width letters and dots. */
    domain_is("a@\xef\xbd\x85xample\343\200\202com", "example.com");
    domain_is("a@example.com\xe3\x80\x82", "example.com");
}

static void refuses_what_is_no_domain(void **state)
{
    static const char *const bad[] = {
        "",
        "ana",
        "ana.example.com",
        "@example.com",
        "ana@",
        "ana@.",
        "ana@..",
        "ana@a..b",
        "ana@.a.com",
        "ana@a.com..",
        "ana@ a.com",
        "ana@a.com ",
        "ana@a b.c",
        "ana@a_b.c",
        "ana@-a.com",
        "ana@a-.com",
        "ana@a.-b",
        "ana@a/b.com",
        "ana@a.com\n",
        "ana@[127.0.0.1]",
        "ana@127.0.0.1",
        "ana@127.0.0.1.",
        "ana@1",
        "ana@a.com>",
        "ana@a\x01.com",
        "ana@a%00.com",
        "ana@\xff.com",
        "ana@\xe2\x82.com",
        "ana@a:25",
        "ana@xn--a.com", /* decodes to nothing */
        "ana@xn--bcher-kva\xc3\xbc.de",
        "ana@xn--.com",
        "ana@xn--bucher-xyd.de", /* a decomposed u-umlaut */
        "ana@xn--bcher-2pa.de",  /* a capital one */
        "ana@x.xn--a.com",
        "ana@xn--abc-.de",                   /* nothing that needed it */
        "ana@xn--n3h.de",                    /* a snowman is no letter */
        "ana@a\xe2\x80\x8b.com\xe2\x80\x83", /* zero-width space, em space */
        "ana@\xe2\x98\x83 .com",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++) {
        domain_refused(bad[i]);
    }
}

/* n labels of 63 letters, each with its dot. */
static const char *labels(int n)
{
    const char *text = "", *label = letters('a', 63);

    while (n--) {
        text = apr_pstrcat(pool, text, label, ".", NULL);
    }
    return text;
}

static void holds_the_domain_caps(void **state)
{
    const char *domain;

    (void)state;
    domain_is(apr_pstrcat(pool, "a@", letters('a', 63), ".com", NULL),
              apr_pstrcat(pool, letters('a', 63), ".com", NULL));
    domain_refused(apr_pstrcat(pool, "a@", letters('a', 64), ".com", NULL));
    /* 3 * 64 + 61 = 253 */
    domain = apr_pstrcat(pool, labels(3), letters('b', 61), NULL);
    domain_is(apr_pstrcat(pool, "a@", domain, NULL), domain);
    domain_is(apr_pstrcat(pool, "a@", domain, ".", NULL), domain);
    domain_refused(apr_pstrcat(pool, "a@", labels(3), letters('b', 62), NULL));
    domain_refused(apr_pstrcat(pool, "a@", letters('a', 100000), NULL));
}

static void bare_domains(void **state)
{
    const char *domain;

    (void)state;
    assert_null(braze_key_bare_domain(&domain, "DecorumSoft.COM.", pool));
    assert_string_equal(domain, "decorumsoft.com");
    assert_null(braze_key_bare_domain(&domain, "b\303\274cher.de", pool));
    assert_string_equal(domain, "xn--bcher-kva.de");
    assert_non_null(braze_key_bare_domain(&domain, "@decorumsoft.com", pool));
    assert_null(domain);
    assert_non_null(braze_key_bare_domain(&domain, "a@decorumsoft.com", pool));
    assert_non_null(braze_key_bare_domain(&domain, "*.decorumsoft.com", pool));
    assert_non_null(braze_key_bare_domain(&domain, "", pool));
    assert_non_null(braze_key_bare_domain(&domain, ".", pool));
}

static void takes_addresses(void **state)
{
    static const char *const good[] = {
        "ana@decorumsoft.com",           "a@b",
        "o'brien+tag@x.example",         "first.last@x.example",
        "\xc3\xa9lise@b\303\274cher.de", "\"a@b\"@x.example",
        "!#$%&'*+-/=?^_`{|}~@x.example",
    };
    static const char *const bad[] = {
        "",
        "ana",
        "@x.example",
        "ana@",
        "a b@x.example",
        " a@x.example",
        "a@x.example ",
        "a@x.example\n",
        "a\n@x.example",
        "a\x7f@x.example",
        "a\xc2\x85@x.example",
        "a\302\240b@x.example",
        "a\xe2\x80\xa8@x.example",
        "a@b@x.example",
        "a,b@x.example",
        "a;b@x.example",
        "<a@x.example>",
        "Ana<a@x.example",
        "a:b@x.example",
        "a\\b@x.example",
        "\"a@x.example",
        "\"\"@x.example",
        "\"@x.example",
        "\"a\"b\"@x.example",
        "\"a\\\"@x.example",
        "(c)a@x.example",
        "\xff@x.example",
        "a@[127.0.0.1]",
        "a@x_y.example",
        "\"a b\"@x.example",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(good); i++) {
        if (!braze_key_is_email(good[i], pool)) {
            print_error("refused: %s\n", good[i]);
        }
        assert_true(braze_key_is_email(good[i], pool));
    }
    for (i = 0; i < COUNT(bad); i++) {
        if (braze_key_is_email(bad[i], pool)) {
            print_error("taken: %s\n", bad[i]);
        }
        assert_false(braze_key_is_email(bad[i], pool));
    }
    assert_false(braze_key_is_email(NULL, pool));
}

static void holds_the_address_cap(void **state)
{
    (void)state;
    /* 244 + 10 = 254 */
    assert_true(braze_key_is_email(apr_pstrcat(pool, letters('a', 244), "@x.example", NULL), pool));
    assert_false(
        braze_key_is_email(apr_pstrcat(pool, letters('a', 245), "@x.example", NULL), pool));
}

/* The UTF-8 of a code point. */
static const char *encode(unsigned int c)
{
    char text[5] = {0};

    if (c < 0x80) {
        text[0] = (char)c;
    } else if (c < 0x800) {
        text[0] = (char)(0xc0 | c >> 6);
        text[1] = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        text[0] = (char)(0xe0 | c >> 12);
        text[1] = (char)(0x80 | (c >> 6 & 63));
        text[2] = (char)(0x80 | (c & 63));
    } else {
        text[0] = (char)(0xf0 | c >> 18);
        text[1] = (char)(0x80 | (c >> 12 & 63));
        text[2] = (char)(0x80 | (c >> 6 & 63));
        text[3] = (char)(0x80 | (c & 63));
    }
    return apr_pstrdup(pool, text);
}

/* Folding once is folding for good: a key that is folded again stays the same key. */
static void a_key_is_its_own_key(void **state)
{
    apr_pool_t *outer = pool;
    unsigned int c;

    (void)state;
    for (c = 0xa1; c < 0x20000; c++) {
        const char *once, *text;

        apr_pool_create(&pool, outer);
        text = apr_pstrcat(pool, "x", encode(c), "y", NULL);
        if (c < 0xd800 || c > 0xdfff) {
            once = key(text);
            assert_string_equal(key(once), once);
        }
        apr_pool_destroy(pool);
        pool = outer;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_case),
        cmocka_unit_test(normalises),
        cmocka_unit_test(decomposes_before_it_folds),
        cmocka_unit_test(trims_white_space),
        cmocka_unit_test(refuses_empty_names),
        cmocka_unit_test(refuses_control_characters),
        cmocka_unit_test(refuses_bad_utf8),
        cmocka_unit_test(holds_the_name_cap),
        cmocka_unit_test(finds_the_domain),
        cmocka_unit_test(the_last_at_counts),
        cmocka_unit_test(idn_becomes_a_labels),
        cmocka_unit_test(refuses_what_is_no_domain),
        cmocka_unit_test(holds_the_domain_caps),
        cmocka_unit_test(bare_domains),
        cmocka_unit_test(takes_addresses),
        cmocka_unit_test(holds_the_address_cap),
        cmocka_unit_test(a_key_is_its_own_key),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, set_up, tear_down);
    apr_terminate();
    return failed;
}
