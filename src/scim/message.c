/* SPDX-License-Identifier: Apache-2.0 */
/* Responses and the error bodies of both dialects. */
#include <string.h>

#include <apr_strings.h>

#include "scim_int.h"

braze_scim_response_t *braze_response_new(int status, apr_pool_t *pool)
{
    braze_scim_response_t *response = apr_pcalloc(pool, sizeof(*response));

    response->status = status;
    return response;
}

braze_scim_response_t *braze_response_body(int status, const char *content_type,
                                           const braze_buf_t *buf, apr_pool_t *pool)
{
    braze_scim_response_t *response = braze_response_new(status, pool);

    response->content_type = content_type;
    response->body = buf->data;
    response->body_len = buf->len;
    return response;
}

/* Our codes are finer than the RFC's: a scimType is what stands in RFC 7644 table 9 or RFC 9865
 * section 2. */
static const char *scim_type_of(const char *code)
{
    static const char *const types[] = {
        "invalidFilter", "tooMany",      "uniqueness",    "mutability",  "invalidSyntax",
        "invalidPath",   "noTarget",     "invalidValue",  "invalidVers", "sensitive",
        "invalidCursor", "invalidCount", "expiredCursor", NULL};
    const char *const *type;

    for (type = types; code && *type; type++) {
        if (strcmp(*type, code) == 0) {
            return *type;
        }
    }
    return NULL;
}

static braze_buf_t *begin(apr_pool_t *pool)
{
    braze_buf_t *buf = braze_buf_new(256, pool);

    braze_buf_puts(buf, "{\"schemas\":[\"" URN_ERROR "\"],");
    return buf;
}

static braze_scim_response_t *rfc_error(const braze_err_t *err, apr_pool_t *pool)
{
    const char *scim_type = scim_type_of(err->code);
    braze_buf_t *buf = begin(pool);

    if (scim_type) {
        braze_buf_puts(buf, "\"scimType\":");
        braze_buf_put_json_string(buf, scim_type);
        braze_buf_puts(buf, ",");
    }
    braze_buf_puts(buf, "\"detail\":");
    braze_buf_put_json_string(buf, err->detail);
    braze_buf_puts(buf, ",\"status\":\"");
    braze_buf_put_int(buf, err->status);
    braze_buf_puts(buf, "\"}");
    return braze_response_body(err->status, SCIM_TYPE, buf, pool);
}

/* Three of Braze's errors have one text whatever the cause, and media types of their own. */
static braze_scim_response_t *braze_error(const braze_err_t *err, apr_pool_t *pool)
{
    const char *detail = err->detail, *content_type = "application/json";
    braze_buf_t *buf = begin(pool);

    if (err->status == 400) {
        detail = "Request is unparsable, syntactically incorrect, or violates schema.";
    } else if (err->status == 404) {
        detail = "User not found";
        content_type = "text/html; charset=UTF-8";
    } else if (err->status == 409 && err->code && strcmp(err->code, "uniqueness") == 0) {
        detail = "User already exists in the database.";
        content_type = "text/json;charset=UTF-8";
    }
    braze_buf_puts(buf, "\"detail\":");
    braze_buf_put_json_string(buf, detail);
    braze_buf_puts(buf, ",\"status\":");
    braze_buf_put_int(buf, err->status);
    braze_buf_puts(buf, "}");
    return braze_response_body(err->status, content_type, buf, pool);
}

braze_scim_response_t *braze_scim_error(const braze_err_t *err, braze_scim_dialect_t dialect,
                                        apr_pool_t *pool)
{
    braze_scim_response_t *response =
        dialect == BRAZE_SCIM_BRAZE ? braze_error(err, pool) : rfc_error(err, pool);

    response->retry_after = err->retry_after;
    return response;
}
