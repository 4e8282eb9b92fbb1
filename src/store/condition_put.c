/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions as text. Every value is a parameter; the text is the same for all that differ in
 * values only. */
#include <string.h>

#include <apr_strings.h>

#include "search_int.h"

/* ---- pieces ---- */

void store_sql_puts(sql_t *sql, const char *const *texts)
{
    for (; *texts; texts++) {
        braze_buf_puts(sql->buf, *texts);
    }
}

void store_sql_again(sql_t *sql, int number)
{
    braze_buf_puts(sql->buf, "$");
    braze_buf_put_int(sql->buf, number);
}

int store_sql_text(sql_t *sql, const char *value)
{
    APR_ARRAY_PUSH(sql->args, const void *) = value;
    store_sql_again(sql, sql->args->nelts);
    return sql->args->nelts;
}

int store_sql_int(sql_t *sql, apr_int64_t value)
{
    APR_ARRAY_PUSH(sql->args, const void *) = apr_pmemdup(sql->pool, &value, sizeof(value));
    store_sql_again(sql, sql->args->nelts);
    braze_buf_puts(sql->buf, "#");
    return sql->args->nelts;
}

static void put_parameter(sql_t *sql, const char *value, int *number)
{
    if (*number) {
        store_sql_again(sql, *number);
    } else {
        *number = store_sql_text(sql, value);
    }
}

/* Several values are one parameter, so that their number does not make another statement. */
void store_sql_equals(sql_t *sql, const char *name, const cond_t *atom, int *number)
{
    if (!atom->list) {
        PUTS(sql, name, " = ");
        put_parameter(sql, atom->text, number);
        return;
    }
    if (sql->engine == BRAZE_ENGINE_SQLITE) {
        PUTS(sql, name, " IN (SELECT value FROM json_each(");
        put_parameter(sql, store_names_text(atom->list, sql->pool), number);
        PUTS(sql, "))");
    } else {
        PUTS(sql, name, " = ANY (ARRAY(SELECT v.value COLLATE \"C\" ",
             "FROM json_array_elements_text(");
        put_parameter(sql, store_names_text(atom->list, sql->pool), number);
        PUTS(sql, "::json) v))");
    }
}

/* ---- atoms ---- */

/* What braze_key_fold takes away around a name: the categories Zs, Zl and Zp of Unicode. */
#define WHITE_SPACE                                                                                \
    "' "                                                                                           \
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"   \
    "\u202f"                                                                                       \
    "\u205f\u3000'"

static void put_trimmed(sql_t *sql, const char *function, const char *column)
{
    if (column) {
        PUTS(sql, " AND ", function, "(u.", column, ", " WHITE_SPACE ") = u.", column);
    }
}

static void put_range(sql_t *sql, const char *name, const cond_t *atom)
{
    PUTS(sql, name, " >= ");
    store_sql_text(sql, atom->text);
    if (atom->upper) {
        PUTS(sql, " AND ", name, " < ");
        store_sql_text(sql, atom->upper);
    }
    put_trimmed(sql, "ltrim", atom->trimmed);
}

static void put_part(sql_t *sql, const char *name, const cond_t *atom)
{
    int number;

    if (atom->op == BRAZE_FILTER_CO) {
        PUTS(sql, sql->engine == BRAZE_ENGINE_SQLITE ? "instr(" : "strpos(", name, ", ");
        store_sql_text(sql, atom->text);
        PUTS(sql, ") > 0");
        return;
    }
    PUTS(sql, "substr(", name, ", length(", name, ") - length(");
    number = store_sql_text(sql, atom->text);
    PUTS(sql, ") + 1) = ");
    store_sql_again(sql, number);
    put_trimmed(sql, "rtrim", atom->trimmed);
}

static const char *sign_of(braze_filter_op_t op)
{
    switch (op) {
    case BRAZE_FILTER_GT:
        return " > ";
    case BRAZE_FILTER_GE:
        return " >= ";
    case BRAZE_FILTER_LT:
        return " < ";
    case BRAZE_FILTER_LE:
        return " <= ";
    default:
        return " = ";
    }
}

static void put_compared(sql_t *sql, const cond_t *atom)
{
    const char *name = apr_pstrcat(sql->pool, "u.", atom->column->name, NULL);
    int number = 0;

    if (!atom->text) {
        PUTS(sql, name, sign_of(atom->op));
        store_sql_int(sql, atom->integer);
    } else if (atom->op == BRAZE_FILTER_EQ) {
        store_sql_equals(sql, name, atom, &number);
    } else if (atom->op == BRAZE_FILTER_SW) {
        put_range(sql, name, atom);
    } else if (atom->op == BRAZE_FILTER_CO || atom->op == BRAZE_FILTER_EW) {
        put_part(sql, name, atom);
    } else {
        PUTS(sql, name, sign_of(atom->op));
        store_sql_text(sql, atom->text);
    }
}

static void put_scalar(sql_t *sql, const cond_t *atom)
{
    const char *present = atom->column->present;

    if (atom->op == BRAZE_FILTER_PR) {
        PUTS(sql, "u.", present, atom->negated ? " IS NULL" : " IS NOT NULL");
        return;
    }
    /* A text less than another may be the empty one, whose column is NULL. */
    if (present && (atom->negated || atom->op == BRAZE_FILTER_LT || atom->op == BRAZE_FILTER_LE)) {
        PUTS(sql, "(u.", atom->column->name, " IS NULL OR ");
    } else {
        present = NULL;
    }
    PUTS(sql, atom->negated ? "NOT (" : "");
    put_compared(sql, atom);
    PUTS(sql, atom->negated ? ")" : "", present ? ")" : "");
}

static void put_emails(sql_t *sql, const cond_t *atom)
{
    int number = 0;

    PUTS(sql, "(");
    store_sql_equals(sql, "u.email_key", atom, &number);
    PUTS(sql, " OR EXISTS (SELECT 1 FROM braze_user_email e WHERE e.user_id = u.id "
              "AND e.company_id = " SQL_COMPANY " AND ");
    store_sql_equals(sql, "e.email_key", atom, &number);
    PUTS(sql, "))");
}

void store_sql_group_users(sql_t *sql, const cond_t *atom)
{
    int number = 0;

    PUTS(sql, "SELECT DISTINCT r.user_id FROM (WITH RECURSIVE n(id) AS (SELECT id FROM braze_group "
              "WHERE company_id = " SQL_COMPANY " AND ");
    store_sql_equals(sql, "id", atom, &number);
    /*
     * UNION, not UNION ALL: groups may stand in one another in a circle. A group of the company has
     * members of the company only (a foreign key sees to it), and not asking again lets an index
     * answer. SQLite takes the tables of a CROSS JOIN in the order in which they stand, and would
     * else read all members for the sake of DISTINCT.
     */
    PUTS(sql, " UNION SELECT m.member_group_id FROM n CROSS JOIN braze_group_member m "
              "WHERE m.group_id = n.id AND m.member_group_id IS NOT NULL) "
              "SELECT m.user_id FROM n CROSS JOIN braze_group_member m "
              "WHERE m.group_id = n.id AND m.user_id IS NOT NULL) r");
}

static void put_groups(sql_t *sql, const cond_t *atom)
{
    if (atom->op == BRAZE_FILTER_PR) {
        PUTS(sql, atom->negated ? "NOT " : "",
             "EXISTS (SELECT 1 FROM braze_group_member m WHERE m.user_id = u.id)");
        return;
    }
    PUTS(sql, "u.id ", atom->negated ? "NOT " : "", "IN (");
    store_sql_group_users(sql, atom);
    PUTS(sql, ")");
}

static void put_members(sql_t *sql, const cond_t *atom)
{
    int number = 0;

    PUTS(sql, atom->negated ? "NOT " : "",
         "EXISTS (SELECT 1 FROM braze_group_member m WHERE m.group_id = u.id");
    if (atom->op != BRAZE_FILTER_PR) {
        PUTS(sql, " AND (");
        store_sql_equals(sql, "m.user_id", atom, &number);
        PUTS(sql, " OR ");
        store_sql_equals(sql, "m.member_group_id", atom, &number);
        PUTS(sql, ")");
    }
    PUTS(sql, ")");
}

/* ---- the whole ---- */

void store_sql_condition(sql_t *sql, const cond_t *cond)
{
    int i;

    switch (cond->kind) {
    case COND_TRUE:
    case COND_FALSE:
        PUTS(sql, cond->kind == COND_TRUE ? "1 = 1" : "1 = 0");
        return;
    case COND_AND:
    case COND_OR:
        for (i = 0; i < cond->parts->nelts; i++) {
            PUTS(sql, i == 0 ? "(" : cond->kind == COND_AND ? " AND " : " OR ");
            store_sql_condition(sql, APR_ARRAY_IDX(cond->parts, i, const cond_t *));
        }
        PUTS(sql, ")");
        return;
    case COND_ATOM:
        break;
    }
    switch (cond->column->kind) {
    case COLUMN_EMAILS:
        put_emails(sql, cond);
        return;
    case COLUMN_GROUPS:
        put_groups(sql, cond);
        return;
    case COLUMN_MEMBERS:
        put_members(sql, cond);
        return;
    default:
        put_scalar(sql, cond);
    }
}
