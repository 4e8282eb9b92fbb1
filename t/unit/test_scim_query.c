/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of a query, from a query string and from a SearchRequest: what is read, what is
 * put right, what is refused; caps on both sides. A page has at most 200 places, 100 by default.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "src/scim/scim_int.h"

static apr_pool_t *pool;

static int set_up(void **state)
{
    (void)state;
    return apr_pool_create(&pool, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

/* ---- a query as text ---- */

static const char *show_paths(const char *name, const apr_array_header_t *paths)
{
    const char *text = "";
    int i;

    if (!paths) {
        return "";
    }
    for (i = 0; i < paths->nelts; i++) {
        const braze_attr_path_t *path = &APR_ARRAY_IDX(paths, i, braze_attr_path_t);

        text = apr_pstrcat(pool, text, i ? "," : "", path->schema ? "x:" : "",
                           path->attr ? path->attr : "*", path->sub ? "." : "",
                           path->sub ? path->sub : "", NULL);
    }
    return apr_pstrcat(pool, " ", name, "=", text, NULL);
}

static const char *show(const scim_query_t *query)
{
    return apr_pstrcat(
        pool, apr_psprintf(pool, "%" APR_INT64_T_FMT "+%d", query->start, query->count),
        query->filter ? " filter=" : "", query->filter ? query->filter : "",
        query->sort_by ? " sort=" : "", query->sort_by ? query->sort_by : "",
        query->descending ? " down" : "", query->cursor ? " cursor=" : "",
        query->cursor ? query->cursor : "", show_paths("only", query->projection.only),
        show_paths("without", query->projection.without), NULL);
}

static const char *outcome(const braze_err_t *err, const scim_query_t *query)
{
    if (!err) {
        return show(query);
    }
    assert_int_equal(err->status, 400);
    return apr_psprintf(pool, "!%s %s", err->code, err->where ? err->where : "-");
}

static const char *by_string(const char *text)
{
    const braze_scim_request_t request = {.query = text};
    scim_query_t query;
    const braze_err_t *err =
        braze_query_read(&query, &request, braze_resource_type_at("/Users"), pool);

    return outcome(err, &query);
}

static const char *by_body(const char *members)
{
    const char *body = apr_pstrcat(pool, "{\"schemas\":[\"" URN_SEARCH "\"]", *members ? "," : "",
                                   members, "}", NULL);
    const braze_scim_request_t request = {.content_type = "application/scim+json",
                                          .body = body,
                                          .body_len = strlen(body),
                                          .query = "count=7&filter=x"};
    scim_call_t call = {.request = &request, .pool = pool};
    scim_query_t query;
    const braze_err_t *err = braze_query_read_body(&query, &call, braze_resource_type_at("/Users"));

    return outcome(err, &query);
}

typedef struct {
    const char *string, *body, *wanted; /* NULL: cannot be said that way */
} case_t;

static const case_t cases[] = {
    {"", "", "1+100"},
    {"x=y&filters=1", "\"x\":\"y\"", "1+100"},
    {"filter=userName+eq+%22a%22", "\"filter\":\"userName eq \\\"a\\\"\"",
     "1+100 filter=userName eq \"a\""},
    {"filter=a&filter=b", NULL, "!invalidFilter filter"},
    {NULL, "\"filter\":7", "!invalidFilter filter"},
    {"%66ilte%72=a", NULL, "1+100 filter=a"},
    {"filter=a&%66ilter=b", NULL, "!invalidFilter filter"},
    {"%66ilters=a&%66ilte=b&%zz=c&%00filter=d", NULL, "1+100"},
    {"filter=%zz", NULL, "!invalidFilter filter"},
    {"filter=%00", NULL, "!invalidFilter filter"},
    {"filter=%ff", NULL, "!invalidFilter filter"},
    /* RFC 7644 section 3.4.2.4: less than 1 is 1, less than 0 is 0. */
    {"startIndex=3&count=20", "\"startIndex\":3,\"count\":20", "3+20"},
    {"startIndex=0&count=0", "\"startIndex\":0,\"count\":0", "1+0"},
    {"startIndex=-5&count=-1", "\"startIndex\":-5,\"count\":-1", "1+0"},
    {"count=200", "\"count\":200", "1+200"},
    {"count=201", "\"count\":201", "1+200"},
    {"count=99999999999999999999", NULL, "1+200"},
    {"startIndex=9223372036854775807", "\"startIndex\":9223372036854775807",
     "9223372036854775807+100"},
    {"startIndex=x", "\"startIndex\":\"1\"", "!invalidValue startIndex"},
    {"count=", "\"count\":true", "!invalidValue count"},
    {"count=1.5", "\"count\":1.5", "!invalidValue count"},
    {NULL, "\"count\":null,\"filter\":null,\"attributes\":null", "1+100"},
    /* Order. */
    {"sortBy=userName", "\"sortBy\":\"userName\"", "1+100 sort=userName"},
    {"sortBy=userName&sortOrder=ascending", "\"sortBy\":\"userName\",\"sortOrder\":\"ascending\"",
     "1+100 sort=userName"},
    {"sortBy=userName&sortOrder=Descending", "\"sortBy\":\"userName\",\"sortOrder\":\"Descending\"",
     "1+100 sort=userName down"},
    {"sortOrder=up", "\"sortOrder\":\"up\"", "!invalidValue sortOrder"},
    {"sortOrder=", "\"sortOrder\":\"\"", "!invalidValue sortOrder"},
    {NULL, "\"sortBy\":[]", "!invalidValue sortBy"},
    {"sortBy=", "\"sortBy\":\"\"", "1+100"},
    /* RFC 9865 section 2. */
    {"cursor=", "\"cursor\":\"\"", "1+100 cursor="},
    {"cursor", NULL, "1+100 cursor="},
    {"cursor=abc&count=5", "\"cursor\":\"abc\",\"count\":5", "1+5 cursor=abc"},
    {"cursor=&count=1", "\"cursor\":\"\",\"count\":1", "1+1 cursor="},
    {"cursor=&count=0", "\"cursor\":\"\",\"count\":0", "!invalidCount -"},
    {"cursor=&count=-1", "\"cursor\":\"\",\"count\":-1", "!invalidCount -"},
    {"cursor=&count=1000", "\"cursor\":\"\",\"count\":1000", "1+200 cursor="},
    {"cursor=&startIndex=1", "\"cursor\":\"\",\"startIndex\":1", "!invalidValue startIndex"},
    {NULL, "\"cursor\":1", "!invalidValue cursor"},
    /* Names. */
    {"attributes=userName,name.givenName", "\"attributes\":[\"userName\",\"name.givenName\"]",
     "1+100 only=userName,name.givenName"},
    {"attributes=USERNAME,+nobody", "\"attributes\":[\"USERNAME\",\"nobody\"]",
     "1+100 only=userName"},
    {"attributes=nobody", "\"attributes\":[\"nobody\"]", "1+100 only="},
    {"attributes=", "\"attributes\":[]", "1+100"},
    {"excludedAttributes=groups,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
     "\"excludedAttributes\":[\"groups\","
     "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"]",
     "1+100 without=groups,x:*"},
    {"attributes=id&excludedAttributes=id",
     "\"attributes\":[\"id\"],\"excludedAttributes\":[\"id\"]", "!invalidValue excludedAttributes"},
    {NULL, "\"attributes\":\"userName\"", "!invalidValue attributes"},
    {NULL, "\"attributes\":[1]", "!invalidValue attributes"}};

static void each_case(void **state)
{
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (cases[i].string) {
            assert_string_equal(by_string(cases[i].string), cases[i].wanted);
        }
        if (cases[i].body) {
            assert_string_equal(by_body(cases[i].body), cases[i].wanted);
        }
    }
}

/* ---- caps ---- */

static const char *names(int count, const char *between)
{
    apr_array_header_t *list = apr_array_make(pool, count, sizeof(const char *));
    const char *text;
    int i;

    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(list, const char *) = "id";
    }
    text = apr_array_pstrcat(pool, list, ',');
    if (*between == ',') {
        return text;
    }
    for (i = 0; i < count; i++) {
        APR_ARRAY_IDX(list, i, const char *) = "\"id\"";
    }
    return apr_pstrcat(pool, "\"attributes\":[", apr_array_pstrcat(pool, list, ','), "]", NULL);
}

static void names_have_an_end(void **state)
{
    static const char refused[] = "!invalidValue attributes";

    (void)state;
    assert_string_not_equal(by_string(apr_pstrcat(pool, "attributes=", names(200, ","), NULL)),
                            refused);
    assert_string_equal(by_string(apr_pstrcat(pool, "attributes=", names(201, ","), NULL)),
                        refused);
    assert_string_not_equal(by_body(names(200, "[")), refused);
    assert_string_equal(by_body(names(201, "[")), refused);
}

static void string_has_an_end(void **state)
{
    char *text = apr_palloc(pool, BRAZE_SCIM_MAX_QUERY + 2);

    (void)state;
    memset(text, 'x', BRAZE_SCIM_MAX_QUERY + 1);
    text[BRAZE_SCIM_MAX_QUERY + 1] = '\0';
    assert_string_equal(by_string(text), "!invalidFilter filter");
    text[BRAZE_SCIM_MAX_QUERY] = '\0';
    assert_string_equal(by_string(text), "1+100");
}

/* ---- the message around a SearchRequest ---- */

static const char *by_message(const char *type, const char *body)
{
    const braze_scim_request_t request = {
        .content_type = type, .body = body, .body_len = body ? strlen(body) : 0};
    scim_call_t call = {.request = &request, .pool = pool};
    scim_query_t query;
    const braze_err_t *err = braze_query_read_body(&query, &call, NULL);

    return err ? apr_psprintf(pool, "%d %s", err->status, err->tag) : "";
}

static void message_is_a_search(void **state)
{
    static const char json[] = "application/json";

    (void)state;
    assert_string_equal(by_message(json, "{\"SCHEMAS\":[\"x\",\"" URN_SEARCH "\"]}"), "");
    assert_string_equal(by_message(json, "{\"schemas\":[\"" URN_LIST "\"]}"), "400 BRAZE-S0733");
    assert_string_equal(by_message(json, "{\"schemas\":\"" URN_SEARCH "\"}"), "400 BRAZE-S0733");
    assert_string_equal(by_message(json, "{\"filter\":\"id pr\"}"), "400 BRAZE-S0733");
    assert_string_equal(by_message(json, "[\"" URN_SEARCH "\"]"), "400 BRAZE-S0733");
    assert_string_equal(by_message(json, "{"), "400 BRAZE-0010");
    assert_string_equal(by_message(json, NULL), "400 BRAZE-S0204");
    assert_string_equal(by_message("text/xml", "{}"), "415 BRAZE-S0203");
}

static const char *by_coding(const char *content_encoding)
{
    static const char body[] = "{\"schemas\":[\"" URN_SEARCH "\"]}";
    const braze_scim_request_t request = {
        .content_encoding = content_encoding, .body = body, .body_len = sizeof(body) - 1};
    scim_call_t call = {.request = &request, .pool = pool};
    scim_query_t query;
    const braze_err_t *err = braze_query_read_body(&query, &call, NULL);

    assert_int_equal(call.coded, err != NULL);
    return err ? apr_psprintf(pool, "%d %s", err->status, err->tag) : "";
}

static void message_is_not_coded(void **state)
{
    static const char *const none[] = {
        NULL, "", " , ", "identity", "IDENTITY", " identity\t", "identity,,identity", ",identity"};
    static const char *const some[] = {
        "gzip", "identity, gzip", "gzip identity", "identityidentity", "identit", "identity;q=1",
        "x",    "\xc3\xbc"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(none) / sizeof(*none); i++) {
        assert_string_equal(by_coding(none[i]), "");
    }
    for (i = 0; i < sizeof(some) / sizeof(*some); i++) {
        assert_string_equal(by_coding(some[i]), "415 BRAZE-S0205");
    }
}

/* ---- what a projection wants ---- */

static int wants(const char *text, const char *attr)
{
    const braze_scim_request_t request = {.query = text};
    scim_query_t query;

    assert_null(braze_query_read(&query, &request, braze_resource_type_at("/Users"), pool));
    return braze_projection_wants(&query.projection, attr);
}

static void wanted_attributes(void **state)
{
    (void)state;
    assert_true(braze_projection_wants(NULL, "groups"));
    assert_true(wants("", "groups"));
    assert_true(wants("attributes=userName,groups", "groups"));
    assert_true(wants("attributes=groups.display", "groups"));
    assert_false(wants("attributes=userName", "groups"));
    assert_false(wants("excludedAttributes=userName,groups", "groups"));
    assert_true(wants("excludedAttributes=groups.display", "groups"));
    assert_true(wants("excludedAttributes=userName", "groups"));
    /* A list in which there is no name that is known still asks for nothing else. */
    assert_false(wants("attributes=nobody", "groups"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_case),           TEST(names_have_an_end),    TEST(string_has_an_end),
        TEST(message_is_a_search), TEST(message_is_not_coded), TEST(wanted_attributes)};

    apr_initialize();
    return cmocka_run_group_tests_name("scim_query", tests, NULL, NULL);
}
