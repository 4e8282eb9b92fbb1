/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors: what they carry, what they are good for, how long, and what a changed one is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "src/scim/search_int.h"

#define NOW apr_time_from_sec(1731342000)
#define ID "0123abcd-00000000-00000000-00000001"

static apr_pool_t *pool;
static const char *context, *other;

static int set_up(void **state)
{
    (void)state;
    if (apr_pool_create(&pool, NULL)) {
        return -1;
    }
    context = braze_sha256_hex("a", 1, pool);
    other = braze_sha256_hex("b", 1, pool);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static const char *write_cursor(int backward, int source, const char *key, const char *id)
{
    const scim_cursor_t cursor = {backward, source, key, id, NOW};

    return braze_cursor_write(&cursor, context, pool);
}

/* "" or the code of the refusal. */
static const char *refusal(const char *text, const char *in, apr_time_t now)
{
    scim_cursor_t cursor;
    braze_err_t *err = braze_cursor_read(&cursor, text, in, now, pool);

    if (err) {
        assert_int_equal(err->status, 400);
    }
    return err ? err->code : "";
}

static void round_trip(int backward, int source, const char *key, const char *id)
{
    scim_cursor_t read;
    const char *text = write_cursor(backward, source, key, id);

    assert_non_null(text);
    assert_null(braze_cursor_read(&read, text, context, NOW, pool));
    assert_int_equal(read.backward, backward);
    assert_int_equal(read.source, source);
    assert_string_equal(read.id, id);
    assert_int_equal(read.made, NOW);
    assert_int_equal(read.key == NULL, key == NULL);
    if (key) {
        assert_string_equal(read.key, key);
    }
    /* RFC 9865 section 2: unreserved characters only. */
    assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-_"),
                     strlen(text));
}

static void comes_back(void **state)
{
    (void)state;
    round_trip(0, 0, NULL, ID);
    round_trip(1, 1, NULL, ID);
    round_trip(0, 0, "", ID);
    round_trip(0, 0, "=", ID);
    round_trip(1, 0, " two  words -x", ID);
    round_trip(0, 0, "stra\xc3\x9f-\x01", ID);
    round_trip(0, 0, NULL, "");
}

static void has_an_end(void **state)
{
    char *key = apr_palloc(pool, CURSOR_KEY_MAX + 2);

    (void)state;
    memset(key, 'k', CURSOR_KEY_MAX + 1);
    key[CURSOR_KEY_MAX] = '\0';
    round_trip(0, 0, key, ID);
    assert_true(strlen(write_cursor(0, 0, key, ID)) <= CURSOR_MAX);
    key[CURSOR_KEY_MAX] = 'k';
    key[CURSOR_KEY_MAX + 1] = '\0';
    assert_null(write_cursor(0, 0, key, ID));
}

static void expires(void **state)
{
    const char *text = write_cursor(0, 0, "k", ID);

    (void)state;
    assert_string_equal(refusal(text, context, NOW + apr_time_from_sec(3600)), "");
    assert_string_equal(refusal(text, context, NOW + apr_time_from_sec(3600) + 1), "expiredCursor");
    /* Another node's clock may be behind. */
    assert_string_equal(refusal(text, context, NOW - apr_time_from_sec(30)), "");
}

static void is_good_for_its_query_only(void **state)
{
    (void)state;
    assert_string_equal(refusal(write_cursor(0, 0, "k", ID), other, NOW), "invalidCursor");
}

/* Each character changed, each cut off, and one more. */
static void shows_a_change(void **state)
{
    const char *good = write_cursor(0, 1, "key", ID);
    apr_size_t i;

    (void)state;
    for (i = 0; good[i]; i++) {
        char *bad = apr_pstrdup(pool, good);

        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        assert_string_equal(refusal(bad, context, NOW), "invalidCursor");
        assert_string_equal(refusal(apr_pstrmemdup(pool, good, i), context, NOW), "invalidCursor");
    }
    assert_string_equal(refusal(apr_pstrcat(pool, good, "A", NULL), context, NOW), "invalidCursor");
    assert_string_equal(refusal(apr_pstrcat(pool, good, "=", NULL), context, NOW), "invalidCursor");
}

/* Made by somebody who knows how: only what could be a place gets as far as SQL. */
static void made_up(void **state)
{
    (void)state;
    assert_string_equal(refusal(write_cursor(0, 0, "\xff", ID), context, NOW), "invalidCursor");
    assert_string_equal(refusal(write_cursor(0, 0, NULL, "x"), context, NOW), "invalidCursor");
    assert_string_equal(refusal(write_cursor(0, 0, NULL, "' OR 1"), context, NOW), "invalidCursor");
    assert_string_equal(refusal(write_cursor(0, 101, NULL, ID), context, NOW), "invalidCursor");
    assert_string_equal(refusal(write_cursor(0, 100, NULL, ID), context, NOW), "");
}

static void foreign_texts(void **state)
{
    static const char *const texts[] = {
        "x",   "VALID",    "0",    "a b",
        "%00", "\xc3\xa9", "====", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    char *endless = apr_palloc(pool, CURSOR_MAX + 2);
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_string_equal(refusal(texts[i], context, NOW), "invalidCursor");
    }
    memset(endless, 'A', CURSOR_MAX + 1);
    endless[CURSOR_MAX + 1] = '\0';
    assert_string_equal(refusal(endless, context, NOW), "invalidCursor");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(comes_back),     TEST(has_an_end),    TEST(expires), TEST(is_good_for_its_query_only),
        TEST(shows_a_change), TEST(foreign_texts), TEST(made_up)};

    apr_initialize();
    return cmocka_run_group_tests_name("scim_cursor", tests, NULL, NULL);
}
