/* SPDX-License-Identifier: Apache-2.0 */
/* Untrusted text on its way to a log line. */
#include <string.h>

#include <utf8proc.h>

#include "core_int.h"

static const char hex_digits[] = "0123456789abcdef";

/* Bytes of the printable character at text; 0 when it has to be escaped. */
static apr_size_t printable(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    utf8proc_int32_t codepoint;
    utf8proc_ssize_t len;

    if (*byte < 0x80) {
        return *byte >= 0x20 && *byte != 0x7f;
    }
    /* NUL is no continuation byte: the decoder stops at the end of the text by itself. */
    len = utf8proc_iterate(byte, -1, &codepoint);
    return len > 0 && codepoint > 0x9f ? (apr_size_t)len : 0;
}

const char *braze_line_escape(const char *text, apr_pool_t *pool)
{
    apr_size_t size = strlen(text) * 4;
    char *line, *out;
    const char *end;

    if (size > BRAZE_LINE_MAX) {
        size = BRAZE_LINE_MAX;
    }
    line = out = apr_palloc(pool, size + sizeof("..."));
    end = line + size;
    while (*text) {
        apr_size_t len = printable(text), need = len ? len : 4;

        if ((apr_size_t)(end - out) < need) {
            memcpy(out, "...", 3);
            out += 3;
            break;
        }
        if (len) {
            memcpy(out, text, len);
            text += len;
        } else {
            out[0] = '\\';
            out[1] = 'x';
            out[2] = hex_digits[(unsigned char)*text >> 4];
            out[3] = hex_digits[*text++ & 15];
        }
        out += need;
    }
    *out = '\0';
    return line;
}
