/* SPDX-License-Identifier: Apache-2.0 */
/* The settings pages without httpd or a database: tokens of forms, forms, certificates, markup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_certificate.h"
#include "braze_id.h"
#include "braze_settings.h"
#include "src/settings/settings_int.h"
#include "src/settings/tokens_int.h"

static apr_pool_t *pool;

static const braze_company_t acme = {.id = "00000000-00000000-00000000-00000001", .name = "Acme"};
static const braze_company_t other = {.id = "00000000-00000000-00000000-00000002", .name = "Other"};

#define NOW apr_time_from_sec(1700000000)

static braze_settings_request_t request_of(void)
{
    static braze_catalog_t catalog;
    braze_settings_request_t request;

    memset(&request, 0, sizeof(request));
    catalog.items = apr_array_make(pool, 1, sizeof(braze_item_t));
    request.company = &acme;
    request.catalog = &catalog;
    request.base = "/settings";
    request.page = "sso";
    request.language = "en";
    request.user = "alice";
    request.browser_secret = "0123456789012345678901234567890123456789012";
    request.credential = "session";
    request.own_origin = "https://app.example";
    request.content_type = "application/x-www-form-urlencoded";
    request.now = NOW;
    return request;
}

/* ---- tokens of forms ---- */

static void a_token_is_good_where_it_was_made(void **state)
{
    braze_settings_request_t request = request_of();
    const char *token = braze_settings_csrf_make(&request, pool);

    (void)state;
    assert_true(braze_settings_csrf_check(&request, token, pool));
    request.now = NOW + BRAZE_SETTINGS_FORM_AGE - 1;
    assert_true(braze_settings_csrf_check(&request, token, pool));
    request.now = NOW + BRAZE_SETTINGS_FORM_AGE;
    assert_false(braze_settings_csrf_check(&request, token, pool));
}

static void a_token_is_good_for_nothing_else(void **state)
{
    braze_settings_request_t request = request_of(), elsewhere;
    const char *token = braze_settings_csrf_make(&request, pool);

    (void)state;
    elsewhere = request;
    elsewhere.user = "bob";
    assert_false(braze_settings_csrf_check(&elsewhere, token, pool));
    elsewhere = request;
    elsewhere.company = &other;
    assert_false(braze_settings_csrf_check(&elsewhere, token, pool));
    elsewhere = request;
    elsewhere.credential = "another session";
    assert_false(braze_settings_csrf_check(&elsewhere, token, pool));
    elsewhere.credential = NULL;
    assert_false(braze_settings_csrf_check(&elsewhere, token, pool));
    elsewhere = request;
    elsewhere.browser_secret = "0123456789012345678901234567890123456789013";
    assert_false(braze_settings_csrf_check(&elsewhere, token, pool));
    elsewhere.browser_secret = NULL;
    assert_false(braze_settings_csrf_check(&elsewhere, token, pool));
    elsewhere = request;
    elsewhere.scim = 1;
    assert_false(braze_settings_csrf_check(&elsewhere, token, pool));
}

static void what_is_no_token_is_refused(void **state)
{
    braze_settings_request_t request = request_of();
    char *token = apr_pstrdup(pool, braze_settings_csrf_make(&request, pool));
    apr_size_t i, len = strlen(token);

    (void)state;
    assert_false(braze_settings_csrf_check(&request, NULL, pool));
    assert_false(braze_settings_csrf_check(&request, "", pool));
    assert_false(braze_settings_csrf_check(&request, ".", pool));
    assert_false(braze_settings_csrf_check(&request, apr_pstrcat(pool, token, "0", NULL), pool));
    for (i = 0; i < len; i++) {
        char kept = token[i];

        token[i] = kept == 'a' ? 'b' : 'a';
        assert_false(braze_settings_csrf_check(&request, token, pool));
        token[i] = kept;
    }
    assert_true(braze_settings_csrf_check(&request, token, pool));
}

static void two_tokens_differ(void **state)
{
    braze_settings_request_t request = request_of();

    (void)state;
    assert_string_not_equal(braze_settings_csrf_make(&request, pool),
                            braze_settings_csrf_make(&request, pool));
}

/* RFC 4231, test case 2 */
static void hmac_is_the_standards(void **state)
{
    (void)state;
    assert_string_equal(braze_hmac_hex("Jefe", "what do ya want for nothing?", pool),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/* ---- what is asked before any database ---- */

static braze_settings_response_t *handle(const braze_settings_request_t *request)
{
    const braze_err_t *failed;

    return braze_settings_handle(&failed, NULL, request, pool);
}

static void a_post_without_a_token_reaches_nothing(void **state)
{
    braze_settings_request_t request = request_of();

    (void)state;
    request.post = 1;
    request.body = "do=save&saml_name=x";
    request.body_len = strlen(request.body);
    /* There is no database: whatever went further would crash. */
    assert_int_equal(handle(&request)->status, 403);
    request.body = apr_pstrcat(pool, "csrf=", braze_settings_csrf_make(&request, pool), NULL);
    request.body_len = strlen(request.body);
    request.origin = "https://evil.example";
    assert_int_equal(handle(&request)->status, 403);
    request.origin = "https://app.example";
    request.fetch_site = "cross-site";
    assert_int_equal(handle(&request)->status, 403);
    request.fetch_site = "same-origin";
    request.content_type = "text/plain";
    assert_int_equal(handle(&request)->status, 400);
}

static void pages_are_known(void **state)
{
    braze_settings_request_t request = request_of();
    braze_settings_response_t *response;

    (void)state;
    assert_true(braze_settings_is_page("sso", 3));
    assert_false(braze_settings_is_page("ss", 2));
    request.page = "";
    response = handle(&request);
    assert_int_equal(response->status, 303);
    assert_string_equal(response->location, "/settings/sso");
    request.page = "tokens"; /* the other module's */
    assert_int_equal(handle(&request)->status, 404);
    request.page = "style.css";
    assert_string_equal(handle(&request)->css, braze_page_settings_css);
    request.page = "copy.js";
    assert_string_equal(handle(&request)->js, braze_page_settings_js);
    request.page = "events.csv";
    assert_true(handle(&request)->csv);
}

/* ---- forms ---- */

static void fields_are_decoded(void **state)
{
    settings_form_t form;
    const char *text = "a=1&b=x+y%20z&a=2&c&d=%C3%BC&e=+ +%0d%0a+t+";

    (void)state;
    assert_true(settings_form_parse(&form, text, strlen(text), pool));
    assert_string_equal(settings_form_get(&form, "a"), "1");
    assert_string_equal(settings_form_get(&form, "b"), "x y z");
    assert_string_equal(settings_form_get(&form, "c"), "");
    assert_string_equal(settings_form_get(&form, "d"), "\xc3\xbc");
    assert_string_equal(settings_form_text(&form, "e", pool), "t");
    assert_null(settings_form_get(&form, "f"));
    assert_string_equal(settings_form_text(&form, "f", pool), "");
}

static void what_is_no_form_is_refused(void **state)
{
    static const char *const bad[] = {"a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "%zz=1"};
    settings_form_t form;
    braze_buf_t *many = braze_buf_new(8192, pool);
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_false(settings_form_parse(&form, bad[i], strlen(bad[i]), pool));
    }
    assert_false(settings_form_parse(&form, "a=\0b", 4, pool));
    for (i = 0; i < BRAZE_SETTINGS_MAX_FIELDS; i++) {
        braze_buf_puts(many, "a=1&");
    }
    assert_true(settings_form_parse(&form, many->data, many->len, pool));
    braze_buf_puts(many, "a=1");
    assert_false(settings_form_parse(&form, many->data, many->len, pool));
}

/* ---- the allowlist of a token ---- */

static const char *codes_of(const char *allowlist, const char **stored)
{
    braze_settings_request_t request = request_of();
    settings_call_t call;
    tokens_wanted_t wanted;
    const char *codes = "", *body;
    int i;

    memset(&call, 0, sizeof(call));
    call.in = &request;
    call.pool = pool;
    call.problems = apr_array_make(pool, 4, sizeof(braze_page_problem_t));
    body = apr_pstrcat(pool, "origin=o&allowlist=", allowlist, NULL);
    assert_true(settings_form_parse(&call.form, body, strlen(body), pool));
    tokens_read(&wanted, &call);
    for (i = 0; i < call.problems->nelts; i++) {
        const braze_page_problem_t *problem =
            &APR_ARRAY_IDX(call.problems, i, braze_page_problem_t);

        if (!strcmp(problem->field, "allowlist")) {
            codes = apr_pstrcat(pool, codes, *codes ? " " : "", problem->code, NULL);
        }
    }
    *stored = wanted.allowlist;
    return codes;
}

static void bad_entries_are_each_named(void **state)
{
    const char *stored;

    (void)state;
    assert_string_equal(codes_of("", &stored), "");
    assert_null(stored);
    assert_string_equal(codes_of("1.2.3.4%0D%0A10.0.0.0/8,%0D%0A::1", &stored), "");
    assert_string_equal(stored, "1.2.3.4,10.0.0.0/8,::1");
    assert_string_equal(codes_of("1.2.3.4+-+1.2.3.9", &stored), "");
    assert_string_equal(stored, "1.2.3.4-1.2.3.9");
    assert_string_equal(codes_of("1.2.3.4,,5.6.7.8", &stored), "address_empty");
    assert_string_equal(codes_of("1.2.3.4,", &stored), "address_empty");
    assert_string_equal(codes_of("host,1.2.3.4/33,1.2.3.4/8,1.2.3.9-1.2.3.4,x/8,1.2.3.4/", &stored),
                        "address_bad address_prefix address_bits address_range address_bad "
                        "address_prefix");
}

/* ---- certificates ---- */

static const char *certificate_code(const char *pem)
{
    apr_array_header_t *found;
    const char *why = braze_certificate_read(&found, pem, pool);

    return why ? why : "good";
}

static void what_is_no_certificate_is_told(void **state)
{
    char *large = apr_palloc(pool, BRAZE_CERTIFICATE_TEXT_MAX + 2);

    (void)state;
    assert_string_equal(certificate_code(""), "certificate_missing");
    assert_string_equal(certificate_code("hello"), "certificate_missing");
    assert_string_equal(certificate_code("-----BEGIN PRIVATE KEY-----\nx\n"),
                        "certificate_private_key");
    assert_string_equal(certificate_code("-----BEGIN RSA PRIVATE KEY-----\nx\n"),
                        "certificate_private_key");
    assert_string_equal(
        certificate_code("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        "certificate_damaged");
    assert_string_equal(certificate_code("-----BEGIN CERTIFICATE-----\nAAAA\n"),
                        "certificate_damaged");
    memset(large, 'x', BRAZE_CERTIFICATE_TEXT_MAX + 1);
    large[BRAZE_CERTIFICATE_TEXT_MAX + 1] = '\0';
    assert_string_equal(certificate_code(large), "certificate_too_large");
}

/* ---- markup ---- */

static void everything_is_escaped(void **state)
{
    static const char evil[] = "\"><script>x</script>'&\xe2\x80\xae";
    braze_page_frame_t frame = {"en", "/s", evil, evil, 1, evil, evil, NULL};
    apr_array_header_t *problems = apr_array_make(pool, 1, sizeof(braze_page_problem_t));
    braze_page_problem_t *problem = apr_array_push(problems);
    braze_page_tokens_t model;
    braze_catalog_t catalog;
    const char *html;

    (void)state;
    memset(&catalog, 0, sizeof(catalog));
    catalog.items = apr_array_make(pool, 1, sizeof(braze_item_t));
    problem->field = "origin";
    problem->code = "address_bad";
    problem->value = evil;
    frame.problems = problems;
    memset(&model, 0, sizeof(model));
    model.tokens = apr_array_make(pool, 1, sizeof(braze_token_t *));
    model.catalog = &catalog;
    model.endpoint = model.workspace_id = model.origin = model.allowlist = evil;
    model.profile = model.days = model.pinned_workspace = evil;
    html = braze_page_tokens(&frame, &model, pool);
    assert_null(strstr(html, "<script>"));
    assert_null(strstr(html, "\xe2\x80\xae"));
    assert_non_null(strstr(html, "&quot;&gt;&lt;script&gt;x&lt;/script&gt;&#39;&amp;"));
}

/* A word that is in no table says nothing, and is not shown. */
static void what_was_done_is_one_of_our_words(void **state)
{
    braze_page_frame_t frame = {"en", "/s", "c", "u", 0, "t", "saved", NULL};

    (void)state;
    assert_non_null(strstr(braze_page_settings_message(&frame, "not_there", NULL, NULL, pool),
                           "role=\"status\""));
    frame.done = "You have won";
    assert_null(strstr(braze_page_settings_message(&frame, "not_there", NULL, NULL, pool), "won"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_good_where_it_was_made),
        cmocka_unit_test(a_token_is_good_for_nothing_else),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(two_tokens_differ),
        cmocka_unit_test(hmac_is_the_standards),
        cmocka_unit_test(a_post_without_a_token_reaches_nothing),
        cmocka_unit_test(pages_are_known),
        cmocka_unit_test(fields_are_decoded),
        cmocka_unit_test(what_is_no_form_is_refused),
        cmocka_unit_test(bad_entries_are_each_named),
        cmocka_unit_test(what_is_no_certificate_is_told),
        cmocka_unit_test(everything_is_escaped),
        cmocka_unit_test(what_was_done_is_one_of_our_words),
    };
    int failed;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
