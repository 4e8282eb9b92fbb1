/* SPDX-License-Identifier: Apache-2.0 */
/* The assertion consumer service: a posted SAML response in, a session or a refusal out. */
#include "jit_int.h"

#include <apr_atomic.h>
#include <apr_strings.h>

#include "braze_id.h"

#define NOTED_A_MINUTE 120 /* audit rows of refused, unproven responses */

/* One response on its way through. */
typedef struct {
    request_rec *r;
    const jit_conf_t *conf;
    jit_form_t form;
    braze_db_t *db;
    const httpd_company_t *company;
    int company_by_key; /* the API key selected it: only its own settings count */
    jit_asked_t *asked; /* this browser's request that it answers; NULL = none */
    const char *return_path;
    braze_saml_identity_t *identity;
} acs_t;

static braze_err_t *acs_bad_relay_state(acs_t *acs, const char *why)
{
    braze_err_t *err =
        braze_err_new(HTTP_FORBIDDEN, "ERROR_CODE_SSO_INVALID_RELAY_STATE", "BRAZE-J0411",
                      "The sign-in link of your identity provider is not set up for this site. Ask "
                      "your administrator to check its RelayState.",
                      acs->r->pool);

    return braze_err_log(err, acs->r->pool,
                         "%s; RelayState must be an API key with the permission sso.saml.login "
                         "(braze-admin api-key add)",
                         why);
}

static braze_err_t *acs_company_of_key(acs_t *acs, const braze_api_key_t *key)
{
    braze_err_t *err = httpd_company_get_id(&acs->company, jit_server(acs->r->server)->companies,
                                            acs->r, key->company_id, HTTPD_COMPANY_NOW);

    acs->company_by_key = 1;
    if (!err && !acs->company) {
        err = acs_bad_relay_state(acs, "the company of the API key is gone");
    }
    return err;
}

static int key_may_sign_in(const braze_api_key_t *key)
{
    int i;

    for (i = 0; i < key->permissions->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(key->permissions, i, const char *), "sso.saml.login")) {
            return 1;
        }
    }
    return 0;
}

/* The API key in RelayState; *known is 0 when it is no key at all. */
static braze_err_t *acs_api_key(int *known, acs_t *acs)
{
    apr_pool_t *pool = acs->r->pool;
    const char *state = acs->form.relay_state;
    braze_api_key_t *key = NULL;
    braze_err_t *err;

    *known = 0;
    if (!state || !*state) {
        return NULL;
    }
    err =
        braze_store_api_key_find(&key, acs->db, braze_sha256_hex(state, strlen(state), pool), pool);
    if (err || !key) {
        return err;
    }
    *known = 1;
    if (!key_may_sign_in(key)) {
        return acs_bad_relay_state(acs, "the API key lacks the permission");
    }
    if (!acs->company) {
        return acs_company_of_key(acs, key);
    }
    return strcmp(key->company_id, acs->company->company->id)
               ? acs_bad_relay_state(acs, "the API key belongs to another company")
               : NULL;
}

/* Which company, and where to go afterwards: what RelayState may say. */
static braze_err_t *acs_relay_state(acs_t *acs)
{
    int mode = acs->conf->relay_state, known = 0;
    const char *path;
    braze_err_t *err = NULL;

    acs->return_path = "/";
    path = acs->form.relay_state ? braze_jit_local_path(acs->form.relay_state, acs->r->pool) : NULL;
    if (mode == JIT_RELAY_API_KEY || (mode == JIT_RELAY_ANY && !path)) {
        err = acs_api_key(&known, acs);
    } else if (path) {
        acs->return_path = path;
    }
    if (!err && mode == JIT_RELAY_API_KEY && !known) {
        err = acs_bad_relay_state(acs, acs->form.relay_state ? "no such API key"
                                                             : "RelayState is missing");
    }
    return err;
}

static braze_err_t *acs_company(acs_t *acs)
{
    const jit_conf_t *conf = acs->conf;

    if (!conf->company) {
        return NULL;
    }
    /* An administrator who took a certificate away from the settings page means this login too.
     * What else the settings say counts for strangers, see acs_refresh. */
    return httpd_company_get(
        &acs->company, jit_server(acs->r->server)->companies, acs->r, conf->company,
        conf->metadata || conf->certificate ? HTTPD_COMPANY_ANY : HTTPD_COMPANY_NOW);
}

/* Does it, as it claims itself, answer a request of this browser? Only browsers that have begun
 * something pay for the look. A message that cannot be read is the judge's to refuse. */
static braze_err_t *acs_find_asked(acs_t *acs)
{
    const char *issuer, *id = NULL;
    braze_err_t *err;

    if (!jit_asked_any(acs->r, acs->conf) ||
        braze_saml_peek(&issuer, &id, acs->form.saml_response, acs->form.saml_response_len,
                        acs->r->pool) ||
        !id) {
        return NULL;
    }
    err = jit_asked_find(&acs->asked, acs->r, acs->conf, acs->db, id);
    if (!err && acs->asked) {
        acs->company = acs->asked->company;
        acs->company_by_key = !acs->conf->company;
        acs->return_path = acs->asked->request->return_to;
    }
    return err;
}

/* Where to go, of a request's own row; what came along as RelayState of it is nobody's. */
static braze_err_t *acs_destination(acs_t *acs)
{
    braze_err_t *err = acs_find_asked(acs);

    return err || acs->asked ? err : acs_relay_state(acs);
}

static braze_err_t *acs_no_company(acs_t *acs)
{
    braze_err_t *err =
        braze_err_new(HTTP_INTERNAL_SERVER_ERROR, "company_not_configured", "BRAZE-J0405",
                      "Signing in is not set up here yet. Tell the administrator.", acs->r->pool);

    return braze_err_log(
        err, acs->r->pool,
        "no company: set BrazeCompany, or BrazeJitRelayState api-key so that the key selects it");
}

/* Path and query as the browser sent them; a proxy's form of the request line has the host before.
 */
static const char *acs_own_path(request_rec *r)
{
    const char *uri = r->unparsed_uri, *host = uri && *uri != '/' ? strstr(uri, "://") : NULL;

    if (host) {
        uri = ap_strchr_c(host + 3, '/');
    }
    return uri ? uri : "/";
}

/* What Destination and Recipient may say: the callback, and the very URL that was posted to. */
static const apr_array_header_t *acs_urls(acs_t *acs)
{
    request_rec *r = acs->r;
    const char *base = httpd_base_url(r, acs->conf->base_url);
    apr_array_header_t *urls = apr_array_make(r->pool, 2, sizeof(const char *));

    APR_ARRAY_PUSH(urls, const char *) =
        apr_pstrcat(r->pool, base, jit_endpoint_url(r, acs->conf, "callback"), NULL);
    APR_ARRAY_PUSH(urls, const char *) = apr_pstrcat(r->pool, base, acs_own_path(r), NULL);
    return urls;
}

static braze_err_t *acs_judge(acs_t *acs)
{
    braze_saml_expect_t expect = {0};
    braze_err_t *err =
        jit_idp_list(&expect.idps, acs->r, acs->conf, acs->company, acs->company_by_key);

    if (err) {
        return err;
    }
    expect.sp_entity_id = jit_conf_entity_id(acs->conf);
    expect.acs_urls = acs_urls(acs);
    expect.skew = acs->conf->clock_skew == HTTPD_UNSET ? JIT_DEFAULT_SKEW : acs->conf->clock_skew;
    expect.allow_sha1 = acs->conf->allow_sha1 == 1;
    expect.now = acs->r->request_time;
    if (acs->asked) {
        expect.in_response_to = acs->asked->id;
        expect.in_response_to_idp = acs->asked->request->idp;
    }
    return braze_saml_judge(&acs->identity, acs->form.saml_response, acs->form.saml_response_len,
                            &expect, acs->r->pool);
}

static braze_err_t *acs_refused_request(acs_t *acs, const char *code, const char *tag,
                                        const char *why)
{
    return braze_err_log(
        braze_err_new(HTTP_FORBIDDEN, code, tag,
                      "This sign-in took too long, or it belongs to another browser. Start again.",
                      acs->r->pool),
        acs->r->pool, "%s", why);
}

/* What the judge cannot know of the request that the response proves to answer. A used one may be
 * the same response once more: the login tells. */
static braze_err_t *acs_check_request(acs_t *acs)
{
    const braze_saml_request_t *request = acs->asked ? acs->asked->request : NULL;
    int skew = acs->conf->clock_skew == HTTPD_UNSET ? JIT_DEFAULT_SKEW : acs->conf->clock_skew;

    if (!request || !acs->identity->in_response_to) {
        acs->asked = NULL; /* begun here, but this came by itself */
        return NULL;
    }
    if (!request->used && request->expires_at <= acs->r->request_time) {
        return acs_refused_request(acs, "in_response_to_expired", "BRAZE-J0417",
                                   "the request that is answered was made over ten minutes ago");
    }
    if (acs->conf->force_authn == 1 &&
        acs->identity->authn_instant + apr_time_from_sec(skew) < request->created_at) {
        return acs_refused_request(acs, "authn_not_fresh", "BRAZE-J0418",
                                   "BrazeJitForceAuthn is on, but AuthnInstant is before the "
                                   "request: the IdP has not asked the person again");
    }
    return NULL;
}

/* A response that answers no request of this browser: of another one of this company? */
static braze_err_t *acs_whose_request(acs_t *acs, braze_err_t *err)
{
    const char *issuer, *id = NULL;
    braze_saml_request_t *request = NULL;
    apr_pool_t *pool = acs->r->pool;

    if (!err->code || strcmp(err->code, "in_response_to_unexpected") || acs->asked ||
        braze_saml_peek(&issuer, &id, acs->form.saml_response, acs->form.saml_response_len, pool) ||
        !id ||
        braze_store_saml_request_find(&request, acs->db, acs->company->company->id,
                                      braze_sha256_hex(id, strlen(id), pool), pool) ||
        !request) {
        return err;
    }
    return acs_refused_request(acs, "in_response_to_other_browser", "BRAZE-J0416",
                               "the request that is answered was made by another browser, or this "
                               "one does not send its cookie");
}

/* Whether, and into what, a stranger is provisioned is decided by the settings of this moment: an
 * operator who turned provisioning off means this login too. */
static braze_err_t *acs_refresh(braze_jit_policy_t *policy, void *baton)
{
    acs_t *acs = baton;
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

static braze_err_t *acs_login(braze_jit_result_t **result, acs_t *acs, braze_jit_client_t *client)
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
    policy.attributes = acs->conf->attributes ? acs->conf->attributes : &braze_names;
    policy.session_max_age = jit_conf_max_age(acs->conf);
    policy.log = &log;
    client->request = acs->asked ? acs->asked->request : NULL;
    return braze_jit_login(result, acs->db, acs->identity, &policy, client, acs->r->request_time,
                           acs->r->pool);
}

/*
 * A browser that posts the same response again (reload, back button) should get where it was going.
 * Its session cookie is not sent with a post from the IdP's site (SameSite=Lax), so it is asked
 * again on a page of our own.
 */
static int acs_resume(acs_t *acs)
{
    request_rec *r = acs->r;

    return jit_answer_redirect(
        r, apr_pstrcat(r->pool, jit_endpoint_url(r, acs->conf, "resume"),
                       "?response=", acs->identity->replay_key,
                       "&return=", ap_escape_urlencoded(r->pool, acs->return_path), NULL));
}

/* Rows that have expired are cleared by the logins themselves, one in a few hundred doing it for
 * all. */
static void acs_sweep(acs_t *acs)
{
    int swept = 0;
    braze_err_t *err;

    if ((apr_time_usec(acs->r->request_time) & 0xff) != 0) {
        return;
    }
    err = braze_store_sweep(&swept, acs->db, acs->r->request_time, 1000, acs->r->pool);
    if (err) {
        httpd_log_err(acs->r, APLOG_WARNING, err);
    }
}

static const char *acs_actor(acs_t *acs)
{
    return acs->identity ? apr_pstrcat(acs->r->pool, "saml:", acs->identity->issuer, NULL) : "saml";
}

/*
 * Anybody can post what is no valid response; the log has every one of them, the audit trail so
 * many a minute and process that it is neither flooded nor blind. Two threads at the turn of a
 * minute may count one too few.
 */
static int acs_may_note(request_rec *r)
{
    jit_server_t *server = jit_server(r->server);
    apr_uint32_t minute = (apr_uint32_t)(apr_time_sec(r->request_time) / 60);

    if (apr_atomic_read32(&server->noted_minute) != minute) {
        apr_atomic_set32(&server->noted_minute, minute);
        apr_atomic_set32(&server->noted, 0);
    }
    return apr_atomic_inc32(&server->noted) < NOTED_A_MINUTE;
}

static int acs_refuse(acs_t *acs, const braze_err_t *refusal, const braze_jit_client_t *client)
{
    const braze_company_t *company = acs->company ? acs->company->company : NULL;
    braze_err_t *err = NULL;

    /* What the decision refuses it has put on the audit trail itself. */
    if (!acs->identity && company && acs->db && refusal->status < 500 && acs_may_note(acs->r)) {
        err = braze_jit_note_refusal(acs->db, company->id, refusal, client, acs_actor(acs),
                                     acs->r->request_time, acs->r->pool);
    }
    if (err) {
        httpd_log_err(acs->r, APLOG_WARNING, err);
    }
    return jit_answer_refusal(acs->r, acs->conf, company ? company->name : NULL, refusal);
}

static int acs_consume(acs_t *acs)
{
    request_rec *r = acs->r;
    braze_jit_client_t client = {r->useragent_ip, httpd_correlation(r), NULL};
    braze_jit_result_t *result = NULL;
    braze_err_t *err = httpd_db_open(&acs->db, r);

    if (!err) {
        err = acs_company(acs);
    }
    if (!err) {
        err = acs_destination(acs);
    }
    if (!err && !acs->company) {
        err = acs_no_company(acs);
    }
    if (!err) {
        err = acs_judge(acs);
        err = err ? acs_whose_request(acs, err) : acs_check_request(acs);
    }
    if (!err) {
        err = acs_login(&result, acs, &client);
    }
    if (err && acs->identity && err->code && !strcmp(err->code, "replayed")) {
        httpd_log_err(r, APLOG_INFO, err);
        return acs_resume(acs);
    }
    if (err) {
        return acs_refuse(acs, err, &client);
    }
    acs_sweep(acs);
    httpd_db_release(r);
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "BRAZE-J0001: %s %s [%s]",
                  result->created ? "account made and signed in: user" : "signed in: user",
                  result->user->id, client.correlation);
    jit_cookie_set(r, acs->conf, result->session_secret, acs->company->company->id);
    jit_known_set(r, acs->conf, acs->identity->issuer, acs->company->company->id);
    if (acs->asked) {
        jit_asked_done(r, acs->conf, acs->asked);
    }
    return jit_answer_redirect(r, acs->return_path);
}

int jit_acs(request_rec *r, const jit_conf_t *conf, int own_endpoint)
{
    acs_t acs = {0};
    const char *body, *type = httpd_media_type(r, "Content-Type");
    apr_size_t len;
    braze_err_t *err;

    acs.r = r;
    acs.conf = conf;
    if (!type || strcmp(type, "application/x-www-form-urlencoded")) {
        err = braze_err_new(
            HTTP_UNSUPPORTED_MEDIA_TYPE, "not_a_form", "BRAZE-J0412",
            "A SAML response is posted as a form (application/x-www-form-urlencoded).", r->pool);
        return jit_answer_refusal(r, conf, conf->company, err);
    }
    err = httpd_body_read(&body, &len, r, BRAZE_SAML_MAX_BODY);
    if (!err) {
        err = jit_form_parse(&acs.form, body, len, r->pool);
    }
    if (!err && !acs.form.saml_response) {
        if (!own_endpoint) {
            return jit_answer_visitor(r,
                                      conf); /* an ordinary form, by somebody without a session */
        }
        err = braze_err_new(HTTP_BAD_REQUEST, "saml_response_missing", "BRAZE-J0413",
                            "The posted form has no SAMLResponse field.", r->pool);
    }
    return err ? jit_answer_refusal(r, conf, conf->company, err) : acs_consume(&acs);
}
