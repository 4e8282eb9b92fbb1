/* SPDX-License-Identifier: Apache-2.0 */
/* Groups as searching sees them: GET /Groups and POST /Groups/.search. */
#include "scim_int.h"

static braze_err_t *get_group(void **row, scim_call_t *call, const char *id)
{
    braze_group_t *group;
    braze_err_t *err =
        braze_store_group_get(&group, call->db, call->request->token->company_id, id, call->pool);

    *row = err ? NULL : group;
    return err;
}

static const char *id_of(const void *row)
{
    const braze_group_t *group = row;

    return group->id;
}

/* One statement a group whose members are shown: a page has few groups, each of them may be large.
 */
static braze_err_t *load_members(const apr_array_header_t **apart, scim_call_t *call,
                                 const apr_array_header_t *rows, const projection_t *projection)
{
    braze_err_t *err = NULL;
    int i;

    if (!braze_projection_wants(projection, "members")) {
        return NULL;
    }
    for (i = 0; i < rows->nelts && !err; i++) {
        apr_array_header_t *members;

        err = braze_store_group_members(&members, call->db, call->request->token->company_id,
                                        id_of(APR_ARRAY_IDX(rows, i, const void *)), call->pool);
        apart[i] = err ? NULL : members;
    }
    return err;
}

static void put_group(braze_buf_t *buf, const void *row, const apr_array_header_t *apart,
                      scim_call_t *call, const projection_t *projection)
{
    braze_group_put(buf, row, apart, call->request, projection);
}

static const char *const apart_attrs[] = {"members", NULL};

static braze_err_t *find_groups(braze_found_t *found, scim_call_t *call,
                                const braze_search_t *search, apr_pool_t *pool)
{
    return braze_store_group_search(found, call->db, call->request->token->company_id, search,
                                    pool);
}

const scim_source_t braze_source_groups = {"/Groups",    1,         find_groups, get_group, id_of,
                                           load_members, put_group, apart_attrs};

static const scim_source_t *const sources[] = {&braze_source_groups, NULL};

braze_err_t *braze_groups_list(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    (void)id;
    return braze_search_handle(response, call, sources, 0);
}

braze_err_t *braze_groups_search(braze_scim_response_t **response, scim_call_t *call,
                                 const char *id)
{
    (void)id;
    return braze_search_handle(response, call, sources, 1);
}
