/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters against resources (RFC 7644 section 3.4.2.2). Null, an empty array and an empty text are
 * absence (RFC 7643 section 2.5, RFC 7644 on "pr"). Names of an attribute that the resource's type
 * does not have find nothing.
 */
#include <string.h>

#include "braze_key.h"
#include "braze_time.h"
#include "scim_int.h"

/* What one value must satisfy. */
typedef int test_t(const braze_json_t *value, const braze_filter_t *node, apr_pool_t *pool);

static int is_present(const braze_json_t *value, const braze_filter_t *node, apr_pool_t *pool)
{
    int i;

    switch (value->type) {
    case BRAZE_JSON_NULL:
        return 0;
    case BRAZE_JSON_STRING:
        return *value->u.string != '\0';
    case BRAZE_JSON_ARRAY:
        for (i = 0; i < braze_json_size(value); i++) {
            if (is_present(braze_json_item(value, i), node, pool)) {
                return 1;
            }
        }
        return 0;
    case BRAZE_JSON_OBJECT:
        for (i = 0; i < braze_json_size(value); i++) {
            if (is_present(braze_json_member(value, i)->value, node, pool)) {
                return 1;
            }
        }
        return 0;
    default:
        return 1;
    }
}

/* ---- one value against one condition ---- */

static int in_order(braze_filter_op_t op, int order)
{
    switch (op) {
    case BRAZE_FILTER_EQ:
        return order == 0;
    case BRAZE_FILTER_NE:
        return order != 0;
    case BRAZE_FILTER_GT:
        return order > 0;
    case BRAZE_FILTER_GE:
        return order >= 0;
    case BRAZE_FILTER_LT:
        return order < 0;
    case BRAZE_FILTER_LE:
        return order <= 0;
    default:
        return 0;
    }
}

static int is_part(braze_filter_op_t op)
{
    return op == BRAZE_FILTER_CO || op == BRAZE_FILTER_SW || op == BRAZE_FILTER_EW;
}

static int has_part(braze_filter_op_t op, const char *text, const char *part)
{
    apr_size_t len = strlen(text), part_len = strlen(part);

    if (part_len > len) {
        return 0;
    }
    switch (op) {
    case BRAZE_FILTER_SW:
        return memcmp(text, part, part_len) == 0;
    case BRAZE_FILTER_EW:
        return memcmp(text + len - part_len, part, part_len) == 0;
    default:
        return strstr(text, part) != NULL;
    }
}

const char *braze_compare_key(const char *text, apr_pool_t *pool)
{
    apr_size_t len = strlen(text);
    /* As the columns have it, control characters made spaces: SQL must come to the same answer. */
    const char *key = len > 0 && len <= BRAZE_NAME_MAX ? braze_name_key(text, pool) : NULL;

    return key && *key ? key : braze_key_fold_text(text, len, pool);
}

static int text_fits(const char *text, const braze_filter_t *node, apr_pool_t *pool)
{
    const char *wanted = node->value->u.string;

    if (is_part(node->op)) {
        if (!(node->path.def->flags & ATTR_CASE_EXACT)) {
            text = braze_key_fold_text(text, strlen(text), pool);
            wanted = braze_key_fold_text(wanted, strlen(wanted), pool);
        }
        return has_part(node->op, text, wanted);
    }
    if (!(node->path.def->flags & ATTR_CASE_EXACT)) {
        text = braze_compare_key(text, pool);
        wanted = braze_compare_key(wanted, pool);
    }
    return in_order(node->op, strcmp(text, wanted));
}

static int time_fits(const char *text, const braze_filter_t *node, apr_pool_t *pool)
{
    apr_time_t time, wanted;

    if (is_part(node->op) || !braze_time_parse(&time, text) ||
        !braze_time_parse(&wanted, node->value->u.string)) {
        return text_fits(text, node, pool);
    }
    return in_order(node->op, (time > wanted) - (time < wanted));
}

static int number_fits(const braze_json_t *value, const braze_filter_t *node)
{
    const braze_json_t *wanted = node->value;
    double a, b;

    if (value->type == BRAZE_JSON_INT && wanted->type == BRAZE_JSON_INT) {
        return in_order(node->op, (value->u.integer > wanted->u.integer) -
                                      (value->u.integer < wanted->u.integer));
    }
    a = value->type == BRAZE_JSON_INT ? (double)value->u.integer : value->u.real;
    b = wanted->type == BRAZE_JSON_INT ? (double)wanted->u.integer : wanted->u.real;
    return in_order(node->op, (a > b) - (a < b));
}

static int is_number(const braze_json_t *value)
{
    return value->type == BRAZE_JSON_INT || value->type == BRAZE_JSON_REAL;
}

static int is_truth(const braze_json_t *value)
{
    return value->type == BRAZE_JSON_TRUE || value->type == BRAZE_JSON_FALSE;
}

/* A value of another type than the one compared with is just another value. */
static int fits(const braze_json_t *value, const braze_filter_t *node, apr_pool_t *pool)
{
    if (value->type == BRAZE_JSON_STRING && node->value->type == BRAZE_JSON_STRING) {
        return node->path.def->type == ATTR_DATETIME ? time_fits(value->u.string, node, pool)
                                                     : text_fits(value->u.string, node, pool);
    }
    if (is_number(value) && is_number(node->value)) {
        return number_fits(value, node);
    }
    if (is_truth(value) && is_truth(node->value)) {
        return in_order(node->op, value->type != node->value->type);
    }
    return node->op == BRAZE_FILTER_NE;
}

/* ---- all values of an attribute ---- */

/* Does some value behind these names (NULL-ended) satisfy the test? */
static int some(const braze_json_t *value, const char *const *names, test_t *test,
                const braze_filter_t *node, apr_pool_t *pool)
{
    int i;

    if (!value || value->type == BRAZE_JSON_NULL) {
        return 0;
    }
    if (value->type == BRAZE_JSON_ARRAY) {
        for (i = 0; i < braze_json_size(value); i++) {
            if (some(braze_json_item(value, i), names, test, node, pool)) {
                return 1;
            }
        }
        return 0;
    }
    return *names ? some(braze_json_get(value, *names), names + 1, test, node, pool)
                  : test(value, node, pool);
}

static int inner_fits(const braze_json_t *element, const braze_filter_t *node, apr_pool_t *pool)
{
    return braze_filter_match(node->left, element, pool);
}

static int attribute_fits(const braze_filter_t *node, const braze_json_t *resource,
                          apr_pool_t *pool)
{
    const char *names[4] = {NULL};
    int depth = 0, present;

    if (node->path.schema) {
        names[depth++] = node->path.schema;
    }
    if (node->path.attr) {
        names[depth++] = node->path.attr;
    }
    if (node->path.sub) {
        names[depth] = node->path.sub;
    }
    if (node->op == BRAZE_FILTER_ITEM) {
        return some(resource, names, inner_fits, node, pool);
    }
    if (node->op == BRAZE_FILTER_PR) {
        return some(resource, names, is_present, node, pool);
    }
    if (node->value->type == BRAZE_JSON_NULL) {
        present = some(resource, names, is_present, node, pool);
        return node->op == BRAZE_FILTER_NE ? present : !present;
    }
    if (some(resource, names, fits, node, pool)) {
        return 1;
    }
    return node->op == BRAZE_FILTER_NE && !some(resource, names, is_present, node, pool);
}

int braze_filter_match(const braze_filter_t *filter, const braze_json_t *resource, apr_pool_t *pool)
{
    switch (filter->op) {
    case BRAZE_FILTER_AND:
        return braze_filter_match(filter->left, resource, pool) &&
               braze_filter_match(filter->right, resource, pool);
    case BRAZE_FILTER_OR:
        return braze_filter_match(filter->left, resource, pool) ||
               braze_filter_match(filter->right, resource, pool);
    case BRAZE_FILTER_NOT:
        return !braze_filter_match(filter->left, resource, pool);
    default:
        return attribute_fits(filter, resource, pool);
    }
}
