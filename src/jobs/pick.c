/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "jobs/pick.h"

#include <glib.h>

static bool may_start(const struct pick_kind *kind)
{
    return kind->is_due && kind->running < kind->parallel;
}

/* The best of those of rank @from … @to that may start, of priority @least or above. */
static int best_above(const struct pick_kind *kinds, size_t n_kinds, enum jobs_rank from, enum jobs_rank to,
                      int64_t least)
{
    int found = PICK_NONE;
    for (size_t i = 0; i < n_kinds; i++) {
        const struct pick_kind *kind = &kinds[i];
        if (kind->rank < from || kind->rank > to || kind->priority < least || !may_start(kind))
            continue;
        const struct pick_kind *other = found == PICK_NONE ? NULL : &kinds[found];
        if (!other || kind->priority > other->priority ||
            (kind->priority == other->priority && kind->rank < other->rank))
            found = (int)i;
    }
    return found;
}

static int best(const struct pick_kind *kinds, size_t n_kinds, enum jobs_rank from, enum jobs_rank to)
{
    return best_above(kinds, n_kinds, from, to, INT64_MIN);
}

int pick(const struct pick_kind *kinds, size_t n_kinds, const struct pick_state *state)
{
    unsigned usual = 0, all = 0;
    bool is_urgent = false;
    for (size_t i = 0; i < n_kinds; i++) {
        bool is_usual = kinds[i].rank < JOBS_WHEN_IDLE;
        usual += is_usual ? kinds[i].running : 0;
        all += kinds[i].running;
        is_urgent |= is_usual && kinds[i].is_due;
    }
    unsigned limit = state->is_foreground ? MAX(state->budget / 2, 1) : state->budget;
    if (!is_urgent)
        return all < limit && !state->is_resting ? best(kinds, n_kinds, JOBS_WHEN_IDLE, JOBS_WHEN_IDLE) : PICK_NONE;
    if (usual >= limit)
        return PICK_NONE;
    if (state->is_resting) /* large files stand one below their priority */
        return best_above(kinds, n_kinds, JOBS_FIRST, JOBS_SECOND, JOBS_LOOKED_AT - 1);
    int second = best(kinds, n_kinds, JOBS_SECOND, JOBS_SECOND);
    if (second != PICK_NONE && state->passed_over >= PICK_FAIR_TURNS)
        return second;
    return best(kinds, n_kinds, JOBS_FIRST, JOBS_SECOND);
}

unsigned pick_passed_over(const struct pick_kind *kinds, size_t n_kinds, const struct pick_state *state, int picked)
{
    if (picked == PICK_NONE)
        return state->passed_over;
    if (kinds[picked].rank != JOBS_FIRST || best(kinds, n_kinds, JOBS_SECOND, JOBS_SECOND) == PICK_NONE)
        return 0;
    return state->passed_over + 1;
}
