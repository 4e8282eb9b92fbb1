/* SPDX-License-Identifier: Apache-2.0 */
/* Every case of t/cases/saml against the judge: one test each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_strings.h>

#include "unit_saml.h"

static apr_pool_t *pool; /* of one test */

static int begin(void **state)
{
    (void)state;
    return apr_pool_create(&pool, unit_saml_pool());
}

static int end(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

/* The first value of an attribute by name; NULL = none. */
static const char *attribute(const braze_saml_identity_t *identity, const char *name)
{
    int i;

    for (i = 0; i < identity->attributes->nelts; i++) {
        const braze_saml_attribute_t *one =
            APR_ARRAY_IDX(identity->attributes, i, const braze_saml_attribute_t *);

        if (strcmp(one->name, name) == 0) {
            return one->values->nelts ? APR_ARRAY_IDX(one->values, 0, const char *) : "";
        }
    }
    return NULL;
}

static const char *seconds(apr_time_t time)
{
    return apr_psprintf(pool, "%" APR_TIME_T_FMT, apr_time_sec(time));
}

/* What the identity holds under the name of an is_ parameter. */
static const char *held(const braze_saml_identity_t *identity, const char *name)
{
    if (strcmp(name, "name_id") == 0) {
        return identity->name_id;
    }
    if (strcmp(name, "session_index") == 0) {
        return identity->session_index;
    }
    if (strcmp(name, "issuer") == 0) {
        assert_string_equal(braze_saml_idp_entity_id(identity->idp), identity->issuer);
        return identity->issuer;
    }
    if (strcmp(name, "assertion_id") == 0) {
        return identity->assertion_id;
    }
    if (strcmp(name, "in_response_to") == 0) {
        return identity->in_response_to;
    }
    if (strcmp(name, "unsolicited") == 0) {
        return identity->in_response_to ? "0" : "1";
    }
    if (strcmp(name, "one_time_use") == 0) {
        return identity->one_time_use ? "1" : "0";
    }
    if (strcmp(name, "until") == 0) {
        return seconds(identity->replay_until);
    }
    if (strcmp(name, "session_until") == 0) {
        return seconds(identity->session_not_on_or_after);
    }
    if (strcmp(name, "attributes") == 0) {
        return apr_psprintf(pool, "%d", identity->attributes->nelts);
    }
    return attribute(identity, name);
}

static void check_identity(const unit_saml_case_t *one, const braze_saml_identity_t *identity)
{
    const char *at = one->parameters;

    assert_non_null(identity->name_id);
    assert_int_equal(strlen(identity->replay_key), 64);
    assert_true(identity->replay_until > apr_time_from_sec(UNIT_SAML_NOW));
    for (; at; at = strchr(at, '&'), at = at ? at + 1 : NULL) {
        const char *stop = strchr(at, '='), *name, *want, *got;

        if (strncmp(at, "is_", 3) != 0) {
            continue;
        }
        name = apr_pstrmemdup(pool, at + 3, (apr_size_t)(stop - at - 3));
        want = unit_saml_parameter(one, apr_pstrcat(pool, "is_", name, NULL), pool);
        got = held(identity, name);
        assert_string_equal(got ? got : "", want);
    }
}

static void judge_one(void **state)
{
    const unit_saml_case_t *one = *state;
    braze_saml_identity_t *identity = NULL;
    braze_err_t *err = unit_saml_judge(&identity, one, pool);
    const char *got = err ? err->code : "accepted";

    if (strcmp(got, one->code) != 0) {
        fail_msg("%s instead of %s: %s", got, one->code,
                 err ? braze_err_line(err, pool) : "nothing to complain of");
    }
    if (err) {
        assert_null(identity);
        assert_int_equal(err->status, one->status);
        assert_non_null(err->detail);
        assert_non_null(err->log);
    } else {
        check_identity(one, identity);
    }
}

/* A refusal proves something only beside a message that is the same but for the attack, and is
 * taken. */
static void controls_are_accepted_cases(void **state)
{
    const apr_array_header_t *all = unit_saml_cases();
    int i, refused = 0;

    (void)state;
    for (i = 0; i < all->nelts; i++) {
        const unit_saml_case_t *one = &APR_ARRAY_IDX(all, i, unit_saml_case_t);

        if (strcmp(one->code, "accepted") != 0) {
            refused++;
            assert_string_equal(unit_saml_case(one->control)->code, "accepted");
        }
    }
    assert_true(refused > 300);
}

/* Reasons that no message alone can bring about: a defence behind another one, and the library
 * failing. */
static int is_unreachable(const char *code)
{
    return strcmp(code, "signed_element_unexpected") == 0 ||
           strcmp(code, "verification_unavailable") == 0;
}

static void every_reason_has_a_case(void **state)
{
    const apr_array_header_t *all = unit_saml_cases();
    const char *const *reason;
    int i, found;

    (void)state;
    for (reason = braze_saml_reasons; *reason; reason++) {
        for (found = 0, i = 0; i < all->nelts && !found; i++) {
            found = strcmp(APR_ARRAY_IDX(all, i, unit_saml_case_t).code, *reason) == 0;
        }
        if (found == is_unreachable(*reason)) {
            fail_msg("%s: cases %s", *reason, found ? "there are" : "there are none");
        }
    }
}

int main(void)
{
    const apr_array_header_t *all = unit_saml_cases();
    apr_pool_t *program = unit_saml_pool();
    struct CMUnitTest *tests = apr_pcalloc(program, sizeof(*tests) * ((apr_size_t)all->nelts + 2));
    const struct CMUnitTest guards[] = {cmocka_unit_test(controls_are_accepted_cases),
                                        cmocka_unit_test(every_reason_has_a_case)};
    int i;

    for (i = 0; i < all->nelts; i++) {
        unit_saml_case_t *one = &APR_ARRAY_IDX(all, i, unit_saml_case_t);

        tests[i] = (struct CMUnitTest){one->name, judge_one, begin, end, one};
    }
    tests[i] = guards[0];
    tests[i + 1] = guards[1];
    return _cmocka_run_group_tests("saml cases", tests, (size_t)all->nelts + 2, unit_saml_set_up,
                                   unit_saml_tear_down);
}
