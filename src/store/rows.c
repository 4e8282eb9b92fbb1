/* SPDX-License-Identifier: Apache-2.0 */
/* Values of rows. Texts are the driver's own and live as long as the pool of the select, unless
 * they are to be kept. */
#include <string.h>

#include <apr_strings.h>

#include "braze_json.h"
#include "store_int.h"

int store_next(store_rows_t *rows)
{
    /* One step beyond the last row would make PostgreSQL's driver throw the result away, and the
     * texts with it. */
    if (rows->read >= rows->count) {
        return 0;
    }
    rows->read++;
    return apr_dbd_get_row(rows->driver, rows->pool, rows->results, &rows->row, -1) == 0;
}

const char *store_text(const store_rows_t *rows, int column)
{
    const char *text = NULL;

    /* apr_dbd_get_entry gives "" for PostgreSQL's NULL. */
    if (apr_dbd_datum_get(rows->driver, rows->row, column, APR_DBD_TYPE_STRING, &text) !=
        APR_SUCCESS) {
        return NULL;
    }
    return rows->keep && text ? apr_pstrdup(rows->keep, text) : text;
}

apr_int64_t store_int(const store_rows_t *rows, int column)
{
    const char *text = store_text(rows, column);

    return text ? apr_strtoi64(text, NULL, 10) : 0;
}

apr_time_t store_time(const store_rows_t *rows, int column)
{
    const char *text = store_text(rows, column);

    return text ? braze_time_from_ms(apr_strtoi64(text, NULL, 10)) : 0;
}

const char *store_names_text(const apr_array_header_t *names, apr_pool_t *pool)
{
    braze_json_t *list = braze_json_array(pool);
    int i;

    for (i = 0; names && i < names->nelts; i++) {
        braze_json_append(list, braze_json_string(APR_ARRAY_IDX(names, i, const char *), pool));
    }
    return braze_json_text(list, pool);
}

braze_err_t *store_names_read(const apr_array_header_t **names, const char *text, apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, 4, sizeof(const char *));
    braze_json_t *value;
    braze_err_t *err;
    int i;

    *names = list;
    if (!text || strcmp(text, "[]") == 0) {
        return NULL;
    }
    err = braze_json_parse(&value, text, strlen(text), pool);
    if (err) {
        return err;
    }
    for (i = 0; i < braze_json_size(value); i++) {
        const braze_json_t *item = braze_json_item(value, i);

        if (item && item->type == BRAZE_JSON_STRING) {
            APR_ARRAY_PUSH(list, const char *) = item->u.string;
        }
    }
    return NULL;
}
