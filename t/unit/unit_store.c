/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_dbd.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "braze_id.h"
#include "braze_key.h"

void unit_assert_fine(const braze_err_t *err, const char *file, int line)
{
    if (err) {
        print_error("%s: %s\n", err->tag, err->log ? err->log : err->detail);
        _assert_true(0, "no error", file, line);
    }
}

void unit_assert_refused(const braze_err_t *err, int status, const char *tag, const char *file,
                         int line)
{
    if (!err) {
        print_error("no error, though %d %s is due\n", status, tag);
        _assert_true(0, tag, file, line);
        return;
    }
    if (err->status != status || strcmp(err->tag, tag) != 0) {
        print_error("%d %s: %s\n", err->status, err->tag, err->log ? err->log : err->detail);
    }
    _assert_int_equal(err->status, status, file, line);
    _assert_string_equal(err->tag, tag, file, line);
}

/* ---- plain connections ---- */

typedef struct {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    apr_pool_t *pool;
} plain_t;

static void plain_open(plain_t *plain, const char *driver, const char *params, apr_pool_t *pool)
{
    const char *why = NULL;

    apr_pool_create(&plain->pool, pool);
    assert_int_equal(apr_dbd_init(plain->pool), APR_SUCCESS);
    assert_int_equal(apr_dbd_get_driver(plain->pool, driver, &plain->driver), APR_SUCCESS);
    if (apr_dbd_open_ex(plain->driver, plain->pool, params, &plain->handle, &why) != APR_SUCCESS) {
        fail_msg("%s: %s", driver, why ? why : "not opened");
    }
}

static void plain_close(plain_t *plain)
{
    apr_dbd_close(plain->driver, plain->handle);
    apr_pool_destroy(plain->pool);
}

static void plain_do(const plain_t *plain, const char *sql)
{
    int changed, rv = apr_dbd_query(plain->driver, plain->handle, &changed, sql);

    if (rv != 0) {
        fail_msg("%.60s: %s", sql, apr_dbd_error(plain->driver, plain->handle, rv));
    }
}

void unit_store_do(const unit_store_t *store, const char *sql)
{
    plain_t plain;

    plain_open(&plain, store->driver, store->params, store->pool);
    /* SQLite's driver takes a newline after the last statement for one more. */
    plain_do(&plain, apr_pstrmemdup(plain.pool, sql,
                                    strlen(sql) - (strchr("\n", sql[strlen(sql) - 1]) != NULL)));
    plain_close(&plain);
}

const char *unit_store_see(const unit_store_t *store, const char *sql)
{
    plain_t plain;
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *value = NULL;

    plain_open(&plain, store->driver, store->params, store->pool);
    if (apr_dbd_select(plain.driver, plain.pool, plain.handle, &results, sql, 1) != 0) {
        fail_msg("%s: %s", sql, apr_dbd_error(plain.driver, plain.handle, 0));
    }
    if (apr_dbd_num_tuples(plain.driver, results) > 0 &&
        apr_dbd_get_row(plain.driver, plain.pool, results, &row, -1) == 0 &&
        apr_dbd_datum_get(plain.driver, row, 0, APR_DBD_TYPE_STRING, &value) == APR_SUCCESS) {
        value = apr_pstrdup(store->pool, value);
    }
    plain_close(&plain);
    return value;
}

int unit_store_count(const unit_store_t *store, const char *sql)
{
    const char *value = unit_store_see(store, sql);

    return value ? (int)apr_strtoi64(value, NULL, 10) : -1;
}

/* ---- a database for each test ---- */

static apr_status_t lock(void *baton)
{
    return apr_thread_mutex_lock(baton);
}

static apr_status_t unlock(void *baton)
{
    return apr_thread_mutex_unlock(baton);
}

static unit_store_t *begin(braze_engine_t engine, const char *driver)
{
    apr_pool_t *pool;
    apr_thread_mutex_t *mutex;
    unit_store_t *store;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    store = apr_pcalloc(pool, sizeof(*store));
    store->pool = pool;
    store->engine = engine;
    store->driver = driver;
    apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, pool);
    store->combiner = braze_combiner_make(pool);
    store->env.lock = lock;
    store->env.unlock = unlock;
    store->env.lock_baton = mutex;
    return store;
}

int unit_store_sqlite_empty(void **state)
{
    unit_store_t *store = begin(BRAZE_ENGINE_SQLITE, "sqlite3");
    const char *where = getenv("TMPDIR");
    char *folder =
        apr_psprintf(store->pool, "%s/braze-store.XXXXXX", where && *where ? where : "/tmp");

    if (!mkdtemp(folder)) {
        return -1;
    }
    store->folder = folder;
    store->params = apr_pstrcat(store->pool, folder, "/db.sqlite", NULL);
    assert_fine(
        braze_db_open(&store->db, store->driver, store->params, 1, &store->env, store->pool));
    *state = store;
    return 0;
}

int unit_store_pgsql_empty(void **state)
{
    const char *server = getenv("BRAZE_TEST_PGSQL");
    unit_store_t *store;
    plain_t plain;

    *state = NULL;
    if (!server || !*server) {
        return 0;
    }
    store = begin(BRAZE_ENGINE_PGSQL, "pgsql");
    store->schema = apr_psprintf(store->pool, "unit_%.16s",
                                 braze_sha256_hex(braze_secret_new(store->pool), 43, store->pool));
    plain_open(&plain, store->driver, server, store->pool);
    plain_do(&plain, apr_pstrcat(store->pool, "CREATE SCHEMA ", store->schema, NULL));
    plain_close(&plain);
    store->params =
        apr_pstrcat(store->pool, server, " options='-c search_path=", store->schema, "'", NULL);
    assert_fine(
        braze_db_open(&store->db, store->driver, store->params, 1, &store->env, store->pool));
    *state = store;
    return 0;
}

static int migrated(void **state, int rv)
{
    unit_store_t *store = *state;
    int from, to;

    if (rv == 0 && store) {
        assert_fine(braze_store_migrate(&from, &to, store->db, store->pool));
    }
    return rv;
}

int unit_store_sqlite(void **state)
{
    return migrated(state, unit_store_sqlite_empty(state));
}

int unit_store_pgsql(void **state)
{
    return migrated(state, unit_store_pgsql_empty(state));
}

static void drop_schema(const unit_store_t *store)
{
    unit_store_do(store, apr_pstrcat(store->pool, "DROP SCHEMA ", store->schema, " CASCADE", NULL));
}

static void remove_folder(const char *folder)
{
    static const char *const names[] = {"/db.sqlite", "/db.sqlite-wal", "/db.sqlite-shm", ""};
    char path[512];
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        apr_snprintf(path, sizeof(path), "%s%s", folder, names[i]);
        (void)remove(path);
    }
}

int unit_store_end(void **state)
{
    unit_store_t *store = *state;
    char folder[256];

    if (!store) {
        return 0;
    }
    if (store->schema) {
        drop_schema(store);
    }
    apr_cpystrn(folder, store->folder ? store->folder : "", sizeof(folder));
    apr_pool_destroy(store->pool);
    if (*folder) {
        remove_folder(folder);
    }
    return 0;
}

unit_store_t *unit_store(void **state)
{
    const char *required = getenv("BRAZE_TEST_REQUIRE_PGSQL");

    if (!*state) {
        if (required && strcmp(required, "1") == 0) {
            fail_msg("BRAZE_TEST_PGSQL is not set: where is PostgreSQL?");
        }
        skip();
    }
    return *state;
}

braze_db_t *unit_store_open(const unit_store_t *store, apr_pool_t *pool)
{
    braze_db_t *db;

    assert_fine(braze_db_open(&db, store->driver, store->params, 0, &store->env, pool));
    return db;
}

/* ---- rows ---- */

const char *unit_store_company(const unit_store_t *store, const char *name)
{
    braze_company_t company = {0};

    company.name = name;
    assert_fine(braze_store_company_add(store->db, &company, store->pool));
    return company.id;
}

const char *unit_store_item(const unit_store_t *store, const char *company_id,
                            braze_item_kind_t kind, const char *name, const char *extra)
{
    braze_item_t item = {kind, NULL, name, NULL, NULL};
    apr_array_header_t *permissions = apr_array_make(store->pool, 1, sizeof(const char *));

    if (kind == BRAZE_ITEM_TEAM) {
        item.workspace_id = extra;
    } else if (extra) {
        APR_ARRAY_PUSH(permissions, const char *) = extra;
    }
    item.permissions = permissions;
    assert_fine(braze_store_item_add(store->db, company_id, &item, store->pool));
    return item.id;
}

braze_user_t *unit_user(const char *company_id, const char *email, const char *permissions,
                        apr_pool_t *pool)
{
    braze_user_t *user = apr_pcalloc(pool, sizeof(*user));

    user->company_id = company_id;
    user->active = user->confirmed = 1;
    user->source = "operator";
    user->permissions = permissions ? permissions : "{}";
    user->resource =
        braze_json_text(braze_user_resource_new(email, "Ada", "Lovelace", NULL, pool), pool);
    assert_fine(braze_user_derive(user, pool));
    return user;
}

braze_user_t *unit_store_user(const unit_store_t *store, const char *company_id, const char *email,
                              const char *permissions)
{
    braze_user_t *user = unit_user(company_id, email, permissions, store->pool);

    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, NULL, store->pool));
    return user;
}

braze_user_t *unit_store_get(const unit_store_t *store, const braze_user_t *user)
{
    braze_user_t *there;

    assert_fine(braze_store_user_get(&there, store->db, user->company_id, user->id, store->pool));
    return there;
}

apr_array_header_t *unit_ids_of(apr_pool_t *pool, const char *const *ids)
{
    apr_array_header_t *list = apr_array_make(pool, 4, sizeof(const char *));

    for (; *ids; ids++) {
        APR_ARRAY_PUSH(list, const char *) = *ids;
    }
    return list;
}

braze_group_t *unit_group(const char *company_id, const char *name, apr_pool_t *pool)
{
    braze_group_t *group = apr_pcalloc(pool, sizeof(*group));
    braze_json_t *resource = braze_json_object(pool);

    group->company_id = company_id;
    braze_json_set_string(resource, "displayName", name);
    assert_fine(braze_group_derive_json(group, resource, pool));
    return group;
}

braze_group_t *unit_store_group(const unit_store_t *store, const char *company_id, const char *name,
                                const apr_array_header_t *members)
{
    braze_group_t *group = unit_group(company_id, name, store->pool);

    assert_fine(braze_store_group_add(store->db, group, members, UNIT_NOW, NULL, store->pool));
    return group;
}

braze_event_t *unit_event(const char *company_id, const char *name, apr_pool_t *pool)
{
    braze_event_t *event = apr_pcalloc(pool, sizeof(*event));

    event->company_id = company_id;
    event->at = UNIT_NOW;
    event->name = name;
    event->actor = "operator:unit";
    event->ip = "192.0.2.1";
    event->correlation = "c0ffee";
    event->detail = "a detail";
    return event;
}

static const char *hashed(const char *prefix, const char *a, const char *b, apr_pool_t *pool)
{
    const char *text = apr_pstrcat(pool, prefix, "|", a, "|", b, NULL);

    return braze_sha256_hex(text, strlen(text), pool);
}

braze_sign_in_t *unit_sign_in(const char *company_id, const char *email, const char *assertion,
                              const char *salt, apr_pool_t *pool)
{
    braze_sign_in_t *in = apr_pcalloc(pool, sizeof(*in));
    braze_session_t *session = apr_pcalloc(pool, sizeof(*session));

    in->company_id = company_id;
    assert_fine(braze_key_fold(&in->email_key, email, strlen(email), pool));
    in->replay_key = hashed("assertion", assertion, "", pool);
    in->replay_until = UNIT_NOW + apr_time_from_sec(300);
    in->session_hash = hashed("session", assertion, salt, pool);
    in->event = unit_event(company_id, NULL, pool);
    in->now = UNIT_NOW;
    session->created_at = session->last_seen_at = UNIT_NOW;
    session->expires_at = UNIT_NOW + apr_time_from_sec(3600);
    session->idp = "https://idp.example/metadata";
    session->name_id = email;
    session->name_id_format = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    session->session_index = "_s1";
    in->session = session;
    in->link = braze_store_link_make(
        &(braze_link_t){.idp = session->idp, .name_id_format = session->name_id_format}, NULL,
        pool);
    return in;
}
