/* SPDX-License-Identifier: Apache-2.0 */
/* What all settings pages have in common: head, navigation, heading, what was done, what is wrong.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "settings_int.h"

const char *braze_page_settings_tag(const char *resource, apr_pool_t *pool)
{
    return apr_pstrndup(pool, braze_sha256_hex(resource, strlen(resource), pool), 16);
}

const char *settings_url(const braze_page_frame_t *frame, const char *page, apr_pool_t *pool)
{
    return apr_pstrcat(pool, frame->base, "/", page, NULL);
}

static const struct {
    const char *page;
    braze_text_t text;
    int saml, scim; /* whose module shows it */
} navigation[] = {
    {"sso", BRAZE_TEXT_S_SSO, 1, 0},       {"permission-sets", BRAZE_TEXT_S_SETS, 1, 0},
    {"tokens", BRAZE_TEXT_S_SCIM, 0, 1},   {"users", BRAZE_TEXT_S_USERS, 1, 1},
    {"events", BRAZE_TEXT_S_EVENTS, 1, 1},
};

static void meta(braze_html_t *html, const char *name, const char *content)
{
    braze_html_open(html, BRAZE_EL_META);
    braze_html_attr(html, BRAZE_AT_NAME, name);
    braze_html_attr(html, BRAZE_AT_CONTENT, content);
}

static void resources(braze_html_t *html, const braze_page_frame_t *frame, const char *page,
                      apr_pool_t *pool)
{
    braze_html_stylesheet(
        html, apr_pstrcat(pool, settings_url(frame, "style.css", pool),
                          "?v=", braze_page_settings_tag(braze_page_settings_css, pool), NULL));
    /* Only these have something to be copied. */
    if (!strcmp(page, "sso") || !strcmp(page, "tokens")) {
        braze_html_script_at(
            html,
            apr_pstrcat(pool, settings_url(frame, "copy.js", pool),
                        "?v=", braze_page_settings_tag(braze_page_settings_js, pool), NULL),
            braze_page_digest(braze_page_settings_js, pool));
    }
}

static void head(braze_html_t *html, const braze_page_frame_t *frame, const char *page,
                 braze_text_t heading, const char *value, apr_pool_t *pool)
{
    braze_html_open(html, BRAZE_EL_HEAD);
    braze_html_open(html, BRAZE_EL_META);
    braze_html_attr(html, BRAZE_AT_CHARSET, "utf-8");
    meta(html, "viewport", "width=device-width, initial-scale=1");
    meta(html, "robots", "noindex");
    meta(html, "color-scheme", "light dark");
    braze_html_open(html, BRAZE_EL_TITLE);
    braze_html_say_with(html, heading, value);
    braze_html_data(html, " – ");
    braze_html_data(html, frame->company);
    braze_html_close(html);
    resources(html, frame, page, pool);
    braze_html_close(html);
}

static void navigate(braze_html_t *html, const braze_page_frame_t *frame, const char *page,
                     apr_pool_t *pool)
{
    apr_size_t i;

    braze_html_open(html, BRAZE_EL_NAV);
    braze_html_attr(html, BRAZE_AT_ARIA_LABELLEDBY, "settings");
    braze_html_open(html, BRAZE_EL_UL);
    for (i = 0; i < sizeof(navigation) / sizeof(*navigation); i++) {
        if (frame->scim ? !navigation[i].scim : !navigation[i].saml) {
            continue;
        }
        braze_html_open(html, BRAZE_EL_LI);
        braze_html_open(html, BRAZE_EL_A);
        braze_html_href(html, settings_url(frame, navigation[i].page, pool));
        if (!strcmp(page, navigation[i].page)) {
            braze_html_attr(html, BRAZE_AT_ARIA_CURRENT, "page");
        }
        braze_html_say(html, navigation[i].text);
        braze_html_close(html);
        braze_html_close(html);
    }
    braze_html_close(html);
    braze_html_close(html);
}

static void header(braze_html_t *html, const braze_page_frame_t *frame, const char *page,
                   apr_pool_t *pool)
{
    braze_html_open(html, BRAZE_EL_A);
    braze_html_attr(html, BRAZE_AT_CLASS, "skip");
    braze_html_to(html, "main");
    braze_html_say(html, BRAZE_TEXT_S_SKIP);
    braze_html_close(html);
    braze_html_open(html, BRAZE_EL_HEADER);
    braze_html_open(html, BRAZE_EL_DIV);
    braze_html_attr(html, BRAZE_AT_CLASS, "top");
    braze_html_open(html, BRAZE_EL_P);
    braze_html_attr(html, BRAZE_AT_CLASS, "company");
    braze_html_attr(html, BRAZE_AT_ID, "settings");
    braze_html_say_with(html, BRAZE_TEXT_S_SETTINGS_OF, frame->company);
    braze_html_close(html);
    braze_html_open(html, BRAZE_EL_P);
    braze_html_attr(html, BRAZE_AT_CLASS, "who");
    braze_html_say_with(html, BRAZE_TEXT_S_WHO, frame->user);
    braze_html_close(html);
    braze_html_close(html);
    navigate(html, frame, page, pool);
    braze_html_close(html);
}

/* ---- what was done, what is wrong ---- */

static const struct {
    const char *word;
    braze_text_t text;
} done_words[] = {
    {"saved", BRAZE_TEXT_S_DONE_SAVED},       {"unchanged", BRAZE_TEXT_S_DONE_UNCHANGED},
    {"provisioning", BRAZE_TEXT_S_DONE_ON},   {"set-added", BRAZE_TEXT_S_DONE_SET_ADDED},
    {"set-changed", BRAZE_TEXT_S_DONE_SET},   {"set-deleted", BRAZE_TEXT_S_DONE_SET_DELETED},
    {"revoked", BRAZE_TEXT_S_DONE_REVOKED},   {"suspended", BRAZE_TEXT_S_DONE_SUSPENDED},
    {"restored", BRAZE_TEXT_S_DONE_RESTORED},
};

static void tell_done(braze_html_t *html, const char *word)
{
    apr_size_t i;

    for (i = 0; word && i < sizeof(done_words) / sizeof(*done_words); i++) {
        if (!strcmp(done_words[i].word, word)) {
            braze_html_open(html, BRAZE_EL_P);
            braze_html_attr(html, BRAZE_AT_CLASS, "done");
            braze_html_attr(html, BRAZE_AT_ROLE, "status");
            braze_html_say(html, done_words[i].text);
            braze_html_close(html);
        }
    }
}

static void tell_problems(braze_html_t *html, const apr_array_header_t *problems)
{
    int i;

    if (!problems || !problems->nelts) {
        return;
    }
    braze_html_open(html, BRAZE_EL_DIV);
    braze_html_attr(html, BRAZE_AT_CLASS, "alert");
    braze_html_attr(html, BRAZE_AT_ROLE, "alert");
    braze_html_line(html, BRAZE_EL_H2, NULL, BRAZE_TEXT_S_PROBLEMS);
    braze_html_open(html, BRAZE_EL_UL);
    for (i = 0; i < problems->nelts; i++) {
        const braze_page_problem_t *problem = &APR_ARRAY_IDX(problems, i, braze_page_problem_t);

        braze_html_open(html, BRAZE_EL_LI);
        if (problem->field) {
            braze_html_open(html, BRAZE_EL_A);
            braze_html_to(html, problem->field);
        }
        braze_html_say_with(html, settings_problem_text(problem->code), problem->value);
        if (problem->field) {
            braze_html_close(html);
        }
        braze_html_close(html);
    }
    braze_html_close(html);
    braze_html_close(html);
}

braze_html_t *settings_begin(const braze_page_frame_t *frame, const char *page,
                             braze_text_t heading, const char *value, apr_pool_t *pool)
{
    braze_lang_t lang = braze_lang_by_tag(frame->language);
    braze_html_t *html = braze_html_new(lang, pool);

    braze_html_open(html, BRAZE_EL_HTML);
    braze_html_attr(html, BRAZE_AT_LANG, braze_lang_tag(lang));
    head(html, frame, page, heading, value, pool);
    braze_html_open(html, BRAZE_EL_BODY);
    header(html, frame, page, pool);
    braze_html_open(html, BRAZE_EL_MAIN);
    braze_html_attr(html, BRAZE_AT_ID, "main");
    braze_html_attr(html, BRAZE_AT_TABINDEX, "-1");
    braze_html_open(html, BRAZE_EL_H1);
    braze_html_say_with(html, heading, value);
    braze_html_close(html);
    tell_done(html, frame->done);
    tell_problems(html, frame->problems);
    return html;
}

const char *braze_page_settings_message(const braze_page_frame_t *frame, const char *code,
                                        const char *value, const char *page, apr_pool_t *pool)
{
    braze_html_t *html = settings_begin(frame, page ? page : "", BRAZE_TEXT_S_NOT_DONE, NULL, pool);

    braze_html_open(html, BRAZE_EL_P);
    braze_html_attr(html, BRAZE_AT_ROLE, "alert");
    braze_html_say_with(html, settings_problem_text(code), value);
    braze_html_close(html);
    if (page) {
        braze_html_open(html, BRAZE_EL_P);
        settings_link(html, "button", settings_url(frame, page, pool), BRAZE_TEXT_S_BACK);
        braze_html_close(html);
    }
    return braze_html_done(html);
}
