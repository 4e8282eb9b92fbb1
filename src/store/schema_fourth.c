/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What version 4 changes: on PostgreSQL, who keeps a user's sessions and grants to users that are
 * there.
 *
 * Words in braces as in schema_tables.c.
 */
#include "store_int.h"

const char store_schema_fourth[] = "{owned}";

/*
 * A foreign key has each row that is added look its user up and lock it, a seventh of what a login
 * costs the server. It finds nothing out here: a session is begun in the transaction that has just
 * changed its user's row, and grants are written by a trigger of that row. So what is left of a
 * foreign key is that they go with the user. What waits for a login that is under way, in order to
 * delete its user, looks for sessions only after that, and sees it.
 */
const char store_schema_pgsql_owned[] =
    "\n"
    "ALTER TABLE braze_session DROP CONSTRAINT braze_fk_session_user;\n"
    "ALTER TABLE braze_user_grant DROP CONSTRAINT braze_fk_grant_user;\n"
    "CREATE FUNCTION braze_user_gone() RETURNS trigger LANGUAGE plpgsql AS $$\n"
    "BEGIN\n"
    "  DELETE FROM braze_session WHERE user_id = OLD.id;\n"
    "  DELETE FROM braze_user_grant WHERE user_id = OLD.id;\n"
    "  RETURN NULL;\n"
    "END $$;\n"
    "CREATE TRIGGER braze_user_gone AFTER DELETE ON braze_user\n"
    "  FOR EACH ROW EXECUTE FUNCTION braze_user_gone();\n";
