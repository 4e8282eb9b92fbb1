/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "src/saml/c14n.h"
#include "unit_c14n.h"
#include "unit_c14n_case.h"

#define ROOM ((apr_size_t)4 << 20)

const braze_xml_caps_t unit_c14n_caps = {.bytes = ROOM,
                                         .depth = 60,
                                         .elements = 100000,
                                         .attributes = 200,
                                         .namespaces = 100000,
                                         .comments = 1};

xmlNode *unit_c14n_parse(const char *xml, apr_pool_t *pool)
{
    braze_node_t *root = NULL;
    braze_err_t *err = braze_xml_parse(&root, &unit_c14n_caps, xml, strlen(xml), pool);

    if (err) {
        fail_msg("%s: %s", xml, err->log);
    }
    return root;
}

xmlNode *unit_c14n_named(xmlNode *root, const char *name)
{
    xmlNode *element = root;

    while (element && strcmp((const char *)element->name, name) != 0) {
        element = unit_c14n_next(element, root);
    }
    assert_non_null(element);
    return element;
}

const char *unit_c14n(const xmlNode *apex, const xmlNode *without, const char *prefixes,
                      apr_pool_t *pool)
{
    const char *bytes = NULL;
    apr_size_t len = 0;

    if (!braze_c14n_exclusive(&bytes, &len, apex, without, prefixes, ROOM, pool)) {
        return "(refused)";
    }
    assert_int_equal(strlen(bytes), len);
    return bytes;
}

static void check(const unit_c14n_case_t *one, apr_pool_t *pool)
{
    xmlNode *root = unit_c14n_parse(one->xml, pool);
    const xmlNode *apex = one->apex ? unit_c14n_named(root, one->apex) : root;
    const xmlNode *without = one->without ? unit_c14n_named(root, one->without) : NULL;
    const char *got = unit_c14n(apex, without, one->prefixes, pool), *bytes = NULL;
    apr_size_t len = strlen(one->want), got_len = 0;

    if (strcmp(got, one->want) != 0) {
        fail_msg("%s\n  of %s, PrefixList \"%s\"\n  want %s", got, one->xml,
                 one->prefixes ? one->prefixes : "", one->want);
    }
    got = unit_c14n(unit_c14n_parse(got, pool), NULL, one->prefixes, pool);
    assert_string_equal(got, one->want);
    assert_int_equal(
        braze_c14n_exclusive(&bytes, &got_len, apex, without, one->prefixes, len, pool), 1);
    assert_int_equal(got_len, len);
    assert_memory_equal(bytes, one->want, len + 1);
    assert_int_equal(
        braze_c14n_exclusive(&bytes, &got_len, apex, without, one->prefixes, len - 1, pool), 0);
}

void unit_c14n_check(const unit_c14n_case_t *cases, apr_size_t count, apr_pool_t *pool)
{
    apr_size_t i;

    for (i = 0; i < count; i++) {
        check(&cases[i], pool);
    }
}
