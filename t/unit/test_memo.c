/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "braze_memo.h"

#define THREADS 8
#define TEXTS 200

static apr_pool_t *pool;

static int begin(void **state)
{
    (void)state;
    return apr_pool_create(&pool, NULL);
}

static int end(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static void the_first_to_come_stays(void **state)
{
    braze_memo_t *memo = braze_memo_make(2, pool);
    char text[] = "a", made[] = "A";

    (void)state;
    assert_non_null(memo);
    assert_null(braze_memo_get(memo, "a"));
    braze_memo_keep(memo, text, made);
    text[0] = made[0] = 'x'; /* it has copies */
    assert_string_equal(braze_memo_get(memo, "a"), "A");
    assert_null(braze_memo_get(memo, "x"));
    braze_memo_keep(memo, "a", "another");
    assert_string_equal(braze_memo_get(memo, "a"), "A");
    braze_memo_keep(memo, "", "");
    assert_string_equal(braze_memo_get(memo, ""), "");
    braze_memo_keep(memo, "c", "over the most");
    assert_null(braze_memo_get(memo, "c"));
}

static void without_one_nothing_is_known(void **state)
{
    (void)state;
    braze_memo_keep(NULL, "a", "A");
    assert_null(braze_memo_get(NULL, "a"));
}

/* Every thread asks for and keeps all of them; whatever it is told was made of that text. */
static void *APR_THREAD_FUNC ask(apr_thread_t *thread, void *baton)
{
    apr_pool_t *own;
    int turn, i, wrong = 0;

    apr_pool_create(&own, NULL);
    for (turn = 0; turn < 20; turn++) {
        for (i = 0; i < TEXTS; i++) {
            const char *text = apr_psprintf(own, "text %d", i);
            const char *made = apr_psprintf(own, "made of text %d", i), *known;

            known = braze_memo_get(baton, text);
            wrong += known && strcmp(known, made) != 0;
            braze_memo_keep(baton, text, made);
        }
    }
    apr_pool_destroy(own);
    apr_thread_exit(thread, wrong);
    return NULL;
}

static void many_threads_share_one(void **state)
{
    braze_memo_t *memo = braze_memo_make(TEXTS / 2, pool);
    apr_thread_t *threads[THREADS];
    apr_status_t wrong;
    int i, kept = 0;

    (void)state;
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, ask, memo, pool), APR_SUCCESS);
    }
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(apr_thread_join(&wrong, threads[i]), APR_SUCCESS);
        assert_int_equal(wrong, 0);
    }
    for (i = 0; i < TEXTS; i++) {
        kept += braze_memo_get(memo, apr_psprintf(pool, "text %d", i)) != NULL;
    }
    assert_int_equal(kept, TEXTS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_to_come_stays, begin, end),
        cmocka_unit_test_setup_teardown(without_one_nothing_is_known, begin, end),
        cmocka_unit_test_setup_teardown(many_threads_share_one, begin, end),
    };

    apr_initialize();
    return cmocka_run_group_tests_name("memo", tests, NULL, NULL);
}
