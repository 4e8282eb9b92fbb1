/* SPDX-License-Identifier: Apache-2.0 */
/* SetHandler braze-jit-settings: what the directives have fixed, and our own addresses. */
#include "jit_int.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>

#include "settings_int.h"

static void pin(braze_settings_request_t *request, braze_pin_t which, const char *directive,
                const char *value)
{
    request->pins[which].directive = directive;
    request->pins[which].value = value;
}

static const char *pairs_of(const apr_array_header_t *files, apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, files->nelts, sizeof(const char *));
    int i;

    for (i = 0; i < files->nelts; i++) {
        APR_ARRAY_PUSH(names, const char *) =
            apr_filepath_name_get(APR_ARRAY_IDX(files, i, const char *));
    }
    return apr_array_pstrcat(pool, names, ' ');
}

/* Metadata say all of an IdP at once. Of a file, its name is shown and not where it lies. */
static void pin_idp(braze_settings_request_t *request, request_rec *r, const jit_conf_t *conf)
{
    if (conf->metadata) {
        const char *names = pairs_of(conf->metadata, r->pool);

        pin(request, BRAZE_PIN_TARGET_URL, "BrazeJitIdpMetadata", names);
        pin(request, BRAZE_PIN_IDP_ENTITY_ID, "BrazeJitIdpMetadata", names);
        pin(request, BRAZE_PIN_CERTIFICATE, "BrazeJitIdpMetadata", names);
    }
    if (conf->target_url) {
        pin(request, BRAZE_PIN_TARGET_URL, "BrazeJitTargetUrl", conf->target_url);
    }
    if (conf->idp_entity_id) {
        pin(request, BRAZE_PIN_IDP_ENTITY_ID, "BrazeJitIdpEntityId", conf->idp_entity_id);
    }
    if (conf->certificate) {
        pin(request, BRAZE_PIN_CERTIFICATE, "BrazeJitCertificate",
            apr_filepath_name_get(conf->certificate));
    }
}

static void pin_people(braze_settings_request_t *request, const jit_conf_t *conf)
{
    if (conf->provisioning != HTTPD_UNSET) {
        pin(request, BRAZE_PIN_PROVISIONING, "BrazeJitProvisioning",
            conf->provisioning ? "on" : "off");
    }
    if (conf->default_workspace) {
        pin(request, BRAZE_PIN_WORKSPACE, "BrazeJitDefaultWorkspace", conf->default_workspace);
    }
    if (conf->default_permission_set) {
        pin(request, BRAZE_PIN_PERMISSION_SET, "BrazeJitDefaultPermissionSet",
            conf->default_permission_set);
    }
}

static braze_err_t *settings_fill(braze_settings_request_t *request, request_rec *r)
{
    const jit_conf_t *conf = jit_conf(r);
    const char *host = httpd_base_url(r, conf->base_url);

    pin_idp(request, r, conf);
    if (conf->saml_name) {
        pin(request, BRAZE_PIN_SAML_NAME, "BrazeJitName", conf->saml_name);
    }
    pin_people(request, conf);
    request->excepted_here = conf->allow_domains;
    request->acs_url = apr_pstrcat(r->pool, host, jit_endpoint_url(r, conf, "callback"), NULL);
    request->metadata_url = apr_pstrcat(r->pool, host, jit_endpoint_url(r, conf, "metadata"), NULL);
    request->entity_id = jit_conf_entity_id(conf);
    request->google = jit_google_beside(conf->company);
    return NULL;
}

int jit_settings_handler(request_rec *r)
{
    const jit_conf_t *conf;
    httpd_settings_t settings = {"braze-jit-settings", 0, NULL, NULL, NULL, settings_fill};

    if (!httpd_settings_is_ours(r, settings.handler)) {
        return DECLINED;
    }
    conf = jit_conf(r);
    settings.company = conf->company;
    settings.base_url = conf->base_url;
    settings.companies = jit_server(r->server)->companies;
    return httpd_settings_handle(r, &settings);
}
