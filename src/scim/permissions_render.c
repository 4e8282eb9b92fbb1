/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canonical permissions as Braze shows them. Its appendix calls companyPermissions and appGroup
 * required, so these stand even when empty; a workspace's appGroupPermissions give way to
 * permission sets, as in its examples.
 */
#include <string.h>

#include "scim_int.h"

typedef struct {
    braze_buf_t *buf;
    const braze_catalog_t *catalog;
} render_t;

/* Names are this file's own literals: no escaping. */
#define PUT(render, text) braze_buf_add((render)->buf, text, sizeof(text) - 1)

static void put_pair(const render_t *render, const char *name, const char *value)
{
    PUT(render, "\"");
    braze_buf_puts(render->buf, name);
    PUT(render, "\":");
    braze_buf_put_json_string(render->buf, value);
}

/* A name that is not in the catalogue (an older snapshot) is left out. */
static void put_name(const render_t *render, const char *name, braze_item_kind_t kind,
                     const char *id, int first)
{
    const braze_item_t *item = braze_catalog_by_id(render->catalog, kind, id);

    if (item) {
        if (!first) {
            PUT(render, ",");
        }
        put_pair(render, name, item->name);
        if (first) {
            PUT(render, ",");
        }
    }
}

static void put_strings(const render_t *render, const char *name, const braze_json_t *array)
{
    int i;

    PUT(render, "\"");
    braze_buf_puts(render->buf, name);
    PUT(render, "\":[");
    for (i = 0; i < braze_json_size(array); i++) {
        if (i) {
            PUT(render, ",");
        }
        braze_buf_put_json(render->buf, braze_json_item(array, i));
    }
    PUT(render, "]");
}

static const char *text_at(const braze_json_t *array, int index)
{
    const braze_json_t *item = braze_json_item(array, index);

    return item && item->type == BRAZE_JSON_STRING ? item->u.string : "";
}

/* Roles and permission sets: the name stands first in Braze's answers. */
static void put_items(const render_t *render, const char *list, const char *name, const char *id,
                      braze_item_kind_t kind, const braze_json_t *array)
{
    int i;

    PUT(render, ",\"");
    braze_buf_puts(render->buf, list);
    PUT(render, "\":[");
    for (i = 0; i < braze_json_size(array); i++) {
        if (i) {
            PUT(render, ",");
        }
        PUT(render, "{");
        put_name(render, name, kind, text_at(array, i), 1);
        put_pair(render, id, text_at(array, i));
        PUT(render, "}");
    }
    PUT(render, "]");
}

static void put_team(const render_t *render, const braze_json_t *team)
{
    const char *id = braze_json_get_string(team, "teamId");

    PUT(render, "{");
    put_pair(render, "teamId", id);
    put_name(render, "teamName", BRAZE_ITEM_TEAM, id, 0);
    PUT(render, ",");
    put_strings(render, "teamPermissions", braze_json_get(team, "teamPermissions"));
    PUT(render, "}");
}

static void put_workspace(const render_t *render, const braze_json_t *workspace)
{
    const char *id = braze_json_get_string(workspace, "appGroupId");
    const braze_json_t *permissions = braze_json_get(workspace, "appGroupPermissions");
    const braze_json_t *sets = braze_json_get(workspace, "appGroupPermissionSets");
    const braze_json_t *teams = braze_json_get(workspace, "team");
    int i;

    PUT(render, "{");
    put_pair(render, "appGroupId", id);
    put_name(render, "appGroupName", BRAZE_ITEM_WORKSPACE, id, 0);
    if (braze_json_size(permissions) || !braze_json_size(sets)) {
        PUT(render, ",");
        put_strings(render, "appGroupPermissions", permissions);
    }
    if (braze_json_size(sets)) {
        put_items(render, "appGroupPermissionSets", "appGroupPermissionSetName",
                  "appGroupPermissionSetId", BRAZE_ITEM_PERMISSION_SET, sets);
    }
    if (braze_json_size(teams)) {
        PUT(render, ",\"team\":[");
        for (i = 0; i < braze_json_size(teams); i++) {
            if (i) {
                PUT(render, ",");
            }
            put_team(render, braze_json_item(teams, i));
        }
        PUT(render, "]");
    }
    PUT(render, "}");
}

void braze_permissions_put(braze_buf_t *buf, const char *canonical, const braze_catalog_t *catalog,
                           apr_pool_t *pool)
{
    render_t render = {buf, catalog};
    const braze_json_t *roles, *workspaces;
    braze_json_t *root = NULL;
    int i;

    /* What cannot be read grants nothing (braze_grants_compute says so loudly at sign-in), and
     * shows nothing. */
    if (!canonical || braze_json_parse(&root, canonical, strlen(canonical), pool)) {
        root = NULL;
    }
    PUT(&render, "{");
    put_strings(&render, "companyPermissions", braze_json_get(root, "companyPermissions"));
    roles = braze_json_get(root, "roles");
    if (braze_json_size(roles)) {
        put_items(&render, "roles", "roleName", "roleId", BRAZE_ITEM_ROLE, roles);
    }
    workspaces = braze_json_get(root, "appGroup");
    PUT(&render, ",\"appGroup\":[");
    for (i = 0; i < braze_json_size(workspaces); i++) {
        if (i) {
            PUT(&render, ",");
        }
        put_workspace(&render, braze_json_item(workspaces, i));
    }
    PUT(&render, "]}");
}
