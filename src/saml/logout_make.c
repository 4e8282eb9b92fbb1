/* SPDX-License-Identifier: Apache-2.0 */
/* Logout messages of ours (saml-core 3.7). */
#include <string.h>

#include <apr_base64.h>
#include <apr_strings.h>

#include "braze_saml_logout.h"
#include "braze_time.h"
#include "message.h"

#define STATUS "urn:oasis:names:tc:SAML:2.0:status:"
#define NOT_AFTER apr_time_from_sec(300)

int braze_saml_idp_can_sign_out(const braze_saml_idp_t *idp)
{
    return idp->slo_redirect || idp->slo_post || idp->slo_soap;
}

const char *braze_saml_idp_sign_out_soap(const braze_saml_idp_t *idp)
{
    /* A browser brings the cookie of its session there, by which the IdP ends it for others too. */
    return idp->slo_redirect || idp->slo_post ? NULL : idp->slo_soap;
}

static const char *attribute(const char *name, const char *value, apr_pool_t *pool)
{
    return value ? apr_pstrcat(pool, " ", name, "=\"", braze_xml_escape(value, pool), "\"", NULL)
                 : "";
}

static const char *element(const char *name, const char *attributes, const char *text,
                           apr_pool_t *pool)
{
    return text ? apr_pstrcat(pool, "<", name, attributes, ">", braze_xml_escape(text, pool), "</",
                              name, ">", NULL)
                : "";
}

/* The message around body; signature goes where the schema has it, behind Issuer. */
static const char *message_xml(const char *kind, const braze_logout_make_t *make,
                               const char *destination, const char *more, const char *signature,
                               const char *body, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "<samlp:", kind,
                       " xmlns:samlp=\"" BRAZE_NS_SAMLP "\" xmlns:saml=\"" BRAZE_NS_SAML "\"",
                       attribute("ID", make->id, pool), " Version=\"2.0\"",
                       attribute("IssueInstant", braze_time_rfc3339(make->now, pool), pool),
                       attribute("Destination", destination, pool), more, ">",
                       element("saml:Issuer", "", make->sp_entity_id, pool), signature, body,
                       "</samlp:", kind, ">", NULL);
}

/* What differs between the two. */
typedef struct {
    const char *kind, *field;
    const char *more; /* attributes */
    const char *body;
    const char *redirect, *post; /* where to, or NULL */
} form_t;

static braze_err_t *cannot(const char *code, const char *tag, const char *why,
                           const braze_logout_make_t *make, apr_pool_t *pool)
{
    braze_err_t *err = braze_err_new(500, code, tag,
                                     "Your company's portal cannot be told of the sign-out.", pool);

    return braze_err_log(err, pool, "%s: %s", make->idp->entity_id, why);
}

/* An element of its own; "" as destination: left out. NULL = it could not be signed. */
static const char *whole(const form_t *form, const braze_logout_make_t *make,
                         const char *destination, apr_pool_t *pool)
{
    const char *xml = message_xml(
        form->kind, make, destination, form->more,
        make->pair ? braze_signature_template(make->id, make->pair, pool) : "", form->body, pool);

    return make->pair ? braze_xml_sign(xml, make->pair, pool) : xml;
}

static braze_err_t *pack(braze_saml_message_t *message, const form_t *form,
                         const braze_logout_make_t *make, apr_pool_t *pool)
{
    const char *query, *xml;

    memset(message, 0, sizeof(*message));
    if (!form->redirect && !form->post) {
        return cannot("logout_no_address", "BRAZE-J0241", "it has no SingleLogoutService", make,
                      pool);
    }
    if (form->redirect) {
        xml = message_xml(form->kind, make, form->redirect, form->more, "", form->body, pool);
        query = braze_query_make(form->field, xml, make->relay_state, make->pair, pool);
        message->url = query ? apr_pstrcat(pool, form->redirect,
                                           strchr(form->redirect, '?') ? "&" : "?", query, NULL)
                             : NULL;
    } else {
        xml = whole(form, make, form->post, pool);
        message->url = xml ? form->post : NULL;
        message->field = form->field;
        message->relay_state = make->relay_state;
        if (xml) {
            char *base64 = apr_palloc(pool, (apr_size_t)apr_base64_encode_len((int)strlen(xml)));

            apr_base64_encode(base64, xml, (int)strlen(xml));
            message->value = base64;
        }
    }
    return message->url
               ? NULL
               : cannot(NULL, "BRAZE-J0242", "the message could not be signed", make, pool);
}

static void fill_request(form_t *form, const braze_logout_make_t *make, apr_pool_t *pool)
{
    const char *kind;

    form->kind = "LogoutRequest";
    form->field = "SAMLRequest";
    form->more = attribute("NotOnOrAfter", braze_time_rfc3339(make->now + NOT_AFTER, pool), pool);
    kind = apr_pstrcat(pool, attribute("Format", make->name_id_format, pool),
                       attribute("NameQualifier", make->name_qualifier, pool),
                       attribute("SPNameQualifier", make->sp_name_qualifier, pool), NULL);
    form->body = apr_pstrcat(pool, element("saml:NameID", kind, make->name_id, pool),
                             element("samlp:SessionIndex", "", make->session_index, pool), NULL);
}

braze_err_t *braze_logout_request_make(braze_saml_message_t *message,
                                       const braze_logout_make_t *make, apr_pool_t *pool)
{
    form_t form = {0};

    fill_request(&form, make, pool);
    form.redirect = make->idp->slo_redirect;
    form.post = make->idp->slo_post;
    return pack(message, &form, make, pool);
}

static void fill_response(form_t *form, const braze_logout_make_t *make, apr_pool_t *pool)
{
    form->kind = "LogoutResponse";
    form->field = "SAMLResponse";
    form->more = attribute("InResponseTo", make->in_response_to, pool);
    form->body = apr_pstrcat(pool, "<samlp:Status><samlp:StatusCode Value=\"" STATUS,
                             make->success ? "Success" : "Responder", "\"/></samlp:Status>", NULL);
}

braze_err_t *braze_logout_response_make(braze_saml_message_t *message,
                                        const braze_logout_make_t *make, apr_pool_t *pool)
{
    const braze_saml_idp_t *idp = make->idp;
    form_t form = {0};

    fill_response(&form, make, pool);
    form.redirect = idp->slo_redirect_answer ? idp->slo_redirect_answer : idp->slo_redirect;
    form.post = idp->slo_post_answer ? idp->slo_post_answer : idp->slo_post;
    return pack(message, &form, make, pool);
}

static braze_err_t *wrap(const char **xml, const form_t *form, const braze_logout_make_t *make,
                         const char *destination, apr_pool_t *pool)
{
    const char *text = whole(form, make, destination, pool);

    if (!text) {
        return cannot(NULL, "BRAZE-J0243", "the message could not be signed", make, pool);
    }
    if (strncmp(text, "<?xml", 5) == 0) {
        text = strchr(text, '>') + 1;
    }
    *xml = apr_pstrcat(pool,
                       "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">"
                       "<soap:Body>",
                       text, "</soap:Body></soap:Envelope>", NULL);
    return NULL;
}

braze_err_t *braze_logout_request_soap(const char **xml, const braze_logout_make_t *make,
                                       apr_pool_t *pool)
{
    form_t form = {0};

    fill_request(&form, make, pool);
    return wrap(xml, &form, make, make->idp->slo_soap, pool);
}

braze_err_t *braze_logout_response_soap(const char **xml, const braze_logout_make_t *make,
                                        apr_pool_t *pool)
{
    form_t form = {0};

    fill_response(&form, make, pool);
    return wrap(xml, &form, make, NULL, pool);
}
