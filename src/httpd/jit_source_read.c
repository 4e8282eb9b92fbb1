/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a file of identity providers, and the key that it must be signed by. */
#include "jit_int.h"

#include <apr_allocator.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "braze_id.h"

#define SOURCE_MAX_FILE BRAZE_SAML_MAX_METADATA
#define SOURCE_YOUNG                                                                               \
    apr_time_from_sec(2) /* what was changed so lately may change once more unseen */

/* ---- bytes ---- */

/* Memory of its own: what reading took goes back to the system at once. */
apr_pool_t *jit_reading_pool(void)
{
    apr_allocator_t *allocator;
    apr_pool_t *pool;

    apr_allocator_create(&allocator);
    apr_pool_create_ex(&pool, NULL, NULL, allocator);
    apr_allocator_owner_set(allocator, pool);
    apr_pool_tag(pool, "braze-source");
    return pool;
}

/* NULL = read; else why not. Of the very file that was opened, whatever has its name by now. */
static const char *read_file(const char **text, apr_size_t *len, const char *file, apr_pool_t *pool)
{
    apr_file_t *handle;
    apr_finfo_t info;
    char reason[120], *data;
    /* A pipe of that name would keep us waiting. */
    apr_status_t rv = apr_stat(&info, file, APR_FINFO_TYPE | APR_FINFO_SIZE, pool);

    if (rv == APR_SUCCESS && info.filetype != APR_REG) {
        return "it is no plain file";
    }
    if (rv == APR_SUCCESS) {
        rv = apr_file_open(&handle, file, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_OS_DEFAULT, pool);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_file_info_get(&info, APR_FINFO_SIZE, handle);
    }
    if (rv != APR_SUCCESS) {
        return apr_pstrdup(pool, apr_strerror(rv, reason, sizeof(reason)));
    }
    if (info.size > SOURCE_MAX_FILE) {
        return "the file is over 64 MB";
    }
    data = apr_palloc(pool, (apr_size_t)info.size + 1);
    rv = apr_file_read_full(handle, data, (apr_size_t)info.size, len);
    apr_file_close(handle);
    if (rv != APR_SUCCESS && rv != APR_EOF) {
        return apr_pstrdup(pool, apr_strerror(rv, reason, sizeof(reason)));
    }
    data[*len] = '\0';
    *text = data;
    return NULL;
}

/* The inode's change time only ever grows, also when an older file is moved or copied over this
 * one; but its clock ticks slower than files are written. */
static const char *stamp_of(const char *file, apr_pool_t *pool)
{
    apr_finfo_t info;

    if (apr_stat(&info, file, APR_FINFO_CTIME | APR_FINFO_SIZE | APR_FINFO_IDENT, pool) !=
        APR_SUCCESS) {
        return "absent";
    }
    return apr_psprintf(pool, "%" APR_TIME_T_FMT ",%" APR_OFF_T_FMT ",%" APR_UINT64_T_FMT "%s",
                        info.ctime, info.size, (apr_uint64_t)info.inode,
                        info.ctime + SOURCE_YOUNG > apr_time_now() ? ",young" : "");
}

const char *jit_reading_stamp(const jit_reading_t *reading)
{
    const char *stamp = stamp_of(reading->file, reading->scratch);

    return reading->key_file ? apr_pstrcat(reading->scratch, stamp, " ",
                                           stamp_of(reading->key_file, reading->scratch), NULL)
                             : stamp;
}

/* ---- reading ---- */

static void source_log(void *baton, braze_log_level_t level, const char *line)
{
    const jit_reading_t *reading = baton;

    ap_log_error(APLOG_MARK, level <= BRAZE_LOG_WARNING ? APLOG_WARNING : APLOG_INFO, 0,
                 reading->server, "%s (%s)", line, reading->file);
}

const char *jit_reading_open(jit_reading_t *reading)
{
    const char *why = read_file(&reading->text, &reading->len, reading->file, reading->scratch);
    const char *both;

    if (!why && reading->key_file) {
        why = read_file(&reading->key_text, &reading->key_len, reading->key_file, reading->scratch);
        why = why ? apr_pstrcat(reading->scratch, "BrazeJitIdpMetadataKey ", reading->key_file,
                                ": ", why, NULL)
                  : NULL;
    }
    if (why) {
        reading->digest = braze_sha256_hex(why, strlen(why), reading->scratch);
        return why;
    }
    both = braze_sha256_hex(reading->text, reading->len, reading->scratch);
    if (reading->key_text) {
        both = apr_pstrcat(reading->scratch, both,
                           braze_sha256_hex(reading->key_text, reading->key_len, reading->scratch),
                           NULL);
        both = braze_sha256_hex(both, strlen(both), reading->scratch);
    }
    reading->digest = both;
    return NULL;
}

static braze_err_t *parse_metadata(const braze_saml_idps_t **value, jit_reading_t *reading,
                                   apr_pool_t *pool)
{
    braze_log_t log = {source_log, reading};
    braze_saml_load_t load = {NULL, apr_time_now(), &log};
    braze_saml_anchor_t *anchor;
    braze_saml_idps_t *idps;
    braze_err_t *err = NULL;

    if (reading->key_text) {
        err =
            braze_saml_anchor_make(&anchor, reading->key_text, reading->key_len, reading->scratch);
        load.anchor = err ? NULL : anchor;
    }
    if (!err) {
        err = braze_saml_metadata_load(&idps, reading->text, reading->len, &load, pool);
    }
    if (!err) {
        *value = idps;
    }
    return err;
}

static braze_err_t *parse_certificate(const braze_saml_idps_t **value, const jit_reading_t *reading,
                                      apr_pool_t *pool)
{
    braze_saml_idps_t *idps = braze_saml_idps_make(pool);
    braze_saml_idp_t *idp;
    braze_err_t *err =
        braze_saml_idp_make(&idp, "urn:of-the-directive", NULL, reading->text, reading->len, pool);

    if (!err) {
        (void)braze_saml_idps_add(idps, idp);
        *value = idps;
    }
    return err;
}

braze_err_t *jit_reading_parse(const braze_saml_idps_t **value, jit_reading_t *reading,
                               apr_pool_t *pool)
{
    return !strcmp(reading->directive, JIT_SOURCE_CERTIFICATE)
               ? parse_certificate(value, reading, pool)
               : parse_metadata(value, reading, pool);
}
