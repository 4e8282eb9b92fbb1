/* SPDX-License-Identifier: Apache-2.0 */
/* Users: adding, finding, changing, deleting, and the rows that follow their permissions. */
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "unit_store.h"

#define LATER (UNIT_NOW + apr_time_from_sec(60))
#define ADMIN "{\"companyPermissions\":[\"admin\"]}"

static braze_err_t *update(int *done, const unit_store_t *store, braze_user_t *user)
{
    return braze_store_user_update(done, store->db, user, LATER, NULL, store->pool);
}

/* Changes what the user may do, and derives. */
static void permit(const unit_store_t *store, braze_user_t *user, const char *permissions)
{
    user->permissions = permissions;
    assert_fine(braze_user_derive(user, store->pool));
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
    braze_user_t *mail = unit_user(id, "aaa", NULL, store->pool);
    braze_user_t *name = unit_user(id, "ada@decorumsoft.com", NULL, store->pool);
    apr_array_header_t *list;

    mail->resource = "{\"userName\":\"aaa\",\"emails\":[{\"value\":\"ada@decorumsoft.com\"}]}";
    assert_fine(braze_user_derive(mail, store->pool));
    assert_fine(braze_store_user_add(store->db, mail, UNIT_NOW, NULL, store->pool));
    assert_fine(braze_store_user_by_email(&list, store->db, id, name->email_key, store->pool));
    assert_int_equal(list->nelts, 1);
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

/* ---- permissions as rows ---- */

typedef struct {
    const char *company, *sales, *emea, *editors, *owner;
} items_t;

static items_t make_items(const unit_store_t *store, const char *name)
{
    items_t items;

    items.company = unit_store_company(store, name);
    items.sales = unit_store_item(store, items.company, BRAZE_ITEM_WORKSPACE, "Sales", NULL);
    items.emea = unit_store_item(store, items.company, BRAZE_ITEM_TEAM, "EMEA", items.sales);
    items.editors = unit_store_item(store, items.company, BRAZE_ITEM_PERMISSION_SET, "Editors",
                                    "edit_campaigns");
    items.owner =
        unit_store_item(store, items.company, BRAZE_ITEM_ROLE, "Owner", "manage_company_settings");
    return items;
}

static const char *everything(const items_t *items, apr_pool_t *pool)
{
    return apr_psprintf(pool,
                        "{\"companyPermissions\":[\"add_remove_app_groups\"],\"roles\":[\"%s\"],"
                        "\"appGroup\":[{\"appGroupId\":\"%s\",\"appGroupPermissions\":"
                        "[\"view_pii\",\"manage_tags\"],\"appGroupPermissionSets\":[\"%s\"],"
                        "\"team\":[{\"teamId\":\"%s\",\"teamPermissions\":[\"basic_access\"]}]}]}",
                        items->owner, items->sales, items->editors, items->emea);
}

static void permissions_are_rows_for_applications(void **state)
{
    unit_store_t *store = unit_store(state);
    items_t items = make_items(store, "Decorumsoft");
    braze_user_t *user =
        unit_store_user(store, items.company, "ada@b.example", everything(&items, store->pool));
    int done;

    /* company, role, two permissions of the workspace, a set there, a permission of the team */
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 6);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_permission"), 6);
    assert_string_equal(unit_store_see(store, "SELECT workspace FROM braze_user_permission "
                                              "WHERE permission = 'edit_campaigns' "
                                              "AND via = 'Editors'"),
                        "Sales");
    assert_string_equal(unit_store_see(store, "SELECT team FROM braze_user_permission "
                                              "WHERE permission = 'basic_access'"),
                        "EMEA");
    assert_string_equal(unit_store_see(store, "SELECT user_name FROM braze_user_permission WHERE "
                                              "permission = 'manage_company_settings' "
                                              "AND via = 'Owner' AND workspace IS NULL"),
                        "ada@b.example");
    permit(store, user, "{\"companyPermissions\":[\"admin\"]}");
    assert_fine(update(&done, store, user));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 1);
    permit(store, user, "{}");
    unit_store_user(store, items.company, "boss@b.example", ADMIN);
    assert_fine(update(&done, store, user));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 1);
}

/* Membership alone: of a workspace, of a team; and members that are there but empty. */
static void a_workspace_or_team_may_be_all_that_is_granted(void **state)
{
    unit_store_t *store = unit_store(state);
    items_t items = make_items(store, "Decorumsoft");
    const char *other =
        unit_store_item(store, items.company, BRAZE_ITEM_WORKSPACE, "Marketing", NULL);
    const char *where;

    unit_store_user(store, items.company, "ada@b.example",
                    apr_psprintf(store->pool,
                                 "{\"appGroup\":[{\"appGroupId\":\"%s\",\"team\":[{\"teamId\":"
                                 "\"%s\"}]},{\"appGroupId\":\"%s\",\"appGroupPermissions\":[],"
                                 "\"appGroupPermissionSets\":[],\"team\":[]}]}",
                                 items.sales, items.emea, other));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 2);
    where = "SELECT team_id FROM braze_user_grant WHERE workspace_id = '%s'";
    assert_string_equal(unit_store_see(store, apr_psprintf(store->pool, where, items.sales)),
                        items.emea);
    assert_null(unit_store_see(store, apr_psprintf(store->pool, where, other)));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_permission"), 0);
}

static void permissions_name_only_what_is_there(void **state)
{
    static const char nobody[] = "00000000-00000000-00000000-00000000";
    unit_store_t *store = unit_store(state);
    items_t items = make_items(store, "Decorumsoft"), theirs = make_items(store, "Other"), wrong;
    braze_user_t *user = unit_store_user(store, items.company, "ada@b.example", NULL), *other;
    braze_event_t *event = unit_event(items.company, "Added Account", store->pool);
    const char **places[] = {&wrong.owner, &wrong.sales, &wrong.editors, &wrong.emea};
    const char *foreign[] = {theirs.owner, theirs.sales, theirs.editors, theirs.emea};
    int i, done;

    for (i = 0; i < 8; i++) {
        wrong = items;
        *places[i / 2] = i % 2 ? nobody : foreign[i / 2];
        permit(store, user, everything(&wrong, store->pool));
        assert_refused(update(&done, store, user), 400, "BRAZE-0117");
        assert_int_equal(done, 0);
        other = unit_user(items.company, "b@b.example", user->permissions, store->pool);
        assert_refused(braze_store_user_add(store->db, other, UNIT_NOW, NULL, store->pool), 400,
                       "BRAZE-0117");
        assert_refused(braze_store_user_add(store->db, other, UNIT_NOW, event, store->pool), 400,
                       "BRAZE-0117");
    }
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 0);
    assert_int_equal(unit_store_get(store, user)->version, 1);
}

static void an_item_in_use_stays(void **state)
{
    unit_store_t *store = unit_store(state);
    items_t items = make_items(store, "Decorumsoft");
    const char *ids[] = {items.sales, items.emea, items.editors, items.owner};
    braze_user_t *user =
        unit_store_user(store, items.company, "ada@b.example", everything(&items, store->pool));
    int kind, done;

    for (kind = 0; kind < 4; kind++) {
        assert_refused(
            braze_store_item_delete(store->db, items.company, kind, ids[kind], store->pool), 409,
            "BRAZE-0114");
    }
    assert_fine(braze_store_user_delete(&done, store->db, items.company, user->id, 0, 0, NULL,
                                        store->pool));
    for (kind = 3; kind >= 0; kind--) {
        assert_fine(
            braze_store_item_delete(store->db, items.company, kind, ids[kind], store->pool));
    }
}

/* ---- changing ---- */

static void a_change_is_compared_and_set(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *one = unit_store_user(store, id, "ada@b.example", NULL);
    braze_user_t *two = unit_store_get(store, one), *there;
    int done = -1;

    one->display_name = "First";
    one->source = "scim";
    assert_fine(update(&done, store, one));
    assert_int_equal(done, 1);
    assert_int_equal(one->version, 2);
    assert_true(one->modified_at == LATER);
    two->display_name = "Second";
    assert_fine(update(&done, store, two));
    assert_int_equal(done, 0);
    assert_int_equal(two->version, 1);
    there = unit_store_get(store, one);
    assert_string_equal(there->display_name, "First");
    assert_string_equal(there->source, "scim");
    assert_int_equal(there->version, 2);
    assert_true(there->modified_at == LATER);
    assert_true(there->created_at == UNIT_NOW);
}

static void a_change_cannot_take_anothers_name(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL);
    int done;

    unit_store_user(store, id, "grace@b.example", NULL);
    unit_store_user(store, unit_store_company(store, "Other"), "free@b.example", NULL);
    user->user_name = "Grace@B.example";
    user->user_name_key = "grace@b.example";
    assert_refused(update(&done, store, user), 409, "BRAZE-0112");
    assert_int_equal(done, 0);
    user->user_name = "ADA@b.example";
    user->user_name_key = "ada@b.example";
    assert_fine(update(&done, store, user));
    user->user_name = user->user_name_key = "free@b.example";
    assert_fine(update(&done, store, user));
    assert_string_equal(unit_store_get(store, user)->user_name, "free@b.example");
}

static void the_events_of_a_change_are_written_with_it(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL), stale;
    apr_array_header_t *events = apr_array_make(store->pool, 3, sizeof(braze_event_t *));
    int count, done, sum = 0;

    for (count = 1; count <= 3; count++) {
        APR_ARRAY_PUSH(events, braze_event_t *) = unit_event(id, "Updated Account", store->pool);
        stale = *user;
        assert_fine(braze_store_user_update(&done, store->db, user, LATER, events, store->pool));
        assert_int_equal(done, 1);
        sum += count;
        assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), sum);
        assert_fine(braze_store_user_update(&done, store->db, &stale, LATER, events, store->pool));
        assert_int_equal(done, 0);
        assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), sum);
    }
}

static void sign_in(const unit_store_t *store, const braze_user_t *user, const char *assertion)
{
    braze_sign_in_outcome_t outcome;
    braze_user_t *who;

    assert_fine(braze_store_sign_in(
        &outcome, &who, store->db,
        unit_sign_in(user->company_id, user->email, assertion, "", store->pool), store->pool));
    assert_int_equal(outcome, BRAZE_SIGNED_IN);
}

static void deactivation_ends_the_sessions(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL);
    braze_user_t *other = unit_store_user(store, id, "grace@b.example", NULL);
    int done;

    sign_in(store, user, "_1");
    sign_in(store, user, "_2");
    sign_in(store, other, "_3");
    user = unit_store_get(store, user);
    user->display_name = "still here";
    assert_fine(update(&done, store, user));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 3);
    user->active = 0;
    assert_fine(update(&done, store, user));
    assert_int_equal(done, 1);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 1);
    assert_string_equal(unit_store_see(store, "SELECT user_id FROM braze_session"), other->id);
}

static void the_last_active_administrator_stays(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *boss = unit_store_user(store, id, "boss@b.example", ADMIN), *second;
    braze_err_t *err;
    int done;

    unit_store_user(store, unit_store_company(store, "Other"), "theirs@b.example", ADMIN);
    second = unit_user(id, "away@b.example", ADMIN, store->pool);
    second->active = 0;
    assert_fine(braze_store_user_add(store->db, second, UNIT_NOW, NULL, store->pool));
    boss->active = 0;
    err = update(&done, store, boss);
    assert_refused(err, 409, "BRAZE-0115");
    assert_string_equal(err->code, "last_administrator");
    assert_int_equal(done, 0);
    boss->active = 1;
    permit(store, boss, "{}");
    assert_refused(update(&done, store, boss), 409, "BRAZE-0115");
    assert_refused(braze_store_user_delete(&done, store->db, id, boss->id, 0, 0, NULL, store->pool),
                   409, "BRAZE-0115");
    assert_int_equal(unit_store_get(store, boss)->admin, 1);
    second->active = 1;
    assert_fine(update(&done, store, second));
    assert_fine(update(&done, store, boss));
    assert_int_equal(done, 1);
    assert_int_equal(unit_store_get(store, boss)->admin, 0);
}

/* ---- deleting ---- */

static void a_deleted_user_leaves_nothing(void **state)
{
    unit_store_t *store = unit_store(state);
    items_t items = make_items(store, "Decorumsoft");
    braze_user_t *user =
        unit_store_user(store, items.company, "ada@b.example", everything(&items, store->pool));
    braze_event_t *event = unit_event(items.company, "Removed Account", store->pool);
    int done;

    sign_in(store, user, "_1");
    unit_store_do(store, apr_psprintf(store->pool,
                                      "INSERT INTO braze_group VALUES('g', '%s', 'Editors', "
                                      "'editors', NULL, '{}', 0, 0, 1)",
                                      items.company));
    unit_store_do(store, apr_psprintf(store->pool,
                                      "INSERT INTO braze_group_member VALUES('g', '%s', '%s', "
                                      "NULL)",
                                      items.company, user->id));
    assert_fine(braze_store_user_delete(&done, store->db, items.company, user->id, 0, 0, event,
                                        store->pool));
    assert_int_equal(done, 1);
    assert_null(unit_store_get(store, user));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_session"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user_grant"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_group_member"), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event "
                                             "WHERE name = 'Removed Account'"),
                     1);
    assert_refused(braze_store_user_delete(&done, store->db, items.company, user->id, 0, 0, event,
                                           store->pool),
                   404, "BRAZE-0116");
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event "
                                             "WHERE name = 'Removed Account'"),
                     1);
}

static void a_deletion_may_expect_a_version(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL);
    int done = -1;

    assert_fine(braze_store_user_delete(&done, store->db, id, user->id, 2, 0,
                                        unit_event(id, "Removed Account", store->pool),
                                        store->pool));
    assert_int_equal(done, 0);
    assert_non_null(unit_store_get(store, user));
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 0);
    assert_fine(braze_store_user_delete(&done, store->db, id, user->id, 1, 0, NULL, store->pool));
    assert_int_equal(done, 1);
}

static void the_last_user_stays_where_asked(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_user(store, id, "ada@b.example", NULL), *other;
    braze_err_t *err;
    int done;

    unit_store_user(store, unit_store_company(store, "Other"), "theirs@b.example", NULL);
    err = braze_store_user_delete(&done, store->db, id, user->id, 0, 1, NULL, store->pool);
    assert_refused(err, 409, "BRAZE-0115");
    assert_string_equal(err->code, "last_user");
    other = unit_store_user(store, id, "grace@b.example", NULL);
    assert_fine(braze_store_user_delete(&done, store->db, id, user->id, 0, 1, NULL, store->pool));
    assert_fine(braze_store_user_delete(&done, store->db, id, other->id, 0, 0, NULL, store->pool));
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
        STORE_TEST(permissions_are_rows_for_applications),
        STORE_TEST(a_workspace_or_team_may_be_all_that_is_granted),
        STORE_TEST(permissions_name_only_what_is_there),
        STORE_TEST(an_item_in_use_stays),
        STORE_TEST(a_change_is_compared_and_set),
        STORE_TEST(a_change_cannot_take_anothers_name),
        STORE_TEST(the_events_of_a_change_are_written_with_it),
        STORE_TEST(deactivation_ends_the_sessions),
        STORE_TEST(the_last_active_administrator_stays),
        STORE_TEST(a_deleted_user_leaves_nothing),
        STORE_TEST(a_deletion_may_expect_a_version),
        STORE_TEST(the_last_user_stays_where_asked),
    };

    return cmocka_run_group_tests_name("store user", tests, NULL, NULL);
}
