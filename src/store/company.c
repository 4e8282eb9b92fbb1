/* SPDX-License-Identifier: Apache-2.0 */
/* Companies, and the domains that their people may come from. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "braze_key.h"
#include "store_int.h"

static braze_company_t *read_company(const store_rows_t *rows, apr_pool_t *pool)
{
    braze_company_t *company = apr_pcalloc(pool, sizeof(*company));
    int column = 0;

    company->id = store_text(rows, column++);
    company->name = store_text(rows, column++);
    company->google_sign_in = store_int(rows, column++) != 0;
    company->provisioning = store_int(rows, column++) != 0;
    company->default_workspace_id = store_text(rows, column++);
    company->default_permission_set_id = store_text(rows, column++);
    company->saml_name = store_text(rows, column++);
    company->target_url = store_text(rows, column++);
    company->idp_entity_id = store_text(rows, column++);
    company->certificate = store_text(rows, column++);
    company->version = store_int(rows, column);
    return company;
}

static braze_err_t *find_one(braze_company_t **company, braze_db_t *db, store_statement_t id,
                             const char *key, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, id, ARGS(key), pool);

    *company = NULL;
    if (!err && store_next(&rows)) {
        *company = read_company(&rows, pool);
    }
    return err;
}

braze_err_t *braze_store_company_find(braze_company_t **company, braze_db_t *db, const char *name,
                                      apr_pool_t *pool)
{
    const char *key;

    *company = NULL;
    /* What cannot be a name is nobody's. */
    if (braze_key_fold(&key, name, strlen(name), pool)) {
        return NULL;
    }
    return find_one(company, db, ST_COMPANY_FIND, key, pool);
}

braze_err_t *braze_store_company_get(braze_company_t **company, braze_db_t *db, const char *id,
                                     apr_pool_t *pool)
{
    return find_one(company, db, ST_COMPANY_GET, id, pool);
}

braze_err_t *braze_store_company_list(apr_array_header_t **companies, braze_db_t *db,
                                      apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_COMPANY_LIST, NO_ARGS, pool);

    *companies = apr_array_make(pool, 8, sizeof(braze_company_t *));
    while (!err && store_next(&rows)) {
        APR_ARRAY_PUSH(*companies, braze_company_t *) = read_company(&rows, pool);
    }
    return err;
}

braze_err_t *braze_store_company_add(braze_db_t *db, braze_company_t *company, apr_pool_t *pool)
{
    const char *key;
    int added = 0;
    braze_err_t *err = braze_key_fold(&key, company->name, strlen(company->name), pool);

    if (err) {
        return err;
    }
    if (!company->id) {
        company->id = braze_id_new(apr_time_now(), pool);
    }
    err = store_write(&added, db, ST_COMPANY_ADD,
                      ARGS(company->id, company->name, key, INT(company->google_sign_in != 0),
                           INT(company->provisioning != 0), company->default_workspace_id,
                           company->default_permission_set_id, company->saml_name,
                           company->target_url, company->idp_entity_id, company->certificate),
                      pool);
    if (err) {
        return db->fault == FAULT_FOREIGN ? store_dangling("The company", pool) : err;
    }
    if (!added) {
        return store_taken("The company's name", pool);
    }
    company->version = 1;
    return NULL;
}

/* Nothing was written: the name is another's, or the row is not the one that was read. */
static braze_err_t *why_not_updated(braze_db_t *db, const braze_company_t *company,
                                    apr_pool_t *pool)
{
    braze_company_t *now;
    braze_err_t *err = braze_store_company_get(&now, db, company->id, pool);

    if (err) {
        return err;
    }
    if (!now) {
        return store_missing("Company", pool);
    }
    if (now->version == company->version) {
        return store_taken("The company's name", pool);
    }
    return braze_err_new(409, NULL, "BRAZE-0113",
                         "The company's settings were changed meanwhile. Look again and repeat.",
                         pool);
}

braze_err_t *braze_store_company_update(braze_db_t *db, braze_company_t *company, apr_pool_t *pool)
{
    const char *key;
    int changed = 0;
    braze_err_t *err = braze_key_fold(&key, company->name, strlen(company->name), pool);

    if (err) {
        return err;
    }
    err = store_write(&changed, db, ST_COMPANY_UPDATE,
                      ARGS(company->name, key, INT(company->google_sign_in != 0),
                           INT(company->provisioning != 0), company->default_workspace_id,
                           company->default_permission_set_id, company->saml_name,
                           company->target_url, company->idp_entity_id, company->certificate,
                           company->id, INT(company->version)),
                      pool);
    if (err) {
        return db->fault == FAULT_FOREIGN ? store_dangling("The company", pool) : err;
    }
    if (!changed) {
        return why_not_updated(db, company, pool);
    }
    company->version++;
    return NULL;
}

/* ---- domains ---- */

braze_err_t *braze_store_domain_known(int *known, braze_db_t *db, const char *company_id,
                                      const char *domain, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_DOMAIN_KNOWN, ARGS(company_id, domain), pool);

    *known = !err && store_next(&rows) && store_int(&rows, 0) == 1;
    return err;
}

braze_err_t *braze_store_domain_allow(braze_db_t *db, const char *company_id, const char *domain,
                                      int allow, apr_pool_t *pool)
{
    braze_err_t *err = store_write(NULL, db, allow ? ST_DOMAIN_ALLOW : ST_DOMAIN_FORBID,
                                   ARGS(company_id, domain), pool);

    return err && db->fault == FAULT_FOREIGN ? store_missing("Company", pool) : err;
}

static braze_err_t *list_domains(apr_array_header_t **domains, braze_db_t *db, store_statement_t id,
                                 const char *company_id, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, id, ARGS(company_id), pool);

    *domains = apr_array_make(pool, 8, sizeof(const char *));
    while (!err && store_next(&rows)) {
        APR_ARRAY_PUSH(*domains, const char *) = store_text(&rows, 0);
    }
    return err;
}

braze_err_t *braze_store_domain_list(apr_array_header_t **excepted, apr_array_header_t **confirmed,
                                     braze_db_t *db, const char *company_id, apr_pool_t *pool)
{
    braze_err_t *err = list_domains(excepted, db, ST_DOMAIN_EXCEPTED, company_id, pool);

    return err ? err : list_domains(confirmed, db, ST_DOMAIN_CONFIRMED, company_id, pool);
}
