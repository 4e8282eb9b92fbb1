/* SPDX-License-Identifier: Apache-2.0 */
/* Views for applications. {each} is a function that makes rows of a JSON array, {json} what makes
 * its argument JSON. */
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
