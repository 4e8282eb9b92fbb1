/* SPDX-License-Identifier: Apache-2.0 */
/* A database of an older version with rows in it, brought up to date: nothing is lost, and what
 * the newer one searches by is there. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
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
    assert_fine(braze_store_session_named(session, store->db, "hash", store->pool));
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

/* ---- from version 3 ---- */

#define WORKSPACE "00000000-00000000-00000000-00000001"
#define OLD_SECRET "Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8"

static void to_version_3(const unit_store_t *store)
{
    int from, to;

    assert_fine(store_migrate_to(&from, &to, store->db, 3, store->pool));
    assert_int_equal(to, 3);
    assert_refused(braze_store_check(store->db, store->pool), 500, "BRAZE-0102");
    unit_store_do(store, "INSERT INTO braze_company(id, name, name_key, version) "
                         "VALUES('c1', 'Decorumsoft', 'decorumsoft', 1)");
    unit_store_do(store, "INSERT INTO braze_workspace VALUES('" WORKSPACE "', 'c1', 'W', 'w')");
    old_user(store, "u1", "NULL, NULL, NULL", "{\"userName\":\"u1@b.example\"}");
    old_user(store, "u2", "NULL, NULL, NULL", "{\"userName\":\"u2@b.example\"}");
    /* One grant and two: only a workspace is written by a trigger of its own. */
    do_f(store, "UPDATE braze_user SET permissions = '%s' WHERE id = 'u1'",
         "{\"appGroup\":[{\"appGroupId\":\"" WORKSPACE "\"}]}");
    do_f(store, "UPDATE braze_user SET permissions = '%s' WHERE id = 'u2'",
         "{\"companyPermissions\":[\"manage_company_settings\"],\"appGroup\":[{\"appGroupId\":"
         "\"" WORKSPACE "\",\"appGroupPermissions\":[\"view_campaigns\"]}]}");
}

/* As version 3 has written it: under all of the secret's SHA-256. */
static const char *old_session(const unit_store_t *store, const char *user, const char *secret)
{
    const char *hash = braze_sha256_hex(secret, strlen(secret), store->pool);

    unit_store_do(store,
                  apr_psprintf(store->pool,
                               "INSERT INTO braze_session(session_hash, company_id, user_id, "
                               "created_at, expires_at, last_seen_at) VALUES('%s', 'c1', '%s', "
                               "1000, 99000, 2000)",
                               hash, user));
    return hash;
}

static void from_3_to_now(const unit_store_t *store)
{
    int from, to;

    assert_fine(braze_store_migrate(&from, &to, store->db, store->pool));
    assert_int_equal(from, 3);
    assert_int_equal(to, BRAZE_SCHEMA_VERSION);
    assert_fine(braze_store_check(store->db, store->pool));
}

/* By a connection of the store's, whose foreign keys are on. */
static void remove_rows(const unit_store_t *store, const char *sql)
{
    int removed;

    assert_int_equal(apr_dbd_query(store->db->driver, store->db->handle, &removed, sql), 0);
    assert_int_equal(removed, 1);
}

static int sessions_and_grants(const unit_store_t *store)
{
    return 10 * unit_store_count(store, "SELECT count(*) FROM braze_session") +
           unit_store_count(store, "SELECT count(*) FROM braze_user_grant");
}

static void a_session_of_version_3_is_good(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_session_t *session;
    const char *hash;
    int ended;

    to_version_3(store);
    hash = old_session(store, "u1", OLD_SECRET);
    from_3_to_now(store);
    /* What the cookie comes to now is what the row has. */
    assert_string_equal(braze_timed_secret_hash(OLD_SECRET, store->pool), hash);
    assert_fine(braze_store_session_find(&session, store->db, "c1", hash, apr_time_from_sec(3), 0,
                                         store->pool));
    assert_non_null(session);
    assert_string_equal(session->user_id, "u1");
    assert_fine(braze_store_session_end(&ended, store->db, "c1", hash, NULL, store->pool));
    assert_int_equal(ended, 1);
}

static void sessions_and_grants_still_go_with_the_user(void **state)
{
    unit_store_t *store = unit_store(state);

    to_version_3(store);
    old_session(store, "u1", OLD_SECRET);
    old_session(store, "u2", "second");
    from_3_to_now(store);
    assert_int_equal(sessions_and_grants(store), 23);
    remove_rows(store, "DELETE FROM braze_user WHERE id = 'u2'");
    assert_int_equal(sessions_and_grants(store), 11);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session s JOIN "
                                             "braze_user_grant g ON g.user_id = s.user_id "
                                             "WHERE s.user_id = 'u1'"),
                     1);
    remove_rows(store, "DELETE FROM braze_user WHERE id = 'u1'");
    assert_int_equal(sessions_and_grants(store), 0);
}

/* Of the triggers that wrote them none is left over, and none too many is gone. */
static void who_is_added_afterwards_has_grants_once(void **state)
{
    static const char workspace[] = "{\"appGroup\":[{\"appGroupId\":\"" WORKSPACE "\"}]}";
    static const char two[] = "{\"companyPermissions\":[\"manage_company_settings\"],"
                              "\"appGroup\":[{\"appGroupId\":\"" WORKSPACE "\"}]}";
    unit_store_t *store = unit_store(state);

    to_version_3(store);
    from_3_to_now(store);
    assert_int_equal(sessions_and_grants(store), 3);
    unit_store_user(store, "c1", "one@b.example", workspace);
    assert_int_equal(sessions_and_grants(store), 4);
    unit_store_user(store, "c1", "two@b.example", two);
    assert_int_equal(sessions_and_grants(store), 6);
    do_f(store, "UPDATE braze_user SET permissions = '%s' WHERE id = 'u1'", two);
    assert_int_equal(sessions_and_grants(store), 7);
}

static void and_with_the_company(void **state)
{
    unit_store_t *store = unit_store(state);

    to_version_3(store);
    /* A workspace that is granted keeps PostgreSQL from deleting its company, in every version. */
    unit_store_do(store, "UPDATE braze_user SET permissions = '{}' WHERE id = 'u1'");
    do_f(store, "UPDATE braze_user SET permissions = '%s' WHERE id = 'u2'",
         "{\"companyPermissions\":[\"manage_company_settings\"]}");
    old_session(store, "u1", OLD_SECRET);
    old_session(store, "u2", "second");
    from_3_to_now(store);
    assert_int_equal(sessions_and_grants(store), 21);
    remove_rows(store, "DELETE FROM braze_company WHERE id = 'c1'");
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 0);
    assert_int_equal(sessions_and_grants(store), 0);
}

static void an_assertion_used_before_stays_used(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_sign_in_outcome_t outcome;
    braze_sign_in_t *in;
    braze_user_t *user;

    to_version_3(store);
    in = unit_sign_in("c1", "u1@b.example", "_1", "", store->pool);
    in->replay_digest = braze_sha256_hex("issuer\0_1", 9, store->pool);
    do_f(store, "INSERT INTO braze_replay(company_id, replay_key, until_at) VALUES('c1', '%s', 9)",
         in->replay_digest);
    from_3_to_now(store);
    assert_fine(braze_store_sign_in(&outcome, &user, store->db, in, store->pool));
    assert_int_equal(outcome, BRAZE_REPLAYED);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 0);
    in->replay_digest = braze_sha256_hex("issuer\0_2", 9, store->pool);
    assert_fine(braze_store_sign_in(&outcome, &user, store->db, in, store->pool));
    assert_int_equal(outcome, BRAZE_SIGNED_IN);
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
        STORE_TEST_EMPTY(a_session_of_version_3_is_good),
        STORE_TEST_EMPTY(sessions_and_grants_still_go_with_the_user),
        STORE_TEST_EMPTY(who_is_added_afterwards_has_grants_once),
        STORE_TEST_EMPTY(and_with_the_company),
        STORE_TEST_EMPTY(an_assertion_used_before_stays_used),
    };

    return cmocka_run_group_tests_name("store migrate", tests, NULL, NULL);
}
