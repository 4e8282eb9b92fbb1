/* SPDX-License-Identifier: Apache-2.0 */
/* A SCIM filter of hostile bytes: refused with a position, or a tree in which every name is the
 * table's. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "braze_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const braze_filter_t *filter;
    apr_pool_t *pool;
    braze_err_t *err;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    err = braze_filter_parse(&filter, (const char *)data, size, braze_resource_type_at("/Users"),
                             pool);
    must((err == NULL) == (filter != NULL));
    if (err) {
        must(err->status == 400 && strncmp(err->where, "filter:", 7) == 0);
    } else {
        must(check(filter) <= BRAZE_FILTER_MAX_NODES);
    }
    apr_pool_destroy(pool);
    return 0;
}
