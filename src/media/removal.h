/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Deleting removed accounts for good, with all their photos (catalog/users.h): the jobs of kind MEDIA_REMOVAL_JOB, one
 * an account, in pieces, so that nobody who uploads waits for it. It survives a restart. Bytes that nobody refers to
 * any more go by upkeep. What others may call stands in media.h. Threads: any; blocks. */
#pragma once

#include "media/ask.h"

/** Deletes account @user_id, if its time has come and it was not brought back. */
bool removal_run(const struct job_context *context, int64_t user_id, GError **error);
