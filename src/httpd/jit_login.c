/* SPDX-License-Identifier: Apache-2.0 */
/* Sign-in that begins here: a request to the identity provider, a row for it, and a cookie that
 * binds both to this browser. */
#include "jit_int.h"
#include "status_int.h"

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

/* The company, and the identity providers of the location. */
static braze_err_t *login_open(jit_choice_t *choice)
{
    request_rec *r = choice->r;
    const jit_conf_t *conf = choice->conf;
    braze_err_t *err = jit_known_company(&choice->company, r, conf);

    if (!err && !choice->company) {
        err = braze_err_new(HTTP_NOT_FOUND, "idp_cannot_be_asked", "BRAZE-J0423",
                            "Start at your company's portal and choose this application there.",
                            r->pool);
    }
    return err ? err : jit_idp_list(&choice->idps, r, conf, choice->company, !conf->company);
}

/* Who is refused for it sees a page of the identity provider's, and nobody would look here. */
static void login_unsigned(const login_t *login)
{
    if (braze_saml_idp_wants_signed(login->idp)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, login->r,
                      "BRAZE-J0429: %s asks for signed requests (WantAuthnRequestsSigned), and "
                      "there is no BrazeJitKey to sign with: it may refuse",
                      braze_saml_idp_entity_id(login->idp));
    }
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
    if (!ask.pair) {
        login_unsigned(login);
    }
    ask.force_authn = conf->force_authn == 1;
    ask.name_id_format = conf->name_id_format;
    ask.authn_contexts = conf->authn_contexts;
    ask.now = r->request_time;
    return braze_saml_authn_request_make(message, &ask, r->pool);
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
    return braze_store_saml_request_add(db, &request, r->pool);
}

/* Anybody can ask for what there is not: the rows are limited as those of messages are. */
static int login_refuse(const jit_choice_t *choice, const braze_err_t *refusal)
{
    jit_refused_note(choice->r, choice->conf, choice->company, "Failed Login", "browser", refusal);
    return jit_answer_refusal(choice->r, choice->conf, choice->conf->company, refusal);
}

/* Nobody can tell for whom: the person is asked. */
static int login_question(jit_choice_t *choice)
{
    request_rec *r = choice->r;
    braze_page_sign_in_t model = {0};

    model.company = choice->company->company->name;
    model.choice = jit_choose_page(choice, "login", NULL);
    httpd_db_release(r);
    return jit_answer_page_with(r, HTTP_OK, braze_page_sign_in(&model, jit_language(r), r->pool),
                                braze_page_choice_csp(r->pool), 0);
}

static int login_go(login_t *login, const char *return_to)
{
    request_rec *r = login->r;
    braze_saml_message_t message;
    braze_err_t *err;

    login->id = apr_pstrcat(r->pool, "_", braze_secret_new(r->pool), NULL);
    login->secret = braze_secret_new(r->pool);
    err = login_ask(&message, login);
    if (!err) {
        err = login_keep(login, return_to);
    }
    if (err) {
        return jit_answer_refusal(r, login->conf, login->conf->company, err);
    }
    httpd_db_release(r);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "BRAZE-J0002: sign-in begins here: %s is asked%s",
                  braze_saml_idp_entity_id(login->idp), message.field ? " by a form" : "");
    httpd_status_add(httpd_status(r->server), STATUS_REQUESTS, 0, 1);
    jit_asked_set(r, login->conf, login->id, login->secret, login->company->company->id);
    return jit_answer_message(r, login->conf, &message, 0);
}

int jit_login(request_rec *r, const jit_conf_t *conf, const jit_wish_t *wish)
{
    jit_choice_t choice = {r, conf, wish, NULL, NULL};
    login_t login = {r, conf, NULL, NULL, NULL, NULL};
    braze_err_t *err = login_open(&choice);

    if (!err) {
        err = jit_choose(&login.idp, &choice);
    }
    if (err) {
        return login_refuse(&choice, err);
    }
    login.company = choice.company;
    return login.idp ? login_go(&login, wish->return_to) : login_question(&choice);
}

/* Fills in the button, and the choice where there are several. */
static braze_err_t *sign_in_fill(braze_page_sign_in_t *model, jit_choice_t *choice)
{
    const braze_saml_idp_t *idp;
    braze_err_t *err = login_open(choice);

    if (!err) {
        err = jit_choose(&idp, choice);
    }
    if (err) {
        return err;
    }
    if (idp) {
        model->saml_name = jit_choose_label(choice, idp);
        model->login_url = jit_login_url(choice->r, choice->conf, "login", choice->wish->return_to);
    }
    model->choice = jit_choose_page(choice, "sign_in", idp);
    return NULL;
}

int jit_sign_in(request_rec *r, const jit_conf_t *conf, const jit_wish_t *wish)
{
    jit_choice_t choice = {r, conf, wish, NULL, NULL};
    braze_page_sign_in_t model = {0};
    int status = r->prev ? r->status : HTTP_OK; /* as an ErrorDocument it keeps the status */
    const char *mark, *rest;
    braze_err_t *err = NULL;

    model.company = conf->company;
    /* Whoever has not signed in before is told to start at the portal: the first sign-in makes the
     * account, and only an unsolicited one does. */
    if (jit_known_get(&mark, &rest, r, conf)) {
        err = sign_in_fill(&model, &choice);
        httpd_db_release(r);
    }
    if (err && err->status >= 500) {
        httpd_log_err(r, APLOG_WARNING, err);
    }
    return jit_answer_page_with(
        r, status, braze_page_sign_in(&model, jit_language(r), r->pool),
        model.choice ? braze_page_choice_csp(r->pool) : braze_page_csp(r->pool), 0);
}
