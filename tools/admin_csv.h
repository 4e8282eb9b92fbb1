/* SPDX-License-Identifier: Apache-2.0 */
/* CSV as RFC 4180 has it and as spreadsheets write it: read record by record, and written. */
#ifndef BRAZE_ADMIN_CSV_H
#define BRAZE_ADMIN_CSV_H

#include <apr_file_io.h>

#include "admin.h"

#define ADMIN_CSV_RECORD_MAX 65536 /* bytes of a record */
#define ADMIN_CSV_CELLS_MAX 64     /* cells of a record */

/* A file being read; row and line are those of the record that admin_csv_next gave. */
typedef struct {
    const char *name; /* for messages */
    apr_file_t *file;
    apr_off_t size; /* of the file; 0 = not known */
    apr_off_t done; /* bytes read */
    char separator; /* comma, semicolon or tab: what the first record uses */
    int row;        /* 1 = the first record, as a spreadsheet counts */
    int line;       /* where the record begins */
    int lines;      /* line ends read */
    char *buf;
    apr_size_t len, at;
} admin_csv_t;

/* What is wrong with a record; the reading can go on behind it. */
typedef struct {
    const char *problem; /* NULL = nothing */
} admin_csv_fault_t;

/* "-" is standard input. A byte order mark of UTF-8 is passed over, UTF-16 is refused. */
braze_err_t *admin_csv_open(admin_csv_t **csv, const char *name, apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * The next record that is not empty, as cells (of const char *, in pool); NULL at the end. Line
 * ends are LF, CRLF or CR. A record that cannot be read (too long, a quote that is not closed or
 * stands inside a cell, no UTF-8, a NUL) has no cells and fault->problem. Errors: the file cannot
 * be read.
 */
braze_err_t *admin_csv_next(apr_array_header_t **cells, admin_csv_fault_t *fault, admin_csv_t *csv,
                            apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Writes cells (count of them; NULL = empty) as a record on standard output. One that a spreadsheet
 * would take for a formula gets an apostrophe in front. */
void admin_csv_put(const char *const *cells, int count);

#endif
