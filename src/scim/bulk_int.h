/* SPDX-License-Identifier: Apache-2.0 */
/* Private to /Bulk: bulk.c, bulk_read.c, bulk_refs.c, bulk_run.c. */
#ifndef BRAZE_BULK_INT_H
#define BRAZE_BULK_INT_H

#include <apr_hash.h>

#include "scim_int.h"

#define URN_BULK_REQUEST "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
#define URN_BULK_RESPONSE "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
#define URN_PATCH_OP "urn:ietf:params:scim:api:messages:2.0:PatchOp"

#define BULK_OPERATIONS_DEFAULT 1000 /* where the caller names no limit */
#define BULK_TIME_DEFAULT apr_time_from_sec(60)

#define TAG_BULK "BRAZE-S0760"        /* the message */
#define TAG_BULK_SIZE "BRAZE-S0761"   /* 413 */
#define TAG_BULK_OP "BRAZE-S0762"     /* one operation */
#define TAG_BULK_REF "BRAZE-S0763"    /* a reference to what is not there, or failed */
#define TAG_BULK_TIME "BRAZE-S0764"   /* not begun in time */
#define TAG_BULK_FAILED "BRAZE-S0765" /* log: an operation was refused */
#define TAG_BULK_LEFT "BRAZE-S0766"   /* log: what was made could not be taken back */

typedef enum {
    BULK_WAITING, /* not tried yet */
    BULK_MADE,    /* a POST that lacks references to what is not made yet */
    BULK_DONE,
    BULK_FAILED
} bulk_state_t;

typedef struct {
    const char *method, *path, *bulk_id, *version; /* as given; NULL = not there */
    braze_json_t *data;                            /* NULL with DELETE */
    int creates;                                   /* POST */
    bulk_state_t state;
    const braze_err_t *refused; /* what it fails with when it is its turn, or NULL */
    apr_array_header_t *refs;   /* of int: the operations that path and data refer to, each once */
    int settled;                /* so many of refs, from the first, need not be looked at again */
    const char *id;             /* of what a POST made */
    int was_there;              /* it made nobody: who was there is active again */
    braze_json_t *rest;         /* MADE: the attributes to be added */

    int status; /* the result; 0 = none */
    const char *location, *etag;
    const char *error; /* its body, NULL = it went well */
} bulk_op_t;

typedef struct {
    scim_call_t *call;
    bulk_op_t *ops;
    int count;
    apr_hash_t *by_bulk_id; /* to bulk_op_t, POST only */
    int fail_on_errors;     /* 0 = go on whatever happens */
    int errors;
    int asked;           /* requests that were made of the operations */
    apr_time_t deadline; /* what has not begun by then is not tried */
    int late;            /* it has passed */
} bulk_t;

/* bulk_read.c: the message. An operation that cannot be is marked refused. */
braze_err_t *braze_bulk_read(bulk_t *bulk, const braze_json_t *body) BRAZE_MUST_CHECK;

/* bulk_refs.c */

/* Fills refs of every operation; one that refers to nobody's bulkId is marked refused. */
void braze_bulk_find_refs(bulk_t *bulk);
/* Puts ids in the place of the references in value whose operations have made something. */
void braze_bulk_resolve(const bulk_t *bulk, braze_json_t *value);
/* Takes the attributes, or values of multi-valued ones, that still have references out of
 * op->data into op->rest. */
void braze_bulk_split(const bulk_t *bulk, bulk_op_t *op);

/* bulk_run.c */

void braze_bulk_fail(bulk_t *bulk, bulk_op_t *op, const braze_err_t *err);
/* Runs an operation whose references are resolved, or what of it can be (split: WAITING to MADE).
 */
void braze_bulk_run(bulk_t *bulk, bulk_op_t *op);
/* MADE to DONE: adds the rest; takes back what was made when that fails. */
void braze_bulk_complete(bulk_t *bulk, bulk_op_t *op);
/* MADE to FAILED with err: takes back what was made. */
void braze_bulk_undo(bulk_t *bulk, bulk_op_t *op, const braze_err_t *err);

#endif
