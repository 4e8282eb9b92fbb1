/* SPDX-License-Identifier: Apache-2.0 */
/* Private to tokens.c and tokens_read.c. */
#ifndef BRAZE_SETTINGS_TOKENS_INT_H
#define BRAZE_SETTINGS_TOKENS_INT_H

#include "settings_int.h"

/* What the form of a new token says; texts are never NULL but allowlist. */
typedef struct {
    const char *workspace_id, *origin;
    const char *allowlist_text; /* as it was sent */
    const char *allowlist;      /* as it is stored: separated by commas; NULL = any address */
    const char *days_text;
    int days; /* 0 = never expires */
    braze_profile_t profile;
} tokens_wanted_t;

/* Notes a problem for each thing that is wrong, and for each bad entry of the allowlist. */
void tokens_read(tokens_wanted_t *wanted, settings_call_t *call);

#endif
