/* SPDX-License-Identifier: Apache-2.0 */
/* Changes that settings pages make: each in one transaction with its audit row. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "braze_store_settings.h"
#include "store_int.h"

typedef struct {
    braze_company_t *company;
    apr_int64_t version; /* as it was before the first attempt */
    const braze_event_t *event;
} company_change_t;

static braze_err_t *company_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    company_change_t *change = baton;
    braze_err_t *err;

    (void)commit;
    change->company->version = change->version;
    err = braze_store_company_update(db, change->company, pool);
    return err ? err : braze_store_event_add(db, change->event, pool);
}

braze_err_t *braze_store_company_change(braze_db_t *db, braze_company_t *company,
                                        const braze_event_t *event, apr_pool_t *pool)
{
    company_change_t change = {company, company->version, event};

    return store_transact(db, company_body, &change, pool);
}

/* ---- tokens ---- */

typedef struct {
    const braze_token_make_t *make;
    const char *secret;
    int done;
} token_make_t;

static braze_err_t *token_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    token_make_t *call = baton;
    const braze_token_make_t *make = call->make;
    const char *company_id = make->token->company_id;
    braze_event_t event;
    braze_err_t *err =
        store_write(&call->done, db, ST_REPLAY_ADD,
                    ARGS(company_id, make->form_key, MS(make->form_until), make->form_key), pool);

    if (err || !call->done) {
        *commit = 0;
        return err;
    }
    err = braze_store_token_add(&call->secret, db, make->token, make->now, pool);
    if (!err && make->replaces) {
        err = braze_store_token_delete(db, company_id, make->replaces, pool);
    }
    if (err) {
        return err;
    }
    /* The row has its id only now. */
    event = *make->event;
    event.detail = apr_pstrcat(pool, "token ", make->token->id, " ", event.detail, NULL);
    return braze_store_event_add(db, &event, pool);
}

braze_err_t *braze_store_token_make(int *done, const char **secret, braze_db_t *db,
                                    const braze_token_make_t *make, apr_pool_t *pool)
{
    token_make_t call = {make, NULL, 0};
    braze_err_t *err = store_transact(db, token_body, &call, pool);

    *done = !err && call.done;
    *secret = *done ? call.secret : NULL;
    return err;
}

typedef struct {
    const char *company_id, *id;
    const braze_event_t *event;
} token_end_t;

static braze_err_t *end_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    const token_end_t *end = baton;
    braze_err_t *err = braze_store_token_delete(db, end->company_id, end->id, pool);

    (void)commit;
    return err ? err : braze_store_event_add(db, end->event, pool);
}

braze_err_t *braze_store_token_end(braze_db_t *db, const char *company_id, const char *id,
                                   const braze_event_t *event, apr_pool_t *pool)
{
    token_end_t end = {company_id, id, event};

    return store_transact(db, end_body, &end, pool);
}

/* ---- domains ---- */

static braze_err_t *some_domains(apr_array_header_t **domains, braze_db_t *db, store_statement_t id,
                                 const char *company_id, int limit, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, id, ARGS(company_id, INT(limit)), pool);

    *domains = apr_array_make(pool, 8, sizeof(const char *));
    while (!err && store_next(&rows)) {
        APR_ARRAY_PUSH(*domains, const char *) = store_text(&rows, 0);
    }
    return err;
}

braze_err_t *braze_store_domain_some(apr_array_header_t **confirmed, braze_db_t *db,
                                     const char *company_id, int limit, apr_pool_t *pool)
{
    return some_domains(confirmed, db, ST_DOMAIN_SOME, company_id, limit, pool);
}

braze_err_t *braze_store_domain_excepted(apr_array_header_t **excepted, braze_db_t *db,
                                         const char *company_id, int limit, apr_pool_t *pool)
{
    return some_domains(excepted, db, ST_DOMAIN_EXCEPTED_SOME, company_id, limit, pool);
}
