/* SPDX-License-Identifier: Apache-2.0 */
/* Logout messages of identity providers (saml-core 3.7, saml-profiles 4.4.4). */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "braze_saml_logout.h"
#include "braze_time.h"
#include "decrypt.h"

#define SUCCESS "urn:oasis:names:tc:SAML:2.0:status:Success"
#define DEFLATE "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
#define SOAP_ENVELOPE "http://schemas.xmlsoap.org/soap/envelope/"
#define ID_MAX 256

/* One message on its way in. */
typedef struct {
    const braze_logout_expect_t *expect;
    const char *kind; /* "LogoutRequest" or "LogoutResponse" */
    braze_logout_t *logout;
    int by_soap;
    apr_pool_t *pool; /* documents included: one request's */
} reading_t;

static braze_err_t *refuse(const reading_t *reading, int status, const char *code, const char *tag,
                           const char *why)
{
    return braze_err_log(braze_err_new(status, code, tag,
                                       "The sign-out message of your company's portal was not "
                                       "accepted.",
                                       reading->pool),
                         reading->pool, "%s", why);
}

static braze_err_t *malformed(const reading_t *reading, const char *why, const braze_err_t *cause)
{
    braze_err_t *err = refuse(reading, 400, "logout_malformed", "BRAZE-J0230", why);

    err->cause = cause;
    return err;
}

static braze_err_t *forged(const reading_t *reading, const char *why, const braze_err_t *cause)
{
    braze_err_t *err = refuse(reading, 403, "logout_signature", "BRAZE-J0231", why);

    err->cause = cause;
    return err;
}

/* ---- what it consists of ---- */

/* The one child of that name; *count how many there are. */
static const braze_node_t *only(int *count, const braze_node_t *node, const char *ns,
                                const char *name)
{
    const braze_node_t *first = braze_node_child(node, ns, name), *each;

    *count = 0;
    for (each = first; each; each = braze_node_next(each, ns, name)) {
        ++*count;
    }
    return first;
}

static int is_id(const char *id)
{
    apr_size_t len = id ? strlen(id) : 0;

    return len > 0 && len <= ID_MAX &&
           strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == len;
}

/* What may stand but once, and must. */
static braze_err_t *check_shape(const reading_t *reading, const braze_node_t *root)
{
    const struct {
        const char *ns, *name;
        int min;
    } parts[] = {{BRAZE_NS_SAML, "Issuer", 1},
                 {BRAZE_NS_DS, "Signature", 0},
                 {BRAZE_NS_SAML, "NameID", 0},
                 {BRAZE_NS_SAML, "EncryptedID", 0},
                 {BRAZE_NS_SAMLP, "Status", 0}};
    const char *version;
    apr_size_t i;
    int count;

    if (!braze_node_is(root, BRAZE_NS_SAMLP, reading->kind)) {
        return malformed(reading, apr_psprintf(reading->pool, "the root is no %s", reading->kind),
                         NULL);
    }
    version = braze_node_attr(root, "Version", reading->pool);
    if (!version || strcmp(version, "2.0") != 0 ||
        !is_id(braze_node_attr(root, "ID", reading->pool))) {
        return malformed(reading, "Version is not 2.0, or the ID is none", NULL);
    }
    for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        (void)only(&count, root, parts[i].ns, parts[i].name);
        if (count < parts[i].min || count > 1) {
            return malformed(
                reading, apr_psprintf(reading->pool, "%s stands %d times", parts[i].name, count),
                NULL);
        }
    }
    return NULL;
}

/* A text that may go into a statement, a log or a message: not empty, no control characters. */
static int is_name(const char *text)
{
    const char *c;

    for (c = text; *c; c++) {
        if (apr_iscntrl(*c)) {
            return 0;
        }
    }
    return c > text && c - text <= BRAZE_SAML_MAX_VALUE;
}

/* ---- whose it is ---- */

/* All keys that are in force under the issuer's name; the first such IdP is the message's. */
static braze_err_t *find_keys(apr_array_header_t **keys, reading_t *reading,
                              const braze_node_t *root)
{
    const char *issuer =
        braze_node_text(braze_node_child(root, BRAZE_NS_SAML, "Issuer"), reading->pool);
    const braze_logout_expect_t *expect = reading->expect;
    const apr_array_header_t *named = braze_saml_idps_named(expect->idps, issuer, reading->pool);
    int i;

    *keys = apr_array_make(reading->pool, 4, sizeof(braze_saml_key_t *));
    reading->logout->idp = NULL;
    for (i = 0; i < named->nelts; i++) {
        const braze_saml_idp_t *idp = APR_ARRAY_IDX(named, i, const braze_saml_idp_t *);

        if (idp->valid_until && idp->valid_until <= expect->now) {
            continue;
        }
        apr_array_cat(*keys, idp->keys);
        reading->logout->idp = reading->logout->idp ? reading->logout->idp : idp;
    }
    if (!reading->logout->idp) {
        return refuse(reading, 403, "logout_issuer", "BRAZE-J0232",
                      apr_psprintf(reading->pool,
                                   "Issuer %.200s is not configured, or its "
                                   "metadata have expired",
                                   issuer));
    }
    return NULL;
}

/* ---- what it says ---- */

static braze_err_t *check_destination(const reading_t *reading, const braze_node_t *root)
{
    const char *destination = braze_node_attr(root, "Destination", reading->pool);

    if (!destination && reading->by_soap && reading->logout->is_response) {
        return NULL; /* where it came back to is where it was asked for */
    }
    /* saml-bindings 3.4.5.2 and 3.5.5.2: whatever is signed names it. */
    if (destination && strcmp(destination, reading->expect->url) == 0) {
        return NULL;
    }
    return refuse(reading, 403, "logout_destination", "BRAZE-J0233",
                  apr_psprintf(reading->pool, "Destination is %.300s, ours is %s (BrazeJitBaseUrl)",
                               destination ? destination : "absent", reading->expect->url));
}

/* 0 = absent, -1 = unreadable. */
static apr_time_t time_of(const reading_t *reading, const braze_node_t *root, const char *name)
{
    const char *text = braze_node_attr(root, name, reading->pool);
    apr_time_t time;

    return !text ? 0 : braze_time_parse(&time, text) ? time : -1;
}

static braze_err_t *check_times(const reading_t *reading, const braze_node_t *root)
{
    apr_time_t now = reading->expect->now, skew = apr_time_from_sec(reading->expect->skew);
    apr_time_t issued = time_of(reading, root, "IssueInstant");
    apr_time_t until = time_of(reading, root, "NotOnOrAfter");

    if (issued <= 0 || until < 0) {
        return malformed(reading, "IssueInstant or NotOnOrAfter cannot be read", NULL);
    }
    if (issued > now + skew || issued + apr_time_from_sec(BRAZE_LOGOUT_MAX_AGE) + skew <= now ||
        (until && until + skew <= now)) {
        return refuse(reading, 403, "logout_expired", "BRAZE-J0234",
                      apr_psprintf(reading->pool, "issued at %s, our clock: %s",
                                   braze_time_rfc3339(issued, reading->pool),
                                   braze_time_rfc3339(now, reading->pool)));
    }
    return NULL;
}

static braze_err_t *read_indexes(const reading_t *reading, const braze_node_t *root)
{
    apr_array_header_t *indexes = apr_array_make(reading->pool, 2, sizeof(const char *));
    const braze_node_t *node;

    for (node = braze_node_child(root, BRAZE_NS_SAMLP, "SessionIndex"); node;
         node = braze_node_next(node, BRAZE_NS_SAMLP, "SessionIndex")) {
        const char *text = braze_node_text(node, reading->pool);

        if (!is_name(text) || indexes->nelts >= BRAZE_LOGOUT_MAX_INDEXES) {
            return malformed(reading, "a SessionIndex is none, or there are too many", NULL);
        }
        APR_ARRAY_PUSH(indexes, const char *) = text;
    }
    reading->logout->session_indexes = indexes;
    return NULL;
}

/* What makes this message itself again: its kind, for an assertion may have the same ID, issuer and
 * ID, with a separator that is in none of them. */
static void note_replay(const reading_t *reading, const braze_node_t *root)
{
    braze_logout_t *logout = reading->logout;
    const char *text = apr_pstrcat(reading->pool, "LogoutRequest\n",
                                   braze_saml_idp_entity_id(logout->idp), "\n", logout->id, NULL);

    logout->replay_key = braze_sha256_hex(text, strlen(text), reading->pool);
    logout->replay_until = time_of(reading, root, "IssueInstant") +
                           apr_time_from_sec(BRAZE_LOGOUT_MAX_AGE + reading->expect->skew);
}

/* Why it cannot be read is only for the log: it may have to do with our key. */
static braze_err_t *decrypt_name(braze_node_t **name, const reading_t *reading,
                                 const braze_node_t *encrypted)
{
    braze_decrypt_t with = {.pairs = reading->expect->pairs, .covered = 1};
    braze_err_t *err, *cause = braze_decrypt(name, encrypted, &with, reading->pool);

    if (!cause) {
        return NULL;
    }
    err = refuse(reading, 400, "logout_encrypted", "BRAZE-J0235",
                 apr_pstrcat(reading->pool, cause->code, ": ", cause->log, NULL));
    err->cause = cause;
    return err;
}

static braze_err_t *read_request(const reading_t *reading, const braze_node_t *root)
{
    braze_node_t *name = braze_node_child(root, BRAZE_NS_SAML, "NameID");
    const braze_node_t *encrypted = braze_node_child(root, BRAZE_NS_SAML, "EncryptedID");
    braze_err_t *err = NULL;

    if (name && encrypted) {
        return malformed(reading, "there is a NameID and an EncryptedID", NULL);
    }
    if (encrypted) {
        err = decrypt_name(&name, reading, encrypted);
    }
    if (err) {
        return err;
    }
    reading->logout->name_id = name ? braze_node_text(name, reading->pool) : "";
    if (!is_name(reading->logout->name_id)) {
        return malformed(reading, "there is no usable NameID", NULL);
    }
    reading->logout->name_qualifier = braze_node_attr(name, "NameQualifier", reading->pool);
    reading->logout->sp_name_qualifier = braze_node_attr(name, "SPNameQualifier", reading->pool);
    note_replay(reading, root);
    return read_indexes(reading, root);
}

static void read_response(const reading_t *reading, const braze_node_t *root)
{
    const braze_node_t *status = braze_node_child(root, BRAZE_NS_SAMLP, "Status"), *code;
    const char *value;

    reading->logout->in_response_to = braze_node_attr(root, "InResponseTo", reading->pool);
    code = status ? braze_node_child(status, BRAZE_NS_SAMLP, "StatusCode") : NULL;
    value = code ? braze_node_attr(code, "Value", reading->pool) : NULL;
    reading->logout->success = value && strcmp(value, SUCCESS) == 0 &&
                               !braze_node_child(code, BRAZE_NS_SAMLP, "StatusCode");
}

/* From a root that is signed: with HTTP-Redirect the whole query, else what was digested. */
static braze_err_t *read_signed(reading_t *reading, const braze_node_t *root)
{
    braze_err_t *err = check_destination(reading, root);

    if (!err) {
        err = check_times(reading, root);
    }
    if (err) {
        return err;
    }
    reading->logout->id = braze_node_attr(root, "ID", reading->pool);
    if (reading->logout->is_response) {
        read_response(reading, root);
        return NULL;
    }
    return read_request(reading, root);
}

static braze_err_t *parse(braze_node_t **root, const reading_t *reading, const char *xml,
                          apr_size_t len, const braze_xml_caps_t *caps)
{
    braze_err_t *cause = len > BRAZE_LOGOUT_MAX_XML
                             ? malformed(reading, "the message is too large", NULL)
                             : braze_xml_parse(root, caps, xml, len, reading->pool);

    return cause ? malformed(reading, cause->log ? cause->log : cause->detail, cause) : NULL;
}

static void begin(reading_t *reading, braze_logout_t **logout, int is_response,
                  const braze_logout_expect_t *expect, apr_pool_t *pool)
{
    reading->expect = expect;
    reading->by_soap = 0;
    reading->kind = is_response ? "LogoutResponse" : "LogoutRequest";
    reading->pool = pool;
    reading->logout = *logout = apr_pcalloc(pool, sizeof(**logout));
    reading->logout->is_response = is_response;
}

/* ---- HTTP-Redirect ---- */

static braze_err_t *check_query(const reading_t *reading, const braze_query_t *query)
{
    const char *encoding =
        query->encoding ? braze_query_decode(query->encoding, reading->pool) : DEFLATE;
    const char *why = NULL;

    if (!query->request == !query->response) {
        why = "SAMLRequest and SAMLResponse are both there, or neither";
    } else if (!query->sig_alg != !query->signature) {
        why = "of SigAlg and Signature only one is there";
    } else if (!encoding || strcmp(encoding, DEFLATE) != 0) {
        why = "SAMLEncoding is not DEFLATE";
    }
    return why ? refuse(reading, 400, "logout_parameters", "BRAZE-J0236", why) : NULL;
}

static braze_err_t *unpack(braze_node_t **root, const reading_t *reading, const char *value)
{
    const char *base64 = braze_query_decode(value, reading->pool), *xml;
    const unsigned char *data;
    apr_size_t len;

    if (!base64 || !braze_base64_decode(&data, &len, base64, strlen(base64), reading->pool)) {
        return malformed(reading, "the parameter is not base64", NULL);
    }
    xml = braze_inflate(&len, data, len, BRAZE_LOGOUT_MAX_XML, reading->pool);
    if (!xml) {
        return malformed(reading, "the parameter is not deflated, or is too large", NULL);
    }
    return parse(root, reading, xml, len, &braze_xml_message_caps);
}

static braze_err_t *verify_query(const reading_t *reading, const braze_query_t *query,
                                 const apr_array_header_t *keys)
{
    switch (braze_query_verify(query, keys, reading->expect->allow_sha1, reading->pool)) {
    case BRAZE_QUERY_HOLDS:
        return NULL;
    case BRAZE_QUERY_UNSIGNED:
        return refuse(reading, 403, "logout_unsigned", "BRAZE-J0237",
                      "the query has no signature: have the IdP sign its logout messages");
    case BRAZE_QUERY_ALGORITHM:
        return forged(reading, "SigAlg is none that is taken", NULL);
    default:
        return forged(reading, "none of the issuer's keys has signed the query", NULL);
    }
}

static braze_err_t *read_relay_state(const reading_t *reading, const braze_query_t *query)
{
    if (!query->relay_state) {
        return NULL;
    }
    reading->logout->relay_state = braze_query_decode(query->relay_state, reading->pool);
    if (!reading->logout->relay_state ||
        strlen(reading->logout->relay_state) > BRAZE_LOGOUT_MAX_RELAY_STATE) {
        return refuse(reading, 400, "logout_parameters", "BRAZE-J0238",
                      "RelayState is badly encoded, or too long");
    }
    return NULL;
}

braze_err_t *braze_logout_read_query(braze_logout_t **logout, const char *text,
                                     const braze_logout_expect_t *expect, apr_pool_t *pool)
{
    apr_array_header_t *keys;
    braze_query_t query;
    reading_t reading;
    braze_node_t *root;
    const char *why = strlen(text) > BRAZE_LOGOUT_MAX_QUERY ? "the query is too long"
                                                            : braze_query_parse(&query, text, pool);
    braze_err_t *err;

    begin(&reading, logout, 0, expect, pool);
    err = why ? refuse(&reading, 400, "logout_parameters", "BRAZE-J0239", why)
              : check_query(&reading, &query);
    if (err) {
        return err;
    }
    begin(&reading, logout, query.response != NULL, expect, pool);
    err = unpack(&root, &reading, query.request ? query.request : query.response);
    if (!err) {
        err = check_shape(&reading, root);
    }
    if (!err) {
        err = find_keys(&keys, &reading, root);
    }
    if (!err) {
        err = verify_query(&reading, &query, keys);
    }
    if (!err) {
        err = read_signed(&reading, root);
    }
    return err ? err : read_relay_state(&reading, &query);
}

/* ---- an element with a signature of its own ---- */

/* What was digested must be the very message that was found, and the issuer the one whose keys were
 * tried. */
static braze_err_t *read_digested(reading_t *reading, const braze_signed_t *digested,
                                  const char *id)
{
    const char *issuer = reading->logout->idp->entity_id;
    braze_node_t *root;
    braze_err_t *err =
        parse(&root, reading, digested->bytes, digested->len, &braze_xml_digested_caps);

    if (!err) {
        err = check_shape(reading, root);
    }
    if (err) {
        return err;
    }
    if (strcmp(braze_node_attr(root, "ID", reading->pool), id) != 0 ||
        strcmp(braze_node_text(braze_node_child(root, BRAZE_NS_SAML, "Issuer"), reading->pool),
               issuer) != 0) {
        return forged(reading, "something else was signed", NULL);
    }
    return read_signed(reading, root);
}

static braze_err_t *read_element(reading_t *reading, braze_node_t *element)
{
    braze_signed_t digested;
    apr_array_header_t *keys;
    braze_err_t *err = check_shape(reading, element), *cause;

    if (!err) {
        err = find_keys(&keys, reading, element);
    }
    if (err) {
        return err;
    }
    if (!braze_node_child(element, BRAZE_NS_DS, "Signature")) {
        return refuse(reading, 403, "logout_unsigned", "BRAZE-J0240",
                      "the message has no signature: have the IdP sign its logout messages");
    }
    cause = braze_signature_check(element, reading->expect->allow_sha1, reading->pool);
    if (!cause) {
        cause = braze_dsig_verify(&digested, element, keys, BRAZE_LOGOUT_MAX_XML, reading->pool);
    }
    if (cause) {
        return forged(reading, cause->log ? cause->log : cause->detail, cause);
    }
    return read_digested(reading, &digested, braze_node_attr(element, "ID", reading->pool));
}

braze_err_t *braze_logout_read_post(braze_logout_t **logout, const char *base64, apr_size_t len,
                                    int is_response, const braze_logout_expect_t *expect,
                                    apr_pool_t *pool)
{
    const unsigned char *xml;
    apr_size_t xml_len;
    reading_t reading;
    braze_node_t *root;
    braze_err_t *err;

    begin(&reading, logout, is_response, expect, pool);
    if (!braze_base64_decode(&xml, &xml_len, base64, len, pool)) {
        return malformed(&reading, "the field is not base64", NULL);
    }
    err = parse(&root, &reading, (const char *)xml, xml_len, &braze_xml_message_caps);
    return err ? err : read_element(&reading, root);
}

braze_err_t *braze_logout_read_soap(braze_logout_t **logout, const char *xml, apr_size_t len,
                                    int is_response, const braze_logout_expect_t *expect,
                                    apr_pool_t *pool)
{
    const braze_node_t *body = NULL;
    braze_node_t *root, *message = NULL;
    reading_t reading;
    braze_err_t *err;

    begin(&reading, logout, is_response, expect, pool);
    reading.by_soap = 1;
    err = parse(&root, &reading, xml, len, &braze_xml_message_caps);
    if (err) {
        return err;
    }
    if (braze_node_is(root, SOAP_ENVELOPE, "Envelope")) {
        body = braze_node_child(root, SOAP_ENVELOPE, "Body");
        message = body ? braze_node_child(body, NULL, NULL) : NULL;
    }
    if (!message || braze_node_next(message, NULL, NULL) ||
        braze_node_next(body, SOAP_ENVELOPE, "Body")) {
        return malformed(&reading, "it is no SOAP envelope of one message", NULL);
    }
    return read_element(&reading, message);
}
