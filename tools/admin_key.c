/* SPDX-License-Identifier: Apache-2.0 */
/* api-key add, list, revoke: what an identity provider sends as RelayState. */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "admin.h"
#include "braze_id.h"
#include "braze_key.h"

#define SIGN_IN "sso.saml.login" /* what a key is for unless it is said otherwise */

static const admin_column_t list_columns[] = {{"ID", "id"},
                                              {"NAME", "name"},
                                              {"PERMISSIONS", "permissions"},
                                              {"CREATED", "created_at"},
                                              {"LAST USED", "last_used_at"},
                                              {NULL, NULL}};

static braze_json_t *key_json(const braze_api_key_t *key, apr_pool_t *pool)
{
    braze_json_t *object = braze_json_object(pool);

    admin_put_text(object, "id", key->id, pool);
    admin_put_text(object, "name", key->name, pool);
    admin_put_texts(object, "permissions", key->permissions, pool);
    admin_put_time(object, "created_at", key->created_at, pool);
    admin_put_time(object, "last_used_at", key->last_used_at, pool);
    return object;
}

static braze_err_t *read_permissions(const apr_array_header_t **permissions, const admin_t *admin)
{
    apr_array_header_t *given = apr_array_copy(admin->pool, admin_arg_all(admin, OPT_PERMISSION));
    braze_err_t *err = NULL;
    int i;

    for (i = 0; !err && i < given->nelts; i++) {
        err = admin_permission_check(APR_ARRAY_IDX(given, i, const char *), admin->pool);
    }
    if (!given->nelts) {
        APR_ARRAY_PUSH(given, const char *) = SIGN_IN;
    }
    *permissions = given;
    return err;
}

static braze_err_t *add(admin_t *admin)
{
    braze_api_key_t key = {.company_id = admin->company->id, .name = admin_word(admin, 0)};
    braze_json_t *object;
    const char *secret, *folded; /* the key itself is kept under its id: the name is only judged */
    braze_err_t *err = read_permissions(&key.permissions, admin);

    if (!err) {
        err = admin_about(braze_key_fold(&folded, key.name, strlen(key.name), admin->pool),
                          admin->pool, "api-key \"%s\"", key.name);
    }
    if (!err) {
        err =
            admin_about(braze_store_api_key_add(&secret, admin->db, &key, admin->now, admin->pool),
                        admin->pool, "api-key \"%s\"", key.name);
    }
    if (err) {
        return err;
    }
    if (admin->json) {
        object = key_json(&key, admin->pool);
        braze_json_set_string(object, "secret", secret);
        puts(braze_json_text(object, admin->pool));
    } else {
        puts(secret);
        admin_note(admin, "api-key %s added; its secret is not kept and not shown again", key.id);
    }
    return admin_event_note(admin, "Added API Key", "api-key %s \"%s\"", key.id, key.name);
}

static braze_err_t *read_keys(apr_array_header_t **keys, const admin_t *admin)
{
    return admin_about(braze_store_api_key_list(keys, admin->db, admin->company->id, admin->pool),
                       admin->pool, "api-keys of company \"%s\"", admin->company->name);
}

static braze_err_t *list(admin_t *admin)
{
    braze_json_t *array = braze_json_array(admin->pool);
    apr_array_header_t *keys;
    braze_err_t *err = read_keys(&keys, admin);
    int i;

    if (err) {
        return err;
    }
    for (i = 0; i < keys->nelts; i++) {
        braze_json_append(array, key_json(APR_ARRAY_IDX(keys, i, braze_api_key_t *), admin->pool));
    }
    admin_print_list(admin, list_columns, array);
    return NULL;
}

/* By id, or by a name that one key alone has. */
static braze_err_t *pick(const braze_api_key_t **key, const admin_t *admin, const char *name)
{
    apr_array_header_t *keys;
    braze_err_t *err = read_keys(&keys, admin);
    int i, count = 0;

    for (i = 0; !err && i < keys->nelts; i++) {
        const braze_api_key_t *one = APR_ARRAY_IDX(keys, i, const braze_api_key_t *);

        if (strcmp(one->id, name) == 0 || strcmp(one->name, name) == 0) {
            *key = one;
            count++;
        }
    }
    if (err || count == 1) {
        return err;
    }
    return count
               ? admin_fail(admin->pool, ADMIN_CONFLICT,
                            "several api-keys are called \"%s\": give the id (braze-admin api-key "
                            "list)",
                            name)
               : admin_fail(admin->pool, ADMIN_NOT_FOUND,
                            "company \"%s\" has no api-key \"%s\": see braze-admin api-key list",
                            admin->company->name, name);
}

static braze_err_t *revoke_key(admin_t *admin)
{
    const braze_api_key_t *key = NULL;
    braze_err_t *err = pick(&key, admin, admin_word(admin, 0));

    if (err) {
        return err;
    }
    err = braze_store_api_key_delete(admin->db, admin->company->id, key->id, admin->pool);
    if (err) {
        return admin_about(err, admin->pool, "api-key \"%s\"", key->name);
    }
    admin_done(admin, key_json(key, admin->pool), "api-key \"%s\" revoked: %s", key->name, key->id);
    return admin_event_note(admin, "Removed API Key", "api-key %s \"%s\"", key->id, key->name);
}

const admin_command_t admin_key_commands[] = {
    {"api-key", "add", "NAME", 1, 1, OPT_BIT(OPT_PERMISSION), NEEDS_COMPANY, add,
     "make an API key and show its secret once", 0},
    {"api-key", "list", "", 0, 0, 0, NEEDS_COMPANY, list, "list the API keys", 0},
    {"api-key", "revoke", "KEY", 1, 1, 0, NEEDS_COMPANY, revoke_key, "end an API key at once", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
