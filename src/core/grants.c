/* SPDX-License-Identifier: Apache-2.0 */
/* What canonical permissions mean beside a catalogue, and the permissions that a new user begins
 * with. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "braze_key.h"
#include "braze_model.h"
#include "braze_shown.h"
#include "core_int.h"

#define COMPANY_ADMIN "admin"

const braze_item_t *braze_catalog_by_id(const braze_catalog_t *catalog, braze_item_kind_t kind,
                                        const char *id)
{
    int i;

    for (i = 0; catalog && id && i < catalog->items->nelts; i++) {
        const braze_item_t *item = &APR_ARRAY_IDX(catalog->items, i, braze_item_t);

        if (item->kind == kind && strcmp(item->id, id) == 0) {
            return item;
        }
    }
    return NULL;
}

/* Of this kind and, for a team, in this workspace. */
static int is_sought(const braze_item_t *item, braze_item_kind_t kind, const char *workspace_id)
{
    if (item->kind != kind) {
        return 0;
    }
    return kind != BRAZE_ITEM_TEAM ||
           (workspace_id && item->workspace_id && strcmp(item->workspace_id, workspace_id) == 0);
}

static const braze_item_t *by_exact_name(const braze_catalog_t *catalog, braze_item_kind_t kind,
                                         const char *workspace_id, const char *name)
{
    int i;

    for (i = 0; i < catalog->items->nelts; i++) {
        const braze_item_t *item = &APR_ARRAY_IDX(catalog->items, i, braze_item_t);

        if (is_sought(item, kind, workspace_id) && strcmp(item->name, name) == 0) {
            return item;
        }
    }
    return NULL;
}

/* A name that has no key names nothing. */
static const char *key_of(const char *name, apr_pool_t *pool)
{
    const char *key;

    return braze_key_fold(&key, name, strlen(name), pool) ? NULL : key;
}

static const braze_item_t *by_key(const braze_catalog_t *catalog, braze_item_kind_t kind,
                                  const char *workspace_id, const char *name, apr_pool_t *pool)
{
    const char *key, *sought = key_of(name, pool);
    int i;

    for (i = 0; sought && i < catalog->items->nelts; i++) {
        const braze_item_t *item = &APR_ARRAY_IDX(catalog->items, i, braze_item_t);

        if (is_sought(item, kind, workspace_id) && (key = key_of(item->name, pool)) != NULL &&
            strcmp(key, sought) == 0) {
            return item;
        }
    }
    return NULL;
}

/*
 * Keys are unique, so the exact spelling, which is what nearly everybody sends, decides alone. The
 * catalogue is shared between threads: its pool must not be allocated from.
 */
const braze_item_t *braze_catalog_by_name(const braze_catalog_t *catalog, braze_item_kind_t kind,
                                          const char *workspace_id, const char *name)
{
    const braze_item_t *item;
    apr_pool_t *scratch;

    if (!catalog || !name) {
        return NULL;
    }
    item = by_exact_name(catalog, kind, workspace_id, name);
    if (!item && apr_pool_create(&scratch, NULL) == APR_SUCCESS) {
        item = by_key(catalog, kind, workspace_id, name, scratch);
        apr_pool_destroy(scratch);
    }
    return item;
}

/* ---- computing ---- */

/* An array of texts in which each stands once, in the order of the first. */
typedef struct {
    apr_array_header_t *list;
    apr_hash_t *seen;
} distinct_t;

typedef struct {
    const braze_catalog_t *catalog;
    distinct_t company, workspaces, teams, permissions;
    const char *bad; /* the first member that has not its canonical type */
    apr_pool_t *pool;
} compute_t;

static distinct_t distinct_new(apr_pool_t *pool)
{
    distinct_t set = {apr_array_make(pool, 8, sizeof(const char *)), apr_hash_make(pool)};

    return set;
}

static void distinct_add(distinct_t *set, const char *text)
{
    if (!apr_hash_get(set->seen, text, APR_HASH_KEY_STRING)) {
        apr_hash_set(set->seen, text, APR_HASH_KEY_STRING, text);
        APR_ARRAY_PUSH(set->list, const char *) = text;
    }
}

/* The array member of an object, NULL when absent (or of another type, which is then noted). */
static const braze_json_t *get_array(compute_t *compute, const braze_json_t *object,
                                     const char *name)
{
    const braze_json_t *array = braze_json_get(object, name);

    if (array && array->type != BRAZE_JSON_ARRAY) {
        compute->bad = compute->bad ? compute->bad : name;
        return NULL;
    }
    return array;
}

/* The text at index of an array, NULL (and noted under the array's name) when it is no text. */
static const char *get_text(compute_t *compute, const braze_json_t *array, int index,
                            const char *name)
{
    const braze_json_t *item = braze_json_item(array, index);

    if (item->type != BRAZE_JSON_STRING) {
        compute->bad = compute->bad ? compute->bad : name;
        return NULL;
    }
    return item->u.string;
}

static void add_texts(compute_t *compute, distinct_t *to, const braze_json_t *object,
                      const char *name)
{
    const braze_json_t *array = get_array(compute, object, name);
    int i, count = braze_json_size(array);

    for (i = 0; i < count; i++) {
        const char *text = get_text(compute, array, i, name);

        if (text) {
            distinct_add(to, text);
        }
    }
}

/*
 * The permissions of the items (roles, permission sets) whose ids stand in the array member. A role
 * does not make an administrator: who is one is a column of braze_user, by which the last of a
 * company is kept, and that knows no roles.
 */
static void add_items(compute_t *compute, distinct_t *to, const braze_json_t *object,
                      const char *name, braze_item_kind_t kind)
{
    const braze_json_t *array = get_array(compute, object, name);
    int i, j, count = braze_json_size(array);

    for (i = 0; i < count; i++) {
        const braze_item_t *item =
            braze_catalog_by_id(compute->catalog, kind, get_text(compute, array, i, name));

        for (j = 0; item && item->permissions && j < item->permissions->nelts; j++) {
            const char *permission = APR_ARRAY_IDX(item->permissions, j, const char *);

            if (kind != BRAZE_ITEM_ROLE || strcmp(permission, COMPANY_ADMIN) != 0) {
                distinct_add(to, permission);
            }
        }
    }
}

/* The item that an element of appGroup or team names by its id member. */
static const braze_item_t *get_item(compute_t *compute, const braze_json_t *object,
                                    const char *name, braze_item_kind_t kind)
{
    const char *id = braze_json_get_string(object, name);

    if (!id) {
        compute->bad = compute->bad ? compute->bad : name;
    }
    return braze_catalog_by_id(compute->catalog, kind, id);
}

static void add_team(compute_t *compute, const braze_json_t *object, const braze_item_t *workspace)
{
    const braze_item_t *team = get_item(compute, object, "teamId", BRAZE_ITEM_TEAM);

    if (team && team->workspace_id && strcmp(team->workspace_id, workspace->id) == 0) {
        distinct_add(&compute->teams, team->name);
        add_texts(compute, &compute->permissions, object, "teamPermissions");
    }
}

static void add_workspace(compute_t *compute, const braze_json_t *object)
{
    const braze_item_t *workspace = get_item(compute, object, "appGroupId", BRAZE_ITEM_WORKSPACE);
    const braze_json_t *teams;
    int i, count;

    if (!workspace) {
        return; /* nor anything in it */
    }
    distinct_add(&compute->workspaces, workspace->name);
    add_texts(compute, &compute->permissions, object, "appGroupPermissions");
    add_items(compute, &compute->permissions, object, "appGroupPermissionSets",
              BRAZE_ITEM_PERMISSION_SET);
    teams = get_array(compute, object, "team");
    count = braze_json_size(teams);
    for (i = 0; i < count; i++) {
        add_team(compute, braze_json_item(teams, i), workspace);
    }
}

static void add_all(compute_t *compute, const braze_json_t *root)
{
    const braze_json_t *workspaces = get_array(compute, root, "appGroup");
    int i, count = braze_json_size(workspaces);

    add_texts(compute, &compute->company, root, "companyPermissions");
    add_items(compute, &compute->company, root, "roles", BRAZE_ITEM_ROLE);
    for (i = 0; i < count; i++) {
        add_workspace(compute, braze_json_item(workspaces, i));
    }
}

braze_err_t *braze_grants_unreadable(const char *why, const braze_err_t *cause, apr_pool_t *pool)
{
    braze_err_t *err =
        braze_err_new(500, NULL, "BRAZE-0041", "This account's permissions cannot be read.", pool);

    err->cause = cause;
    return braze_err_log(
        err, pool,
        "the permissions of a row of braze_user are not canonical (%s): write them "
        "through SCIM or braze-admin, not by hand",
        why);
}

braze_err_t *braze_grants_compute(braze_grants_t **grants, const char *permissions,
                                  const braze_catalog_t *catalog, apr_pool_t *pool)
{
    compute_t compute = {catalog,
                         distinct_new(pool),
                         distinct_new(pool),
                         distinct_new(pool),
                         distinct_new(pool),
                         NULL,
                         pool};
    braze_json_t *root = NULL;
    braze_err_t *err;

    *grants = NULL;
    err = permissions ? braze_json_parse(&root, permissions, strlen(permissions), pool) : NULL;
    if (err || !root || root->type != BRAZE_JSON_OBJECT) {
        return braze_grants_unreadable("no JSON object", err, pool);
    }
    add_all(&compute, root);
    if (compute.bad) {
        return braze_grants_unreadable(compute.bad, NULL, pool);
    }
    *grants = apr_pcalloc(pool, sizeof(**grants));
    (*grants)->admin =
        apr_hash_get(compute.company.seen, COMPANY_ADMIN, APR_HASH_KEY_STRING) != NULL;
    (*grants)->company_permissions = compute.company.list;
    (*grants)->workspaces = compute.workspaces.list;
    (*grants)->teams = compute.teams.list;
    (*grants)->permissions = compute.permissions.list;
    (*grants)->company_permissions_shown = braze_shown_list(compute.company.list, pool);
    (*grants)->workspaces_shown = braze_shown_list(compute.workspaces.list, pool);
    (*grants)->permissions_shown = braze_shown_list(compute.permissions.list, pool);
    return NULL;
}

const char *braze_grants_default(const char *workspace_id, const char *permission_set_id,
                                 apr_pool_t *pool)
{
    braze_json_t *root = braze_json_object(pool), *list = braze_json_array(pool);
    braze_json_t *workspace = braze_json_object(pool), *sets = braze_json_array(pool);

    if (!workspace_id) {
        return "{}"; /* a permission set is had in a workspace only */
    }
    braze_json_set_string(workspace, "appGroupId", workspace_id);
    if (permission_set_id) {
        braze_json_append(sets, braze_json_string(permission_set_id, pool));
        braze_json_set(workspace, "appGroupPermissionSets", sets);
    }
    braze_json_append(list, workspace);
    braze_json_set(root, "appGroup", list);
    return braze_json_text(root, pool);
}
