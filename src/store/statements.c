/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of statements. Where engines differ each has its text; MariaDB's column is empty
 * until it is supported.
 *
 * PostgreSQL pays for round trips, SQLite does not: so PostgreSQL has a few statements that do the
 * work of a whole transaction (data-modifying common table expressions), which SQLite has no words
 * for and no need of.
 */
#include "statements_sign_in.h"
#include "statements_span.h"
#include "statements_user.h"
#include "store_int.h"

#define ENGINES 2

typedef struct {
    const char *text[ENGINES];
} statement_t;

#define SAME(words)                                                                                \
    {                                                                                              \
        {                                                                                          \
            words, words                                                                           \
        }                                                                                          \
    }
#define EACH(sqlite, pgsql)                                                                        \
    {                                                                                              \
        {                                                                                          \
            sqlite, pgsql                                                                          \
        }                                                                                          \
    }

#define USER_COLUMNS STORE_USER_FIELDS
#define USER_WHOLE STORE_USER_FIELDS ", " STORE_USER_IN_GROUPS

#define COMPANY_COLUMNS                                                                            \
    "id, name, google_sign_in, provisioning, default_workspace_id, default_permission_set_id, "    \
    "saml_name, target_url, idp_entity_id, certificate, version"

#define TOKEN_COLUMNS                                                                              \
    "t.id, t.company_id, c.name, c.version, t.workspace_id, t.origin, t.allowlist, t.profile, "    \
    "t.created_at, t.expires_at, t.last_used_at, t.last_used_from, t.user_id"

/* Items whose only columns are their names, and those that have one more. */
#define ITEM_ADD(table)                                                                            \
    SAME("INSERT INTO " table "(id, company_id, name, name_key) VALUES($1, $2, $3, $4) "           \
         "ON CONFLICT DO NOTHING")
#define ITEM_ADD_WITH(table, column)                                                               \
    SAME("INSERT INTO " table "(id, company_id, name, name_key, " column ") "                      \
         "VALUES($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING")
#define ITEM_UPDATE(table, rest, among)                                                            \
    SAME("UPDATE " table " SET name = $1, name_key = $2" rest                                      \
         " AND NOT EXISTS (SELECT 1 FROM " table " o WHERE o.company_id = " table ".company_id "   \
         "AND o.name_key = $2 AND o.id <> " table ".id" among ")")
#define ITEM_DELETE(table, unused)                                                                 \
    SAME("DELETE FROM " table " WHERE company_id = $1 AND id = $2" unused)
#define ITEM_EXISTS(table) SAME("SELECT 1 FROM " table " WHERE company_id = $1 AND id = $2")
#define UNUSED(table, column)                                                                      \
    " AND NOT EXISTS (SELECT 1 FROM " table " x WHERE x.company_id = $1 AND x." column " = $2)"
#define NO_DEFAULT(column)                                                                         \
    " AND NOT EXISTS (SELECT 1 FROM braze_company x WHERE x.id = $1 AND x." column " = $2)"

#define REPLAY_OLD                                                                                 \
    "EXISTS (SELECT 1 FROM braze_replay r WHERE r.company_id = $1 AND r.replay_key = $4)"

#define WHERE_3 " WHERE company_id = $3 AND id = $4"
#define WHERE_4 " WHERE company_id = $4 AND id = $5"

/* Names of the groups that a user is a direct member of. */
#define GROUPS_FROM                                                                                \
    "FROM braze_group_member m JOIN braze_group g ON g.id = m.group_id WHERE m.user_id = u.id)"
/* Whether one of them is in a group itself: then the others are asked for apart, so that who is in
 * none pays for one look into an index. */
#define IN_NESTED                                                                                  \
    "CASE WHEN EXISTS (SELECT 1 FROM braze_group_member m JOIN braze_group_member n "              \
    "ON n.member_group_id = m.group_id WHERE m.user_id = u.id) THEN 1 ELSE 0 END"
/* What a statement sees, as watch.c wants it: which transactions, and of which life of the server.
 */
#define SNAPSHOT                                                                                   \
    "CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_backend_pid()::text || ' ' || "               \
    "txid_current_snapshot()::text || ' ' || pg_postmaster_start_time()::text END"

#define SESSION_TOUCHED "WHERE session_hash = $2 AND company_id = $3 AND last_seen_at < $1"
#define SESSION_FIND(fold, snapshot)                                                               \
    "SELECT s.user_id, s.created_at, s.expires_at, s.last_seen_at, c.version, u.user_name, "       \
    "u.email, u.given_name, u.family_name, u.permissions, "                                        \
    "(SELECT " fold "(g.display_name) " GROUPS_FROM ", " IN_NESTED ", " snapshot " "               \
    "FROM braze_session s JOIN braze_user u ON u.id = s.user_id "                                  \
    "JOIN braze_company c ON c.id = s.company_id "                                                 \
    "WHERE s.session_hash = $1 AND s.company_id = $2 AND s.expires_at > $3# "                      \
    "AND s.last_seen_at > $4# AND u.company_id = $2 AND u.active = 1"

/*
 * A userName comes before an e-mail; no more than two are ever looked at. Most e-mails are the
 * userName: only the others are in the index of e-mails, which the last condition lets the planner
 * use.
 */
#define BY_EMAIL                                                                                   \
    "SELECT " USER_COLUMNS " FROM (SELECT id, 0 AS rank FROM braze_user "                          \
    "WHERE company_id = $1 AND user_name_key = $2 UNION ALL "                                      \
    "SELECT id, 1 AS rank FROM braze_user "                                                        \
    "WHERE company_id = $1 AND email_key = $2 AND email_key <> user_name_key LIMIT 3) p "          \
    "JOIN braze_user u ON u.id = p.id ORDER BY p.rank, u.id LIMIT 2"

#define BY_NAME " FROM braze_user u WHERE u.company_id = $1 AND u.user_name_key = $2"

/* Deletes at most $2 rows of a table whose column is before $1. */
#define SWEEP(table, key, column)                                                                  \
    SAME("DELETE FROM " table " WHERE (" key ") IN "                                               \
         "(SELECT " key " FROM " table " WHERE " column " <= $1# LIMIT $2#)")

/* A list of ids comes as one JSON text: one statement for any number. */
#define LITE_IDS(number) " IN (SELECT value FROM json_each(" number "))"
#define PG_IDS(number) " = ANY (ARRAY(SELECT json_array_elements_text(" number "::json)))"

/*
 * Asked id by id, in words that PostgreSQL does not turn into a join: it takes any list for a
 * hundred ids, and would read all groups to look for one.
 */
#define MEMBER_USER "(SELECT u.id FROM braze_user u WHERE u.company_id = $2 AND u.id = j.value)"
#define MEMBER_GROUP "(SELECT g.id FROM braze_group g WHERE g.company_id = $2 AND g.id = j.value)"
#define MEMBERS_NOBODY(ids)                                                                        \
    "SELECT j.value FROM " ids " WHERE " MEMBER_USER " IS NULL AND " MEMBER_GROUP " IS NULL "      \
    "LIMIT 1"

#define MEMBERS_ADD(ids)                                                                           \
    "INSERT INTO braze_group_member(group_id, company_id, user_id, member_group_id) "              \
    "SELECT $1, $2, w.user_id, w.group_id FROM (SELECT " MEMBER_USER " AS user_id, " MEMBER_GROUP  \
    " AS group_id FROM " ids ") w WHERE w.user_id IS NOT NULL OR w.group_id IS NOT NULL "          \
    "ON CONFLICT DO NOTHING"

#define MEMBERS_REMOVE(column, ids)                                                                \
    "DELETE FROM braze_group_member WHERE group_id = $1 AND company_id = $2 AND " column ids

/* PostgreSQL would look through the list again for each member if it were too long to be hashed. */
#define MEMBERS_KEEP(other)                                                                        \
    "DELETE FROM braze_group_member WHERE group_id = $1 AND company_id = $2 AND " other

/* With the mark of a group that is in another: only then there is more to be followed. */
#define USER_GROUPS_DIRECT(ids)                                                                    \
    "SELECT m.user_id, m.group_id, (SELECT g.display_name FROM braze_group g "                     \
    "WHERE g.id = m.group_id), 1, CASE WHEN EXISTS (SELECT 1 FROM braze_group_member n "           \
    "WHERE n.member_group_id = m.group_id) THEN 1 ELSE 0 END FROM braze_group_member m "           \
    "WHERE m.company_id = $1 AND m.user_id " ids " ORDER BY m.user_id, m.group_id"

#define USER_GROUPS(ids)                                                                           \
    "WITH RECURSIVE way(user_id, group_id, direct) AS ("                                           \
    "SELECT m.user_id, m.group_id, 1 FROM braze_group_member m "                                   \
    "WHERE m.company_id = $1 AND m.user_id " ids " UNION "                                         \
    "SELECT w.user_id, m.group_id, 0 FROM way w "                                                  \
    "JOIN braze_group_member m ON m.member_group_id = w.group_id) "                                \
    "SELECT w.user_id, w.group_id, (SELECT g.display_name FROM braze_group g "                     \
    "WHERE g.id = w.group_id), max(w.direct) FROM way w GROUP BY w.user_id, w.group_id "           \
    "ORDER BY 1, 4 DESC, 2"

#define MAPPED_GROUPS(names, ids)                                                                  \
    "SELECT id, display_name_key, source FROM braze_group WHERE company_id = $1 "                  \
    "AND (display_name_key" names " OR id" ids ") ORDER BY id"

#define GROUP_GET                                                                                  \
    "SELECT " STORE_GROUP_FIELDS " FROM braze_group g WHERE g.company_id = $1 AND g.id = $2"

/* In an order, so that two who each delete a member of the same groups do not stop one another. */
#define GROUP_BUMP_OF(column, locked)                                                              \
    "UPDATE braze_group SET version = version + 1, modified_at = $1# WHERE id IN (SELECT g.id "    \
    "FROM braze_group_member m JOIN braze_group g ON g.id = m.group_id "                           \
    "WHERE m.company_id = $2 AND m." column " = $3" locked ")"
#define BUMP_LOCKED " ORDER BY g.id FOR NO KEY UPDATE OF g"

/* Whoever is deactivated has no token either: with it they could bring themselves back. */
#define TOKEN_FIND(columns, user, hash, company, now)                                              \
    "SELECT " columns " FROM braze_token t JOIN braze_company c ON c.id = t.company_id " user      \
    "WHERE t.token_hash = " hash " AND t.company_id = " company                                    \
    " AND (t.expires_at IS NULL OR t.expires_at > " now "#)"
#define TOKEN_FIND_WITH(user, snapshot)                                                            \
    TOKEN_FIND(TOKEN_COLUMNS ", " USER_WHOLE ", " snapshot,                                        \
               "LEFT JOIN braze_user u ON " user " = $1 AND u.company_id = t.company_id ", "$2",   \
               "$3", "$4")

/* One row, whether there is such a user or not: the snapshot is needed either way. */
#define TOKEN_SEEN(user)                                                                           \
    "SELECT " SNAPSHOT ", " USER_WHOLE " FROM (SELECT 1) one "                                     \
    "LEFT JOIN braze_user u ON " user " = $1 AND u.company_id = $2"

static const statement_t statements[ST_COUNT] = {
    [ST_DATA_VERSION] = EACH("PRAGMA data_version", NULL),
    [ST_TOTAL_CHANGES] = EACH("SELECT total_changes()", NULL),
    [ST_SNAPSHOT] = EACH(NULL, "SELECT " SNAPSHOT),
    [ST_BEGIN] = EACH("BEGIN IMMEDIATE", NULL),
    [ST_COMMIT] = EACH("COMMIT", NULL),
    [ST_ROLLBACK] = EACH("ROLLBACK", NULL),
    [ST_SAVEPOINT] = EACH("SAVEPOINT braze_one", NULL),
    [ST_SAVEPOINT_UNDO] = EACH("ROLLBACK TO braze_one", NULL),
    [ST_SAVEPOINT_END] = EACH("RELEASE braze_one", NULL),

    [ST_SCHEMA_VERSION] = SAME("SELECT max(version) FROM braze_schema"),
    [ST_SCHEMA_NOTE] = SAME("INSERT INTO braze_schema(version, migrated_at) VALUES($1#, $2#)"),

    [ST_COMPANY_FIND] = SAME("SELECT " COMPANY_COLUMNS " FROM braze_company WHERE name_key = $1"),
    [ST_COMPANY_GET] = SAME("SELECT " COMPANY_COLUMNS " FROM braze_company WHERE id = $1"),
    [ST_COMPANY_LIST] = SAME("SELECT " COMPANY_COLUMNS " FROM braze_company ORDER BY name_key"),
    [ST_COMPANY_ADD] =
        SAME("INSERT INTO braze_company(id, name, name_key, google_sign_in, provisioning, "
             "default_workspace_id, default_permission_set_id, saml_name, target_url, "
             "idp_entity_id, certificate, version) VALUES($1, $2, $3, $4#, $5#, $6, $7, $8, $9, "
             "$10, $11, 1) ON CONFLICT DO NOTHING"),
    [ST_COMPANY_UPDATE] =
        SAME("UPDATE braze_company SET name = $1, name_key = $2, google_sign_in = $3#, "
             "provisioning = $4#, default_workspace_id = $5, default_permission_set_id = $6, "
             "saml_name = $7, target_url = $8, idp_entity_id = $9, certificate = $10, "
             "version = version + 1 WHERE id = $11 AND version = $12# AND NOT EXISTS "
             "(SELECT 1 FROM braze_company o WHERE o.name_key = $2 AND o.id <> braze_company.id)"),
    [ST_COMPANY_BUMP] = SAME("UPDATE braze_company SET version = version + 1 WHERE id = $1"),
    /* Not FOR UPDATE: that would wait for every transaction that has added a user. */
    [ST_COMPANY_LOCK] = EACH(NULL, "SELECT 1 FROM braze_company WHERE id = $1 FOR NO KEY UPDATE"),

    [ST_CATALOG] =
        SAME("SELECT -1 AS kind, id, '' AS name_key, '' AS name, NULL AS workspace_id, "
             "NULL AS permissions, version FROM braze_company WHERE id = $1 "
             "UNION ALL SELECT 0, id, name_key, name, NULL, NULL, 0 FROM braze_workspace "
             "WHERE company_id = $1 "
             "UNION ALL SELECT 1, id, name_key, name, workspace_id, NULL, 0 FROM braze_team "
             "WHERE company_id = $1 "
             "UNION ALL SELECT 2, id, name_key, name, NULL, permissions, 0 "
             "FROM braze_permission_set WHERE company_id = $1 "
             "UNION ALL SELECT 3, id, name_key, name, NULL, permissions, 0 FROM braze_role "
             "WHERE company_id = $1 "
             "UNION ALL SELECT 4, scope, name, name, NULL, NULL, 0 FROM braze_permission "
             "ORDER BY 1, 3, 2"),
    [ST_ITEM_ADD] = ITEM_ADD("braze_workspace"),
    [ST_ITEM_ADD + 1] = ITEM_ADD_WITH("braze_team", "workspace_id"),
    [ST_ITEM_ADD + 2] = ITEM_ADD_WITH("braze_permission_set", "permissions"),
    [ST_ITEM_ADD + 3] = ITEM_ADD_WITH("braze_role", "permissions"),
    [ST_ITEM_UPDATE] = ITEM_UPDATE("braze_workspace", WHERE_3, ""),
    [ST_ITEM_UPDATE + 1] =
        ITEM_UPDATE("braze_team", WHERE_3, " AND o.workspace_id = braze_team.workspace_id"),
    [ST_ITEM_UPDATE + 2] = ITEM_UPDATE("braze_permission_set", ", permissions = $3" WHERE_4, ""),
    [ST_ITEM_UPDATE + 3] = ITEM_UPDATE("braze_role", ", permissions = $3" WHERE_4, ""),
    [ST_ITEM_DELETE] = ITEM_DELETE("braze_workspace", UNUSED("braze_user_grant", "workspace_id")
                                                          UNUSED("braze_token", "workspace_id")
                                                              NO_DEFAULT("default_workspace_id")),
    [ST_ITEM_DELETE + 1] = ITEM_DELETE("braze_team", UNUSED("braze_user_grant", "team_id")),
    [ST_ITEM_DELETE + 2] =
        ITEM_DELETE("braze_permission_set", UNUSED("braze_user_grant", "permission_set_id")
                                                NO_DEFAULT("default_permission_set_id")),
    [ST_ITEM_DELETE + 3] = ITEM_DELETE("braze_role", UNUSED("braze_user_grant", "role_id")),
    [ST_ITEM_EXISTS] = ITEM_EXISTS("braze_workspace"),
    [ST_ITEM_EXISTS + 1] = ITEM_EXISTS("braze_team"),
    [ST_ITEM_EXISTS + 2] = ITEM_EXISTS("braze_permission_set"),
    [ST_ITEM_EXISTS + 3] = ITEM_EXISTS("braze_role"),

    [ST_DOMAIN_KNOWN] =
        SAME("SELECT CASE WHEN EXISTS (SELECT 1 FROM braze_domain WHERE company_id = $1 "
             "AND domain = $2) OR EXISTS (SELECT 1 FROM braze_user WHERE company_id = $1 "
             "AND email_domain = $2 AND confirmed = 1 AND impersonation = 0) THEN 1 ELSE 0 END"),
    [ST_DOMAIN_ALLOW] =
        SAME("INSERT INTO braze_domain(company_id, domain) VALUES($1, $2) ON CONFLICT DO NOTHING"),
    [ST_DOMAIN_FORBID] = SAME("DELETE FROM braze_domain WHERE company_id = $1 AND domain = $2"),
    [ST_DOMAIN_EXCEPTED] =
        SAME("SELECT domain FROM braze_domain WHERE company_id = $1 ORDER BY domain"),
    [ST_DOMAIN_CONFIRMED] =
        SAME("SELECT DISTINCT email_domain FROM braze_user WHERE company_id = $1 "
             "AND email_domain IS NOT NULL AND confirmed = 1 AND impersonation = 0 "
             "ORDER BY email_domain"),

    /* From domain to domain in the index: what there are many users of costs as much as one. */
    [ST_DOMAIN_SOME] =
        SAME("WITH RECURSIVE d(domain) AS (SELECT min(email_domain) FROM braze_user "
             "WHERE company_id = $1 AND email_domain IS NOT NULL AND confirmed = 1 "
             "AND impersonation = 0 UNION ALL SELECT (SELECT min(u.email_domain) FROM braze_user u "
             "WHERE u.company_id = $1 AND u.email_domain > d.domain AND u.confirmed = 1 "
             "AND u.impersonation = 0) FROM d WHERE d.domain IS NOT NULL) "
             "SELECT domain FROM d WHERE domain IS NOT NULL LIMIT $2#"),
    [ST_DOMAIN_EXCEPTED_SOME] =
        SAME("SELECT domain FROM braze_domain WHERE company_id = $1 ORDER BY domain LIMIT $2#"),
    [ST_USER_GET] =
        SAME("SELECT " USER_WHOLE " FROM braze_user u WHERE u.company_id = $1 AND u.id = $2"),
    [ST_USER_BY_NAME] = SAME("SELECT " USER_WHOLE BY_NAME),
    [ST_USER_BY_EMAIL] = SAME(BY_EMAIL),
    /* Where the page begins is found in the index: an OFFSET over whole rows would read them all.
     */
    [ST_USER_LIST] =
        SAME("SELECT " USER_WHOLE " FROM braze_user u WHERE u.company_id = $1 AND u.id >= "
             "(SELECT id FROM braze_user WHERE company_id = $1 AND id >= $2 ORDER BY id LIMIT 1 "
             "OFFSET $3#) ORDER BY u.id LIMIT $4#"),
    [ST_USER_COUNT] = SAME("SELECT " SPANS_COUNTED ", " SPANS_UNCOUNTED),
    [ST_USER_PLACE] = SAME(SPANS_PLACE),
    [ST_SPAN_LOCK] = EACH(NULL, SPANS_ALONE),
    [ST_SPAN_CLOSE] = SAME(SPANS_CLOSE),
    [ST_SPAN_CHAPTER] = SAME(SPANS_CHAPTER),
    [ST_USER_ADD] = SAME(USER_INSERT),
    [ST_USER_ADD_EVENT] =
        EACH(NULL, "WITH added AS (" USER_INSERT " RETURNING id, company_id), "
                   "noted AS (INSERT INTO braze_event(" EVENT_COLUMNS ") SELECT company_id, $27, "
                   "$28#, $29, $30, $31, $32, $33, $34, $35, $36 FROM added) "
                   "SELECT count(*) FROM added"),
    [ST_USER_ADD_LOT_1] = EACH(NULL, USER_ADD_LOT(LOT_OF_1(USER_ADD_ROW))),
    [ST_USER_ADD_LOT_2] = EACH(NULL, USER_ADD_LOT(LOT_OF_2(USER_ADD_ROW))),
    [ST_USER_ADD_LOT_4] = EACH(NULL, USER_ADD_LOT(LOT_OF_4(USER_ADD_ROW))),
    [ST_USER_ADD_LOT_8] = EACH(NULL, USER_ADD_LOT(LOT_OF_8(USER_ADD_ROW))),
    /* Grants follow by a trigger. */
    [ST_USER_GRANT] =
        SAME("UPDATE braze_user SET permissions = $1 WHERE company_id = $2 AND id = $3"),
    [ST_USER_GRANT_ONE] =
        EACH("INSERT INTO braze_user_grant(user_id, company_id, workspace_id, permission_set_id) "
             "VALUES($1, $2, $3, $4)",
             NULL),
    [ST_USER_SPAN_COUNT] = EACH(SPANS_COUNT_ONE, NULL),
    [ST_USER_LOCK] = EACH(USER_LOCK, USER_LOCK " FOR NO KEY UPDATE"),
    [ST_USER_UPDATE] =
        SAME("UPDATE braze_user SET " USER_SET " WHERE company_id = $24 AND id = $25 "
             "AND version = $26# AND NOT EXISTS (SELECT 1 FROM braze_user o "
             "WHERE o.company_id = $24 AND o.user_name_key = $2 AND o.id <> $25)"),
    /* Only where no index but that of modified_at has to change: SQLite writes every index that has
       a column which is set, changed or not. Without permissions: where a trigger may follow, it
       keeps a journal of the statement. */
    [ST_USER_UPDATE_NARROW] =
        SAME("UPDATE braze_user SET user_name = $1, email = $2, display_name = $3, "
             "given_name = $4, family_name = $5, department = $6, source = $7, resource = $8, "
             "modified_at = $9#, last_sign_in_at = $10#, version = $11# "
             "WHERE company_id = $12 AND id = $13 AND version = $14#"),
    /* Only where nothing else has to follow: nobody is deactivated, no administrator is lost, there
       are no further e-mails. Who has the name is looked for only where it is another than before.
     */
    [ST_USER_UPDATE_QUICK] = EACH(
        NULL, "WITH changed AS (UPDATE braze_user SET " USER_SET " WHERE company_id = $24 "
              "AND id = $25 AND version = $26# AND active <= $11 AND (active = 0 OR admin <= "
              "$14) AND (user_name_key = $2 OR NOT EXISTS (SELECT 1 FROM braze_user o WHERE "
              "o.company_id = $24 AND o.user_name_key = $2 AND o.id <> $25)) AND NOT EXISTS "
              "(SELECT 1 FROM braze_user_email e WHERE e.user_id = $25) RETURNING company_id), "
              "noted AS (INSERT INTO braze_event(" EVENT_COLUMNS ") SELECT company_id, $27, "
              "$28#, $29, $30, $31, $32, $33, $34, $35, $36 FROM changed "
              "WHERE $27 IS NOT NULL) SELECT count(*) FROM changed"),
    [ST_USER_UPDATE_LOT_1] = EACH(NULL, USER_UPDATE_LOT(LOT_OF_1(USER_UPDATE_ROW))),
    [ST_USER_UPDATE_LOT_2] = EACH(NULL, USER_UPDATE_LOT(LOT_OF_2(USER_UPDATE_ROW))),
    [ST_USER_UPDATE_LOT_4] = EACH(NULL, USER_UPDATE_LOT(LOT_OF_4(USER_UPDATE_ROW))),
    [ST_USER_UPDATE_LOT_8] = EACH(NULL, USER_UPDATE_LOT(LOT_OF_8(USER_UPDATE_ROW))),
    [ST_USER_OTHER_ADMINS] = SAME("SELECT count(*) FROM braze_user WHERE company_id = $1 "
                                  "AND id <> $2 AND admin = 1 AND active = 1"),
    [ST_USER_OTHERS] = SAME("SELECT 1 FROM braze_user WHERE company_id = $1 AND id <> $2 LIMIT 1"),
    [ST_USER_DELETE] = SAME("DELETE FROM braze_user WHERE company_id = $1 AND id = $2"),
    [ST_USER_END_SESSIONS] = SAME("DELETE FROM braze_session WHERE user_id = $1"),
    [ST_USER_EMAILS_ADD] =
        EACH("INSERT INTO braze_user_email(user_id, company_id, email_key) SELECT $1, $2, value "
             "FROM json_each($3)",
             "INSERT INTO braze_user_email(user_id, company_id, email_key) SELECT $1, $2, value "
             "FROM json_array_elements_text($3::json)"),
    [ST_USER_EMAILS_DROP] = SAME("DELETE FROM braze_user_email WHERE user_id = $1"),
    [ST_USER_FILL_READ] = SAME("SELECT " USER_COLUMNS ", u.company_id FROM braze_user u "
                               "WHERE u.id > $1 ORDER BY u.id LIMIT $2#"),
    /* $1: an array of [id, display name's key, given name's, family name's] */
    [ST_USER_FILL_KEYS] = EACH(
        "UPDATE braze_user SET display_name_key = f.d, given_name_key = f.g, "
        "family_name_key = f.f FROM (SELECT json_extract(value, '$[0]') AS id, "
        "json_extract(value, '$[1]') AS d, json_extract(value, '$[2]') AS g, "
        "json_extract(value, '$[3]') AS f FROM json_each($1)) f WHERE braze_user.id = f.id",
        "UPDATE braze_user u SET display_name_key = f.value->>1, given_name_key = f.value->>2, "
        "family_name_key = f.value->>3 FROM json_array_elements($1::json) f "
        "WHERE u.id = f.value->>0"),

    [ST_GROUP_GET] = SAME(GROUP_GET),
    [ST_GROUP_LOCK] = EACH(GROUP_GET, GROUP_GET " FOR NO KEY UPDATE"),
    [ST_GROUP_ADD] = SAME("INSERT INTO braze_group(id, company_id, display_name, display_name_key, "
                          "external_id, resource, created_at, modified_at, version) "
                          "VALUES($1, $2, $3, $4, $5, $6, $7#, $8#, $9#)"),
    [ST_GROUP_UPDATE] =
        SAME("UPDATE braze_group SET display_name = $1, display_name_key = $2, external_id = $3, "
             "resource = $4 WHERE company_id = $5 AND id = $6"),
    /* Who changes a group has it from then on. */
    [ST_GROUP_BUMP] = SAME("UPDATE braze_group SET version = $1#, modified_at = $2#, "
                           "source = 'scim' WHERE company_id = $3 AND id = $4"),
    [ST_GROUP_BUMP_OF_USER] =
        EACH(GROUP_BUMP_OF("user_id", ""), GROUP_BUMP_OF("user_id", BUMP_LOCKED)),
    [ST_GROUP_BUMP_OF_GROUP] =
        EACH(GROUP_BUMP_OF("member_group_id", ""), GROUP_BUMP_OF("member_group_id", BUMP_LOCKED)),
    [ST_GROUP_DELETE] = SAME("DELETE FROM braze_group WHERE company_id = $1 AND id = $2"),
    /* In two, each in the order of its index: together they would be sorted. */
    [ST_MEMBERS_USERS] =
        SAME("SELECT m.user_id, coalesce(u.display_name, u.user_name) "
             "FROM braze_group_member m JOIN braze_user u ON u.id = m.user_id "
             "WHERE m.group_id = $1 AND m.company_id = $2 AND m.user_id IS NOT NULL "
             "ORDER BY m.user_id"),
    [ST_MEMBERS_GROUPS] =
        SAME("SELECT m.member_group_id, g.display_name FROM braze_group_member m "
             "JOIN braze_group g ON g.id = m.member_group_id "
             "WHERE m.group_id = $1 AND m.company_id = $2 AND m.member_group_id IS NOT NULL "
             "ORDER BY m.member_group_id"),
    [ST_MEMBERS_NOBODY] = EACH(MEMBERS_NOBODY("json_each($1) j"),
                               MEMBERS_NOBODY("json_array_elements_text($1::json) j")),
    [ST_MEMBERS_ADD] = EACH(MEMBERS_ADD("json_each($3) j"),
                            MEMBERS_ADD("json_array_elements_text($3::json) j OFFSET 0")),
    [ST_MEMBERS_REMOVE_USERS] =
        EACH(MEMBERS_REMOVE("user_id", LITE_IDS("$3")), MEMBERS_REMOVE("user_id", PG_IDS("$3"))),
    [ST_MEMBERS_REMOVE_GROUPS] = EACH(MEMBERS_REMOVE("member_group_id", LITE_IDS("$3")),
                                      MEMBERS_REMOVE("member_group_id", PG_IDS("$3"))),
    [ST_MEMBERS_KEEP] =
        EACH(MEMBERS_KEEP("coalesce(user_id, member_group_id) NOT" LITE_IDS("$3")),
             /* Not "NOT EXISTS": that is joined row by row when the planner thinks little of $3. */
             MEMBERS_KEEP("coalesce(user_id, member_group_id) NOT IN "
                          "(SELECT json_array_elements_text($3::json))")),
    [ST_USER_GROUPS_DIRECT] =
        EACH(USER_GROUPS_DIRECT(LITE_IDS("$2")), USER_GROUPS_DIRECT(PG_IDS("$2"))),
    [ST_USER_GROUPS] = EACH(USER_GROUPS(LITE_IDS("$2")), USER_GROUPS(PG_IDS("$2"))),

    [ST_SIGN_IN_QUICK] = EACH(NULL, SIGN_IN_LOT(LOT_OF_1(SIGN_IN_ROW), LOT_BY_EMAIL, LOT_WAITS)),
    [ST_SIGN_IN_QUICK_NAMED] =
        EACH(NULL, SIGN_IN_LOT(LOT_OF_1(SIGN_IN_ROW), LOT_BY_NAME, LOT_WAITS)),
    [ST_SIGN_IN_LOT_1] = EACH(NULL, SIGN_IN_LOT(LOT_OF_1(SIGN_IN_ROW), LOT_BY_EMAIL, LOT_SKIPS)),
    [ST_SIGN_IN_LOT_2] = EACH(NULL, SIGN_IN_LOT(LOT_OF_2(SIGN_IN_ROW), LOT_BY_EMAIL, LOT_SKIPS)),
    [ST_SIGN_IN_LOT_4] = EACH(NULL, SIGN_IN_LOT(LOT_OF_4(SIGN_IN_ROW), LOT_BY_EMAIL, LOT_SKIPS)),
    [ST_SIGN_IN_LOT_8] = EACH(NULL, SIGN_IN_LOT(LOT_OF_8(SIGN_IN_ROW), LOT_BY_EMAIL, LOT_SKIPS)),
    [ST_SIGN_IN_LOT_1_NAMED] =
        EACH(NULL, SIGN_IN_LOT(LOT_OF_1(SIGN_IN_ROW), LOT_BY_NAME, LOT_SKIPS)),
    [ST_SIGN_IN_LOT_2_NAMED] =
        EACH(NULL, SIGN_IN_LOT(LOT_OF_2(SIGN_IN_ROW), LOT_BY_NAME, LOT_SKIPS)),
    [ST_SIGN_IN_LOT_4_NAMED] =
        EACH(NULL, SIGN_IN_LOT(LOT_OF_4(SIGN_IN_ROW), LOT_BY_NAME, LOT_SKIPS)),
    [ST_SIGN_IN_LOT_8_NAMED] =
        EACH(NULL, SIGN_IN_LOT(LOT_OF_8(SIGN_IN_ROW), LOT_BY_NAME, LOT_SKIPS)),
    /* In two, for each is answered from one index: what has to be sorted or put together costs
       SQLite a temporary table. */
    [ST_SIGN_IN_BY_NAME] = EACH(SIGN_IN_NAME, SIGN_IN_NAME " FOR NO KEY UPDATE OF u"),
    [ST_SIGN_IN_BY_EMAIL] = EACH(SIGN_IN_EMAIL, SIGN_IN_EMAIL " FOR NO KEY UPDATE OF u"),
    [ST_SIGN_IN_BY_LINK] = EACH(SIGN_IN_LINK, SIGN_IN_LINK " FOR NO KEY UPDATE OF u"),
    [ST_LINKS_OF] =
        SAME("SELECT CASE WHEN idp = $1 THEN 1 ELSE 0 END, CASE WHEN name_id IS NULL THEN 0 ELSE 1 "
             "END FROM braze_identity WHERE company_id = $2 AND user_id = $3"),
    [ST_LINK_ADD] =
        SAME("INSERT INTO braze_identity(user_id, company_id, link_key, idp, name_id_format, "
             "name_id, name_qualifier, sp_name_qualifier, created_at, last_used_at) "
             "VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9#, $10#) ON CONFLICT DO NOTHING"),
    [ST_LINK_TOUCH] = SAME("UPDATE braze_identity SET last_used_at = $1# WHERE company_id = $2 "
                           "AND user_id = $3 AND link_key = $4"),
    [ST_IDENTITY_LIST] =
        SAME("SELECT i.user_id, u.user_name, i.idp, i.link_key, i.name_id_format, i.name_id, "
             "i.name_qualifier, i.sp_name_qualifier, i.created_at, i.last_used_at "
             "FROM braze_identity i JOIN braze_user u ON u.id = i.user_id WHERE i.company_id = $1 "
             "AND ($2 IS NULL OR i.user_id = $2) AND ($3 IS NULL OR i.idp = $3) "
             "ORDER BY u.user_name_key, i.created_at, i.link_key"),
    [ST_IDENTITY_REMOVE] =
        SAME("DELETE FROM braze_identity WHERE company_id = $1 AND ($2 IS NULL OR user_id = $2) "
             "AND ($3 IS NULL OR idp = $3)"),
    [ST_MAPPED_GET] = SAME("SELECT want_hash, user_version, permissions, group_ids "
                           "FROM braze_mapped WHERE company_id = $1 AND user_id = $2"),
    [ST_MAPPED_PUT] =
        SAME("INSERT INTO braze_mapped(user_id, company_id, want_hash, user_version, permissions, "
             "group_ids) VALUES($1, $2, $3, $4#, $5, $6) ON CONFLICT (user_id) DO UPDATE SET "
             "want_hash = $3, user_version = $4, permissions = $5, group_ids = $6"),
    /* How many of the groups in $3 the user is in. */
    [ST_MAPPED_MEMBERS] =
        EACH("SELECT count(*) FROM braze_group_member WHERE company_id = $1 AND user_id = $2 "
             "AND group_id" LITE_IDS("$3"),
             "SELECT count(*) FROM braze_group_member WHERE company_id = $1 AND user_id = $2 "
             "AND group_id" PG_IDS("$3")),
    /* $2 names, $3 ids: what is wanted by name, and what was given. In an order, as it is locked.
     */
    [ST_MAPPED_GROUPS] = EACH(MAPPED_GROUPS(LITE_IDS("$2"), LITE_IDS("$3")),
                              MAPPED_GROUPS(PG_IDS("$2"), PG_IDS("$3")) " FOR NO KEY UPDATE"),
    [ST_MAPPED_GROUP_ADD] =
        SAME("INSERT INTO braze_group(id, company_id, display_name, display_name_key, resource, "
             "created_at, modified_at, version, source) "
             "VALUES($1, $2, $3, $4, $5, $6#, $7#, $8#, 'jit') ON CONFLICT DO NOTHING"),
    [ST_MAPPED_BUMP] = SAME("UPDATE braze_group SET version = version + 1, modified_at = $1# "
                            "WHERE company_id = $2 AND id = $3"),
    /* Confirmation is apart: SQLite writes every index that has a column which is set, changed or
       not. */
    [ST_SIGN_IN_MARK] =
        SAME("UPDATE braze_user SET last_sign_in_at = $1# WHERE company_id = $2 AND id = $3"),
    [ST_SIGN_IN_CONFIRM] =
        SAME("UPDATE braze_user SET confirmed = 1, version = version + 1, modified_at = $1# "
             "WHERE company_id = $2 AND id = $3 AND confirmed = 0"),
    /* $4: the key under which version 3 of the schema would have it. For a statement that selects
       what it inserts SQLite keeps a copy of each page that it changes, so there it is a row that
       may not be that is not inserted. */
    [ST_REPLAY_ADD] =
        EACH("INSERT OR IGNORE INTO braze_replay(company_id, replay_key, until_at) VALUES($1, $2, "
             "$3# + CASE WHEN " REPLAY_OLD " THEN NULL ELSE 0 END)",
             "INSERT INTO braze_replay(company_id, replay_key, until_at) SELECT $1, $2, $3# WHERE "
             "NOT " REPLAY_OLD " ON CONFLICT DO NOTHING"),

    [ST_SESSION_ADD] =
        SAME("INSERT INTO braze_session(" SESSION_COLUMNS ") VALUES($1, $2, $3, $4#, $5#, $6#, $7, "
             "$8, $9, $10, $11, $12, $13)"),
    [ST_SESSION_FIND] =
        EACH(SESSION_FIND("json_group_array", "NULL"), SESSION_FIND("json_agg", SNAPSHOT)),
    [ST_SESSION_NAMED] = SAME("SELECT idp, name_id, name_id_format, name_qualifier, "
                              "sp_name_qualifier, session_index, assertion_key FROM braze_session "
                              "WHERE session_hash = $1 AND company_id = $2"),
    [ST_SESSION_GROUPS] =
        SAME("WITH RECURSIVE way(group_id) AS (SELECT m.group_id FROM braze_group_member m "
             "WHERE m.user_id = $1 UNION SELECT m.group_id FROM way w JOIN braze_group_member m "
             "ON m.member_group_id = w.group_id) SELECT (SELECT g.display_name FROM braze_group g "
             "WHERE g.id = w.group_id) FROM way w"),
    /* A page waits for no disk: what a crash may lose is that somebody was here a moment ago. */
    [ST_SESSION_TOUCH] =
        EACH("UPDATE braze_session SET last_seen_at = $1# " SESSION_TOUCHED,
             "WITH s AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)) "
             "UPDATE braze_session SET last_seen_at = $1# FROM s " SESSION_TOUCHED),
    [ST_SESSION_END] =
        SAME("DELETE FROM braze_session WHERE session_hash = $1 AND company_id = $2"),
    /* $4: the beginning of the key that version 3 of the schema would have, 64 characters less the
       11 of a time; of one row only, so without an index. */
    [ST_SESSION_CAME_OF] =
        SAME("SELECT 1 FROM braze_session s JOIN braze_user u ON u.id = s.user_id "
             "WHERE s.session_hash = $1 AND s.company_id = $2 AND (s.assertion_key = $3 "
             "OR substr(s.assertion_key, 1, 53) = $4) AND s.expires_at > $5# AND u.active = 1"),

    [ST_TOKEN_ADD] = SAME("INSERT INTO braze_token(id, company_id, token_hash, workspace_id, "
                          "origin, allowlist, profile, created_at, expires_at, user_id) "
                          "VALUES($1, $2, $3, $4, $5, $6, $7, $8#, $9#, $10)"),
    /* The hash of 256 random bits is what is looked up: the time that the index takes tells nothing
       about the secret. */
    [ST_TOKEN_FIND] = SAME(TOKEN_FIND(TOKEN_COLUMNS, "", "$1", "$2", "$3")),
    [ST_TOKEN_FIND_ID] = EACH(TOKEN_FIND_WITH("u.id", "NULL"), TOKEN_FIND_WITH("u.id", SNAPSHOT)),
    [ST_TOKEN_FIND_NAME] = EACH(TOKEN_FIND_WITH("u.user_name_key", "NULL"),
                                TOKEN_FIND_WITH("u.user_name_key", SNAPSHOT)),
    [ST_TOKEN_SEEN_ID] = EACH(NULL, TOKEN_SEEN("u.id")),
    [ST_TOKEN_SEEN_NAME] = EACH(NULL, TOKEN_SEEN("u.user_name_key")),
    [ST_TOKEN_USER] =
        SAME("SELECT 1 FROM braze_user WHERE id = $1 AND company_id = $2 AND active = 1"),
    [ST_TOKEN_TOUCH] = SAME("UPDATE braze_token SET last_used_at = $1#, last_used_from = $2 "
                            "WHERE company_id = $3 AND id = $4"),
    [ST_TOKEN_LIST] = SAME("SELECT " TOKEN_COLUMNS " FROM braze_token t JOIN braze_company c "
                           "ON c.id = t.company_id WHERE t.company_id = $1 ORDER BY t.id"),
    [ST_TOKEN_DELETE] = SAME("DELETE FROM braze_token WHERE company_id = $1 AND id = $2"),

    [ST_API_KEY_ADD] =
        SAME("INSERT INTO braze_api_key(id, company_id, name, key_hash, permissions, created_at) "
             "VALUES($1, $2, $3, $4, $5, $6#)"),
    [ST_API_KEY_FIND] = SAME("SELECT id, company_id, name, permissions, created_at, last_used_at "
                             "FROM braze_api_key WHERE key_hash = $1"),
    [ST_API_KEY_LIST] = SAME("SELECT id, company_id, name, permissions, created_at, last_used_at "
                             "FROM braze_api_key WHERE company_id = $1 ORDER BY id"),
    [ST_API_KEY_DELETE] = SAME("DELETE FROM braze_api_key WHERE company_id = $1 AND id = $2"),

    [ST_RATE_HIT] = SAME("INSERT INTO braze_rate(company_id, window_at, used) VALUES($1, $2#, 1) "
                         "ON CONFLICT (company_id, window_at) "
                         "DO UPDATE SET used = braze_rate.used + 1 RETURNING used"),
    [ST_EVENT_ADD] = SAME("INSERT INTO braze_event(" EVENT_COLUMNS ") VALUES($1, $2, $3#, $4, $5, "
                          "$6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING"),
    [ST_EVENT_LIST] = SAME("SELECT " EVENT_COLUMNS " FROM braze_event WHERE company_id = $1 "
                           "ORDER BY id DESC LIMIT $2#"),

    [ST_EVENT_SEARCH] =
        SAME("SELECT " EVENT_COLUMNS " FROM braze_event WHERE company_id = $1 AND id < $2 "
             "AND at >= $3# AND at < $4# AND ($5 IS NULL OR name = $5) "
             "AND ($6 IS NULL OR code = $6) AND ($7 IS NULL OR user_name = $7 OR user_id = $8) "
             "ORDER BY id DESC LIMIT $9#"),
    [ST_SESSION_LIST] =
        SAME("SELECT s.session_hash, s.user_id, s.created_at, s.expires_at, s.last_seen_at, s.idp, "
             "s.name_id, s.session_index, u.user_name FROM braze_session s "
             "JOIN braze_user u ON u.id = s.user_id WHERE s.company_id = $1 AND s.expires_at > $2# "
             "AND ($3 IS NULL OR s.user_id = $3) AND s.session_hash >= $4 AND s.session_hash < $5 "
             "ORDER BY s.created_at DESC, s.session_hash LIMIT $6#"),
    [ST_SESSION_END_ALL] = SAME("DELETE FROM braze_session WHERE company_id = $1 "
                                "AND ($2 IS NULL OR user_id = $2)"),

    [ST_SWEEP_SESSIONS] = SWEEP("braze_session", "session_hash", "expires_at"),
    [ST_SWEEP_REPLAYS] = SWEEP("braze_replay", "company_id, replay_key", "until_at"),
    [ST_SWEEP_RATES] = SWEEP("braze_rate", "company_id, window_at", "window_at"),
    [ST_SWEEP_SAML_REQUESTS] = SWEEP("braze_saml_request", "request_hash", "expires_at"),
    /* Ids grow with time: the primary key finds the oldest of each company. */
    [ST_SWEEP_EVENTS] =
        SAME("DELETE FROM braze_event WHERE (company_id, id) IN (SELECT e.company_id, e.id "
             "FROM braze_company c JOIN braze_event e ON e.company_id = c.id AND e.id < $1 "
             "WHERE e.at < $2# LIMIT $3#)"),
    [ST_TASK_TAKE] = SAME("INSERT INTO braze_task(name, node, until_at) VALUES($1, $2, $3#) "
                          "ON CONFLICT (name) DO UPDATE SET node = $2, until_at = $3 "
                          "WHERE braze_task.until_at <= $4# OR braze_task.until_at > $5#"),
    [ST_TASK_KEEP] = SAME("UPDATE braze_task SET until_at = $1# WHERE name = $2 AND node = $3"),

    /* The index is on the beginning alone: a name may be longer than an index takes. */
    [ST_SESSION_END_NAMED] =
        SAME("DELETE FROM braze_session WHERE company_id = $1 "
             "AND substr(name_id, 1, 64) = substr($2, 1, 64) AND name_id = $2 AND idp = $3 "
             "AND ($4 IS NULL OR session_index IS NULL OR session_index = $4) "
             "AND ($5 IS NULL OR name_qualifier IS NULL OR name_qualifier = $5) "
             "AND ($6 IS NULL OR sp_name_qualifier IS NULL OR sp_name_qualifier = $6) "
             "RETURNING session_hash, user_id"),
    [ST_SAML_REQUEST_ADD] =
        SAME("INSERT INTO braze_saml_request(company_id, request_hash, browser_hash, idp, "
             "return_to, created_at, expires_at) VALUES($1, $2, $3, $4, $5, $6#, $7#)"),
    [ST_SAML_REQUEST_FIND] =
        SAME("SELECT browser_hash, idp, return_to, created_at, expires_at, used_at "
             "FROM braze_saml_request WHERE company_id = $1 AND request_hash = $2"),
    [ST_SAML_REQUEST_USE] =
        SAME("UPDATE braze_saml_request SET used_at = $1# WHERE company_id = $2 "
             "AND request_hash = $3 AND browser_hash = $4 AND used_at IS NULL "
             "AND expires_at > $1"),
};

const char *store_statement_text(store_statement_t id, braze_engine_t engine)
{
    return (int)engine < ENGINES ? statements[id].text[engine] : NULL;
}
