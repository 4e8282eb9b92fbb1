/* SPDX-License-Identifier: Apache-2.0 */
/* A document element by element, of which no more is kept than the caller looks at: a federation's
 * aggregate as a tree would take some hundred megabytes in every child. */
#include <string.h>

#include <apr_strings.h>
#include <libxml/xmlreader.h>

#include "saml_int.h"

/* Never a DTD, an entity's text, the network or the relaxed limits. */
#define WALK_OPTIONS (XML_PARSE_NONET | XML_PARSE_COMPACT)

struct braze_xml_walk_t {
    xmlTextReaderPtr reader;
    char message[160]; /* the first complaint */
    int complaints;
    apr_pool_t *pool;
};

static void note_complaint(void *baton, xmlErrorPtr error)
{
    braze_xml_walk_t *walk = baton;

    if (error->level < XML_ERR_ERROR || walk->complaints++ > 0) {
        return;
    }
    apr_snprintf(walk->message, sizeof(walk->message), "line %d: %s", error->line,
                 error->message ? error->message : "not well-formed");
    walk->message[strcspn(walk->message, "\r\n")] = '\0';
}

static apr_status_t free_reader(void *reader)
{
    xmlFreeTextReader(reader);
    return APR_SUCCESS;
}

static braze_err_t *malformed(const braze_xml_walk_t *walk)
{
    return braze_saml_refuse(BRAZE_SAML_MALFORMED, walk->pool, "%s",
                             walk->complaints ? walk->message : "not well-formed");
}

braze_err_t *braze_xml_walk_begin(braze_xml_walk_t **walk, const braze_xml_caps_t *caps,
                                  const char *xml, apr_size_t len, apr_pool_t *pool)
{
    braze_xml_walk_t *made = apr_pcalloc(pool, sizeof(*made));
    braze_err_t *err = braze_xml_scan(caps, xml, len, pool);

    if (err) {
        return err;
    }
    made->pool = pool;
    made->reader = xmlReaderForMemory(xml, (int)len, NULL, NULL, WALK_OPTIONS);
    if (!made->reader) {
        return malformed(made);
    }
    xmlTextReaderSetStructuredErrorHandler(made->reader, note_complaint, made);
    apr_pool_cleanup_register(pool, made->reader, free_reader, apr_pool_cleanup_null);
    *walk = made;
    return NULL;
}

braze_err_t *braze_xml_walk_next(const braze_node_t **node, int *depth, braze_xml_walk_t *walk,
                                 int into)
{
    int rc = into ? xmlTextReaderRead(walk->reader) : xmlTextReaderNext(walk->reader);

    *node = NULL;
    while (rc == 1 && xmlTextReaderNodeType(walk->reader) != XML_READER_TYPE_ELEMENT) {
        rc = xmlTextReaderRead(walk->reader);
    }
    if (rc < 0 || walk->complaints) {
        return malformed(walk);
    }
    if (rc == 1) {
        *depth = xmlTextReaderDepth(walk->reader);
        *node = xmlTextReaderCurrentNode(walk->reader);
        return *node ? NULL : malformed(walk);
    }
    return NULL;
}

braze_err_t *braze_xml_walk_whole(const braze_node_t **node, braze_xml_walk_t *walk)
{
    *node = xmlTextReaderExpand(walk->reader);
    return *node && !walk->complaints ? NULL : malformed(walk);
}
