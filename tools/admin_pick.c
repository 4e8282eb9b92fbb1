/* SPDX-License-Identifier: Apache-2.0 */
/* Finding what the operator names; messages say what there is instead. */
#include <string.h>

#include <apr_strings.h>

#include "admin.h"
#include "braze_id.h"
#include "braze_key.h"

#define NAMES_SHOWN 20 /* in one message */

static const char *const kind_names[] = {
    [BRAZE_ITEM_WORKSPACE] = "workspace",
    [BRAZE_ITEM_TEAM] = "team",
    [BRAZE_ITEM_PERMISSION_SET] = "permission-set",
    [BRAZE_ITEM_ROLE] = "role",
};

const char *admin_kind_name(int kind)
{
    return kind_names[kind];
}

/* ---- companies ---- */

static const char *company_names(const apr_array_header_t *companies, apr_pool_t *pool)
{
    const char *names = "";
    int i;

    for (i = 0; i < companies->nelts && i < NAMES_SHOWN; i++) {
        const braze_company_t *company = APR_ARRAY_IDX(companies, i, const braze_company_t *);

        names = apr_pstrcat(pool, names, i ? ", " : "", "\"", company->name, "\"", NULL);
    }
    return i < companies->nelts ? apr_pstrcat(pool, names, " ...", NULL) : names;
}

static braze_err_t *only_company(admin_t *admin)
{
    apr_array_header_t *companies;
    braze_err_t *err = braze_store_company_list(&companies, admin->db, admin->pool);

    if (err) {
        return admin_about(err, admin->pool, "companies");
    }
    if (companies->nelts == 0) {
        return admin_fail(admin->pool, ADMIN_NOT_FOUND,
                          "there is no company yet: braze-admin company add NAME");
    }
    if (companies->nelts > 1) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "there are several companies (%s): choose with --company NAME",
                          company_names(companies, admin->pool));
    }
    admin->company = APR_ARRAY_IDX(companies, 0, braze_company_t *);
    return NULL;
}

braze_err_t *admin_company_pick(admin_t *admin, const char *name)
{
    braze_err_t *err;

    if (!name) {
        return only_company(admin);
    }
    err = braze_store_company_find(&admin->company, admin->db, name, admin->pool);
    if (!err && !admin->company) {
        return admin_fail(admin->pool, ADMIN_NOT_FOUND,
                          "there is no company \"%s\": see braze-admin company list", name);
    }
    return admin_about(err, admin->pool, "company \"%s\"", name);
}

/* ---- items ---- */

static int is_of(const braze_item_t *item, braze_item_kind_t kind, const char *workspace_id)
{
    return item->kind == kind &&
           (kind != BRAZE_ITEM_TEAM ||
            (workspace_id && item->workspace_id && strcmp(item->workspace_id, workspace_id) == 0));
}

static braze_err_t *only_item(const braze_item_t **item, const admin_t *admin,
                              const braze_catalog_t *catalog, braze_item_kind_t kind,
                              const char *workspace_id)
{
    const char *name = admin_kind_name(kind);
    int i, count = 0;

    for (i = 0; i < catalog->items->nelts; i++) {
        const braze_item_t *one = &APR_ARRAY_IDX(catalog->items, i, braze_item_t);

        if (is_of(one, kind, workspace_id)) {
            *item = one;
            count++;
        }
    }
    if (count == 1) {
        return NULL;
    }
    *item = NULL;
    return count ? admin_fail(admin->pool, ADMIN_USAGE,
                              "company \"%s\" has several %ss: choose with --%s NAME",
                              admin->company->name, name, name)
                 : admin_fail(admin->pool, ADMIN_NOT_FOUND,
                              "company \"%s\" has no %s yet: braze-admin %s add NAME",
                              admin->company->name, name, name);
}

braze_err_t *admin_item_pick(const braze_item_t **item, const admin_t *admin,
                             const braze_catalog_t *catalog, braze_item_kind_t kind,
                             const char *workspace_id, const char *name)
{
    if (!name) {
        return only_item(item, admin, catalog, kind, workspace_id);
    }
    *item = braze_catalog_by_name(catalog, kind, workspace_id, name);
    if (!*item && braze_id_is(name)) {
        *item = braze_catalog_by_id(catalog, kind, name);
        *item = *item && is_of(*item, kind, workspace_id) ? *item : NULL;
    }
    if (*item) {
        return NULL;
    }
    return admin_fail(admin->pool, ADMIN_NOT_FOUND,
                      "company \"%s\" has no %s \"%s\"%s: see braze-admin %s list",
                      admin->company->name, admin_kind_name(kind), name,
                      kind == BRAZE_ITEM_TEAM ? " in that workspace" : "", admin_kind_name(kind));
}

braze_err_t *admin_item_option(const char **id, const admin_t *admin,
                               const braze_catalog_t *catalog, braze_item_kind_t kind,
                               admin_option_t option)
{
    const braze_item_t *item = NULL;
    braze_err_t *err = NULL;

    if (admin_arg_has(admin, option)) {
        err = admin_item_pick(&item, admin, catalog, kind, NULL, admin_arg(admin, option));
    }
    if (!err && item) {
        *id = item->id;
    }
    return err;
}

const char *admin_item_name(const braze_catalog_t *catalog, braze_item_kind_t kind, const char *id)
{
    const braze_item_t *item = id ? braze_catalog_by_id(catalog, kind, id) : NULL;

    return item ? item->name : id ? "(gone)" : NULL;
}

/* ---- users ---- */

static braze_err_t *user_by_text(braze_user_t **user, const admin_t *admin, const char *name)
{
    apr_array_header_t *users;
    const char *key;
    braze_err_t *err = braze_key_fold(&key, name, strlen(name), admin->pool);

    if (!err) {
        err = braze_store_user_by_name(user, admin->db, admin->company->id, key, admin->pool);
    }
    if (err || *user) {
        return err;
    }
    err = braze_store_user_by_email(&users, admin->db, admin->company->id, key, admin->pool);
    if (!err && users->nelts > 1) {
        return admin_fail(
            admin->pool, ADMIN_CONFLICT,
            "several users have this e-mail: give the userName or the id (braze-admin "
            "user list)");
    }
    *user = !err && users->nelts ? APR_ARRAY_IDX(users, 0, braze_user_t *) : NULL;
    return err;
}

braze_err_t *admin_user_pick(braze_user_t **user, const admin_t *admin, const char *name)
{
    braze_err_t *err = NULL;

    *user = NULL;
    if (braze_id_is(name)) {
        err = braze_store_user_get(user, admin->db, admin->company->id, name, admin->pool);
    }
    if (!err && !*user) {
        err = user_by_text(user, admin, name);
    }
    if (!err && !*user) {
        return admin_fail(admin->pool, ADMIN_NOT_FOUND,
                          "company \"%s\" has no user \"%s\": see braze-admin user list",
                          admin->company->name, name);
    }
    return admin_about(err, admin->pool, "user \"%s\"", name);
}
