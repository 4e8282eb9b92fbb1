/* SPDX-License-Identifier: Apache-2.0 */
/* Groups in the store: reading, changing and deleting one under a client's preconditions. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "scim_int.h"

braze_event_t *braze_group_event(scim_call_t *call, const char *name, const char *id,
                                 const char *display_name)
{
    const braze_scim_request_t *request = call->request;
    braze_event_t *event = apr_pcalloc(call->pool, sizeof(*event));

    event->company_id = request->token->company_id;
    event->at = request->now;
    event->name = name;
    event->actor = braze_call_actor(call);
    event->ip = request->client_ip;
    event->detail = display_name ? apr_pstrcat(call->pool, "group ", id, " ", display_name, NULL)
                                 : apr_pstrcat(call->pool, "group ", id, NULL);
    return event;
}

braze_err_t *braze_group_not_found(scim_call_t *call, const char *id)
{
    return braze_err_newf(call->pool, 404, NULL, "BRAZE-S0310",
                          "There is no group with the id \"%.100s\".", id);
}

braze_err_t *braze_group_fetch(braze_group_t **group, scim_call_t *call, const char *id)
{
    braze_err_t *err = NULL;

    *group = NULL;
    if (braze_id_is(id)) {
        err = braze_store_group_get(group, call->db, call->request->token->company_id, id,
                                    call->pool);
    }
    return err ? err : *group ? NULL : braze_group_not_found(call, id);
}

braze_err_t *braze_group_respond(braze_scim_response_t **response, scim_call_t *call, int status,
                                 const braze_group_t *group, const projection_t *projection)
{
    apr_array_header_t *members = NULL;
    braze_err_t *err = NULL;
    braze_buf_t *buf;

    if (braze_projection_wants(projection, "members")) {
        err = braze_store_group_members(&members, call->db, call->request->token->company_id,
                                        group->id, call->pool);
    }
    if (err) {
        return err;
    }
    buf = braze_buf_new(512 + 256 * (apr_size_t)(members ? members->nelts : 0), call->pool);
    braze_group_put(buf, group, members, call->request, projection);
    *response = braze_response_body(status, SCIM_TYPE, buf, call->pool);
    (*response)->etag = braze_group_etag(group, call->pool);
    (*response)->location = braze_group_location(group, call->request, call->pool);
    return NULL;
}

static braze_err_t *contended(scim_call_t *call)
{
    braze_err_t *err =
        braze_err_new(503, NULL, "BRAZE-S0311",
                      "Others keep changing this group. Nothing was changed.", call->pool);

    err->retry_after = 1;
    return err;
}

/* What is the same as before is not written, so that the version stays. */
static braze_err_t *change_once(int *done, braze_group_change_t *change, scim_call_t *call,
                                group_apply_t *apply, void *wish)
{
    braze_group_t *group = change->group;
    const char *before = group->resource;
    braze_err_t *err =
        braze_etag_check(call->request, braze_group_etag(group, call->pool), call->pool);

    if (!err) {
        err = apply(change, call, wish);
    }
    if (err) {
        return err;
    }
    change->write_columns = strcmp(before, group->resource) != 0;
    change->expect_version = group->version;
    change->event = braze_group_event(call, "Updated Group", group->id, group->display_name);
    return braze_store_group_change(done, call->db, change, call->pool);
}

braze_err_t *braze_group_change(braze_group_t **group, scim_call_t *call, const char *id,
                                group_apply_t *apply, void *wish)
{
    int tries, done = 0, bent = call->bent;
    braze_scim_bends_t bends = call->bends;

    for (tries = 0; tries < CHANGE_TRIES; tries++) {
        braze_group_change_t change = {.now = call->request->now};
        braze_err_t *err = braze_group_fetch(&change.group, call, id);

        call->bent = bent; /* of the try that counts */
        call->bends = bends;
        if (!err) {
            err = change_once(&done, &change, call, apply, wish);
        }
        if (err || done) {
            *group = change.group;
            return err;
        }
    }
    return contended(call);
}

braze_err_t *braze_group_remove(scim_call_t *call, const char *id)
{
    const braze_scim_request_t *request = call->request;
    int conditional = request->if_match || request->if_none_match;
    int tries, done = 0;

    for (tries = 0; tries < CHANGE_TRIES; tries++) {
        braze_group_t *group;
        braze_err_t *err = braze_group_fetch(&group, call, id);

        if (!err) {
            err = braze_etag_check(request, braze_group_etag(group, call->pool), call->pool);
        }
        if (!err) {
            err = braze_store_group_delete(
                &done, call->db, request->token->company_id, id, conditional ? group->version : 0,
                braze_group_event(call, "Removed Group", id, group->display_name), call->pool);
        }
        if (err || done) {
            return err;
        }
    }
    return contended(call);
}
