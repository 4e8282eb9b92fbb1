/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many at once: threads of one process under its write lock, as in a server, and processes that
 * know nothing of one another (this program starts itself again for them), one of which is killed
 * while it writes.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "unit_threads.h"

#define PROCESSES 4
#define LOGINS 25 /* threads of each */
#define WRITERS 50
#define KILLS 4

/* ---- one person's first logins ---- */

static int first_login(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);
    const char *assertion = apr_psprintf(pool, "_%d", number);
    braze_sign_in_outcome_t outcome;
    braze_sign_in_t *in;
    braze_user_t *user;
    braze_err_t *err;

    (void)store;
    in = unit_sign_in(company->id, "ada@b.example", assertion, "", pool);
    in->new_user = unit_user(company->id, "ada@b.example", NULL, pool);
    err = braze_store_sign_in(&outcome, &user, db, in, pool);
    return err || (outcome != BRAZE_CREATED && outcome != BRAZE_SIGNED_IN)
               ? unit_complain(err, pool)
               : 0;
}

/* The same assertion in every thread. */
static int same_login(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);
    braze_sign_in_outcome_t outcome;
    braze_sign_in_t *in;
    braze_user_t *user;
    braze_err_t *err;

    (void)store;
    in = unit_sign_in(company->id, "ada@b.example", "_1", apr_itoa(pool, number), pool);
    in->new_user = unit_user(company->id, "ada@b.example", NULL, pool);
    err = braze_store_sign_in(&outcome, &user, db, in, pool);
    return err || outcome == BRAZE_NO_USER ? unit_complain(err, pool) : 0;
}

static int count_up(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);
    int i;

    (void)store;
    (void)number;
    for (i = 0; i < 20; i++) {
        apr_int64_t used;
        braze_err_t *err = braze_store_rate_hit(&used, db, company->id, UNIT_NOW, pool);

        if (err) {
            return unit_complain(err, pool);
        }
    }
    return 0;
}

/* Adds one to the number that is the user's nick name, as often as it takes to get it written. */
static int write_once(braze_db_t *db, const braze_company_t *company,
                      const apr_array_header_t *note, apr_pool_t *pool)
{
    int done = 0;

    while (!done) {
        braze_user_t *user;
        braze_json_t *resource;
        const char *text;
        braze_err_t *err = braze_store_user_by_name(&user, db, company->id, "ada@b.example", pool);

        if (!err) {
            err = braze_json_parse(&resource, user->resource, strlen(user->resource), pool);
        }
        if (err) {
            return unit_complain(err, pool);
        }
        text = braze_json_get_string(resource, "nickName");
        text = apr_psprintf(pool, "%d", text ? (int)apr_strtoi64(text, NULL, 10) + 1 : 1);
        braze_json_set_string(resource, "nickName", text);
        user->resource = braze_json_text(resource, pool);
        err = braze_store_user_update(&done, db, user, UNIT_NOW, note, pool);
        if (err) {
            return unit_complain(err, pool);
        }
    }
    return 0;
}

static int write_some(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);

    (void)store;
    (void)number;
    return write_once(db, company, NULL, pool) + write_once(db, company, NULL, pool);
}

/* Each takes the administration from one of two. */
static int abdicate(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);
    const char *name = apr_psprintf(pool, "boss%d@b.example", number % 2);
    braze_user_t *user;
    braze_err_t *err = braze_store_user_by_name(&user, db, company->id, name, pool);
    int done;

    (void)store;
    if (err) {
        return unit_complain(err, pool);
    }
    user->active = 0;
    err = braze_store_user_update(&done, db, user, UNIT_NOW, NULL, pool);
    return err && strcmp(err->tag, "BRAZE-0115") != 0 ? unit_complain(err, pool) : 0;
}

static void fifty_writers_lose_nothing(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL);

    assert_int_equal(unit_threads_run(store, WRITERS, write_some, 0), 0);
    user = unit_store_get(store, user);
    assert_int_equal(user->version, 1 + 2 * WRITERS);
    assert_non_null(strstr(user->resource, "\"nickName\":\"100\""));
}

static void an_assertion_posted_everywhere_is_good_once(void **state)
{
    unit_store_t *store = unit_store(state);

    unit_store_company(store, "Decorumsoft");
    assert_int_equal(unit_threads_run(store, 16, same_login, 0), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 2);
    /* Now for a person who is known. */
    unit_store_do(store, "DELETE FROM braze_replay");
    assert_int_equal(unit_threads_run(store, 16, same_login, 100), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 2);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 3);
}

/* ---- one group's members ---- */

/* The group is the only one; number tells which user. */
static int join_group(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);
    apr_array_header_t *steps = apr_array_make(pool, 1, sizeof(braze_member_step_t));
    braze_group_t group = {0};
    braze_group_change_t change = {&group, 0, 0, steps, NULL, UNIT_NOW};
    braze_user_t *user;
    braze_err_t *err;
    int done = 0;

    (void)store;
    group.company_id = company->id;
    group.id = "0660d98a-eec72b06-e7ad7f3f-e60118af";
    err = braze_store_user_by_name(&user, db, company->id,
                                   apr_psprintf(pool, "user%d@b.example", number), pool);
    if (err || !user) {
        return unit_complain(err, pool);
    }
    APR_ARRAY_PUSH(steps, braze_member_step_t) =
        (braze_member_step_t){BRAZE_MEMBERS_ADD, unit_ids(pool, user->id, NULL), NULL, NULL};
    change.event = unit_event(company->id, "Updated Group", pool);
    err = braze_store_group_change(&done, db, &change, pool);
    return err || !done ? unit_complain(err, pool) : 0;
}

static void fifty_who_change_one_group_lose_nobody(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_group_t *group = unit_group(id, "Guides", store->pool);
    apr_array_header_t *members;
    int i;

    group->id = "0660d98a-eec72b06-e7ad7f3f-e60118af";
    assert_fine(braze_store_group_add(store->db, group, NULL, UNIT_NOW, NULL, store->pool));
    for (i = 0; i < WRITERS; i++) {
        unit_store_user(store, id, apr_psprintf(store->pool, "user%d@b.example", i), NULL);
    }
    assert_int_equal(unit_threads_run(store, WRITERS, join_group, 0), 0);
    assert_fine(braze_store_group_members(&members, store->db, id, group->id, store->pool));
    assert_int_equal(members->nelts, WRITERS);
    assert_fine(braze_store_group_get(&group, store->db, id, group->id, store->pool));
    assert_int_equal(group->version, 1 + WRITERS);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), WRITERS);
}

static void counted_requests_are_all_counted(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    apr_int64_t used;

    assert_int_equal(unit_threads_run(store, 8, count_up, 0), 0);
    assert_fine(braze_store_rate_hit(&used, store->db, id, UNIT_NOW, store->pool));
    assert_int_equal(used, 8 * 20 + 1);
}

static void two_cannot_both_be_the_second_last_administrator(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    int round;

    unit_store_user(store, id, "boss0@b.example", "{\"companyPermissions\":[\"admin\"]}");
    unit_store_user(store, id, "boss1@b.example", "{\"companyPermissions\":[\"admin\"]}");
    for (round = 0; round < 10; round++) {
        assert_int_equal(unit_threads_run(store, 2, abdicate, round), 0);
        assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user "
                                                 "WHERE active = 1"),
                         1);
        unit_store_do(store, "UPDATE braze_user SET active = 1");
    }
}

/* ---- processes ---- */

/* The arguments by which this program does a child's part. */
enum { ARG_PART = 1, ARG_DRIVER, ARG_PARAMS, ARG_NUMBER, ARGS_ALL };

static unit_store_t *child_store(char **argv, apr_pool_t *pool)
{
    unit_store_t *store = apr_pcalloc(pool, sizeof(*store));

    store->pool = pool;
    store->driver = argv[ARG_DRIVER];
    store->params = argv[ARG_PARAMS];
    return store;
}

static int child_logins(char **argv, apr_pool_t *pool)
{
    const unit_store_t *store = child_store(argv, pool);

    return unit_threads_run(store, LOGINS, first_login,
                            LOGINS * (int)apr_strtoi64(argv[ARG_NUMBER], NULL, 10));
}

/* Writes for ever; tells each version that was acknowledged. */
static int child_writes(char **argv, apr_pool_t *pool)
{
    const unit_store_t *store = child_store(argv, pool);
    apr_pool_t *each;
    braze_company_t *company;
    braze_db_t *db;
    int number;

    unit_assert_fine(braze_db_open(&db, store->driver, store->params, 0, NULL, pool), __FILE__,
                     __LINE__);
    company = unit_the_company(db, pool);
    apr_pool_create(&each, pool);
    for (number = 0;; number++) {
        apr_array_header_t *notes = apr_array_make(each, 2, sizeof(braze_event_t *));

        APR_ARRAY_PUSH(notes, braze_event_t *) = unit_event(company->id, "Updated Account", each);
        APR_ARRAY_PUSH(notes, braze_event_t *) = unit_event(company->id, "Updated Account", each);
        if (write_once(db, company, notes, each) != 0 || write(1, "x", 1) != 1) {
            return 1;
        }
        apr_pool_clear(each);
    }
}

static int run_child(char **argv)
{
    apr_pool_t *pool;
    int rv;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    apr_dbd_init(pool);
    rv =
        strcmp(argv[ARG_PART], "logins") == 0 ? child_logins(argv, pool) : child_writes(argv, pool);
    apr_pool_destroy(pool);
    return rv == 0 ? 0 : 1;
}

/* Starts this program for a part; its standard output goes to fd unless that is negative. */
static pid_t start_child(const unit_store_t *store, const char *part, int number, int fd)
{
    const char *args[ARGS_ALL + 1] = {
        "child", part, store->driver, store->params, apr_itoa(store->pool, number), NULL};
    pid_t pid = fork();

    if (pid == 0) {
        if (fd >= 0) {
            dup2(fd, STDOUT_FILENO);
        }
        execv("/proc/self/exe", (char *const *)args);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

static void a_hundred_first_logins_make_one_person(void **state)
{
    unit_store_t *store = unit_store(state);
    pid_t pids[PROCESSES];
    int i, status;

    unit_store_company(store, "Decorumsoft");
    for (i = 0; i < PROCESSES; i++) {
        pids[i] = start_child(store, "logins", i, -1);
    }
    for (i = 0; i < PROCESSES; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 100);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_replay"), 100);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event "
                                             "WHERE name = 'Added Account'"),
                     1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event "
                                             "WHERE name = 'Signed In'"),
                     100);
}

/* How many writes the child had acknowledged when it was killed. */
static int kill_while_writing(const unit_store_t *store, int after_ms)
{
    char told[4096];
    int fds[2], status, acknowledged = 0;
    ssize_t got;
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = start_child(store, "writes", 0, fds[1]);
    close(fds[1]);
    assert_int_equal(read(fds[0], told, 1), 1); /* it has begun */
    acknowledged = 1;
    apr_sleep(apr_time_from_msec(after_ms));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    while ((got = read(fds[0], told, sizeof(told))) > 0) {
        acknowledged += (int)got;
    }
    close(fds[0]);
    return acknowledged;
}

static void a_killed_writer_leaves_the_old_or_the_new(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL);
    int round, before = 1;

    for (round = 0; round < KILLS; round++) {
        int acknowledged = kill_while_writing(store, 7 + 13 * round), written;

        /* A server may still be ending the transaction of a client that is gone: a write of the
         * same row waits for it. */
        unit_store_do(store, "UPDATE braze_user SET department = department");
        written = (int)unit_store_get(store, user)->version - before;
        assert_true(written == acknowledged || written == acknowledged + 1);
        before += written;
        /* Each change came with two events. */
        assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"),
                         2 * (before - 1));
    }
    assert_non_null(strstr(unit_store_get(store, user)->resource,
                           apr_psprintf(store->pool, "\"nickName\":\"%d\"", before - 1)));
    if (store->engine == BRAZE_ENGINE_SQLITE) {
        assert_string_equal(unit_store_see(store, "PRAGMA integrity_check"), "ok");
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(fifty_writers_lose_nothing),
        STORE_TEST(an_assertion_posted_everywhere_is_good_once),
        STORE_TEST(fifty_who_change_one_group_lose_nobody),
        STORE_TEST(counted_requests_are_all_counted),
        STORE_TEST(two_cannot_both_be_the_second_last_administrator),
        STORE_TEST(a_hundred_first_logins_make_one_person),
        STORE_TEST(a_killed_writer_leaves_the_old_or_the_new),
    };

    if (argc == ARGS_ALL) {
        return run_child(argv);
    }
    return cmocka_run_group_tests_name("store concurrent", tests, NULL, NULL);
}
