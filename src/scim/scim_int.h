/* SPDX-License-Identifier: Apache-2.0 */
/* Private to src/scim. */
#ifndef BRAZE_SCIM_INT_H
#define BRAZE_SCIM_INT_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "braze_filter.h"
#include "braze_json.h"
#include "braze_scim.h"

#define SCIM_TYPE "application/scim+json"

#define URN_ERROR "urn:ietf:params:scim:api:messages:2.0:Error"
#define URN_LIST "urn:ietf:params:scim:api:messages:2.0:ListResponse"
#define URN_PROVIDER "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
#define URN_RESOURCE_TYPE "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
#define URN_SCHEMA "urn:ietf:params:scim:schemas:core:2.0:Schema"

#define TEXT_MAX 4096 /* bytes of a string attribute without a limit of its own */
#define REFERENCE_MAX                                                                              \
    65536 /* bytes of a reference (a photo may be a data: URI) or a binary value */

/* ---- the attribute table (schema.c, schema_user.c) ---- */

typedef enum {
    ATTR_STRING,
    ATTR_BOOLEAN,
    ATTR_DECIMAL,
    ATTR_INTEGER,
    ATTR_DATETIME,
    ATTR_BINARY,
    ATTR_REFERENCE,
    ATTR_COMPLEX
} attr_type_t;

typedef enum { READ_WRITE, READ_ONLY, IMMUTABLE, WRITE_ONLY } attr_mutability_t;
typedef enum { BY_DEFAULT, ALWAYS, NEVER, ON_REQUEST } attr_returned_t;
typedef enum { UNIQUE_NONE, UNIQUE_SERVER } attr_uniqueness_t;

#define ATTR_MULTI 1      /* multiValued */
#define ATTR_REQUIRED 2   /* required */
#define ATTR_CASE_EXACT 4 /* caseExact */

/* RFC 7643 section 7. What is left out is readWrite, returned by default, not unique. */
struct braze_attr_t {
    const char *name; /* NULL ends a list */
    attr_type_t type;
    int flags;
    attr_mutability_t mutability;
    attr_returned_t returned;
    attr_uniqueness_t uniqueness;
    int max;                       /* bytes; 0 = TEXT_MAX or REFERENCE_MAX by type */
    const char *const *canonical;  /* suggested values, NULL-ended; or NULL */
    const char *const *references; /* referenceTypes, NULL-ended; or NULL */
    const braze_attr_t *subs;      /* COMPLEX */
    const char *description;
};

typedef struct {
    const char *urn, *name, *description;
    const braze_attr_t *attrs;
} scim_schema_t;

#define EXTENSIONS_MAX 4

struct braze_resource_type_t {
    const char *name, *endpoint, *description;
    const scim_schema_t *core;
    const scim_schema_t *extensions[EXTENSIONS_MAX]; /* NULL-ended */
};

extern const scim_schema_t braze_schema_user, braze_schema_enterprise, braze_schema_dashboard;

/* Attributes of every resource that no schema lists (RFC 7643 section 3.1): schemas, id,
 * externalId, meta. */
extern const braze_attr_t braze_attrs_common[];

/* All that is served, NULL-ended. */
extern const braze_resource_type_t *const braze_resource_types[];

/* Of the first len bytes of name, without regard to case; NULL when there is none. */
const braze_attr_t *braze_attr_find(const braze_attr_t *attrs, const char *name, apr_size_t len);
/* The schema of the type with this URN, compared without regard to case; NULL when it has none. */
const scim_schema_t *braze_schema_find(const braze_resource_type_t *type, const char *urn,
                                       apr_size_t len);

/* ---- names and filters (path.c, filter_lex.c, filter_parse.c) ---- */

typedef enum {
    TOKEN_END,
    TOKEN_WORD,   /* a name, an operator, a bare value */
    TOKEN_STRING, /* with its quotes */
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_OPEN_ITEM,
    TOKEN_CLOSE_ITEM,
    TOKEN_BAD /* a byte that begins no token, or a string without an end */
} token_type_t;

typedef struct {
    token_type_t type;
    const char *text; /* into the parsed text */
    apr_size_t len;
    int at; /* from 1 */
} token_t;

typedef struct {
    const char *text;
    apr_size_t len, next;
} lexer_t;

token_t braze_filter_token(lexer_t *lexer);
int braze_token_is(const token_t *token, const char *word); /* without regard to case */

/* Resolves "[URN:]attr[.sub]" or an extension's URN. 0 = no such attribute. */
int braze_path_resolve(braze_attr_path_t *path, const char *text, apr_size_t len,
                       const braze_resource_type_t *type);

/* ---- input (resource.c, permissions.c) ---- */

/* A client's user after validation. */
typedef struct {
    braze_json_t *resource;    /* as braze_user_t.resource, members in the table's order */
    braze_json_t *permissions; /* as the client wrote them, or NULL */
    int active;                /* -1 = not said */
} scim_user_input_t;

/*
 * Reads a User from a parsed body by the attribute table. What the table does not have is ignored,
 * what is readOnly too; null and [] are absence (RFC 7643 section 2.5). lenient: the profiles entra
 * and okta.
 */
braze_err_t *braze_user_input_read(scim_user_input_t *input, const braze_json_t *body, int lenient,
                                   const braze_log_t *log, apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * Braze's permissions object (names or ids) to canonical JSON (braze_model.h). 400 invalidValue
 * that says which member, for a wrong shape and for what the catalogue does not have.
 */
braze_err_t *braze_permissions_read(braze_json_t **canonical, const braze_json_t *permissions,
                                    const braze_catalog_t *catalog,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Canonical permissions as Braze writes them, with names and ids. */
void braze_permissions_put(braze_buf_t *buf, const char *canonical, const braze_catalog_t *catalog,
                           apr_pool_t *pool);

/* ---- output (user_render.c, project.c, message.c) ---- */

/* attributes or excludedAttributes of a request; both NULL = everything. Of braze_attr_path_t. */
typedef struct {
    const apr_array_header_t *only, *without;
} projection_t;

void braze_user_put(braze_buf_t *buf, const braze_user_t *user, const braze_scim_request_t *request,
                    const projection_t *projection);
void braze_user_put_braze(braze_buf_t *buf, const braze_user_t *user,
                          const braze_catalog_t *catalog);
const char *braze_user_location(const braze_user_t *user, const braze_scim_request_t *request,
                                apr_pool_t *pool);
const char *braze_user_etag(const braze_user_t *user, apr_pool_t *pool);

/* Keeps of a whole resource what the projection asks for; what is always returned stays (RFC 7643
 * section 7). */
braze_json_t *braze_project(const braze_json_t *resource, const projection_t *projection,
                            const braze_resource_type_t *type, apr_pool_t *pool);

braze_scim_response_t *braze_response_new(int status, apr_pool_t *pool);
/* Takes the buffer over as the body. */
braze_scim_response_t *braze_response_body(int status, const char *content_type,
                                           const braze_buf_t *buf, apr_pool_t *pool);

/* ---- the query string (query.c) ---- */

typedef struct {
    const char *filter; /* or NULL */
    apr_int64_t start;  /* startIndex, from 1 */
    int count;          /* already cut to the limit */
    projection_t projection;
} scim_query_t;

/* One decoded parameter; NULL in *value when it is not there. 400 when it is there twice or is not
 * decodable. */
braze_err_t *braze_query_get(const char **value, const char *query, const char *name,
                             apr_pool_t *pool) BRAZE_MUST_CHECK;
int braze_query_max(const braze_scim_request_t *request);     /* BrazeScimMaxResults */
int braze_query_default(const braze_scim_request_t *request); /* a page without count */
braze_err_t *braze_query_read(scim_query_t *query, const braze_scim_request_t *request,
                              const braze_resource_type_t *type, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- preconditions (etag.c; RFC 7644 section 3.14, RFC 9110 section 13) ---- */

int braze_etag_matches(const char *header, const char *etag); /* weak comparison; "*" matches */
/* 412 (BRAZE-S0201) when If-Match or If-None-Match forbid to change a resource with this tag. */
braze_err_t *braze_etag_check(const braze_scim_request_t *request, const char *etag,
                              apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- the services ---- */

/* What one request works with. */
typedef struct {
    braze_db_t *db;
    const braze_scim_request_t *request;
    apr_pool_t *pool;
} scim_call_t;

typedef braze_err_t *scim_handler_t(braze_scim_response_t **response, const scim_call_t *call,
                                    const char *id);

/* users.c */
scim_handler_t braze_users_list, braze_users_create, braze_users_get, braze_users_replace,
    braze_users_delete;
/* braze_dialect.c */
scim_handler_t braze_dialect_list, braze_dialect_create, braze_dialect_get, braze_dialect_replace,
    braze_dialect_delete;
/* discovery.c */
scim_handler_t braze_discovery_provider, braze_discovery_types, braze_discovery_schemas;

/* ---- users in the store, for both dialects (user_change.c) ---- */

#define CHANGE_TRIES 64 /* of one compare-and-set, before 503 */

/* Applies a client's wish to user, a copy of the row that was just read. */
typedef braze_err_t *user_apply_t(braze_user_t *user, const scim_call_t *call, const void *wish);

/* A JSON column of a row, for changing it: 500 when somebody wrote it by hand and wrong. */
braze_err_t *braze_user_stored(braze_json_t **json, const char *text,
                               const scim_call_t *call) BRAZE_MUST_CHECK;
/* 404 (BRAZE-S0301) when there is none. first: the row that came with the token may be used. */
braze_err_t *braze_user_fetch(braze_user_t **user, const scim_call_t *call, const char *id,
                              int first) BRAZE_MUST_CHECK;
braze_err_t *braze_user_insert(const scim_call_t *call, braze_user_t *user) BRAZE_MUST_CHECK;
/* Reads, checks preconditions, applies, writes; again when somebody else wrote in between. */
braze_err_t *braze_user_change(braze_user_t **user, const scim_call_t *call, const char *id,
                               user_apply_t *apply, const void *wish) BRAZE_MUST_CHECK;
braze_err_t *braze_user_remove(const scim_call_t *call, const char *id,
                               int last_user_too) BRAZE_MUST_CHECK;

/* 1 when the filter is userName eq "..."; *key NULL: of a name that nobody can have. */
int braze_filter_is_user_name(const char **key, const braze_filter_t *filter, apr_pool_t *pool);

/* The body as JSON: 415 for another type, 400 for none. */
braze_err_t *braze_body_read(braze_json_t **body, const scim_call_t *call) BRAZE_MUST_CHECK;

/* Canonical permissions of a new user whose request names none. */
braze_json_t *braze_permissions_default(const scim_call_t *call);

#endif
