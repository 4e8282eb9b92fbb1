/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How searches find their rows: what an index knows is not sought in the whole company. The plans
 * are the engines' own words about the very texts that searches have prepared.
 */
#include "unit_search.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "src/store/store_int.h"

#define CROWD 400 /* enough that PostgreSQL prefers an index to the table */

static unit_people_t *crowd(const unit_store_t *store)
{
    unit_people_t *people = unit_people_all(store);
    int i, changed;

    for (i = 0; i < CROWD; i++) {
        unit_search_user(people,
                         apr_psprintf(store->pool,
                                      "{\"userName\":\"u%d@x.example\",\"externalId\":\"%d\","
                                      "\"displayName\":\"N%d\",\"nickName\":\"%01500d\"}",
                                      i, i, i, i),
                         1, i);
    }
    if (store->engine == BRAZE_ENGINE_PGSQL) {
        assert_int_equal(apr_dbd_query(store->db->driver, store->db->handle, &changed, "ANALYZE"),
                         0);
    }
    return people;
}

/* ---- the plan of a text, as one text ---- */

/* Without our mark of an integer, which engines do not know. */
static const char *unmarked(const char *text, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, text), *to = copy;

    for (; *text; text++) {
        if (*text != '#') {
            *to++ = *text;
        }
    }
    *to = '\0';
    return copy;
}

/* The types and some values of PostgreSQL's parameters; the first is the company. */
static void parameters(const char **types, const char **values, const char *text,
                       const char *company_id, apr_pool_t *pool)
{
    int seen = 0;

    *types = *values = "";
    for (; *text; text++) {
        if (text[0] == '$' && apr_strtoi64(text + 1, NULL, 10) == seen + 1) {
            apr_size_t digits = strspn(text + 1, "0123456789");
            int wide = text[1 + digits] == '#';
            int json = strncmp(text + 1 + digits, "::json", 6) == 0;
            const char *value = seen == 0 ? apr_psprintf(pool, "'%s'", company_id)
                                : wide    ? "10"
                                : json    ? "'[\"a\",\"b\"]'"
                                          : "'3'";

            *types = apr_pstrcat(pool, *types, seen ? "," : "", wide ? "bigint" : "varchar", NULL);
            *values = apr_pstrcat(pool, *values, seen ? "," : "", value, NULL);
            seen++;
        }
    }
}

static const char *explained(const unit_people_t *people, const char *sql, int column)
{
    braze_db_t *db = people->store->db;
    apr_pool_t *pool = people->store->pool;
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *plan = "";
    int i, count;

    if (apr_dbd_select(db->driver, pool, db->handle, &results, sql, 1) != 0) {
        fail_msg("%s: %s", sql, apr_dbd_error(db->driver, db->handle, 1));
    }
    count = apr_dbd_num_tuples(db->driver, results);
    for (i = 0; i < count; i++) {
        assert_int_equal(apr_dbd_get_row(db->driver, pool, results, &row, -1), 0);
        plan = apr_pstrcat(pool, plan, apr_dbd_get_entry(db->driver, row, column), "\n", NULL);
    }
    return plan;
}

static const char *plan_of(const unit_people_t *people, const char *text)
{
    braze_db_t *db = people->store->db;
    apr_pool_t *pool = people->store->pool;
    const char *types, *values;
    int changed;

    if (people->store->engine == BRAZE_ENGINE_SQLITE) {
        return explained(people,
                         apr_pstrcat(pool, "EXPLAIN QUERY PLAN ", unmarked(text, pool), NULL), 3);
    }
    parameters(&types, &values, text, people->company_id, pool);
    (void)apr_dbd_query(db->driver, db->handle, &changed, "DEALLOCATE plan");
    assert_int_equal(apr_dbd_query(db->driver, db->handle, &changed,
                                   apr_pstrcat(pool, "PREPARE plan(", types, ") AS ",
                                               unmarked(text, pool), NULL)),
                     0);
    return explained(people, apr_pstrcat(pool, "EXPLAIN EXECUTE plan(", values, ")", NULL), 0);
}

/* Does the engine go through all people of the company? */
static int is_a_scan(const unit_people_t *people, const char *text, const char *plan)
{
    if (people->store->engine == BRAZE_ENGINE_PGSQL) {
        return strstr(plan, "Seq Scan on braze_user ") != NULL;
    }
    return strstr(plan, "(company_id=?)") || strstr(plan, "SCAN braze_") ||
           (strstr(plan, "SCAN u\n") && !strstr(text, " FROM d u "));
}

/* Searches once, and gives the plan of each text that this has prepared to check. */
static void each_plan(const unit_people_t *people, const braze_search_t *search,
                      void (*check)(const unit_people_t *, const char *text, const char *plan))
{
    apr_pool_t *pool = people->store->pool;
    apr_hash_index_t *shape;
    braze_found_t found;
    int count = 0;

    store_forget_statements(people->store->db);
    unit_search(&found, people, 0, search, pool);
    for (shape = apr_hash_first(pool, people->store->db->conn->shapes); shape;
         shape = apr_hash_next(shape), count++) {
        const void *text;

        apr_hash_this(shape, &text, NULL, NULL);
        check(people, text, plan_of(people, text));
    }
    assert_true(count > 0);
}

/* ---- tests ---- */

static void no_scan(const unit_people_t *people, const char *text, const char *plan)
{
    if (is_a_scan(people, text, plan)) {
        fail_msg("%s\n%s", text, plan);
    }
}

static void scan(const unit_people_t *people, const char *text, const char *plan)
{
    if (!is_a_scan(people, text, plan)) {
        fail_msg("%s\n%s", text, plan);
    }
}

static void an_index_is_asked(void **state)
{
    static const char *const filters[] = {
        "userName eq \"3\"",
        "userName eq \"3\" and title co \"x\"",
        "externalId eq \"3\"",
        "externalId eq \"3\" and (title eq \"x\" or active eq true)",
        "id eq \"3\"",
        "emails eq \"3\"",
        "emails[type eq \"work\"].value eq \"3\"",
        "displayName eq \"3\"",
        "name.familyName eq \"3\"",
        "groups.value eq \"3\"",
        "userName eq \"3\" or userName eq \"4\"",
        "userName eq \"3\" or externalId eq \"3\" or emails eq \"3\" or id eq \"3\"",
        "(userName eq \"3\" or emails.value eq \"3\") and title co \"x\" and active eq true",
        "(userName eq \"3\" and title co \"x\") or (groups eq \"3\" and active eq false)",
        "emails eq \"3\" or emails eq \"4\" or groups eq \"3\" or groups eq \"4\"",
        "userName sw \"u3\"",
    };
    unit_people_t *people = crowd(unit_store(state));
    size_t i;

    for (i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
        braze_search_t search = {.limit = 10, .offset = 1, .with_total = 1};

        search.filter = unit_filter(filters[i], 0, people->store->pool);
        each_plan(people, &search, no_scan);
    }
}

/* What tells the two apart works: some filters cannot be had otherwise. */
static void what_no_index_knows_is_sought(void **state)
{
    unit_people_t *people = crowd(unit_store(state));
    braze_search_t search = {.limit = 0, .with_total = 1};

    search.filter = unit_filter("displayName ew \"x\"", 0, people->store->pool);
    each_plan(people, &search, scan);
}

/* SQLite sorts the page's few rows once more, and nothing but these. */
static void one_sort(const unit_people_t *people, const char *text, const char *plan)
{
    const char *sort = strstr(plan, "USE TEMP B-TREE");

    (void)people;
    if (!sort || strstr(sort + 1, "USE TEMP B-TREE")) {
        fail_msg("%s\n%s", text, plan);
    }
}

static void an_order_is_an_indexs(void **state)
{
    static const char *const sorts[] = {
        "id",           "displayName",      "name.givenName", "name.familyName",
        "meta.created", "meta.lastModified"};
    unit_people_t *people = crowd(unit_store(state));
    size_t i;

    for (i = 0; i < sizeof(sorts) / sizeof(*sorts); i++) {
        braze_search_t search = {.limit = 10};

        search.sort = unit_sort(sorts[i], 0, people->store->pool);
        for (search.descending = 0; search.descending <= 1; search.descending++) {
            search.after_id = search.after_key = NULL;
            each_plan(people, &search, one_sort);
            search.after_id = unit_id('c', people->store->pool);
            search.after_key = "n3";
            each_plan(people, &search, one_sort);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_index_is_asked),
        STORE_TEST(what_no_index_knows_is_sought),
        STORE_TEST_SQLITE(an_order_is_an_indexs),
    };

    return cmocka_run_group_tests_name("store search plan", tests, NULL, NULL);
}
