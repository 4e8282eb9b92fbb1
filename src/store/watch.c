/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether anybody has written, for whoever keeps what it has read.
 *
 * SQLite: two numbers of the connection. data_version is another one after each commit of any other
 * connection, of this process or not; total_changes() grows with each row that this one writes,
 * whoever of the server's modules uses it. Both say it of this connection alone: the moment at
 * which it found either changed is what can be held against another connection's moments.
 *
 * PostgreSQL: the snapshot of a statement, as the server names it. It says which transactions the
 * statement sees, of all that there are: two statements with the same one see the same rows,
 * whatever their connections are. A row that is read brings its own. What a server has forgotten in
 * a crash it may name again, so a connection that is younger than all before it begins anew, and so
 * does one whose server process is another. A standby does not name the transactions that it has
 * not seen the end of: it is never believed.
 */
#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "store_int.h"

#define SNAPSHOT_MAX 1024 /* bytes: more than forty transactions under way */
#define ASKING_MAX 2      /* threads that ask at a time: one alone would leave the machine idle */
#define PASSED_MAX 63     /* questions left out in a row where the answer was no */
#define PATIENCE 1        /* seconds: nobody waits longer for another thread's connection */

typedef struct asker_t asker_t;

/* On the stack of the thread that waits for it. */
struct asker_t {
    apr_uint64_t moment;
    int unchanged;
    int leads, answered; /* changed with the mutex held, before it is told */
    apr_time_t began;    /* to lead */
    sem_t told;
    asker_t *next; /* who waits too; of who leads: for whom it asks */
};

struct braze_watch_t {
    volatile apr_uint64_t *clock;
    store_tokens_t *tokens;
    apr_thread_mutex_t *mutex; /* of what follows */
    char snapshot[SNAPSHOT_MAX];
    apr_uint64_t since;    /* when it was first seen */
    apr_uint64_t youngest; /* connection's beginning */
    asker_t *first, *last; /* who waits for the next to ask */
    asker_t *leading[ASKING_MAX];
    int misses, passed; /* see PASSED_MAX */
};

braze_watch_t *braze_watch_make(volatile apr_uint64_t *clock, apr_pool_t *pool)
{
    braze_watch_t *watch = apr_pcalloc(pool, sizeof(*watch));

    watch->clock = clock;
    watch->tokens = store_tokens_make(pool);
    return watch->tokens && apr_thread_mutex_create(&watch->mutex, APR_THREAD_MUTEX_DEFAULT,
                                                    pool) == APR_SUCCESS
               ? watch
               : NULL;
}

void braze_db_watch(braze_db_t *db, braze_watch_t *watch)
{
    db->watch = watch;
    db->moment = 0;
}

apr_uint64_t braze_db_moment(const braze_db_t *db)
{
    return db->moment;
}

static apr_uint64_t next_moment(const braze_watch_t *watch)
{
    return apr_atomic_inc64(watch->clock) + 1;
}

/* ---- SQLite ---- */

static braze_err_t *number(apr_int64_t *value, braze_db_t *db, store_statement_t id,
                           apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, id, NO_ARGS, pool);

    *value = !err && store_next(&rows) ? store_int(&rows, 0) : -1;
    return err;
}

static braze_err_t *unchanged_here(int *unchanged, braze_db_t *db, apr_uint64_t moment,
                                   apr_pool_t *pool)
{
    apr_int64_t version, changes = 0;
    store_conn_t *conn;
    braze_err_t *err = number(&version, db, ST_DATA_VERSION, pool);

    if (!err) {
        err = number(&changes, db, ST_TOTAL_CHANGES, pool);
    }
    if (err || version < 0 || changes < 0) {
        db->moment = 0;
        return err;
    }
    conn = db->conn;
    if (conn->clock != db->watch->clock || conn->version != version || conn->changes != changes) {
        conn->clock = db->watch->clock;
        conn->version = version;
        conn->changes = changes;
        conn->since = next_moment(db->watch);
    }
    db->moment = apr_atomic_read64(conn->clock);
    *unchanged = moment >= conn->since;
    return NULL;
}

/* ---- PostgreSQL ---- */

/* Two statements at once may be told of in either order: the older snapshot is a change then, of
 * which no more comes than reading again. Called with the mutex held; 0: not to be believed. */
static apr_uint64_t seen(braze_watch_t *watch, store_conn_t *conn, const char *snapshot)
{
    char *name = NULL;
    long backend = snapshot ? strtol(snapshot, &name, 10) : 0;

    if (conn->clock != watch->clock || conn->backend != backend) {
        conn->clock = watch->clock;
        conn->backend = backend;
        conn->since = next_moment(watch);
    }
    if (!name || !*name || strlen(name) >= SNAPSHOT_MAX) {
        return 0;
    }
    if (conn->since > watch->youngest || strcmp(name, watch->snapshot) != 0) {
        if (conn->since > watch->youngest) {
            watch->youngest = conn->since;
        }
        apr_cpystrn(watch->snapshot, name, SNAPSHOT_MAX);
        watch->since = next_moment(watch);
    }
    return watch->since;
}

void store_watch_read(braze_db_t *db, const char *snapshot)
{
    braze_watch_t *watch = db->watch;

    if (watch && db->engine == BRAZE_ENGINE_PGSQL) {
        apr_thread_mutex_lock(watch->mutex);
        /* What its own transaction has written it sees, and the snapshot does not say it. */
        db->moment = !db->in_transaction && seen(watch, db->conn, snapshot)
                         ? apr_atomic_read64(watch->clock)
                         : 0;
        apr_thread_mutex_unlock(watch->mutex);
    }
}

/* Who hears no asks again otherwise, so that where others write all the time asking would be one
 * statement more for everybody. Called with the mutex held. */
static void count(braze_watch_t *watch, int hits)
{
    if (hits) {
        watch->misses = 0;
    } else if (watch->misses < PASSED_MAX) {
        watch->misses = watch->misses * 2 + 1;
    }
    watch->passed = watch->misses;
}

/* Is it hopeless, or one of those that are left out? Called with the mutex held. */
static int passes(braze_watch_t *watch, apr_uint64_t moment)
{
    if (!moment || moment < watch->since) {
        return 1;
    }
    return watch->passed > 0 && watch->passed-- > 0;
}

store_tokens_t *store_watch_tokens(const braze_db_t *db)
{
    return db->watch && db->engine == BRAZE_ENGINE_PGSQL ? db->watch->tokens : NULL;
}

int store_watch_hopes(const braze_db_t *db, apr_uint64_t moment)
{
    int hopes;

    apr_thread_mutex_lock(db->watch->mutex);
    hopes = !passes(db->watch, moment);
    apr_thread_mutex_unlock(db->watch->mutex);
    return hopes;
}

int store_watch_holds(braze_db_t *db, apr_uint64_t moment, const char *snapshot)
{
    braze_watch_t *watch = db->watch;
    apr_uint64_t since;
    int holds;

    apr_thread_mutex_lock(watch->mutex);
    since = seen(watch, db->conn, snapshot);
    holds = since && moment >= since;
    count(watch, holds);
    apr_thread_mutex_unlock(watch->mutex);
    return holds;
}

/* What the answer is for each; called with the mutex held. */
static void judge(braze_watch_t *watch, asker_t *askers, apr_uint64_t since)
{
    asker_t *asker;
    int hits = 0;

    for (asker = askers; asker; asker = asker->next) {
        asker->unchanged = since && asker->moment >= since;
        asker->answered = 1;
        hits += asker->unchanged;
    }
    count(watch, hits);
}

/* Those who wait are asked for; whoever comes after this has to wait for the next answer. */
static void take_all(braze_watch_t *watch, asker_t *own)
{
    apr_thread_mutex_lock(watch->mutex);
    own->next = watch->first;
    watch->first = watch->last = NULL;
    apr_thread_mutex_unlock(watch->mutex);
}

/* Called with the mutex held. */
static void lead(asker_t **place, asker_t *asker)
{
    asker->leads = 1;
    asker->began = apr_time_now();
    asker->next = NULL;
    *place = asker;
}

/* In the place of own, which has asked; called with the mutex held. NULL when nobody waits. */
static asker_t *next_to_ask(braze_watch_t *watch, const asker_t *own)
{
    asker_t *next = watch->first, **place = watch->leading;

    while (*place != own) {
        place++;
    }
    *place = NULL;
    if (next) {
        watch->first = next->next;
        if (!watch->first) {
            watch->last = NULL;
        }
        lead(place, next);
    }
    return next;
}

/* An asker is gone once its thread is awake. */
static void tell(asker_t *next, asker_t *askers)
{
    if (next) {
        sem_post(&next->told);
    }
    while (askers) {
        asker_t *asker = askers;

        askers = asker->next;
        sem_post(&asker->told);
    }
}

/* For itself and all who wait by then: their requests were there before the question is. What goes
 * wrong is its own affair; the others read their rows. */
static braze_err_t *ask(braze_db_t *db, asker_t *own, apr_pool_t *pool)
{
    braze_watch_t *watch = db->watch;
    const char *snapshot = NULL;
    apr_uint64_t since = 0;
    asker_t *next, *others;
    store_rows_t rows;
    braze_err_t *err = store_ready(db, pool);

    /* On a busy machine others are about to come; on an idle one there is nobody to yield to. */
    sched_yield();
    take_all(watch, own);
    if (!err) {
        err = store_select(&rows, db, ST_SNAPSHOT, NO_ARGS, pool);
    }
    if (!err && store_next(&rows)) {
        snapshot = store_text(&rows, 0);
    }
    apr_thread_mutex_lock(watch->mutex);
    if (!err) {
        since = seen(watch, db->conn, snapshot);
    }
    judge(watch, own, since);
    others = own->next;
    next = next_to_ask(watch, own);
    apr_thread_mutex_unlock(watch->mutex);
    tell(next, others);
    return err;
}

/* Out of a list; 0: it is not in it. */
static int take_out(asker_t **list, const asker_t *own)
{
    for (; *list; list = &(*list)->next) {
        if (*list == own) {
            *list = own->next;
            return 1;
        }
    }
    return 0;
}

/* Called with the mutex held. */
static void take_out_of_all(braze_watch_t *watch, const asker_t *own)
{
    int i;

    if (take_out(&watch->first, own)) {
        watch->last = watch->first;
        while (watch->last && watch->last->next) {
            watch->last = watch->last->next;
        }
        return;
    }
    for (i = 0; i < ASKING_MAX; i++) {
        if (watch->leading[i] && take_out(&watch->leading[i]->next, own)) {
            return;
        }
    }
}

/* 0: too late, it is being told. */
static int leave(braze_watch_t *watch, const asker_t *own)
{
    int leaves;

    apr_thread_mutex_lock(watch->mutex);
    leaves = !own->answered && !own->leads;
    if (leaves) {
        take_out_of_all(watch, own);
    }
    apr_thread_mutex_unlock(watch->mutex);
    return leaves;
}

/* 0: nobody has told it anything in time. */
static int wait_for_answer(braze_watch_t *watch, asker_t *own)
{
    struct timespec until;
    int told;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    do {
        told = sem_timedwait(&own->told, &until) == 0;
    } while (!told && errno == EINTR);
    if (!told && !leave(watch, own)) {
        while (sem_wait(&own->told) != 0 && errno == EINTR) {
        }
        told = 1;
    }
    sem_destroy(&own->told);
    return told;
}

/* May an answer be expected soon? Called with the mutex held, while all places are taken. */
static int is_answering(const braze_watch_t *watch)
{
    apr_time_t since = apr_time_now() - apr_time_from_sec(PATIENCE);
    int i, answering = 0;

    for (i = 0; i < ASKING_MAX; i++) {
        answering |= watch->leading[i]->began > since;
    }
    return answering;
}

/* 0: it is not asked. Called with the mutex held. */
static int queue_up(braze_watch_t *watch, asker_t *own)
{
    int i;

    if (passes(watch, own->moment)) {
        return 0;
    }
    for (i = 0; i < ASKING_MAX; i++) {
        if (!watch->leading[i]) {
            lead(&watch->leading[i], own);
            return 1;
        }
    }
    if (!is_answering(watch) || sem_init(&own->told, 0, 0) != 0) {
        return 0;
    }
    if (watch->last) {
        watch->last->next = own;
    } else {
        watch->first = own;
    }
    watch->last = own;
    return 1;
}

/* 0: it is not asked. Otherwise the answer is there, or own leads. */
static int join(braze_watch_t *watch, braze_db_t *db, asker_t *own)
{
    int asks, waits;

    apr_thread_mutex_lock(watch->mutex);
    asks = queue_up(watch, own);
    waits = asks && !own->leads; /* from here on another thread may make it lead */
    apr_thread_mutex_unlock(watch->mutex);
    if (waits) {
        /* Who asks may be waiting for a connection. */
        braze_db_release(db);
        asks = wait_for_answer(watch, own);
    }
    return asks;
}

static braze_err_t *unchanged_there(int *unchanged, braze_db_t *db, apr_uint64_t moment,
                                    apr_pool_t *pool)
{
    asker_t own = {.moment = moment};
    braze_err_t *err = NULL;

    if (moment && join(db->watch, db, &own)) {
        if (own.leads) {
            err = ask(db, &own, pool);
        }
        *unchanged = own.unchanged;
    }
    return err;
}

braze_err_t *braze_db_unchanged(int *unchanged, braze_db_t *db, apr_uint64_t moment,
                                apr_pool_t *pool)
{
    *unchanged = 0;
    if (!db->watch) {
        return NULL;
    }
    return db->engine == BRAZE_ENGINE_SQLITE ? unchanged_here(unchanged, db, moment, pool)
                                             : unchanged_there(unchanged, db, moment, pool);
}
