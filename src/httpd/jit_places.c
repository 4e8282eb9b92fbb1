/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process keeps of entries that it has read, in a table of fixed size that its threads
 * share: a new entry takes the place of one that happens to be where it belongs. Each comes with a
 * stamp, by which whoever keeps it tells whether it still counts.
 */
#include "jit_int.h"

#include <apr_thread_mutex.h>

#define SETS 512
#define WAYS 8      /* places of a set: a key has one of its set's */
#define LOCKS 16    /* each for so many of the sets */
#define NUMBERED 24 /* bytes of a key that choose its set */
#define KEY_MAX 255 /* bytes of a key; longer ones are not kept, nor are larger entries */
#define ENTRY_MAX 1024

typedef struct {
    apr_uint64_t stamp;
    apr_uint16_t key_len, len; /* key_len 0: nothing here */
    unsigned char key[KEY_MAX], entry[ENTRY_MAX];
} place_t;

/* The numbers of a set's keys lie together: looking for one goes to the memory of one place only,
 * which is hardly ever another key's. */
typedef struct {
    apr_uint32_t numbers[WAYS];
    apr_byte_t next; /* the place that the next new key gets */
} set_t;

struct jit_places_t {
    apr_thread_mutex_t *locks[LOCKS];
    set_t sets[SETS];
    place_t *places; /* WAYS for each set */
};

static apr_status_t places_free(void *data)
{
    jit_places_t *places = data;

    free(places->places);
    return APR_SUCCESS;
}

jit_places_t *jit_places_make(apr_pool_t *pchild)
{
    jit_places_t *made = apr_pcalloc(pchild, sizeof(*made));
    int i;

    /* Not the pool's, which would write zeros into all of it: a place that nobody takes costs no
     * memory. */
    made->places = calloc((apr_size_t)SETS * WAYS, sizeof(*made->places));
    if (!made->places) {
        return NULL;
    }
    apr_pool_cleanup_register(pchild, made, places_free, apr_pool_cleanup_null);
    for (i = 0; i < LOCKS; i++) {
        if (apr_thread_mutex_create(&made->locks[i], APR_THREAD_MUTEX_DEFAULT, pchild) !=
            APR_SUCCESS) {
            return NULL;
        }
    }
    return made;
}

/* The keys are of our making and begin with a time and a digest, of which so much tells them apart;
 * nobody chooses them to meet in one set. */
jit_place_key_t jit_place_key(const unsigned char *bytes, apr_size_t len)
{
    apr_uint64_t words[NUMBERED / sizeof(apr_uint64_t)] = {0}, number = len;
    jit_place_key_t key = {bytes, len, 0};
    apr_size_t i;

    memcpy(words, bytes, len < NUMBERED ? len : NUMBERED);
    for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
        /* Odd, and its bits as if by chance: each bit of a word moves all above it. */
        number = (number ^ words[i]) * 0x9E3779B97F4A7C15ULL;
        number ^= number >> 32;
    }
    key.number = (apr_uint32_t)number;
    return key;
}

static int find(const set_t *set, const place_t *first, const jit_place_key_t *key)
{
    int i;

    for (i = 0; i < WAYS; i++) {
        if (set->numbers[i] == key->number && first[i].key_len == key->len &&
            memcmp(first[i].key, key->bytes, key->len) == 0) {
            return i;
        }
    }
    return -1;
}

apr_size_t jit_places_get(apr_uint64_t *stamp, const jit_places_t *places,
                          const jit_place_key_t *key, unsigned char *entry, apr_size_t size)
{
    apr_uint32_t which = key->number % SETS;
    const place_t *first = places->places + (apr_size_t)which * WAYS;
    apr_size_t len = 0;
    int found;

    apr_thread_mutex_lock(places->locks[which % LOCKS]);
    /* An empty place is one whose key has no length. */
    found = key->len ? find(&places->sets[which], first, key) : -1;
    if (found >= 0 && first[found].len <= size) {
        *stamp = first[found].stamp;
        len = first[found].len;
        memcpy(entry, first[found].entry, len);
    }
    apr_thread_mutex_unlock(places->locks[which % LOCKS]);
    return len;
}

void jit_places_put(jit_places_t *places, apr_uint64_t stamp, const jit_place_key_t *key,
                    const unsigned char *entry, apr_size_t len)
{
    apr_uint32_t which = key->number % SETS;
    set_t *set = &places->sets[which];
    place_t *first = places->places + (apr_size_t)which * WAYS, *place;
    int found;

    if (key->len == 0 || key->len > KEY_MAX || len > ENTRY_MAX) {
        return;
    }
    apr_thread_mutex_lock(places->locks[which % LOCKS]);
    found = find(set, first, key);
    if (found < 0) {
        found = set->next++ % WAYS;
        set->numbers[found] = key->number;
    }
    place = &first[found];
    place->stamp = stamp;
    place->key_len = (apr_uint16_t)key->len;
    place->len = (apr_uint16_t)len;
    memcpy(place->key, key->bytes, key->len);
    memcpy(place->entry, entry, len);
    apr_thread_mutex_unlock(places->locks[which % LOCKS]);
}
