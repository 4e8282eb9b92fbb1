/* SPDX-License-Identifier: Apache-2.0 */
/* The security event report. */
#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>

#include "settings_int.h"

/* Names of events are data, which the report and its CSV file have in one form for everybody. */
static const char *const names[] = {"Signed In",
                                    "Signed Out",
                                    "Failed Login",
                                    "Failed Logout",
                                    "Added Account",
                                    "Updated Account",
                                    "Updated Account Permission",
                                    "Removed Account",
                                    "Developer Suspended",
                                    "Developer Unsuspended",
                                    "Added Group",
                                    "Updated Group",
                                    "Removed Group",
                                    "Updated Security Settings",
                                    "Added Permission Set",
                                    "Updated Permission Set",
                                    "Removed Permission Set",
                                    "Added SCIM Token",
                                    "Reset SCIM Token",
                                    "Removed SCIM Token"};

static void filter(braze_html_t *html, const braze_page_frame_t *frame,
                   const braze_page_events_t *model, apr_pool_t *pool)
{
    const settings_field_t field = {"name", NULL, NULL, BRAZE_TEXT_S_EVENT, NO_TEXT, 0, NULL};
    apr_size_t i;

    braze_html_open(html, BRAZE_EL_FORM);
    braze_html_attr(html, BRAZE_AT_METHOD, "get");
    braze_html_attr(html, BRAZE_AT_CLASS, "filter");
    braze_html_action(html, settings_url(frame, "events", pool));
    settings_select(html, frame, &field, pool);
    settings_option(html, "", model->name, NULL, BRAZE_TEXT_S_ALL);
    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        settings_option(html, names[i], model->name, names[i], NO_TEXT);
    }
    braze_html_close(html);
    braze_html_close(html);
    settings_button(html, "button", BRAZE_TEXT_S_SHOW);
    braze_html_close(html);
}

static void whom(braze_html_t *html, const braze_page_frame_t *frame, const braze_event_t *event,
                 apr_pool_t *pool)
{
    if (!event->user_id || !event->user_name) {
        settings_cell(html, frame, BRAZE_TEXT_S_WHOM, event->user_name);
        return;
    }
    settings_cell_open(html, frame, NULL, BRAZE_TEXT_S_WHOM);
    braze_html_open(html, BRAZE_EL_A);
    braze_html_href(
        html, apr_pstrcat(pool, settings_url(frame, "user", pool), "?id=", event->user_id, NULL));
    braze_html_data(html, event->user_name);
    braze_html_close(html);
    braze_html_close(html);
}

/* Two that belong together, one below the other. */
static void pair(braze_html_t *html, const braze_page_frame_t *frame, braze_text_t heading,
                 const char *value, const char *minor)
{
    int is_there = (value && *value) || (minor && *minor);

    settings_cell_open(html, frame, is_there ? NULL : "none", heading);
    braze_html_data(html, value && *value ? value : is_there ? "" : "–");
    settings_minor(html, minor);
    braze_html_close(html);
}

static void row(braze_html_t *html, const braze_page_frame_t *frame, const braze_event_t *event,
                apr_pool_t *pool)
{
    braze_html_open(html, BRAZE_EL_TR);
    settings_time_cell(html, frame, BRAZE_TEXT_S_AT, event->at, pool);
    pair(html, frame, BRAZE_TEXT_S_EVENT, event->name, event->code);
    whom(html, frame, event, pool);
    pair(html, frame, BRAZE_TEXT_S_ACTOR, event->actor, event->ip);
    pair(html, frame, BRAZE_TEXT_S_DETAIL, event->detail, event->correlation);
    braze_html_close(html);
}

static void table(braze_html_t *html, const braze_page_frame_t *frame,
                  const braze_page_events_t *model, apr_pool_t *pool)
{
    static const settings_heading_t headings[] = {{BRAZE_TEXT_S_AT, NO_TEXT},
                                                  {BRAZE_TEXT_S_EVENT, BRAZE_TEXT_S_REASON},
                                                  {BRAZE_TEXT_S_WHOM, NO_TEXT},
                                                  {BRAZE_TEXT_S_ACTOR, BRAZE_TEXT_S_FROM},
                                                  {BRAZE_TEXT_S_DETAIL, BRAZE_TEXT_S_REF},
                                                  {NO_TEXT, NO_TEXT}};
    int i;

    if (!model->events->nelts) {
        braze_html_line(html, BRAZE_EL_P, "none", BRAZE_TEXT_S_EVENTS_NONE);
        return;
    }
    settings_table(html, BRAZE_TEXT_S_EVENTS, headings);
    for (i = 0; i < model->events->nelts; i++) {
        row(html, frame, APR_ARRAY_IDX(model->events, i, const braze_event_t *), pool);
    }
    braze_html_close(html);
    braze_html_close(html);
    braze_html_close(html);
}

const char *braze_page_events(const braze_page_frame_t *frame, const braze_page_events_t *model,
                              apr_pool_t *pool)
{
    const char *query = apr_pstrcat(pool, settings_url(frame, "events", pool),
                                    "?name=", apr_pescape_urlencoded(pool, model->name), NULL);
    braze_html_t *html = settings_begin(frame, "events", BRAZE_TEXT_S_EVENTS, NULL, pool);

    braze_html_line(html, BRAZE_EL_P, NULL, BRAZE_TEXT_S_EVENTS_WHAT);
    braze_html_open(html, BRAZE_EL_P);
    settings_link(html, "button quiet", settings_url(frame, "events.csv", pool), BRAZE_TEXT_S_CSV);
    braze_html_close(html);
    filter(html, frame, model, pool);
    table(html, frame, model, pool);
    braze_html_open(html, BRAZE_EL_P);
    braze_html_attr(html, BRAZE_AT_CLASS, "buttons");
    if (!model->newest) {
        settings_link(html, "button quiet", query, BRAZE_TEXT_S_NEWEST);
    }
    if (model->older) {
        settings_link(html, "button quiet",
                      apr_pstrcat(pool, query, "&before=", model->older, NULL),
                      BRAZE_TEXT_S_OLDER_EVENTS);
    }
    braze_html_close(html);
    return braze_html_done(html);
}
