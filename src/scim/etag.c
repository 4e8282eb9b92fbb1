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

/* What mod_deflate and mod_brotli put behind the tag of what they have compressed. */
static const char *past_coding(const char *text)
{
    static const char *const codings[] = {"-gzip\"", "-br\""};
    apr_size_t i, len;

    for (i = 0; i < sizeof(codings) / sizeof(*codings); i++) {
        len = strlen(codings[i]);
        if (strncmp(text, codings[i], len) == 0) {
            return text + len - 1;
        }
    }
    return text;
}

/* Is the tag at the head of text the sought one? len: how much of it counts, without the quote that
 * ends it. */
static int is_tag(const char *text, const char *sought, apr_size_t len, int row_only)
{
    if (strncmp(text, sought, len) != 0) {
        return 0;
    }
    text += len;
    if (row_only && *text == '.') {
        text += strcspn(text, "-\", \t");
    }
    text = past_coding(text);
    return *text == '"' && strchr(" \t,", text[1]) != NULL;
}

static int matches(const char *header, const char *etag, int row_only)
{
    const char *sought = opaque(etag);
    apr_size_t len = 1 + strcspn(sought + 1, row_only ? ".\"" : "\"");

    while (header && *header) {
        header += strspn(header, " \t,");
        if (*header == '*' && strchr(" \t,", header[1])) { /* the end of the text too */
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
