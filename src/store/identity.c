/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which identity provider's person an account is. An e-mail says who somebody is only as long as
 * nobody else has been linked to the account: another identity provider may give the same e-mail to
 * whom it likes, and this one may give it to somebody new.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "store_int.h"

#define PERSISTENT "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
#define A_DAY apr_time_from_sec(86400)

/* A qualifier that says what is so anyway is as good as none (saml-core 8.3.7). */
static const char *qualifier(const char *said, const char *anyway)
{
    return said && *said && !(anyway && strcmp(said, anyway) == 0) ? said : NULL;
}

static const char *key_of(const char *text, apr_pool_t *pool)
{
    return braze_sha256_hex(text, strlen(text), pool);
}

/* None of the parts has a newline: they are URIs and names without control characters, or the key
 * is that of nobody else's. */
braze_link_t *braze_store_link_make(const braze_link_t *name, const char *own_entity_id,
                                    apr_pool_t *pool)
{
    braze_link_t *link = apr_pcalloc(pool, sizeof(*link));

    link->idp = name->idp;
    link->name_id_format = name->name_id_format;
    if (!name->name_id || !name->name_id_format || strcmp(name->name_id_format, PERSISTENT) != 0) {
        link->link_key = key_of(apr_pstrcat(pool, "idp\n", name->idp, NULL), pool);
        return link;
    }
    link->name_id = name->name_id;
    link->name_qualifier = qualifier(name->name_qualifier, name->idp);
    link->sp_name_qualifier = qualifier(name->sp_name_qualifier, own_entity_id);
    link->link_key = key_of(apr_pstrcat(pool, "name\n", link->idp, "\n",
                                        link->name_qualifier ? link->name_qualifier : "", "\n",
                                        link->sp_name_qualifier ? link->sp_name_qualifier : "",
                                        "\n", link->name_id, NULL),
                            pool);
    return link;
}

/* ---- at a login ---- */

braze_err_t *store_link_check(store_sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_link_t *link = run->in->link;
    int others = 0, ours = 0, named = 0;
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_LINKS_OF,
                                    ARGS(link->idp, run->in->company_id, run->user->id), pool);

    while (!err && store_next(&rows)) {
        int is_ours = store_int(&rows, 0) != 0;

        others += !is_ours;
        ours += is_ours;
        named += is_ours && store_int(&rows, 1);
    }
    if (!err && ((others && !ours) || (named && link->name_id))) {
        run->outcome = BRAZE_LINKED_ELSEWHERE;
    }
    return err;
}

static braze_err_t *add_link(int *added, braze_db_t *db, const char *user_id,
                             const store_sign_in_t *run, apr_pool_t *pool)
{
    const braze_link_t *link = run->in->link;

    return store_write(added, db, ST_LINK_ADD,
                       ARGS(user_id, run->in->company_id, link->link_key, link->idp,
                            link->name_id_format, link->name_id, link->name_qualifier,
                            link->sp_name_qualifier, MS(run->in->now), MS(run->in->now)),
                       pool);
}

braze_err_t *store_link_note(store_sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = run->in;
    int added = 0;
    braze_err_t *err;

    if (!in->link) {
        return NULL;
    }
    if (run->linked) {
        return run->linked_at > in->now - A_DAY
                   ? NULL
                   : store_write(
                         NULL, db, ST_LINK_TOUCH,
                         ARGS(MS(in->now), in->company_id, run->user->id, in->link->link_key),
                         pool);
    }
    err = add_link(&added, db, run->user->id, run, pool);
    if (err) {
        return err;
    }
    if (!added) {
        /* Another login with this NameID has been quicker: looking again will find its account. */
        db->fault = FAULT_TRANSIENT;
        return store_unreachable("two first logins of one NameID at once", pool);
    }
    run->linked_now = 1;
    return NULL;
}

/* ---- for operators ---- */

static braze_identity_t *read_identity(const store_rows_t *rows, apr_pool_t *pool)
{
    braze_identity_t *identity = apr_pcalloc(pool, sizeof(*identity));

    identity->user_id = store_text(rows, 0);
    identity->user_name = store_text(rows, 1);
    identity->link.idp = store_text(rows, 2);
    identity->link.link_key = store_text(rows, 3);
    identity->link.name_id_format = store_text(rows, 4);
    identity->link.name_id = store_text(rows, 5);
    identity->link.name_qualifier = store_text(rows, 6);
    identity->link.sp_name_qualifier = store_text(rows, 7);
    identity->created_at = store_time(rows, 8);
    identity->last_used_at = store_time(rows, 9);
    return identity;
}

braze_err_t *braze_store_identity_list(apr_array_header_t **identities, braze_db_t *db,
                                       const braze_identity_query_t *query, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err = store_select(&rows, db, ST_IDENTITY_LIST,
                                    ARGS(query->company_id, query->user_id, query->idp), pool);

    *identities = apr_array_make(pool, 16, sizeof(braze_identity_t *));
    while (!err && store_next(&rows)) {
        APR_ARRAY_PUSH(*identities, braze_identity_t *) = read_identity(&rows, pool);
    }
    return err;
}

/* What an operator changes. */
typedef struct {
    const braze_identity_query_t *query;
    const braze_link_t *link;
    const braze_event_t *event;
    apr_time_t now;
    int changed;
} change_t;

static braze_err_t *add_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    change_t *change = baton;
    const braze_link_t *link = change->link;
    braze_err_t *err =
        store_write(&change->changed, db, ST_LINK_ADD,
                    ARGS(change->query->user_id, change->query->company_id, link->link_key,
                         link->idp, link->name_id_format, link->name_id, link->name_qualifier,
                         link->sp_name_qualifier, MS(change->now), NULL),
                    pool);

    if (err && db->fault == FAULT_FOREIGN) {
        return store_missing("User", pool);
    }
    *commit = change->changed;
    return err || !change->changed || !change->event
               ? err
               : braze_store_event_add(db, change->event, pool);
}

braze_err_t *braze_store_identity_add(int *added, braze_db_t *db, const char *company_id,
                                      const char *user_id, const braze_link_t *link, apr_time_t now,
                                      const braze_event_t *event, apr_pool_t *pool)
{
    const braze_identity_query_t query = {company_id, user_id, NULL};
    change_t change = {&query, link, event, now, 0};
    braze_err_t *err = store_transact(db, add_body, &change, pool);

    *added = !err && change.changed;
    return err;
}

static braze_err_t *remove_body(int *commit, braze_db_t *db, void *baton, apr_pool_t *pool)
{
    change_t *change = baton;
    const braze_identity_query_t *query = change->query;
    braze_event_t event;
    braze_err_t *err = store_write(&change->changed, db, ST_IDENTITY_REMOVE,
                                   ARGS(query->company_id, query->user_id, query->idp), pool);

    *commit = change->changed;
    if (err || !change->changed || !change->event) {
        return err;
    }
    event = *change->event;
    event.detail = apr_psprintf(pool, "%d link%s to %s removed", change->changed,
                                change->changed == 1 ? "" : "s",
                                query->idp ? query->idp : "identity providers");
    return braze_store_event_add(db, &event, pool);
}

braze_err_t *braze_store_identity_remove(int *removed, braze_db_t *db,
                                         const braze_identity_query_t *query,
                                         const braze_event_t *event, apr_pool_t *pool)
{
    change_t change = {query, NULL, event, 0, 0};
    braze_err_t *err = store_transact(db, remove_body, &change, pool);

    *removed = err ? 0 : change.changed;
    return err;
}
