/* SPDX-License-Identifier: Apache-2.0 */
/* Identity providers from metadata and from what Braze's page asks for; our own metadata. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_strings.h>

#include "src/saml/saml_int.h"
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

static void one_entity(void **state)
{
    const braze_saml_idps_t *idps = unit_saml_idps("idp.xml", pool);
    const braze_saml_idp_t *idp = braze_saml_idps_nth(idps, 0);

    (void)state;
    assert_int_equal(braze_saml_idps_count(idps), 1);
    assert_string_equal(braze_saml_idp_entity_id(idp), UNIT_SAML_IDP);
    assert_string_equal(braze_saml_idp_sso_redirect(idp), UNIT_SAML_IDP "/sso?a=1&b=2");
    assert_int_equal(braze_saml_idp_valid_until(idp),
                     apr_time_from_sec((apr_int64_t)UNIT_SAML_NOW + 30 * 86400));
    assert_int_equal(idp->keys->nelts, 1); /* the encryption key is none of them */
}

static void rollover_has_two_keys(void **state)
{
    const braze_saml_idp_t *idp = braze_saml_idps_nth(unit_saml_idps("idp-rollover.xml", pool), 0);

    (void)state;
    assert_int_equal(idp->keys->nelts, 2);
    assert_int_equal(braze_saml_idp_valid_until(idp), 0);
}

/* Of an aggregate: identity providers only, a weak one left out, the first of two with one name,
 * the nearest end. */
static void aggregate(void **state)
{
    const braze_saml_idps_t *idps = unit_saml_idps("aggregate.xml", pool);

    (void)state;
    assert_int_equal(braze_saml_idps_count(idps), 2);
    assert_string_equal(braze_saml_idp_entity_id(braze_saml_idps_nth(idps, 0)), UNIT_SAML_IDP);
    assert_int_equal(braze_saml_idp_valid_until(braze_saml_idps_nth(idps, 0)),
                     apr_time_from_sec((apr_int64_t)UNIT_SAML_NOW + 86400));
    assert_string_equal(braze_saml_idp_entity_id(braze_saml_idps_nth(idps, 1)),
                        UNIT_SAML_IDP "/other");
    assert_int_equal(braze_saml_idp_valid_until(braze_saml_idps_nth(idps, 1)),
                     apr_time_from_sec((apr_int64_t)UNIT_SAML_NOW + 2 * 86400));
}

static void bad_files_say_what_is_wrong(void **state)
{
    static const struct {
        const char *file, *tag, *says;
    } bad[] = {
        {"bad-expired.xml", "BRAZE-J0213", "expired"},
        {"bad-expired-role.xml", "BRAZE-J0213", "expired"},
        {"bad-expired-group.xml", "BRAZE-J0213", UNIT_SAML_IDP},
        {"bad-until.xml", "BRAZE-J0212", "validUntil"},
        {"bad-weak.xml", "BRAZE-J0216", "1024 bits"},
        {"bad-curve.xml", "BRAZE-J0216", "curve"},
        {"bad-encryption-only.xml", "BRAZE-J0216", UNIT_SAML_IDP},
        {"bad-no-key.xml", "BRAZE-J0216", "no certificate"},
        {"bad-empty-certificate.xml", "BRAZE-J0216", "base64"},
        {"bad-certificate.xml", "BRAZE-J0216", "X.509"},
        {"bad-sp.xml", "BRAZE-J0215", "https://sp.one"},
        {"bad-protocol.xml", "BRAZE-J0215", "not a SAML 2.0 identity provider"},
        {"bad-no-id.xml", "BRAZE-J0214", "entityID"},
        {"bad-root.xml", "BRAZE-J0211", "not SAML 2.0 metadata"},
        {"bad-xml.xml", "BRAZE-J0210", "XML"},
        {"bad-doctype.xml", "BRAZE-J0210", "XML"},
        {"bad-empty.xml", "BRAZE-J0210", "XML"},
    };
    braze_saml_idps_t *idps = NULL;
    apr_size_t i, len;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        const char *xml = unit_saml_read(&len, bad[i].file, pool);
        braze_err_t *err =
            braze_saml_idp_load(&idps, xml, len, apr_time_from_sec(UNIT_SAML_NOW), pool);

        if (!err || strcmp(err->tag, bad[i].tag) != 0 || !strstr(err->detail, bad[i].says)) {
            fail_msg("%s: %s", bad[i].file, err ? braze_err_line(err, pool) : "taken");
        }
        assert_null(idps);
    }
}

static braze_err_t *make(braze_saml_idp_t **idp, const char *id, const char *url, const char *file)
{
    apr_size_t len;
    const char *pem = unit_saml_read(&len, file, pool);

    return braze_saml_idp_make(idp, id, url, pem, len, pool);
}

static void from_a_certificate(void **state)
{
    braze_saml_idp_t *idp;

    (void)state;
    assert_null(make(&idp, "https://a", "https://a/sso", "rsa.pem"));
    assert_string_equal(braze_saml_idp_entity_id(idp), "https://a");
    assert_string_equal(braze_saml_idp_sso_redirect(idp), "https://a/sso");
    assert_int_equal(braze_saml_idp_valid_until(idp), 0);
    assert_int_equal(idp->keys->nelts, 1);
    assert_null(make(&idp, "https://a", NULL, "two.pem"));
    assert_null(braze_saml_idp_sso_redirect(idp));
    assert_int_equal(idp->keys->nelts, 2);
}

static void from_a_bad_certificate(void **state)
{
    braze_saml_idp_t *idp = NULL;
    braze_err_t *err;

    (void)state;
    err = make(&idp, "https://a", NULL, "weak.pem");
    assert_non_null(err);
    assert_string_equal(err->tag, "BRAZE-J0203");
    assert_non_null(strstr(err->detail, "1024 bits"));
    assert_non_null(make(&idp, "https://a", NULL, "rsa-and-weak.pem")); /* no half-taken file */
    err = make(&idp, "https://a", NULL, "idp.xml");
    assert_non_null(err);
    assert_non_null(strstr(err->detail, "no PEM certificate"));
    assert_non_null(braze_saml_idp_make(&idp, "https://a", NULL, "", 0, pool));
    assert_null(idp);
}

static void names_and_urls_are_checked(void **state)
{
    static const char *const urls[] = {"",
                                       "ftp://a",
                                       "https://",
                                       "https:///x",
                                       "/sso",
                                       "https://a b",
                                       "https://a/\n",
                                       "javascript:x()",
                                       "https://a/\"x\"",
                                       "https://a/<x>"};
    braze_saml_idp_t *idp = NULL;
    char *longest = apr_pcalloc(pool, BRAZE_SAML_MAX_ENTITY_ID + 2);
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        braze_err_t *err = make(&idp, "https://a", urls[i], "rsa.pem");

        assert_non_null(err);
        assert_string_equal(err->tag, "BRAZE-J0202");
    }
    assert_non_null(make(&idp, "", NULL, "rsa.pem"));
    memset(longest, 'a', BRAZE_SAML_MAX_ENTITY_ID + 1);
    assert_non_null(make(&idp, longest, NULL, "rsa.pem"));
    longest[BRAZE_SAML_MAX_ENTITY_ID] = '\0';
    assert_null(make(&idp, longest, "http://127.0.0.1:8080/x?y=[1]&z=%20", "rsa.pem"));
}

static void made_and_loaded_ones_judge_alike(void **state)
{
    const unit_saml_case_t *one = unit_saml_case("assertion-signed");
    braze_saml_idps_t *idps = braze_saml_idps_make(pool);
    braze_saml_expect_t expect;
    braze_saml_identity_t *identity;
    braze_saml_idp_t *idp;
    apr_size_t len;
    const char *base64 = unit_saml_read(&len, one->file, pool);

    (void)state;
    assert_null(make(&idp, UNIT_SAML_IDP, NULL, "rsa.pem"));
    assert_true(braze_saml_idps_add(idps, idp));
    unit_saml_expect(&expect, one, pool);
    expect.idps = idps;
    assert_null(braze_saml_judge(&identity, base64, len, &expect, pool));
    assert_ptr_equal(identity->idp, idp);
}

/* An identity provider without a key refuses everything; so does having none. */
static void without_keys_everything_is_refused(void **state)
{
    const unit_saml_case_t *one = unit_saml_case("assertion-signed");
    braze_saml_idps_t *idps = unit_saml_idps("idp.xml", pool);
    braze_saml_idp_t keyless = *braze_saml_idps_nth(idps, 0);
    braze_saml_identity_t *identity;
    braze_saml_expect_t expect;
    apr_size_t len;
    const char *base64 = unit_saml_read(&len, one->file, pool);
    braze_err_t *err;

    (void)state;
    unit_saml_expect(&expect, one, pool);
    keyless.keys = apr_array_make(pool, 1, sizeof(braze_saml_key_t *));
    idps = braze_saml_idps_make(pool);
    expect.idps = idps;
    err = braze_saml_judge(&identity, base64, len, &expect, pool);
    assert_string_equal(err->code, "issuer_unknown");
    assert_true(braze_saml_idps_add(idps, &keyless));
    err = braze_saml_judge(&identity, base64, len, &expect, pool);
    assert_string_equal(err->code, "signature_invalid");
}

/* Read back by our own parser: well-formed, and what was put in comes out. */
static void own_metadata(void **state)
{
    apr_array_header_t *urls = apr_array_make(pool, 2, sizeof(const char *));
    const char *xml, *id = "https://sp/?a=1&b=<\">";
    braze_node_t *root, *role, *service;

    (void)state;
    APR_ARRAY_PUSH(urls, const char *) = "https://sp/acs?x=1&y=\"2\"";
    APR_ARRAY_PUSH(urls, const char *) = "https://sp/other";
    xml = braze_saml_sp_metadata(id, urls, pool);
    assert_null(braze_xml_parse(&root, &braze_xml_message_caps, xml, strlen(xml), pool));
    assert_true(braze_node_is(root, BRAZE_NS_MD, "EntityDescriptor"));
    assert_string_equal(braze_node_attr(root, "entityID", pool), id);
    role = braze_node_child(root, BRAZE_NS_MD, "SPSSODescriptor");
    assert_string_equal(braze_node_attr(role, "protocolSupportEnumeration", pool), BRAZE_NS_SAMLP);
    assert_string_equal(braze_node_attr(role, "WantAssertionsSigned", pool), "true");
    service = braze_node_child(role, BRAZE_NS_MD, "AssertionConsumerService");
    assert_string_equal(braze_node_attr(service, "Location", pool), "https://sp/acs?x=1&y=\"2\"");
    assert_string_equal(braze_node_attr(service, "Binding", pool),
                        "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST");
    assert_string_equal(braze_node_attr(service, "index", pool), "0");
    assert_string_equal(braze_node_attr(service, "isDefault", pool), "true");
    service = braze_node_next(service, BRAZE_NS_MD, "AssertionConsumerService");
    assert_string_equal(braze_node_attr(service, "Location", pool), "https://sp/other");
    assert_string_equal(braze_node_attr(service, "index", pool), "1");
    assert_string_equal(braze_node_attr(service, "isDefault", pool), "false");
    assert_null(braze_node_next(service, BRAZE_NS_MD, "AssertionConsumerService"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_entity, begin, end),
        cmocka_unit_test_setup_teardown(rollover_has_two_keys, begin, end),
        cmocka_unit_test_setup_teardown(aggregate, begin, end),
        cmocka_unit_test_setup_teardown(bad_files_say_what_is_wrong, begin, end),
        cmocka_unit_test_setup_teardown(from_a_certificate, begin, end),
        cmocka_unit_test_setup_teardown(from_a_bad_certificate, begin, end),
        cmocka_unit_test_setup_teardown(names_and_urls_are_checked, begin, end),
        cmocka_unit_test_setup_teardown(made_and_loaded_ones_judge_alike, begin, end),
        cmocka_unit_test_setup_teardown(without_keys_everything_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(own_metadata, begin, end),
    };

    return cmocka_run_group_tests_name("saml metadata", tests, unit_saml_set_up,
                                       unit_saml_tear_down);
}
