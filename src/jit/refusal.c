/* SPDX-License-Identifier: Apache-2.0 */
/* What a refused person and the operator are told. No personal data stands in a log text. */
#include <string.h>

#include <apr_strings.h>

#include "jit_int.h"

/* In log: {company}, {idp}, {domain}, {about}. */
static const struct {
    const char *code, *tag, *detail, *log;
} refusals[] = {
    [BRAZE_JIT_NO_INACTIVE] =
        {"user_inactive", "BRAZE-J0302",
         "Your account is switched off. Ask your administrator to switch it on again.",
         "a user of company \"{company}\" whom \"{idp}\" has proven is not active: activate them "
         "through SCIM or with braze-admin user restore"},
    [BRAZE_JIT_NO_PROVISIONING] =
        {"provisioning_off", "BRAZE-J0303",
         "You have no account here yet. Ask your administrator to add you.",
         "company \"{company}\" has no user with the address that \"{idp}\" has proven, and "
         "provisioning is off: add the user with braze-admin user add, or turn it on with "
         "BrazeJitProvisioning on or braze-admin jit on"},
    [BRAZE_JIT_NO_IDP_INITIATED] =
        {"idp_initiated_only", "BRAZE-J0304",
         "The first time, start at your company's portal and choose this application there.",
         "company \"{company}\" has no user with the address that \"{idp}\" has proven: an account "
         "is made by a login that starts at the identity provider, and this one started here"},
    [BRAZE_JIT_NO_DOMAIN] =
        {"domain_not_allowed", "BRAZE-J0305",
         "The domain of your e-mail address is not accepted here yet. Ask your administrator to "
         "have it allowed.",
         "company \"{company}\" has no confirmed user in the domain {domain}, and it is not "
         "excepted: if its people may have accounts, run braze-admin jit allow-domain {domain} "
         "--company \"{company}\", or name it in BrazeJitAllowDomain"},
    [BRAZE_JIT_NO_GOOGLE] =
        {"google_sign_in", "BRAZE-J0306",
         "Your company signs in with Google, so no account was made for you. Ask your "
         "administrator to add you.",
         "company \"{company}\" is marked as using Google sign-in, so nobody is provisioned: set "
         "BrazeJitProvisioning off, or take the mark away with braze-admin company set --google "
         "off"},
    [BRAZE_JIT_NO_REPLAY] =
        {"replayed", "BRAZE-J0307",
         "This sign-in was used before. Start again at your company's portal.",
         "an assertion of \"{idp}\" came a second time: a page that a browser sent again, or a "
         "copy that somebody else sent"},
    [BRAZE_JIT_NO_REQUEST] =
        {"in_response_to_used", "BRAZE-J0317",
         "This sign-in was used before. Start again from the sign-in page.",
         "\"{idp}\" answers a request of this browser by which somebody has signed in already: "
         "each is answered once"},
    [BRAZE_JIT_NO_AMBIGUOUS] =
        {"user_ambiguous", "BRAZE-J0308",
         "Your e-mail address belongs to several accounts. Ask your administrator to give each "
         "account an address of its own.",
         "several users of company \"{company}\" have the e-mail address that \"{idp}\" has "
         "proven, and it is nobody's userName: make it the userName of one, or take it from the "
         "others"},
    [BRAZE_JIT_NO_EMAIL] =
        {"ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING", "BRAZE-J0309",
         "Your company's portal did not send your e-mail address. Ask your administrator to have "
         "it sent.",
         "the assertion of \"{idp}\" has no attribute that gives the e-mail: have it sent as "
         "\"email\", or name what is sent with BrazeJitAttribute email"},
    [BRAZE_JIT_NO_VALID_EMAIL] =
        {"ERROR_CODE_SSO_INVALID_EMAIL", "BRAZE-J0310",
         "Your company's portal sent an e-mail address that is not valid. Ask your administrator "
         "to correct it there.",
         "the e-mail attribute of \"{idp}\" does not hold an e-mail address: map the right one at "
         "the identity provider, or name it with BrazeJitAttribute email"},
    [BRAZE_JIT_NO_DEFAULT] =
        {"default_missing", "BRAZE-J0311",
         "Your account could not be made, because this application is not fully set up. Ask your "
         "administrator to choose the default workspace and the default permission set.",
         "company \"{company}\" cannot provision: {about}"},
    [BRAZE_JIT_NO_TIME_LEFT] =
        {"session_expired", "BRAZE-J0312",
         "Your session at your company's portal is over. Start again there.",
         "no time is left for a session: SessionNotOnOrAfter of \"{idp}\" is past by this server's "
         "clock (is it right?), or BrazeJitSessionMaxAge is not positive"},
    [BRAZE_JIT_NO_LINK] =
        {"linked_elsewhere", "BRAZE-J0318",
         "The account with your e-mail address belongs to another sign-in. Sign in the way you did "
         "before, or ask your administrator to connect the account anew.",
         "the user of company \"{company}\" with the address that \"{idp}\" has proven is linked "
         "to "
         "another identity provider, or to another persistent NameID of this one: an e-mail alone "
         "does not take the account over. braze-admin identity list shows the links; if it is the "
         "same person, take the old one away with braze-admin identity remove"},
    [BRAZE_JIT_NO_NEW_EMAIL] =
        {"email_taken", "BRAZE-J0319",
         "Your new e-mail address belongs to another account here. Ask your administrator to sort "
         "the two accounts out.",
         "\"{idp}\" sends a new address for a user of company \"{company}\" whom it has proven by "
         "NameID, and another user has that address: change or remove that one, or set "
         "BrazeJitUpdateOnLogin off"},
};

/* The value of the placeholder at text, and where that ends; NULL when there is none at text. */
static const char *value_at(const char **end, const char *text, const braze_jit_attempt_t *attempt,
                            const char *about)
{
    const char *names[] = {"{company}", "{idp}", "{domain}", "{about}"};
    const char *values[] = {attempt->policy->company->name, attempt->identity->issuer,
                            attempt->domain, about};
    int i;

    for (i = 0; i < 4; i++) {
        if (strncmp(text, names[i], strlen(names[i])) == 0) {
            *end = text + strlen(names[i]);
            return values[i] ? values[i] : "?";
        }
    }
    return NULL;
}

static const char *expand(const char *text, const braze_jit_attempt_t *attempt, const char *about)
{
    braze_buf_t *buf = braze_buf_new(256, attempt->pool);

    while (*text) {
        apr_size_t run = strcspn(text, "{");
        const char *value, *end = text + 1;

        braze_buf_add(buf, text, run);
        text += run;
        if (!*text) {
            break;
        }
        value = value_at(&end, text, attempt, about);
        braze_buf_puts(buf, value ? value : "{");
        text = end;
    }
    return buf->data;
}

braze_err_t *braze_jit_refuse(const braze_jit_attempt_t *attempt, braze_jit_no_t why,
                              const char *about)
{
    braze_err_t *err = braze_err_new(403, refusals[why].code, refusals[why].tag,
                                     refusals[why].detail, attempt->pool);

    return braze_err_log(err, attempt->pool, "%s", expand(refusals[why].log, attempt, about));
}
