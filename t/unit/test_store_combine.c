/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions of several threads in one: what each of them sees of the others, which is nothing.
 */
#include <string.h>

#include <apr_atomic.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "braze_id.h"
#include "braze_key.h"
#include "src/store/store_int.h"
#include "unit_store.h"
#include "unit_threads.h"

#define THREADS 8

typedef enum { FINE, REFUSES_FIRST, REFUSES, TAKES_BACK, FAULT, SLOW, LATE } kind_t;

/* One thread's transaction: writes a workspace, and then is of one kind or another. */
typedef struct {
    const unit_store_t *store;
    braze_combiner_t *combiner;
    const char *company_id;
    int number;
    kind_t kind;
    const braze_db_t *ran_on; /* whose connection did it in the end */
    int runs;
    int first_unseen; /* LATE: nothing of the first one was committed while it ran */
    braze_err_t *err;
    apr_pool_t *pool;
} writer_t;

static int is_there(const unit_store_t *store, int number)
{
    return unit_store_count(
        store, apr_psprintf(store->pool, "SELECT count(*) FROM braze_workspace WHERE name = 'w%d'",
                            number));
}

static braze_err_t *write_one(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    writer_t *writer = baton;
    const char *name = apr_psprintf(pool, "w%d", writer->number);
    braze_err_t *err;

    writer->runs++;
    writer->ran_on = db;
    if (writer->kind == REFUSES_FIRST) {
        return store_taken("This", pool);
    }
    err = store_write(NULL, db, ST_ITEM_ADD,
                      ARGS(braze_id_new(UNIT_NOW, pool), writer->company_id, name, name), pool);
    if (err) {
        return err;
    }
    switch (writer->kind) {
    case REFUSES:
        return store_taken("This", pool);
    case TAKES_BACK:
        *commit = 0;
        return NULL;
    case FAULT:
        db->fault = FAULT_OTHER;
        return store_fault_error(db, "test", "broken", pool);
    case SLOW:
        apr_sleep(apr_time_from_msec(500));
        return NULL;
    case LATE:
        writer->first_unseen = is_there(writer->store, 0) == 0;
        return NULL;
    default:
        return NULL;
    }
}

static void *APR_THREAD_FUNC run_writer(apr_thread_t *thread, void *data)
{
    writer_t *writer = data;
    braze_db_t *db = NULL;

    (void)thread;
    writer->err = braze_db_open(&db, writer->store->driver, writer->store->params, 0,
                                &writer->store->env, writer->pool);
    if (!writer->err) {
        braze_db_combine(db, writer->combiner);
        writer->err = store_transact(db, write_one, writer, writer->pool);
    }
    return NULL;
}

static void start_writer(apr_thread_t **thread, writer_t *writer, unit_store_t *store)
{
    apr_pool_create(&writer->pool, NULL);
    assert_int_equal(apr_thread_create(thread, NULL, run_writer, writer, store->pool), APR_SUCCESS);
}

/*
 * All at once: the write lock is held until every thread has had time to queue up, so that whoever
 * is first does the work of all. A slow thread would only come too late for that, and be alone.
 */
static void run_writers(unit_store_t *store, const char *company_id, writer_t *writers,
                        const kind_t *kinds)
{
    braze_combiner_t *combiner = braze_combiner_make(store->pool);
    apr_thread_t *threads[THREADS];
    apr_status_t rv;
    int i;

    assert_non_null(combiner);
    assert_int_equal(store->env.lock(store->env.lock_baton), APR_SUCCESS);
    for (i = 0; i < THREADS; i++) {
        writer_t writer = {store, combiner, company_id, i, kinds[i], NULL, 0, 0, NULL, NULL};

        writers[i] = writer;
        start_writer(&threads[i], &writers[i], store);
    }
    apr_sleep(apr_time_from_msec(500));
    assert_int_equal(store->env.unlock(store->env.lock_baton), APR_SUCCESS);
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(apr_thread_join(&rv, threads[i]), APR_SUCCESS);
    }
}

static void free_writers(writer_t *writers)
{
    int i;

    for (i = 0; i < THREADS; i++) {
        apr_pool_destroy(writers[i].pool);
    }
}

static void who_waits_anyway_is_written_together(void **state)
{
    static const kind_t kinds[THREADS] = {FINE};
    unit_store_t *store = unit_store(state);
    writer_t writers[THREADS];
    int i, j, together = 0;

    run_writers(store, unit_store_company(store, "Decorumsoft"), writers, kinds);
    for (i = 0; i < THREADS; i++) {
        assert_fine(writers[i].err);
        assert_int_equal(is_there(store, i), 1);
        assert_int_equal(writers[i].runs, 1);
        for (j = 0; j < i; j++) {
            together += writers[i].ran_on == writers[j].ran_on;
        }
    }
    assert_true(together > 0);
    free_writers(writers);
}

/* Gives back the most often that one of them ran. */
static int run_refusing(unit_store_t *store, const kind_t *kinds)
{
    writer_t writers[THREADS];
    int i, runs = 0;

    run_writers(store, unit_store_company(store, "Decorumsoft"), writers, kinds);
    for (i = 0; i < THREADS; i++) {
        if (kinds[i] == REFUSES || kinds[i] == REFUSES_FIRST) {
            assert_refused(writers[i].err, 409, "BRAZE-0112");
        } else {
            assert_fine(writers[i].err);
        }
        runs = writers[i].runs > runs ? writers[i].runs : runs;
        assert_int_equal(is_there(store, i), kinds[i] == FINE);
    }
    free_writers(writers);
    return runs;
}

static void what_one_refuses_or_takes_back_is_its_own_affair(void **state)
{
    static const kind_t kinds[THREADS] = {FINE,       REFUSES, FINE,          TAKES_BACK,
                                          TAKES_BACK, REFUSES, REFUSES_FIRST, FINE};

    /* Once together, and once more where something had to be undone. */
    assert_int_equal(run_refusing(unit_store(state), kinds), 2);
}

static void who_refuses_before_writing_costs_the_others_nothing(void **state)
{
    static const kind_t kinds[THREADS] = {REFUSES_FIRST, FINE, REFUSES_FIRST, FINE, FINE};

    assert_int_equal(run_refusing(unit_store(state), kinds), 1);
}

static void a_fault_is_only_its_own(void **state)
{
    static const kind_t kinds[THREADS] = {FINE, FINE, FINE, FAULT, FINE, TAKES_BACK, FINE, FINE};
    unit_store_t *store = unit_store(state);
    writer_t writers[THREADS];
    int i;

    run_writers(store, unit_store_company(store, "Decorumsoft"), writers, kinds);
    for (i = 0; i < THREADS; i++) {
        if (kinds[i] == FAULT) {
            assert_refused(writers[i].err, 500, "BRAZE-0111");
        } else {
            assert_fine(writers[i].err);
        }
        assert_int_equal(is_there(store, i), kinds[i] == FINE);
    }
    free_writers(writers);
}

/* The first one takes its time, and the others begin only after it has. Gives back how many of them
 * are there in the end. */
static int run_latecomers(unit_store_t *store, writer_t *writers, kind_t last)
{
    const char *company_id = unit_store_company(store, "Decorumsoft");
    braze_combiner_t *combiner = braze_combiner_make(store->pool);
    apr_thread_t *threads[THREADS];
    apr_status_t rv;
    int i, there = 0;

    for (i = 0; i < THREADS; i++) {
        kind_t kind = i == 0 ? SLOW : i == THREADS - 1 ? last : LATE;
        writer_t writer = {store, combiner, company_id, i, kind, NULL, 0, 0, NULL, NULL};

        writers[i] = writer;
        start_writer(&threads[i], &writers[i], store);
        apr_sleep(i == 0 ? apr_time_from_msec(150) : 0);
    }
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(apr_thread_join(&rv, threads[i]), APR_SUCCESS);
        there += is_there(store, i);
    }
    return there;
}

static void who_comes_meanwhile_goes_along(void **state)
{
    unit_store_t *store = unit_store(state);
    writer_t writers[THREADS];
    int i;

    assert_int_equal(run_latecomers(store, writers, LATE), THREADS);
    for (i = 0; i < THREADS; i++) {
        assert_fine(writers[i].err);
        assert_int_equal(writers[i].runs, 1);
        assert_ptr_equal(writers[i].ran_on, writers[0].ran_on);
        assert_int_equal(writers[i].first_unseen, i > 0);
    }
    free_writers(writers);
}

/* Then all have to begin again, the first one too; nothing is written twice or not at all. */
static void run_broken(unit_store_t *store, kind_t breaks)
{
    writer_t writers[THREADS];
    int i;

    assert_int_equal(run_latecomers(store, writers, breaks), THREADS - 1);
    assert_int_equal(is_there(store, THREADS - 1), 0);
    assert_int_equal(writers[0].runs, 2);
    for (i = 0; i < THREADS - 1; i++) {
        assert_fine(writers[i].err);
    }
    free_writers(writers);
}

static void a_latecomer_takes_back(void **state)
{
    run_broken(unit_store(state), TAKES_BACK);
}

static void a_latecomer_refuses(void **state)
{
    run_broken(unit_store(state), REFUSES);
}

static void a_latecomer_breaks(void **state)
{
    run_broken(unit_store(state), FAULT);
}

/* As an operator's shell with an open transaction does. One alone gives up after some three
 * seconds, so eight that did so one after the other would take 25. */
static void who_waits_for_another_program_gives_up_with_the_others(void **state)
{
    static const kind_t kinds[THREADS] = {FINE};
    unit_store_t *store = unit_store(state);
    writer_t writers[THREADS];
    apr_time_t begun = apr_time_now();
    const char *company_id;
    int i;

    company_id = unit_store_company(store, "Decorumsoft");
    assert_int_equal(apr_dbd_query(store->db->driver, store->db->handle, &i, "BEGIN IMMEDIATE"), 0);
    run_writers(store, company_id, writers, kinds);
    assert_true(apr_time_now() - begun < apr_time_from_sec(15));
    assert_int_equal(apr_dbd_query(store->db->driver, store->db->handle, &i, "ROLLBACK"), 0);
    for (i = 0; i < THREADS; i++) {
        assert_refused(writers[i].err, 503, "BRAZE-0110");
        assert_int_equal(writers[i].runs, 0);
        assert_int_equal(is_there(store, i), 0);
    }
    free_writers(writers);
}

/* ---- whose connection writes */

static volatile apr_uint32_t out, most_out;

static braze_err_t *lend(const apr_dbd_driver_t **driver, apr_dbd_t **handle,
                         apr_pool_t **conn_pool, void *baton)
{
    const braze_db_t *db = baton;
    apr_uint32_t now = apr_atomic_inc32(&out) + 1;

    if (now > apr_atomic_read32(&most_out)) {
        apr_atomic_set32(&most_out, now);
    }
    *driver = db->driver;
    *handle = db->handle;
    *conn_pool = db->conn->pool;
    return NULL;
}

static void take_back(void *baton)
{
    (void)baton;
    apr_atomic_dec32(&out);
}

static braze_err_t *touch(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    const char *name = apr_pstrcat(pool, baton, braze_id_new(UNIT_NOW, pool), NULL);
    braze_company_t *company = unit_the_company(db, pool);

    *commit = 1;
    return store_write(NULL, db, ST_ITEM_ADD,
                       ARGS(braze_id_new(UNIT_NOW, pool), company->id, name, name), pool);
}

/* A request: it writes, takes its time to answer, and has given its connection back by the end. */
static int write_and_answer(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    braze_db_source_t source = {lend, take_back, db};
    braze_db_t *request = braze_db_on_demand(store->engine, &source, &store->env, pool);
    int i, failed = 0;

    braze_db_combine(request, store->combiner);
    for (i = 0; i < 20; i++) {
        failed += store_transact(request, touch, apr_psprintf(pool, "t%d-", number), pool) != NULL;
        apr_sleep(1000);
        braze_db_release(request);
    }
    return failed;
}

/* Else each would find the pages that it keeps changed by another. */
static void one_connection_at_a_time_writes(void **state)
{
    unit_store_t *store = unit_store(state);

    unit_store_company(store, "Decorumsoft");
    out = most_out = 0;
    assert_int_equal(unit_threads_run(store, THREADS, write_and_answer, 0), 0);
    assert_int_equal(most_out, 1);
    assert_int_equal(out, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_SQLITE(who_waits_anyway_is_written_together),
        STORE_TEST_SQLITE(what_one_refuses_or_takes_back_is_its_own_affair),
        STORE_TEST_SQLITE(who_refuses_before_writing_costs_the_others_nothing),
        STORE_TEST_SQLITE(a_fault_is_only_its_own),
        STORE_TEST_SQLITE(who_comes_meanwhile_goes_along),
        STORE_TEST_SQLITE(a_latecomer_takes_back),
        STORE_TEST_SQLITE(a_latecomer_refuses),
        STORE_TEST_SQLITE(a_latecomer_breaks),
        STORE_TEST_SQLITE(who_waits_for_another_program_gives_up_with_the_others),
        STORE_TEST_SQLITE(one_connection_at_a_time_writes),
    };

    return cmocka_run_group_tests_name("store combine", tests, NULL, NULL);
}
