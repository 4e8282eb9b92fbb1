/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "braze_saml_request.h"
#include "unit_saml.h"

#define COLUMNS 6

static apr_pool_t *program_pool;
static char folder[256]; /* in TMPDIR, or in /tmp */
static apr_array_header_t *cases;

apr_pool_t *unit_saml_pool(void)
{
    if (!program_pool) {
        apr_initialize();
        apr_pool_create(&program_pool, NULL);
    }
    return program_pool;
}

/* words: the program, its arguments, NULL. */
static void run(const char *const *words, apr_pool_t *pool)
{
    apr_exit_why_e why;
    apr_procattr_t *attr;
    apr_proc_t process;
    int code = -1;

    apr_procattr_create(&attr, pool);
    apr_procattr_cmdtype_set(attr, APR_PROGRAM_PATH);
    if (apr_proc_create(&process, words[0], words, NULL, attr, pool) != APR_SUCCESS ||
        apr_proc_wait(&process, &code, &why, APR_WAIT) != APR_CHILD_DONE || code != 0) {
        fprintf(stderr, "failed (%d): %s\n", code, words[0]);
        abort();
    }
}

/*
 * A generator that fails must fail the test, not empty it. With a TMPDIR of its own (t/run-unit) a
 * run's programs share their keys, which take longer to make than everything else.
 */
static void make_folder(apr_pool_t *pool)
{
    const char *parent = getenv("TMPDIR");
    const char *words[] = {BRAZE_SRCDIR "/t/cases/saml/make-cases",
                           "--now",
                           apr_psprintf(pool, "%d", UNIT_SAML_NOW),
                           "--acs",
                           UNIT_SAML_ACS,
                           "--entity-id",
                           UNIT_SAML_SP,
                           "--idp",
                           UNIT_SAML_IDP,
                           "--keys",
                           NULL,
                           folder,
                           NULL};

    apr_snprintf(folder, sizeof(folder), "%s/braze-saml-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(folder)) {
        perror(folder);
        abort();
    }
    words[10] = apr_pstrcat(pool, parent ? parent : folder, "/saml-keys", NULL);
    run(words, pool);
}

static char *cut(char **at, char stop)
{
    char *start = *at, *end = strchr(start, stop);

    if (end) {
        *end = '\0';
        *at = end + 1;
    } else {
        *at = start + strlen(start);
    }
    return start;
}

static void read_cases(apr_pool_t *pool)
{
    char *at = (char *)unit_saml_read(NULL, "cases.tsv", pool);

    cases = apr_array_make(pool, 500, sizeof(unit_saml_case_t));
    while (*at) {
        char *line = cut(&at, '\n'), *column[COLUMNS];
        unit_saml_case_t *one = apr_array_push(cases);
        int i;

        for (i = 0; i < COLUMNS; i++) {
            column[i] = cut(&line, '\t');
        }
        one->name = column[0];
        one->file = column[1];
        one->status = (int)apr_strtoi64(column[2], NULL, 10);
        one->code = column[3];
        one->control = column[4];
        one->parameters = column[5];
    }
}

const apr_array_header_t *unit_saml_cases(void)
{
    if (!cases) {
        make_folder(unit_saml_pool());
        read_cases(unit_saml_pool());
    }
    return cases;
}

const unit_saml_case_t *unit_saml_case(const char *name)
{
    const apr_array_header_t *all = unit_saml_cases();
    int i;

    for (i = 0; i < all->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(all, i, unit_saml_case_t).name, name) == 0) {
            return &APR_ARRAY_IDX(all, i, unit_saml_case_t);
        }
    }
    fail_msg("no case called %s", name);
    return NULL;
}

int unit_saml_set_up(void **state)
{
    braze_err_t *err;

    (void)state;
    unit_saml_cases();
    err = braze_saml_init(unit_saml_pool());
    return err != NULL;
}

int unit_saml_tear_down(void **state)
{
    (void)state;
    if (cases) {
        const char *words[] = {"rm", "-rf", folder, NULL};

        run(words, program_pool);
    }
    apr_pool_destroy(program_pool);
    program_pool = NULL;
    apr_terminate();
    return 0;
}

const char *unit_saml_read(apr_size_t *len, const char *file, apr_pool_t *pool)
{
    const char *path = apr_pstrcat(pool, folder, "/", file, NULL);
    apr_finfo_t info;
    apr_file_t *handle;
    char *text;
    apr_size_t size;

    if (apr_file_open(&handle, path, APR_READ | APR_BINARY, APR_OS_DEFAULT, pool) != APR_SUCCESS ||
        apr_file_info_get(&info, APR_FINFO_SIZE, handle) != APR_SUCCESS) {
        fprintf(stderr, "cannot read %s\n", path);
        abort();
    }
    size = (apr_size_t)info.size;
    text = apr_pcalloc(pool, size + 1);
    if (size && apr_file_read_full(handle, text, size, NULL) != APR_SUCCESS) {
        fprintf(stderr, "cannot read %s\n", path);
        abort();
    }
    apr_file_close(handle);
    if (len) {
        *len = size;
    }
    return text;
}

static int hex(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

const char *unit_saml_parameter(const unit_saml_case_t *one, const char *key, apr_pool_t *pool)
{
    apr_size_t key_len = strlen(key);
    const char *at = one->parameters;

    for (; at; at = strchr(at, '&'), at = at ? at + 1 : NULL) {
        if (strncmp(at, key, key_len) == 0 && at[key_len] == '=') {
            const char *in = at + key_len + 1;
            char *value = apr_palloc(pool, strlen(in) + 1), *out = value;

            for (; *in && *in != '&'; in++) {
                if (*in == '%') {
                    *out++ = (char)(hex(in[1]) << 4 | hex(in[2]));
                    in += 2;
                } else {
                    *out++ = *in;
                }
            }
            *out = '\0';
            return value;
        }
    }
    return NULL;
}

braze_saml_idps_t *unit_saml_idps(const char *file, apr_pool_t *pool)
{
    braze_saml_idps_t *idps = NULL;
    apr_size_t len;
    const char *xml = unit_saml_read(&len, file, pool);
    braze_err_t *err = braze_saml_idp_load(&idps, xml, len, apr_time_from_sec(UNIT_SAML_NOW), pool);

    if (err) {
        fail_msg("%s: %s", file, braze_err_line(err, pool));
    }
    return idps;
}

static braze_saml_idps_t *idps_of(const unit_saml_case_t *one, apr_pool_t *pool)
{
    braze_saml_idps_t *idps = braze_saml_idps_make(pool);
    char *files = (char *)unit_saml_parameter(one, "idps", pool);

    while (*files) {
        braze_saml_idps_join(idps, unit_saml_idps(cut(&files, ','), pool), NULL);
    }
    return idps;
}

braze_saml_pair_t *unit_saml_pair_read(const char *name, apr_pool_t *pool)
{
    apr_size_t key_len, cert_len;
    const char *key = unit_saml_read(&key_len, apr_pstrcat(pool, name, ".key", NULL), pool);
    const char *cert = unit_saml_read(&cert_len, apr_pstrcat(pool, name, ".crt", NULL), pool);
    braze_saml_pair_t *pair = NULL;
    braze_err_t *err = braze_saml_pair_make(&pair, key, key_len, cert, cert_len, pool);

    if (err) {
        fail_msg("%s: %s", name, braze_err_line(err, pool));
    }
    return pair;
}

/* NULL when the case names none. */
static const apr_array_header_t *pairs_of(const unit_saml_case_t *one, apr_pool_t *pool)
{
    char *names = (char *)unit_saml_parameter(one, "pairs", pool);
    apr_array_header_t *pairs = apr_array_make(pool, 2, sizeof(braze_saml_pair_t *));

    while (names && *names) {
        APR_ARRAY_PUSH(pairs, braze_saml_pair_t *) = unit_saml_pair_read(cut(&names, ','), pool);
    }
    return pairs->nelts ? pairs : NULL;
}

static int number(const unit_saml_case_t *one, const char *key, int otherwise, apr_pool_t *pool)
{
    const char *text = unit_saml_parameter(one, key, pool);

    return text ? (int)apr_strtoi64(text, NULL, 10) : otherwise;
}

/* Words of a parameter; NULL when it is not there. */
static const apr_array_header_t *words_of(const unit_saml_case_t *one, const char *key,
                                          apr_pool_t *pool)
{
    char *text = (char *)unit_saml_parameter(one, key, pool);
    apr_array_header_t *words;

    if (!text) {
        return NULL;
    }
    words = apr_array_make(pool, 2, sizeof(const char *));
    while (*text) {
        APR_ARRAY_PUSH(words, const char *) = cut(&text, ' ');
    }
    return words;
}

void unit_saml_expect(braze_saml_expect_t *expect, const unit_saml_case_t *one, apr_pool_t *pool)
{
    apr_array_header_t *urls = apr_array_make(pool, 2, sizeof(const char *));
    const char *acs = unit_saml_parameter(one, "acs", pool);

    memset(expect, 0, sizeof(*expect));
    APR_ARRAY_PUSH(urls, const char *) = "https://sp.example.com/protected/page";
    APR_ARRAY_PUSH(urls, const char *) = acs ? acs : UNIT_SAML_ACS;
    expect->idps = idps_of(one, pool);
    expect->sp_entity_id = UNIT_SAML_SP;
    expect->acs_urls = urls;
    expect->pairs = pairs_of(one, pool);
    expect->skew = number(one, "skew", 60, pool);
    expect->allow_sha1 = number(one, "sha1", 0, pool);
    expect->in_response_to = unit_saml_parameter(one, "in_response_to", pool);
    expect->in_response_to_idp = unit_saml_parameter(one, "in_response_to_idp", pool);
    expect->authn_contexts = words_of(one, "authn_contexts", pool);
    expect->now = apr_time_from_sec(number(one, "now", 0, pool));
}

braze_err_t *unit_saml_judge(braze_saml_identity_t **identity, const unit_saml_case_t *one,
                             apr_pool_t *pool)
{
    braze_saml_expect_t expect;
    apr_size_t len;
    const char *base64 = unit_saml_read(&len, one->file, pool);

    unit_saml_expect(&expect, one, pool);
    return braze_saml_judge(identity, base64, len, &expect, pool);
}
