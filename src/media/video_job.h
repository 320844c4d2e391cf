/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The job that looks at a video: facts, poster, and how it can be played. It is a kind of its own so that videos, which
 * take longer, never hold up photos; and it is where a photo under the name of a video is found out. Threads: any;
 * blocks. */
#pragma once

#include "media/job.h"

/** Turns the media job of @asset, which is a video whatever its name said, into a job of this kind. */
bool video_hand_over(const struct job_context *context, const struct asset *asset, GError **error);

bool video_job_run(const struct job_context *context, int64_t asset_id, GError **error);
