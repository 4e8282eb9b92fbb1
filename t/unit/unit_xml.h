/* SPDX-License-Identifier: Apache-2.0 */
/* libxml2's own tree of a document, and ours held against it (unit tests and fuzz targets). */
#ifndef BRAZE_UNIT_XML_H
#define BRAZE_UNIT_XML_H

#include <string.h>

#include <apr_strings.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

static inline apr_status_t unit_xml_free(void *document)
{
    xmlFreeDoc(document);
    return APR_SUCCESS;
}

/* NULL: libxml2 refuses it, or what it says of its namespaces. Freed with pool. */
static inline xmlNode *unit_xml_libxml2(const char *xml, apr_size_t len, apr_pool_t *pool)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    xmlParserCtxtPtr context = xmlNewParserCtxt();
    xmlDocPtr document =
        context ? xmlCtxtReadMemory(context, xml, (int)len, NULL, NULL, options) : NULL;
    int is_whole = document && context->wellFormed && context->nsWellFormed;

    xmlFreeParserCtxt(context);
    if (!is_whole) {
        xmlFreeDoc(document);
        return NULL;
    }
    apr_pool_cleanup_register(pool, document, unit_xml_free, apr_pool_cleanup_null);
    return xmlDocGetRootElement(document);
}

static inline int unit_xml_same_text(const xmlChar *one, const xmlChar *other)
{
    return strcmp(one ? (const char *)one : "", other ? (const char *)other : "") == 0;
}

static inline int unit_xml_same_namespace(const xmlNs *one, const xmlNs *other)
{
    return (!one && !other) || (one && other && !one->prefix == !other->prefix && one->href &&
                                other->href && unit_xml_same_text(one->prefix, other->prefix) &&
                                unit_xml_same_text(one->href, other->href));
}

static inline int unit_xml_same_declarations(const xmlNs *one, const xmlNs *other)
{
    while (one && other && unit_xml_same_namespace(one, other)) {
        one = one->next;
        other = other->next;
    }
    return !one && !other;
}

static inline int unit_xml_same_attributes(const xmlAttr *one, const xmlAttr *other,
                                           const xmlNode *element)
{
    for (; one && other; one = one->next, other = other->next) {
        xmlChar *value = xmlNodeListGetString(other->doc, other->children, 1);
        int same = unit_xml_same_text(one->name, other->name) &&
                   unit_xml_same_namespace(one->ns, other->ns) && one->parent == element &&
                   one->children && !one->children->next && one->children->type == XML_TEXT_NODE &&
                   unit_xml_same_text(one->children->content, value);

        xmlFree(value);
        if (!same) {
            return 0;
        }
    }
    return !one && !other;
}

/* All text from here to the next element, *node, or to the end. */
static inline const char *unit_xml_text(xmlNode **node, apr_pool_t *pool)
{
    const char *text = "";

    for (; *node && (*node)->type != XML_ELEMENT_NODE; *node = (*node)->next) {
        if ((*node)->type == XML_TEXT_NODE) {
            text = apr_pstrcat(pool, text, (*node)->content, NULL);
        }
    }
    return text;
}

static inline int unit_xml_same_element(const xmlNode *one, const xmlNode *other)
{
    return one->type == XML_ELEMENT_NODE && unit_xml_same_text(one->name, other->name) &&
           unit_xml_same_namespace(one->ns, other->ns) &&
           unit_xml_same_declarations(one->nsDef, other->nsDef) &&
           unit_xml_same_attributes(one->properties, other->properties, one);
}

/* Is our tree what libxml2's is, comments aside? Each of our elements has libxml2's as its _private
 * then. */
static inline int unit_xml_pair(xmlNode *ours, xmlNode *theirs, apr_pool_t *pool)
{
    xmlNode *one = ours->children, *other = theirs->children;

    if (!unit_xml_same_element(ours, theirs)) {
        return 0;
    }
    ours->_private = theirs;
    for (;;) {
        const char *text = unit_xml_text(&one, pool), *their_text = unit_xml_text(&other, pool);

        if (strcmp(text, their_text) != 0 || !one != !other) {
            return 0;
        }
        if (!one) {
            return 1;
        }
        if (one->parent != ours || !unit_xml_pair(one, other, pool)) {
            return 0;
        }
        one = one->next;
        other = other->next;
    }
}

#endif
