/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to tree. The caps are held before jansson sees the text, so that its memory is bounded as
 * well; jansson's own tree lives only as long as the conversion.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>
#include <jansson.h>

#include "braze_json.h"
#include "core_int.h"

typedef struct {
    const char *text;
    apr_size_t len;
    apr_pool_t *pool;
    braze_err_t *err; /* the first one stops the conversion */
    int names;        /* member names met so far, in the order of the text */
} parse_t;

static braze_err_t *fail(parse_t *parse, const char *why, int line, int column)
{
    return braze_err_newf(parse->pool, 400, "invalidSyntax", "BRAZE-0010",
                          "Not acceptable JSON: %s at line %d, column %d.", why, line, column);
}

/* fail() for a byte of the text; columns count characters from 1, as jansson's do. */
static braze_err_t *fail_at(parse_t *parse, const char *why, const char *at)
{
    const char *p;
    int line = 1, column = 1;

    for (p = parse->text; p < at; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else {
            column += (*p & 0xc0) != 0x80;
        }
    }
    return fail(parse, why, line, column);
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) {
        p++;
    }
    return p;
}

/* From an opening quote to behind the closing one, or to the end. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++) {
        if (*p == '\\') {
            p++;
        }
    }
    return p < end ? p + 1 : end;
}

/*
 * A valid text has 1 + its commas + its containers that are not empty values; of an invalid one the
 * figure only has to be a bound.
 */
static braze_err_t *check_caps(parse_t *parse)
{
    const char *p = parse->text, *end = p + parse->len;
    apr_size_t nodes = 1, max = parse->len / BRAZE_JSON_NODE_BYTES;
    int depth = 0;

    max = max > BRAZE_JSON_MAX_NODES ? max : BRAZE_JSON_MAX_NODES;
    while (p < end) {
        const char *at = p++;

        switch (*at) {
        case '"':
            p = skip_string(at, end);
            continue;
        case '[':
        case '{':
            if (++depth > BRAZE_JSON_MAX_DEPTH) {
                return fail_at(parse, "too many levels", at);
            }
            p = skip_space(p, end);
            nodes += !(p < end && (*p == ']' || *p == '}'));
            break;
        case ']':
        case '}':
            depth--;
            continue;
        case ',':
            nodes++;
            break;
        default:
            continue;
        }
        if (nodes > max) {
            return fail_at(parse, "too many values", at);
        }
    }
    return NULL;
}

static braze_err_t *from_jansson(parse_t *parse, const json_error_t *error)
{
    const char *why = "a syntax error";

    switch (json_error_code(error)) {
    case json_error_out_of_memory:
        return braze_err_new(500, NULL, "BRAZE-0011", "Out of memory.", parse->pool);
    case json_error_invalid_utf8:
        why = "a byte that is not UTF-8";
        break;
    case json_error_premature_end_of_input:
        why = "an early end";
        break;
    case json_error_end_of_input_expected:
        why = "text after the value";
        break;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        why = "the character U+0000";
        break;
    case json_error_duplicate_key:
        why = "a member name that stands twice in its object";
        break;
    case json_error_numeric_overflow:
        why = "a number out of range";
        break;
    default:
        break;
    }
    return fail(parse, why, error->line, error->column);
}

/* The opening quote of the nth member name (from 1) of a text that is known to be valid. */
static const char *find_name(const parse_t *parse, int nth)
{
    const char *p = parse->text, *end = p + parse->len, *at;

    while (p < end) {
        if (*p != '"') {
            p++;
            continue;
        }
        at = p;
        p = skip_space(skip_string(p, end), end);
        if (p < end && *p == ':' && --nth == 0) {
            return at;
        }
    }
    return parse->text;
}

/* A member's name and where it came among the names of the text. */
typedef struct {
    const char *name;
    int ordinal;
} seen_t;

static int compare_seen(const void *a, const void *b)
{
    const seen_t *one = a, *other = b;
    int order = apr_cstr_casecmp(one->name, other->name);

    return order ? order : one->ordinal - other->ordinal;
}

/* Sorted rather than hashed: no choice of names makes it slow. */
static void check_names(parse_t *parse, seen_t *seen, int count)
{
    int i, twice = 0;

    qsort(seen, (apr_size_t)count, sizeof(*seen), compare_seen);
    for (i = 1; i < count; i++) {
        if (apr_cstr_casecmp(seen[i - 1].name, seen[i].name) == 0 &&
            (!twice || seen[i].ordinal < twice)) {
            twice = seen[i].ordinal;
        }
    }
    if (twice && !parse->err) {
        parse->err = fail_at(parse, "a member name that stands twice in its object",
                             find_name(parse, twice));
    }
}

static braze_json_t *convert(parse_t *parse, json_t *from);

static void convert_object(parse_t *parse, braze_json_t *to, json_t *from)
{
    int count = (int)json_object_size(from), i = 0;
    seen_t *seen = apr_palloc(parse->pool, sizeof(*seen) * (apr_size_t)(count + 1));
    void *at;

    to->u.members = apr_array_make(parse->pool, count, sizeof(braze_json_member_t));
    for (at = json_object_iter(from); at; at = json_object_iter_next(from, at)) {
        braze_json_member_t *member = apr_array_push(to->u.members);

        member->name = apr_pstrdup(parse->pool, json_object_iter_key(at));
        seen[i].name = member->name;
        seen[i++].ordinal = ++parse->names;
        member->value = convert(parse, json_object_iter_value(at));
    }
    if (count > 1) {
        check_names(parse, seen, count);
    }
}

static void convert_array(parse_t *parse, braze_json_t *to, json_t *from)
{
    size_t i, count = json_array_size(from);

    to->u.items = apr_array_make(parse->pool, (int)count, sizeof(braze_json_t *));
    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(to->u.items, braze_json_t *) = convert(parse, json_array_get(from, i));
    }
}

static braze_json_t *convert(parse_t *parse, json_t *from)
{
    braze_json_t *to = apr_palloc(parse->pool, sizeof(*to));

    switch (json_typeof(from)) {
    case JSON_OBJECT:
        to->type = BRAZE_JSON_OBJECT;
        convert_object(parse, to, from);
        break;
    case JSON_ARRAY:
        to->type = BRAZE_JSON_ARRAY;
        convert_array(parse, to, from);
        break;
    case JSON_STRING:
        to->type = BRAZE_JSON_STRING;
        to->u.string =
            apr_pstrmemdup(parse->pool, json_string_value(from), json_string_length(from));
        break;
    case JSON_INTEGER:
        to->type = BRAZE_JSON_INT;
        to->u.integer = json_integer_value(from);
        break;
    case JSON_REAL:
        to->type = BRAZE_JSON_REAL;
        to->u.real = json_real_value(from);
        break;
    case JSON_TRUE:
        to->type = BRAZE_JSON_TRUE;
        break;
    case JSON_FALSE:
        to->type = BRAZE_JSON_FALSE;
        break;
    default:
        to->type = BRAZE_JSON_NULL;
        break;
    }
    return to;
}

braze_err_t *braze_json_parse(braze_json_t **value, const char *text, apr_size_t len,
                              apr_pool_t *pool)
{
    parse_t parse = {text, len, pool, NULL, 0};
    json_error_t error;
    json_t *root;
    braze_err_t *err = check_caps(&parse);

    *value = NULL;
    if (err) {
        return err;
    }
    root = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!root) {
        return from_jansson(&parse, &error);
    }
    *value = convert(&parse, root);
    json_decref(root);
    if (parse.err) {
        *value = NULL;
    }
    return parse.err;
}
