/* SPDX-License-Identifier: Apache-2.0 */
/* For whom and for how long: Conditions and AuthnStatement (saml-core 2.5 and 2.7.2,
 * saml-profiles 4.1.4.2). */
#include <string.h>

#include <apr_strings.h>

#include "braze_time.h"
#include "saml_int.h"

#define XML_SPACE " \t\r\n"

/* The replay record need not outlive what bounds the assertion. */
static void bound_replay(braze_judge_t *judge, apr_time_t until)
{
    if (until && until < judge->identity->replay_until) {
        judge->identity->replay_until = until;
    }
}

static const char *clock_text(const braze_judge_t *judge)
{
    return apr_psprintf(judge->scratch, "our clock: %s, skew %d s",
                        braze_time_rfc3339(judge->expect->now, judge->scratch),
                        judge->expect->skew);
}

static braze_err_t *check_window(braze_judge_t *judge, const braze_node_t *conditions)
{
    apr_time_t since, until;
    braze_err_t *err = braze_judge_time(&since, judge, conditions, "NotBefore", 0);

    if (!err) {
        err = braze_judge_time(&until, judge, conditions, "NotOnOrAfter", 0);
    }
    if (err) {
        return err;
    }
    if (since && braze_judge_future(judge, since)) {
        return braze_saml_refuse(BRAZE_SAML_NOT_YET, judge->scratch, "Conditions from %s, %s",
                                 braze_time_rfc3339(since, judge->scratch), clock_text(judge));
    }
    if (until && braze_judge_past(judge, until)) {
        return braze_saml_refuse(BRAZE_SAML_EXPIRED, judge->scratch, "Conditions until %s, %s",
                                 braze_time_rfc3339(until, judge->scratch), clock_text(judge));
    }
    bound_replay(judge, until);
    return NULL;
}

/* XML Schema part 2, 3.2.17: white space around an anyURI is no part of it, and some who write for
 * people to read put it there. */
static const char *audience_text(const braze_judge_t *judge, const braze_node_t *audience)
{
    const char *text = braze_node_text(audience, judge->scratch);
    apr_size_t len;

    text += strspn(text, XML_SPACE);
    len = strlen(text);
    while (len > 0 && strchr(XML_SPACE, text[len - 1])) {
        len--;
    }
    return apr_pstrmemdup(judge->scratch, text, len);
}

static int names_us(const braze_judge_t *judge, const braze_node_t *restriction)
{
    const braze_node_t *audience;

    for (audience = braze_node_child(restriction, BRAZE_NS_SAML, "Audience"); audience;
         audience = braze_node_next(audience, BRAZE_NS_SAML, "Audience")) {
        if (strcmp(audience_text(judge, audience), judge->expect->sp_entity_id) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Each restriction must name us; within one, any audience may (saml-core 2.5.1.4). */
static braze_err_t *check_audience(const braze_judge_t *judge, const braze_node_t *conditions)
{
    const braze_node_t *node = braze_node_child(conditions, BRAZE_NS_SAML, "AudienceRestriction");
    const braze_node_t *other;

    if (!node) {
        return braze_saml_refuse(BRAZE_SAML_NO_AUDIENCE, judge->scratch, "no AudienceRestriction");
    }
    for (; node; node = braze_node_next(node, BRAZE_NS_SAML, "AudienceRestriction")) {
        if (!names_us(judge, node)) {
            other = braze_node_child(node, BRAZE_NS_SAML, "Audience");
            return braze_saml_refuse(BRAZE_SAML_AUDIENCE, judge->scratch,
                                     "Audience %s, expected %s",
                                     other ? braze_node_text(other, judge->scratch) : "(none)",
                                     judge->expect->sp_entity_id);
        }
    }
    braze_judge_trace(judge, "audience: %s", judge->expect->sp_entity_id);
    return NULL;
}

braze_err_t *braze_judge_conditions(braze_judge_t *judge)
{
    const braze_node_t *node = braze_node_child(judge->assertion, BRAZE_NS_SAML, "Conditions");
    braze_err_t *err;

    if (!node) {
        return braze_saml_refuse(BRAZE_SAML_NO_CONDITIONS, judge->scratch, "no Conditions");
    }
    if (braze_node_child(node, BRAZE_NS_SAML, "Condition")) {
        return braze_saml_refuse(BRAZE_SAML_CONDITION, judge->scratch,
                                 "a Condition of an extension type");
    }
    judge->identity->one_time_use = braze_node_child(node, BRAZE_NS_SAML, "OneTimeUse") != NULL;
    err = check_audience(judge, node);
    return err ? err : check_window(judge, node);
}

static braze_err_t *read_statement(braze_judge_t *judge, const braze_node_t *statement)
{
    braze_saml_identity_t *identity = judge->identity;
    const char *index = braze_node_attr(statement, "SessionIndex", judge->pool);
    apr_time_t instant, until;
    braze_err_t *err = braze_judge_time(&instant, judge, statement, "AuthnInstant", 1);

    if (!err) {
        err = braze_judge_time(&until, judge, statement, "SessionNotOnOrAfter", 0);
    }
    if (!err && index && !identity->session_index) {
        err = braze_judge_name(&identity->session_index, judge, index, "SessionIndex");
    }
    if (err) {
        return err;
    }
    if (braze_judge_future(judge, instant)) {
        return braze_saml_refuse(BRAZE_SAML_ISSUED_LATER, judge->scratch, "AuthnInstant %s, %s",
                                 braze_time_rfc3339(instant, judge->scratch), clock_text(judge));
    }
    if (until && braze_judge_past(judge, until)) {
        return braze_saml_refuse(BRAZE_SAML_SESSION_EXPIRED, judge->scratch,
                                 "SessionNotOnOrAfter %s, %s",
                                 braze_time_rfc3339(until, judge->scratch), clock_text(judge));
    }
    bound_replay(judge, until);
    if (until &&
        (!identity->session_not_on_or_after || until < identity->session_not_on_or_after)) {
        identity->session_not_on_or_after = until;
    }
    if (!identity->authn_instant) {
        identity->authn_instant = instant;
    }
    return NULL;
}

/* The class reference of a statement, or NULL. */
static const char *class_of(const braze_judge_t *judge, const braze_node_t *statement)
{
    const braze_node_t *context = braze_node_child(statement, BRAZE_NS_SAML, "AuthnContext");
    const braze_node_t *reference =
        context ? braze_node_child(context, BRAZE_NS_SAML, "AuthnContextClassRef") : NULL;

    return reference ? braze_node_text(reference, judge->scratch) : NULL;
}

static int is_wanted(const braze_judge_t *judge, const char *reference)
{
    const apr_array_header_t *wanted = judge->expect->authn_contexts;
    int i;

    for (i = 0; reference && i < wanted->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(wanted, i, const char *), reference) == 0) {
            return 1;
        }
    }
    return 0;
}

/* saml-core 3.3.2.2.1, Comparison exact: one statement that says so is enough. Of an unsolicited
 * response too, or whoever starts at the identity provider would not be asked. */
static braze_err_t *check_context(const braze_judge_t *judge, const braze_node_t *statement)
{
    const char *reference = NULL;

    if (!judge->expect->authn_contexts) {
        return NULL;
    }
    for (; statement; statement = braze_node_next(statement, BRAZE_NS_SAML, "AuthnStatement")) {
        reference = class_of(judge, statement);
        if (is_wanted(judge, reference)) {
            braze_judge_trace(judge, "authentication: %s", reference);
            return NULL;
        }
    }
    return braze_saml_refuse(BRAZE_SAML_AUTHN_CONTEXT, judge->scratch,
                             "AuthnContextClassRef %.200s, expected %s",
                             reference ? reference : "absent",
                             apr_array_pstrcat(judge->scratch, judge->expect->authn_contexts, ' '));
}

braze_err_t *braze_judge_authn(braze_judge_t *judge)
{
    const braze_node_t *first = braze_node_child(judge->assertion, BRAZE_NS_SAML, "AuthnStatement");
    const braze_node_t *node;
    braze_err_t *err = NULL;

    if (!first) {
        return braze_saml_refuse(BRAZE_SAML_NO_AUTHN, judge->scratch, "no AuthnStatement");
    }
    for (node = first; !err && node;
         node = braze_node_next(node, BRAZE_NS_SAML, "AuthnStatement")) {
        err = read_statement(judge, node);
    }
    return err ? err : check_context(judge, first);
}
