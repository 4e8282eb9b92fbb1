/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the rows of a condition are found. Left to themselves both engines read the whole table for
 * an "or" over several tables, and walk the order's index in hope of a match for a rare value under
 * a LIMIT. So where indexes give the ids of all rows in question, they are asked first.
 */
#include "search_int.h"

#define PART(cond, i) APR_ARRAY_IDX((cond)->parts, i, const cond_t *)

static seek_t atom_rank(const cond_t *atom)
{
    if (atom->negated || atom->op != BRAZE_FILTER_EQ) {
        return SEEK_NONE;
    }
    return atom->list && atom->column->seek == SEEK_ONE ? SEEK_SOME : atom->column->seek;
}

static seek_t rank(const cond_t *cond)
{
    seek_t best, part;
    int i;

    if (cond->kind == COND_ATOM) {
        return atom_rank(cond);
    }
    if (cond->kind != COND_AND && cond->kind != COND_OR) {
        return SEEK_NONE;
    }
    best = cond->kind == COND_AND ? SEEK_NONE : SEEK_SOME;
    for (i = 0; i < cond->parts->nelts; i++) {
        part = rank(PART(cond, i));
        if (cond->kind == COND_AND ? part > best : part < best) {
            best = part;
        }
    }
    return best;
}

/* The part of an "and" by which its rows are found. */
static int best_part(const cond_t *cond)
{
    int i, best = 0;

    for (i = 1; i < cond->parts->nelts; i++) {
        if (rank(PART(cond, i)) > rank(PART(cond, best))) {
            best = i;
        }
    }
    return best;
}

/* 1 when the ids of a seek are exactly the rows of the condition. */
static int is_whole(const cond_t *cond)
{
    int i;

    for (i = 0; cond->kind == COND_OR && i < cond->parts->nelts; i++) {
        if (!is_whole(PART(cond, i))) {
            return 0;
        }
    }
    return cond->kind != COND_AND;
}

static const cond_t *without(const cond_t *cond, int index, apr_pool_t *pool)
{
    const cond_t *rest = NULL;
    int i;

    for (i = 0; i < cond->parts->nelts; i++) {
        if (i != index) {
            rest = rest ? store_cond_join(COND_AND, rest, PART(cond, i), pool) : PART(cond, i);
        }
    }
    return rest;
}

const cond_t *store_seek_pick(const cond_t **rest, const cond_t *cond, apr_pool_t *pool)
{
    int best;

    *rest = cond;
    /* One row, found by the unique index: there is nothing that a planner could do wrong. */
    if (rank(cond) != SEEK_SOME) {
        return NULL;
    }
    if (cond->kind != COND_AND) {
        *rest = is_whole(cond) ? NULL : cond;
        return cond;
    }
    best = best_part(cond);
    if (is_whole(PART(cond, best))) {
        *rest = without(cond, best, pool);
    }
    return PART(cond, best);
}

/* ---- texts ---- */

static void put_from(sql_t *sql)
{
    PUTS(sql, "SELECT id FROM ", sql->is_group ? "braze_group" : "braze_user",
         " WHERE company_id = " SQL_COMPANY " AND ");
}

/* Most e-mails are the userName: the index of e-mails has only the others. */
static void seek_emails(sql_t *sql, const cond_t *atom)
{
    int number = 0;

    put_from(sql);
    store_sql_equals(sql, "user_name_key", atom, &number);
    PUTS(sql, " AND email_key = user_name_key UNION ");
    put_from(sql);
    store_sql_equals(sql, "email_key", atom, &number);
    PUTS(sql, " AND email_key <> user_name_key UNION SELECT user_id FROM braze_user_email "
              "WHERE company_id = " SQL_COMPANY " AND ");
    store_sql_equals(sql, "email_key", atom, &number);
}

static void seek_members(sql_t *sql, const cond_t *atom)
{
    int number = 0;

    PUTS(sql, "SELECT group_id FROM braze_group_member WHERE company_id = " SQL_COMPANY " AND ");
    store_sql_equals(sql, "user_id", atom, &number);
    PUTS(sql,
         " UNION SELECT group_id FROM braze_group_member WHERE company_id = " SQL_COMPANY " AND ");
    store_sql_equals(sql, "member_group_id", atom, &number);
}

static void seek_atom(sql_t *sql, const cond_t *atom)
{
    int number = 0;

    switch (atom->column->kind) {
    case COLUMN_EMAILS:
        seek_emails(sql, atom);
        return;
    case COLUMN_GROUPS:
        store_sql_group_users(sql, atom);
        return;
    case COLUMN_MEMBERS:
        seek_members(sql, atom);
        return;
    default:
        put_from(sql);
        store_sql_equals(sql, atom->column->name, atom, &number);
    }
}

void store_sql_seek(sql_t *sql, const cond_t *cond)
{
    int i;

    if (cond->kind == COND_ATOM) {
        seek_atom(sql, cond);
        return;
    }
    if (cond->kind == COND_AND) {
        store_sql_seek(sql, PART(cond, best_part(cond)));
        return;
    }
    for (i = 0; i < cond->parts->nelts; i++) {
        PUTS(sql, i ? " UNION " : "");
        store_sql_seek(sql, PART(cond, i));
    }
}
