/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libxml2 reads, the tree is put up here: libxml2's own is several hundred small pieces of malloced
 * memory for one message, and taking and giving back those was a seventh of what a login costs. The
 * pieces have libxml2's types; what only its own functions look at is not filled in.
 */
#include <string.h>

#include <apr_strings.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "saml_int.h"

/* Never a DTD, an entity's text, the network or the relaxed limits. */
#define PARSE_OPTIONS XML_PARSE_NONET

#define TEXT_FIRST 512 /* bytes of one text that there is room for at first */

/* Of each attribute that libxml2 hands over. */
enum { NAME, PREFIX, URI, VALUE, VALUE_END, ATTRIBUTE_PARTS };

typedef struct {
    xmlNode *root, *open;       /* the document's; the one that is being read */
    char *text;                 /* read since the last tag, */
    apr_size_t text_len, space; /* and what it has room for */
    xmlNs *xml;                 /* of the prefix that needs no declaration */
    char message[160];          /* the first complaint; handlers are per context only */
    int complaints;
    apr_pool_t *pool;
} tree_t;

/* Which libxml2 gives to each handler. */
static tree_t *tree_of(void *context)
{
    return ((xmlParserCtxtPtr)context)->_private;
}

static void complain(tree_t *tree, int line, const char *what)
{
    if (tree->complaints++ == 0) {
        apr_snprintf(tree->message, sizeof(tree->message), "line %d: %s", line, what);
        tree->message[strcspn(tree->message, "\r\n")] = '\0';
    }
}

static void note_complaint(void *context, xmlErrorPtr error)
{
    if (error->level >= XML_ERR_ERROR) {
        complain(tree_of(context), error->line, error->message ? error->message : "not XML");
    }
}

/* What the scan lets nobody send. */
static void refuse(void *context)
{
    complain(tree_of(context), 0, "more than elements and text");
}

static void refuse_subset(void *context, const xmlChar *name, const xmlChar *public_id,
                          const xmlChar *system_id)
{
    (void)name;
    (void)public_id;
    (void)system_id;
    refuse(context);
}

static void refuse_reference(void *context, const xmlChar *name)
{
    (void)name;
    refuse(context);
}

static void refuse_instruction(void *context, const xmlChar *target, const xmlChar *data)
{
    (void)target;
    (void)data;
    refuse(context);
}

static void refuse_cdata(void *context, const xmlChar *value, int len)
{
    (void)value;
    (void)len;
    refuse(context);
}

static void add_child(tree_t *tree, xmlNode *node)
{
    xmlNode *parent = tree->open;

    node->parent = parent;
    if (!parent) {
        tree->root = node;
        return;
    }
    node->prev = parent->last;
    if (parent->last) {
        parent->last->next = node;
    } else {
        parent->children = node;
    }
    parent->last = node;
}

static xmlNode *text_node(char *text, apr_pool_t *pool)
{
    xmlNode *node = apr_pcalloc(pool, sizeof(*node));

    node->type = XML_TEXT_NODE;
    node->name = (const xmlChar *)"text";
    node->content = (xmlChar *)text;
    return node;
}

/* One node for all between two tags, in however many pieces the parser has it. */
static void end_text(tree_t *tree)
{
    if (tree->text_len > 0) {
        add_child(tree,
                  text_node(apr_pstrmemdup(tree->pool, tree->text, tree->text_len), tree->pool));
        tree->text_len = 0;
    }
}

static void add_text(void *context, const xmlChar *text, int len)
{
    tree_t *tree = tree_of(context);
    apr_size_t more = (apr_size_t)len, space = tree->space ? tree->space : TEXT_FIRST;

    while (space < tree->text_len + more) {
        space *= 2;
    }
    if (space > tree->space) {
        char *wider = apr_palloc(tree->pool, space);

        if (tree->text_len > 0) {
            memcpy(wider, tree->text, tree->text_len);
        }
        tree->text = wider;
        tree->space = space;
    }
    memcpy(tree->text + tree->text_len, text, more);
    tree->text_len += more;
}

/* Prefixes of one parser are one pointer each; the default namespace's is NULL. */
static xmlNs *declared(tree_t *tree, const xmlNode *node, const xmlChar *prefix)
{
    xmlNs *ns;

    for (; node; node = node->parent) {
        for (ns = node->nsDef; ns; ns = ns->next) {
            if (ns->prefix == prefix) {
                return ns;
            }
        }
    }
    if (!prefix || strcmp((const char *)prefix, "xml") != 0) {
        return NULL;
    }
    if (!tree->xml) {
        tree->xml = apr_pcalloc(tree->pool, sizeof(*tree->xml));
        tree->xml->type = XML_NAMESPACE_DECL;
        tree->xml->prefix = prefix;
        tree->xml->href = XML_XML_NAMESPACE;
    }
    return tree->xml;
}

/* Pairs of prefix and URI. */
static void declare(tree_t *tree, xmlNode *node, int count, const xmlChar **namespaces)
{
    xmlNs **next = &node->nsDef;
    int i;

    for (i = 0; i < count; i++) {
        xmlNs *ns = apr_pcalloc(tree->pool, sizeof(*ns));

        ns->type = XML_NAMESPACE_DECL;
        ns->prefix = namespaces[2 * i];
        ns->href = namespaces[2 * i + 1] ? namespaces[2 * i + 1] : (const xmlChar *)"";
        *next = ns;
        next = &ns->next;
    }
}

/* An ampersand is handed over as a reference, so that nobody takes it for the beginning of one; all
 * other references are characters already. */
static char *plain_value(tree_t *tree, const char *value, apr_size_t len)
{
    static const char reference[] = "&#38;";
    const apr_size_t reference_len = sizeof(reference) - 1;
    char *text = apr_pstrmemdup(tree->pool, value, len), *out;
    const char *at = memchr(text, '&', len), *end = text + len;

    if (!at) {
        return text;
    }
    for (out = text + (at - text); at < end; out++) {
        *out = *at;
        if (*at != '&') {
            at++;
        } else if ((apr_size_t)(end - at) >= reference_len &&
                   memcmp(at, reference, reference_len) == 0) {
            at += reference_len;
        } else {
            complain(tree, 0, "reference in an attribute");
            at++;
        }
    }
    *out = '\0';
    return text;
}

static void add_attributes(tree_t *tree, xmlNode *node, int count, const xmlChar **parts)
{
    xmlAttr **next = &node->properties;
    int i;

    for (i = 0; i < count; i++, parts += ATTRIBUTE_PARTS) {
        xmlAttr *attr = apr_pcalloc(tree->pool, sizeof(*attr));
        apr_size_t len = (apr_size_t)(parts[VALUE_END] - parts[VALUE]);
        xmlNode *value = text_node(plain_value(tree, (const char *)parts[VALUE], len), tree->pool);

        value->parent = (xmlNode *)attr;
        attr->type = XML_ATTRIBUTE_NODE;
        attr->name = parts[NAME];
        attr->ns = parts[PREFIX] ? declared(tree, node, parts[PREFIX]) : NULL;
        attr->parent = node;
        attr->children = attr->last = value;
        *next = attr;
        next = &attr->next;
    }
}

static void start_element(void *context, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int namespaces, const xmlChar **namespace_parts,
                          int attributes, int defaulted, const xmlChar **attribute_parts)
{
    tree_t *tree = tree_of(context);
    xmlNode *node = apr_pcalloc(tree->pool, sizeof(*node));

    (void)defaulted; /* by a DTD */
    end_text(tree);
    node->type = XML_ELEMENT_NODE;
    node->name = name;
    add_child(tree, node);
    declare(tree, node, namespaces, namespace_parts);
    node->ns = uri ? declared(tree, node, prefix) : NULL;
    add_attributes(tree, node, attributes, attribute_parts);
    tree->open = node;
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri)
{
    tree_t *tree = tree_of(context);

    (void)name; /* the parser has seen to it that it is the same */
    (void)prefix;
    (void)uri;
    end_text(tree);
    tree->open = tree->open->parent;
}

/* Comments, which only an administrator's file may have, are passed over. */
static const xmlSAXHandler handlers = {
    .initialized = XML_SAX2_MAGIC,
    .startElementNs = start_element,
    .endElementNs = end_element,
    .characters = add_text,
    .ignorableWhitespace = add_text, /* which it is for nobody to say */
    .cdataBlock = refuse_cdata,
    .processingInstruction = refuse_instruction,
    .reference = refuse_reference,
    .internalSubset = refuse_subset,
    .externalSubset = refuse_subset,
    .serror = (xmlStructuredErrorFunc)note_complaint,
};

static apr_status_t free_names(void *names)
{
    xmlDictFree(names);
    return APR_SUCCESS;
}

/* Names and URIs are in the parser's dictionary, which goes with the pool. */
static int keep_names(xmlParserCtxtPtr context, apr_pool_t *pool)
{
    if (xmlDictReference(context->dict) != 0) {
        return 0;
    }
    apr_pool_cleanup_register(pool, context->dict, free_names, apr_pool_cleanup_null);
    return 1;
}

const char *braze_xml_tree(braze_node_t **root, const char *xml, apr_size_t len, apr_pool_t *pool)
{
    tree_t *tree = apr_pcalloc(pool, sizeof(*tree));
    xmlParserCtxtPtr context = xmlNewParserCtxt();
    xmlDocPtr document;
    int whole;

    if (!context) {
        return "no memory for a parser";
    }
    tree->pool = pool;
    context->_private = tree;
    *context->sax = handlers;
    document = xmlCtxtReadMemory(context, xml, (int)len, NULL, NULL, PARSE_OPTIONS);
    whole = !document && context->wellFormed && context->nsWellFormed && !context->disableSAX &&
            tree->root && !tree->open && keep_names(context, pool);
    xmlFreeDoc(document); /* there is none: nobody has begun one */
    xmlFreeParserCtxt(context);
    if (!whole || tree->complaints) {
        return tree->complaints ? tree->message : "not well-formed";
    }
    *root = tree->root;
    return NULL;
}
