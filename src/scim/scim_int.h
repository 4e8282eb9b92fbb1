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
#define URN_SEARCH "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
#define URN_LIST "urn:ietf:params:scim:api:messages:2.0:ListResponse"
#define URN_PROVIDER "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
#define URN_RESOURCE_TYPE "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
#define URN_SCHEMA "urn:ietf:params:scim:schemas:core:2.0:Schema"

#define TEXT_MAX 4096   /* bytes of a string attribute without a limit of its own */
#define VALUES_MAX 1000 /* of one multi-valued attribute */
#define REFERENCE_MAX                                                                              \
    65536 /* bytes of a reference (a photo may be a data: URI) or a binary value */

/* What one request works with. */
typedef struct {
    braze_db_t *db;
    const braze_scim_request_t *request;
    apr_pool_t *pool;
    int bent; /* see braze_scim_response_t */
    braze_scim_bends_t bends;
    int coded; /* the body was refused for its content coding */
} scim_call_t;

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
#define ATTR_DEFAULTED 8  /* with REQUIRED: a resource always has it, a request may leave it out */

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

extern const scim_schema_t braze_schema_user, braze_schema_enterprise, braze_schema_dashboard,
    braze_schema_group;

/* The attribute of the dashboard's schema with this name. */
const braze_attr_t *braze_schema_dashboard_permissions(void);

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

/* As braze_filter_parse and braze_path_parse, with what the request's profile lets pass: text
 * without quotes (entra), booleans as text. */
braze_err_t *braze_filter_parse_for(const braze_filter_t **filter, const char *text, apr_size_t len,
                                    const braze_resource_type_t *type,
                                    scim_call_t *call) BRAZE_MUST_CHECK;
/* The same for a query at the root: an attribute that only another type has is known, and absent
 * from every resource of this one. */
braze_err_t *braze_filter_parse_root(const braze_filter_t **filter, const char *text,
                                     apr_size_t len, const braze_resource_type_t *type,
                                     scim_call_t *call) BRAZE_MUST_CHECK;
braze_err_t *braze_path_parse_for(braze_path_t *path, const char *text, apr_size_t len,
                                  const braze_resource_type_t *type,
                                  scim_call_t *call) BRAZE_MUST_CHECK;

/* What texts that are not caseExact are compared by (match.c): a name's key where text is one, so
 * that white space around does not count; else the text folded. */
const char *braze_compare_key(const char *text, apr_pool_t *pool);

/* Resolves "[URN:]attr[.sub]" or an extension's URN. 0 = no such attribute. */
int braze_path_resolve(braze_attr_path_t *path, const char *text, apr_size_t len,
                       const braze_resource_type_t *type);

/* ---- input (resource.c, permissions.c) ---- */

/* Left out, or null. */
int braze_value_is_null(const braze_json_t *value);
/* Unassigned (RFC 7643 section 2.5): left out, null or an empty array. */
int braze_value_is_absent(const braze_json_t *value);

/* RFC 7643 section 3: schemas names the core schema, and nothing that the resource type does not
 * have. call: whose profile may bend (NULL: strict). */
braze_err_t *braze_schemas_check(const braze_json_t *body, const braze_resource_type_t *type,
                                 scim_call_t *call, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* A client's user after validation. */
typedef struct {
    braze_json_t *resource;    /* as braze_user_t.resource, members in the table's order */
    braze_json_t *permissions; /* as the client wrote them, [] for null; NULL = not said */
    int active;                /* -1 = not said */
} scim_user_input_t;

/*
 * Reads a User from a parsed body by the attribute table. What the table does not have is ignored,
 * what is readOnly too; null and [] are absence (RFC 7643 section 2.5). call: whose profile may
 * bend (NULL: strict).
 */
braze_err_t *braze_user_input_read(scim_user_input_t *input, const braze_json_t *body,
                                   scim_call_t *call, apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * Braze's permissions object (names or ids) to canonical JSON (braze_model.h). 400 invalidValue
 * that says which member, for a wrong shape and for what the catalogue does not have.
 */
braze_err_t *braze_permissions_read(braze_json_t **canonical, const braze_json_t *permissions,
                                    const braze_catalog_t *catalog,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;

/* The same of the rfc dialect's flat list (permission_values.c). */
braze_err_t *braze_permission_values_read(braze_json_t **canonical, const braze_json_t *values,
                                          const braze_catalog_t *catalog,
                                          apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Canonical permissions as that list; nothing at all when there are none. How many there are.
 * whole: with the sub-attributes that are returned on request. */
int braze_permission_values_put(braze_buf_t *buf, const char *canonical,
                                const braze_catalog_t *catalog, int whole);

/* The value, as a JSON string, of being in a workspace and nothing more. */
void braze_permission_workspace_put(braze_buf_t *buf, const char *workspace_id,
                                    const braze_catalog_t *catalog);

/* Canonical permissions as Braze writes them, with names and ids. */
void braze_permissions_put(braze_buf_t *buf, const char *canonical, const braze_catalog_t *catalog,
                           apr_pool_t *pool);

/* ---- PATCH (patch_read.c, patch.c; RFC 7644 section 3.5.2) ---- */

#define PATCH_OPERATIONS_MAX 1000

typedef enum { PATCH_ADD, PATCH_REPLACE, PATCH_REMOVE } patch_op_t;

/* One operation; what came without a path has been spread into one for each member of its value. */
typedef struct {
    patch_op_t op;
    braze_path_t path;        /* never without attr, but for a whole extension (REMOVE only) */
    const braze_attr_t *attr; /* the row of path.attr.attr; NULL: a whole extension */
    const braze_attr_t *sub;  /* the row of the sub-attribute, before or behind brackets; or NULL */
    const braze_json_t *value; /* NULL with REMOVE, unless a profile lets it say what to remove */
    int index;                 /* of the operation in the message, from 0 */
} patch_operation_t;

/* Reads a PatchOp message. operations: of patch_operation_t. 400 invalidSyntax, invalidPath,
 * invalidFilter, noTarget (remove without a path), mutability (readOnly). */
braze_err_t *braze_patch_read(apr_array_header_t **operations, const braze_json_t *body,
                              const braze_resource_type_t *type,
                              scim_call_t *call) BRAZE_MUST_CHECK;

/* Takes an operation on an attribute whose values are not in the resource (a group's members). */
typedef braze_err_t *patch_apart_t(const patch_operation_t *operation, void *baton);

/*
 * Applies operations in order to a resource in its shown form. apart (or NULL) gets those on the
 * attribute named apart_attr. 400 noTarget, mutability (immutable), invalidValue; where =
 * "Operations[2].path". The result is not validated: that is the resource's reader's work.
 */
braze_err_t *braze_patch_apply(braze_json_t *resource, const apr_array_header_t *operations,
                               const char *apart_attr, patch_apart_t *apart, void *baton,
                               scim_call_t *call) BRAZE_MUST_CHECK;

/* 400 with a detail that begins with "Operations[index]"; what says what was wrong. */
braze_err_t *braze_patch_fail(scim_call_t *call, int index, const char *code,
                              const char *what) BRAZE_MUST_CHECK;

/* 1 when the request's profile takes what "strict" refuses; notes it: a log line (BRAZE-S0801) and
 * the count in the answer. what: "a boolean as text", … without personal data. call NULL: strict.
 */
int braze_profile_bends(scim_call_t *call, const char *what);
void braze_bends_add(braze_scim_bends_t *to, const braze_scim_bends_t *from);

/* ---- output (user_render.c, project.c, message.c) ---- */

/* attributes or excludedAttributes of a request; both NULL = everything. Of braze_attr_path_t. */
typedef struct {
    const apr_array_header_t *only, *without;
} projection_t;

/*
 * projection NULL: all there is, what is returned on request too, for filters; an empty one is what
 * a client sees that asks for nothing in particular.
 *
 * memberships: the groups that the user is in, of const braze_membership_t *; NULL = in none. They
 * are read whenever user->in_groups is set, whatever the projection, so that the version shown is
 * the same in every representation.
 */
void braze_user_put(braze_buf_t *buf, const braze_user_t *user,
                    const apr_array_header_t *memberships, const braze_scim_request_t *request,
                    const projection_t *projection);
void braze_user_put_braze(braze_buf_t *buf, const braze_user_t *user,
                          const braze_catalog_t *catalog);
const char *braze_user_location(const braze_user_t *user, const braze_scim_request_t *request,
                                apr_pool_t *pool);
/*
 * W/"<version>", or W/"<version>.<8 hex digits>" of a user who is in groups: the digits are a
 * digest of the memberships, which change without the row. memberships NULL gives the first form,
 * which is what preconditions of a write are checked against (braze_etag_check looks no further
 * than the dot).
 */
const char *braze_user_etag(const braze_user_t *user, const apr_array_header_t *memberships,
                            apr_pool_t *pool);
/* As braze_user_put takes them, by one statement when user->in_groups is set. */
braze_err_t *braze_user_memberships(const apr_array_header_t **memberships, scim_call_t *call,
                                    const braze_user_t *user) BRAZE_MUST_CHECK;
/* The whole answer with a user: body, ETag, Location; memberships are read when there are any. */
braze_err_t *braze_user_respond(braze_scim_response_t **response, scim_call_t *call, int status,
                                const braze_user_t *user,
                                const projection_t *projection) BRAZE_MUST_CHECK;

/* 1 when an answer by this projection (NULL = everything) shows some of the core attribute: what
 * is not asked for (members) need not be read. */
int braze_projection_wants(const projection_t *projection, const char *attr);

/* Keeps of a whole resource what the projection asks for; what is always returned stays (RFC 7643
 * section 7). */
braze_json_t *braze_project(const braze_json_t *resource, const projection_t *projection,
                            const braze_resource_type_t *type, apr_pool_t *pool);

braze_scim_response_t *braze_response_new(int status, apr_pool_t *pool);
/* Takes the buffer over as the body. */
braze_scim_response_t *braze_response_body(int status, const char *content_type,
                                           const braze_buf_t *buf, apr_pool_t *pool);

/* ---- groups (group_read.c, group_render.c) ---- */

/* What a client sends as a group. */
typedef struct {
    braze_json_t *resource;            /* as braze_group_t.resource */
    const apr_array_header_t *members; /* ids, each once, in their order; of const char * */
    const braze_json_t *said;          /* members as they were sent; or NULL */
} scim_group_input_t;

/* Reads a Group from a parsed body; what is readOnly or unknown is ignored, of a member all but its
 * value too. 400 invalidSyntax, invalidValue. */
braze_err_t *braze_group_input_read(scim_group_input_t *input, const braze_json_t *body,
                                    scim_call_t *call) BRAZE_MUST_CHECK;
/* displayName and externalId of a group's shown form, as braze_group_t.resource has them. */
braze_err_t *braze_group_attrs_read(braze_json_t **resource, const braze_json_t *shown,
                                    scim_call_t *call) BRAZE_MUST_CHECK;
/* Adds to ids (of const char *) those of an array of members, or of one member; where: what the
 * value is called in an error. */
braze_err_t *braze_group_ids_read(apr_array_header_t *ids, const braze_json_t *members,
                                  const char *where, apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Gives err back; one about an id that can be no member says where in members (an array, or one
 * member) that id stands. */
braze_err_t *braze_group_blame(braze_err_t *err, const braze_json_t *members, const char *where,
                               apr_pool_t *pool);

const char *braze_group_etag(const braze_group_t *group, apr_pool_t *pool);
const char *braze_group_location(const braze_group_t *group, const braze_scim_request_t *request,
                                 apr_pool_t *pool);
/* members: of braze_member_t *; NULL = none, or not asked for. projection as with a user. */
void braze_group_put(braze_buf_t *buf, const braze_group_t *group,
                     const apr_array_header_t *members, const braze_scim_request_t *request,
                     const projection_t *projection);
/* One member as it is shown, for matching. */
braze_json_t *braze_group_member(const braze_member_t *member, const braze_scim_request_t *request,
                                 apr_pool_t *pool);

/* ---- queries (query.c): the query string or the body of POST /.search ---- */

typedef struct {
    const char *filter;  /* or NULL */
    const char *sort_by; /* as given, or NULL */
    int descending;
    apr_int64_t start;  /* startIndex, from 1 */
    int count;          /* already cut to the limit */
    const char *cursor; /* NULL = paging by index; "" = the first page by cursor (RFC 9865) */
    const apr_array_header_t *attributes, *excluded; /* names as given, of const char *; or NULL */
    projection_t projection; /* the same, resolved against the type that was given */
} scim_query_t;

#define QUERY_NAMES_MAX 200 /* in attributes or excludedAttributes */

/* One decoded parameter; NULL in *value when it is not there. 400 when it is there twice or is not
 * decodable. */
braze_err_t *braze_query_get(const char **value, const char *query, const char *name,
                             apr_pool_t *pool) BRAZE_MUST_CHECK;
int braze_query_max(const braze_scim_request_t *request);     /* BrazeScimMaxResults */
int braze_query_default(const braze_scim_request_t *request); /* a page without count */
/* type NULL: the projection is left empty (the root, which has several types). */
braze_err_t *braze_query_read(scim_query_t *query, const braze_scim_request_t *request,
                              const braze_resource_type_t *type, apr_pool_t *pool) BRAZE_MUST_CHECK;
/* The same from a SearchRequest body (RFC 7644 section 3.4.3); the query string is not looked at.
 */
braze_err_t *braze_query_read_body(scim_query_t *query, scim_call_t *call,
                                   const braze_resource_type_t *type) BRAZE_MUST_CHECK;
/* attributes and excluded against a type; a name that it does not have asks for nothing. */
void braze_query_project(projection_t *projection, const scim_query_t *query,
                         const braze_resource_type_t *type, apr_pool_t *pool);

/* ---- searching (search.c, search_walk.c, search_page.c, sort.c, cursor.c) ---- */

/* Rows that match beyond what is sorted in memory: 400 tooMany. */
#define SEARCH_SORT_MAX 100000
#define BRAZE_SCIM_CURSOR_TIMEOUT 3600 /* seconds that a cursor lives (RFC 9865 section 4) */

/* One resource type as searching sees it. Rows are braze_user_t * or braze_group_t *. */
typedef struct {
    const char *endpoint; /* "/Users": braze_resource_type_at gives its type */
    int is_group;
    /* braze_store_user_search or braze_store_group_search */
    braze_err_t *(*find)(braze_found_t *found, scim_call_t *call, const braze_search_t *search,
                         apr_pool_t *pool);
    /* One row by id, NULL in *row when it is gone. */
    braze_err_t *(*get)(void **row, scim_call_t *call, const char *id);
    const char *(*id_of)(const void *row);
    /*
     * What rows need beside their columns, as few statements as can be: apart[i] (all NULL before)
     * is handed to put with rows[i]. projection NULL: everything is going to be looked at.
     */
    braze_err_t *(*load)(const apr_array_header_t **apart, scim_call_t *call,
                         const apr_array_header_t *rows, const projection_t *projection);
    /* As JSON text; projection NULL = whole. */
    void (*put)(braze_buf_t *buf, const void *row, const apr_array_header_t *apart,
                scim_call_t *call, const projection_t *projection);
    /* Attributes of put that only load brings: a filter that names none of them is evaluated
     * without; NULL-ended. "meta" is among them when apart changes meta.version. */
    const char *const *apart_attrs;
} scim_source_t;

extern const scim_source_t braze_source_users;  /* users_list.c */
extern const scim_source_t braze_source_groups; /* groups_list.c */

/*
 * Answers a query over one type, or over several ("the root": those of the first source come
 * first unless sortBy says otherwise) as a ListResponse. sources: NULL-ended. totalResults counts
 * whatever the way the filter is evaluated.
 *
 * Order: by id; with sortBy by (value, id), absent values last ascending and first descending (RFC
 * 7644 section 3.4.2.3), of a multi-valued attribute the primary or else first value. sortBy of a
 * name that no source has is 400 invalidValue: the RFC leaves it open, and another order than was
 * asked for must not look like it.
 *
 * Paging by cursor loses and repeats nobody whose sorted value stays, whatever is written
 * meanwhile.
 */
braze_err_t *braze_search_run(braze_scim_response_t **response, scim_call_t *call,
                              const scim_query_t *query,
                              const scim_source_t *const *sources) BRAZE_MUST_CHECK;
/* The whole of a handler: reads the query (from_body: POST /.search), and runs it. */
braze_err_t *braze_search_handle(braze_scim_response_t **response, scim_call_t *call,
                                 const scim_source_t *const *sources,
                                 int from_body) BRAZE_MUST_CHECK;

/* ---- preconditions (etag.c; RFC 7644 section 3.14, RFC 9110 section 13) ---- */

int braze_etag_matches(const char *header, const char *etag); /* weak comparison; "*" matches */
/* The same, looking no further than the first dot of each tag: the version of the row. */
int braze_etag_matches_row(const char *header, const char *etag);
/* 412 (BRAZE-S0201) when If-Match or If-None-Match forbid to change a resource with this tag; of
 * tags with a dot only what stands before it counts. */
braze_err_t *braze_etag_check(const braze_scim_request_t *request, const char *etag,
                              apr_pool_t *pool) BRAZE_MUST_CHECK;

/* ---- the services ---- */

typedef braze_err_t *scim_handler_t(braze_scim_response_t **response, scim_call_t *call,
                                    const char *id);

/* users.c */
scim_handler_t braze_users_create, braze_users_get, braze_users_replace, braze_users_patch,
    braze_users_delete;
/* users_list.c: GET /Users, POST /Users/.search */
scim_handler_t braze_users_list, braze_users_search;
/* groups.c, groups_patch.c */
scim_handler_t braze_groups_create, braze_groups_get, braze_groups_replace, braze_groups_patch,
    braze_groups_delete;
/* groups_list.c: GET /Groups, POST /Groups/.search */
scim_handler_t braze_groups_list, braze_groups_search;
/* bulk.c */
scim_handler_t braze_bulk;
/* me.c: /Me is the user that the token belongs to */
scim_handler_t braze_me_get, braze_me_create, braze_me_replace, braze_me_patch, braze_me_delete;
/* root_list.c: GET with a query and POST /.search at the base */
scim_handler_t braze_root_list, braze_root_search;
/* braze_dialect.c */
scim_handler_t braze_dialect_list, braze_dialect_create, braze_dialect_get, braze_dialect_replace,
    braze_dialect_delete;
/* discovery.c */
scim_handler_t braze_discovery_provider, braze_discovery_types, braze_discovery_schemas;

/* ---- groups in the store (group_change.c) ---- */

/* An audit record: "Added Group", "Updated Group", "Removed Group"; display_name may be NULL. */
braze_event_t *braze_group_event(scim_call_t *call, const char *name, const char *id,
                                 const char *display_name);
braze_err_t *braze_group_not_found(scim_call_t *call, const char *id); /* 404 (BRAZE-S0310) */
/* 404 when there is none. Reads no member. */
braze_err_t *braze_group_fetch(braze_group_t **group, scim_call_t *call,
                               const char *id) BRAZE_MUST_CHECK;
/* The whole answer with a group: body, ETag, Location; members are read when the projection shows
 * them. */
braze_err_t *braze_group_respond(braze_scim_response_t **response, scim_call_t *call, int status,
                                 const braze_group_t *group,
                                 const projection_t *projection) BRAZE_MUST_CHECK;
/* Applies a wish to change->group, the row that was just read, and sets change->steps. It may be
 * called several times. */
typedef braze_err_t *group_apply_t(braze_group_change_t *change, scim_call_t *call, void *wish);
/* Reads, checks preconditions, applies, writes; again when somebody else wrote in between. */
braze_err_t *braze_group_change(braze_group_t **group, scim_call_t *call, const char *id,
                                group_apply_t *apply, void *wish) BRAZE_MUST_CHECK;
braze_err_t *braze_group_remove(scim_call_t *call, const char *id) BRAZE_MUST_CHECK;

/* ---- users in the store, for both dialects (user_change.c) ---- */

#define CHANGE_TRIES 64 /* of one compare-and-set, before 503 */

/* Applies a client's wish to user, a copy of the row that was just read. */
typedef braze_err_t *user_apply_t(braze_user_t *user, scim_call_t *call, const void *wish);

/* Who an audit row says it was: "scim:<service origin>". */
const char *braze_call_actor(scim_call_t *call);

/* A JSON column of a row, for changing it: 500 when somebody wrote it by hand and wrong. */
braze_err_t *braze_user_stored(braze_json_t **json, const char *text,
                               scim_call_t *call) BRAZE_MUST_CHECK;
/* 404 (BRAZE-S0301) when there is none. first: the row that came with the token may be used. */
braze_err_t *braze_user_fetch(braze_user_t **user, scim_call_t *call, const char *id,
                              int first) BRAZE_MUST_CHECK;
braze_err_t *braze_user_insert(scim_call_t *call, braze_user_t *user) BRAZE_MUST_CHECK;
/* Reads, checks preconditions, applies, writes; again when somebody else wrote in between. */
braze_err_t *braze_user_change(braze_user_t **user, scim_call_t *call, const char *id,
                               user_apply_t *apply, const void *wish) BRAZE_MUST_CHECK;
braze_err_t *braze_user_remove(scim_call_t *call, const char *id,
                               int last_user_too) BRAZE_MUST_CHECK;

/* 1 when the filter is userName eq "..."; *key NULL: of a name that nobody can have. */
int braze_filter_is_user_name(const char **key, const braze_filter_t *filter, apr_pool_t *pool);

/* The body as JSON: 415 for another type or a content coding, 400 for none. */
braze_err_t *braze_body_read(braze_json_t **body, scim_call_t *call) BRAZE_MUST_CHECK;

/* Canonical permissions of a new user whose request names none. */
braze_json_t *braze_permissions_default(scim_call_t *call);

#endif
