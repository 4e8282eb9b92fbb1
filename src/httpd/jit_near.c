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
#include <apr_thread_mutex.h>

#define COUNTERS 4096 /* each for so many of the keys: one that moves costs those a look */
#define SETS 512
#define WAYS 4      /* places of a set: a key has one of its set's */
#define LOCKS 16    /* each for so many of the sets */
#define KEY_MAX 255 /* bytes of a key; longer ones are not kept, nor are larger entries */
#define ENTRY_MAX 1024

typedef struct {
    apr_uint32_t state;        /* of its counter, before the entry was read */
    apr_uint16_t key_len, len; /* key_len 0: nothing here */
    unsigned char key[KEY_MAX], entry[ENTRY_MAX];
} place_t;

struct jit_near_t {
    volatile apr_uint32_t *counters;  /* shared by the processes */
    apr_thread_mutex_t *locks[LOCKS]; /* this process's, as all that follows */
    place_t *places;                  /* SETS sets of WAYS */
    apr_byte_t next[SETS];            /* the place that the next new key of a set gets */
};

/* FNV-1a. The keys are of our making, so that nobody chooses them to meet in one set. */
static apr_uint32_t number_of(const unsigned char *key, apr_size_t len)
{
    apr_uint32_t number = 2166136261U;
    apr_size_t i;

    for (i = 0; i < len; i++) {
        number = (number ^ key[i]) * 16777619U;
    }
    return number ^ number >> 15;
}

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
    int i;

    for (i = 0; i < LOCKS; i++) {
        apr_status_t rv =
            apr_thread_mutex_create(&near->locks[i], APR_THREAD_MUTEX_DEFAULT, pchild);

        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    near->places = apr_pcalloc(pchild, sizeof(*near->places) * SETS * WAYS);
    return APR_SUCCESS;
}

static place_t *find(place_t *set, const unsigned char *key, apr_size_t key_len)
{
    int i;

    for (i = 0; i < WAYS; i++) {
        if (set[i].key_len == key_len && memcmp(set[i].key, key, key_len) == 0) {
            return set + i;
        }
    }
    return NULL;
}

apr_size_t jit_near_get(apr_uint32_t *state, const jit_near_t *near, const unsigned char *key,
                        apr_size_t key_len, unsigned char *entry, apr_size_t size)
{
    apr_uint32_t number = number_of(key, key_len), set = number % SETS;
    const place_t *place;
    apr_size_t len = 0;

    *state = apr_atomic_read32(&near->counters[number % COUNTERS]);
    apr_thread_mutex_lock(near->locks[set % LOCKS]);
    place = find(near->places + (apr_size_t)set * WAYS, key, key_len);
    if (place && place->state == *state && place->len <= size) {
        len = place->len;
        memcpy(entry, place->entry, len);
    }
    apr_thread_mutex_unlock(near->locks[set % LOCKS]);
    return len;
}

void jit_near_put(jit_near_t *near, apr_uint32_t state, const unsigned char *key,
                  apr_size_t key_len, const unsigned char *entry, apr_size_t len)
{
    apr_uint32_t set = number_of(key, key_len) % SETS;
    place_t *first = near->places + (apr_size_t)set * WAYS, *place;

    if (key_len == 0 || key_len > KEY_MAX || len > ENTRY_MAX) {
        return;
    }
    apr_thread_mutex_lock(near->locks[set % LOCKS]);
    place = find(first, key, key_len);
    if (!place) {
        place = first + near->next[set]++ % WAYS;
    }
    place->state = state;
    place->key_len = (apr_uint16_t)key_len;
    place->len = (apr_uint16_t)len;
    memcpy(place->key, key, key_len);
    memcpy(place->entry, entry, len);
    apr_thread_mutex_unlock(near->locks[set % LOCKS]);
}

void jit_near_drop(const jit_near_t *near, const unsigned char *key, apr_size_t key_len)
{
    apr_atomic_inc32(&near->counters[number_of(key, key_len) % COUNTERS]);
}
