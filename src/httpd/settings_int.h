/* SPDX-License-Identifier: Apache-2.0 */
/* SetHandler braze-jit-settings and braze-scim-settings: what both modules' glue shares. */
#ifndef BRAZE_HTTPD_SETTINGS_INT_H
#define BRAZE_HTTPD_SETTINGS_INT_H

#include "httpd_int.h"

#include "braze_settings.h"

typedef struct {
    const char *handler; /* "braze-jit-settings" … */
    int scim;
    const char *company;  /* BrazeCompany, or NULL */
    const char *base_url; /* external URL of the host, or NULL = from the request */
    httpd_snapshots_t *companies;
    /* Fills in what only this module knows; company and catalog are there. */
    braze_err_t *(*fill)(braze_settings_request_t *request, request_rec *r);
} httpd_settings_t;

/* 1 when this request is one for that handler. */
int httpd_settings_is_ours(request_rec *r, const char *handler);
int httpd_settings_handle(request_rec *r, const httpd_settings_t *settings);

#endif
