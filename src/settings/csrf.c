/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token of a form: time, random part, and an HMAC over both and over what it is bound to, under
 * the secret that this browser's cookie holds. Another site can neither read the cookie nor make
 * the browser's token; whoever could plant a cookie would still need the credential (a session, a
 * password) that goes into the text. Nothing is kept for it, so any node takes it.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "settings_int.h"

#define CSRF_MAX 256 /* characters of a token */

static const char *mac(const braze_settings_request_t *request, const char *stamp, apr_pool_t *pool)
{
    const char *bound = settings_digest(
        pool, request->company->id, request->user, request->credential ? request->credential : "",
        request->credential ? "bound" : "open", request->scim ? "scim" : "saml", stamp);

    return braze_hmac_hex(request->browser_secret, bound, pool);
}

const char *braze_settings_csrf_make(const braze_settings_request_t *request, apr_pool_t *pool)
{
    const char *stamp = apr_psprintf(pool, "%" APR_UINT64_T_HEX_FMT ".%s",
                                     (apr_uint64_t)request->now, braze_secret_new(pool));

    if (!request->browser_secret) {
        return ""; /* fits nothing */
    }
    return apr_pstrcat(pool, stamp, ".", mac(request, stamp, pool), NULL);
}

int braze_settings_csrf_check(const braze_settings_request_t *request, const char *token,
                              apr_pool_t *pool)
{
    const char *last = token ? strrchr(token, '.') : NULL;
    const char *stamp;
    apr_time_t made;
    char *end;

    if (!last || strlen(token) > CSRF_MAX || !request->browser_secret) {
        return 0;
    }
    stamp = apr_pstrmemdup(pool, token, (apr_size_t)(last - token));
    if (!braze_secret_equal(last + 1, mac(request, stamp, pool))) {
        return 0;
    }
    /* Ours, so the time is what we wrote. */
    made = (apr_time_t)apr_strtoi64(stamp, &end, 16);
    return *end == '.' && made > request->now - BRAZE_SETTINGS_FORM_AGE;
}
