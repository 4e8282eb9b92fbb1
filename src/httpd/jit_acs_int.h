/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the assertion consumer service share. */
#ifndef BRAZE_JIT_ACS_INT_H
#define BRAZE_JIT_ACS_INT_H

#include "jit_int.h"

/* One response on its way through. */
typedef struct {
    request_rec *r;
    const jit_conf_t *conf;
    jit_form_t form;
    braze_db_t *db;
    const httpd_company_t *company;
    int company_by_key; /* the API key selected it: only its own settings count */
    jit_asked_t *asked; /* this browser's request that it answers; NULL = none */
    const char *return_path;
    braze_saml_received_t *received; /* what an artifact stood for; NULL: it came in a form */
    braze_saml_identity_t *identity;
    braze_jit_client_t client;
    jit_trace_t *trace; /* NULL = no record is wanted */
    int decided;        /* braze_jit_login was asked, which notes itself whom it refuses */
} jit_acs_t;

/* ---- jit_acs_place.c: whose response it is, and where it leads */

/* The location's company, if it names one. */
braze_err_t *jit_acs_company(jit_acs_t *acs);
/* What RelayState says: a company's key, or a place to go. */
braze_err_t *jit_acs_relay_state(jit_acs_t *acs);
/* Where to go, of a request's own row; what came along as RelayState of it is nobody's. */
braze_err_t *jit_acs_destination(jit_acs_t *acs);
braze_err_t *jit_acs_no_company(jit_acs_t *acs);
/* What the judge cannot know of the request that the response proves to answer. A used one may be
 * the same response once more: the login tells. */
braze_err_t *jit_acs_check_request(jit_acs_t *acs);
/* A response that answers no request of this browser: of another one of this company? Gives err
 * back when not. */
braze_err_t *jit_acs_whose_request(jit_acs_t *acs, braze_err_t *err);

#endif
