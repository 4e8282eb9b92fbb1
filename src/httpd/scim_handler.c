/* SPDX-License-Identifier: Apache-2.0 */
/* SetHandler braze-scim: an authenticated request to the service and its answer. */
#include "scim_httpd_int.h"

#include <apr_strings.h>

int scim_send(request_rec *r, const braze_scim_response_t *response)
{
    apr_table_t *headers = response->status >= 400 ? r->err_headers_out : r->headers_out;

    r->status = response->status;
    apr_table_setn(headers, "Cache-Control", "no-store");
    if (response->etag) {
        apr_table_setn(headers, "ETag", response->etag);
    }
    if (response->location) {
        apr_table_setn(headers, "Location", response->location);
    }
    if (response->allow) {
        apr_table_setn(headers, "Allow", response->allow);
    }
    if (response->accept_encoding) {
        apr_table_setn(headers, "Accept-Encoding", response->accept_encoding);
    }
    if (response->retry_after) {
        apr_table_setn(headers, "Retry-After", apr_itoa(r->pool, response->retry_after));
    }
    if (response->content_type) {
        ap_set_content_type(r, response->content_type);
    }
    if (response->body) {
        ap_set_content_length(r, (apr_off_t)response->body_len);
        if (!r->header_only) {
            ap_rwrite(response->body, (int)response->body_len, r);
        }
    }
    return OK;
}

/* A /Me that is nobody's (501) is the client's question, and no fault of ours. */
static int level_of(const braze_err_t *err)
{
    return err->status >= 500 && err->status != HTTP_NOT_IMPLEMENTED ? APLOG_ERR : APLOG_INFO;
}

static int send_error(request_rec *r, const scim_conf_t *conf, const braze_err_t *err)
{
    httpd_db_release(r);
    httpd_log_err(r, level_of(err), err);
    return scim_send(r, braze_scim_error(err, scim_conf_dialect(conf), r->pool));
}

/* The workspace that the directive names, else the token's. */
static braze_err_t *default_workspace(const char **id, request_rec *r, const scim_conf_t *conf,
                                      const httpd_company_t *company, const braze_token_t *token)
{
    const braze_item_t *item;
    braze_err_t *err;

    *id = token->workspace_id;
    if (!conf->default_workspace || !*conf->default_workspace) {
        return NULL;
    }
    item = braze_catalog_by_name(company->catalog, BRAZE_ITEM_WORKSPACE, NULL,
                                 conf->default_workspace);
    if (item) {
        *id = item->id;
        return NULL;
    }
    err = braze_err_new(HTTP_INTERNAL_SERVER_ERROR, NULL, "BRAZE-S0106",
                        "This service is not set up yet. Tell its administrator.", r->pool);
    return braze_err_log(err, r->pool,
                         "BrazeScimDefaultWorkspace \"%s\": company \"%s\" has no such workspace; "
                         "make it with: braze-admin workspace add",
                         conf->default_workspace, company->company->name);
}

static const char *service_url(request_rec *r, const scim_conf_t *conf, const char *base)
{
    if (conf->base_url && *conf->base_url) {
        return httpd_base_url(r, conf->base_url);
    }
    return apr_pstrcat(r->pool, httpd_base_url(r, NULL), ap_escape_uri(r->pool, base), NULL);
}

static braze_err_t *request_fill(braze_scim_request_t *request, request_rec *r,
                                 const scim_conf_t *conf)
{
    scim_request_t *req = scim_request(r);
    const httpd_company_t *company;
    braze_err_t *err;

    err = httpd_company_get(&company, scim_server(r->server)->companies, r, conf->company,
                            req->token->company_version);
    if (!err) {
        err = default_workspace(&request->default_workspace_id, r, conf, company, req->token);
    }
    if (err) {
        return err;
    }
    request->method = r->method;
    request->path = req->path;
    request->query = r->args;
    request->content_type = apr_table_get(r->headers_in, "Content-Type");
    request->if_match = apr_table_get(r->headers_in, "If-Match");
    request->if_none_match = apr_table_get(r->headers_in, "If-None-Match");
    request->dialect = scim_conf_dialect(conf);
    request->base_url = service_url(r, conf, req->base);
    request->token = req->token;
    request->catalog = company->catalog;
    request->client_ip = r->useragent_ip;
    request->prefetched = req->user;
    request->prefetch_done = req->prefetched;
    request->prefetched_name = req->prefetched_name;
    request->limits.max_body = scim_conf_max_body(conf);
    request->limits.max_results =
        conf->max_results == HTTPD_UNSET ? SCIM_DEFAULT_MAX_RESULTS : conf->max_results;
    request->limits.max_operations =
        conf->max_operations == HTTPD_UNSET ? SCIM_DEFAULT_MAX_OPERATIONS : conf->max_operations;
    request->now = r->request_time;
    return NULL;
}

/* A body may take a client long to send: no connection is held meanwhile. */
static braze_err_t *request_body(braze_scim_request_t *request, request_rec *r,
                                 const scim_conf_t *conf)
{
    braze_err_t *err;

    if (r->method_number == M_GET || !ap_request_has_body(r)) {
        return NULL;
    }
    httpd_db_release(r);
    err = httpd_body_read(&request->body, &request->body_len, r, scim_conf_max_body(conf));
    /* Only now: a filter that has decoded the body (SetInputFilter DEFLATE) has taken it out. */
    request->content_encoding = apr_table_get(r->headers_in, "Content-Encoding");
    return err;
}

static int handler_unauthenticated(request_rec *r)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "BRAZE-S0107: SetHandler braze-scim in a section that does not authenticate: add "
                  "AuthType braze-scim and Require valid-user");
    return HTTP_UNAUTHORIZED;
}

/* What the token's profile took that "strict" refuses, for an access log: %{BRAZE_SCIM_BENT}e. */
static void note_bent(request_rec *r, const braze_scim_response_t *response)
{
    if (response->bent) {
        apr_table_setn(r->subprocess_env, "BRAZE_SCIM_BENT", apr_itoa(r->pool, response->bent));
    }
}

int scim_handler(request_rec *r)
{
    const scim_conf_t *conf;
    braze_scim_request_t request = {0};
    braze_scim_response_t *response;
    const braze_err_t *failed = NULL;
    braze_log_t log;
    braze_db_t *db;
    braze_err_t *err;

    if (!r->handler || strcmp(r->handler, SCIM_HANDLER)) {
        return DECLINED;
    }
    conf = scim_conf(r);
    if (!scim_request(r)->token) {
        return handler_unauthenticated(r);
    }
    err = scim_rate_check(r, conf, scim_request(r)->token->company_id);
    if (!err) {
        err = request_fill(&request, r, conf);
    }
    if (!err) {
        err = request_body(&request, r, conf);
    }
    if (!err) {
        err = httpd_db_open(&db, r);
    }
    if (err) {
        return send_error(r, conf, err);
    }
    log = httpd_log(r);
    request.log = &log;
    response = braze_scim_handle(&failed, db, &request, r->pool);
    httpd_db_release(r);
    note_bent(r, response);
    scim_count_bends(r, request.token, response);
    if (failed) {
        httpd_log_err(r, level_of(failed), failed);
    }
    return scim_send(r, response);
}
