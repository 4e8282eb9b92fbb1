/* SPDX-License-Identifier: Apache-2.0 */
/* Several logins in one statement, on PostgreSQL: each gets what it would have got alone. */
#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "braze_id.h"
#include "src/store/store_int.h"
#include "unit_threads.h"

#define PERSISTENT "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
#define THREADS 16
#define LOGINS 40

static store_sign_in_t *run_of(const braze_sign_in_t *in, apr_pool_t *pool)
{
    store_sign_in_t *run = apr_pcalloc(pool, sizeof(*run));

    run->in = in;
    run->outcome = BRAZE_NO_USER;
    run->event_id = braze_id_new(in->now, pool);
    run->pool = pool;
    return run;
}

static void sign_in(const unit_store_t *store, const braze_sign_in_t *in,
                    braze_sign_in_outcome_t expected)
{
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;

    assert_fine(braze_store_sign_in(&outcome, &user, store->db, in, store->pool));
    assert_int_equal(outcome, expected);
}

/* An account that has signed in before, so that it has its link. */
static braze_user_t *known(const unit_store_t *store, const char *company_id, const char *email)
{
    braze_user_t *user = unit_store_user(store, company_id, email, NULL);
    braze_sign_in_t *in = unit_sign_in(company_id, email, "_before", user->id, store->pool);

    in->replay_key = apr_psprintf(store->pool, "before %s", user->id);
    sign_in(store, in, BRAZE_SIGNED_IN);
    return user;
}

/* Logins whose every value is another, so that none can stand in another's place. */
static braze_sign_in_t *marked(const char *company_id, const char *email, const char *mark,
                               apr_pool_t *pool)
{
    braze_sign_in_t *in = unit_sign_in(company_id, email, mark, mark, pool);
    braze_session_t *session = apr_pmemdup(pool, in->session, sizeof(*session));
    braze_event_t *event = apr_pmemdup(pool, in->event, sizeof(*event));
    int i = mark[strlen(mark) - 1];

    in->replay_until += apr_time_from_sec(i);
    session->created_at += apr_time_from_sec(1000 + i);
    session->expires_at += apr_time_from_sec(2000 + i);
    session->last_seen_at += apr_time_from_sec(3000 + i);
    session->idp = apr_pstrcat(pool, "idp", mark, NULL);
    session->name_id = apr_pstrcat(pool, "name", mark, NULL);
    session->name_id_format = apr_pstrcat(pool, "format", mark, NULL);
    session->name_qualifier = apr_pstrcat(pool, "qualifier", mark, NULL);
    session->sp_name_qualifier = apr_pstrcat(pool, "sp", mark, NULL);
    session->session_index = apr_pstrcat(pool, "index", mark, NULL);
    event->at += apr_time_from_sec(4000 + i);
    event->actor = apr_pstrcat(pool, "actor", mark, NULL);
    event->ip = apr_pstrcat(pool, "ip", mark, NULL);
    event->correlation = apr_pstrcat(pool, "correlation", mark, NULL);
    event->detail = apr_pstrcat(pool, "detail", mark, NULL);
    in->session = session;
    in->event = event;
    return in;
}

#define SECONDS(time) apr_time_sec(time)

/* What the rows of a login should be, from what it was asked with. */
static void assert_written(const unit_store_t *store, const store_sign_in_t *run,
                           const braze_user_t *user)
{
    const braze_sign_in_t *in = run->in;
    const braze_session_t *session = in->session;
    const braze_event_t *event = in->event;
    apr_pool_t *pool = store->pool;

    assert_int_equal(run->settled, 1);
    assert_int_equal(run->outcome, BRAZE_SIGNED_IN);
    assert_string_equal(run->user->id, user->id);
    assert_string_equal(run->user->user_name, user->user_name);
    assert_string_equal(run->user->company_id, user->company_id);
    assert_true(unit_store_get(store, user)->last_sign_in_at == in->now);
    assert_string_equal(
        unit_store_see(store, apr_psprintf(pool,
                                           "SELECT concat_ws('|', company_id, user_id, "
                                           "created_at / 1000, expires_at / 1000, "
                                           "last_seen_at / 1000, idp, name_id, name_id_format, "
                                           "name_qualifier, sp_name_qualifier, session_index, "
                                           "assertion_key) FROM braze_session "
                                           "WHERE session_hash = '%s'",
                                           in->session_hash)),
        apr_psprintf(pool, "%s|%s|%ld|%ld|%ld|%s|%s|%s|%s|%s|%s|%s", user->company_id, user->id,
                     (long)SECONDS(session->created_at), (long)SECONDS(session->expires_at),
                     (long)SECONDS(session->last_seen_at), session->idp, session->name_id,
                     session->name_id_format, session->name_qualifier, session->sp_name_qualifier,
                     session->session_index, in->replay_key));
    assert_string_equal(
        unit_store_see(store, apr_psprintf(pool,
                                           "SELECT concat_ws('|', company_id, at / 1000, name, "
                                           "user_id, user_name, actor, ip, correlation, detail) "
                                           "FROM braze_event WHERE id = '%s'",
                                           run->event_id)),
        apr_psprintf(pool, "%s|%ld|Signed In|%s|%s|%s|%s|%s|%s", user->company_id,
                     (long)SECONDS(event->at), user->id, user->user_name, event->actor, event->ip,
                     event->correlation, event->detail));
    assert_string_equal(
        unit_store_see(store, apr_psprintf(pool,
                                           "SELECT until_at / 1000 FROM braze_replay "
                                           "WHERE company_id = '%s' AND replay_key = '%s'",
                                           user->company_id, in->replay_key)),
        apr_psprintf(pool, "%ld", (long)SECONDS(in->replay_until)));
}

static void every_size_of_a_lot_signs_all_in(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *users[STORE_LOT_MAX];
    store_sign_in_t *runs[STORE_LOT_MAX];
    int i, count;

    for (i = 0; i < STORE_LOT_MAX; i++) {
        users[i] = known(store, id, apr_psprintf(store->pool, "p%d@b.example", i));
    }
    for (count = 1; count <= STORE_LOT_MAX; count++) {
        apr_pool_t *pool;

        apr_pool_create(&pool, store->pool);
        for (i = 0; i < count; i++) {
            runs[i] = run_of(marked(id, users[i]->user_name,
                                    apr_psprintf(store->pool, "_%d_%d", count, i), store->pool),
                             store->pool);
        }
        assert_fine(store_sign_in_lot(runs, count, store->db, pool));
        apr_pool_destroy(pool); /* the leader's request ends before those of the others */
        for (i = 0; i < count; i++) {
            assert_written(store, runs[i], users[i]);
        }
    }
}

static braze_sign_in_t *named(const char *company_id, const char *email, const char *mark,
                              const char *name, apr_pool_t *pool)
{
    const braze_link_t link = {.idp = "idp", .name_id_format = PERSISTENT, .name_id = name};
    braze_sign_in_t *in = marked(company_id, email, mark, pool);

    in->link = braze_store_link_make(&link, "https://sp.example", pool);
    return in;
}

static void a_lot_by_name_id(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    const braze_user_t *ada = unit_store_user(store, id, "ada@b.example", NULL);
    const braze_user_t *bob = unit_store_user(store, other, "bob@b.example", NULL);
    store_sign_in_t *runs[3];

    sign_in(store, named(id, "ada@b.example", "_a1", "ada", store->pool), BRAZE_SIGNED_IN);
    sign_in(store, named(other, "bob@b.example", "_b1", "bob", store->pool), BRAZE_SIGNED_IN);
    /* The link finds the account, whatever the e-mail; and only in its own company. */
    runs[0] = run_of(named(id, "new@b.example", "_a2", "ada", store->pool), store->pool);
    runs[1] = run_of(named(other, "bob@b.example", "_b2", "bob", store->pool), store->pool);
    runs[2] = run_of(named(id, "bob@b.example", "_b3", "bob", store->pool), store->pool);
    assert_fine(store_sign_in_lot(runs, 3, store->db, store->pool));
    assert_written(store, runs[0], ada);
    assert_written(store, runs[1], bob);
    assert_int_equal(runs[2]->settled, 0);
}

enum { ADA, INACTIVE, UNLINKED, ADA_OF_OTHER, RENAMED, REPLAYED, COPY, ADA_AGAIN };

/* Rows of logins: each has one of each. */
static void assert_logins(const unit_store_t *store, int logins)
{
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), logins);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_replay"), logins);
    assert_int_equal(
        unit_store_count(store, "SELECT count(*) FROM braze_event WHERE name = 'Signed In'"),
        logins);
}

static void who_is_no_plain_case_goes_the_long_way(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    const braze_user_t *ada = known(store, id, "ada@b.example");
    const braze_user_t *theirs = known(store, other, "ada@b.example");
    braze_sign_in_t *in[STORE_LOT_MAX];
    store_sign_in_t *runs[STORE_LOT_MAX];
    int i;

    known(store, id, "ina@b.example");
    unit_store_user(store, id, "una@b.example", NULL);
    known(store, id, "rena@b.example");
    known(store, id, "repa@b.example");
    known(store, id, "copa@b.example");
    unit_store_do(store, "UPDATE braze_user SET active = 0 WHERE user_name = 'ina@b.example'");
    in[ADA] = marked(id, "ada@b.example", "_1", store->pool);
    in[INACTIVE] = marked(id, "ina@b.example", "_2", store->pool);
    in[UNLINKED] = marked(id, "una@b.example", "_3", store->pool);
    in[ADA_OF_OTHER] = marked(other, "ada@b.example", "_4", store->pool);
    /* An assertion that two companies take is used in each for itself. */
    in[ADA_OF_OTHER]->replay_key = in[ADA]->replay_key;
    in[RENAMED] = marked(id, "rena@b.example", "_5", store->pool);
    in[RENAMED]->given_name = "Other";
    in[REPLAYED] = marked(id, "repa@b.example", "_6", store->pool);
    sign_in(store, in[REPLAYED], BRAZE_SIGNED_IN);
    in[COPY] = marked(id, "copa@b.example", "_7", store->pool);
    in[COPY]->replay_key = in[ADA]->replay_key;
    in[ADA_AGAIN] = marked(id, "ada@b.example", "_8", store->pool);
    for (i = 0; i < STORE_LOT_MAX; i++) {
        runs[i] = run_of(in[i], store->pool);
    }
    assert_fine(store_sign_in_lot(runs, STORE_LOT_MAX, store->db, store->pool));
    assert_written(store, runs[ADA], ada);
    assert_written(store, runs[ADA_OF_OTHER], theirs);
    for (i = 0; i < STORE_LOT_MAX; i++) {
        assert_int_equal(runs[i]->settled, i == ADA || i == ADA_OF_OTHER);
        assert_int_equal(runs[i]->left_out, i == COPY || i == ADA_AGAIN);
    }
    assert_logins(store, 6 + 1 + 2);
    /* What each of the others comes to when it goes on. */
    sign_in(store, in[INACTIVE], BRAZE_USER_INACTIVE);
    sign_in(store, in[UNLINKED], BRAZE_SIGNED_IN);
    sign_in(store, in[RENAMED], BRAZE_SIGNED_IN);
    sign_in(store, in[REPLAYED], BRAZE_REPLAYED);
    sign_in(store, in[COPY], BRAZE_REPLAYED);
    sign_in(store, in[ADA_AGAIN], BRAZE_SIGNED_IN);
    assert_logins(store, 6 + 1 + 2 + 3);
}

static void set(const unit_store_t *store, const char *what, const char *email)
{
    unit_store_do(
        store,
        apr_psprintf(store->pool, "UPDATE braze_user SET %s WHERE user_name = '%s'", what, email));
}

static void what_the_account_has_decides(void **state)
{
    static const braze_wanted_t wanted = {.want_hash = "wanted"};
    static const char *const emails[STORE_LOT_MAX] = {
        "family@b.example", "scim@b.example",  "new@b.example",   "mapped@b.example",
        "stale@b.example",  "group@b.example", "later@b.example", "old@b.example"};
    static const int settled[STORE_LOT_MAX] = {0, 1, 1, 1, 0, 0, 1, 1};
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *users[STORE_LOT_MAX];
    braze_sign_in_t *in[STORE_LOT_MAX];
    store_sign_in_t *runs[STORE_LOT_MAX];
    int i;

    for (i = 0; i < STORE_LOT_MAX; i++) {
        users[i] = known(store, id, emails[i]);
        in[i] = marked(id, emails[i], apr_psprintf(store->pool, "_%d", i), store->pool);
        runs[i] = run_of(in[i], store->pool);
        set(store, "source = 'jit', given_name = 'Ada', family_name = 'Byron'", emails[i]);
    }
    in[0]->given_name = "Ada";
    in[0]->family_name = "Lovelace";
    set(store, "source = 'scim'", emails[1]);
    in[1]->given_name = in[1]->family_name = "Other";
    set(store, "confirmed = 0", emails[2]);
    for (i = 3; i <= 6; i++) {
        in[i]->wanted = &wanted;
        in[i]->map_on_login = i != 6;
    }
    /* 3 has what is wanted, 4 had it before the account was changed, 5 is no longer in the group.
     */
    for (i = 3; i <= 5; i++) {
        unit_store_do(store,
                      apr_psprintf(store->pool,
                                   "INSERT INTO braze_mapped(user_id, company_id, "
                                   "want_hash, user_version, group_ids, permissions) "
                                   "SELECT id, company_id, 'wanted', version%s, '%s', '[]' "
                                   "FROM braze_user WHERE user_name = '%s'",
                                   i == 4 ? " - 1" : "", i == 5 ? "[\"gone\"]" : "[]", emails[i]));
    }
    unit_store_do(store, "UPDATE braze_identity SET last_used_at = 1 WHERE user_id = "
                         "(SELECT id FROM braze_user WHERE user_name = 'old@b.example')");
    assert_fine(store_sign_in_lot(runs, STORE_LOT_MAX, store->db, store->pool));
    for (i = 0; i < STORE_LOT_MAX; i++) {
        assert_int_equal(runs[i]->settled, settled[i]);
        if (settled[i]) {
            assert_written(store, runs[i], users[i]);
        }
        assert_int_equal(unit_store_get(store, users[i])->version, i == 2 ? 2 : 1);
    }
    assert_int_equal(unit_store_get(store, users[2])->confirmed, 1);
    assert_int_equal(runs[2]->user->version, 2);
    assert_int_equal(
        unit_store_count(store, "SELECT count(*) FROM braze_identity WHERE last_used_at = 1"), 0);
}

static void a_lot_by_name_id_looks_at_the_e_mail(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    store_sign_in_t *runs[2];
    braze_sign_in_t *in[2];

    unit_store_user(store, id, "ada@b.example", NULL);
    unit_store_user(store, id, "bob@b.example", NULL);
    sign_in(store, named(id, "ada@b.example", "_a1", "ada", store->pool), BRAZE_SIGNED_IN);
    sign_in(store, named(id, "bob@b.example", "_b1", "bob", store->pool), BRAZE_SIGNED_IN);
    unit_store_do(store, "UPDATE braze_user SET source = 'jit'");
    in[0] = named(id, "new@b.example", "_a2", "ada", store->pool);
    in[0]->email = "new@b.example";
    in[1] = named(id, "bob@b.example", "_b2", "bob", store->pool);
    in[1]->email = "bob@b.example";
    runs[0] = run_of(in[0], store->pool);
    runs[1] = run_of(in[1], store->pool);
    assert_fine(store_sign_in_lot(runs, 2, store->db, store->pool));
    assert_int_equal(runs[0]->settled, 0);
    assert_int_equal(runs[1]->settled, 1);
}

static void a_record_of_an_older_schema_counts_in_a_lot(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    store_sign_in_t *runs[2];
    braze_sign_in_t *in;

    known(store, id, "ada@b.example");
    known(store, id, "bob@b.example");
    in = marked(id, "ada@b.example", "_1", store->pool);
    in->replay_digest = "older";
    runs[0] = run_of(in, store->pool);
    runs[1] = run_of(marked(id, "bob@b.example", "_2", store->pool), store->pool);
    unit_store_do(
        store, apr_psprintf(store->pool, "INSERT INTO braze_replay VALUES('%s', 'older', 1)", id));
    assert_fine(store_sign_in_lot(runs, 2, store->db, store->pool));
    assert_int_equal(runs[0]->settled, 0);
    assert_int_equal(runs[1]->settled, 1);
}

static void do_by(const braze_db_t *db, const char *sql)
{
    int changed;

    assert_int_equal(apr_dbd_query(db->driver, db->handle, &changed, sql), 0);
}

/* A login would have to wait for whoever changes its account, and the others of its lot with it. */
static void nobody_waits_for_an_account_that_is_being_changed(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const braze_user_t *bob;
    const braze_db_t *other = unit_store_open(store, store->pool);
    store_sign_in_t *runs[2];
    apr_time_t begun;

    known(store, id, "ada@b.example");
    bob = known(store, id, "bob@b.example");
    runs[0] = run_of(marked(id, "ada@b.example", "_1", store->pool), store->pool);
    runs[1] = run_of(marked(id, "bob@b.example", "_2", store->pool), store->pool);
    /* If this fails, the schema is dropped nevertheless. */
    do_by(other, "SET idle_in_transaction_session_timeout = '10s'");
    do_by(other, "BEGIN");
    do_by(other, "UPDATE braze_user SET active = 0 WHERE user_name = 'ada@b.example'");
    begun = apr_time_now();
    assert_fine(store_sign_in_lot(runs, 2, store->db, store->pool));
    /* lock_timeout is 5 s. */
    assert_true(apr_time_now() - begun < apr_time_from_sec(4));
    assert_int_equal(runs[0]->settled, 0);
    assert_written(store, runs[1], bob);
    do_by(other, "COMMIT");
    sign_in(store, runs[0]->in, BRAZE_USER_INACTIVE);
}

/* ---- threads ---- */

static int log_in_once(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);
    const char *email = number == 0 ? "ada@b.example" : "bob@b.example";
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;
    apr_time_t begun;
    braze_err_t *err;

    (void)store;
    if (number) { /* when the other is at it */
        apr_sleep(apr_time_from_msec(300));
    }
    begun = apr_time_now();
    err = braze_store_sign_in(&outcome, &user, db,
                              unit_sign_in(company->id, email, email, "", pool), pool);
    if (err) {
        return unit_complain(err, pool);
    }
    if (outcome != BRAZE_SIGNED_IN) {
        return 1;
    }
    /* The account is held for 2 s from before they began. */
    return number == 0 ? apr_time_now() - begun < apr_time_from_msec(500)
                       : apr_time_now() - begun > apr_time_from_msec(1000);
}

static void *APR_THREAD_FUNC let_go_later(apr_thread_t *thread, void *data)
{
    (void)thread;
    apr_sleep(apr_time_from_sec(2));
    do_by(data, "COMMIT");
    return NULL;
}

/* Who leads has the others behind it. */
static void a_lone_login_that_has_to_wait_keeps_nobody(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_db_t *other = unit_store_open(store, store->pool);
    apr_thread_t *thread;
    apr_status_t rv;

    known(store, id, "ada@b.example");
    known(store, id, "bob@b.example");
    do_by(other, "BEGIN");
    do_by(other, "UPDATE braze_user SET department = 'x' WHERE user_name = 'ada@b.example'");
    assert_int_equal(apr_thread_create(&thread, NULL, let_go_later, other, store->pool),
                     APR_SUCCESS);
    assert_int_equal(unit_threads_run(store, 2, log_in_once, 0), 0);
    assert_int_equal(apr_thread_join(&rv, thread), APR_SUCCESS);
}

static apr_uint32_t signed_in, replayed;
static braze_combiner_t *another; /* that of another process */

/* Two threads post the same assertions, each at its own pace; one of the two gets in. */
static int log_in(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);
    const char *email = apr_psprintf(pool, "p%d@b.example", number / 2);
    int i;

    (void)store;
    if (number % 3 == 0) {
        braze_db_combine(db, another);
    }
    for (i = 0; i < LOGINS; i++) {
        braze_sign_in_t *in =
            unit_sign_in(company->id, email, apr_psprintf(pool, "_%d_%d", number / 2, i),
                         apr_itoa(pool, number), pool);
        braze_sign_in_outcome_t outcome;
        braze_user_t *user;
        braze_err_t *err = braze_store_sign_in(&outcome, &user, db, in, pool);

        if (err) {
            return unit_complain(err, pool);
        }
        braze_db_release(db);
        if (outcome == BRAZE_SIGNED_IN && strcmp(user->user_name, email) == 0) {
            apr_atomic_inc32(&signed_in);
        } else if (outcome == BRAZE_REPLAYED && !user) {
            apr_atomic_inc32(&replayed);
        }
    }
    return 0;
}

static void each_assertion_lets_one_in_whoever_is_served_with_whom(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    int i;

    for (i = 0; i < THREADS / 2; i++) {
        known(store, id, apr_psprintf(store->pool, "p%d@b.example", i));
    }
    another = braze_combiner_make(store->pool);
    assert_non_null(another);
    apr_atomic_set32(&signed_in, 0);
    apr_atomic_set32(&replayed, 0);
    assert_int_equal(unit_threads_run(store, THREADS, log_in, 0), 0);
    assert_int_equal(apr_atomic_read32(&signed_in), THREADS / 2 * LOGINS);
    assert_int_equal(apr_atomic_read32(&replayed), THREADS / 2 * LOGINS);
    assert_logins(store, THREADS / 2 * LOGINS + THREADS / 2);
    assert_int_equal(unit_store_count(store,
                                      "SELECT count(*) FROM braze_session s JOIN braze_user u "
                                      "ON u.id = s.user_id WHERE s.name_id <> u.user_name"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_PGSQL(every_size_of_a_lot_signs_all_in),
        STORE_TEST_PGSQL(a_lot_by_name_id),
        STORE_TEST_PGSQL(who_is_no_plain_case_goes_the_long_way),
        STORE_TEST_PGSQL(a_record_of_an_older_schema_counts_in_a_lot),
        STORE_TEST_PGSQL(nobody_waits_for_an_account_that_is_being_changed),
        STORE_TEST_PGSQL(what_the_account_has_decides),
        STORE_TEST_PGSQL(a_lot_by_name_id_looks_at_the_e_mail),
        STORE_TEST_PGSQL(a_lone_login_that_has_to_wait_keeps_nobody),
        STORE_TEST_PGSQL(each_assertion_lets_one_in_whoever_is_served_with_whom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
