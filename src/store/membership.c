/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing who is in a group. Each step is two or three statements whatever the number of ids, and
 * touches only the rows that come and go. The caller holds the group's row, so that two who change
 * one group come one after the other.
 */
#include <string.h>

#include "store_int.h"

/* What a step works on. */
typedef struct {
    const braze_group_t *group;
    const apr_array_header_t *ids;
    const char *list; /* ids as JSON */
} step_t;

/* Rows of a statement about the group and the ids. */
static braze_err_t *run_step(int *changed, braze_db_t *db, store_statement_t statement,
                             const step_t *step, apr_pool_t *pool)
{
    int rows = 0;
    braze_err_t *err = store_write(
        &rows, db, statement, ARGS(step->group->id, step->group->company_id, step->list), pool);

    *changed += rows;
    return err;
}

/* Names the first id that can be no member. */
static braze_err_t *check_ids(braze_db_t *db, const step_t *step, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err;
    int i;

    for (i = 0; i < step->ids->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(step->ids, i, const char *), step->group->id) == 0) {
            return store_no_member(step->group->id, 1, pool);
        }
    }
    err =
        store_select(&rows, db, ST_MEMBERS_NOBODY, ARGS(step->list, step->group->company_id), pool);
    if (err || !store_next(&rows)) {
        return err;
    }
    return store_no_member(store_text(&rows, 0), 0, pool);
}

static braze_err_t *add_members(int *changed, braze_db_t *db, const step_t *step, apr_pool_t *pool)
{
    braze_err_t *err = check_ids(db, step, pool);

    if (err) {
        return err;
    }
    err = run_step(changed, db, ST_MEMBERS_ADD, step, pool);
    if (err && db->fault == FAULT_FOREIGN) {
        /* Deleted after we looked: looking again will name it. */
        db->fault = FAULT_TRANSIENT;
    }
    return err;
}

static braze_err_t *remove_members(int *changed, braze_db_t *db, const step_t *step,
                                   apr_pool_t *pool)
{
    int removed = 0;
    braze_err_t *err = run_step(&removed, db, ST_MEMBERS_REMOVE_USERS, step, pool);

    if (!err && removed < step->ids->nelts) {
        err = run_step(&removed, db, ST_MEMBERS_REMOVE_GROUPS, step, pool);
    }
    *changed += removed;
    return err;
}

static braze_err_t *take_step(int *changed, braze_db_t *db, const step_t *step,
                              braze_member_op_t op, apr_pool_t *pool)
{
    braze_err_t *err = NULL;

    if (op == BRAZE_MEMBERS_SET) {
        err = run_step(changed, db, ST_MEMBERS_KEEP, step, pool);
    }
    if (err || step->ids->nelts == 0) {
        return err;
    }
    return op == BRAZE_MEMBERS_REMOVE ? remove_members(changed, db, step, pool)
                                      : add_members(changed, db, step, pool);
}

braze_err_t *store_members_change(int *changed, braze_db_t *db, const braze_group_t *group,
                                  const apr_array_header_t *steps, apr_pool_t *pool)
{
    braze_err_t *err = NULL;
    int i;

    *changed = 0;
    for (i = 0; !err && steps && i < steps->nelts; i++) {
        const braze_member_step_t *wanted = &APR_ARRAY_IDX(steps, i, const braze_member_step_t);
        step_t step = {group, wanted->ids, store_names_text(wanted->ids, pool)};
        int before = *changed;

        err = take_step(changed, db, &step, wanted->op, pool);
        if (!err && wanted->missed) {
            *wanted->missed = *changed == before;
        }
        if (!err && wanted->must && *changed == before) {
            err = store_no_target(wanted->must, pool);
        }
    }
    return err;
}

braze_err_t *store_groups_bump(braze_db_t *db, store_statement_t statement, const char *company_id,
                               const char *id, apr_time_t now, apr_pool_t *pool)
{
    return store_write(NULL, db, statement, ARGS(MS(now), company_id, id), pool);
}
