/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: companies, accounts, tokens, sessions, replay records and the audit trail as rows,
 * over apr_dbd. Knows neither httpd nor a protocol. One statement table with a text for each engine
 * (src/store/statements.c).
 *
 * Errors of every function: 503 with retry_after (BRAZE-0110) when the database cannot be reached,
 * when transient conflicts outlast the retries, or a lock is not had; 500 (BRAZE-0111) for any
 * other database fault. Nothing is half done. Every statement that touches a company's rows carries
 * the company's id.
 */
#ifndef BRAZE_STORE_H
#define BRAZE_STORE_H

#include <apr_dbd.h>
#include <apr_pools.h>

#include "braze_err.h"
#include "braze_filter.h"
#include "braze_log.h"
#include "braze_model.h"

#define BRAZE_SCHEMA_VERSION 5
#define BRAZE_TX_RETRIES 12 /* of one transaction, with growing random pauses of 5..200 ms */

typedef enum { BRAZE_ENGINE_SQLITE, BRAZE_ENGINE_PGSQL, BRAZE_ENGINE_MYSQL } braze_engine_t;

/* What is worth counting. */
typedef enum {
    BRAZE_DB_RETRY_TRANSIENT, /* run again: after a conflict of two at once */
    BRAZE_DB_RETRY_STALE,     /* with statements prepared anew */
    BRAZE_DB_RETRY_LOST,      /* on a connection made anew */
    BRAZE_DB_FAULT_TRANSIENT, /* statements that failed; each kind as store_fault_t has it */
    BRAZE_DB_FAULT_STALE,
    BRAZE_DB_FAULT_LOST,
    BRAZE_DB_FAULT_LOCKED,
    BRAZE_DB_FAULT_FOREIGN,
    BRAZE_DB_FAULT_OTHER,
    BRAZE_DB_SESSIONS_ENDED /* because their user was switched off or removed */
} braze_db_note_t;

/* What a caller lends: a lock around write transactions (SQLite has one writer; NULL = none), a
 * log, and somebody who counts (NULL = nobody). */
typedef struct {
    apr_status_t (*lock)(void *baton);
    apr_status_t (*unlock)(void *baton);
    void *lock_baton;
    braze_log_t log;
    void (*note)(void *baton, braze_db_note_t note, int count);
    void *note_baton;
} braze_db_env_t;

/* One connection, used by one thread at a time. */
typedef struct braze_db_t braze_db_t;

/* ---- connections ---- */

/*
 * Takes an open apr_dbd connection (mod_dbd's). conn_pool lives exactly as long as the connection:
 * on first use the connection is set up there (pragmas, error verbosity) and statements prepared
 * there when first needed; the next attach of the same connection finds them. env must outlive db.
 * A PostgreSQL connection that lost its statements (server restart) is repaired.
 */
braze_err_t *braze_db_attach(braze_db_t **db, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                             apr_pool_t *conn_pool, const braze_db_env_t *env,
                             apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Opens a connection of its own (tools, tests, start-up check); closed with pool. driver and params
 * are DBDriver's and DBDParams' words. create: make a missing SQLite file (otherwise that is an
 * error that says to migrate). */
braze_err_t *braze_db_open(braze_db_t **db, const char *driver, const char *params, int create,
                           const braze_db_env_t *env, apr_pool_t *pool) BRAZE_MUST_CHECK;

braze_engine_t braze_db_engine(const braze_db_t *db);

/* Where connections come from and go back to (mod_dbd's pool). give_back gets no error: what is
 * wrong with a connection shows at its next use. */
typedef struct {
    braze_err_t *(*borrow)(const apr_dbd_driver_t **driver, apr_dbd_t **handle,
                           apr_pool_t **conn_pool, void *baton);
    void (*give_back)(void *baton);
    void *baton;
} braze_db_source_t;

/*
 * As braze_db_attach, with a connection that is borrowed when a statement first needs one, so that
 * nobody holds one who only might. Where threads share transactions a thread that waits for another
 * to write gives its own back meanwhile. The source, of this engine always, must outlive db.
 */
braze_db_t *braze_db_on_demand(braze_engine_t engine, const braze_db_source_t *source,
                               const braze_db_env_t *env, apr_pool_t *pool);
/* Gives it back until the next statement; without effect on a db of braze_db_attach. */
void braze_db_release(braze_db_t *db);

/* The engine of an apr_dbd driver, by its name; 500 (BRAZE-0104) for one that we do not support. */
braze_err_t *braze_db_engine_named(braze_engine_t *engine, const char *name,
                                   apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * Lets the threads of a process that write to the same database at once share transactions: one
 * commit for all who wait (combine.c), on PostgreSQL of logins only. One a database and process,
 * made before there are threads, or in the child; NULL when it cannot be made, and without one each
 * writes alone.
 */
typedef struct braze_combiner_t braze_combiner_t;
braze_combiner_t *braze_combiner_make(apr_pool_t *pool);
void braze_db_combine(braze_db_t *db, braze_combiner_t *combiner);

/* ---- schema ---- */

/* The DDL of the current version for an engine, as text for "braze-admin schema". */
const char *braze_store_schema(braze_engine_t engine, apr_pool_t *pool);
/* Creates or upgrades, a transaction a step; from and to are versions (0: there was none). */
braze_err_t *braze_store_migrate(int *from, int *to, braze_db_t *db,
                                 apr_pool_t *pool) BRAZE_MUST_CHECK;
/* 500 (BRAZE-0101 no schema, BRAZE-0102 another version) with the command to run. */
braze_err_t *braze_store_check(braze_db_t *db, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* 500 (BRAZE-0105) unless all tables and columns that any statement needs are there. */
braze_err_t *braze_store_check_whole(braze_db_t *db, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- companies and what they contain ---- */

/* NULL in *company when there is none. */
braze_err_t *braze_store_company_find(braze_company_t **company, braze_db_t *db, const char *name,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;
braze_err_t *braze_store_company_get(braze_company_t **company, braze_db_t *db, const char *id,
                                     apr_pool_t *pool) BRAZE_MUST_CHECK;
/* of braze_company_t *, by name */
braze_err_t *braze_store_company_list(apr_array_header_t **companies, braze_db_t *db,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Sets company->id when NULL, and version. 409 uniqueness when the name (by key) is taken. */
braze_err_t *braze_store_company_add(braze_db_t *db, braze_company_t *company,
                                     apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Writes every setting if the row's version is still company->version (else 409 BRAZE-0113);
 * company->version grows. */
braze_err_t *braze_store_company_update(braze_db_t *db, braze_company_t *company,
                                        apr_pool_t *pool) BRAZE_MUST_CHECK;

braze_err_t *braze_store_catalog_load(braze_catalog_t **catalog, braze_db_t *db,
                                      const char *company_id, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Sets item->id when NULL. 409 uniqueness when the name is taken among its kind (teams: in its
 * workspace). */
braze_err_t *braze_store_item_add(braze_db_t *db, const char *company_id, braze_item_t *item,
                                  apr_pool_t *pool) BRAZE_MUST_CHECK;
/* New name and permissions of an item. 404 when it is not there. */
braze_err_t *braze_store_item_update(braze_db_t *db, const char *company_id,
                                     const braze_item_t *item, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* 404 when it is not there; 409 (BRAZE-0114) while a user, a default or a token uses it. */
braze_err_t *braze_store_item_delete(braze_db_t *db, const char *company_id, braze_item_kind_t kind,
                                     const char *id, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Domains: has the company a confirmed, non-impersonation user with it, or is it excepted? domain
 * from braze_key_domain. */
braze_err_t *braze_store_domain_known(int *known, braze_db_t *db, const char *company_id,
                                      const char *domain, apr_pool_t *pool) BRAZE_MUST_CHECK;
braze_err_t *braze_store_domain_allow(braze_db_t *db, const char *company_id, const char *domain,
                                      int allow, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* of const char * : excepted domains / domains with a confirmed user */
braze_err_t *braze_store_domain_list(apr_array_header_t **excepted, apr_array_header_t **confirmed,
                                     braze_db_t *db, const char *company_id,
                                     apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- users ---- */

/* NULL in *user when the company has no such user. */
braze_err_t *braze_store_user_get(braze_user_t **user, braze_db_t *db, const char *company_id,
                                  const char *id, apr_pool_t *pool) BRAZE_MUST_CHECK;
braze_err_t *braze_store_user_by_name(braze_user_t **user, braze_db_t *db, const char *company_id,
                                      const char *user_name_key, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Users with this key as userName or as e-mail (at most two, the userName's first): a login by
 * e-mail finds its person. */
braze_err_t *braze_store_user_by_email(apr_array_header_t **users, braze_db_t *db,
                                       const char *company_id, const char *email_key,
                                       apr_pool_t *pool) BRAZE_MUST_CHECK;
/* By id from start (0-based), count rows; total of the company. of braze_user_t * */
braze_err_t *braze_store_user_list(apr_array_header_t **users, apr_int64_t *total, braze_db_t *db,
                                   const char *company_id, apr_int64_t start, int count,
                                   apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * Adds a user whose columns are derived. Sets id (when NULL), created_at, modified_at, version.
 * event (NULL = none) goes into the same transaction. 409 uniqueness when userName is taken in the
 * company; 400 invalidValue (BRAZE-0117) when permissions name what is not there.
 */
braze_err_t *braze_store_user_add(braze_db_t *db, braze_user_t *user, apr_time_t now,
                                  const braze_event_t *event, apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * Writes every changeable column if the row's version is still user->version; sets modified_at and
 * version. *done is 0 (nothing written) when the version has moved on: read again, apply again.
 * Deactivation ends the user's sessions in the same transaction. 404 when gone; 409 uniqueness; 409
 * (BRAZE-0115, code "last_administrator") when the company would be left without an active
 * administrator it had; events (0..n) go into the same transaction.
 */
braze_err_t *braze_store_user_update(int *done, braze_db_t *db, braze_user_t *user, apr_time_t now,
                                     const apr_array_header_t *events /* of braze_event_t * */,
                                     apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Deletes with sessions and memberships. expect_version 0 = any; otherwise *done is 0 when it has
 * moved on. 404; 409 last_administrator. last_user_too: also 409 (code "last_user") for the only
 * user of the company. */
braze_err_t *braze_store_user_delete(int *done, braze_db_t *db, const char *company_id,
                                     const char *id, apr_int64_t expect_version, int last_user_too,
                                     const braze_event_t *event, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- groups and their members ---- */

/* NULL in *group when the company has no such group. Reads no member. */
braze_err_t *braze_store_group_get(braze_group_t **group, braze_db_t *db, const char *company_id,
                                   const char *id, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The direct members, users by id first, then groups by id. of braze_member_t * */
braze_err_t *braze_store_group_members(apr_array_header_t **members, braze_db_t *db,
                                       const char *company_id, const char *group_id,
                                       apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Every group that these users are in, nested ones followed (a circle too), by user, then direct
 * ones first, then group id. user_ids: of const char *. of braze_membership_t * */
braze_err_t *braze_store_user_groups(apr_array_header_t **memberships, braze_db_t *db,
                                     const char *company_id, const apr_array_header_t *user_ids,
                                     apr_pool_t *pool) BRAZE_MUST_CHECK;

/* One step of a change of members; steps are taken in order. ids: of const char *, of users or
 * groups of the company. Adding who is there and removing who is not changes nothing. */
typedef enum {
    BRAZE_MEMBERS_ADD,    /* 400 invalidValue (BRAZE-0120) that names an id which is nobody */
    BRAZE_MEMBERS_REMOVE, /* of those ids */
    BRAZE_MEMBERS_SET     /* exactly those ids; what stays is not touched. As ADD */
} braze_member_op_t;

typedef struct {
    braze_member_op_t op;
    const apr_array_header_t *ids;
    const char *must; /* REMOVE: what the 400 noTarget is about when none of them is a member; NULL
                         = then nothing is to be done */
    int *missed;      /* REMOVE: becomes 1 when none of them is a member, else 0; may be NULL */
} braze_member_step_t;

/* Sets group->id when NULL, times and version; members: of const char *, may be NULL. One
 * transaction with event (NULL = none). A displayName need not be unique (RFC 7643). 400 as ADD. */
braze_err_t *braze_store_group_add(braze_db_t *db, braze_group_t *group,
                                   const apr_array_header_t *members, apr_time_t now,
                                   const braze_event_t *event, apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * Changes a group in one transaction that holds its row, at the cost of the change. group: the
 * columns to write, or only id and company_id with write_columns 0. expect_version 0 = any;
 * otherwise *done is 0 (nothing written) when it has moved on. steps: of braze_member_step_t, may
 * be NULL. group->version, modified_at: as they are afterwards; both stay when nothing changed, and
 * then event is not written either. 404 when gone.
 */
typedef struct {
    braze_group_t *group;
    int write_columns;
    apr_int64_t expect_version;
    const apr_array_header_t *steps;
    const braze_event_t *event;
    apr_time_t now;
} braze_group_change_t;

braze_err_t *braze_store_group_change(int *done, braze_db_t *db, braze_group_change_t *change,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;
/* With its memberships in both directions. expect_version as above. 404. */
braze_err_t *braze_store_group_delete(int *done, braze_db_t *db, const char *company_id,
                                      const char *id, apr_int64_t expect_version,
                                      const braze_event_t *event,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- searching (src/store/search.c, filter_sql.c) ---- */

/*
 * SQL decides, with bound values: id, externalId, meta.created, meta.lastModified of both types;
 * of a User userName, displayName, active, name.givenName, name.familyName, emails(.value),
 * groups(.value); of a Group displayName, members(.value). What it cannot decide it lets pass:
 * the rows are then a superset, and the caller looks at each (braze_filter_match).
 */
typedef struct {
    const braze_filter_t *filter;  /* NULL = all */
    const braze_attr_path_t *sort; /* one that SQL sorts by, or NULL = id */
    int descending;
    apr_int64_t offset;    /* rows to skip in that order; not with after_id */
    const char *after_key; /* begin behind this row of the order: the sort value as search gives it
                              in keys; NULL with sort NULL. Keys come of this server: not checked */
    const char *after_id;  /* NULL = at the beginning */
    int limit;             /* rows; 0 = none, for the total alone */
    int with_total;
} braze_search_t;

typedef struct {
    apr_array_header_t *rows; /* of braze_user_t * or braze_group_t * */
    apr_array_header_t *keys; /* of const char *: what each row was sorted by, as text; "" = absent,
                                 which a key never is otherwise */
    apr_int64_t total;        /* with with_total: rows that satisfy the SQL; else -1 */
    int exact; /* 0: rows and total are those of a superset. Other than braze_store_filter_exact
                  says when the connection has prepared as many filters as it may: SQL then leaves
                  the filter out */
} braze_found_t;

/* 1 when SQL decides this filter alone (NULL: yes); is_group tells the resource type. */
int braze_store_filter_exact(const braze_filter_t *filter, int is_group);
/* 1 when SQL sorts by this attribute: userName, displayName, name.givenName, name.familyName, id,
 * externalId, active, meta.created, meta.lastModified. Absent values come last ascending, first
 * descending (RFC 7644 section 3.4.2.3); ties by id, in the same direction. */
int braze_store_sort_known(const braze_attr_path_t *path, int is_group);

/* A search without a filter counts nobody: its total is kept by the database. */
braze_err_t *braze_store_user_search(braze_found_t *found, braze_db_t *db, const char *company_id,
                                     const braze_search_t *search,
                                     apr_pool_t *pool) BRAZE_MUST_CHECK;
braze_err_t *braze_store_group_search(braze_found_t *found, braze_db_t *db, const char *company_id,
                                      const braze_search_t *search,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- signing in ---- */

typedef enum {
    BRAZE_SIGNED_IN,        /* session, event and replay record are written; *user is who */
    BRAZE_CREATED,          /* the same, and new_user was inserted */
    BRAZE_REPLAYED,         /* the assertion was seen before; nothing written */
    BRAZE_NO_USER,          /* nobody with this e-mail, and no new_user; nothing written */
    BRAZE_USER_INACTIVE,    /* nothing written */
    BRAZE_USER_AMBIGUOUS,   /* the e-mail belongs to several users and is nobody's userName; nothing
                              written */
    BRAZE_REQUEST_GONE,     /* the request was answered before, or is no longer outstanding; nothing
                               written */
    BRAZE_LINKED_ELSEWHERE, /* the account with this e-mail is linked to another identity provider,
                               or to another NameID of this one; nothing written */
    BRAZE_EMAIL_TAKEN,      /* the NameID's account was to get this e-mail, which is another
                               account's; nothing written */
    BRAZE_MAP_OUTDATED      /* wanted would change something and is not fresh; nothing written */
} braze_sign_in_outcome_t;

/*
 * Who somebody is for an identity provider. A persistent NameID is never given to anybody else
 * (saml-core 8.3.7), so it finds its account by itself; any other says nothing that lasts, and
 * links an account, which its e-mail has found, to the identity provider alone.
 */
typedef struct {
    const char *idp;      /* entity ID */
    const char *link_key; /* BRAZE_SHA256_HEX characters: of the NameID, or of idp alone */
    const char *name_id_format, *name_id; /* name_id NULL = idp alone */
    const char *name_qualifier, *sp_name_qualifier;
} braze_link_t;

/* The link that a NameID makes. name: its fields, link_key unset. own_entity_id: a qualifier that
 * says what goes without saying counts as absent (saml-core 8.3.7); may be NULL. */
braze_link_t *braze_store_link_make(const braze_link_t *name, const char *own_entity_id,
                                    apr_pool_t *pool);

/* A group that a table of groups puts people into, and the line that says so, for messages. */
typedef struct {
    const char *name, *key; /* key: braze_key_fold of it; each stands once */
    const char *where;
} braze_wanted_group_t;

/* What a table of groups gives to a person. */
typedef struct {
    const char *want_hash;            /* of all of it: the same again is nothing to do */
    const apr_array_header_t *atoms;  /* of const char *: see braze_grants_regrant */
    const apr_array_header_t *groups; /* of braze_wanted_group_t */
    const apr_array_header_t *given;  /* atoms that a new user has for no other reason */
    int fresh; /* atoms were made with the company as it is now: something may be written */
} braze_wanted_t;

/* A request to an identity provider, from its making until some minutes later. */
typedef struct {
    const char *company_id;
    const char *request_hash; /* SHA-256 of its ID */
    const char *browser_hash; /* SHA-256 of the secret in that browser's cookie */
    const char *idp;          /* entity ID of whom was asked */
    const char *return_to;    /* local path to go to afterwards */
    apr_time_t created_at, expires_at;
    int used; /* somebody has signed in by it */
} braze_saml_request_t;

braze_err_t *braze_store_saml_request_add(braze_db_t *db, const braze_saml_request_t *request,
                                          apr_pool_t *pool) BRAZE_MUST_CHECK;
/* NULL in *request when there is none (any more) in this company; one that has expired or was used
 * is found as long as its row is there. */
braze_err_t *braze_store_saml_request_find(braze_saml_request_t **request, braze_db_t *db,
                                           const char *company_id, const char *request_hash,
                                           apr_pool_t *pool) BRAZE_MUST_CHECK;

typedef struct {
    const char *company_id;
    const char *email_key;     /* braze_key_fold of the proven e-mail */
    const char *replay_key;    /* braze_timed_hash of issuer and assertion ID at IssueInstant */
    const char *replay_digest; /* its key in records of schema version 3; NULL = none there */
    apr_time_t replay_until;   /* when the record may be forgotten */
    const char *session_hash;  /* braze_timed_secret_hash of the session's secret */
    const braze_session_t *session; /* times and assertion's names; user_id is set by the store */
    const braze_event_t
        *event; /* template: ip, actor, correlation; name and user are set by the store */
    braze_user_t *new_user; /* NULL = do not create; columns derived, id set by the store */
    const char *given_name, *family_name; /* for BrazeJitUpdateOnLogin: applied to a user whose
                                             source is not "scim"; NULL = leave */
    const char *email;            /* likewise, when the user was found by NameID; NULL = leave */
    const braze_link_t *link;     /* NULL: nothing is linked, and no link is looked at */
    const braze_wanted_t *wanted; /* for a user whose source is not "scim"; NULL = leave. A new
                                     user's permissions have its atoms already */
    int map_on_login;             /* 0: wanted is for new users only */
    apr_time_t now;
    const braze_saml_request_t *request; /* what was answered: used in the same transaction, if it
                                            is this browser's and still outstanding; NULL = none */
} braze_sign_in_t;

/*
 * One transaction: replay record, account, session, audit rows ("Added Account" when created,
 * "Signed In"). An unconfirmed user is confirmed, last_sign_in_at set. Two at once for one new
 * person make one account and two sessions. As few round trips as the engine allows.
 */
braze_err_t *braze_store_sign_in(braze_sign_in_outcome_t *outcome, braze_user_t **user,
                                 braze_db_t *db, const braze_sign_in_t *in,
                                 apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- links to identity providers (src/store/identity.c) ---- */

typedef struct {
    const char *user_id, *user_name;
    braze_link_t link;
    apr_time_t created_at, last_used_at; /* the latter to a day; 0 = never */
} braze_identity_t;

/* Whose links; NULL = any. */
typedef struct {
    const char *company_id, *user_id, *idp;
} braze_identity_query_t;

/* By userName. of braze_identity_t * */
braze_err_t *braze_store_identity_list(apr_array_header_t **identities, braze_db_t *db,
                                       const braze_identity_query_t *query,
                                       apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Links a user. *added is 0 when the link was there, or the NameID is another account's. */
braze_err_t *braze_store_identity_add(int *added, braze_db_t *db, const char *company_id,
                                      const char *user_id, const braze_link_t *link, apr_time_t now,
                                      const braze_event_t *event,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Takes links away, in one transaction with the event, whose detail is set here; the event is
 * written only when any was there. Sessions stay. */
braze_err_t *braze_store_identity_remove(int *removed, braze_db_t *db,
                                         const braze_identity_query_t *query,
                                         const braze_event_t *event,
                                         apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- sessions ---- */

/* The live session of an active user of this company in ONE statement (and one more for who is in a
 * nested group): not expired, seen within idle (0 = no idle limit). NULL in *session otherwise. It
 * has what a page needs, of the user too: not the names that the identity provider gave. */
braze_err_t *braze_store_session_find(braze_session_t **session, braze_db_t *db,
                                      const char *company_id, const char *session_hash,
                                      apr_time_t now, apr_interval_time_t idle,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Fills in what the identity provider called it: idp to assertion_key. */
braze_err_t *braze_store_session_named(braze_session_t *session, braze_db_t *db,
                                       const char *session_hash, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Moves last_seen_at forward (callers do so at most once in idle/20). *noted is 0 when there is no
 * such session any more, or it has been seen since. */
braze_err_t *braze_store_session_touch(int *noted, braze_db_t *db, const char *company_id,
                                       const char *session_hash, apr_time_t now,
                                       apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Ends one session; event NULL = none. *ended is 0 when there was none. */
braze_err_t *braze_store_session_end(int *ended, braze_db_t *db, const char *company_id,
                                     const char *session_hash, const braze_event_t *event,
                                     apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Whose sessions an identity provider ends. */
typedef struct {
    const char *company_id;
    const char *idp;     /* entity ID */
    const char *name_id; /* to the byte, as it gave it */
    const char *name_qualifier,
        *sp_name_qualifier;                    /* likewise; NULL, here or in the session: any */
    const apr_array_header_t *session_indexes; /* of const char *; empty: all of that name. One that
                                                  was begun without an index is ended by any. */
    const char *replay_key;  /* BRAZE_SHA256_HEX characters of the message that asks; NULL = none */
    apr_time_t replay_until; /* when its record may be forgotten */
} braze_session_name_t;

/* Ends them all, in one transaction with the message's replay record and the event (its user_id is
 * set here; written once, and only when any was ended). Of const char *: the hashes of those that
 * were ended; NULL = the message was obeyed before, and nothing has been written. */
braze_err_t *braze_store_session_end_named(apr_array_header_t **hashes, braze_db_t *db,
                                           const braze_session_name_t *name,
                                           const braze_event_t *event,
                                           apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Is there a live session of this browser that came of that very assertion? (a response posted
 * twice) One of schema version 3 lies under the digest alone, and is found by what the key has of
 * it. */
braze_err_t *braze_store_session_came_of(int *did, braze_db_t *db, const char *company_id,
                                         const char *session_hash, const char *replay_key,
                                         apr_time_t now, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- tokens, API keys, rate, audit, housekeeping ---- */

/* Makes a token; *secret is shown once and not kept. token->id is set. */
braze_err_t *braze_store_token_add(const char **secret, braze_db_t *db, braze_token_t *token,
                                   apr_time_t now, apr_pool_t *pool) BRAZE_MUST_CHECK;
/*
 * The unexpired token with this SHA-256 in this company, NULL if none; and, in the same round trip,
 * the user of the company with this id or this key of a userName (both NULL, or nobody: *user is
 * NULL), so that reading one resource costs one statement.
 */
typedef struct {
    const char *company_id, *token_hash;
    const char *user_id, *user_name_key; /* at most one */
    apr_time_t now;
} braze_token_query_t;

braze_err_t *braze_store_token_find(braze_token_t **token, braze_user_t **user, braze_db_t *db,
                                    const braze_token_query_t *query,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Notes a use; callers do so at most once a minute a token. */
braze_err_t *braze_store_token_touch(braze_db_t *db, const char *company_id, const char *id,
                                     apr_time_t now, const char *ip,
                                     apr_pool_t *pool) BRAZE_MUST_CHECK;
braze_err_t *braze_store_token_list(apr_array_header_t **tokens /* of braze_token_t * */,
                                    braze_db_t *db, const char *company_id,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;
/* 404 when it is not there. */
braze_err_t *braze_store_token_delete(braze_db_t *db, const char *company_id, const char *id,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;

braze_err_t *braze_store_api_key_add(const char **secret, braze_db_t *db, braze_api_key_t *key,
                                     apr_time_t now, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* By SHA-256 of the key, in any company: the key selects it. NULL when there is none. */
braze_err_t *braze_store_api_key_find(braze_api_key_t **key, braze_db_t *db, const char *key_hash,
                                      apr_pool_t *pool) BRAZE_MUST_CHECK;
braze_err_t *braze_store_api_key_list(apr_array_header_t **keys, braze_db_t *db,
                                      const char *company_id, apr_pool_t *pool) BRAZE_MUST_CHECK;
braze_err_t *braze_store_api_key_delete(braze_db_t *db, const char *company_id, const char *id,
                                        apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Counts one request of the company in the fixed window [window, window + period): *used is the
 * count with this one. */
braze_err_t *braze_store_rate_hit(apr_int64_t *used, braze_db_t *db, const char *company_id,
                                  apr_time_t window, apr_pool_t *pool) BRAZE_MUST_CHECK;

braze_err_t *braze_store_event_add(braze_db_t *db, const braze_event_t *event,
                                   apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The newest count events, newest first. of braze_event_t * */
braze_err_t *braze_store_event_list(apr_array_header_t **events, braze_db_t *db,
                                    const char *company_id, int count,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- sweeping: what has expired is cleared away (sweep.c) ---- */

typedef enum {
    BRAZE_SWEPT_SESSIONS,
    BRAZE_SWEPT_REPLAYS,
    BRAZE_SWEPT_RATES,
    BRAZE_SWEPT_SAML_REQUESTS,
    BRAZE_SWEPT_EVENTS,
    BRAZE_SWEPT_TABLES
} braze_swept_table_t;

typedef struct {
    apr_time_t now;
    int batch;                       /* rows of a table in one transaction */
    apr_interval_time_t keep_events; /* older audit rows go too; 0 = none does */
} braze_sweep_t;

typedef struct {
    apr_int64_t rows[BRAZE_SWEPT_TABLES];
    int more; /* some table may have further ones */
} braze_swept_t;

/* One batch of each table, each in a transaction of its own; adds to swept->rows. Nothing that is
 * still of use to anybody, whatever clock and skew they go by. */
braze_err_t *braze_store_sweep(braze_swept_t *swept, braze_db_t *db, const braze_sweep_t *sweep,
                               apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Work that one node at a time does, and who this node is. */
typedef struct {
    const char *name, *node;
} braze_task_t;

/* *taken is 1 when the turn at it is this node's, until then. */
braze_err_t *braze_store_task_take(int *taken, braze_db_t *db, const braze_task_t *task,
                                   apr_time_t now, apr_time_t until,
                                   apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Moves the end of a turn, which may be its end now, or (to rest) a time until which nobody takes
 * it. *kept is 0 when another node has it meanwhile. */
braze_err_t *braze_store_task_keep(int *kept, braze_db_t *db, const braze_task_t *task,
                                   apr_time_t until, apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * A whole turn of sweeping: batches with pauses between, at most ten seconds of them. *taken is 0
 * (and nothing done) while another node has the turn, or when a turn has ended within "every"; what
 * this one leaves over is the next one's at once.
 */
braze_err_t *braze_store_sweep_turn(int *taken, braze_swept_t *swept, braze_db_t *db,
                                    const char *node, const braze_sweep_t *sweep,
                                    apr_interval_time_t every, apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
