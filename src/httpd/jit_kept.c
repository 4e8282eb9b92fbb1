/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions that a process has read from their rows, for as long as the database says that nobody
 * has written anything since. To ask that is a fraction of reading a session, and its answer is as
 * late as the row's: what ends a session is a row that somebody writes.
 */
#include "jit_int.h"

#include "braze_id.h"

#define KEY_MAX (BRAZE_SHA256_HEX + BRAZE_ID_LEN + sizeof(server_rec *))

/* The server is part of it: another may have another database. Of no length: it is no key of ours.
 */
static jit_place_key_t kept_key(unsigned char *bytes, const request_rec *r, const char *company_id,
                                const char *hash)
{
    apr_size_t hash_len = strlen(hash), id_len = strlen(company_id);

    if (hash_len != BRAZE_SHA256_HEX || id_len > BRAZE_ID_LEN) {
        return jit_place_key(bytes, 0);
    }
    memcpy(bytes, hash, hash_len);
    memcpy(bytes + hash_len, company_id, id_len);
    memcpy(bytes + hash_len + id_len, &r->server, sizeof(r->server));
    return jit_place_key(bytes, hash_len + id_len + sizeof(r->server));
}

braze_err_t *jit_kept_get(braze_session_t **session, request_rec *r, braze_db_t *db,
                          const char *company_id, const char *hash)
{
    jit_places_t *kept = jit_server(r->server)->kept;
    jit_entry_expect_t expect = {hash, company_id, r->request_time, 0};
    unsigned char entry[JIT_ENTRY_MAX];
    apr_uint64_t read_at = 0;
    apr_time_t written;
    unsigned char bytes[KEY_MAX];
    jit_place_key_t key;
    apr_size_t len;
    braze_err_t *err;
    int unchanged;

    *session = NULL;
    if (!kept) {
        return NULL;
    }
    key = kept_key(bytes, r, company_id, hash);
    len = jit_places_get(&read_at, kept, &key, entry, sizeof(entry));
    err = braze_db_unchanged(&unchanged, db, len ? read_at : 0, r->pool);
    if (!err && len && unchanged) {
        *session = jit_entry_read(&written, entry, len, &expect, r->pool);
    }
    return err;
}

void jit_kept_put(request_rec *r, const braze_db_t *db, const char *company_id, const char *hash,
                  const braze_session_t *session)
{
    jit_places_t *kept = jit_server(r->server)->kept;
    apr_uint64_t moment = braze_db_moment(db);
    unsigned char entry[JIT_ENTRY_MAX];
    unsigned char bytes[KEY_MAX];
    jit_place_key_t key;
    apr_size_t len;

    if (!kept || !moment) {
        return;
    }
    len = jit_entry_write(entry, sizeof(entry), session, hash, r->request_time);
    if (len) {
        key = kept_key(bytes, r, company_id, hash);
        jit_places_put(kept, moment, &key, entry, len);
    }
}
