/* SPDX-License-Identifier: Apache-2.0 */
/* identity list, add, remove: which identity providers may sign an account in. */
#include <string.h>

#include <apr_strings.h>

#include "admin.h"

#define ENTITY_ID_MAX 1024 /* bytes; saml-core 8.3.6 */

static const admin_column_t columns[] = {{"USER", "user_name"},    {"IDP", "idp"},
                                         {"NAMEID", "name_id"},    {"SINCE", "created_at"},
                                         {"USED", "last_used_at"}, {NULL, NULL}};

static braze_json_t *identity_json(const braze_identity_t *identity, apr_pool_t *pool)
{
    braze_json_t *object = braze_json_object(pool);

    admin_put_text(object, "user_name", identity->user_name, pool);
    admin_put_text(object, "user_id", identity->user_id, pool);
    admin_put_text(object, "idp", identity->link.idp, pool);
    admin_put_text(object, "name_id", identity->link.name_id, pool);
    admin_put_text(object, "name_id_format", identity->link.name_id_format, pool);
    admin_put_text(object, "name_qualifier", identity->link.name_qualifier, pool);
    admin_put_text(object, "sp_name_qualifier", identity->link.sp_name_qualifier, pool);
    admin_put_time(object, "created_at", identity->created_at, pool);
    admin_put_time(object, "last_used_at", identity->last_used_at, pool);
    return object;
}

/* The user of the first word, and whose links that means. */
static braze_err_t *ask(braze_identity_query_t *query, braze_user_t **user, admin_t *admin)
{
    const char *name = admin_word(admin, 0);

    *user = NULL;
    query->company_id = admin->company->id;
    query->idp = admin_arg(admin, OPT_ENTITY_ID);
    if (query->idp && (!*query->idp || strlen(query->idp) > ENTITY_ID_MAX)) {
        return admin_fail(admin->pool, ADMIN_USAGE, "--entity-id: 1 to %d bytes", ENTITY_ID_MAX);
    }
    return name ? admin_user_pick(user, admin, name) : NULL;
}

static braze_err_t *list(admin_t *admin)
{
    braze_json_t *array = braze_json_array(admin->pool);
    braze_identity_query_t query = {NULL, NULL, NULL};
    apr_array_header_t *identities;
    braze_user_t *user;
    braze_err_t *err = ask(&query, &user, admin);
    int i;

    if (!err) {
        query.user_id = user ? user->id : NULL;
        err = braze_store_identity_list(&identities, admin->db, &query, admin->pool);
    }
    for (i = 0; !err && i < identities->nelts; i++) {
        braze_json_append(
            array,
            identity_json(APR_ARRAY_IDX(identities, i, const braze_identity_t *), admin->pool));
    }
    if (!err) {
        admin_print_list(admin, columns, array);
    }
    return err;
}

static void done(const admin_t *admin, const char *member, int count, const char *sentence)
{
    braze_json_t *object = braze_json_object(admin->pool);

    braze_json_set(object, member, braze_json_int(count, admin->pool));
    admin_done(admin, object, "%s", sentence);
}

static braze_err_t *add(admin_t *admin)
{
    braze_event_t *event = admin_event_new(admin, "Updated Account", NULL);
    braze_identity_query_t query = {NULL, NULL, NULL};
    braze_link_t name = {.idp = NULL};
    int added = 0;
    braze_user_t *user;
    braze_err_t *err = ask(&query, &user, admin);

    if (err) {
        return err;
    }
    if (!query.idp) {
        return admin_fail(admin->pool, ADMIN_USAGE, "link to whom? Give --entity-id");
    }
    name.idp = query.idp;
    event->user_id = user->id;
    event->user_name = user->user_name;
    event->detail = apr_pstrcat(admin->pool, "linked to ", query.idp, NULL);
    err = braze_store_identity_add(&added, admin->db, query.company_id, user->id,
                                   braze_store_link_make(&name, NULL, admin->pool), admin->now,
                                   event, admin->pool);
    if (!err) {
        done(admin, "added", added,
             apr_psprintf(admin->pool, "user \"%s\" %s linked to %s", user->user_name,
                          added ? "is now" : "was already", query.idp));
    }
    return admin_about(err, admin->pool, "user \"%s\"", user->user_name);
}

static braze_err_t *remove_links(admin_t *admin)
{
    braze_event_t *event = admin_event_new(admin, "Updated Account", NULL);
    braze_identity_query_t query = {NULL, NULL, NULL};
    int removed = 0;
    braze_user_t *user;
    braze_err_t *err = ask(&query, &user, admin);

    if (!err && !user && !query.idp) {
        err = admin_fail(admin->pool, ADMIN_USAGE, "whose links? Give a user, or --entity-id");
    }
    if (err) {
        return err;
    }
    query.user_id = event->user_id = user ? user->id : NULL;
    event->user_name = user ? user->user_name : NULL;
    err = braze_store_identity_remove(&removed, admin->db, &query, event, admin->pool);
    if (!err) {
        done(admin, "removed", removed,
             apr_psprintf(admin->pool, "%d link%s removed", removed, removed == 1 ? "" : "s"));
    }
    return err;
}

const admin_command_t admin_identity_commands[] = {
    {"identity", "list", "[USER]", 0, 1, OPT_BIT(OPT_ENTITY_ID), NEEDS_COMPANY, list,
     "list which identity provider's person a user is", 0},
    {"identity", "add", "USER", 1, 1, OPT_BIT(OPT_ENTITY_ID), NEEDS_COMPANY, add,
     "let another identity provider sign a user in", 0},
    {"identity", "remove", "[USER]", 0, 1, OPT_BIT(OPT_ENTITY_ID), NEEDS_COMPANY, remove_links,
     "forget links: the next sign-in by e-mail links anew", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
