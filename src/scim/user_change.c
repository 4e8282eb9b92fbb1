/* SPDX-License-Identifier: Apache-2.0 */
/* Users between a request and the store, for both dialects: reading, adding, changing, removing,
 * and their events. */
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "scim_int.h"

const char *braze_call_actor(scim_call_t *call)
{
    const braze_token_t *token = call->request->token;

    return apr_pstrcat(call->pool, "scim:", token->origin ? token->origin : token->id, NULL);
}

static braze_event_t *event_new(scim_call_t *call, const char *name, const braze_user_t *user)
{
    braze_event_t *event = apr_pcalloc(call->pool, sizeof(*event));

    event->company_id = user->company_id;
    event->at = call->request->now;
    event->name = name;
    event->user_id = user->id;
    event->user_name = user->user_name;
    event->actor = braze_call_actor(call);
    event->ip = call->request->client_ip;
    return event;
}

static int is_json_type(const char *content_type)
{
    static const char *const types[] = {"application/scim+json", "application/json"};
    apr_size_t i, len = strcspn(content_type, "; \t");

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strlen(types[i]) == len && apr_cstr_casecmpn(types[i], content_type, len) == 0) {
            return 1;
        }
    }
    return 0;
}

/* RFC 9110 section 8.4: a list of codings, in the order in which they were applied; empty members
 * count for nothing (5.6.1). */
static int is_identity(const char *content_encoding)
{
    const char *at = content_encoding + strspn(content_encoding, ", \t");

    while (*at) {
        apr_size_t len = strcspn(at, ", \t");

        if (len != 8 || apr_cstr_casecmpn(at, "identity", len) != 0) {
            return 0;
        }
        at += len + strspn(at + len, ", \t");
    }
    return 1;
}

braze_err_t *braze_body_read(braze_json_t **body, scim_call_t *call)
{
    const braze_scim_request_t *request = call->request;

    if (request->content_encoding && !is_identity(request->content_encoding)) {
        call->coded = 1;
        return braze_err_new(415, NULL, "BRAZE-S0205",
                             "Content-Encoding: the body must be sent as it is (identity).",
                             call->pool);
    }
    if (request->content_type && !is_json_type(request->content_type)) {
        return braze_err_new(415, NULL, "BRAZE-S0203",
                             "The body must be application/scim+json or application/json.",
                             call->pool);
    }
    if (!request->body || request->body_len == 0) {
        return braze_err_new(400, "invalidSyntax", "BRAZE-S0204", "The request has no body.",
                             call->pool);
    }
    return braze_json_parse(body, request->body, request->body_len, call->pool);
}

braze_json_t *braze_permissions_default(scim_call_t *call)
{
    const char *text = braze_grants_default(call->request->default_workspace_id, NULL, call->pool);
    braze_json_t *json;

    return braze_json_parse(&json, text, strlen(text), call->pool) ? braze_json_object(call->pool)
                                                                   : json;
}

braze_err_t *braze_user_stored(braze_json_t **json, const char *text, scim_call_t *call)
{
    braze_err_t *cause = braze_json_parse(json, text, strlen(text), call->pool), *err;

    if (!cause && (*json)->type == BRAZE_JSON_OBJECT) {
        return NULL;
    }
    err = braze_err_new(500, NULL, "BRAZE-S0303", "Internal error.", call->pool);
    err->cause = cause;
    return braze_err_log(err, call->pool, "a JSON column of a row of braze_user is not an object");
}

static braze_err_t *not_found(scim_call_t *call, const char *id)
{
    return braze_err_newf(call->pool, 404, NULL, "BRAZE-S0301",
                          "There is no user with the id \"%.100s\".", id);
}

braze_err_t *braze_user_fetch(braze_user_t **user, scim_call_t *call, const char *id, int first)
{
    const braze_scim_request_t *request = call->request;
    braze_err_t *err = NULL;

    *user = NULL;
    if (!braze_id_is(id)) {
        return not_found(call, id);
    }
    if (first && request->prefetch_done && !request->prefetched_name) {
        if (request->prefetched) {
            *user = apr_pmemdup(call->pool, request->prefetched, sizeof(**user));
        }
    } else {
        err = braze_store_user_get(user, call->db, request->token->company_id, id, call->pool);
    }
    return err ? err : *user ? NULL : not_found(call, id);
}

braze_err_t *braze_user_insert(scim_call_t *call, braze_user_t *user)
{
    const braze_scim_request_t *request = call->request;

    user->id = braze_id_new(request->now, call->pool);
    user->company_id = request->token->company_id;
    user->confirmed = 1;
    user->source = "scim";
    return braze_store_user_add(call->db, user, request->now,
                                event_new(call, "Added Account", user), call->pool);
}

/* ---- changing ---- */

static void add_event(apr_array_header_t *events, scim_call_t *call, const char *name,
                      const braze_user_t *user)
{
    braze_event_t *event = event_new(call, name, user);

    /* Events of one instant keep their order: ids sort by time. */
    event->id = braze_id_new(event->at + events->nelts, call->pool);
    APR_ARRAY_PUSH(events, const braze_event_t *) = event;
}

/* What happened, in the words of Braze's security event report. Empty: nothing did. */
static apr_array_header_t *events_of(scim_call_t *call, const braze_user_t *before,
                                     const braze_user_t *after)
{
    apr_array_header_t *events = apr_array_make(call->pool, 3, sizeof(const braze_event_t *));

    if (!before->active != !after->active) {
        add_event(events, call, after->active ? "Developer Unsuspended" : "Developer Suspended",
                  after);
    }
    if (strcmp(before->permissions, after->permissions) != 0) {
        add_event(events, call, "Updated Account Permission", after);
    }
    if (strcmp(before->resource, after->resource) != 0 ||
        strcmp(before->source, after->source) != 0) {
        add_event(events, call, "Updated Account", after);
    }
    return events;
}

static braze_err_t *change_once(int *done, braze_user_t *user, scim_call_t *call,
                                user_apply_t *apply, const void *wish)
{
    braze_user_t before = *user;
    apr_array_header_t *events;
    braze_err_t *err;

    *done = 1;
    err = braze_etag_check(call->request, braze_user_etag(user, NULL, call->pool), call->pool);
    if (!err) {
        err = apply(user, call, wish);
    }
    if (err) {
        return err;
    }
    user->source = "scim"; /* what SCIM has changed is SCIM's from now on */
    events = events_of(call, &before, user);
    if (events->nelts == 0) {
        return NULL; /* a client that repeats what is there writes nothing */
    }
    return braze_store_user_update(done, call->db, user, call->request->now, events, call->pool);
}

static braze_err_t *contended(scim_call_t *call)
{
    braze_err_t *err =
        braze_err_new(503, NULL, "BRAZE-S0302",
                      "The resource is being changed by others; try again.", call->pool);

    err->retry_after = 1;
    return err;
}

braze_err_t *braze_user_change(braze_user_t **user, scim_call_t *call, const char *id,
                               user_apply_t *apply, const void *wish)
{
    int tries, done = 0;
    braze_err_t *err;

    for (tries = 0; tries < CHANGE_TRIES; tries++) {
        err = braze_user_fetch(user, call, id, tries == 0);
        if (!err) {
            err = change_once(&done, *user, call, apply, wish);
        }
        if (err || done) {
            return err;
        }
    }
    return contended(call);
}

braze_err_t *braze_user_remove(scim_call_t *call, const char *id, int last_user_too)
{
    const braze_scim_request_t *request = call->request;
    int conditional = request->if_match || request->if_none_match;
    int tries, done = 0;
    braze_user_t *user;
    braze_err_t *err;

    for (tries = 0; tries < CHANGE_TRIES; tries++) {
        err = braze_user_fetch(&user, call, id, tries == 0);
        if (!err) {
            err = braze_etag_check(request, braze_user_etag(user, NULL, call->pool), call->pool);
        }
        if (!err) {
            err = braze_store_user_delete(&done, call->db, user->company_id, id,
                                          conditional ? user->version : 0, last_user_too,
                                          event_new(call, "Removed Account", user), call->pool);
        }
        if (err || done) {
            return err;
        }
    }
    return contended(call);
}
