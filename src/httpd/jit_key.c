/* SPDX-License-Identifier: Apache-2.0 */
/* Our own key pairs: BrazeJitKey and BrazeJitCert, the first of each belong together, and so on. */
#include "jit_int.h"

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <http_core.h>

#define PAIRS_MAX 4 /* the one in use, the next, and some to spare */

static jit_own_t *key_own(cmd_parms *cmd, jit_conf_t *conf)
{
    if (!conf->own) {
        conf->own = apr_pcalloc(cmd->pool, sizeof(*conf->own));
        conf->own->keys = apr_array_make(cmd->pool, 2, sizeof(const char *));
        conf->own->certs = apr_array_make(cmd->pool, 2, sizeof(const char *));
        APR_ARRAY_PUSH(jit_server(cmd->server)->owns, jit_own_t *) = conf->own;
    }
    return conf->own;
}

static const char *key_add(const apr_array_header_t *files, cmd_parms *cmd, const char *arg)
{
    const char *file = ap_server_root_relative(cmd->pool, arg);

    if (!file) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name,
                           " takes the name of a PEM file; not one: ", arg, NULL);
    }
    if (files->nelts >= PAIRS_MAX) {
        return apr_psprintf(cmd->pool, "%s is taken at most %d times in a section", cmd->cmd->name,
                            PAIRS_MAX);
    }
    *(const char **)apr_array_push((apr_array_header_t *)files) = file;
    return NULL;
}

const char *jit_set_key(cmd_parms *cmd, void *dir, const char *arg)
{
    jit_conf_t *conf = dir;

    conf->own = key_own(cmd, conf);
    return key_add(conf->own->keys, cmd, arg);
}

const char *jit_set_cert(cmd_parms *cmd, void *dir, const char *arg)
{
    jit_conf_t *conf = dir;

    conf->own = key_own(cmd, conf);
    return key_add(conf->own->certs, cmd, arg);
}

static braze_err_t *key_err(const char *directive, const char *file, const char *why,
                            apr_pool_t *pool)
{
    braze_err_t *err =
        braze_err_new(HTTP_INTERNAL_SERVER_ERROR, "key_not_usable", "BRAZE-J0406",
                      "Signing in is not set up here yet. Tell the administrator.", pool);

    return braze_err_log(err, pool, "%s %s: %s", directive, file, why);
}

static braze_err_t *key_read(const char **text, apr_size_t *len, const char *directive,
                             const char *file, apr_pool_t *pool)
{
    apr_file_t *handle;
    apr_finfo_t info;
    char reason[120], *data;
    apr_status_t rv =
        apr_file_open(&handle, file, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_OS_DEFAULT, pool);

    if (rv == APR_SUCCESS) {
        rv = apr_file_info_get(&info, APR_FINFO_SIZE, handle);
    }
    if (rv != APR_SUCCESS) {
        return key_err(directive, file, apr_strerror(rv, reason, sizeof(reason)), pool);
    }
    if (info.size > BRAZE_SAML_MAX_PEM) {
        return key_err(directive, file, "the file is too large for a PEM file", pool);
    }
    data = apr_pcalloc(pool, (apr_size_t)info.size + 1);
    rv = apr_file_read_full(handle, data, (apr_size_t)info.size, len);
    apr_file_close(handle);
    if (rv != APR_SUCCESS && rv != APR_EOF) {
        return key_err(directive, file, apr_strerror(rv, reason, sizeof(reason)), pool);
    }
    *text = data;
    return NULL;
}

static braze_err_t *key_load(apr_array_header_t *pairs, const char *key, const char *cert,
                             apr_pool_t *pool)
{
    const char *key_text = NULL, *cert_text = NULL;
    apr_size_t key_len = 0, cert_len = 0;
    braze_saml_pair_t *pair;
    braze_err_t *err = key_read(&key_text, &key_len, "BrazeJitKey", key, pool);

    if (!err) {
        err = key_read(&cert_text, &cert_len, "BrazeJitCert", cert, pool);
    }
    if (err) {
        return err;
    }
    err = braze_saml_pair_make(&pair, key_text, key_len, cert_text, cert_len, pool);
    if (err) {
        return key_err("BrazeJitKey", apr_pstrcat(pool, key, " with BrazeJitCert ", cert, NULL),
                       err->detail, pool);
    }
    APR_ARRAY_PUSH(pairs, braze_saml_pair_t *) = pair;
    return NULL;
}

static braze_err_t *key_load_all(jit_own_t *own, apr_pool_t *pool)
{
    apr_array_header_t *pairs = apr_array_make(pool, 2, sizeof(braze_saml_pair_t *));
    braze_err_t *err = NULL;
    int i;

    if (own->keys->nelts > own->certs->nelts) {
        return key_err("BrazeJitKey", APR_ARRAY_IDX(own->keys, own->certs->nelts, const char *),
                       "its certificate is missing: BrazeJitCert stands as often as BrazeJitKey",
                       pool);
    }
    if (own->certs->nelts > own->keys->nelts) {
        return key_err("BrazeJitCert", APR_ARRAY_IDX(own->certs, own->keys->nelts, const char *),
                       "its key is missing: BrazeJitKey stands as often as BrazeJitCert", pool);
    }
    for (i = 0; !err && i < own->keys->nelts; i++) {
        err = key_load(pairs, APR_ARRAY_IDX(own->keys, i, const char *),
                       APR_ARRAY_IDX(own->certs, i, const char *), pool);
    }
    if (!err) {
        own->pairs = pairs;
    }
    return err;
}

int jit_key_check(apr_pool_t *pconf, server_rec *s)
{
    int generation = ap_state_query(AP_SQ_CONFIG_GEN), i;
    const server_rec *first = s;

    for (; s; s = s->next) {
        const apr_array_header_t *owns = jit_server(s)->owns;

        if (s != first && owns == jit_server((server_rec *)first)->owns) {
            continue; /* a virtual host without directives of its own shares the main server's */
        }
        for (i = 0; i < owns->nelts; i++) {
            braze_err_t *err = key_load_all(APR_ARRAY_IDX(owns, i, jit_own_t *), pconf);

            if (err) {
                ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, s, "%s",
                             braze_err_line(err, pconf));
            }
            if (err && generation == 0) {
                return HTTP_INTERNAL_SERVER_ERROR;
            }
            /* At a restart it must not take all that this server serves down: what needs the key
             * is refused until it is good. */
        }
    }
    return OK;
}

braze_err_t *jit_key_pairs(const apr_array_header_t **pairs, request_rec *r, const jit_conf_t *conf)
{
    *pairs = conf->own ? conf->own->pairs : NULL;
    if (!conf->own || *pairs) {
        return NULL;
    }
    return key_err("BrazeJitKey", APR_ARRAY_IDX(conf->own->keys, 0, const char *),
                   "it could not be used when httpd was restarted; the line of that time says why",
                   r->pool);
}

const apr_array_header_t *jit_key_decrypting(const jit_conf_t *conf)
{
    return conf->own ? conf->own->pairs : NULL;
}
