/* SPDX-License-Identifier: Apache-2.0 */
/* Exclusive canonicalization: namespaces and order, rule by rule. What is expected is reasoned from
 * Canonical XML 1.0 ("C14N") and Exclusive XML Canonicalization 1.0 ("Exclusive"). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <apr_general.h>

#include "unit_c14n_case.h"

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

/* Exclusive 2.2: an element has the same form in whatever it is sent, and that form is that of the
 * element by itself. */
static void an_element_in_another_envelope(void **state)
{
#define INSIDE                                                                                     \
    "<q:item xmlns:q=\"http://shop.example\" xml:lang=\"en\">\n"                                   \
    " <r:part xmlns:r=\"ftp://parts.example\"/>\n"                                                 \
    "</q:item>"
#define INSIDE_CANONICAL                                                                           \
    "<q:item xmlns:q=\"http://shop.example\" xml:lang=\"en\">\n"                                   \
    " <r:part xmlns:r=\"ftp://parts.example\"></r:part>\n"                                         \
    "</q:item>"
    static const unit_c14n_case_t cases[] = {
        {NULL, NULL, NULL, INSIDE, INSIDE_CANONICAL},
        {"item", NULL, NULL,
         "<p:box xmlns:p='urn:box' xmlns:r='ftp://parts.example'>\n " INSIDE "\n</p:box>",
         INSIDE_CANONICAL},
        {"item", NULL, NULL,
         "<o:post xmlns:q='http://other.example' xmlns:o='urn:post' xml:lang='fr' "
         "xml:space='preserve'>" INSIDE "<o:next/>text</o:post>",
         INSIDE_CANONICAL},
        /* With the prefix on the list it is not by itself any more (Exclusive 3: such a prefix is
         * handled as in C14N). */
        {"item", NULL, "r",
         "<p:box xmlns:p='urn:box' xmlns:r='ftp://parts.example'>" INSIDE "</p:box>",
         "<q:item xmlns:q=\"http://shop.example\" xmlns:r=\"ftp://parts.example\" "
         "xml:lang=\"en\">\n <r:part></r:part>\n</q:item>"},
    };

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

/* C14N 3.1, 3.2, 3.3 and 3.6 without their DTD and processing instructions, which never get here.
 */
static void the_recommendation_s_examples(void **state)
{
    static const unit_c14n_case_t cases[] = {
        /* 3.1: what stands outside of the element is not part of it */
        {NULL, NULL, NULL,
         "<?xml version=\"1.0\"?>\n\n<!-- before -->\n<doc>Hello, world!<!-- in -->"
         "</doc>\n\n<!-- behind -->\n",
         "<doc>Hello, world!</doc>"},
        /* 3.2: white space in content is kept, around and in mixed content */
        {NULL, NULL, NULL,
         "<doc>\n <clean>   </clean>\n <dirty>   A   B   </dirty>\n <mixed>\n  A\n  "
         "<clean>   </clean>\n  B\n </mixed>\n</doc>",
         "<doc>\n <clean>   </clean>\n <dirty>   A   B   </dirty>\n <mixed>\n  A\n  "
         "<clean>   </clean>\n  B\n </mixed>\n</doc>"},
        /* 3.3: tags are pairs, white space in them goes, attributes are sorted and quoted by " */
        {NULL, NULL, NULL,
         "<doc><e1   /><e2   ></e2><e3   name = \"elem3\"   id='elem3'   /><e4\n"
         "name=\"elem4\"\tid=\"elem4\"\n></e4\n></doc >",
         "<doc><e1></e1><e2></e2><e3 id=\"elem3\" name=\"elem3\"></e3>"
         "<e4 id=\"elem4\" name=\"elem4\"></e4></doc>"},
        /* http://www.ietf.example (b) is before http://www.w3.example (a) */
        {NULL, NULL, NULL,
         "<e5 a:attr='out' b:attr='sorted' attr2='all' attr=\"I'm\" "
         "xmlns:b='http://www.ietf.example' xmlns:a='http://www.w3.example' "
         "xmlns='http://example.org'/>",
         "<e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.example\" "
         "xmlns:b=\"http://www.ietf.example\" attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" "
         "a:attr=\"out\"></e5>"},
        /* a is used nowhere, so that its declarations go (Exclusive 3) */
        {NULL, NULL, NULL,
         "<e6 xmlns='' xmlns:a='urn:w3'><e7 xmlns='urn:ietf'><e8 xmlns='' xmlns:a='urn:w3'>"
         "<e9 xmlns='' xmlns:a='urn:ietf'/></e8></e7></e6>",
         "<e6><e7 xmlns=\"urn:ietf\"><e8 xmlns=\"\"><e9></e9></e8></e7></e6>"},
        /* 3.6: characters by their number become characters */
        {NULL, NULL, NULL, "<?xml version='1.0' encoding='UTF-8'?><doc>&#169;</doc>",
         "<doc>\xC2\xA9</doc>"},
    };

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

/* Exclusive 1.1: an element uses the prefix of its own name and those of its attributes, and no
 * other. */
static void a_namespace_stands_where_it_is_used(void **state)
{
    static const unit_c14n_case_t cases[] = {
        {NULL, NULL, NULL, "<a xmlns:x='urn:x'/>", "<a></a>"},
        {NULL, NULL, NULL, "<a xmlns:x='urn:x'>x:y<b c='x:y'/></a>", "<a>x:y<b c=\"x:y\"></b></a>"},
        {NULL, NULL, NULL, "<a xmlns:x='urn:x'><b/><x:c/><d x:e=''/></a>",
         "<a><b></b><x:c xmlns:x=\"urn:x\"></x:c><d xmlns:x=\"urn:x\" x:e=\"\"></d></a>"},
        {NULL, NULL, NULL, "<x:a xmlns:x='urn:x'><b><x:c x:d='1'/></b></x:a>",
         "<x:a xmlns:x=\"urn:x\"><b><x:c x:d=\"1\"></x:c></b></x:a>"},
        /* an attribute without prefix uses no namespace, not the default one either */
        {NULL, NULL, NULL, "<x:a xmlns='urn:d' xmlns:x='urn:x' b='1'/>",
         "<x:a xmlns:x=\"urn:x\" b=\"1\"></x:a>"},
        /* two prefixes of one namespace are two */
        {NULL, NULL, NULL, "<x:a xmlns:x='urn:x' xmlns:y='urn:x'><y:b x:c='1'/></x:a>",
         "<x:a xmlns:x=\"urn:x\"><y:b xmlns:y=\"urn:x\" x:c=\"1\"></y:b></x:a>"},
        {NULL, NULL, NULL, "<x:a xmlns:x='urn:x' xmlns='urn:x'><b/></x:a>",
         "<x:a xmlns:x=\"urn:x\"><b xmlns=\"urn:x\"></b></x:a>"},
        /* one prefix begins like the other */
        {NULL, NULL, NULL, "<a><x:b xmlns:x='urn:1'><xy:c xmlns:xy='urn:1'><x:d/></xy:c></x:b></a>",
         "<a><x:b xmlns:x=\"urn:1\"><xy:c xmlns:xy=\"urn:1\"><x:d></x:d></xy:c></x:b></a>"},
        /* declared far above the apex, and by somebody else nearer to it */
        {"c", NULL, NULL, "<a xmlns:x='urn:far' xmlns='urn:d'><b xmlns:x='urn:near'><x:c/></b></a>",
         "<x:c xmlns:x=\"urn:near\"></x:c>"},
        {"c", NULL, NULL, "<a xmlns:x='urn:far' xmlns='urn:d'><b><c x:y=''/></b></a>",
         "<c xmlns=\"urn:d\" xmlns:x=\"urn:far\" x:y=\"\"></c>"},
    };

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

/* Exclusive 3, condition 3: unless the nearest output ancestor that uses the prefix has it as the
 * same. */
static void a_prefix_declared_again(void **state)
{
    static const unit_c14n_case_t cases[] = {
        {NULL, NULL, NULL, "<x:a xmlns:x='urn:x'><x:b xmlns:x='urn:x'/></x:a>",
         "<x:a xmlns:x=\"urn:x\"><x:b></x:b></x:a>"},
        {NULL, NULL, NULL, "<x:a xmlns:x='urn:1'><x:b xmlns:x='urn:2'><x:c/></x:b><x:d/></x:a>",
         "<x:a xmlns:x=\"urn:1\"><x:b xmlns:x=\"urn:2\"><x:c></x:c></x:b><x:d></x:d></x:a>"},
        {NULL, NULL, NULL,
         "<x:a xmlns:x='urn:1'><x:b xmlns:x='urn:2'><x:c xmlns:x='urn:1'/></x:b></x:a>",
         "<x:a xmlns:x=\"urn:1\"><x:b xmlns:x=\"urn:2\"><x:c xmlns:x=\"urn:1\"></x:c></x:b>"
         "</x:a>"},
        /* b declares it as another but does not use it: for c nothing was in between */
        {NULL, NULL, NULL,
         "<x:a xmlns:x='urn:1'><b xmlns:x='urn:2'><x:c xmlns:x='urn:1'/></b></x:a>",
         "<x:a xmlns:x=\"urn:1\"><b><x:c></x:c></b></x:a>"},
        {NULL, NULL, NULL, "<x:a xmlns:x='urn:1'><b xmlns:x='urn:2'><x:c/></b></x:a>",
         "<x:a xmlns:x=\"urn:1\"><b><x:c xmlns:x=\"urn:2\"></x:c></b></x:a>"},
        /* siblings each need it, whatever the one before has had */
        {NULL, NULL, NULL, "<a xmlns:x='urn:x'><x:b><x:c/></x:b><x:b/><x:b xmlns:x='urn:y'/></a>",
         "<a><x:b xmlns:x=\"urn:x\"><x:c></x:c></x:b><x:b xmlns:x=\"urn:x\"></x:b>"
         "<x:b xmlns:x=\"urn:y\"></x:b></a>"},
        /* by an attribute only */
        {NULL, NULL, NULL,
         "<a xmlns:x='urn:1' x:b=''><c xmlns:x='urn:2' x:b=''/><d x:b=''/><x:e/></a>",
         "<a xmlns:x=\"urn:1\" x:b=\"\"><c xmlns:x=\"urn:2\" x:b=\"\"></c><d x:b=\"\"></d>"
         "<x:e></x:e></a>"},
        /* case counts, as does all of the URI */
        {NULL, NULL, NULL,
         "<x:a xmlns:x='urn:a'><x:b xmlns:x='urn:A'/><x:c xmlns:x='urn:a/'/></x:a>",
         "<x:a xmlns:x=\"urn:a\"><x:b xmlns:x=\"urn:A\"></x:b><x:c xmlns:x=\"urn:a/\"></x:c>"
         "</x:a>"},
    };

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

/* Exclusive 3: xmlns="" only where an output ancestor has a default namespace. */
static void the_default_namespace(void **state)
{
    static const unit_c14n_case_t cases[] = {
        {NULL, NULL, NULL, "<a xmlns=''><b xmlns=''/></a>", "<a><b></b></a>"},
        {NULL, NULL, NULL, "<a xmlns='urn:d'><b xmlns=''><c xmlns=''/><d/></b><e/></a>",
         "<a xmlns=\"urn:d\"><b xmlns=\"\"><c></c><d></d></b><e></e></a>"},
        {NULL, NULL, NULL, "<a xmlns='urn:d'><b xmlns=''><c xmlns='urn:d'/></b></a>",
         "<a xmlns=\"urn:d\"><b xmlns=\"\"><c xmlns=\"urn:d\"></c></b></a>"},
        {NULL, NULL, NULL, "<a xmlns='urn:d'><b xmlns='urn:e'><c xmlns=''/></b></a>",
         "<a xmlns=\"urn:d\"><b xmlns=\"urn:e\"><c xmlns=\"\"></c></b></a>"},
        /* the ancestor that has one is not in the output, or does not use it */
        {"b", NULL, NULL, "<a xmlns='urn:d'><b xmlns=''><c/></b></a>", "<b><c></c></b>"},
        {"b", NULL, NULL, "<a xmlns='urn:d'><b xmlns=''><c xmlns='urn:d'/></b></a>",
         "<b><c xmlns=\"urn:d\"></c></b>"},
        {NULL, NULL, NULL, "<x:a xmlns:x='urn:x' xmlns='urn:d'><b xmlns=''/></x:a>",
         "<x:a xmlns:x=\"urn:x\"><b></b></x:a>"},
        /* x:b is not to have it undeclared, which it does not use; c is */
        {NULL, NULL, NULL,
         "<a xmlns='urn:d' xmlns:x='urn:x'><x:b xmlns='' y=''><c/></x:b><x:e><f/></x:e></a>",
         "<a xmlns=\"urn:d\"><x:b xmlns:x=\"urn:x\" y=\"\"><c xmlns=\"\"></c></x:b>"
         "<x:e xmlns:x=\"urn:x\"><f></f></x:e></a>"},
        {NULL, NULL, NULL, "<a xmlns='urn:d'><b xmlns=''/><c/><b xmlns=''/></a>",
         "<a xmlns=\"urn:d\"><b xmlns=\"\"></b><c></c><b xmlns=\"\"></b></a>"},
    };

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

/* C14N 2.2: namespaces by prefix, the default one first; attributes by URI, then by local name. */
static void what_is_sorted(void **state)
{
    static const unit_c14n_case_t cases[] = {
        {NULL, NULL, NULL,
         "<d xmlns:b='urn:1' xmlns:a='urn:2' xmlns:B='urn:3' xmlns:a1='urn:4' xmlns:a-='urn:5' "
         "xmlns:_='urn:6' xmlns='urn:7' b:n='' a:n='' B:n='' a1:n='' a-:n='' _:n=''/>",
         "<d xmlns=\"urn:7\" xmlns:B=\"urn:3\" xmlns:_=\"urn:6\" xmlns:a=\"urn:2\" "
         "xmlns:a-=\"urn:5\" xmlns:a1=\"urn:4\" xmlns:b=\"urn:1\" b:n=\"\" a:n=\"\" B:n=\"\" "
         "a1:n=\"\" a-:n=\"\" _:n=\"\"></d>"},
        /* without a namespace first, whatever the names are */
        {NULL, NULL, NULL, "<d xmlns:a='a:a' a:a='1' z='2' Z='3' zz='4' y='5'/>",
         "<d xmlns:a=\"a:a\" Z=\"3\" y=\"5\" z=\"2\" zz=\"4\" a:a=\"1\"></d>"},
        /* the prefix does not count where the namespace is the same */
        {NULL, NULL, NULL,
         "<d xmlns:a='urn:n' xmlns:b='urn:n' xmlns:c='urn:m' a:z='1' b:y='2' a:x='3' c:zz='4'/>",
         "<d xmlns:a=\"urn:n\" xmlns:b=\"urn:n\" xmlns:c=\"urn:m\" c:zz=\"4\" a:x=\"3\" b:y=\"2\" "
         "a:z=\"1\"></d>"},
        /* URIs by their bytes: "-" "/" "A" "a" "a/"; local names too, where what is not ASCII comes
         * last and U+FFFD before U+10000 */
        {NULL, NULL, NULL,
         "<d xmlns:a='urn:a/' xmlns:b='urn:a' xmlns:c='urn:A' xmlns:d='urn:/' xmlns:e='urn:-' "
         "a:n='' b:n='' c:n='' d:n='' e:n=''/>",
         "<d xmlns:a=\"urn:a/\" xmlns:b=\"urn:a\" xmlns:c=\"urn:A\" xmlns:d=\"urn:/\" "
         "xmlns:e=\"urn:-\" e:n=\"\" d:n=\"\" c:n=\"\" b:n=\"\" a:n=\"\"></d>"},
        {NULL, NULL, NULL,
         "<d \xF0\x90\x80\x80='1' \xEF\xBF\xBD='2' \xC3\xA9='3' z='4' a.b='5' a-b='6' ab='7'/>",
         "<d a-b=\"6\" a.b=\"5\" ab=\"7\" z=\"4\" \xC3\xA9=\"3\" \xEF\xBF\xBD=\"2\" "
         "\xF0\x90\x80\x80=\"1\"></d>"},
        /* xml: has a URI (http://www.w3.org/XML/1998/namespace) like others */
        {NULL, NULL, NULL, "<d xmlns:a='http://a' xmlns:z='urn:z' z:n='' xml:lang='' a:n='' n=''/>",
         "<d xmlns:a=\"http://a\" xmlns:z=\"urn:z\" n=\"\" a:n=\"\" xml:lang=\"\" z:n=\"\"></d>"},
    };

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

/* Exclusive 3: what is on the PrefixList is handled as in C14N: where it is declared, used or not.
 */
static void the_prefix_list(void **state)
{
    static const unit_c14n_case_t cases[] = {
        {NULL, NULL, "x", "<a xmlns:x='urn:x' xmlns:y='urn:y'><x:b/><y:c/></a>",
         "<a xmlns:x=\"urn:x\"><x:b></x:b><y:c xmlns:y=\"urn:y\"></y:c></a>"},
        {NULL, NULL, "", "<a xmlns:x='urn:x'/>", "<a></a>"},
        {NULL, NULL, " \t\r\n", "<a xmlns:x='urn:x'/>", "<a></a>"},
        /* declared above, used or not; nearer counts; what is on the list, not what begins like it
         */
        {"c", NULL, "x", "<a xmlns:x='urn:1' xmlns:xy='urn:2'><b><c/></b></a>",
         "<c xmlns:x=\"urn:1\"></c>"},
        {"c", NULL, "x", "<a xmlns:x='urn:1'><b xmlns:x='urn:2'><c/></b></a>",
         "<c xmlns:x=\"urn:2\"></c>"},
        {"c", NULL, "xy y", "<a xmlns:x='urn:1' xmlns:y='urn:3'><b xmlns:yy='urn:2'><c/></b></a>",
         "<c xmlns:y=\"urn:3\"></c>"},
        {"c", NULL, "X", "<a xmlns:x='urn:1'><c/></a>", "<c></c>"},
        /* by nobody; by somebody aside; further in */
        {NULL, NULL, "x y", "<a xmlns:y='urn:y'><y:b/></a>",
         "<a xmlns:y=\"urn:y\"><y:b></y:b></a>"},
        {"c", NULL, "x", "<a><b xmlns:x='urn:x'/><c/><d xmlns:x='urn:x'/></a>", "<c></c>"},
        {NULL, NULL, "x", "<a><b xmlns:x='urn:x'><c/></b><d xmlns:x='urn:x'/></a>",
         "<a><b xmlns:x=\"urn:x\"><c></c></b><d xmlns:x=\"urn:x\"></d></a>"},
        /* again: as the same not, as another yes, used or not */
        {NULL, NULL, "x",
         "<x:a xmlns:x='urn:1'><b xmlns:x='urn:1'/><b xmlns:x='urn:2'><x:c xmlns:x='urn:1'/>"
         "<d/></b><e/></x:a>",
         "<x:a xmlns:x=\"urn:1\"><b></b><b xmlns:x=\"urn:2\"><x:c xmlns:x=\"urn:1\"></x:c>"
         "<d></d></b><e></e></x:a>"},
        /* twice on the list, in any order and white space */
        {"b", NULL, "\n z\tw\rx\r\n\r\nx  y z ",
         "<a xmlns:w='urn:0' xmlns:x='urn:1' xmlns:y='urn:2' xmlns:z='urn:3'><b/></a>",
         "<b xmlns:w=\"urn:0\" xmlns:x=\"urn:1\" xmlns:y=\"urn:2\" xmlns:z=\"urn:3\"></b>"},
        {"b", NULL, "x x", "<a xmlns:x='urn:1'><x:b x:c=''/></a>",
         "<x:b xmlns:x=\"urn:1\" x:c=\"\"></x:b>"},
        /* only the four of XML are white space */
        {"b", NULL, "x\vy\xC2\xA0z,x",
         "<a xmlns:x='urn:1' xmlns:y='urn:2' xmlns:z='urn:3'><b/></a>", "<b></b>"},
        /* xml is never declared, others that begin so are; xmlns is no prefix */
        {NULL, NULL, "xmly", "<xmlx:a xmlns:xmlx='urn:x' xmlns:xmly='urn:y'/>",
         "<xmlx:a xmlns:xmlx=\"urn:x\" xmlns:xmly=\"urn:y\"></xmlx:a>"},
        {NULL, NULL, "xml xmlns", "<a xmlns='urn:d' xml:lang='en'/>",
         "<a xmlns=\"urn:d\" xml:lang=\"en\"></a>"},
        /* sorted among those that are used */
        {NULL, NULL, "m z", "<n:a xmlns:z='urn:1' xmlns:n='urn:2' xmlns:m='urn:3' b='' n:c=''/>",
         "<n:a xmlns:m=\"urn:3\" xmlns:n=\"urn:2\" xmlns:z=\"urn:1\" b=\"\" n:c=\"\"></n:a>"},
    };

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

/* "#default" stands for the default namespace; xmlns="" then is C14N's, too. */
static void the_default_namespace_on_the_prefix_list(void **state)
{
    static const unit_c14n_case_t cases[] = {
        {NULL, NULL, "#default", "<x:a xmlns='urn:d' xmlns:x='urn:x'><b/><x:c/></x:a>",
         "<x:a xmlns=\"urn:d\" xmlns:x=\"urn:x\"><b></b><x:c></x:c></x:a>"},
        {"b", NULL, "#default x #default", "<a xmlns='urn:d' xmlns:x='urn:x'><x:b/></a>",
         "<x:b xmlns=\"urn:d\" xmlns:x=\"urn:x\"></x:b>"},
        {"b", NULL, "default", "<a xmlns='urn:d' xmlns:x='urn:x'><x:b/></a>",
         "<x:b xmlns:x=\"urn:x\"></x:b>"},
        {"b", NULL, "#Default #defaul #defaults", "<a xmlns='urn:d' xmlns:x='urn:x'><x:b/></a>",
         "<x:b xmlns:x=\"urn:x\"></x:b>"},
        {"b", NULL, "default", "<a xmlns:default='urn:d'><b/></a>",
         "<b xmlns:default=\"urn:d\"></b>"},
        /* there is none; none any more */
        {"b", NULL, "#default", "<a xmlns:x='urn:x'><x:b/></a>", "<x:b xmlns:x=\"urn:x\"></x:b>"},
        {"b", NULL, "#default", "<a xmlns='urn:d' xmlns:x='urn:x'><x:b xmlns=''><c/></x:b></a>",
         "<x:b xmlns:x=\"urn:x\"><c></c></x:b>"},
        {"c", NULL, "#default",
         "<a xmlns='urn:d' xmlns:x='urn:x'><b xmlns=''><x:c><d/></x:c></b></a>",
         "<x:c xmlns:x=\"urn:x\"><d></d></x:c>"},
        /* x:b does not use it, yet it is undeclared there, and c has nothing to say any more */
        {NULL, NULL, "#default",
         "<x:a xmlns='urn:d' xmlns:x='urn:x'><x:b xmlns=''><c/></x:b><d/></x:a>",
         "<x:a xmlns=\"urn:d\" xmlns:x=\"urn:x\"><x:b xmlns=\"\"><c></c></x:b><d></d></x:a>"},
        {NULL, NULL, "#default",
         "<x:a xmlns:x='urn:x'><x:b xmlns='urn:d'><x:c xmlns=''><x:e xmlns='urn:d'/></x:c>"
         "</x:b></x:a>",
         "<x:a xmlns:x=\"urn:x\"><x:b xmlns=\"urn:d\"><x:c xmlns=\"\"><x:e xmlns=\"urn:d\"></x:e>"
         "</x:c></x:b></x:a>"},
    };

    (void)state;
    UNIT_C14N_CHECK(cases, pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_element_in_another_envelope, begin, end),
        cmocka_unit_test_setup_teardown(the_recommendation_s_examples, begin, end),
        cmocka_unit_test_setup_teardown(a_namespace_stands_where_it_is_used, begin, end),
        cmocka_unit_test_setup_teardown(a_prefix_declared_again, begin, end),
        cmocka_unit_test_setup_teardown(the_default_namespace, begin, end),
        cmocka_unit_test_setup_teardown(what_is_sorted, begin, end),
        cmocka_unit_test_setup_teardown(the_prefix_list, begin, end),
        cmocka_unit_test_setup_teardown(the_default_namespace_on_the_prefix_list, begin, end),
    };

    apr_initialize();
    return cmocka_run_group_tests_name("saml c14n", tests, NULL, NULL);
}
