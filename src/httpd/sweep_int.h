/* SPDX-License-Identifier: Apache-2.0 */
/* Sweeping in the background, of both modules (sweep.c). */
#ifndef BRAZE_SWEEP_INT_H
#define BRAZE_SWEEP_INT_H

#include "httpd_int.h"

/* BrazeSweepInterval, BrazeEventRetention: of a server, in either module. */
const char *httpd_sweep_set_every(cmd_parms *cmd, void *dir, const char *arg);
const char *httpd_sweep_set_days(cmd_parms *cmd, void *dir, const char *arg);

/* Gives mod_watchdog the work, under a name that no other module has. post_config. */
int httpd_sweep_post_config(const char *name, apr_pool_t *pconf, server_rec *s,
                            int (*uses)(server_rec *s));

#endif
