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

int braze_etag_matches(const char *header, const char *etag)
{
    const char *sought = opaque(etag);
    apr_size_t len = strlen(sought);

    while (header && *header) {
        header += strspn(header, " \t,");
        if (*header == '*') {
            return 1;
        }
        header = opaque(header);
        if (strncmp(header, sought, len) == 0 && strchr(" \t,", header[len])) {
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

braze_err_t *braze_etag_check(const braze_scim_request_t *request, const char *etag,
                              apr_pool_t *pool)
{
    if (request->if_match && !braze_etag_matches(request->if_match, etag)) {
        return braze_err_newf(pool, 412, NULL, "BRAZE-S0201",
                              "The resource has changed: its version is %s.", etag);
    }
    if (request->if_none_match && braze_etag_matches(request->if_none_match, etag)) {
        return braze_err_newf(pool, 412, NULL, "BRAZE-S0202",
                              "The resource exists in the version %s that If-None-Match excludes.",
                              etag);
    }
    return NULL;
}
