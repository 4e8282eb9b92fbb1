/* SPDX-License-Identifier: Apache-2.0 */
/* Identity providers out of SAML metadata (saml-metadata-2.0-os). The file is the administrator's:
 * its signature is not looked at. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "braze_time.h"
#include "saml_int.h"

#define TAG_UNTIL "BRAZE-J0212"
#define TAG_NO_IDP "BRAZE-J0215"

typedef struct {
    apr_array_header_t *idps;
    apr_hash_t *seen; /* entity IDs: the first of two wins */
    apr_time_t now;
    const char *skipped; /* why the last entity was not taken */
    const char *tag;     /* and under which log tag */
    apr_pool_t *pool;    /* of what is kept */
    apr_pool_t *scratch; /* of the document */
} reader_t;

/* Notes why an entity is passed over; when nothing is left, the last note is the error. */
static void skip(reader_t *reader, const char *tag, const char *entity_id, const char *why)
{
    reader->tag = tag;
    reader->skipped =
        apr_psprintf(reader->pool, "The entity %s in the metadata %s", entity_id, why);
}

/* Narrows *until by the element's validUntil. 0 = it cannot be read. */
static int narrow(apr_time_t *until, const braze_node_t *node, const reader_t *reader)
{
    const char *text = braze_node_attr(node, "validUntil", reader->scratch);
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

static void add_certificates(braze_saml_idp_t *idp, const char **why, const braze_node_t *key_info,
                             const reader_t *reader)
{
    const braze_node_t *data, *node;
    const unsigned char *der;
    apr_size_t len;

    for (data = braze_node_child(key_info, BRAZE_NS_DS, "X509Data"); data;
         data = braze_node_next(data, BRAZE_NS_DS, "X509Data")) {
        for (node = braze_node_child(data, BRAZE_NS_DS, "X509Certificate"); node;
             node = braze_node_next(node, BRAZE_NS_DS, "X509Certificate")) {
            char *text = apr_pstrdup(reader->scratch, braze_node_text(node, reader->scratch));

            apr_collapse_spaces(text, text);
            if (!braze_base64_decode(&der, &len, text, strlen(text), reader->scratch)) {
                *why = "a certificate is not base64";
            } else {
                (void)braze_key_add_der(idp->keys, why, der, len, reader->pool);
            }
        }
    }
}

static void add_keys(braze_saml_idp_t *idp, const char **why, const braze_node_t *role,
                     const reader_t *reader)
{
    const braze_node_t *node, *key_info;

    for (node = braze_node_child(role, BRAZE_NS_MD, "KeyDescriptor"); node;
         node = braze_node_next(node, BRAZE_NS_MD, "KeyDescriptor")) {
        const char *use = braze_node_attr(node, "use", reader->scratch);

        key_info = braze_node_child(node, BRAZE_NS_DS, "KeyInfo");
        if ((!use || strcmp(use, "signing") == 0) && key_info) {
            add_certificates(idp, why, key_info, reader);
        }
    }
}

/* The first endpoint of that kind and binding; attribute is Location, or ResponseLocation. */
static const char *endpoint(const braze_node_t *role, const char *kind, const char *binding,
                            const char *attribute, const reader_t *reader)
{
    const braze_node_t *node;

    for (node = braze_node_child(role, BRAZE_NS_MD, kind); node;
         node = braze_node_next(node, BRAZE_NS_MD, kind)) {
        const char *spoken = braze_node_attr(node, "Binding", reader->scratch);
        const char *location = braze_node_attr(node, attribute, reader->pool);

        if (spoken && strcmp(spoken, binding) == 0 && location && braze_saml_is_web_url(location)) {
            return location;
        }
    }
    return NULL;
}

static void add_endpoints(braze_saml_idp_t *idp, const braze_node_t *role, const reader_t *reader)
{
    static const char sso[] = "SingleSignOnService", slo[] = "SingleLogoutService";

    idp->sso_redirect = endpoint(role, sso, BRAZE_HTTP_REDIRECT, "Location", reader);
    idp->sso_post = endpoint(role, sso, BRAZE_HTTP_POST, "Location", reader);
    idp->slo_redirect = endpoint(role, slo, BRAZE_HTTP_REDIRECT, "Location", reader);
    idp->slo_redirect_answer = endpoint(role, slo, BRAZE_HTTP_REDIRECT, "ResponseLocation", reader);
    idp->slo_post = endpoint(role, slo, BRAZE_HTTP_POST, "Location", reader);
    idp->slo_post_answer = endpoint(role, slo, BRAZE_HTTP_POST, "ResponseLocation", reader);
}

/* protocolSupportEnumeration is a list separated by white space. */
static int speaks_saml2(const braze_node_t *role, const reader_t *reader)
{
    const char *list = braze_node_attr(role, "protocolSupportEnumeration", reader->scratch);
    const char *at = list ? strstr(list, BRAZE_NS_SAMLP) : NULL;
    char after = at ? at[strlen(BRAZE_NS_SAMLP)] : 'x';

    return at && (at == list || strchr(" \t\r\n", at[-1])) && (!after || strchr(" \t\r\n", after));
}

static const braze_node_t *idp_role(const braze_node_t *entity, const reader_t *reader)
{
    const braze_node_t *role = braze_node_child(entity, BRAZE_NS_MD, "IDPSSODescriptor");

    while (role && !speaks_saml2(role, reader)) {
        role = braze_node_next(role, BRAZE_NS_MD, "IDPSSODescriptor");
    }
    return role;
}

static void read_entity(reader_t *reader, const braze_node_t *entity, apr_time_t until)
{
    const char *id = braze_node_attr(entity, "entityID", reader->pool);
    const braze_node_t *role = idp_role(entity, reader);
    const char *why = "there is no certificate";
    braze_saml_idp_t *idp;

    if (!id || !*id || strlen(id) > BRAZE_SAML_MAX_ENTITY_ID) {
        skip(reader, "BRAZE-J0214", "(unnamed)", "has no usable entityID");
        return;
    }
    if (!role) {
        skip(reader, TAG_NO_IDP, id, "is not a SAML 2.0 identity provider (IDPSSODescriptor)");
        return;
    }
    if (!narrow(&until, entity, reader) || !narrow(&until, role, reader)) {
        skip(reader, TAG_UNTIL, id, "has a validUntil that cannot be read");
        return;
    }
    if (until && until <= reader->now) {
        skip(reader, "BRAZE-J0213", id,
             apr_psprintf(reader->pool, "expired at %s (validUntil); fetch the metadata again",
                          braze_time_rfc3339(until, reader->pool)));
        return;
    }
    idp = apr_pcalloc(reader->pool, sizeof(*idp));
    idp->entity_id = id;
    idp->valid_until = until;
    idp->keys = apr_array_make(reader->pool, 2, sizeof(braze_saml_key_t *));
    add_keys(idp, &why, role, reader);
    if (!idp->keys->nelts) {
        skip(reader, "BRAZE-J0216", id,
             apr_psprintf(reader->pool, "has no usable signing key: %s", why));
        return;
    }
    add_endpoints(idp, role, reader);
    if (!apr_hash_get(reader->seen, id, APR_HASH_KEY_STRING)) {
        apr_hash_set(reader->seen, id, APR_HASH_KEY_STRING, id);
        APR_ARRAY_PUSH(reader->idps, braze_saml_idp_t *) = idp;
    }
}

static void read_node(reader_t *reader, const braze_node_t *node, apr_time_t until)
{
    const braze_node_t *child;

    if (braze_node_is(node, BRAZE_NS_MD, "EntityDescriptor")) {
        read_entity(reader, node, until);
        return;
    }
    if (!braze_node_is(node, BRAZE_NS_MD, "EntitiesDescriptor")) {
        return;
    }
    if (!narrow(&until, node, reader)) {
        skip(reader, TAG_UNTIL, "group", "has a validUntil that cannot be read");
        return;
    }
    for (child = braze_node_child(node, NULL, NULL); child;
         child = braze_node_next(child, NULL, NULL)) {
        read_node(reader, child, until); /* as deep as the parser's cap */
    }
}

static braze_err_t *read_document(reader_t *reader, const char *xml, apr_size_t len)
{
    braze_node_t *root;
    braze_err_t *cause =
        braze_xml_parse(&root, &braze_xml_metadata_caps, xml, len, reader->scratch);

    if (cause) {
        return braze_err_log(
            braze_err_new(500, NULL, "BRAZE-J0210",
                          "The identity provider's metadata cannot be read as XML", reader->pool),
            reader->pool, "The identity provider's metadata cannot be read as XML: %s", cause->log);
    }
    if (!braze_node_is(root, BRAZE_NS_MD, "EntityDescriptor") &&
        !braze_node_is(root, BRAZE_NS_MD, "EntitiesDescriptor")) {
        return braze_err_newf(reader->pool, 500, NULL, "BRAZE-J0211",
                              "The file is not SAML 2.0 metadata: its root is neither "
                              "EntityDescriptor nor EntitiesDescriptor");
    }
    read_node(reader, root, 0);
    if (!reader->idps->nelts) {
        return braze_err_newf(
            reader->pool, 500, NULL, reader->skipped ? reader->tag : TAG_NO_IDP, "%s",
            reader->skipped ? reader->skipped : "The metadata names no identity provider");
    }
    return NULL;
}

braze_err_t *braze_saml_idp_load(apr_array_header_t **idps, const char *xml, apr_size_t len,
                                 apr_time_t now, apr_pool_t *pool)
{
    reader_t reader = {.now = now, .pool = pool};
    braze_err_t *err;

    apr_pool_create(&reader.scratch, pool);
    reader.idps = apr_array_make(pool, 1, sizeof(braze_saml_idp_t *));
    reader.seen = apr_hash_make(reader.scratch);
    err = read_document(&reader, xml, len);
    apr_pool_destroy(reader.scratch);
    if (!err) {
        *idps = reader.idps;
    }
    return err;
}
