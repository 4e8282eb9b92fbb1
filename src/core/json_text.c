/* SPDX-License-Identifier: Apache-2.0 */
/* Tree to text, and the buffer that answers are put together in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "braze_json.h"

#define BUF_SIZE_MIN 64
#define TEXT_SIZE_HINT 1024
#define REAL_CHARS 32 /* sign, 17 digits, point, exponent, and a point of a few bytes */

/* Room for more bytes and the NUL. The old block stays in the pool: at most as much again in all.
 */
static void grow(braze_buf_t *buf, apr_size_t more)
{
    apr_size_t size = buf->size;
    char *data;

    while (size - buf->len <= more) {
        size *= 2;
    }
    data = apr_palloc(buf->pool, size);
    memcpy(data, buf->data, buf->len);
    buf->data = data;
    buf->size = size;
}

static inline void reserve(braze_buf_t *buf, apr_size_t more)
{
    if (buf->size - buf->len <= more) {
        grow(buf, more);
    }
}

static inline void add(braze_buf_t *buf, const char *text, apr_size_t len)
{
    reserve(buf, len);
    memcpy(buf->data + buf->len, text, len);
    buf->len += len;
}

static inline void add_char(braze_buf_t *buf, char c)
{
    reserve(buf, 1);
    buf->data[buf->len++] = c;
}

static inline void finish(braze_buf_t *buf)
{
    buf->data[buf->len] = '\0';
}

braze_buf_t *braze_buf_new(apr_size_t size_hint, apr_pool_t *pool)
{
    braze_buf_t *buf = apr_palloc(pool, sizeof(*buf));

    buf->size = size_hint < BUF_SIZE_MIN ? BUF_SIZE_MIN : size_hint + 1;
    buf->data = apr_palloc(pool, buf->size);
    buf->len = 0;
    buf->pool = pool;
    finish(buf);
    return buf;
}

void braze_buf_add(braze_buf_t *buf, const char *text, apr_size_t len)
{
    if (len) {
        add(buf, text, len);
        finish(buf);
    }
}

void braze_buf_puts(braze_buf_t *buf, const char *text)
{
    if (text) {
        add(buf, text, strlen(text));
        finish(buf);
    }
}

static void put_int(braze_buf_t *buf, apr_int64_t integer)
{
    char digits[20], *start = digits + sizeof(digits); /* -9223372036854775808 */
    apr_uint64_t rest = integer < 0 ? 0 - (apr_uint64_t)integer : (apr_uint64_t)integer;

    do {
        *--start = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (integer < 0) {
        *--start = '-';
    }
    add(buf, start, (apr_size_t)(digits + sizeof(digits) - start));
}

void braze_buf_put_int(braze_buf_t *buf, apr_int64_t integer)
{
    put_int(buf, integer);
    finish(buf);
}

/* 1: the byte ends a run that can be copied as it is (the two lead bytes only perhaps). */
static const unsigned char ends_run[256] = {
    1, 1, 1, 1, 1, 1, 1,         1,          1,          1,          1,         1, 1,
    1, 1, 1, 1, 1, 1, 1,         1,          1,          1,          1,         1, 1,
    1, 1, 1, 1, 1, 1, ['"'] = 1, ['\\'] = 1, [0x7f] = 1, [0xc2] = 1, [0xe2] = 1};

/* The bytes of the character at p when it has to be escaped, else 0. */
static int to_escape(const unsigned char *p, unsigned int *codepoint)
{
    if (*p == 0xc2) { /* U+0080 to U+009F: control characters */
        *codepoint = p[1];
        return p[1] >= 0x80 && p[1] <= 0x9f ? 2 : 0;
    }
    if (*p == 0xe2) { /* U+2028 and U+2029: line ends to JavaScript */
        if (p[1] != 0x80 || (p[2] & 0xfe) != 0xa8) {
            return 0;
        }
        *codepoint = 0x2028 + (p[2] & 1);
        return 3;
    }
    *codepoint = *p;
    return 1;
}

static void put_escape(braze_buf_t *buf, unsigned int codepoint)
{
    static const char hex_digits[] = "0123456789abcdef";
    static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
    const char *found = codepoint < 0x80 ? strchr(from, (int)codepoint) : NULL;
    char escape[6] = {'\\', 'u', 0, 0, 0, 0};
    int i;

    if (found) {
        escape[1] = to[found - from];
        add(buf, escape, 2);
        return;
    }
    for (i = 5; i > 1; i--, codepoint >>= 4) {
        escape[i] = hex_digits[codepoint & 15];
    }
    add(buf, escape, sizeof(escape));
}

static void put_string(braze_buf_t *buf, const char *string)
{
    const unsigned char *p = (const unsigned char *)string;
    const char *run = string;
    unsigned int codepoint;

    add_char(buf, '"');
    for (;;) {
        int used;

        while (!ends_run[*p]) {
            p++;
        }
        if (!*p) {
            break;
        }
        used = to_escape(p, &codepoint);
        if (used) {
            add(buf, run, (apr_size_t)((const char *)p - run));
            put_escape(buf, codepoint);
            run = (const char *)p + used;
        }
        p += used ? used : 1;
    }
    add(buf, run, (apr_size_t)((const char *)p - run));
    add_char(buf, '"');
}

void braze_buf_put_json_string(braze_buf_t *buf, const char *string)
{
    if (string) {
        put_string(buf, string);
    } else {
        add(buf, "null", 4);
    }
    finish(buf);
}

/* The shortest text that reads back as the same number, with a point whatever the locale has for
 * one. */
static void put_real(braze_buf_t *buf, double real)
{
    char text[REAL_CHARS];
    int precision = 15;
    apr_size_t whole;

    if (!(real - real == 0)) {
        add(buf, "null", 4); /* JSON has no infinity and no NaN */
        return;
    }
    do {
        snprintf(text, sizeof(text), "%.*g", precision, real);
    } while (strtod(text, NULL) != real && precision++ < 17);
    whole = strspn(text, "-0123456789");
    add(buf, text, whole);
    if (!text[whole]) {
        add(buf, ".0", 2); /* stays a real when it is read again */
        return;
    }
    if (text[whole] != 'e') {
        add_char(buf, '.');
        whole += strcspn(text + whole, "0123456789");
    }
    add(buf, text + whole, strlen(text + whole));
}

static void put_value(braze_buf_t *buf, const braze_json_t *value);

static void put_array(braze_buf_t *buf, const apr_array_header_t *items)
{
    int i;

    add_char(buf, '[');
    for (i = 0; i < items->nelts; i++) {
        if (i) {
            add_char(buf, ',');
        }
        put_value(buf, APR_ARRAY_IDX(items, i, const braze_json_t *));
    }
    add_char(buf, ']');
}

static void put_object(braze_buf_t *buf, const apr_array_header_t *members)
{
    int i;

    add_char(buf, '{');
    for (i = 0; i < members->nelts; i++) {
        const braze_json_member_t *member = &APR_ARRAY_IDX(members, i, const braze_json_member_t);

        if (i) {
            add_char(buf, ',');
        }
        put_string(buf, member->name);
        add_char(buf, ':');
        put_value(buf, member->value);
    }
    add_char(buf, '}');
}

static void put_value(braze_buf_t *buf, const braze_json_t *value)
{
    switch (value ? value->type : BRAZE_JSON_NULL) {
    case BRAZE_JSON_FALSE:
        add(buf, "false", 5);
        break;
    case BRAZE_JSON_TRUE:
        add(buf, "true", 4);
        break;
    case BRAZE_JSON_INT:
        put_int(buf, value->u.integer);
        break;
    case BRAZE_JSON_REAL:
        put_real(buf, value->u.real);
        break;
    case BRAZE_JSON_STRING:
        put_string(buf, value->u.string);
        break;
    case BRAZE_JSON_ARRAY:
        put_array(buf, value->u.items);
        break;
    case BRAZE_JSON_OBJECT:
        put_object(buf, value->u.members);
        break;
    default:
        add(buf, "null", 4);
        break;
    }
}

void braze_buf_put_json(braze_buf_t *buf, const braze_json_t *value)
{
    put_value(buf, value);
    finish(buf);
}

const char *braze_json_text(const braze_json_t *value, apr_pool_t *pool)
{
    braze_buf_t *buf = braze_buf_new(TEXT_SIZE_HINT, pool);

    braze_buf_put_json(buf, value);
    return buf->data;
}
