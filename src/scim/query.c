/* SPDX-License-Identifier: Apache-2.0 */
/* The query string (RFC 7644 section 3.4.2). Parameters that are not known are ignored. */
#include <errno.h>
#include <string.h>

#include <apr_strings.h>

#include "braze_key.h"
#include "scim_int.h"

#define COUNT_DEFAULT 100
#define COUNT_MAX_DEFAULT 200
#define PATHS_MAX 200 /* names in attributes or excludedAttributes */

static int hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Form encoding to text; NULL for a broken escape, U+0000 or what is not UTF-8. */
static const char *decode(const char *text, apr_size_t len, apr_pool_t *pool)
{
    char *decoded = apr_palloc(pool, len + 1), *to = decoded;
    apr_size_t i;

    for (i = 0; i < len; i++) {
        if (text[i] == '+') {
            *to++ = ' ';
        } else if (text[i] != '%') {
            *to++ = text[i];
        } else {
            int high = i + 2 < len ? hex(text[i + 1]) : -1;
            int low = high >= 0 ? hex(text[i + 2]) : -1;

            if (low < 0 || (high == 0 && low == 0)) {
                return NULL;
            }
            *to++ = (char)(high * 16 + low);
            i += 2;
        }
    }
    *to = '\0';
    return braze_key_is_utf8(decoded, (apr_size_t)(to - decoded)) ? decoded : NULL;
}

static braze_err_t *refuse(const char *name, const char *what, apr_pool_t *pool)
{
    braze_err_t *err =
        braze_err_newf(pool, 400, strcmp(name, "filter") == 0 ? "invalidFilter" : "invalidValue",
                       "BRAZE-S0730", "The query parameter %s %s.", name, what);

    err->where = name;
    return err;
}

braze_err_t *braze_query_get(const char **value, const char *query, const char *name,
                             apr_pool_t *pool)
{
    apr_size_t name_len = strlen(name);

    *value = NULL;
    if (query && strlen(query) > BRAZE_SCIM_MAX_QUERY) {
        return refuse(name, "cannot be read: the query is too long", pool);
    }
    while (query && *query) {
        apr_size_t len = strcspn(query, "&");

        if (len >= name_len && strncmp(query, name, name_len) == 0 &&
            (len == name_len || query[name_len] == '=')) {
            apr_size_t skip = len == name_len ? len : name_len + 1;

            if (*value) {
                return refuse(name, "stands twice", pool);
            }
            *value = decode(query + skip, len - skip, pool);
            if (!*value) {
                return refuse(name, "is not properly encoded", pool);
            }
        }
        query += len + (query[len] == '&');
    }
    return NULL;
}

static braze_err_t *get_integer(apr_int64_t *number, const char *query, const char *name,
                                apr_int64_t absent, apr_pool_t *pool)
{
    const char *text;
    char *end;
    braze_err_t *err = braze_query_get(&text, query, name, pool);

    *number = absent;
    if (err || !text) {
        return err;
    }
    errno = 0;
    *number = apr_strtoi64(text, &end, 10); /* out of range: the nearest */
    return end == text || *end ? refuse(name, "must be an integer", pool) : NULL;
}

/*
 * A list of attribute names. One that nobody knows asks for nothing, so it is left out; but the
 * list stays: it was asked for nothing else.
 */
static braze_err_t *get_paths(const apr_array_header_t **paths, const char *query, const char *name,
                              const braze_resource_type_t *type, apr_pool_t *pool)
{
    apr_array_header_t *list;
    const char *text;
    braze_err_t *err = braze_query_get(&text, query, name, pool);

    *paths = NULL;
    if (err || !text || !*text) {
        return err;
    }
    list = apr_array_make(pool, 8, sizeof(braze_attr_path_t));
    while (*text) {
        apr_size_t len = strcspn(text, ", ");
        braze_attr_path_t path;

        if (len && braze_path_resolve(&path, text, len, type)) {
            if (list->nelts >= PATHS_MAX) {
                return refuse(name, "has too many names", pool);
            }
            APR_ARRAY_PUSH(list, braze_attr_path_t) = path;
        }
        text += len + strspn(text + len, ", ");
    }
    *paths = list;
    return NULL;
}

int braze_query_max(const braze_scim_request_t *request)
{
    return request->limits.max_results > 0 ? request->limits.max_results : COUNT_MAX_DEFAULT;
}

int braze_query_default(const braze_scim_request_t *request)
{
    int max = braze_query_max(request);

    return COUNT_DEFAULT < max ? COUNT_DEFAULT : max;
}

static braze_err_t *read_page(scim_query_t *query, const braze_scim_request_t *request,
                              apr_pool_t *pool)
{
    int max = braze_query_max(request);
    const char *cursor;
    apr_int64_t count;
    braze_err_t *err = braze_query_get(&cursor, request->query, "cursor", pool);

    if (!err && cursor) {
        /* To ignore it would pass a first page off as everything (RFC 9865). */
        return braze_err_new(400, "invalidCursor", "BRAZE-S0731",
                             "Paging by cursor is not supported; use startIndex and count.", pool);
    }
    if (!err) {
        err = get_integer(&query->start, request->query, "startIndex", 1, pool);
    }
    if (!err) {
        err = get_integer(&count, request->query, "count", braze_query_default(request), pool);
    }
    if (err) {
        return err;
    }
    query->start = query->start < 1 ? 1 : query->start;
    query->count = count < 0 ? 0 : count > max ? max : (int)count;
    return NULL;
}

braze_err_t *braze_query_read(scim_query_t *query, const braze_scim_request_t *request,
                              const braze_resource_type_t *type, apr_pool_t *pool)
{
    braze_err_t *err;

    memset(query, 0, sizeof(*query));
    if (!request->query || !*request->query) {
        query->start = 1;
        query->count = braze_query_default(request);
        return NULL;
    }
    err = braze_query_get(&query->filter, request->query, "filter", pool);
    if (!err) {
        err = read_page(query, request, pool);
    }
    if (!err) {
        err = get_paths(&query->projection.only, request->query, "attributes", type, pool);
    }
    if (!err) {
        err =
            get_paths(&query->projection.without, request->query, "excludedAttributes", type, pool);
    }
    if (!err && query->projection.only && query->projection.without) {
        return refuse("excludedAttributes", "does not go with attributes", pool);
    }
    return err;
}
