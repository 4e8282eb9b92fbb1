/* SPDX-License-Identifier: Apache-2.0 */
/* Allowlists of addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "braze_ip.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

static braze_ip_list_t *must_parse(const char *text)
{
    braze_ip_list_t *list;
    braze_err_t *err = braze_ip_list_parse(&list, text, pool);

    if (err) {
        print_error("%s: %s\n", text, err->detail);
    }
    assert_null(err);
    assert_non_null(list);
    return list;
}

static int has(const char *text, const char *address)
{
    return braze_ip_list_has(must_parse(text), address);
}

static const char *refusal(const char *text)
{
    braze_ip_list_t *list = (braze_ip_list_t *)&pool;
    braze_err_t *err = braze_ip_list_parse(&list, text, pool);

    if (!err) {
        print_error("taken: %s\n", text);
    }
    assert_non_null(err);
    assert_null(list);
    assert_int_equal(err->status, 400);
    assert_string_equal(err->code, "invalidValue");
    assert_string_equal(err->tag, "BRAZE-0030");
    return err->detail;
}

static void refused(const char *text, const char *why)
{
    const char *detail = refusal(text);

    if (!strstr(detail, why)) {
        print_error("%s: %s\n", text, detail);
    }
    assert_non_null(strstr(detail, why));
}

static void an_empty_list_has_nothing(void **state)
{
    (void)state;
    assert_true(braze_ip_list_is_empty(must_parse(NULL)));
    assert_true(braze_ip_list_is_empty(must_parse("")));
    assert_true(braze_ip_list_is_empty(must_parse(" \t\r\n ")));
    assert_false(braze_ip_list_is_empty(must_parse("10.0.0.1")));
    assert_false(has("", "10.0.0.1"));
    /* No list at all is nothing that could let anybody in. */
    assert_false(braze_ip_list_is_empty(NULL));
    assert_false(braze_ip_list_has(NULL, "10.0.0.1"));
}

static void single_addresses(void **state)
{
    (void)state;
    assert_true(has("192.0.2.7", "192.0.2.7"));
    assert_false(has("192.0.2.7", "192.0.2.6"));
    assert_false(has("192.0.2.7", "192.0.2.8"));
    assert_true(has("2001:db8::1", "2001:db8::1"));
    assert_true(has("2001:DB8:0:0::1", "2001:0db8:0000::0001"));
    assert_false(has("2001:db8::1", "2001:db8::2"));
    assert_false(has("0.0.0.0", "::"));
    assert_false(has("::", "0.0.0.0"));
}

static void blocks(void **state)
{
    (void)state;
    assert_true(has("10.0.0.0/8", "10.0.0.0"));
    assert_true(has("10.0.0.0/8", "10.255.255.255"));
    assert_false(has("10.0.0.0/8", "9.255.255.255"));
    assert_false(has("10.0.0.0/8", "11.0.0.0"));
    assert_true(has("192.0.2.8/29", "192.0.2.15"));
    assert_false(has("192.0.2.8/29", "192.0.2.16"));
    assert_false(has("192.0.2.8/29", "192.0.2.7"));
    assert_true(has("192.0.2.9/32", "192.0.2.9"));
    assert_false(has("192.0.2.9/32", "192.0.2.10"));
    assert_true(has("2001:db8::/33", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"));
    assert_false(has("2001:db8::/33", "2001:db8:8000::"));
    assert_true(has("2001:db8::1/128", "2001:db8::1"));
    assert_false(has("2001:db8::1/128", "2001:db8::"));
}

static void everything_of_one_family(void **state)
{
    (void)state;
    assert_true(has("0.0.0.0/0", "255.255.255.255"));
    assert_true(has("0.0.0.0/0", "::ffff:1.2.3.4"));
    assert_false(has("0.0.0.0/0", "2001:db8::1"));
    assert_true(has("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
    assert_false(has("::/0", "192.0.2.1"));
    assert_false(has("::/0", "::ffff:192.0.2.1"));
    assert_true(has("::/0,0.0.0.0/0", "192.0.2.1"));
}

static void host_bits_are_a_mistake(void **state)
{
    (void)state;
    refused("10.0.0.1/8", "bits set beyond its prefix");
    refused("192.0.2.9/29", "bits set beyond its prefix");
    refused("192.0.2.1/0", "bits set beyond its prefix");
    refused("2001:db8::1/127", "bits set beyond its prefix");
    must_parse("2001:db8::2/127");
    refused("2001:db8:8000::/32", "bits set beyond its prefix");
}

static void prefixes(void **state)
{
    static const char *const bad[] = {
        "10.0.0.0/33",  "10.0.0.0/",   "10.0.0.0/-1",        "10.0.0.0/+8",
        "10.0.0.0/08",  "10.0.0.0/8x", "10.0.0.0/255.0.0.0", "10.0.0.0/99999999999",
        "10.0.0.0/8/8", "10.0.0.0/0x8"};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++) {
        refused(bad[i], "from 0 to 32 after the /");
    }
    refused("2001:db8::/129", "from 0 to 128 after the /");
    refused("2001:db8::/", "from 0 to 128 after the /");
    refused("/8", "not an address before the /");
    refused("example.com/8", "not an address before the /");
}

static void ranges(void **state)
{
    (void)state;
    assert_true(has("192.0.2.10-192.0.2.20", "192.0.2.10"));
    assert_true(has("192.0.2.10-192.0.2.20", "192.0.2.20"));
    assert_false(has("192.0.2.10-192.0.2.20", "192.0.2.9"));
    assert_false(has("192.0.2.10-192.0.2.20", "192.0.2.21"));
    assert_true(has("10.0.255.255-10.1.0.0", "10.1.0.0"));
    assert_true(has("192.0.2.1-192.0.2.1", "192.0.2.1"));
    assert_true(has("2001:db8::a-2001:db8::1:0", "2001:db8::ffff"));
    assert_false(has("2001:db8::a-2001:db8::1:0", "2001:db8::9"));
    refused("192.0.2.20-192.0.2.10", "ends before it begins");
    refused("192.0.2.1-2001:db8::1", "one address family to the other");
    refused("::-192.0.2.1", "one address family to the other");
    refused("192.0.2.1-20", "not a range of two addresses");
    refused("192.0.2.1-", "not a range of two addresses");
    refused("-192.0.2.1", "not a range of two addresses");
    refused("192.0.2.1-192.0.2.3-192.0.2.5", "not a range of two addresses");
    refused("10.0.0.0/8-11.0.0.0/8", "after the /");
    refused("10.0.0.0-11.0.0.0/8", "not a");
}

static void mapped_addresses_are_ipv4(void **state)
{
    (void)state;
    assert_true(has("192.0.2.7", "::ffff:192.0.2.7"));
    assert_true(has("192.0.2.7", "::FFFF:c000:207"));
    assert_true(has("10.0.0.0/8", "::ffff:10.1.2.3"));
    assert_false(has("10.0.0.0/8", "::ffff:11.1.2.3"));
    assert_false(has("192.0.2.7", "::192.0.2.7")); /* compatible, not mapped */
    assert_false(has("192.0.2.7", "64:ff9b::192.0.2.7"));
    assert_true(has("::ffff:192.0.2.7", "192.0.2.7"));
    assert_true(has("::ffff:10.0.0.0/104", "10.255.0.1"));
    assert_false(has("::ffff:10.0.0.0/104", "11.0.0.0"));
    assert_true(has("::ffff:0.0.0.0/96", "203.0.113.1"));
    assert_true(has("::ffff:192.0.2.1/128", "192.0.2.1"));
    assert_true(has("::ffff:192.0.2.1-192.0.2.9", "192.0.2.5"));
    refused("::ffff:10.0.0.1/104", "bits set beyond its prefix");
    refused("::ffff:0.0.0.0/95", "bits set beyond its prefix");
    refused("::ffff:10.0.0.0/129", "from 0 to 128");
}

static void spaces_and_commas(void **state)
{
    const char *text = " 192.0.2.1 ,\t10.0.0.0 / 8,\r\n2001:db8::1 - 2001:db8::9 ";

    (void)state;
    assert_true(has(text, "192.0.2.1"));
    assert_true(has(text, "10.9.9.9"));
    assert_true(has(text, "2001:db8::5"));
    assert_false(has(text, "2001:db8::a"));
    refused("192.0.2.1 192.0.2.2", "is not an address");
    refused("192.0.2.1;192.0.2.2", "is not an address");
    refused("192.0. 2.1", "is not an address");
    refused(",", "entry 1 \"\" is empty"); /* must not become "any address" */
    refused("192.0.2.1,", "entry 2 \"\" is empty");
    refused("192.0.2.1, ,192.0.2.2", "entry 2 \"\" is empty");
}

static void refuses_what_is_no_address(void **state)
{
    static const char *const bad[] = {
        "localhost",
        "example.com",
        "*",
        "10.0.0.*",
        "10.0.0",
        "10",
        "10.0.0.0.0",
        "10.0.0.256",
        "010.0.0.1",
        "0x0a000001",
        "167772161",
        "[::1]",
        "[::1]:80",
        "10.0.0.1:80",
        "fe80::1%eth0",
        ":::",
        "1::2::3",
        "2001:db8",
        "12345::",
        "::g",
        "::ffff:1.2.3",
        "\xff\xfe",
        "1\x00b2.1",
        "any",
        "all",
        "\xd9\xa1.1.1.1",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++) {
        refused(bad[i], "is not an address");
        assert_false(has("0.0.0.0/0,::/0", bad[i]));
    }
    assert_false(has("0.0.0.0/0,::/0", ""));
    assert_false(has("0.0.0.0/0,::/0", NULL));
    assert_false(has("0.0.0.0/0,::/0", " 10.0.0.1"));
    assert_false(has("0.0.0.0/0,::/0", "10.0.0.1,10.0.0.2"));
}

static void names_every_bad_entry(void **state)
{
    const char *detail = refusal("10.0.0.1/8, 192.0.2.1, host.example, 192.0.2.9-192.0.2.1");

    (void)state;
    assert_string_equal(detail,
                        "The allowlist is not acceptable: "
                        "entry 1 \"10.0.0.1/8\" has bits set beyond its prefix; "
                        "entry 3 \"host.example\" is not an address; "
                        "entry 4 \"192.0.2.9-192.0.2.1\" is a range that ends before it begins.");
}

static void shows_short_printable_entries(void **state)
{
    char *entry = apr_palloc(pool, 100001);

    (void)state;
    refused("a\x01\x7f\xc3\xa9", "\"a????\"");
    memset(entry, 'a', 100000);
    entry[100000] = '\0';
    refused(entry, "is too long");
    assert_true(strlen(refusal(entry)) < 200);
}

static void the_longest_entry_is_taken(void **state)
{
    (void)state;
    assert_true(
        has("2001:0db8:0000:0000:0000:0000:0000:0001  -  2001:0db8:0000:0000:0000:0000:0000:"
            "ffff",
            "2001:db8::abc"));
    assert_true(has("0000:0000:0000:0000:0000:ffff:192.168.100.100-"
                    "0000:0000:0000:0000:0000:ffff:192.168.100.200",
                    "192.168.100.150"));
}

static void many_spans_in_any_order(void **state)
{
    const char *text = "10.0.0.50-10.0.0.60,10.0.0.0/29,10.0.0.55-10.0.0.70,10.0.0.200,10.0.0.52,"
                       "2001:db8::/64,10.0.0.7-10.0.0.8,2001:db8::5";
    int i;

    (void)state;
    for (i = 0; i < 256; i++) {
        int expected = i <= 8 || (i >= 50 && i <= 70) || i == 200;

        assert_int_equal(has(text, apr_psprintf(pool, "10.0.0.%d", i)), expected);
    }
    assert_true(has(text, "2001:db8::ffff"));
    assert_false(has(text, "2001:db8:0:1::"));
}

static const char *entries(int count)
{
    apr_array_header_t *array = apr_array_make(pool, count, sizeof(const char *));
    int i;

    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(array, const char *) =
            apr_psprintf(pool, "10.0.%d.%d", i / 100, i % 100 * 2);
    }
    return apr_array_pstrcat(pool, array, ',');
}

static void holds_the_entry_cap(void **state)
{
    braze_ip_list_t *list = must_parse(entries(BRAZE_IP_MAX_ENTRIES));
    int i;

    (void)state;
    for (i = 0; i < BRAZE_IP_MAX_ENTRIES; i++) {
        const char *there = apr_psprintf(pool, "10.0.%d.%d", i / 100, i % 100 * 2);
        const char *not_there = apr_psprintf(pool, "10.0.%d.%d", i / 100, i % 100 * 2 + 1);

        assert_true(braze_ip_list_has(list, there));
        assert_false(braze_ip_list_has(list, not_there));
    }
    refused(entries(BRAZE_IP_MAX_ENTRIES + 1), "more than 1000 entries");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_list_has_nothing),
        cmocka_unit_test(single_addresses),
        cmocka_unit_test(blocks),
        cmocka_unit_test(everything_of_one_family),
        cmocka_unit_test(host_bits_are_a_mistake),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(ranges),
        cmocka_unit_test(mapped_addresses_are_ipv4),
        cmocka_unit_test(spaces_and_commas),
        cmocka_unit_test(refuses_what_is_no_address),
        cmocka_unit_test(names_every_bad_entry),
        cmocka_unit_test(shows_short_printable_entries),
        cmocka_unit_test(the_longest_entry_is_taken),
        cmocka_unit_test(many_spans_in_any_order),
        cmocka_unit_test(holds_the_entry_cap),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, set_up, tear_down);
    apr_terminate();
    return failed;
}
