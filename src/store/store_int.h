/* SPDX-License-Identifier: Apache-2.0 */
/* Private to src/store: connection, statements, rows, transactions. */
#ifndef BRAZE_STORE_INT_H
#define BRAZE_STORE_INT_H

#include <apr_dbd.h>
#include <apr_hash.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "braze_err.h"
#include "braze_store.h"
#include "braze_time.h"
#include "braze_watch.h"

/* ---- statements (statements.c) ---- */

/* The four kinds of item stand in the order of braze_item_kind_t. */
typedef enum {
    ST_DATA_VERSION, /* SQLite only, as the next: watch.c */
    ST_TOTAL_CHANGES,
    ST_SNAPSHOT, /* PostgreSQL only */
    ST_BEGIN,    /* SQLite only: PostgreSQL prepares no transaction control */
    ST_COMMIT,
    ST_ROLLBACK,
    ST_SAVEPOINT, /* SQLite only */
    ST_SAVEPOINT_UNDO,
    ST_SAVEPOINT_END,
    ST_SCHEMA_VERSION,
    ST_SCHEMA_NOTE,
    ST_COMPANY_FIND,
    ST_COMPANY_GET,
    ST_COMPANY_LIST,
    ST_COMPANY_ADD,
    ST_COMPANY_UPDATE,
    ST_COMPANY_BUMP,
    ST_COMPANY_LOCK,
    ST_CATALOG,
    ST_ITEM_ADD,
    ST_ITEM_UPDATE = ST_ITEM_ADD + 4,
    ST_ITEM_DELETE = ST_ITEM_UPDATE + 4,
    ST_ITEM_EXISTS = ST_ITEM_DELETE + 4,
    ST_DOMAIN_KNOWN = ST_ITEM_EXISTS + 4,
    ST_DOMAIN_ALLOW,
    ST_DOMAIN_FORBID,
    ST_DOMAIN_EXCEPTED,
    ST_DOMAIN_CONFIRMED,
    ST_USER_GET,
    ST_USER_BY_NAME,
    ST_USER_BY_EMAIL,
    ST_USER_LIST,
    ST_USER_COUNT,
    ST_USER_PLACE,
    ST_SPAN_LOCK, /* PostgreSQL only */
    ST_SPAN_CLOSE,
    ST_SPAN_CHAPTER,
    ST_USER_ADD,
    ST_USER_ADD_EVENT, /* PostgreSQL only: user and event in one statement */
    ST_USER_ADD_LOT_1, /* so many of them */
    ST_USER_ADD_LOT_2,
    ST_USER_ADD_LOT_4,
    ST_USER_ADD_LOT_8,
    ST_USER_GRANT,
    ST_USER_GRANT_ONE,  /* SQLite only */
    ST_USER_SPAN_COUNT, /* SQLite only */
    ST_USER_LOCK,
    ST_USER_UPDATE,
    ST_USER_UPDATE_NARROW,
    ST_USER_UPDATE_QUICK, /* PostgreSQL only */
    ST_USER_UPDATE_LOT_1, /* so many of them */
    ST_USER_UPDATE_LOT_2,
    ST_USER_UPDATE_LOT_4,
    ST_USER_UPDATE_LOT_8,
    ST_USER_OTHER_ADMINS,
    ST_USER_OTHERS,
    ST_USER_DELETE,
    ST_USER_END_SESSIONS,
    ST_USER_EMAILS_ADD,
    ST_USER_EMAILS_DROP,
    ST_USER_FILL_READ, /* of a migration */
    ST_USER_FILL_KEYS,
    ST_GROUP_GET,
    ST_GROUP_LOCK,
    ST_GROUP_ADD,
    ST_GROUP_UPDATE,
    ST_GROUP_BUMP,
    ST_GROUP_BUMP_OF_USER,
    ST_GROUP_BUMP_OF_GROUP,
    ST_GROUP_DELETE,
    ST_MEMBERS_USERS,
    ST_MEMBERS_GROUPS,
    ST_MEMBERS_NOBODY,
    ST_MEMBERS_ADD,
    ST_MEMBERS_REMOVE_USERS,
    ST_MEMBERS_REMOVE_GROUPS,
    ST_MEMBERS_KEEP,
    ST_USER_GROUPS_DIRECT,
    ST_USER_GROUPS,
    ST_SIGN_IN_QUICK,       /* PostgreSQL only: a known person in one statement, by e-mail */
    ST_SIGN_IN_QUICK_NAMED, /* and by NameID */
    ST_SIGN_IN_LOT_1,       /* so many of them; by NameID: as many places further */
    ST_SIGN_IN_LOT_2,
    ST_SIGN_IN_LOT_4,
    ST_SIGN_IN_LOT_8,
    ST_SIGN_IN_LOT_1_NAMED,
    ST_SIGN_IN_LOT_2_NAMED,
    ST_SIGN_IN_LOT_4_NAMED,
    ST_SIGN_IN_LOT_8_NAMED,
    ST_SIGN_IN_BY_NAME,
    ST_SIGN_IN_BY_EMAIL,
    ST_SIGN_IN_BY_LINK,
    ST_LINKS_OF,
    ST_LINK_ADD,
    ST_LINK_TOUCH,
    ST_IDENTITY_LIST,
    ST_IDENTITY_REMOVE,
    ST_MAPPED_GET,
    ST_MAPPED_PUT,
    ST_MAPPED_MEMBERS,
    ST_MAPPED_GROUPS,
    ST_MAPPED_GROUP_ADD,
    ST_MAPPED_BUMP,
    ST_SIGN_IN_MARK,
    ST_SIGN_IN_CONFIRM,
    ST_REPLAY_ADD,
    ST_SESSION_ADD,
    ST_SESSION_FIND,
    ST_SESSION_NAMED,
    ST_SESSION_GROUPS,
    ST_SESSION_TOUCH,
    ST_SESSION_END,
    ST_SESSION_CAME_OF,
    ST_TOKEN_ADD,
    ST_TOKEN_FIND,
    ST_TOKEN_FIND_ID,
    ST_TOKEN_FIND_NAME,
    ST_TOKEN_SEEN_ID, /* PostgreSQL only, as the next */
    ST_TOKEN_SEEN_NAME,
    ST_TOKEN_USER, /* whose token it is: active? */
    ST_TOKEN_TOUCH,
    ST_TOKEN_LIST,
    ST_TOKEN_DELETE,
    ST_API_KEY_ADD,
    ST_API_KEY_FIND,
    ST_API_KEY_LIST,
    ST_API_KEY_DELETE,
    ST_RATE_HIT,
    ST_EVENT_ADD,
    ST_EVENT_LIST,
    ST_SWEEP_SESSIONS,
    ST_SWEEP_REPLAYS,
    ST_SWEEP_RATES,
    ST_SWEEP_SAML_REQUESTS,
    ST_SWEEP_EVENTS,
    ST_TASK_TAKE,
    ST_TASK_KEEP,
    ST_SESSION_END_NAMED,
    ST_SAML_REQUEST_ADD,
    ST_SAML_REQUEST_FIND,
    ST_SAML_REQUEST_USE,
    ST_DOMAIN_SOME,
    ST_DOMAIN_EXCEPTED_SOME,
    ST_EVENT_SEARCH,
    ST_SESSION_LIST,
    ST_SESSION_END_ALL,
    ST_COUNT
} store_statement_t;

/*
 * The text of a statement for an engine; NULL when the engine has none. Parameters are $1, $2 … in
 * the order of their first appearance; a first appearance that ends in # is a 64-bit integer, any
 * other a text. A parameter may stand several times.
 */
const char *store_statement_text(store_statement_t id, braze_engine_t engine);

/* text with apr_dbd's own marks in place of ours; *args is the number of parameters. -1 there: out
 * of order. */
const char *store_statement_expand(int *args, const char *text, braze_engine_t engine,
                                   apr_pool_t *pool);

/* ---- connection (db.c, prepare.c) ---- */

/* What went wrong with the last statement of a connection. */
typedef enum {
    FAULT_NONE,
    FAULT_TRANSIENT, /* busy, serialization failure, deadlock, a unique clash of two at once: run it
                        all again */
    FAULT_STALE,     /* the prepared statement is gone or out of date: prepare and run again */
    FAULT_LOST,      /* no connection */
    FAULT_LOCKED,    /* waited for a lock in vain: others hold it for longer than a client waits */
    FAULT_FOREIGN, /* a foreign key: something named is not there, or something removed is in use */
    FAULT_OTHER
} store_fault_t;

/* What lives as long as the connection. */
typedef struct {
    apr_pool_t *pool;
    unsigned generation; /* of the labels; grows when the statements are lost */
    int sqlstates;       /* PostgreSQL's messages carry their SQLSTATE */
    int lost;            /* and not set up again since */
    apr_dbd_prepared_t *prepared[ST_COUNT];
    int args[ST_COUNT];
    apr_hash_t *shapes; /* texts put together at run time; NULL = none yet */
    apr_size_t shape_bytes;
    int shape_count;
    apr_int64_t version, changes; /* what SQLite said last, see watch.c */
    volatile apr_uint64_t *clock; /* whose moment this is; NULL = it was not asked yet */
    apr_uint64_t since;           /* SQLite: the last change; PostgreSQL: the beginning */
    long backend;                 /* PostgreSQL: the process that serves it */
} store_conn_t;

struct braze_db_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle; /* NULL: none is borrowed, see store_ready */
    store_conn_t *conn;
    const braze_db_source_t *source; /* of the connection; NULL = it is the caller's */
    const braze_db_env_t *env;
    apr_pool_t *pool;
    braze_engine_t engine;
    braze_combiner_t *combiner; /* or NULL */
    braze_watch_t *watch;       /* or NULL */
    apr_uint64_t moment;        /* see braze_db_moment */
    int in_transaction;
    int wrote;      /* a statement has changed a row, or may have; set back by who asks */
    int reconnects; /* of this loan */
    store_fault_t fault;
};

/* ---- what was read with which snapshot (watch.c, token_kept.c); PostgreSQL only */

/* Tells the watch, if there is one, what db has just read with (SNAPSHOT of statements.c). */
void store_watch_read(braze_db_t *db, const char *snapshot);
/* Can what was read at that moment be expected to be as it was? */
int store_watch_hopes(const braze_db_t *db, apr_uint64_t moment);
/* As store_watch_read; is it as it was, then? */
int store_watch_holds(braze_db_t *db, apr_uint64_t moment, const char *snapshot);

typedef struct store_tokens_t store_tokens_t;
/* NULL when it cannot be made. */
store_tokens_t *store_tokens_make(apr_pool_t *pool);
/* Those of a watch; NULL: none are kept. */
store_tokens_t *store_watch_tokens(const braze_db_t *db);
/* A copy of one that has not expired and could be it, read at *moment; or NULL. */
braze_token_t *store_token_kept(apr_uint64_t *moment, store_tokens_t *tokens,
                                const braze_token_query_t *query, apr_pool_t *pool);
void store_token_keep(store_tokens_t *tokens, const char *hash, const braze_token_t *token,
                      apr_uint64_t moment);

/* Borrows a connection where there is none. */
braze_err_t *store_ready(braze_db_t *db, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* 0: done; STORE_MISUSE: a mistake of the caller's; else what the driver says. */
#define STORE_MISUSE (-1)
int store_prepare(apr_dbd_prepared_t **prepared, braze_db_t *db, store_statement_t id, int args,
                  apr_pool_t *pool);
/* Prepares a text; name is a part of its label. */
int store_prepare_text(apr_dbd_prepared_t **prepared, int *args, braze_db_t *db, const char *text,
                       const char *name, apr_pool_t *pool);
void store_forget_statements(braze_db_t *db);
/* What a server's session is told; again after a reconnect. */
void store_session_set_up(braze_db_t *db);
/* Makes PostgreSQL put the SQLSTATE into its messages, if libpq lets itself be found. */
void store_fault_set_up(braze_db_t *db);
/* Reads what kind of error the driver has just had; text of the driver, first line only, in *why.
 */
store_fault_t store_fault_read(const char **why, braze_db_t *db, int rv, apr_pool_t *pool);
/* The error object of db->fault (503 or 500). */
braze_err_t *store_fault_error(braze_db_t *db, const char *what, const char *why, apr_pool_t *pool);

/* ---- texts put together at run time (dynamic.c) ---- */

#define STORE_SHAPES_MAX 256             /* different texts a connection */
#define STORE_SHAPES_BYTES (1024 * 1024) /* and of them all */

/* 1 when the connection has, or has room for, all of these texts (NULL-ended). Ask for whatever a
 * client can shape. */
int store_shapes_fit(braze_db_t *db, const char *const *texts);
void store_shapes_forget(store_conn_t *conn);
/* As store_prepare. */
int store_prepare_shape(apr_dbd_prepared_t **prepared, braze_db_t *db, const char *text, int args,
                        apr_pool_t *pool);

/* ---- running (run.c, tx.c) ---- */

/* Arguments: texts as they are, integers by INT, times by MS (milliseconds); NULL is NULL. The list
 * gives its own length. */
#define INT(value) (&(const apr_int64_t){(value)})
#define MS(time) INT(braze_time_to_ms(time))
#define MS_OR_NULL(time) ((time) ? MS(time) : NULL)
#define ARGS(...)                                                                                  \
    (const void *[]){__VA_ARGS__}, (int)(sizeof((const void *[]){__VA_ARGS__}) / sizeof(void *))
#define NO_ARGS NULL, 0

/* Rows of a finished select. Values live as long as the pool they were read into. */
typedef struct {
    const apr_dbd_driver_t *driver;
    apr_dbd_results_t *results;
    apr_dbd_row_t *row;
    apr_pool_t *pool;
    apr_pool_t *keep; /* where texts are copied to; NULL = they stay the driver's, see above */
    int count, read;
} store_rows_t;

/* A reading statement. */
braze_err_t *store_select(store_rows_t *rows, braze_db_t *db, store_statement_t id,
                          const void **args, int count, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The same of a text that was put together; no value stands in it. */
braze_err_t *store_select_text(store_rows_t *rows, braze_db_t *db, const char *text,
                               const void **args, int count, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* A writing statement that gives rows (RETURNING). */
braze_err_t *store_write_select(store_rows_t *rows, braze_db_t *db, store_statement_t id,
                                const void **args, int count, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* A writing statement; *changed (may be NULL) counts rows. */
braze_err_t *store_write(int *changed, braze_db_t *db, store_statement_t id, const void **args,
                         int count, apr_pool_t *pool) BRAZE_MUST_CHECK;

int store_next(store_rows_t *rows);                           /* 1: there is a row */
const char *store_text(const store_rows_t *rows, int column); /* NULL for NULL */
apr_int64_t store_int(const store_rows_t *rows, int column);  /* 0 for NULL */
apr_time_t store_time(const store_rows_t *rows, int column);  /* 0 for NULL */

/* A body of a transaction; *commit is 1 on entry, an error rolls back as 0 does. It may be run
 * several times. */
typedef braze_err_t *store_body_fn(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool);
braze_err_t *store_transact(braze_db_t *db, store_body_fn *body, void *baton,
                            apr_pool_t *pool) BRAZE_MUST_CHECK;

/* combine.c: the same, in one transaction with those of other threads. 0: not done, and nothing was
 * written. */
int store_transact_together(braze_err_t **err, braze_db_t *db, store_body_fn *body, void *baton,
                            apr_pool_t *pool) BRAZE_MUST_CHECK;

#define STORE_LOT_MAX 8 /* of a kind in one statement, on PostgreSQL (lot.c) */

typedef struct {
    int (*kind)(const void *item); /* only items for which it is the same; NULL: all */
    /* Nobody is waited for, and what fails is not repeated: both are for each of them to do alone.
     */
    braze_err_t *(*run)(void *const *items, int count, braze_db_t *db, apr_pool_t *pool);
} store_lot_t;

/* combine.c: runs item's lot with the items of other threads. 0: not done, and nothing was written.
 */
int store_lot_together(braze_db_t *db, const store_lot_t *lot, void *item,
                       apr_pool_t *pool) BRAZE_MUST_CHECK;
/* One of the statements of_one and the three after it, for 1, 2, 4 and 8; args has each arguments
 * for each of them, and NULLs behind the last of count. Once, whatever becomes of it. */
braze_err_t *store_lot_select(store_rows_t *rows, braze_db_t *db, store_statement_t of_one,
                              const void **args, int each, int count,
                              apr_pool_t *pool) BRAZE_MUST_CHECK;

/* After a failed attempt (0-based): repairs or pauses, and says whether to try again. */
int store_again(braze_db_t *db, int attempt, apr_pool_t *pool);
/* Tells whoever counts. */
void store_note(const braze_db_t *db, braze_db_note_t note, int count);
/* That a statement has failed, by db->fault. */
void store_note_fault(const braze_db_t *db);
/* SQLite's one writer; others need no lock. */
braze_err_t *store_lock(braze_db_t *db, apr_pool_t *pool) BRAZE_MUST_CHECK;
void store_unlock(braze_db_t *db);

/* ---- shared by the things ---- */

/* 500 (BRAZE-0101), with the command to run. */
braze_err_t *store_no_schema(const char *what, apr_pool_t *pool);
/* 503 (BRAZE-0110) with retry_after; why is for the operator. */
braze_err_t *store_unreachable(const char *why, apr_pool_t *pool);
/* 409 uniqueness (BRAZE-0112). */
braze_err_t *store_taken(const char *what, apr_pool_t *pool);
/* 404 (BRAZE-0116). */
braze_err_t *store_missing(const char *what, apr_pool_t *pool);
/* 400 invalidValue (BRAZE-0120): id is no user and no group of the company; BRAZE-0121: it is the
 * group itself. where is the id. */
braze_err_t *store_no_member(const char *id, int itself, apr_pool_t *pool);
/* 400 noTarget (BRAZE-0123): nobody of those that where names is a member. */
braze_err_t *store_no_target(const char *where, apr_pool_t *pool);
/* 400 invalidValue (BRAZE-0117): something named is not there. */
braze_err_t *store_dangling(const char *what, apr_pool_t *pool);

/* A list of names as a JSON array, and back (not an array of texts: empty). */
const char *store_names_text(const apr_array_header_t *names, apr_pool_t *pool);
braze_err_t *store_names_read(const apr_array_header_t **names, const char *text,
                              apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Columns of a user, whose alias is u, and behind them whether it is in a group. What is yes or no
 * is in one column: each costs a driver and its library some hundred instructions. */
#define STORE_USER_TEXTS                                                                           \
    "u.id, u.user_name, u.user_name_key, u.external_id, u.email, u.email_key, u.email_domain, "    \
    "u.display_name, u.given_name, u.family_name, u.department, u.source, u.permissions, "         \
    "u.resource, "
#define STORE_USER_NUMBERS "u.created_at, u.modified_at, u.last_sign_in_at, u.version"
#define STORE_USER_FLAGS                                                                           \
    "CASE WHEN u.active <> 0 THEN 1 ELSE 0 END + CASE WHEN u.confirmed <> 0 THEN 2 ELSE 0 END "    \
    "+ CASE WHEN u.impersonation <> 0 THEN 4 ELSE 0 END + CASE WHEN u.admin <> 0 THEN 8 ELSE 0 "   \
    "END, "
#define STORE_USER_FIELDS STORE_USER_TEXTS STORE_USER_FLAGS STORE_USER_NUMBERS
/* The same under their own names, where a statement hands them on within itself. */
#define STORE_USER_NAMED                                                                           \
    STORE_USER_TEXTS "u.active, u.confirmed, u.impersonation, u.admin, " STORE_USER_NUMBERS
#define STORE_USER_IN_GROUPS                                                                       \
    "CASE WHEN EXISTS (SELECT 1 FROM braze_group_member m WHERE m.user_id = u.id) THEN 1 ELSE 0 "  \
    "END"
/* The user whose columns (STORE_USER_FIELDS) begin at first. */
braze_user_t *store_user_read(const store_rows_t *rows, int first, const char *company_id,
                              apr_pool_t *pool);
/* The same with STORE_USER_IN_GROUPS behind them. */
braze_user_t *store_user_read_whole(const store_rows_t *rows, int first, const char *company_id,
                                    apr_pool_t *pool);
#define STORE_USER_COLUMNS 19
/* Columns of a group, whose alias is g. */
#define STORE_GROUP_FIELDS                                                                         \
    "g.id, g.display_name, g.display_name_key, g.external_id, g.resource, g.created_at, "          \
    "g.modified_at, g.version"
/* The audit row whose columns (of ST_EVENT_LIST) these are. */
braze_event_t *store_event_read(const store_rows_t *rows, apr_pool_t *pool);
/* The group whose columns begin at first. */
braze_group_t *store_group_read(const store_rows_t *rows, int first, const char *company_id,
                                apr_pool_t *pool);

/* ---- span.c: how many users there are, and where the n-th is ---- */

/* What PostgreSQL's two-part advisory locks begin with: the second part is a company's. */
#define STORE_SPAN_LOCK "1112687969"

typedef struct {
    apr_int64_t total;
    const char *from_id; /* the place is skip users behind the one with this id, or behind where it
                            would be */
    apr_int64_t skip;
} store_place_t;

braze_err_t *store_users_total(apr_int64_t *total, braze_db_t *db, const char *company_id,
                               apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The place of the user before whom there are offset others, in the order of ids. */
braze_err_t *store_users_place(store_place_t *place, braze_db_t *db, const char *company_id,
                               apr_int64_t offset, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Divides what has not been yet, within a transaction; *more: there may be more of it. */
braze_err_t *store_spans_close(int *more, braze_db_t *db, const char *company_id,
                               apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Writes user's further e-mails; replace: instead of those that are there. */
braze_err_t *store_user_emails(braze_db_t *db, const braze_user_t *user, int replace,
                               apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Inserts user, as it stands, if nobody has its name: *added. On SQLite within a transaction, for
 * its grants and its place among the spans are further statements. */
braze_err_t *store_user_insert(int *added, braze_db_t *db, const braze_user_t *user,
                               apr_pool_t *pool) BRAZE_MUST_CHECK;
/* A change of a user that nothing has to follow but an event. */
typedef struct {
    const braze_user_t *user;   /* with its new version */
    const braze_event_t *event; /* its id is event_id; all NULL: none */
    const char *event_id;
    int done;
} store_user_change_t;

/* user_lot.c, on PostgreSQL: one statement for several of them (1 to STORE_LOT_MAX), where the name
 * stays and nobody else is changing the user. Where done stays 0 nothing was written. */
braze_err_t *store_user_change_lot(store_user_change_t *const *changes, int count, braze_db_t *db,
                                   apr_pool_t *pool) BRAZE_MUST_CHECK;
/* With those of other threads. */
void store_user_change_together(braze_db_t *db, store_user_change_t *change, apr_pool_t *pool);

/* Likewise of users who are added, each with an event, which has its id (change->event_id is not
 * used). Who is not done may have a name that somebody has. */
braze_err_t *store_user_add_lot(store_user_change_t *const *changes, int count, braze_db_t *db,
                                apr_pool_t *pool) BRAZE_MUST_CHECK;
void store_user_add_together(braze_db_t *db, store_user_change_t *change, apr_pool_t *pool);

/* Writes every changeable column if the row's version is user->version - 1. */
braze_err_t *store_user_write(int *written, braze_db_t *db, const braze_user_t *user,
                              apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Takes steps of braze_member_step_t; *changed is not 0 when a row came or went. */
braze_err_t *store_members_change(int *changed, braze_db_t *db, const braze_group_t *group,
                                  const apr_array_header_t *steps,
                                  apr_pool_t *pool) BRAZE_MUST_CHECK;

/* A new version of every group that has this user (id ST_GROUP_BUMP_OF_USER) or group
 * (ST_GROUP_BUMP_OF_GROUP) as a member. */
braze_err_t *store_groups_bump(braze_db_t *db, store_statement_t statement, const char *company_id,
                               const char *id, apr_time_t now, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* The DDL (schema_*.c); migrate.c puts it together. */
extern const char store_schema_tables[];
extern const char store_schema_sqlite[];
extern const char store_schema_sqlite_grants[];
extern const char store_schema_pgsql[];
extern const char store_schema_views[];
extern const char store_schema_vocabulary[];
extern const char store_schema_second[];
extern const char store_schema_second_indexes[];
extern const char store_schema_second_views[];
extern const char store_schema_third[], store_schema_pgsql_begun[];
extern const char store_schema_fourth[], store_schema_pgsql_owned[];
extern const char store_schema_fifth[], store_schema_sqlite_own[];
extern const char store_schema_spans[], store_schema_sqlite_spans[], store_schema_pgsql_spans[];
extern const char store_schema_sqlite_sessions[], store_schema_pgsql_sessions[];
extern const char store_schema_sqlite_members[];
extern const char store_schema_sqlite_tokens[];
extern const char store_schema_sqlite_counters[];
extern const char store_schema_sqlite_words[];
extern const char store_schema_pgsql_members[];
extern const char store_schema_pgsql_tokens[];
extern const char store_schema_pgsql_counters[];
extern const char store_schema_pgsql_words[];

/* ---- signing in (sign_in.c, sign_in_quick.c, sign_in_update.c, identity.c, mapped.c) ---- */

/* One login on its way. */
typedef struct {
    const braze_sign_in_t *in;
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;
    const char *event_id, *added_id; /* made once, so that a repetition writes the same rows */
    int linked;                      /* the user has the login's link */
    apr_time_t linked_at;            /* when it was last used, to a day */
    int linked_now;                  /* the audit row says so */
    int by_link;                     /* it is the NameID that has found the user */
    int email_of_another;            /* and the e-mail is, or is said to be, another user's */
    apr_pool_t *pool;                /* its own thread's, for what is to be kept of rows */
    int settled;                     /* the short way has found out everything */
    int left_out;                    /* of a lot: it is to be run alone */
} store_sign_in_t;

/* The short way, on PostgreSQL: a known person in one statement. Where it does not settle the login
 * nothing was written, and the long way has to be gone. */
braze_err_t *store_sign_in_quick(store_sign_in_t *run, braze_db_t *db) BRAZE_MUST_CHECK;
/* The same for several at once (1 to STORE_LOT_MAX), all by e-mail or all by NameID. */
braze_err_t *store_sign_in_lot(store_sign_in_t *const *runs, int count, braze_db_t *db,
                               apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The same, with those of other threads. 0: not done, and nothing was written. */
int store_sign_in_together(braze_db_t *db, store_sign_in_t *run) BRAZE_MUST_CHECK;

/* "Updated Account" and its like of run->user, before "Signed In"; detail may be NULL. */
braze_err_t *store_sign_in_note(braze_db_t *db, const store_sign_in_t *run, const char *name,
                                const char *detail, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Brings names and e-mail up to date as the login asks. */
braze_err_t *store_sign_in_update(store_sign_in_t *run, braze_db_t *db,
                                  apr_pool_t *pool) BRAZE_MUST_CHECK;
/* May the login's identity have run->user, whom its e-mail has found and who has not its link?
 * Else run->outcome says why not. */
braze_err_t *store_link_check(store_sign_in_t *run, braze_db_t *db,
                              apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Links run->user, or notes that the link was used. */
braze_err_t *store_link_note(store_sign_in_t *run, braze_db_t *db,
                             apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Gives run->user what the table of groups says. created: it has the permissions already. */
braze_err_t *store_mapped_apply(store_sign_in_t *run, braze_db_t *db, int created,
                                apr_pool_t *pool) BRAZE_MUST_CHECK;

/* braze_store_migrate to a version that may be older than the newest (tests of a migration). */
braze_err_t *store_migrate_to(int *from, int *to, braze_db_t *db, int version,
                              apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Gives the users that version 1 has left what version 2 searches by (migrate_users.c). */
braze_err_t *store_migrate_users(braze_db_t *db, apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
