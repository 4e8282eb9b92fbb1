/* SPDX-License-Identifier: Apache-2.0 */
/* What was sent for a new token. */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "braze_ip.h"
#include "tokens_int.h"

#define ORIGIN_MAX 255
#define DAYS_MAX 3650
#define BAD_SHOWN 64   /* bytes of a bad entry */
#define BAD_ENTRIES 50 /* that are named */

static void read_origin(tokens_wanted_t *wanted, settings_call_t *call)
{
    const char *c;

    wanted->origin = settings_form_text(&call->form, "origin", call->pool);
    for (c = wanted->origin; *c >= 0x20 && *c < 0x7f; c++) {
    }
    if (!*wanted->origin) {
        settings_problem(call, "origin", "origin_needed", NULL);
    } else if (*c) {
        settings_problem(call, "origin", "origin_form", NULL);
    } else if (strlen(wanted->origin) > ORIGIN_MAX) {
        settings_problem(call, "origin", "too_long", NULL);
    }
}

static void read_workspace(tokens_wanted_t *wanted, settings_call_t *call)
{
    wanted->workspace_id = settings_form_text(&call->form, "workspace", call->pool);
    if (!*wanted->workspace_id) {
        settings_problem(call, "workspace", "workspace_needed", NULL);
    } else if (!braze_catalog_by_id(call->in->catalog, BRAZE_ITEM_WORKSPACE,
                                    wanted->workspace_id)) {
        settings_problem(call, "workspace", "unknown_choice", NULL);
        wanted->workspace_id = "";
    }
}

static void read_profile(tokens_wanted_t *wanted, settings_call_t *call)
{
    const char *profile = settings_form_text(&call->form, "profile", call->pool);

    wanted->profile = BRAZE_PROFILE_STRICT;
    if (!strcmp(profile, "entra")) {
        wanted->profile = BRAZE_PROFILE_ENTRA;
    } else if (!strcmp(profile, "okta")) {
        wanted->profile = BRAZE_PROFILE_OKTA;
    } else if (*profile && strcmp(profile, "strict")) {
        settings_problem(call, "profile", "unknown_choice", NULL);
    }
}

static void read_days(tokens_wanted_t *wanted, settings_call_t *call)
{
    apr_size_t len;

    wanted->days_text = settings_form_text(&call->form, "days", call->pool);
    wanted->days = 0;
    len = strspn(wanted->days_text, "0123456789");
    if (!*wanted->days_text) {
        return;
    }
    if (!wanted->days_text[len] && len <= 4) {
        wanted->days = (int)apr_strtoi64(wanted->days_text, NULL, 10);
    }
    if (wanted->days < 1 || wanted->days > DAYS_MAX) {
        settings_problem(call, "days", "days", NULL);
        wanted->days = 0;
    }
}

/* ---- the allowlist ---- */

/* Which kind of mistake an entry is. The parser of the list says whether it is one; this only sorts
 * what it has refused. */
static const char *kind_of(const char *entry, apr_pool_t *pool)
{
    const char *slash = strchr(entry, '/'), *hyphen = strchr(entry, '-');
    braze_ip_list_t *list;

    if (!*entry) {
        return "address_empty";
    }
    if (slash) {
        const char *address = apr_pstrmemdup(pool, entry, (apr_size_t)(slash - entry));
        apr_size_t len = strspn(slash + 1, "0123456789");

        if (braze_ip_list_parse(&list, address, pool) || braze_ip_list_is_empty(list)) {
            return "address_bad";
        }
        /* Its bits must fit some block: with all of them set none is beyond the prefix. */
        return len && len <= 3 && !slash[1 + len] &&
                       apr_strtoi64(slash + 1, NULL, 10) <= (strchr(address, ':') ? 128 : 32)
                   ? "address_bits"
                   : "address_prefix";
    }
    return hyphen ? "address_range" : "address_bad";
}

/* One entry; 1 when it is good. */
static int read_entry(settings_call_t *call, const char *entry)
{
    braze_ip_list_t *list;

    if (*entry && !braze_ip_list_parse(&list, entry, call->pool)) {
        return 1;
    }
    if (call->problems->nelts < BAD_ENTRIES) {
        settings_problem(call, "allowlist", kind_of(entry, call->pool),
                         apr_pstrndup(call->pool, entry, BAD_SHOWN));
    }
    return 0;
}

/* Lines count as commas; a line that ends in a comma is one entry. */
static const char *with_commas(const char *text, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, text), *to = copy;
    const char *from;
    int fresh = 1; /* behind a separator that a line's end may repeat */

    for (from = copy; *from; from++) {
        if (*from == '\r' || *from == '\n') {
            if (!fresh) {
                *to++ = ',';
            }
            fresh = 1;
        } else if (*from != ' ' && *from != '\t') {
            *to++ = *from;
            fresh = *from == ',';
        }
    }
    *to = '\0';
    return copy;
}

static void read_allowlist(tokens_wanted_t *wanted, settings_call_t *call)
{
    const char *text, *comma;
    apr_array_header_t *good = apr_array_make(call->pool, 8, sizeof(const char *));
    int count = 0;

    wanted->allowlist_text = settings_form_text(&call->form, "allowlist", call->pool);
    wanted->allowlist = NULL;
    text = with_commas(wanted->allowlist_text, call->pool);
    while (*text || count) {
        const char *entry;

        comma = strchr(text, ',');
        entry = apr_pstrmemdup(call->pool, text, comma ? (apr_size_t)(comma - text) : strlen(text));
        if (++count > BRAZE_IP_MAX_ENTRIES) {
            settings_problem(call, "allowlist", "address_many", NULL);
            return;
        }
        if (read_entry(call, entry)) {
            APR_ARRAY_PUSH(good, const char *) = entry;
        }
        if (!comma) {
            break;
        }
        text = comma + 1;
    }
    if (good->nelts) {
        wanted->allowlist = apr_array_pstrcat(call->pool, good, ',');
    }
}

void tokens_read(tokens_wanted_t *wanted, settings_call_t *call)
{
    read_workspace(wanted, call);
    read_origin(wanted, call);
    read_allowlist(wanted, call);
    read_profile(wanted, call);
    read_days(wanted, call);
}
