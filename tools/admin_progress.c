/* SPDX-License-Identifier: Apache-2.0 */
/* A progress bar, for a person who waits at a terminal. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "admin.h"

#define WIDTH 30
#define EVERY apr_time_from_msec(100)

void admin_progress_begin(admin_progress_t *progress)
{
    memset(progress, 0, sizeof(*progress));
    progress->seen = isatty(STDERR_FILENO);
}

void admin_progress_show(admin_progress_t *progress, apr_int64_t done, apr_int64_t whole, int rows)
{
    static const char full[] = "##############################";
    apr_time_t now = progress->seen ? apr_time_now() : 0;
    int filled;

    if (!progress->seen || now < progress->next) {
        return;
    }
    progress->next = now + EVERY;
    progress->drawn = 1;
    if (whole <= 0) {
        fprintf(stderr, "\r%d rows", rows);
        return;
    }
    done = done < whole ? done : whole;
    filled = (int)(done * WIDTH / whole);
    fprintf(stderr, "\r[%.*s%*s] %3d%%  %d rows", filled, full, WIDTH - filled, "",
            (int)(done * 100 / whole), rows);
}

void admin_progress_clear(admin_progress_t *progress)
{
    if (progress->drawn) {
        fprintf(stderr, "\r%*s\r", WIDTH + 30, "");
        progress->drawn = 0;
        progress->next = 0;
    }
}
