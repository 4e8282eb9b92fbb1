/* SPDX-License-Identifier: Apache-2.0 */
/* A user's groups in what is shown of the user, its version, and conditional requests. */
#include <string.h>

#include <apr_strings.h>

#include "unit_scim.h"

/* ---- groups of a user ---- */

static const char *etag_of(unit_world_t *world, const char *id)
{
    assert_int_equal(
        unit_ask(world, "GET", apr_pstrcat(world->pool, "/Users/", id, NULL), NULL)->status, 200);
    return world->response->etag;
}

static const char *version_at(unit_world_t *world, const char *path)
{
    const braze_json_t *body, *resources;

    assert_int_equal(unit_ask(world, "GET", path, NULL)->status, 200);
    body = unit_body(world);
    resources = braze_json_get(body, "Resources");
    return braze_json_get_string(
        braze_json_get(resources ? braze_json_item(resources, 0) : body, "meta"), "version");
}

static void tags(void **state)
{
    unit_world_t *world = unit_world(state);
    const char *id = unit_add_user(world, "'userName':'ann'"), *alone, *member, *renamed, *group;

    alone = etag_of(world, id);
    assert_string_equal(alone, "W/\"1\"");
    group = unit_add_group(world, "staff", id, NULL);
    member = etag_of(world, id);
    assert_int_equal(strncmp(member, "W/\"1.", 5), 0);
    assert_int_equal(strlen(member), 14);
    assert_string_equal(version_at(world, "/Users"), member);
    assert_string_equal(version_at(world, "/Users?attributes=meta"), member);
    assert_string_equal(version_at(world, "/Users?filter=active%20eq%20true"), member);
    assert_string_equal(version_at(world, "/Users?filter=title%20ne%20%22x%22"), member);
    assert_string_equal(version_at(world, apr_pstrcat(world->pool, "/Users/", id,
                                                      "?excludedAttributes=groups", NULL)),
                        member);
    assert_string_equal(
        unit_list(world, apr_pstrcat(world->pool, "/Users?filter=meta.version eq \"W/\\\"",
                                     apr_pstrndup(world->pool, member + 3, 10), "\\\"\"", NULL)),
        "1: ann");
    /* Another name of the group is seen in the user. */
    unit_ask(world, "PUT", apr_pstrcat(world->pool, "/Groups/", group, NULL),
             apr_psprintf(world->pool,
                          "{\"schemas\":[\"" BRAZE_SCHEMA_GROUP
                          "\"],\"displayName\":\"crew\",\"members\":[{\"value\":\"%s\"}]}",
                          id));
    assert_int_equal(world->response->status, 200);
    renamed = etag_of(world, id);
    assert_int_equal(strncmp(renamed, "W/\"1.", 5), 0);
    assert_string_not_equal(renamed, member);
    unit_ask(world, "DELETE", apr_pstrcat(world->pool, "/Groups/", group, NULL), NULL);
    assert_string_equal(etag_of(world, id), alone);
}

static int status_with(unit_world_t *world, const char *method, const char *id,
                       const char *if_match, const char *if_none_match)
{
    static const char body[] = "{\"schemas\":[\"" BRAZE_SCHEMA_USER "\"],\"userName\":\"ann\"}";

    world->if_match = if_match;
    world->if_none_match = if_none_match;
    unit_ask(world, method, apr_pstrcat(world->pool, "/Users/", id, NULL),
             strcmp(method, "PUT") == 0 ? body : NULL);
    world->if_match = world->if_none_match = NULL;
    return world->response->status;
}

/* Reading looks at groups too; a write only needs the row to be the one that was read. */
static void conditions(void **state)
{
    unit_world_t *world = unit_world(state);
    const char *id = unit_add_user(world, "'userName':'ann'"), *alone = etag_of(world, id), *member;

    unit_add_group(world, "staff", id, NULL);
    member = etag_of(world, id);
    assert_int_equal(status_with(world, "GET", id, NULL, alone), 200);
    assert_int_equal(status_with(world, "GET", id, NULL, member), 304);
    assert_string_equal(world->response->etag, member);
    assert_null(world->response->body);
    assert_int_equal(status_with(world, "GET", id, NULL, "*"), 304);
    assert_int_equal(status_with(world, "GET", id, alone, NULL), 412);
    assert_int_equal(status_with(world, "GET", id, member, NULL), 200);
    assert_int_equal(status_with(world, "GET", id, "*", NULL), 200);
    assert_int_equal(status_with(world, "PUT", id, "W/\"2\"", NULL), 412);
    assert_int_equal(status_with(world, "PUT", id, "W/\"2.12345678\"", NULL), 412);
    assert_int_equal(status_with(world, "PUT", id, "W/\"11\"", NULL), 412);
    assert_int_equal(status_with(world, "PUT", id, "W/\"\"", NULL), 412);
    assert_int_equal(status_with(world, "PUT", id, NULL, "*"), 412);
    assert_int_equal(status_with(world, "PUT", id, NULL, member), 412);
    assert_int_equal(status_with(world, "PUT", id, alone, NULL), 200);
    assert_int_equal(status_with(world, "PUT", id, "W/\"1.ffffffff\"", NULL), 200);
    assert_int_equal(status_with(world, "PUT", id, "\"7\", W/\"1.ffffffff\"", NULL), 200);
    assert_int_equal(status_with(world, "PUT", id, NULL, "W/\"7\""), 200);
}

/* What a user shows of groups, in each form. */
static void shown_groups(void **state)
{
    unit_world_t *world = unit_world(state);
    unit_people_t people = unit_populate(world);
    const char *wanted = apr_psprintf(
        world->pool,
        "\"groups\":[{\"value\":\"%s\",\"$ref\":\"https://x.example/Groups/%s\",\"display\":"
        "\"staff\",\"type\":\"direct\"},{\"value\":\"%s\",\"$ref\":\"https://x.example/Groups/%s\","
        "\"display\":\"Everybody\",\"type\":\"indirect\"}]",
        people.staff, people.staff, people.all, people.all);

    unit_ask(world, "GET", apr_pstrcat(world->pool, "/Users/", people.ann, NULL), NULL);
    assert_non_null(strstr(world->response->body, wanted));
    unit_ask(world, "GET", "/Users", NULL);
    assert_non_null(strstr(world->response->body, wanted));
    unit_ask(world, "GET", "/Users?attributes=groups&count=1", NULL);
    assert_non_null(strstr(world->response->body, wanted));
    unit_ask(world, "GET", "/Users?attributes=groups.display&count=1", NULL);
    assert_non_null(strstr(world->response->body,
                           "\"groups\":[{\"display\":\"staff\"},{\"display\":\"Everybody\"}]"));
    unit_ask(world, "GET", "/Users?excludedAttributes=groups", NULL);
    assert_null(strstr(world->response->body, "\"groups\""));
    unit_ask(world, "PUT", apr_pstrcat(world->pool, "/Users/", people.ann, NULL),
             "{\"schemas\":[\"" BRAZE_SCHEMA_USER "\"],\"userName\":\"ann\"}");
    assert_int_equal(world->response->status, 200);
    assert_non_null(strstr(world->response->body, wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORE_TEST(tags), STORE_TEST(conditions),
                                       STORE_TEST(shown_groups)};

    return cmocka_run_group_tests_name("scim_memberships", tests, NULL, NULL);
}
