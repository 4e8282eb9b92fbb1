/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <libxml/tree.h>
#include <libxml/valid.h>
#include <xmlsec/buffer.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/openssl/crypto.h>

#include "dsig.h"

typedef enum { FITS, OTHER_KEY, CHANGED, BROKEN } outcome_t;

/* The key is the identity provider's and outlives the context: never let the context destroy it. */
static apr_status_t destroy_context(void *baton)
{
    xmlSecDSigCtxPtr context = baton;

    context->signKey = NULL;
    xmlSecDSigCtxDestroy(context);
    return APR_SUCCESS;
}

/* What signature.c lets through, said to the library too. */
static int allow_transforms(xmlSecDSigCtxPtr context)
{
    const xmlSecTransformId ids[] = {xmlSecTransformEnvelopedId,     xmlSecTransformExclC14NId,
                                     xmlSecOpenSSLTransformSha256Id, xmlSecOpenSSLTransformSha384Id,
                                     xmlSecOpenSSLTransformSha512Id, xmlSecOpenSSLTransformSha1Id};
    apr_size_t i;

    for (i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
        if (xmlSecDSigCtxEnableReferenceTransform(context, ids[i]) < 0) {
            return 0;
        }
    }
    return 1;
}

/*
 * The flags: references are found by libxml2's table of IDs, into which only the signed element was
 * put, instead of by an XPointer expression made of the URI; the digested bytes are kept; Manifests
 * are not looked at (there are none).
 */
static xmlSecDSigCtxPtr make_context(const braze_saml_key_t *key, apr_pool_t *pool)
{
    xmlSecDSigCtxPtr context = xmlSecDSigCtxCreate(NULL);

    if (!context) {
        return NULL;
    }
    apr_pool_cleanup_register(pool, context, destroy_context, apr_pool_cleanup_null);
    context->flags = XMLSEC_DSIG_FLAGS_STORE_SIGNEDINFO_REFERENCES |
                     XMLSEC_DSIG_FLAGS_IGNORE_MANIFESTS | XMLSEC_DSIG_FLAGS_USE_VISA3D_HACK;
    context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
    context->signKey = key->key;
    return allow_transforms(context) ? context : NULL;
}

static xmlSecDSigReferenceCtxPtr reference_of(xmlSecDSigCtxPtr context)
{
    if (xmlSecPtrListGetSize(&context->signedInfoReferences) != 1) {
        return NULL;
    }
    return xmlSecPtrListGetItem(&context->signedInfoReferences, 0);
}

static outcome_t verify_with(braze_signed_t *result, xmlNodePtr signature,
                             const braze_saml_key_t *key, apr_pool_t *pool)
{
    xmlSecDSigCtxPtr context = make_context(key, pool);
    xmlSecDSigReferenceCtxPtr reference;
    xmlSecBufferPtr bytes;

    if (!context || xmlSecDSigCtxVerify(context, signature) < 0) {
        return BROKEN;
    }
    reference = reference_of(context);
    if (!reference || reference->status != xmlSecDSigStatusSucceeded) {
        return CHANGED;
    }
    if (context->status != xmlSecDSigStatusSucceeded) {
        return OTHER_KEY;
    }
    bytes = xmlSecDSigReferenceCtxGetPreDigestBuffer(reference);
    if (!bytes || !xmlSecBufferGetData(bytes) || xmlSecBufferGetSize(bytes) == 0) {
        return BROKEN;
    }
    result->bytes = (const char *)xmlSecBufferGetData(bytes);
    result->len = xmlSecBufferGetSize(bytes);
    return FITS;
}

/* Puts the element's ID, and no other, where references are looked up. */
static int register_id(xmlNodePtr element)
{
    xmlAttrPtr attr = xmlHasProp(element, BAD_CAST "ID");

    return attr && attr->children && attr->children->content &&
           (attr->atype == XML_ATTRIBUTE_ID ||
            xmlAddID(NULL, element->doc, attr->children->content, attr));
}

/* The method's name says which keys can have made it: rsa-… or ecdsa-… */
static int is_ecdsa(xmlNodePtr signature, apr_pool_t *pool)
{
    const braze_node_t *info = braze_node_child(signature, BRAZE_NS_DS, "SignedInfo");
    const braze_node_t *method = braze_node_child(info, BRAZE_NS_DS, "SignatureMethod");

    return strstr(braze_node_attr(method, "Algorithm", pool), "#ecdsa-") != NULL;
}

static outcome_t verify(braze_signed_t *result, xmlNodePtr element, const apr_array_header_t *keys,
                        apr_pool_t *pool)
{
    xmlNodePtr signature = braze_node_child(element, BRAZE_NS_DS, "Signature");
    int ecdsa = is_ecdsa(signature, pool), i;
    outcome_t outcome = OTHER_KEY, one;

    if (!register_id(element)) {
        return BROKEN;
    }
    for (i = 0; i < keys->nelts; i++) {
        const braze_saml_key_t *key = APR_ARRAY_IDX(keys, i, braze_saml_key_t *);

        if (key->is_ec != ecdsa) {
            continue;
        }
        one = verify_with(result, signature, key, pool);
        if (one == FITS || one == CHANGED) { /* another key makes no difference to a digest */
            result->key = i + 1;
            return one;
        }
        outcome = one == BROKEN ? BROKEN : outcome;
    }
    return outcome;
}

braze_err_t *braze_dsig_verify(braze_signed_t *result, braze_node_t *element,
                               const apr_array_header_t *keys, apr_pool_t *pool)
{
    const char *path = braze_node_path(element, pool);
    braze_quiet_t quiet;
    outcome_t outcome;

    braze_quiet_begin(&quiet);
    outcome = verify(result, element, keys, pool);
    braze_quiet_end(&quiet);
    switch (outcome) {
    case FITS:
        return NULL;
    case CHANGED:
        return braze_saml_refuse(BRAZE_SAML_DIGEST, pool, "%s: the digest differs", path);
    case OTHER_KEY:
        return braze_saml_refuse(BRAZE_SAML_SIGNATURE, pool, "%s: none of %d keys fits", path,
                                 keys->nelts);
    default:
        return braze_saml_refuse(BRAZE_SAML_SIGNATURE, pool, "%s: not verified: %s", path,
                                 *quiet.text ? quiet.text : "no reason given");
    }
}
