/* SPDX-License-Identifier: Apache-2.0 */
/* Small things that every answer needs: our own URL, a correlation id, the log. */
#include "httpd_int.h"

#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_ssl.h>

#define CORRELATION_KEY "braze-correlation"
#define CORRELATION_MIN 16
#define CORRELATION_MAX 64

static int names_have(const apr_array_header_t *names, const char *host, int wild)
{
    int i;

    for (i = 0; names && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (wild ? !ap_strcasecmp_match(host, name) : !ap_cstr_casecmp(host, name)) {
            return 1;
        }
    }
    return 0;
}

/* ServerName, ServerAlias and the names of <VirtualHost>, whatever the port: a proxy may map it. */
static int host_is_ours(const server_rec *s, const char *host)
{
    const server_addr_rec *address;

    for (address = s->addrs; address; address = address->next) {
        if (!ap_cstr_casecmp(host, address->virthost)) {
            return 1;
        }
    }
    return !ap_cstr_casecmp(host, s->server_hostname) || names_have(s->names, host, 0) ||
           names_have(s->wild_names, host, 1);
}

/*
 * Scheme, host and port of the request. The Host header is the client's word: it counts only when
 * it is a name of the virtual host that took the request, else ServerName does (an assertion for
 * another service must not be made ours by a header).
 */
static const char *request_base(request_rec *r)
{
    apr_port_t port = ap_get_server_port(r);
    const char *host = r->hostname, *text;

    if (!host || !host_is_ours(r->server, host)) {
        host = r->server->server_hostname;
        port = r->server->port ? r->server->port : r->connection->local_addr->port;
    }
    if (host[0] != '[' && ap_strchr_c(host, ':')) {
        host = apr_pstrcat(r->pool, "[", host, "]", NULL);
    }
    text = apr_pstrcat(r->pool, ap_http_scheme(r), "://", host, NULL);
    return ap_is_default_port(port, r) ? text : apr_psprintf(r->pool, "%s:%u", text, port);
}

const char *httpd_base_url(request_rec *r, const char *base)
{
    apr_size_t len;

    if (!base) {
        base = request_base(r);
    }
    len = strlen(base);
    while (len && base[len - 1] == '/') {
        len--;
    }
    return apr_pstrmemdup(r->pool, base, len);
}

int httpd_is_https(request_rec *r, const char *base)
{
    if (base) {
        return !ap_cstr_casecmpn(base, "https:", 6);
    }
    return !strcmp(ap_http_scheme(r), "https");
}

/* As mod_unique_id writes them, and as we do: nothing that would have to be escaped anywhere. */
static int is_correlation(const char *text)
{
    apr_size_t len = text ? strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ@-_")
                          : 0;

    return len >= CORRELATION_MIN && len <= CORRELATION_MAX && !text[len];
}

void httpd_correlation_take(request_rec *r, const char *text)
{
    if (is_correlation(text)) {
        apr_pool_userdata_setn(text, CORRELATION_KEY, NULL, r->pool);
    }
}

const char *httpd_correlation(request_rec *r)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char random[16];
    char text[33];
    void *data = NULL;
    int i;

    apr_pool_userdata_get(&data, CORRELATION_KEY, r->pool);
    if (data) {
        return data;
    }
    /* mod_unique_id's stands in other logs too (%{UNIQUE_ID}e, and behind a proxy of the same). */
    httpd_correlation_take(r, apr_table_get(r->subprocess_env, "UNIQUE_ID"));
    apr_pool_userdata_get(&data, CORRELATION_KEY, r->pool);
    if (data) {
        return data;
    }
    if (apr_generate_random_bytes(random, sizeof(random)) != APR_SUCCESS) {
        /* Only a name for a record: the log id of httpd is as good. */
        return r->log_id ? r->log_id : "-";
    }
    for (i = 0; i < 16; i++) {
        text[2 * i] = hex[random[i] >> 4];
        text[2 * i + 1] = hex[random[i] & 15];
    }
    text[32] = '\0';
    data = apr_pstrdup(r->pool, text);
    apr_pool_userdata_setn(data, CORRELATION_KEY, NULL, r->pool);
    return data;
}

void httpd_log_err(request_rec *r, int level, const braze_err_t *err)
{
    ap_log_rerror(APLOG_MARK, level, 0, r, "%s", braze_err_line(err, r->pool));
}

static void log_write(void *baton, braze_log_level_t level, const char *line)
{
    static const int levels[] = {APLOG_ERR, APLOG_WARNING, APLOG_INFO, APLOG_DEBUG};

    ap_log_rerror(APLOG_MARK, levels[level], 0, (request_rec *)baton, "%s", line);
}

braze_log_t httpd_log(request_rec *r)
{
    braze_log_t log;

    log.write = log_write;
    log.baton = r;
    return log;
}

const char *httpd_media_type(request_rec *r, const char *header)
{
    const char *value = apr_table_get(r->headers_in, header);
    char *type, *c;

    if (!value) {
        return NULL;
    }
    type = apr_pstrmemdup(r->pool, value, strcspn(value, "; \t"));
    for (c = type; *c; c++) {
        *c = apr_tolower(*c);
    }
    return type;
}
