/* SPDX-License-Identifier: Apache-2.0 */
/* Security settings: SAML SSO. */
#include <string.h>

#include <apr_strings.h>

#include "braze_certificate.h"
#include "settings_int.h"

typedef struct {
    braze_html_t *html;
    const braze_page_frame_t *frame;
    const braze_page_sso_t *model;
    apr_pool_t *pool;
} sso_t;

/* An input, or what a directive says in its place. */
static void input(const sso_t *sso, braze_pin_t pin, const settings_field_t *field)
{
    if (sso->model->pins[pin].directive) {
        settings_fixed(sso->html, field->label, &sso->model->pins[pin]);
    } else {
        settings_field(sso->html, sso->frame, field, sso->pool);
    }
}

static void items(const sso_t *sso, braze_pin_t pin, const settings_field_t *field,
                  braze_item_kind_t kind)
{
    if (sso->model->pins[pin].directive) {
        settings_fixed(sso->html, field->label, &sso->model->pins[pin]);
        return;
    }
    settings_select(sso->html, sso->frame, field, sso->pool);
    settings_items(sso->html, sso->model->catalog, kind, field->value);
    braze_html_close(sso->html);
    braze_html_close(sso->html);
}

static void certificate(braze_html_t *html, const braze_certificate_t *shown, apr_time_t now,
                        apr_pool_t *pool)
{
    braze_html_open(html, BRAZE_EL_DL);
    settings_fact(html, BRAZE_TEXT_S_CERT_SUBJECT, shown->subject);
    settings_fact(html, BRAZE_TEXT_S_CERT_KEY, shown->key);
    settings_time_fact(html, BRAZE_TEXT_S_CERT_FROM, shown->not_before, pool);
    settings_time_fact(html, BRAZE_TEXT_S_CERT_UNTIL, shown->not_after, pool);
    settings_fact(html, BRAZE_TEXT_S_CERT_DIGEST, shown->fingerprint);
    braze_html_close(html);
    if (shown->not_after && shown->not_after < now) {
        braze_html_line(html, BRAZE_EL_P, "warn", BRAZE_TEXT_S_CERT_EXPIRED);
    }
}

static void certificates(const sso_t *sso)
{
    const apr_array_header_t *all = sso->model->certificates;
    int i;

    for (i = 0; all && i < all->nelts; i++) {
        certificate(sso->html, APR_ARRAY_IDX(all, i, const braze_certificate_t *), sso->model->now,
                    sso->pool);
    }
}

/* ---- the switch ---- */

static void provisioning(const sso_t *sso)
{
    const braze_page_sso_t *model = sso->model;
    braze_html_t *html = sso->html;

    if (model->pins[BRAZE_PIN_PROVISIONING].directive) {
        settings_fixed(html, BRAZE_TEXT_S_PROVISIONING, &model->pins[BRAZE_PIN_PROVISIONING]);
    } else if (model->provisioning_stored) {
        braze_html_line(html, BRAZE_EL_P, "label", BRAZE_TEXT_S_PROVISIONING_IS_ON);
        braze_html_line(html, BRAZE_EL_P, "hint", BRAZE_TEXT_S_PROVISIONING_OPERATOR);
    } else if (model->google) {
        braze_html_line(html, BRAZE_EL_P, "label", BRAZE_TEXT_S_PROVISIONING_IS_OFF);
        braze_html_line(html, BRAZE_EL_P, "hint", BRAZE_TEXT_S_P_GOOGLE);
    } else {
        braze_html_open(html, BRAZE_EL_P);
        braze_html_attr(html, BRAZE_AT_CLASS, "check");
        braze_html_open(html, BRAZE_EL_INPUT);
        braze_html_attr(html, BRAZE_AT_TYPE, "checkbox");
        braze_html_attr(html, BRAZE_AT_ID, "provisioning");
        braze_html_attr(html, BRAZE_AT_NAME, "provisioning");
        braze_html_attr(html, BRAZE_AT_VALUE, "on");
        braze_html_attr(html, BRAZE_AT_ARIA_DESCRIBEDBY, "provisioning-hint");
        if (model->values.provisioning) {
            braze_html_flag(html, BRAZE_AT_CHECKED);
        }
        braze_html_open(html, BRAZE_EL_LABEL);
        braze_html_attr(html, BRAZE_AT_FOR, "provisioning");
        braze_html_say(html, BRAZE_TEXT_S_PROVISIONING);
        braze_html_close(html);
        braze_html_close(html);
        braze_html_open(html, BRAZE_EL_P);
        braze_html_attr(html, BRAZE_AT_CLASS, "hint");
        braze_html_attr(html, BRAZE_AT_ID, "provisioning-hint");
        braze_html_say(html, BRAZE_TEXT_S_PROVISIONING_HINT);
        braze_html_close(html);
    }
}

/* ---- the form ---- */

static void identity_provider(const sso_t *sso)
{
    const braze_page_sso_values_t *values = &sso->model->values;
    const settings_field_t name = {"saml_name",
                                   values->saml_name,
                                   NULL,
                                   BRAZE_TEXT_S_SAML_NAME,
                                   BRAZE_TEXT_S_SAML_NAME_HINT,
                                   0,
                                   "64"};
    const settings_field_t url = {"target_url",
                                  values->target_url,
                                  "url",
                                  BRAZE_TEXT_S_TARGET_URL,
                                  BRAZE_TEXT_S_TARGET_URL_HINT,
                                  0,
                                  "2048"};
    const settings_field_t id = {"idp_entity_id",
                                 values->idp_entity_id,
                                 NULL,
                                 BRAZE_TEXT_S_IDP_ENTITY_ID,
                                 BRAZE_TEXT_S_IDP_ENTITY_ID_HINT,
                                 0,
                                 "1024"};
    const settings_field_t pem = {"certificate",
                                  values->certificate,
                                  "area",
                                  BRAZE_TEXT_S_CERTIFICATE,
                                  BRAZE_TEXT_S_CERTIFICATE_HINT,
                                  0,
                                  NULL};

    settings_section(sso->html, "idp", BRAZE_TEXT_S_IDP);
    input(sso, BRAZE_PIN_SAML_NAME, &name);
    input(sso, BRAZE_PIN_TARGET_URL, &url);
    input(sso, BRAZE_PIN_IDP_ENTITY_ID, &id);
    input(sso, BRAZE_PIN_CERTIFICATE, &pem);
    certificates(sso);
    braze_html_close(sso->html);
}

static void new_people(const sso_t *sso)
{
    const braze_page_sso_values_t *values = &sso->model->values;
    const settings_field_t workspace = {
        "workspace", values->workspace_id, NULL, BRAZE_TEXT_S_DEFAULT_WORKSPACE, NO_TEXT, 0, NULL};
    const settings_field_t set = {"permission_set",
                                  values->permission_set_id,
                                  NULL,
                                  BRAZE_TEXT_S_DEFAULT_SET,
                                  NO_TEXT,
                                  0,
                                  NULL};

    settings_section(sso->html, "new", BRAZE_TEXT_S_PROVISIONING);
    provisioning(sso);
    items(sso, BRAZE_PIN_WORKSPACE, &workspace, BRAZE_ITEM_WORKSPACE);
    items(sso, BRAZE_PIN_PERMISSION_SET, &set, BRAZE_ITEM_PERMISSION_SET);
    braze_html_close(sso->html);
}

/* ---- beside it ---- */

static void ours(const sso_t *sso)
{
    const settings_copy_t copies[] = {
        {"sso", "acs_url", BRAZE_TEXT_S_ACS_URL, sso->model->acs_url},
        {"sso", "entity_id", BRAZE_TEXT_S_ENTITY_ID, sso->model->entity_id},
        {"sso", "metadata_url", BRAZE_TEXT_S_METADATA_URL, sso->model->metadata_url}};
    apr_size_t i;

    settings_section(sso->html, "ours", BRAZE_TEXT_S_OURS);
    braze_html_line(sso->html, BRAZE_EL_P, "hint", BRAZE_TEXT_S_OURS_HINT);
    for (i = 0; i < sizeof(copies) / sizeof(*copies); i++) {
        settings_copy(sso->html, sso->frame, &copies[i], sso->pool);
    }
    braze_html_close(sso->html);
}

static void domain_list(braze_html_t *html, const apr_array_header_t *domains, braze_text_t why)
{
    int i;

    for (i = 0; domains && i < domains->nelts; i++) {
        braze_html_open(html, BRAZE_EL_LI);
        settings_text(html, BRAZE_EL_CODE, NULL, APR_ARRAY_IDX(domains, i, const char *));
        braze_html_data(html, " – ");
        braze_html_say(html, why);
        braze_html_close(html);
    }
}

static void domains(const sso_t *sso)
{
    const braze_page_sso_t *model = sso->model;
    braze_html_t *html = sso->html;

    settings_section(html, "domains", BRAZE_TEXT_S_DOMAINS);
    braze_html_line(html, BRAZE_EL_P, "hint", BRAZE_TEXT_S_DOMAINS_HINT);
    if (!model->confirmed->nelts && !model->excepted->nelts &&
        !(model->excepted_here && model->excepted_here->nelts)) {
        braze_html_line(html, BRAZE_EL_P, "none", BRAZE_TEXT_S_DOMAINS_NONE);
    } else {
        braze_html_open(html, BRAZE_EL_UL);
        domain_list(html, model->confirmed, BRAZE_TEXT_S_DOMAIN_CONFIRMED);
        domain_list(html, model->excepted, BRAZE_TEXT_S_DOMAIN_EXCEPTED);
        domain_list(html, model->excepted_here, BRAZE_TEXT_S_DOMAIN_DIRECTIVE);
        braze_html_close(html);
    }
    if (model->more_domains) {
        braze_html_line(html, BRAZE_EL_P, "hint", BRAZE_TEXT_S_DOMAINS_MORE);
    }
    braze_html_close(html);
}

/* What somebody else has stored meanwhile, beside what was sent. */
static void theirs(const sso_t *sso)
{
    const braze_page_sso_values_t *now = sso->model->theirs;
    const braze_catalog_t *catalog = sso->model->catalog;
    braze_html_t *html = sso->html;

    if (!now) {
        return;
    }
    settings_section(html, "theirs", BRAZE_TEXT_S_THEIRS);
    braze_html_line(html, BRAZE_EL_P, "hint", BRAZE_TEXT_S_THEIRS_HINT);
    braze_html_open(html, BRAZE_EL_DL);
    settings_fact(html, BRAZE_TEXT_S_SAML_NAME, now->saml_name);
    settings_fact(html, BRAZE_TEXT_S_TARGET_URL, now->target_url);
    settings_fact(html, BRAZE_TEXT_S_IDP_ENTITY_ID, now->idp_entity_id);
    settings_fact_text(html, BRAZE_TEXT_S_PROVISIONING,
                       now->provisioning ? BRAZE_TEXT_S_ON : BRAZE_TEXT_S_OFF);
    settings_fact(html, BRAZE_TEXT_S_DEFAULT_WORKSPACE,
                  settings_item_name(catalog, BRAZE_ITEM_WORKSPACE, now->workspace_id));
    settings_fact(html, BRAZE_TEXT_S_DEFAULT_SET,
                  settings_item_name(catalog, BRAZE_ITEM_PERMISSION_SET, now->permission_set_id));
    braze_html_line(html, BRAZE_EL_DT, NULL, BRAZE_TEXT_S_CERTIFICATE);
    braze_html_open(html, BRAZE_EL_DD);
    braze_html_open(html, BRAZE_EL_PRE);
    braze_html_attr(html, BRAZE_AT_TABINDEX, "0");
    braze_html_whole(html, now->certificate);
    braze_html_close(html);
    braze_html_close(html);
    braze_html_close(html);
    braze_html_close(html);
}

const char *braze_page_sso(const braze_page_frame_t *frame, const braze_page_sso_t *model,
                           apr_pool_t *pool)
{
    sso_t sso = {settings_begin(frame, "sso", BRAZE_TEXT_S_SSO, NULL, pool), frame, model, pool};

    theirs(&sso);
    ours(&sso);
    settings_form(sso.html, frame, "sso", "save", pool);
    settings_hidden(sso.html, "seen", model->seen);
    identity_provider(&sso);
    new_people(&sso);
    braze_html_open(sso.html, BRAZE_EL_P);
    settings_button(sso.html, "button", BRAZE_TEXT_S_SAVE);
    braze_html_close(sso.html);
    braze_html_close(sso.html);
    domains(&sso);
    return braze_html_done(sso.html);
}

/* ---- the second look ---- */

/* What is pinned was not sent, and is not sent on. */
static void carry(const sso_t *sso, braze_pin_t pin, const char *name, const char *value)
{
    if (!sso->model->pins[pin].directive) {
        settings_hidden(sso->html, name, value);
    }
}

static const char *what_people_get(const sso_t *sso, braze_pin_t pin, braze_item_kind_t kind,
                                   const char *id)
{
    return sso->model->pins[pin].directive ? sso->model->pins[pin].value
                                           : settings_item_name(sso->model->catalog, kind, id);
}

const char *braze_page_sso_confirm(const braze_page_frame_t *frame, const braze_page_sso_t *model,
                                   apr_pool_t *pool)
{
    const braze_page_sso_values_t *values = &model->values;
    sso_t sso = {settings_begin(frame, "sso", BRAZE_TEXT_S_CONFIRM_ON, NULL, pool), frame, model,
                 pool};
    braze_html_t *html = sso.html;

    braze_html_line(html, BRAZE_EL_P, NULL, BRAZE_TEXT_S_CONFIRM_ON_WHAT);
    braze_html_open(html, BRAZE_EL_DL);
    settings_fact(
        html, BRAZE_TEXT_S_DEFAULT_WORKSPACE,
        what_people_get(&sso, BRAZE_PIN_WORKSPACE, BRAZE_ITEM_WORKSPACE, values->workspace_id));
    settings_fact(html, BRAZE_TEXT_S_DEFAULT_SET,
                  what_people_get(&sso, BRAZE_PIN_PERMISSION_SET, BRAZE_ITEM_PERMISSION_SET,
                                  values->permission_set_id));
    braze_html_close(html);
    braze_html_line(html, BRAZE_EL_P, "warn", BRAZE_TEXT_S_PROVISIONING_OPERATOR);
    settings_form(html, frame, "sso", "save", pool);
    settings_hidden(html, "seen", model->seen);
    settings_hidden(html, "confirmed", "yes");
    settings_hidden(html, "provisioning", "on");
    carry(&sso, BRAZE_PIN_SAML_NAME, "saml_name", values->saml_name);
    carry(&sso, BRAZE_PIN_TARGET_URL, "target_url", values->target_url);
    carry(&sso, BRAZE_PIN_IDP_ENTITY_ID, "idp_entity_id", values->idp_entity_id);
    carry(&sso, BRAZE_PIN_CERTIFICATE, "certificate", values->certificate);
    carry(&sso, BRAZE_PIN_WORKSPACE, "workspace", values->workspace_id);
    carry(&sso, BRAZE_PIN_PERMISSION_SET, "permission_set", values->permission_set_id);
    braze_html_open(html, BRAZE_EL_P);
    braze_html_attr(html, BRAZE_AT_CLASS, "buttons");
    settings_button(html, "button", BRAZE_TEXT_S_TURN_ON);
    settings_link(html, "button quiet", settings_url(frame, "sso", pool), BRAZE_TEXT_S_CANCEL);
    braze_html_close(html);
    return braze_html_done(html);
}
