/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as a document before anybody has vouched for it: scanned and parsed under each set of caps,
 * its tree held against what the scan promises, and then its shape. The same bytes as base64, as
 * DEFLATE and as a query string.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_base64.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <libxml/tree.h>

#include "src/saml/message.h"
#include "t/unit/unit_xml.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static apr_pool_t *program;

typedef struct {
    const braze_xml_caps_t *caps;
    int elements, namespaces;
} walk_t;

static int count(const void *first, int (*next)(const void **))
{
    int n = 0;

    while (first) {
        n++;
        next(&first);
    }
    return n;
}

static int next_attribute(const void **attribute)
{
    *attribute = ((const xmlAttr *)*attribute)->next;
    return 0;
}

static int next_namespace(const void **namespace)
{
    *namespace = ((const xmlNs *)*namespace)->next;
    return 0;
}

/* Text and elements: nothing else has come through. */
static void check_node(walk_t *walk, const xmlNode *node, int depth)
{
    const xmlNode *child;
    int attributes, namespaces;

    if (node->type == XML_TEXT_NODE) {
        return;
    }
    if (node->type != XML_ELEMENT_NODE || depth > walk->caps->depth) {
        abort();
    }
    attributes = count(node->properties, next_attribute);
    namespaces = count(node->nsDef, next_namespace);
    walk->namespaces += namespaces;
    if (++walk->elements > walk->caps->elements || walk->namespaces > walk->caps->namespaces ||
        attributes > walk->caps->attributes) {
        abort();
    }
    for (child = node->children; child; child = child->next) {
        check_node(walk, child, depth + 1);
    }
}

static void check_document(xmlNode *root, const braze_xml_caps_t *caps, const char *xml,
                           apr_size_t len, apr_pool_t *pool)
{
    xmlNode *theirs = unit_xml_libxml2(xml, len, pool);
    walk_t walk = {caps, 0, 0};

    if (!theirs || theirs->doc->intSubset || theirs->doc->extSubset ||
        !unit_xml_pair(root, theirs, pool)) {
        abort();
    }
    check_node(&walk, root, 1);
    if (root->parent || root->next) {
        abort();
    }
}

static int known_reason(const braze_err_t *err)
{
    const char *const *reason = braze_saml_reasons;

    while (*reason && strcmp(*reason, err->code) != 0) {
        reason++;
    }
    return *reason && err->log && err->status != 500;
}

static void parse(const char *xml, apr_size_t len, const braze_xml_caps_t *caps, apr_pool_t *pool)
{
    braze_node_t *root = NULL;
    braze_err_t *scanned = braze_xml_scan(caps, xml, len, pool);
    braze_err_t *err = braze_xml_parse(&root, caps, xml, len, pool);

    if (scanned && (!err || strcmp(scanned->code, err->code) != 0)) {
        abort();
    }
    if (err && !scanned && unit_xml_libxml2(xml, len, pool)) {
        abort();
    }
    if (!err) {
        check_document(root, caps, xml, len, pool);
        err = braze_shape_check(root, pool);
    }
    if (err && !known_reason(err)) {
        abort();
    }
}

/* Whatever decodes is what its own encoding decodes to. */
static void decode(const char *text, apr_size_t len, apr_pool_t *pool)
{
    const unsigned char *bytes, *again;
    apr_size_t bytes_len, again_len;
    char *base64;

    if (!braze_base64_decode(&bytes, &bytes_len, text, len, pool)) {
        return;
    }
    base64 = apr_palloc(pool, (apr_size_t)apr_base64_encode_len((int)bytes_len));
    apr_base64_encode_binary(base64, bytes, (int)bytes_len);
    if (bytes_len > len / 4 * 3 + 3 || strchr(text, ' ') ||
        (bytes_len > 0 && (!braze_base64_decode(&again, &again_len, base64, strlen(base64), pool) ||
                           again_len != bytes_len || memcmp(again, bytes, bytes_len) != 0))) {
        abort();
    }
}

static void inflate(const unsigned char *data, apr_size_t size, apr_pool_t *pool)
{
    const unsigned char *packed;
    apr_size_t len, packed_len;
    const char *text = braze_inflate(&len, data, size, 4096, pool), *again;

    if (!text || strlen(text) != len) {
        return;
    }
    packed = braze_deflate(&packed_len, text, pool);
    again = packed ? braze_inflate(&len, packed, packed_len, 8192, pool) : NULL;
    if (!again || strcmp(again, text) != 0) {
        abort();
    }
}

/* What is taken apart stands in the query as it was found, once. */
static void query(const char *text, apr_pool_t *pool)
{
    braze_query_t parts;
    const char *all[6];
    apr_size_t i;

    if (braze_query_parse(&parts, text, pool)) {
        return;
    }
    all[0] = parts.request;
    all[1] = parts.response;
    all[2] = parts.relay_state;
    all[3] = parts.sig_alg;
    all[4] = parts.signature;
    all[5] = parts.encoding;
    for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
        const char *value = all[i] ? braze_query_decode(all[i], pool) : NULL;

        if ((all[i] && !strstr(text, all[i])) || (value && strlen(value) > strlen(all[i]))) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const braze_xml_caps_t *const caps[] = {&braze_xml_message_caps, &braze_xml_digested_caps,
                                            &braze_xml_metadata_caps};
    apr_pool_t *pool;
    const char *text;
    apr_size_t i;

    if (!program) {
        apr_initialize();
        apr_pool_create(&program, NULL);
        if (braze_saml_init(program)) {
            abort();
        }
    }
    if (size > 64 * 1024) {
        return 0;
    }
    apr_pool_create(&pool, program);
    text = apr_pstrmemdup(pool, (const char *)data, size);
    for (i = 0; i < sizeof(caps) / sizeof(*caps); i++) {
        parse((const char *)data, size, caps[i], pool);
    }
    decode(text, strlen(text), pool);
    inflate(data, size, pool);
    query(text, pool);
    apr_pool_destroy(pool);
    return 0;
}
