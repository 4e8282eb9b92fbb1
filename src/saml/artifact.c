/* SPDX-License-Identifier: Apache-2.0 */
/* An artifact, and the question what it stands for (saml-core 3.5, saml-bindings 3.6.4). */
#include <string.h>

#include <apr_strings.h>

#include "artifact.h"
#include "braze_time.h"

#define ARTIFACT_LEN 44 /* bytes: type, endpoint, source, handle */
#define TYPE 4

braze_err_t *braze_artifact_read(braze_artifact_t *artifact, const char *text, apr_pool_t *pool)
{
    const unsigned char *data;
    apr_size_t len;

    if (strlen(text) > 2 * ARTIFACT_LEN ||
        !braze_base64_decode(&data, &len, text, strlen(text), pool) || len != ARTIFACT_LEN ||
        (data[0] << 8 | data[1]) != TYPE) {
        return braze_err_log(braze_err_new(400, "artifact_malformed", "BRAZE-J0250",
                                           "What came from the identity provider is no artifact. "
                                           "Start again from there.",
                                           pool),
                             pool, "SAMLart of %" APR_SIZE_T_FMT " characters is none of type 4",
                             strlen(text));
    }
    artifact->text = text;
    artifact->index = data[2] << 8 | data[3];
    memcpy(artifact->source, data + 4, sizeof(artifact->source));
    return NULL;
}

static braze_err_t *no_source(const char *why, apr_pool_t *pool)
{
    return braze_err_log(
        braze_err_new(403, "artifact_source", "BRAZE-J0251",
                      "The identity provider is not one that this service knows; compare its "
                      "entity ID with the configured one",
                      pool),
        pool, "%s", why);
}

static braze_err_t *find_source(braze_artifact_resolve_t *resolve, const braze_artifact_ask_t *ask,
                                apr_pool_t *pool)
{
    const braze_saml_idp_t *idp = braze_saml_idps_sourced(ask->idps, ask->artifact->source);
    int i;

    if (!idp) {
        return no_source("no configured identity provider with an ArtifactResolutionService has "
                         "an entity ID of that SHA-1",
                         pool);
    }
    if (idp->valid_until && idp->valid_until <= ask->now) {
        return no_source(
            apr_pstrcat(pool, "the metadata of ", idp->entity_id, " have expired", NULL), pool);
    }
    for (i = 0; i < idp->resolve->nelts; i++) {
        const braze_saml_resolve_t *one = &APR_ARRAY_IDX(idp->resolve, i, braze_saml_resolve_t);

        if (one->index == ask->artifact->index) {
            resolve->idp = idp;
            resolve->url = one->url;
            return NULL;
        }
    }
    return no_source(apr_psprintf(pool, "%s has no ArtifactResolutionService of index %d",
                                  idp->entity_id, ask->artifact->index),
                     pool);
}

static const char *resolve_xml(const braze_artifact_ask_t *ask, const char *url, apr_pool_t *pool)
{
    const char *xml = apr_pstrcat(
        pool,
        "<samlp:ArtifactResolve xmlns:samlp=\"" BRAZE_NS_SAMLP "\" xmlns:saml=\"" BRAZE_NS_SAML
        "\" ID=\"",
        ask->id, "\" Version=\"2.0\" IssueInstant=\"", braze_time_rfc3339(ask->now, pool),
        "\" Destination=\"", braze_xml_escape(url, pool), "\"><saml:Issuer>",
        braze_xml_escape(ask->sp_entity_id, pool), "</saml:Issuer>",
        ask->pair ? braze_signature_template(ask->id, ask->pair, pool) : "", "<samlp:Artifact>",
        braze_xml_escape(ask->artifact->text, pool), "</samlp:Artifact></samlp:ArtifactResolve>",
        NULL);

    return ask->pair ? braze_xml_sign(xml, ask->pair, pool) : xml;
}

braze_err_t *braze_artifact_resolve_make(braze_artifact_resolve_t *resolve,
                                         const braze_artifact_ask_t *ask, apr_pool_t *pool)
{
    const char *xml;
    braze_err_t *err = find_source(resolve, ask, pool);

    if (err) {
        return err;
    }
    xml = resolve_xml(ask, resolve->url, pool);
    if (!xml) {
        return braze_err_new(500, NULL, "BRAZE-J0252",
                             "The identity provider cannot be asked at the moment", pool);
    }
    if (strncmp(xml, "<?xml", 5) == 0) { /* the envelope begins the document */
        xml = strchr(xml, '>') + 1;
    }
    resolve->xml = apr_pstrcat(pool, "<soap:Envelope xmlns:soap=\"" BRAZE_NS_SOAP "\"><soap:Body>",
                               xml, "</soap:Body></soap:Envelope>", NULL);
    return NULL;
}
