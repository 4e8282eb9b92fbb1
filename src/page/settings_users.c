/* SPDX-License-Identifier: Apache-2.0 */
/* Users: who there is. */
#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>

#include "settings_int.h"

static braze_text_t source_text(const char *source)
{
    return !source                   ? BRAZE_TEXT_S_SOURCE_OPERATOR
           : !strcmp(source, "jit")  ? BRAZE_TEXT_S_SOURCE_JIT
           : !strcmp(source, "scim") ? BRAZE_TEXT_S_SOURCE_SCIM
                                     : BRAZE_TEXT_S_SOURCE_OPERATOR;
}

static braze_text_t state_text(const braze_user_t *user)
{
    return !user->active     ? BRAZE_TEXT_S_STATE_SUSPENDED
           : user->confirmed ? BRAZE_TEXT_S_STATE_ACTIVE
                             : BRAZE_TEXT_S_STATE_UNCONFIRMED;
}

static const char *full_name(const braze_user_t *user, apr_pool_t *pool)
{
    if (user->display_name) {
        return user->display_name;
    }
    if (user->given_name && user->family_name) {
        return apr_pstrcat(pool, user->given_name, " ", user->family_name, NULL);
    }
    return user->given_name ? user->given_name : user->family_name;
}

/* ---- the list ---- */

static void select_one(braze_html_t *html, const braze_page_frame_t *frame, const char *name,
                       braze_text_t label, apr_pool_t *pool)
{
    const settings_field_t field = {name, NULL, NULL, label, NO_TEXT, 0, NULL};

    settings_select(html, frame, &field, pool);
}

static void select_end(braze_html_t *html)
{
    braze_html_close(html);
    braze_html_close(html);
}

static void choices(braze_html_t *html, const braze_page_frame_t *frame,
                    const braze_page_users_t *model, apr_pool_t *pool)
{
    select_one(html, frame, "by", BRAZE_TEXT_S_SEARCH_BY, pool);
    settings_option(html, "name", model->by, NULL, BRAZE_TEXT_S_USER_NAME);
    settings_option(html, "email", model->by, NULL, BRAZE_TEXT_S_EMAIL);
    settings_option(html, "display", model->by, NULL, BRAZE_TEXT_S_DISPLAY_NAME);
    settings_option(html, "given", model->by, NULL, BRAZE_TEXT_S_GIVEN_NAME);
    settings_option(html, "family", model->by, NULL, BRAZE_TEXT_S_FAMILY_NAME);
    select_end(html);
    select_one(html, frame, "source", BRAZE_TEXT_S_SOURCE, pool);
    settings_option(html, "", model->source, NULL, BRAZE_TEXT_S_ALL);
    settings_option(html, "jit", model->source, NULL, BRAZE_TEXT_S_SOURCE_JIT);
    settings_option(html, "scim", model->source, NULL, BRAZE_TEXT_S_SOURCE_SCIM);
    settings_option(html, "operator", model->source, NULL, BRAZE_TEXT_S_SOURCE_OPERATOR);
    select_end(html);
    select_one(html, frame, "state", BRAZE_TEXT_S_STATE, pool);
    settings_option(html, "", model->state, NULL, BRAZE_TEXT_S_ALL);
    settings_option(html, "active", model->state, NULL, BRAZE_TEXT_S_STATE_ACTIVE);
    settings_option(html, "unconfirmed", model->state, NULL, BRAZE_TEXT_S_STATE_UNCONFIRMED);
    settings_option(html, "suspended", model->state, NULL, BRAZE_TEXT_S_STATE_SUSPENDED);
    select_end(html);
}

static void search(braze_html_t *html, const braze_page_frame_t *frame,
                   const braze_page_users_t *model, apr_pool_t *pool)
{
    const settings_field_t q = {
        "q", model->q, "search", BRAZE_TEXT_S_SEARCH, BRAZE_TEXT_S_SEARCH_HINT, 0, "255"};

    braze_html_open(html, BRAZE_EL_FORM);
    braze_html_attr(html, BRAZE_AT_METHOD, "get");
    braze_html_attr(html, BRAZE_AT_ROLE, "search");
    braze_html_attr(html, BRAZE_AT_CLASS, "filter");
    braze_html_action(html, settings_url(frame, "users", pool));
    settings_field(html, frame, &q, pool);
    choices(html, frame, model, pool);
    settings_button(html, "button", BRAZE_TEXT_S_SHOW);
    braze_html_close(html);
}

static void word_cell(braze_html_t *html, const braze_page_frame_t *frame, const char *class_name,
                      braze_text_t heading, braze_text_t word)
{
    settings_cell_open(html, frame, class_name, heading);
    braze_html_say(html, word);
    braze_html_close(html);
}

static void row(braze_html_t *html, const braze_page_frame_t *frame, const braze_user_t *user,
                apr_pool_t *pool)
{
    braze_html_open(html, BRAZE_EL_TR);
    braze_html_open(html, BRAZE_EL_TH);
    braze_html_attr(html, BRAZE_AT_SCOPE, "row");
    braze_html_open(html, BRAZE_EL_A);
    braze_html_href(html,
                    apr_pstrcat(pool, settings_url(frame, "user", pool), "?id=", user->id, NULL));
    braze_html_data(html, user->user_name);
    braze_html_close(html);
    braze_html_close(html);
    settings_cell(html, frame, BRAZE_TEXT_S_FULL_NAME, full_name(user, pool));
    word_cell(html, frame, NULL, BRAZE_TEXT_S_SOURCE, source_text(user->source));
    word_cell(html, frame, user->active ? NULL : "warn", BRAZE_TEXT_S_STATE, state_text(user));
    settings_time_cell(html, frame, BRAZE_TEXT_S_LAST_SIGN_IN, user->last_sign_in_at, pool);
    braze_html_close(html);
}

/* The same search, from another place. */
static void beside(braze_html_t *html, const braze_page_frame_t *frame,
                   const braze_page_users_t *model, const char *direction, const char *cursor,
                   braze_text_t text, apr_pool_t *pool)
{
    if (!cursor) {
        return;
    }
    settings_link(html, "button quiet",
                  apr_pstrcat(pool, settings_url(frame, "users", pool),
                              "?q=", apr_pescape_urlencoded(pool, model->q), "&by=", model->by,
                              "&source=", model->source, "&state=", model->state, "&", direction,
                              "=", apr_pescape_urlencoded(pool, cursor), NULL),
                  text);
}

const char *braze_page_users(const braze_page_frame_t *frame, const braze_page_users_t *model,
                             apr_pool_t *pool)
{
    static const settings_heading_t headings[] = {
        {BRAZE_TEXT_S_USER_NAME, NO_TEXT},    {BRAZE_TEXT_S_FULL_NAME, NO_TEXT},
        {BRAZE_TEXT_S_SOURCE, NO_TEXT},       {BRAZE_TEXT_S_STATE, NO_TEXT},
        {BRAZE_TEXT_S_LAST_SIGN_IN, NO_TEXT}, {NO_TEXT, NO_TEXT}};
    braze_html_t *html = settings_begin(frame, "users", BRAZE_TEXT_S_USERS, NULL, pool);
    int i;

    braze_html_open(html, BRAZE_EL_P);
    braze_html_say_with(html, BRAZE_TEXT_S_USERS_TOTAL,
                        apr_psprintf(pool, "%" APR_INT64_T_FMT, model->total));
    braze_html_close(html);
    search(html, frame, model, pool);
    if (!model->users->nelts) {
        braze_html_line(html, BRAZE_EL_P, "none", BRAZE_TEXT_S_USERS_NONE);
    } else {
        settings_table(html, BRAZE_TEXT_S_USERS, headings);
        for (i = 0; i < model->users->nelts; i++) {
            row(html, frame, APR_ARRAY_IDX(model->users, i, const braze_user_t *), pool);
        }
        braze_html_close(html);
        braze_html_close(html);
        braze_html_close(html);
    }
    braze_html_open(html, BRAZE_EL_P);
    braze_html_attr(html, BRAZE_AT_CLASS, "buttons");
    beside(html, frame, model, "before", model->newer, BRAZE_TEXT_S_NEWER, pool);
    beside(html, frame, model, "after", model->older, BRAZE_TEXT_S_OLDER, pool);
    braze_html_close(html);
    return braze_html_done(html);
}

/* ---- one user: what may they do? ---- */

static const char *words(const braze_json_t *list, apr_pool_t *pool)
{
    apr_array_header_t *texts = apr_array_make(pool, 8, sizeof(const char *));
    int i;

    for (i = 0; i < braze_json_size(list); i++) {
        const braze_json_t *item = braze_json_item(list, i);

        if (item->type == BRAZE_JSON_STRING) {
            APR_ARRAY_PUSH(texts, const char *) = item->u.string;
        }
    }
    return texts->nelts ? apr_array_pstrcat(pool, texts, ' ') : NULL;
}

/* Names of the items whose ids are listed. */
static const char *names(const braze_catalog_t *catalog, braze_item_kind_t kind,
                         const braze_json_t *ids, apr_pool_t *pool)
{
    apr_array_header_t *texts = apr_array_make(pool, 8, sizeof(const char *));
    int i;

    for (i = 0; i < braze_json_size(ids); i++) {
        const braze_json_t *item = braze_json_item(ids, i);

        if (item->type == BRAZE_JSON_STRING) {
            const char *name = settings_item_name(catalog, kind, item->u.string);

            APR_ARRAY_PUSH(texts, const char *) = apr_pstrcat(pool, i ? ", " : "", name, NULL);
        }
    }
    return texts->nelts ? apr_array_pstrcat(pool, texts, 0) : NULL;
}

static void teams(braze_html_t *html, const braze_page_user_t *model, const braze_json_t *list,
                  apr_pool_t *pool)
{
    int i;

    for (i = 0; i < braze_json_size(list); i++) {
        const braze_json_t *team = braze_json_item(list, i);
        const char *name = settings_item_name(model->catalog, BRAZE_ITEM_TEAM,
                                              braze_json_get_string(team, "teamId"));

        braze_html_open(html, BRAZE_EL_DT);
        braze_html_say_with(html, BRAZE_TEXT_S_TEAM_OF, name);
        braze_html_close(html);
        settings_text(html, BRAZE_EL_DD, NULL,
                      words(braze_json_get(team, "teamPermissions"), pool));
    }
}

static void workspaces(braze_html_t *html, const braze_page_user_t *model, apr_pool_t *pool)
{
    const braze_json_t *list = braze_json_get(model->permissions, "appGroup");
    int i;

    for (i = 0; i < braze_json_size(list); i++) {
        const braze_json_t *group = braze_json_item(list, i);
        const char *name = settings_item_name(model->catalog, BRAZE_ITEM_WORKSPACE,
                                              braze_json_get_string(group, "appGroupId"));

        braze_html_open(html, BRAZE_EL_H3);
        braze_html_say_with(html, BRAZE_TEXT_S_WORKSPACE_OF, name);
        braze_html_close(html);
        braze_html_open(html, BRAZE_EL_DL);
        settings_fact(html, BRAZE_TEXT_S_PERMISSIONS,
                      words(braze_json_get(group, "appGroupPermissions"), pool));
        settings_fact(html, BRAZE_TEXT_S_SETS,
                      names(model->catalog, BRAZE_ITEM_PERMISSION_SET,
                            braze_json_get(group, "appGroupPermissionSets"), pool));
        teams(html, model, braze_json_get(group, "team"), pool);
        braze_html_close(html);
    }
}

static void permissions(braze_html_t *html, const braze_page_user_t *model, apr_pool_t *pool)
{
    settings_section(html, "permissions", BRAZE_TEXT_S_PERMISSIONS);
    if (model->user->admin) {
        braze_html_line(html, BRAZE_EL_P, "hint", BRAZE_TEXT_S_USER_ADMIN);
    }
    braze_html_open(html, BRAZE_EL_DL);
    settings_fact(html, BRAZE_TEXT_S_COMPANY_PERMISSIONS,
                  words(braze_json_get(model->permissions, "companyPermissions"), pool));
    settings_fact(
        html, BRAZE_TEXT_S_ROLES,
        names(model->catalog, BRAZE_ITEM_ROLE, braze_json_get(model->permissions, "roles"), pool));
    braze_html_close(html);
    workspaces(html, model, pool);
    braze_html_close(html);
}

static void facts(braze_html_t *html, const braze_page_user_t *model, apr_pool_t *pool)
{
    const braze_user_t *user = model->user;

    braze_html_open(html, BRAZE_EL_DL);
    braze_html_attr(html, BRAZE_AT_CLASS, "card");
    settings_fact(html, BRAZE_TEXT_S_FULL_NAME, full_name(user, pool));
    settings_fact(html, BRAZE_TEXT_S_EMAIL, user->email);
    settings_fact(html, BRAZE_TEXT_S_DEPARTMENT, user->department);
    settings_fact_text(html, BRAZE_TEXT_S_SOURCE, source_text(user->source));
    settings_fact_text(html, BRAZE_TEXT_S_STATE, state_text(user));
    settings_time_fact(html, BRAZE_TEXT_S_MADE_AT, user->created_at, pool);
    settings_time_fact(html, BRAZE_TEXT_S_LAST_SIGN_IN, user->last_sign_in_at, pool);
    settings_fact(
        html, BRAZE_TEXT_S_GROUPS,
        model->groups && model->groups->nelts ? apr_array_pstrcat(pool, model->groups, ',') : NULL);
    settings_fact(html, BRAZE_TEXT_S_USER_ID, user->id);
    braze_html_close(html);
}

/* Suspending asks once more; restoring harms nobody. */
static void switch_state(braze_html_t *html, const braze_page_frame_t *frame,
                         const braze_page_user_t *model, apr_pool_t *pool)
{
    const braze_user_t *user = model->user;

    settings_section(html, "state", user->active ? BRAZE_TEXT_S_SUSPEND : BRAZE_TEXT_S_RESTORE);
    braze_html_line(html, BRAZE_EL_P, "hint",
                    user->active ? BRAZE_TEXT_S_SUSPEND_WHAT : BRAZE_TEXT_S_RESTORE_WHAT);
    settings_form(html, frame, "user", user->active ? "suspend" : "restore", pool);
    settings_hidden(html, "id", user->id);
    settings_hidden(html, "version", apr_psprintf(pool, "%" APR_INT64_T_FMT, user->version));
    if (model->confirm) {
        settings_hidden(html, "confirmed", "yes");
    }
    braze_html_open(html, BRAZE_EL_P);
    braze_html_attr(html, BRAZE_AT_CLASS, "buttons");
    settings_button(html, user->active ? "button danger" : "button",
                    !user->active    ? BRAZE_TEXT_S_RESTORE
                    : model->confirm ? BRAZE_TEXT_S_SUSPEND_NOW
                                     : BRAZE_TEXT_S_SUSPEND);
    if (model->confirm) {
        settings_link(html, "button quiet",
                      apr_pstrcat(pool, settings_url(frame, "user", pool), "?id=", user->id, NULL),
                      BRAZE_TEXT_S_CANCEL);
    }
    braze_html_close(html);
    braze_html_close(html);
    braze_html_close(html);
}

const char *braze_page_user(const braze_page_frame_t *frame, const braze_page_user_t *model,
                            apr_pool_t *pool)
{
    braze_html_t *html =
        settings_begin(frame, "users", BRAZE_TEXT_S_USER_OF, model->user->user_name, pool);

    facts(html, model, pool);
    if (!model->confirm) {
        permissions(html, model, pool);
    }
    switch_state(html, frame, model, pool);
    return braze_html_done(html);
}
