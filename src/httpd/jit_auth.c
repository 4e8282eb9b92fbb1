/* SPDX-License-Identifier: Apache-2.0 */
/* AuthType braze-saml: which requests are ours, and who is asking. */
#include "jit_int.h"

#include <apr_strings.h>
#include <http_core.h>

/* Does this location authenticate by us? */
static int auth_is_ours(request_rec *r)
{
    const char *type = ap_auth_type(r);

    return type && !ap_cstr_casecmp(type, JIT_AUTH_TYPE);
}

/* The part after BrazeJitPath, without its slash; NULL when the URI is not below it. */
static const char *endpoint_of(request_rec *r, const jit_conf_t *conf)
{
    const char *path = jit_conf_path(conf);
    apr_size_t len = strlen(path);

    if (strncmp(r->uri, path, len) || r->uri[len] != '/') {
        return NULL;
    }
    return r->uri + len + 1;
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
 * Our endpoints, and a form posted to the protected location by a browser without a session (it may
 * be a SAML response), are answered by jit_handler: OK here makes httpd skip authentication and
 * Require for them. A subrequest never is one.
 */
int jit_access_checker_ex(request_rec *r)
{
    const jit_conf_t *conf = jit_conf(r);
    jit_visitor_t *visitor = NULL;
    const char *endpoint;
    braze_err_t *err;

    if (!auth_is_ours(r) || r->main) {
        return DECLINED;
    }
    endpoint = endpoint_of(r, conf);
    if (endpoint) {
        jit_request(r)->endpoint = endpoint;
        return OK;
    }
    if (!is_form_post(r)) {
        return DECLINED;
    }
    err = jit_visitor_find(&visitor, r, conf);
    if (err || visitor) {
        return DECLINED; /* an error comes up again in jit_check_authn, which answers it */
    }
    jit_request(r)->endpoint = "";
    return OK;
}

/* Before mod_dir and the handlers of others: what is ours is answered by jit_handler and nobody
 * else. */
int jit_fixups(request_rec *r)
{
    if (!r->main && jit_request(r)->endpoint) {
        r->handler = JIT_AUTH_TYPE;
        r->finfo.filetype = APR_NOFILE;
        r->proxyreq = PROXYREQ_NONE;
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
    jit_env_set(r, conf, visitor);
    return OK;
}
