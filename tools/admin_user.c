/* SPDX-License-Identifier: Apache-2.0 */
/* user add, list, show, confirm, suspend, restore, permit, delete. */
#include <string.h>

#include <apr_strings.h>

#include "admin.h"
#include "braze_id.h"
#include "braze_key.h"

#define PAGE 500 /* users read at a time */
#define LIST_MAX 10000000

static const admin_column_t list_columns[] = {{"USER NAME", "user_name"},
                                              {"ACTIVE", "active"},
                                              {"CONFIRMED", "confirmed"},
                                              {"ADMIN", "admin"},
                                              {"SOURCE", "source"},
                                              {"LAST SIGN-IN", "last_sign_in_at"},
                                              {"ID", "id"},
                                              {NULL, NULL}};

static const admin_column_t show_columns[] = {{"User name", "user_name"},
                                              {"Id", "id"},
                                              {"E-mail", "email"},
                                              {"First name", "given_name"},
                                              {"Last name", "family_name"},
                                              {"Department", "department"},
                                              {"External id", "external_id"},
                                              {"Active", "active"},
                                              {"Confirmed", "confirmed"},
                                              {"Impersonation", "impersonation"},
                                              {"Administrator", "admin"},
                                              {"Source", "source"},
                                              {"Created", "created_at"},
                                              {"Modified", "modified_at"},
                                              {"Last sign-in", "last_sign_in_at"},
                                              {"Version", "version"},
                                              {"Permissions", "lines"},
                                              {NULL, NULL}};

static braze_json_t *user_json(const braze_user_t *user, apr_pool_t *pool)
{
    braze_json_t *object = braze_json_object(pool);

    admin_put_text(object, "id", user->id, pool);
    admin_put_text(object, "user_name", user->user_name, pool);
    admin_put_text(object, "email", user->email, pool);
    admin_put_text(object, "given_name", user->given_name, pool);
    admin_put_text(object, "family_name", user->family_name, pool);
    admin_put_text(object, "department", user->department, pool);
    admin_put_text(object, "external_id", user->external_id, pool);
    admin_put_bool(object, "active", user->active, pool);
    admin_put_bool(object, "confirmed", user->confirmed, pool);
    admin_put_bool(object, "impersonation", user->impersonation, pool);
    admin_put_bool(object, "admin", user->admin, pool);
    admin_put_text(object, "source", user->source, pool);
    admin_put_time(object, "created_at", user->created_at, pool);
    admin_put_time(object, "modified_at", user->modified_at, pool);
    admin_put_time(object, "last_sign_in_at", user->last_sign_in_at, pool);
    braze_json_set(object, "version", braze_json_int(user->version, pool));
    return object;
}

/* With permissions by name: grants for scripts, lines for people. */
static braze_err_t *show_user(admin_t *admin, const braze_user_t *user)
{
    braze_json_t *object = user_json(user, admin->pool), *grants, *lines;
    braze_catalog_t *catalog;
    braze_err_t *err =
        braze_store_catalog_load(&catalog, admin->db, admin->company->id, admin->pool);

    if (!err) {
        err = admin_grants_json(&grants, &lines, user->permissions, catalog, admin->pool);
    }
    if (err) {
        return admin_about(err, admin->pool, "user \"%s\"", user->user_name);
    }
    braze_json_set(object, admin->json ? "grants" : "lines", admin->json ? grants : lines);
    admin_print_record(admin, show_columns, object);
    return NULL;
}

/* What a change did: the user as JSON, or a sentence. */
static void done(const admin_t *admin, const braze_user_t *user, const char *what)
{
    admin_done(admin, user_json(user, admin->pool), "user \"%s\" %s: %s", user->user_name, what,
               user->id);
}

/* ---- add ---- */

braze_user_t *admin_user_new(const admin_t *admin, const char *email, const char *external_id)
{
    braze_user_t *user = apr_pcalloc(admin->pool, sizeof(*user));
    braze_json_t *resource = braze_user_resource_new(email, admin_arg(admin, OPT_FIRST_NAME),
                                                     admin_arg(admin, OPT_LAST_NAME),
                                                     admin_arg(admin, OPT_DEPARTMENT), admin->pool);

    user->id = braze_id_new(admin->now, admin->pool);
    user->company_id = admin->company->id;
    user->active = 1;
    user->confirmed = admin_arg_has(admin, OPT_CONFIRMED);
    user->impersonation = admin_arg_has(admin, OPT_IMPERSONATION);
    user->source = "operator";
    user->permissions = "{}";
    if (external_id) {
        braze_json_set_string(resource, "externalId", external_id);
    }
    user->resource = braze_json_text(resource, admin->pool);
    return user;
}

static braze_err_t *add(admin_t *admin)
{
    const char *email = admin_word(admin, 0);
    braze_user_t *user;
    braze_event_t *event;
    braze_err_t *err;

    if (!braze_key_is_email(email, admin->pool)) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "\"%s\" is no e-mail address: users are known by theirs", email);
    }
    user = admin_user_new(admin, email, NULL);
    err = admin_permit_apply(admin, user, 0);
    if (!err) {
        event = admin_event_new(admin, "Added Account", NULL);
        event->user_id = user->id;
        event->user_name = user->user_name;
        err = braze_store_user_add(admin->db, user, admin->now, event, admin->pool);
    }
    if (err) {
        return admin_about(err, admin->pool, "user \"%s\" of company \"%s\"", email,
                           admin->company->name);
    }
    done(admin, user, user->confirmed ? "added" : "added, not confirmed");
    return NULL;
}

/* ---- list, show ---- */

/* Appends a page's users; what is read of them beside lives in page only. */
static braze_err_t *list_page(braze_json_t *array, apr_int64_t *total, admin_t *admin, int count,
                              apr_pool_t *page)
{
    apr_array_header_t *users;
    braze_err_t *err =
        braze_store_user_list(&users, total, admin->db, admin->company->id, braze_json_size(array),
                              count < PAGE ? count : PAGE, page);
    int i;

    for (i = 0; !err && i < users->nelts; i++) {
        braze_json_append(array, user_json(APR_ARRAY_IDX(users, i, braze_user_t *), admin->pool));
    }
    if (!err && !users->nelts) {
        *total = braze_json_size(array); /* some were deleted meanwhile */
    }
    return err ? admin_about(err, admin->pool, "users of company \"%s\"", admin->company->name)
               : NULL;
}

static braze_err_t *list(admin_t *admin)
{
    braze_json_t *array = braze_json_array(admin->pool);
    apr_int64_t total = 1;
    int count = LIST_MAX;
    braze_err_t *err = admin_arg_number(&count, admin, OPT_COUNT, 1, LIST_MAX);

    while (!err && braze_json_size(array) < total && braze_json_size(array) < count) {
        apr_pool_t *page;

        apr_pool_create(&page, admin->pool);
        err = list_page(array, &total, admin, count - braze_json_size(array), page);
        if (!err) {
            apr_pool_destroy(page);
        }
    }
    if (!err) {
        admin_print_list(admin, list_columns, array);
    }
    return err;
}

static braze_err_t *show(admin_t *admin)
{
    braze_user_t *user;
    braze_err_t *err = admin_user_pick(&user, admin, admin_word(admin, 0));

    return err ? err : show_user(admin, user);
}

/* ---- changes ---- */

static braze_err_t *set_confirmed(admin_t *admin, braze_user_t *user, void *baton)
{
    (void)admin;
    user->confirmed = *(const int *)baton;
    return NULL;
}

static braze_err_t *set_active(admin_t *admin, braze_user_t *user, void *baton)
{
    (void)admin;
    user->active = *(const int *)baton;
    return NULL;
}

static braze_err_t *set_permissions(admin_t *admin, braze_user_t *user, void *baton)
{
    (void)baton;
    if (admin_arg_has(admin, OPT_CLEAR)) {
        user->permissions = "{}";
    }
    return admin_permit_apply(admin, user, admin_arg_has(admin, OPT_REMOVE));
}

static braze_err_t *change(admin_t *admin, admin_user_fn *fn, int truth, const char *event,
                           const char *what)
{
    braze_user_t *user;
    braze_err_t *err = admin_user_pick(&user, admin, admin_word(admin, 0));

    if (!err) {
        err = admin_user_change(&user, admin, fn, &truth, event);
    }
    if (!err) {
        done(admin, user, what);
    }
    return err;
}

static braze_err_t *confirm(admin_t *admin)
{
    return change(admin, set_confirmed, 1, "Updated Account", "confirmed");
}

static braze_err_t *suspend(admin_t *admin)
{
    return change(admin, set_active, 0, "Developer Suspended", "suspended, sessions ended");
}

static braze_err_t *restore(admin_t *admin)
{
    return change(admin, set_active, 1, "Developer Unsuspended", "restored");
}

static braze_err_t *permit(admin_t *admin)
{
    braze_user_t *user;
    braze_err_t *err = NULL;
    int i, given = admin_arg_has(admin, OPT_CLEAR);

    for (i = 0; i < OPT_END; i++) {
        given += (ADMIN_PERMIT_OPTIONS & OPT_BIT(i)) && admin_arg_has(admin, i);
    }
    if (!given || (admin_arg_has(admin, OPT_CLEAR) && admin_arg_has(admin, OPT_REMOVE))) {
        return admin_fail(admin->pool, ADMIN_USAGE, "%s: see braze-admin help user permit",
                          given ? "--clear and --remove do not go together" : "permit what?");
    }
    err = admin_user_pick(&user, admin, admin_word(admin, 0));
    if (!err) {
        err = admin_user_change(&user, admin, set_permissions, NULL, "Updated Account Permission");
    }
    return err ? err : show_user(admin, user);
}

static braze_err_t *delete_user(admin_t *admin)
{
    braze_event_t *event = admin_event_new(admin, "Removed Account", NULL);
    braze_user_t *user;
    int gone = 0;
    braze_err_t *err = admin_user_pick(&user, admin, admin_word(admin, 0));

    if (err) {
        return err;
    }
    event->user_id = user->id;
    event->user_name = user->user_name;
    err = braze_store_user_delete(&gone, admin->db, admin->company->id, user->id, 0, 0, event,
                                  admin->pool);
    if (err) {
        return admin_about(err, admin->pool, "user \"%s\"", user->user_name);
    }
    done(admin, user, "deleted");
    return NULL;
}

const admin_command_t admin_user_commands[] = {
    {"user", "add", "EMAIL", 1, 1,
     ADMIN_PERMIT_OPTIONS | OPT_BIT(OPT_FIRST_NAME) | OPT_BIT(OPT_LAST_NAME) |
         OPT_BIT(OPT_DEPARTMENT) | OPT_BIT(OPT_CONFIRMED) | OPT_BIT(OPT_IMPERSONATION),
     NEEDS_COMPANY, add, "make a user", 0},
    {"user", "list", "", 0, 0, OPT_BIT(OPT_COUNT), NEEDS_COMPANY, list,
     "list the users, oldest first", 0},
    {"user", "show", "USER", 1, 1, 0, NEEDS_COMPANY, show, "show a user and their permissions", 0},
    {"user", "confirm", "USER", 1, 1, 0, NEEDS_COMPANY, confirm,
     "count a user's e-mail as confirmed", 0},
    {"user", "suspend", "USER", 1, 1, 0, NEEDS_COMPANY, suspend,
     "deactivate a user and end their sessions", 0},
    {"user", "restore", "USER", 1, 1, 0, NEEDS_COMPANY, restore, "activate a user again", 0},
    {"user", "permit", "USER", 1, 1,
     ADMIN_PERMIT_OPTIONS | OPT_BIT(OPT_CLEAR) | OPT_BIT(OPT_REMOVE), NEEDS_COMPANY, permit,
     "give a user permissions, or take them away", 0},
    {"user", "delete", "USER", 1, 1, 0, NEEDS_COMPANY, delete_user,
     "delete a user and end their sessions", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
