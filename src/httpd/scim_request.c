/* SPDX-License-Identifier: Apache-2.0 */
/* What the phases of one SCIM request tell one another, and how its URI divides into service and
 * resource. */
#include "scim_httpd_int.h"

#include <ap_expr.h>
#include <apr_strings.h>
#include <http_core.h>

#define REQUEST_KEY "braze-scim-request"

/* The endpoints of RFC 7644 section 3.2: where the first of these stands, the service's own part
 * begins. */
static const char *const endpoint_names[] = {
    "Users",         "Groups",  "Me",   "ServiceProviderConfig",
    "ResourceTypes", "Schemas", "Bulk", ".search"};

static int is_endpoint(const char *segment, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < sizeof(endpoint_names) / sizeof(*endpoint_names); i++) {
        if (strlen(endpoint_names[i]) == len && !memcmp(endpoint_names[i], segment, len)) {
            return 1;
        }
    }
    return 0;
}

/*
 * A section's handler does not learn where its section begins (it may be a regular expression, or
 * nested), so the URI is cut before the first segment that is an endpoint's name. Without one
 * everything is the service's base: the root, or an unknown endpoint.
 */
static void request_split(scim_request_t *req, request_rec *r)
{
    const char *at = r->uri;

    while (*at) {
        const char *segment = at + 1;
        apr_size_t len = strcspn(segment, "/");

        if (*at == '/' && is_endpoint(segment, len)) {
            req->base = apr_pstrmemdup(r->pool, r->uri, (apr_size_t)(at - r->uri));
            req->path = at;
            return;
        }
        at = segment + len;
    }
    req->base = r->uri;
    req->path = "";
}

scim_request_t *scim_request(request_rec *r)
{
    void *data = NULL;
    scim_request_t *req;

    apr_pool_userdata_get(&data, REQUEST_KEY, r->pool);
    req = data;
    if (!req || req->r != r) {
        req = apr_pcalloc(r->pool, sizeof(*req));
        req->r = r;
        request_split(req, r);
        apr_pool_userdata_setn(req, REQUEST_KEY, NULL, r->pool);
    }
    return req;
}

/* SetHandler keeps an expression, and r->handler is only set from it after the access checks. */
static const char *configured_handler(request_rec *r)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    const char *error = NULL;

    if (!core || !core->expr_handler) {
        return core ? core->handler : NULL;
    }
    return ap_expr_str_exec(r, core->expr_handler, &error);
}

int scim_is_ours(request_rec *r)
{
    const char *handler = r->handler ? r->handler : configured_handler(r);

    return handler && !strcmp(handler, SCIM_HANDLER);
}
