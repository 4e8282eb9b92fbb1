/* SPDX-License-Identifier: Apache-2.0 */
/* What an application behind httpd is told: no control character, and lists that can be taken
 * apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_tables.h>

#include "braze_shown.h"

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

static const char *list_of(const char *const *names)
{
    apr_array_header_t *list = apr_array_make(pool, 4, sizeof(const char *));

    for (; *names; names++) {
        APR_ARRAY_PUSH(list, const char *) = *names;
    }
    return braze_shown_list(list, pool);
}

static void control_characters_are_spelt(void **state)
{
    const char *plain = "Zo\xc3\xab \x80\xff~ O'Neill;\\";

    (void)state;
    assert_ptr_equal(braze_shown_text(plain, pool), plain);
    assert_string_equal(braze_shown_text("", pool), "");
    assert_string_equal(braze_shown_text("a\r\nX: 1", pool), "a%0D%0AX: 1");
    assert_string_equal(braze_shown_text("\x01\x1f\x7f", pool), "%01%1F%7F");
}

/* At every place of every length, between bytes of every kind. */
static void a_control_character_is_found_anywhere(void **state)
{
    static const char around[] = {' ', '!', '~', '\x80', '\xff', 'a', '\x21', '\x7e'};
    char text[41];
    int len, at, byte, i;

    (void)state;
    for (len = 0; len <= 40; len++) {
        for (i = 0; i < len; i++) {
            text[i] = around[(i * 7 + len) % (int)sizeof(around)];
        }
        text[len] = '\0';
        assert_true(braze_shown_is(text));
        for (at = 0; at < len; at++) {
            char kept = text[at];

            for (byte = 1; byte < 256; byte++) {
                text[at] = (char)byte;
                assert_int_equal(braze_shown_is(text), byte >= ' ' && byte != 0x7f);
            }
            text[at] = kept;
        }
    }
}

static void lists_can_be_taken_apart(void **state)
{
    static const char *const none[] = {NULL};
    static const char *const some[] = {"Sales", "a;b", "c\\", "d\te", NULL};

    (void)state;
    assert_string_equal(list_of(none), "");
    assert_string_equal(list_of(some), "Sales;a\\;b;c\\\\;d%09e");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_characters_are_spelt),
        cmocka_unit_test(a_control_character_is_found_anywhere),
        cmocka_unit_test(lists_can_be_taken_apart),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests_name("shown", tests, set_up, tear_down);
    apr_terminate();
    return failed;
}
