/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions of several threads in one: while one thread writes others queue up, and the one
 * whose turn comes does the work of all who wait, and one commit makes it durable for all. SQLite
 * has one writer, so that they would wait anyway; what is saved is beginning, committing and
 * reading again what the other processes have changed. On PostgreSQL it is several of a kind in
 * one statement (lot.c): what is saved is most of what the server takes for a statement and its
 * commit, whatever is in it.
 *
 * What fails takes nobody with it: then everything is rolled back and each runs alone, as if it had
 * never been combined.
 */
#include <errno.h>
#include <semaphore.h>

#include <apr_thread_mutex.h>

#include "store_int.h"

#define TOGETHER_MAX 32 /* transactions in one: others of this server wait as long */
#define TURNS_MAX 4     /* lots that one thread does before it answers its own client */

typedef enum { WAITING, LEADING, DONE, ALONE } job_state_t;

typedef struct job_t job_t;

/* On the stack of the thread that waits for it. */
struct job_t {
    const store_lot_t *lot; /* on PostgreSQL; NULL = the body of a transaction, on SQLite */
    void *item;             /* what a lot is of */
    store_body_fn *body;
    void *baton;
    apr_pool_t *pool;  /* its thread's; used by the leader while that thread waits */
    sem_t told;        /* whose thread, waiting for it, need not queue for a mutex again */
    job_state_t state; /* set before it is told */
    braze_err_t *err;  /* of the body */
    job_t *next;
};

struct braze_combiner_t {
    apr_thread_mutex_t *mutex;
    job_t *first, *last;
    int led; /* a thread is at work, or about to be */
};

braze_combiner_t *braze_combiner_make(apr_pool_t *pool)
{
    braze_combiner_t *combiner = apr_pcalloc(pool, sizeof(*combiner));

    if (apr_thread_mutex_create(&combiner->mutex, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS) {
        return NULL;
    }
    return combiner;
}

void braze_db_combine(braze_db_t *db, braze_combiner_t *combiner)
{
    db->combiner = combiner;
}

static int alike(const job_t *a, const job_t *b)
{
    return a->lot == b->lot &&
           (!a->lot || !a->lot->kind || a->lot->kind(a->item) == b->lot->kind(b->item));
}

/* The first few of those who wait, the leader first, as far as one statement can have them, or a
 * transaction that has room for so many more; called with the mutex held. */
static job_t *take(braze_combiner_t *combiner, int room)
{
    job_t *first = combiner->first, *last = first;
    int count = 1, most = first->lot ? STORE_LOT_MAX : room;

    while (last->next && count < most && alike(last->next, first)) {
        last = last->next;
        count++;
    }
    combiner->first = last->next;
    if (!combiner->first) {
        combiner->last = NULL;
    }
    last->next = NULL;
    return first;
}

/* Those who wait now, as many as there is room for; NULL when there is nobody. */
static job_t *next_jobs(braze_combiner_t *combiner, int room)
{
    job_t *jobs;

    apr_thread_mutex_lock(combiner->mutex);
    jobs = combiner->first ? take(combiner, room) : NULL;
    apr_thread_mutex_unlock(combiner->mutex);
    return jobs;
}

/* What a body refuses itself is its own affair (job->err, *keep = 0); NULL for that too. A fault of
 * the database is everybody's. */
static braze_err_t *run_body(int *keep, braze_db_t *db, job_t *job)
{
    *keep = 1;
    job->err = job->body(keep, db, job->baton, job->pool);
    if (!job->err) {
        return NULL;
    }
    *keep = 0;
    return db->fault == FAULT_NONE || db->fault == FAULT_FOREIGN ? NULL : job->err;
}

static braze_err_t *run_within(braze_db_t *db, job_t *job, apr_pool_t *pool)
{
    int keep = 0;
    braze_err_t *err = store_write(NULL, db, ST_SAVEPOINT, NO_ARGS, pool);

    if (!err) {
        err = run_body(&keep, db, job);
    }
    if (!err && !keep) {
        err = store_write(NULL, db, ST_SAVEPOINT_UNDO, NO_ARGS, pool);
    }
    return err ? err : store_write(NULL, db, ST_SAVEPOINT_END, NO_ARGS, pool);
}

/* *undo: one of them has written something that is not to stay. */
static braze_err_t *run_plain(int *undo, braze_db_t *db, job_t *jobs)
{
    braze_err_t *err = NULL;
    job_t *job;
    int keep;

    *undo = 0;
    for (job = jobs; job && !err && !*undo; job = job->next) {
        db->wrote = 0;
        err = run_body(&keep, db, job);
        *undo = !keep && db->wrote;
    }
    return err;
}

/* Who has come meanwhile goes along: what a commit costs hardly depends on how many it is for. They
 * are at the end of the list then. */
static braze_err_t *run_gathered(int *undo, braze_db_t *db, job_t *jobs)
{
    job_t *more = jobs, *last;
    int room = TOGETHER_MAX;
    braze_err_t *err;

    do {
        err = run_plain(undo, db, more);
        for (last = more, room--; last->next; last = last->next) {
            room--;
        }
        more = err || *undo || room <= 0 ? NULL : next_jobs(db->combiner, room);
        last->next = more;
    } while (more);
    return err;
}

static braze_err_t *run_apart(braze_db_t *db, job_t *jobs, apr_pool_t *pool)
{
    braze_err_t *err = store_write(NULL, db, ST_BEGIN, NO_ARGS, pool);
    job_t *job;

    for (job = jobs; job && !err; job = job->next) {
        err = run_within(db, job, pool);
    }
    return err;
}

/* Again while another program holds the database, as one alone would. */
static braze_err_t *begin(braze_db_t *db, apr_pool_t *pool)
{
    braze_err_t *err;
    int attempt = 0;

    do {
        err = store_write(NULL, db, ST_BEGIN, NO_ARGS, pool);
    } while (err && db->fault == FAULT_TRANSIENT && store_again(db, attempt++, pool));
    return err;
}

/*
 * All of them or, after a fault, none. A savepoint makes SQLite copy each page that is written
 * after it, which is half of what a login writes; so there is none until one of them has to be
 * undone, and then all are run again, each within one.
 */
static braze_err_t *run_all(braze_db_t *db, job_t *jobs, apr_pool_t *pool)
{
    int undo = 0;
    braze_err_t *err = run_gathered(&undo, db, jobs), *ignored;

    if (!err && undo) {
        err = store_write(NULL, db, ST_ROLLBACK, NO_ARGS, pool);
        if (!jobs->next) {
            return NULL; /* whatever the rollback said: nothing of it stays */
        }
        err = err ? err : run_apart(db, jobs, pool);
    }
    if (!err) {
        err = store_write(NULL, db, ST_COMMIT, NO_ARGS, pool);
    }
    if (err) {
        /* It fails only where there is nothing left to roll back. */
        ignored = store_write(NULL, db, ST_ROLLBACK, NO_ARGS, pool);
        (void)ignored;
    }
    return err;
}

/* Even one alone is a lot: while it waited for a row that somebody else changes, all who come would
 * wait for it. */
static job_state_t run_lot(braze_db_t *db, job_t *jobs, apr_pool_t *pool)
{
    void *items[STORE_LOT_MAX];
    int count = 0;
    const job_t *job;

    for (job = jobs; job; job = job->next) {
        items[count++] = job->item;
    }
    return jobs->lot->run(items, count, db, pool) ? ALONE : DONE;
}

/*
 * What becomes of the jobs. Another program that holds the database all the time holds it from each
 * of them: they have waited together, and would only wait again one after the other.
 */
static job_state_t run_jobs(braze_db_t *db, job_t *jobs, apr_pool_t *pool)
{
    braze_err_t *err;
    job_t *job;

    if (jobs->lot) {
        return run_lot(db, jobs, pool);
    }
    db->in_transaction = 1;
    db->fault = FAULT_NONE;
    err = begin(db, pool);
    if (err && db->fault == FAULT_TRANSIENT) {
        for (job = jobs; job; job = job->next) {
            job->err = braze_err_copy(err, job->pool);
        }
        err = NULL;
    } else if (!err) {
        err = run_all(db, jobs, pool);
    }
    db->in_transaction = 0;
    return err ? ALONE : DONE;
}

/* A job is gone once its thread is awake. */
static void tell(job_t *job, job_state_t state)
{
    job->state = state;
    sem_post(&job->told);
}

/* Wakes the others of the list. */
static void let_go(job_t *jobs, job_state_t state, job_t *own)
{
    job_t *job, *next;

    for (job = jobs; job; job = next) {
        next = job->next;
        if (job == own) {
            job->state = state;
        } else {
            tell(job, state);
        }
    }
}

/* Somebody else's turn, if anybody waits. */
static void pass_on(braze_combiner_t *combiner)
{
    job_t *next;

    apr_thread_mutex_lock(combiner->mutex);
    next = combiner->first;
    combiner->led = next != NULL;
    apr_thread_mutex_unlock(combiner->mutex);
    if (next) { /* which nobody takes but who leads */
        tell(next, LEADING);
    }
}

/*
 * Takes turns with the other processes, and does what has come together meanwhile; then what has
 * come while it did that, a few times: what the connection knows of the database stays good as long
 * as no other process writes, and no thread has to wake up first. Its own job is in the first lot.
 */
static void lead(braze_combiner_t *combiner, braze_db_t *db, job_t *own, apr_pool_t *pool)
{
    braze_err_t *err = store_ready(db, pool);
    job_state_t state = DONE;
    job_t *jobs;
    int locked, turn;

    if (!err) {
        err = store_lock(db, pool);
    }
    locked = err == NULL;
    for (turn = 0; turn < TURNS_MAX && state == DONE; turn++) {
        jobs = next_jobs(combiner, TOGETHER_MAX);
        if (!jobs) {
            break;
        }
        state = locked ? run_jobs(db, jobs, pool) : ALONE;
        let_go(jobs, state, own);
    }
    if (locked) {
        store_unlock(db);
    }
    /* To who leads next: to SQLite what another connection has written is a reason to drop all its
     * pages, and read them again. */
    braze_db_release(db);
    pass_on(combiner);
}

/*
 * Queues up; the thread that finds nobody at work leads at once. Who waits holds no connection: the
 * leader may be waiting for one itself, and a pool that is hardly needed stays small, its few
 * connections warm.
 */
static void join(braze_combiner_t *combiner, braze_db_t *db, job_t *job)
{
    int leads;

    apr_thread_mutex_lock(combiner->mutex);
    if (combiner->led && db->handle) {
        apr_thread_mutex_unlock(combiner->mutex);
        braze_db_release(db);
        apr_thread_mutex_lock(combiner->mutex);
    }
    if (combiner->last) {
        combiner->last->next = job;
    } else {
        combiner->first = job;
    }
    combiner->last = job;
    leads = !combiner->led;
    if (leads) {
        combiner->led = 1;
        job->state = LEADING;
    }
    apr_thread_mutex_unlock(combiner->mutex);
    if (!leads) {
        while (sem_wait(&job->told) != 0 && errno == EINTR) {
        }
    }
}

/* 0: it has to be done alone. */
static int together(braze_db_t *db, job_t *job)
{
    if (sem_init(&job->told, 0, 0) != 0) {
        return 0;
    }
    join(db->combiner, db, job);
    if (job->state == LEADING) {
        lead(db->combiner, db, job, job->pool);
    }
    sem_destroy(&job->told);
    return job->state == DONE;
}

int store_transact_together(braze_err_t **err, braze_db_t *db, store_body_fn *body, void *baton,
                            apr_pool_t *pool)
{
    job_t job = {.body = body, .baton = baton, .pool = pool, .state = WAITING};

    if (!db->combiner || db->engine != BRAZE_ENGINE_SQLITE || !together(db, &job)) {
        return 0;
    }
    *err = job.err;
    return 1;
}

int store_lot_together(braze_db_t *db, const store_lot_t *lot, void *item, apr_pool_t *pool)
{
    job_t job = {.lot = lot, .item = item, .pool = pool, .state = WAITING};

    return db->combiner && together(db, &job);
}
