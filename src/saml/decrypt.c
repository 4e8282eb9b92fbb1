/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EncryptedAssertion and EncryptedID (saml-core 2.2.4, 2.3.4 and 6). Whatever has to do with our
 * key fails in one way for whoever asks: only the log says more. What the message itself says in
 * plain (algorithms, how many keys) may be told.
 */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

#include "decrypt.h"
#include "dsig.h"

#define ELEMENT_TYPE BRAZE_NS_XENC "Element"
#define KEY_LEN_MAX 32

/* One thing to be opened. */
typedef struct {
    const braze_node_t *encrypted, *data; /* EncryptedAssertion or EncryptedID; EncryptedData */
    braze_decrypt_t *with;
    const braze_cipher_t *cipher;
    const unsigned char *bytes;
    apr_size_t len;
    apr_array_header_t *keys; /* of const braze_node_t *: EncryptedKey */
    const char *text;         /* as decrypted */
    apr_size_t text_len;
    apr_pool_t *pool;
} opening_t;

static const char *algorithm_of(const braze_node_t *parent, const char *ns, const char *name,
                                apr_pool_t *pool)
{
    const braze_node_t *node = parent ? braze_node_child(parent, ns, name) : NULL;

    return node ? braze_node_attr(node, "Algorithm", pool) : NULL;
}

/* The bytes of CipherData/CipherValue, however its lines are indented; 0 = there are none. */
static int cipher_value(const unsigned char **bytes, apr_size_t *len, const braze_node_t *parent,
                        apr_pool_t *pool)
{
    const braze_node_t *data = braze_node_child(parent, BRAZE_NS_XENC, "CipherData");
    const braze_node_t *value = data ? braze_node_child(data, BRAZE_NS_XENC, "CipherValue") : NULL;
    char *text = value ? apr_pstrdup(pool, braze_node_text(value, pool)) : NULL;

    if (!text) {
        return 0;
    }
    apr_collapse_spaces(text, text);
    return braze_base64_decode(bytes, len, text, strlen(text), pool) && *len > 0;
}

static braze_err_t *misshapen(const opening_t *opening, const char *why)
{
    return braze_saml_refuse(BRAZE_SAML_ENCRYPTION_SHAPE, opening->pool, "%s: %s",
                             braze_node_path(opening->encrypted, opening->pool), why);
}

static braze_err_t *failed(const opening_t *opening, const char *why)
{
    return braze_saml_refuse(BRAZE_SAML_DECRYPTION, opening->pool, "%s: %s",
                             braze_node_path(opening->encrypted, opening->pool), why);
}

static braze_err_t *read_data(opening_t *opening)
{
    apr_pool_t *pool = opening->pool;
    const char *type, *algorithm;

    opening->data = braze_node_child(opening->encrypted, BRAZE_NS_XENC, "EncryptedData");
    if (!opening->data) {
        return misshapen(opening, "there is no EncryptedData");
    }
    type = braze_node_attr(opening->data, "Type", pool);
    if (type && strcmp(type, ELEMENT_TYPE) != 0) { /* saml-core 2.2.4: may be left out */
        return misshapen(opening, apr_pstrcat(pool, "Type is ", type, NULL));
    }
    algorithm = algorithm_of(opening->data, BRAZE_NS_XENC, "EncryptionMethod", pool);
    opening->cipher = braze_cipher_find(algorithm ? algorithm : "");
    if (!opening->cipher) {
        return braze_saml_refuse(BRAZE_SAML_ENCRYPTION_ALGORITHM, pool, "EncryptedData: %s",
                                 algorithm ? algorithm : "no EncryptionMethod");
    }
    if (!opening->cipher->is_gcm && !opening->with->covered) {
        return braze_saml_refuse(BRAZE_SAML_ENCRYPTION_CBC, pool, "%s, and no signature around it",
                                 algorithm);
    }
    return cipher_value(&opening->bytes, &opening->len, opening->data, pool)
               ? NULL
               : misshapen(opening, "EncryptedData has no CipherValue");
}

static void add_keys(opening_t *opening, const braze_node_t *parent)
{
    const braze_node_t *node;

    for (node = braze_node_child(parent, BRAZE_NS_XENC, "EncryptedKey"); node;
         node = braze_node_next(node, BRAZE_NS_XENC, "EncryptedKey")) {
        APR_ARRAY_PUSH(opening->keys, const braze_node_t *) = node;
    }
}

/* Inside KeyInfo, or beside EncryptedData: a RetrievalMethod can only mean one of the latter, so
 * that it need not be followed. */
static braze_err_t *read_keys(opening_t *opening)
{
    const braze_node_t *info = braze_node_child(opening->data, BRAZE_NS_DS, "KeyInfo");

    opening->keys = apr_array_make(opening->pool, 2, sizeof(const braze_node_t *));
    if (info) {
        add_keys(opening, info);
    }
    add_keys(opening, opening->encrypted);
    if (opening->keys->nelts == 0) {
        return misshapen(opening, "there is no EncryptedKey");
    }
    if (opening->keys->nelts > BRAZE_SAML_MAX_ENCRYPTED_KEYS) {
        return misshapen(opening,
                         apr_psprintf(opening->pool, "%d EncryptedKeys, at most %d",
                                      opening->keys->nelts, BRAZE_SAML_MAX_ENCRYPTED_KEYS));
    }
    return NULL;
}

static int find_transport(braze_transport_t *transport, const braze_node_t *key, apr_pool_t *pool)
{
    const braze_node_t *method = braze_node_child(key, BRAZE_NS_XENC, "EncryptionMethod");
    const char *algorithm = method ? braze_node_attr(method, "Algorithm", pool) : NULL;

    return algorithm &&
           braze_transport_find(transport, algorithm,
                                algorithm_of(method, BRAZE_NS_DS, "DigestMethod", pool),
                                algorithm_of(method, BRAZE_NS_XENC11, "MGF", pool));
}

/* With one EncryptedKey and one key of ours. */
static int try_pair(opening_t *opening, const braze_transport_t *transport, int which,
                    const unsigned char *bytes, apr_size_t len)
{
    const braze_saml_pair_t *pair =
        APR_ARRAY_IDX(opening->with->pairs, which, const braze_saml_pair_t *);
    unsigned char key[KEY_LEN_MAX];

    if (!braze_transport_open(key, opening->cipher->key_len, transport, pair, bytes, len)) {
        return 0;
    }
    opening->text = braze_cipher_open(&opening->text_len, opening->cipher, key, opening->bytes,
                                      opening->len, opening->pool);
    OPENSSL_cleanse(key, sizeof(key));
    if (!opening->text) {
        return 0;
    }
    opening->with->how = apr_psprintf(opening->pool, "%s, RSA-OAEP with %s, our key %d",
                                      opening->cipher->name, transport->digest, which + 1);
    return 1;
}

static braze_err_t *unlock(opening_t *opening)
{
    const unsigned char *bytes;
    braze_transport_t transport;
    apr_size_t len;
    int i, pair, usable = 0;

    for (i = 0; i < opening->keys->nelts; i++) {
        const braze_node_t *key = APR_ARRAY_IDX(opening->keys, i, const braze_node_t *);

        if (!find_transport(&transport, key, opening->pool)) {
            continue;
        }
        usable++;
        if (!cipher_value(&bytes, &len, key, opening->pool)) {
            continue;
        }
        for (pair = 0; pair < opening->with->pairs->nelts; pair++) {
            if (try_pair(opening, &transport, pair, bytes, len)) {
                return NULL;
            }
        }
    }
    if (usable == 0) {
        return braze_saml_refuse(
            BRAZE_SAML_ENCRYPTION_ALGORITHM, opening->pool,
            "no EncryptedKey is of RSA-OAEP; the last: %s",
            algorithm_of(APR_ARRAY_IDX(opening->keys, i - 1, const braze_node_t *), BRAZE_NS_XENC,
                         "EncryptionMethod", opening->pool));
    }
    return failed(opening, apr_psprintf(opening->pool,
                                        "%d EncryptedKeys, %d keys of ours, and none opens it",
                                        opening->keys->nelts, opening->with->pairs->nelts));
}

/* One element and nothing beside it. */
static braze_err_t *read_content(braze_node_t **element, const opening_t *opening)
{
    const int is_id = braze_node_is(opening->encrypted, BRAZE_NS_SAML, "EncryptedID");
    braze_node_t *wrapper;
    braze_err_t *err = braze_xml_parse_within(&wrapper, opening->encrypted, opening->text,
                                              opening->text_len, opening->pool);

    if (err) {
        return err;
    }
    *element = braze_node_child(wrapper, NULL, NULL);
    if (!*element) {
        return braze_saml_refuse(BRAZE_SAML_NO_ASSERTION, opening->pool, "nothing was encrypted");
    }
    if (braze_node_next(*element, NULL, NULL)) {
        return braze_saml_refuse(is_id ? BRAZE_SAML_REPEATED : BRAZE_SAML_MANY_ASSERTIONS,
                                 opening->pool, "several elements were encrypted as one");
    }
    if (strspn(braze_node_text(wrapper, opening->pool), " \t\r\n") !=
        strlen(braze_node_text(wrapper, opening->pool))) {
        return braze_saml_refuse(BRAZE_SAML_TEXT, opening->pool, "beside the encrypted element");
    }
    return braze_shape_check_inside(*element, opening->encrypted, opening->pool);
}

braze_err_t *braze_decrypt(braze_node_t **element, const braze_node_t *encrypted,
                           braze_decrypt_t *with, apr_pool_t *pool)
{
    opening_t opening = {.encrypted = encrypted, .with = with, .pool = pool};
    braze_quiet_t quiet;
    braze_err_t *err;

    if (!with->pairs || with->pairs->nelts == 0) {
        return braze_saml_refuse(BRAZE_SAML_ENCRYPTED, pool,
                                 "%s, and there is no BrazeJitKey that can be used",
                                 braze_node_path(encrypted, pool));
    }
    err = read_data(&opening);
    if (!err) {
        err = read_keys(&opening);
    }
    if (!err) {
        braze_quiet_begin(&quiet);
        err = unlock(&opening);
        braze_quiet_end(&quiet);
    }
    if (err) {
        return err;
    }
    err = read_content(element, &opening);
    /* Who can change what CBC decrypts to could read it by our answers. */
    return err && !opening.cipher->is_gcm ? failed(&opening, err->log) : err;
}
