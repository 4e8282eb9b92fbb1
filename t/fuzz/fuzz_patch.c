/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PatchOp message of hostile bytes, of a strict client and of Entra ID, applied to a user and to
 * a group: refused, or done to what is still a resource of known names that reads back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "src/scim/scim_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char user_text[] =
    "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"id\":\"1\","
    "\"userName\":\"ada@example.com\",\"externalId\":\"7\",\"active\":true,\"title\":\"T\","
    "\"name\":{\"givenName\":\"Ada\",\"familyName\":\"Lovelace\"},"
    "\"emails\":[{\"value\":\"w@example.com\",\"type\":\"work\",\"primary\":true},"
    "{\"value\":\"h@example.com\",\"type\":\"home\"}],"
    "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":"
    "{\"department\":\"finance\",\"manager\":{\"value\":\"m\"}},"
    "\"meta\":{\"resourceType\":\"User\",\"created\":\"2024-01-01T00:00:00Z\"}}";

static const char group_text[] =
    "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],\"id\":\"2\","
    "\"displayName\":\"G\"}";

static void must(int truth)
{
    if (!truth) {
        abort();
    }
}

/* Every member of the resource is an attribute of its type or one of its extensions. */
static void check_names(const braze_json_t *resource, const braze_resource_type_t *type)
{
    braze_attr_path_t path;
    int i;

    for (i = 0; i < braze_json_size(resource); i++) {
        const char *name = braze_json_member(resource, i)->name;

        must(braze_path_resolve(&path, name, strlen(name), type));
    }
}

static braze_err_t *take_members(const patch_operation_t *operation, void *baton)
{
    int *taken = baton;

    must(operation->path.attr.attr && strcmp(operation->path.attr.attr, "members") == 0);
    ++*taken;
    return NULL;
}

static void try_type(const braze_json_t *body, const char *endpoint, const char *text,
                     scim_call_t *call)
{
    const braze_resource_type_t *type = braze_resource_type_at(endpoint);
    apr_array_header_t *operations = NULL;
    braze_json_t *resource, *again;
    const char *after;
    int taken = 0;
    braze_err_t *err = braze_patch_read(&operations, body, type, call);

    if (err) {
        must(err->status == 400 && err->code);
        return;
    }
    must(braze_json_parse(&resource, text, strlen(text), call->pool) == NULL);
    err = braze_patch_apply(resource, operations, "members", take_members, &taken, call);
    must(!err || (err->status == 400 && err->code));
    must(taken <= operations->nelts);
    check_names(resource, type);
    after = braze_json_text(resource, call->pool);
    must(braze_json_parse(&again, after, strlen(after), call->pool) == NULL);
    must(braze_json_equal(resource, again));
}

static void try_profile(braze_profile_t profile, const braze_json_t *body, apr_pool_t *pool)
{
    const braze_token_t token = {.id = "t", .profile = profile};
    const braze_scim_request_t request = {.token = &token};
    scim_call_t call = {.request = &request, .pool = pool};

    try_type(body, "/Users", user_text, &call);
    try_type(body, "/Groups", group_text, &call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    braze_json_t *body;
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (braze_json_parse(&body, (const char *)data, size, pool) == NULL) {
        try_profile(BRAZE_PROFILE_STRICT, body, pool);
        try_profile(BRAZE_PROFILE_ENTRA, body, pool);
    }
    apr_pool_destroy(pool);
    return 0;
}
