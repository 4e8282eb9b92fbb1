/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML as a SAML response, twice: as it is, when nobody can have signed it and acceptance is a
 * fault; and, where it has an empty Signature under the assertion or the response, signed with a
 * key made at start, so that the rules behind the signature are reached too. What is accepted then
 * is changed on its way in several manners: it is refused, or says what it said before.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <libxml/parser.h>
#include <openssl/evp.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>
#include <xmlsec/openssl/evp.h>

#include "src/saml/dsig.h"

#define NOW APR_INT64_C(1800000000)
#define COPIES 8      /* of a signed message that is accepted, each changed otherwise */
#define CHANGES_MAX 4 /* of one copy */

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static apr_pool_t *program;
static braze_saml_key_t key;
static xmlSecKeyPtr signing_key;
static braze_saml_expect_t expect;

static void start(void)
{
    apr_array_header_t *urls;
    braze_saml_idps_t *idps;
    braze_saml_idp_t *idp;
    xmlSecKeyDataPtr value;

    apr_initialize();
    apr_pool_create(&program, NULL);
    if (braze_saml_init(program)) {
        abort();
    }
    value = xmlSecOpenSSLEvpKeyAdopt(EVP_EC_gen("P-256"));
    signing_key = xmlSecKeyCreate();
    if (!value || xmlSecKeySetValue(signing_key, value) < 0) {
        abort();
    }
    key.pkey = xmlSecOpenSSLEvpKeyDataGetEvp(value);
    key.is_ec = 1;
    idp = apr_pcalloc(program, sizeof(*idp));
    idp->entity_id = "https://idp.example.com/metadata";
    idp->keys = apr_array_make(program, 1, sizeof(braze_saml_key_t *));
    APR_ARRAY_PUSH(idp->keys, braze_saml_key_t *) = &key;
    idps = braze_saml_idps_make(program);
    (void)braze_saml_idps_add(idps, idp);
    urls = apr_array_make(program, 1, sizeof(const char *));
    APR_ARRAY_PUSH(urls, const char *) = "https://sp.example.com/auth/saml/callback";
    expect = (braze_saml_expect_t){.idps = idps,
                                   .acs_urls = urls,
                                   .sp_entity_id = "braze_dashboard",
                                   .skew = 60,
                                   .in_response_to = "_request",
                                   .now = apr_time_from_sec(NOW)};
}

static int known_reason(const char *code)
{
    const char *const *reason = braze_saml_reasons;

    while (*reason && strcmp(*reason, code) != 0) {
        reason++;
    }
    return *reason != NULL;
}

/* NULL = refused. */
static const braze_saml_identity_t *judge(const void *xml, size_t size, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, size * 2 + 8);
    braze_saml_identity_t *identity;
    const char *issuer, *request;
    braze_err_t *err, *peeked;
    int len = EVP_EncodeBlock((unsigned char *)text, xml, (int)size);

    peeked = braze_saml_peek(&issuer, &request, text, (apr_size_t)len, pool);
    err = braze_saml_judge(&identity, text, (apr_size_t)len, &expect, pool);
    if (err && (!known_reason(err->code) || identity || !err->log || err->status == 500)) {
        abort();
    }
    if (!err && (peeked || !identity->name_id || !*identity->name_id ||
                 strpbrk(identity->name_id, "\r\n\t\x7f") ||
                 strcmp(identity->issuer, "https://idp.example.com/metadata") != 0 ||
                 identity->replay_until <= expect.now)) {
        abort();
    }
    return identity;
}

static int sign(xmlDocPtr document)
{
    static const xmlChar *const ids[] = {BAD_CAST "ID", NULL};
    xmlNodePtr root = xmlDocGetRootElement(document);
    xmlNodePtr node = root ? xmlSecFindNode(root, xmlSecNodeSignature, xmlSecDSigNs) : NULL;
    xmlSecDSigCtxPtr context;
    braze_quiet_t quiet;
    int signed_now;

    if (!node) {
        return 0;
    }
    braze_quiet_begin(&quiet);
    xmlSecAddIDs(document, root, (const xmlChar **)ids);
    context = xmlSecDSigCtxCreate(NULL);
    context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
    context->signKey = signing_key;
    signed_now = xmlSecDSigCtxSign(context, node) == 0;
    context->signKey = NULL;
    xmlSecDSigCtxDestroy(context);
    braze_quiet_end(&quiet);
    return signed_now;
}

/* --- on its way ------------------------------------------------------------------------------- */

typedef struct {
    const char *text;
    size_t len;
    apr_uint64_t seed;
    apr_pool_t *pool;
} copy_t;

static size_t below(copy_t *copy, size_t end)
{
    copy->seed = copy->seed * APR_UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (size_t)(copy->seed >> 33) % end;
}

/* Where a tag begins: the first one from a place anywhere on, or the end. */
static size_t any_tag(copy_t *copy)
{
    size_t at = below(copy, copy->len);

    while (at < copy->len && copy->text[at] != '<') {
        at++;
    }
    return at;
}

/* Where the element ends whose tag begins there. */
static size_t end_of(const copy_t *copy, size_t at)
{
    int depth = 0;

    for (; at < copy->len; at++) {
        if (copy->text[at] == '<' && copy->text[at + 1] == '/') {
            depth -= 1;
        } else if (copy->text[at] == '<') {
            depth += 1;
        } else if (copy->text[at] == '>') {
            depth -= copy->text[at - 1] == '/';
            if (depth <= 0) {
                return at + 1;
            }
        }
    }
    return at;
}

/* Cuts so many bytes out, and puts others in their place. */
static void put(copy_t *copy, size_t at, size_t cut, const char *more, size_t more_len)
{
    char *text = apr_palloc(copy->pool, copy->len - cut + more_len + 1);

    memcpy(text, copy->text, at);
    memcpy(text + at, more, more_len);
    memcpy(text + at + more_len, copy->text + at + cut, copy->len - at - cut);
    copy->len += more_len - cut;
    text[copy->len] = '\0';
    copy->text = text;
}

/* An element once more, elsewhere; or there instead of what was there. */
static void put_element(copy_t *copy)
{
    size_t from = any_tag(copy), end = end_of(copy, from), to = any_tag(copy);

    put(copy, to, below(copy, 2) ? 0 : end_of(copy, to) - to, copy->text + from, end - from);
}

static void change(copy_t *copy)
{
    static const char *const pieces[] = {" ",
                                         "\n",
                                         "x",
                                         "_b",
                                         "&#120;",
                                         "&amp;",
                                         "&#38;",
                                         "<!---->",
                                         "<![CDATA[x]]>",
                                         "<x/>",
                                         "<?x?>",
                                         " ID=\"_b\"",
                                         " xml:id=\"_b\"",
                                         " xmlns=\"\"",
                                         " xmlns:a=\"urn:a\"",
                                         " xmlns:saml=\"urn:a\"",
                                         " a:a=\"\"",
                                         " xsi:nil=\"true\""};
    static const char characters[] = "_ab01 <>/\"'=:&#";
    const char *piece = pieces[below(copy, sizeof(pieces) / sizeof(*pieces))];
    size_t at;

    switch (below(copy, 6)) {
    case 0:
    case 1:
        put_element(copy);
        break;
    case 2:
        at = any_tag(copy);
        put(copy, at, end_of(copy, at) - at, "", 0);
        break;
    case 3: /* in a tag, before its first white space: where attributes begin */
        at = any_tag(copy);
        put(copy, at + strcspn(copy->text + at, " />"), 0, piece, strlen(piece));
        break;
    case 4:
        put(copy, below(copy, copy->len), 0, piece, strlen(piece));
        break;
    default:
        at = below(copy, copy->len);
        put(copy, at, 1, characters + below(copy, sizeof(characters) - 1), 1);
    }
}

/* Everything that it says. */
static const char *said_by(const braze_saml_identity_t *identity, apr_pool_t *pool)
{
    const char *text = apr_psprintf(
        pool, "%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%d|%" APR_TIME_T_FMT "|%" APR_TIME_T_FMT,
        identity->issuer, identity->assertion_id, identity->replay_key, identity->replay_digest,
        identity->name_id, identity->name_id_format, identity->name_qualifier,
        identity->sp_name_qualifier, identity->session_index, identity->in_response_to,
        identity->one_time_use, identity->session_not_on_or_after, identity->authn_instant);
    int i, j;

    for (i = 0; i < identity->attributes->nelts; i++) {
        const braze_saml_attribute_t *attribute =
            APR_ARRAY_IDX(identity->attributes, i, const braze_saml_attribute_t *);

        text = apr_psprintf(pool, "%s\n%s|%s|%s", text, attribute->name, attribute->name_format,
                            attribute->friendly_name);
        for (j = 0; j < attribute->values->nelts; j++) {
            text = apr_psprintf(pool, "%s|%s", text,
                                APR_ARRAY_IDX(attribute->values, j, const char *));
        }
    }
    return text;
}

/* The same changes for the same input, as far as a new signature allows. */
static void send_changed(const braze_saml_identity_t *identity, const char *text, size_t len,
                         apr_uint64_t seed, apr_pool_t *pool)
{
    const char *said = said_by(identity, pool);
    int i;

    for (i = 0; i < COPIES; i++) {
        copy_t copy = {text, len, seed + (apr_uint64_t)i, pool};
        size_t changes = 1 + below(&copy, CHANGES_MAX);

        while (changes-- > 0 && copy.len > 0) {
            change(&copy);
        }
        identity = judge(copy.text, copy.len, pool);
        if (identity && strcmp(said, said_by(identity, pool)) != 0) {
            abort();
        }
    }
}

/* FNV-1a. */
static apr_uint64_t seed_of(const unsigned char *data, size_t size)
{
    apr_uint64_t seed = APR_UINT64_C(14695981039346656037);

    while (size-- > 0) {
        seed = (seed ^ *data++) * APR_UINT64_C(1099511628211);
    }
    return seed;
}

static void judge_signed(const unsigned char *data, size_t size, apr_pool_t *pool)
{
    const braze_saml_identity_t *identity;
    xmlDocPtr document = xmlReadMemory((const char *)data, (int)size, NULL, NULL,
                                       XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlChar *text = NULL;
    int len = 0;

    if (document && sign(document)) {
        xmlDocDumpMemory(document, &text, &len);
        identity = judge(text, (size_t)len, pool);
        if (identity) {
            send_changed(identity, (const char *)text, (size_t)len, seed_of(data, size), pool);
        }
        xmlFree(text);
    }
    xmlFreeDoc(document);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    apr_pool_t *pool;

    if (!program) {
        start();
    }
    if (size > 64 * 1024) {
        return 0;
    }
    apr_pool_create(&pool, program);
    if (judge(data, size, pool)) {
        abort();
    }
    judge_signed(data, size, pool);
    apr_pool_destroy(pool);
    return 0;
}
