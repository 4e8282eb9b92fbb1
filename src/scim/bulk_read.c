/* SPDX-License-Identifier: Apache-2.0 */
/* A BulkRequest message (RFC 7644 section 3.7). */
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "bulk_int.h"

static braze_err_t *bad_message(const bulk_t *bulk, const char *what)
{
    return braze_err_new(400, "invalidSyntax", TAG_BULK, what, bulk->call->pool);
}

/* RFC 7644 section 3.7.4: the answer says which limit it was. */
static braze_err_t *check_size(const bulk_t *bulk, int count)
{
    const braze_scim_limits_t *limits = &bulk->call->request->limits;
    int max = limits->max_operations > 0 ? limits->max_operations : BULK_OPERATIONS_DEFAULT;

    if (count > max) {
        return braze_err_newf(bulk->call->pool, 413, NULL, TAG_BULK_SIZE,
                              "The number of operations exceeds maxOperations (%d).", max);
    }
    if (limits->max_body && bulk->call->request->body_len > limits->max_body) {
        return braze_err_newf(
            bulk->call->pool, 413, NULL, TAG_BULK_SIZE,
            "The size of the bulk operation exceeds maxPayloadSize (%" APR_SIZE_T_FMT ").",
            limits->max_body);
    }
    return NULL;
}

static braze_err_t *read_fail_on_errors(bulk_t *bulk, const braze_json_t *body)
{
    const braze_json_t *value = braze_json_get(body, "failOnErrors");

    if (braze_value_is_null(value)) {
        return NULL;
    }
    if (value->type != BRAZE_JSON_INT || value->u.integer < 1) {
        return bad_message(bulk, "failOnErrors must be a positive integer.");
    }
    bulk->fail_on_errors = value->u.integer < 1000000 ? (int)value->u.integer : 1000000;
    return NULL;
}

static braze_err_t *check_message(const bulk_t *bulk, const braze_json_t *body)
{
    const braze_json_t *schemas = braze_json_get(body, "schemas");
    const braze_json_t *operations = braze_json_get(body, "Operations");
    int i, named = 0;

    if (body->type != BRAZE_JSON_OBJECT) {
        return bad_message(bulk, "The body must be a JSON object.");
    }
    for (i = 0; schemas && schemas->type == BRAZE_JSON_ARRAY && i < braze_json_size(schemas); i++) {
        const braze_json_t *item = braze_json_item(schemas, i);

        named = named || (item->type == BRAZE_JSON_STRING &&
                          apr_cstr_casecmp(item->u.string, URN_BULK_REQUEST) == 0);
    }
    if (!named && !braze_profile_bends(bulk->call, "a bulk request without its schema")) {
        return bad_message(bulk, "schemas must name " URN_BULK_REQUEST ".");
    }
    if (!operations || operations->type != BRAZE_JSON_ARRAY || braze_json_size(operations) == 0) {
        return bad_message(bulk, "Operations must be an array of one or more operations.");
    }
    return NULL;
}

/* ---- one operation ---- */

static void refuse(bulk_t *bulk, bulk_op_t *op, const char *code, const char *what)
{
    if (!op->refused) { /* the first reason is enough */
        op->refused = braze_err_newf(bulk->call->pool, 400, code, TAG_BULK_OP,
                                     "Operations[%d]: %s.", (int)(op - bulk->ops), what);
    }
}

/* A member that must be a string where it stands. */
static const char *read_text(bulk_t *bulk, bulk_op_t *op, const braze_json_t *from,
                             const char *name)
{
    const braze_json_t *value = braze_json_get(from, name);

    if (braze_value_is_null(value)) {
        return NULL;
    }
    if (value->type != BRAZE_JSON_STRING) {
        refuse(bulk, op, "invalidSyntax",
               apr_pstrcat(bulk->call->pool, name, " must be a string", NULL));
        return NULL;
    }
    return value->u.string;
}

static int is_method(const char *method)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};
    int i;

    for (i = 0; method && i < 4; i++) {
        if (strcmp(methods[i], method) == 0) {
            return 1;
        }
    }
    return 0;
}

/* "/Users" or "/Groups"; for another method than POST with one id behind it. */
static void check_path(bulk_t *bulk, bulk_op_t *op)
{
    static const char *const endpoints[] = {"/Users", "/Groups"};
    const char *rest = NULL;
    int i;

    for (i = 0; op->path && i < 2 && !rest; i++) {
        apr_size_t len = strlen(endpoints[i]);

        if (strncmp(op->path, endpoints[i], len) == 0 && strchr("/", op->path[len])) {
            rest = op->path + len;
        }
    }
    if (op->path && !rest && !op->refused) {
        op->refused = braze_err_newf(bulk->call->pool, 404, NULL, TAG_BULK_OP,
                                     "Operations[%d]: there is nothing at \"%.200s\".",
                                     (int)(op - bulk->ops), op->path);
    } else if (op->creates && (!rest || *rest)) {
        refuse(bulk, op, "invalidPath", "the path of a POST must be /Users or /Groups");
    } else if (!op->creates && (!rest || !*rest || !rest[1] || strpbrk(rest + 1, "/?#"))) {
        refuse(bulk, op, "invalidPath", "path must be /Users/{id} or /Groups/{id}");
    }
}

static void read_op(bulk_t *bulk, bulk_op_t *op, const braze_json_t *from)
{
    op->refs = apr_array_make(bulk->call->pool, 1, sizeof(int));
    op->method = read_text(bulk, op, from, "method");
    op->path = read_text(bulk, op, from, "path");
    op->bulk_id = read_text(bulk, op, from, "bulkId");
    op->version = read_text(bulk, op, from, "version");
    op->data = braze_json_get(from, "data");
    if (!is_method(op->method)) {
        refuse(bulk, op, "invalidSyntax", "method must be POST, PUT, PATCH or DELETE");
        return;
    }
    op->creates = strcmp(op->method, "POST") == 0;
    check_path(bulk, op);
    if (op->creates && (!op->bulk_id || !*op->bulk_id)) {
        refuse(bulk, op, "invalidSyntax", "a POST must have a bulkId");
    }
    if (strcmp(op->method, "DELETE") == 0) {
        op->data = NULL;
    } else if (braze_value_is_null(op->data) || op->data->type != BRAZE_JSON_OBJECT) {
        refuse(bulk, op, "invalidSyntax", "data must be an object");
    }
}

/* References by a bulkId that two have would be anybody's: nothing is begun. */
static braze_err_t *note_bulk_id(bulk_t *bulk, bulk_op_t *op)
{
    if (!op->creates || !op->bulk_id) {
        return NULL;
    }
    if (apr_hash_get(bulk->by_bulk_id, op->bulk_id, APR_HASH_KEY_STRING)) {
        return braze_err_newf(bulk->call->pool, 400, "invalidSyntax", TAG_BULK,
                              "Operations[%d]: the bulkId \"%.100s\" stands twice.",
                              (int)(op - bulk->ops), op->bulk_id);
    }
    apr_hash_set(bulk->by_bulk_id, op->bulk_id, APR_HASH_KEY_STRING, op);
    return NULL;
}

braze_err_t *braze_bulk_read(bulk_t *bulk, const braze_json_t *body)
{
    const braze_json_t *operations = braze_json_get(body, "Operations");
    braze_err_t *err = check_message(bulk, body);
    int i;

    if (!err) {
        err = check_size(bulk, braze_json_size(operations));
    }
    if (!err) {
        err = read_fail_on_errors(bulk, body);
    }
    if (err) {
        return err;
    }
    bulk->count = braze_json_size(operations);
    bulk->ops = apr_pcalloc(bulk->call->pool, sizeof(bulk_op_t) * (apr_size_t)bulk->count);
    bulk->by_bulk_id = apr_hash_make(bulk->call->pool);
    for (i = 0; i < bulk->count && !err; i++) {
        if (braze_json_item(operations, i)->type != BRAZE_JSON_OBJECT) {
            return bad_message(bulk, "Operations must be objects.");
        }
        read_op(bulk, &bulk->ops[i], braze_json_item(operations, i));
        err = note_bulk_id(bulk, &bulk->ops[i]);
    }
    return err;
}
