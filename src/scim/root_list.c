/* SPDX-License-Identifier: Apache-2.0 */
/* Queries over all resource types (RFC 7644 sections 3.4.2.1 and 3.4.3). */
#include "scim_int.h"

static const scim_source_t *const sources[] = {&braze_source_users, &braze_source_groups, NULL};

braze_err_t *braze_root_list(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    (void)id;
    return braze_search_handle(response, call, sources, 0);
}

braze_err_t *braze_root_search(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    (void)id;
    return braze_search_handle(response, call, sources, 1);
}
