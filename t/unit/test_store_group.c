/* SPDX-License-Identifier: Apache-2.0 */
/* Groups: making, reading, changing, deleting; versions; companies kept apart. */
#include <string.h>

#include <apr_strings.h>

#include "unit_store.h"

#define LATER (UNIT_NOW + apr_time_from_sec(60))

static braze_group_t *get(const unit_store_t *store, const braze_group_t *group)
{
    braze_group_t *there;

    assert_fine(
        braze_store_group_get(&there, store->db, group->company_id, group->id, store->pool));
    return there;
}

/* A change of the group's columns alone. */
static braze_err_t *rename_group(int *done, const unit_store_t *store, braze_group_t *group,
                                 const char *name, apr_int64_t expect_version)
{
    braze_group_t *named = unit_group(group->company_id, name, store->pool);
    braze_group_change_t change = {group, 1, expect_version, NULL, NULL, LATER};

    change.event = unit_event(group->company_id, "Updated Group", store->pool);
    group->display_name = named->display_name;
    group->display_name_key = named->display_name_key;
    group->resource = named->resource;
    return braze_store_group_change(done, store->db, &change, store->pool);
}

static int events(const unit_store_t *store)
{
    return unit_store_count(store, "SELECT count(*) FROM braze_event");
}

static void a_group_is_as_it_was_added(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_group_t *group = unit_group(id, "Tour Guides", store->pool), *there;

    group->external_id = "Ext-1";
    assert_fine(braze_store_group_add(store->db, group, NULL, UNIT_NOW,
                                      unit_event(id, "Added Group", store->pool), store->pool));
    assert_int_equal(group->version, 1);
    there = get(store, group);
    assert_string_equal(there->id, group->id);
    assert_string_equal(there->company_id, id);
    assert_string_equal(there->display_name, "Tour Guides");
    assert_string_equal(there->display_name_key, "tour guides");
    assert_string_equal(there->external_id, "Ext-1");
    assert_string_equal(there->resource, "{\"displayName\":\"Tour Guides\"}");
    assert_int_equal(there->version, 1);
    assert_true(there->created_at == UNIT_NOW && there->modified_at == UNIT_NOW);
    assert_int_equal(events(store), 1);
    /* A name may be two groups'. */
    assert_string_not_equal(unit_store_group(store, id, "Tour Guides", NULL)->id, group->id);
}

static void a_group_needs_a_company(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_group_t *group = unit_group("nobody", "Guides", store->pool);

    assert_refused(braze_store_group_add(store->db, group, NULL, UNIT_NOW, NULL, store->pool), 400,
                   "BRAZE-0117");
}

static void nothing_of_a_refused_group_stays(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *ada = unit_store_user(store, id, "ada@b.example", NULL);
    braze_group_t *group = unit_group(id, "Guides", store->pool);
    braze_err_t *err =
        braze_store_group_add(store->db, group, unit_ids(store->pool, ada->id, "no-such-id", NULL),
                              UNIT_NOW, unit_event(id, "Added Group", store->pool), store->pool);

    assert_refused(err, 400, "BRAZE-0120");
    assert_string_equal(err->code, "invalidValue");
    assert_non_null(strstr(err->detail, "no-such-id"));
    assert_null(get(store, group));
    assert_int_equal(events(store), 0);
    assert_int_equal(unit_store_get(store, ada)->in_groups, 0);
}

static void a_change_of_columns_is_a_version(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_group_t *group = unit_store_group(store, id, "Guides", NULL), *there;
    int done = 0;

    assert_fine(rename_group(&done, store, group, "Scouts", 0));
    assert_int_equal(done, 1);
    assert_int_equal(group->version, 2);
    assert_true(group->modified_at == LATER);
    there = get(store, group);
    assert_string_equal(there->display_name, "Scouts");
    assert_string_equal(there->display_name_key, "scouts");
    assert_string_equal(there->resource, "{\"displayName\":\"Scouts\"}");
    assert_int_equal(there->version, 2);
    assert_true(there->modified_at == LATER && there->created_at == UNIT_NOW);
    assert_int_equal(events(store), 1);
}

static void the_same_again_is_no_change(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_group_t *group = unit_store_group(store, id, "Guides", NULL);
    int done = 0;

    group->version = 77; /* what the caller has in hand does not matter */
    assert_fine(rename_group(&done, store, group, "Guides", 0));
    assert_int_equal(done, 1);
    assert_int_equal(group->version, 1);
    assert_true(group->modified_at == UNIT_NOW);
    assert_int_equal(get(store, group)->version, 1);
    assert_int_equal(events(store), 0);
}

static void a_change_may_expect_a_version(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_group_t *group = unit_store_group(store, id, "Guides", NULL);
    int done = -1;

    assert_fine(rename_group(&done, store, group, "Scouts", 2));
    assert_int_equal(done, 0);
    assert_string_equal(get(store, group)->display_name, "Guides");
    assert_int_equal(events(store), 0);
    assert_fine(rename_group(&done, store, group, "Scouts", 1));
    assert_int_equal(done, 1);
}

static void a_group_that_is_gone_is_missing(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_group_t *group = unit_store_group(store, id, "Guides", NULL);
    const braze_event_t *event = unit_event(id, "Removed Group", store->pool);
    int done = -1;

    assert_fine(braze_store_group_delete(&done, store->db, id, group->id, 2, event, store->pool));
    assert_int_equal(done, 0);
    assert_non_null(get(store, group));
    assert_fine(braze_store_group_delete(&done, store->db, id, group->id, 1, event, store->pool));
    assert_int_equal(done, 1);
    assert_null(get(store, group));
    assert_int_equal(events(store), 1);
    assert_refused(braze_store_group_delete(&done, store->db, id, group->id, 0, event, store->pool),
                   404, "BRAZE-0116");
    assert_int_equal(done, 0);
    assert_refused(rename_group(&done, store, group, "Scouts", 0), 404, "BRAZE-0116");
    assert_int_equal(events(store), 1);
}

static void a_deleted_group_leaves_no_membership(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *ada = unit_store_user(store, id, "ada@b.example", NULL);
    braze_group_t *inner =
        unit_store_group(store, id, "Inner", unit_ids(store->pool, ada->id, NULL));
    braze_group_t *outer =
        unit_store_group(store, id, "Outer", unit_ids(store->pool, inner->id, ada->id, NULL));
    int done;

    assert_fine(braze_store_group_delete(&done, store->db, id, inner->id, 0, NULL, store->pool));
    assert_int_equal(done, 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_group_member"), 1);
    /* The outer one has a member less. */
    assert_int_equal(get(store, outer)->version, 2);
    assert_non_null(unit_store_get(store, ada));
}

static void a_deleted_user_is_a_change_of_their_groups(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *ada = unit_store_user(store, id, "ada@b.example", NULL);
    braze_group_t *one = unit_store_group(store, id, "One", unit_ids(store->pool, ada->id, NULL));
    braze_group_t *two = unit_store_group(store, id, "Two", unit_ids(store->pool, ada->id, NULL));
    braze_group_t *none = unit_store_group(store, id, "None", NULL);
    braze_event_t *event = unit_event(id, "Removed Account", store->pool);
    int done;

    event->at = LATER;
    assert_fine(braze_store_user_delete(&done, store->db, id, ada->id, 0, 0, event, store->pool));
    assert_int_equal(get(store, one)->version, 2);
    assert_true(get(store, one)->modified_at == LATER);
    assert_int_equal(get(store, two)->version, 2);
    assert_int_equal(get(store, none)->version, 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_group_member"), 0);
}

/* A deletion that does not come to pass changes no group. */
static void a_user_who_stays_changes_no_group(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *boss =
        unit_store_user(store, id, "boss@b.example", "{\"companyPermissions\":[\"admin\"]}");
    braze_group_t *group =
        unit_store_group(store, id, "One", unit_ids(store->pool, boss->id, NULL));
    int done;

    assert_refused(braze_store_user_delete(&done, store->db, id, boss->id, 0, 0, NULL, store->pool),
                   409, "BRAZE-0115");
    assert_int_equal(get(store, group)->version, 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_group_member"), 1);
}

static void another_company_has_no_part_in_it(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *ours = unit_store_company(store, "Decorumsoft");
    const char *theirs = unit_store_company(store, "Other");
    braze_user_t *ada = unit_store_user(store, ours, "ada@b.example", NULL);
    braze_group_t *group =
        unit_store_group(store, ours, "Guides", unit_ids(store->pool, ada->id, NULL));
    braze_group_t stolen = *group, *there;
    apr_array_header_t *list;
    int done;

    assert_fine(braze_store_group_get(&there, store->db, theirs, group->id, store->pool));
    assert_null(there);
    assert_fine(braze_store_group_members(&list, store->db, theirs, group->id, store->pool));
    assert_int_equal(list->nelts, 0);
    assert_fine(braze_store_user_groups(&list, store->db, theirs,
                                        unit_ids(store->pool, ada->id, NULL), store->pool));
    assert_int_equal(list->nelts, 0);
    stolen.company_id = theirs;
    assert_refused(rename_group(&done, store, &stolen, "Ours", 0), 404, "BRAZE-0116");
    assert_refused(
        braze_store_group_delete(&done, store->db, theirs, group->id, 0, NULL, store->pool), 404,
        "BRAZE-0116");
    assert_string_equal(get(store, group)->display_name, "Guides");
    assert_refused(braze_store_group_add(store->db, unit_group(theirs, "Thieves", store->pool),
                                         unit_ids(store->pool, ada->id, NULL), UNIT_NOW, NULL,
                                         store->pool),
                   400, "BRAZE-0120");
    assert_refused(braze_store_group_add(store->db, unit_group(theirs, "Thieves", store->pool),
                                         unit_ids(store->pool, group->id, NULL), UNIT_NOW, NULL,
                                         store->pool),
                   400, "BRAZE-0120");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_group_is_as_it_was_added),
        STORE_TEST(a_group_needs_a_company),
        STORE_TEST(nothing_of_a_refused_group_stays),
        STORE_TEST(a_change_of_columns_is_a_version),
        STORE_TEST(the_same_again_is_no_change),
        STORE_TEST(a_change_may_expect_a_version),
        STORE_TEST(a_group_that_is_gone_is_missing),
        STORE_TEST(a_deleted_group_leaves_no_membership),
        STORE_TEST(a_deleted_user_is_a_change_of_their_groups),
        STORE_TEST(a_user_who_stays_changes_no_group),
        STORE_TEST(another_company_has_no_part_in_it),
    };

    return cmocka_run_group_tests_name("store group", tests, NULL, NULL);
}
