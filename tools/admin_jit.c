/* SPDX-License-Identifier: Apache-2.0 */
/* jit on, off, show, default, idp: the company's settings of single sign-on. */
#include <string.h>
#include <strings.h>

#include <apr_base64.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "admin.h"
#include "admin_jit.h"
#include "braze_id.h"
#include "braze_jit.h"
#include "braze_settings.h"

static const admin_column_t show_columns[] = {{"Automatic user provisioning", "provisioning"},
                                              {"Google sign-in", "google_sign_in"},
                                              {"Default workspace", "default_workspace"},
                                              {"Default permission set", "default_permission_set"},
                                              {"SAML name", "saml_name"},
                                              {"Target URL", "target_url"},
                                              {"Entity ID", "entity_id"},
                                              {"Certificate SHA-256", "certificate_sha256"},
                                              {"Domains in use", "confirmed_domains"},
                                              {"Domains excepted", "excepted_domains"},
                                              {NULL, NULL}};

static braze_json_t *jit_json(const braze_company_t *company, const braze_catalog_t *catalog,
                              apr_pool_t *pool)
{
    braze_json_t *object = braze_json_object(pool);

    admin_put_text(object, "company", company->name, pool);
    admin_put_bool(object, "provisioning", company->provisioning, pool);
    admin_put_bool(object, "google_sign_in", company->google_sign_in, pool);
    admin_put_text(object, "default_workspace",
                   admin_item_name(catalog, BRAZE_ITEM_WORKSPACE, company->default_workspace_id),
                   pool);
    admin_put_text(
        object, "default_permission_set",
        admin_item_name(catalog, BRAZE_ITEM_PERMISSION_SET, company->default_permission_set_id),
        pool);
    admin_put_text(object, "saml_name", company->saml_name, pool);
    admin_put_text(object, "target_url", company->target_url, pool);
    admin_put_text(object, "entity_id", company->idp_entity_id, pool);
    admin_put_text(object, "certificate_sha256",
                   company->certificate ? admin_cert_fingerprint(company->certificate, pool) : NULL,
                   pool);
    return object;
}

static braze_err_t *load(braze_catalog_t **catalog, const admin_t *admin)
{
    return admin_about(
        braze_store_catalog_load(catalog, admin->db, admin->company->id, admin->pool), admin->pool,
        "company \"%s\"", admin->company->name);
}

static braze_err_t *show(admin_t *admin)
{
    apr_array_header_t *excepted = NULL, *confirmed = NULL;
    braze_catalog_t *catalog = NULL;
    braze_json_t *object;
    braze_err_t *err = load(&catalog, admin);

    if (!err) {
        err = admin_about(braze_store_domain_list(&excepted, &confirmed, admin->db,
                                                  admin->company->id, admin->pool),
                          admin->pool, "domains");
    }
    if (err) {
        return err;
    }
    object = jit_json(admin->company, catalog, admin->pool);
    admin_put_texts(object, "confirmed_domains", confirmed, admin->pool);
    admin_put_texts(object, "excepted_domains", excepted, admin->pool);
    admin_print_record(admin, show_columns, object);
    return NULL;
}

/* Prints the settings as they are now (JSON) or the sentence, and notes it. */
static braze_err_t *report(admin_t *admin, const char *done)
{
    braze_catalog_t *catalog = NULL;
    braze_err_t *err = load(&catalog, admin);

    if (err) {
        return err;
    }
    admin_done(admin, jit_json(admin->company, catalog, admin->pool), "company \"%s\": %s",
               admin->company->name, done);
    return admin_event_note(admin, "Updated Settings", "%s", done);
}

/* ---- on, off ---- */

static braze_err_t *switch_on(admin_t *admin, braze_company_t *company, void *baton)
{
    (void)baton;
    if (braze_jit_check_google(company->name, 1, company->google_sign_in, NULL, NULL,
                               admin->pool)) {
        return admin_fail(admin->pool, ADMIN_CONFLICT,
                          "company \"%s\" uses Google sign-in, beside which nobody is provisioned: "
                          "braze-admin company set --google off, if that is no longer so",
                          company->name);
    }
    if (!company->default_workspace_id || !company->default_permission_set_id) {
        return admin_fail(admin->pool, ADMIN_CONFLICT,
                          "company \"%s\" has no default %s for new users: braze-admin jit default "
                          "--workspace NAME --permission-set NAME",
                          company->name,
                          company->default_workspace_id ? "permission set" : "workspace");
    }
    company->provisioning = 1;
    return NULL;
}

static braze_err_t *on(admin_t *admin)
{
    braze_err_t *err = admin_company_change(admin, switch_on, NULL);

    return err ? err : report(admin, "automatic user provisioning is on");
}

static braze_err_t *switch_off(admin_t *admin, braze_company_t *company, void *baton)
{
    (void)admin;
    (void)baton;
    company->provisioning = 0;
    return NULL;
}

static braze_err_t *off(admin_t *admin)
{
    braze_err_t *err = admin_company_change(admin, switch_off, NULL);

    return err ? err : report(admin, "automatic user provisioning is off");
}

/* ---- default ---- */

static braze_err_t *set_default(admin_t *admin, braze_company_t *company, void *baton)
{
    const braze_catalog_t *catalog = baton;
    braze_err_t *err = admin_item_option(&company->default_workspace_id, admin, catalog,
                                         BRAZE_ITEM_WORKSPACE, OPT_WORKSPACE);

    return err ? err
               : admin_item_option(&company->default_permission_set_id, admin, catalog,
                                   BRAZE_ITEM_PERMISSION_SET, OPT_PERMISSION_SET);
}

static braze_err_t *defaults(admin_t *admin)
{
    braze_catalog_t *catalog = NULL;
    braze_err_t *err;

    if (!admin_arg_has(admin, OPT_WORKSPACE) && !admin_arg_has(admin, OPT_PERMISSION_SET)) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "default what? Give --workspace, --permission-set, or both");
    }
    if (admin_arg_all(admin, OPT_PERMISSION_SET)->nelts > 1) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "a new user gets one permission set: give --permission-set once");
    }
    err = load(&catalog, admin);
    if (!err) {
        err = admin_company_change(admin, set_default, catalog);
    }
    return err ? err : report(admin, "what new users get is set");
}

/* ---- idp ---- */

static const char *or_none(const char *text)
{
    return text && *text ? text : NULL;
}

static void take(const char **field, const admin_t *admin, admin_option_t option)
{
    if (admin_arg_has(admin, option)) {
        *field = or_none(admin_arg(admin, option)); /* an empty one takes the setting away */
    }
}

static braze_err_t *set_idp(admin_t *admin, braze_company_t *company, void *baton)
{
    take(&company->saml_name, admin, OPT_NAME);
    take(&company->target_url, admin, OPT_TARGET_URL);
    take(&company->idp_entity_id, admin, OPT_ENTITY_ID);
    if (admin_arg_has(admin, OPT_CERTIFICATE)) {
        company->certificate = baton;
    }
    return NULL;
}

static braze_err_t *check_url(const admin_t *admin)
{
    const char *url = admin_arg(admin, OPT_TARGET_URL), *p = url;

    if (!url || !*url) {
        return NULL;
    }
    if (strncasecmp(url, "https://", 8) != 0 && strncasecmp(url, "http://", 7) != 0) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "--target-url %s: it begins with https:// (or http://, for tests)", url);
    }
    while (*p > ' ' && *p < 0x7f && !strchr("\"<>\\^`{|}#", *p)) {
        p++;
    }
    if (*p || !strchr(url, ':')[3]) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "--target-url %s: this is no URL: encode what does not belong in one",
                          url);
    }
    return NULL;
}

/* As the settings page has them, which could not save again what this command had set. */
static braze_err_t *check_lengths(const admin_t *admin)
{
    static const struct {
        admin_option_t option;
        apr_size_t max;
    } limits[] = {{OPT_NAME, BRAZE_SETTINGS_MAX_SAML_NAME},
                  {OPT_TARGET_URL, BRAZE_SETTINGS_MAX_URL},
                  {OPT_ENTITY_ID, BRAZE_SETTINGS_MAX_ENTITY_ID}};
    apr_size_t i;

    for (i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
        const char *value = admin_arg(admin, limits[i].option), *c = value;

        while (c && *c && !apr_iscntrl(*c)) {
            c++;
        }
        if (value && (*c || strlen(value) > limits[i].max)) {
            return admin_fail(admin->pool, ADMIN_USAGE,
                              "--%s: one line of %d bytes at most, without control characters",
                              admin_options[limits[i].option].name, (int)limits[i].max);
        }
    }
    return NULL;
}

static void advise(const admin_t *admin)
{
    const braze_company_t *company = admin->company;

    if (company->certificate && !company->idp_entity_id) {
        admin_note(admin, "the identity provider's entity ID is missing: until it is set "
                          "(braze-admin jit idp --entity-id ID), nobody gets in by it");
    } else if (company->idp_entity_id && !company->certificate) {
        admin_note(admin, "the identity provider's certificate is missing: until it is set "
                          "(braze-admin jit idp --certificate FILE), nobody gets in by it");
    }
}

static braze_err_t *idp(admin_t *admin)
{
    const char *file = admin_arg(admin, OPT_CERTIFICATE), *pem = NULL;
    braze_err_t *err = check_lengths(admin);

    if (!err) {
        err = check_url(admin);
    }
    if (!(admin_arg_has(admin, OPT_NAME) || admin_arg_has(admin, OPT_TARGET_URL) ||
          admin_arg_has(admin, OPT_ENTITY_ID) || file)) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "set what? Give --name, --target-url, --entity-id or --certificate");
    }
    if (!err && file && *file) {
        err = admin_cert_read(&pem, file, admin->pool);
    }
    if (!err) {
        err = admin_company_change(admin, set_idp, (void *)pem);
    }
    if (err) {
        return err;
    }
    err = report(admin, "the identity provider is set");
    advise(admin);
    return err;
}

#define IDP_OPTIONS                                                                                \
    (OPT_BIT(OPT_NAME) | OPT_BIT(OPT_TARGET_URL) | OPT_BIT(OPT_ENTITY_ID) |                        \
     OPT_BIT(OPT_CERTIFICATE))

const admin_command_t admin_jit_commands[] = {
    {"jit", "show", "", 0, 0, 0, NEEDS_COMPANY, show, "show the settings of single sign-on", 0},
    {"jit", "default", "", 0, 0, OPT_BIT(OPT_WORKSPACE) | OPT_BIT(OPT_PERMISSION_SET),
     NEEDS_COMPANY, defaults, "say what a new user gets", 0},
    {"jit", "idp", "", 0, 0, IDP_OPTIONS, NEEDS_COMPANY, idp,
     "name the identity provider (an empty value: none)", 0},
    {"jit", "on", "", 0, 0, 0, NEEDS_COMPANY, on, "turn automatic user provisioning on", 0},
    {"jit", "off", "", 0, 0, 0, NEEDS_COMPANY, off, "turn automatic user provisioning off", 0},
    {"jit", "list-domains", "", 0, 0, 0, NEEDS_COMPANY, admin_domain_list,
     "list the domains that new users may come from", 0},
    {"jit", "allow-domain", "DOMAIN ...", 1, -1, 0, NEEDS_COMPANY, admin_domain_allow,
     "accept domains that no confirmed user has yet", 0},
    {"jit", "disallow-domain", "DOMAIN ...", 1, -1, 0, NEEDS_COMPANY, admin_domain_disallow,
     "take such an exception back", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
