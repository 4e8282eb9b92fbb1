/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging a SAML response (SAML 2.0 Web Browser SSO profile, HTTP-POST binding). Pure: clock, trust
 * anchors and expectations are arguments; nothing is read from a database, a network or the
 * message's own keys. Fail closed.
 */
#ifndef BRAZE_SAML_H
#define BRAZE_SAML_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "braze_err.h"
#include "braze_log.h"

/* Bytes, unless it says otherwise. */
#define BRAZE_SAML_MAX_BODY (256 * 1024) /* the form body, and the base64 in it */
/* After base64. Percent-encoded, in lines and with a RelayState it is a form of that size still. */
#define BRAZE_SAML_MAX_XML (160 * 1024)
#define BRAZE_SAML_MAX_DIGESTED (1024 * 1024)      /* after canonicalization */
#define BRAZE_SAML_MAX_DECRYPTED (112 * 1024)      /* what was encrypted */
#define BRAZE_SAML_MAX_ENCRYPTED_KEYS 4            /* each costs a private key's work */
#define BRAZE_SAML_MAX_DEPTH 32                    /* elements inside one another */
#define BRAZE_SAML_MAX_NODES 620                   /* elements: each value in its own Attribute */
#define BRAZE_SAML_MAX_ATTRS 32                    /* XML attributes of one element */
#define BRAZE_SAML_MAX_ALL_ATTRS 1620              /* of all elements: six on each value */
#define BRAZE_SAML_MAX_NAMESPACES 540              /* declarations; two on each value is usual */
#define BRAZE_SAML_MAX_NAMESPACE_BYTES (64 * 1024) /* that canonicalization would write */
#define BRAZE_SAML_MAX_NAMESPACE_URI 256           /* canonicalization may repeat it everywhere */
#define BRAZE_SAML_MAX_VALUE 8192                  /* one text value: NameID, attribute value … */
#define BRAZE_SAML_MAX_ATTRIBUTES 256              /* attribute values of an assertion */
#define BRAZE_SAML_MAX_ENTITY_ID 1024              /* saml-core 8.3.6 */
#define BRAZE_SAML_MAX_METADATA (64 * 1024 * 1024) /* a metadata file */

/*
 * Starts libxml2 and xmlsec1, before any other call here and before there are threads; may be
 * called again (httpd loads its configuration twice). With pool ends what must not outlive our
 * code; the libraries, which other modules may use too, run on.
 */
braze_err_t *braze_saml_init(apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * One identity provider: entity ID, endpoints and public keys, parsed once. Immutable after
 * loading, so that threads may share it; lives in the pool it was loaded into (its keys are
 * released with that pool).
 */
typedef struct braze_saml_idp_t braze_saml_idp_t;

const char *braze_saml_idp_entity_id(const braze_saml_idp_t *idp);
/* SSO endpoint for HTTP-Redirect (else NULL). */
const char *braze_saml_idp_sso_redirect(const braze_saml_idp_t *idp);
/* 1: it refuses an AuthnRequest that is not signed, as its metadata say (WantAuthnRequestsSigned).
 */
int braze_saml_idp_wants_signed(const braze_saml_idp_t *idp);
apr_time_t braze_saml_idp_valid_until(const braze_saml_idp_t *idp); /* 0 = no end stated */

/*
 * Identity providers, found by entity ID in a time that does not depend on how many there are. A
 * set is filled by one thread and then immutable; it lives in the pool that it was made in.
 */
typedef struct braze_saml_idps_t braze_saml_idps_t;

braze_saml_idps_t *braze_saml_idps_make(apr_pool_t *pool);
/* idp must live as long. 0 = not added: the set has one of that name. */
int braze_saml_idps_add(braze_saml_idps_t *idps, const braze_saml_idp_t *idp);
/* Those of another set too, which must live as long; only: the one of that name, or NULL for all.
 * Several of one name in several sets: any of their keys. */
void braze_saml_idps_join(braze_saml_idps_t *idps, const braze_saml_idps_t *other,
                          const char *only);
int braze_saml_idps_count(const braze_saml_idps_t *idps);
const braze_saml_idp_t *braze_saml_idps_nth(const braze_saml_idps_t *idps, int n);
/* The first of that name; NULL = none. */
const braze_saml_idp_t *braze_saml_idps_find(const braze_saml_idps_t *idps, const char *entity_id);
/* All of that name: of const braze_saml_idp_t *. */
const apr_array_header_t *braze_saml_idps_named(const braze_saml_idps_t *idps,
                                                const char *entity_id, apr_pool_t *pool);
/* A short form of an entity ID, for a cookie; and the identity provider that has it, or NULL. */
#define BRAZE_SAML_IDP_MARK 16 /* characters: hex digits of its SHA-256 */
const char *braze_saml_idp_mark(const char *entity_id, apr_pool_t *pool);
const braze_saml_idp_t *braze_saml_idps_marked(const braze_saml_idps_t *idps, const char *mark);

/*
 * IdPs from metadata (an EntityDescriptor, or an EntitiesDescriptor of them), of which those that
 * cannot be used are left out. When none is left, errors (BRAZE-J02xx) say what is wrong in the
 * file: not metadata, expired (validUntil), no IDPSSODescriptor, no usable signing key (RSA >=
 * 2048, EC P-256/384/521), and name the entity.
 */
braze_err_t *braze_saml_idp_load(braze_saml_idps_t **idps, const char *xml, apr_size_t len,
                                 apr_time_t now, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The other way: what Braze's page asks for. pem may hold several certificates (rollover), all of
 * which must be usable; target_url may be NULL. */
braze_err_t *braze_saml_idp_make(braze_saml_idp_t **idp, const char *entity_id,
                                 const char *target_url, const char *pem, apr_size_t pem_len,
                                 apr_pool_t *pool) BRAZE_MUST_CHECK;
/* One with the keys of another, which must live as long, under a name and an address of its own. */
braze_err_t *braze_saml_idp_like(braze_saml_idp_t **idp, const braze_saml_idp_t *other,
                                 const char *entity_id, const char *target_url,
                                 apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * Who wants to know of each step of judging, in order: name is one word, err NULL when it has
 * passed, text what was found (";" between several; "" = nothing), values masked. Valid during the
 * call.
 */
typedef struct {
    void (*step)(void *baton, const char *name, const braze_err_t *err, const char *text);
    void *baton;
} braze_saml_steps_t;

/* What a response is held against. */
typedef struct {
    const braze_saml_idps_t *idps; /* the only issuers there are */
    const char *sp_entity_id;      /* Audience */
    /* Of const char *: Destination and Recipient must be one of them, to the byte. */
    const apr_array_header_t *acs_urls;
    int skew; /* seconds tolerated on every time check, 0..600 */
    int allow_sha1;
    /* ID of this browser's outstanding request and whom it was sent to; NULL = there is none. A
     * response to no request is taken all the same. */
    const char *in_response_to, *in_response_to_idp;
    /* Of const char *: class references, one of which an AuthnStatement must name to the byte; NULL
     * = any way of authentication is good. */
    const apr_array_header_t *authn_contexts;
    apr_time_t now;
    const apr_array_header_t
        *pairs;               /* of braze_saml_pair_t *: our keys, each may decrypt; or NULL */
    const braze_log_t *trace; /* a line a step (BRAZE-J0100, debug, values masked), or NULL */
    const braze_saml_steps_t *steps; /* or NULL */
} braze_saml_expect_t;

typedef struct {
    const char *name, *name_format, *friendly_name; /* formats may be NULL */
    const apr_array_header_t *values;               /* of const char *; empty values left out */
} braze_saml_attribute_t;

/* Who the IdP says this is: every value read from the bytes that were digested. */
typedef struct {
    const braze_saml_idp_t *idp;
    const char *issuer, *assertion_id;
    const char *replay_key;     /* braze_timed_hash of issuer, NUL, assertion ID at IssueInstant */
    const char *replay_digest;  /* braze_sha256_hex of the same: what older records lie under */
    apr_time_t replay_until;    /* from then on it is refused as expired anyway, skew included */
    const char *name_id;        /* not empty, no control characters */
    const char *name_id_format; /* or NULL */
    const char *name_qualifier, *sp_name_qualifier; /* of the NameID, or NULL */
    const char *session_index;                      /* or NULL */
    apr_time_t session_not_on_or_after;             /* 0 = none */
    apr_time_t authn_instant;
    const char *in_response_to; /* NULL = unsolicited, that is IdP-initiated */
    int one_time_use;
    const apr_array_header_t *attributes; /* of braze_saml_attribute_t * */
} braze_saml_identity_t;

/*
 * Judges the value of the SAMLResponse form field (base64, already percent-decoded, len bytes).
 * Steps in the order of the security chapter of docs/mod_braze_jit.md; the first that fails is the
 * error: status 400 for what is not a valid response, 403 for a valid one that is not for us or no
 * longer in time; code is the stable reason (see braze_saml_reasons).
 */
braze_err_t *braze_saml_judge(braze_saml_identity_t **identity, const char *base64, apr_size_t len,
                              const braze_saml_expect_t *expect, apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * Issuer and the Response's InResponseTo as the message claims them, unproven: only to choose where
 * to look. NULL when absent. Behind the same guard as judge and with its reasons; it parses the
 * message once more, so ask only where the answer is needed.
 */
braze_err_t *braze_saml_peek(const char **issuer, const char **in_response_to, const char *base64,
                             apr_size_t len, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Every reason code that judge can give, NULL-terminated: documentation and tests go by it. */
extern const char *const braze_saml_reasons[];

/* ---- attributes: which SAML names give which field ---- */

typedef enum {
    BRAZE_FIELD_EMAIL,
    BRAZE_FIELD_FIRST_NAME,
    BRAZE_FIELD_LAST_NAME,
    BRAZE_FIELD_DEPARTMENT,
    BRAZE_FIELD_WORKSPACE,
    BRAZE_FIELD_PERMISSION_SET,
    BRAZE_FIELD_GROUPS,
    BRAZE_FIELD_COUNT
} braze_field_t;

/* "email" … of the directive BrazeJitAttribute; -1 when it is none. */
int braze_field_by_name(const char *name);

/* names[field] is an array of const char *, or NULL for Braze's own list. A name is an attribute's
 * Name, or "{NameFormat}Name"; "{uri}", "{basic}" and "{unspecified}" are the standard's. */
typedef struct {
    const apr_array_header_t *names[BRAZE_FIELD_COUNT];
} braze_attribute_map_t;

/* Braze's lists (plus Entra's emailaddress): of const char *, for documentation and merging. */
const apr_array_header_t *braze_field_default_names(braze_field_t field, apr_pool_t *pool);

/*
 * The values of a field, in order of names and then of the assertion, distinct; empty when there
 * are none. map NULL = Braze's own lists: department, workspace, permission_set and groups are then
 * empty, since an identity provider hands those out only where the administrator says so.
 */
const apr_array_header_t *braze_saml_values(const braze_saml_identity_t *identity,
                                            const braze_attribute_map_t *map, braze_field_t field,
                                            apr_pool_t *pool);

/* Our metadata: entity ID, ACS URLs (the first is the default). XML text. */
const char *braze_saml_sp_metadata(const char *entity_id, const apr_array_header_t *acs_urls,
                                   apr_pool_t *pool);

#endif
