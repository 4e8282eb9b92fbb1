/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both modules' glue shares. Each module contains its own copy (only the module record is
 * exported), so state that the two must share (the SQLite write mutex) hangs on a pool of httpd's,
 * never on a variable.
 */
#ifndef BRAZE_HTTPD_INT_H
#define BRAZE_HTTPD_INT_H

#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include "braze_err.h"
#include "braze_log.h"
#include "braze_model.h"
#include "braze_store.h"
#include "braze_watch.h"

#define HTTPD_UNSET (-1)

/* Each module has one: lines that the shared files log are the module's (LogLevel
 * braze_scim:debug). */
int httpd_module_index(void);
#undef APLOG_MODULE_INDEX
#define APLOG_MODULE_INDEX httpd_module_index()

/* ---- dbd.c: connections ---- */

/* Registers the mutex type "braze-dbd", so that the directive Mutex can configure it. pre_config.
 */
apr_status_t httpd_dbd_register(apr_pool_t *pconf);
/* Makes the mutex unless the other module has, or an earlier generation. post_config. */
apr_status_t httpd_dbd_post_config(server_rec *s);
apr_status_t httpd_dbd_child_init(apr_pool_t *pchild, server_rec *s);

/* What a module wants to look at besides, with the same connection; may be NULL. */
typedef braze_err_t *httpd_dbd_look_fn(braze_db_t *db, apr_pool_t *pool);

/*
 * Opens the database of every server that uses the module (uses(s) is true), looks at its schema,
 * and then lets look() look. OK, or an HTTP status after one line in the log that says which
 * command to run. A database that cannot be reached now is a warning: requests answer 503 until it
 * can.
 */
int httpd_dbd_check_schema(apr_pool_t *ptemp, server_rec *s, int (*uses)(server_rec *s),
                           httpd_dbd_look_fn *look);

/* The request's connection: borrowed by the first statement, the same one for every call until
 * httpd_db_release, after which the next statement borrows again; given back at the latest with
 * r->pool. That there is none (503, BRAZE-0151) a statement may be the first to say. */
braze_err_t *httpd_db_open(braze_db_t **db, request_rec *r) BRAZE_MUST_CHECK;
/* Gives it back early: before a body is sent, and before anything slow. */
void httpd_db_release(request_rec *r);

/* Servers that use a module (uses(s) is true), one for each database: of server_rec *. */
apr_array_header_t *httpd_db_servers(server_rec *s, int (*uses)(server_rec *s), apr_pool_t *pool);
/* A connection to the server's database for work that is no request's; closed with pool. */
braze_err_t *httpd_db_open_own(braze_db_t **db, server_rec *s, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- snapshot.c: immutable values shared by a child's threads ---- */

typedef struct httpd_snapshots_t httpd_snapshots_t;

/* Fills *value from pool (the snapshot's own) and says which version it is. */
typedef braze_err_t *httpd_snapshot_load_fn(void **value, apr_int64_t *version, void *baton,
                                            apr_pool_t *pool);

httpd_snapshots_t *httpd_snapshots_make(apr_pool_t *pool);
/* Puts a value in the place of what is kept. pool is the value's own and nobody's child: destroyed
 * with the last request that holds it. */
void httpd_snapshot_put(httpd_snapshots_t *all, const char *key, apr_int64_t version, void *value,
                        apr_pool_t *pool);
/* What is kept, as it is, valid as long as pool. 0 = nothing. */
int httpd_snapshot_hold(const void **value, httpd_snapshots_t *all, const char *key,
                        apr_pool_t *pool);
/* Another number whenever a value was put in the place of another: what is held may have a
 * successor then. */
apr_uint32_t httpd_snapshots_state(httpd_snapshots_t *all);
/*
 * The value kept under key, at least as new as version (any when version is -1), else loaded; it
 * stays valid as long as r->pool. A load happens outside the lock: two threads may load at once,
 * one result is kept. An error leaves what was kept in place.
 */
braze_err_t *httpd_snapshot_get(const void **value, httpd_snapshots_t *all, request_rec *r,
                                const char *key, apr_int64_t version, httpd_snapshot_load_fn *load,
                                void *baton) BRAZE_MUST_CHECK;

/* ---- company.c: the company of a location and its catalogue ---- */

typedef struct httpd_grants_memo_t httpd_grants_memo_t;

/* Immutable while a request holds it (the memo locks itself). */
typedef struct {
    const braze_company_t *company;
    const char *name_shown; /* braze_shown_text */
    const braze_catalog_t *catalog;
    httpd_grants_memo_t *memo;
} httpd_company_t;

#define HTTPD_COMPANY_ANY (-1) /* whatever is at hand: a company's id never changes */
#define HTTPD_COMPANY_NOW (-2) /* its settings and names as they are now: costs a statement */

/*
 * The company with this name, at least as new as version (or one of the above). 500 (BRAZE-0150)
 * naming the directive and the command when there is no such company. May open the request's
 * connection.
 */
braze_err_t *httpd_company_get(const httpd_company_t **company, httpd_snapshots_t *all,
                               request_rec *r, const char *name,
                               apr_int64_t version) BRAZE_MUST_CHECK;

/* The company with this id; NULL in *company when there is none. */
braze_err_t *httpd_company_get_id(const httpd_company_t **company, httpd_snapshots_t *all,
                                  request_rec *r, const char *id,
                                  apr_int64_t version) BRAZE_MUST_CHECK;

/* Holds the company for as long as pool; name: by which it was found, or NULL when by its id. 0: it
 * has a successor already, and is not held. */
int httpd_company_hold(const httpd_company_t *company, httpd_snapshots_t *all, const char *name,
                       apr_pool_t *pool);

/*
 * What stored permissions grant in this company. Most people share a few sets of permissions, so
 * that what was computed for one is kept for the next, as long as the snapshot. The result is valid
 * as long as the company is held.
 */
braze_err_t *httpd_company_grants(const braze_grants_t **grants, const httpd_company_t *company,
                                  const char *permissions, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- body.c ---- */

/*
 * Reads the whole request body, at most max bytes: 413 (BRAZE-0160) when there is more (a stated
 * Content-Length is believed before anything is read), 400 (BRAZE-0161) when it was cut short, 408
 * when it did not come in time.
 */
braze_err_t *httpd_body_read(const char **body, apr_size_t *len, request_rec *r,
                             apr_size_t max) BRAZE_MUST_CHECK;

/* mod_braze_jit leaves the hash of the session's secret under this name in r->notes: the forms
 * of the settings pages, the other module's too, are bound to it. */
#define HTTPD_NOTE_SESSION "braze-session"

/* ---- known.c: what a connection's last secret came to ---- */

/* The digest that httpd_known_put was given with this secret, as the connection's last; else NULL.
 * `of` is the module whose it is, which keeps nothing else of a connection. */
const char *httpd_known_hash(request_rec *r, const module *of, const char *secret);
void httpd_known_put(const request_rec *r, const module *of, const char *secret, const char *hash);
/* A place for what the module likes to keep of a connection whose last secret has come more than
 * once; NULL until it has. NULL is in it at first, and nobody takes out what is put there. */
void **httpd_known_with(const request_rec *r, const module *of);

/* ---- section.c ---- */

/* How much of the URI the innermost section's own name is: "/scim/v2" of <Location "/scim/v2">, or
 * what its regular expression matches at the beginning; never with a slash at its end. 0 = that is
 * not known. */
apr_size_t httpd_section_length(request_rec *r);
/* Which handler answers, before httpd has set r->handler too; or NULL. */
const char *httpd_section_handler(request_rec *r);

/* ---- answer.c ---- */

/*
 * "https://host:port" without a slash: base (configured), or of the request with a host that is one
 * of the virtual host's names (ServerName when the Host header has another).
 */
const char *httpd_base_url(request_rec *r, const char *base);
/* 1 when the client speaks https to us, or to the proxy that base describes. */
int httpd_is_https(request_rec *r, const char *base);
/* The id of this request for pages, log and audit: mod_unique_id's, else 32 hex digits. */
const char *httpd_correlation(request_rec *r);
/* The id of what this request goes on with, if text can be one: before anybody has asked for it. */
void httpd_correlation_take(request_rec *r, const char *text);
void httpd_log_err(request_rec *r, int level, const braze_err_t *err);
/* A braze_log_t that writes to the request's log. */
braze_log_t httpd_log(request_rec *r);
/* Media type of a header without parameters, lower case; NULL when there is no header. */
const char *httpd_media_type(request_rec *r, const char *header);

#endif
