/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What httpd's configuration says about a location's identity providers. Server, <VirtualHost>,
 * <Location> and <LocationMatch> are merged as the module merges them; what stands in <Directory>
 * and <Files> is left out, and a condition (<If> and the like) around something that counts is
 * refused: only httpd can decide about it.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "admin_saml.h"

typedef struct {
    const admin_t *admin;
    const char *location, *vhost; /* as the options name them; vhost NULL = the only one */
    admin_saml_conf_t *server, *host, *section; /* host, section: NULL outside of one */
    int host_named; /* the virtual host at hand is the one that --vhost names */
    int passed;     /* sections open, this one included, that do not count */
    int in_if;      /* of passed: the <If> among them, in a place that counts; 0 = none */
    int hosts;      /* virtual hosts with something of ours */
    admin_saml_conf_t *chosen;
} reading_t;

admin_saml_conf_t *admin_saml_conf_new(apr_pool_t *pool)
{
    admin_saml_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));

    conf->metadata = apr_array_make(pool, 1, sizeof(const char *));
    conf->keys = apr_array_make(pool, 1, sizeof(const char *));
    conf->certs = apr_array_make(pool, 1, sizeof(const char *));
    conf->authn_contexts = apr_array_make(pool, 1, sizeof(const char *));
    conf->skew = conf->allow_sha1 = -1;
    return conf;
}

/* ---- merging, as jit_dir_merge does ---- */

static void take_text(const char **to, const char *from)
{
    *to = from ? from : *to;
}

static void take_list(apr_array_header_t *to, const apr_array_header_t *from)
{
    if (from->nelts) {
        apr_array_clear(to);
        apr_array_cat(to, from);
    }
}

static void forget_idps(admin_saml_conf_t *conf)
{
    apr_array_clear(conf->metadata);
    conf->certificate = conf->idp_entity_id = NULL;
}

static void merge(admin_saml_conf_t *to, const admin_saml_conf_t *from)
{
    int other = to->company && from->company && strcmp(to->company, from->company) != 0;

    if (other || from->metadata->nelts || from->certificate) {
        forget_idps(to);
    }
    take_text(&to->company, from->company);
    take_text(&to->base_url, from->base_url);
    take_text(&to->path, from->path);
    take_text(&to->entity_id, from->entity_id);
    take_text(&to->conditional, from->conditional);
    take_list(to->metadata, from->metadata);
    take_text(&to->metadata_key, from->metadata_key);
    take_text(&to->certificate, from->certificate);
    take_text(&to->idp_entity_id, from->idp_entity_id);
    take_list(to->authn_contexts, from->authn_contexts);
    if (from->keys->nelts || from->certs->nelts) {
        apr_array_clear(to->keys);
        apr_array_clear(to->certs);
        apr_array_cat(to->keys, from->keys);
        apr_array_cat(to->certs, from->certs);
    }
    to->skew = from->skew >= 0 ? from->skew : to->skew;
    to->allow_sha1 = from->allow_sha1 >= 0 ? from->allow_sha1 : to->allow_sha1;
}

/* ---- directives ---- */

static const char *const names[] = {"BrazeCompany",           "BrazeJitBaseUrl",
                                    "BrazeJitPath",           "BrazeJitEntityId",
                                    "BrazeJitIdpMetadata",    "BrazeJitCertificate",
                                    "BrazeJitIdpEntityId",    "BrazeJitKey",
                                    "BrazeJitCert",           "BrazeJitAuthnContext",
                                    "BrazeJitClockSkew",      "BrazeJitAllowSha1",
                                    "BrazeJitIdpMetadataKey", NULL};

#define METADATA_KEY 12 /* its place among the names */

static const char **text_place(admin_saml_conf_t *conf, int which)
{
    const char **const places[] = {
        &conf->company, &conf->base_url,    &conf->path,         &conf->entity_id,
        NULL,           &conf->certificate, &conf->idp_entity_id};

    return which < 7 ? places[which] : which == METADATA_KEY ? &conf->metadata_key : NULL;
}

static apr_array_header_t *list_place(admin_saml_conf_t *conf, int which)
{
    return which == 4   ? conf->metadata
           : which == 7 ? conf->keys
           : which == 8 ? conf->certs
           : which == 9 ? conf->authn_contexts
                        : NULL;
}

static int is_file(int which)
{
    return which == 4 || which == 5 || which == 7 || which == 8 || which == METADATA_KEY;
}

static void set(admin_saml_conf_t *conf, int which, const apr_array_header_t *words,
                const char *root, apr_pool_t *pool)
{
    apr_array_header_t *list = list_place(conf, which);
    const char **text = text_place(conf, which);
    int i;

    for (i = 1; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);

        if (which == METADATA_KEY && strcasecmp(word, ADMIN_SAML_NO_KEY) == 0) {
            word = ADMIN_SAML_NO_KEY;
        } else if (is_file(which) && *word != '/') {
            word = apr_pstrcat(pool, root, "/", word, NULL);
        }
        if (list) {
            APR_ARRAY_PUSH(list, const char *) = word;
        } else if (text) {
            *text = word;
        } else if (which == 10) {
            conf->skew = (int)strtol(word, NULL, 10);
        } else {
            conf->allow_sha1 = strcasecmp(word, "on") == 0;
        }
    }
}

static int name_of(const char *word)
{
    int i = 0;

    while (names[i] && strcasecmp(names[i], word) != 0) {
        i++;
    }
    return i;
}

static void see_directive(reading_t *reading, const apr_array_header_t *words, const char *root)
{
    const char *name = APR_ARRAY_IDX(words, 0, const char *);
    admin_saml_conf_t *conf = reading->section ? reading->section
                              : reading->host  ? reading->host
                                               : reading->server;
    int i, which = name_of(name);

    if (reading->passed) {
        conf->conditional = reading->in_if && names[which] ? names[which] : conf->conditional;
        return;
    }
    if (reading->host &&
        (strcasecmp(name, "ServerName") == 0 || strcasecmp(name, "ServerAlias") == 0)) {
        for (i = 1; i < words->nelts; i++) {
            const char *word = APR_ARRAY_IDX(words, i, const char *);
            apr_size_t len = strcspn(word, ":");

            reading->host_named |= reading->vhost && strlen(reading->vhost) == len &&
                                   strncasecmp(word, reading->vhost, len) == 0;
        }
    }
    if (names[which]) {
        set(conf, which, words, root, reading->admin->pool);
    }
}

/* ---- sections ---- */

/* As httpd compares a plain <Location>: whole segments. */
static int is_within(const char *location, const char *prefix)
{
    apr_size_t len = strlen(prefix);

    while (len && prefix[len - 1] == '/') {
        len--;
    }
    return strncmp(location, prefix, len) == 0 && (!location[len] || location[len] == '/');
}

static int matches(const char *location, const char *pattern)
{
    regex_t regex;
    int match;

    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        return 0; /* one that only PCRE knows */
    }
    match = regexec(&regex, location, 0, NULL, 0) == 0;
    regfree(&regex);
    return match;
}

static int counts(const reading_t *reading, const apr_array_header_t *words, const char *tag)
{
    const char *arg = words->nelts > 1 ? APR_ARRAY_IDX(words, words->nelts - 1, const char *) : "";

    if (strcasecmp(tag, "Location") == 0 && words->nelts == 2) {
        return is_within(reading->location, arg);
    }
    return (strcasecmp(tag, "LocationMatch") == 0 || strcasecmp(tag, "Location") == 0) &&
           matches(reading->location, arg);
}

static int says_something(const admin_saml_conf_t *conf)
{
    return conf->company || conf->metadata->nelts || conf->certificate || conf->entity_id ||
           conf->base_url;
}

static void end_host(reading_t *reading)
{
    int wanted = reading->vhost ? reading->host_named : says_something(reading->host);

    if (wanted) {
        reading->hosts++;
        reading->chosen = reading->host;
    }
    reading->host = NULL;
}

static void end_section(reading_t *reading, const char *tag)
{
    if (reading->passed) {
        reading->passed--;
        reading->in_if = reading->passed >= reading->in_if ? reading->in_if : 0;
    } else if (strncasecmp(tag, "Location", 8) == 0 && reading->section) {
        merge(reading->host ? reading->host : reading->server, reading->section);
        reading->section = NULL;
    } else if (strcasecmp(tag, "VirtualHost") == 0 && reading->host) {
        end_host(reading);
    }
}

/* <If>, <Else>, <IfVersion>, <IfFile> …; <IfModule> and <IfDefine> are not seen here. */
static int is_condition(const char *tag)
{
    return strncasecmp(tag, "If", 2) == 0 || strncasecmp(tag, "Else", 4) == 0;
}

static void begin_section(reading_t *reading, const apr_array_header_t *words, const char *tag)
{
    apr_pool_t *pool = reading->admin->pool;

    if (!reading->passed && strcasecmp(tag, "VirtualHost") == 0) {
        reading->host = admin_saml_conf_new(pool);
        reading->host_named = 0;
    } else if (!reading->passed && counts(reading, words, tag)) {
        reading->section = admin_saml_conf_new(pool);
    } else {
        reading->passed++;
        if (reading->passed == 1 && is_condition(tag)) {
            reading->in_if = 1;
        }
    }
}

/* "<Tag words>" or "</Tag>", taken apart as words. */
static void see(void *baton, const apr_array_header_t *words, const char *root)
{
    reading_t *reading = baton;
    const char *first = APR_ARRAY_IDX(words, 0, const char *), *tag = first + 1;

    if (*first != '<') {
        see_directive(reading, words, root);
    } else if (*tag == '/') {
        end_section(reading, tag + 1);
    } else {
        begin_section(reading, words, tag);
    }
}

/* A location's settings stand in sections of the server too: they are merged before the host's. */
braze_err_t *admin_saml_conf_read(admin_saml_conf_t **conf, const admin_t *admin, const char *file)
{
    reading_t reading = {.admin = admin, .location = admin_arg(admin, OPT_LOCATION)};
    braze_err_t *err;

    reading.location = reading.location ? reading.location : "/";
    reading.vhost = admin_arg(admin, OPT_VHOST);
    reading.server = admin_saml_conf_new(admin->pool);
    err = admin_conf_scan(file, see, &reading, admin->pool);
    if (!err && reading.hosts > 1) {
        err = admin_fail(admin->pool, ADMIN_USAGE,
                         "%s: %d virtual hosts are about SAML: choose one with --vhost NAME", file,
                         reading.hosts);
    }
    if (!err && reading.vhost && !reading.hosts) {
        err = admin_fail(admin->pool, ADMIN_NOT_FOUND,
                         "%s: no virtual host has the ServerName %s: see apachectl -S", file,
                         reading.vhost);
    }
    if (!err && reading.chosen) {
        merge(reading.server, reading.chosen);
    }
    if (!err && reading.server->conditional) {
        err = admin_fail(admin->pool, ADMIN_USAGE,
                         "%s: %s stands in an <If>, or a condition like it, about which only httpd "
                         "decides: name a copy without the condition, or say by options what holds "
                         "(--metadata, --entity-id, --acs-url …)",
                         file, reading.server->conditional);
    }
    *conf = reading.server;
    return err;
}
