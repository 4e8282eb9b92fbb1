/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "braze_memo.h"

struct braze_memo_t {
    apr_pool_t *pool; /* used with the lock held only */
    apr_thread_mutex_t *mutex;
    apr_hash_t *by_text;
    unsigned max;
};

braze_memo_t *braze_memo_make(int max, apr_pool_t *pool)
{
    braze_memo_t *memo = apr_pcalloc(pool, sizeof(*memo));

    memo->max = (unsigned)max;
    if (apr_pool_create(&memo->pool, pool) != APR_SUCCESS ||
        apr_thread_mutex_create(&memo->mutex, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS) {
        return NULL;
    }
    memo->by_text = apr_hash_make(memo->pool);
    return memo;
}

const char *braze_memo_get(braze_memo_t *memo, const char *text)
{
    const char *made;

    if (!memo) {
        return NULL;
    }
    apr_thread_mutex_lock(memo->mutex);
    made = apr_hash_get(memo->by_text, text, APR_HASH_KEY_STRING);
    apr_thread_mutex_unlock(memo->mutex);
    return made;
}

void braze_memo_keep(braze_memo_t *memo, const char *text, const char *made)
{
    if (!memo) {
        return;
    }
    apr_thread_mutex_lock(memo->mutex);
    if (apr_hash_count(memo->by_text) < memo->max &&
        !apr_hash_get(memo->by_text, text, APR_HASH_KEY_STRING)) {
        apr_hash_set(memo->by_text, apr_pstrdup(memo->pool, text), APR_HASH_KEY_STRING,
                     apr_pstrdup(memo->pool, made));
    }
    apr_thread_mutex_unlock(memo->mutex);
}
