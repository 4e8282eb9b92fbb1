/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoints below BrazeJitPath. */
#include "jit_int.h"
#include "status_int.h"

#include <apr_strings.h>

#define WISH_MAX BRAZE_SAML_MAX_ENTITY_ID /* bytes of what a query says of the sign-in */

typedef int endpoint_fn(request_rec *r, const jit_conf_t *conf);

typedef struct {
    const char *name;
    int get, post;
    endpoint_fn *handle;
} endpoint_t;

/* One field of the query string, decoded; NULL when it is absent or badly encoded. */
static const char *query_get(request_rec *r, const char *name)
{
    apr_size_t name_len = strlen(name);
    const char *at = r->args;

    while (at && *at) {
        apr_size_t len = strcspn(at, "&");

        if (len > name_len && at[name_len] == '=' && !memcmp(at, name, name_len)) {
            char *value = apr_pstrmemdup(r->pool, at + name_len + 1, len - name_len - 1);

            return ap_unescape_urlencoded(value) == OK ? value : NULL;
        }
        at += len + (at[len] == '&');
    }
    return NULL;
}

/* Where a return parameter leads; "/" for anything that is not a local path. */
static const char *query_return(request_rec *r)
{
    const char *wanted = query_get(r, "return");
    const char *path = wanted ? braze_jit_local_path(wanted, r->pool) : NULL;

    return path ? path : "/";
}

static int endpoint_callback(request_rec *r, const jit_conf_t *conf)
{
    return jit_acs(r, conf, 1);
}

/* As an ErrorDocument it leads back to the page that somebody wanted. */
static const char *sign_in_return(request_rec *r)
{
    const char *path = NULL;

    if (r->prev && r->prev->method_number == M_GET && !query_get(r, "return")) {
        path = braze_jit_local_path(jit_wanted_path(r->prev), r->pool);
    }
    return path ? path : query_return(r);
}

/* A field of the query that says something; NULL otherwise. */
static const char *wish_get(request_rec *r, const char *name)
{
    const char *value = query_get(r, name);

    return value && *value && strlen(value) <= WISH_MAX ? value : NULL;
}

static jit_wish_t wish_of(request_rec *r, const char *return_to)
{
    jit_wish_t wish = {return_to, wish_get(r, "idp"), wish_get(r, "email"), wish_get(r, "q"), 0};

    wish.ask = query_get(r, "q") != NULL;
    return wish;
}

static int endpoint_sign_in(request_rec *r, const jit_conf_t *conf)
{
    jit_wish_t wish = wish_of(r, sign_in_return(r));

    /* Here the last one is a button of its own, whatever else is sought. */
    wish.idp = wish.email = NULL;
    wish.ask = 0;
    return jit_sign_in(r, conf, &wish);
}

static int endpoint_login(request_rec *r, const jit_conf_t *conf)
{
    jit_wish_t wish = wish_of(r, query_return(r));

    return jit_login(r, conf, &wish);
}

static braze_err_t *metadata_make(const char **xml, request_rec *r, const jit_conf_t *conf)
{
    apr_array_header_t *urls = apr_array_make(r->pool, 1, sizeof(const char *));
    braze_saml_sp_t sp = {0};
    braze_err_t *err = jit_key_pairs(&sp.pairs, r, conf);

    if (err) {
        return err;
    }
    APR_ARRAY_PUSH(urls, const char *) = apr_pstrcat(r->pool, httpd_base_url(r, conf->base_url),
                                                     jit_endpoint_url(r, conf, "callback"), NULL);
    sp.entity_id = jit_conf_entity_id(conf);
    sp.name_id_format = conf->name_id_format;
    sp.acs_urls = urls;
    sp.artifact_url = APR_ARRAY_IDX(urls, 0, const char *);
    if (sp.pairs) {
        /* Few take a message about signing out that is not signed. */
        sp.slo_url = apr_pstrcat(r->pool, httpd_base_url(r, conf->base_url),
                                 jit_endpoint_url(r, conf, "logout"), NULL);
    }
    return braze_saml_sp_metadata_make(xml, &sp, r->pool);
}

static int endpoint_metadata(request_rec *r, const jit_conf_t *conf)
{
    const char *xml;
    braze_err_t *err = metadata_make(&xml, r, conf);

    if (err) {
        return jit_answer_refusal(r, conf, conf->company, err);
    }
    ap_set_content_type(r, "application/samlmetadata+xml");
    ap_set_content_length(r, (apr_off_t)strlen(xml));
    if (!r->header_only) {
        ap_rputs(xml, r);
    }
    return OK;
}

/* Did this browser's session come of the response with this key? */
static braze_err_t *resume_ask(int *did, request_rec *r, const jit_conf_t *conf, const char *key)
{
    const httpd_company_t *company;
    const char *hash;
    braze_db_t *db;
    braze_err_t *err = jit_cookie_session(&hash, &company, r, conf);

    if (!err && company) {
        err = httpd_db_open(&db, r);
        if (!err) {
            err = braze_store_session_came_of(did, db, company->company->id, hash, key,
                                              r->request_time, r->pool);
        }
    }
    return err;
}

/* After a response that came a second time: on to where it led, if this browser's session came of
 * it. */
static int endpoint_resume(request_rec *r, const jit_conf_t *conf)
{
    const char *key = query_get(r, "response");
    int did = 0;
    braze_err_t *err;

    /* The page is about the response that was posted: so is the record of it in log and rows. */
    httpd_correlation_take(r, query_get(r, "reference"));
    err = key ? resume_ask(&did, r, conf, key) : NULL;

    httpd_db_release(r);
    if (!err && did) {
        httpd_status_add(httpd_status(r->server), STATUS_REPEATS, 0, 1);
        return jit_answer_redirect(r, query_return(r));
    }
    if (!err) {
        err = braze_err_new(HTTP_FORBIDDEN, "replayed", "BRAZE-J0414",
                            "This sign-in was already used. Start again at your identity provider.",
                            r->pool);
    }
    return jit_answer_refusal(r, conf, conf->company, err);
}

static const endpoint_t endpoints[] = {
    {"callback", 0, 1, endpoint_callback}, {"sign_in", 1, 0, endpoint_sign_in},
    {"login", 1, 0, endpoint_login},       {"metadata", 1, 0, endpoint_metadata},
    {"logout", 1, 1, jit_logout},          {"resume", 1, 0, endpoint_resume},
};

static int endpoint_not_found(request_rec *r, const jit_conf_t *conf)
{
    braze_err_t *err = braze_err_newf(r->pool, HTTP_NOT_FOUND, "no_such_endpoint", "BRAZE-J0415",
                                      "There is no such page below %s.", jit_conf_path(conf));

    /* A response that was sent to a wrong address is a sign-in that failed; whoever only looks has
     * not tried to sign in. */
    if (r->method_number == M_POST) {
        jit_refused_note(r, conf, NULL, "Failed Login", "browser", err);
    }
    return jit_answer_refusal(r, conf, conf->company, err);
}

/* saml-bindings 3.6.3: the one thing that comes to the callback by GET. */
static int brings_artifact(request_rec *r, const endpoint_t *endpoint)
{
    return endpoint->handle == endpoint_callback && r->method_number == M_GET && !r->header_only &&
           query_get(r, "SAMLart") != NULL;
}

static int endpoint_run(request_rec *r, const jit_conf_t *conf, const endpoint_t *endpoint)
{
    if (brings_artifact(r, endpoint)) {
        return jit_acs_query(r, conf);
    }
    if ((r->method_number == M_GET && endpoint->get) ||
        (r->method_number == M_POST && endpoint->post)) {
        return endpoint->handle(r, conf);
    }
    ap_clear_method_list(r->allowed_methods);
    r->allowed = 0;
    if (endpoint->get) {
        ap_allow_methods(r, MERGE_ALLOW, "GET", "HEAD", NULL);
    }
    if (endpoint->post) {
        ap_allow_methods(r, MERGE_ALLOW, "POST", NULL);
    }
    return HTTP_METHOD_NOT_ALLOWED;
}

/* Runs before every other handler: a request that skipped authentication is answered here or not at
 * all. */
int jit_handler(request_rec *r)
{
    const jit_request_t *req = r->main ? NULL : jit_request_known(r);
    const jit_conf_t *conf;
    const char *name;
    apr_size_t i;

    if (!req || !req->endpoint) {
        return DECLINED;
    }
    conf = jit_conf(r);
    name = req->endpoint;
    if (!*name) {
        return jit_acs(r, conf, 0);
    }
    for (i = 0; i < sizeof(endpoints) / sizeof(*endpoints); i++) {
        if (!strcmp(name, endpoints[i].name)) {
            return endpoint_run(r, conf, &endpoints[i]);
        }
    }
    return endpoint_not_found(r, conf);
}
