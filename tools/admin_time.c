/* SPDX-License-Identifier: Apache-2.0 */
/* Times on the command line: a span from now, a date, a date with a time. */
#include <apr_strings.h>

#include "admin.h"
#include "braze_time.h"

#define SPAN_MAX 36500 /* days, and hours */

/* "90d", "12h"; 0 when it is not of that form. */
static apr_interval_time_t span_of(const char *text)
{
    char *end;
    apr_int64_t number = apr_strtoi64(text, &end, 10);

    if (end == text || number < 1 || number > SPAN_MAX || !*end || end[1]) {
        return 0;
    }
    return *end == 'd'   ? apr_time_from_sec(number * 86400)
           : *end == 'h' ? apr_time_from_sec(number * 3600)
                         : 0;
}

braze_err_t *admin_arg_time(apr_time_t *time, const admin_t *admin, admin_option_t option, int way)
{
    const char *text = admin_arg(admin, option);
    apr_interval_time_t span;

    if (!text) {
        return NULL;
    }
    span = span_of(text);
    if (span) {
        *time = admin->now + way * span;
        return NULL;
    }
    if (!braze_time_parse(time, text) &&
        !braze_time_parse(time, apr_pstrcat(admin->pool, text, "T00:00:00Z", NULL))) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "--%s %s: write 90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z",
                          admin_options[option].name, text);
    }
    return NULL;
}
