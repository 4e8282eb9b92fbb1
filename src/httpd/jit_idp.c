/* SPDX-License-Identifier: Apache-2.0 */
/* The identity providers of a location: metadata files, a certificate, or what the company's
 * settings say. */
#include "jit_int.h"

#include <apr_strings.h>
#include <http_core.h>

#include "braze_key.h"

static const char *idp_key_file(const jit_conf_t *conf)
{
    return conf->metadata_key && *conf->metadata_key ? conf->metadata_key : NULL;
}

static braze_err_t *idp_load_company(void **value, apr_int64_t *version, void *baton,
                                     apr_pool_t *pool)
{
    const braze_company_t *company = baton;
    braze_saml_idps_t *idps = braze_saml_idps_make(pool);
    braze_saml_idp_t *idp;
    braze_err_t *err;

    err = braze_saml_idp_make(&idp, company->idp_entity_id, company->target_url,
                              company->certificate, strlen(company->certificate), pool);
    if (err) {
        return err;
    }
    (void)braze_saml_idps_add(idps, idp);
    *value = idps;
    *version = company->version;
    return NULL;
}

/* conf (or NULL): what of the settings a directive has fixed. */
static braze_err_t *idp_of_company(braze_saml_idps_t *all, request_rec *r, const jit_conf_t *conf,
                                   const braze_company_t *company)
{
    braze_company_t shown = *company;
    const void *value = NULL;
    const char *key;
    braze_err_t *err;

    if (conf && conf->idp_entity_id) {
        shown.idp_entity_id = conf->idp_entity_id;
    }
    if (conf && conf->target_url) {
        shown.target_url = conf->target_url;
    }
    if (!shown.certificate || !shown.idp_entity_id) {
        return NULL;
    }
    key = apr_pstrcat(r->pool, "company\n", company->id, "\n",
                      conf && conf->idp_entity_id ? conf->idp_entity_id : "", "\n",
                      conf && conf->target_url ? conf->target_url : "", NULL);
    err = httpd_snapshot_get(&value, jit_server(r->server)->idps, r, key, company->version,
                             idp_load_company, &shown);
    if (!err) {
        braze_saml_idps_join(all, value, NULL);
    }
    return err;
}

/* What no directive says of it, the company's settings do. */
static braze_err_t *idp_of_certificate(braze_saml_idps_t *all, request_rec *r,
                                       const jit_conf_t *conf, const braze_company_t *company)
{
    const char *entity_id = conf->idp_entity_id ? conf->idp_entity_id : company->idp_entity_id;
    const char *target_url = conf->target_url ? conf->target_url : company->target_url;
    const braze_saml_idps_t *unnamed;
    braze_saml_idp_t *idp;
    braze_err_t *err;

    if (!entity_id) {
        return jit_source_err(JIT_SOURCE_CERTIFICATE, conf->certificate,
                              "BrazeJitIdpEntityId must name the IdP whose certificate it is",
                              r->pool);
    }
    err = jit_source_get(&unnamed, r, JIT_SOURCE_CERTIFICATE, conf->certificate, NULL);
    if (!err) {
        err = braze_saml_idp_like(&idp, braze_saml_idps_nth(unnamed, 0), entity_id, target_url,
                                  r->pool);
    }
    if (!err) {
        (void)braze_saml_idps_add(all, idp);
    }
    return err;
}

/* A file that cannot be used takes its own IdPs away and no others; the log has it since it was
 * read. */
static braze_err_t *idp_of_location(braze_saml_idps_t *all, request_rec *r, const jit_conf_t *conf,
                                    const braze_company_t *company)
{
    braze_err_t *err = NULL, *one;
    int i;

    for (i = 0; conf->metadata && i < conf->metadata->nelts; i++) {
        const braze_saml_idps_t *idps;

        one = jit_source_get(&idps, r, JIT_SOURCE_METADATA,
                             APR_ARRAY_IDX(conf->metadata, i, const char *), idp_key_file(conf));
        if (!one) {
            braze_saml_idps_join(all, idps, conf->idp_entity_id);
        }
        err = err ? err : one;
    }
    if (conf->certificate) {
        one = idp_of_certificate(all, r, conf, company);
        err = err ? err : one;
    }
    return braze_saml_idps_count(all) ? NULL : err;
}

braze_err_t *jit_idp_list(const braze_saml_idps_t **idps, request_rec *r, const jit_conf_t *conf,
                          const httpd_company_t *company, int only_company)
{
    braze_saml_idps_t *all = braze_saml_idps_make(r->pool);
    braze_err_t *err;

    /* A section that names IdPs means these, also when their metadata have expired. */
    if (!only_company && (conf->metadata || conf->certificate)) {
        err = idp_of_location(all, r, conf, company->company);
    } else {
        err = idp_of_company(all, r, only_company ? NULL : conf, company->company);
    }
    if (!err && braze_saml_idps_count(all) == 0) {
        err = jit_source_err(
            JIT_SOURCE_METADATA, "(not set)",
            "no identity provider: set BrazeJitIdpMetadata, or "
            "BrazeJitCertificate with BrazeJitIdpEntityId, or run braze-admin jit idp",
            r->pool);
    }
    *idps = all;
    return err;
}

/* Of the section itself, else of its server: what lies between is met at the first request. */
static const char *idp_key_at_start(const jit_idp_file_t *entry, server_rec *s)
{
    const jit_conf_t *of_server = ap_get_module_config(s->lookup_defaults, &braze_jit_module);

    if (strcmp(entry->directive, JIT_SOURCE_METADATA) != 0) {
        return NULL;
    }
    return idp_key_file(entry->section->metadata_key ? entry->section : of_server);
}

int jit_idp_check(apr_pool_t *pconf, server_rec *first)
{
    jit_sources_t *sources = jit_sources_make(pconf, first);
    int generation = ap_state_query(AP_SQ_CONFIG_GEN), i;
    server_rec *s;

    for (s = first; s; s = s->next) {
        const apr_array_header_t *files = jit_server(s)->idp_files;

        jit_server(s)->sources = sources;
        for (i = 0; i < files->nelts; i++) {
            const jit_idp_file_t *entry = &APR_ARRAY_IDX(files, i, jit_idp_file_t);
            braze_err_t *err =
                jit_source_read(sources, entry->directive, entry->file, idp_key_at_start(entry, s));

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

/* ---- directives ---- */

const char *jit_set_metadata_key(cmd_parms *cmd, void *dir, const char *arg)
{
    jit_conf_t *conf = dir;

    if (!ap_cstr_casecmp(arg, "none")) {
        conf->metadata_key = "";
        return NULL;
    }
    conf->metadata_key = ap_server_root_relative(cmd->pool, arg);
    return conf->metadata_key ? NULL
                              : "BrazeJitIdpMetadataKey takes the name of a PEM file, or none";
}

const char *jit_set_idp_domain(cmd_parms *cmd, void *dir, const char *idp, const char *arg)
{
    jit_conf_t *conf = dir;
    const char *domain;
    braze_err_t *err = braze_key_bare_domain(&domain, arg, cmd->pool);

    if (err) {
        return apr_pstrcat(cmd->pool, "BrazeJitIdpDomain \"", arg, "\": ", err->detail, NULL);
    }
    if (!conf->idp_domains) {
        conf->idp_domains = apr_table_make(cmd->pool, 4);
    }
    if (apr_table_get(conf->idp_domains, domain)) {
        return apr_pstrcat(cmd->pool, "BrazeJitIdpDomain names the domain ", domain,
                           " twice: it takes an IdP's entity ID and domains that are only its own",
                           NULL);
    }
    apr_table_setn(conf->idp_domains, domain, idp);
    return NULL;
}
