/* SPDX-License-Identifier: Apache-2.0 */
/* AuthnRequests, unpacked by Python's own libraries and read by our parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "braze_saml_request.h"
#include "src/saml/saml_int.h"
#include "unit_saml.h"

#define SSO UNIT_SAML_IDP "/sso?a=1&b=2"

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

/* What the parameter of the URL holds; of SAMLRequest the XML. */
static const char *unpack(const char *url, const char *name)
{
    static const char program[] =
        "import base64, sys, urllib.parse as u, zlib\n"
        "pairs = u.parse_qs(u.urlsplit(sys.argv[1]).query, keep_blank_values=True, "
        "strict_parsing=True)\n"
        "text = '|'.join(pairs.get(sys.argv[2], ['(none)']))\n"
        "if sys.argv[2] == 'SAMLRequest':\n"
        "    text = zlib.decompress(base64.b64decode(text, validate=True), -15).decode()\n"
        "sys.stdout.write(text)\n";
    const char *words[] = {"/usr/bin/python3", "-c", program, url, name, NULL};
    char *text = apr_pcalloc(pool, 65536);
    apr_size_t len = 65535;
    apr_exit_why_e why;
    apr_procattr_t *attr;
    apr_proc_t process;
    int code = -1;

    apr_procattr_create(&attr, pool);
    apr_procattr_cmdtype_set(attr, APR_PROGRAM_ENV);
    apr_procattr_io_set(attr, APR_NO_PIPE, APR_FULL_BLOCK, APR_NO_PIPE);
    assert_int_equal(apr_proc_create(&process, words[0], words, NULL, attr, pool), APR_SUCCESS);
    apr_file_read_full(process.out, text, len, &len);
    assert_int_equal(apr_proc_wait(&process, &code, &why, APR_WAIT), APR_CHILD_DONE);
    assert_int_equal(code, 0);
    return text;
}

static void ask_of(braze_saml_ask_t *ask, const char *relay_state)
{
    memset(ask, 0, sizeof(*ask));
    ask->idp = APR_ARRAY_IDX(unit_saml_idps("idp.xml", pool), 0, braze_saml_idp_t *);
    ask->sp_entity_id = "sp<&\">";
    ask->acs_url = UNIT_SAML_ACS "?x=1&y=2";
    ask->relay_state = relay_state;
    ask->now = apr_time_from_sec(UNIT_SAML_NOW);
}

static void request_says_what_was_asked(void **state)
{
    const char *url, *id, *xml;
    braze_saml_ask_t ask;
    braze_node_t *root, *policy;

    (void)state;
    ask_of(&ask, NULL);
    assert_null(braze_saml_authn_request_make(&url, &id, &ask, pool));
    assert_memory_equal(url, SSO "&", strlen(SSO) + 1);
    assert_null(strstr(url, "RelayState"));
    assert_null(strstr(url, "Signature"));
    xml = unpack(url, "SAMLRequest");
    assert_null(braze_xml_parse(&root, &braze_xml_message_caps, xml, strlen(xml), pool));
    assert_true(braze_node_is(root, BRAZE_NS_SAMLP, "AuthnRequest"));
    assert_string_equal(braze_node_attr(root, "ID", pool), id);
    assert_string_equal(braze_node_attr(root, "Version", pool), "2.0");
    assert_string_equal(braze_node_attr(root, "IssueInstant", pool), "2027-01-15T08:00:00.000Z");
    assert_string_equal(braze_node_attr(root, "Destination", pool), SSO);
    assert_string_equal(braze_node_attr(root, "AssertionConsumerServiceURL", pool), ask.acs_url);
    assert_string_equal(braze_node_attr(root, "ProtocolBinding", pool),
                        "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST");
    assert_string_equal(braze_node_text(braze_node_child(root, BRAZE_NS_SAML, "Issuer"), pool),
                        ask.sp_entity_id);
    policy = braze_node_child(root, BRAZE_NS_SAMLP, "NameIDPolicy");
    assert_non_null(policy);
    assert_string_equal(braze_node_attr(policy, "AllowCreate", pool), "true");
    assert_null(braze_node_child(root, BRAZE_NS_DS, "Signature"));
}

static void ids_are_random_identifiers(void **state)
{
    const char *url, *one, *two;
    braze_saml_ask_t ask;

    (void)state;
    ask_of(&ask, NULL);
    assert_null(braze_saml_authn_request_make(&url, &one, &ask, pool));
    assert_null(braze_saml_authn_request_make(&url, &two, &ask, pool));
    assert_string_not_equal(one, two);
    assert_true(strlen(one) >= 33); /* 128 bits in hex after "_" */
    assert_int_equal(one[0], '_');
    assert_int_equal(strspn(one + 1, "0123456789ABCDEFabcdef"), strlen(one) - 1);
}

static void relay_state_goes_along_verbatim(void **state)
{
    static const char relay_state[] = "/a b?c=d&e=%41+\"<'>#\xC5\x81";
    const char *url, *id;
    braze_saml_ask_t ask;

    (void)state;
    ask_of(&ask, relay_state);
    assert_null(braze_saml_authn_request_make(&url, &id, &ask, pool));
    assert_string_equal(unpack(url, "RelayState"), relay_state);
    assert_string_equal(unpack(url, "a"), "1");
    assert_null(strpbrk(url, " \"<>#\r\n"));
}

static void what_cannot_be_asked_is_said(void **state)
{
    braze_saml_idp_t silent = {.entity_id = "https://a"};
    char long_state[BRAZE_SAML_MAX_RELAY_STATE + 2] = "";
    const char *url, *id;
    braze_saml_ask_t ask;
    braze_err_t *err;

    (void)state;
    memset(long_state, 'x', sizeof(long_state) - 1);
    ask_of(&ask, long_state);
    err = braze_saml_authn_request_make(&url, &id, &ask, pool);
    assert_string_equal(err->tag, "BRAZE-J0206");
    long_state[BRAZE_SAML_MAX_RELAY_STATE] = '\0';
    assert_null(braze_saml_authn_request_make(&url, &id, &ask, pool));
    ask.idp = &silent;
    err = braze_saml_authn_request_make(&url, &id, &ask, pool);
    assert_string_equal(err->tag, "BRAZE-J0204");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(request_says_what_was_asked, begin, end),
        cmocka_unit_test_setup_teardown(ids_are_random_identifiers, begin, end),
        cmocka_unit_test_setup_teardown(relay_state_goes_along_verbatim, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_asked_is_said, begin, end),
    };

    return cmocka_run_group_tests_name("saml request", tests, unit_saml_set_up,
                                       unit_saml_tear_down);
}
