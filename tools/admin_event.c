/* SPDX-License-Identifier: Apache-2.0 */
/* event list: the audit trail, newest first, by filter. */
#include <string.h>

#include <apr_strings.h>

#include "admin.h"
#include "admin_csv.h"
#include "braze_operator.h"
#include "braze_time.h"

#define COUNT 50 /* unless --count says otherwise */
#define COUNT_MAX 10000
#define PAGE 500 /* events read at a time */

static const admin_column_t columns[] = {
    {"AT", "at"},       {"EVENT", "name"}, {"USER", "user_name"}, {"CODE", "code"},
    {"ACTOR", "actor"}, {"IP", "ip"},      {"DETAIL", "detail"},  {NULL, NULL}};

static const char *const csv_titles[] = {"at",    "event", "user_name",   "user_id", "code",
                                         "actor", "ip",    "correlation", "detail"};

#define CSV_CELLS (int)(sizeof(csv_titles) / sizeof(*csv_titles))

static braze_json_t *event_json(const braze_event_t *event, apr_pool_t *pool)
{
    braze_json_t *object = braze_json_object(pool);

    admin_put_text(object, "id", event->id, pool);
    admin_put_time(object, "at", event->at, pool);
    admin_put_text(object, "name", event->name, pool);
    admin_put_text(object, "user_id", event->user_id, pool);
    admin_put_text(object, "user_name", event->user_name, pool);
    admin_put_text(object, "code", event->code, pool);
    admin_put_text(object, "actor", event->actor, pool);
    admin_put_text(object, "ip", event->ip, pool);
    admin_put_text(object, "correlation", event->correlation, pool);
    admin_put_text(object, "detail", event->detail, pool);
    return object;
}

static void put_csv(const braze_event_t *event, apr_pool_t *pool)
{
    const char *const cells[CSV_CELLS] = {braze_time_rfc3339(event->at, pool),
                                          event->name,
                                          event->user_name,
                                          event->user_id,
                                          event->code,
                                          event->actor,
                                          event->ip,
                                          event->correlation,
                                          event->detail};

    admin_csv_put(cells, CSV_CELLS);
}

/* Somebody who was deleted, or never had an account, is known to the trail by name. */
static braze_err_t *read_user(braze_event_query_t *query, const admin_t *admin)
{
    const char *wanted = admin_arg(admin, OPT_USER);
    braze_user_t *user = NULL;
    braze_err_t *err = wanted ? admin_user_pick(&user, admin, wanted) : NULL;

    if (err && admin_exit_code(err) != ADMIN_NOT_FOUND && admin_exit_code(err) != ADMIN_USAGE) {
        return err;
    }
    query->user_name = user ? user->user_name : wanted;
    query->user_id = user ? user->id : wanted;
    return NULL;
}

static braze_err_t *read_query(braze_event_query_t *query, const admin_t *admin)
{
    int count = COUNT;
    braze_err_t *err = admin_arg_number(&count, admin, OPT_COUNT, 1, COUNT_MAX);

    if (!err && admin->json && admin_arg_has(admin, OPT_CSV)) {
        err = admin_fail(admin->pool, ADMIN_USAGE, "--csv and --json do not go together");
    }
    if (!err) {
        err = admin_arg_time(&query->since, admin, OPT_SINCE, -1);
    }
    if (!err) {
        err = admin_arg_time(&query->until, admin, OPT_UNTIL, -1);
    }
    if (!err) {
        err = read_user(query, admin);
    }
    query->company_id = admin->company->id;
    query->name = admin_arg(admin, OPT_EVENT);
    query->code = admin_arg(admin, OPT_CODE);
    query->count = count;
    return err;
}

/* One page of at most *left events; *left becomes 0 with the last one. array NULL: as CSV. */
static braze_err_t *put_page(braze_json_t *array, int *left, braze_event_query_t *query,
                             admin_t *admin, apr_pool_t *page)
{
    apr_array_header_t *events;
    braze_err_t *err;
    int i;

    query->count = *left < PAGE ? *left : PAGE;
    err = braze_store_event_search(&events, admin->db, query, page);
    if (err) {
        return admin_about(err, admin->pool, "events of company \"%s\"", admin->company->name);
    }
    for (i = 0; i < events->nelts; i++) {
        const braze_event_t *event = APR_ARRAY_IDX(events, i, const braze_event_t *);

        if (array) {
            braze_json_append(array, event_json(event, admin->pool));
        } else {
            put_csv(event, page);
        }
        query->before_id = apr_pstrdup(admin->pool, event->id);
    }
    *left = events->nelts < query->count ? 0 : *left - events->nelts;
    return NULL;
}

static braze_err_t *list(admin_t *admin)
{
    braze_event_query_t query = {0};
    braze_json_t *array = admin_arg_has(admin, OPT_CSV) ? NULL : braze_json_array(admin->pool);
    braze_err_t *err = read_query(&query, admin);
    int left = query.count;

    if (!err && !array) {
        admin_csv_put(csv_titles, CSV_CELLS);
    }
    while (!err && left > 0) {
        apr_pool_t *page;

        apr_pool_create(&page, admin->pool);
        err = put_page(array, &left, &query, admin, page);
        if (!err && !array) {
            apr_pool_destroy(page);
        }
    }
    if (!err && array) {
        admin_print_list(admin, columns, array);
    }
    return err;
}

const admin_command_t admin_event_commands[] = {
    {"event", "list", "", 0, 0,
     OPT_BIT(OPT_COUNT) | OPT_BIT(OPT_SINCE) | OPT_BIT(OPT_UNTIL) | OPT_BIT(OPT_USER) |
         OPT_BIT(OPT_EVENT) | OPT_BIT(OPT_CODE) | OPT_BIT(OPT_CSV),
     NEEDS_COMPANY, list, "list the newest security events (50, or --count)", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
