/* SPDX-License-Identifier: Apache-2.0 */
/* A request's body of hostile bytes: JSON, then a user by the attribute table and Braze's
 * permissions. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "src/scim/scim_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
    if (!truth) {
        abort();
    }
}

/* What is written reads back as what it was. */
static void round_trip(const braze_json_t *value, apr_pool_t *pool)
{
    const char *text = braze_json_text(value, pool);
    braze_json_t *again;

    must(braze_json_parse(&again, text, strlen(text), pool) == NULL);
    must(braze_json_equal(value, again));
}

static const braze_catalog_t *catalog(apr_pool_t *pool)
{
    static const braze_item_t items[] = {{BRAZE_ITEM_WORKSPACE, "w", "Test Workspace", NULL, NULL},
                                         {BRAZE_ITEM_TEAM, "t", "Test Team", "w", NULL},
                                         {BRAZE_ITEM_PERMISSION_SET, "s", "Test Set", NULL, NULL},
                                         {BRAZE_ITEM_ROLE, "r", "Test Role", NULL, NULL}};
    apr_array_header_t *list = apr_array_make(pool, 4, sizeof(braze_item_t));
    braze_catalog_t *made = apr_pcalloc(pool, sizeof(*made));
    size_t i;

    for (i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        APR_ARRAY_PUSH(list, braze_item_t) = items[i];
    }
    made->items = list;
    return made;
}

/* Canonical permissions are read back by what computes grants, and can be shown. */
static void try_permissions(const braze_json_t *permissions, apr_pool_t *pool)
{
    const braze_catalog_t *names = catalog(pool);
    braze_buf_t *buf = braze_buf_new(64, pool);
    braze_json_t *canonical, *shown, *again;
    braze_grants_t *grants;
    const char *text;

    if (braze_permissions_read(&canonical, permissions, names, pool)) {
        return;
    }
    text = braze_json_text(canonical, pool);
    must(braze_grants_compute(&grants, text, names, pool) == NULL);
    braze_permissions_put(buf, text, names, pool);
    must(braze_json_parse(&shown, buf->data, buf->len, pool) == NULL);
    /* What is shown can be sent back, and means the same. */
    must(braze_permissions_read(&again, shown, names, pool) == NULL);
    must(strcmp(braze_json_text(again, pool), text) == 0);
}

/* The same of the flat list: what is shown of it is read back as it was. */
static void try_values(const braze_json_t *values, apr_pool_t *pool)
{
    const braze_catalog_t *names = catalog(pool);
    braze_buf_t *buf = braze_buf_new(64, pool);
    braze_json_t *canonical, *shown, *again;
    const char *text;

    if (braze_permission_values_read(&canonical, values, names, pool)) {
        return;
    }
    text = braze_json_text(canonical, pool);
    if (!braze_permission_values_put(buf, text, names, 1)) {
        must(strcmp(text, "{}") == 0);
        return;
    }
    must(braze_json_parse(&shown, buf->data, buf->len, pool) == NULL);
    must(braze_permission_values_read(&again, shown, names, pool) == NULL);
    must(strcmp(braze_json_text(again, pool), text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const braze_token_t token = {.profile = BRAZE_PROFILE_ENTRA};
    const braze_scim_request_t request = {.token = &token};
    scim_call_t call = {.request = &request};
    scim_user_input_t input;
    braze_json_t *body;
    apr_pool_t *pool;
    int lenient;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    call.pool = pool;
    if (braze_json_parse(&body, (const char *)data, size, pool) == NULL) {
        round_trip(body, pool);
        for (lenient = 0; lenient < 2; lenient++) {
            if (braze_user_input_read(&input, body, lenient ? &call : NULL, pool) == NULL) {
                round_trip(input.resource, pool);
                if (input.permissions) {
                    try_values(input.permissions, pool);
                }
            }
        }
        try_permissions(body, pool);
        try_values(body, pool);
    }
    apr_pool_destroy(pool);
    return 0;
}
