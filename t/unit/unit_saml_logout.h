/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logout messages as an identity provider sends them. A query is deflated and signed here, with
 * zlib and OpenSSL alone, so that the reader is not held against our own way of writing one; an
 * element is signed by xmlsec1.
 */
#ifndef BRAZE_UNIT_SAML_LOGOUT_H
#define BRAZE_UNIT_SAML_LOGOUT_H

#include "braze_saml_logout.h"
#include "src/saml/message.h"
#include "unit_saml.h"

#define UNIT_LOGOUT_URL "https://sp.example.com/auth/saml/logout"
#define UNIT_LOGOUT_ID "_message"
#define UNIT_LOGOUT_NOW "2027-01-15T08:00:00Z" /* UNIT_SAML_NOW */
#define UNIT_LOGOUT_OTHER "https://other.example.com/metadata"
#define UNIT_LOGOUT_WHO "anna@decorumsoft.com"
#define UNIT_LOGOUT_SKEW 60

typedef enum { UNIT_LOGOUT_QUERY, UNIT_LOGOUT_FORM, UNIT_LOGOUT_SOAP } unit_logout_how_t;

/* One message on the wire. */
typedef struct {
    unit_logout_how_t how;
    int is_response;
    const char *text; /* a query string, base64, or an envelope */
} unit_logout_sent_t;

/* For cmocka: with keys for the whole program; and a pool for each test. */
int unit_logout_set_up(void **state);
int unit_logout_begin(void **state);
int unit_logout_end(void **state);
apr_pool_t *unit_logout_pool(void);
/* Of UNIT_SAML_IDP, of UNIT_LOGOUT_OTHER, of nobody that is configured. */
const braze_saml_pair_t *unit_logout_idp(void);
const braze_saml_pair_t *unit_logout_other(void);
const braze_saml_pair_t *unit_logout_evil(void);

/* What a message is held against: both identity providers, no SHA-1, no key of ours. */
void unit_logout_expect(braze_logout_expect_t *expect);

/* A message with nothing wrong, not signed; and a text with another one in place of what stands
 * there first. */
const char *unit_logout_xml(int is_response);
const char *unit_logout_replaced(const char *text, const char *old, const char *other);

/* By any way; pair NULL: not signed. */
unit_logout_sent_t unit_logout_send(unit_logout_how_t how, int is_response, const char *xml,
                                    const braze_saml_pair_t *pair);
/* The element with its signature, in the place where it belongs; edit: what is replaced in the
 * template by what, NULL at the end. */
const char *unit_logout_element(const char *xml, const braze_saml_pair_t *pair,
                                const char *const *edit);
const char *unit_logout_base64(const char *data, apr_size_t len);
const char *unit_logout_envelope(const char *inside);

/* "SAMLRequest=…" (or SAMLResponse). */
const char *unit_logout_field(int is_response, const char *xml);
const char *unit_logout_deflated(apr_size_t *len, const char *xml);
const char *unit_logout_escaped(const char *text);
/* The signature of these very octets behind them, with a digest by OpenSSL's name. */
const char *unit_logout_signed(const char *octets, const char *digest,
                               const braze_saml_pair_t *pair);

/* expect NULL: the usual. */
braze_err_t *unit_logout_read(braze_logout_t **logout, unit_logout_sent_t sent,
                              const braze_logout_expect_t *expect);
braze_logout_t *unit_logout_believed(unit_logout_sent_t sent, const braze_logout_expect_t *expect);
/* reason: "status code tag"; why: in the operator's line. */
void unit_logout_refused(unit_logout_sent_t sent, const braze_logout_expect_t *expect,
                         const char *reason, const char *why);

#define UNIT_LOGOUT_MALFORMED "400 logout_malformed BRAZE-J0230"
#define UNIT_LOGOUT_FORGED "403 logout_signature BRAZE-J0231"
#define UNIT_LOGOUT_ISSUER "403 logout_issuer BRAZE-J0232"
#define UNIT_LOGOUT_DESTINATION "403 logout_destination BRAZE-J0233"
#define UNIT_LOGOUT_EXPIRED "403 logout_expired BRAZE-J0234"
#define UNIT_LOGOUT_ENCRYPTED "400 logout_encrypted BRAZE-J0235"
#define UNIT_LOGOUT_PARAMETERS "400 logout_parameters BRAZE-J0236"
#define UNIT_LOGOUT_QUERY_UNSIGNED "403 logout_unsigned BRAZE-J0237"
#define UNIT_LOGOUT_RELAY_STATE "400 logout_parameters BRAZE-J0238"
#define UNIT_LOGOUT_QUERY_BUILT "400 logout_parameters BRAZE-J0239"
#define UNIT_LOGOUT_UNSIGNED "403 logout_unsigned BRAZE-J0240"

#endif
