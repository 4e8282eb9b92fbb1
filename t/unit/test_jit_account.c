/* SPDX-License-Identifier: Apache-2.0 */
/* What an identity says, what a new user gets of it, how long a session lasts, and what a refusal
 * leaves behind. */
#include "unit_jit.h"

#include <apr_dbd.h>

#define ANA "ana@decorumsoft.com"
#define NEW "new@decorumsoft.com"

/* The usual company, in whose domain somebody is confirmed. */
static int set_up_open(void **state)
{
    set_up(state);
    add_user(company->id, ANA, NULL);
    return 0;
}

#define OPEN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_open, tear_down)

static const char *thousand_letters(void)
{
    char *text = apr_palloc(pool, 1026);

    memset(text, 'x', 1025); /* one more than a name may have */
    text[1025] = '\0';
    return text;
}

static const char *show(const char *text)
{
    return text ? text : "none";
}

/* ---- the e-mail ---- */

static void an_identity_without_email_is_refused(void **state)
{
    braze_saml_identity_t *identity = identity_of(NULL);

    (void)state;
    refused(identity, "ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING");
    identity = identity_of(" \n ");
    refused(identity, "ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING");
    identity = identity_of(NULL);
    identity->name_id = ANA; /* is a name, not an attribute */
    give(identity, "E-mail", ANA);
    refused(identity, "ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING");
    give(identity, "mail", ANA);
    sign_in(identity);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const addresses[] = {
        "ana",
        "@decorumsoft.com",
        "ana@",
        "ana@ decorumsoft.com",
        "ana b@decorumsoft.com",
        "ana@decorumsoft.com\nx@y.org",
        "a@b@decorumsoft.com",
        "ana@192.0.2.1",
        "ana@-x.com",
        "ana@decorumsoft..com",
        "ana@decorumsoft.com, b@decorumsoft.com",
        "<ana@decorumsoft.com>",
        "ana\xff@decorumsoft.com",
        "ana\x01@decorumsoft.com",
        "' OR '1'='1",
    };
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        refused(identity_of(addresses[i]), "ERROR_CODE_SSO_INVALID_EMAIL");
    }
    refused(identity_of(apr_pstrcat(pool, thousand_letters(), "@decorumsoft.com", NULL)),
            "ERROR_CODE_SSO_INVALID_EMAIL");
    sign_in(identity_of(ANA));
}

static void quotes_in_an_address_are_letters(void **state)
{
    const char *email = "o'hara'--drop=1@decorumsoft.com";
    braze_jit_result_t *result = sign_in(identity_of(email));

    (void)state;
    assert_string_equal(get_user(result->user->id)->email, email);
}

static void the_first_address_counts(void **state)
{
    braze_saml_identity_t *identity = identity_of(ANA);

    (void)state;
    give(identity, "email", "other@decorumsoft.com");
    give(identity, "mail", "third@decorumsoft.com");
    assert_string_equal(sign_in(identity)->user->email, ANA);
}

static void an_attribute_may_be_mapped(void **state)
{
    braze_attribute_map_t map = {{NULL}};
    apr_array_header_t *names = apr_array_make(pool, 1, sizeof(const char *));
    braze_saml_identity_t *identity = identity_of("wrong@decorumsoft.com");

    (void)state;
    APR_ARRAY_PUSH(names, const char *) = "urn:oid:0.9.2342.19200300.100.1.3";
    map.names[BRAZE_FIELD_EMAIL] = names;
    policy.attributes = &map;
    refused(identity, "ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING");
    give(identity, "urn:oid:0.9.2342.19200300.100.1.3", ANA);
    assert_string_equal(sign_in(identity)->user->email, ANA);
}

/* ---- names and department ---- */

static const braze_user_t *create_with(const char *first, const char *last, const char *department)
{
    braze_saml_identity_t *identity =
        identity_of(apr_psprintf(pool, "n%d@decorumsoft.com", assertions));
    braze_jit_result_t *result;

    if (first) {
        give(identity, "first_name", first);
    }
    if (last) {
        give(identity, "last_name", last);
    }
    if (department) {
        give(identity, "department", department);
    }
    result = sign_in(identity);
    assert_int_equal(result->created, 1);
    return get_user(result->user->id);
}

static void names_are_taken_as_they_are(void **state)
{
    const braze_user_t *user = create_with("Zo\xc3\xab \"Z\" <b>", " \n O'Neill\t", "R&D");

    (void)state;
    assert_string_equal(user->given_name, "Zo\xc3\xab \"Z\" <b>");
    assert_string_equal(user->family_name, "O'Neill");
    assert_int_equal(logged("BRAZE-J0314"), 0);
}

static void a_department_is_taken_when_it_is_mapped(void **state)
{
    braze_attribute_map_t map = {{NULL}};
    apr_array_header_t *names = apr_array_make(pool, 1, sizeof(const char *));

    (void)state;
    APR_ARRAY_PUSH(names, const char *) = "department";
    map.names[BRAZE_FIELD_DEPARTMENT] = names;
    policy.attributes = &map;
    assert_string_equal(create_with(NULL, NULL, "R&D")->department, "R&D");
}

static void nobody_is_kept_out_for_a_name(void **state)
{
    const braze_user_t *user = create_with(NULL, NULL, NULL);

    (void)state;
    assert_string_equal(show(user->given_name), "none");
    assert_string_equal(show(user->family_name), "none");
    assert_string_equal(show(user->department), "none");
    assert_int_equal(logged("BRAZE-J0314"), 0);
    user = create_with("A\nB", thousand_letters(), NULL);
    assert_string_equal(show(user->given_name), "none");
    assert_string_equal(show(user->family_name), "none");
    assert_int_equal(logged("BRAZE-J0314"), 2);
    user = create_with("\xff", "Fine", NULL);
    assert_string_equal(show(user->given_name), "none");
    assert_string_equal(show(user->family_name), "Fine");
    assert_int_equal(logged("BRAZE-J0314"), 3);
}

static void names_are_refreshed_when_the_directive_says_so(void **state)
{
    const char *id = add_user(company->id, "b@decorumsoft.com", NULL);
    const char *theirs = add_user(company->id, "c@decorumsoft.com", of_scim);
    int round;

    (void)state;
    for (round = 0; round < 2; round++) {
        braze_saml_identity_t *b = identity_of("b@decorumsoft.com");
        braze_saml_identity_t *c = identity_of("c@decorumsoft.com");

        policy.update_on_login = round;
        give(b, "last_name", "Married");
        give(c, "last_name", "Married");
        sign_in(b);
        sign_in(c);
        assert_string_equal(get_user(id)->given_name, "Ana"); /* was not sent */
        assert_string_equal(get_user(id)->family_name, round ? "Married"
                                                             : "Garc\xc3\xad"
                                                               "a");
        assert_string_equal(get_user(theirs)->family_name, "Garc\xc3\xad"
                                                           "a");
    }
}

/* ---- what a new user gets ---- */

static const char *granted(const braze_user_t *user)
{
    braze_grants_t *grants;

    fine(braze_grants_compute(&grants, user->permissions, policy.catalog, pool));
    return apr_pstrcat(pool, apr_array_pstrcat(pool, grants->workspaces, ' '), ": ",
                       apr_array_pstrcat(pool, grants->permissions, ' '), NULL);
}

static void the_company_s_defaults_are_given(void **state)
{
    (void)state;
    assert_string_equal(granted(create_with(NULL, NULL, NULL)), "Marketing: view_campaigns");
}

static void the_directives_come_before_the_company(void **state)
{
    (void)state;
    add_item(company->id, BRAZE_ITEM_WORKSPACE, "Sales", NULL);
    add_item(company->id, BRAZE_ITEM_PERMISSION_SET, "Editors", "edit_campaigns");
    reload();
    policy.default_workspace = "sales";
    assert_string_equal(granted(create_with(NULL, NULL, NULL)), "Sales: view_campaigns");
    policy.default_permission_set = "EDITORS";
    assert_string_equal(granted(create_with(NULL, NULL, NULL)), "Sales: edit_campaigns");
    policy.default_workspace = NULL;
    assert_string_equal(granted(create_with(NULL, NULL, NULL)), "Marketing: edit_campaigns");
}

static void a_missing_default_is_named_to_the_operator(void **state)
{
    const char *workspace = company->default_workspace_id, *set;
    braze_err_t *err;

    (void)state;
    set = company->default_permission_set_id;
    company->default_workspace_id = NULL;
    err = refused(identity_of(NEW), "default_missing");
    assert_non_null(strstr(err->log, "no default workspace is chosen"));
    assert_non_null(strstr(err->log, "BrazeJitDefaultWorkspace"));
    company->default_workspace_id = set; /* an id, but of no workspace */
    refused(identity_of(NEW), "default_missing");
    company->default_workspace_id = workspace;
    company->default_permission_set_id = NULL;
    err = refused(identity_of(NEW), "default_missing");
    assert_non_null(strstr(err->log, "no default permission set is chosen"));
    company->default_permission_set_id = set;
    policy.default_workspace = "Marketting";
    err = refused(identity_of(NEW), "default_missing");
    assert_non_null(strstr(err->log, "no workspace \"Marketting\", which "
                                     "BrazeJitDefaultWorkspace names"));
    policy.default_workspace = NULL;
    policy.default_permission_set = "Marketing";
    err = refused(identity_of(NEW), "default_missing");
    assert_non_null(strstr(err->log, "BrazeJitDefaultPermissionSet"));
    sign_in(identity_of(ANA)); /* who is there needs no default */
    policy.default_permission_set = NULL;
    assert_int_equal(sign_in(identity_of(NEW))->created, 1);
}

/* Sales and Editors exist beside the defaults, and the identity provider sends these two. */
static const char *granted_as_sent(const char *workspace, const char *set)
{
    braze_saml_identity_t *identity =
        identity_of(apr_psprintf(pool, "w%d@decorumsoft.com", assertions));

    give(identity, "ws", workspace);
    give(identity, "workspace", workspace); /* is never mapped */
    give(identity, "ps", set);
    give(identity, "permission_set", set);
    return granted(get_user(sign_in(identity)->user->id));
}

static void the_identity_provider_may_choose_when_it_is_mapped(void **state)
{
    braze_attribute_map_t map = {{NULL}};
    apr_array_header_t *ws = apr_array_make(pool, 1, sizeof(const char *));
    apr_array_header_t *ps = apr_array_make(pool, 1, sizeof(const char *));

    (void)state;
    add_item(company->id, BRAZE_ITEM_WORKSPACE, "Sales", NULL);
    add_item(company->id, BRAZE_ITEM_PERMISSION_SET, "Editors", "edit_campaigns");
    reload();
    APR_ARRAY_PUSH(ws, const char *) = "ws";
    APR_ARRAY_PUSH(ps, const char *) = "ps";
    assert_string_equal(granted_as_sent("Sales", "Editors"), "Marketing: view_campaigns");
    policy.attributes = &map;
    assert_string_equal(granted_as_sent("Sales", "Editors"), "Marketing: view_campaigns");
    map.names[BRAZE_FIELD_WORKSPACE] = ws;
    assert_string_equal(granted_as_sent("sales", "Editors"), "Sales: view_campaigns");
    map.names[BRAZE_FIELD_PERMISSION_SET] = ps;
    assert_string_equal(granted_as_sent("Sales", " Editors "), "Sales: edit_campaigns");
    assert_int_equal(logged("BRAZE-J0315"), 0);
    assert_string_equal(granted_as_sent("Nowhere", "Editors"), "Marketing: edit_campaigns");
    assert_int_equal(logged("BRAZE-J0315"), 1);
    assert_string_equal(granted_as_sent("Sales", "Readers\n"), "Sales: view_campaigns");
    assert_string_equal(granted_as_sent("Sales", ""), "Sales: view_campaigns");
    assert_int_equal(logged("BRAZE-J0315"), 1);
    /* nobody who is there is moved by it */
    assert_string_equal(show(get_user(sign_in(identity_of(ANA))->user->id)->permissions), "{}");
}

/* ---- the session ---- */

static void a_session_ends_at_the_earlier_time(void **state)
{
    braze_saml_identity_t *identity = identity_of(ANA);

    (void)state;
    assert_int_equal(sign_in(identity)->session_expires, NOW + 8 * HOUR);
    identity = identity_of(ANA);
    identity->session_not_on_or_after = NOW + HOUR;
    assert_int_equal(sign_in(identity)->session_expires, NOW + HOUR);
    identity = identity_of(ANA);
    identity->session_not_on_or_after = NOW + 9 * HOUR;
    assert_int_equal(sign_in(identity)->session_expires, NOW + 8 * HOUR);
}

static void a_session_without_time_is_refused(void **state)
{
    braze_saml_identity_t *identity = identity_of(ANA);

    (void)state;
    identity->session_not_on_or_after = NOW - 1;
    refused(identity, "session_expired");
    identity->session_not_on_or_after = NOW;
    refused(identity, "session_expired");
    identity->session_not_on_or_after = NOW + 1000;
    sign_in(identity);
}

static void two_sessions_have_two_secrets(void **state)
{
    braze_jit_result_t *one = sign_in(identity_of(ANA)), *two = sign_in(identity_of(ANA));

    (void)state;
    assert_string_not_equal(one->session_secret, two->session_secret);
}

/* ---- what a refusal leaves behind ---- */

/* The only event with this name and code (NULL: without one). */
static const braze_event_t *the_event(const char *name, const char *code)
{
    const braze_event_t *found = NULL;
    apr_array_header_t *events;
    int i;

    fine(braze_store_event_list(&events, db, company->id, 100, pool));
    for (i = 0; i < events->nelts; i++) {
        const braze_event_t *event = APR_ARRAY_IDX(events, i, braze_event_t *);

        if (strcmp(event->name, name) == 0 && strcmp(show(event->code), show(code)) == 0) {
            assert_null(found);
            found = event;
        }
    }
    assert_non_null(found);
    return found;
}

static void a_refusal_is_in_the_report(void **state)
{
    const braze_event_t *event;

    (void)state;
    refused(sp_initiated(identity_of("New@Decorumsoft.com")), "idp_initiated_only");
    event = the_event("Failed Login", "idp_initiated_only");
    assert_string_equal(event->user_name, "New@Decorumsoft.com");
    assert_null(event->user_id);
    assert_string_equal(event->actor, "saml:" IDP);
    assert_string_equal(event->ip, "192.0.2.7");
    assert_string_equal(event->correlation, "4f1c-77");
    assert_int_equal(event->at, NOW);
    refused(identity_of("not an address"), "ERROR_CODE_SSO_INVALID_EMAIL");
    event = the_event("Failed Login", "ERROR_CODE_SSO_INVALID_EMAIL");
    assert_null(event->user_name); /* nobody was proven */
}

static void a_login_is_in_the_report(void **state)
{
    const braze_event_t *event;

    (void)state;
    sign_in(identity_of(ANA));
    event = the_event("Signed In", NULL);
    assert_string_equal(event->user_name, ANA);
    assert_string_equal(event->actor, "saml:" IDP);
    assert_string_equal(event->ip, "192.0.2.7");
    assert_string_equal(event->correlation, "4f1c-77");
}

static void a_response_refused_before_has_its_row(void **state)
{
    braze_err_t *err = braze_err_new(400, "expired", "BRAZE-J0157", "Too late.", pool);
    braze_jit_refused_t refused = {company->id, "Failed Login", "saml:?", &client, err, NOW};
    const braze_event_t *event;

    (void)state;
    fine(braze_jit_note_refusal(db, &refused, pool));
    event = the_event("Failed Login", "expired");
    assert_string_equal(event->actor, "saml:?");
    assert_string_equal(event->correlation, "4f1c-77");
    assert_string_equal(event->detail, "Too late.");
    assert_null(event->user_name);
}

/* Another program's statement on the same file. */
static void execute(const char *sql)
{
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    int rows;

    assert_int_equal(apr_dbd_init(pool), APR_SUCCESS);
    assert_int_equal(apr_dbd_get_driver(pool, "sqlite3", &driver), APR_SUCCESS);
    assert_int_equal(apr_dbd_open(driver, pool, db_file, &handle), APR_SUCCESS);
    assert_int_equal(apr_dbd_query(driver, handle, &rows, sql), 0);
    assert_int_equal(apr_dbd_close(driver, handle), APR_SUCCESS);
}

static void a_refusal_stands_when_its_row_cannot_be_written(void **state)
{
    braze_jit_result_t *result = (braze_jit_result_t *)1;
    braze_err_t *err;

    (void)state;
    execute("CREATE TRIGGER no_events BEFORE INSERT ON braze_event "
            "BEGIN SELECT RAISE(ABORT, 'full'); END");
    err = braze_jit_login(&result, db, sp_initiated(identity_of(NEW)), &policy, &client, NOW, pool);
    assert_non_null(err);
    assert_string_equal(err->code, "idp_initiated_only");
    assert_null(result);
    assert_int_equal(logged("BRAZE-J0313"), 1);
    policy.log = NULL; /* and without a log */
    err = braze_jit_login(&result, db, sp_initiated(identity_of(NEW)), &policy, &client, NOW, pool);
    assert_non_null(err);
}

/* A login that cannot be written whole is none; it is a fault, and no refusal. */
static void a_login_that_cannot_be_written_is_a_fault(void **state)
{
    braze_jit_result_t *result = (braze_jit_result_t *)1;
    braze_err_t *err;

    (void)state;
    execute("CREATE TRIGGER no_sessions BEFORE INSERT ON braze_session "
            "BEGIN SELECT RAISE(ABORT, 'full'); END");
    err = braze_jit_login(&result, db, identity_of(NEW), &policy, &client, NOW, pool);
    assert_non_null(err);
    assert_in_range(err->status, 500, 503);
    assert_null(result);
    assert_int_equal(count_users(company->id), 1);
    assert_int_equal(count_events("Failed Login", NULL), 0);
    assert_int_equal(count_events("Added Account", NULL), 0);
}

/* Every refusal that a login can end in, with what the operator is told to use. */
static void the_operator_is_told_what_to_do(void **state)
{
    braze_err_t *errs[8];
    static const char *const remedies[8] = {
        "braze-admin user restore",
        "BrazeJitProvisioning on",
        "starts at the identity provider",
        "braze-admin jit allow-domain elsewhere.org --company \"Decorumsoft\"",
        "BrazeJitProvisioning off",
        "BrazeJitAttribute email",
        "BrazeJitAttribute email",
        "a second time",
    };
    braze_saml_identity_t *again = identity_of(ANA);
    int i, j;

    (void)state;
    add_user(company->id, "gone@decorumsoft.com", inactive);
    errs[0] = refused(identity_of("gone@decorumsoft.com"), "user_inactive");
    policy.provisioning = 0;
    errs[1] = refused(identity_of(NEW), "provisioning_off");
    policy.provisioning = 1;
    errs[2] = refused(sp_initiated(identity_of(NEW)), "idp_initiated_only");
    errs[3] = refused(identity_of("n@elsewhere.org"), "domain_not_allowed");
    company->google_sign_in = 1;
    errs[4] = refused(identity_of(NEW), "google_sign_in");
    errs[5] = refused(identity_of("x"), "ERROR_CODE_SSO_INVALID_EMAIL");
    errs[6] = refused(identity_of(NULL), "ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING");
    sign_in(again);
    errs[7] = refused(again, "replayed");
    for (i = 0; i < 8; i++) {
        if (!strstr(errs[i]->log, remedies[i])) {
            fail_msg("%s lacks %s", errs[i]->log, remedies[i]);
        }
        assert_int_equal(strncmp(errs[i]->tag, "BRAZE-J03", 9), 0);
        assert_null(strchr(errs[i]->log, '{'));
        assert_null(strchr(errs[i]->log, '@')); /* nobody's address in a log */
        assert_null(strchr(errs[i]->detail, '@'));
        for (j = 0; j < i; j++) {
            assert_string_not_equal(errs[i]->tag, errs[j]->tag);
        }
    }
    assert_non_null(strstr(errs[3]->log, "BrazeJitAllowDomain"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_TEST(an_identity_without_email_is_refused),
        OPEN_TEST(what_is_no_address_is_refused),
        OPEN_TEST(quotes_in_an_address_are_letters),
        OPEN_TEST(the_first_address_counts),
        OPEN_TEST(an_attribute_may_be_mapped),
        OPEN_TEST(names_are_taken_as_they_are),
        OPEN_TEST(a_department_is_taken_when_it_is_mapped),
        OPEN_TEST(nobody_is_kept_out_for_a_name),
        OPEN_TEST(names_are_refreshed_when_the_directive_says_so),
        OPEN_TEST(the_company_s_defaults_are_given),
        OPEN_TEST(the_directives_come_before_the_company),
        OPEN_TEST(a_missing_default_is_named_to_the_operator),
        OPEN_TEST(the_identity_provider_may_choose_when_it_is_mapped),
        OPEN_TEST(a_session_ends_at_the_earlier_time),
        OPEN_TEST(a_session_without_time_is_refused),
        OPEN_TEST(two_sessions_have_two_secrets),
        OPEN_TEST(a_refusal_is_in_the_report),
        OPEN_TEST(a_login_is_in_the_report),
        OPEN_TEST(a_response_refused_before_has_its_row),
        OPEN_TEST(a_refusal_stands_when_its_row_cannot_be_written),
        OPEN_TEST(a_login_that_cannot_be_written_is_a_fault),
        OPEN_TEST(the_operator_is_told_what_to_do),
    };

    return run_all(tests, sizeof(tests) / sizeof(tests[0]));
}
