/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BrazeJitSessionCache: an ap_socache provider in front of the session rows. An entry is believed
 * for the time that the administrator gave (the bound on how late a deactivation is seen); without
 * one the rows are asked every time.
 */
#include "jit_int.h"

#include <ap_provider.h>
#include <apr_strings.h>
#include <util_mutex.h>

#include "braze_id.h"

#define CACHE_MUTEX "braze-session-cache"
#define CACHE_MAX_ENTRY                                                                            \
    8192 /* bytes; a session with more in it is read from its row every time                       \
          */
#define CACHE_MAX_GROUPS 200
#define CACHE_FORMAT "B2"
#define CACHE_AHEAD apr_time_from_sec(1) /* that another node's clock may be */

const char *jit_cache_set(cmd_parms *cmd, void *dummy, const char *provider, const char *ttl)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    jit_server_t *server = jit_server(cmd->server);
    const char *colon = ap_strchr_c(provider, ':');
    apr_interval_time_t believed = 0;

    (void)dummy;
    if (error) {
        return error;
    }
    if (ttl && (ap_timeout_parameter_parse(ttl, &believed, "s") != APR_SUCCESS || believed < 0 ||
                believed > apr_time_from_sec(3600))) {
        return "BrazeJitSessionCache: the second word is for how long an entry is believed, 0 to "
               "3600 seconds";
    }
    server->cache_name =
        colon ? apr_pstrmemdup(cmd->pool, provider, (apr_size_t)(colon - provider)) : provider;
    server->cache_args = colon ? colon + 1 : NULL;
    server->cache_ttl = believed;
    server->cache = ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, server->cache_name,
                                       AP_SOCACHE_PROVIDER_VERSION);
    if (!server->cache) {
        return apr_psprintf(cmd->pool,
                            "BrazeJitSessionCache: no provider \"%s\" is loaded; load "
                            "mod_socache_%s before this line",
                            server->cache_name, server->cache_name);
    }
    error = server->cache->create(&server->cache_instance, server->cache_args, cmd->temp_pool,
                                  cmd->pool);
    return error ? apr_psprintf(cmd->pool, "BrazeJitSessionCache %s: %s", provider, error) : NULL;
}

/*
 * It is held for microseconds, by nearly every request. APR's own choice on Linux, a mutex of
 * pthreads with priority inheritance, then spends more on handing it over than the cache saves.
 * Nothing else of ours waits for a lock of fcntl's, so that the kernel finds no deadlock among
 * threads that it takes for one process.
 */
#if APR_HAS_FCNTL_SERIALIZE
#define CACHE_MUTEX_KIND APR_LOCK_FCNTL
#else
#define CACHE_MUTEX_KIND APR_LOCK_DEFAULT
#endif

int jit_cache_pre_config(apr_pool_t *pconf)
{
    return ap_mutex_register(pconf, CACHE_MUTEX, NULL, CACHE_MUTEX_KIND, 0) == APR_SUCCESS
               ? OK
               : HTTP_INTERNAL_SERVER_ERROR;
}

static apr_status_t cache_destroy(void *data)
{
    server_rec *s = data;
    jit_server_t *server = jit_server(s);

    server->cache->destroy(server->cache_instance, s);
    return APR_SUCCESS;
}

int jit_cache_post_config(apr_pool_t *pconf, server_rec *s)
{
    struct ap_socache_hints hints = {BRAZE_SHA256_HEX + BRAZE_ID_LEN, 600, 0};
    jit_server_t *server = jit_server(s);
    apr_status_t rv = APR_SUCCESS;

    if (!server->cache) {
        return OK;
    }
    if (server->cache->flags & AP_SOCACHE_FLAG_NOTMPSAFE) {
        rv = ap_global_mutex_create(&server->cache_mutex, NULL, CACHE_MUTEX, NULL, s, pconf, 0);
        rv = rv == APR_SUCCESS ? jit_near_make(&server->near, pconf) : rv;
    }
    hints.expiry_interval = server->cache_ttl;
    if (rv == APR_SUCCESS) {
        rv = server->cache->init(server->cache_instance, "braze-session", &hints, s, pconf);
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, rv, s,
                     "BRAZE-J0403: BrazeJitSessionCache %s cannot be initialised",
                     server->cache_name);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    apr_pool_cleanup_register(pconf, s, cache_destroy, apr_pool_cleanup_null);
    return OK;
}

void jit_cache_child_init(apr_pool_t *pchild, server_rec *s)
{
    jit_server_t *server = jit_server(s);

    if (server->cache_mutex) {
        const char *lockfile = apr_global_mutex_lockfile(server->cache_mutex);

        if (apr_global_mutex_child_init(&server->cache_mutex, lockfile, pchild) != APR_SUCCESS ||
            jit_near_child_init(server->near, pchild) != APR_SUCCESS) {
            server->cache = NULL; /* rows are asked instead */
        }
    }
}

/* ---- the entry: fields in a fixed order, each "<length>:<bytes>", "-" for an absent one ---- */

static void entry_text(char **at, const char *end, const char *text)
{
    char head[24] = "-";
    apr_size_t len = 0, head_len;

    if (text) {
        len = strlen(text);
        apr_snprintf(head, sizeof(head), "%" APR_SIZE_T_FMT ":", len);
    }
    head_len = strlen(head);
    if (!*at || (apr_size_t)(end - *at) < head_len + len) {
        *at = NULL; /* does not fit: everything after it fails too */
        return;
    }
    memcpy(*at, head, head_len);
    if (text) {
        memcpy(*at + head_len, text, len);
    }
    *at += head_len + len;
}

static void entry_number(char **at, const char *end, apr_int64_t number)
{
    char digits[24];

    apr_snprintf(digits, sizeof(digits), "%" APR_INT64_T_FMT, number);
    entry_text(at, end, digits);
}

/* 0 when it does not fit. */
static apr_size_t entry_write(char *buf, apr_size_t size, const braze_session_t *session,
                              const char *hash, apr_time_t now)
{
    const braze_user_t *user = session->user;
    const char *end = buf + size;
    char *at = buf;
    int i;

    if (session->groups->nelts > CACHE_MAX_GROUPS) {
        return 0;
    }
    entry_text(&at, end, CACHE_FORMAT);
    entry_number(&at, end, now);
    entry_text(&at, end, hash);
    entry_text(&at, end, session->company_id);
    entry_number(&at, end, session->created_at);
    entry_number(&at, end, session->expires_at);
    entry_number(&at, end, session->last_seen_at);
    entry_number(&at, end, session->company_version);
    entry_text(&at, end, session->idp);
    entry_text(&at, end, session->name_id);
    entry_text(&at, end, session->name_id_format);
    entry_text(&at, end, session->name_qualifier);
    entry_text(&at, end, session->sp_name_qualifier);
    entry_text(&at, end, session->session_index);
    entry_text(&at, end, session->assertion_key);
    entry_text(&at, end, session->user_id);
    entry_text(&at, end, user->user_name);
    entry_text(&at, end, user->email);
    entry_text(&at, end, user->given_name);
    entry_text(&at, end, user->family_name);
    entry_text(&at, end, user->permissions);
    entry_number(&at, end, session->groups->nelts);
    for (i = 0; i < session->groups->nelts; i++) {
        entry_text(&at, end, APR_ARRAY_IDX(session->groups, i, const char *));
    }
    return at ? (apr_size_t)(at - buf) : 0;
}

/* Moves on past one field; a damaged entry makes *at NULL, and everything after it fails. */
static const char *entry_read(const char **at, const char *end, apr_pool_t *pool)
{
    char *colon;
    apr_int64_t len;
    const char *text;

    if (!*at || *at >= end || **at == '-') {
        *at = *at && *at < end ? *at + 1 : NULL;
        return NULL;
    }
    len = apr_strtoi64(*at, &colon, 10);
    if (colon == *at || colon >= end || *colon != ':' || len < 0 || len > end - (colon + 1)) {
        *at = NULL;
        return NULL;
    }
    text = apr_pstrmemdup(pool, colon + 1, (apr_size_t)len);
    *at = colon + 1 + len;
    return text;
}

static apr_int64_t entry_read_number(const char **at, const char *end, apr_pool_t *pool)
{
    const char *text = entry_read(at, end, pool);

    return text ? apr_strtoi64(text, NULL, 10) : 0;
}

/* What an entry is held against. */
typedef struct {
    const char *hash, *company_id;
    apr_time_t now;
    apr_interval_time_t ttl;
} entry_expect_t;

/* Ours, of this very session, and written within the time for which this server believes one,
 * whatever another node that shares the cache makes of it. */
static int entry_is_good(const char **at, const char *end, const entry_expect_t *expect,
                         apr_pool_t *pool)
{
    const char *format = entry_read(at, end, pool), *hash, *company_id;
    apr_time_t written = entry_read_number(at, end, pool);

    hash = entry_read(at, end, pool);
    company_id = entry_read(at, end, pool);
    return format && !strcmp(format, CACHE_FORMAT) && hash && !strcmp(hash, expect->hash) &&
           company_id && !strcmp(company_id, expect->company_id) &&
           written <= expect->now + CACHE_AHEAD && written + expect->ttl > expect->now;
}

static braze_session_t *entry_parse(const char *at, const char *end, const entry_expect_t *expect,
                                    apr_pool_t *pool)
{
    braze_session_t *session = apr_pcalloc(pool, sizeof(*session));
    braze_user_t *user = apr_pcalloc(pool, sizeof(*user));
    apr_array_header_t *groups;
    apr_int64_t count, i;

    if (!entry_is_good(&at, end, expect, pool)) {
        return NULL;
    }
    session->company_id = user->company_id = expect->company_id;
    session->user = user;
    session->created_at = entry_read_number(&at, end, pool);
    session->expires_at = entry_read_number(&at, end, pool);
    session->last_seen_at = entry_read_number(&at, end, pool);
    session->company_version = entry_read_number(&at, end, pool);
    session->idp = entry_read(&at, end, pool);
    session->name_id = entry_read(&at, end, pool);
    session->name_id_format = entry_read(&at, end, pool);
    session->name_qualifier = entry_read(&at, end, pool);
    session->sp_name_qualifier = entry_read(&at, end, pool);
    session->session_index = entry_read(&at, end, pool);
    session->assertion_key = entry_read(&at, end, pool);
    session->user_id = user->id = entry_read(&at, end, pool);
    user->user_name = entry_read(&at, end, pool);
    user->email = entry_read(&at, end, pool);
    user->given_name = entry_read(&at, end, pool);
    user->family_name = entry_read(&at, end, pool);
    user->permissions = entry_read(&at, end, pool);
    user->active = 1;
    count = entry_read_number(&at, end, pool);
    groups = apr_array_make(pool, 4, sizeof(const char *));
    for (i = 0; at && i < count && i < CACHE_MAX_GROUPS; i++) {
        const char *group = entry_read(&at, end, pool);

        if (!group) {
            return NULL;
        }
        APR_ARRAY_PUSH(groups, const char *) = group;
    }
    session->groups = groups;
    return at == end && session->user_id && user->user_name && user->permissions ? session : NULL;
}

/* ---- the provider ---- */

/* The company's id is part of the key: another company's entry is never found. So is the server's
 * name: two servers may have a database each, one copied from the other. */
static const unsigned char *cache_key(unsigned int *len, const char *company_id, const char *hash,
                                      request_rec *r)
{
    const char *key = apr_pstrcat(r->pool, hash, company_id, r->server->server_hostname, NULL);

    *len = (unsigned int)strlen(key);
    return (const unsigned char *)key;
}

static int cache_lock(const jit_server_t *server)
{
    return !server->cache_mutex || apr_global_mutex_lock(server->cache_mutex) == APR_SUCCESS;
}

static void cache_unlock(const jit_server_t *server)
{
    if (server->cache_mutex) {
        apr_global_mutex_unlock(server->cache_mutex);
    }
}

/* The provider's entry; 0 when there is none, or the provider's turn cannot be had. */
static unsigned int cache_retrieve(request_rec *r, const unsigned char *key, unsigned int key_len,
                                   unsigned char *entry, unsigned int size)
{
    const jit_server_t *server = jit_server(r->server);
    apr_status_t rv;

    if (!cache_lock(server)) {
        return 0;
    }
    rv = server->cache->retrieve(server->cache_instance, r->server, key, key_len, entry, &size,
                                 r->pool);
    cache_unlock(server);
    return rv == APR_SUCCESS ? size : 0;
}

braze_session_t *jit_cache_get(request_rec *r, const char *company_id, const char *hash)
{
    const jit_server_t *server = jit_server(r->server);
    entry_expect_t expect = {hash, company_id, r->request_time, server->cache_ttl};
    unsigned char entry[CACHE_MAX_ENTRY];
    const char *text = (const char *)entry;
    braze_session_t *session = NULL;
    unsigned int key_len;
    const unsigned char *key;
    apr_uint32_t state = 0;
    apr_size_t len = 0;

    if (!server->cache || !server->cache_ttl) {
        return NULL;
    }
    key = cache_key(&key_len, company_id, hash, r);
    if (server->near) {
        len = jit_near_get(&state, server->near, key, key_len, entry, sizeof(entry));
        session = len ? entry_parse(text, text + len, &expect, r->pool) : NULL;
    }
    if (session) {
        return session;
    }
    len = cache_retrieve(r, key, key_len, entry, sizeof(entry));
    session = len ? entry_parse(text, text + len, &expect, r->pool) : NULL;
    if (session && server->near) {
        jit_near_put(server->near, state, key, key_len, entry, len);
    }
    return session;
}

void jit_cache_put(request_rec *r, const char *company_id, const char *hash,
                   const braze_session_t *session)
{
    const jit_server_t *server = jit_server(r->server);
    unsigned char entry[CACHE_MAX_ENTRY];
    unsigned int key_len;
    const unsigned char *key;
    apr_time_t until = r->request_time + server->cache_ttl;
    apr_size_t len;

    if (!server->cache || !server->cache_ttl) {
        return;
    }
    len = entry_write((char *)entry, sizeof(entry), session, hash, r->request_time);
    if (!len || !cache_lock(server)) {
        return;
    }
    key = cache_key(&key_len, company_id, hash, r);
    server->cache->store(server->cache_instance, r->server, key, key_len, until, entry,
                         (unsigned int)len, r->pool);
    cache_unlock(server);
}

void jit_cache_remove(request_rec *r, const char *company_id, const char *hash)
{
    const jit_server_t *server = jit_server(r->server);
    unsigned int key_len;
    const unsigned char *key;

    if (!server->cache || !server->cache_ttl) {
        return;
    }
    key = cache_key(&key_len, company_id, hash, r);
    if (cache_lock(server)) {
        server->cache->remove(server->cache_instance, r->server, key, key_len, r->pool);
        cache_unlock(server);
    }
    if (server->near) {
        jit_near_drop(server->near, key, key_len);
    }
}
