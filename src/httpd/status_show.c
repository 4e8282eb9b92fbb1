/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SetHandler braze-status: the counters for a person (HTML), for scripts (?auto, lines of
 * "key: value" as mod_status has them) and for Prometheus (?prometheus, or a client that accepts
 * text/plain;version=0.0.4). Series with labels are shown once they are not zero, except a
 * family's only one.
 */
#include "status_int.h"

#include <apr_strings.h>

#include "braze_json.h"

#define PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* One series of an entry and its labels. */
typedef struct {
    const status_entry_t *entry;
    const httpd_status_t *status;
    int family, series;
    const char *values[STATUS_LABELS]; /* NULL behind the last */
} series_t;

static void series_labels(series_t *at)
{
    int i, rest = at->series, count = 0;

    while (count < STATUS_LABELS && at->entry->labels[count].name) {
        count++;
    }
    for (i = STATUS_LABELS - 1; i >= 0; i--) {
        at->values[i] = NULL;
        if (i < count) {
            int values = status_label_count(&at->entry->labels[i]);

            at->values[i] = status_label_value(&at->entry->labels[i], rest % values);
            rest /= values;
        }
    }
}

static apr_uint64_t series_total(const series_t *at)
{
    int cell, cells = at->entry->kind == STATUS_HISTOGRAM ? STATUS_BUCKETS : 1;
    apr_uint64_t total = 0;

    for (cell = 0; cell < cells; cell++) {
        total += httpd_status_cell(at->status, at->family, at->series, cell);
    }
    return total;
}

static const char *seconds(apr_interval_time_t took, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%" APR_TIME_T_FMT ".%06d", apr_time_sec(took),
                        (int)apr_time_usec(took));
}

/* "0.0025": as few digits as it takes. */
static const char *bound(int bucket, apr_pool_t *pool)
{
    char *text, *end;

    if (bucket == STATUS_BUCKETS - 1) {
        return "+Inf";
    }
    text = apr_pstrdup(pool, seconds(status_bounds[bucket], pool));
    for (end = text + strlen(text); end[-1] == '0'; end--) {
    }
    *(end[-1] == '.' ? end - 1 : end) = '\0';
    return text;
}

typedef void show_fn(braze_buf_t *buf, const series_t *at, apr_uint64_t total, apr_pool_t *pool);

static void put_uint(braze_buf_t *buf, apr_uint64_t value, apr_pool_t *pool)
{
    braze_buf_puts(buf, apr_psprintf(pool, "%" APR_UINT64_T_FMT, value));
}

/* ---- Prometheus, text format 0.0.4 ---- */

/* {method="GET",le="0.5"}; nothing without labels. No value of ours has a character to escape. */
static void prometheus_labels(braze_buf_t *buf, const series_t *at, const char *le)
{
    const char *mark = "{";
    int i;

    for (i = 0; i < STATUS_LABELS && at->values[i]; i++, mark = ",") {
        braze_buf_puts(buf, mark);
        braze_buf_puts(buf, at->entry->labels[i].name);
        braze_buf_puts(buf, "=\"");
        braze_buf_puts(buf, at->values[i]);
        braze_buf_puts(buf, "\"");
    }
    if (le) {
        braze_buf_puts(buf, mark);
        braze_buf_puts(buf, "le=\"");
        braze_buf_puts(buf, le);
        braze_buf_puts(buf, "\"");
        mark = ",";
    }
    braze_buf_puts(buf, *mark == ',' ? "} " : " ");
}

static void prometheus_name(braze_buf_t *buf, const series_t *at, const char *suffix,
                            const char *le)
{
    braze_buf_puts(buf, "braze_");
    braze_buf_puts(buf, at->entry->name);
    braze_buf_puts(buf, suffix);
    prometheus_labels(buf, at, le);
}

static void prometheus_histogram(braze_buf_t *buf, const series_t *at, apr_pool_t *pool)
{
    apr_uint64_t below = 0;
    int bucket;

    for (bucket = 0; bucket < STATUS_BUCKETS; bucket++) {
        below += httpd_status_cell(at->status, at->family, at->series, bucket);
        prometheus_name(buf, at, "_bucket", bound(bucket, pool));
        put_uint(buf, below, pool);
        braze_buf_puts(buf, "\n");
    }
    prometheus_name(buf, at, "_sum", NULL);
    braze_buf_puts(buf, seconds((apr_interval_time_t)httpd_status_cell(at->status, at->family,
                                                                       at->series, STATUS_SUM),
                                pool));
    braze_buf_puts(buf, "\n");
    prometheus_name(buf, at, "_count", NULL);
    put_uint(buf, below, pool); /* of the buckets as they were just read: the two agree */
    braze_buf_puts(buf, "\n");
}

static void prometheus_series(braze_buf_t *buf, const series_t *at, apr_uint64_t total,
                              apr_pool_t *pool)
{
    if (at->entry->kind == STATUS_HISTOGRAM) {
        prometheus_histogram(buf, at, pool);
        return;
    }
    prometheus_name(buf, at, "_total", NULL);
    put_uint(buf, total, pool);
    braze_buf_puts(buf, "\n");
}

static void prometheus_head(braze_buf_t *buf, const status_entry_t *entry)
{
    int histogram = entry->kind == STATUS_HISTOGRAM;
    const char *suffix = histogram ? "" : "_total";

    braze_buf_puts(buf, "# HELP braze_");
    braze_buf_puts(buf, entry->name);
    braze_buf_puts(buf, suffix);
    braze_buf_puts(buf, " ");
    braze_buf_puts(buf, entry->help);
    braze_buf_puts(buf, "\n# TYPE braze_");
    braze_buf_puts(buf, entry->name);
    braze_buf_puts(buf, suffix);
    braze_buf_puts(buf, histogram ? " histogram\n" : " counter\n");
}

static void prometheus_gauge(braze_buf_t *buf, const char *name, const char *help,
                             const char *value)
{
    apr_size_t bare = strcspn(name, "{");

    braze_buf_puts(buf, "# HELP braze_");
    braze_buf_add(buf, name, bare);
    braze_buf_puts(buf, " ");
    braze_buf_puts(buf, help);
    braze_buf_puts(buf, "\n# TYPE braze_");
    braze_buf_add(buf, name, bare);
    braze_buf_puts(buf, " gauge\nbraze_");
    braze_buf_puts(buf, name);
    braze_buf_puts(buf, " ");
    braze_buf_puts(buf, value);
    braze_buf_puts(buf, "\n");
}

/* ---- lines ---- */

/* "scim_requests.GET.Users.2xx" */
static void line_name(braze_buf_t *buf, const series_t *at)
{
    int i;

    braze_buf_puts(buf, at->entry->name);
    for (i = 0; i < STATUS_LABELS && at->values[i]; i++) {
        braze_buf_puts(buf, ".");
        braze_buf_puts(buf, at->values[i]);
    }
}

static void line_put(braze_buf_t *buf, const series_t *at, const char *suffix, const char *value)
{
    line_name(buf, at);
    braze_buf_puts(buf, suffix);
    braze_buf_puts(buf, ": ");
    braze_buf_puts(buf, value);
    braze_buf_puts(buf, "\n");
}

static void line_series(braze_buf_t *buf, const series_t *at, apr_uint64_t total, apr_pool_t *pool)
{
    const char *count = apr_psprintf(pool, "%" APR_UINT64_T_FMT, total);
    apr_uint64_t below = 0;
    int bucket;

    if (at->entry->kind != STATUS_HISTOGRAM) {
        line_put(buf, at, "", count);
        return;
    }
    line_put(buf, at, ".count", count);
    line_put(buf, at, ".sum",
             seconds((apr_interval_time_t)httpd_status_cell(at->status, at->family, at->series,
                                                            STATUS_SUM),
                     pool));
    for (bucket = 0; bucket < STATUS_BUCKETS - 1; bucket++) {
        below += httpd_status_cell(at->status, at->family, at->series, bucket);
        line_put(buf, at, apr_pstrcat(pool, ".le.", bound(bucket, pool), NULL),
                 apr_psprintf(pool, "%" APR_UINT64_T_FMT, below));
    }
}

/* ---- HTML: every text in it is ours ---- */

static const char html_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<title>mod_braze status</title>\n<style>\n"
    "body { font: 15px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fff }\n"
    "h2 { font-size: 1em; margin: 1.5em 0 .2em } p { margin: 0 0 .4em; color: #555 }\n"
    "table { border-collapse: collapse } td, th { padding: .1em 1em .1em 0; text-align: left }\n"
    "td:last-child { text-align: right; font-variant-numeric: tabular-nums }\n"
    "</style>\n</head>\n<body>\n<h1>mod_braze status</h1>\n";

static void html_series(braze_buf_t *buf, const series_t *at, apr_uint64_t total, apr_pool_t *pool)
{
    apr_uint64_t sum;
    int i;

    braze_buf_puts(buf, "<tr>");
    for (i = 0; i < STATUS_LABELS && at->values[i]; i++) {
        braze_buf_puts(buf, "<td>");
        braze_buf_puts(buf, at->values[i]);
        braze_buf_puts(buf, "</td>");
    }
    braze_buf_puts(buf, "<td>");
    put_uint(buf, total, pool);
    if (at->entry->kind == STATUS_HISTOGRAM) {
        sum = httpd_status_cell(at->status, at->family, at->series, STATUS_SUM);
        braze_buf_puts(buf, apr_psprintf(pool, " in %s s, mean %.3f ms",
                                         seconds((apr_interval_time_t)sum, pool),
                                         total ? (double)sum / (double)total / 1000 : 0.0));
    }
    braze_buf_puts(buf, "</td></tr>\n");
}

static void html_begin(braze_buf_t *buf, const status_entry_t *entry)
{
    braze_buf_puts(buf, "<h2>");
    braze_buf_puts(buf, entry->name);
    braze_buf_puts(buf, "</h2>\n<p>");
    braze_buf_puts(buf, entry->help);
    braze_buf_puts(buf, "</p>\n<table>\n");
}

/* ---- all of them ---- */

static void show_family(braze_buf_t *buf, const httpd_status_t *status, int family, show_fn *show,
                        apr_pool_t *pool)
{
    series_t at = {.entry = status_entry(family), .status = status, .family = family};
    int count = status_series(at.entry);

    for (at.series = 0; at.series < count; at.series++) {
        apr_uint64_t total = series_total(&at);

        if (total || count == 1) {
            series_labels(&at);
            show(buf, &at, total, pool);
        }
    }
}

static void show_gauges(braze_buf_t *buf, const httpd_status_t *status, status_form_t form,
                        apr_pool_t *pool)
{
    apr_time_t since = httpd_status_since(status);
    int alive, connections;

    httpd_status_processes(&alive, &connections, status);
    if (form == STATUS_AS_PROMETHEUS) {
        prometheus_gauge(buf, "info{version=\"" BRAZE_VERSION "\"}", "The modules' version.", "1");
        prometheus_gauge(buf, "counted_since_seconds", "When the counters began, in Unix time.",
                         apr_psprintf(pool, "%" APR_TIME_T_FMT, apr_time_sec(since)));
        prometheus_gauge(buf, "processes", "Child processes that serve.", apr_itoa(pool, alive));
        prometheus_gauge(buf, "db_connections_in_use",
                         "Database connections that requests hold now.",
                         apr_itoa(pool, connections));
        return;
    }
    braze_buf_puts(buf, apr_psprintf(pool,
                                     form == STATUS_AS_LINES
                                         ? "version: %s\ncounted_since: %" APR_TIME_T_FMT
                                           "\nprocesses: %d\ndb_connections_in_use: %d\n"
                                         : "<p>Version %s. Counted since %" APR_TIME_T_FMT
                                           " (Unix time). %d processes, %d database connections "
                                           "in use.</p>\n",
                                     BRAZE_VERSION, apr_time_sec(since), alive, connections));
}

const char *status_text(const httpd_status_t *status, status_form_t form, apr_pool_t *pool)
{
    static show_fn *const shows[] = {html_series, line_series, prometheus_series};
    braze_buf_t *buf = braze_buf_new(16384, pool);
    int family;

    if (form == STATUS_AS_HTML) {
        braze_buf_puts(buf, html_head);
    }
    show_gauges(buf, status, form, pool);
    for (family = 0; family < STATUS_FAMILIES; family++) {
        if (form == STATUS_AS_PROMETHEUS) {
            prometheus_head(buf, status_entry(family));
        } else if (form == STATUS_AS_HTML) {
            html_begin(buf, status_entry(family));
        }
        show_family(buf, status, family, shows[form], pool);
        if (form == STATUS_AS_HTML) {
            braze_buf_puts(buf, "</table>\n");
        }
    }
    if (form == STATUS_AS_HTML) {
        braze_buf_puts(buf, "</body>\n</html>\n");
    }
    return buf->data;
}

/* ---- the handler ---- */

/* Prometheus says what it reads; a browser does not ask for a version of plain text. */
static status_form_t form_wanted(request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept");

    if (r->args && !ap_cstr_casecmp(r->args, "prometheus")) {
        return STATUS_AS_PROMETHEUS;
    }
    if (r->args && !ap_cstr_casecmp(r->args, "auto")) {
        return STATUS_AS_LINES;
    }
    return accept && ap_strcasestr(accept, "version=0.0.4") ? STATUS_AS_PROMETHEUS : STATUS_AS_HTML;
}

int httpd_status_handler(request_rec *r)
{
    static const char *const types[] = {"text/html; charset=utf-8", "text/plain; charset=utf-8",
                                        PROMETHEUS_TYPE};
    const httpd_status_t *status;
    status_form_t form;
    const char *text;

    if (!r->handler || strcmp(r->handler, STATUS_HANDLER)) {
        return DECLINED;
    }
    if (r->method_number != M_GET) {
        ap_allow_methods(r, REPLACE_ALLOW, "GET", "HEAD", NULL);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    status = httpd_status(r->server);
    if (!status) {
        return HTTP_SERVICE_UNAVAILABLE;
    }
    form = form_wanted(r);
    text = status_text(status, form, r->pool);
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "Vary", "Accept");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->headers_out, "Content-Security-Policy",
                   "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    ap_set_content_type(r, types[form]);
    ap_set_content_length(r, (apr_off_t)strlen(text));
    if (!r->header_only) {
        ap_rputs(text, r);
    }
    return OK;
}
