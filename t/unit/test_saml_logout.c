/* SPDX-License-Identifier: Apache-2.0 */
/* What is believed of a logout message, by whichever way it comes, and what each refusal says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "unit_saml_artifact.h"
#include "unit_saml_logout.h"

#define replaced unit_logout_replaced
#define believed unit_logout_believed
#define refused unit_logout_refused

/* All ways that there are. */
static const struct {
    unit_logout_how_t how;
    int is_response;
} ways[] = {{UNIT_LOGOUT_QUERY, 0}, {UNIT_LOGOUT_QUERY, 1}, {UNIT_LOGOUT_FORM, 0},
            {UNIT_LOGOUT_FORM, 1},  {UNIT_LOGOUT_SOAP, 0},  {UNIT_LOGOUT_SOAP, 1}};
#define WAYS (sizeof(ways) / sizeof(*ways))

static unit_logout_sent_t by(apr_size_t way, const char *xml, const braze_saml_pair_t *pair)
{
    return unit_logout_send(ways[way].how, ways[way].is_response, xml, pair);
}

static const char *plain(apr_size_t way)
{
    return unit_logout_xml(ways[way].is_response);
}

/* The good message by that way, with this instead of that in it before it is signed. */
static unit_logout_sent_t with(apr_size_t way, const char *old, const char *instead)
{
    return by(way, replaced(plain(way), old, instead), unit_logout_idp());
}

static unit_logout_sent_t good(apr_size_t way)
{
    return with(way, "", "");
}

/* Refused for one reason by every way, and without the change believed. */
static void refused_by_all(const char *old, const char *instead, const char *reason,
                           const char *why)
{
    apr_size_t way;

    for (way = 0; way < WAYS; way++) {
        believed(good(way), NULL);
        refused(with(way, old, instead), NULL, reason, why);
    }
}

/* ---- the control ---- */

static void messages_that_are_fine(void **state)
{
    apr_pool_t *pool = unit_logout_pool();
    apr_size_t way;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        const braze_logout_t *logout = believed(good(way), NULL);

        assert_string_equal(braze_saml_idp_entity_id(logout->idp), UNIT_SAML_IDP);
        assert_string_equal(logout->id, UNIT_LOGOUT_ID);
        assert_null(logout->relay_state);
        if (ways[way].is_response) {
            assert_string_equal(logout->in_response_to, "_asked");
            assert_true(logout->success);
            continue;
        }
        assert_string_equal(logout->name_id, UNIT_LOGOUT_WHO);
        assert_null(logout->name_qualifier);
        assert_null(logout->sp_name_qualifier);
        assert_int_equal(logout->session_indexes->nelts, 1);
        assert_string_equal(APR_ARRAY_IDX(logout->session_indexes, 0, const char *), "_index");
        /* One request has one key, by whichever way it comes. */
        assert_string_equal(
            logout->replay_key,
            braze_sha256_hex("LogoutRequest\n" UNIT_SAML_IDP "\n" UNIT_LOGOUT_ID,
                             strlen("LogoutRequest\n" UNIT_SAML_IDP "\n" UNIT_LOGOUT_ID), pool));
        assert_int_equal(apr_time_sec(logout->replay_until),
                         UNIT_SAML_NOW + BRAZE_LOGOUT_MAX_AGE + UNIT_LOGOUT_SKEW);
    }
}

/* Of another IdP or another ID it is another request. */
static void requests_are_told_apart(void **state)
{
    const braze_logout_t *first = believed(good(0), NULL);
    const braze_logout_t *second = believed(with(0, UNIT_LOGOUT_ID, "_other"), NULL), *third;
    const char *xml = replaced(unit_logout_xml(0), UNIT_SAML_IDP, UNIT_LOGOUT_OTHER);

    (void)state;
    third = believed(unit_logout_send(UNIT_LOGOUT_QUERY, 0, xml, unit_logout_other()), NULL);
    assert_string_equal(braze_saml_idp_entity_id(third->idp), UNIT_LOGOUT_OTHER);
    assert_string_not_equal(first->replay_key, second->replay_key);
    assert_string_not_equal(first->replay_key, third->replay_key);
}

/* ---- whose it is ---- */

static void unsigned_messages(void **state)
{
    apr_size_t way;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        believed(good(way), NULL);
        refused(by(way, plain(way), NULL), NULL,
                ways[way].how == UNIT_LOGOUT_QUERY ? UNIT_LOGOUT_QUERY_UNSIGNED
                                                   : UNIT_LOGOUT_UNSIGNED,
                "has no signature: have the IdP sign its logout messages");
    }
}

static void the_wrong_key(void **state)
{
    apr_size_t way;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        const char *xml = plain(way);

        refused(by(way, xml, unit_logout_evil()), NULL, UNIT_LOGOUT_FORGED, "");
        /* Another IdP that is configured signs for itself alone. */
        refused(by(way, xml, unit_logout_other()), NULL, UNIT_LOGOUT_FORGED, "");
        xml = replaced(xml, UNIT_SAML_IDP, UNIT_LOGOUT_OTHER);
        believed(by(way, xml, unit_logout_other()), NULL);
        refused(by(way, xml, unit_logout_idp()), NULL, UNIT_LOGOUT_FORGED, "");
    }
}

static void an_issuer_that_is_not_configured(void **state)
{
    (void)state;
    refused_by_all(UNIT_SAML_IDP, "https://evil.example/", UNIT_LOGOUT_ISSUER,
                   "Issuer https://evil.example/ is not configured");
    refused_by_all(UNIT_SAML_IDP, "", UNIT_LOGOUT_ISSUER, "Issuer  is not configured");
    refused_by_all("<saml:Issuer>", "<saml:Issuer> ", UNIT_LOGOUT_ISSUER, "is not configured");
}

static void an_issuer_whose_metadata_have_expired(void **state)
{
    braze_logout_expect_t expect;
    apr_size_t way;

    (void)state;
    unit_logout_expect(&expect);
    expect.idps =
        unit_artifact_idps_with(UNIT_SAML_IDP, unit_logout_idp(), "",
                                " validUntil=\"2027-01-15T08:00:30Z\"", unit_logout_pool());
    for (way = 0; way < WAYS; way++) {
        expect.now = apr_time_from_sec(UNIT_SAML_NOW + 29);
        believed(good(way), &expect);
        expect.now = apr_time_from_sec(UNIT_SAML_NOW + 30);
        refused(good(way), &expect, UNIT_LOGOUT_ISSUER, "its metadata have expired");
    }
}

/* While keys are exchanged the same IdP stands in two files: any of its keys is good. */
static void any_key_of_the_issuer(void **state)
{
    apr_pool_t *pool = unit_logout_pool();
    braze_saml_idps_t *idps = braze_saml_idps_make(pool);
    braze_logout_expect_t expect;
    apr_size_t way;

    (void)state;
    unit_logout_expect(&expect);
    braze_saml_idps_join(
        idps, unit_artifact_idps_with(UNIT_SAML_IDP, unit_logout_other(), "", "", pool), NULL);
    braze_saml_idps_join(idps, unit_artifact_idps(unit_logout_idp(), pool), NULL);
    expect.idps = idps;
    for (way = 0; way < WAYS; way++) {
        believed(good(way), &expect);
        believed(by(way, plain(way), unit_logout_other()), &expect);
        refused(by(way, plain(way), unit_logout_evil()), &expect, UNIT_LOGOUT_FORGED, "");
    }
}

/* ---- for whom, and when ---- */

static void the_wrong_destination(void **state)
{
    static const char old[] = " Destination=\"" UNIT_LOGOUT_URL "\"";
    apr_size_t way;

    (void)state;
    refused_by_all(old, " Destination=\"https://elsewhere/\"", UNIT_LOGOUT_DESTINATION,
                   "Destination is https://elsewhere/, ours is " UNIT_LOGOUT_URL);
    for (way = 0; way < WAYS; way++) {
        /* An answer by SOAP comes back to where it was asked for, and need not say where. */
        if (ways[way].how == UNIT_LOGOUT_SOAP && ways[way].is_response) {
            believed(with(way, old, ""), NULL);
        } else {
            refused(with(way, old, ""), NULL, UNIT_LOGOUT_DESTINATION, "Destination is absent");
        }
    }
    refused_by_all(old, " Destination=\"\"", UNIT_LOGOUT_DESTINATION, "Destination is ,");
    refused_by_all(old, " Destination=\"" UNIT_LOGOUT_URL "/\"", UNIT_LOGOUT_DESTINATION, "");
    refused_by_all(old, " Destination=\"HTTPS://sp.example.com/auth/saml/logout\"",
                   UNIT_LOGOUT_DESTINATION, "");
}

/* The good message, with this NotOnOrAfter (or NULL), so many seconds after it was issued. */
static unit_logout_sent_t at(braze_logout_expect_t *expect, apr_size_t way, const char *until,
                             int later)
{
    unit_logout_expect(expect);
    expect->now += apr_time_from_sec(later);
    return until ? with(way, " Version=",
                        apr_pstrcat(unit_logout_pool(), " NotOnOrAfter=\"", until,
                                    "\" Version=", NULL))
                 : good(way);
}

/* Ten minutes and the skew behind its IssueInstant, the skew before it. */
static void messages_of_another_time(void **state)
{
    static const char until[] = "2027-01-15T08:01:00Z"; /* a minute */
    const int age = BRAZE_LOGOUT_MAX_AGE + UNIT_LOGOUT_SKEW;
    braze_logout_expect_t expect;
    unit_logout_sent_t sent;
    apr_size_t way;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        sent = at(&expect, way, NULL, age - 1);
        believed(sent, &expect);
        sent = at(&expect, way, NULL, age);
        refused(sent, &expect, UNIT_LOGOUT_EXPIRED, "issued at 2027-01-15T08:00:00");
        sent = at(&expect, way, NULL, -UNIT_LOGOUT_SKEW);
        believed(sent, &expect);
        sent = at(&expect, way, NULL, -UNIT_LOGOUT_SKEW - 1);
        refused(sent, &expect, UNIT_LOGOUT_EXPIRED, "our clock: 2027-01-15T07:58:59");
        sent = at(&expect, way, until, 60 + UNIT_LOGOUT_SKEW - 1);
        believed(sent, &expect);
        sent = at(&expect, way, until, 60 + UNIT_LOGOUT_SKEW);
        refused(sent, &expect, UNIT_LOGOUT_EXPIRED, "our clock: 2027-01-15T08:02:00");
        /* However long it says it lasts: the record of it is not kept for longer. */
        sent = at(&expect, way, "2037-01-15T08:00:00Z", age);
        refused(sent, &expect, UNIT_LOGOUT_EXPIRED, "");
    }
}

static void times_that_cannot_be_read(void **state)
{
    static const char why[] = "IssueInstant or NotOnOrAfter cannot be read";
    static const char instant[] = " IssueInstant=\"" UNIT_LOGOUT_NOW "\"";

    (void)state;
    refused_by_all(instant, "", UNIT_LOGOUT_MALFORMED, why);
    refused_by_all(instant, " IssueInstant=\"yesterday\"", UNIT_LOGOUT_MALFORMED, why);
    refused_by_all(instant, " IssueInstant=\"\"", UNIT_LOGOUT_MALFORMED, why);
    refused_by_all(instant, " IssueInstant=\"2027-01-15T08:00:00\"", UNIT_LOGOUT_MALFORMED, why);
    refused_by_all(" Version=", " NotOnOrAfter=\"never\" Version=", UNIT_LOGOUT_MALFORMED, why);
}

/* ---- what it consists of ---- */

static void messages_that_are_not_built_so(void **state)
{
    static const char version[] = "Version is not 2.0, or the ID is none";

    (void)state;
    refused_by_all("Version=\"2.0\"", "Version=\"1.1\"", UNIT_LOGOUT_MALFORMED, version);
    refused_by_all(" Version=\"2.0\"", "", UNIT_LOGOUT_MALFORMED, version);
    refused_by_all("<saml:Issuer>", "<saml:Issuer>x</saml:Issuer><saml:Issuer>",
                   UNIT_LOGOUT_MALFORMED, "Issuer stands 2 times");
    refused_by_all("</saml:Issuer>", "</saml:Issuer><samlp:Status/><samlp:Status/>",
                   UNIT_LOGOUT_MALFORMED, "Status stands ");
    refused_by_all("</saml:Issuer>", "</saml:Issuer><!-- -->", UNIT_LOGOUT_MALFORMED, "omment");
}

/* An ID is kept and shown: of so many characters, and only of those that may be in one. */
static void identifiers(void **state)
{
    static const char attribute[] = " ID=\"" UNIT_LOGOUT_ID "\"";
    static const char *const none[] = {"", " ID=\"\"", " ID=\"a b\"", " ID=\"a&#10;b\""};
    char *id = memset(apr_pcalloc(unit_logout_pool(), 258), 'a', 256);
    apr_size_t way, i;

    (void)state;
    assert_string_equal(believed(with(0, UNIT_LOGOUT_ID, id), NULL)->id, id);
    id[256] = 'a';
    refused_by_all(UNIT_LOGOUT_ID, id, UNIT_LOGOUT_MALFORMED, "the ID is none");
    for (way = 0; way < WAYS; way++) {
        for (i = 0; i < sizeof(none) / sizeof(*none) && ways[way].how == UNIT_LOGOUT_QUERY; i++) {
            refused(with(way, attribute, none[i]), NULL, UNIT_LOGOUT_MALFORMED, "the ID is none");
        }
    }
}

/* Once more as text, since nothing that signs an element would write such a document. */
static unit_logout_sent_t around(apr_size_t way, const char *before, const char *behind)
{
    apr_pool_t *pool = unit_logout_pool();
    unit_logout_sent_t sent = {ways[way].how, ways[way].is_response, NULL};
    const char *xml = plain(way);

    if (ways[way].how == UNIT_LOGOUT_QUERY) {
        return by(way, apr_pstrcat(pool, before, xml, behind, NULL), unit_logout_idp());
    }
    xml = unit_logout_element(xml, unit_logout_idp(), NULL);
    if (ways[way].how == UNIT_LOGOUT_SOAP) {
        sent.text = apr_pstrcat(pool, before, unit_logout_envelope(xml), behind, NULL);
    } else {
        xml = apr_pstrcat(pool, before, xml, behind, NULL);
        sent.text = unit_logout_base64(xml, strlen(xml));
    }
    return sent;
}

static apr_size_t length_of(apr_size_t way)
{
    const char *xml = plain(way);

    if (ways[way].how != UNIT_LOGOUT_QUERY) {
        xml = unit_logout_element(xml, unit_logout_idp(), NULL);
    }
    return strlen(ways[way].how == UNIT_LOGOUT_SOAP ? unit_logout_envelope(xml) : xml);
}

static void documents_that_are_none(void **state)
{
    apr_size_t way;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        believed(around(way, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "\n"), NULL);
        refused(around(way, "<!DOCTYPE a>", ""), NULL, UNIT_LOGOUT_MALFORMED, "xml_doctype");
        refused(around(way, "<!DOCTYPE a [<!ENTITY e \"x\">]>", ""), NULL, UNIT_LOGOUT_MALFORMED,
                "xml_doctype");
        refused(around(way, "<?pi?>", ""), NULL, UNIT_LOGOUT_MALFORMED, "");
        refused(around(way, "", "<x/>"), NULL, UNIT_LOGOUT_MALFORMED, "");
        refused(around(way, "x", ""), NULL, UNIT_LOGOUT_MALFORMED, "");
    }
}

/* A message may be so long, to the byte. */
static void messages_of_some_length(void **state)
{
    const char *padding = apr_psprintf(unit_logout_pool(), "%*s", BRAZE_LOGOUT_MAX_XML + 1, "");
    const char *end = strchr(padding, '\0');
    apr_size_t way;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        apr_size_t len = BRAZE_LOGOUT_MAX_XML - length_of(way);

        believed(around(way, "", end - len), NULL);
        refused(around(way, "", end - len - 1), NULL, UNIT_LOGOUT_MALFORMED, "too large");
    }
}

/* By a field's name it is said what it is: a message of the other kind is none. */
static void messages_of_the_other_kind(void **state)
{
    apr_size_t way;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        refused(by(way, unit_logout_xml(!ways[way].is_response), unit_logout_idp()), NULL,
                UNIT_LOGOUT_MALFORMED, "the root is no Logout");
        refused(with(way, BRAZE_NS_SAMLP, "urn:other"), NULL, UNIT_LOGOUT_MALFORMED,
                "the root is no Logout");
    }
}

/* ---- what a request says ---- */

/* The good request by each of its ways, changed. */
static void requests_refused(const char *old, const char *instead,
                             const braze_logout_expect_t *expect, const char *reason,
                             const char *why)
{
    apr_size_t way;

    for (way = 0; way < WAYS; way++) {
        if (!ways[way].is_response) {
            refused(with(way, old, instead), expect, reason, why);
        }
    }
}

#define NAME "<saml:NameID>" UNIT_LOGOUT_WHO "</saml:NameID>"

static void names(void **state)
{
    const braze_logout_t *logout = believed(
        with(0, "<saml:NameID>", "<saml:NameID NameQualifier=\"a&amp;b\" SPNameQualifier=\"c\">"),
        NULL);
    static const char none[] = "there is no usable NameID";
    apr_pool_t *pool = unit_logout_pool();
    char *text = memset(apr_pcalloc(pool, BRAZE_SAML_MAX_VALUE + 2), 'a', BRAZE_SAML_MAX_VALUE);

    (void)state;
    assert_string_equal(logout->name_qualifier, "a&b");
    assert_string_equal(logout->sp_name_qualifier, "c");
    assert_string_equal(believed(with(0, UNIT_LOGOUT_WHO, text), NULL)->name_id, text);
    text[BRAZE_SAML_MAX_VALUE] = 'a';
    requests_refused(UNIT_LOGOUT_WHO, text, NULL, UNIT_LOGOUT_MALFORMED, none);
    requests_refused(NAME, "", NULL, UNIT_LOGOUT_MALFORMED, none);
    requests_refused(NAME, "<saml:NameID/>", NULL, UNIT_LOGOUT_MALFORMED, none);
    requests_refused(NAME, "<saml:NameID>a&#9;b</saml:NameID>", NULL, UNIT_LOGOUT_MALFORMED, none);
    requests_refused(NAME, "<saml:NameID>a\nb</saml:NameID>", NULL, UNIT_LOGOUT_MALFORMED, none);
    requests_refused(NAME, "<samlp:NameID>a</samlp:NameID>", NULL, UNIT_LOGOUT_MALFORMED, none);
    requests_refused(NAME, NAME NAME, NULL, UNIT_LOGOUT_MALFORMED, "NameID stands 2 times");
    requests_refused(NAME, NAME "<saml:EncryptedID/>", NULL, UNIT_LOGOUT_MALFORMED,
                     "there is a NameID and an EncryptedID");
    requests_refused(NAME, "<saml:EncryptedID/><saml:EncryptedID/>", NULL, UNIT_LOGOUT_MALFORMED,
                     "EncryptedID stands 2 times");
}

/* A name that another tool has encrypted for the pair "sp" of the cases. */
static const char *encrypted_name(const char *name)
{
    apr_pool_t *pool = unit_logout_pool();
    const unsigned char *xml;
    apr_size_t len, text_len;
    const char *text = unit_saml_read(&text_len, unit_saml_case(name)->file, pool), *start, *end;

    assert_true(braze_base64_decode(&xml, &len, text, text_len, pool));
    text = apr_pstrmemdup(pool, (const char *)xml, len);
    start = strstr(text, "<saml:EncryptedID");
    assert_non_null(start);
    end = strstr(start, "</saml:EncryptedID>");
    assert_non_null(end);
    return apr_pstrmemdup(pool, start, (apr_size_t)(end - start) + strlen("</saml:EncryptedID>"));
}

static void encrypted_names(void **state)
{
    const char *encrypted = encrypted_name("encrypted-name");
    const char *cbc = encrypted_name("encrypted-name-cbc");
    apr_array_header_t *pairs = apr_array_make(unit_logout_pool(), 2, sizeof(braze_saml_pair_t *));
    braze_logout_expect_t expect;
    apr_size_t way;

    (void)state;
    unit_logout_expect(&expect);
    requests_refused(NAME, encrypted, NULL, UNIT_LOGOUT_ENCRYPTED, "there is no BrazeJitKey");
    APR_ARRAY_PUSH(pairs, const braze_saml_pair_t *) = unit_logout_other();
    expect.pairs = pairs;
    requests_refused(NAME, encrypted, &expect, UNIT_LOGOUT_ENCRYPTED, "decryption");
    requests_refused(NAME, "<saml:EncryptedID/>", &expect, UNIT_LOGOUT_ENCRYPTED,
                     "encryption_shape");
    APR_ARRAY_PUSH(pairs, const braze_saml_pair_t *) =
        unit_saml_pair_read("sp", unit_logout_pool());
    for (way = 0; way < WAYS; way++) {
        if (!ways[way].is_response) {
            assert_string_equal(believed(with(way, NAME, encrypted), &expect)->name_id,
                                UNIT_LOGOUT_WHO);
            assert_string_equal(believed(with(way, NAME, cbc), &expect)->name_id, UNIT_LOGOUT_WHO);
        }
    }
}

static void session_indexes(void **state)
{
    static const char one[] = "<samlp:SessionIndex>_index</samlp:SessionIndex>";
    apr_pool_t *pool = unit_logout_pool();
    const braze_logout_t *logout;
    const char *many = "";
    apr_size_t way;
    int i;

    (void)state;
    for (i = 0; i < BRAZE_LOGOUT_MAX_INDEXES; i++) {
        many = apr_psprintf(pool, "%s<samlp:SessionIndex>_%d</samlp:SessionIndex>", many, i);
    }
    for (way = 0; way < WAYS; way++) {
        if (ways[way].is_response) {
            continue;
        }
        /* None: every session of that name. */
        assert_int_equal(believed(with(way, one, ""), NULL)->session_indexes->nelts, 0);
        logout = believed(with(way, one, many), NULL);
        assert_int_equal(logout->session_indexes->nelts, BRAZE_LOGOUT_MAX_INDEXES);
        for (i = 0; i < BRAZE_LOGOUT_MAX_INDEXES; i++) {
            assert_string_equal(APR_ARRAY_IDX(logout->session_indexes, i, const char *),
                                apr_psprintf(pool, "_%d", i));
        }
    }
    requests_refused(one, apr_pstrcat(pool, many, one, NULL), NULL, UNIT_LOGOUT_MALFORMED,
                     "there are too many");
    requests_refused(one, "<samlp:SessionIndex/>", NULL, UNIT_LOGOUT_MALFORMED,
                     "a SessionIndex is none");
    requests_refused(one, "<samlp:SessionIndex>a&#10;b</samlp:SessionIndex>", NULL,
                     UNIT_LOGOUT_MALFORMED, "a SessionIndex is none");
}

/* ---- what an answer says ---- */

static void statuses(void **state)
{
    static const char success[] = "urn:oasis:names:tc:SAML:2.0:status:Success";
    static const struct {
        const char *old, *instead;
    } no[] = {
        {success, "urn:oasis:names:tc:SAML:2.0:status:Responder"},
        {success, ""},
        {success, "urn:oasis:names:tc:SAML:2.0:status:success"},
        {"<samlp:StatusCode Value=", "<samlp:StatusCode Code="},
        {"<samlp:Status>", "<samlp:Status><samlp:StatusCode Value=\"urn:x\"/>"},
        {"Success\"/>", "Success\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:"
                        "PartialLogout\"/></samlp:StatusCode>"},
        {"<samlp:StatusCode", "<saml:StatusCode"},
        {"<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>"
         "</samlp:Status>",
         ""}};
    apr_size_t way, i;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        if (!ways[way].is_response) {
            continue;
        }
        assert_true(believed(good(way), NULL)->success);
        for (i = 0; i < sizeof(no) / sizeof(*no); i++) {
            assert_false(believed(with(way, no[i].old, no[i].instead), NULL)->success);
        }
        assert_null(believed(with(way, " InResponseTo=\"_asked\"", ""), NULL)->in_response_to);
    }
}

/* ---- envelopes ---- */

static void envelopes(void **state)
{
    static const char why[] = "it is no SOAP envelope of one message";
    static const struct {
        const char *old, *instead;
    } none[] = {
        {"</soap:Body>", "</soap:Body><soap:Body/>"},
        {"</soap:Body>", "<x/></soap:Body>"},
        {"<soap:Body>", "<soap:Body><x/>"},
        {"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"}};
    const char *one = unit_logout_element(unit_logout_xml(0), unit_logout_idp(), NULL), *fine;
    unit_logout_sent_t sent = {UNIT_LOGOUT_SOAP, 0, unit_logout_envelope(one)};
    apr_size_t i;

    (void)state;
    fine = sent.text;
    believed(sent, NULL);
    sent.text = replaced(fine, "<soap:Body>",
                         "<soap:Header><t:t xmlns:t=\"urn:t\">x</t:t></soap:Header><soap:Body>");
    believed(sent, NULL);
    for (i = 0; i < sizeof(none) / sizeof(*none); i++) {
        sent.text = replaced(fine, none[i].old, none[i].instead);
        refused(sent, NULL, UNIT_LOGOUT_MALFORMED, why);
    }
    sent.text = one;
    refused(sent, NULL, UNIT_LOGOUT_MALFORMED, why);
    sent.text = replaced(replaced(fine, "<soap:Envelope", "<soap:Letter"), "</soap:Envelope",
                         "</soap:Letter");
    refused(sent, NULL, UNIT_LOGOUT_MALFORMED, why);
    sent.text = unit_logout_envelope("");
    refused(sent, NULL, UNIT_LOGOUT_MALFORMED, why);
    sent.text = "";
    refused(sent, NULL, UNIT_LOGOUT_MALFORMED, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, unit_logout_begin, unit_logout_end)
    const struct CMUnitTest tests[] = {TEST(messages_that_are_fine),
                                       TEST(requests_are_told_apart),
                                       TEST(unsigned_messages),
                                       TEST(the_wrong_key),
                                       TEST(an_issuer_that_is_not_configured),
                                       TEST(an_issuer_whose_metadata_have_expired),
                                       TEST(any_key_of_the_issuer),
                                       TEST(the_wrong_destination),
                                       TEST(messages_of_another_time),
                                       TEST(times_that_cannot_be_read),
                                       TEST(messages_that_are_not_built_so),
                                       TEST(identifiers),
                                       TEST(documents_that_are_none),
                                       TEST(messages_of_some_length),
                                       TEST(messages_of_the_other_kind),
                                       TEST(names),
                                       TEST(encrypted_names),
                                       TEST(session_indexes),
                                       TEST(statuses),
                                       TEST(envelopes)};

    return cmocka_run_group_tests_name("saml logout", tests, unit_logout_set_up,
                                       unit_saml_tear_down);
}
