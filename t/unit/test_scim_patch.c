/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations of a PATCH on a resource, without a store: t/cases/scim/patch/NAME.json (what a case
 * looks like is in t/cases/scim/README.md), the message around them, and its limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "src/scim/scim_int.h"

#define CASES BRAZE_SRCDIR "/t/cases/scim/patch"
#define HEAD "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":"

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

static braze_json_t *parse(const char *text)
{
    braze_json_t *json;
    braze_err_t *err = braze_json_parse(&json, text, strlen(text), pool);

    if (err) {
        fail_msg("%s", err->detail);
    }
    return json;
}

static void count_line(void *baton, braze_log_level_t level, const char *line)
{
    assert_int_equal(level, BRAZE_LOG_INFO);
    assert_memory_equal(line, "BRAZE-S0801 ", 12);
    ++*(int *)baton;
}

/* ---- one PATCH ---- */

typedef struct {
    braze_token_t token;
    braze_scim_request_t request;
    scim_call_t call;
    braze_log_t log;
    int lines;
} client_t;

static client_t *client_new(const char *profile)
{
    client_t *client = apr_pcalloc(pool, sizeof(*client));

    client->token.id = "t";
    client->token.profile = !profile                        ? BRAZE_PROFILE_STRICT
                            : strcmp(profile, "entra") == 0 ? BRAZE_PROFILE_ENTRA
                                                            : BRAZE_PROFILE_OKTA;
    client->log.write = count_line;
    client->log.baton = &client->lines;
    client->request.token = &client->token;
    client->request.log = &client->log;
    client->call.request = &client->request;
    client->call.pool = pool;
    return client;
}

/* "scimType detail", or NULL and the result. */
static const char *patch(braze_json_t **to, client_t *client, const braze_json_t *from,
                         const braze_json_t *body)
{
    apr_array_header_t *operations;
    braze_err_t *err =
        braze_patch_read(&operations, body, braze_resource_type_at("/Users"), &client->call);

    *to = braze_json_copy(from, pool);
    if (!err) {
        err = braze_patch_apply(*to, operations, NULL, NULL, NULL, &client->call);
    }
    if (!err) { /* once more to another row, as when somebody else wrote in between */
        braze_json_t *again = braze_json_copy(from, pool);
        int bent = client->call.bent, lines = client->lines;

        assert_null(braze_patch_apply(again, operations, NULL, NULL, NULL, &client->call));
        assert_true(braze_json_equal(again, *to));
        client->call.bent = bent;
        client->lines = lines;
    }
    if (err) {
        assert_int_equal(err->status, 400);
    }
    return err ? apr_psprintf(pool, "%s %s", err->code, err->detail) : NULL;
}

/* ---- cases ---- */

static braze_json_t *read_file(const char *name)
{
    const char *path = apr_pstrcat(pool, CASES "/", name, NULL);
    apr_finfo_t info;
    apr_file_t *file;
    char *text;

    assert_int_equal(apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool), 0);
    assert_int_equal(apr_file_info_get(&info, APR_FINFO_SIZE, file), 0);
    text = apr_pcalloc(pool, (apr_size_t)info.size + 1);
    assert_int_equal(apr_file_read_full(file, text, (apr_size_t)info.size, NULL), 0);
    return parse(text);
}

static int differs(const char *name, const char *what, const char *wanted, const char *got)
{
    if (wanted == got || (wanted && got && strcmp(wanted, got) == 0)) {
        return 0;
    }
    print_error("%s: %s\n  wanted %s\n  got    %s\n", name, what, wanted ? wanted : "(none)",
                got ? got : "(none)");
    return 1;
}

static int run_case(const braze_json_t *one)
{
    const char *name = braze_json_get_string(one, "name");
    const char *refused = braze_json_get_string(one, "refused"), *error, *before;
    const braze_json_t *gives = braze_json_get(one, "gives"), *bent = braze_json_get(one, "bent");
    client_t *client = client_new(braze_json_get_string(one, "profile"));
    braze_json_t *body = parse(HEAD "0}"), *to;
    int wrong;

    assert_non_null(name);
    assert_true(!refused != !gives); /* one of both */
    braze_json_set(body, "Operations", braze_json_get(one, "operations"));
    before = braze_json_text(body, pool);
    error = patch(&to, client, braze_json_get(one, "from"), body);
    wrong = differs(name, "refused", refused, error);
    wrong += differs(name, "message", before, braze_json_text(body, pool));
    wrong += differs(name, "bent", apr_itoa(pool, bent ? (int)bent->u.integer : 0),
                     apr_itoa(pool, client->call.bent));
    wrong +=
        differs(name, "lines", apr_itoa(pool, client->call.bent), apr_itoa(pool, client->lines));
    if (!error && gives && !braze_json_equal(to, gives)) {
        wrong += differs(name, "gives", braze_json_text(gives, pool), braze_json_text(to, pool));
    }
    return wrong;
}

static void run_file(const char *name)
{
    braze_json_t *cases = read_file(name);
    int i, wrong = 0;

    assert_true(braze_json_size(cases) > 0);
    for (i = 0; i < braze_json_size(cases); i++) {
        wrong += run_case(braze_json_item(cases, i));
    }
    assert_int_equal(wrong, 0);
}

static void as_the_rfc_says(void **state)
{
    (void)state;
    run_file("rfc.json");
}

static void as_clients_do(void **state)
{
    (void)state;
    run_file("profiles.json");
}

/* ---- the message ---- */

static const char *refusal(const char *profile, const char *body)
{
    braze_json_t *to;

    return patch(&to, client_new(profile), braze_json_object(pool), parse(body));
}

#define OPERATION "{\"op\":\"add\",\"path\":\"title\",\"value\":\"T\"}"

static void a_message_has_its_schema(void **state)
{
    static const char wanted[] =
        "invalidSyntax schemas must name urn:ietf:params:scim:api:messages:2.0:PatchOp.";
    static const char *const bad[] = {
        "{\"Operations\":[" OPERATION "]}", "{\"schemas\":[],\"Operations\":[" OPERATION "]}",
        "{\"schemas\":{\"a\":1},\"Operations\":[" OPERATION "]}",
        "{\"schemas\":[1,\"" BRAZE_SCHEMA_USER "\"],\"Operations\":[" OPERATION "]}"};
    apr_size_t i;

    (void)state;
    assert_null(refusal(NULL, HEAD "[" OPERATION "]}"));
    assert_null(refusal(NULL, "{\"schemas\":[\"URN:IETF:params:scim:api:messages:2.0:patchop\"],"
                              "\"operations\":[" OPERATION "]}"));
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_string_equal(refusal(NULL, bad[i]), wanted);
        assert_null(refusal("okta", bad[i]));
    }
}

static void a_message_has_operations(void **state)
{
    static const char wanted[] =
        "invalidSyntax Operations must be an array of one or more operations.";
    static const char *const bad[] = {HEAD "[]}", HEAD "{}}", HEAD "null}", HEAD "\"x\"}",
                                      HEAD OPERATION "}"};
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_string_equal(refusal(NULL, bad[i]), wanted);
        assert_string_equal(refusal("entra", bad[i]), wanted);
    }
    assert_string_equal(refusal(NULL, "[" OPERATION "]"),
                        "invalidSyntax The body must be a JSON object.");
}

/* ---- limits ---- */

static const char *repeat(const char *part, int times)
{
    apr_array_header_t *parts = apr_array_make(pool, times, sizeof(const char *));

    while (times-- > 0) {
        APR_ARRAY_PUSH(parts, const char *) = part;
    }
    return apr_array_pstrcat(pool, parts, ',');
}

static void operations_have_an_end(void **state)
{
    (void)state;
    assert_null(refusal(NULL, apr_pstrcat(pool, HEAD "[", repeat(OPERATION, 1000), "]}", NULL)));
    assert_string_equal(
        refusal(NULL, apr_pstrcat(pool, HEAD "[", repeat(OPERATION, 1001), "]}", NULL)),
        "invalidSyntax Operations must not be more than 1000.");
}

static const char *emails(int from, int count)
{
    apr_array_header_t *parts = apr_array_make(pool, count, sizeof(const char *));

    while (count-- > 0) {
        APR_ARRAY_PUSH(parts, const char *) = apr_psprintf(pool, "{\"value\":\"%d\"}", from++);
    }
    return apr_array_pstrcat(pool, parts, ',');
}

static const char *adding(const char *op, const char *values)
{
    return apr_psprintf(pool, "{\"op\":\"%s\",\"path\":\"emails\",\"value\":[%s]}", op, values);
}

static void values_have_an_end(void **state)
{
    static const char wanted[] = "invalidValue Operations[0]: emails has too many values.";
    const char *full = adding("add", emails(0, 1000));

    (void)state;
    assert_null(refusal(NULL, apr_pstrcat(pool, HEAD "[", full, "]}", NULL)));
    assert_string_equal(
        refusal(NULL, apr_pstrcat(pool, HEAD "[", adding("add", emails(0, 1001)), "]}", NULL)),
        wanted);
    assert_string_equal(
        refusal(NULL, apr_pstrcat(pool, HEAD "[", adding("replace", emails(0, 1001)), "]}", NULL)),
        wanted);
    /* What is there counts, what is there already does not. */
    assert_null(refusal(
        NULL, apr_pstrcat(pool, HEAD "[", full, ",", adding("add", emails(999, 1)), "]}", NULL)));
    assert_string_equal(refusal(NULL, apr_pstrcat(pool, HEAD "[", full, ",",
                                                  adding("add", emails(1000, 1)), "]}", NULL)),
                        "invalidValue Operations[1]: emails has too many values.");
    assert_string_equal(
        refusal(NULL,
                apr_pstrcat(pool, HEAD "[", full,
                            ",{\"op\":\"add\",\"path\":\"emails[type eq \\\"work\\\"].value\","
                            "\"value\":\"x\"}]}",
                            NULL)),
        "invalidValue Operations[1]: emails has too many values.");
}

static const char *filtering(int times)
{
    return repeat("{\"op\":\"replace\",\"path\":\"emails[value eq \\\"x\\\" or value pr].display\","
                  "\"value\":\"d\"}",
                  times);
}

/* Filling up compares 0 + 1 + ... + 999 values, each repetition of 900 then 900 000. */
static void comparisons_have_an_end(void **state)
{
    const char *full = adding("add", emails(0, 1000));
    const char *again = adding("add", repeat("{\"value\":\"999\"}", 900));
    const char *three = apr_pstrcat(pool, HEAD "[", full, ",", repeat(again, 3), NULL);

    (void)state;
    assert_null(refusal(NULL, apr_pstrcat(pool, three, "]}", NULL)));
    assert_string_equal(refusal(NULL, apr_pstrcat(pool, three, ",", again, "]}", NULL)),
                        "tooMany Operations[4]: the operations compare too many values.");
    /* Three conditions and the walk: 4000 for a thousand values; 3 500 500 are left. */
    assert_null(refusal(NULL, apr_pstrcat(pool, HEAD "[", full, ",", filtering(875), "]}", NULL)));
    assert_string_equal(
        refusal(NULL, apr_pstrcat(pool, HEAD "[", full, ",", filtering(876), "]}", NULL)),
        "tooMany Operations[876]: the operations compare too many values.");
    assert_string_equal(
        refusal("okta", apr_pstrcat(pool, HEAD "[", full, ",",
                                    repeat(adding("remove", repeat("{\"value\":\"x\"}", 900)), 4),
                                    "]}", NULL)),
        "tooMany Operations[4]: the operations compare too many values.");
}

/* ---- attributes that are kept apart ---- */

static braze_err_t *take(const patch_operation_t *operation, void *baton)
{
    apr_array_header_t *taken = baton;

    APR_ARRAY_PUSH(taken, int) = operation->index * 10 + (int)operation->op;
    return operation->op == PATCH_REMOVE ? braze_err_new(418, NULL, "BRAZE-S0001", "apart", pool)
                                         : NULL;
}

static void what_is_apart_is_given_away_in_order(void **state)
{
    apr_array_header_t *operations, *taken = apr_array_make(pool, 4, sizeof(int));
    braze_json_t *to = braze_json_object(pool);
    client_t *client = client_new(NULL);
    braze_err_t *err;

    (void)state;
    err = braze_patch_read(
        &operations,
        parse(HEAD "[{\"op\":\"add\",\"value\":{\"title\":\"T\",\"emails\":[{\"value\":\"x\"}]}},"
                   "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"work\\\"].value\","
                   "\"value\":\"y\"},{\"op\":\"remove\",\"path\":\"emails\"},"
                   "{\"op\":\"add\",\"path\":\"emails\",\"value\":[]}]}"),
        braze_resource_type_at("/Users"), &client->call);
    assert_null(err);
    assert_int_equal(operations->nelts, 5);
    err = braze_patch_apply(to, operations, "emails", take, taken, &client->call);
    assert_non_null(err);
    assert_int_equal(err->status, 418);
    assert_int_equal(taken->nelts, 3); /* what follows an error is not done */
    assert_int_equal(APR_ARRAY_IDX(taken, 0, int), 0 + PATCH_ADD);
    assert_int_equal(APR_ARRAY_IDX(taken, 1, int), 10 + PATCH_REPLACE);
    assert_int_equal(APR_ARRAY_IDX(taken, 2, int), 20 + PATCH_REMOVE);
    assert_string_equal(braze_json_text(to, pool), "{\"title\":\"T\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_the_rfc_says),
                                       cmocka_unit_test(as_clients_do),
                                       cmocka_unit_test(a_message_has_its_schema),
                                       cmocka_unit_test(a_message_has_operations),
                                       cmocka_unit_test(operations_have_an_end),
                                       cmocka_unit_test(values_have_an_end),
                                       cmocka_unit_test(comparisons_have_an_end),
                                       cmocka_unit_test(what_is_apart_is_given_away_in_order)};

    return cmocka_run_group_tests_name("scim_patch", tests, set_up, tear_down);
}
