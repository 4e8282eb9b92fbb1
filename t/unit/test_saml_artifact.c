/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts: what one is, who is asked for it, and how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_base64.h>
#include <apr_sha1.h>
#include <apr_strings.h>

#include "unit_saml_artifact.h"

#define ID UNIT_ARTIFACT_ID
#define NOW UNIT_ARTIFACT_NOW
#define SP "sp<&\">"
#define ARS UNIT_ARTIFACT_ARS

static apr_pool_t *pool;
static braze_saml_pair_t *idp_pair, *evil_pair; /* of the whole program */
static EVP_PKEY *sp_key;
static braze_saml_pair_t *sp_pair;

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
    sp_pair = unit_saml_pair(&sp_key, unit_saml_pool());
    return 0;
}

/* ---- the artifact itself ---- */

/* Base64 of type, index, source (or zeros) and a handle; len bytes of it. */
static const char *artifact_text(int type, int index, const unsigned char *source, int len)
{
    unsigned char data[64] = {0};
    char *text = apr_palloc(pool, 128);

    data[0] = (unsigned char)(type >> 8);
    data[1] = (unsigned char)type;
    data[2] = (unsigned char)(index >> 8);
    data[3] = (unsigned char)index;
    if (source) {
        memcpy(data + 4, source, 20);
    }
    memset(data + 24, 0xA5, 20);
    apr_base64_encode_binary(text, data, len);
    return text;
}

static void an_artifact_is_taken_apart(void **state)
{
    const unsigned char *source = (const unsigned char *)"abcdefghijklmnopqrst";
    const char *text = artifact_text(4, 0x0102, source, 44);
    braze_artifact_t artifact;

    (void)state;
    assert_null(braze_artifact_read(&artifact, text, pool));
    assert_string_equal(artifact.text, text);
    assert_int_equal(artifact.index, 258);
    assert_memory_equal(artifact.source, source, 20);
    assert_null(braze_artifact_read(&artifact, artifact_text(4, 0xFFFF, source, 44), pool));
    assert_int_equal(artifact.index, 65535);
}

static void what_is_no_artifact_is_refused(void **state)
{
    const char *good = artifact_text(4, 1, NULL, 44);
    const char *bad[] = {
        "", "%%%%", "====", artifact_text(4, 1, NULL, 43), artifact_text(4, 1, NULL, 45),
        artifact_text(3, 1, NULL, 44),
        artifact_text(0x0400, 1, NULL, 44), /* the bytes the other way round */
        artifact_text(0x0104, 1, NULL, 44), apr_pstrcat(pool, good, "AAAA", NULL),
        apr_pstrcat(pool, good, " ", NULL), apr_pstrcat(pool, good, good, NULL),
        /* over the cap by line breaks alone, which base64 may have */
        apr_psprintf(pool, "%s%.*s", good, 60,
                     "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
                     "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n")};
    braze_artifact_t artifact;
    size_t i;

    (void)state;
    assert_null(braze_artifact_read(&artifact, good, pool));
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        braze_err_t *err = braze_artifact_read(&artifact, bad[i], pool);

        if (!err) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_int_equal(err->status, 400);
        assert_string_equal(err->code, "artifact_malformed");
        assert_string_equal(err->tag, "BRAZE-J0250");
        assert_true(!*bad[i] || !strstr(err->log, bad[i])); /* it is a secret */
    }
}

/* ---- who is asked ---- */

static braze_saml_idps_t *idps_with(const char *entity_id, const char *endpoints, const char *more)
{
    return unit_artifact_idps_with(entity_id, idp_pair, endpoints, more, pool);
}

static const char *endpoint(const char *binding, const char *url, const char *index)
{
    return unit_artifact_endpoint(binding, url, index, pool);
}

static void ask_of(braze_artifact_ask_t *ask, braze_artifact_t *artifact, const char *entity_id,
                   int index)
{
    unsigned char digest[APR_SHA1_DIGESTSIZE];
    apr_sha1_ctx_t context;

    apr_sha1_init(&context);
    apr_sha1_update(&context, entity_id, (unsigned)strlen(entity_id));
    apr_sha1_final(digest, &context);
    assert_null(braze_artifact_read(artifact, artifact_text(4, index, digest, 44), pool));
    memset(ask, 0, sizeof(*ask));
    ask->artifact = artifact;
    ask->sp_entity_id = SP;
    ask->id = ID;
    ask->now = apr_time_from_sec(UNIT_SAML_NOW);
}

/* Where one with this index is asked for; NULL: refused as it should be. */
static const char *asked_at(const braze_saml_idps_t *idps, const char *entity_id, int index)
{
    braze_artifact_resolve_t resolve = {NULL, NULL, NULL};
    braze_artifact_t artifact;
    braze_artifact_ask_t ask;
    braze_err_t *err;

    ask_of(&ask, &artifact, entity_id, index);
    ask.idps = idps;
    err = braze_artifact_resolve_make(&resolve, &ask, pool);
    if (!err) {
        assert_string_equal(braze_saml_idp_entity_id(resolve.idp), entity_id);
        return resolve.url;
    }
    assert_int_equal(err->status, 403);
    assert_string_equal(err->code, "artifact_source");
    assert_string_equal(err->tag, "BRAZE-J0251");
    return NULL;
}

static void its_maker_is_asked_at_that_index(void **state)
{
    const char *endpoints = apr_pstrcat(pool, endpoint(BRAZE_SOAP, ARS "/zero", "0"),
                                        endpoint(BRAZE_SOAP, ARS "/one", "1"),
                                        endpoint(BRAZE_SOAP, ARS "/last", "65535"), NULL);
    braze_saml_idps_t *idps = idps_with(UNIT_SAML_IDP, endpoints, "");
    braze_saml_idps_t *two = idps_with("https://b", endpoint(BRAZE_SOAP, "https://b/ars", "1"), "");

    (void)state;
    assert_string_equal(asked_at(idps, UNIT_SAML_IDP, 0), ARS "/zero");
    assert_string_equal(asked_at(idps, UNIT_SAML_IDP, 1), ARS "/one");
    assert_string_equal(asked_at(idps, UNIT_SAML_IDP, 65535), ARS "/last");
    assert_null(asked_at(idps, UNIT_SAML_IDP, 2));
    assert_null(asked_at(idps, "https://b", 1));
    braze_saml_idps_join(idps, two, NULL);
    assert_string_equal(asked_at(idps, "https://b", 1), "https://b/ars");
    assert_string_equal(asked_at(idps, UNIT_SAML_IDP, 1), ARS "/one");
}

static void endpoints_that_are_none_are_not_asked(void **state)
{
    const char *bad[] = {endpoint(BRAZE_HTTP_POST, ARS, "1"),
                         endpoint(BRAZE_SOAP, "ftp://a/", "1"),
                         endpoint(BRAZE_SOAP, "file:///etc/passwd", "1"),
                         endpoint(BRAZE_SOAP, ARS, NULL),
                         endpoint(BRAZE_SOAP, ARS, ""),
                         endpoint(BRAZE_SOAP, ARS, "-1"),
                         endpoint(BRAZE_SOAP, ARS, "1 "),
                         endpoint(BRAZE_SOAP, ARS, "0x1"),
                         endpoint(BRAZE_SOAP, ARS, "65537"),
                         endpoint(BRAZE_SOAP, ARS, "000001"),
                         ""};
    size_t i;

    (void)state;
    assert_non_null(asked_at(unit_artifact_idps(idp_pair, pool), UNIT_SAML_IDP, 1));
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (asked_at(idps_with(UNIT_SAML_IDP, bad[i], ""), UNIT_SAML_IDP, 1)) {
            fail_msg("asked at %s", bad[i]);
        }
    }
}

static void metadata_that_have_expired_ask_nobody(void **state)
{
    const char *at = endpoint(BRAZE_SOAP, ARS, "1");

    (void)state;
    assert_non_null(asked_at(idps_with(UNIT_SAML_IDP, at, " validUntil=\"2027-01-15T08:00:01Z\""),
                             UNIT_SAML_IDP, 1));
    assert_null(asked_at(idps_with(UNIT_SAML_IDP, at, " validUntil=\"2027-01-15T08:00:00Z\""),
                         UNIT_SAML_IDP, 1));
}

/* ---- how it is asked ---- */

static const char *question(const braze_saml_pair_t *pair)
{
    braze_artifact_resolve_t resolve;
    braze_artifact_t artifact;
    braze_artifact_ask_t ask;

    ask_of(&ask, &artifact, UNIT_SAML_IDP, 1);
    ask.idps = unit_artifact_idps(idp_pair, pool);
    ask.pair = pair;
    assert_null(braze_artifact_resolve_make(&resolve, &ask, pool));
    assert_string_equal(resolve.url, ARS "?a=1&b=2");
    return resolve.xml;
}

static void the_question_to_the_byte(void **state)
{
    braze_artifact_t artifact;
    braze_artifact_ask_t ask;

    (void)state;
    ask_of(&ask, &artifact, UNIT_SAML_IDP, 1);
    assert_string_equal(
        question(NULL),
        apr_pstrcat(pool,
                    "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">"
                    "<soap:Body><samlp:ArtifactResolve "
                    "xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" "
                    "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"" ID
                    "\" Version=\"2.0\" IssueInstant=\"" NOW "\" Destination=\"" ARS
                    "?a=1&amp;b=2\"><saml:Issuer>sp&lt;&amp;&quot;&gt;</saml:Issuer>"
                    "<samlp:Artifact>",
                    artifact.text,
                    "</samlp:Artifact></samlp:ArtifactResolve></soap:Body></soap:Envelope>", NULL));
}

/* Does the signature of the ArtifactResolve in the envelope hold for the key of cert? */
static int question_holds(const char *envelope, const char *cert)
{
    const char *start = strstr(envelope, "<samlp:ArtifactResolve "),
               *stop = strstr(envelope, "</soap:Body>");
    apr_array_header_t *keys = apr_array_make(pool, 1, sizeof(braze_saml_key_t *));
    const char *xml = apr_pstrmemdup(pool, start, (apr_size_t)(stop - start)), *why;
    braze_node_t *root;
    braze_signed_t digested;

    assert_true(braze_key_add_pem(keys, &why, cert, strlen(cert), pool));
    assert_null(braze_xml_parse(&root, &braze_xml_message_caps, xml, strlen(xml), pool));
    /* saml-core 3.2.1: behind the Issuer, before everything else */
    assert_true(braze_node_is(braze_node_next(braze_node_child(root, NULL, NULL), NULL, NULL),
                              BRAZE_NS_DS, "Signature"));
    assert_null(braze_signature_check(root, 0, pool));
    return !braze_dsig_verify(&digested, root, keys, BRAZE_SAML_MAX_DIGESTED, pool);
}

static void with_a_key_the_question_is_signed(void **state)
{
    const char *envelope = question(sp_pair);
    char *changed = apr_pstrdup(pool, envelope);
    char *artifact = strstr(changed, "<samlp:Artifact>") + strlen("<samlp:Artifact>");

    (void)state;
    assert_null(strstr(envelope, "<?xml"));
    assert_true(question_holds(envelope, sp_pair->cert_pem));
    assert_false(question_holds(envelope, evil_pair->cert_pem));
    artifact[30] = artifact[30] == 'A' ? 'B' : 'A';
    assert_false(question_holds(changed, sp_pair->cert_pem));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(an_artifact_is_taken_apart),
        TEST(what_is_no_artifact_is_refused),
        TEST(its_maker_is_asked_at_that_index),
        TEST(endpoints_that_are_none_are_not_asked),
        TEST(metadata_that_have_expired_ask_nobody),
        TEST(the_question_to_the_byte),
        TEST(with_a_key_the_question_is_signed),
    };

    return cmocka_run_group_tests_name("saml artifact", tests, set_up, unit_saml_tear_down);
}
