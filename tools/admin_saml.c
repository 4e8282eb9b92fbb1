/* SPDX-License-Identifier: Apache-2.0 */
/* saml-check: judges a captured response as the module would, without a server, and tells of every
 * step. */
#include <stdio.h>
#include <string.h>

#include <apr_base64.h>
#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "admin_saml.h"
#include "braze_saml_artifact.h"
#include "braze_saml_request.h"
#include "braze_time.h"

#define FILE_BYTES_MAX (4 * 1024 * 1024) /* of a capture: the judge has a cap of its own */
#define DEFAULT_ENTITY_ID "braze_dashboard"
#define DEFAULT_PATH "/auth/saml"
#define DEFAULT_SKEW 60

typedef struct {
    admin_t *admin;
    braze_json_t *steps;
} telling_t;

/* ---- files ---- */

braze_err_t *admin_saml_file(const char **data, apr_size_t *len, const char *file, const char *what,
                             apr_size_t max, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, max + 2), why[120];
    apr_file_t *in;
    apr_status_t rv = apr_file_open(&in, file, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool);

    *len = 0;
    if (rv == APR_SUCCESS) {
        rv = apr_file_read_full(in, text, max + 1, len);
        apr_file_close(in);
    }
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EOF(rv)) {
        return admin_fail(pool, APR_STATUS_IS_ENOENT(rv) ? ADMIN_NOT_FOUND : ADMIN_FAILED,
                          "%s %s: cannot be read: %s", what, file,
                          apr_strerror(rv, why, sizeof(why)));
    }
    if (*len > max) {
        return admin_fail(pool, ADMIN_USAGE, "%s %s: it is larger than %" APR_SIZE_T_FMT " bytes",
                          what, file, max);
    }
    text[*len] = '\0';
    *data = text;
    return NULL;
}

static int hex_of(char c)
{
    return apr_isdigit(c)         ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The SAMLResponse of a form's body as it was sent; NULL when its escapes are broken. */
static const char *form_value(const char *from, apr_pool_t *pool)
{
    apr_size_t left = strcspn(from, "& \r\n");
    char *out = apr_palloc(pool, left + 1), *to = out;

    for (; left; left--, from++) {
        if (*from != '%') {
            *to++ = (char)(*from == '+' ? ' ' : *from);
            continue;
        }
        if (left < 3 || hex_of(from[1]) < 0 || hex_of(from[2]) < 0) {
            return NULL;
        }
        *to++ = (char)(hex_of(from[1]) * 16 + hex_of(from[2]));
        from += 2;
        left -= 2;
    }
    *to = '\0';
    return out;
}

/* The value of a field of a form, or of a query, that is somewhere in data; NULL: it is not there.
 */
static const char *field_value(const char *data, const char *name)
{
    apr_size_t len = strlen(name);
    const char *at;

    for (at = strstr(data, name); at; at = strstr(at + 1, name)) {
        if ((at == data || strchr("&\n?", at[-1])) && at[len] == '=') {
            return at + len + 1;
        }
    }
    return NULL;
}

/* An artifact stands for a response that only the module can fetch, once; what it gets for it has a
 * signature of its own, which counts there. */
static braze_err_t *no_artifact(const char *data, apr_size_t len, const admin_t *admin,
                                const char *file)
{
    const char *field = field_value(data, "SAMLart");
    char *text = apr_pstrmemdup(admin->pool, data, len);
    braze_artifact_t artifact;
    braze_err_t *err;

    while (len && apr_isspace(text[len - 1])) {
        text[--len] = '\0';
    }
    err = field || *data == '<' ? NULL : braze_artifact_read(&artifact, text, admin->pool);
    if (field || (*data != '<' && !err)) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "response %s: this is an artifact; the response itself went from the "
                          "identity provider to httpd: set BrazeJitDiagnostics, have them sign in "
                          "again, and read its record",
                          file);
    }
    if (*data == '<' && strstr(data, "ArtifactResponse")) {
        return admin_fail(admin->pool, ADMIN_USAGE,
                          "response %s: this is the answer to an artifact, which is judged "
                          "together with the request: set BrazeJitDiagnostics, have them sign in "
                          "again, and read its record; or give the Response in it alone, if it is "
                          "signed itself",
                          file);
    }
    return NULL;
}

/* As the module gets it: the base64 of the form's field. A capture may be that, the form, or the
 * XML. */
static braze_err_t *read_response(const char **base64, admin_t *admin, const char *file)
{
    const char *data = NULL, *field;
    apr_size_t len = 0;
    braze_err_t *err = admin_saml_file(&data, &len, file, "response", FILE_BYTES_MAX, admin->pool);
    char *encoded;

    if (err) {
        return err;
    }
    while (len && apr_isspace(*data)) {
        data++;
        len--;
    }
    err = no_artifact(data, len, admin, file);
    if (err) {
        return err;
    }
    field = field_value(data, "SAMLResponse");
    if (len && *data == '<') {
        encoded = apr_palloc(admin->pool, (apr_size_t)apr_base64_encode_len((int)len));
        apr_base64_encode(encoded, data, (int)len);
        *base64 = encoded;
    } else if (field) {
        *base64 = form_value(field, admin->pool);
    } else {
        *base64 = apr_pstrmemdup(admin->pool, data, len);
    }
    return *base64 && **base64
               ? NULL
               : admin_fail(admin->pool, ADMIN_USAGE,
                            "response %s: there is no response in it: give the XML, its base64, or "
                            "the body of the form that was posted",
                            file);
}

/* ---- what it is held against ---- */

static braze_err_t *load_pairs(const apr_array_header_t **pairs, const admin_saml_conf_t *conf,
                               apr_pool_t *pool)
{
    apr_array_header_t *made = apr_array_make(pool, 2, sizeof(braze_saml_pair_t *));
    braze_err_t *err = NULL;
    int i;

    if (conf->keys->nelts != conf->certs->nelts) {
        return admin_fail(pool, ADMIN_USAGE, "%d keys and %d certificates: each key has one",
                          conf->keys->nelts, conf->certs->nelts);
    }
    for (i = 0; !err && i < conf->keys->nelts; i++) {
        const char *key, *cert, *file = APR_ARRAY_IDX(conf->keys, i, const char *);
        apr_size_t key_len, cert_len;

        err = admin_saml_file(&key, &key_len, file, "key", BRAZE_SAML_MAX_PEM, pool);
        if (!err) {
            err = admin_saml_file(&cert, &cert_len, APR_ARRAY_IDX(conf->certs, i, const char *),
                                  "certificate", BRAZE_SAML_MAX_PEM, pool);
        }
        if (!err) {
            err = admin_about(braze_saml_pair_make((braze_saml_pair_t **)apr_array_push(made), key,
                                                   key_len, cert, cert_len, pool),
                              pool, "key %s", file);
        }
    }
    *pairs = made->nelts ? made : NULL;
    return err;
}

/* Options go before what the configuration says. */
static void obey_options(admin_saml_conf_t *conf, const admin_t *admin)
{
    const apr_array_header_t *metadata = admin_arg_all(admin, OPT_METADATA);
    const char *key = admin_arg(admin, OPT_KEY), *cert = admin_arg(admin, OPT_CERT);

    if (metadata->nelts) {
        apr_array_clear(conf->metadata);
        apr_array_cat(conf->metadata, metadata);
        conf->certificate = conf->idp_entity_id = NULL;
    }
    if (admin_arg(admin, OPT_METADATA_KEY)) {
        conf->metadata_key = admin_arg(admin, OPT_METADATA_KEY);
    }
    if (key || cert) {
        apr_array_clear(conf->keys);
        apr_array_clear(conf->certs);
        if (key) {
            APR_ARRAY_PUSH(conf->keys, const char *) = key;
        }
        if (cert) {
            APR_ARRAY_PUSH(conf->certs, const char *) = cert;
        }
    }
    if (admin_arg(admin, OPT_ENTITY_ID)) {
        conf->entity_id = admin_arg(admin, OPT_ENTITY_ID);
    }
}

static braze_err_t *acs_urls(const apr_array_header_t **urls, const admin_saml_conf_t *conf,
                             const admin_t *admin)
{
    apr_array_header_t *made = apr_array_copy(admin->pool, admin_arg_all(admin, OPT_ACS_URL));
    apr_size_t len = conf->base_url ? strlen(conf->base_url) : 0;

    while (len && conf->base_url[len - 1] == '/') {
        len--;
    }
    if (!made->nelts && len) {
        APR_ARRAY_PUSH(made, const char *) =
            apr_pstrcat(admin->pool, apr_pstrmemdup(admin->pool, conf->base_url, len),
                        conf->path ? conf->path : DEFAULT_PATH, "/callback", NULL);
    }
    *urls = made;
    return made->nelts ? NULL
                       : admin_fail(admin->pool, ADMIN_USAGE,
                                    "where was it posted to? Give --acs-url URL (the configuration "
                                    "has no BrazeJitBaseUrl)");
}

/* Which request it answers, only the browser's server knew: without --in-response-to, it is taken
 * to be the one that was made. */
static void expect_request(braze_saml_expect_t *expect, const char *base64, const admin_t *admin)
{
    const char *issuer;
    braze_err_t *err = NULL;

    expect->in_response_to = admin_arg(admin, OPT_IN_RESPONSE_TO);
    if (!expect->in_response_to) {
        err =
            braze_saml_peek(&issuer, &expect->in_response_to, base64, strlen(base64), admin->pool);
    }
    if (!err && expect->in_response_to && !admin_arg(admin, OPT_IN_RESPONSE_TO)) {
        admin_note(admin,
                   "it answers the request %s, which is taken for ours: --in-response-to ID "
                   "compares",
                   expect->in_response_to);
    }
}

static braze_err_t *fill(braze_saml_expect_t *expect, admin_t *admin)
{
    const char *file = admin_arg(admin, OPT_FILE);
    admin_saml_conf_t *conf = admin_saml_conf_new(admin->pool);
    braze_saml_idps_t *idps;
    braze_err_t *err = file ? admin_saml_conf_read(&conf, admin, file) : NULL;

    if (err) {
        return err;
    }
    obey_options(conf, admin);
    expect->now = admin->now;
    expect->skew = conf->skew >= 0 ? conf->skew : DEFAULT_SKEW;
    expect->allow_sha1 = conf->allow_sha1 == 1 || admin_arg_has(admin, OPT_ALLOW_SHA1);
    expect->sp_entity_id = conf->entity_id ? conf->entity_id : DEFAULT_ENTITY_ID;
    expect->authn_contexts = conf->authn_contexts->nelts ? conf->authn_contexts : NULL;
    err = admin_arg_time(&expect->now, admin, OPT_AT, -1);
    if (!err) {
        err = admin_arg_number(&expect->skew, admin, OPT_SKEW, 0, 600);
    }
    if (!err) {
        err = acs_urls(&expect->acs_urls, conf, admin);
    }
    if (!err) {
        err = admin_saml_idps(&idps, admin, conf, expect->now);
        expect->idps = idps;
    }
    return err ? err : load_pairs(&expect->pairs, conf, admin->pool);
}

/* ---- telling ---- */

static void tell(void *baton, const char *name, const braze_err_t *err, const char *text)
{
    telling_t *telling = baton;
    apr_pool_t *pool = telling->admin->pool;
    braze_json_t *step = braze_json_object(pool);

    if (err) {
        text = apr_psprintf(pool, "%s%s%s %s: %s", text, *text ? "; " : "", err->code, err->tag,
                            err->log);
    }
    admin_put_text(step, "step", name, pool);
    admin_put_text(step, "verdict", err ? "refused" : "ok", pool);
    admin_put_text(step, "found", apr_pstrdup(pool, text), pool);
    braze_json_append(telling->steps, step);
}

static braze_json_t *attributes_json(const braze_saml_identity_t *identity, apr_pool_t *pool)
{
    braze_json_t *object = braze_json_object(pool);
    int i;

    for (i = 0; i < identity->attributes->nelts; i++) {
        const braze_saml_attribute_t *one =
            APR_ARRAY_IDX(identity->attributes, i, const braze_saml_attribute_t *);

        admin_put_texts(object, one->name, one->values, pool);
    }
    return object;
}

static braze_json_t *identity_json(const braze_saml_identity_t *identity, apr_pool_t *pool)
{
    braze_json_t *object = braze_json_object(pool);

    admin_put_text(object, "issuer", identity->issuer, pool);
    admin_put_text(object, "name_id", identity->name_id, pool);
    admin_put_text(object, "name_id_format", identity->name_id_format, pool);
    admin_put_text(object, "session_index", identity->session_index, pool);
    admin_put_text(object, "assertion_id", identity->assertion_id, pool);
    admin_put_text(object, "in_response_to", identity->in_response_to, pool);
    admin_put_time(object, "authenticated_at", identity->authn_instant, pool);
    braze_json_set(object, "attributes", attributes_json(identity, pool));
    return object;
}

static void print_text(const telling_t *telling, const braze_json_t *answer,
                       const braze_err_t *refusal)
{
    static const admin_column_t columns[] = {
        {"STEP", "step"}, {"VERDICT", "verdict"}, {"FOUND", "found"}, {NULL, NULL}};
    static const admin_column_t who[] = {{"Issuer", "issuer"},
                                         {"NameID", "name_id"},
                                         {"Format", "name_id_format"},
                                         {"SessionIndex", "session_index"},
                                         {"Assertion", "assertion_id"},
                                         {"InResponseTo", "in_response_to"},
                                         {"Authenticated at", "authenticated_at"},
                                         {"Attributes", "attributes"},
                                         {NULL, NULL}};
    apr_pool_t *pool = telling->admin->pool;

    admin_print_list(telling->admin, columns, telling->steps);
    printf("\n");
    if (refusal) {
        printf("refused: %s (status %d): %s\n", refusal->code, refusal->status,
               admin_safe(refusal->detail, pool));
    } else {
        admin_print_record(telling->admin, who, braze_json_get(answer, "identity"));
        printf("accepted\n");
    }
}

static braze_json_t *answer_json(const telling_t *telling, const braze_err_t *refusal,
                                 const braze_saml_identity_t *identity, apr_time_t at)
{
    apr_pool_t *pool = telling->admin->pool;
    braze_json_t *answer = braze_json_object(pool);

    admin_put_bool(answer, "accepted", !refusal, pool);
    admin_put_text(answer, "code", refusal ? refusal->code : NULL, pool);
    admin_put_text(answer, "tag", refusal ? refusal->tag : NULL, pool);
    admin_put_text(answer, "detail", refusal ? refusal->detail : NULL, pool);
    admin_put_time(answer, "at", at, pool);
    braze_json_set(answer, "steps", telling->steps);
    if (identity) {
        braze_json_set(answer, "identity", identity_json(identity, pool));
    }
    return answer;
}

static braze_err_t *check(admin_t *admin)
{
    telling_t telling = {admin, braze_json_array(admin->pool)};
    braze_saml_steps_t steps = {tell, &telling};
    braze_saml_expect_t expect = {.steps = &steps};
    braze_saml_identity_t *identity = NULL;
    const char *base64 = NULL;
    braze_json_t *answer;
    braze_err_t *refusal, *err = braze_saml_init(admin->pool);

    if (!err) {
        err = fill(&expect, admin);
    }
    if (!err) {
        err = read_response(&base64, admin, admin_word(admin, 0));
    }
    if (err) {
        return err;
    }
    expect_request(&expect, base64, admin);
    refusal = braze_saml_judge(&identity, base64, strlen(base64), &expect, admin->pool);
    answer = answer_json(&telling, refusal, identity, expect.now);
    if (admin->json) {
        admin_done(admin, answer, "%s", "");
    } else {
        print_text(&telling, answer, refusal);
    }
    return refusal ? admin_fail(admin->pool, ADMIN_FAILED, "response %s: refused: %s",
                                admin_word(admin, 0), refusal->code)
                   : NULL;
}

const admin_command_t admin_saml_commands[] = {
    {"saml-check", NULL, "FILE", 1, 1,
     OPT_BIT(OPT_METADATA) | OPT_BIT(OPT_METADATA_KEY) | OPT_BIT(OPT_ENTITY_ID) |
         OPT_BIT(OPT_ACS_URL) | OPT_BIT(OPT_AT) | OPT_BIT(OPT_KEY) | OPT_BIT(OPT_CERT) |
         OPT_BIT(OPT_SKEW) | OPT_BIT(OPT_ALLOW_SHA1) | OPT_BIT(OPT_IN_RESPONSE_TO) |
         OPT_BIT(OPT_LOCATION) | OPT_BIT(OPT_VHOST),
     NEEDS_NOTHING, check, "judge a captured SAML response, and tell of every step", 0},
    {NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0}};
