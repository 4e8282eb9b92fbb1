/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /Bulk (RFC 7644 section 3.7). Operations are run in the order of the request, but for those
 * that refer to what a later one makes: they wait for it. Where operations wait for one another in
 * a circle, a POST of it is run without those references, which are added when what they refer to
 * is there. Each operation is a transaction; results stand in the order of the request.
 */
#include <apr_strings.h>

#include "bulk_int.h"

/* A POST needs ids to refer to; what changes something else needs it whole, lest the references
 * that are still to be added come behind it. */
static int is_settled(const bulk_op_t *op, const bulk_op_t *ref)
{
    return ref->state == BULK_DONE || (ref->state == BULK_MADE && op->creates);
}

/* The first reference that op must wait for; NULL: none. One that failed is one. */
static bulk_op_t *waits_for(bulk_t *bulk, bulk_op_t *op)
{
    for (; op->settled < op->refs->nelts; op->settled++) {
        bulk_op_t *ref = &bulk->ops[APR_ARRAY_IDX(op->refs, op->settled, int)];

        if (op->state == BULK_MADE ? !ref->id : !is_settled(op, ref)) {
            return ref;
        }
    }
    return NULL;
}

static const braze_err_t *broken(const bulk_t *bulk, const bulk_op_t *op, const bulk_op_t *ref)
{
    return braze_err_newf(bulk->call->pool, 409, NULL, TAG_BULK_REF,
                          "Operations[%d] refers to \"bulkId:%.100s\", which was not made.",
                          (int)(op - bulk->ops), ref->bulk_id);
}

static int is_over(const bulk_t *bulk)
{
    return bulk->fail_on_errors && bulk->errors >= bulk->fail_on_errors;
}

/* 1: something happened to op. */
static int advance(bulk_t *bulk, bulk_op_t *op)
{
    const bulk_op_t *ref;

    if (op->state != BULK_WAITING && op->state != BULK_MADE) {
        return 0;
    }
    ref = waits_for(bulk, op);
    if (ref && ref->state != BULK_FAILED && !op->refused && !bulk->late) {
        return 0;
    }
    if (op->state == BULK_MADE) {
        if (ref) {
            braze_bulk_undo(bulk, op, broken(bulk, op, ref));
        } else {
            braze_bulk_complete(bulk, op);
        }
    } else if (ref && !op->refused && !bulk->late) {
        braze_bulk_fail(bulk, op, broken(bulk, op, ref));
    } else {
        braze_bulk_run(bulk, op);
    }
    return 1;
}

/*
 * Nothing can go on: from whoever waits, going from one to whom it waits for ends in a circle, and
 * whoever is reached after so many steps as there are operations is in it. NULL: nobody waits.
 */
static bulk_op_t *find_circle(bulk_t *bulk)
{
    bulk_op_t *op = bulk->ops, *end = bulk->ops + bulk->count;
    int i;

    while (op < end && op->state != BULK_WAITING) {
        op++;
    }
    for (i = 0; op < end && i < bulk->count; i++) {
        op = waits_for(bulk, op);
    }
    return op < end ? op : NULL;
}

/* What failOnErrors has left half done is either brought to its end or taken back. */
static void finish(bulk_t *bulk)
{
    int i;

    for (i = 0; i < bulk->count; i++) {
        bulk_op_t *op = &bulk->ops[i];
        const bulk_op_t *ref = op->state == BULK_MADE ? waits_for(bulk, op) : NULL;

        if (ref) {
            braze_bulk_undo(bulk, op, broken(bulk, op, ref));
        } else if (op->state == BULK_MADE) {
            braze_bulk_complete(bulk, op);
        }
    }
}

static void run_all(bulk_t *bulk)
{
    bulk_op_t *op;
    int i, moved;

    do {
        moved = 0;
        bulk->late = apr_time_now() > bulk->deadline;
        for (i = 0; i < bulk->count && !is_over(bulk); i++) {
            moved += advance(bulk, &bulk->ops[i]);
        }
        op = moved || is_over(bulk) ? NULL : find_circle(bulk);
        if (op) {
            braze_bulk_resolve(bulk, op->data);
            braze_bulk_split(bulk, op);
            braze_bulk_run(bulk, op);
        }
    } while (moved || op);
    finish(bulk);
}

/* ---- the answer ---- */

static void put_pair(braze_buf_t *buf, const char *name, const char *value)
{
    if (value) {
        braze_buf_puts(buf, buf->data[buf->len - 1] == '{' ? "\"" : ",\"");
        braze_buf_puts(buf, name);
        braze_buf_puts(buf, "\":");
        braze_buf_put_json_string(buf, value);
    }
}

static void put_result(braze_buf_t *buf, const bulk_op_t *op, apr_pool_t *pool)
{
    braze_buf_puts(buf, "{");
    put_pair(buf, "location", op->location);
    put_pair(buf, "method", op->method);
    put_pair(buf, "bulkId", op->bulk_id);
    put_pair(buf, "version", op->etag);
    put_pair(buf, "status", apr_itoa(pool, op->status));
    if (op->error) {
        braze_buf_puts(buf, ",\"response\":");
        braze_buf_puts(buf, op->error);
    }
    braze_buf_puts(buf, "}");
}

static braze_scim_response_t *respond(const bulk_t *bulk)
{
    apr_pool_t *pool = bulk->call->pool;
    braze_buf_t *buf = braze_buf_new(128 + 192 * (apr_size_t)bulk->count, pool);
    int i, some = 0;

    braze_buf_puts(buf, "{\"schemas\":[\"" URN_BULK_RESPONSE "\"],\"Operations\":[");
    for (i = 0; i < bulk->count; i++) {
        if (bulk->ops[i].status) {
            braze_buf_puts(buf, some++ ? "," : "");
            put_result(buf, &bulk->ops[i], pool);
        }
    }
    braze_buf_puts(buf, "]}");
    return braze_response_body(200, SCIM_TYPE, buf, pool);
}

braze_err_t *braze_bulk(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    apr_interval_time_t time = call->request->bulk_time;
    bulk_t bulk = {.call = call, .deadline = apr_time_now() + (time ? time : BULK_TIME_DEFAULT)};
    braze_json_t *body;
    braze_err_t *err = braze_body_read(&body, call);

    (void)id;
    if (!err) {
        err = braze_bulk_read(&bulk, body);
    }
    if (err) {
        return err;
    }
    braze_bulk_find_refs(&bulk);
    run_all(&bulk);
    *response = respond(&bulk);
    return NULL;
}
