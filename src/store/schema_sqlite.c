/* SPDX-License-Identifier: Apache-2.0 */
/* What SQLite says in its own words: triggers that spread braze_user.permissions into rows. */
#include "store_int.h"

/* {grants} is the text below. */
const char store_schema_sqlite[] =
    "\n"
    "CREATE TRIGGER braze_user_grant_insert AFTER INSERT ON braze_user\n"
    "WHEN NEW.permissions <> '{}'\n"
    "BEGIN\n"
    "{grants}"
    "END;\n"
    "\n"
    "CREATE TRIGGER braze_user_grant_update AFTER UPDATE OF permissions ON braze_user\n"
    "WHEN OLD.permissions <> NEW.permissions\n"
    "BEGIN\n"
    "  DELETE FROM braze_user_grant WHERE user_id = NEW.id;\n"
    "{grants}"
    "END;\n";

/*
 * One INSERT for each kind of atom of the canonical permissions; a workspace or a team that is
 * named without anything more is an atom too. The look for a member's name costs little and keeps
 * SQLite from parsing the text seven times for the usual user, who has one kind.
 */
const char store_schema_sqlite_grants[] =
    "  INSERT INTO braze_user_grant(user_id, company_id, permission)\n"
    "    SELECT NEW.id, NEW.company_id, c.value\n"
    "    FROM json_each(NEW.permissions, '$.companyPermissions') c\n"
    "    WHERE instr(NEW.permissions, '\"companyPermissions\"') > 0;\n"
    "  INSERT INTO braze_user_grant(user_id, company_id, role_id)\n"
    "    SELECT NEW.id, NEW.company_id, r.value\n"
    "    FROM json_each(NEW.permissions, '$.roles') r\n"
    "    WHERE instr(NEW.permissions, '\"roles\"') > 0;\n"
    "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id)\n"
    "    SELECT NEW.id, NEW.company_id, json_extract(w.value, '$.appGroupId')\n"
    "    FROM json_each(NEW.permissions, '$.appGroup') w\n"
    "    WHERE instr(NEW.permissions, '\"appGroup\"') > 0\n"
    "      AND coalesce(json_array_length(w.value, '$.appGroupPermissions'), 0) = 0\n"
    "      AND coalesce(json_array_length(w.value, '$.appGroupPermissionSets'), 0) = 0\n"
    "      AND coalesce(json_array_length(w.value, '$.team'), 0) = 0;\n"
    "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id, permission)\n"
    "    SELECT NEW.id, NEW.company_id, json_extract(w.value, '$.appGroupId'), p.value\n"
    "    FROM json_each(NEW.permissions, '$.appGroup') w,\n"
    "      json_each(w.value, '$.appGroupPermissions') p\n"
    "    WHERE instr(NEW.permissions, '\"appGroupPermissions\"') > 0;\n"
    "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id, permission_set_id)\n"
    "    SELECT NEW.id, NEW.company_id, json_extract(w.value, '$.appGroupId'), s.value\n"
    "    FROM json_each(NEW.permissions, '$.appGroup') w,\n"
    "      json_each(w.value, '$.appGroupPermissionSets') s\n"
    "    WHERE instr(NEW.permissions, '\"appGroupPermissionSets\"') > 0;\n"
    "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id, team_id)\n"
    "    SELECT NEW.id, NEW.company_id, json_extract(w.value, '$.appGroupId'),\n"
    "      json_extract(t.value, '$.teamId')\n"
    "    FROM json_each(NEW.permissions, '$.appGroup') w, json_each(w.value, '$.team') t\n"
    "    WHERE instr(NEW.permissions, '\"team\"') > 0\n"
    "      AND coalesce(json_array_length(t.value, '$.teamPermissions'), 0) = 0;\n"
    "  INSERT INTO braze_user_grant(user_id, company_id, workspace_id, team_id, permission)\n"
    "    SELECT NEW.id, NEW.company_id, json_extract(w.value, '$.appGroupId'),\n"
    "      json_extract(t.value, '$.teamId'), p.value\n"
    "    FROM json_each(NEW.permissions, '$.appGroup') w, json_each(w.value, '$.team') t,\n"
    "      json_each(t.value, '$.teamPermissions') p\n"
    "    WHERE instr(NEW.permissions, '\"teamPermissions\"') > 0;\n";
