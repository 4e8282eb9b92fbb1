/* SPDX-License-Identifier: Apache-2.0 */
/* What judging tells about itself, to those who ask: a line of the log for whatever was found, and
 * a verdict for each step. Without anybody who asks it costs a comparison. */
#include <stdarg.h>

#include <apr_strings.h>

#include "saml_int.h"

static int is_logged(const braze_judge_t *judge)
{
    return judge->expect->trace && judge->expect->trace->write;
}

void braze_judge_trace(const braze_judge_t *judge, const char *fmt, ...)
{
    const char *text;
    va_list args;

    if (!is_logged(judge) && !judge->said) {
        return;
    }
    va_start(args, fmt);
    text = apr_pvsprintf(judge->scratch, fmt, args);
    va_end(args);
    if (is_logged(judge)) {
        braze_log_write(judge->expect->trace, BRAZE_LOG_DEBUG, "BRAZE-J0100", judge->scratch, "%s",
                        text);
    }
    if (judge->said) {
        APR_ARRAY_PUSH(judge->said, const char *) = text;
    }
}

braze_err_t *braze_judge_step(const braze_judge_t *judge, const char *name, braze_err_t *err)
{
    const braze_saml_steps_t *steps = judge ? judge->expect->steps : NULL;

    if (steps) {
        const char *said = apr_array_pstrcat(judge->scratch, judge->said, ';');

        steps->step(steps->baton, name, err, said);
        apr_array_clear(judge->said);
    }
    return err;
}
