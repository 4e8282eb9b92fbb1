/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The look at the bytes before libxml2 sees them. It knows as much of XML as it takes to count tags
 * and to see what is forbidden, and it is never laxer than the parser: where the two could read a
 * byte differently, it refuses.
 */
#include <string.h>

#include "saml_int.h"

#define DECLARATION_MAX 128 /* bytes of <?xml … ?> */
#define REFERENCE_MAX 10    /* bytes between & and ; : "#x0010FFFF" */

const braze_xml_caps_t braze_xml_message_caps = {
    .bytes = BRAZE_SAML_MAX_XML,
    .depth = BRAZE_SAML_MAX_DEPTH,
    .elements = BRAZE_SAML_MAX_NODES,
    .attributes = BRAZE_SAML_MAX_ATTRS,
    .namespaces = BRAZE_SAML_MAX_NAMESPACES,
    .all_attributes = BRAZE_SAML_MAX_ALL_ATTRS,
};

/* Exclusive canonicalization writes a namespace anew on every element that uses it and whose parent
 * does not. */
const braze_xml_caps_t braze_xml_digested_caps = {
    .bytes = BRAZE_SAML_MAX_DIGESTED,
    .depth = BRAZE_SAML_MAX_DEPTH,
    .elements = BRAZE_SAML_MAX_NODES,
    .attributes = 2 * BRAZE_SAML_MAX_ATTRS,
    .namespaces = 4 * BRAZE_SAML_MAX_NODES,
    .all_attributes = 2 * BRAZE_SAML_MAX_ALL_ATTRS,
};

const braze_xml_caps_t braze_xml_decrypted_caps = {
    .bytes = BRAZE_SAML_MAX_DECRYPTED,
    .depth = BRAZE_SAML_MAX_DEPTH,
    .elements = BRAZE_SAML_MAX_NODES,
    .attributes = BRAZE_SAML_MAX_ATTRS,
    .namespaces = BRAZE_SAML_MAX_NAMESPACES,
    .all_attributes = BRAZE_SAML_MAX_ALL_ATTRS,
};

/* A federation's aggregate: thousands of entities, each with its own namespaces. */
const braze_xml_caps_t braze_xml_metadata_caps = {
    .bytes = BRAZE_SAML_MAX_METADATA,
    .depth = BRAZE_SAML_MAX_DEPTH,
    .elements = 2000000,
    .attributes = BRAZE_SAML_MAX_ATTRS,
    .namespaces = 200000,
    .comments = 1,
};

typedef struct {
    const char *start, *at, *end;
    const braze_xml_caps_t *caps;
    int depth, elements, namespaces, attributes;
    apr_pool_t *pool;
} scan_t;

static braze_err_t *refuse(const scan_t *scan, braze_saml_reason_t reason, const char *what)
{
    return braze_saml_refuse(reason, scan->pool, "%s at byte %" APR_SIZE_T_FMT, what,
                             (apr_size_t)(scan->at - scan->start));
}

static int looking_at(const scan_t *scan, const char *text)
{
    apr_size_t len = strlen(text);

    return (apr_size_t)(scan->end - scan->at) >= len && memcmp(scan->at, text, len) == 0;
}

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int is_digit(char c, int hex)
{
    return (c >= '0' && c <= '9') || (hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}

/* Length of the UTF-8 sequence at p that is a character of XML 1.0, or 0. Table 3-7 of the Unicode
 * standard. */
static int sequence(const unsigned char *p, apr_size_t left)
{
    int len = p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0, i;

    if (len == 0 || left < (apr_size_t)len) {
        return 0;
    }
    for (i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F) ||
        (p[0] == 0xEF && p[1] == 0xBF && p[2] > 0xBD)) { /* the last: U+FFFE and U+FFFF */
        return 0;
    }
    return len;
}

/* Bytes to stop at: of what is between tags, of an attribute's value, of what is inside a tag. */
#define STOP_TEXT 1
#define STOP_VALUE 2
#define STOP_TAG 4

static const unsigned char stops[256] = {
    ['<'] = STOP_TEXT | STOP_VALUE | STOP_TAG,
    ['&'] = STOP_TEXT | STOP_VALUE,
    ['"'] = STOP_VALUE | STOP_TAG,
    ['\''] = STOP_VALUE | STOP_TAG,
    ['>'] = STOP_TAG,
    [' '] = STOP_TAG,
    ['\t'] = STOP_TAG,
    ['\n'] = STOP_TAG,
    ['\r'] = STOP_TAG,
};

static void pass(scan_t *scan, int kind)
{
    const char *at = scan->at;

    while (at < scan->end && !(stops[(unsigned char)*at] & kind)) {
        at++;
    }
    scan->at = at;
}

/* Are the next eight bytes all printable ASCII? Most of a message is. */
static int is_plain(const char *at)
{
    apr_uint64_t word;

    memcpy(&word, at, sizeof(word));
    return !((word | (word - APR_UINT64_C(0x2020202020202020))) & APR_UINT64_C(0x8080808080808080));
}

/* UTF-8 throughout, and no control characters but tab, line feed and carriage return. */
static braze_err_t *scan_characters(scan_t *scan)
{
    while (scan->at < scan->end) {
        unsigned char c = (unsigned char)*scan->at;
        int len = 1;

        if (scan->end - scan->at >= 8 && is_plain(scan->at)) {
            scan->at += 8;
            continue;
        }
        if (c < 0x20 && !is_space((char)c)) {
            return refuse(scan, c ? BRAZE_SAML_MALFORMED : BRAZE_SAML_NOT_UTF8,
                          "control character");
        }
        if (c >= 0x80) {
            len = sequence((const unsigned char *)scan->at, (apr_size_t)(scan->end - scan->at));
        }
        if (len == 0) {
            return refuse(scan, BRAZE_SAML_NOT_UTF8, "not UTF-8");
        }
        scan->at += len;
    }
    scan->at = scan->start;
    return NULL;
}

/* Does the text between at and stop hold name="value" (or with '), the value compared without case?
 */
static int states(const char *at, const char *stop, const char *name, const char *value)
{
    apr_size_t name_len = strlen(name), value_len = strlen(value);

    for (; (apr_size_t)(stop - at) > name_len; at++) {
        if (memcmp(at, name, name_len) == 0) {
            at += name_len;
            while (at < stop && (is_space(*at) || *at == '=')) {
                at++;
            }
            return (apr_size_t)(stop - at) >= value_len + 2 && (*at == '"' || *at == '\'') &&
                   strncasecmp(at + 1, value, value_len) == 0 && at[value_len + 1] == *at;
        }
    }
    return strcmp(name, "encoding") ==
           0; /* absent: UTF-8 by the standard; a version must be there */
}

/* One XML declaration at the very start, after a byte order mark if any. */
static braze_err_t *scan_declaration(scan_t *scan)
{
    const char *stop;

    if (looking_at(scan, "\xEF\xBB\xBF")) {
        scan->at += 3;
    }
    if (!looking_at(scan, "<?xml") || scan->end - scan->at < 6 || !is_space(scan->at[5])) {
        return NULL;
    }
    stop = memchr(scan->at, '>', (apr_size_t)(scan->end - scan->at));
    if (!stop || stop - scan->at > DECLARATION_MAX || stop[-1] != '?') {
        return refuse(scan, BRAZE_SAML_MALFORMED, "XML declaration");
    }
    if (!states(scan->at + 5, stop, "version", "1.0")) {
        return refuse(scan, BRAZE_SAML_MALFORMED, "not XML 1.0");
    }
    if (!states(scan->at + 5, stop, "encoding", "UTF-8")) {
        return refuse(scan, BRAZE_SAML_NOT_UTF8, "another encoding declared");
    }
    scan->at = stop + 1;
    return NULL;
}

/* At "&": one of the five that XML predefines, or a character by its number. */
static braze_err_t *scan_reference(scan_t *scan)
{
    static const char *const known[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"};
    const char *at = scan->at + 1;
    apr_size_t i;
    int hex;

    for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (looking_at(scan, known[i])) {
            scan->at += strlen(known[i]);
            return NULL;
        }
    }
    if (at == scan->end || *at != '#') {
        return refuse(scan, BRAZE_SAML_ENTITY, "entity reference");
    }
    at++;
    hex = at < scan->end && *at == 'x';
    at += hex;
    while (at < scan->end && at - scan->at <= REFERENCE_MAX && is_digit(*at, hex)) {
        at++;
    }
    if (at == scan->end || *at != ';' || !is_digit(at[-1], hex)) {
        return refuse(scan, BRAZE_SAML_MALFORMED, "character reference");
    }
    scan->at = at + 1;
    return NULL;
}

/* At the quote that opens an attribute's value. */
static braze_err_t *scan_value(scan_t *scan)
{
    char quote = *scan->at++;
    braze_err_t *err = NULL;

    while (!err && scan->at < scan->end && *scan->at != quote) {
        if (*scan->at == '<') {
            return refuse(scan, BRAZE_SAML_MALFORMED, "< in an attribute");
        }
        if (*scan->at == '&') {
            err = scan_reference(scan);
        } else {
            scan->at++; /* the other quote, if it is one */
            pass(scan, STOP_VALUE);
        }
    }
    if (!err && scan->at == scan->end) {
        return refuse(scan, BRAZE_SAML_MALFORMED, "attribute without an end");
    }
    scan->at += !err;
    return err;
}

/* One thing inside a start tag: white space, an attribute's name, "=" or its value. */
static braze_err_t *scan_in_tag(scan_t *scan, int *attributes)
{
    if (*scan->at == '"' || *scan->at == '\'') {
        if (++*attributes > scan->caps->attributes ||
            (++scan->attributes > scan->caps->all_attributes && scan->caps->all_attributes)) {
            return refuse(scan, BRAZE_SAML_TOO_MANY_ATTRIBUTES, "attribute over the limit");
        }
        return scan_value(scan);
    }
    if (*scan->at == '<') {
        return refuse(scan, BRAZE_SAML_MALFORMED, "< in a tag");
    }
    if (is_space(*scan->at)) {
        scan->at++;
        if (looking_at(scan, "xmlns") && ++scan->namespaces > scan->caps->namespaces) {
            return refuse(scan, BRAZE_SAML_TOO_MANY_NAMESPACES, "namespace over the limit");
        }
        return NULL;
    }
    pass(scan, STOP_TAG);
    return NULL;
}

/* At "<" of a start tag or of an empty element. */
static braze_err_t *scan_start_tag(scan_t *scan)
{
    braze_err_t *err = NULL;
    int attributes = 0;

    if (++scan->elements > scan->caps->elements) {
        return refuse(scan, BRAZE_SAML_TOO_MANY_ELEMENTS, "element over the limit");
    }
    if (++scan->depth > scan->caps->depth) {
        return refuse(scan, BRAZE_SAML_TOO_DEEP, "element too deep");
    }
    scan->at++;
    while (!err && scan->at < scan->end && *scan->at != '>') {
        err = scan_in_tag(scan, &attributes);
    }
    if (err) {
        return err;
    }
    if (scan->at == scan->end) {
        return refuse(scan, BRAZE_SAML_MALFORMED, "tag without an end");
    }
    scan->depth -= scan->at[-1] == '/';
    scan->at++;
    return NULL;
}

static braze_err_t *scan_end_tag(scan_t *scan)
{
    const char *stop = memchr(scan->at, '>', (apr_size_t)(scan->end - scan->at));

    if (!stop || --scan->depth < 0) {
        return refuse(scan, BRAZE_SAML_MALFORMED, "end tag");
    }
    scan->at = stop + 1;
    return NULL;
}

/* At "<!": a comment is passed over where comments may be, everything else is refused. */
static braze_err_t *scan_declared(scan_t *scan)
{
    if (looking_at(scan, "<!--")) {
        if (!scan->caps->comments) {
            return refuse(scan, BRAZE_SAML_COMMENT, "comment");
        }
        for (scan->at += 4; scan->at < scan->end; scan->at++) {
            if (looking_at(scan, "-->")) {
                scan->at += 3;
                return NULL;
            }
        }
        return refuse(scan, BRAZE_SAML_MALFORMED, "comment without an end");
    }
    if (looking_at(scan, "<![")) {
        return refuse(scan, BRAZE_SAML_CDATA, "CDATA section");
    }
    return refuse(scan, BRAZE_SAML_DOCTYPE, "markup declaration");
}

static braze_err_t *scan_markup(scan_t *scan)
{
    switch (scan->at + 1 < scan->end ? scan->at[1] : '\0') {
    case '!':
        return scan_declared(scan);
    case '?':
        return refuse(scan, BRAZE_SAML_INSTRUCTION, "processing instruction");
    case '/':
        return scan_end_tag(scan);
    default:
        return scan_start_tag(scan);
    }
}

braze_err_t *braze_xml_scan(const braze_xml_caps_t *caps, const char *xml, apr_size_t len,
                            apr_pool_t *pool)
{
    scan_t scan = {.start = xml, .at = xml, .end = xml + len, .caps = caps, .pool = pool};
    braze_err_t *err;

    if (len > caps->bytes) {
        return braze_saml_refuse(BRAZE_SAML_TOO_LARGE, pool,
                                 "%" APR_SIZE_T_FMT " bytes, at most %" APR_SIZE_T_FMT, len,
                                 caps->bytes);
    }
    err = scan_characters(&scan);
    if (!err) {
        err = scan_declaration(&scan);
    }
    while (!err && scan.at < scan.end) {
        if (*scan.at == '<') {
            err = scan_markup(&scan);
        } else if (*scan.at == '&') {
            err = scan_reference(&scan);
        } else {
            pass(&scan, STOP_TEXT);
        }
    }
    if (!err && (scan.depth != 0 || scan.elements == 0)) {
        return refuse(&scan, BRAZE_SAML_MALFORMED, "elements not closed");
    }
    return err;
}
