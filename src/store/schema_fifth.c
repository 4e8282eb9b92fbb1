/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What version 5 changes: on SQLite no trigger follows the INSERT of a user.
 *
 * Words in braces as in schema_tables.c.
 */
#include "store_int.h"

const char store_schema_fifth[] = "{own}";

/*
 * A statement that a trigger may follow is one that SQLite might have to undo alone: it copies
 * every page that it is about to write, some twenty of a new user's table and indexes, and when
 * they are more than 64 kB into a file that it makes for that. What adds users does what the two
 * triggers did (user.c).
 */
const char store_schema_sqlite_own[] = "\n"
                                       "DROP TRIGGER braze_user_grant_insert;\n"
                                       "DROP TRIGGER braze_user_span_insert;\n";
