/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What version 3 adds to the tables: which identity provider's person an account is, what a table
 * of groups (BrazeJitMap) has given to whom, whose a group is, the rest of a session's NameID, and
 * who does the work that one node at a time does.
 *
 * Words in braces as in schema_tables.c.
 */
#include "store_int.h"

/*
 * A link's key is a digest, since a NameID may be longer than an index takes. Where name_id is
 * NULL, the account is linked to the identity provider alone: its NameIDs say nothing that stays,
 * and the account is found by its e-mail.
 */
const char store_schema_third[] =
    "\n"
    "CREATE TABLE braze_identity (\n"
    "  user_id {id} NOT NULL,\n"
    "  company_id {id} NOT NULL,\n"
    "  link_key {hash} NOT NULL,\n"
    "  idp {text} NOT NULL,\n"
    "  name_id_format {text},\n"
    "  name_id {text},\n"
    "  name_qualifier {text},\n"
    "  sp_name_qualifier {text},\n"
    "  created_at BIGINT NOT NULL,\n"
    "  last_used_at BIGINT,\n"
    "  PRIMARY KEY (user_id, link_key),\n"
    "  CONSTRAINT braze_fk_identity_user FOREIGN KEY (company_id, user_id)\n"
    "    REFERENCES braze_user(company_id, id) ON DELETE CASCADE\n"
    "){compact};\n"
    "CREATE UNIQUE INDEX braze_uq_identity_name ON braze_identity(company_id, link_key)\n"
    "  WHERE name_id IS NOT NULL;\n"
    "\n"
    "CREATE TABLE braze_mapped (\n"
    "  user_id {id} NOT NULL PRIMARY KEY,\n"
    "  company_id {id} NOT NULL,\n"
    "  want_hash {hash} NOT NULL,\n"
    "  user_version BIGINT NOT NULL,\n"
    "  permissions {text} NOT NULL,\n"
    "  group_ids {text} NOT NULL,\n"
    "  CONSTRAINT braze_fk_mapped_user FOREIGN KEY (company_id, user_id)\n"
    "    REFERENCES braze_user(company_id, id) ON DELETE CASCADE\n"
    ");\n"
    "\n"
    "ALTER TABLE braze_group ADD COLUMN source VARCHAR(16) NOT NULL DEFAULT 'scim';\n"
    "CREATE UNIQUE INDEX braze_uq_group_jit ON braze_group(company_id, display_name_key)\n"
    "  WHERE source = 'jit';\n"
    "\n"
    "{sessions}"
    "\n"
    "CREATE TABLE braze_task (\n"
    "  name VARCHAR(64) NOT NULL PRIMARY KEY,\n"
    "  node {text} NOT NULL,\n"
    "  until_at BIGINT NOT NULL\n"
    "){compact};\n"
    "\n"
    /* The few among the many, for lists that people look at. */
    "CREATE INDEX braze_ix_user_suspended ON braze_user(company_id, id) WHERE active = 0;\n"
    "CREATE INDEX braze_ix_user_operator ON braze_user(company_id, id)\n"
    "  WHERE source = 'operator';\n"
    "CREATE INDEX braze_ix_user_unconfirmed ON braze_user(company_id, id) WHERE confirmed = 0;\n"
    "CREATE INDEX braze_ix_user_jit ON braze_user(company_id, id) WHERE source = 'jit';\n"
    "{counted}"
    "{begun}";

/*
 * In its primary key's index a session's long row pushed the others about at every login; rows that
 * come one after the other do not, and the indexes are short ones.
 */
const char store_schema_sqlite_sessions[] =
    "CREATE TABLE braze_old AS SELECT * FROM braze_session;\n"
    "DROP TABLE braze_session;\n"
    "CREATE TABLE braze_session (\n"
    "  session_hash {hash} NOT NULL PRIMARY KEY,\n"
    "  company_id {id} NOT NULL,\n"
    "  user_id {id} NOT NULL,\n"
    "  created_at BIGINT NOT NULL,\n"
    "  expires_at BIGINT NOT NULL,\n"
    "  last_seen_at BIGINT NOT NULL,\n"
    "  idp {text},\n"
    "  name_id {text},\n"
    "  name_id_format {text},\n"
    "  session_index {text},\n"
    "  assertion_key {hash},\n"
    "  name_qualifier {text},\n"
    "  sp_name_qualifier {text},\n"
    "  CONSTRAINT braze_fk_session_user FOREIGN KEY (user_id)\n"
    "    REFERENCES braze_user(id) ON DELETE CASCADE\n"
    ");\n"
    "INSERT INTO braze_session(session_hash, company_id, user_id, created_at, expires_at,\n"
    "    last_seen_at, idp, name_id, name_id_format, session_index, assertion_key)\n"
    "  SELECT session_hash, company_id, user_id, created_at, expires_at,\n"
    "    last_seen_at, idp, name_id, name_id_format, session_index, assertion_key\n"
    "  FROM braze_old;\n"
    "DROP TABLE braze_old;\n"
    "CREATE INDEX braze_ix_session_user ON braze_session(user_id);\n"
    "CREATE INDEX braze_ix_session_expires ON braze_session(expires_at);\n"
    "CREATE INDEX braze_ix_session_name ON braze_session(company_id, substr(name_id, 1, 64));\n";

const char store_schema_pgsql_sessions[] =
    "ALTER TABLE braze_session ADD COLUMN name_qualifier {text};\n"
    "ALTER TABLE braze_session ADD COLUMN sp_name_qualifier {text};\n";

/*
 * Most of those who are made are in one workspace and may do nothing more: there PostgreSQL need
 * not take JSON apart, which is half of what the rows of braze_user_grant cost. SQLite gains
 * nothing by it.
 */
#define ALONE                                                                                      \
    "NEW.permissions LIKE "                                                                        \
    "'{\"appGroup\":[{\"appGroupId\":\"___________________________________\"}]}'\n"                \
    "    AND strpos(NEW.permissions, ',') = 0"
const char store_schema_pgsql_begun[] =
    "CREATE FUNCTION braze_user_grant_begin() RETURNS trigger LANGUAGE plpgsql AS $$\n"
    "BEGIN\n"
    "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id)\n"
    "    VALUES(NEW.id, NEW.company_id, substr(NEW.permissions, 29, 35));\n"
    "  RETURN NULL;\n"
    "END $$;\n"
    "DROP TRIGGER braze_user_grant_insert ON braze_user;\n"
    "CREATE TRIGGER braze_user_grant_begin AFTER INSERT ON braze_user\n"
    "  FOR EACH ROW WHEN (" ALONE ")\n"
    "  EXECUTE FUNCTION braze_user_grant_begin();\n"
    "CREATE TRIGGER braze_user_grant_insert AFTER INSERT ON braze_user\n"
    "  FOR EACH ROW WHEN (NEW.permissions <> '{}' AND NOT (" ALONE "))\n"
    "  EXECUTE FUNCTION braze_user_grant_fill();\n";
