/* SPDX-License-Identifier: Apache-2.0 */
/* What the identity provider answers when it is asked for an artifact (saml-core 3.5.2). */
#include <string.h>

#include <apr_strings.h>

#include "artifact.h"
#include "braze_time.h"

#define SUCCESS "urn:oasis:names:tc:SAML:2.0:status:Success"
#define ANSWER_MAX_AGE 300 /* seconds: it was asked for a moment ago */

typedef struct {
    const braze_artifact_expect_t *expect;
    braze_node_t *answer; /* ArtifactResponse */
    int vouched;
    apr_pool_t *pool;
} reading_t;

static braze_err_t *wrong(const reading_t *reading, const char *why, const braze_err_t *cause)
{
    braze_err_t *err = braze_err_new(
        403, "artifact_answer", "BRAZE-J0253",
        "The identity provider did not say who you are. Start again from there.", reading->pool);

    err->cause = cause;
    return braze_err_log(err, reading->pool, "%s: %s", reading->expect->idp->entity_id, why);
}

static const char *attr(const reading_t *reading, const char *name)
{
    const char *value = braze_node_attr(reading->answer, name, reading->pool);

    return value ? value : "";
}

/* The envelope and everything in it, as strictly as a response that a browser brings. */
static braze_err_t *open_answer(reading_t *reading, const char *xml, apr_size_t len)
{
    braze_node_t *root, *body;
    braze_err_t *cause = braze_xml_parse(&root, &braze_xml_message_caps, xml, len, reading->pool);

    if (!cause) {
        cause = braze_shape_check(root, reading->pool);
    }
    if (cause) {
        return wrong(reading, "the answer is not built as it should be", cause);
    }
    body = braze_node_is(root, BRAZE_NS_SOAP, "Envelope")
               ? braze_node_child(root, BRAZE_NS_SOAP, "Body")
               : NULL;
    reading->answer = body ? braze_node_child(body, BRAZE_NS_SAMLP, "ArtifactResponse") : NULL;
    return reading->answer
               ? NULL
               : wrong(reading, "the answer is no envelope of an ArtifactResponse", NULL);
}

static apr_array_header_t *keys_of(const reading_t *reading)
{
    const braze_artifact_expect_t *expect = reading->expect;
    const apr_array_header_t *named =
        braze_saml_idps_named(expect->idps, expect->idp->entity_id, reading->pool);
    apr_array_header_t *keys = apr_array_make(reading->pool, 4, sizeof(braze_saml_key_t *));
    int i;

    for (i = 0; i < named->nelts; i++) {
        const braze_saml_idp_t *idp = APR_ARRAY_IDX(named, i, const braze_saml_idp_t *);

        if (!idp->valid_until || idp->valid_until > expect->now) {
            apr_array_cat(keys, idp->keys);
        }
    }
    return keys;
}

/* From here on it is read out of what was digested. */
static braze_err_t *read_digested(reading_t *reading, const braze_signed_t *digested)
{
    const char *id = attr(reading, "ID");
    braze_node_t *root;
    braze_err_t *cause = braze_xml_parse(&root, &braze_xml_digested_caps, digested->bytes,
                                         digested->len, reading->pool);

    if (!cause) {
        cause = braze_shape_check(root, reading->pool);
    }
    if (cause) {
        return wrong(reading, "what was signed cannot be read", cause);
    }
    if (!braze_node_is(root, BRAZE_NS_SAMLP, "ArtifactResponse") ||
        strcmp(braze_node_attr(root, "ID", reading->pool), id) != 0) {
        return wrong(reading, "something else was signed", NULL);
    }
    reading->answer = root;
    reading->vouched = 1;
    return NULL;
}

/* Its own signature may be left out, for what is inside may have one; if it is there it holds. */
static braze_err_t *verify(reading_t *reading)
{
    braze_signed_t digested;
    braze_err_t *cause;

    if (!braze_node_child(reading->answer, BRAZE_NS_DS, "Signature")) {
        return NULL;
    }
    cause = braze_signature_check(reading->answer, reading->expect->allow_sha1, reading->pool);
    if (!cause) {
        cause = braze_dsig_verify(&digested, reading->answer, keys_of(reading),
                                  BRAZE_SAML_MAX_DIGESTED, reading->pool);
    }
    return cause ? wrong(reading, "its signature does not hold", cause)
                 : read_digested(reading, &digested);
}

/* saml-profiles 5.4.2: from whom it is must be said. */
static braze_err_t *check_origin(const reading_t *reading)
{
    const braze_node_t *issuer = braze_node_child(reading->answer, BRAZE_NS_SAML, "Issuer");
    const char *name = issuer ? braze_node_text(issuer, reading->pool) : "";

    if (strcmp(attr(reading, "Version"), "2.0") != 0) {
        return wrong(reading, "Version is not 2.0", NULL);
    }
    if (strcmp(attr(reading, "InResponseTo"), reading->expect->id) != 0) {
        return wrong(reading, "it answers another request (InResponseTo)", NULL);
    }
    if (strcmp(name, reading->expect->idp->entity_id) != 0) {
        return wrong(reading,
                     apr_psprintf(reading->pool, "Issuer is %.200s", *name ? name : "absent"),
                     NULL);
    }
    return NULL;
}

static braze_err_t *check_time(const reading_t *reading)
{
    apr_time_t now = reading->expect->now, skew = apr_time_from_sec(reading->expect->skew), issued;

    if (!braze_time_parse(&issued, attr(reading, "IssueInstant"))) {
        return wrong(reading, "IssueInstant cannot be read", NULL);
    }
    if (issued > now + skew + apr_time_from_sec(ANSWER_MAX_AGE) ||
        issued + apr_time_from_sec(ANSWER_MAX_AGE) + skew <= now) {
        return wrong(reading,
                     apr_psprintf(reading->pool, "it was issued at %s, our clock: %s",
                                  braze_time_rfc3339(issued, reading->pool),
                                  braze_time_rfc3339(now, reading->pool)),
                     NULL);
    }
    return NULL;
}

static braze_err_t *check_status(const reading_t *reading)
{
    const braze_node_t *status = braze_node_child(reading->answer, BRAZE_NS_SAMLP, "Status"), *code;
    const char *value;

    code = status ? braze_node_child(status, BRAZE_NS_SAMLP, "StatusCode") : NULL;
    value = code ? braze_node_attr(code, "Value", reading->pool) : NULL;
    if (!value || strcmp(value, SUCCESS) != 0) {
        return wrong(reading,
                     apr_psprintf(reading->pool, "status %.200s", value ? value : "absent"), NULL);
    }
    return NULL;
}

/* saml-bindings 3.6.6: what is used up or unknown is answered by nothing. */
static braze_err_t *used_up(const reading_t *reading)
{
    return braze_err_log(
        braze_err_new(403, "artifact_unknown", "BRAZE-J0254",
                      "This sign-in was already used, or it took too long. Start again at your "
                      "identity provider.",
                      reading->pool),
        reading->pool, "%s knows nothing of the artifact: it was used, or is too old",
        reading->expect->idp->entity_id);
}

braze_err_t *braze_artifact_answer_read(braze_saml_received_t **received, const char *xml,
                                        apr_size_t len, const braze_artifact_expect_t *expect,
                                        apr_pool_t *pool)
{
    static braze_err_t *(*const checks[])(const reading_t *) = {check_origin, check_time,
                                                                check_status};
    reading_t reading = {.expect = expect, .pool = pool};
    braze_node_t *response;
    braze_err_t *err = open_answer(&reading, xml, len);
    apr_size_t i;

    *received = NULL;
    if (!err) {
        err = verify(&reading);
    }
    for (i = 0; !err && i < sizeof(checks) / sizeof(*checks); i++) {
        err = checks[i](&reading);
    }
    if (err) {
        return err;
    }
    response = braze_node_child(reading.answer, BRAZE_NS_SAMLP, "Response");
    if (!response) {
        return used_up(&reading);
    }
    *received = apr_pcalloc(pool, sizeof(**received));
    (*received)->response = response;
    (*received)->issuer = expect->idp->entity_id;
    (*received)->vouched = reading.vouched;
    return NULL;
}
