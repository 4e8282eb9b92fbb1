/* SPDX-License-Identifier: Apache-2.0 */
/* Links between accounts and identity providers, at a login and by an operator. */
#include <string.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "braze_id.h"
#include "braze_time.h"
#include "unit_store.h"

#define A "https://a.example/idp"
#define B "https://b.example/idp"
#define PERSISTENT "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
#define TRANSIENT "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
#define MAX_THREADS 8

static braze_link_t *link_of(const char *idp, const char *format, const char *name,
                             apr_pool_t *pool)
{
    const braze_link_t link = {.idp = idp, .name_id_format = format, .name_id = name};

    return braze_store_link_make(&link, "https://sp.example", pool);
}

/* A login of e-mail by idp, with a persistent NameID or (NULL) one that says nothing. */
static braze_sign_in_t *login(const char *company_id, const char *email, const char *idp,
                              const char *name, apr_pool_t *pool)
{
    static int serial;
    braze_sign_in_t *in =
        unit_sign_in(company_id, email, apr_psprintf(pool, "_l%d", serial++), "", pool);

    in->link = link_of(idp, name ? PERSISTENT : TRANSIENT, name ? name : "_x", pool);
    return in;
}

static braze_user_t *run(const unit_store_t *store, const braze_sign_in_t *in,
                         braze_sign_in_outcome_t expected)
{
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;

    assert_fine(braze_store_sign_in(&outcome, &user, store->db, in, store->pool));
    assert_int_equal(outcome, expected);
    return user;
}

static int links(const unit_store_t *store)
{
    return unit_store_count(store, "SELECT count(*) FROM braze_identity");
}

static void a_link_is_what_lasts_of_a_name(void **state)
{
    apr_pool_t *pool = unit_store(state)->pool;
    const braze_link_t name = {.idp = A,
                               .name_id_format = PERSISTENT,
                               .name_id = "P",
                               .name_qualifier = A,
                               .sp_name_qualifier = "https://sp.example"};
    braze_link_t group = name;

    /* Qualifiers that say what is so anyway make no other name. */
    assert_string_equal(braze_store_link_make(&name, "https://sp.example", pool)->link_key,
                        link_of(A, PERSISTENT, "P", pool)->link_key);
    group.sp_name_qualifier = "https://affiliation.example";
    assert_string_not_equal(braze_store_link_make(&group, "https://sp.example", pool)->link_key,
                            link_of(A, PERSISTENT, "P", pool)->link_key);
    assert_string_not_equal(link_of(A, PERSISTENT, "P", pool)->link_key,
                            link_of(B, PERSISTENT, "P", pool)->link_key);
    /* Names that do not last are one link, and not kept. */
    assert_string_equal(link_of(A, TRANSIENT, "1", pool)->link_key,
                        link_of(A, TRANSIENT, "2", pool)->link_key);
    assert_string_equal(link_of(A, NULL, "x", pool)->link_key,
                        link_of(A, TRANSIENT, "2", pool)->link_key);
    assert_null(link_of(A, NULL, "x", pool)->name_id);
}

static void a_persistent_name_finds_its_account(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *ada = unit_store_user(store, id, "ada@b.example", NULL);
    braze_user_t *bea = unit_store_user(store, id, "bea@b.example", NULL);
    int i;

    /* By the long way, and on PostgreSQL then by the short one. */
    for (i = 0; i < 2; i++) {
        assert_string_equal(
            run(store, login(id, "ada@b.example", A, "P", store->pool), BRAZE_SIGNED_IN)->id,
            ada->id);
    }
    assert_int_equal(links(store), 1);
    /* Another e-mail, which may even be somebody else's. */
    assert_string_equal(
        run(store, login(id, "new@b.example", A, "P", store->pool), BRAZE_SIGNED_IN)->id, ada->id);
    assert_string_equal(
        run(store, login(id, "bea@b.example", A, "P", store->pool), BRAZE_SIGNED_IN)->id, ada->id);
    assert_string_equal(unit_store_get(store, ada)->email, "ada@b.example");
    assert_string_equal(
        run(store, login(id, "bea@b.example", A, "Q", store->pool), BRAZE_SIGNED_IN)->id, bea->id);
    assert_int_equal(links(store), 2);
}

static void an_email_takes_no_linked_account(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");

    unit_store_user(store, id, "ada@b.example", NULL);
    unit_store_user(store, id, "bea@b.example", NULL);
    run(store, login(id, "ada@b.example", A, "P", store->pool), BRAZE_SIGNED_IN);
    run(store, login(id, "ada@b.example", A, "Q", store->pool), BRAZE_LINKED_ELSEWHERE);
    run(store, login(id, "ada@b.example", B, "P", store->pool), BRAZE_LINKED_ELSEWHERE);
    run(store, login(id, "ada@b.example", B, NULL, store->pool), BRAZE_LINKED_ELSEWHERE);
    /* Nor does a name of no meaning of its own identity provider need to be linked first. */
    run(store, login(id, "ada@b.example", A, NULL, store->pool), BRAZE_SIGNED_IN);
    run(store, login(id, "ada@b.example", A, NULL, store->pool), BRAZE_SIGNED_IN);
    run(store, login(id, "ada@b.example", B, NULL, store->pool), BRAZE_LINKED_ELSEWHERE);
    /* One that is linked by e-mail alone may be linked by name later. */
    run(store, login(id, "bea@b.example", A, NULL, store->pool), BRAZE_SIGNED_IN);
    run(store, login(id, "bea@b.example", B, "R", store->pool), BRAZE_LINKED_ELSEWHERE);
    run(store, login(id, "bea@b.example", A, "R", store->pool), BRAZE_SIGNED_IN);
    run(store, login(id, "bea@b.example", A, "S", store->pool), BRAZE_LINKED_ELSEWHERE);
    assert_int_equal(links(store), 4);
    /* What was refused has written nothing. */
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 5);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_replay"), 5);
}

static void an_inactive_account_stays_so(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");

    unit_store_user(store, id, "ada@b.example", NULL);
    run(store, login(id, "ada@b.example", A, "P", store->pool), BRAZE_SIGNED_IN);
    unit_store_do(store, "UPDATE braze_user SET active = 0");
    run(store, login(id, "ada@b.example", A, "P", store->pool), BRAZE_USER_INACTIVE);
    run(store, login(id, "other@b.example", A, "P", store->pool), BRAZE_USER_INACTIVE);
}

static void a_link_is_one_companys(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    braze_user_t *ada = unit_store_user(store, id, "ada@b.example", NULL);
    braze_user_t *theirs = unit_store_user(store, other, "ada@b.example", NULL);

    run(store, login(id, "ada@b.example", A, "P", store->pool), BRAZE_SIGNED_IN);
    run(store, login(other, "nobody@b.example", A, "P", store->pool), BRAZE_NO_USER);
    assert_string_equal(
        run(store, login(other, "ada@b.example", A, "P", store->pool), BRAZE_SIGNED_IN)->id,
        theirs->id);
    assert_string_equal(
        run(store, login(id, "ada@b.example", A, "P", store->pool), BRAZE_SIGNED_IN)->id, ada->id);
}

static braze_sign_in_t *renaming(const char *id, const char *email, apr_pool_t *pool)
{
    braze_sign_in_t *in = login(id, email, A, "P", pool);

    in->email = email;
    return in;
}

static void an_email_follows_where_asked(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *ada = unit_store_user(store, id, "ada@b.example", NULL);
    int i;

    run(store, renaming(id, "ada@b.example", store->pool), BRAZE_SIGNED_IN);
    for (i = 0; i < 2; i++) {
        run(store, renaming(id, "Ada@New.example", store->pool), BRAZE_SIGNED_IN);
    }
    ada = unit_store_get(store, ada);
    assert_string_equal(ada->user_name, "Ada@New.example");
    assert_string_equal(ada->email, "Ada@New.example");
    assert_string_equal(ada->email_domain, "new.example");
    assert_int_equal(ada->version, 2);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event "
                                             "WHERE detail = 'e-mail changed'"),
                     1);
    /* One that is somebody else's, as userName or as e-mail. */
    unit_store_user(store, id, "bea@b.example", NULL);
    run(store, renaming(id, "bea@b.example", store->pool), BRAZE_EMAIL_TAKEN);
    unit_store_do(store, "UPDATE braze_user SET email_key = 'eve@b.example' "
                         "WHERE user_name_key = 'bea@b.example'");
    run(store, renaming(id, "eve@b.example", store->pool), BRAZE_EMAIL_TAKEN);
    assert_int_equal(unit_store_get(store, ada)->version, 2);
    /* SCIM keeps the e-mail of its users. */
    unit_store_do(store, "UPDATE braze_user SET source = 'scim'");
    run(store, renaming(id, "third@b.example", store->pool), BRAZE_SIGNED_IN);
    assert_string_equal(unit_store_get(store, ada)->email, "Ada@New.example");
}

static void an_operator_links_and_unlinks(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *ada = unit_store_user(store, id, "ada@b.example", NULL);
    braze_identity_query_t query = {id, ada->id, NULL};
    const braze_event_t *event = unit_event(id, "Updated Account", store->pool);
    apr_array_header_t *found;
    int done;

    run(store, login(id, "ada@b.example", A, "P", store->pool), BRAZE_SIGNED_IN);
    assert_fine(braze_store_identity_add(&done, store->db, id, ada->id,
                                         link_of(B, NULL, NULL, store->pool), UNIT_NOW, event,
                                         store->pool));
    assert_int_equal(done, 1);
    assert_fine(braze_store_identity_add(&done, store->db, id, ada->id,
                                         link_of(B, NULL, NULL, store->pool), UNIT_NOW, event,
                                         store->pool));
    assert_int_equal(done, 0);
    run(store, login(id, "ada@b.example", B, "Q", store->pool), BRAZE_SIGNED_IN);
    assert_fine(braze_store_identity_list(&found, store->db, &query, store->pool));
    assert_int_equal(found->nelts, 3);
    assert_string_equal(APR_ARRAY_IDX(found, 0, braze_identity_t *)->user_name, "ada@b.example");
    query.idp = A;
    assert_fine(braze_store_identity_list(&found, store->db, &query, store->pool));
    assert_int_equal(found->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(found, 0, braze_identity_t *)->link.name_id, "P");
    query.user_id = NULL;
    assert_fine(braze_store_identity_remove(&done, store->db, &query, event, store->pool));
    assert_int_equal(done, 1);
    run(store, login(id, "ada@b.example", A, "P", store->pool), BRAZE_LINKED_ELSEWHERE);
    query.idp = NULL;
    query.company_id = unit_store_company(store, "Other");
    assert_fine(braze_store_identity_remove(&done, store->db, &query, event, store->pool));
    assert_int_equal(done, 0);
    assert_int_equal(links(store), 2);
}

static void a_link_goes_with_its_account(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *ada = unit_store_user(store, id, "ada@b.example", NULL);
    braze_sign_in_t *in;
    int done;

    run(store, login(id, "ada@b.example", A, "P", store->pool), BRAZE_SIGNED_IN);
    assert_fine(braze_store_user_delete(&done, store->db, id, ada->id, 0, 0, NULL, store->pool));
    assert_int_equal(links(store), 0);
    in = login(id, "ada@b.example", A, "P", store->pool);
    in->new_user = unit_user(id, "ada@b.example", NULL, store->pool);
    run(store, in, BRAZE_CREATED);
    assert_int_equal(links(store), 1);
}

static void a_link_notes_its_use_once_a_day(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const apr_time_t hour = apr_time_from_sec(3600);
    static const int hours[] = {0, 23, 25, 26};
    static const int seen[] = {0, 0, 25, 25};
    int i;

    unit_store_user(store, id, "ada@b.example", NULL);
    for (i = 0; i < 4; i++) {
        braze_sign_in_t *in = login(id, "ada@b.example", A, "P", store->pool);

        in->now = UNIT_NOW + hours[i] * hour;
        run(store, in, BRAZE_SIGNED_IN);
        assert_int_equal(
            apr_strtoi64(unit_store_see(store, "SELECT last_used_at FROM braze_identity"), NULL,
                         10),
            braze_time_to_ms(UNIT_NOW + seen[i] * hour));
    }
}

/* ---- at once ---- */

typedef struct {
    const unit_store_t *store;
    const char *company_id;
    int serial;
    braze_sign_in_outcome_t outcome;
    char user_id[BRAZE_ID_LEN + 1];
} racer_t;

static void *APR_THREAD_FUNC race(apr_thread_t *thread, void *data)
{
    racer_t *racer = data;
    apr_pool_t *pool;
    braze_sign_in_t *in;
    braze_user_t *user;
    braze_db_t *db;
    const char *email;

    (void)thread;
    apr_pool_create(&pool, NULL);
    db = unit_store_open(racer->store, pool);
    email = apr_psprintf(pool, "person%d@b.example", racer->serial);
    in = unit_sign_in(racer->company_id, email, apr_psprintf(pool, "_race%d", racer->serial), "",
                      pool);
    in->link = link_of(A, PERSISTENT, "the same", pool);
    in->new_user = unit_user(racer->company_id, email, NULL, pool);
    if (braze_store_sign_in(&racer->outcome, &user, db, in, pool)) {
        racer->outcome = BRAZE_NO_USER;
    } else {
        apr_cpystrn(racer->user_id, user->id, sizeof(racer->user_id));
    }
    apr_pool_destroy(pool);
    return NULL;
}

/* One NameID, as many e-mails as logins: one account all the same. */
static void first_logins_of_one_name_make_one_account(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    apr_thread_t *threads[MAX_THREADS];
    racer_t racers[MAX_THREADS];
    int i, created = 0;
    apr_status_t rv;

    for (i = 0; i < MAX_THREADS; i++) {
        racers[i] = (racer_t){store, id, i, BRAZE_NO_USER, ""};
        assert_int_equal(apr_thread_create(&threads[i], NULL, race, &racers[i], store->pool), 0);
    }
    for (i = 0; i < MAX_THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
        created += racers[i].outcome == BRAZE_CREATED;
        assert_true(racers[i].outcome == BRAZE_CREATED || racers[i].outcome == BRAZE_SIGNED_IN);
        assert_string_equal(racers[i].user_id, racers[0].user_id);
    }
    assert_int_equal(created, 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), MAX_THREADS);
    assert_int_equal(links(store), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_SQLITE(a_link_is_what_lasts_of_a_name),
        STORE_TEST(a_persistent_name_finds_its_account),
        STORE_TEST(an_email_takes_no_linked_account),
        STORE_TEST(an_inactive_account_stays_so),
        STORE_TEST(a_link_is_one_companys),
        STORE_TEST(an_email_follows_where_asked),
        STORE_TEST(an_operator_links_and_unlinks),
        STORE_TEST(a_link_goes_with_its_account),
        STORE_TEST(a_link_notes_its_use_once_a_day),
        STORE_TEST(first_logins_of_one_name_make_one_account),
    };

    return cmocka_run_group_tests_name("store identity", tests, NULL, NULL);
}
