/* SPDX-License-Identifier: Apache-2.0 */
/* Adding, changing and deleting groups. A change of members is a change of the group: it has a
 * version more, and whoever changes it holds its row. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "store_int.h"

/* ---- add ---- */

typedef struct {
    const braze_group_t *group;
    const apr_array_header_t *steps;
    const braze_event_t *event;
} add_t;

static braze_err_t *add_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    const add_t *add = baton;
    const braze_group_t *group = add->group;
    int changed;
    braze_err_t *err =
        store_write(NULL, db, ST_GROUP_ADD,
                    ARGS(group->id, group->company_id, group->display_name, group->display_name_key,
                         group->external_id, group->resource, MS(group->created_at),
                         MS(group->modified_at), INT(group->version)),
                    pool);

    (void)commit;
    if (err) {
        return db->fault == FAULT_FOREIGN ? store_dangling("The group", pool) : err;
    }
    err = store_members_change(&changed, db, group, add->steps, pool);
    return err || !add->event ? err : braze_store_event_add(db, add->event, pool);
}

braze_err_t *braze_store_group_add(braze_db_t *db, braze_group_t *group,
                                   const apr_array_header_t *members, apr_time_t now,
                                   const braze_event_t *event, apr_pool_t *pool)
{
    apr_array_header_t *steps = apr_array_make(pool, 1, sizeof(braze_member_step_t));
    add_t add = {group, steps, event};

    if (!group->id) {
        group->id = braze_id_new(now, pool);
    }
    group->created_at = group->modified_at = now;
    group->version = 1;
    if (members && members->nelts) {
        APR_ARRAY_PUSH(steps, braze_member_step_t) =
            (braze_member_step_t){BRAZE_MEMBERS_ADD, members, NULL, NULL};
    }
    return store_transact(db, add_body, &add, pool);
}

/* ---- change ---- */

typedef struct {
    const braze_group_change_t *change;
    apr_int64_t version; /* afterwards */
    apr_time_t modified_at;
    int done;
} change_t;

/* Holds the row until the transaction ends; 404 when there is none. */
static braze_err_t *lock_group(braze_group_t **locked, braze_db_t *db, const char *company_id,
                               const char *id, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_GROUP_LOCK, ARGS(company_id, id), pool);

    *locked = NULL;
    if (err) {
        return err;
    }
    if (!store_next(&rows)) {
        return store_missing("Group", pool);
    }
    *locked = store_group_read(&rows, 0, company_id, pool);
    return NULL;
}

/* *changed counts a group that says something else than before. */
static braze_err_t *write_columns(int *changed, braze_db_t *db, const braze_group_t *group,
                                  const braze_group_t *locked, apr_pool_t *pool)
{
    if (strcmp(group->resource, locked->resource) == 0) {
        return NULL;
    }
    ++*changed;
    return store_write(NULL, db, ST_GROUP_UPDATE,
                       ARGS(group->display_name, group->display_name_key, group->external_id,
                            group->resource, group->company_id, group->id),
                       pool);
}

static braze_err_t *finish(change_t *run, braze_db_t *db, const braze_group_t *locked,
                           apr_pool_t *pool)
{
    const braze_group_change_t *change = run->change;
    braze_err_t *err;

    run->version = locked->version + 1;
    run->modified_at = change->now;
    err = store_write(
        NULL, db, ST_GROUP_BUMP,
        ARGS(INT(run->version), MS(run->modified_at), change->group->company_id, change->group->id),
        pool);
    return err || !change->event ? err : braze_store_event_add(db, change->event, pool);
}

static braze_err_t *change_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    change_t *run = baton;
    const braze_group_change_t *change = run->change;
    const braze_group_t *group = change->group;
    braze_group_t *locked;
    int changed = 0;
    braze_err_t *err = lock_group(&locked, db, group->company_id, group->id, pool);

    *commit = 0;
    run->done = 0;
    if (err || (change->expect_version && locked->version != change->expect_version)) {
        return err;
    }
    run->version = locked->version;
    run->modified_at = locked->modified_at;
    err = store_members_change(&changed, db, group, change->steps, pool);
    if (!err && change->write_columns) {
        err = write_columns(&changed, db, group, locked, pool);
    }
    run->done = err == NULL;
    if (err || !changed) {
        return err;
    }
    *commit = 1;
    err = finish(run, db, locked, pool);
    run->done = err == NULL;
    return err;
}

braze_err_t *braze_store_group_change(int *done, braze_db_t *db, braze_group_change_t *change,
                                      apr_pool_t *pool)
{
    change_t run = {change, 0, 0, 0};
    braze_err_t *err = store_transact(db, change_body, &run, pool);

    *done = !err && run.done;
    if (*done) {
        change->group->version = run.version;
        change->group->modified_at = run.modified_at;
    }
    return err;
}

/* ---- delete ---- */

typedef struct {
    const char *company_id, *id;
    apr_int64_t expect_version;
    const braze_event_t *event;
    apr_time_t now;
    int done;
} delete_t;

static braze_err_t *delete_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    delete_t *gone = baton;
    braze_group_t *locked;
    braze_err_t *err = lock_group(&locked, db, gone->company_id, gone->id, pool);

    gone->done = 0;
    if (err) {
        return err;
    }
    if (gone->expect_version && locked->version != gone->expect_version) {
        *commit = 0;
        return NULL;
    }
    /* Groups that it was a member of have one less. */
    err =
        store_groups_bump(db, ST_GROUP_BUMP_OF_GROUP, gone->company_id, gone->id, gone->now, pool);
    if (!err) {
        err = store_write(NULL, db, ST_GROUP_DELETE, ARGS(gone->company_id, gone->id), pool);
    }
    if (!err && gone->event) {
        err = braze_store_event_add(db, gone->event, pool);
    }
    gone->done = err == NULL;
    return err;
}

braze_err_t *braze_store_group_delete(int *done, braze_db_t *db, const char *company_id,
                                      const char *id, apr_int64_t expect_version,
                                      const braze_event_t *event, apr_pool_t *pool)
{
    delete_t gone = {company_id, id, expect_version, event, event ? event->at : apr_time_now(), 0};
    braze_err_t *err = store_transact(db, delete_body, &gone, pool);

    *done = !err && gone.done;
    return err;
}
