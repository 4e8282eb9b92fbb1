/* SPDX-License-Identifier: Apache-2.0 */
/* attributes and excludedAttributes (RFC 7644 section 3.9). */
#include <string.h>

#include "scim_int.h"

/* One attribute of a resource, as the walk meets it. */
typedef struct {
    const char *schema; /* as braze_attr_path_t.schema */
    const braze_attr_t *attr, *sub;
} place_t;

static int same_schema(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Is the place, or something that contains it, in the list? */
static int is_listed(const apr_array_header_t *list, const place_t *place)
{
    int i;

    for (i = 0; list && i < list->nelts; i++) {
        const braze_attr_path_t *path = &APR_ARRAY_IDX(list, i, braze_attr_path_t);

        if (same_schema(path->schema, place->schema) &&
            (!path->attr ||
             (strcmp(path->attr, place->attr->name) == 0 &&
              (!path->sub || (place->sub && strcmp(path->sub, place->sub->name) == 0))))) {
            return 1;
        }
    }
    return 0;
}

/* Is something inside the place in the list? */
static int has_listed_sub(const apr_array_header_t *list, const place_t *place)
{
    int i;

    for (i = 0; list && i < list->nelts; i++) {
        const braze_attr_path_t *path = &APR_ARRAY_IDX(list, i, braze_attr_path_t);

        if (path->sub && same_schema(path->schema, place->schema) &&
            strcmp(path->attr, place->attr->name) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_kept(const projection_t *projection, const place_t *place)
{
    const braze_attr_t *def = place->sub ? place->sub : place->attr;

    if (def->returned == ALWAYS || def->returned == NEVER) {
        return def->returned == ALWAYS;
    }
    if (def->returned == ON_REQUEST && !projection->only) {
        return 0;
    }
    return projection->only ? is_listed(projection->only, place)
                            : !is_listed(projection->without, place);
}

static braze_json_t *keep_subs(const braze_json_t *value, const projection_t *projection,
                               const place_t *place, apr_pool_t *pool)
{
    braze_json_t *kept;
    int i;

    if (value->type == BRAZE_JSON_ARRAY) {
        kept = braze_json_array(pool);
        for (i = 0; i < braze_json_size(value); i++) {
            braze_json_append(kept, keep_subs(braze_json_item(value, i), projection, place, pool));
        }
        return braze_json_size(kept) ? kept : NULL;
    }
    kept = braze_json_object(pool);
    for (i = 0; i < braze_json_size(value); i++) {
        const braze_json_member_t *member = braze_json_member(value, i);
        place_t inner = *place;

        inner.sub = braze_attr_find(place->attr->subs, member->name, strlen(member->name));
        if (inner.sub && is_kept(projection, &inner)) {
            braze_json_set(kept, member->name, member->value);
        }
    }
    return braze_json_size(kept) ? kept : NULL;
}

/* Has the attribute parts that are not shown unasked? */
static int has_hidden_sub(const braze_attr_t *attr)
{
    const braze_attr_t *sub;

    for (sub = attr->subs; sub && sub->name; sub++) {
        if (sub->returned == ON_REQUEST) {
            return 1;
        }
    }
    return 0;
}

/* Who names an attribute, or its schema, asks for what is inside it too. */
static braze_json_t *keep_attr(braze_json_t *value, const projection_t *projection,
                               const place_t *place, apr_pool_t *pool)
{
    int inside = has_listed_sub(projection->only ? projection->only : projection->without, place) ||
                 (!projection->only && has_hidden_sub(place->attr));

    if (inside && (projection->only ? !is_kept(projection, place) : is_kept(projection, place))) {
        return keep_subs(value, projection, place, pool);
    }
    return is_kept(projection, place) ? value : NULL;
}

static const scim_schema_t *extension_of(const braze_resource_type_t *type, const char *name)
{
    const scim_schema_t *schema = braze_schema_find(type, name, strlen(name));

    return schema == type->core ? NULL : schema;
}

/* Those members of an extension that stay, NULL when none does. */
static braze_json_t *keep_extension(const braze_json_t *from, const scim_schema_t *extension,
                                    const projection_t *projection, apr_pool_t *pool)
{
    braze_json_t *kept = braze_json_object(pool);
    int i;

    for (i = 0; i < braze_json_size(from); i++) {
        const braze_json_member_t *member = braze_json_member(from, i);
        place_t place = {extension->urn,
                         braze_attr_find(extension->attrs, member->name, strlen(member->name)),
                         NULL};

        if (place.attr) { /* braze_json_set ignores NULL */
            braze_json_set(kept, member->name, keep_attr(member->value, projection, &place, pool));
        }
    }
    return braze_json_size(kept) ? kept : NULL;
}

static braze_json_t *keep_core(braze_json_t *value, const char *name,
                               const projection_t *projection, const braze_resource_type_t *type,
                               apr_pool_t *pool)
{
    place_t place = {NULL, braze_attr_find(type->core->attrs, name, strlen(name)), NULL};

    if (!place.attr) {
        place.attr = braze_attr_find(braze_attrs_common, name, strlen(name));
    }
    return place.attr ? keep_attr(value, projection, &place, pool) : NULL;
}

braze_json_t *braze_project(const braze_json_t *resource, const projection_t *projection,
                            const braze_resource_type_t *type, apr_pool_t *pool)
{
    braze_json_t *kept = braze_json_object(pool);
    int i;

    for (i = 0; i < braze_json_size(resource); i++) {
        const braze_json_member_t *member = braze_json_member(resource, i);
        const scim_schema_t *extension = extension_of(type, member->name);

        braze_json_set(kept, member->name,
                       extension ? keep_extension(member->value, extension, projection, pool)
                                 : keep_core(member->value, member->name, projection, type, pool));
    }
    return kept;
}

int braze_projection_wants(const projection_t *projection, const char *attr)
{
    const apr_array_header_t *list = NULL;
    int only = projection && projection->only, i;

    if (projection) {
        list = only ? projection->only : projection->without;
    }
    for (i = 0; list && i < list->nelts; i++) {
        const braze_attr_path_t *path = &APR_ARRAY_IDX(list, i, braze_attr_path_t);

        if (!path->schema && path->attr && strcmp(path->attr, attr) == 0 && (only || !path->sub)) {
            return only;
        }
    }
    return !only;
}
