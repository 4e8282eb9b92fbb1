/* SPDX-License-Identifier: Apache-2.0 */
/* Permissions that come and go with something else than an administrator's will: atoms put into
 * canonical permissions and taken out again, without touching what others have given. */
#include <string.h>

#include <apr_strings.h>

#include "braze_model.h"
#include "core_int.h"

/* An atom, read. */
typedef struct {
    const char *kind; /* as in kinds */
    const char *workspace, *id;
} atom_t;

/* Where an atom stands, by kind. */
typedef struct {
    const char *word, *list, *member;
} kind_t;

static const kind_t role_kind = {"role", "roles", NULL};
static const kind_t workspace_kind = {"workspace", "appGroup", "appGroupId"};
static const kind_t set_kind = {"set", "appGroupPermissionSets", NULL};
static const kind_t team_kind = {"team", "team", "teamId"};

static const kind_t *kind_of(const char *word, apr_size_t len)
{
    static const kind_t *const kinds[] = {&role_kind, &workspace_kind, &set_kind, &team_kind};
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (strlen(kinds[i]->word) == len && strncmp(kinds[i]->word, word, len) == 0) {
            return kinds[i];
        }
    }
    return NULL;
}

/* NULL for what is no atom. */
static const kind_t *read_atom(atom_t *atom, const char *text, apr_pool_t *pool)
{
    const char *colon = strchr(text, ':'), *slash = strchr(text, '/');
    const kind_t *kind = colon ? kind_of(text, (apr_size_t)(colon - text)) : NULL;
    int within = kind == &set_kind || kind == &team_kind;

    if (!kind || within != (slash != NULL)) {
        return NULL;
    }
    atom->workspace =
        within ? apr_pstrmemdup(pool, colon + 1, (apr_size_t)(slash - colon - 1)) : colon + 1;
    atom->id = within ? slash + 1 : colon + 1;
    return kind;
}

/* The array under name in object; make: there is one from now on. */
static braze_json_t *list_in(braze_json_t *object, const char *name, int make, apr_pool_t *pool)
{
    braze_json_t *list = braze_json_get(object, name);

    if (!list && make) {
        list = braze_json_array(pool);
        braze_json_set(object, name, list);
    }
    return list && list->type == BRAZE_JSON_ARRAY ? list : NULL;
}

/* Where the id is in a list of ids, or (member) of objects that have it; -1: nowhere. */
static int index_of(const braze_json_t *list, const char *member, const char *id)
{
    int i;

    for (i = 0; i < braze_json_size(list); i++) {
        const braze_json_t *item = braze_json_item(list, i);
        const char *text = member                            ? braze_json_get_string(item, member)
                           : item->type == BRAZE_JSON_STRING ? item->u.string
                                                             : NULL;

        if (text && strcmp(text, id) == 0) {
            return i;
        }
    }
    return -1;
}

static void remove_at(braze_json_t *list, int index)
{
    apr_array_header_t *items = list->u.items;
    braze_json_t **at = (braze_json_t **)items->elts + index;

    memmove(at, at + 1, (apr_size_t)(items->nelts - index - 1) * sizeof(*at));
    items->nelts--;
}

/* The object or array that the atom's list is in; NULL: there is none. */
static braze_json_t *home_of(braze_json_t *root, const kind_t *kind, const atom_t *atom,
                             apr_pool_t *pool)
{
    braze_json_t *workspaces;
    int at;

    if (kind == &role_kind || kind == &workspace_kind) {
        return root;
    }
    workspaces = list_in(root, workspace_kind.list, 0, pool);
    at = index_of(workspaces, workspace_kind.member, atom->workspace);
    return at < 0 ? NULL : braze_json_item(workspaces, at);
}

static int has_atom(braze_json_t *root, const kind_t *kind, const atom_t *atom, apr_pool_t *pool)
{
    braze_json_t *home = home_of(root, kind, atom, pool);

    return home && index_of(list_in(home, kind->list, 0, pool), kind->member, atom->id) >= 0;
}

/* Nothing but its id is left in it. */
static int is_bare(const braze_json_t *object)
{
    return braze_json_size(object) <= 1;
}

static void take_atom(braze_json_t *root, const kind_t *kind, const atom_t *atom, apr_pool_t *pool)
{
    braze_json_t *home = home_of(root, kind, atom, pool);
    braze_json_t *list = home ? list_in(home, kind->list, 0, pool) : NULL;
    int at = index_of(list, kind->member, atom->id);

    if (at < 0 || (kind->member && !is_bare(braze_json_item(list, at)))) {
        return;
    }
    remove_at(list, at);
    if (braze_json_size(list) == 0) {
        braze_json_remove(home, kind->list); /* canonical: an empty member is left out */
    }
}

static void put_atom(braze_json_t *root, const kind_t *kind, const atom_t *atom, apr_pool_t *pool)
{
    braze_json_t *home = home_of(root, kind, atom, pool);
    braze_json_t *list = home ? list_in(home, kind->list, 1, pool) : NULL;
    braze_json_t *object;

    if (!list || index_of(list, kind->member, atom->id) >= 0) {
        return;
    }
    if (!kind->member) {
        braze_json_append(list, braze_json_string(atom->id, pool));
        return;
    }
    object = braze_json_object(pool);
    braze_json_set_string(object, kind->member, atom->id);
    braze_json_append(list, object);
}

static int holds(const apr_array_header_t *texts, const char *text)
{
    int i;

    for (i = 0; texts && i < texts->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(texts, i, const char *), text) == 0) {
            return 1;
        }
    }
    return 0;
}

/* What is in a workspace goes before the workspace, which has to be bare by then. What stays is not
 * touched, so that nothing changes its place. */
static void take_all(braze_json_t *root, const apr_array_header_t *given,
                     const apr_array_header_t *wanted, apr_pool_t *pool)
{
    int pass, i;

    for (pass = 0; pass < 2; pass++) {
        for (i = 0; given && i < given->nelts; i++) {
            const char *text = APR_ARRAY_IDX(given, i, const char *);
            atom_t atom;
            const kind_t *kind = read_atom(&atom, text, pool);

            if (kind && (kind == &workspace_kind) == (pass == 1) && !holds(wanted, text)) {
                take_atom(root, kind, &atom, pool);
            }
        }
    }
}

/* A workspace goes before what is in it. *now: what is ours from now on. */
static void put_all(braze_json_t *root, apr_array_header_t *now, const apr_array_header_t *given,
                    const apr_array_header_t *wanted, apr_pool_t *pool)
{
    int pass, i;

    for (pass = 0; pass < 2; pass++) {
        for (i = 0; i < wanted->nelts; i++) {
            const char *text = APR_ARRAY_IDX(wanted, i, const char *);
            atom_t atom;
            const kind_t *kind = read_atom(&atom, text, pool);

            if (!kind || (kind == &workspace_kind) != (pass == 0)) {
                continue;
            }
            if (holds(given, text) || !has_atom(root, kind, &atom, pool)) {
                put_atom(root, kind, &atom, pool);
                if (has_atom(root, kind, &atom, pool)) {
                    APR_ARRAY_PUSH(now, const char *) = text;
                }
            }
        }
    }
}

braze_err_t *braze_grants_regrant(const char **permissions, const apr_array_header_t **given,
                                  const apr_array_header_t *wanted, apr_pool_t *pool)
{
    apr_array_header_t *now = apr_array_make(pool, 4, sizeof(const char *));
    braze_json_t *root;
    braze_err_t *err = braze_json_parse(&root, *permissions, strlen(*permissions), pool);

    if (err || root->type != BRAZE_JSON_OBJECT) {
        return braze_grants_unreadable("no JSON object", err, pool);
    }
    take_all(root, *given, wanted, pool);
    put_all(root, now, *given, wanted, pool);
    *permissions = braze_json_text(root, pool);
    *given = now;
    return NULL;
}
