/* SPDX-License-Identifier: Apache-2.0 */
/* Audit rows of what was refused before anybody was proven. */
#include "jit_int.h"

#include <apr_atomic.h>

#define NOTED_A_MINUTE 120 /* of a process, of all kinds together */

/*
 * Anybody can post what is no valid message, or ask for what there is not; the log has every one of
 * them, the audit trail so many a minute and process that it is neither flooded nor blind. Two
 * threads at the turn of a minute may count one too few.
 */
static int refused_may_note(request_rec *r)
{
    jit_server_t *server = jit_server(r->server);
    apr_uint32_t minute = (apr_uint32_t)(apr_time_sec(r->request_time) / 60);

    if (apr_atomic_read32(&server->noted_minute) != minute) {
        apr_atomic_set32(&server->noted_minute, minute);
        apr_atomic_set32(&server->noted, 0);
    }
    return apr_atomic_inc32(&server->noted) < NOTED_A_MINUTE;
}

void jit_refused_note(request_rec *r, const jit_conf_t *conf, const httpd_company_t *company,
                      const char *event, const char *actor, const braze_err_t *refusal)
{
    braze_jit_client_t client = {.ip = r->useragent_ip, .correlation = httpd_correlation(r)};
    braze_jit_refused_t refused = {
        .event = event, .actor = actor, .client = &client, .err = refusal, .now = r->request_time};
    braze_db_t *db;
    braze_err_t *err;

    if (refusal->status >= 500 || (!company && !conf->company) || !refused_may_note(r)) {
        return;
    }
    err = httpd_db_open(&db, r);
    if (!err && !company) {
        err = httpd_company_get(&company, jit_server(r->server)->companies, r, conf->company,
                                HTTPD_COMPANY_ANY);
    }
    if (!err) {
        refused.company_id = company->company->id;
        err = braze_jit_note_refusal(db, &refused, r->pool);
    }
    httpd_db_release(r); /* before a page of the refusal, which may be a program */
    if (err) {
        httpd_log_err(r, APLOG_WARNING, err);
    }
}
