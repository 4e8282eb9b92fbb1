/* SPDX-License-Identifier: Apache-2.0 */
/* Several identity providers on the sign-in page: links, and a search field where there are many.
 */
#include "page_int.h"

#define FIELD_ID "q"
#define FIELD_MAX "254" /* characters: as an e-mail address */

static void search_field(braze_html_t *html, const braze_page_choice_t *choice)
{
    braze_html_open(html, BRAZE_EL_LABEL);
    braze_html_attr(html, BRAZE_AT_FOR, FIELD_ID);
    braze_html_say(html, BRAZE_TEXT_CHOOSE_FIELD);
    braze_html_close(html);
    braze_html_open(html, BRAZE_EL_INPUT);
    braze_html_attr(html, BRAZE_AT_TYPE, "search");
    braze_html_attr(html, BRAZE_AT_ID, FIELD_ID);
    braze_html_attr(html, BRAZE_AT_NAME, "q");
    braze_html_attr(html, BRAZE_AT_MAXLENGTH, FIELD_MAX);
    braze_html_attr(html, BRAZE_AT_AUTOCOMPLETE, "email");
    if (choice->sought) {
        braze_html_attr(html, BRAZE_AT_VALUE, choice->sought);
    }
}

/* A plain GET: it is this host that filters. */
static void search_form(braze_html_t *html, const braze_page_choice_t *choice)
{
    braze_html_open(html, BRAZE_EL_FORM);
    braze_html_attr(html, BRAZE_AT_METHOD, "get");
    braze_html_attr(html, BRAZE_AT_CLASS, "search");
    braze_html_action(html, choice->search_url);
    braze_html_open(html, BRAZE_EL_INPUT);
    braze_html_attr(html, BRAZE_AT_TYPE, "hidden");
    braze_html_attr(html, BRAZE_AT_NAME, "return");
    braze_html_attr(html, BRAZE_AT_VALUE, choice->return_to ? choice->return_to : "/");
    search_field(html, choice);
    braze_html_open(html, BRAZE_EL_BUTTON);
    braze_html_attr(html, BRAZE_AT_TYPE, "submit");
    braze_html_attr(html, BRAZE_AT_CLASS, "button");
    braze_html_say(html, BRAZE_TEXT_CHOOSE_SEARCH);
    braze_html_close(html);
    braze_html_close(html);
}

static void one(braze_html_t *html, const braze_page_idp_t *idp)
{
    if (!braze_html_is_url(idp->url)) {
        return;
    }
    braze_html_open(html, BRAZE_EL_LI);
    braze_html_open(html, BRAZE_EL_A);
    braze_html_attr(html, BRAZE_AT_CLASS, "choice");
    braze_html_attr(html, BRAZE_AT_DIR, "auto");
    braze_html_href(html, idp->url);
    braze_html_data(html, idp->name);
    braze_html_close(html);
    braze_html_close(html);
}

static void list(braze_html_t *html, const braze_page_choice_t *choice)
{
    int i;

    braze_html_open(html, BRAZE_EL_UL);
    for (i = 0; i < choice->idps->nelts; i++) {
        one(html, &APR_ARRAY_IDX(choice->idps, i, braze_page_idp_t));
    }
    braze_html_close(html);
}

void braze_page_choice(braze_html_t *html, const braze_page_choice_t *choice, int others)
{
    braze_html_line(html, BRAZE_EL_H2, NULL, others ? BRAZE_TEXT_CHOOSE_OTHER : BRAZE_TEXT_CHOOSE);
    if (braze_html_is_url(choice->search_url)) {
        search_form(html, choice);
    }
    if (choice->idps->nelts) {
        list(html, choice);
    } else if (choice->sought) {
        braze_html_open(html, BRAZE_EL_P);
        braze_html_say_with(html, BRAZE_TEXT_CHOOSE_NONE, choice->sought);
        braze_html_close(html);
    }
    if (choice->more) {
        braze_html_line(html, BRAZE_EL_P, NULL, BRAZE_TEXT_CHOOSE_MORE);
    }
}
