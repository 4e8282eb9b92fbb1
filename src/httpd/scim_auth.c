/* SPDX-License-Identifier: Apache-2.0 */
/* AuthType braze-scim: a bearer token (RFC 6750), its service origin, and the addresses kept with
 * it. */
#include "scim_httpd_int.h"

#include <ap_provider.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <mod_auth.h>

#include "braze_id.h"
#include "braze_ip.h"

#define TOKEN_MAX 512 /* characters of a bearer token; ours have BRAZE_SECRET_LEN */
#define TOUCH_EVERY apr_time_from_sec(60)

static const char *challenge(request_rec *r, const char *error, const char *description)
{
    const char *name = ap_auth_name(r);
    const char *realm = apr_pstrcat(r->pool, "Bearer realm=\"",
                                    ap_escape_quotes(r->pool, name ? name : "SCIM"), "\"", NULL);

    if (!error) {
        return realm;
    }
    return apr_pstrcat(r->pool, realm, ", error=\"", error, "\", error_description=\"", description,
                       "\"", NULL);
}

/* 401 with RFC 6750's error; the SCIM body is put there by the error filter. */
static int auth_refuse(request_rec *r, const char *error, const char *description)
{
    apr_table_setn(r->err_headers_out, "WWW-Authenticate", challenge(r, error, description));
    apr_table_setn(r->notes, SCIM_NOTE_DETAIL,
                   description ? description
                               : "A bearer token is needed in the Authorization header.");
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "BRAZE-S0101: refused from %s: %s", r->useragent_ip,
                  description ? description : "no bearer token");
    return HTTP_UNAUTHORIZED;
}

/* The b64token of "Bearer <token>"; NULL when the header is absent or of another scheme. */
static const char *bearer_of(request_rec *r)
{
    const char *header = apr_table_get(r->headers_in, "Authorization");

    if (!header || ap_cstr_casecmpn(header, "Bearer", 6) || !apr_isspace(header[6])) {
        return NULL;
    }
    for (header += 6; apr_isspace(*header); header++) {
    }
    return header;
}

static int auth_unavailable(request_rec *r, const braze_err_t *err)
{
    httpd_log_err(r, APLOG_ERR, err);
    apr_table_setn(r->notes, SCIM_NOTE_DETAIL, err->detail);
    if (err->retry_after) {
        apr_table_setn(r->err_headers_out, "Retry-After", apr_itoa(r->pool, err->retry_after));
    }
    return err->status;
}

static const char *token_hash(request_rec *r, const char *secret)
{
    const char *hash = httpd_known_hash(r, &braze_scim_module, secret);

    if (!hash) {
        hash = braze_sha256_hex(secret, strlen(secret), r->pool);
        httpd_known_put(r, &braze_scim_module, secret, hash);
    }
    return hash;
}

static braze_err_t *token_find(braze_token_t **token, request_rec *r, const scim_conf_t *conf,
                               const char *secret)
{
    scim_request_t *req = scim_request(r);
    const httpd_company_t *company;
    braze_user_t *user = NULL;
    braze_token_query_t query = {0};
    braze_db_t *db;
    braze_err_t *err =
        httpd_company_get(&company, scim_server(r->server)->companies, r, conf->company, -1);

    if (!err) {
        err = httpd_db_open(&db, r);
    }
    if (err) {
        httpd_db_release(r);
        return err;
    }
    query.company_id = company->company->id;
    query.token_hash = token_hash(r, secret);
    query.user_id = braze_scim_prefetch_id(r->method, req->path, r->pool);
    query.user_name_key =
        query.user_id ? NULL : braze_scim_prefetch_name(r->method, req->path, r->args, r->pool);
    query.now = r->request_time;
    err = braze_store_token_find(token, &user, db, &query, r->pool);
    if (!err && *token) {
        req->token = *token;
        req->user = user;
        req->prefetched = query.user_id || query.user_name_key;
        req->prefetched_name = query.user_name_key;
    }
    /* A refused request's body is read before its answer is sent: no connection waits for that. */
    httpd_db_release(r);
    return err;
}

int scim_check_authn(request_rec *r)
{
    const scim_conf_t *conf = scim_conf(r);
    const char *type = ap_auth_type(r), *secret;
    braze_token_t *token = NULL;
    braze_err_t *err;

    if (!type || ap_cstr_casecmp(type, SCIM_AUTH_TYPE)) {
        return DECLINED;
    }
    if (!conf->company) {
        ap_log_rerror(
            APLOG_MARK, APLOG_ERR, 0, r,
            "BRAZE-S0102: AuthType braze-scim without BrazeCompany: no token can be looked up");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    secret = bearer_of(r);
    if (!secret) {
        return auth_refuse(r, NULL, NULL);
    }
    if (!*secret || strlen(secret) > TOKEN_MAX) {
        return auth_refuse(r, "invalid_token", "The bearer token is not valid.");
    }
    err = token_find(&token, r, conf, secret);
    if (err) {
        return auth_unavailable(r, err);
    }
    if (!token) {
        return auth_refuse(r, "invalid_token", "The bearer token is not valid or has expired.");
    }
    r->user = (char *)token->origin;
    r->ap_auth_type = SCIM_AUTH_TYPE;
    return OK;
}

/* A use that authorization refused is none. That it cannot be noted is no reason to refuse one. */
int scim_fixups(request_rec *r)
{
    /* Of any request of the server, so without making what only ours needs. */
    const scim_request_t *req = ap_get_module_config(r->request_config, &braze_scim_module);
    const braze_token_t *token = req ? req->token : NULL;
    braze_db_t *db;
    braze_err_t *err;

    if (!token || r->request_time - token->last_used_at < TOUCH_EVERY) {
        return DECLINED;
    }
    err = httpd_db_open(&db, r);
    if (!err) {
        err = braze_store_token_touch(db, token->company_id, token->id, r->request_time,
                                      r->useragent_ip, r->pool);
    }
    httpd_db_release(r);
    if (err) {
        httpd_log_err(r, APLOG_WARNING, err);
    }
    return DECLINED;
}

/* ---- authorization ---- */

int scim_note_auth_failure(request_rec *r, const char *auth_type)
{
    const char *why = apr_table_get(r->notes, SCIM_NOTE_CHALLENGE);

    if (ap_cstr_casecmp(auth_type, SCIM_AUTH_TYPE)) {
        return DECLINED;
    }
    apr_table_setn(r->err_headers_out, "WWW-Authenticate", why ? why : challenge(r, NULL, NULL));
    return OK;
}

/* Only notes: another Require of the section may still let the request in. */
static authz_status deny(request_rec *r, const char *why)
{
    apr_table_setn(r->notes, SCIM_NOTE_CHALLENGE, challenge(r, "insufficient_scope", why));
    apr_table_setn(r->notes, SCIM_NOTE_DETAIL, why);
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "BRAZE-S0103: token %s from %s: %s",
                  scim_request(r)->token->id, r->useragent_ip, why);
    return AUTHZ_DENIED;
}

static int origin_matches(request_rec *r, const scim_conf_t *conf, const char *origin)
{
    static const char *const usual[] = {"X-Request-Origin", "X-Origin-Request"};
    int i, count = conf->origin_headers ? conf->origin_headers->nelts : 2;

    for (i = 0; i < count; i++) {
        const char *name =
            conf->origin_headers ? APR_ARRAY_IDX(conf->origin_headers, i, const char *) : usual[i];
        const char *value = apr_table_get(r->headers_in, name);

        if (value && !strcmp(value, origin)) {
            return 1;
        }
    }
    return 0;
}

static authz_status require_origin(request_rec *r, const char *line, const void *parsed)
{
    const braze_token_t *token = scim_request(r)->token;

    (void)line;
    (void)parsed;
    if (!r->user || !token) {
        return AUTHZ_DENIED_NO_USER;
    }
    if (token->profile != BRAZE_PROFILE_STRICT) {
        return AUTHZ_GRANTED; /* Entra ID and Okta cannot send a header of their own */
    }
    return origin_matches(r, scim_conf(r), token->origin)
               ? AUTHZ_GRANTED
               : deny(r, "The service origin header does not name this token's origin.");
}

static authz_status require_allowlist(request_rec *r, const char *line, const void *parsed)
{
    const braze_token_t *token = scim_request(r)->token;
    braze_ip_list_t *list;
    braze_err_t *err;

    (void)line;
    (void)parsed;
    if (!r->user || !token) {
        return AUTHZ_DENIED_NO_USER;
    }
    if (!token->allowlist || !*token->allowlist) {
        return AUTHZ_GRANTED;
    }
    err = braze_ip_list_parse(&list, token->allowlist, r->pool);
    if (err) {
        httpd_log_err(r, APLOG_ERR, err);
        return deny(r, "The allowlist kept with this token cannot be read.");
    }
    return braze_ip_list_has(list, r->useragent_ip)
               ? AUTHZ_GRANTED
               : deny(r, "This address is not on the token's allowlist.");
}

static const char *parse_nothing(cmd_parms *cmd, const char *line, const void **parsed)
{
    const char *rest = line;

    *parsed = NULL;
    return *ap_getword_conf(cmd->temp_pool, &rest)
               ? "Require braze-scim-origin and Require braze-scim-allowlist take no arguments: "
                 "both are kept with the token"
               : NULL;
}

static const authz_provider provider_origin = {require_origin, parse_nothing};
static const authz_provider provider_allowlist = {require_allowlist, parse_nothing};

void scim_require_register(apr_pool_t *pool)
{
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "braze-scim-origin",
                              AUTHZ_PROVIDER_VERSION, &provider_origin, AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "braze-scim-allowlist",
                              AUTHZ_PROVIDER_VERSION, &provider_allowlist,
                              AP_AUTH_INTERNAL_PER_CONF);
}
