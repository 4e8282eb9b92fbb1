/* SPDX-License-Identifier: Apache-2.0 */
/* Whose response it is and where it leads: the company, RelayState, and the request that it
 * answers. */
#include "jit_acs_int.h"

#include <apr_strings.h>

#include "braze_id.h"

static braze_err_t *acs_bad_relay_state(jit_acs_t *acs, const char *why)
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

static braze_err_t *acs_company_of_key(jit_acs_t *acs, const braze_api_key_t *key)
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
static braze_err_t *acs_api_key(int *known, jit_acs_t *acs)
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

braze_err_t *jit_acs_relay_state(jit_acs_t *acs)
{
    int mode = acs->conf->relay_state, known = 0;
    const char *path;
    braze_err_t *err = NULL;

    acs->return_path = "/";
    path = jit_page_here(acs->r, acs->conf, acs->form.relay_state);
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

braze_err_t *jit_acs_company(jit_acs_t *acs)
{
    const jit_conf_t *conf = acs->conf;

    if (!conf->company) {
        return NULL;
    }
    /* An administrator who took a certificate away from the settings page means this login too.
     * What else the settings say counts for strangers, see acs_refresh. */
    return httpd_company_get(
        &acs->company, jit_server(acs->r->server)->companies, acs->r, conf->company,
        conf->metadata || (conf->certificate && conf->idp_entity_id) ? HTTPD_COMPANY_ANY
                                                                     : HTTPD_COMPANY_NOW);
}

/* What it claims of itself. 0: it cannot be read, or answers no request. */
static int acs_peek(const char **id, const jit_acs_t *acs)
{
    const char *issuer;

    if (acs->received) {
        braze_saml_peek_received(&issuer, id, acs->received, acs->r->pool);
        return *id != NULL;
    }
    return !braze_saml_peek(&issuer, id, acs->form.saml_response, acs->form.saml_response_len,
                            acs->r->pool) &&
           *id;
}

/* Does it, as it claims itself, answer a request of this browser? Only browsers that have begun
 * something pay for the look. A message that cannot be read is the judge's to refuse. */
static braze_err_t *acs_find_asked(jit_acs_t *acs)
{
    const char *id = NULL;
    braze_err_t *err;

    if (!jit_asked_any(acs->r, acs->conf) || !acs_peek(&id, acs)) {
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

braze_err_t *jit_acs_destination(jit_acs_t *acs)
{
    braze_err_t *err = acs_find_asked(acs);

    return err || acs->asked ? err : jit_acs_relay_state(acs);
}

braze_err_t *jit_acs_no_company(jit_acs_t *acs)
{
    braze_err_t *err =
        braze_err_new(HTTP_INTERNAL_SERVER_ERROR, "company_not_configured", "BRAZE-J0405",
                      "Signing in is not set up here yet. Tell the administrator.", acs->r->pool);

    return braze_err_log(
        err, acs->r->pool,
        "no company: set BrazeCompany, or BrazeJitRelayState api-key so that the key selects it");
}

static braze_err_t *acs_refused_request(jit_acs_t *acs, const char *code, const char *tag,
                                        const char *why)
{
    return braze_err_log(
        braze_err_new(HTTP_FORBIDDEN, code, tag,
                      "This sign-in took too long, or it belongs to another browser. Start again.",
                      acs->r->pool),
        acs->r->pool, "%s", why);
}

braze_err_t *jit_acs_check_request(jit_acs_t *acs)
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

braze_err_t *jit_acs_whose_request(jit_acs_t *acs, braze_err_t *err)
{
    const char *id = NULL;
    braze_saml_request_t *request = NULL;
    apr_pool_t *pool = acs->r->pool;

    if (!err->code || strcmp(err->code, "in_response_to_unexpected") || acs->asked ||
        !acs_peek(&id, acs) ||
        braze_store_saml_request_find(&request, acs->db, acs->company->company->id,
                                      braze_sha256_hex(id, strlen(id), pool), pool) ||
        !request) {
        return err;
    }
    return acs_refused_request(acs, "in_response_to_other_browser", "BRAZE-J0416",
                               "the request that is answered was made by another browser, or this "
                               "one does not send its cookie");
}
