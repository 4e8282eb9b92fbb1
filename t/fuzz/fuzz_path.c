/* SPDX-License-Identifier: Apache-2.0 */
/* An attribute path of hostile bytes, and the same bytes as a query string. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const braze_resource_type_t *type = braze_resource_type_at("/Users");
    braze_scim_request_t request = {.method = "GET"};
    scim_query_t query;
    braze_path_t path;
    apr_pool_t *pool;
    braze_err_t *err;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    err = braze_path_parse(&path, (const char *)data, size, type, pool);
    if (err) {
        must(err->status == 400 && strncmp(err->where, "path:", 5) == 0);
    } else {
        must(path.attr.attr ? path.attr.def != NULL : path.attr.schema != NULL);
    }
    request.query = apr_pstrmemdup(pool, (const char *)data, size);
    err = braze_query_read(&query, &request, type, pool);
    must(err ? err->status == 400 : query.start >= 1 && query.count >= 0 && query.count <= 200);
    apr_pool_destroy(pool);
    return 0;
}
