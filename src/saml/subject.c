/* SPDX-License-Identifier: Apache-2.0 */
/* Who it is about, and by which bearer confirmation (saml-profiles 4.1.4.2 and 4.1.4.3). */
#include <string.h>

#include <apr_strings.h>

#include "braze_time.h"
#include "decrypt.h"

#define BEARER "urn:oasis:names:tc:SAML:2.0:cm:bearer"

/* NameID, or what an EncryptedID holds: it stands in what was digested, so a signature covers it.
 */
static braze_err_t *find_name_id(braze_node_t **node, braze_judge_t *judge,
                                 const braze_node_t *subject)
{
    const braze_node_t *encrypted = braze_node_child(subject, BRAZE_NS_SAML, "EncryptedID");
    braze_decrypt_t with = {.pairs = judge->expect->pairs, .covered = 1};
    braze_err_t *err;

    *node = braze_node_child(subject, BRAZE_NS_SAML, "NameID");
    if (*node && encrypted) {
        return braze_saml_refuse(BRAZE_SAML_REPEATED, judge->scratch, "NameID and EncryptedID");
    }
    if (!*node && !encrypted) {
        return braze_saml_refuse(BRAZE_SAML_NO_NAME_ID, judge->scratch, "no NameID");
    }
    if (*node) {
        return NULL;
    }
    err = braze_decrypt(node, encrypted, &with, judge->scratch);
    if (!err) {
        braze_judge_trace(judge, "decrypted: the NameID, %s", with.how);
    }
    return err;
}

/* *value = NULL when absent. */
static braze_err_t *read_attribute(const char **value, const braze_judge_t *judge,
                                   const braze_node_t *node, const char *name)
{
    *value = braze_node_attr(node, name, judge->pool);
    return *value ? braze_judge_name(value, judge, *value, name) : NULL;
}

static braze_err_t *read_name_id(braze_judge_t *judge, const braze_node_t *subject)
{
    braze_saml_identity_t *identity = judge->identity;
    braze_node_t *node;
    braze_err_t *err = find_name_id(&node, judge, subject);

    if (err) {
        return err;
    }
    err = braze_judge_name(&identity->name_id, judge, braze_node_text(node, judge->pool), "NameID");
    if (!err) {
        err = read_attribute(&identity->name_id_format, judge, node, "Format");
    }
    if (!err) {
        err = read_attribute(&identity->name_qualifier, judge, node, "NameQualifier");
    }
    if (!err) {
        err = read_attribute(&identity->sp_name_qualifier, judge, node, "SPNameQualifier");
    }
    if (!err) {
        braze_judge_trace(judge, "subject: %s", braze_saml_mask(identity->name_id, judge->scratch));
    }
    return err;
}

static braze_err_t *check_recipient(const braze_judge_t *judge, const braze_node_t *data)
{
    const char *recipient = braze_node_attr(data, "Recipient", judge->scratch);

    if (!recipient) {
        return braze_saml_refuse(BRAZE_SAML_NO_RECIPIENT, judge->scratch,
                                 "no Recipient in SubjectConfirmationData");
    }
    if (!braze_judge_is_acs(judge, recipient)) {
        return braze_saml_refuse(BRAZE_SAML_RECIPIENT, judge->scratch, "Recipient %s, expected %s",
                                 recipient,
                                 apr_array_pstrcat(judge->scratch, judge->expect->acs_urls, ' '));
    }
    return NULL;
}

static braze_err_t *check_window(apr_time_t *until, const braze_judge_t *judge,
                                 const braze_node_t *data)
{
    apr_time_t since;
    braze_err_t *err = braze_judge_time(until, judge, data, "NotOnOrAfter", 0);

    if (!err) {
        err = braze_judge_time(&since, judge, data, "NotBefore", 0);
    }
    if (err) {
        return err;
    }
    if (!*until) {
        return braze_saml_refuse(BRAZE_SAML_CONFIRMATION_TIME, judge->scratch,
                                 "no NotOnOrAfter in SubjectConfirmationData");
    }
    if (since) {
        return braze_saml_refuse(BRAZE_SAML_CONFIRMATION_BEFORE, judge->scratch,
                                 "NotBefore in SubjectConfirmationData");
    }
    if (braze_judge_past(judge, *until)) {
        return braze_saml_refuse(BRAZE_SAML_CONFIRMATION_EXPIRED, judge->scratch,
                                 "SubjectConfirmationData until %s, our clock: %s, skew %d s",
                                 braze_time_rfc3339(*until, judge->scratch),
                                 braze_time_rfc3339(judge->expect->now, judge->scratch),
                                 judge->expect->skew);
    }
    return NULL;
}

/* The Response, which may be unsigned, and the confirmation must speak of the same request, or both
 * of none. */
static braze_err_t *check_same_request(const char **request, const braze_judge_t *judge,
                                       const braze_node_t *data)
{
    const char *inner = braze_node_attr(data, "InResponseTo", judge->pool);
    const char *outer = braze_node_attr(judge->response, "InResponseTo", judge->scratch);

    if (!inner != !outer || (inner && strcmp(inner, outer) != 0)) {
        return braze_saml_refuse(BRAZE_SAML_OTHER_REQUEST, judge->scratch,
                                 "InResponseTo of the Response: %s, of the confirmation: %s",
                                 outer ? outer : "absent", inner ? inner : "absent");
    }
    *request = inner;
    return NULL;
}

/* One bearer confirmation: NULL = it fits. *until says how long it holds, also when it is for
 * another address: that may be one of ours too. */
static braze_err_t *try_confirmation(apr_time_t *until, braze_judge_t *judge,
                                     const braze_node_t *confirmation)
{
    const braze_node_t *data =
        braze_node_child(confirmation, BRAZE_NS_SAML, "SubjectConfirmationData");
    braze_err_t *err, *window;

    *until = 0;
    if (!data) {
        return braze_saml_refuse(BRAZE_SAML_NO_RECIPIENT, judge->scratch,
                                 "the bearer confirmation has no SubjectConfirmationData");
    }
    err = check_recipient(judge, data);
    window = check_window(until, judge, data);
    err = err ? err : window;
    return err ? err : check_same_request(&judge->identity->in_response_to, judge, data);
}

/* One that fits is enough; the replay record lives as long as the longest, since that one may be
 * tried later. */
static braze_err_t *confirm(braze_judge_t *judge, const braze_node_t *subject)
{
    const braze_node_t *node;
    braze_err_t *err, *first = NULL;
    int fits = 0;
    apr_time_t until;

    for (node = braze_node_child(subject, BRAZE_NS_SAML, "SubjectConfirmation"); node;
         node = braze_node_next(node, BRAZE_NS_SAML, "SubjectConfirmation")) {
        const char *method = braze_node_attr(node, "Method", judge->scratch);

        if (!method || strcmp(method, BEARER) != 0) {
            continue;
        }
        err = try_confirmation(&until, judge, node);
        fits += !err;
        first = first ? first : err;
        if (until > judge->identity->replay_until) {
            judge->identity->replay_until = until;
        }
    }
    if (fits) {
        braze_judge_trace(judge, "bearer: confirmed until %s",
                          braze_time_rfc3339(judge->identity->replay_until, judge->scratch));
        return NULL;
    }
    return first ? first
                 : braze_saml_refuse(BRAZE_SAML_NOT_BEARER, judge->scratch,
                                     "no SubjectConfirmation with the method bearer");
}

braze_err_t *braze_judge_subject(braze_judge_t *judge)
{
    const braze_node_t *subject = braze_node_child(judge->assertion, BRAZE_NS_SAML, "Subject");
    braze_err_t *err;

    if (!subject) {
        return braze_saml_refuse(BRAZE_SAML_NO_SUBJECT, judge->scratch, "no Subject");
    }
    err = read_name_id(judge, subject);
    return err ? err : confirm(judge, subject);
}
