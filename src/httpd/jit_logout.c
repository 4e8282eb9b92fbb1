/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing out. What ends is rows, so it ends on every node. Here first, then at the identity
 * provider: whatever becomes of the message, this application's session is over.
 */
#include "jit_int.h"
#include "status_int.h"

#include <apr_strings.h>

#include "braze_id.h"

/* One message of an identity provider, and what is answered. */
typedef struct {
    request_rec *r;
    const jit_conf_t *conf;
    const httpd_company_t *company;
    braze_logout_expect_t expect;
    braze_logout_t *logout;
    const char *actor; /* "saml:" and whose message it is; NULL until that is proven */
} leave_t;

static int leave_refuse(const leave_t *leave, const braze_err_t *refusal)
{
    jit_refused_note(leave->r, leave->conf, leave->company, "Failed Logout",
                     leave->actor ? leave->actor : "saml", refusal);
    return jit_answer_refusal(leave->r, leave->conf, leave->conf->company, refusal);
}

/* The message was read: NULL when it is its issuer's. */
static braze_err_t *leave_read(leave_t *leave, braze_err_t *err)
{
    if (!err) {
        leave->actor = apr_pstrcat(leave->r->pool,
                                   "saml:", braze_saml_idp_entity_id(leave->logout->idp), NULL);
    }
    return err;
}

static int leave_page(request_rec *r, const jit_conf_t *conf, int everywhere)
{
    const char *url = jit_endpoint_url(r, conf, "sign_in"), *language = jit_language(r);

    httpd_db_release(r);
    return jit_answer_page(r, HTTP_OK,
                           everywhere ? braze_page_signed_out_everywhere(url, language, r->pool)
                                      : braze_page_signed_out(url, language, r->pool));
}

static void leave_event(braze_event_t *event, request_rec *r, const httpd_company_t *company,
                        const char *actor)
{
    event->company_id = company->company->id;
    event->at = r->request_time;
    event->name = "Signed Out";
    event->actor = actor;
    event->ip = r->useragent_ip;
    event->correlation = httpd_correlation(r);
}

/* ---- begun here ---- */

static braze_err_t *leave_end(request_rec *r, const jit_conf_t *conf)
{
    const httpd_company_t *company;
    braze_event_t event = {0};
    const char *hash;
    braze_db_t *db;
    int ended;
    braze_err_t *err = jit_cookie_session(&hash, &company, r, conf);

    if (err || !company) {
        return err;
    }
    err = httpd_db_open(&db, r);
    if (err) {
        return err;
    }
    leave_event(&event, r, company, "browser");
    err = braze_store_session_end(&ended, db, company->company->id, hash, &event, r->pool);
    if (!err && ended) {
        httpd_status_add(httpd_status(r->server), STATUS_SESSIONS_ENDED, STATUS_END_BROWSER, 1);
    }
    jit_cache_remove(r, company->company->id, hash);
    return err;
}

static const braze_saml_idp_t *leave_idp(const braze_saml_idps_t *idps, const char *name)
{
    const braze_saml_idp_t *idp = name ? braze_saml_idps_find(idps, name) : NULL;

    return idp && braze_saml_idp_can_sign_out(idp) ? idp : NULL;
}

/* While there is a row that tells: what the identity provider called the session. In a copy: the
 * visitor may be one whom the connection keeps. */
static braze_err_t *leave_named(jit_visitor_t **visitor, request_rec *r)
{
    jit_visitor_t *own = apr_pmemdup(r->pool, *visitor, sizeof(*own));
    braze_db_t *db;
    braze_err_t *err = httpd_db_open(&db, r);

    own->session = apr_pmemdup(r->pool, own->session, sizeof(*own->session));
    *visitor = own;
    return err ? err : braze_store_session_named(own->session, db, own->hash, r->pool);
}

static void leave_expect(braze_logout_expect_t *expect, request_rec *r, const jit_conf_t *conf)
{
    expect->url = apr_pstrcat(r->pool, httpd_base_url(r, conf->base_url),
                              jit_endpoint_url(r, conf, "logout"), NULL);
    expect->skew = conf->clock_skew == HTTPD_UNSET ? JIT_DEFAULT_SKEW : conf->clock_skew;
    expect->allow_sha1 = conf->allow_sha1 == 1;
    expect->pairs = jit_key_decrypting(conf);
    expect->now = r->request_time;
}

/* The request to the session's identity provider; message->url stays NULL where there is nobody to
 * be asked, or no key to sign with, and where it was asked directly: *everywhere is 1 when it has
 * confirmed then. */
static braze_err_t *leave_ask(braze_saml_message_t *message, int *everywhere, const char *id,
                              request_rec *r, const jit_conf_t *conf, const jit_visitor_t *visitor)
{
    const braze_session_t *session = visitor->session;
    braze_logout_expect_t expect = {0};
    const apr_array_header_t *pairs;
    braze_logout_make_t make = {0};
    braze_err_t *err = jit_key_pairs(&pairs, r, conf);

    if (err || !pairs || !session->name_id) {
        return err;
    }
    err = jit_idp_list(&expect.idps, r, conf, visitor->company, !conf->company);
    if (err) {
        return err;
    }
    make.idp = leave_idp(expect.idps, session->idp);
    if (!make.idp) {
        return NULL;
    }
    make.sp_entity_id = jit_conf_entity_id(conf);
    make.id = id;
    make.pair = APR_ARRAY_IDX(pairs, 0, const braze_saml_pair_t *);
    make.now = r->request_time;
    make.name_id = session->name_id;
    make.name_id_format = session->name_id_format;
    make.name_qualifier = session->name_qualifier;
    make.sp_name_qualifier = session->sp_name_qualifier;
    make.session_index = session->session_index;
    if (braze_saml_idp_sign_out_soap(make.idp)) {
        leave_expect(&expect, r, conf);
        *everywhere = jit_logout_ask(r, &make, &expect);
        return NULL;
    }
    return braze_logout_request_make(message, &make, r->pool);
}

/* A link on another site signs out this browser here, and no more. */
static int leave_is_wanted(request_rec *r)
{
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");

    return !site || ap_cstr_casecmp(site, "cross-site");
}

static int leave_here(request_rec *r, const jit_conf_t *conf)
{
    const char *id = apr_pstrcat(r->pool, "_", braze_secret_new(r->pool), NULL);
    braze_saml_message_t message = {0};
    jit_visitor_t *visitor = NULL;
    braze_err_t *err = jit_visitor_find(&visitor, r, conf), *ask;
    int everywhere = 0;

    if (!err && visitor && leave_is_wanted(r)) {
        err = leave_named(&visitor, r);
    }
    if (!err) {
        err = leave_end(r, conf);
    }
    if (err) {
        return jit_answer_refusal(r, conf, conf->company, err);
    }
    jit_cookie_set(r, conf, NULL, NULL);
    ask = visitor && leave_is_wanted(r) ? leave_ask(&message, &everywhere, id, r, conf, visitor)
                                        : NULL;
    if (ask) {
        httpd_log_err(r, APLOG_WARNING, ask);
    }
    if (ask || !message.url) {
        return leave_page(r, conf, everywhere);
    }
    httpd_db_release(r);
    jit_leaving_set(r, conf, id);
    return jit_answer_message(r, conf, &message, 0);
}

/* ---- begun at the identity provider ---- */

static braze_err_t *leave_begin(leave_t *leave)
{
    request_rec *r = leave->r;
    const jit_conf_t *conf = leave->conf;
    braze_err_t *err = jit_known_company(&leave->company, r, conf);

    if (!err && !leave->company) {
        err = braze_err_new(HTTP_NOT_FOUND, "company_not_configured", "BRAZE-J0425",
                            "Nobody is signed in here.", r->pool);
    }
    if (!err) {
        err = jit_idp_list(&leave->expect.idps, r, conf, leave->company, !conf->company);
    }
    leave_expect(&leave->expect, r, conf);
    return err;
}

/* This browser's own session may be among them. */
static void leave_forget(leave_t *leave, const apr_array_header_t *hashes)
{
    const httpd_company_t *company;
    const char *own = NULL;
    braze_err_t *err = jit_cookie_session(&own, &company, leave->r, leave->conf);
    int i;

    if (err) {
        httpd_log_err(leave->r, APLOG_WARNING, err);
        own = NULL;
    }
    for (i = 0; i < hashes->nelts; i++) {
        const char *hash = APR_ARRAY_IDX(hashes, i, const char *);

        jit_cache_remove(leave->r, leave->company->company->id, hash);
        if (own && !strcmp(own, hash)) {
            jit_cookie_set(leave->r, leave->conf, NULL, NULL);
        }
    }
}

/* A copy of a message would end what the person has begun since. */
static braze_err_t *leave_again(const leave_t *leave)
{
    apr_pool_t *pool = leave->r->pool;

    return braze_err_log(
        braze_err_new(HTTP_FORBIDDEN, "logout_replayed", "BRAZE-J0428",
                      "This sign-out message was obeyed before; it ends nothing more.", pool),
        pool, "LogoutRequest %s of %s", leave->logout->id,
        braze_saml_idp_entity_id(leave->logout->idp));
}

static braze_err_t *leave_end_named(leave_t *leave)
{
    request_rec *r = leave->r;
    const braze_logout_t *logout = leave->logout;
    const char *idp = braze_saml_idp_entity_id(logout->idp);
    braze_session_name_t name = {
        .company_id = leave->company->company->id,
        .idp = idp,
        .name_id = logout->name_id,
        .name_qualifier = logout->name_qualifier,
        .sp_name_qualifier = logout->sp_name_qualifier,
        .session_indexes = logout->session_indexes,
        .replay_key = logout->replay_key,
        .replay_until = logout->replay_until,
    };
    apr_array_header_t *hashes = NULL;
    braze_event_t event = {0};
    braze_db_t *db;
    braze_err_t *err = httpd_db_open(&db, r);

    if (err) {
        return err;
    }
    leave_event(&event, r, leave->company, leave->actor);
    err = braze_store_session_end_named(&hashes, db, &name, &event, r->pool);
    if (!err && !hashes) {
        err = leave_again(leave);
    }
    if (!err) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "BRAZE-J0003: %s has ended %d sessions [%s]",
                      idp, hashes->nelts, event.correlation);
        httpd_status_add(httpd_status(r->server), STATUS_SESSIONS_ENDED, STATUS_END_IDP,
                         (apr_uint64_t)hashes->nelts);
        leave_forget(leave, hashes);
    }
    httpd_db_release(r);
    return err;
}

static braze_err_t *leave_answer(braze_logout_make_t *make, const leave_t *leave)
{
    request_rec *r = leave->r;
    const apr_array_header_t *pairs;
    braze_err_t *err = jit_key_pairs(&pairs, r, leave->conf);

    if (err) {
        return err;
    }
    memset(make, 0, sizeof(*make));
    make->idp = leave->logout->idp;
    make->sp_entity_id = jit_conf_entity_id(leave->conf);
    make->id = apr_pstrcat(r->pool, "_", braze_secret_new(r->pool), NULL);
    make->pair = pairs ? APR_ARRAY_IDX(pairs, 0, const braze_saml_pair_t *) : NULL;
    make->relay_state = leave->logout->relay_state;
    make->now = r->request_time;
    make->in_response_to = leave->logout->id;
    make->success = 1; /* somebody whose session is over already is signed out as well */
    return NULL;
}

static int leave_asked(leave_t *leave)
{
    request_rec *r = leave->r;
    braze_logout_make_t make;
    braze_saml_message_t message;
    braze_err_t *err = leave_end_named(leave);

    if (err) {
        return leave_refuse(leave, err);
    }
    err = leave_answer(&make, leave);
    if (!err) {
        err = braze_logout_response_make(&message, &make, r->pool);
    }
    if (err) {
        httpd_log_err(r, APLOG_WARNING, err);
        return leave_page(r, leave->conf, 0);
    }
    return jit_answer_message(r, leave->conf, &message, 1);
}

/* The answer to what began here. The session is long over: it only says whether the other one is.
 */
static int leave_answered(leave_t *leave)
{
    request_rec *r = leave->r;
    const char *id = jit_leaving_get(r, leave->conf);
    const braze_logout_t *logout = leave->logout;
    int fits = id && logout->in_response_to && !strcmp(id, logout->in_response_to);

    if (!fits || !logout->success) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, "BRAZE-J0426: %s %s",
                      braze_saml_idp_entity_id(logout->idp),
                      fits ? "has not signed the person out everywhere (Status)"
                           : "answers a request to sign out that this browser did not make");
    }
    jit_leaving_set(r, leave->conf, NULL);
    return leave_page(r, leave->conf, fits && logout->success);
}

static int leave_run(leave_t *leave, const braze_err_t *err)
{
    if (err) {
        return leave_refuse(leave, err);
    }
    return leave->logout->is_response ? leave_answered(leave) : leave_asked(leave);
}

static int leave_by_query(request_rec *r, const jit_conf_t *conf)
{
    leave_t leave = {.r = r, .conf = conf};
    braze_err_t *err = leave_begin(&leave);

    if (!err) {
        err = leave_read(&leave,
                         braze_logout_read_query(&leave.logout, r->args, &leave.expect, r->pool));
    }
    return leave_run(&leave, err);
}

static braze_err_t *leave_read_form(leave_t *leave, const jit_form_t *form)
{
    int is_response = form->saml_response != NULL;
    braze_err_t *err;

    if (form->saml_request && form->saml_response) {
        return braze_err_new(HTTP_BAD_REQUEST, "logout_malformed", "BRAZE-J0427",
                             "The form has both a SAMLRequest and a SAMLResponse.", leave->r->pool);
    }
    err = braze_logout_read_post(&leave->logout,
                                 is_response ? form->saml_response : form->saml_request,
                                 is_response ? form->saml_response_len : form->saml_request_len,
                                 is_response, &leave->expect, leave->r->pool);
    if (!err && form->relay_state && strlen(form->relay_state) <= BRAZE_LOGOUT_MAX_RELAY_STATE) {
        leave->logout->relay_state = form->relay_state;
    }
    return err;
}

static int leave_by_form(request_rec *r, const jit_conf_t *conf)
{
    leave_t leave = {.r = r, .conf = conf};
    jit_form_t form;
    const char *body;
    apr_size_t len;
    braze_err_t *err = httpd_body_read(&body, &len, r, BRAZE_SAML_MAX_BODY);

    if (!err) {
        err = jit_form_parse(&form, body, len, r->pool);
    }
    if (!err && !form.saml_request && !form.saml_response) {
        return leave_here(r, conf);
    }
    if (!err) {
        err = leave_begin(&leave);
    }
    if (!err) {
        err = leave_read(&leave, leave_read_form(&leave, &form));
    }
    return leave_run(&leave, err);
}

/* The back channel (saml-bindings 3.2): no browser, so nobody to send on. */
static int leave_by_soap(request_rec *r, const jit_conf_t *conf)
{
    braze_logout_make_t make;
    leave_t leave = {.r = r, .conf = conf};
    const char *body, *xml;
    apr_size_t len;
    braze_err_t *err = httpd_body_read(&body, &len, r, BRAZE_SAML_MAX_BODY);

    if (!err) {
        err = leave_begin(&leave);
    }
    if (!err) {
        err = leave_read(
            &leave, braze_logout_read_soap(&leave.logout, body, len, 0, &leave.expect, r->pool));
    }
    if (!err) {
        err = leave_end_named(&leave);
    }
    if (!err) {
        err = leave_answer(&make, &leave);
    }
    if (!err) {
        err = braze_logout_response_soap(&xml, &make, r->pool);
    }
    if (err) {
        return leave_refuse(&leave, err);
    }
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    ap_set_content_type(r, "text/xml; charset=utf-8");
    ap_set_content_length(r, (apr_off_t)strlen(xml));
    ap_rputs(xml, r);
    return OK;
}

/* By its names as a lenient reader would see them: what is spelt oddly is no plain sign-out. */
static int has_message(request_rec *r)
{
    char *args = r->args ? apr_pstrdup(r->pool, r->args) : NULL;

    return args && (ap_unescape_urlencoded(args) != OK || strstr(args, "SAMLRequest") ||
                    strstr(args, "SAMLResponse"));
}

/* Without a message: SameSite=Lax keeps the cookie out of another site's post; a link from there
 * can sign somebody out here, and nothing more. */
int jit_logout(request_rec *r, const jit_conf_t *conf)
{
    const char *type = r->method_number == M_POST ? httpd_media_type(r, "Content-Type") : NULL;

    if (type && (!strcmp(type, "text/xml") || !strcmp(type, "application/soap+xml"))) {
        return leave_by_soap(r, conf);
    }
    if (type && !strcmp(type, "application/x-www-form-urlencoded")) {
        return leave_by_form(r, conf);
    }
    return has_message(r) ? leave_by_query(r, conf) : leave_here(r, conf);
}
