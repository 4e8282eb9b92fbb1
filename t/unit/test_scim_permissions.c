/* SPDX-License-Identifier: Apache-2.0 */
/* Permission strings against the vocabulary, each scope with its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include "src/scim/scim_int.h"

static apr_pool_t *pool;

static int set_up(void **state)
{
    (void)state;
    return apr_initialize() || apr_pool_create(&pool, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    apr_terminate();
    return 0;
}

static const char *const words[] = {"company:admin", "workspace:view_campaigns", "workspace:admin",
                                    "team:basic_access"};

static braze_catalog_t *catalog_new(void)
{
    static const braze_item_t items[] = {
        {.kind = BRAZE_ITEM_WORKSPACE, .id = "00000000-00000000-00000000-000000a1", .name = "W"},
        {.kind = BRAZE_ITEM_TEAM,
         .id = "00000000-00000000-00000000-000000b1",
         .name = "T",
         .workspace_id = "00000000-00000000-00000000-000000a1"}};
    braze_catalog_t *catalog = apr_pcalloc(pool, sizeof(*catalog));
    apr_array_header_t *list = apr_array_make(pool, 2, sizeof(braze_item_t));
    apr_size_t i;

    for (i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        APR_ARRAY_PUSH(list, braze_item_t) = items[i];
    }
    catalog->company_id = "x";
    catalog->items = list;
    catalog->vocabulary = apr_hash_make(pool);
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        apr_hash_set(catalog->vocabulary, words[i], APR_HASH_KEY_STRING, words[i]);
    }
    return catalog;
}

/* The canonical text, or the detail of the refusal. */
static const char *read_text(const braze_catalog_t *catalog, const char *text)
{
    braze_json_t *json, *canonical;
    braze_err_t *err = braze_json_parse(&json, text, strlen(text), pool);

    assert_null(err);
    err = braze_permissions_read(&canonical, json, catalog, pool);
    if (err) {
        assert_string_equal(err->code, "invalidValue");
        assert_null(canonical);
    }
    return err ? err->detail : braze_json_text(canonical, pool);
}

#define COMPANY(word) "{\"companyPermissions\":[\"" word "\"]}"
#define WORKSPACE(word)                                                                            \
    "{\"appGroup\":[{\"appGroupName\":\"W\",\"appGroupPermissions\":[\"" word "\"]}]}"
#define TEAM(word)                                                                                 \
    "{\"appGroup\":[{\"appGroupName\":\"W\",\"team\":[{\"teamName\":\"T\",\"teamPermissions\":[\"" \
    "basic_access\",\"" word "\"]}]}]}"

static void a_scope_has_its_own_words(void **state)
{
    const braze_catalog_t *catalog = catalog_new();

    (void)state;
    assert_string_equal(read_text(catalog, COMPANY("admin")),
                        "{\"companyPermissions\":[\"admin\"]}");
    assert_string_equal(read_text(catalog, WORKSPACE("view_campaigns")),
                        "{\"appGroup\":[{\"appGroupId\":\"00000000-00000000-00000000-000000a1\","
                        "\"appGroupPermissions\":[\"view_campaigns\"]}]}");
    assert_non_null(
        strstr(read_text(catalog, TEAM("basic_access")), "\"teamPermissions\":[\"basic_access\"]"));
    assert_string_equal(
        read_text(catalog, COMPANY("view_campaigns")),
        "permissions.companyPermissions[0] is no company permission: \"view_campaigns\".");
    assert_string_equal(read_text(catalog, WORKSPACE("basic_access")),
                        "permissions.appGroup[0].appGroupPermissions[0] is no workspace "
                        "permission: \"basic_access\".");
    assert_string_equal(
        read_text(catalog, TEAM("admin")),
        "permissions.appGroup[0].team[0].teamPermissions[1] is no team permission: \"admin\".");
}

static void words_are_compared_to_the_letter(void **state)
{
    const braze_catalog_t *catalog = catalog_new();

    (void)state;
    assert_string_equal(read_text(catalog, COMPANY("Admin")),
                        "permissions.companyPermissions[0] is no company permission: \"Admin\".");
    assert_string_equal(read_text(catalog, COMPANY("")),
                        "permissions.companyPermissions[0] is no company permission: \"\".");
    assert_string_equal(read_text(catalog, COMPANY("admin%s")),
                        "permissions.companyPermissions[0] is no company permission: \"admin%s\".");
}

static void without_a_vocabulary_any_word_will_do(void **state)
{
    braze_catalog_t *catalog = catalog_new();

    (void)state;
    catalog->vocabulary = NULL;
    assert_string_equal(read_text(catalog, COMPANY("brand_new")),
                        "{\"companyPermissions\":[\"brand_new\"]}");
    assert_string_equal(
        read_text(catalog, COMPANY("brand new")),
        "permissions.companyPermissions[0] is no company permission: \"brand new\".");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_scope_has_its_own_words),
                                       cmocka_unit_test(words_are_compared_to_the_letter),
                                       cmocka_unit_test(without_a_vocabulary_any_word_will_do)};

    return cmocka_run_group_tests_name("scim_permissions", tests, set_up, tear_down);
}
