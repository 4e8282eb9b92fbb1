/* SPDX-License-Identifier: Apache-2.0 */
/* What the service says of itself (RFC 7644 section 4, RFC 7643 sections 5 to 7), read off the
 * tables that it obeys. */
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "scim_int.h"

#define PUT(buf, text) braze_buf_add(buf, text, sizeof(text) - 1)

/* ,"name":"value" */
static void put_pair(braze_buf_t *buf, const char *name, const char *value)
{
    PUT(buf, ",\"");
    braze_buf_puts(buf, name);
    PUT(buf, "\":");
    braze_buf_put_json_string(buf, value);
}

static void put_bool(braze_buf_t *buf, const char *name, int truth)
{
    PUT(buf, ",\"");
    braze_buf_puts(buf, name);
    braze_buf_puts(buf, truth ? "\":true" : "\":false");
}

static void put_int(braze_buf_t *buf, const char *name, apr_int64_t number)
{
    PUT(buf, ",\"");
    braze_buf_puts(buf, name);
    PUT(buf, "\":");
    braze_buf_put_int(buf, number);
}

static void put_list(braze_buf_t *buf, const char *name, const char *const *values)
{
    const char *const *value;

    if (!values) {
        return;
    }
    PUT(buf, ",\"");
    braze_buf_puts(buf, name);
    PUT(buf, "\":[");
    for (value = values; *value; value++) {
        if (value != values) {
            PUT(buf, ",");
        }
        braze_buf_put_json_string(buf, *value);
    }
    PUT(buf, "]");
}

/* meta, and the end of the resource. */
static void put_meta(braze_buf_t *buf, scim_call_t *call, const char *type, const char *location)
{
    const char *base = call->request->base_url ? call->request->base_url : "";

    PUT(buf, ",\"meta\":{\"resourceType\":");
    braze_buf_put_json_string(buf, type);
    put_pair(buf, "location", apr_pstrcat(call->pool, base, location, NULL));
    PUT(buf, "}}");
}

static braze_err_t *respond(braze_scim_response_t **response, scim_call_t *call,
                            const braze_buf_t *buf)
{
    *response = braze_response_body(200, SCIM_TYPE, buf, call->pool);
    return NULL;
}

/* A filter here is refused (RFC 7644 section 4): it must not look as if it had found everything. */
static braze_err_t *refuse_filter(scim_call_t *call)
{
    const char *filter;
    braze_err_t *err = braze_query_get(&filter, call->request->query, "filter", call->pool);

    return err || !filter ? err
                          : braze_err_new(403, NULL, "BRAZE-S0501",
                                          "Filters do not apply to discovery.", call->pool);
}

/* ---- ServiceProviderConfig ---- */

static void put_scheme(braze_buf_t *buf)
{
    PUT(buf, ",\"authenticationSchemes\":[{\"type\":\"oauthbearertoken\"");
    put_pair(buf, "name", "Bearer token");
    put_pair(buf, "description",
             "A token that an administrator made, in the Authorization header.");
    put_pair(buf, "specUri", "https://www.rfc-editor.org/info/rfc6750");
    put_bool(buf, "primary", 1);
    PUT(buf, "}]");
}

static void put_bulk(braze_buf_t *buf, const braze_scim_request_t *request)
{
    PUT(buf, ",\"bulk\":{\"supported\":true");
    put_int(buf, "maxOperations", request->limits.max_operations);
    put_int(buf, "maxPayloadSize", (apr_int64_t)request->limits.max_body);
    PUT(buf, "}");
}

braze_err_t *braze_discovery_provider(braze_scim_response_t **response, scim_call_t *call,
                                      const char *id)
{
    braze_buf_t *buf = braze_buf_new(1536, call->pool);
    int max = braze_query_max(call->request);
    braze_err_t *err = refuse_filter(call);

    (void)id;
    if (err) {
        return err;
    }
    PUT(buf, "{\"schemas\":[\"" URN_PROVIDER "\"]");
    PUT(buf, ",\"patch\":{\"supported\":true}");
    put_bulk(buf, call->request);
    PUT(buf, ",\"filter\":{\"supported\":true");
    put_int(buf, "maxResults", max);
    PUT(buf, "},\"changePassword\":{\"supported\":false}");
    PUT(buf, ",\"sort\":{\"supported\":true},\"etag\":{\"supported\":true}");
    PUT(buf, ",\"pagination\":{\"cursor\":true,\"index\":true");
    put_pair(buf, "defaultPaginationMethod", "index");
    put_int(buf, "defaultPageSize", braze_query_default(call->request));
    put_int(buf, "maxPageSize", max);
    put_int(buf, "cursorTimeout", BRAZE_SCIM_CURSOR_TIMEOUT);
    PUT(buf, "}");
    put_scheme(buf);
    put_meta(buf, call, "ServiceProviderConfig", "/ServiceProviderConfig");
    return respond(response, call, buf);
}

/* ---- lists ---- */

static braze_buf_t *begin_list(scim_call_t *call, int total)
{
    braze_buf_t *buf = braze_buf_new(16384, call->pool);

    PUT(buf, "{\"schemas\":[\"" URN_LIST "\"]");
    put_int(buf, "totalResults", total);
    put_int(buf, "startIndex", 1);
    put_int(buf, "itemsPerPage", total);
    PUT(buf, ",\"Resources\":[");
    return buf;
}

static braze_err_t *not_found(scim_call_t *call, const char *what, const char *id)
{
    return braze_err_newf(call->pool, 404, NULL, "BRAZE-S0502", "There is no %s \"%.200s\".", what,
                          id);
}

/* ---- ResourceTypes ---- */

static void put_type(braze_buf_t *buf, scim_call_t *call, const braze_resource_type_t *type)
{
    const scim_schema_t *const *extension;

    PUT(buf, "{\"schemas\":[\"" URN_RESOURCE_TYPE "\"]");
    put_pair(buf, "id", type->name);
    put_pair(buf, "name", type->name);
    put_pair(buf, "endpoint", type->endpoint);
    put_pair(buf, "description", type->description);
    put_pair(buf, "schema", type->core->urn);
    PUT(buf, ",\"schemaExtensions\":[");
    for (extension = type->extensions; *extension; extension++) {
        braze_buf_puts(buf, extension == type->extensions ? "{\"schema\":" : ",{\"schema\":");
        braze_buf_put_json_string(buf, (*extension)->urn);
        put_bool(buf, "required", 0);
        PUT(buf, "}");
    }
    PUT(buf, "]");
    put_meta(buf, call, "ResourceType",
             apr_pstrcat(call->pool, "/ResourceTypes/", type->name, NULL));
}

braze_err_t *braze_discovery_types(braze_scim_response_t **response, scim_call_t *call,
                                   const char *id)
{
    const braze_resource_type_t *const *type;
    braze_buf_t *buf;
    int count = 0;
    braze_err_t *err = refuse_filter(call);

    if (err) {
        return err;
    }
    for (type = braze_resource_types; *type; type++, count++) {
        if (id && strcmp((*type)->name, id) == 0) {
            buf = braze_buf_new(1024, call->pool);
            put_type(buf, call, *type);
            return respond(response, call, buf);
        }
    }
    if (id) {
        return not_found(call, "resource type", id);
    }
    buf = begin_list(call, count);
    for (type = braze_resource_types; *type; type++) {
        braze_buf_puts(buf, type == braze_resource_types ? "" : ",");
        put_type(buf, call, *type);
    }
    PUT(buf, "]}");
    return respond(response, call, buf);
}

/* ---- Schemas ---- */

static void put_attrs(braze_buf_t *buf, scim_call_t *call, const char *name,
                      const braze_attr_t *attrs);

/* What a grant can begin with: being in one of the company's workspaces. */
static void put_workspaces(braze_buf_t *buf, const braze_catalog_t *catalog)
{
    int i, count = 0;

    for (i = 0; catalog && i < catalog->items->nelts; i++) {
        const braze_item_t *item = &APR_ARRAY_IDX(catalog->items, i, braze_item_t);

        if (item->kind == BRAZE_ITEM_WORKSPACE) {
            braze_buf_puts(buf, count++ ? "," : ",\"canonicalValues\":[");
            braze_permission_workspace_put(buf, item->id, catalog);
        }
    }
    if (count) {
        PUT(buf, "]");
    }
}

static void put_attr(braze_buf_t *buf, scim_call_t *call, const braze_attr_t *attr)
{
    static const char *const types[] = {"string",   "boolean", "decimal",   "integer",
                                        "dateTime", "binary",  "reference", "complex"};
    static const char *const mutabilities[] = {"readWrite", "readOnly", "immutable", "writeOnly"};
    static const char *const returns[] = {"default", "always", "never", "request"};

    PUT(buf, "{\"name\":");
    braze_buf_put_json_string(buf, attr->name);
    put_pair(buf, "type", types[attr->type]);
    put_bool(buf, "multiValued", (attr->flags & ATTR_MULTI) != 0);
    put_pair(buf, "description", attr->description);
    put_bool(buf, "required", (attr->flags & ATTR_REQUIRED) != 0);
    put_list(buf, "canonicalValues", attr->canonical);
    if (attr == braze_schema_dashboard_permissions()->subs) {
        put_workspaces(buf, call->request->catalog);
    }
    if (attr->type != ATTR_COMPLEX && attr->type != ATTR_BOOLEAN) {
        put_bool(buf, "caseExact", (attr->flags & ATTR_CASE_EXACT) != 0);
    }
    put_pair(buf, "mutability", mutabilities[attr->mutability]);
    put_pair(buf, "returned", returns[attr->returned]);
    put_pair(buf, "uniqueness", attr->uniqueness == UNIQUE_SERVER ? "server" : "none");
    put_list(buf, "referenceTypes", attr->references);
    if (attr->subs) {
        put_attrs(buf, call, "subAttributes", attr->subs);
    }
    PUT(buf, "}");
}

static void put_attrs(braze_buf_t *buf, scim_call_t *call, const char *name,
                      const braze_attr_t *attrs)
{
    const braze_attr_t *attr;

    PUT(buf, ",\"");
    braze_buf_puts(buf, name);
    PUT(buf, "\":[");
    for (attr = attrs; attr->name; attr++) {
        braze_buf_puts(buf, attr == attrs ? "" : ",");
        put_attr(buf, call, attr);
    }
    PUT(buf, "]");
}

static void put_schema(braze_buf_t *buf, scim_call_t *call, const scim_schema_t *schema)
{
    PUT(buf, "{\"schemas\":[\"" URN_SCHEMA "\"]");
    put_pair(buf, "id", schema->urn);
    put_pair(buf, "name", schema->name);
    put_pair(buf, "description", schema->description);
    put_attrs(buf, call, "attributes", schema->attrs);
    put_meta(buf, call, "Schema", apr_pstrcat(call->pool, "/Schemas/", schema->urn, NULL));
}

/* Every schema once, in the order of the resource types. Of const scim_schema_t *. */
static apr_array_header_t *all_schemas(apr_pool_t *pool)
{
    apr_array_header_t *all = apr_array_make(pool, 8, sizeof(const scim_schema_t *));
    const braze_resource_type_t *const *type;
    const scim_schema_t *const *extension;

    for (type = braze_resource_types; *type; type++) {
        APR_ARRAY_PUSH(all, const scim_schema_t *) = (*type)->core;
        for (extension = (*type)->extensions; *extension; extension++) {
            APR_ARRAY_PUSH(all, const scim_schema_t *) = *extension;
        }
    }
    return all;
}

braze_err_t *braze_discovery_schemas(braze_scim_response_t **response, scim_call_t *call,
                                     const char *id)
{
    apr_array_header_t *all = all_schemas(call->pool);
    braze_buf_t *buf = NULL;
    int i;
    braze_err_t *err = refuse_filter(call);

    if (err) {
        return err;
    }
    if (!id) {
        buf = begin_list(call, all->nelts);
    }
    for (i = 0; i < all->nelts; i++) {
        const scim_schema_t *schema = APR_ARRAY_IDX(all, i, const scim_schema_t *);

        if (!id) {
            braze_buf_puts(buf, i ? "," : "");
            put_schema(buf, call, schema);
        } else if (apr_cstr_casecmp(schema->urn, id) == 0) {
            buf = braze_buf_new(8192, call->pool);
            put_schema(buf, call, schema);
            return respond(response, call, buf);
        }
    }
    if (id) {
        return not_found(call, "schema", id);
    }
    PUT(buf, "]}");
    return respond(response, call, buf);
}
