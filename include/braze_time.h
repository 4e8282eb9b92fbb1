/* SPDX-License-Identifier: Apache-2.0 */
/* Times are apr_time_t: microseconds since 1970 UTC; 0 = none. Rows hold milliseconds. */
#ifndef BRAZE_TIME_H
#define BRAZE_TIME_H

#include <apr_pools.h>
#include <apr_time.h>

/* xsd:dateTime with Z or an offset, optional fraction, as SAML and SCIM use it (years 1970..9999).
 * 1 = read; 0 = not such a time (without a zone included). */
int braze_time_parse(apr_time_t *time, const char *text);

/* "2026-11-22T07:45:29.123Z" */
const char *braze_time_rfc3339(apr_time_t time, apr_pool_t *pool);

/* "2024 Nov 11, 4:20 PM" in UTC, "N/A" for 0: Braze's form. */
const char *braze_time_braze(apr_time_t time, apr_pool_t *pool);

apr_int64_t braze_time_to_ms(apr_time_t time);
apr_time_t braze_time_from_ms(apr_int64_t ms);

#endif
