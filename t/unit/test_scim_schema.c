/* SPDX-License-Identifier: Apache-2.0 */
/*
 * That /Schemas says what the service does: its own answer is read as a client would read it, and
 * every attribute that it calls writable is written and read back, every other one is not taken.
 */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "braze_scim.h"
#include "unit_store.h"

static const char *const urns[] = {BRAZE_SCHEMA_USER, BRAZE_SCHEMA_ENTERPRISE,
                                   BRAZE_SCHEMA_DASHBOARD};

typedef struct {
    apr_pool_t *pool;
    braze_db_t *db;
    braze_token_t token;
    braze_catalog_t *catalog;
    int users;
} client_t;

static client_t *client_new(void **state)
{
    const unit_store_t *store = unit_store(state);
    client_t *client = apr_pcalloc(store->pool, sizeof(*client));

    client->pool = store->pool;
    client->db = store->db;
    client->token.company_id = unit_store_company(store, "Decorumsoft");
    client->token.id = braze_id_new(UNIT_NOW, store->pool);
    client->token.origin = "unit-test";
    assert_fine(braze_store_catalog_load(&client->catalog, store->db, client->token.company_id,
                                         store->pool));
    return client;
}

/* The answer's body; *status is its status. */
static braze_json_t *ask(int *status, const client_t *client, const char *method, const char *path,
                         const braze_json_t *body)
{
    braze_scim_request_t request = {.method = method,
                                    .path = path,
                                    .dialect = BRAZE_SCIM_RFC,
                                    .base_url = "http://localhost",
                                    .token = &client->token,
                                    .catalog = client->catalog,
                                    .now = UNIT_NOW};
    braze_scim_response_t *response;
    const braze_err_t *err;
    braze_json_t *answer;

    if (body) {
        request.body = braze_json_text(body, client->pool);
        request.body_len = strlen(request.body);
    }
    response = braze_scim_handle(&err, client->db, &request, client->pool);
    *status = response->status;
    assert_fine(braze_json_parse(&answer, response->body, response->body_len, client->pool));
    return answer;
}

static const braze_json_t *attributes_of(const client_t *client, const char *urn)
{
    int status;
    const braze_json_t *schema =
        ask(&status, client, "GET", apr_pstrcat(client->pool, "/Schemas/", urn, NULL), NULL);

    assert_int_equal(status, 200);
    assert_string_equal(braze_json_get_string(schema, "id"), urn);
    assert_true(braze_json_size(braze_json_get(schema, "attributes")) > 0);
    return braze_json_get(schema, "attributes");
}

static int is_set(const braze_json_t *attr, const char *name)
{
    const braze_json_t *value = braze_json_get(attr, name);

    return value && value->type == BRAZE_JSON_TRUE;
}

static int is_type(const braze_json_t *attr, const char *type)
{
    return strcmp(braze_json_get_string(attr, "type"), type) == 0;
}

/* ---- the form of what is said (RFC 7643 section 7) ---- */

static void one_of(const braze_json_t *attr, const char *name, const char *const *values)
{
    const char *value = braze_json_get_string(attr, name);

    assert_non_null(value);
    while (*values && strcmp(*values, value) != 0) {
        values++;
    }
    if (!*values) {
        print_error("%s of %s is %s\n", name, braze_json_get_string(attr, "name"), value);
    }
    assert_non_null(*values);
}

static void check_form(const braze_json_t *attr)
{
    static const char *const types[] = {"string", "boolean",   "decimal", "integer", "dateTime",
                                        "binary", "reference", "complex", NULL};
    static const char *const mutability[] = {"readOnly", "readWrite", "immutable", "writeOnly",
                                             NULL};
    static const char *const returned[] = {"always", "never", "default", "request", NULL};
    static const char *const uniqueness[] = {"none", "server", "global", NULL};
    const braze_json_t *subs = braze_json_get(attr, "subAttributes");
    int i;

    assert_non_null(braze_json_get_string(attr, "name"));
    assert_non_null(braze_json_get_string(attr, "description"));
    assert_non_null(braze_json_get(attr, "multiValued"));
    assert_non_null(braze_json_get(attr, "required"));
    one_of(attr, "type", types);
    one_of(attr, "mutability", mutability);
    one_of(attr, "returned", returned);
    one_of(attr, "uniqueness", uniqueness);
    assert_int_equal(is_type(attr, "complex"), braze_json_size(subs) > 0);
    assert_int_equal(is_type(attr, "reference"),
                     braze_json_size(braze_json_get(attr, "referenceTypes")) > 0);
    /* RFC 7643 sections 2.3.6 and 2.3.7. */
    if (is_type(attr, "reference") || is_type(attr, "binary")) {
        assert_true(is_set(attr, "caseExact"));
    }
    /* What is never returned cannot be read, what is written only is never returned. */
    if (strcmp(braze_json_get_string(attr, "mutability"), "writeOnly") == 0) {
        assert_string_equal(braze_json_get_string(attr, "returned"), "never");
    }
    for (i = 0; i < braze_json_size(subs); i++) {
        check_form(braze_json_item(subs, i));
    }
}

static void every_attribute_is_described_whole(void **state)
{
    client_t *client = client_new(state);
    size_t s;
    int i;

    for (s = 0; s < 3; s++) {
        const braze_json_t *attributes = attributes_of(client, urns[s]);

        for (i = 0; i < braze_json_size(attributes); i++) {
            check_form(braze_json_item(attributes, i));
        }
    }
}

/* What RFC 7643 section 4 makes of these, and product texts of ours. */
static void characteristics(void **state)
{
    static const struct {
        const char *urn, *name, *member, *value;
    } wanted[] = {
        {BRAZE_SCHEMA_USER, "userName", "required", "true"},
        {BRAZE_SCHEMA_USER, "userName", "caseExact", "false"},
        {BRAZE_SCHEMA_USER, "userName", "uniqueness", "\"server\""},
        {BRAZE_SCHEMA_USER, "displayName", "required", "false"},
        {BRAZE_SCHEMA_USER, "active", "type", "\"boolean\""},
        {BRAZE_SCHEMA_USER, "password", "mutability", "\"writeOnly\""},
        {BRAZE_SCHEMA_USER, "password", "returned", "\"never\""},
        {BRAZE_SCHEMA_USER, "groups", "mutability", "\"readOnly\""},
        {BRAZE_SCHEMA_USER, "emails", "multiValued", "true"},
        {BRAZE_SCHEMA_USER, "profileUrl", "type", "\"reference\""},
        {BRAZE_SCHEMA_ENTERPRISE, "manager", "type", "\"complex\""},
        {BRAZE_SCHEMA_ENTERPRISE, "manager", "multiValued", "false"},
        {BRAZE_SCHEMA_DASHBOARD, "lastSignInAt", "type", "\"dateTime\""},
        {BRAZE_SCHEMA_DASHBOARD, "lastSignInAt", "mutability", "\"readOnly\""},
        {BRAZE_SCHEMA_DASHBOARD, "source", "mutability", "\"readOnly\""},
        {BRAZE_SCHEMA_DASHBOARD, "permissions", "mutability", "\"readWrite\""},
    };
    client_t *client = client_new(state);
    size_t w;

    for (w = 0; w < sizeof(wanted) / sizeof(wanted[0]); w++) {
        const braze_json_t *attributes = attributes_of(client, wanted[w].urn), *attr = NULL;
        int i;

        for (i = 0; i < braze_json_size(attributes); i++) {
            const braze_json_t *item = braze_json_item(attributes, i);

            attr = strcmp(braze_json_get_string(item, "name"), wanted[w].name) == 0 ? item : attr;
        }
        assert_non_null(attr);
        assert_string_equal(braze_json_text(braze_json_get(attr, wanted[w].member), client->pool),
                            wanted[w].value);
    }
}

/* ---- doing what is said ---- */

static braze_json_t *value_for(const braze_json_t *attr, apr_pool_t *pool);

static braze_json_t *single_value_for(const braze_json_t *attr, apr_pool_t *pool)
{
    const braze_json_t *subs = braze_json_get(attr, "subAttributes");
    braze_json_t *object;
    int i;

    if (is_type(attr, "boolean")) {
        return braze_json_bool(0, pool); /* what none is by default */
    }
    if (is_type(attr, "binary")) {
        return braze_json_string("AAEC", pool);
    }
    if (!is_type(attr, "complex")) {
        return braze_json_string(apr_pstrcat(pool, "a ", braze_json_get_string(attr, "name"), NULL),
                                 pool);
    }
    object = braze_json_object(pool);
    for (i = 0; i < braze_json_size(subs); i++) {
        const braze_json_t *sub = braze_json_item(subs, i);

        if (strcmp(braze_json_get_string(sub, "mutability"), "readWrite") == 0) {
            braze_json_set(object, braze_json_get_string(sub, "name"), value_for(sub, pool));
        }
    }
    return object;
}

static braze_json_t *value_for(const braze_json_t *attr, apr_pool_t *pool)
{
    braze_json_t *value = single_value_for(attr, pool), *array;

    if (!is_set(attr, "multiValued")) {
        return value;
    }
    array = braze_json_array(pool);
    braze_json_append(array, value);
    return array;
}

/* A body with the smallest user and one more attribute; *holder is the object that the attribute
 * stands in. */
static braze_json_t *body_with(client_t *client, const char *urn, const char *name,
                               braze_json_t *value)
{
    braze_json_t *body = braze_json_object(client->pool), *schemas = braze_json_array(client->pool);
    braze_json_t *holder = body;

    braze_json_append(schemas, braze_json_string(BRAZE_SCHEMA_USER, client->pool));
    braze_json_set(body, "schemas", schemas);
    braze_json_set_string(body, "userName", apr_psprintf(client->pool, "user%d", ++client->users));
    if (strcmp(urn, BRAZE_SCHEMA_USER) != 0) {
        holder = braze_json_object(client->pool);
        braze_json_set(body, urn, holder);
    }
    braze_json_set(holder, name, value);
    return body;
}

static void write_and_read(client_t *client, const char *urn, const braze_json_t *attr)
{
    const char *name = braze_json_get_string(attr, "name");
    const char *mutability = braze_json_get_string(attr, "mutability");
    braze_json_t *value = value_for(attr, client->pool);
    int status;
    const braze_json_t *user =
        ask(&status, client, "POST", "/Users", body_with(client, urn, name, value));
    const braze_json_t *holder =
        strcmp(urn, BRAZE_SCHEMA_USER) == 0 ? user : braze_json_get(user, urn);
    const braze_json_t *got = braze_json_get(holder, name);

    if (status != 201) {
        print_error("%s: %s\n", name, braze_json_get_string(user, "detail"));
    }
    assert_int_equal(status, 201);
    if (strcmp(mutability, "readWrite") == 0) {
        if (!braze_json_equal(got, value)) {
            print_error("%s: %s\n", name, braze_json_text(user, client->pool));
        }
        assert_true(braze_json_equal(got, value));
    } else {
        assert_false(got && braze_json_equal(got, value));
    }
}

static void refuse_wrong_type(client_t *client, const char *urn, const braze_json_t *attr)
{
    const char *name = braze_json_get_string(attr, "name");
    braze_json_t *wrong = braze_json_int(5, client->pool);
    const braze_json_t *error;
    int status;

    error = ask(&status, client, "POST", "/Users", body_with(client, urn, name, wrong));
    assert_int_equal(
        status, strcmp(braze_json_get_string(attr, "mutability"), "readOnly") == 0 ? 201 : 400);
    if (status == 400) {
        assert_string_equal(braze_json_get_string(error, "scimType"), "invalidValue");
        assert_non_null(strstr(braze_json_get_string(error, "detail"), name));
    }
}

static void what_is_writable_is_kept_and_nothing_else(void **state)
{
    client_t *client = client_new(state);
    size_t s;
    int i, written = 0;

    for (s = 0; s < 3; s++) {
        const braze_json_t *attributes = attributes_of(client, urns[s]);

        for (i = 0; i < braze_json_size(attributes); i++) {
            const braze_json_t *attr = braze_json_item(attributes, i);
            const char *name = braze_json_get_string(attr, "name");

            refuse_wrong_type(client, urns[s], attr);
            /* Permissions name what the company has: t/cases/scim has them. */
            if (strcmp(name, "permissions") != 0) {
                write_and_read(client, urns[s], attr);
                written++;
            }
        }
    }
    assert_true(written >= 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_attribute_is_described_whole),
        STORE_TEST(characteristics),
        STORE_TEST(what_is_writable_is_kept_and_nothing_else),
    };

    return cmocka_run_group_tests_name("scim_schema", tests, NULL, NULL);
}
