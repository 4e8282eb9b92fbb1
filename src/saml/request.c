/* SPDX-License-Identifier: Apache-2.0 */
/* Requests are made by lasso. It wants metadata of both sides: given out of our own parsed values.
 */
#include <string.h>

#include <apr_strings.h>
#include <lasso/lasso.h>
#include <lasso/xml/saml-2.0/samlp2_authn_request.h>

#include "braze_saml_request.h"
#include "braze_time.h"
#include "saml_int.h"

#define UNSPECIFIED "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"

static const char *idp_metadata(const braze_saml_idp_t *idp, apr_pool_t *pool)
{
    return apr_psprintf(
        pool,
        "<md:EntityDescriptor xmlns:md=\"" BRAZE_NS_MD "\" entityID=\"%s\">"
        "<md:IDPSSODescriptor protocolSupportEnumeration=\"" BRAZE_NS_SAMLP "\">"
        "<md:SingleSignOnService Binding=\"" BRAZE_HTTP_REDIRECT "\" Location=\"%s\"/>"
        "</md:IDPSSODescriptor></md:EntityDescriptor>",
        braze_xml_escape(idp->entity_id, pool), braze_xml_escape(idp->sso_redirect, pool));
}

static LassoServer *make_server(const braze_saml_ask_t *ask, apr_pool_t *pool)
{
    apr_array_header_t *urls = apr_array_make(pool, 1, sizeof(const char *));
    LassoServer *server;

    APR_ARRAY_PUSH(urls, const char *) = ask->acs_url;
    server = lasso_server_new_from_buffers(braze_saml_sp_metadata(ask->sp_entity_id, urls, pool),
                                           NULL, NULL, NULL);
    if (server &&
        lasso_server_add_provider_from_buffer(server, LASSO_PROVIDER_ROLE_IDP,
                                              idp_metadata(ask->idp, pool), NULL, NULL) != 0) {
        lasso_server_destroy(server);
        return NULL;
    }
    return server;
}

/* What lasso leaves open: our clock, where to answer, and any kind of name (people are known by
 * their e-mail). */
static void fill_request(LassoSamlp2AuthnRequest *request, const braze_saml_ask_t *ask,
                         apr_pool_t *pool)
{
    g_free(request->parent.IssueInstant);
    request->parent.IssueInstant = g_strdup(braze_time_rfc3339(ask->now, pool));
    g_free(request->AssertionConsumerServiceURL);
    request->AssertionConsumerServiceURL = g_strdup(ask->acs_url);
    g_free(request->ProtocolBinding);
    request->ProtocolBinding = g_strdup(LASSO_SAML2_METADATA_BINDING_POST);
    g_free(request->NameIDPolicy->Format);
    request->NameIDPolicy->Format = g_strdup(UNSPECIFIED);
    request->NameIDPolicy->AllowCreate = TRUE;
}

/* 0 = made. */
static int build(const char **url, const char **id, LassoLogin *login, const braze_saml_ask_t *ask,
                 apr_pool_t *pool)
{
    LassoProfile *profile = LASSO_PROFILE(login);
    LassoSamlp2AuthnRequest *request;
    int rc;

    lasso_profile_set_signature_hint(profile, LASSO_PROFILE_SIGNATURE_HINT_FORBID);
    rc = lasso_login_init_authn_request(login, ask->idp->entity_id, LASSO_HTTP_METHOD_REDIRECT);
    if (rc) {
        return rc;
    }
    request = LASSO_SAMLP2_AUTHN_REQUEST(profile->request);
    fill_request(request, ask, pool);
    profile->msg_relayState = g_strdup(ask->relay_state);
    rc = lasso_login_build_authn_request_msg(login);
    if (!rc) {
        *url = apr_pstrdup(pool, profile->msg_url);
        *id = apr_pstrdup(pool, request->parent.ID);
    }
    return rc;
}

static braze_err_t *failed(const braze_saml_ask_t *ask, int rc, apr_pool_t *pool)
{
    braze_err_t *err = braze_err_new(500, NULL, "BRAZE-J0205",
                                     "The identity provider cannot be asked at the moment", pool);

    return braze_err_log(err, pool, "lasso makes no AuthnRequest for %s: %s", ask->idp->entity_id,
                         rc ? lasso_strerror(rc) : "the metadata is not taken");
}

braze_err_t *braze_saml_authn_request_make(const char **url, const char **id,
                                           const braze_saml_ask_t *ask, apr_pool_t *pool)
{
    LassoServer *server;
    LassoLogin *login;
    int rc;

    if (!ask->idp->sso_redirect) {
        return braze_err_newf(pool, 500, NULL, "BRAZE-J0204",
                              "The identity provider %s has no address for HTTP-Redirect sign-in",
                              ask->idp->entity_id);
    }
    if (ask->relay_state && strlen(ask->relay_state) > BRAZE_SAML_MAX_RELAY_STATE) {
        return braze_err_newf(pool, 500, NULL, "BRAZE-J0206", "The relay state is over %d bytes",
                              BRAZE_SAML_MAX_RELAY_STATE);
    }
    server = make_server(ask, pool);
    if (!server) {
        return failed(ask, 0, pool);
    }
    login = lasso_login_new(server);
    rc = build(url, id, login, ask, pool);
    lasso_login_destroy(login);
    lasso_server_destroy(server);
    return rc ? failed(ask, rc, pool) : NULL;
}
