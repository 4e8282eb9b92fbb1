/* SPDX-License-Identifier: Apache-2.0 */
/* Security settings: SAML SSO. */
#include <string.h>

#include <apr_strings.h>

#include "braze_certificate.h"
#include "settings_int.h"
#include "sso_int.h"

#define DOMAINS_SHOWN 100
#define SAVE_TRIES 4 /* when what changed meanwhile is none of this page's */

/* ---- showing ---- */

static braze_err_t *add_domains(settings_call_t *call, braze_page_sso_t *model)
{
    const char *company_id = call->in->company->id;
    apr_array_header_t *excepted, *confirmed;
    braze_err_t *err =
        braze_store_domain_some(&confirmed, call->db, company_id, DOMAINS_SHOWN + 1, call->pool);

    if (!err) {
        err = braze_store_domain_excepted(&excepted, call->db, company_id, DOMAINS_SHOWN + 1,
                                          call->pool);
    }
    if (err) {
        return err;
    }
    model->more_domains = confirmed->nelts > DOMAINS_SHOWN || excepted->nelts > DOMAINS_SHOWN;
    confirmed->nelts = confirmed->nelts > DOMAINS_SHOWN ? DOMAINS_SHOWN : confirmed->nelts;
    excepted->nelts = excepted->nelts > DOMAINS_SHOWN ? DOMAINS_SHOWN : excepted->nelts;
    model->confirmed = confirmed;
    model->excepted = excepted;
    return NULL;
}

static void fill(settings_call_t *call, braze_page_sso_t *model, const braze_company_t *stored,
                 const braze_page_sso_values_t *values)
{
    const braze_settings_request_t *in = call->in;
    apr_array_header_t *certificates = NULL;

    model->values = *values;
    model->seen = sso_seen(stored, call->pool);
    model->provisioning_stored = stored->provisioning;
    model->google = in->google ? in->google : stored->google_sign_in ? stored->name : NULL;
    model->pins = in->pins;
    model->acs_url = in->acs_url;
    model->entity_id = in->entity_id;
    model->metadata_url = in->metadata_url;
    model->catalog = in->catalog;
    model->excepted_here = in->excepted_here;
    model->now = in->now;
    if (*values->certificate && !in->pins[BRAZE_PIN_CERTIFICATE].directive &&
        !braze_certificate_read(&certificates, values->certificate, call->pool)) {
        model->certificates = certificates;
    }
}

static void show(settings_call_t *call, int status, const braze_company_t *stored,
                 const braze_page_sso_values_t *values, const braze_page_sso_values_t *theirs)
{
    braze_page_sso_t model;
    braze_err_t *err;

    memset(&model, 0, sizeof(model));
    fill(call, &model, stored, values);
    model.theirs = theirs;
    err = add_domains(call, &model);
    if (err) {
        settings_fail(call, err, NULL);
        return;
    }
    settings_show(call, status, braze_page_sso(&call->frame, &model, call->pool));
}

void settings_sso_get(settings_call_t *call)
{
    const char *const copies[] = {
        "acs_url",      call->in->acs_url,      "entity_id", call->in->entity_id,
        "metadata_url", call->in->metadata_url, NULL};
    braze_page_sso_values_t values;

    if (settings_copied(call, copies)) {
        return;
    }
    sso_stored(&values, call->in->company);
    show(call, 200, call->in->company, &values, NULL);
}

/* ---- saving ---- */

static void second_look(settings_call_t *call, const braze_page_sso_values_t *values)
{
    braze_page_sso_t model;

    memset(&model, 0, sizeof(model));
    fill(call, &model, call->in->company, values);
    settings_show(call, 200, braze_page_sso_confirm(&call->frame, &model, call->pool));
}

static void conflict(settings_call_t *call, const braze_company_t *stored,
                     const braze_page_sso_values_t *values)
{
    braze_page_sso_values_t theirs;

    sso_stored(&theirs, stored);
    settings_problem(call, NULL, "changed_meanwhile", NULL);
    show(call, 409, stored, values, &theirs);
}

/*
 * The row's version also moves with things that are not on this page (a workspace is added …): then
 * what was seen is still what is stored, and it is tried again over the new version.
 */
static void save(settings_call_t *call, const braze_page_sso_values_t *values)
{
    const char *seen = settings_form_text(&call->form, "seen", call->pool), *detail;
    const braze_company_t *stored = call->in->company;
    braze_err_t *err = NULL;
    int tries;

    for (tries = 0; tries < SAVE_TRIES; tries++) {
        braze_company_t *now, wanted = *stored;

        detail = sso_apply(&wanted, call, values);
        if (!detail) {
            settings_go(call, "sso", "unchanged", "");
            return;
        }
        if (strcmp(seen, sso_seen(stored, call->pool))) {
            conflict(call, stored, values);
            return;
        }
        err = braze_store_company_change(call->db, &wanted,
                                         settings_event(call, "Updated Security Settings", detail),
                                         call->pool);
        if (!err) {
            settings_go(call, "sso",
                        wanted.provisioning && !stored->provisioning ? "provisioning" : "saved",
                        "");
            return;
        }
        if (err->status != 409 || braze_store_company_get(&now, call->db, stored->id, call->pool) ||
            !now) {
            break;
        }
        stored = now;
    }
    settings_fail(call, err, "sso");
}

void settings_sso_post(settings_call_t *call)
{
    braze_page_sso_values_t values;
    const braze_company_t *stored = call->in->company;
    int status = sso_read(&values, call);

    if (status != 200) {
        show(call, status, stored, &values, NULL);
    } else if (values.provisioning && !stored->provisioning &&
               strcmp(settings_form_text(&call->form, "confirmed", call->pool), "yes")) {
        second_look(call, &values);
    } else {
        save(call, &values);
    }
}
