/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTML for people: a model in, escaped markup out. Every string comes from one catalogue in
 * English, Spanish, French and German; no JavaScript but one line (braze_page_send); markup is only
 * ever put together by the escaping writer (escape by construction).
 */
#ifndef BRAZE_PAGE_H
#define BRAZE_PAGE_H

#include <apr_pools.h>
#include <apr_tables.h>

/* The Content-Security-Policy that every page is sent with: no script, no frame, style by hash. */
const char *braze_page_csp(apr_pool_t *pool);

/* "en", "es", "fr" or "de" by an Accept-Language header (RFC 9110 12.5.4, q-values); NULL or
 * nothing fitting: "en". */
const char *braze_page_language(const char *accept_language);

/* A refused sign-in. */
typedef struct {
    const char *code;        /* stable code; an unknown one gets the general text */
    const char *company;     /* company's name, or NULL */
    const char *correlation; /* for the operator */
    const char *sign_in_url; /* where to try again, or NULL */
    const char *email;       /* only one that the IdP has proven; or NULL */
} braze_page_refusal_t;

const char *braze_page_refusal(const braze_page_refusal_t *model, const char *language,
                               apr_pool_t *pool);

/* The sign-in page. */
typedef struct {
    const char *company;   /* or NULL */
    const char *saml_name; /* button's label, NULL = "SAML SSO" */
    const char *login_url; /* target of the button; NULL = no button: "start at your company's IdP
                              portal", unless there is a choice */
    const struct braze_page_choice_t *choice; /* of several identity providers, or NULL */
} braze_page_sign_in_t;

#define BRAZE_PAGE_CHOICES 20 /* identity providers on one page; more are searched for */

typedef struct {
    const char *name, *url;
} braze_page_idp_t;

typedef struct braze_page_choice_t {
    const apr_array_header_t *idps; /* of braze_page_idp_t, in the order in which they are shown */
    int more;                       /* 1 = there are others that fit what was sought */
    const char *search_url;         /* where the search field leads (GET, field "q"), or NULL */
    const char *sought;             /* what was, or NULL */
    const char *return_to;          /* goes along with the search */
} braze_page_choice_t;

/* The policy of a page with a choice: its search field leads to this host. */
const char *braze_page_choice_csp(apr_pool_t *pool);

const char *braze_page_sign_in(const braze_page_sign_in_t *model, const char *language,
                               apr_pool_t *pool);

/* "You are signed out." with a link back, or without when url is NULL. */
const char *braze_page_signed_out(const char *url, const char *language, apr_pool_t *pool);
/* The same, where the company's portal has said that it has ended its session, too. */
const char *braze_page_signed_out_everywhere(const char *url, const char *language,
                                             apr_pool_t *pool);

/* A message that the browser is to post to the identity provider: the one page that has a script,
 * which presses the button for those who let it. */
typedef struct {
    const char *company;     /* or NULL */
    const char *url;         /* where to */
    const char *field;       /* "SAMLRequest" or "SAMLResponse" */
    const char *value;       /* of the field */
    const char *relay_state; /* or NULL */
} braze_page_send_t;

const char *braze_page_send(const braze_page_send_t *model, const char *language, apr_pool_t *pool);
/* The policy that this page is sent with. Where the identity provider leads on to after the post is
 * its own business, so that no target is named. framed: the identity provider may have put it into
 * a frame, as many do with all services at once when somebody signs out. */
const char *braze_page_send_csp(int framed, apr_pool_t *pool);

/* Somebody without a session has posted something: it was not taken, and is not kept. */
typedef struct {
    const char *company;     /* or NULL */
    const char *sign_in_url; /* where to sign in */
} braze_page_interrupted_t;

const char *braze_page_interrupted(const braze_page_interrupted_t *model, const char *language,
                                   apr_pool_t *pool);

#endif
