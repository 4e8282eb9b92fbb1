/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON values that live in a pool. Parsing is jansson's (seen by src/core/json*.c only); the tree
 * is our own, so that nothing has to be released and nothing is shared between threads.
 */
#ifndef BRAZE_JSON_H
#define BRAZE_JSON_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "braze_err.h"

#define BRAZE_JSON_MAX_DEPTH 64     /* arrays and objects inside one another */
#define BRAZE_JSON_MAX_NODES 200000 /* values in one text */
#define BRAZE_JSON_NODE_BYTES 16    /* or one for so many bytes, in a text that is that long */

typedef enum {
    BRAZE_JSON_NULL,
    BRAZE_JSON_FALSE,
    BRAZE_JSON_TRUE,
    BRAZE_JSON_INT,
    BRAZE_JSON_REAL,
    BRAZE_JSON_STRING,
    BRAZE_JSON_ARRAY,
    BRAZE_JSON_OBJECT
} braze_json_type_t;

typedef struct braze_json_t braze_json_t;

/* One member of an object; order is that of the text. */
typedef struct {
    const char *name; /* UTF-8, NUL-terminated; a name with U+0000 is refused at parse time */
    braze_json_t *value;
} braze_json_member_t;

struct braze_json_t {
    braze_json_type_t type;
    union {
        apr_int64_t integer;
        double real;
        const char *string;          /* UTF-8, NUL-terminated, no U+0000 inside */
        apr_array_header_t *items;   /* ARRAY: of braze_json_t * */
        apr_array_header_t *members; /* OBJECT: of braze_json_member_t */
    } u;
};

/*
 * Parses exactly one JSON text of len bytes (RFC 8259). 400 invalidSyntax (tag BRAZE-0010) with
 * line and column for: not JSON, invalid UTF-8, U+0000 in a string, a name twice in one object
 * (names are compared exactly, and by ASCII case-insensitively, since SCIM's are), depth or nodes
 * over the caps. The detail quotes nothing of the text. 500 (BRAZE-0011) when jansson gets no
 * memory.
 */
braze_err_t *braze_json_parse(braze_json_t **value, const char *text, apr_size_t len,
                              apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Compact text; every control character, U+2028 and U+2029 escaped, the rest as UTF-8. */
const char *braze_json_text(const braze_json_t *value, apr_pool_t *pool);

/* New values; strings are copied. */
braze_json_t *braze_json_null(apr_pool_t *pool);
braze_json_t *braze_json_bool(int truth, apr_pool_t *pool);
braze_json_t *braze_json_int(apr_int64_t integer, apr_pool_t *pool);
braze_json_t *braze_json_string(const char *string, apr_pool_t *pool);
braze_json_t *braze_json_array(apr_pool_t *pool);
braze_json_t *braze_json_object(apr_pool_t *pool);
braze_json_t *braze_json_copy(const braze_json_t *value, apr_pool_t *pool); /* deep */

/* Member by name: exact, then ASCII case-insensitive; NULL when absent or object is not an object.
 */
braze_json_t *braze_json_get(const braze_json_t *object, const char *name);
/* The string member's value, or NULL when absent or not a string. */
const char *braze_json_get_string(const braze_json_t *object, const char *name);
/* Sets (replacing what braze_json_get would find, in its place, under the name as given) or
 * appends; name is copied. value may be shared, never cyclic; NULL: no-op. */
void braze_json_set(braze_json_t *object, const char *name, braze_json_t *value);
void braze_json_set_string(braze_json_t *object, const char *name,
                           const char *string); /* NULL: no-op */
/* Removes by exact or case-insensitive name; 1 when it was there. */
int braze_json_remove(braze_json_t *object, const char *name);
void braze_json_append(braze_json_t *array, braze_json_t *value);
int braze_json_size(const braze_json_t *container); /* items or members; 0 for scalars and NULL */
braze_json_t *braze_json_item(const braze_json_t *array, int index);
const braze_json_member_t *braze_json_member(const braze_json_t *object, int index);
/* Deep equality; objects regardless of order, integers and reals by value. */
int braze_json_equal(const braze_json_t *a, const braze_json_t *b);

/* A growing text for answers that are put together from parts already rendered. */
typedef struct {
    char *data; /* NUL-terminated */
    apr_size_t len, size;
    apr_pool_t *pool;
} braze_buf_t;

braze_buf_t *braze_buf_new(apr_size_t size_hint, apr_pool_t *pool);
void braze_buf_add(braze_buf_t *buf, const char *text, apr_size_t len);
void braze_buf_puts(braze_buf_t *buf, const char *text);
void braze_buf_put_int(braze_buf_t *buf, apr_int64_t integer);
/* A JSON string literal with its quotes, escaped. NULL gives null. */
void braze_buf_put_json_string(braze_buf_t *buf, const char *string);
void braze_buf_put_json(braze_buf_t *buf, const braze_json_t *value);

#endif
