/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of statements.c that write a user's row. */
#ifndef STATEMENTS_USER_H
#define STATEMENTS_USER_H

#include "statements_lot.h"

#define EVENT_COLUMNS                                                                              \
    "company_id, id, at, name, user_id, user_name, code, actor, ip, correlation, detail"

#define USER_ADDED                                                                                 \
    "id, company_id, user_name, user_name_key, external_id, email, email_key, email_domain, "      \
    "display_name, given_name, family_name, department, active, confirmed, impersonation, "        \
    "admin, source, permissions, resource, created_at, modified_at, last_sign_in_at, version, "    \
    "display_name_key, given_name_key, family_name_key"
#define USER_INSERT                                                                                \
    "INSERT INTO braze_user(" USER_ADDED ") VALUES($1, $2, "                                       \
    "$3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13#, $14#, $15#, $16#, $17, $18, $19, $20#, "     \
    "$21#, $22#, $23#, $24, $25, $26) ON CONFLICT DO NOTHING"

/* Columns that a change of a user writes; $1..$23 */
#define USER_SET                                                                                   \
    "user_name = $1, user_name_key = $2, external_id = $3, email = $4, email_key = $5, "           \
    "email_domain = $6, display_name = $7, given_name = $8, family_name = $9, department = $10, "  \
    "active = $11#, confirmed = $12#, impersonation = $13#, admin = $14#, source = $15, "          \
    "permissions = $16, resource = $17, modified_at = $18#, last_sign_in_at = $19#, "              \
    "version = $20#, display_name_key = $21, given_name_key = $22, family_name_key = $23"

/*
 * Up to eight changes at once; user_lot.c has what the columns of w are given. A row of NULLs is
 * none. Two rows of one user are one change: which, is not said, and the other finds another
 * version. Nobody is waited for: who waited for a row while it has locked others might be waited
 * for itself. What cannot be passed over (a name that somebody is just taking, a workspace that
 * somebody is just deleting) ends the lot at once, and each goes on alone.
 */
#define USER_LOT_SOON "(SELECT set_config('lock_timeout', '50ms', true)) soon"
#define USER_UPDATE_ROW(n)                                                                         \
    "(" #n ", $+, $+, $+#, $+, $+, $+, $+, $+, $+, $+, $+, $+, $+, $+#, $+#, $+#, $+#, $+, $+, "   \
    "$+, $+#, $+#, $+, $+, $+, $+, $+#, $+, $+, $+, $+, $+, $+, $+, $+)"
#define USER_UPDATE_LOT(rows)                                                                      \
    "WITH w(n, w_company, w_id, w_was, w_name, w_name_key, w_external, w_email, w_email_key, "     \
    "w_domain, w_display, w_given, w_family, w_department, w_active, w_confirmed, "                \
    "w_impersonation, w_admin, w_source, w_permissions, w_resource, w_modified, w_seen, "          \
    "w_display_key, w_given_key, w_family_key, w_event, w_at, w_event_name, w_event_user, "        \
    "w_event_user_name, w_code, w_actor, w_ip, w_correlation, w_detail) AS (SELECT v.* "           \
    "FROM " USER_LOT_SOON ", (VALUES " rows ") v), "                                               \
    "found AS (SELECT w.* FROM w JOIN braze_user v ON v.id = w.w_id AND v.company_id = "           \
    "w.w_company WHERE v.version = w.w_was AND v.user_name_key = w.w_name_key "                    \
    "FOR NO KEY UPDATE OF v SKIP LOCKED), "                                                        \
    "changed AS (UPDATE braze_user u SET user_name = f.w_name, external_id = f.w_external, "       \
    "email = f.w_email, email_key = f.w_email_key, email_domain = f.w_domain, "                    \
    "display_name = f.w_display, given_name = f.w_given, family_name = f.w_family, "               \
    "department = f.w_department, active = f.w_active, confirmed = f.w_confirmed, "                \
    "impersonation = f.w_impersonation, admin = f.w_admin, source = f.w_source, "                  \
    "permissions = f.w_permissions, resource = f.w_resource, modified_at = f.w_modified, "         \
    "last_sign_in_at = f.w_seen, version = f.w_was + 1, display_name_key = f.w_display_key, "      \
    "given_name_key = f.w_given_key, family_name_key = f.w_family_key FROM found f "               \
    "WHERE u.id = f.w_id AND u.company_id = f.w_company AND u.version = f.w_was "                  \
    "AND u.user_name_key = f.w_name_key AND u.active <= f.w_active "                               \
    "AND (u.active = 0 OR u.admin <= f.w_admin) AND NOT EXISTS (SELECT 1 FROM braze_user_email e " \
    "WHERE e.user_id = u.id) RETURNING f.*), "                                                     \
    "noted AS (INSERT INTO braze_event(" EVENT_COLUMNS ") SELECT w_company, w_event, w_at, "       \
    "w_event_name, w_event_user, w_event_user_name, w_code, w_actor, w_ip, w_correlation, "        \
    "w_detail FROM changed WHERE w_event IS NOT NULL) SELECT n FROM changed"

/*
 * Users who are added, likewise. Who has a name that somebody has gives no row. In the order of
 * names: two lots wait for one another's at most one way.
 */
#define USER_ADD_ROW(n)                                                                            \
    "(" #n ", $+, $+, $+, $+, $+, $+, $+, $+, $+, $+, $+, $+, $+#, $+#, $+#, $+#, $+, $+, $+, "    \
    "$+#, $+#, $+#, $+#, $+, $+, $+, $+, $+#, $+, $+, $+, $+, $+, $+, $+, $+)"
#define USER_ADD_LOT(rows)                                                                         \
    "WITH w(n, id, company_id, user_name, user_name_key, external_id, email, email_key, "          \
    "email_domain, display_name, given_name, family_name, department, active, confirmed, "         \
    "impersonation, admin, source, permissions, resource, created_at, modified_at, "               \
    "last_sign_in_at, version, display_name_key, given_name_key, family_name_key, w_event, w_at, " \
    "w_name, w_user, w_user_name, w_code, w_actor, w_ip, w_correlation, w_detail) AS "             \
    "(SELECT v.* FROM " USER_LOT_SOON ", (VALUES " rows                                            \
    ") v), added AS (INSERT INTO braze_user(" USER_ADDED ") SELECT " USER_ADDED                    \
    " FROM w WHERE id IS NOT NULL ORDER BY company_id, user_name_key ON CONFLICT DO NOTHING "      \
    "RETURNING id), "                                                                              \
    "noted AS (INSERT INTO braze_event(" EVENT_COLUMNS ") SELECT w.company_id, w_event, w_at, "    \
    "w_name, w_user, w_user_name, w_code, w_actor, w_ip, w_correlation, w_detail FROM w "          \
    "JOIN added ON added.id = w.id) SELECT n FROM w JOIN added ON added.id = w.id"

#define USER_LOCK                                                                                  \
    "SELECT u.version, u.active, u.admin, CASE WHEN EXISTS (SELECT 1 FROM braze_user_email e "     \
    "WHERE e.user_id = u.id) THEN 1 ELSE 0 END, u.confirmed, u.impersonation, u.user_name_key, "   \
    "u.external_id, u.email_key, u.email_domain, u.display_name_key, u.given_name_key, "           \
    "u.family_name_key, u.permissions FROM braze_user u WHERE u.company_id = $1 AND u.id = $2"

#endif
