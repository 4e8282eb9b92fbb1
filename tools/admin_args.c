/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: the table of options, and reading it. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <apr_getopt.h>
#include <apr_strings.h>

#include "admin.h"
#include "braze_key.h"

#define LONG_ONLY 256 /* getopt's character for options without a letter starts here */

const admin_option_info_t admin_options[OPT_END] = {
    [OPT_DRIVER] = {"driver", 0, "NAME", 0, "the database's driver, as DBDriver: sqlite3 or pgsql"},
    [OPT_PARAMS] = {"params", 0, "TEXT", 0, "where the database is, as DBDParams"},
    [OPT_FILE] = {"file", 'f', "FILE", 0, "take DBDriver and DBDParams from an httpd.conf"},
    [OPT_COMPANY] = {"company", 0, "NAME", 0, "which company (default: the only one there is)"},
    [OPT_JSON] = {"json", 0, NULL, 0, "answer in JSON"},
    [OPT_HELP] = {"help", 'h', NULL, 0, "show help, about the command if there is one"},
    [OPT_VERSION] = {"version", 'V', NULL, 0, "show the version"},
    [OPT_NAME] = {"name", 0, "NAME", 0, "a new name; for jit idp the text of the sign-in button"},
    [OPT_GOOGLE] = {"google", 0, "on|off", 0, "whether the company uses Google sign-in"},
    [OPT_WORKSPACE] = {"workspace", 0, "NAME", 0, "which workspace"},
    [OPT_TEAM] = {"team", 0, "NAME", 0, "which team of the workspace"},
    [OPT_PERMISSION_SET] = {"permission-set", 0, "NAME", 1, "a permission set in the workspace"},
    [OPT_PERMISSION] = {"permission", 0, "NAME", 1,
                        "a permission: of an API key, or in the workspace or team"},
    [OPT_COMPANY_PERMISSION] = {"company-permission", 0, "NAME", 1, "a permission in the company"},
    [OPT_ROLE] = {"role", 0, "NAME", 1, "a role"},
    [OPT_CLEAR] = {"clear", 0, NULL, 0, "first take away everything the user has"},
    [OPT_REMOVE] = {"remove", 0, NULL, 0, "take away what is named instead of giving it"},
    [OPT_FIRST_NAME] = {"first-name", 0, "TEXT", 0, "the user's first name"},
    [OPT_LAST_NAME] = {"last-name", 0, "TEXT", 0, "the user's last name"},
    [OPT_DEPARTMENT] = {"department", 0, "TEXT", 0, "the user's department"},
    [OPT_CONFIRMED] = {"confirmed", 0, NULL, 0, "the user's e-mail counts as confirmed"},
    [OPT_IMPERSONATION] = {"impersonation", 0, NULL, 0,
                           "an account for support, which makes no domain known"},
    [OPT_ORIGIN] = {"origin", 0, "NAME", 0, "the service origin that the client sends"},
    [OPT_ALLOW] = {"allow", 0, "LIST", 1, "addresses, CIDR blocks and a-b ranges, with commas"},
    [OPT_PROFILE] = {"profile", 0, "strict|entra|okta", 0, "whose habits are put up with"},
    [OPT_EXPIRES] = {"expires", 0, "TIME", 0, "90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z"},
    [OPT_USER] = {"user", 0, "USER", 0, "whose token it is: /Me is this user"},
    [OPT_COUNT] = {"count", 0, "N", 0, "at most so many"},
    [OPT_TARGET_URL] = {"target-url", 0, "URL", 0, "where the identity provider takes sign-ins"},
    [OPT_ENTITY_ID] = {"entity-id", 0, "ID", 0,
                       "an entity ID: the identity provider's; saml-check: ours"},
    [OPT_CERTIFICATE] = {"certificate", 0, "FILE", 0, "the identity provider's certificate, PEM"},
    [OPT_SINCE] = {"since", 0, "TIME", 0, "from then on: 7d or 12h ago, 2027-01-31, or a time"},
    [OPT_UNTIL] = {"until", 0, "TIME", 0, "before then"},
    [OPT_EVENT] = {"event", 0, "NAME", 0, "of this name: \"Signed In\", \"Failed Login\" ..."},
    [OPT_CODE] = {"code", 0, "CODE", 0, "refused with this code"},
    [OPT_CSV] = {"csv", 0, NULL, 0, "answer in CSV"},
    [OPT_SESSION] = {"session", 0, "ID", 0, "the session that session list shows so"},
    [OPT_ALL] = {"all", 0, NULL, 0, "everybody's in the company"},
    [OPT_DRY_RUN] = {"dry-run", 0, NULL, 0, "look at every row, and write nothing"},
    [OPT_BATCH] = {"batch", 0, "N", 0, "so many users a transaction (500)"},
    [OPT_METADATA] = {"metadata", 0, "FILE", 1, "metadata of an identity provider"},
    [OPT_METADATA_KEY] = {"metadata-key", 0, "FILE", 0,
                          "whose signature the metadata must have, PEM; none: nobody's"},
    [OPT_ACS_URL] = {"acs-url", 0, "URL", 1, "where the response was posted to"},
    [OPT_AT] = {"at", 0, "TIME", 0, "judge as at that time: 2027-01-31T12:00:00Z, or 7d ago"},
    [OPT_KEY] = {"key", 0, "FILE", 0, "our private key, for what is encrypted"},
    [OPT_CERT] = {"cert", 0, "FILE", 0, "that key's certificate"},
    [OPT_SKEW] = {"skew", 0, "SECONDS", 0, "tolerated on time checks (60)"},
    [OPT_ALLOW_SHA1] = {"allow-sha1", 0, NULL, 0, "accept SHA-1 signatures"},
    [OPT_IN_RESPONSE_TO] = {"in-response-to", 0, "ID", 0, "the request that must be answered"},
    [OPT_LOCATION] = {"location", 0, "PATH", 0, "with -f: the page that is protected (/)"},
    [OPT_VHOST] = {"vhost", 0, "NAME", 0, "with -f: the ServerName of the virtual host"},
    [OPT_KEEP_EVENTS] = {"keep-events", 0, "DAYS", 0, "clear away older security events, too"},
};

typedef struct {
    apr_pool_t *pool;
    const char *text;
} complaint_t;

/* Keeps getopt's complaint ("program: what: which", newline) for our own way of saying it. */
static void keep_complaint(void *arg, const char *fmt, ...) BRAZE_PRINTF(2, 3);
static void keep_complaint(void *arg, const char *fmt, ...)
{
    complaint_t *complaint = arg;
    const char *colon;
    va_list list;
    char *text;

    va_start(list, fmt);
    text = apr_pvsprintf(complaint->pool, fmt, list);
    va_end(list);
    text[strcspn(text, "\n")] = '\0';
    colon = strstr(text, ": ");
    complaint->text = colon ? colon + 2 : text;
}

static int getopt_code(int option)
{
    return admin_options[option].letter ? admin_options[option].letter : LONG_ONLY + option;
}

static const apr_getopt_option_t *getopt_table(apr_pool_t *pool)
{
    apr_getopt_option_t *table = apr_pcalloc(pool, (OPT_END + 1) * sizeof(*table));
    int i;

    for (i = 0; i < OPT_END; i++) {
        table[i].name = admin_options[i].name;
        table[i].optch = getopt_code(i);
        table[i].has_arg = admin_options[i].arg != NULL;
        table[i].description = admin_options[i].help;
    }
    return table;
}

static int option_of(int code)
{
    int i;

    for (i = 0; i < OPT_END && getopt_code(i) != code; i++) {
    }
    return i;
}

static braze_err_t *keep_value(admin_args_t *args, int option, const char *value, apr_pool_t *pool)
{
    const admin_option_info_t *info = &admin_options[option];

    if (!args->values[option]) {
        args->values[option] = apr_array_make(pool, 2, sizeof(const char *));
    } else if (info->arg && !info->many) {
        return admin_fail(pool, ADMIN_USAGE, "--%s is given twice: give it once", info->name);
    }
    APR_ARRAY_PUSH(args->values[option], const char *) = value ? value : "";
    return NULL;
}

static braze_err_t *check_utf8(int argc, const char *const *argv, apr_pool_t *pool)
{
    int i;

    for (i = 1; i < argc; i++) {
        if (!braze_key_is_utf8(argv[i], strlen(argv[i]))) {
            return admin_fail(pool, ADMIN_USAGE,
                              "\"%s\" is not UTF-8: use a terminal and a locale that are", argv[i]);
        }
    }
    return NULL;
}

/* A lone "-" is standard input, which getopt takes for an option without a letter. */
static const char *const *with_stdin(int argc, const char *const *argv, apr_pool_t *pool)
{
    const char **named = apr_pmemdup(pool, argv, sizeof(*argv) * ((apr_size_t)argc + 1));
    int i;

    for (i = 1; i < argc; i++) {
        named[i] = strcmp(argv[i], "-") == 0 ? "/dev/stdin" : argv[i];
    }
    return named;
}

braze_err_t *admin_args_parse(admin_args_t **args, int argc, const char *const *argv,
                              apr_pool_t *pool)
{
    const apr_getopt_option_t *table = getopt_table(pool);
    complaint_t complaint = {pool, "the options cannot be read"};
    braze_err_t *err = check_utf8(argc, argv, pool);
    apr_getopt_t *os;
    apr_status_t rv = apr_getopt_init(&os, pool, argc, with_stdin(argc, argv, pool));
    const char *value;
    int code;

    *args = apr_pcalloc(pool, sizeof(**args));
    (*args)->words = apr_array_make(pool, 8, sizeof(const char *));
    if (rv == APR_SUCCESS) {
        os->interleave = 1;
        os->errfn = keep_complaint;
        os->errarg = &complaint;
        while (!err && (rv = apr_getopt_long(os, table, &code, &value)) == APR_SUCCESS) {
            err = keep_value(*args, option_of(code), value, pool);
        }
    }
    if (!err && rv != APR_EOF) {
        err = admin_fail(pool, ADMIN_USAGE, "%s: see braze-admin help", complaint.text);
    }
    for (; !err && os->ind < argc; os->ind++) {
        APR_ARRAY_PUSH((*args)->words, const char *) = os->argv[os->ind];
    }
    return err;
}

/* ---- what was given ---- */

int admin_arg_has(const admin_t *admin, admin_option_t option)
{
    return admin->args->values[option] != NULL;
}

const char *admin_arg(const admin_t *admin, admin_option_t option)
{
    const apr_array_header_t *values = admin->args->values[option];

    return values ? APR_ARRAY_IDX(values, values->nelts - 1, const char *) : NULL;
}

const apr_array_header_t *admin_arg_all(const admin_t *admin, admin_option_t option)
{
    const apr_array_header_t *values = admin->args->values[option];

    return values ? values : apr_array_make(admin->pool, 1, sizeof(const char *));
}

braze_err_t *admin_arg_switch(int *truth, const admin_t *admin, admin_option_t option)
{
    const char *value = admin_arg(admin, option);

    if (!value) {
        return NULL;
    }
    if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0) {
        return admin_fail(admin->pool, ADMIN_USAGE, "--%s %s: say on or off",
                          admin_options[option].name, value);
    }
    *truth = strcmp(value, "on") == 0;
    return NULL;
}

braze_err_t *admin_arg_number(int *number, const admin_t *admin, admin_option_t option, int min,
                              int max)
{
    const char *value = admin_arg(admin, option);
    apr_int64_t given;
    char *end;

    if (!value) {
        return NULL;
    }
    given = apr_strtoi64(value, &end, 10);
    if (end == value || *end || given < min || given > max) {
        return admin_fail(admin->pool, ADMIN_USAGE, "--%s %s: say a whole number from %d to %d",
                          admin_options[option].name, value, min, max);
    }
    *number = (int)given;
    return NULL;
}

const char *admin_word(const admin_t *admin, int index)
{
    const apr_array_header_t *words = admin->args->words;

    return index < words->nelts ? APR_ARRAY_IDX(words, index, const char *) : NULL;
}
