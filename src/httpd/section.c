/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a request's URI is its section's own name, and which handler the section has. */
#include "httpd_int.h"

#include <ap_expr.h>
#include <apr_strings.h>
#include <http_core.h>

static const core_dir_config *core_conf(request_rec *r)
{
    return ap_get_core_module_config(r->per_dir_config);
}

apr_size_t httpd_section_length(request_rec *r)
{
    const core_dir_config *core = core_conf(r);
    apr_size_t len = 0;

    if (core && core->r) {
        ap_regmatch_t match[1];

        if (!ap_regexec(core->r, r->uri, 1, match, 0) && match[0].rm_so == 0) {
            len = (apr_size_t)match[0].rm_eo;
        }
    } else if (core && core->d && !core->d_is_fnmatch &&
               !strncmp(core->d, r->uri, strlen(core->d))) {
        len = strlen(core->d);
    }
    while (len && r->uri[len - 1] == '/') {
        len--;
    }
    return !r->uri[len] || r->uri[len] == '/' ? len : 0;
}

/* SetHandler keeps an expression, and r->handler is only set from it after the access checks. */
const char *httpd_section_handler(request_rec *r)
{
    const core_dir_config *core = core_conf(r);
    const char *error = NULL;

    if (r->handler) {
        return r->handler;
    }
    if (!core || !core->expr_handler) {
        return core ? core->handler : NULL;
    }
    return ap_expr_str_exec(r, core->expr_handler, &error);
}
