/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The back channel the other way (saml-profiles 4.4.3.1): an identity provider that takes nothing
 * by way of the browser is asked directly. The session here is over already, and the person waits
 * for the page: whatever becomes of the question, it is a page.
 */
#include "jit_int.h"

#include <apr_strings.h>

static int logout_unasked(request_rec *r, const braze_logout_make_t *make, const char *why)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "BRAZE-J0443: %s could not be asked at %s to sign the person out: %s",
                  braze_saml_idp_entity_id(make->idp), braze_saml_idp_sign_out_soap(make->idp),
                  why);
    return 0;
}

/* From whom was asked, to what was asked. */
static int logout_is_done(request_rec *r, const braze_logout_make_t *make,
                          const braze_logout_t *answer)
{
    const char *idp = braze_saml_idp_entity_id(make->idp);
    int fits = !strcmp(braze_saml_idp_entity_id(answer->idp), idp) && answer->in_response_to &&
               !strcmp(answer->in_response_to, make->id);

    if (!fits || !answer->success) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, "BRAZE-J0444: %s %s", idp,
                      fits ? "has not signed the person out everywhere (Status)"
                           : "answers another request than the one that it was sent");
    }
    return fits && answer->success;
}

int jit_logout_ask(request_rec *r, const braze_logout_make_t *make, braze_logout_expect_t *expect)
{
    const char *envelope, *text, *why;
    braze_logout_t *answer;
    apr_uint32_t busy;
    apr_size_t len;
    braze_err_t *err = braze_logout_request_soap(&envelope, make, r->pool);

    if (!err) {
        why = jit_fetch(&text, &len, &busy, r, braze_saml_idp_sign_out_soap(make->idp), envelope,
                        BRAZE_LOGOUT_MAX_XML);
        if (why) {
            return logout_unasked(r, make, why);
        }
        expect->now = apr_time_now(); /* it took its time */
        err = braze_logout_read_soap(&answer, text, len, 1, expect, r->pool);
    }
    if (err) {
        httpd_log_err(r, APLOG_WARNING, err);
        return 0;
    }
    return logout_is_done(r, make, answer);
}
