/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of users for people to look at: by keyset, each from one index. */
#include <string.h>

#include <apr_strings.h>

#include "braze_store_settings.h"
#include "store_int.h"

/* Behind every key that begins with what stands before it: keys compare by bytes, and this is the
 * last character there is (U+10FFFF). */
#define LAST_CHARACTER "\xf4\x8f\xbf\xbf"

static const char *const columns[] = {[BRAZE_PEOPLE_ID] = "u.id",
                                      [BRAZE_PEOPLE_NAME] = "u.user_name_key",
                                      [BRAZE_PEOPLE_EMAIL] = "u.email_key",
                                      [BRAZE_PEOPLE_DISPLAY] = "u.display_name_key",
                                      [BRAZE_PEOPLE_GIVEN] = "u.given_name_key",
                                      [BRAZE_PEOPLE_FAMILY] = "u.family_name_key"};

static const char *const states[] = {
    [BRAZE_PEOPLE_ALL] = "",
    [BRAZE_PEOPLE_ACTIVE] = " AND u.active = 1 AND u.confirmed = 1",
    [BRAZE_PEOPLE_UNCONFIRMED] = " AND u.active = 1 AND u.confirmed = 0",
    [BRAZE_PEOPLE_SUSPENDED] = " AND u.active = 0"};

/* Literals, so that a partial index fits; what is none of the three is nobody's. */
static const char *source_text(const char *source)
{
    return !source                       ? ""
           : !strcmp(source, "jit")      ? " AND u.source = 'jit'"
           : !strcmp(source, "scim")     ? " AND u.source = 'scim'"
           : !strcmp(source, "operator") ? " AND u.source = 'operator'"
                                         : " AND 1 = 0";
}

/* A page out of one index: what is selected, and in which order, without its end. */
static const char *range_of(const braze_people_query_t *query, const char *column, apr_pool_t *pool)
{
    int by_id = query->order == BRAZE_PEOPLE_ID, descending = by_id != (query->backwards != 0);
    const char *from = "", *where = "";

    if (by_id) {
        from = !query->from_id ? "" : descending ? " AND u.id < $2" : " AND u.id > $2";
    } else {
        where = apr_pstrcat(pool, " AND ", column, " >= $2 AND ", column, " < $3", NULL);
        if (query->from_id) {
            from = apr_pstrcat(pool, " AND (", column, ", u.id) ", descending ? "<" : ">",
                               " ($4, $5)", NULL);
        }
    }
    return apr_pstrcat(pool, "SELECT ", STORE_USER_FIELDS, ", ", column,
                       " FROM braze_user u WHERE u.company_id = $1", where, from,
                       source_text(query->source), states[query->state], NULL);
}

/* Newest first by id, ascending by name; the other way round for the page before. */
static const char *text_of(const braze_people_query_t *query, apr_pool_t *pool)
{
    const char *column = columns[query->order];
    int by_id = query->order == BRAZE_PEOPLE_ID, descending = by_id != (query->backwards != 0);
    const char *direction = descending ? " DESC" : "";

    return apr_pstrcat(pool, range_of(query, column, pool), " ORDER BY ", column, direction,
                       by_id ? "" : ", u.id", by_id ? "" : direction, " LIMIT ",
                       !query->from_id ? (by_id ? "$2#" : "$4#") : (by_id ? "$3#" : "$6#"), NULL);
}

/*
 * Only addresses that are not the userName have an index of their own: two ranges, and the first of
 * both. Column 1 is the id, and the key is behind those of the user.
 */
static const char *email_text_of(const braze_people_query_t *query, apr_pool_t *pool)
{
    const char *direction = query->backwards ? " DESC" : "";
    const char *limit = query->from_id ? " LIMIT $6#" : " LIMIT $4#";
    const char *key = apr_itoa(pool, STORE_USER_COLUMNS + 1);

    return apr_pstrcat(
        pool, "SELECT * FROM (", range_of(query, "u.user_name_key", pool),
        " AND u.email_key = u.user_name_key ORDER BY u.user_name_key", direction, ", u.id",
        direction, limit, ") a UNION ALL SELECT * FROM (", range_of(query, "u.email_key", pool),
        " AND u.email_key <> u.user_name_key ORDER BY u.email_key", direction, ", u.id", direction,
        limit, ") b ORDER BY ", key, direction, ", 1", direction, limit, NULL);
}

static void turn(apr_array_header_t *people)
{
    int low, high;

    for (low = 0, high = people->nelts - 1; low < high; low++, high--) {
        braze_person_t kept = APR_ARRAY_IDX(people, low, braze_person_t);

        APR_ARRAY_IDX(people, low, braze_person_t) = APR_ARRAY_IDX(people, high, braze_person_t);
        APR_ARRAY_IDX(people, high, braze_person_t) = kept;
    }
}

braze_err_t *braze_store_people(apr_array_header_t **people, braze_db_t *db,
                                const braze_people_query_t *query, apr_pool_t *pool)
{
    const char *company_id = apr_pstrdup(pool, query->company_id);
    const void *args[6];
    store_rows_t rows;
    int count = 0;
    braze_err_t *err;

    args[count++] = company_id;
    if (query->order != BRAZE_PEOPLE_ID) {
        args[count++] = query->prefix;
        args[count++] = apr_pstrcat(pool, query->prefix, LAST_CHARACTER, NULL);
        if (query->from_id) {
            args[count++] = query->from_key;
        }
    }
    if (query->from_id) {
        args[count++] = query->from_id;
    }
    args[count++] = INT(query->count);
    err = store_select_text(&rows, db,
                            query->order == BRAZE_PEOPLE_EMAIL ? email_text_of(query, pool)
                                                               : text_of(query, pool),
                            args, count, pool);
    *people = apr_array_make(pool, 16, sizeof(braze_person_t));
    while (!err && store_next(&rows)) {
        braze_person_t *person = apr_array_push(*people);
        const char *key = store_text(&rows, STORE_USER_COLUMNS);

        person->user = store_user_read(&rows, 0, company_id, pool);
        person->key = query->order == BRAZE_PEOPLE_ID || !key ? "" : key;
    }
    if (query->backwards) {
        turn(*people);
    }
    return err;
}

braze_err_t *braze_store_people_total(apr_int64_t *total, braze_db_t *db, const char *company_id,
                                      apr_pool_t *pool)
{
    return store_users_total(total, db, company_id, pool);
}
