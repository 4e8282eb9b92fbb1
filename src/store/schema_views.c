/* SPDX-License-Identifier: Apache-2.0 */
/* Views for applications. {each} is a function that makes rows of a JSON array, {json} what makes
 * its argument JSON. store_schema_views is version 1's, what follows came with version 2. */
#include "store_int.h"

const char store_schema_views[] =
    "\n"
    "CREATE VIEW braze_user_permission\n"
    "  (user_id, company_id, user_name, workspace_id, workspace, team_id, team, permission, via)\n"
    "AS\n"
    "  SELECT u.id, u.company_id, u.user_name, g.workspace_id, w.name, g.team_id, t.name,\n"
    "    g.permission, 'user'\n"
    "  FROM braze_user_grant g JOIN braze_user u ON u.id = g.user_id\n"
    "    LEFT JOIN braze_workspace w ON w.id = g.workspace_id\n"
    "    LEFT JOIN braze_team t ON t.id = g.team_id\n"
    "  WHERE g.permission IS NOT NULL\n"
    "UNION ALL\n"
    "  SELECT u.id, u.company_id, u.user_name, g.workspace_id, w.name, NULL, NULL,\n"
    "    p.value, s.name\n"
    "  FROM braze_user_grant g JOIN braze_user u ON u.id = g.user_id\n"
    "    JOIN braze_workspace w ON w.id = g.workspace_id\n"
    "    JOIN braze_permission_set s ON s.id = g.permission_set_id\n"
    "    CROSS JOIN {each}(s.permissions{json}) p\n"
    "UNION ALL\n"
    "  SELECT u.id, u.company_id, u.user_name, NULL, NULL, NULL, NULL, p.value, r.name\n"
    "  FROM braze_user_grant g JOIN braze_user u ON u.id = g.user_id\n"
    "    JOIN braze_role r ON r.id = g.role_id\n"
    "    CROSS JOIN {each}(r.permissions{json}) p;\n";

/*
 * What is nested is followed from the few groups that are in a group, never from the many users:
 * UNION ends a circle. A way that leads to a group by itself as well as through another counts as
 * the direct one. braze_user_group has a shape that SQLite finds a user's rows of by index.
 */
const char store_schema_second_views[] =
    "\n"
    "CREATE VIEW braze_group_within (group_id, company_id, within_id, direct)\n"
    "AS\n"
    "  WITH RECURSIVE up(group_id, company_id, within_id, direct) AS (\n"
    "    SELECT member_group_id, company_id, group_id, 1 FROM braze_group_member\n"
    "    WHERE member_group_id IS NOT NULL\n"
    "  UNION\n"
    "    SELECT up.group_id, up.company_id, m.group_id, 0 FROM up\n"
    "      JOIN braze_group_member m ON m.member_group_id = up.within_id\n"
    "  )\n"
    "  SELECT group_id, company_id, within_id, max(direct) FROM up\n"
    "  GROUP BY group_id, company_id, within_id;\n"
    "\n"
    "CREATE VIEW braze_user_group\n"
    "  (user_id, company_id, user_name, group_id, group_name, direct)\n"
    "AS\n"
    "  SELECT m.user_id, m.company_id, u.user_name, m.group_id, g.display_name, 1\n"
    "  FROM braze_group_member m JOIN braze_user u ON u.id = m.user_id\n"
    "    JOIN braze_group g ON g.id = m.group_id\n"
    "UNION ALL\n"
    "  SELECT n.user_id, n.company_id, u.user_name, n.within_id, g.display_name, 0\n"
    "  FROM (SELECT DISTINCT m.user_id, m.company_id, w.within_id\n"
    "      FROM braze_group_within w JOIN braze_group_member m ON m.group_id = w.group_id\n"
    "      WHERE m.user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM braze_group_member d\n"
    "        WHERE d.group_id = w.within_id AND d.user_id = m.user_id)) n\n"
    "    JOIN braze_user u ON u.id = n.user_id\n"
    "    JOIN braze_group g ON g.id = n.within_id;\n";
