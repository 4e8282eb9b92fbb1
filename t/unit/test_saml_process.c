/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the judge shares with everybody else in a server's process: threads, the state of libxml2,
 * xmlsec1 and OpenSSL, standard error, memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <apr_strings.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <openssl/err.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/errors.h>

#include "unit_saml.h"

#define THREADS 8
#define ROUNDS 60

static apr_pool_t *pool;

static int begin(void **state)
{
    (void)state;
    return apr_pool_create(&pool, unit_saml_pool());
}

static int end(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

/* Cases with what they need, read once: threads share the expectations and with them the keys. */
typedef struct {
    const unit_saml_case_t *one;
    const char *base64;
    apr_size_t len;
    braze_saml_expect_t expect;
} job_t;

static const char *const mixture[] = {
    "rollover-old-key", "rollover-new-key",       "both-signed",       "ecdsa-sha256",
    "own-certificate",  "evil-without-resigning", "doctype",           "audience-other",
    "hmac-public-key",  "old-key-after-rollover", "digest-value-empty"};
#define JOBS (sizeof(mixture) / sizeof(*mixture))

static job_t jobs[JOBS];

static void prepare(void)
{
    apr_size_t i;

    for (i = 0; i < JOBS; i++) {
        jobs[i].one = unit_saml_case(mixture[i]);
        jobs[i].base64 = unit_saml_read(&jobs[i].len, jobs[i].one->file, pool);
        unit_saml_expect(&jobs[i].expect, jobs[i].one, pool);
    }
}

/* 1 = as expected. */
static int run(const job_t *job, apr_pool_t *parent)
{
    braze_saml_identity_t *identity;
    apr_pool_t *request;
    braze_err_t *err;
    int right;

    apr_pool_create(&request, parent);
    err = braze_saml_judge(&identity, job->base64, job->len, &job->expect, request);
    right = strcmp(err ? err->code : "accepted", job->one->code) == 0 &&
            (err || strcmp(identity->name_id, "anna@decorumsoft.com") == 0);
    apr_pool_destroy(request);
    return right;
}

static void *work(void *baton)
{
    apr_size_t round, i, first = (apr_size_t)(intptr_t)baton;
    apr_pool_t *own;
    intptr_t right = 0;

    apr_pool_create_unmanaged(&own);
    for (round = 0; round < ROUNDS; round++) {
        for (i = 0; i < JOBS; i++) {
            right += run(&jobs[(first + i) % JOBS], own);
        }
    }
    apr_pool_destroy(own);
    return (void *)right;
}

static void threads_share_keys(void **state)
{
    pthread_t threads[THREADS];
    void *right;
    int i;

    (void)state;
    prepare();
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i), 0);
    }
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &right), 0);
        assert_int_equal((intptr_t)right, ROUNDS * JOBS);
    }
}

/* httpd loads its configuration twice and again at every graceful restart. */
static void can_be_started_again_and_again(void **state)
{
    apr_pool_t *configuration;
    int i;

    (void)state;
    for (i = 0; i < 5; i++) {
        apr_pool_create(&configuration, pool);
        assert_null(braze_saml_init(configuration));
        assert_null(braze_saml_init(configuration));
        pool = configuration;
        prepare();
        assert_true(run(&jobs[2], configuration));
        pool = apr_pool_parent_get(configuration);
        apr_pool_destroy(configuration);
    }
    assert_null(braze_saml_init(unit_saml_pool()));
}

/* Another user of xmlsec1 may have been there first, and may even have ended it. */
static void survives_other_users_of_xmlsec(void **state)
{
    (void)state;
    prepare();
    assert_int_equal(xmlSecShutdown(), 0);
    assert_null(braze_saml_init(pool));
    assert_true(run(&jobs[2], pool));
}

static void ignore(void *context, const char *message, ...)
{
    (void)context;
    (void)message;
}

static void on_error(void *baton, xmlErrorPtr error)
{
    (void)error;
    ++*(int *)baton;
}

static xmlParserInputPtr load_nothing(const char *url, const char *id, xmlParserCtxtPtr context)
{
    (void)url;
    (void)id;
    (void)context;
    return NULL;
}

static void leaves_handlers_alone(void **state)
{
    xmlExternalEntityLoader before = xmlGetExternalEntityLoader();
    int count = 0;
    apr_size_t i;

    (void)state;
    prepare();
    xmlSetGenericErrorFunc(&count, ignore);
    xmlSetStructuredErrorFunc(&count, on_error);
    xmlSetExternalEntityLoader(load_nothing);
    assert_int_equal(xmlSecShutdown(), 0); /* so that init does everything */
    assert_null(braze_saml_init(pool));
    for (i = 0; i < JOBS; i++) {
        assert_true(run(&jobs[i], pool));
    }
    assert_true(xmlGetExternalEntityLoader() == load_nothing);
    xmlSetExternalEntityLoader(before);
    assert_true(xmlGenericError == ignore);
    assert_true(xmlStructuredError == on_error);
    assert_ptr_equal(xmlStructuredErrorContext, &count);
    assert_int_equal(count, 0); /* and our complaints went nowhere else */
    xmlSetStructuredErrorFunc(NULL, NULL);
    xmlSetGenericErrorFunc(NULL, NULL);
}

static void leaves_openssl_errors_alone(void **state)
{
    apr_size_t i;

    (void)state;
    prepare();
    ERR_clear_error();
    for (i = 0; i < JOBS; i++) {
        assert_true(run(&jobs[i], pool));
        assert_int_equal(ERR_peek_error(), 0);
    }
    ERR_raise(ERR_LIB_USER, 7); /* of somebody else, before us */
    for (i = 0; i < JOBS; i++) {
        assert_true(run(&jobs[i], pool));
    }
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 7);
    assert_int_equal(ERR_get_error(), 0);
}

/* Whatever is refused, nothing is printed: a server's error log is its own. */
static void prints_nothing(void **state)
{
    const apr_array_header_t *all = unit_saml_cases();
    FILE *caught = tmpfile();
    int saved = dup(STDERR_FILENO), i, wrong = 0;
    braze_saml_identity_t *identity;
    char text[200];
    apr_size_t length;

    (void)state;
    assert_non_null(caught);
    fflush(stderr);
    assert_true(dup2(fileno(caught), STDERR_FILENO) >= 0);
    for (i = 0; i < all->nelts; i++) {
        const unit_saml_case_t *one = &APR_ARRAY_IDX(all, i, unit_saml_case_t);
        braze_err_t *err = unit_saml_judge(&identity, one, pool);

        wrong += strcmp(err ? err->code : "accepted", one->code) != 0;
    }
    fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    rewind(caught);
    length = fread(text, 1, sizeof(text) - 1, caught);
    text[length] = '\0';
    assert_int_equal(wrong, 0);
    assert_string_equal(text, "");
    fclose(caught);
}

/* The same errors of another module still reach whom they reached before. */
static int seen;

static void see(void *context, const char *message, ...)
{
    (void)context;
    (void)message;
    seen++;
}

static void lets_errors_of_others_through(void **state)
{
    (void)state;
    seen = 0;
    xmlSetGenericErrorFunc(NULL, see);
    xmlSecError(__FILE__, __LINE__, __func__, NULL, NULL, XMLSEC_ERRORS_R_XMLSEC_FAILED, "%s", "x");
    xmlSetGenericErrorFunc(NULL, NULL);
    assert_int_equal(seen, 1);
}

static apr_size_t in_use(void)
{
    return mallinfo2().uordblks;
}

/* Accepted, refused early, refused late, in error: memory stays where it was. */
static void memory_stays_flat(void **state)
{
    apr_size_t before, i;
    int round;

    (void)state;
    prepare();
    for (round = 0; round < 3; round++) { /* caches fill */
        for (i = 0; i < JOBS; i++) {
            assert_true(run(&jobs[i], pool));
        }
    }
    before = in_use();
    for (round = 0; round < 200; round++) {
        for (i = 0; i < JOBS; i++) {
            assert_true(run(&jobs[i], pool));
        }
    }
    assert_true(in_use() <= before + 16 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(threads_share_keys, begin, end),
        cmocka_unit_test_setup_teardown(can_be_started_again_and_again, begin, end),
        cmocka_unit_test_setup_teardown(survives_other_users_of_xmlsec, begin, end),
        cmocka_unit_test_setup_teardown(leaves_handlers_alone, begin, end),
        cmocka_unit_test_setup_teardown(leaves_openssl_errors_alone, begin, end),
        cmocka_unit_test_setup_teardown(prints_nothing, begin, end),
        cmocka_unit_test_setup_teardown(lets_errors_of_others_through, begin, end),
        cmocka_unit_test_setup_teardown(memory_stays_flat, begin, end),
    };

    return cmocka_run_group_tests_name("saml process", tests, unit_saml_set_up,
                                       unit_saml_tear_down);
}
