/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error object. A fallible function returns braze_err_t * (NULL = fine); the caller must
 * look at it. It is logged once and rendered once, both in src/httpd (or in braze-admin).
 */
#ifndef BRAZE_ERR_H
#define BRAZE_ERR_H

#include <apr_pools.h>

/* gcc and clang: ignoring a returned error does not compile. */
#define BRAZE_MUST_CHECK __attribute__((warn_unused_result))
#define BRAZE_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

typedef struct braze_err_t braze_err_t;

struct braze_err_t {
    int status; /* HTTP status that a client gets, 400..599 */
    const char
        *code; /* scimType (RFC 7644 table 9) or a refusal's code ("domain_not_allowed"); or NULL */
    const char *tag; /* log tag, never NULL; listed in docs/log-tags.md */
    const char
        *detail;       /* what a client may read; never a secret, never whether an account exists */
    const char *log;   /* what only the operator may read; NULL = detail says it all */
    const char *where; /* pointer to the bad input: attribute path, "filter:12"; or NULL */
    int retry_after;   /* seconds for Retry-After; 0 = none */
    const braze_err_t *cause; /* what it came of, or NULL */
};

/* A new error; detail is copied. The log text is set with braze_err_log. */
braze_err_t *braze_err_new(int status, const char *code, const char *tag, const char *detail,
                           apr_pool_t *pool);

/* As braze_err_new, with a formatted detail (it may carry client input: renderers escape it). */
braze_err_t *braze_err_newf(apr_pool_t *pool, int status, const char *code, const char *tag,
                            const char *fmt, ...) BRAZE_PRINTF(5, 6);

/* Sets the operator's text and gives err back, so that it can stand in a return statement. */
braze_err_t *braze_err_log(braze_err_t *err, apr_pool_t *pool, const char *fmt, ...)
    BRAZE_PRINTF(3, 4);

/* The same error in another pool, its texts too. */
braze_err_t *braze_err_copy(const braze_err_t *err, apr_pool_t *pool);

/* "tag code: log text (at where); caused by tag: …" in one line, at most 4 kB, control characters
 * escaped as \xNN. */
const char *braze_err_line(const braze_err_t *err, apr_pool_t *pool);

#endif
