/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PATCH of a group (RFC 7644 section 3.5.2). Operations on members become steps that the store
 * takes one after another; the member list itself is read for one thing only, a filter that speaks
 * of more than ids. A PATCH of nothing but members needs no version to be compared: adding and
 * removing by id say what they mean whatever happened before, so that nobody who does it at the
 * same time is refused or lost.
 */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "scim_int.h"

/* One of the kinds that are counted (profile.c). */
#define NOT_THERE "a remove of what is not there"

typedef struct {
    scim_call_t *call;
    const char *group_id;
    apr_array_header_t *steps; /* of braze_member_step_t */
    apr_hash_t *now; /* id to braze_member_t: who is in after the steps; NULL = not read */
} plan_t;

static const char *company_of(const scim_call_t *call)
{
    return call->request->token->company_id;
}

/* ---- who is in the group, for filters ---- */

/* Somebody whom an earlier operation adds; nobody when there is no such id (the store will say
 * so). */
static braze_err_t *look_up(plan_t *plan, const char *id)
{
    scim_call_t *call = plan->call;
    braze_member_t *member = apr_pcalloc(call->pool, sizeof(*member));
    braze_group_t *group = NULL;
    braze_user_t *user;
    braze_err_t *err = braze_store_user_get(&user, call->db, company_of(call), id, call->pool);

    if (!err && !user) {
        err = braze_store_group_get(&group, call->db, company_of(call), id, call->pool);
    }
    if (err || (!user && !group)) {
        return err;
    }
    member->id = id;
    member->is_group = group != NULL;
    member->display = group                ? group->display_name
                      : user->display_name ? user->display_name
                                           : user->user_name;
    apr_hash_set(plan->now, id, APR_HASH_KEY_STRING, member);
    return NULL;
}

/* Does to plan->now what the store is going to do. */
static braze_err_t *follow(plan_t *plan, const braze_member_step_t *step)
{
    apr_hash_t *before = plan->now;
    braze_err_t *err = NULL;
    int i;

    if (step->op == BRAZE_MEMBERS_SET) {
        plan->now = apr_hash_make(plan->call->pool);
    }
    for (i = 0; i < step->ids->nelts && !err; i++) {
        const char *id = APR_ARRAY_IDX(step->ids, i, const char *);
        const void *member = apr_hash_get(before, id, APR_HASH_KEY_STRING);

        if (step->op == BRAZE_MEMBERS_REMOVE || member) {
            apr_hash_set(plan->now, id, APR_HASH_KEY_STRING,
                         step->op == BRAZE_MEMBERS_REMOVE ? NULL : member);
        } else {
            err = look_up(plan, id);
        }
    }
    return err;
}

static braze_err_t *read_members(plan_t *plan)
{
    apr_array_header_t *members;
    braze_err_t *err;
    int i;

    if (plan->now) {
        return NULL;
    }
    err = braze_store_group_members(&members, plan->call->db, company_of(plan->call),
                                    plan->group_id, plan->call->pool);
    if (err) {
        return err;
    }
    plan->now = apr_hash_make(plan->call->pool);
    for (i = 0; i < members->nelts; i++) {
        const braze_member_t *member = APR_ARRAY_IDX(members, i, const braze_member_t *);

        apr_hash_set(plan->now, member->id, APR_HASH_KEY_STRING, member);
    }
    for (i = 0; i < plan->steps->nelts && !err; i++) {
        err = follow(plan, &APR_ARRAY_IDX(plan->steps, i, const braze_member_step_t));
    }
    return err;
}

static void match(apr_array_header_t *ids, const plan_t *plan, const braze_filter_t *filter)
{
    const scim_call_t *call = plan->call;
    apr_hash_index_t *at;

    for (at = apr_hash_first(call->pool, plan->now); at; at = apr_hash_next(at)) {
        const braze_member_t *member = apr_hash_this_val(at);

        if (braze_filter_match(filter, braze_group_member(member, call->request, call->pool),
                               call->pool)) {
            APR_ARRAY_PUSH(ids, const char *) = member->id;
        }
    }
}

/* ---- operations to steps ---- */

static braze_err_t *push_step(plan_t *plan, const braze_member_step_t *step)
{
    if (!step->ids->nelts && step->op != BRAZE_MEMBERS_SET) {
        return NULL;
    }
    APR_ARRAY_PUSH(plan->steps, braze_member_step_t) = *step;
    return plan->now ? follow(plan, step) : NULL;
}

static braze_err_t *add_step(plan_t *plan, braze_member_op_t op, const apr_array_header_t *ids)
{
    const braze_member_step_t step = {op, ids, NULL, NULL};

    return push_step(plan, &step);
}

/* value eq "x", and several of them by or: 1, and *ids has them. What has not the form of an id is
 * nobody. */
static int names_ids(apr_array_header_t *ids, const braze_filter_t *filter)
{
    if (filter->op == BRAZE_FILTER_OR) {
        return names_ids(ids, filter->left) && names_ids(ids, filter->right);
    }
    if (filter->op != BRAZE_FILTER_EQ || strcmp(filter->path.attr, "value") != 0 ||
        filter->value->type != BRAZE_JSON_STRING) {
        return 0;
    }
    if (ids && braze_id_is(filter->value->u.string)) {
        APR_ARRAY_PUSH(ids, const char *) = filter->value->u.string;
    }
    return 1;
}

static braze_err_t *value_ids(apr_array_header_t *ids, const plan_t *plan,
                              const patch_operation_t *operation)
{
    return braze_group_ids_read(
        ids, operation->value,
        apr_psprintf(plan->call->pool, "Operations[%d].value", operation->index), plan->call->pool);
}

static braze_err_t *no_match(const plan_t *plan, const patch_operation_t *operation)
{
    return braze_patch_fail(plan->call, operation->index, "noTarget",
                            "no member is as the filter says");
}

/*
 * By id: nobody is read, the store says whether anybody was there. Clients repeat a remove that was
 * done already; their profiles let it pass.
 */
static braze_err_t *take_ids(plan_t *plan, const patch_operation_t *operation,
                             const apr_array_header_t *out)
{
    scim_call_t *call = plan->call;
    braze_member_step_t step = {BRAZE_MEMBERS_REMOVE, out, NULL, NULL};

    if (call->request->token->profile != BRAZE_PROFILE_STRICT) {
        step.missed = apr_pcalloc(call->pool, sizeof(*step.missed));
    } else if (!out->nelts) {
        return no_match(plan, operation);
    } else {
        step.must = apr_psprintf(call->pool, "Operations[%d]", operation->index);
    }
    if (!out->nelts) {
        braze_profile_bends(call, NOT_THERE);
    }
    return push_step(plan, &step);
}

/*
 * RFC 7644 table 9: a filter that yields no match is noTarget; section 3.5.2.3 says so of replace
 * once more, and that those that match are replaced by the value.
 */
static braze_err_t *take_filtered(plan_t *plan, const patch_operation_t *operation)
{
    apr_pool_t *pool = plan->call->pool;
    apr_array_header_t *out = apr_array_make(pool, 4, sizeof(const char *));
    apr_array_header_t *in = apr_array_make(pool, 4, sizeof(const char *));
    braze_err_t *err;

    if (operation->op == PATCH_ADD) {
        return braze_patch_fail(plan->call, operation->index, "invalidPath",
                                "what is added to members has no filter in its path");
    }
    if (operation->op == PATCH_REMOVE && names_ids(out, operation->path.filter)) {
        return take_ids(plan, operation, out);
    }
    out->nelts = 0;
    err = read_members(plan);
    if (!err) {
        match(out, plan, operation->path.filter);
    }
    if (!err && !out->nelts &&
        (operation->op == PATCH_REPLACE || !braze_profile_bends(plan->call, NOT_THERE))) {
        err = no_match(plan, operation);
    }
    if (!err && operation->op == PATCH_REPLACE) {
        err = value_ids(in, plan, operation);
    }
    if (!err) {
        err = add_step(plan, BRAZE_MEMBERS_REMOVE, out);
    }
    return err ? err : add_step(plan, BRAZE_MEMBERS_ADD, in);
}

/* Without a filter: of all members, or of those that the value names. */
static braze_err_t *take_whole(plan_t *plan, const patch_operation_t *operation)
{
    static const braze_member_op_t ops[] = {
        [PATCH_ADD] = BRAZE_MEMBERS_ADD,
        [PATCH_REPLACE] = BRAZE_MEMBERS_SET,
        [PATCH_REMOVE] = BRAZE_MEMBERS_REMOVE,
    };
    apr_array_header_t *ids =
        apr_array_make(plan->call->pool, braze_json_size(operation->value) + 1, sizeof(char *));
    braze_err_t *err = value_ids(ids, plan, operation);

    if (err) {
        return err;
    }
    if (operation->op == PATCH_REMOVE && !operation->value) {
        return add_step(plan, BRAZE_MEMBERS_SET, ids); /* to none */
    }
    return add_step(plan, ops[operation->op], ids);
}

static braze_err_t *take(const patch_operation_t *operation, void *baton)
{
    plan_t *plan = baton;

    if (operation->path.sub || operation->path.attr.sub) {
        return braze_patch_fail(plan->call, operation->index, "mutability",
                                "what is said of a member cannot be changed; members can be added "
                                "and removed");
    }
    return operation->path.filter ? take_filtered(plan, operation) : take_whole(plan, operation);
}

static void plan_begin(plan_t *plan, scim_call_t *call, const char *group_id)
{
    plan->call = call;
    plan->group_id = group_id;
    plan->steps = apr_array_make(call->pool, 4, sizeof(braze_member_step_t));
    plan->now = NULL;
}

/* ---- the two ways ---- */

/* What only the store could tell. */
static void count_missed(scim_call_t *call, const apr_array_header_t *steps)
{
    int i;

    for (i = 0; i < steps->nelts; i++) {
        const int *missed = APR_ARRAY_IDX(steps, i, const braze_member_step_t).missed;

        if (missed && *missed) {
            braze_profile_bends(call, NOT_THERE);
        }
    }
}

/* Only members, each by its id. */
static int is_plain(const apr_array_header_t *operations)
{
    int i;

    for (i = 0; i < operations->nelts; i++) {
        const patch_operation_t *operation = &APR_ARRAY_IDX(operations, i, const patch_operation_t);

        if (!operation->path.attr.attr || strcmp(operation->path.attr.attr, "members") != 0 ||
            (operation->path.filter &&
             (operation->op != PATCH_REMOVE || !names_ids(NULL, operation->path.filter)))) {
            return 0;
        }
    }
    return 1;
}

static braze_err_t *change_members(braze_group_t *group, scim_call_t *call,
                                   const apr_array_header_t *operations)
{
    braze_group_change_t change = {.group = group, .now = call->request->now};
    braze_err_t *err = NULL;
    plan_t plan;
    int i, done;

    if (!braze_id_is(group->id)) {
        return braze_group_not_found(call, group->id);
    }
    plan_begin(&plan, call, group->id);
    for (i = 0; i < operations->nelts && !err; i++) {
        err = take(&APR_ARRAY_IDX(operations, i, const patch_operation_t), &plan);
    }
    change.steps = plan.steps;
    change.event = braze_group_event(call, "Updated Group", group->id, NULL);
    if (!err) {
        err = braze_store_group_change(&done, call->db, &change, call->pool);
    }
    if (!err) {
        count_missed(call, plan.steps);
    }
    return err && err->status == 404 ? braze_group_not_found(call, group->id) : err;
}

/* What is to be done, and what came of it. */
typedef struct {
    apr_array_header_t *operations;
    const apr_array_header_t *steps; /* of the try that counts */
} patch_t;

static braze_err_t *apply_patch(braze_group_change_t *change, scim_call_t *call, void *wish)
{
    patch_t *patch = wish;
    braze_group_t *group = change->group;
    braze_json_t *shown, *resource;
    plan_t plan;
    braze_err_t *err =
        braze_json_parse(&shown, group->resource, strlen(group->resource), call->pool);

    if (err) {
        err =
            braze_err_new(500, NULL, "BRAZE-S0312", "The stored group cannot be read.", call->pool);
        return braze_err_log(err, call->pool, "resource of a row of braze_group is not JSON");
    }
    plan_begin(&plan, call, group->id);
    err = braze_patch_apply(shown, patch->operations, "members", take, &plan, call);
    if (!err) {
        err = braze_group_attrs_read(&resource, shown, call);
    }
    change->steps = patch->steps = plan.steps;
    return err ? err : braze_group_derive_json(group, resource, call->pool);
}

/* Says which operation brought an id that can be no member. */
static braze_err_t *blame(braze_err_t *err, const apr_array_header_t *operations, apr_pool_t *pool)
{
    const char *before = err ? err->detail : NULL;
    int i;

    for (i = 0; err && err->detail == before && i < operations->nelts; i++) {
        const patch_operation_t *operation = &APR_ARRAY_IDX(operations, i, const patch_operation_t);

        if (operation->op != PATCH_REMOVE) {
            err = braze_group_blame(err, operation->value,
                                    apr_psprintf(pool, "Operations[%d].value", operation->index),
                                    pool);
        }
    }
    return err;
}

/* RFC 7644 section 3.5.2: 204, unless the client says what it wants to see. */
static braze_err_t *respond(braze_scim_response_t **response, scim_call_t *call,
                            braze_group_t *group, const scim_query_t *query)
{
    braze_err_t *err;

    if (!query->attributes && !query->excluded) {
        *response = braze_response_new(204, call->pool);
        (*response)->etag = braze_group_etag(group, call->pool);
        (*response)->location = braze_group_location(group, call->request, call->pool);
        return NULL;
    }
    err = group->resource ? NULL : braze_group_fetch(&group, call, group->id);
    return err ? err : braze_group_respond(response, call, 200, group, &query->projection);
}

braze_err_t *braze_groups_patch(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    const braze_scim_request_t *request = call->request;
    const braze_resource_type_t *type = braze_resource_type_at("/Groups");
    braze_group_t only = {.id = id, .company_id = company_of(call)}, *group = &only;
    apr_array_header_t *operations;
    scim_query_t query;
    braze_json_t *body;
    braze_err_t *err = braze_query_read(&query, request, type, call->pool);

    if (!err) {
        err = braze_body_read(&body, call);
    }
    if (!err) {
        err = braze_patch_read(&operations, body, type, call);
    }
    if (err) {
        return err;
    }
    if (is_plain(operations) && !request->if_match && !request->if_none_match) {
        err = change_members(group, call, operations);
    } else {
        patch_t patch = {operations, NULL};

        err = braze_group_change(&group, call, id, apply_patch, &patch);
        if (!err) {
            count_missed(call, patch.steps);
        }
    }
    err = blame(err, operations, call->pool);
    return err ? err : respond(response, call, group, &query);
}
