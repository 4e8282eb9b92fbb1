/* SPDX-License-Identifier: Apache-2.0 */
/* What the phases of one SCIM request tell one another, and how its URI divides into service and
 * resource. */
#include "scim_httpd_int.h"

#include <ap_expr.h>
#include <apr_strings.h>
#include <http_core.h>

/* The endpoints of RFC 7644 section 3.2: where the first of these stands, the service's own part
 * begins. */
static const char *const endpoint_names[] = {
    "Users",         "Groups",  "Me",   "ServiceProviderConfig",
    "ResourceTypes", "Schemas", "Bulk", ".search"};

static const core_dir_config *core_conf(request_rec *r)
{
    return ap_get_core_module_config(r->per_dir_config);
}

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

/* The first segment that is an endpoint's name, with the slash before it; NULL without one. */
static const char *find_endpoint(const char *at)
{
    while (*at) {
        const char *segment = at + 1;
        apr_size_t len = strcspn(segment, "/");

        if (*at == '/' && is_endpoint(segment, len)) {
            return at;
        }
        at = segment + len;
    }
    return NULL;
}

/* How much of the URI the innermost section's own name is: "/scim/v2" of <Location "/scim/v2">, or
 * what its regular expression matches at the beginning. 0 = that is not known. */
static apr_size_t section_length(request_rec *r)
{
    const core_dir_config *core = core_conf(r);
    apr_size_t len = 0;

    if (core && core->r) {
        ap_regmatch_t match[1];

        if (!ap_regexec(core->r, r->uri, 1, match, 0) && match[0].rm_so == 0) {
            len = (apr_size_t)match[0].rm_eo;
        }
    } else if (core && core->d && !core->d_is_fnmatch &&
               !strncmp(core->d, r->uri, strlen(core->d))) {
        len = strlen(core->d);
    }
    while (len && r->uri[len - 1] == '/') {
        len--;
    }
    return !r->uri[len] || r->uri[len] == '/' ? len : 0;
}

/* An inner section may be an endpoint's own, as <Location "/scim/v2/Users"> is. */
static int ends_in_endpoint(const char *uri, apr_size_t len)
{
    apr_size_t begin = len;

    while (begin && uri[begin - 1] != '/') {
        begin--;
    }
    return is_endpoint(uri + begin, len - begin);
}

/*
 * The URI is cut before the first segment that is an endpoint's name: behind the section's own part
 * if there is one, since a section may be called /Users/scim. Without an endpoint it is the root,
 * or nothing that is known.
 */
static void request_split(scim_request_t *req, request_rec *r)
{
    apr_size_t len = section_length(r);
    const char *at = NULL;

    if (len && !ends_in_endpoint(r->uri, len)) {
        at = find_endpoint(r->uri + len);
    }
    if (!at) {
        at = find_endpoint(r->uri);
    }
    if (at) {
        len = (apr_size_t)(at - r->uri);
    }
    req->base = apr_pstrmemdup(r->pool, r->uri, len);
    req->path = r->uri[len + strspn(r->uri + len, "/")] ? r->uri + len : "";
}

scim_request_t *scim_request(request_rec *r)
{
    scim_request_t *req = ap_get_module_config(r->request_config, &braze_scim_module);

    if (!req) {
        req = apr_pcalloc(r->pool, sizeof(*req));
        request_split(req, r);
        ap_set_module_config(r->request_config, &braze_scim_module, req);
    }
    return req;
}

/* SetHandler keeps an expression, and r->handler is only set from it after the access checks. */
static const char *configured_handler(request_rec *r)
{
    const core_dir_config *core = core_conf(r);
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
