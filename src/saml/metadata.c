/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identity providers out of SAML metadata (saml-metadata-2.0-os): one entity, or a federation's
 * aggregate of thousands, which is read in passing. With a key it must be signed by that, and what
 * is read is what was digested.
 */
#include <string.h>

#include <apr_strings.h>

#include "braze_saml_metadata.h"
#include "saml_int.h"

#define TAG_UNSIGNED "BRAZE-J0217"

struct braze_saml_anchor_t {
    apr_array_header_t *keys; /* of braze_saml_key_t * */
};

/* Exclusive canonicalization writes namespaces anew, how often is looked at before. */
static const braze_xml_caps_t digested_caps = {
    .bytes = 2 * (apr_size_t)BRAZE_SAML_MAX_METADATA,
    .depth = BRAZE_SAML_MAX_DEPTH,
    .elements = 2000000,
    .attributes = 2 * BRAZE_SAML_MAX_ATTRS,
    .namespaces = 4000000,
};

typedef struct {
    const braze_saml_load_t *load;
    braze_saml_idps_t *idps;
    int notes;                              /* how many were logged */
    const char *skipped;                    /* why the last entity was not taken */
    const char *tag;                        /* and under which log tag */
    apr_time_t until[BRAZE_SAML_MAX_DEPTH]; /* of the groups around, by depth; 0 = no end */
    apr_pool_t *pool;                       /* of what is kept */
    apr_pool_t *document;                   /* of what is read */
    apr_pool_t *scratch;                    /* of one entity */
} reader_t;

static void note(reader_t *reader, braze_log_level_t level, const char *tag, const char *text)
{
    if (reader->notes++ < BRAZE_SAML_MAX_NOTES) {
        braze_log_write(reader->load->log, level, tag, reader->scratch, "%s", text);
    }
}

/* Notes why an entity is passed over; when nothing is left, the last note is the error. */
static void skip(reader_t *reader, const char *tag, const char *entity_id, const char *why)
{
    reader->tag = tag;
    reader->skipped =
        apr_psprintf(reader->document, "The entity %s in the metadata %s", entity_id, why);
}

static void read_entity(reader_t *reader, const braze_node_t *entity, apr_time_t until)
{
    braze_idp_verdict_t verdict;
    braze_saml_idp_t *idp;

    braze_idp_read(&idp, &verdict, entity, until, reader->load->now, reader->pool, reader->scratch);
    if (!idp && verdict.is_other && reader->skipped && strcmp(reader->tag, BRAZE_TAG_NO_IDP) != 0) {
        return; /* thousands of services say less than the one identity provider that is broken */
    }
    if (!idp) {
        skip(reader, verdict.tag, verdict.entity_id, verdict.why);
        if (!verdict.is_other) {
            note(reader, BRAZE_LOG_INFO, verdict.tag, reader->skipped);
        }
    } else if (!braze_saml_idps_add(reader->idps, idp)) {
        note(reader, BRAZE_LOG_WARNING, "BRAZE-J0218",
             apr_psprintf(reader->scratch,
                          "The entity %s stands twice in the metadata: the first counts",
                          idp->entity_id));
    }
}

/* 1 = look into it. */
static int read_group(reader_t *reader, const braze_node_t *group, int depth)
{
    reader->until[depth] = depth ? reader->until[depth - 1] : 0;
    if (!braze_idp_narrow(&reader->until[depth], group, reader->scratch)) {
        skip(reader, BRAZE_TAG_UNTIL, "group", "has a validUntil that cannot be read");
        note(reader, BRAZE_LOG_WARNING, reader->tag, reader->skipped);
        return 0;
    }
    return 1;
}

static braze_err_t *unreadable(const braze_err_t *cause, apr_pool_t *pool)
{
    return braze_err_log(
        braze_err_new(500, NULL, "BRAZE-J0210",
                      "The identity provider's metadata cannot be read as XML", pool),
        pool, "The identity provider's metadata cannot be read as XML: %s", cause->log);
}

static braze_err_t *not_metadata(apr_pool_t *pool)
{
    return braze_err_newf(pool, 500, NULL, "BRAZE-J0211",
                          "The file is not SAML 2.0 metadata: its root is neither "
                          "EntityDescriptor nor EntitiesDescriptor");
}

/* Groups are entered, entities read whole, all else is passed over: signatures, extensions. */
static braze_err_t *walk(reader_t *reader, const braze_xml_caps_t *caps, const char *xml,
                         apr_size_t len)
{
    braze_xml_walk_t *walk;
    const braze_node_t *node;
    int depth, into = 1;
    braze_err_t *err = braze_xml_walk_begin(&walk, caps, xml, len, reader->document);

    if (!err) {
        err = braze_xml_walk_next(&node, &depth, walk, into);
    }
    while (!err && node) {
        into = 0;
        if (braze_node_is(node, BRAZE_NS_MD, "EntitiesDescriptor")) {
            into = read_group(reader, node, depth);
        } else if (braze_node_is(node, BRAZE_NS_MD, "EntityDescriptor")) {
            err = braze_xml_walk_whole(&node, walk);
            if (!err) {
                read_entity(reader, node, depth ? reader->until[depth - 1] : 0);
            }
        } else if (depth == 0) {
            return not_metadata(reader->pool);
        }
        apr_pool_clear(reader->scratch);
        if (!err) {
            err = braze_xml_walk_next(&node, &depth, walk, into);
        }
    }
    return err ? unreadable(err, reader->pool) : NULL;
}

/* ---- signed ---- */

static braze_err_t *not_signed(const char *why, apr_pool_t *pool)
{
    braze_err_t *err =
        braze_err_new(500, NULL, TAG_UNSIGNED,
                      "The metadata are not signed by the key that they must be signed by", pool);

    return braze_err_log(err, pool,
                         "The metadata are not signed as BrazeJitIdpMetadataKey asks: %s", why);
}

/* One signature, of the document element itself; those of entities within it say nothing here. */
static const char *check_form(const braze_node_t *root, apr_size_t len, apr_pool_t *document)
{
    const braze_node_t *signature = braze_node_child(root, BRAZE_NS_DS, "Signature");
    braze_err_t *err;

    if (!signature) {
        return "the document element has no Signature";
    }
    if (braze_node_next(signature, BRAZE_NS_DS, "Signature")) {
        return "the document element has several Signatures";
    }
    if (len + braze_node_growth(root) > digested_caps.bytes) {
        return "canonicalization would make too much of its namespaces";
    }
    err = braze_signature_check(root, 0, document);
    return err ? apr_psprintf(document, "%s (%s)", err->log, err->code) : NULL;
}

static braze_err_t *walk_signed(reader_t *reader, const char *xml, apr_size_t len)
{
    braze_signed_t digested;
    braze_node_t *root;
    const char *why;
    braze_err_t *err = braze_xml_parse(&root, &braze_xml_metadata_caps, xml, len, reader->document);

    if (err) {
        return unreadable(err, reader->pool);
    }
    if (!braze_node_is(root, BRAZE_NS_MD, "EntityDescriptor") &&
        !braze_node_is(root, BRAZE_NS_MD, "EntitiesDescriptor")) {
        return not_metadata(reader->pool);
    }
    why = check_form(root, len, reader->document);
    if (why) {
        return not_signed(why, reader->pool);
    }
    err = braze_dsig_verify(&digested, root, reader->load->anchor->keys, digested_caps.bytes,
                            reader->document);
    if (err) {
        return not_signed(apr_psprintf(reader->document, "%s (%s)", err->log, err->code),
                          reader->pool);
    }
    return walk(reader, &digested_caps, digested.bytes, digested.len);
}

braze_err_t *braze_saml_anchor_make(braze_saml_anchor_t **anchor, const char *pem, apr_size_t len,
                                    apr_pool_t *pool)
{
    braze_saml_anchor_t *made = apr_palloc(pool, sizeof(*made));
    const char *why;

    made->keys = apr_array_make(pool, 1, sizeof(braze_saml_key_t *));
    if (!braze_key_add_pem_public(made->keys, &why, pem, len, pool)) {
        return braze_err_newf(pool, 500, NULL, "BRAZE-J0219",
                              "The key that metadata must be signed by cannot be used: %s", why);
    }
    *anchor = made;
    return NULL;
}

/* ---- both ---- */

static braze_err_t *read_document(reader_t *reader, const char *xml, apr_size_t len)
{
    braze_err_t *err = reader->load->anchor ? walk_signed(reader, xml, len)
                                            : walk(reader, &braze_xml_metadata_caps, xml, len);

    if (!err && !braze_saml_idps_count(reader->idps)) {
        err = braze_err_newf(
            reader->pool, 500, NULL, reader->skipped ? reader->tag : BRAZE_TAG_NO_IDP, "%s",
            reader->skipped ? reader->skipped : "The metadata names no identity provider");
    }
    return err;
}

braze_err_t *braze_saml_metadata_load(braze_saml_idps_t **idps, const char *xml, apr_size_t len,
                                      const braze_saml_load_t *load, apr_pool_t *pool)
{
    reader_t reader = {.load = load, .pool = pool};
    braze_err_t *err;

    apr_pool_create(&reader.document, pool);
    apr_pool_create(&reader.scratch, reader.document);
    reader.idps = braze_saml_idps_make(pool);
    err = read_document(&reader, xml, len);
    apr_pool_destroy(reader.document);
    if (!err) {
        *idps = reader.idps;
    }
    return err;
}

braze_err_t *braze_saml_idp_load(braze_saml_idps_t **idps, const char *xml, apr_size_t len,
                                 apr_time_t now, apr_pool_t *pool)
{
    braze_saml_load_t load = {NULL, now, NULL};

    return braze_saml_metadata_load(idps, xml, len, &load, pool);
}
