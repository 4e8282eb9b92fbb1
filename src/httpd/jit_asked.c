/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cookies of sign-in that begins here. A request is bound to the browser that made it by a
 * cookie of its own, so that several tabs do not get into one another's way; it must come along
 * with the identity provider's cross-site post, hence SameSite=None. Its value:
 *
 *     a or d          asked, or done: has led to a session
 *     8 hex digits    when, in seconds since 1970
 *     a secret        whose SHA-256 the row has
 *     .company id     where the location names no company
 *
 * It stays until it expires even when it was used, so that a response that is posted a second time
 * (reload, back button) still can be told from somebody else's.
 */
#include "jit_int.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "braze_id.h"

#define ASKED_NAME "braze_login_"
#define ASKED_MARK 16    /* hex digits of a name that tell requests apart */
#define ASKED_MAX 10     /* in one browser */
#define ASKED_AGE "600"  /* seconds, as the row */
#define ASKED_LATELY 120 /* seconds */
#define ASKED_HEAD 9     /* bytes before the secret */
#define LEAVING_NAME "braze_logout"
#define KNOWN_NAME "braze_known_"
#define KNOWN_AGE "34560000" /* 400 days: the longest that browsers keep */
#define KNOWN_MARK BRAZE_SAML_IDP_MARK
#define KNOWN_PLACE 8 /* hex digits that tell the endpoints of one host apart */

/* One cookie as the browser sent it. */
typedef struct {
    const char *name, *value;
    apr_int64_t at; /* seconds */
} asked_cookie_t;

static const char *asked_prefix(request_rec *r, const jit_conf_t *conf)
{
    return httpd_is_https(r, conf->base_url) ? "__Host-" ASKED_NAME : ASKED_NAME;
}

static const char *asked_name(request_rec *r, const jit_conf_t *conf, const char *id)
{
    const char *hash = braze_sha256_hex(id, strlen(id), r->pool);

    return apr_pstrcat(r->pool, asked_prefix(r, conf), apr_pstrmemdup(r->pool, hash, ASKED_MARK),
                       NULL);
}

static void asked_put(request_rec *r, const jit_conf_t *conf, const char *name, const char *value,
                      const char *max_age)
{
    apr_table_addn(
        r->err_headers_out, "Set-Cookie",
        apr_pstrcat(r->pool, name, "=", value, "; Path=/; Max-Age=", max_age, "; HttpOnly",
                    httpd_is_https(r, conf->base_url) ? "; Secure; SameSite=None" : "", NULL));
}

/* Is it one that we may have set? *at: when. */
static int asked_read(apr_int64_t *at, const char *value, apr_pool_t *pool)
{
    char *end;
    const char *digits;

    if (strlen(value) < ASKED_HEAD + BRAZE_SECRET_LEN || (*value != 'a' && *value != 'd')) {
        return 0;
    }
    digits = apr_pstrmemdup(pool, value + 1, ASKED_HEAD - 1);
    *at = apr_strtoi64(digits, &end, 16);
    return !*end && apr_isxdigit(*digits) && jit_cookie_is_secret(value + ASKED_HEAD);
}

static int asked_is_name(const char *name, apr_size_t len, const char *prefix)
{
    apr_size_t prefix_len = strlen(prefix);

    return len == prefix_len + ASKED_MARK && !memcmp(name, prefix, prefix_len);
}

/* All of them: of asked_cookie_t. */
static apr_array_header_t *asked_all(request_rec *r, const jit_conf_t *conf)
{
    apr_array_header_t *all = apr_array_make(r->pool, 4, sizeof(asked_cookie_t));
    const char *at = apr_table_get(r->headers_in, "Cookie"), *prefix = asked_prefix(r, conf);

    while (at && *at) {
        apr_size_t len, name_len;
        asked_cookie_t cookie;

        at += strspn(at, " \t;");
        len = strcspn(at, ";");
        name_len = strcspn(at, "=;");
        if (name_len < len && asked_is_name(at, name_len, prefix)) {
            cookie.name = apr_pstrmemdup(r->pool, at, name_len);
            cookie.value = apr_pstrmemdup(r->pool, at + name_len + 1, len - name_len - 1);
            if (asked_read(&cookie.at, cookie.value, r->pool)) {
                APR_ARRAY_PUSH(all, asked_cookie_t) = cookie;
            }
        }
        at += len;
    }
    return all;
}

/* Takes the oldest away until one more has room. */
static void asked_prune(request_rec *r, const jit_conf_t *conf)
{
    apr_array_header_t *all = asked_all(r, conf);
    asked_cookie_t *cookies = (asked_cookie_t *)all->elts;

    while (all->nelts >= ASKED_MAX) {
        int i, oldest = 0;

        for (i = 1; i < all->nelts; i++) {
            oldest = cookies[i].at < cookies[oldest].at ? i : oldest;
        }
        asked_put(r, conf, cookies[oldest].name, "", "0");
        cookies[oldest] = cookies[--all->nelts];
    }
}

static const char *asked_value(request_rec *r, char state, apr_int64_t at, const char *rest)
{
    return apr_psprintf(r->pool, "%c%08x%s", state, (unsigned)at, rest);
}

void jit_asked_set(request_rec *r, const jit_conf_t *conf, const char *id, const char *secret,
                   const char *company_id)
{
    const char *rest = conf->company ? secret : apr_pstrcat(r->pool, secret, ".", company_id, NULL);

    asked_prune(r, conf);
    asked_put(r, conf, asked_name(r, conf, id),
              asked_value(r, 'a', apr_time_sec(r->request_time), rest), ASKED_AGE);
}

void jit_asked_done(request_rec *r, const jit_conf_t *conf, const jit_asked_t *asked)
{
    const char *name = asked_name(r, conf, asked->id), *value = jit_cookie_get(r, name);

    if (value && strlen(value) > ASKED_HEAD) {
        asked_put(r, conf, name,
                  asked_value(r, 'd', apr_time_sec(r->request_time), value + ASKED_HEAD),
                  ASKED_AGE);
    }
}

int jit_asked_any(request_rec *r, const jit_conf_t *conf)
{
    return asked_all(r, conf)->nelts > 0;
}

int jit_asked_lately(request_rec *r, const jit_conf_t *conf)
{
    const apr_array_header_t *all = asked_all(r, conf);
    int i, count = 0;

    for (i = 0; i < all->nelts; i++) {
        const asked_cookie_t *cookie = &APR_ARRAY_IDX(all, i, asked_cookie_t);

        count +=
            cookie->value[0] == 'd' && cookie->at + ASKED_LATELY > apr_time_sec(r->request_time);
    }
    return count;
}

braze_err_t *jit_asked_find(jit_asked_t **asked, request_rec *r, const jit_conf_t *conf,
                            braze_db_t *db, const char *id)
{
    const char *value = jit_cookie_get(r, asked_name(r, conf, id)), *secret;
    jit_asked_t *found = apr_pcalloc(r->pool, sizeof(*found));
    braze_saml_request_t *request = NULL;
    apr_int64_t at;
    braze_err_t *err;

    *asked = NULL;
    if (!value || !asked_read(&at, value, r->pool)) {
        return NULL;
    }
    secret = value + ASKED_HEAD;
    err =
        jit_cookie_company(&found->company, r, conf, secret + BRAZE_SECRET_LEN, HTTPD_COMPANY_NOW);
    if (err || !found->company) {
        return err;
    }
    err = braze_store_saml_request_find(&request, db, found->company->company->id,
                                        braze_sha256_hex(id, strlen(id), r->pool), r->pool);
    if (!err && request &&
        braze_secret_equal(request->browser_hash,
                           braze_sha256_hex(secret, BRAZE_SECRET_LEN, r->pool))) {
        found->id = id;
        found->request = request;
        *asked = found;
    }
    return err;
}

/* ---- the mark of a browser that has signed in before ---- */

/* Of these endpoints only: another company's, elsewhere on this host, have their own. Its path is
 * the whole host, since the sign-in page may stand for any page (ErrorDocument 401). */
static const char *known_name(request_rec *r, const jit_conf_t *conf)
{
    const char *path = jit_conf_path(conf), *hash = braze_sha256_hex(path, strlen(path), r->pool);

    return apr_pstrcat(r->pool, httpd_is_https(r, conf->base_url) ? "__Host-" : "", KNOWN_NAME,
                       apr_pstrmemdup(r->pool, hash, KNOWN_PLACE), NULL);
}

const char *jit_known_mark(const char *idp, apr_pool_t *pool)
{
    return braze_saml_idp_mark(idp, pool);
}

void jit_known_set(request_rec *r, const jit_conf_t *conf, const char *idp, const char *company_id)
{
    apr_table_addn(r->err_headers_out, "Set-Cookie",
                   apr_pstrcat(r->pool, known_name(r, conf), "=", jit_known_mark(idp, r->pool),
                               conf->company ? "" : ".", conf->company ? "" : company_id,
                               "; Path=/; Max-Age=" KNOWN_AGE "; HttpOnly; SameSite=Lax",
                               httpd_is_https(r, conf->base_url) ? "; Secure" : "", NULL));
}

int jit_known_get(const char **idp_mark, const char **rest, request_rec *r, const jit_conf_t *conf)
{
    const char *value = jit_cookie_get(r, known_name(r, conf));

    if (!value || strspn(value, "0123456789abcdef") != KNOWN_MARK) {
        return 0;
    }
    *idp_mark = apr_pstrmemdup(r->pool, value, KNOWN_MARK);
    *rest = value + KNOWN_MARK;
    return 1;
}

braze_err_t *jit_known_company(const httpd_company_t **company, request_rec *r,
                               const jit_conf_t *conf)
{
    const char *mark, *rest = "";

    *company = NULL;
    if (!conf->company && !jit_known_get(&mark, &rest, r, conf)) {
        return NULL;
    }
    return jit_cookie_company(company, r, conf, conf->company ? "" : rest, HTTPD_COMPANY_NOW);
}

/* ---- on the way to sign out ---- */

static const char *leaving_name(request_rec *r, const jit_conf_t *conf)
{
    return httpd_is_https(r, conf->base_url) ? "__Host-" LEAVING_NAME : LEAVING_NAME;
}

void jit_leaving_set(request_rec *r, const jit_conf_t *conf, const char *id)
{
    asked_put(r, conf, leaving_name(r, conf), id ? id : "", id ? ASKED_AGE : "0");
}

const char *jit_leaving_get(request_rec *r, const jit_conf_t *conf)
{
    return jit_cookie_get(r, leaving_name(r, conf));
}
