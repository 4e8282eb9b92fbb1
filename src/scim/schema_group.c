/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of a group: RFC 7643 sections 4.2 and 8.7.1. */
#include "scim_int.h"

static const char *const member_types[] = {"User", "Group", NULL};

/*
 * A member is who it is: its value is set with it and goes with it. What is said of it besides is
 * computed, so that it is true; what a client says there is ignored. The name, which no client can
 * set, is not shown unasked: a group reads back as it was written.
 */
static const braze_attr_t member_subs[] = {{.name = "value",
                                            .flags = ATTR_CASE_EXACT,
                                            .mutability = IMMUTABLE,
                                            .description = "The member's id."},
                                           {.name = "$ref",
                                            .type = ATTR_REFERENCE,
                                            .flags = ATTR_CASE_EXACT,
                                            .mutability = IMMUTABLE,
                                            .references = member_types,
                                            .description = "Where the member is."},
                                           {.name = "type",
                                            .mutability = IMMUTABLE,
                                            .canonical = member_types,
                                            .description = "User, or Group for a nested one."},
                                           {.name = "display",
                                            .mutability = READ_ONLY,
                                            .returned = ON_REQUEST,
                                            .description = "The member's name."},
                                           {.name = NULL}};

static const braze_attr_t group_attrs[] = {
    {.name = "displayName",
     .flags = ATTR_REQUIRED,
     .max = 1024, /* what stands in an indexed column */
     .description = "The group's name as it is shown; several may have the same."},
    {.name = "members",
     .type = ATTR_COMPLEX,
     .flags = ATTR_MULTI,
     .subs = member_subs,
     .description = "Users and groups that belong to the group."},
    {.name = NULL}};

const scim_schema_t braze_schema_group = {
    .urn = BRAZE_SCHEMA_GROUP, .name = "Group", .description = "Group", .attrs = group_attrs};
