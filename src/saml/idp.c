/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>

#include "saml_int.h"

#define PEM_MAX (256 * 1024) /* bytes of a certificate file */

const char *braze_saml_idp_entity_id(const braze_saml_idp_t *idp)
{
    return idp->entity_id;
}

const char *braze_saml_idp_sso_redirect(const braze_saml_idp_t *idp)
{
    return idp->sso_redirect;
}

int braze_saml_idp_wants_signed(const braze_saml_idp_t *idp)
{
    return idp->wants_signed;
}

apr_time_t braze_saml_idp_valid_until(const braze_saml_idp_t *idp)
{
    return idp->valid_until;
}

int braze_saml_is_web_url(const char *url)
{
    apr_size_t scheme = strncasecmp(url, "https://", 8) == 0  ? 8
                        : strncasecmp(url, "http://", 7) == 0 ? 7
                                                              : 0;
    const unsigned char *p = (const unsigned char *)url;

    while (*p > 0x20 && *p < 0x7F && !strchr("\"<>\\^`{|}", *p)) {
        p++;
    }
    return scheme && !*p && url[scheme] && url[scheme] != '/';
}

static braze_err_t *begin(braze_saml_idp_t **idp, const char *entity_id, const char *target_url,
                          apr_pool_t *pool)
{
    braze_saml_idp_t *made = apr_pcalloc(pool, sizeof(*made));

    if (!entity_id || !*entity_id || strlen(entity_id) > BRAZE_SAML_MAX_ENTITY_ID) {
        return braze_err_newf(
            pool, 500, NULL, "BRAZE-J0201",
            "The entity ID of an identity provider is missing or over %d characters",
            BRAZE_SAML_MAX_ENTITY_ID);
    }
    if (target_url && !braze_saml_is_web_url(target_url)) {
        return braze_err_newf(
            pool, 500, NULL, "BRAZE-J0202",
            "The target URL of the identity provider %s is not an http or https URL: %s", entity_id,
            target_url);
    }
    made->entity_id = apr_pstrdup(pool, entity_id);
    made->sso_redirect = target_url ? apr_pstrdup(pool, target_url) : NULL;
    *idp = made;
    return NULL;
}

braze_err_t *braze_saml_idp_like(braze_saml_idp_t **idp, const braze_saml_idp_t *other,
                                 const char *entity_id, const char *target_url, apr_pool_t *pool)
{
    braze_err_t *err = begin(idp, entity_id, target_url, pool);

    if (!err) {
        (*idp)->keys = other->keys;
    }
    return err;
}

braze_err_t *braze_saml_idp_make(braze_saml_idp_t **idp, const char *entity_id,
                                 const char *target_url, const char *pem, apr_size_t pem_len,
                                 apr_pool_t *pool)
{
    braze_saml_idp_t *made = NULL;
    const char *why = "the file is too large";
    braze_err_t *err = begin(&made, entity_id, target_url, pool);

    if (err) {
        return err;
    }
    made->keys = apr_array_make(pool, 1, sizeof(braze_saml_key_t *));
    if (pem_len > PEM_MAX || !braze_key_add_pem(made->keys, &why, pem, pem_len, pool)) {
        return braze_err_newf(pool, 500, NULL, "BRAZE-J0203",
                              "The certificate of the identity provider %s cannot be used: %s",
                              entity_id, why);
    }
    *idp = made;
    return NULL;
}
