/* SPDX-License-Identifier: Apache-2.0 */
/* Making, recognising and refusing a schema; and that every statement is one to each engine. */
#include <string.h>

#include <apr_strings.h>

#include "src/store/store_int.h"
#include "unit_store.h"

static void migrate_makes_the_schema_once(void **state)
{
    unit_store_t *store = unit_store(state);
    int from = -1, to = -1;

    assert_fine(braze_store_migrate(&from, &to, store->db, store->pool));
    assert_int_equal(from, 0);
    assert_int_equal(to, BRAZE_SCHEMA_VERSION);
    assert_fine(braze_store_migrate(&from, &to, store->db, store->pool));
    assert_int_equal(from, BRAZE_SCHEMA_VERSION);
    assert_int_equal(to, BRAZE_SCHEMA_VERSION);
    assert_fine(braze_store_check(store->db, store->pool));
    /* A row a step. */
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_schema"),
                     BRAZE_SCHEMA_VERSION);
}

static void a_database_without_schema_is_told(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_err_t *err = braze_store_check(store->db, store->pool);

    assert_refused(err, 500, "BRAZE-0101");
    assert_non_null(strstr(err->log, "braze-admin migrate"));
    /* What an administrator needs to know is not for clients. */
    assert_null(strstr(err->detail, "braze-admin"));
}

static void another_version_is_refused(void **state)
{
    unit_store_t *store = unit_store(state);
    int from, to;

    unit_store_do(store, "INSERT INTO braze_schema(version, migrated_at) VALUES(99, 0)");
    assert_refused(braze_store_check(store->db, store->pool), 500, "BRAZE-0102");
    assert_refused(braze_store_migrate(&from, &to, store->db, store->pool), 500, "BRAZE-0102");
    unit_store_do(store, "DELETE FROM braze_schema");
    unit_store_do(store, "INSERT INTO braze_schema(version, migrated_at) VALUES(0, 0)");
    assert_refused(braze_store_check(store->db, store->pool), 500, "BRAZE-0101");
}

static void the_printed_ddl_is_the_schema(void **state)
{
    unit_store_t *store = unit_store(state);

    unit_store_do(store, braze_store_schema(store->engine, store->pool));
    unit_store_do(store, "INSERT INTO braze_schema(version, migrated_at) VALUES(" APR_STRINGIFY(
                             BRAZE_SCHEMA_VERSION) ", 0)");
    assert_fine(braze_store_check(store->db, store->pool));
    unit_store_company(store, "Decorumsoft");
}

static void the_vocabulary_is_there(void **state)
{
    unit_store_t *store = unit_store(state);

    /* As Braze's pages list them: 25 legacy workspace strings, 10 for teams, 3 for a company. */
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_permission "
                                             "WHERE scope = 'company'"),
                     3);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_permission "
                                             "WHERE scope = 'workspace' AND legacy = 1"),
                     25);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_permission "
                                             "WHERE scope = 'team' AND legacy = 1"),
                     10);
}

static void every_statement_can_be_prepared(void **state)
{
    unit_store_t *store = unit_store(state);
    int id;

    for (id = 0; id < ST_COUNT; id++) {
        apr_dbd_prepared_t *prepared = NULL;

        if (!store_statement_text(id, store->engine)) {
            continue;
        }
        /* A count of arguments that none has: it is prepared, and then refused. */
        assert_int_equal(store_prepare(&prepared, store->db, id, 999, store->pool), -1);
        if (!store->db->conn->prepared[id]) {
            fail_msg("statement %d: %s", id,
                     apr_dbd_error(store->db->driver, store->db->handle, 0));
        }
    }
}

static void a_wrong_number_of_arguments_is_refused(void **state)
{
    unit_store_t *store = unit_store(state);
    store_rows_t rows;

    assert_refused(store_select(&rows, store->db, ST_COMPANY_GET, ARGS("a", "b"), store->pool), 500,
                   "BRAZE-0111");
}

static void parameters_become_the_drivers(void **state)
{
    apr_pool_t *pool;
    int args;

    (void)state;
    apr_pool_create(&pool, NULL);
    assert_string_equal(
        store_statement_expand(&args, "a=$1 b>$2# c=$1 d=$2", BRAZE_ENGINE_SQLITE, pool),
        "a=%s b>%lld c=?1 d=?2");
    assert_int_equal(args, 2);
    assert_string_equal(store_statement_expand(&args, "a=$1 b>$2# c=$1", BRAZE_ENGINE_PGSQL, pool),
                        "a=%s b>%lld c=$1");
    assert_string_equal(
        store_statement_expand(&args, "x LIKE '%a' AND '$.b'", BRAZE_ENGINE_PGSQL, pool),
        "x LIKE '%%a' AND '$.b'");
    assert_int_equal(args, 0);
    assert_string_equal(
        store_statement_expand(&args, "($+, $+#), ($+) $2", BRAZE_ENGINE_PGSQL, pool),
        "(%s, %lld), (%s) $2");
    assert_int_equal(args, 3);
    assert_null(store_statement_expand(&args, "a=$2", BRAZE_ENGINE_PGSQL, pool));
    assert_int_equal(args, -1);
    assert_null(store_statement_expand(&args, "a=$0", BRAZE_ENGINE_PGSQL, pool));
    apr_pool_destroy(pool);
}

static void what_cannot_be_opened_is_told(void **state)
{
    braze_db_t *db = NULL;
    apr_pool_t *pool;
    braze_err_t *err;

    (void)state;
    apr_pool_create(&pool, NULL);
    err = braze_db_open(&db, "sqlite3", "/nonexistent/db.sqlite", 0, NULL, pool);
    assert_refused(err, 500, "BRAZE-0101");
    assert_non_null(strstr(err->log, "/nonexistent/db.sqlite"));
    assert_refused(braze_db_open(&db, "sqlite3", "/nonexistent/db.sqlite", 1, NULL, pool), 503,
                   "BRAZE-0110");
    err = braze_db_open(&db, "mysql", "host=localhost", 0, NULL, pool);
    assert_refused(err, 500, "BRAZE-0104");
    assert_non_null(strstr(err->log, "PostgreSQL"));
    err = braze_db_open(&db, "pgsql", "host=/nonexistent", 0, NULL, pool);
    assert_refused(err, 503, "BRAZE-0110");
    assert_true(err->retry_after > 0);
    apr_pool_destroy(pool);
}

static int initialize(void **state)
{
    (void)state;
    return apr_initialize();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_EMPTY(migrate_makes_the_schema_once),
        STORE_TEST_EMPTY(a_database_without_schema_is_told),
        STORE_TEST(another_version_is_refused),
        STORE_TEST_EMPTY(the_printed_ddl_is_the_schema),
        STORE_TEST(the_vocabulary_is_there),
        STORE_TEST(every_statement_can_be_prepared),
        STORE_TEST(a_wrong_number_of_arguments_is_refused),
        cmocka_unit_test(parameters_become_the_drivers),
        cmocka_unit_test(what_cannot_be_opened_is_told),
    };

    return cmocka_run_group_tests_name("store schema", tests, initialize, NULL);
}
