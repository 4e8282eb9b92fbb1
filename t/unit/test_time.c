/* SPDX-License-Identifier: Apache-2.0 */
/* Times as SAML and SCIM write them, and as Braze does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_time.h"

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

#define SECONDS(count) (APR_INT64_C(count) * APR_USEC_PER_SEC)

static void reads(const char *text, apr_time_t expected)
{
    apr_time_t time = -1;

    if (!braze_time_parse(&time, text) || time != expected) {
        print_error("%s gives %" APR_TIME_T_FMT "\n", text, time);
    }
    assert_true(time == expected);
}

/* Seconds are those that date(1) -u prints with +%s. */
static void reads_dates(void **state)
{
    (void)state;
    reads("1970-01-01T00:00:00Z", 0);
    reads("1970-01-01T00:00:01Z", SECONDS(1));
    reads("1999-12-31T23:59:59Z", SECONDS(946684799));
    reads("2000-02-29T00:00:00Z", SECONDS(951782400));
    reads("2000-03-01T00:00:00Z", SECONDS(951868800));
    reads("2024-11-11T16:20:00Z", SECONDS(1731342000));
    reads("2038-01-19T03:14:08Z", SECONDS(2147483648));
    reads("2100-03-01T00:00:00Z", SECONDS(4107542400));
    reads("9999-12-31T23:59:59Z", SECONDS(253402300799));
}

static void reads_offsets(void **state)
{
    (void)state;
    reads("2024-11-11T16:20:00+00:00", SECONDS(1731342000));
    reads("2024-11-11T16:20:00-00:00", SECONDS(1731342000));
    reads("2024-11-11T17:20:00+01:00", SECONDS(1731342000));
    reads("2024-11-11T08:20:00-08:00", SECONDS(1731342000));
    reads("2024-11-11T21:50:00+05:30", SECONDS(1731342000));
    reads("2024-11-12T06:20:00+14:00", SECONDS(1731342000));
    reads("2024-11-11T02:20:00-14:00", SECONDS(1731342000));
    reads("2025-01-01T00:30:00+01:00",
          SECONDS(1735687800)); /* over the year's end: 2024-12-31T23:30 */
}

static void reads_fractions(void **state)
{
    (void)state;
    reads("1970-01-01T00:00:00.5Z", 500000);
    reads("1970-01-01T00:00:00.123Z", 123000);
    reads("1970-01-01T00:00:00.123456Z", 123456);
    reads("1970-01-01T00:00:00.000001Z", 1);
    reads("1970-01-01T00:00:00.1234569Z", 123456); /* cut, not rounded */
    reads("1970-01-01T00:00:00.99999999999999999999999999999999999999Z", 999999);
    reads("9999-12-31T23:59:59.999999Z", SECONDS(253402300800) - 1);
    reads("2024-11-11T17:20:00.25+01:00", SECONDS(1731342000) + 250000);
}

static void reads_the_end_of_a_day(void **state)
{
    (void)state;
    reads("2023-12-31T24:00:00Z", SECONDS(1704067200));
    reads("2023-12-31T24:00:00.000Z", SECONDS(1704067200));
}

static const char *const no_times[] = {
    /* no zone, or not one */
    "2024-11-11T16:20:00",
    "2024-11-11T16:20:00+0100",
    "2024-11-11T16:20:00+01",
    "2024-11-11T16:20:00+1:00",
    "2024-11-11T16:20:00+14:01",
    "2024-11-11T16:20:00-15:00",
    "2024-11-11T16:20:00+00:60",
    "2024-11-11T16:20:00UTC",
    "2024-11-11T16:20:00z",
    "2024-11-11T16:20:00ZZ",
    "2024-11-11T16:20:00Z+01:00",
    "2024-11-11T16:20:00\342\210\22201:00",
    /* no such day or hour */
    "2024-00-11T16:20:00Z",
    "2024-13-11T16:20:00Z",
    "2024-11-00T16:20:00Z",
    "2024-11-31T16:20:00Z",
    "2024-01-32T16:20:00Z",
    "2023-02-29T16:20:00Z",
    "2024-02-30T16:20:00Z",
    "2100-02-29T16:20:00Z",
    "2024-11-11T24:00:01Z",
    "2024-11-11T24:01:00Z",
    "2024-11-11T24:00:00.1Z",
    "2024-11-11T25:00:00Z",
    "2024-11-11T16:60:00Z",
    "2024-11-11T16:20:60Z",
    /* out of range */
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00+00:01",
    "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "9999-12-31T24:00:00Z",
    "9999-12-31T23:59:59-00:01",
    "-2024-11-11T16:20:00Z",
    "+2024-11-11T16:20:00Z",
    "12024-11-11T16:20:00Z",
    /* not the form */
    "",
    "Z",
    "now",
    "1731342000",
    "2024-11-11",
    "2024-11-11T16:20Z",
    "2024-11-11 16:20:00Z",
    "2024-11-11t16:20:00Z",
    "2024-1-11T16:20:00Z",
    "24-11-11T16:20:00Z",
    "2024/11/11T16:20:00Z",
    "20241111T162000Z",
    "2024-11-11T16:20:00.Z",
    "2024-11-11T16:20:00,5Z",
    "2024-11-11T16:20:00.5.5Z",
    "2024-11-11T16:20:00.-5Z",
    "2024-11-11T16:2a:00Z",
    "2024-11-11T-6:20:00Z",
    "2024-11-11T+6:20:00Z",
    " 2024-11-11T16:20:00Z",
    "2024-11-11T16:20:00Z ",
    "2024-11-11T16:20:00Z\n",
    "2024-11-11T 6:20:00Z",
    "2024-W46-1T16:20:00Z",
    "2024-11-11T16:20:0\xd9\xa3Z",
    "20:4-11-11T16:20:00Z",
};

static void refuses_what_is_no_time(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(no_times); i++) {
        apr_time_t time = 77;

        if (braze_time_parse(&time, no_times[i])) {
            print_error("taken: %s\n", no_times[i]);
        }
        assert_false(braze_time_parse(&time, no_times[i]));
        assert_true(time == 77);
    }
    assert_false(braze_time_parse(NULL, NULL));
}

static void writes_rfc3339(void **state)
{
    (void)state;
    assert_string_equal(braze_time_rfc3339(0, pool), "1970-01-01T00:00:00.000Z");
    assert_string_equal(braze_time_rfc3339(SECONDS(1731342000) + 123999, pool),
                        "2024-11-11T16:20:00.123Z");
    assert_string_equal(braze_time_rfc3339(SECONDS(951782400) - 1, pool),
                        "2000-02-28T23:59:59.999Z");
    assert_string_equal(braze_time_rfc3339(SECONDS(951782400), pool), "2000-02-29T00:00:00.000Z");
    assert_string_equal(braze_time_rfc3339(SECONDS(253402300800) - 1, pool),
                        "9999-12-31T23:59:59.999Z");
    /* What no row should hold still has the form. */
    assert_string_equal(braze_time_rfc3339(APR_INT64_MAX, pool), "9999-12-31T23:59:59.999Z");
    assert_string_equal(braze_time_rfc3339(-1, pool), "1970-01-01T00:00:00.000Z");
}

/* Against APR's own calendar, a step of a day and some hours from 1970 to 9999. */
static void agrees_with_apr(void **state)
{
    apr_time_t time, again;
    char expected[32];

    (void)state;
    for (time = 0; time < SECONDS(253402300800); time += SECONDS(100003) * 11 + 7000) {
        apr_pool_t *outer = pool;
        apr_time_exp_t exp;
        const char *text;

        apr_pool_create(&pool, outer);
        apr_time_exp_gmt(&exp, time);
        apr_snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                     exp.tm_year + 1900, exp.tm_mon + 1, exp.tm_mday, exp.tm_hour, exp.tm_min,
                     exp.tm_sec, exp.tm_usec / 1000);
        text = braze_time_rfc3339(time, pool);
        assert_string_equal(text, expected);
        assert_true(braze_time_parse(&again, text));
        assert_true(again == time / 1000 * 1000);
        apr_pool_destroy(pool);
        pool = outer;
    }
}

static void writes_brazes_form(void **state)
{
    static const struct {
        const char *time, *text;
    } cases[] = {
        {"2024-11-11T16:20:00Z", "2024 Nov 11, 4:20 PM"},
        {"2024-11-11T16:20:59.999Z", "2024 Nov 11, 4:20 PM"},
        {"2024-01-01T00:00:00Z", "2024 Jan 1, 12:00 AM"},
        {"2024-02-29T00:59:00Z", "2024 Feb 29, 12:59 AM"},
        {"2024-03-09T01:00:00Z", "2024 Mar 9, 1:00 AM"},
        {"2024-04-30T11:59:00Z", "2024 Apr 30, 11:59 AM"},
        {"2024-05-31T12:00:00Z", "2024 May 31, 12:00 PM"},
        {"2024-06-10T12:05:00Z", "2024 Jun 10, 12:05 PM"},
        {"2024-07-04T13:00:00Z", "2024 Jul 4, 1:00 PM"},
        {"2024-08-08T23:59:00Z", "2024 Aug 8, 11:59 PM"},
        {"2024-09-19T10:09:00Z", "2024 Sep 19, 10:09 AM"},
        {"2024-10-20T09:10:00Z", "2024 Oct 20, 9:10 AM"},
        {"2024-12-31T22:00:00Z", "2024 Dec 31, 10:00 PM"},
        {"1970-01-01T00:00:01Z", "1970 Jan 1, 12:00 AM"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        apr_time_t time;

        assert_true(braze_time_parse(&time, cases[i].time));
        assert_string_equal(braze_time_braze(time, pool), cases[i].text);
    }
    assert_string_equal(braze_time_braze(0, pool), "N/A");
}

static void converts_to_milliseconds(void **state)
{
    (void)state;
    assert_true(braze_time_to_ms(0) == 0);
    assert_true(braze_time_to_ms(999) == 0);
    assert_true(braze_time_to_ms(1000) == 1);
    assert_true(braze_time_to_ms(-1) == -1); /* down, not towards 0 */
    assert_true(braze_time_to_ms(-1000) == -1);
    assert_true(braze_time_to_ms(-1001) == -2);
    assert_true(braze_time_from_ms(1731342000123) == SECONDS(1731342000) + 123000);
    assert_true(braze_time_from_ms(APR_INT64_MAX / 1000) == APR_INT64_MAX / 1000 * 1000);
    assert_true(braze_time_from_ms(APR_INT64_MAX) == APR_INT64_MAX);
    assert_true(braze_time_from_ms(APR_INT64_MIN) == APR_INT64_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_dates),
        cmocka_unit_test(reads_offsets),
        cmocka_unit_test(reads_fractions),
        cmocka_unit_test(reads_the_end_of_a_day),
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(writes_rfc3339),
        cmocka_unit_test(agrees_with_apr),
        cmocka_unit_test(writes_brazes_form),
        cmocka_unit_test(converts_to_milliseconds),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, set_up, tear_down);
    apr_terminate();
    return failed;
}
