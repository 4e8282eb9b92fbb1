/* SPDX-License-Identifier: Apache-2.0 */
/* A document, an element of it, and the canonical bytes that this must have. */
#ifndef BRAZE_UNIT_C14N_CASE_H
#define BRAZE_UNIT_C14N_CASE_H

#include <apr_pools.h>
#include <libxml/tree.h>

#include "src/saml/saml_int.h"

/* apex, without: the names of elements (NULL: the root; nothing). */
typedef struct {
    const char *apex, *without, *prefixes, *xml, *want;
} unit_c14n_case_t;

/* More than a message may be, and comments. */
extern const braze_xml_caps_t unit_c14n_caps;

/* The root; it must parse. */
xmlNode *unit_c14n_parse(const char *xml, apr_pool_t *pool);
/* The first element of that local name, which must be there. */
xmlNode *unit_c14n_named(xmlNode *root, const char *name);
/* The bytes, or "(refused)". */
const char *unit_c14n(const xmlNode *apex, const xmlNode *without, const char *prefixes,
                      apr_pool_t *pool);

/* Each must give what it wants; that again must give the same; and just so much room must do. */
void unit_c14n_check(const unit_c14n_case_t *cases, apr_size_t count, apr_pool_t *pool);

#define UNIT_C14N_CHECK(cases, pool) unit_c14n_check(cases, sizeof(cases) / sizeof(*(cases)), pool)

#endif
