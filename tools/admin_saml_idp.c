/* SPDX-License-Identifier: Apache-2.0 */
/* The identity providers that saml-check judges by: metadata, a certificate, or what the company's
 * settings say, as the module chooses among them. */
#include <string.h>

#include <apr_strings.h>

#include "admin_saml.h"
#include "braze_saml_metadata.h"
#include "braze_saml_request.h"

/* ---- files ---- */

static braze_err_t *load_anchor(const braze_saml_anchor_t **anchor, const admin_saml_conf_t *conf,
                                apr_pool_t *pool)
{
    braze_saml_anchor_t *made = NULL;
    const char *pem, *file = conf->metadata_key;
    apr_size_t len;
    braze_err_t *err;

    *anchor = NULL;
    if (!file || strcmp(file, ADMIN_SAML_NO_KEY) == 0) {
        return NULL;
    }
    err = admin_saml_file(&pem, &len, file, "metadata key", BRAZE_SAML_MAX_PEM, pool);
    if (!err) {
        err = admin_about(braze_saml_anchor_make(&made, pem, len, pool), pool, "metadata key %s",
                          file);
    }
    *anchor = made;
    return err;
}

static braze_err_t *load_metadata(braze_saml_idps_t *all, const char *file, const char *only,
                                  const braze_saml_load_t *load, apr_pool_t *pool)
{
    braze_saml_idps_t *idps;
    const char *data;
    apr_size_t len;
    braze_err_t *err =
        admin_saml_file(&data, &len, file, "metadata", BRAZE_SAML_MAX_METADATA, pool);

    if (!err) {
        err = admin_about(braze_saml_metadata_load(&idps, data, len, load, pool), pool,
                          "metadata %s", file);
    }
    if (!err) {
        braze_saml_idps_join(all, idps, only);
    }
    return err;
}

static braze_err_t *add(braze_saml_idps_t *all, const char *entity_id, const char *pem,
                        apr_size_t len, const char *about, apr_pool_t *pool)
{
    braze_saml_idp_t *idp;
    braze_err_t *err =
        admin_about(braze_saml_idp_make(&idp, entity_id, NULL, pem, len, pool), pool, "%s", about);

    if (!err) {
        (void)braze_saml_idps_add(all, idp);
    }
    return err;
}

/* ---- the company's settings ---- */

/* The row that the settings pages and "jit idp" write. Which company it is says --company, else
 * BrazeCompany, else there is one only. */
static braze_err_t *read_company(admin_t *admin, const admin_saml_conf_t *conf)
{
    const char *name = admin_arg(admin, OPT_COMPANY), *driver, *params;
    braze_err_t *err = admin_db_where(&driver, &params, admin);

    if (err) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "no identity provider: give --metadata FILE, or -f with --location of a "
                          "section that names one, or say which database the settings are in that "
                          "do: %s",
                          admin_err_text(err, admin->pool));
    }
    err = admin_db_open(admin, 0);
    if (!err) {
        err = admin_database_err(braze_store_check(admin->db, admin->pool), admin, "schema");
    }
    return err ? err : admin_company_pick(admin, name ? name : conf->company);
}

static braze_err_t *load_company(braze_saml_idps_t *all, admin_t *admin,
                                 const admin_saml_conf_t *conf)
{
    const braze_company_t *company;
    const char *entity_id, *about;
    braze_err_t *err = read_company(admin, conf);

    if (err) {
        return err;
    }
    company = admin->company;
    entity_id = conf->idp_entity_id ? conf->idp_entity_id : company->idp_entity_id;
    about = apr_psprintf(admin->pool, "company \"%s\"", company->name);
    if (!company->certificate || !entity_id) {
        return admin_fail(admin->pool, ADMIN_NOT_FOUND,
                          "%s: its settings name no identity provider: braze-admin jit idp "
                          "--entity-id ID --certificate FILE, the settings page, or --metadata "
                          "FILE",
                          about);
    }
    admin_note(admin, "the identity provider is that of the settings of %s", about);
    return add(all, entity_id, company->certificate, strlen(company->certificate), about,
               admin->pool);
}

/* A certificate's entity ID may stand in the company's settings alone. */
static braze_err_t *load_certificate(braze_saml_idps_t *all, admin_t *admin,
                                     const admin_saml_conf_t *conf)
{
    const char *data, *entity_id = conf->idp_entity_id;
    apr_size_t len;
    braze_err_t *err = entity_id ? NULL : read_company(admin, conf);

    if (!err && !entity_id) {
        entity_id = admin->company->idp_entity_id;
    }
    if (err || !entity_id) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "certificate %s: whose is it? Set BrazeJitIdpEntityId",
                          conf->certificate);
    }
    err = admin_saml_file(&data, &len, conf->certificate, "certificate", BRAZE_SAML_MAX_PEM,
                          admin->pool);
    return err ? err
               : add(all, entity_id, data, len,
                     apr_psprintf(admin->pool, "certificate %s", conf->certificate), admin->pool);
}

/* ---- all of them ---- */

static braze_err_t *load_files(braze_saml_idps_t *all, const admin_saml_conf_t *conf, apr_time_t at,
                               apr_pool_t *pool)
{
    braze_saml_load_t load = {.now = at};
    braze_err_t *err = load_anchor(&load.anchor, conf, pool);
    int i;

    for (i = 0; !err && i < conf->metadata->nelts; i++) {
        err = load_metadata(all, APR_ARRAY_IDX(conf->metadata, i, const char *),
                            conf->idp_entity_id, &load, pool);
    }
    if (!err && conf->metadata->nelts && !braze_saml_idps_count(all)) {
        err = admin_fail(pool, ADMIN_NOT_FOUND,
                         "the metadata have no identity provider %s: see BrazeJitIdpEntityId",
                         conf->idp_entity_id);
    }
    return err;
}

braze_err_t *admin_saml_idps(braze_saml_idps_t **idps, admin_t *admin,
                             const admin_saml_conf_t *conf, apr_time_t at)
{
    braze_err_t *err;

    *idps = braze_saml_idps_make(admin->pool);
    if (!conf->metadata->nelts && !conf->certificate) {
        return load_company(*idps, admin, conf);
    }
    err = load_files(*idps, conf, at, admin->pool);
    if (!err && conf->certificate) {
        err = load_certificate(*idps, admin, conf);
    }
    return err;
}
