/* SPDX-License-Identifier: Apache-2.0 */
/* E-mail addresses and their domains. */
#include <string.h>

#include <apr_strings.h>
#include <idn2.h>
#include <utf8proc.h>

#include "braze_key.h"
#include "core_int.h"

#define LABEL_MAX 63   /* RFC 1035 section 2.3.4 */
#define DOMAIN_MAX 253 /* the same limit of 255 octets, as text without the trailing dot */
#define EMAIL_MAX 254  /* RFC 5321 section 4.5.3.1.3, without the angle brackets */

static int is_letter_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Letters, digits and inner hyphens; *numeric is set when there are digits only. */
static int is_label(const char *label, apr_size_t len, int *numeric)
{
    apr_size_t i;

    if (len < 1 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-') {
        return 0;
    }
    *numeric = 1;
    for (i = 0; i < len; i++) {
        if (!is_letter_digit(label[i]) && label[i] != '-') {
            return 0;
        }
        *numeric &= label[i] >= '0' && label[i] <= '9';
    }
    return 1;
}

/* A last label of digits makes an address (192.0.2.1), not a name (RFC 1123 section 2.1). */
static int is_domain(const char *domain)
{
    int numeric = 0;

    if (strlen(domain) > DOMAIN_MAX) {
        return 0;
    }
    for (;;) {
        apr_size_t len = strcspn(domain, ".");

        if (!is_label(domain, len, &numeric)) {
            return 0;
        }
        if (!domain[len]) {
            return !numeric;
        }
        domain += len + 1;
    }
}

/* Lower case; 1 when there is nothing in it that IDNA would have to look at. */
static int lower(char *name)
{
    int plain = 1;
    char *p;

    for (p = name; *p; p++) {
        if (*p >= 'A' && *p <= 'Z') {
            *p |= 0x20;
        }
        plain &= !(*p & 0x80);
    }
    return plain && strncmp(name, "xn--", 4) != 0 && !strstr(name, ".xn--");
}

/*
 * IDNA2008 as libidn2 has it (UTS 46 mapping, non-transitional): "ß" and final sigma stay
 * themselves, so the folding that names get must not come first. An A-label has to be the one of
 * its U-label.
 */
static const char *to_a_label(const char *name, apr_pool_t *pool)
{
    uint8_t *ascii = NULL;
    const char *domain = NULL;
    int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_ALABEL_ROUNDTRIP;

    if (idn2_lookup_u8((const uint8_t *)name, &ascii, flags) == IDN2_OK) {
        domain = apr_pstrdup(pool, (const char *)ascii);
        idn2_free(ascii);
    }
    return domain;
}

static const char *normalise(const char *name, apr_pool_t *pool)
{
    apr_size_t len = strlen(name);
    const char *domain;
    char *copy;

    if (len > BRAZE_NAME_MAX || !braze_key_is_utf8(name, len)) {
        return NULL;
    }
    copy = apr_pstrmemdup(pool, name, len);
    domain = lower(copy) ? copy : to_a_label(copy, pool);
    if (!domain) {
        return NULL;
    }
    len = strlen(domain);
    if (len && domain[len - 1] == '.') { /* after the mapping: U+3002 is a dot too */
        domain = apr_pstrmemdup(pool, domain, len - 1);
    }
    return is_domain(domain) ? domain : NULL;
}

static braze_err_t *refuse(const char *detail, apr_pool_t *pool)
{
    return braze_err_new(400, "invalidValue", "BRAZE-0021", detail, pool);
}

braze_err_t *braze_key_bare_domain(const char **domain, const char *name, apr_pool_t *pool)
{
    *domain = normalise(name, pool);
    return *domain ? NULL : refuse("The domain is not a domain name.", pool);
}

braze_err_t *braze_key_domain(const char **domain, const char *email, apr_pool_t *pool)
{
    const char *at = strrchr(email, '@');

    *domain = NULL;
    if (!at) {
        return refuse("The e-mail address has no @.", pool);
    }
    if (at == email) {
        return refuse("The e-mail address has nothing before its @.", pool);
    }
    *domain = normalise(at + 1, pool);
    return *domain ? NULL : refuse("The e-mail address has no valid domain.", pool);
}

/* No white space, no control character, anywhere; the text is known to be UTF-8. */
static int is_one_word(const char *text)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text;
    utf8proc_int32_t codepoint;

    while (*p) {
        p += utf8proc_iterate(p, -1, &codepoint);
        if (codepoint < 0x20 || (codepoint >= 0x7f && codepoint <= 0x9f) ||
            braze_char_is_space(codepoint)) {
            return 0;
        }
    }
    return 1;
}

/*
 * RFC 5322 section 3.2.3: the specials stand in a quoted local part only. Programs disagree about
 * who is meant by a@b@c or a,b@c; such a text is nobody's address.
 */
static int is_local_part(const char *local, apr_size_t len)
{
    apr_size_t i;

    if (len < 1) {
        return 0;
    }
    if (len > 2 && local[0] == '"' && local[len - 1] == '"') {
        local++;
        len -= 2;
        for (i = 0; i < len; i++) {
            if (local[i] == '"' || local[i] == '\\') {
                return 0;
            }
        }
        return 1;
    }
    for (i = 0; i < len; i++) {
        if (strchr("()<>[]:;@\\,\"", local[i])) {
            return 0;
        }
    }
    return 1;
}

int braze_key_is_email(const char *text, apr_pool_t *pool)
{
    const char *at = text ? strrchr(text, '@') : NULL;

    return at && strlen(text) <= EMAIL_MAX && braze_key_is_utf8(text, strlen(text)) &&
           is_one_word(text) && is_local_part(text, (apr_size_t)(at - text)) &&
           normalise(at + 1, pool) != NULL;
}
