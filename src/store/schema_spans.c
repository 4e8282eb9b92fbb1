/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many users a company has, and where in the order of ids its n-th one is, without counting
 * them all: their ids are divided into spans, and spans into chapters, each of which knows how many
 * users it has (span.c). Only the last span, where new users are added, is not counted by anybody
 * but who asks: so an insert writes nothing here.
 *
 * {spans} is the text of an engine; words in braces as in schema_tables.c.
 */
#include "store_int.h"

/* users is NULL in the last span and in the last chapter of a company. */
const char store_schema_spans[] =
    "\n"
    "CREATE TABLE braze_user_span (\n"
    "  company_id {id} NOT NULL,\n"
    "  level SMALLINT NOT NULL,\n"
    "  first_id {id} NOT NULL,\n"
    "  users BIGINT,\n"
    "  PRIMARY KEY (company_id, level, first_id),\n"
    "  CONSTRAINT braze_fk_span_company FOREIGN KEY (company_id)\n"
    "    REFERENCES braze_company(id) ON DELETE CASCADE\n"
    "){compact};\n"
    "INSERT INTO braze_user_span(company_id, level, first_id)\n"
    "  SELECT id, 0, '' FROM braze_company UNION ALL SELECT id, 1, '' FROM braze_company;\n"
    "{spans}"
    "DROP TABLE braze_user_count;\n"
    "CREATE VIEW braze_user_count AS SELECT c.id AS company_id,\n"
    "  (SELECT coalesce(sum(s.users), 0) FROM braze_user_span s\n"
    "    WHERE s.company_id = c.id AND s.level = 1)\n"
    "  + (SELECT coalesce(sum(s.users), 0) FROM braze_user_span s\n"
    "    WHERE s.company_id = c.id AND s.level = 0 AND s.first_id >=\n"
    "      (SELECT max(l.first_id) FROM braze_user_span l\n"
    "      WHERE l.company_id = c.id AND l.level = 1))\n"
    "  + (SELECT count(*) FROM braze_user u WHERE u.company_id = c.id AND u.id >=\n"
    "      (SELECT max(l.first_id) FROM braze_user_span l\n"
    "      WHERE l.company_id = c.id AND l.level = 0)) AS users\n"
    "  FROM braze_company c;\n";

/* ---- SQLite ---- */

#define MOVE(row, level, more)                                                                     \
    "  UPDATE braze_user_span SET users = users " more "\n"                                        \
    "  WHERE company_id = " row ".company_id AND level = " level " AND first_id =\n"               \
    "    (SELECT max(first_id) FROM braze_user_span WHERE company_id = " row ".company_id\n"       \
    "    AND level = " level " AND first_id <= " row ".id);\n"
#define COUNTED(row)                                                                               \
    "WHEN " row ".id < (SELECT max(first_id) FROM braze_user_span\n"                               \
    "  WHERE company_id = " row ".company_id AND level = 0)\n"

const char store_schema_sqlite_spans[] =
    "DROP TRIGGER braze_company_count_insert;\n"
    "DROP TRIGGER braze_user_count_insert;\n"
    "DROP TRIGGER braze_user_count_delete;\n"
    "CREATE TRIGGER braze_company_span_insert AFTER INSERT ON braze_company\n"
    "BEGIN\n"
    "  INSERT INTO braze_user_span(company_id, level, first_id)\n"
    "  VALUES(NEW.id, 0, ''), (NEW.id, 1, '');\n"
    "END;\n"
    "CREATE TRIGGER braze_user_span_insert AFTER INSERT ON braze_user\n" COUNTED(
        "NEW") "BEGIN\n" MOVE("NEW", "0", "+ 1")
        MOVE("NEW", "1",
             "+ 1") "END;\n"
                    "CREATE TRIGGER braze_user_span_delete AFTER DELETE ON braze_user\n" COUNTED(
                        "OLD") "BEGIN\n" MOVE("OLD", "0", "- 1") MOVE("OLD", "1", "- 1") "END;\n";

/* ---- PostgreSQL ---- */

/*
 * Who adds or deletes shares a lock with all who do, until the end of the transaction; who makes
 * spans has it alone, and so sees all users whom no trigger has counted. It costs less than any
 * row's lock. It is taken by a statement of its own: what is looked at behind it must be what the
 * other has committed.
 */
#define SHARED(row)                                                                                \
    "  held := pg_advisory_xact_lock_shared(" STORE_SPAN_LOCK ", hashtext(" row ".company_id));\n"
#define MOVED(row, more)                                                                           \
    "  IF " row ".id < (SELECT max(first_id) FROM braze_user_span\n"                               \
    "      WHERE company_id = " row ".company_id AND level = 0) THEN\n"                            \
    "    PERFORM braze_user_span_move(" row ".company_id, " row ".id, " more ");\n"                \
    "  END IF;\n"                                                                                  \
    "  RETURN NULL;\n"

const char store_schema_pgsql_spans[] =
    "DROP TRIGGER braze_company_count_insert ON braze_company;\n"
    "DROP TRIGGER braze_user_count_insert ON braze_user;\n"
    "DROP TRIGGER braze_user_count_delete ON braze_user;\n"
    "DROP FUNCTION braze_company_count_fill();\n"
    "DROP FUNCTION braze_user_count_move();\n"
    "CREATE FUNCTION braze_company_span_fill() RETURNS trigger LANGUAGE plpgsql AS $$\n"
    "BEGIN\n"
    "  INSERT INTO braze_user_span(company_id, level, first_id)\n"
    "    VALUES(NEW.id, 0, ''), (NEW.id, 1, '');\n"
    "  RETURN NULL;\n"
    "END $$;\n"
    "CREATE TRIGGER braze_company_span_insert AFTER INSERT ON braze_company\n"
    "  FOR EACH ROW EXECUTE FUNCTION braze_company_span_fill();\n"
    "CREATE FUNCTION braze_user_span_move(company text, who text, more bigint) RETURNS void\n"
    "LANGUAGE plpgsql AS $$\n"
    "BEGIN\n"
    "  UPDATE braze_user_span SET users = users + more WHERE company_id = company AND level = 0\n"
    "    AND first_id = (SELECT max(first_id) FROM braze_user_span\n"
    "    WHERE company_id = company AND level = 0 AND first_id <= who);\n"
    "  UPDATE braze_user_span SET users = users + more WHERE company_id = company AND level = 1\n"
    "    AND first_id = (SELECT max(first_id) FROM braze_user_span\n"
    "    WHERE company_id = company AND level = 1 AND first_id <= who);\n"
    "END $$;\n"
    "CREATE FUNCTION braze_user_span_add() RETURNS trigger LANGUAGE plpgsql AS $$\n"
    "DECLARE\n"
    "  held text;\n"
    "BEGIN\n" SHARED("NEW") MOVED(
        "NEW",
        "1") "END $$;\n"
             "CREATE FUNCTION braze_user_span_drop() RETURNS trigger LANGUAGE plpgsql AS $$\n"
             "DECLARE\n"
             "  held text;\n"
             "BEGIN\n" SHARED("OLD") MOVED(
                 "OLD", "-1") "END $$;\n"
                              "CREATE TRIGGER braze_user_span_insert AFTER INSERT ON braze_user\n"
                              "  FOR EACH ROW EXECUTE FUNCTION braze_user_span_add();\n"
                              "CREATE TRIGGER braze_user_span_delete AFTER DELETE ON braze_user\n"
                              "  FOR EACH ROW EXECUTE FUNCTION braze_user_span_drop();\n";
