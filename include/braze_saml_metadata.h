/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata of many identity providers (saml-metadata-2.0-os): a file that is signed, and what it
 * says of each for people who choose among them.
 */
#ifndef BRAZE_SAML_METADATA_H
#define BRAZE_SAML_METADATA_H

#include "braze_saml.h"

#define BRAZE_SAML_MAX_NAMES 32   /* languages of a name that are kept */
#define BRAZE_SAML_MAX_NAME 256   /* bytes of a name; a longer one is none */
#define BRAZE_SAML_MAX_SCOPES 256 /* domains of an identity provider that are kept */
#define BRAZE_SAML_MAX_NOTES 20   /* lines that the reading of one document may log */

/* Whose signature metadata must have: public keys, parsed once. Immutable; its pool owns it. */
typedef struct braze_saml_anchor_t braze_saml_anchor_t;

/* From PEM certificates, or public keys, of which all must be usable (BRAZE-J0219 says what is
 * wrong). pem ends with a NUL behind its len bytes. */
braze_err_t *braze_saml_anchor_make(braze_saml_anchor_t **anchor, const char *pem, apr_size_t len,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;

/* How a document is to be read. */
typedef struct {
    const braze_saml_anchor_t *anchor; /* NULL: a signature is not looked at */
    apr_time_t now;
    const braze_log_t *log; /* entities that are left out, and why; or NULL */
} braze_saml_load_t;

/*
 * As braze_saml_idp_load. With an anchor the document element must be signed by one of its keys, in
 * the form that the judge asks of a message (enveloped signature, exclusive canonicalization,
 * SHA-256 or better, no key of the document's own), or it is refused (BRAZE-J0217); all values are
 * then read from the bytes that were digested. validUntil counts at every level; cacheDuration does
 * not: it speaks to whoever fetches the file. Of two entities with one name the first counts.
 */
braze_err_t *braze_saml_metadata_load(braze_saml_idps_t **idps, const char *xml, apr_size_t len,
                                      const braze_saml_load_t *load,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;

/* mdui:DisplayName, else OrganizationDisplayName: in that language, else in English, else the
 * first; NULL without any. */
const char *braze_saml_idp_name(const braze_saml_idp_t *idp, const char *language);
/* Its metadata ask not to be offered (entity category hide-from-discovery). */
int braze_saml_idp_is_hidden(const braze_saml_idp_t *idp);
/* Is each word of text in its names, its host or its scopes? text as of braze_key_search_text. */
int braze_saml_idp_matches(const braze_saml_idp_t *idp, const char *text);
/* Those whose metadata name the domain (shibmd:Scope): of const braze_saml_idp_t *. domain as of
 * braze_key_domain, compared whole. */
const apr_array_header_t *braze_saml_idps_scoped(const braze_saml_idps_t *idps, const char *domain,
                                                 apr_pool_t *pool);

#endif
