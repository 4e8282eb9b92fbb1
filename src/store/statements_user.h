/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of statements.c that write a user's row. */
#ifndef STATEMENTS_USER_H
#define STATEMENTS_USER_H

#define USER_INSERT                                                                                \
    "INSERT INTO braze_user(id, company_id, user_name, user_name_key, external_id, email, "        \
    "email_key, email_domain, display_name, given_name, family_name, department, active, "         \
    "confirmed, impersonation, admin, source, permissions, resource, created_at, modified_at, "    \
    "last_sign_in_at, version, display_name_key, given_name_key, family_name_key) VALUES($1, $2, " \
    "$3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13#, $14#, $15#, $16#, $17, $18, $19, $20#, "     \
    "$21#, $22#, $23#, $24, $25, $26) ON CONFLICT DO NOTHING"

/* Columns that a change of a user writes; $1..$23 */
#define USER_SET                                                                                   \
    "user_name = $1, user_name_key = $2, external_id = $3, email = $4, email_key = $5, "           \
    "email_domain = $6, display_name = $7, given_name = $8, family_name = $9, department = $10, "  \
    "active = $11#, confirmed = $12#, impersonation = $13#, admin = $14#, source = $15, "          \
    "permissions = $16, resource = $17, modified_at = $18#, last_sign_in_at = $19#, "              \
    "version = $20#, display_name_key = $21, given_name_key = $22, family_name_key = $23"

#define USER_LOCK                                                                                  \
    "SELECT u.version, u.active, u.admin, CASE WHEN EXISTS (SELECT 1 FROM braze_user_email e "     \
    "WHERE e.user_id = u.id) THEN 1 ELSE 0 END, u.confirmed, u.impersonation, u.user_name_key, "   \
    "u.external_id, u.email_key, u.email_domain, u.display_name_key, u.given_name_key, "           \
    "u.family_name_key, u.permissions FROM braze_user u WHERE u.company_id = $1 AND u.id = $2"

#endif
