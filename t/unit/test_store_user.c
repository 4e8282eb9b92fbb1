/* SPDX-License-Identifier: Apache-2.0 */
/* Users: adding and finding. */
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "unit_store.h"

#define LATER (UNIT_NOW + apr_time_from_sec(60))

static braze_err_t *update(int *done, const unit_store_t *store, braze_user_t *user)
{
    return braze_store_user_update(done, store->db, user, LATER, NULL, store->pool);
}

static void a_user_keeps_what_it_was_given(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_user(id, "Ada@Decorumsoft.com", NULL, store->pool), *there;

    user->resource = "{\"userName\":\"Ada@Decorumsoft.com\",\"externalId\":\"701984\","
                     "\"displayName\":\"Ada \xf0\x9f\x91\xa9 '; --\",\"nickName\":\"%s %d\","
                     "\"name\":{\"givenName\":\"Ada\",\"familyName\":\"Lovelace\"}}";
    assert_fine(braze_user_derive(user, store->pool));
    user->source = "scim";
    user->confirmed = 0;
    user->impersonation = 1;
    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, NULL, store->pool));
    assert_true(braze_id_is(user->id));
    there = unit_store_get(store, user);
    assert_non_null(there);
    assert_string_equal(there->company_id, id);
    assert_string_equal(there->user_name, "Ada@Decorumsoft.com");
    assert_string_equal(there->user_name_key, "ada@decorumsoft.com");
    assert_string_equal(there->external_id, "701984");
    assert_string_equal(there->email, "Ada@Decorumsoft.com");
    assert_string_equal(there->email_key, "ada@decorumsoft.com");
    assert_string_equal(there->email_domain, "decorumsoft.com");
    assert_string_equal(there->display_name, "Ada \xf0\x9f\x91\xa9 '; --");
    assert_string_equal(there->given_name, "Ada");
    assert_string_equal(there->family_name, "Lovelace");
    assert_null(there->department);
    assert_int_equal(there->active, 1);
    assert_int_equal(there->confirmed, 0);
    assert_int_equal(there->impersonation, 1);
    assert_int_equal(there->admin, 0);
    assert_string_equal(there->source, "scim");
    assert_string_equal(there->permissions, "{}");
    assert_string_equal(there->resource, user->resource);
    assert_true(there->created_at == UNIT_NOW && there->modified_at == UNIT_NOW);
    assert_true(there->last_sign_in_at == 0);
    assert_int_equal(there->version, 1);
}

static void texts_cannot_break_out_of_their_place(void **state)
{
    static const char *const names[] = {
        "o'brien",     "a\" OR \"1\"=\"1",
        "' OR '1'='1", "a;DELETE FROM braze_user",
        "$1",          "%s%n",
        "?1",          "\\",
        "a\\'b",       "--",
        "/*",          "\xc2\xa0x",
        "{}",
    };
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    size_t i, count = sizeof(names) / sizeof(*names);

    for (i = 0; i < count; i++) {
        unit_store_user(store, id, names[i], NULL);
    }
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), (int)count);
    for (i = 0; i < count; i++) {
        braze_user_t *asked = unit_user(id, names[i], NULL, store->pool), *there;

        assert_fine(
            braze_store_user_by_name(&there, store->db, id, asked->user_name_key, store->pool));
        assert_non_null(there);
        assert_string_equal(there->user_name, names[i]);
    }
}

static void a_long_resource_comes_back_whole(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_user(id, "ada@decorumsoft.com", NULL, store->pool);
    braze_json_t *resource;
    char *text = apr_palloc(store->pool, 100001);

    memset(text, 'x', 100000);
    text[100000] = '\0';
    assert_fine(braze_json_parse(&resource, user->resource, strlen(user->resource), store->pool));
    braze_json_set_string(resource, "nickName", text);
    user->resource = braze_json_text(resource, store->pool);
    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, NULL, store->pool));
    assert_string_equal(unit_store_get(store, user)->resource, user->resource);
}

static void a_user_name_is_unique_whatever_its_spelling(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    braze_user_t *again = unit_user(id, "STRASSE@decorumsoft.com", NULL, store->pool);
    braze_event_t *event = unit_event(id, "Added Account", store->pool);
    braze_err_t *err;

    unit_store_user(store, id,
                    "stra\xc3\x9f"
                    "e@decorumsoft.com",
                    NULL);
    err = braze_store_user_add(store->db, again, UNIT_NOW, NULL, store->pool);
    assert_refused(err, 409, "BRAZE-0112");
    assert_string_equal(err->code, "uniqueness");
    /* With an event: neither is written. */
    again->id = NULL;
    err = braze_store_user_add(store->db, again, UNIT_NOW, event, store->pool);
    assert_refused(err, 409, "BRAZE-0112");
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 0);
    unit_store_user(store, other, "strasse@decorumsoft.com", NULL);
}

static void an_external_id_may_be_anothers_too(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *one = unit_user(id, "a@b.example", NULL, store->pool);
    braze_user_t *two = unit_user(id, "b@b.example", NULL, store->pool);

    one->external_id = two->external_id = "7";
    assert_fine(braze_store_user_add(store->db, one, UNIT_NOW, NULL, store->pool));
    assert_fine(braze_store_user_add(store->db, two, UNIT_NOW, NULL, store->pool));
}

static void the_event_of_an_addition_is_written_with_it(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_user(id, "ada@decorumsoft.com", NULL, store->pool);
    braze_event_t *event = unit_event(id, "Added Account", store->pool);

    event->user_name = user->user_name;
    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, event, store->pool));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 1);
    assert_string_equal(unit_store_see(store, "SELECT user_id FROM braze_event"), user->id);
    assert_string_equal(unit_store_see(store, "SELECT name FROM braze_event"), "Added Account");
    assert_string_equal(unit_store_see(store, "SELECT company_id FROM braze_event"), id);
}

static void a_user_of_another_company_is_out_of_reach(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    braze_user_t *user = unit_store_user(store, id, "ada@decorumsoft.com", NULL), *there, *copy;
    apr_array_header_t *list;
    apr_int64_t total;
    int done;

    assert_fine(braze_store_user_get(&there, store->db, other, user->id, store->pool));
    assert_null(there);
    assert_fine(
        braze_store_user_by_name(&there, store->db, other, user->user_name_key, store->pool));
    assert_null(there);
    assert_fine(braze_store_user_by_email(&list, store->db, other, user->email_key, store->pool));
    assert_int_equal(list->nelts, 0);
    assert_fine(braze_store_user_list(&list, &total, store->db, other, 0, 100, store->pool));
    assert_int_equal(total, 0);
    assert_int_equal(list->nelts, 0);
    copy = apr_pmemdup(store->pool, user, sizeof(*user));
    copy->company_id = other;
    assert_refused(update(&done, store, copy), 404, "BRAZE-0116");
    assert_int_equal(done, 0);
    assert_refused(
        braze_store_user_delete(&done, store->db, other, user->id, 0, 0, NULL, store->pool), 404,
        "BRAZE-0116");
    assert_int_equal(done, 0);
    assert_non_null(unit_store_get(store, user));
}

static void a_user_name_comes_before_an_email(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    braze_user_t *mail = unit_user(id, "aaa", NULL, store->pool);
    braze_user_t *name = unit_user(id, "ada@decorumsoft.com", NULL, store->pool);
    apr_array_header_t *list;

    mail->resource = "{\"userName\":\"aaa\",\"emails\":[{\"value\":\"ada@decorumsoft.com\"}]}";
    assert_fine(braze_user_derive(mail, store->pool));
    assert_fine(braze_store_user_add(store->db, mail, UNIT_NOW, NULL, store->pool));
    assert_fine(braze_store_user_by_email(&list, store->db, id, name->email_key, store->pool));
    assert_int_equal(list->nelts, 1);
    assert_fine(braze_store_user_by_email(&list, store->db, other, name->email_key, store->pool));
    assert_int_equal(list->nelts, 0);
    assert_fine(braze_store_user_add(store->db, name, UNIT_NOW + 1000, NULL, store->pool));
    mail->id = NULL;
    mail->user_name = mail->user_name_key = "bbb";
    assert_fine(braze_store_user_add(store->db, mail, UNIT_NOW, NULL, store->pool));
    assert_fine(braze_store_user_by_email(&list, store->db, id, name->email_key, store->pool));
    assert_int_equal(list->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(list, 0, braze_user_t *)->id, name->id);
}

static void pages_are_cut_by_id(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft"), *last = "";
    apr_array_header_t *list;
    apr_int64_t total;
    int i, start;

    for (i = 0; i < 7; i++) {
        /* Names run against the ids. */
        unit_store_user(store, id, apr_psprintf(store->pool, "u%d@b.example", 9 - i), NULL);
    }
    for (start = 0; start < 7; start += list->nelts) {
        assert_fine(braze_store_user_list(&list, &total, store->db, id, start, 3, store->pool));
        assert_int_equal(total, 7);
        assert_int_equal(list->nelts, start < 6 ? 3 : 1);
        for (i = 0; i < list->nelts; i++) {
            assert_true(strcmp(APR_ARRAY_IDX(list, i, braze_user_t *)->id, last) > 0);
            last = APR_ARRAY_IDX(list, i, braze_user_t *)->id;
        }
    }
    assert_fine(braze_store_user_list(&list, &total, store->db, id, 7, 3, store->pool));
    assert_int_equal(list->nelts, 0);
    assert_fine(braze_store_user_list(&list, &total, store->db, id, 0, 0, store->pool));
    assert_int_equal(total, 7);
    assert_int_equal(list->nelts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_user_keeps_what_it_was_given),
        STORE_TEST(texts_cannot_break_out_of_their_place),
        STORE_TEST(a_long_resource_comes_back_whole),
        STORE_TEST(a_user_name_is_unique_whatever_its_spelling),
        STORE_TEST(an_external_id_may_be_anothers_too),
        STORE_TEST(the_event_of_an_addition_is_written_with_it),
        STORE_TEST(a_user_of_another_company_is_out_of_reach),
        STORE_TEST(a_user_name_comes_before_an_email),
        STORE_TEST(pages_are_cut_by_id),
    };

    return cmocka_run_group_tests_name("store user", tests, NULL, NULL);
}
