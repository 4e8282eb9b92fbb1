/* SPDX-License-Identifier: Apache-2.0 */
/* The order of judging. What each step asks is in the file that it is called from. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "artifact.h"
#include "decrypt.h"

#define ENTITY_FORMAT "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"

static braze_err_t *read_base64(const unsigned char **xml, apr_size_t *xml_len, const char *base64,
                                apr_size_t len, apr_pool_t *pool)
{
    if (len > BRAZE_SAML_MAX_BODY) {
        return braze_saml_refuse(BRAZE_SAML_TOO_LARGE, pool,
                                 "%" APR_SIZE_T_FMT " bytes of base64, at most %d", len,
                                 BRAZE_SAML_MAX_BODY);
    }
    if (!braze_base64_decode(xml, xml_len, base64, len, pool)) {
        return braze_saml_refuse(BRAZE_SAML_BASE64, pool, "%" APR_SIZE_T_FMT " bytes", len);
    }
    return NULL;
}

static braze_err_t *check_root(const braze_node_t *root, apr_pool_t *pool)
{
    if (braze_node_is(root, BRAZE_NS_SAMLP, "Response")) {
        return NULL;
    }
    return braze_saml_refuse(BRAZE_SAML_NOT_RESPONSE, pool, "the root is %s",
                             braze_node_path(root, pool));
}

/* Base64, guarded parse and shape: what may be looked at, not yet believed. judge NULL: nobody is
 * told. */
static braze_err_t *open_message(braze_node_t **root, const char *base64, apr_size_t len,
                                 const braze_judge_t *judge, apr_pool_t *pool)
{
    const unsigned char *xml;
    apr_size_t xml_len;
    braze_err_t *err =
        braze_judge_step(judge, "base64", read_base64(&xml, &xml_len, base64, len, pool));

    if (!err) {
        err = braze_xml_parse(root, &braze_xml_message_caps, (const char *)xml, xml_len, pool);
        err = braze_judge_step(judge, "xml", err);
    }
    if (!err) {
        err = check_root(*root, pool);
        err = err ? err : braze_shape_check(*root, pool);
        err = braze_judge_step(judge, "shape", err);
    }
    return err;
}

/* Exactly one assertion, plain or encrypted. A refusal by the identity provider holds none: say
 * what it said rather than what is missing. */
static braze_err_t *find_assertion(braze_judge_t *judge)
{
    const braze_node_t *response = judge->response;
    braze_err_t *err;

    judge->assertion = braze_node_child(response, BRAZE_NS_SAML, "Assertion");
    judge->encrypted = braze_node_child(response, BRAZE_NS_SAML, "EncryptedAssertion");
    if (!judge->assertion && !judge->encrypted) {
        err = braze_judge_status(judge);
        return err ? err
                   : braze_saml_refuse(BRAZE_SAML_NO_ASSERTION, judge->scratch,
                                       "status Success without an assertion");
    }
    if ((judge->assertion && judge->encrypted) ||
        (judge->assertion && braze_node_next(judge->assertion, BRAZE_NS_SAML, "Assertion")) ||
        (judge->encrypted &&
         braze_node_next(judge->encrypted, BRAZE_NS_SAML, "EncryptedAssertion"))) {
        return braze_saml_refuse(BRAZE_SAML_MANY_ASSERTIONS, judge->scratch,
                                 "several Assertions, plain or encrypted");
    }
    return NULL;
}

/* *issuer = NULL when there is none. */
static braze_err_t *read_issuer(const char **issuer, const braze_judge_t *judge,
                                const braze_node_t *element)
{
    const braze_node_t *node = braze_node_child(element, BRAZE_NS_SAML, "Issuer");
    const char *format;

    *issuer = NULL;
    if (!node) {
        return NULL;
    }
    format = braze_node_attr(node, "Format", judge->scratch);
    if (format && strcmp(format, ENTITY_FORMAT) != 0) {
        return braze_saml_refuse(BRAZE_SAML_ISSUER_FORMAT, judge->scratch, "Format %s", format);
    }
    return braze_judge_name(issuer, judge, braze_node_text(node, judge->pool), "Issuer");
}

/* The one issuer of both (saml-profiles 4.1.4.2: the Response may leave its own out, but not around
 * an encrypted assertion, whose own is not known yet). */
static braze_err_t *find_issuer(const char **issuer, const braze_judge_t *judge)
{
    const char *outer, *inner = NULL;
    braze_err_t *err = read_issuer(&outer, judge, judge->response);

    if (!err && judge->assertion) {
        err = read_issuer(&inner, judge, judge->assertion);
    }
    if (err) {
        return err;
    }
    *issuer = judge->assertion ? inner : outer;
    if (!*issuer || (judge->encrypted && !outer)) {
        return braze_saml_refuse(BRAZE_SAML_NO_ISSUER, judge->scratch, "the %s has no Issuer",
                                 *issuer || !judge->assertion ? "Response" : "Assertion");
    }
    if (outer && strcmp(outer, *issuer) != 0) {
        return braze_saml_refuse(BRAZE_SAML_ISSUER_MISMATCH, judge->scratch,
                                 "Response: %s, Assertion: %s", outer, *issuer);
    }
    return NULL;
}

/* Keys of the issuer: of all that are configured under its name and not expired, the first of which
 * is the identity's. */
static braze_err_t *find_keys(apr_array_header_t **keys, braze_judge_t *judge)
{
    const char *issuer;
    const apr_array_header_t *named;
    int i, expired = 0;
    braze_err_t *err = find_issuer(&issuer, judge);

    *keys = NULL;
    if (err) {
        return err;
    }
    if (judge->only_issuer && strcmp(issuer, judge->only_issuer) != 0) {
        return braze_saml_refuse(BRAZE_SAML_OTHER_IDP, judge->scratch, "%s handed out one of %s",
                                 judge->only_issuer, issuer);
    }
    *keys = apr_array_make(judge->scratch, 4, sizeof(braze_saml_key_t *));
    judge->identity->issuer = issuer;
    named = braze_saml_idps_named(judge->expect->idps, issuer, judge->scratch);
    for (i = 0; i < named->nelts; i++) {
        const braze_saml_idp_t *idp = APR_ARRAY_IDX(named, i, const braze_saml_idp_t *);

        if (idp->valid_until && idp->valid_until <= judge->expect->now) {
            expired = 1;
            continue;
        }
        apr_array_cat(*keys, idp->keys);
        judge->identity->idp = judge->identity->idp ? judge->identity->idp : idp;
    }
    if (!judge->identity->idp) {
        return braze_saml_refuse(expired ? BRAZE_SAML_IDP_EXPIRED : BRAZE_SAML_ISSUER_UNKNOWN,
                                 judge->scratch, "Issuer %s", issuer);
    }
    braze_judge_trace(judge, "issuer: %s is configured, %d keys", issuer, (*keys)->nelts);
    return NULL;
}

static braze_err_t *verify_one(braze_signed_t *digested, const braze_judge_t *judge,
                               braze_node_t *element, const apr_array_header_t *keys)
{
    braze_err_t *err = braze_signature_check(element, judge->expect->allow_sha1, judge->scratch);

    if (!err) {
        err = braze_dsig_verify(digested, element, keys, BRAZE_SAML_MAX_DIGESTED, judge->scratch);
    }
    if (!err) {
        braze_judge_trace(judge, "signature: of %s verified with key %d",
                          braze_node_path(element, judge->scratch), digested->key);
    }
    return err;
}

/* From here on the nodes are those of the digested bytes. */
static braze_err_t *read_digested(braze_judge_t *judge, const braze_signed_t *digested,
                                  const braze_node_t *element)
{
    const char *id = braze_node_attr(element, "ID", judge->scratch), *digested_id;
    int is_response = element == judge->response, was_encrypted = judge->encrypted != NULL;
    braze_node_t *root;
    braze_err_t *err = braze_xml_parse(&root, &braze_xml_digested_caps, digested->bytes,
                                       digested->len, judge->scratch);

    if (!err) {
        err = braze_shape_check(root, judge->scratch);
    }
    if (err) {
        return err;
    }
    digested_id = braze_node_attr(root, "ID", judge->scratch);
    if (!braze_node_is(root, is_response ? BRAZE_NS_SAMLP : BRAZE_NS_SAML,
                       is_response ? "Response" : "Assertion") ||
        strcmp(id, digested_id) != 0) {
        return braze_saml_refuse(BRAZE_SAML_SIGNED_OTHER, judge->scratch, "%s %s instead of %s",
                                 braze_node_path(root, judge->scratch), digested_id, id);
    }
    if (!is_response) {
        judge->assertion = root;
        return NULL;
    }
    judge->response = root;
    err = find_assertion(judge);
    if (!err && !judge->encrypted != !was_encrypted) {
        err = braze_saml_refuse(BRAZE_SAML_SIGNED_OTHER, judge->scratch, "another assertion");
    }
    return err;
}

static int is_signed(const braze_node_t *element)
{
    return braze_node_child(element, BRAZE_NS_DS, "Signature") != NULL;
}

static braze_err_t *unsigned_message(const braze_judge_t *judge)
{
    return braze_saml_refuse(BRAZE_SAML_UNSIGNED, judge->scratch, "no Signature");
}

/* Every signature that is there must hold. A signed Response covers the assertion, a signed
 * Assertion itself only. */
static braze_err_t *verify_plain(braze_judge_t *judge, const apr_array_header_t *keys)
{
    braze_node_t *response = judge->response, *assertion = judge->assertion;
    int on_response = is_signed(response), on_assertion = is_signed(assertion);
    braze_signed_t digested = {NULL, 0, 0}, inner = {NULL, 0, 0};
    braze_err_t *err = NULL;

    if (!on_response && !on_assertion) {
        return judge->vouched ? NULL : unsigned_message(judge);
    }
    if (on_assertion) {
        err = verify_one(&inner, judge, assertion, keys);
    }
    if (!err && on_response) {
        err = verify_one(&digested, judge, response, keys);
    }
    if (err) {
        return err;
    }
    judge->response_signed = on_response;
    return on_response ? read_digested(judge, &digested, response)
                       : read_digested(judge, &inner, assertion);
}

static braze_err_t *decrypt_assertion(braze_judge_t *judge)
{
    braze_decrypt_t with = {.pairs = judge->expect->pairs,
                            .covered = judge->response_signed || judge->vouched};
    braze_err_t *err = braze_decrypt(&judge->assertion, judge->encrypted, &with, judge->scratch);

    if (!err) {
        braze_judge_trace(judge, "decrypted: the assertion, %s", with.how);
    }
    return err;
}

/* A signed Response covers the ciphertext, so that nothing of it is decrypted that it does not
 * vouch for; otherwise the Assertion inside must be signed. */
static braze_err_t *verify_encrypted(braze_judge_t *judge, const apr_array_header_t *keys)
{
    braze_signed_t digested = {NULL, 0, 0};
    braze_err_t *err = NULL;

    judge->response_signed = is_signed(judge->response);
    if (judge->response_signed) {
        err = verify_one(&digested, judge, judge->response, keys);
        if (!err) {
            err = read_digested(judge, &digested, judge->response);
        }
    }
    if (!err) {
        err = decrypt_assertion(judge);
    }
    if (err) {
        return err;
    }
    if (!is_signed(judge->assertion)) {
        return judge->response_signed || judge->vouched ? NULL : unsigned_message(judge);
    }
    err = verify_one(&digested, judge, judge->assertion, keys);
    return err ? err : read_digested(judge, &digested, judge->assertion);
}

static braze_err_t *verify(braze_judge_t *judge)
{
    apr_array_header_t *keys;
    braze_err_t *err = find_keys(&keys, judge);

    if (err) {
        return err;
    }
    return judge->encrypted ? verify_encrypted(judge, keys) : verify_plain(judge, keys);
}

/* The issuer once more, now that it is proven: the keys were chosen by an unproven one. */
static braze_err_t *confirm_issuer(braze_judge_t *judge)
{
    const char *issuer;
    braze_err_t *err = find_issuer(&issuer, judge);

    if (!err && strcmp(issuer, judge->identity->idp->entity_id) != 0) {
        err = braze_saml_refuse(BRAZE_SAML_ISSUER_MISMATCH, judge->scratch, "signed: %s, used: %s",
                                issuer, judge->identity->idp->entity_id);
    }
    return err;
}

/*
 * What makes this assertion itself again: its issuer and its ID, with a separator that is in
 * neither. The time before it is the assertion's own, so that whoever sends it again, anywhere and
 * at any time, comes to the same key.
 */
static braze_err_t *note_replay(braze_judge_t *judge)
{
    braze_saml_identity_t *identity = judge->identity;
    apr_size_t issuer_len = strlen(identity->issuer), id_len;
    apr_time_t issued;
    char *both;
    braze_err_t *err = braze_judge_time(&issued, judge, judge->assertion, "IssueInstant", 1);

    if (err) {
        return err;
    }
    identity->assertion_id = braze_node_attr(judge->assertion, "ID", judge->pool);
    id_len = strlen(identity->assertion_id);
    both = apr_pcalloc(judge->scratch, issuer_len + 1 + id_len);
    memcpy(both, identity->issuer, issuer_len);
    memcpy(both + issuer_len + 1, identity->assertion_id, id_len);
    identity->replay_key = braze_timed_hash(issued, both, issuer_len + 1 + id_len, judge->pool);
    identity->replay_digest = braze_sha256_hex(both, issuer_len + 1 + id_len, judge->pool);
    identity->replay_until += apr_time_from_sec(judge->expect->skew);
    return NULL;
}

/* From a response on that is open. */
static braze_err_t *run_steps(braze_judge_t *judge)
{
    static const struct {
        const char *name;
        braze_err_t *(*run)(braze_judge_t *judge);
    } steps[] = {
        {"assertion", find_assertion},
        {"signature", verify},
        {"issuer", confirm_issuer},
        {"status", braze_judge_status},
        {"envelope", braze_judge_envelope},
        {"subject", braze_judge_subject},
        {"conditions", braze_judge_conditions},
        {"authentication", braze_judge_authn},
        {"request", braze_judge_request},
        {"attributes", braze_judge_attributes},
        {"identity", note_replay},
    };
    braze_err_t *err = NULL;
    apr_size_t i;

    for (i = 0; !err && i < sizeof(steps) / sizeof(*steps); i++) {
        err = braze_judge_step(judge, steps[i].name, steps[i].run(judge));
    }
    return err;
}

static braze_err_t *run(braze_judge_t *judge, const char *base64, apr_size_t len)
{
    braze_err_t *err = open_message(&judge->response, base64, len, judge, judge->scratch);

    if (!err) {
        braze_judge_trace(judge, "response: %s, %" APR_SIZE_T_FMT " bytes of base64",
                          braze_node_attr(judge->response, "ID", judge->scratch), len);
    }
    return err ? err : run_steps(judge);
}

/* The error outlives the scratch pool that it was made in. */
static braze_err_t *keep(const braze_err_t *err, apr_pool_t *pool)
{
    braze_err_t *kept = apr_pmemdup(pool, err, sizeof(*err));

    kept->detail = apr_pstrdup(pool, err->detail);
    kept->log = apr_pstrdup(pool, err->log);
    return kept;
}

static void begin(braze_judge_t *judge, const braze_saml_expect_t *expect, apr_pool_t *pool)
{
    memset(judge, 0, sizeof(*judge));
    judge->expect = expect;
    judge->pool = pool;
    apr_pool_create(&judge->scratch, pool);
    judge->identity = apr_pcalloc(pool, sizeof(*judge->identity));
    judge->said = expect->steps ? apr_array_make(judge->scratch, 4, sizeof(const char *)) : NULL;
}

static braze_err_t *end(braze_saml_identity_t **identity, braze_judge_t *judge, braze_err_t *err)
{
    *identity = NULL;
    if (err) {
        err = keep(err, judge->pool);
        braze_judge_trace(judge, "refused: %s (%s)", err->code, err->log);
    } else {
        *identity = judge->identity;
        braze_judge_trace(judge, "accepted: assertion %s", judge->identity->assertion_id);
    }
    apr_pool_destroy(judge->scratch);
    return err;
}

braze_err_t *braze_saml_judge(braze_saml_identity_t **identity, const char *base64, apr_size_t len,
                              const braze_saml_expect_t *expect, apr_pool_t *pool)
{
    braze_judge_t judge;

    begin(&judge, expect, pool);
    return end(identity, &judge, run(&judge, base64, len));
}

braze_err_t *braze_saml_judge_received(braze_saml_identity_t **identity,
                                       const braze_saml_received_t *received,
                                       const braze_saml_expect_t *expect, apr_pool_t *pool)
{
    braze_judge_t judge;

    begin(&judge, expect, pool);
    judge.response = received->response;
    judge.only_issuer = received->issuer;
    judge.vouched = received->vouched;
    braze_judge_trace(&judge, "response: %s, from %s itself%s",
                      braze_node_attr(judge.response, "ID", judge.scratch), received->issuer,
                      received->vouched ? ", signed by it" : "");
    return end(identity, &judge, run_steps(&judge));
}

static void peek(const char **issuer, const char **in_response_to, const braze_node_t *response,
                 apr_pool_t *pool)
{
    const braze_node_t *node = braze_node_child(response, BRAZE_NS_SAML, "Issuer");

    *in_response_to = braze_node_attr(response, "InResponseTo", pool);
    if (!node && (node = braze_node_child(response, BRAZE_NS_SAML, "Assertion"))) {
        node = braze_node_child(node, BRAZE_NS_SAML, "Issuer");
    }
    *issuer = node ? braze_node_text(node, pool) : NULL;
}

void braze_saml_peek_received(const char **issuer, const char **in_response_to,
                              const braze_saml_received_t *received, apr_pool_t *pool)
{
    peek(issuer, in_response_to, received->response, pool);
}

braze_err_t *braze_saml_peek(const char **issuer, const char **in_response_to, const char *base64,
                             apr_size_t len, apr_pool_t *pool)
{
    braze_node_t *response;
    apr_pool_t *scratch;
    braze_err_t *err;

    *issuer = *in_response_to = NULL;
    apr_pool_create(&scratch, pool);
    err = open_message(&response, base64, len, NULL, scratch);
    if (err) {
        err = keep(err, pool);
    } else {
        peek(issuer, in_response_to, response, pool);
    }
    apr_pool_destroy(scratch);
    return err;
}
