/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what identity providers encrypt for us (saml-core 6, W3C XML Encryption 1.1). */
#ifndef BRAZE_SAML_DECRYPT_H
#define BRAZE_SAML_DECRYPT_H

#include "message.h"

/* ---- cipher.c: the algorithms, on bytes ---- */

typedef struct {
    const char *algorithm; /* URI of EncryptionMethod */
    const char *name;      /* OpenSSL's */
    apr_size_t key_len;
    int is_gcm; /* what was changed is noticed; of CBC it is not */
} braze_cipher_t;

/* NULL: none that is taken. */
const braze_cipher_t *braze_cipher_find(const char *algorithm);
/* What was encrypted, NUL-terminated; NULL when data is not of that key. */
const char *braze_cipher_open(apr_size_t *len, const braze_cipher_t *cipher,
                              const unsigned char *key, const unsigned char *data,
                              apr_size_t data_len, apr_pool_t *pool);

/* RSA-OAEP and its two digests (OpenSSL's names). */
typedef struct {
    const char *digest, *mgf_digest;
} braze_transport_t;

/* 0: none that is taken. digest and mgf are the URIs given beside algorithm; NULL: not given. */
int braze_transport_find(braze_transport_t *transport, const char *algorithm, const char *digest,
                         const char *mgf);
/* 1 = data is a key of that length for this pair. */
int braze_transport_open(unsigned char *key, apr_size_t key_len, const braze_transport_t *transport,
                         const braze_saml_pair_t *pair, const unsigned char *data,
                         apr_size_t data_len);

/* ---- decrypt.c ---- */

typedef struct {
    const apr_array_header_t *pairs; /* of braze_saml_pair_t *: each is tried; NULL: none */
    int covered;                     /* a signature that holds covers the ciphertext */
    const char *how;                 /* out: algorithms and key, for the trace */
} braze_decrypt_t;

/*
 * The Assertion in an EncryptedAssertion, the NameID in an EncryptedID: parsed and checked as what
 * came in plain, IDs held against those of the Response around it. It stands in a document of its
 * own, freed with pool, within an element that only carries namespaces.
 */
braze_err_t *braze_decrypt(braze_node_t **element, const braze_node_t *encrypted,
                           braze_decrypt_t *with, apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
