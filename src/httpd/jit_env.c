/* SPDX-License-Identifier: Apache-2.0 */
/* What the application behind httpd sees of the person: environment, and request headers when asked
 * for. */
#include "jit_int.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "braze_shown.h"

/* Environment name and header name; headers with these names from a client are always removed. */
typedef struct {
    const char *env, *header;
} jit_env_name_t;

enum {
    ENV_USER,
    ENV_ID,
    ENV_EMAIL,
    ENV_FIRST,
    ENV_LAST,
    ENV_COMPANY,
    ENV_WORKSPACES,
    ENV_PERMISSIONS,
    ENV_COMPANY_PERMISSIONS,
    ENV_GROUPS,
    ENV_NAMES
};

static const jit_env_name_t env_names[] = {
    [ENV_USER] = {"BRAZE_USER", "Braze-User"},
    [ENV_ID] = {"BRAZE_USER_ID", "Braze-User-Id"},
    [ENV_EMAIL] = {"BRAZE_EMAIL", "Braze-Email"},
    [ENV_FIRST] = {"BRAZE_FIRST_NAME", "Braze-First-Name"},
    [ENV_LAST] = {"BRAZE_LAST_NAME", "Braze-Last-Name"},
    [ENV_COMPANY] = {"BRAZE_COMPANY", "Braze-Company"},
    [ENV_WORKSPACES] = {"BRAZE_WORKSPACES", "Braze-Workspaces"},
    [ENV_PERMISSIONS] = {"BRAZE_PERMISSIONS", "Braze-Permissions"},
    [ENV_COMPANY_PERMISSIONS] = {"BRAZE_COMPANY_PERMISSIONS", "Braze-Company-Permissions"},
    [ENV_GROUPS] = {"BRAZE_GROUPS", "Braze-Groups"},
};

/* "Braze_user-ID" is the same name to a CGI program as "Braze-User-Id". */
static int is_our_header(const char *name)
{
    apr_size_t i;

    for (i = 0; i < sizeof(env_names) / sizeof(*env_names); i++) {
        const char *a = name, *b = env_names[i].header;

        while (*a && *b && (apr_tolower(*a) == apr_tolower(*b) || (*a == '_' && *b == '-'))) {
            a++;
            b++;
        }
        if (!*a && !*b) {
            return 1;
        }
    }
    return 0;
}

/* Whatever location it is for: an inner redirect may lead into ours, or an application may trust
 * the names anywhere. */
int jit_strip_headers(request_rec *r)
{
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    const apr_table_entry_t *entry = (const apr_table_entry_t *)headers->elts;
    apr_array_header_t *found = NULL;
    int i;

    for (i = 0; i < headers->nelts; i++) {
        if ((entry[i].key[0] == 'b' || entry[i].key[0] == 'B') && is_our_header(entry[i].key)) {
            found = found ? found : apr_array_make(r->pool, 2, sizeof(const char *));
            APR_ARRAY_PUSH(found, const char *) = entry[i].key;
        }
    }
    for (i = 0; found && i < found->nelts; i++) {
        apr_table_unset(r->headers_in, APR_ARRAY_IDX(found, i, const char *));
    }
    return DECLINED;
}

/* Where none of our names is, each can be added without a look at all the others. */
static int env_is_free(const request_rec *r)
{
    const apr_array_header_t *all = apr_table_elts(r->subprocess_env);
    const apr_table_entry_t *entry = (const apr_table_entry_t *)all->elts;
    int i;

    for (i = 0; i < all->nelts; i++) {
        if (!ap_cstr_casecmpn(entry[i].key, "BRAZE_", 6)) {
            return 0;
        }
    }
    return 1;
}

/* How the values of a request are put. */
typedef struct {
    request_rec *r;
    int headers, is_free;
} env_t;

/* Fit to be shown; NULL: nothing to tell. */
static void env_values(const char *values[ENV_NAMES], const jit_visitor_t *visitor,
                       apr_pool_t *pool)
{
    const braze_session_t *session = visitor->session;
    const braze_user_t *user = session->user;
    const braze_grants_t *grants = visitor->grants;
    int i;

    values[ENV_USER] = user->user_name;
    values[ENV_ID] = user->id;
    values[ENV_EMAIL] = user->email;
    values[ENV_FIRST] = user->given_name;
    values[ENV_LAST] = user->family_name;
    for (i = ENV_USER; i <= ENV_LAST && !session->is_shown; i++) {
        values[i] = values[i] ? braze_shown_text(values[i], pool) : NULL;
    }
    values[ENV_COMPANY] = visitor->company->name_shown;
    values[ENV_WORKSPACES] = grants->workspaces_shown;
    values[ENV_PERMISSIONS] = grants->permissions_shown;
    values[ENV_COMPANY_PERMISSIONS] = grants->company_permissions_shown;
    values[ENV_GROUPS] = braze_shown_list(session->groups, pool);
}

apr_table_t *jit_env_make(const jit_visitor_t *visitor, apr_pool_t *pool)
{
    apr_table_t *made = apr_table_make(pool, ENV_NAMES);
    const char *values[ENV_NAMES];
    int i;

    env_values(values, visitor, pool);
    for (i = 0; i < ENV_NAMES; i++) {
        if (values[i]) {
            apr_table_addn(made, env_names[i].env, values[i]);
        }
    }
    return made;
}

static void env_put(const env_t *env, int name, const char *value)
{
    request_rec *r = env->r;

    if (r->prev && (!value || !env->headers)) {
        /* An internal redirect brings along the headers that another location has set. */
        apr_table_unset(r->headers_in, env_names[name].header);
    }
    if (!value) {
        return;
    }
    if (env->is_free) {
        apr_table_addn(r->subprocess_env, env_names[name].env, value);
    } else {
        apr_table_setn(r->subprocess_env, env_names[name].env, value);
    }
    if (env->headers) {
        apr_table_setn(r->headers_in, env_names[name].header, value);
    }
}

void jit_env_set(request_rec *r, const jit_conf_t *conf, const jit_visitor_t *visitor)
{
    const env_t env = {r, conf->headers == 1, env_is_free(r)};
    const char *values[ENV_NAMES];
    int i;

    if (visitor->env && env.is_free && !env.headers && !r->prev) {
        r->subprocess_env = apr_table_overlay(r->pool, visitor->env, r->subprocess_env);
        return;
    }
    env_values(values, visitor, r->pool);
    for (i = 0; i < ENV_NAMES; i++) {
        env_put(&env, i, values[i]);
    }
}
