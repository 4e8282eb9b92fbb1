/* SPDX-License-Identifier: Apache-2.0 */
/* Permission sets: the list, and one of them. */
#include <string.h>

#include <apr_strings.h>

#include "settings_int.h"

static const char *set_url(const braze_page_frame_t *frame, const char *id, apr_pool_t *pool)
{
    return apr_pstrcat(pool, settings_url(frame, "permission-set", pool), id ? "?id=" : "",
                       id ? id : "", NULL);
}

static void row(braze_html_t *html, const braze_page_frame_t *frame, const braze_item_t *item,
                apr_pool_t *pool)
{
    braze_html_open(html, BRAZE_EL_TR);
    braze_html_open(html, BRAZE_EL_TH);
    braze_html_attr(html, BRAZE_AT_SCOPE, "row");
    braze_html_open(html, BRAZE_EL_A);
    braze_html_href(html, set_url(frame, item->id, pool));
    braze_html_data(html, item->name);
    braze_html_close(html);
    braze_html_close(html);
    settings_cell(html, frame, BRAZE_TEXT_S_PERMISSIONS,
                  item->permissions && item->permissions->nelts
                      ? apr_array_pstrcat(pool, item->permissions, ' ')
                      : NULL);
    braze_html_close(html);
}

const char *braze_page_sets(const braze_page_frame_t *frame, const braze_catalog_t *catalog,
                            apr_pool_t *pool)
{
    static const settings_heading_t headings[] = {
        {BRAZE_TEXT_S_NAME, NO_TEXT}, {BRAZE_TEXT_S_PERMISSIONS, NO_TEXT}, {NO_TEXT, NO_TEXT}};
    braze_html_t *html = settings_begin(frame, "permission-sets", BRAZE_TEXT_S_SETS, NULL, pool);
    int i;

    braze_html_line(html, BRAZE_EL_P, NULL, BRAZE_TEXT_S_SETS_WHAT);
    settings_table(html, BRAZE_TEXT_S_SETS, headings);
    for (i = 0; i < catalog->items->nelts; i++) {
        const braze_item_t *item = &APR_ARRAY_IDX(catalog->items, i, braze_item_t);

        if (item->kind == BRAZE_ITEM_PERMISSION_SET) {
            row(html, frame, item, pool);
        }
    }
    braze_html_close(html);
    braze_html_close(html);
    braze_html_close(html);
    braze_html_open(html, BRAZE_EL_P);
    settings_link(html, "button", set_url(frame, NULL, pool), BRAZE_TEXT_S_SET_NEW);
    braze_html_close(html);
    return braze_html_done(html);
}

static int has(const apr_array_header_t *names, const char *name)
{
    int i;

    for (i = 0; names && i < names->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(names, i, const char *), name)) {
            return 1;
        }
    }
    return 0;
}

/* One box a permission. Those of the set which the vocabulary no longer has are shown too: saving
 * must not take them away unseen. */
static void box(braze_html_t *html, const char *name, int ticked, apr_pool_t *pool)
{
    const char *id = apr_pstrcat(pool, "p-", name, NULL);

    braze_html_open(html, BRAZE_EL_LI);
    braze_html_open(html, BRAZE_EL_INPUT);
    braze_html_attr(html, BRAZE_AT_TYPE, "checkbox");
    braze_html_attr(html, BRAZE_AT_ID, id);
    braze_html_attr(html, BRAZE_AT_NAME, "permission");
    braze_html_attr(html, BRAZE_AT_VALUE, name);
    if (ticked) {
        braze_html_flag(html, BRAZE_AT_CHECKED);
    }
    braze_html_open(html, BRAZE_EL_LABEL);
    braze_html_attr(html, BRAZE_AT_FOR, id);
    braze_html_data(html, name);
    braze_html_close(html);
    braze_html_close(html);
}

static void boxes(braze_html_t *html, const braze_page_set_t *model, apr_pool_t *pool)
{
    int i;

    braze_html_open(html, BRAZE_EL_FIELDSET);
    braze_html_line(html, BRAZE_EL_LEGEND, NULL, BRAZE_TEXT_S_PERMISSIONS);
    braze_html_open(html, BRAZE_EL_UL);
    braze_html_attr(html, BRAZE_AT_CLASS, "boxes");
    for (i = 0; i < model->vocabulary->nelts; i++) {
        const char *name = APR_ARRAY_IDX(model->vocabulary, i, const char *);

        box(html, name, has(model->permissions, name), pool);
    }
    for (i = 0; i < model->permissions->nelts; i++) {
        const char *name = APR_ARRAY_IDX(model->permissions, i, const char *);

        if (!has(model->vocabulary, name)) {
            box(html, name, 1, pool);
        }
    }
    braze_html_close(html);
    braze_html_close(html);
}

static void theirs(braze_html_t *html, const braze_item_t *now, apr_pool_t *pool)
{
    if (!now) {
        return;
    }
    settings_section(html, "theirs", BRAZE_TEXT_S_THEIRS);
    braze_html_line(html, BRAZE_EL_P, "hint", BRAZE_TEXT_S_THEIRS_HINT);
    braze_html_open(html, BRAZE_EL_DL);
    settings_fact(html, BRAZE_TEXT_S_NAME, now->name);
    settings_fact(html, BRAZE_TEXT_S_PERMISSIONS,
                  now->permissions ? apr_array_pstrcat(pool, now->permissions, ' ') : NULL);
    braze_html_close(html);
    braze_html_close(html);
}

static void deletion(braze_html_t *html, const braze_page_frame_t *frame,
                     const braze_page_set_t *model, apr_pool_t *pool)
{
    settings_section(html, "delete", BRAZE_TEXT_S_SET_DELETE);
    braze_html_line(html, BRAZE_EL_P, "hint", BRAZE_TEXT_S_SET_DELETE_HINT);
    settings_form(html, frame, "permission-set", "delete", pool);
    settings_hidden(html, "id", model->id);
    settings_hidden(html, "seen", model->seen);
    braze_html_open(html, BRAZE_EL_P);
    settings_button(html, "button danger", BRAZE_TEXT_S_SET_DELETE);
    braze_html_close(html);
    braze_html_close(html);
    braze_html_close(html);
}

const char *braze_page_set(const braze_page_frame_t *frame, const braze_page_set_t *model,
                           apr_pool_t *pool)
{
    const settings_field_t name = {"name", model->name, NULL, BRAZE_TEXT_S_NAME, NO_TEXT, 1, "128"};
    braze_html_t *html = settings_begin(frame, "permission-sets",
                                        model->id ? BRAZE_TEXT_S_SET_OF : BRAZE_TEXT_S_SET_NEW,
                                        model->shown_name, pool);

    theirs(html, model->theirs, pool);
    settings_form(html, frame, "permission-set", model->id ? "change" : "add", pool);
    if (model->id) {
        settings_hidden(html, "id", model->id);
        settings_hidden(html, "seen", model->seen);
    }
    settings_field(html, frame, &name, pool);
    boxes(html, model, pool);
    braze_html_open(html, BRAZE_EL_P);
    braze_html_attr(html, BRAZE_AT_CLASS, "buttons");
    settings_button(html, "button", BRAZE_TEXT_S_SAVE);
    settings_link(html, "button quiet", settings_url(frame, "permission-sets", pool),
                  BRAZE_TEXT_S_CANCEL);
    braze_html_close(html);
    braze_html_close(html);
    if (model->id) {
        deletion(html, frame, model, pool);
    }
    return braze_html_done(html);
}
