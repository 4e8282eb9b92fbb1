/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_threads.h"

#include <stdlib.h>

#include <apr_thread_proc.h>

typedef struct {
    const unit_store_t *store;
    unit_work_fn *work;
    int number, failed;
    apr_pool_t *pool;
} job_t;

/* A server has only so many connections: who finds none waits for one. */
static const braze_err_t *open_patiently(braze_db_t **db, const job_t *job)
{
    const braze_err_t *err;
    int tries = 0;

    do {
        err = braze_db_open(db, job->store->driver, job->store->params, 0, &job->store->env,
                            job->pool);
    } while (err && err->status == 503 && ++tries < 100 && (apr_sleep(50000), 1));
    return err;
}

static void *APR_THREAD_FUNC run_job(apr_thread_t *thread, void *data)
{
    job_t *job = data;
    braze_db_t *db;
    const braze_err_t *err = open_patiently(&db, job);

    (void)thread;
    if (!err) {
        braze_db_combine(db, job->store->combiner);
    }
    job->failed = err ? 1 : job->work(job->store, db, job->number, job->pool);
    return NULL;
}

int unit_threads_run(const unit_store_t *store, int count, unit_work_fn *work, int first)
{
    job_t *jobs = calloc((size_t)count, sizeof(*jobs));
    apr_thread_t **threads = calloc((size_t)count, sizeof(*threads));
    apr_status_t rv;
    int i, failed = 0;

    for (i = 0; i < count; i++) {
        jobs[i].store = store;
        jobs[i].work = work;
        jobs[i].number = first + i;
        apr_pool_create(&jobs[i].pool, NULL);
        failed +=
            apr_thread_create(&threads[i], NULL, run_job, &jobs[i], jobs[i].pool) != APR_SUCCESS;
    }
    for (i = 0; i < count; i++) {
        apr_thread_join(&rv, threads[i]);
        failed += jobs[i].failed;
        apr_pool_destroy(jobs[i].pool);
    }
    free(threads);
    free(jobs);
    return failed;
}

int unit_complain(const braze_err_t *err, apr_pool_t *pool)
{
    print_error("%s\n", err ? braze_err_line(err, pool) : "unexpected result");
    return 1;
}

braze_company_t *unit_the_company(braze_db_t *db, apr_pool_t *pool)
{
    braze_company_t *company = NULL;
    const braze_err_t *err = braze_store_company_find(&company, db, "Decorumsoft", pool);

    return err ? NULL : company;
}
