/* SPDX-License-Identifier: Apache-2.0 */
/* Which operators and values go with which type of attribute (RFC 7644 table 3). */
#include <string.h>

#include "braze_time.h"
#include "filter_int.h"

static int is_order(braze_filter_op_t op)
{
    return op >= BRAZE_FILTER_GT;
}

static int is_part(braze_filter_op_t op)
{
    return op == BRAZE_FILTER_CO || op == BRAZE_FILTER_SW || op == BRAZE_FILTER_EW;
}

static int op_fits(attr_type_t type, braze_filter_op_t op)
{
    switch (type) {
    case ATTR_BOOLEAN:
        return !is_order(op) && !is_part(op);
    case ATTR_BINARY:
        return !is_order(op) && !is_part(op);
    case ATTR_INTEGER:
    case ATTR_DECIMAL:
        return !is_part(op);
    default:
        return 1;
    }
}

static const char *value_wanted(attr_type_t type, braze_filter_op_t op, const braze_json_t *value)
{
    apr_time_t time;

    switch (type) {
    case ATTR_BOOLEAN:
        return value->type == BRAZE_JSON_TRUE || value->type == BRAZE_JSON_FALSE ? NULL
                                                                                 : "true or false";
    case ATTR_INTEGER:
    case ATTR_DECIMAL:
        return value->type == BRAZE_JSON_INT || value->type == BRAZE_JSON_REAL ? NULL : "a number";
    case ATTR_DATETIME:
        /* As text with co, sw, ew; as an instant otherwise. */
        return value->type == BRAZE_JSON_STRING &&
                       (is_part(op) || braze_time_parse(&time, value->u.string))
                   ? NULL
                   : "a date and time like \"2026-11-22T07:45:29Z\"";
    default:
        return value->type == BRAZE_JSON_STRING ? NULL : "a string in double quotes";
    }
}

/* A complex attribute compared as a whole means its "value" (RFC 7644 section 3.4.2.2 on
 * multi-valued ones). */
static int narrow(braze_attr_path_t *path)
{
    const braze_attr_t *value = braze_attr_find(path->def->subs, "value", 5);

    if (!value || path->sub) {
        return 0;
    }
    path->sub = value->name;
    path->def = value;
    return 1;
}

braze_err_t *braze_filter_check(braze_filter_t *node, const filter_parse_t *parse, int op_at,
                                int value_at)
{
    const char *wanted;

    if (node->path.def && node->path.def->returned == NEVER) {
        return braze_filter_fail(parse, TAG_TYPE, node->at, "this attribute cannot be asked about");
    }
    if (node->op == BRAZE_FILTER_PR) {
        return NULL;
    }
    if (!node->path.def || (node->path.def->type == ATTR_COMPLEX && !narrow(&node->path))) {
        return braze_filter_fail(parse, TAG_TYPE, node->at,
                                 "this attribute has parts; compare one of them");
    }
    if (node->value->type == BRAZE_JSON_NULL) {
        return node->op == BRAZE_FILTER_EQ || node->op == BRAZE_FILTER_NE
                   ? NULL
                   : braze_filter_fail(parse, TAG_TYPE, value_at, "null goes with eq and ne only");
    }
    if (!op_fits(node->path.def->type, node->op)) {
        return braze_filter_fail(parse, TAG_TYPE, op_at,
                                 "this operator does not go with the attribute");
    }
    wanted = value_wanted(node->path.def->type, node->op, node->value);
    return wanted ? braze_filter_fail(
                        parse, TAG_TYPE, value_at,
                        apr_psprintf(parse->pool, "this attribute is compared with %s", wanted))
                  : NULL;
}
