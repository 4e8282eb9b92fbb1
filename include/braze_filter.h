/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCIM filters and attribute paths as trees (RFC 7644 sections 3.4.2.2, 3.5.2 and 3.10), with every
 * name resolved against the attribute table: what comes out names only attributes that exist,
 * spelled as the table spells them, compared by operators and values that their type allows.
 */
#ifndef BRAZE_FILTER_H
#define BRAZE_FILTER_H

#include <apr_pools.h>

#include "braze_err.h"
#include "braze_json.h"

#define BRAZE_FILTER_MAX_DEPTH 32  /* parentheses, "not" and brackets inside one another */
#define BRAZE_FILTER_MAX_NODES 200 /* braze_filter_t of one filter */
#define BRAZE_PATH_MAX 1024        /* bytes of one attribute name with its URN */

typedef struct braze_attr_t braze_attr_t;                   /* a row of the attribute table */
typedef struct braze_resource_type_t braze_resource_type_t; /* a resource type and its schemas */

/* The resource type at an endpoint ("/Users"); NULL when there is none. */
const braze_resource_type_t *braze_resource_type_at(const char *endpoint);

/*
 * The names of one attribute. Inside a value path's brackets the names are those of an element:
 * attr is a sub-attribute of the attribute before the brackets, and sub is NULL.
 */
typedef struct {
    const char *schema; /* URN of the extension that attr belongs to; NULL = core schema or common
                           attribute */
    const char *attr;   /* NULL: the whole extension */
    const char *sub;    /* or NULL */
    const braze_attr_t *def; /* of the deepest name; NULL with a NULL attr */
} braze_attr_path_t;

typedef enum {
    BRAZE_FILTER_AND,
    BRAZE_FILTER_OR,
    BRAZE_FILTER_NOT,
    BRAZE_FILTER_ITEM, /* some element of path satisfies left */
    BRAZE_FILTER_PR,
    BRAZE_FILTER_EQ,
    BRAZE_FILTER_NE,
    BRAZE_FILTER_CO,
    BRAZE_FILTER_SW,
    BRAZE_FILTER_EW,
    BRAZE_FILTER_GT,
    BRAZE_FILTER_GE,
    BRAZE_FILTER_LT,
    BRAZE_FILTER_LE
} braze_filter_op_t;

typedef struct braze_filter_t braze_filter_t;

struct braze_filter_t {
    braze_filter_op_t op;
    const braze_filter_t *left;  /* AND, OR, NOT, ITEM */
    const braze_filter_t *right; /* AND, OR */
    braze_attr_path_t path;      /* ITEM, PR and comparisons */
    const braze_json_t *value; /* comparisons: a string, number, boolean or null, of path's type */
    int at;                    /* position in the text, from 1 */
};

/* An attribute path with the filter that may stand in its brackets: the "path" of a PATCH
 * operation. */
typedef struct {
    braze_attr_path_t attr;
    const braze_filter_t *filter; /* or NULL */
    const char *sub;              /* the sub-attribute behind the brackets, or NULL */
} braze_path_t;

/*
 * Parses a whole filter. 400 invalidFilter, where = "filter:<position>": syntax (BRAZE-S0701), an
 * unknown attribute (BRAZE-S0702), an operator or a value that does not go with the attribute's
 * type (BRAZE-S0703), over a cap (BRAZE-S0704).
 *
 * emails[type eq "work"].value eq "x", which clients send although the grammar lacks it, comes out
 * as emails[type eq "work" and value eq "x"]; a complex attribute compared as a whole means its
 * sub-attribute "value".
 */
braze_err_t *braze_filter_parse(const braze_filter_t **filter, const char *text, apr_size_t len,
                                const braze_resource_type_t *type,
                                apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * Does a resource satisfy the filter? resource: as it is shown in an answer, whole. Strings compare
 * by braze_key_fold where the attribute is not caseExact, else byte by byte; order is that of the
 * compared bytes; dateTimes compare as instants. Of a multi-valued attribute some value must
 * satisfy. An absent attribute satisfies ne (and eq null) and nothing else; "not" turns the truth
 * around (RFC 7644 section 3.4.2.2). Inside brackets resource is the element.
 */
int braze_filter_match(const braze_filter_t *filter, const braze_json_t *resource,
                       apr_pool_t *pool);

/* Parses a whole path. 400 invalidPath (BRAZE-S0705), where = "path:<position>". */
braze_err_t *braze_path_parse(braze_path_t *path, const char *text, apr_size_t len,
                              const braze_resource_type_t *type, apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
