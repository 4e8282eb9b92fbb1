/* SPDX-License-Identifier: Apache-2.0 */
/* application/x-www-form-urlencoded, under caps. */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "braze_key.h"
#include "settings_int.h"

static int hex_value(char c)
{
    return apr_isdigit(c)         ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Browsers end the lines of a form with CR LF, whatever was typed: here they end with LF, so that
 * what is sent back is what was typed. */
static apr_size_t plain_lines(char *text, apr_size_t len)
{
    apr_size_t i, to = 0;

    for (i = 0; i < len; i++) {
        if (text[i] != '\r' || text[i + 1] != '\n') {
            text[to++] = text[i];
        }
    }
    text[to] = '\0';
    return to;
}

/* NULL for a bad escape, a NUL, what is no UTF-8 and what is too long. */
static const char *decode(const char *from, apr_size_t len, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, len + 1), *to = text;
    const char *end = from + len;

    while (from < end) {
        int byte = (unsigned char)*from;

        if (*from == '%') {
            int high = end - from > 2 ? hex_value(from[1]) : -1;
            int low = high >= 0 ? hex_value(from[2]) : -1;

            if (low < 0) {
                return NULL;
            }
            byte = high * 16 + low;
            from += 2;
        } else if (*from == '+') {
            byte = ' ';
        }
        if (!byte) {
            return NULL;
        }
        *to++ = (char)byte;
        from++;
    }
    *to = '\0';
    len = plain_lines(text, (apr_size_t)(to - text));
    return len <= BRAZE_SETTINGS_MAX_VALUE && braze_key_is_utf8(text, len) ? text : NULL;
}

int settings_form_parse(settings_form_t *form, const char *text, apr_size_t len, apr_pool_t *pool)
{
    apr_array_header_t *pairs = apr_array_make(pool, 16, sizeof(settings_pair_t));
    const char *at = text, *end = text + len;

    form->pairs = pairs;
    while (at < end) {
        const char *amp = memchr(at, '&', (apr_size_t)(end - at));
        const char *stop = amp ? amp : end;
        const char *equals = memchr(at, '=', (apr_size_t)(stop - at));
        settings_pair_t pair;

        if (stop > at) {
            pair.name = decode(at, (apr_size_t)((equals ? equals : stop) - at), pool);
            pair.value = equals ? decode(equals + 1, (apr_size_t)(stop - equals - 1), pool) : "";
            if (!pair.name || !pair.value || pairs->nelts == BRAZE_SETTINGS_MAX_FIELDS) {
                return 0;
            }
            APR_ARRAY_PUSH(pairs, settings_pair_t) = pair;
        }
        at = stop + 1;
    }
    return 1;
}

const char *settings_form_get(const settings_form_t *form, const char *name)
{
    int i;

    for (i = 0; form->pairs && i < form->pairs->nelts; i++) {
        const settings_pair_t *pair = &APR_ARRAY_IDX(form->pairs, i, settings_pair_t);

        if (!strcmp(pair->name, name)) {
            return pair->value;
        }
    }
    return NULL;
}

const char *settings_form_text(const settings_form_t *form, const char *name, apr_pool_t *pool)
{
    const char *value = settings_form_get(form, name), *end;

    if (!value) {
        return "";
    }
    value += strspn(value, " \t\r\n");
    for (end = value + strlen(value); end > value && strchr(" \t\r\n", end[-1]); end--) {
    }
    return apr_pstrmemdup(pool, value, (apr_size_t)(end - value));
}

int settings_has_control(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            return 1;
        }
    }
    return 0;
}
