/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of t/cases/saml, made once a test program with keys of their own, and the judge's
 * expectations out of them. */
#ifndef BRAZE_UNIT_SAML_H
#define BRAZE_UNIT_SAML_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/types.h>

#include "braze_saml.h"
#include "braze_saml_request.h"

/* Which sandbox the generator was told about. */
#define UNIT_SAML_NOW 1800000000 /* seconds: no test looks at the real clock */
#define UNIT_SAML_ACS "https://sp.example.com/auth/saml/callback"
#define UNIT_SAML_SP "braze_dashboard"
#define UNIT_SAML_IDP "https://idp.example.com/metadata"

typedef struct {
    const char *name, *file, *code, *control;
    int status;
    const char *parameters; /* key=value&…, values percent-encoded */
} unit_saml_case_t;

/* For cmocka: makes the folder and starts the SAML libraries; removes it. */
int unit_saml_set_up(void **state);
int unit_saml_tear_down(void **state);

apr_pool_t *unit_saml_pool(void); /* of the whole program */
const apr_array_header_t *
unit_saml_cases(void); /* of unit_saml_case_t; may be called before set_up */
const unit_saml_case_t *unit_saml_case(const char *name);
/* Whole file of the folder, NUL-terminated. */
const char *unit_saml_read(apr_size_t *len, const char *file, apr_pool_t *pool);
/* The decoded parameter, or NULL. */
const char *unit_saml_parameter(const unit_saml_case_t *one, const char *key, apr_pool_t *pool);
/* The identity providers of a metadata file that must load. */
braze_saml_idps_t *unit_saml_idps(const char *file, apr_pool_t *pool);
/* The key pair of that name in the folder ("sp"). */
braze_saml_pair_t *unit_saml_pair_read(const char *name, apr_pool_t *pool);
/* What the case is to be held against. */
void unit_saml_expect(braze_saml_expect_t *expect, const unit_saml_case_t *one, apr_pool_t *pool);
/* Judges the case's message. */
braze_err_t *unit_saml_judge(braze_saml_identity_t **identity, const unit_saml_case_t *one,
                             apr_pool_t *pool);

/* A new RSA key and a certificate around it, as PEM (unit_saml_pair.c); freed with pool. */
EVP_PKEY *unit_saml_pem(const char **key, const char **cert, int bits, apr_pool_t *pool);
/* The same as a key pair of 2048 bits. */
braze_saml_pair_t *unit_saml_pair(EVP_PKEY **pkey, apr_pool_t *pool);

#endif
