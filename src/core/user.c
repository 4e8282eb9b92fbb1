/* SPDX-License-Identifier: Apache-2.0 */
/* A user's columns, derived from the two JSON texts that are the truth for them. */
#include <string.h>

#include <apr_strings.h>

#include "braze_key.h"
#include "braze_model.h"

/* A text member's copy; an empty text counts as absent, as it does for SCIM's "pr" operator. */
static const char *text_of(const braze_json_t *object, const char *name, apr_pool_t *pool)
{
    const char *text = braze_json_get_string(object, name);

    return text && *text ? apr_pstrdup(pool, text) : NULL;
}

/* The first e-mail (primary ones only, if so asked) whose value is an address; or NULL. */
static const char *pick_email(const braze_json_t *emails, int primary, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < braze_json_size(emails); i++) {
        const braze_json_t *email = braze_json_item(emails, i);
        const braze_json_t *flag = braze_json_get(email, "primary");
        const char *value = braze_json_get_string(email, "value");

        if ((!primary || (flag && flag->type == BRAZE_JSON_TRUE)) &&
            braze_key_is_email(value, pool)) {
            return apr_pstrdup(pool, value);
        }
    }
    return NULL;
}

/* text, its end moved back to where a character begins. */
static char *cut(char *text, apr_size_t max)
{
    apr_size_t len = strlen(text);

    if (len > max) {
        while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80) {
            max--;
        }
        text[max] = '\0';
    }
    return text;
}

const char *braze_name_key(const char *text, apr_pool_t *pool)
{
    unsigned char *plain;
    const char *key;
    char *p;

    if (!text) {
        return NULL;
    }
    p = cut(apr_pstrmemdup(pool, text, strlen(text)), BRAZE_NAME_MAX);
    for (plain = (unsigned char *)p; *plain; plain++) {
        if (*plain < 0x20 || *plain == 0x7f) {
            *plain = ' ';
        } else if (*plain == 0xc2 && plain[1] >= 0x80 && plain[1] <= 0x9f) {
            plain[0] = plain[1] = ' '; /* U+0080 to U+009F */
        }
    }
    if (braze_key_fold(&key, p, strlen(p), pool)) {
        return NULL;
    }
    /* Folding may make a text longer. */
    return strlen(key) > BRAZE_NAME_MAX ? cut(apr_pstrdup(pool, key), BRAZE_NAME_MAX) : key;
}

static int is_among(const apr_array_header_t *keys, const char *key)
{
    int i;

    for (i = 0; keys && i < keys->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(keys, i, const char *), key) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Of usually one e-mail nothing is made. */
static void derive_more_emails(braze_user_t *user, const braze_json_t *emails, apr_pool_t *pool)
{
    apr_array_header_t *more = NULL;
    int i;

    for (i = 0; i < braze_json_size(emails); i++) {
        const char *value = braze_json_get_string(braze_json_item(emails, i), "value");
        const char *key = value && value != user->email ? braze_name_key(value, pool) : NULL;

        if (!key || (user->email_key && strcmp(key, user->email_key) == 0) || is_among(more, key)) {
            continue;
        }
        more = more ? more : apr_array_make(pool, 4, sizeof(const char *));
        APR_ARRAY_PUSH(more, const char *) = key;
    }
    user->more_email_keys = more;
}

static braze_err_t *derive_email(braze_user_t *user, const braze_json_t *resource, apr_pool_t *pool)
{
    const braze_json_t *emails = braze_json_get(resource, "emails");
    braze_err_t *err;

    user->email_key = user->email_domain = NULL;
    user->email = pick_email(emails, 1, pool);
    if (!user->email) {
        user->email = pick_email(emails, 0, pool);
    }
    if (!user->email && braze_key_is_email(user->user_name, pool)) {
        user->email = user->user_name;
    }
    if (!user->email) {
        return NULL;
    }
    err = braze_key_fold(&user->email_key, user->email, strlen(user->email), pool);
    return err ? err : braze_key_domain(&user->email_domain, user->email, pool);
}

static braze_err_t *derive_name(braze_user_t *user, const braze_json_t *resource, apr_pool_t *pool)
{
    const char *name = text_of(resource, "userName", pool);
    braze_err_t *err;

    if (name) {
        err = braze_key_fold(&user->user_name_key, name, strlen(name), pool);
    } else {
        err = braze_err_new(400, "invalidValue", "BRAZE-0022", "userName is required.", pool);
    }
    user->user_name = name;
    if (err) {
        err->where = "userName";
    }
    return err;
}

static int has_admin(const braze_json_t *permissions)
{
    const braze_json_t *company = braze_json_get(permissions, "companyPermissions");
    int i;

    for (i = 0; i < braze_json_size(company); i++) {
        const braze_json_t *item = braze_json_item(company, i);

        if (item && item->type == BRAZE_JSON_STRING && strcmp(item->u.string, "admin") == 0) {
            return 1;
        }
    }
    return 0;
}

static braze_err_t *derive(braze_user_t *user, const braze_json_t *resource,
                           const braze_json_t *permissions, apr_pool_t *pool)
{
    const braze_json_t *name = braze_json_get(resource, "name");
    braze_err_t *err = derive_name(user, resource, pool);

    if (!err) {
        err = derive_email(user, resource, pool);
    }
    if (err) {
        return err;
    }
    derive_more_emails(user, braze_json_get(resource, "emails"), pool);
    user->external_id = text_of(resource, "externalId", pool);
    user->display_name = text_of(resource, "displayName", pool);
    user->given_name = text_of(name, "givenName", pool);
    user->family_name = text_of(name, "familyName", pool);
    user->department =
        text_of(braze_json_get(resource, BRAZE_SCHEMA_ENTERPRISE), "department", pool);
    user->admin = has_admin(permissions);
    return NULL;
}

/* These texts are the server's own: a bad one is no fault of a client's. */
static braze_err_t *parse_own(braze_json_t **value, const char *text, const char *what,
                              apr_pool_t *pool)
{
    const braze_err_t *cause = braze_json_parse(value, text, strlen(text), pool);
    braze_err_t *err;

    if (!cause && (*value)->type == BRAZE_JSON_OBJECT) {
        return NULL;
    }
    err = braze_err_new(500, NULL, "BRAZE-0040", "Internal error.", pool);
    err->cause = cause;
    return braze_err_log(err, pool, "a user's %s are not a JSON object", what);
}

braze_err_t *braze_user_derive(braze_user_t *user, apr_pool_t *pool)
{
    braze_json_t *resource, *permissions;
    braze_err_t *err;

    if (!user->permissions || !*user->permissions) {
        user->permissions = "{}";
    }
    err = parse_own(&resource, user->resource ? user->resource : "", "SCIM attributes", pool);
    if (!err) {
        err = parse_own(&permissions, user->permissions, "permissions", pool);
    }
    return err ? err : derive(user, resource, permissions, pool);
}

braze_err_t *braze_user_derive_json(braze_user_t *user, const braze_json_t *resource,
                                    const braze_json_t *permissions, apr_pool_t *pool)
{
    user->resource = braze_json_text(resource, pool);
    user->permissions = permissions ? braze_json_text(permissions, pool) : "{}";
    return derive(user, resource, permissions, pool);
}

static braze_json_t *new_emails(const char *email, apr_pool_t *pool)
{
    braze_json_t *emails = braze_json_array(pool), *item = braze_json_object(pool);

    braze_json_set_string(item, "value", email);
    braze_json_set_string(item, "type", "work");
    braze_json_set(item, "primary", braze_json_bool(1, pool));
    braze_json_append(emails, item);
    return emails;
}

braze_json_t *braze_user_resource_new(const char *email, const char *given_name,
                                      const char *family_name, const char *department,
                                      apr_pool_t *pool)
{
    braze_json_t *resource = braze_json_object(pool);

    braze_json_set_string(resource, "userName", email);
    if (given_name || family_name) {
        braze_json_t *name = braze_json_object(pool);

        braze_json_set_string(name, "givenName", given_name);
        braze_json_set_string(name, "familyName", family_name);
        braze_json_set(resource, "name", name);
    }
    if (email) {
        braze_json_set(resource, "emails", new_emails(email, pool));
    }
    if (department) {
        braze_json_t *enterprise = braze_json_object(pool);

        braze_json_set_string(enterprise, "department", department);
        braze_json_set(resource, BRAZE_SCHEMA_ENTERPRISE, enterprise);
    }
    return resource;
}
