/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_base64.h>
#include <apr_strings.h>
#include <openssl/evp.h>
#include <zlib.h>

#include "unit_saml_artifact.h"
#include "unit_saml_logout.h"

static apr_pool_t *pool; /* of one test */
static braze_saml_pair_t *idp, *other, *evil;

int unit_logout_set_up(void **state)
{
    EVP_PKEY *unused;

    if (unit_saml_set_up(state)) {
        return 1;
    }
    idp = unit_saml_pair(&unused, unit_saml_pool());
    other = unit_saml_pair(&unused, unit_saml_pool());
    evil = unit_saml_pair(&unused, unit_saml_pool());
    return 0;
}

int unit_logout_begin(void **state)
{
    (void)state;
    return apr_pool_create(&pool, unit_saml_pool());
}

int unit_logout_end(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

apr_pool_t *unit_logout_pool(void)
{
    return pool;
}

const braze_saml_pair_t *unit_logout_idp(void)
{
    return idp;
}

const braze_saml_pair_t *unit_logout_other(void)
{
    return other;
}

const braze_saml_pair_t *unit_logout_evil(void)
{
    return evil;
}

void unit_logout_expect(braze_logout_expect_t *expect)
{
    braze_saml_idps_t *idps = braze_saml_idps_make(pool);

    braze_saml_idps_join(idps, unit_artifact_idps(idp, pool), NULL);
    braze_saml_idps_join(idps, unit_artifact_idps_with(UNIT_LOGOUT_OTHER, other, "", "", pool),
                         NULL);
    memset(expect, 0, sizeof(*expect));
    expect->idps = idps;
    expect->url = UNIT_LOGOUT_URL;
    expect->skew = UNIT_LOGOUT_SKEW;
    expect->now = apr_time_from_sec(UNIT_SAML_NOW);
}

/* ---- making ---- */

#define HEAD(kind)                                                                                 \
    "<samlp:" kind " xmlns:samlp=\"" BRAZE_NS_SAMLP "\" xmlns:saml=\"" BRAZE_NS_SAML               \
    "\" ID=\"" UNIT_LOGOUT_ID "\" Version=\"2.0\" IssueInstant=\"" UNIT_LOGOUT_NOW                 \
    "\" Destination=\"" UNIT_LOGOUT_URL "\""
#define ISSUER "<saml:Issuer>" UNIT_SAML_IDP "</saml:Issuer>"

const char *unit_logout_xml(int is_response)
{
    return is_response ? HEAD("LogoutResponse") " InResponseTo=\"_asked\">" ISSUER
                                                "<samlp:Status><samlp:StatusCode Value=\""
                                                "urn:oasis:names:tc:SAML:2.0:status:Success\"/>"
                                                "</samlp:Status></samlp:LogoutResponse>"
                       : HEAD("LogoutRequest") ">" ISSUER "<saml:NameID>" UNIT_LOGOUT_WHO
                                               "</saml:NameID>"
                                               "<samlp:SessionIndex>_index</samlp:SessionIndex>"
                                               "</samlp:LogoutRequest>";
}

const char *unit_logout_replaced(const char *text, const char *old, const char *instead)
{
    const char *at = strstr(text, old);

    if (!at) {
        fail_msg("nothing like %s in %s", old, text);
    }
    return apr_pstrcat(pool, apr_pstrmemdup(pool, text, (apr_size_t)(at - text)), instead,
                       at + strlen(old), NULL);
}

const char *unit_logout_base64(const char *data, apr_size_t len)
{
    char *text = apr_palloc(pool, (apr_size_t)apr_base64_encode_len((int)len));

    apr_base64_encode_binary(text, (const unsigned char *)data, (int)len);
    return text;
}

const char *unit_logout_escaped(const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    char *made = apr_palloc(pool, 3 * strlen(text) + 1), *out = made;

    for (; *text; text++) {
        if (strchr(plain, *text)) {
            *out++ = *text;
        } else {
            out += apr_snprintf(out, 4, "%%%02X", (unsigned char)*text);
        }
    }
    *out = '\0';
    return made;
}

const char *unit_logout_deflated(apr_size_t *len, const char *xml)
{
    z_stream stream = {0};
    apr_size_t room = strlen(xml) + 1000;
    char *made = apr_palloc(pool, room);

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)xml;
    stream.avail_in = (uInt)strlen(xml);
    stream.next_out = (Bytef *)made;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *len = (apr_size_t)stream.total_out;
    deflateEnd(&stream);
    return made;
}

const char *unit_logout_field(int is_response, const char *xml)
{
    apr_size_t len;
    const char *deflated = unit_logout_deflated(&len, xml);

    return apr_pstrcat(pool, is_response ? "SAMLResponse=" : "SAMLRequest=",
                       unit_logout_escaped(unit_logout_base64(deflated, len)), NULL);
}

const char *unit_logout_signed(const char *octets, const char *digest,
                               const braze_saml_pair_t *pair)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[512];
    size_t len = sizeof(signature);

    assert_int_equal(
        EVP_DigestSignInit(context, NULL, EVP_get_digestbyname(digest), NULL, pair->pkey), 1);
    assert_int_equal(
        EVP_DigestSign(context, signature, &len, (const unsigned char *)octets, strlen(octets)), 1);
    EVP_MD_CTX_free(context);
    return apr_pstrcat(pool, octets, "&Signature=",
                       unit_logout_escaped(unit_logout_base64((const char *)signature, len)), NULL);
}

/* The schema has the Signature right behind the Issuer. */
const char *unit_logout_element(const char *xml, const braze_saml_pair_t *pair,
                                const char *const *edit)
{
    const char *id = strstr(xml, " ID=\"") + 5, *template, *made;

    id = apr_pstrmemdup(pool, id, strcspn(id, "\""));
    template = braze_signature_template(id, pair, pool);
    for (; edit && *edit; edit += 2) {
        template = unit_logout_replaced(template, edit[0], edit[1]);
    }
    xml = unit_logout_replaced(xml, "</saml:Issuer>",
                               apr_pstrcat(pool, "</saml:Issuer>", template, NULL));
    made = braze_xml_sign(xml, pair, pool);
    if (!made) {
        fail_msg("cannot be signed: %s", xml);
    }
    return strstr(made, "<samlp:");
}

const char *unit_logout_envelope(const char *inside)
{
    return apr_pstrcat(pool,
                       "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">"
                       "<soap:Body>",
                       inside, "</soap:Body></soap:Envelope>", NULL);
}

unit_logout_sent_t unit_logout_send(unit_logout_how_t how, int is_response, const char *xml,
                                    const braze_saml_pair_t *pair)
{
    unit_logout_sent_t sent = {how, is_response, NULL};

    if (how == UNIT_LOGOUT_QUERY) {
        sent.text = unit_logout_field(is_response, xml);
        if (pair) {
            sent.text = apr_pstrcat(
                pool, sent.text, "&SigAlg=",
                unit_logout_escaped("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"), NULL);
            sent.text = unit_logout_signed(sent.text, "SHA256", pair);
        }
        return sent;
    }
    if (pair) {
        xml = unit_logout_element(xml, pair, NULL);
    }
    sent.text =
        how == UNIT_LOGOUT_FORM ? unit_logout_base64(xml, strlen(xml)) : unit_logout_envelope(xml);
    return sent;
}

/* ---- reading ---- */

braze_err_t *unit_logout_read(braze_logout_t **logout, unit_logout_sent_t sent,
                              const braze_logout_expect_t *expect)
{
    braze_logout_expect_t usual;

    if (!expect) {
        unit_logout_expect(&usual);
        /* The caller may look at what was read for as long as the test lasts. */
        expect = apr_pmemdup(pool, &usual, sizeof(usual));
    }
    switch (sent.how) {
    case UNIT_LOGOUT_QUERY:
        return braze_logout_read_query(logout, sent.text, expect, pool);
    case UNIT_LOGOUT_FORM:
        return braze_logout_read_post(logout, sent.text, strlen(sent.text), sent.is_response,
                                      expect, pool);
    default:
        return braze_logout_read_soap(logout, sent.text, strlen(sent.text), sent.is_response,
                                      expect, pool);
    }
}

braze_logout_t *unit_logout_believed(unit_logout_sent_t sent, const braze_logout_expect_t *expect)
{
    braze_logout_t *logout = NULL;
    braze_err_t *err = unit_logout_read(&logout, sent, expect);

    if (err) {
        fail_msg("%s: %s", braze_err_line(err, pool), sent.text);
    }
    assert_int_equal(logout->is_response, sent.is_response);
    return logout;
}

void unit_logout_refused(unit_logout_sent_t sent, const braze_logout_expect_t *expect,
                         const char *reason, const char *why)
{
    braze_logout_t *logout = NULL;
    braze_err_t *err = unit_logout_read(&logout, sent, expect);
    const char *line;

    if (!err) {
        fail_msg("believed: %s", sent.text);
    }
    line = braze_err_line(err, pool);
    if (strcmp(reason, apr_psprintf(pool, "%d %s %s", err->status, err->code, err->tag)) != 0) {
        fail_msg("%d %s instead of %s", err->status, line, reason);
    }
    if (!strstr(line, why)) {
        fail_msg("%s instead of %s", line, why);
    }
    /* What a browser is shown is the same whatever was wrong: it helps nobody to try on. */
    assert_string_equal(err->detail,
                        "The sign-out message of your company's portal was not accepted.");
}
