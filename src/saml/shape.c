/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a response may consist of: saml-schema-protocol-2.0 and saml-schema-assertion-2.0 cut down
 * to what the Web Browser SSO profile needs. No extension points: an element that is not here
 * cannot carry anything, so nothing can be hidden in it.
 */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <libxml/tree.h>

#include "artifact.h"

#define ID_MAX 256 /* bytes of an ID */
#define SLOTS_MAX 12

enum {
    HAS_TEXT = 1, /* may hold text; otherwise white space only */
    OPAQUE = 2,   /* elements below are not ours to read: foreign ones only */
    HAS_ID = 4    /* identified by ID (SAML); Id (XML signature) is allowed on ds: elements */
};

typedef struct kind_t kind_t;

typedef struct {
    const kind_t *kind;
    int many;
} slot_t;

struct kind_t {
    const char *ns, *name;
    int flags;
    slot_t slots[SLOTS_MAX];
};

/* clang-format off */

#define LEAF(id, space, text_name, bits) static const kind_t id = {space, text_name, bits, {{NULL, 0}}}
#define KIND(id, space, text_name, bits, ...) \
    static const kind_t id = {space, text_name, bits, {__VA_ARGS__, {NULL, 0}}}

LEAF(inclusive_namespaces, BRAZE_NS_EXC_C14N, "InclusiveNamespaces", 0);
KIND(canonicalization, BRAZE_NS_DS, "CanonicalizationMethod", 0, {&inclusive_namespaces, 0});
LEAF(signature_method, BRAZE_NS_DS, "SignatureMethod", 0);
KIND(transform, BRAZE_NS_DS, "Transform", 0, {&inclusive_namespaces, 0});
KIND(transforms, BRAZE_NS_DS, "Transforms", 0, {&transform, 1});
LEAF(digest_method, BRAZE_NS_DS, "DigestMethod", 0);
LEAF(digest_value, BRAZE_NS_DS, "DigestValue", HAS_TEXT);
KIND(reference, BRAZE_NS_DS, "Reference", 0, {&transforms, 0}, {&digest_method, 0}, {&digest_value, 0});
KIND(signed_info, BRAZE_NS_DS, "SignedInfo", 0, {&canonicalization, 0}, {&signature_method, 0}, {&reference, 0});
LEAF(signature_value, BRAZE_NS_DS, "SignatureValue", HAS_TEXT);
LEAF(key_info, BRAZE_NS_DS, "KeyInfo", OPAQUE | HAS_TEXT);
KIND(signature, BRAZE_NS_DS, "Signature", 0, {&signed_info, 0}, {&signature_value, 0}, {&key_info, 0});

LEAF(issuer, BRAZE_NS_SAML, "Issuer", HAS_TEXT);
LEAF(name_id, BRAZE_NS_SAML, "NameID", HAS_TEXT);

/* What XML Encryption has for a key inside KeyInfo or beside EncryptedData. */
LEAF(mgf, BRAZE_NS_XENC11, "MGF", 0);
KIND(encryption_method, BRAZE_NS_XENC, "EncryptionMethod", 0, {&digest_method, 0}, {&mgf, 0});
LEAF(cipher_value, BRAZE_NS_XENC, "CipherValue", HAS_TEXT);
KIND(cipher_data, BRAZE_NS_XENC, "CipherData", 0, {&cipher_value, 0});
LEAF(data_reference, BRAZE_NS_XENC, "DataReference", 0);
KIND(reference_list, BRAZE_NS_XENC, "ReferenceList", 0, {&data_reference, 1});
LEAF(carried_key_name, BRAZE_NS_XENC, "CarriedKeyName", HAS_TEXT);
KIND(encrypted_key, BRAZE_NS_XENC, "EncryptedKey", 0, {&encryption_method, 0}, {&key_info, 0}, {&cipher_data, 0},
     {&reference_list, 0}, {&carried_key_name, 0});
LEAF(retrieval_method, BRAZE_NS_DS, "RetrievalMethod", 0);
KIND(encryption_key_info, BRAZE_NS_DS, "KeyInfo", OPAQUE | HAS_TEXT, {&encrypted_key, 1}, {&retrieval_method, 1});
KIND(encrypted_data, BRAZE_NS_XENC, "EncryptedData", 0, {&encryption_method, 0}, {&encryption_key_info, 0},
     {&cipher_data, 0});
KIND(encrypted_id, BRAZE_NS_SAML, "EncryptedID", 0, {&encrypted_data, 0}, {&encrypted_key, 1});

KIND(confirmation_data, BRAZE_NS_SAML, "SubjectConfirmationData", 0, {&key_info, 1});
KIND(confirmation, BRAZE_NS_SAML, "SubjectConfirmation", 0, {&name_id, 0}, {&encrypted_id, 0},
     {&confirmation_data, 0});
KIND(subject, BRAZE_NS_SAML, "Subject", 0, {&name_id, 0}, {&encrypted_id, 0}, {&confirmation, 1});

LEAF(audience, BRAZE_NS_SAML, "Audience", HAS_TEXT);
KIND(audience_restriction, BRAZE_NS_SAML, "AudienceRestriction", 0, {&audience, 1});
KIND(proxy_restriction, BRAZE_NS_SAML, "ProxyRestriction", 0, {&audience, 1});
LEAF(one_time_use, BRAZE_NS_SAML, "OneTimeUse", 0);
LEAF(condition, BRAZE_NS_SAML, "Condition", OPAQUE | HAS_TEXT);
KIND(conditions, BRAZE_NS_SAML, "Conditions", 0, {&audience_restriction, 1}, {&one_time_use, 0}, {&proxy_restriction, 0},
     {&condition, 1});

LEAF(locality, BRAZE_NS_SAML, "SubjectLocality", 0);
LEAF(class_ref, BRAZE_NS_SAML, "AuthnContextClassRef", HAS_TEXT);
LEAF(decl_ref, BRAZE_NS_SAML, "AuthnContextDeclRef", HAS_TEXT);
LEAF(authority, BRAZE_NS_SAML, "AuthenticatingAuthority", HAS_TEXT);
KIND(authn_context, BRAZE_NS_SAML, "AuthnContext", 0, {&class_ref, 0}, {&decl_ref, 0}, {&authority, 1});
KIND(authn_statement, BRAZE_NS_SAML, "AuthnStatement", 0, {&locality, 0}, {&authn_context, 0});

KIND(attribute_value, BRAZE_NS_SAML, "AttributeValue", HAS_TEXT, {&name_id, 0}); /* eduPersonTargetedID holds one */
KIND(attribute, BRAZE_NS_SAML, "Attribute", 0, {&attribute_value, 1});
KIND(attribute_statement, BRAZE_NS_SAML, "AttributeStatement", 0, {&attribute, 1});

KIND(assertion, BRAZE_NS_SAML, "Assertion", HAS_ID, {&issuer, 0}, {&signature, 0}, {&subject, 0}, {&conditions, 0},
     {&authn_statement, 1}, {&attribute_statement, 1});
KIND(encrypted_assertion, BRAZE_NS_SAML, "EncryptedAssertion", 0, {&encrypted_data, 0}, {&encrypted_key, 1});

LEAF(sub_status_code, BRAZE_NS_SAMLP, "StatusCode", 0);
KIND(status_code, BRAZE_NS_SAMLP, "StatusCode", 0, {&sub_status_code, 0});
LEAF(status_message, BRAZE_NS_SAMLP, "StatusMessage", HAS_TEXT);
LEAF(status_detail, BRAZE_NS_SAMLP, "StatusDetail", OPAQUE | HAS_TEXT);
KIND(status, BRAZE_NS_SAMLP, "Status", 0, {&status_code, 0}, {&status_message, 0}, {&status_detail, 0});

KIND(response, BRAZE_NS_SAMLP, "Response", HAS_ID, {&issuer, 0}, {&signature, 0}, {&status, 0}, {&assertion, 1},
     {&encrypted_assertion, 1});

/* What an artifact stands for comes in an envelope. */
KIND(artifact_response, BRAZE_NS_SAMLP, "ArtifactResponse", HAS_ID, {&issuer, 0}, {&signature, 0}, {&status, 0},
     {&response, 0});
LEAF(soap_header, BRAZE_NS_SOAP, "Header", OPAQUE | HAS_TEXT);
KIND(soap_body, BRAZE_NS_SOAP, "Body", 0, {&artifact_response, 0});
KIND(soap_envelope, BRAZE_NS_SOAP, "Envelope", 0, {&soap_header, 0}, {&soap_body, 0});

/* clang-format on */

typedef struct {
    apr_hash_t *ids;
    apr_size_t namespace_bytes; /* that canonicalization may write, see count_namespace */
    apr_pool_t *pool;
} walk_t;

/* ASCII letters, digits, "_", "-", ".": every ID that identity providers make, and harmless
 * wherever it goes. */
static int is_id(const char *id)
{
    apr_size_t len =
        strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");

    return len > 0 && len <= ID_MAX && !id[len];
}

static braze_err_t *note_id(walk_t *walk, const xmlNode *node, const char *name)
{
    const char *id = braze_node_attr(node, name, walk->pool);

    if (!is_id(id)) {
        return braze_saml_refuse(BRAZE_SAML_ID_INVALID, walk->pool, "%s of %s", name,
                                 braze_node_path(node, walk->pool));
    }
    if (apr_hash_get(walk->ids, id, APR_HASH_KEY_STRING)) {
        return braze_saml_refuse(BRAZE_SAML_ID_DUPLICATE, walk->pool, "%s stands twice", id);
    }
    apr_hash_set(walk->ids, id, APR_HASH_KEY_STRING, id);
    return NULL;
}

/*
 * Canonicalization writes the namespace of an element or attribute anew wherever the parent has not
 * got it: at most this much. Counted beforehand, since it digests a message before it can know
 * whose it is.
 */
static braze_err_t *count_namespace(walk_t *walk, const xmlNs *ns)
{
    walk->namespace_bytes += ns ? strlen((const char *)ns->href) : 0;
    if (walk->namespace_bytes > BRAZE_SAML_MAX_NAMESPACE_BYTES) {
        return braze_saml_refuse(BRAZE_SAML_TOO_MANY_NAMESPACES, walk->pool,
                                 "over %d bytes of namespaces once canonicalized",
                                 BRAZE_SAML_MAX_NAMESPACE_BYTES);
    }
    return NULL;
}

/* Whatever any software might take for an identifier stands only where it is one, once. */
static braze_err_t *check_attributes(walk_t *walk, const xmlNode *node, int flags)
{
    int found = 0, is_foreign = strcmp((const char *)node->ns->href, BRAZE_NS_DS) == 0 ||
                                strcmp((const char *)node->ns->href, BRAZE_NS_XENC) == 0;
    const xmlAttr *attr;
    braze_err_t *err;

    for (attr = node->properties; attr; attr = attr->next) {
        const char *name = (const char *)attr->name;

        if ((err = count_namespace(walk, attr->ns))) {
            return err;
        }
        if (strcasecmp(name, "id") != 0) {
            continue;
        }
        if (attr->ns || (strcmp(name, "ID") == 0 ? !(flags & HAS_ID)
                                                 : strcmp(name, "Id") != 0 || !is_foreign)) {
            return braze_saml_refuse(BRAZE_SAML_ID_MISPLACED, walk->pool, "%s%s on %s",
                                     attr->ns ? "a qualified " : "", name,
                                     braze_node_path(node, walk->pool));
        }
        if ((err = note_id(walk, node, name))) {
            return err;
        }
        found = 1;
    }
    if ((flags & HAS_ID) && !found) {
        return braze_saml_refuse(BRAZE_SAML_ID_INVALID, walk->pool, "no ID on %s",
                                 braze_node_path(node, walk->pool));
    }
    return NULL;
}

/*
 * Canonicalization is not defined for relative namespace URIs, and libxml2 then gives an empty
 * text. Long ones would let it make hundreds of megabytes of a small message, before any signature
 * has been seen to hold.
 */
static braze_err_t *check_namespaces(walk_t *walk, const xmlNode *node)
{
    const xmlNs *ns;

    if (!node->ns || !node->ns->href) {
        return braze_saml_refuse(BRAZE_SAML_ELEMENT, walk->pool, "%s is in no namespace",
                                 braze_node_path(node, walk->pool));
    }
    for (ns = node->nsDef; ns; ns = ns->next) {
        const char *href = (const char *)ns->href;

        if (!href || (*href && !strchr(href, ':')) || strlen(href) > BRAZE_SAML_MAX_NAMESPACE_URI) {
            return braze_saml_refuse(BRAZE_SAML_NAMESPACE, walk->pool, "on %s",
                                     braze_node_path(node, walk->pool));
        }
    }
    return count_namespace(walk, node->ns);
}

static braze_err_t *check_text(const walk_t *walk, const xmlNode *parent, const xmlNode *node,
                               int flags)
{
    const char *text = (const char *)node->content;

    if (node->type != XML_TEXT_NODE) {
        return braze_saml_refuse(BRAZE_SAML_MALFORMED, walk->pool, "node of type %d in %s",
                                 (int)node->type, braze_node_path(parent, walk->pool));
    }
    if (!(flags & HAS_TEXT) && text && text[strspn(text, " \t\r\n")]) {
        return braze_saml_refuse(BRAZE_SAML_TEXT, walk->pool, "in %s",
                                 braze_node_path(parent, walk->pool));
    }
    return NULL;
}

/* In what is passed over nothing may stand that any reader could take for the message itself. */
static int is_foreign_element(const xmlNode *node)
{
    static const char *const signature_parts[] = {"Signature",      "SignedInfo",  "Reference",
                                                  "SignatureValue", "DigestValue", "Object",
                                                  "Manifest"};
    const char *ns = (const char *)node->ns->href;
    apr_size_t i;

    if (strcmp(ns, BRAZE_NS_SAML) == 0 || strcmp(ns, BRAZE_NS_SAMLP) == 0) {
        return 0;
    }
    for (i = 0; i < sizeof(signature_parts) / sizeof(*signature_parts); i++) {
        if (braze_node_is(node, BRAZE_NS_DS, signature_parts[i])) {
            return 0;
        }
    }
    return 1;
}

static braze_err_t *check_opaque(walk_t *walk, const xmlNode *node)
{
    const xmlNode *child;
    braze_err_t *err = check_namespaces(walk, node);

    if (!err && !is_foreign_element(node)) {
        err = braze_saml_refuse(BRAZE_SAML_ELEMENT, walk->pool, "%s",
                                braze_node_path(node, walk->pool));
    }
    if (!err) {
        err = check_attributes(walk, node, 0);
    }
    for (child = node->children; !err && child; child = child->next) {
        err = child->type == XML_ELEMENT_NODE ? check_opaque(walk, child)
                                              : check_text(walk, node, child, HAS_TEXT);
    }
    return err;
}

static braze_err_t *check_element(walk_t *walk, const xmlNode *node, const kind_t *kind);

static braze_err_t *check_child(walk_t *walk, const kind_t *kind, unsigned *seen,
                                const xmlNode *child)
{
    int i;

    for (i = 0; kind->slots[i].kind; i++) {
        const slot_t *slot = &kind->slots[i];

        if (!braze_node_is(child, slot->kind->ns, slot->kind->name)) {
            continue;
        }
        if (!slot->many && (*seen & 1U << i)) {
            return braze_saml_refuse(BRAZE_SAML_REPEATED, walk->pool, "%s",
                                     braze_node_path(child, walk->pool));
        }
        *seen |= 1U << i;
        return check_element(walk, child, slot->kind);
    }
    if (kind->flags & OPAQUE) {
        return check_opaque(walk, child);
    }
    return braze_saml_refuse(BRAZE_SAML_ELEMENT, walk->pool, "%s",
                             braze_node_path(child, walk->pool));
}

static braze_err_t *check_element(walk_t *walk, const xmlNode *node, const kind_t *kind)
{
    const xmlNode *child;
    unsigned seen = 0;
    braze_err_t *err = check_namespaces(walk, node);

    if (!err) {
        err = check_attributes(walk, node, kind->flags);
    }
    for (child = node->children; !err && child; child = child->next) {
        err = child->type == XML_ELEMENT_NODE ? check_child(walk, kind, &seen, child)
                                              : check_text(walk, node, child, kind->flags);
    }
    return err;
}

braze_err_t *braze_shape_check(braze_node_t *root, apr_pool_t *pool)
{
    static const kind_t *const roots[] = {&response, &assertion, &artifact_response,
                                          &soap_envelope};
    walk_t walk = {.ids = apr_hash_make(pool), .pool = pool};
    apr_size_t i;

    for (i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
        if (braze_node_is(root, roots[i]->ns, roots[i]->name)) {
            return check_element(&walk, root, roots[i]);
        }
    }
    return braze_saml_refuse(BRAZE_SAML_NOT_RESPONSE, pool, "the root is %s",
                             braze_node_path(root, pool));
}

braze_err_t *braze_shape_check_inside(const braze_node_t *element, const braze_node_t *encrypted,
                                      apr_pool_t *pool)
{
    const int is_id = braze_node_is(encrypted, encrypted_id.ns, encrypted_id.name);
    const kind_t *kind = is_id ? &name_id : &assertion;
    walk_t walk = {.ids = apr_hash_make(pool), .pool = pool};
    braze_err_t *err;

    if (!braze_node_is(element, kind->ns, kind->name)) {
        return braze_saml_refuse(BRAZE_SAML_ELEMENT, pool, "%s in %s",
                                 braze_node_path(element, pool), braze_node_path(encrypted, pool));
    }
    /* Once more what is around it, for its IDs. */
    err = is_id ? check_element(&walk, encrypted, &encrypted_id)
                : check_element(&walk, encrypted->parent, &response);
    return err ? err : check_element(&walk, element, kind);
}
