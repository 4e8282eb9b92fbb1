/* SPDX-License-Identifier: Apache-2.0 */
/* A user's permissions: giving and taking by name on the canonical JSON, and showing it. */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "admin.h"

#define PERMISSION_MAX 128 /* bytes */

/* One change of canonical permissions: root is the JSON, the rest what the options name. */
typedef struct {
    admin_t *admin;
    const braze_catalog_t *catalog;
    braze_json_t *root;
    int remove;
    apr_pool_t *pool;
} permit_t;

braze_err_t *admin_permission_check(const char *text, apr_pool_t *pool)
{
    const char *p = text;

    while (apr_isalnum(*p) || (p > text && *p && strchr("_.:-", *p))) {
        p++;
    }
    if (*p || p == text || p - text > PERMISSION_MAX) {
        return admin_fail(pool, ADMIN_USAGE,
                          "\"%s\" is no permission: they look like view_campaigns", text);
    }
    return NULL;
}

/* ---- arrays of texts ---- */

static int index_of(const braze_json_t *array, const char *text)
{
    int i;

    for (i = 0; i < braze_json_size(array); i++) {
        const braze_json_t *item = braze_json_item(array, i);

        if (item->type == BRAZE_JSON_STRING && strcmp(item->u.string, text) == 0) {
            return i;
        }
    }
    return -1;
}

static void drop_index(braze_json_t *array, int index)
{
    apr_array_header_t *items = array->u.items;

    for (; index + 1 < items->nelts; index++) {
        APR_ARRAY_IDX(items, index, braze_json_t *) =
            APR_ARRAY_IDX(items, index + 1, braze_json_t *);
    }
    apr_array_pop(items);
}

/* Adds text to (or takes it from) the array member, which is not there when it is empty. */
static void put_text(permit_t *permit, braze_json_t *object, const char *member, const char *text)
{
    braze_json_t *array = braze_json_get(object, member);
    int at = index_of(array, text);

    if (permit->remove && at >= 0) {
        drop_index(array, at);
        if (!braze_json_size(array)) {
            braze_json_remove(object, member);
        }
    } else if (!permit->remove && at < 0) {
        if (!array) {
            array = braze_json_array(permit->pool);
            braze_json_set(object, member, array);
        }
        braze_json_append(array, braze_json_string(text, permit->pool));
    }
}

static braze_err_t *put_permissions(permit_t *permit, braze_json_t *object, const char *member,
                                    admin_option_t option)
{
    const apr_array_header_t *given = admin_arg_all(permit->admin, option);
    braze_err_t *err = NULL;
    int i;

    for (i = 0; !err && i < given->nelts; i++) {
        const char *text = APR_ARRAY_IDX(given, i, const char *);

        err = admin_permission_check(text, permit->pool);
        if (!err) {
            put_text(permit, object, member, text);
        }
    }
    return err;
}

static braze_err_t *put_items(permit_t *permit, braze_json_t *object, const char *member,
                              braze_item_kind_t kind, admin_option_t option)
{
    const apr_array_header_t *given = admin_arg_all(permit->admin, option);
    braze_err_t *err = NULL;
    int i;

    for (i = 0; !err && i < given->nelts; i++) {
        const braze_item_t *item = NULL;

        err = admin_item_pick(&item, permit->admin, permit->catalog, kind, NULL,
                              APR_ARRAY_IDX(given, i, const char *));
        if (!err) {
            put_text(permit, object, member, item->id);
        }
    }
    return err;
}

/* ---- arrays of objects with an id ---- */

static int index_of_id(const braze_json_t *array, const char *member, const char *id)
{
    int i;

    for (i = 0; i < braze_json_size(array); i++) {
        const char *one = braze_json_get_string(braze_json_item(array, i), member);

        if (one && strcmp(one, id) == 0) {
            return i;
        }
    }
    return -1;
}

/* The element with this id; a new one when there is none, unless something is being taken away. */
static braze_json_t *element(permit_t *permit, braze_json_t *object, const char *list,
                             const char *member, const char *id)
{
    braze_json_t *array = braze_json_get(object, list), *fresh;
    int at = index_of_id(array, member, id);

    if (at >= 0) {
        return braze_json_item(array, at);
    }
    fresh = braze_json_object(permit->pool);
    braze_json_set_string(fresh, member, id);
    if (!permit->remove) {
        if (!array) {
            array = braze_json_array(permit->pool);
            braze_json_set(object, list, array);
        }
        braze_json_append(array, fresh);
    }
    return fresh;
}

static void drop_element(braze_json_t *object, const char *list, const char *member, const char *id)
{
    braze_json_t *array = braze_json_get(object, list);
    int at = index_of_id(array, member, id);

    if (at >= 0) {
        drop_index(array, at);
    }
    if (array && !braze_json_size(array)) {
        braze_json_remove(object, list);
    }
}

/* ---- giving and taking ---- */

static braze_err_t *put_team(permit_t *permit, braze_json_t *workspace, const char *workspace_id)
{
    const braze_item_t *team = NULL;
    braze_err_t *err = admin_item_pick(&team, permit->admin, permit->catalog, BRAZE_ITEM_TEAM,
                                       workspace_id, admin_arg(permit->admin, OPT_TEAM));

    if (!err && admin_arg_has(permit->admin, OPT_PERMISSION_SET)) {
        err = admin_fail(permit->pool, ADMIN_USAGE,
                         "--permission-set goes with a workspace, not with a team: leave one out");
    }
    if (err) {
        return err;
    }
    if (permit->remove && !admin_arg_has(permit->admin, OPT_PERMISSION)) {
        drop_element(workspace, "team", "teamId", team->id);
        return NULL;
    }
    return put_permissions(permit, element(permit, workspace, "team", "teamId", team->id),
                           "teamPermissions", OPT_PERMISSION);
}

static braze_err_t *put_workspace(permit_t *permit)
{
    const admin_t *admin = permit->admin;
    const braze_item_t *workspace = NULL;
    braze_json_t *object;
    braze_err_t *err = admin_item_pick(&workspace, admin, permit->catalog, BRAZE_ITEM_WORKSPACE,
                                       NULL, admin_arg(admin, OPT_WORKSPACE));

    if (err) {
        return err;
    }
    if (permit->remove && !admin_arg_has(admin, OPT_TEAM) &&
        !admin_arg_has(admin, OPT_PERMISSION) && !admin_arg_has(admin, OPT_PERMISSION_SET)) {
        drop_element(permit->root, "appGroup", "appGroupId", workspace->id);
        return NULL;
    }
    object = element(permit, permit->root, "appGroup", "appGroupId", workspace->id);
    if (admin_arg_has(admin, OPT_TEAM)) {
        return put_team(permit, object, workspace->id);
    }
    err = put_permissions(permit, object, "appGroupPermissions", OPT_PERMISSION);
    return err ? err
               : put_items(permit, object, "appGroupPermissionSets", BRAZE_ITEM_PERMISSION_SET,
                           OPT_PERMISSION_SET);
}

static int names_workspace(const admin_t *admin)
{
    return admin_arg_has(admin, OPT_WORKSPACE) || admin_arg_has(admin, OPT_TEAM) ||
           admin_arg_has(admin, OPT_PERMISSION_SET) || admin_arg_has(admin, OPT_PERMISSION);
}

static braze_err_t *put_all(permit_t *permit)
{
    braze_err_t *err =
        put_permissions(permit, permit->root, "companyPermissions", OPT_COMPANY_PERMISSION);

    if (!err) {
        err = put_items(permit, permit->root, "roles", BRAZE_ITEM_ROLE, OPT_ROLE);
    }
    return err || !names_workspace(permit->admin) ? err : put_workspace(permit);
}

braze_err_t *admin_permit_apply(admin_t *admin, braze_user_t *user, int remove)
{
    permit_t permit = {admin, NULL, NULL, remove, admin->pool};
    braze_catalog_t *catalog = admin->catalog;
    const char *text = user->permissions ? user->permissions : "{}";
    braze_err_t *err =
        catalog ? NULL
                : braze_store_catalog_load(&catalog, admin->db, admin->company->id, admin->pool);

    permit.catalog = catalog;
    if (!err) {
        err = braze_json_parse(&permit.root, text, strlen(text), admin->pool);
    }
    if (!err) {
        err = put_all(&permit);
    }
    if (err) {
        return err;
    }
    user->permissions = braze_json_text(permit.root, admin->pool);
    return braze_user_derive(user, admin->pool);
}
