/* SPDX-License-Identifier: Apache-2.0 */
/* Permissions as rows that applications read, and what they may name. */
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

typedef struct {
    const char *company, *sales, *emea, *editors, *owner;
} items_t;

static items_t make_items(const unit_store_t *store, const char *name)
{
    items_t items;

    items.company = unit_store_company(store, name);
    items.sales = unit_store_item(store, items.company, BRAZE_ITEM_WORKSPACE, "Sales", NULL);
    items.emea = unit_store_item(store, items.company, BRAZE_ITEM_TEAM, "EMEA", items.sales);
    items.editors = unit_store_item(store, items.company, BRAZE_ITEM_PERMISSION_SET, "Editors",
                                    "edit_campaigns");
    items.owner =
        unit_store_item(store, items.company, BRAZE_ITEM_ROLE, "Owner", "manage_company_settings");
    return items;
}

static const char *everything(const items_t *items, apr_pool_t *pool)
{
    return apr_psprintf(pool,
                        "{\"companyPermissions\":[\"add_remove_app_groups\"],\"roles\":[\"%s\"],"
                        "\"appGroup\":[{\"appGroupId\":\"%s\",\"appGroupPermissions\":"
                        "[\"view_pii\",\"manage_tags\"],\"appGroupPermissionSets\":[\"%s\"],"
                        "\"team\":[{\"teamId\":\"%s\",\"teamPermissions\":[\"basic_access\"]}]}]}",
                        items->owner, items->sales, items->editors, items->emea);
}

static void permissions_are_rows_for_applications(void **state)
{
    unit_store_t *store = unit_store(state);
    items_t items = make_items(store, "Decorumsoft");
    braze_user_t *user =
        unit_store_user(store, items.company, "ada@b.example", everything(&items, store->pool));
    int done;

    /* company, role, two permissions of the workspace, a set there, a permission of the team */
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 6);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_permission"), 6);
    assert_string_equal(unit_store_see(store, "SELECT workspace FROM braze_user_permission "
                                              "WHERE permission = 'edit_campaigns' "
                                              "AND via = 'Editors'"),
                        "Sales");
    assert_string_equal(unit_store_see(store, "SELECT team FROM braze_user_permission "
                                              "WHERE permission = 'basic_access'"),
                        "EMEA");
    assert_string_equal(unit_store_see(store, "SELECT user_name FROM braze_user_permission WHERE "
                                              "permission = 'manage_company_settings' "
                                              "AND via = 'Owner' AND workspace IS NULL"),
                        "ada@b.example");
    permit(store, user, "{\"companyPermissions\":[\"admin\"]}");
    assert_fine(update(&done, store, user));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 1);
    permit(store, user, "{}");
    unit_store_user(store, items.company, "boss@b.example", ADMIN);
    assert_fine(update(&done, store, user));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 1);
}

/* Membership alone: of a workspace, of a team; and members that are there but empty. */
static void a_workspace_or_team_may_be_all_that_is_granted(void **state)
{
    unit_store_t *store = unit_store(state);
    items_t items = make_items(store, "Decorumsoft");
    const char *other =
        unit_store_item(store, items.company, BRAZE_ITEM_WORKSPACE, "Marketing", NULL);
    const char *where;

    unit_store_user(store, items.company, "ada@b.example",
                    apr_psprintf(store->pool,
                                 "{\"appGroup\":[{\"appGroupId\":\"%s\",\"team\":[{\"teamId\":"
                                 "\"%s\"}]},{\"appGroupId\":\"%s\",\"appGroupPermissions\":[],"
                                 "\"appGroupPermissionSets\":[],\"team\":[]}]}",
                                 items.sales, items.emea, other));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 2);
    where = "SELECT team_id FROM braze_user_grant WHERE workspace_id = '%s'";
    assert_string_equal(unit_store_see(store, apr_psprintf(store->pool, where, items.sales)),
                        items.emea);
    assert_null(unit_store_see(store, apr_psprintf(store->pool, where, other)));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_permission"), 0);
}

/* What most have, and what only looks like it. */
static void who_is_made_is_in_their_workspaces(void **state)
{
    unit_store_t *store = unit_store(state);
    items_t items = make_items(store, "Decorumsoft");
    const char *other =
        unit_store_item(store, items.company, BRAZE_ITEM_WORKSPACE, "Marketing", NULL);
    const char *rows =
        "SELECT count(*) FROM braze_user_grant g JOIN braze_user u ON u.id = g.user_id "
        "WHERE team_id IS NULL AND permission IS NULL AND u.user_name = '%s' AND "
        "workspace_id IN ('%s', '%s')";

    unit_store_user(
        store, items.company, "one@b.example",
        apr_psprintf(store->pool, "{\"appGroup\":[{\"appGroupId\":\"%s\"}]}", items.sales));
    unit_store_user(store, items.company, "two@b.example",
                    apr_psprintf(store->pool,
                                 "{\"appGroup\":[{\"appGroupId\":\"%s\"},{\"appGroupId\":\"%s\"}]}",
                                 items.sales, other));
    unit_store_user(store, items.company, "none@b.example", "{}");
    assert_int_equal(unit_store_count(store, apr_psprintf(store->pool, rows, "one@b.example",
                                                          items.sales, items.sales)),
                     1);
    assert_int_equal(unit_store_count(store, apr_psprintf(store->pool, rows, "two@b.example",
                                                          items.sales, other)),
                     2);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 3);
}

static void permissions_name_only_what_is_there(void **state)
{
    static const char nobody[] = "00000000-00000000-00000000-00000000";
    unit_store_t *store = unit_store(state);
    items_t items = make_items(store, "Decorumsoft"), theirs = make_items(store, "Other"),
            wrong = items;
    braze_user_t *user = unit_store_user(store, items.company, "ada@b.example", NULL), *other;
    braze_event_t *event = unit_event(items.company, "Added Account", store->pool);
    const char **places[] = {&wrong.owner, &wrong.sales, &wrong.editors, &wrong.emea};
    const char *foreign[] = {theirs.owner, theirs.sales, theirs.editors, theirs.emea};
    int i, done;

    for (i = 0; i < 8; i++) {
        wrong = items;
        *places[i / 2] = i % 2 ? nobody : foreign[i / 2];
        permit(store, user, everything(&wrong, store->pool));
        assert_refused(update(&done, store, user), 400, "BRAZE-0117");
        assert_int_equal(done, 0);
        other = unit_user(items.company, "b@b.example", user->permissions, store->pool);
        assert_refused(braze_store_user_add(store->db, other, UNIT_NOW, NULL, store->pool), 400,
                       "BRAZE-0117");
        assert_refused(braze_store_user_add(store->db, other, UNIT_NOW, event, store->pool), 400,
                       "BRAZE-0117");
    }
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 0);
    assert_int_equal(unit_store_get(store, user)->version, 1);
}

static void an_item_in_use_stays(void **state)
{
    unit_store_t *store = unit_store(state);
    items_t items = make_items(store, "Decorumsoft");
    const char *ids[] = {items.sales, items.emea, items.editors, items.owner};
    braze_user_t *user =
        unit_store_user(store, items.company, "ada@b.example", everything(&items, store->pool));
    int kind, done;

    for (kind = 0; kind < 4; kind++) {
        assert_refused(
            braze_store_item_delete(store->db, items.company, kind, ids[kind], store->pool), 409,
            "BRAZE-0114");
    }
    assert_fine(braze_store_user_delete(&done, store->db, items.company, user->id, 0, 0, NULL,
                                        store->pool));
    for (kind = 3; kind >= 0; kind--) {
        assert_fine(
            braze_store_item_delete(store->db, items.company, kind, ids[kind], store->pool));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(permissions_are_rows_for_applications),
        STORE_TEST(a_workspace_or_team_may_be_all_that_is_granted),
        STORE_TEST(who_is_made_is_in_their_workspaces),
        STORE_TEST(permissions_name_only_what_is_there),
        STORE_TEST(an_item_in_use_stays),
    };

    return cmocka_run_group_tests_name("store grant", tests, NULL, NULL);
}
