/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation of a bulk job: a request of its own to the same service, with its own transaction,
 * its own precondition and nothing of what was read for the job itself.
 */
#include <string.h>

#include <apr_strings.h>

#include "bulk_int.h"

/* Of what is changed; NULL where that is not known. */
static const char *location_of(const bulk_t *bulk, const bulk_op_t *op)
{
    const char *base = bulk->call->request->base_url;

    return op->path && !strstr(op->path, "/bulkId:")
               ? apr_pstrcat(bulk->call->pool, base ? base : "", op->path, NULL)
               : NULL;
}

void braze_bulk_fail(bulk_t *bulk, bulk_op_t *op, const braze_err_t *err)
{
    apr_pool_t *pool = bulk->call->pool;
    braze_scim_response_t *response = braze_scim_error(err, BRAZE_SCIM_RFC, pool);

    op->state = BULK_FAILED;
    op->status = response->status;
    op->error = response->body;
    op->location = op->creates ? NULL : location_of(bulk, op);
    bulk->errors++;
    braze_log_write(bulk->call->request->log, err->status < 500 ? BRAZE_LOG_INFO : BRAZE_LOG_ERROR,
                    TAG_BULK_FAILED, pool, "Operations[%d]: %s", (int)(op - bulk->ops),
                    braze_err_line(err, pool));
}

/* The answer belongs to pool. attributes=id keeps handlers from reading what nobody will see. */
static braze_scim_response_t *ask(const braze_err_t **err, bulk_t *bulk, const char *method,
                                  const char *path, const braze_json_t *data, const char *version,
                                  apr_pool_t *pool)
{
    braze_scim_request_t inner = *bulk->call->request;
    braze_scim_response_t *response;

    /* Each a moment later than the one before: ids and audit records keep their order. */
    inner.now += ++bulk->asked;
    inner.method = method;
    inner.path = path;
    inner.query = "attributes=id";
    inner.if_match = version;
    inner.if_none_match = NULL;
    inner.prefetched = NULL;
    inner.prefetch_done = 0;
    inner.prefetched_name = NULL;
    inner.body = data ? braze_json_text(data, pool) : NULL;
    inner.body_len = inner.body ? strlen(inner.body) : 0;
    inner.content_type = inner.body ? SCIM_TYPE : NULL;
    response = braze_scim_handle(err, bulk->call->db, &inner, pool);
    bulk->call->bent += response->bent;
    braze_bends_add(&bulk->call->bends, &response->bends);
    return response;
}

/* Keeps of an answer what the result says, beyond the answer's pool. */
static void keep(bulk_t *bulk, bulk_op_t *op, const braze_scim_response_t *response)
{
    apr_pool_t *pool = bulk->call->pool;

    op->status = response->status;
    op->etag = apr_pstrdup(pool, response->etag); /* NULL stays NULL */
    op->location = op->creates ? apr_pstrdup(pool, response->location) : location_of(bulk, op);
    op->id = op->creates && op->location ? strrchr(op->location, '/') + 1 : NULL;
    op->was_there = response->brought_back;
}

/* 1: it went well. */
static int run(bulk_t *bulk, bulk_op_t *op, const char *method, const char *path,
               const braze_json_t *data, const char *version)
{
    const braze_err_t *err;
    braze_scim_response_t *response;
    apr_pool_t *pool;

    apr_pool_create(&pool, bulk->call->pool);
    response = ask(&err, bulk, method, path, data, version, pool);
    if (err) {
        braze_bulk_fail(bulk, op, err);
    } else {
        keep(bulk, op, response);
    }
    apr_pool_destroy(pool);
    return op->state != BULK_FAILED;
}

static const char *resolved_path(const bulk_t *bulk, const bulk_op_t *op)
{
    apr_pool_t *pool = bulk->call->pool;
    braze_json_t *id = braze_json_string(strrchr(op->path, '/') + 1, pool);

    braze_bulk_resolve(bulk, id);
    return apr_pstrcat(
        pool, apr_pstrmemdup(pool, op->path, (apr_size_t)(strrchr(op->path, '/') + 1 - op->path)),
        id->u.string, NULL);
}

static const braze_err_t *too_late(const bulk_t *bulk, const bulk_op_t *op)
{
    return braze_err_newf(bulk->call->pool, 503, NULL, TAG_BULK_TIME,
                          "Operations[%d] was not tried: the time for a bulk job was used up.",
                          (int)(op - bulk->ops));
}

void braze_bulk_run(bulk_t *bulk, bulk_op_t *op)
{
    if (op->refused || apr_time_now() > bulk->deadline) {
        braze_bulk_fail(bulk, op, op->refused ? op->refused : too_late(bulk, op));
        return;
    }
    if (!op->creates) {
        op->path = resolved_path(bulk, op);
    }
    if (op->data) {
        braze_bulk_resolve(bulk, op->data);
    }
    if (run(bulk, op, op->method, op->path, op->data, op->creates ? NULL : op->version)) {
        op->state = op->rest ? BULK_MADE : BULK_DONE;
    }
}

static const char *path_of(const bulk_t *bulk, const bulk_op_t *op)
{
    return apr_pstrcat(bulk->call->pool, op->path, "/", op->id, NULL);
}

/* A PatchOp of one operation; without a path where that is NULL. */
static braze_json_t *patch_message(const char *op, const char *path, braze_json_t *value,
                                   apr_pool_t *pool)
{
    braze_json_t *message = braze_json_object(pool), *operation = braze_json_object(pool);
    braze_json_t *list = braze_json_array(pool), *schemas = braze_json_array(pool);

    braze_json_append(schemas, braze_json_string(URN_PATCH_OP, pool));
    braze_json_set(message, "schemas", schemas);
    braze_json_set_string(operation, "op", op);
    if (path) {
        braze_json_set_string(operation, "path", path);
    }
    braze_json_set(operation, "value", value);
    braze_json_append(list, operation);
    braze_json_set(message, "Operations", list);
    return message;
}

/*
 * A POST whose references cannot be had leaves nothing behind, as if it had been refused at once.
 * Whom it only brought back was there before: they are inactive again, and not deleted.
 */
static void take_back(bulk_t *bulk, bulk_op_t *op)
{
    apr_pool_t *pool = bulk->call->pool;
    const braze_err_t *err;

    ask(&err, bulk, op->was_there ? "PATCH" : "DELETE", path_of(bulk, op),
        op->was_there ? patch_message("replace", "active", braze_json_bool(0, pool), pool) : NULL,
        NULL, pool);
    if (err) {
        braze_log_write(bulk->call->request->log, BRAZE_LOG_ERROR, TAG_BULK_LEFT, bulk->call->pool,
                        "%s was made and lacks references, and cannot be taken back: %s",
                        path_of(bulk, op), braze_err_line(err, bulk->call->pool));
    } else {
        op->location = NULL;
    }
    op->etag = NULL;
    op->id = NULL;
}

void braze_bulk_complete(bulk_t *bulk, bulk_op_t *op)
{
    const char *id = op->id, *location = op->location;
    const braze_json_t *message;

    braze_bulk_resolve(bulk, op->rest);
    message = patch_message("add", NULL, op->rest, bulk->call->pool);
    if (run(bulk, op, "PATCH", path_of(bulk, op), message, NULL)) {
        op->status = 201;
        op->location = location;
        op->id = id;
        op->state = BULK_DONE;
    } else {
        take_back(bulk, op);
    }
}

void braze_bulk_undo(bulk_t *bulk, bulk_op_t *op, const braze_err_t *err)
{
    braze_bulk_fail(bulk, op, err);
    take_back(bulk, op);
}
