/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cursors (RFC 9865): a place in an order, so that no node has to remember anything. A digest ties
 * it to its query and shows a changed one; it is no secret, since a place that somebody makes up
 * shows nothing that the same client could not ask for.
 *
 * base64url of "1", direction, source, time in seconds, id, sorted value, digest.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_base64.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "braze_key.h"
#include "search_int.h"

#define DIGEST 16 /* hex digits at the head */

static const char *digest_of(const char *payload, const char *context, apr_pool_t *pool)
{
    const char *all = apr_pstrcat(pool, context, "\n", payload, NULL);

    return apr_pstrmemdup(pool, braze_sha256_hex(all, strlen(all), pool), DIGEST);
}

static const char *encode(const char *text, apr_pool_t *pool)
{
    int len = (int)strlen(text);
    char *out = apr_palloc(pool, (apr_size_t)apr_base64_encode_len(len)), *c;

    apr_base64_encode(out, text, len);
    for (c = out; *c; c++) {
        if (*c == '+') {
            *c = '-';
        } else if (*c == '/') {
            *c = '_';
        } else if (*c == '=') {
            *c = '\0';
            break;
        }
    }
    return out;
}

/* NULL for what encode does not give. */
static const char *decode(const char *text, apr_pool_t *pool)
{
    apr_size_t len = strlen(text);
    char *standard = apr_pstrdup(pool, text), *out, *c;
    int out_len;

    if (len == 0 || len > CURSOR_MAX || len % 4 == 1) {
        return NULL;
    }
    for (c = standard; *c; c++) {
        *c = (char)(*c == '-' ? '+' : *c == '_' ? '/' : *c == '+' || *c == '/' ? '?' : *c);
    }
    out = apr_palloc(pool, len + 1);
    out_len = apr_base64_decode(out, standard);
    if (out_len < 0 || (apr_size_t)out_len > len) {
        return NULL;
    }
    out[out_len] = '\0';
    return strcmp(encode(out, pool), text) == 0 ? out : NULL;
}

const char *braze_cursor_write(const scim_cursor_t *cursor, const char *context, apr_pool_t *pool)
{
    const char *payload;

    if (cursor->key && strlen(cursor->key) > CURSOR_KEY_MAX) {
        return NULL;
    }
    payload = apr_psprintf(pool, "1%c %d %" APR_INT64_T_FMT " %s %c%s",
                           cursor->backward ? 'b' : 'f', cursor->source, apr_time_sec(cursor->made),
                           cursor->id, cursor->key ? '=' : '-', cursor->key ? cursor->key : "");
    return encode(apr_pstrcat(pool, digest_of(payload, context, pool), payload, NULL), pool);
}

/* A non-negative number and the space behind it; -1 when there is none. */
static apr_int64_t take_number(const char **text)
{
    char *end;
    apr_int64_t number;

    if (**text < '0' || **text > '9') {
        return -1;
    }
    number = apr_strtoi64(*text, &end, 10);
    if (*end != ' ') {
        return -1;
    }
    *text = end + 1;
    return number;
}

static int read_payload(scim_cursor_t *cursor, const char *text, apr_pool_t *pool)
{
    const char *space;
    apr_int64_t source, made;

    if (text[0] != '1' || (text[1] != 'f' && text[1] != 'b') || text[2] != ' ') {
        return 0;
    }
    cursor->backward = text[1] == 'b';
    text += 3;
    source = take_number(&text);
    made = take_number(&text);
    space = strchr(text, ' ');
    if (source < 0 || source > 100 || made < 0 || made > APR_INT64_MAX / APR_USEC_PER_SEC ||
        !space || (space[1] != '=' && space[1] != '-')) {
        return 0;
    }
    cursor->source = (int)source;
    cursor->made = apr_time_from_sec(made);
    cursor->id = apr_pstrmemdup(pool, text, (apr_size_t)(space - text));
    cursor->key = space[1] == '=' ? space + 2 : NULL;
    return (!*cursor->id || braze_id_is(cursor->id)) &&
           (!cursor->key || braze_key_is_utf8(cursor->key, strlen(cursor->key)));
}

braze_err_t *braze_cursor_read(scim_cursor_t *cursor, const char *text, const char *context,
                               apr_time_t now, apr_pool_t *pool)
{
    const char *plain = decode(text, pool);

    memset(cursor, 0, sizeof(*cursor));
    if (!plain || strlen(plain) < DIGEST ||
        memcmp(plain, digest_of(plain + DIGEST, context, pool), DIGEST) != 0 ||
        !read_payload(cursor, plain + DIGEST, pool)) {
        return braze_err_new(400, "invalidCursor", "BRAZE-S0731",
                             "The cursor is none that this query gave; begin with an empty one.",
                             pool);
    }
    if (now - cursor->made > apr_time_from_sec(BRAZE_SCIM_CURSOR_TIMEOUT)) {
        return braze_err_new(400, "expiredCursor", "BRAZE-S0735",
                             "The cursor has expired; begin again with an empty one.", pool);
    }
    return NULL;
}
