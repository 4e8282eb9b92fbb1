/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SCIM service over a real store: every file of t/cases/scim with the name NAME.json is one
 * conversation with a fresh database, each step a request and the whole answer (status, headers,
 * body byte for byte). t/cases/scim/README.md says what a file looks like.
 */
#include <dirent.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "braze_key.h"
#include "braze_scim.h"
#include "braze_time.h"
#include "unit_store.h"

#define BASE_URL "https://dash.example/scim/v2"
#define CASES BRAZE_SRCDIR "/t/cases/scim"

/* What a conversation goes on in. */
typedef struct {
    apr_pool_t *pool;
    braze_db_t *db;
    braze_company_t company;
    braze_catalog_t *catalog;
    braze_token_t token;
    braze_scim_dialect_t dialect;
    apr_hash_t *saved; /* name to id */
    const char *file, *step;
    apr_time_t now;
    int wrong;
} talk_t;

static void no_error(const talk_t *talk, const braze_err_t *err)
{
    if (err) {
        print_error("%s, %s: %s\n", talk->file, talk->step, braze_err_line(err, talk->pool));
    }
    assert_null(err);
}

static void complain(talk_t *talk, const char *what, const char *wanted, const char *got)
{
    apr_size_t same = 0;

    wanted = wanted ? wanted : "(none)";
    got = got ? got : "(none)";
    while (wanted[same] && wanted[same] == got[same]) {
        same++;
    }
    same = same > 40 ? same - 40 : 0;
    talk->wrong++;
    print_error("%s, %s: %s\n  wanted %s%.300s\n  got    %s%.300s\n", talk->file, talk->step, what,
                same ? "..." : "", wanted + same, same ? "..." : "", got + same);
}

static void compare(talk_t *talk, const char *what, const char *wanted, const char *got)
{
    if (wanted != got && (!wanted || !got || strcmp(wanted, got) != 0)) {
        complain(talk, what, wanted, got);
    }
}

/* ---- the company that all conversations are about ---- */

static void add_item(talk_t *talk, braze_item_kind_t kind, const char *last, const char *name,
                     const char *workspace, const char *permission)
{
    braze_item_t item = {.kind = kind, .name = name, .workspace_id = workspace};
    apr_array_header_t *permissions = apr_array_make(talk->pool, 1, sizeof(const char *));

    item.id = apr_pstrcat(talk->pool, "00000000-00000000-00000000-000000", last, NULL);
    if (permission) {
        APR_ARRAY_PUSH(permissions, const char *) = permission;
        item.permissions = permissions;
    }
    no_error(talk, braze_store_item_add(talk->db, talk->company.id, &item, talk->pool));
}

#define WORKSPACE_A1 "00000000-00000000-00000000-000000a1"
#define WORKSPACE_A2 "00000000-00000000-00000000-000000a2"

static void set_up_company(talk_t *talk)
{
    talk->company.name = "Decorumsoft";
    no_error(talk, braze_store_company_add(talk->db, &talk->company, talk->pool));
    add_item(talk, BRAZE_ITEM_WORKSPACE, "a1", "Test Workspace", NULL, NULL);
    add_item(talk, BRAZE_ITEM_WORKSPACE, "a2", "Other \"Workspace\"", NULL, NULL);
    add_item(talk, BRAZE_ITEM_TEAM, "b1", "Test Team", WORKSPACE_A1, NULL);
    add_item(talk, BRAZE_ITEM_TEAM, "b2", "Test Team", WORKSPACE_A2, NULL);
    add_item(talk, BRAZE_ITEM_PERMISSION_SET, "c1", "Test Set", NULL, "view_campaigns");
    add_item(talk, BRAZE_ITEM_ROLE, "d1", "Test Role", NULL, "manage_company_settings");
    no_error(talk,
             braze_store_catalog_load(&talk->catalog, talk->db, talk->company.id, talk->pool));
    talk->token.id = braze_id_new(1, talk->pool);
    talk->token.company_id = talk->company.id;
    talk->token.origin = "unit-test";
}

/* ---- words of a step ---- */

/* "${name}" to the id that was saved under the name. */
static const char *expand(const talk_t *talk, const char *text)
{
    const char *out = "", *open, *close;

    while (text && (open = strstr(text, "${")) != NULL && (close = strchr(open, '}')) != NULL) {
        const char *name = apr_pstrmemdup(talk->pool, open + 2, (apr_size_t)(close - open - 2));
        const char *id = apr_hash_get(talk->saved, name, APR_HASH_KEY_STRING);

        assert_non_null(id);
        out = apr_pstrcat(talk->pool, out,
                          apr_pstrmemdup(talk->pool, text, (apr_size_t)(open - text)), id, NULL);
        text = close + 1;
    }
    return text ? apr_pstrcat(talk->pool, out, text, NULL) : NULL;
}

/* A member as text: a string as it is, anything else as compact JSON; NULL when it is not there. */
static const char *text_of(const talk_t *talk, const braze_json_t *step, const char *name)
{
    const braze_json_t *value = braze_json_get(step, name);

    if (!value || value->type == BRAZE_JSON_NULL) {
        return NULL;
    }
    return expand(talk, value->type == BRAZE_JSON_STRING ? value->u.string
                                                         : braze_json_text(value, talk->pool));
}

static int is_true(const braze_json_t *step, const char *name)
{
    const braze_json_t *value = braze_json_get(step, name);

    return value && value->type == BRAZE_JSON_TRUE;
}

/* ---- requests ---- */

static void read_request(braze_scim_request_t *request, const talk_t *talk,
                         const braze_json_t *step)
{
    const char *call = text_of(talk, step, "request");
    char *space = strchr(call, ' '), *mark;

    memset(request, 0, sizeof(*request));
    assert_non_null(space);
    request->method = apr_pstrmemdup(talk->pool, call, (apr_size_t)(space - call));
    mark = strchr(space, '?');
    request->path =
        mark ? apr_pstrmemdup(talk->pool, space + 1, (apr_size_t)(mark - space - 1)) : space + 1;
    request->query = mark ? mark + 1 : NULL;
    request->body = text_of(talk, step, "body");
    request->body_len = request->body ? strlen(request->body) : 0;
    request->content_type = text_of(talk, step, "type");
    if (!request->content_type && request->body) {
        request->content_type = "application/json";
    }
    request->if_match = text_of(talk, step, "if_match");
    request->if_none_match = text_of(talk, step, "if_none_match");
    request->dialect = talk->dialect;
    request->base_url = BASE_URL;
    request->token = &talk->token;
    request->catalog = talk->catalog;
    request->default_workspace_id = WORKSPACE_A2;
    request->client_ip = "192.0.2.1";
    request->limits.max_body = 1024 * 1024;
    request->limits.max_results = 3;
    request->limits.max_operations = 10;
    request->now = talk->now;
}

static void prefetch(braze_scim_request_t *request, const talk_t *talk)
{
    const char *id = braze_scim_prefetch_id(request->method, request->path, talk->pool);
    braze_user_t *user;

    if (id) {
        no_error(talk, braze_store_user_get(&user, talk->db, talk->company.id, id, talk->pool));
        request->prefetched = user;
        request->prefetch_done = 1;
    }
}

static void save(const talk_t *talk, const char *name, const braze_scim_response_t *response)
{
    braze_json_t *body;

    no_error(talk, braze_json_parse(&body, response->body, response->body_len, talk->pool));
    assert_non_null(braze_json_get_string(body, "id"));
    apr_hash_set(talk->saved, name, APR_HASH_KEY_STRING, braze_json_get_string(body, "id"));
}

/* A name (or null) for each result of a bulk answer, for the id at the end of its location. */
static void save_bulk(const talk_t *talk, const braze_json_t *names,
                      const braze_scim_response_t *response)
{
    braze_json_t *body;
    int i;

    no_error(talk, braze_json_parse(&body, response->body, response->body_len, talk->pool));
    for (i = 0; i < braze_json_size(names); i++) {
        const braze_json_t *name = braze_json_item(names, i);
        const char *location = braze_json_get_string(
            braze_json_item(braze_json_get(body, "Operations"), i), "location");

        if (name->type == BRAZE_JSON_STRING) {
            apr_hash_set(talk->saved, name->u.string, APR_HASH_KEY_STRING,
                         location ? strrchr(location, '/') + 1 : "nothing");
        }
    }
}

static void check_answer(talk_t *talk, const braze_json_t *want,
                         const braze_scim_response_t *response)
{
    const char *body = text_of(talk, want, "body"), *has = text_of(talk, want, "has");

    compare(talk, "status", text_of(talk, want, "status"), apr_itoa(talk->pool, response->status));
    compare(talk, "content type", text_of(talk, want, "type"), response->content_type);
    compare(talk, "ETag", text_of(talk, want, "etag"), response->etag);
    compare(talk, "Location", text_of(talk, want, "location"), response->location);
    compare(talk, "Allow", text_of(talk, want, "allow"), response->allow);
    if (response->body && strlen(response->body) != response->body_len) {
        complain(talk, "body_len", apr_itoa(talk->pool, (int)strlen(response->body)),
                 apr_itoa(talk->pool, (int)response->body_len));
    }
    if (!has) {
        compare(talk, "body", body, response->body);
    } else if (!response->body || !strstr(response->body, has)) {
        complain(talk, "body must have", has, response->body);
    }
}

static void run_request(talk_t *talk, const braze_json_t *step)
{
    const braze_json_t *want = braze_json_get(step, "answer");
    const char *name = text_of(talk, step, "save");
    braze_scim_request_t request;
    braze_scim_response_t *response;
    const braze_err_t *err;

    read_request(&request, talk, step);
    if (is_true(step, "prefetch")) {
        prefetch(&request, talk);
    }
    response = braze_scim_handle(&err, talk->db, &request, talk->pool);
    assert_non_null(response);
    assert_int_equal(err != NULL, response->status >= 400);
    if (name && response->status == 201) {
        save(talk, name, response);
    }
    if (braze_json_get(step, "save_bulk")) {
        save_bulk(talk, braze_json_get(step, "save_bulk"), response);
    }
    check_answer(talk, want, response);
    if (text_of(talk, step, "bent")) {
        compare(talk, "bent", text_of(talk, step, "bent"), apr_itoa(talk->pool, response->bent));
    } else if (talk->token.profile == BRAZE_PROFILE_STRICT) {
        compare(talk, "bent", "0", apr_itoa(talk->pool, response->bent));
    }
    if (text_of(talk, step, "tag")) {
        compare(talk, "tag", text_of(talk, step, "tag"), err ? err->tag : NULL);
    }
}

/* ---- other steps ---- */

/* {"sign_in": e-mail}: as mod_braze_jit does; with "create" for a new person. */
static void sign_in(talk_t *talk, const char *email, int create)
{
    braze_session_t session = {.expires_at = talk->now + apr_time_from_sec(3600),
                               .created_at = talk->now};
    braze_event_t event = {.name = "Signed In", .at = talk->now, .actor = "saml:idp"};
    braze_user_t person = {.active = 1, .confirmed = 1, .source = "jit"}, *user;
    braze_sign_in_outcome_t outcome;
    braze_sign_in_t in = {.company_id = talk->company.id,
                          .replay_until = session.expires_at,
                          .session = &session,
                          .event = &event,
                          .now = talk->now};

    event.company_id = session.company_id = person.company_id = talk->company.id;
    in.replay_key = braze_sha256_hex(&talk->now, sizeof(talk->now), talk->pool);
    in.session_hash = braze_sha256_hex(in.replay_key, 64, talk->pool);
    session.assertion_key = in.replay_key;
    no_error(talk, braze_key_fold(&in.email_key, email, strlen(email), talk->pool));
    if (create) {
        person.resource = braze_json_text(
            braze_user_resource_new(email, "Jit", "Made", NULL, talk->pool), talk->pool);
        person.permissions = "{}";
        no_error(talk, braze_user_derive(&person, talk->pool));
        in.new_user = &person;
    }
    no_error(talk, braze_store_sign_in(&outcome, &user, talk->db, &in, talk->pool));
    assert_int_equal(outcome, create ? BRAZE_CREATED : BRAZE_SIGNED_IN);
    if (create) {
        apr_hash_set(talk->saved, "jit", APR_HASH_KEY_STRING, user->id);
    }
}

/* {"events": ["name user", …]}: the newest ones, newest first, all by the token's origin and from
 * its address. */
static void check_events(talk_t *talk, const braze_json_t *want)
{
    apr_array_header_t *events;
    int i;

    no_error(talk, braze_store_event_list(&events, talk->db, talk->company.id,
                                          braze_json_size(want), talk->pool));
    assert_int_equal(events->nelts, braze_json_size(want));
    for (i = 0; i < events->nelts; i++) {
        const braze_event_t *event = APR_ARRAY_IDX(events, i, const braze_event_t *);

        compare(talk, "event", braze_json_item(want, i)->u.string,
                apr_pstrcat(talk->pool, event->name, " ", event->user_name ? event->user_name : "?",
                            NULL));
        compare(talk, "actor", "scim:unit-test", event->actor);
        compare(talk, "ip", "192.0.2.1", event->ip);
    }
}

static braze_profile_t profile_of(const char *name)
{
    static const char *const names[] = {"strict", "entra", "okta"};
    int i = 0;

    while (strcmp(names[i], name) != 0) {
        i++;
        assert_true(i < 3);
    }
    return (braze_profile_t)i;
}

static void run_step(talk_t *talk, const braze_json_t *step)
{
    const braze_json_t *events = braze_json_get(step, "events");
    const char *now = braze_json_get_string(step, "now");

    talk->step = text_of(talk, step, "name");
    talk->now += apr_time_from_sec(1);
    if (now) {
        assert_true(braze_time_parse(&talk->now, now));
    }
    if (text_of(talk, step, "dialect")) {
        talk->dialect = strcmp(text_of(talk, step, "dialect"), "braze") == 0 ? BRAZE_SCIM_BRAZE
                                                                             : BRAZE_SCIM_RFC;
    }
    if (text_of(talk, step, "profile")) {
        talk->token.profile = profile_of(text_of(talk, step, "profile"));
    }
    if (text_of(talk, step, "me")) {
        talk->token.user_id = text_of(talk, step, "me");
    }
    if (text_of(talk, step, "request")) {
        run_request(talk, step);
    }
    if (text_of(talk, step, "sign_in")) {
        sign_in(talk, text_of(talk, step, "sign_in"), is_true(step, "create"));
    }
    if (events) {
        check_events(talk, events);
    }
}

/* ---- files ---- */

static braze_json_t *read_file(const char *name, apr_pool_t *pool)
{
    const char *path = apr_pstrcat(pool, CASES "/", name, NULL);
    apr_finfo_t info;
    apr_file_t *file;
    braze_json_t *json;
    braze_err_t *err;
    char *text;

    assert_int_equal(apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool), 0);
    assert_int_equal(apr_file_info_get(&info, APR_FINFO_SIZE, file), 0);
    text = apr_palloc(pool, (apr_size_t)info.size);
    assert_int_equal(apr_file_read_full(file, text, (apr_size_t)info.size, NULL), 0);
    err = braze_json_parse(&json, text, (apr_size_t)info.size, pool);
    if (err) {
        print_error("%s: %s\n", name, err->detail);
    }
    assert_null(err);
    return json;
}

static void run_file(const char *name, const unit_store_t *store)
{
    talk_t talk = {.file = name, .step = "set-up", .pool = store->pool, .db = store->db};
    braze_json_t *steps;
    int i;

    talk.saved = apr_hash_make(talk.pool);
    assert_true(braze_time_parse(&talk.now, "2024-11-11T16:20:00Z"));
    set_up_company(&talk);
    steps = read_file(name, talk.pool);
    assert_true(braze_json_size(steps) > 0);
    for (i = 0; i < braze_json_size(steps); i++) {
        run_step(&talk, braze_json_item(steps, i));
    }
    assert_int_equal(talk.wrong, 0);
}

#define CONVERSATIONS(X)                                                                           \
    X(groups)                                                                                      \
    X(groups_patch)                                                                                \
    X(bulk)                                                                                        \
    X(me)                                                                                          \
    X(braze)                                                                                       \
    X(braze_last_user) X(rfc) X(rfc_change) X(discovery) X(rfc_read) X(rfc_patch) X(entra) X(okta)

#define DEFINE(name)                                                                               \
    static void name(void **state)                                                                 \
    {                                                                                              \
        run_file(#name ".json", unit_store(state));                                                \
    }
CONVERSATIONS(DEFINE)

/* A file that nobody runs would look as if it passed. */
static void every_file_is_run(void **state)
{
#define NAME(name) #name ".json",
    static const char *const names[] = {CONVERSATIONS(NAME) NULL};
    struct dirent *entry;
    DIR *dir = opendir(CASES);
    int files = 0;

    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        apr_size_t len = strlen(entry->d_name);
        const char *const *name = names;

        if (len < 5 || strcmp(entry->d_name + len - 5, ".json") != 0) {
            continue;
        }
        while (*name && strcmp(*name, entry->d_name) != 0) {
            name++;
        }
        assert_non_null(*name);
        files++;
    }
    closedir(dir);
    assert_int_equal(files + 1, sizeof(names) / sizeof(names[0]));
}

int main(void)
{
#define TEST(name) STORE_TEST(name),
    const struct CMUnitTest tests[] = {CONVERSATIONS(TEST) cmocka_unit_test(every_file_is_run)};

    return cmocka_run_group_tests_name("scim_cases", tests, NULL, NULL);
}
