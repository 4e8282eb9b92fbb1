/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client profiles. What Entra ID and Okta send beside the RFCs is taken for tokens of their
 * profile, each time by one question to this file, so that an operator can read in the log what a
 * client owes to its profile.
 */
#include "scim_int.h"

int braze_profile_bends(scim_call_t *call, const char *what)
{
    static const char *const names[] = {"strict", "entra", "okta"};
    const braze_token_t *token = call ? call->request->token : NULL;

    if (!token || token->profile == BRAZE_PROFILE_STRICT) {
        return 0;
    }
    call->bent++;
    braze_log_write(call->request->log, BRAZE_LOG_INFO, "BRAZE-S0801", call->pool,
                    "the profile %s of the token %s takes %s", names[token->profile],
                    token->id ? token->id : "-", what);
    return 1;
}
