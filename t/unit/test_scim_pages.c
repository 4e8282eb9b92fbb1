/* SPDX-License-Identifier: Apache-2.0 */
/* Pages by cursor: walks both ways over every kind of query, under writes too; refusals; lists
 * longer than what is looked at at once. */
#include <string.h>

#include <apr_strings.h>

#include "unit_scim.h"

/* ---- cursors ---- */

/* A walk from the first page to the last, then back to the first: both must show what the list
 * shows. */
static void walk(unit_world_t *world, const char *query, int count)
{
    const char *whole = unit_list(world, apr_pstrcat(world->pool, query, "count=200", NULL));
    const char *forward = "", *backward = "", *cursor = "", *step = NULL;
    const char *total = apr_pstrmemdup(world->pool, whole, strcspn(whole, ":") + 1);
    int pages = 0;

    whole += strcspn(whole, ":") + 1;
    do {
        step = unit_list(world,
                         apr_psprintf(world->pool, "%scount=%d&cursor=%s", query, count, cursor));
        assert_int_equal(strncmp(step, total, strlen(total)), 0);
        assert_null(braze_json_get(unit_body(world), "startIndex"));
        assert_int_equal(unit_cursor(world, "previousCursor") != NULL, pages > 0);
        forward = apr_pstrcat(world->pool, forward, step + strlen(total), NULL);
        backward = step + strlen(total);
        cursor = unit_cursor(world, "nextCursor");
        assert_true(++pages < 50);
    } while (cursor);
    assert_string_equal(forward, whole);
    while ((cursor = unit_cursor(world, "previousCursor")) != NULL) {
        step = unit_list(world,
                         apr_psprintf(world->pool, "%scount=%d&cursor=%s", query, count, cursor));
        assert_int_equal(strncmp(step, total, strlen(total)), 0);
        backward = apr_pstrcat(world->pool, step + strlen(total), backward, NULL);
        assert_non_null(unit_cursor(world, "nextCursor"));
        pages--;
    }
    assert_string_equal(backward, whole);
    assert_int_equal(pages, 1);
}

static void cursors(void **state)
{
    static const char *const queries[] = {
        "/Users?",
        "/Users?filter=userName gt \"ann\"&",
        "/Users?filter=title pr&",
        "/Users?sortBy=userName&",
        "/Users?sortBy=userName&sortOrder=descending&",
        "/Users?sortBy=displayName&",
        "/Users?sortBy=displayName&sortOrder=descending&",
        "/Users?sortBy=displayName&filter=title pr&",
        "/Users?sortBy=displayName&sortOrder=descending&filter=title pr&",
        "/Users?sortBy=active&",
        "/Users?sortBy=meta.lastModified&sortOrder=descending&",
        "/Users?sortBy=title&",
        "/Users?sortBy=title&sortOrder=descending&",
        "/Users?sortBy=emails&filter=userName pr&",
        "/Users?filter=userName eq \"nobody\"&",
        "/Groups?",
        "/Groups?filter=members.type eq \"User\"&sortBy=displayName&",
        "?",
        "?filter=displayName pr&",
        "?filter=title ne \"baker\"&",
        "?sortBy=displayName&",
        "?sortBy=displayName&sortOrder=descending&"};
    unit_world_t *world = unit_world(state);
    apr_size_t i;
    int count;

    unit_populate(world);
    for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        for (count = 1; count <= 9; count += 2 - (count == 1)) {
            walk(world, queries[i], count);
        }
    }
}

static void refused_cursors(void **state)
{
    unit_world_t *world = unit_world(state);
    const char *cursor, *own = world->token.company_id;

    unit_populate(world);
    assert_string_equal(unit_list(world, "/Users?count=2&cursor="), "6: ann bob");
    cursor = unit_cursor(world, "nextCursor");
#define WITH(format) unit_list(world, apr_psprintf(world->pool, format, cursor))
    assert_string_equal(WITH("/Users?cursor=%s&count=1"), "6: cat");
    assert_string_equal(WITH("/Users?cursor=%s&count=1000"), "6: cat dan eve fay");
    assert_string_equal(WITH("/Users?cursor=%s&attributes=userName&count=1"), "6: cat");
    assert_string_equal(WITH("/Users?cursor=%s&count=0"), "!400 invalidCount");
    assert_string_equal(WITH("/Users?cursor=%s&startIndex=1"), "!400 invalidValue");
    assert_string_equal(WITH("/Users?cursor=%sx"), "!400 invalidCursor");
    assert_string_equal(WITH("/Users?cursor=%s&filter=id pr"), "!400 invalidCursor");
    assert_string_equal(WITH("/Users?cursor=%s&sortBy=userName"), "!400 invalidCursor");
    assert_string_equal(WITH("/Groups?cursor=%s"), "!400 invalidCursor");
    unit_list(world, "/Users?count=2&sortBy=userName&cursor=");
    cursor = unit_cursor(world, "nextCursor");
    assert_string_equal(WITH("/Users?cursor=%s&sortBy=userName&count=1"), "6: cat");
    assert_string_equal(WITH("/Users?cursor=%s&sortBy=userName&sortOrder=descending"),
                        "!400 invalidCursor");
    assert_string_equal(WITH("/Users?cursor=%s&sortBy=displayName"), "!400 invalidCursor");
    unit_list(world, "/Users?count=2&cursor=");
    cursor = unit_cursor(world, "nextCursor");
    assert_string_equal(WITH("?cursor=%s"), "!400 invalidCursor");
    world->token.company_id = unit_store_company(world->store, "Other");
    assert_string_equal(WITH("/Users?cursor=%s"), "!400 invalidCursor");
    world->token.company_id = own;
    world->now += apr_time_from_sec(BRAZE_SCIM_CURSOR_TIMEOUT);
    assert_string_equal(WITH("/Users?cursor=%s&count=1"), "6: cat");
    world->now += apr_time_from_sec(1);
    assert_string_equal(WITH("/Users?cursor=%s"), "!400 expiredCursor");
}

static void delete_user(unit_world_t *world, const char *name)
{
    unit_list(world, apr_psprintf(world->pool, "/Users?filter=userName eq \"%s\"", name));
    unit_ask(
        world, "DELETE",
        apr_pstrcat(world->pool, "/Users/",
                    braze_json_get_string(
                        braze_json_item(braze_json_get(unit_body(world), "Resources"), 0), "id"),
                    NULL),
        NULL);
    assert_int_equal(world->response->status, 204);
}

/* Who is there all the time is seen once, whatever is written between two pages. */
static void walk_under_writes(unit_world_t *world, const char *query)
{
    const char *seen = "", *cursor, *step;

    unit_populate(world);
    step = unit_list(world, apr_pstrcat(world->pool, query, "count=2&cursor=", NULL));
    assert_string_equal(step, "6: ann bob");
    cursor = unit_cursor(world, "nextCursor");
    delete_user(world, "ann"); /* what lies behind */
    delete_user(world, "bob"); /* the very place */
    delete_user(world, "cat"); /* what would come next */
    unit_add_user(world, "'userName':'zoe','nickName':'z'");
    step = unit_list(world, apr_psprintf(world->pool, "%scount=2&cursor=%s", query, cursor));
    assert_string_equal(step, "4: dan eve");
    seen = unit_cursor(world, "previousCursor");
    cursor = unit_cursor(world, "nextCursor");
    unit_add_user(world, "'userName':'zzz','nickName':'zz'");
    step = unit_list(world, apr_psprintf(world->pool, "%scount=9&cursor=%s", query, cursor));
    assert_string_equal(step, "5: fay zoe zzz");
    assert_null(unit_cursor(world, "nextCursor"));
    /* Before dan there is nobody any more; from there it goes on at the beginning. */
    step = unit_list(world, apr_psprintf(world->pool, "%scount=2&cursor=%s", query, seen));
    assert_string_equal(step, "5:");
    assert_null(unit_cursor(world, "previousCursor"));
    cursor = unit_cursor(world, "nextCursor");
    assert_non_null(cursor);
    step = unit_list(world, apr_psprintf(world->pool, "%scount=2&cursor=%s", query, cursor));
    assert_string_equal(step, "5: dan eve");
}

static void writes_by_id(void **state)
{
    walk_under_writes(unit_world(state), "/Users?");
}

static void writes_by_sql_order(void **state)
{
    walk_under_writes(unit_world(state), "/Users?sortBy=userName&");
}

static void writes_by_own_order(void **state)
{
    walk_under_writes(unit_world(state), "/Users?sortBy=meta.location&");
}

static void writes_by_filter(void **state)
{
    walk_under_writes(unit_world(state), "/Users?filter=title ne \"nobody\"&");
}

/* ---- many ---- */

/* More than two batches of a walk. */
static void add_crowd(const unit_world_t *world, int count)
{
    apr_pool_t *pool;
    int i;

    apr_pool_create(&pool, world->pool);
    for (i = 0; i < count; i++) {
        braze_user_t user = {.company_id = world->token.company_id,
                             .active = 1,
                             .source = "scim",
                             .permissions = "{}",
                             .resource = apr_psprintf(pool,
                                                      "{\"userName\":\"u%04d\",\"title\":\"%c\","
                                                      "\"nickName\":\"%03d\"}",
                                                      i, 'a' + i % 3, (i * 7) % 1000)};

        assert_fine(braze_user_derive(&user, pool));
        assert_fine(braze_store_user_add(world->store->db, &user, UNIT_NOW + i, NULL, pool));
    }
    apr_pool_destroy(pool);
}

static void many(void **state)
{
    unit_world_t *world = unit_world(state);
    const char *cursor = "", *page;
    int seen = 0, last = -1;

    add_crowd(world, 1203);
    assert_string_equal(unit_list(world, "/Users?count=0&filter=title eq \"B\""), "401:");
    assert_string_equal(unit_list(world, "/Users?filter=title eq \"B\"&startIndex=400"),
                        "401: u1198 u1201");
    assert_string_equal(unit_list(world, "/Users?sortBy=nickName&count=3"),
                        "1203: u0000 u1000 u0143");
    assert_string_equal(unit_list(world,
                                  "/Users?sortBy=userName&sortOrder=descending&filter=title eq "
                                  "\"a\"&startIndex=300&count=2"),
                        "401: u0303 u0300");
    while (cursor) {
        page = unit_list(
            world,
            apr_psprintf(world->pool, "/Users?filter=title ne \"a\"&count=90&cursor=%s", cursor));
        for (page = strchr(page, ' '); page; page = strchr(page + 1, ' ')) {
            int number = (int)apr_atoi64(page + 2);

            assert_true(number > last && number % 3 != 0);
            last = number;
            seen++;
        }
        cursor = unit_cursor(world, "nextCursor");
    }
    assert_int_equal(seen, 802);
}

/* Memberships of whole batches. */
static void many_in_a_group(void **state)
{
    unit_world_t *world = unit_world(state);
    const char *company = world->token.company_id;
    apr_array_header_t *ids = apr_array_make(world->pool, 700, sizeof(const char *)), *users;
    apr_int64_t total;
    int i;

    add_crowd(world, 700);
    assert_fine(
        braze_store_user_list(&users, &total, world->store->db, company, 0, 700, world->pool));
    for (i = 0; i < 650; i++) {
        APR_ARRAY_PUSH(ids, const char *) = APR_ARRAY_IDX(users, i, braze_user_t *)->id;
    }
    unit_store_group(world->store, company, "big", ids);
    unit_store_group(world->store, company, "second", ids);
    assert_string_equal(unit_list(world, "/Users?count=0&filter=groups.display eq \"BIG\""),
                        "650:");
    assert_string_equal(unit_list(world, "/Users?filter=not (groups.display pr)&startIndex=49"),
                        "50: u0698 u0699");
    assert_string_equal(
        unit_list(world, "/Users?count=1&startIndex=650&sortBy=groups.display&sortOrder=ascending"),
        "700: u0649");
    assert_string_equal(unit_list(world, "/Groups?count=0&filter=members.display eq \"u0649\""),
                        "2:");
}

/* Fits nobody; each number gives another statement. */
static const char *idle_condition(const unit_world_t *world, int number)
{
    static const char *const columns[] = {"userName", "displayName", "externalId", "name.givenName",
                                          "name.familyName"};
    static const char *const ops[] = {"eq", "co", "sw", "ew", "gt"};

    return apr_psprintf(world->pool, "%s %s \"~~~\"", columns[number % 5], ops[number / 5 % 5]);
}

/* A connection keeps only so many statements: what does not fit is looked at one by one. */
static void many_filters(void **state)
{
    unit_world_t *world = unit_world(state);
    int i, j;

    unit_populate(world);
    for (i = 0; i < 25; i++) {
        for (j = 0; j < i; j++) {
            const char *filter = apr_pstrcat(
                world->pool, "filter=userName eq \"bob\" or userName eq \"eve\" or (",
                idle_condition(world, i), " and not (", idle_condition(world, j), "))", NULL);

            assert_string_equal(
                unit_list(world, apr_pstrcat(world->pool, "/Users?count=1&", filter, NULL)),
                "2: bob");
            assert_string_equal(
                unit_list(world, apr_pstrcat(world->pool, "/Users?count=1&cursor=&", filter, NULL)),
                "2: bob");
            assert_string_equal(
                unit_list(world, apr_psprintf(world->pool, "/Users?count=1&cursor=%s&%s",
                                              unit_cursor(world, "nextCursor"), filter)),
                "2: eve");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORE_TEST(cursors),
                                       STORE_TEST(refused_cursors),
                                       STORE_TEST(writes_by_id),
                                       STORE_TEST(writes_by_sql_order),
                                       STORE_TEST(writes_by_own_order),
                                       STORE_TEST(writes_by_filter),
                                       STORE_TEST(many),
                                       STORE_TEST(many_in_a_group),
                                       STORE_TEST(many_filters)};

    return cmocka_run_group_tests_name("scim_pages", tests, NULL, NULL);
}
