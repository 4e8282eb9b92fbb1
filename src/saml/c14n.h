/* SPDX-License-Identifier: Apache-2.0 */
/* What only the files that see libxml2's trees share: canonical bytes. */
#ifndef BRAZE_SAML_C14N_H
#define BRAZE_SAML_C14N_H

#include "saml_int.h"

/*
 * Exclusive XML Canonicalization 1.0, without comments (W3C Recommendation of 18 July 2002), of the
 * element apex with all that is in it but the element without (NULL: with all). prefix_list: the
 * PrefixList of an InclusiveNamespaces ("#default" included), NULL for none; what is declared above
 * apex counts. *bytes: UTF-8, ended by a '\0' that is not among the *len; from pool.
 *
 * 1 = done. 0 = the bytes would be more than max; elements stand deeper in one another than twice
 * BRAZE_SAML_MAX_DEPTH; a namespace that must be written is relative (Canonical XML 1.0, 1.3); or
 * there is a node of another kind than elements, attributes, text and comments (which
 * braze_xml_scan does not let through).
 */
int braze_c14n_exclusive(const char **bytes, apr_size_t *len, const braze_node_t *apex,
                         const braze_node_t *without, const char *prefix_list, apr_size_t max,
                         apr_pool_t *pool);

#endif
