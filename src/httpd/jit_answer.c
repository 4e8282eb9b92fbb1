/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to people: redirects, pages, refusals. */
#include "jit_int.h"
#include "status_int.h"

#include <apr_strings.h>
#include <http_core.h>
#include <mod_core.h>

#define VISITOR_LOOP 3 /* sign-ins that have come to nothing */

const char *jit_language(request_rec *r)
{
    return braze_page_language(apr_table_get(r->headers_in, "Accept-Language"));
}

const char *jit_endpoint_url(request_rec *r, const jit_conf_t *conf, const char *name)
{
    return apr_pstrcat(r->pool, jit_conf_path(conf), "/", name, NULL);
}

static void answer_no_store(request_rec *r)
{
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->err_headers_out, "Referrer-Policy", "no-referrer");
}

/* RFC 9110 15.5.2: a 401 has one. */
static void answer_challenge(request_rec *r)
{
    const char *name = ap_auth_name(r);

    apr_table_setn(r->err_headers_out, "WWW-Authenticate",
                   apr_psprintf(r->pool, JIT_AUTH_TYPE " realm=\"%s\"",
                                ap_escape_quotes(r->pool, name ? name : "")));
}

int jit_note_auth_failure(request_rec *r, const char *auth_type)
{
    if (ap_cstr_casecmp(auth_type, JIT_AUTH_TYPE)) {
        return DECLINED;
    }
    answer_challenge(r);
    return OK;
}

int jit_answer_redirect(request_rec *r, const char *location)
{
    answer_no_store(r);
    apr_table_setn(r->headers_out, "Location", location);
    /* 303: whatever was posted, what comes next is a GET (RFC 9110 15.4.4). */
    return HTTP_SEE_OTHER;
}

int jit_answer_page(request_rec *r, int status, const char *html)
{
    return jit_answer_page_with(r, status, html, braze_page_csp(r->pool), 0);
}

int jit_answer_page_with(request_rec *r, int status, const char *html, const char *csp, int framed)
{
    answer_no_store(r);
    apr_table_setn(r->err_headers_out, "Content-Security-Policy", csp);
    apr_table_setn(r->err_headers_out, "X-Content-Type-Options", "nosniff");
    if (!framed) {
        apr_table_setn(r->err_headers_out, "X-Frame-Options", "DENY");
    }
    apr_table_setn(r->err_headers_out, "Vary", "Accept-Language");
    apr_table_setn(r->err_headers_out, "Content-Language", jit_language(r));
    r->status = status;
    ap_set_content_type(r, "text/html; charset=utf-8");
    ap_set_content_length(r, (apr_off_t)strlen(html));
    if (!r->header_only) {
        ap_rputs(html, r);
    }
    return DONE;
}

static int refusal_level(const braze_err_t *err)
{
    return err->status >= 500 ? APLOG_ERR : APLOG_WARNING;
}

static void refusal_note(request_rec *r, const char *company_name, const braze_err_t *err)
{
    ap_log_rerror(APLOG_MARK, refusal_level(err), 0, r, "%s [%s%s]", braze_err_line(err, r->pool),
                  httpd_correlation(r),
                  company_name ? apr_pstrcat(r->pool, ", company ", company_name, NULL) : "");
    httpd_status_add(httpd_status(r->server), STATUS_REFUSALS, status_refusal_series(err->code), 1);
    if (err->code) {
        apr_table_setn(r->subprocess_env, "BRAZE_ERROR", err->code);
    }
    apr_table_setn(r->subprocess_env, "BRAZE_CORRELATION", httpd_correlation(r));
    if (err->retry_after) {
        apr_table_setn(r->err_headers_out, "Retry-After", apr_itoa(r->pool, err->retry_after));
    }
}

int jit_answer_refusal(request_rec *r, const jit_conf_t *conf, const char *company_name,
                       const braze_err_t *err)
{
    braze_page_refusal_t model = {0};

    httpd_db_release(r);
    refusal_note(r, company_name, err);
    /* The administrator's ErrorDocument finds REDIRECT_BRAZE_ERROR; a subrequest has no page of its
     * own. */
    if (r->main || ap_response_code_string(r, ap_index_of_response(err->status))) {
        return err->status;
    }
    model.code = err->code;
    model.company = company_name;
    model.correlation = httpd_correlation(r);
    model.sign_in_url = jit_endpoint_url(r, conf, "sign_in");
    return jit_answer_page(r, err->status, braze_page_refusal(&model, jit_language(r), r->pool));
}

int jit_answer_message(request_rec *r, const jit_conf_t *conf, const braze_saml_message_t *message,
                       int framed)
{
    braze_page_send_t model = {0};

    if (!message->field) {
        return jit_answer_redirect(r, message->url);
    }
    model.company = conf->company;
    model.url = message->url;
    model.field = message->field;
    model.value = message->value;
    model.relay_state = message->relay_state;
    return jit_answer_page_with(r, HTTP_OK, braze_page_send(&model, jit_language(r), r->pool),
                                braze_page_send_csp(framed, r->pool), framed);
}

/* Is it a page that the person will look at? Browsers say so (Fetch metadata); older ones by what
 * they accept. */
static int visitor_is_person(request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept");
    const char *mode = apr_table_get(r->headers_in, "Sec-Fetch-Mode");

    if (apr_table_get(r->headers_in, "X-Requested-With") ||
        (mode && ap_cstr_casecmp(mode, "navigate"))) {
        return 0;
    }
    if (r->method_number == M_POST) {
        return accept && ap_strcasestr(accept, "text/html"); /* browsers do, and few others */
    }
    return r->method_number == M_GET &&
           (!accept || ap_strcasestr(accept, "text/html") || ap_strstr_c(accept, "*/*") ||
            ap_strcasestr(accept, "text/*"));
}

const char *jit_own_path(request_rec *r)
{
    const char *uri = r->unparsed_uri, *host = uri && *uri != '/' ? strstr(uri, "://") : NULL;

    if (host) {
        uri = ap_strchr_c(host + 3, '/'); /* a proxy's form of the request line */
    }
    return uri ? uri : "/";
}

/* As it was written: in r->uri, which is decoded, a "?" of a name would begin a query. What leads
 * nowhere as it was written (two slashes, dots) is gone to as httpd reads it. */
const char *jit_wanted_path(request_rec *r)
{
    const char *path = braze_jit_local_path(jit_own_path(r), r->pool);

    return path ? path
                : apr_pstrcat(r->pool, ap_os_escape_path(r->pool, r->uri, 1), r->args ? "?" : NULL,
                              r->args, NULL);
}

const char *jit_page_here(request_rec *r, const jit_conf_t *conf, const char *url)
{
    const char *base = httpd_base_url(r, conf->base_url);
    apr_size_t len = strlen(base);

    if (url && !ap_cstr_casecmpn(url, base, len) && url[len] == '/') {
        url += len;
    }
    return url ? braze_jit_local_path(url, r->pool) : NULL;
}

/* The page that a form stood on, if it is ours: what was posted to need not be a page at all. */
static const char *visitor_form_page(request_rec *r, const jit_conf_t *conf)
{
    const char *path = jit_page_here(r, conf, apr_table_get(r->headers_in, "Referer"));

    return path ? path : jit_wanted_path(r);
}

static int visitor_challenge(request_rec *r)
{
    answer_no_store(r);
    answer_challenge(r);
    return HTTP_UNAUTHORIZED;
}

/* Something was sent that nobody took. It is not kept, to be sent again by itself after the
 * sign-in: by then somebody else may sit there, and twice may be once too often. */
static int visitor_interrupted(request_rec *r, const jit_conf_t *conf)
{
    braze_page_interrupted_t model = {0};
    int status = visitor_challenge(r);

    if (r->main || ap_response_code_string(r, ap_index_of_response(status))) {
        return status;
    }
    model.company = conf->company;
    model.sign_in_url =
        jit_login_url(r, conf, conf->sign_in == JIT_SIGN_IN_REDIRECT ? "login" : "sign_in",
                      visitor_form_page(r, conf));
    return jit_answer_page(r, status, braze_page_interrupted(&model, jit_language(r), r->pool));
}

/* The identity provider signs in at once whoever has a session there: without an end here, the
 * browser would go round until it gives up. */
static int visitor_loops(request_rec *r, const jit_conf_t *conf)
{
    braze_err_t *err = braze_err_new(HTTP_FORBIDDEN, "sign_in_loop", "BRAZE-J0424",
                                     "Signing in does not last in this browser.", r->pool);

    braze_err_log(
        err, r->pool,
        "%d sign-ins of this browser within two minutes, and it has no session: does it "
        "keep the cookie %s (BrazeJitCookie, BrazeJitBaseUrl), and do the sections of the "
        "page and of BrazeJitPath agree about company and session times?",
        VISITOR_LOOP, jit_conf_cookie(r, conf));
    jit_refused_note(r, conf, NULL, "Failed Login", "browser", err);
    return jit_answer_refusal(r, conf, conf->company, err);
}

int jit_answer_visitor(request_rec *r, const jit_conf_t *conf)
{
    if (conf->sign_in == JIT_SIGN_IN_401 || !visitor_is_person(r)) {
        return visitor_challenge(r); /* a redirect would be followed and taken for the answer */
    }
    if (r->method_number != M_GET) {
        return visitor_interrupted(r, conf);
    }
    if (conf->sign_in != JIT_SIGN_IN_REDIRECT) {
        return jit_answer_redirect(r, jit_login_url(r, conf, "sign_in", jit_wanted_path(r)));
    }
    if (jit_asked_lately(r, conf) >= VISITOR_LOOP) {
        return visitor_loops(r, conf);
    }
    return jit_answer_redirect(r, jit_login_url(r, conf, "login", jit_wanted_path(r)));
}
