/* SPDX-License-Identifier: Apache-2.0 */
/* What is around a judgement: peek, trace, the replay key, the operator's text, the cost of
 * refusing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "unit_saml.h"

static apr_pool_t *pool;

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

static braze_err_t *peek(const char **issuer, const char **request, const char *name)
{
    apr_size_t len;
    const char *base64 = unit_saml_read(&len, unit_saml_case(name)->file, pool);

    return braze_saml_peek(issuer, request, base64, len, pool);
}

static void peek_tells_what_is_claimed(void **state)
{
    const char *issuer, *request;

    (void)state;
    assert_null(peek(&issuer, &request, "solicited"));
    assert_string_equal(issuer, UNIT_SAML_IDP);
    assert_string_equal(request, "_request");
    assert_null(peek(&issuer, &request, "own-certificate")); /* believed or not */
    assert_string_equal(issuer, UNIT_SAML_IDP);
    assert_null(request);
    assert_null(peek(&issuer, &request, "response-without-issuer"));
    assert_string_equal(issuer, UNIT_SAML_IDP);
    assert_null(peek(&issuer, &request, "issuer-missing"));
    assert_string_equal(issuer, UNIT_SAML_IDP); /* the response's own */
}

static void peek_has_the_same_guard(void **state)
{
    static const char *const names[] = {"doctype", "xsw1",    "nested-tags",
                                        "raw-xml", "not-xml", "bare-assertion"};
    const char *issuer, *request;
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        braze_err_t *err = peek(&issuer, &request, names[i]);

        assert_non_null(err);
        assert_string_equal(err->code, unit_saml_case(names[i])->code);
        assert_null(issuer);
        assert_null(request);
    }
}

static const char *replay_key(const char *name)
{
    braze_saml_identity_t *identity;

    assert_null(unit_saml_judge(&identity, unit_saml_case(name), pool));
    return identity->replay_key;
}

/* Of what the assertion says itself, and nothing else: whoever signed which part of the message,
 * and whenever it is judged. */
static void replay_key_is_of_issuer_and_id(void **state)
{
    const char *key = replay_key("assertion-signed"), *both;
    braze_saml_identity_t *identity;

    (void)state;
    assert_int_equal(strspn(key, "0123456789abcdef"), 64);
    assert_string_equal(key, replay_key("both-signed"));
    assert_string_equal(key, replay_key("response-signed"));
    /* IssueInstant is five seconds before the cases' time; version 3 of the schema had no time. */
    assert_memory_equal(
        key,
        apr_psprintf(pool, "%011" APR_UINT64_T_HEX_FMT, (apr_uint64_t)(UNIT_SAML_NOW - 5) * 1000),
        BRAZE_TIME_HEX);
    assert_null(unit_saml_judge(&identity, unit_saml_case("assertion-signed"), pool));
    both = apr_psprintf(pool, "%s%c%s", identity->issuer, 0, identity->assertion_id);
    assert_string_equal(
        identity->replay_digest,
        braze_sha256_hex(both, strlen(identity->issuer) + 1 + strlen(identity->assertion_id),
                         pool));
    assert_memory_equal(key + BRAZE_TIME_HEX, identity->replay_digest, 64 - BRAZE_TIME_HEX);
    assert_string_not_equal(key, replay_key("assertion-id-digits"));
    assert_string_not_equal(key, replay_key("one-of-two-idps"));
}

static void collect(void *baton, braze_log_level_t level, const char *line)
{
    const char **lines = baton;

    assert_int_equal(level, BRAZE_LOG_DEBUG);
    assert_memory_equal(line, "BRAZE-J0100 ", 12);
    *lines = apr_pstrcat(pool, *lines, line, "\n", NULL);
}

static const char *trace(const char *name)
{
    const unit_saml_case_t *one = unit_saml_case(name);
    const char *lines = "";
    braze_log_t log = {collect, &lines};
    braze_saml_expect_t expect;
    braze_saml_identity_t *identity;
    apr_size_t len;
    const char *base64 = unit_saml_read(&len, one->file, pool);
    braze_err_t *err;

    unit_saml_expect(&expect, one, pool);
    expect.trace = &log;
    err = braze_saml_judge(&identity, base64, len, &expect, pool);
    assert_string_equal(err ? err->code : "accepted", one->code);
    return lines;
}

/* "name:ok name:code …" */
static void collect_step(void *baton, const char *name, const braze_err_t *err, const char *text)
{
    const char **told = baton;

    assert_non_null(text);
    *told = apr_pstrcat(pool, *told, **told ? " " : "", name, ":", err ? err->code : "ok", NULL);
}

static const char *steps_of(const char *name)
{
    const unit_saml_case_t *one = unit_saml_case(name);
    const char *told = "";
    braze_saml_steps_t steps = {collect_step, &told};
    braze_saml_expect_t expect;
    braze_saml_identity_t *identity;
    apr_size_t len;
    const char *base64 = unit_saml_read(&len, one->file, pool);
    braze_err_t *err;

    unit_saml_expect(&expect, one, pool);
    expect.steps = &steps;
    err = braze_saml_judge(&identity, base64, len, &expect, pool);
    assert_string_equal(err ? err->code : "accepted", one->code);
    return told;
}

static void steps_are_told_to_the_first_that_refuses(void **state)
{
    (void)state;
    assert_string_equal(steps_of("assertion-signed"),
                        "base64:ok xml:ok shape:ok assertion:ok signature:ok issuer:ok status:ok "
                        "envelope:ok subject:ok conditions:ok authentication:ok request:ok "
                        "attributes:ok identity:ok");
    assert_string_equal(steps_of("audience-other"),
                        "base64:ok xml:ok shape:ok assertion:ok signature:ok issuer:ok status:ok "
                        "envelope:ok subject:ok conditions:audience_mismatch");
}

static void trace_has_every_step(void **state)
{
    static const char *const steps[] = {"response: _response",
                                        "issuer: " UNIT_SAML_IDP,
                                        "signature: of Response/Assertion",
                                        "status: Success",
                                        "destination: " UNIT_SAML_ACS,
                                        "subject: a***",
                                        "bearer: ",
                                        "audience: " UNIT_SAML_SP,
                                        "request: none",
                                        "attribute: email, 1 values",
                                        "accepted: assertion _assertion"};
    const char *at = trace("assertion-signed");
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) { /* in this order */
        const char *step = strstr(at, steps[i]);

        if (!step) {
            fail_msg("not in the trace, or too early: %s", steps[i]);
        }
        at = step ? step : at;
    }
}

static void trace_ends_with_the_refusal(void **state)
{
    const char *lines = trace("audience-other");

    (void)state;
    assert_non_null(strstr(lines, "signature: of Response/Assertion"));
    assert_non_null(strstr(
        lines,
        "refused: audience_mismatch (Audience https://another.sp, expected braze_dashboard)"));
    assert_null(strstr(lines, "accepted"));
}

static void trace_masks_persons(void **state)
{
    const char *lines = trace("assertion-signed");

    (void)state;
    assert_null(strstr(lines, "anna"));
    assert_null(strstr(lines, "Anna"));
    assert_null(strstr(lines, "Nowak"));
}

static braze_err_t *refusal(const char *name)
{
    braze_saml_identity_t *identity;
    braze_err_t *err = unit_saml_judge(&identity, unit_saml_case(name), pool);

    assert_non_null(err);
    return err;
}

/* The operator is told what came and what was expected; the page is not given what the message
 * says. */
static void operator_sees_got_and_expected(void **state)
{
    static const struct {
        const char *name, *says;
    } told[] = {{"audience-other", "https://another.sp, expected braze_dashboard"},
                {"recipient-other", "https://another.sp/acs, expected"},
                {"recipient-other", UNIT_SAML_ACS},
                {"destination-other", "https://another.sp/acs, expected"},
                {"issuer-unknown", "https://stranger.example"},
                {"expired-long-ago", "our clock: 2027-01-15T08:00:00.000Z"},
                {"status-refusal", "AuthnFailed: No such user"},
                {"answer-to-other-request", "_other, asked was _request"},
                {"xsw4", "Response/Assertion/Assertion"},
                {"email-64k", "email has 65536 bytes"},
                {"reference-other-id", "#_response"}};
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(told) / sizeof(*told); i++) {
        braze_err_t *err = refusal(told[i].name);

        if (!strstr(err->log, told[i].says)) {
            fail_msg("%s: %s", told[i].name, err->log);
        }
        assert_null(strstr(err->detail, told[i].says));
    }
}

static void reasons_and_tags_are_unique(void **state)
{
    const apr_array_header_t *all = unit_saml_cases();
    apr_table_t *tags = apr_table_make(pool, 100);
    int i;

    (void)state;
    for (i = 0; i < all->nelts; i++) {
        const unit_saml_case_t *one = &APR_ARRAY_IDX(all, i, unit_saml_case_t);
        const char *known;
        braze_err_t *err;

        if (strcmp(one->code, "accepted") == 0 || apr_table_get(tags, one->code)) {
            continue;
        }
        err = refusal(one->name);
        known = apr_table_get(tags, err->tag);
        if (known) {
            fail_msg("%s is the tag of %s and of %s", err->tag, known, err->code);
        }
        apr_table_set(tags, err->tag, err->code);
        apr_table_set(tags, err->code, err->tag);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(peek_tells_what_is_claimed, begin, end),
        cmocka_unit_test_setup_teardown(peek_has_the_same_guard, begin, end),
        cmocka_unit_test_setup_teardown(replay_key_is_of_issuer_and_id, begin, end),
        cmocka_unit_test_setup_teardown(steps_are_told_to_the_first_that_refuses, begin, end),
        cmocka_unit_test_setup_teardown(trace_has_every_step, begin, end),
        cmocka_unit_test_setup_teardown(trace_ends_with_the_refusal, begin, end),
        cmocka_unit_test_setup_teardown(trace_masks_persons, begin, end),
        cmocka_unit_test_setup_teardown(operator_sees_got_and_expected, begin, end),
        cmocka_unit_test_setup_teardown(reasons_and_tags_are_unique, begin, end),
    };

    return cmocka_run_group_tests_name("saml judge", tests, unit_saml_set_up, unit_saml_tear_down);
}
