/* SPDX-License-Identifier: Apache-2.0 */
/* Private to src/page: what the settings pages are made of. */
#ifndef BRAZE_PAGE_SETTINGS_INT_H
#define BRAZE_PAGE_SETTINGS_INT_H

#include <apr_time.h>

#include "braze_page_settings.h"
#include "page_int.h"

#define NO_TEXT BRAZE_TEXT_COUNT

/* From the doctype to the heading in the open <main>, with what was done and what is wrong. page:
 * the navigation's entry that this is. value: of a heading that takes one. */
braze_html_t *settings_begin(const braze_page_frame_t *frame, const char *page,
                             braze_text_t heading, const char *value, apr_pool_t *pool);

const char *settings_url(const braze_page_frame_t *frame, const char *page, apr_pool_t *pool);

/* The text for a problem's code; the general one for an unknown code. */
braze_text_t settings_problem_text(const char *code);

/* ---- pieces (settings_form.c) ---- */

void settings_text(braze_html_t *html, braze_element_t element, const char *class_name,
                   const char *value);
/* A <section> with a heading; closed by braze_html_close. id is ours. */
void settings_section(braze_html_t *html, const char *id, braze_text_t heading);
/* A form that posts to the page, with its CSRF token; closed by braze_html_close. */
void settings_form(braze_html_t *html, const braze_page_frame_t *frame, const char *page,
                   const char *action, apr_pool_t *pool);
void settings_hidden(braze_html_t *html, const char *name, const char *value);
/* class_name: "button", "button quiet", "button danger" */
void settings_button(braze_html_t *html, const char *class_name, braze_text_t text);
void settings_link(braze_html_t *html, const char *class_name, const char *url, braze_text_t text);

typedef struct {
    const char *name; /* of the input, and its id */
    const char *value;
    const char *type; /* of <input>; NULL = "text"; "area" = <textarea> */
    braze_text_t label, hint;
    int required;
    const char *max; /* characters, or NULL */
} settings_field_t;

/* Label, hint, input; what is wrong with it is told beside it. */
void settings_field(braze_html_t *html, const braze_page_frame_t *frame,
                    const settings_field_t *field, apr_pool_t *pool);
/* The same where a directive has fixed the value: text, no input. */
void settings_fixed(braze_html_t *html, braze_text_t label, const braze_page_pin_t *pin);
/* An input that can only be copied, and a button for it: it copies with the script, and without
 * leads to page?copy=name, where the value stands alone. page NULL: a value that no URL may give,
 * whose button the script brings out. */
typedef struct {
    const char *page, *name;
    braze_text_t label;
    const char *value;
} settings_copy_t;

void settings_copy(braze_html_t *html, const braze_page_frame_t *frame, const settings_copy_t *copy,
                   apr_pool_t *pool);

/* A <select>: begin, options, braze_html_close twice. */
void settings_select(braze_html_t *html, const braze_page_frame_t *frame,
                     const settings_field_t *field, apr_pool_t *pool);
/* label: of a model, else text. */
void settings_option(braze_html_t *html, const char *value, const char *chosen, const char *label,
                     braze_text_t text);
/* Options for every item of a kind, and one for none. */
void settings_items(braze_html_t *html, const braze_catalog_t *catalog, braze_item_kind_t kind,
                    const char *chosen);

/* Term and description. value NULL: a dash. */
void settings_fact(braze_html_t *html, braze_text_t term, const char *value);
void settings_fact_text(braze_html_t *html, braze_text_t term, braze_text_t value);

/* A column's heading; minor: of the smaller text below, or NO_TEXT. */
typedef struct {
    braze_text_t text, minor;
} settings_heading_t;

/* A table in a frame that scrolls, with its header row; closed by braze_html_close three times.
 * headings end with NO_TEXT. */
void settings_table(braze_html_t *html, braze_text_t caption, const settings_heading_t *headings);
/* A cell, closed by braze_html_close; heading stands beside it where a row is a card. */
void settings_cell_open(braze_html_t *html, const braze_page_frame_t *frame, const char *class_name,
                        braze_text_t heading);
void settings_cell(braze_html_t *html, const braze_page_frame_t *frame, braze_text_t heading,
                   const char *value);                      /* NULL: a dash */
void settings_minor(braze_html_t *html, const char *value); /* the smaller text; NULL: none */

/* "2026-11-22 07:45 UTC"; NULL for 0. */
const char *settings_time(apr_time_t time, apr_pool_t *pool);
void settings_time_cell(braze_html_t *html, const braze_page_frame_t *frame, braze_text_t heading,
                        apr_time_t time, apr_pool_t *pool);
void settings_time_fact(braze_html_t *html, braze_text_t term, apr_time_t time, apr_pool_t *pool);

const char *settings_item_name(const braze_catalog_t *catalog, braze_item_kind_t kind,
                               const char *id);

#endif
