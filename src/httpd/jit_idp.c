/* SPDX-License-Identifier: Apache-2.0 */
/* The identity providers of a location: metadata files, a certificate, or what the company's
 * settings say. */
#include "jit_int.h"

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <http_core.h>

#define IDP_MAX_FILE (64 * 1024 * 1024) /* bytes; a federation's aggregate is tens of megabytes */

static braze_err_t *idp_file_err(const char *directive, const char *file, const char *why,
                                 apr_pool_t *pool)
{
    braze_err_t *err =
        braze_err_new(HTTP_INTERNAL_SERVER_ERROR, "idp_not_configured", "BRAZE-J0401",
                      "Signing in is not set up here yet. Tell the administrator.", pool);

    return braze_err_log(err, pool, "%s %s: %s", directive, file, why);
}

/* *version is of the very file that was read, whatever has its name by now. text lives in scratch.
 */
static braze_err_t *idp_read_file(const char **text, apr_size_t *len, apr_int64_t *version,
                                  const char *directive, const char *file, apr_pool_t *scratch)
{
    apr_file_t *handle;
    apr_finfo_t info;
    apr_status_t rv;
    char reason[120], *data;

    rv = apr_file_open(&handle, file, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_OS_DEFAULT, scratch);
    if (rv == APR_SUCCESS) {
        rv = apr_file_info_get(&info, APR_FINFO_SIZE | APR_FINFO_CTIME, handle);
    }
    if (rv != APR_SUCCESS) {
        return idp_file_err(directive, file, apr_strerror(rv, reason, sizeof(reason)), scratch);
    }
    if (info.size > IDP_MAX_FILE) {
        return idp_file_err(directive, file, "the file is over 64 MB", scratch);
    }
    data = apr_palloc(scratch, (apr_size_t)info.size + 1);
    rv = apr_file_read_full(handle, data, (apr_size_t)info.size, len);
    apr_file_close(handle);
    if (rv != APR_SUCCESS && rv != APR_EOF) {
        return idp_file_err(directive, file, apr_strerror(rv, reason, sizeof(reason)), scratch);
    }
    data[*len] = '\0';
    *text = data;
    *version = (apr_int64_t)info.ctime;
    return NULL;
}

typedef struct {
    const char *directive, *file;
    const char *entity_id, *target_url; /* with a certificate file */
    int is_certificate;
    apr_time_t now;
} idp_load_t;

static braze_err_t *idp_parse(apr_array_header_t **idps, const idp_load_t *load, const char *text,
                              apr_size_t len, apr_pool_t *pool)
{
    braze_saml_idp_t *idp;
    braze_err_t *err;

    if (!load->is_certificate) {
        return braze_saml_idp_load(idps, text, len, load->now, pool);
    }
    err = braze_saml_idp_make(&idp, load->entity_id, load->target_url, text, len, pool);
    if (!err) {
        *idps = apr_array_make(pool, 1, sizeof(braze_saml_idp_t *));
        APR_ARRAY_PUSH(*idps, braze_saml_idp_t *) = idp;
    }
    return err;
}

/* *value: apr_array_header_t of braze_saml_idp_t *. The file's text, megabytes maybe, is not kept.
 */
static braze_err_t *idp_load(void **value, apr_int64_t *version, void *baton, apr_pool_t *pool)
{
    idp_load_t *load = baton;
    apr_array_header_t *idps = NULL;
    const char *text = NULL;
    apr_size_t len = 0;
    apr_pool_t *scratch;
    braze_err_t *err;

    apr_pool_create(&scratch, pool);
    err = idp_read_file(&text, &len, version, load->directive, load->file, scratch);
    if (err) {
        return err; /* it lives in scratch, which goes with pool */
    }
    err = idp_parse(&idps, load, text, len, pool);
    apr_pool_destroy(scratch);
    if (err) {
        braze_err_t *named =
            idp_file_err(load->directive, load->file, err->log ? err->log : err->detail, pool);
        named->cause = err;
        return named;
    }
    *value = idps;
    return NULL;
}

static const char *idp_file_key(const char *file, const char *entity_id, const char *target_url,
                                apr_pool_t *pool)
{
    return apr_pstrcat(pool, file, "\n", entity_id, "\n", target_url, NULL);
}

/* The inode's change time only ever grows, also when an older file is moved or copied over this
 * one. */
static apr_int64_t idp_file_version(const char *file, apr_pool_t *pool)
{
    apr_finfo_t info;

    if (apr_stat(&info, file, APR_FINFO_CTIME, pool) != APR_SUCCESS) {
        return APR_INT64_MAX; /* newer than what is kept, so that its absence is noticed */
    }
    return (apr_int64_t)info.ctime;
}

/*
 * Metadata that was good when it was read goes out of date while it is kept: the judge refuses what
 * such an IdP says (idp_metadata_expired), and the operator is told. only: the one IdP that is
 * meant, or NULL.
 */
static void idp_add_all(apr_array_header_t *all, const apr_array_header_t *loaded, const char *only,
                        request_rec *r)
{
    int i;

    for (i = 0; i < loaded->nelts; i++) {
        braze_saml_idp_t *idp = APR_ARRAY_IDX(loaded, i, braze_saml_idp_t *);
        apr_time_t until = braze_saml_idp_valid_until(idp);

        if (only && strcmp(only, braze_saml_idp_entity_id(idp))) {
            continue;
        }
        if (until && until <= r->request_time) {
            ap_log_rerror(
                APLOG_MARK, APLOG_WARNING, 0, r,
                "BRAZE-J0402: the metadata of IdP %s has expired (validUntil): fetch it again",
                braze_saml_idp_entity_id(idp));
        }
        APR_ARRAY_PUSH(all, braze_saml_idp_t *) = idp;
    }
}

static braze_err_t *idp_add_file(apr_array_header_t *all, request_rec *r, idp_load_t *load,
                                 const char *only)
{
    apr_int64_t version = idp_file_version(load->file, r->pool);
    const void *value = NULL;
    const char *key = idp_file_key(load->file, load->entity_id, load->target_url, r->pool);
    braze_err_t *err, *kept;

    load->now = r->request_time;
    err = httpd_snapshot_get(&value, jit_server(r->server)->idps, r, key, version, idp_load, load);
    if (err) {
        /* The last good one is kept: a half-written file must not lock everybody out. */
        kept = httpd_snapshot_get(&value, jit_server(r->server)->idps, r, key, -1, idp_load, load);
        if (kept) {
            return err;
        }
        httpd_log_err(r, APLOG_WARNING, err);
    }
    idp_add_all(all, value, only, r);
    return NULL;
}

static braze_err_t *idp_load_company(void **value, apr_int64_t *version, void *baton,
                                     apr_pool_t *pool)
{
    const braze_company_t *company = baton;
    apr_array_header_t *idps = apr_array_make(pool, 1, sizeof(braze_saml_idp_t *));
    braze_saml_idp_t *idp;
    braze_err_t *err;

    err = braze_saml_idp_make(&idp, company->idp_entity_id, company->target_url,
                              company->certificate, strlen(company->certificate), pool);
    if (err) {
        return err;
    }
    APR_ARRAY_PUSH(idps, braze_saml_idp_t *) = idp;
    *value = idps;
    *version = company->version;
    return NULL;
}

static braze_err_t *idp_of_company(apr_array_header_t *all, request_rec *r,
                                   const braze_company_t *company)
{
    const void *value = NULL;
    const char *key;
    braze_err_t *err;

    if (!company->certificate || !company->idp_entity_id) {
        return NULL;
    }
    key = apr_pstrcat(r->pool, "company\n", company->id, NULL);
    err = httpd_snapshot_get(&value, jit_server(r->server)->idps, r, key, company->version,
                             idp_load_company, (void *)company);
    if (!err) {
        idp_add_all(all, value, NULL, r);
    }
    return err;
}

static braze_err_t *idp_of_location(apr_array_header_t *all, request_rec *r, const jit_conf_t *conf)
{
    braze_err_t *err = NULL;
    int i;

    for (i = 0; !err && conf->metadata && i < conf->metadata->nelts; i++) {
        idp_load_t load = {
            "BrazeJitIdpMetadata", APR_ARRAY_IDX(conf->metadata, i, const char *), "", "", 0, 0};
        err = idp_add_file(all, r, &load, conf->idp_entity_id);
    }
    if (!err && conf->certificate) {
        idp_load_t load = {
            "BrazeJitCertificate", conf->certificate, conf->idp_entity_id, conf->target_url, 1, 0};
        if (!load.entity_id) {
            return idp_file_err("BrazeJitCertificate", conf->certificate,
                                "BrazeJitIdpEntityId must name the IdP whose certificate it is",
                                r->pool);
        }
        err = idp_add_file(all, r, &load, NULL);
    }
    return err;
}

braze_err_t *jit_idp_list(const apr_array_header_t **idps, request_rec *r, const jit_conf_t *conf,
                          const httpd_company_t *company, int only_company)
{
    apr_array_header_t *all = apr_array_make(r->pool, 2, sizeof(braze_saml_idp_t *));
    braze_err_t *err;

    /* A section that names IdPs means these, also when their metadata have expired. */
    if (!only_company && (conf->metadata || conf->certificate)) {
        err = idp_of_location(all, r, conf);
    } else {
        err = idp_of_company(all, r, company->company);
    }
    if (!err && all->nelts == 0) {
        err =
            idp_file_err("BrazeJitIdpMetadata", "(not set)",
                         "no identity provider: set BrazeJitIdpMetadata, or "
                         "BrazeJitCertificate with BrazeJitIdpEntityId, or run braze-admin jit idp",
                         r->pool);
    }
    *idps = all;
    return err;
}

static braze_err_t *idp_check_one(jit_idp_file_t *entry, apr_pool_t *pool)
{
    idp_load_t load = {entry->directive,
                       entry->file,
                       "urn:start-up-check",
                       NULL,
                       !strcmp(entry->directive, "BrazeJitCertificate"),
                       apr_time_now()};

    entry->value = NULL;
    return idp_load(&entry->value, &entry->version, &load, pool);
}

int jit_idp_check(apr_pool_t *pconf, server_rec *s)
{
    int generation = ap_state_query(AP_SQ_CONFIG_GEN);

    for (; s; s = s->next) {
        const apr_array_header_t *files = jit_server(s)->idp_files;
        int i;

        for (i = 0; i < files->nelts; i++) {
            braze_err_t *err = idp_check_one(&APR_ARRAY_IDX(files, i, jit_idp_file_t), pconf);

            if (err) {
                ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, s, "%s",
                             braze_err_line(err, pconf));
            }
            if (err && generation == 0) {
                return HTTP_INTERNAL_SERVER_ERROR;
            }
            /* At a restart it must not take all that this server serves down: nobody signs in there
             * until it is good. */
        }
    }
    return OK;
}

void jit_idp_child_init(server_rec *first)
{
    server_rec *from, *to;

    for (from = first; from; from = from->next) {
        const apr_array_header_t *files = jit_server(from)->idp_files;
        int i;

        for (i = 0; i < files->nelts; i++) {
            const jit_idp_file_t *entry = &APR_ARRAY_IDX(files, i, jit_idp_file_t);
            const char *key = idp_file_key(entry->file, "", "", from->process->pool);

            /* A certificate means nothing without its IdP's name, which another line has. */
            for (to = first; entry->value && !strcmp(entry->directive, "BrazeJitIdpMetadata") && to;
                 to = to->next) {
                httpd_snapshot_put(jit_server(to)->idps, key, entry->version, entry->value);
            }
        }
    }
}
