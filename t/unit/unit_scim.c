/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of reading over SCIM share. */
#include <string.h>

#include <apr_strings.h>

#include "unit_scim.h"

/* ---- requests ---- */

const braze_scim_response_t *unit_ask(unit_world_t *world, const char *method, const char *path,
                                      const char *body)
{
    const char *mark = strchr(path, '?');
    const braze_scim_request_t request = {
        .method = method,
        .path = mark ? apr_pstrmemdup(world->pool, path, (apr_size_t)(mark - path)) : path,
        .query = mark ? mark + 1 : NULL,
        .content_type = "application/scim+json",
        .body = body,
        .body_len = body ? strlen(body) : 0,
        .if_match = world->if_match,
        .if_none_match = world->if_none_match,
        .base_url = "https://x.example",
        .token = &world->token,
        .catalog = &world->catalog,
        .limits = {.max_body = 1024 * 1024, .max_results = world->max, .max_operations = 10},
        .now = world->now};
    const braze_err_t *err;

    world->response = braze_scim_handle(&err, world->store->db, &request, world->pool);
    return world->response;
}

braze_json_t *unit_body(const unit_world_t *world)
{
    braze_json_t *json;

    assert_fine(
        braze_json_parse(&json, world->response->body, world->response->body_len, world->pool));
    return json;
}

static const char *name_of(const braze_json_t *resource)
{
    const char *name = braze_json_get_string(resource, "userName");

    return name ? name : braze_json_get_string(resource, "displayName");
}

/* "total: name name", or "!status scimType". */
const char *unit_outcome(const unit_world_t *world)
{
    const braze_json_t *body = unit_body(world), *list = braze_json_get(body, "Resources");
    const char *text, *code = braze_json_get_string(body, "scimType");
    int i;

    if (world->response->status != 200) {
        return apr_psprintf(world->pool, "!%d %s", world->response->status, code ? code : "-");
    }
    assert_int_equal(braze_json_get(body, "itemsPerPage")->u.integer, braze_json_size(list));
    text = apr_psprintf(world->pool, "%" APR_INT64_T_FMT ":",
                        braze_json_get(body, "totalResults")->u.integer);
    for (i = 0; i < braze_json_size(list); i++) {
        text = apr_pstrcat(world->pool, text, " ", name_of(braze_json_item(list, i)), NULL);
    }
    return text;
}

/* A filter in readable form to a query string. */
static const char *encoded(const unit_world_t *world, const char *text)
{
    char *out = apr_palloc(world->pool, strlen(text) * 3 + 1), *to = out;

    for (; *text; text++) {
        if (strchr(" \"[]%", *text)) {
            to += apr_snprintf(to, 4, "%%%02x", (unsigned char)*text);
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
    return out;
}

const char *unit_list(unit_world_t *world, const char *path)
{
    unit_ask(world, "GET", encoded(world, path), NULL);
    return unit_outcome(world);
}

const char *unit_cursor(const unit_world_t *world, const char *name)
{
    return braze_json_get_string(unit_body(world), name);
}

/* ---- who there is ---- */

static const char *post(unit_world_t *world, const char *endpoint, const char *text)
{
    char *body = apr_pstrdup(world->pool, text), *c;

    for (c = body; *c; c++) { /* so that cases can be read */
        *c = (char)(*c == '\'' ? '"' : *c);
    }
    world->now += apr_time_from_sec(1);
    unit_ask(world, "POST", endpoint, body);
    assert_int_equal(world->response->status, 201);
    return braze_json_get_string(unit_body(world), "id");
}

const char *unit_add_user(unit_world_t *world, const char *members)
{
    return post(
        world, "/Users",
        apr_pstrcat(world->pool, "{'schemas':['" BRAZE_SCHEMA_USER "'],", members, "}", NULL));
}

const char *unit_add_group(unit_world_t *world, const char *name, const char *member,
                           const char *second)
{
    return post(world, "/Groups",
                apr_pstrcat(world->pool, "{'schemas':['" BRAZE_SCHEMA_GROUP "'],'displayName':'",
                            name, "','members':[{'value':'", member, "'}", second ? "," : "",
                            second ? "{'value':'" : "", second ? second : "", second ? "'}" : "",
                            "]}", NULL));
}

unit_world_t *unit_world(void **state)
{
    const unit_store_t *store = unit_store(state);
    unit_world_t *world = apr_pcalloc(store->pool, sizeof(*world));

    world->store = store;
    world->pool = store->pool;
    world->now = UNIT_NOW;
    world->max = 200;
    world->token.id = "t";
    world->token.origin = "unit";
    world->token.company_id = unit_store_company(store, "Decorumsoft");
    world->catalog.company_id = world->token.company_id;
    world->catalog.items = apr_array_make(store->pool, 1, sizeof(braze_item_t));
    return world;
}

unit_people_t unit_populate(unit_world_t *world)
{
    unit_people_t people;

    people.ann =
        unit_add_user(world, "'userName':'ann','displayName':'Zed','title':'Chef','emails':"
                             "[{'value':'q@x.example'},{'value':'b@x.example',"
                             "'primary':true,'type':'work'}]");
    people.bob = unit_add_user(world, "'userName':'bob','displayName':'yan','title':'baker',"
                                      "'emails':[{'value':'a@x.example','type':'home'}]");
    unit_add_user(world, "'userName':'cat','title':'Actor','active':false");
    unit_add_user(world, "'userName':'dan','displayName':'Xia','nickName':'D'");
    people.eve = unit_add_user(world, "'userName':'eve','title':'baker','nickName':'e',"
                                      "'emails':[{'value':'c@x.example'},{'value':'0@x.example'}]");
    unit_add_user(world, "'userName':'fay','displayName':'Ann'");
    people.staff = unit_add_group(world, "staff", people.ann, people.bob);
    people.all = unit_add_group(world, "Everybody", people.staff, people.eve);
    return people;
}
