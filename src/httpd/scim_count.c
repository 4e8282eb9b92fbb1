/* SPDX-License-Identifier: Apache-2.0 */
/* What braze-status shows of SCIM calls: every answer, those too that httpd itself gives. */
#include "scim_httpd_int.h"
#include "status_int.h"

/* An ErrorDocument or another internal redirect answers in the name of the call that came in. */
static const request_rec *count_last(const request_rec *r)
{
    while (r->next) {
        r = r->next;
    }
    return r;
}

int scim_count(request_rec *r)
{
    httpd_status_t *status;

    /* What httpd could not read (414) has no method or no path. */
    if (!r->method || !r->uri || !scim_is_ours(r)) {
        return DECLINED;
    }
    status = httpd_status(r->server);
    if (status) {
        httpd_status_add(
            status, STATUS_SCIM_REQUESTS,
            status_scim_series(r->method, scim_request(r)->path, count_last(r)->status), 1);
        httpd_status_time(status, STATUS_SCIM_TIME, status_scim_method(r->method),
                          apr_time_now() - r->request_time);
    }
    return OK;
}

void scim_count_bends(request_rec *r, const braze_token_t *token,
                      const braze_scim_response_t *response)
{
    httpd_status_t *status = response->bent ? httpd_status(r->server) : NULL;
    int kind, profile = token->profile == BRAZE_PROFILE_OKTA;

    for (kind = 0; status && kind < BRAZE_SCIM_BENDS; kind++) {
        if (response->bends.of[kind]) {
            httpd_status_add(status, STATUS_SCIM_BENDS, profile * BRAZE_SCIM_BENDS + kind,
                             response->bends.of[kind]);
        }
    }
}
