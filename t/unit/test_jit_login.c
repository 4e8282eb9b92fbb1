/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of the decision's table, from an identity to the rows that are written. */
#include "unit_jit.h"

#define ANA "ana@decorumsoft.com"
#define NEW "new@decorumsoft.com"

static braze_session_t *session_of(const braze_jit_result_t *result, const char *company_id)
{
    braze_session_t *session;
    const char *hash = braze_timed_secret_hash(result->session_secret, pool);

    fine(braze_store_session_find(&session, db, company_id, hash, NOW, 0, pool));
    if (session) {
        fine(braze_store_session_named(session, db, hash, pool));
    }
    return session;
}

/* ---- a user who is there ---- */

static void an_active_user_is_signed_in_by_either_flow(void **state)
{
    const char *id = add_user(company->id, ANA, NULL);
    int flow;

    (void)state;
    for (flow = 0; flow < 2; flow++) {
        braze_saml_identity_t *identity = identity_of(ANA);
        braze_jit_result_t *result = sign_in(flow ? sp_initiated(identity) : identity);
        braze_session_t *session = session_of(result, company->id);

        assert_int_equal(result->created, 0);
        assert_string_equal(result->user->id, id);
        assert_int_equal(strlen(result->session_secret), BRAZE_SECRET_LEN);
        assert_non_null(session);
        assert_string_equal(session->user_id, id);
        assert_string_equal(session->idp, IDP);
        assert_string_equal(session->name_id, "G-" ANA);
        assert_string_equal(session->session_index, "_s1");
        assert_int_equal(session->created_at, NOW);
        assert_int_equal(session->last_seen_at, NOW);
        assert_int_equal(session->expires_at, result->session_expires);
        assert_int_equal(get_user(id)->last_sign_in_at, NOW);
    }
    assert_int_equal(count_events("Signed In", NULL), 2);
    assert_int_equal(count_events("Added Account", NULL), 0);
}

static void a_user_is_found_in_any_spelling(void **state)
{
    const char *id = add_user(company->id,
                              "Ana.Garc\xc3\xad"
                              "a@Decorumsoft.com",
                              NULL);

    (void)state;
    assert_string_equal(sign_in(identity_of("ANA.GARC\xc3\x8d"
                                            "A@DECORUMSOFT.COM"))
                            ->user->id,
                        id);
    assert_string_equal(sign_in(identity_of(" \n\tana.garci\xcc\x81"
                                            "a@decorumsoft.com\r\n "))
                            ->user->id,
                        id);
}

static void a_user_needs_neither_provisioning_nor_a_known_domain(void **state)
{
    const char *id = add_user(company->id, "ana@elsewhere.org", unconfirmed);

    (void)state;
    policy.provisioning = 0;
    assert_string_equal(sign_in(identity_of("ana@elsewhere.org"))->user->id, id);
}

static void an_unconfirmed_user_is_confirmed(void **state)
{
    const char *id = add_user(company->id, ANA, unconfirmed);

    (void)state;
    assert_int_equal(get_user(id)->confirmed, 0);
    sign_in(identity_of(ANA));
    assert_int_equal(get_user(id)->confirmed, 1);
}

static void an_inactive_user_is_refused_by_either_flow(void **state)
{
    const char *id = add_user(company->id, ANA, inactive);

    (void)state;
    refused(identity_of(ANA), "user_inactive");
    refused(sp_initiated(identity_of(ANA)), "user_inactive");
    policy.provisioning = 0;
    refused(identity_of(ANA), "user_inactive");
    assert_int_equal(get_user(id)->active, 0);
    assert_int_equal(get_user(id)->last_sign_in_at, 0);
}

static void two_companies_have_two_users_of_one_address(void **state)
{
    braze_company_t *first = company, *other = add_company("Other");
    const char *here = add_user(first->id, ANA, NULL), *there = add_user(other->id, ANA, NULL);
    braze_jit_result_t *result = sign_in(identity_of(ANA));

    (void)state;
    assert_string_equal(result->user->id, here);
    assert_non_null(session_of(result, first->id));
    assert_null(session_of(result, other->id));
    company = other;
    reload();
    result = sign_in(identity_of(ANA));
    assert_string_equal(result->user->id, there);
    assert_non_null(session_of(result, other->id));
    assert_null(session_of(result, first->id));
}

static void a_user_of_another_company_is_nobody_here(void **state)
{
    braze_company_t *other = add_company("Other");

    (void)state;
    add_user(other->id, ANA, NULL);
    policy.provisioning = 0;
    refused(identity_of(ANA), "provisioning_off");
}

static void several_users_of_one_address_are_refused(void **state)
{
    static const char two[] = "{\"userName\":\"%s\",\"emails\":[{\"value\":\"" ANA "\"}]}";
    const char *names[] = {"first", "second"}, *owner;
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        braze_user_t *user = apr_pcalloc(pool, sizeof(*user));

        user->company_id = company->id;
        user->active = user->confirmed = 1;
        user->source = "scim";
        user->permissions = "{}";
        user->resource = apr_psprintf(pool, two, names[i]);
        fine(braze_user_derive(user, pool));
        fine(braze_store_user_add(db, user, NOW, NULL, pool));
    }
    refused(identity_of(ANA), "user_ambiguous");
    owner = add_user(company->id, ANA, NULL); /* whose userName it is */
    assert_string_equal(sign_in(identity_of(ANA))->user->id, owner);
}

/* ---- nobody ---- */

static void provisioning_off_refuses(void **state)
{
    (void)state;
    add_user(company->id, ANA, NULL);
    policy.provisioning = 0; /* the directive; the company says on */
    refused(identity_of(NEW), "provisioning_off");
    refused(sp_initiated(identity_of(NEW)), "provisioning_off");
    policy.provisioning = -1;
    company->provisioning = 0;
    refused(identity_of(NEW), "provisioning_off");
    policy.provisioning = 1; /* the directive; the company says off */
    assert_int_equal(sign_in(identity_of(NEW))->created, 1);
}

static void a_first_login_does_not_start_here(void **state)
{
    (void)state;
    add_user(company->id, ANA, NULL);
    refused(sp_initiated(identity_of(NEW)), "idp_initiated_only");
    assert_int_equal(sign_in(identity_of(NEW))->created, 1);
    assert_int_equal(sign_in(sp_initiated(identity_of(NEW)))->created, 0);
}

static void google_sign_in_refuses_strangers_only(void **state)
{
    (void)state;
    add_user(company->id, ANA, NULL);
    company->google_sign_in = 1;
    refused(identity_of(NEW), "google_sign_in");
    policy.provisioning = 1;
    refused(identity_of(NEW), "google_sign_in");
    assert_int_equal(sign_in(identity_of(ANA))->created, 0);
    company->google_sign_in = 0;
    assert_int_equal(sign_in(identity_of(NEW))->created, 1);
}

/* Somebody of the domain is confirmed: who else may come? */
static void a_domain_is_compared_whole(void **state)
{
    static const struct {
        const char *confirmed, *email;
        int allowed;
    } cases[] = {
        {"a@decorumsoft.com", "n@decorumsoft.com", 1},
        {"a@decorumsoft.com", "n@DECORUMSOFT.com", 1},
        {"a@decorumsoft.com", "n@decorumsoft.eu", 0},
        {"a@decorumsoft.com", "n@x.decorumsoft.com", 0},
        {"a@x.decorumsoft.com", "n@decorumsoft.com", 0},
        {"a@decorumsoft.com", "n@xdecorumsoft.com", 0},
        {"a@decorumsoft.com", "n@decorumsoft.com.evil.org", 0},
        {"a@decorumsoft.com", "n@decorumsoft.co", 0},
        {"a@decorumsoft.com", "decorumsoft.com@evil.org", 0},
        {"a@decorumsoft.com", "\"n@decorumsoft.com\"@evil.org", 0},
        {"a@decorumsoft.com", "n@de%umsoft.com", -1},
        {"a@b\xc3\xbc"
         "cher.example",
         "n@b\xc3\xbc"
         "cher.example",
         1},
        {"a@b\xc3\xbc"
         "cher.example",
         "n@B\xc3\x9c"
         "CHER.example",
         1},
        {"a@b\xc3\xbc"
         "cher.example",
         "n@xn--bcher-kva.example", 1},
        {"a@xn--bcher-kva.example",
         "n@bu\xcc\x88"
         "cher.example",
         1},
        {"a@b\xc3\xbc"
         "cher.example",
         "n@bucher.example", 0},
        {"a@stra\xc3\x9f"
         "e.example",
         "n@strasse.example", 0},
        {"a@decorumsoft.com",
         "n@d\xd0\xb5"
         "corumsoft.com",
         0}, /* a Cyrillic e */
    };
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        company = add_company(apr_psprintf(pool, "Company %d", (int)i));
        reload();
        add_user(company->id, cases[i].confirmed, NULL);
        if (cases[i].allowed > 0) {
            assert_int_equal(sign_in(identity_of(cases[i].email))->created, 1);
        } else {
            refused(identity_of(cases[i].email),
                    cases[i].allowed ? "ERROR_CODE_SSO_INVALID_EMAIL" : "domain_not_allowed");
        }
    }
}

static void who_does_not_open_a_domain(void **state)
{
    braze_company_t *other = add_company("Other");

    (void)state;
    refused(identity_of(NEW), "domain_not_allowed");
    add_user(other->id, ANA, NULL);
    refused(identity_of(NEW), "domain_not_allowed");
    add_user(company->id, "support@decorumsoft.com", impersonation);
    refused(identity_of(NEW), "domain_not_allowed");
    add_user(company->id, "invited@decorumsoft.com", unconfirmed);
    refused(identity_of(NEW), "domain_not_allowed");
    sign_in(identity_of("invited@decorumsoft.com")); /* is confirmed by it */
    assert_int_equal(sign_in(identity_of(NEW))->created, 1);
}

static void an_exception_by_directive_opens_its_domain(void **state)
{
    apr_array_header_t *domains = apr_array_make(pool, 2, sizeof(const char *));

    (void)state;
    APR_ARRAY_PUSH(domains, const char *) = "partner.example";
    APR_ARRAY_PUSH(domains, const char *) = "xn--bcher-kva.example";
    refused(identity_of("n@partner.example"), "domain_not_allowed");
    policy.allow_domains = domains;
    assert_int_equal(sign_in(identity_of("n@Partner.Example"))->created, 1);
    assert_int_equal(sign_in(identity_of("n@b\xc3\xbc"
                                         "cher.example"))
                         ->created,
                     1);
    refused(identity_of("n@x.partner.example"), "domain_not_allowed");
    refused(sp_initiated(identity_of("m@partner.example")), "idp_initiated_only");
}

static void an_exception_by_row_opens_its_domain(void **state)
{
    braze_company_t *other = add_company("Other");

    (void)state;
    fine(braze_store_domain_allow(db, other->id, "partner.example", 1, pool));
    refused(identity_of("n@partner.example"), "domain_not_allowed");
    fine(braze_store_domain_allow(db, company->id, "partner.example", 1, pool));
    refused(identity_of("n@x.partner.example"), "domain_not_allowed");
    assert_int_equal(sign_in(identity_of("n@partner.example"))->created, 1);
}

static void an_exception_that_is_withdrawn_closes_the_domain(void **state)
{
    (void)state;
    fine(braze_store_domain_allow(db, company->id, "partner.example", 1, pool));
    fine(braze_store_domain_allow(db, company->id, "partner.example", 0, pool));
    refused(identity_of("n@partner.example"), "domain_not_allowed");
}

static void a_stranger_is_created_and_signed_in(void **state)
{
    braze_jit_result_t *result;
    const braze_user_t *user;

    (void)state;
    add_user(company->id, ANA, NULL);
    result = sign_in(identity_of("New.Person@decorumsoft.com"));
    assert_int_equal(result->created, 1);
    user = get_user(result->user->id);
    assert_string_equal(user->user_name, "New.Person@decorumsoft.com");
    assert_string_equal(user->email, "New.Person@decorumsoft.com");
    assert_string_equal(user->email_domain, "decorumsoft.com");
    assert_int_equal(user->active, 1);
    assert_int_equal(user->confirmed, 1);
    assert_int_equal(user->impersonation, 0);
    assert_int_equal(user->admin, 0);
    assert_string_equal(user->source, "jit");
    assert_int_equal(user->created_at, NOW);
    assert_int_equal(user->last_sign_in_at, NOW);
    assert_string_equal(session_of(result, company->id)->user_id, user->id);
    assert_int_equal(count_events("Added Account", NULL), 1);
    assert_int_equal(count_events("Signed In", NULL), 1);
    assert_int_equal(count_users(company->id), 2);
    /* and is a user like any other from now on */
    assert_int_equal(sign_in(identity_of("new.person@DECORUMSOFT.com"))->created, 0);
    assert_int_equal(count_users(company->id), 2);
}

/* ---- replays ---- */

static void an_assertion_is_taken_once(void **state)
{
    braze_saml_identity_t *known = identity_of(ANA), *new = identity_of(NEW);

    (void)state;
    add_user(company->id, ANA, NULL);
    sign_in(known);
    refused(known, "replayed");
    assert_int_equal(sign_in(new)->created, 1);
    refused(new, "replayed");
    /* the same person by another assertion */
    sign_in(identity_of(ANA));
    sign_in(identity_of(NEW));
}

static void a_refusal_does_not_use_an_assertion_up(void **state)
{
    braze_saml_identity_t *identity = identity_of(NEW);

    (void)state;
    refused(identity, "domain_not_allowed");
    fine(braze_store_domain_allow(db, company->id, "decorumsoft.com", 1, pool));
    assert_int_equal(sign_in(identity)->created, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_active_user_is_signed_in_by_either_flow),
        TEST(a_user_is_found_in_any_spelling),
        TEST(a_user_needs_neither_provisioning_nor_a_known_domain),
        TEST(an_unconfirmed_user_is_confirmed),
        TEST(an_inactive_user_is_refused_by_either_flow),
        TEST(two_companies_have_two_users_of_one_address),
        TEST(a_user_of_another_company_is_nobody_here),
        TEST(several_users_of_one_address_are_refused),
        TEST(provisioning_off_refuses),
        TEST(a_first_login_does_not_start_here),
        TEST(google_sign_in_refuses_strangers_only),
        TEST(a_domain_is_compared_whole),
        TEST(who_does_not_open_a_domain),
        TEST(an_exception_by_directive_opens_its_domain),
        TEST(an_exception_by_row_opens_its_domain),
        TEST(an_exception_that_is_withdrawn_closes_the_domain),
        TEST(a_stranger_is_created_and_signed_in),
        TEST(an_assertion_is_taken_once),
        TEST(a_refusal_does_not_use_an_assertion_up),
    };

    return run_all(tests, sizeof(tests) / sizeof(tests[0]));
}
