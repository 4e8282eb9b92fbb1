/* SPDX-License-Identifier: Apache-2.0 */
/* Immutable values that a child's threads share, replaced as a whole when a newer version is asked
 * for. */
#include "httpd_int.h"

#include <apr_atomic.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

typedef struct {
    apr_pool_t *pool;
    void *value;
    apr_int64_t version;
    int refs; /* requests that hold it, plus one while it is the current one; guarded by all->mutex
               */
} snapshot_t;

struct httpd_snapshots_t {
    apr_pool_t *pool;
    apr_thread_mutex_t *mutex;
    apr_hash_t
        *current; /* key → snapshot_t *; keys are never removed: they come from the configuration */
    volatile apr_uint32_t installed; /* how many, modulo 2^32 */
};

typedef struct {
    httpd_snapshots_t *all;
    snapshot_t *snapshot;
} snapshot_hold_t;

httpd_snapshots_t *httpd_snapshots_make(apr_pool_t *pool)
{
    httpd_snapshots_t *all = apr_pcalloc(pool, sizeof(*all));

    all->pool = pool;
    all->current = apr_hash_make(pool);
    if (apr_thread_mutex_create(&all->mutex, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS) {
        return NULL;
    }
    return all;
}

/* Called with the lock held. */
static void snapshot_unref(snapshot_t *snapshot)
{
    if (--snapshot->refs == 0) {
        apr_pool_destroy(snapshot->pool);
    }
}

static apr_status_t snapshot_let_go(void *data)
{
    snapshot_hold_t *hold = data;

    apr_thread_mutex_lock(hold->all->mutex);
    snapshot_unref(hold->snapshot);
    apr_thread_mutex_unlock(hold->all->mutex);
    return APR_SUCCESS;
}

/* Called with the lock held. */
static const void *snapshot_hold(httpd_snapshots_t *all, snapshot_t *snapshot, apr_pool_t *pool)
{
    snapshot_hold_t *hold = apr_palloc(pool, sizeof(*hold));

    hold->all = all;
    hold->snapshot = snapshot;
    snapshot->refs++;
    apr_pool_cleanup_register(pool, hold, snapshot_let_go, apr_pool_cleanup_null);
    return snapshot->value;
}

/* Called with the lock held. */
static void snapshot_install(httpd_snapshots_t *all, const char *key, snapshot_t *fresh)
{
    snapshot_t *old = apr_hash_get(all->current, key, APR_HASH_KEY_STRING);

    if (!old) {
        key = apr_pstrdup(all->pool, key);
    }
    apr_hash_set(all->current, key, APR_HASH_KEY_STRING, fresh);
    apr_atomic_inc32(&all->installed);
    if (old) {
        snapshot_unref(old);
    }
}

void httpd_snapshot_put(httpd_snapshots_t *all, const char *key, apr_int64_t version, void *value,
                        apr_pool_t *pool)
{
    snapshot_t *snapshot = apr_pcalloc(pool, sizeof(*snapshot));

    snapshot->pool = pool;
    snapshot->value = value;
    snapshot->version = version;
    snapshot->refs = 1;
    apr_thread_mutex_lock(all->mutex);
    snapshot_install(all, key, snapshot);
    apr_thread_mutex_unlock(all->mutex);
}

int httpd_snapshot_hold(const void **value, httpd_snapshots_t *all, const char *key,
                        apr_pool_t *pool)
{
    snapshot_t *kept;

    apr_thread_mutex_lock(all->mutex);
    kept = apr_hash_get(all->current, key, APR_HASH_KEY_STRING);
    if (kept) {
        *value = snapshot_hold(all, kept, pool);
    }
    apr_thread_mutex_unlock(all->mutex);
    return kept != NULL;
}

apr_uint32_t httpd_snapshots_state(httpd_snapshots_t *all)
{
    return apr_atomic_read32(&all->installed);
}

static apr_status_t snapshot_discard(void *data)
{
    apr_pool_destroy(data);
    return APR_SUCCESS;
}

static braze_err_t *snapshot_load(snapshot_t **fresh, httpd_snapshot_load_fn *load, void *baton,
                                  request_rec *r)
{
    apr_pool_t *pool;
    braze_err_t *err;

    /* Not a child of the request's pool: it is destroyed by whichever thread lets go last. */
    apr_pool_create(&pool, NULL);
    apr_pool_tag(pool, "braze-snapshot");
    *fresh = apr_pcalloc(pool, sizeof(**fresh));
    (*fresh)->pool = pool;
    (*fresh)->refs = 1;
    err = load(&(*fresh)->value, &(*fresh)->version, baton, pool);
    if (err) {
        /* The error lives there too, and has to outlive this call. */
        apr_pool_cleanup_register(r->pool, pool, snapshot_discard, apr_pool_cleanup_null);
        *fresh = NULL;
    }
    return err;
}

braze_err_t *httpd_snapshot_get(const void **value, httpd_snapshots_t *all, request_rec *r,
                                const char *key, apr_int64_t version, httpd_snapshot_load_fn *load,
                                void *baton)
{
    snapshot_t *kept, *fresh;
    braze_err_t *err;

    apr_thread_mutex_lock(all->mutex);
    kept = apr_hash_get(all->current, key, APR_HASH_KEY_STRING);
    if (kept && kept->version >= version) {
        *value = snapshot_hold(all, kept, r->pool);
        apr_thread_mutex_unlock(all->mutex);
        return NULL;
    }
    apr_thread_mutex_unlock(all->mutex);

    err = snapshot_load(&fresh, load, baton, r);
    if (err) {
        return err;
    }
    apr_thread_mutex_lock(all->mutex);
    snapshot_install(all, key, fresh);
    *value = snapshot_hold(all, fresh, r->pool);
    apr_thread_mutex_unlock(all->mutex);
    return NULL;
}
