/* SPDX-License-Identifier: Apache-2.0 */
/* The table: the first line that fits decides. */
#include "braze_jit.h"

braze_jit_verdict_t braze_jit_decide(const braze_jit_facts_t *facts)
{
    if (facts->exists) {
        return facts->active ? BRAZE_JIT_SIGN_IN : BRAZE_JIT_REFUSE_INACTIVE;
    }
    if (!facts->provisioning) {
        return BRAZE_JIT_REFUSE_PROVISIONING_OFF;
    }
    if (facts->google) {
        return BRAZE_JIT_REFUSE_GOOGLE;
    }
    if (!facts->idp_initiated) {
        return BRAZE_JIT_REFUSE_IDP_INITIATED_ONLY;
    }
    return facts->domain_known ? BRAZE_JIT_CREATE : BRAZE_JIT_REFUSE_DOMAIN;
}
