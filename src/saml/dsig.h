/* SPDX-License-Identifier: Apache-2.0 */
/* What only the files that see xmlsec1 share. */
#ifndef BRAZE_SAML_DSIG_H
#define BRAZE_SAML_DSIG_H

#include <xmlsec/xmlsec.h>
#include <xmlsec/keys.h>

#include "saml_int.h"

/*
 * One public key. Shared by all threads and never written to after loading; xmlsec1 only counts
 * references of the EVP_PKEY in it. No certificate is kept with it: xmlsec1 would copy that at
 * every verification.
 */
struct braze_saml_key_t {
    xmlSecKeyPtr key;
    int is_ec;
};

/*
 * Between these two calls the complaints of libxml2, xmlsec1 and OpenSSL in this thread go into
 * text (the first one) instead of standard error, and leave no trace in the thread's error queues
 * for mod_ssl to stumble over.
 */
typedef struct {
    char text[200];
    void *structured, *structured_baton;
} braze_quiet_t;

void braze_quiet_begin(braze_quiet_t *quiet);
void braze_quiet_end(braze_quiet_t *quiet);

#endif
