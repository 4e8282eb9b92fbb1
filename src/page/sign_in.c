/* SPDX-License-Identifier: Apache-2.0 */
/* The pages before and after a session. */
#include "page_int.h"

static const char *text_or_null(const char *text)
{
    return text && *text ? text : NULL;
}

const char *braze_page_sign_in(const braze_page_sign_in_t *model, const char *language,
                               apr_pool_t *pool)
{
    const char *company = text_or_null(model->company);
    braze_html_t *html = braze_page_begin(
        language, company ? BRAZE_TEXT_SIGN_IN_TO : BRAZE_TEXT_SIGN_IN, company, pool);

    if (braze_html_is_url(model->login_url)) {
        braze_html_line(html, BRAZE_EL_P, NULL, BRAZE_TEXT_SIGN_IN_WITH);
        braze_page_button(html, model->login_url, text_or_null(model->saml_name),
                          BRAZE_TEXT_SAML_SSO);
    } else {
        braze_html_line(html, BRAZE_EL_P, "next", BRAZE_TEXT_SIGN_IN_AT_PORTAL);
        braze_html_line(html, BRAZE_EL_P, NULL, BRAZE_TEXT_SIGN_IN_LATER);
    }
    return braze_html_done(html);
}

const char *braze_page_signed_out(const char *url, const char *language, apr_pool_t *pool)
{
    braze_html_t *html = braze_page_begin(language, BRAZE_TEXT_SIGNED_OUT, NULL, pool);

    braze_html_line(html, BRAZE_EL_P, NULL, BRAZE_TEXT_SIGNED_OUT_SHARED);
    braze_page_button(html, url, NULL, BRAZE_TEXT_SIGN_IN_AGAIN);
    return braze_html_done(html);
}
