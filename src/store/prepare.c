/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of a connection: prepared when first needed, prepared again when the server has
 * forgotten them. */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "store_int.h"

/* Room for what one step of the expansion can add. */
#define STEP_MAX 8

typedef struct {
    char *text; /* NUL-terminated nowhere */
    apr_size_t len;
} expanded_t;

static void put(expanded_t *out, const char *text, apr_size_t len)
{
    memcpy(out->text + out->len, text, len);
    out->len += len;
}

/* "$n", or "$+" for the next one; gives back how many characters it took, 0 when parameters are out
 * of order. */
static apr_size_t put_parameter(expanded_t *out, int *seen, const char *mark, braze_engine_t engine)
{
    char again[STEP_MAX];
    const char *end = mark + 1;
    int number = 0, wide;

    if (*end == '+') {
        number = *seen + 1;
        end++;
    }
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
    /* A character becomes two at most, "$1" four and "$10#" less than eight. */
    expanded_t out = {apr_palloc(pool, strlen(text) * 2 + STEP_MAX), 0};

    *args = 0;
    while (*text) {
        if (text[0] == '$' && (apr_isdigit(text[1]) || text[1] == '+')) {
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
    out.text[out.len] = '\0';
    return out.text;
}

void store_forget_statements(braze_db_t *db)
{
    memset(db->conn->prepared, 0, sizeof(db->conn->prepared));
    store_shapes_forget(db->conn);
    db->conn->generation++;
    db->conn->clock = NULL; /* it may be another server by now */
}

int store_prepare_text(apr_dbd_prepared_t **prepared, int *args, braze_db_t *db, const char *text,
                       const char *name, apr_pool_t *pool)
{
    store_conn_t *conn = db->conn;
    apr_dbd_prepared_t *made = NULL;
    const char *label;
    int rv;

    text = store_statement_expand(args, text, db->engine, pool);
    if (!text) {
        return STORE_MISUSE;
    }
    /* Two modules may share a connection, each with a record of its own: the address tells their
     * labels apart. */
    label = apr_psprintf(pool, "braze_%pp_%s_%u", (void *)conn, name, conn->generation);
    rv = apr_dbd_prepare(db->driver, conn->pool, db->handle, text, label, &made);
    if (rv == 0) {
        *prepared = made;
    }
    return rv;
}

int store_prepare(apr_dbd_prepared_t **prepared, braze_db_t *db, store_statement_t id, int args,
                  apr_pool_t *pool)
{
    store_conn_t *conn = db->conn;

    if (!conn->prepared[id]) {
        const char *text = store_statement_text(id, db->engine);
        int rv = text ? store_prepare_text(&conn->prepared[id], &conn->args[id], db, text,
                                           apr_itoa(pool, (int)id), pool)
                      : STORE_MISUSE;

        if (rv != 0) {
            return rv;
        }
    }
    *prepared = conn->prepared[id];
    return args == conn->args[id] ? 0 : STORE_MISUSE;
}

static braze_err_t *not_whole(braze_db_t *db, int rv, apr_pool_t *pool)
{
    const char *why;
    braze_err_t *err = braze_err_new(500, NULL, "BRAZE-0105",
                                     "The account database is not set up for this version.", pool);

    db->fault = store_fault_read(&why, db, rv, pool);
    return braze_err_log(err, pool,
                         "the database says that it has version %d of the schema, and has not all "
                         "of it: %s; restore what is missing (\"braze-admin schema\" prints what "
                         "there should be)",
                         BRAZE_SCHEMA_VERSION, why);
}

braze_err_t *braze_store_check_whole(braze_db_t *db, apr_pool_t *pool)
{
    braze_err_t *err = store_ready(db, pool);
    int id, rv;

    for (id = 0; !err && id < ST_COUNT; id++) {
        const char *text = store_statement_text((store_statement_t)id, db->engine);

        if (text && !db->conn->prepared[id]) {
            rv = store_prepare_text(&db->conn->prepared[id], &db->conn->args[id], db, text,
                                    apr_itoa(pool, id), pool);
            err = rv == 0 ? NULL : not_whole(db, rv, pool);
        }
    }
    return err;
}
