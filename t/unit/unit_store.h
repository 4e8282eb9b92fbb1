/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store's tests share: each test gets a fresh database of an engine, SQLite always,
 * PostgreSQL where BRAZE_TEST_PGSQL says how to reach one (DBDParams' words; a schema of its own is
 * made there). Without it PostgreSQL's tests are skipped, or fail when BRAZE_TEST_REQUIRE_PGSQL
 * is 1.
 */
#ifndef UNIT_STORE_H
#define UNIT_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <apr_pools.h>

#include "braze_store.h"

typedef struct {
    apr_pool_t *pool;
    braze_engine_t engine;
    const char *driver, *params;
    const char *folder;         /* SQLite's */
    const char *schema;         /* PostgreSQL's */
    braze_db_env_t env;         /* with a lock for the threads of this process */
    braze_combiner_t *combiner; /* for connections of several threads */
    braze_db_t *db;
} unit_store_t;

/* Both engines, on a migrated database and on an empty one. */
#define STORE_TEST(f) STORE_TEST_WITH(f, unit_store_sqlite, unit_store_pgsql)
#define STORE_TEST_EMPTY(f) STORE_TEST_WITH(f, unit_store_sqlite_empty, unit_store_pgsql_empty)
#define STORE_TEST_WITH(f, sqlite, pgsql)                                                          \
    STORE_TEST_ON("sqlite: ", f, sqlite), STORE_TEST_ON("pgsql: ", f, pgsql)
#define STORE_TEST_ON(name, f, begin)                                                              \
    {                                                                                              \
        name #f, f, begin, unit_store_end, NULL                                                    \
    }
/* What only one engine can have. */
#define STORE_TEST_SQLITE(f) STORE_TEST_ON("sqlite: ", f, unit_store_sqlite)
#define STORE_TEST_PGSQL(f) STORE_TEST_ON("pgsql: ", f, unit_store_pgsql)

int unit_store_sqlite(void **state);
int unit_store_pgsql(void **state);
int unit_store_sqlite_empty(void **state);
int unit_store_pgsql_empty(void **state);
int unit_store_end(void **state);

/* The test's store; skips or fails the test where there is no such engine. */
unit_store_t *unit_store(void **state);

/* Another connection to the same database. */
braze_db_t *unit_store_open(const unit_store_t *store, apr_pool_t *pool);

/* What an application would see: the first value of a select of its own, by a plain connection;
 * NULL for no row and NULL. */
const char *unit_store_see(const unit_store_t *store, const char *sql);
int unit_store_count(const unit_store_t *store, const char *sql);
/* Runs SQL by such a connection. */
void unit_store_do(const unit_store_t *store, const char *sql);

/* Fails the test with the error's own words unless it is NULL. */
#define assert_fine(err) unit_assert_fine(err, __FILE__, __LINE__)
void unit_assert_fine(const braze_err_t *err, const char *file, int line);
/* Fails unless err has this status and tag. */
#define assert_refused(err, status, tag) unit_assert_refused(err, status, tag, __FILE__, __LINE__)
void unit_assert_refused(const braze_err_t *err, int status, const char *tag, const char *file,
                         int line);

/* ---- rows ---- */

#define UNIT_NOW apr_time_from_sec(1800000000) /* the tests' time */

const char *unit_store_company(const unit_store_t *store, const char *name);
/* An item of the company; permissions (one, or NULL) for sets and roles, workspace for teams. */
const char *unit_store_item(const unit_store_t *store, const char *company_id,
                            braze_item_kind_t kind, const char *name, const char *extra);
/* A confirmed, active user who is not added yet, and one who is. */
braze_user_t *unit_user(const char *company_id, const char *email, const char *permissions,
                        apr_pool_t *pool);
braze_user_t *unit_store_user(const unit_store_t *store, const char *company_id, const char *email,
                              const char *permissions);
braze_user_t *unit_store_get(const unit_store_t *store, const braze_user_t *user);
/* Ids (NULL-ended) as a list. */
#define unit_ids(pool, ...) unit_ids_of(pool, (const char *const[]){__VA_ARGS__})
apr_array_header_t *unit_ids_of(apr_pool_t *pool, const char *const *ids);
/* A group that is not added yet, and one that is, with members (NULL = none). */
braze_group_t *unit_group(const char *company_id, const char *name, apr_pool_t *pool);
braze_group_t *unit_store_group(const unit_store_t *store, const char *company_id, const char *name,
                                const apr_array_header_t *members);
/* A login of e-mail with the assertion named; session of one hour, hash made of the assertion's
 * name and salt. */
braze_sign_in_t *unit_sign_in(const char *company_id, const char *email, const char *assertion,
                              const char *salt, apr_pool_t *pool);
braze_event_t *unit_event(const char *company_id, const char *name, apr_pool_t *pool);

#endif
