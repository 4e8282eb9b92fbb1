/* SPDX-License-Identifier: Apache-2.0 */
/* What all pages have in common. */
#include <string.h>

#include "page_int.h"

static int takes_value(braze_text_t text)
{
    return strstr(braze_text(text, BRAZE_LANG_EN), "{}") != NULL;
}

static void named_meta(braze_html_t *html, const char *name, const char *content)
{
    braze_html_open(html, BRAZE_EL_META);
    braze_html_attr(html, BRAZE_AT_NAME, name);
    braze_html_attr(html, BRAZE_AT_CONTENT, content);
}

static void title(braze_html_t *html, braze_text_t heading, const char *company)
{
    braze_html_open(html, BRAZE_EL_TITLE);
    braze_html_say_with(html, heading, company);
    if (company && !takes_value(heading)) {
        braze_html_data(html, " – ");
        braze_html_data(html, company);
    }
    braze_html_close(html);
}

static void head(braze_html_t *html, braze_text_t heading, const char *company)
{
    braze_html_open(html, BRAZE_EL_HEAD);
    braze_html_open(html, BRAZE_EL_META);
    braze_html_attr(html, BRAZE_AT_CHARSET, "utf-8");
    named_meta(html, "viewport", "width=device-width, initial-scale=1");
    named_meta(html, "robots", "noindex");
    named_meta(html, "color-scheme", "light dark");
    title(html, heading, company);
    braze_html_style(html);
    braze_html_close(html);
}

braze_html_t *braze_page_begin(const char *language, braze_text_t heading, const char *company,
                               apr_pool_t *pool)
{
    braze_lang_t lang = braze_lang_by_tag(language);
    braze_html_t *html = braze_html_new(lang, pool);

    braze_html_open(html, BRAZE_EL_HTML);
    braze_html_attr(html, BRAZE_AT_LANG, braze_lang_tag(lang));
    head(html, heading, company);
    braze_html_open(html, BRAZE_EL_BODY);
    braze_html_open(html, BRAZE_EL_MAIN);
    if (company && !takes_value(heading)) {
        braze_html_open(html, BRAZE_EL_P);
        braze_html_attr(html, BRAZE_AT_CLASS, "company");
        braze_html_attr(html, BRAZE_AT_DIR, "auto");
        braze_html_data(html, company);
        braze_html_close(html);
    }
    braze_html_open(html, BRAZE_EL_H1);
    braze_html_say_with(html, heading, company);
    braze_html_close(html);
    return html;
}

void braze_page_button(braze_html_t *html, const char *url, const char *label, braze_text_t id)
{
    if (!braze_html_is_url(url)) {
        return;
    }
    braze_html_open(html, BRAZE_EL_P);
    braze_html_open(html, BRAZE_EL_A);
    braze_html_attr(html, BRAZE_AT_CLASS, "button");
    braze_html_href(html, url);
    if (label) {
        braze_html_data(html, label);
    } else {
        braze_html_say(html, id);
    }
    braze_html_close(html);
    braze_html_close(html);
}
