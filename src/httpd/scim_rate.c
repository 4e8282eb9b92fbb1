/* SPDX-License-Identifier: Apache-2.0 */
/* BrazeScimRateLimit: fixed windows, counted as rows, so that every node counts the same. */
#include "scim_httpd_int.h"

#include <apr_strings.h>

/* Windows of different periods may begin at one instant, and are counted apart: this many
 * milliseconds tell them apart. */
static apr_time_t window_key(apr_time_t window, apr_interval_time_t period)
{
    const apr_interval_time_t minute = apr_time_from_sec(60);
    int kind = (period >= minute) + (period >= 60 * minute) + (period >= 24 * 60 * minute);

    return window + apr_time_from_msec(kind);
}

braze_err_t *scim_rate_check(request_rec *r, const scim_conf_t *conf, const char *company_id)
{
    apr_time_t window;
    apr_int64_t used = 0, left, reset;
    braze_db_t *db;
    braze_err_t *err;

    if (conf->rate_limit == HTTPD_UNSET || conf->rate_limit == 0) {
        return NULL;
    }
    window = r->request_time - r->request_time % conf->rate_period;
    err = httpd_db_open(&db, r);
    if (!err) {
        err = braze_store_rate_hit(&used, db, company_id, window_key(window, conf->rate_period),
                                   r->pool);
    }
    if (err) {
        return err;
    }
    left = used < conf->rate_limit ? conf->rate_limit - used : 0;
    reset = apr_time_sec(window + conf->rate_period);
    apr_table_setn(r->err_headers_out, "X-RateLimit-Limit", apr_itoa(r->pool, conf->rate_limit));
    apr_table_setn(r->err_headers_out, "X-RateLimit-Remaining", apr_ltoa(r->pool, (long)left));
    apr_table_setn(r->err_headers_out, "X-RateLimit-Reset", apr_ltoa(r->pool, (long)reset));
    if (used <= conf->rate_limit) {
        return NULL;
    }
    err = braze_err_newf(
        r->pool, HTTP_TOO_MANY_REQUESTS, NULL, "BRAZE-S0104",
        "The rate limit of %d requests is used up. Try again after the time in Retry-After.",
        conf->rate_limit);
    err->retry_after = (int)(reset - apr_time_sec(r->request_time));
    if (err->retry_after < 1) {
        err->retry_after = 1;
    }
    return err;
}
