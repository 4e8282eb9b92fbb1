/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: what is taken, what is refused, how it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

static braze_json_t *must_parse_n(const char *text, size_t len)
{
    braze_json_t *value;
    braze_err_t *err = braze_json_parse(&value, text, len, pool);

    if (err) {
        print_error("%s: %s\n", text, err->detail);
    }
    assert_null(err);
    assert_non_null(value);
    return value;
}

static braze_json_t *must_parse(const char *text)
{
    return must_parse_n(text, strlen(text));
}

static const char *refusal_n(const char *text, size_t len)
{
    braze_json_t *value = (braze_json_t *)&pool; /* something that is not NULL */
    braze_err_t *err = braze_json_parse(&value, text, len, pool);

    if (!err) {
        print_error("taken: %s\n", text);
    }
    assert_non_null(err);
    assert_null(value);
    assert_int_equal(err->status, 400);
    assert_string_equal(err->code, "invalidSyntax");
    assert_string_equal(err->tag, "BRAZE-0010");
    return err->detail;
}

static void assert_refused(const char *text, const char *why)
{
    const char *detail = refusal_n(text, strlen(text));

    if (!strstr(detail, why)) {
        print_error("%s: %s\n", text, detail);
    }
    assert_non_null(strstr(detail, why));
}

static void parses_every_type(void **state)
{
    braze_json_t *value =
        must_parse("{\"n\":null,\"f\":false,\"t\":true,\"i\":-7,\"r\":2.5,\"s\":\"x\",\"a\":[1,[]],"
                   "\"o\":{}}");

    (void)state;
    assert_int_equal(value->type, BRAZE_JSON_OBJECT);
    assert_int_equal(braze_json_size(value), 8);
    assert_int_equal(braze_json_get(value, "n")->type, BRAZE_JSON_NULL);
    assert_int_equal(braze_json_get(value, "f")->type, BRAZE_JSON_FALSE);
    assert_int_equal(braze_json_get(value, "t")->type, BRAZE_JSON_TRUE);
    assert_int_equal(braze_json_get(value, "i")->type, BRAZE_JSON_INT);
    assert_int_equal(braze_json_get(value, "i")->u.integer, -7);
    assert_int_equal(braze_json_get(value, "r")->type, BRAZE_JSON_REAL);
    assert_true(braze_json_get(value, "r")->u.real == 2.5);
    assert_string_equal(braze_json_get_string(value, "s"), "x");
    assert_int_equal(braze_json_size(braze_json_get(value, "a")), 2);
    assert_int_equal(braze_json_item(braze_json_get(value, "a"), 0)->u.integer, 1);
    assert_int_equal(braze_json_get(value, "o")->type, BRAZE_JSON_OBJECT);
    assert_string_equal(braze_json_member(value, 4)->name, "r"); /* the order of the text */
}

static void takes_a_scalar_and_space_around(void **state)
{
    (void)state;
    assert_int_equal(must_parse("true")->type, BRAZE_JSON_TRUE);
    assert_string_equal(must_parse(" \t\r\n\"a\" \n")->u.string, "a");
    assert_int_equal(must_parse("9223372036854775807")->u.integer, APR_INT64_MAX);
    assert_int_equal(must_parse("-9223372036854775808")->u.integer, APR_INT64_MIN);
}

static void reads_len_bytes_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(must_parse_n("[1]]]]", 3)->type, BRAZE_JSON_ARRAY);
    assert_non_null(refusal_n("[1]]]]", 4));
    assert_non_null(refusal_n("[1]\0", 4));
}

static void refuses_what_is_not_json(void **state)
{
    static const char *const bad[] = {"{",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "[1 2]",
                                      "{\"a\" 1}",
                                      "01",
                                      "+1",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "0x1",
                                      "NaN",
                                      "Infinity",
                                      "TRUE",
                                      "nul",
                                      "\"a",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"a\nb\"",
                                      "// c\n1",
                                      "/* c */ 1",
                                      "]",
                                      "[}",
                                      "{\"a\":}",
                                      "\"\\\"",
                                      "\xef\xbb\xbf{}",
                                      "[1]x",
                                      "{} {}",
                                      "\"\t\"",
                                      "\"\\ud800\"",
                                      "\"\\udc00\\ud800\""};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++) {
        assert_refused(bad[i], "line 1");
    }
    assert_refused("", "an early end");
    assert_refused("   ", "an early end");
    assert_refused("{} {}", "text after the value");
    assert_refused("9223372036854775808", "out of range");
    assert_refused("-9223372036854775809", "out of range");
    assert_refused("1e999", "out of range");
}

static void refuses_bad_utf8(void **state)
{
    (void)state;
    assert_refused("\"\xff\"", "not UTF-8");
    assert_refused("\"\xc0\x80\"", "not UTF-8");         /* U+0000 in two bytes */
    assert_refused("\"\xed\xa0\x80\"", "not UTF-8");     /* a surrogate */
    assert_refused("\"\xf4\x90\x80\x80\"", "not UTF-8"); /* beyond U+10FFFF */
    assert_refused("\"\xe2\x82\"", "not UTF-8");
    assert_string_equal(must_parse("\"\\ud83d\\ude00\"")->u.string, "\xf0\x9f\x98\x80");
    assert_string_equal(must_parse("\"\xf4\x8f\xbf\xbf\"")->u.string, "\xf4\x8f\xbf\xbf");
}

static void refuses_nul_everywhere(void **state)
{
    (void)state;
    assert_refused("\"a\\u0000b\"", "U+0000");
    assert_refused("{\"a\\u0000b\":1}", "U+0000");
    assert_non_null(refusal_n("\"a\0b\"", 5));
    assert_string_equal(must_parse("\"a\\u0001b\"")->u.string, "a\001b");
}

static void refuses_a_name_twice(void **state)
{
    (void)state;
    assert_refused("{\"a\":1,\"a\":2}", "twice");
    assert_refused("{\"a\":1,\"\\u0061\":2}", "twice");
    assert_refused("{\"userName\":1,\"x\":0,\"USERNAME\":2}",
                   "twice in its object at line 1, column 21");
    assert_refused("[{\"x\":{\"a\":1,\"A\":2}}]", "twice");
    assert_refused("{\"Aa\":1,\"b\":\"\xc3\xa9\\\"\",\n \"aA\":2,\"AA\":3}", "line 2, column 2");
    /* Names of nested objects are counted, strings that are values are not. */
    assert_refused("{\"k\":{\"p\":\"q\",\"r\":[\"s\",{\"t\":1}]},\n\"K\":1}", "line 2, column 1.");
}

static void takes_names_that_only_look_alike(void **state)
{
    (void)state;
    must_parse("{\"a\":1,\"b\":2,\"aa\":3,\"\":4,\"_\":5,\"@\":6,\"`\":7}");
    must_parse("[{\"a\":1},{\"a\":2},{\"A\":{\"a\":3}}]");
    must_parse("{\"\xc3\xa9\":1,\"\xc3\x89\":2}"); /* é and É: SCIM folds ASCII only */
    must_parse("{\"s\":1,\"\xc5\xbf\":2}");        /* long s is not s */
}

/* levels arrays in one another around text. */
static const char *nested(int levels, const char *open, const char *close, const char *inner)
{
    braze_buf_t *buf = braze_buf_new(0, pool);
    int i;

    for (i = 0; i < levels; i++) {
        braze_buf_puts(buf, open);
    }
    braze_buf_puts(buf, inner);
    for (i = 0; i < levels; i++) {
        braze_buf_puts(buf, close);
    }
    return buf->data;
}

static void holds_the_depth_cap(void **state)
{
    (void)state;
    must_parse(nested(BRAZE_JSON_MAX_DEPTH, "[", "]", ""));
    must_parse(nested(BRAZE_JSON_MAX_DEPTH, "{\"a\":", "}", "1"));
    must_parse(nested(BRAZE_JSON_MAX_DEPTH, "[", "]", "\"[[[[{{{{\\\"[[[\""));
    must_parse(nested(1, "[", "]", nested(63, "[", "]", "")));
    assert_refused(nested(BRAZE_JSON_MAX_DEPTH + 1, "[", "]", ""),
                   "too many levels at line 1, column 65");
    assert_refused(nested(BRAZE_JSON_MAX_DEPTH + 1, "{\"a\":", "}", "1"), "too many levels");
    assert_refused(nested(1000000, "[", "", ""), "too many levels");
    /* Depth is of nesting, not of brackets. */
    must_parse(apr_psprintf(pool, "[%s,%s]", nested(60, "[", "]", ""), nested(60, "[", "]", "")));
}

/* An array of count copies of item. */
static const char *repeated(int count, const char *item)
{
    braze_buf_t *buf = braze_buf_new(0, pool);
    int i;

    braze_buf_puts(buf, "[");
    for (i = 0; i < count; i++) {
        braze_buf_puts(buf, i ? "," : "");
        braze_buf_puts(buf, item);
    }
    braze_buf_puts(buf, "]");
    return buf->data;
}

static void holds_the_node_cap(void **state)
{
    (void)state;
    /* The array is a value as well. */
    must_parse(repeated(BRAZE_JSON_MAX_NODES - 1, "1"));
    assert_refused(repeated(BRAZE_JSON_MAX_NODES, "1"), "too many values");
    must_parse(repeated(BRAZE_JSON_MAX_NODES - 1, "[ ]"));
    assert_refused(repeated(BRAZE_JSON_MAX_NODES, "{}"), "too many values");
    must_parse(repeated((BRAZE_JSON_MAX_NODES - 2) / 2, "{\"a\":\",,,[[\"}"));
    assert_refused(repeated(BRAZE_JSON_MAX_NODES / 2, "{\"a\":1}"), "too many values");
    /* A long text may have a value for each 16 bytes: two of 33 with the comma, not two of 31. */
    must_parse(repeated(BRAZE_JSON_MAX_NODES, "{\"value\":\"01234567890123456789\"}"));
    assert_refused(repeated(BRAZE_JSON_MAX_NODES, "{\"value\":\"012345678901234567\"}"),
                   "too many values");
}

static void many_names_stay_fast(void **state)
{
    braze_buf_t *buf = braze_buf_new(0, pool);
    int i;

    (void)state;
    braze_buf_puts(buf, "{\"n0\":0");
    for (i = 1; i < 100000; i++) {
        braze_buf_puts(buf, apr_psprintf(pool, ",\"n%d\":0", i));
    }
    must_parse(apr_pstrcat(pool, buf->data, "}", NULL)); /* minutes, were it quadratic */
    assert_refused(apr_pstrcat(pool, buf->data, ",\n\"N500\":1}", NULL), "line 2, column 1.");
}

static void errors_name_no_value(void **state)
{
    (void)state;
    assert_null(strstr(refusal_n("{\"password\":\"s3cret\" x}", 24), "s3cret"));
    assert_null(strstr(refusal_n("s3cret", 6), "s3cret"));
}

static void writes_compact_and_in_order(void **state)
{
    const char *text = "{\"z\":[1,-2,null,true,false,{\"b\":{}},[]],\"a\":\"x\",\"r\":1.5}";

    (void)state;
    assert_string_equal(
        braze_json_text(must_parse(" { \"z\" : [1, -2, null, true, false, {\"b\":{}}, []],\n"
                                   "\"a\":\"x\", \"r\":1.5 } "),
                        pool),
        text);
    assert_string_equal(braze_json_text(NULL, pool), "null");
}

static void escapes_what_must_be(void **state)
{
    braze_buf_t *buf = braze_buf_new(0, pool);

    (void)state;
    braze_buf_put_json_string(buf, "\"\\/\b\f\n\r\t\001\037\177 <&'");
    assert_string_equal(buf->data, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f <&'\"");
    buf = braze_buf_new(0, pool);
    /* U+007F above; U+0080, U+009F are controls, U+00A0 is not */
    braze_buf_put_json_string(buf, "\xc2\x80|\xc2\x9f|\xc2\xa0|\xc3\x80");
    assert_string_equal(buf->data, "\"\\u0080|\\u009f|\xc2\xa0|\xc3\x80\"");
    buf = braze_buf_new(0, pool);
    /* U+2027, U+2028, U+2029, U+202A, U+20A8, and an emoji */
    braze_buf_put_json_string(
        buf, "\xe2\x80\xa7|\xe2\x80\xa8|\xe2\x80\xa9|\xe2\x80\xaa|\xe2\x82\xa8|\xf0\x9f\x98\x80");
    assert_string_equal(
        buf->data, "\"\xe2\x80\xa7|\\u2028|\\u2029|\xe2\x80\xaa|\xe2\x82\xa8|\xf0\x9f\x98\x80\"");
    buf = braze_buf_new(0, pool);
    braze_buf_put_json_string(buf, NULL);
    braze_buf_put_json_string(buf, "");
    braze_buf_put_json_string(buf, "\xe2"); /* cut short: nothing behind it is read */
    assert_string_equal(buf->data, "null\"\"\"\xe2\"");
}

static void names_are_escaped_too(void **state)
{
    (void)state;
    assert_string_equal(braze_json_text(must_parse("{\"a\\\"\\nb\":1}"), pool),
                        "{\"a\\\"\\nb\":1}");
}

static void every_ascii_string_survives(void **state)
{
    char string[128];
    int i;

    (void)state;
    for (i = 0; i < 127; i++) {
        string[i] = (char)(i + 1);
    }
    string[127] = '\0';
    assert_string_equal(
        must_parse(braze_json_text(braze_json_string(string, pool), pool))->u.string, string);
}

static const char *real_text(double real)
{
    braze_json_t value = {BRAZE_JSON_REAL, {0}};

    value.u.real = real;
    return braze_json_text(&value, pool);
}

static void writes_reals_short_and_exact(void **state)
{
    (void)state;
    assert_string_equal(real_text(0.1), "0.1");
    assert_string_equal(real_text(-2.5), "-2.5");
    assert_string_equal(real_text(3), "3.0");
    assert_string_equal(real_text(1e300), "1e+300");
    assert_string_equal(real_text(0.1 + 0.2), "0.30000000000000004");
    assert_true(must_parse(real_text(1.0 / 3))->u.real == 1.0 / 3);
    assert_true(must_parse(real_text(5e-324))->u.real == 5e-324);
    assert_true(must_parse(real_text(1.7976931348623157e308))->u.real == 1.7976931348623157e308);
    assert_string_equal(real_text(1e308 * 10), "null");
    assert_int_equal(must_parse("1.0")->type, BRAZE_JSON_REAL);
    assert_string_equal(braze_json_text(must_parse("[1.0,1]"), pool), "[1.0,1]");
}

static void writes_integers(void **state)
{
    braze_buf_t *buf = braze_buf_new(0, pool);

    (void)state;
    braze_buf_put_int(buf, 0);
    braze_buf_puts(buf, ",");
    braze_buf_put_int(buf, APR_INT64_MIN);
    braze_buf_puts(buf, ",");
    braze_buf_put_int(buf, APR_INT64_MAX);
    assert_string_equal(buf->data, "0,-9223372036854775808,9223372036854775807");
}

static void buf_grows(void **state)
{
    braze_buf_t *buf = braze_buf_new(3, pool);
    int i;

    (void)state;
    assert_string_equal(buf->data, "");
    assert_int_equal(buf->len, 0);
    for (i = 0; i < 10000; i++) {
        braze_buf_add(buf, "0123456789 more", 10);
        assert_int_equal(buf->len, (i + 1) * 10);
        assert_true(buf->len < buf->size); /* the NUL is inside */
        assert_int_equal(buf->data[buf->len], '\0');
    }
    for (i = 0; i < 10000; i++) {
        assert_memory_equal(buf->data + i * 10, "0123456789", 10);
    }
    braze_buf_add(buf, NULL, 0);
    braze_buf_puts(buf, NULL);
    braze_buf_puts(buf, "");
    assert_int_equal(buf->len, 100000);
    buf = braze_buf_new(100, pool);
    braze_buf_add(buf, apr_psprintf(pool, "%0100d", 7), 100); /* as big as was hinted */
    assert_int_equal(strlen(buf->data), 100);
    buf = braze_buf_new(0, pool);
    for (i = 0; i < 1000; i++) {
        braze_buf_add(buf, "x", 1);
        assert_true(buf->len < buf->size);
    }
}

static void gets_exact_before_alike(void **state)
{
    braze_json_t *object = must_parse("{\"userName\":\"a\",\"x\":1}");

    (void)state;
    assert_string_equal(braze_json_get_string(object, "userName"), "a");
    assert_string_equal(braze_json_get_string(object, "USERNAME"), "a");
    assert_null(braze_json_get(object, "userNam"));
    assert_null(braze_json_get(object, "userNames"));
    assert_null(braze_json_get(object, ""));
    assert_null(braze_json_get_string(object, "x"));
    assert_null(braze_json_get(NULL, "x"));
    assert_null(braze_json_get(braze_json_item(must_parse("[1]"), 0), "x"));
    assert_null(braze_json_get(must_parse("{\"[\":1}"), "{")); /* 0x5b and 0x7b are no letters */
    APR_ARRAY_PUSH(object->u.members, braze_json_member_t) =
        (braze_json_member_t){"USERNAME", braze_json_string("b", pool)};
    assert_string_equal(braze_json_get_string(object, "USERNAME"), "b");
    assert_string_equal(braze_json_get_string(object, "username"), "a");
}

static void sets_in_place_or_appends(void **state)
{
    braze_json_t *object = must_parse("{\"a\":1,\"b\":2}");
    char name[] = "c";

    (void)state;
    braze_json_set(object, "A", braze_json_int(3, pool));
    braze_json_set(object, name, braze_json_null(pool));
    name[0] = 'x';
    braze_json_set_string(object, "d", "e");
    assert_string_equal(braze_json_text(object, pool), "{\"A\":3,\"b\":2,\"c\":null,\"d\":\"e\"}");
    braze_json_set_string(object, "b", NULL);
    braze_json_set(object, "b", NULL);
    braze_json_set(NULL, "b", object);
    braze_json_set(braze_json_array(pool), "b", object);
    braze_json_set_string(braze_json_array(pool), "b", "x");
    assert_int_equal(braze_json_get(object, "b")->u.integer, 2);
}

static void removes(void **state)
{
    braze_json_t *object = must_parse("{\"a\":1,\"b\":2,\"c\":3}");

    (void)state;
    assert_int_equal(braze_json_remove(object, "x"), 0);
    assert_int_equal(braze_json_remove(object, "B"), 1);
    assert_int_equal(braze_json_remove(object, "b"), 0);
    assert_string_equal(braze_json_text(object, pool), "{\"a\":1,\"c\":3}");
    assert_int_equal(braze_json_remove(object, "c"), 1);
    assert_int_equal(braze_json_remove(object, "a"), 1);
    assert_string_equal(braze_json_text(object, pool), "{}");
    assert_int_equal(braze_json_remove(NULL, "a"), 0);
}

static void makes_and_indexes(void **state)
{
    braze_json_t *array = braze_json_array(pool), *object = braze_json_object(pool);
    char string[] = "text";
    int i;

    (void)state;
    braze_json_append(array, braze_json_string(string, pool));
    string[0] = 'X';
    braze_json_append(array, braze_json_bool(7, pool));
    braze_json_append(array, braze_json_bool(0, pool));
    braze_json_append(array, NULL);
    braze_json_append(object, array);
    assert_string_equal(braze_json_text(array, pool), "[\"text\",true,false]");
    assert_int_equal(braze_json_size(array), 3);
    assert_null(braze_json_item(array, 3));
    assert_null(braze_json_item(array, -1));
    assert_null(braze_json_item(object, 0));
    assert_null(braze_json_member(object, 0));
    assert_null(braze_json_member(array, 0));
    assert_int_equal(braze_json_size(NULL), 0);
    assert_int_equal(braze_json_size(braze_json_int(5, pool)), 0);
    for (i = 0; i < 100; i++) {
        braze_json_set(object, apr_psprintf(pool, "m%d", i), braze_json_int(i, pool));
        braze_json_append(array, braze_json_int(i, pool));
    }
    assert_int_equal(braze_json_size(object), 100);
    assert_int_equal(braze_json_get(object, "m99")->u.integer, 99);
    assert_int_equal(braze_json_item(array, 102)->u.integer, 99);
}

static void copies_deeply(void **state)
{
    braze_json_t *value = must_parse("{\"a\":[{\"b\":\"x\"},1,2.5,null,true]}"), *copy;
    apr_pool_t *other;

    (void)state;
    apr_pool_create(&other, NULL);
    copy = braze_json_copy(value, other);
    assert_true(braze_json_equal(value, copy));
    braze_json_set_string(braze_json_item(braze_json_get(copy, "a"), 0), "b", "changed");
    braze_json_append(braze_json_get(copy, "a"), braze_json_null(other));
    assert_string_equal(braze_json_text(value, pool), "{\"a\":[{\"b\":\"x\"},1,2.5,null,true]}");
    assert_string_equal(braze_json_text(copy, pool),
                        "{\"a\":[{\"b\":\"changed\"},1,2.5,null,true,null]}");
    assert_null(braze_json_copy(NULL, pool));
    apr_pool_destroy(other);
}

static void compares_by_value(void **state)
{
    static const struct {
        const char *a, *b;
        int equal;
    } cases[] = {{"1", "1.0", 1},
                 {"1.5", "1", 0},
                 {"0", "-0.0", 1},
                 {"9007199254740993", "9007199254740992.0", 0}, /* one double for both */
                 {"9007199254740992", "9007199254740992.0", 1},
                 {"9223372036854775807", "9223372036854775808.0", 0},
                 {"-9223372036854775808", "-9223372036854775808.0", 1},
                 {"1", "1e300", 0},
                 {"\"a\"", "\"a\"", 1},
                 {"\"a\"", "\"A\"", 0},
                 {"true", "false", 0},
                 {"null", "null", 1},
                 {"null", "0", 0},
                 {"[1,2]", "[1,2]", 1},
                 {"[1,2]", "[2,1]", 0},
                 {"[1]", "[1,1]", 0},
                 {"[]", "{}", 0},
                 {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", 1},
                 {"{\"a\":1}", "{\"a\":1,\"b\":2}", 0},
                 {"{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}", 0},
                 {"{\"a\":{\"b\":[1]}}", "{\"A\":{\"b\":[1]}}", 1}, /* SCIM's names */
                 {"{\"a\":{\"b\":[1]}}", "{\"a\":{\"b\":[2]}}", 0}};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        braze_json_t *a = must_parse(cases[i].a), *b = must_parse(cases[i].b);

        if (braze_json_equal(a, b) != cases[i].equal) {
            print_error("%s and %s\n", cases[i].a, cases[i].b);
        }
        assert_int_equal(braze_json_equal(a, b), cases[i].equal);
        assert_int_equal(braze_json_equal(b, a), cases[i].equal);
    }
    assert_true(braze_json_equal(NULL, NULL));
    assert_false(braze_json_equal(NULL, must_parse("null")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_every_type),
        cmocka_unit_test(takes_a_scalar_and_space_around),
        cmocka_unit_test(reads_len_bytes_and_no_more),
        cmocka_unit_test(refuses_what_is_not_json),
        cmocka_unit_test(refuses_bad_utf8),
        cmocka_unit_test(refuses_nul_everywhere),
        cmocka_unit_test(refuses_a_name_twice),
        cmocka_unit_test(takes_names_that_only_look_alike),
        cmocka_unit_test(holds_the_depth_cap),
        cmocka_unit_test(holds_the_node_cap),
        cmocka_unit_test(many_names_stay_fast),
        cmocka_unit_test(errors_name_no_value),
        cmocka_unit_test(writes_compact_and_in_order),
        cmocka_unit_test(escapes_what_must_be),
        cmocka_unit_test(names_are_escaped_too),
        cmocka_unit_test(every_ascii_string_survives),
        cmocka_unit_test(writes_reals_short_and_exact),
        cmocka_unit_test(writes_integers),
        cmocka_unit_test(buf_grows),
        cmocka_unit_test(gets_exact_before_alike),
        cmocka_unit_test(sets_in_place_or_appends),
        cmocka_unit_test(removes),
        cmocka_unit_test(makes_and_indexes),
        cmocka_unit_test(copies_deeply),
        cmocka_unit_test(compares_by_value),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, set_up, tear_down);
    apr_terminate();
    return failed;
}
