/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many users a company has, and where the n-th is in the order of their ids, for as much at a
 * million as at ten thousand: users are divided into spans of ids, spans into chapters, which are
 * rows of braze_user_span with their numbers. Triggers keep these numbers in step; what is behind
 * the last span's beginning they leave alone, so that who adds users writes nothing here and waits
 * for nobody. Who finds that there has become much of it divides it (schema_spans.c).
 */
#include <apr_strings.h>

#include "store_int.h"

#define OPEN_MAX 768    /* users in the open span that nobody minds */
#define CHAPTERS_MAX 32 /* that one request makes */

typedef struct {
    const char *company_id;
    int more;
} close_t;

braze_err_t *store_spans_close(int *more, braze_db_t *db, const char *company_id, apr_pool_t *pool)
{
    store_rows_t rows;
    int changed = 0;
    braze_err_t *err = NULL;

    *more = 0;
    if (db->engine == BRAZE_ENGINE_PGSQL) {
        err = store_select(&rows, db, ST_SPAN_LOCK, ARGS(company_id), pool);
    }
    if (!err) {
        err = store_write(&changed, db, ST_SPAN_CLOSE, ARGS(company_id), pool);
    }
    /* The first row is that which was open. */
    if (!err && changed > 1) {
        *more = 1;
        err = store_write(NULL, db, ST_SPAN_CHAPTER, ARGS(company_id), pool);
    }
    return err;
}

static braze_err_t *close_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    close_t *work = baton;

    (void)commit;
    return store_spans_close(&work->more, db, work->company_id, pool);
}

/* A failure is no reader's concern: it was a favour to the next. */
static void close_some(braze_db_t *db, const char *company_id, apr_pool_t *pool)
{
    close_t work = {company_id, 1};
    const braze_err_t *err = NULL;
    int i;

    for (i = 0; !err && work.more && i < CHAPTERS_MAX; i++) {
        err = store_transact(db, close_body, &work, pool);
    }
    if (err) {
        braze_log_write(&db->env->log, BRAZE_LOG_DEBUG, "BRAZE-0129", pool,
                        "users that are not divided into spans yet stay so: %s",
                        braze_err_line(err, pool));
    }
}

/* Of the columns counted and uncounted. */
static apr_int64_t total_of(const store_rows_t *rows, braze_db_t *db, const char *company_id,
                            apr_pool_t *pool)
{
    apr_int64_t open = store_int(rows, 1);

    if (open > OPEN_MAX && !db->in_transaction) {
        close_some(db, company_id, pool);
    }
    return store_int(rows, 0) + open;
}

braze_err_t *store_users_total(apr_int64_t *total, braze_db_t *db, const char *company_id,
                               apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_USER_COUNT, ARGS(company_id), pool);

    *total = !err && store_next(&rows) ? total_of(&rows, db, company_id, pool) : 0;
    return err;
}

braze_err_t *store_users_place(store_place_t *place, braze_db_t *db, const char *company_id,
                               apr_int64_t offset, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_USER_PLACE, ARGS(company_id, INT(offset)), pool);

    place->total = 0;
    place->from_id = "";
    place->skip = offset;
    if (!err && store_next(&rows)) {
        place->from_id = store_text(&rows, 2);
        place->skip = offset - store_int(&rows, 3);
        place->total = total_of(&rows, db, company_id, pool);
    }
    return err;
}
