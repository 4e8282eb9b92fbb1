/* SPDX-License-Identifier: Apache-2.0 */
/* A group's columns, derived from its SCIM attributes. */
#include <string.h>

#include <apr_strings.h>

#include "braze_key.h"
#include "braze_model.h"

static braze_err_t *derive_name(braze_group_t *group, const char *name, apr_pool_t *pool)
{
    const braze_err_t *bad = NULL;
    braze_err_t *err;

    group->display_name = group->display_name_key = NULL;
    if (name && *name) {
        bad = braze_key_fold(&group->display_name_key, name, strlen(name), pool);
        if (!bad) {
            group->display_name = apr_pstrdup(pool, name);
            return NULL;
        }
    }
    err = braze_err_newf(pool, 400, "invalidValue", "BRAZE-0024", "displayName: %s",
                         bad ? bad->detail : "a group needs a name.");
    err->where = "displayName";
    return err;
}

braze_err_t *braze_group_derive_json(braze_group_t *group, const braze_json_t *resource,
                                     apr_pool_t *pool)
{
    const char *external_id = braze_json_get_string(resource, "externalId");
    braze_err_t *err = derive_name(group, braze_json_get_string(resource, "displayName"), pool);

    if (err) {
        return err;
    }
    /* An empty text counts as absent, as it does for SCIM's "pr" operator. */
    group->external_id = external_id && *external_id ? apr_pstrdup(pool, external_id) : NULL;
    group->resource = braze_json_text(resource, pool);
    return NULL;
}
