/* SPDX-License-Identifier: Apache-2.0 */
/* mod_braze_jit: SAML sign-in with just-in-time provisioning. The record and the hooks;
 * src/httpd/jit_*.c does the work. */
#include "src/httpd/jit_int.h"
#include "src/httpd/status_int.h"
#include "src/httpd/sweep_int.h"

#include <http_core.h>

#include "braze_id.h"

int httpd_module_index(void)
{
    return braze_jit_module.module_index;
}

static int jit_uses(server_rec *s)
{
    return jit_server(s)->used;
}

static int jit_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    braze_id_begin(pconf);
    return httpd_dbd_register(pconf) == APR_SUCCESS ? jit_cache_pre_config(pconf)
                                                    : HTTP_INTERNAL_SERVER_ERROR;
}

static int jit_refuse(server_rec *s, const braze_err_t *err, apr_pool_t *ptemp)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, s, "%s", braze_err_line(err, ptemp));
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* Here, and not in post_config, a refusal to start is still printed on the operator's terminal. */
static int jit_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    braze_err_t *err = braze_saml_init(pconf);
    int status;

    (void)plog;
    if (!err) {
        err = jit_google_check(NULL, ptemp);
    }
    if (err) {
        return jit_refuse(s, err, ptemp);
    }
    jit_google_note(pconf, s);
    status = jit_idp_check(pconf, s);
    if (status == OK) {
        status = jit_key_check(pconf, s);
    }
    if (status == OK && ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_TEST) {
        status = httpd_dbd_check_schema(ptemp, s, jit_uses, jit_google_check);
    }
    return status;
}

static int jit_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    (void)ptemp;
    httpd_status_post_config(s);
    if (httpd_dbd_post_config(s) != APR_SUCCESS) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (jit_cache_post_config(pconf, s) != OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return httpd_sweep_post_config("_braze_jit_sweep_", pconf, s, jit_uses);
}

static void jit_child_init(apr_pool_t *pchild, server_rec *s)
{
    const jit_server_t *first = jit_server(s);
    jit_places_t *kept = jit_places_make(pchild); /* without it rows are read each time */
    server_rec *each;

    httpd_status_child_init(pchild, s);
    httpd_dbd_child_init(pchild, s);
    jit_cache_child_init(pchild, s);
    jit_fetch_child_init(pchild);
    for (each = s; each; each = each->next) {
        jit_server_t *server = jit_server(each);

        /* One set a server: each may have a database of its own, with companies of the same names.
         */
        server->companies = httpd_snapshots_make(pchild);
        server->idps = httpd_snapshots_make(pchild);
        server->kept = kept;
        server->status = httpd_status(s);
        server->cache = first->cache;
        server->cache_instance = first->cache_instance;
        server->cache_mutex = first->cache_mutex;
        server->near = first->near;
        server->cache_ttl = first->cache_ttl;
    }
    jit_sources_child_init(first->sources, pchild);
}

static void jit_register_hooks(apr_pool_t *pool)
{
    ap_hook_pre_config(jit_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(jit_check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_open_logs(jit_diagnostics_open, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(jit_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(jit_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_create_request(jit_create_request, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_read_request(jit_strip_headers, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_check_access_ex(jit_access_checker_ex, NULL, NULL, APR_HOOK_FIRST,
                            AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_authn(jit_check_authn, NULL, NULL, APR_HOOK_MIDDLE, AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_note_auth_failure(jit_note_auth_failure, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_type_checker(jit_type_checker, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(jit_fixups, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(jit_handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(jit_settings_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(httpd_status_handler, NULL, NULL, APR_HOOK_MIDDLE);
    jit_require_register(pool);
}

module AP_MODULE_DECLARE_DATA braze_jit_module = {
    STANDARD20_MODULE_STUFF,
    jit_dir_create,
    jit_dir_merge,
    jit_server_create,
    NULL, /* a virtual host's own record: nothing of it is inherited but what child_init hands on */
    jit_commands,
    jit_register_hooks,
#if defined(AP_MODULE_FLAG_NONE)
    AP_MODULE_FLAG_NONE
#endif
};
