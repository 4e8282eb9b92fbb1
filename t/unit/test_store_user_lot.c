/* SPDX-License-Identifier: Apache-2.0 */
/* Several users changed or added in one statement, on PostgreSQL: each writes what it would have
 * written alone, or nothing. */
#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "src/store/store_int.h"
#include "unit_threads.h"

#define LATER (UNIT_NOW + apr_time_from_sec(60))
#define PEOPLE 6
#define THREADS 12
#define CHANGES 40

static apr_uint32_t added;

/* The next version of a row, every value another than before and than that of another mark; the
 * name's key stays. */
static store_user_change_t *marked(const unit_store_t *store, const braze_user_t *user,
                                   const char *mark)
{
    apr_pool_t *pool = store->pool;
    store_user_change_t *change = apr_pcalloc(pool, sizeof(*change));
    braze_user_t *changed = apr_pmemdup(pool, user, sizeof(*changed));
    braze_event_t *event = unit_event(user->company_id, "Updated Account", pool);
    int i = mark[strlen(mark) - 1];

    changed->user_name = apr_pstrcat(pool, "NAME", mark, NULL);
    changed->external_id = apr_pstrcat(pool, "external", mark, NULL);
    changed->email = apr_pstrcat(pool, "E", mark, "@b.example", NULL);
    changed->email_key = apr_pstrcat(pool, "e", mark, "@b.example", NULL);
    changed->email_domain = apr_pstrcat(pool, mark, ".example", NULL);
    changed->display_name = apr_pstrcat(pool, "Display", mark, NULL);
    changed->given_name = apr_pstrcat(pool, "Given", mark, NULL);
    changed->family_name = apr_pstrcat(pool, "Family", mark, NULL);
    changed->department = apr_pstrcat(pool, "department", mark, NULL);
    changed->source = apr_pstrcat(pool, "s", mark, NULL);
    changed->resource = apr_pstrcat(pool, "{\"userName\":\"", mark, "\"}", NULL);
    changed->confirmed = i % 2;
    changed->impersonation = (i + 1) % 2;
    changed->modified_at = LATER + apr_time_from_sec(i);
    changed->last_sign_in_at = LATER + apr_time_from_sec(100 + i);
    changed->version = user->version + 1;
    event->user_id = user->id;
    event->user_name = apr_pstrcat(pool, "event", mark, NULL);
    event->code = apr_pstrcat(pool, "code", mark, NULL);
    event->actor = apr_pstrcat(pool, "actor", mark, NULL);
    event->ip = apr_pstrcat(pool, "ip", mark, NULL);
    event->correlation = apr_pstrcat(pool, "correlation", mark, NULL);
    event->detail = apr_pstrcat(pool, "detail", mark, NULL);
    event->at = LATER + apr_time_from_sec(200 + i);
    change->user = changed;
    change->event = event;
    change->event_id = braze_id_new(event->at, pool);
    return change;
}

/* The user's row and the event's, as one text each; NULL where there is none. */
static const char *row_of(const unit_store_t *store, const char *id)
{
    return unit_store_see(
        store,
        apr_psprintf(
            store->pool,
            "SELECT concat_ws('|', company_id, id, user_name, user_name_key, external_id, email, "
            "email_key, email_domain, display_name, given_name, family_name, department, active, "
            "confirmed, impersonation, admin, source, permissions, resource, created_at, "
            "modified_at, last_sign_in_at, version, display_name_key, given_name_key, "
            "family_name_key) FROM braze_user WHERE id = '%s'",
            id));
}

static const char *event_of(const unit_store_t *store, const char *id)
{
    return unit_store_see(
        store, apr_psprintf(store->pool,
                            "SELECT concat_ws('|', company_id, at, name, user_id, user_name, code, "
                            "actor, ip, correlation, detail) FROM braze_event WHERE id = '%s'",
                            id));
}

#define MSEC(time) ((long)(apr_time_as_msec(time)))

static void assert_written(const unit_store_t *store, const store_user_change_t *change)
{
    const braze_user_t *u = change->user;
    const braze_event_t *e = change->event;
    apr_pool_t *pool = store->pool;

    assert_int_equal(change->done, 1);
    assert_string_equal(
        row_of(store, u->id),
        apr_psprintf(pool,
                     "%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%d|%d|%d|%d|%s|%s|%s|%ld|%ld|%ld|%d"
                     "|%s|%s|%s",
                     u->company_id, u->id, u->user_name, u->user_name_key, u->external_id, u->email,
                     u->email_key, u->email_domain, u->display_name, u->given_name, u->family_name,
                     u->department, u->active, u->confirmed, u->impersonation, u->admin, u->source,
                     u->permissions, u->resource, MSEC(u->created_at), MSEC(u->modified_at),
                     MSEC(u->last_sign_in_at), (int)u->version,
                     braze_name_key(u->display_name, pool), braze_name_key(u->given_name, pool),
                     braze_name_key(u->family_name, pool)));
    assert_string_equal(event_of(store, change->event_id),
                        apr_psprintf(pool, "%s|%ld|%s|%s|%s|%s|%s|%s|%s|%s", e->company_id,
                                     MSEC(e->at), e->name, e->user_id, e->user_name, e->code,
                                     e->actor, e->ip, e->correlation, e->detail));
}

static void every_size_of_a_lot_writes_all(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    braze_user_t *users[STORE_LOT_MAX];
    store_user_change_t *changes[STORE_LOT_MAX];
    int i, count;

    for (i = 0; i < STORE_LOT_MAX; i++) {
        users[i] = unit_store_user(store, i % 2 ? id : other,
                                   apr_psprintf(store->pool, "p%d@b.example", i), NULL);
    }
    for (count = 1; count <= STORE_LOT_MAX; count++) {
        for (i = 0; i < count; i++) {
            changes[i] = marked(store, unit_store_get(store, users[i]),
                                apr_psprintf(store->pool, "-%d-%d", count, i));
        }
        assert_fine(store_user_change_lot(changes, count, store->db, store->pool));
        for (i = 0; i < count; i++) {
            assert_written(store, changes[i]);
        }
    }
}

/* What may be NULL is, and an event need not be. */
static void what_is_not_there_is_null(void **state)
{
    static const braze_event_t none;
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *ada = unit_store_user(store, id, "ada@b.example", NULL), *changed;
    store_user_change_t *changes[] = {marked(store, ada, "-1")};

    assert_fine(store_user_change_lot(changes, 1, store->db, store->pool));
    changed = apr_pmemdup(store->pool, changes[0]->user, sizeof(*changed));
    changed->external_id = changed->email = changed->email_key = changed->email_domain = NULL;
    changed->display_name = changed->given_name = changed->family_name = NULL;
    changed->department = NULL;
    changed->last_sign_in_at = 0;
    changed->version++;
    changes[0]->user = changed;
    changes[0]->event = &none;
    changes[0]->event_id = NULL;
    changes[0]->done = 0;
    assert_fine(store_user_change_lot(changes, 1, store->db, store->pool));
    assert_int_equal(changes[0]->done, 1);
    assert_int_equal(
        unit_store_count(store,
                         "SELECT num_nulls(external_id, email, email_key, email_domain, "
                         "display_name, given_name, family_name, department, last_sign_in_at, "
                         "display_name_key, given_name_key, family_name_key) FROM braze_user"),
        12);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 1);
}

enum { PLAIN, OLDER, RENAMED, DEACTIVATED, NO_ADMIN, MORE_EMAILS, FOREIGN, GONE, CASES };

/* One of each in one lot with one that is plain. */
static void who_is_no_plain_case_goes_the_long_way(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    store_user_change_t *changes[CASES];
    const char *before[CASES];
    braze_user_t *users[CASES], *changed;
    int i;

    for (i = 0; i < CASES; i++) {
        users[i] = unit_store_user(store, id, apr_psprintf(store->pool, "p%d@b.example", i),
                                   i == NO_ADMIN ? "{\"companyPermissions\":[\"admin\"]}" : NULL);
    }
    unit_store_do(store, apr_psprintf(store->pool,
                                      "INSERT INTO braze_user_email(user_id, company_id, "
                                      "email_key) VALUES('%s', '%s', 'more@b.example')",
                                      users[MORE_EMAILS]->id, id));
    for (i = 0; i < CASES; i++) {
        changes[i] = marked(store, users[i], apr_psprintf(store->pool, "-%d", i));
        before[i] = row_of(store, users[i]->id);
        changed = apr_pmemdup(store->pool, changes[i]->user, sizeof(*changed));
        changed->version += i == OLDER;
        changed->user_name_key = i == RENAMED ? "new@b.example" : changed->user_name_key;
        changed->active = i != DEACTIVATED;
        changed->admin = 0;
        changed->company_id = i == FOREIGN ? other : id;
        changed->id = i == GONE ? braze_id_new(LATER, store->pool) : changed->id;
        changes[i]->user = changed;
    }
    assert_fine(store_user_change_lot(changes, CASES, store->db, store->pool));
    assert_written(store, changes[PLAIN]);
    for (i = PLAIN + 1; i < CASES; i++) {
        assert_int_equal(changes[i]->done, 0);
        assert_string_equal(row_of(store, users[i]->id), before[i]);
        assert_null(event_of(store, changes[i]->event_id));
    }
}

/* One of the two, whole. */
static void a_user_twice_in_a_lot_is_changed_once(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const braze_user_t *ada = unit_store_user(store, id, "ada@b.example", NULL);
    store_user_change_t *changes[] = {marked(store, ada, "-1"), marked(store, ada, "-2")};
    int which;

    assert_fine(store_user_change_lot(changes, 2, store->db, store->pool));
    assert_int_equal(changes[0]->done + changes[1]->done, 1);
    which = changes[1]->done;
    assert_written(store, changes[which]);
    assert_null(event_of(store, changes[!which]->event_id));
}

static void nobody_waits_for_a_user_whom_another_changes(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const braze_db_t *other = unit_store_open(store, store->pool);
    store_user_change_t *changes[] = {
        marked(store, unit_store_user(store, id, "ada@b.example", NULL), "-1"),
        marked(store, unit_store_user(store, id, "bob@b.example", NULL), "-2")};
    apr_time_t begun;
    int changed;

    assert_int_equal(
        apr_dbd_query(other->driver, other->handle, &changed,
                      "SET idle_in_transaction_session_timeout = '10s'; BEGIN; "
                      "UPDATE braze_user SET department = 'x' WHERE user_name = 'ada@b.example'"),
        0);
    begun = apr_time_now();
    assert_fine(store_user_change_lot(changes, 2, store->db, store->pool));
    /* lock_timeout is 5 s. */
    assert_true(apr_time_now() - begun < apr_time_from_sec(4));
    assert_int_equal(changes[0]->done, 0);
    assert_written(store, changes[1]);
    assert_int_equal(apr_dbd_query(other->driver, other->handle, &changed, "COMMIT"), 0);
}

/* ---- adding ---- */

/* Somebody new, every value another than that of another mark. */
static store_user_change_t *new_user(const unit_store_t *store, const char *company_id,
                                     const char *mark)
{
    apr_pool_t *pool = store->pool;
    const char *email = apr_pstrcat(pool, "new", mark, "@b.example", NULL);
    store_user_change_t *change = marked(store, unit_user(company_id, email, NULL, pool), mark);
    braze_user_t *user = apr_pmemdup(pool, change->user, sizeof(*user));
    braze_event_t *event = apr_pmemdup(pool, change->event, sizeof(*event));

    user->id = braze_id_new(LATER, pool);
    user->user_name_key = email;
    user->admin = mark[strlen(mark) - 1] / 2 % 2;
    user->created_at = LATER + apr_time_from_sec(300 + mark[strlen(mark) - 1]);
    event->user_id = user->id;
    event->id = change->event_id;
    change->user = user;
    change->event = event;
    return change;
}

static void every_size_of_a_lot_adds_all(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *ids[] = {unit_store_company(store, "Decorumsoft"),
                         unit_store_company(store, "Other")};
    store_user_change_t *changes[STORE_LOT_MAX];
    int i, count;

    for (count = 1; count <= STORE_LOT_MAX; count++) {
        for (i = 0; i < count; i++) {
            changes[i] = new_user(store, ids[i % 2], apr_psprintf(store->pool, "-%d-%d", count, i));
        }
        assert_fine(store_user_add_lot(changes, count, store->db, store->pool));
        for (i = 0; i < count; i++) {
            assert_written(store, changes[i]);
        }
    }
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 36);
}

static void who_has_a_name_that_is_taken_is_left_out(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    store_user_change_t *changes[] = {
        new_user(store, id, "-1"), new_user(store, id, "-2"), new_user(store, id, "-3"),
        new_user(store, unit_store_company(store, "Other"), "-1"), new_user(store, id, "-3")};
    int i;

    unit_store_user(store, id, "new-1@b.example", NULL);
    assert_fine(store_user_add_lot(changes, 5, store->db, store->pool));
    assert_int_equal(changes[0]->done, 0);
    assert_null(row_of(store, changes[0]->user->id));
    assert_null(event_of(store, changes[0]->event_id));
    assert_written(store, changes[1]);
    assert_written(store, changes[3]); /* of another company */
    assert_int_equal(changes[2]->done + changes[4]->done, 1);
    i = changes[4]->done ? 4 : 2;
    assert_written(store, changes[i]);
    assert_null(event_of(store, changes[6 - i]->event_id));
}

/* What one may not write nobody writes: each tries alone. */
static void a_fault_is_everybodys_and_nothing_is_written(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    store_user_change_t *changes[] = {new_user(store, id, "-1"), new_user(store, id, "-2")};
    braze_user_t *user = apr_pmemdup(store->pool, changes[1]->user, sizeof(*user));

    user->permissions = "{\"roles\":[\"none\"]}";
    changes[1]->user = user;
    assert_non_null(store_user_add_lot(changes, 2, store->db, store->pool));
    assert_int_equal(changes[0]->done + changes[1]->done, 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 0);
}

/* A name that somebody is just taking cannot be passed over: each waits alone, and nobody queues up
 * behind them. */
static void nobody_waits_for_a_name_that_another_is_taking(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const braze_db_t *other = unit_store_open(store, store->pool);
    store_user_change_t *changes[] = {new_user(store, id, "-1"), new_user(store, id, "-2")};
    apr_time_t begun;
    int changed;

    assert_int_equal(
        apr_dbd_query(
            other->driver, other->handle, &changed,
            apr_psprintf(store->pool,
                         "SET idle_in_transaction_session_timeout = '10s'; BEGIN; "
                         "INSERT INTO braze_user(id, company_id, user_name, user_name_key, active, "
                         "confirmed, impersonation, admin, source, permissions, resource, "
                         "created_at, modified_at, version) VALUES('x', '%s', 'x', "
                         "'new-2@b.example', 1, 0, 0, 0, 'scim', '{}', '{}', 1, 1, 1)",
                         id)),
        0);
    begun = apr_time_now();
    assert_non_null(store_user_add_lot(changes, 2, store->db, store->pool));
    /* lock_timeout is 5 s, deadlock_timeout 1 s. */
    assert_true(apr_time_now() - begun < apr_time_from_msec(800));
    assert_int_equal(changes[0]->done + changes[1]->done, 0);
    assert_int_equal(apr_dbd_query(other->driver, other->handle, &changed, "COMMIT"), 0);
    assert_fine(store_user_add_lot(changes, 2, store->db, store->pool));
    assert_int_equal(changes[0]->done, 1);
    assert_int_equal(changes[1]->done, 0);
}

/* Whose row was written and whose answer was lost meets itself, whoever made the id. */
static void its_own_row_is_no_conflict(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_user(id, "ada@b.example", NULL, store->pool);
    braze_event_t *event = unit_event(id, "Added Account", store->pool);

    user->id = braze_id_new(UNIT_NOW, store->pool);
    event->id = braze_id_new(UNIT_NOW, store->pool);
    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, event, store->pool));
    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, event, store->pool));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 1);
    user->id = braze_id_new(UNIT_NOW, store->pool);
    assert_refused(braze_store_user_add(store->db, user, UNIT_NOW, event, store->pool), 409,
                   "BRAZE-0112");
}

/* ---- threads ---- */

/* Everybody adds the same people, from either end. */
static int add_same(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);
    int i;

    (void)store;
    for (i = 0; i < CHANGES; i++) {
        const char *name = apr_psprintf(pool, "p%d@b.example", number % 2 ? i : CHANGES - 1 - i);
        braze_user_t *user = unit_user(company->id, name, NULL, pool);
        braze_event_t *event = unit_event(company->id, "Added Account", pool);
        braze_err_t *err;

        event->user_name = name;
        err = braze_store_user_add(db, user, LATER, event, pool);
        if (err && err->status != 409) {
            return unit_complain(err, pool);
        }
        if (!err) {
            apr_atomic_inc32(&added);
        }
        braze_db_release(db);
    }
    return 0;
}

static void each_name_is_added_once_whoever_comes_with_whom(void **state)
{
    unit_store_t *store = unit_store(state);

    unit_store_company(store, "Decorumsoft");
    apr_atomic_set32(&added, 0);
    assert_int_equal(unit_threads_run(store, THREADS, add_same, 0), 0);
    assert_int_equal(apr_atomic_read32(&added), CHANGES);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), CHANGES);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event e JOIN braze_user u "
                                             "ON u.id = e.user_id AND u.user_name = e.user_name"),
                     CHANGES);
}

/* A permission that names what is not there is the fault of one, and of no other. */
static int change_some(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);
    int i, done;

    (void)store;
    for (i = 0; i < CHANGES; i++) {
        apr_array_header_t *events = apr_array_make(pool, 1, sizeof(const braze_event_t *));
        const char *name = apr_psprintf(pool, "p%d@b.example", (number + i) % PEOPLE);
        braze_err_t *err = NULL;

        APR_ARRAY_PUSH(events, const braze_event_t *) =
            unit_event(company->id, "Updated Account", pool);
        for (done = 0; !done && !err;) {
            braze_user_t *user;

            err = braze_store_user_by_name(&user, db, company->id, name, pool);
            if (!err) {
                user->department = apr_psprintf(pool, "%d", (int)apr_atoi64(user->department) + 1);
                user->permissions = i % 8 == number % 8 ? "{\"roles\":[\"none\"]}" : "{}";
                err = braze_store_user_update(&done, db, user, LATER, events, pool);
                if (err && i % 8 == number % 8 && err->status == 400) {
                    err = NULL;
                    break;
                }
            }
        }
        if (err) {
            return unit_complain(err, pool);
        }
        braze_db_release(db);
    }
    return 0;
}

static void each_change_counts_whoever_is_served_with_whom(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    int i;

    for (i = 0; i < PEOPLE; i++) {
        unit_store_user(store, id, apr_psprintf(store->pool, "p%d@b.example", i), NULL);
    }
    unit_store_do(store, "UPDATE braze_user SET department = '0'");
    assert_int_equal(unit_threads_run(store, THREADS, change_some, 0), 0);
    /* One of eight is refused. */
    assert_int_equal(
        unit_store_count(store, "SELECT sum(CAST(department AS integer)) FROM braze_user"),
        THREADS * CHANGES / 8 * 7);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"),
                     THREADS * CHANGES / 8 * 7);
    assert_int_equal(unit_store_count(store, "SELECT sum(version) FROM braze_user"),
                     PEOPLE + THREADS * CHANGES / 8 * 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_PGSQL(every_size_of_a_lot_writes_all),
        STORE_TEST_PGSQL(what_is_not_there_is_null),
        STORE_TEST_PGSQL(who_is_no_plain_case_goes_the_long_way),
        STORE_TEST_PGSQL(a_user_twice_in_a_lot_is_changed_once),
        STORE_TEST_PGSQL(nobody_waits_for_a_user_whom_another_changes),
        STORE_TEST_PGSQL(every_size_of_a_lot_adds_all),
        STORE_TEST_PGSQL(who_has_a_name_that_is_taken_is_left_out),
        STORE_TEST_PGSQL(a_fault_is_everybodys_and_nothing_is_written),
        STORE_TEST_PGSQL(nobody_waits_for_a_name_that_another_is_taking),
        STORE_TEST_PGSQL(its_own_row_is_no_conflict),
        STORE_TEST_PGSQL(each_name_is_added_once_whoever_comes_with_whom),
        STORE_TEST_PGSQL(each_change_counts_whoever_is_served_with_whom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
