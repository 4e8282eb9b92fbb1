/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical permissions as the flat list of the rfc dialect (permission_values.c says its form). */
#include <string.h>

#include "braze_id.h"
#include "permissions_int.h"

/* Ids, or NULL: what a grant is about. */
typedef struct {
    const char *type, *workspace, *team, *set, *role, *permission;
} grant_t;

typedef struct {
    braze_buf_t *buf;
    const braze_catalog_t *catalog;
    int whole; /* with what is returned on request */
    int count;
} render_t;

#define PUT(render, text) braze_buf_add((render)->buf, text, sizeof(text) - 1)

/* NULL of an item that is not in the catalogue (an older snapshot). */
static const char *name_of(const render_t *render, braze_item_kind_t kind, const char *id)
{
    const braze_item_t *item = braze_catalog_by_id(render->catalog, kind, id);

    return item ? item->name : NULL;
}

/* ---- value ---- */

static void put_part(braze_buf_t *text, const char *part)
{
    braze_buf_puts(text, "/");
    for (; *part; part++) {
        if (*part == '/' || *part == '%') {
            braze_buf_puts(text, *part == '/' ? "%2F" : "%25");
        } else {
            braze_buf_add(text, part, 1);
        }
    }
}

/* By its name; by its id where the name would be taken for one. */
static void put_item(const render_t *render, braze_buf_t *text, braze_item_kind_t kind,
                     const char *id)
{
    const char *name = id ? name_of(render, kind, id) : NULL;

    if (id) {
        put_part(text, name && *name && !braze_id_is(name) ? name : id);
    }
}

static void put_value(const render_t *render, const grant_t *grant)
{
    braze_buf_t *text = braze_buf_new(128, render->buf->pool);

    braze_buf_puts(text, grant->type);
    put_item(render, text, BRAZE_ITEM_WORKSPACE, grant->workspace);
    put_item(render, text, BRAZE_ITEM_TEAM, grant->team);
    put_item(render, text, BRAZE_ITEM_PERMISSION_SET, grant->set);
    put_item(render, text, BRAZE_ITEM_ROLE, grant->role);
    if (grant->permission) {
        put_part(text, grant->permission);
    }
    braze_buf_put_json_string(render->buf, text->data);
}

/* ---- the rest ---- */

/* The name is one of ours. */
static void put_member(const render_t *render, const char *name, const char *value)
{
    if (value) {
        PUT(render, ",\"");
        braze_buf_puts(render->buf, name);
        PUT(render, "\":");
        braze_buf_put_json_string(render->buf, value);
    }
}

static void put_named(const render_t *render, const char *name, const char *id_name,
                      braze_item_kind_t kind, const char *id)
{
    if (id) {
        put_member(render, name, name_of(render, kind, id));
        put_member(render, id_name, id);
    }
}

static void put_grant(render_t *render, const grant_t *grant)
{
    braze_buf_puts(render->buf, render->count++ ? "," : "[");
    PUT(render, "{\"value\":");
    put_value(render, grant);
    if (render->whole) {
        put_member(render, "type", grant->type);
        put_member(render, "permission", grant->permission);
        put_named(render, "workspace", "workspaceId", BRAZE_ITEM_WORKSPACE, grant->workspace);
        put_named(render, "team", "teamId", BRAZE_ITEM_TEAM, grant->team);
        put_named(render, "permissionSet", "permissionSetId", BRAZE_ITEM_PERMISSION_SET,
                  grant->set);
        put_named(render, "role", "roleId", BRAZE_ITEM_ROLE, grant->role);
    }
    PUT(render, "}");
}

/* One grant for each string of a list, which goes where slot points. */
static void put_each(render_t *render, grant_t *grant, const char **slot, const braze_json_t *list)
{
    int i;

    for (i = 0; i < braze_json_size(list); i++) {
        const braze_json_t *item = braze_json_item(list, i);

        if (item && item->type == BRAZE_JSON_STRING) {
            *slot = item->u.string;
            put_grant(render, grant);
        }
    }
}

static void put_team(render_t *render, const char *workspace, const braze_json_t *team)
{
    const braze_json_t *permissions = braze_json_get(team, "teamPermissions");
    grant_t grant = {"team", workspace, braze_json_get_string(team, "teamId"), NULL, NULL, NULL};

    if (grant.team && !braze_json_size(permissions)) {
        put_grant(render, &grant);
    } else if (grant.team) {
        put_each(render, &grant, &grant.permission, permissions);
    }
}

static void put_workspace(render_t *render, const braze_json_t *element)
{
    const braze_json_t *teams = braze_json_get(element, "team");
    const char *id = braze_json_get_string(element, "appGroupId");
    grant_t in = {"workspace", id, NULL, NULL, NULL, NULL};
    grant_t set = {"permissionSet", id, NULL, NULL, NULL, NULL};
    int i, before = render->count;

    if (!id) {
        return;
    }
    put_each(render, &in, &in.permission, braze_json_get(element, "appGroupPermissions"));
    put_each(render, &set, &set.set, braze_json_get(element, "appGroupPermissionSets"));
    for (i = 0; i < braze_json_size(teams); i++) {
        put_team(render, id, braze_json_item(teams, i));
    }
    if (render->count == before) { /* in the workspace, and nothing more */
        put_grant(render, &in);
    }
}

void braze_permission_workspace_put(braze_buf_t *buf, const char *workspace_id,
                                    const braze_catalog_t *catalog)
{
    const render_t render = {buf, catalog, 0, 0};
    const grant_t grant = {"workspace", workspace_id, NULL, NULL, NULL, NULL};

    put_value(&render, &grant);
}

int braze_permission_values_put(braze_buf_t *buf, const char *canonical,
                                const braze_catalog_t *catalog, int whole)
{
    render_t render = {buf, catalog, whole, 0};
    grant_t company = {"company", NULL, NULL, NULL, NULL, NULL};
    grant_t role = {"role", NULL, NULL, NULL, NULL, NULL};
    const braze_json_t *workspaces;
    braze_json_t *root;
    int i;

    /* What cannot be read grants nothing (braze_grants_compute says so loudly at sign-in), and
     * shows nothing. */
    if (!canonical || braze_json_parse(&root, canonical, strlen(canonical), buf->pool)) {
        return 0;
    }
    put_each(&render, &company, &company.permission, braze_json_get(root, "companyPermissions"));
    put_each(&render, &role, &role.role, braze_json_get(root, "roles"));
    workspaces = braze_json_get(root, "appGroup");
    for (i = 0; i < braze_json_size(workspaces); i++) {
        put_workspace(&render, braze_json_item(workspaces, i));
    }
    if (render.count) {
        PUT(&render, "]");
    }
    return render.count;
}
