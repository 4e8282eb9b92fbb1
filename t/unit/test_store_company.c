/* SPDX-License-Identifier: Apache-2.0 */
/* Companies, their workspaces, teams, permission sets and roles, their domains. */
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "unit_store.h"

static braze_company_t *get(const unit_store_t *store, const char *id)
{
    braze_company_t *company;

    assert_fine(braze_store_company_get(&company, store->db, id, store->pool));
    return company;
}

static void a_company_keeps_what_it_was_given(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_company_t made = {0}, *found;

    made.name = "Decorumsoft";
    made.provisioning = 1;
    made.saml_name = "Okta";
    made.target_url = "https://idp.example/sso?a=b%20c";
    made.idp_entity_id = "https://idp.example/'; DROP TABLE braze_user; --";
    made.certificate = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
    assert_fine(braze_store_company_add(store->db, &made, store->pool));
    assert_int_equal(made.version, 1);
    found = get(store, made.id);
    assert_string_equal(found->name, "Decorumsoft");
    assert_int_equal(found->provisioning, 1);
    assert_int_equal(found->google_sign_in, 0);
    assert_string_equal(found->saml_name, "Okta");
    assert_string_equal(found->target_url, made.target_url);
    assert_string_equal(found->idp_entity_id, made.idp_entity_id);
    assert_string_equal(found->certificate, made.certificate);
    assert_null(found->default_workspace_id);
    assert_int_equal(found->version, 1);
}

static void a_company_is_found_by_any_spelling_of_its_name(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Stra\xc3\x9f"
                                               "e GmbH");
    braze_company_t *found;

    assert_fine(braze_store_company_find(&found, store->db, "STRASSE gmbh", store->pool));
    assert_non_null(found);
    assert_string_equal(found->id, id);
    assert_fine(braze_store_company_find(&found, store->db, "Strass", store->pool));
    assert_null(found);
    assert_fine(braze_store_company_find(&found, store->db, "bad\x01name", store->pool));
    assert_null(found);
}

static void a_name_belongs_to_one_company(void **state)
{
    unit_store_t *store = unit_store(state);
    braze_company_t again = {0}, *other;
    braze_err_t *err;

    unit_store_company(store, "Decorumsoft");
    again.name = "DECORUMSOFT";
    err = braze_store_company_add(store->db, &again, store->pool);
    assert_refused(err, 409, "BRAZE-0112");
    assert_string_equal(err->code, "uniqueness");
    other = get(store, unit_store_company(store, "Other"));
    other->name = "decorumsoft";
    assert_refused(braze_store_company_update(store->db, other, store->pool), 409, "BRAZE-0112");
    /* Its own name in another spelling is no clash. */
    other->name = "OTHER";
    assert_fine(braze_store_company_update(store->db, other, store->pool));
}

static void settings_are_compared_and_set(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_company_t *one = get(store, id), *two = get(store, id), *gone;

    one->provisioning = 1;
    assert_fine(braze_store_company_update(store->db, one, store->pool));
    assert_int_equal(one->version, 2);
    two->google_sign_in = 1;
    assert_refused(braze_store_company_update(store->db, two, store->pool), 409, "BRAZE-0113");
    assert_int_equal(get(store, id)->provisioning, 1);
    assert_int_equal(get(store, id)->google_sign_in, 0);
    gone = get(store, id);
    gone->id = "00000000-00000000-00000000-00000000";
    gone->name = "Nobody";
    assert_refused(braze_store_company_update(store->db, gone, store->pool), 404, "BRAZE-0116");
}

static void a_default_is_the_companys_own(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    const char *foreign = unit_store_item(store, other, BRAZE_ITEM_WORKSPACE, "Theirs", NULL);
    const char *own = unit_store_item(store, id, BRAZE_ITEM_WORKSPACE, "Ours", NULL);
    braze_company_t *company = get(store, id);

    company->default_workspace_id = foreign;
    assert_refused(braze_store_company_update(store->db, company, store->pool), 400, "BRAZE-0117");
    company->default_workspace_id = own;
    assert_fine(braze_store_company_update(store->db, company, store->pool));
    assert_refused(braze_store_item_delete(store->db, id, BRAZE_ITEM_WORKSPACE, own, store->pool),
                   409, "BRAZE-0114");
}

static void companies_are_listed_by_name(void **state)
{
    unit_store_t *store = unit_store(state);
    apr_array_header_t *list;

    unit_store_company(store, "beta");
    unit_store_company(store, "Gamma");
    unit_store_company(store, "Alpha");
    assert_fine(braze_store_company_list(&list, store->db, store->pool));
    assert_int_equal(list->nelts, 3);
    assert_string_equal(APR_ARRAY_IDX(list, 0, braze_company_t *)->name, "Alpha");
    assert_string_equal(APR_ARRAY_IDX(list, 1, braze_company_t *)->name, "beta");
    assert_string_equal(APR_ARRAY_IDX(list, 2, braze_company_t *)->name, "Gamma");
}

/* ---- items ---- */

static braze_catalog_t *catalog(const unit_store_t *store, const char *company_id)
{
    braze_catalog_t *loaded;

    assert_fine(braze_store_catalog_load(&loaded, store->db, company_id, store->pool));
    return loaded;
}

static void the_catalogue_holds_the_companys_items(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    const char *sales = unit_store_item(store, id, BRAZE_ITEM_WORKSPACE, "Sales", NULL);
    const braze_item_t *item;
    braze_catalog_t *loaded;

    unit_store_item(store, id, BRAZE_ITEM_WORKSPACE, "marketing", NULL);
    unit_store_item(store, id, BRAZE_ITEM_TEAM, "EMEA", sales);
    unit_store_item(store, id, BRAZE_ITEM_PERMISSION_SET, "Editors", "edit_campaigns");
    unit_store_item(store, id, BRAZE_ITEM_ROLE, "Owner", "admin");
    unit_store_item(store, other, BRAZE_ITEM_WORKSPACE, "Theirs", NULL);
    loaded = catalog(store, id);
    assert_string_equal(loaded->company_id, id);
    assert_int_equal(loaded->version, get(store, id)->version);
    assert_int_equal(loaded->items->nelts, 5);
    item = &APR_ARRAY_IDX(loaded->items, 0, braze_item_t);
    assert_int_equal(item->kind, BRAZE_ITEM_WORKSPACE);
    assert_string_equal(item->name, "marketing");
    assert_string_equal(APR_ARRAY_IDX(loaded->items, 1, braze_item_t).name, "Sales");
    item = &APR_ARRAY_IDX(loaded->items, 2, braze_item_t);
    assert_int_equal(item->kind, BRAZE_ITEM_TEAM);
    assert_string_equal(item->workspace_id, sales);
    item = &APR_ARRAY_IDX(loaded->items, 3, braze_item_t);
    assert_int_equal(item->kind, BRAZE_ITEM_PERMISSION_SET);
    assert_int_equal(item->permissions->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(item->permissions, 0, const char *), "edit_campaigns");
    assert_int_equal(APR_ARRAY_IDX(loaded->items, 4, braze_item_t).kind, BRAZE_ITEM_ROLE);
    assert_int_equal(catalog(store, "nobody")->items->nelts, 0);
}

static void every_change_of_an_item_is_a_new_version(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_item_t item = {BRAZE_ITEM_WORKSPACE, NULL, "Sales", NULL, NULL};

    assert_fine(braze_store_item_add(store->db, id, &item, store->pool));
    assert_int_equal(get(store, id)->version, 2);
    item.name = "Sold";
    assert_fine(braze_store_item_update(store->db, id, &item, store->pool));
    assert_int_equal(get(store, id)->version, 3);
    assert_string_equal(APR_ARRAY_IDX(catalog(store, id)->items, 0, braze_item_t).name, "Sold");
    assert_fine(braze_store_item_delete(store->db, id, item.kind, item.id, store->pool));
    assert_int_equal(get(store, id)->version, 4);
    assert_int_equal(catalog(store, id)->items->nelts, 0);
    /* What was not changed is no new version. */
    assert_refused(braze_store_item_delete(store->db, id, item.kind, item.id, store->pool), 404,
                   "BRAZE-0116");
    assert_refused(braze_store_item_update(store->db, id, &item, store->pool), 404, "BRAZE-0116");
    assert_int_equal(get(store, id)->version, 4);
}

static void a_sets_permissions_are_replaced(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    apr_array_header_t *two = apr_array_make(store->pool, 2, sizeof(const char *));
    braze_item_t item = {BRAZE_ITEM_PERMISSION_SET, NULL, "Editors", NULL, NULL};
    const apr_array_header_t *there;

    item.id = unit_store_item(store, id, BRAZE_ITEM_PERMISSION_SET, "Editors", "view_campaigns");
    APR_ARRAY_PUSH(two, const char *) = "say \"hi\"";
    APR_ARRAY_PUSH(two, const char *) = "edit_campaigns";
    item.permissions = two;
    assert_fine(braze_store_item_update(store->db, id, &item, store->pool));
    there = APR_ARRAY_IDX(catalog(store, id)->items, 0, braze_item_t).permissions;
    assert_int_equal(there->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(there, 0, const char *), "say \"hi\"");
    assert_string_equal(APR_ARRAY_IDX(there, 1, const char *), "edit_campaigns");
}

static void names_of_items_are_unique_in_their_place(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    const char *a = unit_store_item(store, id, BRAZE_ITEM_WORKSPACE, "A", NULL);
    const char *b = unit_store_item(store, id, BRAZE_ITEM_WORKSPACE, "B", NULL);
    braze_item_t again = {BRAZE_ITEM_WORKSPACE, NULL, "a", NULL, NULL};
    braze_item_t team = {BRAZE_ITEM_TEAM, NULL, "emea", a, NULL};

    assert_refused(braze_store_item_add(store->db, id, &again, store->pool), 409, "BRAZE-0112");
    again.id = b;
    assert_refused(braze_store_item_update(store->db, id, &again, store->pool), 409, "BRAZE-0112");
    unit_store_item(store, other, BRAZE_ITEM_WORKSPACE, "A", NULL);
    unit_store_item(store, id, BRAZE_ITEM_ROLE, "A", NULL);
    unit_store_item(store, id, BRAZE_ITEM_TEAM, "EMEA", a);
    unit_store_item(store, id, BRAZE_ITEM_TEAM, "EMEA", b);
    assert_refused(braze_store_item_add(store->db, id, &team, store->pool), 409, "BRAZE-0112");
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_team"), 2);
}

static void a_team_is_part_of_a_workspace_of_its_company(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    braze_item_t team = {BRAZE_ITEM_TEAM, NULL, "EMEA", NULL, NULL};

    team.workspace_id = unit_store_item(store, other, BRAZE_ITEM_WORKSPACE, "Theirs", NULL);
    assert_refused(braze_store_item_add(store->db, id, &team, store->pool), 400, "BRAZE-0117");
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_team"), 0);
}

static void another_companys_items_are_out_of_reach(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    braze_item_t item = {BRAZE_ITEM_ROLE, NULL, "Taken over", NULL, NULL};

    item.id = unit_store_item(store, id, BRAZE_ITEM_ROLE, "Owner", "admin");
    assert_refused(braze_store_item_update(store->db, other, &item, store->pool), 404,
                   "BRAZE-0116");
    assert_refused(braze_store_item_delete(store->db, other, item.kind, item.id, store->pool), 404,
                   "BRAZE-0116");
    assert_refused(braze_store_item_delete(store->db, id, BRAZE_ITEM_TEAM, item.id, store->pool),
                   404, "BRAZE-0116");
    item.id = NULL;
    assert_refused(braze_store_item_add(store->db, "nobody", &item, store->pool), 404,
                   "BRAZE-0116");
    assert_string_equal(unit_store_see(store, "SELECT name FROM braze_role"), "Owner");
    item.kind = BRAZE_ITEM_WORKSPACE; /* another statement: it has no permissions */
    item.id = unit_store_item(store, id, BRAZE_ITEM_WORKSPACE, "Marketing", NULL);
    assert_refused(braze_store_item_update(store->db, other, &item, store->pool), 404,
                   "BRAZE-0116");
    assert_string_equal(unit_store_see(store, "SELECT name FROM braze_workspace"), "Marketing");
}

/* ---- domains ---- */

static int known(const unit_store_t *store, const char *company_id, const char *domain)
{
    int is;

    assert_fine(braze_store_domain_known(&is, store->db, company_id, domain, store->pool));
    return is;
}

static void a_domain_is_known_by_a_confirmed_person_or_an_exception(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    braze_user_t *user = unit_user(id, "ada@decorumsoft.com", NULL, store->pool);

    user->confirmed = 0;
    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, NULL, store->pool));
    assert_int_equal(known(store, id, "decorumsoft.com"), 0);
    user = unit_user(id, "support@decorumsoft.com", NULL, store->pool);
    user->impersonation = 1;
    assert_fine(braze_store_user_add(store->db, user, UNIT_NOW, NULL, store->pool));
    assert_int_equal(known(store, id, "decorumsoft.com"), 0);
    unit_store_user(store, id, "Grace@DecorumSoft.com", NULL);
    assert_int_equal(known(store, id, "decorumsoft.com"), 1);
    /* Whole domains only, and only this company's. */
    assert_int_equal(known(store, id, "decorumsoft.eu"), 0);
    assert_int_equal(known(store, id, "x.decorumsoft.com"), 0);
    assert_int_equal(known(store, other, "decorumsoft.com"), 0);
    assert_fine(braze_store_domain_allow(store->db, id, "agency.example", 1, store->pool));
    assert_fine(braze_store_domain_allow(store->db, id, "agency.example", 1, store->pool));
    assert_int_equal(known(store, id, "agency.example"), 1);
    assert_int_equal(known(store, other, "agency.example"), 0);
    assert_fine(braze_store_domain_allow(store->db, other, "agency.example", 0, store->pool));
    assert_int_equal(known(store, id, "agency.example"), 1);
    assert_fine(braze_store_domain_allow(store->db, id, "agency.example", 0, store->pool));
    assert_int_equal(known(store, id, "agency.example"), 0);
    assert_refused(braze_store_domain_allow(store->db, "nobody", "a.example", 1, store->pool), 404,
                   "BRAZE-0116");
}

static void domains_are_listed(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    apr_array_header_t *excepted, *confirmed;

    unit_store_user(store, id, "a@b.example", NULL);
    unit_store_user(store, id, "b@b.example", NULL);
    unit_store_user(store, id, "a@a.example", NULL);
    unit_store_user(store, id, "no address", NULL);
    unit_store_user(store, other, "a@theirs.example", NULL);
    assert_fine(braze_store_domain_allow(store->db, id, "z.example", 1, store->pool));
    assert_fine(braze_store_domain_list(&excepted, &confirmed, store->db, id, store->pool));
    assert_int_equal(excepted->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(excepted, 0, const char *), "z.example");
    assert_int_equal(confirmed->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(confirmed, 0, const char *), "a.example");
    assert_string_equal(APR_ARRAY_IDX(confirmed, 1, const char *), "b.example");
}

/* An operator adds a row; httpd reads a catalogue again when the company's version has grown. */
static void a_new_permission_is_noticed(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    const char *other = unit_store_company(store, "Other");
    const braze_catalog_t *before = catalog(store, id), *after;
    apr_int64_t others = catalog(store, other)->version;

    assert_non_null(apr_hash_get(before->vocabulary, "company:admin", APR_HASH_KEY_STRING));
    assert_non_null(
        apr_hash_get(before->vocabulary, "workspace:view_campaigns", APR_HASH_KEY_STRING));
    assert_null(apr_hash_get(before->vocabulary, "company:view_campaigns", APR_HASH_KEY_STRING));
    assert_null(apr_hash_get(before->vocabulary, "team:brand_new", APR_HASH_KEY_STRING));
    unit_store_do(store, "INSERT INTO braze_permission(scope, name) VALUES('team', 'brand_new')");
    after = catalog(store, id);
    assert_non_null(apr_hash_get(after->vocabulary, "team:brand_new", APR_HASH_KEY_STRING));
    assert_int_equal(after->version, before->version + 1);
    assert_int_equal(catalog(store, other)->version, others + 1);
    unit_store_do(store, "DELETE FROM braze_permission WHERE name = 'brand_new'");
    after = catalog(store, id);
    assert_null(apr_hash_get(after->vocabulary, "team:brand_new", APR_HASH_KEY_STRING));
    assert_int_equal(after->version, before->version + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_company_keeps_what_it_was_given),
        STORE_TEST(a_company_is_found_by_any_spelling_of_its_name),
        STORE_TEST(a_name_belongs_to_one_company),
        STORE_TEST(settings_are_compared_and_set),
        STORE_TEST(a_default_is_the_companys_own),
        STORE_TEST(companies_are_listed_by_name),
        STORE_TEST(the_catalogue_holds_the_companys_items),
        STORE_TEST(every_change_of_an_item_is_a_new_version),
        STORE_TEST(a_new_permission_is_noticed),
        STORE_TEST(a_sets_permissions_are_replaced),
        STORE_TEST(names_of_items_are_unique_in_their_place),
        STORE_TEST(a_team_is_part_of_a_workspace_of_its_company),
        STORE_TEST(another_companys_items_are_out_of_reach),
        STORE_TEST(a_domain_is_known_by_a_confirmed_person_or_an_exception),
        STORE_TEST(domains_are_listed),
    };

    return cmocka_run_group_tests_name("store company", tests, NULL, NULL);
}
