/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An artifact turned into the Response that it stands for, by asking the identity provider. Nothing
 * of the database is held while it is waited for, and only so many threads wait at once.
 */
#include "jit_int.h"

#include <apr_strings.h>

#include "braze_id.h"

static braze_err_t *artifact_busy(request_rec *r, apr_uint32_t max)
{
    braze_err_t *err =
        braze_err_new(HTTP_SERVICE_UNAVAILABLE, "artifact_busy", "BRAZE-J0441",
                      "Too many sign-ins wait for an identity provider. Try again.", r->pool);

    err->retry_after = 5;
    return braze_err_log(err, r->pool, "%u requests of this process wait for artifacts already",
                         max);
}

static braze_err_t *artifact_unreachable(request_rec *r, const braze_artifact_resolve_t *resolve,
                                         const char *why)
{
    return braze_err_log(
        braze_err_new(HTTP_BAD_GATEWAY, "artifact_unreachable", "BRAZE-J0440",
                      "Your identity provider does not answer at the moment. Try again, or start "
                      "there.",
                      r->pool),
        r->pool, "%s at %s: %s", braze_saml_idp_entity_id(resolve->idp), resolve->url, why);
}

static braze_err_t *artifact_fetch(const char **text, apr_size_t *len, request_rec *r,
                                   const braze_artifact_resolve_t *resolve)
{
    apr_uint32_t busy;
    const char *why =
        jit_fetch(text, len, &busy, r, resolve->url, resolve->xml, BRAZE_ARTIFACT_MAX_ANSWER);

    if (busy) {
        return artifact_busy(r, busy);
    }
    return why ? artifact_unreachable(r, resolve, why) : NULL;
}

/* expect->idps are those of the location or company. */
static braze_err_t *artifact_ask(braze_artifact_resolve_t *resolve,
                                 const braze_artifact_expect_t *expect, request_rec *r,
                                 const jit_conf_t *conf, const char *text)
{
    const apr_array_header_t *pairs;
    braze_artifact_t artifact;
    braze_artifact_ask_t ask = {.artifact = &artifact,
                                .idps = expect->idps,
                                .sp_entity_id = jit_conf_entity_id(conf),
                                .id = expect->id,
                                .now = r->request_time};
    braze_err_t *err = braze_artifact_read(&artifact, text, r->pool);

    if (!err) {
        err = jit_key_pairs(&pairs, r, conf);
    }
    if (err) {
        return err;
    }
    ask.pair = pairs ? APR_ARRAY_IDX(pairs, 0, const braze_saml_pair_t *) : NULL;
    return braze_artifact_resolve_make(resolve, &ask, r->pool);
}

braze_err_t *jit_artifact_resolve(braze_saml_received_t **received, request_rec *r,
                                  const jit_conf_t *conf, const braze_saml_idps_t *idps,
                                  const char *artifact)
{
    braze_artifact_expect_t expect = {.idps = idps,
                                      .skew = conf->clock_skew == HTTPD_UNSET ? JIT_DEFAULT_SKEW
                                                                              : conf->clock_skew,
                                      .allow_sha1 = conf->allow_sha1 == 1};
    braze_artifact_resolve_t resolve;
    const char *text;
    apr_size_t len;
    braze_err_t *err;

    expect.id = apr_pstrcat(r->pool, "_", braze_secret_new(r->pool), NULL);
    err = artifact_ask(&resolve, &expect, r, conf, artifact);
    if (!err) {
        err = artifact_fetch(&text, &len, r, &resolve);
    }
    if (err) {
        return err;
    }
    expect.idp = resolve.idp;
    expect.now = apr_time_now(); /* it took its time */
    return braze_artifact_answer_read(received, text, len, &expect, r->pool);
}
