/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one form of XML signature that SAML core 5.4 allows, checked before anything is verified:
 * what is not of this form is refused, so that XML Signature's other abilities (XSLT, XPath, remote
 * references, HMAC, keys in the message) need not even be there.
 */
#include <string.h>

#include <apr_strings.h>

#include "dsig.h"

#define ENVELOPED BRAZE_NS_DS "enveloped-signature"
#define PREFIXES_MAX 16 /* of one InclusiveNamespaces */

/* Which it is, found NULL: none. SHA-1 only where the administrator allows it. */
static braze_err_t *check_algorithm(const braze_node_t *node, const braze_algorithm_t *found,
                                    int allow_sha1, apr_pool_t *pool)
{
    if (found && (allow_sha1 || !found->is_weak)) {
        return NULL;
    }
    return braze_saml_refuse(found ? BRAZE_SAML_SHA1 : BRAZE_SAML_ALGORITHM, pool, "%s %s",
                             braze_node_path(node, pool), braze_algorithm_of(node, pool));
}

/* The child elements of node are exactly these ds: names, in this order. A last one in brackets may
 * be absent. */
static braze_err_t *check_children(const braze_node_t *node, const char *const *names,
                                   const char *optional, apr_pool_t *pool)
{
    const braze_node_t *child = braze_node_child(node, NULL, NULL);

    for (; *names; names++, child = braze_node_next(child, NULL, NULL)) {
        if (!child || !braze_node_is(child, BRAZE_NS_DS, *names)) {
            return braze_saml_refuse(BRAZE_SAML_SIGNATURE_SHAPE, pool, "%s lacks %s",
                                     braze_node_path(node, pool), *names);
        }
    }
    if (child && optional && braze_node_is(child, BRAZE_NS_DS, optional)) {
        child = braze_node_next(child, NULL, NULL);
    }
    if (child) {
        return braze_saml_refuse(BRAZE_SAML_SIGNATURE_SHAPE, pool, "%s is out of place",
                                 braze_node_path(child, pool));
    }
    return NULL;
}

/* No elements in it. */
static braze_err_t *check_empty(const braze_node_t *node, apr_pool_t *pool)
{
    static const char *const none[] = {NULL};

    return check_children(node, none, NULL, pool);
}

/* The InclusiveNamespaces of an algorithm, if any, lists few prefixes: each costs a search at every
 * element. */
static int prefixes_are_few(const braze_node_t *node, apr_pool_t *pool)
{
    const char *at = braze_prefix_list(node, pool);
    int count = 0;

    while (at && *at && count <= PREFIXES_MAX) {
        at += strspn(at, " \t\r\n");
        count += *at != '\0';
        at += strcspn(at, " \t\r\n");
    }
    return count <= PREFIXES_MAX;
}

/* Nothing in it, or one InclusiveNamespaces that has nothing in it. */
static int holds_prefixes_only(const braze_node_t *node)
{
    const braze_node_t *child = braze_node_child(node, NULL, NULL);

    return !child || (braze_node_is(child, BRAZE_NS_EXC_C14N, "InclusiveNamespaces") &&
                      !braze_node_child(child, NULL, NULL) && !braze_node_next(child, NULL, NULL));
}

/* Exactly: enveloped-signature, then exclusive canonicalization. */
static braze_err_t *check_transforms(const braze_node_t *transforms, apr_pool_t *pool)
{
    const braze_node_t *first = braze_node_child(transforms, BRAZE_NS_DS, "Transform");
    const braze_node_t *second = first ? braze_node_next(first, BRAZE_NS_DS, "Transform") : NULL;

    if (!second || braze_node_next(second, BRAZE_NS_DS, "Transform") ||
        strcmp(braze_algorithm_of(first, pool), ENVELOPED) != 0 ||
        strcmp(braze_algorithm_of(second, pool), BRAZE_NS_EXC_C14N) != 0 ||
        braze_node_child(first, NULL, NULL) || !holds_prefixes_only(second) ||
        !prefixes_are_few(second, pool)) {
        return braze_saml_refuse(
            BRAZE_SAML_TRANSFORMS, pool, "%s, %s%s",
            first ? braze_algorithm_of(first, pool) : "none",
            second ? braze_algorithm_of(second, pool) : "none",
            second && braze_node_next(second, BRAZE_NS_DS, "Transform") ? ", and more" : "");
    }
    return NULL;
}

static braze_err_t *check_reference(const braze_node_t *reference, const braze_node_t *element,
                                    int allow_sha1, apr_pool_t *pool)
{
    static const char *const parts[] = {"Transforms", "DigestMethod", "DigestValue", NULL};
    const char *uri = braze_node_attr(reference, "URI", pool);
    const char *id = braze_node_attr(element, "ID", pool);
    const braze_node_t *method;
    braze_err_t *err = check_children(reference, parts, NULL, pool);

    if (err) {
        return err;
    }
    if (!uri || !id || uri[0] != '#' || strcmp(uri + 1, id) != 0) {
        return braze_saml_refuse(BRAZE_SAML_REFERENCE, pool, "%s stands in the %s %s",
                                 uri ? uri : "no URI", braze_node_path(element, pool), id);
    }
    err = check_transforms(braze_node_child(reference, BRAZE_NS_DS, "Transforms"), pool);
    if (err) {
        return err;
    }
    method = braze_node_child(reference, BRAZE_NS_DS, "DigestMethod");
    err = check_empty(method, pool);
    if (!err) {
        err = check_empty(braze_node_child(reference, BRAZE_NS_DS, "DigestValue"), pool);
    }
    if (err) {
        return err;
    }
    return check_algorithm(method, braze_digest_method(braze_algorithm_of(method, pool)),
                           allow_sha1, pool);
}

braze_err_t *braze_signature_check(const braze_node_t *element, int allow_sha1, apr_pool_t *pool)
{
    static const char *const parts[] = {"SignedInfo", "SignatureValue", NULL};
    static const char *const info_parts[] = {"CanonicalizationMethod", "SignatureMethod",
                                             "Reference", NULL};
    const braze_node_t *signature = braze_node_child(element, BRAZE_NS_DS, "Signature");
    const braze_node_t *info = braze_node_child(signature, BRAZE_NS_DS, "SignedInfo"), *method;
    braze_err_t *err = check_children(signature, parts, "KeyInfo", pool);

    if (!err) {
        err = check_children(info, info_parts, NULL, pool);
    }
    if (err) {
        return err;
    }
    method = braze_node_child(info, BRAZE_NS_DS, "CanonicalizationMethod");
    if (strcmp(braze_algorithm_of(method, pool), BRAZE_NS_EXC_C14N) != 0 ||
        !holds_prefixes_only(method) || !prefixes_are_few(method, pool)) {
        return braze_saml_refuse(BRAZE_SAML_CANONICALIZATION, pool, "%s",
                                 braze_algorithm_of(method, pool));
    }
    method = braze_node_child(info, BRAZE_NS_DS, "SignatureMethod");
    err = check_empty(method, pool);
    if (!err) {
        err = check_empty(braze_node_child(signature, BRAZE_NS_DS, "SignatureValue"), pool);
    }
    if (err) {
        return err;
    }
    err = check_algorithm(method, braze_signature_method(braze_algorithm_of(method, pool)),
                          allow_sha1, pool);
    if (err) {
        return err;
    }
    return check_reference(braze_node_child(info, BRAZE_NS_DS, "Reference"), element, allow_sha1,
                           pool);
}
