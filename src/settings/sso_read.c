/* SPDX-License-Identifier: Apache-2.0 */
/* What was sent to the SAML SSO page, judged field by field. */
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "braze_certificate.h"
#include "braze_key.h"
#include "sso_int.h"

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

void sso_stored(braze_page_sso_values_t *values, const braze_company_t *company)
{
    values->saml_name = or_empty(company->saml_name);
    values->target_url = or_empty(company->target_url);
    values->idp_entity_id = or_empty(company->idp_entity_id);
    values->certificate = or_empty(company->certificate);
    values->workspace_id = or_empty(company->default_workspace_id);
    values->permission_set_id = or_empty(company->default_permission_set_id);
    values->provisioning = company->provisioning != 0;
}

const char *sso_seen(const braze_company_t *company, apr_pool_t *pool)
{
    braze_page_sso_values_t values;

    sso_stored(&values, company);
    return settings_digest(pool, values.saml_name, values.target_url, values.idp_entity_id,
                           values.certificate, values.workspace_id, values.permission_set_id,
                           values.provisioning ? "on" : "off");
}

/* ---- one field ---- */

/* 1: it is this form's to set, and *value is what was sent; absent counts as stored. */
static int take(const char **value, settings_call_t *call, braze_pin_t pin, const char *name)
{
    const braze_page_pin_t *fixed = &call->in->pins[pin];
    const char *sent = settings_form_get(&call->form, name);

    if (!sent) {
        return 0;
    }
    if (fixed->directive) {
        settings_problem(call, NULL, "pinned", fixed->directive);
        return 0;
    }
    *value = settings_form_text(&call->form, name, call->pool);
    return 1;
}

static void read_line(const char **value, settings_call_t *call, braze_pin_t pin, const char *name,
                      apr_size_t max)
{
    if (!take(value, call, pin, name) || !**value) {
        return;
    }
    if (strlen(*value) > max) {
        settings_problem(call, name, "too_long", NULL);
    } else if (settings_has_control(*value)) {
        settings_problem(call, name, "name_needed", NULL);
    }
}

static int is_web_url(const char *url)
{
    const char *host = !apr_cstr_casecmpn(url, "https://", 8)  ? url + 8
                       : !apr_cstr_casecmpn(url, "http://", 7) ? url + 7
                                                               : NULL;
    const unsigned char *p = (const unsigned char *)url;

    while (*p > 0x20 && *p < 0x7f && !strchr("\"<>\\^`{|}", *p)) {
        p++;
    }
    return host && !*p && *host && !strchr("/?#", *host);
}

static void read_url(const char **value, settings_call_t *call)
{
    read_line(value, call, BRAZE_PIN_TARGET_URL, "target_url", BRAZE_SETTINGS_MAX_URL);
    if (**value && settings_form_get(&call->form, "target_url") && !is_web_url(*value)) {
        settings_problem(call, "target_url", "not_a_url", NULL);
    }
}

/* Lines as they are stored, whatever the browser has made of them. */
static const char *without_returns(const char *text, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, text), *to = copy;

    for (; *text; text++) {
        if (*text != '\r') {
            *to++ = *text;
        }
    }
    *to = '\0';
    return copy;
}

static void read_certificate(const char **value, settings_call_t *call)
{
    apr_array_header_t *found;
    const char *why;

    if (!take(value, call, BRAZE_PIN_CERTIFICATE, "certificate") || !**value) {
        return;
    }
    *value = without_returns(*value, call->pool);
    why = braze_certificate_read(&found, *value, call->pool);
    if (!why) {
        return;
    }
    settings_problem(call, "certificate", why, NULL);
    if (!strcmp(why, "certificate_private_key") || !strcmp(why, "certificate_too_large")) {
        *value = ""; /* a secret is not sent back either */
    }
}

static void read_item(const char **value, settings_call_t *call, braze_pin_t pin, const char *name,
                      braze_item_kind_t kind)
{
    if (take(value, call, pin, name) && **value &&
        !braze_catalog_by_id(call->in->catalog, kind, *value)) {
        settings_problem(call, name, "unknown_choice", NULL);
        *value = "";
    }
}

/* ---- the switch ---- */

static int has_default(const settings_call_t *call, braze_pin_t pin, const char *id)
{
    return call->in->pins[pin].directive || *id;
}

/* It is switched on here, and not off: what is on stays on, whatever the form lacks. */
static void read_switch(braze_page_sso_values_t *values, settings_call_t *call)
{
    const char *sent = settings_form_get(&call->form, "provisioning");
    int on = sent && !strcmp(sent, "on");

    if (sent && call->in->pins[BRAZE_PIN_PROVISIONING].directive) {
        settings_problem(call, NULL, "pinned", call->in->pins[BRAZE_PIN_PROVISIONING].directive);
        return;
    }
    if (call->in->company->provisioning) {
        if (sent && !on) {
            settings_problem(call, NULL, "provisioning_operator", NULL);
        }
        return;
    }
    values->provisioning = on;
    if (!on) {
        return;
    }
    if (call->in->google || call->in->company->google_sign_in) {
        settings_problem(call, NULL, "google", NULL);
    }
}

/* What people get who are made: needed as soon as any are. */
static void check_defaults(const braze_page_sso_values_t *values, settings_call_t *call)
{
    if (!values->provisioning) {
        return;
    }
    if (!has_default(call, BRAZE_PIN_WORKSPACE, values->workspace_id)) {
        settings_problem(call, "workspace", "default_needed", NULL);
    }
    if (!has_default(call, BRAZE_PIN_PERMISSION_SET, values->permission_set_id)) {
        settings_problem(call, "permission_set", "default_needed", NULL);
    }
}

static void check_idp(const braze_page_sso_values_t *values, settings_call_t *call)
{
    const braze_page_pin_t *pins = call->in->pins;
    int has_id = pins[BRAZE_PIN_IDP_ENTITY_ID].directive || *values->idp_entity_id;
    int has_certificate = pins[BRAZE_PIN_CERTIFICATE].directive || *values->certificate;

    if (has_certificate && !has_id) {
        settings_problem(call, "idp_entity_id", "entity_id_needed", NULL);
    } else if (has_id && !has_certificate && !call->problems->nelts) {
        settings_problem(call, "certificate", "certificate_needed", NULL);
    }
}

/* 403 for what nobody may send, 400 for what can be mended. */
static int judge(const settings_call_t *call)
{
    static const char *const forbidden[] = {"pinned", "provisioning_operator", "google"};
    int i;
    apr_size_t j;

    for (i = 0; i < call->problems->nelts; i++) {
        const braze_page_problem_t *problem =
            &APR_ARRAY_IDX(call->problems, i, braze_page_problem_t);

        for (j = 0; j < sizeof(forbidden) / sizeof(*forbidden); j++) {
            if (!strcmp(problem->code, forbidden[j])) {
                return 403;
            }
        }
    }
    return call->problems->nelts ? 400 : 200;
}

int sso_read(braze_page_sso_values_t *values, settings_call_t *call)
{
    sso_stored(values, call->in->company);
    read_line(&values->saml_name, call, BRAZE_PIN_SAML_NAME, "saml_name",
              BRAZE_SETTINGS_MAX_SAML_NAME);
    read_url(&values->target_url, call);
    read_line(&values->idp_entity_id, call, BRAZE_PIN_IDP_ENTITY_ID, "idp_entity_id",
              BRAZE_SETTINGS_MAX_ENTITY_ID);
    read_certificate(&values->certificate, call);
    read_item(&values->workspace_id, call, BRAZE_PIN_WORKSPACE, "workspace", BRAZE_ITEM_WORKSPACE);
    read_item(&values->permission_set_id, call, BRAZE_PIN_PERMISSION_SET, "permission_set",
              BRAZE_ITEM_PERMISSION_SET);
    read_switch(values, call);
    check_defaults(values, call);
    check_idp(values, call);
    return judge(call);
}

/* ---- into the company ---- */

static void put(const char **to, const char **changed, const char *name, const char *value,
                apr_pool_t *pool)
{
    if (strcmp(or_empty(*to), value)) {
        *to = or_null(value);
        *changed = *changed ? apr_pstrcat(pool, *changed, " ", name, NULL) : name;
    }
}

const char *sso_apply(braze_company_t *company, settings_call_t *call,
                      const braze_page_sso_values_t *values)
{
    const char *changed = NULL;
    apr_pool_t *pool = call->pool;

    put(&company->saml_name, &changed, "saml_name", values->saml_name, pool);
    put(&company->target_url, &changed, "target_url", values->target_url, pool);
    put(&company->idp_entity_id, &changed, "idp_entity_id", values->idp_entity_id, pool);
    put(&company->certificate, &changed, "certificate", values->certificate, pool);
    put(&company->default_workspace_id, &changed, "default_workspace", values->workspace_id, pool);
    put(&company->default_permission_set_id, &changed, "default_permission_set",
        values->permission_set_id, pool);
    if (values->provisioning && !company->provisioning) {
        company->provisioning = 1;
        changed =
            changed ? apr_pstrcat(pool, changed, " provisioning=on", NULL) : "provisioning=on";
    }
    return changed;
}
