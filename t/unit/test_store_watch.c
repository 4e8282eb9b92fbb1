/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a database has changed, as told to those who keep a session, while this connection,
 * another one or another program writes.
 *
 * On PostgreSQL any transaction of the whole server is a change, this database's or not. So what
 * must be unchanged is tried until it is, and what must be changed is asked right after that.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>

#include <apr_atomic.h>
#include <apr_strings.h>

#include "src/store/store_int.h"
#include "unit_threads.h"

#define CONNECTIONS 3
#define STEPS 3000
#define READERS 8
#define READINGS 1500
#define WRITES 60
#define TRIES 2000

typedef struct {
    unit_store_t *store;
    volatile apr_uint64_t clock;
    braze_watch_t *watch;
    const char *company_id, *hash, *user_id;
} scene_t;

static scene_t *begin(void **state)
{
    unit_store_t *store = unit_store(state);
    scene_t *scene = apr_pcalloc(store->pool, sizeof(*scene));
    braze_sign_in_outcome_t outcome;
    braze_sign_in_t *in;
    braze_user_t *user;

    scene->store = store;
    scene->watch = braze_watch_make(&scene->clock, store->pool);
    assert_non_null(scene->watch);
    braze_db_watch(store->db, scene->watch);
    scene->company_id = unit_store_company(store, "Decorumsoft");
    unit_store_user(store, scene->company_id, "ada@b.example", NULL);
    in = unit_sign_in(scene->company_id, "ada@b.example", "_1", "", store->pool);
    assert_fine(braze_store_sign_in(&outcome, &user, store->db, in, store->pool));
    assert_int_equal(outcome, BRAZE_SIGNED_IN);
    scene->hash = in->session_hash;
    scene->user_id = user->id;
    return scene;
}

/* A connection is what its pool is. */
static braze_db_t *open_another(const scene_t *scene)
{
    apr_pool_t *pool;
    braze_db_t *db;

    apr_pool_create(&pool, scene->store->pool);
    db = unit_store_open(scene->store, pool);
    braze_db_watch(db, scene->watch);
    return db;
}

static int is_unchanged(braze_db_t *db, apr_uint64_t moment, apr_pool_t *pool)
{
    int unchanged;

    assert_fine(braze_db_unchanged(&unchanged, db, moment, pool));
    return unchanged;
}

static braze_session_t *read_session(const scene_t *scene, braze_db_t *db, apr_pool_t *pool)
{
    braze_session_t *session;

    assert_fine(braze_store_session_find(&session, db, scene->company_id, scene->hash,
                                         UNIT_NOW + apr_time_from_sec(1), 0, pool));
    assert_non_null(session);
    return session;
}

/* The moment of a session that is read now, as a page does it. */
static apr_uint64_t read_at(const scene_t *scene, braze_db_t *db)
{
    is_unchanged(db, 0, scene->store->pool);
    read_session(scene, db, scene->store->pool);
    assert_true(braze_db_moment(db) > 0);
    return braze_db_moment(db);
}

/* A moment of which it was just heard that nothing has changed since. */
static apr_uint64_t calm(const scene_t *scene, braze_db_t *db)
{
    apr_uint64_t moment = 0;
    int i;

    for (i = 0; i < TRIES; i++) {
        moment = read_at(scene, db);
        if (is_unchanged(db, moment, scene->store->pool)) {
            return moment;
        }
    }
    fail_msg("nothing is ever unchanged");
    return 0;
}

static void by_hand(braze_db_t *db, const char *sql)
{
    int rows;

    assert_int_equal(apr_dbd_query(db->driver, db->handle, &rows, sql), 0);
}

static void reading_changes_nothing(void **state)
{
    scene_t *scene = begin(state);
    unit_store_t *store = scene->store;
    int i, unchanged = 0;

    for (i = 0; i < TRIES && !unchanged; i++) {
        apr_uint64_t moment = calm(scene, store->db);

        read_session(scene, store->db, store->pool);
        assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 1);
        unchanged = is_unchanged(store->db, moment, store->pool);
        assert_true(unchanged || store->engine == BRAZE_ENGINE_PGSQL);
    }
    assert_true(unchanged);
}

static void whoever_writes_is_seen(void **state)
{
    scene_t *scene = begin(state);
    unit_store_t *store = scene->store;
    braze_db_t *other = open_another(scene);
    apr_uint64_t moment;

    /* This connection, by the store. */
    moment = calm(scene, store->db);
    unit_store_user(store, scene->company_id, "ben@b.example", NULL);
    assert_false(is_unchanged(store->db, moment, store->pool));
    /* This connection, by somebody else who has borrowed it. */
    moment = calm(scene, store->db);
    by_hand(store->db, "UPDATE braze_user SET given_name = 'A'");
    assert_false(is_unchanged(store->db, moment, store->pool));
    /* Another one. */
    moment = calm(scene, store->db);
    by_hand(other, "UPDATE braze_user SET given_name = 'B'");
    assert_false(is_unchanged(store->db, moment, store->pool));
    /* Another program. */
    moment = calm(scene, store->db);
    unit_store_do(store, "UPDATE braze_user SET given_name = 'C'");
    assert_false(is_unchanged(store->db, moment, store->pool));
    /* All rows of a table at once, which SQLite does without looking at each. */
    by_hand(store->db, "CREATE TABLE plain(n INTEGER)");
    by_hand(store->db, "INSERT INTO plain VALUES(1)");
    moment = calm(scene, store->db);
    by_hand(store->db, "DELETE FROM plain");
    assert_false(is_unchanged(store->db, moment, store->pool));
}

static void what_is_not_committed_is_not_there(void **state)
{
    scene_t *scene = begin(state);
    braze_db_t *other = open_another(scene);
    apr_uint64_t moment;

    by_hand(other, scene->store->engine == BRAZE_ENGINE_SQLITE ? "BEGIN IMMEDIATE" : "BEGIN");
    by_hand(other, "UPDATE braze_user SET given_name = 'A'");
    moment = calm(scene, scene->store->db);
    by_hand(other, "COMMIT");
    assert_false(is_unchanged(scene->store->db, moment, scene->store->pool));
}

/* A connection can vouch only for the time that it has seen. */
static void a_new_connection_begins_anew(void **state)
{
    scene_t *scene = begin(state);
    apr_uint64_t moment = calm(scene, scene->store->db);
    braze_db_t *other = open_another(scene);

    assert_false(is_unchanged(other, moment, scene->store->pool));
    /* From then on both do. */
    calm(scene, other);
    calm(scene, scene->store->db);
}

static void lose(const scene_t *scene, braze_db_t *other)
{
    braze_db_t *db = scene->store->db;

    by_hand(other, apr_psprintf(scene->store->pool, "SELECT pg_terminate_backend(%ld)",
                                db->conn->backend));
    while (apr_dbd_query(db->driver, db->handle, &(int){0}, "SELECT 1") == 0) {
        apr_sleep(1000);
    }
}

static void so_does_one_that_was_lost(void **state)
{
    scene_t *scene = begin(state);
    braze_db_t *db = scene->store->db, *other = open_another(scene);
    apr_uint64_t moment = calm(scene, db);

    lose(scene, other);
    assert_false(is_unchanged(db, moment, scene->store->pool));
    moment = calm(scene, db);
    lose(scene, other);
    assert_int_equal(apr_dbd_check_conn(db->driver, scene->store->pool, db->handle), APR_SUCCESS);
    /* Made anew, of which nobody told the store; nor does a statement that the old one had. */
    memset(db->conn->prepared, 0, sizeof(db->conn->prepared));
    assert_false(is_unchanged(db, moment, scene->store->pool));
    calm(scene, db);
}

/* What a transaction has written itself its snapshot does not say. */
static void within_a_transaction_there_are_no_moments(void **state)
{
    scene_t *scene = begin(state);
    braze_db_t *db = scene->store->db;

    calm(scene, db);
    db->in_transaction = 1;
    read_session(scene, db, scene->store->pool);
    db->in_transaction = 0;
    assert_int_equal(braze_db_moment(db), 0);
}

static void what_cannot_be_named_is_not_believed(void **state)
{
    scene_t *scene = begin(state);
    braze_db_t *db = scene->store->db;
    char *snapshot = apr_palloc(scene->store->pool, 2000);

    calm(scene, db);
    store_watch_read(db, NULL); /* as on a standby */
    assert_int_equal(braze_db_moment(db), 0);
    assert_false(store_watch_holds(db, scene->clock, NULL));
    memset(snapshot, 'x', 1999);
    memcpy(snapshot, "1 ", 2);
    snapshot[1999] = '\0';
    store_watch_read(db, snapshot);
    assert_int_equal(braze_db_moment(db), 0);
    snapshot[1000] = '\0';
    store_watch_read(db, snapshot);
    assert_true(braze_db_moment(db) > 0);
    assert_false(is_unchanged(db, 0, scene->store->pool));
}

static void without_a_watch_nothing_is_known(void **state)
{
    scene_t *scene = begin(state);
    braze_db_t *db = scene->store->db;

    calm(scene, db);
    braze_db_watch(db, NULL);
    read_session(scene, db, scene->store->pool);
    assert_int_equal(braze_db_moment(db), 0);
    assert_false(is_unchanged(db, scene->clock, scene->store->pool));
}

/* Where others write all the time no page asks in vain; and when they have stopped, it is soon
 * asked again. */
static void what_is_asked_in_vain_is_not_asked(void **state)
{
    scene_t *scene = begin(state);
    unit_store_t *store = scene->store;
    int i, left_out = 0;

    calm(scene, store->db);
    for (i = 0; i < 20; i++) {
        apr_uint64_t moment = read_at(scene, store->db);

        by_hand(store->db, "UPDATE braze_user SET given_name = 'A'");
        assert_false(is_unchanged(store->db, moment, store->pool));
    }
    while (left_out < TRIES && !is_unchanged(store->db, read_at(scene, store->db), store->pool)) {
        left_out++;
    }
    assert_in_range(left_out, 3, TRIES - 1);
}

/* ---- a memory of one session ---- */

typedef struct {
    apr_uint64_t moment;
    int value;
} memory_t;

static int value_of(const scene_t *scene, braze_db_t *db, apr_pool_t *pool)
{
    const char *name = read_session(scene, db, pool)->user->given_name;

    return name ? (int)strtol(name, NULL, 10) : 0;
}

static void write_value(braze_db_t *db, int value, apr_pool_t *pool)
{
    by_hand(db, apr_psprintf(pool, "UPDATE braze_user SET given_name = '%d'", value));
}

/* 1: out of the memory. */
static int recall(memory_t *memory, const scene_t *scene, braze_db_t *db, apr_pool_t *pool)
{
    if (is_unchanged(db, memory->moment, pool)) {
        return 1;
    }
    memory->value = value_of(scene, db, pool);
    memory->moment = braze_db_moment(db);
    return 0;
}

static void what_is_kept_is_what_would_be_read(void **state)
{
    scene_t *scene = begin(state);
    braze_db_t *db[CONNECTIONS];
    memory_t memory = {0};
    apr_pool_t *step;
    unsigned int seed = 20261123;
    int i, hits = 0;

    apr_pool_create(&step, scene->store->pool);
    for (i = 0; i < CONNECTIONS; i++) {
        db[i] = open_another(scene);
    }
    for (i = 0; i < STEPS; i++) {
        braze_db_t *one = db[rand_r(&seed) % CONNECTIONS];

        if (rand_r(&seed) % 8 == 0) {
            write_value(one, i, step);
        } else if (recall(&memory, scene, one, step)) {
            assert_int_equal(memory.value, value_of(scene, one, step));
            hits++;
        }
        apr_pool_clear(step);
    }
    assert_true(hits > STEPS / 20);
}

/* ---- and of one that threads share ---- */

static const scene_t *shared;
static volatile apr_uint32_t written, hits_shared;

/* What was written before a page asks is the least that it may show. */
static int read_or_write(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    apr_pool_t *step;
    memory_t memory = {0};
    int i;

    (void)store;
    apr_pool_create(&step, pool);
    braze_db_watch(db, shared->watch);
    for (i = 1; number == 0 && i <= WRITES; i++) {
        write_value(db, i, step);
        apr_atomic_set32(&written, (apr_uint32_t)i);
        apr_sleep(3000);
    }
    for (i = 0; number > 0 && (i < READINGS || apr_atomic_read32(&written) < WRITES); i++) {
        int least = (int)apr_atomic_read32(&written), hit;

        hit = recall(&memory, shared, db, step);
        if (memory.value < least) {
            print_error("%d is shown and %d was written (%s)\n", memory.value, least,
                        hit ? "kept" : "read");
            return 1;
        }
        apr_atomic_add32(&hits_shared, (apr_uint32_t)hit);
        apr_pool_clear(step);
    }
    return 0;
}

static void threads_may_share_an_answer(void **state)
{
    scene_t *scene = begin(state);

    shared = scene;
    written = hits_shared = 0;
    assert_int_equal(unit_threads_run(scene->store, 1 + READERS, read_or_write, 0), 0);
    assert_true(hits_shared > READINGS);
}

/* ---- whose connection hangs */

static volatile apr_uint32_t borrowing;

static braze_err_t *borrow_slowly(const apr_dbd_driver_t **driver, apr_dbd_t **handle,
                                  apr_pool_t **conn_pool, void *baton)
{
    const braze_db_t *db = baton;

    apr_atomic_inc32(&borrowing);
    apr_sleep(apr_time_from_sec(4));
    *driver = db->driver;
    *handle = db->handle;
    *conn_pool = db->conn->pool;
    return NULL;
}

static void give_nothing_back(void *baton)
{
    (void)baton;
}

static volatile apr_uint64_t asked_of;

/* Threads 0 and 1 ask and hang; those after them come while they do, the last when nobody can still
 * hope for an answer. */
static int hang_or_ask(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    braze_db_source_t source = {borrow_slowly, give_nothing_back, db};
    braze_db_t *slow = braze_db_on_demand(store->engine, &source, &store->env, pool);
    apr_time_t began;
    int unchanged, failed = 0;

    if (number < 2) {
        braze_db_watch(slow, shared->watch);
        return braze_db_unchanged(&unchanged, slow, asked_of, pool) != NULL;
    }
    while (apr_atomic_read32(&borrowing) < 2) {
        apr_sleep(1000);
    }
    apr_sleep(number == 4 ? apr_time_from_sec(2) : 0);
    braze_db_watch(db, shared->watch);
    began = apr_time_now();
    failed = braze_db_unchanged(&unchanged, db, asked_of, pool) != NULL || unchanged;
    failed |= apr_time_now() - began > apr_time_from_msec(number == 4 ? 500 : 1800);
    return failed;
}

static void nobody_waits_long_for_another(void **state)
{
    scene_t *scene = begin(state);
    braze_db_t *db = scene->store->db;

    shared = scene;
    borrowing = 0;
    asked_of = calm(scene, db);
    assert_int_equal(unit_threads_run(scene->store, 5, hang_or_ask, 0), 0);
    calm(scene, db);
}

static volatile apr_uint32_t resumed;
static volatile pid_t backends[2];

static pid_t backend_of(braze_db_t *db, apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;

    if (apr_dbd_select(db->driver, pool, db->handle, &results, "SELECT pg_backend_pid()", 1) != 0 ||
        apr_dbd_get_row(db->driver, pool, results, &row, -1) != 0) {
        return 0;
    }
    return (pid_t)strtol(apr_dbd_get_entry(db->driver, row, 0), NULL, 10);
}

/* Gives a connection whose server process does not answer. */
static braze_err_t *borrow_hung(const apr_dbd_driver_t **driver, apr_dbd_t **handle,
                                apr_pool_t **conn_pool, void *baton)
{
    const braze_db_t *db = baton;
    apr_uint32_t number = apr_atomic_inc32(&borrowing);

    apr_sleep(apr_time_from_msec(500)); /* for others to queue up */
    kill(backends[number], SIGSTOP);
    *driver = db->driver;
    *handle = db->handle;
    *conn_pool = db->conn->pool;
    return NULL;
}

/* Where a caller's frames were: does anybody still write there? */
static int is_written_to(void)
{
    volatile char frame[8192] = {0};
    size_t i;
    int written = 0;

    while (!apr_atomic_read32(&resumed)) {
        apr_sleep(1000);
    }
    apr_sleep(apr_time_from_msec(300));
    for (i = 0; i < sizeof(frame); i++) {
        written |= frame[i];
    }
    return written;
}

/* Threads 0 and 1 ask for those who have queued up, and get no answer until 4 has the server go on.
 */
static int ask_in_vain(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    braze_db_source_t source = {borrow_hung, give_nothing_back, db};
    braze_db_t *slow = braze_db_on_demand(store->engine, &source, &store->env, pool);
    apr_time_t began;
    int unchanged, failed;

    if (number < 2) {
        backends[number] = backend_of(db, pool);
        apr_sleep(apr_time_from_msec(300)); /* until both are known */
        braze_db_watch(slow, shared->watch);
        return !backends[number] || braze_db_unchanged(&unchanged, slow, asked_of, pool) != NULL;
    }
    while (apr_atomic_read32(&borrowing) < 2) {
        apr_sleep(1000);
    }
    if (number == 4) {
        apr_sleep(apr_time_from_sec(2));
        failed = kill(backends[0], SIGCONT) != 0 || kill(backends[1], SIGCONT) != 0;
        apr_atomic_set32(&resumed, 1);
        return failed;
    }
    braze_db_watch(db, shared->watch);
    began = apr_time_now();
    failed = braze_db_unchanged(&unchanged, db, asked_of, pool) != NULL || unchanged;
    failed |= apr_time_now() - began > apr_time_from_msec(1800);
    return failed | is_written_to();
}

static void who_gives_up_is_told_nothing(void **state)
{
    scene_t *scene = begin(state);
    braze_db_t *db = scene->store->db;

    shared = scene;
    borrowing = resumed = 0;
    asked_of = calm(scene, db);
    assert_int_equal(unit_threads_run(scene->store, 5, ask_in_vain, 0), 0);
    calm(scene, db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(reading_changes_nothing),
        STORE_TEST(whoever_writes_is_seen),
        STORE_TEST(what_is_not_committed_is_not_there),
        STORE_TEST(a_new_connection_begins_anew),
        STORE_TEST_PGSQL(so_does_one_that_was_lost),
        STORE_TEST_PGSQL(within_a_transaction_there_are_no_moments),
        STORE_TEST_PGSQL(what_cannot_be_named_is_not_believed),
        STORE_TEST(without_a_watch_nothing_is_known),
        STORE_TEST_PGSQL(what_is_asked_in_vain_is_not_asked),
        STORE_TEST(what_is_kept_is_what_would_be_read),
        STORE_TEST(threads_may_share_an_answer),
        STORE_TEST_PGSQL(nobody_waits_long_for_another),
        STORE_TEST_PGSQL(who_gives_up_is_told_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
