/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message's tree and its canonical bytes, ours held against libxml2's. The first line of the
 * input, when there is one before the document, says what of it: "A W LIST" are the numbers of the
 * apex (among the elements, from 0) and of the element inside of it that is left out (0 = none),
 * and a PrefixList.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "src/saml/c14n.h"
#include "t/unit/unit_c14n.h"

#define INPUT_MAX (32 * 1024)
/* A URI as long as that, declared anew on as many elements as there may be. */
#define LONGEST ((apr_size_t)INPUT_MAX * (BRAZE_SAML_MAX_NODES + 1))

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static apr_pool_t *program;

typedef struct {
    unsigned apex, without;
    const char *list; /* NULL: none */
} subset_t;

static unsigned read_number(const char **at)
{
    unsigned number = 0;

    while (**at >= '0' && **at <= '9' && number < 10000) {
        number = number * 10 + (unsigned)(*(*at)++ - '0');
    }
    *at += **at == ' ';
    return number;
}

/* What follows the line. */
static const char *read_subset(subset_t *subset, const char *text, apr_pool_t *pool)
{
    const char *stop = strchr(text, '\n'), *at;

    if (!stop || *text < '0' || *text > '9') {
        return text;
    }
    at = apr_pstrmemdup(pool, text, (apr_size_t)(stop - text));
    subset->apex = read_number(&at);
    subset->without = read_number(&at);
    subset->list = *at ? at : NULL;
    return stop + 1;
}

/* The element of that number, or the last. */
static const xmlNode *numbered(const xmlNode *root, unsigned number)
{
    const xmlNode *element = root, *next;

    while (number-- > 0 && (next = unit_c14n_next(element, root))) {
        element = next;
    }
    return element;
}

static void same(const char *one, apr_size_t one_len, const char *other, apr_size_t other_len)
{
    if (!one || !other || one_len != other_len || memcmp(one, other, one_len) != 0) {
        abort();
    }
}

/* What came out comes out again from itself, unless that has more declarations on an element, or in
 * all, than a document may have. */
static void check_again(const char *bytes, apr_size_t len, const char *list, apr_pool_t *pool)
{
    braze_node_t *root = NULL;
    braze_err_t *err = braze_xml_parse(&root, &braze_xml_digested_caps, bytes, len, pool);
    const char *again = NULL;
    apr_size_t again_len = 0;

    if (err) {
        if (strcmp(err->code, "xml_too_many_attributes") != 0 &&
            strcmp(err->code, "xml_too_many_namespaces") != 0) {
            abort();
        }
        return;
    }
    if (!braze_c14n_exclusive(&again, &again_len, root, NULL, list, len, pool)) {
        abort();
    }
    same(bytes, len, again, again_len);
}

static void compare(const xmlNode *apex, const xmlNode *without, const char *list, apr_pool_t *pool)
{
    const xmlNode *theirs_apex = apex->_private;
    int is_plain = unit_c14n_has_plain_uris(xmlDocGetRootElement(theirs_apex->doc));
    const char *ours = NULL, *cut, *theirs;
    apr_size_t len = 0, their_len = 0, cut_len;

    if (!braze_c14n_exclusive(&ours, &len, apex, without, list, LONGEST, pool)) {
        if (is_plain) {
            abort();
        }
        return; /* a relative namespace */
    }
    if (ours[len] || braze_c14n_exclusive(&cut, &cut_len, apex, without, list, len - 1, pool)) {
        abort();
    }
    if (is_plain && len <= BRAZE_SAML_MAX_DIGESTED) {
        theirs = unit_c14n_libxml2(&their_len, apex, without, list, pool);
        same(ours, len, theirs, their_len);
        check_again(ours, len, list, pool);
    }
}

static void canonicalize(const unsigned char *data, size_t size, apr_pool_t *pool)
{
    const char *text = apr_pstrmemdup(pool, (const char *)data, size), *xml;
    subset_t subset = {0, 0, NULL};
    const xmlNode *apex, *without;
    braze_node_t *root, *theirs;
    braze_err_t *err;

    xml = read_subset(&subset, text, pool);
    err = braze_xml_parse(&root, &braze_xml_message_caps, xml, size - (size_t)(xml - text), pool);
    if (!err) {
        theirs = unit_xml_libxml2(xml, size - (size_t)(xml - text), pool);
        if (!theirs || !unit_xml_pair(root, theirs, pool)) {
            abort();
        }
        apex = numbered(root, subset.apex);
        without = numbered(apex, subset.without);
        compare(apex, without == apex ? NULL : without, subset.list, pool);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    apr_pool_t *pool;

    if (!program) {
        apr_initialize();
        apr_pool_create(&program, NULL);
        if (braze_saml_init(program)) {
            abort();
        }
    }
    if (size > INPUT_MAX) {
        return 0;
    }
    apr_pool_create(&pool, program);
    canonicalize(data, size, pool);
    apr_pool_destroy(pool);
    return 0;
}
