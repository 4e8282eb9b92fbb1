/* SPDX-License-Identifier: Apache-2.0 */
/* API keys, kept as tokens are. */
#include <string.h>

#include "braze_id.h"
#include "store_int.h"

static braze_err_t *read_key(braze_api_key_t **key, const store_rows_t *rows, apr_pool_t *pool)
{
    braze_api_key_t *made = apr_pcalloc(pool, sizeof(*made));

    made->id = store_text(rows, 0);
    made->company_id = store_text(rows, 1);
    made->name = store_text(rows, 2);
    made->created_at = store_time(rows, 4);
    made->last_used_at = store_time(rows, 5);
    *key = made;
    return store_names_read(&made->permissions, store_text(rows, 3), pool);
}

braze_err_t *braze_store_api_key_add(const char **secret, braze_db_t *db, braze_api_key_t *key,
                                     apr_time_t now, apr_pool_t *pool)
{
    const char *hash;
    braze_err_t *err;

    *secret = braze_secret_new(pool);
    hash = braze_sha256_hex(*secret, strlen(*secret), pool);
    key->id = braze_id_new(now, pool);
    key->created_at = now;
    err = store_write(NULL, db, ST_API_KEY_ADD,
                      ARGS(key->id, key->company_id, key->name, hash,
                           store_names_text(key->permissions, pool), MS(now)),
                      pool);
    if (err) {
        *secret = NULL;
    }
    return err && db->fault == FAULT_FOREIGN ? store_missing("Company", pool) : err;
}

braze_err_t *braze_store_api_key_find(braze_api_key_t **key, braze_db_t *db, const char *key_hash,
                                      apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_API_KEY_FIND, ARGS(key_hash), pool);

    *key = NULL;
    if (err || !store_next(&rows)) {
        return err;
    }
    return read_key(key, &rows, pool);
}

braze_err_t *braze_store_api_key_list(apr_array_header_t **keys, braze_db_t *db,
                                      const char *company_id, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_API_KEY_LIST, ARGS(company_id), pool);

    *keys = apr_array_make(pool, 4, sizeof(braze_api_key_t *));
    while (!err && store_next(&rows)) {
        braze_api_key_t *key;

        err = read_key(&key, &rows, pool);
        if (!err) {
            APR_ARRAY_PUSH(*keys, braze_api_key_t *) = key;
        }
    }
    return err;
}

braze_err_t *braze_store_api_key_delete(braze_db_t *db, const char *company_id, const char *id,
                                        apr_pool_t *pool)
{
    int changed = 0;
    braze_err_t *err = store_write(&changed, db, ST_API_KEY_DELETE, ARGS(company_id, id), pool);

    return err || changed ? err : store_missing("API key", pool);
}
