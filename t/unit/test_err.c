/* SPDX-License-Identifier: Apache-2.0 */
/* Errors and the log line that they and others become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_err.h"
#include "braze_log.h"

#define LINE_MAX_BYTES 4096

static apr_pool_t *pool;

static int set_up(void **state)
{
    (void)state;
    return apr_pool_create(&pool, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static void new_sets_every_field(void **state)
{
    char detail[] = "No such user.";
    braze_err_t *err = braze_err_new(404, NULL, "BRAZE-9001", detail, pool);

    (void)state;
    detail[0] = 'X'; /* the error has its own copy */
    assert_int_equal(err->status, 404);
    assert_null(err->code);
    assert_string_equal(err->tag, "BRAZE-9001");
    assert_string_equal(err->detail, "No such user.");
    assert_null(err->log);
    assert_null(err->where);
    assert_null(err->cause);
    assert_int_equal(err->retry_after, 0);
}

static void newf_formats(void **state)
{
    braze_err_t *err =
        braze_err_newf(pool, 400, "invalidFilter", "BRAZE-9002", "%s at %d", "op", 7);

    (void)state;
    assert_string_equal(err->detail, "op at 7");
    assert_string_equal(err->code, "invalidFilter");
}

static void log_text_replaces_detail_in_the_line(void **state)
{
    braze_err_t *err = braze_err_new(500, NULL, "BRAZE-9003", "Internal error.", pool);

    (void)state;
    assert_string_equal(braze_err_line(err, pool), "BRAZE-9003: Internal error.");
    assert_ptr_equal(braze_err_log(err, pool, "disk %s", "full"), err);
    assert_string_equal(braze_err_line(err, pool), "BRAZE-9003: disk full");
    assert_string_equal(err->detail, "Internal error.");
}

static void line_has_code_place_and_causes(void **state)
{
    braze_err_t *root = braze_err_new(500, NULL, "BRAZE-9001", "low", pool);
    braze_err_t *middle = braze_err_new(503, NULL, "BRAZE-9002", "middle", pool);
    braze_err_t *top = braze_err_new(400, "invalidValue", "BRAZE-9003", "top", pool);

    (void)state;
    middle->cause = root;
    top->cause = middle;
    top->where = "emails[0].value";
    assert_string_equal(braze_err_line(top, pool),
                        "BRAZE-9003 invalidValue: top (at emails[0].value); caused by BRAZE-9002: "
                        "middle; caused by BRAZE-9001: low");
}

static void a_copy_stays_when_the_pool_of_the_first_goes(void **state)
{
    apr_pool_t *brief;
    braze_err_t *err, *copy;

    (void)state;
    apr_pool_create(&brief, pool);
    err = braze_err_newf(brief, 409, "uniqueness", "BRAZE-0112", "taken by %s", "another");
    err->where = apr_pstrdup(brief, "userName");
    err->cause = braze_err_log(braze_err_new(500, NULL, "BRAZE-0111", "no", brief), brief, "why");
    copy = braze_err_copy(err, pool);
    memset((char *)err->detail, 'x', strlen(err->detail));
    apr_pool_destroy(brief);
    assert_int_equal(copy->status, 409);
    assert_string_equal(braze_err_line(copy, pool),
                        "BRAZE-0112 uniqueness: taken by another (at userName); caused by "
                        "BRAZE-0111: why");
    assert_null(braze_err_copy(NULL, pool));
}

static void a_circle_of_causes_ends(void **state)
{
    braze_err_t *err = braze_err_new(500, NULL, "BRAZE-9001", "x", pool);

    (void)state;
    err->cause = err;
    /* itself and eight causes */
    assert_int_equal(strlen(braze_err_line(err, pool)), 13 + 8 * 25);
}

static void no_line_can_be_forged(void **state)
{
    braze_err_t *err = braze_err_new(400, NULL, "BRAZE-9001",
                                     "a\nBRAZE-0000: b\r\t\x1b[31m\x7f"
                                     "c",
                                     pool);

    (void)state;
    assert_string_equal(braze_err_line(err, pool),
                        "BRAZE-9001: a\\x0aBRAZE-0000: b\\x0d\\x09\\x1b[31m\\x7fc");
}

static void utf8_stays_and_what_is_not_does_not(void **state)
{
    braze_err_t *err =
        braze_err_new(400, NULL, "T",
                      "\xc3\xa9|\xe2\x82\xac|\xf0\x9f\x98\x80|" /* é € and an emoji */
                      "\xc2\x85|"                               /* NEL, a C1 control */
                      "\xc3|\xff|\xed\xa0\x80|" /* cut short, no byte of UTF-8, surrogate */
                      "\xe2\x82",               /* cut short at the end */
                      pool);

    (void)state;
    assert_string_equal(braze_err_line(err, pool),
                        "T: \xc3\xa9|\xe2\x82\xac|\xf0\x9f\x98\x80|\\xc2\\x85|"
                        "\\xc3|\\xff|\\xed\\xa0\\x80|\\xe2\\x82");
}

/* The line of an error whose tag is "T" and whose detail is count times the byte. */
static const char *line_of(char byte, size_t count)
{
    char *detail = apr_palloc(pool, count + 1);

    memset(detail, byte, count);
    detail[count] = '\0';
    return braze_err_line(braze_err_new(400, NULL, "T", detail, pool), pool);
}

static void a_line_at_the_cap_is_whole(void **state)
{
    const char *line = line_of('a', LINE_MAX_BYTES - 3); /* and "T: " */

    (void)state;
    assert_int_equal(strlen(line), LINE_MAX_BYTES);
    assert_string_equal(line + LINE_MAX_BYTES - 5, "aaaaa");
}

static void a_longer_line_is_cut(void **state)
{
    const char *line = line_of('a', LINE_MAX_BYTES - 2);

    (void)state;
    assert_int_equal(strlen(line), LINE_MAX_BYTES + 3);
    assert_string_equal(line + LINE_MAX_BYTES - 2, "aa...");
    line = line_of('\n', 100000); /* an escape is never cut through: 3 + 4 * 1023 = 4095 */
    assert_int_equal(strlen(line), LINE_MAX_BYTES - 1 + 3);
    assert_string_equal(line + strlen(line) - 7, "\\x0a...");
}

typedef struct {
    int count;
    braze_log_level_t level;
    const char *line;
} written_t;

static void remember(void *baton, braze_log_level_t level, const char *line)
{
    written_t *written = baton;

    written->count++;
    written->level = level;
    written->line = line;
}

static void log_writes_one_escaped_line(void **state)
{
    written_t written = {0, BRAZE_LOG_DEBUG, NULL};
    braze_log_t log = {remember, &written};

    (void)state;
    braze_log_write(&log, BRAZE_LOG_WARNING, "BRAZE-9009", pool, "user %s of %d", "x\ny", 3);
    assert_int_equal(written.count, 1);
    assert_int_equal(written.level, BRAZE_LOG_WARNING);
    assert_string_equal(written.line, "BRAZE-9009 user x\\x0ay of 3");
}

static void log_may_be_silent(void **state)
{
    braze_log_t log = {NULL, NULL};

    (void)state;
    braze_log_write(NULL, BRAZE_LOG_ERROR, "BRAZE-9009", pool, "x");
    braze_log_write(&log, BRAZE_LOG_ERROR, "BRAZE-9009", pool, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_sets_every_field),
        cmocka_unit_test(newf_formats),
        cmocka_unit_test(log_text_replaces_detail_in_the_line),
        cmocka_unit_test(line_has_code_place_and_causes),
        cmocka_unit_test(a_copy_stays_when_the_pool_of_the_first_goes),
        cmocka_unit_test(a_circle_of_causes_ends),
        cmocka_unit_test(no_line_can_be_forged),
        cmocka_unit_test(utf8_stays_and_what_is_not_does_not),
        cmocka_unit_test(a_line_at_the_cap_is_whole),
        cmocka_unit_test(a_longer_line_is_cut),
        cmocka_unit_test(log_writes_one_escaped_line),
        cmocka_unit_test(log_may_be_silent),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, set_up, tear_down);
    apr_terminate();
    return failed;
}
