/* SPDX-License-Identifier: Apache-2.0 */
/* Logout messages: the query string as it stands, what is deflated in it, and what a signature
 * covers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_strings.h>

#include "unit_saml_logout.h"

#define replaced unit_logout_replaced
#define escaped unit_logout_escaped
#define RSA "http://www.w3.org/2001/04/xmldsig-more#rsa-"
#define RSA_SHA1 "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
#define STATE "a/b c"

static const char *joined(const char *one, const char *other)
{
    return apr_pstrcat(unit_logout_pool(), one, other, NULL);
}

static unit_logout_sent_t query(int is_response, const char *text)
{
    unit_logout_sent_t sent = {UNIT_LOGOUT_QUERY, is_response, text};

    return sent;
}

static braze_logout_t *believed(int is_response, const char *text)
{
    return unit_logout_believed(query(is_response, text), NULL);
}

static void refused(int is_response, const char *text, const char *reason, const char *why)
{
    unit_logout_refused(query(is_response, text), NULL, reason, why);
}

/* What is signed: the field, with a RelayState if not NULL (escaped already), and the SigAlg. */
static const char *octets(int is_response, const char *relay_state, const char *algorithm)
{
    return apr_pstrcat(unit_logout_pool(),
                       unit_logout_field(is_response, unit_logout_xml(is_response)),
                       relay_state ? "&RelayState=" : "", relay_state ? relay_state : "",
                       "&SigAlg=", escaped(algorithm), NULL);
}

static const char *signed_by(const char *text, const braze_saml_pair_t *pair)
{
    return unit_logout_signed(text, "SHA256", pair);
}

static const char *good(int is_response)
{
    return signed_by(octets(is_response, escaped(STATE), RSA "sha256"), unit_logout_idp());
}

/* ---- the parameters ---- */

static void queries_that_are_fine(void **state)
{
    int is_response;

    (void)state;
    for (is_response = 0; is_response < 2; is_response++) {
        const char *text = good(is_response);

        assert_string_equal(believed(is_response, text)->relay_state, STATE);
        assert_null(believed(is_response,
                             signed_by(octets(is_response, NULL, RSA "sha256"), unit_logout_idp()))
                        ->relay_state);
        assert_string_equal(believed(is_response, signed_by(octets(is_response, "", RSA "sha256"),
                                                            unit_logout_idp()))
                                ->relay_state,
                            "");
        /* Others' parameters are nobody's business. */
        believed(is_response, joined(text, "&utm=1&utm=2&&x"));
        believed(is_response,
                 joined(text, "&SAMLEncoding=urn%3Aoasis%3Anames%3Atc%3ASAML%3A2.0%3Abindings%3A"
                              "URL-Encoding%3ADEFLATE"));
        /* However the sender has encoded it, as long as it is what was signed. */
        text = octets(is_response, "a%2fb+%63", RSA "sha256");
        text = replaced(text, "%3A%2F%2F", "%3a//");
        assert_string_equal(believed(is_response, signed_by(text, unit_logout_idp()))->relay_state,
                            STATE);
    }
}

/* The order in the query is free; that in which they are signed is not (saml-bindings 3.4.4.1). */
static void the_order_of_parameters(void **state)
{
    int is_response;

    (void)state;
    for (is_response = 0; is_response < 2; is_response++) {
        const char *text = good(is_response), *rest = strstr(text, "&SigAlg="), *turned;

        turned =
            apr_pstrcat(unit_logout_pool(), rest + 1, "&",
                        apr_pstrmemdup(unit_logout_pool(), text, (apr_size_t)(rest - text)), NULL);
        assert_string_equal(believed(is_response, turned)->relay_state, STATE);
        turned = apr_pstrcat(unit_logout_pool(), "SigAlg=", escaped(RSA "sha256"), "&",
                             unit_logout_field(is_response, unit_logout_xml(is_response)), NULL);
        refused(is_response, signed_by(turned, unit_logout_idp()), UNIT_LOGOUT_FORGED,
                "none of the issuer's keys has signed the query");
    }
}

static void parameters_that_stand_twice(void **state)
{
    static const char *const names[] = {"RelayState", "SigAlg", "Signature"};
    int is_response;
    apr_size_t i;

    (void)state;
    for (is_response = 0; is_response < 2; is_response++) {
        const char *text = good(is_response);
        const char *own = is_response ? "SAMLResponse" : "SAMLRequest";

        believed(is_response, text);
        for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
            refused(is_response, joined(text, joined("&", joined(names[i], "=x"))),
                    UNIT_LOGOUT_QUERY_BUILT, joined(names[i], " stands twice"));
            refused(is_response, joined(joined(names[i], "=&"), text), UNIT_LOGOUT_QUERY_BUILT,
                    joined(names[i], " stands twice"));
        }
        /* The same value twice is twice, and so is one that is empty. */
        refused(
            is_response,
            joined(joined(unit_logout_field(is_response, unit_logout_xml(is_response)), "&"), text),
            UNIT_LOGOUT_QUERY_BUILT, joined(own, " stands twice"));
        refused(is_response, joined(text, joined("&", own)), UNIT_LOGOUT_QUERY_BUILT,
                joined(own, " stands twice"));
        refused(is_response, joined(text, "&SAMLEncoding=x&SAMLEncoding=x"),
                UNIT_LOGOUT_QUERY_BUILT, "SAMLEncoding stands twice");
        /* As another reader would see it, but not this one. */
        refused(is_response, joined(text, "&Relay%53tate=x"), UNIT_LOGOUT_QUERY_BUILT,
                "the name RelayState is percent-encoded");
        refused(is_response, replaced(text, "SAMLRe", "SAML%52e"), UNIT_LOGOUT_QUERY_BUILT,
                "is percent-encoded");
        refused(is_response, joined(text, "&%zz=x"), UNIT_LOGOUT_QUERY_BUILT,
                "a parameter's name is badly encoded");
    }
}

static void parameters_that_do_not_go_together(void **state)
{
    static const char one[] = "of SigAlg and Signature only one is there";
    static const char both[] = "SAMLRequest and SAMLResponse are both there, or neither";
    int is_response;

    (void)state;
    refused(0, "", UNIT_LOGOUT_PARAMETERS, both);
    refused(0, "a=b", UNIT_LOGOUT_PARAMETERS, both);
    for (is_response = 0; is_response < 2; is_response++) {
        const char *text = good(is_response), *signature = strstr(text, "&Signature=");
        const char *algorithm = joined("&SigAlg=", escaped(RSA "sha256"));

        refused(is_response, joined(text, is_response ? "&SAMLRequest=x" : "&SAMLResponse=x"),
                UNIT_LOGOUT_PARAMETERS, both);
        refused(is_response, replaced(text, signature, ""), UNIT_LOGOUT_PARAMETERS, one);
        refused(is_response, replaced(text, algorithm, ""), UNIT_LOGOUT_PARAMETERS, one);
        refused(is_response, joined(text, "&SAMLEncoding=urn:x"), UNIT_LOGOUT_PARAMETERS,
                "SAMLEncoding is not DEFLATE");
        refused(is_response, joined(text, "&SAMLEncoding=%"), UNIT_LOGOUT_PARAMETERS,
                "SAMLEncoding is not DEFLATE");
    }
}

/* So many parameters, and so many bytes, to the last. */
static void queries_of_some_length(void **state)
{
    apr_pool_t *pool = unit_logout_pool();
    int is_response, i;

    (void)state;
    for (is_response = 0; is_response < 2; is_response++) {
        const char *text = good(is_response); /* four parameters */
        char *padding = apr_pcalloc(pool, BRAZE_LOGOUT_MAX_QUERY + 2);
        apr_size_t room = BRAZE_LOGOUT_MAX_QUERY - strlen(text);

        memset(padding, 'x', room);
        padding[0] = '&';
        believed(is_response, joined(text, padding));
        padding[room] = 'x';
        refused(is_response, joined(text, padding), UNIT_LOGOUT_QUERY_BUILT,
                "the query is too long");
        for (i = 4; i < 32; i++) {
            text = joined(text, "&a=b");
        }
        believed(is_response, text);
        refused(is_response, joined(text, "&a=b"), UNIT_LOGOUT_QUERY_BUILT,
                "there are too many parameters");
    }
}

static const char *with_state(int is_response, const char *relay_state)
{
    return signed_by(octets(is_response, relay_state, RSA "sha256"), unit_logout_idp());
}

static void relay_states(void **state)
{
    static const char why[] = "RelayState is badly encoded, or too long";
    static const char *const bad[] = {"%", "%2", "%zz", "a%00b"};
    char *text = apr_pcalloc(unit_logout_pool(), BRAZE_LOGOUT_MAX_RELAY_STATE + 2);
    int is_response;
    apr_size_t i;

    (void)state;
    for (is_response = 0; is_response < 2; is_response++) {
        memset(text, 'x', BRAZE_LOGOUT_MAX_RELAY_STATE);
        text[BRAZE_LOGOUT_MAX_RELAY_STATE] = '\0';
        assert_string_equal(believed(is_response, with_state(is_response, text))->relay_state,
                            text);
        text[BRAZE_LOGOUT_MAX_RELAY_STATE] = 'x';
        refused(is_response, with_state(is_response, text), UNIT_LOGOUT_RELAY_STATE, why);
        for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
            refused(is_response, with_state(is_response, bad[i]), UNIT_LOGOUT_RELAY_STATE, why);
        }
    }
}

/* ---- the signature of a query ---- */

static void a_signature_over_other_octets(void **state)
{
    static const char why[] = "none of the issuer's keys has signed the query";
    int is_response;

    (void)state;
    for (is_response = 0; is_response < 2; is_response++) {
        const char *text = good(is_response), *own = is_response ? "SAMLResponse" : "SAMLRequest";
        const char *xml = replaced(unit_logout_xml(is_response), UNIT_LOGOUT_ID, "_evil");
        const char *before = unit_logout_field(is_response, unit_logout_xml(is_response));

        believed(is_response, text);
        refused(is_response, replaced(text, before, unit_logout_field(is_response, xml)),
                UNIT_LOGOUT_FORGED, why);
        /* What decodes to the same is something else. */
        refused(is_response, replaced(text, "RelayState=a", "RelayState=%61"), UNIT_LOGOUT_FORGED,
                why);
        refused(is_response, replaced(text, "a%2Fb", "a%2fb"), UNIT_LOGOUT_FORGED, why);
        refused(is_response, replaced(text, "%20", "+"), UNIT_LOGOUT_FORGED, why);
        refused(is_response, replaced(text, "SigAlg=http%3A", "SigAlg=http:"), UNIT_LOGOUT_FORGED,
                why);
        refused(is_response, replaced(text, joined(own, "="), joined(own, "=%0A")),
                UNIT_LOGOUT_FORGED, why);
        refused(is_response, replaced(text, "RelayState=a", "RelayState=b"), UNIT_LOGOUT_FORGED,
                why);
        refused(is_response, replaced(text, "&RelayState=a%2Fb%20c", ""), UNIT_LOGOUT_FORGED, why);
        refused(is_response, replaced(text, "&RelayState=a%2Fb%20c", "&RelayState="),
                UNIT_LOGOUT_FORGED, why);
        text = signed_by(octets(is_response, NULL, RSA "sha256"), unit_logout_idp());
        refused(is_response, joined(text, "&RelayState=x"), UNIT_LOGOUT_FORGED, why);
        refused(is_response, joined(text, "&RelayState="), UNIT_LOGOUT_FORGED, why);
    }
}

/* Signed as the one, sent as the other: the name of the field is signed along. */
static void a_signature_over_the_other_field(void **state)
{
    const char *text = unit_logout_field(0, unit_logout_xml(1)), *rest;

    (void)state;
    text = signed_by(joined(text, joined("&SigAlg=", escaped(RSA "sha256"))), unit_logout_idp());
    rest = strchr(text, '=');
    refused(1, joined("SAMLResponse", rest), UNIT_LOGOUT_FORGED, "");
    text = unit_logout_field(1, unit_logout_xml(0));
    text = signed_by(joined(text, joined("&SigAlg=", escaped(RSA "sha256"))), unit_logout_idp());
    rest = strchr(text, '=');
    refused(0, joined("SAMLRequest", rest), UNIT_LOGOUT_FORGED, "");
}

static void signatures_that_are_none(void **state)
{
    int is_response;

    (void)state;
    for (is_response = 0; is_response < 2; is_response++) {
        const char *text = good(is_response), *signature = strstr(text, "&Signature=");

        text = replaced(text, signature, "");
        believed(is_response, joined(text, signature));
        refused(is_response, joined(text, "&Signature="), UNIT_LOGOUT_FORGED, "");
        refused(is_response, joined(text, "&Signature=AAAA"), UNIT_LOGOUT_FORGED, "");
        refused(is_response, joined(text, "&Signature=%25%25"), UNIT_LOGOUT_FORGED, "");
        refused(is_response, joined(text, "&Signature=%zz"), UNIT_LOGOUT_FORGED, "");
        refused(is_response, joined(text, apr_pstrmemdup(unit_logout_pool(), signature, 200)),
                UNIT_LOGOUT_FORGED, "");
        refused(is_response, joined(joined(text, signature), "AAAA"), UNIT_LOGOUT_FORGED, "");
    }
}

static void signature_algorithms(void **state)
{
    static const char none[] = "SigAlg is none that is taken";
    static const struct {
        const char *name, *digest;
    } fine[] = {{RSA "sha256", "SHA256"}, {RSA "sha384", "SHA384"}, {RSA "sha512", "SHA512"}};
    static const char *const never[] = {"",
                                        "x",
                                        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
                                        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
                                        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
                                        "http://www.w3.org/2000/09/xmldsig#dsa-sha1"};
    int is_response;
    apr_size_t i;

    (void)state;
    for (is_response = 0; is_response < 2; is_response++) {
        for (i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
            const char *text = octets(is_response, NULL, fine[i].name);

            believed(is_response, unit_logout_signed(text, fine[i].digest, unit_logout_idp()));
            refused(is_response, unit_logout_signed(text, "SHA1", unit_logout_idp()),
                    UNIT_LOGOUT_FORGED, "none of the issuer's keys");
        }
        for (i = 0; i < sizeof(never) / sizeof(*never); i++) {
            refused(is_response, signed_by(octets(is_response, NULL, never[i]), unit_logout_idp()),
                    UNIT_LOGOUT_FORGED, none);
        }
        /* Another one in its place, and one of keys that the issuer has none of. */
        refused(is_response, replaced(good(is_response), "sha256", "sha512"), UNIT_LOGOUT_FORGED,
                "none of the issuer's keys");
        refused(is_response,
                signed_by(octets(is_response, NULL,
                                 "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
                          unit_logout_idp()),
                UNIT_LOGOUT_FORGED, "none of the issuer's keys");
        refused(is_response, replaced(good(is_response), "SigAlg=h", "SigAlg=%zz"),
                UNIT_LOGOUT_FORGED, none);
    }
}

static void sha1_only_where_it_is_allowed(void **state)
{
    braze_logout_expect_t expect;
    int is_response;

    (void)state;
    unit_logout_expect(&expect);
    for (is_response = 0; is_response < 2; is_response++) {
        const char *text =
            unit_logout_signed(octets(is_response, NULL, RSA_SHA1), "SHA1", unit_logout_idp());

        expect.allow_sha1 = 1;
        unit_logout_believed(query(is_response, text), &expect);
        expect.allow_sha1 = 0;
        unit_logout_refused(query(is_response, text), &expect, UNIT_LOGOUT_FORGED,
                            "SigAlg is none that is taken");
    }
}

/* ---- what is deflated ---- */

/* The bytes as a signed query: a signature is no reason to unpack more. */
static const char *carrying(int is_response, const char *data, apr_size_t len)
{
    const char *text = joined(is_response ? "SAMLResponse=" : "SAMLRequest=",
                              escaped(unit_logout_base64(data, len)));

    return signed_by(joined(text, joined("&SigAlg=", escaped(RSA "sha256"))), unit_logout_idp());
}

static void what_is_not_deflated(void **state)
{
    static const char why[] = "the parameter is not deflated, or is too large";
    int is_response;

    (void)state;
    for (is_response = 0; is_response < 2; is_response++) {
        const char *xml = unit_logout_xml(is_response);
        apr_size_t len;
        const char *data = unit_logout_deflated(&len, xml);
        char *more = apr_pcalloc(unit_logout_pool(), len + 2);

        memcpy(more, data, len);
        believed(is_response, carrying(is_response, more, len));
        /* Something behind the stream, if only a zero. */
        refused(is_response, carrying(is_response, more, len + 1), UNIT_LOGOUT_MALFORMED, why);
        refused(is_response, carrying(is_response, more, len - 1), UNIT_LOGOUT_MALFORMED, why);
        refused(is_response, carrying(is_response, more, 10), UNIT_LOGOUT_MALFORMED, why);
        refused(is_response, carrying(is_response, "", 0), UNIT_LOGOUT_MALFORMED, "");
        refused(is_response, carrying(is_response, xml, strlen(xml)), UNIT_LOGOUT_MALFORMED, why);
        /* With zlib's header it is another format. */
        refused(is_response, carrying(is_response, joined("\x78\x9c", more), 2 + strlen(more)),
                UNIT_LOGOUT_MALFORMED, why);
        refused(is_response, is_response ? "SAMLResponse=%2A" : "SAMLRequest=%2A",
                UNIT_LOGOUT_MALFORMED, "the parameter is not base64");
        refused(is_response, is_response ? "SAMLResponse=%zz" : "SAMLRequest=%zz",
                UNIT_LOGOUT_MALFORMED, "the parameter is not base64");
    }
}

/* Some thousand bytes that would be twenty million. */
static void a_bomb(void **state)
{
    const apr_size_t size = 20 * 1024 * 1024;
    char *zeros = apr_palloc(unit_logout_pool(), size + 1);
    int is_response;

    (void)state;
    memset(zeros, ' ', size);
    zeros[size] = '\0';
    for (is_response = 0; is_response < 2; is_response++) {
        apr_size_t len;
        const char *data = unit_logout_deflated(&len, joined(unit_logout_xml(is_response), zeros));
        const char *text = carrying(is_response, data, len);

        assert_true(strlen(text) <= BRAZE_LOGOUT_MAX_QUERY);
        refused(is_response, text, UNIT_LOGOUT_MALFORMED,
                "the parameter is not deflated, or is too large");
    }
}

/* ---- the signature of an element ---- */

static unit_logout_sent_t element(unit_logout_how_t how, int is_response, const char *xml)
{
    unit_logout_sent_t sent = {how, is_response, NULL};

    sent.text =
        how == UNIT_LOGOUT_SOAP ? unit_logout_envelope(xml) : unit_logout_base64(xml, strlen(xml));
    return sent;
}

/* By each way that an element comes; reason NULL: believed. */
static void elements(int is_response, const char *xml, const braze_logout_expect_t *expect,
                     const char *reason, const char *why)
{
    unit_logout_how_t how;

    for (how = UNIT_LOGOUT_FORM; how <= UNIT_LOGOUT_SOAP; how++) {
        if (reason) {
            unit_logout_refused(element(how, is_response, xml), expect, reason, why);
        } else {
            unit_logout_believed(element(how, is_response, xml), expect);
        }
    }
}

static const char *signature_in(const char *xml)
{
    const char *start = strstr(xml, "<ds:Signature "), *end = strstr(xml, "</ds:Signature>");

    assert_true(start && end);
    return apr_pstrmemdup(unit_logout_pool(), start,
                          (apr_size_t)(end - start) + strlen("</ds:Signature>"));
}

static void an_element_that_was_changed(void **state)
{
    int is_response;

    (void)state;
    for (is_response = 0; is_response < 2; is_response++) {
        const char *xml =
            unit_logout_element(unit_logout_xml(is_response), unit_logout_idp(), NULL);

        elements(is_response, xml, NULL, NULL, NULL);
        elements(is_response,
                 is_response ? replaced(xml, "status:Success", "status:Requester")
                             : replaced(xml, UNIT_LOGOUT_WHO, "eve@decorumsoft.com"),
                 NULL, UNIT_LOGOUT_FORGED, "digest_mismatch");
        elements(is_response, replaced(xml, "T08:00:00Z", "T08:00:01Z"), NULL, UNIT_LOGOUT_FORGED,
                 "digest_mismatch");
        elements(is_response, replaced(xml, "</saml:Issuer>", "</saml:Issuer> "), NULL,
                 UNIT_LOGOUT_FORGED, "digest_mismatch");
        elements(is_response, replaced(xml, "#rsa-sha256", "#rsa-sha512"), NULL, UNIT_LOGOUT_FORGED,
                 "signature_invalid");
        elements(is_response, replaced(xml, "URI=\"#" UNIT_LOGOUT_ID "\"", "URI=\"\""), NULL,
                 UNIT_LOGOUT_FORGED, "");
    }
}

/* What is signed lies inside of, or beside, what is to be believed. */
static void an_element_around_what_was_signed(void **state)
{
    int is_response;

    (void)state;
    for (is_response = 0; is_response < 2; is_response++) {
        const char *plain = unit_logout_xml(is_response);
        const char *xml = unit_logout_element(plain, unit_logout_idp(), NULL);
        const char *signature = joined("</saml:Issuer>", signature_in(xml)), *evil;

        /* The signature alone, in a message of the same ID and in one of another. */
        evil = replaced(plain, "</saml:Issuer>", signature);
        elements(is_response, replaced(evil, " Version=", " x=\"y\" Version="), NULL,
                 UNIT_LOGOUT_FORGED, "digest_mismatch");
        evil = replaced(evil, UNIT_LOGOUT_ID, "_evil");
        elements(is_response, evil, NULL, UNIT_LOGOUT_FORGED, "");
        /* With what was signed along. */
        evil = replaced(evil, "</ds:Signature>",
                        apr_pstrcat(unit_logout_pool(), "</ds:Signature><samlp:Extensions>", xml,
                                    "</samlp:Extensions>", NULL));
        elements(is_response, evil, NULL, UNIT_LOGOUT_FORGED, "");
        evil = replaced(replaced(plain, UNIT_LOGOUT_ID, "_evil"), "</saml:Issuer>",
                        apr_pstrcat(unit_logout_pool(), "</saml:Issuer><samlp:Extensions>", xml,
                                    "</samlp:Extensions>", NULL));
        elements(is_response, evil, NULL, UNIT_LOGOUT_UNSIGNED, "has no signature");
    }
}

static void elements_with_sha1(void **state)
{
    static const char *const digest[] = {"http://www.w3.org/2001/04/xmlenc#sha256",
                                         "http://www.w3.org/2000/09/xmldsig#sha1", NULL};
    static const char *const method[] = {RSA "sha256", RSA_SHA1, NULL};
    const char *const *const edits[] = {digest, method};
    braze_logout_expect_t expect;
    int is_response;
    apr_size_t i;

    (void)state;
    unit_logout_expect(&expect);
    for (is_response = 0; is_response < 2; is_response++) {
        for (i = 0; i < 2; i++) {
            const char *xml =
                unit_logout_element(unit_logout_xml(is_response), unit_logout_idp(), edits[i]);

            expect.allow_sha1 = 1;
            elements(is_response, xml, &expect, NULL, NULL);
            expect.allow_sha1 = 0;
            elements(is_response, xml, &expect, UNIT_LOGOUT_FORGED, "signature_sha1");
        }
    }
}

static void a_field_that_is_not_base64(void **state)
{
    int is_response;

    (void)state;
    for (is_response = 0; is_response < 2; is_response++) {
        unit_logout_sent_t sent = {UNIT_LOGOUT_FORM, is_response, "%%%"};

        unit_logout_refused(sent, NULL, UNIT_LOGOUT_MALFORMED, "the field is not base64");
        sent.text = "";
        unit_logout_refused(sent, NULL, UNIT_LOGOUT_MALFORMED, "");
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, unit_logout_begin, unit_logout_end)
    const struct CMUnitTest tests[] = {TEST(queries_that_are_fine),
                                       TEST(the_order_of_parameters),
                                       TEST(parameters_that_stand_twice),
                                       TEST(parameters_that_do_not_go_together),
                                       TEST(queries_of_some_length),
                                       TEST(relay_states),
                                       TEST(a_signature_over_other_octets),
                                       TEST(a_signature_over_the_other_field),
                                       TEST(signatures_that_are_none),
                                       TEST(signature_algorithms),
                                       TEST(sha1_only_where_it_is_allowed),
                                       TEST(what_is_not_deflated),
                                       TEST(a_bomb),
                                       TEST(an_element_that_was_changed),
                                       TEST(an_element_around_what_was_signed),
                                       TEST(elements_with_sha1),
                                       TEST(a_field_that_is_not_base64)};

    return cmocka_run_group_tests_name("saml logout signatures", tests, unit_logout_set_up,
                                       unit_saml_tear_down);
}
