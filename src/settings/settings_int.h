/* SPDX-License-Identifier: Apache-2.0 */
/* Private to src/settings: one request on its way through a page. */
#ifndef BRAZE_SETTINGS_INT_H
#define BRAZE_SETTINGS_INT_H

#include "braze_settings.h"
#include "braze_store_settings.h"

/* ---- form.c: fields of a query or of a posted form ---- */

typedef struct {
    const char *name, *value;
} settings_pair_t;

typedef struct {
    const apr_array_header_t *pairs; /* of settings_pair_t */
} settings_form_t;

/* 0 for what is no form: a bad escape, a NUL, no UTF-8, over a cap. */
int settings_form_parse(settings_form_t *form, const char *text, apr_size_t len, apr_pool_t *pool);
/* The first of that name; NULL when there is none. */
const char *settings_form_get(const settings_form_t *form, const char *name);
/* The same, "" when there is none, without white space at both ends. */
const char *settings_form_text(const settings_form_t *form, const char *name, apr_pool_t *pool);

/* ---- one request ---- */

typedef struct {
    const braze_settings_request_t *in;
    braze_db_t *db;
    apr_pool_t *pool;
    settings_form_t query, form;
    braze_page_frame_t frame;
    apr_array_header_t *problems; /* of braze_page_problem_t */
    braze_settings_response_t *out;
    const braze_err_t *failed;
} settings_call_t;

/* Notes what is wrong with a field (NULL = with all of it). */
void settings_problem(settings_call_t *call, const char *field, const char *code,
                      const char *value);

/* Ways to answer. */
void settings_show(settings_call_t *call, int status, const char *html);
/* 1: one value alone was asked for (?copy=name), and is the answer. values: names and values in
 * turn, and NULL. */
int settings_copied(settings_call_t *call, const char *const *values);
/* 303 to a page of ours, where done is told; more: "&id=…" behind it, or "". */
void settings_go(settings_call_t *call, const char *page, const char *done, const char *more);
void settings_say(settings_call_t *call, int status, const char *code, const char *page);
/* What the store refused: the page for it, and the operator's log for what is a fault. */
void settings_fail(settings_call_t *call, const braze_err_t *err, const char *page);

/* An audit row about this request; detail may be NULL. */
braze_event_t *settings_event(const settings_call_t *call, const char *name, const char *detail);
/* SHA-256 over texts, of which each says its length. */
#define settings_digest(pool, ...)                                                                 \
    settings_digest_of((const char *const[]){__VA_ARGS__, NULL}, pool)
const char *settings_digest_of(const char *const *texts, apr_pool_t *pool);
int settings_has_control(const char *text);

typedef void settings_page_fn(settings_call_t *call);
settings_page_fn settings_sso_get, settings_sso_post;
settings_page_fn settings_sets_get, settings_set_get, settings_set_post;
settings_page_fn settings_tokens_get, settings_tokens_post, settings_token_get;
settings_page_fn settings_users_get, settings_user_get, settings_user_post;
settings_page_fn settings_events_get;

#endif
