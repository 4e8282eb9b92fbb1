/* SPDX-License-Identifier: Apache-2.0 */
/* The resource types, and finding things in the attribute table. */
#include <string.h>

#include <apr_cstr.h>

#include "scim_int.h"

static const braze_attr_t meta_subs[] = {
    {.name = "resourceType", .mutability = READ_ONLY, .flags = ATTR_CASE_EXACT},
    {.name = "created", .type = ATTR_DATETIME, .mutability = READ_ONLY},
    {.name = "lastModified", .type = ATTR_DATETIME, .mutability = READ_ONLY},
    {.name = "location", .type = ATTR_REFERENCE, .mutability = READ_ONLY, .flags = ATTR_CASE_EXACT},
    {.name = "version", .mutability = READ_ONLY, .flags = ATTR_CASE_EXACT},
    {.name = NULL}};

const braze_attr_t braze_attrs_common[] = {
    {.name = "schemas",
     .type = ATTR_REFERENCE,
     .flags = ATTR_MULTI | ATTR_REQUIRED | ATTR_CASE_EXACT,
     .mutability = READ_ONLY, /* computed from what the resource holds */
     .returned = ALWAYS},
    {.name = "id",
     .flags = ATTR_CASE_EXACT,
     .mutability = READ_ONLY,
     .returned = ALWAYS,
     .uniqueness = UNIQUE_SERVER},
    {.name = "externalId", .flags = ATTR_CASE_EXACT, .max = 1024},
    {.name = "meta", .type = ATTR_COMPLEX, .mutability = READ_ONLY, .subs = meta_subs},
    {.name = NULL}};

static const braze_resource_type_t user_type = {
    .name = "User",
    .endpoint = "/Users",
    .description = "Dashboard user",
    .core = &braze_schema_user,
    .extensions = {&braze_schema_enterprise, &braze_schema_dashboard}};

static const braze_resource_type_t group_type = {.name = "Group",
                                                 .endpoint = "/Groups",
                                                 .description = "Group of users and groups",
                                                 .core = &braze_schema_group};

const braze_resource_type_t *const braze_resource_types[] = {&user_type, &group_type, NULL};

const braze_resource_type_t *braze_resource_type_at(const char *endpoint)
{
    const braze_resource_type_t *const *type;

    for (type = braze_resource_types; *type; type++) {
        if (strcmp((*type)->endpoint, endpoint) == 0) {
            return *type;
        }
    }
    return NULL;
}

static int is_name(const char *name, const char *text, apr_size_t len)
{
    return strlen(name) == len && apr_cstr_casecmpn(name, text, len) == 0;
}

const braze_attr_t *braze_attr_find(const braze_attr_t *attrs, const char *name, apr_size_t len)
{
    for (; attrs && attrs->name; attrs++) {
        if (is_name(attrs->name, name, len)) {
            return attrs;
        }
    }
    return NULL;
}

const scim_schema_t *braze_schema_find(const braze_resource_type_t *type, const char *urn,
                                       apr_size_t len)
{
    const scim_schema_t *const *extension;

    if (is_name(type->core->urn, urn, len)) {
        return type->core;
    }
    for (extension = type->extensions; *extension; extension++) {
        if (is_name((*extension)->urn, urn, len)) {
            return *extension;
        }
    }
    return NULL;
}
