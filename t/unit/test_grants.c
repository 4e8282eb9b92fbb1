/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue, and what canonical permissions mean beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_model.h"

#define MARKETING "00000000-00000000-00000000-00000001"
#define SALES "00000000-00000000-00000000-00000002"
#define NORTH "00000000-00000000-00000000-00000003"
#define SOUTH "00000000-00000000-00000000-00000004"
#define EDITORS "00000000-00000000-00000000-00000005"
#define READERS "00000000-00000000-00000000-00000006"
#define OWNER "00000000-00000000-00000000-00000007"
#define BILLING "00000000-00000000-00000000-00000008"
#define NOBODY "00000000-00000000-00000000-0000000f"

static apr_pool_t *pool;
static braze_catalog_t *catalog;

/* A space-separated list as an array of texts. */
static apr_array_header_t *words(const char *text)
{
    apr_array_header_t *list = apr_array_make(pool, 4, sizeof(const char *));

    while (*text) {
        apr_size_t len = strcspn(text, " ");

        APR_ARRAY_PUSH(list, const char *) = apr_pstrmemdup(pool, text, len);
        text += len;
        text += strspn(text, " ");
    }
    return list;
}

static void add(apr_array_header_t *items, braze_item_kind_t kind, const char *id, const char *name,
                const char *workspace_id, const char *permissions)
{
    braze_item_t *item = apr_array_push(items);

    memset(item, 0, sizeof(*item));
    item->kind = kind;
    item->id = id;
    item->name = name;
    item->workspace_id = workspace_id;
    item->permissions = permissions ? words(permissions) : NULL;
}

static int set_up(void **state)
{
    apr_array_header_t *items;

    (void)state;
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return -1;
    }
    items = apr_array_make(pool, 8, sizeof(braze_item_t));
    add(items, BRAZE_ITEM_WORKSPACE, MARKETING, "Marketing", NULL, NULL);
    add(items, BRAZE_ITEM_WORKSPACE, SALES,
        "Verk\xc3\xa4"
        "ufe",
        NULL, NULL);
    add(items, BRAZE_ITEM_TEAM, NORTH, "North", MARKETING, NULL);
    add(items, BRAZE_ITEM_TEAM, SOUTH, "North", SALES, NULL);
    add(items, BRAZE_ITEM_PERMISSION_SET, EDITORS, "Editors", NULL,
        "edit_campaigns view_campaigns");
    add(items, BRAZE_ITEM_PERMISSION_SET, READERS, "Readers", NULL, "view_campaigns view_segments");
    add(items, BRAZE_ITEM_ROLE, OWNER, "Owner", NULL, "admin");
    add(items, BRAZE_ITEM_ROLE, BILLING, "Billing", NULL,
        "manage_company_settings add_remove_app_groups");
    catalog = apr_pcalloc(pool, sizeof(*catalog));
    catalog->items = items;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static void assert_words(const apr_array_header_t *list, const char *expected)
{
    assert_string_equal(apr_array_pstrcat(pool, list, ' '), expected);
}

static braze_grants_t *compute(const char *permissions)
{
    braze_grants_t *grants = NULL;
    braze_err_t *err = braze_grants_compute(&grants, permissions, catalog, pool);

    if (err) {
        fail_msg("%s: %s", permissions, braze_err_line(err, pool));
    }
    assert_non_null(grants);
    return grants;
}

/* ---- the catalogue ---- */

static const char *id_by_name(braze_item_kind_t kind, const char *workspace, const char *name)
{
    const braze_item_t *item = braze_catalog_by_name(catalog, kind, workspace, name);

    return item ? item->id : "none";
}

static void an_item_is_found_by_id_and_kind(void **state)
{
    const braze_item_t *item = braze_catalog_by_id(catalog, BRAZE_ITEM_TEAM, SOUTH);

    (void)state;
    assert_non_null(item);
    assert_string_equal(item->workspace_id, SALES);
    assert_null(braze_catalog_by_id(catalog, BRAZE_ITEM_WORKSPACE, SOUTH));
    assert_null(braze_catalog_by_id(catalog, BRAZE_ITEM_TEAM, NOBODY));
    assert_null(braze_catalog_by_id(catalog, BRAZE_ITEM_TEAM, ""));
    assert_null(braze_catalog_by_id(catalog, BRAZE_ITEM_TEAM, NULL));
    assert_null(braze_catalog_by_id(NULL, BRAZE_ITEM_TEAM, SOUTH));
}

static void an_item_is_found_by_the_key_of_its_name(void **state)
{
    (void)state;
    assert_string_equal(id_by_name(BRAZE_ITEM_WORKSPACE, NULL, "Marketing"), MARKETING);
    assert_string_equal(id_by_name(BRAZE_ITEM_WORKSPACE, NULL, "MARKETING"), MARKETING);
    assert_string_equal(id_by_name(BRAZE_ITEM_WORKSPACE, NULL, " marketing "), MARKETING);
    /* precomposed upper case, and decomposed */
    assert_string_equal(id_by_name(BRAZE_ITEM_WORKSPACE, NULL, "VERK\xc3\x84UFE"), SALES);
    assert_string_equal(id_by_name(BRAZE_ITEM_WORKSPACE, NULL,
                                   "Verka\xcc\x88"
                                   "ufe"),
                        SALES);
    assert_string_equal(id_by_name(BRAZE_ITEM_WORKSPACE, NULL, "Verkaufe"), "none");
    assert_string_equal(id_by_name(BRAZE_ITEM_PERMISSION_SET, NULL, "Marketing"), "none");
    assert_string_equal(id_by_name(BRAZE_ITEM_WORKSPACE, NULL, ""), "none");
    assert_string_equal(id_by_name(BRAZE_ITEM_WORKSPACE, NULL, "Market\ning"), "none");
    assert_string_equal(id_by_name(BRAZE_ITEM_WORKSPACE, NULL, "\xff"), "none");
    assert_string_equal(id_by_name(BRAZE_ITEM_WORKSPACE, NULL, NULL), "none");
    assert_null(braze_catalog_by_name(NULL, BRAZE_ITEM_WORKSPACE, NULL, "Marketing"));
}

static void a_team_is_sought_in_its_workspace(void **state)
{
    (void)state;
    assert_string_equal(id_by_name(BRAZE_ITEM_TEAM, MARKETING, "north"), NORTH);
    assert_string_equal(id_by_name(BRAZE_ITEM_TEAM, SALES, "North"), SOUTH);
    assert_string_equal(id_by_name(BRAZE_ITEM_TEAM, NOBODY, "North"), "none");
    assert_string_equal(id_by_name(BRAZE_ITEM_TEAM, NULL, "North"), "none");
}

/* ---- grants ---- */

static void nothing_grants_nothing(void **state)
{
    braze_grants_t *grants = compute("{}");

    (void)state;
    assert_int_equal(grants->admin, 0);
    assert_int_equal(grants->company_permissions->nelts, 0);
    assert_int_equal(grants->workspaces->nelts, 0);
    assert_int_equal(grants->teams->nelts, 0);
    assert_int_equal(grants->permissions->nelts, 0);
}

static void everything_together(void **state)
{
    braze_grants_t *grants =
        compute("{\"companyPermissions\":[\"manage_company_settings\"],\"roles\":[\"" BILLING "\"],"
                "\"appGroup\":[{\"appGroupId\":\"" MARKETING "\","
                "\"appGroupPermissions\":[\"send_campaigns_canvases\"],"
                "\"appGroupPermissionSets\":[\"" EDITORS "\",\"" READERS "\"],"
                "\"team\":[{\"teamId\":\"" NORTH "\",\"teamPermissions\":[\"basic_access\"]}]},"
                "{\"appGroupId\":\"" SALES
                "\",\"appGroupPermissions\":[\"view_segments\",\"dev_console\"]}]}");

    (void)state;
    assert_int_equal(grants->admin, 0);
    assert_words(grants->company_permissions, "manage_company_settings add_remove_app_groups");
    assert_words(grants->workspaces, "Marketing Verk\xc3\xa4"
                                     "ufe");
    assert_words(grants->teams, "North");
    assert_words(grants->permissions, "send_campaigns_canvases edit_campaigns view_campaigns "
                                      "view_segments basic_access dev_console");
}

static void admin_comes_of_the_company_and_of_no_role(void **state)
{
    (void)state;
    assert_int_equal(compute("{\"companyPermissions\":[\"admin\"]}")->admin, 1);
    assert_int_equal(compute("{\"roles\":[\"" OWNER "\"]}")->admin, 0);
    assert_int_equal(compute("{\"roles\":[\"" OWNER "\"]}")->company_permissions->nelts, 0);
    assert_int_equal(compute("{\"roles\":[\"" BILLING "\"]}")->admin, 0);
    /* a workspace's admin is none of the company's */
    assert_int_equal(compute("{\"appGroup\":[{\"appGroupId\":\"" MARKETING "\","
                             "\"appGroupPermissions\":[\"admin\"]}]}")
                         ->admin,
                     0);
}

static void what_the_catalogue_lost_gives_nothing(void **state)
{
    braze_grants_t *grants = compute(
        "{\"roles\":[\"" NOBODY "\",\"" EDITORS "\"],"
        "\"appGroup\":[{\"appGroupId\":\"" NOBODY "\",\"appGroupPermissions\":[\"dev_console\"],"
        "\"appGroupPermissionSets\":[\"" EDITORS "\"],"
        "\"team\":[{\"teamId\":\"" NORTH "\",\"teamPermissions\":[\"basic_access\"]}]},"
        "{\"appGroupId\":\"" MARKETING "\",\"appGroupPermissionSets\":[\"" NOBODY "\",\"" OWNER
        "\"],"
        "\"team\":[{\"teamId\":\"" SOUTH "\",\"teamPermissions\":[\"basic_access\"]}]}]}");

    (void)state;
    assert_int_equal(grants->admin, 0);
    assert_int_equal(grants->company_permissions->nelts, 0);
    assert_words(grants->workspaces, "Marketing");
    assert_int_equal(grants->teams->nelts, 0); /* of another workspace */
    assert_int_equal(grants->permissions->nelts, 0);
}

static void what_is_not_canonical_is_an_error(void **state)
{
    static const char *const texts[] = {
        "",
        "null",
        "[]",
        "\"admin\"",
        "{",
        "{\"companyPermissions\":\"admin\"}",
        "{\"companyPermissions\":[1]}",
        "{\"companyPermissions\":[[\"admin\"]]}",
        "{\"companyPermissions\":null}",
        "{\"roles\":{}}",
        "{\"roles\":[null]}",
        "{\"appGroup\":{}}",
        "{\"appGroup\":[\"" MARKETING "\"]}",
        "{\"appGroup\":[{}]}",
        "{\"appGroup\":[{\"appGroupId\":1}]}",
        "{\"appGroup\":[{\"appGroupId\":\"" MARKETING "\",\"appGroupPermissions\":\"x\"}]}",
        "{\"appGroup\":[{\"appGroupId\":\"" MARKETING "\",\"appGroupPermissionSets\":[{}]}]}",
        "{\"appGroup\":[{\"appGroupId\":\"" MARKETING "\",\"team\":[1]}]}",
        "{\"appGroup\":[{\"appGroupId\":\"" MARKETING "\",\"team\":[{\"teamId\":\"" NORTH
        "\",\"teamPermissions\":[true]}]}]}",
    };
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        braze_grants_t *grants = (braze_grants_t *)1;
        braze_err_t *err = braze_grants_compute(&grants, texts[i], catalog, pool);

        if (!err) {
            fail_msg("taken: %s", texts[i]);
        }
        assert_int_equal(err->status, 500);
        assert_string_equal(err->tag, "BRAZE-0041");
        assert_null(grants);
    }
}

static void no_text_at_all_is_an_error(void **state)
{
    braze_grants_t *grants;
    braze_err_t *err = braze_grants_compute(&grants, NULL, catalog, pool);

    (void)state;
    assert_non_null(err);
    assert_string_equal(err->tag, "BRAZE-0041");
}

static void defaults_are_canonical(void **state)
{
    const char *text = braze_grants_default(MARKETING, READERS, pool);
    braze_grants_t *grants = compute(text);

    (void)state;
    assert_string_equal(text, "{\"appGroup\":[{\"appGroupId\":\"" MARKETING
                              "\",\"appGroupPermissionSets\":[\"" READERS "\"]}]}");
    assert_words(grants->workspaces, "Marketing");
    assert_words(grants->permissions, "view_campaigns view_segments");
    assert_string_equal(braze_grants_default(MARKETING, NULL, pool),
                        "{\"appGroup\":[{\"appGroupId\":\"" MARKETING "\"}]}");
    assert_string_equal(braze_grants_default(NULL, READERS, pool), "{}");
    assert_string_equal(braze_grants_default(NULL, NULL, pool), "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_item_is_found_by_id_and_kind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_item_is_found_by_the_key_of_its_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_team_is_sought_in_its_workspace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_grants_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(everything_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(admin_comes_of_the_company_and_of_no_role, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_the_catalogue_lost_gives_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_canonical_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_text_at_all_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(defaults_are_canonical, set_up, tear_down),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
