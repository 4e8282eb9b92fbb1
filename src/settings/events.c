/* SPDX-License-Identifier: Apache-2.0 */
/* The security event report: pages, and the CSV file. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "braze_operator.h"
#include "braze_time.h"
#include "settings_int.h"

static braze_err_t *read_events(apr_array_header_t **events, settings_call_t *call,
                                braze_page_events_t *model)
{
    const char *before = settings_form_get(&call->query, "before");
    braze_event_query_t query = {0};

    model->name = settings_form_text(&call->query, "name", call->pool);
    query.company_id = call->in->company->id;
    query.name = *model->name ? model->name : NULL;
    query.before_id = before && braze_id_is(before) ? before : NULL;
    query.count = BRAZE_SETTINGS_PAGE_ROWS + 1;
    model->newest = !query.before_id;
    return braze_store_event_search(events, call->db, &query, call->pool);
}

void settings_events_get(settings_call_t *call)
{
    braze_page_events_t model = {0};
    apr_array_header_t *events;
    braze_err_t *err = read_events(&events, call, &model);

    if (err) {
        settings_fail(call, err, NULL);
        return;
    }
    if (events->nelts > BRAZE_SETTINGS_PAGE_ROWS) {
        events->nelts = BRAZE_SETTINGS_PAGE_ROWS;
        model.older =
            APR_ARRAY_IDX(events, BRAZE_SETTINGS_PAGE_ROWS - 1, const braze_event_t *)->id;
    }
    model.events = events;
    settings_show(call, 200, braze_page_events(&call->frame, &model, call->pool));
}

/* ---- the file (RFC 4180) ---- */

#define HEADER "id,at,event,user_id,user_name,code,actor,ip,correlation,detail\r\n"

/* A spreadsheet takes what begins like this for a formula, quotes or not. */
static int is_formula(const char *value)
{
    return *value && strchr("=+-@\t\r\n|%", *value) != NULL;
}

static void put_cell(braze_buf_t *out, const char *value, char behind)
{
    const char *c;

    braze_buf_puts(out, "\"");
    if (value && is_formula(value)) {
        braze_buf_puts(out, "'");
    }
    for (c = value; c && *c; c++) {
        if (*c == '"') {
            braze_buf_puts(out, "\"\"");
        } else {
            braze_buf_add(out, c, 1);
        }
    }
    braze_buf_puts(out, "\"");
    braze_buf_puts(out, behind == ',' ? "," : "\r\n");
}

static void put_event(braze_buf_t *out, const braze_event_t *event, apr_pool_t *pool)
{
    put_cell(out, event->id, ',');
    put_cell(out, braze_time_rfc3339(event->at, pool), ',');
    put_cell(out, event->name, ',');
    put_cell(out, event->user_id, ',');
    put_cell(out, event->user_name, ',');
    put_cell(out, event->code, ',');
    put_cell(out, event->actor, ',');
    put_cell(out, event->ip, ',');
    put_cell(out, event->correlation, ',');
    put_cell(out, event->detail, '\n');
}

braze_err_t *braze_settings_csv(const char **text, braze_settings_csv_t *state, braze_db_t *db,
                                const char *company_id, apr_pool_t *pool)
{
    braze_event_query_t query = {0};
    apr_array_header_t *events;
    braze_buf_t *out;
    braze_err_t *err;
    int left = BRAZE_SETTINGS_CSV_ROWS - state->rows, i;

    *text = "";
    if (state->ended) {
        return NULL;
    }
    query.company_id = company_id;
    query.before_id = *state->before ? state->before : NULL;
    query.count = left < BRAZE_SETTINGS_CSV_CHUNK ? left : BRAZE_SETTINGS_CSV_CHUNK;
    err = braze_store_event_search(&events, db, &query, pool);
    if (err) {
        return err;
    }
    out = braze_buf_new(64 * 1024, pool);
    if (!*state->before) {
        braze_buf_puts(out, HEADER);
    }
    for (i = 0; i < events->nelts; i++) {
        const braze_event_t *event = APR_ARRAY_IDX(events, i, const braze_event_t *);

        put_event(out, event, pool);
        apr_cpystrn(state->before, event->id, sizeof(state->before));
    }
    state->rows += events->nelts;
    state->ended = events->nelts < query.count || state->rows >= BRAZE_SETTINGS_CSV_ROWS;
    *text = out->data;
    return NULL;
}
