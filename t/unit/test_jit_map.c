/* SPDX-License-Identifier: Apache-2.0 */
/* The table of groups: which rows speak of a person, and what comes of what they name. */
#include "unit_jit.h"

#define ANA "ana@decorumsoft.com"

static apr_array_header_t *map;

static apr_array_header_t *names(const char *name)
{
    apr_array_header_t *list = apr_array_make(pool, 1, sizeof(const char *));

    APR_ARRAY_PUSH(list, const char *) = name;
    return list;
}

/* A row of the table; any of the names may be NULL. */
static void row(const char *idp_group, const char *workspace, const char *set, const char *group)
{
    braze_jit_map_row_t added = {.idp_group = idp_group, .workspace = workspace};

    if (!map) {
        map = apr_array_make(pool, 4, sizeof(added));
        policy.map = map;
    }
    added.permission_sets = set ? names(set) : NULL;
    added.groups = group ? names(group) : NULL;
    added.where = apr_psprintf(pool, "table.conf:%d", map->nelts + 1);
    APR_ARRAY_PUSH(map, braze_jit_map_row_t) = added;
}

static braze_saml_identity_t *in_group(const char *attribute, const char *group)
{
    braze_saml_identity_t *identity = identity_of(ANA);

    give(identity, attribute, group);
    return identity;
}

static const char *permissions(const braze_jit_result_t *result)
{
    return get_user(result->user->id)->permissions;
}

static int begin(void **state)
{
    map = NULL;
    if (set_up(state)) {
        return 1;
    }
    fine(braze_store_domain_allow(db, company->id, "decorumsoft.com", 1, pool));
    return 0;
}

static void who_is_in_no_group_gets_the_defaults(void **state)
{
    (void)state;
    row("Sellers", "Marketing", NULL, NULL);
    assert_string_equal(permissions(sign_in(in_group("groups", "sellers"))),
                        braze_grants_default(company->default_workspace_id,
                                             company->default_permission_set_id, pool));
    assert_int_equal(logged("BRAZE-J0320"), 0);
}

static void a_group_gives_instead_of_the_defaults(void **state)
{
    const char *workspace = add_item(company->id, BRAZE_ITEM_WORKSPACE, "Sales", NULL);
    braze_jit_result_t *result;

    (void)state;
    reload();
    row("Sellers", "Sales", "Readers", NULL);
    result = sign_in(in_group("memberOf", "Sellers"));
    assert_int_equal(result->created, 1);
    assert_string_equal(permissions(result),
                        braze_grants_default(workspace, company->default_permission_set_id, pool));
}

/* Somebody who is in a mere group of ours still needs something to begin with. */
static void a_row_of_groups_alone_leaves_the_defaults(void **state)
{
    (void)state;
    row("Sellers", NULL, NULL, "Editors");
    assert_string_equal(permissions(sign_in(in_group("groups", "Sellers"))),
                        braze_grants_default(company->default_workspace_id,
                                             company->default_permission_set_id, pool));
}

static void what_is_not_there_gives_nothing(void **state)
{
    braze_jit_result_t *result;
    int i;

    (void)state;
    row("Sellers", "Atlantis", "Readers", NULL);
    row("Sellers", "Marketing", "Gone", NULL);
    policy.map_on_login = 1;
    result = sign_in(in_group("groups", "Sellers"));
    assert_string_equal(permissions(result),
                        braze_grants_default(company->default_workspace_id, NULL, pool));
    assert_int_equal(logged("BRAZE-J0320"), 2);
    assert_non_null(strstr(APR_ARRAY_IDX(log_lines, 0, const char *), "(table.conf:1)"));
    assert_non_null(strstr(APR_ARRAY_IDX(log_lines, 0, const char *), "\"Atlantis\""));
    /* Said once, not at every login. */
    for (i = 0; i < 2; i++) {
        sign_in(in_group("groups", "Sellers"));
    }
    assert_int_equal(logged("BRAZE-J0320"), 2);
}

/* The process's catalogue is old: what the row names has been made since. */
static braze_err_t *look_again(braze_jit_policy_t *now, void *baton)
{
    ++*(int *)baton;
    reload();
    now->company = company;
    now->catalog = policy.catalog;
    return NULL;
}

static void the_company_is_read_anew_before_anything_is_written(void **state)
{
    const char *id = add_user(company->id, ANA, NULL), *workspace;
    int looked = 0;

    (void)state;
    row("Sellers", "Sales", NULL, NULL);
    policy.map_on_login = 1;
    policy.refresh = look_again;
    policy.refresh_baton = &looked;
    workspace = add_item(company->id, BRAZE_ITEM_WORKSPACE, "Sales", NULL);
    sign_in(in_group("groups", "Sellers"));
    assert_int_equal(looked, 1);
    assert_string_equal(get_user(id)->permissions, braze_grants_default(workspace, NULL, pool));
    assert_int_equal(logged("BRAZE-J0320"), 0);
    /* And not for nothing. */
    sign_in(in_group("groups", "Sellers"));
    assert_int_equal(looked, 1);
}

static void groups_that_are_left_out_change_nothing(void **state)
{
    const char *id = add_user(company->id, ANA, NULL);
    const char *given = braze_grants_default(company->default_workspace_id, NULL, pool);

    (void)state;
    row("Sellers", "Marketing", NULL, NULL);
    policy.map_on_login = 1;
    sign_in(in_group("groups", "Sellers"));
    assert_string_equal(get_user(id)->permissions, given);
    sign_in(in_group("http://schemas.microsoft.com/claims/groups.link", "https://graph.example"));
    assert_string_equal(get_user(id)->permissions, given);
    assert_int_equal(logged("BRAZE-J0321"), 1);
    sign_in(identity_of(ANA));
    assert_string_equal(get_user(id)->permissions, "{}");
}

#define MAP_TEST(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MAP_TEST(who_is_in_no_group_gets_the_defaults),
        MAP_TEST(a_group_gives_instead_of_the_defaults),
        MAP_TEST(a_row_of_groups_alone_leaves_the_defaults),
        MAP_TEST(what_is_not_there_gives_nothing),
        MAP_TEST(the_company_is_read_anew_before_anything_is_written),
        MAP_TEST(groups_that_are_left_out_change_nothing),
    };

    return run_all(tests, sizeof(tests) / sizeof(tests[0]));
}
