/* SPDX-License-Identifier: Apache-2.0 */
/* Private to src/core. */
#ifndef BRAZE_CORE_INT_H
#define BRAZE_CORE_INT_H

#include <apr_pools.h>

#define BRAZE_LINE_MAX 4096 /* bytes of one log line; a longer one is cut there and gets "..." */

/*
 * text as one line for a log: control characters (C0, DEL, C1) as \xNN of each byte, bytes that are
 * not UTF-8 likewise.
 */
const char *braze_line_escape(const char *text, apr_pool_t *pool);

/* 1 for white space in Unicode's sense that is no control character (Zs, Zl, Zp). */
int braze_char_is_space(int codepoint);

#endif
