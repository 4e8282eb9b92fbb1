/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters: one piece of memory that every child of a server inherits. It hangs on the
 * process's pool, where both modules find it and where restarts leave it alone; counting is an
 * atomic addition, without a lock.
 */
#include "status_int.h"

#include <apr_portable.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <unistd.h>

#include <signal.h>

#define STATUS_KEY "braze-status"
#define STATUS_PROCESS_KEY "braze-status-process"
#define STATUS_PROCESSES 1024 /* children at once that are told apart; others are not counted */
#define STATUS_SAID 64        /* things of which the last that was said is remembered */

/* A child, by its pid; 0 = free. What it holds is gone with it, however it ends. */
struct httpd_process_t {
    apr_uint32_t pid;
    apr_int32_t connections;
};

struct httpd_status_t {
    apr_uint64_t layout; /* digest of the table that first was computed from */
    apr_time_t since;
    apr_uint32_t first[STATUS_FAMILIES]; /* cell of a family's first series */
    apr_uint32_t cells;
    httpd_process_t processes[STATUS_PROCESSES];
    apr_uint64_t said[STATUS_SAID];
    apr_uint64_t cell[]; /* as many as cells says */
};

#define LAYOUT_EMPTY 14695981039346656037ULL

static apr_uint64_t layout_add(apr_uint64_t digest, const char *text)
{
    for (; text && *text; text++) {
        digest = (digest ^ (unsigned char)*text) * 1099511628211ULL; /* FNV-1a */
    }
    return (digest ^ 0xff) * 1099511628211ULL;
}

/* What a build counts: after an upgrade and a graceful restart another one's memory is found. */
static apr_uint64_t layout_of_table(void)
{
    apr_uint64_t digest = LAYOUT_EMPTY + sizeof(httpd_status_t);
    int family, i, value;

    for (family = 0; family < STATUS_FAMILIES; family++) {
        const status_entry_t *entry = status_entry(family);

        digest = layout_add(digest, entry->name);
        for (i = 0; i < STATUS_LABELS && entry->labels[i].name; i++) {
            for (value = 0; value < status_label_count(&entry->labels[i]); value++) {
                digest = layout_add(digest, status_label_value(&entry->labels[i], value));
            }
        }
    }
    return digest;
}

static apr_uint32_t width_of(int family)
{
    return status_entry(family)->kind == STATUS_HISTOGRAM ? STATUS_WIDTH : 1;
}

static apr_uint32_t cells_of_table(apr_uint32_t *first)
{
    apr_uint32_t cells = 0;
    int family;

    for (family = 0; family < STATUS_FAMILIES; family++) {
        first[family] = cells;
        cells += (apr_uint32_t)status_series(status_entry(family)) * width_of(family);
    }
    return cells;
}

httpd_status_t *httpd_status(const server_rec *s)
{
    void *data = NULL;

    apr_pool_userdata_get(&data, STATUS_KEY, s->process->pool);
    return data;
}

void httpd_status_post_config(server_rec *s)
{
    apr_pool_t *pool = s->process->pool;
    httpd_status_t *status = httpd_status(s);
    apr_uint64_t layout = layout_of_table();
    apr_uint32_t first[STATUS_FAMILIES], cells = cells_of_table(first);
    apr_shm_t *shm;
    apr_status_t rv;

    if (status && status->layout == layout) {
        return;
    }
    rv = apr_shm_create(&shm, sizeof(*status) + cells * sizeof(*status->cell), NULL, pool);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s,
                     "BRAZE-0180: no shared memory for the counters of braze-status: nothing is "
                     "counted");
        return;
    }
    status = apr_shm_baseaddr_get(shm);
    memset(status, 0, sizeof(*status) + cells * sizeof(*status->cell));
    status->layout = layout;
    status->since = apr_time_now();
    memcpy(status->first, first, sizeof(first));
    status->cells = cells;
    /* Copies the key: the literal goes when httpd unloads the module to restart. */
    apr_pool_userdata_set(status, STATUS_KEY, NULL, pool);
}

/* ---- counting ---- */

static apr_uint64_t *cell_at(httpd_status_t *status, int family, int series, int cell)
{
    return &status->cell[status->first[family] + (apr_uint32_t)series * width_of(family) +
                         (apr_uint32_t)cell];
}

void httpd_status_add(httpd_status_t *status, status_family_t family, int series,
                      apr_uint64_t amount)
{
    if (status) {
        __atomic_fetch_add(cell_at(status, family, series, 0), amount, __ATOMIC_RELAXED);
    }
}

void httpd_status_time(httpd_status_t *status, status_family_t family, int series,
                       apr_interval_time_t took)
{
    int bucket = 0;

    if (!status) {
        return;
    }
    took = took < 0 ? 0 : took; /* a clock that was set back */
    while (bucket < STATUS_BUCKETS - 1 && took > status_bounds[bucket]) {
        bucket++;
    }
    __atomic_fetch_add(cell_at(status, family, series, bucket), 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(cell_at(status, family, series, STATUS_SUM), (apr_uint64_t)took,
                       __ATOMIC_RELAXED);
}

void httpd_status_note(void *baton, braze_db_note_t note, int count)
{
    switch (note) {
    case BRAZE_DB_RETRY_TRANSIENT:
    case BRAZE_DB_RETRY_STALE:
    case BRAZE_DB_RETRY_LOST:
        httpd_status_add(baton, STATUS_DB_RETRIES, (int)note - BRAZE_DB_RETRY_TRANSIENT, 1);
        break;
    case BRAZE_DB_SESSIONS_ENDED:
        httpd_status_add(baton, STATUS_SESSIONS_ENDED, STATUS_END_USER, (apr_uint64_t)count);
        break;
    default:
        httpd_status_add(baton, STATUS_DB_FAULTS, (int)note - BRAZE_DB_FAULT_TRANSIENT, 1);
        break;
    }
}

/* ---- children ---- */

int httpd_status_say(httpd_status_t *status, const char *about, const char *what)
{
    apr_uint64_t place = layout_add(LAYOUT_EMPTY, about), digest = layout_add(place, what);

    return !status || __atomic_exchange_n(&status->said[place % STATUS_SAID], digest,
                                          __ATOMIC_ACQ_REL) != digest;
}

static apr_status_t process_leave(void *data)
{
    httpd_process_t *process = data;

    process->connections = 0;
    __atomic_store_n(&process->pid, 0, __ATOMIC_RELEASE);
    return APR_SUCCESS;
}

static int is_alive(apr_uint32_t pid)
{
    return pid && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

static httpd_process_t *process_enter(httpd_status_t *status, apr_uint32_t pid)
{
    int i;

    for (i = 0; i < STATUS_PROCESSES; i++) {
        httpd_process_t *process = &status->processes[i];
        apr_uint32_t there = __atomic_load_n(&process->pid, __ATOMIC_ACQUIRE);

        if ((there == pid || !is_alive(there)) &&
            __atomic_compare_exchange_n(&process->pid, &there, pid, 0, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED)) {
            process->connections = 0;
            return process;
        }
    }
    return NULL;
}

httpd_process_t *httpd_process(const server_rec *s)
{
    void *data = NULL;

    apr_pool_userdata_get(&data, STATUS_PROCESS_KEY, s->process->pool);
    return data;
}

/* The first of the two modules enters; the process's pool is the child's own by now. */
void httpd_status_child_init(apr_pool_t *pchild, server_rec *s)
{
    httpd_status_t *status = httpd_status(s);
    apr_uint32_t pid = (apr_uint32_t)getpid();
    httpd_process_t *process = httpd_process(s);

    if (!status || (process && process->pid == pid)) {
        return;
    }
    process = process_enter(status, pid);
    apr_pool_userdata_set(process, STATUS_PROCESS_KEY, NULL, s->process->pool);
    if (process) {
        apr_pool_cleanup_register(pchild, process, process_leave, apr_pool_cleanup_null);
    }
}

void httpd_process_connections(httpd_process_t *process, int change)
{
    if (process) {
        __atomic_fetch_add(&process->connections, change, __ATOMIC_RELAXED);
    }
}

/* ---- reading ---- */

apr_uint64_t httpd_status_cell(const httpd_status_t *status, int family, int series, int cell)
{
    return __atomic_load_n(cell_at((httpd_status_t *)status, family, series, cell),
                           __ATOMIC_RELAXED);
}

apr_time_t httpd_status_since(const httpd_status_t *status)
{
    return status->since;
}

void httpd_status_processes(int *alive, int *connections, const httpd_status_t *status)
{
    int i;

    *alive = *connections = 0;
    for (i = 0; i < STATUS_PROCESSES; i++) {
        const httpd_process_t *process = &status->processes[i];

        if (is_alive(__atomic_load_n(&process->pid, __ATOMIC_ACQUIRE))) {
            (*alive)++;
            *connections += __atomic_load_n(&process->connections, __ATOMIC_RELAXED);
        }
    }
}
