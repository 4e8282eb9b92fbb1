/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to tools/: braze-admin, the operator's command. One table of options (admin_args.c), one
 * table of commands for each group (admin_<group>.c), one way to print (admin_out.c).
 */
#ifndef BRAZE_ADMIN_H
#define BRAZE_ADMIN_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "braze_err.h"
#include "braze_json.h"
#include "braze_model.h"
#include "braze_store.h"

/* Exit codes: a contract with scripts, documented in braze-admin(8). */
typedef enum {
    ADMIN_OK = 0,
    ADMIN_FAILED = 1,
    ADMIN_USAGE = 2,
    ADMIN_NOT_FOUND = 3,
    ADMIN_CONFLICT = 4,
    ADMIN_DATABASE = 5
} admin_exit_t;

/* Every option there is; its name, argument and help stand in admin_args.c in this order. */
typedef enum {
    OPT_DRIVER,
    OPT_PARAMS,
    OPT_FILE,
    OPT_COMPANY,
    OPT_JSON,
    OPT_HELP,
    OPT_VERSION,
    OPT_NAME,
    OPT_GOOGLE,
    OPT_WORKSPACE,
    OPT_TEAM,
    OPT_PERMISSION_SET,
    OPT_PERMISSION,
    OPT_COMPANY_PERMISSION,
    OPT_ROLE,
    OPT_CLEAR,
    OPT_REMOVE,
    OPT_FIRST_NAME,
    OPT_LAST_NAME,
    OPT_DEPARTMENT,
    OPT_CONFIRMED,
    OPT_IMPERSONATION,
    OPT_ORIGIN,
    OPT_ALLOW,
    OPT_PROFILE,
    OPT_EXPIRES,
    OPT_USER,
    OPT_COUNT,
    OPT_TARGET_URL,
    OPT_ENTITY_ID,
    OPT_CERTIFICATE,
    OPT_SINCE,
    OPT_UNTIL,
    OPT_EVENT,
    OPT_CODE,
    OPT_CSV,
    OPT_SESSION,
    OPT_ALL,
    OPT_DRY_RUN,
    OPT_BATCH,
    OPT_METADATA,
    OPT_METADATA_KEY,
    OPT_ACS_URL,
    OPT_AT,
    OPT_KEY,
    OPT_CERT,
    OPT_SKEW,
    OPT_ALLOW_SHA1,
    OPT_IN_RESPONSE_TO,
    OPT_LOCATION,
    OPT_VHOST,
    OPT_KEEP_EVENTS,
    OPT_END /* how many there are */
} admin_option_t;

#define OPT_BIT(option) ((apr_uint64_t)1 << (option))
#define OPT_GLOBAL (OPT_BIT(OPT_NAME) - 1) /* those before OPT_NAME go with every command */

typedef struct {
    const char *name; /* "workspace" for --workspace */
    int letter;       /* 'f' for -f; 0 = none */
    const char *arg;  /* what it takes, "NAME"; NULL = nothing */
    int many;         /* may be given more than once */
    const char *help;
} admin_option_info_t;

extern const admin_option_info_t admin_options[OPT_END];

/* The command line, taken apart. */
typedef struct {
    apr_array_header_t
        *values[OPT_END];      /* of const char *; NULL = not given; "" for one without argument */
    apr_array_header_t *words; /* of const char *: what is no option */
} admin_args_t;

typedef struct admin_command_t admin_command_t;

/* One run. */
typedef struct {
    apr_pool_t *pool;
    admin_args_t *args; /* words: without the command's own */
    const admin_command_t *command;
    int json;
    apr_time_t now;
    braze_db_t *db;           /* as command->needs says; NULL otherwise */
    braze_catalog_t *catalog; /* what permissions name; NULL: admin_permit_apply reads it afresh */
    braze_company_t *company;
} admin_t;

typedef braze_err_t *admin_run_fn(admin_t *admin);

/* What is made ready before a command runs; each includes those above it. */
typedef enum { NEEDS_NOTHING, NEEDS_DB, NEEDS_SCHEMA, NEEDS_COMPANY } admin_needs_t;

struct admin_command_t {
    const char *group, *verb; /* verb NULL: the group is the whole command */
    const char *args;         /* words it takes, as help shows them; "" = none */
    int min, max;             /* how many; max -1 = any number */
    apr_uint64_t options;     /* OPT_BITs beside OPT_GLOBAL */
    admin_needs_t needs;
    admin_run_fn *run;
    const char *help;
    int kind; /* braze_item_kind_t for the commands that share their code */
};

/* Tables end with a NULL group; this one of tables ends with NULL, in the order that help shows. */
extern const admin_command_t *const admin_groups[];
extern const admin_command_t admin_schema_commands[], admin_company_commands[],
    admin_item_commands[], admin_user_commands[], admin_token_commands[], admin_key_commands[],
    admin_jit_commands[], admin_event_commands[], admin_import_commands[], admin_session_commands[],
    admin_identity_commands[], admin_domain_commands[], admin_saml_commands[],
    admin_sweep_commands[];

/* ---- admin_args.c ---- */

/* Errors are of exit ADMIN_USAGE: unknown option, argument missing, given twice, not UTF-8. */
braze_err_t *admin_args_parse(admin_args_t **args, int argc, const char *const *argv,
                              apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The option's (last) value, or NULL. */
const char *admin_arg(const admin_t *admin, admin_option_t option);
/* of const char *, never NULL */
const apr_array_header_t *admin_arg_all(const admin_t *admin, admin_option_t option);
int admin_arg_has(const admin_t *admin, admin_option_t option);
/* "on" or "off"; *truth is left alone when the option was not given. */
braze_err_t *admin_arg_switch(int *truth, const admin_t *admin,
                              admin_option_t option) BRAZE_MUST_CHECK;
/* A whole number from min to max; *number is left alone when the option was not given. */
braze_err_t *admin_arg_number(int *number, const admin_t *admin, admin_option_t option, int min,
                              int max) BRAZE_MUST_CHECK;
const char *admin_word(const admin_t *admin, int index); /* or NULL */

/* ---- admin_time.c ---- */

/* A time: 90d or 12h from now (way 1) or ago (way -1), or a date, or RFC 3339; *time is left alone
 * when the option was not given. */
braze_err_t *admin_arg_time(apr_time_t *time, const admin_t *admin, admin_option_t option,
                            int way) BRAZE_MUST_CHECK;

/* ---- admin_help.c ---- */

/* Help about all commands, a group, or one command. ADMIN_USAGE when words name none. */
braze_err_t *admin_help(const apr_array_header_t *words, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* "company add NAME" */
const char *admin_usage_line(const admin_command_t *command, apr_pool_t *pool);

/* ---- admin_err.c ---- */

/* An error of the command's own: "what: why: what to do". */
braze_err_t *admin_fail(apr_pool_t *pool, admin_exit_t code, const char *fmt, ...)
    BRAZE_PRINTF(3, 4);
/* NULL for NULL; otherwise err with the thing it is about in front of its text. */
braze_err_t *admin_about(braze_err_t *err, apr_pool_t *pool, const char *fmt, ...)
    BRAZE_PRINTF(3, 4);
/* As admin_about, and the exit code becomes ADMIN_DATABASE; of a file that this user may not use
 * the text says so. */
braze_err_t *admin_database_err(braze_err_t *err, const admin_t *admin, const char *about);
admin_exit_t admin_exit_code(const braze_err_t *err);
/* What, why, what to do, in one line. */
const char *admin_err_text(const braze_err_t *err, apr_pool_t *pool);
/* That line on standard error. */
void admin_err_print(const braze_err_t *err, apr_pool_t *pool);

/* ---- admin_out.c ---- */

/* One column of a table, one line of a record: the member of the JSON object and its title. */
typedef struct {
    const char *title, *member;
} admin_column_t;

/* text with everything that could steer a terminal made visible: controls, bidirectional marks,
 * bytes that are not UTF-8. */
const char *admin_safe(const char *text, apr_pool_t *pool);
/* An array of objects: a table of the columns (ends with a NULL title), or the whole array as JSON.
 */
void admin_print_list(const admin_t *admin, const admin_column_t *columns,
                      const braze_json_t *array);
/* An object, one line a column; or as JSON. */
void admin_print_record(const admin_t *admin, const admin_column_t *columns,
                        const braze_json_t *object);
/* What was done: the sentence, or object as JSON. */
void admin_done(const admin_t *admin, const braze_json_t *object, const char *fmt, ...)
    BRAZE_PRINTF(3, 4);
/* A hint for a person: standard error, never part of the answer. */
void admin_note(const admin_t *admin, const char *fmt, ...) BRAZE_PRINTF(2, 3);

/* Members whose absence is null, not a gap: a script sees the same members in every object. */
void admin_put_text(braze_json_t *object, const char *name, const char *text, apr_pool_t *pool);
void admin_put_time(braze_json_t *object, const char *name, apr_time_t time, apr_pool_t *pool);
void admin_put_bool(braze_json_t *object, const char *name, int truth, apr_pool_t *pool);
void admin_put_texts(braze_json_t *object, const char *name,
                     const apr_array_header_t *texts /* of const char * */, apr_pool_t *pool);

/* ---- admin_db.c ---- */

/* Where the database is: --driver and --params, else -f, else BRAZE_DB_DRIVER and BRAZE_DB_PARAMS.
 */
braze_err_t *admin_db_where(const char **driver, const char **params,
                            const admin_t *admin) BRAZE_MUST_CHECK;
/* Opens it; create: a missing SQLite file is made. */
braze_err_t *admin_db_open(admin_t *admin, int create) BRAZE_MUST_CHECK;
/* Why this user cannot use an SQLite file, of which SQLite says next to nothing; NULL: they can, or
 * it is not there, or this is no SQLite. */
const char *admin_db_forbidden(const admin_t *admin);
/* The folder that a path's file is in. */
const char *admin_folder_of(const char *file, apr_pool_t *pool);
const char *admin_engine_name(braze_engine_t engine);
/* Waits a little, longer with each try, so that writers who collided do not do so again. */
void admin_pause(int attempt);

/* ---- admin_conf.c ---- */

/* DBDriver and DBDParams of an httpd configuration; either is NULL when it does not stand there. */
braze_err_t *admin_conf_read(const char **driver, const char **params, const char *file,
                             apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Every directive that counts, and every section's tags ("<Location", "/x"; "</Location"), as
 * words, in order; server_root as it is there. */
typedef void admin_conf_see_fn(void *baton, const apr_array_header_t *words,
                               const char *server_root);
braze_err_t *admin_conf_scan(const char *file, admin_conf_see_fn *see, void *baton,
                             apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- admin_conf_module.c ---- */

/* Notes what "LoadModule name path" loads, under both names that <IfModule> knows. */
void admin_conf_loads(apr_table_t *modules, const apr_array_header_t *words);
/* Is it loaded, or inside of httpd? */
int admin_conf_has_module(const apr_table_t *modules, const char *name);

/* ---- admin_conf_line.c ---- */

#define ADMIN_CONF_FILE_MAX (4 * 1024 * 1024) /* bytes of one configuration file */
#define ADMIN_CONF_LINE_MAX 65536             /* bytes of one line with its continuations */

/* A configuration file being read; line is the number of the line that admin_conf_next gave. */
typedef struct {
    const char *file;
    int line;
    const char *at, *end; /* what is left */
    int lines_read;
    apr_pool_t *pool;
} admin_conf_text_t;

braze_err_t *admin_conf_open(admin_conf_text_t **text, const char *file,
                             apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The next line that says something: continuations joined, blanks at its ends and comments gone.
 * NULL at the end. */
braze_err_t *admin_conf_next(char **line, admin_conf_text_t *text) BRAZE_MUST_CHECK;
/* A line as words: quotes and backslashes as httpd reads them. Errors name file and line. */
braze_err_t *admin_conf_words(apr_array_header_t **words, const char *line,
                              const admin_conf_text_t *text) BRAZE_MUST_CHECK;
/* ${NAME} from defines, else from the environment. */
braze_err_t *admin_conf_expand(const char **expanded, const char *word, const apr_table_t *defines,
                               const admin_conf_text_t *text) BRAZE_MUST_CHECK;

/* ---- admin_pick.c: naming things of the company ---- */

braze_err_t *admin_company_pick(admin_t *admin, const char *name) BRAZE_MUST_CHECK;
/* name NULL: the only one there is. A team is sought in workspace_id. */
braze_err_t *admin_item_pick(const braze_item_t **item, const admin_t *admin,
                             const braze_catalog_t *catalog, braze_item_kind_t kind,
                             const char *workspace_id, const char *name) BRAZE_MUST_CHECK;
/* As admin_item_pick for an option; *id is left alone when it was not given. */
braze_err_t *admin_item_option(const char **id, const admin_t *admin,
                               const braze_catalog_t *catalog, braze_item_kind_t kind,
                               admin_option_t option) BRAZE_MUST_CHECK;
/* By id, userName, or e-mail. */
braze_err_t *admin_user_pick(braze_user_t **user, const admin_t *admin,
                             const char *name) BRAZE_MUST_CHECK;
/* Name of an item, for people; "(gone)" when the catalogue has it no more, NULL for NULL. */
const char *admin_item_name(const braze_catalog_t *catalog, braze_item_kind_t kind, const char *id);
const char *admin_kind_name(int kind);

/* ---- admin_change.c: compare-and-set and the audit trail ---- */

typedef braze_err_t *admin_company_fn(admin_t *admin, braze_company_t *company, void *baton);

/* Reads the company, applies change, writes; again when somebody else wrote meanwhile. */
braze_err_t *admin_company_change(admin_t *admin, admin_company_fn *change,
                                  void *baton) BRAZE_MUST_CHECK;

typedef braze_err_t *admin_user_fn(admin_t *admin, braze_user_t *user, void *baton);

/* The same for a user; event names what is noted in the audit trail. *user is as written. */
braze_err_t *admin_user_change(braze_user_t **user, admin_t *admin, admin_user_fn *change,
                               void *baton, const char *event) BRAZE_MUST_CHECK;

/* An audit row of this operator, without a user. */
braze_event_t *admin_event_new(const admin_t *admin, const char *name, const char *detail);
/* Writes one by itself. */
braze_err_t *admin_event_note(const admin_t *admin, const char *name, const char *fmt, ...)
    BRAZE_PRINTF(3, 4) BRAZE_MUST_CHECK;

/* ---- admin_user.c ---- */

/* An active user of the operator's making, as the options of user add say; external_id may be NULL.
 * Its columns are not derived yet. */
braze_user_t *admin_user_new(const admin_t *admin, const char *email, const char *external_id);

/* ---- admin_progress.c ---- */

/* A bar on standard error, if that is a terminal; nothing at all otherwise. */
typedef struct {
    int seen, drawn;
    apr_time_t next; /* not drawn again before */
} admin_progress_t;

void admin_progress_begin(admin_progress_t *progress);
/* whole 0: not known, only rows are shown. */
void admin_progress_show(admin_progress_t *progress, apr_int64_t done, apr_int64_t whole, int rows);
/* Takes the bar away, before anything else is said. */
void admin_progress_clear(admin_progress_t *progress);

/* ---- admin_permit.c ---- */

#define ADMIN_PERMIT_OPTIONS                                                                       \
    (OPT_BIT(OPT_WORKSPACE) | OPT_BIT(OPT_TEAM) | OPT_BIT(OPT_PERMISSION_SET) |                    \
     OPT_BIT(OPT_PERMISSION) | OPT_BIT(OPT_COMPANY_PERMISSION) | OPT_BIT(OPT_ROLE))

/* Gives user->permissions what the options name (or takes it: remove), and derives the columns. */
braze_err_t *admin_permit_apply(admin_t *admin, braze_user_t *user, int remove) BRAZE_MUST_CHECK;
/* 400 unless text has the form of a permission. */
braze_err_t *admin_permission_check(const char *text, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* Canonical permissions as one object an atom, with names; lines gets the same for people. */
braze_err_t *admin_grants_json(braze_json_t **grants, braze_json_t **lines, const char *permissions,
                               const braze_catalog_t *catalog, apr_pool_t *pool) BRAZE_MUST_CHECK;

#endif
