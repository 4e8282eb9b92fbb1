/* SPDX-License-Identifier: Apache-2.0 */
/* Which attributes give which field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_saml.h"

#define CLAIMS "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"

static apr_pool_t *pool;
static apr_array_header_t *attributes;
static braze_saml_identity_t identity;

static int begin(void **state)
{
    (void)state;
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return 1;
    }
    attributes = apr_array_make(pool, 4, sizeof(braze_saml_attribute_t *));
    identity.attributes = attributes;
    return 0;
}

static int end(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static apr_array_header_t *list(const char *words)
{
    apr_array_header_t *array = apr_array_make(pool, 4, sizeof(const char *));
    const char *stop;

    for (; *words; words = *stop ? stop + 1 : stop) {
        stop = words + strcspn(words, " ");
        APR_ARRAY_PUSH(array, const char *) =
            apr_pstrmemdup(pool, words, (apr_size_t)(stop - words));
    }
    return array;
}

static void add(const char *name, const char *values)
{
    braze_saml_attribute_t *attribute = apr_pcalloc(pool, sizeof(*attribute));

    attribute->name = name;
    attribute->friendly_name = "email"; /* for people only, never looked at (saml-core 2.7.3.1) */
    attribute->values = list(values);
    APR_ARRAY_PUSH(attributes, braze_saml_attribute_t *) = attribute;
}

static const char *values(const braze_attribute_map_t *map, braze_field_t field)
{
    return apr_array_pstrcat(pool, braze_saml_values(&identity, map, field, pool), ' ');
}

static const char *names(braze_field_t field)
{
    return apr_array_pstrcat(pool, braze_field_default_names(field, pool), ' ');
}

static void fields_have_names(void **state)
{
    (void)state;
    assert_int_equal(braze_field_by_name("email"), BRAZE_FIELD_EMAIL);
    assert_int_equal(braze_field_by_name("first_name"), BRAZE_FIELD_FIRST_NAME);
    assert_int_equal(braze_field_by_name("last_name"), BRAZE_FIELD_LAST_NAME);
    assert_int_equal(braze_field_by_name("department"), BRAZE_FIELD_DEPARTMENT);
    assert_int_equal(braze_field_by_name("workspace"), BRAZE_FIELD_WORKSPACE);
    assert_int_equal(braze_field_by_name("permission_set"), BRAZE_FIELD_PERMISSION_SET);
    assert_int_equal(braze_field_by_name("groups"), BRAZE_FIELD_GROUPS);
    assert_int_equal(braze_field_by_name("Email"), -1);
    assert_int_equal(braze_field_by_name(""), -1);
}

static void default_names_are_brazes(void **state)
{
    (void)state;
    assert_string_equal(names(BRAZE_FIELD_EMAIL),
                        "email mail " CLAIMS "email " CLAIMS "emailaddress");
    assert_string_equal(names(BRAZE_FIELD_FIRST_NAME),
                        "first_name firstname firstName " CLAIMS "first_name");
    assert_string_equal(names(BRAZE_FIELD_LAST_NAME),
                        "last_name lastname lastName " CLAIMS "last_name");
}

/* Without being asked to, an identity provider hands out neither groups nor permissions. */
static void nothing_else_is_taken_by_default(void **state)
{
    (void)state;
    add("department", "sales");
    add("workspace", "Marketing");
    add("permission_set", "admin");
    add("groups", "Editors");
    assert_string_equal(values(NULL, BRAZE_FIELD_DEPARTMENT), "");
    assert_string_equal(values(NULL, BRAZE_FIELD_WORKSPACE), "");
    assert_string_equal(values(NULL, BRAZE_FIELD_PERMISSION_SET), "");
    assert_string_equal(values(NULL, BRAZE_FIELD_GROUPS), "");
}

static void order_is_of_names_then_of_the_assertion(void **state)
{
    (void)state;
    add("mail", "c d");
    add("email", "b a");
    add("email", "e");
    assert_string_equal(values(NULL, BRAZE_FIELD_EMAIL), "b a e c d");
}

static void values_are_distinct(void **state)
{
    (void)state;
    add("email", "a b a");
    add("mail", "b A a");
    assert_string_equal(values(NULL, BRAZE_FIELD_EMAIL), "a b A");
}

static void names_are_exact(void **state)
{
    (void)state;
    add("Email", "a");
    add("email2", "b");
    add("urn:oid:0.9.2342.19200300.100.1.3", "c");
    assert_string_equal(values(NULL, BRAZE_FIELD_EMAIL), "");
}

static void a_map_replaces_the_defaults_of_its_field_only(void **state)
{
    braze_attribute_map_t map = {{NULL}};

    (void)state;
    map.names[BRAZE_FIELD_EMAIL] = list("urn:mail other");
    map.names[BRAZE_FIELD_GROUPS] = list("memberOf");
    add("email", "a");
    add("other", "b");
    add("urn:mail", "c");
    add("memberOf", "x y");
    add("firstName", "Anna");
    assert_string_equal(values(&map, BRAZE_FIELD_EMAIL), "c b");
    assert_string_equal(values(&map, BRAZE_FIELD_GROUPS), "x y");
    assert_string_equal(values(&map, BRAZE_FIELD_FIRST_NAME), "Anna");
}

#define FORMATS "urn:oasis:names:tc:SAML:2.0:attrname-format:"

static void add_with_format(const char *name, const char *format, const char *values)
{
    add(name, values);
    APR_ARRAY_IDX(attributes, attributes->nelts - 1, braze_saml_attribute_t *)->name_format =
        format;
}

static void a_name_may_ask_for_its_format(void **state)
{
    static const struct {
        const char *name, *expected;
    } cases[] = {
        {"mail", "plain basic uri own"},
        {"{basic}mail", "basic"},
        {"{uri}mail", "uri"},
        {"{" FORMATS "uri}mail", "uri"},
        {"{unspecified}mail", "plain"}, /* saml-core 2.7.3.1 */
        {"{urn:own}mail", "own"},
        {"{ur}mail", ""},
        {"{}mail", ""},
        {"{basic}Mail", ""},
        {"{basic", ""},
    };
    braze_attribute_map_t map = {{NULL}};
    size_t i;

    (void)state;
    add("mail", "plain");
    add_with_format("mail", FORMATS "basic", "basic");
    add_with_format("mail", FORMATS "uri", "uri");
    add_with_format("mail", "urn:own", "own");
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        map.names[BRAZE_FIELD_EMAIL] = list(cases[i].name);
        assert_string_equal(values(&map, BRAZE_FIELD_EMAIL), cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fields_have_names, begin, end),
        cmocka_unit_test_setup_teardown(default_names_are_brazes, begin, end),
        cmocka_unit_test_setup_teardown(nothing_else_is_taken_by_default, begin, end),
        cmocka_unit_test_setup_teardown(order_is_of_names_then_of_the_assertion, begin, end),
        cmocka_unit_test_setup_teardown(values_are_distinct, begin, end),
        cmocka_unit_test_setup_teardown(names_are_exact, begin, end),
        cmocka_unit_test_setup_teardown(a_map_replaces_the_defaults_of_its_field_only, begin, end),
        cmocka_unit_test_setup_teardown(a_name_may_ask_for_its_format, begin, end),
    };

    apr_initialize();
    return cmocka_run_group_tests_name("saml fields", tests, NULL, NULL);
}
