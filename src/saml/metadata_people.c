/* SPDX-License-Identifier: Apache-2.0 */
/* What metadata say to people who choose: names (sstc-saml-metadata-ui-v1.0), domains
 * (shibmd:Scope, which federations vet, where hints of an IdP about itself are anybody's claim),
 * and the wish not to be offered. */
#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "braze_key.h"
#include "braze_saml_metadata.h"
#include "saml_int.h"

#define NS_UI "urn:oasis:names:tc:SAML:metadata:ui"
#define NS_SHIB "urn:mace:shibboleth:metadata:1.0"
#define NS_ATTRIBUTE "urn:oasis:names:tc:SAML:metadata:attribute"
#define CATEGORY "http://macedir.org/entity-category"
#define HIDDEN "http://refeds.org/category/hide-from-discovery"

/* The text on one line; NULL when it is empty or too long to be a name. */
static const char *line_of(const braze_node_t *node, apr_pool_t *scratch)
{
    char *text = apr_pstrdup(scratch, braze_node_text(node, scratch)), *out = text, *in = text;

    for (; *in; in++) {
        char c = (char)(apr_isspace(*in) ? ' ' : *in);

        if (c != ' ' || (out > text && out[-1] != ' ')) {
            *out++ = c;
        }
    }
    out -= out > text && out[-1] == ' ';
    *out = '\0';
    return *text && out - text <= BRAZE_SAML_MAX_NAME ? text : NULL;
}

/* All elements of that name in parent, into names. */
static void add_names(apr_array_header_t *names, const braze_node_t *parent, const char *ns,
                      const char *element, apr_pool_t *pool, apr_pool_t *scratch)
{
    const braze_node_t *node = parent ? braze_node_child(parent, ns, element) : NULL;

    for (; node && names->nelts < BRAZE_SAML_MAX_NAMES; node = braze_node_next(node, ns, element)) {
        const char *text = line_of(node, scratch), *lang = braze_node_lang(node, scratch);
        braze_idp_name_t *name = text ? apr_array_push(names) : NULL;

        if (name) {
            name->text = apr_pstrdup(pool, text);
            name->lang = lang && strlen(lang) < 36 ? apr_pstrdup(pool, lang) : "";
        }
    }
}

static const apr_array_header_t *read_names(const braze_node_t *entity, const braze_node_t *role,
                                            apr_pool_t *pool, apr_pool_t *scratch)
{
    apr_array_header_t *names = apr_array_make(pool, 2, sizeof(braze_idp_name_t));
    const braze_node_t *node = braze_node_child(role, BRAZE_NS_MD, "Extensions");

    node = node ? braze_node_child(node, NS_UI, "UIInfo") : NULL;
    add_names(names, node, NS_UI, "DisplayName", pool, scratch);
    if (!names->nelts) {
        node = braze_node_child(entity, BRAZE_NS_MD, "Organization");
        node = node ? node : braze_node_child(role, BRAZE_NS_MD, "Organization");
        add_names(names, node, BRAZE_NS_MD, "OrganizationDisplayName", pool, scratch);
    }
    return names->nelts ? names : NULL;
}

static void add_scopes(apr_array_header_t *scopes, const braze_node_t *parent, apr_pool_t *pool,
                       apr_pool_t *scratch)
{
    const braze_node_t *node = braze_node_child(parent, BRAZE_NS_MD, "Extensions");

    node = node ? braze_node_child(node, NS_SHIB, "Scope") : NULL;
    for (; node && scopes->nelts < BRAZE_SAML_MAX_SCOPES;
         node = braze_node_next(node, NS_SHIB, "Scope")) {
        const char *pattern = braze_node_attr(node, "regexp", scratch);
        const char *text = line_of(node, scratch), *domain;

        if (text && (!pattern || strcmp(pattern, "false") == 0 || strcmp(pattern, "0") == 0) &&
            !braze_key_bare_domain(&domain, text, scratch)) {
            APR_ARRAY_PUSH(scopes, const char *) = apr_pstrdup(pool, domain);
        }
    }
}

static int is_category(const braze_node_t *attribute, apr_pool_t *scratch)
{
    const char *name = braze_node_attr(attribute, "Name", scratch);
    const braze_node_t *value;

    if (!name || strcmp(name, CATEGORY) != 0) {
        return 0;
    }
    for (value = braze_node_child(attribute, BRAZE_NS_SAML, "AttributeValue"); value;
         value = braze_node_next(value, BRAZE_NS_SAML, "AttributeValue")) {
        const char *text = line_of(value, scratch);

        if (text && strcmp(text, HIDDEN) == 0) {
            return 1;
        }
    }
    return 0;
}

static int wants_to_hide(const braze_node_t *entity, apr_pool_t *scratch)
{
    const braze_node_t *node = braze_node_child(entity, BRAZE_NS_MD, "Extensions");

    node = node ? braze_node_child(node, NS_ATTRIBUTE, "EntityAttributes") : NULL;
    node = node ? braze_node_child(node, BRAZE_NS_SAML, "Attribute") : NULL;
    while (node && !is_category(node, scratch)) {
        node = braze_node_next(node, BRAZE_NS_SAML, "Attribute");
    }
    return node != NULL;
}

static const char *searched(const braze_saml_idp_t *idp, apr_pool_t *pool, apr_pool_t *scratch)
{
    apr_array_header_t *parts = apr_array_make(scratch, 8, sizeof(const char *));
    const char *text;
    int i;

    for (i = 0; idp->names && i < idp->names->nelts; i++) {
        APR_ARRAY_PUSH(parts, const char *) = APR_ARRAY_IDX(idp->names, i, braze_idp_name_t).text;
    }
    for (i = 0; i < idp->scopes->nelts; i++) {
        APR_ARRAY_PUSH(parts, const char *) = APR_ARRAY_IDX(idp->scopes, i, const char *);
    }
    APR_ARRAY_PUSH(parts, const char *) = idp->entity_id;
    text = apr_array_pstrcat(scratch, parts, '\n');
    return braze_key_search_text(text, strlen(text), pool);
}

void braze_idp_read_people(braze_saml_idp_t *idp, const braze_node_t *entity,
                           const braze_node_t *role, apr_pool_t *pool, apr_pool_t *scratch)
{
    apr_array_header_t *scopes = apr_array_make(pool, 1, sizeof(const char *));

    add_scopes(scopes, role, pool, scratch);
    add_scopes(scopes, entity, pool, scratch);
    idp->scopes = scopes;
    idp->names = read_names(entity, role, pool, scratch);
    idp->hidden = wants_to_hide(entity, scratch);
    idp->searched = searched(idp, pool, scratch);
}

/* "de-CH" is of "de". */
static int speaks(const char *lang, const char *language)
{
    apr_size_t len = strlen(language);

    return apr_cstr_casecmpn(lang, language, len) == 0 && (!lang[len] || lang[len] == '-');
}

static const char *name_in(const braze_saml_idp_t *idp, const char *language)
{
    int i;

    for (i = 0; i < idp->names->nelts; i++) {
        const braze_idp_name_t *name = &APR_ARRAY_IDX(idp->names, i, braze_idp_name_t);

        if (speaks(name->lang, language)) {
            return name->text;
        }
    }
    return NULL;
}

const char *braze_saml_idp_name(const braze_saml_idp_t *idp, const char *language)
{
    const char *name;

    if (!idp->names) {
        return NULL;
    }
    name = name_in(idp, language);
    name = name ? name : name_in(idp, "en");
    return name ? name : APR_ARRAY_IDX(idp->names, 0, braze_idp_name_t).text;
}

int braze_saml_idp_is_hidden(const braze_saml_idp_t *idp)
{
    return idp->hidden;
}

int braze_saml_idp_matches(const braze_saml_idp_t *idp, const char *text)
{
    const char *in = idp->searched ? idp->searched : idp->entity_id;
    char word[128];

    while (*text) {
        apr_size_t len = strcspn(text, " ");

        apr_cpystrn(word, text, len < sizeof(word) ? len + 1 : sizeof(word));
        if (!strstr(in, word)) {
            return 0;
        }
        text += len;
        text += strspn(text, " ");
    }
    return 1;
}
