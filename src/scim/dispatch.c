/* SPDX-License-Identifier: Apache-2.0 */
/* From method and path to a service. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "scim_int.h"

typedef enum { GET, POST, PUT, PATCH, DELETE, METHODS } method_t;

typedef struct {
    const char *endpoint;
    int with_id; /* "/{id}" follows */
    scim_handler_t *handlers[METHODS];
    const char *allow;
} route_t;

static const route_t rfc_routes[] = {
    {"/Users", 0, {[GET] = braze_users_list, [POST] = braze_users_create}, "GET, HEAD, POST"},
    {"/Users/.search", 0, {[POST] = braze_users_search}, "POST"},
    {"/Users",
     1,
     {[GET] = braze_users_get,
      [PUT] = braze_users_replace,
      [PATCH] = braze_users_patch,
      [DELETE] = braze_users_delete},
     "GET, HEAD, PUT, PATCH, DELETE"},
    {"/Groups", 0, {[GET] = braze_groups_list, [POST] = braze_groups_create}, "GET, HEAD, POST"},
    {"/Groups/.search", 0, {[POST] = braze_groups_search}, "POST"},
    {"/Groups",
     1,
     {[GET] = braze_groups_get,
      [PUT] = braze_groups_replace,
      [PATCH] = braze_groups_patch,
      [DELETE] = braze_groups_delete},
     "GET, HEAD, PUT, PATCH, DELETE"},
    {"/ServiceProviderConfig", 0, {[GET] = braze_discovery_provider}, "GET, HEAD"},
    {"/ResourceTypes", 0, {[GET] = braze_discovery_types}, "GET, HEAD"},
    {"/ResourceTypes", 1, {[GET] = braze_discovery_types}, "GET, HEAD"},
    {"/Schemas", 0, {[GET] = braze_discovery_schemas}, "GET, HEAD"},
    {"/Schemas", 1, {[GET] = braze_discovery_schemas}, "GET, HEAD"},
    {"/Me",
     0,
     {[GET] = braze_me_get,
      [POST] = braze_me_create,
      [PUT] = braze_me_replace,
      [PATCH] = braze_me_patch,
      [DELETE] = braze_me_delete},
     "GET, HEAD, POST, PUT, PATCH, DELETE"},
    {"/Bulk", 0, {[POST] = braze_bulk}, "POST"},
    {"/.search", 0, {[POST] = braze_root_search}, "POST"},
    {"", 0, {[GET] = braze_root_list}, "GET, HEAD"},
    {NULL, 0, {NULL}, NULL}};

static const route_t braze_routes[] = {
    {"/Users", 0, {[GET] = braze_dialect_list, [POST] = braze_dialect_create}, "GET, HEAD, POST"},
    {"/Users",
     1,
     {[GET] = braze_dialect_get, [PUT] = braze_dialect_replace, [DELETE] = braze_dialect_delete},
     "GET, HEAD, PUT, DELETE"},
    {NULL, 0, {NULL}, NULL}};

static int method_of(const char *name)
{
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    int i;

    for (i = 0; i < METHODS; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return strcmp(name, "HEAD") == 0 ? GET : METHODS;
}

/* "/Users/x" to "/Users" and "x" (NULL without one); a slash at the end does not count, and
 * ".search" is no id. 0 = deeper than that. */
static int split(const char **endpoint, const char **id, const char *path, apr_pool_t *pool)
{
    apr_size_t len = strlen(path);
    const char *slash;

    if (len && path[len - 1] == '/') {
        len--;
    }
    slash = len ? memchr(path + 1, '/', len - 1) : NULL;
    *id = slash ? apr_pstrmemdup(pool, slash + 1, len - (apr_size_t)(slash + 1 - path)) : NULL;
    if (*id && strcmp(*id, ".search") == 0) {
        *id = slash = NULL;
    }
    *endpoint = apr_pstrmemdup(pool, path, slash ? (apr_size_t)(slash - path) : len);
    return !*id || (**id && !strchr(*id, '/'));
}

static const route_t *find_route(const char **id, scim_call_t *call)
{
    const route_t *route = call->request->dialect == BRAZE_SCIM_RFC ? rfc_routes : braze_routes;
    const char *endpoint;

    if (!split(&endpoint, id, call->request->path, call->pool)) {
        return NULL;
    }
    for (; route->endpoint; route++) {
        if (!route->with_id == !*id && strcmp(route->endpoint, endpoint) == 0) {
            return route;
        }
    }
    return NULL;
}

static braze_err_t *handle(braze_scim_response_t **response, const char **allow, scim_call_t *call)
{
    const char *id;
    const route_t *route = find_route(&id, call);
    int method = method_of(call->request->method);

    if (!route) {
        return braze_err_newf(call->pool, 404, NULL, "BRAZE-S0601",
                              "There is nothing at \"%.200s\".", call->request->path);
    }
    if (method == METHODS || !route->handlers[method]) {
        *allow = route->allow;
        return braze_err_newf(call->pool, 405, NULL, "BRAZE-S0603",
                              "%.20s does not apply to \"%.200s\".", call->request->method,
                              call->request->path);
    }
    return route->handlers[method](response, call, id);
}

braze_scim_response_t *braze_scim_handle(const braze_err_t **err, braze_db_t *db,
                                         const braze_scim_request_t *request, apr_pool_t *pool)
{
    scim_call_t call = {.db = db, .request = request, .pool = pool};
    braze_scim_response_t *response = NULL;
    const char *allow = NULL;

    *err = handle(&response, &allow, &call);
    if (*err) {
        response = braze_scim_error(*err, request->dialect, pool);
        response->allow = allow;
        /* RFC 7694 section 3: what would be taken, with a 415 for that reason and no other. */
        response->accept_encoding = call.coded && (*err)->status == 415 ? "identity" : NULL;
    }
    response->bent = call.bent;
    response->bends = call.bends;
    return response;
}

const char *braze_scim_prefetch_id(const char *method, const char *path, apr_pool_t *pool)
{
    const char *endpoint, *id;

    switch (method_of(method)) {
    case GET:
    case PUT:
    case PATCH:
    case DELETE:
        break;
    default:
        return NULL;
    }
    if (!split(&endpoint, &id, path, pool) || !id || strcmp(endpoint, "/Users") != 0) {
        return NULL;
    }
    return braze_id_is(id) ? id : NULL;
}

const char *braze_scim_prefetch_name(const char *method, const char *path, const char *query,
                                     apr_pool_t *pool)
{
    const braze_resource_type_t *type = braze_resource_type_at("/Users");
    const char *endpoint, *id, *text = NULL, *key = NULL;
    const braze_filter_t *filter;

    if (!query || method_of(method) != GET || !split(&endpoint, &id, path, pool) || id ||
        strcmp(endpoint, "/Users") != 0) {
        return NULL;
    }
    /* Whatever is wrong with it is said when the call is answered. */
    if (braze_query_get(&text, query, "filter", pool) || !text ||
        braze_filter_parse(&filter, text, strlen(text), type, pool) ||
        !braze_filter_is_user_name(&key, filter, pool)) {
        return NULL;
    }
    return key;
}
