/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings pages' markup: a model in, an escaped document out. Style and script are resources
 * of their own, so that the policy needs nothing inline; nothing needs the script, which copies
 * texts.
 */
#ifndef BRAZE_PAGE_SETTINGS_H
#define BRAZE_PAGE_SETTINGS_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "braze_model.h"

/* The Content-Security-Policy of every settings page: our own style and forms, and of all scripts
 * the one that has this digest; nothing else. */
const char *braze_page_settings_csp(apr_pool_t *pool);

extern const char braze_page_settings_css[];
extern const char braze_page_settings_js[];
/* Short digest of a resource, which its URL carries: a new one is fetched at once. */
const char *braze_page_settings_tag(const char *resource, apr_pool_t *pool);

/* What is wrong with what was sent. code is a stable word, for which the catalogue has a text. */
typedef struct {
    const char *field; /* id of the input, or NULL */
    const char *code;
    const char *value; /* what the text names, or NULL */
} braze_page_problem_t;

/* What all pages need. */
typedef struct {
    const char *language; /* of braze_page_language */
    const char *base;     /* path before "/sso" … */
    const char *company;
    const char *user; /* who looks at it */
    int scim;         /* of mod_braze_scim: tokens instead of SAML */
    const char *csrf; /* for the forms of this page */
    const char *done; /* word for what has just been done, or NULL; an unknown one says nothing */
    const apr_array_header_t *problems; /* of braze_page_problem_t, or NULL */
} braze_page_frame_t;

/* A setting that a directive has fixed. */
typedef struct {
    const char *directive; /* NULL = nothing is fixed */
    const char *value;     /* what to show; may be NULL */
} braze_page_pin_t;

typedef enum {
    BRAZE_PIN_SAML_NAME,
    BRAZE_PIN_TARGET_URL,
    BRAZE_PIN_IDP_ENTITY_ID,
    BRAZE_PIN_CERTIFICATE,
    BRAZE_PIN_PROVISIONING,
    BRAZE_PIN_WORKSPACE,
    BRAZE_PIN_PERMISSION_SET,
    BRAZE_PIN_COUNT
} braze_pin_t;

/* ---- SAML SSO ---- */

/* Inputs of the form, as they are stored or as they were sent. None is NULL. */
typedef struct {
    const char *saml_name, *target_url, *idp_entity_id, *certificate;
    const char *workspace_id, *permission_set_id;
    int provisioning;
} braze_page_sso_values_t;

typedef struct {
    braze_page_sso_values_t values;
    const char *seen;             /* digest of what was stored when the form was made */
    int provisioning_stored;      /* on: there is no way back here */
    const char *google;           /* why provisioning cannot be turned on, or NULL */
    const braze_page_pin_t *pins; /* BRAZE_PIN_COUNT of them */
    const char *acs_url, *entity_id, *metadata_url;
    const braze_catalog_t *catalog;
    const apr_array_header_t *certificates;         /* of braze_certificate_t *: the one stored */
    const apr_array_header_t *excepted, *confirmed; /* of const char *: domains */
    const apr_array_header_t *excepted_here;        /* by the directive; or NULL */
    int more_domains;                               /* not all are shown */
    const braze_page_sso_values_t *theirs; /* somebody else has meanwhile stored these; or NULL */
    apr_time_t now;
} braze_page_sso_t;

const char *braze_page_sso(const braze_page_frame_t *frame, const braze_page_sso_t *model,
                           apr_pool_t *pool);
/* The second look before provisioning is turned on: everything that was sent goes along. */
const char *braze_page_sso_confirm(const braze_page_frame_t *frame, const braze_page_sso_t *model,
                                   apr_pool_t *pool);

/* ---- permission sets ---- */

const char *braze_page_sets(const braze_page_frame_t *frame, const braze_catalog_t *catalog,
                            apr_pool_t *pool);

typedef struct {
    const char *id;                        /* NULL = a new one */
    const char *name;                      /* as it is to be */
    const char *shown_name;                /* as it is stored; for headings */
    const apr_array_header_t *permissions; /* of const char *: those ticked */
    const apr_array_header_t *vocabulary;  /* of const char *, sorted: those there are */
    const char *seen;
    const braze_item_t *theirs; /* somebody else has meanwhile stored this; or NULL */
} braze_page_set_t;

const char *braze_page_set(const braze_page_frame_t *frame, const braze_page_set_t *model,
                           apr_pool_t *pool);

/* ---- SCIM tokens ---- */

typedef struct {
    const apr_array_header_t *tokens; /* of braze_token_t * */
    const braze_catalog_t *catalog;
    const char *endpoint;
    const char *workspace_id, *origin, *allowlist, *profile, *days; /* inputs; never NULL */
    const char *secret;      /* of a token that was just made: shown now and never again; or NULL */
    const braze_token_t *of; /* that token */
    const char *pinned_workspace; /* BrazeScimDefaultWorkspace; or NULL */
    apr_time_t now;
} braze_page_tokens_t;

const char *braze_page_tokens(const braze_page_frame_t *frame, const braze_page_tokens_t *model,
                              apr_pool_t *pool);
/* Are you sure? action: "rotate", "reset" or "revoke". */
const char *braze_page_token_confirm(const braze_page_frame_t *frame, const braze_token_t *token,
                                     const char *workspace, const char *action, apr_pool_t *pool);

/* ---- users ---- */

typedef struct {
    const char *q, *by, *source, *state; /* inputs; never NULL */
    const apr_array_header_t *users;     /* of braze_user_t *, this page's */
    apr_int64_t total;                   /* of the company */
    const char *newer, *older;           /* cursors of the pages beside, or NULL */
} braze_page_users_t;

const char *braze_page_users(const braze_page_frame_t *frame, const braze_page_users_t *model,
                             apr_pool_t *pool);

typedef struct {
    const braze_user_t *user;
    const braze_catalog_t *catalog;
    const braze_json_t *permissions;  /* user->permissions, parsed */
    const apr_array_header_t *groups; /* of const char * */
    int confirm;                      /* the second look before it is suspended or restored */
} braze_page_user_t;

const char *braze_page_user(const braze_page_frame_t *frame, const braze_page_user_t *model,
                            apr_pool_t *pool);

/* ---- security events ---- */

typedef struct {
    const apr_array_header_t *events; /* of braze_event_t * */
    const char *name;                 /* input: only these; "" = all */
    const char *older;                /* cursor, or NULL */
    int newest;                       /* this is the first page */
} braze_page_events_t;

const char *braze_page_events(const braze_page_frame_t *frame, const braze_page_events_t *model,
                              apr_pool_t *pool);

/* ---- anything else ---- */

/* A page that says one thing: code is a problem's. url: where to go on; or NULL. */
const char *braze_page_settings_message(const braze_page_frame_t *frame, const char *code,
                                        const char *value, const char *page, apr_pool_t *pool);

#endif
