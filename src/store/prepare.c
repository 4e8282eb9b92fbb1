/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of a connection: prepared when first needed, prepared again when the server has
 * forgotten them. */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "store_int.h"

#define EXPANDED_MAX 8192 /* bytes of a statement; the longest has about 2500 */

/* Room for what one step of the expansion can add. */
#define STEP_MAX 8

typedef struct {
    char text[EXPANDED_MAX];
    apr_size_t len;
} expanded_t;

static void put(expanded_t *out, const char *text, apr_size_t len)
{
    memcpy(out->text + out->len, text, len);
    out->len += len;
}

/* One $n; gives back how many characters it took, 0 when parameters are out of order. */
static apr_size_t put_parameter(expanded_t *out, int *seen, const char *mark, braze_engine_t engine)
{
    char again[STEP_MAX];
    const char *end = mark + 1;
    int number = 0, wide;

    while (apr_isdigit(*end) && number < 1000) {
        number = number * 10 + (*end++ - '0');
    }
    wide = *end == '#';
    if (number == *seen + 1) {
        ++*seen;
        put(out, wide ? "%lld" : "%s", wide ? 4 : 2);
    } else if (number >= 1 && number <= *seen) {
        apr_snprintf(again, sizeof(again), "%c%d", engine == BRAZE_ENGINE_SQLITE ? '?' : '$',
                     number);
        put(out, again, strlen(again));
    } else {
        return 0;
    }
    return (apr_size_t)(end - mark) + (wide ? 1 : 0);
}

const char *store_statement_expand(int *args, const char *text, braze_engine_t engine,
                                   apr_pool_t *pool)
{
    expanded_t out;

    out.len = 0;
    *args = 0;
    while (*text && out.len < EXPANDED_MAX - STEP_MAX) {
        if (text[0] == '$' && apr_isdigit(text[1])) {
            apr_size_t taken = put_parameter(&out, args, text, engine);

            if (taken == 0) {
                *args = -1;
                return NULL;
            }
            text += taken;
        } else {
            /* apr_dbd takes a percent sign for a parameter even inside a literal. */
            put(&out, *text == '%' ? "%%" : text, *text == '%' ? 2 : 1);
            text++;
        }
    }
    if (*text) {
        *args = -1;
        return NULL;
    }
    return apr_pstrmemdup(pool, out.text, out.len);
}

void store_forget_statements(braze_db_t *db)
{
    memset(db->conn->prepared, 0, sizeof(db->conn->prepared));
    db->conn->generation++;
}

static int prepare(braze_db_t *db, store_statement_t id, const char *text, apr_pool_t *pool)
{
    store_conn_t *conn = db->conn;
    apr_dbd_prepared_t *prepared = NULL;
    const char *label;
    int rv;

    text = store_statement_expand(&conn->args[id], text, db->engine, pool);
    if (!text) {
        return STORE_MISUSE;
    }
    /* Two modules may share a connection, each with a record of its own: the address tells their
     * labels apart. */
    label = apr_psprintf(pool, "braze_%pp_%d_%u", (void *)conn, (int)id, conn->generation);
    rv = apr_dbd_prepare(db->driver, conn->pool, db->handle, text, label, &prepared);
    if (rv == 0) {
        conn->prepared[id] = prepared;
    }
    return rv;
}

int store_prepare(apr_dbd_prepared_t **prepared, braze_db_t *db, store_statement_t id, int args,
                  apr_pool_t *pool)
{
    store_conn_t *conn = db->conn;

    if (!conn->prepared[id]) {
        const char *text = store_statement_text(id, db->engine);
        int rv = text ? prepare(db, id, text, pool) : STORE_MISUSE;

        if (rv != 0) {
            return rv;
        }
    }
    *prepared = conn->prepared[id];
    return args == conn->args[id] ? 0 : STORE_MISUSE;
}
