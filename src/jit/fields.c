/* SPDX-License-Identifier: Apache-2.0 */
/* From the assertion's attributes to the fields of an account. */
#include <string.h>

#include <apr_strings.h>

#include "braze_key.h"
#include "jit_int.h"

/* A value without the white space that pretty-printed XML puts around it; NULL when nothing is
 * left. */
static const char *trim(const char *value, apr_pool_t *pool)
{
    static const char space[] = " \t\r\n";
    apr_size_t len;

    value += strspn(value, space);
    len = strlen(value);
    while (len > 0 && strchr(space, value[len - 1])) {
        len--;
    }
    return len > 0 ? apr_pstrmemdup(pool, value, len) : NULL;
}

/* The first value of a field that is not blank, or NULL. */
static const char *first_value(const braze_jit_attempt_t *attempt, braze_field_t field)
{
    const apr_array_header_t *values =
        braze_saml_values(attempt->identity, attempt->policy->attributes, field, attempt->pool);
    const char *value = NULL;
    int i;

    for (i = 0; !value && i < values->nelts; i++) {
        value = trim(APR_ARRAY_IDX(values, i, const char *), attempt->pool);
    }
    return value;
}

/* A field that nobody is kept out for: what cannot be stored is left out. */
static const char *optional(const braze_jit_attempt_t *attempt, braze_field_t field,
                            const char *name)
{
    const char *key, *value = first_value(attempt, field);
    braze_err_t *err;

    if (!value) {
        return NULL;
    }
    err = braze_key_fold(&key, value, strlen(value), attempt->pool);
    if (err) {
        braze_log_write(attempt->policy->log, BRAZE_LOG_WARNING, "BRAZE-J0314", attempt->pool,
                        "%s as \"%s\" sends it cannot be stored and is left out: %s", name,
                        attempt->identity->issuer, err->detail);
        return NULL;
    }
    return value;
}

braze_err_t *braze_jit_read_fields(braze_jit_attempt_t *attempt)
{
    const char *email = first_value(attempt, BRAZE_FIELD_EMAIL);

    if (!email) {
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_EMAIL, NULL);
    }
    if (!braze_key_is_email(email, attempt->pool) ||
        braze_key_fold(&attempt->email_key, email, strlen(email), attempt->pool) ||
        braze_key_domain(&attempt->domain, email, attempt->pool)) {
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_VALID_EMAIL, NULL);
    }
    attempt->email = email;
    attempt->given_name = optional(attempt, BRAZE_FIELD_FIRST_NAME, "first_name");
    attempt->family_name = optional(attempt, BRAZE_FIELD_LAST_NAME, "last_name");
    attempt->department = optional(attempt, BRAZE_FIELD_DEPARTMENT, "department");
    return NULL;
}

/* ---- what a new user gets ---- */

/* One of the two defaults: how its kind is called, and where it can be named. */
typedef struct {
    braze_item_kind_t kind;
    braze_field_t field;
    const char *label, *directive;
    const char *name; /* the directive's */
    const char *id;   /* the company's */
} choice_t;

/* What the identity provider says. These fields have no attributes but those that the administrator
 * mapped. */
static const braze_item_t *said(const braze_jit_attempt_t *attempt, const choice_t *choice)
{
    const char *name = first_value(attempt, choice->field);
    const braze_item_t *item;

    if (!name) {
        return NULL;
    }
    item = braze_catalog_by_name(attempt->policy->catalog, choice->kind, NULL, name);
    if (!item) {
        braze_log_write(attempt->policy->log, BRAZE_LOG_WARNING, "BRAZE-J0315", attempt->pool,
                        "\"%s\" sends the %s \"%s\", which company \"%s\" does not have: the new "
                        "user gets the default one",
                        attempt->identity->issuer, choice->label, name,
                        attempt->policy->company->name);
    }
    return item;
}

/* Why there is no default, and what to do. */
static const char *missing(const braze_jit_attempt_t *attempt, const choice_t *choice)
{
    if (choice->name) {
        return apr_psprintf(attempt->pool,
                            "it has no %s \"%s\", which %s names: make it with braze-admin, or "
                            "correct the directive",
                            choice->label, choice->name, choice->directive);
    }
    return apr_psprintf(attempt->pool,
                        "no default %s is chosen: name one with %s or braze-admin jit default",
                        choice->label, choice->directive);
}

static braze_err_t *choose(const braze_item_t **item, const braze_jit_attempt_t *attempt,
                           const choice_t *choice)
{
    const braze_catalog_t *catalog = attempt->policy->catalog;

    *item = said(attempt, choice);
    if (!*item) {
        *item = choice->name ? braze_catalog_by_name(catalog, choice->kind, NULL, choice->name)
                             : braze_catalog_by_id(catalog, choice->kind, choice->id);
    }
    if (!*item) {
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_DEFAULT, missing(attempt, choice));
    }
    return NULL;
}

/* What everybody gets of whom nothing else is said. */
static braze_err_t *defaults(const char **text, const braze_jit_attempt_t *attempt)
{
    const braze_jit_policy_t *policy = attempt->policy;
    const choice_t workspace = {BRAZE_ITEM_WORKSPACE,
                                BRAZE_FIELD_WORKSPACE,
                                "workspace",
                                "BrazeJitDefaultWorkspace",
                                policy->default_workspace,
                                policy->company->default_workspace_id};
    const choice_t set = {BRAZE_ITEM_PERMISSION_SET,
                          BRAZE_FIELD_PERMISSION_SET,
                          "permission set",
                          "BrazeJitDefaultPermissionSet",
                          policy->default_permission_set,
                          policy->company->default_permission_set_id};
    const braze_item_t *in, *with;
    braze_err_t *err = choose(&in, attempt, &workspace);

    if (!err) {
        err = choose(&with, attempt, &set);
    }
    if (!err) {
        *text = braze_grants_default(in->id, with->id, attempt->pool);
    }
    return err;
}

/* The defaults are for those whom no row of the table speaks of: where one does and names what the
 * company does not have, that is no reason to give something else. */
static braze_err_t *permissions(const char **text, const braze_jit_attempt_t *attempt)
{
    braze_err_t *err = NULL;

    *text = "{}";
    if (!attempt->maps_permissions || first_value(attempt, BRAZE_FIELD_WORKSPACE) ||
        first_value(attempt, BRAZE_FIELD_PERMISSION_SET)) {
        err = defaults(text, attempt);
    }
    if (!err && attempt->wanted) {
        err = braze_grants_regrant(text, &attempt->wanted->given, attempt->wanted->atoms,
                                   attempt->pool);
    }
    return err;
}

braze_err_t *braze_jit_new_user(braze_user_t **user, const braze_jit_attempt_t *attempt)
{
    braze_user_t *new_user = apr_pcalloc(attempt->pool, sizeof(*new_user));
    braze_err_t *err = permissions(&new_user->permissions, attempt);

    if (err) {
        return err;
    }
    new_user->company_id = attempt->policy->company->id;
    new_user->active = new_user->confirmed = 1;
    new_user->source = "jit";
    new_user->created_at = new_user->modified_at = new_user->last_sign_in_at = attempt->now;
    new_user->version = 1;
    new_user->resource = braze_json_text(
        braze_user_resource_new(attempt->email, attempt->given_name, attempt->family_name,
                                attempt->department, attempt->pool),
        attempt->pool);
    *user = new_user;
    return braze_user_derive(new_user, attempt->pool);
}
