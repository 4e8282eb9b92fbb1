/* SPDX-License-Identifier: Apache-2.0 */
/* What the phases of one SCIM request tell one another, and how its URI divides into service and
 * resource. */
#include "scim_httpd_int.h"

#include <apr_strings.h>

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
    apr_size_t len = httpd_section_length(r);
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

int scim_is_ours(request_rec *r)
{
    const char *handler = httpd_section_handler(r);

    return handler && !strcmp(handler, SCIM_HANDLER);
}
