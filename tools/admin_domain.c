/* SPDX-License-Identifier: Apache-2.0 */
/* domain list, allow, remove; jit has the same under its older names. */
#include <string.h>

#include <apr_strings.h>

#include "admin_jit.h"
#include "braze_key.h"

static const admin_column_t columns[] = {
    {"DOMAIN", "domain"}, {"IN USE", "confirmed"}, {"EXCEPTED", "excepted"}, {NULL, NULL}};

static braze_err_t *read_domains(apr_array_header_t **excepted, apr_array_header_t **confirmed,
                                 const admin_t *admin)
{
    return admin_about(
        braze_store_domain_list(excepted, confirmed, admin->db, admin->company->id, admin->pool),
        admin->pool, "domains of company \"%s\"", admin->company->name);
}

static int has(const apr_array_header_t *texts, const char *text)
{
    int i;

    for (i = 0; i < texts->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(texts, i, const char *), text) == 0) {
            return 1;
        }
    }
    return 0;
}

static void add_row(braze_json_t *array, const char *domain, int confirmed, int excepted,
                    apr_pool_t *pool)
{
    braze_json_t *object = braze_json_object(pool);

    admin_put_text(object, "domain", domain, pool);
    admin_put_bool(object, "confirmed", confirmed, pool);
    admin_put_bool(object, "excepted", excepted, pool);
    braze_json_append(array, object);
}

braze_err_t *admin_domain_list(admin_t *admin)
{
    braze_json_t *array = braze_json_array(admin->pool);
    apr_array_header_t *excepted = NULL, *confirmed = NULL;
    braze_err_t *err = read_domains(&excepted, &confirmed, admin);
    int i;

    if (err) {
        return err;
    }
    for (i = 0; i < confirmed->nelts; i++) {
        const char *domain = APR_ARRAY_IDX(confirmed, i, const char *);

        add_row(array, domain, 1, has(excepted, domain), admin->pool);
    }
    for (i = 0; i < excepted->nelts; i++) {
        const char *domain = APR_ARRAY_IDX(excepted, i, const char *);

        if (!has(confirmed, domain)) {
            add_row(array, domain, 0, 1, admin->pool);
        }
    }
    admin_print_list(admin, columns, array);
    return NULL;
}

/* Every word as a domain, before anything is written. */
static braze_err_t *given_domains(apr_array_header_t **domains, const admin_t *admin)
{
    const char *word, *domain;
    braze_err_t *err = NULL;
    int i;

    *domains = apr_array_make(admin->pool, 4, sizeof(const char *));
    for (i = 0; !err && (word = admin_word(admin, i)) != NULL; i++) {
        err = admin_about(braze_key_bare_domain(&domain, word, admin->pool), admin->pool,
                          "domain \"%s\"", word);
        if (!err) {
            APR_ARRAY_PUSH(*domains, const char *) = domain;
        }
    }
    return err;
}

static braze_err_t *set(admin_t *admin, const apr_array_header_t *domains, int allow)
{
    braze_json_t *array = braze_json_array(admin->pool);
    const char *names = apr_array_pstrcat(admin->pool, domains, ' ');
    braze_err_t *err = NULL;
    int i;

    for (i = 0; !err && i < domains->nelts; i++) {
        const char *domain = APR_ARRAY_IDX(domains, i, const char *);

        err = admin_about(
            braze_store_domain_allow(admin->db, admin->company->id, domain, allow, admin->pool),
            admin->pool, "domain \"%s\"", domain);
        braze_json_append(array, braze_json_string(domain, admin->pool));
    }
    if (err) {
        return err;
    }
    admin_done(admin, array, "%s: %s", allow ? "excepted" : "no longer excepted", names);
    return admin_event_note(admin, "Updated Settings", "domains %s: %s",
                            allow ? "excepted" : "no longer excepted", names);
}

braze_err_t *admin_domain_allow(admin_t *admin)
{
    apr_array_header_t *domains;
    braze_err_t *err = given_domains(&domains, admin);

    return err ? err : set(admin, domains, 1);
}

braze_err_t *admin_domain_disallow(admin_t *admin)
{
    apr_array_header_t *domains, *excepted = NULL, *confirmed = NULL;
    braze_err_t *err = given_domains(&domains, admin);
    int i;

    if (!err) {
        err = read_domains(&excepted, &confirmed, admin);
    }
    for (i = 0; !err && i < domains->nelts; i++) {
        const char *domain = APR_ARRAY_IDX(domains, i, const char *);

        if (!has(excepted, domain)) {
            err = admin_fail(admin->pool, ADMIN_NOT_FOUND,
                             "domain \"%s\" is not excepted: see braze-admin domain list", domain);
        }
    }
    return err ? err : set(admin, domains, 0);
}

const admin_command_t admin_domain_commands[] = {
    {"domain", "list", "", 0, 0, 0, NEEDS_COMPANY, admin_domain_list,
     "list the domains that new users may come from", 0},
    {"domain", "allow", "DOMAIN ...", 1, -1, 0, NEEDS_COMPANY, admin_domain_allow,
     "accept domains that no confirmed user has yet", 0},
    {"domain", "remove", "DOMAIN ...", 1, -1, 0, NEEDS_COMPANY, admin_domain_disallow,
     "accept them no more, unless a confirmed user has them", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
