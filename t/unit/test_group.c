/* SPDX-License-Identifier: Apache-2.0 */
/* What is derived of a group's attributes, and the keys that names are searched by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_key.h"
#include "braze_model.h"

static apr_pool_t *pool;

static const braze_err_t *derive(braze_group_t *group, const char *text)
{
    braze_json_t *resource;

    memset(group, 0, sizeof(*group));
    assert_null(braze_json_parse(&resource, text, strlen(text), pool));
    return braze_group_derive_json(group, resource, pool);
}

static void a_groups_columns_are_derived(void **state)
{
    braze_group_t group;

    (void)state;
    assert_null(derive(&group, "{\"displayName\":\" Tour GUIDES\",\"externalId\":\"Ab-1\"}"));
    assert_string_equal(group.display_name, " Tour GUIDES");
    assert_string_equal(group.display_name_key, "tour guides");
    assert_string_equal(group.external_id, "Ab-1");
    assert_string_equal(group.resource,
                        "{\"displayName\":\" Tour GUIDES\",\"externalId\":\"Ab-1\"}");
    assert_null(derive(&group, "{\"displayName\":\"x\",\"externalId\":\"\"}"));
    assert_null(group.external_id);
}

static void a_group_needs_a_name(void **state)
{
    static const char *const bad[] = {
        "{}",
        "{\"displayName\":\"\"}",
        "{\"displayName\":\"  \"}",
        "{\"displayName\":null}",
        "{\"displayName\":7}",
        "{\"displayName\":\"a\\u0001b\"}",
    };
    braze_group_t group;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        const braze_err_t *err = derive(&group, bad[i]);

        if (!err) {
            fail_msg("%s is taken", bad[i]);
        }
        assert_int_equal(err->status, 400);
        assert_string_equal(err->code, "invalidValue");
        assert_string_equal(err->tag, "BRAZE-0024");
        assert_string_equal(err->where, "displayName");
    }
}

static void a_groups_name_has_a_limit(void **state)
{
    char name[BRAZE_NAME_MAX + 2];
    braze_group_t group = {0};
    braze_json_t *resource = braze_json_object(pool);

    (void)state;
    memset(name, 'n', sizeof(name));
    name[BRAZE_NAME_MAX] = '\0';
    braze_json_set_string(resource, "displayName", name);
    assert_null(braze_group_derive_json(&group, resource, pool));
    name[BRAZE_NAME_MAX] = 'n';
    name[BRAZE_NAME_MAX + 1] = '\0';
    braze_json_set_string(resource, "displayName", name);
    assert_non_null(braze_group_derive_json(&group, resource, pool));
}

/* ---- braze_name_key ---- */

static void a_name_key_is_the_fold(void **state)
{
    (void)state;
    assert_string_equal(braze_name_key("Ada LOVELACE", pool), "ada lovelace");
    /* U+00C4 is folded, and composed again. */
    assert_string_equal(braze_name_key("A\xcc\x88rger", pool), "\xc3\xa4rger");
    assert_null(braze_name_key(NULL, pool));
    assert_null(braze_name_key("", pool));
    assert_null(braze_name_key("   ", pool));
}

static void control_characters_are_spaces_in_a_key(void **state)
{
    (void)state;
    assert_string_equal(braze_name_key("Ada\nB", pool), "ada b");
    assert_string_equal(braze_name_key("Ada\x7f"
                                       "B\t",
                                       pool),
                        "ada b");
    /* U+0085 is two bytes, and so are the spaces. */
    assert_string_equal(braze_name_key("Ada\xc2\x85"
                                       "B",
                                       pool),
                        "ada  b");
    assert_null(braze_name_key("\t\n", pool));
}

static void what_is_too_long_is_cut_at_a_character(void **state)
{
    char text[3 * BRAZE_NAME_MAX + 1];
    const char *key;
    size_t i;

    (void)state;
    memset(text, 'X', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    key = braze_name_key(text, pool);
    assert_int_equal(strlen(key), BRAZE_NAME_MAX);
    assert_int_equal(strspn(key, "x"), BRAZE_NAME_MAX);
    /* "a" and then two bytes each: the character across the limit is left out. */
    for (i = 1; i + 2 < sizeof(text); i += 2) {
        memcpy(text + i, "\xc3\xa9", 2);
    }
    key = braze_name_key(text, pool);
    assert_int_equal(strlen(key), BRAZE_NAME_MAX - 1);
    assert_true(braze_key_is_utf8(key, strlen(key)));
}

/* U+0149 is two bytes, and three when folded: U+02BC and "n". */
static void what_folding_makes_too_long_is_cut(void **state)
{
    char text[BRAZE_NAME_MAX + 1];
    const char *key;
    size_t i;

    (void)state;
    for (i = 0; i + 1 < sizeof(text); i += 2) {
        memcpy(text + i, "\xc5\x89", 2);
    }
    text[BRAZE_NAME_MAX] = '\0';
    key = braze_name_key(text, pool);
    assert_memory_equal(key, "\xca\xbcn\xca\xbcn", 6);
    /* 1024 is 341 times three and one: that one would be half a character. */
    assert_int_equal(strlen(key), BRAZE_NAME_MAX - 1);
}

static int begin(void **state)
{
    (void)state;
    apr_initialize();
    return apr_pool_create(&pool, NULL) == APR_SUCCESS ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_groups_columns_are_derived),
        cmocka_unit_test(a_group_needs_a_name),
        cmocka_unit_test(a_groups_name_has_a_limit),
        cmocka_unit_test(a_name_key_is_the_fold),
        cmocka_unit_test(control_characters_are_spaces_in_a_key),
        cmocka_unit_test(what_is_too_long_is_cut_at_a_character),
        cmocka_unit_test(what_folding_makes_too_long_is_cut),
    };

    return cmocka_run_group_tests_name("group", tests, begin, end);
}
