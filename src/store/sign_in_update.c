/* SPDX-License-Identifier: Apache-2.0 */
/* What a login brings up to date in an account: names, and the e-mail of somebody whom a NameID has
 * found. A user whom SCIM keeps is left alone. */
#include <string.h>

#include <apr_strings.h>

#include "store_int.h"

static int differs(const char *wanted, const char *there)
{
    return wanted && (!there || strcmp(wanted, there) != 0);
}

static void set_name(braze_json_t *resource, const braze_sign_in_t *in, apr_pool_t *pool)
{
    braze_json_t *name = braze_json_get(resource, "name");

    if (!name || name->type != BRAZE_JSON_OBJECT) {
        name = braze_json_object(pool);
        braze_json_set(resource, "name", name);
    }
    braze_json_set_string(name, "givenName", in->given_name);
    braze_json_set_string(name, "familyName", in->family_name);
    /* It was put together from the old ones. */
    braze_json_remove(name, "formatted");
}

/* The element of emails that is the account's e-mail; NULL: there is none. */
static braze_json_t *find_email(const braze_json_t *emails, const char *email_key, apr_pool_t *pool)
{
    int i;

    for (i = 0; email_key && i < braze_json_size(emails); i++) {
        braze_json_t *email = braze_json_item(emails, i);
        const char *key = braze_name_key(braze_json_get_string(email, "value"), pool);

        if (key && strcmp(key, email_key) == 0) {
            return email;
        }
    }
    return NULL;
}

/* A userName that was the old address is the new one. */
static void set_email(braze_json_t *resource, const braze_user_t *user, const char *email,
                      apr_pool_t *pool)
{
    braze_json_t *emails = braze_json_get(resource, "emails"), *there;
    int is_name = user->email_key && strcmp(user->user_name_key, user->email_key) == 0;

    if (is_name) {
        braze_json_set_string(resource, "userName", email);
    }
    if (!emails || emails->type != BRAZE_JSON_ARRAY) {
        emails = braze_json_array(pool);
        braze_json_set(resource, "emails", emails);
    }
    there = find_email(emails, user->email_key, pool);
    if (!there) {
        there = braze_json_object(pool);
        braze_json_set_string(there, "type", "work");
        braze_json_set(there, "primary", braze_json_bool(1, pool));
        braze_json_append(emails, there);
    }
    braze_json_set_string(there, "value", email);
}

static int email_differs(const store_sign_in_t *run)
{
    const braze_sign_in_t *in = run->in;
    const braze_user_t *user = run->user;

    return run->by_link && in->email && differs(in->email_key, user->email_key) &&
           strcmp(in->email_key, user->user_name_key) != 0;
}

static braze_err_t *write_user(store_sign_in_t *run, braze_db_t *db, int new_email,
                               apr_pool_t *pool)
{
    braze_user_t *user = run->user;
    int written = 0;
    braze_err_t *err = braze_user_derive(user, pool);

    if (err) {
        return err;
    }
    user->version++;
    user->modified_at = run->in->now;
    err = store_user_write(&written, db, user, pool);
    if (err || !new_email) {
        return err;
    }
    if (!written) {
        /* The row is locked: only the name can be in the way. */
        run->outcome = BRAZE_EMAIL_TAKEN;
        return NULL;
    }
    err = store_user_emails(db, user, 1, pool);
    return err ? err : store_sign_in_note(db, run, "Updated Account", "e-mail changed", pool);
}

braze_err_t *store_sign_in_update(store_sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    braze_user_t *user = run->user;
    int new_email = email_differs(run);
    int new_name =
        differs(in->given_name, user->given_name) || differs(in->family_name, user->family_name);
    braze_json_t *resource;
    braze_err_t *err;

    if (strcmp(user->source, "scim") == 0 || (!new_name && !new_email)) {
        return NULL;
    }
    if (new_email && run->email_of_another) {
        run->outcome = BRAZE_EMAIL_TAKEN;
        return NULL;
    }
    err = braze_json_parse(&resource, user->resource, strlen(user->resource), pool);
    if (err) {
        return err;
    }
    if (new_name) {
        set_name(resource, in, pool);
    }
    if (new_email) {
        set_email(resource, user, in->email, pool);
    }
    user->resource = braze_json_text(resource, pool);
    return write_user(run, db, new_email, pool);
}
