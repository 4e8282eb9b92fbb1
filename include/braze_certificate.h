/* SPDX-License-Identifier: Apache-2.0 */
/* An identity provider's certificate as somebody pastes it: read, and told in words. */
#ifndef BRAZE_CERTIFICATE_H
#define BRAZE_CERTIFICATE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#define BRAZE_CERTIFICATE_TEXT_MAX (64 * 1024) /* bytes of what is pasted */
#define BRAZE_CERTIFICATES_MAX 8               /* in one text */

typedef struct {
    const char *subject, *issuer; /* RFC 2253 names */
    const char *fingerprint;      /* SHA-256, "AB:CD:…" */
    const char *key;              /* "RSA 2048", "EC P-256" */
    apr_time_t not_before, not_after;
} braze_certificate_t;

/*
 * Every certificate of a PEM text. NULL = *found (of braze_certificate_t *) can all be used to
 * verify signatures; else why not, a stable word: "certificate_missing" (no PEM certificate),
 * "certificate_private_key" (a private key is in it: it must not be kept), "certificate_damaged",
 * "certificate_weak_key" (RSA below 2048 bits), "certificate_key_kind" (neither RSA nor P-256,
 * P-384, P-521), "certificate_too_large", "certificate_too_many". Dates do not count (SAML takes a
 * certificate for the wrapping of a key); the caller shows them.
 */
const char *braze_certificate_read(apr_array_header_t **found, const char *pem, apr_pool_t *pool);

#endif
