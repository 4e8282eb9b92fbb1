/* SPDX-License-Identifier: Apache-2.0 */
/* A company over a fresh SQLite file, and a login into it; for test_jit_*.c. */
#ifndef UNIT_JIT_H
#define UNIT_JIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "braze_jit.h"
#include "braze_key.h"

#define NOW (APR_INT64_C(1768478400) * APR_USEC_PER_SEC) /* 2026-01-15T12:00:00Z */
#define HOUR (APR_INT64_C(3600) * APR_USEC_PER_SEC)
#define IDP "https://idp.decorumsoft.com/metadata"

static apr_pool_t *pool;
static braze_db_t *db;
static const char *db_file;
static apr_array_header_t *log_lines; /* of const char * */
static int assertions;                /* made so far: each has an ID of its own */

/* The company of most tests, as the policy of a location sees it. */
static braze_company_t *company;
static braze_jit_policy_t policy;
static braze_jit_client_t client;

static inline void fine(braze_err_t *err)
{
    if (err) {
        fail_msg("%s", braze_err_line(err, pool));
    }
}

static inline void keep_line(void *baton, braze_log_level_t level, const char *line)
{
    (void)baton;
    (void)level;
    APR_ARRAY_PUSH(log_lines, const char *) = apr_pstrdup(pool, line);
}

/* How many lines of the log begin with the tag. */
static inline int logged(const char *tag)
{
    int i, found = 0;

    for (i = 0; i < log_lines->nelts; i++) {
        const char *line = APR_ARRAY_IDX(log_lines, i, const char *);

        found += strncmp(line, tag, strlen(tag)) == 0 && line[strlen(tag)] == ' ';
    }
    return found;
}

/* ---- companies ---- */

static inline const char *add_item(const char *company_id, braze_item_kind_t kind, const char *name,
                                   const char *permission)
{
    braze_item_t item = {.kind = kind, .name = name};
    apr_array_header_t *permissions = apr_array_make(pool, 1, sizeof(const char *));

    if (permission) {
        APR_ARRAY_PUSH(permissions, const char *) = permission;
        item.permissions = permissions;
    }
    fine(braze_store_item_add(db, company_id, &item, pool));
    return item.id;
}

/* Reads company and catalogue again, as after a change of settings. */
static inline void reload(void)
{
    braze_catalog_t *catalog;
    braze_company_t *again;

    fine(braze_store_company_get(&again, db, company->id, pool));
    assert_non_null(again);
    fine(braze_store_catalog_load(&catalog, db, again->id, pool));
    company = again;
    policy.company = company;
    policy.catalog = catalog;
}

/* A company with provisioning on and both defaults. */
static inline braze_company_t *add_company(const char *name)
{
    braze_company_t *added = apr_pcalloc(pool, sizeof(*added)), *again;
    const char *workspace, *set;

    added->name = name;
    fine(braze_store_company_add(db, added, pool));
    workspace = add_item(added->id, BRAZE_ITEM_WORKSPACE, "Marketing", NULL);
    set = add_item(added->id, BRAZE_ITEM_PERMISSION_SET, "Readers", "view_campaigns");
    fine(braze_store_company_get(&again, db, added->id, pool));
    again->provisioning = 1;
    again->default_workspace_id = workspace;
    again->default_permission_set_id = set;
    fine(braze_store_company_update(db, again, pool));
    return again;
}

/* ---- users ---- */

/* An active, confirmed user whom the operator made; change says what is different before it is
 * stored. */
static inline const char *add_user(const char *company_id, const char *email,
                                   void (*change)(braze_user_t *user))
{
    braze_user_t *user = apr_pcalloc(pool, sizeof(*user));

    user->company_id = company_id;
    user->active = user->confirmed = 1;
    user->source = "operator";
    user->permissions = "{}";
    user->resource = braze_json_text(braze_user_resource_new(email, "Ana",
                                                             "Garc\xc3\xad"
                                                             "a",
                                                             NULL, pool),
                                     pool);
    if (change) {
        change(user);
    }
    fine(braze_user_derive(user, pool));
    fine(braze_store_user_add(db, user, NOW - HOUR, NULL, pool));
    return user->id;
}

static inline void inactive(braze_user_t *user)
{
    user->active = 0;
}

static inline void unconfirmed(braze_user_t *user)
{
    user->confirmed = 0;
}

static inline void impersonation(braze_user_t *user)
{
    user->impersonation = 1;
}

static inline void of_scim(braze_user_t *user)
{
    user->source = "scim";
}

static inline braze_user_t *get_user(const char *id)
{
    braze_user_t *user;

    fine(braze_store_user_get(&user, db, company->id, id, pool));
    assert_non_null(user);
    return user;
}

static inline int count_users(const char *company_id)
{
    apr_array_header_t *users;
    apr_int64_t total;

    fine(braze_store_user_list(&users, &total, db, company_id, 0, 100, pool));
    return (int)total;
}

/* ---- identities ---- */

static inline void give(braze_saml_identity_t *identity, const char *name, const char *value)
{
    apr_array_header_t *attributes = (apr_array_header_t *)identity->attributes;
    apr_array_header_t *values = apr_array_make(pool, 1, sizeof(const char *));
    braze_saml_attribute_t *attribute = apr_pcalloc(pool, sizeof(*attribute));

    APR_ARRAY_PUSH(values, const char *) = value;
    attribute->name = name;
    attribute->values = values;
    APR_ARRAY_PUSH(attributes, braze_saml_attribute_t *) = attribute;
}

/* An IdP-initiated login of one person; every call is another assertion. */
static inline braze_saml_identity_t *identity_of(const char *email)
{
    braze_saml_identity_t *identity = apr_pcalloc(pool, sizeof(*identity));
    const char *key;

    identity->issuer = IDP;
    identity->assertion_id = apr_psprintf(pool, "_a%d", ++assertions);
    identity->replay_key =
        braze_sha256_hex(identity->assertion_id, strlen(identity->assertion_id), pool);
    identity->replay_until = NOW + HOUR;
    /* Of each person their own, and of nobody else ever. */
    identity->name_id = "G-1234";
    if (email && !braze_key_fold(&key, email + strspn(email, " \n\t"),
                                 strcspn(email + strspn(email, " \n\t"), " \r\n"), pool)) {
        identity->name_id = apr_pstrcat(pool, "G-", key, NULL);
    }
    identity->name_id_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    identity->session_index = "_s1";
    identity->authn_instant = NOW;
    identity->attributes = apr_array_make(pool, 4, sizeof(braze_saml_attribute_t *));
    if (email) {
        give(identity, "email", email);
    }
    return identity;
}

static inline braze_saml_identity_t *sp_initiated(braze_saml_identity_t *identity)
{
    identity->in_response_to = "_r1";
    return identity;
}

/* ---- logins ---- */

static inline braze_jit_result_t *sign_in(const braze_saml_identity_t *identity)
{
    braze_jit_result_t *result = NULL;

    fine(braze_jit_login(&result, db, identity, &policy, &client, NOW, pool));
    assert_non_null(result);
    return result;
}

static inline int count_events(const char *name, const char *code)
{
    apr_array_header_t *events;
    int i, found = 0;

    fine(braze_store_event_list(&events, db, policy.company->id, 1000, pool));
    for (i = 0; i < events->nelts; i++) {
        const braze_event_t *event = APR_ARRAY_IDX(events, i, braze_event_t *);

        found += strcmp(event->name, name) == 0 &&
                 (!code || (event->code && strcmp(event->code, code) == 0));
    }
    return found;
}

/* The login is refused with the code, by one audit row, and nothing else is written. */
static inline braze_err_t *refused(const braze_saml_identity_t *identity, const char *code)
{
    int users = count_users(policy.company->id);
    int before = count_events("Failed Login", code), entered = count_events("Signed In", NULL);
    braze_jit_result_t *result = (braze_jit_result_t *)1;
    braze_err_t *err = braze_jit_login(&result, db, identity, &policy, &client, NOW, pool);

    if (!err) {
        fail_msg("signed in instead of %s", code);
    }
    assert_null(result);
    if (!err->code || strcmp(err->code, code) != 0) {
        fail_msg("not %s: %s", code, braze_err_line(err, pool));
    }
    assert_int_equal(err->status, 403);
    assert_int_equal(count_events("Failed Login", code), before + 1);
    assert_int_equal(count_events("Signed In", NULL), entered);
    assert_int_equal(count_users(policy.company->id), users);
    return err;
}

/* ---- set-up ---- */

static inline int set_up(void **state)
{
    static braze_log_t log = {keep_line, NULL};
    static const braze_db_env_t env = {.log = {keep_line, NULL}};
    const char *temp;
    char *name;
    apr_file_t *file;
    int from, to;

    (void)state;
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    log_lines = apr_array_make(pool, 8, sizeof(const char *));
    assert_int_equal(apr_temp_dir_get(&temp, pool), APR_SUCCESS);
    name = apr_pstrcat(pool, temp, "/braze-jit-XXXXXX", NULL);
    assert_int_equal(
        apr_file_mktemp(&file, name,
                        APR_FOPEN_READ | APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_EXCL, pool),
        APR_SUCCESS);
    db_file = name;
    fine(braze_db_open(&db, "sqlite3", db_file, 1, &env, pool));
    fine(braze_store_migrate(&from, &to, db, pool));
    company = add_company("Decorumsoft");
    memset(&policy, 0, sizeof(policy));
    policy.provisioning = -1;
    policy.session_max_age = 8 * HOUR;
    policy.log = &log;
    client.ip = "192.0.2.7";
    client.correlation = "4f1c-77";
    reload();
    return 0;
}

static inline int tear_down(void **state)
{
    static const char *const parts[] = {"", "-wal", "-shm"};
    char path[4096];
    int i;

    (void)state;
    apr_cpystrn(path, db_file, sizeof(path));
    apr_pool_destroy(pool);
    for (i = 0; i < 3; i++) {
        apr_pool_t *scratch;

        assert_int_equal(apr_pool_create(&scratch, NULL), APR_SUCCESS);
        apr_file_remove(apr_pstrcat(scratch, path, parts[i], NULL), scratch);
        apr_pool_destroy(scratch);
    }
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static inline int run_all(const struct CMUnitTest *tests, apr_size_t count)
{
    int failed;

    apr_initialize();
    failed = _cmocka_run_group_tests("jit", tests, count, NULL, NULL);
    apr_terminate();
    return failed;
}

#endif
