/* SPDX-License-Identifier: Apache-2.0 */
/* What each engine says in its own words: the triggers that spread braze_user.permissions into
 * rows, and the view over them. */
#include "store_int.h"

/*
 * One INSERT for each kind of atom of the canonical permissions; a workspace or a team that is
 * named without anything more is an atom too. The look for a member's name costs little and keeps
 * SQLite from parsing the text seven times for the usual user, who has two kinds.
 */
#define SQLITE_HAS(name) "instr(NEW.permissions, '\"" name "\"') > 0;\n"
#define SQLITE_NONE(each, name)                                                                    \
    "coalesce(json_array_length(" each ".value, '$." name "'), 0) = 0\n      AND "
#define SQLITE_GRANTS                                                                                                                                                                                     \
    "  INSERT INTO braze_user_grant(user_id, company_id, permission)\n"                                                                                                                                   \
    "    SELECT NEW.id, NEW.company_id, c.value\n"                                                                                                                                                        \
    "    FROM json_each(NEW.permissions, '$.companyPermissions') c\n"                                                                                                                                     \
    "    WHERE " SQLITE_HAS(                                                                                                                                                                              \
        "companyPermissions") "  INSERT INTO braze_user_grant(user_id, company_id, role_id)\n"                                                                                                            \
                              "    SELECT NEW.id, NEW.company_id, r.value\n"                                                                                                                              \
                              "    FROM json_each(NEW.permissions, '$.roles') r\n"                                                                                                                        \
                              "    WHERE " SQLITE_HAS(                                                                                                                                                    \
                                  "roles") "  INSERT INTO braze_user_grant(user_id, company_id, "                                                                                                         \
                                           "workspace_id)\n"                                                                                                                                              \
                                           "    SELECT NEW.id, NEW.company_id, "                                                                                                                          \
                                           "json_extract(w.value, '$.appGroupId')\n"                                                                                                                      \
                                           "    FROM json_each(NEW.permissions, '$.appGroup') w\n"                                                                                                        \
                                           "    WHERE " SQLITE_NONE("w", "appGroupPermissions")                                                                                                           \
                                               SQLITE_NONE(                                                                                                                                               \
                                                   "w",                                                                                                                                                   \
                                                   "appGroupPermissionSets") SQLITE_NONE("w",                                                                                                             \
                                                                                         "team")                                                                                                          \
                                                   SQLITE_HAS("appGroup") "  INSERT INTO "                                                                                                                \
                                                                          "braze_user_grant(user_"                                                                                                        \
                                                                          "id, company_id, "                                                                                                              \
                                                                          "workspace_id, "                                                                                                                \
                                                                          "permission)\n"                                                                                                                 \
                                                                          "    SELECT NEW.id, "                                                                                                           \
                                                                          "NEW.company_id, "                                                                                                              \
                                                                          "json_extract(w.value, "                                                                                                        \
                                                                          "'$.appGroupId'), "                                                                                                             \
                                                                          "p.value\n"                                                                                                                     \
                                                                          "    FROM "                                                                                                                     \
                                                                          "json_each(NEW."                                                                                                                \
                                                                          "permissions, "                                                                                                                 \
                                                                          "'$.appGroup') w,\n"                                                                                                            \
                                                                          "      "                                                                                                                        \
                                                                          "json_each(w.value, "                                                                                                           \
                                                                          "'$."                                                                                                                           \
                                                                          "appGroupPermissions') "                                                                                                        \
                                                                          "p\n"                                                                                                                           \
                                                                          "    WHERE " SQLITE_HAS(                                                                                                        \
                                                                              "appGroupPermission"                                                                                                        \
                                                                              "s") "  INSERT "                                                                                                            \
                                                                                   "INTO "                                                                                                                \
                                                                                   "braze_user_"                                                                                                          \
                                                                                   "grant(user_"                                                                                                          \
                                                                                   "id, "                                                                                                                 \
                                                                                   "company_id, "                                                                                                         \
                                                                                   "workspace_id,"                                                                                                        \
                                                                                   " permission_"                                                                                                         \
                                                                                   "set_id)\n"                                                                                                            \
                                                                                   "    SELECT "                                                                                                          \
                                                                                   "NEW.id, "                                                                                                             \
                                                                                   "NEW.company_"                                                                                                         \
                                                                                   "id, "                                                                                                                 \
                                                                                   "json_extract("                                                                                                        \
                                                                                   "w.value, "                                                                                                            \
                                                                                   "'$."                                                                                                                  \
                                                                                   "appGroupId'),"                                                                                                        \
                                                                                   " s.value\n"                                                                                                           \
                                                                                   "    FROM "                                                                                                            \
                                                                                   "json_each("                                                                                                           \
                                                                                   "NEW."                                                                                                                 \
                                                                                   "permissions, "                                                                                                        \
                                                                                   "'$.appGroup')"                                                                                                        \
                                                                                   " w,\n"                                                                                                                \
                                                                                   "      "                                                                                                               \
                                                                                   "json_each(w."                                                                                                         \
                                                                                   "value, "                                                                                                              \
                                                                                   "'$."                                                                                                                  \
                                                                                   "appGroupPermi"                                                                                                        \
                                                                                   "ssionSets') "                                                                                                         \
                                                                                   "s\n"                                                                                                                  \
                                                                                   "    "                                                                                                                 \
                                                                                   "WHERE"                                                                                                                \
                                                                                   " " SQLITE_HAS(                                                                                                        \
                                                                                       "appGroupP"                                                                                                        \
                                                                                       "ermission"                                                                                                        \
                                                                                       "Sets") " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "I"                                                                                                        \
                                                                                               "N"                                                                                                        \
                                                                                               "S"                                                                                                        \
                                                                                               "E"                                                                                                        \
                                                                                               "R"                                                                                                        \
                                                                                               "T"                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "I"                                                                                                        \
                                                                                               "N"                                                                                                        \
                                                                                               "T"                                                                                                        \
                                                                                               "O"                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "b"                                                                                                        \
                                                                                               "r"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "z"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               "_"                                                                                                        \
                                                                                               "u"                                                                                                        \
                                                                                               "s"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               "r"                                                                                                        \
                                                                                               "_"                                                                                                        \
                                                                                               "g"                                                                                                        \
                                                                                               "r"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "n"                                                                                                        \
                                                                                               "t"                                                                                                        \
                                                                                               "("                                                                                                        \
                                                                                               "u"                                                                                                        \
                                                                                               "s"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               "r"                                                                                                        \
                                                                                               "_"                                                                                                        \
                                                                                               "i"                                                                                                        \
                                                                                               "d"                                                                                                        \
                                                                                               ","                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "c"                                                                                                        \
                                                                                               "o"                                                                                                        \
                                                                                               "m"                                                                                                        \
                                                                                               "p"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "n"                                                                                                        \
                                                                                               "y"                                                                                                        \
                                                                                               "_"                                                                                                        \
                                                                                               "i"                                                                                                        \
                                                                                               "d"                                                                                                        \
                                                                                               ","                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "w"                                                                                                        \
                                                                                               "o"                                                                                                        \
                                                                                               "r"                                                                                                        \
                                                                                               "k"                                                                                                        \
                                                                                               "s"                                                                                                        \
                                                                                               "p"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "c"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               "_"                                                                                                        \
                                                                                               "i"                                                                                                        \
                                                                                               "d"                                                                                                        \
                                                                                               ","                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "t"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "m"                                                                                                        \
                                                                                               "_"                                                                                                        \
                                                                                               "i"                                                                                                        \
                                                                                               "d"                                                                                                        \
                                                                                               ")"                                                                                                        \
                                                                                               "\n"                                                                                                       \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "S"                                                                                                        \
                                                                                               "E"                                                                                                        \
                                                                                               "L"                                                                                                        \
                                                                                               "E"                                                                                                        \
                                                                                               "C"                                                                                                        \
                                                                                               "T"                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "N"                                                                                                        \
                                                                                               "E"                                                                                                        \
                                                                                               "W"                                                                                                        \
                                                                                               "."                                                                                                        \
                                                                                               "i"                                                                                                        \
                                                                                               "d"                                                                                                        \
                                                                                               ","                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "N"                                                                                                        \
                                                                                               "E"                                                                                                        \
                                                                                               "W"                                                                                                        \
                                                                                               "."                                                                                                        \
                                                                                               "c"                                                                                                        \
                                                                                               "o"                                                                                                        \
                                                                                               "m"                                                                                                        \
                                                                                               "p"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "n"                                                                                                        \
                                                                                               "y"                                                                                                        \
                                                                                               "_"                                                                                                        \
                                                                                               "i"                                                                                                        \
                                                                                               "d"                                                                                                        \
                                                                                               ","                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "j"                                                                                                        \
                                                                                               "s"                                                                                                        \
                                                                                               "o"                                                                                                        \
                                                                                               "n"                                                                                                        \
                                                                                               "_"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               "x"                                                                                                        \
                                                                                               "t"                                                                                                        \
                                                                                               "r"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "c"                                                                                                        \
                                                                                               "t"                                                                                                        \
                                                                                               "("                                                                                                        \
                                                                                               "w"                                                                                                        \
                                                                                               "."                                                                                                        \
                                                                                               "v"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "l"                                                                                                        \
                                                                                               "u"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               ","                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "'"                                                                                                        \
                                                                                               "$"                                                                                                        \
                                                                                               "."                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "p"                                                                                                        \
                                                                                               "p"                                                                                                        \
                                                                                               "G"                                                                                                        \
                                                                                               "r"                                                                                                        \
                                                                                               "o"                                                                                                        \
                                                                                               "u"                                                                                                        \
                                                                                               "p"                                                                                                        \
                                                                                               "I"                                                                                                        \
                                                                                               "d"                                                                                                        \
                                                                                               "'"                                                                                                        \
                                                                                               ")"                                                                                                        \
                                                                                               ","                                                                                                        \
                                                                                               "\n"                                                                                                       \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "j"                                                                                                        \
                                                                                               "s"                                                                                                        \
                                                                                               "o"                                                                                                        \
                                                                                               "n"                                                                                                        \
                                                                                               "_"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               "x"                                                                                                        \
                                                                                               "t"                                                                                                        \
                                                                                               "r"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "c"                                                                                                        \
                                                                                               "t"                                                                                                        \
                                                                                               "("                                                                                                        \
                                                                                               "t"                                                                                                        \
                                                                                               "."                                                                                                        \
                                                                                               "v"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "l"                                                                                                        \
                                                                                               "u"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               ","                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "'"                                                                                                        \
                                                                                               "$"                                                                                                        \
                                                                                               "."                                                                                                        \
                                                                                               "t"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "m"                                                                                                        \
                                                                                               "I"                                                                                                        \
                                                                                               "d"                                                                                                        \
                                                                                               "'"                                                                                                        \
                                                                                               ")"                                                                                                        \
                                                                                               "\n"                                                                                                       \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "F"                                                                                                        \
                                                                                               "R"                                                                                                        \
                                                                                               "O"                                                                                                        \
                                                                                               "M"                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "j"                                                                                                        \
                                                                                               "s"                                                                                                        \
                                                                                               "o"                                                                                                        \
                                                                                               "n"                                                                                                        \
                                                                                               "_"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "c"                                                                                                        \
                                                                                               "h"                                                                                                        \
                                                                                               "("                                                                                                        \
                                                                                               "N"                                                                                                        \
                                                                                               "E"                                                                                                        \
                                                                                               "W"                                                                                                        \
                                                                                               "."                                                                                                        \
                                                                                               "p"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               "r"                                                                                                        \
                                                                                               "m"                                                                                                        \
                                                                                               "i"                                                                                                        \
                                                                                               "s"                                                                                                        \
                                                                                               "s"                                                                                                        \
                                                                                               "i"                                                                                                        \
                                                                                               "o"                                                                                                        \
                                                                                               "n"                                                                                                        \
                                                                                               "s"                                                                                                        \
                                                                                               ","                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "'"                                                                                                        \
                                                                                               "$"                                                                                                        \
                                                                                               "."                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "p"                                                                                                        \
                                                                                               "p"                                                                                                        \
                                                                                               "G"                                                                                                        \
                                                                                               "r"                                                                                                        \
                                                                                               "o"                                                                                                        \
                                                                                               "u"                                                                                                        \
                                                                                               "p"                                                                                                        \
                                                                                               "'"                                                                                                        \
                                                                                               ")"                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "w"                                                                                                        \
                                                                                               ","                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "j"                                                                                                        \
                                                                                               "s"                                                                                                        \
                                                                                               "o"                                                                                                        \
                                                                                               "n"                                                                                                        \
                                                                                               "_"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "c"                                                                                                        \
                                                                                               "h"                                                                                                        \
                                                                                               "("                                                                                                        \
                                                                                               "w"                                                                                                        \
                                                                                               "."                                                                                                        \
                                                                                               "v"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "l"                                                                                                        \
                                                                                               "u"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               ","                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "'"                                                                                                        \
                                                                                               "$"                                                                                                        \
                                                                                               "."                                                                                                        \
                                                                                               "t"                                                                                                        \
                                                                                               "e"                                                                                                        \
                                                                                               "a"                                                                                                        \
                                                                                               "m"                                                                                                        \
                                                                                               "'"                                                                                                        \
                                                                                               ")"                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "t"                                                                                                        \
                                                                                               "\n"                                                                                                       \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               " "                                                                                                        \
                                                                                               "W"                                                                                                        \
                                                                                               "H"                                                                                                        \
                                                                                               "E"                                                                                                        \
                                                                                               "R"                                                                                                        \
                                                                                               "E"                                                                                                        \
                                                                                               " " SQLITE_NONE(                                                                                           \
                                                                                                   "t",                                                                                                   \
                                                                                                   "teamPermissions")                                                                                     \
                                                                                                   SQLITE_HAS(                                                                                            \
                                                                                                       "team") "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id, team_id, permission)\n" \
                                                                                                               "    SELECT NEW.id, NEW.company_id, json_extract(w.value, '$.appGroupId'),\n"              \
                                                                                                               "      json_extract(t.value, '$.teamId'), p.value\n"                                       \
                                                                                                               "    FROM json_each(NEW.permissions, '$.appGroup') w, json_each(w.value, '$.team') t,\n"   \
                                                                                                               "      json_each(t.value, '$.teamPermissions') p\n"                                        \
                                                                                                               "    WHERE " SQLITE_HAS(                                                                   \
                                                                                                                   "teamPermissions")

#define PGSQL_BARE_WORKSPACES                                                                      \
    "'$.appGroup[*] ? (!exists(@.appGroupPermissions[*])\n"                                        \
    "      && !exists(@.appGroupPermissionSets[*]) && !exists(@.team[*]))'"

/* each(set) is a table of one text column "value". */
#define VIEW(each)                                                                                 \
    "CREATE VIEW braze_user_permission\n"                                                          \
    "  (user_id, company_id, user_name, workspace_id, workspace, team_id, team, permission, "      \
    "via)\n"                                                                                       \
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
    "    CROSS JOIN " each(                                                                        \
        "s") " p\n"                                                                                \
             "UNION ALL\n"                                                                         \
             "  SELECT u.id, u.company_id, u.user_name, NULL, NULL, NULL, NULL, p.value, r.name\n" \
             "  FROM braze_user_grant g JOIN braze_user u ON u.id = g.user_id\n"                   \
             "    JOIN braze_role r ON r.id = g.role_id\n"                                         \
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
    "  IF granted ? 'companyPermissions' THEN\n"
    "    INSERT INTO braze_user_grant(user_id, company_id, permission)\n"
    "      SELECT NEW.id, NEW.company_id, value\n"
    "      FROM jsonb_array_elements_text(granted->'companyPermissions');\n"
    "  END IF;\n"
    "  IF granted ? 'roles' THEN\n"
    "    INSERT INTO braze_user_grant(user_id, company_id, role_id)\n"
    "      SELECT NEW.id, NEW.company_id, value FROM jsonb_array_elements_text(granted->'roles');\n"
    "  END IF;\n"
    "  IF NOT granted ? 'appGroup' THEN\n"
    "    RETURN NULL;\n"
    "  END IF;\n"
    "  IF jsonb_path_exists(granted, " PGSQL_BARE_WORKSPACES ") THEN\n"
    "    INSERT INTO braze_user_grant(user_id, company_id, workspace_id)\n"
    "      SELECT NEW.id, NEW.company_id, w->>'appGroupId'\n"
    "      FROM jsonb_path_query(granted, " PGSQL_BARE_WORKSPACES ") w;\n"
    "  END IF;\n"
    "  IF jsonb_path_exists(granted, '$.appGroup[*].appGroupPermissions') THEN\n"
    "    INSERT INTO braze_user_grant(user_id, company_id, workspace_id, permission)\n"
    "      SELECT NEW.id, NEW.company_id, w.value->>'appGroupId', p.value\n"
    "      FROM jsonb_array_elements(granted->'appGroup') w,\n"
    "        jsonb_array_elements_text(w.value->'appGroupPermissions') p;\n"
    "  END IF;\n"
    "  IF jsonb_path_exists(granted, '$.appGroup[*].appGroupPermissionSets') THEN\n"
    "    INSERT INTO braze_user_grant(user_id, company_id, workspace_id, permission_set_id)\n"
    "      SELECT NEW.id, NEW.company_id, w.value->>'appGroupId', s.value\n"
    "      FROM jsonb_array_elements(granted->'appGroup') w,\n"
    "        jsonb_array_elements_text(w.value->'appGroupPermissionSets') s;\n"
    "  END IF;\n"
    "  IF jsonb_path_exists(granted, '$.appGroup[*].team') THEN\n"
    "    INSERT INTO braze_user_grant(user_id, company_id, workspace_id, team_id)\n"
    "      SELECT NEW.id, NEW.company_id, w.value->>'appGroupId', t->>'teamId'\n"
    "      FROM jsonb_array_elements(granted->'appGroup') w,\n"
    "        jsonb_path_query(w.value, '$.team[*] ? (!exists(@.teamPermissions[*]))') t;\n"
    "    INSERT INTO braze_user_grant(user_id, company_id, workspace_id, team_id, permission)\n"
    "      SELECT NEW.id, NEW.company_id, w.value->>'appGroupId', t.value->>'teamId', p.value\n"
    "      FROM jsonb_array_elements(granted->'appGroup') w,\n"
    "        jsonb_array_elements(w.value->'team') t,\n"
    "        jsonb_array_elements_text(t.value->'teamPermissions') p;\n"
    "  END IF;\n"
    "  RETURN NULL;\n"
    "END $$;\n"
    "CREATE TRIGGER braze_user_grant_insert AFTER INSERT ON braze_user\n"
    "  FOR EACH ROW WHEN (NEW.permissions <> '{}')\n"
    "  EXECUTE FUNCTION braze_user_grant_fill();\n"
    "CREATE TRIGGER braze_user_grant_update AFTER UPDATE OF permissions ON braze_user\n"
    "  FOR EACH ROW WHEN (OLD.permissions <> NEW.permissions)\n"
    "  EXECUTE FUNCTION braze_user_grant_fill();\n"
    "\n" VIEW(PGSQL_EACH);
