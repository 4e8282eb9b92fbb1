/* SPDX-License-Identifier: Apache-2.0 */
/* Private to applying a PATCH: patch.c and patch_values.c. */
#ifndef BRAZE_PATCH_INT_H
#define BRAZE_PATCH_INT_H

#include <apr_strings.h>

#include "scim_int.h"

/* One operation at work. What goes into the resource is a copy: the message may be applied again to
 * a newer row. */
typedef struct {
    const patch_operation_t *operation;
    scim_call_t *call;
    apr_pool_t *scratch; /* of one comparison */
    apr_int64_t *work;   /* comparisons of values so far, of all operations */
} patching_t;

/* A message of 1 MB could ask for many millions; a thousand operations on a thousand values each
 * are a quarter of this. */
#define PATCH_WORK_MAX 4000000

/* Counts comparisons that are to be made; 400 tooMany beyond the cap. */
braze_err_t *braze_patch_work(const patching_t *patching, apr_int64_t comparisons) BRAZE_MUST_CHECK;

braze_err_t *braze_patch_refuse(const patching_t *patching, const char *code, const char *fmt,
                                const char *name) BRAZE_MUST_CHECK;

int braze_patch_is_absent(const braze_json_t *value); /* NULL, null, [] (RFC 7643 section 2.5) */

/* 400 mutability when a value cannot become another (NULL: none). */
braze_err_t *braze_patch_check(const patching_t *patching, const braze_attr_t *attr,
                               const braze_json_t *from, const braze_json_t *to) BRAZE_MUST_CHECK;

/* The operation with this value on the attribute of an object. value NULL: with REMOVE, all of it.
 */
braze_err_t *braze_patch_set(const patching_t *patching, braze_json_t *object,
                             const braze_attr_t *attr, const braze_json_t *value) BRAZE_MUST_CHECK;

/*
 * RFC 7644 sections 3.5.2.1 and 3.5.2.3: of a complex value the sub-attributes that are given are
 * added or replaced, the others stay.
 */
braze_err_t *braze_patch_merge(const patching_t *patching, braze_json_t *to,
                               const braze_attr_t *attr,
                               const braze_json_t *value) BRAZE_MUST_CHECK;

/* The same of a multi-valued attribute as a whole. */
braze_err_t *braze_patch_set_values(const patching_t *patching, braze_json_t *object,
                                    const braze_attr_t *attr,
                                    const braze_json_t *value) BRAZE_MUST_CHECK;

/* The operation on those values of its attribute, in object, that its filter selects. */
braze_err_t *braze_patch_selected(const patching_t *patching,
                                  braze_json_t *object) BRAZE_MUST_CHECK;

/* The array of an attribute in object; made when there is none. */
braze_json_t *braze_patch_array(const patching_t *patching, braze_json_t *object,
                                const braze_attr_t *attr);
/* Puts an array in place, or takes the attribute away when it is NULL or empty. */
braze_err_t *braze_patch_put_array(const patching_t *patching, braze_json_t *object,
                                   const braze_attr_t *attr, braze_json_t *array) BRAZE_MUST_CHECK;
braze_err_t *braze_patch_check_count(const patching_t *patching, const braze_attr_t *attr,
                                     int count) BRAZE_MUST_CHECK;
/* Of the touched values (const braze_json_t *) one is primary: the others of the array no longer
 * are (RFC 7644 section 3.5.2). */
void braze_patch_one_primary(const patching_t *patching, const braze_json_t *array,
                             const apr_array_header_t *touched);

#endif
