/* SPDX-License-Identifier: Apache-2.0 */
/* Private to saml-check: what a response is held against. */
#ifndef BRAZE_ADMIN_SAML_H
#define BRAZE_ADMIN_SAML_H

#include "admin.h"
#include "braze_saml.h"

#define ADMIN_SAML_NO_KEY "none" /* BrazeJitIdpMetadataKey: no signature is asked for */

/* As a section of httpd's configuration says it; NULL, -1 or empty: it does not. */
typedef struct {
    const char *company, *base_url, *path, *entity_id;
    apr_array_header_t *metadata; /* of const char *: files, as keys and certs */
    const char *metadata_key;     /* a file, or ADMIN_SAML_NO_KEY */
    const char *certificate, *idp_entity_id;
    apr_array_header_t *keys, *certs;
    apr_array_header_t *authn_contexts; /* of const char * */
    int skew, allow_sha1;
    const char *conditional; /* the directive that stands in an <If>; NULL: none does */
} admin_saml_conf_t;

admin_saml_conf_t *admin_saml_conf_new(apr_pool_t *pool);
/* What -f FILE says for --location, and --vhost where there are several. */
braze_err_t *admin_saml_conf_read(admin_saml_conf_t **conf, const admin_t *admin,
                                  const char *file) BRAZE_MUST_CHECK;
/* ---- admin_saml_idp.c ---- */

/* Those that count: metadata, a certificate, or what the company's settings say; never none. */
braze_err_t *admin_saml_idps(braze_saml_idps_t **idps, admin_t *admin,
                             const admin_saml_conf_t *conf, apr_time_t at) BRAZE_MUST_CHECK;

/* ---- admin_saml.c ---- */

/* A file; at most max bytes. what names it in messages. */
braze_err_t *admin_saml_file(const char **data, apr_size_t *len, const char *file, const char *what,
                             apr_size_t max, apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
