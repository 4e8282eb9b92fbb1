/* SPDX-License-Identifier: Apache-2.0 */
/* What is printed: one JSON value, shown as it is or as plain aligned text. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "admin.h"
#include "braze_time.h"

#define GAP 2 /* spaces between columns */

/* ---- text that a terminal may see ---- */

/* Length of the UTF-8 character at p and its code point; 0 when it is none. */
static apr_size_t decode(apr_uint32_t *point, const unsigned char *p)
{
    static const apr_uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    apr_size_t len = *p < 0x80   ? 1
                     : *p < 0xc2 ? 0
                     : *p < 0xe0 ? 2
                     : *p < 0xf0 ? 3
                     : *p < 0xf5 ? 4
                                 : 0;
    apr_size_t i;

    if (len < 2) {
        *point = *p;
        return len;
    }
    *point = *p & (0x7f >> len);
    for (i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        *point = *point << 6 | (p[i] & 0x3f);
    }
    return *point >= least[len] && *point <= 0x10ffff && (*point < 0xd800 || *point > 0xdfff) ? len
                                                                                              : 0;
}

/* Controls (C0, DEL, C1), line and paragraph separators, and marks that turn the direction of text.
 */
static int steers(apr_uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x61c ||
           (point >= 0x200e && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

const char *admin_safe(const char *text, apr_pool_t *pool)
{
    braze_buf_t *out = braze_buf_new(strlen(text) + 1, pool);
    const unsigned char *p = (const unsigned char *)text;
    apr_uint32_t point;

    while (*p) {
        apr_size_t len = decode(&point, p);

        if (len && !steers(point)) {
            braze_buf_add(out, (const char *)p, len);
        } else if (len > 1) {
            braze_buf_puts(out, apr_psprintf(pool, "\\u{%x}", point));
        } else {
            braze_buf_puts(out, apr_psprintf(pool, "\\x%02x", *p));
        }
        p += len ? len : 1;
    }
    return out->data;
}

/* Characters of a text that is safe; close enough to columns for every script without wide
 * characters. */
static int width_of(const char *text)
{
    int width = 0;

    for (; *text; text++) {
        width += (*text & 0xc0) != 0x80;
    }
    return width;
}

/* ---- JSON as cells ---- */

static const char *cell_text(const braze_json_t *value, apr_pool_t *pool)
{
    const char *text = NULL;
    int i;

    switch (value ? value->type : BRAZE_JSON_NULL) {
    case BRAZE_JSON_STRING:
        text = admin_safe(value->u.string, pool);
        break;
    case BRAZE_JSON_TRUE:
        text = "yes";
        break;
    case BRAZE_JSON_FALSE:
        text = "no";
        break;
    case BRAZE_JSON_INT:
        text = apr_psprintf(pool, "%" APR_INT64_T_FMT, value->u.integer);
        break;
    case BRAZE_JSON_ARRAY:
        for (i = 0; i < braze_json_size(value); i++) {
            const char *item = cell_text(braze_json_item(value, i), pool);

            text = text ? apr_pstrcat(pool, text, ", ", item, NULL) : item;
        }
        break;
    default:
        break;
    }
    return text && *text ? text : "-";
}

static void put_padded(const char *text, int width)
{
    fputs(text, stdout);
    for (width -= width_of(text); width > 0; width--) {
        putchar(' ');
    }
}

static int count_columns(const admin_column_t *columns)
{
    int count = 0;

    while (columns[count].title) {
        count++;
    }
    return count;
}

static void put_row(const char *const *cells, const int *widths, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        put_padded(cells[i], i + 1 < count ? widths[i] + GAP : 0);
    }
    putchar('\n');
}

static void print_table(const admin_column_t *columns, const braze_json_t *array, apr_pool_t *pool)
{
    int count = count_columns(columns), rows = braze_json_size(array) + 1, row, i;
    const char **cells = apr_pcalloc(pool, sizeof(*cells) * rows * count);
    int *widths = apr_pcalloc(pool, sizeof(*widths) * count);

    for (row = 0; row < rows; row++) {
        for (i = 0; i < count; i++) {
            const char *text =
                row ? cell_text(braze_json_get(braze_json_item(array, row - 1), columns[i].member),
                                pool)
                    : columns[i].title;

            cells[row * count + i] = text;
            widths[i] = width_of(text) > widths[i] ? width_of(text) : widths[i];
        }
    }
    for (row = 0; row < rows; row++) {
        put_row(cells + row * count, widths, count);
    }
}

void admin_print_list(const admin_t *admin, const admin_column_t *columns,
                      const braze_json_t *array)
{
    if (admin->json) {
        puts(braze_json_text(array, admin->pool));
    } else {
        print_table(columns, array, admin->pool);
    }
}

/* A list of several in a record has a line for each. */
static void print_line(const char *title, const braze_json_t *value, int width, apr_pool_t *pool)
{
    int i, count = value && value->type == BRAZE_JSON_ARRAY ? braze_json_size(value) : 0;

    if (!count) {
        put_padded(title, width);
        puts(cell_text(value, pool));
    }
    for (i = 0; i < count; i++) {
        put_padded(i ? "" : title, width);
        puts(cell_text(braze_json_item(value, i), pool));
    }
}

void admin_print_record(const admin_t *admin, const admin_column_t *columns,
                        const braze_json_t *object)
{
    int i, width = 0;

    if (admin->json) {
        puts(braze_json_text(object, admin->pool));
        return;
    }
    for (i = 0; columns[i].title; i++) {
        width = width_of(columns[i].title) > width ? width_of(columns[i].title) : width;
    }
    for (i = 0; columns[i].title; i++) {
        print_line(columns[i].title, braze_json_get(object, columns[i].member), width + GAP,
                   admin->pool);
    }
}

void admin_done(const admin_t *admin, const braze_json_t *object, const char *fmt, ...)
{
    const char *text;
    va_list args;

    va_start(args, fmt);
    text = apr_pvsprintf(admin->pool, fmt, args);
    va_end(args);
    puts(admin->json ? braze_json_text(object, admin->pool) : admin_safe(text, admin->pool));
}

void admin_note(const admin_t *admin, const char *fmt, ...)
{
    const char *text;
    va_list args;

    va_start(args, fmt);
    text = apr_pvsprintf(admin->pool, fmt, args);
    va_end(args);
    fflush(stdout); /* in the order in which they were said */
    fprintf(stderr, "braze-admin: %s\n", admin_safe(text, admin->pool));
}

/* ---- members ---- */

void admin_put_text(braze_json_t *object, const char *name, const char *text, apr_pool_t *pool)
{
    braze_json_set(object, name, text ? braze_json_string(text, pool) : braze_json_null(pool));
}

void admin_put_time(braze_json_t *object, const char *name, apr_time_t time, apr_pool_t *pool)
{
    admin_put_text(object, name, time ? braze_time_rfc3339(time, pool) : NULL, pool);
}

void admin_put_bool(braze_json_t *object, const char *name, int truth, apr_pool_t *pool)
{
    braze_json_set(object, name, braze_json_bool(truth, pool));
}

void admin_put_texts(braze_json_t *object, const char *name, const apr_array_header_t *texts,
                     apr_pool_t *pool)
{
    braze_json_t *array = braze_json_array(pool);
    int i;

    for (i = 0; texts && i < texts->nelts; i++) {
        braze_json_append(array, braze_json_string(APR_ARRAY_IDX(texts, i, const char *), pool));
    }
    braze_json_set(object, name, array);
}
