/* SPDX-License-Identifier: Apache-2.0 */
/* One comparison as a condition on a column, with what braze_filter_match says it means. */
#include <string.h>

#include <apr_strings.h>

#include "braze_key.h"
#include "search_int.h"

#define USEC_PER_MSEC 1000
#define CODEPOINT_LAST 0x10FFFF
#define SURROGATE_FIRST 0xD800
#define SURROGATE_BEHIND 0xE000

typedef struct {
    const braze_filter_t *filter;
    const column_t *column;
    int want, is_group;
    apr_pool_t *pool;
} leaf_t;

static const cond_t *unknown(const leaf_t *leaf)
{
    return store_cond_truth(1, 0, leaf->pool);
}

/* The comparison itself has this truth value for every row. */
static const cond_t *always(const leaf_t *leaf, int truth)
{
    return store_cond_truth(truth == leaf->want, 1, leaf->pool);
}

static cond_t *new_atom(const leaf_t *leaf, braze_filter_op_t op)
{
    cond_t *atom = apr_pcalloc(leaf->pool, sizeof(*atom));

    atom->kind = COND_ATOM;
    atom->exact = 1;
    atom->column = leaf->column;
    atom->op = op;
    atom->negated = !leaf->want;
    return atom;
}

/* ---- texts ---- */

static const char *put_codepoint(char *out, int codepoint)
{
    if (codepoint < 0x80) {
        *out++ = (char)codepoint;
    } else if (codepoint < 0x800) {
        *out++ = (char)(0xC0 | codepoint >> 6);
        *out++ = (char)(0x80 | (codepoint & 0x3F));
    } else {
        if (codepoint < 0x10000) {
            *out++ = (char)(0xE0 | codepoint >> 12);
        } else {
            *out++ = (char)(0xF0 | codepoint >> 18);
            *out++ = (char)(0x80 | (codepoint >> 12 & 0x3F));
        }
        *out++ = (char)(0x80 | (codepoint >> 6 & 0x3F));
        *out++ = (char)(0x80 | (codepoint & 0x3F));
    }
    *out = '\0';
    return out;
}

/* Of the valid UTF-8 character at text. */
static int get_codepoint(const unsigned char *text)
{
    int codepoint = *text < 0x80   ? *text
                    : *text < 0xE0 ? *text & 0x1F
                    : *text < 0xF0 ? *text & 0x0F
                                   : *text & 0x07;

    while ((*++text & 0xC0) == 0x80) {
        codepoint = codepoint << 6 | (*text & 0x3F);
    }
    return codepoint;
}

/*
 * The least text behind all that begin with prefix: its last character's successor, since UTF-8
 * sorts as its characters do and the text must stay UTF-8. NULL when there is none.
 */
static const char *behind_prefix(const char *prefix, apr_pool_t *pool)
{
    apr_size_t len = strlen(prefix);
    char *bound = apr_palloc(pool, len + 2);

    memcpy(bound, prefix, len + 1);
    while (len > 0) {
        int codepoint;

        do {
            len--;
        } while (len > 0 && ((unsigned char)prefix[len] & 0xC0) == 0x80);
        codepoint = get_codepoint((const unsigned char *)prefix + len);
        if (codepoint < CODEPOINT_LAST) {
            codepoint = codepoint + 1 == SURROGATE_FIRST ? SURROGATE_BEHIND : codepoint + 1;
            put_codepoint(bound + len, codepoint);
            return bound;
        }
    }
    return NULL;
}

static int is_part(braze_filter_op_t op)
{
    return op == BRAZE_FILTER_CO || op == BRAZE_FILTER_SW || op == BRAZE_FILTER_EW;
}

/* The operand's key; NULL where it is no name. */
static const char *key_of(const leaf_t *leaf)
{
    const char *text = leaf->filter->value->u.string, *key;

    return braze_key_fold(&key, text, strlen(text), leaf->pool) ? NULL : key;
}

/*
 * Parts are looked for in the folded text with the white space around it, which a key has not. An
 * operand without white space at its ends lies within the key; of another one the key can only tell
 * that it is not there.
 */
static const cond_t *part_leaf(const leaf_t *leaf, cond_t *atom)
{
    const char *text = leaf->filter->value->u.string;

    if (strcmp(atom->text, braze_key_fold_text(text, strlen(text), leaf->pool)) == 0) {
        atom->trimmed = leaf->column->given;
        return atom;
    }
    atom->exact = 0;
    return leaf->want ? atom : unknown(leaf);
}

static const cond_t *text_leaf(const leaf_t *leaf, braze_filter_op_t op)
{
    cond_t *atom = new_atom(leaf, op);

    if (leaf->filter->value->type != BRAZE_JSON_STRING) {
        return unknown(leaf);
    }
    atom->text = leaf->column->kind == COLUMN_KEY ? key_of(leaf) : leaf->filter->value->u.string;
    if (!atom->text || (!*atom->text && leaf->column->present)) {
        return unknown(leaf); /* a column takes an empty text for an absent one */
    }
    if (op == BRAZE_FILTER_SW) {
        atom->upper = behind_prefix(atom->text, leaf->pool);
    }
    if ((op == BRAZE_FILTER_LT || op == BRAZE_FILTER_LE) && leaf->column->present) {
        atom->exact = 0; /* as above: an empty text is less than any other */
    }
    return is_part(op) && leaf->column->kind == COLUMN_KEY ? part_leaf(leaf, atom) : atom;
}

/* ---- values of several ---- */

static const cond_t *element_leaf(const leaf_t *leaf)
{
    cond_t *atom;

    if (leaf->filter->op != BRAZE_FILTER_EQ || leaf->filter->value->type != BRAZE_JSON_STRING) {
        return unknown(leaf);
    }
    atom = new_atom(leaf, BRAZE_FILTER_EQ);
    switch (leaf->column->kind) {
    case COLUMN_EMAILS:
        /* An e-mail's column may come of the userName. */
        atom->exact = 0;
        atom->text = braze_name_key(leaf->filter->value->u.string, leaf->pool);
        return leaf->want && atom->text ? atom : unknown(leaf);
    case COLUMN_GROUPS:
        atom->text = key_of(leaf);
        return atom->text ? atom : always(leaf, 0);
    default:
        atom->text = leaf->filter->value->u.string;
        return atom;
    }
}

const cond_t *store_cond_element(const braze_filter_t *filter, const column_t *column,
                                 apr_pool_t *pool)
{
    leaf_t leaf = {filter, column, 1, 0, pool};

    return strcmp(filter->path.attr, column->sub) == 0 ? element_leaf(&leaf) : unknown(&leaf);
}

/* Somebody is in a group, a group has members: "pr" of the attribute as a whole. */
static const cond_t *any_element(const leaf_t *leaf)
{
    return leaf->column->kind == COLUMN_EMAILS ? unknown(leaf) : new_atom(leaf, BRAZE_FILTER_PR);
}

/* ---- numbers ---- */

static const cond_t *boolean_leaf(const leaf_t *leaf, braze_filter_op_t op)
{
    cond_t *atom = new_atom(leaf, op);

    if (op != BRAZE_FILTER_EQ || (leaf->filter->value->type != BRAZE_JSON_TRUE &&
                                  leaf->filter->value->type != BRAZE_JSON_FALSE)) {
        return unknown(leaf);
    }
    atom->integer = leaf->filter->value->type == BRAZE_JSON_TRUE;
    return atom;
}

/* Rows hold whole milliseconds, the literal may be finer: it lies on one or between two. */
static const cond_t *time_leaf(const leaf_t *leaf, braze_filter_op_t op)
{
    cond_t *atom = new_atom(leaf, op);
    apr_time_t time;
    int between;

    if (is_part(op) || leaf->filter->value->type != BRAZE_JSON_STRING ||
        !braze_time_parse(&time, leaf->filter->value->u.string)) {
        return unknown(leaf);
    }
    atom->integer = braze_time_to_ms(time);
    between = time % USEC_PER_MSEC != 0;
    if (between && op == BRAZE_FILTER_EQ) {
        return always(leaf, 0);
    }
    if (between && (op == BRAZE_FILTER_GE || op == BRAZE_FILTER_LT)) {
        atom->integer++;
    }
    return atom;
}

/* ---- any attribute ---- */

static const cond_t *presence(const leaf_t *leaf)
{
    return leaf->column->present ? new_atom(leaf, BRAZE_FILTER_PR) : always(leaf, 1);
}

static const cond_t *scalar_leaf(leaf_t *leaf)
{
    braze_filter_op_t op = leaf->filter->op;

    if (op == BRAZE_FILTER_PR) {
        return presence(leaf);
    }
    if (op == BRAZE_FILTER_NE || leaf->filter->value->type == BRAZE_JSON_NULL) {
        int of_null = leaf->filter->value->type == BRAZE_JSON_NULL;

        if (of_null == (op == BRAZE_FILTER_EQ)) {
            leaf->want = !leaf->want; /* "ne" is not "eq", "eq null" is not "pr" */
        }
        if (of_null) {
            return presence(leaf);
        }
        op = BRAZE_FILTER_EQ;
    }
    switch (leaf->column->kind) {
    case COLUMN_BOOLEAN:
        return boolean_leaf(leaf, op);
    case COLUMN_TIME:
        return time_leaf(leaf, op);
    default:
        return text_leaf(leaf, op);
    }
}

/* What every resource has, without a column. */
static const cond_t *constant_leaf(const leaf_t *leaf)
{
    const braze_attr_path_t *path = &leaf->filter->path;
    const braze_json_t *value = leaf->filter->value;
    int whole =
        !path->sub && (strcmp(path->attr, "meta") == 0 || strcmp(path->attr, "schemas") == 0);
    int type =
        path->sub && strcmp(path->attr, "meta") == 0 && strcmp(path->sub, "resourceType") == 0;

    if (leaf->filter->op == BRAZE_FILTER_PR && (whole || type)) {
        return always(leaf, 1);
    }
    if (type && value && value->type == BRAZE_JSON_STRING &&
        (leaf->filter->op == BRAZE_FILTER_EQ || leaf->filter->op == BRAZE_FILTER_NE)) {
        int same = strcmp(value->u.string, leaf->is_group ? "Group" : "User") == 0;

        return always(leaf, same == (leaf->filter->op == BRAZE_FILTER_EQ));
    }
    return unknown(leaf);
}

const cond_t *store_cond_leaf(const braze_filter_t *filter, int want, int is_group,
                              apr_pool_t *pool)
{
    const braze_attr_path_t *path = &filter->path;
    leaf_t leaf = {filter, NULL, want, is_group, pool};

    if (path->schema || !path->attr) {
        return unknown(&leaf);
    }
    leaf.column = store_column_find(path->attr, path->sub, is_group);
    if (!leaf.column && !path->sub && filter->op == BRAZE_FILTER_PR) {
        leaf.column = store_column_find(path->attr, "value", is_group);
        return leaf.column ? any_element(&leaf) : constant_leaf(&leaf);
    }
    if (!leaf.column) {
        return constant_leaf(&leaf);
    }
    if (leaf.column->kind >= COLUMN_EMAILS) {
        return filter->op == BRAZE_FILTER_PR ? any_element(&leaf) : element_leaf(&leaf);
    }
    return scalar_leaf(&leaf);
}
