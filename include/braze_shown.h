/* SPDX-License-Identifier: Apache-2.0 */
/* Texts as an application behind httpd is told them, in its environment and in request headers
 * (src/core/shown.c). */
#ifndef BRAZE_SHOWN_H
#define BRAZE_SHOWN_H

#include <apr_pools.h>
#include <apr_tables.h>

/* Has text no control character of ASCII? Then it is shown as it is. */
int braze_shown_is(const char *text);

/* A control character can stand in no header, and is no part of a name: it becomes %XX. text itself
 * where there is none. */
const char *braze_shown_text(const char *text, apr_pool_t *pool);

/* Of const char *: "a;b;c", a semicolon or backslash in a name with a backslash before it; then as
 * above. "" when there is none. */
const char *braze_shown_list(const apr_array_header_t *names, apr_pool_t *pool);

#endif
