/* SPDX-License-Identifier: Apache-2.0 */
/* Identifiers, secrets, hashes. */
#ifndef BRAZE_ID_H
#define BRAZE_ID_H

#include <apr_pools.h>
#include <apr_time.h>

#include "braze_err.h"

#define BRAZE_ID_LEN 35     /* "dfa245b7-24195aec-887bb3ad-602b3340" */
#define BRAZE_SHA256_HEX 64 /* characters */
#define BRAZE_SECRET_LEN 43 /* 256 random bits in base64url without padding */
#define BRAZE_TIME_HEX 11   /* digits of a time in milliseconds; enough until the year 2527 */

/* Makes the digests below faster until the pool goes, which has to be before this code is unloaded.
 * Before there are threads; not needed. */
void braze_id_begin(apr_pool_t *pool);

/*
 * A new id: 128 bits in four groups of eight lower-case hex digits. The first 56 bits are now in
 * microseconds since 1970, so that ids sort by time of making; the other 72 are random.
 */
const char *braze_id_new(apr_time_t now, apr_pool_t *pool);

/* 1 when text has exactly the form of an id (hex digits in either case are not the same id: lower
 * only). */
int braze_id_is(const char *text);

/* BRAZE_SECRET_LEN characters of base64url from the system's random source; aborts the process when
 * there is none. */
const char *braze_secret_new(apr_pool_t *pool);

/*
 * The same, but it begins with now, as BRAZE_TIME_HEX digits of milliseconds since 1970; 190 random
 * bits follow. A row that lies under braze_timed_secret_hash lies next to those of the same moment,
 * and not anywhere in its index.
 */
const char *braze_timed_secret_new(apr_time_t now, apr_pool_t *pool);

/* Under what a timed secret is kept: braze_timed_hash at the time that it says. One that says none
 * was made before there were timed ones: its braze_sha256_hex. */
const char *braze_timed_secret_hash(const char *secret, apr_pool_t *pool);

/* BRAZE_SHA256_HEX characters: the time as above, and of the SHA-256 what there is room for (212
 * bits). The same bytes have to come with the same time. */
const char *braze_timed_hash(apr_time_t at, const void *data, apr_size_t len, apr_pool_t *pool);

/* Lower-case hex SHA-256 of the bytes. */
const char *braze_sha256_hex(const void *data, apr_size_t len, apr_pool_t *pool);

/* Lower-case hex HMAC-SHA256 (RFC 2104) of a text, under a key that is a text. */
const char *braze_hmac_hex(const char *key, const char *text, apr_pool_t *pool);

/* Constant-time comparison of two NUL-terminated texts of which only the lengths may leak. 1 =
 * equal. */
int braze_secret_equal(const char *a, const char *b);

/* The same of a text and of len bytes. */
int braze_secret_is(const char *secret, const char *bytes, apr_size_t len);

/* An address as a short text, for keys of a pool's userdata: what they are found by is every one of
 * their characters. Writes at most BRAZE_ADDRESS_MAX bytes and the NUL; gives the place of that. */
#define BRAZE_ADDRESS_MAX 11
char *braze_address_put(char *to, const void *address);

#endif
