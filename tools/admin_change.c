/* SPDX-License-Identifier: Apache-2.0 */
/* Changing what others change too, and telling the audit trail who did. */
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "admin.h"

#define TRIES 20     /* of one change, when others keep writing the same row */
#define LOGIN_MAX 64 /* bytes of a login name in the audit trail */
#define CHANGED "BRAZE-0113"

/* ---- who ---- */

static const char *plain_login(const char *login, apr_pool_t *pool)
{
    char *plain = apr_pstrndup(pool, login, LOGIN_MAX), *p;

    for (p = plain; *p; p++) {
        if (!apr_isalnum(*p) && !strchr("._-@", *p)) {
            *p = '_';
        }
    }
    return plain;
}

/* The login of this process; for root by sudo that of the person behind it (only root can set it to
 * a lie). */
static const char *login_name(apr_pool_t *pool)
{
    const char *sudo = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
    const struct passwd *entry = sudo && *sudo ? NULL : getpwuid(getuid());

    if (sudo && *sudo) {
        return plain_login(sudo, pool);
    }
    return entry ? plain_login(entry->pw_name, pool)
                 : apr_psprintf(pool, "uid-%ld", (long)getuid());
}

braze_event_t *admin_event_new(const admin_t *admin, const char *name, const char *detail)
{
    braze_event_t *event = apr_pcalloc(admin->pool, sizeof(*event));

    event->company_id = admin->company->id;
    event->at = admin->now;
    event->name = name;
    event->actor = apr_pstrcat(admin->pool, "operator:", login_name(admin->pool), NULL);
    event->detail = detail;
    return event;
}

braze_err_t *admin_event_note(const admin_t *admin, const char *name, const char *fmt, ...)
{
    const char *detail;
    va_list args;

    va_start(args, fmt);
    detail = apr_pvsprintf(admin->pool, fmt, args);
    va_end(args);
    return admin_about(
        braze_store_event_add(admin->db, admin_event_new(admin, name, detail), admin->pool),
        admin->pool, "it is done, but the audit trail has no row of it");
}

/* ---- compare and set ---- */

static int moved_on(const braze_err_t *err)
{
    return err && err->status == 409 && strcmp(err->tag, CHANGED) == 0;
}

static braze_err_t *read_again(admin_t *admin)
{
    const char *id = admin->company->id, *name = admin->company->name;
    braze_err_t *err = braze_store_company_get(&admin->company, admin->db, id, admin->pool);

    if (!err && !admin->company) {
        err = admin_fail(admin->pool, ADMIN_NOT_FOUND, "it has been deleted meanwhile");
    }
    return admin_about(err, admin->pool, "company \"%s\"", name);
}

braze_err_t *admin_company_change(admin_t *admin, admin_company_fn *change, void *baton)
{
    const char *name = admin->company->name;
    braze_err_t *err = NULL;
    int attempt;

    for (attempt = 0; attempt < TRIES; attempt++) {
        if (attempt) {
            admin_pause(attempt);
            err = read_again(admin);
        }
        if (!err) {
            err = change(admin, admin->company, baton);
        }
        if (err) {
            return err;
        }
        err = braze_store_company_update(admin->db, admin->company, admin->pool);
        if (!moved_on(err)) {
            break;
        }
    }
    return admin_about(err, admin->pool, "company \"%s\"", name);
}

static apr_array_header_t *events_about(const admin_t *admin, const braze_user_t *user,
                                        const char *name)
{
    apr_array_header_t *events = apr_array_make(admin->pool, 1, sizeof(braze_event_t *));
    braze_event_t *event = admin_event_new(admin, name, NULL);

    event->user_id = user->id;
    event->user_name = user->user_name;
    APR_ARRAY_PUSH(events, braze_event_t *) = event;
    return events;
}

static braze_err_t *try_user(int *done, braze_user_t *user, admin_t *admin, admin_user_fn *change,
                             void *baton, const char *event)
{
    braze_err_t *err = change(admin, user, baton);

    return err ? err
               : braze_store_user_update(done, admin->db, user, admin->now,
                                         events_about(admin, user, event), admin->pool);
}

braze_err_t *admin_user_change(braze_user_t **user, admin_t *admin, admin_user_fn *change,
                               void *baton, const char *event)
{
    const char *id = (*user)->id, *name = (*user)->user_name;
    braze_err_t *err = NULL;
    int attempt, done = 0;

    for (attempt = 0; attempt < TRIES && !done && !err; attempt++) {
        if (attempt) {
            admin_pause(attempt);
            err = braze_store_user_get(user, admin->db, admin->company->id, id, admin->pool);
        }
        if (!err && !*user) {
            err = admin_fail(admin->pool, ADMIN_NOT_FOUND, "it has been deleted meanwhile");
        }
        if (!err) {
            err = try_user(&done, *user, admin, change, baton, event);
        }
    }
    if (!err && !done) {
        err = admin_fail(admin->pool, ADMIN_CONFLICT, "others keep changing it: try again");
    }
    return admin_about(err, admin->pool, "user \"%s\"", name);
}
