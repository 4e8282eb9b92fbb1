/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>
#include <libxml/tree.h>

#include "saml_int.h"

#define PATH_MAX_NAMES (BRAZE_SAML_MAX_DEPTH + 1)

#define WRAPPER "decrypted"

braze_err_t *braze_xml_parse(braze_node_t **root, const braze_xml_caps_t *caps, const char *xml,
                             apr_size_t len, apr_pool_t *pool)
{
    braze_err_t *err = braze_xml_scan(caps, xml, len, pool);
    const char *why;

    if (err) {
        return err;
    }
    why = braze_xml_tree(root, xml, len, pool);
    return why ? braze_saml_refuse(BRAZE_SAML_MALFORMED, pool, "%s", why) : NULL;
}

/* A start tag with what is declared at context; URIs and prefixes are a parser's, so that only the
 * former need escaping. */
static const char *namespace_tag(const xmlNode *context, apr_pool_t *pool)
{
    xmlNsPtr *list = xmlGetNsList(NULL, context), *ns;
    apr_array_header_t *parts = apr_array_make(pool, 32, sizeof(const char *));

    APR_ARRAY_PUSH(parts, const char *) = "<" WRAPPER;
    for (ns = list; ns && *ns; ns++) {
        const char *prefix = (const char *)(*ns)->prefix, *uri = (const char *)(*ns)->href;

        APR_ARRAY_PUSH(parts, const char *) =
            apr_pstrcat(pool, " xmlns", prefix ? ":" : "", prefix ? prefix : "", "=\"",
                        braze_xml_escape(uri ? uri : "", pool), "\"", NULL);
    }
    xmlFree(list);
    APR_ARRAY_PUSH(parts, const char *) = ">";
    return apr_array_pstrcat(pool, parts, '\0');
}

braze_err_t *braze_xml_parse_within(braze_node_t **wrapper, const braze_node_t *context,
                                    const char *xml, apr_size_t len, apr_pool_t *pool)
{
    const char *tag, *text;
    /* By itself first: it must open what it closes. */
    braze_err_t *err = braze_xml_scan(&braze_xml_decrypted_caps, xml, len, pool);

    if (err) {
        return err;
    }
    tag = namespace_tag(context, pool);
    text = apr_pstrcat(pool, tag, xml, "</" WRAPPER ">", NULL); /* the scan has found no NUL */
    return braze_xml_parse(wrapper, &braze_xml_digested_caps, text, strlen(text), pool);
}

int braze_node_is(const braze_node_t *node, const char *ns, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns && node->ns->href &&
           strcmp((const char *)node->name, name) == 0 &&
           strcmp((const char *)node->ns->href, ns) == 0;
}

static braze_node_t *find(braze_node_t *node, const char *ns, const char *name)
{
    while (node && (ns ? !braze_node_is(node, ns, name) : node->type != XML_ELEMENT_NODE)) {
        node = node->next;
    }
    return node;
}

braze_node_t *braze_node_child(const braze_node_t *node, const char *ns, const char *name)
{
    return find(node->children, ns, name);
}

braze_node_t *braze_node_next(const braze_node_t *node, const char *ns, const char *name)
{
    return find(node->next, ns, name);
}

/* Adjacent text nodes joined: a value is never cut where a parser happened to split it. */
static const char *join(const xmlNode *first, apr_pool_t *pool)
{
    const xmlNode *node;
    apr_size_t len = 0, part;
    char *text, *out;

    for (node = first; node; node = node->next) {
        len +=
            node->type == XML_TEXT_NODE && node->content ? strlen((const char *)node->content) : 0;
    }
    text = out = apr_palloc(pool, len + 1);
    for (node = first; node; node = node->next) {
        if (node->type == XML_TEXT_NODE && node->content) {
            part = strlen((const char *)node->content);
            memcpy(out, node->content, part);
            out += part;
        }
    }
    *out = '\0';
    return text;
}

const char *braze_node_attr(const braze_node_t *node, const char *name, apr_pool_t *pool)
{
    const xmlAttr *attr;

    for (attr = node->properties; attr; attr = attr->next) {
        if (!attr->ns && strcmp((const char *)attr->name, name) == 0) {
            return join(attr->children, pool);
        }
    }
    return NULL;
}

const char *braze_node_lang(const braze_node_t *node, apr_pool_t *pool)
{
    const xmlAttr *attr;

    for (attr = node->properties; attr; attr = attr->next) {
        if (attr->ns && attr->ns->href && strcmp((const char *)attr->name, "lang") == 0 &&
            xmlStrEqual(attr->ns->href, XML_XML_NAMESPACE)) {
            return join(attr->children, pool);
        }
    }
    return NULL;
}

static apr_size_t declaration_len(const xmlNs *ns, const xmlNode *parent)
{
    if (!ns || !ns->href || (parent && parent->ns == ns)) {
        return 0;
    }
    return strlen((const char *)ns->href) + (ns->prefix ? strlen((const char *)ns->prefix) : 0) +
           sizeof(" xmlns:=\"\"");
}

apr_size_t braze_node_growth(const braze_node_t *root)
{
    const xmlNode *node = root;
    const xmlAttr *attr;
    apr_size_t growth = 0;

    while (node) {
        if (node->type == XML_ELEMENT_NODE) {
            growth += declaration_len(node->ns, node == root ? NULL : node->parent);
            for (attr = node->properties; attr; attr = attr->next) {
                growth += declaration_len(attr->ns, NULL);
            }
        }
        if (node->type == XML_ELEMENT_NODE && node->children) {
            node = node->children;
            continue;
        }
        while (node && node != root && !node->next) {
            node = node->parent;
        }
        node = node && node != root ? node->next : NULL;
    }
    return growth;
}

const char *braze_node_text(const braze_node_t *node, apr_pool_t *pool)
{
    return join(node->children, pool);
}

const char *braze_node_path(const braze_node_t *node, apr_pool_t *pool)
{
    const char *path = "";
    int names;

    for (names = 0; node && node->type == XML_ELEMENT_NODE && names < PATH_MAX_NAMES; names++) {
        path = apr_pstrcat(pool, (const char *)node->name, *path ? "/" : "", path, NULL);
        node = node->parent;
    }
    return path;
}
