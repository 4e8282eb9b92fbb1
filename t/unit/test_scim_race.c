/* SPDX-License-Identifier: Apache-2.0 */
/* Several clients on one user at once: who read an old row writes on the new one, and every change
 * counts. */
#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "braze_id.h"
#include "braze_scim.h"
#include "unit_store.h"

#define THREADS 6
#define ROUNDS 10

typedef struct {
    const unit_store_t *store;
    const char *company_id, *user_id;
    braze_catalog_t *catalog;
    braze_profile_t profile;
    volatile apr_uint32_t begun, changed, failed;
} race_t;

/* One call as a client makes it; stale = the row that was read before authentication, or NULL. */
static braze_scim_response_t *call(braze_db_t *db, const race_t *race, const char *method,
                                   const char *body, const char *if_match,
                                   const braze_user_t *stale, apr_pool_t *pool)
{
    braze_token_t token = {
        .id = "t", .company_id = race->company_id, .origin = "unit-test", .profile = race->profile};
    braze_scim_request_t request = {.method = method,
                                    .dialect = BRAZE_SCIM_RFC,
                                    .base_url = "http://localhost",
                                    .token = &token,
                                    .if_match = if_match,
                                    .catalog = race->catalog,
                                    .prefetched = stale,
                                    .prefetch_done = stale != NULL,
                                    .now = UNIT_NOW};
    const braze_err_t *err;

    request.path =
        strcmp(method, "POST") == 0 ? "/Users" : apr_pstrcat(pool, "/Users/", race->user_id, NULL);
    request.body = body;
    request.body_len = body ? strlen(body) : 0;
    return braze_scim_handle(&err, db, &request, pool);
}

static const char *body_of(const char *more, apr_pool_t *pool)
{
    return apr_pstrcat(
        pool, "{\"schemas\":[\"" BRAZE_SCHEMA_USER "\"],\"userName\":\"ada@decorumsoft.com\"", more,
        "}", NULL);
}

static race_t *race_new(void **state)
{
    const unit_store_t *store = unit_store(state);
    race_t *race = apr_pcalloc(store->pool, sizeof(*race));

    race->store = store;
    race->company_id = unit_store_company(store, "Decorumsoft");
    race->user_id = unit_store_user(store, race->company_id, "ada@decorumsoft.com", NULL)->id;
    assert_fine(braze_store_catalog_load(&race->catalog, store->db, race->company_id, store->pool));
    return race;
}

static braze_user_t *row(const race_t *race)
{
    braze_user_t *user;

    assert_fine(braze_store_user_get(&user, race->store->db, race->company_id, race->user_id,
                                     race->store->pool));
    return user;
}

/* Permissions that somebody gave after the row was read survive a PUT that does not speak of them.
 */
static void an_old_row_is_not_written_back(void **state)
{
    race_t *race = race_new(state);
    apr_pool_t *pool = race->store->pool;
    braze_db_t *db = race->store->db;
    const braze_user_t *old = row(race);

    assert_int_equal(call(db, race, "PUT",
                          body_of(",\"" BRAZE_SCHEMA_DASHBOARD
                                  "\":{\"permissions\":[{\"value\":\"company/admin\"}]}",
                                  pool),
                          NULL, NULL, pool)
                         ->status,
                     200);
    assert_int_equal(
        call(db, race, "PUT", body_of(",\"title\":\"T\"", pool), NULL, old, pool)->status, 200);
    assert_string_equal(row(race)->permissions, "{\"companyPermissions\":[\"admin\"]}");
    assert_non_null(strstr(row(race)->resource, "\"title\":\"T\""));
    assert_int_equal(row(race)->version, 3);
}

static void a_condition_is_held_against_the_new_row(void **state)
{
    race_t *race = race_new(state);
    apr_pool_t *pool = race->store->pool;
    braze_db_t *db = race->store->db;
    const braze_user_t *old = row(race);

    assert_int_equal(
        call(db, race, "PUT", body_of(",\"title\":\"1\"", pool), NULL, NULL, pool)->status, 200);
    assert_int_equal(
        call(db, race, "PUT", body_of(",\"title\":\"2\"", pool), "W/\"1\"", old, pool)->status,
        412);
    assert_int_equal(call(db, race, "DELETE", NULL, "W/\"1\"", old, pool)->status, 412);
    assert_non_null(strstr(row(race)->resource, "\"title\":\"1\""));
    assert_int_equal(row(race)->version, 2);
}

static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *data)
{
    race_t *race = data;
    apr_uint32_t number = apr_atomic_inc32(&race->begun);
    apr_pool_t *pool, *sub;
    braze_db_t *db;
    int i;

    (void)thread;
    apr_pool_create(&pool, NULL);
    apr_pool_create(&sub, pool);
    db = unit_store_open(race->store, pool);
    for (i = 0; i < ROUNDS; i++) {
        const char *title;

        apr_pool_clear(sub);
        title = apr_psprintf(sub, ",\"title\":\"%u of %d\"", number, i);
        apr_atomic_inc32(call(db, race, "PUT", body_of(title, sub), NULL, NULL, sub)->status == 200
                             ? &race->changed
                             : &race->failed);
    }
    apr_pool_destroy(pool);
    return NULL;
}

static void every_change_counts(void **state)
{
    race_t *race = race_new(state);
    apr_thread_t *threads[THREADS];
    apr_status_t rv;
    int i;

    for (i = 0; i < THREADS; i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, run, race, race->store->pool), 0);
    }
    for (i = 0; i < THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    assert_int_equal(race->failed, 0);
    assert_int_equal(race->changed, THREADS * ROUNDS);
    assert_int_equal(row(race)->version, 1 + THREADS * ROUNDS);
    assert_int_equal(unit_store_count(race->store, "SELECT count(*) FROM braze_event "
                                                   "WHERE name = 'Updated Account'"),
                     THREADS * ROUNDS);
}

#define PATCHERS 50

/* One PATCH that adds a value of its own: what the others have added stays. */
static void *APR_THREAD_FUNC add_one(apr_thread_t *thread, void *data)
{
    race_t *race = data;
    apr_uint32_t number = apr_atomic_inc32(&race->begun);
    apr_pool_t *pool;
    braze_db_t *db;
    const char *body;

    (void)thread;
    apr_pool_create(&pool, NULL);
    db = unit_store_open(race->store, pool);
    body = apr_psprintf(pool,
                        "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],"
                        "\"Operations\":[{\"op\":\"add\",\"path\":\"roles\","
                        "\"value\":[{\"value\":\"r%u\"}]}]}",
                        number);
    apr_atomic_inc32(call(db, race, "PATCH", body, NULL, NULL, pool)->status == 204
                         ? &race->changed
                         : &race->failed);
    apr_pool_destroy(pool);
    return NULL;
}

static void fifty_who_add_at_once_lose_nothing(void **state)
{
    race_t *race = race_new(state);
    apr_thread_t *threads[PATCHERS];
    const char *resource;
    apr_status_t rv;
    int i;

    for (i = 0; i < PATCHERS; i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, add_one, race, race->store->pool), 0);
    }
    for (i = 0; i < PATCHERS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    assert_int_equal(race->failed, 0);
    assert_int_equal(race->changed, PATCHERS);
    assert_int_equal(row(race)->version, 1 + PATCHERS);
    resource = row(race)->resource;
    for (i = 0; i < PATCHERS; i++) {
        assert_non_null(
            strstr(resource, apr_psprintf(race->store->pool, "{\"value\":\"r%d\"}", i)));
    }
}

/* A row that was prefetched before somebody else wrote is read again. */
static void a_patch_does_not_write_an_old_row_back(void **state)
{
    race_t *race = race_new(state);
    apr_pool_t *pool = race->store->pool;
    braze_db_t *db = race->store->db;
    const braze_user_t *old = row(race);
    static const char head[] =
        "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[";

    assert_int_equal(
        call(db, race, "PATCH",
             apr_pstrcat(pool, head,
                         "{\"op\":\"add\",\"value\":{\"title\":\"T\",\"active\":false}}]}", NULL),
             NULL, NULL, pool)
            ->status,
        204);
    assert_int_equal(
        call(db, race, "PATCH",
             apr_pstrcat(pool, head, "{\"op\":\"add\",\"value\":{\"nickName\":\"N\"}}]}", NULL),
             NULL, old, pool)
            ->status,
        204);
    assert_non_null(strstr(row(race)->resource, "\"nickName\":\"N\",\"title\":\"T\""));
    assert_int_equal(row(race)->active, 0);
    assert_int_equal(row(race)->version, 3);
}

/* What the profile took is counted once, however often the operations were applied. */
static void a_repetition_is_not_counted(void **state)
{
    race_t *race = race_new(state);
    apr_pool_t *pool = race->store->pool;
    braze_db_t *db = race->store->db;
    const braze_user_t *old = row(race);
    braze_scim_response_t *response;

    assert_int_equal(
        call(db, race, "PUT", body_of(",\"title\":\"T\"", pool), NULL, NULL, pool)->status, 200);
    race->profile = BRAZE_PROFILE_ENTRA;
    response = call(db, race, "PATCH",
                    "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],"
                    "\"Operations\":[{\"op\":\"Replace\",\"path\":\"active\","
                    "\"value\":\"False\"},{\"op\":\"Replace\",\"value\":"
                    "{\"name.givenName\":\"A\"}}]}",
                    NULL, old, pool);
    assert_int_equal(response->status, 204);
    assert_int_equal(row(race)->version, 3);
    assert_int_equal(response->bent, 2);
}

static void *APR_THREAD_FUNC bring_back(apr_thread_t *thread, void *data)
{
    race_t *race = data;
    apr_pool_t *pool;
    braze_db_t *db;
    int status;

    (void)thread;
    apr_pool_create(&pool, NULL);
    db = unit_store_open(race->store, pool);
    status = call(db, race, "POST", body_of(",\"active\":true", pool), NULL, NULL, pool)->status;
    apr_atomic_inc32(status == 201 ? &race->changed : status == 409 ? &race->begun : &race->failed);
    apr_pool_destroy(pool);
    return NULL;
}

/* Okta assigns a person once: who comes second is told that they are there. */
static void one_brings_somebody_back(void **state)
{
    race_t *race = race_new(state);
    apr_pool_t *pool = race->store->pool;
    apr_thread_t *threads[PATCHERS];
    apr_status_t rv;
    int i;

    race->profile = BRAZE_PROFILE_OKTA;
    assert_int_equal(
        call(race->store->db, race, "PUT", body_of(",\"active\":false", pool), NULL, NULL, pool)
            ->status,
        200);
    for (i = 0; i < PATCHERS; i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, bring_back, race, pool), 0);
    }
    for (i = 0; i < PATCHERS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    assert_int_equal(race->failed, 0);
    assert_int_equal(race->changed, 1);
    assert_int_equal(race->begun, PATCHERS - 1);
    assert_int_equal(row(race)->active, 1);
    assert_int_equal(row(race)->version, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_old_row_is_not_written_back),
        STORE_TEST(a_condition_is_held_against_the_new_row),
        STORE_TEST(every_change_counts),
        STORE_TEST(fifty_who_add_at_once_lose_nothing),
        STORE_TEST(a_patch_does_not_write_an_old_row_back),
        STORE_TEST(a_repetition_is_not_counted),
        STORE_TEST(one_brings_somebody_back),
    };

    return cmocka_run_group_tests_name("scim_race", tests, NULL, NULL);
}
