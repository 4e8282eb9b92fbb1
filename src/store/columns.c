/* SPDX-License-Identifier: Apache-2.0 */
/* Which attribute is in which column. */
#include <string.h>

#include "search_int.h"

/* Attributes of both resource types. */
#define COMMON_COLUMNS                                                                             \
    {"id", NULL, COLUMN_TEXT, "id", NULL, NULL, SEEK_ONE, 1},                                      \
        {"externalId", NULL, COLUMN_TEXT, "external_id", NULL, "external_id", SEEK_SOME, 1},       \
        {"meta", "created", COLUMN_TIME, "created_at", NULL, NULL, SEEK_NONE, 1},                  \
    {                                                                                              \
        "meta", "lastModified", COLUMN_TIME, "modified_at", NULL, NULL, SEEK_NONE, 1               \
    }

static const column_t user_columns[] = {
    COMMON_COLUMNS,
    {"userName", NULL, COLUMN_KEY, "user_name_key", "user_name", NULL, SEEK_ONE, 1},
    {"displayName", NULL, COLUMN_KEY, "display_name_key", "display_name", "display_name", SEEK_SOME,
     1},
    {"name", "givenName", COLUMN_KEY, "given_name_key", "given_name", "given_name", SEEK_SOME, 1},
    {"name", "familyName", COLUMN_KEY, "family_name_key", "family_name", "family_name", SEEK_SOME,
     1},
    {"active", NULL, COLUMN_BOOLEAN, "active", NULL, NULL, SEEK_NONE, 1},
    {"emails", "value", COLUMN_EMAILS, "email_key", NULL, NULL, SEEK_SOME, 0},
    {"groups", "value", COLUMN_GROUPS, "id", NULL, NULL, SEEK_SOME, 0},
};

static const column_t group_columns[] = {
    COMMON_COLUMNS,
    {"displayName", NULL, COLUMN_KEY, "display_name_key", "display_name", NULL, SEEK_SOME, 1},
    {"members", "value", COLUMN_MEMBERS, "id", NULL, NULL, SEEK_SOME, 0},
};

static int is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

const column_t *store_column_find(const char *attr, const char *sub, int is_group)
{
    const column_t *columns = is_group ? group_columns : user_columns;
    size_t i, count = is_group ? sizeof(group_columns) / sizeof(*group_columns)
                               : sizeof(user_columns) / sizeof(*user_columns);

    for (i = 0; i < count; i++) {
        if (is_same(columns[i].attr, attr) && is_same(columns[i].sub, sub)) {
            return &columns[i];
        }
    }
    return NULL;
}
