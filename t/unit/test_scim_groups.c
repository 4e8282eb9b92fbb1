/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups under load: clients that change one group at once, and what a change costs when the group
 * is large. What single requests answer is in t/cases/scim/groups*.json.
 */
#include <dlfcn.h>
#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "braze_id.h"
#include "braze_scim.h"
#include "src/store/store_int.h"
#include "unit_store.h"

#define PATCH_SCHEMA "urn:ietf:params:scim:api:messages:2.0:PatchOp"
#define GROUP "aaaaaaaa-00000000-00000000-00000001"

typedef struct {
    const unit_store_t *store;
    const char *company_id;
    braze_catalog_t *catalog;
    volatile apr_uint32_t begun, failed;
} world_t;

static world_t *world_new(void **state)
{
    const unit_store_t *store = unit_store(state);
    world_t *world = apr_pcalloc(store->pool, sizeof(*world));

    world->store = store;
    world->company_id = unit_store_company(store, "Decorumsoft");
    assert_fine(
        braze_store_catalog_load(&world->catalog, store->db, world->company_id, store->pool));
    return world;
}

/* path may end in a query. */
static braze_scim_response_t *call(braze_db_t *db, const world_t *world, const char *method,
                                   const char *path, const char *body, apr_pool_t *pool)
{
    braze_token_t token = {.id = "t", .company_id = world->company_id, .origin = "unit-test"};
    braze_scim_request_t request = {.method = method,
                                    .dialect = BRAZE_SCIM_RFC,
                                    .base_url = "http://localhost",
                                    .token = &token,
                                    .catalog = world->catalog,
                                    .now = UNIT_NOW,
                                    .body = body,
                                    .body_len = body ? strlen(body) : 0};
    const char *mark = strchr(path, '?');
    const braze_err_t *err;

    request.path = mark ? apr_pstrmemdup(pool, path, (apr_size_t)(mark - path)) : path;
    request.query = mark ? mark + 1 : NULL;
    return braze_scim_handle(&err, db, &request, pool);
}

static const char *patch_of(const char *operations, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "{\"schemas\":[\"" PATCH_SCHEMA "\"],\"Operations\":[", operations,
                       "]}", NULL);
}

/* The id of the i-th of add_people. */
static const char *person(int i, apr_pool_t *pool)
{
    return apr_psprintf(pool, "bbbbbbbb-00000000-00000000-%08d", i);
}

/* count people without a group, and the group with the first so many of them: as rows, since what
 * making them costs is not the question. */
static void add_people(const world_t *world, int count, int members)
{
    apr_pool_t *pool = world->store->pool;
    const char *rows = apr_psprintf(
        pool,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "SELECT 'bbbbbbbb-00000000-00000000-' || substr(CAST(100000000 + i AS VARCHAR(9)), 2), "
        "'%s', 'p' || i, 'p' || i, 1, 1, 0, 0, 'scim', 1000, 1000, 1, '{}', "
        "'{\"userName\":\"p' || i || '\"}' FROM n",
        count, world->company_id);

    unit_store_do(world->store,
                  apr_pstrcat(pool,
                              "INSERT INTO braze_user (id, company_id, user_name, user_name_key, "
                              "active, confirmed, impersonation, admin, source, created_at, "
                              "modified_at, version, permissions, resource) ",
                              rows, NULL));
    unit_store_do(
        world->store,
        apr_psprintf(pool,
                     "INSERT INTO braze_group (id, company_id, display_name, display_name_key, "
                     "resource, created_at, modified_at, version) VALUES ('" GROUP "', '%s', 'G', "
                     "'g', '{\"displayName\":\"G\"}', 1000, 1000, 1)",
                     world->company_id));
    unit_store_do(world->store,
                  apr_psprintf(pool,
                               "INSERT INTO braze_group_member (group_id, company_id, user_id) "
                               "SELECT '" GROUP "', company_id, id FROM braze_user "
                               "WHERE id <= '%s'",
                               person(members, pool)));
}

static int member_count(const world_t *world)
{
    return unit_store_count(world->store, "SELECT count(*) FROM braze_group_member");
}

/* ---- many at once ---- */

#define THREADS 10
#define ROUNDS 6

/* A client: of people numbered from base, ROUNDS are added one by one, and as many others removed.
 */
typedef struct {
    world_t *world;
    int base;
} client_t;

static void change_one(braze_db_t *db, world_t *world, const char *operation, apr_pool_t *pool)
{
    braze_scim_response_t *response =
        call(db, world, "PATCH", "/Groups/" GROUP, patch_of(operation, pool), pool);

    if (response->status != 204) {
        apr_atomic_inc32(&world->failed);
    }
}

static void *APR_THREAD_FUNC run_client(apr_thread_t *thread, void *data)
{
    client_t *client = data;
    world_t *world = client->world;
    apr_pool_t *pool;
    braze_db_t *db;
    int i;

    (void)thread;
    apr_pool_create(&pool, NULL);
    db = unit_store_open(world->store, pool);
    apr_atomic_inc32(&world->begun);
    while (apr_atomic_read32(&world->begun) < THREADS) {
        apr_thread_yield();
    }
    for (i = 0; i < ROUNDS; i++) {
        change_one(db, world,
                   apr_pstrcat(pool, "{\"op\":\"remove\",\"path\":\"members[value eq \\\"",
                               person(client->base + i, pool), "\\\"]\"}", NULL),
                   pool);
        change_one(db, world,
                   apr_pstrcat(pool,
                               "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"",
                               person(THREADS * ROUNDS + client->base + i, pool), "\"}]}", NULL),
                   pool);
        if (client->base == 1) { /* one of them names it too, which has to be compared and set */
            change_one(db, world,
                       apr_psprintf(pool,
                                    "{\"op\":\"replace\",\"path\":\"displayName\","
                                    "\"value\":\"Name %d\"}",
                                    i),
                       pool);
        }
    }
    apr_pool_destroy(pool);
    return NULL;
}

/* RFC 7644 section 3.5.2: each request is atomic. Nobody is refused because somebody else was
 * quicker. */
static void nobody_is_lost_or_refused(void **state)
{
    world_t *world = world_new(state);
    apr_thread_t *threads[THREADS];
    client_t clients[THREADS];
    apr_status_t rv;
    int i;

    add_people(world, 2 * THREADS * ROUNDS, THREADS * ROUNDS);
    for (i = 0; i < THREADS; i++) {
        clients[i].world = world;
        clients[i].base = 1 + i * ROUNDS;
        assert_int_equal(
            apr_thread_create(&threads[i], NULL, run_client, &clients[i], world->store->pool), 0);
    }
    for (i = 0; i < THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    assert_int_equal(world->failed, 0);
    assert_int_equal(member_count(world), THREADS * ROUNDS);
    assert_int_equal(
        unit_store_count(world->store, apr_psprintf(world->store->pool,
                                                    "SELECT count(*) FROM braze_group_member "
                                                    "WHERE user_id > '%s'",
                                                    person(THREADS * ROUNDS, world->store->pool))),
        THREADS * ROUNDS);
    /* Each change is a version, and an audit record. */
    assert_int_equal(unit_store_count(world->store, "SELECT version FROM braze_group"),
                     1 + 2 * THREADS * ROUNDS + ROUNDS);
    assert_int_equal(unit_store_count(world->store, "SELECT count(*) FROM braze_event"),
                     2 * THREADS * ROUNDS + ROUNDS);
    assert_string_equal(unit_store_see(world->store, "SELECT display_name FROM braze_group"),
                        apr_psprintf(world->store->pool, "Name %d", ROUNDS - 1));
}

/* ---- what a large group costs ---- */

#define LARGE 100000

typedef void set_progress_t(void *handle, int every, int (*count)(void *), void *baton);

static int count_step(void *baton)
{
    ++*(apr_int64_t *)baton;
    return 0;
}

/* SQLite's machine steps that a request takes: the same in each run, whatever else the computer
 * does. */
static apr_int64_t steps_of(const world_t *world, const char *method, const char *path,
                            const char *body, int status)
{
    static apr_int64_t steps;
    const unit_store_t *store = world->store;
    void *library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_NOLOAD);
    void *handle = apr_dbd_native_handle(store->db->driver, store->db->handle);
    braze_scim_response_t *response;
    set_progress_t *set_progress;

    assert_non_null(library);
    *(void **)&set_progress = dlsym(library, "sqlite3_progress_handler");
    assert_non_null(set_progress);
    steps = 0;
    set_progress(handle, 1, count_step, &steps);
    response = call(store->db, world, method, path, body, store->pool);
    set_progress(handle, 0, NULL, NULL);
    dlclose(library);
    if (response->status != status) {
        print_error("%s %s: %d %s\n", method, path, response->status,
                    response->body ? response->body : "");
    }
    assert_int_equal(response->status, status);
    return steps;
}

typedef struct {
    const char *name, *method, *path, *operations;
    int status;
} cost_t;

#define ADD(i) "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"" i "\"}]}"
#define REMOVE(i) "{\"op\":\"remove\",\"path\":\"members[value eq \\\"" i "\\\"]\"}"
#define LAST "bbbbbbbb-00000000-00000000-00100001"
#define FIRST "bbbbbbbb-00000000-00000000-00000001"
#define OF_GROUP "/Groups/" GROUP

/* Each leaves the group as it was for the next. */
static const cost_t costs[] = {
    {"add one", "PATCH", OF_GROUP, ADD(LAST), 204},
    {"add who is there", "PATCH", OF_GROUP, ADD(LAST), 204},
    {"remove one", "PATCH", OF_GROUP, REMOVE(LAST), 204},
    {"replace one by another", "PATCH", OF_GROUP, REMOVE(FIRST) "," ADD(LAST), 204},
    {"and back", "PATCH", OF_GROUP, REMOVE(LAST) "," ADD(FIRST), 204},
    {"the name", "PATCH", OF_GROUP, "{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"N\"}",
     204},
    {"name and member", "PATCH", OF_GROUP,
     "{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"G\"}," ADD(LAST), 204},
    {"with an answer", "PATCH", OF_GROUP "?excludedAttributes=members", REMOVE(LAST), 200},
    {"read without members", "GET", OF_GROUP "?excludedAttributes=members", NULL, 200},
    {"read a name", "GET", OF_GROUP "?attributes=displayName", NULL, 200},
    {"list without members", "GET", "/Groups?excludedAttributes=members", NULL, 200},
    {"find by name", "GET", "/Groups?attributes=displayName&filter=displayName%20eq%20%22G%22",
     NULL, 200},
    {"find by a member", "GET",
     "/Groups?attributes=displayName&filter=members.value%20eq%20%22" FIRST "%22", NULL, 200},
};
#define COSTS (sizeof(costs) / sizeof(*costs))

static void measure(apr_int64_t *steps, const world_t *world)
{
    size_t i;

    for (i = 0; i < COSTS; i++) {
        const cost_t *cost = &costs[i];

        steps[i] = steps_of(
            world, cost->method, cost->path,
            cost->operations ? patch_of(cost->operations, world->store->pool) : NULL, cost->status);
    }
}

/* At most so much more than in a group of ten: an index of a hundred thousand is some pages deeper,
 * but takes the same steps. */
static void a_change_costs_what_it_is(void **state)
{
    world_t *world = world_new(state);
    apr_int64_t small[COSTS], large[COSTS], all;
    size_t i;

    add_people(world, LARGE + 1, 10);
    measure(small, world); /* prepares the statements */
    measure(small, world);
    unit_store_do(world->store,
                  apr_pstrcat(world->store->pool,
                              "INSERT INTO braze_group_member (group_id, company_id, user_id) "
                              "SELECT '" GROUP "', company_id, id FROM braze_user WHERE id > '",
                              person(10, world->store->pool), "' AND id < '" LAST "'", NULL));
    assert_int_equal(member_count(world), LARGE);
    measure(large, world);
    for (i = 0; i < COSTS; i++) {
        if (large[i] > small[i] + small[i] / 4) {
            print_error("%s: %" APR_INT64_T_FMT " steps among 10, %" APR_INT64_T_FMT
                        " among 100000\n",
                        costs[i].name, small[i], large[i]);
        }
        assert_true(small[i] > 0);
        assert_true(large[i] <= small[i] + small[i] / 4);
    }
    /* That the measure sees members when they are read. */
    all = steps_of(world, "GET", OF_GROUP "?attributes=members.value", NULL, 200);
    assert_true(all > LARGE);
}

/* ---- a large group as a whole ---- */

/* A Group with the people first to last as its members, in the order of step. */
static const char *group_of(int first, int last, int step, apr_pool_t *pool)
{
    braze_buf_t *buf = braze_buf_new(5000000, pool);
    int i;

    braze_buf_puts(buf, "{\"schemas\":[\"" BRAZE_SCHEMA_GROUP "\"],\"displayName\":\"Large\","
                        "\"members\":[");
    for (i = step > 0 ? first : last; i >= first && i <= last; i += step) {
        braze_buf_puts(buf, i == (step > 0 ? first : last) ? "{\"value\":\"" : ",{\"value\":\"");
        braze_buf_puts(buf, person(i, pool));
        braze_buf_puts(buf, "\"}");
    }
    braze_buf_puts(buf, "]}");
    return buf->data;
}

#define MEMBER "{\"value\":"

/* Only the body's size limits how many members a group has. */
static void a_large_group_is_written_and_read(void **state)
{
    world_t *world = world_new(state);
    const unit_store_t *store = world->store;
    braze_scim_response_t *response;
    const char *at, *found, *end;
    int count = 0;

    add_people(world, LARGE, 0);
    response = call(store->db, world, "POST", "/Groups?attributes=id",
                    group_of(1, LARGE, -1, store->pool), store->pool);
    assert_int_equal(response->status, 201);
    assert_int_equal(member_count(world), LARGE);
    at = strstr(response->location, "/Groups/");
    response = call(store->db, world, "PUT", apr_pstrcat(store->pool, at, "?attributes=id", NULL),
                    group_of(2, LARGE, 1, store->pool), store->pool);
    assert_int_equal(response->status, 200);
    assert_int_equal(member_count(world), LARGE - 1);
    response = call(store->db, world, "GET", at, NULL, store->pool);
    assert_int_equal(response->status, 200);
    /* Not strstr: a sanitizer measures what is left of 15 MB at each call. */
    end = response->body + response->body_len;
    for (found = response->body; found && found < end;
         found = memchr(found, '{', (size_t)(end - found))) {
        count += strncmp(found, MEMBER, strlen(MEMBER)) == 0;
        found++;
    }
    assert_int_equal(count, LARGE - 1);
}

/* ---- what is prefetched ---- */

static void users_are_prefetched_and_groups_are_not(void **state)
{
    static const char *const methods[] = {"GET", "HEAD", "PUT", "PATCH", "DELETE"};
    static const char *const others[] = {"/Groups/" GROUP, "/Users/.search",    "/Users", "/Me",
                                         "/Users/x",       "/Users/" GROUP "/x"};
    apr_pool_t *pool = unit_store(state)->pool;
    size_t i;

    for (i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        assert_string_equal(braze_scim_prefetch_id(methods[i], "/Users/" GROUP, pool), GROUP);
    }
    assert_null(braze_scim_prefetch_id("POST", "/Users/" GROUP, pool));
    for (i = 0; i < sizeof(others) / sizeof(*others); i++) {
        assert_null(braze_scim_prefetch_id("GET", others[i], pool));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(nobody_is_lost_or_refused),
        STORE_TEST_SQLITE(a_change_costs_what_it_is),
        STORE_TEST(a_large_group_is_written_and_read),
        STORE_TEST_SQLITE(users_are_prefetched_and_groups_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
