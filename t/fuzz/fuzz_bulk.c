/* SPDX-License-Identifier: Apache-2.0 */
/* A BulkRequest of hostile bytes: refused, or operations whose references are to one another; each
 * is then split and resolved as if all the others had made something. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "src/scim/bulk_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
    if (!truth) {
        abort();
    }
}

static void check(const bulk_t *bulk)
{
    int i, j;

    must(bulk->count >= 0 && bulk->count <= 100 && bulk->fail_on_errors >= 0);
    for (i = 0; i < bulk->count; i++) {
        const bulk_op_t *op = &bulk->ops[i];

        must(op->refused || (op->method && op->path));
        for (j = 0; op->refs && j < op->refs->nelts; j++) {
            int ref = APR_ARRAY_IDX(op->refs, j, int);

            must(ref >= 0 && ref < bulk->count && bulk->ops[ref].creates);
        }
    }
}

static void resolve(bulk_t *bulk)
{
    int i;

    for (i = 0; i < bulk->count; i++) {
        if (!bulk->ops[i].refused && bulk->ops[i].data && bulk->ops[i].creates) {
            braze_bulk_split(bulk, &bulk->ops[i]);
        }
    }
    for (i = 0; i < bulk->count; i++) {
        bulk->ops[i].id = "0660d98a-eec72b06-e7ad7f3f-e60118af";
    }
    for (i = 0; i < bulk->count; i++) {
        if (bulk->ops[i].data) {
            braze_bulk_resolve(bulk, bulk->ops[i].data);
        }
        if (bulk->ops[i].rest) {
            braze_bulk_resolve(bulk, bulk->ops[i].rest);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const braze_token_t token = {.id = "t", .profile = BRAZE_PROFILE_STRICT};
    const braze_scim_request_t request = {
        .method = "POST", .token = &token, .limits = {1048576, 200, 100}};
    scim_call_t call = {.request = &request};
    bulk_t bulk = {.call = &call};
    braze_json_t *body;

    apr_initialize();
    apr_pool_create(&call.pool, NULL);
    if (braze_json_parse(&body, (const char *)data, size, call.pool) == NULL &&
        braze_bulk_read(&bulk, body) == NULL) {
        braze_bulk_find_refs(&bulk);
        check(&bulk);
        resolve(&bulk);
    }
    apr_pool_destroy(call.pool);
    return 0;
}
