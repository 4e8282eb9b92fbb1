/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /Me (RFC 7644 section 3.11): another name for the user whose token it is; answers name the
 * resource's own place. A token of the service, which most are, is nobody's: 501.
 */
#include "scim_int.h"

static braze_err_t *as_user(braze_scim_response_t **response, scim_call_t *call,
                            scim_handler_t *handler)
{
    const char *id = call->request->token->user_id;

    if (!id) {
        return braze_err_new(501, NULL, "BRAZE-S0770",
                             "This token belongs to no user, so that there is no /Me.", call->pool);
    }
    return handler(response, call, id);
}

braze_err_t *braze_me_get(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    (void)id;
    return as_user(response, call, braze_users_get);
}

braze_err_t *braze_me_replace(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    (void)id;
    return as_user(response, call, braze_users_replace);
}

braze_err_t *braze_me_patch(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    (void)id;
    return as_user(response, call, braze_users_patch);
}

braze_err_t *braze_me_delete(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    (void)id;
    return as_user(response, call, braze_users_delete);
}

/* To make oneself by POST (RFC 7644 section 3.11) takes a subject without an account; a token is a
 * company's. */
braze_err_t *braze_me_create(braze_scim_response_t **response, scim_call_t *call, const char *id)
{
    (void)response;
    (void)id;
    return braze_err_new(501, NULL, "BRAZE-S0771", "Nobody can be made by POST to /Me.",
                         call->pool);
}
