/* SPDX-License-Identifier: Apache-2.0 */
/* A token that a process keeps is the one that would be read, whatever has been written since. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "src/store/store_int.h"
#include "unit_store.h"

#define HOUR apr_time_from_sec(3600)
#define STEPS 1500
#define PEOPLE 6
#define TOKENS 3

/* Two connections: one whose process keeps tokens, one that reads them all. */
typedef struct {
    unit_store_t *store;
    volatile apr_uint64_t clock;
    braze_db_t *keeps, *reads;
    const char *company[2], *workspace[2];
    const char *person[PEOPLE]; /* the last of them of the second company */
    const char *hash[TOKENS];   /* the last of them of the second company */
} scene_t;

static braze_db_t *open_another(const scene_t *scene)
{
    apr_pool_t *pool;

    apr_pool_create(&pool, scene->store->pool);
    return unit_store_open(scene->store, pool);
}

static const char *add_token(scene_t *scene, int company, const char *origin, const char *user_id)
{
    braze_token_t token = {.company_id = scene->company[company],
                           .workspace_id = scene->workspace[company],
                           .origin = origin,
                           .allowlist = "10.0.0.0/8",
                           .profile = BRAZE_PROFILE_OKTA,
                           .user_id = user_id};
    const char *secret;

    assert_fine(
        braze_store_token_add(&secret, scene->store->db, &token, UNIT_NOW, scene->store->pool));
    return braze_sha256_hex(secret, strlen(secret), scene->store->pool);
}

static scene_t *begin(void **state)
{
    unit_store_t *store = unit_store(state);
    scene_t *scene = apr_pcalloc(store->pool, sizeof(*scene));
    int i;

    scene->store = store;
    for (i = 0; i < 2; i++) {
        scene->company[i] = unit_store_company(store, i ? "Other" : "Decorumsoft");
        scene->workspace[i] =
            unit_store_item(store, scene->company[i], BRAZE_ITEM_WORKSPACE, "Sales", NULL);
    }
    for (i = 0; i < PEOPLE; i++) {
        scene->person[i] = unit_store_user(store, scene->company[i == PEOPLE - 1],
                                           apr_psprintf(store->pool, "p%d@b.example", i), NULL)
                               ->id;
    }
    for (i = 0; i < TOKENS; i++) {
        scene->hash[i] =
            add_token(scene, i == TOKENS - 1, apr_psprintf(store->pool, "o%d", i), NULL);
    }
    scene->keeps = open_another(scene);
    scene->reads = open_another(scene);
    braze_db_watch(scene->keeps, braze_watch_make(&scene->clock, store->pool));
    return scene;
}

static const char *shown(const char *text)
{
    return text ? text : "(null)";
}

/* All that a caller can see. */
static const char *described(braze_db_t *db, const braze_token_query_t *query, apr_pool_t *pool)
{
    braze_token_t *t;
    braze_user_t *u;
    const char *token, *user = "nobody";

    assert_fine(braze_store_token_find(&t, &u, db, query, pool));
    if (!t) {
        assert_null(u);
        return "no token";
    }
    token =
        apr_psprintf(pool, "%s %s %s %" APR_INT64_T_FMT " %s %s %s %d %s %ld %ld %ld %s", t->id,
                     t->company_id, t->company_name, t->company_version, t->workspace_id, t->origin,
                     shown(t->allowlist), (int)t->profile, shown(t->user_id), (long)t->created_at,
                     (long)t->expires_at, (long)t->last_used_at, shown(t->last_used_from));
    if (u) {
        user = apr_psprintf(pool, "%s %s %s %s %d %d %" APR_INT64_T_FMT " %s %s", u->id,
                            u->company_id, u->user_name, shown(u->given_name), u->active,
                            u->in_groups, u->version, shown(u->permissions), shown(u->resource));
    }
    return apr_pstrcat(pool, token, " | ", user, NULL);
}

static void assert_same(const scene_t *scene, const braze_token_query_t *query, apr_pool_t *pool)
{
    assert_string_equal(described(scene->keeps, query, pool), described(scene->reads, query, pool));
}

/* How often this connection has read a token. */
static int tokens_read(const scene_t *scene)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    apr_pool_t *pool = scene->store->pool;

    assert_int_equal(apr_dbd_select(scene->keeps->driver, pool, scene->keeps->handle, &results,
                                    "SELECT coalesce(sum(generic_plans + custom_plans), 0) "
                                    "FROM pg_prepared_statements "
                                    "WHERE statement LIKE '%FROM braze_token t%'",
                                    1),
                     0);
    assert_int_equal(apr_dbd_get_row(scene->keeps->driver, pool, results, &row, -1), 0);
    return (int)strtol(apr_dbd_get_entry(scene->keeps->driver, row, 0), NULL, 10);
}

/* While nobody writes; somebody else's transaction in the same server is a reason to read, too. */
static void a_token_that_is_kept_is_not_read(void **state)
{
    scene_t *scene = begin(state);
    braze_token_query_t query = {scene->company[0], scene->hash[0], scene->person[0], NULL,
                                 UNIT_NOW};
    int i, before, saved = 0;

    for (i = 0; i < 200 && !saved; i++) {
        assert_same(scene, &query, scene->store->pool);
        before = tokens_read(scene);
        assert_same(scene, &query, scene->store->pool);
        saved = tokens_read(scene) == before;
    }
    assert_true(saved);
    assert_true(tokens_read(scene) > 0);
}

static void do_it(const scene_t *scene, const char *sql, const char *value, const char *id)
{
    unit_store_do(scene->store, apr_psprintf(scene->store->pool, sql, value, id));
}

/* One of the things that may happen to a token and to whom it is asked for. */
static void write_something(scene_t *scene, unsigned int *seed, int step)
{
    apr_pool_t *pool = scene->store->pool;
    const char *number = apr_itoa(pool, step);
    const char *person = scene->person[rand_r(seed) % PEOPLE];
    const char *token = scene->hash[rand_r(seed) % TOKENS];

    switch (rand_r(seed) % 8) {
    case 0:
        do_it(scene, "UPDATE braze_token SET allowlist = '%s' WHERE token_hash = '%s'",
              apr_pstrcat(pool, "10.0.0.", number, NULL), token);
        break;
    case 1:
        do_it(scene, "UPDATE braze_token SET origin = 'o%s' WHERE token_hash = '%s'", number,
              token);
        break;
    case 2:
        do_it(scene, "UPDATE braze_company SET version = %s WHERE id = '%s'", number,
              scene->company[0]);
        break;
    case 3:
        do_it(scene, "UPDATE braze_token SET expires_at = %s WHERE token_hash = '%s'",
              rand_r(seed) % 2 ? "1800000001000" : "NULL", token);
        break;
    case 4:
        do_it(scene, "UPDATE braze_token SET user_id = %s WHERE token_hash = '%s'",
              rand_r(seed) % 2 ? apr_pstrcat(pool, "'", scene->person[0], "'", NULL) : "NULL",
              scene->hash[0]);
        break;
    case 5:
        do_it(scene, "UPDATE braze_user SET active = 1 - active, given_name = '%s' WHERE id = '%s'",
              number, person);
        break;
    case 6:
        do_it(scene, "DELETE FROM braze_token WHERE token_hash = '%s%s'", token, "");
        scene->hash[token == scene->hash[0]   ? 0
                    : token == scene->hash[1] ? 1
                                              : 2] =
            add_token(scene, token == scene->hash[2], number, NULL);
        break;
    default:
        do_it(scene, "UPDATE braze_token SET last_used_at = %s WHERE token_hash = '%s'", number,
              token);
        break;
    }
}

static void what_is_kept_is_what_would_be_read(void **state)
{
    scene_t *scene = begin(state);
    apr_pool_t *step;
    unsigned int seed = 20261124;
    int i;

    apr_pool_create(&step, scene->store->pool);
    for (i = 0; i < STEPS; i++) {
        int other = rand_r(&seed) % 8 == 0, who = rand_r(&seed) % PEOPLE;
        braze_token_query_t query = {scene->company[other], scene->hash[rand_r(&seed) % TOKENS],
                                     NULL, NULL, UNIT_NOW + apr_time_from_sec(rand_r(&seed) % 3)};

        if (rand_r(&seed) % 2) {
            query.user_id = rand_r(&seed) % 8 ? scene->person[who] : "nobody";
        } else {
            query.user_name_key = apr_psprintf(step, "p%d@b.example", who);
        }
        if (rand_r(&seed) % 10 == 0) {
            write_something(scene, &seed, i);
        }
        assert_same(scene, &query, step);
        apr_pool_clear(step);
    }
    if (scene->store->engine == BRAZE_ENGINE_PGSQL) {
        assert_in_range(tokens_read(scene), 1, STEPS * 9 / 10);
    }
}

/* Revoked, expired, of somebody who was switched off: no use is one too many. */
static void what_ends_a_token_ends_it_at_once(void **state)
{
    scene_t *scene = begin(state);
    apr_pool_t *pool = scene->store->pool;
    braze_token_query_t query = {scene->company[0], scene->hash[0], scene->person[1], NULL,
                                 UNIT_NOW};
    int i;

    for (i = 0; i < 100; i++) {
        const char *owner = i % 2 ? scene->person[0] : NULL;
        int read;

        query.token_hash = add_token(scene, 0, "okta", owner);
        unit_store_do(scene->store, "UPDATE braze_user SET active = 1");
        for (read = 0; read < 4; read++) {
            assert_string_not_equal(described(scene->keeps, &query, pool), "no token");
        }
        do_it(scene,
              owner ? "UPDATE braze_user SET active = 0 WHERE id = '%s'%s"
                    : "DELETE FROM braze_token WHERE token_hash = '%s'%s",
              owner ? owner : query.token_hash, "");
        assert_string_equal(described(scene->keeps, &query, pool), "no token");
    }
}

static void a_token_ends_while_it_is_kept(void **state)
{
    scene_t *scene = begin(state);
    apr_pool_t *pool = scene->store->pool;
    braze_token_query_t query = {scene->company[0], scene->hash[0], scene->person[0], NULL,
                                 UNIT_NOW};
    int i;

    unit_store_do(scene->store, "UPDATE braze_token SET expires_at = 1800000060000");
    for (i = 0; i < 70; i++) {
        query.now = UNIT_NOW + apr_time_from_sec(i);
        if (i < 60) {
            assert_string_not_equal(described(scene->keeps, &query, pool), "no token");
        } else {
            assert_string_equal(described(scene->keeps, &query, pool), "no token");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_PGSQL(a_token_that_is_kept_is_not_read),
        STORE_TEST(what_is_kept_is_what_would_be_read),
        STORE_TEST(what_ends_a_token_ends_it_at_once),
        STORE_TEST(a_token_ends_while_it_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
