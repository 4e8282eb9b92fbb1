/* SPDX-License-Identifier: Apache-2.0 */
/* Errors on their way to the operator: what, why, what to do, and an exit code. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "admin.h"

#define TAG_OWN "braze-admin" /* of errors that are the command's own; never shown */
#define CAUSES_MAX 8

/* Statuses are what the library speaks; the exit code of its errors is read from them. */
static const struct {
    admin_exit_t code;
    int status;
} exits[] = {
    {ADMIN_USAGE, 400}, {ADMIN_NOT_FOUND, 404}, {ADMIN_CONFLICT, 409}, {ADMIN_DATABASE, 503}};

/* What to do about an error of the library's; the code (what), or else the tag, decides. */
static const struct {
    const char *key, *hint;
} hints[] = {
    {"last_administrator", "make somebody else an administrator first: "
                           "braze-admin user permit NAME --company-permission admin"},
    {"uniqueness", "choose another name"},
    {"BRAZE-0110", "see that the database runs and that driver and parameters are right"},
    {"BRAZE-0113", "somebody else is changing it: try again"},
    {"BRAZE-0114", "take it away from users, tokens and the company's defaults first"},
};

admin_exit_t admin_exit_code(const braze_err_t *err)
{
    apr_size_t i;

    for (i = 0; err && i < sizeof(exits) / sizeof(*exits); i++) {
        if (exits[i].status == err->status) {
            return exits[i].code;
        }
    }
    return err ? ADMIN_FAILED : ADMIN_OK;
}

static int status_of(admin_exit_t code)
{
    apr_size_t i;

    for (i = 0; i < sizeof(exits) / sizeof(*exits); i++) {
        if (exits[i].code == code) {
            return exits[i].status;
        }
    }
    return 500;
}

braze_err_t *admin_fail(apr_pool_t *pool, admin_exit_t code, const char *fmt, ...)
{
    const char *text;
    va_list args;

    va_start(args, fmt);
    text = apr_pvsprintf(pool, fmt, args);
    va_end(args);
    return braze_err_new(status_of(code), NULL, TAG_OWN, text, pool);
}

static const char *hint_of(const braze_err_t *err)
{
    apr_size_t i;

    for (i = 0; i < sizeof(hints) / sizeof(*hints); i++) {
        if ((err->code && strcmp(err->code, hints[i].key) == 0) ||
            strcmp(err->tag, hints[i].key) == 0) {
            return hints[i].hint;
        }
    }
    return NULL;
}

static const char *text_of(const braze_err_t *err)
{
    const char *text = err->log ? err->log : err->detail;

    return text ? text : "it failed";
}

/* A sentence's full stop goes where a colon follows; three dots stay. */
static const char *unstopped(const char *text, apr_pool_t *pool)
{
    apr_size_t len = strlen(text);

    return len > 1 && text[len - 1] == '.' && text[len - 2] != '.'
               ? apr_pstrndup(pool, text, len - 1)
               : text;
}

/* "text: cause (tag)"; an error of our own has no tag to look up. */
static const char *whole_text(const braze_err_t *err, apr_pool_t *pool)
{
    const char *text = unstopped(text_of(err), pool), *tag = err->tag;
    int depth;

    for (depth = 0; err->cause && depth < CAUSES_MAX; depth++) {
        err = err->cause;
        text = apr_pstrcat(pool, text, ": ", unstopped(text_of(err), pool), NULL);
    }
    return strcmp(tag, TAG_OWN) == 0 ? text : apr_pstrcat(pool, text, " (", tag, ")", NULL);
}

braze_err_t *admin_about(braze_err_t *err, apr_pool_t *pool, const char *fmt, ...)
{
    const char *about, *hint;
    braze_err_t *whole;
    va_list args;

    if (!err) {
        return NULL;
    }
    va_start(args, fmt);
    about = apr_pvsprintf(pool, fmt, args);
    va_end(args);
    hint = hint_of(err);
    whole = apr_pmemdup(pool, err, sizeof(*err));
    whole->tag = TAG_OWN;
    whole->cause = NULL;
    whole->log = apr_pstrcat(pool, about, ": ", whole_text(err, pool), hint ? ": " : "",
                             hint ? hint : "", NULL);
    whole->code = NULL; /* the hint has been given */
    return whole;
}

braze_err_t *admin_database_err(braze_err_t *err, const admin_t *admin, const char *about)
{
    const char *forbidden = err ? admin_db_forbidden(admin) : NULL;
    braze_err_t *whole;

    if (forbidden) {
        return admin_fail(admin->pool, ADMIN_DATABASE, "%s: %s", about, forbidden);
    }
    whole = admin_about(err, admin->pool, "%s", about);
    if (whole) {
        whole->status = status_of(ADMIN_DATABASE);
    }
    return whole;
}

const char *admin_err_text(const braze_err_t *err, apr_pool_t *pool)
{
    const char *hint = hint_of(err);

    return apr_pstrcat(pool, whole_text(err, pool), hint ? ": " : "", hint ? hint : "", NULL);
}

void admin_err_print(const braze_err_t *err, apr_pool_t *pool)
{
    fprintf(stderr, "braze-admin: %s\n", admin_safe(admin_err_text(err, pool), pool));
}
