/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The job that makes a video playable: an H.264 and AAC MP4 of at most 1080p in derived/, for videos (and the videos
 * inside of motion photos) whose original browsers do not play. Made in idle time, or soon when somebody looks at the
 * video; never half there. Threads: any; what runs a job blocks. */
#pragma once

#include "catalog/videos.h"
#include "media/job.h"

/** The names of the job kinds; their subject is assets.id. Both do the same: one when nothing else is to be done, the
 *  other when somebody waits. */
#define CONVERT_JOB "convert"
#define CONVERT_NOW_JOB "convert-now"

/** Writes: after a look at the video told @row; asks for a conversion where one is needed and not there. */
bool convert_after_look(struct db_conn *conn, struct store *store, const struct asset *asset,
                        const struct video_row *row, GError **error);

/** @threads: cores that it may keep busy. */
bool convert_job_run(const struct job_context *context, int64_t asset_id, unsigned threads, GError **error);

/** The video stays as it is; where its file is the cause, it is written that it cannot be played, and why. */
void convert_job_give_up(const struct job_context *context, int64_t asset_id, const GError *reason);
