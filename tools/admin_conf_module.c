/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules a configuration loads, for <IfModule>. */
#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "admin.h"

/* Those that Debian's httpd has inside; every other one is loaded. */
static const char *const inside[] = {"core_module",
                                     "core.c",
                                     "so_module",
                                     "mod_so.c",
                                     "http_module",
                                     "http_core.c",
                                     "watchdog_module",
                                     "mod_watchdog.c",
                                     "unixd_module",
                                     "mod_unixd.c",
                                     "logio_module",
                                     "mod_logio.c",
                                     "version_module",
                                     "mod_version.c",
                                     "log_config_module",
                                     "mod_log_config.c",
                                     NULL};

void admin_conf_loads(apr_table_t *modules, const apr_array_header_t *words)
{
    apr_pool_t *pool = apr_table_elts(modules)->pool;
    const char *path, *slash;
    apr_size_t len;

    if (words->nelts != 3) {
        return;
    }
    path = APR_ARRAY_IDX(words, 2, const char *);
    slash = strrchr(path, '/');
    path = slash ? slash + 1 : path;
    len = strlen(path);
    apr_table_set(modules, APR_ARRAY_IDX(words, 1, const char *), "");
    if (len > 3 && strcmp(path + len - 3, ".so") == 0) {
        apr_table_set(modules, apr_pstrcat(pool, apr_pstrmemdup(pool, path, len - 3), ".c", NULL),
                      "");
    }
}

int admin_conf_has_module(const apr_table_t *modules, const char *name)
{
    int i;

    for (i = 0; inside[i]; i++) {
        if (strcasecmp(inside[i], name) == 0) {
            return 1;
        }
    }
    return apr_table_get(modules, name) != NULL;
}
