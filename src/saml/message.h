/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make messages and metadata of our own share. */
#ifndef BRAZE_SAML_MESSAGE_H
#define BRAZE_SAML_MESSAGE_H

#include "braze_saml_request.h"
#include "saml_int.h"

struct braze_saml_pair_t {
    const char *key_pem, *cert_pem;
    const char *cert_base64; /* DER, for metadata */
    void *pkey;              /* EVP_PKEY */
};

/* A Signature without its values, to stand in the XML of the element with that ID. RSA-SHA256,
 * exclusive c14n. */
const char *braze_signature_template(const char *id, const braze_saml_pair_t *pair,
                                     apr_pool_t *pool);
/* Fills in the values of the one template in xml, whose root element has the ID. NULL when that
 * could not be done. */
const char *braze_xml_sign(const char *xml, const braze_saml_pair_t *pair, apr_pool_t *pool);

/* ---- HTTP-Redirect (deflate.c, query.c) ---- */

/* NUL-terminated; NULL for what is not of that form, or is over max bytes. */
const char *braze_inflate(apr_size_t *len, const unsigned char *data, apr_size_t data_len,
                          apr_size_t max, apr_pool_t *pool);
const unsigned char *braze_deflate(apr_size_t *len, const char *text, apr_pool_t *pool);

/* A query string's parameters that SAML knows, as they stand in it: percent-encoded, NULL where
 * absent. */
typedef struct {
    const char *request, *response, *relay_state, *sig_alg, *signature, *encoding;
} braze_query_t;

/* NULL: taken apart; else what is wrong with it. */
const char *braze_query_parse(braze_query_t *query, const char *text, apr_pool_t *pool);
/* A value without its percent-encoding; NULL for a bad one, or one of a NUL. */
const char *braze_query_decode(const char *value, apr_pool_t *pool);

typedef enum {
    BRAZE_QUERY_HOLDS,
    BRAZE_QUERY_UNSIGNED,
    BRAZE_QUERY_ALGORITHM, /* none that is taken */
    BRAZE_QUERY_FORGED
} braze_query_verdict_t;

/* Is it signed, as it stands, with one of the keys? */
braze_query_verdict_t braze_query_verify(const braze_query_t *query, const apr_array_header_t *keys,
                                         int allow_sha1, apr_pool_t *pool);
/* The query string of a message, signed when pair is not NULL. NULL: it could not be made. */
const char *braze_query_make(const char *field, const char *xml, const char *relay_state,
                             const braze_saml_pair_t *pair, apr_pool_t *pool);

#endif
