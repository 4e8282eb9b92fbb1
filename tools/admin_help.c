/* SPDX-License-Identifier: Apache-2.0 */
/* Help, made from the tables that the command itself obeys. */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "admin.h"

#define COLUMN 44 /* where the explanations begin */

static const char tail[] =
    "\nThe database is named by --driver and --params, or by -f, or by the environment:\n"
    "BRAZE_DB_DRIVER and BRAZE_DB_PARAMS.\n"
    "\nExit status: 0 done, 1 failed, 2 not used rightly, 3 not found, 4 exists or is in the way,\n"
    "5 the database cannot be had or its schema is not right.\n"
    "\nbraze-admin help COMMAND tells more; braze-admin(8) tells all.\n";

const char *admin_usage_line(const admin_command_t *command, apr_pool_t *pool)
{
    return apr_pstrcat(pool, command->group, command->verb ? " " : "",
                       command->verb ? command->verb : "", *command->args ? " " : "", command->args,
                       NULL);
}

static void put_line(const char *left, const char *help)
{
    int width = (int)strlen(left) + 2;

    printf("  %s", left);
    if (width >= COLUMN) {
        printf("\n");
        width = 0;
    }
    printf("%*s%s\n", COLUMN - width, "", help);
}

static void put_options(apr_uint64_t options, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < OPT_END; i++) {
        const admin_option_info_t *info = &admin_options[i];

        if (options & OPT_BIT(i)) {
            put_line(apr_psprintf(pool, "%s--%s%s%s%s",
                                  info->letter ? apr_psprintf(pool, "-%c, ", info->letter) : "",
                                  info->name, info->arg ? " " : "", info->arg ? info->arg : "",
                                  info->many ? " ..." : ""),
                     info->help);
        }
    }
}

static void put_all(apr_pool_t *pool)
{
    const admin_command_t *const *group, *command;

    printf("usage: braze-admin [OPTION ...] COMMAND [WORD ...]\n\nCommands:\n");
    for (group = admin_groups; *group; group++) {
        for (command = *group; command->group; command++) {
            put_line(admin_usage_line(command, pool), command->help);
        }
    }
    put_line("help [COMMAND]", "this help, or more about a command");
    printf("\nOptions of every command:\n");
    put_options(OPT_GLOBAL, pool);
    fputs(tail, stdout);
}

static int is_named(const admin_command_t *command, const apr_array_header_t *words)
{
    const char *group = APR_ARRAY_IDX(words, 0, const char *);
    const char *verb = words->nelts > 1 ? APR_ARRAY_IDX(words, 1, const char *) : NULL;

    return strcmp(command->group, group) == 0 &&
           (!verb || !command->verb || strcmp(command->verb, verb) == 0);
}

static int put_command(const admin_command_t *command, apr_pool_t *pool)
{
    printf("usage: braze-admin %s\n  %s\n", admin_usage_line(command, pool), command->help);
    put_options(command->options, pool);
    return 1;
}

braze_err_t *admin_help(const apr_array_header_t *words, apr_pool_t *pool)
{
    const admin_command_t *const *group, *command;
    int found = 0;

    if (!words->nelts) {
        put_all(pool);
        return NULL;
    }
    for (group = admin_groups; *group; group++) {
        for (command = *group; command->group; command++) {
            found += is_named(command, words) && put_command(command, pool);
        }
    }
    if (!found) {
        return admin_fail(pool, ADMIN_USAGE, "there is no command \"%s\": see braze-admin help",
                          apr_array_pstrcat(pool, words, ' '));
    }
    printf("\nOptions of every command:\n");
    put_options(OPT_GLOBAL, pool);
    return NULL;
}
