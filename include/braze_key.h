/* SPDX-License-Identifier: Apache-2.0 */
/* Keys by which names are compared: Unicode case folding and normalisation, e-mail domains. */
#ifndef BRAZE_KEY_H
#define BRAZE_KEY_H

#include <apr_pools.h>

#include "braze_err.h"

#define BRAZE_NAME_MAX 1024 /* bytes of a userName, an e-mail, a workspace's name …, as given */

/*
 * The key of a name: toNFC(toCasefold(toNFD(X))) of Unicode (utf8proc), without leading and
 * trailing white space. 400 invalidValue (BRAZE-0020) for invalid UTF-8, a control character, an
 * empty or over-long text.
 */
braze_err_t *braze_key_fold(const char **key, const char *text, apr_size_t len,
                            apr_pool_t *pool) BRAZE_MUST_CHECK;

/* The same folding for any text: white space and control characters stay, nothing is too long; what
 * is not UTF-8 stays as it is. */
const char *braze_key_fold_text(const char *text, apr_size_t len, apr_pool_t *pool);

/* As people search: folded, and without accents and other marks. What is not UTF-8 stays as it is.
 */
const char *braze_key_search_text(const char *text, apr_size_t len, apr_pool_t *pool);

/*
 * The domain of an e-mail address: what follows the last '@', case-folded, an IDN in its A-label
 * form (IDNA2008, libidn2), a trailing dot removed. 400 invalidValue (BRAZE-0021) when there is no
 * '@', an empty local part, or the domain is not one.
 */
braze_err_t *braze_key_domain(const char **domain, const char *email,
                              apr_pool_t *pool) BRAZE_MUST_CHECK;

/* As braze_key_domain for a bare domain name (BrazeJitAllowDomain). */
braze_err_t *braze_key_bare_domain(const char **domain, const char *name,
                                   apr_pool_t *pool) BRAZE_MUST_CHECK;

/* 1 when text is an e-mail address we take: one line, no white space or control, a local part, a
 * domain; <= 254 bytes. Of the specials of RFC 5322 (a second @, commas, brackets …) none outside a
 * quoted local part. */
int braze_key_is_email(const char *text, apr_pool_t *pool);

/* 1 when the len bytes are valid UTF-8 without U+0000. */
int braze_key_is_utf8(const char *text, apr_size_t len);

#endif
