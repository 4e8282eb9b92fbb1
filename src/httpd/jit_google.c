/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioning beside Google sign-in is refused before serving: what the configuration says of it,
 * section by section. */
#include "jit_int.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_main.h>
#include <util_cfgtree.h>

/* What stands in a section, what is inherited from the ones around it included. */
typedef struct {
    const char *company, *auth_type, *issuer, *handler;
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
    } else if (!ap_cstr_casecmp(name, "SetHandler")) {
        words->handler = first_word(node, pool);
    }
}

/* Adds a section whose provisioning is as asked for, with its inner ones. */
static void google_collect(apr_array_header_t *found, const ap_directive_t *first,
                           google_words_t words, int provisioning, apr_pool_t *pool)
{
    const ap_directive_t *node;

    for (node = first; node; node = node->next) {
        google_read(&words, node, pool);
    }
    if (words.provisioning == provisioning) {
        APR_ARRAY_PUSH(found, google_words_t) = words;
    }
    for (node = first; node; node = node->next) {
        if (node->directive[0] == '<') {
            google_collect(found, node->first_child, words, provisioning, pool);
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
    google_words_t nothing = {NULL, NULL, NULL, NULL, HTTPD_UNSET};
    braze_err_t *err = NULL;
    int i;

    google_collect(found, ap_conftree, nothing, 1, pool);
    for (i = 0; !err && i < found->nelts; i++) {
        err = google_check_one(&APR_ARRAY_IDX(found, i, google_words_t), db, pool);
    }
    return err;
}

/* ---- for the settings page, which has the switch where no directive has ---- */

void jit_google_note(apr_pool_t *pconf, server_rec *main_server)
{
    apr_array_header_t *found = apr_array_make(pconf, 4, sizeof(google_words_t));
    apr_array_header_t *noted = apr_array_make(pconf, 2, sizeof(jit_google_t));
    google_words_t nothing = {NULL, NULL, NULL, NULL, HTTPD_UNSET};
    int i;

    google_collect(found, ap_conftree, nothing, HTTPD_UNSET, pconf);
    for (i = 0; i < found->nelts; i++) {
        const google_words_t *words = &APR_ARRAY_IDX(found, i, google_words_t);
        braze_err_t *err;

        /* Who opens the pages may be known by whatever their section says. */
        if (!words->company || (words->handler && ap_strstr_c(words->handler, "-settings"))) {
            continue;
        }
        err = braze_jit_check_google(words->company, 1, 0, words->auth_type, words->issuer, pconf);
        if (err) {
            jit_google_t *entry = apr_array_push(noted);

            entry->company = words->company;
            entry->why = err->detail;
        }
    }
    jit_server(main_server)->google = noted;
}

const char *jit_google_beside(const char *company)
{
    const apr_array_header_t *noted = jit_server(ap_server_conf)->google;
    int i;

    for (i = 0; noted && i < noted->nelts; i++) {
        const jit_google_t *entry = &APR_ARRAY_IDX(noted, i, jit_google_t);

        if (!strcmp(entry->company, company)) {
            return entry->why;
        }
    }
    return NULL;
}
