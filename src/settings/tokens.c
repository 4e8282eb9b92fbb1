/* SPDX-License-Identifier: Apache-2.0 */
/* SCIM provisioning: tokens are made, shown once, rotated, reset and revoked. */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "settings_int.h"
#include "tokens_int.h"

static const char *const profile_words[] = {"strict", "entra", "okta"};

/* What the form shows; the secret of a token that was just made, in this answer only. */
typedef struct {
    tokens_wanted_t wanted;
    const char *secret;
    const braze_token_t *of;
} tokens_shown_t;

static void show(settings_call_t *call, int status, const tokens_shown_t *shown)
{
    braze_page_tokens_t model = {0};
    apr_array_header_t *tokens;
    braze_err_t *err = braze_store_token_list(&tokens, call->db, call->in->company->id, call->pool);

    if (err) {
        /* Whoever has made a token must see it, whatever else is wrong. */
        call->failed = err;
        tokens = apr_array_make(call->pool, 1, sizeof(braze_token_t *));
        if (!shown->secret) {
            settings_fail(call, err, NULL);
            return;
        }
    }
    model.tokens = tokens;
    model.catalog = call->in->catalog;
    model.endpoint = call->in->endpoint;
    model.workspace_id = shown->wanted.workspace_id;
    model.origin = shown->wanted.origin;
    model.allowlist = shown->wanted.allowlist_text;
    model.profile = profile_words[shown->wanted.profile];
    model.days = shown->wanted.days_text;
    model.secret = shown->secret;
    model.of = shown->of;
    model.pinned_workspace = call->in->pinned_workspace;
    model.now = call->in->now;
    settings_show(call, status, braze_page_tokens(&call->frame, &model, call->pool));
}

static tokens_shown_t nothing(void)
{
    tokens_shown_t shown = {{"", "", "", NULL, "", 0, BRAZE_PROFILE_STRICT}, NULL, NULL};

    return shown;
}

void settings_tokens_get(settings_call_t *call)
{
    const char *const copies[] = {"endpoint", call->in->endpoint, NULL};
    tokens_shown_t shown = nothing();

    if (!settings_copied(call, copies)) {
        show(call, 200, &shown);
    }
}

/* NULL: the answer says that it is not there. */
static const braze_token_t *find(settings_call_t *call, const char *id)
{
    apr_array_header_t *tokens = NULL;
    braze_err_t *err = braze_store_token_list(&tokens, call->db, call->in->company->id, call->pool);
    int i;

    if (err) {
        settings_fail(call, err, NULL);
        return NULL;
    }
    for (i = 0; id && i < tokens->nelts; i++) {
        const braze_token_t *token = APR_ARRAY_IDX(tokens, i, const braze_token_t *);

        if (!strcmp(token->id, id)) {
            return token;
        }
    }
    settings_say(call, 404, "not_there", "tokens");
    return NULL;
}

static int is_action(const char *action)
{
    return !strcmp(action, "rotate") || !strcmp(action, "reset") || !strcmp(action, "revoke");
}

void settings_token_get(settings_call_t *call)
{
    const char *action = settings_form_text(&call->query, "do", call->pool);
    const braze_token_t *token = find(call, settings_form_get(&call->query, "id"));
    const braze_item_t *workspace;

    if (!token) {
        return;
    }
    if (!is_action(action)) {
        settings_say(call, 404, "no_such_page", "tokens");
        return;
    }
    workspace = braze_catalog_by_id(call->in->catalog, BRAZE_ITEM_WORKSPACE, token->workspace_id);
    settings_show(call, 200,
                  braze_page_token_confirm(&call->frame, token, workspace ? workspace->name : NULL,
                                           action, call->pool));
}

/* ---- making ---- */

static const char *describe(const braze_token_t *token, const char *replaces, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "for ", token->origin, replaces ? ", in place of " : "",
                       replaces ? replaces : "", NULL);
}

/* The token's row names the form: it makes one, however often it is sent. */
static void make(settings_call_t *call, braze_token_t *token, const char *replaces)
{
    const char *csrf = settings_form_get(&call->form, "csrf"), *secret;
    tokens_shown_t shown = nothing();
    braze_token_make_t wanted = {0};
    braze_err_t *err;
    int done;

    token->company_id = call->in->company->id;
    wanted.token = token;
    wanted.replaces = replaces;
    wanted.form_key = settings_digest(call->pool, "settings form", csrf);
    wanted.form_until = call->in->now + BRAZE_SETTINGS_FORM_AGE;
    wanted.now = call->in->now;
    wanted.event = settings_event(call, replaces ? "Reset SCIM Token" : "Added SCIM Token",
                                  describe(token, replaces, call->pool));
    err = braze_store_token_make(&done, &secret, call->db, &wanted, call->pool);
    if (err) {
        settings_fail(call, err, "tokens");
    } else if (!done) {
        settings_say(call, 409, "form_used", "tokens");
    } else {
        shown.secret = secret;
        shown.of = token;
        show(call, 200, &shown);
    }
}

static void generate(settings_call_t *call)
{
    tokens_shown_t shown = nothing();
    braze_token_t token = {0};

    tokens_read(&shown.wanted, call);
    if (call->problems->nelts) {
        show(call, 400, &shown);
        return;
    }
    token.workspace_id = shown.wanted.workspace_id;
    token.origin = shown.wanted.origin;
    token.allowlist = shown.wanted.allowlist;
    token.profile = shown.wanted.profile;
    token.expires_at =
        shown.wanted.days ? call->in->now + shown.wanted.days * apr_time_from_sec(86400) : 0;
    make(call, &token, NULL);
}

/* The same settings; of the time that it was given, the new one has as much again. */
static void make_alike(settings_call_t *call, const braze_token_t *old, int replace)
{
    braze_token_t token = {0};

    token.workspace_id = old->workspace_id;
    token.origin = old->origin;
    token.allowlist = old->allowlist;
    token.profile = old->profile;
    token.user_id = old->user_id;
    if (old->expires_at) {
        token.expires_at = call->in->now + (old->expires_at - old->created_at);
    }
    make(call, &token, replace ? old->id : NULL);
}

static void end_token(settings_call_t *call, const braze_token_t *token)
{
    const char *detail = apr_pstrcat(call->pool, "token ", token->id, " for ", token->origin, NULL);
    braze_err_t *err =
        braze_store_token_end(call->db, call->in->company->id, token->id,
                              settings_event(call, "Removed SCIM Token", detail), call->pool);

    if (err) {
        settings_fail(call, err, "tokens");
    } else {
        settings_go(call, "tokens", "revoked", "");
    }
}

void settings_tokens_post(settings_call_t *call)
{
    const char *action = settings_form_text(&call->form, "do", call->pool);
    const braze_token_t *token;

    if (!strcmp(action, "generate")) {
        generate(call);
        return;
    }
    if (!is_action(action)) {
        settings_say(call, 400, "form_malformed", "tokens");
        return;
    }
    token = find(call, settings_form_get(&call->form, "id"));
    if (!token) {
        return;
    }
    if (!strcmp(action, "revoke")) {
        end_token(call, token);
    } else {
        make_alike(call, token, !strcmp(action, "reset"));
    }
}
