/* SPDX-License-Identifier: Apache-2.0 */
/* A database of version 1 with rows in it, brought up to date: nothing is lost, and what version 2
 * searches by is there. */
#include <string.h>

#include <apr_strings.h>

#include "src/store/store_int.h"
#include "unit_store.h"

#define MANY 1234 /* users: two batches and a bit */

static void do_f(const unit_store_t *store, const char *format, const char *a)
{
    unit_store_do(store, apr_psprintf(store->pool, format, a));
}

static void to_version_1(const unit_store_t *store)
{
    int from, to;

    assert_fine(store_migrate_to(&from, &to, store->db, 1, store->pool));
    assert_int_equal(to, 1);
    assert_refused(braze_store_check(store->db, store->pool), 500, "BRAZE-0102");
    unit_store_do(store, "INSERT INTO braze_company(id, name, name_key, version) "
                         "VALUES('c1', 'Decorumsoft', 'decorumsoft', 1)");
    unit_store_do(store, "INSERT INTO braze_company(id, name, name_key, version) "
                         "VALUES('c2', 'Other', 'other', 1)");
}

static void to_now(const unit_store_t *store)
{
    int from, to;

    assert_fine(braze_store_migrate(&from, &to, store->db, store->pool));
    assert_int_equal(from, 1);
    assert_int_equal(to, BRAZE_SCHEMA_VERSION);
    assert_fine(braze_store_check(store->db, store->pool));
}

/* As version 1 has written them. names: "display, given, family" as SQL. */
static void old_user(const unit_store_t *store, const char *id, const char *names,
                     const char *resource)
{
    unit_store_do(store,
                  apr_psprintf(store->pool,
                               "INSERT INTO braze_user(id, company_id, user_name, user_name_key, "
                               "email, email_key, display_name, given_name, family_name, active, "
                               "confirmed, impersonation, admin, source, created_at, modified_at, "
                               "version, permissions, resource) VALUES('%s', 'c1', '%s@b.example', "
                               "'%s@b.example', '%s@b.example', '%s@b.example', %s, 1, 1, 0, 0, "
                               "'scim', 5, 6, 7, '{}', '%s')",
                               id, id, id, id, id, names, resource));
}

static const char *see(const unit_store_t *store, const char *column, const char *id)
{
    return unit_store_see(
        store, apr_psprintf(store->pool, "SELECT %s FROM braze_user WHERE id = '%s'", column, id));
}

static void users_get_their_keys(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *name = apr_psprintf(store->pool, "'%01500d', 'B', NULL", 0);
    braze_user_t *user;

    to_version_1(store);
    old_user(store, "u1", "'Zo\xc3\x8b \xc3\x96ztürk', 'ZO\xc3\x8b', 'STRASSE'",
             "{\"userName\":\"u1@b.example\"}");
    old_user(store, "u2",
             "NULL, NULL, 'Stra\xc3\x9f"
             "e'",
             "{\"userName\":\"u2@b.example\"}");
    old_user(store, "u3", name, "{\"userName\":\"u3@b.example\"}");
    to_now(store);
    assert_string_equal(see(store, "display_name_key", "u1"), "zo\xc3\xab \xc3\xb6zt\xc3\xbcrk");
    assert_string_equal(see(store, "given_name_key", "u1"), "zo\xc3\xab");
    /* Unicode folds these two to one, which SQL's lower() does not. */
    assert_string_equal(see(store, "family_name_key", "u1"), "strasse");
    assert_string_equal(see(store, "family_name_key", "u2"), "strasse");
    assert_null(see(store, "display_name_key", "u2"));
    assert_null(see(store, "given_name_key", "u2"));
    assert_int_equal(strlen(see(store, "display_name_key", "u3")), 1024);
    /* That is no change of the account. */
    assert_fine(braze_store_user_get(&user, store->db, "c1", "u1", store->pool));
    assert_int_equal(user->version, 7);
    assert_string_equal(user->display_name, "Zo\xc3\x8b \xc3\x96ztürk");
    assert_true(user->modified_at == braze_time_from_ms(6));
}

static void further_emails_become_rows(void **state)
{
    unit_store_t *store = unit_store(state);

    to_version_1(store);
    old_user(store, "u1", "NULL, NULL, NULL",
             "{\"userName\":\"u1@b.example\",\"emails\":[{\"value\":\"U1@b.example\"},"
             "{\"value\":\"HOME@b.example\"},{\"value\":\"home@b.example\"},{\"value\":\"odd\"}]}");
    old_user(store, "u2", "NULL, NULL, NULL",
             "{\"userName\":\"u2@b.example\",\"emails\":[{\"value\":\"u2@b.example\"}]}");
    /* Spoiled by hand: no reason not to migrate. */
    old_user(store, "u3", "'Ada', NULL, NULL", "{\"userName\":");
    to_now(store);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_email"), 2);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_email "
                                             "WHERE user_id = 'u1' AND company_id = 'c1' "
                                             "AND email_key IN ('home@b.example', 'odd')"),
                     2);
    assert_string_equal(see(store, "display_name_key", "u3"), "ada");
}

static void many_users_are_filled_and_counted(void **state)
{
    unit_store_t *store = unit_store(state);
    apr_array_header_t *users;
    apr_int64_t total;

    to_version_1(store);
    unit_store_do(store,
                  apr_psprintf(store->pool,
                               "INSERT INTO braze_user(id, company_id, user_name, user_name_key, "
                               "given_name, active, confirmed, impersonation, admin, source, "
                               "created_at, modified_at, version, permissions, resource) "
                               "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "
                               "WHERE i < %d) SELECT 'u' || i, CASE WHEN i < 34 THEN 'c2' ELSE "
                               "'c1' END, 'n' || i, 'n' || i, 'N' || i, 1, 1, 0, 0, 'scim', 0, 0, "
                               "1, '{}', '{\"userName\":\"n' || i || '\"}' FROM n",
                               MANY - 1));
    to_now(store);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user "
                                             "WHERE given_name_key = user_name_key"),
                     MANY);
    assert_fine(braze_store_user_list(&users, &total, store->db, "c1", 0, 1, store->pool));
    assert_int_equal(total, MANY - 34);
    assert_fine(braze_store_user_list(&users, &total, store->db, "c2", 0, 1, store->pool));
    assert_int_equal(total, 34);
    /* From now on it is kept. */
    unit_store_do(store, "DELETE FROM braze_user WHERE company_id = 'c1' AND user_name = 'n999'");
    unit_store_user(store, "c2", "new@b.example", NULL);
    assert_fine(braze_store_user_list(&users, &total, store->db, "c1", 0, 1, store->pool));
    assert_int_equal(total, MANY - 35);
    assert_fine(braze_store_user_list(&users, &total, store->db, "c2", 0, 1, store->pool));
    assert_int_equal(total, 35);
}

static void groups_and_tokens_stay(void **state)
{
    unit_store_t *store = unit_store(state);
    apr_array_header_t *members, *tokens;
    static const char *const rows[] = {
        "INSERT INTO braze_group_member VALUES('g1', 'c1', 'u1', NULL)",
        "INSERT INTO braze_group_member VALUES('g1', 'c1', NULL, 'g2')",
        /* What version 1 let pass. */
        "INSERT INTO braze_group_member VALUES('g1', 'c1', NULL, NULL)",
        "INSERT INTO braze_group_member VALUES('g1', 'c1', NULL, 'g1')",
        "INSERT INTO braze_group_member VALUES('g2', 'c1', 'u1', 'g1')",
        "INSERT INTO braze_workspace VALUES('w1', 'c1', 'W', 'w')",
        ("INSERT INTO braze_token VALUES('t1', 'c1', 'hash', 'w1', 'okta', '192.0.2.1', 'okta', 1, "
         "NULL, 2, '192.0.2.1')"),
    };
    size_t i;

    to_version_1(store);
    old_user(store, "u1", "NULL, NULL, NULL", "{\"userName\":\"u1@b.example\"}");
    do_f(store, "INSERT INTO braze_group VALUES('g1', 'c1', 'G1', 'g1', NULL, '%s', 0, 0, 3)",
         "{}");
    do_f(store, "INSERT INTO braze_group VALUES('g2', 'c1', 'G2', 'g2', NULL, '%s', 0, 0, 3)",
         "{}");
    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        unit_store_do(store, rows[i]);
    }
    to_now(store);
    assert_fine(braze_store_group_members(&members, store->db, "c1", "g1", store->pool));
    assert_int_equal(members->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(members, 0, braze_member_t *)->id, "u1");
    assert_string_equal(APR_ARRAY_IDX(members, 1, braze_member_t *)->id, "g2");
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_group_member"), 2);
    assert_fine(braze_store_token_list(&tokens, store->db, "c1", store->pool));
    assert_int_equal(tokens->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(tokens, 0, braze_token_t *)->allowlist, "192.0.2.1");
    assert_null(APR_ARRAY_IDX(tokens, 0, braze_token_t *)->user_id);
    /* What refers to them still does. */
    unit_store_do(store, "DELETE FROM braze_group WHERE id = 'g2'");
}

static void who_is_signed_in_stays(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_session_t *session;
    int deleted;

    to_version_1(store);
    old_user(store, "u1", "NULL, NULL, NULL", "{\"userName\":\"u1@b.example\"}");
    unit_store_do(store, "INSERT INTO braze_session VALUES('hash', 'c1', 'u1', 1000, 99000, 2000, "
                         "'https://idp', 'name', 'format', 'index', 'key')");
    to_now(store);
    assert_fine(braze_store_session_find(&session, store->db, "c1", "hash", apr_time_from_sec(3), 0,
                                         store->pool));
    assert_non_null(session);
    assert_string_equal(session->user_id, "u1");
    assert_int_equal(apr_time_as_msec(session->created_at), 1000);
    assert_int_equal(apr_time_as_msec(session->expires_at), 99000);
    assert_int_equal(apr_time_as_msec(session->last_seen_at), 2000);
    assert_string_equal(session->idp, "https://idp");
    assert_string_equal(session->name_id, "name");
    assert_string_equal(session->name_id_format, "format");
    assert_string_equal(session->session_index, "index");
    assert_string_equal(session->assertion_key, "key");
    assert_null(session->name_qualifier);
    /* And goes with the account. */
    assert_int_equal(apr_dbd_query(store->db->driver, store->db->handle, &deleted,
                                   "DELETE FROM braze_user WHERE id = 'u1'"),
                     0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 0);
}

/* A step that fails has not begun: the old version is whole. */
static void a_failed_step_leaves_version_1(void **state)
{
    unit_store_t *store = unit_store(state);
    int from = -1, to = -1;

    to_version_1(store);
    old_user(store, "u1", "'Ada', NULL, NULL", "{\"userName\":\"u1@b.example\"}");
    /* In the way of one of the last statements. */
    unit_store_do(store, "CREATE VIEW braze_user_group AS SELECT 1 AS one");
    assert_refused(braze_store_migrate(&from, &to, store->db, store->pool), 500, "BRAZE-0111");
    assert_int_equal(unit_store_count(store, "SELECT max(version) FROM braze_schema"), 1);
    assert_string_equal(see(store, "display_name", "u1"), "Ada");
    unit_store_do(store, "DROP VIEW braze_user_group");
    to_now(store);
    assert_string_equal(see(store, "display_name_key", "u1"), "ada");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_EMPTY(users_get_their_keys),
        STORE_TEST_EMPTY(further_emails_become_rows),
        STORE_TEST_EMPTY(many_users_are_filled_and_counted),
        STORE_TEST_EMPTY(groups_and_tokens_stay),
        STORE_TEST_EMPTY(who_is_signed_in_stays),
        STORE_TEST_EMPTY(a_failed_step_leaves_version_1),
    };

    return cmocka_run_group_tests_name("store migrate", tests, NULL, NULL);
}
