/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted. A label's list ends with "other" where something that it does not know may come.
 */
#include "status_int.h"

#include <apr_strings.h>

#include "braze_saml.h"
#include "braze_scim.h"

const apr_interval_time_t status_bounds[STATUS_BUCKETS - 1] = {
    500,    1000,   2500,   5000,    10000,   25000,   50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};

static const char *const started[] = {"idp", "here", NULL};
static const char *const ended_by[] = {"browser", "idp", "account", "expiry", NULL};
static const char *const found_in[] = {"cache", "row", "none", NULL};
static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "other", NULL};
static const char *const resources[] = {"Users",  "Groups",    "Me",    "Bulk",
                                        "search", "discovery", "other", NULL};
static const char *const classes[] = {"2xx", "3xx", "4xx", "5xx", NULL};
static const char *const profiles[] = {"entra", "okta", NULL};
static const char *const retries[] = {"transient", "stale", "lost", NULL};
static const char *const faults[] = {"transient",   "stale", "lost", "locked",
                                     "foreign_key", "other", NULL};
static const char *const sweeps[] = {"done", "failed", NULL};
static const char *const swept[] = {"session", "replay", "rate", "saml_request", "event", NULL};

/* Codes of refusals that are not the judge's (braze_saml_reasons); a guard in t/lint holds the
 * list against the sources. */
static const char *const other_codes[] = {
    "user_inactive",
    "provisioning_off",
    "idp_initiated_only",
    "domain_not_allowed",
    "google_sign_in",
    "replayed",
    "in_response_to_used",
    "user_ambiguous",
    "email_taken",
    "linked_elsewhere",
    "ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING",
    "ERROR_CODE_SSO_INVALID_EMAIL",
    "ERROR_CODE_SSO_INVALID_RELAY_STATE",
    "default_missing",
    "in_response_to_expired",
    "in_response_to_other_browser",
    "authn_not_fresh",
    "not_a_form",
    "form_malformed",
    "form_duplicate_field",
    "saml_response_missing",
    "artifact_malformed",
    "artifact_source",
    "artifact_unreachable",
    "artifact_busy",
    "artifact_answer",
    "artifact_unknown",
    "logout_malformed",
    "logout_replayed",
    "company_not_configured",
    "idp_not_configured",
    "idp_unknown",
    "idp_cannot_be_asked",
    "key_not_usable",
    "no_such_endpoint",
    "sign_in_loop",
    "none", /* an error without a code: the database is away, say */
    "other",
    NULL,
};

/* In the order of status_family_t. */
static const status_entry_t entries[] = {
    {"logins",
     "Logins that made a session, by where they were started.",
     STATUS_COUNTER,
     {{"started", started}}},
    {"accounts_created", "Accounts made at a first login.", STATUS_COUNTER, {{NULL, NULL}}},
    {"refusals",
     "Refused logins and sign-outs, by reason code.",
     STATUS_COUNTER,
     {{"code", other_codes}}},
    {"logins_repeated",
     "Responses posted again, sent on to where the first had led.",
     STATUS_COUNTER,
     {{NULL, NULL}}},
    {"login_requests",
     "Requests to an identity provider to sign somebody in.",
     STATUS_COUNTER,
     {{NULL, NULL}}},
    {"sessions_ended", "Sessions ended, by what ended them.", STATUS_COUNTER, {{"by", ended_by}}},
    {"session_lookups",
     "Session cookies looked up, by where the session was found.",
     STATUS_COUNTER,
     {{"found", found_in}}},
    {"login_duration_seconds",
     "Time from a posted response to its answer.",
     STATUS_HISTOGRAM,
     {{NULL, NULL}}},
    {"judge_duration_seconds",
     "Time that judging a response took.",
     STATUS_HISTOGRAM,
     {{NULL, NULL}}},
    {"scim_requests",
     "SCIM calls, by method, resource and class of status.",
     STATUS_COUNTER,
     {{"method", methods}, {"resource", resources}, {"status", classes}}},
    {"scim_request_duration_seconds",
     "Time from a SCIM call to the end of its answer.",
     STATUS_HISTOGRAM,
     {{"method", methods}}},
    {"scim_bends",
     "What a client profile took that strict refuses, by profile and kind.",
     STATUS_COUNTER,
     {{"profile", profiles}, {"kind", braze_scim_bend_names}}},
    {"db_connection_wait_seconds",
     "Time to get a connection out of mod_dbd's pool.",
     STATUS_HISTOGRAM,
     {{NULL, NULL}}},
    {"db_connection_failures", "Connections that were not had.", STATUS_COUNTER, {{NULL, NULL}}},
    {"db_retries",
     "Statements and transactions run again, by cause.",
     STATUS_COUNTER,
     {{"cause", retries}}},
    {"db_faults", "Statements that failed, by kind.", STATUS_COUNTER, {{"kind", faults}}},
    {"sweeps", "Turns of clearing away what has expired.", STATUS_COUNTER, {{"result", sweeps}}},
    {"swept_rows", "Expired rows cleared away, by table.", STATUS_COUNTER, {{"table", swept}}},
};

const status_entry_t *status_entry(int family)
{
    return &entries[family];
}

static int list_count(const char *const *values)
{
    int count = 0;

    while (values[count]) {
        count++;
    }
    return count;
}

/* A refusal's code may be one of the judge's too: they stand before the others. */
int status_label_count(const status_label_t *label)
{
    return list_count(label->values) +
           (label->values == other_codes ? list_count(braze_saml_reasons) : 0);
}

const char *status_label_value(const status_label_t *label, int at)
{
    int judged = label->values == other_codes ? list_count(braze_saml_reasons) : 0;

    return at < judged ? braze_saml_reasons[at] : label->values[at - judged];
}

int status_series(const status_entry_t *entry)
{
    int i, series = 1;

    for (i = 0; i < STATUS_LABELS && entry->labels[i].name; i++) {
        series *= status_label_count(&entry->labels[i]);
    }
    return series;
}

static int list_find(const char *const *values, const char *value)
{
    int i;

    for (i = 0; values[i]; i++) {
        if (!strcmp(values[i], value)) {
            return i;
        }
    }
    return -1;
}

int status_value(const char *const *values, const char *value)
{
    int at = list_find(values, value);

    return at >= 0 ? at : list_count(values) - 1;
}

int status_refusal_series(const char *code)
{
    int at = code ? list_find(braze_saml_reasons, code) : -1;

    return at >= 0
               ? at
               : list_count(braze_saml_reasons) + status_value(other_codes, code ? code : "none");
}

int status_scim_method(const char *method)
{
    return status_value(methods, strcmp(method, "HEAD") ? method : "GET");
}

/* path is what stands below the service: "/Users/…". */
static const char *scim_resource(const char *path, char *buffer, apr_size_t size)
{
    const char *begin = path + strspn(path, "/"), *slash = strchr(begin, '/');
    apr_size_t len = slash ? (apr_size_t)(slash - begin) : strlen(begin);

    if (strstr(path, "/.search")) {
        return "search";
    }
    apr_cpystrn(buffer, begin, len + 1 < size ? len + 1 : size);
    if (!strcmp(buffer, "Schemas") || !strcmp(buffer, "ResourceTypes") ||
        !strcmp(buffer, "ServiceProviderConfig")) {
        return "discovery";
    }
    return *buffer ? buffer : "search"; /* the root itself is searched */
}

int status_scim_series(const char *method, const char *path, int status)
{
    char buffer[32];
    int class = status / 100 - 2;
    int resource = status_value(resources, scim_resource(path, buffer, sizeof(buffer)));

    class = class < 0 ? 0 : class > 3 ? 3 : class;
    return (status_scim_method(method) * list_count(resources) + resource) * list_count(classes) +
           class;
}
