/* SPDX-License-Identifier: Apache-2.0 */
/* From a request to its page. */
#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "settings_int.h"

enum { SAML = 1, SCIM = 2, BOTH = 3 };

static const struct {
    const char *name;
    int whose;
    settings_page_fn *get, *post;
} pages[] = {
    {"sso", SAML, settings_sso_get, settings_sso_post},
    {"permission-sets", SAML, settings_sets_get, NULL},
    {"permission-set", SAML, settings_set_get, settings_set_post},
    {"tokens", SCIM, settings_tokens_get, settings_tokens_post},
    {"token", SCIM, settings_token_get, NULL},
    {"users", BOTH, settings_users_get, NULL},
    {"user", BOTH, settings_user_get, settings_user_post},
    {"events", BOTH, settings_events_get, NULL},
};

#define STYLE_PAGE "style.css"
#define SCRIPT_PAGE "copy.js"
#define CSV_PAGE "events.csv"

static int is(const char *page, const char *name, apr_size_t len)
{
    return strlen(page) == len && !memcmp(page, name, len);
}

int braze_settings_is_page(const char *name, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
        if (is(pages[i].name, name, len)) {
            return 1;
        }
    }
    return is(STYLE_PAGE, name, len) || is(SCRIPT_PAGE, name, len) || is(CSV_PAGE, name, len);
}

/* ---- ways to answer ---- */

void settings_problem(settings_call_t *call, const char *field, const char *code, const char *value)
{
    braze_page_problem_t *problem = apr_array_push(call->problems);

    problem->field = field;
    problem->code = code;
    problem->value = value;
}

void settings_show(settings_call_t *call, int status, const char *html)
{
    call->out->status = status;
    call->out->html = html;
}

int settings_copied(settings_call_t *call, const char *const *values)
{
    const char *wanted = settings_form_get(&call->query, "copy");

    for (; wanted && *values; values += 2) {
        if (!strcmp(values[0], wanted)) {
            call->out->text = values[1];
            return 1;
        }
    }
    return 0;
}

void settings_go(settings_call_t *call, const char *page, const char *done, const char *more)
{
    call->out->status = 303;
    call->out->location =
        apr_pstrcat(call->pool, call->in->base, "/", page, "?done=", done, more, NULL);
}

void settings_say(settings_call_t *call, int status, const char *code, const char *page)
{
    settings_show(call, status,
                  braze_page_settings_message(&call->frame, code, NULL, page, call->pool));
}

void settings_fail(settings_call_t *call, const braze_err_t *err, const char *page)
{
    int status = err->status;
    const char *code = "cannot_now";

    if (err->code && !strcmp(err->code, "last_administrator")) {
        code = "last_administrator";
    } else if (status == 404) {
        code = "not_there";
    } else if (status == 400) {
        code = "unknown_choice";
    } else if (status == 409) {
        code = "changed_meanwhile";
    } else {
        call->failed = err;
    }
    settings_say(call, status, code, page);
}

braze_event_t *settings_event(const settings_call_t *call, const char *name, const char *detail)
{
    const braze_settings_request_t *in = call->in;
    braze_event_t *event = apr_pcalloc(call->pool, sizeof(*event));

    event->company_id = in->company->id;
    event->at = in->now;
    event->name = name;
    event->actor = apr_pstrcat(call->pool, "settings:", in->user, NULL);
    event->ip = in->ip;
    event->correlation = in->correlation;
    event->detail = detail;
    return event;
}

const char *settings_digest_of(const char *const *texts, apr_pool_t *pool)
{
    braze_buf_t *buf = braze_buf_new(1024, pool);

    for (; *texts; texts++) {
        braze_buf_put_int(buf, (apr_int64_t)strlen(*texts));
        braze_buf_puts(buf, ":");
        braze_buf_puts(buf, *texts);
    }
    return braze_sha256_hex(buf->data, buf->len, pool);
}

/* ---- what comes from elsewhere ---- */

/*
 * A browser says whence a form was sent (Fetch metadata, and Origin for every POST); one that says
 * neither has only the token, which is enough. A page of the same site on another host is another
 * site to us.
 */
static int is_from_here(const braze_settings_request_t *in)
{
    if (in->fetch_site && strcmp(in->fetch_site, "same-origin") && strcmp(in->fetch_site, "none")) {
        return 0;
    }
    return !in->origin || (in->own_origin && !strcmp(in->origin, in->own_origin));
}

/* 0: the answer says why not. */
static int take_form(settings_call_t *call)
{
    const braze_settings_request_t *in = call->in;

    if (!is_from_here(in)) {
        settings_say(call, 403, "other_site", NULL);
        return 0;
    }
    if (!in->content_type || strcmp(in->content_type, "application/x-www-form-urlencoded") ||
        !settings_form_parse(&call->form, in->body ? in->body : "", in->body_len, call->pool)) {
        settings_say(call, 400, "form_malformed", NULL);
        return 0;
    }
    if (!braze_settings_csrf_check(in, settings_form_get(&call->form, "csrf"), call->pool)) {
        settings_say(call, 403, "stale_form", in->page);
        return 0;
    }
    return 1;
}

/* ---- dispatch ---- */

static void no_such_page(settings_call_t *call)
{
    settings_say(call, 404, "no_such_page", call->in->scim ? "tokens" : "sso");
}

static void run(settings_call_t *call)
{
    const braze_settings_request_t *in = call->in;
    int whose = in->scim ? SCIM : SAML;
    apr_size_t i;

    for (i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
        if (strcmp(pages[i].name, in->page) || !(pages[i].whose & whose)) {
            continue;
        }
        if (!in->post) {
            pages[i].get(call);
        } else if (!pages[i].post) {
            settings_say(call, 405, "no_such_page", in->page);
        } else if (take_form(call)) {
            pages[i].post(call);
        }
        return;
    }
    no_such_page(call);
}

static void run_other(settings_call_t *call)
{
    const braze_settings_request_t *in = call->in;

    if (in->post) {
        run(call);
    } else if (!*in->page) {
        call->out->status = 303;
        call->out->location =
            apr_pstrcat(call->pool, in->base, in->scim ? "/tokens" : "/sso", NULL);
    } else if (!strcmp(in->page, STYLE_PAGE)) {
        call->out->css = braze_page_settings_css;
    } else if (!strcmp(in->page, SCRIPT_PAGE)) {
        call->out->js = braze_page_settings_js;
    } else if (!strcmp(in->page, CSV_PAGE)) {
        call->out->csv = 1;
    } else {
        run(call);
    }
}

static void call_begin(settings_call_t *call, const braze_settings_request_t *request,
                       apr_pool_t *pool)
{
    memset(call, 0, sizeof(*call));
    call->in = request;
    call->pool = pool;
    call->problems = apr_array_make(pool, 4, sizeof(braze_page_problem_t));
    call->out = apr_pcalloc(pool, sizeof(*call->out));
    call->out->status = 200;
    call->frame.language = request->language;
    call->frame.base = request->base;
    call->frame.company = request->company ? request->company->name : "";
    call->frame.user = request->user ? request->user : "";
    call->frame.scim = request->scim;
    call->frame.csrf = request->company ? braze_settings_csrf_make(request, pool) : "";
    call->frame.problems = call->problems;
}

braze_settings_response_t *braze_settings_handle(const braze_err_t **failed, braze_db_t *db,
                                                 const braze_settings_request_t *request,
                                                 apr_pool_t *pool)
{
    settings_call_t call;
    const char *query = request->query ? request->query : "";

    call_begin(&call, request, pool);
    call.db = db;
    if (settings_form_parse(&call.query, query, strlen(query), pool)) {
        if (!request->post) {
            call.frame.done = settings_form_get(&call.query, "done");
        }
        run_other(&call);
    } else {
        settings_say(&call, 400, "form_malformed", NULL);
    }
    *failed = call.failed;
    return call.out;
}

braze_settings_response_t *braze_settings_refuse(const braze_settings_request_t *request,
                                                 int status, const char *code, apr_pool_t *pool)
{
    settings_call_t call;

    call_begin(&call, request, pool);
    settings_say(&call, status, code, NULL);
    return call.out;
}
