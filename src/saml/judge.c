/* SPDX-License-Identifier: Apache-2.0 */
/* The order of judging. What each step asks is in the file that it is called from. */
#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "saml_int.h"

#define ENTITY_FORMAT "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"

void braze_judge_trace(const braze_judge_t *judge, const char *fmt, ...)
{
    va_list args;

    if (!judge->expect->trace || !judge->expect->trace->write) {
        return;
    }
    va_start(args, fmt);
    braze_log_write(judge->expect->trace, BRAZE_LOG_DEBUG, "BRAZE-J0100", judge->scratch, "%s",
                    apr_pvsprintf(judge->scratch, fmt, args));
    va_end(args);
}

/* Base64, guarded parse and shape: what may be looked at, not yet believed. */
static braze_err_t *open_message(braze_node_t **root, const char *base64, apr_size_t len,
                                 apr_pool_t *pool)
{
    const unsigned char *xml;
    apr_size_t xml_len;
    braze_err_t *err;

    if (len > BRAZE_SAML_MAX_BODY) {
        return braze_saml_refuse(BRAZE_SAML_TOO_LARGE, pool,
                                 "%" APR_SIZE_T_FMT " bytes of base64, at most %d", len,
                                 BRAZE_SAML_MAX_BODY);
    }
    if (!braze_base64_decode(&xml, &xml_len, base64, len, pool)) {
        return braze_saml_refuse(BRAZE_SAML_BASE64, pool, "%" APR_SIZE_T_FMT " bytes", len);
    }
    err = braze_xml_parse(root, &braze_xml_message_caps, (const char *)xml, xml_len, pool);
    if (!err) {
        err = braze_shape_check(*root, pool);
    }
    if (!err && !braze_node_is(*root, BRAZE_NS_SAMLP, "Response")) {
        err = braze_saml_refuse(BRAZE_SAML_NOT_RESPONSE, pool, "the root is %s",
                                braze_node_path(*root, pool));
    }
    return err;
}

/* Exactly one assertion. A refusal by the identity provider holds none: say what it said rather
 * than what is missing. */
static braze_err_t *find_assertion(braze_judge_t *judge)
{
    braze_err_t *err;

    judge->assertion = braze_node_child(judge->response, BRAZE_NS_SAML, "Assertion");
    if (braze_node_child(judge->response, BRAZE_NS_SAML, "EncryptedAssertion")) {
        return braze_saml_refuse(judge->assertion ? BRAZE_SAML_MANY_ASSERTIONS
                                                  : BRAZE_SAML_ENCRYPTED,
                                 judge->scratch, "there is an EncryptedAssertion");
    }
    if (!judge->assertion) {
        err = braze_judge_status(judge);
        return err ? err
                   : braze_saml_refuse(BRAZE_SAML_NO_ASSERTION, judge->scratch,
                                       "status Success without an assertion");
    }
    if (braze_node_next(judge->assertion, BRAZE_NS_SAML, "Assertion")) {
        return braze_saml_refuse(BRAZE_SAML_MANY_ASSERTIONS, judge->scratch, "several Assertions");
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

/* The one issuer of both (saml-profiles 4.1.4.2: the Response may leave its own out). */
static braze_err_t *find_issuer(const char **issuer, const braze_judge_t *judge)
{
    const char *outer;
    braze_err_t *err = read_issuer(issuer, judge, judge->assertion);

    if (!err) {
        err = read_issuer(&outer, judge, judge->response);
    }
    if (err) {
        return err;
    }
    if (!*issuer) {
        return braze_saml_refuse(BRAZE_SAML_NO_ISSUER, judge->scratch,
                                 "the Assertion has no Issuer");
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
    int i, expired = 0;
    braze_err_t *err = find_issuer(&issuer, judge);

    if (err) {
        return err;
    }
    *keys = apr_array_make(judge->scratch, 4, sizeof(braze_saml_key_t *));
    judge->identity->issuer = issuer;
    for (i = 0; i < judge->expect->idps->nelts; i++) {
        const braze_saml_idp_t *idp =
            APR_ARRAY_IDX(judge->expect->idps, i, const braze_saml_idp_t *);

        if (strcmp(idp->entity_id, issuer) != 0) {
            continue;
        }
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
        err = braze_dsig_verify(digested, element, keys, judge->scratch);
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
    int is_response = element == judge->response;
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
    if (is_response) {
        judge->response = root;
        return find_assertion(judge);
    }
    judge->assertion = root;
    return NULL;
}

/* Every signature that is there must hold. A signed Response covers the assertion, a signed
 * Assertion itself only. */
static braze_err_t *verify(braze_judge_t *judge)
{
    braze_node_t *response = judge->response, *assertion = judge->assertion;
    int on_response = braze_node_child(response, BRAZE_NS_DS, "Signature") != NULL;
    int on_assertion = braze_node_child(assertion, BRAZE_NS_DS, "Signature") != NULL;
    braze_signed_t digested = {NULL, 0, 0}, inner = {NULL, 0, 0};
    apr_array_header_t *keys;
    braze_err_t *err = find_keys(&keys, judge);

    if (!err && !on_response && !on_assertion) {
        err = braze_saml_refuse(BRAZE_SAML_UNSIGNED, judge->scratch, "no Signature");
    }
    if (!err && on_assertion) {
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

/* What makes this assertion itself again: its issuer and its ID, with a separator that is in
 * neither. */
static braze_err_t *note_replay(braze_judge_t *judge)
{
    braze_saml_identity_t *identity = judge->identity;
    apr_size_t issuer_len = strlen(identity->issuer), id_len;
    char *both;

    identity->assertion_id = braze_node_attr(judge->assertion, "ID", judge->pool);
    id_len = strlen(identity->assertion_id);
    both = apr_pcalloc(judge->scratch, issuer_len + 1 + id_len);
    memcpy(both, identity->issuer, issuer_len);
    memcpy(both + issuer_len + 1, identity->assertion_id, id_len);
    identity->replay_key = braze_sha256_hex(both, issuer_len + 1 + id_len, judge->pool);
    identity->replay_until += apr_time_from_sec(judge->expect->skew);
    return NULL;
}

static braze_err_t *run(braze_judge_t *judge, const char *base64, apr_size_t len)
{
    static braze_err_t *(*const steps[])(braze_judge_t *) = {find_assertion,
                                                             verify,
                                                             confirm_issuer,
                                                             braze_judge_status,
                                                             braze_judge_envelope,
                                                             braze_judge_subject,
                                                             braze_judge_conditions,
                                                             braze_judge_authn,
                                                             braze_judge_request,
                                                             braze_judge_attributes,
                                                             note_replay};
    braze_err_t *err = open_message(&judge->response, base64, len, judge->scratch);
    apr_size_t i;

    if (!err) {
        braze_judge_trace(judge, "response: %s, %" APR_SIZE_T_FMT " bytes of base64",
                          braze_node_attr(judge->response, "ID", judge->scratch), len);
    }
    for (i = 0; !err && i < sizeof(steps) / sizeof(*steps); i++) {
        err = steps[i](judge);
    }
    return err;
}

/* The error outlives the scratch pool that it was made in. */
static braze_err_t *keep(const braze_err_t *err, apr_pool_t *pool)
{
    braze_err_t *kept = apr_pmemdup(pool, err, sizeof(*err));

    kept->detail = apr_pstrdup(pool, err->detail);
    kept->log = apr_pstrdup(pool, err->log);
    return kept;
}

braze_err_t *braze_saml_judge(braze_saml_identity_t **identity, const char *base64, apr_size_t len,
                              const braze_saml_expect_t *expect, apr_pool_t *pool)
{
    braze_judge_t judge = {.expect = expect, .pool = pool};
    braze_err_t *err;

    *identity = NULL;
    apr_pool_create(&judge.scratch, pool);
    judge.identity = apr_pcalloc(pool, sizeof(*judge.identity));
    err = run(&judge, base64, len);
    if (err) {
        err = keep(err, pool);
        braze_judge_trace(&judge, "refused: %s (%s)", err->code, err->log);
    } else {
        *identity = judge.identity;
        braze_judge_trace(&judge, "accepted: assertion %s", judge.identity->assertion_id);
    }
    apr_pool_destroy(judge.scratch);
    return err;
}

braze_err_t *braze_saml_peek(const char **issuer, const char **in_response_to, const char *base64,
                             apr_size_t len, apr_pool_t *pool)
{
    const braze_node_t *node = NULL;
    braze_node_t *response;
    apr_pool_t *scratch;
    braze_err_t *err;

    *issuer = *in_response_to = NULL;
    apr_pool_create(&scratch, pool);
    err = open_message(&response, base64, len, scratch);
    if (err) {
        err = keep(err, pool);
    } else {
        *in_response_to = braze_node_attr(response, "InResponseTo", pool);
        node = braze_node_child(response, BRAZE_NS_SAML, "Issuer");
        if (!node && (node = braze_node_child(response, BRAZE_NS_SAML, "Assertion"))) {
            node = braze_node_child(node, BRAZE_NS_SAML, "Issuer");
        }
        *issuer = node ? braze_node_text(node, pool) : NULL;
    }
    apr_pool_destroy(scratch);
    return err;
}
