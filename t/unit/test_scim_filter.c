/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters and paths: t/cases/scim/filter.tsv and path.tsv, a text and what it means on each line;
 * meanings are written as trees, refusals as "!tag@position". The caps are tested on both sides
 * here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_filter.h"
#include "braze_scim.h"

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

static const braze_resource_type_t *users(void)
{
    const braze_resource_type_t *type = braze_resource_type_at("/Users");

    assert_non_null(type);
    return type;
}

/* ---- trees as text ---- */

static const char *show_path(const braze_attr_path_t *path)
{
    const char *schema = "";

    if (path->schema) {
        schema = strcmp(path->schema, BRAZE_SCHEMA_ENTERPRISE) == 0 ? "ent:" : "dash:";
    }
    return apr_pstrcat(pool, schema, path->attr ? path->attr : "*", path->sub ? "." : "",
                       path->sub ? path->sub : "", NULL);
}

static const char *show(const braze_filter_t *filter)
{
    static const char *const names[] = {"and", "or", "not", "item", "pr", "eq", "ne",
                                        "co",  "sw", "ew",  "gt",   "ge", "lt", "le"};
    const char *name = names[filter->op];

    switch (filter->op) {
    case BRAZE_FILTER_AND:
    case BRAZE_FILTER_OR:
        return apr_psprintf(pool, "(%s %s %s)", name, show(filter->left), show(filter->right));
    case BRAZE_FILTER_NOT:
        return apr_psprintf(pool, "(not %s)", show(filter->left));
    case BRAZE_FILTER_ITEM:
        return apr_psprintf(pool, "(item %s %s)", show_path(&filter->path), show(filter->left));
    case BRAZE_FILTER_PR:
        return apr_psprintf(pool, "(pr %s)", show_path(&filter->path));
    default:
        return apr_psprintf(pool, "(%s %s %s)", name, show_path(&filter->path),
                            braze_json_text(filter->value, pool));
    }
}

static const char *show_err(const braze_err_t *err, const char *what, const char *code)
{
    apr_size_t len = strlen(what);

    assert_int_equal(err->status, 400);
    assert_non_null(err->where);
    assert_int_equal(strncmp(err->where, what, len), 0);
    assert_non_null(strstr(err->detail, apr_psprintf(pool, "position %s", err->where + len)));
    return apr_psprintf(pool, "!%s@%s%s%s", err->tag, err->where + len,
                        strcmp(err->code, code) == 0 ? "" : " ",
                        strcmp(err->code, code) == 0 ? "" : err->code);
}

static const char *meaning_of_filter(const char *text)
{
    const braze_filter_t *filter;
    braze_err_t *err = braze_filter_parse(&filter, text, strlen(text), users(), pool);

    return err ? show_err(err, "filter:", "invalidFilter") : show(filter);
}

static const char *meaning_of_path(const char *text)
{
    braze_path_t path;
    braze_err_t *err = braze_path_parse(&path, text, strlen(text), users(), pool);

    if (err) {
        return show_err(err, "path:", "invalidPath");
    }
    return apr_pstrcat(pool, show_path(&path.attr), path.filter ? " " : "",
                       path.filter ? show(path.filter) : "", path.sub ? " ." : "",
                       path.sub ? path.sub : "", NULL);
}

/* ---- cases from files ---- */

static void run_cases(const char *name, const char *meaning_of(const char *text), int at_least)
{
    FILE *in = fopen(apr_pstrcat(pool, BRAZE_SRCDIR "/t/cases/scim/", name, NULL), "r");
    char line[4096];
    int number = 0, cases = 0, wrong = 0;

    assert_non_null(in);
    while (fgets(line, sizeof(line), in)) {
        char *tab = strchr(line, '\t');
        const char *got;

        number++;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || !line[0]) {
            continue;
        }
        assert_non_null(tab);
        *tab = '\0';
        cases++;
        got = meaning_of(line);
        if (strcmp(got, tab + 1) != 0) {
            wrong++;
            print_error("%s:%d: %s\n  wanted %s\n  got    %s\n", name, number, line, tab + 1, got);
        }
    }
    fclose(in);
    assert_true(cases >= at_least);
    assert_int_equal(wrong, 0);
}

static void test_filters(void **state)
{
    (void)state;
    run_cases("filter.tsv", meaning_of_filter, 60);
}

static void test_paths(void **state)
{
    (void)state;
    run_cases("path.tsv", meaning_of_path, 15);
}

/* ---- caps ---- */

static const char *repeat(const char *text, int times)
{
    char *all = apr_palloc(pool, strlen(text) * (apr_size_t)times + 1);
    int i;

    all[0] = '\0';
    for (i = 0; i < times; i++) {
        memcpy(all + strlen(text) * (apr_size_t)i, text, strlen(text) + 1);
    }
    return all;
}

static void test_depth(void **state)
{
    const char *deep = apr_pstrcat(pool, repeat("(", BRAZE_FILTER_MAX_DEPTH), "title pr",
                                   repeat(")", BRAZE_FILTER_MAX_DEPTH), NULL);

    (void)state;
    assert_string_equal(meaning_of_filter(deep), "(pr title)");
    /* The 33rd parenthesis, at the position behind it. */
    assert_string_equal(meaning_of_filter(apr_pstrcat(pool, "(", deep, ")", NULL)),
                        "!BRAZE-S0704@34");
    assert_string_equal(
        meaning_of_filter(apr_pstrcat(pool, repeat("not (", BRAZE_FILTER_MAX_DEPTH + 1), "title pr",
                                      repeat(")", BRAZE_FILTER_MAX_DEPTH + 1), NULL)),
        "!BRAZE-S0704@166");
}

static void test_nodes(void **state)
{
    /* n conditions are n nodes, joined by n - 1 others: 100 are 199, 101 are 201. */
    const char *hundred = apr_pstrcat(pool, repeat("title pr or ", 99), "title pr", NULL);

    (void)state;
    assert_int_equal(meaning_of_filter(hundred)[0], '(');
    assert_int_equal(strncmp(meaning_of_filter(apr_pstrcat(pool, hundred, " or title pr", NULL)),
                             "!BRAZE-S0704", 12),
                     0);
}

static void test_length(void **state)
{
    static const char begin[] = "title eq \"";
    int room = BRAZE_SCIM_MAX_FILTER - (int)sizeof(begin) + 1 - 1; /* without the last quote */
    const char *longest = apr_pstrcat(pool, begin, repeat("x", room), "\"", NULL);

    (void)state;
    assert_int_equal(strlen(longest), BRAZE_SCIM_MAX_FILTER);
    assert_int_equal(meaning_of_filter(longest)[0], '(');
    assert_string_equal(meaning_of_filter(apr_pstrcat(pool, longest, " ", NULL)),
                        "!BRAZE-S0704@8193");
}

/* A filter of hostile bytes is refused, not read past its end. */
static void test_not_terminated(void **state)
{
    const braze_filter_t *filter;
    braze_path_t path;
    apr_size_t len;
    static const char text[] = "emails[type eq \"work\"].value eq \"a@b\" and title pr";

    (void)state;
    for (len = 0; len < sizeof(text) - 1; len++) {
        char *copy = apr_pmemdup(pool, text, len ? len : 1);
        braze_err_t *err = braze_filter_parse(&filter, copy, len, users(), pool);

        assert_int_equal(err == NULL, filter != NULL);
        err = braze_path_parse(&path, copy, len, users(), pool);
        /* "emails", with its brackets, with ".value", and with a blank behind that. */
        assert_int_equal(err == NULL, len == 6 || len == 22 || len == 28 || len == 29);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_filters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_paths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nodes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_length, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_terminated, set_up, tear_down),
    };

    apr_initialize();
    return cmocka_run_group_tests_name("scim_filter", tests, NULL, NULL);
}
