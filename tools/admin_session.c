/* SPDX-License-Identifier: Apache-2.0 */
/* session list, end: who is signed in. A session is known here by the beginning of its hash, which
 * opens nothing. */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "admin.h"
#include "braze_operator.h"

#define COUNT 1000 /* unless --count says otherwise */
#define COUNT_MAX 1000000
#define ID_SHOWN 16 /* hex digits */
#define ID_MIN 8
#define ID_MAX 64

static const admin_column_t columns[] = {{"USER", "user_name"},
                                         {"SIGNED IN", "created_at"},
                                         {"LAST SEEN", "last_seen_at"},
                                         {"EXPIRES", "expires_at"},
                                         {"IDP", "idp"},
                                         {"SESSION", "id"},
                                         {NULL, NULL}};

static braze_json_t *session_json(const braze_session_listed_t *listed, apr_pool_t *pool)
{
    braze_json_t *object = braze_json_object(pool);

    admin_put_text(object, "id", apr_pstrndup(pool, listed->session_hash, ID_SHOWN), pool);
    admin_put_text(object, "user_name", listed->user_name, pool);
    admin_put_text(object, "user_id", listed->session.user_id, pool);
    admin_put_time(object, "created_at", listed->session.created_at, pool);
    admin_put_time(object, "last_seen_at", listed->session.last_seen_at, pool);
    admin_put_time(object, "expires_at", listed->session.expires_at, pool);
    admin_put_text(object, "idp", listed->session.idp, pool);
    admin_put_text(object, "name_id", listed->session.name_id, pool);
    admin_put_text(object, "session_index", listed->session.session_index, pool);
    return object;
}

static braze_err_t *find(apr_array_header_t **sessions, const admin_t *admin, const char *user_id,
                         const char *prefix, int count)
{
    braze_session_query_t query = {admin->company->id, user_id, prefix, admin->now, count};

    return admin_about(braze_store_session_list(sessions, admin->db, &query, admin->pool),
                       admin->pool, "sessions of company \"%s\"", admin->company->name);
}

static braze_err_t *list(admin_t *admin)
{
    braze_json_t *array = braze_json_array(admin->pool);
    const char *wanted = admin_word(admin, 0);
    apr_array_header_t *sessions;
    braze_user_t *user = NULL;
    int i, count = COUNT;
    braze_err_t *err = admin_arg_number(&count, admin, OPT_COUNT, 1, COUNT_MAX);

    if (!err && wanted) {
        err = admin_user_pick(&user, admin, wanted);
    }
    if (!err) {
        err = find(&sessions, admin, user ? user->id : NULL, NULL, count);
    }
    for (i = 0; !err && i < sessions->nelts; i++) {
        braze_json_append(
            array,
            session_json(APR_ARRAY_IDX(sessions, i, const braze_session_listed_t *), admin->pool));
    }
    if (!err) {
        admin_print_list(admin, columns, array);
    }
    return err;
}

/* ---- end ---- */

static void done(const admin_t *admin, int ended, const char *whose)
{
    braze_json_t *object = braze_json_object(admin->pool);

    braze_json_set(object, "ended", braze_json_int(ended, admin->pool));
    admin_done(admin, object, "%d session%s of %s ended", ended, ended == 1 ? "" : "s", whose);
}

static braze_err_t *end_all(admin_t *admin, const braze_user_t *user)
{
    braze_event_t *event = admin_event_new(admin, "Signed Out", NULL);
    int ended = 0;
    braze_err_t *err;

    event->user_id = user ? user->id : NULL;
    event->user_name = user ? user->user_name : NULL;
    err = braze_store_session_end_all(&ended, admin->db, admin->company->id, event->user_id, event,
                                      admin->pool);
    if (err) {
        return admin_about(err, admin->pool, "sessions of company \"%s\"", admin->company->name);
    }
    done(admin, ended,
         user ? apr_psprintf(admin->pool, "user \"%s\"", user->user_name)
              : apr_psprintf(admin->pool, "company \"%s\"", admin->company->name));
    return NULL;
}

static braze_err_t *check_id(const char *id, apr_pool_t *pool)
{
    apr_size_t len = strlen(id);

    if (len < ID_MIN || len > ID_MAX || id[strspn(id, "0123456789abcdef")]) {
        return admin_fail(pool, ADMIN_USAGE,
                          "--session %s: give the id that braze-admin session list shows", id);
    }
    return NULL;
}

static braze_err_t *end_one(admin_t *admin, const char *id)
{
    braze_event_t *event = admin_event_new(admin, "Signed Out", "1 session ended");
    const braze_session_listed_t *listed;
    apr_array_header_t *sessions;
    braze_err_t *err = check_id(id, admin->pool);
    int ended = 0;

    if (!err) {
        err = find(&sessions, admin, NULL, id, 2);
    }
    if (err) {
        return err;
    }
    if (sessions->nelts != 1) {
        return admin_fail(admin->pool, sessions->nelts ? ADMIN_CONFLICT : ADMIN_NOT_FOUND,
                          "%s session begins with %s: see braze-admin session list",
                          sessions->nelts ? "more than one" : "no", id);
    }
    listed = APR_ARRAY_IDX(sessions, 0, const braze_session_listed_t *);
    event->user_id = listed->session.user_id;
    event->user_name = listed->user_name;
    err = braze_store_session_end(&ended, admin->db, admin->company->id, listed->session_hash,
                                  event, admin->pool);
    if (err) {
        return admin_about(err, admin->pool, "session %s", id);
    }
    done(admin, ended, apr_psprintf(admin->pool, "user \"%s\"", listed->user_name));
    return NULL;
}

static braze_err_t *end(admin_t *admin)
{
    const char *wanted = admin_word(admin, 0), *id = admin_arg(admin, OPT_SESSION);
    braze_user_t *user;
    braze_err_t *err;

    if ((wanted != NULL) + (id != NULL) + admin_arg_has(admin, OPT_ALL) != 1) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "whose sessions? Give a user, or --session ID, or --all");
    }
    if (id) {
        return end_one(admin, id);
    }
    if (!wanted) {
        return end_all(admin, NULL);
    }
    err = admin_user_pick(&user, admin, wanted);
    return err ? err : end_all(admin, user);
}

const admin_command_t admin_session_commands[] = {
    {"session", "list", "[USER]", 0, 1, OPT_BIT(OPT_COUNT), NEEDS_COMPANY, list,
     "list who is signed in, newest first (1000, or --count)", 0},
    {"session", "end", "[USER]", 0, 1, OPT_BIT(OPT_SESSION) | OPT_BIT(OPT_ALL), NEEDS_COMPANY, end,
     "sign out a user, one browser, or everybody", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
