/* SPDX-License-Identifier: Apache-2.0 */
/* Users: the list, one of them, suspending and restoring. */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "braze_key.h"
#include "settings_int.h"

/* ---- the list ---- */

static const struct {
    const char *word;
    braze_people_order_t order;
} orders[] = {{"name", BRAZE_PEOPLE_NAME},
              {"email", BRAZE_PEOPLE_EMAIL},
              {"display", BRAZE_PEOPLE_DISPLAY},
              {"given", BRAZE_PEOPLE_GIVEN},
              {"family", BRAZE_PEOPLE_FAMILY}};

static const struct {
    const char *word;
    braze_people_state_t state;
} states[] = {{"active", BRAZE_PEOPLE_ACTIVE},
              {"unconfirmed", BRAZE_PEOPLE_UNCONFIRMED},
              {"suspended", BRAZE_PEOPLE_SUSPENDED}};

static const char *const sources[] = {"jit", "scim", "operator"};

/* What is none of the words counts as nothing chosen: none of it is ever echoed. */
static void read_choices(braze_page_users_t *model, braze_people_query_t *query,
                         settings_call_t *call)
{
    const char *by = settings_form_text(&call->query, "by", call->pool);
    const char *state = settings_form_text(&call->query, "state", call->pool);
    const char *source = settings_form_text(&call->query, "source", call->pool);
    apr_size_t i;

    model->by = orders[0].word;
    query->order = orders[0].order;
    for (i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
        if (!strcmp(orders[i].word, by)) {
            model->by = orders[i].word;
            query->order = orders[i].order;
        }
    }
    model->state = "";
    for (i = 0; i < sizeof(states) / sizeof(*states); i++) {
        if (!strcmp(states[i].word, state)) {
            model->state = states[i].word;
            query->state = states[i].state;
        }
    }
    model->source = "";
    for (i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
        if (!strcmp(sources[i], source)) {
            model->source = query->source = sources[i];
        }
    }
}

/* A place in the list: an id, and behind it the key that the row is ordered by. */
static void read_place(braze_people_query_t *query, const settings_call_t *call)
{
    const char *place = settings_form_get(&call->query, "after");

    if (!place) {
        place = settings_form_get(&call->query, "before");
        query->backwards = place != NULL;
    }
    if (place && strlen(place) >= BRAZE_ID_LEN) {
        query->from_id = apr_pstrndup(call->pool, place, BRAZE_ID_LEN);
        query->from_key = place + BRAZE_ID_LEN;
    }
    if (!query->from_id || !braze_id_is(query->from_id)) {
        query->from_id = NULL;
        query->backwards = 0;
    }
}

static const char *place_of(const braze_person_t *person, apr_pool_t *pool)
{
    return apr_pstrcat(pool, person->user->id, person->key, NULL);
}

/* One row more than is shown was asked for: it tells whether there is more. */
static void cut(braze_page_users_t *model, apr_array_header_t *people,
                const braze_people_query_t *query, apr_pool_t *pool)
{
    apr_array_header_t *users = apr_array_make(pool, 64, sizeof(const braze_user_t *));
    int more = people->nelts > BRAZE_SETTINGS_PAGE_ROWS, first = 0, last = people->nelts, i;

    if (more && query->backwards) {
        first = 1;
    } else if (more) {
        last--;
    }
    for (i = first; i < last; i++) {
        APR_ARRAY_PUSH(users, const braze_user_t *) = APR_ARRAY_IDX(people, i, braze_person_t).user;
    }
    model->users = users;
    if (last > first) {
        if (query->backwards ? more : query->from_id != NULL) {
            model->newer = place_of(&APR_ARRAY_IDX(people, first, braze_person_t), pool);
        }
        if (query->backwards || more) {
            model->older = place_of(&APR_ARRAY_IDX(people, last - 1, braze_person_t), pool);
        }
    }
}

/* Nobody's first address begins like this: is it the whole of somebody's second? */
static braze_err_t *by_whole_email(braze_page_users_t *model, settings_call_t *call,
                                   const char *key)
{
    apr_array_header_t *users;
    braze_err_t *err;

    if (!strchr(key, '@') || *model->source || *model->state) {
        return NULL;
    }
    err = braze_store_user_by_email(&users, call->db, call->in->company->id, key, call->pool);
    if (!err) {
        model->users = users;
    }
    return err;
}

static braze_err_t *one_page(braze_page_users_t *model, settings_call_t *call,
                             const braze_people_query_t *query)
{
    apr_array_header_t *people;
    braze_err_t *err = braze_store_people(&people, call->db, query, call->pool);

    if (!err) {
        cut(model, people, query, call->pool);
    }
    return err;
}

/* Nobody's user name begins like this: people look for an address there too. */
static braze_err_t *by_email(braze_page_users_t *model, settings_call_t *call,
                             braze_people_query_t *query)
{
    braze_err_t *err = NULL;

    if (query->order == BRAZE_PEOPLE_NAME && !query->from_id) {
        query->order = BRAZE_PEOPLE_EMAIL;
        err = one_page(model, call, query);
        if (!err && model->users->nelts) {
            model->by = "email"; /* so that the next page is of the same */
        }
    }
    if (!err && !model->users->nelts && query->order == BRAZE_PEOPLE_EMAIL) {
        err = by_whole_email(model, call, query->prefix);
    }
    return err;
}

static braze_err_t *search(braze_page_users_t *model, settings_call_t *call)
{
    braze_people_query_t query = {0};
    braze_err_t *err;

    read_choices(model, &query, call);
    read_place(&query, call);
    query.company_id = call->in->company->id;
    query.count = BRAZE_SETTINGS_PAGE_ROWS + 1;
    model->q = settings_form_text(&call->query, "q", call->pool);
    if (*model->q) {
        query.prefix = braze_key_fold_text(model->q, strlen(model->q), call->pool);
    } else {
        query.order = BRAZE_PEOPLE_ID;
    }
    err = braze_store_people_total(&model->total, call->db, query.company_id, call->pool);
    if (!err) {
        err = one_page(model, call, &query);
    }
    return err || model->users->nelts ? err : by_email(model, call, &query);
}

void settings_users_get(settings_call_t *call)
{
    braze_page_users_t model = {0};
    braze_err_t *err = search(&model, call);

    if (err) {
        settings_fail(call, err, NULL);
    } else {
        settings_show(call, 200, braze_page_users(&call->frame, &model, call->pool));
    }
}

/* ---- one user ---- */

/* NULL: the answer says why. */
static braze_user_t *find(settings_call_t *call, const char *id)
{
    braze_user_t *user = NULL;
    braze_err_t *err = NULL;

    if (id && braze_id_is(id)) {
        err = braze_store_user_get(&user, call->db, call->in->company->id, id, call->pool);
    }
    if (err) {
        settings_fail(call, err, "users");
    } else if (!user) {
        settings_say(call, 404, "not_there", "users");
    }
    return err ? NULL : user;
}

static braze_err_t *groups_of(const apr_array_header_t **names, settings_call_t *call,
                              const braze_user_t *user)
{
    apr_array_header_t *ids = apr_array_make(call->pool, 1, sizeof(const char *));
    apr_array_header_t *texts = apr_array_make(call->pool, 4, sizeof(const char *)), *found;
    braze_err_t *err;
    int i;

    *names = texts;
    if (!user->in_groups) {
        return NULL;
    }
    APR_ARRAY_PUSH(ids, const char *) = user->id;
    err = braze_store_user_groups(&found, call->db, call->in->company->id, ids, call->pool);
    for (i = 0; !err && i < found->nelts; i++) {
        APR_ARRAY_PUSH(texts, const char *) =
            APR_ARRAY_IDX(found, i, const braze_membership_t *)->display;
    }
    return err;
}

static void show(settings_call_t *call, int status, const braze_user_t *user, int confirm)
{
    braze_page_user_t model = {0};
    braze_json_t *permissions = NULL;
    braze_err_t *err =
        braze_json_parse(&permissions, user->permissions, strlen(user->permissions), call->pool);

    if (!err) {
        err = groups_of(&model.groups, call, user);
    }
    if (err) {
        settings_fail(call, err, "users");
        return;
    }
    model.user = user;
    model.catalog = call->in->catalog;
    model.permissions = permissions;
    model.confirm = confirm;
    settings_show(call, status, braze_page_user(&call->frame, &model, call->pool));
}

void settings_user_get(settings_call_t *call)
{
    const braze_user_t *user = find(call, settings_form_get(&call->query, "id"));

    if (user) {
        show(call, 200, user, 0);
    }
}

/* The account as it is now, with what is wrong above it. */
static void show_again(settings_call_t *call, int status, const char *id, const char *code)
{
    const braze_user_t *user = find(call, id);

    if (user) {
        settings_problem(call, NULL, code, NULL);
        show(call, status, user, 0);
    }
}

static void change(settings_call_t *call, braze_user_t *user, int active)
{
    apr_array_header_t *events = apr_array_make(call->pool, 1, sizeof(braze_event_t *));
    braze_event_t *event =
        settings_event(call, active ? "Developer Unsuspended" : "Developer Suspended", NULL);
    const char *id = user->id;
    braze_err_t *err = braze_user_derive(user, call->pool);
    int done = 0;

    event->user_id = user->id;
    event->user_name = user->user_name;
    APR_ARRAY_PUSH(events, braze_event_t *) = event;
    user->active = active;
    if (!err) {
        err = braze_store_user_update(&done, call->db, user, call->in->now, events, call->pool);
    }
    if (err && err->code && !strcmp(err->code, "last_administrator")) {
        show_again(call, 409, id, "last_administrator");
    } else if (err) {
        settings_fail(call, err, "users");
    } else if (!done) {
        show_again(call, 409, id, "changed_meanwhile");
    } else {
        settings_go(call, "user", active ? "restored" : "suspended",
                    apr_pstrcat(call->pool, "&id=", id, NULL));
    }
}

void settings_user_post(settings_call_t *call)
{
    const char *action = settings_form_text(&call->form, "do", call->pool);
    const char *version = settings_form_text(&call->form, "version", call->pool);
    int active = !strcmp(action, "restore");
    braze_user_t *user;

    if (!active && strcmp(action, "suspend")) {
        settings_say(call, 400, "form_malformed", "users");
        return;
    }
    user = find(call, settings_form_get(&call->form, "id"));
    if (!user) {
        return;
    }
    if (user->version != apr_strtoi64(version, NULL, 10)) {
        settings_problem(call, NULL, "changed_meanwhile", NULL);
        show(call, 409, user, 0);
    } else if ((user->active != 0) == active) {
        settings_problem(call, NULL, "state_already", NULL);
        show(call, 409, user, 0);
    } else if (!active && strcmp(settings_form_text(&call->form, "confirmed", call->pool), "yes")) {
        show(call, 200, user, 1);
    } else {
        change(call, user, active);
    }
}
