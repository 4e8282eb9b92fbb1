/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces that settings pages are made of. */
#include <string.h>

#include <apr_strings.h>

#include "braze_time.h"
#include "settings_int.h"

#define DASH "–"

void settings_text(braze_html_t *html, braze_element_t element, const char *class_name,
                   const char *value)
{
    braze_html_open(html, element);
    braze_html_attr(html, BRAZE_AT_CLASS, class_name);
    braze_html_data(html, value);
    braze_html_close(html);
}

void settings_section(braze_html_t *html, const char *id, braze_text_t heading)
{
    braze_html_open(html, BRAZE_EL_SECTION);
    braze_html_attr(html, BRAZE_AT_ARIA_LABELLEDBY, id);
    braze_html_open(html, BRAZE_EL_H2);
    braze_html_attr(html, BRAZE_AT_ID, id);
    braze_html_say(html, heading);
    braze_html_close(html);
}

/* ---- forms ---- */

void settings_hidden(braze_html_t *html, const char *name, const char *value)
{
    braze_html_open(html, BRAZE_EL_INPUT);
    braze_html_attr(html, BRAZE_AT_TYPE, "hidden");
    braze_html_attr(html, BRAZE_AT_NAME, name);
    braze_html_attr(html, BRAZE_AT_VALUE, value);
}

void settings_form(braze_html_t *html, const braze_page_frame_t *frame, const char *page,
                   const char *action, apr_pool_t *pool)
{
    braze_html_open(html, BRAZE_EL_FORM);
    braze_html_attr(html, BRAZE_AT_METHOD, "post");
    braze_html_action(html, settings_url(frame, page, pool));
    settings_hidden(html, "csrf", frame->csrf);
    settings_hidden(html, "do", action);
}

void settings_button(braze_html_t *html, const char *class_name, braze_text_t text)
{
    braze_html_open(html, BRAZE_EL_BUTTON);
    braze_html_attr(html, BRAZE_AT_TYPE, "submit");
    braze_html_attr(html, BRAZE_AT_CLASS, class_name);
    braze_html_say(html, text);
    braze_html_close(html);
}

void settings_link(braze_html_t *html, const char *class_name, const char *url, braze_text_t text)
{
    braze_html_open(html, BRAZE_EL_A);
    braze_html_attr(html, BRAZE_AT_CLASS, class_name);
    braze_html_href(html, url);
    braze_html_say(html, text);
    braze_html_close(html);
}

static const braze_page_problem_t *problem_of(const braze_page_frame_t *frame, const char *field)
{
    int i;

    for (i = 0; frame->problems && i < frame->problems->nelts; i++) {
        const braze_page_problem_t *problem =
            &APR_ARRAY_IDX(frame->problems, i, braze_page_problem_t);

        if (problem->field && !strcmp(problem->field, field)) {
            return problem;
        }
    }
    return NULL;
}

/* Label, hint and complaint; gives the ids that describe the input, or NULL. */
static const char *field_begin(braze_html_t *html, const settings_field_t *field,
                               const braze_page_problem_t *problem, apr_pool_t *pool)
{
    const char *hint =
        field->hint == NO_TEXT ? NULL : apr_pstrcat(pool, field->name, "-hint", NULL);
    const char *wrong = problem ? apr_pstrcat(pool, field->name, "-wrong", NULL) : NULL;

    braze_html_open(html, BRAZE_EL_DIV);
    braze_html_attr(html, BRAZE_AT_CLASS, "field");
    braze_html_open(html, BRAZE_EL_LABEL);
    braze_html_attr(html, BRAZE_AT_FOR, field->name);
    braze_html_say(html, field->label);
    braze_html_close(html);
    if (hint) {
        braze_html_open(html, BRAZE_EL_P);
        braze_html_attr(html, BRAZE_AT_CLASS, "hint");
        braze_html_attr(html, BRAZE_AT_ID, hint);
        braze_html_say(html, field->hint);
        braze_html_close(html);
    }
    if (wrong) {
        braze_html_open(html, BRAZE_EL_P);
        braze_html_attr(html, BRAZE_AT_CLASS, "wrong");
        braze_html_attr(html, BRAZE_AT_ID, wrong);
        braze_html_say_with(html, settings_problem_text(problem->code), problem->value);
        braze_html_close(html);
    }
    return hint && wrong ? apr_pstrcat(pool, wrong, " ", hint, NULL) : wrong ? wrong : hint;
}

/* Attributes that input, textarea and select have in common. */
static void field_attributes(braze_html_t *html, const settings_field_t *field,
                             const char *described, int wrong)
{
    braze_html_attr(html, BRAZE_AT_ID, field->name);
    braze_html_attr(html, BRAZE_AT_NAME, field->name);
    braze_html_attr(html, BRAZE_AT_ARIA_DESCRIBEDBY, described);
    if (wrong) {
        braze_html_attr(html, BRAZE_AT_ARIA_INVALID, "true");
    }
    if (field->required) {
        braze_html_flag(html, BRAZE_AT_REQUIRED);
    }
}

void settings_field(braze_html_t *html, const braze_page_frame_t *frame,
                    const settings_field_t *field, apr_pool_t *pool)
{
    const braze_page_problem_t *problem = problem_of(frame, field->name);
    const char *described = field_begin(html, field, problem, pool);
    int area = field->type && !strcmp(field->type, "area");

    braze_html_open(html, area ? BRAZE_EL_TEXTAREA : BRAZE_EL_INPUT);
    field_attributes(html, field, described, problem != NULL);
    braze_html_attr(html, BRAZE_AT_MAXLENGTH, field->max);
    braze_html_attr(html, BRAZE_AT_SPELLCHECK, "false");
    if (area) {
        braze_html_attr(html, BRAZE_AT_ROWS, "6");
        braze_html_whole(html, field->value);
        braze_html_close(html);
    } else {
        braze_html_attr(html, BRAZE_AT_TYPE, field->type ? field->type : "text");
        braze_html_attr(html, BRAZE_AT_AUTOCOMPLETE, "off");
        braze_html_attr(html, BRAZE_AT_VALUE, field->value);
    }
    braze_html_close(html);
}

void settings_fixed(braze_html_t *html, braze_text_t label, const braze_page_pin_t *pin)
{
    braze_html_open(html, BRAZE_EL_DIV);
    braze_html_attr(html, BRAZE_AT_CLASS, "field fixed");
    braze_html_line(html, BRAZE_EL_P, "label", label);
    if (pin->value) {
        settings_text(html, BRAZE_EL_P, "value", pin->value);
    }
    braze_html_open(html, BRAZE_EL_P);
    braze_html_attr(html, BRAZE_AT_CLASS, "hint");
    braze_html_say_with(html, BRAZE_TEXT_S_PINNED, pin->directive);
    braze_html_close(html);
    braze_html_close(html);
}

/* What copies; with the page, a link that does without the script. */
static void copy_button(braze_html_t *html, const braze_page_frame_t *frame,
                        const settings_copy_t *copy, apr_pool_t *pool)
{
    braze_lang_t lang = braze_lang_by_tag(frame->language);

    braze_html_open(html, copy->page ? BRAZE_EL_A : BRAZE_EL_BUTTON);
    if (copy->page) {
        braze_html_href(html, apr_pstrcat(pool, settings_url(frame, copy->page, pool),
                                          "?copy=", copy->name, NULL));
    } else {
        braze_html_attr(html, BRAZE_AT_TYPE, "button");
        braze_html_flag(html, BRAZE_AT_HIDDEN);
    }
    braze_html_attr(html, BRAZE_AT_CLASS, "button quiet");
    braze_html_attr(html, BRAZE_AT_DATA_COPY, copy->name);
    braze_html_attr(html, BRAZE_AT_DATA_DONE, braze_text(BRAZE_TEXT_S_COPIED, lang));
    braze_html_attr(html, BRAZE_AT_ARIA_LABEL,
                    apr_pstrcat(pool, braze_text(BRAZE_TEXT_S_COPY, lang), ": ",
                                braze_text(copy->label, lang), NULL));
    braze_html_say(html, BRAZE_TEXT_S_COPY);
    braze_html_close(html);
}

void settings_copy(braze_html_t *html, const braze_page_frame_t *frame, const settings_copy_t *copy,
                   apr_pool_t *pool)
{
    settings_field_t field = {copy->name, copy->value, NULL, copy->label, NO_TEXT, 0, NULL};

    field_begin(html, &field, NULL, pool);
    braze_html_open(html, BRAZE_EL_DIV);
    braze_html_attr(html, BRAZE_AT_CLASS, "copies");
    braze_html_open(html, BRAZE_EL_INPUT);
    braze_html_attr(html, BRAZE_AT_CLASS, "copy");
    braze_html_attr(html, BRAZE_AT_ID, copy->name);
    braze_html_attr(html, BRAZE_AT_TYPE, "text");
    braze_html_flag(html, BRAZE_AT_READONLY);
    braze_html_attr(html, BRAZE_AT_SPELLCHECK, "false");
    braze_html_attr(html, BRAZE_AT_VALUE, copy->value);
    copy_button(html, frame, copy, pool);
    braze_html_open(html, BRAZE_EL_SPAN);
    braze_html_attr(html, BRAZE_AT_CLASS, "copied");
    braze_html_attr(html, BRAZE_AT_ROLE, "status");
    braze_html_close(html);
    braze_html_close(html);
    braze_html_close(html);
}

void settings_select(braze_html_t *html, const braze_page_frame_t *frame,
                     const settings_field_t *field, apr_pool_t *pool)
{
    const braze_page_problem_t *problem = problem_of(frame, field->name);
    const char *described = field_begin(html, field, problem, pool);

    braze_html_open(html, BRAZE_EL_SELECT);
    field_attributes(html, field, described, problem != NULL);
}

void settings_option(braze_html_t *html, const char *value, const char *chosen, const char *label,
                     braze_text_t text)
{
    braze_html_open(html, BRAZE_EL_OPTION);
    braze_html_attr(html, BRAZE_AT_VALUE, value);
    if (chosen && !strcmp(chosen, value)) {
        braze_html_flag(html, BRAZE_AT_SELECTED);
    }
    if (label) {
        braze_html_data(html, label);
    } else {
        braze_html_say(html, text);
    }
    braze_html_close(html);
}

void settings_items(braze_html_t *html, const braze_catalog_t *catalog, braze_item_kind_t kind,
                    const char *chosen)
{
    int i;

    settings_option(html, "", chosen, NULL, BRAZE_TEXT_S_NONE);
    for (i = 0; i < catalog->items->nelts; i++) {
        const braze_item_t *item = &APR_ARRAY_IDX(catalog->items, i, braze_item_t);

        if (item->kind == kind) {
            settings_option(html, item->id, chosen, item->name, NO_TEXT);
        }
    }
}

/* ---- lists and tables ---- */

static void term(braze_html_t *html, braze_text_t text)
{
    braze_html_line(html, BRAZE_EL_DT, NULL, text);
    braze_html_open(html, BRAZE_EL_DD);
}

void settings_fact(braze_html_t *html, braze_text_t text, const char *value)
{
    term(html, text);
    braze_html_data(html, value && *value ? value : DASH);
    braze_html_close(html);
}

void settings_fact_text(braze_html_t *html, braze_text_t text, braze_text_t value)
{
    term(html, text);
    braze_html_say(html, value);
    braze_html_close(html);
}

static void heading_cell(braze_html_t *html, const settings_heading_t *heading)
{
    braze_html_open(html, BRAZE_EL_TH);
    braze_html_attr(html, BRAZE_AT_SCOPE, "col");
    braze_html_say(html, heading->text);
    if (heading->minor != NO_TEXT) {
        braze_html_line(html, BRAZE_EL_DIV, "minor", heading->minor);
    }
    braze_html_close(html);
}

void settings_table(braze_html_t *html, braze_text_t caption, const settings_heading_t *headings)
{
    braze_html_open(html, BRAZE_EL_DIV);
    braze_html_attr(html, BRAZE_AT_CLASS, "scroll");
    braze_html_attr(html, BRAZE_AT_TABINDEX, "0"); /* so that the keyboard can scroll it */
    braze_html_attr(html, BRAZE_AT_ROLE, "region");
    braze_html_attr(html, BRAZE_AT_ARIA_LABELLEDBY, "table");
    braze_html_open(html, BRAZE_EL_TABLE);
    braze_html_open(html, BRAZE_EL_CAPTION);
    braze_html_attr(html, BRAZE_AT_ID, "table");
    braze_html_say(html, caption);
    braze_html_close(html);
    braze_html_open(html, BRAZE_EL_THEAD);
    braze_html_open(html, BRAZE_EL_TR);
    for (; headings->text != NO_TEXT; headings++) {
        heading_cell(html, headings);
    }
    braze_html_close(html);
    braze_html_close(html);
    braze_html_open(html, BRAZE_EL_TBODY);
}

void settings_cell_open(braze_html_t *html, const braze_page_frame_t *frame, const char *class_name,
                        braze_text_t heading)
{
    braze_html_open(html, BRAZE_EL_TD);
    braze_html_attr(html, BRAZE_AT_CLASS, class_name);
    braze_html_attr(html, BRAZE_AT_DATA_LABEL,
                    braze_text(heading, braze_lang_by_tag(frame->language)));
}

void settings_cell(braze_html_t *html, const braze_page_frame_t *frame, braze_text_t heading,
                   const char *value)
{
    int is_there = value && *value;

    settings_cell_open(html, frame, is_there ? NULL : "none", heading);
    braze_html_data(html, is_there ? value : DASH);
    braze_html_close(html);
}

void settings_minor(braze_html_t *html, const char *value)
{
    if (value && *value) {
        settings_text(html, BRAZE_EL_DIV, "minor", value);
    }
}

/* ---- values ---- */

const char *settings_time(apr_time_t time, apr_pool_t *pool)
{
    const char *text;

    if (!time) {
        return NULL;
    }
    text = braze_time_rfc3339(time, pool);
    return apr_psprintf(pool, "%.10s %.5s UTC", text, text + 11);
}

static void time_element(braze_html_t *html, apr_time_t time, apr_pool_t *pool)
{
    if (!time) {
        braze_html_data(html, DASH);
        return;
    }
    braze_html_open(html, BRAZE_EL_TIME);
    braze_html_attr(html, BRAZE_AT_DATETIME, braze_time_rfc3339(time, pool));
    braze_html_data(html, settings_time(time, pool));
    braze_html_close(html);
}

void settings_time_cell(braze_html_t *html, const braze_page_frame_t *frame, braze_text_t heading,
                        apr_time_t time, apr_pool_t *pool)
{
    settings_cell_open(html, frame, time ? NULL : "none", heading);
    time_element(html, time, pool);
    braze_html_close(html);
}

void settings_time_fact(braze_html_t *html, braze_text_t text, apr_time_t time, apr_pool_t *pool)
{
    term(html, text);
    time_element(html, time, pool);
    braze_html_close(html);
}

const char *settings_item_name(const braze_catalog_t *catalog, braze_item_kind_t kind,
                               const char *id)
{
    const braze_item_t *item = id ? braze_catalog_by_id(catalog, kind, id) : NULL;

    return item ? item->name : id;
}
