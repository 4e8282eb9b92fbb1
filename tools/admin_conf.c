/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DBDriver and DBDParams out of an httpd configuration. Reads it as httpd does where that matters
 * for the two: quotes, continuation lines, Define, Include, <IfDefine>, <IfModule> (by LoadModule;
 * of a part that loads none, as if every module were loaded). What stands outside of virtual hosts
 * goes first; what only virtual hosts say must be the same in all of them.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <apr_file_info.h>
#include <apr_strings.h>

#include "admin.h"

#define DEPTH_MAX 16   /* files that include one another */
#define FILES_MAX 2000 /* of one configuration */

typedef enum { DB_DRIVER, DB_PARAMS, DB_COUNT } db_word_t;

static const char *const db_names[DB_COUNT] = {"DBDriver", "DBDParams"};

/* A value and where it stands. */
typedef struct {
    const char *value, *file;
    int line;
} found_t;

typedef struct {
    apr_pool_t *pool;
    const char *server_root;
    apr_table_t *defines, *modules;
    int depth, files;
    int in_vhost;
    int skipping; /* sections open inside (and including) one that does not count */
    found_t outside[DB_COUNT], in_vhosts[DB_COUNT];
    admin_conf_see_fn *see; /* NULL = only the two are sought */
    void *baton;
} conf_t;

static braze_err_t *read_file(conf_t *conf, const char *file);

/* ---- directives ---- */

static braze_err_t *one_arg(const char **arg, const apr_array_header_t *words,
                            const admin_conf_text_t *text)
{
    const char *name = APR_ARRAY_IDX(words, 0, const char *);

    if (words->nelts != 2) {
        return admin_fail(text->pool, ADMIN_USAGE,
                          "%s:%d: %s takes one argument: quote it when it has blanks in it",
                          text->file, text->line, name);
    }
    *arg = APR_ARRAY_IDX(words, 1, const char *);
    return NULL;
}

static braze_err_t *note_db(conf_t *conf, db_word_t which, const char *value,
                            const admin_conf_text_t *text)
{
    found_t *found = conf->in_vhost ? &conf->in_vhosts[which] : &conf->outside[which];

    if (!conf->see && conf->in_vhost && found->value && strcmp(found->value, value) != 0) {
        return admin_fail(conf->pool, ADMIN_USAGE,
                          "%s:%d: this virtual host has another %s than %s:%d: "
                          "choose with --driver and --params",
                          text->file, text->line, db_names[which], found->file, found->line);
    }
    found->value = value;
    found->file = text->file;
    found->line = text->line;
    return NULL;
}

/* Relative to ServerRoot; without one, to the folder of the first file. */
static const char *rooted(const conf_t *conf, const char *path)
{
    return *path == '/' ? path : apr_pstrcat(conf->pool, conf->server_root, "/", path, NULL);
}

static int is_folder(const char *path, apr_pool_t *pool)
{
    apr_finfo_t info;

    return apr_stat(&info, path, APR_FINFO_TYPE, pool) == APR_SUCCESS && info.filetype == APR_DIR;
}

static braze_err_t *read_matches(conf_t *conf, const glob_t *matches)
{
    braze_err_t *err = NULL;
    size_t i;

    for (i = 0; !err && i < matches->gl_pathc; i++) {
        const char *path = apr_pstrdup(conf->pool, matches->gl_pathv[i]);

        if (!is_folder(path, conf->pool)) {
            err = read_file(conf, path);
        }
    }
    return err;
}

static braze_err_t *include(conf_t *conf, const char *path, int optional,
                            const admin_conf_text_t *text)
{
    const char *pattern = rooted(conf, path);
    glob_t matches;
    braze_err_t *err;
    int rv;

    if (is_folder(pattern, conf->pool)) {
        pattern = apr_pstrcat(conf->pool, pattern, "/*", NULL);
    }
    rv = glob(pattern, 0, NULL, &matches);
    if (rv != 0) {
        globfree(&matches);
        return optional && rv == GLOB_NOMATCH
                   ? NULL
                   : admin_fail(conf->pool, ADMIN_NOT_FOUND,
                                "%s:%d: nothing to include at %s: see ServerRoot and the path",
                                text->file, text->line, pattern);
    }
    err = read_matches(conf, &matches);
    globfree(&matches);
    return err ? admin_about(err, conf->pool, "%s:%d", text->file, text->line) : NULL;
}

static braze_err_t *define(conf_t *conf, const apr_array_header_t *words,
                           const admin_conf_text_t *text)
{
    if (words->nelts < 2 || words->nelts > 3) {
        return admin_fail(conf->pool, ADMIN_USAGE, "%s:%d: Define takes a name and a value",
                          text->file, text->line);
    }
    apr_table_set(conf->defines, APR_ARRAY_IDX(words, 1, const char *),
                  words->nelts == 3 ? APR_ARRAY_IDX(words, 2, const char *) : "");
    return NULL;
}

typedef enum {
    D_DRIVER,
    D_PARAMS,
    D_ROOT,
    D_INCLUDE,
    D_OPTIONAL,
    D_DEFINE,
    D_LOAD,
    D_COUNT
} directive_t;

static const char *const directives[D_COUNT] = {
    "DBDriver", "DBDParams", "ServerRoot", "Include", "IncludeOptional", "Define", "LoadModule"};

static directive_t directive_of(const char *line)
{
    size_t len = strcspn(line, " \t");
    int i;

    for (i = 0; i < D_COUNT; i++) {
        if (strlen(directives[i]) == len && strncasecmp(directives[i], line, len) == 0) {
            break;
        }
    }
    return i;
}

static braze_err_t *obey(conf_t *conf, directive_t directive, const apr_array_header_t *words,
                         const admin_conf_text_t *text)
{
    const char *arg = NULL;
    braze_err_t *err;

    if (directive == D_DEFINE) {
        return define(conf, words, text);
    }
    if (directive == D_LOAD) {
        admin_conf_loads(conf->modules, words);
        return NULL;
    }
    err = one_arg(&arg, words, text);
    if (!err) {
        err = admin_conf_expand(&arg, arg, conf->defines, text);
    }
    if (err) {
        return err;
    }
    switch (directive) {
    case D_DRIVER:
        return note_db(conf, DB_DRIVER, arg, text);
    case D_PARAMS:
        return note_db(conf, DB_PARAMS, arg, text);
    case D_ROOT:
        conf->server_root = arg;
        return NULL;
    default:
        return include(conf, arg, directive == D_OPTIONAL, text);
    }
}

/* ---- sections ---- */

/* Is line the section's opening or closing tag? Its argument, or NULL. */
static const char *tag_arg(const char *line, const char *tag)
{
    size_t len = strlen(tag);

    if (strncasecmp(line, tag, len) != 0 || !strchr(" \t>", line[len])) {
        return NULL;
    }
    return line + len + strspn(line + len, " \t");
}

/* <IfDefine NAME> of what Define gave; <IfModule name> of what was loaded before, and of a part of
 * a configuration that loads nothing, as if everything were. */
static int counts(const conf_t *conf, const char *line)
{
    const char *of_define = tag_arg(line, "<IfDefine"), *of_module = tag_arg(line, "<IfModule");
    const char *arg = of_define ? of_define : of_module, *name;
    int negated, there;

    if (!arg) {
        return 1;
    }
    negated = *arg == '!';
    arg += negated;
    name = apr_pstrndup(conf->pool, arg, strcspn(arg, " \t>"));
    there = of_define
                ? apr_table_get(conf->defines, name) != NULL
                : apr_is_empty_table(conf->modules) || admin_conf_has_module(conf->modules, name);
    return there != negated;
}

static int opens_condition(const char *line)
{
    return tag_arg(line, "<IfDefine") || tag_arg(line, "<IfModule");
}

static void section(conf_t *conf, const char *line)
{
    if (conf->skipping) {
        conf->skipping += opens_condition(line);
        conf->skipping -= tag_arg(line, "</IfDefine") || tag_arg(line, "</IfModule");
    } else if (opens_condition(line)) {
        conf->skipping = !counts(conf, line);
    } else if (tag_arg(line, "<VirtualHost")) {
        conf->in_vhost++;
    } else if (conf->in_vhost && tag_arg(line, "</VirtualHost")) {
        conf->in_vhost--;
    }
}

/* ---- whoever wants to see everything ---- */

/* A tag's ">" is no part of its last word. */
static const char *without_end(const char *line, apr_pool_t *pool)
{
    apr_size_t len = strlen(line);

    return *line == '<' && line[len - 1] == '>' ? apr_pstrmemdup(pool, line, len - 1) : line;
}

static braze_err_t *show(conf_t *conf, const char *line, const admin_conf_text_t *text)
{
    apr_array_header_t *words;
    braze_err_t *err = admin_conf_words(&words, without_end(line, conf->pool), text);
    int i;

    for (i = 1; !err && i < words->nelts; i++) {
        const char **word = &APR_ARRAY_IDX(words, i, const char *);

        err = admin_conf_expand(word, *word, conf->defines, text);
    }
    if (!err && words->nelts) {
        conf->see(conf->baton, words, conf->server_root);
    }
    return err;
}

static int is_shown(const conf_t *conf, const char *line)
{
    return conf->see && !conf->skipping && !opens_condition(line) && !tag_arg(line, "</IfDefine") &&
           !tag_arg(line, "</IfModule") &&
           (*line == '<' || strncasecmp(line, "Braze", 5) == 0 ||
            strncasecmp(line, "Server", 6) == 0);
}

/* ---- files ---- */

static braze_err_t *read_line(conf_t *conf, const char *line, const admin_conf_text_t *text)
{
    directive_t directive = directive_of(line);
    apr_array_header_t *words;
    braze_err_t *err = is_shown(conf, line) ? show(conf, line, text) : NULL;

    if (err) {
        return err;
    }
    if (*line == '<') {
        section(conf, line);
        return NULL;
    }
    if (conf->skipping || directive == D_COUNT) {
        return NULL;
    }
    err = admin_conf_words(&words, line, text);
    return err ? err : obey(conf, directive, words, text);
}

static braze_err_t *read_file(conf_t *conf, const char *file)
{
    admin_conf_text_t *text;
    braze_err_t *err;
    char *line = NULL;

    if (conf->depth >= DEPTH_MAX || conf->files >= FILES_MAX) {
        return admin_fail(conf->pool, ADMIN_USAGE,
                          "%s: too many files include one another: "
                          "use --driver and --params",
                          file);
    }
    conf->depth++;
    conf->files++;
    err = admin_conf_open(&text, file, conf->pool);
    while (!err && !(err = admin_conf_next(&line, text)) && line) {
        err = read_line(conf, line, text);
    }
    conf->depth--;
    return err;
}

braze_err_t *admin_conf_read(const char **driver, const char **params, const char *file,
                             apr_pool_t *pool)
{
    conf_t conf = {0};
    const found_t *found[DB_COUNT];
    braze_err_t *err;
    int i;

    conf.pool = pool;
    conf.server_root = admin_folder_of(file, pool);
    conf.defines = apr_table_make(pool, 8);
    conf.modules = apr_table_make(pool, 64);
    err = read_file(&conf, file);
    for (i = 0; i < DB_COUNT; i++) {
        found[i] = conf.outside[i].value ? &conf.outside[i] : &conf.in_vhosts[i];
    }
    *driver = found[DB_DRIVER]->value;
    *params = found[DB_PARAMS]->value;
    return err;
}

braze_err_t *admin_conf_scan(const char *file, admin_conf_see_fn *see, void *baton,
                             apr_pool_t *pool)
{
    conf_t conf = {.pool = pool, .see = see, .baton = baton};

    conf.server_root = admin_folder_of(file, pool);
    conf.defines = apr_table_make(pool, 8);
    conf.modules = apr_table_make(pool, 64);
    return read_file(&conf, file);
}
