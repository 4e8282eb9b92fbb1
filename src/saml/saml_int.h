/* SPDX-License-Identifier: Apache-2.0 */
/* Private to src/saml. */
#ifndef BRAZE_SAML_INT_H
#define BRAZE_SAML_INT_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "braze_err.h"
#include "braze_saml.h"
#include "reasons.h"

#define BRAZE_NS_SAML "urn:oasis:names:tc:SAML:2.0:assertion"
#define BRAZE_NS_SAMLP "urn:oasis:names:tc:SAML:2.0:protocol"
#define BRAZE_NS_MD "urn:oasis:names:tc:SAML:2.0:metadata"
#define BRAZE_NS_DS "http://www.w3.org/2000/09/xmldsig#"
#define BRAZE_NS_XENC "http://www.w3.org/2001/04/xmlenc#"
#define BRAZE_NS_XENC11 "http://www.w3.org/2009/xmlenc11#"
#define BRAZE_HTTP_REDIRECT "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
#define BRAZE_SOAP "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"
#define BRAZE_HTTP_ARTIFACT "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
#define BRAZE_HTTP_POST "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
#define BRAZE_NS_EXC_C14N "http://www.w3.org/2001/10/xml-exc-c14n#"

/* ---- reasons (reasons.c) ------------------------------------------------------------------------
 */

/* The refusal with its code, status, tag and detail; the operator's text is formatted. */
braze_err_t *braze_saml_refuse(braze_saml_reason_t reason, apr_pool_t *pool, const char *fmt, ...)
    BRAZE_PRINTF(3, 4);

/* "j***" of "john@example.com": enough to recognise a value by, not enough to be one. */
const char *braze_saml_mask(const char *value, apr_pool_t *pool);

/* ---- bytes (base64.c, scan.c) -------------------------------------------------------------------
 */

/* RFC 4648 section 4, line breaks (CR, LF) ignored, padding and its bits exact. 1 = decoded. */
int braze_base64_decode(const unsigned char **data, apr_size_t *len, const char *text,
                        apr_size_t text_len, apr_pool_t *pool);

/* What one document may be. */
typedef struct {
    apr_size_t bytes;
    int depth, elements, attributes, namespaces;
    int all_attributes; /* of the document; 0 = no cap */
    int comments;       /* 1 = passed over: in a file of the administrator's, never in a message */
} braze_xml_caps_t;

extern const braze_xml_caps_t braze_xml_message_caps;
extern const braze_xml_caps_t braze_xml_digested_caps; /* a message after canonicalization */
extern const braze_xml_caps_t braze_xml_metadata_caps;
extern const braze_xml_caps_t braze_xml_decrypted_caps; /* an encrypted element, opened */

/*
 * Looks at the bytes before the XML library does, in one pass without allocation: UTF-8, no markup
 * declarations, processing instructions, CDATA sections or entities, and the caps. NULL = may be
 * parsed (well-formedness is not proven by it).
 */
braze_err_t *braze_xml_scan(const braze_xml_caps_t *caps, const char *xml, apr_size_t len,
                            apr_pool_t *pool) BRAZE_MUST_CHECK;

/* For an attribute in double quotes (sp.c). */
const char *braze_xml_escape(const char *text, apr_pool_t *pool);

/* ---- the tree (xml.c, xml_tree.c; its types are libxml2's, seen only by these, xml_walk.c,
 * shape.c and c14n.c) ---- */

typedef struct _xmlNode braze_node_t; /* an element */

/* Parses what has been scanned: NULL and *root, the whole tree in pool, or what is wrong with it.
 * It is looked at only by what is declared here: the nodes are of no document. */
const char *braze_xml_tree(braze_node_t **root, const char *xml, apr_size_t len,
                           apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Scan and parse. The tree is freed with pool. */
braze_err_t *braze_xml_parse(braze_node_t **root, const braze_xml_caps_t *caps, const char *xml,
                             apr_size_t len, apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * Scan and parse what was encrypted where context stands: one or more elements, with the namespaces
 * that are declared there (XML Encryption 4.4). *wrapper is an element of ours around them.
 */
braze_err_t *braze_xml_parse_within(braze_node_t **wrapper, const braze_node_t *context,
                                    const char *xml, apr_size_t len,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;

/* A document in passing (xml_walk.c). The reader is freed with pool. */
typedef struct braze_xml_walk_t braze_xml_walk_t;

/* Scans the bytes, which must stay where they are; whether they are well-formed shows on the way.
 */
braze_err_t *braze_xml_walk_begin(braze_xml_walk_t **walk, const braze_xml_caps_t *caps,
                                  const char *xml, apr_size_t len,
                                  apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The next start tag in the document: of a child first when into, else of what follows. *node has
 * its attributes, and lives until the next call; NULL at the end. The root's depth is 0. */
braze_err_t *braze_xml_walk_next(const braze_node_t **node, int *depth, braze_xml_walk_t *walk,
                                 int into) BRAZE_MUST_CHECK;
/* The same element with all that is in it, until the next call. */
braze_err_t *braze_xml_walk_whole(const braze_node_t **node,
                                  braze_xml_walk_t *walk) BRAZE_MUST_CHECK;

int braze_node_is(const braze_node_t *node, const char *ns, const char *name);
/* First child element of that name, next sibling of that name; ns NULL = any element. */
braze_node_t *braze_node_child(const braze_node_t *node, const char *ns, const char *name);
braze_node_t *braze_node_next(const braze_node_t *node, const char *ns, const char *name);
/* Attribute without a namespace; NULL when absent. */
const char *braze_node_attr(const braze_node_t *node, const char *name, apr_pool_t *pool);
/* xml:lang, which is not looked for further up; NULL when absent. */
const char *braze_node_lang(const braze_node_t *node, apr_pool_t *pool);
/* What canonicalization may make of the tree beyond the document's own length, in bytes: exclusive
 * canonicalization declares a namespace anew wherever an element uses one that its parent does not.
 */
apr_size_t braze_node_growth(const braze_node_t *root);
/* The text children, joined; "" when there are none. */
const char *braze_node_text(const braze_node_t *node, apr_pool_t *pool);
/* "Response/Assertion/Subject" */
const char *braze_node_path(const braze_node_t *node, apr_pool_t *pool);

/* Only the elements of the profile, each where and as often as it may stand; IDs unique; namespaces
 * absolute. */
braze_err_t *braze_shape_check(braze_node_t *root, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Likewise for the one element out of an EncryptedAssertion or EncryptedID; IDs unique among those
 * of the Response around that too. */
braze_err_t *braze_shape_check_inside(const braze_node_t *element, const braze_node_t *encrypted,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- signatures (signature.c, dsig.c, key.c) ---- */

typedef struct braze_saml_key_t braze_saml_key_t; /* a public key */

/* An ArtifactResolutionService that speaks SOAP. */
typedef struct {
    int index;
    const char *url;
} braze_saml_resolve_t;

struct braze_saml_idp_t {
    const char *entity_id, *sso_redirect;
    apr_time_t valid_until;
    apr_array_header_t *keys; /* of braze_saml_key_t * */
    const char *sso_post;
    /* Single logout: where requests go, and where answers go when that is another place. */
    const char *slo_redirect, *slo_redirect_answer, *slo_post, *slo_post_answer, *slo_soap;
    const apr_array_header_t *resolve; /* of braze_saml_resolve_t; NULL: none */
    int wants_signed;                  /* its metadata ask for signed AuthnRequests */

    /* For people who choose (metadata_people.c): all NULL or 0 without metadata. */
    const apr_array_header_t *names;  /* of braze_idp_name_t */
    const apr_array_header_t *scopes; /* of const char *: domains in their A-label form */
    const char *searched;             /* names and host, as a search compares */
    int hidden;                       /* not to be offered */
};

typedef struct {
    const char *lang, *text; /* lang "" when not stated */
} braze_idp_name_t;

/* Names, scopes and the like out of an EntityDescriptor and its role. scratch: of the document. */
void braze_idp_read_people(braze_saml_idp_t *idp, const braze_node_t *entity,
                           const braze_node_t *role, apr_pool_t *pool, apr_pool_t *scratch);

#define BRAZE_TAG_UNTIL "BRAZE-J0212"
#define BRAZE_TAG_NO_IDP "BRAZE-J0215"

/* One entity of a metadata document (metadata_idp.c). */
typedef struct {
    const char *entity_id; /* "(unnamed)" without a usable one */
    const char *tag, *why; /* why it is not taken; NULL = taken */
    int is_other;          /* it is no identity provider at all, and need not be spoken of */
} braze_idp_verdict_t;

/* Narrows *until by the element's validUntil. 0 = it cannot be read. */
int braze_idp_narrow(apr_time_t *until, const braze_node_t *node, apr_pool_t *scratch);
/* *idp is NULL when it is not taken. until: of what it stands in, 0 = no end. */
void braze_idp_read(braze_saml_idp_t **idp, braze_idp_verdict_t *verdict,
                    const braze_node_t *entity, apr_time_t until, apr_time_t now, apr_pool_t *pool,
                    apr_pool_t *scratch);

/* Adds the key of a certificate (DER). 1 = added; 0 = *why says what is wrong with it. */
int braze_key_add_der(apr_array_header_t *keys, const char **why, const unsigned char *der,
                      apr_size_t len, apr_pool_t *pool);
/* Adds the keys of every certificate in the PEM text; 1 = one at least was added and none was
 * refused. */
int braze_key_add_pem(apr_array_header_t *keys, const char **why, const char *pem, apr_size_t len,
                      apr_pool_t *pool);

/* Adds the keys of every certificate, or every public key, in the PEM text; as above. */
int braze_key_add_pem_public(apr_array_header_t *keys, const char **why, const char *pem,
                             apr_size_t len, apr_pool_t *pool);

/* http or https, an authority, and only the characters of RFC 3986. */
int braze_saml_is_web_url(const char *url);

/* Is the Signature of element (its only child of that name) built as SAML core 5.4 says, over
 * element itself? */
braze_err_t *braze_signature_check(const braze_node_t *element, int allow_sha1,
                                   apr_pool_t *pool) BRAZE_MUST_CHECK;

typedef struct {
    const char *bytes; /* what was digested; lives as long as the pool */
    apr_size_t len;
    int key; /* which of the identity provider's, from 1 */
} braze_signed_t;

/* Verifies the checked Signature of element with each of the keys until one fits. max: bytes that
 * element may come to when it is canonical. */
braze_err_t *braze_dsig_verify(braze_signed_t *result, const braze_node_t *element,
                               const apr_array_header_t *keys, apr_size_t max,
                               apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- judging (judge.c, profile.c, subject.c, statements.c) ---- */

typedef struct {
    const braze_saml_expect_t *expect;
    apr_pool_t *pool;    /* what is given back, errors included */
    apr_pool_t *scratch; /* documents and signatures; destroyed with the judgement */
    braze_node_t *response,
        *assertion;          /* as received; from the digested bytes once the signature held */
    const char *only_issuer; /* who was asked for it directly; NULL: it came by a browser */
    int vouched;             /* a signature around response holds */
    const braze_node_t *encrypted; /* EncryptedAssertion in response; NULL: it came in plain */
    int response_signed;
    braze_saml_identity_t *identity;
    apr_array_header_t *said; /* of const char *: by the step so far; NULL = nobody asks */
} braze_judge_t;

/* One line of the trace (trace.c). */
void braze_judge_trace(const braze_judge_t *judge, const char *fmt, ...) BRAZE_PRINTF(2, 3);
/* Tells that a step has passed, or with what it was refused; gives err back. judge may be NULL. */
braze_err_t *braze_judge_step(const braze_judge_t *judge, const char *name, braze_err_t *err);

/* A time attribute: *time = 0 when absent; refused when unreadable, or absent though needed. */
braze_err_t *braze_judge_time(apr_time_t *time, const braze_judge_t *judge,
                              const braze_node_t *node, const char *name,
                              int needed) BRAZE_MUST_CHECK;
/* The text of a name-like element or attribute: not empty, not over the cap, no control characters.
 */
braze_err_t *braze_judge_name(const char **value, const braze_judge_t *judge, const char *text,
                              const char *what) BRAZE_MUST_CHECK;
int braze_judge_past(const braze_judge_t *judge, apr_time_t end); /* now >= end, skew granted */
int braze_judge_future(const braze_judge_t *judge,
                       apr_time_t start); /* now < start, skew granted */
int braze_judge_is_acs(const braze_judge_t *judge, const char *url);

/* Steps over what was digested, in the order in which they are called. */
braze_err_t *braze_judge_status(braze_judge_t *judge) BRAZE_MUST_CHECK;
braze_err_t *braze_judge_envelope(braze_judge_t *judge) BRAZE_MUST_CHECK;
braze_err_t *braze_judge_conditions(braze_judge_t *judge) BRAZE_MUST_CHECK;
braze_err_t *braze_judge_subject(braze_judge_t *judge) BRAZE_MUST_CHECK;
braze_err_t *braze_judge_request(braze_judge_t *judge) BRAZE_MUST_CHECK;
braze_err_t *braze_judge_authn(braze_judge_t *judge) BRAZE_MUST_CHECK;
braze_err_t *braze_judge_attributes(braze_judge_t *judge) BRAZE_MUST_CHECK;

#endif
