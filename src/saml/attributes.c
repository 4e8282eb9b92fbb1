/* SPDX-License-Identifier: Apache-2.0 */
/* AttributeStatement into names and values (saml-core 2.7.3). */
#include <string.h>

#include <apr_strings.h>

#include "saml_int.h"

/* Values are text; eduPersonTargetedID wraps its text in a NameID. */
static const char *value_text(const braze_judge_t *judge, const braze_node_t *value)
{
    const braze_node_t *name_id = braze_node_child(value, BRAZE_NS_SAML, "NameID");

    return braze_node_text(name_id ? name_id : value, judge->pool);
}

static braze_err_t *too_long(const braze_judge_t *judge, const char *name, apr_size_t len)
{
    return braze_saml_refuse(BRAZE_SAML_VALUE_LONG, judge->scratch,
                             "a value of the attribute %s has %" APR_SIZE_T_FMT
                             " bytes, at most %d",
                             name, len, BRAZE_SAML_MAX_VALUE);
}

/* Values are given on verbatim: what a newline means is known only to who uses the value. */
static braze_err_t *read_values(apr_array_header_t *values, int *count, const braze_judge_t *judge,
                                const braze_node_t *attribute, const char *name)
{
    const braze_node_t *node;

    for (node = braze_node_child(attribute, BRAZE_NS_SAML, "AttributeValue"); node;
         node = braze_node_next(node, BRAZE_NS_SAML, "AttributeValue")) {
        const char *text = value_text(judge, node);

        if (strlen(text) > BRAZE_SAML_MAX_VALUE) {
            return too_long(judge, name, strlen(text));
        }
        if (++*count > BRAZE_SAML_MAX_ATTRIBUTES) {
            return braze_saml_refuse(BRAZE_SAML_MANY_VALUES, judge->scratch, "at most %d",
                                     BRAZE_SAML_MAX_ATTRIBUTES);
        }
        if (*text) {
            APR_ARRAY_PUSH(values, const char *) = text;
        }
    }
    return NULL;
}

static braze_err_t *read_attribute(apr_array_header_t *attributes, int *count,
                                   const braze_judge_t *judge, const braze_node_t *node)
{
    braze_saml_attribute_t *attribute = apr_pcalloc(judge->pool, sizeof(*attribute));
    apr_array_header_t *values = apr_array_make(judge->pool, 1, sizeof(const char *));
    const char *name = braze_node_attr(node, "Name", judge->pool);
    braze_err_t *err =
        braze_judge_name(&attribute->name, judge, name ? name : "", "the Name of an Attribute");

    if (err) {
        return err;
    }
    attribute->name_format = braze_node_attr(node, "NameFormat", judge->pool);
    attribute->friendly_name = braze_node_attr(node, "FriendlyName", judge->pool);
    attribute->values = values;
    err = read_values(values, count, judge, node, name);
    APR_ARRAY_PUSH(attributes, braze_saml_attribute_t *) = attribute;
    braze_judge_trace(judge, "attribute: %s, %d values", name, values->nelts);
    return err;
}

braze_err_t *braze_judge_attributes(braze_judge_t *judge)
{
    apr_array_header_t *attributes =
        apr_array_make(judge->pool, 8, sizeof(braze_saml_attribute_t *));
    const braze_node_t *statement, *node;
    braze_err_t *err = NULL;
    int count = 0;

    judge->identity->attributes = attributes;
    for (statement = braze_node_child(judge->assertion, BRAZE_NS_SAML, "AttributeStatement");
         statement; statement = braze_node_next(statement, BRAZE_NS_SAML, "AttributeStatement")) {
        for (node = braze_node_child(statement, BRAZE_NS_SAML, "Attribute"); !err && node;
             node = braze_node_next(node, BRAZE_NS_SAML, "Attribute")) {
            err = read_attribute(attributes, &count, judge, node);
        }
    }
    return err;
}
