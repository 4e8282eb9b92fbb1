/* SPDX-License-Identifier: Apache-2.0 */
/* Sign-in that begins here: a request to the identity provider, a row for it, and a cookie that
 * binds both to this browser. */
#include "jit_int.h"

#include <apr_strings.h>

#include "braze_id.h"

#define LOGIN_AGE apr_time_from_sec(600) /* as its cookie's, jit_asked.c */

/* One sign-in that is about to begin. */
typedef struct {
    request_rec *r;
    const jit_conf_t *conf;
    const httpd_company_t *company;
    const braze_saml_idp_t *idp;
    const char *id, *secret;
} login_t;

const char *jit_login_url(request_rec *r, const jit_conf_t *conf, const char *endpoint,
                          const char *return_to)
{
    return apr_pstrcat(r->pool, jit_endpoint_url(r, conf, endpoint),
                       "?return=", ap_escape_urlencoded(r->pool, return_to), NULL);
}

static int login_may_ask(const login_t *login, const braze_saml_idp_t *idp)
{
    apr_time_t until = braze_saml_idp_valid_until(idp);

    return braze_saml_idp_can_sign_in(idp) && (!until || until > login->r->request_time);
}

/* The one that is named; else the one that this browser came from last; else the first that can be
 * asked. NULL = none. */
static const braze_saml_idp_t *login_choose(const login_t *login, const apr_array_header_t *idps,
                                            const char *wanted)
{
    const char *mark = NULL, *rest;
    const braze_saml_idp_t *first = NULL;
    int i;

    jit_known_get(&mark, &rest, login->r, login->conf);
    for (i = 0; i < idps->nelts; i++) {
        const braze_saml_idp_t *idp = APR_ARRAY_IDX(idps, i, const braze_saml_idp_t *);
        const char *name = braze_saml_idp_entity_id(idp);

        if (!login_may_ask(login, idp) || (wanted && strcmp(wanted, name) != 0)) {
            continue;
        }
        if (wanted || (mark && !strcmp(mark, jit_known_mark(name, login->r->pool)))) {
            return idp;
        }
        first = first ? first : idp;
    }
    return first;
}

static braze_err_t *login_no_idp(const login_t *login, const char *wanted)
{
    apr_pool_t *pool = login->r->pool;
    braze_err_t *err;

    if (wanted) {
        err = braze_err_new(HTTP_NOT_FOUND, "idp_unknown", "BRAZE-J0421",
                            "There is no such identity provider here.", pool);
        return braze_err_log(err, pool,
                             "?idp= names \"%s\", which is not configured here, or has "
                             "no sign-in address",
                             wanted);
    }
    err = braze_err_new(HTTP_NOT_FOUND, "idp_cannot_be_asked", "BRAZE-J0422",
                        "Start at your company's portal and choose this application there.", pool);
    return braze_err_log(err, pool, "%s",
                         "no identity provider has a sign-in address (SingleSignOnService of its "
                         "metadata, or BrazeJitTargetUrl) that is in force");
}

static braze_err_t *login_find_idp(login_t *login, const char *wanted)
{
    const apr_array_header_t *idps;
    braze_err_t *err = jit_known_company(&login->company, login->r, login->conf);

    if (!err && !login->company) {
        err = braze_err_new(HTTP_NOT_FOUND, "idp_cannot_be_asked", "BRAZE-J0423",
                            "Start at your company's portal and choose this application there.",
                            login->r->pool);
    }
    if (!err) {
        err = jit_idp_list(&idps, login->r, login->conf, login->company, !login->conf->company);
    }
    if (!err) {
        login->idp = login_choose(login, idps, wanted);
        err = login->idp ? NULL : login_no_idp(login, wanted);
    }
    return err;
}

static braze_err_t *login_ask(braze_saml_message_t *message, const login_t *login)
{
    request_rec *r = login->r;
    const jit_conf_t *conf = login->conf;
    braze_saml_ask_t ask = {0};
    const apr_array_header_t *pairs;
    braze_err_t *err = jit_key_pairs(&pairs, r, conf);

    if (err) {
        return err;
    }
    ask.idp = login->idp;
    ask.sp_entity_id = jit_conf_entity_id(conf);
    ask.acs_url = apr_pstrcat(r->pool, httpd_base_url(r, conf->base_url),
                              jit_endpoint_url(r, conf, "callback"), NULL);
    ask.id = login->id;
    ask.pair = pairs ? APR_ARRAY_IDX(pairs, 0, const braze_saml_pair_t *) : NULL;
    ask.force_authn = conf->force_authn == 1;
    ask.name_id_format = conf->name_id_format;
    ask.authn_contexts = conf->authn_contexts;
    ask.now = r->request_time;
    return braze_saml_authn_request_make(message, &ask, r->pool);
}

/* Nobody but logins clears expired rows, and who begins one may never come back. */
static void login_sweep(const login_t *login, braze_db_t *db)
{
    int swept;
    braze_err_t *err;

    if ((apr_time_usec(login->r->request_time) & 0xff) != 0) {
        return;
    }
    err = braze_store_sweep(&swept, db, login->r->request_time, 1000, login->r->pool);
    if (err) {
        httpd_log_err(login->r, APLOG_WARNING, err);
    }
}

static braze_err_t *login_keep(const login_t *login, const char *return_to)
{
    request_rec *r = login->r;
    braze_saml_request_t request = {0};
    braze_db_t *db;
    braze_err_t *err = httpd_db_open(&db, r);

    if (err) {
        return err;
    }
    request.company_id = login->company->company->id;
    request.request_hash = braze_sha256_hex(login->id, strlen(login->id), r->pool);
    request.browser_hash = braze_sha256_hex(login->secret, strlen(login->secret), r->pool);
    request.idp = braze_saml_idp_entity_id(login->idp);
    request.return_to = return_to;
    request.created_at = r->request_time;
    request.expires_at = r->request_time + LOGIN_AGE;
    err = braze_store_saml_request_add(db, &request, r->pool);
    if (!err) {
        login_sweep(login, db);
    }
    return err;
}

int jit_login(request_rec *r, const jit_conf_t *conf, const char *return_to, const char *idp)
{
    login_t login = {r, conf, NULL, NULL, NULL, NULL};
    braze_saml_message_t message;
    braze_err_t *err;

    login.id = apr_pstrcat(r->pool, "_", braze_secret_new(r->pool), NULL);
    login.secret = braze_secret_new(r->pool);
    err = login_find_idp(&login, idp);
    if (!err) {
        err = login_ask(&message, &login);
    }
    if (!err) {
        err = login_keep(&login, return_to);
    }
    if (err) {
        return jit_answer_refusal(r, conf, conf->company, err);
    }
    httpd_db_release(r);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "BRAZE-J0002: sign-in begins here: %s is asked%s",
                  braze_saml_idp_entity_id(login.idp), message.field ? " by a form" : "");
    jit_asked_set(r, conf, login.id, login.secret, login.company->company->id);
    return jit_answer_message(r, conf, &message, 0);
}

int jit_login_offered(const char **label, request_rec *r, const jit_conf_t *conf)
{
    login_t login = {r, conf, NULL, NULL, NULL, NULL};
    const char *mark, *rest;
    braze_err_t *err;

    *label = conf->saml_name;
    if (!jit_known_get(&mark, &rest, r, conf)) {
        return 0;
    }
    err = login_find_idp(&login, NULL);
    if (!err && !*label) {
        *label = login.company->company->saml_name;
    }
    httpd_db_release(r);
    if (err && err->status >= 500) {
        httpd_log_err(r, APLOG_WARNING, err);
    }
    return !err;
}
