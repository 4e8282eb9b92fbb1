/* SPDX-License-Identifier: Apache-2.0 */
/* Require braze-workspace, braze-permission, braze-company-permission, braze-group: one provider
 * each, one function for all. */
#include "jit_int.h"

#include <ap_provider.h>
#include <mod_auth.h>

typedef const apr_array_header_t *require_names_fn(const jit_visitor_t *visitor);

static const apr_array_header_t *names_workspaces(const jit_visitor_t *visitor)
{
    return visitor->grants->workspaces;
}

static const apr_array_header_t *names_permissions(const jit_visitor_t *visitor)
{
    return visitor->grants->permissions;
}

static const apr_array_header_t *names_company_permissions(const jit_visitor_t *visitor)
{
    return visitor->grants->company_permissions;
}

static const apr_array_header_t *names_groups(const jit_visitor_t *visitor)
{
    return visitor->session->groups;
}

static int names_have(const apr_array_header_t *names, const char *wanted)
{
    int i;

    for (i = 0; i < names->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(names, i, const char *), wanted)) {
            return 1;
        }
    }
    return 0;
}

/* Any of the words of the line is enough, as with Require user. A company's administrator has every
 * permission and workspace; a group is a list of people, which an administrator is on or not. */
static authz_status require_any(request_rec *r, const char *line, require_names_fn *names,
                                int admin_has_all)
{
    const jit_request_t *req = jit_request(r);
    const char *word;

    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    if (!req->visitor) {
        return AUTHZ_DENIED; /* signed in by somebody else's AuthType: nothing is known of them */
    }
    if (admin_has_all && req->visitor->grants->admin) {
        return AUTHZ_GRANTED;
    }
    while (*(word = ap_getword_conf(r->pool, &line))) {
        if (names_have(names(req->visitor), word)) {
            return AUTHZ_GRANTED;
        }
    }
    return AUTHZ_DENIED;
}

static authz_status require_workspace(request_rec *r, const char *line, const void *parsed)
{
    (void)parsed;
    return require_any(r, line, names_workspaces, 1);
}

static authz_status require_permission(request_rec *r, const char *line, const void *parsed)
{
    (void)parsed;
    return require_any(r, line, names_permissions, 1);
}

static authz_status require_company_permission(request_rec *r, const char *line, const void *parsed)
{
    (void)parsed;
    return require_any(r, line, names_company_permissions, 1);
}

static authz_status require_group(request_rec *r, const char *line, const void *parsed)
{
    (void)parsed;
    return require_any(r, line, names_groups, 0);
}

static const char *require_parse(cmd_parms *cmd, const char *line, const void **parsed)
{
    const char *rest = line;

    *parsed = NULL;
    if (!*ap_getword_conf(cmd->temp_pool, &rest)) {
        return "Require braze-workspace, braze-permission, braze-company-permission and "
               "braze-group take one or more names; put a name with a space in quotes";
    }
    return NULL;
}

static const authz_provider provider_workspace = {require_workspace, require_parse};
static const authz_provider provider_permission = {require_permission, require_parse};
static const authz_provider provider_company = {require_company_permission, require_parse};
static const authz_provider provider_group = {require_group, require_parse};

void jit_require_register(apr_pool_t *pool)
{
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "braze-workspace", AUTHZ_PROVIDER_VERSION,
                              &provider_workspace, AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "braze-permission",
                              AUTHZ_PROVIDER_VERSION, &provider_permission,
                              AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "braze-company-permission",
                              AUTHZ_PROVIDER_VERSION, &provider_company, AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "braze-group", AUTHZ_PROVIDER_VERSION,
                              &provider_group, AP_AUTH_INTERNAL_PER_CONF);
}
