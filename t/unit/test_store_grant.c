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

/* Workspaces S and M, a team T in S, the sets E and E2. */
static void make_letters(const unit_store_t *store, const char *company)
{
    unit_store_do(store, apr_psprintf(store->pool,
                                      "INSERT INTO braze_workspace(id, company_id, name, name_key) "
                                      "VALUES('S', '%s', 'S', 's'), ('M', '%s', 'M', 'm')",
                                      company, company));
    unit_store_do(store, apr_psprintf(store->pool,
                                      "INSERT INTO braze_team(id, company_id, workspace_id, name, "
                                      "name_key) VALUES('T', '%s', 'S', 'T', 't')",
                                      company));
    unit_store_do(store,
                  apr_psprintf(store->pool,
                               "INSERT INTO braze_permission_set(id, company_id, name, name_key, "
                               "permissions) VALUES('E', '%s', 'E', 'e', '[]'), "
                               "('E2', '%s', 'E2', 'e2', '[]')",
                               company, company));
}

/* How many of made's grants are given's too. */
static int shared(const unit_store_t *store, const char *made, const char *given)
{
    const char *rows =
        "SELECT count(*) FROM braze_user_grant g JOIN braze_user u ON u.id = g.user_id "
        "WHERE u.user_name = '%s' AND EXISTS (SELECT 1 FROM braze_user_grant o "
        "JOIN braze_user p ON p.id = o.user_id WHERE p.user_name = '%s' "
        "AND coalesce(o.workspace_id, '') = coalesce(g.workspace_id, '') "
        "AND coalesce(o.team_id, '') = coalesce(g.team_id, '') "
        "AND coalesce(o.permission_set_id, '') = coalesce(g.permission_set_id, '') "
        "AND coalesce(o.role_id, '') = coalesce(g.role_id, '') "
        "AND coalesce(o.permission, '') = coalesce(g.permission, ''))";

    return unit_store_count(store, apr_psprintf(store->pool, rows, made, given));
}

static int granted(const unit_store_t *store, const char *name)
{
    return unit_store_count(store,
                            apr_psprintf(store->pool,
                                         "SELECT count(*) FROM braze_user_grant g JOIN braze_user "
                                         "u ON u.id = g.user_id WHERE u.user_name = '%s'",
                                         name));
}

/* The rows of who is made with permissions are those of who is given them later. */
static void made_with_or_given_is_the_same(void **state)
{
    static const struct {
        const char *permissions;
        int rows;
    } cases[] = {
        {"{\"appGroup\":[{\"appGroupId\":\"S\"}]}", 1},
        {"{\"appGroup\":[{\"appGroupId\":\"S\",\"appGroupPermissionSets\":[\"E\"]}]}", 1},
        {"{\"appGroup\":[{\"appGroupId\":\"S\",\"appGroupPermissionSets\":[\"E\"]},"
         "{\"appGroupId\":\"M\"}]}",
         2},
        {"{\"appGroup\":[{\"appGroupId\":\"S\",\"appGroupPermissionSets\":[\"E\",\"E2\"]}]}", 2},
        {"{\"appGroup\":[{\"appGroupId\":\"S\",\"appGroupPermissions\":[\"view_pii\"]}]}", 1},
        {"{\"appGroup\":[{\"appGroupId\":\"S\",\"appGroupPermissionSets\":[\"E\"],"
         "\"team\":[{\"teamId\":\"T\"}]}]}",
         2},
        {"{\"companyPermissions\":[\"manage_company_settings\"],"
         "\"appGroup\":[{\"appGroupId\":\"S\"}]}",
         2},
        {"{\"appGroup\":[{\"appGroupId\":\"\\u0053\"}]}", 1},
    };
    unit_store_t *store = unit_store(state);
    const char *company = unit_store_company(store, "Decorumsoft");
    braze_user_t *given;
    size_t i;
    int done;

    make_letters(store, company);
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *made_name = apr_psprintf(store->pool, "made%d@b.example", (int)i);
        const char *given_name = apr_psprintf(store->pool, "given%d@b.example", (int)i);

        unit_store_user(store, company, made_name, cases[i].permissions);
        given = unit_store_user(store, company, given_name, "{}");
        permit(store, given, cases[i].permissions);
        assert_fine(update(&done, store, given));
        assert_int_equal(done, 1);
        assert_int_equal(granted(store, made_name), cases[i].rows);
        assert_int_equal(granted(store, given_name), cases[i].rows);
        assert_int_equal(shared(store, made_name, given_name), cases[i].rows);
        assert_string_equal(unit_store_see(store, apr_psprintf(store->pool,
                                                               "SELECT permissions FROM braze_user "
                                                               "WHERE user_name = '%s'",
                                                               made_name)),
                            cases[i].permissions);
    }
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
        STORE_TEST(made_with_or_given_is_the_same),
        STORE_TEST(permissions_name_only_what_is_there),
        STORE_TEST(an_item_in_use_stays),
    };

    return cmocka_run_group_tests_name("store grant", tests, NULL, NULL);
}
