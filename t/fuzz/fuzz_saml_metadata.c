/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as metadata and as a certificate file: taken with a key and a name, or refused with a
 * reason. */
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "src/saml/saml_int.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static apr_pool_t *program;

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    apr_array_header_t *idps = NULL;
    braze_saml_idp_t *idp;
    apr_pool_t *pool;
    braze_err_t *err;
    int i;

    if (!program) {
        apr_initialize();
        apr_pool_create(&program, NULL);
        if (braze_saml_init(program)) {
            abort();
        }
    }
    apr_pool_create(&pool, program);
    err = braze_saml_idp_load(&idps, (const char *)data, size, APR_INT64_C(1800000000000000), pool);
    if (err ? !err->tag || !err->detail : !idps->nelts) {
        abort();
    }
    for (i = 0; !err && i < idps->nelts; i++) {
        idp = APR_ARRAY_IDX(idps, i, braze_saml_idp_t *);
        if (!*idp->entity_id || !idp->keys->nelts) {
            abort();
        }
    }
    err = braze_saml_idp_make(&idp, "https://a", NULL, (const char *)data, size, pool);
    if (!err && !idp->keys->nelts) {
        abort();
    }
    apr_pool_destroy(pool);
    return 0;
}
