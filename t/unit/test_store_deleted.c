/* SPDX-License-Identifier: Apache-2.0 */
/* Users who are deleted while others sign them in, put them into groups, or count them. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "unit_threads.h"

#define WRITERS 50

/* Even numbers put a user into the group, the odd one behind deletes that user. */
static int join_or_die(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);
    apr_array_header_t *steps = apr_array_make(pool, 1, sizeof(braze_member_step_t));
    braze_group_t group = {0};
    braze_group_change_t change = {&group, 0, 0, steps, NULL, UNIT_NOW};
    const char *id = apr_psprintf(pool, "user-%d", number / 2);
    braze_err_t *err;
    int done = 0;

    (void)store;
    if (number % 2) {
        err = braze_store_user_delete(&done, db, company->id, id, 0, 0, NULL, pool);
        return err || !done ? unit_complain(err, pool) : 0;
    }
    group.company_id = company->id;
    group.id = "group";
    APR_ARRAY_PUSH(steps, braze_member_step_t) =
        (braze_member_step_t){BRAZE_MEMBERS_ADD, unit_ids(pool, id, NULL), NULL, NULL};
    err = braze_store_group_change(&done, db, &change, pool);
    /* Who comes too late is told so. */
    return err && strcmp(err->tag, "BRAZE-0120") != 0 ? unit_complain(err, pool) : 0;
}

static void members_may_be_deleted_meanwhile(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_group_t *group = unit_group(id, "Guides", store->pool);
    int i;

    group->id = "group";
    assert_fine(braze_store_group_add(store->db, group, NULL, UNIT_NOW, NULL, store->pool));
    for (i = 0; i < WRITERS / 2; i++) {
        braze_user_t *user =
            unit_user(id, apr_psprintf(store->pool, "user%d@b.example", i), NULL, store->pool);

        user->id = apr_psprintf(store->pool, "user-%d", i);
        assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, NULL, store->pool));
    }
    assert_int_equal(unit_threads_run(store, WRITERS, join_or_die, 0), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_group_member"), 0);
    assert_int_equal(unit_store_count(store, "SELECT sum(users) FROM braze_user_count"), 0);
}

/* Even numbers sign a user in; the odd one behind deletes that user. */
static int enter_or_die(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);
    const char *name = apr_psprintf(pool, "user%d@b.example", number / 2);
    braze_sign_in_t *in = unit_sign_in(company->id, name, name, "", pool);
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;
    braze_err_t *err;
    int done = 0;

    (void)store;
    if (number % 2) {
        err = braze_store_user_delete(&done, db, company->id,
                                      apr_psprintf(pool, "user-%d", number / 2), 0, 0, NULL, pool);
        return err || !done ? unit_complain(err, pool) : 0;
    }
    err = braze_store_sign_in(&outcome, &user, db, in, pool);
    return err || (outcome != BRAZE_SIGNED_IN && outcome != BRAZE_NO_USER)
               ? unit_complain(err, pool)
               : 0;
}

static void enter(const unit_store_t *store, const char *company_id, const char *name)
{
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;
    braze_sign_in_t *in = unit_sign_in(
        company_id, name, apr_pstrcat(store->pool, "before ", name, NULL), "", store->pool);

    assert_fine(braze_store_sign_in(&outcome, &user, store->db, in, store->pool));
    assert_int_equal(outcome, BRAZE_SIGNED_IN);
}

static void nobodys_session_is_left(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    int i;

    for (i = 0; i < WRITERS / 2; i++) {
        braze_user_t *user =
            unit_user(id, apr_psprintf(store->pool, "user%d@b.example", i), NULL, store->pool);

        user->id = apr_psprintf(store->pool, "user-%d", i);
        user->permissions = "{\"companyPermissions\":[\"manage_company_settings\"]}";
        assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, NULL, store->pool));
        if (i % 2) {
            /* Linked now, and so let in by one statement: on PostgreSQL, another way. */
            enter(store, id, user->email);
        }
    }
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), WRITERS / 2);
    assert_int_equal(unit_threads_run(store, WRITERS, enter_or_die, 0), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 0);
}

/* ---- users who come and go ---- */

#define COMERS 16
#define EACH 6 /* users that one of them adds; every second one goes again, with its group */

static int come_and_go(const unit_store_t *store, braze_db_t *db, int number, apr_pool_t *pool)
{
    const braze_company_t *company = unit_the_company(db, pool);
    int i, done;

    (void)store;
    for (i = 0; i < EACH; i++) {
        const char *name = apr_psprintf(pool, "user%d-%d@b.example", number, i);
        braze_user_t *user = unit_user(company->id, name, NULL, pool);
        braze_err_t *err = braze_store_user_add(db, user, UNIT_NOW, NULL, pool);

        if (!err) {
            err = braze_store_group_add(db, unit_group(company->id, name, pool),
                                        unit_ids(pool, user->id, NULL), UNIT_NOW, NULL, pool);
        }
        if (!err && i % 2) {
            err = braze_store_user_delete(&done, db, company->id, user->id, 0, 0, NULL, pool);
        }
        if (err) {
            return unit_complain(err, pool);
        }
    }
    return 0;
}

static void users_who_come_and_go_are_counted(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    apr_array_header_t *users;
    apr_int64_t total;

    assert_int_equal(unit_threads_run(store, COMERS, come_and_go, 0), 0);
    assert_fine(braze_store_user_list(&users, &total, store->db, id, 0, 1, store->pool));
    assert_int_equal(total, COMERS * EACH / 2);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), total);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_group_member"), total);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_group WHERE version = 2"),
                     total);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(members_may_be_deleted_meanwhile),
        STORE_TEST(nobodys_session_is_left),
        STORE_TEST(users_who_come_and_go_are_counted),
    };

    return cmocka_run_group_tests_name("store deleted", tests, NULL, NULL);
}
