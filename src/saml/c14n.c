/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exclusive canonicalization in one walk over the tree. libxml2 has one for any set of nodes, which
 * costs several allocations and a search of the set for every node; here the set is an element, and
 * every sign-in passes through it twice.
 *
 * What is believed of a message is read again from the very bytes whose digest was signed. Only
 * SignedInfo is read from the tree, so nothing that tells two trees apart may be lost on the way
 * but comments and declarations that nothing uses.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <libxml/tree.h>

#include "c14n.h"

#define DEPTH_MAX (2 * BRAZE_SAML_MAX_DEPTH)
#define SIZE_FIRST 8192

/* A namespace in the output: prefix "" is the default one, uri "" is none. */
typedef struct {
    const char *prefix, *uri;
} declared_t;

typedef struct {
    char *data;
    apr_size_t len, size, max;
    int failed;
    const xmlNode *without;
    apr_array_header_t *prefixes; /* const char *: of the InclusiveNamespaces */
    apr_array_header_t *in_force; /* declared_t: by the elements around, outermost first */
    apr_array_header_t *attrs;    /* const xmlAttr *: of the start tag at hand, in their order */
} c14n_t;

static apr_status_t free_bytes(void *baton)
{
    free(((c14n_t *)baton)->data);
    return APR_SUCCESS;
}

/* --- writing ---------------------------------------------------------------------------------- */

static int has_room(c14n_t *c14n, apr_size_t len)
{
    apr_size_t size = c14n->size ? c14n->size : SIZE_FIRST;
    char *data;

    if (c14n->failed || len > c14n->max - c14n->len) {
        c14n->failed = 1;
        return 0;
    }
    if (len < c14n->size - c14n->len) { /* and a '\0' */
        return 1;
    }
    while (size - c14n->len <= len) {
        size *= 2;
    }
    data = realloc(c14n->data, size);
    if (!data) {
        c14n->failed = 1;
        return 0;
    }
    c14n->data = data;
    c14n->size = size;
    return 1;
}

static void put(c14n_t *c14n, const char *text, apr_size_t len)
{
    if (has_room(c14n, len)) {
        memcpy(c14n->data + c14n->len, text, len);
        c14n->len += len;
    }
}

static void put_text(c14n_t *c14n, const char *text)
{
    put(c14n, text, strlen(text));
}

static const char *escape_of(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\t':
        return "&#x9;";
    case '\n':
        return "&#xA;";
    default:
        return "&#xD;";
    }
}

#define ESCAPED_IN_TEXT "&<>\r"
#define ESCAPED_IN_VALUES "&<\"\t\n\r"

/* No further than len. */
static void put_escaped_part(c14n_t *c14n, const char *text, apr_size_t len, const char *escaped)
{
    const char *end = text + len;

    while (text < end) {
        apr_size_t plain = strcspn(text, escaped);

        if (plain > (apr_size_t)(end - text)) {
            plain = (apr_size_t)(end - text);
        }
        put(c14n, text, plain);
        text += plain;
        if (text < end) {
            put_text(c14n, escape_of(*text++));
        }
    }
}

static void put_escaped(c14n_t *c14n, const char *text, const char *escaped)
{
    if (text) {
        put_escaped_part(c14n, text, strlen(text), escaped);
    }
}

/* libxml2 keeps an ampersand in a namespace's URI as "&#38;" when it does not replace entities;
 * one that the document itself spells so does not get through its parser. */
static void put_uri(c14n_t *c14n, const char *uri)
{
    static const char kept[] = "&#38;";
    const char *at;

    for (; (at = strstr(uri, kept)); uri = at + sizeof(kept) - 1) {
        put_escaped_part(c14n, uri, (apr_size_t)(at - uri), ESCAPED_IN_VALUES);
        put_text(c14n, "&amp;");
    }
    put_escaped(c14n, uri, ESCAPED_IN_VALUES);
}

static const char *text_or_empty(const xmlChar *text)
{
    return text ? (const char *)text : "";
}

static void put_name(c14n_t *c14n, const xmlNs *ns, const xmlChar *name)
{
    if (ns && ns->prefix && *ns->prefix) {
        put_text(c14n, (const char *)ns->prefix);
        put(c14n, ":", 1);
    }
    put_text(c14n, (const char *)name);
}

/* --- namespaces ------------------------------------------------------------------------------- */

static const char *uri_in_force(const c14n_t *c14n, const char *prefix)
{
    int i;

    for (i = c14n->in_force->nelts - 1; i >= 0; i--) {
        const declared_t *declared = &APR_ARRAY_IDX(c14n->in_force, i, declared_t);

        if (declared->prefix == prefix || strcmp(declared->prefix, prefix) == 0) {
            return declared->uri;
        }
    }
    return "";
}

/* Canonical XML 1.0 section 1.3: relative namespace URIs have no canonical form. */
static int is_absolute(const char *uri)
{
    return *uri == '\0' || uri[strcspn(uri, ":/?#")] == ':';
}

/* The start tag at hand must have this one in force. "xml" never needs to be declared. */
static void need(c14n_t *c14n, const char *prefix, const char *uri)
{
    declared_t *declared;

    if (strcmp(prefix, "xml") == 0 || strcmp(uri_in_force(c14n, prefix), uri) == 0) {
        return;
    }
    c14n->failed |= !is_absolute(uri);
    declared = apr_array_push(c14n->in_force);
    declared->prefix = prefix;
    declared->uri = uri;
}

static void need_namespace(c14n_t *c14n, const xmlNs *ns)
{
    need(c14n, ns ? text_or_empty(ns->prefix) : "", ns ? text_or_empty(ns->href) : "");
}

/* As InclusiveNamespaces asks: what is declared for the prefix at the element or, for the outermost
 * one, above it. Further in what is above is in force already. */
static void need_declared(c14n_t *c14n, const xmlNode *element, const char *prefix, int outermost)
{
    for (; element && element->type == XML_ELEMENT_NODE;
         element = outermost ? element->parent : NULL) {
        const xmlNs *ns;

        for (ns = element->nsDef; ns; ns = ns->next) {
            if (strcmp(text_or_empty(ns->prefix), prefix) == 0) {
                need_namespace(c14n, ns);
                return;
            }
        }
    }
}

/* Those that were added for this tag, by prefix: the default one comes first. */
static void put_declarations(c14n_t *c14n, int first)
{
    declared_t *added = (declared_t *)c14n->in_force->elts;
    int i, j;

    for (i = first + 1; i < c14n->in_force->nelts; i++) {
        declared_t one = added[i];

        for (j = i; j > first && strcmp(added[j - 1].prefix, one.prefix) > 0; j--) {
            added[j] = added[j - 1];
        }
        added[j] = one;
    }
    for (i = first; i < c14n->in_force->nelts; i++) {
        put_text(c14n, *added[i].prefix ? " xmlns:" : " xmlns");
        put_text(c14n, added[i].prefix);
        put(c14n, "=\"", 2);
        put_uri(c14n, added[i].uri);
        put(c14n, "\"", 1);
    }
}

/* --- attributes ------------------------------------------------------------------------------- */

/* By namespace, those without one first, then by name. */
static int is_behind(const xmlAttr *one, const xmlAttr *other)
{
    const char *uri = one->ns ? text_or_empty(one->ns->href) : "";
    const char *other_uri = other->ns ? text_or_empty(other->ns->href) : "";
    int order = uri == other_uri ? 0 : strcmp(uri, other_uri);

    return order ? order > 0 : strcmp((const char *)one->name, (const char *)other->name) > 0;
}

static void sort_in(apr_array_header_t *attrs, const xmlAttr *attr)
{
    const xmlAttr **list;
    int i;

    APR_ARRAY_PUSH(attrs, const xmlAttr *) = attr;
    list = (const xmlAttr **)attrs->elts;
    for (i = attrs->nelts - 1; i > 0 && is_behind(list[i - 1], attr); i--) {
        list[i] = list[i - 1];
    }
    list[i] = attr;
}

static void put_attribute(c14n_t *c14n, const xmlAttr *attr)
{
    const xmlNode *part;

    put(c14n, " ", 1);
    put_name(c14n, attr->ns, attr->name);
    put(c14n, "=\"", 2);
    for (part = attr->children; part; part = part->next) {
        if (part->type != XML_TEXT_NODE) {
            c14n->failed = 1;
        }
        put_escaped(c14n, (const char *)part->content, ESCAPED_IN_VALUES);
    }
    put(c14n, "\"", 1);
}

/* --- the walk --------------------------------------------------------------------------------- */

static void put_start(c14n_t *c14n, const xmlNode *element, int outermost)
{
    const xmlAttr *attr;
    int first = c14n->in_force->nelts, i;

    c14n->attrs->nelts = 0;
    need_namespace(c14n, element->ns);
    for (attr = element->properties; attr; attr = attr->next) {
        sort_in(c14n->attrs, attr);
        if (attr->ns) {
            need_namespace(c14n, attr->ns);
        }
    }
    for (i = 0; i < c14n->prefixes->nelts; i++) {
        need_declared(c14n, element, APR_ARRAY_IDX(c14n->prefixes, i, const char *), outermost);
    }
    put(c14n, "<", 1);
    put_name(c14n, element->ns, element->name);
    put_declarations(c14n, first);
    for (i = 0; i < c14n->attrs->nelts; i++) {
        put_attribute(c14n, APR_ARRAY_IDX(c14n->attrs, i, const xmlAttr *));
    }
    put(c14n, ">", 1);
}

static void put_element(c14n_t *c14n, const xmlNode *element, int depth)
{
    const xmlNode *child;
    int in_force = c14n->in_force->nelts;

    if (depth >= DEPTH_MAX) {
        c14n->failed = 1;
        return;
    }
    put_start(c14n, element, depth == 0);
    for (child = element->children; child && !c14n->failed; child = child->next) {
        if (child->type == XML_ELEMENT_NODE) {
            if (child != c14n->without) {
                put_element(c14n, child, depth + 1);
            }
        } else if (child->type == XML_TEXT_NODE) {
            put_escaped(c14n, (const char *)child->content, ESCAPED_IN_TEXT);
        } else if (child->type != XML_COMMENT_NODE) {
            c14n->failed = 1;
        }
    }
    put(c14n, "</", 2);
    put_name(c14n, element->ns, element->name);
    put(c14n, ">", 1);
    c14n->in_force->nelts = in_force;
}

static apr_array_header_t *read_prefixes(const char *list, apr_pool_t *pool)
{
    static const char white[] = " \t\r\n";
    apr_array_header_t *prefixes = apr_array_make(pool, 4, sizeof(const char *));

    while (list && *(list += strspn(list, white))) {
        apr_size_t len = strcspn(list, white);
        const char *prefix = apr_pstrmemdup(pool, list, len);

        APR_ARRAY_PUSH(prefixes, const char *) = strcmp(prefix, "#default") == 0 ? "" : prefix;
        list += len;
    }
    return prefixes;
}

int braze_c14n_exclusive(const char **bytes, apr_size_t *len, const braze_node_t *apex,
                         const braze_node_t *without, const char *prefix_list, apr_size_t max,
                         apr_pool_t *pool)
{
    c14n_t *c14n = apr_pcalloc(pool, sizeof(*c14n));

    c14n->max = max;
    c14n->without = without;
    c14n->prefixes = read_prefixes(prefix_list, pool);
    c14n->in_force = apr_array_make(pool, 16, sizeof(declared_t));
    c14n->attrs = apr_array_make(pool, 16, sizeof(const xmlAttr *));
    apr_pool_cleanup_register(pool, c14n, free_bytes, apr_pool_cleanup_null);
    put_element(c14n, apex, 0);
    if (c14n->failed) {
        return 0;
    }
    c14n->data[c14n->len] = '\0';
    *bytes = c14n->data;
    *len = c14n->len;
    return 1;
}
