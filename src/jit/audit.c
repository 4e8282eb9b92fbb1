/* SPDX-License-Identifier: Apache-2.0 */
/* The audit rows of refusals. */
#include <apr_strings.h>

#include "jit_int.h"

static void fill(braze_event_t *event, const braze_err_t *err, const braze_jit_client_t *client,
                 const char *actor, apr_time_t now)
{
    event->at = now;
    event->code = err->code;
    event->actor = actor;
    event->ip = client->ip;
    event->correlation = client->correlation;
    event->detail = err->detail;
}

braze_err_t *braze_jit_note_refusal(braze_db_t *db, const braze_jit_refused_t *refused,
                                    apr_pool_t *pool)
{
    braze_event_t event = {.company_id = refused->company_id, .name = refused->event};

    fill(&event, refused->err, refused->client, refused->actor, refused->now);
    return braze_store_event_add(db, &event, pool);
}

const char *braze_jit_actor(const braze_jit_attempt_t *attempt)
{
    return apr_pstrcat(attempt->pool, "saml:", attempt->identity->issuer, NULL);
}

void braze_jit_note(const braze_jit_attempt_t *attempt, const braze_err_t *refusal)
{
    braze_event_t event = {.name = "Failed Login"};
    braze_err_t *err;

    fill(&event, refusal, attempt->client, braze_jit_actor(attempt), attempt->now);
    event.company_id = attempt->policy->company->id;
    event.user_name = attempt->email;
    err = braze_store_event_add(attempt->db, &event, attempt->pool);
    if (err) {
        braze_log_write(attempt->policy->log, BRAZE_LOG_ERROR, "BRAZE-J0313", attempt->pool,
                        "the audit row of a refused login could not be written: %s",
                        braze_err_line(err, attempt->pool));
    }
}
