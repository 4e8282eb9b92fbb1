/* SPDX-License-Identifier: Apache-2.0 */
/* braze-admin: finds the command, makes ready what it needs, runs it, says how it went. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <apr_dbd.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "admin.h"

const admin_command_t *const admin_groups[] = {
    admin_schema_commands,   admin_company_commands, admin_item_commands,
    admin_user_commands,     admin_import_commands,  admin_session_commands,
    admin_identity_commands, admin_token_commands,   admin_key_commands,
    admin_jit_commands,      admin_domain_commands,  admin_event_commands,
    admin_saml_commands,     admin_sweep_commands,   NULL};

static void drop_words(admin_args_t *args, int count, apr_pool_t *pool)
{
    apr_array_header_t *rest = apr_array_make(pool, 4, sizeof(const char *));
    int i;

    for (i = count; i < args->words->nelts; i++) {
        APR_ARRAY_PUSH(rest, const char *) = APR_ARRAY_IDX(args->words, i, const char *);
    }
    args->words = rest;
}

/* The verbs of a group, for a message: "add, list, show"; NULL when there is no such group. */
static const char *verbs_of(const char *name, apr_pool_t *pool)
{
    const admin_command_t *const *group, *command;
    const char *verbs = NULL;

    for (group = admin_groups; *group; group++) {
        for (command = *group; command->group; command++) {
            if (strcmp(command->group, name) == 0 && command->verb) {
                verbs = verbs ? apr_pstrcat(pool, verbs, ", ", command->verb, NULL) : command->verb;
            }
        }
    }
    return verbs;
}

static const admin_command_t *find_command(const char *name, const char *verb)
{
    const admin_command_t *const *group, *command;

    for (group = admin_groups; *group; group++) {
        for (command = *group; command->group; command++) {
            if (strcmp(command->group, name) == 0 &&
                (!command->verb || (verb && strcmp(command->verb, verb) == 0))) {
                return command;
            }
        }
    }
    return NULL;
}

static braze_err_t *no_command(const char *name, const char *verb, apr_pool_t *pool)
{
    const char *verbs = verbs_of(name, pool);

    if (!verbs) {
        return admin_fail(pool, ADMIN_USAGE, "there is no command \"%s\": see braze-admin help",
                          name);
    }
    return admin_fail(pool, ADMIN_USAGE, "%s%s%s: say one of: %s", name, verb ? " " : "",
                      verb ? verb : "", verbs);
}

static braze_err_t *check_args(const admin_t *admin)
{
    const admin_command_t *command = admin->command;
    const char *line = admin_usage_line(command, admin->pool);
    int i, count = admin->args->words->nelts;

    if (count < command->min || (command->max >= 0 && count > command->max)) {
        return admin_fail(admin->pool, ADMIN_USAGE, "%s words: write braze-admin %s",
                          count < command->min ? "too few" : "too many", line);
    }
    for (i = 0; i < OPT_END; i++) {
        if (admin_arg_has(admin, i) && !((command->options | OPT_GLOBAL) & OPT_BIT(i))) {
            return admin_fail(admin->pool, ADMIN_USAGE,
                              "%s%s%s does not take --%s: see braze-admin help %s", command->group,
                              command->verb ? " " : "", command->verb ? command->verb : "",
                              admin_options[i].name, command->group);
        }
    }
    return NULL;
}

static braze_err_t *make_ready(admin_t *admin)
{
    admin_needs_t needs = admin->command->needs;
    braze_err_t *err = needs >= NEEDS_DB ? admin_db_open(admin, 0) : NULL;

    if (!err && needs >= NEEDS_SCHEMA) {
        err = admin_database_err(braze_store_check(admin->db, admin->pool), admin, "schema");
    }
    if (!err && needs >= NEEDS_COMPANY) {
        err = admin_company_pick(admin, admin_arg(admin, OPT_COMPANY));
    }
    return err;
}

static braze_err_t *run_command(admin_t *admin)
{
    const char *name = admin_word(admin, 0), *verb = admin_word(admin, 1);
    braze_err_t *err;

    admin->command = find_command(name, verb);
    if (!admin->command) {
        return no_command(name, verb, admin->pool);
    }
    drop_words(admin->args, admin->command->verb ? 2 : 1, admin->pool);
    err = check_args(admin);
    if (!err) {
        err = make_ready(admin);
    }
    return err ? err : admin->command->run(admin);
}

static braze_err_t *run(admin_t *admin, int argc, const char *const *argv)
{
    braze_err_t *err = admin_args_parse(&admin->args, argc, argv, admin->pool);
    const char *first;

    if (err) {
        return err;
    }
    first = admin_word(admin, 0);
    admin->json = admin_arg_has(admin, OPT_JSON);
    if (admin_arg_has(admin, OPT_VERSION)) {
        puts("braze-admin " BRAZE_VERSION);
        return NULL;
    }
    if (first && strcmp(first, "help") == 0) {
        drop_words(admin->args, 1, admin->pool);
        return admin_help(admin->args->words, admin->pool);
    }
    if (admin_arg_has(admin, OPT_HELP)) {
        return admin_help(admin->args->words, admin->pool);
    }
    if (!first) {
        return admin_fail(admin->pool, ADMIN_USAGE, "which command? See braze-admin help");
    }
    return run_command(admin);
}

/*
 * Who started this may have closed a standard stream. The database's socket or file must not come
 * in its place: what is printed, a secret among it, would be sent there. Opened the wrong way
 * round, so that using it fails as it did.
 */
static int fill_streams(void)
{
    int fd, opened;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1) {
            opened = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
            if (opened != fd) { /* the lowest that is free, so this one */
                return 0;
            }
        }
    }
    return 1;
}

int main(int argc, const char *const *argv)
{
    admin_t admin = {0};
    admin_exit_t code;
    braze_err_t *err;

    if (!fill_streams()) {
        return ADMIN_FAILED; /* where would one say so? */
    }
    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS ||
        apr_pool_create(&admin.pool, NULL) != APR_SUCCESS ||
        apr_dbd_init(admin.pool) != APR_SUCCESS) {
        fputs("braze-admin: APR does not start: see that memory is left\n", stderr);
        return ADMIN_FAILED;
    }
    admin.now = apr_time_now();
    err = run(&admin, argc, argv);
    code = admin_exit_code(err);
    /* What was to be printed counts: a secret that did not reach the file it was sent to is lost.
     */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("braze-admin: standard output cannot be written: see that the disk is not full\n",
              stderr);
        code = code ? code : ADMIN_FAILED;
    }
    if (err) {
        admin_err_print(err, admin.pool);
    }
    apr_pool_destroy(admin.pool);
    apr_terminate();
    return code;
}
