/* SPDX-License-Identifier: Apache-2.0 */
/* A strict reader of our own pages, for test_page.c: what it does not know, no page may have. */
#ifndef UNIT_PAGE_H
#define UNIT_PAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "braze_key.h"

static apr_pool_t *pool;

typedef struct {
    const char *at;
    const char *skeleton;     /* every tag with its attributes' names */
    const char *text;         /* what a reader sees, decoded, elements apart by \x1f */
    const char *hrefs;        /* decoded, each between \x1f */
    const char *lang, *style; /* of <html>; content of <style> */
    apr_array_header_t *open; /* of const char * */
} page_t;

static inline void add(const char **to, const char *more)
{
    *to = apr_pstrcat(pool, *to, more, NULL);
}

static inline void broken(const page_t *page, const char *why)
{
    fail_msg("%s at: %.80s", why, page->at);
}

/* Text up to one of the stops, with its references decoded; anything that would have to be escaped
 * is a fault. */
static inline const char *read_escaped(page_t *page, const char *stops)
{
    static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    static const char chars[] = "&<>\"'";
    char *text = apr_palloc(pool, strlen(page->at) + 1), *out = text;
    int i;

    while (*page->at && !strchr(stops, *page->at)) {
        if (*page->at != '&') {
            if (strchr("<>\"'", *page->at)) {
                broken(page, "unescaped character");
            }
            *out++ = *page->at++;
            continue;
        }
        for (i = 0; i < 5 && strncmp(page->at, names[i], strlen(names[i])) != 0;) {
            i++;
        }
        if (i == 5) {
            broken(page, "unknown reference");
        }
        *out++ = chars[i];
        page->at += strlen(names[i]);
    }
    *out = '\0';
    return text;
}

static inline const char *read_name(page_t *page)
{
    apr_size_t len = strspn(page->at, "abcdefghijklmnopqrstuvwxyz0123456789-");
    const char *name = apr_pstrmemdup(pool, page->at, len);

    if (len == 0) {
        broken(page, "no name");
    }
    page->at += len;
    return name;
}

static inline int is_one_of(const char *name, const char *list)
{
    return strstr(list, apr_pstrcat(pool, " ", name, " ", NULL)) != NULL;
}

static inline void read_attribute(page_t *page, const char *element)
{
    const char *name, *value;

    page->at++; /* the one space before it */
    name = read_name(page);
    if (!is_one_of(name, " lang charset name content class href id dir aria-labelledby ")) {
        broken(page, "attribute that no page has");
    }
    if (strncmp(page->at, "=\"", 2) != 0) {
        broken(page, "attribute without a quoted value");
    }
    page->at += 2;
    value = read_escaped(page, "\"");
    if (*page->at++ != '"') {
        broken(page, "attribute without an end");
    }
    add(&page->skeleton, apr_pstrcat(pool, " ", name, NULL));
    if (strcmp(name, "href") == 0) {
        add(&page->hrefs, apr_pstrcat(pool, value, "\x1f", NULL));
    }
    if (strcmp(name, "lang") == 0 && strcmp(element, "html") == 0) {
        page->lang = value;
    }
}

static inline void read_start(page_t *page)
{
    const char *name;

    page->at++;
    name = read_name(page);
    if (!is_one_of(name, " html head meta title style body main h1 h2 p a ul li section bdi ")) {
        broken(page, "element that no page has");
    }
    add(&page->skeleton, apr_pstrcat(pool, "<", name, NULL));
    while (*page->at == ' ') {
        read_attribute(page, name);
    }
    if (*page->at++ != '>') {
        broken(page, "start tag without an end");
    }
    add(&page->skeleton, ">");
    if (strcmp(name, "style") == 0) {
        apr_size_t len = (apr_size_t)(strstr(page->at, "</style>") - page->at);

        page->style = apr_pstrmemdup(pool, page->at, len);
        page->at += len;
    }
    if (strcmp(name, "meta") != 0) {
        APR_ARRAY_PUSH(page->open, const char *) = name;
    }
}

static inline void read_end(page_t *page)
{
    const char *name, **last;

    page->at += 2;
    name = read_name(page);
    last = apr_array_pop(page->open);
    if (!last || strcmp(*last, name) != 0 || *page->at++ != '>') {
        broken(page, "end tag that does not fit");
    }
    add(&page->skeleton, apr_pstrcat(pool, "</", name, ">", NULL));
    add(&page->text, "\x1f");
}

static inline page_t *read_page(const char *html)
{
    page_t *page = apr_pcalloc(pool, sizeof(*page));

    assert_true(braze_key_is_utf8(html, strlen(html)));
    assert_int_equal(strncmp(html, "<!DOCTYPE html>\n", 16), 0);
    page->at = html + 16;
    page->skeleton = page->text = page->hrefs = page->lang = "";
    page->open = apr_array_make(pool, 8, sizeof(const char *));
    while (*page->at && strcmp(page->at, "\n") != 0) {
        if (strncmp(page->at, "</", 2) == 0) {
            read_end(page);
        } else if (*page->at == '<') {
            read_start(page);
        } else {
            add(&page->text, read_escaped(page, "<"));
        }
    }
    assert_int_equal(page->open->nelts, 0);
    return page;
}

static inline int count(const char *in, const char *what)
{
    int found = 0;

    for (in = strstr(in, what); in; in = strstr(in + strlen(what), what)) {
        found++;
    }
    return found;
}

#endif
