/* SPDX-License-Identifier: Apache-2.0 */
/* BrazeJitMap: a row of the table of groups. */
#include "jit_int.h"

#include <apr_strings.h>

#include "braze_key.h"

#define MAP_TAKES                                                                                  \
    "BrazeJitMap takes a group as the IdP names it, and what its members get: workspace NAME "     \
    "with permission-set NAME and team NAME in it, role NAME, group NAME"

/* NULL where the name may be one of ours. */
static const char *map_check_name(cmd_parms *cmd, const char *what, const char *name)
{
    const char *key;
    braze_err_t *err = braze_key_fold(&key, name, strlen(name), cmd->temp_pool);

    return err ? apr_psprintf(cmd->pool, "BrazeJitMap: %s \"%s\": %s", what, name, err->detail)
               : NULL;
}

static const char *map_add(const apr_array_header_t **names, cmd_parms *cmd, const char *what,
                           const char *name)
{
    if (!*names) {
        *names = apr_array_make(cmd->pool, 2, sizeof(const char *));
    }
    if ((*names)->nelts >= BRAZE_JIT_MAP_NAMES) {
        return apr_psprintf(cmd->pool, "BrazeJitMap takes at most %d of %s in a row: write another",
                            BRAZE_JIT_MAP_NAMES, what);
    }
    APR_ARRAY_PUSH((apr_array_header_t *)*names, const char *) = name;
    return NULL;
}

/* One word and the name behind it. */
static const char *map_word(braze_jit_map_row_t *row, cmd_parms *cmd, const char *word,
                            const char *name)
{
    const char *error = map_check_name(cmd, word, name);

    if (error) {
        return error;
    }
    if (!ap_cstr_casecmp(word, "workspace")) {
        error = row->workspace ? "BrazeJitMap takes one workspace in a row: write another" : NULL;
        row->workspace = name;
        return error;
    }
    if (!ap_cstr_casecmp(word, "permission-set")) {
        return map_add(&row->permission_sets, cmd, word, name);
    }
    if (!ap_cstr_casecmp(word, "team")) {
        return map_add(&row->teams, cmd, word, name);
    }
    if (!ap_cstr_casecmp(word, "role")) {
        return map_add(&row->roles, cmd, word, name);
    }
    return !ap_cstr_casecmp(word, "group")
               ? map_add(&row->groups, cmd, word, name)
               : apr_pstrcat(cmd->pool, MAP_TAKES "; not \"", word, "\"", NULL);
}

const char *jit_set_map(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    jit_conf_t *conf = dir;
    braze_jit_map_row_t row = {0};
    const char *error = NULL;
    int i;

    if (argc < 3 || argc % 2 == 0 || !*argv[0]) {
        return MAP_TAKES;
    }
    row.idp_group = argv[0];
    row.where =
        apr_psprintf(cmd->pool, "%s:%d", cmd->directive->filename, cmd->directive->line_num);
    for (i = 1; !error && i < argc; i += 2) {
        error = map_word(&row, cmd, argv[i], argv[i + 1]);
    }
    if (!error && !row.workspace && (row.permission_sets || row.teams)) {
        error = "BrazeJitMap: a permission-set or a team is had in a workspace: name it in the row";
    }
    if (error) {
        return error;
    }
    if (!conf->map) {
        conf->map = apr_array_make(cmd->pool, 8, sizeof(row));
    }
    APR_ARRAY_PUSH((apr_array_header_t *)conf->map, braze_jit_map_row_t) = row;
    return NULL;
}
