/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

#include <apr_strings.h>

#include "braze_err.h"
#include "core_int.h"

#define CAUSES_MAX 8 /* of one line; deeper ones say nothing new */

static braze_err_t *make(int status, const char *code, const char *tag, const char *detail,
                         apr_pool_t *pool)
{
    braze_err_t *err = apr_pcalloc(pool, sizeof(*err));

    err->status = status;
    err->code = code;
    err->tag = tag;
    err->detail = detail;
    return err;
}

braze_err_t *braze_err_new(int status, const char *code, const char *tag, const char *detail,
                           apr_pool_t *pool)
{
    return make(status, code, tag, apr_pstrdup(pool, detail), pool);
}

braze_err_t *braze_err_newf(apr_pool_t *pool, int status, const char *code, const char *tag,
                            const char *fmt, ...)
{
    const char *detail;
    va_list args;

    va_start(args, fmt);
    detail = apr_pvsprintf(pool, fmt, args);
    va_end(args);
    return make(status, code, tag, detail, pool);
}

braze_err_t *braze_err_log(braze_err_t *err, apr_pool_t *pool, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    err->log = apr_pvsprintf(pool, fmt, args);
    va_end(args);
    return err;
}

/* Codes and tags are literals: they need no copy. */
braze_err_t *braze_err_copy(const braze_err_t *err, apr_pool_t *pool)
{
    braze_err_t *copy = NULL, **to = &copy;
    int count;

    for (count = 0; err && count < CAUSES_MAX; count++, err = err->cause) {
        braze_err_t *made = apr_pmemdup(pool, err, sizeof(*err));

        made->detail = apr_pstrdup(pool, err->detail);
        made->log = apr_pstrdup(pool, err->log);
        made->where = apr_pstrdup(pool, err->where);
        made->cause = NULL;
        *to = made;
        to = (braze_err_t **)&made->cause;
    }
    return copy;
}

/* "tag code: text (at where)" */
static const char *one(const braze_err_t *err, apr_pool_t *pool)
{
    const char *text = err->log ? err->log : err->detail;

    return apr_pstrcat(pool, err->tag, err->code ? " " : "", err->code ? err->code : "", ": ",
                       text ? text : "", err->where ? " (at " : "", err->where ? err->where : "",
                       err->where ? ")" : "", NULL);
}

const char *braze_err_line(const braze_err_t *err, apr_pool_t *pool)
{
    const char *line = one(err, pool);
    const braze_err_t *cause = err->cause;
    int count;

    for (count = 0; cause && count < CAUSES_MAX; count++, cause = cause->cause) {
        line = apr_pstrcat(pool, line, "; caused by ", one(cause, pool), NULL);
    }
    return braze_line_escape(line, pool);
}
