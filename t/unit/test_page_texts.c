/* SPDX-License-Identifier: Apache-2.0 */
/* The string catalogue is whole, and every refusal has its texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_key.h"
#include "braze_saml.h"
#include "src/page/page_int.h"

static const char *text(int id, int lang)
{
    return braze_text((braze_text_t)id, (braze_lang_t)lang);
}

static int count(const char *in, const char *what)
{
    int found = 0;

    for (in = strstr(in, what); in; in = strstr(in + strlen(what), what)) {
        found++;
    }
    return found;
}

static void every_text_is_there_in_every_language(void **state)
{
    int id, lang;

    (void)state;
    for (id = 0; id < BRAZE_TEXT_COUNT; id++) {
        for (lang = 0; lang < BRAZE_LANG_COUNT; lang++) {
            const char *is = text(id, lang);

            if (!is || !*is) {
                fail_msg("text %d is missing in %s", id, braze_lang_tag((braze_lang_t)lang));
            }
            if (!braze_key_is_utf8(is, strlen(is)) || strpbrk(is, "<>&\"'\t\n") ||
                strstr(is, "  ") || is[0] == ' ' || is[strlen(is) - 1] == ' ') {
                fail_msg("text %d in %s: %s", id, braze_lang_tag((braze_lang_t)lang), is);
            }
            /* a value stands in all languages or in none, and once */
            assert_int_equal(count(is, "{}"), count(text(id, BRAZE_LANG_EN), "{}"));
            assert_in_range(count(is, "{}"), 0, 1);
        }
    }
}

/* A text that stands in two languages was probably not translated. */
static void no_text_is_left_in_another_language(void **state)
{
    int id, a, b;

    (void)state;
    for (id = 0; id < BRAZE_TEXT_COUNT; id++) {
        if (id == BRAZE_TEXT_CODE || id == BRAZE_TEXT_SAML_SSO) {
            continue; /* the same word in English and German; a name */
        }
        for (a = 0; a < BRAZE_LANG_COUNT; a++) {
            for (b = a + 1; b < BRAZE_LANG_COUNT; b++) {
                assert_string_not_equal(text(id, a), text(id, b));
            }
        }
    }
}

/* French sets a no-break space before these; an ordinary one would let the line break there. */
static void french_marks_do_not_stand_alone(void **state)
{
    int id;

    (void)state;
    for (id = 0; id < BRAZE_TEXT_COUNT; id++) {
        const char *is = text(id, BRAZE_LANG_FR), *p;

        assert_null(strstr(is, " :"));
        assert_null(strstr(is, " ;"));
        assert_null(strstr(is, " ?"));
        for (p = strpbrk(is, ":;?"); p; p = strpbrk(p + 1, ":;?")) {
            assert_true(p - is >= 2 && memcmp(p - 2, "\xc2\xa0", 2) == 0);
        }
    }
}

static int ends_with(const char *is, const char *end)
{
    return strlen(is) >= strlen(end) && strcmp(is + strlen(is) - strlen(end), end) == 0;
}

static void assert_has_texts(const char *code)
{
    int known, lang;
    const braze_refusal_texts_t *texts = braze_page_refusal_texts(code, &known);

    if (!known) {
        fail_msg("no text for the code %s", code);
    }
    for (lang = 0; lang < BRAZE_LANG_COUNT; lang++) {
        assert_true(ends_with(text(texts->what, lang), "."));
        assert_true(ends_with(text(texts->next, lang), "."));
        assert_false(ends_with(text(texts->title, lang), "."));
    }
}

static void every_refusal_has_its_texts(void **state)
{
    static const char *const codes[] = {
        "user_inactive",
        "provisioning_off",
        "idp_initiated_only",
        "domain_not_allowed",
        "google_sign_in",
        "replayed",
        "user_ambiguous",
        "linked_elsewhere",
        "email_taken",
        "default_missing",
        "session_expired",
        "ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING",
        "ERROR_CODE_SSO_INVALID_EMAIL",
        "ERROR_CODE_SSO_INVALID_RELAY_STATE",
        "company_not_configured",
        "company_unknown",
        "idp_not_configured",
        "body_incomplete",
        "body_too_large",
        "form_duplicate_field",
        "form_malformed",
        "not_a_form",
        "saml_response_missing",
    };
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        assert_has_texts(codes[i]);
    }
    for (i = 0; braze_saml_reasons[i]; i++) {
        assert_has_texts(braze_saml_reasons[i]);
    }
    assert_true(i > 10);
}

static void an_unknown_code_has_the_general_texts(void **state)
{
    static const char *const codes[] = {NULL, "", "user_inactiv", "USER_INACTIVE", "no such code"};
    apr_size_t i;
    int known;

    (void)state;
    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        assert_int_equal(braze_page_refusal_texts(codes[i], &known)->title,
                         BRAZE_TEXT_GENERAL_TITLE);
        assert_int_equal(known, 0);
    }
}

/* Which text a code gets, where it matters that it is this one. */
static void codes_have_the_texts_that_fit(void **state)
{
    static const struct {
        const char *code;
        braze_text_t title;
    } cases[] = {
        {"user_inactive", BRAZE_TEXT_INACTIVE_TITLE},
        {"provisioning_off", BRAZE_TEXT_NO_ACCOUNT_TITLE},
        {"idp_initiated_only", BRAZE_TEXT_FIRST_TITLE},
        {"domain_not_allowed", BRAZE_TEXT_DOMAIN_TITLE},
        {"google_sign_in", BRAZE_TEXT_GOOGLE_TITLE},
        {"replayed", BRAZE_TEXT_USED_TITLE},
        {"in_response_to_mismatch", BRAZE_TEXT_USED_TITLE},
        {"user_ambiguous", BRAZE_TEXT_AMBIGUOUS_TITLE},
        {"linked_elsewhere", BRAZE_TEXT_LINKED_TITLE},
        {"email_taken", BRAZE_TEXT_TAKEN_TITLE},
        {"default_missing", BRAZE_TEXT_SETUP_TITLE},
        {"session_expired", BRAZE_TEXT_TIME_TITLE},
        {"expired", BRAZE_TEXT_TIME_TITLE},
        {"not_yet_valid", BRAZE_TEXT_TIME_TITLE},
        {"ERROR_CODE_SSO_INVALID_EMAIL", BRAZE_TEXT_NO_EMAIL_TITLE},
        {"audience_mismatch", BRAZE_TEXT_MISMATCH_TITLE},
        {"signature_invalid", BRAZE_TEXT_MISMATCH_TITLE},
        {"xml_malformed", BRAZE_TEXT_DAMAGED_TITLE},
        {"status_not_success", BRAZE_TEXT_PORTAL_TITLE},
    };
    apr_size_t i;
    int known;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(braze_page_refusal_texts(cases[i].code, &known)->title, cases[i].title);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_is_there_in_every_language),
        cmocka_unit_test(no_text_is_left_in_another_language),
        cmocka_unit_test(french_marks_do_not_stand_alone),
        cmocka_unit_test(every_refusal_has_its_texts),
        cmocka_unit_test(an_unknown_code_has_the_general_texts),
        cmocka_unit_test(codes_have_the_texts_that_fit),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
