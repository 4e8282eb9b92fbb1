/* SPDX-License-Identifier: Apache-2.0 */
/* libxml2's canonicalizer over the same element of its own tree, to hold ours against (unit tests
 * and fuzz target). */
#ifndef BRAZE_UNIT_C14N_H
#define BRAZE_UNIT_C14N_H

#include <string.h>

#include <apr_strings.h>
#include <libxml/c14n.h>
#include <libxml/tree.h>
#include <libxml/uri.h>

#include "unit_xml.h"

typedef struct {
    const xmlNode *apex, *without;
} unit_c14n_subset_t;

/* Of a namespace node or an attribute it is the element around that decides. */
static inline int unit_c14n_is_in(void *baton, xmlNodePtr node, xmlNodePtr parent)
{
    const unit_c14n_subset_t *subset = baton;
    const xmlNode *at = node;

    if (node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE) {
        at = parent;
    }
    while (at && at != subset->apex && at != subset->without) {
        at = at->parent;
    }
    return at && at != subset->without;
}

static inline xmlChar **unit_c14n_prefixes(const char *list, apr_pool_t *pool)
{
    static const char white[] = " \t\r\n";
    apr_array_header_t *prefixes = apr_array_make(pool, 4, sizeof(xmlChar *));

    while (list && *(list += strspn(list, white))) {
        apr_size_t len = strcspn(list, white);

        APR_ARRAY_PUSH(prefixes, xmlChar *) = (xmlChar *)apr_pstrmemdup(pool, list, len);
        list += len;
    }
    APR_ARRAY_PUSH(prefixes, xmlChar *) = NULL;
    return (xmlChar **)prefixes->elts;
}

/* Of elements of our tree that have been paired with libxml2's (unit_xml_pair). NULL: it refuses.
 */
static inline const char *unit_c14n_libxml2(apr_size_t *len, const xmlNode *apex,
                                            const xmlNode *without, const char *prefix_list,
                                            apr_pool_t *pool)
{
    const xmlNode *theirs = apex->_private;
    unit_c14n_subset_t subset = {theirs, without ? without->_private : NULL};
    xmlOutputBufferPtr out = xmlAllocOutputBuffer(NULL);
    const char *bytes = NULL;

    if (xmlC14NExecute(theirs->doc, unit_c14n_is_in, &subset, XML_C14N_EXCLUSIVE_1_0,
                       unit_c14n_prefixes(prefix_list, pool), 0, out) >= 0) {
        *len = xmlOutputBufferGetSize(out);
        bytes = apr_pstrmemdup(pool, (const char *)xmlOutputBufferGetContent(out), *len);
    }
    xmlOutputBufferClose(out);
    return bytes;
}

/*
 * Can libxml2 be asked about documents with this namespace? It writes URIs as they are, though
 * Canonical XML 1.0, section 2.3, has a namespace node written in the same way as an attribute
 * node, whose & < " and white space but blanks are replaced. And it refuses a document in which any
 * declaration has no absolute URI; we one that would have to be written (section 1.3).
 */
static inline int unit_c14n_is_plain_uri(const xmlChar *uri)
{
    xmlURIPtr parts;
    int is_plain;

    if (!uri || !*uri) {
        return 1;
    }
    if (strpbrk((const char *)uri, "&<\"\t\r\n")) {
        return 0;
    }
    parts = xmlParseURI((const char *)uri);
    is_plain = parts && parts->scheme && *parts->scheme;
    xmlFreeURI(parts);
    return is_plain;
}

/* The element after this one in the order of the document; NULL after the last below root. */
static inline xmlNode *unit_c14n_next(const xmlNode *element, const xmlNode *root)
{
    xmlNode *next = element->children;

    for (;;) {
        while (next && next->type != XML_ELEMENT_NODE) {
            next = next->next;
        }
        if (next || element == root) {
            return next;
        }
        next = element->next;
        element = element->parent;
    }
}

static inline int unit_c14n_has_plain_uris(const xmlNode *root)
{
    const xmlNode *element;
    const xmlNs *ns;

    for (element = root; element; element = unit_c14n_next(element, root)) {
        for (ns = element->nsDef; ns; ns = ns->next) {
            if (!unit_c14n_is_plain_uri(ns->href)) {
                return 0;
            }
        }
    }
    return 1;
}

#endif
