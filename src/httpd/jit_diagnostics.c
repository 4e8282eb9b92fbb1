/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BrazeJitDiagnostics: a record of every response that was posted, for an operator to read. What
 * was looked at and how it came out, step by step; never a signature, a cookie, an API key, or more
 * of a person than the first letter and the domain. Opened by the parent as httpd's logs are, each
 * record one write at the end of the file.
 */
#include "jit_int.h"

#include <stdarg.h>

#include <apr_strings.h>

#include "braze_json.h"
#include "braze_log.h"
#include "braze_time.h"

#define DIAGNOSTICS_KEY "braze-jit-diagnostics"

/* A file that some section names; sections that name the same share it. */
struct jit_diagnostics_t {
    const char *name; /* absolute, or "|program"; NULL = off */
    apr_file_t *file; /* from open_logs on */
};

struct jit_trace_t {
    request_rec *r;
    apr_file_t *file;
    braze_buf_t *buf;
    braze_saml_steps_t steps;
};

static apr_array_header_t *diagnostics_all(apr_pool_t *pconf)
{
    void *data = NULL;

    apr_pool_userdata_get(&data, DIAGNOSTICS_KEY, pconf);
    if (!data) {
        data = apr_array_make(pconf, 1, sizeof(jit_diagnostics_t *));
        apr_pool_userdata_set(data, DIAGNOSTICS_KEY, NULL, pconf);
    }
    return data;
}

static jit_diagnostics_t *diagnostics_named(apr_pool_t *pconf, const char *name)
{
    apr_array_header_t *all = diagnostics_all(pconf);
    jit_diagnostics_t *diagnostics;
    int i;

    for (i = 0; i < all->nelts; i++) {
        diagnostics = APR_ARRAY_IDX(all, i, jit_diagnostics_t *);
        if (!strcmp(diagnostics->name, name)) {
            return diagnostics;
        }
    }
    diagnostics = apr_pcalloc(pconf, sizeof(*diagnostics));
    diagnostics->name = name;
    APR_ARRAY_PUSH(all, jit_diagnostics_t *) = diagnostics;
    return diagnostics;
}

const char *jit_set_diagnostics(cmd_parms *cmd, void *dir, const char *arg)
{
    jit_conf_t *conf = dir;
    const char *name = arg;

    if (!ap_cstr_casecmp(arg, "off")) {
        conf->diagnostics = apr_pcalloc(cmd->pool, sizeof(*conf->diagnostics));
        return NULL;
    }
    if (*arg != '|') {
        name = ap_server_root_relative(cmd->pool, arg);
    }
    if (!name || !*name || !strcmp(name, "|")) {
        return apr_psprintf(cmd->pool, "BrazeJitDiagnostics %s: takes a file, |program, or off",
                            arg);
    }
    conf->diagnostics = diagnostics_named(cmd->server->process->pconf, name);
    return NULL;
}

static apr_status_t diagnostics_open_one(jit_diagnostics_t *diagnostics, apr_pool_t *pconf)
{
    if (*diagnostics->name == '|') {
        piped_log *pipe = ap_open_piped_log(pconf, diagnostics->name + 1);

        diagnostics->file = pipe ? ap_piped_log_write_fd(pipe) : NULL;
        return pipe ? APR_SUCCESS : APR_EGENERAL;
    }
    return apr_file_open(&diagnostics->file, diagnostics->name,
                         APR_WRITE | APR_APPEND | APR_CREATE | APR_LARGEFILE,
                         APR_UREAD | APR_UWRITE | APR_GREAD, pconf);
}

int jit_diagnostics_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    apr_array_header_t *all = diagnostics_all(pconf);
    int i;

    (void)plog;
    (void)ptemp;
    for (i = 0; i < all->nelts; i++) {
        jit_diagnostics_t *diagnostics = APR_ARRAY_IDX(all, i, jit_diagnostics_t *);
        apr_status_t rv = diagnostics_open_one(diagnostics, pconf);

        if (rv != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, rv, s,
                         "BRAZE-J0450: BrazeJitDiagnostics %s cannot be opened", diagnostics->name);
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return OK;
}

/* ---- a record ---- */

static void trace_put(jit_trace_t *trace, const char *name, const char *verdict, const char *text)
{
    apr_pool_t *pool = trace->r->pool;

    braze_buf_puts(trace->buf, apr_psprintf(pool, "    %-15s%-9s", name, verdict));
    braze_buf_puts(trace->buf, braze_line_escape(text, pool));
    while (trace->buf->len && trace->buf->data[trace->buf->len - 1] == ' ') {
        trace->buf->len--;
    }
    braze_buf_puts(trace->buf, "\n");
}

static const char *refusal_text(const braze_err_t *err, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s %s: %s", err->code ? err->code : "-", err->tag,
                        err->log ? err->log : err->detail);
}

static void trace_step(void *baton, const char *name, const braze_err_t *err, const char *text)
{
    jit_trace_t *trace = baton;
    const char *told = text;

    if (err) {
        told = refusal_text(err, trace->r->pool);
        told = *text ? apr_pstrcat(trace->r->pool, text, "; ", told, NULL) : told;
    }
    trace_put(trace, name, err ? "refused" : "ok", told);
}

jit_trace_t *jit_trace_begin(request_rec *r, const jit_conf_t *conf)
{
    jit_trace_t *trace;

    if (!conf->diagnostics || !conf->diagnostics->file) {
        return NULL;
    }
    trace = apr_pcalloc(r->pool, sizeof(*trace));
    trace->r = r;
    trace->file = conf->diagnostics->file;
    trace->buf = braze_buf_new(2048, r->pool);
    trace->steps.step = trace_step;
    trace->steps.baton = trace;
    braze_buf_puts(trace->buf, braze_time_rfc3339(r->request_time, r->pool));
    braze_buf_puts(trace->buf, " sign-in ");
    braze_buf_puts(trace->buf, httpd_correlation(r));
    braze_buf_puts(trace->buf, "\n");
    trace_put(trace, "from", "",
              apr_psprintf(r->pool, "%s to %s%s, server %s", r->useragent_ip,
                           httpd_base_url(r, conf->base_url), r->uri, r->server->server_hostname));
    return trace;
}

const braze_saml_steps_t *jit_trace_steps(const jit_trace_t *trace)
{
    return trace ? &trace->steps : NULL;
}

void jit_trace_note(jit_trace_t *trace, const char *name, const char *fmt, ...)
{
    va_list args;

    if (trace) {
        va_start(args, fmt);
        trace_put(trace, name, "ok", apr_pvsprintf(trace->r->pool, fmt, args));
        va_end(args);
    }
}

braze_err_t *jit_trace_step(jit_trace_t *trace, const char *name, braze_err_t *err)
{
    if (trace && err) {
        trace_put(trace, name, "refused", refusal_text(err, trace->r->pool));
    }
    return err;
}

const char *jit_trace_mask(const char *name, apr_pool_t *pool)
{
    const char *at = name ? strrchr(name, '@') : NULL;
    apr_size_t first = 1;

    if (!name || !*name) {
        return "(none)";
    }
    while (((unsigned char)name[first] & 0xC0) == 0x80) { /* never half a character */
        first++;
    }
    return apr_pstrcat(pool, at == name ? "" : apr_pstrmemdup(pool, name, first), "***",
                       at ? at : "", NULL);
}

void jit_trace_end(jit_trace_t *trace, const char *verdict, const char *text)
{
    apr_size_t len;
    apr_status_t rv;

    if (!trace) {
        return;
    }
    trace_put(trace, "result", verdict, text);
    braze_buf_puts(trace->buf, "\n");
    len = trace->buf->len;
    /* One write: records of several children do not mix. */
    rv = apr_file_write(trace->file, trace->buf->data, &len);
    if (rv != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, rv, trace->r,
                      "BRAZE-J0451: the record of a sign-in could not be written to "
                      "BrazeJitDiagnostics [%s]",
                      httpd_correlation(trace->r));
    }
}
