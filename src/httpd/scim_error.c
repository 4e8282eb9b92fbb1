/* SPDX-License-Identifier: Apache-2.0 */
/* Errors that httpd itself answers (401, 403, 405, 413, 500 …) get the dialect's error body in
 * place of httpd's HTML. */
#include "scim_httpd_int.h"

#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_core.h>
#include <util_filter.h>

#define ERROR_FILTER "BRAZE_SCIM_ERROR"

static const char *detail_of(request_rec *r)
{
    const char *detail = apr_table_get(r->notes, SCIM_NOTE_DETAIL);
    int is_noted = r->status == HTTP_UNAUTHORIZED || r->status == HTTP_FORBIDDEN ||
                   ap_is_HTTP_SERVER_ERROR(r->status);

    if (detail && is_noted) {
        return detail;
    }
    switch (r->status) {
    case HTTP_UNAUTHORIZED:
        return "A valid bearer token is needed.";
    case HTTP_FORBIDDEN:
        return "This client may not use this service.";
    case HTTP_METHOD_NOT_ALLOWED:
        return "This method is not allowed here; the Allow header lists those that are.";
    default:
        return ap_get_status_line(r->status) + 4; /* "404 Not Found" */
    }
}

/* httpd has made err_headers_out the headers_out by now. */
static void error_headers(request_rec *r, const braze_scim_response_t *response)
{
    ap_set_content_type(r, response->content_type);
    ap_set_content_length(r, (apr_off_t)response->body_len);
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    if (r->status == HTTP_UNAUTHORIZED && !apr_table_get(r->headers_out, "WWW-Authenticate")) {
        apr_table_setn(r->headers_out, "WWW-Authenticate", "Bearer realm=\"SCIM\"");
    }
    apr_table_unset(r->headers_out, "Content-Language");
}

/* The first brigade is answered with our body and the end of the stream; whatever else httpd writes
 * is thrown away. */
static apr_status_t error_filter(ap_filter_t *f, apr_bucket_brigade *in)
{
    request_rec *r = f->r;
    const scim_conf_t *conf = scim_conf(r);
    braze_scim_response_t *response;
    apr_bucket_brigade *out;
    braze_err_t *err;

    apr_brigade_cleanup(in);
    if (f->ctx) {
        return APR_SUCCESS;
    }
    f->ctx = r;
    err = braze_err_new(r->status, NULL, "BRAZE-S0105", detail_of(r), r->pool);
    response = braze_scim_error(err, scim_conf_dialect(conf), r->pool);
    error_headers(r, response);
    out = apr_brigade_create(r->pool, f->c->bucket_alloc);
    if (!r->header_only) {
        APR_BRIGADE_INSERT_TAIL(out, apr_bucket_pool_create(response->body, response->body_len,
                                                            r->pool, f->c->bucket_alloc));
    }
    APR_BRIGADE_INSERT_TAIL(out, apr_bucket_eos_create(f->c->bucket_alloc));
    return ap_pass_brigade(f->next, out);
}

void scim_error_filter_register(void)
{
    ap_register_output_filter(ERROR_FILTER, error_filter, NULL, AP_FTYPE_CONTENT_SET);
}

/* A request line that is too long (414) is not taken apart any more. What has been read of it has
 * method and path, for mostly it is a filter that was long. Under HTTP/2 nothing is kept. */
static void find_path(request_rec *r)
{
    const char *blank = r->uri || !r->the_request ? NULL : strchr(r->the_request, ' ');

    if (blank && blank[1] == '/') {
        r->method = apr_pstrmemdup(r->pool, r->the_request, (apr_size_t)(blank - r->the_request));
        r->uri = apr_pstrmemdup(r->pool, blank + 1, strcspn(blank + 1, " ?"));
        ap_unescape_url(r->uri);
    }
}

/* A broken escape, an encoded slash or a missing Host are refused before httpd has looked which
 * section the URI is in. */
static void find_section(request_rec *r)
{
    find_path(r);
    if (r->per_dir_config == r->server->lookup_defaults && r->uri && *r->uri == '/') {
        ap_location_walk(r);
    }
}

void scim_insert_error_filter(request_rec *r)
{
    const char *challenge = apr_table_get(r->notes, SCIM_NOTE_CHALLENGE);

    if (r->status < 400) {
        return;
    }
    if (r->status == HTTP_FORBIDDEN && challenge) {
        apr_table_setn(r->err_headers_out, "WWW-Authenticate", challenge);
    }
    find_section(r);
    if (scim_is_ours(r)) {
        ap_add_output_filter(ERROR_FILTER, NULL, r, r->connection);
    }
}

/*
 * An ErrorDocument (a server often has some for its people) would send the client elsewhere, where
 * nobody knows of SCIM. An empty text of the request's own goes before it.
 */
int scim_no_error_documents(request_rec *r)
{
    static const int statuses[] = {400, 401, 403, 404, 405, 406, 408, 411, 412, 413,
                                   414, 415, 416, 417, 431, 500, 501, 502, 503, 504};
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    apr_size_t i;

    if (core && core->response_code_exprs && scim_is_ours(r)) {
        for (i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
            ap_custom_response(r, statuses[i], "");
        }
    }
    return DECLINED;
}
