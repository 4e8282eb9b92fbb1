/* SPDX-License-Identifier: Apache-2.0 */
/* The decision, over its whole truth table; and Google sign-in beside it. */
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

/*
 * The contract's table, one line a row. Columns: exists, active, provisioning, google,
 * idp_initiated, domain_known; "-" is "either". The lines exclude one another and, by their counts,
 * leave no combination out.
 */
static const struct {
    const char *facts;
    int count;
    braze_jit_verdict_t verdict;
} table[] = {
    {"11----", 16, BRAZE_JIT_SIGN_IN},
    {"10----", 16, BRAZE_JIT_REFUSE_INACTIVE},
    {"0-0---", 16, BRAZE_JIT_REFUSE_PROVISIONING_OFF},
    {"0-11--", 8, BRAZE_JIT_REFUSE_GOOGLE},
    {"0-100-", 4, BRAZE_JIT_REFUSE_IDP_INITIATED_ONLY},
    {"0-1010", 2, BRAZE_JIT_REFUSE_DOMAIN},
    {"0-1011", 2, BRAZE_JIT_CREATE},
};

#define ROWS (int)(sizeof(table) / sizeof(table[0]))

static int fits(const char *pattern, int bits)
{
    int i;

    for (i = 0; i < 6; i++) {
        char have = bits & (1 << i) ? '1' : '0';

        if (pattern[i] != '-' && pattern[i] != have) {
            return 0;
        }
    }
    return 1;
}

/* A flag is any int that is not 0. */
static braze_jit_verdict_t decide(int bits, int yes)
{
    braze_jit_facts_t facts = {0};

    facts.exists = bits & 1 ? yes : 0;
    facts.active = bits & 2 ? yes : 0;
    facts.provisioning = bits & 4 ? yes : 0;
    facts.google = bits & 8 ? yes : 0;
    facts.idp_initiated = bits & 16 ? yes : 0;
    facts.domain_known = bits & 32 ? yes : 0;
    return braze_jit_decide(&facts);
}

static void every_combination_has_its_verdict(void **state)
{
    int counts[ROWS] = {0}, bits, row, found;

    (void)state;
    for (bits = 0; bits < 64; bits++) {
        for (row = 0, found = -1; row < ROWS; row++) {
            if (fits(table[row].facts, bits)) {
                assert_int_equal(found, -1);
                found = row;
            }
        }
        assert_in_range(found, 0, ROWS - 1);
        counts[found]++;
        assert_int_equal(decide(bits, 1), table[found].verdict);
        assert_int_equal(decide(bits, 64), table[found].verdict);
    }
    for (row = 0; row < ROWS; row++) {
        assert_int_equal(counts[row], table[row].count);
    }
}

static void google_is_refused_beside_provisioning(void **state)
{
    static const struct {
        int refused, provisioning, company;
        const char *auth_type, *issuer;
    } cases[] = {
        {0, 1, 0, "braze-saml", NULL},
        {0, 1, 0, NULL, NULL},
        {0, 0, 1, "openid-connect", "https://accounts.google.com"},
        {0, -1, 1, "openid-connect", "https://accounts.google.com"},
        {1, 1, 1, "braze-saml", NULL},
        {1, 1, 0, "openid-connect", NULL},
        {1, 1, 0, "OpenID-Connect", "https://login.example.com"},
        {1, 1, 0, "auth-openidc", NULL},
        {0, 1, 0, "oauth20", NULL},
        {0, 1, 0, "openid-connect2", NULL},
        {1, 1, 0, "braze-saml", "https://accounts.google.com"},
        {1, 1, 0, "braze-saml", "https://accounts.google.com/"},
        {1, 1, 0, "braze-saml", "https://ACCOUNTS.Google.com:443/x"},
        {1, 1, 0, "braze-saml", "https://accounts.google.com./"},
        {1, 1, 0, "braze-saml", "http://accounts.google.com"},
        {1, 1, 0, "braze-saml", "accounts.google.com"},
        {1, 1, 0, "braze-saml", "https://accounts.google.com/.well-known/openid-configuration"},
        {0, 1, 0, "braze-saml", "https://accounts.google.com.example.org"},
        {0, 1, 0, "braze-saml", "https://accounts.google.co"},
        {0, 1, 0, "braze-saml", "https://example.org/accounts.google.com"},
        {0, 1, 0, "braze-saml", "https://notaccounts.google.com"},
        {0, 1, 0, "braze-saml", ""},
    };
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        braze_err_t *err =
            braze_jit_check_google("Decorumsoft", cases[i].provisioning, cases[i].company,
                                   cases[i].auth_type, cases[i].issuer, pool);

        if ((err != NULL) != cases[i].refused) {
            fail_msg("case %d: %s", (int)i, err ? err->detail : "not refused");
        }
        if (err) {
            assert_int_equal(err->status, 500);
            assert_string_equal(err->tag, "BRAZE-J0301");
            assert_non_null(strstr(err->detail, "BrazeJitProvisioning off"));
        }
    }
}

static void google_refusal_names_its_reason(void **state)
{
    braze_err_t *err;

    (void)state;
    err = braze_jit_check_google("Decorumsoft", 1, 1, NULL, NULL, pool);
    assert_non_null(err);
    assert_non_null(strstr(err->detail, "\"Decorumsoft\" is marked"));
    err = braze_jit_check_google("Decorumsoft", 1, 0, "openid-connect", NULL, pool);
    assert_non_null(err);
    assert_non_null(strstr(err->detail, "AuthType openid-connect"));
    err = braze_jit_check_google(NULL, 1, 0, NULL, "https://accounts.google.com", pool);
    assert_non_null(err);
    assert_non_null(strstr(err->detail, "issuer https://accounts.google.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_combination_has_its_verdict, set_up, tear_down),
        cmocka_unit_test_setup_teardown(google_is_refused_beside_provisioning, set_up, tear_down),
        cmocka_unit_test_setup_teardown(google_refusal_names_its_reason, set_up, tear_down),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
