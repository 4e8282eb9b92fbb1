/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether anybody has written to a database, for whoever keeps what it has read of it.
 *
 * A moment is a number that grows; 0 is none. What was read at a moment is good for as long as
 * braze_db_unchanged says so of that moment, whichever connection is asked.
 */
#ifndef BRAZE_WATCH_H
#define BRAZE_WATCH_H

#include "braze_store.h"

/* Of a database and a process; its threads share it. */
typedef struct braze_watch_t braze_watch_t;

/* The clock gives the moments: it begins with 0, is one for all watches that may get to see the
 * same connection, and lives as long as they do. NULL when it cannot be made. */
braze_watch_t *braze_watch_make(volatile apr_uint64_t *clock, apr_pool_t *pool);

/* Without one (NULL) there are no moments, and nothing is ever unchanged. */
void braze_db_watch(braze_db_t *db, braze_watch_t *watch);

/* At which moment db has read the last session or token that it found; on SQLite whatever it has
 * read since it was asked last. 0: nobody can tell. */
apr_uint64_t braze_db_moment(const braze_db_t *db);

/*
 * *unchanged: nothing was committed between that moment and the call, by whomever. 0 also where it
 * is not known: asking PostgreSQL costs a statement, which threads that come together share, and
 * which is left out where a no can be expected. moment may be 0.
 */
braze_err_t *braze_db_unchanged(int *unchanged, braze_db_t *db, apr_uint64_t moment,
                                apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
