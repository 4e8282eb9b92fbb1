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

/* ---- the flat list of the rfc dialect ---- */

/* The canonical text of a list of values, or the detail of the refusal. */
static const char *values_text(const braze_catalog_t *catalog, const char *text)
{
    braze_json_t *json, *canonical;
    braze_err_t *err = braze_json_parse(&json, text, strlen(text), pool);

    assert_null(err);
    err = braze_permission_values_read(&canonical, json, catalog, pool);
    if (err) {
        assert_int_equal(err->status, 400);
        assert_string_equal(err->code, "invalidValue");
        assert_null(canonical);
    }
    return err ? err->detail : braze_json_text(canonical, pool);
}

#define ID_W "00000000-00000000-00000000-000000a1"
#define ID_T "00000000-00000000-00000000-000000b1"
#define VALUE(text) "[{\"value\":\"" text "\"}]"

static void a_grant_is_one_text(void **state)
{
    static const struct {
        const char *value, *canonical;
    } cases[] = {
        {VALUE("company/admin"), "{\"companyPermissions\":[\"admin\"]}"},
        {VALUE("workspace/W"), "{\"appGroup\":[{\"appGroupId\":\"" ID_W "\"}]}"},
        {VALUE("workspace/w"), "{\"appGroup\":[{\"appGroupId\":\"" ID_W "\"}]}"},
        {VALUE("workspace/" ID_W), "{\"appGroup\":[{\"appGroupId\":\"" ID_W "\"}]}"},
        {VALUE("workspace/%57"), "{\"appGroup\":[{\"appGroupId\":\"" ID_W "\"}]}"},
        {VALUE("workspace/W/view_campaigns"), "{\"appGroup\":[{\"appGroupId\":\"" ID_W
                                              "\",\"appGroupPermissions\":[\"view_campaigns\"]}]}"},
        {VALUE("team/W/T"),
         "{\"appGroup\":[{\"appGroupId\":\"" ID_W "\",\"team\":[{\"teamId\":\"" ID_T "\"}]}]}"},
        {VALUE("team/" ID_W "/" ID_T "/basic_access"),
         "{\"appGroup\":[{\"appGroupId\":\"" ID_W "\",\"team\":[{\"teamId\":\"" ID_T
         "\",\"teamPermissions\":[\"basic_access\"]}]}]}"},
        {"[]", "{}"},
        /* in whatever order, twice, with what is read-only */
        {"[{\"value\":\"team/W/T/basic_access\",\"type\":\"x\",\"team\":\"y\"},"
         "{\"value\":\"workspace/W/admin\"},{\"value\":\"workspace/W\"},"
         "{\"VALUE\":\"workspace/W/admin\"},{\"value\":\"company/admin\"}]",
         "{\"companyPermissions\":[\"admin\"],\"appGroup\":[{\"appGroupId\":\"" ID_W
         "\",\"appGroupPermissions\":[\"admin\"],\"team\":[{\"teamId\":\"" ID_T
         "\",\"teamPermissions\":[\"basic_access\"]}]}]}"},
    };
    const braze_catalog_t *catalog = catalog_new();
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(values_text(catalog, cases[i].value), cases[i].canonical);
    }
}

#define PARTS                                                                                      \
    "permissions[0].value must be parts with \"/\" between them, in which \"/\" and \"%\" are "    \
    "\"%2F\" and \"%25\"."
#define NESTED                                                                                     \
    "permissions must be an array of objects with a \"value\" like \"workspace/NAME\"; Braze's "   \
    "nested form is taken by the braze dialect alone."

static void what_grants_nothing_is_refused(void **state)
{
    static const struct {
        const char *value, *detail;
    } cases[] = {
        {"{\"value\":\"company/admin\"}", NESTED},
        {"[{\"appGroup\":[]}]", NESTED},
        {"[\"company/admin\"]", "permissions[0] must be an object with a \"value\"."},
        {"[{}]", "permissions[0].value is required."},
        {"[{\"value\":1}]", "permissions[0].value must be a string."},
        {"[{\"value\":\"company/admin\",\"values\":1}]",
         "permissions[0] has a member that is not known: \"values\"."},
        {VALUE(""), PARTS},
        {VALUE("company/"), PARTS},
        {VALUE("/admin"), PARTS},
        {VALUE("company//admin"), PARTS},
        {VALUE("team/W/T/basic_access/x"), PARTS},
        {VALUE("workspace/%"), PARTS},
        {VALUE("workspace/%5"), PARTS},
        {VALUE("workspace/%5g"), PARTS},
        {VALUE("workspace/W%00"), PARTS},
        {VALUE("company"), "permissions[0].value must be \"company/PERMISSION\"."},
        {VALUE("company/admin/x"), "permissions[0].value must be \"company/PERMISSION\"."},
        {VALUE("team/W"), "permissions[0].value must be \"team/WORKSPACE/TEAM\" or "
                          "\"team/WORKSPACE/TEAM/PERMISSION\"."},
        {VALUE("permissionSet/W"), "permissions[0].value must be \"permissionSet/WORKSPACE/SET\"."},
        {VALUE("Company/admin"),
         "permissions[0].value must begin with \"company/\", \"role/\", \"workspace/\", "
         "\"permissionSet/\" or \"team/\"."},
        {VALUE("company/view_campaigns"),
         "permissions[0].value names no company permission: \"view_campaigns\"."},
        {VALUE("team/W/T/admin"), "permissions[0].value names no team permission: \"admin\"."},
        {VALUE("workspace/X"),
         "permissions[0].value names a workspace that does not exist: \"X\"."},
        {VALUE("workspace/" ID_T),
         "permissions[0].value names a workspace that does not exist: \"" ID_T "\"."},
        {VALUE("team/W/W"), "permissions[0].value names a team that does not exist: \"W\"."},
        {VALUE("role/W"), "permissions[0].value names a role that does not exist: \"W\"."},
        {VALUE("permissionSet/W/T"),
         "permissions[0].value names a permission set that does not exist: \"T\"."},
    };
    const braze_catalog_t *catalog = catalog_new();
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(values_text(catalog, cases[i].value), cases[i].detail);
    }
}

/* What is shown of canonical permissions, and that it is read back as the same. */
static const char *shown(const braze_catalog_t *catalog, const char *canonical, int whole)
{
    braze_buf_t *buf = braze_buf_new(64, pool);

    if (braze_permission_values_put(buf, canonical, catalog, whole)) {
        assert_string_equal(values_text(catalog, buf->data), canonical);
    }
    return buf->data;
}

static void what_is_shown_can_be_sent_back(void **state)
{
    static const braze_item_t odd[] = {
        {.kind = BRAZE_ITEM_WORKSPACE, .id = ID_W, .name = "50% of A/B \"x\""},
        {.kind = BRAZE_ITEM_TEAM, .id = ID_T, .name = ID_W, .workspace_id = ID_W}};
    braze_catalog_t *catalog = catalog_new();

    (void)state;
    assert_string_equal(shown(catalog, "{}", 1), "");
    assert_string_equal(shown(catalog, "no JSON", 1), "");
    assert_string_equal(shown(catalog, "{\"appGroup\":[{\"appGroupId\":\"" ID_W "\"}]}", 0),
                        "[{\"value\":\"workspace/W\"}]");
    assert_string_equal(
        shown(catalog,
              "{\"companyPermissions\":[\"admin\"],\"appGroup\":[{\"appGroupId\":\"" ID_W
              "\",\"team\":[{\"teamId\":\"" ID_T "\",\"teamPermissions\":[\"basic_access\"]}]}]}",
              1),
        "[{\"value\":\"company/admin\",\"type\":\"company\",\"permission\":\"admin\"},"
        "{\"value\":\"team/W/T/basic_access\",\"type\":\"team\",\"permission\":\"basic_access\","
        "\"workspace\":\"W\",\"workspaceId\":\"" ID_W "\",\"team\":\"T\",\"teamId\":\"" ID_T
        "\"}]");
    memcpy(catalog->items->elts, odd, sizeof(odd));
    assert_string_equal(shown(catalog,
                              "{\"appGroup\":[{\"appGroupId\":\"" ID_W
                              "\",\"team\":[{\"teamId\":\"" ID_T "\"}]}]}",
                              0),
                        "[{\"value\":\"team/50%25 of A%2FB \\\"x\\\"/" ID_T "\"}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_scope_has_its_own_words),
                                       cmocka_unit_test(words_are_compared_to_the_letter),
                                       cmocka_unit_test(without_a_vocabulary_any_word_will_do),
                                       cmocka_unit_test(a_grant_is_one_text),
                                       cmocka_unit_test(what_grants_nothing_is_refused),
                                       cmocka_unit_test(what_is_shown_can_be_sent_back)};

    return cmocka_run_group_tests_name("scim_permissions", tests, set_up, tear_down);
}
