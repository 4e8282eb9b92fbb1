/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session as bytes that can be kept: fields in a fixed order, each "<length>:<text>" with a NUL
 * behind it, "-" for an absent one.
 */
#include "jit_int.h"

#include <apr_lib.h>
#include <apr_strings.h>

#define ENTRY_FORMAT "B3"
#define ENTRY_MAX_GROUPS 200
#define ENTRY_AHEAD apr_time_from_sec(1) /* that another node's clock may be */
#define LENGTH_MAX_DIGITS 5              /* of JIT_ENTRY_MAX, and one more */

static void entry_text(char **at, const char *end, const char *text)
{
    char head[24] = "-";
    apr_size_t len = 0, head_len;

    if (text) {
        len = strlen(text) + 1;
        apr_snprintf(head, sizeof(head), "%" APR_SIZE_T_FMT ":", len - 1);
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

apr_size_t jit_entry_write(unsigned char *buf, apr_size_t size, const braze_session_t *session,
                           const char *hash, apr_time_t now)
{
    const braze_user_t *user = session->user;
    char *at = (char *)buf;
    const char *end = at + size;
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
    entry_number(&at, end, session->groups->nelts);
    for (i = 0; i < session->groups->nelts; i++) {
        entry_text(&at, end, APR_ARRAY_IDX(session->groups, i, const char *));
    }
    return at ? (apr_size_t)(at - (char *)buf) : 0;
}

/* The digits before a colon; -1 when they are not that. */
static apr_ssize_t entry_length(const char **at, const char *end)
{
    apr_ssize_t len = 0;
    int digits = 0;

    for (; *at < end && apr_isdigit(**at) && digits < LENGTH_MAX_DIGITS; digits++) {
        len = 10 * len + *(*at)++ - '0';
    }
    return digits && *at < end && *(*at)++ == ':' ? len : -1;
}

/* Moves on past one field, which stays where it is; a damaged entry makes *at NULL, and everything
 * after it fails. */
static const char *entry_read(const char **at, const char *end)
{
    const char *text;
    apr_ssize_t len;

    if (!*at || *at >= end || **at == '-') {
        *at = *at && *at < end ? *at + 1 : NULL;
        return NULL;
    }
    len = entry_length(at, end);
    text = *at;
    if (len < 0 || len >= end - text || text[len] != '\0') {
        *at = NULL;
        return NULL;
    }
    *at = text + len + 1;
    return text;
}

static apr_int64_t entry_read_number(const char **at, const char *end)
{
    const char *text = entry_read(at, end);
    apr_int64_t number = 0;

    for (; text && apr_isdigit(*text) && number < APR_INT64_MAX / 100; text++) {
        number = 10 * number + *text - '0';
    }
    return number; /* times and counts: none is negative */
}

/* Ours, of this very session, and written within the time for which this server believes one,
 * whatever another node that shares the cache makes of it. */
static int entry_is_good(const char **at, const char *end, const jit_entry_expect_t *expect)
{
    const char *format = entry_read(at, end), *hash, *company_id;
    apr_time_t written = entry_read_number(at, end);

    hash = entry_read(at, end);
    company_id = entry_read(at, end);
    return format && !strcmp(format, ENTRY_FORMAT) && hash && !strcmp(hash, expect->hash) &&
           company_id && !strcmp(company_id, expect->company_id) &&
           (!expect->ttl ||
            (written <= expect->now + ENTRY_AHEAD && written + expect->ttl > expect->now));
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

braze_session_t *jit_entry_read(const unsigned char *entry, apr_size_t len,
                                const jit_entry_expect_t *expect, apr_pool_t *pool)
{
    const char *at = apr_pmemdup(pool, entry, len), *end = at + len;
    braze_session_t *session = apr_pcalloc(pool, sizeof(*session));
    braze_user_t *user = apr_pcalloc(pool, sizeof(*user));

    if (!entry_is_good(&at, end, expect)) {
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
    session->groups = entry_read_groups(&at, end, pool);
    return at == end && session->user_id && user->user_name && user->permissions ? session : NULL;
}
