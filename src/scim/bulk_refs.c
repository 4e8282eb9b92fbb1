/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkId references (RFC 7644 section 3.7.2): a string that is "bulkId:" and the bulkId of a POST,
 * wherever in the data it stands, or as the id in a path. It stands for the id of what that POST
 * makes.
 */
#include <string.h>

#include <apr_strings.h>

#include "bulk_int.h"

#define PREFIX "bulkId:"
#define PREFIX_LEN (sizeof(PREFIX) - 1)

typedef struct {
    bulk_t *bulk;
    bulk_op_t *op;
    int *seen; /* an operation each: 1 + the last one that refers to it */
} search_t;

/* The operation that text refers to; NULL when it is no reference or nobody's (*is_ref tells). */
static bulk_op_t *target_of(int *is_ref, const bulk_t *bulk, const char *text)
{
    *is_ref = strncmp(text, PREFIX, PREFIX_LEN) == 0;
    return *is_ref ? apr_hash_get(bulk->by_bulk_id, text + PREFIX_LEN, APR_HASH_KEY_STRING) : NULL;
}

static void note(const search_t *search, const char *text)
{
    bulk_t *bulk = search->bulk;
    int is_ref, from = (int)(search->op - bulk->ops) + 1, index;
    bulk_op_t *target = target_of(&is_ref, bulk, text);

    if (!is_ref || search->op->refused) {
        return;
    }
    if (!target) {
        search->op->refused = braze_err_newf(
            bulk->call->pool, 400, "invalidValue", TAG_BULK_REF,
            "Operations[%d]: \"%.100s\" is no POST of this request.", from - 1, text);
        return;
    }
    index = (int)(target - bulk->ops);
    if (search->seen[index] != from) {
        search->seen[index] = from;
        APR_ARRAY_PUSH(search->op->refs, int) = index;
    }
}

static void walk(const search_t *search, const braze_json_t *value)
{
    int i;

    switch (value->type) {
    case BRAZE_JSON_STRING:
        note(search, value->u.string);
        break;
    case BRAZE_JSON_ARRAY:
        for (i = 0; i < braze_json_size(value); i++) {
            walk(search, braze_json_item(value, i));
        }
        break;
    case BRAZE_JSON_OBJECT:
        for (i = 0; i < braze_json_size(value); i++) {
            walk(search, braze_json_member(value, i)->value);
        }
        break;
    default:
        break;
    }
}

void braze_bulk_find_refs(bulk_t *bulk)
{
    search_t search = {.bulk = bulk};
    int i;

    search.seen = apr_pcalloc(bulk->call->pool, sizeof(int) * (apr_size_t)bulk->count);
    for (i = 0; i < bulk->count; i++) {
        search.op = &bulk->ops[i];
        if (search.op->refused) {
            continue;
        }
        note(&search, strrchr(search.op->path, '/') + 1);
        if (search.op->data) {
            walk(&search, search.op->data);
        }
    }
}

void braze_bulk_resolve(const bulk_t *bulk, braze_json_t *value)
{
    const bulk_op_t *target;
    int i, is_ref;

    switch (value->type) {
    case BRAZE_JSON_STRING:
        target = target_of(&is_ref, bulk, value->u.string);
        if (target && target->id) {
            value->u.string = target->id;
        }
        break;
    case BRAZE_JSON_ARRAY:
        for (i = 0; i < braze_json_size(value); i++) {
            braze_bulk_resolve(bulk, braze_json_item(value, i));
        }
        break;
    case BRAZE_JSON_OBJECT:
        for (i = 0; i < braze_json_size(value); i++) {
            braze_bulk_resolve(bulk, braze_json_member(value, i)->value);
        }
        break;
    default:
        break;
    }
}

/* Is there a reference left? */
static int has_ref(const bulk_t *bulk, const braze_json_t *value)
{
    int i, is_ref = 0;

    if (value->type == BRAZE_JSON_STRING) {
        target_of(&is_ref, bulk, value->u.string);
    }
    for (i = 0; value->type == BRAZE_JSON_ARRAY && i < braze_json_size(value) && !is_ref; i++) {
        is_ref = has_ref(bulk, braze_json_item(value, i));
    }
    for (i = 0; value->type == BRAZE_JSON_OBJECT && i < braze_json_size(value) && !is_ref; i++) {
        is_ref = has_ref(bulk, braze_json_member(value, i)->value);
    }
    return is_ref;
}

/* The values of an array with references and those without. */
static void split_array(const bulk_t *bulk, braze_json_t **now, braze_json_t **later,
                        const braze_json_t *array)
{
    int i;

    *now = braze_json_array(bulk->call->pool);
    *later = braze_json_array(bulk->call->pool);
    for (i = 0; i < braze_json_size(array); i++) {
        braze_json_t *item = braze_json_item(array, i);

        braze_json_append(has_ref(bulk, item) ? *later : *now, item);
    }
}

/* An object of attributes; the attributes of an extension, which stand one deeper, are split among
 * themselves. */
static void split_object(const bulk_t *bulk, braze_json_t **now, braze_json_t **later,
                         const braze_json_t *object)
{
    int i;

    *now = braze_json_object(bulk->call->pool);
    *later = braze_json_object(bulk->call->pool);
    for (i = 0; i < braze_json_size(object); i++) {
        const braze_json_member_t *member = braze_json_member(object, i);
        braze_json_t *with = NULL, *without = member->value;

        if (has_ref(bulk, member->value)) {
            with = member->value;
            without = NULL;
            if (with->type == BRAZE_JSON_ARRAY) {
                split_array(bulk, &without, &with, member->value);
            } else if (with->type == BRAZE_JSON_OBJECT && strchr(member->name, ':')) {
                split_object(bulk, &without, &with, member->value);
            }
        }
        braze_json_set(*now, member->name, without); /* NULL is passed over */
        braze_json_set(*later, member->name, with);
    }
}

void braze_bulk_split(const bulk_t *bulk, bulk_op_t *op)
{
    braze_json_t *now, *later;

    split_object(bulk, &now, &later, op->data);
    op->data = now;
    op->rest = later;
}
