/* SPDX-License-Identifier: Apache-2.0 */
/* application/x-www-form-urlencoded, as far as the HTTP-POST binding needs it: three fields, each
 * at most once. */
#include "jit_int.h"

#include <apr_lib.h>

static int hex_value(char c)
{
    return apr_isdigit(c)         ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* One escape, "%XX"; -1 when it is none, or is a NUL, which a NUL-terminated text would be cut at.
 */
static int escape_value(const char *at, const char *end)
{
    int high, low;

    if (end - at < 3) {
        return -1;
    }
    high = hex_value(at[1]);
    low = hex_value(at[2]);
    return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

/* Decodes len bytes to a text; NULL for a bad escape or a NUL. What is between the escapes (most of
 * a base64 text) is copied whole. */
static char *form_decode(apr_size_t *out_len, const char *from, apr_size_t len, apr_pool_t *pool)
{
    const char *at = from, *end = from + len, *next;
    char *out = apr_palloc(pool, len + 1), *to = out, *plus;
    int byte;

    if (memchr(from, '\0', len)) {
        return NULL;
    }
    while (at < end) {
        next = memchr(at, '%', (apr_size_t)(end - at));
        next = next ? next : end;
        memcpy(to, at, (apr_size_t)(next - at));
        for (plus = to; (plus = memchr(plus, '+', (apr_size_t)(to + (next - at) - plus)));) {
            *plus = ' ';
        }
        to += next - at;
        at = next;
        if (at < end) {
            byte = escape_value(at, end);
            if (byte < 0) {
                return NULL;
            }
            *to++ = (char)byte;
            at += 3;
        }
    }
    *to = '\0';
    *out_len = (apr_size_t)(to - out);
    return out;
}

static braze_err_t *form_bad(const char *code, const char *detail, apr_pool_t *pool)
{
    return braze_err_new(HTTP_BAD_REQUEST, code, "BRAZE-J0410", detail, pool);
}

/* Where the field's value goes, and its length; NULL for another field. */
static const char **form_place(jit_form_t *form, apr_size_t **len, const char *name)
{
    *len = NULL;
    if (name && !strcmp(name, "SAMLResponse")) {
        *len = &form->saml_response_len;
        return &form->saml_response;
    }
    if (name && !strcmp(name, "SAMLRequest")) {
        *len = &form->saml_request_len;
        return &form->saml_request;
    }
    if (name && !strcmp(name, "SAMLart")) {
        return &form->artifact;
    }
    return name && !strcmp(name, "RelayState") ? &form->relay_state : NULL;
}

/* One "name=value". Only those of SAML are decoded whole; names themselves may be percent-encoded.
 */
static braze_err_t *form_field(jit_form_t *form, const char *at, apr_size_t len, apr_pool_t *pool)
{
    const char *equals = memchr(at, '=', len);
    apr_size_t name_len = equals ? (apr_size_t)(equals - at) : len, value_len, ignored;
    const char *name, *value, **place;
    apr_size_t *len_place;

    if (name_len > 64) {
        return NULL; /* none of them */
    }
    name = form_decode(&ignored, at, name_len, pool);
    place = form_place(form, &len_place, name);
    if (!place) {
        return NULL;
    }
    value = equals ? form_decode(&value_len, equals + 1, len - name_len - 1, pool) : NULL;
    if (!value) {
        return form_bad("form_malformed",
                        "A field of the posted form is not percent-encoded as it should be.", pool);
    }
    if (*place) {
        return form_bad(
            "form_duplicate_field",
            "The form has a SAMLResponse, SAMLRequest, SAMLart or RelayState field twice.", pool);
    }
    *place = value;
    if (len_place) {
        *len_place = value_len;
    }
    return NULL;
}

braze_err_t *jit_form_parse(jit_form_t *form, const char *body, apr_size_t len, apr_pool_t *pool)
{
    const char *at = body, *end = body + len;
    int fields = 0;

    memset(form, 0, sizeof(*form));
    while (at < end) {
        const char *amp = memchr(at, '&', (apr_size_t)(end - at));
        apr_size_t field_len = (apr_size_t)((amp ? amp : end) - at);
        braze_err_t *err = form_field(form, at, field_len, pool);

        if (err) {
            return err;
        }
        if (++fields > 1000) {
            return form_bad("form_malformed", "The posted form has more than 1000 fields.", pool);
        }
        at += field_len + 1;
    }
    return NULL;
}
