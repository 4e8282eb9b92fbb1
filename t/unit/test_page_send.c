/* SPDX-License-Identifier: Apache-2.0 */
/* The page that posts a message: what is in it arrives as it was, and is nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_pools.h>

#include "braze_page.h"

static apr_pool_t *pool;

static int begin(void **state)
{
    (void)state;
    apr_initialize();
    return apr_pool_create(&pool, NULL);
}

static int end(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

static int count(const char *text, const char *what)
{
    int found = 0;

    for (text = strstr(text, what); text; text = strstr(text + strlen(what), what)) {
        found++;
    }
    return found;
}

static void a_message_is_posted_with_and_without_a_script(void **state)
{
    braze_page_send_t model = {"Decorumsoft", "https://idp/sso?a=1&b=2", "SAMLRequest",
                               "PHg+Cg==", NULL};
    const char *html = braze_page_send(&model, "en", pool);

    (void)state;
    assert_non_null(strstr(html, "<form method=\"post\" "
                                 "action=\"https://idp/sso?a=1&amp;b=2\">"));
    assert_non_null(strstr(html, "<input type=\"hidden\" name=\"SAMLRequest\" "
                                 "value=\"PHg+Cg==\">"));
    assert_non_null(strstr(html, "<button type=\"submit\" class=\"button\">Continue</button>"));
    assert_non_null(strstr(html, "<script>document.forms[0].submit()</script>"));
    assert_null(strstr(html, "RelayState"));
    assert_null(strstr(html, "name=\"submit\"")); /* it would hide the form's own */
}

static void a_long_value_is_whole(void **state)
{
    char value[20001];
    braze_page_send_t model = {NULL, "https://idp", "SAMLResponse", value, NULL};

    (void)state;
    memset(value, 'A', 20000);
    value[20000] = '\0';
    assert_non_null(strstr(braze_page_send(&model, "en", pool), value));
}

static void nothing_in_it_is_markup(void **state)
{
    static const char attack[] = "\"><script>alert(1)</script><a href='x";
    braze_page_send_t model = {attack, "https://idp", "SAMLResponse", attack, attack};
    const char *html = braze_page_send(&model, "en", pool);

    (void)state;
    assert_int_equal(count(html, "<script>"), 1);
    assert_int_equal(count(html, "alert(1)"), count(html, "&gt;&lt;script&gt;alert(1)"));
    assert_int_equal(count(html, "<a "), 0);
    assert_int_equal(count(html, "<form"), 1);
    assert_int_equal(count(html, "<input"), 2);
}

static void it_leads_to_pages_only(void **state)
{
    static const char *const bad[] = {"javascript:alert(1)", "//evil", "data:text/html,x", "",
                                      NULL};
    int i;

    (void)state;
    for (i = 0; bad[i]; i++) {
        braze_page_send_t model = {NULL, bad[i], "SAMLRequest", "x", NULL};

        assert_int_equal(count(braze_page_send(&model, "en", pool), "action="), 0);
    }
}

static void its_policy_lets_its_script_through_and_no_other(void **state)
{
    const char *csp = braze_page_send_csp(0, pool), *framed = braze_page_send_csp(1, pool);

    (void)state;
    assert_non_null(strstr(csp, "default-src 'none'"));
    /* printf document.forms[0].submit\(\) | openssl dgst -sha256 -binary | base64 */
    assert_non_null(
        strstr(csp, "script-src 'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE='"));
    assert_null(strstr(csp, "unsafe"));
    assert_non_null(strstr(csp, "frame-ancestors 'none'"));
    assert_null(strstr(framed, "frame-ancestors"));
    assert_null(strstr(braze_page_csp(pool), "script-src")); /* other pages have none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_posted_with_and_without_a_script),
        cmocka_unit_test(a_long_value_is_whole),
        cmocka_unit_test(nothing_in_it_is_markup),
        cmocka_unit_test(it_leads_to_pages_only),
        cmocka_unit_test(its_policy_lets_its_script_through_and_no_other),
    };

    return cmocka_run_group_tests_name("page send", tests, begin, end);
}
