/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees and exclusive canonicalization of documents made by chance (the same each time), held
 * against libxml2's. Left out of it are URIs in which something needs to be escaped: see
 * unit_c14n.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "src/saml/c14n.h"
#include "unit_c14n.h"
#include "unit_c14n_case.h"

#define DOCUMENTS 3000
#define SUBSETS 2 /* of each */
#define DEPTH 5

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof(*(array))))

static const char *const prefixes[] = {"", "a", "ab", "b", "B", "default"};
static const char *const uris[] = {"urn:a", "urn:a:b", "urn:A", "http://h/?q='x'", "z:"};
static const char *const names[] = {"n", "m", "nn", "N", "\xC3\xA9"};
static const char *const texts[] = {
    "x",
    "]]&gt;",
    "&amp;",
    "&lt;",
    "&#13;",
    "&#9;",
    "&#10;",
    " ",
    "\n\t",
    "'",
    "&quot;",
    "&#38;lt;",
    ">",
    "y\r\n",
    "&#x1F600;",
    "\xE2\x80\xA8",
    "&#127;",
    "&apos;",
    "a longer piece of text, longer than a node has room for in itself"};
static const char *const lists[] = {NULL,           "",        "a",
                                    "#default",     "b ab",    "\t#default\n a  b B ab\r",
                                    "a a #default", "default", "xml q #default"};

typedef struct {
    uint64_t seed;
    apr_array_header_t *parts; /* const char *: of the document */
    apr_pool_t *pool;
} writer_t;

/* In force where an element is written: uris[uri[i]] for prefixes[i], or -1. */
typedef struct {
    int uri[COUNT(prefixes)];
} scope_t;

static unsigned below(writer_t *writer, unsigned limit)
{
    writer->seed = writer->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(writer->seed >> 33) % limit;
}

static void put(writer_t *writer, const char *text)
{
    APR_ARRAY_PUSH(writer->parts, const char *) = text;
}

static void put_texts(writer_t *writer, int is_value)
{
    unsigned count = below(writer, 4);

    while (count-- > 0) {
        const char *text = texts[below(writer, COUNT(texts))];

        put(writer, is_value && *text == '\'' ? "&#39;" : text);
    }
}

static void put_declarations(writer_t *writer, scope_t *scope)
{
    unsigned i;

    for (i = 0; i < COUNT(prefixes); i++) {
        if (below(writer, 6) == 0) {
            int none = i == 0 && below(writer, 3) == 0;

            scope->uri[i] = none ? -1 : (int)below(writer, COUNT(uris));
            put(writer, apr_pstrcat(writer->pool, i ? " xmlns:" : " xmlns", prefixes[i], "=\"",
                                    none ? "" : uris[scope->uri[i]], "\"", NULL));
        }
    }
}

/* Any that is in force, or "". */
static unsigned any_prefix(writer_t *writer, const scope_t *scope)
{
    unsigned i = below(writer, COUNT(prefixes));

    return scope->uri[i] < 0 ? 0 : i;
}

static void put_name(writer_t *writer, unsigned prefix, const char *name)
{
    put(writer, prefixes[prefix]);
    put(writer, prefix ? ":" : "");
    put(writer, name);
}

/* No two of the same namespace and name. */
static void put_attributes(writer_t *writer, const scope_t *scope)
{
    int used[COUNT(uris) + 1][COUNT(names)] = {{0}};
    unsigned count = below(writer, 5);

    if (below(writer, 8) == 0) {
        put(writer, " xml:lang='en'");
    }
    if (below(writer, 16) == 0) {
        put(writer, " xml:space='preserve'");
    }
    while (count-- > 0) {
        unsigned prefix = any_prefix(writer, scope), name = below(writer, COUNT(names));
        int *is_used = &used[prefix ? scope->uri[prefix] + 1 : 0][name];

        if (!*is_used) {
            *is_used = 1;
            put(writer, " ");
            put_name(writer, prefix, names[name]);
            put(writer, "='");
            put_texts(writer, 1);
            put(writer, "'");
        }
    }
}

static void put_element(writer_t *writer, const scope_t *around, unsigned depth)
{
    scope_t scope = *around;
    unsigned count = below(writer, 4) + (depth < 1), prefix, name = below(writer, COUNT(names));
    apr_size_t at;

    put(writer, "<");
    put(writer, ""); /* the name, once it is known what is declared */
    at = (apr_size_t)writer->parts->nelts - 1;
    put_declarations(writer, &scope);
    put_attributes(writer, &scope);
    put(writer, below(writer, 4) ? ">" : " >");
    prefix = any_prefix(writer, &scope);
    APR_ARRAY_IDX(writer->parts, at, const char *) =
        apr_pstrcat(writer->pool, prefixes[prefix], prefix ? ":" : "", names[name], NULL);
    put_texts(writer, 0);
    while (depth < DEPTH && count-- > 0) {
        put_element(writer, &scope, depth + 1);
        put_texts(writer, 0);
        put(writer, below(writer, 10) ? "" : "<!-- & -->");
    }
    put(writer, "</");
    put_name(writer, prefix, names[name]);
    put(writer, ">");
}

static const char *make_document(writer_t *writer)
{
    scope_t scope;
    unsigned i;

    for (i = 0; i < COUNT(prefixes); i++) {
        scope.uri[i] = -1;
    }
    writer->parts = apr_array_make(writer->pool, 256, sizeof(const char *));
    put_element(writer, &scope, 0);
    return apr_array_pstrcat(writer->pool, writer->parts, '\0');
}

static const xmlNode *any_element(writer_t *writer, const xmlNode *root)
{
    const xmlNode *element = root;
    unsigned count = 0;

    for (; element; element = unit_c14n_next(element, root)) {
        count++;
    }
    count = below(writer, count);
    for (element = root; count > 0; count--) {
        element = unit_c14n_next(element, root);
    }
    return element;
}

/* How often it came to what makes it hard: otherwise the agreement says nothing. */
typedef struct {
    int inner, without, undeclared, listed;
} seen_t;

/* A subset of the document both ways; what comes out is itself in canonical form. */
static void compare(seen_t *seen, writer_t *writer, const char *xml, const xmlNode *root)
{
    const xmlNode *apex = below(writer, 2) ? root : any_element(writer, root), *without = NULL;
    const char *list = lists[below(writer, COUNT(lists))], *ours, *theirs;
    apr_size_t len = 0;

    if (below(writer, 2)) {
        without = any_element(writer, apex);
        without = without == apex ? NULL : without;
    }
    ours = unit_c14n(apex, without, list, writer->pool);
    theirs = unit_c14n_libxml2(&len, apex, without, list, writer->pool);
    if (!theirs || len != strlen(ours) || memcmp(ours, theirs, len) != 0) {
        fail_msg("%s\n  apex %s, without %s, PrefixList \"%s\"\n  ours   %s\n  theirs %.*s", xml,
                 xmlGetNodePath(apex->_private),
                 without ? (char *)xmlGetNodePath(without->_private) : "nothing", list ? list : "",
                 ours, (int)len, theirs ? theirs : "");
    }
    assert_string_equal(unit_c14n(unit_c14n_parse(ours, writer->pool), NULL, list, writer->pool),
                        ours);
    seen->inner += apex != root;
    seen->without += without != NULL;
    seen->undeclared += strstr(ours, " xmlns=\"\"") != NULL;
    seen->listed += list && strcmp(ours, unit_c14n(apex, without, NULL, writer->pool)) != 0;
}

static void as_libxml2_has_it(void **state)
{
    writer_t writer = {.seed = 20020718};
    seen_t seen = {0, 0, 0, 0};
    int i, j;

    (void)state;
    for (i = 0; i < DOCUMENTS; i++) {
        xmlNode *root, *theirs;
        const char *xml;

        assert_int_equal(apr_pool_create(&writer.pool, NULL), APR_SUCCESS);
        xml = make_document(&writer);
        root = unit_c14n_parse(xml, writer.pool);
        theirs = unit_xml_libxml2(xml, strlen(xml), writer.pool);
        assert_non_null(theirs);
        if (!unit_xml_pair(root, theirs, writer.pool)) {
            fail_msg("not libxml2's tree: %s", xml);
        }
        assert_true(unit_c14n_has_plain_uris(root));
        for (j = 0; j < SUBSETS; j++) {
            compare(&seen, &writer, xml, root);
        }
        apr_pool_destroy(writer.pool);
    }
    assert_true(seen.inner > DOCUMENTS / 2);
    assert_true(seen.without > DOCUMENTS / 2);
    assert_true(seen.undeclared > DOCUMENTS / 10);
    assert_true(seen.listed > DOCUMENTS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_libxml2_has_it)};

    apr_initialize();
    return cmocka_run_group_tests_name("saml c14n random", tests, NULL, NULL);
}
