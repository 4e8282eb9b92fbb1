/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that an httpd handler over mod_dbd can do, to hold our SCIM service against: one
 * prepared statement, the row or the request as it is. The statements are in the configuration
 * (DBDPrepareSQL):
 *
 *   GET  …/select/<id>    bare_select(id) -> rows of text columns, each written as a JSON array
 *   GET  …/name/<name>    bare_name(name)
 *   GET  …/rows/<number>  bare_rows(number)
 *   POST …                bare_insert(id, name, name, id, name, name, now, now, body) -> a row with
 *                         an id of its own
 */
#include <httpd.h> /* before the others, which need it */

#include <apr_dbd.h>
#include <apr_optional.h>
#include <apr_strings.h>
#include <apr_uuid.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <mod_dbd.h>

#define BODY_MAX 65536

APLOG_USE_MODULE(bench_bare);

static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

static apr_dbd_prepared_t *statement(ap_dbd_t *dbd, const char *label)
{
    return apr_hash_get(dbd->prepared, label, APR_HASH_KEY_STRING);
}

static int fault(request_rec *r, const char *what)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "bare: %s failed", what);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static void add_row(apr_array_header_t *part, ap_dbd_t *dbd, int columns, apr_dbd_row_t *row)
{
    int i;

    APR_ARRAY_PUSH(part, const char *) = "[\"";
    for (i = 0; i < columns; i++) {
        const char *value = apr_dbd_get_entry(dbd->driver, row, i);

        APR_ARRAY_PUSH(part, const char *) = value ? value : "";
        APR_ARRAY_PUSH(part, const char *) = i + 1 < columns ? "\",\"" : "\"]\n";
    }
}

/* The path's last part but one names the statement. */
static const char *wanted(const request_rec *r)
{
    return strstr(r->uri, "/name/")   ? "bare_name"
           : strstr(r->uri, "/rows/") ? "bare_rows"
                                      : "bare_select";
}

static int answer_select(request_rec *r, ap_dbd_t *dbd, const char *what, char **text)
{
    apr_array_header_t *part = apr_array_make(r->pool, 64, sizeof(const char *));
    apr_dbd_results_t *res = NULL;
    apr_dbd_row_t *row = NULL;
    int columns, count, number;

    /* Random access: without it the PostgreSQL driver sleeps on an empty result. */
    if (apr_dbd_pvselect(dbd->driver, r->pool, dbd->handle, &res, statement(dbd, wanted(r)), 1,
                         what, NULL)) {
        return fault(r, "select");
    }
    columns = apr_dbd_num_cols(dbd->driver, res);
    count = apr_dbd_num_tuples(dbd->driver, res);
    if (count == 0) {
        return HTTP_NOT_FOUND;
    }
    /* Not beyond the last: PostgreSQL's driver throws the result away then, and the texts with it.
     */
    for (number = 1; number <= count; number++) {
        row = NULL;
        if (apr_dbd_get_row(dbd->driver, r->pool, res, &row, number)) {
            return fault(r, "row");
        }
        add_row(part, dbd, columns, row);
    }
    *text = apr_array_pstrcat(r->pool, part, '\0');
    return OK;
}

static int read_body(request_rec *r, char **body)
{
    apr_size_t have = 0;
    char *buffer;
    int rc = ap_setup_client_block(r, REQUEST_CHUNKED_DECHUNK);

    *body = "";
    if (rc != OK || !ap_should_client_block(r)) {
        return rc;
    }
    buffer = apr_palloc(r->pool, BODY_MAX + 1);
    while (have < BODY_MAX) {
        long got = ap_get_client_block(r, buffer + have, BODY_MAX - have);

        if (got < 0) {
            return HTTP_BAD_REQUEST;
        }
        if (got == 0) {
            buffer[have] = '\0';
            *body = buffer;
            return OK;
        }
        have += (apr_size_t)got;
    }
    return HTTP_REQUEST_ENTITY_TOO_LARGE;
}

static int answer_insert(request_rec *r, ap_dbd_t *dbd, const char *body, char **text)
{
    char id[APR_UUID_FORMATTED_LENGTH + 1];
    const char *name, *now = apr_psprintf(r->pool, "%" APR_TIME_T_FMT, r->request_time);
    apr_uuid_t uuid;
    int rows = 0;

    apr_uuid_get(&uuid);
    apr_uuid_format(id, &uuid);
    name = apr_pstrcat(r->pool, id, "@example.test", NULL);
    if (apr_dbd_pvquery(dbd->driver, r->pool, dbd->handle, &rows, statement(dbd, "bare_insert"), id,
                        name, name, id, name, name, now, now, body, NULL) ||
        rows != 1) {
        return fault(r, "insert");
    }
    *text = apr_pstrcat(r->pool, "[\"", id, "\"]", NULL);
    r->status = HTTP_CREATED;
    return OK;
}

static int handler(request_rec *r)
{
    const char *what = strrchr(r->uri, '/') + 1;
    char *text = NULL, *body = NULL;
    ap_dbd_t *dbd;
    int rc;

    if (!r->handler || strcmp(r->handler, "bench-bare") != 0) {
        return DECLINED;
    }
    if (r->method_number == M_POST && (rc = read_body(r, &body)) != OK) {
        return rc;
    }
    dbd = dbd_open(r->pool, r->server);
    if (!dbd) {
        return fault(r, "connection");
    }
    rc = body ? answer_insert(r, dbd, body, &text) : answer_select(r, dbd, what, &text);
    dbd_close(r->server, dbd);
    if (rc == OK) {
        ap_set_content_type(r, "application/json");
        ap_set_content_length(r, (apr_off_t)strlen(text));
        ap_rputs(text, r);
    }
    return rc;
}

static void optional(void)
{
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_optional_fn_retrieve(optional, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
}

module AP_MODULE_DECLARE_DATA bench_bare_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0,
};
