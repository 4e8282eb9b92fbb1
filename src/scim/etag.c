/* SPDX-License-Identifier: Apache-2.0 */
/* Entity tags. Ours are weak: two answers with one tag may differ in the names of what was renamed.
 */
#include <string.h>

#include "scim_int.h"

/* The opaque part, with its quotes; weakness is not compared (RFC 9110 section 8.8.3.2). */
static const char *opaque(const char *tag)
{
    return strncmp(tag, "W/", 2) == 0 ? tag + 2 : tag;
}

/* Is the tag at the head of text the sought one? len: how much of it counts. */
static int is_tag(const char *text, const char *sought, apr_size_t len, int row_only)
{
    if (strncmp(text, sought, len) != 0) {
        return 0;
    }
    if (!row_only) {
        return strchr(" \t,", text[len]) != NULL;
    }
    if (text[len] == '.') {
        len += strcspn(text + len, "\", \t");
    }
    return text[len] == '"' && strchr(" \t,", text[len + 1]) != NULL;
}

static int matches(const char *header, const char *etag, int row_only)
{
    const char *sought = opaque(etag);
    apr_size_t len = row_only ? 1 + strcspn(sought + 1, ".\"") : strlen(sought);

    while (header && *header) {
        header += strspn(header, " \t,");
        if (*header == '*') {
            return 1;
        }
        header = opaque(header);
        if (is_tag(header, sought, len, row_only)) {
            return 1;
        }
        if (*header == '"') { /* a tag may contain a comma */
            header += 1 + strcspn(header + 1, "\"");
            header += *header == '"';
        } else {
            header += strcspn(header, ",");
        }
    }
    return 0;
}

int braze_etag_matches(const char *header, const char *etag)
{
    return matches(header, etag, 0);
}

int braze_etag_matches_row(const char *header, const char *etag)
{
    return matches(header, etag, 1);
}

braze_err_t *braze_etag_check(const braze_scim_request_t *request, const char *etag,
                              apr_pool_t *pool)
{
    if (request->if_match && !braze_etag_matches_row(request->if_match, etag)) {
        return braze_err_newf(pool, 412, NULL, "BRAZE-S0201",
                              "The resource has changed: its version is %s.", etag);
    }
    if (request->if_none_match && braze_etag_matches_row(request->if_none_match, etag)) {
        return braze_err_newf(pool, 412, NULL, "BRAZE-S0202",
                              "The resource exists in the version %s that If-None-Match excludes.",
                              etag);
    }
    return NULL;
}
