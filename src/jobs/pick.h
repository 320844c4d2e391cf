/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which kind's best job is to start next, if any. Private to the room; pure, so that the rules can be tested as a
 * table:
 *
 * 1. At most `budget` jobs of the first two ranks run at once, half of that (at least one) while somebody waits for the
 *    machine; and then there is a rest after each, unless the next is one that somebody looks for (runner.c).
 * 2. Among those that may start: the highest priority, then JOBS_FIRST before JOBS_SECOND. But after PICK_FAIR_TURNS of
 *    JOBS_FIRST while a job of JOBS_SECOND waited, that one comes.
 * 3. JOBS_WHEN_IDLE starts only where no job of the other ranks is due, and where all running jobs together are fewer
 *    than the budget. Once it runs it takes no place of theirs: its worker gets what processor time they leave. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/jobs.h"

enum { PICK_FAIR_TURNS = 8, PICK_NONE = -1 };

/** One kind at this moment. */
struct pick_kind {
    enum jobs_rank rank;
    unsigned running, parallel;
    bool is_due; /* a job of it waits, is due, and the kind is not paused */
    int64_t priority;
};

struct pick_state {
    unsigned budget;
    bool is_foreground;   /* somebody waits for the machine */
    bool is_resting;      /* and a job has just ended */
    unsigned passed_over; /* times in a row that JOBS_SECOND gave way */
};

/** The index of the kind, or PICK_NONE. */
int pick(const struct pick_kind *kinds, size_t n_kinds, const struct pick_state *state);

/** What passed_over becomes when @picked starts. */
unsigned pick_passed_over(const struct pick_kind *kinds, size_t n_kinds, const struct pick_state *state, int picked);
