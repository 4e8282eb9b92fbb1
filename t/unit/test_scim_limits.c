/* SPDX-License-Identifier: Apache-2.0 */
/* Caps on both sides, error bodies of both dialects, and entity tags: what needs no database. */
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

static const char *repeat(char c, int times)
{
    char *text = apr_palloc(pool, (apr_size_t)times + 1);

    memset(text, c, (apr_size_t)times);
    text[times] = '\0';
    return text;
}

/* ---- input ---- */

/* NULL, or the detail of the refusal of a user with these members. */
static const char *refusal(const char *members)
{
    const char *text =
        apr_pstrcat(pool, "{\"schemas\":[\"" BRAZE_SCHEMA_USER "\"],\"userName\":\"x\"",
                    *members ? "," : "", members, "}", NULL);
    scim_user_input_t input;
    braze_json_t *body;
    braze_err_t *err = braze_json_parse(&body, text, strlen(text), pool);

    assert_null(err);
    err = braze_user_input_read(&input, body, NULL, pool);
    if (err) {
        assert_int_equal(err->status, 400);
        assert_string_equal(err->code, "invalidValue");
    }
    return err ? err->detail : NULL;
}

static const char *text_member(const char *name, int len)
{
    return apr_psprintf(pool, "\"%s\":\"%s\"", name, repeat('x', len));
}

static void texts_have_an_end(void **state)
{
    (void)state;
    assert_null(refusal(text_member("displayName", 1024)));
    assert_string_equal(refusal(text_member("displayName", 1025)),
                        "displayName must not be longer than 1024 bytes.");
    assert_null(refusal(text_member("externalId", 1024)));
    assert_non_null(refusal(text_member("externalId", 1025)));
    assert_null(refusal(text_member("title", TEXT_MAX)));
    assert_non_null(refusal(text_member("title", TEXT_MAX + 1)));
    assert_null(refusal(text_member("profileUrl", REFERENCE_MAX)));
    assert_non_null(refusal(text_member("profileUrl", REFERENCE_MAX + 1)));
}

static const char *emails(int count)
{
    apr_array_header_t *list = apr_array_make(pool, count, sizeof(const char *));
    int i;

    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(list, const char *) = apr_psprintf(pool, "{\"value\":\"%d\"}", i);
    }
    return apr_pstrcat(pool, "\"emails\":[", apr_array_pstrcat(pool, list, ','), "]", NULL);
}

static void lists_have_an_end(void **state)
{
    (void)state;
    assert_null(refusal(emails(1000)));
    assert_string_equal(refusal(emails(1001)), "emails must not have more than 1000 values.");
}

static const braze_err_t *read_permissions(const char *text)
{
    apr_array_header_t *items = apr_array_make(pool, 1, sizeof(braze_item_t));
    braze_catalog_t catalog = {.company_id = "x", .items = items};
    braze_json_t *canonical, *json;
    const braze_err_t *err = braze_json_parse(&json, text, strlen(text), pool);

    assert_null(err);
    err = braze_permissions_read(&canonical, json, &catalog, pool);
    assert_int_equal(err == NULL, canonical != NULL);
    return err;
}

static const char *company_permissions(int count)
{
    apr_array_header_t *list = apr_array_make(pool, count, sizeof(const char *));
    int i;

    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(list, const char *) = apr_psprintf(pool, "\"p%d\"", i);
    }
    return apr_pstrcat(pool, "{\"companyPermissions\":[", apr_array_pstrcat(pool, list, ','), "]}",
                       NULL);
}

static void permissions_have_an_end(void **state)
{
    (void)state;
    assert_null(read_permissions(company_permissions(1000)));
    assert_non_null(read_permissions(company_permissions(1001)));
    assert_null(
        read_permissions(apr_psprintf(pool, "{\"companyPermissions\":[\"%s\"]}", repeat('p', 64))));
    assert_non_null(
        read_permissions(apr_psprintf(pool, "{\"companyPermissions\":[\"%s\"]}", repeat('p', 65))));
    assert_non_null(read_permissions("{\"companyPermissions\":[\"\"]}"));
    /* Names of what an empty company does not have. */
    assert_non_null(read_permissions("{\"roles\":[{\"roleName\":\"x\"}]}"));
    assert_null(read_permissions("{\"roles\":null,\"appGroup\":[],\"companyPermissions\":[]}"));
}

/* ---- queries ---- */

static const char *parameter(const char *query, const char *name)
{
    const char *value;
    braze_err_t *err = braze_query_get(&value, query, name, pool);

    return err ? "!" : value ? value : "(none)";
}

static void parameters(void **state)
{
    const char *longest = apr_pstrcat(pool, "x=1&y=", repeat('a', BRAZE_SCIM_MAX_QUERY - 6), NULL);

    (void)state;
    assert_string_equal(parameter(NULL, "a"), "(none)");
    assert_string_equal(parameter("", "a"), "(none)");
    assert_string_equal(parameter("a", "a"), "");
    assert_string_equal(parameter("a=", "a"), "");
    assert_string_equal(parameter("a=1", "a"), "1");
    assert_string_equal(parameter("aa=1&a=2", "a"), "2");
    assert_string_equal(parameter("a=1&aa=2", "aa"), "2");
    assert_string_equal(parameter("&&a=1=2&", "a"), "1=2");
    assert_string_equal(parameter("a=x%20y+z%2B%c3%A9", "a"), "x y z+\xc3\xa9");
    assert_string_equal(parameter("a=1&a=1", "a"), "!");
    assert_string_equal(parameter("a&a", "a"), "!");
    assert_string_equal(parameter("a=%", "a"), "!");
    assert_string_equal(parameter("a=%4", "a"), "!");
    assert_string_equal(parameter("a=%4&b=1", "a"), "!");
    assert_string_equal(parameter("a=%zz", "a"), "!");
    assert_string_equal(parameter("a=%00", "a"), "!");
    assert_string_equal(parameter("a=%ff", "a"), "!");
    assert_string_equal(parameter("b=%ff&a=1", "a"), "1");
    assert_int_equal(strlen(longest), BRAZE_SCIM_MAX_QUERY);
    assert_string_equal(parameter(longest, "x"), "1");
    assert_string_equal(parameter(apr_pstrcat(pool, longest, "a", NULL), "x"), "!");
}

static void names_have_an_end(void **state)
{
    const braze_resource_type_t *type = braze_resource_type_at("/Users");
    apr_array_header_t *list = apr_array_make(pool, 200, sizeof(const char *));
    braze_scim_request_t request = {.method = "GET"};
    scim_query_t query;
    int i;

    (void)state;
    for (i = 0; i < 200; i++) {
        APR_ARRAY_PUSH(list, const char *) = "title";
    }
    request.query = apr_pstrcat(pool, "attributes=", apr_array_pstrcat(pool, list, ','), NULL);
    assert_null(braze_query_read(&query, &request, type, pool));
    assert_int_equal(query.projection.only->nelts, 200);
    request.query = apr_pstrcat(pool, request.query, ",title", NULL);
    assert_non_null(braze_query_read(&query, &request, type, pool));
    /* Without a limit of the caller's a page has 100, at most 200. */
    request.query = "count=500";
    assert_null(braze_query_read(&query, &request, type, pool));
    assert_int_equal(query.count, 200);
    request.query = NULL;
    assert_null(braze_query_read(&query, &request, type, pool));
    assert_int_equal(query.count, 100);
    assert_int_equal(query.start, 1);
}

/* ---- entity tags (RFC 9110 sections 8.8.3 and 13.1) ---- */

static void tags(void **state)
{
    static const struct {
        const char *header;
        int matches;
    } cases[] = {{"W/\"1\"", 1},
                 {"\"1\"", 1},
                 {"*", 1},
                 {"W/\"2\", W/\"1\"", 1},
                 {" \"1\" ", 1},
                 {"\"a,1\",\"1\"", 1},
                 {"W/\"11\"", 0},
                 {"W/\"2\"", 0},
                 {"1", 0},
                 {"\"1", 0},
                 {"", 0},
                 {"\"a, W/\"1\"", 0},
                 {"\"*\"", 0},
                 {"W/\"1\"x", 0},
                 {",,\"1\"", 1},
                 {"w/\"1\"", 0},
                 {"\"2\"\t,\"1\"", 1},
                 /* as mod_deflate and mod_brotli write what they have compressed */
                 {"W/\"1-gzip\"", 1},
                 {"\"1-br\"", 1},
                 {"W/\"2-gzip\", W/\"1-gzip\"", 1},
                 {"W/\"1-zip\"", 0},
                 {"W/\"1-gzip", 0},
                 {"W/\"1-gzip-gzip\"", 0},
                 {"W/\"11-gzip\"", 0}};
    size_t i;

    (void)state;
    assert_int_equal(braze_etag_matches(NULL, "W/\"1\""), 0);
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (braze_etag_matches(cases[i].header, "W/\"1\"") != cases[i].matches) {
            print_error("%s\n", cases[i].header);
            assert_true(0);
        }
    }
    /* Of a user who is in groups: behind the row's version there is a digest of them. */
    assert_true(braze_etag_matches("W/\"1.ab-gzip\"", "W/\"1.ab\""));
    assert_false(braze_etag_matches("W/\"1.ac-gzip\"", "W/\"1.ab\""));
    assert_false(braze_etag_matches("W/\"1-gzip\"", "W/\"1.ab\""));
    assert_true(braze_etag_matches_row("W/\"1.ac-gzip\"", "W/\"1.ab\""));
    assert_true(braze_etag_matches_row("W/\"1-gzip\"", "W/\"1.ab\""));
    assert_false(braze_etag_matches_row("W/\"12-gzip\"", "W/\"1.ab\""));
    assert_false(braze_etag_matches_row("W/\"1.ab-gzip-\"", "W/\"1\""));
}

/* ---- errors of the caller's own ---- */

static void check_error(const braze_err_t *err, braze_scim_dialect_t dialect, const char *type,
                        const char *body)
{
    braze_scim_response_t *response = braze_scim_error(err, dialect, pool);

    assert_int_equal(response->status, err->status);
    assert_int_equal(response->retry_after, err->retry_after);
    assert_string_equal(response->content_type, type);
    assert_string_equal(response->body, body);
    assert_int_equal(response->body_len, strlen(body));
}

#define RFC_BEGIN "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:Error\"],"

static void errors(void **state)
{
    braze_err_t *err = braze_err_new(401, "invalid_token", "BRAZE-T0001", "No \"token\".", pool);

    (void)state;
    /* A code that is no scimType is not shown as one. */
    check_error(err, BRAZE_SCIM_RFC, "application/scim+json",
                RFC_BEGIN "\"detail\":\"No \\\"token\\\".\",\"status\":\"401\"}");
    check_error(err, BRAZE_SCIM_BRAZE, "application/json",
                RFC_BEGIN "\"detail\":\"No \\\"token\\\".\",\"status\":401}");
    err->status = 503;
    err->retry_after = 7;
    check_error(err, BRAZE_SCIM_RFC, "application/scim+json",
                RFC_BEGIN "\"detail\":\"No \\\"token\\\".\",\"status\":\"503\"}");
    err = braze_err_new(409, "uniqueness", "BRAZE-T0002", "Taken.", pool);
    check_error(err, BRAZE_SCIM_RFC, "application/scim+json",
                RFC_BEGIN "\"scimType\":\"uniqueness\",\"detail\":\"Taken.\",\"status\":\"409\"}");
    check_error(err, BRAZE_SCIM_BRAZE, "text/json;charset=UTF-8",
                RFC_BEGIN "\"detail\":\"User already exists in the database.\",\"status\":409}");
    err->code = "other";
    check_error(err, BRAZE_SCIM_BRAZE, "application/json",
                RFC_BEGIN "\"detail\":\"Taken.\",\"status\":409}");
}

static void what_to_bring_along(void **state)
{
    static const char id[] = "dfa245b7-24195aec-887bb3ad-602b3340";
    static const char path[] = "/Users/dfa245b7-24195aec-887bb3ad-602b3340";

    (void)state;
    assert_string_equal(braze_scim_prefetch_id("GET", path, pool), id);
    assert_string_equal(braze_scim_prefetch_id("HEAD", path, pool), id);
    assert_string_equal(braze_scim_prefetch_id("PUT", path, pool), id);
    assert_string_equal(braze_scim_prefetch_id("DELETE", path, pool), id);
    assert_string_equal(braze_scim_prefetch_id("GET", apr_pstrcat(pool, path, "/", NULL), pool),
                        id);
    assert_null(braze_scim_prefetch_id("POST", path, pool));
    assert_null(braze_scim_prefetch_id("GET", "/Users", pool));
    assert_null(braze_scim_prefetch_id("GET", "/Users/", pool));
    assert_null(braze_scim_prefetch_id("GET", "/Users/x", pool));
    assert_null(braze_scim_prefetch_id("GET", "/Groups/dfa245b7-24195aec-887bb3ad-602b3340", pool));
    assert_null(braze_scim_prefetch_id("GET", apr_pstrcat(pool, path, "/x", NULL), pool));
    assert_null(braze_scim_prefetch_id("GET", "", pool));
    assert_null(braze_scim_prefetch_id("GET", "/", pool));
    assert_null(braze_scim_prefetch_id("GET", "//", pool));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(texts_have_an_end),
        TEST(lists_have_an_end),
        TEST(permissions_have_an_end),
        TEST(parameters),
        TEST(names_have_an_end),
        TEST(tags),
        TEST(errors),
        TEST(what_to_bring_along),
    };

    apr_initialize();
    return cmocka_run_group_tests_name("scim_limits", tests, NULL, NULL);
}
