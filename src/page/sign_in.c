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
    } else if (!model->choice) {
        braze_html_line(html, BRAZE_EL_P, "next", BRAZE_TEXT_SIGN_IN_AT_PORTAL);
        braze_html_line(html, BRAZE_EL_P, NULL, BRAZE_TEXT_SIGN_IN_LATER);
    }
    if (model->choice) {
        braze_page_choice(html, model->choice, braze_html_is_url(model->login_url));
    }
    return braze_html_done(html);
}

static const char *signed_out(const char *url, braze_text_t what, const char *language,
                              apr_pool_t *pool)
{
    braze_html_t *html = braze_page_begin(language, BRAZE_TEXT_SIGNED_OUT, NULL, pool);

    braze_html_line(html, BRAZE_EL_P, NULL, what);
    braze_page_button(html, url, NULL, BRAZE_TEXT_SIGN_IN_AGAIN);
    return braze_html_done(html);
}

const char *braze_page_signed_out(const char *url, const char *language, apr_pool_t *pool)
{
    return signed_out(url, BRAZE_TEXT_SIGNED_OUT_SHARED, language, pool);
}

const char *braze_page_signed_out_everywhere(const char *url, const char *language,
                                             apr_pool_t *pool)
{
    return signed_out(url, BRAZE_TEXT_SIGNED_OUT_EVERYWHERE, language, pool);
}

static void hidden(braze_html_t *html, const char *name, const char *value)
{
    braze_html_open(html, BRAZE_EL_INPUT);
    braze_html_attr(html, BRAZE_AT_TYPE, "hidden");
    braze_html_attr(html, BRAZE_AT_NAME, name);
    braze_html_attr(html, BRAZE_AT_VALUE, value);
}

/* No field and no button may be called "submit": it would hide the form's own. */
const char *braze_page_send(const braze_page_send_t *model, const char *language, apr_pool_t *pool)
{
    braze_html_t *html =
        braze_page_begin(language, BRAZE_TEXT_SENDING, text_or_null(model->company), pool);

    braze_html_line(html, BRAZE_EL_P, NULL, BRAZE_TEXT_SENDING_NEXT);
    braze_html_open(html, BRAZE_EL_FORM);
    braze_html_attr(html, BRAZE_AT_METHOD, "post");
    braze_html_action(html, model->url);
    hidden(html, model->field, model->value);
    if (model->relay_state) {
        hidden(html, "RelayState", model->relay_state);
    }
    braze_html_open(html, BRAZE_EL_BUTTON);
    braze_html_attr(html, BRAZE_AT_TYPE, "submit");
    braze_html_attr(html, BRAZE_AT_CLASS, "button");
    braze_html_say(html, BRAZE_TEXT_CONTINUE);
    braze_html_close(html);
    braze_html_close(html);
    braze_html_script(html);
    return braze_html_done(html);
}

const char *braze_page_interrupted(const braze_page_interrupted_t *model, const char *language,
                                   apr_pool_t *pool)
{
    braze_html_t *html =
        braze_page_begin(language, BRAZE_TEXT_INTERRUPTED, text_or_null(model->company), pool);

    braze_html_line(html, BRAZE_EL_P, NULL, BRAZE_TEXT_INTERRUPTED_WHAT);
    braze_html_line(html, BRAZE_EL_P, "next", BRAZE_TEXT_INTERRUPTED_NEXT);
    braze_page_button(html, model->sign_in_url, NULL, BRAZE_TEXT_TO_SIGN_IN);
    return braze_html_done(html);
}
