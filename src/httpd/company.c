/* SPDX-License-Identifier: Apache-2.0 */
/* The company that a location names, with the catalogue of what its permissions can name. */
#include "httpd_int.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "braze_shown.h"

#define MEMO_MAX                                                                                   \
    1000 /* different permission texts kept a snapshot; further ones are computed each time */

typedef struct {
    const char *text;
    const braze_grants_t *grants;
} kept_grants_t;

struct httpd_grants_memo_t {
    apr_pool_t *pool; /* the snapshot's; used with the lock held only */
    apr_thread_mutex_t *mutex;
    apr_hash_t *by_text;       /* of kept_grants_t */
    const kept_grants_t *last; /* most people have what most people have; or NULL */
};

static httpd_grants_memo_t *memo_make(apr_pool_t *pool)
{
    httpd_grants_memo_t *memo = apr_pcalloc(pool, sizeof(*memo));

    memo->pool = pool;
    memo->by_text = apr_hash_make(pool);
    if (apr_thread_mutex_create(&memo->mutex, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS) {
        return NULL;
    }
    return memo;
}

typedef struct {
    request_rec *r;
    const char *name; /* as a directive has it, or NULL: */
    const char *id;   /* as a cookie or an API key has it */
} company_load_t;

static braze_err_t *company_missing(const char *name, apr_pool_t *pool)
{
    braze_err_t *err =
        braze_err_new(HTTP_INTERNAL_SERVER_ERROR, "company_unknown", "BRAZE-0150",
                      "This service is not set up yet. Tell its administrator.", pool);

    if (!name) {
        return braze_err_log(err, pool, "the company is not in the database any more");
    }
    return braze_err_log(err, pool,
                         "BrazeCompany \"%s\": there is no such company in the database; make it "
                         "with: braze-admin company add \"%s\"",
                         name, name);
}

/* The row as it is now. */
static braze_err_t *company_read(braze_company_t **company, braze_db_t **db,
                                 const company_load_t *load, apr_pool_t *pool)
{
    braze_err_t *err = httpd_db_open(db, load->r);

    *company = NULL;
    if (!err) {
        err = load->name ? braze_store_company_find(company, *db, load->name, pool)
                         : braze_store_company_get(company, *db, load->id, pool);
    }
    if (!err && !*company) {
        err = company_missing(load->name, pool);
    }
    return err;
}

static braze_err_t *company_load(void **value, apr_int64_t *version, void *baton, apr_pool_t *pool)
{
    httpd_company_t *loaded = apr_pcalloc(pool, sizeof(*loaded));
    braze_company_t *company;
    braze_catalog_t *catalog = NULL;
    braze_db_t *db = NULL;
    braze_err_t *err = company_read(&company, &db, baton, pool);

    if (!err) {
        /* The catalogue is read after the company: it is at least as new as the version it is kept
         * under. */
        err = braze_store_catalog_load(&catalog, db, company->id, pool);
    }
    if (err) {
        return err;
    }
    loaded->company = company;
    loaded->name_shown = braze_shown_text(company->name, pool);
    loaded->catalog = catalog;
    loaded->memo = memo_make(pool);
    catalog->shown[0] = braze_memo_make(MEMO_MAX, pool);
    catalog->shown[1] = braze_memo_make(MEMO_MAX, pool);
    *value = loaded;
    *version = company->version;
    return NULL;
}

/*
 * Ids are kept under "\n<id>", which is no name. Only companies that exist are kept, so that
 * made-up ids do not fill the memory.
 */
static const char *company_key(const char *name, const char *id, apr_pool_t *pool)
{
    return name ? name : apr_pstrcat(pool, "\n", id, NULL);
}

static braze_err_t *company_get(const httpd_company_t **company, httpd_snapshots_t *all,
                                company_load_t *load, apr_int64_t version)
{
    const char *key = company_key(load->name, load->id, load->r->pool);
    braze_company_t *now = NULL;
    const void *value = NULL;
    braze_db_t *db;
    braze_err_t *err = NULL;

    *company = NULL;
    if (version == HTTPD_COMPANY_NOW) {
        err = company_read(&now, &db, load, load->r->pool);
        version = err ? version : now->version;
    }
    if (!err) {
        err = httpd_snapshot_get(&value, all, load->r, key, version, company_load, load);
    }
    if (!err && now && strcmp(((const httpd_company_t *)value)->company->id, now->id)) {
        /* Another company has the name now; versions of two companies do not compare. */
        err = httpd_snapshot_get(&value, all, load->r, key, APR_INT64_MAX, company_load, load);
    }
    *company = value;
    return err;
}

braze_err_t *httpd_company_get(const httpd_company_t **company, httpd_snapshots_t *all,
                               request_rec *r, const char *name, apr_int64_t version)
{
    company_load_t load = {r, name, NULL};

    return company_get(company, all, &load, version);
}

braze_err_t *httpd_company_get_id(const httpd_company_t **company, httpd_snapshots_t *all,
                                  request_rec *r, const char *id, apr_int64_t version)
{
    company_load_t load = {r, NULL, id};
    braze_err_t *err = company_get(company, all, &load, version);

    return err && err->code && !strcmp(err->code, "company_unknown") ? NULL : err;
}

int httpd_company_hold(const httpd_company_t *company, httpd_snapshots_t *all, const char *name,
                       apr_pool_t *pool)
{
    const void *held = NULL;

    return httpd_snapshot_hold(&held, all, company_key(name, company->company->id, pool), pool) &&
           held == company;
}

/* Called with the lock held. */
static const braze_grants_t *memo_get(httpd_grants_memo_t *memo, const char *permissions)
{
    if (!memo->last || strcmp(memo->last->text, permissions) != 0) {
        memo->last = apr_hash_get(memo->by_text, permissions, APR_HASH_KEY_STRING);
    }
    return memo->last ? memo->last->grants : NULL;
}

/* Called with the lock held. An error is not kept, and lives in the caller's pool. */
static braze_err_t *memo_compute(const braze_grants_t **grants, const httpd_company_t *company,
                                 const char *permissions, apr_pool_t *pool)
{
    httpd_grants_memo_t *memo = company->memo;
    int keep = apr_hash_count(memo->by_text) < MEMO_MAX;
    braze_grants_t *computed = NULL;
    braze_err_t *err = braze_grants_compute(&computed, permissions, company->catalog, pool);
    kept_grants_t *kept;

    if (!err && keep) {
        permissions = apr_pstrdup(memo->pool, permissions);
        err = braze_grants_compute(&computed, permissions, company->catalog, memo->pool);
        if (!err) {
            kept = apr_palloc(memo->pool, sizeof(*kept));
            kept->text = permissions;
            kept->grants = computed;
            apr_hash_set(memo->by_text, permissions, APR_HASH_KEY_STRING, kept);
        }
    }
    *grants = computed;
    return err;
}

braze_err_t *httpd_company_grants(const braze_grants_t **grants, const httpd_company_t *company,
                                  const char *permissions, apr_pool_t *pool)
{
    httpd_grants_memo_t *memo = company->memo;
    braze_grants_t *computed = NULL;
    braze_err_t *err = NULL;

    if (!memo) {
        err = braze_grants_compute(&computed, permissions, company->catalog, pool);
        *grants = computed;
        return err;
    }
    apr_thread_mutex_lock(memo->mutex);
    *grants = memo_get(memo, permissions);
    if (!*grants) {
        err = memo_compute(grants, company, permissions, pool);
    }
    apr_thread_mutex_unlock(memo->mutex);
    return err;
}
