/* SPDX-License-Identifier: Apache-2.0 */
/* Private to src/page: the string catalogue and the escaping writer. */
#ifndef BRAZE_PAGE_INT_H
#define BRAZE_PAGE_INT_H

#include <apr_pools.h>

#include "braze_page.h"

/* ---- texts ---- */

typedef enum {
    BRAZE_LANG_EN, /* where nothing else fits */
    BRAZE_LANG_ES,
    BRAZE_LANG_FR,
    BRAZE_LANG_DE,
    BRAZE_LANG_COUNT
} braze_lang_t;

#define T(name, en, es, fr, de) BRAZE_TEXT_##name,
typedef enum {
#include "texts.def"
#include "texts_settings.def"
    BRAZE_TEXT_COUNT
} braze_text_t;
#undef T

const char *braze_lang_tag(braze_lang_t lang);
braze_lang_t braze_lang_by_tag(const char *tag); /* NULL or unknown: English */

/* Plain text, not markup; "{}" stands for a value. */
const char *braze_text(braze_text_t id, braze_lang_t lang);

/* The three texts of a refusal page. */
typedef struct {
    braze_text_t title, what, next;
} braze_refusal_texts_t;

/* By code; the general ones for a code that is NULL or unknown. *known tells which. */
const braze_refusal_texts_t *braze_page_refusal_texts(const char *code, int *known);

/* ---- the writer ---- */

/*
 * It writes elements, attributes and escaped text, and has no way to write markup out of a text:
 * names are enumerators, and every value, whosever it is, passes the same escaping.
 */

#define BRAZE_HTML_DATA_MAX 1024 /* bytes of one value of a model that are shown */
#define BRAZE_HTML_MAX_DEPTH 16

typedef enum {
    BRAZE_EL_A,
    BRAZE_EL_BDI,
    BRAZE_EL_BODY,
    BRAZE_EL_BUTTON,
    BRAZE_EL_CAPTION,
    BRAZE_EL_CODE,
    BRAZE_EL_DD,
    BRAZE_EL_DIV,
    BRAZE_EL_DL,
    BRAZE_EL_DT,
    BRAZE_EL_FIELDSET,
    BRAZE_EL_FOOTER,
    BRAZE_EL_FORM,
    BRAZE_EL_H1,
    BRAZE_EL_H2,
    BRAZE_EL_H3,
    BRAZE_EL_HEAD,
    BRAZE_EL_HEADER,
    BRAZE_EL_HTML,
    BRAZE_EL_INPUT,
    BRAZE_EL_LABEL,
    BRAZE_EL_LEGEND,
    BRAZE_EL_LI,
    BRAZE_EL_LINK,
    BRAZE_EL_MAIN,
    BRAZE_EL_META,
    BRAZE_EL_NAV,
    BRAZE_EL_OPTION,
    BRAZE_EL_P,
    BRAZE_EL_PRE,
    BRAZE_EL_SCRIPT,
    BRAZE_EL_SECTION,
    BRAZE_EL_SELECT,
    BRAZE_EL_SPAN,
    BRAZE_EL_STRONG,
    BRAZE_EL_STYLE,
    BRAZE_EL_TABLE,
    BRAZE_EL_TBODY,
    BRAZE_EL_TD,
    BRAZE_EL_TEXTAREA,
    BRAZE_EL_TH,
    BRAZE_EL_THEAD,
    BRAZE_EL_TIME,
    BRAZE_EL_TITLE,
    BRAZE_EL_TR,
    BRAZE_EL_UL
} braze_element_t;

/* No attribute here is read as a URL or as code; for href and action there are functions. */
typedef enum {
    BRAZE_AT_ARIA_CURRENT,
    BRAZE_AT_ARIA_DESCRIBEDBY,
    BRAZE_AT_ARIA_INVALID,
    BRAZE_AT_ARIA_LABEL,
    BRAZE_AT_ARIA_LABELLEDBY,
    BRAZE_AT_AUTOCOMPLETE,
    BRAZE_AT_CHARSET,
    BRAZE_AT_CHECKED,
    BRAZE_AT_CLASS,
    BRAZE_AT_CONTENT,
    BRAZE_AT_DATA_COPY,
    BRAZE_AT_DATA_DONE,
    BRAZE_AT_DATA_LABEL,
    BRAZE_AT_DATETIME,
    BRAZE_AT_DEFER,
    BRAZE_AT_DIR,
    BRAZE_AT_FOR,
    BRAZE_AT_HIDDEN,
    BRAZE_AT_ID,
    BRAZE_AT_LANG,
    BRAZE_AT_MAXLENGTH,
    BRAZE_AT_METHOD,
    BRAZE_AT_NAME,
    BRAZE_AT_READONLY,
    BRAZE_AT_REQUIRED,
    BRAZE_AT_ROLE,
    BRAZE_AT_ROWS,
    BRAZE_AT_SCOPE,
    BRAZE_AT_SELECTED,
    BRAZE_AT_SPELLCHECK,
    BRAZE_AT_TABINDEX,
    BRAZE_AT_TYPE,
    BRAZE_AT_VALUE
} braze_attribute_t;

typedef struct braze_html_t braze_html_t;

braze_html_t *braze_html_new(braze_lang_t lang, apr_pool_t *pool);
void braze_html_open(braze_html_t *html, braze_element_t element);
void braze_html_close(braze_html_t *html); /* the innermost open one */

/* These two add to the start tag of the element that was opened last, before anything is in it. */
void braze_html_attr(braze_html_t *html, braze_attribute_t attribute, const char *value);
/* http, https or a path on this host; any other URL is left out. */
void braze_html_href(braze_html_t *html, const char *url);
void braze_html_action(braze_html_t *html, const char *url); /* likewise, of a form */
int braze_html_is_url(const char *url);                      /* would they take it? */
/* "#id": a place on the same page. id is ours. */
void braze_html_to(braze_html_t *html, const char *id);
/* An attribute that is there or not. */
void braze_html_flag(braze_html_t *html, braze_attribute_t attribute);
/* A whole <link> to a stylesheet on this host. */
void braze_html_stylesheet(braze_html_t *html, const char *url);
/* A whole <script> of this host, run when the document is there; digest is what the policy lets
 * through: "sha256-" and base64. */
void braze_html_script_at(braze_html_t *html, const char *url, const char *digest);

void braze_html_data(braze_html_t *html, const char *value); /* of a model: capped */
/* The same without a cap, in an element whose white space counts (textarea, pre). */
void braze_html_whole(braze_html_t *html, const char *value);
void braze_html_say(braze_html_t *html, braze_text_t id); /* of the catalogue */
/* The catalogue's text with value in the place of "{}"; isolated (bdi) when it may run from right
 * to left. */
void braze_html_say_with(braze_html_t *html, braze_text_t id, const char *value);
/* An element with a class (or NULL) and a catalogue's text. */
void braze_html_line(braze_html_t *html, braze_element_t element, const char *class_name,
                     braze_text_t id);
/* The stylesheet, whose hash stands in the policy. */
void braze_html_style(braze_html_t *html);
/* The script that posts the page's form, whose hash stands in that page's policy. */
void braze_html_script(braze_html_t *html);

/* Closes what is open; the whole document. */
const char *braze_html_done(braze_html_t *html);

/*
 * From the doctype to the heading in the open <main>. Heading and title are the text; company (or
 * NULL) is its value when it takes one, else it stands above the heading.
 */
braze_html_t *braze_page_begin(const char *language, braze_text_t heading, const char *company,
                               apr_pool_t *pool);
/* A link that looks like a button; nothing without a usable URL. label is a model's, or NULL: then
 * the catalogue's. */
void braze_page_button(braze_html_t *html, const char *url, const char *label, braze_text_t id);

/* The identity providers to choose from (choice.c). others: one stands above them already. */
void braze_page_choice(braze_html_t *html, const braze_page_choice_t *choice, int others);

/* SHA-256 as policies write it: "sha256-" and base64. */
const char *braze_page_digest(const char *of, apr_pool_t *pool);

extern const char braze_page_style[];
extern const char braze_page_script[];

#endif
