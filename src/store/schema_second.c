/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What version 2 adds to the tables: names and further e-mails to search by, counted users, groups
 * whose members are rows, tokens that belong to a user, outstanding SAML requests. In two parts:
 * rows that version 1 has left get their keys in between (migrate_users.c), before there are
 * indexes to keep up.
 *
 * Words in braces as in schema_tables.c; {members} is what each engine does to have
 * braze_group_member as it is now, {tokens} to have braze_token.user_id, {counters} and {words}
 * (schema_vocabulary.c) its triggers.
 */
#include "store_int.h"

const char store_schema_second[] =
    "\n"
    "ALTER TABLE braze_user ADD COLUMN display_name_key {key};\n"
    "ALTER TABLE braze_user ADD COLUMN given_name_key {key};\n"
    "ALTER TABLE braze_user ADD COLUMN family_name_key {key};\n"
    "\n"
    "CREATE TABLE braze_user_email (\n"
    "  user_id {id} NOT NULL,\n"
    "  company_id {id} NOT NULL,\n"
    "  email_key {key} NOT NULL,\n"
    "  PRIMARY KEY (user_id, email_key),\n"
    "  CONSTRAINT braze_fk_email_user FOREIGN KEY (company_id, user_id)\n"
    "    REFERENCES braze_user(company_id, id) ON DELETE CASCADE\n"
    "){compact};\n"
    "CREATE INDEX braze_ix_email_key ON braze_user_email(company_id, email_key);\n"
    "\n"
    "CREATE TABLE braze_user_count (\n"
    "  company_id {id} NOT NULL,\n"
    "  slot SMALLINT NOT NULL,\n"
    "  users BIGINT NOT NULL,\n"
    "  PRIMARY KEY (company_id, slot),\n"
    "  CONSTRAINT braze_fk_count_company FOREIGN KEY (company_id)\n"
    "    REFERENCES braze_company(id) ON DELETE CASCADE\n"
    "){compact};\n"
    "\n"
    "CREATE TABLE braze_saml_request (\n"
    "  request_hash {hash} NOT NULL PRIMARY KEY,\n"
    "  company_id {id} NOT NULL,\n"
    "  browser_hash {hash} NOT NULL,\n"
    "  idp {text},\n"
    "  return_to {text},\n"
    "  created_at BIGINT NOT NULL,\n"
    "  expires_at BIGINT NOT NULL,\n"
    "  used_at BIGINT\n"
    "){compact};\n"
    "CREATE INDEX braze_ix_saml_request_expires ON braze_saml_request(expires_at);\n"
    "CREATE INDEX braze_ix_session_name ON braze_session(company_id, substr(name_id, 1, 64));\n"
    "\n"
    "{members}"
    "\n"
    "{tokens}";

/*
 * What lists look for and sort by, with the id: an order is the same each time, and a page's ids
 * are read from the index alone. None has a column that a login changes.
 */
const char store_schema_second_indexes[] =
    "\n"
    "CREATE INDEX braze_ix_user_display ON braze_user(company_id, display_name_key, id);\n"
    "CREATE INDEX braze_ix_user_family ON braze_user(company_id, family_name_key, id);\n"
    "CREATE INDEX braze_ix_user_given ON braze_user(company_id, given_name_key, id);\n"
    "CREATE INDEX braze_ix_user_created ON braze_user(company_id, created_at, id);\n"
    "CREATE INDEX braze_ix_user_modified ON braze_user(company_id, modified_at, id);\n"
    "CREATE INDEX braze_ix_group_display ON braze_group(company_id, display_name_key, id);\n"
    "CREATE INDEX braze_ix_group_external ON braze_group(company_id, external_id)\n"
    "  WHERE external_id IS NOT NULL;\n"
    "CREATE UNIQUE INDEX braze_uq_member_user ON braze_group_member(group_id, user_id);\n"
    "CREATE UNIQUE INDEX braze_uq_member_group ON braze_group_member(group_id, member_group_id)\n"
    "  WHERE member_group_id IS NOT NULL;\n"
    "CREATE INDEX braze_ix_member_user ON braze_group_member(user_id, group_id)\n"
    "  WHERE user_id IS NOT NULL;\n"
    "CREATE INDEX braze_ix_member_group ON braze_group_member(member_group_id, group_id)\n"
    "  WHERE member_group_id IS NOT NULL;\n"
    "CREATE INDEX braze_ix_token_user ON braze_token(user_id) WHERE user_id IS NOT NULL;\n"
    "\n"
    "{counters}"
    "\n"
    "{words}";

/* ---- SQLite: a table's constraints cannot be changed, so it is made anew ---- */

const char store_schema_sqlite_members[] =
    "CREATE TABLE braze_old AS SELECT group_id, company_id, user_id, member_group_id\n"
    "  FROM braze_group_member;\n"
    "DROP TABLE braze_group_member;\n"
    "CREATE TABLE braze_group_member (\n"
    "  group_id {id} NOT NULL,\n"
    "  company_id {id} NOT NULL,\n"
    "  user_id {id},\n"
    "  member_group_id {id},\n"
    "  CONSTRAINT braze_ck_member_one CHECK ((user_id IS NULL) <> (member_group_id IS NULL)),\n"
    "  CONSTRAINT braze_ck_member_self CHECK (member_group_id <> group_id),\n"
    "  CONSTRAINT braze_fk_member_of FOREIGN KEY (company_id, group_id)\n"
    "    REFERENCES braze_group(company_id, id) ON DELETE CASCADE,\n"
    "  CONSTRAINT braze_fk_member_user FOREIGN KEY (company_id, user_id)\n"
    "    REFERENCES braze_user(company_id, id) ON DELETE CASCADE,\n"
    "  CONSTRAINT braze_fk_member_group FOREIGN KEY (company_id, member_group_id)\n"
    "    REFERENCES braze_group(company_id, id) ON DELETE CASCADE\n"
    ");\n"
    "INSERT INTO braze_group_member(group_id, company_id, user_id, member_group_id)\n"
    "  SELECT group_id, company_id, user_id, member_group_id FROM braze_old\n"
    "  WHERE (user_id IS NULL) <> (member_group_id IS NULL)\n"
    "    AND coalesce(member_group_id, '') <> group_id;\n"
    "DROP TABLE braze_old;\n";

const char store_schema_sqlite_tokens[] =
    "CREATE TABLE braze_old AS SELECT * FROM braze_token;\n"
    "DROP TABLE braze_token;\n"
    "CREATE TABLE braze_token (\n"
    "  id {id} NOT NULL PRIMARY KEY,\n"
    "  company_id {id} NOT NULL,\n"
    "  token_hash {hash} NOT NULL,\n"
    "  workspace_id {id} NOT NULL,\n"
    "  origin {text} NOT NULL,\n"
    "  allowlist {text},\n"
    "  profile VARCHAR(16) NOT NULL,\n"
    "  created_at BIGINT NOT NULL,\n"
    "  expires_at BIGINT,\n"
    "  last_used_at BIGINT,\n"
    "  last_used_from {text},\n"
    "  user_id {id},\n"
    "  CONSTRAINT braze_uq_token_hash UNIQUE (token_hash),\n"
    "  CONSTRAINT braze_fk_token_workspace FOREIGN KEY (company_id, workspace_id)\n"
    "    REFERENCES braze_workspace(company_id, id),\n"
    "  CONSTRAINT braze_fk_token_user FOREIGN KEY (company_id, user_id)\n"
    "    REFERENCES braze_user(company_id, id) ON DELETE CASCADE\n"
    ");\n"
    "INSERT INTO braze_token(id, company_id, token_hash, workspace_id, origin, allowlist, "
    "profile,\n"
    "    created_at, expires_at, last_used_at, last_used_from)\n"
    "  SELECT id, company_id, token_hash, workspace_id, origin, allowlist, profile,\n"
    "    created_at, expires_at, last_used_at, last_used_from FROM braze_old;\n"
    "DROP TABLE braze_old;\n";

/* SQLite has one writer: one row holds a company's count. */
const char store_schema_sqlite_counters[] =
    "INSERT INTO braze_user_count(company_id, slot, users)\n"
    "  SELECT c.id, 0, (SELECT count(*) FROM braze_user u WHERE u.company_id = c.id)\n"
    "  FROM braze_company c;\n"
    "CREATE TRIGGER braze_company_count_insert AFTER INSERT ON braze_company\n"
    "BEGIN\n"
    "  INSERT INTO braze_user_count(company_id, slot, users) VALUES(NEW.id, 0, 0);\n"
    "END;\n"
    "CREATE TRIGGER braze_user_count_insert AFTER INSERT ON braze_user\n"
    "BEGIN\n"
    "  UPDATE braze_user_count SET users = users + 1\n"
    "  WHERE company_id = NEW.company_id AND slot = 0;\n"
    "END;\n"
    "CREATE TRIGGER braze_user_count_delete AFTER DELETE ON braze_user\n"
    "BEGIN\n"
    "  UPDATE braze_user_count SET users = users - 1\n"
    "  WHERE company_id = OLD.company_id AND slot = 0;\n"
    "END;\n";

/* ---- PostgreSQL: what was granted on a table stays with it ---- */

const char store_schema_pgsql_members[] =
    "ALTER TABLE braze_group_member DROP CONSTRAINT braze_uq_member_user,\n"
    "  DROP CONSTRAINT braze_uq_member_group;\n"
    "DELETE FROM braze_group_member\n"
    "  WHERE (user_id IS NULL) = (member_group_id IS NULL) OR member_group_id = group_id;\n"
    "ALTER TABLE braze_group_member\n"
    "  ADD CONSTRAINT braze_ck_member_one CHECK ((user_id IS NULL) <> (member_group_id IS NULL)),\n"
    "  ADD CONSTRAINT braze_ck_member_self CHECK (member_group_id <> group_id);\n";

const char store_schema_pgsql_tokens[] =
    "ALTER TABLE braze_token ADD COLUMN user_id {id},\n"
    "  ADD CONSTRAINT braze_fk_token_user FOREIGN KEY (company_id, user_id)\n"
    "    REFERENCES braze_user(company_id, id) ON DELETE CASCADE;\n";

/*
 * A row that is counted up is locked until its transaction ends: sixteen of them, chosen by the
 * id's last digit, so that those who add users at once rarely wait for one another. Once a
 * statement, not once a row: who loads a million users would otherwise leave a version of a counter
 * for each, and walk through all of them at the next.
 */
const char store_schema_pgsql_counters[] =
    "INSERT INTO braze_user_count(company_id, slot, users)\n"
    "  SELECT c.id, s.slot, 0 FROM braze_company c CROSS JOIN generate_series(0, 15) s(slot);\n"
    "UPDATE braze_user_count c SET users = n.users\n"
    "  FROM (SELECT company_id, strpos('123456789abcdef', right(id, 1)) AS slot,\n"
    "    count(*) AS users FROM braze_user GROUP BY 1, 2) n\n"
    "  WHERE c.company_id = n.company_id AND c.slot = n.slot;\n"
    "CREATE FUNCTION braze_company_count_fill() RETURNS trigger LANGUAGE plpgsql AS $$\n"
    "BEGIN\n"
    "  INSERT INTO braze_user_count(company_id, slot, users)\n"
    "    SELECT NEW.id, s.slot, 0 FROM generate_series(0, 15) s(slot);\n"
    "  RETURN NULL;\n"
    "END $$;\n"
    "CREATE TRIGGER braze_company_count_insert AFTER INSERT ON braze_company\n"
    "  FOR EACH ROW EXECUTE FUNCTION braze_company_count_fill();\n"
    "CREATE FUNCTION braze_user_count_move() RETURNS trigger LANGUAGE plpgsql AS $$\n"
    "BEGIN\n"
    "  UPDATE braze_user_count c\n"
    "  SET users = c.users + CASE TG_OP WHEN 'INSERT' THEN m.users ELSE -m.users END\n"
    "  FROM (SELECT company_id, strpos('123456789abcdef', right(id, 1)) AS slot,\n"
    "    count(*) AS users FROM moved GROUP BY 1, 2) m\n"
    "  WHERE c.company_id = m.company_id AND c.slot = m.slot;\n"
    "  RETURN NULL;\n"
    "END $$;\n"
    "CREATE TRIGGER braze_user_count_insert AFTER INSERT ON braze_user\n"
    "  REFERENCING NEW TABLE AS moved\n"
    "  FOR EACH STATEMENT EXECUTE FUNCTION braze_user_count_move();\n"
    "CREATE TRIGGER braze_user_count_delete AFTER DELETE ON braze_user\n"
    "  REFERENCING OLD TABLE AS moved\n"
    "  FOR EACH STATEMENT EXECUTE FUNCTION braze_user_count_move();\n"
    /* Each sign-in writes its time into the row: with room on the page no index has to follow. */
    "ALTER TABLE braze_user SET (fillfactor = 85);\n";
