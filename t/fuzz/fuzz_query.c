/* SPDX-License-Identifier: Apache-2.0 */
/* A query string of hostile bytes, and the same bytes as the body of POST /.search: refused, or
 * numbers within their limits and names that the resource type has. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "src/scim/scim_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
    if (!truth) {
        abort();
    }
}

static void check_paths(const apr_array_header_t *paths)
{
    int i;

    for (i = 0; paths && i < paths->nelts; i++) {
        const braze_attr_path_t *path = &APR_ARRAY_IDX(paths, i, braze_attr_path_t);

        must(path->attr ? path->def != NULL : path->schema != NULL);
    }
}

static void check(const braze_err_t *err, const scim_query_t *query)
{
    if (err) {
        must(err->status == 400 || err->status == 413 || err->status == 414 || err->status == 415);
        return;
    }
    must(query->start >= 1 && query->count >= 0 && query->count <= 200);
    must(!query->projection.only || !query->projection.without);
    check_paths(query->projection.only);
    check_paths(query->projection.without);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const endpoints[] = {"/Users", "/Groups", NULL};
    const braze_token_t token = {.id = "t", .profile = BRAZE_PROFILE_STRICT};
    braze_scim_request_t request = {.method = "GET", .token = &token};
    scim_call_t call = {.request = &request};
    scim_query_t query;
    int i;

    apr_initialize();
    apr_pool_create(&call.pool, NULL);
    request.query = apr_pstrmemdup(call.pool, (const char *)data, size);
    request.body = (const char *)data;
    request.body_len = size;
    for (i = 0; i < 3; i++) {
        const braze_resource_type_t *type =
            endpoints[i] ? braze_resource_type_at(endpoints[i]) : NULL;

        memset(&query, 0, sizeof(query));
        check(braze_query_read(&query, &request, type, call.pool), &query);
        memset(&query, 0, sizeof(query));
        check(braze_query_read_body(&query, &call, type), &query);
    }
    apr_pool_destroy(call.pool);
    return 0;
}
