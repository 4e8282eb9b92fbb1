/* SPDX-License-Identifier: Apache-2.0 */
/* Queries (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865): the query string, or a SearchRequest.
 * Parameters that are not known are ignored. */
#include <errno.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "braze_key.h"
#include "scim_int.h"

#define COUNT_DEFAULT 100
#define COUNT_MAX_DEFAULT 200

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

/* Is this parameter ("name", "name=value") of that name? A name may be encoded too: one that is not
 * known is passed over, and a filter that is passed over would give everybody. */
static int is_named(const char *parameter, apr_size_t len, const char *name, apr_pool_t *pool)
{
    const char *equals = memchr(parameter, '=', len), *decoded;
    apr_size_t name_len = equals ? (apr_size_t)(equals - parameter) : len;

    if (!memchr(parameter, '%', name_len)) {
        return name_len == strlen(name) && memcmp(parameter, name, name_len) == 0;
    }
    decoded = decode(parameter, name_len, pool);
    return decoded && strcmp(decoded, name) == 0;
}

braze_err_t *braze_query_get(const char **value, const char *query, const char *name,
                             apr_pool_t *pool)
{
    *value = NULL;
    if (query && strlen(query) > BRAZE_SCIM_MAX_QUERY) {
        return refuse(name, "cannot be read: the query is too long", pool);
    }
    while (query && *query) {
        apr_size_t len = strcspn(query, "&");

        if (is_named(query, len, name, pool)) {
            const char *equals = memchr(query, '=', len);
            apr_size_t skip = equals ? (apr_size_t)(equals - query) + 1 : len;

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

/* ---- where parameters come from: a query string or a JSON object ---- */

typedef struct {
    const char *text;         /* the query string; NULL = body */
    const braze_json_t *body; /* of a SearchRequest */
    apr_pool_t *pool;
} source_t;

/* A member that is there; null is absence (RFC 7643 section 2.5). */
static const braze_json_t *member_of(const source_t *from, const char *name)
{
    const braze_json_t *value = braze_json_get(from->body, name);

    return value && value->type == BRAZE_JSON_NULL ? NULL : value;
}

static braze_err_t *get_text(const char **text, const source_t *from, const char *name)
{
    const braze_json_t *value;

    if (!from->body) {
        return braze_query_get(text, from->text, name, from->pool);
    }
    value = member_of(from, name);
    *text = value && value->type == BRAZE_JSON_STRING ? value->u.string : NULL;
    return value && !*text ? refuse(name, "must be a string", from->pool) : NULL;
}

static braze_err_t *get_integer(apr_int64_t *number, int *given, const source_t *from,
                                const char *name)
{
    const braze_json_t *value;
    const char *text;
    char *end;
    braze_err_t *err;

    if (from->body) {
        value = member_of(from, name);
        *given = value != NULL;
        if (value && value->type == BRAZE_JSON_INT) {
            *number = value->u.integer;
            return NULL;
        }
        return value ? refuse(name, "must be an integer", from->pool) : NULL;
    }
    err = braze_query_get(&text, from->text, name, from->pool);
    *given = text != NULL;
    if (err || !text) {
        return err;
    }
    errno = 0;
    *number = apr_strtoi64(text, &end, 10); /* out of range: the nearest */
    return end == text || *end ? refuse(name, "must be an integer", from->pool) : NULL;
}

static braze_err_t *add_name(apr_array_header_t *list, const char *what, const char *name,
                             apr_pool_t *pool)
{
    if (list->nelts >= QUERY_NAMES_MAX) {
        return refuse(what, "has too many names", pool);
    }
    APR_ARRAY_PUSH(list, const char *) = name;
    return NULL;
}

static braze_err_t *split_names(apr_array_header_t *list, const char *text, const char *what,
                                apr_pool_t *pool)
{
    braze_err_t *err = NULL;

    while (!err && *text) {
        apr_size_t len = strcspn(text, ", ");

        if (len) {
            err = add_name(list, what, apr_pstrmemdup(pool, text, len), pool);
        }
        text += len + strspn(text + len, ", ");
    }
    return err;
}

/* A list of attribute names, NULL when it is not there or empty. */
static braze_err_t *get_names(const apr_array_header_t **names, const source_t *from,
                              const char *what)
{
    apr_array_header_t *list = apr_array_make(from->pool, 8, sizeof(const char *));
    const braze_json_t *value = from->body ? member_of(from, what) : NULL;
    const char *text = NULL;
    braze_err_t *err = NULL;
    int i;

    if (value && value->type != BRAZE_JSON_ARRAY) {
        return refuse(what, "must be an array of strings", from->pool);
    }
    for (i = 0; !err && value && i < braze_json_size(value); i++) {
        const braze_json_t *item = braze_json_item(value, i);

        err = item->type == BRAZE_JSON_STRING
                  ? add_name(list, what, item->u.string, from->pool)
                  : refuse(what, "must be an array of strings", from->pool);
    }
    if (!from->body) {
        err = braze_query_get(&text, from->text, what, from->pool);
    }
    if (!err && text) {
        err = split_names(list, text, what, from->pool);
    }
    *names = list->nelts || (text && *text) ? list : NULL;
    return err;
}

/* ---- pages and order ---- */

int braze_query_max(const braze_scim_request_t *request)
{
    return request->limits.max_results > 0 ? request->limits.max_results : COUNT_MAX_DEFAULT;
}

int braze_query_default(const braze_scim_request_t *request)
{
    int max = braze_query_max(request);

    return COUNT_DEFAULT < max ? COUNT_DEFAULT : max;
}

/* RFC 9865 section 2: a page by cursor has at least one place, and no index. */
static braze_err_t *check_cursor(apr_int64_t count, int has_start, apr_pool_t *pool)
{
    if (has_start) {
        return refuse("startIndex", "does not go with cursor", pool);
    }
    return count >= 1 ? NULL
                      : braze_err_new(400, "invalidCount", "BRAZE-S0732",
                                      "With a cursor count must be at least 1.", pool);
}

static braze_err_t *read_page(scim_query_t *query, const source_t *from,
                              const braze_scim_request_t *request)
{
    apr_int64_t count = braze_query_default(request), max = braze_query_max(request);
    int has_start = 0, has_count;
    braze_err_t *err = get_text(&query->cursor, from, "cursor");

    query->start = 1;
    if (!err) {
        err = get_integer(&query->start, &has_start, from, "startIndex");
    }
    if (!err) {
        err = get_integer(&count, &has_count, from, "count");
    }
    if (!err && query->cursor) {
        err = check_cursor(count, has_start, from->pool);
    }
    query->start = query->start < 1 ? 1 : query->start;
    query->count = (int)(count < 0 ? 0 : count > max ? max : count);
    return err;
}

static braze_err_t *read_order(scim_query_t *query, const source_t *from)
{
    const char *order = NULL;
    braze_err_t *err = get_text(&query->sort_by, from, "sortBy");

    if (!err) {
        err = get_text(&order, from, "sortOrder");
    }
    if (query->sort_by && !*query->sort_by) {
        query->sort_by = NULL;
    }
    if (err || !order || apr_cstr_casecmp(order, "ascending") == 0) {
        return err;
    }
    query->descending = apr_cstr_casecmp(order, "descending") == 0;
    return query->descending ? NULL
                             : refuse("sortOrder", "must be ascending or descending", from->pool);
}

static braze_err_t *read_query(scim_query_t *query, const source_t *from,
                               const braze_scim_request_t *request)
{
    braze_err_t *err = get_text(&query->filter, from, "filter");

    if (!err) {
        err = read_page(query, from, request);
    }
    if (!err) {
        err = read_order(query, from);
    }
    if (!err) {
        err = get_names(&query->attributes, from, "attributes");
    }
    if (!err) {
        err = get_names(&query->excluded, from, "excludedAttributes");
    }
    if (!err && query->attributes && query->excluded) {
        return refuse("excludedAttributes", "does not go with attributes", from->pool);
    }
    return err;
}

/* ---- what callers see ---- */

/*
 * A name that nobody knows asks for nothing, so it is left out; but the list stays: it was asked
 * for nothing else.
 */
static const apr_array_header_t *resolve(const apr_array_header_t *names,
                                         const braze_resource_type_t *type, apr_pool_t *pool)
{
    apr_array_header_t *list;
    int i;

    if (!names) {
        return NULL;
    }
    list = apr_array_make(pool, names->nelts, sizeof(braze_attr_path_t));
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        braze_attr_path_t path;

        if (braze_path_resolve(&path, name, strlen(name), type)) {
            APR_ARRAY_PUSH(list, braze_attr_path_t) = path;
        }
    }
    return list;
}

void braze_query_project(projection_t *projection, const scim_query_t *query,
                         const braze_resource_type_t *type, apr_pool_t *pool)
{
    projection->only = resolve(query->attributes, type, pool);
    projection->without = resolve(query->excluded, type, pool);
}

braze_err_t *braze_query_read(scim_query_t *query, const braze_scim_request_t *request,
                              const braze_resource_type_t *type, apr_pool_t *pool)
{
    const source_t from = {request->query, NULL, pool};
    braze_err_t *err = NULL;

    memset(query, 0, sizeof(*query));
    if (!request->query || !*request->query) {
        query->start = 1;
        query->count = braze_query_default(request);
        return NULL;
    }
    err = read_query(query, &from, request);
    if (!err && type) {
        braze_query_project(&query->projection, query, type, pool);
    }
    return err;
}

static int has_schema(const braze_json_t *schemas, const char *urn)
{
    int i;

    for (i = 0; schemas && schemas->type == BRAZE_JSON_ARRAY && i < braze_json_size(schemas); i++) {
        const braze_json_t *item = braze_json_item(schemas, i);

        if (item->type == BRAZE_JSON_STRING && apr_cstr_casecmp(item->u.string, urn) == 0) {
            return 1;
        }
    }
    return 0;
}

braze_err_t *braze_query_read_body(scim_query_t *query, scim_call_t *call,
                                   const braze_resource_type_t *type)
{
    source_t from = {NULL, NULL, call->pool};
    braze_json_t *body;
    braze_err_t *err = braze_body_read(&body, call);

    memset(query, 0, sizeof(*query));
    if (err) {
        return err;
    }
    if (body->type != BRAZE_JSON_OBJECT ||
        !has_schema(braze_json_get(body, "schemas"), URN_SEARCH)) {
        return braze_err_new(400, "invalidSyntax", "BRAZE-S0733",
                             "The body must be an object whose schemas have " URN_SEARCH ".",
                             call->pool);
    }
    from.body = body;
    err = read_query(query, &from, call->request);
    if (!err && type) {
        braze_query_project(&query->projection, query, type, call->pool);
    }
    return err;
}
