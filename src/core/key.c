/* SPDX-License-Identifier: Apache-2.0 */
/* Names: validity, white space, caseless keys. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <utf8proc.h>

#include "braze_key.h"
#include "core_int.h"

int braze_char_is_space(int codepoint)
{
    utf8proc_category_t category = utf8proc_category(codepoint);

    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

int braze_key_is_utf8(const char *text, apr_size_t len)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + len;
    utf8proc_int32_t codepoint;

    while (p < end) {
        utf8proc_ssize_t used = 1;

        if (*p >= 0x80) {
            used = utf8proc_iterate(p, end - p, &codepoint);
        }
        if (used < 1 || *p == 0) {
            return 0;
        }
        p += used;
    }
    return 1;
}

/* What a name looks like: the part of it without white space around, and whether folding needs
 * tables. */
typedef struct {
    const char *text;
    apr_size_t len;
    int ascii;
} name_t;

/* NULL, or what is wrong with the name. */
static const char *scan(name_t *name, const char *text, apr_size_t len)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + len;
    const unsigned char *first = NULL, *behind = NULL;
    utf8proc_int32_t codepoint;

    name->ascii = 1;
    while (p < end) {
        utf8proc_ssize_t used = 1;

        if (*p < 0x80) {
            codepoint = *p;
        } else {
            used = utf8proc_iterate(p, end - p, &codepoint);
            name->ascii = 0;
        }
        if (used < 1) {
            return "is not UTF-8";
        }
        if (codepoint < 0x20 || (codepoint >= 0x7f && codepoint <= 0x9f)) {
            return "has a control character";
        }
        p += used;
        if (codepoint < 0x80 ? codepoint != ' ' : !braze_char_is_space(codepoint)) {
            first = first ? first : p - used;
            behind = p;
        }
    }
    if (!first) {
        return "is empty";
    }
    name->text = (const char *)first;
    name->len = (apr_size_t)(behind - first);
    return NULL;
}

static const char *fold_ascii(const name_t *name, apr_pool_t *pool)
{
    char *key = apr_palloc(pool, name->len + 1);
    apr_size_t i;

    for (i = 0; i < name->len; i++) {
        char c = name->text[i];

        key[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    key[i] = '\0';
    return key;
}

/*
 * Canonical caseless matching (Unicode, D145): the text is decomposed before it is folded, since a
 * mark may stand between a letter and what it folds to. NULL when the library fails.
 */
static const char *fold_unicode(const name_t *name, apr_pool_t *pool)
{
    utf8proc_uint8_t *nfd = NULL, *nfc = NULL;
    utf8proc_ssize_t len;
    const char *key = NULL;

    len = utf8proc_map((const utf8proc_uint8_t *)name->text, (utf8proc_ssize_t)name->len, &nfd,
                       UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
    if (len >= 0) {
        len = utf8proc_map(nfd, len, &nfc, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
    }
    if (len >= 0) {
        key = apr_pstrmemdup(pool, (const char *)nfc, (apr_size_t)len);
    }
    free(nfd);
    free(nfc);
    return key;
}

braze_err_t *braze_key_fold(const char **key, const char *text, apr_size_t len, apr_pool_t *pool)
{
    name_t name;
    const char *why = len > BRAZE_NAME_MAX ? "is too long" : scan(&name, text, len);

    *key = NULL;
    if (!why) {
        *key = name.ascii ? fold_ascii(&name, pool) : fold_unicode(&name, pool);
        why = *key ? NULL : "cannot be folded";
    }
    return why ? braze_err_newf(pool, 400, "invalidValue", "BRAZE-0020", "The name %s.", why)
               : NULL;
}

const char *braze_key_fold_text(const char *text, apr_size_t len, apr_pool_t *pool)
{
    name_t whole = {text, len, 1};
    const char *folded;
    apr_size_t i;

    for (i = 0; i < len && whole.ascii; i++) {
        whole.ascii = !((unsigned char)text[i] & 0x80);
    }
    folded = whole.ascii ? fold_ascii(&whole, pool) : fold_unicode(&whole, pool);
    return folded ? folded : apr_pstrmemdup(pool, text, len);
}

const char *braze_key_search_text(const char *text, apr_size_t len, apr_pool_t *pool)
{
    utf8proc_uint8_t *bare = NULL;
    utf8proc_ssize_t bare_len =
        utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &bare,
                     UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
    const char *kept = bare_len < 0
                           ? braze_key_fold_text(text, len, pool)
                           : apr_pstrmemdup(pool, (const char *)bare, (apr_size_t)bare_len);

    free(bare);
    return kept;
}
