/* SPDX-License-Identifier: Apache-2.0 */
/* Workspaces, teams, permission sets, roles, and the catalogue of all. Every change makes the
 * company's version grow. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "braze_key.h"
#include "braze_store_settings.h"
#include "store_int.h"

static const char *const kind_names[] = {"Workspace", "Team", "Permission set", "Role"};

typedef struct {
    const char *company_id;
    const braze_item_t *item;
    const char *key;
    braze_item_kind_t kind;
    const char *id;
} change_t;

#define KIND_PERMISSION 4 /* of a row of the catalogue: no item, a word of the vocabulary */

static void read_permission(apr_hash_t *vocabulary, const store_rows_t *rows, apr_pool_t *pool)
{
    const char *word = apr_pstrcat(pool, store_text(rows, 1), ":", store_text(rows, 3), NULL);

    apr_hash_set(vocabulary, word, APR_HASH_KEY_STRING, word);
}

static braze_err_t *read_item(braze_item_t **item, const store_rows_t *rows, apr_pool_t *pool)
{
    *item = apr_pcalloc(pool, sizeof(**item));
    (*item)->kind = (braze_item_kind_t)store_int(rows, 0);
    (*item)->id = store_text(rows, 1);
    (*item)->name = store_text(rows, 3);
    (*item)->workspace_id = store_text(rows, 4);
    if ((*item)->kind < BRAZE_ITEM_PERMISSION_SET) {
        return NULL;
    }
    return store_names_read(&(*item)->permissions, store_text(rows, 5), pool);
}

braze_err_t *braze_store_catalog_load(braze_catalog_t **catalog, braze_db_t *db,
                                      const char *company_id, apr_pool_t *pool)
{
    braze_catalog_t *made = apr_pcalloc(pool, sizeof(*made));
    apr_array_header_t *items = apr_array_make(pool, 16, sizeof(braze_item_t));
    apr_hash_t *vocabulary = apr_hash_make(pool);
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_CATALOG, ARGS(company_id), pool);

    made->company_id = apr_pstrdup(pool, company_id);
    made->items = items;
    made->vocabulary = vocabulary;
    while (!err && store_next(&rows)) {
        braze_item_t *item;

        /* The company's own row comes first, as kind -1. */
        if (store_int(&rows, 0) < 0) {
            made->version = store_int(&rows, 6);
            continue;
        }
        if (store_int(&rows, 0) == KIND_PERMISSION) {
            read_permission(vocabulary, &rows, pool);
            continue;
        }
        err = read_item(&item, &rows, pool);
        if (!err) {
            APR_ARRAY_PUSH(items, braze_item_t) = *item;
        }
    }
    *catalog = made;
    return err;
}

/* In the same transaction, so that whoever reads the new version reads the change. */
static braze_err_t *bump(braze_db_t *db, const char *company_id, apr_pool_t *pool)
{
    int changed = 0;
    braze_err_t *err = store_write(&changed, db, ST_COMPANY_BUMP, ARGS(company_id), pool);

    return err || changed ? err : store_missing("Company", pool);
}

/* What stands beside the names: a team's workspace, a set's or role's permissions; NULL for a
 * workspace. */
static const char *extra_of(const braze_item_t *item, apr_pool_t *pool)
{
    if (item->kind == BRAZE_ITEM_WORKSPACE) {
        return NULL;
    }
    return item->kind == BRAZE_ITEM_TEAM ? item->workspace_id
                                         : store_names_text(item->permissions, pool);
}

static braze_err_t *add_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    const change_t *change = baton;
    const braze_item_t *item = change->item;
    const void *args[] = {item->id, change->company_id, item->name, change->key,
                          extra_of(item, pool)};
    int added = 0;
    braze_err_t *err = bump(db, change->company_id, pool);

    if (!err) {
        err = store_write(&added, db, ST_ITEM_ADD + item->kind, args,
                          item->kind == BRAZE_ITEM_WORKSPACE ? 4 : 5, pool);
    }
    if (err) {
        return db->fault == FAULT_FOREIGN ? store_dangling("The team", pool) : err;
    }
    *commit = added;
    return added ? NULL
                 : store_taken(apr_psprintf(pool, "The name of the %s", kind_names[item->kind]),
                               pool);
}

braze_err_t *braze_store_item_add(braze_db_t *db, const char *company_id, braze_item_t *item,
                                  apr_pool_t *pool)
{
    change_t change = {company_id, item, NULL, item->kind, NULL};
    braze_err_t *err = braze_key_fold(&change.key, item->name, strlen(item->name), pool);

    if (err) {
        return err;
    }
    if (!item->id) {
        item->id = braze_id_new(apr_time_now(), pool);
    }
    return store_transact(db, add_body, &change, pool);
}

static braze_err_t *exists(int *there, braze_db_t *db, const change_t *change, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_ITEM_EXISTS + change->kind,
                                    ARGS(change->company_id, change->id), pool);

    *there = !err && store_next(&rows);
    return err;
}

static braze_err_t *update_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    const change_t *change = baton;
    const braze_item_t *item = change->item;
    int changed = 0, there;
    braze_err_t *err = bump(db, change->company_id, pool);

    if (!err && item->kind >= BRAZE_ITEM_PERMISSION_SET) {
        err = store_write(
            &changed, db, ST_ITEM_UPDATE + item->kind,
            ARGS(item->name, change->key, extra_of(item, pool), change->company_id, item->id),
            pool);
    } else if (!err) {
        err = store_write(&changed, db, ST_ITEM_UPDATE + item->kind,
                          ARGS(item->name, change->key, change->company_id, item->id), pool);
    }
    if (err || changed) {
        return err;
    }
    *commit = 0;
    err = exists(&there, db, change, pool);
    if (err) {
        return err;
    }
    return there
               ? store_taken(apr_psprintf(pool, "The name of the %s", kind_names[item->kind]), pool)
               : store_missing(kind_names[item->kind], pool);
}

braze_err_t *braze_store_item_update(braze_db_t *db, const char *company_id,
                                     const braze_item_t *item, apr_pool_t *pool)
{
    change_t change = {company_id, item, NULL, item->kind, item->id};
    braze_err_t *err = braze_key_fold(&change.key, item->name, strlen(item->name), pool);

    return err ? err : store_transact(db, update_body, &change, pool);
}

static braze_err_t *in_use(const change_t *change, apr_pool_t *pool)
{
    return braze_err_newf(pool, 409, NULL, "BRAZE-0114",
                          "%s is in use: by a user, a default or a token.",
                          kind_names[change->kind]);
}

static braze_err_t *delete_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    const change_t *change = baton;
    int changed = 0, there;
    braze_err_t *err = bump(db, change->company_id, pool);

    if (err) {
        return err;
    }
    err = store_write(&changed, db, ST_ITEM_DELETE + change->kind,
                      ARGS(change->company_id, change->id), pool);
    if (err) {
        /* It has come into use since the statement looked. */
        return db->fault == FAULT_FOREIGN ? in_use(change, pool) : err;
    }
    if (changed) {
        return NULL;
    }
    *commit = 0;
    err = exists(&there, db, change, pool);
    if (err) {
        return err;
    }
    return there ? in_use(change, pool) : store_missing(kind_names[change->kind], pool);
}

braze_err_t *braze_store_item_delete(braze_db_t *db, const char *company_id, braze_item_kind_t kind,
                                     const char *id, apr_pool_t *pool)
{
    change_t change = {company_id, NULL, NULL, kind, id};

    return store_transact(db, delete_body, &change, pool);
}

/* ---- a change that somebody has decided on a page ---- */

typedef struct {
    change_t change;
    const braze_item_change_t *what;
    int done;
} decided_t;

static int is_same_list(const apr_array_header_t *a, const apr_array_header_t *b)
{
    int i, count = a ? a->nelts : 0;

    if (count != (b ? b->nelts : 0)) {
        return 0;
    }
    for (i = 0; i < count; i++) {
        if (strcmp(APR_ARRAY_IDX(a, i, const char *), APR_ARRAY_IDX(b, i, const char *))) {
            return 0;
        }
    }
    return 1;
}

/* The company's row is held by then: nobody else changes an item of it. */
static braze_err_t *is_as_it_was(int *same, braze_db_t *db, const decided_t *decided,
                                 apr_pool_t *pool)
{
    const braze_item_t *was = decided->what->was, *now;
    braze_catalog_t *catalog;
    braze_err_t *err = braze_store_catalog_load(&catalog, db, decided->change.company_id, pool);

    *same = 0;
    if (err) {
        return err;
    }
    now = braze_catalog_by_id(catalog, decided->change.kind, decided->change.id);
    if (!now) {
        return store_missing(kind_names[decided->change.kind], pool);
    }
    *same = !strcmp(now->name, was->name) && is_same_list(now->permissions, was->permissions);
    return NULL;
}

static braze_err_t *decided_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    decided_t *decided = baton;
    const braze_item_change_t *what = decided->what;
    store_body_fn *body = what->remove ? delete_body : what->was ? update_body : add_body;
    braze_err_t *err = NULL;

    decided->done = 1;
    if (what->was) {
        err = bump(db, decided->change.company_id, pool);
        if (!err) {
            err = is_as_it_was(&decided->done, db, decided, pool);
        }
        if (err || !decided->done) {
            *commit = 0;
            return err;
        }
    }
    err = body(commit, db, &decided->change, pool);
    if (!err && *commit) {
        err = braze_store_event_add(db, what->event, pool);
    }
    return err;
}

braze_err_t *braze_store_item_change(int *done, braze_db_t *db, const char *company_id,
                                     const braze_item_change_t *what, apr_pool_t *pool)
{
    braze_item_t *item = what->item;
    decided_t decided = {{company_id, item, NULL, item->kind, item->id}, what, 0};
    braze_err_t *err = NULL;

    *done = 0;
    if (!what->remove) {
        err = braze_key_fold(&decided.change.key, item->name, strlen(item->name), pool);
    }
    if (!err && !what->was && !item->id) {
        item->id = decided.change.id = braze_id_new(apr_time_now(), pool);
    }
    if (!err) {
        err = store_transact(db, decided_body, &decided, pool);
    }
    *done = !err && decided.done;
    return err;
}
