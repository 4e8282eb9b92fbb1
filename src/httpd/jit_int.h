/* SPDX-License-Identifier: Apache-2.0 */
/* Private to mod_braze_jit's glue. */
#ifndef BRAZE_JIT_INT_H
#define BRAZE_JIT_INT_H

#include "httpd_int.h"

#include <ap_socache.h>
#include <apr_global_mutex.h>

#include "braze_jit.h"
#include "braze_page.h"
#include "braze_saml.h"
#include "braze_saml_artifact.h"
#include "braze_saml_logout.h"
#include "braze_saml_metadata.h"
#include "braze_saml_request.h"

#define JIT_AUTH_TYPE "braze-saml"
#define JIT_DEFAULT_PATH "/auth/saml"
#define JIT_DEFAULT_ENTITY_ID "braze_dashboard"
#define JIT_DEFAULT_SKEW 60
#define JIT_DEFAULT_MAX_AGE apr_time_from_sec(8 * 3600)
#define JIT_DEFAULT_IDLE apr_time_from_sec(3600)

extern module AP_MODULE_DECLARE_DATA braze_jit_module;
APLOG_USE_MODULE(braze_jit);

typedef enum {
    JIT_RELAY_UNSET = HTTPD_UNSET,
    JIT_RELAY_PATH,
    JIT_RELAY_API_KEY,
    JIT_RELAY_ANY
} jit_relay_t;
typedef enum {
    JIT_SIGN_IN_UNSET = HTTPD_UNSET,
    JIT_SIGN_IN_PAGE,
    JIT_SIGN_IN_REDIRECT,
    JIT_SIGN_IN_401
} jit_sign_in_t;

/* Our key pairs as a section names them: the first signs, all are published. Read at start-up,
 * while httpd still may read a key that only root may. */
typedef struct {
    const apr_array_header_t *keys, *certs; /* of const char *: absolute file names */
    const apr_array_header_t *pairs;        /* of braze_saml_pair_t *; NULL: they cannot be used */
} jit_own_t;

/* A file of BrazeJitDiagnostics (jit_diagnostics.c). */
typedef struct jit_diagnostics_t jit_diagnostics_t;

/*
 * Per directory. Every field starts UNSET (NULL, HTTPD_UNSET); a default is applied where the field
 * is read, by the functions below, so that a merge is one line a field and an inner section can set
 * a default back.
 */
typedef struct {
    const char *company;
    const char *base_url;
    const char *path;
    const char *entity_id;
    const apr_array_header_t *metadata; /* of const char *: absolute file names */
    const char *metadata_key;           /* absolute file name; "" = none */
    apr_table_t *idp_domains;           /* A-label → entity ID */
    const char *target_url;
    const char *certificate; /* absolute file name */
    const char *idp_entity_id;
    const char *saml_name;
    int provisioning;
    const char *default_workspace;
    const char *default_permission_set;
    const apr_array_header_t *allow_domains; /* of const char *: A-labels */
    braze_attribute_map_t *attributes;       /* a field's names NULL = not set here */
    int update_on_login;
    const apr_array_header_t *map; /* of braze_jit_map_row_t */
    int map_on_login;
    int relay_state; /* jit_relay_t */
    int clock_skew;  /* seconds */
    apr_interval_time_t session_max_age;
    apr_interval_time_t session_idle;
    const char *cookie;
    int sign_in; /* jit_sign_in_t */
    int allow_sha1;
    int headers;
    jit_own_t *own; /* a section that names a key names all of them */
    int force_authn;
    const char *name_id_format;
    const apr_array_header_t *authn_contexts; /* of const char * */
    jit_diagnostics_t *diagnostics;
} jit_conf_t;

typedef struct jit_sources_t jit_sources_t;
typedef struct jit_near_t jit_near_t;
typedef struct jit_places_t jit_places_t;

/* Per server. The cache is the main server's: one in a process. */
typedef struct {
    int used;                      /* a directive of ours stands in this server */
    apr_array_header_t *idp_files; /* of jit_idp_file_t: looked at before serving */
    jit_sources_t *sources;        /* the main server's: one in a process */
    apr_array_header_t *owns;      /* of jit_own_t *: likewise */
    apr_array_header_t *google;    /* of jit_google_t: the main server's */
    const ap_socache_provider_t *cache;
    ap_socache_instance_t *cache_instance;
    const char *cache_name, *cache_args;
    apr_interval_time_t cache_ttl;   /* 0: rows are always asked */
    apr_global_mutex_t *cache_mutex; /* NULL: the provider is safe by itself */
    jit_near_t *near;                /* with the mutex only */
    volatile apr_uint32_t noted_minute,
        noted;                     /* of this process: audit rows of the unproven, jit_refused.c */
    volatile apr_uint32_t waiting; /* of this process: threads that ask for an artifact */
    jit_places_t *kept;            /* made in child_init, as what follows; one in a process */
    struct httpd_status_t *status; /* or NULL */
    httpd_snapshots_t *companies;
    httpd_snapshots_t *idps;
} jit_server_t;

/* A file that a directive names, and in which section. */
typedef struct {
    const char *directive, *file;
    const jit_conf_t *section;
} jit_idp_file_t;

/* A company with a section that signs in with Google. */
typedef struct {
    const char *company, *why;
} jit_google_t;

/* By which one tells whether an entry that was read still counts. */
typedef struct {
    volatile apr_uint32_t *counter; /* of jit_near.c; NULL: nobody can tell */
    apr_uint32_t state;             /* in which it was, before anything was read */
    apr_time_t written;             /* 0: no entry was read */
} jit_mark_t;

/* A live session as the hooks of one request see it. */
typedef struct {
    braze_session_t *session;
    const char *hash;
    const httpd_company_t *company;
    const braze_grants_t *grants;
    const apr_table_t *env; /* what jit_env_set sets, where it has been made before; or NULL */
} jit_visitor_t;

/* What the phases of one request tell one another. */
typedef struct jit_request_t jit_request_t;
struct jit_request_t {
    const request_rec *r;   /* whose this is */
    jit_request_t *before;  /* of the request that was internally redirected to this one, or NULL */
    jit_request_t *outer;   /* of the request that a subrequest belongs to, or NULL */
    int looked;             /* the session was sought */
    int asking;             /* the location's other rules are being asked: we say nothing */
    const char *elsewhere;  /* the URI of which it is known that it is no endpoint */
    jit_visitor_t *visitor; /* NULL = no live session */
    const char
        *endpoint; /* "callback" …, or "" for a post to the protected location; NULL = not ours */
};

/* ---- jit_conf.c */
void *jit_dir_create(apr_pool_t *pool, char *dir);
void *jit_dir_merge(apr_pool_t *pool, void *base, void *add);
void *jit_server_create(apr_pool_t *pool, server_rec *s);
extern const command_rec jit_commands[];
jit_conf_t *jit_conf(request_rec *r);
jit_server_t *jit_server(server_rec *s);
const char *jit_conf_path(const jit_conf_t *conf);
const char *jit_conf_entity_id(const jit_conf_t *conf);
const char *jit_conf_cookie(request_rec *r, const jit_conf_t *conf);
apr_interval_time_t jit_conf_idle(const jit_conf_t *conf);
apr_interval_time_t jit_conf_max_age(const jit_conf_t *conf);

/* ---- jit_idp.c: the identity providers of a location */
/*
 * Reads every file that a directive names. OK, or an HTTP status after a line that names directive
 * and file; at a restart the line is all. check_config.
 */
int jit_idp_check(apr_pool_t *pconf, server_rec *s);
const char *jit_set_idp_domain(cmd_parms *cmd, void *dir, const char *idp, const char *domain);
const char *jit_set_metadata_key(cmd_parms *cmd, void *dir, const char *arg);
/* Valid as long as r->pool. only_company: those of the company's settings, not the location's. */
braze_err_t *jit_idp_list(const braze_saml_idps_t **idps, request_rec *r, const jit_conf_t *conf,
                          const httpd_company_t *company, int only_company) BRAZE_MUST_CHECK;

/* ---- jit_source.c: files of identity providers, read again when they change */

#define JIT_SOURCE_METADATA "BrazeJitIdpMetadata"
#define JIT_SOURCE_CERTIFICATE "BrazeJitCertificate"

/* 500 (idp_not_configured): what is wrong with a file, or with what names it. */
braze_err_t *jit_source_err(const char *directive, const char *file, const char *why,
                            apr_pool_t *pool);
jit_sources_t *jit_sources_make(apr_pool_t *pconf, server_rec *first);
/* Reads the file unless it was read: before there are children, which inherit what was read. An
 * error names directive and file. key_file NULL: no signature is asked for. */
braze_err_t *jit_source_read(jit_sources_t *sources, const char *directive, const char *file,
                             const char *key_file) BRAZE_MUST_CHECK;
/* Begins to watch. child_init. */
void jit_sources_child_init(jit_sources_t *sources, apr_pool_t *pchild);
/* What the file said when it last could be used: braze_saml_idps_t *, valid as long as r->pool. Of
 * a certificate it has one IdP, whose name is still to be given. */
braze_err_t *jit_source_get(const braze_saml_idps_t **idps, request_rec *r, const char *directive,
                            const char *file, const char *key_file) BRAZE_MUST_CHECK;

/* ---- jit_source_read.c: one reading of such a file */

typedef struct {
    const char *directive, *file, *key_file;
    server_rec *server;
    const char *text, *key_text;
    apr_size_t len, key_len;
    const char *digest; /* of both files; of why they could not be read */
    apr_pool_t *scratch;
} jit_reading_t;

/* Memory of its own: what reading took goes back to the system at once. */
apr_pool_t *jit_reading_pool(void);
/* Changes whenever one of the files does. */
const char *jit_reading_stamp(const jit_reading_t *reading);
/* NULL = read; else why not. */
const char *jit_reading_open(jit_reading_t *reading);
braze_err_t *jit_reading_parse(const braze_saml_idps_t **value, jit_reading_t *reading,
                               apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- jit_key.c: our own key pairs */
const char *jit_set_key(cmd_parms *cmd, void *dir, const char *arg);
const char *jit_set_cert(cmd_parms *cmd, void *dir, const char *arg);
/* Reads every pair. OK, or an HTTP status after a line that names directive and file; at a restart
 * the line is all. check_config. */
int jit_key_check(apr_pool_t *pconf, server_rec *s);
/* Those of the location, NULL without any; 500 (key_not_usable) when a restart found them broken.
 */
braze_err_t *jit_key_pairs(const apr_array_header_t **pairs, request_rec *r,
                           const jit_conf_t *conf) BRAZE_MUST_CHECK;

/* The same for reading what was encrypted: NULL also when they are broken, for what came in plain
 * needs none. */
const apr_array_header_t *jit_key_decrypting(const jit_conf_t *conf);

/* ---- jit_map.c: the table of groups */
const char *jit_set_map(cmd_parms *cmd, void *dir, int argc, char *const argv[]);

/* ---- jit_settings.c: SetHandler braze-jit-settings */
int jit_settings_handler(request_rec *r);

/* ---- jit_google.c */
/* Notes which companies have a section that signs in with Google and leaves the switch to the
 * settings page. check_config, as long as there is a tree of the configuration. */
void jit_google_note(apr_pool_t *pconf, server_rec *main_server);
/* Why the settings page may not turn provisioning on, as far as the configuration tells; or NULL.
 */
const char *jit_google_beside(const char *company);
/* 500 (BRAZE-J0301) when a section provisions beside Google sign-in. db NULL: only what the
 * configuration itself says. */
braze_err_t *jit_google_check(braze_db_t *db, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- jit_session.c: cookie → session row */
int jit_create_request(request_rec *r);
jit_request_t *jit_request(request_rec *r);
jit_request_t *jit_request_known(const request_rec *r); /* NULL: nothing has been noted of it */
/* The visitor of this request, NULL without a live session. Looks once a request. */
braze_err_t *jit_visitor_find(jit_visitor_t **visitor, request_rec *r,
                              const jit_conf_t *conf) BRAZE_MUST_CHECK;
const char *jit_cookie_get(request_rec *r, const char *name);
/* The same, where it stands in the header. */
const char *jit_cookie_find(apr_size_t *len, const request_rec *r, const char *name);
/* Max-Age of a session cookie is left out: it goes with the browser, the row bounds it. secret
 * NULL: removes it. */
void jit_cookie_set(request_rec *r, const jit_conf_t *conf, const char *secret,
                    const char *company_id);
/* The SHA-256 of the cookie's secret, and the company it is looked for in; *company is NULL without
 * a usable cookie. */
braze_err_t *jit_cookie_session(const char **hash, const httpd_company_t **company, request_rec *r,
                                const jit_conf_t *conf) BRAZE_MUST_CHECK;

/* Does the text begin with what may be a secret, and nothing else of its characters behind it? */
int jit_cookie_is_secret(const char *text);
/* The location's company (rest, what stands behind the secret, is then empty), else the one that
 * rest names; NULL in *company when there is none. */
braze_err_t *jit_cookie_company(const httpd_company_t **company, request_rec *r,
                                const jit_conf_t *conf, const char *rest,
                                apr_int64_t version) BRAZE_MUST_CHECK;

/* ---- jit_held.c: a visitor whom a connection keeps for its next requests */
/* Who came with the same cookie before, as long as r->pool, if that is still what the cache says;
 * else NULL, which says nothing. value: the cookie's. */
jit_visitor_t *jit_held_get(request_rec *r, const jit_conf_t *conf, const char *value,
                            apr_size_t len);
/* Keeps a visitor who was found in the cache, with mark. */
void jit_held_put(request_rec *r, const jit_conf_t *conf, const char *value, apr_size_t len,
                  const jit_visitor_t *visitor, const jit_mark_t *mark);

/* ---- jit_asked.c: the cookies of sign-in that begins here */

/* An outstanding request of this browser, as a response speaks of it. */
typedef struct {
    const char *id; /* its own ID */
    const httpd_company_t *company;
    const braze_saml_request_t *request; /* the row */
} jit_asked_t;

/* Gives this browser the request's cookie; the oldest goes when there are many. The row's
 * browser_hash is of secret. */
void jit_asked_set(request_rec *r, const jit_conf_t *conf, const char *id, const char *secret,
                   const char *company_id);
/* Notes on its cookie that the request has led to a session. */
void jit_asked_done(request_rec *r, const jit_conf_t *conf, const jit_asked_t *asked);
/* 1 when the browser brings any such cookie. */
int jit_asked_any(request_rec *r, const jit_conf_t *conf);
/* How many sign-ins of this browser have succeeded within the last two minutes. */
int jit_asked_lately(request_rec *r, const jit_conf_t *conf);
/* The request with that ID if its cookie is this browser's; NULL in *asked otherwise. */
braze_err_t *jit_asked_find(jit_asked_t **asked, request_rec *r, const jit_conf_t *conf,
                            braze_db_t *db, const char *id) BRAZE_MUST_CHECK;

/* "This browser has signed in through SAML before, by that IdP": harmless, and kept for long. */
void jit_known_set(request_rec *r, const jit_conf_t *conf, const char *idp, const char *company_id);
/* 0 when it has not. *idp_mark is what jit_known_mark gives for that IdP; *rest is ".company id"
 * where the location names none, else "". */
int jit_known_get(const char **idp_mark, const char **rest, request_rec *r, const jit_conf_t *conf);
const char *jit_known_mark(const char *idp, apr_pool_t *pool);
/* The location's company, else the one that this browser has signed in to before; NULL in *company
 * when there is none. */
braze_err_t *jit_known_company(const httpd_company_t **company, request_rec *r,
                               const jit_conf_t *conf) BRAZE_MUST_CHECK;

/* The request to sign out that this browser is on its way with; id NULL: takes it away. */
void jit_leaving_set(request_rec *r, const jit_conf_t *conf, const char *id);
const char *jit_leaving_get(request_rec *r, const jit_conf_t *conf);

/* ---- jit_choose.c: which of several identity providers */

/* What a request for sign-in says of it. */
typedef struct {
    const char *return_to; /* a local path */
    const char *idp;       /* entity ID, or NULL */
    const char *email;     /* whose domain decides, or NULL */
    const char *sought;    /* what was typed into the search field, or NULL */
    int ask;               /* 1: whatever this browser did last */
} jit_wish_t;

typedef struct {
    request_rec *r;
    const jit_conf_t *conf;
    const jit_wish_t *wish;
    const httpd_company_t *company;
    const braze_saml_idps_t *idps;
} jit_choice_t;

/* *idp: the one to ask; NULL when the person is to say. 404 when the one that was named cannot be
 * asked, or none can. */
braze_err_t *jit_choose(const braze_saml_idp_t **idp, jit_choice_t *choice) BRAZE_MUST_CHECK;
/* What the button for it says; NULL = "SAML SSO". */
const char *jit_choose_label(jit_choice_t *choice, const braze_saml_idp_t *idp);
/* The choice as a page shows it; its search leads to the endpoint. above: one that has a button of
 * its own, or NULL. NULL when there is nothing to choose. */
const braze_page_choice_t *jit_choose_page(jit_choice_t *choice, const char *endpoint,
                                           const braze_saml_idp_t *above);

/* ---- jit_login.c: sign-in that begins here */
int jit_login(request_rec *r, const jit_conf_t *conf, const jit_wish_t *wish);
/* The sign-in page. */
int jit_sign_in(request_rec *r, const jit_conf_t *conf, const jit_wish_t *wish);
/* URL of login with a place to return to. */
const char *jit_login_url(request_rec *r, const jit_conf_t *conf, const char *endpoint,
                          const char *return_to);
/* A message for the identity provider, by way of the browser; of a frame of it, perhaps. */
int jit_answer_message(request_rec *r, const jit_conf_t *conf, const braze_saml_message_t *message,
                       int framed);

/* ---- jit_logout.c: signing out, here and at the identity provider */
int jit_logout(request_rec *r, const jit_conf_t *conf);

/* ---- jit_cache.c: BrazeJitSessionCache */
const char *jit_cache_set(cmd_parms *cmd, void *dummy, const char *provider, const char *ttl);
int jit_cache_pre_config(apr_pool_t *pconf);
int jit_cache_post_config(apr_pool_t *pconf, server_rec *s);
void jit_cache_child_init(apr_pool_t *pchild, server_rec *s);
/* NULL when there is no cache, it is not there, or it is no longer believed. From pool, but for
 * company_id, which it points to. */
braze_session_t *jit_cache_get(jit_mark_t *mark, request_rec *r, const char *company_id,
                               const char *hash, apr_pool_t *pool);
/* Would jit_cache_get give the same now? 0: it is to be asked. */
int jit_cache_counts(const jit_mark_t *mark, const request_rec *r);
/* mark: jit_cache_get's, from before the row was read. Where the session has ended since, the entry
 * does not stay. */
void jit_cache_put(const jit_mark_t *mark, request_rec *r, const char *company_id, const char *hash,
                   const braze_session_t *session);
void jit_cache_remove(request_rec *r, const char *company_id, const char *hash);

/* ---- jit_entry.c: a session as bytes */
#define JIT_ENTRY_MAX 8192 /* a session with more in it is read from its row every time */
/* What an entry is held against. */
typedef struct {
    const char *hash, *company_id;
    apr_time_t now;
    apr_interval_time_t ttl; /* 0: whenever it was written */
} jit_entry_expect_t;
/* 0 when it does not fit. */
apr_size_t jit_entry_write(unsigned char *buf, apr_size_t size, const braze_session_t *session,
                           const char *hash, apr_time_t now);
/* Is what it says of its texts so? To be asked of an entry that another process has kept. */
int jit_entry_is_true(const braze_session_t *session);
/* NULL when it is damaged, or not what is expected. */
braze_session_t *jit_entry_read(apr_time_t *written, const unsigned char *entry, apr_size_t len,
                                const jit_entry_expect_t *expect, apr_pool_t *pool);
/* Would an entry that was written then be believed for so long, and now? */
int jit_entry_is_fresh(apr_time_t written, apr_time_t now, apr_interval_time_t ttl);

/* ---- jit_places.c: a table of entries, shared by the threads of a process */
/* NULL when there is no memory for it. */
jit_places_t *jit_places_make(apr_pool_t *pchild);
/* bytes stay the caller's. Of no length: a key that has no place. */
typedef struct {
    const unsigned char *bytes;
    apr_size_t len;
    apr_uint32_t number; /* made of them */
} jit_place_key_t;
jit_place_key_t jit_place_key(const unsigned char *bytes, apr_size_t len);
/* The length of the key's entry, which is copied; 0 when there is none. */
apr_size_t jit_places_get(apr_uint64_t *stamp, const jit_places_t *places,
                          const jit_place_key_t *key, unsigned char *entry, apr_size_t size);
void jit_places_put(jit_places_t *places, apr_uint64_t stamp, const jit_place_key_t *key,
                    const unsigned char *entry, apr_size_t len);

/* ---- jit_kept.c: sessions that are as their rows are, since nothing was written */
/* *session NULL: it has to be read. One that is found was live when it was read: its times are for
 * the caller to look at. */
braze_err_t *jit_kept_get(braze_session_t **session, request_rec *r, braze_db_t *db,
                          const char *company_id, const char *hash);
/* session: as db has read it last. */
void jit_kept_put(request_rec *r, const braze_db_t *db, const char *company_id, const char *hash,
                  const braze_session_t *session);

/* ---- jit_near.c: a process's own copies of a cache's entries */
/* Before there are processes; then once in each, whose threads share it. */
apr_status_t jit_near_make(jit_near_t **near, apr_pool_t *pconf);
apr_status_t jit_near_child_init(jit_near_t *near, apr_pool_t *pchild);
/* The length of the key's entry, which is copied; 0 when there is none that still counts. *state is
 * for jit_near_put: of the moment before whatever is then read and put there. */
apr_size_t jit_near_get(apr_uint32_t *state, const jit_near_t *near, const jit_place_key_t *key,
                        unsigned char *entry, apr_size_t size);
/* What *state is of: a copy counts for as long as it stands where it stood. */
volatile apr_uint32_t *jit_near_counter(const jit_near_t *near, const jit_place_key_t *key);
void jit_near_put(jit_near_t *near, apr_uint32_t state, const jit_place_key_t *key,
                  const unsigned char *entry, apr_size_t len);
/* Nobody's copy of this key counts any more, in any process. After the entry itself is gone. */
void jit_near_drop(const jit_near_t *near, const jit_place_key_t *key);

/* ---- jit_auth.c: hooks of authentication */
int jit_access_checker_ex(request_rec *r);
int jit_check_authn(request_rec *r);
int jit_type_checker(request_rec *r);
int jit_fixups(request_rec *r);

/* ---- jit_env.c: what the application sees */
/* Removes the headers that only we may set. post_read_request. */
int jit_strip_headers(request_rec *r);
/* The same as jit_env_set sets, for many requests. */
apr_table_t *jit_env_make(const jit_visitor_t *visitor, apr_pool_t *pool);
void jit_env_set(request_rec *r, const jit_conf_t *conf, const jit_visitor_t *visitor);

/* ---- jit_require.c: Require braze-workspace … */
void jit_require_register(apr_pool_t *pool);

/* ---- jit_handler.c: the endpoints */
int jit_handler(request_rec *r);

/* ---- jit_refused.c: audit rows of what was refused before anybody was proven */

/* On the trail of the company, or of the location's when it is NULL, if there is one; so many a
 * minute. event: "Failed Login", "Failed Logout". */
void jit_refused_note(request_rec *r, const jit_conf_t *conf, const httpd_company_t *company,
                      const char *event, const char *actor, const braze_err_t *refusal);

/* ---- jit_acs.c: consuming a response */
/* own_endpoint 0: a post to the protected location, which may be no SAML response at all. */
int jit_acs(request_rec *r, const jit_conf_t *conf, int own_endpoint);
/* An artifact in the query. */
int jit_acs_query(request_rec *r, const jit_conf_t *conf);

/* ---- jit_artifact.c */
/* The Response that an artifact stands for, of the identity provider that made it. */
braze_err_t *jit_artifact_resolve(braze_saml_received_t **received, request_rec *r,
                                  const jit_conf_t *conf, const braze_saml_idps_t *idps,
                                  const char *artifact) BRAZE_MUST_CHECK;

/* ---- jit_fetch.c */
void jit_fetch_child_init(apr_pool_t *pchild);
/* Posts body to url and takes max bytes of answer at most. NULL = it came, with status 200; else
 * why not. *busy: as many wait as may, so that nobody was asked; else 0. */
const char *jit_fetch(const char **text, apr_size_t *len, apr_uint32_t *busy, request_rec *r,
                      const char *url, const char *body, apr_size_t max);

/* ---- jit_logout_soap.c */
/* Asks an identity provider that takes nothing but SOAP to sign the person out. 1 = it says that it
 * has; 0 after a line in the log. expect->idps: those of the location or company. */
int jit_logout_ask(request_rec *r, const braze_logout_make_t *make, braze_logout_expect_t *expect);

/* ---- jit_diagnostics.c: BrazeJitDiagnostics, a record a posted response */
const char *jit_set_diagnostics(cmd_parms *cmd, void *dir, const char *arg);
/* Opens the files, while httpd is still who started it. open_logs. */
int jit_diagnostics_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);
typedef struct jit_trace_t jit_trace_t;
/* NULL when nobody wants a record: all of these take that. */
jit_trace_t *jit_trace_begin(request_rec *r, const jit_conf_t *conf);
/* For braze_saml_judge: a line a step. */
const braze_saml_steps_t *jit_trace_steps(const jit_trace_t *trace);
/* A step of one word that went well; the text is escaped here. */
void jit_trace_note(jit_trace_t *trace, const char *name, const char *fmt, ...) BRAZE_PRINTF(3, 4);
/* A step that is refused when err is not NULL; gives err back. */
braze_err_t *jit_trace_step(jit_trace_t *trace, const char *name, braze_err_t *err);
/* "j***@example.com" */
const char *jit_trace_mask(const char *name, apr_pool_t *pool);
/* Writes the record. */
void jit_trace_end(jit_trace_t *trace, const char *verdict, const char *text);

/* ---- jit_form.c: the fields of a posted form */
typedef struct {
    const char *saml_response;
    apr_size_t saml_response_len;
    const char *saml_request; /* of single logout */
    apr_size_t saml_request_len;
    const char *artifact;    /* SAMLart */
    const char *relay_state; /* NULL = absent */
} jit_form_t;
/* 400 (form_duplicate_field, form_malformed) for a field twice or a bad percent-encoding; absent
 * fields are NULL. */
braze_err_t *jit_form_parse(jit_form_t *form, const char *body, apr_size_t len,
                            apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- jit_answer.c: pages and redirects */
int jit_answer_redirect(request_rec *r, const char *location);
/* Logs err once and answers with its page, or with the ErrorDocument that the administrator has
 * set. */
int jit_answer_refusal(request_rec *r, const jit_conf_t *conf, const char *company_name,
                       const braze_err_t *err);
int jit_answer_page(request_rec *r, int status, const char *html);
/* framed: it may stand in another site's frame. */
int jit_answer_page_with(request_rec *r, int status, const char *html, const char *csp, int framed);
const char *jit_language(request_rec *r);
/* For a 401 of httpd's own: somebody signed in whom Require does not let in. note_auth_failure. */
int jit_note_auth_failure(request_rec *r, const char *auth_type);
/* What somebody without a session gets: sign-in page, sign-in itself, or 401 (always for a call
 * that is not a page's). */
int jit_answer_visitor(request_rec *r, const jit_conf_t *conf);
/* Path and query of this request as the browser sent them. */
const char *jit_own_path(request_rec *r);
/* The same for a link back to it. */
const char *jit_wanted_path(request_rec *r);
/* The path of a page of this host, of its path or its whole URL; NULL when it is elsewhere. */
const char *jit_page_here(request_rec *r, const jit_conf_t *conf, const char *url);
/* Path and query of "BrazeJitPath/name" on this host. */
const char *jit_endpoint_url(request_rec *r, const jit_conf_t *conf, const char *name);

#endif
