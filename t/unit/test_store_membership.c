/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in a group: steps of a change, nested groups and circles, what a user is in. */
#include <string.h>

#include <apr_strings.h>

#include "unit_store.h"

#define LATER (UNIT_NOW + apr_time_from_sec(60))
#define MANY 2500

/* Four users and a group without members. */
typedef struct {
    unit_store_t *store;
    const char *company;
    const char *user[4]; /* in the order of ids */
    braze_group_t *group;
} scene_t;

static scene_t scene_of(void **state)
{
    scene_t scene;
    int i;

    scene.store = unit_store(state);
    scene.company = unit_store_company(scene.store, "Decorumsoft");
    for (i = 0; i < 4; i++) {
        const char *email = apr_psprintf(scene.store->pool, "user%d@b.example", i);
        braze_user_t *user = unit_user(scene.company, email, NULL, scene.store->pool);

        assert_fine(braze_store_user_add(scene.store->db, user, UNIT_NOW + apr_time_from_sec(i),
                                         NULL, scene.store->pool));
        scene.user[i] = user->id;
    }
    scene.group = unit_store_group(scene.store, scene.company, "Guides", NULL);
    return scene;
}

/* Up to three steps. */
static braze_err_t *change(const scene_t *scene, braze_group_t *group,
                           const braze_member_step_t *steps, int count)
{
    apr_array_header_t *list =
        apr_array_make(scene->store->pool, count, sizeof(braze_member_step_t));
    braze_group_change_t wanted = {group, 0, 0, list, NULL, LATER};
    braze_err_t *err;
    int i, done;

    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(list, braze_member_step_t) = steps[i];
    }
    wanted.event = unit_event(scene->company, "Updated Group", scene->store->pool);
    err = braze_store_group_change(&done, scene->store->db, &wanted, scene->store->pool);
    assert_int_equal(done, err == NULL);
    return err;
}

static braze_err_t *one_step(const scene_t *scene, braze_group_t *group, braze_member_op_t op,
                             const apr_array_header_t *ids)
{
    braze_member_step_t step = {op, ids, NULL, NULL};

    return change(scene, group, &step, 1);
}

#define IDS(...) unit_ids(scene.store->pool, __VA_ARGS__, NULL)
#define NO_IDS unit_ids(scene.store->pool, NULL)

/* "0,2,Inner": users by number, groups by name. */
static const char *members(const scene_t *scene, const braze_group_t *group)
{
    apr_array_header_t *list;
    const char *text = "";
    int i, j;

    assert_fine(braze_store_group_members(&list, scene->store->db, scene->company, group->id,
                                          scene->store->pool));
    for (i = 0; i < list->nelts; i++) {
        const braze_member_t *member = APR_ARRAY_IDX(list, i, const braze_member_t *);
        const char *name = member->display;

        for (j = 0; !member->is_group && j < 4; j++) {
            if (strcmp(member->id, scene->user[j]) == 0) {
                name = apr_itoa(scene->store->pool, j);
            }
        }
        text = apr_pstrcat(scene->store->pool, text, *text ? "," : "", name, NULL);
    }
    return text;
}

static apr_int64_t version(const scene_t *scene, const braze_group_t *group)
{
    braze_group_t *there;

    assert_fine(braze_store_group_get(&there, scene->store->db, scene->company, group->id,
                                      scene->store->pool));
    return there->version;
}

static int events(const scene_t *scene)
{
    return unit_store_count(scene->store, "SELECT count(*) FROM braze_event");
}

static void members_come_and_go(void **state)
{
    scene_t scene = scene_of(state);

    assert_fine(
        one_step(&scene, scene.group, BRAZE_MEMBERS_ADD, IDS(scene.user[2], scene.user[0])));
    assert_string_equal(members(&scene, scene.group), "0,2");
    assert_int_equal(scene.group->version, 2);
    assert_true(scene.group->modified_at == LATER);
    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_REMOVE, IDS(scene.user[0])));
    assert_string_equal(members(&scene, scene.group), "2");
    assert_int_equal(version(&scene, scene.group), 3);
    assert_int_equal(events(&scene), 2);
}

static void who_is_there_is_not_added(void **state)
{
    scene_t scene = scene_of(state);

    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_ADD, IDS(scene.user[0])));
    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_ADD, IDS(scene.user[0])));
    assert_int_equal(version(&scene, scene.group), 2);
    assert_int_equal(scene.group->version, 2);
    assert_int_equal(events(&scene), 1);
    /* One of two, twice named: a change, and one row. */
    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_ADD,
                         IDS(scene.user[0], scene.user[1], scene.user[1])));
    assert_string_equal(members(&scene, scene.group), "0,1");
    assert_int_equal(version(&scene, scene.group), 3);
}

static void who_is_not_there_is_not_removed(void **state)
{
    scene_t scene = scene_of(state);

    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_REMOVE,
                         IDS(scene.user[0], "nobody", scene.group->id)));
    assert_int_equal(version(&scene, scene.group), 1);
    assert_int_equal(events(&scene), 0);
}

static void a_set_is_the_difference(void **state)
{
    scene_t scene = scene_of(state);
    braze_group_t *inner = unit_store_group(scene.store, scene.company, "Inner", NULL);

    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_SET,
                         IDS(scene.user[0], scene.user[1], inner->id)));
    assert_string_equal(members(&scene, scene.group), "0,1,Inner");
    assert_fine(
        one_step(&scene, scene.group, BRAZE_MEMBERS_SET, IDS(scene.user[1], scene.user[3])));
    assert_string_equal(members(&scene, scene.group), "1,3");
    assert_int_equal(version(&scene, scene.group), 3);
    /* In another order it is the same set. */
    assert_fine(
        one_step(&scene, scene.group, BRAZE_MEMBERS_SET, IDS(scene.user[3], scene.user[1])));
    assert_int_equal(version(&scene, scene.group), 3);
    assert_int_equal(events(&scene), 2);
    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_SET, NO_IDS));
    assert_string_equal(members(&scene, scene.group), "");
    assert_int_equal(version(&scene, scene.group), 4);
}

/* What stays is the very row that was there. */
static void a_set_does_not_touch_what_stays(void **state)
{
    scene_t scene = scene_of(state);
    const char *row = scene.store->engine == BRAZE_ENGINE_SQLITE
                          ? "SELECT rowid FROM braze_group_member WHERE user_id = '%s'"
                          : "SELECT ctid FROM braze_group_member WHERE user_id = '%s'";
    const char *before;

    assert_fine(
        one_step(&scene, scene.group, BRAZE_MEMBERS_SET, IDS(scene.user[0], scene.user[1])));
    row = apr_psprintf(scene.store->pool, row, scene.user[1]);
    before = unit_store_see(scene.store, row);
    assert_fine(
        one_step(&scene, scene.group, BRAZE_MEMBERS_SET, IDS(scene.user[1], scene.user[2])));
    assert_string_equal(unit_store_see(scene.store, row), before);
}

static void steps_are_taken_in_order(void **state)
{
    scene_t scene = scene_of(state);
    braze_member_step_t steps[] = {
        {BRAZE_MEMBERS_SET, IDS(scene.user[0], scene.user[1]), NULL, NULL},
        {BRAZE_MEMBERS_REMOVE, IDS(scene.user[0]), "x", NULL},
        {BRAZE_MEMBERS_ADD, IDS(scene.user[3]), NULL, NULL},
    };

    assert_fine(change(&scene, scene.group, steps, 3));
    assert_string_equal(members(&scene, scene.group), "1,3");
    assert_int_equal(version(&scene, scene.group), 2);
    assert_int_equal(events(&scene), 1);
}

static void who_must_be_there_is_asked_for(void **state)
{
    scene_t scene = scene_of(state);
    braze_member_step_t steps[] = {
        {BRAZE_MEMBERS_SET, IDS(scene.user[0]), NULL, NULL},
        {BRAZE_MEMBERS_REMOVE, IDS(scene.user[1], scene.user[2]), "Operations[1]", NULL},
    };
    braze_err_t *err = change(&scene, scene.group, steps, 2);
    int missed = -1;

    assert_refused(err, 400, "BRAZE-0123");
    assert_string_equal(err->code, "noTarget");
    assert_string_equal(err->where, "Operations[1]");
    assert_string_equal(members(&scene, scene.group), "");
    steps[1].ids = IDS(scene.user[1], scene.user[0]); /* one of them is enough */
    assert_fine(change(&scene, scene.group, steps, 2));
    assert_string_equal(members(&scene, scene.group), "");
    steps[1].must = NULL;
    steps[1].missed = &missed;
    assert_fine(change(&scene, scene.group, steps, 2));
    assert_int_equal(missed, 0);
    steps[1].ids = IDS(scene.user[1]);
    assert_fine(change(&scene, scene.group, steps, 2));
    assert_int_equal(missed, 1);
    assert_string_equal(members(&scene, scene.group), "0");
}

static void a_bad_id_leaves_all_as_it_was(void **state)
{
    scene_t scene = scene_of(state);
    const char *other = unit_store_company(scene.store, "Other");
    const char *stranger = unit_store_user(scene.store, other, "eve@b.example", NULL)->id;
    braze_member_step_t steps[] = {
        {BRAZE_MEMBERS_SET, IDS(scene.user[1]), NULL, NULL},
        {BRAZE_MEMBERS_ADD, IDS(scene.user[2], "nobody-1", "nobody-2"), NULL, NULL},
    };
    braze_err_t *err;

    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_ADD, IDS(scene.user[0])));
    err = change(&scene, scene.group, steps, 2);
    assert_refused(err, 400, "BRAZE-0120");
    assert_string_equal(err->code, "invalidValue");
    assert_non_null(strstr(err->detail, "nobody-1"));
    assert_null(strstr(err->detail, "nobody-2"));
    assert_refused(one_step(&scene, scene.group, BRAZE_MEMBERS_SET, IDS(stranger)), 400,
                   "BRAZE-0120");
    assert_refused(one_step(&scene, scene.group, BRAZE_MEMBERS_ADD, IDS("")), 400, "BRAZE-0120");
    /* Bound, not put into a text. */
    assert_refused(
        one_step(&scene, scene.group, BRAZE_MEMBERS_ADD, IDS("\"]'); DELETE FROM braze_user; --")),
        400, "BRAZE-0120");
    assert_string_equal(members(&scene, scene.group), "0");
    assert_int_equal(version(&scene, scene.group), 2);
    assert_int_equal(events(&scene), 1);
}

static void a_group_is_not_its_own_member(void **state)
{
    scene_t scene = scene_of(state);
    braze_group_t *group = unit_group(scene.company, "Self", scene.store->pool);
    braze_err_t *err =
        one_step(&scene, scene.group, BRAZE_MEMBERS_ADD, IDS(scene.user[0], scene.group->id));

    assert_refused(err, 400, "BRAZE-0121");
    assert_string_equal(err->code, "invalidValue");
    assert_string_equal(members(&scene, scene.group), "");
    group->id = "0660d98a-eec72b06-e7ad7f3f-e60118af";
    assert_refused(braze_store_group_add(scene.store->db, group, IDS(group->id), UNIT_NOW, NULL,
                                         scene.store->pool),
                   400, "BRAZE-0121");
}

static void a_member_is_shown_by_its_name(void **state)
{
    scene_t scene = scene_of(state);
    braze_group_t *inner = unit_store_group(scene.store, scene.company, "Inner", NULL);
    apr_array_header_t *list;
    const braze_member_t *member;

    unit_store_do(scene.store, apr_psprintf(scene.store->pool,
                                            "UPDATE braze_user SET display_name = 'Ada' "
                                            "WHERE id = '%s'",
                                            scene.user[0]));
    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_ADD,
                         IDS(inner->id, scene.user[1], scene.user[0])));
    assert_fine(braze_store_group_members(&list, scene.store->db, scene.company, scene.group->id,
                                          scene.store->pool));
    assert_int_equal(list->nelts, 3);
    member = APR_ARRAY_IDX(list, 0, const braze_member_t *);
    assert_string_equal(member->display, "Ada");
    assert_int_equal(member->is_group, 0);
    member = APR_ARRAY_IDX(list, 1, const braze_member_t *);
    assert_string_equal(member->display, "user1@b.example");
    member = APR_ARRAY_IDX(list, 2, const braze_member_t *);
    assert_string_equal(member->id, inner->id);
    assert_string_equal(member->display, "Inner");
    assert_int_equal(member->is_group, 1);
}

static void in_groups_is_told_of_a_user(void **state)
{
    scene_t scene = scene_of(state);
    braze_user_t *user;
    apr_array_header_t *users;
    apr_int64_t total;

    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_ADD, IDS(scene.user[1])));
    assert_fine(braze_store_user_get(&user, scene.store->db, scene.company, scene.user[1],
                                     scene.store->pool));
    assert_int_equal(user->in_groups, 1);
    assert_fine(braze_store_user_by_name(&user, scene.store->db, scene.company, "user1@b.example",
                                         scene.store->pool));
    assert_int_equal(user->in_groups, 1);
    assert_fine(braze_store_user_get(&user, scene.store->db, scene.company, scene.user[0],
                                     scene.store->pool));
    assert_int_equal(user->in_groups, 0);
    assert_fine(braze_store_user_list(&users, &total, scene.store->db, scene.company, 0, 10,
                                      scene.store->pool));
    assert_int_equal(total, 4);
    assert_int_equal(users->nelts, 4);
    assert_int_equal(APR_ARRAY_IDX(users, 0, braze_user_t *)->in_groups, 0);
    assert_int_equal(APR_ARRAY_IDX(users, 1, braze_user_t *)->in_groups, 1);
}

/* ---- nested groups ---- */

/* "0:Guides! 0:Outer": users by number, ! for direct. */
static const char *groups_of(const scene_t *scene, const apr_array_header_t *users)
{
    apr_array_header_t *list;
    const char *text = "";
    int i, j;

    assert_fine(braze_store_user_groups(&list, scene->store->db, scene->company, users,
                                        scene->store->pool));
    for (i = 0; i < list->nelts; i++) {
        const braze_membership_t *in = APR_ARRAY_IDX(list, i, const braze_membership_t *);

        for (j = 0; j < 4 && strcmp(in->user_id, scene->user[j]) != 0; j++) {
        }
        text = apr_psprintf(scene->store->pool, "%s%s%d:%s%s", text, *text ? " " : "", j,
                            in->display, in->direct ? "!" : "");
    }
    return text;
}

/* Its id comes behind those of groups that were made before. */
static braze_group_t *later_group(const scene_t *scene, const char *name, int seconds,
                                  const apr_array_header_t *ids)
{
    braze_group_t *group = unit_group(scene->company, name, scene->store->pool);

    assert_fine(braze_store_group_add(scene->store->db, group, ids,
                                      UNIT_NOW + apr_time_from_sec(seconds), NULL,
                                      scene->store->pool));
    return group;
}

static void nested_groups_are_followed(void **state)
{
    scene_t scene = scene_of(state);
    braze_group_t *middle = later_group(&scene, "Middle", 1, IDS(scene.group->id));
    braze_group_t *outer = later_group(&scene, "Outer", 2, IDS(middle->id, scene.user[1]));

    assert_fine(
        one_step(&scene, scene.group, BRAZE_MEMBERS_ADD, IDS(scene.user[0], scene.user[1])));
    /* Of user 1 Outer is a direct group, though Guides leads to it too. */
    assert_string_equal(groups_of(&scene, IDS(scene.user[1], scene.user[2], scene.user[0])),
                        "0:Guides! 0:Middle 0:Outer 1:Guides! 1:Outer! 1:Middle");
    assert_string_equal(groups_of(&scene, IDS(scene.user[2])), "");
    assert_string_equal(groups_of(&scene, NO_IDS), "");
    assert_string_equal(members(&scene, outer), "1,Middle");
}

static void a_circle_ends(void **state)
{
    scene_t scene = scene_of(state);
    braze_group_t *second =
        unit_store_group(scene.store, scene.company, "Second", IDS(scene.group->id));

    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_ADD, IDS(second->id, scene.user[0])));
    assert_string_equal(groups_of(&scene, IDS(scene.user[0])), "0:Guides! 0:Second");
    assert_string_equal(members(&scene, scene.group), "0,Second");
    assert_string_equal(members(&scene, second), "Guides");
}

static void applications_see_it_in_the_views(void **state)
{
    scene_t scene = scene_of(state);
    braze_group_t *middle =
        unit_store_group(scene.store, scene.company, "Middle", IDS(scene.group->id));

    unit_store_group(scene.store, scene.company, "Outer", IDS(middle->id, scene.user[1]));
    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_ADD,
                         IDS(scene.user[0], scene.user[1], middle->id)));
    /* Guides and Middle are in one another, and both in Outer. */
    assert_int_equal(unit_store_count(scene.store, "SELECT count(*) FROM braze_group_within "
                                                   "WHERE direct = 1"),
                     3);
    assert_int_equal(unit_store_count(scene.store, "SELECT count(*) FROM braze_group_within "
                                                   "WHERE direct = 0"),
                     3); /* each in itself, Guides in Outer */
    assert_int_equal(unit_store_count(scene.store, "SELECT count(*) FROM braze_user_group "
                                                   "WHERE user_name = 'user0@b.example'"),
                     3);
    assert_string_equal(unit_store_see(scene.store, "SELECT group_name FROM braze_user_group "
                                                    "WHERE user_name = 'user0@b.example' "
                                                    "AND direct = 1"),
                        "Guides");
    assert_int_equal(unit_store_count(scene.store, "SELECT count(*) FROM braze_user_group "
                                                   "WHERE user_name = 'user1@b.example' "
                                                   "AND direct = 1"),
                     2);
    assert_int_equal(unit_store_count(scene.store, "SELECT count(*) FROM braze_user_group "
                                                   "WHERE user_name = 'user1@b.example'"),
                     3);
}

/* What BRAZE_GROUPS of a signed-in person would be, sorted. */
static const char *session_groups(const scene_t *scene, const char *hash)
{
    braze_session_t *session;
    const char *text = "";
    int i, j;

    assert_fine(braze_store_session_find(&session, scene->store->db, scene->company, hash, UNIT_NOW,
                                         0, scene->store->pool));
    assert_non_null(session);
    for (i = 0; i < session->groups->nelts; i++) {
        const char **name = &APR_ARRAY_IDX(session->groups, i, const char *);

        for (j = i + 1; j < session->groups->nelts; j++) {
            const char **other = &APR_ARRAY_IDX(session->groups, j, const char *);

            if (strcmp(*other, *name) < 0) {
                const char *swapped = *other;

                *other = *name;
                *name = swapped;
            }
        }
        text = apr_pstrcat(scene->store->pool, text, i ? "," : "", *name, NULL);
    }
    return text;
}

static void a_session_has_nested_groups_once(void **state)
{
    scene_t scene = scene_of(state);
    braze_sign_in_t *in =
        unit_sign_in(scene.company, "user0@b.example", "_1", "", scene.store->pool);
    braze_sign_in_outcome_t outcome;
    braze_group_t *middle, *twin;
    braze_user_t *user;

    assert_fine(braze_store_sign_in(&outcome, &user, scene.store->db, in, scene.store->pool));
    assert_string_equal(session_groups(&scene, in->session_hash), "");
    twin = unit_store_group(scene.store, scene.company, "Guides", IDS(scene.user[0]));
    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_ADD, IDS(scene.user[0])));
    /* Two groups of one name. */
    assert_string_equal(session_groups(&scene, in->session_hash), "Guides");
    middle = unit_store_group(scene.store, scene.company, "Middle", IDS(scene.group->id));
    unit_store_group(scene.store, scene.company, "Outer", IDS(middle->id, twin->id));
    unit_store_group(scene.store, scene.company, "Apart", IDS(scene.user[1]));
    assert_string_equal(session_groups(&scene, in->session_hash), "Guides,Middle,Outer");
    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_ADD, IDS(middle->id)));
    assert_string_equal(session_groups(&scene, in->session_hash), "Guides,Middle,Outer");
    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_REMOVE, IDS(scene.user[0])));
    assert_string_equal(session_groups(&scene, in->session_hash), "Guides,Outer");
}

/* ---- many ---- */

static void many_members_are_one_change(void **state)
{
    scene_t scene = scene_of(state);
    apr_array_header_t *ids = apr_array_make(scene.store->pool, MANY, sizeof(const char *));
    apr_array_header_t *list;
    int i;

    for (i = 0; i < MANY; i++) {
        APR_ARRAY_PUSH(ids, const char *) = apr_psprintf(scene.store->pool, "u%06d", i);
    }
    /* The same words for both engines. */
    unit_store_do(scene.store,
                  apr_psprintf(scene.store->pool,
                               "INSERT INTO braze_user(id, company_id, user_name, user_name_key, "
                               "active, confirmed, impersonation, admin, source, created_at, "
                               "modified_at, version, permissions, resource) "
                               "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "
                               "WHERE i < %d) SELECT 'u' || substr(CAST(1000000 + i AS TEXT), 2), "
                               "'%s', 'n' || i, 'n' || i, 1, 1, 0, 0, 'scim', 0, 0, 1, '{}', '{}' "
                               "FROM n",
                               MANY - 1, scene.company));
    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_SET, ids));
    assert_fine(braze_store_group_members(&list, scene.store->db, scene.company, scene.group->id,
                                          scene.store->pool));
    assert_int_equal(list->nelts, MANY);
    assert_string_equal(APR_ARRAY_IDX(list, MANY - 1, braze_member_t *)->id,
                        APR_ARRAY_IDX(ids, MANY - 1, const char *));
    assert_int_equal(version(&scene, scene.group), 2);
    apr_array_pop(ids);
    assert_fine(one_step(&scene, scene.group, BRAZE_MEMBERS_REMOVE, ids));
    assert_int_equal(unit_store_count(scene.store, "SELECT count(*) FROM braze_group_member"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(members_come_and_go),
        STORE_TEST(who_is_there_is_not_added),
        STORE_TEST(who_is_not_there_is_not_removed),
        STORE_TEST(a_set_is_the_difference),
        STORE_TEST(a_set_does_not_touch_what_stays),
        STORE_TEST(steps_are_taken_in_order),
        STORE_TEST(who_must_be_there_is_asked_for),
        STORE_TEST(a_bad_id_leaves_all_as_it_was),
        STORE_TEST(a_group_is_not_its_own_member),
        STORE_TEST(a_member_is_shown_by_its_name),
        STORE_TEST(in_groups_is_told_of_a_user),
        STORE_TEST(nested_groups_are_followed),
        STORE_TEST(a_circle_ends),
        STORE_TEST(applications_see_it_in_the_views),
        STORE_TEST(a_session_has_nested_groups_once),
        STORE_TEST(many_members_are_one_change),
    };

    return cmocka_run_group_tests_name("store membership", tests, NULL, NULL);
}
