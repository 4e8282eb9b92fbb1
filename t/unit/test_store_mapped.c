/* SPDX-License-Identifier: Apache-2.0 */
/* What a table of groups gives at logins: written once, taken away again, beside what others give.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "braze_key.h"
#include "unit_store.h"

#define MAIL "ada@b.example"

/* A company with a workspace and a permission set. */
typedef struct {
    unit_store_t *store;
    const char *id, *workspace, *set;
    int logins;
} fixture_t;

static void begin(fixture_t *fixture, void **state)
{
    fixture->store = unit_store(state);
    fixture->id = unit_store_company(fixture->store, "Decorumsoft");
    fixture->workspace =
        unit_store_item(fixture->store, fixture->id, BRAZE_ITEM_WORKSPACE, "EU", NULL);
    fixture->set = unit_store_item(fixture->store, fixture->id, BRAZE_ITEM_PERMISSION_SET,
                                   "Marketers", "edit_campaigns");
    fixture->logins = 0;
}

/* The permission set, or not; and these groups (names, NULL-ended). */
static braze_wanted_t *wanted(const fixture_t *fixture, int set, const char *const *groups)
{
    apr_pool_t *pool = fixture->store->pool;
    braze_wanted_t *wanted = apr_pcalloc(pool, sizeof(*wanted));
    apr_array_header_t *atoms = apr_array_make(pool, 2, sizeof(const char *));
    apr_array_header_t *list = apr_array_make(pool, 2, sizeof(braze_wanted_group_t));
    const char *all = "";

    if (set) {
        APR_ARRAY_PUSH(atoms, const char *) =
            apr_pstrcat(pool, "workspace:", fixture->workspace, NULL);
        APR_ARRAY_PUSH(atoms, const char *) =
            apr_pstrcat(pool, "set:", fixture->workspace, "/", fixture->set, NULL);
    }
    for (; *groups; groups++) {
        braze_wanted_group_t group = {*groups, NULL, "test.conf:1"};

        assert_fine(braze_key_fold(&group.key, *groups, strlen(*groups), pool));
        APR_ARRAY_PUSH(list, braze_wanted_group_t) = group;
        all = apr_pstrcat(pool, all, "\n", group.key, NULL);
    }
    all = apr_pstrcat(pool, set ? "set" : "", all, NULL);
    wanted->want_hash = braze_sha256_hex(all, strlen(all), pool);
    wanted->atoms = atoms;
    wanted->groups = list;
    wanted->fresh = 1;
    return wanted;
}

static braze_sign_in_t *login(fixture_t *fixture, braze_wanted_t *gives)
{
    apr_pool_t *pool = fixture->store->pool;
    braze_sign_in_t *in =
        unit_sign_in(fixture->id, MAIL, apr_psprintf(pool, "_m%d", fixture->logins++), "", pool);

    in->wanted = gives;
    in->map_on_login = 1;
    return in;
}

static braze_user_t *run(const fixture_t *fixture, const braze_sign_in_t *in,
                         braze_sign_in_outcome_t expected)
{
    const unit_store_t *store = fixture->store;
    braze_sign_in_outcome_t outcome;
    braze_user_t *user;

    assert_fine(braze_store_sign_in(&outcome, &user, store->db, in, store->pool));
    assert_int_equal(outcome, expected);
    return user;
}

#define GROUPS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_GROUPS ((const char *const[]){NULL})

static int grants(const fixture_t *fixture)
{
    return unit_store_count(fixture->store, "SELECT count(*) FROM braze_user_grant");
}

static int members(const fixture_t *fixture, const char *name)
{
    return unit_store_count(
        fixture->store, apr_psprintf(fixture->store->pool,
                                     "SELECT count(*) FROM braze_group_member m JOIN braze_group g "
                                     "ON g.id = m.group_id WHERE g.display_name = '%s'",
                                     name));
}

static void the_same_again_writes_nothing(void **state)
{
    fixture_t f;
    braze_wanted_t *gives, *stale;
    braze_user_t *user;
    int i;

    begin(&f, state);
    unit_store_user(f.store, f.id, MAIL, NULL);
    gives = wanted(&f, 1, GROUPS("Editors", "Readers"));
    stale = wanted(&f, 1, GROUPS("Editors", "Readers"));
    stale->fresh = 0;
    /* What is to be written is written only with the company as it is now. */
    run(&f, login(&f, stale), BRAZE_MAP_OUTDATED);
    assert_int_equal(unit_store_count(f.store, "SELECT count(*) FROM braze_session"), 0);
    user = run(&f, login(&f, gives), BRAZE_SIGNED_IN);
    assert_int_equal(user->version, 2);
    assert_int_equal(grants(&f), 1);
    assert_int_equal(members(&f, "Editors") + members(&f, "Readers"), 2);
    for (i = 0; i < 2; i++) {
        assert_int_equal(run(&f, login(&f, stale), BRAZE_SIGNED_IN)->version, 2);
    }
    assert_int_equal(unit_store_count(f.store, "SELECT count(*) FROM braze_group "
                                               "WHERE source = 'jit' AND version = 2"),
                     2);
    assert_int_equal(unit_store_count(f.store, "SELECT count(*) FROM braze_event "
                                               "WHERE name = 'Updated Account Permission'"),
                     1);
}

static void what_no_longer_applies_is_taken_away(void **state)
{
    fixture_t f;
    braze_user_t *user;

    begin(&f, state);
    user = unit_store_user(f.store, f.id, MAIL, NULL);
    run(&f, login(&f, wanted(&f, 1, GROUPS("Editors", "Readers"))), BRAZE_SIGNED_IN);
    run(&f, login(&f, wanted(&f, 0, GROUPS("readers"))), BRAZE_SIGNED_IN);
    assert_string_equal(unit_store_get(f.store, user)->permissions, "{}");
    assert_int_equal(members(&f, "Editors"), 0);
    assert_int_equal(members(&f, "Readers"), 1);
    run(&f, login(&f, wanted(&f, 0, NO_GROUPS)), BRAZE_SIGNED_IN);
    assert_int_equal(members(&f, "Readers"), 0);
    /* And again, from nothing. */
    run(&f, login(&f, wanted(&f, 1, GROUPS("Editors"))), BRAZE_SIGNED_IN);
    assert_int_equal(grants(&f), 1);
    assert_int_equal(members(&f, "Editors"), 1);
}

static void what_others_gave_stays(void **state)
{
    fixture_t f;
    braze_user_t *user;
    const char *theirs;

    begin(&f, state);
    theirs = braze_grants_default(f.workspace, f.set, f.store->pool);
    user = unit_store_user(f.store, f.id, MAIL, theirs);
    run(&f, login(&f, wanted(&f, 1, NO_GROUPS)), BRAZE_SIGNED_IN);
    run(&f, login(&f, wanted(&f, 0, NO_GROUPS)), BRAZE_SIGNED_IN);
    assert_string_equal(unit_store_get(f.store, user)->permissions, theirs);
    assert_int_equal(unit_store_get(f.store, user)->version, 1);
}

static void what_somebody_took_away_is_given_again(void **state)
{
    fixture_t f;
    braze_wanted_t *gives;
    braze_user_t *user;
    int done;

    begin(&f, state);
    user = unit_store_user(f.store, f.id, MAIL, NULL);
    gives = wanted(&f, 1, GROUPS("Editors"));
    run(&f, login(&f, gives), BRAZE_SIGNED_IN);
    user = unit_store_get(f.store, user);
    user->permissions = "{}";
    assert_fine(braze_store_user_update(&done, f.store->db, user, UNIT_NOW, NULL, f.store->pool));
    run(&f, login(&f, gives), BRAZE_SIGNED_IN);
    assert_int_equal(grants(&f), 1);
    unit_store_do(f.store, "DELETE FROM braze_group_member");
    run(&f, login(&f, gives), BRAZE_SIGNED_IN);
    assert_int_equal(members(&f, "Editors"), 1);
}

static void what_scim_keeps_is_not_touched(void **state)
{
    fixture_t f;
    braze_user_t *user;
    braze_group_t *group;
    braze_group_change_t change = {.write_columns = 1, .now = UNIT_NOW};
    int done;

    begin(&f, state);
    user = unit_store_user(f.store, f.id, MAIL, NULL);
    group = unit_store_group(f.store, f.id, "Editors", NULL);
    run(&f, login(&f, wanted(&f, 0, GROUPS("EDITORS", "Readers"))), BRAZE_SIGNED_IN);
    assert_int_equal(members(&f, "Editors"), 0);
    assert_int_equal(members(&f, "Readers"), 1);
    assert_int_equal(unit_store_count(f.store, "SELECT count(*) FROM braze_group"), 2);
    /* One that SCIM takes over is SCIM's from then on. */
    change.group = group;
    group->resource = "{\"displayName\":\"Editors\",\"externalId\":\"x\"}";
    group->id = unit_store_see(f.store, "SELECT id FROM braze_group WHERE source = 'jit'");
    assert_fine(braze_store_group_change(&done, f.store->db, &change, f.store->pool));
    assert_int_equal(
        unit_store_count(f.store, "SELECT count(*) FROM braze_group WHERE source = 'jit'"), 0);
    run(&f, login(&f, wanted(&f, 0, NO_GROUPS)), BRAZE_SIGNED_IN);
    assert_int_equal(unit_store_count(f.store, "SELECT count(*) FROM braze_group_member"), 1);
    /* So are its users. */
    unit_store_do(f.store, "UPDATE braze_user SET source = 'scim'");
    run(&f, login(&f, wanted(&f, 1, GROUPS("Writers"))), BRAZE_SIGNED_IN);
    assert_string_equal(unit_store_get(f.store, user)->permissions, "{}");
    assert_int_equal(members(&f, "Writers"), 0);
}

static void a_new_person_gets_it_at_once(void **state)
{
    fixture_t f;
    braze_wanted_t *gives;
    braze_sign_in_t *in;

    begin(&f, state);
    gives = wanted(&f, 1, GROUPS("Editors"));
    gives->given = gives->atoms;
    in = login(&f, gives);
    in->new_user = unit_user(f.id, MAIL, braze_grants_default(f.workspace, f.set, f.store->pool),
                             f.store->pool);
    run(&f, in, BRAZE_CREATED);
    assert_int_equal(members(&f, "Editors"), 1);
    /* As much as the record says is taken away again; not without being asked. */
    in = login(&f, wanted(&f, 0, NO_GROUPS));
    in->map_on_login = 0;
    run(&f, in, BRAZE_SIGNED_IN);
    assert_int_equal(grants(&f), 1);
    run(&f, login(&f, wanted(&f, 0, NO_GROUPS)), BRAZE_SIGNED_IN);
    assert_int_equal(grants(&f), 0);
    assert_int_equal(members(&f, "Editors"), 0);
}

static void another_companys_groups_are_its_own(void **state)
{
    fixture_t f, other;
    braze_sign_in_t *in;

    begin(&f, state);
    other = f;
    other.id = unit_store_company(f.store, "Other");
    unit_store_user(f.store, f.id, MAIL, NULL);
    unit_store_user(f.store, other.id, MAIL, NULL);
    run(&f, login(&f, wanted(&f, 0, GROUPS("Editors"))), BRAZE_SIGNED_IN);
    other.logins = 100;
    in = login(&other, wanted(&other, 0, GROUPS("Editors")));
    run(&other, in, BRAZE_SIGNED_IN);
    assert_int_equal(unit_store_count(f.store, "SELECT count(*) FROM braze_group"), 2);
    assert_int_equal(unit_store_count(f.store, "SELECT count(*) FROM braze_group_member m JOIN "
                                               "braze_group g ON g.id = m.group_id "
                                               "AND g.company_id = m.company_id"),
                     2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_same_again_writes_nothing),
        STORE_TEST(what_no_longer_applies_is_taken_away),
        STORE_TEST(what_others_gave_stays),
        STORE_TEST(what_somebody_took_away_is_given_again),
        STORE_TEST(what_scim_keeps_is_not_touched),
        STORE_TEST(a_new_person_gets_it_at_once),
        STORE_TEST(another_companys_groups_are_its_own),
    };

    return cmocka_run_group_tests_name("store mapped", tests, NULL, NULL);
}
