/* SPDX-License-Identifier: Apache-2.0 */
/* mod_braze_scim: a SCIM 2.0 service over the accounts. The record and the hooks;
 * src/httpd/scim_*.c does the work. */
#include "src/httpd/scim_httpd_int.h"
#include "src/httpd/status_int.h"
#include "src/httpd/sweep_int.h"

#include <http_core.h>

#include "braze_id.h"

int httpd_module_index(void)
{
    return braze_scim_module.module_index;
}

static int scim_uses(server_rec *s)
{
    return scim_server(s)->used;
}

static int scim_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    braze_id_begin(pconf);
    return httpd_dbd_register(pconf) == APR_SUCCESS ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

/* Here, and not in post_config, a refusal to start is still printed on the operator's terminal. */
static int scim_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf;
    (void)plog;
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST) {
        return OK;
    }
    return httpd_dbd_check_schema(ptemp, s, scim_uses, NULL);
}

static int scim_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    (void)ptemp;
    httpd_status_post_config(s);
    if (httpd_dbd_post_config(s) != APR_SUCCESS) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return httpd_sweep_post_config("_braze_scim_sweep_", pconf, s, scim_uses);
}

static void scim_child_init(apr_pool_t *pchild, server_rec *s)
{
    httpd_status_child_init(pchild, s);
    httpd_dbd_child_init(pchild, s);
    for (; s; s = s->next) {
        /* One set a server: each may have a database of its own, with companies of the same names.
         */
        scim_server(s)->companies = httpd_snapshots_make(pchild);
    }
}

static void scim_register_hooks(apr_pool_t *pool)
{
    ap_hook_pre_config(scim_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(scim_check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(scim_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(scim_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_perdir_config(scim_no_error_documents, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_authn(scim_check_authn, NULL, NULL, APR_HOOK_MIDDLE, AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_note_auth_failure(scim_note_auth_failure, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_fixups(scim_fixups, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(scim_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(scim_settings_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(httpd_status_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(scim_count, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_insert_error_filter(scim_insert_error_filter, NULL, NULL, APR_HOOK_LAST);
    scim_error_filter_register();
    scim_require_register(pool);
}

module AP_MODULE_DECLARE_DATA braze_scim_module = {
    STANDARD20_MODULE_STUFF,
    scim_dir_create,
    scim_dir_merge,
    scim_server_create,
    NULL, /* a virtual host's own record: nothing of it is inherited but what child_init hands on */
    scim_commands,
    scim_register_hooks,
#if defined(AP_MODULE_FLAG_NONE)
    AP_MODULE_FLAG_NONE
#endif
};
