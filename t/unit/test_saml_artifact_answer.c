/* SPDX-License-Identifier: Apache-2.0 */
/* What is believed of the answer about an artifact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_strings.h>

#include "unit_saml_artifact.h"

#define ID UNIT_ARTIFACT_ID
#define NOW UNIT_ARTIFACT_NOW
#define SKEW 60
#define MAX_AGE 300

static apr_pool_t *pool;
static braze_saml_pair_t *idp_pair, *evil_pair; /* of the whole program */

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

static int set_up(void **state)
{
    EVP_PKEY *unused;

    if (unit_saml_set_up(state)) {
        return 1;
    }
    idp_pair = unit_saml_pair(&unused, unit_saml_pool());
    evil_pair = unit_saml_pair(&unused, unit_saml_pool());
    return 0;
}

#define RESPONSE                                                                                   \
    "<samlp:Response ID=\"_response\" Version=\"2.0\" IssueInstant=\"" NOW "\"><samlp:Status>"     \
    "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>"      \
    "</samlp:Response>"
#define ISSUER "<saml:Issuer>" UNIT_SAML_IDP "</saml:Issuer>"
#define STATUS                                                                                     \
    "<samlp:Status><samlp:StatusCode "                                                             \
    "Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>"
#define START                                                                                      \
    "<samlp:ArtifactResponse xmlns:samlp=\"" BRAZE_NS_SAMLP "\" xmlns:saml=\"" BRAZE_NS_SAML       \
    "\" ID=\"_answer\" Version=\"2.0\" InResponseTo=\"" ID "\" IssueInstant=\"" NOW "\">" ISSUER
#define END "</samlp:ArtifactResponse>"
#define BEFORE "<soap:Envelope xmlns:soap=\"" BRAZE_NS_SOAP "\"><soap:Body>"
#define AFTER "</soap:Body></soap:Envelope>"
#define ANSWER BEFORE START STATUS RESPONSE END AFTER

static const char *replaced(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);

    if (!at) {
        fail_msg("nothing like %s", old);
    }
    return apr_pstrcat(pool, apr_pstrmemdup(pool, text, (apr_size_t)(at - text)), new,
                       at + strlen(old), NULL);
}

/* NULL: believed. More seconds than UNIT_SAML_NOW have passed. */
static braze_err_t *answered(braze_saml_received_t **received, const char *xml, int later)
{
    braze_artifact_expect_t expect = {
        .idps = unit_artifact_idps(idp_pair, pool), .id = ID, .skew = SKEW};

    expect.idp = braze_saml_idps_nth(expect.idps, 0);
    expect.now = apr_time_from_sec(UNIT_SAML_NOW + later);
    return braze_artifact_answer_read(received, xml, strlen(xml), &expect, pool);
}

static void believed(const char *xml, int vouched)
{
    braze_saml_received_t *received = NULL;
    const char *issuer, *in_response_to;
    braze_err_t *err = answered(&received, xml, 0);

    if (err) {
        fail_msg("%s: %s", braze_err_line(err, pool), xml);
    }
    assert_int_equal(received->vouched, vouched);
    assert_string_equal(received->issuer, UNIT_SAML_IDP);
    assert_string_equal(braze_node_attr(received->response, "ID", pool), "_response");
    braze_saml_peek_received(&issuer, &in_response_to, received, pool);
    assert_null(issuer);
    assert_null(in_response_to);
}

/* why: in the line of the log. */
static void not_believed(const char *xml, int later, const char *why)
{
    braze_saml_received_t *received = (braze_saml_received_t *)1;
    braze_err_t *err = answered(&received, xml, later);

    if (!err) {
        fail_msg("believed: %s", xml);
    }
    assert_null(received);
    assert_int_equal(err->status, 403);
    assert_string_equal(err->code, "artifact_answer");
    assert_string_equal(err->tag, "BRAZE-J0253");
    if (!strstr(braze_err_line(err, pool), why)) {
        fail_msg("%s instead of %s", braze_err_line(err, pool), why);
    }
}

static void envelopes_that_are_fine(void **state)
{
    (void)state;
    believed(ANSWER, 0);
    believed("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" ANSWER "\n", 0);
    believed(replaced(ANSWER, "<soap:Body>", "\n  <soap:Header/>\n  <soap:Body>\n"), 0);
    believed(replaced(ANSWER, "<soap:Body>",
                      "<soap:Header><t:Trace xmlns:t=\"urn:t\" t:on=\"1\">abc</t:Trace>"
                      "</soap:Header><soap:Body>"),
             0);
    believed(replaced(replaced(replaced(replaced(replaced(ANSWER, "<soap:Envelope", "<Envelope"),
                                                 "xmlns:soap", "xmlns"),
                                        "<soap:Body>", "<Body>"),
                               "</soap:Body>", "</Body>"),
                      "</soap:Envelope>", "</Envelope>"),
             0);
    believed(replaced(ANSWER, " IssueInstant=\"" NOW "\"",
                      " Destination=\"https://anywhere\" IssueInstant=\"" NOW "\""),
             0);
}

static void envelopes_that_are_not(void **state)
{
    static const char built[] = "the answer is not built as it should be";
    static const char none[] = "no envelope of an ArtifactResponse";

    (void)state;
    not_believed("", 0, built);
    not_believed("no XML", 0, built);
    not_believed(START STATUS RESPONSE END, 0, none);
    not_believed(replaced(START STATUS RESPONSE END, "<samlp:Artif", " <samlp:Artif"), 0, none);
    not_believed(BEFORE AFTER, 0, none);
    not_believed("<soap:Envelope xmlns:soap=\"" BRAZE_NS_SOAP "\"/>", 0, none);
    not_believed(replaced(ANSWER, BRAZE_NS_SOAP, "http://www.w3.org/2003/05/soap-envelope"), 0,
                 "response_missing");
    not_believed(BEFORE "<soap:Fault><faultcode>soap:Server</faultcode></soap:Fault>" AFTER, 0,
                 "xml_unexpected_element");
    not_believed(BEFORE START STATUS RESPONSE END "</soap:Body><soap:Body>" AFTER, 0,
                 "xml_repeated_element");
    not_believed(BEFORE START STATUS RESPONSE END START STATUS END AFTER, 0,
                 "xml_repeated_element");
    not_believed(BEFORE START STATUS RESPONSE RESPONSE END AFTER, 0, "xml_");
    not_believed(replaced(BEFORE START STATUS RESPONSE RESPONSE END AFTER, "_response", "_first"),
                 0, "xml_repeated_element");
    not_believed(BEFORE START STATUS END RESPONSE AFTER, 0, "");
    not_believed(replaced(ANSWER, "<soap:Body>",
                          "<soap:Header>" START STATUS RESPONSE END "</soap:Header><soap:Body>"),
                 0, "xml_unexpected_element");
    not_believed(replaced(ANSWER, "_answer", "_response"), 0, "xml_id_duplicate");
    not_believed(replaced(ANSWER, " ID=\"_answer\"", ""), 0, "xml_id_invalid");
    not_believed("<!DOCTYPE a>" ANSWER, 0, "xml_doctype");
    not_believed(replaced(ANSWER, "<soap:Body>", "<soap:Body><!-- -->"), 0, "xml_comment");
    not_believed(replaced(ANSWER, "<soap:Body>", "<soap:Body>text"), 0, "xml_unexpected_text");
    not_believed(replaced(ANSWER, "</soap:Envelope>", ""), 0, built);
}

static void answers_to_something_else(void **state)
{
    (void)state;
    not_believed(replaced(ANSWER, "InResponseTo=\"" ID, "InResponseTo=\"_another"), 0,
                 "InResponseTo");
    not_believed(replaced(ANSWER, "InResponseTo=\"" ID, "InResponseTo=\"" ID "0"), 0,
                 "InResponseTo");
    not_believed(replaced(ANSWER, " InResponseTo=\"" ID "\"", ""), 0, "InResponseTo");
    not_believed(replaced(ANSWER, "Version=\"2.0\"", "Version=\"1.1\""), 0, "Version");
    not_believed(replaced(ANSWER, " Version=\"2.0\"", ""), 0, "Version");
    not_believed(replaced(ANSWER, ISSUER, ""), 0, "Issuer is absent");
    not_believed(replaced(ANSWER, ISSUER, "<saml:Issuer>https://b</saml:Issuer>"), 0,
                 "Issuer is https://b");
    not_believed(replaced(ANSWER, ISSUER, "<saml:Issuer> " UNIT_SAML_IDP "</saml:Issuer>"), 0,
                 "Issuer is");
    not_believed(replaced(ANSWER, STATUS, ""), 0, "status absent");
    not_believed(replaced(ANSWER, STATUS, "<samlp:Status/>"), 0, "status absent");
    not_believed(replaced(ANSWER, "status:Success", "status:Requester"), 0,
                 "status urn:oasis:names:tc:SAML:2.0:status:Requester");
    /* The outer one counts, not what is inside of it. */
    not_believed(replaced(ANSWER, STATUS,
                          "<samlp:Status><samlp:StatusCode Value=\"urn:x\"><samlp:StatusCode "
                          "Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>"
                          "</samlp:StatusCode></samlp:Status>"),
                 0, "status urn:x");
}

/* From 300 seconds and the skew before to as much after. */
static void answers_of_another_time(void **state)
{
    braze_saml_received_t *received;

    (void)state;
    assert_null(answered(&received, ANSWER, MAX_AGE + SKEW - 1));
    not_believed(ANSWER, MAX_AGE + SKEW, "it was issued at " NOW);
    assert_null(answered(&received, ANSWER, -(MAX_AGE + SKEW)));
    not_believed(ANSWER, -(MAX_AGE + SKEW) - 1, "it was issued at " NOW);
    not_believed(replaced(ANSWER, " IssueInstant=\"" NOW "\"", ""), 0, "IssueInstant");
    not_believed(replaced(ANSWER, NOW, "yesterday"), 0, "IssueInstant");
    not_believed(replaced(ANSWER, NOW, "2027-01-15T08:00:00"), 0, "IssueInstant");
}

static void an_empty_answer_says_used_up(void **state)
{
    braze_saml_received_t *received = NULL;
    braze_err_t *err = answered(&received, BEFORE START STATUS END AFTER, 0);

    (void)state;
    assert_null(received);
    assert_non_null(err);
    assert_int_equal(err->status, 403);
    assert_string_equal(err->code, "artifact_unknown");
    assert_string_equal(err->tag, "BRAZE-J0254");
}

static void an_answer_may_be_so_long(void **state)
{
    apr_size_t len = strlen(ANSWER), i;
    char *padding = apr_pcalloc(pool, BRAZE_ARTIFACT_MAX_ANSWER + 1);

    (void)state;
    for (i = 0; i < BRAZE_ARTIFACT_MAX_ANSWER - len; i++) {
        padding[i] = ' ';
    }
    believed(replaced(ANSWER, STATUS, apr_pstrcat(pool, padding, STATUS, NULL)), 0);
    padding[i] = ' ';
    not_believed(replaced(ANSWER, STATUS, apr_pstrcat(pool, padding, STATUS, NULL)), 0,
                 "message_too_large");
}

/* ---- signed answers ---- */

static const char *signed_answer(const braze_saml_pair_t *pair, const char *response)
{
    const char *xml = apr_pstrcat(pool, START, braze_signature_template("_answer", pair, pool),
                                  STATUS, response, END, NULL);

    xml = braze_xml_sign(xml, pair, pool);
    assert_non_null(xml);
    xml = strstr(xml, "<samlp:ArtifactResponse");
    return apr_pstrcat(pool, BEFORE, xml, AFTER, NULL);
}

static void a_signature_vouches(void **state)
{
    (void)state;
    believed(signed_answer(idp_pair, RESPONSE), 1);
}

static void a_signature_that_does_not_hold_is_not_passed_over(void **state)
{
    static const char not_held[] = "its signature does not hold";
    const char *good = signed_answer(idp_pair, RESPONSE), *twin;

    (void)state;
    believed(good, 1);
    not_believed(signed_answer(evil_pair, RESPONSE), 0, not_held);
    not_believed(
        replaced(good, "ID=\"_response\" Version=\"2.0\"", "ID=\"_response\" Version=\"2.1\""), 0,
        not_held);
    not_believed(replaced(good, "Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"",
                          "Algorithm=\"http://www.w3.org/2000/09/xmldsig#rsa-sha1\""),
                 0, not_held);
    not_believed(replaced(good, "URI=\"#_answer\"", "URI=\"\""), 0, not_held);
    not_believed(replaced(good, "<ds:SignedInfo>", "<ds:SignedInfo/><ds:SignedInfo>"), 0, "xml_");
    /* Another ArtifactResponse around the one that was signed. */
    twin = strstr(good, "<samlp:ArtifactResponse");
    twin = apr_pstrmemdup(pool, twin, (apr_size_t)(strstr(twin, AFTER) - twin));
    not_believed(apr_pstrcat(pool, BEFORE, replaced(START, "_answer", "_evil"), STATUS, twin, END,
                             AFTER, NULL),
                 0, "xml_unexpected_element");
}

static void keys_that_have_expired_vouch_for_nobody(void **state)
{
    braze_artifact_expect_t expect = {
        .idps = unit_artifact_idps_with(UNIT_SAML_IDP, idp_pair, "",
                                        " validUntil=\"2027-01-15T08:00:30Z\"", pool),
        .id = ID,
        .skew = SKEW,
        .now = apr_time_from_sec(UNIT_SAML_NOW + 29)};
    const char *xml = signed_answer(idp_pair, RESPONSE);
    braze_saml_received_t *received;
    braze_err_t *err;

    (void)state;
    expect.idp = braze_saml_idps_nth(expect.idps, 0);
    assert_null(braze_artifact_answer_read(&received, xml, strlen(xml), &expect, pool));
    expect.now = apr_time_from_sec(UNIT_SAML_NOW + 30);
    err = braze_artifact_answer_read(&received, xml, strlen(xml), &expect, pool);
    assert_non_null(err);
    assert_string_equal(err->code, "artifact_answer");
}

/* ---- what is made of it ---- */

/* The message of a case, without XML declaration. */
static const char *message_of(const unit_saml_case_t *one)
{
    const unsigned char *xml;
    apr_size_t len, text_len;
    const char *text = unit_saml_read(&text_len, one->file, pool);

    assert_true(braze_base64_decode(&xml, &len, text, text_len, pool));
    return strstr(apr_pstrmemdup(pool, (const char *)xml, len), "<samlp:Response");
}

/* "accepted" or the reason, of an answer with the case's Response in it. */
static const char *judged(const char *name, const braze_saml_pair_t *pair, const char *asked)
{
    const unit_saml_case_t *one = unit_saml_case(name);
    const char *response = message_of(one);
    const char *xml = pair ? signed_answer(pair, response)
                           : apr_pstrcat(pool, BEFORE START STATUS, response, END AFTER, NULL);
    braze_saml_received_t *received = NULL;
    braze_saml_identity_t *identity = NULL;
    braze_saml_expect_t expect;
    braze_err_t *err = answered(&received, xml, 0);

    if (err) {
        fail_msg("%s", braze_err_line(err, pool));
    }
    received->issuer = asked;
    unit_saml_expect(&expect, one, pool);
    err = braze_saml_judge_received(&identity, received, &expect, pool);
    assert_true(!err == (identity != NULL));
    return err ? err->code : "accepted";
}

static void its_response_is_judged_like_any(void **state)
{
    (void)state;
    assert_string_equal(judged("assertion-signed", NULL, UNIT_SAML_IDP), "accepted");
    assert_string_equal(judged("unsigned", NULL, UNIT_SAML_IDP), "signature_missing");
    assert_string_equal(judged("unsigned", idp_pair, UNIT_SAML_IDP), "accepted");
    assert_string_equal(judged("signature-value-changed", idp_pair, UNIT_SAML_IDP),
                        "signature_invalid");
    assert_string_equal(judged("assertion-signed", NULL, "https://b"), "in_response_to_other_idp");
    assert_string_equal(judged("unsigned", idp_pair, "https://b"), "in_response_to_other_idp");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(envelopes_that_are_fine),
        TEST(envelopes_that_are_not),
        TEST(answers_to_something_else),
        TEST(answers_of_another_time),
        TEST(an_empty_answer_says_used_up),
        TEST(an_answer_may_be_so_long),
        TEST(a_signature_vouches),
        TEST(a_signature_that_does_not_hold_is_not_passed_over),
        TEST(keys_that_have_expired_vouch_for_nobody),
        TEST(its_response_is_judged_like_any),
    };

    return cmocka_run_group_tests_name("saml artifact answer", tests, set_up, unit_saml_tear_down);
}
