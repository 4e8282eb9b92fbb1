/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>

#include "braze_time.h"

#define DAY_SECONDS 86400
#define TIME_MAX (APR_INT64_C(253402300800) * APR_USEC_PER_SEC - 1) /* the end of 9999 */
#define OFFSET_HOURS_MAX 14 /* XML Schema 1.0 part 2, 3.2.7.3 */

typedef struct {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second, micro;
} civil_t;

/*
 * Days and dates by the calendar that repeats every 400 years (146097 days), a year counted from
 * March so that the leap day is its last.
 */
static apr_int64_t days_from_date(int year, int month, int day)
{
    int march_year = month > 2 ? year : year - 1;
    int march_month = month > 2 ? month - 3 : month + 9;

    return (apr_int64_t)march_year * 365 + march_year / 4 - march_year / 100 + march_year / 400 +
           (march_month * 153 + 2) / 5 + day - 1 - 719468;
}

static void date_from_days(civil_t *civil, apr_int64_t days)
{
    int from = (int)days + 719468; /* days since 0000-03-01 */
    int era = from / 146097, day_of_era = from % 146097;
    int year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (year * 365 + year / 4 - year / 100);
    int month = (day_of_year * 5 + 2) / 153;

    civil->day = day_of_year - (month * 153 + 2) / 5 + 1;
    civil->month = month < 10 ? month + 3 : month - 9;
    civil->year = era * 400 + year + (civil->month <= 2);
}

static void civil_from_time(civil_t *civil, apr_time_t time)
{
    apr_int64_t seconds;
    int rest;

    time = time < 0 ? 0 : time > TIME_MAX ? TIME_MAX : time;
    seconds = time / APR_USEC_PER_SEC;
    rest = (int)(seconds % DAY_SECONDS);
    date_from_days(civil, seconds / DAY_SECONDS);
    civil->hour = rest / 3600;
    civil->minute = rest / 60 % 60;
    civil->second = rest % 60;
    civil->micro = (int)(time % APR_USEC_PER_SEC);
}

/* Exactly count digits; the cursor moves only when they are there. */
static int digits(const char **text, int count, int *value)
{
    int i, sum = 0;

    for (i = 0; i < count; i++) {
        char c = (*text)[i];

        if (c < '0' || c > '9') {
            return 0;
        }
        sum = sum * 10 + (c - '0');
    }
    *text += count;
    *value = sum;
    return 1;
}

static int literal(const char **text, char c)
{
    if (**text != c) {
        return 0;
    }
    ++*text;
    return 1;
}

/* A fraction of any length, cut to microseconds. */
static int fraction(const char **text, int *micro)
{
    int scale = APR_USEC_PER_SEC / 10, digit, count = 0;

    *micro = 0;
    if (!literal(text, '.')) {
        return 1;
    }
    for (; digits(text, 1, &digit); count++, scale /= 10) {
        *micro += digit * scale;
    }
    return count > 0;
}

/* Z, or an offset in seconds east of UTC. */
static int zone(const char **text, int *offset)
{
    int hours, minutes, west = **text == '-';

    *offset = 0;
    if (literal(text, 'Z')) {
        return 1;
    }
    if (!literal(text, west ? '-' : '+') || !digits(text, 2, &hours) || !literal(text, ':') ||
        !digits(text, 2, &minutes) || minutes > 59 ||
        hours * 60 + minutes > OFFSET_HOURS_MAX * 60) {
        return 0;
    }
    *offset = (hours * 60 + minutes) * (west ? -60 : 60);
    return 1;
}

static int date_is_valid(const civil_t *civil)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = civil->year % 4 == 0 && (civil->year % 100 != 0 || civil->year % 400 == 0);

    return civil->month >= 1 && civil->month <= 12 && civil->day >= 1 &&
           civil->day <= lengths[civil->month - 1] + (civil->month == 2 && leap);
}

/* 24:00:00 is the end of the day in XML Schema; a leap second is not in it. */
static int clock_is_valid(const civil_t *civil)
{
    if (civil->hour == 24) {
        return civil->minute == 0 && civil->second == 0 && civil->micro == 0;
    }
    return civil->hour < 24 && civil->minute < 60 && civil->second < 60;
}

int braze_time_parse(apr_time_t *time, const char *text)
{
    civil_t civil;
    apr_int64_t seconds;
    apr_time_t result;
    int offset;

    if (!text || !digits(&text, 4, &civil.year) || !literal(&text, '-') ||
        !digits(&text, 2, &civil.month) || !literal(&text, '-') || !digits(&text, 2, &civil.day) ||
        !literal(&text, 'T') || !digits(&text, 2, &civil.hour) || !literal(&text, ':') ||
        !digits(&text, 2, &civil.minute) || !literal(&text, ':') ||
        !digits(&text, 2, &civil.second) || !fraction(&text, &civil.micro) ||
        !zone(&text, &offset) || *text) {
        return 0;
    }
    if (civil.year < 1970 || !date_is_valid(&civil) || !clock_is_valid(&civil)) {
        return 0;
    }
    seconds = days_from_date(civil.year, civil.month, civil.day) * DAY_SECONDS + civil.hour * 3600 +
              civil.minute * 60 + civil.second - offset;
    result = seconds * APR_USEC_PER_SEC + civil.micro;
    if (result < 0 || result > TIME_MAX) {
        return 0;
    }
    *time = result;
    return 1;
}

static char *put_digits(char *out, int value, int count)
{
    int i;

    for (i = count - 1; i >= 0; i--, value /= 10) {
        out[i] = (char)('0' + value % 10);
    }
    return out + count;
}

const char *braze_time_rfc3339(apr_time_t time, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, sizeof("2026-11-22T07:45:29.123Z")), *out = text;
    civil_t civil;

    civil_from_time(&civil, time);
    out = put_digits(out, civil.year, 4);
    *out++ = '-';
    out = put_digits(out, civil.month, 2);
    *out++ = '-';
    out = put_digits(out, civil.day, 2);
    *out++ = 'T';
    out = put_digits(out, civil.hour, 2);
    *out++ = ':';
    out = put_digits(out, civil.minute, 2);
    *out++ = ':';
    out = put_digits(out, civil.second, 2);
    *out++ = '.';
    out = put_digits(out, civil.micro / 1000, 3);
    *out++ = 'Z';
    *out = '\0';
    return text;
}

const char *braze_time_braze(apr_time_t time, apr_pool_t *pool)
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    civil_t civil;
    int hour;

    if (time == 0) {
        return "N/A";
    }
    civil_from_time(&civil, time);
    hour = civil.hour % 12 ? civil.hour % 12 : 12;
    return apr_psprintf(pool, "%d %s %d, %d:%02d %s", civil.year, months[civil.month - 1],
                        civil.day, hour, civil.minute, civil.hour < 12 ? "AM" : "PM");
}

apr_int64_t braze_time_to_ms(apr_time_t time)
{
    return time / 1000 - (time % 1000 < 0);
}

apr_time_t braze_time_from_ms(apr_int64_t ms)
{
    if (ms > APR_INT64_MAX / 1000) {
        return APR_INT64_MAX;
    }
    return ms < APR_INT64_MIN / 1000 ? APR_INT64_MIN : ms * 1000;
}
