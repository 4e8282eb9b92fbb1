/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /Bulk where a conversation of t/cases/scim/bulk.json does not reach: long chains and rings of
 * references, limits, and that an operation sees nothing of the request that it came in.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_scim.h"
#include "unit_store.h"

#define BULK_SCHEMA "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
#define PATCH_SCHEMA "urn:ietf:params:scim:api:messages:2.0:PatchOp"
#define MANY 1000

typedef struct {
    const unit_store_t *store;
    apr_pool_t *pool;
    braze_token_t token;
    braze_scim_request_t request;
    braze_log_t log;
    int refused, bent; /* lines in the log */
    braze_json_t *results;
} job_t;

static void count_line(void *baton, braze_log_level_t level, const char *line)
{
    job_t *job = baton;

    (void)level;
    job->refused += strncmp(line, "BRAZE-S0765", 11) == 0;
    job->bent += strncmp(line, "BRAZE-S0801", 11) == 0;
}

static job_t *job_new(void **state)
{
    const unit_store_t *store = unit_store(state);
    job_t *job = apr_pcalloc(store->pool, sizeof(*job));
    braze_catalog_t *catalog;

    job->store = store;
    job->pool = store->pool;
    job->token.id = "t";
    job->token.origin = "unit-test";
    job->token.company_id = unit_store_company(store, "Decorumsoft");
    assert_fine(braze_store_catalog_load(&catalog, store->db, job->token.company_id, store->pool));
    job->log.write = count_line;
    job->log.baton = job;
    job->request.method = "POST";
    job->request.path = "/Bulk";
    job->request.dialect = BRAZE_SCIM_RFC;
    job->request.base_url = "http://localhost";
    job->request.token = &job->token;
    job->request.catalog = catalog;
    job->request.log = &job->log;
    job->request.now = UNIT_NOW;
    return job;
}

/* *status is the answer's; operations without their brackets. */
static braze_scim_response_t *run(int *status, job_t *job, const char *operations)
{
    braze_scim_response_t *response;
    const braze_err_t *err;
    braze_json_t *body;

    job->request.body = apr_pstrcat(
        job->pool, "{\"schemas\":[\"" BULK_SCHEMA "\"],\"Operations\":[", operations, "]}", NULL);
    job->request.body_len = strlen(job->request.body);
    response = braze_scim_handle(&err, job->store->db, &job->request, job->pool);
    *status = response->status;
    assert_fine(braze_json_parse(&body, response->body, response->body_len, job->pool));
    job->results = braze_json_get(body, "Operations");
    return response;
}

static const char *result(const job_t *job, int i, const char *name)
{
    return braze_json_get_string(braze_json_item(job->results, i), name);
}

static const char *id_of(const job_t *job, int i)
{
    const char *location = result(job, i, "location");

    assert_non_null(location);
    return strrchr(location, '/') + 1;
}

static const char *post_group(apr_pool_t *pool, int i, int member)
{
    return apr_psprintf(pool,
                        "{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"g%d\",\"data\":{"
                        "\"schemas\":[\"" BRAZE_SCHEMA_GROUP "\"],\"displayName\":\"G%d\","
                        "\"members\":[{\"value\":\"bulkId:g%d\"}]}}",
                        i, i, member);
}

/* Groups of which each has the next one as its member; the last has the last + 1. */
static const char *chain(job_t *job, int count, int last)
{
    braze_buf_t *buf = braze_buf_new(65536, job->pool);
    int i;

    for (i = 0; i < count; i++) {
        braze_buf_puts(buf, i ? "," : "");
        braze_buf_puts(buf, post_group(job->pool, i, i < count - 1 ? i + 1 : last));
    }
    return buf->data;
}

static int members(const job_t *job)
{
    return unit_store_count(job->store, "SELECT count(*) FROM braze_group_member");
}

/* Each waits for the one behind it: the worst order that there is. */
static void a_chain_is_made_from_its_end(void **state)
{
    job_t *job = job_new(state);
    int i, status;
    const char *first = apr_pstrcat(
        job->pool, chain(job, MANY - 1, MANY - 1), ",",
        "{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"g999\",\"data\":{\"schemas\":["
        "\"" BRAZE_SCHEMA_GROUP "\"],\"displayName\":\"End\"}}",
        NULL);

    run(&status, job, first);
    assert_int_equal(status, 200);
    assert_int_equal(braze_json_size(job->results), MANY);
    for (i = 0; i < MANY; i++) {
        assert_string_equal(result(job, i, "status"), "201");
        assert_string_equal(result(job, i, "version"), "W/\"1\"");
        assert_string_equal(result(job, i, "bulkId"), apr_psprintf(job->pool, "g%d", i));
    }
    assert_int_equal(members(job), MANY - 1);
    assert_string_equal(unit_store_see(job->store,
                                       "SELECT g.display_name FROM braze_group g JOIN "
                                       "braze_group_member m ON m.member_group_id = g.id JOIN "
                                       "braze_group o ON o.id = m.group_id WHERE o.display_name = "
                                       "'G41'"),
                        "G42");
    assert_int_equal(job->refused, 0);
}

/* One of them is made without its member, and has it in the end. */
static void a_ring_is_closed(void **state)
{
    job_t *job = job_new(state);
    int i, status, patched = 0;

    run(&status, job, chain(job, MANY, 0));
    assert_int_equal(status, 200);
    for (i = 0; i < MANY; i++) {
        assert_string_equal(result(job, i, "status"), "201");
        patched += strcmp(result(job, i, "version"), "W/\"2\"") == 0;
    }
    assert_int_equal(patched, 1);
    assert_int_equal(members(job), MANY);
    assert_int_equal(unit_store_count(job->store, "SELECT count(DISTINCT member_group_id) FROM "
                                                  "braze_group_member"),
                     MANY);
}

/* What comes after a broken link is not made, what does not hang on it is. */
static void what_hangs_on_a_failure_fails(void **state)
{
    job_t *job = job_new(state);
    int i, status;

    run(&status, job,
        apr_pstrcat(job->pool, chain(job, 50, 50), ",",
                    "{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"g50\",\"data\":{}},",
                    "{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"x\",\"data\":{"
                    "\"schemas\":[\"" BRAZE_SCHEMA_GROUP "\"],\"displayName\":\"X\"}}",
                    NULL));
    assert_int_equal(status, 200);
    for (i = 0; i < 50; i++) {
        assert_string_equal(result(job, i, "status"), "409");
        assert_null(result(job, i, "location"));
    }
    assert_string_equal(result(job, 50, "status"), "400");
    assert_string_equal(result(job, 51, "status"), "201");
    assert_int_equal(unit_store_count(job->store, "SELECT count(*) FROM braze_group"), 1);
    assert_int_equal(job->refused, 51);
}

/* ---- the request around them ---- */

/* What was read for the job's own path, its headers and its query are not the operations'. */
static void operations_see_nothing_of_the_request(void **state)
{
    job_t *job = job_new(state);
    const braze_user_t *one = unit_store_user(job->store, job->token.company_id, "one@d.com", NULL);
    const braze_user_t *two = unit_store_user(job->store, job->token.company_id, "two@d.com", NULL);
    int status;

    job->request.prefetched = one;
    job->request.prefetch_done = 1;
    job->request.if_match = "W/\"77\"";
    job->request.if_none_match = "*";
    job->request.query = "attributes=nothing&filter=nonsense";
    run(&status, job,
        apr_psprintf(
            job->pool,
            "{\"method\":\"PATCH\",\"path\":\"/Users/%s\",\"data\":{\"schemas\":[\"" PATCH_SCHEMA
            "\"],\"Operations\":[{\"op\":\"replace\",\"path\":\"title\","
            "\"value\":\"T\"}]}},{\"method\":\"DELETE\",\"path\":\"/Users/%s\"},"
            "{\"method\":\"DELETE\",\"path\":\"/Users/%s\"}",
            two->id, two->id, two->id));
    assert_int_equal(status, 200);
    assert_string_equal(result(job, 0, "status"), "200");
    assert_string_equal(result(job, 0, "version"), "W/\"2\"");
    assert_string_equal(result(job, 1, "status"), "204");
    assert_string_equal(result(job, 2, "status"), "404");
    assert_int_equal(
        unit_store_count(job->store, apr_psprintf(job->pool,
                                                  "SELECT count(*) FROM braze_user WHERE id = '%s' "
                                                  "AND version = 1",
                                                  one->id)),
        1);
}

/* What the profile bends in an operation counts for the whole. */
static void bends_are_counted(void **state)
{
    job_t *job = job_new(state);
    const braze_user_t *one = unit_store_user(job->store, job->token.company_id, "one@d.com", NULL);
    const char *operation = apr_psprintf(
        job->pool,
        "{\"method\":\"PATCH\",\"path\":\"/Users/%s\",\"data\":{\"schemas\":[\"" PATCH_SCHEMA "\"],"
        "\"Operations\":[{\"op\":\"replace\",\"path\":\"active\",\"value\":\"%%s\"}]}}",
        one->id);
    braze_scim_response_t *response;
    int status;

    job->token.profile = BRAZE_PROFILE_ENTRA;
    response = run(&status, job,
                   apr_pstrcat(job->pool, apr_psprintf(job->pool, operation, "False"), ",",
                               apr_psprintf(job->pool, operation, "True"), NULL));
    assert_string_equal(result(job, 0, "status"), "200");
    assert_string_equal(result(job, 1, "status"), "200");
    assert_int_equal(response->bent, 2);
    assert_int_equal(job->bent, 2);
}

/* ---- limits ---- */

static void limits_hold_on_both_sides(void **state)
{
    job_t *job = job_new(state);
    const char *two = chain(job, 2, 0);
    int status;

    job->request.limits.max_operations = 1;
    run(&status, job, two);
    assert_int_equal(status, 413);
    job->request.limits.max_operations = 2;
    job->request.limits.max_body = 10;
    run(&status, job, two);
    assert_int_equal(status, 413);
    assert_int_equal(unit_store_count(job->store, "SELECT count(*) FROM braze_group"), 0);
    job->request.limits.max_body = job->request.body_len;
    run(&status, job, two);
    assert_int_equal(status, 200);
    assert_int_equal(unit_store_count(job->store, "SELECT count(*) FROM braze_group"), 2);
    job->request.limits.max_operations = job->request.limits.max_body = 0; /* the defaults */
    run(&status, job, chain(job, MANY + 1, 0));
    assert_int_equal(status, 413);
}

/* What has not begun in it is told so, whatever it waits for. */
static void a_job_has_its_time(void **state)
{
    job_t *job = job_new(state);
    int i, status;

    job->request.bulk_time = -1; /* over before it begins */
    run(&status, job, chain(job, 20, 0));
    assert_int_equal(status, 200);
    for (i = 0; i < 20; i++) {
        assert_string_equal(result(job, i, "status"), "503");
    }
    assert_int_equal(unit_store_count(job->store, "SELECT count(*) FROM braze_group"), 0);
    job->request.bulk_time = apr_time_from_sec(30);
    run(&status, job, chain(job, 20, 0));
    assert_int_equal(unit_store_count(job->store, "SELECT count(*) FROM braze_group"), 20);
}

/* A group that many operations of one job change has them all. */
static void references_in_many_places(void **state)
{
    job_t *job = job_new(state);
    braze_buf_t *buf = braze_buf_new(65536, job->pool);
    int i, status;

    for (i = 0; i < 100; i++) {
        braze_buf_puts(buf, apr_psprintf(job->pool,
                                         "{\"method\":\"PATCH\",\"path\":\"/Groups/bulkId:g\","
                                         "\"data\":{\"schemas\":[\"" PATCH_SCHEMA "\"],"
                                         "\"Operations\":[{\"op\":\"add\",\"value\":{\"members\":"
                                         "[{\"value\":\"bulkId:u%d\"}]}}]}},"
                                         "{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":"
                                         "\"u%d\",\"data\":{\"schemas\":[\"" BRAZE_SCHEMA_USER
                                         "\"],\"userName\":\"u%d\"}},",
                                         i, i, i));
    }
    braze_buf_puts(buf, "{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"g\",\"data\":{"
                        "\"schemas\":[\"" BRAZE_SCHEMA_GROUP "\"],\"displayName\":\"G\"}}");
    run(&status, job, buf->data);
    assert_int_equal(status, 200);
    for (i = 0; i < 201; i++) {
        assert_string_equal(result(job, i, "status"), i % 2 || i == 200 ? "201" : "200");
    }
    assert_int_equal(members(job), 100);
    assert_string_equal(id_of(job, 0), id_of(job, 200)); /* all of them changed that group */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_chain_is_made_from_its_end),
        STORE_TEST(a_ring_is_closed),
        STORE_TEST(what_hangs_on_a_failure_fails),
        STORE_TEST(operations_see_nothing_of_the_request),
        STORE_TEST(bends_are_counted),
        STORE_TEST_SQLITE(a_job_has_its_time),
        STORE_TEST_SQLITE(limits_hold_on_both_sides),
        STORE_TEST_SQLITE(references_in_many_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
