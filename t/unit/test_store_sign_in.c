/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in, and the sessions that come of it. */
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "src/store/store_int.h"
#include "unit_store.h"

#define LATER (UNIT_NOW + apr_time_from_sec(60))
#define HOUR apr_time_from_sec(3600)

static braze_user_t *run(const unit_store_t *store, const braze_sign_in_t *in,
                         braze_sign_in_outcome_t expected)
{
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;

    assert_fine(braze_store_sign_in(&outcome, &user, store->db, in, store->pool));
    assert_int_equal(outcome, expected);
    return user;
}

static braze_session_t *find(const unit_store_t *store, const char *company_id, const char *hash,
                             apr_time_t now, apr_interval_time_t idle)
{
    braze_session_t *session;

    assert_fine(
        braze_store_session_find(&session, store->db, company_id, hash, now, idle, store->pool));
    return session;
}

/* Sessions, replay records and events that there are. */
static void assert_rows(const unit_store_t *store, int sessions, int replays, int events)
{
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), sessions);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_replay"), replays);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), events);
}

static void a_known_person_gets_a_session(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "Ada@b.example", NULL), *who;
    braze_sign_in_t *in = unit_sign_in(id, "ADA@B.example", "_1", "", store->pool);
    apr_array_header_t *events;
    const braze_event_t *event;
    braze_session_t *session;

    who = run(store, in, BRAZE_SIGNED_IN);
    assert_string_equal(who->id, user->id);
    assert_string_equal(who->user_name, "Ada@b.example");
    assert_true(who->last_sign_in_at == UNIT_NOW);
    assert_rows(store, 1, 1, 1);
    /* A login is no change of the account. */
    assert_int_equal(who->version, 1);
    assert_int_equal(unit_store_get(store, user)->version, 1);
    assert_true(unit_store_get(store, user)->last_sign_in_at == UNIT_NOW);
    session = find(store, id, in->session_hash, LATER, HOUR);
    assert_non_null(session);
    assert_string_equal(session->user_id, user->id);
    assert_string_equal(session->company_id, id);
    assert_true(session->created_at == UNIT_NOW && session->last_seen_at == UNIT_NOW);
    assert_true(session->expires_at == UNIT_NOW + HOUR);
    assert_null(session->name_id);
    assert_fine(braze_store_session_named(session, store->db, in->session_hash, store->pool));
    assert_string_equal(session->idp, "https://idp.example/metadata");
    assert_string_equal(session->name_id, "ADA@B.example");
    assert_string_equal(session->session_index, "_s1");
    assert_string_equal(session->assertion_key, in->replay_key);
    assert_fine(braze_store_event_list(&events, store->db, id, 10, store->pool));
    event = APR_ARRAY_IDX(events, 0, braze_event_t *);
    assert_string_equal(event->name, "Signed In");
    assert_string_equal(event->user_id, user->id);
    assert_string_equal(event->user_name, "Ada@b.example");
    assert_string_equal(event->actor, "operator:unit");
    assert_string_equal(event->ip, "192.0.2.1");
    assert_string_equal(event->correlation, "c0ffee");
    assert_string_equal(event->detail, "a detail");
    assert_null(event->code);
    assert_true(event->at == UNIT_NOW);
}

static void an_unconfirmed_person_is_confirmed(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_user(id, "ada@b.example", NULL, store->pool), *who;
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);

    user->confirmed = 0;
    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, NULL, store->pool));
    in->now = LATER;
    who = run(store, in, BRAZE_SIGNED_IN);
    assert_int_equal(who->confirmed, 1);
    assert_int_equal(who->version, 2);
    user = unit_store_get(store, user);
    assert_int_equal(user->confirmed, 1);
    assert_int_equal(user->version, 2);
    assert_true(user->modified_at == LATER);
    assert_true(user->created_at == UNIT_NOW);
}

static void an_assertion_is_good_once(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL);
    braze_sign_in_t *again = unit_sign_in(id, "ada@b.example", "_1", "b", store->pool);
    int done;

    run(store, unit_sign_in(id, "ada@b.example", "_1", "a", store->pool), BRAZE_SIGNED_IN);
    again->now = LATER;
    assert_null(run(store, again, BRAZE_REPLAYED));
    assert_rows(store, 1, 1, 1);
    assert_true(unit_store_get(store, user)->last_sign_in_at == UNIT_NOW);
    run(store, unit_sign_in(id, "ada@b.example", "_2", "a", store->pool), BRAZE_SIGNED_IN);
    /* It stays used when the person is gone, even where a new account could be made. */
    assert_fine(braze_store_user_delete(&done, store->db, id, user->id, 0, 0, NULL, store->pool));
    run(store, again, BRAZE_REPLAYED);
    again->new_user = unit_user(id, "ada@b.example", NULL, store->pool);
    run(store, again, BRAZE_REPLAYED);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 0);
}

static void a_record_of_an_older_schema_counts(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    braze_sign_in_t *again = unit_sign_in(id, "ada@b.example", "_1", "b", store->pool);
    const char *before = braze_sha256_hex("_1", 2, store->pool);
    int linked;

    unit_store_user(store, id, "ada@b.example", NULL);
    unit_store_user(store, other, "ada@b.example", NULL);
    unit_store_do(store, apr_psprintf(store->pool,
                                      "INSERT INTO braze_replay(company_id, replay_key, until_at) "
                                      "VALUES('%s', '%s', 1)",
                                      id, before));
    again->replay_digest = before;
    run(store, again, BRAZE_REPLAYED);
    assert_rows(store, 0, 1, 0);
    /* It is that company's only, and another assertion is another. */
    again->company_id = other;
    run(store, again, BRAZE_SIGNED_IN);
    for (linked = 0; linked < 2; linked++) {
        again = unit_sign_in(id, "ada@b.example", linked ? "_3" : "_2", "b", store->pool);
        again->replay_digest = braze_sha256_hex(linked ? "_3" : "_2", 2, store->pool);
        run(store, again, BRAZE_SIGNED_IN);
    }
    again = unit_sign_in(id, "ada@b.example", "_4", "b", store->pool);
    again->replay_digest = before;
    run(store, again, BRAZE_REPLAYED);
}

static void nobody_is_let_in_by_an_unknown_address(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");

    unit_store_user(store, other, "ada@b.example", NULL);
    assert_null(
        run(store, unit_sign_in(id, "ada@b.example", "_1", "", store->pool), BRAZE_NO_USER));
    assert_rows(store, 0, 0, 0);
    /* Nothing was written: the same assertion may still make an account. */
    run(store, unit_sign_in(other, "ada@b.example", "_1", "", store->pool), BRAZE_SIGNED_IN);
}

static void an_inactive_person_stays_out(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_user(id, "ada@b.example", NULL, store->pool);
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);

    user->active = 0;
    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, NULL, store->pool));
    run(store, in, BRAZE_USER_INACTIVE);
    in->new_user = unit_user(id, "ada@b.example", NULL, store->pool);
    run(store, in, BRAZE_USER_INACTIVE);
    assert_rows(store, 0, 0, 0);
    assert_true(unit_store_get(store, user)->last_sign_in_at == 0);
    assert_int_equal(unit_store_get(store, user)->active, 0);
}

/* A user of some name with this e-mail. */
static braze_user_t *with_email(const unit_store_t *store, const char *company_id, const char *name,
                                const char *email)
{
    braze_user_t *user = unit_user(company_id, name, NULL, store->pool);

    user->resource = apr_psprintf(store->pool,
                                  "{\"userName\":\"%s\",\"emails\":[{\"value\":"
                                  "\"%s\"}]}",
                                  name, email);
    assert_fine(braze_user_derive(user, store->pool));
    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, NULL, store->pool));
    return user;
}

static void an_email_of_several_is_nobodys(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *one = with_email(store, id, "one", "ada@b.example"), *who;
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_2", "", store->pool);

    who = run(store, unit_sign_in(id, "ada@b.example", "_1", "", store->pool), BRAZE_SIGNED_IN);
    assert_string_equal(who->id, one->id);
    with_email(store, id, "two", "ADA@b.example");
    run(store, in, BRAZE_USER_AMBIGUOUS);
    in->new_user = unit_user(id, "third", NULL, store->pool);
    run(store, in, BRAZE_USER_AMBIGUOUS);
    assert_rows(store, 1, 1, 1);
    in->new_user = NULL;
    /* A userName decides. */
    one = unit_store_user(store, id, "Ada@b.example", NULL);
    assert_string_equal(run(store, in, BRAZE_SIGNED_IN)->id, one->id);
}

static void a_new_person_is_made_once(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);
    apr_array_header_t *events;
    braze_user_t *who;

    in->new_user = unit_user(id, "Ada@b.example", NULL, store->pool);
    in->new_user->source = "jit";
    who = run(store, in, BRAZE_CREATED);
    assert_string_equal(who->user_name, "Ada@b.example");
    assert_string_equal(unit_store_get(store, who)->source, "jit");
    assert_true(unit_store_get(store, who)->last_sign_in_at == UNIT_NOW);
    assert_int_equal(unit_store_get(store, who)->version, 1);
    assert_rows(store, 1, 1, 2);
    assert_fine(braze_store_event_list(&events, store->db, id, 10, store->pool));
    assert_string_equal(APR_ARRAY_IDX(events, 0, braze_event_t *)->name, "Signed In");
    assert_string_equal(APR_ARRAY_IDX(events, 1, braze_event_t *)->name, "Added Account");
    assert_string_equal(APR_ARRAY_IDX(events, 1, braze_event_t *)->user_id, who->id);
    in = unit_sign_in(id, "ada@b.example", "_2", "", store->pool);
    in->new_user = unit_user(id, "ada@b.example", NULL, store->pool);
    assert_string_equal(run(store, in, BRAZE_SIGNED_IN)->id, who->id);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 1);
}

static void a_new_person_gets_only_what_is_there(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);
    braze_sign_in_outcome_t outcome;
    braze_user_t *who;

    in->new_user = unit_user(
        id, "ada@b.example",
        "{\"appGroup\":[{\"appGroupId\":\"00000000-00000000-00000000-00000000\"}]}", store->pool);
    assert_refused(braze_store_sign_in(&outcome, &who, store->db, in, store->pool), 400,
                   "BRAZE-0117");
    assert_rows(store, 0, 0, 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 0);
}

static void names_are_refreshed_where_asked(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL), *who;
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);

    in->given_name = "Ada";
    in->family_name = "King";
    who = run(store, in, BRAZE_SIGNED_IN);
    assert_string_equal(who->family_name, "King");
    user = unit_store_get(store, user);
    assert_string_equal(user->family_name, "King");
    assert_non_null(strstr(user->resource, "\"familyName\":\"King\""));
    assert_non_null(strstr(user->resource, "\"givenName\":\"Ada\""));
    assert_int_equal(user->version, 2);
    assert_true(user->last_sign_in_at == UNIT_NOW);
    /* The same again is no change; a name that is not given is left. */
    in = unit_sign_in(id, "ada@b.example", "_2", "", store->pool);
    in->family_name = "King";
    run(store, in, BRAZE_SIGNED_IN);
    assert_int_equal(unit_store_get(store, user)->version, 2);
    assert_rows(store, 2, 2, 2);
}

static void what_scim_keeps_is_not_refreshed(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_user(id, "ada@b.example", NULL, store->pool);
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);

    user->source = "scim";
    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, NULL, store->pool));
    in->family_name = "King";
    run(store, in, BRAZE_SIGNED_IN);
    assert_string_equal(unit_store_get(store, user)->family_name, "Lovelace");
    assert_int_equal(unit_store_get(store, user)->version, 1);
}

/* ---- sessions ---- */

static void a_session_ends_by_age_and_by_idleness(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);
    const char *hash = in->session_hash;
    apr_interval_time_t idle = apr_time_from_sec(600);
    int noted;

    unit_store_user(store, id, "ada@b.example", NULL);
    run(store, in, BRAZE_SIGNED_IN);
    assert_non_null(find(store, id, hash, UNIT_NOW + idle - 1000, idle));
    assert_null(find(store, id, hash, UNIT_NOW + idle, idle));
    assert_non_null(find(store, id, hash, UNIT_NOW + idle, 0));
    assert_fine(
        braze_store_session_touch(&noted, store->db, id, hash, UNIT_NOW + idle / 2, store->pool));
    assert_int_equal(noted, 1);
    assert_non_null(find(store, id, hash, UNIT_NOW + idle, idle));
    /* Never back: a slower node's touch comes late. */
    assert_fine(braze_store_session_touch(&noted, store->db, id, hash, UNIT_NOW, store->pool));
    assert_int_equal(noted, 0);
    assert_true(find(store, id, hash, UNIT_NOW + idle, idle)->last_seen_at == UNIT_NOW + idle / 2);
    assert_non_null(find(store, id, hash, UNIT_NOW + HOUR - 1000, 0));
    assert_null(find(store, id, hash, UNIT_NOW + HOUR, 0));
}

static const char *commits(braze_db_t *db, apr_pool_t *pool)
{
    store_rows_t rows;

    assert_fine(store_select_text(&rows, db, "SELECT current_setting('synchronous_commit')", NULL,
                                  0, pool));
    assert_int_equal(store_next(&rows), 1);
    return store_text(&rows, 0);
}

static braze_err_t *touch(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    const braze_sign_in_t *in = baton;
    int noted;

    (void)commit;
    assert_string_equal(commits(db, pool), "on");
    assert_fine(
        braze_store_session_touch(&noted, db, in->company_id, in->session_hash, LATER, pool));
    assert_int_equal(noted, 1);
    assert_string_equal(commits(db, pool), "off");
    return NULL;
}

/* That somebody was here waits for no disk; what is written after it does again. */
static void only_the_touch_waits_for_no_disk(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);
    int noted;

    unit_store_user(store, id, "ada@b.example", NULL);
    run(store, in, BRAZE_SIGNED_IN);
    assert_fine(store_transact(store->db, touch, in, store->pool));
    assert_string_equal(commits(store->db, store->pool), "on");
    assert_true(find(store, id, in->session_hash, UNIT_NOW, 0)->last_seen_at == LATER);
    /* A statement alone is a transaction. */
    assert_fine(braze_store_session_touch(&noted, store->db, id, in->session_hash,
                                          LATER + apr_time_from_sec(1), store->pool));
    assert_string_equal(commits(store->db, store->pool), "on");
}

static void a_session_is_one_companys(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);
    braze_session_t theirs = {.company_id = other};
    int is;

    unit_store_user(store, id, "ada@b.example", NULL);
    unit_store_user(store, other, "ada@b.example", NULL);
    run(store, in, BRAZE_SIGNED_IN);
    assert_null(find(store, other, in->session_hash, UNIT_NOW, 0));
    assert_fine(braze_store_session_named(&theirs, store->db, in->session_hash, store->pool));
    assert_true(!theirs.name_id && !theirs.idp && !theirs.session_index && !theirs.assertion_key);
    assert_fine(
        braze_store_session_touch(&is, store->db, other, in->session_hash, LATER, store->pool));
    assert_int_equal(is, 0);
    assert_true(find(store, id, in->session_hash, UNIT_NOW, 0)->last_seen_at == UNIT_NOW);
    assert_fine(
        braze_store_session_end(&is, store->db, other, in->session_hash, NULL, store->pool));
    assert_int_equal(is, 0);
    assert_fine(braze_store_session_came_of(&is, store->db, other, in->session_hash, in->replay_key,
                                            UNIT_NOW, store->pool));
    assert_int_equal(is, 0);
    /* The other company's login by an assertion of the same name is its own. */
    run(store, unit_sign_in(other, "ada@b.example", "_1", "x", store->pool), BRAZE_SIGNED_IN);
    assert_rows(store, 2, 2, 2);
}

static void a_session_ends_when_asked(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);
    braze_event_t *event = unit_event(id, "Signed Out", store->pool);
    int ended;

    unit_store_user(store, id, "ada@b.example", NULL);
    run(store, in, BRAZE_SIGNED_IN);
    assert_fine(
        braze_store_session_end(&ended, store->db, id, in->session_hash, event, store->pool));
    assert_int_equal(ended, 1);
    assert_null(find(store, id, in->session_hash, UNIT_NOW, 0));
    assert_fine(
        braze_store_session_end(&ended, store->db, id, in->session_hash, event, store->pool));
    assert_int_equal(ended, 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event "
                                             "WHERE name = 'Signed Out'"),
                     1);
}

static void a_response_posted_twice_is_recognised(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);
    braze_sign_in_t *next = unit_sign_in(id, "ada@b.example", "_2", "", store->pool);
    int did;

    unit_store_user(store, id, "ada@b.example", NULL);
    run(store, in, BRAZE_SIGNED_IN);
    assert_fine(braze_store_session_came_of(&did, store->db, id, in->session_hash, in->replay_key,
                                            LATER, store->pool));
    assert_int_equal(did, 1);
    assert_fine(braze_store_session_came_of(&did, store->db, id, in->session_hash, next->replay_key,
                                            LATER, store->pool));
    assert_int_equal(did, 0);
    assert_fine(braze_store_session_came_of(&did, store->db, id, next->session_hash, in->replay_key,
                                            LATER, store->pool));
    assert_int_equal(did, 0);
    assert_fine(braze_store_session_came_of(&did, store->db, id, in->session_hash, in->replay_key,
                                            UNIT_NOW + HOUR, store->pool));
    assert_int_equal(did, 0);
}

static void one_of_a_session_of_an_older_schema_too(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);
    const char *digest = braze_sha256_hex("_1", 2, store->pool), *hash = in->session_hash;
    /* The time counts for nothing where the session has none, and the digest for all. */
    const char *key = braze_timed_hash(LATER, "_1", 2, store->pool);
    const char *other = braze_timed_hash(LATER, "_2", 2, store->pool);
    const struct {
        const char *key;
        apr_time_t now;
        int did;
    } asked[] = {
        {key, UNIT_NOW, 1},
        {other, UNIT_NOW, 0},
        {key, UNIT_NOW + HOUR, 0},
        {digest, UNIT_NOW, 1},
        {apr_pstrndup(store->pool, key, BRAZE_SHA256_HEX - 1), UNIT_NOW, 0},
        {apr_pstrcat(store->pool, key, "0", NULL), UNIT_NOW, 0},
        {apr_pstrndup(store->pool, key, BRAZE_TIME_HEX), UNIT_NOW, 0},
        {"%", UNIT_NOW, 0},
        {"", UNIT_NOW, 0},
    };
    size_t i;
    int did;

    unit_store_user(store, id, "ada@b.example", NULL);
    run(store, in, BRAZE_SIGNED_IN);
    unit_store_do(
        store, apr_psprintf(store->pool, "UPDATE braze_session SET assertion_key = '%s'", digest));
    for (i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
        assert_fine(braze_store_session_came_of(&did, store->db, id, hash, asked[i].key,
                                                asked[i].now, store->pool));
        assert_int_equal(did, asked[i].did);
    }
    /* One that came of no assertion came of none. */
    unit_store_do(store, "UPDATE braze_session SET assertion_key = NULL");
    assert_fine(braze_store_session_came_of(&did, store->db, id, hash, key, UNIT_NOW, store->pool));
    assert_int_equal(did, 0);
    /* A session of today lies under the whole key: another time is another assertion. */
    unit_store_do(store,
                  apr_psprintf(store->pool, "UPDATE braze_session SET assertion_key = '%s'", key));
    assert_fine(braze_store_session_came_of(&did, store->db, id, hash,
                                            braze_timed_hash(UNIT_NOW, "_1", 2, store->pool),
                                            UNIT_NOW, store->pool));
    assert_int_equal(did, 0);
}

static void a_session_brings_the_visitor_along(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user =
        unit_store_user(store, id, "Ada@b.example", "{\"companyPermissions\":[\"admin\"]}");
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);
    braze_session_t *session;

    run(store, in, BRAZE_SIGNED_IN);
    session = find(store, id, in->session_hash, UNIT_NOW, 0);
    assert_int_equal(session->groups->nelts, 0);
    assert_string_equal(session->user->id, user->id);
    assert_string_equal(session->user->company_id, id);
    assert_string_equal(session->user->user_name, "Ada@b.example");
    assert_string_equal(session->user->email, "Ada@b.example");
    assert_string_equal(session->user->given_name, "Ada");
    assert_string_equal(session->user->family_name, "Lovelace");
    assert_int_equal(session->user->active, 1);
    assert_string_equal(session->user->permissions, user->permissions);
    assert_int_equal(session->company_version, 1);
    unit_store_item(store, id, BRAZE_ITEM_WORKSPACE, "Sales", NULL);
    assert_int_equal(find(store, id, in->session_hash, UNIT_NOW, 0)->company_version, 2);
    unit_store_do(store, apr_psprintf(store->pool,
                                      "INSERT INTO braze_group VALUES('g', '%s', "
                                      "'Quo\"te, \xc3\xbc', 'k', NULL, '{}', 0, 0, 1, 'scim')",
                                      id));
    unit_store_do(store, apr_psprintf(store->pool,
                                      "INSERT INTO braze_group_member VALUES('g', '%s', '%s', "
                                      "NULL)",
                                      id, user->id));
    session = find(store, id, in->session_hash, UNIT_NOW, 0);
    assert_int_equal(session->groups->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(session->groups, 0, const char *), "Quo\"te, \xc3\xbc");
}

static void an_inactive_persons_session_is_none(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_sign_in_t *in = unit_sign_in(id, "ada@b.example", "_1", "", store->pool);
    int did;

    unit_store_user(store, id, "ada@b.example", NULL);
    run(store, in, BRAZE_SIGNED_IN);
    /* Even where somebody has changed the row by hand and left the session. */
    unit_store_do(store, "UPDATE braze_user SET active = 0");
    assert_null(find(store, id, in->session_hash, UNIT_NOW, 0));
    assert_fine(braze_store_session_came_of(&did, store->db, id, in->session_hash, in->replay_key,
                                            UNIT_NOW, store->pool));
    assert_int_equal(did, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_known_person_gets_a_session),
        STORE_TEST(an_unconfirmed_person_is_confirmed),
        STORE_TEST(an_assertion_is_good_once),
        STORE_TEST(a_record_of_an_older_schema_counts),
        STORE_TEST(nobody_is_let_in_by_an_unknown_address),
        STORE_TEST(an_inactive_person_stays_out),
        STORE_TEST(an_email_of_several_is_nobodys),
        STORE_TEST(a_new_person_is_made_once),
        STORE_TEST(a_new_person_gets_only_what_is_there),
        STORE_TEST(names_are_refreshed_where_asked),
        STORE_TEST(what_scim_keeps_is_not_refreshed),
        STORE_TEST(a_session_ends_by_age_and_by_idleness),
        STORE_TEST_PGSQL(only_the_touch_waits_for_no_disk),
        STORE_TEST(a_session_is_one_companys),
        STORE_TEST(a_session_ends_when_asked),
        STORE_TEST(a_response_posted_twice_is_recognised),
        STORE_TEST(one_of_a_session_of_an_older_schema_too),
        STORE_TEST(a_session_brings_the_visitor_along),
        STORE_TEST(an_inactive_persons_session_is_none),
    };

    return cmocka_run_group_tests_name("store sign in", tests, NULL, NULL);
}
