/* SPDX-License-Identifier: Apache-2.0 */
/* /Groups (RFC 7644 section 3): one group at a time; lists are in groups_list.c. */
#include "braze_id.h"
#include "scim_int.h"

static const braze_resource_type_t *group_type(void)
{
    return braze_resource_type_at("/Groups");
}

static braze_err_t *read_wish(scim_query_t *query, scim_group_input_t *input, scim_call_t *call)
{
    braze_json_t *body;
    braze_err_t *err = braze_query_read(query, call->request, group_type(), call->pool);

    if (!err) {
        err = braze_body_read(&body, call);
    }
    return err ? err : braze_group_input_read(input, body, call);
}

braze_err_t *braze_groups_create(braze_scim_response_t **response, scim_call_t *call,
                                 const char *id)
{
    braze_group_t group = {.company_id = call->request->token->company_id};
    scim_group_input_t input;
    scim_query_t query;
    braze_err_t *err = read_wish(&query, &input, call);

    (void)id;
    if (!err) {
        err = braze_group_derive_json(&group, input.resource, call->pool);
    }
    if (!err) {
        group.id = braze_id_new(call->request->now, call->pool);
        err = braze_store_group_add(
            call->db, &group, input.members, call->request->now,
            braze_group_event(call, "Added Group", group.id, group.display_name), call->pool);
        err = braze_group_blame(err, input.said, "members", call->pool);
    }
    return err ? err : braze_group_respond(response, call, 201, &group, &query.projection);
}

braze_err_t *braze_groups_get(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    const braze_scim_request_t *request = call->request;
    scim_query_t query;
    braze_group_t *group;
    const char *etag;
    braze_err_t *err = braze_query_read(&query, request, group_type(), call->pool);

    if (!err) {
        err = braze_group_fetch(&group, call, id);
    }
    if (err) {
        return err;
    }
    etag = braze_group_etag(group, call->pool);
    if (request->if_match) {
        const braze_scim_request_t only = {.if_match = request->if_match};

        err = braze_etag_check(&only, etag, call->pool);
    }
    if (!err && request->if_none_match && braze_etag_matches(request->if_none_match, etag)) {
        *response = braze_response_new(304, call->pool);
        (*response)->etag = etag;
        return NULL;
    }
    return err ? err : braze_group_respond(response, call, 200, group, &query.projection);
}

/* RFC 7644 section 3.5.1: what is left out is cleared, members too. */
static braze_err_t *apply_replace(braze_group_change_t *change, scim_call_t *call, void *wish)
{
    const scim_group_input_t *input = wish;
    apr_array_header_t *steps = apr_array_make(call->pool, 1, sizeof(braze_member_step_t));
    const braze_member_step_t all = {BRAZE_MEMBERS_SET, input->members, NULL, NULL};

    APR_ARRAY_PUSH(steps, braze_member_step_t) = all;
    change->steps = steps;
    return braze_group_derive_json(change->group, input->resource, call->pool);
}

braze_err_t *braze_groups_replace(braze_scim_response_t **response, scim_call_t *call,
                                  const char *id)
{
    scim_group_input_t input;
    scim_query_t query;
    braze_group_t *group;
    braze_err_t *err = read_wish(&query, &input, call);

    if (!err) {
        err = braze_group_change(&group, call, id, apply_replace, &input);
        err = braze_group_blame(err, input.said, "members", call->pool);
    }
    return err ? err : braze_group_respond(response, call, 200, group, &query.projection);
}

braze_err_t *braze_groups_delete(braze_scim_response_t **response, scim_call_t *call,
                                 const char *id)
{
    braze_err_t *err = braze_group_remove(call, id);

    if (!err) {
        *response = braze_response_new(204, call->pool);
    }
    return err;
}
