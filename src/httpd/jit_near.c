/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process has lately read from a session cache that only one process of the machine may look
 * into at a time: most of what such a cache costs is waiting for one's turn. An entry is as good as
 * the one it is a copy of, which says itself when it was written; and an entry that is taken out of
 * the cache has to be gone at once in all processes. So each copy comes with the state of a counter
 * that all of them share, and whoever takes an entry out moves that counter on.
 *
 * Only for a cache of one machine: another machine's processes would not see the counters move.
 */
#include "jit_int.h"

#include <apr_atomic.h>
#include <apr_shm.h>

#define COUNTERS 4096 /* each for so many of the keys: one that moves costs those a look */

struct jit_near_t {
    volatile apr_uint32_t *counters; /* shared by the processes */
    jit_places_t *places;            /* this process's */
};

apr_status_t jit_near_make(jit_near_t **near, apr_pool_t *pconf)
{
    apr_size_t size = COUNTERS * sizeof(apr_uint32_t);
    apr_shm_t *shm;
    apr_status_t rv = apr_shm_create(&shm, size, NULL, pconf);

    *near = NULL;
    if (rv == APR_SUCCESS) {
        *near = apr_pcalloc(pconf, sizeof(**near));
        (*near)->counters = apr_shm_baseaddr_get(shm);
        memset(apr_shm_baseaddr_get(shm), 0, size);
    }
    return rv;
}

apr_status_t jit_near_child_init(jit_near_t *near, apr_pool_t *pchild)
{
    near->places = jit_places_make(pchild);
    return near->places ? APR_SUCCESS : APR_ENOMEM;
}

volatile apr_uint32_t *jit_near_counter(const jit_near_t *near, const jit_place_key_t *key)
{
    return &near->counters[key->number % COUNTERS];
}

apr_size_t jit_near_get(apr_uint32_t *state, const jit_near_t *near, const jit_place_key_t *key,
                        unsigned char *entry, apr_size_t size)
{
    apr_uint64_t stamp;
    apr_size_t len;

    *state = apr_atomic_read32(jit_near_counter(near, key));
    len = jit_places_get(&stamp, near->places, key, entry, size);
    return len && stamp == *state ? len : 0;
}

void jit_near_put(jit_near_t *near, apr_uint32_t state, const jit_place_key_t *key,
                  const unsigned char *entry, apr_size_t len)
{
    jit_places_put(near->places, state, key, entry, len);
}

void jit_near_drop(const jit_near_t *near, const jit_place_key_t *key)
{
    apr_atomic_inc32(jit_near_counter(near, key));
}
