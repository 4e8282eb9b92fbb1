/* SPDX-License-Identifier: Apache-2.0 */
/* Outstanding requests, that each is answered once, and sessions that an identity provider ends. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "unit_store.h"

#define MINUTES(n) apr_time_from_sec(60 * (n))
#define WHO "ada@b.example"

static const char *hash_of(const char *text, apr_pool_t *pool)
{
    return braze_sha256_hex(text, strlen(text), pool);
}

static braze_saml_request_t *add(const unit_store_t *store, const char *company_id, const char *id)
{
    braze_saml_request_t *request = apr_pcalloc(store->pool, sizeof(*request));

    request->company_id = company_id;
    request->request_hash = hash_of(id, store->pool);
    request->browser_hash = hash_of("browser", store->pool);
    request->idp = "https://idp.example/metadata";
    request->return_to = "/a?b=\xC3\xA9'\"";
    request->created_at = UNIT_NOW;
    request->expires_at = UNIT_NOW + MINUTES(10);
    assert_fine(braze_store_saml_request_add(store->db, request, store->pool));
    return request;
}

static braze_saml_request_t *find(const unit_store_t *store, const char *company_id, const char *id)
{
    braze_saml_request_t *found;

    assert_fine(braze_store_saml_request_find(&found, store->db, company_id,
                                              hash_of(id, store->pool), store->pool));
    return found;
}

static braze_sign_in_outcome_t sign_in(const unit_store_t *store, const char *company_id,
                                       const char *assertion, const braze_saml_request_t *request,
                                       apr_time_t now)
{
    braze_sign_in_t *in = unit_sign_in(company_id, WHO, assertion, assertion, store->pool);
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;

    in->request = request;
    in->now = now;
    assert_fine(braze_store_sign_in(&outcome, &user, store->db, in, store->pool));
    return outcome;
}

static int sessions(const unit_store_t *store)
{
    return unit_store_count(store, "SELECT count(*) FROM braze_session");
}

static void one_is_found_as_it_was_kept(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Otherco");
    braze_saml_request_t *added = add(store, id, "_1"), *found = find(store, id, "_1");

    assert_non_null(found);
    assert_string_equal(found->browser_hash, added->browser_hash);
    assert_string_equal(found->idp, added->idp);
    assert_string_equal(found->return_to, added->return_to);
    assert_true(found->created_at == added->created_at);
    assert_true(found->expires_at == added->expires_at);
    assert_int_equal(found->used, 0);
    assert_null(find(store, id, "_2"));
    assert_null(find(store, other, "_1")); /* of another company */
}

static void a_login_uses_it_once(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_saml_request_t *request = add(store, id, "_1");

    unit_store_user(store, id, WHO, NULL);
    assert_int_equal(sign_in(store, id, "_a", request, UNIT_NOW), BRAZE_SIGNED_IN);
    assert_int_equal(find(store, id, "_1")->used, 1);
    assert_int_equal(sessions(store), 1);
    assert_int_equal(sign_in(store, id, "_b", request, UNIT_NOW), BRAZE_REQUEST_GONE);
    assert_int_equal(sessions(store), 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_replay"), 1);
    /* The same assertion again is told from another one. */
    assert_int_equal(sign_in(store, id, "_a", request, UNIT_NOW), BRAZE_REPLAYED);
    /* Nobody's request is needed where none is answered. */
    assert_int_equal(sign_in(store, id, "_c", NULL, UNIT_NOW), BRAZE_SIGNED_IN);
}

static void what_is_not_this_browsers_or_too_late_is_gone(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Otherco");
    braze_saml_request_t *request = add(store, id, "_1"), forged = *request;

    unit_store_user(store, id, WHO, NULL);
    unit_store_user(store, other, WHO, NULL);
    forged.browser_hash = hash_of("another", store->pool);
    assert_int_equal(sign_in(store, id, "_a", &forged, UNIT_NOW), BRAZE_REQUEST_GONE);
    forged = *request;
    forged.request_hash = hash_of("_2", store->pool);
    assert_int_equal(sign_in(store, id, "_b", &forged, UNIT_NOW), BRAZE_REQUEST_GONE);
    assert_int_equal(sign_in(store, other, "_c", request, UNIT_NOW), BRAZE_REQUEST_GONE);
    assert_int_equal(sign_in(store, id, "_d", request, request->expires_at), BRAZE_REQUEST_GONE);
    assert_int_equal(sessions(store), 0);
    assert_int_equal(sign_in(store, id, "_e", request, request->expires_at - 1000),
                     BRAZE_SIGNED_IN);
}

static void a_login_that_comes_to_nothing_leaves_it(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_saml_request_t *request = add(store, id, "_1");

    assert_int_equal(sign_in(store, id, "_a", request, UNIT_NOW), BRAZE_NO_USER);
    assert_int_equal(find(store, id, "_1")->used, 0);
    unit_store_user(store, id, WHO, NULL);
    assert_int_equal(sign_in(store, id, "_a", request, UNIT_NOW), BRAZE_SIGNED_IN);
}

static void sweep_at(const unit_store_t *store, apr_time_t now)
{
    braze_sweep_t sweep = {.now = now, .batch = 10};
    braze_swept_t swept = {.more = 0};

    assert_fine(braze_store_sweep(&swept, store->db, &sweep, store->pool));
}

static void expired_ones_are_swept(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");

    add(store, id, "_1");
    sweep_at(store, UNIT_NOW + MINUTES(9));
    assert_non_null(find(store, id, "_1"));
    sweep_at(store, UNIT_NOW + MINUTES(11));
    assert_null(find(store, id, "_1"));
}

/* ---- sessions by name ---- */

static void begin(const unit_store_t *store, const char *company_id, const char *assertion,
                  const char *index, const char *idp, const char *name)
{
    braze_sign_in_t *in = unit_sign_in(company_id, WHO, assertion, assertion, store->pool);
    braze_session_t *session = (braze_session_t *)in->session;
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;

    session->session_index = index;
    session->idp = idp;
    session->name_id = name;
    assert_fine(braze_store_sign_in(&outcome, &user, store->db, in, store->pool));
    assert_int_equal(outcome, BRAZE_SIGNED_IN);
}

/* Ends those of the name with the index (NULL: all); how many they were. */
static int end(const unit_store_t *store, const char *company_id, const char *idp, const char *name,
               const char *index)
{
    apr_array_header_t *indexes = apr_array_make(store->pool, 1, sizeof(const char *)), *hashes;
    braze_session_name_t which = {
        .company_id = company_id, .idp = idp, .name_id = name, .session_indexes = indexes};
    int before = sessions(store);

    if (index) {
        APR_ARRAY_PUSH(indexes, const char *) = index;
    }
    assert_fine(braze_store_session_end_named(&hashes, store->db, &which,
                                              unit_event(company_id, "Signed Out", store->pool),
                                              store->pool));
    assert_int_equal(before - sessions(store), hashes->nelts);
    return hashes->nelts;
}

static void an_identity_provider_ends_its_own(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Otherco");
    char *name = apr_pcalloc(store->pool, 8001);

    memset(name, 'n', 8000); /* as long as the judge lets one be */
    unit_store_user(store, id, WHO, NULL);
    unit_store_user(store, other, WHO, NULL);
    begin(store, id, "_1", "_s1", "https://idp", name);
    begin(store, id, "_2", "_s2", "https://idp", name);
    begin(store, id, "_3", NULL, "https://idp", name);
    begin(store, id, "_4", "_s1", "https://other", name);
    begin(store, other, "_5", "_s1", "https://idp", name);
    begin(store, id, "_6", "_s1", "https://idp", apr_pstrcat(store->pool, name, "x", NULL));
    assert_int_equal(end(store, id, "https://idp", "somebody", NULL), 0);
    assert_int_equal(end(store, id, "https://nobody", name, NULL), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event "
                                             "WHERE name = 'Signed Out'"),
                     0);
    assert_int_equal(end(store, id, "https://idp", name, "_s2"), 2); /* and the one without */
    assert_int_equal(end(store, id, "https://idp", name, "_s2"), 0);
    assert_int_equal(end(store, id, "https://idp", name, NULL), 1);
    assert_int_equal(sessions(store), 3);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event "
                                             "WHERE name = 'Signed Out' AND user_id IS NOT NULL"),
                     2);
}

/* The hashes that a message with that key has ended; -1 = it was obeyed before. */
static int obey(const unit_store_t *store, const char *company_id, const char *key)
{
    braze_session_name_t which = {.company_id = company_id,
                                  .idp = "https://idp",
                                  .name_id = "ada",
                                  .replay_key = key,
                                  .replay_until = UNIT_NOW + MINUTES(10)};
    apr_array_header_t *hashes;

    assert_fine(braze_store_session_end_named(&hashes, store->db, &which,
                                              unit_event(company_id, "Signed Out", store->pool),
                                              store->pool));
    return hashes ? hashes->nelts : -1;
}

static void a_message_is_obeyed_once(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Otherco");
    const char *key = braze_sha256_hex("m", 1, store->pool);

    unit_store_user(store, id, WHO, NULL);
    begin(store, id, "_1", "_s1", "https://idp", "ada");
    assert_int_equal(obey(store, id, key), 1);
    begin(store, id, "_2", "_s1", "https://idp", "ada");
    assert_int_equal(obey(store, id, key), -1); /* a copy does not end what was begun since */
    assert_int_equal(sessions(store), 1);
    assert_int_equal(obey(store, other, key), 0); /* another company's record is its own */
    assert_int_equal(sessions(store), 1);
    sweep_at(store, UNIT_NOW + MINUTES(9));
    assert_int_equal(obey(store, id, key), -1);
    /* One that ended nobody is remembered too: somebody may begin a session meanwhile. */
    assert_int_equal(obey(store, id, braze_sha256_hex("n", 1, store->pool)), 1);
    assert_int_equal(obey(store, id, braze_sha256_hex("o", 1, store->pool)), 0);
    assert_int_equal(obey(store, id, braze_sha256_hex("o", 1, store->pool)), -1);
    sweep_at(store, UNIT_NOW + MINUTES(24 * 60));
    assert_int_equal(obey(store, id, key), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(one_is_found_as_it_was_kept),
        STORE_TEST(a_login_uses_it_once),
        STORE_TEST(what_is_not_this_browsers_or_too_late_is_gone),
        STORE_TEST(a_login_that_comes_to_nothing_leaves_it),
        STORE_TEST(expired_ones_are_swept),
        STORE_TEST(an_identity_provider_ends_its_own),
        STORE_TEST(a_message_is_obeyed_once),
    };

    return cmocka_run_group_tests_name("store saml requests", tests, NULL, NULL);
}
