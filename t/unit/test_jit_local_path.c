/* SPDX-License-Identifier: Apache-2.0 */
/* Where to return after signing in: every trick beside a control that differs only in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_jit.h"

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

/* Given, and given back (NULL: refused). SAME: exactly as given. */
#define SAME "="

static const struct {
    const char *in, *out;
} cases[] = {
    /* plain links */
    {"/", SAME},
    {"/evil", SAME},
    {"/x?y#z", SAME},
    {"/campaigns/42?tab=stats&x=1", SAME},
    {"/a//b", SAME},
    {"/a/", SAME},
    {"/evil.example.com", SAME},
    {"/good@evil", SAME},
    {"/http:evil", SAME},
    {"/a:b;c=d,e!f$g'(h)*i+j~k_l-m", SAME},
    {"/?next=//evil", SAME},
    {"/?next=https://evil", SAME},
    {"/#//evil", SAME},
    {"/a%20b", SAME},
    {"/a%2Fb", SAME},
    {"/%65vil", SAME},
    {"/a?q=100%", SAME},
    {"/a?q=%252f%250d", SAME},
    {"/100%25", SAME},
    {"/.a", SAME},
    {"/..a", SAME},
    {"/a..", SAME},
    {"/...", SAME},
    {"/a.b/c", SAME},
    {"/a?../..", SAME},

    /* what a URI may not hold is encoded */
    {"/a b", "/a%20b"},
    {"/b\xc3\xbc"
     "cher",
     "/b%C3%BCcher"},
    {"/a?q=<\"`{|}^>", "/a?q=%3C%22%60%7B%7C%7D%5E%3E"},
    {"/a#\xe2\x80\xa8", "/a#%E2%80%A8"},

    /* nothing to go to */
    {"", NULL},
    {"evil", NULL},
    {" /evil", NULL},
    {"?x", NULL},
    {"#x", NULL},
    {".", NULL},
    {"api-key-123", NULL},

    /* another host */
    {"//evil", NULL},
    {"///evil", NULL},
    {"////evil", NULL},
    {"//", NULL},
    {"//evil@good/", NULL},
    {"/\\evil", NULL},
    {"\\/evil", NULL},
    {"\\\\evil", NULL},
    {"/a\\evil", NULL},
    {"/a?b\\c", NULL},
    {"http:evil", NULL},
    {"http://evil", NULL},
    {"https:evil", NULL},
    {"https://evil", NULL},
    {"HTTPS://evil", NULL},
    {"https:%5c%5cevil", NULL},
    {"https://good@evil", NULL},
    {"https:///evil", NULL},
    {"javascript:alert(1)", NULL},
    {"data:text/html,x", NULL},

    /* the same, encoded once or more */
    {"/%2fevil", NULL},
    {"/%2Fevil", NULL},
    {"%2f%2fevil", NULL},
    {"%2fevil", NULL},
    {"/%5cevil", NULL},
    {"/%5Cevil", NULL},
    {"/a%5cb", NULL},
    {"/%252fevil", NULL},
    {"/%25252fevil", NULL},
    {"/%2525252525252fevil", NULL},
    {"/%255cevil", NULL},
    {"/%252f%25zz", NULL},
    {"/%09/evil", NULL},
    {"/%0a/evil", NULL},
    {"/%0d%0aSet-Cookie:%20a=b", NULL},
    {"/a?x=%0d%0aSet-Cookie:%20a=b", NULL},
    {"/a#%0a", NULL},
    {"/%00/evil", NULL},
    {"/a%00", NULL},
    {"/a?%00", NULL},
    {"/a%7f", NULL},
    {"/a?%7F", NULL},
    {"/%250d%250a", NULL},
    {"/%", NULL},
    {"/%2", NULL},
    {"/%zz", NULL},
    {"/%2g", NULL},
    {"/%%32%66evil", NULL},

    /* dots that a reader may resolve */
    {"/.//evil", NULL},
    {"/./", NULL},
    {"/.", NULL},
    {"/..", NULL},
    {"/..//evil", NULL},
    {"/a/../..//evil", NULL},
    {"/a/..", NULL},
    {"/%2e/%2fevil", NULL},
    {"/%2e%2e//evil", NULL},
    {"/.%2e/x", NULL},
    {"/a%2f..%2f..%2f%2fevil", NULL},
    {"/%252e%252e/x", NULL},

    /* control characters and bytes that are no text */
    {"/\tevil", NULL},
    {"/\t/evil", NULL},
    {"\t//evil", NULL},
    {"/a\nb", NULL},
    {"/a\r\nLocation: //evil", NULL},
    {"/a?b\r\nc", NULL},
    {"/a#b\nc", NULL},
    {"/a\x7f", NULL},
    {"/a\x01", NULL},
    {"/a\xff", NULL},
    {"/a?\xff", NULL},
    {"/\xc0\xaf"
     "evil",
     NULL},
    {"/%c0%afevil", NULL},
    {"/%e0%80%afevil", NULL},
};

static void each_link_is_judged(void **state)
{
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *in = cases[i].in, *want = cases[i].out;
        const char *got = braze_jit_local_path(in, pool);

        if (want && strcmp(want, SAME) == 0) {
            want = in;
        }
        if ((got == NULL) != (want == NULL) || (got && strcmp(got, want) != 0)) {
            fail_msg("\"%s\" gives %s, not %s", in, got ? got : "nothing", want ? want : "nothing");
        }
    }
}

static void no_relay_state_is_no_link(void **state)
{
    (void)state;
    assert_null(braze_jit_local_path(NULL, pool));
}

/* A path of len bytes: "/" and letters. */
static char *path_of(apr_size_t len)
{
    char *path = apr_palloc(pool, len + 1);

    memset(path, 'a', len);
    path[0] = '/';
    path[len] = '\0';
    return path;
}

static void length_is_capped(void **state)
{
    char *path = path_of(2048);

    (void)state;
    assert_string_equal(braze_jit_local_path(path, pool), path);
    assert_null(braze_jit_local_path(path_of(2049), pool));
    assert_null(braze_jit_local_path(path_of(100000), pool));
    path[10] = '?';
    assert_string_equal(braze_jit_local_path(path, pool), path);
}

/* What comes out is one header value in visible ASCII, begins with one slash, and comes through
 * unchanged again. */
static void every_single_byte_is_safe(void **state)
{
    static const char *const places[] = {"/%c", "/%cevil", "/a%cb", "/a?b%cc", "/a#b%cc"};
    apr_size_t i;
    int c;

    (void)state;
    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        for (c = 1; c < 256; c++) {
            const char *at = strchr(places[i], '%');
            const char *in =
                apr_psprintf(pool, "%.*s%c%s", (int)(at - places[i]), places[i], c, at + 2);
            const char *p, *got = braze_jit_local_path(in, pool);

            for (p = got; p && *p; p++) {
                assert_in_range((unsigned char)*p, 0x21, 0x7e);
            }
            if (got) {
                assert_true(got[0] == '/' && got[1] != '/' && got[1] != '\\');
                assert_string_equal(braze_jit_local_path(got, pool), got);
            }
            if (c > ' ' && c < 0x7f && !strchr("\"<>^`{|}\\%/.", c)) {
                assert_string_equal(got, in); /* an ordinary character stands for itself */
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_link_is_judged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_relay_state_is_no_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(length_is_capped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_single_byte_is_safe, set_up, tear_down),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
