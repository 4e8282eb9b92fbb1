/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one form of XML signature that SAML core 5.4 allows, checked before xmlsec1 sees it: what is
 * not of this form is refused, so that the library's other abilities (XSLT, XPath, remote
 * references, HMAC, keys in the message) are never reached.
 */
#include <string.h>

#include <apr_strings.h>

#include "saml_int.h"

#define ENVELOPED BRAZE_NS_DS "enveloped-signature"
#define DSIG_MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define PREFIXES_MAX 16 /* of one InclusiveNamespaces */
#define XENC "http://www.w3.org/2001/04/xmlenc#"

/* RFC 6931; SHA-1 only where the administrator allows it. */
static const char *const signature_methods[] = {DSIG_MORE "rsa-sha256",
                                                DSIG_MORE "rsa-sha384",
                                                DSIG_MORE "rsa-sha512",
                                                DSIG_MORE "ecdsa-sha256",
                                                DSIG_MORE "ecdsa-sha384",
                                                DSIG_MORE "ecdsa-sha512",
                                                NULL};
static const char *const weak_signature_methods[] = {BRAZE_NS_DS "rsa-sha1", DSIG_MORE "ecdsa-sha1",
                                                     NULL};
static const char *const digest_methods[] = {XENC "sha256", DSIG_MORE "sha384", XENC "sha512",
                                             NULL};
static const char *const weak_digest_methods[] = {BRAZE_NS_DS "sha1", NULL};

static int is_among(const char *algorithm, const char *const *list)
{
    while (*list && strcmp(algorithm, *list) != 0) {
        list++;
    }
    return *list != NULL;
}

static const char *algorithm_of(const braze_node_t *node, apr_pool_t *pool)
{
    const char *algorithm = node ? braze_node_attr(node, "Algorithm", pool) : NULL;

    return algorithm ? algorithm : "";
}

static braze_err_t *check_algorithm(const braze_node_t *node, const char *const *good,
                                    const char *const *weak, int allow_sha1, apr_pool_t *pool)
{
    const char *algorithm = algorithm_of(node, pool);

    if (is_among(algorithm, good) || (allow_sha1 && is_among(algorithm, weak))) {
        return NULL;
    }
    return braze_saml_refuse(is_among(algorithm, weak) ? BRAZE_SAML_SHA1 : BRAZE_SAML_ALGORITHM,
                             pool, "%s %s", braze_node_path(node, pool), algorithm);
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

/* The InclusiveNamespaces of an algorithm, if any, lists few prefixes: each costs a search at every
 * element. */
static int prefixes_are_few(const braze_node_t *node, apr_pool_t *pool)
{
    const braze_node_t *child = braze_node_child(node, BRAZE_NS_EXC_C14N, "InclusiveNamespaces");
    const char *at = child ? braze_node_attr(child, "PrefixList", pool) : NULL;
    int count = 0;

    while (at && *at && count <= PREFIXES_MAX) {
        at += strspn(at, " \t\r\n");
        count += *at != '\0';
        at += strcspn(at, " \t\r\n");
    }
    return count <= PREFIXES_MAX;
}

/* Exactly: enveloped-signature, then exclusive canonicalization. */
static braze_err_t *check_transforms(const braze_node_t *transforms, apr_pool_t *pool)
{
    const braze_node_t *first = braze_node_child(transforms, BRAZE_NS_DS, "Transform");
    const braze_node_t *second = first ? braze_node_next(first, BRAZE_NS_DS, "Transform") : NULL;

    if (!second || braze_node_next(second, BRAZE_NS_DS, "Transform") ||
        strcmp(algorithm_of(first, pool), ENVELOPED) != 0 ||
        strcmp(algorithm_of(second, pool), BRAZE_NS_EXC_C14N) != 0 ||
        braze_node_child(first, NULL, NULL) || !prefixes_are_few(second, pool)) {
        return braze_saml_refuse(
            BRAZE_SAML_TRANSFORMS, pool, "%s, %s%s", first ? algorithm_of(first, pool) : "none",
            second ? algorithm_of(second, pool) : "none",
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
    return check_algorithm(braze_node_child(reference, BRAZE_NS_DS, "DigestMethod"), digest_methods,
                           weak_digest_methods, allow_sha1, pool);
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
    if (strcmp(algorithm_of(method, pool), BRAZE_NS_EXC_C14N) != 0 ||
        !prefixes_are_few(method, pool)) {
        return braze_saml_refuse(BRAZE_SAML_CANONICALIZATION, pool, "%s",
                                 algorithm_of(method, pool));
    }
    method = braze_node_child(info, BRAZE_NS_DS, "SignatureMethod");
    err = check_algorithm(method, signature_methods, weak_signature_methods, allow_sha1, pool);
    if (err) {
        return err;
    }
    return check_reference(braze_node_child(info, BRAZE_NS_DS, "Reference"), element, allow_sha1,
                           pool);
}
