/* SPDX-License-Identifier: Apache-2.0 */
/* What the last secret on a connection came to: a client keeps its connection and sends the same
 * one again, and its digest is a good part of what a small answer costs. */
#include "httpd_int.h"

#include <apr_strings.h>

#include "braze_id.h"

typedef struct {
    char secret[BRAZE_SECRET_LEN + 1], hash[BRAZE_SHA256_HEX + 1];
    int again; /* it has come more than once */
    void *with;
} known_t;

const char *httpd_known_hash(request_rec *r, const module *of, const char *secret)
{
    known_t *known = ap_get_module_config(r->connection->conn_config, of);

    if (!known || !braze_secret_equal(known->secret, secret)) {
        return NULL;
    }
    known->again = 1;
    return apr_pstrmemdup(r->pool, known->hash, BRAZE_SHA256_HEX);
}

void **httpd_known_with(const request_rec *r, const module *of)
{
    known_t *known = ap_get_module_config(r->connection->conn_config, of);

    return known && known->again ? &known->with : NULL;
}

void httpd_known_put(const request_rec *r, const module *of, const char *secret, const char *hash)
{
    conn_rec *c = r->connection;
    known_t *known = ap_get_module_config(c->conn_config, of);

    if (strlen(secret) != BRAZE_SECRET_LEN) {
        return; /* none of ours */
    }
    if (!known) {
        known = apr_pcalloc(c->pool, sizeof(*known));
        ap_set_module_config(c->conn_config, of, known);
    }
    apr_cpystrn(known->secret, secret, sizeof(known->secret));
    apr_cpystrn(known->hash, hash, sizeof(known->hash));
    known->again = 0;
}
