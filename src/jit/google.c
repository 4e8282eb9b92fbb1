/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioning cannot stand beside Google sign-in. */
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "braze_jit.h"

#define GOOGLE_HOST "accounts.google.com"

/* Google's issuer has been written with and without a scheme; its discovery document lies on the
 * same host. */
static int is_google(const char *issuer)
{
    apr_size_t len;

    if (!issuer) {
        return 0;
    }
    if (apr_cstr_casecmpn(issuer, "https://", 8) == 0) {
        issuer += 8;
    } else if (apr_cstr_casecmpn(issuer, "http://", 7) == 0) {
        issuer += 7;
    }
    len = strcspn(issuer, ":/?#");
    if (len > 0 && issuer[len - 1] == '.') {
        len--;
    }
    return len == strlen(GOOGLE_HOST) && apr_cstr_casecmpn(issuer, GOOGLE_HOST, len) == 0;
}

/* mod_auth_openidc's AuthTypes that sign people in. */
static int is_openid(const char *auth_type)
{
    return auth_type && (apr_cstr_casecmp(auth_type, "openid-connect") == 0 ||
                         apr_cstr_casecmp(auth_type, "auth-openidc") == 0);
}

braze_err_t *braze_jit_check_google(const char *company_name, int provisioning, int google_company,
                                    const char *auth_type, const char *oidc_issuer,
                                    apr_pool_t *pool)
{
    const char *why = NULL;

    if (provisioning <= 0) {
        return NULL;
    }
    if (google_company) {
        why = apr_psprintf(pool, "company \"%s\" is marked as using Google sign-in",
                           company_name ? company_name : "");
    } else if (is_google(oidc_issuer)) {
        why = apr_psprintf(pool, "this location signs people in with the OpenID Connect issuer %s",
                           oidc_issuer);
    } else if (is_openid(auth_type)) {
        why = apr_psprintf(pool, "this location has AuthType %s", auth_type);
    }
    if (!why) {
        return NULL;
    }
    return braze_err_newf(pool, 500, "google_sign_in", "BRAZE-J0301",
                          "Automatic user provisioning cannot be combined with Google sign-in: %s. "
                          "Set BrazeJitProvisioning off, or take Google sign-in away.",
                          why);
}
