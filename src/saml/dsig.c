/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML-Signature core validation (XML Signature Syntax and Processing, section 3.2) of the one form
 * that signature.c lets through. The signature is looked at before the reference: whoever has no
 * key gets no further than its few hundred bytes.
 */
#include <string.h>

#include <apr_strings.h>

#include "c14n.h"
#include "dsig.h"

/* Bytes of a SignedInfo, which has two digests' worth of text and a few algorithms' names: anybody
 * can send one. */
#define SIGNED_INFO_MAX 65536

typedef enum { FITS, OTHER_KEY, CHANGED, BROKEN } outcome_t;

/* xs:base64Binary: white space may stand anywhere in it. */
static int read_binary(const unsigned char **data, apr_size_t *len, const braze_node_t *node,
                       apr_pool_t *pool)
{
    const char *text = braze_node_text(node, pool);
    char *dense = apr_palloc(pool, strlen(text) + 1), *out = dense;

    for (; *text; text++) {
        if (!strchr(" \t\r\n", *text)) {
            *out++ = *text;
        }
    }
    return braze_base64_decode(data, len, dense, (apr_size_t)(out - dense), pool);
}

/* SignedInfo with each of the keys that can have made it. */
static outcome_t verify_signature(braze_signed_t *result, const braze_node_t *signature,
                                  const apr_array_header_t *keys, apr_pool_t *pool)
{
    const braze_node_t *info = braze_node_child(signature, BRAZE_NS_DS, "SignedInfo");
    const braze_node_t *c14n = braze_node_child(info, BRAZE_NS_DS, "CanonicalizationMethod");
    const braze_algorithm_t *method = braze_signature_method(
        braze_algorithm_of(braze_node_child(info, BRAZE_NS_DS, "SignatureMethod"), pool));
    const unsigned char *value;
    const char *bytes;
    apr_size_t len, value_len;

    if (!method ||
        !read_binary(&value, &value_len, braze_node_child(signature, BRAZE_NS_DS, "SignatureValue"),
                     pool) ||
        !braze_c14n_exclusive(&bytes, &len, info, NULL, braze_prefix_list(c14n, pool),
                              SIGNED_INFO_MAX, pool)) {
        return BROKEN;
    }
    result->key = braze_signature_holds(keys, method, value, value_len, bytes, len, pool);
    return result->key ? FITS : OTHER_KEY;
}

/* The one Reference, which is element itself without its Signature. */
static outcome_t verify_reference(braze_signed_t *result, const braze_node_t *element,
                                  const braze_node_t *signature, apr_size_t max, apr_pool_t *pool)
{
    const braze_node_t *info = braze_node_child(signature, BRAZE_NS_DS, "SignedInfo");
    const braze_node_t *reference = braze_node_child(info, BRAZE_NS_DS, "Reference");
    const braze_node_t *transform = braze_node_child(
        braze_node_child(reference, BRAZE_NS_DS, "Transforms"), BRAZE_NS_DS, "Transform");
    const braze_algorithm_t *method = braze_digest_method(
        braze_algorithm_of(braze_node_child(reference, BRAZE_NS_DS, "DigestMethod"), pool));
    const unsigned char *digest;
    apr_size_t len;

    transform = braze_node_next(transform, BRAZE_NS_DS, "Transform");
    if (!method ||
        !read_binary(&digest, &len, braze_node_child(reference, BRAZE_NS_DS, "DigestValue"),
                     pool) ||
        !braze_c14n_exclusive(&result->bytes, &result->len, element, signature,
                              braze_prefix_list(transform, pool), max, pool)) {
        return BROKEN;
    }
    return braze_digest_is(method, digest, len, result->bytes, result->len) ? FITS : CHANGED;
}

braze_err_t *braze_dsig_verify(braze_signed_t *result, const braze_node_t *element,
                               const apr_array_header_t *keys, apr_size_t max, apr_pool_t *pool)
{
    const braze_node_t *signature = braze_node_child(element, BRAZE_NS_DS, "Signature");
    const char *path = braze_node_path(element, pool);
    braze_quiet_t quiet;
    outcome_t outcome;

    braze_quiet_begin(&quiet);
    outcome = verify_signature(result, signature, keys, pool);
    if (outcome == FITS) {
        outcome = verify_reference(result, element, signature, max, pool);
    }
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
        return braze_saml_refuse(BRAZE_SAML_SIGNATURE, pool,
                                 "%s: its SignatureValue or DigestValue is not base64, or it has "
                                 "no canonical form of a usual size",
                                 path);
    }
}
