/* SPDX-License-Identifier: Apache-2.0 */
/* What searching sorts at most, and members beyond what one text may hold: over rows that are made
 * up as they are asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "src/scim/scim_int.h"

#define MEMBERS 100000

static apr_pool_t *pool;
static int rows_there; /* of the made-up type */
static int loads;      /* how often members were asked for */

static int set_up(void **state)
{
    (void)state;
    loads = 0;
    return apr_pool_create(&pool, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static const char *id_at(int i, apr_pool_t *p)
{
    return apr_psprintf(p, "%08x-00000000-00000000-00000000", (unsigned)i);
}

/* ---- a type of users ---- */

static braze_user_t *user_at(int i, apr_pool_t *p)
{
    braze_user_t *user = apr_pcalloc(p, sizeof(*user));

    user->id = id_at(i, p);
    user->resource = apr_psprintf(p, "{\"title\":\"%d\"}", i % 7);
    return user;
}

static braze_err_t *find_users(braze_found_t *found, scim_call_t *call,
                               const braze_search_t *search, apr_pool_t *p)
{
    int i = search->after_id ? (int)strtol(search->after_id, NULL, 16) + 1 : 0;

    (void)call;
    memset(found, 0, sizeof(*found));
    found->rows = apr_array_make(p, search->limit, sizeof(void *));
    found->exact = 1;
    for (; i < rows_there && found->rows->nelts < search->limit; i++) {
        APR_ARRAY_PUSH(found->rows, braze_user_t *) = user_at(i, p);
    }
    return NULL;
}

static braze_err_t *get_user(void **row, scim_call_t *call, const char *id)
{
    *row = user_at((int)strtol(id, NULL, 16), call->pool);
    return NULL;
}

static const char *user_id(const void *row)
{
    return ((const braze_user_t *)row)->id;
}

static braze_err_t *load_nothing(const apr_array_header_t **apart, scim_call_t *call,
                                 const apr_array_header_t *rows, const projection_t *projection)
{
    (void)apart;
    (void)call;
    (void)rows;
    (void)projection;
    return NULL;
}

static void put_id(braze_buf_t *buf, const void *row, const apr_array_header_t *apart,
                   scim_call_t *call, const projection_t *projection)
{
    (void)apart;
    (void)call;
    (void)projection;
    braze_buf_puts(buf, "{\"id\":");
    braze_buf_put_json_string(buf, user_id(row));
    braze_buf_puts(buf, "}");
}

/* ---- a type of groups: one, with many members ---- */

static braze_err_t *find_group(braze_found_t *found, scim_call_t *call,
                               const braze_search_t *search, apr_pool_t *p)
{
    braze_group_t *group = apr_pcalloc(p, sizeof(*group));

    (void)call;
    (void)search;
    memset(found, 0, sizeof(*found));
    group->id = id_at(0, p);
    group->resource = "{\"displayName\":\"many\"}";
    found->rows = apr_array_make(p, 1, sizeof(void *));
    APR_ARRAY_PUSH(found->rows, braze_group_t *) = group;
    return NULL;
}

static braze_err_t *get_group(void **row, scim_call_t *call, const char *id)
{
    braze_group_t *group = apr_pcalloc(call->pool, sizeof(*group));

    group->id = id;
    *row = group;
    return NULL;
}

static const char *group_id(const void *row)
{
    return ((const braze_group_t *)row)->id;
}

static braze_err_t *load_members(const apr_array_header_t **apart, scim_call_t *call,
                                 const apr_array_header_t *rows, const projection_t *projection)
{
    apr_array_header_t *list = apr_array_make(call->pool, MEMBERS, sizeof(void *));
    int i;

    if (!braze_projection_wants(projection, "members")) {
        return NULL;
    }
    loads++;
    assert_int_equal(rows->nelts, 1);
    for (i = 0; i < MEMBERS; i++) {
        braze_member_t *member = apr_pcalloc(call->pool, sizeof(*member));

        member->id = id_at(i, call->pool);
        member->display = apr_psprintf(call->pool, "m%d", i);
        APR_ARRAY_PUSH(list, braze_member_t *) = member;
    }
    apart[0] = list;
    return NULL;
}

static void put_group(braze_buf_t *buf, const void *row, const apr_array_header_t *apart,
                      scim_call_t *call, const projection_t *projection)
{
    (void)row;
    (void)call;
    (void)projection;
    braze_buf_puts(buf, apart ? "{\"members\":[{}]}" : "{\"displayName\":\"many\"}");
}

static const char *const no_attrs[] = {NULL};
static const char *const member_attrs[] = {"members", NULL};
static const scim_source_t users = {"/Users",     0,      find_users, get_user, user_id,
                                    load_nothing, put_id, no_attrs};
static const scim_source_t groups = {"/Groups",    1,         find_group,  get_group, group_id,
                                     load_members, put_group, member_attrs};

static const braze_json_t *run(const char **code, const scim_source_t *source, const char *query)
{
    const scim_source_t *const sources[] = {source, NULL};
    const braze_token_t token = {.company_id = "c"};
    const braze_scim_request_t request = {.query = query, .token = &token, .now = 1};
    scim_call_t call = {.request = &request, .pool = pool};
    braze_scim_response_t *response;
    braze_json_t *json = NULL;
    braze_err_t *err = braze_search_handle(&response, &call, sources, 0);

    *code = err ? err->code : NULL;
    if (!err) {
        assert_null(braze_json_parse(&json, response->body, response->body_len, pool));
    }
    return json;
}

static void sorted_at_most(void **state)
{
    const braze_json_t *json, *first;
    const char *code;

    (void)state;
    rows_there = SEARCH_SORT_MAX;
    json = run(&code, &users, "sortBy=title&count=2&startIndex=14286");
    assert_null(code);
    assert_int_equal(braze_json_get(json, "totalResults")->u.integer, SEARCH_SORT_MAX);
    /* Of 100 000 people 14 286 each have the titles 0 to 4: row 14 286 is the last 0. */
    first = braze_json_item(braze_json_get(json, "Resources"), 0);
    assert_string_equal(braze_json_get_string(first, "id"), id_at(7 * 14285, pool));
    assert_string_equal(
        braze_json_get_string(braze_json_item(braze_json_get(json, "Resources"), 1), "id"),
        id_at(1, pool));
    rows_there = SEARCH_SORT_MAX + 1;
    assert_null(run(&code, &users, "sortBy=title"));
    assert_string_equal(code, "tooMany");
    /* Fewer match. */
    assert_non_null(run(&code, &users, "sortBy=title&filter=title%20eq%20%220%22"));
    assert_null(code);
}

static const char *total(const char *query)
{
    const char *code;
    const braze_json_t *json = run(&code, &groups, query);

    assert_null(code);
    return braze_json_text(braze_json_get(json, "totalResults"), pool);
}

static void many_members(void **state)
{
    (void)state;
    assert_string_equal(total("count=0&filter=members.display%20eq%20%22M99999%22"), "1");
    assert_string_equal(total("count=0&filter=members.display%20eq%20%22m100000%22"), "0");
    assert_string_equal(total("count=0&filter=members.type%20eq%20%22Group%22"), "0");
    assert_int_equal(loads, 3);
    /* They are not read when nobody looks at them. */
    assert_string_equal(total("excludedAttributes=members&filter=displayName%20co%20%22an%22"),
                        "1");
    assert_string_equal(total("attributes=displayName"), "1");
    assert_int_equal(loads, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(sorted_at_most), TEST(many_members)};

    apr_initialize();
    return cmocka_run_group_tests_name("scim_search_caps", tests, NULL, NULL);
}
