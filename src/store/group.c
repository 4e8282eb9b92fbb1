/* SPDX-License-Identifier: Apache-2.0 */
/* Groups: reading them, their members, and who is in which. */
#include <apr_strings.h>

#include "store_int.h"

braze_group_t *store_group_read(const store_rows_t *rows, int first, const char *company_id,
                                apr_pool_t *pool)
{
    braze_group_t *group = apr_pcalloc(pool, sizeof(*group));
    int column = first;

    group->company_id = company_id;
    group->id = store_text(rows, column++);
    group->display_name = store_text(rows, column++);
    group->display_name_key = store_text(rows, column++);
    group->external_id = store_text(rows, column++);
    group->resource = store_text(rows, column++);
    group->created_at = store_time(rows, column++);
    group->modified_at = store_time(rows, column++);
    group->version = store_int(rows, column);
    return group;
}

braze_err_t *braze_store_group_get(braze_group_t **group, braze_db_t *db, const char *company_id,
                                   const char *id, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_GROUP_GET, ARGS(company_id, id), pool);

    *group = NULL;
    if (!err && store_next(&rows)) {
        *group = store_group_read(&rows, 0, apr_pstrdup(pool, company_id), pool);
    }
    return err;
}

/* Of 100 000 members: one block for all of them. */
static void read_members(apr_array_header_t *members, store_rows_t *rows, int is_group,
                         apr_pool_t *pool)
{
    braze_member_t *member =
        apr_palloc(pool, (apr_size_t)(rows->count > 0 ? rows->count : 0) * sizeof(*member));

    for (; store_next(rows); member++) {
        member->id = store_text(rows, 0);
        member->is_group = is_group;
        member->display = store_text(rows, 1);
        APR_ARRAY_PUSH(members, braze_member_t *) = member;
    }
}

braze_err_t *braze_store_group_members(apr_array_header_t **members, braze_db_t *db,
                                       const char *company_id, const char *group_id,
                                       apr_pool_t *pool)
{
    store_rows_t users, groups;
    braze_err_t *err = store_select(&users, db, ST_MEMBERS_USERS, ARGS(group_id, company_id), pool);

    if (!err) {
        err = store_select(&groups, db, ST_MEMBERS_GROUPS, ARGS(group_id, company_id), pool);
    }
    if (err) {
        *members = apr_array_make(pool, 1, sizeof(braze_member_t *));
        return err;
    }
    *members = apr_array_make(pool, users.count + groups.count + 1, sizeof(braze_member_t *));
    read_members(*members, &users, 0, pool);
    read_members(*members, &groups, 1, pool);
    return NULL;
}

/* *nested: one of the groups is in another. */
static braze_err_t *read_groups(apr_array_header_t *memberships, int *nested, braze_db_t *db,
                                store_statement_t statement, const char *company_id,
                                const char *users, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, statement, ARGS(company_id, users), pool);

    *nested = 0;
    while (!err && store_next(&rows)) {
        braze_membership_t *membership = apr_pcalloc(pool, sizeof(*membership));

        membership->user_id = store_text(&rows, 0);
        membership->id = store_text(&rows, 1);
        membership->display = store_text(&rows, 2);
        membership->direct = store_int(&rows, 3) != 0;
        *nested |= statement == ST_USER_GROUPS_DIRECT && store_int(&rows, 4);
        APR_ARRAY_PUSH(memberships, braze_membership_t *) = membership;
    }
    return err;
}

/* A recursion costs several times a plain look, and most groups are in none. */
braze_err_t *braze_store_user_groups(apr_array_header_t **memberships, braze_db_t *db,
                                     const char *company_id, const apr_array_header_t *user_ids,
                                     apr_pool_t *pool)
{
    apr_array_header_t *found = apr_array_make(pool, 8, sizeof(braze_membership_t *));
    const char *users;
    braze_err_t *err;
    int nested = 0;

    *memberships = found;
    if (!user_ids || user_ids->nelts == 0) {
        return NULL;
    }
    users = store_names_text(user_ids, pool);
    err = read_groups(found, &nested, db, ST_USER_GROUPS_DIRECT, company_id, users, pool);
    if (!err && nested) {
        apr_array_clear(found);
        err = read_groups(found, &nested, db, ST_USER_GROUPS, company_id, users, pool);
    }
    return err;
}
