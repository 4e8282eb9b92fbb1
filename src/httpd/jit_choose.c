/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of several identity providers: named, or by the domain of an e-mail address, or by what
 * this browser did last; else the person is asked. All of it only decides whom to ask: who signs
 * somebody in is the judge's business.
 */
#include "jit_int.h"

#include <stdlib.h>

#include <apr_strings.h>

#include "braze_key.h"

static int choose_may_ask(const braze_saml_idp_t *idp, request_rec *r)
{
    apr_time_t until = idp ? braze_saml_idp_valid_until(idp) : 0;

    return idp && braze_saml_idp_can_sign_in(idp) && (!until || until > r->request_time);
}

/* ---- by domain ---- */

/* What an administrator has written down, else what the metadata say; those that can be asked. */
static apr_array_header_t *choose_by_email(const jit_choice_t *choice, const char *email)
{
    request_rec *r = choice->r;
    apr_array_header_t *found = apr_array_make(r->pool, 1, sizeof(const braze_saml_idp_t *));
    const apr_table_t *domains = choice->conf->idp_domains;
    const apr_array_header_t *scoped;
    const char *domain, *name;
    braze_err_t *err = braze_key_domain(&domain, email, r->pool);
    int i;

    if (err) {
        return found; /* no address: nobody's domain */
    }
    name = domains ? apr_table_get(domains, domain) : NULL;
    if (name) {
        const braze_saml_idp_t *idp = braze_saml_idps_find(choice->idps, name);

        if (choose_may_ask(idp, r)) {
            APR_ARRAY_PUSH(found, const braze_saml_idp_t *) = idp;
        }
        return found;
    }
    scoped = braze_saml_idps_scoped(choice->idps, domain, r->pool);
    for (i = 0; i < scoped->nelts; i++) {
        const braze_saml_idp_t *idp = APR_ARRAY_IDX(scoped, i, const braze_saml_idp_t *);

        if (choose_may_ask(idp, r)) {
            APR_ARRAY_PUSH(found, const braze_saml_idp_t *) = idp;
        }
    }
    return found;
}

/* ---- without a question ---- */

/* The only one that can be asked; NULL when there are none or several. *any: the first. */
static const braze_saml_idp_t *choose_only(const braze_saml_idp_t **any, const jit_choice_t *choice)
{
    const braze_saml_idp_t *one = NULL;
    int i, count = braze_saml_idps_count(choice->idps);

    *any = NULL;
    for (i = 0; i < count; i++) {
        const braze_saml_idp_t *idp = braze_saml_idps_nth(choice->idps, i);

        if (!choose_may_ask(idp, choice->r)) {
            continue;
        }
        *any = *any ? *any : idp;
        if (one && strcmp(braze_saml_idp_entity_id(one), braze_saml_idp_entity_id(idp)) != 0) {
            return NULL;
        }
        one = one ? one : idp;
    }
    return one;
}

/* The one by which this browser has signed in last, if it still is among them: a suggestion. */
static const braze_saml_idp_t *choose_known(const jit_choice_t *choice)
{
    const char *mark, *rest;
    const braze_saml_idp_t *idp;

    if (!jit_known_get(&mark, &rest, choice->r, choice->conf)) {
        return NULL;
    }
    idp = braze_saml_idps_marked(choice->idps, mark);
    return choose_may_ask(idp, choice->r) ? idp : NULL;
}

static braze_err_t *choose_unknown(const jit_choice_t *choice, const char *wanted)
{
    apr_pool_t *pool = choice->r->pool;

    return braze_err_log(braze_err_new(HTTP_NOT_FOUND, "idp_unknown", "BRAZE-J0421",
                                       "There is no such identity provider here.", pool),
                         pool,
                         "?idp= names \"%s\", which is not configured here, or has "
                         "no sign-in address",
                         wanted);
}

static braze_err_t *choose_none(const jit_choice_t *choice)
{
    apr_pool_t *pool = choice->r->pool;

    return braze_err_log(
        braze_err_new(HTTP_NOT_FOUND, "idp_cannot_be_asked", "BRAZE-J0422",
                      "Start at your company's portal and choose this application there.", pool),
        pool, "%s",
        "no identity provider has a sign-in address (SingleSignOnService of its "
        "metadata, or BrazeJitTargetUrl) that is in force");
}

braze_err_t *jit_choose(const braze_saml_idp_t **idp, jit_choice_t *choice)
{
    const jit_wish_t *wish = choice->wish;
    const braze_saml_idp_t *any;

    *idp = NULL;
    if (wish->idp) {
        *idp = braze_saml_idps_find(choice->idps, wish->idp);
        *idp = choose_may_ask(*idp, choice->r) ? *idp : NULL;
        return *idp ? NULL : choose_unknown(choice, wish->idp);
    }
    if (wish->email) {
        const apr_array_header_t *found = choose_by_email(choice, wish->email);

        if (found->nelts == 1) {
            *idp = APR_ARRAY_IDX(found, 0, const braze_saml_idp_t *);
            return NULL;
        }
    }
    *idp = choose_only(&any, choice);
    if (!any) {
        return choose_none(choice);
    }
    if (!*idp && !wish->email && !wish->ask) {
        *idp = choose_known(choice);
    }
    return NULL;
}

/* ---- the question ---- */

/* Of several, an IdP's own name is the better one; of one alone, what the administrator calls it.
 */
static const char *choose_name(const jit_choice_t *choice, const braze_saml_idp_t *idp)
{
    const jit_conf_t *conf = choice->conf;
    const char *name = braze_saml_idp_name(idp, jit_language(choice->r));
    const char *id = braze_saml_idp_entity_id(idp);

    if (name) {
        return name;
    }
    if (conf->certificate && conf->idp_entity_id && !strcmp(conf->idp_entity_id, id) &&
        conf->saml_name) {
        return conf->saml_name;
    }
    return id;
}

const char *jit_choose_label(jit_choice_t *choice, const braze_saml_idp_t *idp)
{
    const braze_saml_idp_t *any;
    const char *name = braze_saml_idp_name(idp, jit_language(choice->r));
    const char *given =
        choice->conf->saml_name ? choice->conf->saml_name : choice->company->company->saml_name;

    return given && (!name || choose_only(&any, choice)) ? given : name;
}

/* One that is to be shown, with what it is sorted by. */
typedef struct {
    const braze_saml_idp_t *idp;
    const char *name, *folded;
} choose_entry_t;

static int choose_compare(const void *a, const void *b)
{
    const choose_entry_t *one = a, *other = b;
    int order = strcmp(one->folded, other->folded);

    return order ? order
                 : strcmp(braze_saml_idp_entity_id(one->idp), braze_saml_idp_entity_id(other->idp));
}

static void choose_add(apr_array_header_t *entries, const jit_choice_t *choice,
                       const braze_saml_idp_t *idp)
{
    choose_entry_t *entry = apr_array_push(entries);

    entry->idp = idp;
    entry->name = choose_name(choice, idp);
    entry->folded = braze_key_search_text(entry->name, strlen(entry->name), choice->r->pool);
}

/* All that may be offered and, with text, that match it; *total counts them without the text. */
static apr_array_header_t *choose_matching(int *total, const jit_choice_t *choice, const char *text,
                                           const braze_saml_idp_t *above)
{
    apr_array_header_t *entries = apr_array_make(choice->r->pool, 16, sizeof(choose_entry_t));
    int i, count = braze_saml_idps_count(choice->idps);

    *total = 0;
    for (i = 0; i < count; i++) {
        const braze_saml_idp_t *idp = braze_saml_idps_nth(choice->idps, i);

        /* Of one name in several files, the first. */
        if (!choose_may_ask(idp, choice->r) || braze_saml_idp_is_hidden(idp) || idp == above ||
            braze_saml_idps_find(choice->idps, braze_saml_idp_entity_id(idp)) != idp) {
            continue;
        }
        ++*total;
        if (!text || braze_saml_idp_matches(idp, text)) {
            choose_add(entries, choice, idp);
        }
    }
    return entries;
}

static apr_array_header_t *choose_entries(int *total, const jit_choice_t *choice,
                                          const char *sought, const braze_saml_idp_t *above)
{
    request_rec *r = choice->r;
    const char *text = sought ? braze_key_search_text(sought, strlen(sought), r->pool) : NULL;
    apr_array_header_t *entries = choose_matching(total, choice, text, above), *found;
    int i;

    if (sought && ap_strchr_c(sought, '@')) {
        entries = apr_array_make(r->pool, 2, sizeof(choose_entry_t));
        found = choose_by_email(choice, sought);
        for (i = 0; i < found->nelts; i++) {
            choose_add(entries, choice, APR_ARRAY_IDX(found, i, const braze_saml_idp_t *));
        }
    } else if (!sought && *total > BRAZE_PAGE_CHOICES) {
        entries->nelts = 0; /* the first twenty of a thousand are nobody's */
    }
    qsort(entries->elts, (size_t)entries->nelts, sizeof(choose_entry_t), choose_compare);
    return entries;
}

static const char *choose_url(const jit_choice_t *choice, const braze_saml_idp_t *idp)
{
    request_rec *r = choice->r;

    return apr_pstrcat(r->pool, jit_login_url(r, choice->conf, "login", choice->wish->return_to),
                       "&idp=", ap_escape_urlencoded(r->pool, braze_saml_idp_entity_id(idp)), NULL);
}

const braze_page_choice_t *jit_choose_page(jit_choice_t *choice, const char *endpoint,
                                           const braze_saml_idp_t *above)
{
    const jit_wish_t *wish = choice->wish;
    request_rec *r = choice->r;
    const char *sought = wish->sought ? wish->sought : wish->email;
    braze_page_choice_t *page = apr_pcalloc(r->pool, sizeof(*page));
    int i, total;
    apr_array_header_t *shown = apr_array_make(r->pool, 8, sizeof(braze_page_idp_t));
    const apr_array_header_t *entries = choose_entries(&total, choice, sought, above);

    if (!total && (!sought || above)) {
        return NULL;
    }
    for (i = 0; i < entries->nelts && i < BRAZE_PAGE_CHOICES; i++) {
        const choose_entry_t *entry = &APR_ARRAY_IDX(entries, i, choose_entry_t);
        braze_page_idp_t *idp = apr_array_push(shown);

        idp->name = entry->name;
        idp->url = choose_url(choice, entry->idp);
    }
    page->idps = shown;
    page->more = entries->nelts > BRAZE_PAGE_CHOICES;
    page->sought = sought;
    page->return_to = wish->return_to;
    if (total > BRAZE_PAGE_CHOICES || choice->conf->idp_domains || sought) {
        page->search_url = jit_endpoint_url(r, choice->conf, endpoint);
    }
    return page;
}
