/* SPDX-License-Identifier: Apache-2.0 */
/* AuthType braze-saml: which requests are ours, and who is asking. */
#include "jit_int.h"

#include <apr_strings.h>
#include <http_core.h>

/* Does this location authenticate by us? */
static int auth_is_ours(request_rec *r)
{
    const char *type = ap_auth_type(r);

    /* Asked by several hooks of each request; and it is nearly always written as here. */
    return type && (!strcmp(type, JIT_AUTH_TYPE) || !ap_cstr_casecmp(type, JIT_AUTH_TYPE));
}

/* The part after BrazeJitPath, without its slash; NULL when the URI is not below it. Never "". */
static const char *endpoint_of(request_rec *r, const jit_conf_t *conf)
{
    const char *path = jit_conf_path(conf), *name;
    apr_size_t len = strlen(path);

    if (strncmp(r->uri, path, len) || r->uri[len] != '/') {
        return NULL;
    }
    name = r->uri + len + 1;
    return *name ? name : "/";
}

static int is_form_post(request_rec *r)
{
    const char *type;

    if (r->method_number != M_POST) {
        return 0;
    }
    type = httpd_media_type(r, "Content-Type");
    return type && !strcmp(type, "application/x-www-form-urlencoded");
}

/*
 * What the location's other rules say while nobody is known: DECLINED = somebody has to sign in, OK
 * = everybody may come, else nobody may (Require ip …). We are among those who are asked, and keep
 * out of it.
 */
static int auth_of_others(request_rec *r)
{
    jit_request_t *req = jit_request(r);
    int status;

    req->asking = 1;
    status = ap_run_access_checker_ex(r);
    req->asking = 0;
    return status;
}

/* A form that somebody without a session posts to the protected location: it may be a SAML
 * response. */
static int auth_form(request_rec *r, const jit_conf_t *conf)
{
    jit_visitor_t *visitor = NULL;
    braze_err_t *err;
    int status = auth_of_others(r);

    if (status != DECLINED) {
        return status;
    }
    err = jit_visitor_find(&visitor, r, conf);
    if (err || visitor) {
        return DECLINED; /* an error comes up again in jit_check_authn, which answers it */
    }
    jit_request(r)->endpoint = "";
    return OK;
}

/*
 * Our endpoints, and a form posted to the protected location by a browser without a session, are
 * answered by jit_handler: OK here makes httpd skip authentication for them. Rules that do not ask
 * who it is (Require ip) hold for them too. A subrequest never is one.
 */
int jit_access_checker_ex(request_rec *r)
{
    const jit_conf_t *conf = jit_conf(r);
    int status;

    if (!auth_is_ours(r) || r->main || jit_request(r)->asking) {
        return DECLINED;
    }
    if (endpoint_of(r, conf)) {
        status = auth_of_others(r);
        return status == DECLINED ? OK : status;
    }
    jit_request(r)->elsewhere = r->uri;
    return is_form_post(r) ? auth_form(r, conf) : DECLINED;
}

/*
 * After an internal redirect within one section (a front controller by mod_rewrite) httpd
 * authenticates nobody again: who it is, the request before knows.
 */
static void auth_carry_on(request_rec *r)
{
    jit_request_t *req;

    if (!r->user || !r->prev || r->prev->per_dir_config != r->per_dir_config) {
        return;
    }
    req = jit_request(r);
    if (!req->visitor && req->before && req->before->r == r->prev && req->before->visitor) {
        req->visitor = req->before->visitor;
        req->looked = 1;
        jit_env_set(r, jit_conf(r), req->visitor);
    }
}

/*
 * An endpoint is ours however it was come by (Satisfy any, ErrorDocument): the hook above need not
 * have been asked.
 */
static int auth_is_answered_by_us(request_rec *r)
{
    jit_request_t *req;

    if (r->main || !auth_is_ours(r)) {
        return 0;
    }
    req = jit_request(r);
    if (!req->endpoint && req->elsewhere != r->uri) {
        req->endpoint = endpoint_of(r, jit_conf(r));
    }
    return req->endpoint != NULL;
}

/* Keeps mod_negotiation from looking for a file: what is ours is none. */
int jit_type_checker(request_rec *r)
{
    return auth_is_answered_by_us(r) ? OK : DECLINED;
}

/* Before mod_dir, mod_rewrite and the handlers of others: what is ours is answered by jit_handler
 * and nobody else. */
int jit_fixups(request_rec *r)
{
    if (auth_is_answered_by_us(r)) {
        r->handler = JIT_AUTH_TYPE;
        r->finfo.filetype = APR_NOFILE;
        r->proxyreq = PROXYREQ_NONE;
    } else if (!r->main) {
        auth_carry_on(r);
    }
    return DECLINED;
}

static int auth_no_company(request_rec *r)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "BRAZE-J0404: AuthType braze-saml without BrazeCompany (needed unless "
                  "BrazeJitRelayState is api-key): nobody can be signed in here");
    return HTTP_INTERNAL_SERVER_ERROR;
}

int jit_check_authn(request_rec *r)
{
    const jit_conf_t *conf = jit_conf(r);
    jit_visitor_t *visitor = NULL;
    braze_err_t *err;

    if (!auth_is_ours(r)) {
        return DECLINED;
    }
    if (!conf->company && conf->relay_state != JIT_RELAY_API_KEY) {
        return auth_no_company(r);
    }
    err = jit_visitor_find(&visitor, r, conf);
    if (err) {
        return jit_answer_refusal(r, conf, NULL, err);
    }
    if (!visitor) {
        return jit_answer_visitor(r, conf);
    }
    r->user = (char *)visitor->session->user->user_name;
    r->ap_auth_type = JIT_AUTH_TYPE;
    apr_table_setn(r->notes, HTTPD_NOTE_SESSION, visitor->hash);
    jit_env_set(r, conf, visitor);
    if (!r->main) {
        /* A shared cache, mod_cache before authentication included, would hand it to anybody. */
        apr_table_mergen(r->err_headers_out, "Cache-Control", "private");
    }
    return OK;
}
