/* SPDX-License-Identifier: Apache-2.0 */
/* Outstanding requests to identity providers. That one is used is part of a login: sign_in.c. */
#include "store_int.h"

braze_err_t *braze_store_saml_request_add(braze_db_t *db, const braze_saml_request_t *request,
                                          apr_pool_t *pool)
{
    return store_write(NULL, db, ST_SAML_REQUEST_ADD,
                       ARGS(request->company_id, request->request_hash, request->browser_hash,
                            request->idp, request->return_to, MS(request->created_at),
                            MS(request->expires_at)),
                       pool);
}

braze_err_t *braze_store_saml_request_find(braze_saml_request_t **request, braze_db_t *db,
                                           const char *company_id, const char *request_hash,
                                           apr_pool_t *pool)
{
    braze_saml_request_t *found;
    store_rows_t rows;
    braze_err_t *err =
        store_select(&rows, db, ST_SAML_REQUEST_FIND, ARGS(company_id, request_hash), pool);

    *request = NULL;
    if (err || !store_next(&rows)) {
        return err;
    }
    found = apr_pcalloc(pool, sizeof(*found));
    found->company_id = company_id;
    found->request_hash = request_hash;
    found->browser_hash = store_text(&rows, 0);
    found->idp = store_text(&rows, 1);
    found->return_to = store_text(&rows, 2);
    found->created_at = store_time(&rows, 3);
    found->expires_at = store_time(&rows, 4);
    found->used = store_int(&rows, 5) != 0;
    *request = found;
    return NULL;
}
