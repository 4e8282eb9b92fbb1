/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection goes through: lost statements, a lost server, a changed schema, a lock that is
 * not had. */
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "src/store/store_int.h"
#include "unit_store.h"

#define LATER (UNIT_NOW + apr_time_from_sec(60))

/* Reads, writes alone and writes in a transaction, each of which prepared statements before. */
static void use(const unit_store_t *store, const char *company_id, int number)
{
    braze_item_t item = {BRAZE_ITEM_WORKSPACE, NULL, NULL, NULL, NULL};
    braze_user_t *user;

    item.name = apr_psprintf(store->pool, "Workspace %d", number);
    assert_fine(braze_store_item_add(store->db, company_id, &item, store->pool));
    user = unit_store_user(store, company_id, apr_psprintf(store->pool, "u%d@b.example", number),
                           NULL);
    assert_non_null(unit_store_get(store, user));
}

/* Hurts the connection in one way, before a read, a write and a transaction. */
static void hurt_and_use(const unit_store_t *store, void (*hurt)(const unit_store_t *store))
{
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_user(id, "ada@b.example", NULL, store->pool);
    braze_item_t item = {BRAZE_ITEM_WORKSPACE, NULL, "Sales", NULL, NULL};

    use(store, id, 1);
    hurt(store);
    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, NULL, store->pool));
    hurt(store);
    assert_non_null(unit_store_get(store, user));
    store->db->reconnects = 0; /* as for the next request's loan */
    hurt(store);
    assert_fine(braze_store_item_add(store->db, id, &item, store->pool));
    use(store, id, 2);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 3);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_workspace"), 3);
}

static void change_schema(const unit_store_t *store)
{
    unit_store_do(store, "CREATE TABLE another (a INTEGER)");
    unit_store_do(store, "DROP TABLE another");
}

static void a_changed_schema_outdates_statements_only_once(void **state)
{
    hurt_and_use(unit_store(state), change_schema);
}

static void forget(const unit_store_t *store)
{
    int changed;

    assert_int_equal(
        apr_dbd_query(store->db->driver, store->db->handle, &changed, "DEALLOCATE ALL"), 0);
}

/* The same under a transaction of writers, of each kind of change that a program beside a server
 * may make. */
static void logins_go_on_after_the_schema_changed(void **state)
{
    static const char *const changes[] = {
        "CREATE TRIGGER another AFTER INSERT ON braze_event BEGIN SELECT 1; END",
        "DROP TRIGGER another",
        "CREATE TABLE another (a INTEGER)",
        "DROP TABLE another",
        "CREATE INDEX another ON braze_event(at)",
        "DROP INDEX another",
        "ANALYZE",
        "VACUUM",
    };
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_combiner_t *combiner = braze_combiner_make(store->pool);
    apr_size_t i;
    int together;

    unit_store_user(store, id, "ada@b.example", NULL);
    for (together = 0; together < 2; together++) {
        braze_db_combine(store->db, together ? combiner : NULL);
        for (i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
            const char *assertion = apr_psprintf(store->pool, "_%d-%d", together, (int)i);
            braze_sign_in_outcome_t outcome;
            braze_user_t *user;

            unit_store_do(store, changes[i]);
            assert_fine(braze_store_sign_in(
                &outcome, &user, store->db,
                unit_sign_in(id, "ada@b.example", assertion, "", store->pool), store->pool));
            assert_int_equal(outcome, BRAZE_SIGNED_IN);
        }
    }
}

static void forgotten_statements_are_prepared_again(void **state)
{
    hurt_and_use(unit_store(state), forget);
}

static const char *own_setting(braze_db_t *db, apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;

    assert_int_equal(apr_dbd_select(db->driver, pool, db->handle, &results, "SHOW lock_timeout", 1),
                     0);
    assert_int_equal(apr_dbd_get_row(db->driver, pool, results, &row, -1), 0);
    return apr_dbd_get_entry(db->driver, row, 0);
}

static void end_server_process(const unit_store_t *store)
{
    unit_store_see(store,
                   apr_psprintf(store->pool,
                                "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity "
                                "WHERE application_name = '%s'",
                                store->schema));
}

/* As after a restart of the server: the connection is dead and the next one knows no statements. */
static void a_lost_connection_is_made_again(void **state)
{
    unit_store_t *store = unit_store(state);
    int changed;

    assert_int_equal(
        apr_dbd_query(store->db->driver, store->db->handle, &changed,
                      apr_psprintf(store->pool, "SET application_name = '%s'", store->schema)),
        0);
    hurt_and_use(store, end_server_process);
    /* What the new session was told. */
    assert_string_equal(own_setting(store->db, store->pool), "5s");
}

/* As mod_dbd lends one: made again where it is broken, without a word. */
static braze_err_t *lend_checked(const apr_dbd_driver_t **driver, apr_dbd_t **handle,
                                 apr_pool_t **conn_pool, void *baton)
{
    const braze_db_t *db = baton;

    assert_int_equal(apr_dbd_check_conn(db->driver, db->pool, db->handle), APR_SUCCESS);
    *driver = db->driver;
    *handle = db->handle;
    *conn_pool = db->conn->pool;
    return NULL;
}

static void nothing_to_give_back(void *baton)
{
    (void)baton;
}

static void sign_in_once(const unit_store_t *store, braze_db_t *db, const char *company_id,
                         const char *assertion)
{
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;

    assert_fine(braze_store_sign_in(
        &outcome, &user, db, unit_sign_in(company_id, "ada@b.example", assertion, "", store->pool),
        store->pool));
    assert_int_equal(outcome, BRAZE_SIGNED_IN);
    braze_db_release(db);
}

/* The leader of a lot gives its connection back, broken, before its own login goes on. */
static void a_connection_that_was_given_back_broken_is_set_up_again(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_db_source_t source = {lend_checked, nothing_to_give_back, store->db};
    braze_db_t *db = braze_db_on_demand(store->engine, &source, &store->env, store->pool);
    int changed;

    braze_db_combine(db, braze_combiner_make(store->pool));
    unit_store_user(store, id, "ada@b.example", NULL);
    sign_in_once(store, db, id, "_1");
    sign_in_once(store, db, id, "_2");
    assert_string_equal(own_setting(store->db, store->pool), "5s");
    assert_int_equal(
        apr_dbd_query(store->db->driver, store->db->handle, &changed,
                      apr_psprintf(store->pool, "SET application_name = '%s'", store->schema)),
        0);
    end_server_process(store);
    sign_in_once(store, db, id, "_3");
    assert_string_equal(own_setting(store->db, store->pool), "5s");
    sign_in_once(store, db, id, "_4");
}

static void an_error_in_any_language_is_understood(void **state)
{
    /* libpq was found: nothing depends on the words of messages. */
    assert_int_equal(unit_store(state)->db->conn->sqlstates, 1);
}

typedef struct {
    const char *company_id;
    int attempts;
} conflict_t;

/* Writes, and meets a serialization failure the first time. */
static braze_err_t *conflict_once(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    conflict_t *conflict = baton;
    const char *why;
    int changed, rv;
    braze_err_t *err;

    (void)commit;
    err = store_write(&changed, db, ST_COMPANY_BUMP, ARGS(conflict->company_id), pool);
    if (err || conflict->attempts++ > 0) {
        return err;
    }
    rv = apr_dbd_query(db->driver, db->handle, &changed,
                       "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$");
    assert_int_not_equal(rv, 0);
    db->fault = store_fault_read(&why, db, rv, pool);
    assert_int_equal(db->fault, FAULT_TRANSIENT);
    return store_fault_error(db, "test", why, pool);
}

static void a_conflict_runs_the_transaction_again(void **state)
{
    unit_store_t *store = unit_store(state);
    conflict_t conflict = {NULL, 0};
    braze_company_t *company;

    conflict.company_id = unit_store_company(store, "Decorumsoft");
    assert_fine(store_transact(store->db, conflict_once, &conflict, store->pool));
    assert_int_equal(conflict.attempts, 2);
    assert_fine(braze_store_company_get(&company, store->db, conflict.company_id, store->pool));
    /* The first attempt left nothing. */
    assert_int_equal(company->version, 2);
}

static braze_err_t *always_busy(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    int *attempts = baton;

    (void)commit;
    ++*attempts;
    db->fault = FAULT_TRANSIENT;
    return store_fault_error(db, "test", "busy", pool);
}

static void retries_are_bounded(void **state)
{
    unit_store_t *store = unit_store(state);
    int attempts = 0;
    braze_err_t *err = store_transact(store->db, always_busy, &attempts, store->pool);

    assert_refused(err, 503, "BRAZE-0110");
    assert_true(err->retry_after > 0);
    /* A server's SQLite has waited in its driver already: it tries twice. */
    assert_int_equal(attempts, store->db->engine == BRAZE_ENGINE_SQLITE ? 2 : BRAZE_TX_RETRIES + 1);
}

static apr_status_t no_lock(void *baton)
{
    (void)baton;
    return APR_EGENERAL;
}

static void a_lock_that_is_not_had_is_503(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_company_t company = {0};
    braze_db_env_t env = store->env;
    braze_db_t *db;

    env.lock = no_lock;
    assert_fine(braze_db_open(&db, store->driver, store->params, 0, &env, store->pool));
    company.name = "Decorumsoft";
    assert_refused(braze_store_company_add(db, &company, store->pool), 503, "BRAZE-0110");
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_company"), 0);
}

/* Whoever holds a table for long must not hold every sign-in with it. */
static void a_lock_that_others_keep_is_503(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_db_t *db, *other = unit_store_open(store, store->pool);
    const char *params =
        apr_pstrcat(store->pool, store->params, " options='-c search_path=", store->schema,
                    " -c lock_timeout=200ms'", NULL);
    braze_item_t item = {BRAZE_ITEM_WORKSPACE, NULL, "Sales", NULL, NULL};
    braze_err_t *err;
    int changed;

    /* An operator's own limit stands, ours is for whoever has none. */
    assert_fine(braze_db_open(&db, store->driver, params, 0, &store->env, store->pool));
    assert_string_equal(own_setting(db, store->pool), "200ms");
    assert_string_equal(own_setting(store->db, store->pool), "5s");
    assert_int_equal(apr_dbd_query(other->driver, other->handle, &changed, "BEGIN"), 0);
    assert_int_equal(
        apr_dbd_query(other->driver, other->handle, &changed, "LOCK TABLE braze_workspace"), 0);
    err = braze_store_item_add(db, id, &item, store->pool);
    assert_int_equal(apr_dbd_query(other->driver, other->handle, &changed, "ROLLBACK"), 0);
    assert_refused(err, 503, "BRAZE-0110");
    assert_non_null(strstr(err->log, "lock timeout"));
    item.id = NULL;
    assert_fine(braze_store_item_add(db, id, &item, store->pool));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_workspace"), 1);
}

/* A server lends the same connection again and again. */
static void a_connection_is_set_up_once(void **state)
{
    unit_store_t *store = unit_store(state);
    apr_pool_t *request;
    braze_db_t *db;
    int i;

    for (i = 0; i < 2; i++) {
        apr_pool_create(&request, store->pool);
        assert_fine(braze_db_attach(&db, store->db->driver, store->db->handle, store->pool,
                                    &store->env, request));
        assert_ptr_equal(db->conn, store->db->conn);
        assert_int_equal(braze_db_engine(db), store->engine);
        assert_fine(braze_store_check(db, request));
        apr_pool_destroy(request);
    }
    if (store->engine == BRAZE_ENGINE_SQLITE) {
        assert_string_equal(unit_store_see(store, "PRAGMA journal_mode"), "wal");
    }
}

static const char *synchronous(const braze_db_t *db, apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;

    assert_int_equal(
        apr_dbd_select(db->driver, pool, db->handle, &results, "PRAGMA synchronous", 1), 0);
    assert_int_equal(apr_dbd_get_row(db->driver, pool, results, &row, -1), 0);
    return apr_dbd_get_entry(db->driver, row, 0);
}

/* DBDInitSQL "PRAGMA synchronous=EXTRA": an operator's wish comes before ours (1 is NORMAL, 3
 * EXTRA). */
static void an_operators_durability_is_kept(void **state)
{
    unit_store_t *store = unit_store(state);
    apr_dbd_t *handle = NULL;
    braze_db_t *db;
    apr_pool_t *pool;
    int changed;

    assert_string_equal(synchronous(store->db, store->pool), "1");
    apr_pool_create(&pool, store->pool);
    assert_int_equal(apr_dbd_open(store->db->driver, pool, store->params, &handle), APR_SUCCESS);
    assert_int_equal(apr_dbd_query(store->db->driver, handle, &changed, "PRAGMA synchronous=EXTRA"),
                     0);
    assert_fine(braze_db_attach(&db, store->db->driver, handle, pool, &store->env, pool));
    assert_string_equal(synchronous(db, pool), "3");
    apr_dbd_close(store->db->driver, handle);
    apr_pool_destroy(pool);
}

/* Another process writes for a while: braze-admin beside a server. */
static void a_busy_database_is_waited_for(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_db_t *other;
    int changed;

    other = unit_store_open(store, store->pool);
    assert_int_equal(apr_dbd_query(other->driver, other->handle, &changed, "BEGIN IMMEDIATE"), 0);
    {
        const char *why;
        int rv = apr_dbd_query(store->db->driver, store->db->handle, &changed, "BEGIN IMMEDIATE");

        assert_int_not_equal(rv, 0);
        assert_int_equal(store_fault_read(&why, store->db, rv, store->pool), FAULT_TRANSIENT);
    }
    assert_int_equal(apr_dbd_query(other->driver, other->handle, &changed, "COMMIT"), 0);
    unit_store_company(store, "Decorumsoft");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_SQLITE(a_changed_schema_outdates_statements_only_once),
        STORE_TEST_SQLITE(logins_go_on_after_the_schema_changed),
        STORE_TEST_PGSQL(forgotten_statements_are_prepared_again),
        STORE_TEST_PGSQL(a_lost_connection_is_made_again),
        STORE_TEST_PGSQL(a_connection_that_was_given_back_broken_is_set_up_again),
        STORE_TEST_PGSQL(a_lock_that_others_keep_is_503),
        STORE_TEST_PGSQL(an_error_in_any_language_is_understood),
        STORE_TEST_PGSQL(a_conflict_runs_the_transaction_again),
        STORE_TEST(retries_are_bounded),
        STORE_TEST_SQLITE(a_lock_that_is_not_had_is_503),
        STORE_TEST(a_connection_is_set_up_once),
        STORE_TEST_SQLITE(an_operators_durability_is_kept),
        STORE_TEST_SQLITE(a_busy_database_is_waited_for),
    };

    return cmocka_run_group_tests_name("store repair", tests, NULL, NULL);
}
