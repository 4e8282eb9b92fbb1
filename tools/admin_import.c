/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user import: users from CSV. A row says what the options of user add say; a bad one is named and
 * passed over, and who is there already is too, so that a run that was cut short is just run again.
 */
#include <string.h>

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "admin.h"
#include "admin_csv.h"
#include "braze_key.h"
#include "braze_operator.h"

#define BATCH 500
#define BATCH_MAX 10000
#define ROWS_MAX 5000000
#define CELL_MAX 4096 /* bytes of one cell */
#define LIST_MARK ";" /* between the values of one cell */
#define NAME_COLUMN_MAX 64

/* What a column is: one option's value, several of them, a yes or no, or something of its own. */
typedef enum { IS_TEXT, IS_LIST, IS_SWITCH, IS_EMAIL, IS_ACTIVE, IS_EXTERNAL_ID } column_kind_t;

typedef struct {
    const char *name, *other_name;
    column_kind_t kind;
    admin_option_t option;
} column_t;

static const column_t columns[] = {
    {"email", "user_name", IS_EMAIL, OPT_END},
    {"first_name", "given_name", IS_TEXT, OPT_FIRST_NAME},
    {"last_name", "family_name", IS_TEXT, OPT_LAST_NAME},
    {"department", NULL, IS_TEXT, OPT_DEPARTMENT},
    {"external_id", NULL, IS_EXTERNAL_ID, OPT_END},
    {"active", NULL, IS_ACTIVE, OPT_END},
    {"confirmed", NULL, IS_SWITCH, OPT_CONFIRMED},
    {"impersonation", NULL, IS_SWITCH, OPT_IMPERSONATION},
    {"workspace", NULL, IS_TEXT, OPT_WORKSPACE},
    {"team", NULL, IS_TEXT, OPT_TEAM},
    {"permission_set", "permission_sets", IS_LIST, OPT_PERMISSION_SET},
    {"permission", "permissions", IS_LIST, OPT_PERMISSION},
    {"company_permission", "company_permissions", IS_LIST, OPT_COMPANY_PERMISSION},
    {"role", "roles", IS_LIST, OPT_ROLE},
};

#define COLUMNS (sizeof(columns) / sizeof(*columns))

/* One run. Users that wait to be written, and all that was made for them, live in batch_pool. */
typedef struct {
    admin_t *admin;
    admin_csv_t *csv;
    const column_t *of_cell[ADMIN_CSV_CELLS_MAX];
    int cells;
    int dry_run, batch_size;
    apr_pool_t *batch_pool;
    apr_array_header_t *batch; /* of braze_user_t * */
    apr_hash_t *seen;          /* key of a userName: its row */
    braze_json_t *faults;
    admin_progress_t progress;
    int rows, added, there, bad;
} import_t;

/* A cell without blanks at its ends; NULL for one that holds none but these. */
static const char *trimmed(const char *text, apr_pool_t *pool)
{
    apr_size_t len;

    text += strspn(text, " \t");
    for (len = strlen(text); len > 0 && strchr(" \t", text[len - 1]); len--) {
    }
    return len ? apr_pstrmemdup(pool, text, len) : NULL;
}

/* ---- the head ---- */

/* "First Name" and "first-name" are first_name. */
static const column_t *column_of(const char *title, apr_pool_t *pool)
{
    const char *bare = trimmed(title, pool);
    char *name = apr_pstrdup(pool, bare ? bare : ""), *p;
    apr_size_t i;

    for (p = name; *p; p++) {
        *p = *p == '-' || *p == ' ' ? '_' : (char)apr_tolower(*p);
    }
    for (i = 0; i < COLUMNS; i++) {
        if (strcmp(name, columns[i].name) == 0 ||
            (columns[i].other_name && strcmp(name, columns[i].other_name) == 0)) {
            return &columns[i];
        }
    }
    return NULL;
}

static const char *column_names(apr_pool_t *pool)
{
    const char *names = columns[0].name;
    apr_size_t i;

    for (i = 1; i < COLUMNS; i++) {
        names = apr_pstrcat(pool, names, ", ", columns[i].name, NULL);
    }
    return names;
}

static int has_column(const import_t *import, const column_t *column)
{
    int i;

    for (i = 0; i < import->cells && import->of_cell[i] != column; i++) {
    }
    return i < import->cells;
}

static braze_err_t *read_head(import_t *import, apr_pool_t *pool)
{
    apr_array_header_t *cells;
    admin_csv_fault_t fault;
    braze_err_t *err = admin_csv_next(&cells, &fault, import->csv, pool);
    const char *file = import->csv->name;
    int i;

    if (!err && (!cells || fault.problem)) {
        err = admin_fail(pool, ADMIN_USAGE, "%s: the first row: %s: it names the columns: %s", file,
                         fault.problem ? fault.problem : "there is none", column_names(pool));
    }
    for (i = 0; !err && i < cells->nelts; i++) {
        const char *title = APR_ARRAY_IDX(cells, i, const char *);
        const column_t *column = column_of(title, pool);

        if (!column || has_column(import, column)) {
            err = admin_fail(pool, ADMIN_USAGE,
                             "%s: the first row: column %d \"%.*s\" %s: name each of these at most "
                             "once: %s",
                             file, i + 1, NAME_COLUMN_MAX, title,
                             column ? "stands there twice" : "is not known", column_names(pool));
        }
        import->of_cell[import->cells++] = column;
    }
    if (!err && !has_column(import, &columns[0])) {
        err = admin_fail(pool, ADMIN_USAGE, "%s: the first row names no column \"email\"", file);
    }
    return err;
}

/* ---- a row ---- */

static braze_err_t *bad(import_t *import, const char *problem)
{
    const admin_csv_t *csv = import->csv;
    braze_json_t *fault = braze_json_object(import->admin->pool);

    admin_progress_clear(&import->progress);
    if (csv->line == csv->row) {
        admin_note(import->admin, "%s: row %d: %s", csv->name, csv->row, problem);
    } else {
        admin_note(import->admin, "%s: row %d (line %d): %s", csv->name, csv->row, csv->line,
                   problem);
    }
    braze_json_set(fault, "row", braze_json_int(csv->row, import->admin->pool));
    braze_json_set(fault, "line", braze_json_int(csv->line, import->admin->pool));
    admin_put_text(fault, "problem", apr_pstrdup(import->admin->pool, problem),
                   import->admin->pool);
    braze_json_append(import->faults, fault);
    import->bad++;
    return NULL;
}

/* 1 yes, 0 no, -1 neither. */
static int yes_or_no(const char *text)
{
    static const char *const words[] = {"no",  "false", "0", "n", "off",
                                        "yes", "true",  "1", "y", "on"};
    int i;

    for (i = 0; i < 10; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            return i >= 5;
        }
    }
    return -1;
}

static const char *cell_problem(const char *text, apr_pool_t *pool)
{
    const char *p;

    if (strlen(text) > CELL_MAX) {
        return apr_psprintf(pool, "is longer than %d bytes", CELL_MAX);
    }
    for (p = text; *p; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f) {
            return apr_psprintf(pool, "holds a control character (\\x%02x)", (unsigned char)*p);
        }
    }
    return NULL;
}

static apr_array_header_t *split(const char *text, apr_pool_t *pool)
{
    apr_array_header_t *values = apr_array_make(pool, 4, sizeof(const char *));
    apr_size_t len;

    for (;; text += len + 1) {
        const char *value;

        len = strcspn(text, LIST_MARK);
        value = trimmed(apr_pstrmemdup(pool, text, len), pool);
        if (value) {
            APR_ARRAY_PUSH(values, const char *) = value;
        }
        if (!text[len]) {
            return values;
        }
    }
}

/* A row as if it were a command line: its cells are options, before those that were given. */
typedef struct {
    admin_t admin;
    admin_args_t args;
    const char *email, *external_id;
    int active;
} row_t;

static const char *put_cell(row_t *row, const column_t *column, const char *text)
{
    apr_pool_t *pool = row->admin.pool;
    apr_array_header_t *one = apr_array_make(pool, 1, sizeof(const char *));
    int truth = yes_or_no(text);

    APR_ARRAY_PUSH(one, const char *) = text;
    switch (column->kind) {
    case IS_TEXT:
        row->args.values[column->option] = one;
        return NULL;
    case IS_LIST:
        row->args.values[column->option] = split(text, pool);
        return NULL;
    case IS_EMAIL:
        row->email = text;
        return NULL;
    case IS_EXTERNAL_ID:
        row->external_id = text;
        return NULL;
    case IS_ACTIVE:
        row->active = truth != 0;
        break;
    case IS_SWITCH:
        row->args.values[column->option] = truth ? one : NULL;
        break;
    }
    return truth < 0 ? "is neither yes nor no" : NULL;
}

/* Why the row cannot be read; NULL when it can. */
static const char *read_row(row_t *row, const import_t *import, const apr_array_header_t *cells)
{
    apr_pool_t *pool = row->admin.pool;
    int i;

    if (cells->nelts != import->cells) {
        return apr_psprintf(pool, "it has %d cells, the first row has %d", cells->nelts,
                            import->cells);
    }
    for (i = 0; i < cells->nelts; i++) {
        const char *text = trimmed(APR_ARRAY_IDX(cells, i, const char *), pool);
        const char *problem = text ? cell_problem(text, pool) : NULL;

        if (text && !problem) {
            problem = put_cell(row, import->of_cell[i], text);
        }
        if (problem) {
            return apr_psprintf(pool, "%s \"%.64s\" %s", import->of_cell[i]->name, text, problem);
        }
    }
    if (!row->email) {
        return "there is no email";
    }
    return braze_key_is_email(row->email, pool)
               ? NULL
               : apr_psprintf(pool, "\"%.254s\" is no e-mail address", row->email);
}

static const char *make_user(braze_user_t **user, row_t *row)
{
    braze_err_t *err;

    *user = admin_user_new(&row->admin, row->email, row->external_id);
    (*user)->active = row->active;
    err = admin_permit_apply(&row->admin, *user, 0);
    return err ? admin_err_text(err, row->admin.pool) : NULL;
}

/* One person stands in a file once; the second row is a mistake, whichever of the two is. */
static const char *mark_seen(import_t *import, const braze_user_t *user, apr_pool_t *pool)
{
    apr_pool_t *whole = import->admin->pool;
    const int *row = apr_hash_get(import->seen, user->user_name_key, APR_HASH_KEY_STRING);

    if (row) {
        return apr_psprintf(pool, "\"%s\" stands in row %d already", user->user_name, *row);
    }
    apr_hash_set(import->seen, apr_pstrdup(whole, user->user_name_key), APR_HASH_KEY_STRING,
                 apr_pmemdup(whole, &import->csv->row, sizeof(int)));
    return NULL;
}

static braze_err_t *take_row(import_t *import, const apr_array_header_t *cells)
{
    row_t row = {*import->admin, *import->admin->args, NULL, NULL, 1};
    braze_user_t *user = NULL;
    const char *problem;

    row.admin.pool = import->batch_pool;
    row.admin.args = &row.args;
    problem = read_row(&row, import, cells);
    if (!problem) {
        problem = make_user(&user, &row);
    }
    if (!problem) {
        problem = mark_seen(import, user, import->batch_pool);
    }
    if (problem) {
        return bad(import, problem);
    }
    APR_ARRAY_PUSH(import->batch, braze_user_t *) = user;
    return NULL;
}

/* ---- writing ---- */

static braze_err_t *look_for(char *added, import_t *import)
{
    braze_err_t *err = NULL;
    int i;

    for (i = 0; !err && i < import->batch->nelts; i++) {
        const braze_user_t *user = APR_ARRAY_IDX(import->batch, i, const braze_user_t *);
        braze_user_t *there;

        err = braze_store_user_by_name(&there, import->admin->db, import->admin->company->id,
                                       user->user_name_key, import->batch_pool);
        added[i] = !err && !there;
    }
    return err;
}

static braze_err_t *write_batch(import_t *import)
{
    char *added = apr_pcalloc(import->batch_pool, import->batch->nelts + 1);
    admin_t *admin = import->admin;
    braze_err_t *err =
        import->dry_run
            ? look_for(added, import)
            : braze_store_user_add_all(added, admin->db, import->batch, admin->now,
                                       admin_event_new(admin, "Added Account", "import"),
                                       import->batch_pool);
    int i;

    if (err) {
        admin_progress_clear(&import->progress);
        return admin_about(
            err, admin->pool, "%s: the %d users up to row %d (%d were added before: run it again)",
            import->csv->name, import->batch->nelts, import->csv->row, import->added);
    }
    for (i = 0; i < import->batch->nelts; i++) {
        import->added += added[i];
        import->there += !added[i];
    }
    return NULL;
}

static void new_batch(import_t *import)
{
    apr_pool_clear(import->batch_pool);
    import->batch = apr_array_make(import->batch_pool, import->batch_size, sizeof(braze_user_t *));
}

static braze_err_t *take_rows(import_t *import)
{
    apr_array_header_t *cells = NULL;
    admin_csv_fault_t fault;
    apr_pool_t *row;
    braze_err_t *err;

    apr_pool_create(&row, import->admin->pool);
    do {
        apr_pool_clear(row);
        err = admin_csv_next(&cells, &fault, import->csv, row);
        if (!err && cells && ++import->rows > ROWS_MAX) {
            err =
                admin_fail(import->admin->pool, ADMIN_USAGE,
                           "%s: more than %d rows: give it in parts", import->csv->name, ROWS_MAX);
        }
        if (!err && cells) {
            err = fault.problem ? bad(import, fault.problem) : take_row(import, cells);
        }
        if (!err && (!cells || import->batch->nelts == import->batch_size)) {
            err = write_batch(import);
            new_batch(import);
        }
        admin_progress_show(&import->progress, import->csv->done, import->csv->size, import->rows);
    } while (!err && cells);
    admin_progress_clear(&import->progress);
    return err;
}

/* ---- the command ---- */

static braze_err_t *report(const import_t *import)
{
    apr_pool_t *pool = import->admin->pool;
    braze_json_t *object = braze_json_object(pool);

    admin_put_bool(object, "dry_run", import->dry_run, pool);
    braze_json_set(object, "rows", braze_json_int(import->rows, pool));
    braze_json_set(object, "added", braze_json_int(import->added, pool));
    braze_json_set(object, "there", braze_json_int(import->there, pool));
    braze_json_set(object, "bad", braze_json_int(import->bad, pool));
    braze_json_set(object, "faults", import->faults);
    admin_done(import->admin, object, "%s: %d rows: %d %s, %d there already, %d bad",
               import->csv->name, import->rows, import->added,
               import->dry_run ? "would be added" : "added", import->there, import->bad);
    return import->bad ? admin_fail(pool, ADMIN_FAILED,
                                    "%d of %d rows are bad: mend them and run it again, who is "
                                    "there is passed over",
                                    import->bad, import->rows)
                       : NULL;
}

static braze_err_t *import_users(admin_t *admin)
{
    import_t import = {.admin = admin, .batch_size = BATCH};
    braze_err_t *err = admin_arg_number(&import.batch_size, admin, OPT_BATCH, 1, BATCH_MAX);

    import.dry_run = admin_arg_has(admin, OPT_DRY_RUN);
    import.seen = apr_hash_make(admin->pool);
    import.faults = braze_json_array(admin->pool);
    apr_pool_create(&import.batch_pool, admin->pool);
    new_batch(&import);
    admin_progress_begin(&import.progress);
    if (!err) {
        err = braze_store_catalog_load(&admin->catalog, admin->db, admin->company->id, admin->pool);
    }
    if (!err) {
        err = admin_csv_open(&import.csv, admin_word(admin, 0), admin->pool);
    }
    if (!err) {
        err = read_head(&import, admin->pool);
    }
    if (!err) {
        err = take_rows(&import);
    }
    return err ? err : report(&import);
}

const admin_command_t admin_import_commands[] = {
    {"user", "import", "FILE", 1, 1,
     ADMIN_PERMIT_OPTIONS | OPT_BIT(OPT_DEPARTMENT) | OPT_BIT(OPT_CONFIRMED) |
         OPT_BIT(OPT_DRY_RUN) | OPT_BIT(OPT_BATCH),
     NEEDS_COMPANY, import_users, "make users from the rows of a CSV file", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
