/* SPDX-License-Identifier: Apache-2.0 */
/* Directives of mod_braze_scim. */
#include "scim_httpd_int.h"
#include "sweep_int.h"

#include <apr_lib.h>
#include <apr_strings.h>

void *scim_dir_create(apr_pool_t *pool, char *dir)
{
    scim_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));

    (void)dir;
    conf->dialect = HTTPD_UNSET;
    conf->rate_limit = HTTPD_UNSET;
    conf->rate_period = HTTPD_UNSET;
    conf->max_body = HTTPD_UNSET;
    conf->max_results = HTTPD_UNSET;
    conf->max_operations = HTTPD_UNSET;
    return conf;
}

#define MERGE_POINTER(field) conf->field = add->field ? add->field : base->field
#define MERGE_NUMBER(field) conf->field = add->field != HTTPD_UNSET ? add->field : base->field

void *scim_dir_merge(apr_pool_t *pool, void *base_v, void *add_v)
{
    const scim_conf_t *base = base_v, *add = add_v;
    scim_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));

    MERGE_POINTER(company);
    MERGE_NUMBER(dialect);
    MERGE_POINTER(origin_headers);
    MERGE_POINTER(default_workspace);
    MERGE_NUMBER(rate_limit);
    MERGE_NUMBER(rate_period);
    MERGE_NUMBER(max_body);
    MERGE_NUMBER(max_results);
    MERGE_NUMBER(max_operations);
    MERGE_POINTER(base_url);
    return conf;
}

void *scim_server_create(apr_pool_t *pool, server_rec *s)
{
    (void)s;
    return apr_pcalloc(pool, sizeof(scim_server_t));
}

scim_conf_t *scim_conf(request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &braze_scim_module);
}

scim_server_t *scim_server(server_rec *s)
{
    return ap_get_module_config(s->module_config, &braze_scim_module);
}

braze_scim_dialect_t scim_conf_dialect(const scim_conf_t *conf)
{
    return conf->dialect == HTTPD_UNSET ? BRAZE_SCIM_RFC : (braze_scim_dialect_t)conf->dialect;
}

apr_size_t scim_conf_max_body(const scim_conf_t *conf)
{
    return conf->max_body == HTTPD_UNSET ? SCIM_DEFAULT_MAX_BODY : (apr_size_t)conf->max_body;
}

static const char *set_company(cmd_parms *cmd, void *dir, const char *arg)
{
    if (!*arg) {
        return "BrazeCompany takes the name of a company, as braze-admin company list shows it";
    }
    ((scim_conf_t *)dir)->company = arg;
    scim_server(cmd->server)->used = 1;
    return NULL;
}

static const char *set_dialect(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)cmd;
    if (!ap_cstr_casecmp(arg, "rfc")) {
        ((scim_conf_t *)dir)->dialect = BRAZE_SCIM_RFC;
    } else if (!ap_cstr_casecmp(arg, "braze")) {
        ((scim_conf_t *)dir)->dialect = BRAZE_SCIM_BRAZE;
    } else {
        return "BrazeScimDialect takes rfc or braze";
    }
    return NULL;
}

static const char *set_origin_header(cmd_parms *cmd, void *dir, const char *arg)
{
    scim_conf_t *conf = dir;
    const char *c;

    for (c = arg; apr_isalnum(*c) || *c == '-' || *c == '_'; c++) {
    }
    if (*c || c == arg) {
        return "BrazeScimOriginHeader takes names of request headers, like X-Request-Origin";
    }
    if (!conf->origin_headers) {
        conf->origin_headers = apr_array_make(cmd->pool, 2, sizeof(const char *));
    }
    *(const char **)apr_array_push((apr_array_header_t *)conf->origin_headers) = arg;
    return NULL;
}

/* Seconds of a period's name, 0 when it is none. */
static apr_int64_t period_seconds(const char *name)
{
    static const struct {
        const char *name;
        apr_int64_t seconds;
    } periods[] = {{"second", 1}, {"minute", 60}, {"hour", 3600}, {"day", 86400}};
    apr_size_t i;

    for (i = 0; i < sizeof(periods) / sizeof(*periods); i++) {
        if (!ap_cstr_casecmp(name, periods[i].name)) {
            return periods[i].seconds;
        }
    }
    return 0;
}

static const char *set_rate_limit(cmd_parms *cmd, void *dir, const char *arg)
{
    scim_conf_t *conf = dir;
    apr_int64_t count, seconds;
    char *end;

    (void)cmd;
    if (!ap_cstr_casecmp(arg, "off")) {
        conf->rate_limit = 0;
        conf->rate_period = 0;
        return NULL;
    }
    count = apr_strtoi64(arg, &end, 10);
    seconds = *end == '/' ? period_seconds(end + 1) : 0;
    if (end == arg || count < 1 || count > 1000000000 || !seconds) {
        return "BrazeScimRateLimit takes off or a number of requests and a period (second, minute, "
               "hour or day), like 5000/day";
    }
    conf->rate_limit = (int)count;
    conf->rate_period = apr_time_from_sec(seconds);
    return NULL;
}

/* A number of bytes with K or M behind it, or none. */
static const char *set_max_body(cmd_parms *cmd, void *dir, const char *arg)
{
    const apr_int64_t min = 1024, max = 64 * 1024 * 1024;
    apr_int64_t unit = 1, number;
    char *end;

    (void)cmd;
    number = apr_strtoi64(arg, &end, 10);
    if (end == arg) {
        number = 0;
    } else if (*end == 'k' || *end == 'K') {
        unit = 1024;
        end++;
    } else if (*end == 'm' || *end == 'M') {
        unit = 1024 * 1024;
        end++;
    }
    if (*end || number > max / unit || number * unit < min) {
        return "BrazeScimMaxBody takes a size from 1K to 64M, like 1M";
    }
    ((scim_conf_t *)dir)->max_body = number * unit;
    return NULL;
}

static const char *set_count(int *field, cmd_parms *cmd, const char *arg, int max)
{
    char *end;
    apr_int64_t count = apr_strtoi64(arg, &end, 10);

    if (end == arg || *end || count < 1 || count > max) {
        return apr_psprintf(cmd->pool, "%s takes a number from 1 to %d", cmd->cmd->name, max);
    }
    *field = (int)count;
    return NULL;
}

static const char *set_max_results(cmd_parms *cmd, void *dir, const char *arg)
{
    return set_count(&((scim_conf_t *)dir)->max_results, cmd, arg, 10000);
}

static const char *set_max_operations(cmd_parms *cmd, void *dir, const char *arg)
{
    return set_count(&((scim_conf_t *)dir)->max_operations, cmd, arg, 10000);
}

static const char *set_default_workspace(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)cmd;
    ((scim_conf_t *)dir)->default_workspace = ap_cstr_casecmp(arg, "off") ? arg : SCIM_OFF;
    return NULL;
}

static const char *set_base_url(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *host = !ap_cstr_casecmpn(arg, "https://", 8)  ? arg + 8
                       : !ap_cstr_casecmpn(arg, "http://", 7) ? arg + 7
                                                              : NULL;
    const char *c;

    (void)cmd;
    if (!ap_cstr_casecmp(arg, "off")) {
        ((scim_conf_t *)dir)->base_url = SCIM_OFF;
        return NULL;
    }
    for (c = arg; *c && !apr_iscntrl(*c) && !apr_isspace(*c) && !strchr("?#\"<>", *c); c++) {
    }
    if (*c || !host || !*host || *host == '/') {
        return "BrazeScimBaseUrl takes the external URL of this service, like "
               "https://app.example.com/scim/v2, or off";
    }
    ((scim_conf_t *)dir)->base_url = arg;
    return NULL;
}

#define IN_SECTIONS (ACCESS_CONF | RSRC_CONF)

const command_rec scim_commands[] = {
    AP_INIT_TAKE1("BrazeCompany", set_company, NULL, IN_SECTIONS,
                  "the company (tenant) whose accounts are used"),
    AP_INIT_TAKE1("BrazeScimDialect", set_dialect, NULL, IN_SECTIONS, "rfc or braze"),
    AP_INIT_ITERATE("BrazeScimOriginHeader", set_origin_header, NULL, IN_SECTIONS,
                    "request headers that may carry the service origin"),
    AP_INIT_TAKE1("BrazeScimDefaultWorkspace", set_default_workspace, NULL, IN_SECTIONS,
                  "workspace of a user whose request names none; off: the token's"),
    AP_INIT_TAKE1("BrazeScimRateLimit", set_rate_limit, NULL, IN_SECTIONS,
                  "off, or requests a period for the company, like 5000/day"),
    AP_INIT_TAKE1("BrazeScimMaxBody", set_max_body, NULL, IN_SECTIONS,
                  "largest request body, like 1M"),
    AP_INIT_TAKE1("BrazeScimMaxResults", set_max_results, NULL, IN_SECTIONS,
                  "most resources of one page"),
    AP_INIT_TAKE1("BrazeScimMaxOperations", set_max_operations, NULL, IN_SECTIONS,
                  "most operations of one bulk request"),
    AP_INIT_TAKE1("BrazeScimBaseUrl", set_base_url, NULL, IN_SECTIONS,
                  "external URL of the service, for meta.location; off: from the request"),
    AP_INIT_TAKE1("BrazeSweepInterval", httpd_sweep_set_every, NULL, RSRC_CONF,
                  "seconds between two turns of clearing away what has expired, or off"),
    AP_INIT_TAKE1("BrazeEventRetention", httpd_sweep_set_days, NULL, RSRC_CONF,
                  "days that the audit trail is kept, or off"),
    {0}};
