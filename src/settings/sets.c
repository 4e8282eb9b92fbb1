/* SPDX-License-Identifier: Apache-2.0 */
/* Permission sets: the list, and one of them. */
#include <stdlib.h>
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "braze_key.h"
#include "settings_int.h"

#define SCOPE "workspace:"
#define NAME_MAX_BYTES 512

void settings_sets_get(settings_call_t *call)
{
    settings_show(call, 200, braze_page_sets(&call->frame, call->in->catalog, call->pool));
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The permissions of a workspace that there are, sorted. */
static const apr_array_header_t *vocabulary(const settings_call_t *call)
{
    apr_array_header_t *names = apr_array_make(call->pool, 128, sizeof(const char *));
    apr_hash_t *words = call->in->catalog->vocabulary;
    apr_hash_index_t *at;

    for (at = words ? apr_hash_first(call->pool, words) : NULL; at; at = apr_hash_next(at)) {
        const char *word = apr_hash_this_key(at);

        if (!strncmp(word, SCOPE, strlen(SCOPE))) {
            APR_ARRAY_PUSH(names, const char *) = word + strlen(SCOPE);
        }
    }
    qsort(names->elts, (size_t)names->nelts, sizeof(const char *), compare);
    return names;
}

static int has(const apr_array_header_t *names, const char *name)
{
    int i;

    for (i = 0; names && i < names->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(names, i, const char *), name)) {
            return 1;
        }
    }
    return 0;
}

static const char *seen_of(const braze_item_t *item, apr_pool_t *pool)
{
    return settings_digest(pool, item->name,
                           item->permissions ? apr_array_pstrcat(pool, item->permissions, '\n')
                                             : "");
}

static const braze_item_t *find(const settings_call_t *call, const char *id)
{
    return braze_catalog_by_id(call->in->catalog, BRAZE_ITEM_PERMISSION_SET, id);
}

static void show(settings_call_t *call, int status, const braze_item_t *stored,
                 const braze_item_t *wanted, const braze_item_t *theirs)
{
    static const apr_array_header_t nothing = {0};
    braze_page_set_t model = {0};

    model.id = stored ? stored->id : NULL;
    model.shown_name = stored ? stored->name : NULL;
    model.name = wanted ? wanted->name : "";
    model.permissions = wanted && wanted->permissions ? wanted->permissions : &nothing;
    model.vocabulary = vocabulary(call);
    model.seen = stored ? seen_of(stored, call->pool) : NULL;
    model.theirs = theirs;
    settings_show(call, status, braze_page_set(&call->frame, &model, call->pool));
}

void settings_set_get(settings_call_t *call)
{
    const char *id = settings_form_get(&call->query, "id");
    const braze_item_t *item = id ? find(call, id) : NULL;

    if (id && !item) {
        settings_say(call, 404, "not_there", "permission-sets");
    } else {
        show(call, 200, item, item, NULL);
    }
}

/* ---- what was sent ---- */

/* Ticked permissions, sorted and each once; a word that there is none of is a problem, unless the
 * set has it already. */
static const apr_array_header_t *ticked(settings_call_t *call, const braze_item_t *stored)
{
    apr_array_header_t *names = apr_array_make(call->pool, 16, sizeof(const char *));
    const apr_array_header_t *words = vocabulary(call), *pairs = call->form.pairs;
    int i;

    for (i = 0; i < pairs->nelts; i++) {
        const settings_pair_t *pair = &APR_ARRAY_IDX(pairs, i, settings_pair_t);

        if (strcmp(pair->name, "permission") || has(names, pair->value)) {
            continue;
        }
        if (!has(words, pair->value) && !(stored && has(stored->permissions, pair->value))) {
            settings_problem(call, NULL, "unknown_permission", pair->value);
            continue;
        }
        APR_ARRAY_PUSH(names, const char *) = pair->value;
    }
    qsort(names->elts, (size_t)names->nelts, sizeof(const char *), compare);
    return names;
}

static void read_set(braze_item_t *wanted, settings_call_t *call, const braze_item_t *stored)
{
    const char *key;

    memset(wanted, 0, sizeof(*wanted));
    wanted->kind = BRAZE_ITEM_PERMISSION_SET;
    wanted->id = stored ? stored->id : NULL;
    wanted->name = settings_form_text(&call->form, "name", call->pool);
    wanted->permissions = ticked(call, stored);
    if (strlen(wanted->name) > NAME_MAX_BYTES) {
        settings_problem(call, "name", "too_long", NULL);
    } else if (braze_key_fold(&key, wanted->name, strlen(wanted->name), call->pool)) {
        settings_problem(call, "name", "name_needed", NULL);
    }
}

/* The catalogue of now, after somebody else was quicker. */
static const braze_item_t *read_again(settings_call_t *call, const char *id)
{
    braze_catalog_t *catalog;

    if (braze_store_catalog_load(&catalog, call->db, call->in->company->id, call->pool)) {
        return NULL;
    }
    return braze_catalog_by_id(catalog, BRAZE_ITEM_PERMISSION_SET, id);
}

static void conflict(settings_call_t *call, const braze_item_t *now, const braze_item_t *wanted)
{
    if (!now) {
        settings_say(call, 404, "not_there", "permission-sets");
        return;
    }
    settings_problem(call, NULL, "changed_meanwhile", NULL);
    show(call, 409, now, wanted, now);
}

static void change(settings_call_t *call, const braze_item_t *stored, braze_item_t *wanted)
{
    braze_item_change_t what = {wanted, stored, 0, NULL};
    braze_err_t *err;
    int done;

    what.event = settings_event(call, stored ? "Updated Permission Set" : "Added Permission Set",
                                wanted->name);
    err = braze_store_item_change(&done, call->db, call->in->company->id, &what, call->pool);
    if (err && err->status == 409) {
        settings_problem(call, "name", "name_taken", NULL);
        show(call, 409, stored, wanted, NULL);
    } else if (err) {
        settings_fail(call, err, "permission-sets");
    } else if (!done) {
        conflict(call, read_again(call, stored->id), wanted);
    } else {
        settings_go(call, "permission-sets", stored ? "set-changed" : "set-added", "");
    }
}

static void take_away(settings_call_t *call, const braze_item_t *stored)
{
    braze_item_t item = *stored;
    braze_item_change_t what = {&item, stored, 1, NULL};
    braze_err_t *err;
    int done;

    what.event = settings_event(call, "Removed Permission Set", stored->name);
    err = braze_store_item_change(&done, call->db, call->in->company->id, &what, call->pool);
    if (err && err->status == 409) {
        settings_problem(call, NULL, "in_use", NULL);
        show(call, 409, stored, stored, NULL);
    } else if (err) {
        settings_fail(call, err, "permission-sets");
    } else if (!done) {
        conflict(call, read_again(call, stored->id), stored);
    } else {
        settings_go(call, "permission-sets", "set-deleted", "");
    }
}

void settings_set_post(settings_call_t *call)
{
    const char *action = settings_form_text(&call->form, "do", call->pool);
    const char *id = settings_form_get(&call->form, "id");
    const braze_item_t *stored = id ? find(call, id) : NULL;
    braze_item_t wanted;

    if (strcmp(action, "add") ? !stored : id != NULL) {
        settings_say(call, 404, "not_there", "permission-sets");
        return;
    }
    if (!strcmp(action, "delete")) {
        if (strcmp(settings_form_text(&call->form, "seen", call->pool),
                   seen_of(stored, call->pool))) {
            conflict(call, stored, stored);
        } else {
            take_away(call, stored);
        }
        return;
    }
    read_set(&wanted, call, stored);
    if (call->problems->nelts) {
        show(call, 400, stored, &wanted, NULL);
    } else if (stored && strcmp(settings_form_text(&call->form, "seen", call->pool),
                                seen_of(stored, call->pool))) {
        conflict(call, stored, &wanted);
    } else {
        change(call, stored, &wanted);
    }
}
