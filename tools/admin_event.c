/* SPDX-License-Identifier: Apache-2.0 */
/* event list: the newest rows of the audit trail. */
#include <apr_strings.h>

#include "admin.h"

#define COUNT 50 /* unless --count says otherwise */
#define COUNT_MAX 10000

static const admin_column_t columns[] = {
    {"AT", "at"},       {"EVENT", "name"}, {"USER", "user_name"}, {"CODE", "code"},
    {"ACTOR", "actor"}, {"IP", "ip"},      {"DETAIL", "detail"},  {NULL, NULL}};

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

static braze_err_t *list(admin_t *admin)
{
    braze_json_t *array = braze_json_array(admin->pool);
    apr_array_header_t *events;
    int i, count = COUNT;
    braze_err_t *err = admin_arg_number(&count, admin, OPT_COUNT, 1, COUNT_MAX);

    if (err) {
        return err;
    }
    err = braze_store_event_list(&events, admin->db, admin->company->id, count, admin->pool);
    if (err) {
        return admin_about(err, admin->pool, "events of company \"%s\"", admin->company->name);
    }
    for (i = 0; i < events->nelts; i++) {
        braze_json_append(array,
                          event_json(APR_ARRAY_IDX(events, i, braze_event_t *), admin->pool));
    }
    admin_print_list(admin, columns, array);
    return NULL;
}

const admin_command_t admin_event_commands[] = {
    {"event", "list", "", 0, 0, OPT_BIT(OPT_COUNT), NEEDS_COMPANY, list,
     "list the newest security events (50, or --count)", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
