/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as trees, for filters and sorted values. */
#include <string.h>

#include <apr_strings.h>

#include "search_int.h"

/* A group's members do not pass through text: more of them may be than a text is parsed of. */
static braze_json_t *members_tree(const apr_array_header_t *members, scim_call_t *call)
{
    const char *base = call->request->base_url ? call->request->base_url : "";
    braze_json_t *list = braze_json_array(call->pool);
    int i;

    for (i = 0; i < members->nelts; i++) {
        const braze_member_t *member = APR_ARRAY_IDX(members, i, const braze_member_t *);
        braze_json_t *element = braze_json_object(call->pool);
        const char *endpoint = member->is_group ? "/Groups/" : "/Users/";

        braze_json_set_string(element, "value", member->id);
        braze_json_set_string(element, "$ref",
                              apr_pstrcat(call->pool, base, endpoint, member->id, NULL));
        braze_json_set_string(element, "type", member->is_group ? "Group" : "User");
        braze_json_set_string(element, "display", member->display);
        braze_json_append(list, element);
    }
    return list;
}

/* The attributes that are kept as they were given: a part of what is shown, and quicker. */
static const char *stored(const void *row, int is_group)
{
    const braze_group_t *group = row;
    const braze_user_t *user = row;

    return is_group ? group->resource : user->resource;
}

braze_json_t *braze_search_shown(void *row, const apr_array_header_t *apart, const target_t *target,
                                 scim_call_t *call)
{
    const apr_array_header_t *inline_apart = target->source->is_group ? NULL : apart;
    braze_buf_t *buf;
    braze_json_t *json;

    if (target->plain) {
        const char *text = stored(row, target->source->is_group);

        return braze_json_parse(&json, text, strlen(text), call->pool) ? NULL : json;
    }
    buf = braze_buf_new(2048, call->pool);
    target->source->put(buf, row, inline_apart, call, NULL);
    if (braze_json_parse(&json, buf->data, buf->len, call->pool)) {
        return NULL;
    }
    if (apart && !inline_apart && apart->nelts) {
        braze_json_set(json, "members", members_tree(apart, call));
    }
    return json;
}
