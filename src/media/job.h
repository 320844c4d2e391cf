/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One media job from its row to its end: see media.h. Threads: any; blocks. */
#pragma once

#include "media/ask.h"

bool job_run(const struct job_context *context, int64_t asset_id, GError **error);

/** After the last attempt: the reason goes to the asset, which still gets its date and its place in browse/. */
void job_give_up(const struct job_context *context, int64_t asset_id, const GError *reason);

/* ---- for the other jobs that look into a file (video_job.c) ---- */

struct asset;

/** A worker's answer with the two files that came with it. */
struct job_answer {
    struct media_reply reply;
    int thumbnail_fd, preview_fd;
};
#define JOB_NO_ANSWER                                                                                                  \
    {                                                                                                                  \
        .thumbnail_fd = -1, .preview_fd = -1                                                                           \
    }
void job_answer_clear(struct job_answer *answer);
#define JOB_ANSWER_AUTO __attribute__((cleanup(job_answer_clear)))

/** ERR_NOT_FOUND where it is gone. Clear with asset_clear(). */
bool job_load(const struct job_context *context, int64_t asset_id, struct asset *ret_asset, GError **error);

/** An asset that was deleted meanwhile needs nothing any more: true where @ok, or where @problem (taken) says so. */
bool job_unless_gone(bool ok, GError *problem, GError **error);

/** Has a worker of @lane look at the original of @asset; @ret_answer is filled on success only. */
bool job_ask(const struct job_context *context, enum media_lane lane, enum media_job job, const struct asset *asset,
             struct job_answer *ret_answer, GError **error);

/** Did it find the file to be a video? */
bool job_is_video(const struct media_reply *reply);

/** Makes true what the worker said: keeps the derivatives, writes the facts. */
bool job_act_on(const struct job_context *context, const struct asset *asset, const struct job_answer *answer,
                GError **error);

/** Writes facts (@reply may be NULL) and, unless NULL, what is wrong. True also where the asset is gone. */
bool job_finish(const struct job_context *context, const struct asset *asset, const struct media_reply *reply,
                const char *reason, GError **error);
