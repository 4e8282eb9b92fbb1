/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a table of groups gives at a login. What it has given is written down, so that it can be
 * taken away again while what others have given stays. Groups are those that the table itself has
 * made: one of SCIM's is never touched.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_id.h"
#include "store_int.h"

/* What was given before. */
typedef struct {
    const char *want_hash; /* NULL: nothing yet */
    apr_int64_t user_version;
    const apr_array_header_t *atoms, *group_ids;
} record_t;

/* A group of the company that is wanted or was given. */
typedef struct {
    const char *id, *key;
    int is_ours;
} there_t;

/* One user's groups on their way. */
typedef struct {
    const store_sign_in_t *run;
    const apr_array_header_t *before; /* ids */
    apr_array_header_t *there;        /* of there_t */
    apr_array_header_t *wanted;       /* ids of those that are wanted */
    apr_array_header_t *given;        /* ids */
    const char *user_list;            /* the user's id as a list */
    int changed;
} groups_t;

static int holds(const apr_array_header_t *texts, const char *text)
{
    int i;

    for (i = 0; texts && i < texts->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(texts, i, const char *), text) == 0) {
            return 1;
        }
    }
    return 0;
}

static braze_err_t *read_record(record_t *record, const store_sign_in_t *run, braze_db_t *db,
                                apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err =
        store_select(&rows, db, ST_MAPPED_GET, ARGS(run->in->company_id, run->user->id), pool);

    memset(record, 0, sizeof(*record));
    if (err || !store_next(&rows)) {
        return err;
    }
    record->want_hash = store_text(&rows, 0);
    record->user_version = store_int(&rows, 1);
    err = store_names_read(&record->atoms, store_text(&rows, 2), pool);
    return err ? err : store_names_read(&record->group_ids, store_text(&rows, 3), pool);
}

/* Is all that was given still there, and still what is wanted? */
static braze_err_t *is_settled(int *settled, const record_t *record, const store_sign_in_t *run,
                               braze_db_t *db, apr_pool_t *pool)
{
    store_rows_t rows;
    braze_err_t *err;

    *settled = record->want_hash && strcmp(record->want_hash, run->in->wanted->want_hash) == 0 &&
               record->user_version == run->user->version;
    if (!*settled || record->group_ids->nelts == 0) {
        return NULL;
    }
    err = store_select(
        &rows, db, ST_MAPPED_MEMBERS,
        ARGS(run->in->company_id, run->user->id, store_names_text(record->group_ids, pool)), pool);
    *settled = !err && store_next(&rows) && store_int(&rows, 0) == record->group_ids->nelts;
    return err;
}

/* ---- groups ---- */

static braze_err_t *look(groups_t *groups, braze_db_t *db, apr_pool_t *pool)
{
    const apr_array_header_t *wanted = groups->run->in->wanted->groups;
    apr_array_header_t *keys = apr_array_make(pool, 4, sizeof(const char *));
    store_rows_t rows;
    braze_err_t *err;
    int i;

    for (i = 0; i < wanted->nelts; i++) {
        APR_ARRAY_PUSH(keys, const char *) = APR_ARRAY_IDX(wanted, i, braze_wanted_group_t).key;
    }
    err = store_select(&rows, db, ST_MAPPED_GROUPS,
                       ARGS(groups->run->in->company_id, store_names_text(keys, pool),
                            store_names_text(groups->before, pool)),
                       pool);
    while (!err && store_next(&rows)) {
        const char *source = store_text(&rows, 2);
        there_t *there = apr_array_push(groups->there);

        there->id = store_text(&rows, 0);
        there->key = store_text(&rows, 1);
        there->is_ours = source && strcmp(source, "jit") == 0;
    }
    return err;
}

static braze_err_t *make_group(const char **id, const groups_t *groups,
                               const braze_wanted_group_t *wanted, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = groups->run->in;
    braze_json_t *resource = braze_json_object(pool);
    int added = 0;
    braze_err_t *err;

    *id = braze_id_new(in->now, pool);
    braze_json_set_string(resource, "displayName", wanted->name);
    err = store_write(&added, db, ST_MAPPED_GROUP_ADD,
                      ARGS(*id, in->company_id, wanted->name, wanted->key,
                           braze_json_text(resource, pool), MS(in->now), MS(in->now), INT(1)),
                      pool);
    if (!err && !added) {
        db->fault = FAULT_TRANSIENT; /* another login has made it: looking again will find it */
        err = store_unreachable("two logins made one group at once", pool);
    }
    return err;
}

/* The wanted group's id; NULL where it is not ours to fill. */
static braze_err_t *find_group(const char **id, const groups_t *groups,
                               const braze_wanted_group_t *wanted, braze_db_t *db, apr_pool_t *pool)
{
    int i;

    *id = NULL;
    for (i = 0; i < groups->there->nelts; i++) {
        const there_t *there = &APR_ARRAY_IDX(groups->there, i, there_t);

        if (strcmp(there->key, wanted->key) != 0) {
            continue;
        }
        if (!there->is_ours) {
            *id = NULL;
            braze_log_write(&db->env->log, BRAZE_LOG_WARNING, "BRAZE-J0322", pool,
                            "BrazeJitMap (%s) names the group \"%s\", which SCIM keeps: nobody is "
                            "put into it, nor taken out",
                            wanted->where, wanted->name);
            return NULL;
        }
        *id = there->id;
    }
    return *id ? NULL : make_group(id, groups, wanted, db, pool);
}

static braze_err_t *change_member(int *changed, const groups_t *groups, store_statement_t statement,
                                  const char *id, braze_db_t *db, apr_pool_t *pool)
{
    const braze_sign_in_t *in = groups->run->in;
    braze_err_t *err =
        store_write(changed, db, statement, ARGS(id, in->company_id, groups->user_list), pool);

    if (err || !*changed) {
        return err;
    }
    return store_write(NULL, db, ST_MAPPED_BUMP, ARGS(MS(in->now), in->company_id, id), pool);
}

static braze_err_t *join_group(groups_t *groups, const braze_wanted_group_t *wanted, braze_db_t *db,
                               apr_pool_t *pool)
{
    const char *id;
    int joined = 0;
    braze_err_t *err = find_group(&id, groups, wanted, db, pool);

    if (err || !id) {
        return err;
    }
    APR_ARRAY_PUSH(groups->wanted, const char *) = id;
    err = change_member(&joined, groups, ST_MEMBERS_ADD, id, db, pool);
    if (joined || holds(groups->before, id)) {
        APR_ARRAY_PUSH(groups->given, const char *) = id;
    }
    groups->changed |= joined;
    return err;
}

/* What was given and is no longer wanted; a group that SCIM has taken over is SCIM's. */
static braze_err_t *leave_group(groups_t *groups, const there_t *there, braze_db_t *db,
                                apr_pool_t *pool)
{
    int left = 0;
    braze_err_t *err;

    if (!there->is_ours || !holds(groups->before, there->id) || holds(groups->wanted, there->id)) {
        return NULL;
    }
    err = change_member(&left, groups, ST_MEMBERS_REMOVE_USERS, there->id, db, pool);
    groups->changed |= left;
    return err;
}

static braze_err_t *change_groups(groups_t *groups, braze_db_t *db, apr_pool_t *pool)
{
    const apr_array_header_t *wanted = groups->run->in->wanted->groups;
    int i, count;
    braze_err_t *err = NULL;

    if (wanted->nelts == 0 && (!groups->before || groups->before->nelts == 0)) {
        return NULL;
    }
    err = look(groups, db, pool);
    count = groups->there->nelts;
    for (i = 0; !err && i < wanted->nelts; i++) {
        err = join_group(groups, &APR_ARRAY_IDX(wanted, i, braze_wanted_group_t), db, pool);
    }
    for (i = 0; !err && i < count; i++) {
        err = leave_group(groups, &APR_ARRAY_IDX(groups->there, i, there_t), db, pool);
    }
    return err;
}

/* ---- permissions ---- */

/* *given: what the record will say. */
static braze_err_t *change_permissions(int *changed, const apr_array_header_t **given,
                                       const store_sign_in_t *run, braze_db_t *db, apr_pool_t *pool)
{
    braze_user_t *user = run->user;
    const char *before = user->permissions;
    int written = 0;
    braze_err_t *err =
        braze_grants_regrant(&user->permissions, given, run->in->wanted->atoms, pool);

    *changed = !err && strcmp(before, user->permissions) != 0;
    if (err || !*changed) {
        return err;
    }
    err = braze_user_derive(user, pool);
    if (err) {
        return err;
    }
    user->version++;
    user->modified_at = run->in->now;
    return store_user_write(&written, db, user, pool);
}

static braze_err_t *write_record(const store_sign_in_t *run, const apr_array_header_t *atoms,
                                 const apr_array_header_t *group_ids, braze_db_t *db,
                                 apr_pool_t *pool)
{
    return store_write(NULL, db, ST_MAPPED_PUT,
                       ARGS(run->user->id, run->in->company_id, run->in->wanted->want_hash,
                            INT(run->user->version), store_names_text(atoms, pool),
                            store_names_text(group_ids, pool)),
                       pool);
}

static braze_err_t *give(store_sign_in_t *run, braze_db_t *db, const record_t *record, int created,
                         apr_pool_t *pool)
{
    const apr_array_header_t *given = created ? run->in->wanted->given : record->atoms;
    groups_t groups = {.run = run, .before = record->group_ids};
    apr_array_header_t *self = apr_array_make(pool, 1, sizeof(const char *));
    int changed = 0;
    braze_err_t *err = created ? NULL : change_permissions(&changed, &given, run, db, pool);

    APR_ARRAY_PUSH(self, const char *) = run->user->id;
    groups.user_list = store_names_text(self, pool);
    groups.there = apr_array_make(pool, 4, sizeof(there_t));
    groups.wanted = apr_array_make(pool, 4, sizeof(const char *));
    groups.given = apr_array_make(pool, 4, sizeof(const char *));
    if (!err) {
        err = change_groups(&groups, db, pool);
    }
    if (!err) {
        err = write_record(run, given, groups.given, db, pool);
    }
    if (err || created || (!changed && !groups.changed)) {
        return err;
    }
    return store_sign_in_note(db, run, "Updated Account Permission",
                              "by the groups that the identity provider names", pool);
}

braze_err_t *store_mapped_apply(store_sign_in_t *run, braze_db_t *db, int created, apr_pool_t *pool)
{
    const braze_wanted_t *wanted = run->in->wanted;
    record_t record = {0};
    int settled = 0;
    braze_err_t *err = NULL;

    if (!wanted ||
        (!created && (!run->in->map_on_login || strcmp(run->user->source, "scim") == 0))) {
        return NULL;
    }
    if (!created) {
        err = read_record(&record, run, db, pool);
    }
    if (!err) {
        err = is_settled(&settled, &record, run, db, pool);
    }
    if (err || settled) {
        return err;
    }
    if (!created && !wanted->fresh) {
        run->outcome = BRAZE_MAP_OUTDATED;
        return NULL;
    }
    return give(run, db, &record, created, pool);
}
