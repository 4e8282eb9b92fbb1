/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioning beside Google sign-in is refused before serving: what the configuration says of it,
 * section by section. */
#include "jit_int.h"

#include <apr_strings.h>
#include <http_core.h>
#include <util_cfgtree.h>

/* What stands in a section, what is inherited from the ones around it included. */
typedef struct {
    const char *company, *auth_type, *issuer;
    int provisioning;
} google_words_t;

static const char *first_word(const ap_directive_t *node, apr_pool_t *pool)
{
    const char *args = node->args;

    return ap_getword_conf(pool, &args);
}

static void google_read(google_words_t *words, const ap_directive_t *node, apr_pool_t *pool)
{
    const char *name = node->directive;

    if (!ap_cstr_casecmp(name, "BrazeCompany")) {
        words->company = first_word(node, pool);
    } else if (!ap_cstr_casecmp(name, "BrazeJitProvisioning")) {
        words->provisioning = !ap_cstr_casecmp(first_word(node, pool), "on");
    } else if (!ap_cstr_casecmp(name, "AuthType")) {
        words->auth_type = first_word(node, pool);
    } else if (!ap_cstr_casecmp(name, "OIDCProviderIssuer") ||
               !ap_cstr_casecmp(name, "OIDCProviderMetadataURL")) {
        words->issuer = first_word(node, pool);
    }
}

/* Adds a section whose provisioning is on, with its inner ones. */
static void google_collect(apr_array_header_t *found, const ap_directive_t *first,
                           google_words_t words, apr_pool_t *pool)
{
    const ap_directive_t *node;

    for (node = first; node; node = node->next) {
        google_read(&words, node, pool);
    }
    if (words.provisioning == 1) {
        APR_ARRAY_PUSH(found, google_words_t) = words;
    }
    for (node = first; node; node = node->next) {
        if (node->directive[0] == '<') {
            google_collect(found, node->first_child, words, pool);
        }
    }
}

static braze_err_t *google_check_one(const google_words_t *words, braze_db_t *db, apr_pool_t *pool)
{
    braze_company_t *company = NULL;
    braze_err_t *err = NULL;

    if (db && words->company) {
        err = braze_store_company_find(&company, db, words->company, pool);
    }
    if (err) {
        return err;
    }
    return braze_jit_check_google(words->company ? words->company : "(by API key)", 1,
                                  company ? company->google_sign_in : 0, words->auth_type,
                                  words->issuer, pool);
}

braze_err_t *jit_google_check(braze_db_t *db, apr_pool_t *pool)
{
    apr_array_header_t *found = apr_array_make(pool, 4, sizeof(google_words_t));
    google_words_t nothing = {NULL, NULL, NULL, HTTPD_UNSET};
    braze_err_t *err = NULL;
    int i;

    google_collect(found, ap_conftree, nothing, pool);
    for (i = 0; !err && i < found->nelts; i++) {
        err = google_check_one(&APR_ARRAY_IDX(found, i, google_words_t), db, pool);
    }
    return err;
}
