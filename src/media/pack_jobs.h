/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packing as jobs of idle time: one a blob, oldest first, a page at a time so that a large library does not fill the
 * queue. Owned by struct media. Threads: as media.h. */
#pragma once

#include "media/pack.h"

struct jobs_kind;

struct pack_jobs {
    const struct job_context *context;
    int64_t cursor; /* blobs up to this one are in the queue or had their turn; of the one thread that runs the kind */
};

/** Fills @ret_kinds[PACK_N_KINDS]. */
enum { PACK_N_KINDS = 2 };
void pack_jobs_kinds(struct pack_jobs *jobs, struct jobs_kind *ret_kinds);

/** Before the runner starts: where packing is on, has it look for what may be packed; else forgets what still waits. */
bool pack_jobs_begin(struct pack_jobs *jobs, GError **error);

/** Should blob @blob_id of content @mime be packed, now that it was looked into? Also where it was packed before and
 * came again: one of the two forms is to go. */
bool pack_is_wanted(const struct job_context *context, int64_t blob_id, const char *mime);
