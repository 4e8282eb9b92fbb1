/* SPDX-License-Identifier: Apache-2.0 */
/* From a cookie to the session's row, once a request. */
#include "jit_int.h"
#include "status_int.h"

#include <apr_strings.h>

#include "braze_id.h"

/*
 * A fast internal redirect (MultiViews, mod_dir) swaps r->request_config for a subrequest's while
 * the request goes on, and the mark "answered by us, authentication skipped" must not get lost on
 * the way. So a subrequest begins with what its main request has, and what it gets itself leads
 * there (outer).
 */
int jit_create_request(request_rec *r)
{
    if (r->main) {
        ap_set_module_config(r->request_config, &braze_jit_module,
                             ap_get_module_config(r->main->request_config, &braze_jit_module));
    }
    return OK;
}

jit_request_t *jit_request_known(const request_rec *r)
{
    jit_request_t *req = ap_get_module_config(r->request_config, &braze_jit_module);

    while (req && req->r != r) {
        req = req->outer;
    }
    return req;
}

/* An ordinary internal redirect is another request_rec, and starts anew. */
jit_request_t *jit_request(request_rec *r)
{
    jit_request_t *req = jit_request_known(r);

    if (!req) {
        req = apr_pcalloc(r->pool, sizeof(*req));
        req->r = r;
        req->before = r->prev ? jit_request_known(r->prev) : NULL;
        req->outer = ap_get_module_config(r->request_config, &braze_jit_module);
        ap_set_module_config(r->request_config, &braze_jit_module, req);
    }
    return req;
}

/* RFC 6265 4.2.1: "a=b; c=d". The first of a name counts. */
const char *jit_cookie_find(apr_size_t *value_len, const request_rec *r, const char *name)
{
    const char *at = apr_table_get(r->headers_in, "Cookie");
    apr_size_t name_len = strlen(name);

    while (at && *at) {
        const char *end;
        apr_size_t len;

        while (*at == ' ' || *at == '\t' || *at == ';') {
            at++;
        }
        end = ap_strchr_c(at, ';');
        len = end ? (apr_size_t)(end - at) : strlen(at);
        if (len > name_len && at[name_len] == '=' && !memcmp(at, name, name_len)) {
            *value_len = len - name_len - 1;
            return at + name_len + 1;
        }
        at += len;
    }
    return NULL;
}

const char *jit_cookie_get(request_rec *r, const char *name)
{
    apr_size_t len;
    const char *value = jit_cookie_find(&len, r, name);

    return value ? apr_pstrmemdup(r->pool, value, len) : NULL;
}

/*
 * The value is the secret. Where the location names no company (BrazeJitRelayState api-key),
 * ".<company id>" follows: it says in which company the secret is looked for, and proves nothing.
 */
void jit_cookie_set(request_rec *r, const jit_conf_t *conf, const char *secret,
                    const char *company_id)
{
    const char *value = !secret         ? ""
                        : conf->company ? secret
                                        : apr_pstrcat(r->pool, secret, ".", company_id, NULL);
    const char *cookie = apr_pstrcat(
        r->pool, jit_conf_cookie(r, conf), "=", value, "; Path=/; HttpOnly; SameSite=Lax",
        httpd_is_https(r, conf->base_url) ? "; Secure" : "", secret ? "" : "; Max-Age=0", NULL);

    apr_table_addn(r->err_headers_out, "Set-Cookie", cookie);
}

static int is_of_secret(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* strspn would make a table of the set for each cookie. */
int jit_cookie_is_secret(const char *text)
{
    int len = 0;

    while (text && len <= BRAZE_SECRET_LEN && is_of_secret(text[len])) {
        len++;
    }
    return len == BRAZE_SECRET_LEN;
}

/* NULL: it does not begin with a secret. */
static const char *cookie_hash(request_rec *r, const char *cookie)
{
    const char *secret = apr_pstrndup(r->pool, cookie, BRAZE_SECRET_LEN);
    const char *hash = httpd_known_hash(r, &braze_jit_module, secret);

    if (hash && !is_of_secret(cookie[BRAZE_SECRET_LEN])) {
        return hash;
    }
    if (!jit_cookie_is_secret(cookie)) {
        return NULL;
    }
    hash = braze_timed_secret_hash(secret, r->pool);
    httpd_known_put(r, &braze_jit_module, secret, hash);
    return hash;
}

braze_err_t *jit_cookie_company(const httpd_company_t **company, request_rec *r,
                                const jit_conf_t *conf, const char *rest, apr_int64_t version)
{
    httpd_snapshots_t *companies = jit_server(r->server)->companies;

    *company = NULL;
    if (conf->company) {
        return *rest ? NULL : httpd_company_get(company, companies, r, conf->company, version);
    }
    if (*rest != '.' || !braze_id_is(rest + 1)) {
        return NULL;
    }
    return httpd_company_get_id(company, companies, r, rest + 1, version);
}

braze_err_t *jit_cookie_session(const char **hash, const httpd_company_t **company, request_rec *r,
                                const jit_conf_t *conf)
{
    const char *cookie = jit_cookie_get(r, jit_conf_cookie(r, conf));

    *company = NULL;
    *hash = cookie ? cookie_hash(r, cookie) : NULL;
    if (!*hash) {
        return NULL;
    }
    return jit_cookie_company(company, r, conf, cookie + BRAZE_SECRET_LEN, HTTPD_COMPANY_ANY);
}

/* Rows are written at most twenty times in the idle time, so that reading a page is mostly reading.
 */
static int session_is_due(const request_rec *r, const jit_conf_t *conf,
                          const braze_session_t *session)
{
    return r->request_time - session->last_seen_at >= jit_conf_idle(conf) / 20;
}

/* That it is in use. *noted is 0 when the row has gone, or somebody else has noted it meanwhile.
 * 0: it could not be noted, which is no reason to refuse anybody, now or at the next request; the
 * idle time runs on. */
static int session_note(int *noted, request_rec *r, const char *company_id, const char *hash)
{
    braze_db_t *db;
    braze_err_t *err = httpd_db_open(&db, r);

    if (!err) {
        err = braze_store_session_touch(noted, db, company_id, hash, r->request_time, r->pool);
    }
    if (err) {
        httpd_log_err(r, APLOG_WARNING, err);
    }
    return err == NULL;
}

/* One that came from the cache, which does not know of it then. */
static void session_touch(request_rec *r, const jit_conf_t *conf, const char *company_id,
                          const char *hash, const braze_session_t *session)
{
    int noted;

    if (session_is_due(r, conf, session) && session_note(&noted, r, company_id, hash)) {
        jit_cache_remove(r, company_id, hash);
    }
}

/* One that was just read from its row: as good as another reading, unless the row has gone. */
static void session_keep(request_rec *r, const jit_conf_t *conf, const char *company_id,
                         const char *hash, braze_session_t *session, const jit_mark_t *mark)
{
    int noted;

    if (session_is_due(r, conf, session) && session_note(&noted, r, company_id, hash)) {
        if (!noted) {
            return;
        }
        session->last_seen_at = r->request_time;
    }
    jit_cache_put(mark, r, company_id, hash, session);
}

static void session_count(request_rec *r, status_found_t found)
{
    httpd_status_add(jit_server(r->server)->status, STATUS_SESSION_LOOKUPS, (int)found, 1);
}

/* As SESSION_FIND has it. */
static int session_is_live(const braze_session_t *session, request_rec *r, apr_interval_time_t idle)
{
    return session && session->expires_at > r->request_time &&
           (idle <= 0 || session->last_seen_at + idle > r->request_time);
}

/* Its row, or what a process has kept of it while the database stayed as it was. */
static braze_err_t *session_row(braze_session_t **session, request_rec *r, apr_interval_time_t idle,
                                const char *company_id, const char *hash)
{
    braze_db_t *db;
    braze_err_t *err = httpd_db_open(&db, r);

    *session = NULL;
    if (!err) {
        err = jit_kept_get(session, r, db, company_id, hash);
    }
    if (err || session_is_live(*session, r, idle)) {
        return err;
    }
    err = braze_store_session_find(session, db, company_id, hash, r->request_time, idle, r->pool);
    if (!err && *session) {
        jit_kept_put(r, db, company_id, hash, *session);
    }
    return err;
}

static braze_err_t *session_get(braze_session_t **session, int *is_row, jit_mark_t *mark,
                                request_rec *r, const jit_conf_t *conf, const char *company_id,
                                const char *hash)
{
    apr_interval_time_t idle = jit_conf_idle(conf);
    braze_err_t *err;

    *is_row = 0;
    *session = jit_cache_get(mark, r, company_id, hash, r->pool);
    if (session_is_live(*session, r, idle)) {
        session_count(r, STATUS_FOUND_CACHE);
        return NULL;
    }
    *is_row = 1;
    err = session_row(session, r, idle, company_id, hash);
    if (!err) {
        session_count(r, *session ? STATUS_FOUND_ROW : STATUS_FOUND_NONE);
    }
    return err;
}

/* Names and settings may have changed since the snapshot was taken: the session's row knows. */
static braze_err_t *visitor_renew(jit_visitor_t *visitor, request_rec *r, const jit_conf_t *conf)
{
    apr_int64_t version = visitor->session->company_version;

    if (version <= visitor->company->company->version) {
        return NULL;
    }
    return jit_cookie_company(&visitor->company, r, conf,
                              jit_cookie_get(r, jit_conf_cookie(r, conf)) + BRAZE_SECRET_LEN,
                              version);
}

/* The row's end is that of the section of the sign-in; this one's may be earlier. */
static int session_is_young(const braze_session_t *session, const request_rec *r,
                            const jit_conf_t *conf)
{
    return session->created_at + jit_conf_max_age(conf) > r->request_time;
}

static braze_err_t *visitor_make(jit_visitor_t **visitor, jit_mark_t *mark, request_rec *r,
                                 const jit_conf_t *conf, const httpd_company_t *company,
                                 const char *hash)
{
    jit_visitor_t *made = apr_pcalloc(r->pool, sizeof(*made));
    const char *company_id = company->company->id;
    int is_row;
    braze_err_t *err = session_get(&made->session, &is_row, mark, r, conf, company_id, hash);

    if (err || !made->session || !session_is_young(made->session, r, conf)) {
        return err;
    }
    made->hash = hash;
    made->company = company;
    err = visitor_renew(made, r, conf);
    if (!err && made->company) {
        err = httpd_company_grants(&made->grants, made->company, made->session->user->permissions,
                                   r->pool);
    }
    if (!err && made->grants) {
        if (is_row) {
            session_keep(r, conf, company_id, hash, made->session, mark);
            mark->counter = NULL;
        } else {
            session_touch(r, conf, company_id, hash, made->session);
        }
        *visitor = made;
    }
    return err;
}

/* The one whom the connection keeps; NULL: to be looked for. */
static jit_visitor_t *visitor_held(request_rec *r, const jit_conf_t *conf, const char *value,
                                   apr_size_t len)
{
    jit_visitor_t *visitor = value ? jit_held_get(r, conf, value, len) : NULL;

    if (!visitor || !session_is_live(visitor->session, r, jit_conf_idle(conf)) ||
        !session_is_young(visitor->session, r, conf)) {
        return NULL;
    }
    session_count(r, STATUS_FOUND_CACHE);
    session_touch(r, conf, visitor->company->company->id, visitor->hash, visitor->session);
    return visitor;
}

static braze_err_t *visitor_seek(jit_visitor_t **visitor, request_rec *r, const jit_conf_t *conf,
                                 const char *value, apr_size_t len)
{
    const httpd_company_t *company;
    const char *hash;
    jit_mark_t mark = {0};
    braze_err_t *err = jit_cookie_session(&hash, &company, r, conf);

    if (!err && company) {
        err = visitor_make(visitor, &mark, r, conf, company, hash);
    }
    if (!err && *visitor) {
        jit_held_put(r, conf, value, len, *visitor, &mark);
    }
    return err;
}

braze_err_t *jit_visitor_find(jit_visitor_t **visitor, request_rec *r, const jit_conf_t *conf)
{
    jit_request_t *req = jit_request(r);
    const char *value;
    apr_size_t len = 0;
    braze_err_t *err = NULL;

    *visitor = req->visitor;
    if (req->looked) {
        return NULL;
    }
    value = jit_cookie_find(&len, r, jit_conf_cookie(r, conf));
    req->visitor = visitor_held(r, conf, value, len);
    if (!req->visitor && value) {
        err = visitor_seek(&req->visitor, r, conf, value, len);
    }
    httpd_db_release(r);
    if (!err) {
        req->looked = 1;
        *visitor = req->visitor;
    }
    return err;
}
