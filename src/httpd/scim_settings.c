/* SPDX-License-Identifier: Apache-2.0 */
/* SetHandler braze-scim-settings: where the service is. */
#include "scim_httpd_int.h"

#include <apr_strings.h>

#include "settings_int.h"

#define USUAL_PATH "/scim/v2"

/*
 * The service is another location's: its address is what BrazeScimBaseUrl says here, else the usual
 * path on this host.
 */
static braze_err_t *settings_fill(braze_settings_request_t *request, request_rec *r)
{
    const scim_conf_t *conf = scim_conf(r);

    request->endpoint = conf->base_url && *conf->base_url
                            ? httpd_base_url(r, conf->base_url)
                            : apr_pstrcat(r->pool, httpd_base_url(r, NULL), USUAL_PATH, NULL);
    request->pinned_workspace =
        conf->default_workspace && *conf->default_workspace ? conf->default_workspace : NULL;
    return NULL;
}

int scim_settings_handler(request_rec *r)
{
    const scim_conf_t *conf;
    httpd_settings_t settings = {"braze-scim-settings", 1, NULL, NULL, NULL, settings_fill};

    if (!httpd_settings_is_ours(r, settings.handler)) {
        return DECLINED;
    }
    conf = scim_conf(r);
    settings.company = conf->company;
    settings.base_url = conf->base_url && *conf->base_url ? conf->base_url : NULL;
    settings.companies = scim_server(r->server)->companies;
    return httpd_settings_handle(r, &settings);
}
