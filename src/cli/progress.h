/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A line of progress on standard error for commands that take long: redrawn in place on a terminal, not written at all
 * elsewhere (a log wants the result, not the way). Ends the work kindly when Ctrl-C is typed.
 *
 * Threads: the main thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cli_progress {
    const char *verb; /* "Verified" */
    int64_t total;    /* 0: not known */
    int64_t shown_us; /* monotonic time of the last drawing */
    int64_t began_us;
    bool is_terminal;
};

/** Begins; from here on Ctrl-C and SIGTERM make cli_progress_step() answer false. */
void cli_progress_begin(struct cli_progress *progress, const char *verb, int64_t total);

/** Draws at most ten times a second. false: the person wants to end. */
bool cli_progress_step(struct cli_progress *progress, int64_t done, int64_t done_bytes);

/** Takes the line away. */
void cli_progress_end(struct cli_progress *progress);

/** The line is in the way of a message: take it away until the next step. */
void cli_progress_clear(struct cli_progress *progress);
