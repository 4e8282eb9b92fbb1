/* SPDX-License-Identifier: Apache-2.0 */
/* Pages are well-formed whatever stands in a model, and say what they must. */
#include "unit_page.h"

#include <apr_general.h>
#include <openssl/evp.h>

#include "braze_page.h"

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

/* ---- every page there is ---- */

#define FIELDS 6

/* One page of each kind with all its fields given; values[0..] are company, code, correlation,
 * email, saml name, URL. */
typedef const char *render_fn(const char *const *values, const char *language);

static const char *refusal(const char *const *values, const char *language)
{
    braze_page_refusal_t model = {.company = values[0],
                                  .code = values[1],
                                  .correlation = values[2],
                                  .email = values[3],
                                  .sign_in_url = values[5]};

    return braze_page_refusal(&model, language, pool);
}

static const char *sign_in(const char *const *values, const char *language)
{
    braze_page_sign_in_t model = {
        .company = values[0], .saml_name = values[4], .login_url = values[5]};

    return braze_page_sign_in(&model, language, pool);
}

static const char *signed_out(const char *const *values, const char *language)
{
    return braze_page_signed_out(values[5], language, pool);
}

static const char *everywhere(const char *const *values, const char *language)
{
    return braze_page_signed_out_everywhere(values[5], language, pool);
}

static const char *interrupted(const char *const *values, const char *language)
{
    braze_page_interrupted_t model = {values[0], values[5]};

    return braze_page_interrupted(&model, language, pool);
}

static render_fn *const renders[] = {refusal, sign_in, signed_out, everywhere, interrupted};
/* Which fields each kind has, as bits. */
static const int fields[] = {0x2f, 0x31, 0x20, 0x20, 0x21};

#define KINDS 5

static const char *const usual[FIELDS] = {
    "Decorumsoft", "domain_not_allowed",         "4f1c-77", "ana@decorumsoft.com",
    "Okta",        "/auth/saml/sign_in?x=1&y=2",
};

static const char *const languages[] = {"en", "es", "fr", "de"};

static void assert_frame(const page_t *page, const char *language)
{
    assert_string_equal(page->lang, language);
    assert_int_equal(count(page->skeleton, "<html lang>"), 1);
    assert_int_equal(count(page->skeleton, "<meta charset>"), 1);
    assert_int_equal(count(page->skeleton, "<title>"), 1);
    assert_int_equal(count(page->skeleton, "<style>"), 1);
    assert_int_equal(count(page->skeleton, "<main>"), 1);
    assert_int_equal(count(page->skeleton, "<h1>"), 1);
    assert_true(strstr(page->skeleton, "<main>") < strstr(page->skeleton, "<h1>"));
    assert_non_null(page->style);
}

static void every_page_is_well_formed_in_every_language(void **state)
{
    int kind, lang;

    (void)state;
    for (kind = 0; kind < KINDS; kind++) {
        const page_t *english = read_page(renders[kind](usual, "en"));

        for (lang = 0; lang < 4; lang++) {
            page_t *page = read_page(renders[kind](usual, languages[lang]));

            assert_frame(page, languages[lang]);
            assert_string_equal(page->skeleton, english->skeleton);
            assert_string_equal(page->hrefs, "/auth/saml/sign_in?x=1&y=2\x1f");
            if (lang > 0) {
                assert_string_not_equal(page->text, english->text);
            }
        }
    }
}

static void an_unknown_language_is_english(void **state)
{
    static const char *const unknown[] = {NULL, "", "it", "EN", "es-MX", "\"><script>"};
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_string_equal(renders[0](usual, unknown[i]), renders[0](usual, "en"));
    }
}

static void every_field_may_be_missing(void **state)
{
    const char *none[FIELDS] = {NULL}, *empty[FIELDS] = {"", "", "", "", "", ""};
    int kind, lang;

    (void)state;
    for (kind = 0; kind < KINDS; kind++) {
        for (lang = 0; lang < 4; lang++) {
            page_t *page = read_page(renders[kind](none, languages[lang]));

            assert_frame(page, languages[lang]);
            assert_string_equal(page->hrefs, "");
            assert_null(strstr(page->text, "{}"));
            assert_string_equal(renders[kind](empty, languages[lang]),
                                renders[kind](none, languages[lang]));
        }
    }
}

/* ---- what an attacker may write into a field ---- */

static const char *const attacks[] = {
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</main></body></html>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" onfocus=\"alert(1)\" autofocus=\"",
    "</style><style>*{display:none}</style>",
    "<!-- ",
    "--><b>",
    "<![CDATA[",
    "&lt;script&gt;",
    "&#60;script&#62;",
    "&amp;amp;",
    "&",
    "<",
    "{}",
    "{{7*7}}",
    "%s%n",
    "a&b=c\"d'e<f>g",
    "\xd8\xb4\xd8\xb1\xd9\x83\xd8\xa9 <b>",
};

/* The same page with an ordinary value of the same alphabet: an element more or less would be the
 * attack's. */
static const char *harmless(const char *attack)
{
    const char *p;

    for (p = attack; *p; p++) {
        if ((unsigned char)*p >= 0x80) {
            return "\xc3\xbc";
        }
    }
    return "u";
}

static void assert_attack_is_text(int kind, int field, const char *attack)
{
    const char *values[FIELDS], *control[FIELDS];
    const page_t *page, *calm;
    int seen;

    memcpy(values, usual, sizeof(values));
    memcpy(control, usual, sizeof(control));
    values[field] = attack;
    control[field] = field == 5 ? NULL : harmless(attack);
    page = read_page(renders[kind](values, "en"));
    calm = read_page(renders[kind](control, "en"));
    assert_string_equal(page->skeleton, calm->skeleton);
    assert_string_equal(page->style, calm->style);
    if (field == 5) {
        assert_string_equal(page->hrefs, ""); /* none of them is a URL */
        return;
    }
    seen = count(page->text, attack) > 0;
    if (!seen) {
        fail_msg("kind %d field %d: %s is not shown", kind, field, attack);
    }
}

static void attacks_are_shown_as_text_in_every_field(void **state)
{
    apr_size_t i;
    int kind, field;

    (void)state;
    for (kind = 0; kind < KINDS; kind++) {
        for (field = 0; field < FIELDS; field++) {
            for (i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
                if (fields[kind] & (1 << field)) {
                    assert_attack_is_text(kind, field, attacks[i]);
                }
            }
        }
    }
}

static void urls_are_links_only_when_they_lead_to_a_page(void **state)
{
    static const struct {
        const char *url;
        int link;
    } cases[] = {
        {"/", 1},
        {"/auth/saml/login?return=/a%20b&x=1", 1},
        {"https://app.example.com/auth/saml/sign_in", 1},
        {"http://127.0.0.1:8080/", 1},
        {"HTTPS://app.example.com", 1},
        {"/a\"b'c<d>", 1}, /* escaped */
        {"//evil", 0},
        {"/\\evil", 0},
        {"\\\\evil", 0},
        {"https:evil", 0},
        {"https:/evil", 0},
        {"https:///evil", 0},
        {"https://", 0},
        {"https://?x", 0},
        {"javascript:alert(1)", 0},
        {"JavaScript:alert(1)", 0},
        {"java\nscript:alert(1)", 0},
        {" javascript:alert(1)", 0},
        {"data:text/html,<script>alert(1)</script>", 0},
        {"vbscript:x", 0},
        {"ftp://example.com/", 0},
        {"sign_in", 0},
        {"/a b", 0},
        {"/a\tb", 0},
        {"/a\nb", 0},
        {"/a\x7f", 0},
        {"", 0},
    };
    const char *values[FIELDS];
    apr_size_t i;
    int kind;

    (void)state;
    memcpy(values, usual, sizeof(values));
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (kind = 0; kind < KINDS; kind++) {
            const page_t *page;
            const char *expected =
                cases[i].link ? apr_pstrcat(pool, cases[i].url, "\x1f", NULL) : "";

            values[5] = cases[i].url;
            page = read_page(renders[kind](values, "en"));
            assert_string_equal(page->hrefs, expected);
            assert_int_equal(count(page->skeleton, "<a"), cases[i].link);
        }
    }
}

/* The company's name as the sign-in page shows it. */
static const char *shown(const char *company)
{
    braze_page_sign_in_t model = {.company = company};
    const char *text = read_page(braze_page_sign_in(&model, "en", pool))->text, *end;

    text = strstr(text, "Sign in to ") + strlen("Sign in to ");
    end = strchr(text, '\x1f');
    return apr_pstrmemdup(pool, text, (apr_size_t)(end - text));
}

static void what_is_no_character_is_replaced(void **state)
{
#define NONE "\xef\xbf\xbd"
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"plain", "plain"},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"a\tb\nc", "a\tb\nc"},
        {"a\x01"
         "b",
         "a" NONE "b"},
        {"a\x1b[31mb", "a" NONE "[31mb"},
        {"a\x7f"
         "b",
         "a" NONE "b"},
        {"a\rb", "a" NONE "b"},
        {"a\xff"
         "b",
         "a" NONE "b"},
        {"a\xc3", "a" NONE},
        {"a\xe2\x82", "a" NONE NONE},
        {"\xc0\xbcscript>", NONE NONE "script>"},
        {"\xed\xa0\x80", NONE NONE NONE},
        {"a\xc2\x85"
         "b",
         "a" NONE "b"},
        {"a\xc2\xa0"
         "b",
         "a\xc2\xa0"
         "b"},
        {"a\xe2\x80\xae"
         "b",
         "a" NONE "b"}, /* right-to-left override */
        {"a\xe2\x81\xa6"
         "b",
         "a" NONE "b"}, /* left-to-right isolate */
        {"a\xe2\x80\xa9"
         "b",
         "a\xe2\x80\xa9"
         "b"},
        {"a\xef\xbf\xbe"
         "b",
         "a" NONE "b"},
        {"a\xef\xb7\x90"
         "b",
         "a" NONE "b"},
    };
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(shown(cases[i].in), cases[i].out);
    }
#undef NONE
}

static void a_long_value_is_cut_between_characters(void **state)
{
    char *value = apr_palloc(pool, 100001);

    (void)state;
    memset(value, 'a', 100000);
    value[100000] = '\0';
    value[1024] = '\0';
    assert_string_equal(shown(value), value);
    value[1024] = 'a';
    assert_string_equal(shown(value),
                        apr_pstrcat(pool, apr_pstrndup(pool, value, 1024), "\xe2\x80\xa6", NULL));
    memcpy(value + 1022, "\xe2\x82\xac", 3); /* bytes 1023 to 1025 */
    assert_string_equal(shown(value),
                        apr_pstrcat(pool, apr_pstrndup(pool, value, 1022), "\xe2\x80\xa6", NULL));
}

/* ---- what the pages say ---- */

static void a_refusal_shows_code_and_reference(void **state)
{
    static const char *const expected[4][3] = {
        {"\x1f"
         "Code: domain_not_allowed\x1f",
         "\x1fReference: 4f1c-77\x1f",
         "\x1f"
         "E-mail: ana@decorumsoft.com\x1f"},
        {"\x1f"
         "C\xc3\xb3"
         "digo: domain_not_allowed\x1f",
         "\x1fReferencia: 4f1c-77\x1f",
         "\x1f"
         "Correo electr\xc3\xb3nico: ana@decorumsoft.com\x1f"},
        {"\x1f"
         "Code\xc2\xa0: domain_not_allowed\x1f",
         "\x1fR\xc3\xa9"
         "f\xc3\xa9rence\xc2\xa0: 4f1c-77\x1f",
         "\x1f"
         "Adresse e-mail\xc2\xa0: ana@decorumsoft.com\x1f"},
        {"\x1f"
         "Code: domain_not_allowed\x1f",
         "\x1fReferenz: 4f1c-77\x1f",
         "\x1f"
         "E-Mail-Adresse: ana@decorumsoft.com\x1f"},
    };
    int lang, i;

    (void)state;
    for (lang = 0; lang < 4; lang++) {
        const char *text = read_page(refusal(usual, languages[lang]))->text;

        for (i = 0; i < 3; i++) {
            if (!strstr(text, expected[lang][i])) {
                fail_msg("%s lacks %s", text, expected[lang][i]);
            }
        }
    }
}

static void an_unknown_code_is_shown_with_the_general_text(void **state)
{
    braze_page_refusal_t model = {.code = "from_the_future"};
    const char *text = read_page(braze_page_refusal(&model, "en", pool))->text;

    (void)state;
    assert_non_null(strstr(text, "You could not be signed in"));
    assert_non_null(strstr(text, "Code: from_the_future"));
}

static void an_email_is_shown_only_when_it_is_given(void **state)
{
    braze_page_refusal_t model = {.code = "expired", .correlation = "1"};

    (void)state;
    assert_null(strstr(braze_page_refusal(&model, "en", pool), "E-mail:"));
    model.email = "ana@decorumsoft.com";
    assert_non_null(strstr(braze_page_refusal(&model, "en", pool), "E-mail: ana@"));
}

static void the_sign_in_page_has_a_button_or_says_where_to_start(void **state)
{
    braze_page_sign_in_t model = {.company = "Decorumsoft", .login_url = "/auth/saml/login"};
    page_t *page = read_page(braze_page_sign_in(&model, "en", pool));

    (void)state;
    assert_string_equal(page->hrefs, "/auth/saml/login\x1f");
    assert_non_null(strstr(page->text, "\x1fSAML SSO\x1f"));
    assert_null(strstr(page->text, "portal"));
    model.saml_name = "Okta";
    page = read_page(braze_page_sign_in(&model, "en", pool));
    assert_non_null(strstr(page->text, "\x1fOkta\x1f"));
    assert_null(strstr(page->text, "SAML SSO"));
    model.login_url = NULL;
    page = read_page(braze_page_sign_in(&model, "en", pool));
    assert_string_equal(page->hrefs, "");
    assert_null(strstr(page->text, "Okta"));
    assert_non_null(strstr(page->text, "portal"));
}

static void the_policy_lets_only_the_style_through(void **state)
{
    const char *csp = braze_page_csp(pool);
    unsigned char digest[32], base64[64];
    int kind;

    (void)state;
    for (kind = 0; kind < KINDS; kind++) {
        const char *style = read_page(renders[kind](usual, "en"))->style;

        assert_int_equal(EVP_Digest(style, strlen(style), digest, NULL, EVP_sha256(), NULL), 1);
        EVP_EncodeBlock(base64, digest, 32);
        assert_string_equal(csp, apr_pstrcat(pool, "default-src 'none'; style-src 'sha256-",
                                             (char *)base64,
                                             "'; base-uri 'none'; form-action 'none'; "
                                             "frame-ancestors 'none'",
                                             NULL));
        assert_null(strstr(style, "url("));
        assert_null(strstr(style, "@import"));
        assert_null(strchr(style, '<'));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_page_is_well_formed_in_every_language),
        TEST(an_unknown_language_is_english),
        TEST(every_field_may_be_missing),
        TEST(attacks_are_shown_as_text_in_every_field),
        TEST(urls_are_links_only_when_they_lead_to_a_page),
        TEST(what_is_no_character_is_replaced),
        TEST(a_long_value_is_cut_between_characters),
        TEST(a_refusal_shows_code_and_reference),
        TEST(an_unknown_code_is_shown_with_the_general_text),
        TEST(an_email_is_shown_only_when_it_is_given),
        TEST(the_sign_in_page_has_a_button_or_says_where_to_start),
        TEST(the_policy_lets_only_the_style_through),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
