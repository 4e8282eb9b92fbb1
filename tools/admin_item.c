/* SPDX-License-Identifier: Apache-2.0 */
/* workspace, team, permission-set and role: the same few verbs over the items of a company. */
#include <string.h>

#include <apr_strings.h>

#include "admin.h"

static const admin_column_t plain_columns[] = {{"NAME", "name"}, {"ID", "id"}, {NULL, NULL}};
static const admin_column_t team_columns[] = {
    {"NAME", "name"}, {"WORKSPACE", "workspace"}, {"ID", "id"}, {NULL, NULL}};
static const admin_column_t set_columns[] = {
    {"NAME", "name"}, {"ID", "id"}, {"PERMISSIONS", "permissions"}, {NULL, NULL}};

static const admin_column_t *const columns_of[] = {
    [BRAZE_ITEM_WORKSPACE] = plain_columns,
    [BRAZE_ITEM_TEAM] = team_columns,
    [BRAZE_ITEM_PERMISSION_SET] = set_columns,
    [BRAZE_ITEM_ROLE] = set_columns,
};

static int has_permissions(braze_item_kind_t kind)
{
    return kind == BRAZE_ITEM_PERMISSION_SET || kind == BRAZE_ITEM_ROLE;
}

static braze_json_t *item_json(const braze_item_t *item, const braze_catalog_t *catalog,
                               apr_pool_t *pool)
{
    braze_json_t *object = braze_json_object(pool);

    admin_put_text(object, "id", item->id, pool);
    admin_put_text(object, "name", item->name, pool);
    if (item->kind == BRAZE_ITEM_TEAM) {
        admin_put_text(object, "workspace",
                       admin_item_name(catalog, BRAZE_ITEM_WORKSPACE, item->workspace_id), pool);
    }
    if (has_permissions(item->kind)) {
        admin_put_texts(object, "permissions", item->permissions, pool);
    }
    return object;
}

/* The company's catalogue, and for teams the workspace that the option names. */
static braze_err_t *load(braze_catalog_t **catalog, const char **workspace_id, admin_t *admin)
{
    const braze_item_t *workspace = NULL;
    braze_err_t *err =
        braze_store_catalog_load(catalog, admin->db, admin->company->id, admin->pool);

    if (err) {
        return admin_about(err, admin->pool, "company \"%s\"", admin->company->name);
    }
    if (admin->command->kind == BRAZE_ITEM_TEAM) {
        err = admin_item_pick(&workspace, admin, *catalog, BRAZE_ITEM_WORKSPACE, NULL,
                              admin_arg(admin, OPT_WORKSPACE));
    }
    *workspace_id = workspace ? workspace->id : NULL;
    return err;
}

/* The words from first on, each a permission, none twice. */
static braze_err_t *permissions(apr_array_header_t **list, admin_t *admin, int first)
{
    braze_err_t *err = NULL;
    const char *word;
    int i;

    *list = apr_array_make(admin->pool, 8, sizeof(const char *));
    for (; !err && (word = admin_word(admin, first)) != NULL; first++) {
        err = admin_permission_check(word, admin->pool);
        for (i = 0; i < (*list)->nelts && strcmp(word, APR_ARRAY_IDX(*list, i, const char *));
             i++) {
        }
        if (i == (*list)->nelts) {
            APR_ARRAY_PUSH(*list, const char *) = word;
        }
    }
    return err;
}

static braze_err_t *about(braze_err_t *err, const admin_t *admin, const char *name)
{
    return admin_about(err, admin->pool, "%s \"%s\" of company \"%s\"",
                       admin_kind_name(admin->command->kind), name, admin->company->name);
}

static braze_err_t *report(const admin_t *admin, const braze_item_t *item,
                           const braze_catalog_t *catalog, const char *done)
{
    const char *kind = admin_kind_name(item->kind);

    admin_done(admin, item_json(item, catalog, admin->pool), "%s \"%s\" %s: %s", kind, item->name,
               done, item->id);
    return admin_event_note(admin, "Updated Settings", "%s \"%s\" %s", kind, item->name, done);
}

static braze_err_t *add(admin_t *admin)
{
    braze_item_t item = {.kind = admin->command->kind, .name = admin_word(admin, 0)};
    apr_array_header_t *given = NULL;
    braze_catalog_t *catalog = NULL;
    braze_err_t *err = load(&catalog, &item.workspace_id, admin);

    if (!err && has_permissions(item.kind)) {
        err = permissions(&given, admin, 1);
        item.permissions = given;
    }
    if (!err) {
        err = about(braze_store_item_add(admin->db, admin->company->id, &item, admin->pool), admin,
                    item.name);
    }
    return err ? err : report(admin, &item, catalog, "added");
}

static int is_listed(const braze_item_t *item, braze_item_kind_t kind, const char *workspace_id)
{
    return item->kind == kind &&
           (!workspace_id || (item->workspace_id && strcmp(item->workspace_id, workspace_id) == 0));
}

static braze_err_t *list(admin_t *admin)
{
    braze_item_kind_t kind = admin->command->kind;
    braze_json_t *array = braze_json_array(admin->pool);
    const char *workspace_id = NULL;
    braze_catalog_t *catalog;
    braze_err_t *err =
        braze_store_catalog_load(&catalog, admin->db, admin->company->id, admin->pool);
    int i;

    if (err) {
        return admin_about(err, admin->pool, "company \"%s\"", admin->company->name);
    }
    err = admin_item_option(&workspace_id, admin, catalog, BRAZE_ITEM_WORKSPACE, OPT_WORKSPACE);
    if (err) {
        return err;
    }
    for (i = 0; i < catalog->items->nelts; i++) {
        const braze_item_t *item = &APR_ARRAY_IDX(catalog->items, i, braze_item_t);

        if (is_listed(item, kind, workspace_id)) {
            braze_json_append(array, item_json(item, catalog, admin->pool));
        }
    }
    admin_print_list(admin, columns_of[kind], array);
    return NULL;
}

/* The item that the first word names, as a copy to change. */
static braze_err_t *pick(braze_item_t *item, braze_catalog_t **catalog, admin_t *admin)
{
    const braze_item_t *found = NULL;
    const char *workspace_id;
    braze_err_t *err = load(catalog, &workspace_id, admin);

    if (!err) {
        err = admin_item_pick(&found, admin, *catalog, admin->command->kind, workspace_id,
                              admin_word(admin, 0));
    }
    if (!err) {
        *item = *found;
    }
    return err;
}

static braze_err_t *update(admin_t *admin, const braze_item_t *item, const braze_catalog_t *catalog,
                           const char *done)
{
    braze_err_t *err =
        about(braze_store_item_update(admin->db, admin->company->id, item, admin->pool), admin,
              item->name);

    return err ? err : report(admin, item, catalog, done);
}

static braze_err_t *rename_item(admin_t *admin)
{
    braze_catalog_t *catalog;
    braze_item_t item;
    braze_err_t *err = pick(&item, &catalog, admin);
    const char *done;

    if (err) {
        return err;
    }
    done = apr_psprintf(admin->pool, "renamed from \"%s\"", item.name);
    item.name = admin_word(admin, 1);
    return update(admin, &item, catalog, done);
}

static braze_err_t *edit(admin_t *admin)
{
    apr_array_header_t *given = NULL;
    braze_catalog_t *catalog;
    braze_item_t item;
    braze_err_t *err = pick(&item, &catalog, admin);

    if (!err && !admin_word(admin, 1) && !admin_arg_has(admin, OPT_NAME)) {
        err = admin_fail(admin->pool, ADMIN_USAGE,
                         "edit what? Give all its permissions, or --name for a new name");
    }
    if (!err) {
        err = permissions(&given, admin, 1);
    }
    if (err) {
        return err;
    }
    item.permissions = given->nelts ? given : item.permissions;
    item.name = admin_arg_has(admin, OPT_NAME) ? admin_arg(admin, OPT_NAME) : item.name;
    return update(admin, &item, catalog, "changed");
}

static braze_err_t *delete_item(admin_t *admin)
{
    braze_catalog_t *catalog;
    braze_item_t item;
    braze_err_t *err = pick(&item, &catalog, admin);

    if (err) {
        return err;
    }
    err = about(
        braze_store_item_delete(admin->db, admin->company->id, item.kind, item.id, admin->pool),
        admin, item.name);
    return err ? err : report(admin, &item, catalog, "deleted");
}

#define IN_WORKSPACE OPT_BIT(OPT_WORKSPACE)

const admin_command_t admin_item_commands[] = {
    {"workspace", "add", "NAME", 1, 1, 0, NEEDS_COMPANY, add, "make a workspace",
     BRAZE_ITEM_WORKSPACE},
    {"workspace", "list", "", 0, 0, 0, NEEDS_COMPANY, list, "list the workspaces",
     BRAZE_ITEM_WORKSPACE},
    {"workspace", "rename", "NAME NEW-NAME", 2, 2, 0, NEEDS_COMPANY, rename_item,
     "rename a workspace", BRAZE_ITEM_WORKSPACE},
    {"workspace", "delete", "NAME", 1, 1, 0, NEEDS_COMPANY, delete_item,
     "delete a workspace that nothing uses", BRAZE_ITEM_WORKSPACE},
    {"team", "add", "NAME", 1, 1, IN_WORKSPACE, NEEDS_COMPANY, add, "make a team in a workspace",
     BRAZE_ITEM_TEAM},
    {"team", "list", "", 0, 0, IN_WORKSPACE, NEEDS_COMPANY, list, "list the teams",
     BRAZE_ITEM_TEAM},
    {"team", "rename", "NAME NEW-NAME", 2, 2, IN_WORKSPACE, NEEDS_COMPANY, rename_item,
     "rename a team", BRAZE_ITEM_TEAM},
    {"team", "delete", "NAME", 1, 1, IN_WORKSPACE, NEEDS_COMPANY, delete_item,
     "delete a team that nothing uses", BRAZE_ITEM_TEAM},
    {"permission-set", "add", "NAME PERMISSION ...", 2, -1, 0, NEEDS_COMPANY, add,
     "make a permission set", BRAZE_ITEM_PERMISSION_SET},
    {"permission-set", "list", "", 0, 0, 0, NEEDS_COMPANY, list, "list the permission sets",
     BRAZE_ITEM_PERMISSION_SET},
    {"permission-set", "edit", "NAME [PERMISSION ...]", 1, -1, OPT_BIT(OPT_NAME), NEEDS_COMPANY,
     edit, "give a permission set other permissions, or a new name", BRAZE_ITEM_PERMISSION_SET},
    {"permission-set", "delete", "NAME", 1, 1, 0, NEEDS_COMPANY, delete_item,
     "delete a permission set that nothing uses", BRAZE_ITEM_PERMISSION_SET},
    {"role", "add", "NAME PERMISSION ...", 2, -1, 0, NEEDS_COMPANY, add, "make a role",
     BRAZE_ITEM_ROLE},
    {"role", "list", "", 0, 0, 0, NEEDS_COMPANY, list, "list the roles", BRAZE_ITEM_ROLE},
    {"role", "edit", "NAME [PERMISSION ...]", 1, -1, OPT_BIT(OPT_NAME), NEEDS_COMPANY, edit,
     "give a role other permissions, or a new name", BRAZE_ITEM_ROLE},
    {"role", "delete", "NAME", 1, 1, 0, NEEDS_COMPANY, delete_item,
     "delete a role that nothing uses", BRAZE_ITEM_ROLE},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
