/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A browser keeps its connection and asks for one page after another with the same cookie. What
 * came of it the last time is kept with the connection: the session as the cache has it, the
 * company, what the person may do, and what the application is told. It is used for as long as
 * nothing of it has changed, and for no longer than the cache's entry is believed; whether the
 * session still lives is asked anew by each request.
 */
#include "jit_int.h"

#include <apr_strings.h>

#include "braze_id.h"

typedef struct {
    apr_pool_t *pool; /* nobody's child: destroyed with the last who has it */
    int refs;         /* requests that have it, plus one while it is the connection's; they are one
                       * connection's, which is one thread's at a time */
    const jit_server_t *server; /* whose, and under which name, it is in the cache */
    const char *host;
    const char *company;    /* as the section names it; or NULL */
    apr_uint32_t companies; /* the state of the server's, when this one was taken from them */
    jit_mark_t mark;
    const char *value; /* the cookie's */
    jit_visitor_t visitor;
} held_t;

static apr_status_t held_let_go(void *data)
{
    held_t *held = data;

    if (--held->refs == 0) {
        apr_pool_destroy(held->pool);
    }
    return APR_SUCCESS;
}

static void held_take(held_t *held, apr_pool_t *pool)
{
    held->refs++;
    apr_pool_cleanup_register(pool, held, held_let_go, apr_pool_cleanup_null);
}

/* By what it says: where it stands is no name of anything. A section's text may come from a
 * .htaccess file (AllowOverrideList), and a server from another module, for one request. */
static int is_same(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

jit_visitor_t *jit_held_get(request_rec *r, const jit_conf_t *conf, const char *value,
                            apr_size_t len)
{
    void **with = httpd_known_with(r, &braze_jit_module);
    held_t *held = with ? *with : NULL;

    if (!held || !braze_secret_is(held->value, value, len) ||
        held->server != jit_server(r->server) || !is_same(held->host, r->server->server_hostname) ||
        !is_same(held->company, conf->company) ||
        held->companies != httpd_snapshots_state(jit_server(r->server)->companies) ||
        !jit_cache_counts(&held->mark, r)) {
        return NULL;
    }
    held_take(held, r->pool);
    return &held->visitor;
}

/* 0: something has changed meanwhile. */
static int held_fill(held_t *held, request_rec *r, const jit_conf_t *conf,
                     const jit_visitor_t *visitor)
{
    httpd_snapshots_t *companies = jit_server(r->server)->companies;
    jit_visitor_t *own = &held->visitor;
    braze_err_t *err;

    held->companies = httpd_snapshots_state(companies);
    if (!httpd_company_hold(visitor->company, companies, conf->company, held->pool)) {
        return 0;
    }
    own->company = visitor->company;
    own->hash = apr_pstrdup(held->pool, visitor->hash);
    own->session = jit_cache_get(&held->mark, r, own->company->company->id, own->hash, held->pool);
    if (!own->session || own->session->company_version > own->company->company->version) {
        return 0;
    }
    err = httpd_company_grants(&own->grants, own->company, own->session->user->permissions,
                               held->pool);
    if (err || !own->grants) {
        return 0; /* the next request meets it again, and says so */
    }
    own->env = jit_env_make(own, held->pool);
    return 1;
}

void jit_held_put(request_rec *r, const jit_conf_t *conf, const char *value, apr_size_t len,
                  const jit_visitor_t *visitor, const jit_mark_t *mark)
{
    void **with = httpd_known_with(r, &braze_jit_module);
    apr_pool_t *pool;
    held_t *held;

    if (!with || !jit_cache_counts(mark, r)) {
        return;
    }
    apr_pool_create(&pool, NULL);
    apr_pool_tag(pool, "braze-held");
    held = apr_pcalloc(pool, sizeof(*held));
    held->pool = pool;
    held->server = jit_server(r->server);
    held->host = apr_pstrdup(pool, r->server->server_hostname);
    held->company = apr_pstrdup(pool, conf->company);
    held->value = apr_pstrmemdup(pool, value, len);
    if (!held_fill(held, r, conf, visitor)) {
        apr_pool_destroy(pool);
        return;
    }
    if (*with) {
        apr_pool_cleanup_run(r->connection->pool, *with, held_let_go);
    }
    held_take(held, r->connection->pool);
    *with = held;
}
