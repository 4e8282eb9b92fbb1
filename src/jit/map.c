/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of groups: what the identity provider calls a person's groups becomes workspaces,
 * permission sets, teams, roles and groups of the company. What a row names and the company does
 * not have gives nothing.
 */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "braze_key.h"
#include "jit_int.h"

/* Where identity providers put groups when nobody says otherwise: asked for only where there is a
 * table, which says that groups count. */
static const char *const usual_names[] = {
    "groups",
    "Group",
    "memberOf",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
    "http://schemas.xmlsoap.org/claims/Group",
    "urn:oid:1.3.6.1.4.1.5923.1.5.1.1", /* isMemberOf */
};

/* What Entra ID sends in place of the groups of somebody who has very many. */
#define TOO_MANY_GROUPS "http://schemas.microsoft.com/claims/groups.link"

typedef struct {
    braze_jit_attempt_t *attempt;
    int fresh; /* the catalogue is: what it does not have is said */
    apr_array_header_t *atoms, *groups;
    apr_array_header_t *missing; /* of const char *: what the company does not have */
    apr_hash_t *seen;            /* of all three */
} read_t;

static const apr_array_header_t *group_names(const braze_jit_attempt_t *attempt)
{
    const braze_attribute_map_t *given = attempt->policy->attributes;
    apr_array_header_t *names;
    size_t i;

    if (given && given->names[BRAZE_FIELD_GROUPS]) {
        return given->names[BRAZE_FIELD_GROUPS];
    }
    names = apr_array_make(attempt->pool, 8, sizeof(const char *));
    for (i = 0; i < sizeof(usual_names) / sizeof(*usual_names); i++) {
        APR_ARRAY_PUSH(names, const char *) = usual_names[i];
    }
    return names;
}

static const apr_array_header_t *group_values(const braze_jit_attempt_t *attempt)
{
    braze_attribute_map_t map = {{NULL}};

    map.names[BRAZE_FIELD_GROUPS] = group_names(attempt);
    return braze_saml_values(attempt->identity, &map, BRAZE_FIELD_GROUPS, attempt->pool);
}

/* They are not in the assertion, and nothing can be said about them. */
static int is_left_out(const braze_jit_attempt_t *attempt)
{
    int i;

    for (i = 0; i < attempt->identity->attributes->nelts; i++) {
        const braze_saml_attribute_t *attribute =
            APR_ARRAY_IDX(attempt->identity->attributes, i, const braze_saml_attribute_t *);

        if (strcmp(attribute->name, TOO_MANY_GROUPS) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_new(read_t *read, const char *text)
{
    if (apr_hash_get(read->seen, text, APR_HASH_KEY_STRING)) {
        return 0;
    }
    apr_hash_set(read->seen, text, APR_HASH_KEY_STRING, text);
    return 1;
}

static void add_atom(read_t *read, const char *atom)
{
    if (is_new(read, atom)) {
        APR_ARRAY_PUSH(read->atoms, const char *) = atom;
    }
}

/* NULL where the company has none: that is a part of what is wanted all the same, so that whoever
 * it concerns is looked at, and the operator told, once. */
static const braze_item_t *item_of(read_t *read, const braze_jit_map_row_t *row,
                                   braze_item_kind_t kind, const char *workspace_id,
                                   const char *name)
{
    static const char *const words[] = {"workspace", "team", "permission set", "role"};
    const braze_jit_attempt_t *attempt = read->attempt;
    const braze_item_t *item =
        braze_catalog_by_name(attempt->policy->catalog, kind, workspace_id, name);

    if (!item) {
        APR_ARRAY_PUSH(read->missing, const char *) =
            apr_pstrcat(attempt->pool, words[kind], ":", name, NULL);
    }
    if (!item && read->fresh) {
        braze_log_write(attempt->policy->log, BRAZE_LOG_WARNING, "BRAZE-J0320", attempt->pool,
                        "BrazeJitMap (%s) names the %s \"%s\", which company \"%s\" does not have: "
                        "nobody is given it. Make it with braze-admin, or correct the line",
                        row->where, words[kind], name, attempt->policy->company->name);
    }
    return item;
}

/* Items that stand in a workspace (its id) or, roles, in none (NULL). */
static void add_items(read_t *read, const braze_jit_map_row_t *row, braze_item_kind_t kind,
                      const char *workspace_id, const apr_array_header_t *names)
{
    apr_pool_t *pool = read->attempt->pool;
    int i;

    for (i = 0; names && i < names->nelts; i++) {
        const braze_item_t *item =
            item_of(read, row, kind, kind == BRAZE_ITEM_TEAM ? workspace_id : NULL,
                    APR_ARRAY_IDX(names, i, const char *));

        if (item && kind == BRAZE_ITEM_ROLE) {
            add_atom(read, apr_pstrcat(pool, "role:", item->id, NULL));
        } else if (item) {
            add_atom(read, apr_pstrcat(pool, kind == BRAZE_ITEM_TEAM ? "team:" : "set:",
                                       workspace_id, "/", item->id, NULL));
        }
    }
}

static void add_groups(read_t *read, const braze_jit_map_row_t *row)
{
    apr_pool_t *pool = read->attempt->pool;
    int i;

    for (i = 0; row->groups && i < row->groups->nelts; i++) {
        braze_wanted_group_t group = {APR_ARRAY_IDX(row->groups, i, const char *), NULL,
                                      row->where};

        /* A name that has no key was refused when the configuration was read. */
        if (!braze_key_fold(&group.key, group.name, strlen(group.name), pool) &&
            is_new(read, apr_pstrcat(pool, "group:", group.key, NULL))) {
            APR_ARRAY_PUSH(read->groups, braze_wanted_group_t) = group;
        }
    }
}

static void add_row(read_t *read, const braze_jit_map_row_t *row)
{
    const braze_item_t *workspace = NULL;

    read->attempt->maps_permissions |= row->workspace || row->roles;
    if (row->workspace) {
        workspace = item_of(read, row, BRAZE_ITEM_WORKSPACE, NULL, row->workspace);
    }
    if (workspace) {
        add_atom(read, apr_pstrcat(read->attempt->pool, "workspace:", workspace->id, NULL));
        add_items(read, row, BRAZE_ITEM_PERMISSION_SET, workspace->id, row->permission_sets);
        add_items(read, row, BRAZE_ITEM_TEAM, workspace->id, row->teams);
    }
    add_items(read, row, BRAZE_ITEM_ROLE, NULL, row->roles);
    add_groups(read, row);
}

/* In the order of the table, whatever that of the assertion. */
static void add_rows(read_t *read, const apr_array_header_t *values)
{
    const apr_array_header_t *map = read->attempt->policy->map;
    apr_hash_t *said = apr_hash_make(read->attempt->pool);
    int i;

    for (i = 0; i < values->nelts; i++) {
        const char *value = APR_ARRAY_IDX(values, i, const char *);

        apr_hash_set(said, value, APR_HASH_KEY_STRING, value);
    }
    for (i = 0; i < map->nelts; i++) {
        const braze_jit_map_row_t *row = &APR_ARRAY_IDX(map, i, braze_jit_map_row_t);

        if (apr_hash_get(said, row->idp_group, APR_HASH_KEY_STRING)) {
            add_row(read, row);
        }
    }
}

static void put_lines(braze_buf_t *buf, const char *before, const apr_array_header_t *texts)
{
    int i;

    for (i = 0; i < texts->nelts; i++) {
        braze_buf_puts(buf, before);
        braze_buf_puts(buf, APR_ARRAY_IDX(texts, i, const char *));
        braze_buf_puts(buf, "\n");
    }
}

static const char *hash_of(const read_t *read)
{
    apr_pool_t *pool = read->attempt->pool;
    braze_buf_t *buf = braze_buf_new(256, pool);
    int i;

    put_lines(buf, "", read->atoms);
    put_lines(buf, "no ", read->missing);
    for (i = 0; i < read->groups->nelts; i++) {
        braze_buf_puts(buf, "group:");
        braze_buf_puts(buf, APR_ARRAY_IDX(read->groups, i, braze_wanted_group_t).key);
        braze_buf_puts(buf, "\n");
    }
    return braze_sha256_hex(buf->data, buf->len, pool);
}

void braze_jit_map_read(braze_jit_attempt_t *attempt, int fresh)
{
    apr_pool_t *pool = attempt->pool;
    read_t read = {.attempt = attempt,
                   .fresh = fresh,
                   .atoms = apr_array_make(pool, 8, sizeof(const char *)),
                   .groups = apr_array_make(pool, 4, sizeof(braze_wanted_group_t)),
                   .missing = apr_array_make(pool, 1, sizeof(const char *)),
                   .seen = apr_hash_make(pool)};
    braze_wanted_t *wanted;

    attempt->maps_permissions = 0;
    attempt->wanted = wanted = apr_pcalloc(pool, sizeof(*wanted));
    wanted->fresh = fresh;
    attempt->groups_unknown = is_left_out(attempt);
    if (attempt->groups_unknown) {
        braze_log_write(attempt->policy->log, BRAZE_LOG_WARNING, "BRAZE-J0321", pool,
                        "\"%s\" has left out somebody's groups, for they are too many: what "
                        "BrazeJitMap has given stays as it is. Have only groups sent that are "
                        "assigned to this application",
                        attempt->identity->issuer);
    } else {
        add_rows(&read, group_values(attempt));
    }
    wanted->atoms = read.atoms;
    wanted->groups = read.groups;
    wanted->want_hash = hash_of(&read);
}
