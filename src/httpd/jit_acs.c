/* SPDX-License-Identifier: Apache-2.0 */
/* The assertion consumer service: a posted SAML response in, a session or a refusal out. */
#include "jit_acs_int.h"
#include "status_int.h"

#include <apr_strings.h>

#include "braze_time.h"

/* What Destination and Recipient may say: the callback, and the very URL that was posted to. */
static const apr_array_header_t *acs_urls(jit_acs_t *acs)
{
    request_rec *r = acs->r;
    const char *base = httpd_base_url(r, acs->conf->base_url);
    apr_array_header_t *urls = apr_array_make(r->pool, 2, sizeof(const char *));

    APR_ARRAY_PUSH(urls, const char *) =
        apr_pstrcat(r->pool, base, jit_endpoint_url(r, acs->conf, "callback"), NULL);
    APR_ARRAY_PUSH(urls, const char *) = apr_pstrcat(r->pool, base, jit_own_path(r), NULL);
    return urls;
}

static braze_err_t *acs_judge(jit_acs_t *acs)
{
    braze_saml_expect_t expect = {0};
    apr_time_t begin;
    braze_err_t *err =
        jit_idp_list(&expect.idps, acs->r, acs->conf, acs->company, acs->company_by_key);

    if (err) {
        return err;
    }
    expect.sp_entity_id = jit_conf_entity_id(acs->conf);
    expect.acs_urls = acs_urls(acs);
    expect.skew = acs->conf->clock_skew == HTTPD_UNSET ? JIT_DEFAULT_SKEW : acs->conf->clock_skew;
    expect.allow_sha1 = acs->conf->allow_sha1 == 1;
    expect.pairs = jit_key_decrypting(acs->conf);
    expect.authn_contexts = acs->conf->authn_contexts;
    expect.now = acs->r->request_time;
    if (acs->asked) {
        expect.in_response_to = acs->asked->id;
        expect.in_response_to_idp = acs->asked->request->idp;
    }
    begin = apr_time_now();
    expect.steps = jit_trace_steps(acs->trace);
    jit_trace_note(acs->trace, "providers", "%d configured", braze_saml_idps_count(expect.idps));
    err = acs->received
              ? braze_saml_judge_received(&acs->identity, acs->received, &expect, acs->r->pool)
              : braze_saml_judge(&acs->identity, acs->form.saml_response,
                                 acs->form.saml_response_len, &expect, acs->r->pool);
    httpd_status_time(httpd_status(acs->r->server), STATUS_JUDGE_TIME, 0, apr_time_now() - begin);
    return err;
}

/* Whether, and into what, a stranger is provisioned is decided by the settings of this moment: an
 * operator who turned provisioning off means this login too. */
static braze_err_t *acs_refresh(braze_jit_policy_t *policy, void *baton)
{
    jit_acs_t *acs = baton;
    const char *id = policy->company->id;
    braze_err_t *err = httpd_company_get(&acs->company, jit_server(acs->r->server)->companies,
                                         acs->r, acs->conf->company, HTTPD_COMPANY_NOW);

    if (!err && strcmp(acs->company->company->id, id)) {
        err = braze_err_new(HTTP_SERVICE_UNAVAILABLE, NULL, "BRAZE-J0419",
                            "The company of this site was set up anew just now. Try again.",
                            acs->r->pool);
    }
    if (!err) {
        policy->company = acs->company->company;
        policy->catalog = acs->company->catalog;
    }
    return err;
}

static braze_err_t *acs_login(braze_jit_result_t **result, jit_acs_t *acs)
{
    const jit_conf_t *conf = acs->conf;
    braze_jit_policy_t policy = {0};
    braze_log_t log = httpd_log(acs->r);
    const jit_conf_t none = {0};
    static const braze_attribute_map_t braze_names = {{NULL}};

    if (acs->company_by_key) {
        conf = &none; /* what the location says of provisioning belongs to no particular company */
    }
    policy.company = acs->company->company;
    policy.catalog = acs->company->catalog;
    policy.refresh = acs->conf->company && !acs->asked ? acs_refresh : NULL;
    policy.refresh_baton = acs;
    policy.provisioning = acs->company_by_key ? HTTPD_UNSET : conf->provisioning;
    policy.default_workspace = conf->default_workspace;
    policy.default_permission_set = conf->default_permission_set;
    policy.allow_domains = conf->allow_domains;
    policy.update_on_login = acs->conf->update_on_login == 1;
    policy.map = conf->map;
    policy.map_on_login = conf->map_on_login == 1;
    policy.sp_entity_id = jit_conf_entity_id(acs->conf);
    policy.attributes = acs->conf->attributes ? acs->conf->attributes : &braze_names;
    policy.session_max_age = jit_conf_max_age(acs->conf);
    policy.log = &log;
    acs->client.request = acs->asked ? acs->asked->request : NULL;
    acs->decided = 1;
    return braze_jit_login(result, acs->db, acs->identity, &policy, &acs->client,
                           acs->r->request_time, acs->r->pool);
}

/*
 * A browser that posts the same response again (reload, back button) should get where it was going.
 * Its session cookie is not sent with a post from the IdP's site (SameSite=Lax), so it is asked
 * again on a page of our own.
 */
static int acs_resume(jit_acs_t *acs)
{
    request_rec *r = acs->r;

    return jit_answer_redirect(r, apr_pstrcat(r->pool, jit_endpoint_url(r, acs->conf, "resume"),
                                              "?response=", acs->identity->replay_key, "&return=",
                                              ap_escape_urlencoded(r->pool, acs->return_path),
                                              "&reference=", acs->client.correlation, NULL));
}

static const char *acs_actor(jit_acs_t *acs)
{
    return acs->identity ? apr_pstrcat(acs->r->pool, "saml:", acs->identity->issuer, NULL) : "saml";
}

/* What the decision refuses it has noted itself. */
static void acs_note(jit_acs_t *acs, const braze_err_t *refusal)
{
    if (!acs->decided) {
        jit_refused_note(acs->r, acs->conf, acs->company, "Failed Login", acs_actor(acs), refusal);
    }
}

static int acs_refuse(jit_acs_t *acs, const braze_err_t *refusal)
{
    acs_note(acs, refusal);
    jit_trace_end(acs->trace, "refused",
                  apr_psprintf(acs->r->pool, "status %d, %s", refusal->status,
                               refusal->code ? refusal->code : refusal->tag));
    return jit_answer_refusal(acs->r, acs->conf,
                              acs->company ? acs->company->company->name : acs->conf->company,
                              refusal);
}

static void acs_count(const jit_acs_t *acs, const braze_jit_result_t *result)
{
    httpd_status_t *status = httpd_status(acs->r->server);

    httpd_status_add(status, STATUS_LOGINS, acs->asked ? STATUS_BY_US : STATUS_BY_IDP, 1);
    if (result->created) {
        httpd_status_add(status, STATUS_CREATIONS, 0, 1);
    }
    httpd_status_time(status, STATUS_LOGIN_TIME, 0, apr_time_now() - acs->r->request_time);
}

static void acs_trace_company(const jit_acs_t *acs)
{
    if (acs->company) {
        jit_trace_note(acs->trace, "company", "%s%s", acs->company->company->name,
                       acs->company_by_key ? ", by the API key in RelayState" : "");
    }
    jit_trace_note(acs->trace, "relay-state", "%s%s",
                   acs->asked            ? "answers a request of this browser, leads to "
                   : acs->company_by_key ? "an API key, leads to "
                                         : "leads to ",
                   apr_pstrmemdup(acs->r->pool, acs->return_path, strcspn(acs->return_path, "?#")));
}

/* What stands behind an artifact says whom to ask only when it is there: the company must be known
 * without. */
static braze_err_t *acs_resolve(jit_acs_t *acs)
{
    const braze_saml_idps_t *idps;
    braze_err_t *err = acs->company ? NULL : jit_acs_relay_state(acs);

    if (!err && !acs->company) {
        err = jit_acs_no_company(acs);
    }
    if (!err) {
        err = jit_idp_list(&idps, acs->r, acs->conf, acs->company, acs->company_by_key);
    }
    return err ? err
               : jit_artifact_resolve(&acs->received, acs->r, acs->conf, idps, acs->form.artifact);
}

/* Company and place to go, then the response itself, then who is in it. */
static braze_err_t *acs_run(braze_jit_result_t **result, jit_acs_t *acs)
{
    braze_err_t *err = jit_trace_step(acs->trace, "database", httpd_db_open(&acs->db, acs->r));

    if (!err) {
        err = jit_trace_step(acs->trace, "company", jit_acs_company(acs));
    }
    if (!err && acs->form.artifact) {
        err = jit_trace_step(acs->trace, "artifact", acs_resolve(acs));
    }
    if (!err) {
        err = jit_trace_step(acs->trace, "relay-state", jit_acs_destination(acs));
    }
    if (!err && !acs->company) {
        err = jit_trace_step(acs->trace, "company", jit_acs_no_company(acs));
    }
    if (err) {
        return err;
    }
    acs_trace_company(acs);
    err = acs_judge(acs);
    err = err ? jit_acs_whose_request(acs, err)
              : jit_trace_step(acs->trace, "our-request", jit_acs_check_request(acs));
    return err ? err : jit_trace_step(acs->trace, "decision", acs_login(result, acs));
}

static int acs_signed_in(jit_acs_t *acs, const braze_jit_result_t *result)
{
    request_rec *r = acs->r;
    const char *what = result->created ? "account made and signed in: user" : "signed in: user";

    httpd_db_release(r);
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "BRAZE-J0001: %s %s [%s]", what, result->user->id,
                  acs->client.correlation);
    acs_count(acs, result);
    if (acs->trace) {
        jit_trace_note(acs->trace, "decision", "%s %s (%s), session until %s", what,
                       result->user->id, jit_trace_mask(result->user->email, r->pool),
                       braze_time_rfc3339(result->session_expires, r->pool));
        jit_trace_end(acs->trace, "ok", result->created ? "account made" : "signed in");
    }
    jit_cookie_set(r, acs->conf, result->session_secret, acs->company->company->id);
    jit_known_set(r, acs->conf, acs->identity->issuer, acs->company->company->id);
    if (acs->asked) {
        jit_asked_done(r, acs->conf, acs->asked);
    }
    return jit_answer_redirect(r, acs->return_path);
}

static int acs_consume(jit_acs_t *acs)
{
    braze_jit_result_t *result = NULL;
    braze_err_t *err = acs_run(&result, acs);

    if (err && acs->identity && err->code && !strcmp(err->code, "replayed")) {
        httpd_log_err(acs->r, APLOG_INFO, err);
        jit_trace_end(acs->trace, "refused", "replayed: this browser is asked whether it was it");
        return acs_resume(acs);
    }
    return err ? acs_refuse(acs, err) : acs_signed_in(acs, result);
}

static void acs_begin(jit_acs_t *acs, request_rec *r, const jit_conf_t *conf)
{
    memset(acs, 0, sizeof(*acs));
    acs->r = r;
    acs->conf = conf;
    acs->client.ip = r->useragent_ip;
    acs->client.correlation = httpd_correlation(r);
    acs->trace = jit_trace_begin(r, conf);
}

/* The fields of a form or a query, of which one at least is there. */
static int acs_take(jit_acs_t *acs, braze_err_t *err, apr_size_t len)
{
    if (!err && acs->form.saml_response && acs->form.artifact) {
        err =
            braze_err_new(HTTP_BAD_REQUEST, "form_malformed", "BRAZE-J0442",
                          "A form has a SAMLResponse or a SAMLart field, not both.", acs->r->pool);
    }
    if (err) {
        return acs_refuse(acs, jit_trace_step(acs->trace, "form", err));
    }
    jit_trace_note(acs->trace, "form", "%" APR_SIZE_T_FMT " bytes", len);
    return acs_consume(acs);
}

int jit_acs(request_rec *r, const jit_conf_t *conf, int own_endpoint)
{
    jit_acs_t acs;
    const char *body, *type = httpd_media_type(r, "Content-Type");
    apr_size_t len = 0;
    braze_err_t *err;

    acs_begin(&acs, r, conf);
    if (!type || strcmp(type, "application/x-www-form-urlencoded")) {
        err = braze_err_new(
            HTTP_UNSUPPORTED_MEDIA_TYPE, "not_a_form", "BRAZE-J0412",
            "A SAML response is posted as a form (application/x-www-form-urlencoded).", r->pool);
        return acs_take(&acs, err, 0);
    }
    err = httpd_body_read(&body, &len, r, BRAZE_SAML_MAX_BODY);
    if (err && !own_endpoint && err->status == HTTP_REQUEST_ENTITY_TOO_LARGE) {
        /* So much is hardly a response: a person has lost what they have written, and is told so.
         */
        httpd_log_err(r, APLOG_WARNING, err);
        return jit_answer_visitor(r, conf);
    }
    if (!err) {
        err = jit_form_parse(&acs.form, body, len, r->pool);
    }
    if (!own_endpoint) {
        acs.form.artifact = NULL; /* only the callback's address is told to anybody */
    }
    if (!err && !acs.form.saml_response && !acs.form.artifact) {
        if (!own_endpoint) {
            return jit_answer_visitor(r,
                                      conf); /* an ordinary form, by somebody without a session */
        }
        err = braze_err_new(HTTP_BAD_REQUEST, "saml_response_missing", "BRAZE-J0413",
                            "The posted form has no SAMLResponse field.", r->pool);
    }
    return acs_take(&acs, err, len);
}

int jit_acs_query(request_rec *r, const jit_conf_t *conf)
{
    jit_acs_t acs;
    braze_err_t *err;

    acs_begin(&acs, r, conf);
    err = jit_form_parse(&acs.form, r->args, strlen(r->args), r->pool);
    acs.form.saml_response = NULL; /* never by GET */
    return acs_take(&acs, err, strlen(r->args));
}
