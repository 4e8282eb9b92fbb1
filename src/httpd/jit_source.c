/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of identity providers: metadata, perhaps a federation's, and certificates. They are read
 * before there are children, which inherit what was read; from then on a thread of each child looks
 * every second whether a file has changed, reads it, and puts the new value in the old one's place.
 * A request takes what is there: it neither looks at the file nor waits for it.
 *
 * The thread is our own rather than mod_watchdog's, which need not be loaded and does not keep
 * signals from its threads: prefork's children end in a signal handler, which must not run in a
 * thread that this very end waits for. event and worker keep signals from all threads themselves,
 * so one way is right for the three. A child that is started later would inherit what the parent
 * has read long ago: so it looks once before it serves.
 */
#include "jit_int.h"
#include "status_int.h"

#include <signal.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

#include "braze_id.h"

#define TAG_BAD "BRAZE-J0401"
#define SOURCE_LOOK apr_time_from_sec(1)
#define SOURCE_MAX_WHY 600

/* One file and what it must be signed by. It is written with sources->loading held, or before
 * there are threads; what requests look at, with the mutex as well. */
typedef struct {
    const char *key, *directive, *file, *key_file;
    char stamp[160];                   /* of both files, as they were last looked at */
    char digest[BRAZE_SHA256_HEX + 1]; /* of both, as they were last read */
    int was_read;                      /* with whatever result; requests look at it */
    char why[SOURCE_MAX_WHY];          /* what is wrong with the latest, or ""; likewise */
    const braze_saml_idps_t *value;    /* in force; NULL = nothing ever was */
    apr_time_t next_end;               /* when the next of value goes out of date; 0 = never */
} source_t;

struct jit_sources_t {
    apr_pool_t *pool;
    server_rec *server;
    apr_hash_t *by_key;          /* → source_t * */
    apr_array_header_t *all;     /* of source_t * */
    httpd_snapshots_t *kept;     /* NULL before there are children */
    apr_thread_mutex_t *mutex;   /* held for moments only: by_key, all, stop, results */
    apr_thread_mutex_t *loading; /* held while a file is parsed: no request waits for it twice */
    apr_thread_cond_t *wake;
    apr_thread_t *thread;
    int stop;
};

braze_err_t *jit_source_err(const char *directive, const char *file, const char *why,
                            apr_pool_t *pool)
{
    braze_err_t *err =
        braze_err_new(HTTP_INTERNAL_SERVER_ERROR, "idp_not_configured", TAG_BAD,
                      "Signing in is not set up here yet. Tell the administrator.", pool);

    return braze_err_log(err, pool, "%s %s: %s", directive, file, why);
}

/* ---- reading ---- */

static apr_time_t next_end(const braze_saml_idps_t *idps, apr_time_t after)
{
    int i, count = braze_saml_idps_count(idps);
    apr_time_t next = 0;

    for (i = 0; i < count; i++) {
        apr_time_t until = braze_saml_idp_valid_until(braze_saml_idps_nth(idps, i));

        if (until > after && (!next || until < next)) {
            next = until;
        }
    }
    return next;
}

static void source_take(source_t *source, jit_sources_t *sources, const braze_saml_idps_t *value,
                        apr_pool_t *pool)
{
    source->value = value;
    source->next_end = next_end(value, 0);
    if (sources->kept) {
        httpd_snapshot_put(sources->kept, source->key, 0, (void *)value, pool);
    }
}

/* NULL = in force. The last good one stays otherwise. */
static const char *source_parse(source_t *source, jit_sources_t *sources, jit_reading_t *reading)
{
    apr_pool_t *pool = sources->kept ? jit_reading_pool() : sources->pool;
    const braze_saml_idps_t *value = NULL;
    braze_err_t *err = jit_reading_parse(&value, reading, pool);
    const char *why;

    if (!err) {
        source_take(source, sources, value, pool);
        return NULL;
    }
    why =
        apr_pstrcat(reading->scratch, err->log ? err->log : err->detail, " (", err->tag, ")", NULL);
    if (sources->kept) {
        apr_pool_destroy(pool);
    }
    return why;
}

/* Every child finds the same: one of them says it. A start says it whatever was said before. */
static int may_say(const jit_sources_t *sources, const char *about, const char *what)
{
    return httpd_status_say(httpd_status(sources->server), about, what) || !sources->kept;
}

static void say_result(const source_t *source, const jit_sources_t *sources)
{
    if (!may_say(sources, source->key, source->digest)) {
        return;
    }
    if (*source->why) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, sources->server, TAG_BAD ": %s %s: %s; %s",
                     source->directive, source->file, source->why,
                     source->value ? "what it said before stays in force"
                                   : "nobody can sign in by it until it is good");
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, sources->server,
                 "BRAZE-J0431: %s %s: in force, identity providers: %d", source->directive,
                 source->file, braze_saml_idps_count(source->value));
}

static void source_note(source_t *source, jit_sources_t *sources, const char *why)
{
    if (sources->mutex) {
        apr_thread_mutex_lock(sources->mutex);
    }
    apr_cpystrn(source->why, why ? why : "", sizeof(source->why));
    source->was_read = 1;
    if (sources->mutex) {
        apr_thread_mutex_unlock(sources->mutex);
    }
}

/* Reads it again if it has changed. Returns 1 when it was parsed. */
static int source_look(source_t *source, jit_sources_t *sources, apr_pool_t *scratch)
{
    jit_reading_t reading = {.directive = source->directive,
                             .file = source->file,
                             .key_file = source->key_file,
                             .server = sources->server,
                             .scratch = scratch};
    const char *stamp = jit_reading_stamp(&reading), *why;

    if (source->was_read && !strcmp(stamp, source->stamp)) {
        return 0;
    }
    apr_cpystrn(source->stamp, stamp, sizeof(source->stamp));
    why = jit_reading_open(&reading);
    if (source->was_read && !strcmp(reading.digest, source->digest)) {
        return 0; /* touched, or read once more to be sure */
    }
    apr_cpystrn(source->digest, reading.digest, sizeof(source->digest));
    if (!why) {
        ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, sources->server, "BRAZE-J0430: %s %s: being read",
                     source->directive, source->file);
        why = source_parse(source, sources, &reading);
    }
    source_note(source, sources, why);
    return 1;
}

/* Metadata that were good when they were read go out of date while they are kept: the judge refuses
 * what such an IdP says (idp_metadata_expired), and the operator is told. */
static void source_tell_ends(source_t *source, const jit_sources_t *sources, apr_pool_t *scratch)
{
    apr_time_t now = apr_time_now();
    int i, count = braze_saml_idps_count(source->value), ended = 0;
    const char *name = NULL;

    for (i = 0; i < count; i++) {
        const braze_saml_idp_t *idp = braze_saml_idps_nth(source->value, i);
        apr_time_t until = braze_saml_idp_valid_until(idp);

        if (until && until <= now) {
            name = name ? name : braze_saml_idp_entity_id(idp);
            ended++;
        }
    }
    source->next_end = next_end(source->value, now);
    if (!may_say(sources, apr_pstrcat(scratch, "end of ", source->key, NULL),
                 apr_psprintf(scratch, "%s %d", source->digest, ended))) {
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, sources->server,
                 "BRAZE-J0402: the metadata of IdP %s has expired (validUntil), of %d in %s: fetch "
                 "it again",
                 name ? name : "(none)", ended, source->file);
}

/* With sources->loading held. */
static int source_tend(source_t *source, jit_sources_t *sources)
{
    apr_pool_t *scratch = jit_reading_pool();
    int parsed = source_look(source, sources, scratch);

    if (parsed) {
        say_result(source, sources);
    }
    if (source->next_end && source->next_end <= apr_time_now()) {
        source_tell_ends(source, sources, scratch);
    }
    apr_pool_destroy(scratch);
    return parsed;
}

/* ---- the table ---- */

jit_sources_t *jit_sources_make(apr_pool_t *pconf, server_rec *first)
{
    jit_sources_t *sources = apr_pcalloc(pconf, sizeof(*sources));

    sources->pool = pconf;
    sources->server = first;
    sources->by_key = apr_hash_make(pconf);
    sources->all = apr_array_make(pconf, 4, sizeof(source_t *));
    return sources;
}

static const char *source_key(const char *directive, const char *file, const char *key_file,
                              apr_pool_t *pool)
{
    return apr_pstrcat(pool, directive, "\n", file, "\n", key_file, NULL);
}

/* The one of that key, made if need be. With the table's mutex held, or before there are threads.
 */
static source_t *source_of(jit_sources_t *sources, const char *directive, const char *file,
                           const char *key_file, const char *key)
{
    source_t *source = apr_hash_get(sources->by_key, key, APR_HASH_KEY_STRING);

    if (!source) {
        source = apr_pcalloc(sources->pool, sizeof(*source));
        source->key = apr_pstrdup(sources->pool, key);
        source->directive = directive;
        source->file = apr_pstrdup(sources->pool, file);
        source->key_file = key_file ? apr_pstrdup(sources->pool, key_file) : NULL;
        apr_hash_set(sources->by_key, source->key, APR_HASH_KEY_STRING, source);
        APR_ARRAY_PUSH(sources->all, source_t *) = source;
    }
    return source;
}

braze_err_t *jit_source_read(jit_sources_t *sources, const char *directive, const char *file,
                             const char *key_file)
{
    const char *key = source_key(directive, file, key_file, sources->pool);
    source_t *source = source_of(sources, directive, file, key_file, key);
    apr_pool_t *scratch = jit_reading_pool();

    (void)source_look(source, sources, scratch);
    apr_pool_destroy(scratch);
    return *source->why ? jit_source_err(directive, file, source->why, sources->pool) : NULL;
}

/* ---- the thread ---- */

static void tend_all(jit_sources_t *sources)
{
    int i, parsed = 0, more = 1;

    for (i = 0; more; i++) {
        source_t *source = NULL;

        apr_thread_mutex_lock(sources->mutex);
        more = !sources->stop && i < sources->all->nelts;
        if (more) {
            source = APR_ARRAY_IDX(sources->all, i, source_t *);
        }
        apr_thread_mutex_unlock(sources->mutex);
        if (source) {
            apr_thread_mutex_lock(sources->loading);
            parsed += source_tend(source, sources);
            apr_thread_mutex_unlock(sources->loading);
        }
    }
#ifdef __GLIBC__
    if (parsed) {
        malloc_trim(0); /* a document as a tree is many times its file, and gone by now */
    }
#endif
}

static void *APR_THREAD_FUNC watch(apr_thread_t *thread, void *data)
{
    jit_sources_t *sources = data;

    (void)thread;
    apr_thread_mutex_lock(sources->mutex);
    while (!sources->stop) {
        apr_thread_cond_timedwait(sources->wake, sources->mutex, SOURCE_LOOK);
        apr_thread_mutex_unlock(sources->mutex);
        tend_all(sources);
        apr_thread_mutex_lock(sources->mutex);
    }
    apr_thread_mutex_unlock(sources->mutex);
    return NULL;
}

/* Before the child's pool and all that hangs on it goes. */
static apr_status_t watch_end(void *data)
{
    jit_sources_t *sources = data;
    apr_status_t rv;

    apr_thread_mutex_lock(sources->mutex);
    sources->stop = 1;
    apr_thread_cond_signal(sources->wake);
    apr_thread_mutex_unlock(sources->mutex);
    apr_thread_join(&rv, sources->thread);
    return APR_SUCCESS;
}

/* A thread has the signal mask of the one that makes it. A fault in it is its own, though. */
static apr_status_t watch_begin(jit_sources_t *sources, apr_pool_t *pchild)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t none, before;
    apr_size_t i;
    apr_status_t rv;

    sigfillset(&none);
    for (i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
        sigdelset(&none, faults[i]);
    }
    pthread_sigmask(SIG_BLOCK, &none, &before);
    rv = apr_thread_create(&sources->thread, NULL, watch, sources, pchild);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rv;
}

/* From here on sources that a request is the first to name come of a pool of the child's. */
static apr_status_t child_prepare(jit_sources_t *sources, apr_pool_t *pchild)
{
    apr_status_t rv;

    apr_pool_create(&sources->pool, pchild);
    sources->by_key = apr_hash_copy(sources->pool, sources->by_key);
    sources->all = apr_array_copy(sources->pool, sources->all);
    sources->kept = httpd_snapshots_make(pchild);
    rv = apr_thread_mutex_create(&sources->mutex, APR_THREAD_MUTEX_DEFAULT, pchild);
    if (rv == APR_SUCCESS) {
        rv = apr_thread_mutex_create(&sources->loading, APR_THREAD_MUTEX_DEFAULT, pchild);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&sources->wake, pchild);
    }
    return sources->kept ? rv : APR_ENOMEM;
}

void jit_sources_child_init(jit_sources_t *sources, apr_pool_t *pchild)
{
    apr_status_t rv;
    int i;

    if (!sources->all->nelts) {
        return;
    }
    rv = child_prepare(sources, pchild);
    for (i = 0; rv == APR_SUCCESS && i < sources->all->nelts; i++) {
        source_t *source = APR_ARRAY_IDX(sources->all, i, source_t *);
        apr_pool_t *pool = jit_reading_pool(); /* the value itself outlives every request */

        if (source->value) {
            httpd_snapshot_put(sources->kept, source->key, 0, (void *)source->value, pool);
        } else {
            apr_pool_destroy(pool);
        }
        (void)source_tend(source, sources);
    }
    if (rv == APR_SUCCESS) {
        rv = watch_begin(sources, pchild);
    }
    if (rv == APR_SUCCESS) {
        apr_pool_pre_cleanup_register(pchild, sources, watch_end);
    } else {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, sources->server,
                     "BRAZE-J0432: files of identity providers cannot be watched in this child: "
                     "what changes is seen after a restart");
    }
}

/* ---- requests ---- */

/* A file that no check before serving has met with this key, since the key is an outer section's:
 * this once somebody waits for it. */
static void source_first(source_t *source, jit_sources_t *sources)
{
    apr_thread_mutex_lock(sources->loading);
    if (!source->was_read) {
        (void)source_tend(source, sources);
    }
    apr_thread_mutex_unlock(sources->loading);
}

/* Why there is nothing; NULL when nobody has looked yet. */
static const char *source_why(source_t *source, jit_sources_t *sources, apr_pool_t *pool)
{
    const char *why;

    apr_thread_mutex_lock(sources->mutex);
    why = source->was_read ? apr_pstrdup(pool, source->why) : NULL;
    apr_thread_mutex_unlock(sources->mutex);
    return why;
}

braze_err_t *jit_source_get(const braze_saml_idps_t **idps, request_rec *r, const char *directive,
                            const char *file, const char *key_file)
{
    jit_sources_t *sources = jit_server(r->server)->sources;
    const char *key = source_key(directive, file, key_file, r->pool);
    const void *value = NULL;
    source_t *source;

    if (httpd_snapshot_hold(&value, sources->kept, key, r->pool)) {
        *idps = value;
        return NULL;
    }
    apr_thread_mutex_lock(sources->mutex);
    source = source_of(sources, directive, file, key_file, key);
    apr_thread_mutex_unlock(sources->mutex);
    if (!source_why(source, sources, r->pool)) {
        source_first(source, sources);
    }
    if (httpd_snapshot_hold(&value, sources->kept, key, r->pool)) {
        *idps = value;
        return NULL;
    }
    return jit_source_err(directive, file, source_why(source, sources, r->pool), r->pool);
}
