/* SPDX-License-Identifier: Apache-2.0 */
/* What resources are sorted by (RFC 7644 section 3.4.2.3). */
#include <string.h>

#include <apr_strings.h>

#include "braze_time.h"
#include "search_int.h"

#define KEY_BYTES 512 /* that count; resources alike so far are in the order of their ids */

int braze_sort_resolve(braze_attr_path_t *path, const char *name, const braze_resource_type_t *type)
{
    const braze_attr_t *value;

    if (!braze_path_resolve(path, name, strlen(name), type) || !path->def ||
        path->def->returned == NEVER) {
        return 0;
    }
    if (path->def->type != ATTR_COMPLEX) {
        return 1;
    }
    value = path->sub ? NULL : braze_attr_find(path->def->subs, "value", 5);
    if (value) {
        path->sub = value->name;
        path->def = value;
    }
    return value != NULL;
}

/* Of many values the primary one, else the first. */
static const braze_json_t *single(const braze_json_t *value)
{
    int i;

    if (!value || value->type != BRAZE_JSON_ARRAY) {
        return value;
    }
    for (i = 0; i < braze_json_size(value); i++) {
        const braze_json_t *primary = braze_json_get(braze_json_item(value, i), "primary");

        if (primary && primary->type == BRAZE_JSON_TRUE) {
            return braze_json_item(value, i);
        }
    }
    return braze_json_size(value) ? braze_json_item(value, 0) : NULL;
}

/* Between two characters. */
static const char *cut(const char *key, apr_pool_t *pool)
{
    apr_size_t len = strlen(key);

    if (len > KEY_BYTES) {
        len = KEY_BYTES;
        while (len > 0 && ((unsigned char)key[len] & 0xc0) == 0x80) {
            len--;
        }
    }
    return apr_pstrmemdup(pool, key, len);
}

static const char *text_key(const char *text, const braze_attr_t *attr, apr_pool_t *pool)
{
    apr_time_t time;
    const char *key;

    if (!*text) {
        return NULL;
    }
    if (attr->type == ATTR_DATETIME && braze_time_parse(&time, text)) {
        return apr_psprintf(pool, "%020" APR_INT64_T_FMT, time);
    }
    key = attr->flags & ATTR_CASE_EXACT ? text : braze_compare_key(text, pool);
    return cut(key, pool);
}

const char *braze_sort_key(const braze_json_t *resource, const braze_attr_path_t *path,
                           apr_pool_t *pool)
{
    const braze_json_t *value = path->schema ? braze_json_get(resource, path->schema) : resource;

    value = single(braze_json_get(value, path->attr));
    if (value && path->sub) {
        value = single(braze_json_get(value, path->sub));
    }
    if (!value) {
        return NULL;
    }
    switch (value->type) {
    case BRAZE_JSON_STRING:
        return text_key(value->u.string, path->def, pool);
    case BRAZE_JSON_TRUE:
        return "1";
    case BRAZE_JSON_FALSE:
        return "0";
    case BRAZE_JSON_INT: /* no attribute is a number below 0 */
        return apr_psprintf(pool, "%020" APR_INT64_T_FMT, value->u.integer);
    default:
        return NULL;
    }
}
