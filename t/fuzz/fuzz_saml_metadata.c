/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as metadata, to be signed and not, and as a certificate file: taken with a key and a name,
 * or refused with a reason. Files of the corpus are signed by the key below. */
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "braze_saml_metadata.h"
#include "src/saml/saml_int.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char registrar[] = "-----BEGIN PUBLIC KEY-----\n"
                                "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1t7lHlxebWH2EMghLpJ7S41YNHLp\n"
                                "uA8OxPWbSFBKKUmMEIjBxaob3AeKIk1ldqDHNGBbZ7fuG/xJ86JYlBKigA==\n"
                                "-----END PUBLIC KEY-----\n";

#define NOW APR_INT64_C(1800000000000000)
static apr_pool_t *program;
static braze_saml_anchor_t *anchor;

/* Keys are released with the pool: what looks for leaks at the end does not see into it. */
static void stop(void)
{
    apr_pool_destroy(program);
}

static void set_up(void)
{
    apr_initialize();
    apr_pool_create(&program, NULL);
    if (braze_saml_init(program) ||
        braze_saml_anchor_make(&anchor, registrar, sizeof(registrar) - 1, program)) {
        abort();
    }
    atexit(stop); /* before OpenSSL's own */
}

/* Whatever is taken can be found again, asked for its name, and has a key. */
static void look_at(const braze_saml_idps_t *idps)
{
    int i;

    for (i = 0; i < braze_saml_idps_count(idps); i++) {
        const braze_saml_idp_t *idp = braze_saml_idps_nth(idps, i);
        const char *name = braze_saml_idp_name(idp, "de");

        if (!*idp->entity_id || !idp->keys->nelts || (name && !*name) ||
            braze_saml_idps_find(idps, idp->entity_id) != idp || !braze_saml_idp_matches(idp, "")) {
            abort();
        }
    }
}

/* 1 = taken. */
static int load(const char *text, size_t size, const braze_saml_anchor_t *signed_by,
                apr_pool_t *pool)
{
    braze_saml_load_t how = {signed_by, NOW, NULL};
    braze_saml_idps_t *idps = NULL;
    braze_err_t *err = braze_saml_metadata_load(&idps, text, size, &how, pool);

    if (err ? !err->tag || !err->detail : !braze_saml_idps_count(idps)) {
        abort();
    }
    if (!err) {
        look_at(idps);
    }
    return !err;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const char *text = (const char *)data;
    braze_saml_idp_t *idp;
    apr_pool_t *pool;

    if (!program) {
        set_up();
    }
    apr_pool_create(&pool, program);
    /* A signature only ever takes away. */
    if (load(text, size, anchor, pool) && !load(text, size, NULL, pool)) {
        abort();
    }
    if (!braze_saml_idp_make(&idp, "https://a", NULL, text, size, pool) && !idp->keys->nelts) {
        abort();
    }
    apr_pool_destroy(pool);
    return 0;
}
