/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the statements that sign somebody in; statements.c puts them into the one table. */
#ifndef BRAZE_STATEMENTS_SIGN_IN_H
#define BRAZE_STATEMENTS_SIGN_IN_H

#include "statements_lot.h"
#include "store_int.h"

#define SESSION_COLUMNS                                                                            \
    "session_hash, company_id, user_id, created_at, expires_at, last_seen_at, idp, name_id, "      \
    "name_id_format, name_qualifier, sp_name_qualifier, session_index, assertion_key"

/* A user who signs in, and when the login's link was last used: NULL where there is no such link.
 * $1 link, $2 company, $3 e-mail key. */
#define SIGN_IN_FIND                                                                               \
    "SELECT (SELECT coalesce(i.last_used_at, 0) FROM braze_identity i WHERE i.user_id = u.id "     \
    "AND i.link_key = $1), " STORE_USER_FIELDS " FROM braze_user u WHERE u.company_id = $2 "
#define SIGN_IN_NAME SIGN_IN_FIND "AND u.user_name_key = $3"
#define SIGN_IN_EMAIL SIGN_IN_FIND "AND u.email_key = $3 AND u.email_key <> u.user_name_key LIMIT 2"
#define SIGN_IN_LINK                                                                               \
    "SELECT coalesce(i.last_used_at, 0), " STORE_USER_FIELDS " FROM braze_identity i "             \
    "JOIN braze_user u ON u.id = i.user_id AND u.company_id = i.company_id "                       \
    "WHERE i.link_key = $1 AND i.company_id = $2 AND i.name_id IS NOT NULL"

/*
 * Up to eight people at once, of whatever companies; sign_in_quick.c has what the columns of w are
 * given. A row of NULLs is nobody. The user's row is locked and looked at again before anything is
 * inserted, so a deactivation that is just being written is seen. Whoever is not linked, or not
 * active, or whose row would have to change, gives no row and goes the long way. So does, of a lot
 * (wait: LOT_SKIPS), a user whom somebody else has locked: nobody is waited for. And so does who
 * has been signed in by another row of w. Two rows of w have never the same replay key
 * (sign_in_quick.c sees to it).
 */
#define SIGN_IN_ROW(n)                                                                             \
    "(" #n ", $+, $+, $+, $+#, $+, $+, $+, $+, $+, $+, $+#, $+, $+#, $+#, $+#, $+, $+, $+, $+, "   \
    "$+, $+, $+, $+, $+#, $+, $+, $+, $+)"
#define LOT_FRESH                                                                                  \
    "FROM up JOIN fresh ON fresh.company_id = up.w_company AND fresh.replay_key = up.w_replay"
#define LOT_WAITS ""
#define LOT_SKIPS "SKIP LOCKED"
#define SIGN_IN_LOT(rows, found, wait)                                                             \
    "WITH w(n, w_company, w_link, w_email, w_now, w_given, w_family, w_whole, w_wanted, "          \
    "w_replay, w_older, w_until, w_session, w_created, w_expires, w_seen, w_idp, w_name, "         \
    "w_format, w_qualifier, w_sp, w_index, w_assertion, w_event, w_at, w_actor, w_ip, "            \
    "w_correlation, w_detail) AS (VALUES " rows "), "                                              \
    "linked AS (SELECT w.*, v.id AS w_user, coalesce(i.last_used_at, 0) AS w_used FROM w " found   \
    "FOR NO KEY UPDATE OF v " wait "), "                                                           \
    "up AS (UPDATE braze_user u SET last_sign_in_at = f.w_now, "                                   \
    "modified_at = CASE WHEN u.confirmed = 0 THEN f.w_now ELSE u.modified_at END, "                \
    "version = u.version + 1 - u.confirmed, confirmed = 1 FROM linked f "                          \
    "WHERE u.id = f.w_user AND u.company_id = f.w_company AND u.active = 1 "                       \
    "AND (u.source = 'scim' OR ((f.w_given IS NULL OR f.w_given = u.given_name) "                  \
    "AND (f.w_family IS NULL OR f.w_family = u.family_name) "                                      \
    "AND (f.w_whole IS NULL OR f.w_email = u.email_key OR f.w_email = u.user_name_key) "           \
    "AND (f.w_wanted IS NULL OR EXISTS (SELECT 1 FROM braze_mapped p WHERE p.user_id = u.id "      \
    "AND p.want_hash = f.w_wanted AND p.user_version = u.version AND (p.group_ids = '[]' "         \
    "OR NOT EXISTS (SELECT 1 FROM json_array_elements_text(p.group_ids::json) g(id) "              \
    "WHERE NOT EXISTS (SELECT 1 FROM braze_group_member m WHERE m.user_id = u.id "                 \
    "AND m.group_id = g.id))))))) "                                                                \
    "AND NOT EXISTS (SELECT 1 FROM braze_replay r WHERE r.company_id = f.w_company "               \
    "AND r.replay_key IN (f.w_replay, f.w_older)) RETURNING f.*, " STORE_USER_NAMED "), "          \
    "fresh AS (INSERT INTO braze_replay(company_id, replay_key, until_at) "                        \
    "SELECT w_company, w_replay, w_until FROM up ON CONFLICT DO NOTHING "                          \
    "RETURNING company_id, replay_key), "                                                          \
    "begun AS (INSERT INTO braze_session(" SESSION_COLUMNS ") "                                    \
    "SELECT w_session, w_company, up.id, w_created, w_expires, w_seen, w_idp, w_name, w_format, "  \
    "w_qualifier, w_sp, w_index, w_assertion " LOT_FRESH "), "                                     \
    "used AS (UPDATE braze_identity i SET last_used_at = f.w_now FROM (SELECT up.id, w_link, "     \
    "w_now, w_used " LOT_FRESH ") f WHERE f.w_used < f.w_now - 86400000 AND i.user_id = f.id "     \
    "AND i.link_key = f.w_link), "                                                                 \
    "noted AS (INSERT INTO braze_event(company_id, id, at, name, user_id, user_name, actor, ip, "  \
    "correlation, detail) SELECT w_company, w_event, w_at, 'Signed In', up.id, up.user_name, "     \
    "w_actor, w_ip, w_correlation, w_detail " LOT_FRESH ") "                                       \
    "SELECT u.n, CASE WHEN fresh.replay_key IS NULL THEN 0 ELSE 1 END, " STORE_USER_FIELDS         \
    " FROM up u LEFT JOIN fresh ON fresh.company_id = u.w_company AND fresh.replay_key = "         \
    "u.w_replay"
#define LOT_BY_EMAIL                                                                               \
    "JOIN braze_user v ON v.company_id = w.w_company AND v.user_name_key = w.w_email "             \
    "JOIN braze_identity i ON i.user_id = v.id AND i.link_key = w.w_link "                         \
    "WHERE i.name_id IS NULL "
#define LOT_BY_NAME                                                                                \
    "JOIN braze_identity i ON i.company_id = w.w_company AND i.link_key = w.w_link "               \
    "JOIN braze_user v ON v.id = i.user_id AND v.company_id = w.w_company "                        \
    "WHERE i.name_id IS NOT NULL "

#endif
