/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session as bytes that can be kept: fields in a fixed order. A number is eight bytes, the
 * highest first; a text two bytes with its length, the text and a NUL. An absent one has ABSENT for
 * its length and nothing behind it. It is read by nearly every request: there is nothing to parse.
 */
#include "jit_int.h"

#include <apr_strings.h>

#include "braze_shown.h"

#define ENTRY_FORMAT "B5"
#define ENTRY_MAX_GROUPS 200
#define ENTRY_AHEAD apr_time_from_sec(1) /* that another node's clock may be */
#define LENGTH_BYTES 2
#define NUMBER_BYTES 8
#define ABSENT 0xFFFF

/* Room for so many bytes, behind which *at is then; NULL once there is none, and for everything
 * after it too. */
static unsigned char *entry_room(unsigned char **at, const unsigned char *end, apr_size_t size)
{
    unsigned char *room = *at;

    if (!room || (apr_size_t)(end - room) < size) {
        *at = NULL;
        return NULL;
    }
    *at = room + size;
    return room;
}

static void entry_put(unsigned char *to, apr_uint64_t number, int bytes)
{
    while (bytes--) {
        to[bytes] = (unsigned char)number;
        number >>= 8;
    }
}

static void entry_text(unsigned char **at, const unsigned char *end, const char *text)
{
    apr_size_t len = text ? strlen(text) : 0;
    /* What is longer than an entry finds no room. */
    unsigned char *to = entry_room(at, end, LENGTH_BYTES + (text ? len + 1 : 0));

    if (to) {
        entry_put(to, text ? len : ABSENT, LENGTH_BYTES);
        if (text) {
            memcpy(to + LENGTH_BYTES, text, len + 1);
        }
    }
}

static void entry_number(unsigned char **at, const unsigned char *end, apr_int64_t number)
{
    unsigned char *to = entry_room(at, end, NUMBER_BYTES);

    if (to) {
        entry_put(to, (apr_uint64_t)number, NUMBER_BYTES);
    }
}

/* Found out once, here, for every request that reads it. */
static int user_is_shown(const braze_user_t *user)
{
    const char *const texts[] = {user->id, user->user_name, user->email, user->given_name,
                                 user->family_name};
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        if (texts[i] && !braze_shown_is(texts[i])) {
            return 0;
        }
    }
    return 1;
}

int jit_entry_is_true(const braze_session_t *session)
{
    return !session->is_shown || user_is_shown(session->user);
}

apr_size_t jit_entry_write(unsigned char *buf, apr_size_t size, const braze_session_t *session,
                           const char *hash, apr_time_t now)
{
    const braze_user_t *user = session->user;
    unsigned char *at = buf;
    const unsigned char *end = at + size;
    int i;

    if (session->groups->nelts > ENTRY_MAX_GROUPS) {
        return 0;
    }
    entry_text(&at, end, ENTRY_FORMAT);
    entry_number(&at, end, now);
    entry_text(&at, end, hash);
    entry_text(&at, end, session->company_id);
    entry_number(&at, end, session->created_at);
    entry_number(&at, end, session->expires_at);
    entry_number(&at, end, session->last_seen_at);
    entry_number(&at, end, session->company_version);
    entry_text(&at, end, session->user_id);
    entry_text(&at, end, user->user_name);
    entry_text(&at, end, user->email);
    entry_text(&at, end, user->given_name);
    entry_text(&at, end, user->family_name);
    entry_text(&at, end, user->permissions);
    entry_number(&at, end, user_is_shown(user));
    entry_number(&at, end, session->groups->nelts);
    for (i = 0; i < session->groups->nelts; i++) {
        entry_text(&at, end, APR_ARRAY_IDX(session->groups, i, const char *));
    }
    return at ? (apr_size_t)(at - buf) : 0;
}

/* Moves on past one field, which stays where it is; a damaged entry makes *at NULL, and everything
 * after it fails. */
static const char *entry_read(const char **at, const char *end)
{
    const char *text = *at;
    apr_uint16_t length;
    apr_size_t len;

    *at = NULL;
    if (!text || end - text < LENGTH_BYTES) {
        return NULL;
    }
    memcpy(&length, text, LENGTH_BYTES);
    len = ntohs(length);
    text += LENGTH_BYTES;
    if (len == ABSENT) {
        *at = text;
        return NULL;
    }
    if (len >= (apr_size_t)(end - text) || text[len] != '\0') {
        return NULL;
    }
    *at = text + len + 1;
    return text;
}

/* Times and counts: none is negative. */
static apr_int64_t entry_read_number(const char **at, const char *end)
{
    const char *from = *at;
    apr_uint32_t halves[2];
    apr_uint64_t number;

    *at = NULL;
    if (!from || end - from < NUMBER_BYTES) {
        return 0;
    }
    memcpy(halves, from, NUMBER_BYTES);
    number = (apr_uint64_t)ntohl(halves[0]) << 32 | ntohl(halves[1]);
    if (number > APR_INT64_MAX / 2) {
        return 0;
    }
    *at = from + NUMBER_BYTES;
    return (apr_int64_t)number;
}

int jit_entry_is_fresh(apr_time_t written, apr_time_t now, apr_interval_time_t ttl)
{
    return written <= now + ENTRY_AHEAD && written + ttl > now;
}

/* Ours, of this very session, and written within the time for which this server believes one,
 * whatever another node that shares the cache makes of it. */
static int entry_is_good(apr_time_t *written, const char **at, const char *end,
                         const jit_entry_expect_t *expect)
{
    const char *format = entry_read(at, end), *hash, *company_id;

    *written = entry_read_number(at, end);
    hash = entry_read(at, end);
    company_id = entry_read(at, end);
    return format && !strcmp(format, ENTRY_FORMAT) && hash && !strcmp(hash, expect->hash) &&
           company_id && !strcmp(company_id, expect->company_id) &&
           (!expect->ttl || jit_entry_is_fresh(*written, expect->now, expect->ttl));
}

static const apr_array_header_t *entry_read_groups(const char **at, const char *end,
                                                   apr_pool_t *pool)
{
    apr_int64_t count = entry_read_number(at, end), i;
    apr_array_header_t *groups = apr_array_make(pool, 4, sizeof(const char *));

    for (i = 0; *at && i < count && i < ENTRY_MAX_GROUPS; i++) {
        const char *group = entry_read(at, end);

        if (!group) {
            *at = NULL;
            break;
        }
        APR_ARRAY_PUSH(groups, const char *) = group;
    }
    return groups;
}

braze_session_t *jit_entry_read(apr_time_t *written, const unsigned char *entry, apr_size_t len,
                                const jit_entry_expect_t *expect, apr_pool_t *pool)
{
    const char *at = apr_pmemdup(pool, entry, len), *end = at + len;
    braze_session_t *session = apr_pcalloc(pool, sizeof(*session));
    braze_user_t *user = apr_pcalloc(pool, sizeof(*user));

    if (!entry_is_good(written, &at, end, expect)) {
        return NULL;
    }
    session->company_id = user->company_id = expect->company_id;
    session->user = user;
    session->created_at = entry_read_number(&at, end);
    session->expires_at = entry_read_number(&at, end);
    session->last_seen_at = entry_read_number(&at, end);
    session->company_version = entry_read_number(&at, end);
    session->user_id = user->id = entry_read(&at, end);
    user->user_name = entry_read(&at, end);
    user->email = entry_read(&at, end);
    user->given_name = entry_read(&at, end);
    user->family_name = entry_read(&at, end);
    user->permissions = entry_read(&at, end);
    user->active = 1;
    session->is_shown = entry_read_number(&at, end) == 1;
    session->groups = entry_read_groups(&at, end, pool);
    return at == end && session->user_id && user->user_name && user->permissions ? session : NULL;
}
