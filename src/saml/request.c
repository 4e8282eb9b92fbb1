/* SPDX-License-Identifier: Apache-2.0 */
/* Requests are made by lasso. It wants metadata of both sides: given out of our own parsed values.
 */
#include <string.h>

#include <apr_strings.h>
#include <lasso/lasso.h>
#include <lasso/xml/saml-2.0/samlp2_authn_request.h>
#include <lasso/xml/saml-2.0/samlp2_requested_authn_context.h>

#include "braze_saml_request.h"
#include "braze_time.h"
#include "message.h"

#define UNSPECIFIED "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"

/* lasso goes by the bindings that metadata offer: of the two only the one that is used. */
static const char *idp_metadata(const braze_saml_idp_t *idp, apr_pool_t *pool)
{
    int redirect = idp->sso_redirect != NULL;

    return apr_psprintf(pool,
                        "<md:EntityDescriptor xmlns:md=\"" BRAZE_NS_MD "\" entityID=\"%s\">"
                        "<md:IDPSSODescriptor protocolSupportEnumeration=\"" BRAZE_NS_SAMLP "\">"
                        "<md:SingleSignOnService Binding=\"%s\" Location=\"%s\"/>"
                        "</md:IDPSSODescriptor></md:EntityDescriptor>",
                        braze_xml_escape(idp->entity_id, pool),
                        redirect ? BRAZE_HTTP_REDIRECT : BRAZE_HTTP_POST,
                        braze_xml_escape(redirect ? idp->sso_redirect : idp->sso_post, pool));
}

static LassoServer *make_server(const braze_saml_ask_t *ask, apr_pool_t *pool)
{
    apr_array_header_t *urls = apr_array_make(pool, 1, sizeof(const char *));
    const braze_saml_pair_t *pair = ask->pair;
    LassoServer *server;

    APR_ARRAY_PUSH(urls, const char *) = ask->acs_url;
    server = lasso_server_new_from_buffers(braze_saml_sp_metadata(ask->sp_entity_id, urls, pool),
                                           pair ? pair->key_pem : NULL, NULL,
                                           pair ? pair->cert_pem : NULL);
    if (!server) {
        return NULL;
    }
    server->signature_method = LASSO_SIGNATURE_METHOD_RSA_SHA256;
    if (lasso_server_add_provider_from_buffer(server, LASSO_PROVIDER_ROLE_IDP,
                                              idp_metadata(ask->idp, pool), NULL, NULL) != 0) {
        lasso_server_destroy(server);
        return NULL;
    }
    return server;
}

/* One of these is to be fulfilled (saml-core 3.3.2.2.1: the default comparison is exact). */
static void fill_contexts(LassoSamlp2AuthnRequest *request, const apr_array_header_t *contexts)
{
    LassoSamlp2RequestedAuthnContext *wanted;
    int i;

    if (!contexts || contexts->nelts == 0) {
        return;
    }
    wanted = LASSO_SAMLP2_REQUESTED_AUTHN_CONTEXT(lasso_samlp2_requested_authn_context_new());
    for (i = 0; i < contexts->nelts; i++) {
        wanted->AuthnContextClassRef = g_list_append(
            wanted->AuthnContextClassRef, g_strdup(APR_ARRAY_IDX(contexts, i, const char *)));
    }
    request->RequestedAuthnContext = wanted;
}

static void fill(char **field, const char *value)
{
    g_free(*field);
    *field = g_strdup(value);
}

/* What lasso leaves open: our ID and clock, where to answer, and, unless the administrator wants
 * one, any kind of name (people are known by their e-mail). */
static void fill_request(LassoSamlp2AuthnRequest *request, const braze_saml_ask_t *ask,
                         apr_pool_t *pool)
{
    fill(&request->parent.ID, ask->id);
    fill(&request->parent.IssueInstant, braze_time_rfc3339(ask->now, pool));
    fill(&request->AssertionConsumerServiceURL, ask->acs_url);
    fill(&request->ProtocolBinding, LASSO_SAML2_METADATA_BINDING_POST);
    fill(&request->NameIDPolicy->Format, ask->name_id_format ? ask->name_id_format : UNSPECIFIED);
    request->NameIDPolicy->AllowCreate = TRUE;
    request->ForceAuthn = ask->force_authn ? TRUE : FALSE;
    fill_contexts(request, ask->authn_contexts);
}

/* 0 = made. */
static int build(braze_saml_message_t *message, LassoLogin *login, const braze_saml_ask_t *ask,
                 apr_pool_t *pool)
{
    LassoProfile *profile = LASSO_PROFILE(login);
    int redirect = ask->idp->sso_redirect != NULL, rc;

    lasso_profile_set_signature_hint(profile, ask->pair ? LASSO_PROFILE_SIGNATURE_HINT_FORCE
                                                        : LASSO_PROFILE_SIGNATURE_HINT_FORBID);
    rc = lasso_login_init_authn_request(
        login, ask->idp->entity_id, redirect ? LASSO_HTTP_METHOD_REDIRECT : LASSO_HTTP_METHOD_POST);
    if (rc) {
        return rc;
    }
    fill_request(LASSO_SAMLP2_AUTHN_REQUEST(profile->request), ask, pool);
    profile->msg_relayState = g_strdup(ask->relay_state);
    rc = lasso_login_build_authn_request_msg(login);
    if (rc) {
        return rc;
    }
    message->url = apr_pstrdup(pool, profile->msg_url);
    if (!redirect) {
        message->field = "SAMLRequest";
        message->value = apr_pstrdup(pool, profile->msg_body);
        message->relay_state = apr_pstrdup(pool, ask->relay_state);
    }
    return 0;
}

static braze_err_t *failed(const braze_saml_ask_t *ask, int rc, apr_pool_t *pool)
{
    braze_err_t *err = braze_err_new(500, NULL, "BRAZE-J0205",
                                     "The identity provider cannot be asked at the moment", pool);

    return braze_err_log(err, pool, "lasso makes no AuthnRequest for %s: %s", ask->idp->entity_id,
                         rc ? lasso_strerror(rc) : "the metadata is not taken");
}

int braze_saml_idp_can_sign_in(const braze_saml_idp_t *idp)
{
    return idp->sso_redirect || idp->sso_post;
}

braze_err_t *braze_saml_authn_request_make(braze_saml_message_t *message,
                                           const braze_saml_ask_t *ask, apr_pool_t *pool)
{
    LassoServer *server;
    LassoLogin *login;
    int rc;

    memset(message, 0, sizeof(*message));
    if (!braze_saml_idp_can_sign_in(ask->idp)) {
        return braze_err_newf(pool, 500, "idp_cannot_be_asked", "BRAZE-J0204",
                              "The identity provider %s has no address for sign-in by "
                              "HTTP-Redirect or HTTP-POST",
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
    rc = build(message, login, ask, pool);
    lasso_login_destroy(login);
    lasso_server_destroy(server);
    return rc ? failed(ask, rc, pool) : NULL;
}
