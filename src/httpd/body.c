/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a whole request body under a cap. */
#include "httpd_int.h"

#include <apr_strings.h>
#include <util_filter.h>

#include "braze_json.h"

/* Bytes of a refused body that are still read on HTTP/2. */
#define BODY_DRAIN_MAX (1024 * 1024)

/* On HTTP/1.x httpd lingers over what a client still sends after the answer. mod_http2 resets the
 * stream instead, and a client that sees the reset first never shows the answer: so what is left of
 * a body of moderate size is read before it. */
static void body_drain(request_rec *r)
{
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    apr_off_t left = BODY_DRAIN_MAX;
    int end = r->connection->master == NULL;

    while (!end && left > 0 &&
           ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES, APR_BLOCK_READ,
                          HUGE_STRING_LEN) == APR_SUCCESS) {
        apr_off_t len = 0;

        end = APR_BRIGADE_EMPTY(bb) || APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(bb)) ||
              apr_brigade_length(bb, 1, &len) != APR_SUCCESS;
        left -= len;
        apr_brigade_cleanup(bb);
    }
}

static braze_err_t *body_too_large(request_rec *r, apr_size_t max)
{
    braze_err_t *err =
        braze_err_newf(r->pool, HTTP_REQUEST_ENTITY_TOO_LARGE, "body_too_large", "BRAZE-0160",
                       "The request body is over the limit of %" APR_SIZE_T_FMT " bytes.", max);
    body_drain(r);
    /* What was not read would be taken for the next request. */
    r->connection->keepalive = AP_CONN_CLOSE;
    return err;
}

static braze_err_t *body_cut(request_rec *r, apr_status_t rv)
{
    int status = APR_STATUS_IS_TIMEUP(rv) ? HTTP_REQUEST_TIME_OUT : HTTP_BAD_REQUEST;
    braze_err_t *err = braze_err_new(status, "body_incomplete", "BRAZE-0161",
                                     "The request body could not be read to its end.", r->pool);
    char reason[120];

    r->connection->keepalive = AP_CONN_CLOSE;
    return braze_err_log(err, r->pool, "reading the body: %s",
                         apr_strerror(rv, reason, sizeof(reason)));
}

/* Adds one brigade; 1 when the end of the body was in it. */
static braze_err_t *body_take(int *end, braze_buf_t *buf, request_rec *r, apr_bucket_brigade *bb,
                              apr_size_t max)
{
    apr_bucket *bucket;

    for (bucket = APR_BRIGADE_FIRST(bb); bucket != APR_BRIGADE_SENTINEL(bb);
         bucket = APR_BUCKET_NEXT(bucket)) {
        const char *data;
        apr_size_t len;
        apr_status_t rv;

        if (APR_BUCKET_IS_EOS(bucket)) {
            *end = 1;
            return NULL;
        }
        if (APR_BUCKET_IS_METADATA(bucket)) {
            continue;
        }
        rv = apr_bucket_read(bucket, &data, &len, APR_BLOCK_READ);
        if (rv != APR_SUCCESS) {
            return body_cut(r, rv);
        }
        if (len > max - buf->len) {
            return body_too_large(r, max);
        }
        braze_buf_add(buf, data, len);
    }
    return NULL;
}

/* What the headers alone tell; also the size to begin with. */
static braze_err_t *body_stated(apr_size_t *hint, request_rec *r, apr_size_t max)
{
    const char *stated = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t length = 0;
    char *end = NULL;

    *hint = 4096;
    if (stated && apr_strtoff(&length, stated, &end, 10) == APR_SUCCESS && *end == '\0') {
        if (length < 0 || (apr_uint64_t)length > max) {
            return body_too_large(r, max);
        }
        *hint = (apr_size_t)length + 1;
    }
    return NULL;
}

braze_err_t *httpd_body_read(const char **body, apr_size_t *len, request_rec *r, apr_size_t max)
{
    apr_bucket_brigade *bb;
    braze_buf_t *buf;
    apr_size_t hint;
    int end = 0;
    braze_err_t *err = body_stated(&hint, r, max);

    if (err) {
        return err;
    }
    buf = braze_buf_new(hint, r->pool);
    bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    while (!end) {
        apr_status_t rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES, APR_BLOCK_READ,
                                         HUGE_STRING_LEN);
        if (rv != APR_SUCCESS) {
            return rv == APR_ENOSPC ? body_too_large(r, max) : body_cut(r, rv);
        }
        err = body_take(&end, buf, r, bb, max);
        apr_brigade_cleanup(bb);
        if (err) {
            return err;
        }
    }
    *body = buf->data;
    *len = buf->len;
    return NULL;
}
