/* SPDX-License-Identifier: Apache-2.0 */
/* sweep: clears away what has expired, where no httpd does (mod_watchdog is not loaded, or
 * BrazeSweepInterval is off). */
#include <unistd.h>

#include <apr_network_io.h>
#include <apr_strings.h>

#include "admin.h"

#define BATCH 500
#define BATCH_MAX 10000
#define DAYS_MAX 36500

static const char *const tables[BRAZE_SWEPT_TABLES] = {"sessions", "replays", "rates",
                                                       "saml_requests", "events"};

static const char *node(apr_pool_t *pool)
{
    char host[APRMAXHOSTLEN + 1] = "";

    if (apr_gethostname(host, sizeof(host), pool) != APR_SUCCESS) {
        host[0] = '\0';
    }
    return apr_psprintf(pool, "%s/%d", host, (int)getpid());
}

/* Turn after turn, until nothing is left or another node has the turn. */
static braze_err_t *sweep_all(braze_swept_t *all, int *taken, admin_t *admin, int batch, int days)
{
    braze_sweep_t sweep = {.batch = batch};
    braze_swept_t swept;
    braze_err_t *err;
    int table, first = 1;

    sweep.keep_events = apr_time_from_sec((apr_time_t)days * 86400);
    do {
        int mine = 0;

        sweep.now = apr_time_now();
        err = braze_store_sweep_turn(&mine, &swept, admin->db, node(admin->pool), &sweep, 0,
                                     admin->pool);
        if (err || !mine) {
            break;
        }
        *taken = 1;
        first = 0;
        for (table = 0; table < BRAZE_SWEPT_TABLES; table++) {
            all->rows[table] += swept.rows[table];
        }
        all->more = swept.more;
    } while (swept.more);
    return first || !err ? err : admin_about(err, admin->pool, "sweep");
}

static braze_err_t *run_sweep(admin_t *admin)
{
    braze_json_t *answer = braze_json_object(admin->pool);
    braze_swept_t all = {.more = 0};
    int table, taken = 0, batch = BATCH, days = 0;
    apr_int64_t rows = 0;
    braze_err_t *err = admin_arg_number(&batch, admin, OPT_BATCH, 1, BATCH_MAX);

    if (!err) {
        err = admin_arg_number(&days, admin, OPT_KEEP_EVENTS, 1, DAYS_MAX);
    }
    if (!err) {
        err = sweep_all(&all, &taken, admin, batch, days);
    }
    if (err) {
        return err;
    }
    admin_put_bool(answer, "taken", taken, admin->pool);
    for (table = 0; table < BRAZE_SWEPT_TABLES; table++) {
        braze_json_set(answer, tables[table], braze_json_int(all.rows[table], admin->pool));
        rows += all.rows[table];
    }
    if (!taken) {
        admin_done(admin, answer, "another node is at it, or was just now: nothing to do");
    } else {
        admin_done(admin, answer, "%" APR_INT64_T_FMT " expired rows cleared away", rows);
    }
    return NULL;
}

const admin_command_t admin_sweep_commands[] = {
    {"sweep", NULL, "", 0, 0, OPT_BIT(OPT_BATCH) | OPT_BIT(OPT_KEEP_EVENTS), NEEDS_SCHEMA,
     run_sweep, "clear away expired sessions, requests and records", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
