/* SPDX-License-Identifier: Apache-2.0 */
/* The page of a refused sign-in: many codes, a handful of texts. */
#include <string.h>

#include "page_int.h"

#define TEXTS(name)                                                                                \
    {                                                                                              \
        BRAZE_TEXT_##name##_TITLE, BRAZE_TEXT_##name##_WHAT, BRAZE_TEXT_##name##_NEXT              \
    }

/* clang-format off: a table is read by its columns */
static const struct {
    const char *code;
    braze_refusal_texts_t texts;
} refusals[] = {
    /* the decision */
    {"user_inactive", TEXTS(INACTIVE)},
    {"provisioning_off", TEXTS(NO_ACCOUNT)},
    {"idp_initiated_only", TEXTS(FIRST)},
    {"domain_not_allowed", TEXTS(DOMAIN)},
    {"google_sign_in", TEXTS(GOOGLE)},
    {"replayed", TEXTS(USED)},
    {"user_ambiguous", TEXTS(AMBIGUOUS)},
    {"linked_elsewhere", TEXTS(LINKED)},
    {"email_taken", TEXTS(TAKEN)},
    {"default_missing", TEXTS(SETUP)},
    {"session_expired", TEXTS(TIME)},
    {"ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING", TEXTS(NO_EMAIL)},
    {"ERROR_CODE_SSO_INVALID_EMAIL", TEXTS(NO_EMAIL)},
    {"ERROR_CODE_SSO_INVALID_RELAY_STATE", TEXTS(MISMATCH)},

    {"company_not_configured", TEXTS(UNREADY)},
    {"company_unknown", TEXTS(UNREADY)},
    {"idp_not_configured", TEXTS(UNREADY)},
    {"idp_unknown", TEXTS(UNREADY)},
    {"idp_cannot_be_asked", TEXTS(FIRST)},
    {"key_not_usable", TEXTS(UNREADY)},

    /* the response: what is not one */
    {"body_incomplete", TEXTS(DAMAGED)},
    {"body_too_large", TEXTS(DAMAGED)},
    {"form_duplicate_field", TEXTS(DAMAGED)},
    {"form_malformed", TEXTS(DAMAGED)},
    {"not_a_form", TEXTS(DAMAGED)},
    {"saml_response_missing", TEXTS(DAMAGED)},
    {"artifact_malformed", TEXTS(DAMAGED)},
    {"message_too_large", TEXTS(DAMAGED)},
    {"base64_invalid", TEXTS(DAMAGED)},
    {"xml_not_utf8", TEXTS(DAMAGED)},
    {"xml_malformed", TEXTS(DAMAGED)},
    {"xml_doctype", TEXTS(DAMAGED)},
    {"xml_comment", TEXTS(DAMAGED)},
    {"xml_processing_instruction", TEXTS(DAMAGED)},
    {"xml_cdata", TEXTS(DAMAGED)},
    {"xml_entity", TEXTS(DAMAGED)},
    {"xml_too_deep", TEXTS(DAMAGED)},
    {"xml_too_many_elements", TEXTS(DAMAGED)},
    {"xml_too_many_attributes", TEXTS(DAMAGED)},
    {"xml_too_many_namespaces", TEXTS(DAMAGED)},
    {"xml_namespace_invalid", TEXTS(DAMAGED)},
    {"xml_unexpected_element", TEXTS(DAMAGED)},
    {"xml_repeated_element", TEXTS(DAMAGED)},
    {"xml_unexpected_text", TEXTS(DAMAGED)},
    {"xml_id_duplicate", TEXTS(DAMAGED)},
    {"xml_id_misplaced", TEXTS(DAMAGED)},
    {"xml_id_invalid", TEXTS(DAMAGED)},
    {"response_missing", TEXTS(DAMAGED)},
    {"assertion_missing", TEXTS(DAMAGED)},
    {"assertion_repeated", TEXTS(DAMAGED)},
    {"digest_mismatch", TEXTS(DAMAGED)},

    /* what the two sides have to agree about */
    {"encrypted_assertion_unsupported", TEXTS(MISMATCH)},
    {"encryption_shape", TEXTS(MISMATCH)},
    {"encryption_algorithm", TEXTS(MISMATCH)},
    {"encryption_unauthenticated", TEXTS(MISMATCH)},
    {"decryption_failed", TEXTS(MISMATCH)},
    {"issuer_missing", TEXTS(MISMATCH)},
    {"issuer_format", TEXTS(MISMATCH)},
    {"issuer_mismatch", TEXTS(MISMATCH)},
    {"issuer_unknown", TEXTS(MISMATCH)},
    {"artifact_source", TEXTS(MISMATCH)},
    {"idp_metadata_expired", TEXTS(MISMATCH)},
    {"signature_missing", TEXTS(MISMATCH)},
    {"signature_shape", TEXTS(MISMATCH)},
    {"signature_reference", TEXTS(MISMATCH)},
    {"signature_transforms", TEXTS(MISMATCH)},
    {"signature_canonicalization", TEXTS(MISMATCH)},
    {"signature_algorithm", TEXTS(MISMATCH)},
    {"signature_sha1", TEXTS(MISMATCH)},
    {"signature_invalid", TEXTS(MISMATCH)},
    {"signed_element_unexpected", TEXTS(MISMATCH)},
    {"version_unsupported", TEXTS(MISMATCH)},
    {"time_invalid", TEXTS(MISMATCH)},
    {"destination_missing", TEXTS(MISMATCH)},
    {"destination_mismatch", TEXTS(MISMATCH)},
    {"subject_missing", TEXTS(MISMATCH)},
    {"name_id_missing", TEXTS(MISMATCH)},
    {"bearer_missing", TEXTS(MISMATCH)},
    {"recipient_missing", TEXTS(MISMATCH)},
    {"recipient_mismatch", TEXTS(MISMATCH)},
    {"confirmation_time_missing", TEXTS(MISMATCH)},
    {"confirmation_not_before", TEXTS(MISMATCH)},
    {"conditions_missing", TEXTS(MISMATCH)},
    {"conditions_unknown", TEXTS(MISMATCH)},
    {"audience_missing", TEXTS(MISMATCH)},
    {"audience_mismatch", TEXTS(MISMATCH)},
    {"authn_statement_missing", TEXTS(MISMATCH)},
    {"value_too_long", TEXTS(MISMATCH)},
    {"value_invalid", TEXTS(MISMATCH)},
    {"attributes_too_many", TEXTS(MISMATCH)},

    /* the identity provider itself, time, and whose sign-in it is */
    {"status_not_success", TEXTS(PORTAL)},
    {"artifact_answer", TEXTS(PORTAL)},
    {"artifact_unknown", TEXTS(USED)},
    {"issue_instant_future", TEXTS(TIME)},
    {"confirmation_expired", TEXTS(TIME)},
    {"not_yet_valid", TEXTS(TIME)},
    {"expired", TEXTS(TIME)},
    {"in_response_to_unexpected", TEXTS(USED)},
    {"in_response_to_mismatch", TEXTS(USED)},
    {"in_response_to_other_idp", TEXTS(USED)},
    {"in_response_to_used", TEXTS(USED)},
    {"in_response_to_other_browser", TEXTS(LATE)},
    {"in_response_to_expired", TEXTS(LATE)},
    {"authn_not_fresh", TEXTS(TIME)},
    {"authn_context_mismatch", TEXTS(CONTEXT)},
    {"sign_in_loop", TEXTS(LOOP)},

    /* signing out */
    {"logout_malformed", TEXTS(LOGOUT)},
    {"logout_parameters", TEXTS(LOGOUT)},
    {"logout_unsigned", TEXTS(LOGOUT)},
    {"logout_signature", TEXTS(LOGOUT)},
    {"logout_issuer", TEXTS(LOGOUT)},
    {"logout_destination", TEXTS(LOGOUT)},
    {"logout_expired", TEXTS(LOGOUT)},
    {"logout_encrypted", TEXTS(LOGOUT)},
    {"logout_replayed", TEXTS(LOGOUT_AGAIN)},
    {"logout_no_address", TEXTS(LOGOUT)},
    {"verification_unavailable", TEXTS(GENERAL)},
};
/* clang-format on */

static const braze_refusal_texts_t general = TEXTS(GENERAL);

const braze_refusal_texts_t *braze_page_refusal_texts(const char *code, int *known)
{
    apr_size_t i;

    *known = 1;
    for (i = 0; code && i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (strcmp(refusals[i].code, code) == 0) {
            return &refusals[i].texts;
        }
    }
    *known = 0;
    return &general;
}

static void fact(braze_html_t *html, braze_text_t label, const char *value)
{
    if (value && *value) {
        braze_html_open(html, BRAZE_EL_LI);
        braze_html_say_with(html, label, value);
        braze_html_close(html);
    }
}

/* What the person passes on when they ask for help. */
static void facts(braze_html_t *html, const braze_page_refusal_t *model)
{
    braze_html_open(html, BRAZE_EL_SECTION);
    braze_html_attr(html, BRAZE_AT_ARIA_LABELLEDBY, "facts");
    braze_html_open(html, BRAZE_EL_H2);
    braze_html_attr(html, BRAZE_AT_ID, "facts");
    braze_html_say(html, BRAZE_TEXT_FOR_ADMINISTRATOR);
    braze_html_close(html);
    braze_html_open(html, BRAZE_EL_UL);
    fact(html, BRAZE_TEXT_CODE, model->code);
    fact(html, BRAZE_TEXT_REFERENCE, model->correlation);
    fact(html, BRAZE_TEXT_EMAIL, model->email);
    braze_html_close(html);
    braze_html_close(html);
}

static int has_facts(const braze_page_refusal_t *model)
{
    return (model->code && *model->code) || (model->correlation && *model->correlation) ||
           (model->email && *model->email);
}

const char *braze_page_refusal(const braze_page_refusal_t *model, const char *language,
                               apr_pool_t *pool)
{
    int known;
    const braze_refusal_texts_t *texts = braze_page_refusal_texts(model->code, &known);
    const char *company = model->company && *model->company ? model->company : NULL;
    braze_html_t *html = braze_page_begin(language, texts->title, company, pool);

    braze_html_line(html, BRAZE_EL_P, NULL, texts->what);
    braze_html_line(html, BRAZE_EL_P, "next", texts->next);
    braze_page_button(html, model->sign_in_url, NULL, BRAZE_TEXT_TO_SIGN_IN);
    if (has_facts(model)) {
        facts(html, model);
    }
    return braze_html_done(html);
}
