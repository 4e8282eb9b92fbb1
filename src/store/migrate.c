/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of a database: which version it has, making it, bringing it up to date, refusing
 * another. */
#include <string.h>

#include <apr_strings.h>

#include "store_int.h"

/* Words of the schema's texts that differ between engines. */
typedef struct {
    const char *word, *text[2];
} word_t;

static const word_t words[] = {
    {"{id}", {"VARCHAR(35)", "VARCHAR(35) COLLATE \"C\""}},
    {"{hash}", {"CHAR(64)", "VARCHAR(64) COLLATE \"C\""}},
    {"{key}", {"TEXT", "TEXT COLLATE \"C\""}},
    {"{text}", {"TEXT", "TEXT"}},
    {"{compact}", {" WITHOUT ROWID", ""}},
    {"{each}", {"json_each", "LATERAL jsonb_array_elements_text"}},
    {"{json}", {"", "::jsonb"}},
    {"{grants}", {store_schema_sqlite_grants, ""}},
    {"{members}", {store_schema_sqlite_members, store_schema_pgsql_members}},
    {"{tokens}", {store_schema_sqlite_tokens, store_schema_pgsql_tokens}},
    {"{counters}", {store_schema_sqlite_counters, store_schema_pgsql_counters}},
    {"{sessions}", {store_schema_sqlite_sessions, store_schema_pgsql_sessions}},
    {"{begun}", {"", store_schema_pgsql_begun}},
    {"{owned}", {"", store_schema_pgsql_owned}},
    {"{own}", {store_schema_sqlite_own, ""}},
    {"{counted}", {store_schema_spans, store_schema_spans}},
    {"{spans}", {store_schema_sqlite_spans, store_schema_pgsql_spans}},
    {"{words}", {store_schema_sqlite_words, store_schema_pgsql_words}},
    /* PostgreSQL wants the tables first and gets these afterwards. */
    {"{company_fk}",
     {",\n"
      "  CONSTRAINT braze_fk_company_workspace FOREIGN KEY (id, default_workspace_id)\n"
      "    REFERENCES braze_workspace(company_id, id),\n"
      "  CONSTRAINT braze_fk_company_set FOREIGN KEY (id, default_permission_set_id)\n"
      "    REFERENCES braze_permission_set(company_id, id)",
      ""}},
    {NULL, {NULL, NULL}},
};

static const word_t *word_at(const char *text)
{
    const word_t *word;

    for (word = words; word->word; word++) {
        if (strncmp(text, word->word, strlen(word->word)) == 0) {
            return word;
        }
    }
    return NULL;
}

static const char *expand_words(const char *text, braze_engine_t engine, apr_pool_t *pool)
{
    apr_array_header_t *parts = apr_array_make(pool, 256, sizeof(const char *));

    while (*text) {
        const word_t *word = word_at(text);
        apr_size_t plain = strcspn(text + 1, "{") + 1;

        if (word) {
            /* A word's text may have words of its own. */
            APR_ARRAY_PUSH(parts, const char *) = expand_words(word->text[engine], engine, pool);
            text += strlen(word->word);
        } else {
            APR_ARRAY_PUSH(parts, const char *) = apr_pstrmemdup(pool, text, plain);
            text += plain;
        }
    }
    return apr_array_pstrcat(pool, parts, 0);
}

static const char *first_step(braze_engine_t engine, apr_pool_t *pool)
{
    return apr_pstrcat(pool, store_schema_tables,
                       engine == BRAZE_ENGINE_SQLITE ? store_schema_sqlite : store_schema_pgsql,
                       store_schema_views, store_schema_vocabulary, NULL);
}

const char *braze_store_schema(braze_engine_t engine, apr_pool_t *pool)
{
    if (engine != BRAZE_ENGINE_SQLITE && engine != BRAZE_ENGINE_PGSQL) {
        return "";
    }
    return expand_words(apr_pstrcat(pool, first_step(engine, pool), store_schema_second,
                                    store_schema_second_indexes, store_schema_second_views,
                                    store_schema_third, store_schema_fourth, store_schema_fifth,
                                    NULL),
                        engine, pool);
}

static apr_size_t length_trimmed(const char *text)
{
    apr_size_t len = strlen(text);

    while (len > 0 && text[len - 1] == '\n') {
        len--;
    }
    return len;
}

static braze_err_t *run_text(braze_db_t *db, const char *text, apr_pool_t *pool)
{
    const char *why;
    int changed, rv;

    text = expand_words(text, db->engine, pool);
    if (!*text) {
        return NULL; /* nothing to do on this engine */
    }
    /* SQLite's driver takes a newline after the last statement for one more, and fails. */
    rv = apr_dbd_query(db->driver, db->handle, &changed,
                       apr_pstrmemdup(pool, text, length_trimmed(text)));
    if (rv == 0) {
        return NULL;
    }
    db->fault = store_fault_read(&why, db, rv, pool);
    return store_fault_error(db, "migration", why, pool);
}

/* 1 when there is a table braze_schema. Its own absence would be an error, which says less. */
static braze_err_t *has_schema(int *has, braze_db_t *db, apr_pool_t *pool)
{
    static const char *const texts[] = {
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'braze_schema'",
        "SELECT count(*) FROM pg_class WHERE oid = to_regclass('braze_schema')",
    };
    store_rows_t rows = {.driver = db->driver, .pool = pool};
    const char *why;
    int rv, attempt = 0;

    for (;;) {
        db->fault = FAULT_NONE;
        rv = apr_dbd_select(db->driver, pool, db->handle, &rows.results, texts[db->engine], 1);
        if (rv == 0) {
            break;
        }
        db->fault = store_fault_read(&why, db, rv, pool);
        if (db->in_transaction || !store_again(db, attempt++, pool)) {
            return store_fault_error(db, "looking for the schema", why, pool);
        }
    }
    rows.count = apr_dbd_num_tuples(db->driver, rows.results);
    *has = store_next(&rows) && store_int(&rows, 0) > 0;
    return NULL;
}

/* 0 when there is no schema. */
static braze_err_t *read_version(int *version, braze_db_t *db, apr_pool_t *pool)
{
    store_rows_t rows;
    int has = 0;
    braze_err_t *err = has_schema(&has, db, pool);

    *version = 0;
    if (err || !has) {
        return err;
    }
    err = store_select(&rows, db, ST_SCHEMA_VERSION, NO_ARGS, pool);
    if (!err && store_next(&rows)) {
        *version = (int)store_int(&rows, 0);
    }
    return err;
}

static braze_err_t *make_second(braze_db_t *db, apr_pool_t *pool)
{
    braze_err_t *err = run_text(db, store_schema_second, pool);

    if (!err) {
        err = store_migrate_users(db, pool);
    }
    if (!err) {
        err = run_text(db, store_schema_second_indexes, pool);
    }
    return err ? err : run_text(db, store_schema_second_views, pool);
}

static braze_err_t *make_third(braze_db_t *db, apr_pool_t *pool)
{
    store_rows_t rows;
    int more;
    braze_err_t *err = run_text(db, store_schema_third, pool);

    if (!err) {
        err = store_select(&rows, db, ST_COMPANY_LIST, NO_ARGS, pool);
    }
    while (!err && store_next(&rows)) {
        do {
            err = store_spans_close(&more, db, store_text(&rows, 0), pool);
        } while (!err && more);
    }
    return err;
}

/* What brings a database from version - 1 to version. */
static braze_err_t *make_version(int version, braze_db_t *db, apr_pool_t *pool)
{
    switch (version) {
    case 1:
        return run_text(db, first_step(db->engine, pool), pool);
    case 2:
        return make_second(db, pool);
    case 3:
        return make_third(db, pool);
    case 4:
        return run_text(db, store_schema_fourth, pool);
    default:
        return run_text(db, store_schema_fifth, pool);
    }
}

typedef struct {
    int from, to; /* to: after this step */
    int last;     /* the version to stop at */
} migration_t;

/* One step: looks again under the lock, since two may migrate at once. */
static braze_err_t *take_step(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    migration_t *migration = baton;
    braze_err_t *err = NULL;

    if (db->engine == BRAZE_ENGINE_PGSQL) {
        err = run_text(db, "SELECT pg_advisory_xact_lock(3212836864)", pool);
    }
    if (!err) {
        err = read_version(&migration->from, db, pool);
    }
    migration->to = migration->from;
    *commit = 0;
    if (err || migration->from >= migration->last) {
        return err;
    }
    err = make_version(migration->from + 1, db, pool);
    if (!err) {
        migration->to = migration->from + 1;
        err = store_write(NULL, db, ST_SCHEMA_NOTE, ARGS(INT(migration->to), MS(apr_time_now())),
                          pool);
    }
    *commit = 1;
    return err;
}

braze_err_t *store_no_schema(const char *what, apr_pool_t *pool)
{
    braze_err_t *err =
        braze_err_new(500, NULL, "BRAZE-0101", "The account database is not set up.", pool);

    return braze_err_log(err, pool, "%s: run \"braze-admin migrate\"", what);
}

static braze_err_t *wrong_version(int version, apr_pool_t *pool)
{
    braze_err_t *err;

    if (version == 0) {
        return store_no_schema("the database has no schema", pool);
    }
    err = braze_err_new(500, NULL, "BRAZE-0102",
                        "The account database is not set up for this version.", pool);
    if (version < BRAZE_SCHEMA_VERSION) {
        return braze_err_log(err, pool,
                             "the database's schema is version %d and version %d is needed: run "
                             "\"braze-admin migrate\"",
                             version, BRAZE_SCHEMA_VERSION);
    }
    return braze_err_log(err, pool,
                         "the database's schema is version %d, newer than this build's %d: "
                         "install the newer modules (\"braze-admin migrate\" of those made it)",
                         version, BRAZE_SCHEMA_VERSION);
}

braze_err_t *store_migrate_to(int *from, int *to, braze_db_t *db, int version, apr_pool_t *pool)
{
    migration_t migration = {0, 0, version};
    braze_err_t *err = read_version(from, db, pool);

    *to = *from;
    if (!err && *from > BRAZE_SCHEMA_VERSION) {
        return wrong_version(*from, pool);
    }
    while (!err && *to < version) {
        err = store_transact(db, take_step, &migration, pool);
        *to = migration.to;
        /* SQLite's prepared statements know only the schema that they were prepared under. */
        store_forget_statements(db);
    }
    return err;
}

braze_err_t *braze_store_migrate(int *from, int *to, braze_db_t *db, apr_pool_t *pool)
{
    return store_migrate_to(from, to, db, BRAZE_SCHEMA_VERSION, pool);
}

braze_err_t *braze_store_check(braze_db_t *db, apr_pool_t *pool)
{
    int version;
    braze_err_t *err = read_version(&version, db, pool);

    if (!err && version != BRAZE_SCHEMA_VERSION) {
        err = wrong_version(version, pool);
    }
    return err;
}
