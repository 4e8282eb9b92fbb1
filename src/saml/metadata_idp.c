/* SPDX-License-Identifier: Apache-2.0 */
/* One EntityDescriptor: its keys and its addresses, or why it cannot be used. */
#include <string.h>

#include <apr_strings.h>

#include "braze_time.h"
#include "saml_int.h"

/* An entity being read. */
typedef struct {
    braze_saml_idp_t *idp;
    const braze_node_t *entity, *role;
    apr_pool_t *pool;    /* of what is kept */
    apr_pool_t *scratch; /* of the document */
} entity_t;

int braze_idp_narrow(apr_time_t *until, const braze_node_t *node, apr_pool_t *scratch)
{
    const char *text = braze_node_attr(node, "validUntil", scratch);
    apr_time_t time;

    if (!text) {
        return 1;
    }
    if (!braze_time_parse(&time, text)) {
        return 0;
    }
    if (!*until || time < *until) {
        *until = time ? time : 1; /* the epoch itself is an end, not the absence of one */
    }
    return 1;
}

static void add_certificates(entity_t *reading, const char **why, const braze_node_t *key_info)
{
    const braze_node_t *data, *node;
    const unsigned char *der;
    apr_size_t len;

    for (data = braze_node_child(key_info, BRAZE_NS_DS, "X509Data"); data;
         data = braze_node_next(data, BRAZE_NS_DS, "X509Data")) {
        for (node = braze_node_child(data, BRAZE_NS_DS, "X509Certificate"); node;
             node = braze_node_next(node, BRAZE_NS_DS, "X509Certificate")) {
            char *text = apr_pstrdup(reading->scratch, braze_node_text(node, reading->scratch));

            apr_collapse_spaces(text, text);
            if (!braze_base64_decode(&der, &len, text, strlen(text), reading->scratch)) {
                *why = "a certificate is not base64";
            } else {
                (void)braze_key_add_der(reading->idp->keys, why, der, len, reading->pool);
            }
        }
    }
}

/* Once, here, rather than at the first login that needs them: a key that cannot be used is said
 * when the file is read, and threads share what never changes. */
static void add_keys(entity_t *reading, const char **why)
{
    const braze_node_t *node, *key_info;

    for (node = braze_node_child(reading->role, BRAZE_NS_MD, "KeyDescriptor"); node;
         node = braze_node_next(node, BRAZE_NS_MD, "KeyDescriptor")) {
        const char *use = braze_node_attr(node, "use", reading->scratch);

        key_info = braze_node_child(node, BRAZE_NS_DS, "KeyInfo");
        if ((!use || strcmp(use, "signing") == 0) && key_info) {
            add_certificates(reading, why, key_info);
        }
    }
}

/* The first endpoint of that kind and binding; attribute is Location, or ResponseLocation. */
static const char *endpoint(const entity_t *reading, const char *kind, const char *binding,
                            const char *attribute)
{
    const braze_node_t *node;

    for (node = braze_node_child(reading->role, BRAZE_NS_MD, kind); node;
         node = braze_node_next(node, BRAZE_NS_MD, kind)) {
        const char *spoken = braze_node_attr(node, "Binding", reading->scratch);
        const char *location = braze_node_attr(node, attribute, reading->pool);

        if (spoken && strcmp(spoken, binding) == 0 && location && braze_saml_is_web_url(location)) {
            return location;
        }
    }
    return NULL;
}

/* saml-metadata 2.2.3: each has an index, by which an artifact names it. */
static const apr_array_header_t *resolve_endpoints(const entity_t *reading)
{
    static const char kind[] = "ArtifactResolutionService";
    apr_array_header_t *found = NULL;
    const braze_node_t *node;

    for (node = braze_node_child(reading->role, BRAZE_NS_MD, kind); node;
         node = braze_node_next(node, BRAZE_NS_MD, kind)) {
        const char *spoken = braze_node_attr(node, "Binding", reading->scratch);
        const char *location = braze_node_attr(node, "Location", reading->scratch);
        const char *index = braze_node_attr(node, "index", reading->scratch);
        braze_saml_resolve_t *one;

        if (!spoken || strcmp(spoken, BRAZE_SOAP) != 0 || !location ||
            !braze_saml_is_web_url(location) || !index || !*index || strlen(index) > 5 ||
            strspn(index, "0123456789") != strlen(index)) {
            continue;
        }
        found = found ? found : apr_array_make(reading->pool, 1, sizeof(braze_saml_resolve_t));
        one = apr_array_push(found);
        one->index = (int)apr_atoi64(index);
        one->url = apr_pstrdup(reading->pool, location);
    }
    return found;
}

static void add_endpoints(const entity_t *reading)
{
    static const char sso[] = "SingleSignOnService", slo[] = "SingleLogoutService";
    braze_saml_idp_t *idp = reading->idp;

    idp->sso_redirect = endpoint(reading, sso, BRAZE_HTTP_REDIRECT, "Location");
    idp->sso_post = endpoint(reading, sso, BRAZE_HTTP_POST, "Location");
    idp->slo_redirect = endpoint(reading, slo, BRAZE_HTTP_REDIRECT, "Location");
    idp->slo_redirect_answer = endpoint(reading, slo, BRAZE_HTTP_REDIRECT, "ResponseLocation");
    idp->slo_post = endpoint(reading, slo, BRAZE_HTTP_POST, "Location");
    idp->slo_post_answer = endpoint(reading, slo, BRAZE_HTTP_POST, "ResponseLocation");
    idp->slo_soap = endpoint(reading, slo, BRAZE_SOAP, "Location");
    idp->resolve = resolve_endpoints(reading);
}

/* protocolSupportEnumeration is a list separated by white space. */
static int speaks_saml2(const braze_node_t *role, apr_pool_t *scratch)
{
    const char *list = braze_node_attr(role, "protocolSupportEnumeration", scratch);
    const char *at = list ? strstr(list, BRAZE_NS_SAMLP) : NULL;
    char after = at ? at[strlen(BRAZE_NS_SAMLP)] : 'x';

    return at && (at == list || strchr(" \t\r\n", at[-1])) && (!after || strchr(" \t\r\n", after));
}

static const braze_node_t *idp_role(const braze_node_t *entity, apr_pool_t *scratch)
{
    const braze_node_t *role = braze_node_child(entity, BRAZE_NS_MD, "IDPSSODescriptor");

    while (role && !speaks_saml2(role, scratch)) {
        role = braze_node_next(role, BRAZE_NS_MD, "IDPSSODescriptor");
    }
    return role;
}

/* saml-metadata 2.4.3; an xs:boolean. */
static int wants_signed(const braze_node_t *role, apr_pool_t *scratch)
{
    const char *wants = braze_node_attr(role, "WantAuthnRequestsSigned", scratch);

    return wants && (!strcmp(wants, "true") || !strcmp(wants, "1"));
}

static void leave_out(braze_idp_verdict_t *verdict, const char *tag, const char *why)
{
    verdict->tag = tag;
    verdict->why = why;
}

/* What can be said before a key is looked at. Other roles are most of a federation: they cost
 * nothing beyond this. */
static int is_wanted(braze_idp_verdict_t *verdict, const entity_t *reading)
{
    if (!reading->role) {
        leave_out(verdict, BRAZE_TAG_NO_IDP,
                  "is not a SAML 2.0 identity provider (IDPSSODescriptor)");
        verdict->is_other = 1;
    } else if (!*verdict->entity_id || strlen(verdict->entity_id) > BRAZE_SAML_MAX_ENTITY_ID) {
        verdict->entity_id = "(unnamed)";
        leave_out(verdict, "BRAZE-J0214", "has no usable entityID");
    }
    return !verdict->tag;
}

static int is_in_time(braze_idp_verdict_t *verdict, apr_time_t *until, apr_time_t now,
                      const entity_t *reading)
{
    if (!braze_idp_narrow(until, reading->entity, reading->scratch) ||
        !braze_idp_narrow(until, reading->role, reading->scratch)) {
        leave_out(verdict, BRAZE_TAG_UNTIL, "has a validUntil that cannot be read");
    } else if (*until && *until <= now) {
        leave_out(verdict, "BRAZE-J0213",
                  apr_psprintf(reading->scratch,
                               "expired at %s (validUntil); fetch the metadata again",
                               braze_time_rfc3339(*until, reading->scratch)));
    }
    return !verdict->tag;
}

void braze_idp_read(braze_saml_idp_t **idp, braze_idp_verdict_t *verdict,
                    const braze_node_t *entity, apr_time_t until, apr_time_t now, apr_pool_t *pool,
                    apr_pool_t *scratch)
{
    entity_t reading = {NULL, entity, idp_role(entity, scratch), pool, scratch};
    const char *why = "there is no certificate";

    *idp = NULL;
    memset(verdict, 0, sizeof(*verdict));
    verdict->entity_id = braze_node_attr(entity, "entityID", scratch);
    verdict->entity_id = verdict->entity_id ? verdict->entity_id : "";
    if (!is_wanted(verdict, &reading) || !is_in_time(verdict, &until, now, &reading)) {
        return;
    }
    reading.idp = apr_pcalloc(pool, sizeof(*reading.idp));
    reading.idp->entity_id = apr_pstrdup(pool, verdict->entity_id);
    reading.idp->valid_until = until;
    reading.idp->wants_signed = wants_signed(reading.role, scratch);
    reading.idp->keys = apr_array_make(pool, 2, sizeof(braze_saml_key_t *));
    add_keys(&reading, &why);
    if (!reading.idp->keys->nelts) {
        leave_out(verdict, "BRAZE-J0216",
                  apr_psprintf(scratch, "has no usable signing key: %s", why));
        return;
    }
    add_endpoints(&reading);
    braze_idp_read_people(reading.idp, entity, reading.role, pool, scratch);
    *idp = reading.idp;
}
