/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the filter parser: filter_parse.c and filter_check.c. */
#ifndef BRAZE_FILTER_INT_H
#define BRAZE_FILTER_INT_H

#include <apr_strings.h>

#include "scim_int.h"

#define TAG_FILTER "BRAZE-S0701" /* syntax */
#define TAG_NAME "BRAZE-S0702"   /* no such attribute */
#define TAG_TYPE "BRAZE-S0703"   /* an operator or value that does not go with the type */
#define TAG_CAP "BRAZE-S0704"
#define TAG_PATH "BRAZE-S0705" /* anything about a path */

typedef struct {
    lexer_t lexer;
    token_t token; /* the one to be taken next */
    const braze_resource_type_t *type;
    int any_type;                /* names of other types are known too, and absent here */
    const braze_attr_t *element; /* inside brackets: the attribute before them */
    int depth, nodes;
    const char *code, *what; /* of errors */
    const char *syntax_tag, *name_tag;
    scim_call_t *call; /* whose profile may bend; NULL: strict */
    apr_pool_t *pool;
} filter_parse_t;

braze_err_t *braze_filter_fail(const filter_parse_t *parse, const char *tag, int at,
                               const char *what) BRAZE_MUST_CHECK;

/* Does the comparison go with the attribute's type? May narrow node->path to its "value"
 * sub-attribute. */
braze_err_t *braze_filter_check(braze_filter_t *node, const filter_parse_t *parse, int op_at,
                                int value_at) BRAZE_MUST_CHECK;

#endif
