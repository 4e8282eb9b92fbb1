/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters that chance puts together: nobody whom braze_filter_match takes may be missing from what
 * SQL finds, and nobody may be too many where SQL says that it decides alone. The seed is fixed.
 */
#include "unit_search.h"

#include <string.h>

#include <apr_strings.h>

#include "src/store/store_int.h"

#define MORE_PEOPLE 30
#define MORE_GROUPS 6
#define FILTERS 1500
#define DEPTH 4

typedef struct {
    apr_uint32_t state;
    apr_pool_t *pool; /* of one filter */
    int is_group;
} chance_t;

static int chance(chance_t *chance, int below)
{
    chance->state = chance->state * 1664525u + 1013904223u;
    return (int)((chance->state >> 8) % (apr_uint32_t)below);
}

#define ONE_OF(c, list) (list)[chance(c, (int)(sizeof(list) / sizeof(*(list))))]

/* ---- who there is ---- */

static const char *const names[] = {"Ada",
                                    "ADA Lovelace",
                                    "ada lovelace",
                                    " Ada",
                                    "Ada\u3000",
                                    "Stra\u00dfe",
                                    "STRASSE",
                                    "strasse 1",
                                    "Zo\u00eb",
                                    "Zoe\u0308",
                                    "\u00c7elik",
                                    "\u0130stanbul",
                                    "\U0001F600",
                                    "\uD7FF",
                                    "\U0010FFFF",
                                    "100%",
                                    "_",
                                    "o'neil",
                                    "\\",
                                    "\u00c5ngstrom",
                                    "\u212bngstrom",
                                    "a b",
                                    "a  b",
                                    "Lovelace",
                                    "\u03a3\u0391\u03a3",
                                    "\u03c3\u03b1\u03c2",
                                    "\ufb01n",
                                    "fin",
                                    "%s$1?1",
                                    "b"};

static const char *const emails[] = {"ada@x.example", "ADA@X.example", " ada@x.example",
                                     "b@y.example",   "no address",    "stra\u00dfe@z.example"};

static const char *const externals[] = {"Ext-1", "ext-1", "EXT-1", "%s", "7", "\u00e9"};

static void put_member(braze_json_t *object, const char *name, const char *value)
{
    braze_json_set_string(object, name, value);
}

static const char *random_user(chance_t *c, int number, apr_pool_t *pool)
{
    static const char *const types[] = {"work", "home", "other"};
    braze_json_t *user = braze_json_object(pool), *name = braze_json_object(pool);
    braze_json_t *list = braze_json_array(pool);
    int i, count = chance(c, 4) - 1;

    put_member(
        user, "userName",
        apr_psprintf(pool, chance(c, 3) ? "%s%d" : "%s%d@x.example", ONE_OF(c, names), number));
    put_member(user, "displayName", chance(c, 4) ? ONE_OF(c, names) : chance(c, 2) ? "" : NULL);
    put_member(user, "externalId", chance(c, 3) ? ONE_OF(c, externals) : chance(c, 2) ? "" : NULL);
    put_member(name, "givenName", chance(c, 3) ? ONE_OF(c, names) : NULL);
    put_member(name, "familyName", chance(c, 3) ? ONE_OF(c, names) : chance(c, 2) ? "" : NULL);
    if (chance(c, 4)) {
        braze_json_set(user, "name", name);
    }
    put_member(user, "title", chance(c, 2) ? ONE_OF(c, names) : NULL);
    for (i = 0; i < count; i++) {
        braze_json_t *email = braze_json_object(pool);

        put_member(email, "value", ONE_OF(c, emails));
        put_member(email, "type", chance(c, 4) ? ONE_OF(c, types) : NULL);
        braze_json_append(list, email);
    }
    if (count >= 0) {
        braze_json_set(user, "emails", list);
    }
    return braze_json_text(user, pool);
}

static void add_more(unit_people_t *people, chance_t *c)
{
    apr_pool_t *pool = people->store->pool;
    const char *users[MORE_PEOPLE], *members[8], *group = NULL;
    int i, j;

    for (i = 0; i < MORE_PEOPLE; i++) {
        users[i] =
            unit_search_user(people, random_user(c, i, pool), chance(c, 3) > 0, chance(c, 9));
    }
    for (i = 0; i < MORE_GROUPS; i++) {
        braze_json_t *json = braze_json_object(pool);
        int count = chance(c, 5);

        put_member(json, "displayName", ONE_OF(c, names));
        put_member(json, "externalId", chance(c, 2) ? ONE_OF(c, externals) : NULL);
        for (j = 0; j < count; j++) {
            members[j] = users[chance(c, MORE_PEOPLE)];
        }
        if (group && chance(c, 2)) {
            members[j++] = group;
        }
        members[j] = NULL;
        group = unit_search_group(people, braze_json_text(json, pool), chance(c, 9), members);
    }
}

/* ---- what is asked ---- */

static const char *quoted(const char *text, apr_pool_t *pool)
{
    braze_buf_t *buf = braze_buf_new(32, pool);

    braze_buf_put_json_string(buf, text);
    return buf->data;
}

static int is_inside(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* A part of it, in other letters, with white space around: as people ask. */
static const char *bent(chance_t *c, const char *text)
{
    char *copy = apr_pstrdup(c->pool, text), *p;

    switch (chance(c, 6)) {
    case 0:
        for (p = copy; *p; p++) {
            *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
        }
        return copy;
    case 1: /* the beginning */
        p = copy + chance(c, (int)strlen(copy) + 1);
        while (is_inside(*p)) {
            p++;
        }
        *p = '\0';
        return copy;
    case 2: /* the end */
        p = copy + chance(c, (int)strlen(copy) + 1);
        while (is_inside(*p)) {
            p++;
        }
        return p;
    case 3:
        return apr_pstrcat(c->pool, chance(c, 2) ? " " : "", text, chance(c, 2) ? " " : "", NULL);
    default:
        return copy;
    }
}

static const char *random_id(chance_t *c)
{
    return apr_psprintf(c->pool,
                        chance(c, 9) ? "00000000-00000000-00000000-%08x"
                                     : "00000000-00000000-00000000-%08X",
                        (unsigned)chance(c, 15 + MORE_PEOPLE + MORE_GROUPS));
}

static const char *random_group_id(chance_t *c)
{
    return apr_psprintf(c->pool, "00000000-00000000-00000000-%08x",
                        (unsigned)chance(c, 6) + (chance(c, 2) ? 9 : 15 + MORE_PEOPLE));
}

static const char *random_op(chance_t *c)
{
    static const char *const ops[] = {"eq", "eq", "eq", "ne", "co", "sw",
                                      "ew", "gt", "ge", "lt", "le"};

    return ONE_OF(c, ops);
}

static const char *random_time(chance_t *c)
{
    static const char *const rest[] = {"", "", "000", "001", "999", "0000001"};

    return apr_psprintf(c->pool, "2027-01-15T08:00:00.%03d%sZ", chance(c, 10), ONE_OF(c, rest));
}

static const char *text_test(chance_t *c, const char *attr, const char *value)
{
    switch (chance(c, 10)) {
    case 0:
        return apr_psprintf(c->pool, "%s pr", attr);
    case 1:
        return apr_psprintf(c->pool, "%s %s null", attr, chance(c, 2) ? "eq" : "ne");
    default:
        return apr_psprintf(c->pool, "%s %s %s", attr, random_op(c), quoted(value, c->pool));
    }
}

static const char *element_test(chance_t *c, int depth, const char *value)
{
    static const char *const types[] = {"work", "HOME", "direct", "indirect", "User", "Group"};

    if (depth > 0 && chance(c, 2)) {
        const char *left = element_test(c, depth - 1, value);
        const char *right = element_test(c, depth - 1, bent(c, value));

        return chance(c, 3)
                   ? apr_psprintf(c->pool, "(%s %s %s)", left, chance(c, 2) ? "and" : "or", right)
                   : apr_psprintf(c->pool, "not (%s)", left);
    }
    return chance(c, 3) ? text_test(c, "value", value) : text_test(c, "type", ONE_OF(c, types));
}

static const char *several_test(chance_t *c)
{
    const char *attr = c->is_group ? "members" : chance(c, 2) ? "emails" : "groups";
    const char *value = *attr == 'e'   ? bent(c, ONE_OF(c, emails))
                        : *attr == 'g' ? random_group_id(c)
                                       : random_id(c);

    switch (chance(c, 4)) {
    case 0:
        return apr_psprintf(c->pool, "%s[%s]", attr, element_test(c, 2, value));
    case 1:
        return text_test(c, attr, value);
    case 2:
        return apr_psprintf(c->pool, "%s.value eq %s", attr, quoted(value, c->pool));
    default:
        return text_test(c, apr_pstrcat(c->pool, attr, ".value", NULL), value);
    }
}

static const char *random_test(chance_t *c)
{
    static const char *const user_names[] = {"userName", "displayName", "name.givenName",
                                             "name.familyName", "title"};

    switch (chance(c, 9)) {
    case 0:
    case 1:
        return several_test(c);
    case 2:
        return text_test(c, "externalId", bent(c, ONE_OF(c, externals)));
    case 3:
        return text_test(c, "id", bent(c, random_id(c)));
    case 4:
        return apr_psprintf(c->pool, "%s %s \"%s\"",
                            chance(c, 2) ? "meta.created" : "meta.lastModified", random_op(c),
                            random_time(c));
    case 5:
        if (!c->is_group) {
            return apr_psprintf(c->pool, "active %s %s", chance(c, 2) ? "eq" : "ne",
                                chance(c, 2) ? "true" : "false");
        }
        return chance(c, 2) ? "meta.resourceType eq \"Group\"" : "meta.resourceType ne \"Group\"";
    default:
        return text_test(c, c->is_group ? "displayName" : ONE_OF(c, user_names),
                         bent(c, ONE_OF(c, names)));
    }
}

static const char *random_filter(chance_t *c, int depth)
{
    const char *left;

    if (depth == 0 || chance(c, 3) == 0) {
        return random_test(c);
    }
    left = random_filter(c, depth - 1);
    switch (chance(c, 5)) {
    case 0:
        return apr_psprintf(c->pool, "not (%s)", left);
    case 1:
    case 2:
        return apr_psprintf(c->pool, "(%s and %s)", left, random_filter(c, depth - 1));
    default:
        return apr_psprintf(c->pool, "(%s or %s)", left, random_filter(c, depth - 1));
    }
}

/* ---- the comparison ---- */

typedef struct {
    apr_array_header_t *ids;   /* of const char * */
    apr_array_header_t *shown; /* of braze_json_t * */
} all_t;

static void load_all(all_t *all, const unit_people_t *people, int is_group)
{
    apr_pool_t *pool = people->store->pool;
    braze_search_t search = {.limit = 1000};
    braze_found_t found;
    int i;

    unit_search(&found, people, is_group, &search, pool);
    all->ids = apr_array_make(pool, found.rows->nelts, sizeof(const char *));
    all->shown = apr_array_make(pool, found.rows->nelts, sizeof(braze_json_t *));
    for (i = 0; i < found.rows->nelts; i++) {
        void *row = APR_ARRAY_IDX(found.rows, i, void *);

        APR_ARRAY_PUSH(all->ids, const char *) = unit_row_id(&found, i, is_group);
        APR_ARRAY_PUSH(all->shown, braze_json_t *) =
            is_group ? unit_shown_group(people, row) : unit_shown_user(people, row);
    }
}

static int times_among(const braze_found_t *found, const char *id, int is_group)
{
    int i, times = 0;

    for (i = 0; i < found->rows->nelts; i++) {
        times += strcmp(unit_row_id(found, i, is_group), id) == 0;
    }
    return times;
}

/* 0: SQL and the matcher do not agree. *hits counts whom the matcher takes. */
static int agrees(int *hits, const unit_people_t *people, const all_t *all, const char *text,
                  int is_group, apr_pool_t *pool)
{
    braze_search_t search = {.limit = 1000, .with_total = 1};
    braze_found_t found;
    int i, wrong = 0;

    search.filter = unit_filter(text, is_group, pool);
    unit_search(&found, people, is_group, &search, pool);
    assert_int_equal(found.exact, braze_store_filter_exact(search.filter, is_group));
    assert_int_equal(found.total, found.rows->nelts);
    search.limit = 0;
    for (i = 0; i < all->ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(all->ids, i, const char *);
        braze_json_t *shown = APR_ARRAY_IDX(all->shown, i, braze_json_t *);
        int fits = braze_filter_match(search.filter, shown, pool);
        int got = times_among(&found, id, is_group);

        *hits += fits;
        if (fits ? !got : got && found.exact) {
            print_error("%s\n  %s %s\n", text,
                        fits ? "misses" : "has too many:", braze_json_text(shown, pool));
            wrong = 1;
        }
    }
    unit_search(&found, people, is_group, &search, pool);
    assert_int_equal(found.rows->nelts, 0);
    return !wrong;
}

static void run_random(void **state, int is_group, apr_uint32_t seed)
{
    unit_store_t *store = unit_store(state);
    unit_people_t *people = unit_people_all(store);
    chance_t c = {seed, NULL, is_group};
    int i, wrong = 0, hits = 0, exact = 0;
    all_t all;

    add_more(people, &c);
    load_all(&all, people, is_group);
    assert_int_equal(all.ids->nelts, is_group ? 6 + MORE_GROUPS : 9 + MORE_PEOPLE);
    for (i = 0; i < FILTERS && wrong < 5; i++) {
        const char *text;

        apr_pool_create(&c.pool, store->pool);
        if (store->db->conn->shape_count > STORE_SHAPES_MAX - 8) {
            store_forget_statements(store->db);
        }
        text = random_filter(&c, DEPTH);
        exact += braze_store_filter_exact(unit_filter(text, is_group, c.pool), is_group);
        wrong += !agrees(&hits, people, &all, text, is_group, c.pool);
        apr_pool_destroy(c.pool);
    }
    assert_int_equal(wrong, 0);
    /* A test in which nothing is ever found, or nothing ever exact, would prove nothing. */
    assert_in_range(hits, FILTERS * all.ids->nelts / 10, FILTERS * all.ids->nelts * 9 / 10);
    assert_in_range(exact, FILTERS / 10, FILTERS * 9 / 10);
}

static void random_filters_on_users(void **state)
{
    run_random(state, 0, 7);
}

static void random_filters_on_groups(void **state)
{
    run_random(state, 1, 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(random_filters_on_users),
        STORE_TEST(random_filters_on_groups),
    };

    return cmocka_run_group_tests_name("store filter random", tests, NULL, NULL);
}
