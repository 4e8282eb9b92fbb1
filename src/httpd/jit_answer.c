/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to people: redirects, pages, refusals. */
#include "jit_int.h"

#include <apr_strings.h>
#include <http_core.h>
#include <mod_core.h>

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
    answer_no_store(r);
    apr_table_setn(r->err_headers_out, "Content-Security-Policy", braze_page_csp(r->pool));
    apr_table_setn(r->err_headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->err_headers_out, "X-Frame-Options", "DENY");
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

/* A script's call: a redirect to a page would be followed and taken for the answer. */
static int visitor_is_script(request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept");

    if (apr_table_get(r->headers_in, "X-Requested-With")) {
        return 1;
    }
    if (r->method_number != M_GET) {
        return 1; /* a body would be lost on the way to the sign-in page: say so at once */
    }
    return accept && !ap_strcasestr(accept, "text/html") && !ap_strstr_c(accept, "*/*") &&
           !ap_strcasestr(accept, "text/*");
}

int jit_answer_visitor(request_rec *r, const jit_conf_t *conf)
{
    const char *back;

    if (conf->sign_in == JIT_SIGN_IN_401 || visitor_is_script(r)) {
        answer_no_store(r);
        answer_challenge(r);
        return HTTP_UNAUTHORIZED;
    }
    back = r->args ? apr_pstrcat(r->pool, r->uri, "?", r->args, NULL) : r->uri;
    return jit_answer_redirect(r,
                               apr_pstrcat(r->pool, jit_endpoint_url(r, conf, "sign_in"),
                                           "?return=", ap_escape_urlencoded(r->pool, back), NULL));
}
