/* SPDX-License-Identifier: Apache-2.0 */
/* The settings pages in httpd: who asks, from where, with which cookie; and the answer. */
#include "settings_int.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>

#include "braze_id.h"
#include "braze_page.h"

#define COOKIE "braze_settings"

int httpd_settings_is_ours(request_rec *r, const char *handler)
{
    return r->handler && !strcmp(r->handler, handler);
}

/* ---- the URI: the location's own part, and the page ---- */

/* The last segment is a page's name or nothing; a page below the section's own name that is called
 * like another page is still a page. */
static void split(braze_settings_request_t *request, request_rec *r)
{
    apr_size_t len = strlen(r->uri), section = httpd_section_length(r);
    const char *last = strrchr(r->uri, '/');

    if (len == section || (section && len == section + 1)) {
        request->base = apr_pstrmemdup(r->pool, r->uri, section);
        request->page = "";
        return;
    }
    if (last && (!last[1] || braze_settings_is_page(last + 1, strlen(last + 1)) ||
                 (apr_size_t)(last - r->uri) == section)) {
        request->base = apr_pstrmemdup(r->pool, r->uri, (apr_size_t)(last - r->uri));
        request->page = last + 1;
        return;
    }
    /* Without a section's name to go by, the URI is the location's own. */
    request->base = section ? apr_pstrmemdup(r->pool, r->uri, section) : r->uri;
    request->page = section ? r->uri + section + 1 : "";
}

/* ---- what a form is bound to ---- */

static const char *cookie_name(request_rec *r, const char *base_url)
{
    return httpd_is_https(r, base_url) ? "__Host-" COOKIE : COOKIE;
}

/* text has that many characters. */
static int is_secret(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
           BRAZE_SECRET_LEN;
}

/* RFC 6265 4.2.1. The first that could be ours counts. */
static const char *cookie_get(request_rec *r, const char *name)
{
    const char *at = apr_table_get(r->headers_in, "Cookie");
    apr_size_t name_len = strlen(name);

    while (at && *at) {
        apr_size_t len;

        at += strspn(at, " \t;");
        len = strcspn(at, ";");
        if (len == name_len + 1 + BRAZE_SECRET_LEN && at[name_len] == '=' &&
            !memcmp(at, name, name_len)) {
            const char *value = apr_pstrmemdup(r->pool, at + name_len + 1, BRAZE_SECRET_LEN);

            if (is_secret(value)) {
                return value;
            }
        }
        at += len;
    }
    return NULL;
}

/*
 * This browser's secret. Lax, not Strict: who comes from the identity provider would otherwise look
 * like a browser without a cookie, and a new one would void the forms in its other tabs.
 */
static const char *browser_secret(request_rec *r, const char *base_url)
{
    const char *name = cookie_name(r, base_url), *secret = cookie_get(r, name);

    if (!secret) {
        secret = braze_secret_new(r->pool);
        apr_table_addn(r->err_headers_out, "Set-Cookie",
                       apr_pstrcat(r->pool, name, "=", secret, "; Path=/; HttpOnly; SameSite=Lax",
                                   httpd_is_https(r, base_url) ? "; Secure" : "", NULL));
    }
    return secret;
}

/*
 * What the person has proven themselves by: our session, or the name and password of each request
 * (Basic). Of other ways (Digest, a client certificate) nothing stays the same that could be taken.
 */
static const char *credential(request_rec *r)
{
    const char *session = apr_table_get(r->notes, HTTPD_NOTE_SESSION);
    const char *header = apr_table_get(r->headers_in, "Authorization");

    if (session) {
        return session;
    }
    if (header && !ap_cstr_casecmpn(header, "Basic ", 6)) {
        return braze_sha256_hex(header, strlen(header), r->pool);
    }
    return NULL;
}

/* Scheme, host and port of a URL, as browsers write an origin. */
static const char *origin_of(const char *url, apr_pool_t *pool)
{
    const char *host = strstr(url, "://");
    char *origin, *c;

    if (!host) {
        return url;
    }
    origin = apr_pstrmemdup(pool, url, (apr_size_t)(host + 3 - url) + strcspn(host + 3, "/"));
    for (c = origin; *c; c++) {
        *c = apr_tolower(*c);
    }
    return origin;
}

/* ---- the answer ---- */

static void headers(request_rec *r)
{
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->err_headers_out, "Content-Security-Policy", braze_page_settings_csp(r->pool));
    apr_table_setn(r->err_headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->err_headers_out, "X-Frame-Options", "DENY");
    apr_table_setn(r->err_headers_out, "Cross-Origin-Opener-Policy", "same-origin");
    apr_table_setn(r->err_headers_out, "Cross-Origin-Resource-Policy", "same-origin");
    /* Not "no-referrer": with that, browsers send "Origin: null" with our own forms. */
    apr_table_setn(r->err_headers_out, "Referrer-Policy", "same-origin");
}

static void put(request_rec *r, const char *type, const char *text)
{
    ap_set_content_type(r, type);
    ap_set_content_length(r, (apr_off_t)strlen(text));
    if (!r->header_only) {
        ap_rputs(text, r);
    }
}

/* Piece by piece: a connection is only held while one is read, memory for one is all there is. */
static void put_csv(request_rec *r, const char *company_id)
{
    braze_settings_csv_t state = {{0}, 0, 0};
    apr_pool_t *piece;

    ap_set_content_type(r, "text/csv; charset=utf-8; header=present");
    apr_table_setn(r->headers_out, "Content-Disposition",
                   "attachment; filename=\"security-events.csv\"");
    if (r->header_only) {
        return;
    }
    apr_pool_create(&piece, r->pool);
    while (!state.ended && !r->connection->aborted) {
        const char *text = "";
        braze_db_t *db;
        braze_err_t *err = httpd_db_open(&db, r);

        if (!err) {
            err = braze_settings_csv(&text, &state, db, company_id, piece);
        }
        httpd_db_release(r);
        if (err) {
            /* What was sent cannot be taken back: the file must not look whole. */
            httpd_log_err(r, APLOG_ERR, err);
            r->connection->keepalive = AP_CONN_CLOSE;
            r->connection->aborted = 1;
            break;
        }
        ap_rputs(text, r);
        ap_rflush(r);
        apr_pool_clear(piece);
    }
}

static int answer(request_rec *r, const braze_settings_request_t *request,
                  const braze_settings_response_t *response)
{
    httpd_db_release(r);
    headers(r);
    r->status = response->status;
    if (response->location) {
        apr_table_setn(r->headers_out, "Location", response->location);
        return HTTP_SEE_OTHER;
    }
    if (response->css || response->js) {
        apr_table_setn(r->err_headers_out, "Cache-Control", "private, max-age=86400");
        put(r, response->css ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8",
            response->css ? response->css : response->js);
    } else if (response->text) {
        put(r, "text/plain; charset=utf-8", response->text);
    } else if (response->csv) {
        put_csv(r, request->company->id);
    } else {
        apr_table_setn(r->err_headers_out, "Vary", "Accept-Language");
        apr_table_setn(r->err_headers_out, "Content-Language", request->language);
        put(r, "text/html; charset=utf-8", response->html);
    }
    return DONE;
}

/* ---- one request ---- */

/* Nobody has authenticated: whatever Require says, there is no administrator to speak of. */
static int nobody(request_rec *r)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "BRAZE-0170: SetHandler %s in a section that lets somebody in without "
                  "authentication: add AuthType and a Require that names who may",
                  r->handler);
    return HTTP_FORBIDDEN;
}

static void fill(braze_settings_request_t *request, request_rec *r,
                 const httpd_settings_t *settings)
{
    request->scim = settings->scim;
    request->post = r->method_number == M_POST;
    request->query = r->args;
    request->content_type = httpd_media_type(r, "Content-Type");
    request->language = braze_page_language(apr_table_get(r->headers_in, "Accept-Language"));
    request->user = r->user;
    request->ip = r->useragent_ip;
    request->correlation = httpd_correlation(r);
    request->credential = credential(r);
    request->origin = apr_table_get(r->headers_in, "Origin");
    request->fetch_site = apr_table_get(r->headers_in, "Sec-Fetch-Site");
    request->own_origin = origin_of(httpd_base_url(r, settings->base_url), r->pool);
    request->now = r->request_time;
    split(request, r);
}

static braze_err_t *load(braze_settings_request_t *request, request_rec *r,
                         const httpd_settings_t *settings)
{
    const httpd_company_t *company;
    braze_err_t *err;

    if (!settings->company) {
        err = braze_err_new(HTTP_INTERNAL_SERVER_ERROR, NULL, "BRAZE-0171",
                            "This service is not set up yet. Tell its administrator.", r->pool);
        return braze_err_log(err, r->pool,
                             "SetHandler %s without BrazeCompany: there is no company to show",
                             settings->handler);
    }
    err = httpd_company_get(&company, settings->companies, r, settings->company, HTTPD_COMPANY_NOW);
    if (err) {
        return err;
    }
    request->company = company->company;
    request->catalog = company->catalog;
    return settings->fill(request, r);
}

static braze_err_t *body(braze_settings_request_t *request, request_rec *r)
{
    return request->post
               ? httpd_body_read(&request->body, &request->body_len, r, BRAZE_SETTINGS_MAX_BODY)
               : NULL;
}

static int fail(request_rec *r, const braze_settings_request_t *request, const braze_err_t *err)
{
    httpd_db_release(r);
    httpd_log_err(r, err->status >= 500 ? APLOG_ERR : APLOG_INFO, err);
    if (err->retry_after) {
        apr_table_setn(r->err_headers_out, "Retry-After", apr_itoa(r->pool, err->retry_after));
    }
    return answer(r, request,
                  braze_settings_refuse(request, err->status,
                                        err->status < 500 ? "form_malformed" : "cannot_now",
                                        r->pool));
}

int httpd_settings_handle(request_rec *r, const httpd_settings_t *settings)
{
    braze_settings_request_t request = {0};
    braze_settings_response_t *response;
    const braze_err_t *failed = NULL;
    braze_db_t *db = NULL;
    braze_err_t *err;

    if (r->method_number != M_GET && r->method_number != M_POST) {
        ap_allow_methods(r, REPLACE_ALLOW, "GET", "HEAD", "POST", NULL);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    if (!r->user || !*r->user || r->main) {
        return nobody(r);
    }
    fill(&request, r, settings);
    request.browser_secret = browser_secret(r, settings->base_url);
    err = body(&request, r);
    if (!err) {
        err = load(&request, r, settings);
    }
    if (!err) {
        err = httpd_db_open(&db, r);
    }
    if (err) {
        return fail(r, &request, err);
    }
    response = braze_settings_handle(&failed, db, &request, r->pool);
    if (failed) {
        httpd_log_err(r, failed->status >= 500 ? APLOG_ERR : APLOG_WARNING, failed);
    }
    return answer(r, &request, response);
}
