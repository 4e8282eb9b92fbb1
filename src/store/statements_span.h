/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of statements.c about spans of users (span.c). */
#ifndef STATEMENTS_SPAN_H
#define STATEMENTS_SPAN_H

/*
 * The LIMITs tell PostgreSQL that there are few: it guesses a third of the table behind any ">=".
 * Users by spans of 256, and spans by chapters of 64 (schema_spans.c). The last span of a company
 * is open: its users are counted when asked for.
 */
#define SPAN_USERS "256"
#define CHAPTER_SPANS "64"
#define SPANS_AT_ONCE "16640" /* users: a chapter, and the span that stays open */
#define SPAN_OPEN(level)                                                                           \
    "(SELECT max(first_id) FROM braze_user_span WHERE company_id = $1 AND level = " level ")"
#define SPANS_COUNTED                                                                              \
    "(SELECT coalesce(sum(users), 0) FROM braze_user_span WHERE company_id = $1 AND level = 1) "   \
    "+ (SELECT coalesce(sum(o.users), 0) FROM (SELECT users FROM braze_user_span "                 \
    "WHERE company_id = $1 AND level = 0 AND first_id >= " SPAN_OPEN(                              \
        "1") " "                                                                                   \
             "ORDER BY first_id LIMIT " CHAPTER_SPANS ") o)"
#define SPANS_UNCOUNTED                                                                            \
    "(SELECT count(*) FROM braze_user WHERE company_id = $1 AND id >= " SPAN_OPEN("0") ")"
#define SPANS_BEFORE                                                                               \
    "coalesce(sum(users) OVER (ORDER BY first_id ROWS BETWEEN UNBOUNDED PRECEDING "                \
    "AND 1 PRECEDING), 0)"

/* A chapter first, and then a span of it. */
#define SPANS_PLACE                                                                                \
    "WITH c(first_id, before) AS MATERIALIZED (SELECT first_id, before FROM "                      \
    "(SELECT first_id, " SPANS_BEFORE " AS before FROM braze_user_span "                           \
    "WHERE company_id = $1 AND level = 1) x WHERE before <= $2# "                                  \
    "ORDER BY first_id DESC LIMIT 1) "                                                             \
    "SELECT " SPANS_COUNTED ", " SPANS_UNCOUNTED ", s.first_id, s.before FROM "                    \
    "(SELECT first_id, (SELECT before FROM c) + " SPANS_BEFORE " AS before FROM "                  \
    "(SELECT first_id, users FROM braze_user_span WHERE company_id = $1 AND level = 0 "            \
    "AND first_id >= (SELECT first_id FROM c) ORDER BY first_id LIMIT " CHAPTER_SPANS              \
    ") y) s WHERE s.before <= $2 ORDER BY s.first_id DESC LIMIT 1"

/* Of one user who was added, where its id is in a closed span, which only clocks that differ bring
 * about: a chapter's row and a span's. */
#define SPAN_OF(level)                                                                             \
    "(" level ", (SELECT max(first_id) FROM braze_user_span WHERE company_id = $1 "                \
    "AND level = " level " AND first_id <= $2))"
#define SPANS_COUNT_ONE                                                                            \
    "UPDATE braze_user_span SET users = users + 1 WHERE company_id = $1 AND $2 < " SPAN_OPEN(      \
        "0") " AND (level, first_id) IN (VALUES " SPAN_OF("0") ", " SPAN_OF("1") ")"

/* Who has to wait for a long transaction does without. */
#define SPANS_ALONE                                                                                \
    "SELECT set_config('lock_timeout', '50ms', true), "                                            \
    "pg_advisory_xact_lock(" STORE_SPAN_LOCK ", hashtext($1))"

/* A span is closed when a whole one follows: that is where users are still being added. */
#define SPANS_CLOSE                                                                                \
    "WITH t(first_id) AS (SELECT max(first_id) FROM braze_user_span "                              \
    "WHERE company_id = $1 AND level = 0), "                                                       \
    "r(id, n) AS MATERIALIZED (SELECT id, row_number() OVER (ORDER BY id) - 1 FROM "               \
    "(SELECT u.id FROM braze_user u WHERE u.company_id = $1 "                                      \
    "AND u.id >= (SELECT first_id FROM t) ORDER BY u.id LIMIT " SPANS_AT_ONCE ") p), "             \
    "s(id, n) AS MATERIALIZED (SELECT id, n FROM r WHERE n % " SPAN_USERS " = 0 "                  \
    "AND n + " SPAN_USERS " <= (SELECT count(*) FROM r)) "                                         \
    "INSERT INTO braze_user_span(company_id, level, first_id, users) SELECT $1, 0, "               \
    "CASE WHEN s.n = 0 THEN t.first_id ELSE s.id END, "                                            \
    "CASE WHEN s.n = (SELECT max(n) FROM s) THEN NULL ELSE " SPAN_USERS " END "                    \
    "FROM s CROSS JOIN t WHERE true ON CONFLICT (company_id, level, first_id) "                    \
    "DO UPDATE SET users = excluded.users"

#define SPANS_CHAPTER                                                                              \
    "WITH r(id, n, users) AS MATERIALIZED (SELECT first_id, "                                      \
    "row_number() OVER (ORDER BY first_id) - 1, users FROM braze_user_span "                       \
    "WHERE company_id = $1 AND level = 0 AND first_id >= " SPAN_OPEN(                              \
        "1") "), "                                                                                 \
             "c(id, k, users) AS MATERIALIZED (SELECT min(id), n / " CHAPTER_SPANS ", sum(users) " \
             "FROM r GROUP BY n / " CHAPTER_SPANS ") "                                             \
             "INSERT INTO braze_user_span(company_id, level, first_id, users) SELECT $1, 1, id, "  \
             "CASE WHEN k = (SELECT max(k) FROM c) THEN NULL ELSE users END FROM c WHERE true "    \
             "ON CONFLICT (company_id, level, first_id) DO UPDATE SET users = excluded.users"

#endif
