/* SPDX-License-Identifier: Apache-2.0 */
/* The look at the bytes before the XML library: caps from both sides, and nothing that it reads
 * otherwise than the library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "src/saml/saml_int.h"

static const braze_xml_caps_t caps = {
    .bytes = 64, .depth = 3, .elements = 5, .attributes = 2, .namespaces = 2};
static const braze_xml_caps_t roomy = {
    .bytes = 1 << 20, .depth = 50, .elements = 100000, .attributes = 50, .namespaces = 50};

static apr_pool_t *pool;

static int begin(void **state)
{
    (void)state;
    return apr_pool_create(&pool, NULL);
}

static int end(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static const char *scan_with(const braze_xml_caps_t *limits, const char *xml, apr_size_t len)
{
    braze_err_t *err = braze_xml_scan(limits, xml, len, pool);

    return err ? err->code : "fine";
}

static const char *scan(const char *xml)
{
    return scan_with(&caps, xml, strlen(xml));
}

static void bytes_are_capped(void **state)
{
    char text[65];

    (void)state;
    memset(text, ' ', sizeof(text));
    memcpy(text, "<a/>", 4);
    assert_string_equal(scan_with(&caps, text, 64), "fine");
    assert_string_equal(scan_with(&caps, text, 65), "message_too_large");
}

static void depth_is_capped(void **state)
{
    (void)state;
    assert_string_equal(scan("<a><b><c></c></b></a>"), "fine");
    assert_string_equal(scan("<a><b><c/></b><b><c/></b></a>"), "fine");
    assert_string_equal(scan("<a><b><c><d/></c></b></a>"), "xml_too_deep");
}

static void elements_are_capped(void **state)
{
    (void)state;
    assert_string_equal(scan("<a><b/><b/><b/><b/></a>"), "fine");
    assert_string_equal(scan("<a><b/><b/><b/><b/><b/></a>"), "xml_too_many_elements");
}

static void attributes_are_capped(void **state)
{
    (void)state;
    assert_string_equal(scan("<a b='' c=''><d e='' f=''/></a>"), "fine");
    assert_string_equal(scan("<a b='' c='' d=''/>"), "xml_too_many_attributes");
}

static void namespaces_are_capped_over_the_document(void **state)
{
    (void)state;
    assert_string_equal(scan("<a xmlns:x='u:1'><b xmlns='u:2'/></a>"), "fine");
    assert_string_equal(scan("<a xmlns:x='u:1'><b xmlns='u:2'/><c\txmlns:y='u:3'/></a>"),
                        "xml_too_many_namespaces");
}

/* What stands in a value is text, whatever it looks like. */
static void values_are_not_markup(void **state)
{
    (void)state;
    assert_string_equal(scan("<a b='>' c=\"/>\"/>"), "fine");
    assert_string_equal(scan("<a b='\"' c=\"'\"><d/></a>"), "fine");
    assert_string_equal(scan("<a b=' xmlns:x xmlns:y xmlns:z '/>"), "fine");
    assert_string_equal(scan("<a b='<!--'/>"), "xml_malformed");
    assert_string_equal(scan("<a b='&e;'/>"), "xml_entity");
    assert_string_equal(scan("<a>]]&gt; > ' \"</a>"), "fine");
}

static void references(void **state)
{
    (void)state;
    assert_string_equal(scan("<a>&lt;&gt;&amp;&quot;&apos;</a>"), "fine");
    assert_string_equal(scan("<a>&#65;&#x41;&#x10FFFF;&#1114111;</a>"), "fine");
    assert_string_equal(scan("<a>&LT;</a>"), "xml_entity");
    assert_string_equal(scan("<a>&amp</a>"), "xml_entity");
    assert_string_equal(scan("<a>&lt</a>"), "xml_entity");
    assert_string_equal(scan("<a>&</a>"), "xml_entity");
    assert_string_equal(scan("&"), "xml_entity");
    assert_string_equal(scan("<a>&#;</a>"), "xml_malformed");
    assert_string_equal(scan("<a>&#x;</a>"), "xml_malformed");
    assert_string_equal(scan("<a>&#X41;</a>"), "xml_malformed");
    assert_string_equal(scan("<a>&#6A;</a>"), "xml_malformed");
    assert_string_equal(scan("<a>&#00000000065;</a>"), "xml_malformed");
    assert_string_equal(scan("<a>&#65"), "xml_malformed");
}

static void forbidden_markup(void **state)
{
    (void)state;
    assert_string_equal(scan("<!DOCTYPE a><a/>"), "xml_doctype");
    assert_string_equal(scan("<!doctype a><a/>"), "xml_doctype");
    assert_string_equal(scan("<a><!ENTITY x 'y'></a>"), "xml_doctype");
    assert_string_equal(scan("<a><!-- --></a>"), "xml_comment");
    assert_string_equal(scan("<a/><!-- -->"), "xml_comment");
    assert_string_equal(scan("<a><![CDATA[x]]></a>"), "xml_cdata");
    assert_string_equal(scan("<a><?x?></a>"), "xml_processing_instruction");
    assert_string_equal(scan(" <?xml version='1.0'?><a/>"), "xml_processing_instruction");
    assert_string_equal(scan("<?xml-model?><a/>"), "xml_processing_instruction");
}

static void declaration(void **state)
{
    (void)state;
    assert_string_equal(scan("<?xml version='1.0'?><a/>"), "fine");
    assert_string_equal(scan("<?xml version=\"1.0\" encoding=\"utf-8\"?><a/>"), "fine");
    assert_string_equal(scan("<?xml version = '1.0'\tencoding = 'UTF-8' ?><a/>"), "fine");
    assert_string_equal(scan("\xEF\xBB\xBF<?xml version='1.0'?><a/>"), "fine");
    assert_string_equal(scan("<?xml version='1.1'?><a/>"), "xml_malformed");
    assert_string_equal(scan("<?xml encoding='UTF-8'?><a/>"), "xml_malformed");
    assert_string_equal(scan("<?xml version='1.0' encoding='UTF-16'?><a/>"), "xml_not_utf8");
    assert_string_equal(scan("<?xml version='1.0' encoding='UTF-80'?><a/>"), "xml_not_utf8");
    assert_string_equal(scan("<?xml version='1.0' encoding='UTF-8\"?><a/>"), "xml_not_utf8");
    assert_string_equal(scan("<?xml version='1.0'><a/>"), "xml_malformed");
    assert_string_equal(scan("<?xml version='1.0'"), "xml_malformed");
}

/* Every byte position, since eight plain bytes at a time take another path. */
static void control_characters_are_seen_anywhere(void **state)
{
    static const char good[] = "<abcdefghijklmnopqrstuvw/>";
    char text[sizeof(good)];
    apr_size_t i;

    (void)state;
    assert_string_equal(scan(good), "fine");
    for (i = 0; i < sizeof(good) - 1; i++) {
        memcpy(text, good, sizeof(good));
        text[i] = '\x1f';
        assert_string_equal(scan(text), "xml_malformed");
        text[i] = '\0';
        assert_string_equal(scan_with(&caps, text, sizeof(good) - 1), "xml_not_utf8");
        text[i] = '\xff';
        assert_string_equal(scan(text), "xml_not_utf8");
    }
}

static void utf8(void **state)
{
    static const char *const good[] = {"\xC2\x80",         "\xDF\xBF",        "\xE0\xA0\x80",
                                       "\xED\x9F\xBF",     "\xEE\x80\x80",    "\xEF\xBF\xBD",
                                       "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"};
    static const char *const bad[] = {
        "\x80",         "\xC0\x80",         "\xC1\xBF",         "\xC2",
        "\xC2\x41",     "\xE0\x9F\xBF",     "\xED\xA0\x80",     "\xEF\xBF\xBE",
        "\xEF\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "\xE2\x82",     "\xF0\x90\x80"};
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
        assert_string_equal(scan(apr_pstrcat(pool, "<a>", good[i], "</a>", NULL)), "fine");
    }
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_string_equal(scan(apr_pstrcat(pool, "<a>", bad[i], "</a>", NULL)), "xml_not_utf8");
        assert_string_equal(scan(apr_pstrcat(pool, "<a/>", bad[i], NULL)), "xml_not_utf8");
    }
}

static void unfinished_things(void **state)
{
    static const char *const texts[] = {"",       " ",    "x",        "<",           "<a",
                                        "<a ",    "<a b", "<a b='",   "<a b=''",     "<a>",
                                        "<a></a", "</a>", "<a/></b>", "<a></a></a>", "<a<b/>"};
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        assert_string_equal(scan(texts[i]), "xml_malformed");
    }
}

static void comments_only_where_allowed(void **state)
{
    braze_xml_caps_t limits = caps;

    (void)state;
    limits.comments = 1;
    assert_string_equal(scan_with(&limits, "<!-- <a> & --><b><!----></b>", 28), "fine");
    assert_string_equal(scan_with(&limits, "<b><!-- </b>", 12), "xml_malformed");
    assert_string_equal(scan_with(&limits, "<b><!--></b>", 12), "xml_malformed");
    assert_string_equal(scan_with(&limits, "<b><![CDATA[]]></b>", 19), "xml_cdata");
}

/* What passes the scan and what the library makes of it never part: it may only be refused there
 * too. */
static void the_library_decides_what_is_well_formed(void **state)
{
    static const char *const texts[] = {
        "<a></b>", "<a b='' b=''/>", "<a b=''c=''/>", "<1/>",  "<a>&#0;</a>", "<a>&#x110000;</a>",
        "<a:b/>",  "<a/><b/>",       "<a/>x",         "< a/>", "<a b/>",      "<a xmlns:b=''/>"};
    braze_node_t *root;
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        braze_err_t *err;

        assert_string_equal(scan_with(&roomy, texts[i], strlen(texts[i])), "fine");
        err = braze_xml_parse(&root, &roomy, texts[i], strlen(texts[i]), pool);
        assert_non_null(err);
        assert_string_equal(err->code, "xml_malformed");
        assert_non_null(err->log);
    }
}

/* Text longer than the library's buffers comes out whole, references included. */
static void long_text_is_whole(void **state)
{
    const int count = 20000;
    char *text = apr_palloc(pool, (apr_size_t)count * 6 + 32), *out = text;
    braze_node_t *root;
    const char *value;
    int i;

    (void)state;
    out = apr_cpystrn(out, "<a b='&amp;x'>", 32);
    for (i = 0; i < count; i++) {
        out = apr_cpystrn(out, i % 3 ? "x" : "&#120;", 7);
    }
    apr_cpystrn(out, "</a>", 5);
    assert_null(braze_xml_parse(&root, &roomy, text, strlen(text), pool));
    value = braze_node_text(root, pool);
    assert_int_equal(strlen(value), count);
    assert_int_equal(strspn(value, "x"), count);
    assert_string_equal(braze_node_attr(root, "b", pool), "&x");
    assert_null(braze_node_attr(root, "c", pool));
}

static void base64(void **state)
{
    static const struct {
        const char *text, *data;
    } good[] = {{"YQ==", "a"},
                {"YWI=", "ab"},
                {"YWJj", "abc"},
                {"Y\r\nWJ\nj\n", "abc"},
                {"YWJjZA==\r\n", "abcd"},
                {"+/+/", "\xfb\xff\xbf"},
                {"YWJjYWJjYQ=\n=", "abcabca"}};
    static const char *const bad[] = {
        "",         "=",    "==",    "Y",     "YQ",    "YQ=",  "YQ===", "YR==",   "YWJ=x", "YWL=",
        "YQ==YQ==", "Y Q=", "YWJj-", "YWJj=", "=YWJj", "Y=Q=", "YW=J",  "YWJj\t", "YWJ"};
    const unsigned char *data;
    apr_size_t i, len;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
        assert_int_equal(braze_base64_decode(&data, &len, good[i].text, strlen(good[i].text), pool),
                         1);
        assert_int_equal(len, strlen(good[i].data));
        assert_memory_equal(data, good[i].data, len);
    }
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (braze_base64_decode(&data, &len, bad[i], strlen(bad[i]), pool)) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    assert_int_equal(braze_base64_decode(&data, &len, "YWJj\0YQ==", 9, pool), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_are_capped, begin, end),
        cmocka_unit_test_setup_teardown(depth_is_capped, begin, end),
        cmocka_unit_test_setup_teardown(elements_are_capped, begin, end),
        cmocka_unit_test_setup_teardown(attributes_are_capped, begin, end),
        cmocka_unit_test_setup_teardown(namespaces_are_capped_over_the_document, begin, end),
        cmocka_unit_test_setup_teardown(values_are_not_markup, begin, end),
        cmocka_unit_test_setup_teardown(references, begin, end),
        cmocka_unit_test_setup_teardown(forbidden_markup, begin, end),
        cmocka_unit_test_setup_teardown(declaration, begin, end),
        cmocka_unit_test_setup_teardown(control_characters_are_seen_anywhere, begin, end),
        cmocka_unit_test_setup_teardown(utf8, begin, end),
        cmocka_unit_test_setup_teardown(unfinished_things, begin, end),
        cmocka_unit_test_setup_teardown(comments_only_where_allowed, begin, end),
        cmocka_unit_test_setup_teardown(the_library_decides_what_is_well_formed, begin, end),
        cmocka_unit_test_setup_teardown(long_text_is_whole, begin, end),
        cmocka_unit_test_setup_teardown(base64, begin, end),
    };

    apr_initialize();
    return cmocka_run_group_tests_name("saml scan", tests, NULL, NULL);
}
