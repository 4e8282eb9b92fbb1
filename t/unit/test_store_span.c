/* SPDX-License-Identifier: Apache-2.0 */
/* The spans that users are counted by: right whatever is written, and the n-th user is found. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "src/store/store_int.h"
#include "unit_store.h"

#define MANY 17300 /* a chapter of 64 spans of 256, and somewhat more than what stays open */
#define SOME 1500

/* Rows that no function of ours has written, numbered from 0; ids grow by ten from one to the next.
 */
static void fill(const unit_store_t *store, const char *company_id, int count)
{
    const char *numbers =
        store->engine == BRAZE_ENGINE_SQLITE
            ? "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d - 1) "
              "SELECT i, printf('%%08x', i * 10) AS hex FROM n)"
            : "(SELECT i, lpad(to_hex(i * 10), 8, '0') AS hex FROM generate_series(0, %d - 1) i)";

    unit_store_do(
        store, apr_psprintf(store->pool,
                            "INSERT INTO braze_user(id, company_id, user_name, user_name_key, "
                            "active, confirmed, impersonation, admin, source, permissions, "
                            "resource, created_at, modified_at, version) SELECT n.hex || "
                            "'-00000000-00000000-00000000', '%s', 'u' || n.i, 'u' || n.i, 1, 0, 0, "
                            "0, 'scim', '{}', '{\"userName\":\"u\"}', 1, 1, 1 FROM %s n",
                            company_id, apr_psprintf(store->pool, numbers, count)));
}

static const char *id_at(const unit_store_t *store, const char *company_id, apr_int64_t offset,
                         apr_int64_t *total)
{
    braze_search_t search = {.offset = offset, .limit = 1, .with_total = 1};
    braze_found_t found;

    assert_fine(braze_store_user_search(&found, store->db, company_id, &search, store->pool));
    *total = found.total;
    return found.rows->nelts ? APR_ARRAY_IDX(found.rows, 0, const braze_user_t *)->id : "";
}

/* Spans and chapters whose number is not what is there. */
static int wrong(const unit_store_t *store)
{
    return unit_store_count(
        store,
        "SELECT count(*) FROM braze_user_span s WHERE s.users IS NOT NULL AND s.users <> "
        "(SELECT count(*) FROM braze_user u WHERE u.company_id = s.company_id "
        "AND u.id >= s.first_id AND u.id < coalesce((SELECT min(n.first_id) FROM braze_user_span n "
        "WHERE n.company_id = s.company_id AND n.level = s.level AND n.first_id > s.first_id), "
        "'g'))");
}

static int spans(const unit_store_t *store, int level)
{
    return unit_store_count(
        store,
        apr_psprintf(store->pool, "SELECT count(*) FROM braze_user_span WHERE level = %d", level));
}

/* The same as who counts from the first. */
static void look_everywhere(const unit_store_t *store, const char *company_id, int count)
{
    static const int places[] = {0, 1, 255, 256, 257, 511, 512, 16383, 16384, 16385, 9999, 16640};
    apr_int64_t total;
    int i, place;

    for (i = 0; i < 20; i++) {
        place = i < 12 ? places[i] : count - 1 - (i - 12) * 128;
        if (place >= 0 && place < count) {
            const char *seen = unit_store_see(
                store, apr_psprintf(store->pool,
                                    "SELECT id FROM braze_user WHERE company_id = '%s' "
                                    "ORDER BY id LIMIT 1 OFFSET %d",
                                    company_id, place));

            assert_string_equal(id_at(store, company_id, place, &total), seen);
            assert_int_equal(total, count);
        }
    }
    assert_string_equal(id_at(store, company_id, count, &total), "");
    assert_int_equal(total, count);
}

/* Users between those of fill(). */
static braze_err_t *add_between(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    const unit_store_t *store = baton;
    const char *company_id = unit_store_see(store, "SELECT id FROM braze_company WHERE "
                                                   "name_key = 'decorumsoft'");
    braze_err_t *err = NULL;
    int i, added = 0;

    (void)commit;
    for (i = 0; i < MANY && !err; i++) {
        const char *hex = apr_psprintf(pool, "%08x", i * 10);
        braze_user_t *user;

        if (hex[6] == '4') {
            user = unit_user(company_id, apr_psprintf(pool, "v%d@b.example", i), NULL, pool);
            user->id = apr_pstrcat(pool, hex, "-00000000-00000000-00000001", NULL);
            err = store_user_insert(&added, db, user, pool);
            assert_true(err || added);
        }
    }
    return err;
}

static void the_nth_user_is_found(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *company_id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    apr_int64_t total;
    int left;

    fill(store, company_id, MANY);
    assert_int_equal(spans(store, 0), 2); /* nobody has asked yet: one open span a company */
    id_at(store, company_id, 5, &total);
    assert_int_equal(total, MANY);
    /* 67 whole spans and a bit, of which the last whole one stays open; a chapter of 64. */
    assert_int_equal(spans(store, 0), 67 + 1);
    assert_int_equal(spans(store, 1), 2 + 1);
    assert_int_equal(wrong(store), 0);
    look_everywhere(store, company_id, MANY);

    unit_store_do(store, "DELETE FROM braze_user WHERE substr(id, 8, 1) = '8'");
    assert_int_equal(wrong(store), 0);
    left = unit_store_count(store, "SELECT count(*) FROM braze_user");
    assert_true(left < MANY);
    look_everywhere(store, company_id, left);
    assert_fine(store_transact(store->db, add_between, store, store->pool));
    assert_int_equal(wrong(store), 0);
    assert_true(unit_store_count(store, "SELECT count(*) FROM braze_user") > left);
    left = unit_store_count(store, "SELECT count(*) FROM braze_user");
    look_everywhere(store, company_id, left);
    look_everywhere(store, other, 0);
    unit_store_do(store, "DELETE FROM braze_user");
    assert_int_equal(wrong(store), 0);
    look_everywhere(store, company_id, 0);
}

/* ---- many at once ---- */

typedef struct {
    const unit_store_t *store;
    const char *company_id;
    int number, failed;
    apr_pool_t *pool;
} job_t;

#define WRITERS 6
#define READERS 3
#define ROUNDS 40

/* Adds among those who are there and at the end, and takes every third away again. */
static const braze_err_t *write_some(const job_t *job, braze_db_t *db, int turn)
{
    const char *email = apr_psprintf(job->pool, "w%d-%d@b.example", job->number, turn);
    braze_user_t *user = unit_user(job->company_id, email, NULL, job->pool);
    braze_err_t *err;
    int done = 0;

    user->id = apr_psprintf(job->pool, "%08x-%08x-00000000-00000000",
                            turn % 2 ? turn * 700 : 0x70000000 + turn, job->number + 1);
    err = braze_store_user_add(db, user, UNIT_NOW, NULL, job->pool);
    if (!err && turn % 3 == 0) {
        err = braze_store_user_delete(&done, db, job->company_id, user->id, 0, 0, NULL, job->pool);
    }
    return err;
}

/* What is open is divided each time, however little it is. */
static braze_err_t *divide(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    const job_t *job = baton;
    int more;

    (void)commit;
    return store_spans_close(&more, db, job->company_id, pool);
}

static void *APR_THREAD_FUNC run_job(apr_thread_t *thread, void *data)
{
    job_t *job = data;
    braze_db_t *db;
    const braze_err_t *err =
        braze_db_open(&db, job->store->driver, job->store->params, 0, &job->store->env, job->pool);
    int turn;

    (void)thread;
    for (turn = 0; !err && turn < ROUNDS; turn++) {
        if (job->number < WRITERS) {
            err = write_some(job, db, turn);
        } else {
            /* Who waits in vain for those who write says so, and tries again at the next. */
            err = store_transact(db, divide, job, job->pool);
            err = err && err->status == 503 ? NULL : err;
        }
    }
    if (err) {
        print_error("%s\n", braze_err_line(err, job->pool));
        job->failed = 1;
    }
    return NULL;
}

static void nobody_is_lost_while_spans_are_made(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *company_id = unit_store_company(store, "Decorumsoft");
    job_t jobs[WRITERS + READERS] = {{0}};
    apr_thread_t *threads[WRITERS + READERS];
    apr_status_t rv;
    int i, count;

    fill(store, company_id, SOME);
    for (i = 0; i < WRITERS + READERS; i++) {
        jobs[i].store = store;
        jobs[i].company_id = company_id;
        jobs[i].number = i;
        apr_pool_create(&jobs[i].pool, NULL);
        assert_int_equal(apr_thread_create(&threads[i], NULL, run_job, &jobs[i], jobs[i].pool),
                         APR_SUCCESS);
    }
    for (i = 0; i < WRITERS + READERS; i++) {
        apr_thread_join(&rv, threads[i]);
        assert_int_equal(jobs[i].failed, 0);
        apr_pool_destroy(jobs[i].pool);
    }
    count = SOME + WRITERS * (ROUNDS - (ROUNDS + 2) / 3);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), count);
    assert_int_equal(unit_store_count(store, "SELECT sum(users) FROM braze_user_count"), count);
    assert_true(spans(store, 0) > SOME / 256 - 2);
    assert_int_equal(wrong(store), 0);
    look_everywhere(store, company_id, count);
}

/* ---- from before ---- */

static void users_of_version_2_are_divided(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *company_id = "0660d98a-eec72b06-e7ad7f3f-e60118af";
    int from, to;

    assert_fine(store_migrate_to(&from, &to, store->db, 2, store->pool));
    unit_store_do(store,
                  apr_psprintf(store->pool,
                               "INSERT INTO braze_company(id, name, name_key, version) "
                               "VALUES('%s', 'Decorumsoft', 'decorumsoft', 1), ('c2', 'O', 'o', 1)",
                               company_id));
    fill(store, company_id, SOME);
    assert_fine(braze_store_migrate(&from, &to, store->db, store->pool));
    assert_int_equal(to, BRAZE_SCHEMA_VERSION);
    assert_int_equal(spans(store, 0), SOME / 256 + 1); /* 5, and the other company's */
    assert_int_equal(wrong(store), 0);
    look_everywhere(store, company_id, SOME);
    unit_store_do(store, "DELETE FROM braze_user");
    assert_int_equal(wrong(store), 0);
    assert_int_equal(unit_store_count(store, "SELECT sum(users) FROM braze_user_count"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_nth_user_is_found),
        STORE_TEST(nobody_is_lost_while_spans_are_made),
        STORE_TEST_EMPTY(users_of_version_2_are_divided),
    };

    return cmocka_run_group_tests_name("store spans", tests, NULL, NULL);
}
