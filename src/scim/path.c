/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute names to rows of the table (RFC 7644 section 3.10). */
#include <string.h>

#include "scim_int.h"

static const char *last_colon(const char *text, apr_size_t len)
{
    while (len > 0) {
        if (text[--len] == ':') {
            return text + len;
        }
    }
    return NULL;
}

/* "attr[.sub]" among the attributes of a schema or the common ones. */
static int resolve_names(braze_attr_path_t *path, const char *text, apr_size_t len,
                         const braze_attr_t *attrs, const braze_attr_t *common)
{
    const char *dot = memchr(text, '.', len);
    apr_size_t attr_len = dot ? (apr_size_t)(dot - text) : len;
    const braze_attr_t *def = braze_attr_find(attrs, text, attr_len);

    if (!def) {
        def = braze_attr_find(common, text, attr_len);
    }
    if (!def) {
        return 0;
    }
    path->attr = def->name;
    path->def = def;
    if (dot) {
        def = braze_attr_find(def->subs, dot + 1, len - attr_len - 1);
        if (!def) {
            return 0;
        }
        path->sub = def->name;
        path->def = def;
    }
    return 1;
}

int braze_path_resolve(braze_attr_path_t *path, const char *text, apr_size_t len,
                       const braze_resource_type_t *type)
{
    const scim_schema_t *schema = braze_schema_find(type, text, len);
    const char *colon;

    memset(path, 0, sizeof(*path));
    if (len > BRAZE_PATH_MAX) {
        return 0;
    }
    if (schema) { /* a URN alone means the whole extension; of the core schema it names nothing */
        path->schema = schema->urn;
        return schema != type->core;
    }
    colon = last_colon(text, len);
    if (!colon) {
        return resolve_names(path, text, len, type->core->attrs, braze_attrs_common);
    }
    /* The colon before the attribute: a version like 2.0 has dots, names have no colons. */
    schema = braze_schema_find(type, text, (apr_size_t)(colon - text));
    if (!schema) {
        return 0;
    }
    path->schema = schema == type->core ? NULL : schema->urn;
    colon++;
    return resolve_names(path, colon, len - (apr_size_t)(colon - text), schema->attrs,
                         schema == type->core ? braze_attrs_common : NULL);
}
