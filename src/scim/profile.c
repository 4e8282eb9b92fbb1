/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client profiles. What Entra ID and Okta send beside the RFCs is taken for tokens of their
 * profile, each time by one question to this file, so that an operator can read in the log what a
 * client owes to its profile, and see in the counters how often.
 */
#include <string.h>

#include "scim_int.h"

/* In the order of kinds below. */
const char *const braze_scim_bend_names[] = {"boolean_as_text",
                                             "schemas",
                                             "message_schema",
                                             "unquoted_filter",
                                             "remove_absent",
                                             "replace_absent",
                                             "remove_with_value",
                                             "array_or_single",
                                             "simple_as_object",
                                             "manager_as_text",
                                             "read_only_attribute",
                                             "path_as_member",
                                             "unknown_attribute",
                                             "person_brought_back",
                                             "other",
                                             NULL};

/* What a kind's texts end with; what is bent in a value begins with the place of it. */
static const struct {
    const char *end;
    int kind;
} kinds[] = {{"a boolean as text", 0},
             {"a boolean as text in a filter", 0},
             {"schemas left out", 1},
             {"schemas with one that it does not have", 1},
             {"schemas with one that a Group does not have", 1},
             {"the core schema as a member", 1},
             {"a bulk request without its schema", 2},
             {"a PATCH without its schema", 2},
             {"a filter's text without quotes", 3},
             {"a remove of what is not there", 4},
             {"a replace of what is not there", 5},
             {"a remove with a value", 6},
             {"values without an array", 7},
             {"a single value in an array", 7},
             {"a simple value in an object", 8},
             {"a manager as text", 9},
             {"manager as text", 9},
             {"a read-only attribute, and passes over it", 10},
             {"a path as the name of a member", 11},
             {"an empty path as none", 11},
             {"an attribute that it does not have", 12},
             {"a POST of a person who is there, and brings them back", 13}};

static int kind_of(const char *what)
{
    apr_size_t i, len = strlen(what);

    for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        apr_size_t end = strlen(kinds[i].end);

        if (len >= end && strcmp(what + len - end, kinds[i].end) == 0) {
            return kinds[i].kind;
        }
    }
    return BRAZE_SCIM_BENDS - 1;
}

int braze_profile_bends(scim_call_t *call, const char *what)
{
    static const char *const names[] = {"strict", "entra", "okta"};
    const braze_token_t *token = call ? call->request->token : NULL;

    if (!token || token->profile == BRAZE_PROFILE_STRICT) {
        return 0;
    }
    call->bent++;
    call->bends.of[kind_of(what)]++;
    braze_log_write(call->request->log, BRAZE_LOG_INFO, "BRAZE-S0801", call->pool,
                    "the profile %s of the token %s takes %s", names[token->profile],
                    token->id ? token->id : "-", what);
    return 1;
}

void braze_bends_add(braze_scim_bends_t *to, const braze_scim_bends_t *from)
{
    int i;

    for (i = 0; i < BRAZE_SCIM_BENDS; i++) {
        to->of[i] = (unsigned short)(to->of[i] + from->of[i]);
    }
}
