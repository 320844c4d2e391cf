/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The job that looks at the video inside of a motion photo: can browsers play it as it is? Its pictures are not kept:
 * the photo has its own. A photo whose video cannot be played is as good a photo as before. Threads: any; blocks. */
#pragma once

#include "media/job.h"

/** The name of the job kind; its subject is assets.id. */
#define MOTION_JOB "motion"

bool motion_job_run(const struct job_context *context, int64_t asset_id, GError **error);

/** After the last attempt: the reason stands with the video, not with the photo. */
void motion_job_give_up(const struct job_context *context, int64_t asset_id, const GError *reason);
