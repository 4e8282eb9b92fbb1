/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical permissions as atoms with names: one object and one line for each thing that was
 * granted. */
#include <string.h>

#include <apr_strings.h>

#include "admin.h"

/* Where an atom holds: everything NULL is the company. */
typedef struct {
    const char *workspace, *team;
} scope_t;

typedef struct {
    const braze_catalog_t *catalog;
    braze_json_t *atoms, *lines;
    apr_pool_t *pool;
} show_t;

/* kind is "permission", "permission_set", "role", or NULL for mere membership. */
static void add_atom(show_t *show, const scope_t *scope, const char *kind, const char *name)
{
    static const char *const members[] = {"role", "permission_set", "permission"};
    braze_json_t *atom = braze_json_object(show->pool);
    const char *line = scope->workspace
                           ? apr_pstrcat(show->pool, "workspace ", scope->workspace,
                                         scope->team ? ", team " : "", scope->team, NULL)
                           : "company";
    apr_size_t i;

    admin_put_text(atom, "workspace", scope->workspace, show->pool);
    admin_put_text(atom, "team", scope->team, show->pool);
    for (i = 0; i < sizeof(members) / sizeof(*members); i++) {
        admin_put_text(atom, members[i], kind && strcmp(kind, members[i]) == 0 ? name : NULL,
                       show->pool);
    }
    if (kind) {
        line =
            apr_pstrcat(show->pool, line, ": ", strcmp(kind, "permission_set") == 0 ? "set " : "",
                        strcmp(kind, "role") == 0 ? "role " : "", name, NULL);
    }
    braze_json_append(show->atoms, atom);
    braze_json_append(show->lines, braze_json_string(line, show->pool));
}

static const char *text_at(const braze_json_t *array, int index)
{
    const braze_json_t *item = braze_json_item(array, index);

    return item && item->type == BRAZE_JSON_STRING ? item->u.string : "";
}

/* The permissions of an array member. */
static int add_permissions(show_t *show, const scope_t *scope, const braze_json_t *object,
                           const char *member)
{
    const braze_json_t *array = braze_json_get(object, member);
    int i;

    for (i = 0; i < braze_json_size(array); i++) {
        add_atom(show, scope, "permission", text_at(array, i));
    }
    return i;
}

/* The roles or permission sets of an array member, by name. */
static int add_items(show_t *show, const scope_t *scope, const braze_json_t *object,
                     const char *member, braze_item_kind_t kind)
{
    const braze_json_t *array = braze_json_get(object, member);
    int i;

    for (i = 0; i < braze_json_size(array); i++) {
        add_atom(show, scope, kind == BRAZE_ITEM_ROLE ? "role" : "permission_set",
                 admin_item_name(show->catalog, kind, text_at(array, i)));
    }
    return i;
}

static int add_teams(show_t *show, const char *workspace, const braze_json_t *object)
{
    const braze_json_t *teams = braze_json_get(object, "team");
    int i;

    for (i = 0; i < braze_json_size(teams); i++) {
        const braze_json_t *team = braze_json_item(teams, i);
        scope_t scope = {workspace, admin_item_name(show->catalog, BRAZE_ITEM_TEAM,
                                                    braze_json_get_string(team, "teamId"))};

        if (!add_permissions(show, &scope, team, "teamPermissions")) {
            add_atom(show, &scope, NULL, NULL);
        }
    }
    return i;
}

static void add_workspace(show_t *show, const braze_json_t *object)
{
    scope_t scope = {admin_item_name(show->catalog, BRAZE_ITEM_WORKSPACE,
                                     braze_json_get_string(object, "appGroupId")),
                     NULL};
    int count = add_permissions(show, &scope, object, "appGroupPermissions");

    count += add_items(show, &scope, object, "appGroupPermissionSets", BRAZE_ITEM_PERMISSION_SET);
    count += add_teams(show, scope.workspace, object);
    if (!count) {
        add_atom(show, &scope, NULL, NULL);
    }
}

braze_err_t *admin_grants_json(braze_json_t **grants, braze_json_t **lines, const char *permissions,
                               const braze_catalog_t *catalog, apr_pool_t *pool)
{
    show_t show = {catalog, braze_json_array(pool), braze_json_array(pool), pool};
    static const scope_t company = {NULL, NULL};
    const braze_json_t *workspaces;
    braze_json_t *root;
    braze_err_t *err;
    int i;

    permissions = permissions ? permissions : "{}";
    err = braze_json_parse(&root, permissions, strlen(permissions), pool);
    if (err) {
        return admin_about(err, pool, "permissions");
    }
    add_permissions(&show, &company, root, "companyPermissions");
    add_items(&show, &company, root, "roles", BRAZE_ITEM_ROLE);
    workspaces = braze_json_get(root, "appGroup");
    for (i = 0; i < braze_json_size(workspaces); i++) {
        add_workspace(&show, braze_json_item(workspaces, i));
    }
    *grants = show.atoms;
    *lines = show.lines;
    return NULL;
}
