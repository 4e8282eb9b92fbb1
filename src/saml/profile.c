/* SPDX-License-Identifier: Apache-2.0 */
/* Rules over the message as a whole: status, version, times, destination, request (saml-core 3.2,
 * saml-profiles 4.1.4). */
#include <string.h>

#include <apr_strings.h>

#include "braze_time.h"
#include "saml_int.h"

#define MESSAGE_SHOWN 200 /* bytes of an identity provider's own words that are logged */
#define STATUS_SUCCESS "urn:oasis:names:tc:SAML:2.0:status:Success"

int braze_judge_past(const braze_judge_t *judge, apr_time_t end)
{
    return judge->expect->now >= end + apr_time_from_sec(judge->expect->skew);
}

int braze_judge_future(const braze_judge_t *judge, apr_time_t start)
{
    return judge->expect->now + apr_time_from_sec(judge->expect->skew) < start;
}

int braze_judge_is_acs(const braze_judge_t *judge, const char *url)
{
    int i;

    for (i = 0; i < judge->expect->acs_urls->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(judge->expect->acs_urls, i, const char *), url) == 0) {
            return 1;
        }
    }
    return 0;
}

braze_err_t *braze_judge_time(apr_time_t *time, const braze_judge_t *judge,
                              const braze_node_t *node, const char *name, int needed)
{
    const char *text = braze_node_attr(node, name, judge->scratch);

    *time = 0;
    if (!text && !needed) {
        return NULL;
    }
    if (!text || !braze_time_parse(time, text)) {
        return braze_saml_refuse(BRAZE_SAML_TIME, judge->scratch, "%s of %s: %s", name,
                                 braze_node_path(node, judge->scratch), text ? text : "absent");
    }
    if (*time == 0) {
        *time = 1; /* the epoch itself: a time, not the absence of one */
    }
    return NULL;
}

/* C0, DEL and C1: characters that no name has, and that logs, headers and terminals act upon. */
static int has_control(const char *text)
{
    const unsigned char *p;

    for (p = (const unsigned char *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7F || (*p == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0)) {
            return 1;
        }
    }
    return 0;
}

braze_err_t *braze_judge_name(const char **value, const braze_judge_t *judge, const char *text,
                              const char *what)
{
    if (strlen(text) > BRAZE_SAML_MAX_VALUE) {
        return braze_saml_refuse(BRAZE_SAML_VALUE_LONG, judge->scratch,
                                 "%s has %" APR_SIZE_T_FMT " bytes, at most %d", what, strlen(text),
                                 BRAZE_SAML_MAX_VALUE);
    }
    if (!*text || has_control(text)) {
        return braze_saml_refuse(BRAZE_SAML_VALUE, judge->scratch, "%s %s", what,
                                 *text ? "holds control characters" : "is empty");
    }
    *value = text;
    return NULL;
}

braze_err_t *braze_judge_status(braze_judge_t *judge)
{
    const braze_node_t *status = braze_node_child(judge->response, BRAZE_NS_SAMLP, "Status");
    const braze_node_t *code = NULL, *sub = NULL, *message = NULL;
    const char *value = NULL, *reason = NULL;

    if (status) {
        code = braze_node_child(status, BRAZE_NS_SAMLP, "StatusCode");
        message = braze_node_child(status, BRAZE_NS_SAMLP, "StatusMessage");
    }
    if (code) {
        value = braze_node_attr(code, "Value", judge->scratch);
        sub = braze_node_child(code, BRAZE_NS_SAMLP, "StatusCode");
        reason = sub ? braze_node_attr(sub, "Value", judge->scratch) : NULL;
    }
    if (!value || strcmp(value, STATUS_SUCCESS) != 0) {
        return braze_saml_refuse(BRAZE_SAML_STATUS, judge->scratch, "%s%s%s%s%.*s",
                                 value ? value : "no status", reason ? ", " : "",
                                 reason ? reason : "", message ? ": " : "", MESSAGE_SHOWN,
                                 message ? braze_node_text(message, judge->scratch) : "");
    }
    braze_judge_trace(judge, "status: Success");
    return NULL;
}

/* Version and IssueInstant, of Response and Assertion alike. */
static braze_err_t *check_head(const braze_judge_t *judge, const braze_node_t *node)
{
    const char *version = braze_node_attr(node, "Version", judge->scratch);
    apr_time_t issued;
    braze_err_t *err;

    if (!version || strcmp(version, "2.0") != 0) {
        return braze_saml_refuse(BRAZE_SAML_VERSION, judge->scratch, "Version of %s: %s",
                                 braze_node_path(node, judge->scratch),
                                 version ? version : "absent");
    }
    err = braze_judge_time(&issued, judge, node, "IssueInstant", 1);
    if (!err && braze_judge_future(judge, issued)) {
        err = braze_saml_refuse(
            BRAZE_SAML_ISSUED_LATER, judge->scratch, "IssueInstant of %s: %s, our clock: %s",
            braze_node_path(node, judge->scratch), braze_time_rfc3339(issued, judge->scratch),
            braze_time_rfc3339(judge->expect->now, judge->scratch));
    }
    return err;
}

/* saml-bindings 3.5.5.2: a signed message must say where it goes; an unsigned one may. */
static braze_err_t *check_destination(const braze_judge_t *judge)
{
    const char *destination = braze_node_attr(judge->response, "Destination", judge->scratch);
    int given = destination && *destination;

    if (!given && judge->response_signed) {
        return braze_saml_refuse(BRAZE_SAML_NO_DESTINATION, judge->scratch,
                                 "no Destination in the signed Response");
    }
    if (given && !braze_judge_is_acs(judge, destination)) {
        return braze_saml_refuse(BRAZE_SAML_DESTINATION, judge->scratch,
                                 "Destination %s, expected %s", destination,
                                 apr_array_pstrcat(judge->scratch, judge->expect->acs_urls, ' '));
    }
    braze_judge_trace(judge, "destination: %s", given ? destination : "not given");
    return NULL;
}

braze_err_t *braze_judge_envelope(braze_judge_t *judge)
{
    braze_err_t *err = check_head(judge, judge->response);

    if (!err) {
        err = check_head(judge, judge->assertion);
    }
    return err ? err : check_destination(judge);
}

braze_err_t *braze_judge_request(braze_judge_t *judge)
{
    const char *got = judge->identity->in_response_to, *asked = judge->expect->in_response_to;
    const char *idp = judge->expect->in_response_to_idp;

    if (!got) {
        braze_judge_trace(judge, "request: none, the response is unsolicited");
        return NULL;
    }
    if (!asked) {
        return braze_saml_refuse(BRAZE_SAML_UNASKED, judge->scratch,
                                 "InResponseTo %s, but no request is outstanding", got);
    }
    if (strcmp(got, asked) != 0) {
        return braze_saml_refuse(BRAZE_SAML_OTHER_REQUEST, judge->scratch,
                                 "InResponseTo %s, asked was %s", got, asked);
    }
    if (idp && strcmp(idp, judge->identity->issuer) != 0) {
        return braze_saml_refuse(BRAZE_SAML_OTHER_IDP, judge->scratch, "%s answers, asked was %s",
                                 judge->identity->issuer, idp);
    }
    braze_judge_trace(judge, "request: answers %s", got);
    return NULL;
}
