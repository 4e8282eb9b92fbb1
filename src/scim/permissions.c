/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Braze's permissions object to canonical JSON. Unlike unknown attributes, unknown members are
 * refused here: a slip in a name would silently grant less, or nothing. Where both stand, the id
 * decides; a name may have changed since it was read.
 */
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "permissions_int.h"

#define PERMISSION_MAX 64 /* bytes of one permission string */
#define LIST_MAX 1000     /* elements of one array */

typedef struct {
    const braze_catalog_t *catalog;
    const braze_item_t *workspace; /* while its teams are read */
    apr_pool_t *pool;
} reading_t;

static braze_err_t *refuse(const reading_t *reading, const char *where, const char *fmt,
                           const char *text)
{
    braze_err_t *err = braze_err_newf(reading->pool, 400, "invalidValue", "BRAZE-S0720", "%s %s.",
                                      where, text ? apr_psprintf(reading->pool, fmt, text) : fmt);

    err->where = where;
    return err;
}

/* A member that must be an array when it is there; NULL in *array when it is not. */
static braze_err_t *get_array(const braze_json_t **array, const reading_t *reading,
                              const char *prefix, const braze_json_t *object, const char *name)
{
    *array = braze_json_get(object, name);
    if (*array && (*array)->type == BRAZE_JSON_NULL) {
        *array = NULL;
    }
    if (*array && (*array)->type != BRAZE_JSON_ARRAY) {
        return refuse(reading, apr_pstrcat(reading->pool, prefix, name, NULL), "must be an array",
                      NULL);
    }
    if (braze_json_size(*array) > LIST_MAX) {
        return refuse(reading, apr_pstrcat(reading->pool, prefix, name, NULL), "is too long", NULL);
    }
    return NULL;
}

static braze_err_t *check_members(const reading_t *reading, const char *where,
                                  const braze_json_t *object, const char *const *known)
{
    int i;

    if (!object || object->type != BRAZE_JSON_OBJECT) {
        return refuse(reading, where, "must be an object", NULL);
    }
    for (i = 0; i < braze_json_size(object); i++) {
        const char *const *name = known;
        const char *member = braze_json_member(object, i)->name;

        while (*name && apr_cstr_casecmp(*name, member) != 0) {
            name++;
        }
        if (!*name) {
            return refuse(reading, where, "has a member that is not known: \"%.100s\"", member);
        }
    }
    return NULL;
}

int braze_permission_is(const braze_catalog_t *catalog, const char *scope, const char *text,
                        apr_pool_t *pool)
{
    apr_size_t len = strlen(text);

    return len > 0 && len <= PERMISSION_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.") == len &&
           (!catalog->vocabulary ||
            apr_hash_get(catalog->vocabulary, apr_pstrcat(pool, scope, ":", text, NULL),
                         APR_HASH_KEY_STRING));
}

static int has_string(const braze_json_t *array, const char *string)
{
    int i;

    for (i = 0; i < braze_json_size(array); i++) {
        if (strcmp(braze_json_item(array, i)->u.string, string) == 0) {
            return 1;
        }
    }
    return 0;
}

void braze_permissions_add(braze_json_t *to, const char *list, const char *string, apr_pool_t *pool)
{
    braze_json_t *array = braze_json_get(to, list);

    if (!array) {
        array = braze_json_array(pool);
        braze_json_set(to, list, array);
    }
    if (!has_string(array, string)) {
        braze_json_append(array, braze_json_string(string, pool));
    }
}

/* Permissions of one scope stand in one list. */
static const char *scope_of(const char *list)
{
    return strcmp(list, "companyPermissions") == 0    ? "company"
           : strcmp(list, "appGroupPermissions") == 0 ? "workspace"
                                                      : "team";
}

static braze_err_t *read_strings(braze_json_t *to, const reading_t *reading, const char *prefix,
                                 const braze_json_t *from, const char *name)
{
    const braze_json_t *array;
    braze_err_t *err = get_array(&array, reading, prefix, from, name);
    int i;

    for (i = 0; !err && i < braze_json_size(array); i++) {
        const braze_json_t *item = braze_json_item(array, i);

        if (item->type != BRAZE_JSON_STRING ||
            !braze_permission_is(reading->catalog, scope_of(name), item->u.string, reading->pool)) {
            return refuse(
                reading, apr_psprintf(reading->pool, "%s%s[%d]", prefix, name, i),
                apr_psprintf(reading->pool, "is no %s permission: \"%%.100s\"", scope_of(name)),
                item->type == BRAZE_JSON_STRING ? item->u.string : "");
        }
        braze_permissions_add(to, name, item->u.string, reading->pool);
    }
    return err;
}

/* How a kind of item is named in Braze's objects. */
typedef struct {
    braze_item_kind_t kind;
    const char *id, *name, *what;
} naming_t;

static const naming_t role_naming = {BRAZE_ITEM_ROLE, "roleId", "roleName", "role"};
static const naming_t workspace_naming = {BRAZE_ITEM_WORKSPACE, "appGroupId", "appGroupName",
                                          "workspace"};
static const naming_t team_naming = {BRAZE_ITEM_TEAM, "teamId", "teamName", "team"};
static const naming_t set_naming = {BRAZE_ITEM_PERMISSION_SET, "appGroupPermissionSetId",
                                    "appGroupPermissionSetName", "permission set"};

/* The item that an object names. */
static braze_err_t *find_item(const braze_item_t **item, const reading_t *reading,
                              const char *where, const braze_json_t *object, const naming_t *naming)
{
    const char *workspace = reading->workspace ? reading->workspace->id : NULL;
    const char *id = braze_json_get_string(object, naming->id);
    const char *name = braze_json_get_string(object, naming->name);

    *item = NULL;
    if (!id && !name) {
        return refuse(reading, where,
                      apr_psprintf(reading->pool, "must have %s or %s", naming->id, naming->name),
                      NULL);
    }
    if (id) {
        *item = braze_catalog_by_id(reading->catalog, naming->kind, id);
    } else {
        *item = braze_catalog_by_name(reading->catalog, naming->kind, workspace, name);
    }
    if (*item && naming->kind == BRAZE_ITEM_TEAM && strcmp((*item)->workspace_id, workspace) != 0) {
        *item = NULL; /* another workspace's */
    }
    return *item ? NULL
                 : refuse(reading, where,
                          apr_psprintf(reading->pool, "names a %s that does not exist: \"%%.200s\"",
                                       naming->what),
                          id ? id : name);
}

/* An array of objects that each name an item, to an array of its ids. */
static braze_err_t *read_items(braze_json_t *to, const reading_t *reading, const char *prefix,
                               const braze_json_t *from, const char *name, const naming_t *naming)
{
    const braze_json_t *array;
    braze_err_t *err = get_array(&array, reading, prefix, from, name);
    int i;

    for (i = 0; !err && i < braze_json_size(array); i++) {
        const char *where = apr_psprintf(reading->pool, "%s%s[%d]", prefix, name, i);
        const braze_item_t *item;

        err = find_item(&item, reading, where, braze_json_item(array, i), naming);
        if (!err) {
            braze_permissions_add(to, name, item->id, reading->pool);
        }
    }
    return err;
}

braze_json_t *braze_permissions_element(braze_json_t *to, const char *list, const char *id_name,
                                        const char *id, apr_pool_t *pool)
{
    braze_json_t *array = braze_json_get(to, list), *element;
    int i;

    if (!array) {
        array = braze_json_array(pool);
        braze_json_set(to, list, array);
    }
    for (i = 0; i < braze_json_size(array); i++) {
        element = braze_json_item(array, i);
        if (strcmp(braze_json_get_string(element, id_name), id) == 0) {
            return element;
        }
    }
    element = braze_json_object(pool);
    braze_json_set_string(element, id_name, id);
    braze_json_append(array, element);
    return element;
}

static braze_err_t *read_team(braze_json_t *to, const reading_t *reading, const char *where,
                              const braze_json_t *from)
{
    static const char *const known[] = {"teamId", "teamName", "teamPermissions", NULL};
    const braze_item_t *item;
    braze_err_t *err = check_members(reading, where, from, known);

    if (!err) {
        err = find_item(&item, reading, where, from, &team_naming);
    }
    if (err) {
        return err;
    }
    return read_strings(braze_permissions_element(to, "team", "teamId", item->id, reading->pool),
                        reading, apr_pstrcat(reading->pool, where, ".", NULL), from,
                        "teamPermissions");
}

static braze_err_t *read_teams(braze_json_t *to, const reading_t *reading, const char *prefix,
                               const braze_json_t *from)
{
    const braze_json_t *teams;
    braze_err_t *err = get_array(&teams, reading, prefix, from, "team");
    int i;

    for (i = 0; !err && i < braze_json_size(teams); i++) {
        err = read_team(to, reading, apr_psprintf(reading->pool, "%steam[%d]", prefix, i),
                        braze_json_item(teams, i));
    }
    return err;
}

static braze_err_t *read_workspace(braze_json_t *to, reading_t *reading, const char *where,
                                   const braze_json_t *from)
{
    static const char *const known[] = {
        "appGroupId", "appGroupName", "appGroupPermissions", "appGroupPermissionSets", "team",
        NULL};
    const char *prefix = apr_pstrcat(reading->pool, where, ".", NULL);
    braze_err_t *err = check_members(reading, where, from, known);

    reading->workspace = NULL;
    if (!err) {
        err = find_item(&reading->workspace, reading, where, from, &workspace_naming);
    }
    if (err) {
        return err;
    }
    to = braze_permissions_element(to, "appGroup", "appGroupId", reading->workspace->id,
                                   reading->pool);
    err = read_strings(to, reading, prefix, from, "appGroupPermissions");
    if (!err) {
        err = read_items(to, reading, prefix, from, "appGroupPermissionSets", &set_naming);
    }
    return err ? err : read_teams(to, reading, prefix, from);
}

static braze_err_t *read_workspaces(braze_json_t *to, reading_t *reading, const char *prefix,
                                    const braze_json_t *from)
{
    const braze_json_t *workspaces;
    braze_err_t *err = get_array(&workspaces, reading, prefix, from, "appGroup");
    int i;

    for (i = 0; !err && i < braze_json_size(workspaces); i++) {
        err = read_workspace(to, reading, apr_psprintf(reading->pool, "%sappGroup[%d]", prefix, i),
                             braze_json_item(workspaces, i));
    }
    return err;
}

braze_err_t *braze_permissions_read(braze_json_t **canonical, const braze_json_t *permissions,
                                    const braze_catalog_t *catalog, apr_pool_t *pool)
{
    static const char *const known[] = {"companyPermissions", "roles", "appGroup", NULL};
    static const char prefix[] = "permissions.";
    reading_t reading = {catalog, NULL, pool};
    braze_json_t *to = braze_json_object(pool);
    braze_err_t *err = check_members(&reading, "permissions", permissions, known);

    if (!err) {
        err = read_strings(to, &reading, prefix, permissions, "companyPermissions");
    }
    if (!err) {
        err = read_items(to, &reading, prefix, permissions, "roles", &role_naming);
    }
    if (!err) {
        err = read_workspaces(to, &reading, prefix, permissions);
    }
    *canonical = err ? NULL : to;
    return err;
}
