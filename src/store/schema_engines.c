/* SPDX-License-Identifier: Apache-2.0 */
/* What each engine says in its own words: the triggers that spread braze_user.permissions into rows, and the view over them. */
#include "store_int.h"

/* One INSERT for each kind of atom of the canonical permissions. */
#define SQLITE_GRANTS                                                                              \
    "  INSERT INTO braze_user_grant(user_id, company_id, permission)\n"                            \
    "    SELECT NEW.id, NEW.company_id, c.value\n"                                                 \
    "    FROM json_each(NEW.permissions, '$.companyPermissions') c;\n"                             \
    "  INSERT INTO braze_user_grant(user_id, company_id, role_id)\n"                               \
    "    SELECT NEW.id, NEW.company_id, r.value\n"                                                 \
    "    FROM json_each(NEW.permissions, '$.roles') r;\n"                                          \
    "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id)\n"                          \
    "    SELECT NEW.id, NEW.company_id, json_extract(w.value, '$.appGroupId')\n"                   \
    "    FROM json_each(NEW.permissions, '$.appGroup') w;\n"                                       \
    "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id, permission)\n"              \
    "    SELECT NEW.id, NEW.company_id, json_extract(w.value, '$.appGroupId'), p.value\n"          \
    "    FROM json_each(NEW.permissions, '$.appGroup') w,\n"                                       \
    "      json_each(w.value, '$.appGroupPermissions') p;\n"                                       \
    "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id, permission_set_id)\n"       \
    "    SELECT NEW.id, NEW.company_id, json_extract(w.value, '$.appGroupId'), s.value\n"          \
    "    FROM json_each(NEW.permissions, '$.appGroup') w,\n"                                       \
    "      json_each(w.value, '$.appGroupPermissionSets') s;\n"                                    \
    "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id, team_id)\n"                 \
    "    SELECT NEW.id, NEW.company_id, json_extract(w.value, '$.appGroupId'),\n"                  \
    "      json_extract(t.value, '$.teamId')\n"                                                    \
    "    FROM json_each(NEW.permissions, '$.appGroup') w, json_each(w.value, '$.team') t;\n"       \
    "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id, team_id, permission)\n"     \
    "    SELECT NEW.id, NEW.company_id, json_extract(w.value, '$.appGroupId'),\n"                  \
    "      json_extract(t.value, '$.teamId'), p.value\n"                                           \
    "    FROM json_each(NEW.permissions, '$.appGroup') w, json_each(w.value, '$.team') t,\n"       \
    "      json_each(t.value, '$.teamPermissions') p;\n"

/* each(set) is a table of one text column "value". */
#define VIEW(each)                                                                                 \
    "CREATE VIEW braze_user_permission\n"                                                          \
    "  (user_id, company_id, user_name, workspace_id, workspace, team_id, team, permission, via)\n" \
    "AS\n"                                                                                         \
    "  SELECT u.id, u.company_id, u.user_name, g.workspace_id, w.name, g.team_id, t.name,\n"       \
    "    g.permission, 'user'\n"                                                                   \
    "  FROM braze_user_grant g JOIN braze_user u ON u.id = g.user_id\n"                            \
    "    LEFT JOIN braze_workspace w ON w.id = g.workspace_id\n"                                   \
    "    LEFT JOIN braze_team t ON t.id = g.team_id\n"                                             \
    "  WHERE g.permission IS NOT NULL\n"                                                           \
    "UNION ALL\n"                                                                                  \
    "  SELECT u.id, u.company_id, u.user_name, g.workspace_id, w.name, NULL, NULL,\n"              \
    "    p.value, s.name\n"                                                                        \
    "  FROM braze_user_grant g JOIN braze_user u ON u.id = g.user_id\n"                            \
    "    JOIN braze_workspace w ON w.id = g.workspace_id\n"                                        \
    "    JOIN braze_permission_set s ON s.id = g.permission_set_id\n"                              \
    "    CROSS JOIN " each("s") " p\n"                                                             \
    "UNION ALL\n"                                                                                  \
    "  SELECT u.id, u.company_id, u.user_name, NULL, NULL, NULL, NULL, p.value, r.name\n"          \
    "  FROM braze_user_grant g JOIN braze_user u ON u.id = g.user_id\n"                            \
    "    JOIN braze_role r ON r.id = g.role_id\n"                                                  \
    "    CROSS JOIN " each("r") " p;\n"

#define SQLITE_EACH(table) "json_each(" table ".permissions)"
#define PGSQL_EACH(table) "LATERAL jsonb_array_elements_text(" table ".permissions::jsonb)"

const char store_schema_sqlite[] =
    "\n"
    "CREATE TRIGGER braze_user_grant_insert AFTER INSERT ON braze_user\n"
    "WHEN NEW.permissions <> '{}'\n"
    "BEGIN\n" SQLITE_GRANTS "END;\n"
    "\n"
    "CREATE TRIGGER braze_user_grant_update AFTER UPDATE OF permissions ON braze_user\n"
    "WHEN OLD.permissions <> NEW.permissions\n"
    "BEGIN\n"
    "  DELETE FROM braze_user_grant WHERE user_id = NEW.id;\n" SQLITE_GRANTS "END;\n"
    "\n" VIEW(SQLITE_EACH);

const char store_schema_pgsql[] =
    "\n"
    "ALTER TABLE braze_company ADD CONSTRAINT braze_fk_company_workspace\n"
    "  FOREIGN KEY (id, default_workspace_id) REFERENCES braze_workspace(company_id, id);\n"
    "ALTER TABLE braze_company ADD CONSTRAINT braze_fk_company_set\n"
    "  FOREIGN KEY (id, default_permission_set_id)\n"
    "  REFERENCES braze_permission_set(company_id, id);\n"
    "\n"
    "CREATE FUNCTION braze_user_grant_fill() RETURNS trigger LANGUAGE plpgsql AS $$\n"
    "DECLARE\n"
    "  granted jsonb := NEW.permissions::jsonb;\n"
    "BEGIN\n"
    "  IF TG_OP = 'UPDATE' THEN\n"
    "    DELETE FROM braze_user_grant WHERE user_id = NEW.id;\n"
    "  END IF;\n"
    "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id, team_id,\n"
    "    permission_set_id, role_id, permission)\n"
    "  SELECT NEW.id, NEW.company_id, a.workspace_id, a.team_id, a.set_id, a.role_id, a.permission\n"
    "  FROM (\n"
    "    WITH w AS MATERIALIZED (\n"
    "      SELECT value, value->>'appGroupId' AS id\n"
    "      FROM jsonb_array_elements(granted->'appGroup'))\n"
    "    SELECT NULL AS workspace_id, NULL AS team_id, NULL AS set_id, NULL AS role_id,\n"
    "      value AS permission FROM jsonb_array_elements_text(granted->'companyPermissions')\n"
    "    UNION ALL SELECT NULL, NULL, NULL, value, NULL\n"
    "      FROM jsonb_array_elements_text(granted->'roles')\n"
    "    UNION ALL SELECT w.id, NULL, NULL, NULL, NULL FROM w\n"
    "    UNION ALL SELECT w.id, NULL, NULL, NULL, p.value\n"
    "      FROM w, jsonb_array_elements_text(w.value->'appGroupPermissions') p\n"
    "    UNION ALL SELECT w.id, NULL, s.value, NULL, NULL\n"
    "      FROM w, jsonb_array_elements_text(w.value->'appGroupPermissionSets') s\n"
    "    UNION ALL SELECT w.id, t.value->>'teamId', NULL, NULL, NULL\n"
    "      FROM w, jsonb_array_elements(w.value->'team') t\n"
    "    UNION ALL SELECT w.id, t.value->>'teamId', NULL, NULL, p.value\n"
    "      FROM w, jsonb_array_elements(w.value->'team') t,\n"
    "        jsonb_array_elements_text(t.value->'teamPermissions') p\n"
    "  ) a;\n"
    "  RETURN NULL;\n"
    "END $$;\n"
    "CREATE TRIGGER braze_user_grant_insert AFTER INSERT ON braze_user\n"
    "  FOR EACH ROW WHEN (NEW.permissions <> '{}')\n"
    "  EXECUTE FUNCTION braze_user_grant_fill();\n"
    "CREATE TRIGGER braze_user_grant_update AFTER UPDATE OF permissions ON braze_user\n"
    "  FOR EACH ROW WHEN (OLD.permissions <> NEW.permissions)\n"
    "  EXECUTE FUNCTION braze_user_grant_fill();\n"
    "\n" VIEW(PGSQL_EACH);
