/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters against resources: t/cases/scim/match.tsv, a filter, and whether it fits a person of whom
 * everything is known and one of whom nothing but the name is.
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

static const char full[] =
    "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\","
    "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"],"
    "\"id\":\"0123abcd-00000000-00000000-00000001\",\"externalId\":\"Ext-7\","
    "\"userName\":\"BJensen@Example.com\","
    "\"name\":{\"formatted\":\"Ms. Barbara J Jensen\\nIII\",\"familyName\":\"Stra\\u00dfe\","
    "\"givenName\":\"Zo\\u00eb\",\"middleName\":\"\"},"
    "\"title\":\" Tour Guide \",\"nickName\":\"\",\"locale\":null,\"active\":true,"
    "\"emails\":[{\"value\":\"bjensen@example.com\",\"type\":\"work\",\"primary\":true},"
    "{\"value\":\"babs@home.example\",\"type\":\"home\"}],"
    "\"phoneNumbers\":[],"
    "\"addresses\":[{\"type\":\"work\",\"formatted\":\"100 Universal\\nHollywood\"},"
    "{\"type\":\"home\"}],"
    "\"x509Certificates\":[{\"value\":\"MIIDQz\"}],"
    "\"groups\":[{\"value\":\"0123abcd-00000000-00000000-000000aa\",\"display\":\"Tour Guides\","
    "\"type\":\"direct\"}],"
    "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{\"employeeNumber\":\"701984\","
    "\"manager\":{\"value\":\"0123abcd-00000000-00000000-00000009\"}},"
    "\"urn:braze:params:scim:schemas:extension:dashboard:2.0:User\":{\"permissions\":"
    "[{\"value\":\"company/admin\",\"type\":\"company\",\"permission\":\"admin\"},"
    "{\"value\":\"team/EU/Red\",\"type\":\"team\",\"workspace\":\"EU\",\"team\":\"Red\"}],"
    "\"lastSignInAt\":\"2024-05-01T10:00:00.000Z\",\"confirmed\":true,\"source\":\"jit\"},"
    "\"meta\":{\"resourceType\":\"User\",\"created\":\"2010-01-23T04:56:22.000Z\","
    "\"lastModified\":\"2011-05-13T04:42:34.500Z\",\"version\":\"W/\\\"3\\\"\"}}";

static const char bare[] = "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],"
                           "\"id\":\"0123abcd-00000000-00000000-00000002\",\"userName\":\"solo\","
                           "\"active\":false,\"meta\":{\"resourceType\":\"User\"}}";

static braze_json_t *parse(const char *text)
{
    braze_json_t *json;
    braze_err_t *err = braze_json_parse(&json, text, strlen(text), pool);

    assert_null(err);
    return json;
}

static const char *verdict(const char *text, const braze_json_t *resource)
{
    const braze_filter_t *filter;
    braze_err_t *err =
        braze_filter_parse(&filter, text, strlen(text), braze_resource_type_at("/Users"), pool);

    if (err) {
        return braze_err_line(err, pool);
    }
    return braze_filter_match(filter, resource, pool) ? "yes" : "no";
}

static int differs(int number, const char *filter, const char *who, const char *wanted,
                   const char *got)
{
    if (strcmp(wanted, got) == 0) {
        return 0;
    }
    print_error("match.tsv:%d: %s: %s: wanted %s, got %s\n", number, who, filter, wanted, got);
    return 1;
}

static void each_case(void **state)
{
    FILE *in = fopen(BRAZE_SRCDIR "/t/cases/scim/match.tsv", "r");
    const braze_json_t *known = parse(full), *unknown = parse(bare);
    int number = 0, cases = 0, wrong = 0;
    char line[4096];

    (void)state;
    assert_non_null(in);
    while (fgets(line, sizeof(line), in)) {
        char *tab = strchr(line, '\t'), *second;

        number++;
        if (*line == '#' || *line == '\n') {
            continue;
        }
        assert_non_null(tab);
        *tab++ = '\0';
        second = strchr(tab, '\t');
        assert_non_null(second);
        *second++ = '\0';
        second[strcspn(second, "\n")] = '\0';
        wrong += differs(number, line, "full", tab, verdict(line, known));
        wrong += differs(number, line, "bare", second, verdict(line, unknown));
        cases++;
    }
    fclose(in);
    assert_int_equal(wrong, 0);
    assert_true(cases >= 100);
}

/* What is longer than a name can be, and no name at all, is compared all the same. */
static void long_texts(void **state)
{
    char *text = apr_palloc(pool, 4001);
    braze_json_t *user = parse(bare);
    const char *filter;

    (void)state;
    memset(text, 'X', 4000);
    text[4000] = '\0';
    braze_json_set_string(user, "title", text);
    text[0] = 'x';
    filter = apr_psprintf(pool, "title eq \"%s\"", text);
    assert_string_equal(verdict(filter, user), "yes");
    text[3999] = 'y';
    filter = apr_psprintf(pool, "title eq \"%s\"", text);
    assert_string_equal(verdict(filter, user), "no");
    assert_string_equal(verdict("title sw \"xxX\"", user), "yes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_case, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_texts, set_up, tear_down)};

    apr_initialize();
    return cmocka_run_group_tests_name("scim_match", tests, NULL, NULL);
}
