/* SPDX-License-Identifier: Apache-2.0 */
/* An httpd configuration file as lines and words. */
#include <stdlib.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "admin.h"
#include "braze_json.h"

/* ---- the file ---- */

static braze_err_t *cannot_read(const char *file, apr_status_t rv, apr_pool_t *pool)
{
    char why[120];

    return admin_fail(pool, APR_STATUS_IS_ENOENT(rv) ? ADMIN_NOT_FOUND : ADMIN_FAILED,
                      "%s: cannot be read: %s", file, apr_strerror(rv, why, sizeof(why)));
}

static braze_err_t *read_all(const char **data, apr_size_t *len, const char *file, apr_pool_t *pool)
{
    apr_file_t *in;
    apr_finfo_t info;
    apr_status_t rv = apr_file_open(&in, file, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool);
    char *text;

    if (rv != APR_SUCCESS) {
        return cannot_read(file, rv, pool);
    }
    rv = apr_file_info_get(&info, APR_FINFO_TYPE | APR_FINFO_SIZE, in);
    if (rv == APR_SUCCESS && (info.filetype != APR_REG || info.size > ADMIN_CONF_FILE_MAX)) {
        apr_file_close(in);
        return admin_fail(pool, ADMIN_USAGE, "%s: %s: name a configuration file", file,
                          info.filetype != APR_REG ? "this is no regular file" : "this is too big");
    }
    *len = rv == APR_SUCCESS ? (apr_size_t)info.size : 0;
    text = apr_palloc(pool, *len + 1);
    if (rv == APR_SUCCESS && *len) {
        rv = apr_file_read_full(in, text, *len, len);
    }
    apr_file_close(in);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EOF(rv)) {
        return cannot_read(file, rv, pool);
    }
    text[*len] = '\0';
    *data = text;
    return memchr(text, '\0', *len) ? admin_fail(pool, ADMIN_USAGE,
                                                 "%s: this is no text file: "
                                                 "name a configuration file",
                                                 file)
                                    : NULL;
}

braze_err_t *admin_conf_open(admin_conf_text_t **text, const char *file, apr_pool_t *pool)
{
    const char *data = NULL;
    apr_size_t len = 0;
    braze_err_t *err = read_all(&data, &len, file, pool);

    if (err) {
        return err;
    }
    *text = apr_pcalloc(pool, sizeof(**text));
    (*text)->file = file;
    (*text)->at = data;
    (*text)->end = data + len;
    (*text)->pool = pool;
    return NULL;
}

/* ---- lines ---- */

/* Appends the next line as it stands in the file; 1 when it says that it goes on. */
static int add_line(braze_buf_t *line, admin_conf_text_t *text)
{
    const char *end = memchr(text->at, '\n', text->end - text->at);
    apr_size_t len = (end ? end : text->end) - text->at;
    int goes_on;

    if (len && text->at[len - 1] == '\r') {
        len--;
    }
    goes_on = len && text->at[len - 1] == '\\' && end;
    braze_buf_add(line, text->at, len - goes_on);
    text->at = end ? end + 1 : text->end;
    text->lines_read++;
    return goes_on;
}

static char *trimmed(char *line)
{
    char *end = line + strlen(line);

    while (apr_isspace(*line)) {
        line++;
    }
    while (end > line && apr_isspace(end[-1])) {
        end--;
    }
    *end = '\0';
    return line;
}

braze_err_t *admin_conf_next(char **line, admin_conf_text_t *text)
{
    while (text->at < text->end) {
        braze_buf_t *whole = braze_buf_new(128, text->pool);

        text->line = text->lines_read + 1;
        while (add_line(whole, text) && whole->len <= ADMIN_CONF_LINE_MAX) {
        }
        if (whole->len > ADMIN_CONF_LINE_MAX) {
            return admin_fail(text->pool, ADMIN_USAGE,
                              "%s:%d: this line is too long: at most %d bytes", text->file,
                              text->line, ADMIN_CONF_LINE_MAX);
        }
        *line = trimmed(whole->data);
        if (**line && **line != '#') {
            return NULL;
        }
    }
    *line = NULL;
    return NULL;
}

/* ---- words ---- */

/* A quoted word at *at (its opening quote): inside, a backslash takes the quote and itself
 * literally. */
static const char *quoted(const char **at, apr_pool_t *pool)
{
    const char *in = *at;
    char quote = *in++, *word = apr_palloc(pool, strlen(in) + 1), *out = word;

    while (*in && *in != quote) {
        if (*in == '\\' && (in[1] == quote || in[1] == '\\')) {
            in++;
        }
        *out++ = *in++;
    }
    *out = '\0';
    *at = *in ? in + 1 : NULL;
    return word;
}

static const char *bare(const char **at, apr_pool_t *pool)
{
    const char *start = *at;

    while (**at && !apr_isspace(**at)) {
        (*at)++;
    }
    return apr_pstrndup(pool, start, *at - start);
}

braze_err_t *admin_conf_words(apr_array_header_t **words, const char *line,
                              const admin_conf_text_t *text)
{
    *words = apr_array_make(text->pool, 4, sizeof(const char *));
    while (apr_isspace(*line)) {
        line++;
    }
    while (*line) {
        APR_ARRAY_PUSH(*words, const char *) =
            *line == '"' || *line == '\'' ? quoted(&line, text->pool) : bare(&line, text->pool);
        if (!line) {
            return admin_fail(text->pool, ADMIN_USAGE, "%s:%d: a quote is not closed: close it",
                              text->file, text->line);
        }
        while (apr_isspace(*line)) {
            line++;
        }
    }
    return NULL;
}

braze_err_t *admin_conf_expand(const char **expanded, const char *word, const apr_table_t *defines,
                               const admin_conf_text_t *text)
{
    braze_buf_t *out = braze_buf_new(strlen(word) + 1, text->pool);
    const char *open, *close;

    while ((open = strstr(word, "${")) != NULL && (close = strchr(open, '}')) != NULL) {
        const char *name = apr_pstrndup(text->pool, open + 2, close - open - 2);
        const char *value = apr_table_get(defines, name);

        value = value ? value : getenv(name);
        if (!value) {
            return admin_fail(text->pool, ADMIN_USAGE,
                              "%s:%d: ${%s} is not defined: set it in the environment (Debian: "
                              ". /etc/apache2/envvars)",
                              text->file, text->line, name);
        }
        braze_buf_add(out, word, open - word);
        braze_buf_puts(out, value);
        word = close + 1;
    }
    braze_buf_puts(out, word);
    *expanded = out->data;
    return NULL;
}
