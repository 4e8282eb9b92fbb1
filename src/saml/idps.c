/* SPDX-License-Identifier: Apache-2.0 */
/* Identity providers by name: what a login costs does not depend on how many there are. */
#include <string.h>

#include <apr_hash.h>
#include <apr_sha1.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "braze_saml_metadata.h"
#include "artifact.h"

struct braze_saml_idps_t {
    apr_pool_t *pool;
    apr_hash_t *by_name, *by_mark;
    apr_hash_t *by_source;     /* of those that resolve artifacts */
    apr_hash_t *by_scope;      /* domain → apr_array_header_t of const braze_saml_idp_t * */
    apr_array_header_t *own;   /* of const braze_saml_idp_t *, in the order of the file */
    apr_array_header_t *parts; /* of const braze_saml_idps_t *: behind its own */
};

const char *braze_saml_idp_mark(const char *entity_id, apr_pool_t *pool)
{
    return apr_pstrmemdup(pool, braze_sha256_hex(entity_id, strlen(entity_id), pool),
                          BRAZE_SAML_IDP_MARK);
}

braze_saml_idps_t *braze_saml_idps_make(apr_pool_t *pool)
{
    braze_saml_idps_t *idps = apr_pcalloc(pool, sizeof(*idps));

    idps->pool = pool;
    idps->by_name = apr_hash_make(pool);
    idps->by_mark = apr_hash_make(pool);
    idps->by_source = apr_hash_make(pool);
    idps->by_scope = apr_hash_make(pool);
    idps->own = apr_array_make(pool, 1, sizeof(const braze_saml_idp_t *));
    idps->parts = apr_array_make(pool, 1, sizeof(const braze_saml_idps_t *));
    return idps;
}

static void add_scope(braze_saml_idps_t *idps, const char *domain, const braze_saml_idp_t *idp)
{
    apr_array_header_t *list = apr_hash_get(idps->by_scope, domain, APR_HASH_KEY_STRING);

    if (!list) {
        list = apr_array_make(idps->pool, 1, sizeof(const braze_saml_idp_t *));
        apr_hash_set(idps->by_scope, domain, APR_HASH_KEY_STRING, list);
    }
    /* Of role and entity both, perhaps. */
    if (!list->nelts || APR_ARRAY_IDX(list, list->nelts - 1, const braze_saml_idp_t *) != idp) {
        APR_ARRAY_PUSH(list, const braze_saml_idp_t *) = idp;
    }
}

static void add_source(braze_saml_idps_t *idps, const braze_saml_idp_t *idp)
{
    unsigned char *source = apr_palloc(idps->pool, BRAZE_ARTIFACT_SOURCE);
    apr_sha1_ctx_t context;

    apr_sha1_init(&context);
    apr_sha1_update(&context, idp->entity_id, (unsigned)strlen(idp->entity_id));
    apr_sha1_final(source, &context);
    apr_hash_set(idps->by_source, source, BRAZE_ARTIFACT_SOURCE, idp);
}

int braze_saml_idps_add(braze_saml_idps_t *idps, const braze_saml_idp_t *idp)
{
    int i;

    if (apr_hash_get(idps->by_name, idp->entity_id, APR_HASH_KEY_STRING)) {
        return 0;
    }
    apr_hash_set(idps->by_name, idp->entity_id, APR_HASH_KEY_STRING, idp);
    apr_hash_set(idps->by_mark, braze_saml_idp_mark(idp->entity_id, idps->pool),
                 APR_HASH_KEY_STRING, idp);
    for (i = 0; idp->scopes && i < idp->scopes->nelts; i++) {
        add_scope(idps, APR_ARRAY_IDX(idp->scopes, i, const char *), idp);
    }
    if (idp->resolve) {
        add_source(idps, idp);
    }
    APR_ARRAY_PUSH(idps->own, const braze_saml_idp_t *) = idp;
    return 1;
}

void braze_saml_idps_join(braze_saml_idps_t *idps, const braze_saml_idps_t *other, const char *only)
{
    const braze_saml_idp_t *one;
    braze_saml_idps_t *part;

    if (!only) {
        APR_ARRAY_PUSH(idps->parts, const braze_saml_idps_t *) = other;
        return;
    }
    one = braze_saml_idps_find(other, only);
    if (one) {
        part = braze_saml_idps_make(idps->pool);
        (void)braze_saml_idps_add(part, one);
        APR_ARRAY_PUSH(idps->parts, const braze_saml_idps_t *) = part;
    }
}

static const braze_saml_idps_t *part_of(const braze_saml_idps_t *idps, int i)
{
    return APR_ARRAY_IDX(idps->parts, i, const braze_saml_idps_t *);
}

int braze_saml_idps_count(const braze_saml_idps_t *idps)
{
    int i, count = idps->own->nelts;

    for (i = 0; i < idps->parts->nelts; i++) {
        count += braze_saml_idps_count(part_of(idps, i));
    }
    return count;
}

const braze_saml_idp_t *braze_saml_idps_nth(const braze_saml_idps_t *idps, int n)
{
    int i;

    if (n < idps->own->nelts) {
        return APR_ARRAY_IDX(idps->own, n, const braze_saml_idp_t *);
    }
    n -= idps->own->nelts;
    for (i = 0; i < idps->parts->nelts; i++) {
        int count = braze_saml_idps_count(part_of(idps, i));

        if (n < count) {
            return braze_saml_idps_nth(part_of(idps, i), n);
        }
        n -= count;
    }
    return NULL;
}

static void collect(apr_array_header_t *found, const braze_saml_idps_t *idps, const char *entity_id)
{
    const braze_saml_idp_t *idp = apr_hash_get(idps->by_name, entity_id, APR_HASH_KEY_STRING);
    int i;

    if (idp) {
        APR_ARRAY_PUSH(found, const braze_saml_idp_t *) = idp;
    }
    for (i = 0; i < idps->parts->nelts; i++) {
        collect(found, part_of(idps, i), entity_id);
    }
}

const apr_array_header_t *braze_saml_idps_named(const braze_saml_idps_t *idps,
                                                const char *entity_id, apr_pool_t *pool)
{
    apr_array_header_t *found = apr_array_make(pool, 1, sizeof(const braze_saml_idp_t *));

    collect(found, idps, entity_id);
    return found;
}

const braze_saml_idp_t *braze_saml_idps_find(const braze_saml_idps_t *idps, const char *entity_id)
{
    const braze_saml_idp_t *idp = apr_hash_get(idps->by_name, entity_id, APR_HASH_KEY_STRING);
    int i;

    for (i = 0; !idp && i < idps->parts->nelts; i++) {
        idp = braze_saml_idps_find(part_of(idps, i), entity_id);
    }
    return idp;
}

const braze_saml_idp_t *braze_saml_idps_marked(const braze_saml_idps_t *idps, const char *mark)
{
    const braze_saml_idp_t *idp = apr_hash_get(idps->by_mark, mark, APR_HASH_KEY_STRING);
    int i;

    for (i = 0; !idp && i < idps->parts->nelts; i++) {
        idp = braze_saml_idps_marked(part_of(idps, i), mark);
    }
    return idp;
}

const braze_saml_idp_t *braze_saml_idps_sourced(const braze_saml_idps_t *idps,
                                                const unsigned char *source)
{
    const braze_saml_idp_t *idp = apr_hash_get(idps->by_source, source, BRAZE_ARTIFACT_SOURCE);
    int i;

    for (i = 0; !idp && i < idps->parts->nelts; i++) {
        idp = braze_saml_idps_sourced(part_of(idps, i), source);
    }
    return idp;
}

static void collect_scoped(apr_array_header_t *found, const braze_saml_idps_t *idps,
                           const char *domain)
{
    const apr_array_header_t *list = apr_hash_get(idps->by_scope, domain, APR_HASH_KEY_STRING);
    int i;

    if (list) {
        apr_array_cat(found, list);
    }
    for (i = 0; i < idps->parts->nelts; i++) {
        collect_scoped(found, part_of(idps, i), domain);
    }
}

const apr_array_header_t *braze_saml_idps_scoped(const braze_saml_idps_t *idps, const char *domain,
                                                 apr_pool_t *pool)
{
    apr_array_header_t *found = apr_array_make(pool, 1, sizeof(const braze_saml_idp_t *));

    collect_scoped(found, idps, domain);
    return found;
}
