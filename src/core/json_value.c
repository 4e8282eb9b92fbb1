/* SPDX-License-Identifier: Apache-2.0 */
/* The tree: making, reading, changing, comparing. */
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "braze_json.h"

#define TWO_TO_63 9223372036854775808.0

static braze_json_t *make(braze_json_type_t type, apr_pool_t *pool)
{
    braze_json_t *value = apr_palloc(pool, sizeof(*value));

    value->type = type;
    return value;
}

braze_json_t *braze_json_null(apr_pool_t *pool)
{
    return make(BRAZE_JSON_NULL, pool);
}

braze_json_t *braze_json_bool(int truth, apr_pool_t *pool)
{
    return make(truth ? BRAZE_JSON_TRUE : BRAZE_JSON_FALSE, pool);
}

braze_json_t *braze_json_int(apr_int64_t integer, apr_pool_t *pool)
{
    braze_json_t *value = make(BRAZE_JSON_INT, pool);

    value->u.integer = integer;
    return value;
}

braze_json_t *braze_json_string(const char *string, apr_pool_t *pool)
{
    braze_json_t *value = make(BRAZE_JSON_STRING, pool);

    value->u.string = apr_pstrdup(pool, string);
    return value;
}

braze_json_t *braze_json_array(apr_pool_t *pool)
{
    braze_json_t *value = make(BRAZE_JSON_ARRAY, pool);

    value->u.items = apr_array_make(pool, 4, sizeof(braze_json_t *));
    return value;
}

braze_json_t *braze_json_object(apr_pool_t *pool)
{
    braze_json_t *value = make(BRAZE_JSON_OBJECT, pool);

    value->u.members = apr_array_make(pool, 8, sizeof(braze_json_member_t));
    return value;
}

static braze_json_t *copy_container(const braze_json_t *value, apr_pool_t *pool)
{
    braze_json_t *copy = make(value->type, pool);
    int i, count = braze_json_size(value);

    if (value->type == BRAZE_JSON_ARRAY) {
        copy->u.items = apr_array_make(pool, count, sizeof(braze_json_t *));
        for (i = 0; i < count; i++) {
            braze_json_append(copy, braze_json_copy(braze_json_item(value, i), pool));
        }
        return copy;
    }
    copy->u.members = apr_array_make(pool, count, sizeof(braze_json_member_t));
    for (i = 0; i < count; i++) {
        const braze_json_member_t *from = braze_json_member(value, i);
        braze_json_member_t *to = apr_array_push(copy->u.members);

        to->name = apr_pstrdup(pool, from->name);
        to->value = braze_json_copy(from->value, pool);
    }
    return copy;
}

braze_json_t *braze_json_copy(const braze_json_t *value, apr_pool_t *pool)
{
    braze_json_t *copy;

    if (!value) {
        return NULL;
    }
    if (value->type == BRAZE_JSON_ARRAY || value->type == BRAZE_JSON_OBJECT) {
        return copy_container(value, pool);
    }
    if (value->type == BRAZE_JSON_STRING) {
        return braze_json_string(value->u.string, pool);
    }
    copy = make(value->type, pool);
    *copy = *value;
    return copy;
}

/* The index of the member that name means; -1 when there is none. */
static int find(const braze_json_t *object, const char *name)
{
    const braze_json_member_t *members;
    int i, count, alike = -1;

    if (!object || object->type != BRAZE_JSON_OBJECT) {
        return -1;
    }
    members = (const braze_json_member_t *)object->u.members->elts;
    count = object->u.members->nelts;
    for (i = 0; i < count; i++) {
        /* Most names differ in their first letter: no call for these. */
        if ((members[i].name[0] ^ name[0]) & ~0x20) {
            continue;
        }
        if (strcmp(members[i].name, name) == 0) {
            return i;
        }
        if (alike < 0 && apr_cstr_casecmp(members[i].name, name) == 0) {
            alike = i;
        }
    }
    return alike;
}

braze_json_t *braze_json_get(const braze_json_t *object, const char *name)
{
    int index = find(object, name);

    return index < 0 ? NULL : APR_ARRAY_IDX(object->u.members, index, braze_json_member_t).value;
}

const char *braze_json_get_string(const braze_json_t *object, const char *name)
{
    const braze_json_t *value = braze_json_get(object, name);

    return value && value->type == BRAZE_JSON_STRING ? value->u.string : NULL;
}

void braze_json_set(braze_json_t *object, const char *name, braze_json_t *value)
{
    braze_json_member_t *member;
    int index;

    if (!object || object->type != BRAZE_JSON_OBJECT || !value) {
        return;
    }
    index = find(object, name);
    if (index >= 0) {
        member = &APR_ARRAY_IDX(object->u.members, index, braze_json_member_t);
    } else {
        member = apr_array_push(object->u.members);
        member->name = NULL;
    }
    if (!member->name || strcmp(member->name, name) != 0) {
        member->name = apr_pstrdup(object->u.members->pool, name);
    }
    member->value = value;
}

void braze_json_set_string(braze_json_t *object, const char *name, const char *string)
{
    if (object && object->type == BRAZE_JSON_OBJECT && string) {
        braze_json_set(object, name, braze_json_string(string, object->u.members->pool));
    }
}

int braze_json_remove(braze_json_t *object, const char *name)
{
    int index = find(object, name);
    braze_json_member_t *member;
    apr_array_header_t *members;

    if (index < 0) {
        return 0;
    }
    members = object->u.members;
    member = &APR_ARRAY_IDX(members, index, braze_json_member_t);
    memmove(member, member + 1, sizeof(*member) * (apr_size_t)(members->nelts - index - 1));
    members->nelts--;
    return 1;
}

void braze_json_append(braze_json_t *array, braze_json_t *value)
{
    if (array && array->type == BRAZE_JSON_ARRAY && value) {
        APR_ARRAY_PUSH(array->u.items, braze_json_t *) = value;
    }
}

int braze_json_size(const braze_json_t *container)
{
    if (container && container->type == BRAZE_JSON_ARRAY) {
        return container->u.items->nelts;
    }
    if (container && container->type == BRAZE_JSON_OBJECT) {
        return container->u.members->nelts;
    }
    return 0;
}

braze_json_t *braze_json_item(const braze_json_t *array, int index)
{
    if (!array || array->type != BRAZE_JSON_ARRAY || index < 0 || index >= array->u.items->nelts) {
        return NULL;
    }
    return APR_ARRAY_IDX(array->u.items, index, braze_json_t *);
}

const braze_json_member_t *braze_json_member(const braze_json_t *object, int index)
{
    if (!object || object->type != BRAZE_JSON_OBJECT || index < 0 ||
        index >= object->u.members->nelts) {
        return NULL;
    }
    return &APR_ARRAY_IDX(object->u.members, index, braze_json_member_t);
}

/* By value: not through a double, which cannot hold every integer. */
static int int_equals_real(apr_int64_t integer, double real)
{
    return real >= -TWO_TO_63 && real < TWO_TO_63 && (double)(apr_int64_t)real == real &&
           (apr_int64_t)real == integer;
}

static int equal_arrays(const braze_json_t *a, const braze_json_t *b)
{
    int i, count = braze_json_size(a);

    if (braze_json_size(b) != count) {
        return 0;
    }
    for (i = 0; i < count; i++) {
        if (!braze_json_equal(braze_json_item(a, i), braze_json_item(b, i))) {
            return 0;
        }
    }
    return 1;
}

/* No name stands twice in an object: as many members, each with its like, is equality. */
static int equal_objects(const braze_json_t *a, const braze_json_t *b)
{
    int i, count = braze_json_size(a);

    if (braze_json_size(b) != count) {
        return 0;
    }
    for (i = 0; i < count; i++) {
        const braze_json_member_t *member = braze_json_member(a, i);
        const braze_json_member_t *same = braze_json_member(b, i);

        /* Objects made alike have their members in one order. */
        if (strcmp(same->name, member->name) != 0) {
            same = braze_json_member(b, find(b, member->name));
        }
        if (!same) {
            return 0;
        }
        if (!braze_json_equal(member->value, same->value)) {
            return 0;
        }
    }
    return 1;
}

int braze_json_equal(const braze_json_t *a, const braze_json_t *b)
{
    if (!a || !b) {
        return a == b;
    }
    if (a->type != b->type) {
        if (a->type == BRAZE_JSON_INT && b->type == BRAZE_JSON_REAL) {
            return int_equals_real(a->u.integer, b->u.real);
        }
        return a->type == BRAZE_JSON_REAL && b->type == BRAZE_JSON_INT &&
               int_equals_real(b->u.integer, a->u.real);
    }
    switch (a->type) {
    case BRAZE_JSON_INT:
        return a->u.integer == b->u.integer;
    case BRAZE_JSON_REAL:
        return a->u.real == b->u.real;
    case BRAZE_JSON_STRING:
        return strcmp(a->u.string, b->u.string) == 0;
    case BRAZE_JSON_ARRAY:
        return equal_arrays(a, b);
    case BRAZE_JSON_OBJECT:
        return equal_objects(a, b);
    default:
        return 1;
    }
}
