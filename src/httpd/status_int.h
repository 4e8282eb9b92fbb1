/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is counted, for all children of a server together and for both modules: whichever is loaded
 * shows it (SetHandler braze-status). Every label has a fixed list of values, so that nothing that
 * a client sends grows the table, and nothing in it says anything about a person.
 */
#ifndef BRAZE_STATUS_INT_H
#define BRAZE_STATUS_INT_H

#include "httpd_int.h"

#define STATUS_HANDLER "braze-status"
#define STATUS_LABELS 3

/* docs/status.md says what each is. */
typedef enum {
    STATUS_LOGINS,
    STATUS_CREATIONS,
    STATUS_REFUSALS,
    STATUS_REPEATS,
    STATUS_REQUESTS,
    STATUS_SESSIONS_ENDED,
    STATUS_SESSION_LOOKUPS,
    STATUS_LOGIN_TIME,
    STATUS_JUDGE_TIME,
    STATUS_SCIM_REQUESTS,
    STATUS_SCIM_TIME,
    STATUS_SCIM_BENDS,
    STATUS_DB_WAIT,
    STATUS_DB_REFUSED,
    STATUS_DB_RETRIES,
    STATUS_DB_FAULTS,
    STATUS_SWEEPS,
    STATUS_SWEPT,
    STATUS_FAMILIES
} status_family_t;

/* Label values, in the order of their lists in status_table.c. */
typedef enum { STATUS_BY_IDP, STATUS_BY_US } status_started_t;
typedef enum {
    STATUS_END_BROWSER,
    STATUS_END_IDP,
    STATUS_END_USER,
    STATUS_END_EXPIRED
} status_end_t;
typedef enum { STATUS_FOUND_CACHE, STATUS_FOUND_ROW, STATUS_FOUND_NONE } status_found_t;
typedef enum { STATUS_SWEEP_DONE, STATUS_SWEEP_FAILED } status_sweep_t;

/* ---- status_table.c: what there is ---- */

typedef enum { STATUS_COUNTER, STATUS_HISTOGRAM } status_kind_t;

/* values: NULL-ended. */
typedef struct {
    const char *name;
    const char *const *values;
} status_label_t;

typedef struct {
    const char *name; /* without "braze_" and "_total" */
    const char *help;
    status_kind_t kind;
    status_label_t labels[STATUS_LABELS]; /* name NULL ends them */
} status_entry_t;

/* Upper bounds of a histogram's buckets in microseconds; the last bucket has none. */
#define STATUS_BUCKETS 15
extern const apr_interval_time_t status_bounds[STATUS_BUCKETS - 1];
/* A histogram's cells: the buckets, then the sum in microseconds. */
#define STATUS_SUM STATUS_BUCKETS
#define STATUS_WIDTH (STATUS_BUCKETS + 1)

const status_entry_t *status_entry(int family);
int status_label_count(const status_label_t *label);
const char *status_label_value(const status_label_t *label, int at);
/* How many series an entry has: the product of its labels' values. */
int status_series(const status_entry_t *entry);
/* Place of a value in its list; the last ("other") when it is not there. */
int status_value(const char *const *values, const char *value);
/* Labels of a SCIM call: its method, the resource of its path, the class of its status. */
int status_scim_series(const char *method, const char *path, int status);
int status_scim_method(const char *method);
int status_refusal_series(const char *code);

/* ---- status.c: the counters ---- */

/* The counters of all children; NULL (and then nothing is counted) where there is no shared memory.
 */
typedef struct httpd_status_t httpd_status_t;

/* Makes them unless the other module has, or an earlier generation: they live as long as the
 * server's parent process. post_config. */
void httpd_status_post_config(server_rec *s);
void httpd_status_child_init(apr_pool_t *pchild, server_rec *s);
httpd_status_t *httpd_status(const server_rec *s);

/* Of series (0 when a family has no label); an atomic addition. status may be NULL. */
void httpd_status_add(httpd_status_t *status, status_family_t family, int series,
                      apr_uint64_t amount);
/* One observation of a histogram. */
void httpd_status_time(httpd_status_t *status, status_family_t family, int series,
                       apr_interval_time_t took);
/* This child among them; NULL before httpd_status_child_init, or where there is no room. */
typedef struct httpd_process_t httpd_process_t;
httpd_process_t *httpd_process(const server_rec *s);
/* A connection was borrowed (1) or given back (-1) by it. process may be NULL. */
void httpd_process_connections(httpd_process_t *process, int change);
/* What the store has to say (braze_db_env_t.note); the baton is a httpd_status_t. */
void httpd_status_note(void *baton, braze_db_note_t note, int count);

/* Children that find the same thing: 1 for the first that says it about something since another
 * thing was said about it; always 1 where there is no shared memory, and sometimes for a second
 * one. */
int httpd_status_say(httpd_status_t *status, const char *about, const char *what);

apr_uint64_t httpd_status_cell(const httpd_status_t *status, int family, int series, int cell);
apr_time_t httpd_status_since(const httpd_status_t *status);
/* Children that are alive, and the connections that they hold. */
void httpd_status_processes(int *alive, int *connections, const httpd_status_t *status);

/* ---- status_show.c ---- */

typedef enum { STATUS_AS_HTML, STATUS_AS_LINES, STATUS_AS_PROMETHEUS } status_form_t;

/* All of it as text. */
const char *status_text(const httpd_status_t *status, status_form_t form, apr_pool_t *pool);
/* The handler of both modules. */
int httpd_status_handler(request_rec *r);

#endif
