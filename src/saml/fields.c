/* SPDX-License-Identifier: Apache-2.0 */
/* Which SAML attributes give which field. */
#include <string.h>

#include "braze_saml.h"

#define CLAIMS "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
#define FORMATS "urn:oasis:names:tc:SAML:2.0:attrname-format:"
#define NAMES_MAX 5

/* Beyond Braze's three nothing is taken unless the administrator asks: an identity provider then
 * cannot hand out permissions. */
static const struct {
    const char *field;
    const char *names[NAMES_MAX];
} fields[BRAZE_FIELD_COUNT] = {
    [BRAZE_FIELD_EMAIL] = {"email", {"email", "mail", CLAIMS "email", CLAIMS "emailaddress"}},
    [BRAZE_FIELD_FIRST_NAME] = {"first_name",
                                {"first_name", "firstname", "firstName", CLAIMS "first_name"}},
    [BRAZE_FIELD_LAST_NAME] = {"last_name",
                               {"last_name", "lastname", "lastName", CLAIMS "last_name"}},
    [BRAZE_FIELD_DEPARTMENT] = {"department", {NULL}},
    [BRAZE_FIELD_WORKSPACE] = {"workspace", {NULL}},
    [BRAZE_FIELD_PERMISSION_SET] = {"permission_set", {NULL}},
    [BRAZE_FIELD_GROUPS] = {"groups", {NULL}},
};

int braze_field_by_name(const char *name)
{
    int field;

    for (field = 0; field < BRAZE_FIELD_COUNT; field++) {
        if (strcmp(fields[field].field, name) == 0) {
            return field;
        }
    }
    return -1;
}

const apr_array_header_t *braze_field_default_names(braze_field_t field, apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, NAMES_MAX, sizeof(const char *));
    const char *const *name;

    for (name = fields[field].names; *name; name++) {
        APR_ARRAY_PUSH(names, const char *) = *name;
    }
    return names;
}

static int holds(const apr_array_header_t *values, const char *value)
{
    int i;

    for (i = 0; i < values->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(values, i, const char *), value) == 0) {
            return 1;
        }
    }
    return 0;
}

/*
 * A name as it stands, or with the NameFormat that it must have before it, in braces; of the
 * standard's own formats their last part will do. An absent NameFormat is "unspecified"
 * (saml-core 2.7.3.1). The FriendlyName is what it is called, and decides nothing.
 */
static int is_named(const braze_saml_attribute_t *attribute, const char *name)
{
    const char *end = *name == '{' ? strchr(name, '}') : NULL;
    const char *format = attribute->name_format ? attribute->name_format : FORMATS "unspecified";
    apr_size_t len;

    if (!end) {
        return strcmp(attribute->name, name) == 0;
    }
    len = (apr_size_t)(end - name - 1);
    if (strcmp(attribute->name, end + 1) != 0) {
        return 0;
    }
    if (strncmp(format, FORMATS, strlen(FORMATS)) == 0 && strlen(format) == strlen(FORMATS) + len &&
        strncmp(format + strlen(FORMATS), name + 1, len) == 0) {
        return 1;
    }
    return strlen(format) == len && strncmp(format, name + 1, len) == 0;
}

static void add_values(apr_array_header_t *values, const braze_saml_identity_t *identity,
                       const char *name)
{
    int i, j;

    for (i = 0; i < identity->attributes->nelts; i++) {
        const braze_saml_attribute_t *attribute =
            APR_ARRAY_IDX(identity->attributes, i, const braze_saml_attribute_t *);

        for (j = 0; is_named(attribute, name) && j < attribute->values->nelts; j++) {
            const char *value = APR_ARRAY_IDX(attribute->values, j, const char *);

            if (!holds(values, value)) {
                APR_ARRAY_PUSH(values, const char *) = value;
            }
        }
    }
}

const apr_array_header_t *braze_saml_values(const braze_saml_identity_t *identity,
                                            const braze_attribute_map_t *map, braze_field_t field,
                                            apr_pool_t *pool)
{
    apr_array_header_t *values = apr_array_make(pool, 2, sizeof(const char *));
    const apr_array_header_t *names = map ? map->names[field] : NULL;
    int i;

    if (!names) {
        names = braze_field_default_names(field, pool);
    }
    for (i = 0; i < names->nelts; i++) {
        add_values(values, identity, APR_ARRAY_IDX(names, i, const char *));
    }
    return values;
}
