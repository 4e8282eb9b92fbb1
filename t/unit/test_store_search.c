/* SPDX-License-Identifier: Apache-2.0 */
/* Searches: orders, pages, totals, walks while others write, and what a connection goes through. */
#include "unit_search.h"

#include <string.h>

#include <apr_strings.h>

#include "braze_key.h"
#include "src/store/store_int.h"

/* ---- orders ---- */

typedef struct {
    const char *sort, *order; /* NULL: by id */
    int is_group;
    const char *keys; /* of all rows, with "|" between them; NULL: not looked at */
} order_case_t;

/*
 * The keys of unit_people_all: equal ones stand by id, absent ones (b, g, h by displayName) last.
 * Bytes: "100%" < "ada lovelace" < U+00FC < U+1F600.
 */
static const order_case_t orders[] = {
    {NULL, "abcdefghi", 0, NULL},
    {"id", "abcdefghi", 0, NULL},
    {"userName", "abdefghic", 0, NULL},
    {"displayName", "eadicfbgh", 0,
     "100% _x_ 'y' \"z\" \\|ada lovelace|ada lovelace|ada lovelace|\u00fcnal \u00e7elik|"
     "\U0001F600 grin|||"},
    {"name.givenName", "eaicgfbdh", 0, "%|ada|ada|\u00fcnal|\uD7FF|\U0010FFFF|||"},
    {"name.familyName", "afgcbdehi", 0, "lovelace|strasse|strasse|\u00e7elik|||||"},
    {"externalId", "eadcbfghi", 0, "%s $1 ?1|Ext-1|Ext-2|ext-1|||||"},
    {"active", "bgacdefhi", 0, "0|0|1|1|1|1|1|1|1"},
    {"meta.created", "abcdefghi", 0, NULL},
    {"meta.lastModified", "abcdefghi", 0, NULL},
    /* groups' ids stand in the order C, B, A, D, E, F */
    {NULL, "CBADEF", 1, NULL},
    {"displayName", "BACEFD", 1, "editors|editors|inner|solo|top|\u00e9mpty"},
    {"externalId", "BACDEF", 1, "G-2|g-1||||"},
    {"meta.created", "ABCDEF", 1, NULL},
    {"meta.lastModified", "ABDEFC", 1, NULL}, /* C got a member later */
};

static const char *keys_of(const braze_found_t *found, apr_pool_t *pool)
{
    return apr_array_pstrcat(pool, found->keys, '|');
}

static const char *reversed(const char *text, apr_pool_t *pool)
{
    apr_size_t len = strlen(text), i;
    char *copy = apr_pcalloc(pool, len + 1);

    for (i = 0; i < len; i++) {
        copy[i] = text[len - 1 - i];
    }
    return copy;
}

static void an_order_is_known(void **state)
{
    unit_store_t *store = unit_store(state);
    unit_people_t *people = unit_people_all(store);
    size_t i;

    for (i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
        const order_case_t *one = &orders[i];
        braze_search_t search = {.limit = 100};
        braze_found_t found;

        search.sort = one->sort ? unit_sort(one->sort, one->is_group, store->pool) : NULL;
        if (search.sort) {
            assert_true(braze_store_sort_known(search.sort, one->is_group));
        }
        unit_search(&found, people, one->is_group, &search, store->pool);
        assert_string_equal(unit_letters(&found, one->is_group, store->pool), one->order);
        if (one->keys) {
            assert_string_equal(keys_of(&found, store->pool), one->keys);
        }
        search.descending = 1;
        unit_search(&found, people, one->is_group, &search, store->pool);
        assert_string_equal(unit_letters(&found, one->is_group, store->pool),
                            reversed(one->order, store->pool));
    }
}

static void an_order_is_not_known(void **state)
{
    static const char *const users[] = {"title",        "emails",
                                        "emails.value", "name",
                                        "groups.value", BRAZE_SCHEMA_ENTERPRISE ":department"};
    unit_store_t *store = unit_store(state);
    size_t i;

    for (i = 0; i < sizeof(users) / sizeof(*users); i++) {
        assert_false(braze_store_sort_known(unit_sort(users[i], 0, store->pool), 0));
    }
    assert_false(braze_store_sort_known(unit_sort("members.value", 1, store->pool), 1));
    assert_false(braze_store_sort_known(unit_sort("userName", 0, store->pool), 1));
}

/* ---- pages ---- */

/* Letters of all, page by page, by offset or behind the last row of the page before. */
static const char *paged(unit_people_t *people, int is_group, braze_search_t search, int by_offset)
{
    apr_pool_t *pool = people->store->pool;
    const char *letters = "";
    braze_found_t found;
    int pages = 0;

    do {
        unit_search(&found, people, is_group, &search, pool);
        letters = apr_pstrcat(pool, letters, unit_letters(&found, is_group, pool), NULL);
        if (found.rows->nelts == 0) {
            break;
        }
        if (by_offset) {
            search.offset += found.rows->nelts;
        } else {
            search.after_id = unit_row_id(&found, found.rows->nelts - 1, is_group);
            search.after_key =
                search.sort ? APR_ARRAY_IDX(found.keys, found.keys->nelts - 1, const char *) : NULL;
        }
        assert_true(pages++ < 20);
    } while (1);
    return letters;
}

static void page_case(unit_people_t *people, const order_case_t *one, const char *filter,
                      const char *wanted)
{
    apr_pool_t *pool = people->store->pool;
    braze_search_t search = {0};

    search.sort = one->sort ? unit_sort(one->sort, one->is_group, pool) : NULL;
    search.filter = unit_filter(filter, one->is_group, pool);
    for (search.limit = 1; search.limit <= 4; search.limit++) {
        for (search.descending = 0; search.descending <= 1; search.descending++) {
            const char *due = search.descending ? reversed(wanted, pool) : wanted;

            assert_string_equal(paged(people, one->is_group, search, 0), due);
            assert_string_equal(paged(people, one->is_group, search, 1), due);
        }
    }
}

static void pages_make_the_whole(void **state)
{
    unit_store_t *store = unit_store(state);
    unit_people_t *people = unit_people_all(store);
    size_t i;

    for (i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
        page_case(people, &orders[i], NULL, orders[i].order);
    }
}

/* By an index that finds them, and by looking at each. */
static void pages_of_what_a_filter_finds(void **state)
{
    unit_store_t *store = unit_store(state);
    unit_people_t *people = unit_people_all(store);
    static const char in_group[] = "groups eq \"00000000-00000000-00000000-0000000b\"";

    page_case(people, &orders[0], in_group, "abcd");
    page_case(people, &orders[3], in_group, "adcb");
    page_case(people, &orders[3], "active eq true", "eadicfh");
    page_case(people, &orders[3], "externalId pr and active eq true", "eadc");
    page_case(people, &orders[6], "userName eq \"bob\" or externalId eq \"Ext-2\"", "db");
    page_case(people, &orders[11], "externalId pr", "BA");
}

static void a_total_is_counted(void **state)
{
    static const struct {
        const char *filter;
        int is_group, total;
    } cases[] = {{NULL, 0, 9},
                 {NULL, 1, 6},
                 {"active eq true", 0, 7},
                 {"displayName eq \"ada lovelace\"", 0, 3},
                 {"userName eq \"nobody\"", 0, 0},
                 {"meta.resourceType eq \"Group\"", 0, 0},
                 {"title eq \"x\"", 0, 9},
                 {"members pr", 1, 5}};
    unit_store_t *store = unit_store(state);
    unit_people_t *people = unit_people_all(store), *others = unit_people(store, "Another");
    size_t i;
    int limit, offset;

    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        for (limit = 0; limit <= 12; limit += 3) {
            for (offset = 0; offset <= 12; offset += 3) {
                braze_search_t search = {.limit = limit, .offset = offset, .with_total = 1};
                braze_found_t found;
                int left = cases[i].total > offset ? cases[i].total - offset : 0;

                search.filter = unit_filter(cases[i].filter, cases[i].is_group, store->pool);
                unit_search(&found, people, cases[i].is_group, &search, store->pool);
                assert_int_equal(found.total, cases[i].total);
                assert_int_equal(found.rows->nelts, left < limit ? left : limit);
                unit_search(&found, others, cases[i].is_group, &search, store->pool);
                assert_int_equal(found.total, 0);
                assert_int_equal(found.rows->nelts, 0);
            }
        }
    }
}

/* Nothing of another company is ever found, whatever is asked for by its ids. */
static void a_company_is_a_wall(void **state)
{
    static const char *const filters[] = {
        "id eq \"00000000-00000000-00000000-00000000\"",
        "groups eq \"00000000-00000000-00000000-0000000b\"", "emails eq \"ada@x.example\"",
        "externalId eq \"Ext-1\" or emails eq \"c2@x.example\"", "id pr"};
    unit_store_t *store = unit_store(state);
    unit_people_t *others;
    size_t i;

    unit_people_all(store);
    others = unit_people(store, "Another");
    for (i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
        braze_search_t search = {.limit = 10};
        braze_found_t found;

        search.filter = unit_filter(filters[i], 0, store->pool);
        unit_search(&found, others, 0, &search, store->pool);
        assert_int_equal(found.rows->nelts, 0);
    }
}

static void rows_are_whole(void **state)
{
    unit_store_t *store = unit_store(state);
    unit_people_t *people = unit_people_all(store);
    braze_search_t search = {.limit = 10};
    braze_found_t found;
    int i;

    unit_search(&found, people, 0, &search, store->pool);
    for (i = 0; i < found.rows->nelts; i++) {
        const braze_user_t *user = APR_ARRAY_IDX(found.rows, i, const braze_user_t *);
        const braze_user_t *same = unit_store_get(store, user);

        assert_string_equal(user->resource, same->resource);
        assert_string_equal(user->company_id, people->company_id);
        assert_int_equal(user->version, same->version);
        assert_int_equal(user->in_groups, i <= 4); /* a to e */
        assert_int_equal(user->in_groups, same->in_groups);
    }
    unit_search(&found, people, 1, &search, store->pool);
    assert_string_equal(APR_ARRAY_IDX(found.rows, 1, const braze_group_t *)->external_id, "G-2");
    assert_string_equal(APR_ARRAY_IDX(found.rows, 1, const braze_group_t *)->company_id,
                        people->company_id);
}

/* ---- a walk while others write ---- */

#define STAYING 60

/* Every third one has no name, names repeat: both ends of the order and many equal keys. */
static void add_staying(unit_people_t *people)
{
    int i;

    for (i = 0; i < STAYING; i++) {
        apr_pool_t *pool = people->store->pool;

        unit_search_user(people,
                         i % 3
                             ? apr_psprintf(pool, "{\"userName\":\"u%d\",\"displayName\":\"N%d\"}",
                                            i, i * 7 % 10)
                             : apr_psprintf(pool, "{\"userName\":\"u%d\"}", i),
                         1, i % 5);
    }
}

/* Somebody new before and behind the place that has been reached, and somebody of these gone. */
static void disturb(unit_people_t *people, int round, apr_array_header_t *passing)
{
    static const char *const newcomers[] = {"{\"userName\":\"n%d\",\"displayName\":\"A\"}",
                                            "{\"userName\":\"n%d\",\"displayName\":\"Z\"}",
                                            "{\"userName\":\"n%d\"}"};
    apr_pool_t *pool = people->store->pool;
    const char *text = newcomers[round % 3];
    int done;

    APR_ARRAY_PUSH(passing, const char *) = unit_search_user(
        people,
        apr_pstrcat(pool, "{\"userName\":\"n", apr_itoa(pool, round), strchr(text, '%') + 2, NULL),
        1, round % 5);
    if (round % 2) {
        assert_fine(braze_store_user_delete(&done, people->store->db, people->company_id,
                                            *(const char **)apr_array_pop(passing), 0, 0, NULL,
                                            pool));
    }
}

static void walk(unit_people_t *people, braze_search_t search, int *round)
{
    int seen[STAYING] = {0}, i;
    apr_array_header_t *passing = apr_array_make(people->store->pool, 8, sizeof(const char *));
    braze_found_t found;

    do {
        unit_search(&found, people, 0, &search, people->store->pool);
        for (i = 0; i < found.rows->nelts; i++) {
            int number = (int)apr_strtoi64(unit_row_id(&found, i, 0) + 27, NULL, 16);

            if (number < STAYING) {
                seen[number]++;
            }
        }
        if (found.rows->nelts > 0) {
            search.after_id = unit_row_id(&found, found.rows->nelts - 1, 0);
            search.after_key = APR_ARRAY_IDX(found.keys, found.rows->nelts - 1, const char *);
            disturb(people, (*round)++, passing);
        }
    } while (found.rows->nelts > 0);
    for (i = 0; i < STAYING; i++) {
        assert_int_equal(seen[i], 1);
    }
}

static void a_walk_loses_and_repeats_nobody(void **state)
{
    static const char *const sorts[] = {"displayName", "meta.created", "id", "active"};
    unit_store_t *store = unit_store(state);
    unit_people_t *people = unit_people(store, "Decorumsoft");
    braze_search_t search = {.limit = 7};
    int round = 0;
    size_t i;

    add_staying(people);
    for (i = 0; i < sizeof(sorts) / sizeof(*sorts); i++) {
        search.sort = unit_sort(sorts[i], 0, store->pool);
        for (search.descending = 0; search.descending <= 1; search.descending++) {
            search.filter = NULL;
            walk(people, search, &round);
            search.filter = unit_filter("userName sw \"u\" or userName sw \"n\"", 0, store->pool);
            walk(people, search, &round);
        }
    }
}

/* ---- the connection ---- */

/* The number's bits as operators: each another text. */
static const char *shaped(int number, apr_pool_t *pool)
{
    const char *text = "userName pr";
    int bit;

    for (bit = 0; bit < 9; bit++) {
        text = apr_pstrcat(pool, text, " and displayName ", number >> bit & 1 ? "sw" : "co",
                           " \"a\"", NULL);
    }
    return text;
}

/* A text is prepared once and stays; what is too much is answered without the filter. */
static void too_many_filters_are_left_out(void **state)
{
    unit_store_t *store = unit_store(state);
    unit_people_t *people = unit_people_all(store);
    int i, loose = 0;

    for (i = 0; i < STORE_SHAPES_MAX + 20; i++) {
        braze_search_t search = {.limit = 10, .with_total = 1};
        braze_found_t found;

        search.filter = unit_filter(shaped(i, store->pool), 0, store->pool);
        assert_true(braze_store_filter_exact(search.filter, 0));
        unit_search(&found, people, 0, &search, store->pool);
        if (!found.exact) {
            assert_int_equal(found.rows->nelts, 9);
            assert_int_equal(found.total, 9);
            loose++;
        } else {
            assert_int_equal(loose, 0);
            assert_int_equal(found.total, found.rows->nelts);
            assert_true(found.rows->nelts < 9);
        }
    }
    assert_true(loose > 0);
    assert_true(store->db->conn->shape_count <= STORE_SHAPES_MAX + 1); /* the page without one */
    /* What has been prepared goes on, in both its statements. */
    {
        braze_search_t search = {.limit = 10, .with_total = 1};
        braze_found_t found;

        search.filter = unit_filter(shaped(0, store->pool), 0, store->pool);
        unit_search(&found, people, 0, &search, store->pool);
        assert_int_equal(found.exact, 1);
        assert_string_equal(unit_letters(&found, 0, store->pool), "acdi"); /* co "a" */
    }
}

static void no_text_is_too_long_to_prepare(void **state)
{
    unit_store_t *store = unit_store(state);
    unit_people_t *people = unit_people_all(store);
    const char *text = "userName ne \"a\"";
    braze_search_t search = {.limit = 20, .with_total = 1};
    braze_found_t found;
    int i;

    /* As many nodes as a filter may have; "co" of each, so that none is one of several. */
    for (i = 1; i < BRAZE_FILTER_MAX_NODES / 2; i++) {
        text = apr_pstrcat(store->pool, text,
                           i % 2 ? " and displayName co \"a\"" : " or userName co \"a\"", NULL);
    }
    search.filter = unit_filter(text, 0, store->pool);
    unit_search(&found, people, 0, &search, store->pool);
    assert_int_equal(found.exact, 1);
    /* "a" in both names: a, d ("dora"), i; in the userName: c's "x.example" too; e, g and h have
     * none, b neither. */
    assert_string_equal(unit_letters(&found, 0, store->pool), "acdi");
}

static void change_schema(const unit_store_t *store)
{
    unit_store_do(store, "CREATE TABLE another (a INTEGER)");
    unit_store_do(store, "DROP TABLE another");
}

static void forget(const unit_store_t *store)
{
    int changed;

    assert_int_equal(
        apr_dbd_query(store->db->driver, store->db->handle, &changed, "DEALLOCATE ALL"), 0);
}

/* As the static statements of test_store_repair.c. */
static void lost_statements_are_prepared_again(void **state)
{
    unit_store_t *store = unit_store(state);
    unit_people_t *people = unit_people_all(store);
    braze_search_t search = {.limit = 10, .with_total = 1};
    braze_found_t found;
    int i;

    search.filter = unit_filter("displayName sw \"ada\"", 0, store->pool);
    search.sort = unit_sort("displayName", 0, store->pool);
    for (i = 0; i < 3; i++) {
        unit_search(&found, people, 0, &search, store->pool);
        assert_string_equal(unit_letters(&found, 0, store->pool), "ad");
        if (store->engine == BRAZE_ENGINE_SQLITE) {
            change_schema(store);
        } else {
            forget(store);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_order_is_known),
        STORE_TEST(an_order_is_not_known),
        STORE_TEST(pages_make_the_whole),
        STORE_TEST(pages_of_what_a_filter_finds),
        STORE_TEST(a_total_is_counted),
        STORE_TEST(a_company_is_a_wall),
        STORE_TEST(rows_are_whole),
        STORE_TEST(a_walk_loses_and_repeats_nobody),
        STORE_TEST(too_many_filters_are_left_out),
        STORE_TEST(no_text_is_too_long_to_prepare),
        STORE_TEST(lost_statements_are_prepared_again),
    };

    return cmocka_run_group_tests_name("store search", tests, NULL, NULL);
}
