/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BrazeJitSessionCache: an ap_socache provider in front of the session rows. An entry is believed
 * for the time that the administrator gave (the bound on how late a deactivation is seen); without
 * one the rows are asked every time.
 */
#include "jit_int.h"

#include <ap_provider.h>
#include <apr_atomic.h>
#include <apr_strings.h>
#include <util_mutex.h>

#include "braze_id.h"

#define CACHE_MUTEX "braze-session-cache"
#define HOST_MAX 255
#define KEY_MAX (1 + BRAZE_SHA256_HEX + BRAZE_ID_LEN + HOST_MAX)

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
    struct ap_socache_hints hints = {1 + BRAZE_SHA256_HEX + BRAZE_ID_LEN, 600, 0};
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

/* ---- the provider ---- */

/*
 * The company's id is part of the key: another company's entry is never found. So is the server's
 * name: two servers may have a database each, one copied from the other. Of no length: a name that
 * is longer than names are, and nothing is cached.
 *
 * mod_socache_shmcb divides its memory among the values of a key's first byte, and the hashes begin
 * with a time: so there is a byte before them that the whole hash decides.
 */
static jit_place_key_t cache_key(unsigned char *bytes, const char *company_id, const char *hash,
                                 const request_rec *r)
{
    const char *host = r->server->server_hostname;
    const char *parts[] = {hash, company_id, host ? host : ""};
    apr_size_t len = 1, part, i;
    jit_place_key_t key;

    for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        part = strlen(parts[i]);
        if (part > KEY_MAX - len) {
            return jit_place_key(bytes, 0);
        }
        memcpy(bytes + len, parts[i], part);
        len += part;
    }
    key = jit_place_key(bytes + 1, len - 1);
    bytes[0] = (unsigned char)key.number;
    key.bytes = bytes;
    key.len = len;
    return key;
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
static unsigned int cache_retrieve(request_rec *r, const jit_place_key_t *key, unsigned char *entry,
                                   unsigned int size)
{
    const jit_server_t *server = jit_server(r->server);
    apr_status_t rv;

    if (!cache_lock(server)) {
        return 0;
    }
    rv = server->cache->retrieve(server->cache_instance, r->server, key->bytes,
                                 (unsigned int)key->len, entry, &size, r->pool);
    cache_unlock(server);
    return rv == APR_SUCCESS ? size : 0;
}

int jit_cache_counts(const jit_mark_t *mark, const request_rec *r)
{
    return mark->counter && apr_atomic_read32(mark->counter) == mark->state &&
           jit_entry_is_fresh(mark->written, r->request_time, jit_server(r->server)->cache_ttl);
}

braze_session_t *jit_cache_get(jit_mark_t *mark, request_rec *r, const char *company_id,
                               const char *hash, apr_pool_t *pool)
{
    const jit_server_t *server = jit_server(r->server);
    jit_entry_expect_t expect = {hash, company_id, r->request_time, server->cache_ttl};
    unsigned char entry[JIT_ENTRY_MAX], bytes[KEY_MAX];
    braze_session_t *session = NULL;
    jit_place_key_t key;
    apr_size_t len = 0;

    memset(mark, 0, sizeof(*mark));
    if (!server->cache || !server->cache_ttl) {
        return NULL;
    }
    key = cache_key(bytes, company_id, hash, r);
    if (server->near && key.len) {
        mark->counter = jit_near_counter(server->near, &key);
        len = jit_near_get(&mark->state, server->near, &key, entry, sizeof(entry));
        session = len ? jit_entry_read(&mark->written, entry, len, &expect, pool) : NULL;
    }
    if (session || !key.len) {
        return session;
    }
    len = cache_retrieve(r, &key, entry, sizeof(entry));
    session = len ? jit_entry_read(&mark->written, entry, len, &expect, pool) : NULL;
    if (session && !jit_entry_is_true(session)) {
        return NULL; /* who may write there need not be us */
    }
    if (session && server->near) {
        jit_near_put(server->near, mark->state, &key, entry, len);
    }
    return session;
}

void jit_cache_put(const jit_mark_t *mark, request_rec *r, const char *company_id, const char *hash,
                   const braze_session_t *session)
{
    const jit_server_t *server = jit_server(r->server);
    unsigned char entry[JIT_ENTRY_MAX], bytes[KEY_MAX];
    jit_place_key_t key;
    apr_time_t until = r->request_time + server->cache_ttl;
    apr_size_t len;

    if (!server->cache || !server->cache_ttl) {
        return;
    }
    key = cache_key(bytes, company_id, hash, r);
    len = jit_entry_write(entry, sizeof(entry), session, hash, r->request_time);
    if (!key.len || !len || !cache_lock(server)) {
        return;
    }
    server->cache->store(server->cache_instance, r->server, key.bytes, (unsigned int)key.len, until,
                         entry, (unsigned int)len, r->pool);
    cache_unlock(server);
    if (mark->counter && apr_atomic_read32(mark->counter) != mark->state) {
        jit_cache_remove(r, company_id, hash);
    }
}

/* Copies stop counting before the entry goes, so that who puts one there meanwhile sees that
 * something has ended since it read the row; and after it, for who has read it meanwhile. */
void jit_cache_remove(request_rec *r, const char *company_id, const char *hash)
{
    const jit_server_t *server = jit_server(r->server);
    unsigned char bytes[KEY_MAX];
    jit_place_key_t key;

    if (!server->cache || !server->cache_ttl) {
        return;
    }
    key = cache_key(bytes, company_id, hash, r);
    if (server->near) {
        jit_near_drop(server->near, &key);
    }
    if (key.len && cache_lock(server)) {
        server->cache->remove(server->cache_instance, r->server, key.bytes, (unsigned int)key.len,
                              r->pool);
        cache_unlock(server);
    }
    if (server->near) {
        jit_near_drop(server->near, &key);
    }
}
