/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator asks: events by filter, sessions by user, many users in one transaction. */
#include <string.h>

#include <apr_strings.h>

#include "braze_operator.h"
#include "unit_store.h"

static apr_array_header_t *found(const unit_store_t *store, braze_event_query_t query)
{
    apr_array_header_t *events;

    assert_fine(braze_store_event_search(&events, store->db, &query, store->pool));
    return events;
}

static void note(const unit_store_t *store, const char *company, const char *detail, int second)
{
    braze_event_t *event = unit_event(company, "Signed In", store->pool);

    event->at = UNIT_NOW + apr_time_from_sec(second);
    event->detail = detail;
    event->user_name = second % 2 ? "odd" : NULL;
    assert_fine(braze_store_event_add(store->db, event, store->pool));
}

static void events_by_filter(void **state)
{
    const unit_store_t *store = unit_store(state);
    const char *ours = unit_store_company(store, "Ours"),
               *theirs = unit_store_company(store, "Theirs");
    apr_array_header_t *events;
    int i;

    for (i = 0; i < 5; i++) {
        note(store, ours, apr_psprintf(store->pool, "%d", i), i);
    }
    note(store, theirs, "theirs", 9);
    events = found(store, (braze_event_query_t){.company_id = ours, .count = 10});
    assert_int_equal(events->nelts, 5);
    assert_string_equal(APR_ARRAY_IDX(events, 0, braze_event_t *)->detail, "4");
    events = found(
        store, (braze_event_query_t){.company_id = ours,
                                     .count = 10,
                                     .before_id = APR_ARRAY_IDX(events, 1, braze_event_t *)->id});
    assert_int_equal(events->nelts, 3);
    assert_string_equal(APR_ARRAY_IDX(events, 0, braze_event_t *)->detail, "2");
    events = found(store, (braze_event_query_t){.company_id = ours,
                                                .count = 10,
                                                .since = UNIT_NOW + apr_time_from_sec(1),
                                                .until = UNIT_NOW + apr_time_from_sec(3)});
    assert_int_equal(events->nelts, 2);
    events =
        found(store, (braze_event_query_t){.company_id = ours, .count = 10, .user_name = "odd"});
    assert_int_equal(events->nelts, 2);
    assert_int_equal(
        found(store, (braze_event_query_t){.company_id = ours, .count = 10, .name = "None"})->nelts,
        0);
    assert_int_equal(found(store, (braze_event_query_t){.company_id = ours, .count = 2})->nelts, 2);
}

static void sign_in(const unit_store_t *store, const char *company, const char *email,
                    const char *assertion)
{
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;

    assert_fine(braze_store_sign_in(&outcome, &user, store->db,
                                    unit_sign_in(company, email, assertion, "s", store->pool),
                                    store->pool));
    assert_int_equal(outcome, BRAZE_SIGNED_IN);
}

static int live(const unit_store_t *store, const char *company, const char *user, apr_time_t now)
{
    braze_session_query_t query = {company, user, NULL, now, 10};
    apr_array_header_t *sessions;

    assert_fine(braze_store_session_list(&sessions, store->db, &query, store->pool));
    return sessions->nelts;
}

static void sessions_of_a_company(void **state)
{
    const unit_store_t *store = unit_store(state);
    const char *ours = unit_store_company(store, "Ours"),
               *theirs = unit_store_company(store, "Theirs");
    const braze_user_t *ann = unit_store_user(store, ours, "ann@a.example", NULL);
    int ended;

    unit_store_user(store, ours, "bob@a.example", NULL);
    unit_store_user(store, theirs, "cy@a.example", NULL);
    sign_in(store, ours, "ann@a.example", "a1");
    sign_in(store, ours, "ann@a.example", "a2");
    sign_in(store, ours, "bob@a.example", "b1");
    sign_in(store, theirs, "cy@a.example", "c1");
    assert_int_equal(live(store, ours, NULL, UNIT_NOW), 3);
    assert_int_equal(live(store, ours, ann->id, UNIT_NOW), 2);
    assert_int_equal(live(store, theirs, ann->id, UNIT_NOW), 0);
    assert_int_equal(live(store, ours, NULL, UNIT_NOW + apr_time_from_sec(7200)), 0);
    assert_fine(braze_store_session_end_all(&ended, store->db, theirs, ann->id,
                                            unit_event(theirs, "Signed Out", store->pool),
                                            store->pool));
    assert_int_equal(ended, 0);
    assert_fine(braze_store_session_end_all(&ended, store->db, ours, ann->id,
                                            unit_event(ours, "Signed Out", store->pool),
                                            store->pool));
    assert_int_equal(ended, 2);
    assert_int_equal(live(store, ours, NULL, UNIT_NOW), 1);
    assert_int_equal(live(store, theirs, NULL, UNIT_NOW), 1);
    assert_int_equal(
        unit_store_count(store, "SELECT count(*) FROM braze_event WHERE name = 'Signed Out'"), 1);
}

static void many_users_or_none(void **state)
{
    const unit_store_t *store = unit_store(state);
    const char *company = unit_store_company(store, "Ours");
    apr_array_header_t *users = apr_array_make(store->pool, 3, sizeof(braze_user_t *));
    const braze_event_t *event = unit_event(company, "Added Account", store->pool);
    char added[3] = {9, 9, 9};

    unit_store_user(store, company, "there@a.example", NULL);
    APR_ARRAY_PUSH(users, braze_user_t *) = unit_user(company, "new@a.example", NULL, store->pool);
    APR_ARRAY_PUSH(users, braze_user_t *) =
        unit_user(company, "THERE@a.example", NULL, store->pool);
    assert_fine(braze_store_user_add_all(added, store->db, users, UNIT_NOW, event, store->pool));
    assert_int_equal(added[0], 1);
    assert_int_equal(added[1], 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 2);
    assert_int_equal(
        unit_store_count(store, "SELECT count(*) FROM braze_event WHERE user_name IS NOT NULL "
                                "AND name = 'Added Account'"),
        1);

    apr_array_clear(users);
    APR_ARRAY_PUSH(users, braze_user_t *) = unit_user(company, "good@a.example", NULL, store->pool);
    APR_ARRAY_PUSH(users, braze_user_t *) =
        unit_user(company, "bad@a.example", "{\"roles\":[\"00000000-00000000-00000000-00000000\"]}",
                  store->pool);
    assert_refused(braze_store_user_add_all(added, store->db, users, UNIT_NOW, event, store->pool),
                   400, "BRAZE-0117");
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORE_TEST(events_by_filter),
                                       STORE_TEST(sessions_of_a_company),
                                       STORE_TEST(many_users_or_none)};

    return cmocka_run_group_tests_name("store_operator", tests, NULL, NULL);
}
