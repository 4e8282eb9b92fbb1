/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permissions as the rfc dialect has them: a flat list, since RFC 7643 section 2.3.8 lets no
 * complex value stand in another. One grant is one text:
 *
 *   company/PERMISSION
 *   role/ROLE
 *   workspace/WORKSPACE             is in the workspace, and nothing more
 *   workspace/WORKSPACE/PERMISSION
 *   permissionSet/WORKSPACE/SET     a permission set in a workspace
 *   team/WORKSPACE/TEAM             is in the team, and nothing more
 *   team/WORKSPACE/TEAM/PERMISSION
 *
 * An item is named by its name or its id; "/" and "%" of a name are "%2F" and "%25". Whatever does
 * not name something that is there is refused: a slip would silently grant less, or nothing.
 */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "permissions_int.h"

#define PARTS_MAX 4

typedef struct {
    const braze_catalog_t *catalog;
    braze_json_t *to;      /* as Braze writes them, by id alone */
    const char *where;     /* the value that is being read */
    char *part[PARTS_MAX]; /* decoded */
    int parts;
    apr_pool_t *pool;
} reading_t;

static braze_err_t *refuse(const reading_t *reading, const char *what)
{
    braze_err_t *err = braze_err_newf(reading->pool, 400, "invalidValue", "BRAZE-S0721", "%s %s.",
                                      reading->where, what);

    err->where = reading->where;
    return err;
}

/* ---- a text to its parts ---- */

static int hex(char digit)
{
    const char *const digits = "0123456789abcdef", *at;

    at = digit ? strchr(digits, apr_tolower(digit)) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* In place; 0 when a "%" is not followed by two digits, or stands for the end of the text. */
static int decode(char *text)
{
    char *to = text;

    for (; *text; text++) {
        int high, low;

        if (*text != '%') {
            *to++ = *text;
            continue;
        }
        high = hex(text[1]);
        low = high < 0 ? -1 : hex(text[2]);
        if (low < 0 || high + low == 0) {
            return 0;
        }
        *to++ = (char)(high * 16 + low);
        text += 2;
    }
    *to = '\0';
    return 1;
}

/* 0: it has too many, an empty one, or one that cannot be decoded. */
static int split(reading_t *reading, const char *value)
{
    char *text = apr_pstrdup(reading->pool, value), *end;

    for (reading->parts = 0; text; text = end) {
        end = strchr(text, '/');
        if (end) {
            *end++ = '\0';
        }
        if (reading->parts == PARTS_MAX || !*text || !decode(text)) {
            return 0;
        }
        reading->part[reading->parts++] = text;
    }
    return 1;
}

/* ---- parts to a grant ---- */

/* By its id, or else by its name. workspace: a team's; NULL = of the company. */
static braze_err_t *find(const braze_item_t **item, const reading_t *reading,
                         braze_item_kind_t kind, const char *workspace, const char *text)
{
    static const char *const names[] = {"workspace", "team", "permission set", "role"};

    *item = braze_id_is(text) ? braze_catalog_by_id(reading->catalog, kind, text) : NULL;
    if (*item && workspace && strcmp((*item)->workspace_id, workspace) != 0) {
        *item = NULL; /* another workspace's */
    }
    if (!*item) {
        *item = braze_catalog_by_name(reading->catalog, kind, workspace, text);
    }
    return *item ? NULL
                 : refuse(reading,
                          apr_psprintf(reading->pool, "names a %s that does not exist: \"%.200s\"",
                                       names[kind], text));
}

static braze_err_t *add_permission(const reading_t *reading, braze_json_t *to, const char *list,
                                   const char *scope, const char *permission)
{
    if (!braze_permission_is(reading->catalog, scope, permission, reading->pool)) {
        return refuse(reading, apr_psprintf(reading->pool, "names no %s permission: \"%.100s\"",
                                            scope, permission));
    }
    braze_permissions_add(to, list, permission, reading->pool);
    return NULL;
}

static braze_err_t *take_company(const reading_t *reading)
{
    return add_permission(reading, reading->to, "companyPermissions", "company", reading->part[1]);
}

static const char role_id[] = "roleId", set_id[] = "appGroupPermissionSetId";

static braze_err_t *take_role(const reading_t *reading)
{
    const braze_item_t *role;
    braze_err_t *err = find(&role, reading, BRAZE_ITEM_ROLE, NULL, reading->part[1]);

    if (!err) {
        braze_permissions_element(reading->to, "roles", role_id, role->id, reading->pool);
    }
    return err;
}

/* The canonical element of the workspace that the second part names. */
static braze_err_t *workspace_of(braze_json_t **element, const braze_item_t **workspace,
                                 const reading_t *reading)
{
    braze_err_t *err = find(workspace, reading, BRAZE_ITEM_WORKSPACE, NULL, reading->part[1]);

    if (!err) {
        *element = braze_permissions_element(reading->to, "appGroup", "appGroupId",
                                             (*workspace)->id, reading->pool);
    }
    return err;
}

static braze_err_t *take_workspace(const reading_t *reading)
{
    const braze_item_t *workspace;
    braze_json_t *element;
    braze_err_t *err = workspace_of(&element, &workspace, reading);

    return err || reading->parts == 2 ? err
                                      : add_permission(reading, element, "appGroupPermissions",
                                                       "workspace", reading->part[2]);
}

static braze_err_t *take_set(const reading_t *reading)
{
    const braze_item_t *workspace, *set;
    braze_json_t *element;
    braze_err_t *err = workspace_of(&element, &workspace, reading);

    if (!err) {
        err = find(&set, reading, BRAZE_ITEM_PERMISSION_SET, NULL, reading->part[2]);
    }
    if (!err) {
        braze_permissions_element(element, "appGroupPermissionSets", set_id, set->id,
                                  reading->pool);
    }
    return err;
}

static braze_err_t *take_team(const reading_t *reading)
{
    const braze_item_t *workspace, *team;
    braze_json_t *element;
    braze_err_t *err = workspace_of(&element, &workspace, reading);

    if (!err) {
        err = find(&team, reading, BRAZE_ITEM_TEAM, workspace->id, reading->part[2]);
    }
    if (err) {
        return err;
    }
    element = braze_permissions_element(element, "team", "teamId", team->id, reading->pool);
    return reading->parts == 3
               ? NULL
               : add_permission(reading, element, "teamPermissions", "team", reading->part[3]);
}

static const struct {
    const char *type;
    int min, max; /* parts, the type included */
    braze_err_t *(*take)(const reading_t *reading);
    const char *form;
} forms[] = {
    {"company", 2, 2, take_company, "\"company/PERMISSION\""},
    {"role", 2, 2, take_role, "\"role/ROLE\""},
    {"workspace", 2, 3, take_workspace,
     "\"workspace/WORKSPACE\" or \"workspace/WORKSPACE/PERMISSION\""},
    {"permissionSet", 3, 3, take_set, "\"permissionSet/WORKSPACE/SET\""},
    {"team", 3, 4, take_team, "\"team/WORKSPACE/TEAM\" or \"team/WORKSPACE/TEAM/PERMISSION\""}};

static braze_err_t *take(reading_t *reading, const char *value)
{
    apr_size_t i;

    if (!split(reading, value)) {
        return refuse(reading, "must be parts with \"/\" between them, in which \"/\" and \"%\" "
                               "are \"%2F\" and \"%25\"");
    }
    for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(forms[i].type, reading->part[0]) != 0) {
            continue;
        }
        if (reading->parts < forms[i].min || reading->parts > forms[i].max) {
            return refuse(reading, apr_pstrcat(reading->pool, "must be ", forms[i].form, NULL));
        }
        return forms[i].take(reading);
    }
    return refuse(reading, "must begin with \"company/\", \"role/\", \"workspace/\", "
                           "\"permissionSet/\" or \"team/\"");
}

/* ---- the list ---- */

#define NESTED                                                                                     \
    "must be an array of objects with a \"value\" like \"workspace/NAME\"; Braze's nested form "   \
    "is "                                                                                          \
    "taken by the braze dialect alone"

/* A member of what Braze nests? */
static int is_nested(const char *name)
{
    return strcmp(name, "companyPermissions") == 0 || strcmp(name, "appGroup") == 0 ||
           strcmp(name, "roles") == 0;
}

static braze_err_t *check_members(reading_t *reading, const braze_json_t *item)
{
    const braze_attr_t *subs = braze_schema_dashboard_permissions()->subs;
    int i;

    for (i = 0; i < braze_json_size(item); i++) {
        const char *name = braze_json_member(item, i)->name;

        if (is_nested(name)) {
            reading->where = "permissions";
            return refuse(reading, NESTED);
        }
        if (!braze_attr_find(subs, name, strlen(name))) {
            return refuse(
                reading,
                apr_psprintf(reading->pool, "has a member that is not known: \"%.100s\"", name));
        }
    }
    return NULL;
}

static braze_err_t *read_one(reading_t *reading, const braze_json_t *item)
{
    const braze_json_t *value = braze_json_get(item, "value");
    braze_err_t *err;

    if (!item || item->type != BRAZE_JSON_OBJECT) {
        return refuse(reading, "must be an object with a \"value\"");
    }
    err = check_members(reading, item);
    if (err) {
        return err;
    }
    reading->where = apr_pstrcat(reading->pool, reading->where, ".value", NULL);
    if (braze_value_is_absent(value) || value->type != BRAZE_JSON_STRING) {
        return refuse(reading, braze_value_is_absent(value) ? "is required" : "must be a string");
    }
    if (strlen(value->u.string) > TEXT_MAX) {
        return refuse(reading,
                      apr_psprintf(reading->pool, "must not be longer than %d bytes", TEXT_MAX));
    }
    return take(reading, value->u.string);
}

braze_err_t *braze_permission_values_read(braze_json_t **canonical, const braze_json_t *values,
                                          const braze_catalog_t *catalog, apr_pool_t *pool)
{
    reading_t reading = {
        .catalog = catalog, .to = braze_json_object(pool), .where = "permissions", .pool = pool};
    braze_err_t *err = NULL;
    int i;

    *canonical = NULL;
    if (values->type != BRAZE_JSON_ARRAY) {
        return refuse(&reading, NESTED);
    }
    if (braze_json_size(values) > VALUES_MAX) {
        return refuse(&reading,
                      apr_psprintf(pool, "must not have more than %d values", VALUES_MAX));
    }
    for (i = 0; !err && i < braze_json_size(values); i++) {
        reading.where = apr_psprintf(pool, "permissions[%d]", i);
        err = read_one(&reading, braze_json_item(values, i));
    }
    /* The one reader of that form puts them in the order that canonical permissions have. */
    return err ? err : braze_permissions_read(canonical, reading.to, catalog, pool);
}
