/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries over a real store: filters that SQL decides and filters that it does not, orders that it
 * knows and orders that it does not, pages by index, the root.
 */
#include <string.h>

#include <apr_strings.h>

#include "unit_scim.h"

#define MESSAGE "{\"schemas\":[\"" URN_SEARCH "\"]"

/* ---- filters and pages by index ---- */

typedef struct {
    const char *path, *wanted;
} case_t;

static void run_cases(unit_world_t *world, const case_t *cases, apr_size_t count)
{
    apr_size_t i;

    for (i = 0; i < count; i++) {
        const char *got = unit_list(world, cases[i].path);

        if (strcmp(got, cases[i].wanted) != 0) {
            print_error("%s:\n", cases[i].path);
        }
        assert_string_equal(got, cases[i].wanted);
    }
}

#define RUN(world, cases) run_cases(world, cases, sizeof(cases) / sizeof((cases)[0]))

static void filters(void **state)
{
    static const case_t cases[] = {
        {"/Users", "6: ann bob cat dan eve fay"},
        {"/Users?startIndex=2&count=3", "6: bob cat dan"},
        {"/Users?startIndex=7", "6:"},
        {"/Users?count=0", "6:"},
        /* Decided by SQL. */
        {"/Users?filter=userName gt \"bob\"", "4: cat dan eve fay"},
        {"/Users?filter=userName gt \"bob\"&count=2&startIndex=2", "4: dan eve"},
        {"/Users?filter=userName gt \"bob\"&count=0", "4:"},
        {"/Users?filter=active eq false", "1: cat"},
        {"/Users?filter=emails.value eq \"Q@X.EXAMPLE\"", "1: ann"},
        /* Not decided by SQL. */
        {"/Users?filter=title eq \"BAKER\"", "2: bob eve"},
        {"/Users?filter=title pr", "4: ann bob cat eve"},
        {"/Users?filter=title pr&startIndex=2&count=2", "4: bob cat"},
        {"/Users?filter=title pr&startIndex=4&count=2", "4: eve"},
        {"/Users?filter=title pr&startIndex=5&count=2", "4:"},
        {"/Users?filter=title pr&count=0", "4:"},
        {"/Users?filter=not (title pr)", "2: dan fay"},
        /* A part of each. */
        {"/Users?filter=title pr and userName gt \"ann\"", "3: bob cat eve"},
        {"/Users?filter=title eq \"chef\" or userName eq \"fay\"", "2: ann fay"},
        {"/Users?filter=not (title eq \"chef\" or userName eq \"fay\")", "4: bob cat dan eve"},
        {"/Users?filter=emails[type eq \"work\" and value eq \"b@x.example\"]", "1: ann"},
        {"/Users?filter=emails[type eq \"work\" and value eq \"q@x.example\"]", "0:"},
        {"/Users?filter=emails[type eq \"home\"].value eq \"a@x.example\"", "1: bob"},
        /* Groups, direct and not. */
        {"/Users?filter=groups.display eq \"STAFF\"", "2: ann bob"},
        {"/Users?filter=groups.display eq \"everybody\"", "3: ann bob eve"},
        {"/Users?filter=groups[display eq \"everybody\" and type eq \"indirect\"]", "2: ann bob"},
        {"/Users?filter=not (groups pr)", "3: cat dan fay"},
        {"/Groups", "2: staff Everybody"},
        {"/Groups?filter=displayName eq \"EVERYBODY\"", "1: Everybody"},
        {"/Groups?filter=members.display eq \"staff\"", "1: Everybody"},
        {"/Groups?filter=members.type eq \"User\"", "2: staff Everybody"},
        {"/Groups?filter=members[type eq \"Group\"]", "1: Everybody"},
        {"/Groups?filter=members.$ref ew \"x\"", "0:"},
        {"/Groups?filter=userName pr", "!400 invalidFilter"},
        {"/Users?filter=members pr", "!400 invalidFilter"}};

    unit_world_t *world = unit_world(state);

    unit_populate(world);
    RUN(world, cases);
}

static void filters_by_id(void **state)
{
    unit_world_t *world = unit_world(state);
    unit_people_t people = unit_populate(world);

    assert_string_equal(
        unit_list(world, apr_psprintf(world->pool, "/Groups?filter=members eq \"%s\"", people.ann)),
        "1: staff");
    assert_string_equal(
        unit_list(world,
                  apr_psprintf(world->pool, "/Users?filter=groups.value eq \"%s\"", people.staff)),
        "2: ann bob");
    assert_string_equal(unit_list(world, apr_psprintf(world->pool,
                                                      "/Users?filter=groups.value eq \"%s\" and "
                                                      "title eq \"chef\"",
                                                      people.all)),
                        "1: ann");
}

/* ---- order ---- */

static void orders(void **state)
{
    static const case_t cases[] = {
        /* SQL knows these; who has none comes last, descending first. */
        {"/Users?sortBy=userName&sortOrder=descending", "6: fay eve dan cat bob ann"},
        {"/Users?sortBy=displayName", "6: fay dan bob ann cat eve"},
        {"/Users?sortBy=displayName&sortOrder=descending", "6: eve cat ann bob dan fay"},
        {"/Users?sortBy=displayName&startIndex=2&count=2", "6: dan bob"},
        {"/Users?sortBy=displayName&filter=title pr", "4: bob ann cat eve"},
        {"/Users?sortBy=displayName&filter=title pr&startIndex=2&count=2", "4: ann cat"},
        {"/Users?sortBy=meta.created&sortOrder=descending&count=2", "6: fay eve"},
        {"/Users?sortBy=id", "6: ann bob cat dan eve fay"},
        /* And not these; equal ones by id. */
        {"/Users?sortBy=title", "6: cat bob eve ann dan fay"},
        {"/Users?sortBy=title&sortOrder=descending", "6: fay dan ann eve bob cat"},
        {"/Users?sortBy=title&startIndex=2&count=2", "6: bob eve"},
        {"/Users?sortBy=title&sortOrder=descending&startIndex=2&count=2", "6: dan ann"},
        {"/Users?sortBy=title&startIndex=7", "6:"},
        {"/Users?sortBy=title&sortOrder=descending&startIndex=7", "6:"},
        {"/Users?sortBy=title&count=0", "6:"},
        {"/Users?sortBy=title&filter=active eq true", "5: bob eve ann dan fay"},
        {"/Users?sortBy=title&filter=nickName pr", "2: eve dan"},
        /* The primary value, or else the first. */
        {"/Users?sortBy=emails&filter=emails pr", "3: bob ann eve"},
        {"/Users?sortBy=emails.value&filter=emails pr", "3: bob ann eve"},
        {"/Users?sortBy=emails.type&filter=emails pr", "3: bob ann eve"},
        {"/Users?sortBy=groups.display&filter=groups pr", "3: eve ann bob"},
        {"/Groups?sortBy=displayName", "2: Everybody staff"},
        /* Without sortBy there is nothing to turn around. */
        {"/Users?sortOrder=descending&count=2", "6: ann bob"},
        {"/Users?sortBy=nope", "!400 invalidValue"},
        {"/Users?sortBy=name", "!400 invalidValue"},
        {"/Users?sortBy=password", "!400 invalidValue"},
        {"/Users?sortBy=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
         "!400 invalidValue"},
        {"/Groups?sortBy=userName", "!400 invalidValue"},
        {"/Users?sortBy=userName&sortOrder=sideways", "!400 invalidValue"}};

    unit_world_t *world = unit_world(state);

    unit_populate(world);
    RUN(world, cases);
}

/* ---- the root ---- */

static void root(void **state)
{
    static const case_t cases[] = {
        {"/", "8: ann bob cat dan eve fay staff Everybody"},
        {"?startIndex=5&count=3", "8: eve fay staff"},
        {"?startIndex=7&count=5", "8: staff Everybody"},
        {"?startIndex=8&count=1", "8: Everybody"},
        {"?startIndex=9", "8:"},
        {"?count=0", "8:"},
        {"?filter=displayName sw \"x\" or displayName sw \"s\"", "2: dan staff"},
        {"?filter=meta.resourceType eq \"Group\"", "2: staff Everybody"},
        {"?filter=meta.resourceType eq \"User\" and title eq \"chef\"", "1: ann"},
        /* What only one type has does not match in the other, and is absent there. */
        {"?filter=userName sw \"b\"", "1: bob"},
        {"?filter=members pr", "2: staff Everybody"},
        {"?filter=userName eq \"eve\" or members.display eq \"YAN\"", "2: eve staff"},
        {"?filter=not (userName pr)", "2: staff Everybody"},
        {"?filter=title ne \"baker\" and id pr", "6: ann cat dan fay staff Everybody"},
        {"?filter=title pr&startIndex=3&count=3", "4: cat eve"},
        {"?filter=urn:ietf:params:scim:schemas:core:2.0:User:displayName pr", "4: ann bob dan fay"},
        {"?filter=meta.resourceType ne \"User\"", "2: staff Everybody"},
        {"?filter=not (meta.resourceType eq \"User\") or userName eq \"ann\"",
         "3: ann staff Everybody"},
        {"?filter=not (meta.resourceType eq \"User\" and title pr)", "4: dan fay staff Everybody"},
        {"?filter=meta.resourceType pr and not (members pr)", "6: ann bob cat dan eve fay"},
        {"?filter=meta.resourceType eq \"Robot\"", "0:"},
        {"?filter=meta.resourceType eq \"Group\"&sortBy=displayName&sortOrder=descending",
         "2: staff Everybody"},
        {"/Users?filter=meta.resourceType eq \"Group\"", "0:"},
        {"/Users?filter=meta.resourceType eq \"User\" and userName eq \"ann\"", "1: ann"},
        {"?filter=nope pr", "!400 invalidFilter"},
        /* One order over both. */
        {"?sortBy=displayName", "8: fay Everybody staff dan bob ann cat eve"},
        {"?sortBy=displayName&startIndex=2&count=2", "8: Everybody staff"},
        {"?sortBy=meta.created&sortOrder=descending&count=3", "8: Everybody staff fay"},
        {"?sortBy=userName&sortOrder=descending&count=3", "8: Everybody staff fay"},
        {"?sortBy=nope", "!400 invalidValue"}};

    unit_world_t *world = unit_world(state);

    unit_populate(world);
    RUN(world, cases);
    unit_ask(world, "POST", "/.search",
             MESSAGE ",\"filter\":\"displayName sw \\\"s\\\"\",\"attributes\":[\"displayName\"]}");
    assert_string_equal(unit_outcome(world), "1: staff");
    assert_null(strstr(world->response->body, "members"));
    unit_ask(world, "POST", "/Groups/.search", MESSAGE ",\"count\":1,\"startIndex\":2}");
    assert_string_equal(unit_outcome(world), "2: Everybody");
    unit_ask(world, "POST", "/.search", MESSAGE ",\"filter\":\"userName eq 1\"}");
    assert_string_equal(unit_outcome(world), "!400 invalidFilter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORE_TEST(filters), STORE_TEST(filters_by_id),
                                       STORE_TEST(orders), STORE_TEST(root)};

    return cmocka_run_group_tests_name("scim_search", tests, NULL, NULL);
}
