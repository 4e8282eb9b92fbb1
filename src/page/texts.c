/* SPDX-License-Identifier: Apache-2.0 */
/* The string catalogue, by text and language. */
#include <string.h>

#include "page_int.h"

#define T(name, en, es, fr, de) [BRAZE_TEXT_##name] = {en, es, fr, de},
static const char *const texts[BRAZE_TEXT_COUNT][BRAZE_LANG_COUNT] = {
#include "texts.def"
#include "texts_settings.def"
};
#undef T

static const char *const tags[BRAZE_LANG_COUNT] = {"en", "es", "fr", "de"};

const char *braze_text(braze_text_t id, braze_lang_t lang)
{
    return texts[id][lang];
}

const char *braze_lang_tag(braze_lang_t lang)
{
    return tags[lang];
}

braze_lang_t braze_lang_by_tag(const char *tag)
{
    int lang;

    for (lang = 0; tag && lang < BRAZE_LANG_COUNT; lang++) {
        if (strcmp(tags[lang], tag) == 0) {
            return (braze_lang_t)lang;
        }
    }
    return BRAZE_LANG_EN;
}
