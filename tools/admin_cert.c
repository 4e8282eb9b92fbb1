/* SPDX-License-Identifier: Apache-2.0 */
/* The identity provider's certificate: out of a file, and its fingerprint. */
#include <string.h>

#include <apr_base64.h>
#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "admin_jit.h"
#include "braze_id.h"
#include "braze_saml.h"

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"

static braze_err_t *read_text(const char **text, const char *file, apr_pool_t *pool)
{
    char *data = apr_palloc(pool, ADMIN_CERT_MAX + 2), why[120];
    apr_size_t len = 0;
    apr_file_t *in;
    apr_status_t rv = apr_file_open(&in, file, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool);

    if (rv == APR_SUCCESS) {
        rv = apr_file_read_full(in, data, ADMIN_CERT_MAX + 1, &len);
        apr_file_close(in);
    }
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EOF(rv)) {
        return admin_fail(pool, APR_STATUS_IS_ENOENT(rv) ? ADMIN_NOT_FOUND : ADMIN_FAILED,
                          "certificate %s: cannot be read: %s", file,
                          apr_strerror(rv, why, sizeof(why)));
    }
    data[len] = '\0';
    *text = data;
    return len > ADMIN_CERT_MAX || strlen(data) != len
               ? admin_fail(
                     pool, ADMIN_USAGE,
                     "certificate %s: this is no PEM file: openssl x509 -inform DER -in FILE "
                     "makes one of a DER file",
                     file)
               : NULL;
}

static braze_err_t *cut_out(const char **pem, const char *text, const char *file, apr_pool_t *pool)
{
    const char *begin = strstr(text, BEGIN), *end = begin ? strstr(begin, END) : NULL;

    if (strstr(text, "PRIVATE KEY-----")) {
        return admin_fail(pool, ADMIN_USAGE,
                          "certificate %s: there is a private key in it, which must stay with the "
                          "identity provider: give the certificate only",
                          file);
    }
    if (!end || strstr(begin + 1, BEGIN)) {
        return admin_fail(pool, ADMIN_USAGE, "certificate %s: it has %s: give exactly one", file,
                          end ? "several certificates" : "no certificate in PEM form");
    }
    *pem = apr_pstrcat(pool, apr_pstrndup(pool, begin, end - begin), END "\n", NULL);
    return NULL;
}

braze_err_t *admin_cert_read(const char **pem, const char *file, apr_pool_t *pool)
{
    braze_saml_idp_t *idp;
    const char *text = NULL;
    braze_err_t *err = read_text(&text, file, pool);

    if (!err) {
        err = cut_out(pem, text, file, pool);
    }
    if (err) {
        return err;
    }
    /* The same judgement as at a sign-in, so that what is stored can be used. */
    err = braze_saml_init(pool);
    if (err) {
        return admin_about(err, pool, "certificate %s", file);
    }
    err = braze_saml_idp_make(&idp, apr_pstrcat(pool, "in ", file, NULL), NULL, *pem, strlen(*pem),
                              pool);
    if (err) {
        err->status = 400; /* the operator's to put right, not the server's */
    }
    return err;
}

const char *admin_cert_fingerprint(const char *pem, apr_pool_t *pool)
{
    const char *begin = strstr(pem, BEGIN), *end = begin ? strstr(begin, END) : NULL;
    char *base64, *out, *der;
    int len;

    if (!end) {
        return NULL;
    }
    out = base64 = apr_palloc(pool, end - begin + 1);
    for (begin += strlen(BEGIN); begin < end; begin++) {
        if (!apr_isspace(*begin)) {
            *out++ = *begin;
        }
    }
    *out = '\0';
    der = apr_palloc(pool, apr_base64_decode_len(base64) + 1);
    len = apr_base64_decode(der, base64);
    return braze_sha256_hex(der, len > 0 ? len : 0, pool);
}
