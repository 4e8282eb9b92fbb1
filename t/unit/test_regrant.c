/* SPDX-License-Identifier: Apache-2.0 */
/* Atoms of permissions that come and go, beside what others have given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_model.h"

static apr_pool_t *pool;

static int set_up(void **state)
{
    (void)state;
    return apr_initialize() || apr_pool_create(&pool, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

/* Atoms separated by blanks. */
static apr_array_header_t *atoms(const char *text)
{
    apr_array_header_t *list = apr_array_make(pool, 4, sizeof(const char *));
    apr_size_t len;

    for (; *text; text += len + (text[len] == ' ')) {
        len = strcspn(text, " ");
        APR_ARRAY_PUSH(list, const char *) = apr_pstrmemdup(pool, text, len);
    }
    return list;
}

static void check(const char *before, const char *given, const char *wanted, const char *after,
                  const char *given_after)
{
    const apr_array_header_t *record = atoms(given);

    assert_null(braze_grants_regrant(&before, &record, atoms(wanted), pool));
    assert_string_equal(before, after);
    assert_string_equal(apr_array_pstrcat(pool, record, ' '), given_after);
}

static void what_is_wanted_is_put_in(void **state)
{
    (void)state;
    check("{}", "", "set:w/s workspace:w team:w/t role:r",
          "{\"appGroup\":[{\"appGroupId\":\"w\",\"appGroupPermissionSets\":[\"s\"],"
          "\"team\":[{\"teamId\":\"t\"}]}],\"roles\":[\"r\"]}",
          "workspace:w set:w/s team:w/t role:r");
}

static void what_others_gave_is_not_ours(void **state)
{
    static const char *const theirs =
        "{\"appGroup\":[{\"appGroupId\":\"w\",\"appGroupPermissionSets\":[\"s\"]}]}";

    (void)state;
    check(theirs, "", "workspace:w set:w/s", theirs, "");
    check(theirs, "", "", theirs, "");
    check(theirs, "", "workspace:w set:w/t",
          "{\"appGroup\":[{\"appGroupId\":\"w\",\"appGroupPermissionSets\":[\"s\",\"t\"]}]}",
          "set:w/t");
}

static void what_was_given_is_taken_away(void **state)
{
    (void)state;
    check("{\"appGroup\":[{\"appGroupId\":\"w\",\"appGroupPermissionSets\":[\"s\"]}],"
          "\"roles\":[\"r\"]}",
          "workspace:w set:w/s role:r", "", "{}", "");
    /* Only the record says whose the workspace is. */
    check("{\"appGroup\":[{\"appGroupId\":\"w\",\"appGroupPermissionSets\":[\"s\"]}]}", "set:w/s",
          "", "{\"appGroup\":[{\"appGroupId\":\"w\"}]}", "");
}

static void a_workspace_in_which_others_gave_something_stays(void **state)
{
    (void)state;
    check("{\"appGroup\":[{\"appGroupId\":\"w\",\"appGroupPermissions\":[\"view_campaigns\"],"
          "\"appGroupPermissionSets\":[\"s\"],"
          "\"team\":[{\"teamId\":\"t\",\"teamPermissions\":[\"basic_access\"]}]}]}",
          "workspace:w set:w/s team:w/t", "",
          "{\"appGroup\":[{\"appGroupId\":\"w\",\"appGroupPermissions\":[\"view_campaigns\"],"
          "\"team\":[{\"teamId\":\"t\",\"teamPermissions\":[\"basic_access\"]}]}]}",
          "");
}

/* The same again changes not one byte: no row is written for it. */
static void what_stays_keeps_its_place(void **state)
{
    static const char *const mixed =
        "{\"appGroup\":[{\"appGroupId\":\"w\",\"appGroupPermissionSets\":[\"s\",\"theirs\"]},"
        "{\"appGroupId\":\"theirs\"}]}";

    (void)state;
    check(mixed, "workspace:w set:w/s", "workspace:w set:w/s", mixed, "workspace:w set:w/s");
}

static void what_somebody_took_away_is_put_back(void **state)
{
    (void)state;
    check("{}", "role:r", "role:r", "{\"roles\":[\"r\"]}", "role:r");
}

static void what_is_no_atom_does_nothing(void **state)
{
    (void)state;
    check("{}", "nonsense company:admin", "role workspace set:s team: :x set:w/s admin:1", "{}",
          "");
}

static void what_is_not_canonical_is_refused(void **state)
{
    const apr_array_header_t *record = atoms("");
    const char *text = "[]";
    braze_err_t *err = braze_grants_regrant(&text, &record, atoms("role:r"), pool);

    (void)state;
    assert_non_null(err);
    assert_int_equal(err->status, 500);
    assert_string_equal(err->tag, "BRAZE-0041");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wanted_is_put_in),
        cmocka_unit_test(what_others_gave_is_not_ours),
        cmocka_unit_test(what_was_given_is_taken_away),
        cmocka_unit_test(a_workspace_in_which_others_gave_something_stays),
        cmocka_unit_test(what_stays_keeps_its_place),
        cmocka_unit_test(what_somebody_took_away_is_put_back),
        cmocka_unit_test(what_is_no_atom_does_nothing),
        cmocka_unit_test(what_is_not_canonical_is_refused),
    };

    return cmocka_run_group_tests_name("regrant", tests, set_up, tear_down);
}
