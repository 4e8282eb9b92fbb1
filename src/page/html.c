/* SPDX-License-Identifier: Apache-2.0 */
/* The escaping writer. What may look like markup in the output comes of the tables in this file,
 * and of nothing else. */
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "braze_json.h" /* braze_buf_t */
#include "braze_key.h"
#include "page_int.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define ELLIPSIS "\xe2\x80\xa6"

static const struct {
    const char *name;
    int is_void, is_plain; /* no content; text only, so that no element may stand in it */
} elements[] = {
    [BRAZE_EL_A] = {"a", 0, 0},
    [BRAZE_EL_BDI] = {"bdi", 0, 0},
    [BRAZE_EL_BODY] = {"body", 0, 0},
    [BRAZE_EL_BUTTON] = {"button", 0, 0},
    [BRAZE_EL_CAPTION] = {"caption", 0, 0},
    [BRAZE_EL_CODE] = {"code", 0, 0},
    [BRAZE_EL_DD] = {"dd", 0, 0},
    [BRAZE_EL_DIV] = {"div", 0, 0},
    [BRAZE_EL_DL] = {"dl", 0, 0},
    [BRAZE_EL_DT] = {"dt", 0, 0},
    [BRAZE_EL_FIELDSET] = {"fieldset", 0, 0},
    [BRAZE_EL_FOOTER] = {"footer", 0, 0},
    [BRAZE_EL_FORM] = {"form", 0, 0},
    [BRAZE_EL_H1] = {"h1", 0, 0},
    [BRAZE_EL_H2] = {"h2", 0, 0},
    [BRAZE_EL_H3] = {"h3", 0, 0},
    [BRAZE_EL_HEAD] = {"head", 0, 0},
    [BRAZE_EL_HEADER] = {"header", 0, 0},
    [BRAZE_EL_HTML] = {"html", 0, 0},
    [BRAZE_EL_INPUT] = {"input", 1, 0},
    [BRAZE_EL_LABEL] = {"label", 0, 0},
    [BRAZE_EL_LEGEND] = {"legend", 0, 0},
    [BRAZE_EL_LI] = {"li", 0, 0},
    [BRAZE_EL_LINK] = {"link", 1, 0},
    [BRAZE_EL_MAIN] = {"main", 0, 0},
    [BRAZE_EL_META] = {"meta", 1, 0},
    [BRAZE_EL_NAV] = {"nav", 0, 0},
    [BRAZE_EL_OPTION] = {"option", 0, 1},
    [BRAZE_EL_P] = {"p", 0, 0},
    [BRAZE_EL_PRE] = {"pre", 0, 0},
    [BRAZE_EL_SCRIPT] = {"script", 0, 1},
    [BRAZE_EL_SECTION] = {"section", 0, 0},
    [BRAZE_EL_SELECT] = {"select", 0, 0},
    [BRAZE_EL_SPAN] = {"span", 0, 0},
    [BRAZE_EL_STRONG] = {"strong", 0, 0},
    [BRAZE_EL_STYLE] = {"style", 0, 1},
    [BRAZE_EL_TABLE] = {"table", 0, 0},
    [BRAZE_EL_TBODY] = {"tbody", 0, 0},
    [BRAZE_EL_TD] = {"td", 0, 0},
    [BRAZE_EL_TEXTAREA] = {"textarea", 0, 1},
    [BRAZE_EL_TH] = {"th", 0, 0},
    [BRAZE_EL_THEAD] = {"thead", 0, 0},
    [BRAZE_EL_TIME] = {"time", 0, 0},
    [BRAZE_EL_TITLE] = {"title", 0, 1},
    [BRAZE_EL_TR] = {"tr", 0, 0},
    [BRAZE_EL_UL] = {"ul", 0, 0},
};

static const char *const attributes[] = {
    [BRAZE_AT_ARIA_CURRENT] = "aria-current",
    [BRAZE_AT_ARIA_DESCRIBEDBY] = "aria-describedby",
    [BRAZE_AT_ARIA_INVALID] = "aria-invalid",
    [BRAZE_AT_ARIA_LABEL] = "aria-label",
    [BRAZE_AT_ARIA_LABELLEDBY] = "aria-labelledby",
    [BRAZE_AT_AUTOCOMPLETE] = "autocomplete",
    [BRAZE_AT_CHARSET] = "charset",
    [BRAZE_AT_CHECKED] = "checked",
    [BRAZE_AT_CLASS] = "class",
    [BRAZE_AT_CONTENT] = "content",
    [BRAZE_AT_DATA_COPY] = "data-copy",
    [BRAZE_AT_DATA_DONE] = "data-done",
    [BRAZE_AT_DATA_LABEL] = "data-label",
    [BRAZE_AT_DATETIME] = "datetime",
    [BRAZE_AT_DEFER] = "defer",
    [BRAZE_AT_DIR] = "dir",
    [BRAZE_AT_FOR] = "for",
    [BRAZE_AT_HIDDEN] = "hidden",
    [BRAZE_AT_ID] = "id",
    [BRAZE_AT_LANG] = "lang",
    [BRAZE_AT_MAXLENGTH] = "maxlength",
    [BRAZE_AT_METHOD] = "method",
    [BRAZE_AT_NAME] = "name",
    [BRAZE_AT_READONLY] = "readonly",
    [BRAZE_AT_REQUIRED] = "required",
    [BRAZE_AT_ROLE] = "role",
    [BRAZE_AT_ROWS] = "rows",
    [BRAZE_AT_SCOPE] = "scope",
    [BRAZE_AT_SELECTED] = "selected",
    [BRAZE_AT_SPELLCHECK] = "spellcheck",
    [BRAZE_AT_TABINDEX] = "tabindex",
    [BRAZE_AT_TYPE] = "type",
    [BRAZE_AT_VALUE] = "value",
};

struct braze_html_t {
    braze_buf_t *out;
    braze_lang_t lang;
    apr_pool_t *pool;
    braze_element_t open[BRAZE_HTML_MAX_DEPTH];
    int depth;
    int in_tag; /* a start tag still lacks its ">" */
};

/* ---- characters ---- */

/* Bytes of the UTF-8 character at text, 0 when there is none. */
static int char_len(const char *text, apr_size_t left)
{
    unsigned char lead = (unsigned char)*text;
    apr_size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    return len <= left && braze_key_is_utf8(text, len) ? (int)len : 0;
}

static int is_between(const char *text, const char *first, const char *last, apr_size_t len)
{
    return memcmp(text, first, len) >= 0 && memcmp(text, last, len) <= 0;
}

/*
 * Characters that HTML does not allow or that change what the eye sees of the others: controls,
 * non-characters at the end of the basic plane, marks that turn the direction of writing.
 */
static int is_shown(const char *text, int len)
{
    if (len == 1) {
        return ((unsigned char)*text >= 0x20 && *text != 0x7f) || *text == '\n' || *text == '\t';
    }
    if (len == 2) {
        return !is_between(text, "\xc2\x80", "\xc2\x9f", 2);
    }
    if (len == 3) {
        return !is_between(text, "\xe2\x80\xaa", "\xe2\x80\xae", 3) && /* U+202A..202E */
               !is_between(text, "\xe2\x81\xa6", "\xe2\x81\xa9", 3) && /* U+2066..2069 */
               !is_between(text, "\xef\xbf\xbe", "\xef\xbf\xbf", 3) && /* U+FFFE..FFFF */
               !is_between(text, "\xef\xb7\x90", "\xef\xb7\xaf", 3);   /* U+FDD0..FDEF */
    }
    return 1;
}

/* The reference that must stand for an ASCII character, or NULL. */
static const char *reference(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* One escaping for text and quoted attribute values alike. */
static void escape(braze_html_t *html, const char *text, apr_size_t left)
{
    while (left > 0) {
        int len = char_len(text, left);
        const char *name = reference(*text);

        if (name) {
            braze_buf_puts(html->out, name);
        } else if (len > 0 && is_shown(text, len)) {
            braze_buf_add(html->out, text, (apr_size_t)len);
        } else {
            braze_buf_puts(html->out, REPLACEMENT);
        }
        len = len > 0 ? len : 1;
        text += len;
        left -= (apr_size_t)len;
    }
}

/* ---- elements ---- */

static void end_tag_start(braze_html_t *html)
{
    if (html->in_tag) {
        braze_buf_puts(html->out, ">");
        html->in_tag = 0;
    }
}

static int is_plain_here(const braze_html_t *html)
{
    return html->depth > 0 && elements[html->open[html->depth - 1]].is_plain;
}

braze_html_t *braze_html_new(braze_lang_t lang, apr_pool_t *pool)
{
    braze_html_t *html = apr_pcalloc(pool, sizeof(*html));

    html->out = braze_buf_new(4096, pool);
    html->lang = lang;
    html->pool = pool;
    braze_buf_puts(html->out, "<!DOCTYPE html>\n");
    return html;
}

void braze_html_open(braze_html_t *html, braze_element_t element)
{
    end_tag_start(html);
    if (is_plain_here(html) || html->depth == BRAZE_HTML_MAX_DEPTH) {
        return; /* a fault of ours: its text still comes out, escaped */
    }
    braze_buf_puts(html->out, "<");
    braze_buf_puts(html->out, elements[element].name);
    html->in_tag = 1;
    if (!elements[element].is_void) {
        html->open[html->depth++] = element;
    }
}

void braze_html_close(braze_html_t *html)
{
    end_tag_start(html);
    if (html->depth > 0) {
        braze_buf_puts(html->out, "</");
        braze_buf_puts(html->out, elements[html->open[--html->depth]].name);
        braze_buf_puts(html->out, ">");
    }
}

static void put_attribute(braze_html_t *html, const char *name, const char *value)
{
    if (html->in_tag && value) {
        braze_buf_puts(html->out, " ");
        braze_buf_puts(html->out, name);
        braze_buf_puts(html->out, "=\"");
        escape(html, value, strlen(value));
        braze_buf_puts(html->out, "\"");
    }
}

void braze_html_attr(braze_html_t *html, braze_attribute_t attribute, const char *value)
{
    put_attribute(html, attributes[attribute], value);
}

void braze_html_flag(braze_html_t *html, braze_attribute_t attribute)
{
    if (html->in_tag) {
        braze_buf_puts(html->out, " ");
        braze_buf_puts(html->out, attributes[attribute]);
    }
}

/* ---- URLs ---- */

int braze_html_is_url(const char *url)
{
    const char *p, *host = NULL;

    if (!url) {
        return 0;
    }
    for (p = url; *p; p++) {
        if ((unsigned char)*p <= 0x20 || *p == 0x7f || *p == '\\') {
            return 0;
        }
    }
    if (apr_cstr_casecmpn(url, "https://", 8) == 0) {
        host = url + 8;
    } else if (apr_cstr_casecmpn(url, "http://", 7) == 0) {
        host = url + 7;
    }
    return host ? *host && !strchr("/?#", *host) : url[0] == '/' && url[1] != '/';
}

void braze_html_href(braze_html_t *html, const char *url)
{
    if (braze_html_is_url(url)) {
        put_attribute(html, "href", url);
    }
}

void braze_html_action(braze_html_t *html, const char *url)
{
    if (braze_html_is_url(url)) {
        put_attribute(html, "action", url);
    }
}

void braze_html_to(braze_html_t *html, const char *id)
{
    put_attribute(html, "href", apr_pstrcat(html->pool, "#", id, NULL));
}

void braze_html_stylesheet(braze_html_t *html, const char *url)
{
    braze_html_open(html, BRAZE_EL_LINK);
    put_attribute(html, "rel", "stylesheet");
    braze_html_href(html, url);
}

void braze_html_script_at(braze_html_t *html, const char *url, const char *digest)
{
    if (!braze_html_is_url(url)) {
        return;
    }
    braze_html_open(html, BRAZE_EL_SCRIPT);
    put_attribute(html, "src", url);
    put_attribute(html, "integrity", digest);
    braze_html_flag(html, BRAZE_AT_DEFER);
    braze_html_close(html);
}

/* ---- texts ---- */

static void put_text(braze_html_t *html, const char *text, apr_size_t len)
{
    end_tag_start(html);
    escape(html, text, len);
}

void braze_html_data(braze_html_t *html, const char *value)
{
    apr_size_t len = value ? strlen(value) : 0;
    int cut = len > BRAZE_HTML_DATA_MAX;

    if (cut) {
        for (len = BRAZE_HTML_DATA_MAX; len > 0 && ((unsigned char)value[len] & 0xc0) == 0x80;) {
            len--; /* never half a character */
        }
    }
    put_text(html, value, len);
    if (cut) {
        braze_buf_puts(html->out, ELLIPSIS);
    }
}

void braze_html_whole(braze_html_t *html, const char *value)
{
    end_tag_start(html);
    braze_buf_puts(html->out, "\n"); /* the first newline is the markup's (HTML 13.2.6.4.7) */
    value = value ? value : "";
    put_text(html, value, strlen(value));
}

void braze_html_say(braze_html_t *html, braze_text_t id)
{
    const char *text = braze_text(id, html->lang);

    put_text(html, text, strlen(text));
}

/* Only letters beyond ASCII can be of a script that runs the other way. */
static int needs_isolation(const char *value)
{
    for (; value && *value; value++) {
        if ((unsigned char)*value >= 0x80) {
            return 1;
        }
    }
    return 0;
}

void braze_html_say_with(braze_html_t *html, braze_text_t id, const char *value)
{
    const char *text = braze_text(id, html->lang), *place = strstr(text, "{}");

    if (!place) {
        braze_html_say(html, id);
        return;
    }
    put_text(html, text, (apr_size_t)(place - text));
    if (is_plain_here(html) || !needs_isolation(value)) {
        braze_html_data(html, value);
    } else {
        braze_html_open(html, BRAZE_EL_BDI);
        braze_html_data(html, value);
        braze_html_close(html);
    }
    put_text(html, place + 2, strlen(place + 2));
}

void braze_html_line(braze_html_t *html, braze_element_t element, const char *class_name,
                     braze_text_t id)
{
    braze_html_open(html, element);
    braze_html_attr(html, BRAZE_AT_CLASS, class_name);
    braze_html_say(html, id);
    braze_html_close(html);
}

/* A constant, and the very bytes that were hashed. */
static void put_constant(braze_html_t *html, braze_element_t element, const char *text)
{
    braze_html_open(html, element);
    end_tag_start(html);
    braze_buf_puts(html->out, text);
    braze_html_close(html);
}

void braze_html_style(braze_html_t *html)
{
    put_constant(html, BRAZE_EL_STYLE, braze_page_style);
}

void braze_html_script(braze_html_t *html)
{
    put_constant(html, BRAZE_EL_SCRIPT, braze_page_script);
}

const char *braze_html_done(braze_html_t *html)
{
    while (html->depth > 0) {
        braze_html_close(html);
    }
    braze_buf_puts(html->out, "\n");
    return html->out->data;
}
