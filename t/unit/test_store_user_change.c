/* SPDX-License-Identifier: Apache-2.0 */
/* Changing and deleting users. */
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "unit_store.h"

#define LATER (UNIT_NOW + apr_time_from_sec(60))
#define ADMIN "{\"companyPermissions\":[\"admin\"]}"

static braze_err_t *update(int *done, const unit_store_t *store, braze_user_t *user)
{
    return braze_store_user_update(done, store->db, user, LATER, NULL, store->pool);
}

/* Changes what the user may do, and derives. */
static void permit(const unit_store_t *store, braze_user_t *user, const char *permissions)
{
    user->permissions = permissions;
    assert_fine(braze_user_derive(user, store->pool));
}

static void a_change_is_compared_and_set(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *one = unit_store_user(store, id, "ada@b.example", NULL);
    braze_user_t *two = unit_store_get(store, one), *there;
    int done = -1;

    one->display_name = "First";
    one->source = "scim";
    assert_fine(update(&done, store, one));
    assert_int_equal(done, 1);
    assert_int_equal(one->version, 2);
    assert_true(one->modified_at == LATER);
    two->display_name = "Second";
    assert_fine(update(&done, store, two));
    assert_int_equal(done, 0);
    assert_int_equal(two->version, 1);
    there = unit_store_get(store, one);
    assert_string_equal(there->display_name, "First");
    assert_string_equal(there->source, "scim");
    assert_int_equal(there->version, 2);
    assert_true(there->modified_at == LATER);
    assert_true(there->created_at == UNIT_NOW);
}

static void a_change_cannot_take_anothers_name(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL);
    int done;

    unit_store_user(store, id, "grace@b.example", NULL);
    unit_store_user(store, unit_store_company(store, "Other"), "free@b.example", NULL);
    user->user_name = "Grace@B.example";
    user->user_name_key = "grace@b.example";
    assert_refused(update(&done, store, user), 409, "BRAZE-0112");
    assert_int_equal(done, 0);
    user->user_name = "ADA@b.example";
    user->user_name_key = "ada@b.example";
    assert_fine(update(&done, store, user));
    user->user_name = user->user_name_key = "free@b.example";
    assert_fine(update(&done, store, user));
    assert_string_equal(unit_store_get(store, user)->user_name, "free@b.example");
}

static void the_events_of_a_change_are_written_with_it(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL), stale;
    apr_array_header_t *events = apr_array_make(store->pool, 3, sizeof(braze_event_t *));
    int count, done, sum = 0;

    for (count = 1; count <= 3; count++) {
        APR_ARRAY_PUSH(events, braze_event_t *) = unit_event(id, "Updated Account", store->pool);
        stale = *user;
        assert_fine(braze_store_user_update(&done, store->db, user, LATER, events, store->pool));
        assert_int_equal(done, 1);
        sum += count;
        assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), sum);
        assert_fine(braze_store_user_update(&done, store->db, &stale, LATER, events, store->pool));
        assert_int_equal(done, 0);
        assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), sum);
    }
}

static void sign_in(const unit_store_t *store, const braze_user_t *user, const char *assertion)
{
    braze_sign_in_outcome_t outcome;
    braze_user_t *who;

    assert_fine(braze_store_sign_in(
        &outcome, &who, store->db,
        unit_sign_in(user->company_id, user->email, assertion, "", store->pool), store->pool));
    assert_int_equal(outcome, BRAZE_SIGNED_IN);
}

static void deactivation_ends_the_sessions(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL);
    braze_user_t *other = unit_store_user(store, id, "grace@b.example", NULL);
    int done;

    sign_in(store, user, "_1");
    sign_in(store, user, "_2");
    sign_in(store, other, "_3");
    user = unit_store_get(store, user);
    user->display_name = "still here";
    assert_fine(update(&done, store, user));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 3);
    user->active = 0;
    assert_fine(update(&done, store, user));
    assert_int_equal(done, 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 1);
    assert_string_equal(unit_store_see(store, "SELECT user_id FROM braze_session"), other->id);
}

static void the_last_active_administrator_stays(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *boss = unit_store_user(store, id, "boss@b.example", ADMIN), *second;
    braze_err_t *err;
    int done;

    unit_store_user(store, unit_store_company(store, "Other"), "theirs@b.example", ADMIN);
    second = unit_user(id, "away@b.example", ADMIN, store->pool);
    second->active = 0;
    assert_fine(braze_store_user_add(store->db, second, UNIT_NOW, NULL, store->pool));
    boss->active = 0;
    err = update(&done, store, boss);
    assert_refused(err, 409, "BRAZE-0115");
    assert_string_equal(err->code, "last_administrator");
    assert_int_equal(done, 0);
    boss->active = 1;
    permit(store, boss, "{}");
    assert_refused(update(&done, store, boss), 409, "BRAZE-0115");
    assert_refused(braze_store_user_delete(&done, store->db, id, boss->id, 0, 0, NULL, store->pool),
                   409, "BRAZE-0115");
    assert_int_equal(unit_store_get(store, boss)->admin, 1);
    second->active = 1;
    assert_fine(update(&done, store, second));
    assert_fine(update(&done, store, boss));
    assert_int_equal(done, 1);
    assert_int_equal(unit_store_get(store, boss)->admin, 0);
}

/* ---- deleting ---- */

static void a_deleted_user_leaves_nothing(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user =
        unit_store_user(store, id, "ada@b.example", "{\"companyPermissions\":[\"billing\"]}");
    braze_event_t *event = unit_event(id, "Removed Account", store->pool);
    int done;

    sign_in(store, user, "_1");
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 1);
    unit_store_do(store, apr_psprintf(store->pool,
                                      "INSERT INTO braze_group VALUES('g', '%s', 'Editors', "
                                      "'editors', NULL, '{}', 0, 0, 1, 'scim')",
                                      id));
    unit_store_do(store, apr_psprintf(store->pool,
                                      "INSERT INTO braze_group_member VALUES('g', '%s', '%s', "
                                      "NULL)",
                                      id, user->id));
    assert_fine(braze_store_user_delete(&done, store->db, id, user->id, 0, 0, event, store->pool));
    assert_int_equal(done, 1);
    assert_null(unit_store_get(store, user));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_group_member"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event "
                                             "WHERE name = 'Removed Account'"),
                     1);
    assert_refused(
        braze_store_user_delete(&done, store->db, id, user->id, 0, 0, event, store->pool), 404,
        "BRAZE-0116");
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event "
                                             "WHERE name = 'Removed Account'"),
                     1);
}

static void a_deletion_may_expect_a_version(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL);
    int done = -1;

    assert_fine(braze_store_user_delete(&done, store->db, id, user->id, 2, 0,
                                        unit_event(id, "Removed Account", store->pool),
                                        store->pool));
    assert_int_equal(done, 0);
    assert_non_null(unit_store_get(store, user));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 0);
    assert_fine(braze_store_user_delete(&done, store->db, id, user->id, 1, 0, NULL, store->pool));
    assert_int_equal(done, 1);
}

static void the_last_user_stays_where_asked(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL), *other;
    braze_err_t *err;
    int done;

    unit_store_user(store, unit_store_company(store, "Other"), "theirs@b.example", NULL);
    err = braze_store_user_delete(&done, store->db, id, user->id, 0, 1, NULL, store->pool);
    assert_refused(err, 409, "BRAZE-0115");
    assert_string_equal(err->code, "last_user");
    other = unit_store_user(store, id, "grace@b.example", NULL);
    assert_fine(braze_store_user_delete(&done, store->db, id, user->id, 0, 1, NULL, store->pool));
    assert_fine(braze_store_user_delete(&done, store->db, id, other->id, 0, 0, NULL, store->pool));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_change_is_compared_and_set),
        STORE_TEST(a_change_cannot_take_anothers_name),
        STORE_TEST(the_events_of_a_change_are_written_with_it),
        STORE_TEST(deactivation_ends_the_sessions),
        STORE_TEST(the_last_active_administrator_stays),
        STORE_TEST(a_deleted_user_leaves_nothing),
        STORE_TEST(a_deletion_may_expect_a_version),
        STORE_TEST(the_last_user_stays_where_asked),
    };

    return cmocka_run_group_tests_name("store user change", tests, NULL, NULL);
}
