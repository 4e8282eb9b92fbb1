/* SPDX-License-Identifier: Apache-2.0 */
/* Private to permissions: permissions.c and permission_values*.c. */
#ifndef BRAZE_PERMISSIONS_INT_H
#define BRAZE_PERMISSIONS_INT_H

#include "scim_int.h"

/* Is it a permission of this scope ("company", "workspace", "team")? The vocabulary is rows
 * (braze_permission) that an operator can add to. */
int braze_permission_is(const braze_catalog_t *catalog, const char *scope, const char *text,
                        apr_pool_t *pool);

/* Building canonical permissions: what is named twice is there once. */

/* Adds a string to the array member of an object, making it when needed. */
void braze_permissions_add(braze_json_t *to, const char *list, const char *string,
                           apr_pool_t *pool);
/* The element of an array member whose id member is this one, made when needed. */
braze_json_t *braze_permissions_element(braze_json_t *to, const char *list, const char *id_name,
                                        const char *id, apr_pool_t *pool);

#endif
