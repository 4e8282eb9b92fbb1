/* SPDX-License-Identifier: Apache-2.0 */
/* AuthnRequests, unpacked by Python's own libraries and read by our parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_base64.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "braze_saml_request.h"
#include "src/saml/message.h"
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

#define ID "_0123456789abcdef0123456789abcdef"

static void ask_of(braze_saml_ask_t *ask, const char *relay_state)
{
    memset(ask, 0, sizeof(*ask));
    ask->idp = braze_saml_idps_nth(unit_saml_idps("idp.xml", pool), 0);
    ask->sp_entity_id = "sp<&\">";
    ask->acs_url = UNIT_SAML_ACS "?x=1&y=2";
    ask->id = ID;
    ask->relay_state = relay_state;
    ask->now = apr_time_from_sec(UNIT_SAML_NOW);
}

/* Does what Signature says hold over the query before it (saml-bindings 3.4.4.1)? */
static int query_holds(const char *url, EVP_PKEY *pkey)
{
    const char *query = strstr(url, "SAMLRequest="), *end = strstr(url, "&Signature=");
    const char *base64 = unpack(url, "Signature");
    unsigned char signature[512];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int holds, len;

    assert_non_null(query);
    assert_non_null(end);
    len = apr_base64_decode_binary(signature, base64);
    holds = EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, pkey) == 1 &&
            EVP_DigestVerify(context, signature, (size_t)len, (const unsigned char *)query,
                             (size_t)(end - query)) == 1;
    EVP_MD_CTX_free(context);
    return holds;
}

static braze_node_t *parse(const char *xml)
{
    braze_node_t *root = NULL;

    assert_null(braze_xml_parse(&root, &braze_xml_message_caps, xml, strlen(xml), pool));
    return root;
}

static void request_says_what_was_asked(void **state)
{
    braze_saml_message_t message;
    braze_saml_ask_t ask;
    braze_node_t *root, *policy;

    (void)state;
    ask_of(&ask, NULL);
    assert_null(braze_saml_authn_request_make(&message, &ask, pool));
    assert_null(message.field);
    assert_memory_equal(message.url, SSO "&", strlen(SSO) + 1);
    assert_null(strstr(message.url, "RelayState"));
    assert_null(strstr(message.url, "Signature"));
    root = parse(unpack(message.url, "SAMLRequest"));
    assert_true(braze_node_is(root, BRAZE_NS_SAMLP, "AuthnRequest"));
    assert_string_equal(braze_node_attr(root, "ID", pool), ID);
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
    assert_null(braze_node_child(root, BRAZE_NS_SAMLP, "RequestedAuthnContext"));
    assert_null(braze_node_child(root, BRAZE_NS_DS, "Signature"));
}

static void wishes_are_in_it(void **state)
{
    apr_array_header_t *contexts;
    braze_saml_message_t message;
    braze_saml_ask_t ask;
    braze_node_t *root, *wanted, *first;

    (void)state;
    ask_of(&ask, NULL);
    contexts = apr_array_make(pool, 2, sizeof(const char *));
    APR_ARRAY_PUSH(contexts, const char *) = "urn:x:a&b";
    APR_ARRAY_PUSH(contexts, const char *) = "urn:x:c";
    ask.authn_contexts = contexts;
    ask.force_authn = 1;
    ask.name_id_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    assert_null(braze_saml_authn_request_make(&message, &ask, pool));
    root = parse(unpack(message.url, "SAMLRequest"));
    assert_string_equal(braze_node_attr(root, "ForceAuthn", pool), "true");
    assert_string_equal(
        braze_node_attr(braze_node_child(root, BRAZE_NS_SAMLP, "NameIDPolicy"), "Format", pool),
        ask.name_id_format);
    wanted = braze_node_child(root, BRAZE_NS_SAMLP, "RequestedAuthnContext");
    first = braze_node_child(wanted, BRAZE_NS_SAML, "AuthnContextClassRef");
    assert_string_equal(braze_node_text(first, pool), "urn:x:a&b");
    assert_string_equal(
        braze_node_text(braze_node_next(first, BRAZE_NS_SAML, "AuthnContextClassRef"), pool),
        "urn:x:c");
}

static void with_a_key_the_query_is_signed(void **state)
{
    braze_saml_message_t message;
    braze_saml_ask_t ask;
    EVP_PKEY *pkey, *other = EVP_RSA_gen(2048);

    (void)state;
    ask_of(&ask, "/a b");
    ask.pair = unit_saml_pair(&pkey, pool);
    assert_null(braze_saml_authn_request_make(&message, &ask, pool));
    assert_string_equal(unpack(message.url, "SigAlg"),
                        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
    assert_true(query_holds(message.url, pkey));
    assert_false(query_holds(message.url, other));
    EVP_PKEY_free(other);
}

/* The signature of root, a child of it, by our own verifier. */
static int element_holds(const char *xml, const char *cert)
{
    apr_array_header_t *keys = apr_array_make(pool, 1, sizeof(braze_saml_key_t *));
    braze_node_t *root = parse(xml);
    braze_signed_t digested;
    const char *why;

    assert_true(braze_key_add_pem(keys, &why, cert, strlen(cert), pool));
    assert_null(braze_signature_check(root, 0, pool));
    return !braze_dsig_verify(&digested, root, keys, BRAZE_SAML_MAX_DIGESTED, pool);
}

static void who_takes_posts_only_gets_one(void **state)
{
    braze_saml_idp_t idp;
    braze_saml_message_t message;
    braze_saml_ask_t ask;
    EVP_PKEY *pkey;
    const unsigned char *xml;
    apr_size_t len;

    (void)state;
    ask_of(&ask, "/there");
    idp = *ask.idp;
    idp.sso_post = "https://idp.example.com/post?a=1&b=2";
    idp.sso_redirect = NULL;
    ask.idp = &idp;
    ask.pair = unit_saml_pair(&pkey, pool);
    assert_null(braze_saml_authn_request_make(&message, &ask, pool));
    assert_string_equal(message.url, idp.sso_post);
    assert_string_equal(message.field, "SAMLRequest");
    assert_string_equal(message.relay_state, "/there");
    assert_true(braze_base64_decode(&xml, &len, message.value, strlen(message.value), pool));
    assert_true(element_holds(apr_pstrmemdup(pool, (const char *)xml, len), ask.pair->cert_pem));
    assert_string_equal(
        braze_node_attr(parse(apr_pstrmemdup(pool, (const char *)xml, len)), "Destination", pool),
        idp.sso_post);
}

/* What xml, whose root has a Signature, is refused for; "" when its form is good. */
static const char *form_of(const char *xml)
{
    braze_err_t *err = braze_signature_check(parse(xml), 0, pool);

    return err ? err->code : "";
}

/* xml with text in the first of its empty elements that begins so. */
static const char *with(const char *xml, const char *tag, const char *text)
{
    const char *at = strstr(xml, tag);

    assert_non_null(at);
    at += strlen(tag);
    if (strncmp(at, "/>", 2) != 0) {
        return apr_pstrcat(pool, apr_pstrmemdup(pool, xml, (apr_size_t)(at - xml)), text, at, NULL);
    }
    return apr_pstrcat(pool, apr_pstrmemdup(pool, xml, (apr_size_t)(at - xml)), ">", text, "</",
                       apr_pstrmemdup(pool, tag + 1, strcspn(tag + 1, " ")), ">", at + 2, NULL);
}

#define DSIG_MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define SIGNATURE_METHOD "<ds:SignatureMethod Algorithm=\"" DSIG_MORE "rsa-sha256\""
#define DIGEST_METHOD "<ds:DigestMethod Algorithm=\"" BRAZE_NS_XENC "sha256\""
#define C14N_METHOD "<ds:CanonicalizationMethod Algorithm=\"" BRAZE_NS_EXC_C14N "\""
#define TRANSFORM "<ds:Transform Algorithm=\"" BRAZE_NS_EXC_C14N "\""

/* Metadata and logout messages are not held against a schema: what a signature has in it is looked
 * at where signatures are, or anybody could have much made of little before a key is asked. */
static void a_signature_has_nothing_more_in_it(void **state)
{
    static const char more[] = "<p:a xmlns:p=\"urn:p\"/>";
    static const char list[] =
        "<e:InclusiveNamespaces xmlns:e=\"" BRAZE_NS_EXC_C14N "\" PrefixList=\"xs\"/>";
    const char *xml;
    apr_array_header_t *keys = apr_array_make(pool, 1, sizeof(braze_saml_key_t *));
    apr_array_header_t *pairs = apr_array_make(pool, 1, sizeof(braze_saml_pair_t *));
    apr_array_header_t *urls = apr_array_make(pool, 1, sizeof(const char *));
    braze_saml_sp_t sp = {.entity_id = "sp", .acs_urls = urls, .pairs = pairs};
    braze_saml_pair_t *pair;
    braze_signed_t digested;
    const char *why;
    EVP_PKEY *pkey;

    (void)state;
    pair = unit_saml_pair(&pkey, pool);
    APR_ARRAY_PUSH(urls, const char *) = UNIT_SAML_ACS;
    APR_ARRAY_PUSH(pairs, braze_saml_pair_t *) = pair;
    assert_null(braze_saml_sp_metadata_make(&xml, &sp, pool));
    assert_string_equal(form_of(xml), "");
    assert_string_equal(form_of(with(xml, "<ds:SignatureValue>", more)), "signature_shape");
    assert_string_equal(form_of(with(xml, "<ds:DigestValue>", more)), "signature_shape");
    assert_string_equal(form_of(with(xml, SIGNATURE_METHOD, more)), "signature_shape");
    assert_string_equal(form_of(with(xml, DIGEST_METHOD, more)), "signature_shape");
    assert_string_equal(form_of(with(xml, C14N_METHOD, more)), "signature_canonicalization");
    assert_string_equal(form_of(with(xml, C14N_METHOD, list)), "");
    assert_string_equal(form_of(with(with(xml, C14N_METHOD, list), C14N_METHOD ">", list)),
                        "signature_canonicalization");
    assert_string_equal(form_of(with(xml, TRANSFORM, more)), "signature_transforms");
    assert_string_equal(form_of(with(xml, TRANSFORM, list)), "");
    assert_string_equal(form_of(with(with(xml, TRANSFORM, list), TRANSFORM ">", more)),
                        "signature_transforms");

    /* The key fits, and yet it may not come to more than what it is asked for. */
    assert_true(braze_key_add_pem(keys, &why, pair->cert_pem, strlen(pair->cert_pem), pool));
    assert_null(braze_dsig_verify(&digested, parse(xml), keys, strlen(xml), pool));
    assert_null(braze_dsig_verify(&digested, parse(xml), keys, digested.len, pool));
    assert_non_null(braze_dsig_verify(&digested, parse(xml), keys, digested.len - 1, pool));
}

static void metadata_are_signed(void **state)
{
    apr_array_header_t *pairs = apr_array_make(pool, 1, sizeof(braze_saml_pair_t *));
    apr_array_header_t *urls = apr_array_make(pool, 1, sizeof(const char *));
    braze_saml_sp_t sp = {.entity_id = "sp<&\">",
                          .acs_urls = urls,
                          .slo_url = "https://sp/logout?a&b",
                          .pairs = pairs};
    const char *xml, *again;
    EVP_PKEY *pkey;
    braze_saml_pair_t *pair = unit_saml_pair(&pkey, pool);

    (void)state;
    APR_ARRAY_PUSH(urls, const char *) = UNIT_SAML_ACS;
    APR_ARRAY_PUSH(pairs, braze_saml_pair_t *) = pair;
    assert_null(braze_saml_sp_metadata_make(&xml, &sp, pool));
    assert_null(braze_saml_sp_metadata_make(&again, &sp, pool));
    assert_string_equal(xml, again);
    xml = strstr(xml, "<md:"); /* our parser takes no XML declaration in a message */
    assert_true(element_holds(xml, pair->cert_pem));
    assert_non_null(strstr(xml, "Location=\"https://sp/logout?a&amp;b\""));
    assert_non_null(strstr(xml, "nameid-format:emailAddress</md:NameIDFormat>"));
    sp.name_id_format = "urn:a&b";
    assert_null(braze_saml_sp_metadata_make(&again, &sp, pool));
    assert_non_null(strstr(again, "<md:NameIDFormat>urn:a&amp;b</md:NameIDFormat>"));
    assert_null(strstr(again, "emailAddress"));
}

static void pairs_that_cannot_be_used_are_refused(void **state)
{
    const char *key, *cert, *weak_key, *weak_cert, *other_key, *other_cert;
    braze_saml_pair_t *pair;
    struct {
        const char **key, **cert, *why;
    } cases[] = {{&weak_key, &weak_cert, "1024 bits"},
                 {&key, &other_cert, "not this key's"},
                 {&cert, &cert, "no unencrypted private key"},
                 {&key, &key, "no PEM certificate"}};
    size_t i;

    (void)state;
    unit_saml_pem(&key, &cert, 2048, pool);
    unit_saml_pem(&other_key, &other_cert, 2048, pool);
    unit_saml_pem(&weak_key, &weak_cert, 1024, pool);
    assert_null(braze_saml_pair_make(&pair, key, strlen(key), cert, strlen(cert), pool));
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        braze_err_t *err = braze_saml_pair_make(&pair, *cases[i].key, strlen(*cases[i].key),
                                                *cases[i].cert, strlen(*cases[i].cert), pool);

        assert_non_null(err);
        assert_string_equal(err->tag, "BRAZE-J0207");
        assert_non_null(strstr(err->detail, cases[i].why));
    }
}

static void relay_state_goes_along_verbatim(void **state)
{
    static const char relay_state[] = "/a b?c=d&e=%41+\"<'>#\xC5\x81";
    braze_saml_message_t message;
    braze_saml_ask_t ask;

    (void)state;
    ask_of(&ask, relay_state);
    assert_null(braze_saml_authn_request_make(&message, &ask, pool));
    assert_string_equal(unpack(message.url, "RelayState"), relay_state);
    assert_string_equal(unpack(message.url, "a"), "1");
    assert_null(strpbrk(message.url, " \"<>#\r\n"));
}

static void what_cannot_be_asked_is_said(void **state)
{
    braze_saml_idp_t silent = {.entity_id = "https://a"};
    char long_state[BRAZE_SAML_MAX_RELAY_STATE + 2] = "";
    braze_saml_message_t message;
    braze_saml_ask_t ask;
    braze_err_t *err;

    (void)state;
    memset(long_state, 'x', sizeof(long_state) - 1);
    ask_of(&ask, long_state);
    err = braze_saml_authn_request_make(&message, &ask, pool);
    assert_string_equal(err->tag, "BRAZE-J0206");
    long_state[BRAZE_SAML_MAX_RELAY_STATE] = '\0';
    assert_null(braze_saml_authn_request_make(&message, &ask, pool));
    ask.idp = &silent;
    err = braze_saml_authn_request_make(&message, &ask, pool);
    assert_string_equal(err->tag, "BRAZE-J0204");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(request_says_what_was_asked, begin, end),
        cmocka_unit_test_setup_teardown(wishes_are_in_it, begin, end),
        cmocka_unit_test_setup_teardown(with_a_key_the_query_is_signed, begin, end),
        cmocka_unit_test_setup_teardown(who_takes_posts_only_gets_one, begin, end),
        cmocka_unit_test_setup_teardown(a_signature_has_nothing_more_in_it, begin, end),
        cmocka_unit_test_setup_teardown(metadata_are_signed, begin, end),
        cmocka_unit_test_setup_teardown(pairs_that_cannot_be_used_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(relay_state_goes_along_verbatim, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_asked_is_said, begin, end),
    };

    return cmocka_run_group_tests_name("saml request", tests, unit_saml_set_up,
                                       unit_saml_tear_down);
}
