/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "braze_ip.h"

#define SPACE " \t\r\n"
#define SHOWN_MAX 64                         /* bytes of a bad entry that an error shows */
#define TEXT_MAX (2 * INET6_ADDRSTRLEN + 16) /* bytes of an entry that can still be good */

/* Family (4 or 6) and bytes in network order, so that memcmp orders them. */
typedef struct {
    unsigned char bytes[17];
} address_t;

typedef struct {
    address_t low, high;
} span_t;

/* Spans sorted by their low ends, none touching another. */
struct braze_ip_list_t {
    const span_t *spans;
    int count;
};

static int compare(const address_t *a, const address_t *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static int compare_spans(const void *a, const void *b)
{
    return compare(&((const span_t *)a)->low, &((const span_t *)b)->low);
}

/* An IPv4-mapped IPv6 address gives IPv4, and 96 in *mapped. */
static int parse_address(address_t *address, int *mapped, const char *text)
{
    static const unsigned char prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    memset(address, 0, sizeof(*address));
    *mapped = 0;
    if (inet_pton(AF_INET, text, address->bytes + 1) == 1) {
        address->bytes[0] = 4;
        return 1;
    }
    if (inet_pton(AF_INET6, text, address->bytes + 1) != 1) {
        return 0;
    }
    address->bytes[0] = 6;
    if (memcmp(address->bytes + 1, prefix, sizeof(prefix)) == 0) {
        address->bytes[0] = 4;
        memcpy(address->bytes + 1, address->bytes + 13, 4);
        memset(address->bytes + 5, 0, 12);
        *mapped = 96;
    }
    return 1;
}

/* One to three digits without a leading zero; -1 for anything else. */
static int parse_prefix(const char *text)
{
    apr_size_t len = strspn(text, "0123456789");

    if (len < 1 || len > 3 || text[len] || (len > 1 && text[0] == '0')) {
        return -1;
    }
    return (int)apr_strtoi64(text, NULL, 10);
}

/* Fills in the span of a block; NULL, or what is wrong. */
static const char *parse_block(span_t *span, const char *text, const char *prefix_text)
{
    int mapped, bits, prefix = parse_prefix(prefix_text), i;

    if (!parse_address(&span->low, &mapped, text)) {
        return "is not an address before the /";
    }
    bits = span->low.bytes[0] == 4 ? 32 : 128;
    if (prefix < 0 || prefix > bits + mapped) {
        return mapped || bits == 128 ? "needs a number from 0 to 128 after the /"
                                     : "needs a number from 0 to 32 after the /";
    }
    if (prefix < mapped) {
        return "has bits set beyond its prefix";
    }
    prefix -= mapped;
    span->high = span->low;
    for (i = prefix; i < bits; i++) {
        unsigned char bit = (unsigned char)(0x80 >> i % 8);

        if (span->low.bytes[1 + i / 8] & bit) {
            return "has bits set beyond its prefix";
        }
        span->high.bytes[1 + i / 8] |= bit;
    }
    return NULL;
}

static const char *parse_range(span_t *span, const char *low, const char *high)
{
    int mapped;

    if (!parse_address(&span->low, &mapped, low) || !parse_address(&span->high, &mapped, high)) {
        return "is not a range of two addresses";
    }
    if (span->low.bytes[0] != span->high.bytes[0]) {
        return "is a range from one address family to the other";
    }
    return compare(&span->low, &span->high) > 0 ? "is a range that ends before it begins" : NULL;
}

/* Cuts the white space off both ends, in place. */
static char *trim(char *text)
{
    char *end;

    text += strspn(text, SPACE);
    for (end = text + strlen(text); end > text && strchr(SPACE, end[-1]); end--) {
    }
    *end = '\0';
    return text;
}

static const char *parse_entry(span_t *span, const char *text, apr_pool_t *pool)
{
    char *entry, *mark;
    int mapped;

    if (!*text) {
        return "is empty";
    }
    if (strlen(text) > TEXT_MAX) {
        return "is too long";
    }
    entry = apr_pstrdup(pool, text);
    mark = strpbrk(entry, "/-");
    if (!mark) {
        if (!parse_address(&span->low, &mapped, entry)) {
            return "is not an address";
        }
        span->high = span->low;
        return NULL;
    }
    if (*mark == '/') {
        *mark = '\0';
        return parse_block(span, trim(entry), trim(mark + 1));
    }
    *mark = '\0';
    return parse_range(span, trim(entry), trim(mark + 1));
}

/* A bad entry as an error may show it: short, printable ASCII. */
static const char *shown(const char *entry, apr_pool_t *pool)
{
    char *text = apr_pstrndup(pool, entry, SHOWN_MAX), *p;

    for (p = text; *p; p++) {
        if (*p < 0x20 || *p > 0x7e) {
            *p = '?';
        }
    }
    return text;
}

/* Sorts, and joins what overlaps, so that one binary search finds an address. */
static void settle(braze_ip_list_t *list, apr_array_header_t *spans)
{
    span_t *span = (span_t *)spans->elts;
    int i, last = 0;

    list->spans = span;
    list->count = 0;
    if (!spans->nelts) {
        return;
    }
    qsort(span, (apr_size_t)spans->nelts, sizeof(*span), compare_spans);
    for (i = 1; i < spans->nelts; i++) {
        if (compare(&span[i].low, &span[last].high) > 0) {
            span[++last] = span[i];
        } else if (compare(&span[i].high, &span[last].high) > 0) {
            span[last].high = span[i].high;
        }
    }
    list->count = last + 1;
}

static braze_err_t *refuse(const char *why, apr_pool_t *pool)
{
    return braze_err_newf(pool, 400, "invalidValue", "BRAZE-0030",
                          "The allowlist is not acceptable: %s.", why);
}

/* Reads every entry; the complaints about the bad ones in *bad, or NULL there. */
static braze_err_t *parse_entries(apr_array_header_t *spans, const char **bad, char *text,
                                  apr_pool_t *pool)
{
    apr_array_header_t *complaints = apr_array_make(pool, 4, sizeof(const char *));
    char *next;
    int count = 0;

    for (; text; text = next) {
        span_t *span = apr_array_push(spans);
        const char *why;

        next = strchr(text, ',');
        if (next) {
            *next++ = '\0';
        }
        if (++count > BRAZE_IP_MAX_ENTRIES) {
            return refuse(apr_psprintf(pool, "more than %d entries", BRAZE_IP_MAX_ENTRIES), pool);
        }
        text = trim(text);
        why = parse_entry(span, text, pool);
        if (why) {
            why = apr_psprintf(pool, "%sentry %d \"%s\" %s", complaints->nelts ? " " : "", count,
                               shown(text, pool), why);
            APR_ARRAY_PUSH(complaints, const char *) = why;
        }
    }
    *bad = complaints->nelts ? apr_array_pstrcat(pool, complaints, ';') : NULL;
    return NULL;
}

braze_err_t *braze_ip_list_parse(braze_ip_list_t **list, const char *text, apr_pool_t *pool)
{
    apr_array_header_t *spans = apr_array_make(pool, 8, sizeof(span_t));
    char *copy = trim(apr_pstrdup(pool, text ? text : ""));
    const char *bad = NULL;

    *list = NULL;
    if (*copy) {
        braze_err_t *err = parse_entries(spans, &bad, copy, pool);

        if (err) {
            return err;
        }
    }
    if (bad) {
        return refuse(bad, pool);
    }
    *list = apr_palloc(pool, sizeof(**list));
    settle(*list, spans);
    return NULL;
}

int braze_ip_list_is_empty(const braze_ip_list_t *list)
{
    return list && list->count == 0; /* none at all is a caller's mistake, not "any address" */
}

int braze_ip_list_has(const braze_ip_list_t *list, const char *text)
{
    address_t address;
    int mapped, low = 0, high = list ? list->count : 0;

    if (!text || !parse_address(&address, &mapped, text)) {
        return 0;
    }
    while (low < high) {
        int middle = low + (high - low) / 2;

        if (compare(&address, &list->spans[middle].low) < 0) {
            high = middle;
        } else if (compare(&address, &list->spans[middle].high) > 0) {
            low = middle + 1;
        } else {
            return 1;
        }
    }
    return 0;
}
