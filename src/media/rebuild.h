/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Making derivatives again, all or those that are missing, in the order people look: the jobs of kind
 * MEDIA_REBUILD_JOB, one an owner, which put the photos into the queue piece by piece, each time that the queue has run
 * dry. Originals are only read. It survives a restart. What others may call stands in media.h. Threads: any; blocks. */
#pragma once

#include "media/ask.h"

/** One piece: the next photos of owner @owner_id that need it, as jobs; then the job waits again until none is left. */
bool rebuild_run(const struct job_context *context, int64_t owner_id, GError **error);

/** Begins one for what this owner lacks, unless one is under way. */
bool rebuild_owner_missing(struct db *db, int64_t owner_id, GError **error);
