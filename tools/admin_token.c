/* SPDX-License-Identifier: Apache-2.0 */
/* token add, list, revoke: what SCIM clients send. */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "admin.h"
#include "braze_ip.h"

#define ORIGIN_MAX 255 /* bytes: it travels in a header */

static const char *const profiles[] = {
    [BRAZE_PROFILE_STRICT] = "strict",
    [BRAZE_PROFILE_ENTRA] = "entra",
    [BRAZE_PROFILE_OKTA] = "okta",
};

#define PROFILES (int)(sizeof(profiles) / sizeof(*profiles))

static const admin_column_t list_columns[] = {{"ID", "id"},
                                              {"WORKSPACE", "workspace"},
                                              {"ORIGIN", "origin"},
                                              {"PROFILE", "profile"},
                                              {"USER", "user"},
                                              {"ALLOW", "allowlist"},
                                              {"EXPIRES", "expires_at"},
                                              {"LAST USED", "last_used_at"},
                                              {"FROM", "last_used_from"},
                                              {NULL, NULL}};

static braze_json_t *token_json(const braze_token_t *token, const char *user_name,
                                const braze_catalog_t *catalog, apr_pool_t *pool)
{
    braze_json_t *object = braze_json_object(pool);

    admin_put_text(object, "id", token->id, pool);
    admin_put_text(object, "workspace",
                   admin_item_name(catalog, BRAZE_ITEM_WORKSPACE, token->workspace_id), pool);
    admin_put_text(object, "origin", token->origin, pool);
    admin_put_text(object, "profile", profiles[token->profile], pool);
    admin_put_text(object, "user", user_name, pool);
    admin_put_text(object, "allowlist", token->allowlist, pool);
    admin_put_time(object, "created_at", token->created_at, pool);
    admin_put_time(object, "expires_at", token->expires_at, pool);
    admin_put_time(object, "last_used_at", token->last_used_at, pool);
    admin_put_text(object, "last_used_from", token->last_used_from, pool);
    return object;
}

/* ---- add ---- */

static braze_err_t *read_profile(braze_profile_t *profile, const admin_t *admin)
{
    const char *name = admin_arg(admin, OPT_PROFILE);
    int i;

    for (i = 0; name && i < PROFILES && strcmp(name, profiles[i]) != 0; i++) {
    }
    if (name && i == PROFILES) {
        return admin_fail(admin->pool, ADMIN_USAGE, "--profile %s: say strict, entra or okta",
                          name);
    }
    *profile = name ? (braze_profile_t)i : BRAZE_PROFILE_STRICT;
    return NULL;
}

static braze_err_t *read_origin(const char **origin, const admin_t *admin)
{
    const char *p = admin_arg(admin, OPT_ORIGIN);

    *origin = p;
    if (!p) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "--origin is missing: the service origin by which the client is known");
    }
    while (*p > ' ' && *p < 0x7f) {
        p++;
    }
    if (*p || p == *origin || p - *origin > ORIGIN_MAX) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "--origin \"%s\": use 1 to %d ASCII characters without blanks", *origin,
                          ORIGIN_MAX);
    }
    return NULL;
}

static braze_err_t *read_allowlist(const char **allowlist, const admin_t *admin)
{
    const apr_array_header_t *given = admin_arg_all(admin, OPT_ALLOW);
    braze_ip_list_t *parsed;
    braze_err_t *err;

    if (!given->nelts) {
        return NULL;
    }
    *allowlist = apr_array_pstrcat(admin->pool, given, ',');
    err = braze_ip_list_parse(&parsed, *allowlist, admin->pool);
    if (!err && braze_ip_list_is_empty(parsed)) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "--allow: the list is empty: leave it out to "
                          "allow every address");
    }
    return admin_about(err, admin->pool, "--allow");
}

static braze_err_t *read_expires(apr_time_t *expires, const admin_t *admin)
{
    const char *text = admin_arg(admin, OPT_EXPIRES);
    braze_err_t *err = admin_arg_time(expires, admin, OPT_EXPIRES, 1);

    if (!err && text && *expires <= admin->now) {
        return admin_fail(admin->pool, ADMIN_USAGE, "--expires %s: this is past: name a later time",
                          text);
    }
    return err;
}

static braze_err_t *read_workspace(const char **id, admin_t *admin, const braze_catalog_t *catalog)
{
    const char *name = admin_arg(admin, OPT_WORKSPACE);
    const braze_item_t *item;
    braze_err_t *err;

    if (!name && admin->company->default_workspace_id) {
        *id = admin->company->default_workspace_id;
        return NULL;
    }
    err = admin_item_pick(&item, admin, catalog, BRAZE_ITEM_WORKSPACE, NULL, name);
    *id = err ? NULL : item->id;
    return err;
}

/* *name is the userName as it is kept; both NULL where none is asked for. */
static braze_err_t *read_user(const char **id, const char **name, const admin_t *admin)
{
    const char *wanted = admin_arg(admin, OPT_USER);
    braze_user_t *user;
    braze_err_t *err;

    if (!wanted) {
        return NULL;
    }
    err = admin_user_pick(&user, admin, wanted);
    if (!err) {
        *id = user->id;
        *name = user->user_name;
    }
    return err;
}

static braze_err_t *read_token(braze_token_t *token, const char **user_name, admin_t *admin,
                               const braze_catalog_t *catalog)
{
    braze_err_t *err = read_origin(&token->origin, admin);

    token->company_id = admin->company->id;
    if (!err) {
        err = read_profile(&token->profile, admin);
    }
    if (!err) {
        err = read_allowlist(&token->allowlist, admin);
    }
    if (!err) {
        err = read_expires(&token->expires_at, admin);
    }
    if (!err) {
        err = read_user(&token->user_id, user_name, admin);
    }
    return err ? err : read_workspace(&token->workspace_id, admin, catalog);
}

/* The one time that the secret is seen: alone on standard output, so that a script can take it. */
static void show_secret(const admin_t *admin, const braze_token_t *token, const char *secret,
                        braze_json_t *object)
{
    if (admin->json) {
        braze_json_set_string(object, "secret", secret);
        puts(braze_json_text(object, admin->pool));
        return;
    }
    puts(secret);
    admin_note(admin, "token %s added; its secret is not kept and not shown again", token->id);
}

static braze_err_t *add(admin_t *admin)
{
    braze_token_t token = {0};
    braze_catalog_t *catalog;
    const char *secret, *user_name = NULL;
    braze_err_t *err =
        braze_store_catalog_load(&catalog, admin->db, admin->company->id, admin->pool);

    if (!err) {
        err = read_token(&token, &user_name, admin, catalog);
    }
    if (err) {
        return err;
    }
    err = braze_store_token_add(&secret, admin->db, &token, admin->now, admin->pool);
    if (err) {
        return admin_about(err, admin->pool, "token for origin \"%s\"", token.origin);
    }
    show_secret(admin, &token, secret, token_json(&token, user_name, catalog, admin->pool));
    return admin_event_note(admin, "Added Token", "token %s, origin \"%s\", profile %s", token.id,
                            token.origin, profiles[token.profile]);
}

/* ---- list, revoke ---- */

/* The userName of a token's user; NULL where it belongs to nobody. */
static braze_err_t *name_user(const char **name, const admin_t *admin, const braze_token_t *token)
{
    braze_user_t *user = NULL;
    braze_err_t *err = NULL;

    if (token->user_id) {
        err =
            braze_store_user_get(&user, admin->db, admin->company->id, token->user_id, admin->pool);
    }
    *name = user ? user->user_name : NULL;
    return err;
}

static braze_err_t *list(admin_t *admin)
{
    braze_json_t *array = braze_json_array(admin->pool);
    apr_array_header_t *tokens;
    braze_catalog_t *catalog;
    braze_err_t *err =
        braze_store_catalog_load(&catalog, admin->db, admin->company->id, admin->pool);
    int i;

    if (!err) {
        err = braze_store_token_list(&tokens, admin->db, admin->company->id, admin->pool);
    }
    for (i = 0; !err && i < tokens->nelts; i++) {
        const braze_token_t *token = APR_ARRAY_IDX(tokens, i, braze_token_t *);
        const char *name = NULL;

        err = name_user(&name, admin, token);
        if (!err) {
            braze_json_append(array, token_json(token, name, catalog, admin->pool));
        }
    }
    if (err) {
        return admin_about(err, admin->pool, "tokens of company \"%s\"", admin->company->name);
    }
    admin_print_list(admin, list_columns, array);
    return NULL;
}

static braze_err_t *revoke_token(admin_t *admin)
{
    const char *id = admin_word(admin, 0);
    braze_json_t *object = braze_json_object(admin->pool);
    braze_err_t *err = braze_store_token_delete(admin->db, admin->company->id, id, admin->pool);

    if (err && err->status == 404) {
        return admin_fail(admin->pool, ADMIN_NOT_FOUND,
                          "company \"%s\" has no token %s: see braze-admin token list",
                          admin->company->name, id);
    }
    if (err) {
        return admin_about(err, admin->pool, "token %s", id);
    }
    admin_put_text(object, "id", id, admin->pool);
    admin_done(admin, object, "token %s revoked", id);
    return admin_event_note(admin, "Removed Token", "token %s", id);
}

const admin_command_t admin_token_commands[] = {
    {"token", "add", "", 0, 0,
     OPT_BIT(OPT_WORKSPACE) | OPT_BIT(OPT_ORIGIN) | OPT_BIT(OPT_ALLOW) | OPT_BIT(OPT_PROFILE) |
         OPT_BIT(OPT_EXPIRES) | OPT_BIT(OPT_USER),
     NEEDS_COMPANY, add, "make a SCIM token and show its secret once", 0},
    {"token", "list", "", 0, 0, 0, NEEDS_COMPANY, list, "list the SCIM tokens", 0},
    {"token", "revoke", "ID", 1, 1, 0, NEEDS_COMPANY, revoke_token, "end a SCIM token at once", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
