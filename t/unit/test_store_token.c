/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, API keys, counters of requests, the audit trail, sweeping. */
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "unit_store.h"

#define LATER (UNIT_NOW + apr_time_from_sec(60))

typedef struct {
    const char *company, *workspace, *secret, *hash;
    braze_token_t token;
} made_t;

static const char *hash_of(const char *secret, apr_pool_t *pool)
{
    return braze_sha256_hex(secret, strlen(secret), pool);
}

static made_t make_token(const unit_store_t *store, const char *company)
{
    made_t made = {0};

    made.company = unit_store_company(store, company);
    made.workspace = unit_store_item(store, made.company, BRAZE_ITEM_WORKSPACE, "Sales", NULL);
    made.token.company_id = made.company;
    made.token.workspace_id = made.workspace;
    made.token.origin = "okta";
    made.token.allowlist = "10.0.0.0/8, 2001:db8::1";
    made.token.profile = BRAZE_PROFILE_OKTA;
    made.token.expires_at = LATER;
    assert_fine(braze_store_token_add(&made.secret, store->db, &made.token, UNIT_NOW, store->pool));
    made.hash = hash_of(made.secret, store->pool);
    return made;
}

static braze_token_t *find(const unit_store_t *store, const char *company, const char *hash,
                           const char *user_id, apr_time_t now, braze_user_t **user)
{
    const braze_token_query_t query = {company, hash, user_id, NULL, now};
    braze_token_t *token;

    assert_fine(braze_store_token_find(&token, user, store->db, &query, store->pool));
    return token;
}

static void a_token_is_found_by_its_hash(void **state)
{
    unit_store_t *store = unit_store(state);
    made_t made = make_token(store, "Decorumsoft");
    braze_token_t *token;
    braze_user_t *user;

    assert_int_equal(strlen(made.secret), BRAZE_SECRET_LEN);
    token = find(store, made.company, made.hash, NULL, UNIT_NOW, &user);
    assert_non_null(token);
    assert_null(user);
    assert_string_equal(token->id, made.token.id);
    assert_string_equal(token->company_id, made.company);
    assert_string_equal(token->company_name, "Decorumsoft");
    assert_int_equal(token->company_version, 2);
    assert_string_equal(token->workspace_id, made.workspace);
    assert_string_equal(token->origin, "okta");
    assert_string_equal(token->allowlist, "10.0.0.0/8, 2001:db8::1");
    assert_int_equal(token->profile, BRAZE_PROFILE_OKTA);
    assert_true(token->created_at == UNIT_NOW && token->expires_at == LATER);
    assert_true(token->last_used_at == 0);
    assert_null(token->last_used_from);
    assert_null(find(store, made.company, hash_of("another", store->pool), NULL, UNIT_NOW, &user));
    /* The secret itself is nowhere. */
    assert_null(find(store, made.company, made.secret, NULL, UNIT_NOW, &user));
    assert_string_equal(unit_store_see(store, "SELECT token_hash FROM braze_token"), made.hash);
}

static void a_token_ends_at_its_expiry(void **state)
{
    unit_store_t *store = unit_store(state);
    made_t made = make_token(store, "Decorumsoft");
    braze_user_t *user;

    assert_non_null(find(store, made.company, made.hash, NULL, LATER - 1000, &user));
    assert_null(find(store, made.company, made.hash, NULL, LATER, &user));
    made.token.expires_at = 0;
    made.token.allowlist = NULL;
    made.token.profile = BRAZE_PROFILE_STRICT;
    assert_fine(braze_store_token_add(&made.secret, store->db, &made.token, UNIT_NOW, store->pool));
    made.hash = hash_of(made.secret, store->pool);
    assert_non_null(find(store, made.company, made.hash, NULL, LATER * 2, &user));
    assert_null(find(store, made.company, made.hash, NULL, LATER, &user)->allowlist);
}

static void a_token_brings_a_user_along(void **state)
{
    unit_store_t *store = unit_store(state);
    made_t made = make_token(store, "Decorumsoft"), theirs = make_token(store, "Other");
    braze_user_t *ada = unit_store_user(store, made.company, "ada@b.example", NULL), *user;

    assert_non_null(find(store, made.company, made.hash, ada->id, UNIT_NOW, &user));
    assert_non_null(user);
    assert_string_equal(user->id, ada->id);
    assert_string_equal(user->company_id, made.company);
    assert_string_equal(user->resource, ada->resource);
    assert_int_equal(user->version, 1);
    assert_true(user->created_at == UNIT_NOW);
    assert_non_null(find(store, made.company, made.hash, "nobody", UNIT_NOW, &user));
    assert_null(user);
    /* No user without a token, and no user of another company. */
    assert_null(find(store, made.company, theirs.hash, ada->id, UNIT_NOW, &user));
    assert_null(user);
    assert_non_null(find(store, theirs.company, theirs.hash, ada->id, UNIT_NOW, &user));
    assert_null(user);
}

static void a_token_may_belong_to_a_user(void **state)
{
    unit_store_t *store = unit_store(state);
    made_t made = make_token(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    const char *eve = unit_store_user(store, other, "eve@b.example", NULL)->id;
    const char *ada = unit_store_user(store, made.company, "ada@b.example", NULL)->id;
    apr_array_header_t *tokens;
    braze_token_t *token;
    braze_user_t *user;
    int done;

    assert_null(find(store, made.company, made.hash, NULL, UNIT_NOW, &user)->user_id);
    made.token.user_id = eve;
    assert_refused(
        braze_store_token_add(&made.secret, store->db, &made.token, UNIT_NOW, store->pool), 400,
        "BRAZE-0117");
    made.token.user_id = ada;
    /* A second later, so that it stands behind the other. */
    assert_fine(braze_store_token_add(&made.secret, store->db, &made.token,
                                      UNIT_NOW + apr_time_from_sec(1), store->pool));
    token = find(store, made.company, hash_of(made.secret, store->pool), ada, UNIT_NOW, &user);
    assert_string_equal(token->user_id, ada);
    assert_string_equal(user->id, ada);
    assert_int_equal(user->in_groups, 0);
    unit_store_group(store, made.company, "Guides", unit_ids(store->pool, ada, NULL));
    find(store, made.company, made.hash, ada, UNIT_NOW, &user);
    assert_int_equal(user->in_groups, 1);
    assert_fine(braze_store_token_list(&tokens, store->db, made.company, store->pool));
    assert_int_equal(tokens->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(tokens, 1, braze_token_t *)->user_id, ada);
    /* It ends with its user. */
    assert_fine(
        braze_store_user_delete(&done, store->db, made.company, ada, 0, 0, NULL, store->pool));
    assert_null(
        find(store, made.company, hash_of(made.secret, store->pool), NULL, UNIT_NOW, &user));
    assert_non_null(find(store, made.company, made.hash, NULL, UNIT_NOW, &user));
}

/* However it is looked up; who is inactive could bring themselves back with it. */
static void a_token_rests_with_its_user(void **state)
{
    unit_store_t *store = unit_store(state);
    made_t made = make_token(store, "Decorumsoft"), shared = made;
    const char *ada = unit_store_user(store, made.company, "ada@b.example", NULL)->id;
    braze_token_query_t by_name = {made.company, NULL, NULL, "ada@b.example", UNIT_NOW};
    braze_token_t *token;
    braze_user_t *user;
    int active;

    made.token.user_id = ada;
    assert_fine(braze_store_token_add(&made.secret, store->db, &made.token, UNIT_NOW, store->pool));
    made.hash = by_name.token_hash = hash_of(made.secret, store->pool);
    for (active = 1; active >= 0; active--) {
        assert_int_equal(find(store, made.company, made.hash, NULL, UNIT_NOW, &user) != NULL,
                         active);
        assert_int_equal(find(store, made.company, made.hash, ada, UNIT_NOW, &user) != NULL,
                         active);
        assert_fine(braze_store_token_find(&token, &user, store->db, &by_name, store->pool));
        assert_int_equal(token != NULL, active);
        assert_non_null(find(store, made.company, shared.hash, ada, UNIT_NOW, &user));
        unit_store_do(store, "UPDATE braze_user SET active = 0");
    }
}

static void a_tokens_use_is_noted(void **state)
{
    unit_store_t *store = unit_store(state);
    made_t made = make_token(store, "Decorumsoft"), theirs = make_token(store, "Other");
    braze_token_t *token;
    braze_user_t *user;

    assert_fine(braze_store_token_touch(store->db, theirs.company, made.token.id, UNIT_NOW,
                                        "192.0.2.9", store->pool));
    assert_true(find(store, made.company, made.hash, NULL, UNIT_NOW, &user)->last_used_at == 0);
    assert_fine(braze_store_token_touch(store->db, made.company, made.token.id, UNIT_NOW,
                                        "192.0.2.7", store->pool));
    token = find(store, made.company, made.hash, NULL, UNIT_NOW, &user);
    assert_true(token->last_used_at == UNIT_NOW);
    assert_string_equal(token->last_used_from, "192.0.2.7");
}

static void tokens_are_listed_and_revoked(void **state)
{
    unit_store_t *store = unit_store(state);
    made_t made = make_token(store, "Decorumsoft"), theirs = make_token(store, "Other");
    apr_array_header_t *list;
    braze_user_t *user;

    assert_fine(braze_store_token_list(&list, store->db, made.company, store->pool));
    assert_int_equal(list->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(list, 0, braze_token_t *)->id, made.token.id);
    assert_refused(braze_store_token_delete(store->db, theirs.company, made.token.id, store->pool),
                   404, "BRAZE-0116");
    assert_refused(braze_store_item_delete(store->db, made.company, BRAZE_ITEM_WORKSPACE,
                                           made.workspace, store->pool),
                   409, "BRAZE-0114");
    assert_fine(braze_store_token_delete(store->db, made.company, made.token.id, store->pool));
    assert_null(find(store, made.company, made.hash, NULL, UNIT_NOW, &user));
    assert_refused(braze_store_token_delete(store->db, made.company, made.token.id, store->pool),
                   404, "BRAZE-0116");
    assert_non_null(find(store, theirs.company, theirs.hash, NULL, UNIT_NOW, &user));
}

static void a_tokens_workspace_is_the_companys_own(void **state)
{
    unit_store_t *store = unit_store(state);
    made_t made = make_token(store, "Decorumsoft"), theirs = make_token(store, "Other");

    made.token.workspace_id = theirs.workspace;
    assert_refused(
        braze_store_token_add(&made.secret, store->db, &made.token, UNIT_NOW, store->pool), 400,
        "BRAZE-0117");
    assert_null(made.secret);
}

static void an_api_key_selects_its_company(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft"), *secret, *other;
    apr_array_header_t *permissions = apr_array_make(store->pool, 1, sizeof(const char *)), *list;
    braze_api_key_t key = {0}, *found;

    other = unit_store_company(store, "Other");
    APR_ARRAY_PUSH(permissions, const char *) = "sso.saml.login";
    key.company_id = id;
    key.name = "Okta's RelayState";
    key.permissions = permissions;
    assert_fine(braze_store_api_key_add(&secret, store->db, &key, UNIT_NOW, store->pool));
    assert_fine(
        braze_store_api_key_find(&found, store->db, hash_of(secret, store->pool), store->pool));
    assert_non_null(found);
    assert_string_equal(found->id, key.id);
    assert_string_equal(found->company_id, id);
    assert_string_equal(found->name, "Okta's RelayState");
    assert_int_equal(found->permissions->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(found->permissions, 0, const char *), "sso.saml.login");
    assert_true(found->created_at == UNIT_NOW && found->last_used_at == 0);
    assert_fine(braze_store_api_key_find(&found, store->db, secret, store->pool));
    assert_null(found);
    assert_fine(braze_store_api_key_list(&list, store->db, other, store->pool));
    assert_int_equal(list->nelts, 0);
    assert_fine(braze_store_api_key_list(&list, store->db, id, store->pool));
    assert_int_equal(list->nelts, 1);
    assert_refused(braze_store_api_key_delete(store->db, other, key.id, store->pool), 404,
                   "BRAZE-0116");
    assert_fine(braze_store_api_key_delete(store->db, id, key.id, store->pool));
    assert_fine(
        braze_store_api_key_find(&found, store->db, hash_of(secret, store->pool), store->pool));
    assert_null(found);
    key.company_id = "nobody";
    assert_refused(braze_store_api_key_add(&secret, store->db, &key, UNIT_NOW, store->pool), 404,
                   "BRAZE-0116");
}

static void requests_are_counted_by_company_and_window(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    apr_int64_t used;
    int i;

    for (i = 1; i <= 3; i++) {
        assert_fine(braze_store_rate_hit(&used, store->db, id, UNIT_NOW, store->pool));
        assert_int_equal(used, i);
    }
    assert_fine(braze_store_rate_hit(&used, store->db, other, UNIT_NOW, store->pool));
    assert_int_equal(used, 1);
    assert_fine(braze_store_rate_hit(&used, store->db, id, LATER, store->pool));
    assert_int_equal(used, 1);
    assert_fine(braze_store_rate_hit(&used, store->db, id, UNIT_NOW, store->pool));
    assert_int_equal(used, 4);
}

static void events_are_listed_newest_first(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    apr_array_header_t *list;
    braze_event_t *event;
    int i;

    for (i = 0; i < 5; i++) {
        event = unit_event(id, "Failed Login", store->pool);
        event->at = UNIT_NOW + apr_time_from_sec(i);
        event->code = apr_psprintf(store->pool, "code_%d", i);
        assert_fine(braze_store_event_add(store->db, event, store->pool));
    }
    assert_fine(
        braze_store_event_add(store->db, unit_event(other, "Signed In", store->pool), store->pool));
    assert_fine(braze_store_event_list(&list, store->db, id, 3, store->pool));
    assert_int_equal(list->nelts, 3);
    for (i = 0; i < 3; i++) {
        event = APR_ARRAY_IDX(list, i, braze_event_t *);
        assert_string_equal(event->code, apr_psprintf(store->pool, "code_%d", 4 - i));
        assert_string_equal(event->company_id, id);
        assert_true(braze_id_is(event->id));
        assert_null(event->user_id);
    }
}

static void the_same_event_is_written_once(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_event_t *event = unit_event("c", "Failed Login", store->pool);

    event->id = "00000000-00000000-00000000-00000001";
    assert_fine(braze_store_event_add(store->db, event, store->pool));
    assert_fine(braze_store_event_add(store->db, event, store->pool));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 1);
}

static int sweep(const unit_store_t *store, apr_time_t now, int limit)
{
    braze_sweep_t what = {.now = now, .batch = limit};
    braze_swept_t swept = {.more = 0};
    int table, rows = 0;

    assert_fine(braze_store_sweep(&swept, store->db, &what, store->pool));
    for (table = 0; table < BRAZE_SWEPT_TABLES; table++) {
        rows += (int)swept.rows[table];
    }
    return rows;
}

static void what_has_expired_is_swept(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    apr_time_t hour = UNIT_NOW + apr_time_from_sec(3600);
    apr_time_t days = UNIT_NOW + apr_time_from_sec(49 * 3600);
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;
    apr_int64_t used;
    int i;

    unit_store_user(store, id, "ada@b.example", NULL);
    for (i = 0; i < 5; i++) {
        assert_fine(braze_store_sign_in(
            &outcome, &user, store->db,
            unit_sign_in(id, "ada@b.example", apr_psprintf(store->pool, "_%d", i), "", store->pool),
            store->pool));
    }
    assert_fine(braze_store_rate_hit(&used, store->db, id, UNIT_NOW, store->pool));
    assert_int_equal(sweep(store, UNIT_NOW, 100), 0);
    /* The replay records are for five minutes, the sessions for an hour. */
    assert_int_equal(sweep(store, hour - 1000, 2), 2);
    assert_int_equal(sweep(store, hour - 1000, 100), 3);
    assert_int_equal(sweep(store, hour, 3), 3);
    assert_int_equal(sweep(store, hour, 100), 2);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 0);
    assert_int_equal(sweep(store, hour, 100), 0);
    assert_int_equal(sweep(store, days, 100), 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_rate"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 1);
}

/* Who the filter of a list names comes along as well, and only of the token's company. */
static void a_user_comes_along_by_name(void **state)
{
    unit_store_t *store = unit_store(state);
    made_t made = make_token(store, "Decorumsoft");
    braze_user_t *ada = unit_store_user(store, made.company, "Ada@b.example", NULL), *user;
    const char *other = unit_store_company(store, "Otherco");
    braze_token_query_t query = {made.company, made.hash, NULL, "ada@b.example", UNIT_NOW};
    braze_token_t *token;

    unit_store_user(store, other, "eve@b.example", NULL);
    assert_fine(braze_store_token_find(&token, &user, store->db, &query, store->pool));
    assert_non_null(token);
    assert_string_equal(user->id, ada->id);
    assert_string_equal(user->user_name, "Ada@b.example");
    query.user_name_key = "eve@b.example";
    assert_fine(braze_store_token_find(&token, &user, store->db, &query, store->pool));
    assert_non_null(token);
    assert_null(user);
    query.token_hash = hash_of("another", store->pool);
    query.user_name_key = "ada@b.example";
    assert_fine(braze_store_token_find(&token, &user, store->db, &query, store->pool));
    assert_null(token);
    assert_null(user);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_token_is_found_by_its_hash),
        STORE_TEST(a_user_comes_along_by_name),
        STORE_TEST(a_token_ends_at_its_expiry),
        STORE_TEST(a_token_brings_a_user_along),
        STORE_TEST(a_token_may_belong_to_a_user),
        STORE_TEST(a_token_rests_with_its_user),
        STORE_TEST(a_tokens_use_is_noted),
        STORE_TEST(tokens_are_listed_and_revoked),
        STORE_TEST(a_tokens_workspace_is_the_companys_own),
        STORE_TEST(an_api_key_selects_its_company),
        STORE_TEST(requests_are_counted_by_company_and_window),
        STORE_TEST(events_are_listed_newest_first),
        STORE_TEST(the_same_event_is_written_once),
        STORE_TEST(what_has_expired_is_swept),
    };

    return cmocka_run_group_tests_name("store token", tests, NULL, NULL);
}
