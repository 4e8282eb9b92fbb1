/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>

#include "saml_int.h"

static const struct {
    const char *code;
    int status;
    const char *tag, *detail;
} reasons[] = {
#define X(name, code, status, tag, detail) {code, status, tag, detail},
    BRAZE_SAML_REASONS(X)
#undef X
};

const char *const braze_saml_reasons[] = {
#define X(name, code, status, tag, detail) code,
    BRAZE_SAML_REASONS(X)
#undef X
        NULL,
};

braze_err_t *braze_saml_refuse(braze_saml_reason_t reason, apr_pool_t *pool, const char *fmt, ...)
{
    braze_err_t *err = braze_err_new(reasons[reason].status, reasons[reason].code,
                                     reasons[reason].tag, reasons[reason].detail, pool);
    va_list args;

    va_start(args, fmt);
    err->log = apr_pvsprintf(pool, fmt, args);
    va_end(args);
    return err;
}

const char *braze_saml_mask(const char *value, apr_pool_t *pool)
{
    apr_size_t first = 1;

    if (!value || !*value) {
        return "(empty)";
    }
    while (((unsigned char)value[first] & 0xC0) == 0x80) { /* never half a character */
        first++;
    }
    return apr_pstrcat(pool, apr_pstrmemdup(pool, value, first), "***", NULL);
}
