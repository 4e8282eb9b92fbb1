/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logging as it is injected into the server-free rooms: the glue gives ap_log_rerror, braze-admin
 * gives standard error, tests give an array.
 */
#ifndef BRAZE_LOG_H
#define BRAZE_LOG_H

#include <apr_pools.h>

#include "braze_err.h"

typedef enum {
    BRAZE_LOG_ERROR,
    BRAZE_LOG_WARNING,
    BRAZE_LOG_INFO,
    BRAZE_LOG_DEBUG /* the only level that may carry personal data */
} braze_log_level_t;

/* line is whole, escaped, without a newline, and starts with its tag. */
typedef void braze_log_fn(void *baton, braze_log_level_t level, const char *line);

typedef struct {
    braze_log_fn *write; /* NULL = silent */
    void *baton;
} braze_log_t;

#define BRAZE_LINE_MAX 4096 /* bytes of one log line; a longer one is cut there and gets "..." */

/*
 * text as one line for a log: control characters (C0, DEL, C1) as \xNN of each byte, bytes that are
 * not UTF-8 likewise.
 */
const char *braze_line_escape(const char *text, apr_pool_t *pool);

/* Formats and writes "TAG text". log may be NULL. */
void braze_log_write(const braze_log_t *log, braze_log_level_t level, const char *tag,
                     apr_pool_t *pool, const char *fmt, ...) BRAZE_PRINTF(5, 6);

#endif
