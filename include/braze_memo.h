/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that are made again and again of others: what was made of one is kept for all threads. */
#ifndef BRAZE_MEMO_H
#define BRAZE_MEMO_H

#include <apr_pools.h>

typedef struct braze_memo_t braze_memo_t;

/* Keeps at most max texts, for the life of pool. NULL: there is no lock to be had. */
braze_memo_t *braze_memo_make(int max, apr_pool_t *pool);

/* What was made of the text, good as long as the pool of the memo; NULL: not known. memo may be
 * NULL: nothing is. */
const char *braze_memo_get(braze_memo_t *memo, const char *text);

/* Copies both; the first to come stays. Nothing is kept over the most, or when memo is NULL. */
void braze_memo_keep(braze_memo_t *memo, const char *text, const char *made);

#endif
