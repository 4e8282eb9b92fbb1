/* SPDX-License-Identifier: Apache-2.0 */
/* Directives of mod_braze_jit. */
#include "jit_int.h"
#include "sweep_int.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "braze_key.h"

/* What a section that says nothing of ours has. */
static const jit_conf_t nothing_said = {
    .provisioning = HTTPD_UNSET,
    .update_on_login = HTTPD_UNSET,
    .map_on_login = HTTPD_UNSET,
    .relay_state = JIT_RELAY_UNSET,
    .clock_skew = HTTPD_UNSET,
    .session_max_age = HTTPD_UNSET,
    .session_idle = HTTPD_UNSET,
    .sign_in = JIT_SIGN_IN_UNSET,
    .allow_sha1 = HTTPD_UNSET,
    .headers = HTTPD_UNSET,
    .force_authn = HTTPD_UNSET,
};

void *jit_dir_create(apr_pool_t *pool, char *dir)
{
    (void)dir;
    return apr_pmemdup(pool, &nothing_said, sizeof(nothing_said));
}

/* Field by field: an inner section that names one field keeps the outer one's others. */
static braze_attribute_map_t *merge_attributes(apr_pool_t *pool, const braze_attribute_map_t *base,
                                               const braze_attribute_map_t *add)
{
    braze_attribute_map_t *map;
    int i;

    if (!base && !add) {
        return NULL;
    }
    map = apr_pcalloc(pool, sizeof(*map));
    for (i = 0; i < BRAZE_FIELD_COUNT; i++) {
        map->names[i] = add && add->names[i] ? add->names[i] : base ? base->names[i] : NULL;
    }
    return map;
}

/* conf begins as what the inner section says. */
#define MERGE_POINTER(field) conf->field = conf->field ? conf->field : base->field
#define MERGE_NUMBER(field) conf->field = conf->field != HTTPD_UNSET ? conf->field : base->field

/* Which IdPs are believed and whom they may make are a company's own: an inner section for another
 * company begins without. */
static void forget_company(jit_conf_t *conf)
{
    conf->metadata = NULL;
    conf->idp_domains = NULL;
    conf->certificate = NULL;
    conf->idp_entity_id = NULL;
    conf->target_url = NULL;
    conf->saml_name = NULL;
    conf->provisioning = HTTPD_UNSET;
    conf->default_workspace = NULL;
    conf->default_permission_set = NULL;
    conf->allow_domains = NULL;
    conf->map = NULL;
    conf->map_on_login = HTTPD_UNSET;
}

/* A section that names an IdP itself names all that it has: an outer section's are not added. What
 * they must be signed by is a demand, not a gift: it stays. */
static void forget_idps(jit_conf_t *conf)
{
    conf->metadata = NULL;
    conf->idp_domains = NULL;
    conf->certificate = NULL;
    conf->idp_entity_id = NULL;
    conf->target_url = NULL;
}

void *jit_dir_merge(apr_pool_t *pool, void *base_v, void *add_v)
{
    jit_conf_t outer = *(const jit_conf_t *)base_v;
    const jit_conf_t *base = &outer, *add = add_v;
    jit_conf_t *conf;

    /* For most requests: the server itself says nothing, the one section that counts all. */
    if (memcmp(base_v, &nothing_said, sizeof(nothing_said)) == 0) {
        return add_v;
    }
    conf = apr_pmemdup(pool, add, sizeof(*add));
    if (add->company && outer.company && strcmp(add->company, outer.company)) {
        forget_company(&outer);
    }
    if (add->metadata || add->certificate) {
        forget_idps(&outer);
    }

    MERGE_POINTER(company);
    MERGE_POINTER(base_url);
    MERGE_POINTER(path);
    MERGE_POINTER(entity_id);
    MERGE_POINTER(metadata);
    MERGE_POINTER(metadata_key);
    MERGE_POINTER(idp_domains);
    MERGE_POINTER(target_url);
    MERGE_POINTER(certificate);
    MERGE_POINTER(idp_entity_id);
    MERGE_POINTER(saml_name);
    MERGE_NUMBER(provisioning);
    MERGE_POINTER(default_workspace);
    MERGE_POINTER(default_permission_set);
    MERGE_POINTER(allow_domains);
    conf->attributes = merge_attributes(pool, base->attributes, add->attributes);
    MERGE_NUMBER(update_on_login);
    MERGE_POINTER(map);
    MERGE_NUMBER(map_on_login);
    MERGE_NUMBER(relay_state);
    MERGE_NUMBER(clock_skew);
    MERGE_NUMBER(session_max_age);
    MERGE_NUMBER(session_idle);
    MERGE_POINTER(cookie);
    MERGE_NUMBER(sign_in);
    MERGE_NUMBER(allow_sha1);
    MERGE_NUMBER(headers);
    MERGE_POINTER(own);
    MERGE_NUMBER(force_authn);
    MERGE_POINTER(name_id_format);
    MERGE_POINTER(authn_contexts);
    MERGE_POINTER(diagnostics);
    return conf;
}

void *jit_server_create(apr_pool_t *pool, server_rec *s)
{
    jit_server_t *server = apr_pcalloc(pool, sizeof(*server));

    (void)s;
    server->idp_files = apr_array_make(pool, 2, sizeof(jit_idp_file_t));
    server->owns = apr_array_make(pool, 1, sizeof(jit_own_t *));
    return server;
}

jit_conf_t *jit_conf(request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &braze_jit_module);
}

jit_server_t *jit_server(server_rec *s)
{
    return ap_get_module_config(s->module_config, &braze_jit_module);
}

const char *jit_conf_path(const jit_conf_t *conf)
{
    return conf->path ? conf->path : JIT_DEFAULT_PATH;
}

const char *jit_conf_entity_id(const jit_conf_t *conf)
{
    return conf->entity_id ? conf->entity_id : JIT_DEFAULT_ENTITY_ID;
}

const char *jit_conf_cookie(request_rec *r, const jit_conf_t *conf)
{
    if (conf->cookie) {
        return conf->cookie;
    }
    return httpd_is_https(r, conf->base_url) ? "__Host-braze_session" : "braze_session";
}

apr_interval_time_t jit_conf_idle(const jit_conf_t *conf)
{
    return conf->session_idle == HTTPD_UNSET ? JIT_DEFAULT_IDLE : conf->session_idle;
}

apr_interval_time_t jit_conf_max_age(const jit_conf_t *conf)
{
    return conf->session_max_age == HTTPD_UNSET ? JIT_DEFAULT_MAX_AGE : conf->session_max_age;
}

/* ---- setters: every message names the directive (httpd prefixes it only for its own) and what it
 * takes ---- */

static const char *set_company(cmd_parms *cmd, void *dir, const char *arg)
{
    jit_conf_t *conf = dir;

    if (!*arg) {
        return "BrazeCompany takes the name of a company, as braze-admin company list shows it";
    }
    conf->company = arg;
    jit_server(cmd->server)->used = 1;
    return NULL;
}

static int is_http_url(const char *text)
{
    const char *host = !ap_cstr_casecmpn(text, "https://", 8)  ? text + 8
                       : !ap_cstr_casecmpn(text, "http://", 7) ? text + 7
                                                               : NULL;
    const char *c;

    for (c = text; *c; c++) {
        if (apr_iscntrl(*c) || apr_isspace(*c) || *c == '"' || *c == '<' || *c == '>') {
            return 0;
        }
    }
    return host && *host && *host != '/';
}

static const char *set_base_url(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *path;

    (void)cmd;
    if (!is_http_url(arg) || strpbrk(arg, "?#")) {
        return "BrazeJitBaseUrl takes the external URL of this host, like https://app.example.com";
    }
    path = ap_strchr_c(strstr(arg, "://") + 3, '/');
    if (path && path[1]) {
        return "BrazeJitBaseUrl takes scheme, host and port only, like https://app.example.com; "
               "the path of the endpoints is BrazeJitPath's";
    }
    ((jit_conf_t *)dir)->base_url = arg;
    return NULL;
}

static const char *set_path(cmd_parms *cmd, void *dir, const char *arg)
{
    apr_size_t len = strlen(arg);

    while (len > 1 && arg[len - 1] == '/') {
        len--;
    }
    if (arg[0] != '/' || len < 2 || strpbrk(arg, "?#%\\ ") || strstr(arg, "//")) {
        return "BrazeJitPath takes a path on this host that begins with a slash, like /auth/saml";
    }
    ((jit_conf_t *)dir)->path = apr_pstrmemdup(cmd->pool, arg, len);
    return NULL;
}

static const char *set_entity_id(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)cmd;
    if (!*arg || strlen(arg) > 1024) {
        return "BrazeJitEntityId takes our SAML entity ID: 1 to 1024 characters (SAML 2.0 core "
               "8.3.6)";
    }
    ((jit_conf_t *)dir)->entity_id = arg;
    return NULL;
}

static const char *note_idp_file(cmd_parms *cmd, const jit_conf_t *section, const char *directive,
                                 const char *file)
{
    jit_idp_file_t *entry = apr_array_push(jit_server(cmd->server)->idp_files);

    entry->directive = directive;
    entry->file = file;
    entry->section = section;
    return NULL;
}

static const char *set_metadata(cmd_parms *cmd, void *dir, const char *arg)
{
    jit_conf_t *conf = dir;
    const char *file = ap_server_root_relative(cmd->pool, arg);

    if (!file) {
        return apr_pstrcat(cmd->pool, "BrazeJitIdpMetadata takes a file name; not one: ", arg,
                           NULL);
    }
    if (!conf->metadata) {
        conf->metadata = apr_array_make(cmd->pool, 2, sizeof(const char *));
    }
    *(const char **)apr_array_push((apr_array_header_t *)conf->metadata) = file;
    return note_idp_file(cmd, conf, JIT_SOURCE_METADATA, file);
}

static const char *set_certificate(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *file = ap_server_root_relative(cmd->pool, arg);

    if (!file) {
        return apr_pstrcat(
            cmd->pool, "BrazeJitCertificate takes the name of a PEM file; not one: ", arg, NULL);
    }
    ((jit_conf_t *)dir)->certificate = file;
    return note_idp_file(cmd, dir, JIT_SOURCE_CERTIFICATE, file);
}

static const char *set_target_url(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)cmd;
    if (!is_http_url(arg)) {
        return "BrazeJitTargetUrl takes the IdP's sign-in URL, beginning with https:// (or "
               "http://)";
    }
    ((jit_conf_t *)dir)->target_url = arg;
    return NULL;
}

static const char *set_domains(cmd_parms *cmd, void *dir, const char *arg)
{
    jit_conf_t *conf = dir;
    const char *domain;
    braze_err_t *err = braze_key_bare_domain(&domain, arg, cmd->pool);

    if (err) {
        return apr_pstrcat(cmd->pool, "BrazeJitAllowDomain \"", arg, "\": ", err->detail, NULL);
    }
    if (!conf->allow_domains) {
        conf->allow_domains = apr_array_make(cmd->pool, 2, sizeof(const char *));
    }
    *(const char **)apr_array_push((apr_array_header_t *)conf->allow_domains) = domain;
    return NULL;
}

static const char *set_attribute(cmd_parms *cmd, void *dir, const char *field_name,
                                 const char *name)
{
    jit_conf_t *conf = dir;
    int field = braze_field_by_name(field_name);

    if (field < 0) {
        return "BrazeJitAttribute takes a field (email, first_name, last_name, department, "
               "workspace, permission_set or groups) and the names of SAML attributes";
    }
    if (!conf->attributes) {
        conf->attributes = apr_pcalloc(cmd->pool, sizeof(*conf->attributes));
    }
    if (!conf->attributes->names[field]) {
        conf->attributes->names[field] = apr_array_make(cmd->pool, 2, sizeof(const char *));
    }
    *(const char **)apr_array_push((apr_array_header_t *)conf->attributes->names[field]) = name;
    return NULL;
}

static const char *set_relay_state(cmd_parms *cmd, void *dir, const char *arg)
{
    jit_conf_t *conf = dir;

    (void)cmd;
    if (!ap_cstr_casecmp(arg, "path")) {
        conf->relay_state = JIT_RELAY_PATH;
    } else if (!ap_cstr_casecmp(arg, "api-key")) {
        conf->relay_state = JIT_RELAY_API_KEY;
        jit_server(cmd->server)->used = 1;
    } else if (!ap_cstr_casecmp(arg, "any")) {
        conf->relay_state = JIT_RELAY_ANY;
    } else {
        return "BrazeJitRelayState takes api-key, path or any";
    }
    return NULL;
}

static const char *set_skew(cmd_parms *cmd, void *dir, const char *arg)
{
    char *end;
    apr_int64_t value = apr_strtoi64(arg, &end, 10);

    (void)cmd;
    if (end == arg || *end || value < 0 || value > 600) {
        return "BrazeJitClockSkew takes a number of seconds from 0 to 600";
    }
    ((jit_conf_t *)dir)->clock_skew = (int)value;
    return NULL;
}

/* min and max in seconds; httpd's own units (ms, s, min, h) are taken. */
static const char *set_interval(apr_interval_time_t *field, cmd_parms *cmd, const char *arg,
                                apr_int64_t min, apr_int64_t max)
{
    apr_interval_time_t value;

    if (ap_timeout_parameter_parse(arg, &value, "s") != APR_SUCCESS ||
        value < apr_time_from_sec(min) || value > apr_time_from_sec(max)) {
        return apr_psprintf(cmd->pool,
                            "%s takes a time from %" APR_INT64_T_FMT "s to %" APR_INT64_T_FMT
                            "s, like 90s, 30min or 8h",
                            cmd->cmd->name, min, max);
    }
    *field = value;
    return NULL;
}

static const char *set_max_age(cmd_parms *cmd, void *dir, const char *arg)
{
    return set_interval(&((jit_conf_t *)dir)->session_max_age, cmd, arg, 10, 30 * 86400);
}

static const char *set_idle(cmd_parms *cmd, void *dir, const char *arg)
{
    return set_interval(&((jit_conf_t *)dir)->session_idle, cmd, arg, 10, 30 * 86400);
}

static const char *set_cookie(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *c;

    (void)cmd;
    for (c = arg; *c; c++) {
        /* RFC 6265 4.1.1: a token */
        if (apr_iscntrl(*c) || (unsigned char)*c >= 127 || strchr("()<>@,;:\\\"/[]?={} \t", *c)) {
            break;
        }
    }
    if (*c || c == arg) {
        return "BrazeJitCookie takes a cookie name (letters, digits, - and _)";
    }
    ((jit_conf_t *)dir)->cookie = arg;
    return NULL;
}

static const char *set_sign_in(cmd_parms *cmd, void *dir, const char *arg)
{
    jit_conf_t *conf = dir;

    (void)cmd;
    if (!ap_cstr_casecmp(arg, "page")) {
        conf->sign_in = JIT_SIGN_IN_PAGE;
    } else if (!ap_cstr_casecmp(arg, "redirect")) {
        conf->sign_in = JIT_SIGN_IN_REDIRECT;
    } else if (!strcmp(arg, "401")) {
        conf->sign_in = JIT_SIGN_IN_401;
    } else {
        return "BrazeJitSignIn takes page, redirect or 401";
    }
    return NULL;
}

/* saml-core 8.3 and saml-authn-context name things by absolute URIs. */
static int is_uri(const char *text)
{
    const char *c = text;

    while (apr_isalnum(*c) || *c == '+' || *c == '-' || *c == '.') {
        c++;
    }
    if (c == text || *c != ':' || strlen(text) > 1024) {
        return 0;
    }
    while (*c > 0x20 && *c < 0x7f && !strchr("\"<>\\^`{|}", *c)) {
        c++;
    }
    return !*c;
}

static const char *set_name_id_format(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)cmd;
    if (!is_uri(arg)) {
        return "BrazeJitNameIdFormat takes the URI of a NameID format, like "
               "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    }
    ((jit_conf_t *)dir)->name_id_format = arg;
    return NULL;
}

static const char *set_authn_context(cmd_parms *cmd, void *dir, const char *arg)
{
    jit_conf_t *conf = dir;

    if (!is_uri(arg)) {
        return "BrazeJitAuthnContext takes URIs of authentication context classes, like "
               "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    }
    if (!conf->authn_contexts) {
        conf->authn_contexts = apr_array_make(cmd->pool, 2, sizeof(const char *));
    }
    *(const char **)apr_array_push((apr_array_header_t *)conf->authn_contexts) = arg;
    return NULL;
}

#define FIELD(name) (void *)APR_OFFSETOF(jit_conf_t, name)

const command_rec jit_commands[] = {
    AP_INIT_TAKE1("BrazeCompany", set_company, NULL, ACCESS_CONF | RSRC_CONF,
                  "the company (tenant) whose accounts are used"),
    AP_INIT_TAKE1("BrazeJitBaseUrl", set_base_url, NULL, ACCESS_CONF | RSRC_CONF,
                  "external URL of this host"),
    AP_INIT_TAKE1("BrazeJitPath", set_path, NULL, ACCESS_CONF | RSRC_CONF,
                  "path of the SAML endpoints"),
    AP_INIT_TAKE1("BrazeJitEntityId", set_entity_id, NULL, ACCESS_CONF | RSRC_CONF,
                  "our SAML entity ID"),
    AP_INIT_TAKE1("BrazeJitIdpMetadata", set_metadata, NULL, ACCESS_CONF | RSRC_CONF,
                  "file with the IdP's metadata; may be given more than once"),
    AP_INIT_TAKE1("BrazeJitIdpMetadataKey", jit_set_metadata_key, NULL, ACCESS_CONF | RSRC_CONF,
                  "PEM file with the key that metadata must be signed by, or none"),
    AP_INIT_ITERATE2("BrazeJitIdpDomain", jit_set_idp_domain, NULL, ACCESS_CONF | RSRC_CONF,
                     "an IdP's entity ID and the e-mail domains of its people"),
    AP_INIT_TAKE1("BrazeJitTargetUrl", set_target_url, NULL, ACCESS_CONF | RSRC_CONF,
                  "the IdP's sign-in URL"),
    AP_INIT_TAKE1("BrazeJitCertificate", set_certificate, NULL, ACCESS_CONF | RSRC_CONF,
                  "PEM file with the IdP's certificate"),
    AP_INIT_TAKE1("BrazeJitIdpEntityId", ap_set_string_slot, FIELD(idp_entity_id),
                  ACCESS_CONF | RSRC_CONF, "the IdP's entity ID, with BrazeJitCertificate"),
    AP_INIT_TAKE1("BrazeJitName", ap_set_string_slot, FIELD(saml_name), ACCESS_CONF | RSRC_CONF,
                  "the IdP's name on the sign-in page"),
    AP_INIT_FLAG("BrazeJitProvisioning", ap_set_flag_slot, FIELD(provisioning),
                 ACCESS_CONF | RSRC_CONF, "make accounts at the first login"),
    AP_INIT_TAKE1("BrazeJitDefaultWorkspace", ap_set_string_slot, FIELD(default_workspace),
                  ACCESS_CONF | RSRC_CONF, "workspace of a new user"),
    AP_INIT_TAKE1("BrazeJitDefaultPermissionSet", ap_set_string_slot, FIELD(default_permission_set),
                  ACCESS_CONF | RSRC_CONF, "permission set of a new user"),
    AP_INIT_ITERATE("BrazeJitAllowDomain", set_domains, NULL, ACCESS_CONF | RSRC_CONF,
                    "e-mail domains accepted although no confirmed user has them"),
    AP_INIT_ITERATE2("BrazeJitAttribute", set_attribute, NULL, ACCESS_CONF | RSRC_CONF,
                     "a field and the SAML attributes that give it"),
    AP_INIT_FLAG("BrazeJitUpdateOnLogin", ap_set_flag_slot, FIELD(update_on_login),
                 ACCESS_CONF | RSRC_CONF, "later logins refresh the names"),
    AP_INIT_TAKE_ARGV("BrazeJitMap", jit_set_map, NULL, ACCESS_CONF | RSRC_CONF,
                      "a group of the IdP's, and what its members get"),
    AP_INIT_FLAG("BrazeJitMapOnLogin", ap_set_flag_slot, FIELD(map_on_login),
                 ACCESS_CONF | RSRC_CONF, "BrazeJitMap counts at every login, not only the first"),
    AP_INIT_TAKE1("BrazeJitRelayState", set_relay_state, NULL, ACCESS_CONF | RSRC_CONF,
                  "api-key, path or any"),
    AP_INIT_TAKE1("BrazeJitClockSkew", set_skew, NULL, ACCESS_CONF | RSRC_CONF,
                  "seconds tolerated on time checks"),
    AP_INIT_TAKE1("BrazeJitSessionMaxAge", set_max_age, NULL, ACCESS_CONF | RSRC_CONF,
                  "longest life of a session"),
    AP_INIT_TAKE1("BrazeJitSessionIdle", set_idle, NULL, ACCESS_CONF | RSRC_CONF,
                  "a session unused for so long ends"),
    AP_INIT_TAKE12(
        "BrazeJitSessionCache", jit_cache_set, NULL, RSRC_CONF,
        "socache provider[:args] in front of the session rows, and for how long it is believed"),
    AP_INIT_TAKE1("BrazeJitCookie", set_cookie, NULL, ACCESS_CONF | RSRC_CONF,
                  "name of the session cookie"),
    AP_INIT_TAKE1("BrazeJitSignIn", set_sign_in, NULL, ACCESS_CONF | RSRC_CONF,
                  "what a visitor without a session gets: page, redirect or 401"),
    AP_INIT_FLAG("BrazeJitAllowSha1", ap_set_flag_slot, FIELD(allow_sha1), ACCESS_CONF | RSRC_CONF,
                 "accept SHA-1 signatures"),
    AP_INIT_FLAG("BrazeJitHeaders", ap_set_flag_slot, FIELD(headers), ACCESS_CONF | RSRC_CONF,
                 "also set request headers for a proxied application"),
    AP_INIT_TAKE1("BrazeJitKey", jit_set_key, NULL, ACCESS_CONF | RSRC_CONF,
                  "PEM file with our private key; a second one for rollover"),
    AP_INIT_TAKE1("BrazeJitCert", jit_set_cert, NULL, ACCESS_CONF | RSRC_CONF,
                  "PEM file with that key's certificate"),
    AP_INIT_FLAG("BrazeJitForceAuthn", ap_set_flag_slot, FIELD(force_authn),
                 ACCESS_CONF | RSRC_CONF, "have the IdP ask the person again at each sign-in"),
    AP_INIT_TAKE1("BrazeJitNameIdFormat", set_name_id_format, NULL, ACCESS_CONF | RSRC_CONF,
                  "kind of name to ask the IdP for"),
    AP_INIT_ITERATE("BrazeJitAuthnContext", set_authn_context, NULL, ACCESS_CONF | RSRC_CONF,
                    "ways of authentication to ask the IdP for"),
    AP_INIT_TAKE1("BrazeSweepInterval", httpd_sweep_set_every, NULL, RSRC_CONF,
                  "seconds between two turns of clearing away what has expired, or off"),
    AP_INIT_TAKE1("BrazeEventRetention", httpd_sweep_set_days, NULL, RSRC_CONF,
                  "days that the audit trail is kept, or off"),
    AP_INIT_TAKE1("BrazeJitDiagnostics", jit_set_diagnostics, NULL, ACCESS_CONF | RSRC_CONF,
                  "file or |program for a readable record of every posted response, or off"),
    {0}};
