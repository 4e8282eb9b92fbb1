/* SPDX-License-Identifier: Apache-2.0 */
/* A SCIM filter of hostile bytes: refused with a position, or a tree in which every name is the
 * table's, that a resource satisfies or does not: never both it and its negation. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "braze_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char user_text[] =
    "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"id\":\"1\",\"active\":true,"
    "\"userName\":\"Ada@example.com\",\"name\":{\"givenName\":\"Ada\",\"familyName\":\"L\"},"
    "\"emails\":[{\"value\":\"w@example.com\",\"type\":\"work\",\"primary\":true},"
    "{\"value\":\"h@example.com\",\"type\":\"home\"}],"
    "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{\"department\":\"d\"},"
    "\"meta\":{\"resourceType\":\"User\",\"created\":\"2024-02-29T23:59:59.999+01:00\"}}";

static const char group_text[] =
    "{\"displayName\":\"G\",\"members\":[{\"value\":\"1\",\"type\":\"User\"}]}";

static void must(int truth)
{
    if (!truth) {
        abort();
    }
}

static int check(const braze_filter_t *filter)
{
    switch (filter->op) {
    case BRAZE_FILTER_AND:
    case BRAZE_FILTER_OR:
        must(filter->left && filter->right);
        return 1 + check(filter->left) + check(filter->right);
    case BRAZE_FILTER_ITEM:
        must(filter->path.def != NULL);
        /* fall through */
    case BRAZE_FILTER_NOT:
        must(filter->left != NULL);
        return 1 + check(filter->left);
    case BRAZE_FILTER_PR:
        must(filter->path.attr || filter->path.schema);
        return 1;
    default:
        must(filter->path.def && filter->path.attr && filter->value);
        return 1;
    }
}

static void match(const braze_filter_t *filter, const char *text, apr_pool_t *pool)
{
    const braze_filter_t negation = {.op = BRAZE_FILTER_NOT, .left = filter};
    braze_json_t *resource;

    must(braze_json_parse(&resource, text, strlen(text), pool) == NULL);
    must(!braze_filter_match(filter, resource, pool) ==
         !!braze_filter_match(&negation, resource, pool));
}

static void try_type(const char *endpoint, const char *text, const char *resource, size_t size,
                     apr_pool_t *pool)
{
    const braze_filter_t *filter;
    braze_err_t *err =
        braze_filter_parse(&filter, text, size, braze_resource_type_at(endpoint), pool);

    must((err == NULL) == (filter != NULL));
    if (err) {
        must(err->status == 400 && strncmp(err->where, "filter:", 7) == 0);
        return;
    }
    must(check(filter) <= BRAZE_FILTER_MAX_NODES);
    match(filter, resource, pool);
    match(filter, "{}", pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    try_type("/Users", (const char *)data, user_text, size, pool);
    try_type("/Groups", (const char *)data, group_text, size, pool);
    apr_pool_destroy(pool);
    return 0;
}
