/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users that version 1 has left: what they are searched by since version 2 is derived here, for
 * SQL folds letters its own way. In batches, within the transaction of the migration.
 */
#include "store_int.h"

#define BATCH 500

static braze_json_t *text_or_null(const char *text, apr_pool_t *pool)
{
    return text ? braze_json_string(text, pool) : braze_json_null(pool);
}

static braze_json_t *keys_of(const braze_user_t *user, apr_pool_t *pool)
{
    braze_json_t *keys = braze_json_array(pool);

    braze_json_append(keys, braze_json_string(user->id, pool));
    braze_json_append(keys, text_or_null(braze_name_key(user->display_name, pool), pool));
    braze_json_append(keys, text_or_null(braze_name_key(user->given_name, pool), pool));
    braze_json_append(keys, text_or_null(braze_name_key(user->family_name, pool), pool));
    return keys;
}

/* A row that somebody has spoiled by hand keeps nobody from migrating: it has no further e-mails.
 */
static braze_err_t *fill_emails(braze_db_t *db, const braze_user_t *user, apr_pool_t *pool)
{
    braze_user_t derived = *user;
    const braze_err_t *bad = braze_user_derive(&derived, pool);

    if (bad) {
        braze_log_write(&db->env->log, BRAZE_LOG_WARNING, "BRAZE-0119", pool,
                        "user %s keeps a resource that cannot be read, and no further e-mails: %s",
                        user->id, braze_err_line(bad, pool));
        return NULL;
    }
    return derived.more_email_keys ? store_user_emails(db, &derived, 0, pool) : NULL;
}

/* *last: the id to go on behind; NULL after the last batch. pool is the batch's. */
static braze_err_t *fill_batch(const char **last, braze_db_t *db, apr_pool_t *pool)
{
    braze_json_t *all = braze_json_array(pool);
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_USER_FILL_READ, ARGS(*last, INT(BATCH)), pool);

    *last = NULL;
    while (!err && store_next(&rows)) {
        const braze_user_t *user =
            store_user_read(&rows, 0, store_text(&rows, STORE_USER_COLUMNS), pool);

        braze_json_append(all, keys_of(user, pool));
        err = fill_emails(db, user, pool);
        *last = user->id;
    }
    if (err || !*last) {
        return err;
    }
    return store_write(NULL, db, ST_USER_FILL_KEYS, ARGS(braze_json_text(all, pool)), pool);
}

braze_err_t *store_migrate_users(braze_db_t *db, apr_pool_t *pool)
{
    apr_pool_t *batch[2];
    const char *last = "";
    braze_err_t *err = NULL;
    int i;

    /* By turns, since a batch begins with the id that the one before has ended with. */
    apr_pool_create(&batch[0], pool);
    apr_pool_create(&batch[1], pool);
    for (i = 0; !err && last; i++) {
        apr_pool_clear(batch[i % 2]);
        err = fill_batch(&last, db, batch[i % 2]);
    }
    if (!err) {
        apr_pool_destroy(batch[0]);
        apr_pool_destroy(batch[1]);
    }
    return err;
}
