/* SPDX-License-Identifier: Apache-2.0 */
/* Private to sso.c and sso_read.c. */
#ifndef BRAZE_SETTINGS_SSO_INT_H
#define BRAZE_SETTINGS_SSO_INT_H

#include "settings_int.h"

/* What is stored, as the form has it. */
void sso_stored(braze_page_sso_values_t *values, const braze_company_t *company);
/* Digest of what this page shows of the company. */
const char *sso_seen(const braze_company_t *company, apr_pool_t *pool);
/*
 * What was sent, over what is stored; 200, or 400 or 403 with problems noted. A field that a
 * directive has fixed may not be sent.
 */
int sso_read(braze_page_sso_values_t *values, settings_call_t *call);
/* Puts the values into company, but for what is fixed: names of what changed, or NULL for nothing.
 */
const char *sso_apply(braze_company_t *company, settings_call_t *call,
                      const braze_page_sso_values_t *values);

#endif
