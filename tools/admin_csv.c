/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing CSV (RFC 4180). */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "admin_csv.h"
#include "braze_key.h"

#define BUFFER 65536

/* ---- characters ---- */

static braze_err_t *cannot_read(const admin_csv_t *csv, apr_status_t rv, apr_pool_t *pool)
{
    char why[120];

    return admin_fail(pool, APR_STATUS_IS_ENOENT(rv) ? ADMIN_NOT_FOUND : ADMIN_FAILED,
                      "%s: cannot be read: %s: see that the file is there", csv->name,
                      apr_strerror(rv, why, sizeof(why)));
}

static braze_err_t *fill(admin_csv_t *csv, apr_pool_t *pool)
{
    apr_status_t rv;

    csv->at = 0;
    csv->len = BUFFER;
    rv = apr_file_read(csv->file, csv->buf, &csv->len);
    if (rv != APR_SUCCESS) {
        csv->len = 0;
    }
    csv->done += (apr_off_t)csv->len;
    return rv == APR_SUCCESS || rv == APR_EOF ? NULL : cannot_read(csv, rv, pool);
}

/* The next byte, which is not taken; -1 at the end. */
static braze_err_t *peek(int *byte, admin_csv_t *csv, apr_pool_t *pool)
{
    braze_err_t *err = csv->at < csv->len ? NULL : fill(csv, pool);

    *byte = !err && csv->at < csv->len ? (unsigned char)csv->buf[csv->at] : -1;
    return err;
}

/* The next byte; every kind of line end is one '\n'. */
static braze_err_t *take(int *byte, admin_csv_t *csv, apr_pool_t *pool)
{
    braze_err_t *err = peek(byte, csv, pool);
    int next;

    if (err || *byte < 0) {
        return err;
    }
    csv->at++;
    if (*byte == '\r') {
        *byte = '\n';
        err = peek(&next, csv, pool);
        csv->at += !err && next == '\n';
    }
    csv->lines += *byte == '\n';
    return err;
}

/* ---- the file ---- */

static braze_err_t *pass_mark(admin_csv_t *csv, apr_pool_t *pool)
{
    braze_err_t *err = fill(csv, pool);

    if (!err && csv->len >= 3 && memcmp(csv->buf, "\xef\xbb\xbf", 3) == 0) {
        csv->at = 3;
    } else if (!err && csv->len >= 2 &&
               (memcmp(csv->buf, "\xff\xfe", 2) == 0 || memcmp(csv->buf, "\xfe\xff", 2) == 0)) {
        err = admin_fail(pool, ADMIN_USAGE, "%s is UTF-16: save it as CSV in UTF-8", csv->name);
    }
    return err;
}

braze_err_t *admin_csv_open(admin_csv_t **csv, const char *name, apr_pool_t *pool)
{
    admin_csv_t *made = apr_pcalloc(pool, sizeof(*made));
    apr_finfo_t info;
    apr_status_t rv;

    made->name = name;
    made->buf = apr_palloc(pool, BUFFER);
    rv = strcmp(name, "-") == 0 ? apr_file_open_stdin(&made->file, pool)
                                : apr_file_open(&made->file, name, APR_FOPEN_READ, 0, pool);
    if (rv != APR_SUCCESS) {
        return cannot_read(made, rv, pool);
    }
    if (apr_file_info_get(&info, APR_FINFO_SIZE | APR_FINFO_TYPE, made->file) == APR_SUCCESS &&
        info.filetype == APR_REG) {
        made->size = info.size;
    }
    *csv = made;
    return pass_mark(made, pool);
}

/* ---- a record ---- */

/* A record being put together: its text with a NUL behind each cell. */
typedef struct {
    admin_csv_t *csv;
    char *text;
    apr_size_t len;
    apr_array_header_t *starts; /* of apr_size_t */
    int quoted, was_quoted;     /* inside quotes; the cell had some */
    int nul;
    const char *problem;
} record_t;

static void put_byte(record_t *record, int byte)
{
    if (record->len + 1 < ADMIN_CSV_RECORD_MAX) {
        record->text[record->len++] = (char)byte;
    } else if (!record->problem) {
        record->problem = "the record is longer than 65536 bytes: is a quote not closed?";
    }
}

static void end_cell(record_t *record)
{
    put_byte(record, '\0');
    if (record->starts->nelts <= ADMIN_CSV_CELLS_MAX) {
        APR_ARRAY_PUSH(record->starts, apr_size_t) = record->len;
    } else if (!record->problem) {
        record->problem = "the record has more than 64 cells";
    }
    record->was_quoted = 0;
}

/* A separator that is not known yet is the first of the three that stands in the first record. */
static int separates(admin_csv_t *csv, int byte)
{
    if (!csv->separator && byte > 0 && strchr(",;\t", byte)) {
        csv->separator = (char)byte;
    }
    return byte == csv->separator && byte > 0;
}

static braze_err_t *take_quote(record_t *record, apr_pool_t *pool)
{
    apr_size_t start = APR_ARRAY_IDX(record->starts, record->starts->nelts - 1, apr_size_t);
    braze_err_t *err;
    int next;

    if (!record->quoted) {
        if (record->len > start || record->was_quoted) {
            record->problem = record->problem ? record->problem : "a quote stands inside a cell";
            return NULL;
        }
        record->quoted = record->was_quoted = 1;
        return NULL;
    }
    err = peek(&next, record->csv, pool);
    if (!err && next == '"') {
        record->csv->at++;
        put_byte(record, '"');
    } else {
        record->quoted = 0;
    }
    return err;
}

static braze_err_t *take_record(record_t *record, apr_pool_t *pool)
{
    for (;;) {
        int byte;
        braze_err_t *err = take(&byte, record->csv, pool);

        if (!err && byte == '"') {
            err = take_quote(record, pool);
        } else if (!err && (byte < 0 || (byte == '\n' && !record->quoted))) {
            end_cell(record);
            return NULL;
        } else if (!err && !record->quoted && separates(record->csv, byte)) {
            end_cell(record);
        } else if (!err) {
            if (record->was_quoted && !record->quoted && !record->problem) {
                record->problem = "something stands behind a closing quote";
            }
            record->nul |= byte == '\0';
            put_byte(record, byte);
        }
        if (err) {
            return err;
        }
    }
}

static void judge(record_t *record)
{
    apr_size_t i;

    if (record->quoted) {
        record->problem = "a quote is not closed";
    }
    if (!record->problem && record->nul) {
        record->problem = "there is a NUL byte in it";
    }
    for (i = 0; !record->problem && i < record->len; i += strlen(record->text + i) + 1) {
        if (!braze_key_is_utf8(record->text + i, strlen(record->text + i))) {
            record->problem = "it is not UTF-8: save the file as CSV in UTF-8";
        }
    }
}

static apr_array_header_t *cells_of(const record_t *record, apr_pool_t *pool)
{
    apr_array_header_t *cells = apr_array_make(pool, 16, sizeof(const char *));
    int i;

    for (i = 0; i + 1 < record->starts->nelts; i++) {
        APR_ARRAY_PUSH(cells, const char *) =
            record->text + APR_ARRAY_IDX(record->starts, i, apr_size_t);
    }
    return cells;
}

static int is_empty(const record_t *record)
{
    apr_size_t i;

    for (i = 0; i < record->len; i++) {
        if (record->text[i] && !strchr(" \t", record->text[i])) {
            return 0;
        }
    }
    return !record->problem && !record->nul;
}

braze_err_t *admin_csv_next(apr_array_header_t **cells, admin_csv_fault_t *fault, admin_csv_t *csv,
                            apr_pool_t *pool)
{
    record_t record = {.csv = csv};

    *cells = NULL;
    fault->problem = NULL;
    record.text = apr_palloc(pool, ADMIN_CSV_RECORD_MAX);
    for (;;) {
        int byte;
        braze_err_t *err = peek(&byte, csv, pool);

        if (err || byte < 0) {
            return err;
        }
        csv->row++;
        csv->line = csv->lines + 1;
        record.len = 0;
        record.starts = apr_array_make(pool, 16, sizeof(apr_size_t));
        APR_ARRAY_PUSH(record.starts, apr_size_t) = 0;
        err = take_record(&record, pool);
        if (err) {
            return err;
        }
        judge(&record);
        csv->separator = csv->separator ? csv->separator : ',';
        if (record.problem || !is_empty(&record)) {
            fault->problem = record.problem;
            *cells = record.problem ? apr_array_make(pool, 1, sizeof(const char *))
                                    : cells_of(&record, pool);
            return NULL;
        }
    }
}

/* ---- writing ---- */

static void put_cell(const char *text)
{
    int formula = *text && strchr("=+-@\t\r", *text) != NULL;

    if (!formula && !strpbrk(text, ",\"\r\n")) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    if (formula) {
        putchar('\'');
    }
    for (; *text; text++) {
        if (*text == '"') {
            putchar('"');
        }
        putchar(*text);
    }
    putchar('"');
}

void admin_csv_put(const char *const *cells, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        if (i) {
            putchar(',');
        }
        put_cell(cells[i] ? cells[i] : "");
    }
    fputs("\r\n", stdout);
}
