/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements whose text is put together at run time. apr_dbd never gives a prepared statement back,
 * and SQLite's driver has no other way to bind a value: so each text is prepared once a connection
 * and kept, and there is a limit to how many.
 */
#include <string.h>

#include <apr_strings.h>

#include "store_int.h"

typedef struct {
    apr_dbd_prepared_t *prepared;
    int args;
} shape_t;

int store_shapes_fit(braze_db_t *db, const char *const *texts)
{
    const store_conn_t *conn;
    apr_size_t bytes;
    int count;

    if (store_ready(db, db->pool)) {
        return 1; /* the statement will say it */
    }
    conn = db->conn;
    bytes = conn->shape_bytes;
    count = conn->shape_count;

    for (; *texts; texts++) {
        if (!conn->shapes || !apr_hash_get(conn->shapes, *texts, APR_HASH_KEY_STRING)) {
            bytes += strlen(*texts);
            count++;
        }
    }
    return count == conn->shape_count || (count <= STORE_SHAPES_MAX && bytes <= STORE_SHAPES_BYTES);
}

void store_shapes_forget(store_conn_t *conn)
{
    conn->shapes = NULL;
    conn->shape_bytes = 0;
    conn->shape_count = 0;
}

static int add_shape(shape_t **added, braze_db_t *db, const char *text, apr_pool_t *pool)
{
    store_conn_t *conn = db->conn;
    shape_t *shape = apr_pcalloc(conn->pool, sizeof(*shape));
    const char *label = apr_psprintf(pool, "s%d", conn->shape_count);
    int rv = store_prepare_text(&shape->prepared, &shape->args, db, text, label, pool);

    if (rv != 0) {
        return rv;
    }
    if (!conn->shapes) {
        conn->shapes = apr_hash_make(conn->pool);
    }
    apr_hash_set(conn->shapes, apr_pstrdup(conn->pool, text), APR_HASH_KEY_STRING, shape);
    conn->shape_bytes += strlen(text);
    conn->shape_count++;
    *added = shape;
    return 0;
}

int store_prepare_shape(apr_dbd_prepared_t **prepared, braze_db_t *db, const char *text, int args,
                        apr_pool_t *pool)
{
    shape_t *shape =
        db->conn->shapes ? apr_hash_get(db->conn->shapes, text, APR_HASH_KEY_STRING) : NULL;
    int rv = shape ? 0 : add_shape(&shape, db, text, pool);

    if (rv != 0) {
        return rv;
    }
    *prepared = shape->prepared;
    return args == shape->args ? 0 : STORE_MISUSE;
}
