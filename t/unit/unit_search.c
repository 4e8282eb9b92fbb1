/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_search.h"

#include <string.h>

#include <apr_strings.h>

#include "braze_time.h"

unit_people_t *unit_people(const unit_store_t *store, const char *company)
{
    unit_people_t *people = apr_pcalloc(store->pool, sizeof(*people));

    people->store = store;
    people->company_id = unit_store_company(store, company);
    return people;
}

static const char *id_of(int number, apr_pool_t *pool)
{
    return apr_psprintf(pool, "00000000-00000000-00000000-%08x", (unsigned)number);
}

static braze_json_t *parsed(const char *text, apr_pool_t *pool)
{
    braze_json_t *json;

    assert_fine(braze_json_parse(&json, text, strlen(text), pool));
    return json;
}

const char *unit_search_user(unit_people_t *people, const char *resource, int active, int ms)
{
    apr_pool_t *pool = people->store->pool;
    braze_user_t *user = apr_pcalloc(pool, sizeof(*user));

    user->id = id_of(people->added++, pool);
    user->company_id = people->company_id;
    user->active = active;
    user->confirmed = 1;
    user->source = "scim";
    assert_fine(braze_user_derive_json(user, parsed(resource, pool), NULL, pool));
    assert_fine(braze_store_user_add(people->store->db, user, UNIT_NOW + ms * 1000, NULL, pool));
    return user->id;
}

const char *unit_search_group(unit_people_t *people, const char *resource, int ms,
                              const char *const *members)
{
    apr_pool_t *pool = people->store->pool;
    braze_group_t *group = apr_pcalloc(pool, sizeof(*group));
    apr_array_header_t *ids = apr_array_make(pool, 4, sizeof(const char *));

    group->id = id_of(people->added++, pool);
    group->company_id = people->company_id;
    assert_fine(braze_group_derive_json(group, parsed(resource, pool), pool));
    for (; *members; members++) {
        APR_ARRAY_PUSH(ids, const char *) = *members;
    }
    assert_fine(
        braze_store_group_add(people->store->db, group, ids, UNIT_NOW + ms * 1000, NULL, pool));
    return group->id;
}

/* ---- the people of the tables ---- */

static const char *const persons[] = {
    /* a */ "{\"userName\":\"Ada@x.example\",\"displayName\":\"Ada "
            "Lovelace\",\"externalId\":\"Ext-1\","
            "\"name\":{\"givenName\":\"Ada\",\"familyName\":\"Lovelace\"},"
            "\"emails\":[{\"value\":\"ada@x.example\",\"type\":\"work\",\"primary\":true}]}",
    /* b: nothing but a name */ "{\"userName\":\"bob\"}",
    /* c */
    "{\"userName\":\"\u00e7elik@x.example\",\"displayName\":\"\u00dcnal \u00c7elik\","
    "\"externalId\":\"ext-1\",\"name\":{\"givenName\":\"\u00dcnal\",\"familyName\":"
    "\"C\u0327elik\"},\"emails\":[{\"value\":\"c1@x.example\",\"type\":\"work\"},"
    "{\"value\":\"C2@X.example\",\"type\":\"home\"}]}",
    /* d: named as a is, with a's e-mail as a second one */
    "{\"userName\":\"dora@x.example\",\"displayName\":\"ADA lovelace\",\"externalId\":\"Ext-2\","
    "\"emails\":[{\"value\":\"dora@other.example\",\"type\":\"work\",\"primary\":true},"
    "{\"value\":\"ADA@x.example\",\"type\":\"home\"}]}",
    /* e: what means something to somebody */
    "{\"userName\":\"e%_'--\",\"displayName\":\"100% _x_ 'y' \\\"z\\\" \\\\\","
    "\"externalId\":\"%s $1 ?1\",\"name\":{\"givenName\":\"%\"},"
    "\"emails\":[{\"value\":\"no address\",\"type\":\"other\"}]}",
    /* f: beyond the Basic Multilingual Plane */
    "{\"userName\":\"f\U0001F600\",\"displayName\":\"\U0001F600 grin\",\"name\":{\"givenName\":"
    "\"\U0010FFFF\",\"familyName\":\"Stra\u00dfe\"}}",
    /* g */
    "{\"userName\":\"g\",\"name\":{\"givenName\":\"\uD7FF\",\"familyName\":\"STRASSE\"},"
    "\"title\":\"Director\"}",
    /* h: the empty is absent */
    "{\"userName\":\"h\",\"displayName\":\"\",\"externalId\":\"\",\"name\":{\"givenName\":\"\"},"
    "\"emails\":[],\"title\":\"\"}",
    /* i: white space around */
    "{\"userName\":\" Iva\u3000\",\"displayName\":\"  Ada Lovelace \",\"name\":{\"givenName\":"
    "\"\u00a0Ada\"},\"emails\":[{\"value\":\" ada@x.example\"}]}",
};

unit_people_t *unit_people_all(const unit_store_t *store)
{
    unit_people_t *people = unit_people(store, "Decorumsoft");
    apr_pool_t *pool = store->pool;
    const char *nobody[] = {NULL}, *member[10], *group[6];
    braze_group_change_t change = {0};
    braze_member_step_t step = {BRAZE_MEMBERS_ADD, NULL, NULL, NULL};
    apr_array_header_t *steps = apr_array_make(pool, 1, sizeof(step));
    apr_array_header_t *ids = apr_array_make(pool, 1, sizeof(const char *));
    int i, done;

    for (i = 0; i < 9; i++) {
        member[i] = unit_search_user(people, persons[i], i != 1 && i != 6, i);
    }
    group[2] = unit_search_group(people, "{\"displayName\":\"Inner\"}", 2,
                                 (const char *[]){member[3], NULL});
    group[1] = unit_search_group(people, "{\"displayName\":\"EDITORS\",\"externalId\":\"G-2\"}", 1,
                                 (const char *[]){member[2], group[2], NULL});
    group[0] = unit_search_group(people, "{\"displayName\":\"Editors\",\"externalId\":\"g-1\"}", 0,
                                 (const char *[]){member[0], member[1], group[1], NULL});
    group[3] = unit_search_group(people, "{\"displayName\":\"\u00c9mpty\"}", 3, nobody);
    group[4] = unit_search_group(people, "{\"displayName\":\"Solo\"}", 4,
                                 (const char *[]){member[4], NULL});
    unit_search_group(people, "{\"displayName\":\"Top\"}", 4,
                      (const char *[]){group[4], member[4], NULL});
    APR_ARRAY_PUSH(ids, const char *) = group[0];
    step.ids = ids;
    APR_ARRAY_PUSH(steps, braze_member_step_t) = step;
    change.group = apr_pcalloc(pool, sizeof(*change.group));
    change.group->id = group[2];
    change.group->company_id = people->company_id;
    change.steps = steps;
    change.now = UNIT_NOW + 10 * 1000;
    assert_fine(braze_store_group_change(&done, store->db, &change, pool));
    return people;
}

/* Groups are added in another order than they are named: C, B, A, D, E, F. */
char unit_letter(const char *id, int is_group)
{
    int number = (int)apr_strtoi64(id + strlen(id) - 8, NULL, 16);

    return (char)(is_group ? "CBADEF"[number - 9] : 'a' + number);
}

const char *unit_id(char letter, apr_pool_t *pool)
{
    if (letter >= 'a') {
        return id_of(letter - 'a', pool);
    }
    return id_of(9 + (int)(strchr("CBADEF", letter) - "CBADEF"), pool);
}

/* ---- as a client sees them ---- */

static void put_common(braze_json_t *shown, const char *id, const char *type, apr_time_t created,
                       apr_time_t modified, apr_pool_t *pool)
{
    braze_json_t *meta = braze_json_object(pool), *schemas = braze_json_array(pool);

    braze_json_append(
        schemas,
        braze_json_string(apr_pstrcat(pool, "urn:ietf:params:scim:schemas:core:2.0:", type, NULL),
                          pool));
    braze_json_set(shown, "schemas", schemas);
    braze_json_set_string(shown, "id", id);
    braze_json_set_string(meta, "resourceType", type);
    braze_json_set_string(meta, "created", braze_time_rfc3339(created, pool));
    braze_json_set_string(meta, "lastModified", braze_time_rfc3339(modified, pool));
    braze_json_set(shown, "meta", meta);
}

braze_json_t *unit_shown_user(const unit_people_t *people, const braze_user_t *user)
{
    apr_pool_t *pool = people->store->pool;
    braze_json_t *shown = parsed(user->resource, pool), *groups = braze_json_array(pool);
    apr_array_header_t *ids = apr_array_make(pool, 1, sizeof(const char *)), *memberships;
    int i;

    put_common(shown, user->id, "User", user->created_at, user->modified_at, pool);
    braze_json_set(shown, "active", braze_json_bool(user->active, pool));
    APR_ARRAY_PUSH(ids, const char *) = user->id;
    assert_fine(
        braze_store_user_groups(&memberships, people->store->db, people->company_id, ids, pool));
    for (i = 0; i < memberships->nelts; i++) {
        const braze_membership_t *one = APR_ARRAY_IDX(memberships, i, const braze_membership_t *);
        braze_json_t *element = braze_json_object(pool);

        braze_json_set_string(element, "value", one->id);
        braze_json_set_string(element, "display", one->display);
        braze_json_set_string(element, "type", one->direct ? "direct" : "indirect");
        braze_json_append(groups, element);
    }
    if (memberships->nelts > 0) {
        braze_json_set(shown, "groups", groups);
    }
    return shown;
}

braze_json_t *unit_shown_group(const unit_people_t *people, const braze_group_t *group)
{
    apr_pool_t *pool = people->store->pool;
    braze_json_t *shown = parsed(group->resource, pool), *list = braze_json_array(pool);
    apr_array_header_t *members;
    int i;

    put_common(shown, group->id, "Group", group->created_at, group->modified_at, pool);
    assert_fine(braze_store_group_members(&members, people->store->db, people->company_id,
                                          group->id, pool));
    for (i = 0; i < members->nelts; i++) {
        const braze_member_t *one = APR_ARRAY_IDX(members, i, const braze_member_t *);
        braze_json_t *element = braze_json_object(pool);

        braze_json_set_string(element, "value", one->id);
        braze_json_set_string(element, "type", one->is_group ? "Group" : "User");
        braze_json_append(list, element);
    }
    if (members->nelts > 0) {
        braze_json_set(shown, "members", list);
    }
    return shown;
}

/* ---- searches ---- */

const braze_filter_t *unit_filter(const char *text, int is_group, apr_pool_t *pool)
{
    const braze_filter_t *filter = NULL;

    if (text) {
        braze_err_t *err =
            braze_filter_parse(&filter, text, strlen(text),
                               braze_resource_type_at(is_group ? "/Groups" : "/Users"), pool);

        if (err) {
            fail_msg("%s: %s", text, err->detail);
        }
    }
    return filter;
}

const braze_attr_path_t *unit_sort(const char *name, int is_group, apr_pool_t *pool)
{
    braze_path_t *path = apr_pcalloc(pool, sizeof(*path));

    assert_fine(braze_path_parse(path, name, strlen(name),
                                 braze_resource_type_at(is_group ? "/Groups" : "/Users"), pool));
    return &path->attr;
}

void unit_search(braze_found_t *found, const unit_people_t *people, int is_group,
                 const braze_search_t *search, apr_pool_t *pool)
{
    braze_db_t *db = people->store->db;

    if (is_group) {
        assert_fine(braze_store_group_search(found, db, people->company_id, search, pool));
    } else {
        assert_fine(braze_store_user_search(found, db, people->company_id, search, pool));
    }
}

const char *unit_row_id(const braze_found_t *found, int index, int is_group)
{
    return is_group ? APR_ARRAY_IDX(found->rows, index, const braze_group_t *)->id
                    : APR_ARRAY_IDX(found->rows, index, const braze_user_t *)->id;
}

const char *unit_letters(const braze_found_t *found, int is_group, apr_pool_t *pool)
{
    char *letters = apr_pcalloc(pool, (apr_size_t)found->rows->nelts + 1);
    int i;

    for (i = 0; i < found->rows->nelts; i++) {
        letters[i] = unit_letter(unit_row_id(found, i, is_group), is_group);
    }
    return letters;
}
