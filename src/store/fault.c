/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of error a driver has had. apr_dbd gives a number that says little and the engine's
 * message, in the server's language on PostgreSQL: there the SQLSTATE is asked for, and without one
 * only names that we gave (constraints) and libpq's own texts are read.
 */
#include <dlfcn.h> /* RTLD_DEFAULT: GNU sources, which APR's flags ask for */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "store_int.h"

#define SQLITE_BUSY 5
#define SQLITE_LOCKED 6
#define SQLITE_SCHEMA 17
#define PGSQL_ERRORS_VERBOSE 2 /* PGVerbosity of libpq-fe.h */
#define SQLSTATE_LEN 5
#define RETRY_AFTER 2
#define ID_SHOWN 64 /* characters of what a client sent as an id */

typedef struct {
    const char *text;
    store_fault_t fault;
} sign_t;

static const sign_t sqlite_signs[] = {
    {"database is locked", FAULT_TRANSIENT},
    {"table is locked", FAULT_TRANSIENT},
    {"schema has changed", FAULT_STALE},
    /* What the driver says of some statements that a changed schema has outdated: it has put them
     * back before it asks why they failed. */
    {"not an error", FAULT_STALE},
    {"FOREIGN KEY constraint failed", FAULT_FOREIGN},
    {NULL, FAULT_NONE},
};

/* By the beginning of the SQLSTATE. */
static const sign_t pgsql_states[] = {
    {"40001", FAULT_TRANSIENT}, /* serialization failure */
    {"40P01", FAULT_TRANSIENT}, /* deadlock */
    {"55P03", FAULT_LOCKED},    /* lock_timeout */
    {"23505", FAULT_TRANSIENT}, /* unique: two at once; the next attempt sees the other's row */
    {"23503", FAULT_FOREIGN},
    {"26000", FAULT_STALE}, /* no such prepared statement */
    {"42P05", FAULT_STALE}, /* there is one of that name already */
    {"0A000", FAULT_STALE}, /* "cached plan must not change result type": the schema was migrated */
    {"08", FAULT_LOST},
    {"57P", FAULT_LOST},   /* shut down by the administrator, crashed, starting up */
    {"53300", FAULT_LOST}, /* too many connections */
    {NULL, FAULT_NONE},
};

/* For a libpq that cannot be found. */
static const sign_t pgsql_signs[] = {
    {"braze_fk_", FAULT_FOREIGN},
    {"braze_uq_", FAULT_TRANSIENT},
    {"could not serialize", FAULT_TRANSIENT},
    {"deadlock detected", FAULT_TRANSIENT},
    {"lock timeout", FAULT_LOCKED},
    {"prepared statement", FAULT_STALE},
    {"server closed the connection", FAULT_LOST},
    {"terminating connection", FAULT_LOST},
    {"no connection to the server", FAULT_LOST},
    {NULL, FAULT_NONE},
};

void store_fault_set_up(braze_db_t *db)
{
    /*
     * libpq is there when its driver is, but we do not link it: a server on SQLite need not have
     * it. PGconn and the enum are part of libpq's stable interface.
     */
    int (*set_verbosity)(void *conn, int verbosity);
    void *symbol = dlsym(RTLD_DEFAULT, "PQsetErrorVerbosity");
    void *native = apr_dbd_native_handle(db->driver, db->handle);

    if (symbol && native) {
        memcpy(&set_verbosity, &symbol, sizeof(symbol));
        set_verbosity(native, PGSQL_ERRORS_VERBOSE);
        db->conn->sqlstates = 1;
    }
}

/* "ERROR:  40001: could not …" → where 40001 begins; NULL when there is none. */
static const char *sqlstate_in(const char *line)
{
    const char *at;

    for (at = strchr(line, ':'); at; at = strchr(at + 1, ':')) {
        const char *state = at + 1;
        int i = 0;

        while (*state == ' ') {
            state++;
        }
        while (i < SQLSTATE_LEN && (apr_isdigit(state[i]) || apr_isupper(state[i]))) {
            i++;
        }
        if (i == SQLSTATE_LEN && state[i] == ':') {
            return state;
        }
    }
    return NULL;
}

static store_fault_t by_text(const sign_t *signs, const char *text)
{
    for (; signs->text; signs++) {
        if (strstr(text, signs->text)) {
            return signs->fault;
        }
    }
    return FAULT_OTHER;
}

static store_fault_t by_state(const char *state)
{
    const sign_t *sign;

    for (sign = pgsql_states; sign->text; sign++) {
        if (strncmp(state, sign->text, strlen(sign->text)) == 0) {
            return sign->fault;
        }
    }
    return FAULT_OTHER;
}

static store_fault_t pgsql_fault(const braze_db_t *db, const char *line)
{
    const char *state = sqlstate_in(line);

    if (state) {
        return by_state(state);
    }
    /* With SQLSTATEs asked for, what comes without one is libpq's own: the connection. */
    return db->conn->sqlstates ? FAULT_LOST : by_text(pgsql_signs, line);
}

static store_fault_t sqlite_fault(const char *line, int rv)
{
    if (rv == SQLITE_BUSY || rv == SQLITE_LOCKED) {
        return FAULT_TRANSIENT;
    }
    return rv == SQLITE_SCHEMA ? FAULT_STALE : by_text(sqlite_signs, line);
}

store_fault_t store_fault_read(const char **why, braze_db_t *db, int rv, apr_pool_t *pool)
{
    const char *text = apr_dbd_error(db->driver, db->handle, rv);
    store_fault_t fault;

    /* What follows the first line may quote values of a row. */
    text = text ? apr_pstrmemdup(pool, text, strcspn(text, "\r\n")) : "";
    *why = text;
    fault = db->engine == BRAZE_ENGINE_SQLITE ? sqlite_fault(text, rv) : pgsql_fault(db, text);
    if (fault == FAULT_LOST) {
        db->conn->lost = 1;
    }
    return fault;
}

braze_err_t *store_unreachable(const char *why, apr_pool_t *pool)
{
    braze_err_t *err =
        braze_err_new(503, NULL, "BRAZE-0110",
                      "The account database is busy or cannot be reached. Try again soon.", pool);

    err->retry_after = RETRY_AFTER;
    return braze_err_log(err, pool, "%s", why);
}

braze_err_t *store_fault_error(braze_db_t *db, const char *what, const char *why, apr_pool_t *pool)
{
    braze_err_t *err;

    if (db->fault == FAULT_TRANSIENT || db->fault == FAULT_LOST || db->fault == FAULT_LOCKED) {
        return store_unreachable(apr_pstrcat(pool, what, ": ", why, NULL), pool);
    }
    err = braze_err_new(500, NULL, "BRAZE-0111", "The account database reported an error.", pool);
    return braze_err_log(err, pool, "%s: %s", what, why);
}

braze_err_t *store_taken(const char *what, apr_pool_t *pool)
{
    return braze_err_newf(pool, 409, "uniqueness", "BRAZE-0112", "%s is already in use.", what);
}

braze_err_t *store_missing(const char *what, apr_pool_t *pool)
{
    return braze_err_newf(pool, 404, NULL, "BRAZE-0116", "%s not found.", what);
}

braze_err_t *store_no_member(const char *id, int itself, apr_pool_t *pool)
{
    braze_err_t *err =
        itself ? braze_err_new(400, "invalidValue", "BRAZE-0121",
                               "A group cannot be a member of itself.", pool)
               : braze_err_newf(pool, 400, "invalidValue", "BRAZE-0120",
                                "\"%.*s\" is the id of no user and no group.", ID_SHOWN, id);

    err->where = apr_pstrdup(pool, id);
    return err;
}

braze_err_t *store_no_target(const char *where, apr_pool_t *pool)
{
    braze_err_t *err = braze_err_newf(pool, 400, "noTarget", "BRAZE-0123",
                                      "%s: no member is as the filter says.", where);

    err->where = where;
    return err;
}

braze_err_t *store_dangling(const char *what, apr_pool_t *pool)
{
    return braze_err_newf(pool, 400, "invalidValue", "BRAZE-0117",
                          "%s names something that the company does not have.", what);
}
