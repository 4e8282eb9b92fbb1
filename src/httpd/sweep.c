/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expired rows are cleared away beside the requests: by a thread of mod_watchdog in one child of
 * this server, and of the servers that share a database by the one whose turn it is
 * (braze_task). Without mod_watchdog an operator runs "braze-admin sweep" by cron.
 */
#include "sweep_int.h"
#include "status_int.h"

#include <apr_optional.h>
#include <apr_strings.h>
#include <http_core.h>
#include <mod_watchdog.h>
#include <unistd.h>

#define SWEEP_DEFAULT_EVERY 300 /* seconds */
#define SWEEP_BATCH 500
#define SWEEP_DAYS_MAX 36500
#define SWEEP_KEY_MAX 64

/* What the directives say for a server; the main server's counts where it says nothing. */
typedef struct {
    int every; /* seconds; 0 = off */
    int days;  /* that audit rows are kept; 0 = for ever */
} sweep_says_t;

/* Of a module. */
typedef struct {
    server_rec *main_server;
    apr_array_header_t *servers; /* of server_rec *: one of each database */
} sweep_job_t;

/* By server, in the configuration's pool: both modules have these directives and mean the same. */
static sweep_says_t *sweep_conf(const server_rec *s, int make)
{
    apr_pool_t *pconf = s->process->pconf;
    char key[SWEEP_KEY_MAX];
    sweep_says_t *conf;
    void *data = NULL;

    apr_snprintf(key, sizeof(key), "braze-sweep-%pp", (const void *)s);
    apr_pool_userdata_get(&data, key, pconf);
    if (data || !make) {
        return data;
    }
    conf = apr_pcalloc(pconf, sizeof(*conf));
    conf->every = conf->days = HTTPD_UNSET;
    apr_pool_userdata_set(conf, key, NULL, pconf);
    return conf;
}

/* A whole number of 1..max, or off (0); HTTPD_UNSET for anything else. */
static int number_or_off(const char *arg, int max)
{
    char *end;
    apr_int64_t number;

    if (!ap_cstr_casecmp(arg, "off")) {
        return 0;
    }
    number = apr_strtoi64(arg, &end, 10);
    return end == arg || *end || number < 1 || number > max ? HTTPD_UNSET : (int)number;
}

const char *httpd_sweep_set_every(cmd_parms *cmd, void *dir, const char *arg)
{
    int every = number_or_off(arg, 24 * 3600);

    (void)dir;
    if (every == HTTPD_UNSET) {
        return "BrazeSweepInterval takes seconds (1 to 86400), or off";
    }
    sweep_conf(cmd->server, 1)->every = every;
    return NULL;
}

const char *httpd_sweep_set_days(cmd_parms *cmd, void *dir, const char *arg)
{
    int days = number_or_off(arg, SWEEP_DAYS_MAX);

    (void)dir;
    if (days == HTTPD_UNSET) {
        return "BrazeEventRetention takes days (1 to 36500), or off: the audit trail is kept for "
               "ever";
    }
    sweep_conf(cmd->server, 1)->days = days;
    return NULL;
}

static void sweep_conf_of(sweep_says_t *conf, const server_rec *s, const server_rec *main_server)
{
    const sweep_says_t *own = sweep_conf(s, 0), *outer = sweep_conf(main_server, 0);

    conf->every = own ? own->every : HTTPD_UNSET;
    conf->days = own ? own->days : HTTPD_UNSET;
    if (conf->every == HTTPD_UNSET) {
        conf->every = outer && outer->every != HTTPD_UNSET ? outer->every : SWEEP_DEFAULT_EVERY;
    }
    if (conf->days == HTTPD_UNSET) {
        conf->days = outer && outer->days != HTTPD_UNSET ? outer->days : 0;
    }
}

/* ---- a turn ---- */

/* Who this is, for the row: no two processes have the same name at a time. */
static const char *sweep_node(apr_pool_t *pool)
{
    char host[APRMAXHOSTLEN + 1] = "";

    if (apr_gethostname(host, sizeof(host), pool) != APR_SUCCESS) {
        host[0] = '\0';
    }
    return apr_psprintf(pool, "%s/%d", host, (int)getpid());
}

static void sweep_told(server_rec *s, const braze_swept_t *swept)
{
    httpd_status_t *status = httpd_status(s);
    apr_int64_t rows = 0;
    int table;

    httpd_status_add(status, STATUS_SWEEPS, STATUS_SWEEP_DONE, 1);
    for (table = 0; table < BRAZE_SWEPT_TABLES; table++) {
        rows += swept->rows[table];
        httpd_status_add(status, STATUS_SWEPT, table, (apr_uint64_t)swept->rows[table]);
    }
    httpd_status_add(status, STATUS_SESSIONS_ENDED, STATUS_END_EXPIRED,
                     (apr_uint64_t)swept->rows[BRAZE_SWEPT_SESSIONS]);
    ap_log_error(APLOG_MARK, rows ? APLOG_INFO : APLOG_DEBUG, 0, s,
                 "BRAZE-0181: %" APR_INT64_T_FMT " expired rows cleared away%s", rows,
                 swept->more ? ", there are more" : "");
}

static void sweep_server(server_rec *s, const server_rec *main_server, apr_pool_t *pool)
{
    braze_sweep_t sweep = {.now = apr_time_now(), .batch = SWEEP_BATCH};
    braze_swept_t swept;
    sweep_says_t conf;
    braze_db_t *db;
    braze_err_t *err;
    int taken = 0;

    sweep_conf_of(&conf, s, main_server);
    if (!conf.every) {
        return;
    }
    sweep.keep_events = apr_time_from_sec((apr_time_t)conf.days * 24 * 3600);
    err = httpd_db_open_own(&db, s, pool);
    if (!err) {
        /* A little less than the interval, so that clocks that differ do not make it two. */
        err = braze_store_sweep_turn(&taken, &swept, db, sweep_node(pool), &sweep,
                                     apr_time_from_msec(900) * conf.every, pool);
    }
    if (err) {
        httpd_status_add(httpd_status(s), STATUS_SWEEPS, STATUS_SWEEP_FAILED, 1);
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "BRAZE-0182: expired rows could not be cleared away: %s",
                     braze_err_line(err, pool));
    } else if (taken) {
        sweep_told(s, &swept);
    }
}

static apr_status_t sweep_tick(int state, void *data, apr_pool_t *pool)
{
    const sweep_job_t *job = data;
    int i;

    if (state != AP_WATCHDOG_STATE_RUNNING) {
        return APR_SUCCESS;
    }
    for (i = 0; i < job->servers->nelts; i++) {
        apr_pool_t *scratch;

        apr_pool_create(&scratch, pool);
        sweep_server(APR_ARRAY_IDX(job->servers, i, server_rec *), job->main_server, scratch);
        apr_pool_destroy(scratch);
    }
    return APR_SUCCESS;
}

/* ---- start-up ---- */

/* How often to look: as often as the most eager of the servers wants; 0 = none wants. */
static int sweep_interval(const apr_array_header_t *servers, const server_rec *main_server)
{
    int i, shortest = 0;

    for (i = 0; i < servers->nelts; i++) {
        sweep_says_t conf;

        sweep_conf_of(&conf, APR_ARRAY_IDX(servers, i, const server_rec *), main_server);
        if (conf.every && (!shortest || conf.every < shortest)) {
            shortest = conf.every;
        }
    }
    return shortest;
}

int httpd_sweep_post_config(const char *name, apr_pool_t *pconf, server_rec *s,
                            int (*uses)(server_rec *s))
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *call =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    sweep_job_t *job = apr_pcalloc(pconf, sizeof(*job));
    ap_watchdog_t *watchdog;
    apr_status_t rv;
    int every;

    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    job->main_server = s;
    job->servers = httpd_db_servers(s, uses, pconf);
    every = sweep_interval(job->servers, s);
    if (!every) {
        return OK;
    }
    if (!get || !call) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                     "BRAZE-0183: mod_watchdog is not loaded: expired rows stay until "
                     "\"braze-admin sweep\" is run, by cron for instance");
        return OK;
    }
    rv = get(&watchdog, name, 0, 1, pconf);
    if (rv == APR_SUCCESS) {
        rv = call(watchdog, apr_time_from_sec(every), job, sweep_tick);
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s,
                     "BRAZE-0184: mod_watchdog takes no work of ours");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}
