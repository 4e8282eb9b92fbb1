/* SPDX-License-Identifier: Apache-2.0 */
/* Private to src/core. */
#ifndef BRAZE_CORE_INT_H
#define BRAZE_CORE_INT_H

#include <apr_pools.h>

#include "braze_err.h"
#include "braze_log.h"

/* 1 for white space in Unicode's sense that is no control character (Zs, Zl, Zp). */
int braze_char_is_space(int codepoint);

/* 500 (BRAZE-0041): permissions of a row that are not canonical; why is for the operator. */
braze_err_t *braze_grants_unreadable(const char *why, const braze_err_t *cause, apr_pool_t *pool);

#endif
