/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rooms speak about: plain data without behaviour, allocated in the pool of whoever asked.
 * Texts are UTF-8 and NUL-terminated; ids are BRAZE_ID_LEN characters; an absent text is NULL; an
 * absent time is 0.
 */
#ifndef BRAZE_MODEL_H
#define BRAZE_MODEL_H

#include <apr_hash.h>
#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "braze_err.h"
#include "braze_json.h"
#include "braze_memo.h"

#define BRAZE_SCHEMA_USER "urn:ietf:params:scim:schemas:core:2.0:User"
#define BRAZE_SCHEMA_GROUP "urn:ietf:params:scim:schemas:core:2.0:Group"
#define BRAZE_SCHEMA_ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
#define BRAZE_SCHEMA_DASHBOARD "urn:braze:params:scim:schemas:extension:dashboard:2.0:User"

/* A company (tenant) with the settings that belong to it. */
typedef struct {
    const char *id, *name;
    int google_sign_in;               /* marked as using Google sign-in: provisioning is refused */
    int provisioning;                 /* the "Automatic user provisioning" switch */
    const char *default_workspace_id; /* what a new user gets, or NULL */
    const char *default_permission_set_id;
    const char *saml_name, *target_url,
        *idp_entity_id;      /* the IdP as the settings page names it; or NULL */
    const char *certificate; /* PEM, or NULL */
    apr_int64_t version; /* grows with every change of the company, its workspaces, teams, roles,
                            permission sets */
} braze_company_t;

/* Workspace, team, permission set or role of a company. */
typedef enum {
    BRAZE_ITEM_WORKSPACE,
    BRAZE_ITEM_TEAM,
    BRAZE_ITEM_PERMISSION_SET,
    BRAZE_ITEM_ROLE
} braze_item_kind_t;

typedef struct {
    braze_item_kind_t kind;
    const char *id, *name;
    const char *workspace_id;              /* TEAM: the workspace it is a part of */
    const apr_array_header_t *permissions; /* PERMISSION_SET, ROLE: of const char * */
} braze_item_t;

/* One immutable snapshot of what a company's permissions can name. */
typedef struct {
    const char *company_id;
    apr_int64_t version;             /* braze_company_t.version that it was read at */
    const apr_array_header_t *items; /* of braze_item_t, by kind, then name */
    apr_hash_t *vocabulary; /* permission strings that there are, as keys "scope:name"; only read.
                               NULL: any will do */
    braze_memo_t *shown[2]; /* how SCIM shows permissions, by their canonical text, without and
                               with what is returned on request; NULL: made each time */
} braze_catalog_t;

const braze_item_t *braze_catalog_by_id(const braze_catalog_t *catalog, braze_item_kind_t kind,
                                        const char *id);
/* By name, compared by key (braze_key.h); a team is sought in workspace_id (others: NULL). */
const braze_item_t *braze_catalog_by_name(const braze_catalog_t *catalog, braze_item_kind_t kind,
                                          const char *workspace_id, const char *name);

/*
 * A dashboard user. Two of its texts are JSON:
 *
 * permissions, canonical: ids only, every member optional, no duplicates, the empty one is "{}":
 *   {"companyPermissions":["admin"],"roles":["<role id>"],
 *    "appGroup":[{"appGroupId":"<id>","appGroupPermissions":["view_campaigns"],
 *                 "appGroupPermissionSets":["<id>"],
 *                 "team":[{"teamId":"<id>","teamPermissions":["basic_access"]}]}]}
 *   Database triggers keep the rows of braze_user_grant in step with it; names are found in the
 * catalogue.
 *
 * resource: the SCIM attributes of the user as an object (userName, name, emails, displayName,
 * externalId, the Enterprise extension under its URN, …) without schemas, id, meta, active, groups,
 * password, and Braze's extension. It is the truth for these; the columns below marked (r) are
 * derived from it by braze_user_derive and nothing else.
 */
typedef struct {
    const char *id, *company_id;
    const char *user_name, *user_name_key; /* (r) as given, and braze_key_fold of it */
    const char *external_id;               /* (r) */
    const char *email, *email_key,
        *email_domain; /* (r) primary (else first) e-mail, else userName if it is one */
    const char *display_name, *given_name, *family_name, *department; /* (r) */
    const apr_array_header_t *more_email_keys; /* (r) of const char *: braze_name_key of every other
                                                  value of emails than email's; NULL = none, or not
                                                  derived: no read of the store fills it */
    int active, confirmed, impersonation;
    int admin; /* companyPermissions has "admin"; derived by braze_user_derive too */
    const char
        *source; /* "jit", "scim", "operator": who made it; "scim" once SCIM has taken it over */
    const char *permissions; /* canonical JSON */
    const char *resource;    /* JSON */
    apr_time_t created_at, modified_at, last_sign_in_at;
    apr_int64_t version; /* 1 at creation, +1 with each change */
    int in_groups;       /* 1: is a direct member of some group. Set by the reads of a user by id or
                            name and by searches; 0 elsewhere */
} braze_user_t;

/*
 * Fills every (r) field and admin from user->resource_json/permissions: parses user->resource and
 * user->permissions. department is the Enterprise extension's; an empty text counts as absent; an
 * e-mail that is no address is passed over. 400 invalidValue (BRAZE-0020, BRAZE-0022) when userName
 * is missing or not a name, 500 (BRAZE-0040) when a text is no JSON object (src/core/user.c).
 */
braze_err_t *braze_user_derive(braze_user_t *user, apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * What a text that need not be a name (displayName, a part of a name, an e-mail of whatever form)
 * is searched by: braze_key_fold of it, where control characters count as spaces and nothing behind
 * the first BRAZE_NAME_MAX bytes of text or key counts. NULL for NULL and for white space.
 */
const char *braze_name_key(const char *text, apr_pool_t *pool);

/* As braze_user_derive for a caller that has both already parsed; sets user->resource and
 * ->permissions from them. */
braze_err_t *braze_user_derive_json(braze_user_t *user, const braze_json_t *resource,
                                    const braze_json_t *permissions,
                                    apr_pool_t *pool) BRAZE_MUST_CHECK;

/*
 * The smallest resource for a person known by e-mail: userName = e-mail, emails [{value, type work,
 * primary}], name when given, department under the Enterprise extension when given. NULLs are left
 * out.
 */
braze_json_t *braze_user_resource_new(const char *email, const char *given_name,
                                      const char *family_name, const char *department,
                                      apr_pool_t *pool);

/*
 * A SCIM group. resource: its attributes as a JSON object without schemas, id, meta and members; it
 * is the truth for them, the columns marked (r) are derived by braze_group_derive. Members are rows
 * and never part of this.
 */
typedef struct {
    const char *id, *company_id;
    const char *display_name, *display_name_key; /* (r) as given, and braze_key_fold of it */
    const char *external_id;                     /* (r) */
    const char *resource;                        /* JSON */
    apr_time_t created_at, modified_at;
    apr_int64_t version; /* 1 at creation, +1 with each change, of members too */
} braze_group_t;

/*
 * Fills every (r) field and resource from an object. 400 invalidValue (BRAZE-0024) when displayName
 * is missing, empty or no name (src/core/group.c).
 */
braze_err_t *braze_group_derive_json(braze_group_t *group, const braze_json_t *resource,
                                     apr_pool_t *pool) BRAZE_MUST_CHECK;

/* A direct member of a group. */
typedef struct {
    const char *id;
    int is_group;
    const char *display; /* a user's displayName, else userName; a group's displayName */
} braze_member_t;

/* A group that a user is in. */
typedef struct {
    const char *user_id, *id, *display;
    int direct; /* 0: through a nested group only */
} braze_membership_t;

/* What a user may do, computed from canonical permissions and a catalogue (src/core/grants.c). */
typedef struct {
    int admin; /* company admin: has everything */
    const apr_array_header_t
        *company_permissions;             /* of const char *; roles' permissions included */
    const apr_array_header_t *workspaces; /* of const char *: names */
    const apr_array_header_t *teams;      /* of const char *: names */
    const apr_array_header_t
        *permissions; /* of const char *: workspace and team permissions, sets expanded, distinct */
    /* Three of them as an application is told them (braze_shown_list). */
    const char *company_permissions_shown, *workspaces_shown, *permissions_shown;
} braze_grants_t;

/* 500 (BRAZE-0041) when the stored text is not canonical JSON; an id that is no longer in the
 * catalogue gives nothing. */
braze_err_t *braze_grants_compute(braze_grants_t **grants, const char *permissions,
                                  const braze_catalog_t *catalog,
                                  apr_pool_t *pool) BRAZE_MUST_CHECK;

/* Canonical permissions of one workspace with one permission set; either may be NULL. */
const char *braze_grants_default(const char *workspace_id, const char *permission_set_id,
                                 apr_pool_t *pool);

/*
 * Atoms of permissions are what a table of groups gives, as texts: "role:<id>",
 * "workspace:<id>", "set:<workspace id>/<id>", "team:<workspace id>/<id>". A set or a team needs
 * its workspace's atom beside it.
 *
 * Takes the atoms in *given (what was given before; of const char *) out of *permissions and puts
 * wanted in: *permissions is canonical as it was, *given then has those of wanted that were not
 * there otherwise. A workspace or a team in which somebody else has given something stays. 500
 * (BRAZE-0041) when *permissions is not canonical (src/core/regrant.c).
 */
braze_err_t *braze_grants_regrant(const char **permissions, const apr_array_header_t **given,
                                  const apr_array_header_t *wanted,
                                  apr_pool_t *pool) BRAZE_MUST_CHECK;

/* A SCIM token, without its secret (only its SHA-256 is kept). */
typedef enum { BRAZE_PROFILE_STRICT, BRAZE_PROFILE_ENTRA, BRAZE_PROFILE_OKTA } braze_profile_t;

typedef struct {
    const char *id, *company_id;
    const char *company_name;
    apr_int64_t company_version;
    const char *workspace_id; /* default workspace; required */
    const char *origin;       /* service origin; required */
    const char *allowlist;    /* as given (braze_ip.h); NULL = any address */
    braze_profile_t profile;
    const char *user_id; /* whose token it is, for /Me; NULL = nobody's */
    apr_time_t created_at, expires_at /* 0 = never */, last_used_at;
    const char *last_used_from;
} braze_token_t;

/* An API key ("RelayState" of Braze's IdP-initiated login). */
typedef struct {
    const char *id, *company_id, *name;
    const apr_array_header_t *permissions; /* of const char *: "sso.saml.login" … */
    apr_time_t created_at, last_used_at;
} braze_api_key_t;

/* A signed-in browser. Its secret is in the cookie; only its SHA-256 is a row. */
typedef struct {
    const char *company_id, *user_id;
    apr_time_t created_at, expires_at, last_seen_at;
    /* What the identity provider called it: in a session that is begun, and in one that was found
     * once braze_store_session_named has been asked. */
    const char *idp, *name_id, *name_id_format, *session_index; /* of the assertion */
    const char *name_qualifier, *sp_name_qualifier;             /* of its NameID, or NULL */
    const char *assertion_key; /* replay key of the assertion it came of */
    /* Of one that was found: only id, company_id, user_name, email, given_name, family_name, active
     * and permissions; the rest is NULL or 0. */
    const braze_user_t *user;
    const apr_array_header_t
        *groups; /* of const char *: names of the user's groups, those through nested ones too */
    apr_int64_t company_version;
    int is_shown; /* 1: the user's texts here are known to be as braze_shown_text has them */
} braze_session_t;

/* A security event. name is Braze's: "Signed In", "Failed Login", "Added Account", "Removed
 * Account", "Developer Suspended", "Developer Unsuspended", "Updated Account Permission", "Updated
 * Account", and ours "Signed Out", "Failed Logout". */
typedef struct {
    const char *id, *company_id; /* id is set by the store when NULL */
    apr_time_t at;
    const char *name;
    const char *user_id, *user_name; /* whom it concerns, as far as proven; may be NULL */
    const char *code;                /* refusal code, or NULL */
    const char *actor; /* "saml:<idp entity id>", "scim:<origin>", "operator:<login>" */
    const char *ip;
    const char *correlation; /* id on the refusal page and in the log, or NULL */
    const char *detail;      /* short text without secrets, or NULL */
} braze_event_t;

#endif
