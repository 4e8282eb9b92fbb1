/* SPDX-License-Identifier: Apache-2.0 */
/* The columns that are derived from a user's JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_model.h"

static apr_pool_t *pool;

static int set_up(void **state)
{
    (void)state;
    return apr_pool_create(&pool, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

/* A user of whom everything that derivation sets holds something else. */
static braze_user_t stale(const char *resource, const char *permissions)
{
    braze_user_t user = {0};

    user.user_name = user.user_name_key = user.external_id = user.email = user.email_key = "stale";
    user.email_domain = user.display_name = user.given_name = user.family_name = "stale";
    user.department = "stale";
    user.admin = 7;
    user.resource = resource;
    user.permissions = permissions;
    return user;
}

static braze_user_t derived(const char *resource, const char *permissions)
{
    braze_user_t user = stale(resource, permissions);
    braze_err_t *err = braze_user_derive(&user, pool);

    if (err) {
        print_error("%s: %s\n", resource, braze_err_line(err, pool));
    }
    assert_null(err);
    return user;
}

static const braze_err_t *refusal(const char *resource, const char *permissions, int status)
{
    braze_user_t user = stale(resource, permissions);
    const braze_err_t *err = braze_user_derive(&user, pool);

    if (!err) {
        print_error("taken: %s\n", resource);
    }
    assert_non_null(err);
    assert_int_equal(err->status, status);
    return err;
}

static void derives_every_column(void **state)
{
    braze_user_t user = derived(
        "{\"userName\":\"Ana.L\xc3\x93PEZ\",\"externalId\":\"X-1\",\"displayName\":\"Ana L.\","
        "\"name\":{\"givenName\":\"Ana\",\"familyName\":\"L\xc3\xb3pez\"},"
        "\"emails\":[{\"value\":\"home@x.example\"},"
        "{\"value\":\"Ana@B\xc3\xbc"
        "cher.DE\",\"primary\":true}],"
        "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":"
        "{\"department\":\"Finance\",\"manager\":{\"value\":\"1\"}},\"department\":\"no\"}",
        "{\"companyPermissions\":[\"manage_company_settings\",\"admin\"]}");

    (void)state;
    assert_string_equal(user.user_name, "Ana.L\xc3\x93PEZ");
    assert_string_equal(user.user_name_key, "ana.l\xc3\xb3pez");
    assert_string_equal(user.external_id, "X-1");
    assert_string_equal(user.display_name, "Ana L.");
    assert_string_equal(user.given_name, "Ana");
    assert_string_equal(user.family_name, "L\xc3\xb3pez");
    assert_string_equal(user.email, "Ana@B\xc3\xbc"
                                    "cher.DE");
    assert_string_equal(user.email_key, "ana@b\xc3\xbc"
                                        "cher.de");
    assert_string_equal(user.email_domain, "xn--bcher-kva.de");
    assert_string_equal(user.department, "Finance");
    assert_int_equal(user.admin, 1);
}

static void what_is_absent_becomes_null(void **state)
{
    braze_user_t user = derived("{\"userName\":\"ana\"}", "{}");

    (void)state;
    assert_string_equal(user.user_name, "ana");
    assert_null(user.external_id);
    assert_null(user.email);
    assert_null(user.email_key);
    assert_null(user.email_domain);
    assert_null(user.display_name);
    assert_null(user.given_name);
    assert_null(user.family_name);
    assert_null(user.department);
    assert_int_equal(user.admin, 0);
}

static void empty_and_wrongly_typed_texts_are_absent(void **state)
{
    braze_user_t user =
        derived("{\"userName\":\"ana\",\"externalId\":\"\",\"displayName\":7,"
                "\"name\":\"Ana\",\"emails\":\"ana@x.example\","
                "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":[]}",
                "{\"companyPermissions\":\"admin\"}");

    (void)state;
    assert_null(user.external_id);
    assert_null(user.display_name);
    assert_null(user.given_name);
    assert_null(user.email);
    assert_null(user.department);
    assert_int_equal(user.admin, 0);
}

static void names_are_found_in_any_case(void **state)
{
    braze_user_t user = derived("{\"USERNAME\":\"ana\",\"Name\":{\"GIVENNAME\":\"Ana\"},"
                                "\"URN:IETF:PARAMS:SCIM:SCHEMAS:EXTENSION:ENTERPRISE:2.0:USER\":"
                                "{\"Department\":\"bi\"}}",
                                "{}");

    (void)state;
    assert_string_equal(user.user_name, "ana");
    assert_string_equal(user.given_name, "Ana");
    assert_string_equal(user.department, "bi");
}

static const char *email_of(const char *user_name, const char *emails)
{
    const char *text = apr_psprintf(pool, "{\"userName\":\"%s\",\"emails\":%s}", user_name, emails);
    braze_user_t user = derived(text, "{}");

    return user.email;
}

static void the_primary_email_wins(void **state)
{
    (void)state;
    assert_string_equal(email_of("u", "[{\"value\":\"a@x.de\"},{\"value\":\"b@x.de\","
                                      "\"primary\":true},{\"value\":\"c@x.de\",\"primary\":true}]"),
                        "b@x.de");
    assert_string_equal(email_of("u", "[{\"value\":\"a@x.de\",\"primary\":false},"
                                      "{\"value\":\"b@x.de\",\"primary\":\"true\"}]"),
                        "a@x.de");
    assert_string_equal(email_of("u", "[{\"value\":\"a@x.de\"},"
                                      "{\"value\":\"b@x.de\",\"primary\":false}]"),
                        "a@x.de");
    assert_string_equal(email_of("n@x.de", "[{\"type\":\"work\"},7,{\"value\":\"b@x.de\"}]"),
                        "b@x.de");
}

static void the_user_name_may_be_the_email(void **state)
{
    (void)state;
    assert_string_equal(email_of("N@x.de", "[]"), "N@x.de");
    assert_string_equal(email_of("n@x.de", "[{\"value\":\"\"}]"), "n@x.de");
    assert_null(email_of("n", "[]"));
}

/* A text that is no address has no domain that could be let in. */
static void what_is_no_address_is_passed_over(void **state)
{
    (void)state;
    assert_string_equal(email_of("u", "[{\"value\":\"nobody\",\"primary\":true},"
                                      "{\"value\":\"b@x.de\"}]"),
                        "b@x.de");
    assert_null(email_of("u", "[{\"value\":\"a@x.de@y.de\",\"primary\":true}]"));
    assert_null(email_of("u", "[{\"value\":\"a@\",\"primary\":true}]"));
}

static void a_user_name_is_required(void **state)
{
    static const char *const bad[] = {"{}",
                                      "{\"userName\":\"\"}",
                                      "{\"userName\":null}",
                                      "{\"userName\":7}",
                                      "{\"userName\":\"  \"}",
                                      "{\"userName\":\"a\\nb\"}"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const braze_err_t *err = refusal(bad[i], "{}", 400);

        assert_string_equal(err->code, "invalidValue");
        assert_string_equal(err->where, "userName");
    }
}

static const char *long_name(int len)
{
    return apr_psprintf(pool, "{\"userName\":\"%0*d\"}", len, 1);
}

static void a_user_name_has_a_cap(void **state)
{
    (void)state;
    assert_int_equal(strlen(derived(long_name(1024), "{}").user_name), 1024);
    refusal(long_name(1025), "{}", 400);
}

static void a_bad_row_is_no_fault_of_a_client(void **state)
{
    (void)state;
    assert_non_null(refusal("{\"userName\":", "{}", 500)->cause);
    assert_null(refusal("[]", "{}", 500)->cause);
    refusal(NULL, "{}", 500);
    refusal("{\"userName\":\"ana\"}", "nonsense", 500);
    refusal("{\"userName\":\"ana\"}", "[\"admin\"]", 500);
}

/* "a b": the further e-mails of these; "" for none. */
static const char *more_of(const char *emails)
{
    braze_user_t user =
        derived(apr_psprintf(pool, "{\"userName\":\"Ada@b.example\",\"emails\":%s}", emails), "{}");

    return user.more_email_keys ? apr_array_pstrcat(pool, user.more_email_keys, ' ') : "";
}

static void further_emails_are_what_is_not_the_email(void **state)
{
    (void)state;
    assert_string_equal(more_of("[]"), "");
    assert_string_equal(more_of("[{\"value\":\"A@b.example\"}]"), "");
    /* The primary one is the e-mail; each of the others once, in its key. */
    assert_string_equal(more_of("[{\"value\":\"HOME@b.example\"},"
                                "{\"value\":\"work@b.example\",\"primary\":true},"
                                "{\"value\":\"home@B.example\"},{\"value\":\"Work@b.example\"}]"),
                        "home@b.example");
    /* What is no address is looked for all the same; what has no value is nothing. */
    assert_string_equal(more_of("[{\"value\":\"Odd One\"},{\"type\":\"work\"},{\"value\":\"\"},7]"),
                        "odd one");
}

static void no_permissions_are_the_empty_ones(void **state)
{
    (void)state;
    assert_string_equal(derived("{\"userName\":\"ana\"}", NULL).permissions, "{}");
    assert_string_equal(derived("{\"userName\":\"ana\"}", "").permissions, "{}");
}

static void only_company_admin_is_admin(void **state)
{
    static const char *const others[] = {
        "{\"companyPermissions\":[]}",
        "{\"companyPermissions\":[\"Admin\",\"administrator\",null,7,[\"admin\"]]}",
        "{\"roles\":[\"admin\"]}",
        "{\"appGroup\":[{\"appGroupId\":\"1\",\"appGroupPermissions\":[\"admin\"]}]}",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_int_equal(derived("{\"userName\":\"ana\"}", others[i]).admin, 0);
    }
    assert_int_equal(
        derived("{\"userName\":\"ana\"}", "{\"companyPermissions\":[null,\"admin\"]}").admin, 1);
}

/* The user lives on in its own pool when the JSON it came of is gone. */
static void derives_from_parsed_json(void **state)
{
    braze_user_t user = stale("old", "old");
    braze_json_t *resource, *permissions;
    apr_pool_t *json_pool;

    (void)state;
    apr_pool_create(&json_pool, NULL);
    resource = braze_user_resource_new("Ana@x.example", "Ana", NULL, "bi", json_pool);
    permissions = braze_json_object(json_pool);
    braze_json_set(permissions, "companyPermissions", braze_json_array(json_pool));
    assert_null(braze_user_derive_json(&user, resource, permissions, pool));
    memset((char *)braze_json_get_string(resource, "userName"), 'x', 3);
    memset((char *)braze_json_get_string(braze_json_get(resource, "name"), "givenName"), 'x', 3);
    apr_pool_destroy(json_pool);
    assert_string_equal(user.user_name, "Ana@x.example");
    assert_string_equal(user.email_key, "ana@x.example");
    assert_string_equal(user.email_domain, "x.example");
    assert_string_equal(user.given_name, "Ana");
    assert_string_equal(user.department, "bi");
    assert_string_equal(user.permissions, "{\"companyPermissions\":[]}");
    assert_non_null(strstr(user.resource, "\"userName\":\"Ana@x.example\""));
    user = stale("old", "old");
    assert_null(braze_user_derive_json(
        &user, braze_user_resource_new("a@x.de", NULL, NULL, NULL, pool), NULL, pool));
    assert_string_equal(user.permissions, "{}");
}

static void a_bare_value_is_refused(void **state)
{
    braze_user_t user = stale("old", "old");
    braze_err_t *err = braze_user_derive_json(&user, braze_json_array(pool), NULL, pool);

    (void)state;
    assert_non_null(err);
    assert_int_equal(err->status, 400);
    err = braze_user_derive_json(&user, NULL, NULL, pool);
    assert_non_null(err);
}

static void makes_the_smallest_resource(void **state)
{
    (void)state;
    assert_string_equal(
        braze_json_text(braze_user_resource_new("ana@x.de", "Ana", "L", "bi", pool), pool),
        "{\"userName\":\"ana@x.de\",\"name\":{\"givenName\":\"Ana\",\"familyName\":\"L\"},"
        "\"emails\":[{\"value\":\"ana@x.de\",\"type\":\"work\",\"primary\":true}],"
        "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{\"department\":\"bi\"}}");
    assert_string_equal(
        braze_json_text(braze_user_resource_new("ana@x.de", NULL, NULL, NULL, pool), pool),
        "{\"userName\":\"ana@x.de\","
        "\"emails\":[{\"value\":\"ana@x.de\",\"type\":\"work\",\"primary\":true}]}");
    assert_string_equal(
        braze_json_text(
            braze_json_get(braze_user_resource_new("ana@x.de", NULL, "L", NULL, pool), "name"),
            pool),
        "{\"familyName\":\"L\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derives_every_column),
        cmocka_unit_test(what_is_absent_becomes_null),
        cmocka_unit_test(empty_and_wrongly_typed_texts_are_absent),
        cmocka_unit_test(names_are_found_in_any_case),
        cmocka_unit_test(the_primary_email_wins),
        cmocka_unit_test(the_user_name_may_be_the_email),
        cmocka_unit_test(what_is_no_address_is_passed_over),
        cmocka_unit_test(a_user_name_is_required),
        cmocka_unit_test(a_user_name_has_a_cap),
        cmocka_unit_test(a_bad_row_is_no_fault_of_a_client),
        cmocka_unit_test(no_permissions_are_the_empty_ones),
        cmocka_unit_test(only_company_admin_is_admin),
        cmocka_unit_test(further_emails_are_what_is_not_the_email),
        cmocka_unit_test(derives_from_parsed_json),
        cmocka_unit_test(a_bare_value_is_refused),
        cmocka_unit_test(makes_the_smallest_resource),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, set_up, tear_down);
    apr_terminate();
    return failed;
}
