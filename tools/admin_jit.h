/* SPDX-License-Identifier: Apache-2.0 */
/* Private to admin_jit.c and its two helpers. */
#ifndef BRAZE_ADMIN_JIT_H
#define BRAZE_ADMIN_JIT_H

#include "admin.h"

#define ADMIN_CERT_MAX 65536 /* bytes of a PEM file */

/*
 * Reads a file that holds one certificate, which a key can be had from that sign-ins may be
 * verified with. A private key in the file is refused: it has no place in the database. *pem is the
 * certificate alone, without what stands around it.
 */
braze_err_t *admin_cert_read(const char **pem, const char *file, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* SHA-256 of the certificate (its DER form), as openssl x509 -fingerprint counts it; NULL for what
 * is no PEM. */
const char *admin_cert_fingerprint(const char *pem, apr_pool_t *pool);

admin_run_fn admin_domain_list, admin_domain_allow, admin_domain_disallow;

#endif
