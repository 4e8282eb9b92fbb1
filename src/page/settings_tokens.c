/* SPDX-License-Identifier: Apache-2.0 */
/* SCIM provisioning: the tokens. */
#include <string.h>

#include <apr_strings.h>

#include "settings_int.h"

static braze_text_t profile_text(braze_profile_t profile)
{
    return profile == BRAZE_PROFILE_ENTRA  ? BRAZE_TEXT_S_PROFILE_ENTRA
           : profile == BRAZE_PROFILE_OKTA ? BRAZE_TEXT_S_PROFILE_OKTA
                                           : BRAZE_TEXT_S_PROFILE_STRICT;
}

/* Shown in the answer to the request that made it, and in no other. */
static void once(braze_html_t *html, const braze_page_frame_t *frame,
                 const braze_page_tokens_t *model, apr_pool_t *pool)
{
    const settings_copy_t copy = {NULL, "token", BRAZE_TEXT_S_TOKEN, model->secret};

    if (!model->secret) {
        return;
    }
    settings_section(html, "once", BRAZE_TEXT_S_TOKEN_NEW);
    braze_html_open(html, BRAZE_EL_P);
    braze_html_attr(html, BRAZE_AT_CLASS, "warn");
    braze_html_attr(html, BRAZE_AT_ROLE, "status");
    braze_html_say(html, BRAZE_TEXT_S_TOKEN_ONCE);
    braze_html_close(html);
    settings_copy(html, frame, &copy, pool);
    braze_html_open(html, BRAZE_EL_DL);
    settings_fact(html, BRAZE_TEXT_S_ORIGIN, model->of->origin);
    braze_html_close(html);
    braze_html_close(html);
}

/* ---- the list ---- */

static void act(braze_html_t *html, const braze_page_frame_t *frame, const braze_token_t *token,
                const char *action, braze_text_t text, apr_pool_t *pool)
{
    settings_link(html, strcmp(action, "revoke") ? "button quiet" : "button danger",
                  apr_pstrcat(pool, settings_url(frame, "token", pool), "?id=", token->id,
                              "&do=", action, NULL),
                  text);
}

static const char *spaced(const char *list, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, 2 * strlen(list) + 1), *to = text;

    for (; *list; list++) {
        *to++ = *list;
        if (*list == ',') {
            *to++ = ' ';
        }
    }
    *to = '\0';
    return text;
}

static void facts(braze_html_t *html, const braze_page_tokens_t *model, const braze_token_t *token,
                  apr_pool_t *pool)
{
    braze_html_open(html, BRAZE_EL_DL);
    settings_fact(html, BRAZE_TEXT_S_DEFAULT_WORKSPACE,
                  settings_item_name(model->catalog, BRAZE_ITEM_WORKSPACE, token->workspace_id));
    if (token->allowlist) {
        /* A space behind each comma is where a line may end. */
        settings_fact(html, BRAZE_TEXT_S_ALLOWLIST, spaced(token->allowlist, pool));
    } else {
        settings_fact_text(html, BRAZE_TEXT_S_ALLOWLIST, BRAZE_TEXT_S_ANY_ADDRESS);
    }
    settings_fact_text(html, BRAZE_TEXT_S_PROFILE, profile_text(token->profile));
    settings_time_fact(html, BRAZE_TEXT_S_MADE_AT, token->created_at, pool);
    settings_time_fact(html, BRAZE_TEXT_S_EXPIRES_AT, token->expires_at, pool);
    settings_time_fact(html, BRAZE_TEXT_S_LAST_USED, token->last_used_at, pool);
    settings_fact(html, BRAZE_TEXT_S_LAST_FROM, token->last_used_from);
    braze_html_close(html);
}

static void card(braze_html_t *html, const braze_page_frame_t *frame,
                 const braze_page_tokens_t *model, const braze_token_t *token, apr_pool_t *pool)
{
    braze_html_open(html, BRAZE_EL_LI);
    settings_text(html, BRAZE_EL_H3, NULL, token->origin);
    if (token->expires_at && token->expires_at <= model->now) {
        braze_html_line(html, BRAZE_EL_P, "warn", BRAZE_TEXT_S_EXPIRED);
    }
    facts(html, model, token, pool);
    braze_html_open(html, BRAZE_EL_P);
    braze_html_attr(html, BRAZE_AT_CLASS, "buttons");
    act(html, frame, token, "rotate", BRAZE_TEXT_S_ROTATE, pool);
    act(html, frame, token, "reset", BRAZE_TEXT_S_RESET, pool);
    act(html, frame, token, "revoke", BRAZE_TEXT_S_REVOKE, pool);
    braze_html_close(html);
    braze_html_close(html);
}

static void list(braze_html_t *html, const braze_page_frame_t *frame,
                 const braze_page_tokens_t *model, apr_pool_t *pool)
{
    int i;

    settings_section(html, "tokens", BRAZE_TEXT_S_TOKENS);
    if (!model->tokens->nelts) {
        braze_html_line(html, BRAZE_EL_P, "none", BRAZE_TEXT_S_TOKENS_NONE);
        braze_html_close(html);
        return;
    }
    braze_html_open(html, BRAZE_EL_UL);
    braze_html_attr(html, BRAZE_AT_CLASS, "cards");
    for (i = 0; i < model->tokens->nelts; i++) {
        card(html, frame, model, APR_ARRAY_IDX(model->tokens, i, const braze_token_t *), pool);
    }
    braze_html_close(html);
    braze_html_close(html);
}

/* ---- the form ---- */

static void profiles(braze_html_t *html, const braze_page_frame_t *frame,
                     const braze_page_tokens_t *model, apr_pool_t *pool)
{
    const settings_field_t field = {
        "profile", model->profile, NULL, BRAZE_TEXT_S_PROFILE, BRAZE_TEXT_S_PROFILE_HINT, 0, NULL};

    settings_select(html, frame, &field, pool);
    settings_option(html, "strict", model->profile, NULL, BRAZE_TEXT_S_PROFILE_STRICT);
    settings_option(html, "entra", model->profile, NULL, BRAZE_TEXT_S_PROFILE_ENTRA);
    settings_option(html, "okta", model->profile, NULL, BRAZE_TEXT_S_PROFILE_OKTA);
    braze_html_close(html);
    braze_html_close(html);
}

static void generate(braze_html_t *html, const braze_page_frame_t *frame,
                     const braze_page_tokens_t *model, apr_pool_t *pool)
{
    const settings_field_t workspace = {"workspace",
                                        model->workspace_id,
                                        NULL,
                                        BRAZE_TEXT_S_DEFAULT_WORKSPACE,
                                        BRAZE_TEXT_S_TOKEN_WORKSPACE_HINT,
                                        1,
                                        NULL};
    const settings_field_t origin = {
        "origin", model->origin, NULL, BRAZE_TEXT_S_ORIGIN, BRAZE_TEXT_S_ORIGIN_HINT, 1, "255"};
    const settings_field_t allow = {"allowlist",
                                    model->allowlist,
                                    "area",
                                    BRAZE_TEXT_S_ALLOWLIST,
                                    BRAZE_TEXT_S_ALLOWLIST_HINT,
                                    0,
                                    NULL};
    const settings_field_t days = {
        "days", model->days, NULL, BRAZE_TEXT_S_DAYS, BRAZE_TEXT_S_DAYS_HINT, 0, "4"};

    settings_section(html, "generate", BRAZE_TEXT_S_GENERATE);
    settings_form(html, frame, "tokens", "generate", pool);
    settings_select(html, frame, &workspace, pool);
    settings_items(html, model->catalog, BRAZE_ITEM_WORKSPACE, model->workspace_id);
    braze_html_close(html);
    braze_html_close(html);
    if (model->pinned_workspace) {
        braze_html_open(html, BRAZE_EL_P);
        braze_html_attr(html, BRAZE_AT_CLASS, "hint");
        braze_html_say_with(html, BRAZE_TEXT_S_WORKSPACE_PINNED, model->pinned_workspace);
        braze_html_close(html);
    }
    settings_field(html, frame, &origin, pool);
    settings_field(html, frame, &allow, pool);
    profiles(html, frame, model, pool);
    settings_field(html, frame, &days, pool);
    braze_html_open(html, BRAZE_EL_P);
    settings_button(html, "button", BRAZE_TEXT_S_GENERATE);
    braze_html_close(html);
    braze_html_close(html);
    braze_html_close(html);
}

const char *braze_page_tokens(const braze_page_frame_t *frame, const braze_page_tokens_t *model,
                              apr_pool_t *pool)
{
    const settings_copy_t endpoint = {"tokens", "endpoint", BRAZE_TEXT_S_ENDPOINT, model->endpoint};
    braze_html_t *html = settings_begin(frame, "tokens", BRAZE_TEXT_S_SCIM, NULL, pool);

    once(html, frame, model, pool);
    settings_section(html, "service", BRAZE_TEXT_S_SERVICE);
    settings_copy(html, frame, &endpoint, pool);
    braze_html_close(html);
    list(html, frame, model, pool);
    generate(html, frame, model, pool);
    return braze_html_done(html);
}

/* ---- are you sure? ---- */

const char *braze_page_token_confirm(const braze_page_frame_t *frame, const braze_token_t *token,
                                     const char *workspace, const char *action, apr_pool_t *pool)
{
    int rotate = !strcmp(action, "rotate"), reset = !strcmp(action, "reset");
    braze_text_t heading = rotate  ? BRAZE_TEXT_S_ROTATE
                           : reset ? BRAZE_TEXT_S_RESET
                                   : BRAZE_TEXT_S_REVOKE;
    braze_html_t *html = settings_begin(frame, "tokens", heading, NULL, pool);

    braze_html_line(html, BRAZE_EL_P, NULL,
                    rotate  ? BRAZE_TEXT_S_ROTATE_WHAT
                    : reset ? BRAZE_TEXT_S_RESET_WHAT
                            : BRAZE_TEXT_S_REVOKE_WHAT);
    braze_html_open(html, BRAZE_EL_DL);
    settings_fact(html, BRAZE_TEXT_S_ORIGIN, token->origin);
    settings_fact(html, BRAZE_TEXT_S_DEFAULT_WORKSPACE, workspace);
    settings_time_fact(html, BRAZE_TEXT_S_MADE_AT, token->created_at, pool);
    settings_time_fact(html, BRAZE_TEXT_S_LAST_USED, token->last_used_at, pool);
    braze_html_close(html);
    settings_form(html, frame, "tokens", action, pool);
    settings_hidden(html, "id", token->id);
    braze_html_open(html, BRAZE_EL_P);
    braze_html_attr(html, BRAZE_AT_CLASS, "buttons");
    settings_button(html, rotate ? "button" : "button danger", heading);
    settings_link(html, "button quiet", settings_url(frame, "tokens", pool), BRAZE_TEXT_S_CANCEL);
    braze_html_close(html);
    return braze_html_done(html);
}
