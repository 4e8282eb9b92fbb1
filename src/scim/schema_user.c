/* SPDX-License-Identifier: Apache-2.0 */
/* The schemas of a user: RFC 7643 sections 4.1, 4.3 and 8.7, and Braze's own attributes. */
#include "scim_int.h"

#define NAME_MAX_BYTES 1024 /* what stands in an indexed column */

static const char *const work_home_other[] = {"work", "home", "other", NULL};
static const char *const phone_types[] = {"work", "home", "mobile", "fax", "pager", "other", NULL};
static const char *const im_types[] = {"aim",   "gtalk", "icq",   "xmpp", "msn",
                                       "skype", "qq",    "yahoo", NULL};
static const char *const photo_types[] = {"photo", "thumbnail", NULL};
static const char *const group_types[] = {"direct", "indirect", NULL};
static const char *const departments[] = {"agency",  "bi",        "c_suite", "engineering",
                                          "finance", "marketing", "pm",      NULL};
static const char *const sources[] = {"jit", "scim", "operator", NULL};
static const char *const external[] = {"external", NULL};
static const char *const to_user[] = {"User", NULL};
static const char *const to_group[] = {"User", "Group", NULL};

static const braze_attr_t name_subs[] = {
    {.name = "formatted", .description = "The whole name as it is shown."},
    {.name = "givenName", .max = NAME_MAX_BYTES, .description = "First name."},
    {.name = "familyName", .max = NAME_MAX_BYTES, .description = "Last name."},
    {.name = "middleName", .description = "Middle names."},
    {.name = "honorificPrefix", .description = "Title before the name."},
    {.name = "honorificSuffix", .description = "Suffix after the name."},
    {.name = NULL}};

/* The sub-attributes that RFC 7643 section 2.4 gives multi-valued attributes by default. */
#define DISPLAY                                                                                    \
    {                                                                                              \
        .name = "display", .description = "How the value is shown to people."                      \
    }
#define TYPE(values)                                                                               \
    {                                                                                              \
        .name = "type", .canonical = values, .description = "What the value is for."               \
    }
#define PRIMARY                                                                                    \
    {                                                                                              \
        .name = "primary", .type = ATTR_BOOLEAN,                                                   \
        .description = "Marks the preferred value; at most one."                                   \
    }

static const braze_attr_t email_subs[] = {
    {.name = "value", .max = NAME_MAX_BYTES, .description = "The e-mail address."},
    DISPLAY,
    TYPE(work_home_other),
    PRIMARY,
    {.name = NULL}};

static const braze_attr_t phone_subs[] = {{.name = "value", .description = "The number."},
                                          DISPLAY,
                                          TYPE(phone_types),
                                          PRIMARY,
                                          {.name = NULL}};

static const braze_attr_t im_subs[] = {{.name = "value", .description = "The address."},
                                       DISPLAY,
                                       TYPE(im_types),
                                       PRIMARY,
                                       {.name = NULL}};

static const braze_attr_t photo_subs[] = {{.name = "value",
                                           .type = ATTR_REFERENCE,
                                           .flags = ATTR_CASE_EXACT,
                                           .references = external,
                                           .description = "Where the picture is."},
                                          DISPLAY,
                                          TYPE(photo_types),
                                          PRIMARY,
                                          {.name = NULL}};

static const braze_attr_t address_subs[] = {
    {.name = "formatted", .description = "The whole address as it is written."},
    {.name = "streetAddress", .description = "Street, house number, post box."},
    {.name = "locality", .description = "City."},
    {.name = "region", .description = "State or region."},
    {.name = "postalCode", .description = "Postal code."},
    {.name = "country", .description = "Country, two letters (ISO 3166-1)."},
    TYPE(work_home_other),
    PRIMARY,
    {.name = NULL}};

static const braze_attr_t group_subs[] = {
    {.name = "value", .mutability = READ_ONLY, .description = "The group's id."},
    {.name = "$ref",
     .type = ATTR_REFERENCE,
     .flags = ATTR_CASE_EXACT,
     .mutability = READ_ONLY,
     .references = to_group,
     .description = "Where the group is."},
    {.name = "display", .mutability = READ_ONLY, .description = "The group's name."},
    {.name = "type",
     .mutability = READ_ONLY,
     .canonical = group_types,
     .description = "Member itself, or through a nested group."},
    {.name = NULL}};

static const braze_attr_t free_subs[] = {
    {.name = "value", .description = "The value."}, DISPLAY, TYPE(NULL), PRIMARY, {.name = NULL}};

static const braze_attr_t certificate_subs[] = {{.name = "value",
                                                 .type = ATTR_BINARY,
                                                 .flags = ATTR_CASE_EXACT,
                                                 .description = "DER of the certificate, base64."},
                                                DISPLAY,
                                                TYPE(NULL),
                                                PRIMARY,
                                                {.name = NULL}};

#define PLURAL(id, members, text)                                                                  \
    {                                                                                              \
        .name = id, .type = ATTR_COMPLEX, .flags = ATTR_MULTI, .subs = members,                    \
        .description = text                                                                        \
    }

static const braze_attr_t user_attrs[] = {
    {.name = "userName",
     .flags = ATTR_REQUIRED,
     .uniqueness = UNIQUE_SERVER,
     .max = NAME_MAX_BYTES,
     .description = "The name that the person signs in by; one in the company."},
    {.name = "name", .type = ATTR_COMPLEX, .subs = name_subs, .description = "The person's name."},
    {.name = "displayName", .max = NAME_MAX_BYTES, .description = "The name that is shown."},
    {.name = "nickName", .description = "Casual name."},
    {.name = "profileUrl",
     .type = ATTR_REFERENCE,
     .flags = ATTR_CASE_EXACT,
     .references = external,
     .description = "A page about the person."},
    {.name = "title", .description = "Job title."},
    {.name = "userType", .description = "Relation to the organisation."},
    {.name = "preferredLanguage", .description = "As in Accept-Language."},
    {.name = "locale", .description = "For dates, numbers and currency (RFC 5646)."},
    {.name = "timezone", .description = "IANA time zone."},
    {.name = "active",
     .type = ATTR_BOOLEAN,
     .flags = ATTR_REQUIRED | ATTR_DEFAULTED,
     .description =
         "Whether the person may sign in; false ends their sessions. Always there: true of "
         "who is made without it."},
    {.name = "password",
     .flags = ATTR_CASE_EXACT,
     .mutability = WRITE_ONLY,
     .returned = NEVER,
     .description = "Accepted and not kept: people sign in by SAML."},
    PLURAL("emails", email_subs, "E-mail addresses."),
    PLURAL("phoneNumbers", phone_subs, "Telephone numbers."),
    PLURAL("ims", im_subs, "Instant messaging addresses."),
    PLURAL("photos", photo_subs, "Pictures of the person."),
    PLURAL("addresses", address_subs, "Postal addresses."),
    {.name = "groups",
     .type = ATTR_COMPLEX,
     .flags = ATTR_MULTI,
     .mutability = READ_ONLY,
     .subs = group_subs,
     .description = "Groups that the person belongs to."},
    PLURAL("entitlements", free_subs, "Things that the person is entitled to."),
    PLURAL("roles", free_subs, "Roles as the client knows them; they grant nothing here."),
    PLURAL("x509Certificates", certificate_subs, "The person's certificates."),
    {.name = NULL}};

const scim_schema_t braze_schema_user = {BRAZE_SCHEMA_USER, "User", "User account", user_attrs};

static const braze_attr_t manager_subs[] = {
    {.name = "value", .description = "The manager's id."},
    {.name = "$ref",
     .type = ATTR_REFERENCE,
     .flags = ATTR_CASE_EXACT,
     .references = to_user,
     .description = "Where the manager is."},
    {.name = "displayName", .mutability = READ_ONLY, .description = "The manager's name."},
    {.name = NULL}};

static const braze_attr_t enterprise_attrs[] = {
    {.name = "employeeNumber", .description = "Number that the organisation gave."},
    {.name = "costCenter", .description = "Cost centre."},
    {.name = "organization", .description = "Organisation."},
    {.name = "division", .description = "Division."},
    {.name = "department",
     .max = NAME_MAX_BYTES,
     .canonical = departments,
     .description = "Department; the values are those that the dashboard offers."},
    {.name = "manager",
     .type = ATTR_COMPLEX,
     .subs = manager_subs,
     .description = "The person's manager."},
    {.name = NULL}};

const scim_schema_t braze_schema_enterprise = {BRAZE_SCHEMA_ENTERPRISE, "EnterpriseUser",
                                               "User in an organisation", enterprise_attrs};

/*
 * What Braze nests, company, workspaces, their teams and permission sets, is a list of grants here:
 * RFC 7643 section 2.3.8 lets no complex attribute have complex ones. A grant is written as one
 * text (permission_values.c reads it); its parts are there to be sought, and shown to who asks for
 * them.
 */
static const char *const grant_types[] = {"company",       "role", "workspace",
                                          "permissionSet", "team", NULL};

#define PART(id, flag, text)                                                                       \
    {                                                                                              \
        .name = id, .flags = flag, .mutability = READ_ONLY, .returned = ON_REQUEST,                \
        .description = text                                                                        \
    }

static const braze_attr_t permission_subs[] = {
    {.name = "value",
     .flags = ATTR_REQUIRED,
     .description = "What is granted: company/PERMISSION, role/ROLE, workspace/WORKSPACE, "
                    "workspace/WORKSPACE/PERMISSION, permissionSet/WORKSPACE/SET, "
                    "team/WORKSPACE/TEAM or team/WORKSPACE/TEAM/PERMISSION. Names or ids; \"/\" "
                    "and \"%\" of a name are %2F and %25."},
    {.name = "type",
     .mutability = READ_ONLY,
     .returned = ON_REQUEST,
     .canonical = grant_types,
     .description = "How value begins."},
    PART("permission", ATTR_CASE_EXACT, "The permission of value."),
    PART("workspace", 0, "The workspace's name."),
    PART("workspaceId", ATTR_CASE_EXACT, "The workspace's id."),
    PART("team", 0, "The team's name."),
    PART("teamId", ATTR_CASE_EXACT, "The team's id."),
    PART("permissionSet", 0, "The permission set's name."),
    PART("permissionSetId", ATTR_CASE_EXACT, "The permission set's id."),
    PART("role", 0, "The role's name."),
    PART("roleId", ATTR_CASE_EXACT, "The role's id."),
    {.name = NULL}};

/*
 * What the service says of an account beside what a client gives it is shown on request: the
 * extension of a user is then what was written to it, and gone when that is removed.
 */
static const braze_attr_t dashboard_attrs[] = {
    PLURAL("permissions", permission_subs, "What the person may do."),
    {.name = "lastSignInAt",
     .type = ATTR_DATETIME,
     .mutability = READ_ONLY,
     .returned = ON_REQUEST,
     .description = "When the person last signed in."},
    {.name = "confirmed",
     .type = ATTR_BOOLEAN,
     .mutability = READ_ONLY,
     .returned = ON_REQUEST,
     .description = "Whether the address is proven."},
    {.name = "source",
     .flags = ATTR_CASE_EXACT,
     .mutability = READ_ONLY,
     .returned = ON_REQUEST,
     .canonical = sources,
     .description = "Who owns the account."},
    {.name = NULL}};

const braze_attr_t *braze_schema_dashboard_permissions(void)
{
    return &dashboard_attrs[0];
}

const scim_schema_t braze_schema_dashboard = {BRAZE_SCHEMA_DASHBOARD, "DashboardUser",
                                              "User of the dashboard", dashboard_attrs};
