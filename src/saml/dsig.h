/* SPDX-License-Identifier: Apache-2.0 */
/* What only the files that see OpenSSL, xmlsec1 or the complaints of libraries share. */
#ifndef BRAZE_SAML_DSIG_H
#define BRAZE_SAML_DSIG_H

#include <openssl/evp.h>

#include "saml_int.h"

/* One public key. Shared by all threads and never written to after loading. */
struct braze_saml_key_t {
    EVP_PKEY *pkey;
    int is_ec;
};

/* The Algorithm of a method or Transform; "" when there is none, or node is NULL. */
const char *braze_algorithm_of(const braze_node_t *node, apr_pool_t *pool);
/* The PrefixList of the InclusiveNamespaces in it; NULL when there is none. */
const char *braze_prefix_list(const braze_node_t *node, apr_pool_t *pool);

/* A SignatureMethod, a DigestMethod or a SigAlg. */
typedef struct {
    const char *uri;
    const char *digest; /* as OpenSSL names it */
    int is_ec, is_weak; /* weak: taken only where the administrator allows SHA-1 */
} braze_algorithm_t;

/* NULL: none that is ever taken. */
const braze_algorithm_t *braze_signature_method(const char *uri);
const braze_algorithm_t *braze_digest_method(const char *uri);

/* Is this the digest of the bytes? */
int braze_digest_is(const braze_algorithm_t *method, const unsigned char *digest, apr_size_t len,
                    const char *bytes, apr_size_t bytes_len);
/* Which of the keys (of braze_saml_key_t *) has made the signature of the text, from 1; 0: none. */
int braze_signature_holds(const apr_array_header_t *keys, const braze_algorithm_t *method,
                          const unsigned char *signature, apr_size_t len, const char *text,
                          apr_size_t text_len, apr_pool_t *pool);

/*
 * Between these two calls the complaints of libxml2, xmlsec1 and OpenSSL in this thread go into
 * text (the first one) instead of standard error, and leave no trace in the thread's error queues
 * for mod_ssl to stumble over.
 */
typedef struct {
    char text[200];
    void *structured, *structured_baton;
} braze_quiet_t;

void braze_quiet_begin(braze_quiet_t *quiet);
void braze_quiet_end(braze_quiet_t *quiet);

#endif
