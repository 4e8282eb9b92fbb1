/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters as SQL: who is found, held against who should be, by tables for what is known beforehand
 * and against braze_filter_match for what chance puts together.
 */
#include "unit_search.h"

#include <string.h>

#include <apr_strings.h>

#include "src/store/search_int.h"

/* ---- who is found ---- */

typedef struct {
    const char *filter,
        *found; /* letters by id, of unit_people_all; of an inexact filter: at least */
    int exact;
} case_t;

#define E 1
#define LOOSE 0

static const case_t user_cases[] = {
    /* names: by key */
    {"userName eq \"ADA@X.EXAMPLE\"", "a", E},
    {"userName eq \"ada\"", "", E},
    {"userName eq \" bob \"", "b", E},
    {"userName eq \"iva\"", "i", E},
    {"userName ne \"bob\"", "acdefghi", E},
    {"userName eq \"\u00c7EL\u0130K@x.example\"", "", E}, /* a dotted I folds to another text */
    {"userName eq \"\u00c7ELIK@x.example\"", "c", E},
    {"userName pr", "abcdefghi", E},
    {"userName eq null", "", E},
    {"displayName eq \"ada LOVELACE\"", "adi", E},
    {"displayName ne \"ada LOVELACE\"", "bcefgh", E},
    {"not (displayName eq \"ada LOVELACE\")", "bcefgh", E},
    {"not (displayName ne \"ada LOVELACE\")", "adi", E},
    {"displayName pr", "acdefi", E},
    {"not (displayName pr)", "bgh", E},
    {"displayName eq null", "bgh", E},
    {"displayName ne null", "acdefi", E},
    {"name.familyName eq \"stra\u00dfe\"", "fg", E},
    {"name.familyName eq \"\u00c7ELIK\"", "c", E}, /* composed and decomposed */
    {"name.givenName eq \"ada\"", "ai", E},
    {"name.givenName ne \"ada\"", "bcdefgh", E},
    /* parts: of the text as it is, white space included */
    {"displayName co \"love\"", "adi", E},
    {"displayName co \"a l\"", "adi", E},
    {"not (displayName co \"love\")", "bcefgh", E},
    {"displayName sw \"ADA\"", "ad", E},
    {"not (displayName sw \"ADA\")", "bcefghi", E},
    {"displayName ew \"LACE\"", "ad", E},
    {"not (displayName ew \"LACE\")", "bcefghi", E},
    {"displayName sw \"  ada\"", "i", LOOSE},
    {"displayName sw \"ada lovelace and more\"", "", E},
    {"name.givenName sw \"\u00fc\"", "c", E},
    {"name.givenName sw \"\U0010FFFF\"", "f", E}, /* the last character has no successor */
    {"name.givenName sw \"\uD7FF\"", "g", E},     /* the next would be half a surrogate pair */
    {"displayName sw \"\U0001F600\"", "f", E},
    {"name.familyName ew \"SSE\"", "fg", E},
    {"userName ew \"\u3000\"", "i", LOOSE},
    {"userName co \"\"", "abcdefghi", LOOSE},
    /* what is a sign elsewhere is a character here */
    {"displayName co \"%\"", "e", E},
    {"displayName co \"_\"", "e", E},
    {"displayName sw \"1%\"", "", E},
    {"displayName co \"'\"", "e", E},
    {"displayName ew \"\\\\\"", "e", E},
    {"userName eq \"E%_'--\"", "e", E},
    {"externalId eq \"%s $1 ?1\"", "e", E},
    {"userName eq \"' OR '1'='1\"", "", E},
    {"userName eq \"x'; DELETE FROM braze_user; --\"", "", E},
    /* order: of the key's bytes */
    {"userName lt \"bob\"", "a", E},
    {"userName le \"BOB\"", "ab", E},
    {"userName gt \"iva\"", "c", E}, /* c-cedilla is beyond ASCII */
    {"userName ge \"iva\"", "ci", E},
    {"name.familyName gt \"lovelace\"", "cfg", E},
    {"not (name.familyName gt \"lovelace\")", "abdehi", E},
    {"name.familyName lt \"m\"", "a", LOOSE},
    /* bytes */
    {"externalId eq \"ext-1\"", "c", E},
    {"externalId eq \"Ext-1\"", "a", E},
    {"externalId sw \"Ext\"", "ad", E},
    {"externalId sw \"ext\"", "c", E},
    {"externalId co \"xt-\"", "acd", E},
    {"externalId pr", "acde", E},
    {"not (externalId pr)", "bfghi", E},
    {"externalId ne \"Ext-1\"", "bcdefghi", E},
    {"externalId eq \"\"", "h", LOOSE},
    {"id eq \"00000000-00000000-00000000-00000003\"", "d", E},
    {"id ew \"3\"", "d", E},
    {"id sw \"00000000-\"", "abcdefghi", E},
    {"id co \"\"", "abcdefghi", E},
    {"id ew \"\"", "abcdefghi", E},
    {"id gt \"00000000-00000000-00000000-00000006\"", "hi", E},
    {"id pr", "abcdefghi", E},
    /* truth */
    {"active eq true", "acdefhi", E},
    {"active eq false", "bg", E},
    {"active ne true", "bg", E},
    {"not (active eq true)", "bg", E},
    {"active pr", "abcdefghi", E},
    {"active eq null", "", E},
    /* instants: UNIT_NOW is 2027-01-15T08:00:00Z */
    {"meta.created eq \"2027-01-15T08:00:00.003Z\"", "d", E},
    {"meta.created eq \"2027-01-15T09:00:00.003+01:00\"", "d", E},
    {"meta.created eq \"2027-01-15T08:00:00.0030001Z\"", "d", E}, /* finer than microseconds */
    {"meta.created eq \"2027-01-15T08:00:00.003001Z\"", "", E},
    {"meta.created ne \"2027-01-15T08:00:00.003001Z\"", "abcdefghi", E},
    {"meta.created ne \"2027-01-15T08:00:00.003Z\"", "abcefghi", E},
    {"meta.created gt \"2027-01-15T08:00:00.006Z\"", "hi", E},
    {"meta.created gt \"2027-01-15T08:00:00.006999Z\"", "hi", E},
    {"meta.created ge \"2027-01-15T08:00:00.007Z\"", "hi", E},
    {"meta.created ge \"2027-01-15T08:00:00.006001Z\"", "hi", E},
    {"meta.created lt \"2027-01-15T08:00:00.001Z\"", "a", E},
    {"meta.created lt \"2027-01-15T08:00:00.000001Z\"", "a", E},
    {"meta.created le \"2027-01-15T08:00:00.001999Z\"", "ab", E},
    {"not (meta.created le \"2027-01-15T08:00:00.001999Z\")", "cdefghi", E},
    {"meta.lastModified gt \"2027-01-15T08:00:00.006Z\"", "hi", E},
    {"meta.created co \"08:00:00.00\"", "abcdefghi", LOOSE},
    {"meta pr", "abcdefghi", E},
    {"meta.resourceType eq \"User\"", "abcdefghi", E},
    {"meta.resourceType eq \"Group\"", "", E},
    {"meta.resourceType ne \"Group\"", "abcdefghi", E},
    /* e-mails */
    {"emails eq \"ada@X.example\"", "adi", LOOSE},
    {"emails.value eq \"c2@x.example\"", "c", LOOSE},
    {"emails.value eq \"NO ADDRESS\"", "e", LOOSE},
    {"emails[type eq \"work\"].value eq \"ada@x.example\"", "a", LOOSE},
    {"emails[type eq \"work\" and (value eq \"c1@x.example\" or value eq \"bob\")]", "c", LOOSE},
    {"emails.value ne \"ada@x.example\"", "bcdefgh", LOOSE},
    {"not (emails eq \"ada@x.example\")", "bcefgh", LOOSE},
    {"emails pr", "acdei", LOOSE},
    {"emails[not (type eq \"work\")]", "cdei", LOOSE},
    /* groups: A = a, b, B; B = c, C; C = d, A; E = e; F = E, e */
    {"groups eq \"00000000-00000000-00000000-0000000b\"", "abcd", E},
    {"groups.value eq \"00000000-00000000-00000000-00000009\"", "abcd", E},
    {"groups[value eq \"00000000-00000000-00000000-0000000D\"]", "e", E},
    {"groups.value eq \"00000000-00000000-00000000-0000000e\"", "e", E},
    {"groups.value eq \"00000000-00000000-00000000-0000000c\"", "", E},
    {"groups.value eq \"00000000-00000000-00000000-00000000\"", "", E},
    {"groups.value eq \"\"", "", E},
    {"not (groups.value eq \"00000000-00000000-00000000-0000000b\")", "efghi", E},
    {"not (groups[value eq \"00000000-00000000-00000000-0000000b\" or "
     "value eq \"00000000-00000000-00000000-0000000d\"])",
     "fghi", E},
    {"groups pr", "abcde", E},
    {"not (groups pr)", "fghi", E},
    {"groups[type eq \"direct\" and value eq \"00000000-00000000-00000000-0000000b\"]", "ab",
     LOOSE},
    /* what has no column */
    {"title eq \"director\"", "g", LOOSE},
    {"not (title pr)", "abcdefhi", LOOSE},
    {"name pr", "acefgi", LOOSE},
    {"name[givenName eq \"ada\"]", "ai", LOOSE},
    /* together */
    {"userName eq \"bob\" or externalId eq \"Ext-1\" or displayName sw \"\U0001F600\"", "abf", E},
    {"userName eq \"bob\" or userName eq \"g\" or userName eq \"nobody\"", "bg", E},
    {"not (userName eq \"bob\" or userName eq \"g\")", "acdefhi", E},
    {"displayName eq \"ada lovelace\" and not (externalId eq \"Ext-1\")", "di", E},
    {"userName eq \"g\" and title eq \"director\"", "g", LOOSE},
    {"userName eq \"g\" or title eq \"director\"", "g", LOOSE},
    {"title eq \"director\" and active eq false", "g", LOOSE},
    {"active eq true or title eq \"x\" or id pr", "abcdefghi", E},
    {"id eq null and title eq \"director\"", "", E},
    {"(userName eq \"bob\" or emails eq \"ada@x.example\") and active eq false", "b", LOOSE},
    {"userName eq \"bob\" or groups eq \"00000000-00000000-00000000-0000000d\" or "
     "emails eq \"c2@x.example\"",
     "bce", LOOSE},
    {"(userName eq \"bob\" and active eq false) or (userName eq \"g\" and active eq true)", "b", E},
};

static const case_t group_cases[] = {
    {"displayName eq \"editors\"", "AB", E},
    {"displayName ne \"editors\"", "CDEF", E},
    {"displayName sw \"e\"", "AB", E},
    {"displayName eq \"E\u0301MPTY\"", "D", E},
    {"displayName gt \"inner\"", "DEF", E},
    {"displayName lt \"inner\"", "AB", E},
    {"displayName co \"\u00e9\"", "D", E},
    {"displayName pr", "ABCDEF", E},
    {"externalId eq \"g-1\"", "A", E},
    {"externalId eq \"G-1\"", "", E},
    {"not (externalId pr)", "CDEF", E},
    {"id eq \"00000000-00000000-00000000-00000009\"", "C", E},
    {"members eq \"00000000-00000000-00000000-00000000\"", "A", E},
    {"members.value eq \"00000000-00000000-00000000-00000003\"", "C", E},  /* direct ones only */
    {"members[value eq \"00000000-00000000-00000000-0000000a\"]", "A", E}, /* a group */
    {"members.value eq \"00000000-00000000-00000000-0000000D\"", "", E},   /* caseExact */
    {"not (members eq \"00000000-00000000-00000000-00000000\")", "BCDEF", E},
    {"members eq \"00000000-00000000-00000000-00000000\" or "
     "members eq \"00000000-00000000-00000000-00000002\"",
     "AB", E},
    {"members[value eq \"00000000-00000000-00000000-00000000\" or "
     "value eq \"00000000-00000000-00000000-00000002\"]",
     "AB", E},
    {"not (members[value eq \"00000000-00000000-00000000-00000000\" or "
     "value eq \"00000000-00000000-00000000-00000002\"])",
     "CDEF", E},
    {"members[value eq \"00000000-00000000-00000000-00000000\" and type eq \"Group\"]", "", LOOSE},
    /* not the same element: A has both */
    {"members[value eq \"00000000-00000000-00000000-00000000\" and "
     "value eq \"00000000-00000000-00000000-00000001\"]",
     "", LOOSE},
    {"members pr", "ABCEF", E},
    {"members eq null", "D", LOOSE},
    {"meta.created eq \"2027-01-15T08:00:00.004Z\"", "EF", E},
    {"meta.lastModified gt \"2027-01-15T08:00:00.004Z\"", "C", E},
    {"meta.resourceType eq \"Group\"", "ABCDEF", E},
    {"meta.resourceType eq \"User\"", "", E},
};

static const char *sorted(const char *letters, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, letters), *p, *q, c;

    for (p = copy; *p; p++) {
        for (q = p + 1; *q; q++) {
            if (*q < *p) {
                c = *p, *p = *q, *q = c;
            }
        }
    }
    return copy;
}

static int has_all(const char *letters, const char *wanted)
{
    for (; *wanted; wanted++) {
        if (!strchr(letters, *wanted)) {
            return 0;
        }
    }
    return 1;
}

static void run_cases(void **state, const case_t *cases, size_t count, int is_group)
{
    unit_store_t *store = unit_store(state);
    unit_people_t *people = unit_people_all(store);
    size_t i;
    int wrong = 0;

    for (i = 0; i < count; i++) {
        braze_search_t search = {.limit = 100, .with_total = 1};
        braze_found_t found;
        const char *letters;

        search.filter = unit_filter(cases[i].filter, is_group, store->pool);
        unit_search(&found, people, is_group, &search, store->pool);
        letters = sorted(unit_letters(&found, is_group, store->pool), store->pool);
        if (found.exact != cases[i].exact || found.total != found.rows->nelts ||
            found.exact != braze_store_filter_exact(search.filter, is_group) ||
            (found.exact ? strcmp(letters, cases[i].found) != 0
                         : !has_all(letters, cases[i].found))) {
            print_error("%s: %s%s, not %s%s\n", cases[i].filter, letters,
                        found.exact ? "" : " (loosely)", cases[i].found,
                        cases[i].exact ? "" : " (loosely)");
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void users_are_found(void **state)
{
    run_cases(state, user_cases, sizeof(user_cases) / sizeof(*user_cases), 0);
}

static void groups_are_found(void **state)
{
    run_cases(state, group_cases, sizeof(group_cases) / sizeof(*group_cases), 1);
}

/* What is loose is as tight as an index makes it: nobody reads the company for one e-mail. */
static void loose_is_not_everything(void **state)
{
    static const case_t cases[] = {
        {"emails[type eq \"home\" and value eq \"c1@x.example\"]", "c", LOOSE},
        {"emails eq \"ada@x.example\" and title eq \"x\"", "adi", LOOSE},
        {"userName eq \"bob\" and (title eq \"x\" or nickName pr)", "b", LOOSE},
        {"not (not (userName eq \"bob\" and title eq \"x\"))", "b", LOOSE},
        {"members[type eq \"User\" and value eq \"00000000-00000000-00000000-00000004\"]", "EF",
         LOOSE},
    };
    unit_store_t *store = unit_store(state);
    unit_people_t *people = unit_people_all(store);
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int is_group = cases[i].filter[0] == 'm';
        braze_search_t search = {.limit = 100};
        braze_found_t found;

        search.filter = unit_filter(cases[i].filter, is_group, store->pool);
        unit_search(&found, people, is_group, &search, store->pool);
        assert_string_equal(sorted(unit_letters(&found, is_group, store->pool), store->pool),
                            cases[i].found);
        assert_int_equal(found.exact, 0);
        assert_int_equal(found.total, -1);
    }
}

/* ---- the text ---- */

static const char *text_of(const char *filter, apr_array_header_t **args, apr_pool_t *pool)
{
    sql_t sql = {.engine = BRAZE_ENGINE_SQLITE, .pool = pool};

    sql.buf = braze_buf_new(256, pool);
    sql.args = apr_array_make(pool, 4, sizeof(const void *));
    APR_ARRAY_PUSH(sql.args, const void *) = "the company";
    store_sql_condition(&sql, store_cond_of(unit_filter(filter, 0, pool), 0, pool));
    *args = sql.args;
    return sql.buf->data;
}

static void values_are_never_in_the_text(void **state)
{
    static const char *const operators[] = {"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"};
    static const char *const names[] = {"userName", "displayName", "externalId", "id"};
    unit_store_t *store = unit_store(state);
    size_t op, name;

    for (op = 0; op < sizeof(operators) / sizeof(*operators); op++) {
        for (name = 0; name < sizeof(names) / sizeof(*names); name++) {
            apr_array_header_t *args;
            const char *one = text_of(
                apr_psprintf(store->pool, "%s %s \"w'or\\\"zq\"", names[name], operators[op]),
                &args, store->pool);
            const char *other =
                text_of(apr_psprintf(store->pool, "%s %s \"another\"", names[name], operators[op]),
                        &args, store->pool);

            assert_string_equal(one, other);
            assert_null(strstr(one, "zq"));
        }
    }
}

/* How many are asked for does not make another statement. */
static void many_values_are_one_parameter(void **state)
{
    unit_store_t *store = unit_store(state);
    apr_array_header_t *args;
    const char *two =
        text_of("userName eq \"a\" or userName eq \"b\" or userName eq \"A\"", &args, store->pool);
    const char *many;

    assert_int_equal(args->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(args, 1, const char *), "[\"a\",\"b\"]");
    many = text_of("(userName eq \"a\" or (userName eq \"b\" or userName eq \"c\")) or "
                   "userName eq \"d\"",
                   &args, store->pool);
    assert_string_equal(two, many);
    many = text_of("userName ne \"a\" and userName ne \"b\"", &args, store->pool);
    assert_int_equal(args->nelts, 2);
    two = text_of("not (userName eq \"c\" or userName eq \"d\" or userName eq \"e\")", &args,
                  store->pool);
    assert_string_equal(two, many);
    /* Both at once cannot be one of several. */
    (void)text_of("userName eq \"a\" and userName eq \"b\"", &args, store->pool);
    assert_int_equal(args->nelts, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(users_are_found),
        STORE_TEST(groups_are_found),
        STORE_TEST(loose_is_not_everything),
        STORE_TEST_SQLITE(values_are_never_in_the_text),
        STORE_TEST_SQLITE(many_values_are_one_parameter),
    };

    return cmocka_run_group_tests_name("store filter sql", tests, NULL, NULL);
}
