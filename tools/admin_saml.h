/* SPDX-License-Identifier: Apache-2.0 */
/* Private to saml-check: what a response is held against. */
#ifndef BRAZE_ADMIN_SAML_H
#define BRAZE_ADMIN_SAML_H

#include "admin.h"
#include "braze_saml.h"

/* As a section of httpd's configuration says it; NULL, -1 or empty: it does not. */
typedef struct {
    const char *company, *base_url, *path, *entity_id;
    apr_array_header_t *metadata; /* of const char *: files, as keys and certs */
    const char *certificate, *idp_entity_id;
    apr_array_header_t *keys, *certs;
    apr_array_header_t *authn_contexts; /* of const char * */
    int skew, allow_sha1;
} admin_saml_conf_t;

admin_saml_conf_t *admin_saml_conf_new(apr_pool_t *pool);
/* What -f FILE says for --location, and --vhost where there are several. */
braze_err_t *admin_saml_conf_read(admin_saml_conf_t **conf, const admin_t *admin,
                                  const char *file) BRAZE_MUST_CHECK;
/* A file; at most max bytes. what names it in messages. */
braze_err_t *admin_saml_file(const char **data, apr_size_t *len, const char *file, const char *what,
                             apr_size_t max, apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
