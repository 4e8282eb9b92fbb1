/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings pages: a request's fields in, a page (or a redirect, or a CSV file) out. Knows no
 * httpd. Who may ask is decided before; what is asked is held against a same-origin check and a
 * CSRF token here. docs/settings.md says what there is.
 */
#ifndef BRAZE_SETTINGS_H
#define BRAZE_SETTINGS_H

#include <apr_pools.h>
#include <apr_time.h>

#include "braze_err.h"
#include "braze_model.h"
#include "braze_page_settings.h"
#include "braze_store.h"

#define BRAZE_SETTINGS_MAX_BODY (512 * 1024)  /* bytes of a posted form, percent-encoded */
#define BRAZE_SETTINGS_MAX_FIELDS 1000        /* of a form or a query */
#define BRAZE_SETTINGS_MAX_VALUE (128 * 1024) /* bytes of one field, decoded */
#define BRAZE_SETTINGS_MAX_SAML_NAME 256      /* bytes: 64 characters of four */
#define BRAZE_SETTINGS_MAX_URL 2048           /* as the form has it */
#define BRAZE_SETTINGS_MAX_ENTITY_ID 1024     /* saml-core 8.3.6 */
#define BRAZE_SETTINGS_FORM_AGE apr_time_from_sec(12 * 3600) /* how long a form is good for */
#define BRAZE_SETTINGS_PAGE_ROWS 50                          /* of users or events on one page */
#define BRAZE_SETTINGS_CSV_ROWS 10000                        /* of the report */
#define BRAZE_SETTINGS_CSV_CHUNK 500                         /* of it that are read at once */

/* The pages' names, which follow the location's own path. 1 = it is one. */
int braze_settings_is_page(const char *name, apr_size_t len);

typedef struct {
    int scim;         /* whose: mod_braze_scim's, else mod_braze_jit's */
    int post;         /* else GET or HEAD */
    const char *base; /* path of the location, without a slash at its end */
    const char *page; /* what follows it and a slash; "" = nothing */
    const char *query;
    const char *body; /* of a post */
    apr_size_t body_len;
    const char *content_type; /* media type of the body, lower case; or NULL */
    const char *language;     /* of braze_page_language */
    const char *user;         /* who has authenticated */
    const char *ip, *correlation;

    /* What a form is bound to: a secret in this browser's cookie, and what this request has
     * authenticated by (a session, a password), as far as it stays the same from request to
     * request; NULL = nothing of that kind. */
    const char *browser_secret;
    const char *credential;
    /* Headers Origin and Sec-Fetch-Site, or NULL; and the origin that is ours. */
    const char *origin, *fetch_site, *own_origin;

    const braze_company_t *company; /* as they are now */
    const braze_catalog_t *catalog;

    /* mod_braze_jit's */
    braze_page_pin_t pins[BRAZE_PIN_COUNT];
    const apr_array_header_t *excepted_here; /* of const char *: BrazeJitAllowDomain; or NULL */
    const char *acs_url, *entity_id, *metadata_url;
    const char *google; /* why provisioning cannot be turned on, or NULL */
    /* mod_braze_scim's */
    const char *endpoint;
    const char *pinned_workspace; /* BrazeScimDefaultWorkspace; or NULL */

    apr_time_t now;
} braze_settings_request_t;

typedef struct {
    int status;
    const char *html;
    const char *location; /* with 303: path on this host */
    const char *css, *js; /* the style, the script; may be kept */
    const char *text;     /* plain: one value, to be copied */
    int csv;              /* the report follows, by braze_settings_csv */
} braze_settings_response_t;

/* *failed is what the operator should know of, or NULL; the response stands in any case. */
braze_settings_response_t *braze_settings_handle(const braze_err_t **failed, braze_db_t *db,
                                                 const braze_settings_request_t *request,
                                                 apr_pool_t *pool);

/* A page that says why nothing can be done: code is a problem's (braze_page_settings.h). */
braze_settings_response_t *braze_settings_refuse(const braze_settings_request_t *request,
                                                 int status, const char *code, apr_pool_t *pool);

/* Where the report has come to; all zero at the beginning. */
typedef struct {
    char before[64]; /* id of the last event that was written */
    int rows;
    int ended;
} braze_settings_csv_t;

/*
 * The next piece of the report, newest first: RFC 4180, with a header line; *text is "" and
 * state->ended set behind the last. A value that a spreadsheet would take for a formula gets an
 * apostrophe before it. Memory is the piece's alone: give each its own pool.
 */
braze_err_t *braze_settings_csv(const char **text, braze_settings_csv_t *state, braze_db_t *db,
                                const char *company_id, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- for tests: the token of a form ---- */

const char *braze_settings_csrf_make(const braze_settings_request_t *request, apr_pool_t *pool);
/* 1: it was made for this browser, user, company and credential, within BRAZE_SETTINGS_FORM_AGE. */
int braze_settings_csrf_check(const braze_settings_request_t *request, const char *token,
                              apr_pool_t *pool);

#endif
