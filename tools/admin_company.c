/* SPDX-License-Identifier: Apache-2.0 */
/* company add, list, show, set. */
#include <string.h>

#include <apr_strings.h>

#include "admin.h"
#include "braze_jit.h"

static const admin_column_t list_columns[] = {{"NAME", "name"},
                                              {"PROVISIONING", "provisioning"},
                                              {"GOOGLE", "google_sign_in"},
                                              {"ID", "id"},
                                              {NULL, NULL}};

static const admin_column_t show_columns[] = {{"Name", "name"},
                                              {"Id", "id"},
                                              {"Google sign-in", "google_sign_in"},
                                              {"Automatic user provisioning", "provisioning"},
                                              {"Default workspace", "default_workspace"},
                                              {"Default permission set", "default_permission_set"},
                                              {"Version", "version"},
                                              {NULL, NULL}};

static braze_json_t *company_json(const braze_company_t *company, const braze_catalog_t *catalog,
                                  apr_pool_t *pool)
{
    braze_json_t *object = braze_json_object(pool);

    admin_put_text(object, "id", company->id, pool);
    admin_put_text(object, "name", company->name, pool);
    admin_put_bool(object, "google_sign_in", company->google_sign_in, pool);
    admin_put_bool(object, "provisioning", company->provisioning, pool);
    if (catalog) {
        admin_put_text(
            object, "default_workspace",
            admin_item_name(catalog, BRAZE_ITEM_WORKSPACE, company->default_workspace_id), pool);
        admin_put_text(
            object, "default_permission_set",
            admin_item_name(catalog, BRAZE_ITEM_PERMISSION_SET, company->default_permission_set_id),
            pool);
    }
    braze_json_set(object, "version", braze_json_int(company->version, pool));
    return object;
}

static braze_err_t *add(admin_t *admin)
{
    braze_company_t *company = apr_pcalloc(admin->pool, sizeof(*company));
    braze_err_t *err = admin_arg_switch(&company->google_sign_in, admin, OPT_GOOGLE);

    company->name = admin_word(admin, 0);
    if (!err) {
        err = admin_about(braze_store_company_add(admin->db, company, admin->pool), admin->pool,
                          "company \"%s\"", company->name);
    }
    if (err) {
        return err;
    }
    admin->company = company;
    admin_done(admin, company_json(company, NULL, admin->pool), "company \"%s\" added: %s",
               company->name, company->id);
    return admin_event_note(admin, "Added Company", "company \"%s\"", company->name);
}

static braze_err_t *list(admin_t *admin)
{
    braze_json_t *array = braze_json_array(admin->pool);
    apr_array_header_t *companies;
    braze_err_t *err = braze_store_company_list(&companies, admin->db, admin->pool);
    int i;

    if (err) {
        return admin_about(err, admin->pool, "companies");
    }
    for (i = 0; i < companies->nelts; i++) {
        braze_json_append(
            array, company_json(APR_ARRAY_IDX(companies, i, braze_company_t *), NULL, admin->pool));
    }
    admin_print_list(admin, list_columns, array);
    return NULL;
}

/* The word, which says the same as --company. */
static braze_err_t *pick(admin_t *admin)
{
    const char *word = admin_word(admin, 0), *option = admin_arg(admin, OPT_COMPANY);

    if (word && option && strcmp(word, option) != 0) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "\"%s\" and --company \"%s\" are two companies: name one", word, option);
    }
    return admin_company_pick(admin, word ? word : option);
}

static braze_err_t *show(admin_t *admin)
{
    braze_catalog_t *catalog = NULL;
    braze_err_t *err = pick(admin);

    if (!err) {
        err = admin_about(
            braze_store_catalog_load(&catalog, admin->db, admin->company->id, admin->pool),
            admin->pool, "company \"%s\"", admin->company->name);
    }
    if (!err) {
        admin_print_record(admin, show_columns, company_json(admin->company, catalog, admin->pool));
    }
    return err;
}

static braze_err_t *change(admin_t *admin, braze_company_t *company, void *baton)
{
    const char *name = admin_arg(admin, OPT_NAME);
    braze_err_t *err = admin_arg_switch(&company->google_sign_in, admin, OPT_GOOGLE);

    (void)baton;
    company->name = name ? name : company->name;
    if (!err) {
        err = braze_jit_check_google(company->name, company->provisioning, company->google_sign_in,
                                     NULL, NULL, admin->pool);
    }
    if (err && err->code && strcmp(err->code, "google_sign_in") == 0) {
        return admin_fail(admin->pool, ADMIN_CONFLICT,
                          "company \"%s\": automatic user provisioning is on, which does not go "
                          "together with Google sign-in: braze-admin jit off first",
                          company->name);
    }
    return err;
}

static braze_err_t *set(admin_t *admin)
{
    braze_err_t *err;

    if (!admin_arg_has(admin, OPT_NAME) && !admin_arg_has(admin, OPT_GOOGLE)) {
        return admin_fail(admin->pool, ADMIN_USAGE, "set what? Give --name or --google");
    }
    err = pick(admin);
    if (!err) {
        err = admin_company_change(admin, change, NULL);
    }
    if (err) {
        return err;
    }
    admin_done(admin, company_json(admin->company, NULL, admin->pool), "company \"%s\" set",
               admin->company->name);
    return admin_event_note(admin, "Updated Settings", "company \"%s\", Google sign-in %s",
                            admin->company->name, admin->company->google_sign_in ? "on" : "off");
}

const admin_command_t admin_company_commands[] = {
    {"company", "add", "NAME", 1, 1, OPT_BIT(OPT_GOOGLE), NEEDS_SCHEMA, add, "make a company", 0},
    {"company", "list", "", 0, 0, 0, NEEDS_SCHEMA, list, "list the companies", 0},
    {"company", "show", "[NAME]", 0, 1, 0, NEEDS_SCHEMA, show, "show a company's settings", 0},
    {"company", "set", "[NAME]", 0, 1, OPT_BIT(OPT_NAME) | OPT_BIT(OPT_GOOGLE), NEEDS_SCHEMA, set,
     "rename a company, or mark it as using Google sign-in", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
