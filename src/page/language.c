/* SPDX-License-Identifier: Apache-2.0 */
/* Which of our languages a reader would like best (RFC 9110 section 12.5.4, lookup by primary
 * subtag). */
#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>

#include "page_int.h"

#define HEADER_MAX 1024 /* bytes that are looked at */
#define RANGES_MAX 32   /* language ranges that are looked at */
#define SUBTAG_MAX 8    /* RFC 4647 section 2.1 */

/* What the header says of one language, or of "*". */
typedef struct {
    int quality;  /* the best, in thousandths; -1 = nothing said */
    int position; /* of the range that said so */
} wish_t;

typedef struct {
    wish_t langs[BRAZE_LANG_COUNT], any;
} wishes_t;

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    return p;
}

/* qvalue = "0" ["." 0*3DIGIT] / "1" ["." 0*3"0"], in thousandths; -1 when it is none. */
static int parse_qvalue(const char *p, const char *end)
{
    int value, unit = 100;

    if (p == end || (*p != '0' && *p != '1')) {
        return -1;
    }
    value = (*p++ - '0') * 1000;
    if (p < end && *p++ != '.') {
        return -1;
    }
    for (; p < end; p++, unit /= 10) {
        if (!apr_isdigit(*p) || unit == 0) {
            return -1;
        }
        value += (*p - '0') * unit;
    }
    return value <= 1000 ? value : -1;
}

/* ";q=0.5" with the white space that may stand around; 1000 when there is nothing, -1 for anything
 * else. */
static int parse_weight(const char *p, const char *end)
{
    while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    p = skip_space(p, end);
    if (p == end) {
        return 1000;
    }
    if (*p != ';') {
        return -1;
    }
    p = skip_space(p + 1, end);
    if (end - p < 2 || (*p != 'q' && *p != 'Q') || p[1] != '=') {
        return -1;
    }
    return parse_qvalue(p + 2, end);
}

/* The end of a language range (letters and digits in subtags of 1..8, or "*"), or NULL. */
static const char *range_end(const char *p, const char *end)
{
    int len = 0;

    if (p < end && *p == '*') {
        return p + 1;
    }
    for (; p < end && (apr_isalnum(*p) || *p == '-'); p++) {
        if (*p == '-' ? len == 0 : len == SUBTAG_MAX) {
            return NULL; /* a subtag that is empty or too long */
        }
        len = *p == '-' ? 0 : len + 1;
    }
    return len > 0 ? p : NULL;
}

static void wish(wish_t *wish, int quality, int position)
{
    if (quality > wish->quality) {
        wish->quality = quality;
        wish->position = position;
    }
}

/* "es-MX" is a wish for Spanish; "es-MX;q=0" says nothing against it. */
static void note(wishes_t *wishes, const char *range, apr_size_t len, int quality, int position)
{
    int lang;

    if (*range == '*') {
        wish(&wishes->any, quality, position);
        return;
    }
    for (lang = 0; lang < BRAZE_LANG_COUNT; lang++) {
        const char *tag = braze_lang_tag((braze_lang_t)lang);
        apr_size_t tag_len = strlen(tag);

        if (len >= tag_len && apr_cstr_casecmpn(range, tag, tag_len) == 0 &&
            (len == tag_len || (range[tag_len] == '-' && quality > 0))) {
            wish(&wishes->langs[lang], quality, position);
        }
    }
}

/* A list member that cannot be read is passed over. */
static void read_header(wishes_t *wishes, const char *header, const char *end)
{
    int position;

    for (position = 0; header < end && position < RANGES_MAX; position++) {
        const char *comma = memchr(header, ',', (apr_size_t)(end - header));
        const char *stop = comma ? comma : end, *behind;
        int quality;

        header = skip_space(header, stop);
        behind = range_end(header, stop);
        quality = behind ? parse_weight(behind, stop) : -1;
        if (quality >= 0) {
            note(wishes, header, (apr_size_t)(behind - header), quality, position);
        }
        header = stop + 1;
    }
}

/* What is looked at of a header: of an over-long one, the whole members in its first bytes. */
static const char *header_end(const char *header)
{
    const char *end = memchr(header, '\0', HEADER_MAX + 1);

    if (!end) {
        for (end = header + HEADER_MAX; end > header && *end != ',';) {
            end--;
        }
    }
    return end;
}

const char *braze_page_language(const char *accept_language)
{
    wishes_t wishes = {{{-1, 0}, {-1, 0}, {-1, 0}, {-1, 0}}, {-1, 0}};
    wish_t best = {0, 0};
    int lang, chosen = BRAZE_LANG_EN;

    if (accept_language) {
        read_header(&wishes, accept_language, header_end(accept_language));
    }
    for (lang = 0; lang < BRAZE_LANG_COUNT; lang++) {
        const wish_t *wished = wishes.langs[lang].quality < 0 ? &wishes.any : &wishes.langs[lang];

        if (wished->quality > best.quality ||
            (wished->quality == best.quality && wished->quality > 0 &&
             wished->position < best.position)) {
            best = *wished;
            chosen = lang;
        }
    }
    return braze_lang_tag((braze_lang_t)chosen);
}
