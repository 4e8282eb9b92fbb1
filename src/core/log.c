/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

#include <apr_strings.h>

#include "braze_log.h"
#include "core_int.h"

void braze_log_write(const braze_log_t *log, braze_log_level_t level, const char *tag,
                     apr_pool_t *pool, const char *fmt, ...)
{
    const char *text;
    va_list args;

    if (!log || !log->write) {
        return;
    }
    va_start(args, fmt);
    text = apr_pvsprintf(pool, fmt, args);
    va_end(args);
    text = apr_pstrcat(pool, tag, " ", text, NULL);
    log->write(log->baton, level, braze_line_escape(text, pool));
}
