/* SPDX-License-Identifier: Apache-2.0 */
/* The text for each thing that can be wrong. */
#include <string.h>

#include "settings_int.h"

static const struct {
    const char *code;
    braze_text_t text;
} problems[] = {
    {"stale_form", BRAZE_TEXT_S_P_STALE_FORM},
    {"form_used", BRAZE_TEXT_S_P_FORM_USED},
    {"other_site", BRAZE_TEXT_S_P_OTHER_SITE},
    {"form_malformed", BRAZE_TEXT_S_P_FORM_MALFORMED},
    {"no_such_page", BRAZE_TEXT_S_P_NO_SUCH_PAGE},
    {"not_there", BRAZE_TEXT_S_P_NOT_THERE},
    {"changed_meanwhile", BRAZE_TEXT_S_P_CHANGED_MEANWHILE},
    {"pinned", BRAZE_TEXT_S_P_PINNED},
    {"too_long", BRAZE_TEXT_S_P_TOO_LONG},
    {"not_a_url", BRAZE_TEXT_S_P_NOT_A_URL},
    {"entity_id_needed", BRAZE_TEXT_S_P_ENTITY_ID_NEEDED},
    {"certificate_needed", BRAZE_TEXT_S_P_CERTIFICATE_NEEDED},
    {"certificate_missing", BRAZE_TEXT_S_P_CERTIFICATE_MISSING},
    {"certificate_private_key", BRAZE_TEXT_S_P_CERTIFICATE_PRIVATE},
    {"certificate_damaged", BRAZE_TEXT_S_P_CERTIFICATE_DAMAGED},
    {"certificate_weak_key", BRAZE_TEXT_S_P_CERTIFICATE_WEAK},
    {"certificate_key_kind", BRAZE_TEXT_S_P_CERTIFICATE_KIND},
    {"certificate_too_large", BRAZE_TEXT_S_P_CERTIFICATE_LARGE},
    {"certificate_too_many", BRAZE_TEXT_S_P_CERTIFICATE_MANY},
    {"default_needed", BRAZE_TEXT_S_P_DEFAULT_NEEDED},
    {"unknown_choice", BRAZE_TEXT_S_P_UNKNOWN_CHOICE},
    {"provisioning_operator", BRAZE_TEXT_S_PROVISIONING_OPERATOR},
    {"google", BRAZE_TEXT_S_P_GOOGLE},
    {"name_needed", BRAZE_TEXT_S_P_NAME_NEEDED},
    {"name_taken", BRAZE_TEXT_S_P_NAME_TAKEN},
    {"in_use", BRAZE_TEXT_S_P_IN_USE},
    {"unknown_permission", BRAZE_TEXT_S_P_UNKNOWN_PERMISSION},
    {"origin_needed", BRAZE_TEXT_S_P_ORIGIN_NEEDED},
    {"origin_form", BRAZE_TEXT_S_P_ORIGIN_FORM},
    {"workspace_needed", BRAZE_TEXT_S_P_WORKSPACE_NEEDED},
    {"address_empty", BRAZE_TEXT_S_P_ADDRESS_EMPTY},
    {"address_bad", BRAZE_TEXT_S_P_ADDRESS_BAD},
    {"address_prefix", BRAZE_TEXT_S_P_ADDRESS_PREFIX},
    {"address_bits", BRAZE_TEXT_S_P_ADDRESS_BITS},
    {"address_range", BRAZE_TEXT_S_P_ADDRESS_RANGE},
    {"address_many", BRAZE_TEXT_S_P_ADDRESS_MANY},
    {"days", BRAZE_TEXT_S_P_DAYS},
    {"last_administrator", BRAZE_TEXT_S_P_LAST_ADMINISTRATOR},
    {"state_already", BRAZE_TEXT_S_P_STATE_ALREADY},
    {"cannot_now", BRAZE_TEXT_S_P_CANNOT_NOW},
};

braze_text_t settings_problem_text(const char *code)
{
    apr_size_t i;

    for (i = 0; code && i < sizeof(problems) / sizeof(problems[0]); i++) {
        if (!strcmp(problems[i].code, code)) {
            return problems[i].text;
        }
    }
    return BRAZE_TEXT_S_P_CANNOT_NOW;
}
