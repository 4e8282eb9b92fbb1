/* SPDX-License-Identifier: Apache-2.0 */
/* What braze_db_since says of a database that this connection, another one or another program
 * writes. */
#include <stdlib.h>

#include <apr_strings.h>

#include "src/store/store_int.h"
#include "unit_store.h"

#define CONNECTIONS 3
#define STEPS 3000

typedef struct {
    apr_uint64_t since, now;
} moments_t;

static moments_t ask(braze_db_t *db, volatile apr_uint64_t *clock, apr_pool_t *pool)
{
    moments_t moments;

    assert_fine(braze_db_since(&moments.since, &moments.now, db, clock, pool));
    return moments;
}

/* A connection is what its pool is. */
static braze_db_t *open_another(const unit_store_t *store)
{
    apr_pool_t *pool;

    apr_pool_create(&pool, store->pool);
    return unit_store_open(store, pool);
}

/* What was read at a moment that was got before counts no more. */
#define assert_changed(before, db)                                                                 \
    do {                                                                                           \
        moments_t after = ask(db, &clock, store->pool);                                            \
        assert_true(after.since > (before).now);                                                   \
        assert_true(after.now >= after.since);                                                     \
        (before) = after;                                                                          \
    } while (0)
#define assert_unchanged(before, db)                                                               \
    do {                                                                                           \
        moments_t after = ask(db, &clock, store->pool);                                            \
        assert_true(after.since <= (before).now);                                                  \
        assert_true(after.now >= (before).now);                                                    \
    } while (0)

static void reading_changes_nothing(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL);
    volatile apr_uint64_t clock = 0;
    moments_t first = ask(store->db, &clock, store->pool);

    assert_true(first.since > 0 && first.now >= first.since);
    assert_unchanged(first, store->db);
    assert_non_null(unit_store_get(store, user));
    assert_unchanged(first, store->db);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 1);
    assert_unchanged(first, store->db);
}

static void whoever_writes_is_seen(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    volatile apr_uint64_t clock = 0;
    moments_t kept = ask(store->db, &clock, store->pool);
    int rows;

    /* This connection, by the store. */
    unit_store_user(store, id, "ada@b.example", NULL);
    assert_changed(kept, store->db);
    assert_unchanged(kept, store->db);
    /* This connection, by somebody else who has borrowed it. */
    assert_int_equal(apr_dbd_query(store->db->driver, store->db->handle, &rows,
                                   "UPDATE braze_user SET active = 0"),
                     0);
    assert_changed(kept, store->db);
    /* Another program. */
    unit_store_do(store, "UPDATE braze_user SET active = 1");
    assert_changed(kept, store->db);
    assert_unchanged(kept, store->db);
    /* All rows of a table at once, which SQLite does without looking at each. */
    assert_int_equal(
        apr_dbd_query(store->db->driver, store->db->handle, &rows, "CREATE TABLE plain(n INTEGER)"),
        0);
    assert_int_equal(
        apr_dbd_query(store->db->driver, store->db->handle, &rows, "INSERT INTO plain VALUES(1)"),
        0);
    kept = ask(store->db, &clock, store->pool);
    assert_int_equal(
        apr_dbd_query(store->db->driver, store->db->handle, &rows, "DELETE FROM plain"), 0);
    assert_changed(kept, store->db);
}

static void what_is_not_committed_is_not_there(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_db_t *other = open_another(store);
    const char *id = unit_store_company(store, "Decorumsoft");
    volatile apr_uint64_t clock = 0;
    moments_t kept;
    int rows;

    unit_store_user(store, id, "ada@b.example", NULL);
    kept = ask(store->db, &clock, store->pool);
    ask(other, &clock, store->pool);
    assert_int_equal(apr_dbd_query(other->driver, other->handle, &rows, "BEGIN IMMEDIATE"), 0);
    assert_int_equal(
        apr_dbd_query(other->driver, other->handle, &rows, "UPDATE braze_user SET active = 0"), 0);
    assert_unchanged(kept, store->db);
    assert_int_equal(apr_dbd_query(other->driver, other->handle, &rows, "COMMIT"), 0);
    assert_changed(kept, store->db);
}

/* A connection can vouch only for the time that it has seen. */
static void a_new_connection_begins_anew(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_db_t *other = open_another(store);
    volatile apr_uint64_t clock = 0;
    moments_t kept = ask(store->db, &clock, store->pool);

    assert_changed(kept, other);
    /* From then on both do, for what either of them reads. */
    assert_unchanged(kept, store->db);
    assert_unchanged(kept, other);
}

/* ---- a memory of one value, kept as sessions are ---- */

static const char *value_of(braze_db_t *db, apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;

    assert_int_equal(
        apr_dbd_select(db->driver, pool, db->handle, &results, "SELECT name FROM braze_company", 1),
        0);
    assert_int_equal(apr_dbd_get_row(db->driver, pool, results, &row, -1), 0);
    return apr_pstrdup(pool, apr_dbd_get_entry(db->driver, row, 0));
}

static void write_value(braze_db_t *db, int value, apr_pool_t *pool)
{
    int rows;

    assert_int_equal(
        apr_dbd_query(db->driver, db->handle, &rows,
                      apr_psprintf(pool, "UPDATE braze_company SET name = 'n%d'", value)),
        0);
}

static void what_is_kept_is_what_would_be_read(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_db_t *db[CONNECTIONS];
    volatile apr_uint64_t clock = 0;
    apr_uint64_t stamp = 0;
    char kept[16] = "";
    apr_pool_t *step;
    unsigned int seed = 20261123;
    int i, hits = 0;

    unit_store_company(store, "n0");
    apr_pool_create(&step, store->pool);
    for (i = 0; i < CONNECTIONS; i++) {
        db[i] = open_another(store);
    }
    for (i = 0; i < STEPS; i++) {
        braze_db_t *one = db[rand_r(&seed) % CONNECTIONS];

        if (rand_r(&seed) % 4 == 0) {
            write_value(one, i, step);
        } else {
            moments_t moments = ask(one, &clock, step);

            if (stamp && stamp >= moments.since) {
                assert_string_equal(kept, value_of(one, step));
                hits++;
            } else {
                stamp = moments.now;
                apr_cpystrn(kept, value_of(one, step), sizeof(kept));
            }
        }
        apr_pool_clear(step);
    }
    assert_true(hits > STEPS / 10);
}

static void postgresql_does_not_tell(void **state)
{
    unit_store_t *store = unit_store(state);
    volatile apr_uint64_t clock = 0;
    moments_t moments = ask(store->db, &clock, store->pool);

    assert_true(moments.since == 0 && moments.now == 0 && clock == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_SQLITE(reading_changes_nothing),
        STORE_TEST_SQLITE(whoever_writes_is_seen),
        STORE_TEST_SQLITE(what_is_not_committed_is_not_there),
        STORE_TEST_SQLITE(a_new_connection_begins_anew),
        STORE_TEST_SQLITE(what_is_kept_is_what_would_be_read),
        STORE_TEST_PGSQL(postgresql_does_not_tell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
