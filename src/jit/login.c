/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a proven identity to a session. A known person, who is nearly everybody, costs one call of
 * the store; only when that finds nobody is anything decided, and the second call then writes the
 * account and everything else in one transaction.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "jit_int.h"

static int provisioning(const braze_jit_policy_t *policy)
{
    return policy->provisioning >= 0 ? policy->provisioning : policy->company->provisioning;
}

static int is_excepted_here(const braze_jit_attempt_t *attempt)
{
    const apr_array_header_t *domains = attempt->policy->allow_domains;
    int i;

    for (i = 0; domains && i < domains->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(domains, i, const char *), attempt->domain) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The verdict on somebody without an account; the domain's rows are read only when it hangs on
 * them. */
static braze_err_t *judge_stranger(braze_jit_verdict_t *verdict, const braze_jit_attempt_t *attempt)
{
    braze_jit_facts_t facts = {0};
    braze_err_t *err = NULL;

    facts.provisioning = provisioning(attempt->policy);
    facts.google = attempt->policy->company->google_sign_in;
    facts.idp_initiated = attempt->identity->in_response_to == NULL;
    facts.domain_known = is_excepted_here(attempt);
    *verdict = braze_jit_decide(&facts);
    if (*verdict == BRAZE_JIT_REFUSE_DOMAIN) {
        err =
            braze_store_domain_known(&facts.domain_known, attempt->db, attempt->policy->company->id,
                                     attempt->domain, attempt->pool);
        *verdict = braze_jit_decide(&facts);
    }
    return err;
}

static braze_err_t *refuse_stranger(const braze_jit_attempt_t *attempt, braze_jit_verdict_t verdict)
{
    switch (verdict) {
    case BRAZE_JIT_REFUSE_PROVISIONING_OFF:
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_PROVISIONING, NULL);
    case BRAZE_JIT_REFUSE_GOOGLE:
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_GOOGLE, NULL);
    case BRAZE_JIT_REFUSE_IDP_INITIATED_ONLY:
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_IDP_INITIATED, NULL);
    default:
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_DOMAIN, NULL);
    }
}

static braze_err_t *from_outcome(const braze_jit_attempt_t *attempt,
                                 braze_sign_in_outcome_t outcome)
{
    switch (outcome) {
    case BRAZE_SIGNED_IN:
    case BRAZE_CREATED:
        return NULL;
    case BRAZE_REPLAYED:
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_REPLAY, NULL);
    case BRAZE_REQUEST_GONE:
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_REQUEST, NULL);
    case BRAZE_USER_INACTIVE:
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_INACTIVE, NULL);
    case BRAZE_USER_AMBIGUOUS:
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_AMBIGUOUS, NULL);
    case BRAZE_LINKED_ELSEWHERE:
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_LINK, NULL);
    case BRAZE_EMAIL_TAKEN:
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_NEW_EMAIL, NULL);
    case BRAZE_MAP_OUTDATED:
    case BRAZE_NO_USER:
    default:
        return braze_err_log(
            braze_err_new(500, NULL, "BRAZE-J0316", "You could not be signed in. Please try again.",
                          attempt->pool),
            attempt->pool, "the store neither found nor made the user (outcome %d)", (int)outcome);
    }
}

static apr_time_t session_end(const braze_jit_attempt_t *attempt)
{
    apr_time_t end = attempt->now + attempt->policy->session_max_age;
    apr_time_t idp_end = attempt->identity->session_not_on_or_after;

    return idp_end && idp_end < end ? idp_end : end;
}

static void fill_session(braze_session_t *session, const braze_jit_attempt_t *attempt)
{
    const braze_saml_identity_t *identity = attempt->identity;

    session->company_id = attempt->policy->company->id;
    session->created_at = session->last_seen_at = attempt->now;
    session->expires_at = session_end(attempt);
    session->idp = identity->issuer;
    session->name_id = identity->name_id;
    session->name_id_format = identity->name_id_format;
    session->name_qualifier = identity->name_qualifier;
    session->sp_name_qualifier = identity->sp_name_qualifier;
    session->session_index = identity->session_index;
    session->assertion_key = identity->replay_key;
}

static void fill_event(braze_event_t *event, const braze_jit_attempt_t *attempt)
{
    event->company_id = attempt->policy->company->id;
    event->at = attempt->now;
    event->actor = braze_jit_actor(attempt);
    event->ip = attempt->client->ip;
    event->correlation = attempt->client->correlation;
}

/* The NameID as an account may be linked to it. */
static const braze_link_t *link_of(const braze_jit_attempt_t *attempt)
{
    const braze_saml_identity_t *identity = attempt->identity;
    const braze_link_t name = {.idp = identity->issuer,
                               .name_id_format = identity->name_id_format,
                               .name_id = identity->name_id,
                               .name_qualifier = identity->name_qualifier,
                               .sp_name_qualifier = identity->sp_name_qualifier};

    return braze_store_link_make(&name, attempt->policy->sp_entity_id, attempt->pool);
}

static void fill_sign_in(braze_sign_in_t *in, const braze_jit_attempt_t *attempt)
{
    in->company_id = attempt->policy->company->id;
    in->email_key = attempt->email_key;
    in->replay_key = attempt->identity->replay_key;
    in->replay_digest = attempt->identity->replay_digest;
    in->replay_until = attempt->identity->replay_until;
    in->now = attempt->now;
    in->request = attempt->client->request;
    if (attempt->policy->update_on_login) {
        in->given_name = attempt->given_name;
        in->family_name = attempt->family_name;
        in->email = attempt->email;
    }
    in->link = link_of(attempt);
    in->wanted = attempt->wanted;
    in->map_on_login = attempt->policy->map_on_login && !attempt->groups_unknown;
}

static braze_err_t *refresh(braze_jit_attempt_t *attempt)
{
    braze_jit_policy_t *now;

    if (!attempt->policy->refresh) {
        return NULL;
    }
    now = apr_pmemdup(attempt->pool, attempt->policy, sizeof(*now));
    attempt->policy = now;
    return now->refresh(now, now->refresh_baton);
}

/* The same as it is now, with the groups looked up anew. */
static braze_err_t *refresh_map(braze_sign_in_t *in, braze_jit_attempt_t *attempt)
{
    braze_err_t *err = refresh(attempt);

    if (!err && attempt->policy->map) {
        braze_jit_map_read(attempt, 1);
        in->wanted = attempt->wanted;
    }
    return err;
}

/* A known person, and nearly always all there is to do. What a table of groups gives is looked up
 * in the company as this process last saw it: that may be a while ago, so it is not written. */
static braze_err_t *sign_in_known(braze_sign_in_outcome_t *outcome, braze_user_t **user,
                                  braze_jit_attempt_t *attempt, braze_sign_in_t *in)
{
    braze_err_t *err = braze_store_sign_in(outcome, user, attempt->db, in, attempt->pool);

    if (err || *outcome != BRAZE_MAP_OUTDATED) {
        return err;
    }
    err = refresh_map(in, attempt);
    return err ? err : braze_store_sign_in(outcome, user, attempt->db, in, attempt->pool);
}

/* Writes the login, and for a stranger decides first whether there is one to write. */
static braze_err_t *sign_in(braze_sign_in_outcome_t *outcome, braze_user_t **user,
                            braze_jit_attempt_t *attempt, braze_sign_in_t *in)
{
    braze_err_t *err = sign_in_known(outcome, user, attempt, in);
    braze_jit_verdict_t verdict;

    if (err || *outcome != BRAZE_NO_USER) {
        return err ? err : from_outcome(attempt, *outcome);
    }
    err = refresh_map(in, attempt);
    if (!err) {
        err = judge_stranger(&verdict, attempt);
    }
    if (!err && verdict != BRAZE_JIT_CREATE) {
        err = refuse_stranger(attempt, verdict);
    }
    if (!err) {
        err = braze_jit_new_user(&in->new_user, attempt);
    }
    if (!err) {
        err = braze_store_sign_in(outcome, user, attempt->db, in, attempt->pool);
    }
    return err ? err : from_outcome(attempt, *outcome);
}

static braze_err_t *run(braze_jit_result_t *result, braze_jit_attempt_t *attempt)
{
    const char *secret = braze_timed_secret_new(attempt->now, attempt->pool);
    braze_sign_in_outcome_t outcome = BRAZE_NO_USER;
    braze_session_t session = {0};
    braze_user_t *user = NULL;
    braze_event_t event = {0};
    braze_sign_in_t in = {0};
    braze_err_t *err = braze_jit_read_fields(attempt);

    if (err) {
        return err;
    }
    fill_session(&session, attempt);
    if (session.expires_at <= attempt->now) {
        return braze_jit_refuse(attempt, BRAZE_JIT_NO_TIME_LEFT, NULL);
    }
    if (attempt->policy->map) {
        braze_jit_map_read(attempt, 0);
    }
    fill_event(&event, attempt);
    fill_sign_in(&in, attempt);
    in.session_hash = braze_timed_secret_hash(secret, attempt->pool);
    in.session = &session;
    in.event = &event;
    err = sign_in(&outcome, &user, attempt, &in);
    if (err) {
        return err;
    }
    result->created = outcome == BRAZE_CREATED;
    result->user = user;
    result->session_secret = secret;
    result->session_expires = session.expires_at;
    return NULL;
}

braze_err_t *braze_jit_login(braze_jit_result_t **result, braze_db_t *db,
                             const braze_saml_identity_t *identity,
                             const braze_jit_policy_t *policy, const braze_jit_client_t *client,
                             apr_time_t now, apr_pool_t *pool)
{
    braze_jit_attempt_t attempt = {.db = db,
                                   .identity = identity,
                                   .policy = policy,
                                   .client = client,
                                   .now = now,
                                   .pool = pool};
    braze_jit_result_t *answer = apr_pcalloc(pool, sizeof(*answer));
    braze_err_t *err = run(answer, &attempt);

    *result = err ? NULL : answer;
    if (err && err->status == 403) {
        braze_jit_note(&attempt, err);
    }
    return err;
}
