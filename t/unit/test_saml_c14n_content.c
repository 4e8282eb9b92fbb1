/* SPDX-License-Identifier: Apache-2.0 */
/* Exclusive canonicalization: what is in elements, what is left out, what is refused, and how much
 * there may be. Reasoned from Canonical XML 1.0 ("C14N"). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "src/saml/c14n.h"
#include "unit_c14n_case.h"
#include "unit_xml.h"

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

static xmlNode *parse(const char *xml)
{
    return unit_c14n_parse(xml, pool);
}

/* A tree that libxml2's functions may change. */
static xmlNode *editable(const char *xml)
{
    xmlNode *root = unit_xml_libxml2(xml, strlen(xml), pool);

    assert_non_null(root);
    return root;
}

static const char *c14n(const xmlNode *apex, const xmlNode *without, const char *prefixes)
{
    return unit_c14n(apex, without, prefixes, pool);
}

/* Exclusive 3: attributes in the XML namespace are not imported from above. */
static void attributes_of_xml_itself(void **state)
{
    static const unit_c14n_case_t cases[] = {
        {NULL, NULL, NULL,
         "<a xml:space='preserve' xml:lang='en' xml:base='http://b/' xml:id='i' xml:other=''/>",
         "<a xml:base=\"http://b/\" xml:id=\"i\" xml:lang=\"en\" xml:other=\"\" "
         "xml:space=\"preserve\"></a>"},
        {"c", NULL, NULL,
         "<a xml:space='preserve' xml:lang='en' xml:base='http://b/'><b xml:lang='fr'><c d=''/>"
         "</b></a>",
         "<c d=\"\"></c>"},
        {"c", NULL, "xml",
         "<a xml:lang='en' xmlns:xml='http://www.w3.org/XML/1998/namespace'><c xml:base='x/../y'>"
         "<d xml:lang='en'/></c></a>",
         "<c xml:base=\"x/../y\"><d xml:lang=\"en\"></d></c>"},
    };

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

/* C14N 2.3: text nodes, attribute nodes. */
static void what_is_escaped(void **state)
{
    static const unit_c14n_case_t cases[] = {
        {NULL, NULL, NULL, "<a>&amp;&lt;&gt;>&quot;\"&apos;'&#13;&#9;\t&#10;\r\n\r&#38;amp;</a>",
         "<a>&amp;&lt;&gt;&gt;\"\"''&#xD;\t\t\n\n\n&amp;amp;</a>"},
        {NULL, NULL, NULL, "<a b='&amp;&lt;&gt;>&quot;\"&apos;&#13;&#9;&#10;&#38;#13;'/>",
         "<a b=\"&amp;&lt;>>&quot;&quot;'&#xD;&#x9;&#xA;&amp;#13;\"></a>"},
        /* white space as such in a value is blanks before it is parsed (XML 1.0, 3.3.3) */
        {NULL, NULL, NULL, "<a b=' \t\n\r\n\r '/>", "<a b=\"      \"></a>"},
        {NULL, NULL, NULL, "<a>]]&gt;<b>&amp;</b>&amp;</a>", "<a>]]&gt;<b>&amp;</b>&amp;</a>"},
        {NULL, NULL, NULL, "<a b='' c=\"'\">&amp;x</a>", "<a b=\"\" c=\"'\">&amp;x</a>"},
        /* whatever is not ASCII is UTF-8 and no more: U+0080, U+0085, U+00E9, U+2028, U+1F600 */
        {NULL, NULL, NULL,
         "<\xC3\xA9 \xC3\xA8='&#x80;&#x85;\xE2\x80\xA8'>&#x80;&#x85;\xE2\x80\xA8&#x1F600;&#x7F;"
         "</\xC3\xA9>",
         "<\xC3\xA9 \xC3\xA8=\"\xC2\x80\xC2\x85\xE2\x80\xA8\">\xC2\x80\xC2\x85\xE2\x80\xA8"
         "\xF0\x9F\x98\x80\x7F</\xC3\xA9>"},
        /* composed characters stay composed, those in parts in parts (C14N 4.4) */
        {NULL, NULL, NULL, "<a>\xC3\xA9 e\xCC\x81</a>", "<a>\xC3\xA9 e\xCC\x81</a>"},
    };

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

/* The URI of each namespace that stands for one as xml can be parsed with. */
static void set_uris(xmlNode *root, const char *const (*uris)[2])
{
    xmlNs *ns;

    for (; (*uris)[0]; uris++) {
        for (ns = root->nsDef; ns && strcmp((const char *)ns->href, (*uris)[0]) != 0;) {
            ns = ns->next;
        }
        assert_non_null(ns);
        xmlFree((xmlChar *)(intptr_t)ns->href);
        ns->href = xmlStrdup(BAD_CAST(*uris)[1]);
    }
}

/* C14N 2.3: a namespace node is written in the same way as an attribute node. (libxml2 does not.)
 * Its parser lets few of these pass, so that they are put into the tree by hand. */
static void namespace_uris_are_escaped(void **state)
{
    static const char *const uris[][2] = {{"urn:1", "u:&\"<>'"},  {"urn:2", "u:&amp;"},
                                          {"urn:3", "u:\t\n\r "}, {"urn:4", "u:\xC3\xA9"},
                                          {"urn:5", "u:A"},       {NULL, NULL}};
    xmlNode *root = editable("<b:r xmlns='urn:1' xmlns:b='urn:2' xmlns:c='urn:3' xmlns:d='urn:4' "
                             "xmlns:e='urn:5' e:n='' d:n='' c:n='' b:n=''><i n=''/></b:r>");

    (void)state;
    set_uris(root, uris);
    /* sorted by what they are, not by how they are written: TAB & A U+00E9 */
    assert_string_equal(
        c14n(root, NULL, NULL),
        "<b:r xmlns:b=\"u:&amp;amp;\" xmlns:c=\"u:&#x9;&#xA;&#xD; \" xmlns:d=\"u:\xC3\xA9\" "
        "xmlns:e=\"u:A\" c:n=\"\" b:n=\"\" e:n=\"\" d:n=\"\"><i xmlns=\"u:&amp;&quot;&lt;>'\" "
        "n=\"\">"
        "</i></b:r>");
    assert_string_equal(c14n(unit_c14n_named(root, "i"), NULL, "d"),
                        "<i xmlns=\"u:&amp;&quot;&lt;>'\" xmlns:d=\"u:\xC3\xA9\" n=\"\"></i>");
}

/* As a message brings them: an ampersand is all that the parser lets through of what is escaped. */
static void an_ampersand_in_a_uri_is_one(void **state)
{
    static const unit_c14n_case_t cases[] = {{NULL, NULL, NULL,
                                              "<x:a xmlns:x='http://h/?a=1&amp;b=2'/>",
                                              "<x:a xmlns:x=\"http://h/?a=1&amp;b=2\"></x:a>"},
                                             {NULL, NULL, "#default", "<a xmlns='u:&amp;'><b/></a>",
                                              "<a xmlns=\"u:&amp;\"><b></b></a>"}};

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

/* Comments go, and what was text on both sides of one comes together. */
static void comments_go(void **state)
{
    static const unit_c14n_case_t cases[] = {
        {NULL, NULL, NULL, "<a><!-- & <b> --></a>", "<a></a>"},
        {NULL, NULL, NULL, "<a>ad<!-- x -->min<!----><b/><!-- -->!</a>", "<a>admin<b></b>!</a>"},
        {"b", NULL, NULL, "<a><!--1--><b/><!--2--></a>", "<b></b>"},
    };

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

/* Exactly that element, and nothing beside, before or behind the apex. */
static void what_is_left_out(void **state)
{
    static const unit_c14n_case_t cases[] = {
        {NULL, "s", NULL, "<a>\n <s>x<t/></s>\n <b/></a>", "<a>\n \n <b></b></a>"},
        {NULL, "s", NULL, "<a><s/></a>", "<a></a>"},
        {NULL, "s", NULL, "<a>1<b/>2<s/></a>", "<a>1<b></b>2</a>"},
        {NULL, "s", NULL, "<a><s/>3<b/></a>", "<a>3<b></b></a>"},
        /* the other of that name stays, and so does one in the other place */
        {NULL, "s", NULL, "<a><s>1</s><s>2</s><b><s>3</s></b></a>",
         "<a><s>2</s><b><s>3</s></b></a>"},
        {NULL, "s", NULL, "<a><b><c>1<s><d/></s>2</c></b><e/></a>",
         "<a><b><c>12</c></b><e></e></a>"},
        {"b", "s", NULL, "<a><s/><b><c/></b></a>", "<b><c></c></b>"},
        /* what it declares and uses is not in force behind it */
        {NULL, "s", NULL, "<a xmlns:x='urn:x'><x:s><x:b/></x:s><x:c/></a>",
         "<a><x:c xmlns:x=\"urn:x\"></x:c></a>"},
        {NULL, "s", "x", "<a><s xmlns:x='urn:x'/><c xmlns:x='urn:x'/></a>",
         "<a><c xmlns:x=\"urn:x\"></c></a>"},
        /* siblings of the apex are not in it, nor is what follows around it */
        {"b", NULL, NULL, "<a>1<c/>2<b/>3<d/>4</a>", "<b></b>"},
        {"b", NULL, NULL, "<a>1<c/>2<b>5<e/>6</b>3<d/>4</a>", "<b>5<e></e>6</b>"},
    };

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

/* Nodes that no parser of ours makes: put in behind the first child of <b>. */
static void put_in(xmlNode *root, xmlNode *made)
{
    assert_non_null(made);
    assert_non_null(xmlAddChild(unit_c14n_named(root, "b"), made));
}

static void other_nodes_are_refused(void **state)
{
    static const char xml[] = "<a><b><c/></b><d/></a>";
    xmlNode *root, *attr;

    (void)state;
    root = editable(xml);
    put_in(root, xmlNewDocPI(root->doc, BAD_CAST "pi", BAD_CAST "x"));
    assert_string_equal(c14n(root, NULL, NULL), "(refused)");
    assert_string_equal(c14n(unit_c14n_named(root, "b"), NULL, NULL), "(refused)");
    assert_string_equal(c14n(unit_c14n_named(root, "d"), NULL, NULL), "<d></d>");
    assert_string_equal(c14n(unit_c14n_named(root, "c"), NULL, NULL), "<c></c>");

    root = editable(xml);
    put_in(root, xmlNewCDataBlock(root->doc, BAD_CAST "x", 1));
    assert_string_equal(c14n(root, NULL, NULL), "(refused)");

    root = editable(xml);
    put_in(root, xmlNewReference(root->doc, BAD_CAST "entity"));
    assert_string_equal(c14n(root, NULL, NULL), "(refused)");

    root = editable(xml);
    attr = (xmlNode *)xmlNewProp(root, BAD_CAST "e", BAD_CAST "1");
    assert_string_equal(c14n(root, NULL, NULL), "<a e=\"1\"><b><c></c></b><d></d></a>");
    assert_non_null(xmlAddChild(attr, xmlNewReference(root->doc, BAD_CAST "entity")));
    assert_string_equal(c14n(root, NULL, NULL), "(refused)");
}

/* C14N 1.3: where they would have to be written, they have no canonical form. */
static void relative_namespaces_are_refused(void **state)
{
    static const char *const refused[] = {"<a xmlns='b'/>",          "<a xmlns='//h/p'/>",
                                          "<a xmlns='/p:q'/>",       "<a xmlns='?q:r'/>",
                                          "<a xmlns='#f:g'/>",       "<x:a xmlns:x='../b'/>",
                                          "<a xmlns:x='b' x:c=''/>", "<a><b xmlns='b'/></a>"};
    static const unit_c14n_case_t cases[] = {
        {NULL, NULL, NULL, "<a xmlns:x='b'><c/></a>", "<a><c></c></a>"},
        {"c", NULL, "y", "<x:a xmlns:x='b'><c/></x:a>", "<c></c>"},
        {NULL, "s", NULL, "<a><x:s xmlns:x='b'/></a>", "<a></a>"},
        {NULL, NULL, NULL, "<a xmlns='b:'><c xmlns='c:d/e'/></a>",
         "<a xmlns=\"b:\"><c xmlns=\"c:d/e\"></c></a>"},
    };
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        assert_string_equal(c14n(parse(refused[i]), NULL, NULL), "(refused)");
    }
    assert_string_equal(c14n(parse("<a xmlns:x='b'/>"), NULL, "x"), "(refused)");
    UNIT_C14N_CHECK(cases, pool);
}

/* So many elements in one another. */
static xmlNode *nested(int count)
{
    xmlNode *root = editable("<a/>"), *element = root;

    while (--count > 0) {
        element = xmlNewChild(element, NULL, BAD_CAST "a", NULL);
        assert_non_null(element);
    }
    return root;
}

static void depth_is_capped(void **state)
{
    const int deepest = 2 * BRAZE_SAML_MAX_DEPTH;

    (void)state;
    assert_string_equal(c14n(nested(3), NULL, NULL), "<a><a><a></a></a></a>");
    assert_int_equal(strlen(c14n(nested(deepest), NULL, NULL)), deepest * strlen("<a></a>"));
    assert_string_equal(c14n(nested(deepest + 1), NULL, NULL), "(refused)");
}

/* Text and values in several nodes, as an editor of the tree leaves them. */
static void nodes_in_pieces(void **state)
{
    xmlNode *root = editable("<a><b><c/></b></a>"), *text = xmlNewDocText(root->doc, BAD_CAST "1&");
    xmlAttr *attr = xmlNewProp(root, BAD_CAST "e", BAD_CAST "1");

    (void)state;
    put_in(root, text);
    text->next = xmlNewDocText(root->doc, BAD_CAST ">2");
    text->next->prev = text;
    text->next->parent = text->parent;
    text->parent->last = text->next;
    put_in(root, xmlNewDocComment(root->doc, BAD_CAST "no"));
    attr->last = attr->children->next = xmlNewDocText(root->doc, BAD_CAST "\"2");
    attr->last->parent = (xmlNode *)attr;
    attr->last->prev = attr->children;
    xmlNewProp(root, BAD_CAST "d", NULL);
    assert_string_equal(c14n(root, NULL, NULL),
                        "<a d=\"\" e=\"1&quot;2\"><b><c></c>1&amp;&gt;2</b></a>");
}

static void no_room_at_all(void **state)
{
    const xmlNode *root = parse("<a/>");
    const char *bytes;
    apr_size_t len;

    (void)state;
    assert_int_equal(braze_c14n_exclusive(&bytes, &len, root, NULL, NULL, 0, pool), 0);
    assert_int_equal(braze_c14n_exclusive(&bytes, &len, root, NULL, NULL, 1, pool), 0);
}

/* Around the sizes at which a buffer may grow, in one piece and in many; each kind of piece may be
 * the one that does not fit any more. */
static void any_size(void **state)
{
    static const int sizes[] = {4100, 8200, 16400, 65550, 300000};
    static const char tail[] = "<b xmlns:x=\"urn:x\" x:c=\"&amp;\">&lt;</b></a>";
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        apr_size_t size = (apr_size_t)sizes[i], shift;
        char *text = apr_palloc(pool, size + 1);

        memset(text, 'x', size);
        text[size] = '\0';
        for (shift = 0; shift < 80; shift++) {
            const char *xml = apr_pstrcat(pool, "<a>", text + shift, tail, NULL);
            const unit_c14n_case_t one = {NULL, NULL, "x", xml, xml};

            unit_c14n_check(&one, 1, pool);
        }
    }
}

/* One byte in becomes five out, and a value longer than the first buffer grows to the cap. */
static void everything_escaped(void **state)
{
    const apr_size_t count = 100000;
    char *xml = apr_palloc(pool, count * 5 + 32), *out;
    unit_c14n_case_t one = {NULL, NULL, NULL, xml, xml};
    apr_size_t i;

    (void)state;
    out = apr_cpystrn(xml, "<a b=\"", 32);
    for (i = 0; i < count; i++) {
        out = apr_cpystrn(out, i % 2 ? "&amp;" : "&#xD;", 6);
    }
    apr_cpystrn(out, "\"></a>", 32);
    unit_c14n_check(&one, 1, pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(attributes_of_xml_itself, begin, end),
        cmocka_unit_test_setup_teardown(what_is_escaped, begin, end),
        cmocka_unit_test_setup_teardown(an_ampersand_in_a_uri_is_one, begin, end),
        cmocka_unit_test_setup_teardown(namespace_uris_are_escaped, begin, end),
        cmocka_unit_test_setup_teardown(comments_go, begin, end),
        cmocka_unit_test_setup_teardown(what_is_left_out, begin, end),
        cmocka_unit_test_setup_teardown(other_nodes_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(relative_namespaces_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(depth_is_capped, begin, end),
        cmocka_unit_test_setup_teardown(nodes_in_pieces, begin, end),
        cmocka_unit_test_setup_teardown(no_room_at_all, begin, end),
        cmocka_unit_test_setup_teardown(any_size, begin, end),
        cmocka_unit_test_setup_teardown(everything_escaped, begin, end),
    };

    apr_initialize();
    return cmocka_run_group_tests_name("saml c14n content", tests, NULL, NULL);
}
