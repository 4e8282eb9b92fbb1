/* SPDX-License-Identifier: Apache-2.0 */
/* What the store writes beside a user: keys of names, further e-mails, the count of a company. */
#include <string.h>

#include <apr_strings.h>

#include "unit_store.h"

#define TWO_MORE                                                                                   \
    "\"emails\":[{\"value\":\"ada@b.example\",\"primary\":true},{\"value\":\"HOME@b.example\"},"   \
    "{\"value\":\"old@b.example\"}]"

/* A user with these attributes beside userName; not written yet. */
static braze_user_t *user_of(const unit_store_t *store, const char *company, const char *name,
                             const char *rest)
{
    braze_user_t *user = unit_user(company, name, NULL, store->pool);

    user->resource =
        apr_psprintf(store->pool, "{\"userName\":\"%s\"%s%s}", name, *rest ? "," : "", rest);
    assert_fine(braze_user_derive(user, store->pool));
    return user;
}

static braze_user_t *added(const unit_store_t *store, const char *company, const char *name,
                           const char *rest, int with_event)
{
    braze_user_t *user = user_of(store, company, name, rest);

    assert_fine(braze_store_user_add(
        store->db, user, UNIT_NOW,
        with_event ? unit_event(company, "Added Account", store->pool) : NULL, store->pool));
    return user;
}

static void change(const unit_store_t *store, braze_user_t *user)
{
    int done;

    assert_fine(braze_store_user_update(&done, store->db, user, UNIT_NOW, NULL, store->pool));
    assert_int_equal(done, 1);
}

static void rewrite(const unit_store_t *store, braze_user_t *user, const char *rest)
{
    user->resource = user_of(store, user->company_id, user->user_name, rest)->resource;
    assert_fine(braze_user_derive(user, store->pool));
    change(store, user);
}

static int emails(const unit_store_t *store)
{
    return unit_store_count(store, "SELECT count(*) FROM braze_user_email");
}

static const char *see(const unit_store_t *store, const char *column)
{
    return unit_store_see(store, apr_psprintf(store->pool, "SELECT %s FROM braze_user", column));
}

static void keys_follow_the_names(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = added(store, id, "ada@b.example",
                               "\"displayName\":\"ADA L\",\"name\":{\"givenName\":\"\xc3\x84"
                               "da\","
                               "\"familyName\":\"Love\\nlace\"}",
                               1);

    assert_string_equal(see(store, "display_name_key"), "ada l");
    assert_string_equal(see(store, "given_name_key"), "\xc3\xa4"
                                                      "da");
    assert_string_equal(see(store, "family_name_key"), "love lace");
    rewrite(store, user, "\"displayName\":\"Grace\"");
    assert_string_equal(see(store, "display_name_key"), "grace");
    assert_null(see(store, "given_name_key"));
    assert_null(see(store, "family_name_key"));
    /* One that was read and is written back. */
    user = unit_store_get(store, user);
    user->confirmed = 0;
    change(store, user);
    assert_string_equal(see(store, "display_name_key"), "grace");
}

/* What keeps every key is written by a statement of its own, and whole. */
static void a_change_that_keeps_the_keys_is_written(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = added(store, id, "ada@b.example", "\"displayName\":\"ADA\"", 0), *there;

    user->last_sign_in_at = UNIT_NOW;
    user->source = "scim";
    rewrite(
        store, user,
        "\"displayName\":\"Ada\",\"title\":\"Countess\","
        "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{\"department\":\"R\"}");
    there = unit_store_get(store, user);
    assert_string_equal(there->display_name, "Ada");
    assert_string_equal(there->department, "R");
    assert_string_equal(there->source, "scim");
    assert_string_equal(there->resource, user->resource);
    assert_true(there->last_sign_in_at == UNIT_NOW);
    assert_int_equal(there->version, 2);
    assert_string_equal(see(store, "display_name_key"), "ada");
    /* One of the flags that an index has. */
    there->confirmed = 0;
    change(store, there);
    assert_int_equal(unit_store_get(store, user)->confirmed, 0);
}

/* An index takes no more than some 2700 bytes on PostgreSQL: whatever the name, the user is
 * written. */
static void a_huge_name_is_no_obstacle(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    char *name = apr_palloc(store->pool, 60001);
    size_t i;

    /* Incompressible. */
    for (i = 0; i < 60000; i++) {
        name[i] = (char)('A' + (i * 2654435761u >> 13) % 26);
    }
    name[60000] = '\0';
    added(store, id, "ada@b.example",
          apr_pstrcat(store->pool, "\"displayName\":\"", name, "\"", NULL), 0);
    assert_int_equal(strlen(see(store, "display_name_key")), 1024);
    assert_int_equal(strlen(see(store, "display_name")), 60000);
}

static void further_emails_are_rows(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    int with_event;

    for (with_event = 0; with_event < 2; with_event++) {
        braze_user_t *user = added(store, id, "ada@b.example", TWO_MORE, with_event);
        int done;

        assert_int_equal(emails(store), 2);
        assert_int_equal(unit_store_count(store,
                                          "SELECT count(*) FROM braze_user_email e JOIN "
                                          "braze_user u ON u.id = e.user_id AND u.company_id "
                                          "= e.company_id WHERE e.email_key IN "
                                          "('home@b.example', 'old@b.example')"),
                         2);
        assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), with_event);
        assert_fine(
            braze_store_user_delete(&done, store->db, id, user->id, 0, 0, NULL, store->pool));
        assert_int_equal(emails(store), 0);
    }
}

static void a_clash_leaves_no_further_email(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");

    added(store, id, "ada@b.example", "", 0);
    assert_refused(braze_store_user_add(store->db, user_of(store, id, "ada@b.example", TWO_MORE),
                                        UNIT_NOW, unit_event(id, "Added Account", store->pool),
                                        store->pool),
                   409, "BRAZE-0112");
    assert_int_equal(emails(store), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_event"), 0);
}

static void further_emails_follow_a_change(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = added(store, id, "ada@b.example", "", 0);

    rewrite(store, user, TWO_MORE);
    assert_int_equal(emails(store), 2);
    rewrite(store, user,
            "\"emails\":[{\"value\":\"old@b.example\"},{\"value\":\"new@b.example\"}]");
    assert_string_equal(unit_store_see(store, "SELECT email_key FROM braze_user_email"),
                        "new@b.example");
    assert_int_equal(emails(store), 1);
    rewrite(store, user, "\"emails\":[{\"value\":\"old@b.example\"}]");
    assert_int_equal(emails(store), 0);
}

/* braze-admin suspends a user so: read, one field set, written. */
static void further_emails_stay_when_nothing_is_derived(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *id = unit_store_company(store, "Decorumsoft");
    braze_user_t *user = unit_store_get(store, added(store, id, "ada@b.example", TWO_MORE, 0));

    user->active = 0;
    change(store, user);
    assert_int_equal(emails(store), 2);
}

/* ---- counting ---- */

static apr_int64_t total(const unit_store_t *store, const char *company)
{
    apr_array_header_t *users;
    apr_int64_t all;

    assert_fine(braze_store_user_list(&users, &all, store->db, company, 0, 1, store->pool));
    return all;
}

static void users_are_counted(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *one = unit_store_company(store, "Decorumsoft");
    const char *two = unit_store_company(store, "Other");
    braze_user_t *user;
    int i, done;

    assert_int_equal(total(store, one), 0);
    assert_int_equal(total(store, "nobody"), 0);
    for (i = 0; i < 40; i++) {
        added(store, one, apr_psprintf(store->pool, "u%d@b.example", i), "", i % 2);
    }
    user = added(store, two, "u1@b.example", "", 1);
    assert_int_equal(total(store, one), 40);
    assert_int_equal(total(store, two), 1);
    /* A name that is taken adds nobody. */
    assert_refused(braze_store_user_add(store->db, user_of(store, two, "u1@b.example", ""),
                                        UNIT_NOW, NULL, store->pool),
                   409, "BRAZE-0112");
    assert_int_equal(total(store, two), 1);
    assert_fine(braze_store_user_delete(&done, store->db, two, user->id, 0, 0, NULL, store->pool));
    assert_int_equal(total(store, two), 0);
    /* By hand, many at once. */
    unit_store_do(store, "DELETE FROM braze_user WHERE user_name LIKE 'u1%'");
    assert_int_equal(total(store, one), 29);
}

/* With all that it has, and nothing of another's. */
static void a_company_goes_with_its_count(void **state)
{
    unit_store_t *store = unit_store(state);
    const char *one = unit_store_company(store, "Decorumsoft");
    const char *two = unit_store_company(store, "Other");

    added(store, one, "ada@b.example", TWO_MORE, 0);
    added(store, two, "ada@b.example", "", 0);
    unit_store_do(store, store->engine == BRAZE_ENGINE_SQLITE
                             ? "PRAGMA foreign_keys=ON; DELETE FROM braze_company "
                               "WHERE name = 'Decorumsoft'"
                             : "DELETE FROM braze_company WHERE name = 'Decorumsoft'");
    assert_int_equal(unit_store_count(store, "SELECT count(*) FROM braze_user"), 1);
    assert_int_equal(emails(store), 0);
    assert_int_equal(unit_store_count(store, "SELECT count(DISTINCT company_id) "
                                             "FROM braze_user_count"),
                     1);
    assert_int_equal(total(store, two), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(keys_follow_the_names),
        STORE_TEST(a_change_that_keeps_the_keys_is_written),
        STORE_TEST(a_huge_name_is_no_obstacle),
        STORE_TEST(further_emails_are_rows),
        STORE_TEST(a_clash_leaves_no_further_email),
        STORE_TEST(further_emails_follow_a_change),
        STORE_TEST(further_emails_stay_when_nothing_is_derived),
        STORE_TEST(users_are_counted),
        STORE_TEST(a_company_goes_with_its_count),
    };

    return cmocka_run_group_tests_name("store keys", tests, NULL, NULL);
}
