/* SPDX-License-Identifier: Apache-2.0 */
/* A cursor of hostile bytes is refused as invalid; and a cursor made of them, as a sorted value,
 * reads back as it was, in its own query and time alone. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_key.h"
#include "src/scim/search_int.h"

#define NOW apr_time_from_sec(1700000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
    if (!truth) {
        abort();
    }
}

static void try_read(const char *text, apr_pool_t *pool)
{
    scim_cursor_t cursor;
    braze_err_t *err = braze_cursor_read(&cursor, text, "context", NOW, pool);

    must(!err || (err->status == 400 && strcmp(err->code, "invalidCursor") == 0) || *text);
}

static void try_key(const char *key, apr_pool_t *pool)
{
    static const char id[] = "0660d98a-eec72b06-e7ad7f3f-e60118af";
    const scim_cursor_t made = {1, 1, key, id, NOW};
    const char *text = braze_cursor_write(&made, "context", pool);
    scim_cursor_t read;
    braze_err_t *err;

    if (!text) {
        must(strlen(key) > CURSOR_KEY_MAX);
        return;
    }
    err = braze_cursor_read(&read, text, "context", NOW, pool);
    must(err ? !braze_key_is_utf8(key, strlen(key)) || strlen(text) > CURSOR_MAX
             : read.backward == 1 && read.source == 1 && read.made == NOW &&
                   strcmp(read.key, key) == 0 && strcmp(read.id, id) == 0);
    must(braze_cursor_read(&read, text, "another", NOW, pool) != NULL);
    must(braze_cursor_read(&read, text, "context", NOW + apr_time_from_sec(86400), pool) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool;
    const char *text;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    text = apr_pstrmemdup(pool, (const char *)data, size);
    try_read(text, pool);
    try_key(text, pool);
    apr_pool_destroy(pool);
    return 0;
}
