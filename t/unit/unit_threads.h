/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of one process under its write lock, as in a server. */
#ifndef UNIT_THREADS_H
#define UNIT_THREADS_H

#include "unit_store.h"

/* What one thread does with a connection of its own; gives 0 when all was well. */
typedef int unit_work_fn(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool);

/* Starts so many, numbered from first on; how many of them failed. */
int unit_threads_run(const unit_store_t *store, int count, unit_work_fn *work, int first);

/* What has gone wrong, for who reads the test's output; 1, to be returned. */
int unit_complain(const braze_err_t *err, apr_pool_t *pool);

/* "Decorumsoft", as another connection finds it. */
braze_company_t *unit_the_company(braze_db_t *db, apr_pool_t *pool);

#endif
