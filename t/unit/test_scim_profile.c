/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the client profiles take and strict refuses, where no store is needed: users as they are
 * sent, filters, and the note of it. PATCH is test_scim_patch.c's, conversations are
 * t/cases/scim/entra.json and okta.json.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "src/scim/scim_int.h"

static apr_pool_t *pool;

static int set_up(void **state)
{
    (void)state;
    return apr_initialize() || apr_pool_create(&pool, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    apr_terminate();
    return 0;
}

static void keep_line(void *baton, braze_log_level_t level, const char *line)
{
    assert_int_equal(level, BRAZE_LOG_INFO);
    APR_ARRAY_PUSH((apr_array_header_t *)baton, const char *) = apr_pstrdup(pool, line);
}

typedef struct {
    braze_token_t token;
    braze_scim_request_t request;
    scim_call_t call;
    braze_log_t log;
    apr_array_header_t *lines; /* of const char * */
} client_t;

static client_t *client_new(braze_profile_t profile)
{
    client_t *client = apr_pcalloc(pool, sizeof(*client));

    client->lines = apr_array_make(pool, 4, sizeof(const char *));
    client->token.id = "token-7";
    client->token.origin = "origin";
    client->token.profile = profile;
    client->log.write = keep_line;
    client->log.baton = client->lines;
    client->request.token = &client->token;
    client->request.log = &client->log;
    client->call.request = &client->request;
    client->call.pool = pool;
    return client;
}

/* ---- the note ---- */

static void a_profile_bends_and_says_so(void **state)
{
    client_t *entra = client_new(BRAZE_PROFILE_ENTRA), *okta = client_new(BRAZE_PROFILE_OKTA);

    (void)state;
    assert_int_equal(braze_profile_bends(&entra->call, "this"), 1);
    assert_int_equal(braze_profile_bends(&entra->call, "that"), 1);
    assert_int_equal(entra->call.bent, 2);
    assert_int_equal(entra->lines->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(entra->lines, 0, const char *),
                        "BRAZE-S0801 the profile entra of the token token-7 takes this");
    assert_int_equal(braze_profile_bends(&okta->call, "it"), 1);
    assert_string_equal(APR_ARRAY_IDX(okta->lines, 0, const char *),
                        "BRAZE-S0801 the profile okta of the token token-7 takes it");
}

static void strict_does_not(void **state)
{
    client_t *strict = client_new(BRAZE_PROFILE_STRICT);

    (void)state;
    assert_int_equal(braze_profile_bends(&strict->call, "this"), 0);
    assert_int_equal(braze_profile_bends(NULL, "this"), 0);
    assert_int_equal(strict->call.bent, 0);
    assert_int_equal(strict->lines->nelts, 0);
}

/* ---- users as they are sent ---- */

#define CORE "\"schemas\":[\"" BRAZE_SCHEMA_USER "\"],\"userName\":\"x\""
#define ENTERPRISE(value) CORE ",\"" BRAZE_SCHEMA_ENTERPRISE "\":{\"manager\":" value "}"

typedef struct {
    const char *members;
    int bent;           /* times, by a profile */
    const char *strict; /* the refusal's detail */
    const char *gives;  /* part of the result, by a profile */
} sent_t;

static const sent_t sent[] = {
    {CORE ",\"active\":\"False\"", 1, "active must be true or false.", "\"userName\":\"x\""},
    {CORE ",\"emails\":[{\"value\":\"w\",\"primary\":\"TRUE\"}]", 1,
     "emails[0].primary must be true or false.", "\"primary\":true"},
    {ENTERPRISE("\"SECRET\""), 1, BRAZE_SCHEMA_ENTERPRISE ":manager must be an object.",
     "\"manager\":{\"value\":\"SECRET\"}"},
    {ENTERPRISE("\"\""), 1, BRAZE_SCHEMA_ENTERPRISE ":manager must be an object.",
     "{\"userName\":\"x\"}"},
    {"\"userName\":\"x\"", 1, "schemas must be an array of URNs.", "\"userName\":\"x\""},
    {"\"schemas\":[\"" BRAZE_SCHEMA_USER "\",\"urn:SECRET\"],\"userName\":\"x\"", 1,
     "schemas names \"urn:SECRET\", which a User does not have.", "\"userName\":\"x\""},
};

static braze_err_t *read_sent(scim_user_input_t *input, const char *members, client_t *client)
{
    const char *text = apr_pstrcat(pool, "{", members, "}", NULL);
    braze_json_t *body;

    assert_null(braze_json_parse(&body, text, strlen(text), pool));
    return braze_user_input_read(input, body, &client->call, pool);
}

static void sent_by(braze_profile_t profile, const sent_t *one)
{
    client_t *client = client_new(profile);
    scim_user_input_t input;
    const char *line;

    assert_null(read_sent(&input, one->members, client));
    assert_int_equal(client->call.bent, one->bent);
    assert_int_equal(client->lines->nelts, one->bent);
    line = APR_ARRAY_IDX(client->lines, 0, const char *);
    assert_null(strstr(line, "SECRET")); /* no personal data, nothing that the client wrote */
    if (!strstr(braze_json_text(input.resource, pool), one->gives)) {
        fail_msg("%s gives %s", one->members, braze_json_text(input.resource, pool));
    }
}

static void users_as_they_are_sent(void **state)
{
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
        client_t *strict = client_new(BRAZE_PROFILE_STRICT);
        scim_user_input_t input;
        braze_err_t *err = read_sent(&input, sent[i].members, strict);

        assert_non_null(err);
        assert_string_equal(err->detail, sent[i].strict);
        assert_int_equal(strict->call.bent, 0);
        sent_by(BRAZE_PROFILE_ENTRA, &sent[i]);
        sent_by(BRAZE_PROFILE_OKTA, &sent[i]);
    }
}

static void a_boolean_as_text_is_that_boolean(void **state)
{
    scim_user_input_t input;

    (void)state;
    assert_null(read_sent(&input, CORE ",\"active\":\"False\"", client_new(BRAZE_PROFILE_ENTRA)));
    assert_int_equal(input.active, 0);
    assert_null(read_sent(&input, CORE ",\"active\":\"true\"", client_new(BRAZE_PROFILE_ENTRA)));
    assert_int_equal(input.active, 1);
    assert_non_null(read_sent(&input, CORE ",\"active\":\"0\"", client_new(BRAZE_PROFILE_ENTRA)));
    assert_non_null(read_sent(&input, CORE ",\"active\":0", client_new(BRAZE_PROFILE_ENTRA)));
    assert_non_null(read_sent(&input, CORE ",\"title\":true", client_new(BRAZE_PROFILE_ENTRA)));
}

/* ---- filters ---- */

typedef struct {
    const char *filter;
    const char *value[3]; /* of the comparison as JSON, by strict, entra, okta; NULL = refused */
    int bent;             /* of what is not refused, by entra */
} loose_t;

static const loose_t loose[] = {
    {"externalId eq jyoung", {NULL, "\"jyoung\"", NULL}, 1},
    {"userName eq j.young@x.example", {NULL, "\"j.young@x.example\"", NULL}, 1},
    {"externalId eq 4711", {NULL, "\"4711\"", NULL}, 1},
    {"externalId eq true", {NULL, "\"true\"", NULL}, 1},
    {"emails[value eq j@x.example]", {NULL, "\"j@x.example\"", NULL}, 1},
    {"emails eq j@x.example", {NULL, "\"j@x.example\"", NULL}, 1},
    {"externalId eq \"jyoung\"", {"\"jyoung\"", "\"jyoung\"", "\"jyoung\""}, 0},
    {"externalId eq null", {"null", "null", "null"}, 0},
    {"active eq true", {"true", "true", "true"}, 0},
    {"active eq \"True\"", {NULL, "true", "true"}, 1},
    {"active eq \"false\"", {NULL, "false", "false"}, 1},
    {"active eq \"maybe\"", {NULL, NULL, NULL}, 0},
    {"active eq maybe", {NULL, NULL, NULL}, 0},
    {"meta.created gt 2020", {NULL, NULL, NULL}, 0},
    {"externalId eq", {NULL, NULL, NULL}, 0},
    {"externalId eq \"jyoung", {NULL, NULL, NULL}, 0},
    {"name eq x", {NULL, NULL, NULL}, 0},
};

static void filters_without_quotes(void **state)
{
    const braze_resource_type_t *type = braze_resource_type_at("/Users");
    apr_size_t i;
    int profile;

    (void)state;
    for (i = 0; i < sizeof(loose) / sizeof(loose[0]); i++) {
        const char *text = loose[i].filter;

        for (profile = BRAZE_PROFILE_STRICT; profile <= BRAZE_PROFILE_OKTA; profile++) {
            client_t *client = client_new((braze_profile_t)profile);
            const char *wanted = loose[i].value[profile];
            const braze_filter_t *filter;
            braze_err_t *err =
                braze_filter_parse_for(&filter, text, strlen(text), type, &client->call);

            if (!err != (wanted != NULL)) {
                fail_msg("%s, profile %d: %s", text, profile, err ? err->detail : "taken");
            }
            if (err) {
                assert_string_equal(err->code, "invalidFilter");
                continue;
            }
            filter = filter->op == BRAZE_FILTER_ITEM ? filter->left : filter;
            assert_string_equal(braze_json_text(filter->value, pool), wanted);
            assert_int_equal(client->call.bent, profile ? loose[i].bent : 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_bends_and_says_so),
        cmocka_unit_test(strict_does_not),
        cmocka_unit_test(users_as_they_are_sent),
        cmocka_unit_test(a_boolean_as_text_is_that_boolean),
        cmocka_unit_test(filters_without_quotes),
    };

    return cmocka_run_group_tests_name("scim_profile", tests, set_up, tear_down);
}
