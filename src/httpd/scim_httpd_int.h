/* SPDX-License-Identifier: Apache-2.0 */
/* Private to mod_braze_scim's glue. */
#ifndef BRAZE_SCIM_HTTPD_INT_H
#define BRAZE_SCIM_HTTPD_INT_H

#include "httpd_int.h"

#include "braze_scim.h"

#define SCIM_AUTH_TYPE "braze-scim"
#define SCIM_HANDLER "braze-scim"
#define SCIM_OFF "" /* a text that an inner section has switched off */
#define SCIM_DEFAULT_MAX_BODY (1024 * 1024)
#define SCIM_DEFAULT_MAX_RESULTS 200
#define SCIM_DEFAULT_MAX_OPERATIONS 1000

extern module AP_MODULE_DECLARE_DATA braze_scim_module;
APLOG_USE_MODULE(braze_scim);

/* Per directory; every field starts UNSET, defaults are applied where a field is read. */
typedef struct {
    const char *company;
    int dialect;                              /* braze_scim_dialect_t */
    const apr_array_header_t *origin_headers; /* of const char * */
    const char *default_workspace;
    int rate_limit; /* requests a period; 0 = off */
    apr_interval_time_t rate_period;
    apr_int64_t max_body;
    int max_results;
    int max_operations;
    const char *base_url;
} scim_conf_t;

/* Per server. */
typedef struct {
    int used;
    httpd_snapshots_t *companies; /* made in child_init */
} scim_server_t;

/* What authentication found out, for the authorization providers and the handler of the same
 * request. */
typedef struct {
    const braze_token_t *token;
    const braze_user_t *user;    /* the row that the path names, found in the same statement */
    int prefetched;              /* user is the answer, NULL included */
    const char *prefetched_name; /* user was sought by this key of a userName; NULL = by id */
    const char *base;            /* URI of the service: "/scim/v2" */
    const char *path;            /* the rest: "/Users/…" */
} scim_request_t;

/* ---- scim_conf.c */
void *scim_dir_create(apr_pool_t *pool, char *dir);
void *scim_dir_merge(apr_pool_t *pool, void *base, void *add);
void *scim_server_create(apr_pool_t *pool, server_rec *s);
extern const command_rec scim_commands[];
scim_conf_t *scim_conf(request_rec *r);
scim_server_t *scim_server(server_rec *s);
braze_scim_dialect_t scim_conf_dialect(const scim_conf_t *conf);
apr_size_t scim_conf_max_body(const scim_conf_t *conf);

/* What authentication and authorization leave in r->notes for the answer: why, and the challenge of
 * RFC 6750. */
#define SCIM_NOTE_DETAIL "braze-scim-detail"
#define SCIM_NOTE_CHALLENGE "braze-scim-challenge"

/* ---- scim_request.c */
scim_request_t *scim_request(request_rec *r);
/* Is this request answered by our handler? (SetHandler braze-scim) */
int scim_is_ours(request_rec *r);

/* ---- scim_auth.c: AuthType braze-scim, Require braze-scim-origin, Require braze-scim-allowlist */
int scim_check_authn(request_rec *r);
/* A failed Require that is answered 401: the challenge. */
int scim_note_auth_failure(request_rec *r, const char *auth_type);
/* An authorized request: notes the token's use. */
int scim_fixups(request_rec *r);
void scim_require_register(apr_pool_t *pool);

/* ---- scim_handler.c */
int scim_handler(request_rec *r);
/* Sends a response of the service. */
int scim_send(request_rec *r, const braze_scim_response_t *response);

/* ---- scim_count.c: what braze-status shows of a call. log_transaction */
int scim_count(request_rec *r);
/* What the profile of a call's token has bent. */
void scim_count_bends(request_rec *r, const braze_token_t *token,
                      const braze_scim_response_t *response);

/* ---- scim_settings.c: SetHandler braze-scim-settings */
int scim_settings_handler(request_rec *r);

/* ---- scim_rate.c: BrazeScimRateLimit. NULL, or 429 with the headers set. */
braze_err_t *scim_rate_check(request_rec *r, const scim_conf_t *conf,
                             const char *company_id) BRAZE_MUST_CHECK;

/* ---- scim_error.c: errors that httpd itself makes get a SCIM body too */
void scim_error_filter_register(void);
void scim_insert_error_filter(request_rec *r);
/* post_perdir_config: our errors are no ErrorDocument's */
int scim_no_error_documents(request_rec *r);

#endif
